/* What is wrong with what the user wrote: the first mistake in full, the others counted, for there is one line. */
#ifndef CMON_UI_MISTAKES_H
#define CMON_UI_MISTAKES_H

#include <stddef.h>

#include "base/text.h"

struct mistakes {
	char *text;
	size_t count;
};

void mistakes_add(struct mistakes *mistakes, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "[section]: no key is called 'x'; did you mean 'y'?". nearest: NULL when there is none. */
void mistakes_add_name(struct mistakes *mistakes, const char *section, const char *what, struct text name,
		       const char *nearest);

/* The message, to be freed; NULL when there is no mistake. */
char *mistakes_end(struct mistakes *mistakes);

#endif
