/* The smaller and the larger of two numbers, without libm, which alone would take half a megabyte. */
#ifndef CMON_BASE_REAL_H
#define CMON_BASE_REAL_H

/* a when either is not a number. */
static inline double real_min(double a, double b)
{
	return b < a ? b : a;
}

/* a when either is not a number. */
static inline double real_max(double a, double b)
{
	return b > a ? b : a;
}

#endif
