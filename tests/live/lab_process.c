/* Processes of a wanted kind, for tests/live/test_states.py, test_zombies.py and test_orphans.py, which build this.
 *
 * usage: lab_process KIND [NUMBER]
 *
 * Prints a line "NAME PID" for each process it has made and then "ready". Kinds that wait for a word go on when a line
 * comes on standard input, and print "done". All end by themselves after a while. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <dirent.h>
#include <termios.h>
#include <unistd.h>

#define LIFETIME_S 100

static void check(int ok, const char *what)
{
	if (ok)
		return;
	dprintf(STDOUT_FILENO, "error %s: %s\n", what, strerror(errno));
	_exit(70);
}

static void say(const char *name, pid_t pid)
{
	dprintf(STDOUT_FILENO, "%s %d\n", name, (int)pid);
}

static void ready(void)
{
	dprintf(STDOUT_FILENO, "ready\n");
}

static _Noreturn void rest(void)
{
	for (;;)
		pause();
}

static _Noreturn void ready_and_rest(void)
{
	ready();
	rest();
}

static void wait_for_word(void)
{
	char byte;

	while (read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n')
		;
}

static pid_t child_of_kind(void (*body)(void))
{
	pid_t pid = fork();

	check(pid >= 0, "fork");
	if (pid)
		return pid;
	alarm(LIFETIME_S);
	body();
	_exit(3);
}

/* Until it is dead; it stays a zombie. */
static void wait_for_death(pid_t pid)
{
	siginfo_t info;

	while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT | __WALL) < 0)
		check(errno == EINTR, "waitid");
}

static pid_t dead_child(void (*body)(void))
{
	pid_t pid = child_of_kind(body);

	wait_for_death(pid);
	return pid;
}

/* --- Living processes --- */

static void die_at_once(void)
{
}

static void kind_sleep(int number)
{
	(void)number;
	say("self", getpid());
	ready_and_rest();
}

static void kind_run(int number)
{
	(void)number;
	say("self", getpid());
	ready();
	for (volatile unsigned i = 0;; i++)
		;
}

static void be_traced(void)
{
	check(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0, "PTRACE_TRACEME");
	raise(SIGSTOP);
	rest();
}

static void kind_traced(int number)
{
	pid_t pid = child_of_kind(be_traced);

	(void)number;
	check(waitpid(pid, NULL, WUNTRACED) == pid, "waitpid");
	say("self", pid);
	ready_and_rest();
}

static void be_traced_parent(void)
{
	say("zombie", dead_child(die_at_once));
	be_traced();
}

static void kind_traced_parent(int number)
{
	pid_t pid = child_of_kind(be_traced_parent);

	(void)number;
	check(waitpid(pid, NULL, WUNTRACED) == pid, "waitpid");
	say("self", pid);
	ready_and_rest();
}

static void kind_vfork(int number)
{
	(void)number;
	say("self", getpid());
	if (vfork() == 0) {
		say("child", getpid());
		ready();
		for (;;)
			pause();
	}
	rest();
}

static void kind_nice(int number)
{
	check(setpriority(PRIO_PROCESS, 0, number) == 0, "setpriority");
	kind_sleep(0);
}

static void kind_mlockall(int number)
{
	(void)number;
	check(mlockall(MCL_CURRENT) == 0, "mlockall");
	kind_sleep(0);
}

static void lock_one_page(void)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	check(page != MAP_FAILED && mlock(page, size) == 0, "mlock");
}

static void kind_mlock(int number)
{
	(void)number;
	lock_one_page();
	kind_sleep(0);
}

static void kind_fifo(int number)
{
	struct sched_param parameters = {.sched_priority = number};

	check(sched_setscheduler(0, SCHED_FIFO, &parameters) == 0, "SCHED_FIFO");
	kind_sleep(0);
}

static void kind_idle(int number)
{
	struct sched_param parameters = {0};

	(void)number;
	check(sched_setscheduler(0, SCHED_IDLE, &parameters) == 0, "SCHED_IDLE");
	kind_sleep(0);
}

static void kind_session(int number)
{
	(void)number;
	check(setsid() > 0, "setsid");
	kind_sleep(0);
}

/* --- Threads --- */

static pthread_barrier_t barrier;

static void *thread_rests(void *name)
{
	say(name, (pid_t)syscall(SYS_gettid));
	pthread_barrier_wait(&barrier);
	rest();
}

static void *thread_nice(void *name)
{
	check(setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 7) == 0, "setpriority");
	return thread_rests(name);
}

static void *thread_fifo(void *name)
{
	struct sched_param parameters = {.sched_priority = 3};

	/* Without privilege it is like the others. */
	check(sched_setscheduler(0, SCHED_FIFO, &parameters) == 0 || errno == EPERM, "SCHED_FIFO");
	return thread_rests(name);
}

static void start_thread(void *(*body)(void *), const char *name)
{
	pthread_t thread;

	check(pthread_create(&thread, NULL, body, (void *)name) == 0, "pthread_create");
}

static void start_threads(void)
{
	pthread_barrier_init(&barrier, NULL, 4);
	start_thread(thread_rests, "plain");
	start_thread(thread_nice, "nice");
	start_thread(thread_fifo, "fifo");
	pthread_barrier_wait(&barrier);
}

static void kind_threads(int number)
{
	(void)number;
	start_threads();
	kind_sleep(0);
}

static void kind_threads_locked(int number)
{
	lock_one_page();
	kind_threads(number);
}

static void exit_main(void)
{
	syscall(SYS_exit, 0);
}

/* number: that much memory in MiB, all of it written. */
static void kind_main_exited(int number)
{
	size_t size = (size_t)number << 20;
	volatile char *memory = malloc(size);

	check(!size || memory, "malloc");
	for (size_t i = 0; i < size; i += 1024)
		memory[i] = 1;
	start_threads();
	say("self", getpid());
	ready();
	exit_main();
}

static void kind_main_exited_locked(int number)
{
	lock_one_page();
	kind_main_exited(number);
}

static void *thread_ends_all(void *unused)
{
	(void)unused;
	_exit(7);
}

static void end_by_thread(void)
{
	pthread_barrier_init(&barrier, NULL, 3);
	for (int i = 0; i < 2; i++) {
		pthread_t thread;

		check(pthread_create(&thread, NULL, thread_rests, (void *)"other") == 0, "pthread_create");
	}
	pthread_barrier_wait(&barrier);
	start_thread(thread_ends_all, NULL);
	rest();
}

/* --- Zombies --- */

static void end_by_kill(void)
{
	kill(getpid(), SIGKILL);
}

static void end_nice(void)
{
	check(setpriority(PRIO_PROCESS, 0, 9) == 0, "setpriority");
}

static void end_as_leader(void)
{
	check(setsid() > 0, "setsid");
}

static void end_by_signal_of_real_time(void)
{
	raise(SIGRTMIN + 2);
}

static const struct {
	const char *name;
	void (*body)(void);
} endings[] = {
	{"exit", die_at_once},      {"kill", end_by_kill},          {"nice", end_nice},
	{"session", end_as_leader}, {"threads", end_by_thread},     {"real-time", end_by_signal_of_real_time},
};

static void kind_zombies(int number)
{
	(void)number;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		say(endings[i].name, dead_child(endings[i].body));
	kind_sleep(0);
}

/* --- Jobs of a terminal, which is standard input --- */

static pid_t job(void (*body)(void))
{
	pid_t pid = child_of_kind(body);

	check(setpgid(pid, pid) == 0, "setpgid");
	return pid;
}

static void stop_itself(void)
{
	raise(SIGSTOP);
	rest();
}

static void kind_jobs(int number)
{
	pid_t foreground = job(rest), background = job(rest), stopped = job(stop_itself);

	(void)number;
	check(waitpid(stopped, NULL, WUNTRACED) == stopped, "waitpid");
	signal(SIGTTOU, SIG_IGN);
	check(tcsetpgrp(STDIN_FILENO, foreground) == 0, "tcsetpgrp");
	say("shell", getpid());
	say("foreground", foreground);
	say("background", background);
	say("stopped", stopped);
	ready_and_rest();
}

/* A zombie in the foreground group: it joins before it dies. */
static void kind_foreground_zombie(int number)
{
	pid_t dead = job(rest);

	(void)number;
	signal(SIGTTOU, SIG_IGN);
	check(tcsetpgrp(STDIN_FILENO, dead) == 0, "tcsetpgrp");
	kill(dead, SIGTERM);
	wait_for_death(dead);
	say("shell", getpid());
	say("zombie", dead);
	ready_and_rest();
}

/* --- Parents who leave zombies --- */

static void on_child(int signal_number)
{
	(void)signal_number;
}

static void mask_child(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(how, &set, NULL);
}

static void kind_never(int number)
{
	(void)number;
	say("zombie", dead_child(die_at_once));
	kind_sleep(0);
}

static void kind_blocked(int number)
{
	mask_child(SIG_BLOCK);
	kind_never(number);
}

/* The threads that live block it; the main thread, which is dead, did not. */
static void kind_main_exited_blocked(int number)
{
	(void)number;
	signal(SIGCHLD, on_child);
	mask_child(SIG_BLOCK);
	start_threads();
	mask_child(SIG_UNBLOCK);
	say("zombie", child_of_kind(rest));
	say("self", getpid());
	ready();
	exit_main();
}

static void kind_late_ignore(int number)
{
	(void)number;
	say("zombie", dead_child(die_at_once));
	signal(SIGCHLD, SIG_IGN);
	kind_sleep(0);
}

static void kind_handler(int number)
{
	signal(SIGCHLD, on_child);
	kind_never(number);
}

static int gate[2];

static void die_when_told(void)
{
	char byte;

	close(gate[1]);
	(void)!read(gate[0], &byte, 1);
}

/* The parent has SIGCHLD pending and is in vfork, where it cannot act. */
static void kind_pending(int number)
{
	pid_t zombie;

	(void)number;
	signal(SIGCHLD, on_child);
	check(pipe(gate) == 0, "pipe");
	zombie = child_of_kind(die_when_told);
	say("zombie", zombie);
	say("self", getpid());
	if (vfork() == 0) {
		say("child", getpid());
		(void)!write(gate[1], "+", 1);
		ready();
		for (;;)
			pause();
	}
	rest();
}

static pid_t other_child(void)
{
	pid_t pid = child_of_kind(rest);

	say("other", pid);
	return pid;
}

static void kind_wait4(int number)
{
	pid_t other = other_child();

	(void)number;
	say("zombie", dead_child(die_at_once));
	say("self", getpid());
	ready();
	waitpid(other, NULL, 0);
	rest();
}

static pid_t awaited;

static void *thread_waits(void *unused)
{
	(void)unused;
	waitpid(awaited, NULL, 0);
	rest();
}

static void wait_in_thread(void)
{
	awaited = other_child();
	say("zombie", dead_child(die_at_once));
	start_thread(thread_waits, NULL);
	say("self", getpid());
	ready();
}

static void kind_main_exited_wait4(int number)
{
	(void)number;
	wait_in_thread();
	exit_main();
}

static void kind_thread_wait4(int number)
{
	(void)number;
	wait_in_thread();
	rest();
}

static void kind_waitid(int number)
{
	pid_t other = other_child();
	siginfo_t info;

	(void)number;
	say("zombie", dead_child(die_at_once));
	say("self", getpid());
	ready();
	waitid(P_PID, (id_t)other, &info, WEXITED);
	rest();
}

static void kind_wait_group(int number)
{
	pid_t other = job(rest);

	(void)number;
	say("other", other);
	say("zombie", dead_child(die_at_once));
	say("self", getpid());
	ready();
	waitpid(-other, NULL, 0);
	rest();
}

/* number: the signal its parent gets instead of SIGCHLD, 0: none. */
static void kind_no_signal(int number)
{
	long pid;

	if (number)
		signal(number, SIG_IGN);
	pid = syscall(SYS_clone, number, 0, 0, 0, 0);
	check(pid >= 0, "clone");
	if (!pid)
		_exit(3);
	wait_for_death((pid_t)pid);
	say("zombie", (pid_t)pid);
	kind_sleep(0);
}

static void kind_early_ignore(int number)
{
	(void)number;
	signal(SIGCHLD, SIG_IGN);
	say("gone", child_of_kind(die_at_once));
	kind_sleep(0);
}

static void kind_no_wait(int number)
{
	struct sigaction action = {.sa_handler = on_child, .sa_flags = SA_NOCLDWAIT};

	(void)number;
	check(sigaction(SIGCHLD, &action, NULL) == 0, "sigaction");
	say("gone", child_of_kind(die_at_once));
	kind_sleep(0);
}

/* A process that another one, which is not its parent, traces thread by thread. */
static pid_t victim;

static void *seize_all(void *unused)
{
	char path[64];
	struct dirent *entry;
	DIR *directory;

	(void)unused;
	snprintf(path, sizeof(path), "/proc/%d/task", (int)victim);
	directory = opendir(path);
	check(directory != NULL, "opendir");
	while ((entry = readdir(directory))) {
		if (*entry->d_name == '.')
			continue;
		check(ptrace(PTRACE_SEIZE, atoi(entry->d_name), NULL, NULL) == 0, "PTRACE_SEIZE");
	}
	closedir(directory);
	say("seized", victim);
	rest();
}

static void trace(void)
{
	seize_all(NULL);
}

static void trace_by_thread(void)
{
	pthread_t thread;

	check(pthread_create(&thread, NULL, seize_all, NULL) == 0, "pthread_create");
	rest();
}

static void be_victim(void)
{
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
	(void)!write(gate[1], "+", 1);
	rest();
}

static void be_victim_with_threads(void)
{
	start_threads();
	be_victim();
}

static void trace_victim(void (*tracer)(void), void (*body)(void))
{
	char byte;

	check(pipe(gate) == 0, "pipe");
	victim = child_of_kind(body);
	check(read(gate[0], &byte, 1) == 1, "read");
	say("zombie", victim);
	say("tracer", child_of_kind(tracer));
	kind_sleep(0);
}

static void kind_tracer(int number)
{
	(void)number;
	trace_victim(trace, be_victim);
}

static void kind_tracer_thread(int number)
{
	(void)number;
	trace_victim(trace_by_thread, be_victim);
}

static void kind_tracer_threads(int number)
{
	(void)number;
	trace_victim(trace, be_victim_with_threads);
}

/* --- Orphans --- */

static void wait_for_orphan(pid_t parent)
{
	while (getppid() == parent)
		usleep(1000);
}

static void (*between)(void); /* what the parent that dies does before it forks */

static void do_nothing(void)
{
}

static void lead_session(void)
{
	check(setsid() > 0, "setsid");
}

static void lead_group(void)
{
	check(setpgid(0, 0) == 0, "setpgid");
}

static const char *orphan_name;
static pid_t middle_pid;

static void grandchild(void)
{
	wait_for_orphan(middle_pid);
	say(orphan_name, getpid());
	(void)!write(gate[1], "+", 1);
	rest();
}

static void middle(void)
{
	between();
	middle_pid = getpid();
	(void)child_of_kind(grandchild);
	_exit(0);
}

static void make_orphan(const char *name, void (*before_fork)(void))
{
	pid_t pid;
	char byte;

	orphan_name = name;
	between = before_fork;
	check(pipe(gate) == 0, "pipe");
	pid = child_of_kind(middle);
	check(waitpid(pid, NULL, 0) == pid, "waitpid");
	check(read(gate[0], &byte, 1) == 1, "read");
	close(gate[0]);
	close(gate[1]);
}

static void kind_double_fork(int number)
{
	(void)number;
	make_orphan("orphan", do_nothing);
	kind_sleep(0);
}

static void kind_fork_setsid_fork(int number)
{
	(void)number;
	make_orphan("orphan", lead_session);
	kind_sleep(0);
}

static void kind_daemon(int number)
{
	pid_t pid;

	(void)number;
	check(pipe(gate) == 0, "pipe");
	pid = fork();
	check(pid >= 0, "fork");
	if (!pid) {
		char byte = '+';

		check(daemon(1, 1) == 0, "daemon");
		alarm(LIFETIME_S);
		say("daemon", getpid());
		(void)!write(gate[1], &byte, 1);
		rest();
	}
	check(waitpid(pid, NULL, 0) == pid, "waitpid");
	check(read(gate[0], &(char){0}, 1) == 1, "read");
	kind_sleep(0);
}

/* As daemon(3), but there is time to look between its steps: after the fork, and before the parent ends. */
static void kind_slow_daemon(int number)
{
	pid_t pid, child;

	(void)number;
	check(pipe(gate) == 0, "pipe");
	pid = fork();
	check(pid >= 0, "fork");
	if (!pid) {
		alarm(LIFETIME_S);
		say("parent", getpid());
		child = fork();
		check(child >= 0, "fork");
		if (!child) {
			pid_t parent = getppid();

			alarm(LIFETIME_S);
			lead_session();
			say("daemon", getpid());
			ready();
			wait_for_orphan(parent);
			(void)!write(gate[1], "+", 1);
			rest();
		}
		wait_for_word();
		_exit(0);
	}
	check(waitpid(pid, NULL, 0) == pid, "waitpid");
	check(read(gate[0], &(char){0}, 1) == 1, "read");
	dprintf(STDOUT_FILENO, "done\n");
	rest();
}

/* number 1: the orphan's session is lost, else it is its subreaper's. A word makes one more, while all look on. */
static void kind_subreaper(int number)
{
	pid_t pid;

	check(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0, "PR_SET_CHILD_SUBREAPER");
	make_orphan("orphan", number ? lead_session : do_nothing);
	check(pipe(gate) == 0, "pipe");
	pid = fork();
	check(pid >= 0, "fork");
	if (!pid) {
		pid_t child;

		alarm(LIFETIME_S);
		say("self", getppid());
		say("parent", getpid());
		child = fork();
		check(child >= 0, "fork");
		if (!child) {
			pid_t parent = getppid();

			alarm(LIFETIME_S);
			say("child", getpid());
			ready();
			wait_for_orphan(parent);
			(void)!write(gate[1], "+", 1);
			rest();
		}
		wait_for_word();
		_exit(0);
	}
	check(waitpid(pid, NULL, 0) == pid, "waitpid");
	check(read(gate[0], &(char){0}, 1) == 1, "read");
	dprintf(STDOUT_FILENO, "done\n");
	rest();
}

static void kind_setsid_after(int number)
{
	(void)number;
	say("child", child_of_kind(rest));
	lead_session();
	kind_sleep(0);
}

static void *fork_and_end(void *unused)
{
	(void)unused;
	say("child", child_of_kind(rest));
	return NULL;
}

static void kind_exited_thread(int number)
{
	pthread_t thread;

	(void)number;
	check(pthread_create(&thread, NULL, fork_and_end, NULL) == 0, "pthread_create");
	pthread_join(thread, NULL);
	kind_sleep(0);
}

static void kind_main_exited_parent(int number)
{
	say("child", child_of_kind(rest));
	kind_main_exited(number);
}

/* As the init of a pid namespace that leads a session: what it adopts, and what it leaves. */
static void kind_init(int number)
{
	(void)number;
	lead_session();
	make_orphan("probable", lead_group);
	make_orphan("inherited", do_nothing);
	make_orphan("proven", lead_session);
	say("own", child_of_kind(rest));
	say("zombie", dead_child(die_at_once));
	kind_sleep(0);
}

static const struct {
	const char *name;
	void (*run)(int number);
} kinds[] = {
	{"sleep", kind_sleep},
	{"run", kind_run},
	{"traced", kind_traced},
	{"traced-parent", kind_traced_parent},
	{"vfork", kind_vfork},
	{"nice", kind_nice},
	{"mlockall", kind_mlockall},
	{"mlock", kind_mlock},
	{"fifo", kind_fifo},
	{"idle", kind_idle},
	{"session", kind_session},
	{"threads", kind_threads},
	{"threads-locked", kind_threads_locked},
	{"main-exited", kind_main_exited},
	{"main-exited-locked", kind_main_exited_locked},
	{"zombies", kind_zombies},
	{"jobs", kind_jobs},
	{"foreground-zombie", kind_foreground_zombie},
	{"never", kind_never},
	{"blocked", kind_blocked},
	{"main-exited-blocked", kind_main_exited_blocked},
	{"late-ignore", kind_late_ignore},
	{"handler", kind_handler},
	{"pending", kind_pending},
	{"wait4", kind_wait4},
	{"main-exited-wait4", kind_main_exited_wait4},
	{"thread-wait4", kind_thread_wait4},
	{"waitid", kind_waitid},
	{"wait-group", kind_wait_group},
	{"no-signal", kind_no_signal},
	{"early-ignore", kind_early_ignore},
	{"no-wait", kind_no_wait},
	{"tracer", kind_tracer},
	{"tracer-thread", kind_tracer_thread},
	{"tracer-threads", kind_tracer_threads},
	{"double-fork", kind_double_fork},
	{"fork-setsid-fork", kind_fork_setsid_fork},
	{"daemon", kind_daemon},
	{"slow-daemon", kind_slow_daemon},
	{"subreaper", kind_subreaper},
	{"setsid-after", kind_setsid_after},
	{"exited-thread", kind_exited_thread},
	{"main-exited-parent", kind_main_exited_parent},
	{"init", kind_init},
};

int main(int argc, char **argv)
{
	int number = argc > 2 ? atoi(argv[2]) : 0;

	alarm(LIFETIME_S);
	for (size_t i = 0; argc > 1 && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(argv[1], kinds[i].name))
			kinds[i].run(number);
	}
	dprintf(STDOUT_FILENO, "error no such kind\n");
	return 64;
}
