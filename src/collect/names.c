#include "collect/names.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "base/parse.h"
#include "collect/slow.h"

/* What one tick has looked up already: few distinct ids stand against many processes. */
struct known {
	int64_t id;
	int result;
	struct text name; /* in the tick's snapshot */
};

struct known_list {
	struct known *items;
	size_t count, capacity;
};

struct names {
	struct known_list users, terminals;
};

#define USER_NAME_SIZE 256

struct user_name {
	char name[USER_NAME_SIZE];
};

struct names *names_new(void)
{
	return xcalloc(1, sizeof(struct names));
}

void names_free(struct names *names)
{
	if (!names)
		return;
	free(names->users.items);
	free(names->terminals.items);
	free(names);
}

void names_begin(struct names *names)
{
	names->users.count = names->terminals.count = 0;
}

/* Sorted by id. ret_found: where it is, or where it belongs. */
static bool find_known(const struct known_list *list, int64_t id, size_t *ret_index)
{
	size_t low = 0, high = list->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->items[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	*ret_index = low;
	return low < list->count && list->items[low].id == id;
}

static void insert_known(struct known_list *list, size_t index, struct known known)
{
	list->items = xgrow(list->items, list->count + 1, &list->capacity, sizeof(*list->items));
	memmove(&list->items[index + 1], &list->items[index], (list->count - index) * sizeof(*list->items));
	list->items[index] = known;
	list->count++;
}

static int look_up_user(const char *key, void *result)
{
	struct user_name *user = result;
	struct passwd record, *found = NULL;
	size_t size = 4096;
	char *buffer = NULL;
	int error;

	do {
		size *= 2;
		buffer = xreallocarray(buffer, size, 1);
		error = getpwuid_r((uid_t)strtoul(key, NULL, 10), &record, buffer, size, &found);
	} while (error == ERANGE && size < (size_t)1 << 20);
	/* POSIX lets "no such user" be 0, ENOENT, ESRCH, EBADF or EPERM; the number is right in any case. */
	snprintf(user->name, sizeof(user->name), "%s", found && strlen(found->pw_name) < USER_NAME_SIZE ?
						       found->pw_name : key);
	free(buffer);
	return 0;
}

static const struct slow_job user_job = {
	.name = "user",
	.result_size = sizeof(struct user_name),
	.run = look_up_user,
	.refresh_s = 60,
	.timeout_s = 2,
};

int names_user(struct names *names, struct tick *tick, int64_t uid, struct text *ret_name)
{
	struct known known = {.id = uid};
	size_t index;

	if (!find_known(&names->users, uid, &index)) {
		struct user_name user;
		char key[24];
		double age;

		snprintf(key, sizeof(key), "%lld", (long long)uid);
		known.result = slow_get(tick->slow, &user_job, key, tick->slow_deadline_ns, &user, &age);
		if (known.result >= 0) {
			known.result = 0;
			known.name = arena_string(&tick->snapshot->arena, user.name);
		}
		insert_known(&names->users, index, known);
	}
	*ret_name = names->users.items[index].name;
	return names->users.items[index].result;
}

/* DEVNAME of a character device in sysfs. */
static int device_name(const struct root *root, unsigned major, unsigned minor, char *name, size_t size)
{
	char path[64], bytes[1024];
	struct cursor cursor, line;
	ssize_t n;

	snprintf(path, sizeof(path), "dev/char/%u:%u/uevent", major, minor);
	n = file_read_small(root->sys_fd, path, bytes, sizeof(bytes));
	if (n < 0)
		return (int)n;
	cursor = cursor_of(bytes, (size_t)n);
	while (parse_line(&cursor, &line)) {
		if (parse_literal(&line, "DEVNAME=") == 0) {
			snprintf(name, size, "/dev/%.*s", (int)(line.end - line.p), line.p);
			return 0;
		}
	}
	return -ENOENT;
}

/* Majors 136 to 143 are Unix98 pseudo terminals, 256 minors each (Documentation/admin-guide/devices.txt); since
 * Linux 2.6.4 minors of 20 bits under the first of them. */
static int terminal_name(const struct root *root, int32_t tty_nr, char *name, size_t size)
{
	unsigned device = (unsigned)tty_nr;
	unsigned major = device >> 8 & 0xfff, minor = (device & 0xff) | (device >> 12 & 0xfff00);

	if (major >= 136 && major <= 143) {
		snprintf(name, size, "/dev/pts/%u", (major - 136) * 256 + minor);
		return 0;
	}
	return device_name(root, major, minor, name, size);
}

int names_terminal(struct names *names, struct tick *tick, int32_t tty_nr, struct text *ret_name)
{
	struct known known = {.id = tty_nr};
	size_t index;

	if (!tty_nr)
		return -ENOENT;
	if (!find_known(&names->terminals, tty_nr, &index)) {
		char name[128];

		known.result = terminal_name(tick->root, tty_nr, name, sizeof(name));
		if (known.result == 0)
			known.name = arena_string(&tick->snapshot->arena, name);
		insert_known(&names->terminals, index, known);
	}
	*ret_name = names->terminals.items[index].name;
	return names->terminals.items[index].result;
}
