#include "model/snapshot.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "model/field.h"

/* Every scalar of a record becomes absent by its table, so that a new field cannot be forgotten here. */
static void record_init(const struct record *record, void *memory);

static void field_init(const struct field *field, void *memory)
{
	void *member = (char *)memory + field->offset;

	switch (field->type) {
	case FIELD_BOOL: *(uint8_t *)member = ABSENT_BOOL; break;
	case FIELD_I32:
	case FIELD_POLICY: *(int32_t *)member = ABSENT_I32; break;
	case FIELD_I64: *(int64_t *)member = ABSENT_I64; break;
	case FIELD_U64:
	case FIELD_TICKS: *(uint64_t *)member = ABSENT_U64; break;
	case FIELD_F64: *(double *)member = ABSENT_F64; break;
	case FIELD_TUPLE:
	case FIELD_RECORD: record_init(field->element, member); break;
	case FIELD_CHAR:
	case FIELD_CHARS:
	case FIELD_TEXT:
	case FIELD_NAME:
	case FIELD_STATUS:
	case FIELD_ORPHAN:
	case FIELD_ARGV:
	case FIELD_ENVIRON:
	case FIELD_MASK:
	case FIELD_I32_LIST:
	case FIELD_LIST:
	case FIELD_MAP:
	case FIELD_PROCESSES:
	case FIELD_TYPE_COUNT: break; /* zero is absent, or told by a fact */
	}
}

/* Of a process: its own members alone. */
static void record_init(const struct record *record, void *memory)
{
	for (size_t i = 0; i < record->count; i++) {
		if (!record->fields[i].in_more)
			field_init(&record->fields[i], memory);
	}
}

void record_clear(const struct record *record, void *memory)
{
	memset(memory, 0, record->size);
	record_init(record, memory);
}

void process_init(struct process *process)
{
	record_clear(&process_record, process);
	process->exit_code = process->exit_signal = process->ns_level = process->nested_pid = ABSENT_I32;
	process->tracer_tgid = ABSENT_I32;
	/* Raw values that only derived fields show. */
	process->tgid = process->tty_nr = ABSENT_I32;
	process->run_ns = ABSENT_U64;
	/* Never written through: see process_own_more. */
	process->more = (struct process_more *)(uintptr_t)&process_more_blank;
}

struct snapshot *snapshot_new(void)
{
	struct snapshot *snapshot = xmalloc(sizeof(*snapshot));

	record_clear(&snapshot_record, snapshot);
	atomic_init(&snapshot->references, 1);
	snapshot->schema = 1;
	snapshot->self_exec_start_ms = ABSENT_F64;
	snapshot->load.runnable = snapshot->load.tasks = ABSENT_I32;
	return snapshot;
}

struct snapshot *snapshot_ref(struct snapshot *snapshot)
{
	if (snapshot)
		atomic_fetch_add_explicit(&snapshot->references, 1, memory_order_relaxed);
	return snapshot;
}

void snapshot_unref(struct snapshot *snapshot)
{
	if (!snapshot || atomic_fetch_sub_explicit(&snapshot->references, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < snapshot->processes.count; i++)
		process_unref(snapshot->processes.items[i]);
	arena_free(&snapshot->arena);
	free(snapshot);
}

static struct source_error *append_error(struct snapshot *snapshot)
{
	struct source_error *items = snapshot->errors.items;

	if (snapshot->errors.count == snapshot->errors_capacity) {
		size_t capacity = snapshot->errors_capacity ? snapshot->errors_capacity * 2 : 8;

		items = arena_array(&snapshot->arena, capacity, sizeof(*items));
		if (snapshot->errors.count)
			memcpy(items, snapshot->errors.items, snapshot->errors.count * sizeof(*items));
		snapshot->errors.items = items;
		snapshot->errors_capacity = capacity;
	}
	return &items[snapshot->errors.count++];
}

void snapshot_error(struct snapshot *snapshot, const char *source, int error, const char *format, ...)
{
	const struct source_error *errors = snapshot->errors.items;
	struct source_error *added;
	char message[512];
	va_list arguments;

	for (size_t i = 0; i < snapshot->errors.count; i++) {
		if (errors[i].error == error && text_equal_string(errors[i].source, source))
			return;
	}
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	added = append_error(snapshot);
	added->source = arena_string(&snapshot->arena, source);
	added->error = error;
	added->message = arena_string(&snapshot->arena, message);
}

const struct source_status *snapshot_collector(const struct snapshot *snapshot, const char *name)
{
	const struct source_status *items = snapshot->collectors.items;

	for (size_t i = 0; i < snapshot->collectors.count; i++) {
		if (text_equal_string(items[i].name, name))
			return &items[i];
	}
	return NULL;
}

size_t process_index(const struct process_list *processes, int32_t pid)
{
	size_t low = 0, high = processes->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (processes->items[middle]->pid < pid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < processes->count && processes->items[low]->pid == pid ? low : PROCESS_NONE;
}

const struct process *snapshot_find_pid(const struct snapshot *snapshot, int32_t pid)
{
	size_t index = process_index(&snapshot->processes, pid);

	return index == PROCESS_NONE ? NULL : snapshot->processes.items[index];
}

const struct process *snapshot_find(const struct snapshot *snapshot, int32_t pid, uint64_t starttime)
{
	const struct process *process = snapshot_find_pid(snapshot, pid);

	return process && process->starttime == starttime ? process : NULL;
}

size_t process_parent_index(const struct process_list *processes, const struct process *child, size_t hint)
{
	if (child->ppid <= 0)
		return PROCESS_NONE;
	if (hint == PROCESS_NONE || processes->items[hint]->pid != child->ppid)
		hint = process_index(processes, child->ppid);
	return hint == PROCESS_NONE || processes->items[hint]->starttime > child->starttime ? PROCESS_NONE : hint;
}

const struct process *snapshot_parent(const struct snapshot *snapshot, const struct process *child)
{
	size_t index = process_parent_index(&snapshot->processes, child, PROCESS_NONE);

	return index == PROCESS_NONE ? NULL : snapshot->processes.items[index];
}

const void *list_find_named(struct list list, size_t size, size_t hint, struct text name)
{
	const char *items = list.items;

	if (hint < list.count && text_equal(*(const struct text *)(const void *)(items + hint * size), name))
		return items + hint * size;
	for (size_t i = 0; i < list.count; i++) {
		if (text_equal(*(const struct text *)(const void *)(items + i * size), name))
			return items + i * size;
	}
	return NULL;
}
