/* Which name somebody may have meant: any, and that of a process field. */
#include <ctype.h>
#include <string.h>

#include "model/field.h"
#include "model/nearest.h"

#define NAME_MAX_LENGTH 40

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Letters to insert, leave out, change or swap with their neighbour, in any case of letters. */
static size_t edit_distance(struct text a, const char *b, size_t b_length)
{
	size_t rows[3][NAME_MAX_LENGTH + 1], *before = rows[0], *above = rows[1], *row = rows[2];

	for (size_t j = 0; j <= b_length; j++)
		above[j] = j;
	for (size_t i = 1; i <= a.length; i++) {
		size_t *oldest = before;

		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			int x = tolower((unsigned char)a.bytes[i - 1]), y = tolower((unsigned char)b[j - 1]);

			row[j] = smaller(above[j - 1] + (x != y), smaller(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && x != y && x == tolower((unsigned char)b[j - 2]) &&
			    y == tolower((unsigned char)a.bytes[i - 2]))
				row[j] = smaller(row[j], before[j - 2] + 1);
		}
		before = above;
		above = row;
		row = oldest;
	}
	return above[b_length];
}

/* The distance to a name, or to the part of it behind the dot. */
static size_t distance_of(struct text typed, const char *name)
{
	const char *dot = name ? strchr(name, '.') : NULL;
	size_t length = name ? strlen(name) : 0, distance;

	if (!length || length > NAME_MAX_LENGTH)
		return SIZE_MAX;
	distance = edit_distance(typed, name, length);
	return dot ? smaller(distance, edit_distance(typed, dot + 1, strlen(dot + 1))) : distance;
}

const char *name_nearest(struct text typed, const char *(*name)(const void *context, size_t at), const void *context,
			 size_t count)
{
	size_t least = typed.length / 3 + 1;
	const char *nearest = NULL;

	if (!typed.length || typed.length > NAME_MAX_LENGTH)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		const char *candidate = name(context, i);
		size_t distance = distance_of(typed, candidate);

		if (distance >= least)
			continue;
		least = distance;
		nearest = candidate;
	}
	return nearest;
}

/* What ps calls them. */
static const struct {
	const char *ps_name;
	enum field_id id;
} ps_names[] = {
	{"args", FIELD_ID_CMDLINE},       {"cmd", FIELD_ID_CMDLINE},         {"comm", FIELD_ID_NAME},
	{"vsz", FIELD_ID_VMS},            {"pcpu", FIELD_ID_CPU_PERCENT},    {"pmem", FIELD_ID_MEMORY_PERCENT},
	{"ni", FIELD_ID_NICE},            {"pri", FIELD_ID_PRIORITY},        {"nlwp", FIELD_ID_NUM_THREADS},
	{"pgrp", FIELD_ID_PGID},          {"sess", FIELD_ID_SID},            {"lstart", FIELD_ID_CREATE_TIME},
	{"cls", FIELD_ID_SCHED_POLICY},   {"psr", FIELD_ID_CPU_NUM},         {"f", FIELD_ID_FLAGS},
	{"min_flt", FIELD_ID_MINFLT},     {"maj_flt", FIELD_ID_MAJFLT},      {"ruser", FIELD_ID_USERNAME},
};

static const char *short_name(const struct field *field)
{
	return field->alias ? field->alias : field->key;
}

static const char *find_ps_name(struct text name)
{
	for (size_t i = 0; i < sizeof(ps_names) / sizeof(ps_names[0]); i++) {
		if (text_equal_string(name, ps_names[i].ps_name))
			return short_name(process_field(ps_names[i].id));
	}
	return NULL;
}

const char *process_field_nearest(struct text name)
{
	size_t least = name.length / 3 + 1;
	const char *nearest = find_ps_name(name);

	if (nearest || !name.length || name.length > NAME_MAX_LENGTH)
		return nearest;
	for (size_t id = 0; id < FIELD_ID_COUNT; id++) {
		const struct field *field = &process_record.fields[id];
		const char *const names[] = {field->alias, field->key, field->title};

		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			size_t distance = distance_of(name, names[i]);

			if (distance >= least)
				continue;
			least = distance;
			nearest = i == 1 ? field->key : short_name(field);
		}
	}
	return nearest;
}
