/* Numbers as people read them, in no more columns than they have. */
#ifndef CMON_MODEL_FORMAT_H
#define CMON_MODEL_FORMAT_H

#include "model/field.h"

/* Room for everything these print, NUL included. */
#define FORMAT_SIZE 32

/* "0", "512B", "4.1G", "96.0K", "412M", "1023M": one decimal below 100 of a unit, which is a power of 1,024.
 * Never more than 5 columns. */
void format_bytes(char buffer[FORMAT_SIZE], uint64_t bytes);

/* The same of a rate; "-" when not known. */
void format_rate(char buffer[FORMAT_SIZE], double bytes_per_s);

/* The whole number where it fits `width` columns, else thousands: "12k", "4M"; a width of 4 is always enough for
 * numbers below 1,000 T. */
void format_count(char buffer[FORMAT_SIZE], int64_t count, int width);

/* One decimal where it fits: "12.3", "100", "1234". "-" when not known. */
void format_percent(char buffer[FORMAT_SIZE], double percent, int width);

/* CPU time: "0:01.25" minutes:seconds.hundredths, from an hour "1:02:03", from 100 hours "4d04:00", "-" when not
 * known. Never more than 9 columns. */
void format_cpu_time(char buffer[FORMAT_SIZE], double seconds);

/* Uptime: "00:12", "3d 02:11". */
void format_uptime(char buffer[FORMAT_SIZE], double seconds);

/* Age in one unit: "12s", "2m", "3h", "5d". */
void format_age(char buffer[FORMAT_SIZE], double seconds);

/* A number of a process, as its field's unit says, in at most field->width columns; "-" when not known. Text fields
 * give nothing: they are drawn as they are. */
void format_field(char buffer[FORMAT_SIZE], const struct field *field, const struct process *process);

/* True for a field whose value is text, which stands at the left of its column. */
bool field_is_text(const struct field *field);

#endif
