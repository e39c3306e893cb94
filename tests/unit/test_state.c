/* STAT, status and policy as ps and psutil show them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "made.h"
#include "model/state.h"

struct stat_case {
	const char *expected;
	char state;
	int32_t nice, sid, tgid, num_threads, pgid, tpgid;
	uint64_t locked_bytes;
};

/* pid 100 each. The expected strings were read from ps. */
static const struct stat_case cases[] = {
	{"S", 'S', 0, 50, 100, 1, 100, -1, 0},
	{"R+", 'R', 0, 50, 100, 1, 100, 100, 0},
	{"Ss", 'S', 0, 100, 100, 1, 100, -1, 0},
	{"Ss+", 'S', 0, 100, 100, 1, 100, 100, 0},
	{"SN", 'S', 5, 50, 100, 1, 100, -1, 0},
	{"SN", 'S', 1, 50, 100, 1, 100, -1, 0},
	{"S<", 'S', -1, 50, 100, 1, 100, -1, 0},
	{"SL", 'S', 0, 50, 100, 1, 100, -1, 4096},
	{"Sl", 'S', 0, 50, 100, 2, 100, -1, 0},
	{"S<Lsl+", 'S', -20, 100, 100, 9, 100, 100, 4096},
	{"TNLsl+", 'T', 19, 100, 100, 9, 100, 100, 4096},
	{"tl", 't', 0, 50, 100, 3, 100, -1, 0},
	{"D+", 'D', 0, 50, 100, 1, 7, 7, 0},
	{"I", 'I', 0, 0, 100, 1, 0, -1, ABSENT_U64},
	{"I<", 'I', -20, 0, 100, 1, 0, -1, ABSENT_U64},
	/* The dead keep all but their memory; that of live threads is shown, but is not in the letter. */
	{"ZNs+", 'Z', 3, 100, 100, 1, 100, 100, 4096},
	{"Zl", 'Z', 0, 50, 100, 4, 100, -1, 4096},
	{"X", 'X', 0, 50, 100, 1, 100, -1, 4096},
	{"P", 'P', 0, 0, 100, 1, 0, -1, ABSENT_U64},
	{"?", '?', 0, 50, 100, 1, 100, -1, 0},
	/* A thread belongs to the session its process leads. */
	{"Ssl", 'S', 0, 40, 40, 2, 100, -1, 0},
	/* A group and a terminal outside this pid namespace both read 0; ps prints a + here. */
	{"S", 'S', 0, 0, 100, 1, 0, 0, 0},
	/* Nothing known of nice and threads. */
	{"S", 'S', ABSENT_I32, 50, 100, ABSENT_I32, 100, -1, 0},
};

static struct process process_of(const struct stat_case *c)
{
	struct process process;

	made_init(&process);
	process.have = FACT_BIT(FACT_STAT) | FACT_BIT(FACT_STATE) | FACT_BIT(FACT_STATUS);
	process.pid = 100;
	process.state = c->state;
	process.nice = c->nice;
	process.sid = c->sid;
	process.tgid = c->tgid;
	process.num_threads = c->num_threads;
	process.pgid = c->pgid;
	process.tpgid = c->tpgid;
	process.locked_bytes = c->locked_bytes;
	return process;
}

static void stat_is_what_ps_prints(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct process process = process_of(&cases[i]);

		process_state_derive(&process);
		assert_string_equal(process.stat, cases[i].expected);
	}
}

static void locked_pages_need_the_status_file(void **state)
{
	struct process process = process_of(&cases[7]);

	(void)state;
	process.have = FACT_BIT(FACT_STAT);
	process_state_derive(&process);
	assert_string_equal(process.stat, "S");
}

static void without_a_state_there_is_no_stat(void **state)
{
	struct process process;

	(void)state;
	made_init(&process);
	process_state_derive(&process);
	assert_string_equal(process.stat, "");
}

static void status_words_are_psutils(void **state)
{
	static const struct {
		char letter;
		const char *word;
	} words[] = {
		{'R', "running"}, {'S', "sleeping"}, {'D', "disk-sleep"}, {'T', "stopped"}, {'t', "tracing-stop"},
		{'Z', "zombie"},  {'X', "dead"},     {'x', "dead"},       {'I', "idle"},    {'P', "parked"},
		{'W', "waking"},  {'K', "wake-kill"}, {'?', NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_true(text_equal_string(state_word(words[i].letter), words[i].word));
	assert_null(state_word('\0').bytes);
}

static void policies_have_names(void **state)
{
	static const char *const names[] = {"other", "fifo", "rr", "batch", "iso", "idle", "deadline", "ext", NULL};

	(void)state;
	for (int32_t i = 0; i < 9; i++)
		assert_true(text_equal_string(policy_word(i), names[i]));
	assert_null(policy_word(-1).bytes);
	assert_null(policy_word(ABSENT_I32).bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stat_is_what_ps_prints),
		cmocka_unit_test(locked_pages_need_the_status_file),
		cmocka_unit_test(without_a_state_there_is_no_stat),
		cmocka_unit_test(status_words_are_psutils),
		cmocka_unit_test(policies_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
