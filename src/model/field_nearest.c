/* Which name of a process field somebody may have meant. */
#include <ctype.h>
#include <string.h>

#include "model/field.h"

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

/* Where every letter would be another one there is no likeness. */
static size_t distance_to(struct text typed, const char *name, size_t length)
{
	size_t distance = length <= NAME_MAX_LENGTH ? edit_distance(typed, name, length) : SIZE_MAX;

	return distance < length ? distance : SIZE_MAX;
}

/* The distance to a name, or to the part of it behind the dot. */
static size_t distance_of(struct text typed, const char *name)
{
	const char *dot = name ? strchr(name, '.') : NULL;
	size_t distance = name ? distance_to(typed, name, strlen(name)) : SIZE_MAX;

	return dot ? smaller(distance, distance_to(typed, dot + 1, strlen(dot + 1))) : distance;
}

const char *process_field_nearest(struct text name)
{
	size_t least = name.length / 3 + 2;
	const char *nearest = NULL;

	if (!name.length || name.length > NAME_MAX_LENGTH)
		return NULL;
	for (size_t id = 0; id < FIELD_ID_COUNT; id++) {
		const struct field *field = &process_record.fields[id];
		const char *const names[] = {field->alias, field->key, field->title};

		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			size_t distance = distance_of(name, names[i]);

			if (distance >= least)
				continue;
			least = distance;
			nearest = i == 1 || !field->alias ? field->key : field->alias;
		}
	}
	return nearest;
}
