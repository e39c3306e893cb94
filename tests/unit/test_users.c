/* Users: utmp records and logind's session files, whole, cut and hostile. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <utmpx.h>
#include <cmocka.h>

#include "collect/collector.h"
#include "collect/users.h"

static void assert_text(struct text text, const char *expected)
{
	assert_non_null(text.bytes);
	assert_int_equal(text.length, strlen(expected));
	assert_memory_equal(text.bytes, expected, text.length);
}

static struct utmpx login(const char *name, const char *line, const char *host, int pid)
{
	struct utmpx record = {.ut_type = USER_PROCESS, .ut_pid = pid};

	memcpy(record.ut_user, name, strnlen(name, sizeof(record.ut_user)));
	memcpy(record.ut_line, line, strnlen(line, sizeof(record.ut_line)));
	memcpy(record.ut_host, host, strnlen(host, sizeof(record.ut_host)));
	record.ut_tv.tv_sec = 1700000001;
	record.ut_tv.tv_usec = 250000;
	return record;
}

static int parse_record(struct utmpx *record, struct user *user)
{
	struct cursor cursor = cursor_of((const char *)record, sizeof(*record));

	return utmp_next(&cursor, user);
}

static void one_login(void **state)
{
	struct utmpx record = login("ann", "pts/3", "192.0.2.7", 4711);
	struct user user;

	(void)state;
	assert_int_equal(parse_record(&record, &user), 1);
	assert_text(user.name, "ann");
	assert_text(user.terminal, "pts/3");
	assert_text(user.host, "192.0.2.7");
	assert_int_equal(user.pid, 4711);
	assert_true(user.started == 1700000001.25);
}

static void local_display_is_localhost(void **state)
{
	struct utmpx display = login("ann", "tty2", ":0", 1), screen = login("ann", "tty2", ":0.0", 1),
		     second = login("ann", "tty3", ":1", 1);
	struct user user;

	(void)state;
	assert_int_equal(parse_record(&display, &user), 1);
	assert_text(user.host, "localhost");
	assert_int_equal(parse_record(&screen, &user), 1);
	assert_text(user.host, "localhost");
	assert_int_equal(parse_record(&second, &user), 1);
	assert_text(user.host, ":1");
}

static void members_without_a_nul(void **state)
{
	char name[300];
	struct utmpx record;
	struct user user;

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	record = login(name, name, name, 1);
	assert_int_equal(parse_record(&record, &user), 1);
	assert_int_equal(user.name.length, sizeof(record.ut_user));
	assert_int_equal(user.terminal.length, sizeof(record.ut_line));
	assert_int_equal(user.host.length, sizeof(record.ut_host));
}

static void what_is_not_known_is_absent(void **state)
{
	struct utmpx record = login("ann", "", "", 0);
	struct user user;

	(void)state;
	record.ut_tv.tv_sec = 0;
	assert_int_equal(parse_record(&record, &user), 1);
	assert_null(user.terminal.bytes);
	assert_text(user.host, "");
	assert_true(isnan(user.started));
	assert_int_equal(user.pid, ABSENT_I32);
	record = login("ann", "tty1", "", -5);
	record.ut_tv.tv_usec = 1000000;
	assert_int_equal(parse_record(&record, &user), 1);
	assert_true(user.started == 1700000001);
	assert_int_equal(user.pid, ABSENT_I32);
}

static void other_records_are_passed_over(void **state)
{
	static const short types[] = {EMPTY, RUN_LVL, BOOT_TIME, NEW_TIME, OLD_TIME, INIT_PROCESS, LOGIN_PROCESS,
				      DEAD_PROCESS, 9, -1, 32767};
	struct utmpx records[sizeof(types) / sizeof(types[0]) + 1];
	struct cursor cursor;
	struct user user;

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		records[i] = login("ghost", "tty1", "", 1);
		records[i].ut_type = types[i];
	}
	records[sizeof(types) / sizeof(types[0])] = login("ann", "tty1", "", 1);
	cursor = cursor_of((const char *)records, sizeof(records));
	assert_int_equal(utmp_next(&cursor, &user), 1);
	assert_text(user.name, "ann");
	assert_int_equal(utmp_next(&cursor, &user), 0);
}

static void cut_record(void **state)
{
	struct utmpx records[2] = {login("ann", "tty1", "", 1), login("bob", "tty2", "", 2)};
	struct user user;

	(void)state;
	for (size_t length = 1; length < sizeof(records); length++) {
		char *copy = malloc(length);
		struct cursor cursor;
		int first, second;

		memcpy(copy, records, length);
		cursor = cursor_of(copy, length);
		first = utmp_next(&cursor, &user);
		second = first == 1 ? utmp_next(&cursor, &user) : -1;
		free(copy);
		assert_int_equal(first, length < sizeof(records[0]) ? -EBADMSG : 1);
		if (first == 1)
			assert_int_equal(second, length == sizeof(records[0]) ? 0 : -EBADMSG);
	}
	assert_int_equal(utmp_next(&(struct cursor){0}, &user), 0);
}

#define SESSION \
	"# This is private data. Do not parse.\nUID=1000\nUSER=ann\nACTIVE=1\nIS_DISPLAY=1\nSTATE=active\nREMOTE=1\n" \
	"TYPE=tty\nCLASS=user\nTTY=pts/3\nREMOTE_HOST=192.0.2.7\nSERVICE=sshd\nLEADER=4711\n" \
	"REALTIME=1700000001250000\nMONOTONIC=5\n"

static int parse_session(const char *text, struct user *user)
{
	return logind_session_parse(cursor_of(text, strlen(text)), user);
}

static void session(void **state)
{
	struct user user;

	(void)state;
	assert_int_equal(parse_session(SESSION, &user), 1);
	assert_text(user.name, "ann");
	assert_text(user.terminal, "pts/3");
	assert_text(user.host, "192.0.2.7");
	assert_int_equal(user.pid, 4711);
	assert_true(user.started == 1700000001.25);
}

static void local_session(void **state)
{
	struct user user;

	(void)state;
	assert_int_equal(parse_session("USER=\"a b\"\nCLASS=user-early\nREMOTE=0\nREALTIME=x\nLEADER=0", &user), 1);
	assert_text(user.name, "a b");
	assert_text(user.host, "");
	assert_null(user.terminal.bytes);
	assert_true(isnan(user.started));
	assert_int_equal(user.pid, ABSENT_I32);
	assert_int_equal(parse_session("USER=a\nCLASS=user\nLEADER=99999999999\nREALTIME=-1\n", &user), 1);
	assert_int_equal(user.pid, ABSENT_I32);
	assert_true(isnan(user.started));
}

static void sessions_that_are_no_login(void **state)
{
	struct user user;

	(void)state;
	assert_int_equal(parse_session("USER=gdm\nCLASS=greeter\n", &user), 0);
	assert_int_equal(parse_session("USER=ann\nCLASS=manager\n", &user), 0);
	assert_int_equal(parse_session("USER=ann\nCLASS=background\n", &user), 0);
	assert_int_equal(parse_session("USER=ann\nCLASS=user-incomplete\n", &user), 0);
	assert_int_equal(parse_session("USER=ann\n", &user), 0);
	assert_int_equal(parse_session("USER=ann\nCLASS=user\nSTATE=closing\n", &user), 0);
	assert_int_equal(parse_session("", &user), -EBADMSG);
	assert_int_equal(parse_session("USER=\nCLASS=user\n", &user), -EBADMSG);
	assert_int_equal(parse_session("no equals sign\n\377\376\n=\n", &user), -EBADMSG);
}

/* --- The collector, below a directory made here --- */

static char base[] = "/tmp/cmon-test-XXXXXX";

static int make_base(void **state)
{
	(void)state;
	strcpy(base, "/tmp/cmon-test-XXXXXX");
	return mkdtemp(base) ? 0 : -1;
}

static int remove_base(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf -- '%s'", base);
	return system(command);
}

static void make_directories(const char *path)
{
	char command[128];

	snprintf(command, sizeof(command), "mkdir -p -- '%s/%s'", base, path);
	assert_int_equal(system(command), 0);
}

static void write_file(const char *name, const void *bytes, size_t size)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", base, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	fclose(file);
}

static struct snapshot *read_base(int expected)
{
	struct snapshot *snapshot = snapshot_new();
	struct request request = {.sections = SECTION_BIT(SECTION_USERS)};
	struct root root;
	struct tick tick = {.root = &root, .request = &request, .snapshot = snapshot};

	assert_int_equal(root_open(&root, base), 0);
	assert_int_equal(collector_users.read(NULL, &tick), expected);
	root_close(&root);
	return snapshot;
}

static void without_any_source_nothing_is_known(void **state)
{
	struct snapshot *snapshot = read_base(-ENOENT);

	(void)state;
	assert_null(snapshot->users.items);
	snapshot_unref(snapshot);
	make_directories("run/systemd/sessions"); /* made at boot, with logind or without */
	snapshot = read_base(-ENOENT);
	assert_null(snapshot->users.items);
	snapshot_unref(snapshot);
}

static void nobody_is_logged_in(void **state)
{
	struct snapshot *snapshot;

	(void)state;
	make_directories("run/systemd/sessions");
	make_directories("run/systemd/seats");
	write_file("run/systemd/seats/seat0", "IS_SEAT0=1\n", 11);
	snapshot = read_base(0);
	assert_non_null(snapshot->users.items);
	assert_int_equal(snapshot->users.count, 0);
	snapshot_unref(snapshot);
	write_file("run/utmp", "", 0);
	snapshot = read_base(0);
	assert_non_null(snapshot->users.items);
	assert_int_equal(snapshot->users.count, 0);
	snapshot_unref(snapshot);
}

static void sessions_are_read_without_utmp(void **state)
{
	struct snapshot *snapshot;
	const struct user *users;

	(void)state;
	make_directories("run/systemd/sessions");
	write_file("run/systemd/sessions/10", "USER=bob\nCLASS=user\n", 20);
	write_file("run/systemd/sessions/2", SESSION, strlen(SESSION));
	write_file("run/systemd/sessions/2.ref", SESSION, strlen(SESSION));
	write_file("run/systemd/sessions/.#2aB", SESSION, strlen(SESSION));
	write_file("run/systemd/sessions/c1", "USER=gdm\nCLASS=greeter\n", 23);
	write_file("run/systemd/sessions/c2", "garbage", 7);
	snapshot = read_base(0);
	users = snapshot->users.items;
	assert_int_equal(snapshot->users.count, 2);
	assert_text(users[0].name, "ann");
	assert_text(users[1].name, "bob");
	assert_int_equal(snapshot->errors.count, 1);
	snapshot_unref(snapshot);
}

static void utmp_comes_first(void **state)
{
	struct utmpx records[2] = {login("ann", "tty1", "", 1), login("bob", "tty2", "", 2)};
	struct snapshot *snapshot;

	(void)state;
	make_directories("run/systemd/sessions");
	write_file("run/systemd/sessions/2", SESSION, strlen(SESSION));
	make_directories("var/run");
	write_file("var/run/utmp", records, sizeof(records[0]));
	snapshot = read_base(0);
	assert_int_equal(snapshot->users.count, 1);
	snapshot_unref(snapshot);
	write_file("run/utmp", records, sizeof(records));
	snapshot = read_base(0);
	assert_int_equal(snapshot->users.count, 2);
	assert_text(LIST_ITEMS(snapshot->users, struct user)[1].name, "bob");
	snapshot_unref(snapshot);
}

static void cut_utmp_keeps_what_is_whole(void **state)
{
	struct utmpx records[2] = {login("ann", "tty1", "", 1), login("bob", "tty2", "", 2)};
	struct snapshot *snapshot;

	(void)state;
	make_directories("run");
	write_file("run/utmp", records, sizeof(records) - 1);
	snapshot = read_base(0);
	assert_int_equal(snapshot->users.count, 1);
	assert_int_equal(snapshot->errors.count, 1);
	assert_text(LIST_ITEMS(snapshot->errors, struct source_error)[0].source, "users/utmp");
	snapshot_unref(snapshot);
}

#define WITH_BASE(test) cmocka_unit_test_setup_teardown(test, make_base, remove_base)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_login),
		cmocka_unit_test(local_display_is_localhost),
		cmocka_unit_test(members_without_a_nul),
		cmocka_unit_test(what_is_not_known_is_absent),
		cmocka_unit_test(other_records_are_passed_over),
		cmocka_unit_test(cut_record),
		cmocka_unit_test(session),
		cmocka_unit_test(local_session),
		cmocka_unit_test(sessions_that_are_no_login),
		WITH_BASE(without_any_source_nothing_is_known),
		WITH_BASE(nobody_is_logged_in),
		WITH_BASE(sessions_are_read_without_utmp),
		WITH_BASE(utmp_comes_first),
		WITH_BASE(cut_utmp_keeps_what_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
