#include "model/state.h"

struct text state_word(char state)
{
	switch (state) {
	case 'R': return TEXT_LITERAL("running");
	case 'S': return TEXT_LITERAL("sleeping");
	case 'D': return TEXT_LITERAL("disk-sleep");
	case 'T': return TEXT_LITERAL("stopped");
	case 't': return TEXT_LITERAL("tracing-stop");
	case 'Z': return TEXT_LITERAL("zombie");
	case 'X':
	case 'x': return TEXT_LITERAL("dead");
	case 'I': return TEXT_LITERAL("idle");
	case 'P': return TEXT_LITERAL("parked");
	case 'W': return TEXT_LITERAL("waking");
	case 'K': return TEXT_LITERAL("wake-kill");
	default: return TEXT_ABSENT;
	}
}

/* Numbers of sched(7); 4 was reserved for SCHED_ISO and never used, 7 is SCHED_EXT (Linux 6.12). */
struct text policy_word(int32_t policy)
{
	static const struct text words[] = {
		TEXT_LITERAL("other"), TEXT_LITERAL("fifo"), TEXT_LITERAL("rr"),       TEXT_LITERAL("batch"),
		TEXT_LITERAL("iso"),   TEXT_LITERAL("idle"), TEXT_LITERAL("deadline"), TEXT_LITERAL("ext"),
	};

	if (policy < 0 || (size_t)policy >= sizeof(words) / sizeof(words[0]))
		return TEXT_ABSENT;
	return words[policy];
}

/* What is dead has no memory of its own: pages found locked through a live thread are not shown by ps. */
static bool has_locked_pages(const struct process *process)
{
	return process_has(process, FACT_STATE) && process->state != 'Z' && process->state != 'X' &&
	       process->locked_bytes != ABSENT_U64 && process->locked_bytes > 0;
}

static bool leads_session(const struct process *process)
{
	int32_t own = process->tgid > 0 ? process->tgid : process->pid;

	return process->sid > 0 && process->sid == own;
}

void process_state_derive(struct process *process)
{
	char *p = process->stat;

	if (!process->state) {
		*p = '\0';
		return;
	}
	*p++ = process->state;
	if (process->nice != ABSENT_I32 && process->nice < 0)
		*p++ = '<';
	if (process->nice > 0)
		*p++ = 'N';
	if (has_locked_pages(process))
		*p++ = 'L';
	if (leads_session(process))
		*p++ = 's';
	if (process->num_threads > 1)
		*p++ = 'l';
	if (process->pgid > 0 && process->pgid == process->tpgid)
		*p++ = '+';
	*p = '\0';
}
