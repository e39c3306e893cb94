/* Users logged in, from utmp; where there is none (as on Debian 13), from the sessions of systemd-logind. */
#include "collect/users.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <utmpx.h>

#include "collect/collector.h"
#include "model/field.h"

#define SESSIONS "run/systemd/sessions"

/* Members of utmp end with a NUL only when they are shorter than their place. */
#define MEMBER_TEXT(pointer, member) \
	member_text((pointer) + offsetof(struct utmpx, member), sizeof(((struct utmpx *)0)->member))

static struct text member_text(const char *bytes, size_t size)
{
	return (struct text){bytes, strnlen(bytes, size)};
}

static double time_of_login(const struct utmpx *record)
{
	double microseconds = record->ut_tv.tv_usec;

	if (record->ut_tv.tv_sec <= 0)
		return ABSENT_F64;
	if (record->ut_tv.tv_usec < 0 || record->ut_tv.tv_usec > 999999)
		microseconds = 0;
	return (double)record->ut_tv.tv_sec + microseconds / 1e6;
}

static struct text host_text(struct text host)
{
	if (text_equal_string(host, ":0") || text_equal_string(host, ":0.0"))
		return TEXT_LITERAL("localhost");
	return host;
}

/* `bytes` are the record as it stands in the buffer, which is not aligned for it. */
static void fill_user(const struct utmpx *record, const char *bytes, struct user *user)
{
	struct text terminal = MEMBER_TEXT(bytes, ut_line);

	record_clear(record_user, user);
	user->name = MEMBER_TEXT(bytes, ut_user);
	user->terminal = terminal.length ? terminal : TEXT_ABSENT;
	user->host = host_text(MEMBER_TEXT(bytes, ut_host));
	user->started = time_of_login(record);
	if (record->ut_pid > 0)
		user->pid = record->ut_pid;
}

int utmp_next(struct cursor *file, struct user *ret_user)
{
	while (!cursor_done(file)) {
		const char *bytes = file->p;
		struct utmpx record;

		if ((size_t)(file->end - bytes) < sizeof(record))
			return -EBADMSG;
		memcpy(&record, bytes, sizeof(record));
		file->p += sizeof(record);
		if (record.ut_type != USER_PROCESS)
			continue;
		fill_user(&record, bytes, ret_user);
		return 1;
	}
	return 0;
}

/* Values of a session file that are of use; absent where the file has no such line. */
struct session {
	struct text user, class, state, tty, remote_host, realtime, leader;
};

static const struct {
	const char *key;
	size_t offset;
} session_keys[] = {
	{"USER", offsetof(struct session, user)},
	{"CLASS", offsetof(struct session, class)},
	{"STATE", offsetof(struct session, state)},
	{"TTY", offsetof(struct session, tty)},
	{"REMOTE_HOST", offsetof(struct session, remote_host)},
	{"REALTIME", offsetof(struct session, realtime)},
	{"LEADER", offsetof(struct session, leader)},
};

#define SESSION_KEY_COUNT (sizeof(session_keys) / sizeof(session_keys[0]))

/* Newer versions quote a value that needs it. */
static struct text unquote(struct text value)
{
	if (value.length >= 2 && value.bytes[0] == '"' && value.bytes[value.length - 1] == '"')
		return (struct text){value.bytes + 1, value.length - 2};
	return value;
}

static void read_session_line(struct cursor line, struct session *session)
{
	struct text key;

	if (parse_until(&line, '=', &key) < 0)
		return;
	for (size_t i = 0; i < SESSION_KEY_COUNT; i++) {
		struct text *value = (struct text *)(void *)((char *)session + session_keys[i].offset);

		if (text_equal_string(key, session_keys[i].key))
			*value = unquote((struct text){line.p, (size_t)(line.end - line.p)});
	}
}

/* "user", and from systemd 249, 257 on those that only differ in when and how their manager starts. */
static bool is_user_class(struct text class)
{
	return text_equal_string(class, "user") || text_equal_string(class, "user-early") ||
	       text_equal_string(class, "user-light") || text_equal_string(class, "user-early-light");
}

static void fill_session_user(const struct session *session, struct user *user)
{
	uint64_t microseconds;
	int64_t leader;

	record_clear(record_user, user);
	user->name = session->user;
	user->terminal = session->tty.length ? session->tty : TEXT_ABSENT;
	user->host = session->remote_host.bytes ? host_text(session->remote_host) : TEXT_LITERAL("");
	if (text_to_u64(session->realtime, &microseconds) == 0 && microseconds)
		user->started = (double)microseconds / 1e6;
	if (text_to_i64(session->leader, &leader) == 0 && leader > 0 && leader <= INT32_MAX)
		user->pid = (int32_t)leader;
}

int logind_session_parse(struct cursor file, struct user *ret_user)
{
	struct session session = {0};
	struct cursor line;

	while (parse_line(&file, &line))
		read_session_line(line, &session);
	if (!session.user.length)
		return -EBADMSG;
	if (!is_user_class(session.class) || text_equal_string(session.state, "closing"))
		return 0;
	fill_session_user(&session, ret_user);
	return 1;
}

/* Copy the texts out of the buffer. */
static void keep_user(struct user *user, struct arena *arena)
{
	user->name = arena_text(arena, user->name.bytes, user->name.length);
	if (user->terminal.bytes)
		user->terminal = arena_text(arena, user->terminal.bytes, user->terminal.length);
	user->host = arena_text(arena, user->host.bytes, user->host.length);
}

static int read_utmp(const struct root *root, struct snapshot *snapshot)
{
	struct buffer buffer = {0};
	struct user *users;
	struct cursor file;
	size_t count = 0;
	int r = file_read(root->base_fd, "run/utmp", 0, &buffer);

	if (r == -ENOENT)
		r = file_read(root->base_fd, "var/run/utmp", 0, &buffer);
	if (r < 0) {
		buffer_free(&buffer);
		return r;
	}
	users = arena_array(&snapshot->arena, buffer.length / sizeof(struct utmpx) + 1, sizeof(*users));
	file = cursor_of(buffer.bytes, buffer.length);
	while ((r = utmp_next(&file, &users[count])) > 0)
		keep_user(&users[count++], &snapshot->arena);
	buffer_free(&buffer);
	/* A login may be being written: what is whole counts. */
	if (r < 0)
		snapshot_error(snapshot, "users/utmp", -r, "the last record is cut");
	snapshot->users = (struct list){users, count};
	return 0;
}

static int read_session(const struct root *root, const char *name, struct buffer *buffer, struct user *ret_user)
{
	char path[sizeof(SESSIONS) + 256];
	int r;

	if (snprintf(path, sizeof(path), "%s/%s", SESSIONS, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	r = file_read(root->base_fd, path, 0, buffer);
	if (r < 0)
		return r;
	return logind_session_parse(cursor_of(buffer->bytes, buffer->length), ret_user);
}

/* Beside a session's file there may be its FIFO, SESSION.ref, and a file that is being written, .#SESSION…. */
static bool is_session_name(const char *name)
{
	return !strchr(name, '.');
}

/* The directory alone tells nothing, since it is made at every boot; logind that runs has made the file of seat0. */
static bool logind_runs(const struct root *root, size_t session_count)
{
	return session_count || faccessat(root->base_fd, "run/systemd/seats/seat0", F_OK, 0) == 0;
}

static int read_sessions(const struct root *root, struct snapshot *snapshot)
{
	struct buffer buffer = {0};
	const char **names;
	struct user *users;
	size_t name_count, count = 0;
	int r = directory_list(root->base_fd, SESSIONS, &snapshot->arena, &names, &name_count);

	if (r < 0)
		return r;
	if (!logind_runs(root, name_count))
		return -ENOENT;
	users = arena_array(&snapshot->arena, name_count + 1, sizeof(*users));
	for (size_t i = 0; i < name_count; i++) {
		if (!is_session_name(names[i]))
			continue;
		r = read_session(root, names[i], &buffer, &users[count]);
		if (r > 0)
			keep_user(&users[count++], &snapshot->arena);
		else if (r < 0 && r != -ENOENT) /* closed since it was listed */
			snapshot_error(snapshot, "users/sessions", -r, "%s: %s", names[i], strerror(-r));
	}
	buffer_free(&buffer);
	snapshot->users = (struct list){users, count};
	return 0;
}

static int users_read(void *state, struct tick *tick)
{
	int r = read_utmp(tick->root, tick->snapshot);

	(void)state;
	if (r == -ENOENT)
		r = read_sessions(tick->root, tick->snapshot);
	return r;
}

const struct collector collector_users = {
	.name = "users",
	.sections = SECTION_BIT(SECTION_USERS),
	.read = users_read,
};
