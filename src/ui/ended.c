#include "ui/ended.h"

#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "model/field.h"

#define TEXT_KEPT_MAX 512 /* bytes: more than a screen shows */

/* Copies */

static struct text *text_member(struct ended_row *row, const struct field *field)
{
	return (struct text *)((field->in_more ? (char *)&row->more : (char *)&row->process) + field->offset);
}

static size_t kept(const struct text *text)
{
	return text->length < TEXT_KEPT_MAX ? text->length : TEXT_KEPT_MAX;
}

/* Lists have no columns. */
static void forget_lists(struct process_more *more)
{
	more->cpu_affinity = more->groups = more->open_files = more->memory_maps = LIST_ABSENT;
	more->file_locks = more->threads = more->limits = more->connections = LIST_ABSENT;
	more->children = more->parents = LIST_ABSENT;
	more->environ = more->syscall = TEXT_ABSENT;
}

static void copy_texts(struct ended_row *row)
{
	size_t size = 1, used = 0;

	for (size_t i = 0; i < process_record.count; i++) {
		if (field_holds_text(&process_record.fields[i]))
			size += kept(text_member(row, &process_record.fields[i]));
	}
	row->texts = xmalloc(size);
	for (size_t i = 0; i < process_record.count; i++) {
		struct text *text = text_member(row, &process_record.fields[i]);

		if (!field_holds_text(&process_record.fields[i]) || !text->bytes)
			continue;
		text->length = kept(text);
		memcpy(row->texts + used, text->bytes, text->length);
		text->bytes = row->texts + used;
		used += text->length;
	}
}

static void free_row(struct ended_row *row)
{
	free(row->texts);
	free(row);
}

/* Rows */

void ended_add(struct ended *ended, const struct process *process, size_t position, double now_s)
{
	struct ended_row *row;
	size_t at = ended_above(ended, position);

	if (ended->count == ENDED_MAX)
		return;
	row = xmalloc(sizeof(*row));
	*row = (struct ended_row){
		.process = *process, .more = *process->more, .since_s = now_s, .position = position};
	row->process.more = &row->more;
	forget_lists(&row->more);
	copy_texts(row);
	memmove(&ended->rows[at + 1], &ended->rows[at], (ended->count - at) * sizeof(ended->rows[0]));
	ended->rows[at] = row;
	ended->count++;
}

/* An unknown time is one that is over. */
static bool is_old(const struct ended_row *row, double now_s, double keep_s)
{
	return !(now_s - row->since_s < keep_s);
}

size_t ended_old_above(const struct ended *ended, size_t position, double now_s, double keep_s)
{
	size_t count = 0;

	for (size_t i = 0; i < ended->count && ended->rows[i]->position < position; i++)
		count += is_old(ended->rows[i], now_s, keep_s);
	return count;
}

void ended_expire(struct ended *ended, double now_s, double keep_s)
{
	size_t count = 0, gone = 0;

	for (size_t i = 0; i < ended->count; i++) {
		struct ended_row *row = ended->rows[i];

		if (is_old(row, now_s, keep_s)) {
			free_row(row);
			gone++;
			continue;
		}
		row->position -= gone;
		ended->rows[count++] = row;
	}
	ended->count = count;
}

void ended_clear(struct ended *ended)
{
	for (size_t i = 0; i < ended->count; i++)
		free_row(ended->rows[i]);
	ended->count = 0;
}

void ended_fit(struct ended *ended, size_t count)
{
	for (size_t i = 0; i < ended->count; i++) {
		if (ended->rows[i]->position > count + i)
			ended->rows[i]->position = count + i;
	}
}

size_t ended_above(const struct ended *ended, size_t position)
{
	size_t count = 0;

	while (count < ended->count && ended->rows[count]->position < position)
		count++;
	return count;
}

const struct ended_row *ended_find(const struct ended *ended, size_t position)
{
	size_t at = ended_above(ended, position);

	return at < ended->count && ended->rows[at]->position == position ? ended->rows[at] : NULL;
}

size_t ended_position(const struct ended *ended, size_t row)
{
	for (size_t i = 0; i < ended->count && ended->rows[i]->position <= row; i++)
		row++;
	return row;
}
