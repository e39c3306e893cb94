/* The tree of processes as text, one process a line. */
#ifndef CMON_OUT_TREE_H
#define CMON_OUT_TREE_H

#include "model/field.h"
#include "model/filter.h"
#include "out/line.h"

/* Where the trees begin. */
enum tree_roots {
	TREE_MACHINE, /* every process without a parent, pid 1 first; no kernel threads */
	TREE_ALL,     /* the same with kernel threads */
	TREE_PID,     /* one process */
	TREE_USER,    /* processes of a user that are below no other of them; no kernel threads */
};

struct tree_options {
	enum tree_roots roots;
	int32_t pid; /* TREE_PID */
	int64_t uid; /* TREE_USER: real user id */
	bool show_pids, show_groups;
	bool show_users;     /* where it is not the parent's */
	bool show_arguments;
	bool show_parents;   /* of the roots */
	bool show_threads;
	bool keep_copies;    /* do not merge siblings that look alike */
	int32_t highlight_pid; /* it and its ancestors are bold; 0: nobody */
	const struct field *sort; /* of siblings; NULL: by name. Equal ones are in order of their pids */
	bool descending;
	const struct filter *filter; /* processes that match, and their ancestors; NULL: all */
	struct text_look look;
};

/* FACT_BITs of what it shows, sorts on and filters by. */
uint64_t tree_facts(const struct tree_options *options);

/* Write the trees. A line is "name(pid,pgid,user) STAT badge", with those in parentheses that are asked for, then how
 * a zombie ended and who does not reap it, then the arguments; "{name}(tid,pgid) STAT" of a thread. Siblings without
 * children that look alike are one line, "3*[name] STAT". Any depth; what comes from outside is escaped.
 * Returns 0; -ESRCH, with nothing written, when there is no such process or none of that user; -errno of the write. */
int tree_write(FILE *stream, const struct snapshot *snapshot, const struct tree_options *options);

#endif
