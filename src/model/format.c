#include "model/format.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void format_absent(char buffer[FORMAT_SIZE])
{
	snprintf(buffer, FORMAT_SIZE, "-");
}

void format_bytes(char buffer[FORMAT_SIZE], uint64_t bytes)
{
	static const char units[] = "BKMGTPE";
	double scaled = (double)bytes;
	size_t unit = 0;

	if (bytes < 1024) {
		snprintf(buffer, FORMAT_SIZE, bytes ? "%" PRIu64 "B" : "%" PRIu64, bytes);
		return;
	}
	/* What would be rounded to 1024 is one of the next unit. */
	while (scaled >= 1023.5 && unit + 1 < sizeof(units) - 1) {
		scaled /= 1024;
		unit++;
	}
	snprintf(buffer, FORMAT_SIZE, scaled < 99.95 ? "%.1f%c" : "%.0f%c", scaled, units[unit]);
}

void format_rate(char buffer[FORMAT_SIZE], double bytes_per_s)
{
	if (!isfinite(bytes_per_s) || bytes_per_s < 0)
		format_absent(buffer);
	else
		format_bytes(buffer, bytes_per_s < 1.8e19 ? (uint64_t)(bytes_per_s + 0.5) : UINT64_MAX);
}

void format_count(char buffer[FORMAT_SIZE], int64_t count, int width)
{
	static const char units[] = "kMGTPE";

	if (snprintf(buffer, FORMAT_SIZE, "%" PRId64, count) <= width)
		return;
	for (size_t i = 0; i < sizeof(units) - 1; i++) {
		count /= 1000;
		if (snprintf(buffer, FORMAT_SIZE, "%" PRId64 "%c", count, units[i]) <= width)
			return;
	}
}

void format_percent(char buffer[FORMAT_SIZE], double percent, int width)
{
	if (!isfinite(percent))
		format_absent(buffer);
	else if (snprintf(buffer, FORMAT_SIZE, "%.1f", percent) > width)
		format_count(buffer, percent < 9e18 ? (int64_t)(percent + 0.5) : INT64_MAX, width);
}

void format_cpu_time(char buffer[FORMAT_SIZE], double seconds)
{
	uint64_t hundredths, minutes, hours, days;

	if (!isfinite(seconds) || seconds < 0 || seconds >= 1e8 * 86400) {
		format_absent(buffer);
		return;
	}
	hundredths = (uint64_t)(seconds * 100 + 0.5);
	minutes = hundredths / 6000;
	hours = minutes / 60;
	days = hours / 24;
	if (hours < 1)
		snprintf(buffer, FORMAT_SIZE, "%" PRIu64 ":%02" PRIu64 ".%02" PRIu64, minutes,
			 hundredths / 100 % 60, hundredths % 100);
	else if (hours < 100)
		snprintf(buffer, FORMAT_SIZE, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64, hours, minutes % 60,
			 hundredths / 100 % 60);
	else if (days < 1000)
		snprintf(buffer, FORMAT_SIZE, "%" PRIu64 "d%02" PRIu64 ":%02" PRIu64, days, hours % 24, minutes % 60);
	else
		snprintf(buffer, FORMAT_SIZE, "%" PRIu64 "d", days);
}

void format_uptime(char buffer[FORMAT_SIZE], double seconds)
{
	uint64_t minutes;

	if (!isfinite(seconds) || seconds < 0 || seconds > 1e15) {
		format_absent(buffer);
		return;
	}
	minutes = (uint64_t)seconds / 60;
	if (minutes < 24 * 60)
		snprintf(buffer, FORMAT_SIZE, "%02" PRIu64 ":%02" PRIu64, minutes / 60, minutes % 60);
	else
		snprintf(buffer, FORMAT_SIZE, "%" PRIu64 "d %02" PRIu64 ":%02" PRIu64, minutes / (24 * 60),
			 minutes / 60 % 24, minutes % 60);
}

void format_age(char buffer[FORMAT_SIZE], double seconds)
{
	uint64_t whole;

	if (!isfinite(seconds) || seconds < 0 || seconds > 1e15) {
		format_absent(buffer);
		return;
	}
	whole = (uint64_t)seconds;
	if (whole < 60)
		snprintf(buffer, FORMAT_SIZE, "%" PRIu64 "s", whole);
	else if (whole < 3600)
		snprintf(buffer, FORMAT_SIZE, "%" PRIu64 "m", whole / 60);
	else if (whole < 86400)
		snprintf(buffer, FORMAT_SIZE, "%" PRIu64 "h", whole / 3600);
	else
		snprintf(buffer, FORMAT_SIZE, "%" PRIu64 "d", whole / 86400);
}

/* The day it started, or the time of it within the last day. */
static void format_start(char buffer[FORMAT_SIZE], double unix_time)
{
	time_t start = fabs(unix_time) < 1e15 ? (time_t)unix_time : 0, now = time(NULL);
	struct tm local;

	if (start <= 0 || !localtime_r(&start, &local) ||
	    !strftime(buffer, FORMAT_SIZE, now - start < 86400 ? "%H:%M:%S" : "%Y-%m-%d", &local))
		format_absent(buffer);
}

static void format_real(char buffer[FORMAT_SIZE], const struct field *field, double real)
{
	switch (field->unit) {
	case UNIT_PERCENT:
	case UNIT_PERCENT_CPU: format_percent(buffer, real, field->width); break;
	case UNIT_BYTES_PER_S: format_rate(buffer, real); break;
	case UNIT_UNIX_TIME: format_start(buffer, real); break;
	case UNIT_SECONDS:
		if (field->kind == KIND_COUNTER)
			format_cpu_time(buffer, real);
		else
			format_age(buffer, real);
		break;
	default: format_percent(buffer, real, field->width); break;
	}
}

static void format_unsigned(char buffer[FORMAT_SIZE], const struct field *field, uint64_t number)
{
	if (field->unit == UNIT_BYTES)
		format_bytes(buffer, number);
	else
		format_count(buffer, number < INT64_MAX ? (int64_t)number : INT64_MAX, field->width);
}

void format_field(char buffer[FORMAT_SIZE], const struct field *field, const struct process *process)
{
	struct value value = process_field_value(field, process);

	switch (value.type) {
	case VALUE_ABSENT: format_absent(buffer); break;
	case VALUE_INTEGER: format_count(buffer, value.integer, field->width); break;
	case VALUE_UNSIGNED: format_unsigned(buffer, field, value.uinteger); break;
	case VALUE_REAL: format_real(buffer, field, value.real); break;
	case VALUE_BOOL: snprintf(buffer, FORMAT_SIZE, "%s", value.boolean ? "yes" : "no"); break;
	case VALUE_TEXT: buffer[0] = '\0'; break;
	}
}

bool field_is_text(const struct field *field)
{
	switch (field->type) {
	case FIELD_CHAR:
	case FIELD_CHARS:
	case FIELD_TEXT:
	case FIELD_NAME:
	case FIELD_STATUS:
	case FIELD_POLICY:
	case FIELD_ORPHAN:
	case FIELD_ARGV:
	case FIELD_ENVIRON: return true;
	default: return false;
	}
}
