#include "collect/cpuinfo.h"

#include <errno.h>
#include <stdio.h>

#include "model/value.h"

static int parse_number(struct text value, int32_t *ret_number)
{
	struct cursor cursor = cursor_of_text(value);

	return parse_i32(&cursor, ret_number);
}

static int take_pair(struct text key, struct text value, struct cpuinfo_cpu *cpu)
{
	struct cursor cursor = cursor_of_text(value);

	if (text_equal_string(key, "processor") || text_equal_string(key, "cpu number"))
		return parse_number(value, &cpu->number);
	if (text_equal_string(key, "physical id"))
		return parse_number(value, &cpu->package);
	if (text_equal_string(key, "core id"))
		return parse_number(value, &cpu->core);
	if (text_equal_string(key, "cpu MHz") || text_equal_string(key, "cpu MHz dynamic"))
		(void)parse_f64(&cursor, &cpu->mhz);
	return 0;
}

/* One block. Returns 1, 0 at the end of the text, or -errno. */
static int take_block(struct cursor *cursor, struct cpuinfo_cpu *cpu)
{
	struct cursor line;
	bool any = false;

	while (parse_line(cursor, &line)) {
		struct text key, value;
		int r;

		if (line.p == line.end)
			return 1;
		any = true;
		if (parse_key_value(line, &key, &value) < 0)
			continue;
		r = take_pair(key, value, cpu);
		if (r < 0)
			return r;
	}
	return any;
}

int cpuinfo_next(struct cursor *cursor, struct cpuinfo_cpu *ret_cpu)
{
	struct cpuinfo_cpu cpu;
	int r;

	do {
		cpu = (struct cpuinfo_cpu){ABSENT_I32, ABSENT_I32, ABSENT_I32, ABSENT_F64};
		r = take_block(cursor, &cpu);
	} while (r == 1 && cpu.number == ABSENT_I32);
	if (r == 1 && (cpu.number < 0 || cpu.number > CPU_NUMBER_MAX))
		return -ERANGE;
	if (r == 1)
		*ret_cpu = cpu;
	return r;
}

struct cpu_bits {
	uint64_t words[(CPU_NUMBER_MAX + 1) / 64];
	size_t count;
};

static void mark_cpu(uint32_t number, void *context)
{
	struct cpu_bits *bits = context;
	uint64_t bit = UINT64_C(1) << number % 64;

	bits->count += !(bits->words[number / 64] & bit);
	bits->words[number / 64] |= bit;
}

int cpu_list_numbers(struct text list, struct arena *arena, int32_t **ret_numbers, size_t *ret_count)
{
	struct cpu_bits bits = {0};
	int r = parse_cpu_list(list, CPU_NUMBER_MAX, mark_cpu, &bits);
	int32_t *numbers;
	size_t count = 0;

	if (r < 0)
		return r;
	numbers = arena_array(arena, bits.count, sizeof(*numbers));
	for (int32_t i = 0; i <= CPU_NUMBER_MAX && count < bits.count; i++) {
		if (bits.words[i / 64] >> i % 64 & 1)
			numbers[count++] = i;
	}
	*ret_numbers = numbers;
	*ret_count = count;
	return 0;
}

/* Returns the length of the list, or -errno. list: cpuinfo->length bytes, which its numbers and commas never fill. */
static ssize_t write_list(const struct buffer *cpuinfo, char *list)
{
	struct cursor cursor = cursor_of(cpuinfo->bytes, cpuinfo->length);
	struct cpuinfo_cpu cpu;
	size_t length = 0;
	int r;

	while ((r = cpuinfo_next(&cursor, &cpu)) == 1)
		length += (size_t)snprintf(list + length, cpuinfo->length - length, "%s%d", length ? "," : "",
					   cpu.number);
	return r < 0 ? r : (ssize_t)length;
}

/* proc/cpuinfo lists the CPUs online, and is there where sysfs is not mounted, as in some containers. */
static int list_of_cpuinfo(const struct root *root, struct arena *arena, struct text *ret_list)
{
	struct buffer buffer = {0};
	ssize_t length;
	char *list;
	int r = file_read(root->proc_fd, "cpuinfo", 0, &buffer);

	if (r < 0 || !buffer.length) {
		buffer_free(&buffer);
		return r < 0 ? r : -ENOENT;
	}
	list = arena_alloc(arena, buffer.length);
	length = write_list(&buffer, list);
	buffer_free(&buffer);
	if (length <= 0)
		return length < 0 ? (int)length : -ENOENT;
	*ret_list = (struct text){list, (size_t)length};
	return 0;
}

int cpu_online_list(const struct root *root, struct arena *arena, struct text *ret_list)
{
	int r = file_read_line(root->sys_fd, "devices/system/cpu/online", arena, ret_list);

	return r == -ENOENT ? list_of_cpuinfo(root, arena, ret_list) : r;
}

int cpu_file_i64(const struct root *root, int32_t number, const char *file, int64_t *ret_value)
{
	char path[128];

	snprintf(path, sizeof(path), "devices/system/cpu/cpu%d/%s", number, file);
	return file_read_i64(root->sys_fd, path, ret_value);
}
