/* The filter language: any text is parsed or refused with a place inside it, and what was parsed can be asked. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/field.h"
#include "model/filter.h"
#include "model/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct process sample(void)
{
	static int32_t pids[] = {1, 20};
	static struct process_more more;
	struct process process;

	process_init(&process);
	process.have = ~UINT64_C(0);
	process.pid = 300;
	process.state = 'S';
	process.stat[0] = 'S';
	process.num_threads = 1;
	process.is_kernel = 0;
	process.comm = TEXT_LITERAL("name");
	process.username = TEXT_LITERAL("root");
	process.cmdline = TEXT_LITERAL("/bin/name\0-a\0b c\0");
	more = process_more_blank;
	more.parents = (struct list){pids, 2};
	process.more = &more;
	return process;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct process process = sample(), unknown;
	struct filter_error error = {"", 0, 0};
	struct filter *filter = NULL;
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	if (filter_parse(text, &filter, &error) == 0) {
		process_init(&unknown);
		(void)filter_match(filter, &process);
		(void)filter_match(filter, &unknown);
		filter_free(filter);
	} else if (!error.message[0] || strlen(error.message) >= sizeof(error.message) ||
		   error.column + error.length > strlen(text) ||
		   (text_is_utf8(text_of(text)) && !text_is_utf8(text_of(error.message)))) {
		abort();
	}
	free(text);
	return 0;
}
