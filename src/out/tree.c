#include "out/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "model/lineage.h"
#include "model/view.h"

#define NONE UINT32_MAX

/* One line: a process or a thread. The first node is no line but what the roots are the children of. */
struct node {
	uint32_t parent, first_child, last_child, next;
	uint32_t copies;     /* siblings that look like this one, itself included */
	bool is_highlighted;
	size_t text, label_length, length; /* in tree->texts: the label is what copies are counted before */
};

/* What of a row of the view is shown. */
enum row_use { ROW_HIDDEN, ROW_ANCESTOR, ROW_SHOWN };

struct tree {
	const struct tree_options *options;
	struct process *const *processes;
	const struct view_row *rows;
	size_t row_count;
	uint8_t *uses;        /* enum row_use of each row */
	uint8_t *highlighted; /* of each row */
	uint32_t *row_nodes;  /* node of each row that is shown */
	struct node *nodes;
	size_t count, capacity;
	struct line texts;
	uint32_t *places; /* for finding copies: nodes by the hash of their text */
	size_t places_capacity;
};

/* Which rows */

static void use_rows(struct tree *tree, size_t first, size_t count)
{
	memset(tree->uses + first, ROW_SHOWN, count);
	if (!tree->options->show_parents)
		return;
	for (uint32_t row = tree->rows[first].parent; row != VIEW_NONE; row = tree->rows[row].parent)
		tree->uses[row] = ROW_ANCESTOR;
}

static const struct process *process_of(const struct tree *tree, size_t row)
{
	return tree->processes[tree->rows[row].index];
}

static bool is_of_user(const struct process *process, int64_t uid)
{
	return process_has(process, FACT_STATE) && process->uid_real == uid;
}

/* Rows stand before those below them, so that the topmost process of the user is met first. */
static void use_rows_of_user(struct tree *tree)
{
	for (size_t i = 0; i < tree->row_count;) {
		size_t size = tree->rows[i].descendants + (size_t)1;
		bool is_root = is_of_user(process_of(tree, i), tree->options->uid);

		if (is_root)
			use_rows(tree, i, size);
		i += is_root ? size : 1;
	}
}

static uint32_t row_of_pid(const struct view *view, const struct snapshot *snapshot, int32_t pid)
{
	const struct process *process = snapshot_find_pid(snapshot, pid);

	return process ? view_find(view, (struct identity){process->pid, process->starttime}) : VIEW_NONE;
}

static void choose_rows(struct tree *tree, const struct view *view, const struct snapshot *snapshot)
{
	const struct tree_options *options = tree->options;
	uint32_t row;

	switch (options->roots) {
	case TREE_MACHINE:
	case TREE_ALL: memset(tree->uses, ROW_SHOWN, tree->row_count); break;
	case TREE_USER: use_rows_of_user(tree); break;
	case TREE_PID:
		row = row_of_pid(view, snapshot, options->pid);
		if (row != VIEW_NONE)
			use_rows(tree, row, tree->rows[row].descendants + (size_t)1);
		break;
	}
	if (options->highlight_pid <= 0)
		return;
	for (row = row_of_pid(view, snapshot, options->highlight_pid); row != VIEW_NONE; row = tree->rows[row].parent)
		tree->highlighted[row] = true;
}

static bool is_there(const struct snapshot *snapshot, const struct tree_options *options)
{
	const struct process_list *processes = &snapshot->processes;

	if (options->roots == TREE_PID)
		return snapshot_find_pid(snapshot, options->pid) != NULL;
	if (options->roots != TREE_USER)
		return true;
	for (size_t i = 0; i < processes->count; i++) {
		if (is_of_user(processes->items[i], options->uid))
			return true;
	}
	return false;
}

/* What a line says */

static void put_label(struct tree *tree, struct text name, const char *brackets, int32_t id, int32_t pgid,
		      const struct text *user)
{
	const struct tree_options *options = tree->options;
	struct line *line = &tree->texts;
	const char *separator = "(";

	line_bytes(line, brackets, brackets[0] != '\0');
	if (name.bytes)
		line_text(line, name);
	else
		line_string(line, "-");
	if (*brackets)
		line_bytes(line, brackets + 1, 1);
	if (options->show_pids) {
		line_format(line, "%s%d", separator, id);
		separator = ",";
	}
	if (options->show_groups && pgid != ABSENT_I32) {
		line_format(line, "%s%d", separator, pgid);
		separator = ",";
	}
	if (user) {
		line_string(line, separator);
		line_text(line, *user);
		separator = ",";
	}
	if (*separator == ',')
		line_string(line, ")");
}

static enum line_style style_of_state(char state)
{
	switch (state) {
	case 'R': return LINE_RUNNING;
	case 'D': return LINE_WAITING;
	case 'T':
	case 't': return LINE_STOPPED;
	default: return LINE_PLAIN;
	}
}

static void put_stat(struct tree *tree, const char *stat, enum line_style style)
{
	struct line *line = &tree->texts;

	line_string(line, " ");
	line_style(line, style);
	line_string(line, *stat ? stat : "-");
	line_style(line, LINE_PLAIN);
}

static void put_badge(struct tree *tree, const struct process *process)
{
	const char *badge = process_has(process, FACT_LINEAGE) ? orphan_class_badge(process->orphan) : "";
	struct line *line = &tree->texts;

	if (!*badge)
		return;
	line_string(line, " ");
	line_style(line, orphan_class_is_certain(process->orphan) ? LINE_ORPHAN : LINE_DIM);
	line_string(line, badge);
	line_style(line, LINE_PLAIN);
}

static void put_culprit(struct line *line, const struct process *zombie)
{
	line_string(line, ", not reaped by ");
	line_text(line, zombie->more->zombie_culprit_name);
	line_format(line, zombie->more->zombie_culprit_name.bytes ? "(%d)" : "process %d", zombie->more->zombie_culprit_pid);
	if (!zombie->more->zombie_reason.bytes)
		return;
	line_string(line, ": ");
	line_text(line, zombie->more->zombie_reason);
}

static void put_zombie(struct tree *tree, const struct process *zombie)
{
	struct line *line = &tree->texts;

	line_string(line, " ");
	line_style(line, LINE_ZOMBIE);
	line_string(line, "<defunct>");
	if (process_has(zombie, FACT_LINEAGE)) {
		line_string(line, zombie->more->zombie_exit.bytes ? " " : "");
		line_text(line, zombie->more->zombie_exit);
		if (zombie->more->zombie_culprit_pid > 0)
			put_culprit(line, zombie);
	}
	line_style(line, LINE_PLAIN);
}

/* All but the program itself, which is the name: what follows the first string, or in a title that a program has given
 * itself the first blank. */
static void put_arguments(struct tree *tree, const struct process *process)
{
	struct text arguments = process->cmdline;
	const char *end, *blank;

	if (!process_has(process, FACT_CMDLINE) || !arguments.length)
		return;
	end = memchr(arguments.bytes, '\0', arguments.length);
	blank = memchr(arguments.bytes, ' ', arguments.length);
	if (blank && (!end || end + 1 == arguments.bytes + arguments.length))
		end = blank;
	if (!end || end + 1 >= arguments.bytes + arguments.length)
		return;
	line_string(&tree->texts, " ");
	arguments.length -= (size_t)(end + 1 - arguments.bytes);
	arguments.bytes = end + 1;
	line_arguments(&tree->texts, arguments);
}

/* The name of its user where that is not the parent's. Of processes without a parent the kernel's is taken, root. */
static const struct text *changed_user(const struct tree *tree, const struct process *process, struct text *scratch,
				       uint32_t parent_row)
{
	int64_t parent_uid = 0;

	if (parent_row != VIEW_NONE)
		parent_uid = process_of(tree, parent_row)->uid_real;
	if (!tree->options->show_users || process->uid_real == ABSENT_I64 || process->uid_real == parent_uid ||
	    parent_uid == ABSENT_I64 || !process_has(process, FACT_USERNAME))
		return NULL;
	*scratch = process->username;
	return scratch;
}

/* Nodes */

static struct node *append_node(struct tree *tree, uint32_t parent)
{
	struct node *node;

	tree->nodes = xgrow(tree->nodes, tree->count + 1, &tree->capacity, sizeof(*tree->nodes));
	node = &tree->nodes[tree->count++];
	*node = (struct node){.parent = parent, .first_child = NONE, .last_child = NONE, .next = NONE, .copies = 1};
	node->text = tree->texts.length;
	return node;
}

static void link_last(struct tree *tree, uint32_t at)
{
	struct node *parent = &tree->nodes[tree->nodes[at].parent];

	if (parent->first_child == NONE)
		parent->first_child = at;
	else
		tree->nodes[parent->last_child].next = at;
	parent->last_child = at;
}

static void link_first(struct tree *tree, uint32_t at)
{
	struct node *parent = &tree->nodes[tree->nodes[at].parent];

	tree->nodes[at].next = parent->first_child;
	if (parent->first_child == NONE)
		parent->last_child = at;
	parent->first_child = at;
}

static void fill_process(struct tree *tree, size_t row, struct node *node)
{
	const struct process *process = process_of(tree, row);
	struct text user;

	node->is_highlighted = tree->highlighted[row];
	if (node->is_highlighted)
		line_style(&tree->texts, LINE_HIGHLIGHT);
	else if (tree->rows[row].is_context)
		line_style(&tree->texts, LINE_DIM);
	put_label(tree, process_name(process), "", process->pid, process->pgid,
		  changed_user(tree, process, &user, tree->rows[row].parent));
	if (node->is_highlighted || tree->rows[row].is_context)
		line_style(&tree->texts, LINE_PLAIN);
	node->label_length = tree->texts.length - node->text;
	put_stat(tree, process_has(process, FACT_STATE) ? process->stat : "",
		 process_is_zombie(process) ? LINE_ZOMBIE : style_of_state(process->state));
	put_badge(tree, process);
	if (process_is_zombie(process))
		put_zombie(tree, process);
	if (tree->options->show_arguments)
		put_arguments(tree, process);
	node->length = tree->texts.length - node->text;
}

static void append_process(struct tree *tree, size_t row)
{
	uint32_t parent_row = tree->rows[row].parent;
	bool has_parent = parent_row != VIEW_NONE && tree->uses[parent_row] != ROW_HIDDEN;
	uint32_t at = (uint32_t)tree->count;

	fill_process(tree, row, append_node(tree, has_parent ? tree->row_nodes[parent_row] : 0));
	tree->row_nodes[row] = at;
	if (!has_parent && process_of(tree, row)->pid == 1)
		link_first(tree, at);
	else
		link_last(tree, at);
}

static int compare_threads(const void *a, const void *b)
{
	const struct thread_times *const *x = a, *const *y = b;
	int order = text_compare((*x)->name, (*y)->name);

	return order ? order : ((*x)->id > (*y)->id) - ((*x)->id < (*y)->id);
}

static void append_thread(struct tree *tree, uint32_t parent, const struct process *process,
			  const struct thread_times *thread)
{
	struct node *node = append_node(tree, parent);

	put_label(tree, thread->name, "{}", thread->id, process->pgid, NULL);
	node->label_length = tree->texts.length - node->text;
	put_stat(tree, thread->stat, style_of_state(thread->state));
	node->length = tree->texts.length - node->text;
	link_last(tree, (uint32_t)tree->count - 1);
}

/* All but the main thread, which is the process. */
static void append_threads(struct tree *tree, size_t row)
{
	const struct process *process = process_of(tree, row);
	const struct thread_times *threads = process->more->threads.items;
	const struct thread_times **sorted;
	size_t count = 0;

	if (process->more->threads.count < 2)
		return;
	sorted = xcalloc(process->more->threads.count, sizeof(*sorted));
	for (size_t i = 0; i < process->more->threads.count; i++) {
		if (threads[i].id != process->pid)
			sorted[count++] = &threads[i];
	}
	qsort(sorted, count, sizeof(*sorted), compare_threads);
	for (size_t i = 0; i < count; i++)
		append_thread(tree, tree->row_nodes[row], process, sorted[i]);
	free(sorted);
}

static void build_nodes(struct tree *tree)
{
	append_node(tree, NONE);
	for (size_t i = 0; i < tree->row_count; i++) {
		if (tree->uses[i] != ROW_HIDDEN)
			append_process(tree, i);
	}
	/* Below the processes, whatever these are sorted by. */
	for (size_t i = 0; i < tree->row_count && tree->options->show_threads; i++) {
		if (tree->uses[i] == ROW_SHOWN)
			append_threads(tree, i);
	}
}

/* Copies */

static uint32_t hash_of(const char *bytes, size_t length)
{
	uint32_t hash = UINT32_C(2166136261);

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)bytes[i]) * UINT32_C(16777619);
	return hash;
}

static bool look_alike(const struct tree *tree, const struct node *a, const struct node *b)
{
	return a->length == b->length && a->label_length == b->label_length &&
	       memcmp(tree->texts.bytes + a->text, tree->texts.bytes + b->text, a->length) == 0;
}

/* The node that looks like this one, which becomes the one to be found where there is none. */
static struct node *find_original(struct tree *tree, size_t mask, uint32_t at)
{
	const struct node *node = &tree->nodes[at];
	size_t place = hash_of(tree->texts.bytes + node->text, node->length) & mask;

	while (tree->places[place] != NONE && !look_alike(tree, &tree->nodes[tree->places[place]], node))
		place = (place + 1) & mask;
	if (tree->places[place] == NONE)
		tree->places[place] = at;
	return &tree->nodes[tree->places[place]];
}

static size_t clear_places(struct tree *tree, size_t children)
{
	size_t size = 8;

	while (size < children * 2)
		size *= 2;
	if (size > tree->places_capacity) {
		tree->places = xreallocarray(tree->places, size, sizeof(*tree->places));
		tree->places_capacity = size;
	}
	memset(tree->places, 0xff, size * sizeof(*tree->places));
	return size - 1;
}

static bool can_merge(const struct node *node)
{
	return node->first_child == NONE && !node->is_highlighted;
}

static size_t count_mergeable(const struct tree *tree, const struct node *parent)
{
	size_t count = 0;

	for (uint32_t at = parent->first_child; at != NONE; at = tree->nodes[at].next)
		count += can_merge(&tree->nodes[at]);
	return count;
}

/* The first of those that look alike stands for all; the others leave the list. */
static void merge_children(struct tree *tree, const struct node *parent)
{
	size_t count = count_mergeable(tree, parent), mask;
	uint32_t before = NONE;

	if (count < 2)
		return;
	mask = clear_places(tree, count);
	for (uint32_t at = parent->first_child, next; at != NONE; at = next) {
		struct node *node = &tree->nodes[at];
		struct node *original = can_merge(node) ? find_original(tree, mask, at) : node;

		next = node->next;
		if (original == node) {
			before = at;
			continue;
		}
		original->copies++;
		tree->nodes[before].next = next;
	}
}

/* Roots are no siblings. With their ids no two lines look alike. */
static void merge_all(struct tree *tree)
{
	if (tree->options->keep_copies || tree->options->show_pids)
		return;
	for (size_t i = 1; i < tree->count; i++)
		merge_children(tree, &tree->nodes[i]);
}

/* Writing */

struct glyphs {
	const char *child, *last_child, *line, *nothing;
};

static const struct glyphs utf8_glyphs = {"├─ ", "└─ ", "│  ", "   "};
static const struct glyphs ascii_glyphs = {"|- ", "`- ", "|  ", "   "};

static const char *glyph_above(const struct glyphs *glyphs, const struct node *node)
{
	return node->next == NONE ? glyphs->nothing : glyphs->line;
}

static int write_node(const struct tree *tree, const struct glyphs *glyphs, const struct line *prefix,
		      const struct node *node, struct line *line, FILE *stream)
{
	const char *text = tree->texts.bytes + node->text;

	line->length = 0;
	if (node->parent != 0) {
		line_style(line, LINE_BRANCH);
		line_bytes(line, prefix->bytes, prefix->length);
		line_string(line, node->next == NONE ? glyphs->last_child : glyphs->child);
		line_style(line, LINE_PLAIN);
	}
	if (node->copies > 1)
		line_format(line, "%u*[", node->copies);
	line_bytes(line, text, node->label_length);
	if (node->copies > 1)
		line_string(line, "]");
	line_bytes(line, text + node->label_length, node->length - node->label_length);
	return line_write(line, stream);
}

/* From a line to the next one below it. prefix: what stands before the children of the node's parent; kept so. */
static uint32_t next_node(const struct tree *tree, const struct glyphs *glyphs, uint32_t at, struct line *prefix)
{
	const struct node *nodes = tree->nodes;

	if (nodes[at].first_child != NONE) {
		if (nodes[at].parent != 0)
			line_string(prefix, glyph_above(glyphs, &nodes[at]));
		return nodes[at].first_child;
	}
	while (at != 0 && nodes[at].next == NONE) {
		at = nodes[at].parent;
		if (at != 0 && nodes[at].parent != 0)
			prefix->length -= strlen(glyph_above(glyphs, &nodes[at]));
	}
	return at == 0 ? NONE : nodes[at].next;
}

static int write_all(const struct tree *tree, FILE *stream)
{
	const struct text_look *look = &tree->options->look;
	const struct glyphs *glyphs = look->utf8 ? &utf8_glyphs : &ascii_glyphs;
	struct line prefix, line;
	int r = 0;

	line_init(&prefix, look);
	line_init(&line, look);
	for (uint32_t at = tree->nodes[0].first_child; at != NONE && r == 0; at = next_node(tree, glyphs, at, &prefix))
		r = write_node(tree, glyphs, &prefix, &tree->nodes[at], &line, stream);
	line_free(&prefix);
	line_free(&line);
	return r;
}

/* All together */

uint64_t tree_facts(const struct tree_options *options)
{
	uint64_t facts = FACT_BIT(FACT_STAT) | FACT_BIT(FACT_STATE) | FACT_BIT(FACT_LINEAGE);

	if (options->show_users)
		facts |= FACT_BIT(FACT_USERNAME);
	if (options->show_arguments)
		facts |= FACT_BIT(FACT_CMDLINE);
	if (options->show_threads)
		facts |= FACT_BIT(FACT_THREADS);
	if (options->sort)
		facts |= options->sort->needs;
	return facts | filter_facts(options->filter);
}

static bool match_filter(const struct process *process, void *context)
{
	return filter_match(context, process);
}

static struct view *build_view(const struct snapshot *snapshot, const struct tree_options *options)
{
	struct view *view = view_new();
	struct view_options view_options = {
		.sort = options->sort ? options->sort : process_field(FIELD_ID_NAME),
		.descending = options->descending,
		.tree = true,
		.hide_kernel = options->roots == TREE_MACHINE || options->roots == TREE_USER,
		.match = options->filter ? match_filter : NULL,
		.match_context = (void *)(uintptr_t)options->filter,
	};

	view_build(view, snapshot, &view_options);
	return view;
}

static int write_rows(struct tree *tree, const struct view *view, const struct snapshot *snapshot, FILE *stream)
{
	tree->uses = xcalloc(tree->row_count + 1, sizeof(*tree->uses));
	tree->highlighted = xcalloc(tree->row_count + 1, sizeof(*tree->highlighted));
	tree->row_nodes = xcalloc(tree->row_count + 1, sizeof(*tree->row_nodes));
	choose_rows(tree, view, snapshot);
	build_nodes(tree);
	merge_all(tree);
	return write_all(tree, stream);
}

int tree_write(FILE *stream, const struct snapshot *snapshot, const struct tree_options *options)
{
	struct tree tree = {.options = options, .processes = snapshot->processes.items};
	struct view *view;
	int r;

	if (!is_there(snapshot, options))
		return -ESRCH;
	view = build_view(snapshot, options);
	tree.rows = view_rows(view, &tree.row_count);
	line_init(&tree.texts, &options->look);
	r = write_rows(&tree, view, snapshot, stream);
	line_free(&tree.texts);
	free(tree.uses);
	free(tree.highlighted);
	free(tree.row_nodes);
	free(tree.nodes);
	free(tree.places);
	view_free(view);
	return r;
}
