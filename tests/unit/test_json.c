/* JSON as it leaves: exact integers, absent values, text that is not UTF-8, one line or many, failing streams. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cJSON.h>
#include <cmocka.h>

#include "made.h"
#include "out/json.h"

static struct snapshot *snapshot_with(struct process *process)
{
	struct snapshot *snapshot = snapshot_new();

	snapshot->processes.items = arena_alloc(&snapshot->arena, sizeof(process));
	snapshot->processes.items[0] = process_new(process);
	snapshot->processes.count = 1;
	return snapshot;
}

/* What json_write prints of these fields of one process; free() it. */
static char *print_process(const struct process *process, const char *fields, bool one_line)
{
	struct process copy = *process;
	struct snapshot *snapshot = snapshot_with(&copy);
	struct selection selection;
	struct json_options options = {.selection = &selection, .one_line = one_line};
	struct text unknown;
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	selection_default(&selection);
	assert_int_equal(selection_parse_fields(&selection, fields, &unknown), 0);
	assert_int_equal(selection_parse_sections(&selection, "processes", &unknown), 0);
	selection_set_key(&selection, "tasks", false);
	assert_int_equal(json_write(stream, snapshot, &options), 0);
	fclose(stream);
	snapshot_unref(snapshot);
	return text;
}

static void assert_process(const struct process *process, const char *fields, const char *expected)
{
	char *text = print_process(process, fields, true);
	char *start = strstr(text, "\"processes\":["), *end;

	assert_non_null(start);
	start += strlen("\"processes\":[");
	end = strstr(start, "],\"collectors\"");
	assert_non_null(end);
	*end = '\0';
	assert_string_equal(start, expected);
	free(text);
}

static struct process known(uint64_t facts)
{
	struct process process;

	made_init(&process);
	process.have = facts;
	process.pid = 7;
	return process;
}

static void integers_are_exact(void **state)
{
	struct process process = known(FACT_BIT(FACT_STAT) | FACT_BIT(FACT_IO));

	(void)state;
	process.starttime = UINT64_MAX - 1;
	process.io_read_bytes = (UINT64_C(1) << 53) + 1;
	process.io_write_bytes = 0;
	process.nice = -20;
	assert_process(&process, "nice,starttime,io_counters.read_bytes,io_counters.write_bytes",
		       "{\"nice\":-20,\"starttime\":18446744073709551614,"
		       "\"io_counters\":{\"read_bytes\":9007199254740993,\"write_bytes\":0}}");
}

static void reals_have_six_decimals(void **state)
{
	struct process process = known(FACT_BIT(FACT_STAT) | FACT_BIT(FACT_STATM));

	(void)state;
	process.cpu_percent = 12.3456789;
	process.memory_percent = -0.0000001;
	process.create_time = 1795222000.24;
	process.cpu_total_s = 1e300;
	process.stime = 1;
	assert_process(&process, "create_time,cpu_percent,memory_percent,cpu_times.total,cpu_times.system",
		       "{\"create_time\":1795222000.24,\"cpu_percent\":12.345679,\"memory_percent\":0,"
		       "\"cpu_times\":{\"total\":1.0000000000000001e+300,\"system\":0.01}}");
	process.cpu_percent = -1.5;
	assert_process(&process, "cpu_percent", "{\"cpu_percent\":-1.5}");
}

static void unknown_is_null(void **state)
{
	struct process process = known(FACT_BIT(FACT_STAT));

	(void)state;
	process.cpu_percent = INFINITY;
	process.io_read_bytes = 5; /* without the fact it counts for nothing */
	assert_process(&process, "pid,ppid,cpu_percent,name,io_counters,cmdline,open_files,environ,cap_effective,zombie",
		       "{\"pid\":7,\"ppid\":null,\"name\":null,\"cpu_percent\":null,\"io_counters\":null,\"open_files\":null,"
		       "\"cap_effective\":null,\"environ\":null,\"zombie\":null,\"cmdline\":null}");
}

/* hidepid=1 lists processes of which nothing may be read. */
static void the_pid_of_a_denied_process_is_known(void **state)
{
	struct process process = known(0);

	(void)state;
	assert_process(&process, "pid,name", "{\"pid\":7,\"name\":null}");
}

static void masks_have_sixteen_digits(void **state)
{
	struct process process = known(FACT_BIT(FACT_STATUS));

	(void)state;
	process.more->cap_effective = 0x1ff;
	process.more->signals_caught = UINT64_MAX;
	assert_process(&process, "cap_effective,signals.caught",
		       "{\"cap_effective\":\"00000000000001ff\",\"signals\":{\"caught\":\"ffffffffffffffff\"}}");
}

static void text_that_is_not_utf8_has_its_bytes_too(void **state)
{
	struct process process = known(FACT_BIT(FACT_STAT));

	(void)state;
	process.comm = TEXT_LITERAL("a\xff\xfe\n\"\\\033\007z");
	assert_process(&process, "name",
		       "{\"name\":\"a\xef\xbf\xbd\xef\xbf\xbd\\n\\\"\\\\\\u001b\\u0007z\",\"name_b64\":\"Yf/+CiJcGwd6\"}");
	process.comm = TEXT_LITERAL("\xe4\xb8\xad");
	assert_process(&process, "name", "{\"name\":\"\xe4\xb8\xad\"}");
}

/* U+00E9 begins with the same byte as the C1 controls, and is none. */
static void no_control_character_is_raw(void **state)
{
	struct process process = known(FACT_BIT(FACT_STAT));

	(void)state;
	process.comm = TEXT_LITERAL("a\x7f\xc2\x9b" "2J\xc2\x80\xc2\xa0\xc3\xa9\xc2");
	assert_process(&process, "name",
		       "{\"name\":\"a\\u007f\\u009b2J\\u0080\xc2\xa0\xc3\xa9\xef\xbf\xbd\",\"name_b64\":\"YX/CmzJKwoDCoMOpwg==\"}");
}

static void arguments(void **state)
{
	struct process process = known(FACT_BIT(FACT_CMDLINE));

	(void)state;
	process.cmdline = TEXT_LITERAL("sh\0-c\0\0a b\0");
	assert_process(&process, "cmdline", "{\"cmdline\":[\"sh\",\"-c\",\"\",\"a b\"]}");
	process.cmdline = TEXT_LITERAL("postgres: writer");
	assert_process(&process, "cmdline", "{\"cmdline\":[\"postgres: writer\"]}");
	process.cmdline = TEXT_LITERAL("");
	assert_process(&process, "cmdline", "{\"cmdline\":[]}");
	process.cmdline = TEXT_LITERAL("\xff\0");
	assert_process(&process, "cmdline", "{\"cmdline\":[\"\xef\xbf\xbd\"],\"cmdline_b64\":\"/wA=\"}");
}

static void environment_keeps_the_last_of_a_name(void **state)
{
	struct process process = known(FACT_BIT(FACT_ENVIRON));

	(void)state;
	process.more->environ = TEXT_LITERAL("B=1\0A=x=y\0broken\0=odd\0B=2\0\0C=behind the end\0");
	assert_process(&process, "environ", "{\"environ\":{\"A\":\"x=y\",\"B\":\"2\"}}");
	process.more->environ = TEXT_LITERAL("");
	assert_process(&process, "environ", "{\"environ\":{}}");
}

static void lists(void **state)
{
	struct process process = known(FACT_BIT(FACT_AFFINITY) | FACT_BIT(FACT_OPEN_FILES) | FACT_BIT(FACT_LIMITS));
	int32_t cpus[] = {0, 2};
	struct open_file file = {.path = TEXT_LITERAL("/a"), .mode = TEXT_LITERAL("r+"), .fd = 3, .position = 1024,
				 .flags = 02};
	struct resource_limit limit = {.name = TEXT_LITERAL("RLIMIT_NOFILE"), .soft = 1024, .hard = -1};

	(void)state;
	process.more->cpu_affinity = (struct list){cpus, 2};
	process.more->open_files = (struct list){&file, 1};
	process.more->limits = (struct list){&limit, 1};
	assert_process(&process, "cpu_affinity,open_files,rlimit",
		       "{\"cpu_affinity\":[0,2],\"open_files\":[{\"path\":\"/a\",\"fd\":3,\"position\":1024,\"mode\":\"r+\","
		       "\"flags\":2}],\"rlimit\":{\"RLIMIT_NOFILE\":{\"soft\":1024,\"hard\":-1}}}");
	process.more->open_files = (struct list){&file, 0};
	assert_process(&process, "open_files", "{\"open_files\":[]}");
}

/* A record larger than the print buffer makes it grow. */
static void a_large_record(void **state)
{
	struct process process = known(FACT_BIT(FACT_CMDLINE));
	size_t length = 1 << 20;
	char *bytes = malloc(length), *text;
	cJSON *json;

	(void)state;
	memset(bytes, 'x', length);
	process.cmdline = (struct text){bytes, length};
	text = print_process(&process, "cmdline", false);
	json = cJSON_Parse(text);
	assert_non_null(json);
	assert_int_equal(strlen(cJSON_GetArrayItem(cJSON_GetObjectItem(cJSON_GetArrayItem(
				 cJSON_GetObjectItem(json, "processes"), 0), "cmdline"), 0)->valuestring), length);
	cJSON_Delete(json);
	free(text);
	free(bytes);
}

static void one_line_or_many(void **state)
{
	struct process process = known(FACT_BIT(FACT_STAT));
	char *text = print_process(&process, "pid", true);

	(void)state;
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	free(text);
	text = print_process(&process, "pid", false);
	assert_non_null(strstr(text, "\n{\"pid\":7}],\n"));
	free(text);
}

static void a_full_device_is_an_error(void **state)
{
	struct snapshot *snapshot = snapshot_new();
	struct selection selection;
	struct json_options options = {.selection = &selection};
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	selection_default(&selection);
	assert_int_equal(json_write(full, snapshot, &options), -ENOSPC);
	fclose(full);
	snapshot_unref(snapshot);
}

static void the_schema_is_json(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	cJSON *schema, *process;

	(void)state;
	assert_int_equal(json_write_schema(stream), 0);
	fclose(stream);
	schema = cJSON_Parse(text);
	assert_non_null(schema);
	process = cJSON_GetObjectItem(cJSON_GetObjectItem(cJSON_GetObjectItem(cJSON_GetObjectItem(
			schema, "properties"), "processes"), "items"), "properties");
	assert_non_null(cJSON_GetObjectItem(process, "memory_info"));
	cJSON_Delete(schema);
	free(text);
}

static void assert_fields(const char *list, size_t expected)
{
	struct selection selection;
	struct text unknown;
	size_t count = 0;

	selection_default(&selection);
	assert_int_equal(selection_parse_fields(&selection, list, &unknown), 0);
	for (size_t id = 0; id < FIELD_ID_COUNT; id++)
		count += selection_has_field(&selection, id);
	assert_int_equal(count, expected);
}

static void names_of_fields(void **state)
{
	struct selection selection;
	struct text unknown;

	(void)state;
	assert_fields("all", FIELD_ID_COUNT);
	assert_fields("pid", 1);
	assert_fields("pid,pid, name", 2);
	assert_fields("memory_info", 5);
	assert_fields("rss", 1);
	selection_default(&selection);
	assert_int_equal(selection_parse_fields(&selection, "pid,nope,name", &unknown), -EINVAL);
	assert_true(text_equal_string(unknown, "nope"));
	assert_int_equal(selection_parse_fields(&selection, "", &unknown), -EINVAL);
	assert_int_equal(selection_parse_fields(&selection, "pid,", &unknown), -EINVAL);
	assert_int_equal(selection_parse_fields(&selection, "memory_inf", &unknown), -EINVAL);
	assert_int_equal(selection_parse_fields(&selection, "memory_info.", &unknown), -EINVAL);
}

static void names_of_sections(void **state)
{
	struct selection selection;
	struct text unknown;

	(void)state;
	selection_default(&selection);
	assert_int_equal(selection_sections(&selection),
			 SECTIONS_ALL & ~(SECTION_BIT(SECTION_CONNECTIONS) | SECTION_BIT(SECTION_MEMINFO) |
					  SECTION_BIT(SECTION_NUMA) | SECTION_BIT(SECTION_SLAB)));
	assert_int_equal(selection_parse_sections(&selection, "meminfo,slab", &unknown), 0);
	assert_int_equal(selection_sections(&selection), SECTION_BIT(SECTION_MEMINFO) | SECTION_BIT(SECTION_SLAB));
	assert_false(selection_facts(&selection) & (FACT_BIT(FACT_OPEN_FILES) | FACT_BIT(FACT_EXE)));
	assert_int_equal(selection_parse_sections(&selection, "cpu,memory", &unknown), 0);
	assert_int_equal(selection_sections(&selection), SECTION_BIT(SECTION_CPU) | SECTION_BIT(SECTION_MEMORY));
	assert_int_equal(selection_parse_sections(&selection, "net_connections", &unknown), 0);
	assert_int_equal(selection_sections(&selection), SECTION_BIT(SECTION_CONNECTIONS));
	assert_int_equal(selection_parse_sections(&selection, "all", &unknown), 0);
	assert_int_equal(selection_sections(&selection), SECTIONS_ALL);
	assert_int_equal(selection_parse_sections(&selection, "cpu,disc", &unknown), -EINVAL);
	assert_true(text_equal_string(unknown, "disc"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_are_exact),
		cmocka_unit_test(reals_have_six_decimals),
		cmocka_unit_test(unknown_is_null),
		cmocka_unit_test(the_pid_of_a_denied_process_is_known),
		cmocka_unit_test(masks_have_sixteen_digits),
		cmocka_unit_test(text_that_is_not_utf8_has_its_bytes_too),
		cmocka_unit_test(no_control_character_is_raw),
		cmocka_unit_test(arguments),
		cmocka_unit_test(environment_keeps_the_last_of_a_name),
		cmocka_unit_test(lists),
		cmocka_unit_test(a_large_record),
		cmocka_unit_test(one_line_or_many),
		cmocka_unit_test(a_full_device_is_an_error),
		cmocka_unit_test(the_schema_is_json),
		cmocka_unit_test(names_of_fields),
		cmocka_unit_test(names_of_sections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
