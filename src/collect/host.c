/* Name and kernel of this machine, and when it started. */
#include <errno.h>
#include <sys/utsname.h>

#include <libproc2/stat.h>

#include "base/clock.h"
#include "collect/collector.h"

static struct text copy(struct arena *arena, const char *string)
{
	return *string ? arena_string(arena, string) : TEXT_ABSENT;
}

static void read_names(struct host *host, struct arena *arena)
{
	struct utsname names;

	if (uname(&names) < 0)
		return;
	host->hostname = copy(arena, names.nodename);
	host->sysname = copy(arena, names.sysname);
	host->release = copy(arena, names.release);
	host->version = copy(arena, names.version);
	host->machine = copy(arena, names.machine);
}

static int host_open(const struct root *root, void **ret_state)
{
	struct stat_info *info = NULL;
	int r = procps_stat_new(&info);

	(void)root;
	if (r < 0)
		return r;
	*ret_state = info;
	return 0;
}

/* The boot time is read in every tick: it moves when the wall clock is set. */
static int host_read(void *state, struct tick *tick)
{
	struct snapshot *snapshot = tick->snapshot;
	enum stat_item items[] = {STAT_SYS_TIME_OF_BOOT};
	struct stat_stack *stack;

	read_names(&snapshot->host, &snapshot->arena);
	snapshot->uptime = (double)clock_boottime_ns() / NS_PER_S;
	errno = 0;
	stack = procps_stat_select(state, items, 1);
	if (!stack)
		return errno ? -errno : -EBADMSG;
	snapshot->boot_time = (double)stack->head[0].result.ul_int;
	return 0;
}

static void host_close(void *state)
{
	struct stat_info *info = state;

	procps_stat_unref(&info);
}

const struct collector collector_host = {
	.name = "host",
	.sections = SECTION_BIT(SECTION_HOST),
	.open = host_open,
	.read = host_read,
	.close = host_close,
};
