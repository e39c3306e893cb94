/* Evaluate many filters on one snapshot. Prints the snapshot as one line of JSON, as `cmon --json --fields all` has it,
 * then for each line of standard input, a filter, the pids that match, or "!" and the message where it is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "collect/collect.h"
#include "model/filter.h"
#include "out/json.h"

#define BETWEEN_NS (NS_PER_S / 4)

static struct snapshot *record(struct collect *collect, const struct selection *selection)
{
	const struct request request = {
		.sections = SECTION_BIT(SECTION_PROCESSES),
		.facts = selection_facts(selection),
	};
	struct snapshot *previous = collect_tick(collect, &request, NULL), *snapshot;

	clock_sleep_until(clock_monotonic_ns() + BETWEEN_NS);
	snapshot = collect_tick(collect, &request, previous);
	snapshot_unref(previous);
	return snapshot;
}

static void answer(const struct snapshot *snapshot, const char *expression)
{
	struct filter_error error;
	struct filter *filter;

	if (filter_parse(expression, &filter, &error) < 0) {
		printf("!%s\n", error.message);
		return;
	}
	for (size_t i = 0; i < snapshot->processes.count; i++) {
		if (filter_match(filter, snapshot->processes.items[i]))
			printf("%d ", snapshot->processes.items[i]->pid);
	}
	printf("\n");
	filter_free(filter);
}

int main(void)
{
	struct selection selection;
	struct json_options options = {.selection = &selection, .one_line = true};
	struct collect *collect;
	struct snapshot *snapshot;
	struct text unknown;
	struct root root;
	char *line = NULL;
	size_t capacity = 0;
	ssize_t length;

	selection_default(&selection);
	if (selection_parse_sections(&selection, "processes", &unknown) < 0 ||
	    selection_parse_fields(&selection, "all", &unknown) < 0 || root_open(&root, NULL) < 0)
		return EXIT_FAILURE;
	collect = collect_open(&root);
	snapshot = record(collect, &selection);
	if (json_write(stdout, snapshot, &options) < 0 || fflush(stdout) != 0)
		return EXIT_FAILURE;
	while ((length = getline(&line, &capacity, stdin)) > 0) {
		line[length - (line[length - 1] == '\n')] = '\0';
		answer(snapshot, line);
	}
	free(line);
	snapshot_unref(snapshot);
	collect_close(collect);
	root_close(&root);
	return EXIT_SUCCESS;
}
