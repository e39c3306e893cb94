/* The first line: the machine's name, how long it runs, load, tasks, and where the figures come from. */
#include <stdio.h>
#include <string.h>

#include "model/format.h"
#include "model/lineage.h"
#include "ui/overview_parts.h"

/* Pieces, of which the least important are left out until the rest fits. */

struct piece {
	char text[96]; /* UTF-8 is for pen_text to check; "" : nothing to show */
	enum style style;
	int importance;
	bool is_joined; /* to the piece before, by a blank alone */
};

#define PIECES_MAX 12

struct pieces {
	struct piece items[PIECES_MAX];
	size_t count;
};

static struct piece *add_piece(struct pieces *pieces, int importance, enum style style)
{
	struct piece *piece = &pieces->items[pieces->count];

	pieces->count++;
	*piece = (struct piece){.style = style, .importance = importance};
	return piece;
}

static void add_count(struct pieces *pieces, int importance, enum style style, int32_t count, const char *one,
		      const char *many)
{
	struct piece *piece;

	if (count == ABSENT_I32)
		return;
	piece = add_piece(pieces, importance, style);
	piece->is_joined = true;
	snprintf(piece->text, sizeof(piece->text), "%d %s", count, count == 1 ? one : many);
}

static void add_load(struct pieces *pieces, const struct load_average *load)
{
	struct piece *piece;

	if (!isfinite(load->min1) || !isfinite(load->min5) || !isfinite(load->min15))
		return;
	piece = add_piece(pieces, 9, STYLE_TEXT);
	snprintf(piece->text, sizeof(piece->text), "load %.2f %.2f %.2f", load->min1, load->min5, load->min15);
}

static void add_uptime(struct pieces *pieces, double uptime)
{
	char buffer[FORMAT_SIZE];
	struct piece *piece;

	if (!isfinite(uptime))
		return;
	format_uptime(buffer, uptime);
	piece = add_piece(pieces, 4, STYLE_TEXT);
	snprintf(piece->text, sizeof(piece->text), "up %s", buffer);
}

/* Every process is a zombie for a moment; one that stays one is a reason for alarm. */
static bool has_old_zombie(const struct snapshot *snapshot)
{
	struct process *const *items = snapshot->processes.items;

	for (size_t i = 0; i < snapshot->processes.count; i++) {
		if (process_is_zombie(items[i]) && process_has(items[i], FACT_LINEAGE) &&
		    items[i]->more->zombie_age_s >= ZOMBIE_ALARM_S)
			return true;
	}
	return false;
}

static void add_tasks(struct pieces *pieces, const struct snapshot *snapshot)
{
	const struct tasks *tasks = &snapshot->tasks;
	size_t first = pieces->count;

	add_count(pieces, 6, STYLE_TEXT, tasks->total, "task", "tasks");
	add_count(pieces, 3, STYLE_TEXT, tasks->threads, "thread", "threads");
	add_count(pieces, 5, STYLE_TEXT, tasks->running, "run", "run");
	if (tasks->zombie > 0)
		add_count(pieces, 10, has_old_zombie(snapshot) ? STYLE_ALARM : STYLE_DIM, tasks->zombie, "zombie",
			  "zombies");
	if (tasks->orphan > 0)
		add_count(pieces, 7, STYLE_ORPHAN, tasks->orphan, "orphan", "orphans");
	if (first < pieces->count)
		pieces->items[first].is_joined = false;
}

static void add_source(struct pieces *pieces, const struct snapshot *snapshot, double interval_s)
{
	struct piece *piece = add_piece(pieces, 2, STYLE_DIM);
	int length = snapshot->source.bytes ? (int)snapshot->source.length : 0;

	snprintf(piece->text, sizeof(piece->text), "%.*s%s%.1fs", length < 32 ? length : 32,
		 length ? snapshot->source.bytes : "", length ? " " : "", interval_s);
}

static void collect_pieces(struct pieces *pieces, const struct overview *overview)
{
	const struct snapshot *snapshot = overview->snapshot;
	struct piece *piece;

	pieces->count = 0;
	piece = add_piece(pieces, 8, STYLE_TITLE);
	snprintf(piece->text, sizeof(piece->text), "cmon");
	if (overview->is_paused) {
		piece = add_piece(pieces, 11, STYLE_ALARM);
		snprintf(piece->text, sizeof(piece->text), "PAUSED");
	}
	if (!snapshot)
		return;
	if (snapshot->host.hostname.bytes) {
		piece = add_piece(pieces, 8, STYLE_TEXT);
		snprintf(piece->text, sizeof(piece->text), "%.*s",
			 snapshot->host.hostname.length < 64 ? (int)snapshot->host.hostname.length : 64,
			 snapshot->host.hostname.bytes);
	}
	add_uptime(pieces, snapshot->uptime);
	add_load(pieces, &snapshot->load);
	add_tasks(pieces, snapshot);
	add_source(pieces, snapshot, overview->interval_s);
}

static int piece_width(const struct canvas *canvas, const struct pieces *pieces, size_t at)
{
	int gap = at == 0 ? 0 : pieces->items[at].is_joined ? 1 : 3;

	return gap + canvas_text_width(canvas, text_of(pieces->items[at].text), 1000);
}

static int pieces_width(const struct canvas *canvas, const struct pieces *pieces)
{
	int width = 0;

	for (size_t i = 0; i < pieces->count; i++)
		width += piece_width(canvas, pieces, i);
	return width;
}

static void leave_piece_out(struct pieces *pieces)
{
	size_t least = 0;

	for (size_t i = 1; i < pieces->count; i++) {
		if (pieces->items[i].importance < pieces->items[least].importance)
			least = i;
	}
	/* What was joined to it is joined to what stood before it. */
	if (least + 1 < pieces->count && !pieces->items[least].is_joined)
		pieces->items[least + 1].is_joined = false;
	memmove(&pieces->items[least], &pieces->items[least + 1],
		(pieces->count - least - 1) * sizeof(pieces->items[0]));
	pieces->count--;
}

void overview_draw_host(const struct overview *overview, struct canvas *canvas, struct area area)
{
	struct pen pen = pen_at(canvas, area.row, area.column + 1, area.columns - 1, 0);
	struct pieces pieces;

	collect_pieces(&pieces, overview);
	while (pieces.count > 1 && pieces_width(canvas, &pieces) > area.columns - 2)
		leave_piece_out(&pieces);
	for (size_t i = 0; i < pieces.count; i++) {
		const struct piece *piece = &pieces.items[i];

		if (i > 0 && !piece->is_joined) {
			pen_string(&pen, STYLE_DIM, " ");
			pen_symbol(&pen, STYLE_DIM, 0xb7, '-');
		}
		if (i > 0)
			pen_string(&pen, STYLE_DIM, " ");
		pen_string(&pen, piece->style, piece->text);
	}
}
