/* What the signs of a process mean, in words. */
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "model/format.h"
#include "model/lineage.h"
#include "ui/details.h"

#define CAPABILITIES_SIZE 1024
#define NUMBER_SIZE 12 /* of one that is printed, with a separator */

static bool is_known(struct text text)
{
	return text.bytes && text.length > 0;
}

/* A frozen task stands where signals are taken, or in the freezer of the first hierarchy; its letter does not tell. */
static bool is_frozen(const struct process *process)
{
	return process_has(process, FACT_WCHAN) && (text_equal_string(process->more->wchan, "do_freezer_trap") ||
						    text_equal_string(process->more->wchan, "__refrigerator"));
}

static struct text waiting(struct arena *arena, const struct process *process, const char *words)
{
	if (is_frozen(process))
		return arena_format(arena, "%s, frozen by its cgroup", words);
	if (!process_has(process, FACT_WCHAN) || !is_known(process->more->wchan))
		return text_of(words);
	return arena_format(arena, "%s, waits in %.*s", words, (int)process->more->wchan.length, process->more->wchan.bytes);
}

static struct text zombie_state(struct arena *arena, const struct process *process)
{
	char age[FORMAT_SIZE];

	if (process->main_exited == 1)
		return process->num_threads > 1 ? arena_format(arena, "Z main thread exited, %d threads live",
							       process->num_threads - 1)
						: TEXT_LITERAL("Z main thread exited");
	if (!is_known(process->more->zombie_exit))
		return TEXT_LITERAL("Z ended, not reaped yet");
	format_age(age, process->more->zombie_age_s);
	return arena_format(arena, "Z ended: %.*s%s%s", (int)process->more->zombie_exit.length, process->more->zombie_exit.bytes,
			    *age == '-' ? "" : ", ", *age == '-' ? "" : arena_format(arena, "%s ago", age).bytes);
}

struct text words_state(struct arena *arena, const struct process *process)
{
	switch (process->state) {
	case 'R': return TEXT_LITERAL("R running, or ready to run");
	case 'S': return waiting(arena, process, "S sleeping");
	case 'D': return waiting(arena, process, "D sleeping, not to be interrupted");
	case 'I': return TEXT_LITERAL("I idle kernel thread");
	case 'T': return TEXT_LITERAL("T stopped by a signal");
	case 't':
		return process->tracer_pid > 0 ? arena_format(arena, "t stopped by its tracer %d", process->tracer_pid)
					       : TEXT_LITERAL("t stopped by its tracer");
	case 'Z': return zombie_state(arena, process);
	case 'X':
	case 'x': return TEXT_LITERAL("X dead, about to vanish");
	case 'P': return TEXT_LITERAL("P parked kernel thread");
	case 'W': return TEXT_LITERAL("W waking up");
	case 'K': return TEXT_LITERAL("K sleeping, only to be killed");
	case 0: return TEXT_ABSENT;
	default: return arena_format(arena, "%c", process->state);
	}
}

static struct text modifier(struct arena *arena, const struct process *process, char sign)
{
	switch (sign) {
	case '<': return arena_format(arena, "< high priority (nice %d)", process->nice);
	case 'N': return arena_format(arena, "N low priority (nice %d)", process->nice);
	case 'L': return TEXT_LITERAL("L has memory locked");
	case 's': return TEXT_LITERAL("s session leader");
	case 'l': return arena_format(arena, "l %d threads", process->num_threads);
	case '+': return TEXT_LITERAL("+ in the foreground of its terminal");
	default: return arena_format(arena, "%c", sign);
	}
}

struct text words_modifiers(struct arena *arena, const struct process *process)
{
	struct text words = TEXT_ABSENT;

	for (const char *p = process->stat; *p && *++p;) {
		struct text next = modifier(arena, process, *p);

		words = words.bytes ? arena_format(arena, "%s, %s", words.bytes, next.bytes) : next;
	}
	return words;
}

struct text words_origin(struct arena *arena, const struct process *process)
{
	struct text former = process->more->former_parent;

	switch (process->orphan) {
	case ORPHAN_OBSERVED:
		if (!is_known(former))
			return TEXT_LITERAL("ORPHAN: its parent ended while cmon watched");
		return arena_format(arena, "ORPHAN: its parent %.*s ended while cmon watched", (int)former.length,
				    former.bytes);
	case ORPHAN_PROVEN: return TEXT_LITERAL("ORPHAN: none of its ancestors is in its session, so its parent has ended");
	case ORPHAN_POSSIBLE:
		return TEXT_LITERAL("ORPHAN?: none of its ancestors is in its session; its parent may have adopted it");
	case ORPHAN_PROBABLE: return TEXT_LITERAL("orphan?: child of init in a group whose leader is gone");
	case ORPHAN_DETACHED:
		return TEXT_LITERAL("detached: child of init with a session of its own, as daemons and services are");
	case ORPHAN_INJECTED: return TEXT_LITERAL("injected: its parent is outside this pid namespace");
	case ORPHAN_INIT: return TEXT_LITERAL("init of a pid namespace");
	case ORPHAN_KERNEL: return TEXT_LITERAL("kernel thread");
	default: return TEXT_ABSENT;
	}
}

struct text words_zombie(struct arena *arena, const struct process *process)
{
	struct text name = process->more->zombie_culprit_name, reason = process->more->zombie_reason;

	if (!process_is_zombie(process))
		return TEXT_ABSENT;
	if (process->more->zombie_culprit_pid == 0)
		return TEXT_LITERAL("who ought to reap it is outside this pid namespace");
	if (process->more->zombie_culprit_pid < 0 || !is_known(name))
		return TEXT_LITERAL("who ought to reap it is not known");
	return arena_format(arena, "%s %.*s %d: %.*s",
			    process->more->zombie_culprit_pid == process->ppid ? "parent" : "tracer", (int)name.length,
			    name.bytes, process->more->zombie_culprit_pid, is_known(reason) ? (int)reason.length : 1,
			    is_known(reason) ? reason.bytes : "-");
}

static const char *const capability_names[] = {
	[CAP_CHOWN] = "chown", [CAP_DAC_OVERRIDE] = "dac_override", [CAP_DAC_READ_SEARCH] = "dac_read_search",
	[CAP_FOWNER] = "fowner", [CAP_FSETID] = "fsetid", [CAP_KILL] = "kill", [CAP_SETGID] = "setgid",
	[CAP_SETUID] = "setuid", [CAP_SETPCAP] = "setpcap", [CAP_LINUX_IMMUTABLE] = "linux_immutable",
	[CAP_NET_BIND_SERVICE] = "net_bind_service", [CAP_NET_BROADCAST] = "net_broadcast",
	[CAP_NET_ADMIN] = "net_admin", [CAP_NET_RAW] = "net_raw", [CAP_IPC_LOCK] = "ipc_lock",
	[CAP_IPC_OWNER] = "ipc_owner", [CAP_SYS_MODULE] = "sys_module", [CAP_SYS_RAWIO] = "sys_rawio",
	[CAP_SYS_CHROOT] = "sys_chroot", [CAP_SYS_PTRACE] = "sys_ptrace", [CAP_SYS_PACCT] = "sys_pacct",
	[CAP_SYS_ADMIN] = "sys_admin", [CAP_SYS_BOOT] = "sys_boot", [CAP_SYS_NICE] = "sys_nice",
	[CAP_SYS_RESOURCE] = "sys_resource", [CAP_SYS_TIME] = "sys_time", [CAP_SYS_TTY_CONFIG] = "sys_tty_config",
	[CAP_MKNOD] = "mknod", [CAP_LEASE] = "lease", [CAP_AUDIT_WRITE] = "audit_write",
	[CAP_AUDIT_CONTROL] = "audit_control", [CAP_SETFCAP] = "setfcap", [CAP_MAC_OVERRIDE] = "mac_override",
	[CAP_MAC_ADMIN] = "mac_admin", [CAP_SYSLOG] = "syslog", [CAP_WAKE_ALARM] = "wake_alarm",
	[CAP_BLOCK_SUSPEND] = "block_suspend", [CAP_AUDIT_READ] = "audit_read", [CAP_PERFMON] = "perfmon",
	[CAP_BPF] = "bpf", [CAP_CHECKPOINT_RESTORE] = "checkpoint_restore",
};

#define CAPABILITY_COUNT (sizeof(capability_names) / sizeof(capability_names[0]))
#define CAPABILITIES_ALL ((UINT64_C(1) << CAPABILITY_COUNT) - 1)

struct text words_capabilities(struct arena *arena, uint64_t mask)
{
	char names[CAPABILITIES_SIZE];
	size_t length = 0;

	if (!mask)
		return TEXT_LITERAL("none");
	if ((mask & CAPABILITIES_ALL) == CAPABILITIES_ALL)
		return TEXT_LITERAL("all");
	for (unsigned bit = 0; bit < 64; bit++) {
		const char *blank = length ? " " : "";

		if (!(mask >> bit & 1))
			continue;
		if (bit < CAPABILITY_COUNT)
			length += (size_t)snprintf(names + length, sizeof(names) - length, "%s%s", blank,
						   capability_names[bit]);
		else
			length += (size_t)snprintf(names + length, sizeof(names) - length, "%s%u", blank, bit);
	}
	return arena_text(arena, names, length);
}

struct text words_signals(struct arena *arena, uint64_t mask)
{
	char names[1024];
	size_t length = 0;

	if (!mask)
		return TEXT_LITERAL("none");
	for (int number = 1; number <= 64; number++) {
		const char *name = sigabbrev_np(number), *blank = length ? " " : "";

		if (!(mask >> (number - 1) & 1))
			continue;
		if (name)
			length += (size_t)snprintf(names + length, sizeof(names) - length, "%s%s", blank, name);
		else
			length += (size_t)snprintf(names + length, sizeof(names) - length, "%s%d", blank, number);
	}
	return arena_text(arena, names, length);
}

struct text words_ranges(struct arena *arena, const struct list *numbers)
{
	const int32_t *items = LIST_ITEMS(*numbers, const int32_t);
	size_t size = numbers->count * NUMBER_SIZE + 1, length = 0;
	char *words;

	if (!items)
		return TEXT_ABSENT;
	if (!numbers->count)
		return TEXT_LITERAL("none");
	words = arena_alloc(arena, size);
	for (size_t i = 0, last; i < numbers->count; i = last + 1) {
		for (last = i; last + 1 < numbers->count && items[last + 1] == items[last] + 1;)
			last++;
		length += (size_t)snprintf(words + length, size - length, "%s%d", i ? "," : "", items[i]);
		if (last > i)
			length += (size_t)snprintf(words + length, size - length, "-%d", items[last]);
	}
	return (struct text){words, length};
}

struct text words_numbers(struct arena *arena, const struct list *numbers)
{
	const int32_t *items = LIST_ITEMS(*numbers, const int32_t);
	size_t size = numbers->count * NUMBER_SIZE + 1, length = 0;
	char *words;

	if (!items)
		return TEXT_ABSENT;
	if (!numbers->count)
		return TEXT_LITERAL("none");
	words = arena_alloc(arena, size);
	for (size_t i = 0; i < numbers->count; i++)
		length += (size_t)snprintf(words + length, size - length, "%s%u", i ? " " : "", (unsigned)items[i]);
	return (struct text){words, length};
}
