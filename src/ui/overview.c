#include "ui/overview.h"

#include <stdio.h>
#include <string.h>

#include "model/format.h"
#include "model/lineage.h"
#include "ui/graph.h"

#define LABEL_WIDTH 6         /* "Swap  " */
#define RATE_WIDTH 7          /* "1023M/s" */
#define BAR_CELL_MIN 15       /* a CPU's number, bar and percentage */

/* Layout */

/* Columns that CPUs may have beside the graph. */
static int cpu_columns(int columns)
{
	int room = columns - LABEL_WIDTH - 7;

	return room > 0 ? room * 2 / 3 : 0;
}

/* As many rows as the bars of all CPUs need, if that many can be spared, else what suits the graph. */
static int cpu_rows(int rows, int columns, size_t cpus)
{
	int usual = rows >= 40 ? 3 : rows >= 30 ? 2 : 1, most = rows / 12 > usual ? rows / 12 : usual;
	int a_row = cpu_columns(columns) / BAR_CELL_MIN;

	if (a_row < 1)
		return usual;
	for (int needed = usual; needed <= most; needed++) {
		if (cpus <= (size_t)needed * (size_t)a_row)
			return needed;
	}
	return usual;
}

struct overview_layout overview_layout(int rows, int columns, size_t cpus)
{
	struct overview_layout layout = {0};
	int left = rows < 4 ? 0 : rows < 9 ? 1 : rows / 3;

	if (left >= 1)
		layout.host = 1;
	if (left >= 2)
		layout.cpu = 1;
	if (left >= 3)
		layout.memory = 1;
	if (left >= 4) {
		layout.traffic = 1;
		layout.cpu = cpu_rows(rows, columns, cpus);
		if (layout.cpu > left - 3)
			layout.cpu = left - 3;
	}
	return layout;
}

int overview_rows(const struct overview_layout *layout)
{
	return layout->host + layout->cpu + layout->memory + layout->traffic;
}

void overview_needs(const struct overview_layout *layout, struct request *request)
{
	if (layout->host) {
		request->sections |= SECTION_BIT(SECTION_HOST) | SECTION_BIT(SECTION_LOAD) |
				     SECTION_BIT(SECTION_PROCESSES);
		request->facts |= FACT_BIT(FACT_LINEAGE);
	}
	if (layout->cpu)
		request->sections |= SECTION_BIT(SECTION_CPU);
	if (layout->memory)
		request->sections |= SECTION_BIT(SECTION_MEMORY) | SECTION_BIT(SECTION_PRESSURE);
	if (layout->traffic)
		request->sections |= SECTION_BIT(SECTION_DISK) | SECTION_BIT(SECTION_NET);
}

/* Host line: pieces, of which the least important are left out until the rest fits. */

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
	const struct process *items = snapshot->processes.items;

	for (size_t i = 0; i < snapshot->processes.count; i++) {
		if (process_is_zombie(&items[i]) && process_has(&items[i], FACT_LINEAGE) &&
		    items[i].zombie_age_s >= ZOMBIE_ALARM_S)
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

static void draw_host(const struct overview *overview, struct canvas *canvas, struct area area)
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

/* Graphs */

/* max 0: the largest value in sight, but no less than `least`. */
static void draw_history(const struct overview *overview, struct canvas *canvas, struct area area,
			 enum series_kind kind, double max, double least, enum style style)
{
	const struct graph graph = {
		.history = overview->history,
		.series = history_series(overview->history, kind, TEXT_ABSENT),
		.end_s = overview->snapshot->monotonic,
		.step_s = overview->graph_step_s,
		.max = max,
		.least = least,
		.style = style,
	};

	graph_draw_series(canvas, area, &graph);
}

static void draw_label(struct canvas *canvas, int row, int column, const char *label)
{
	canvas_left(canvas, row, column, LABEL_WIDTH - 1, STYLE_LABEL, text_of(label));
}

/* CPU */

static void draw_cpu_bar(struct canvas *canvas, struct area area, const struct cpu *cpu)
{
	char buffer[FORMAT_SIZE] = "-";
	int bar = area.columns - 10;

	canvas_right(canvas, area.row, area.column, 3, STYLE_LABEL, cpu->id);
	if (isfinite(cpu->percent)) {
		bar_draw(canvas, area.row, area.column + 4, bar, cpu->percent / 100, style_of_percent(cpu->percent), 0,
			 STYLE_DIM);
		snprintf(buffer, sizeof(buffer), "%.0f%%", cpu->percent);
	}
	canvas_right(canvas, area.row, area.column + 4 + bar, 5, STYLE_TEXT, text_of(buffer));
}

static void draw_cpu_bars(struct canvas *canvas, struct area area, const struct list *cpus, int a_row)
{
	int width = area.columns / a_row;

	for (size_t i = 0; i < cpus->count; i++) {
		int row = (int)i / a_row, column = (int)i % a_row;
		struct area cell = {area.row + row, area.column + column * width, 1, width};

		draw_cpu_bar(canvas, cell, &LIST_ITEMS(*cpus, const struct cpu)[i]);
	}
}

/* One column for each CPU; what does not fit is counted. */
static void draw_cpu_columns(struct canvas *canvas, struct area area, const struct list *cpus)
{
	int room = area.rows * area.columns;

	for (int i = 0; i < room && (size_t)i < cpus->count; i++) {
		const struct cpu *cpu = &LIST_ITEMS(*cpus, const struct cpu)[i];

		bar_draw_vertical(canvas, area.row + i / area.columns, area.column + i % area.columns,
				  cpu->percent / 100, style_of_percent(cpu->percent));
	}
	if (cpus->count > (size_t)room) {
		struct pen pen = pen_at(canvas, area.row + area.rows - 1, area.column + area.columns - 6, 6, 0);

		pen_format(&pen, STYLE_DIM, " +%zu", cpus->count - (size_t)room + 6);
		pen_fill(&pen, STYLE_DIM);
	}
}

/* Draws the CPUs at the right end of the area. Returns the columns that remain for the graph. */
static int draw_cpus(struct canvas *canvas, struct area area, const struct list *cpus)
{
	int most = cpu_columns(area.columns), room = area.columns - LABEL_WIDTH - 7;
	int a_row = (int)((cpus->count + (size_t)area.rows - 1) / (size_t)area.rows), width;

	if (cpus->count == 0 || most < 8)
		return room;
	if (a_row <= most / BAR_CELL_MIN) {
		width = a_row * 24 < most ? a_row * 24 : most;
		area.column += area.columns - width;
		area.columns = width;
		draw_cpu_bars(canvas, area, cpus, a_row);
	} else {
		width = a_row < most ? a_row : most;
		area.column += area.columns - width - 1;
		area.columns = width;
		draw_cpu_columns(canvas, area, cpus);
		width++;
	}
	return room - width - 1;
}

static void draw_cpu(const struct overview *overview, struct canvas *canvas, struct area area)
{
	const struct cpus *cpus = &overview->snapshot->cpus;
	char buffer[FORMAT_SIZE];
	struct area graph = {area.row, area.column + 1 + LABEL_WIDTH + 7, area.rows, 0};
	struct area right = {area.row, area.column + 1, area.rows, area.columns - 2};

	draw_label(canvas, area.row, area.column + 1, "CPU");
	format_percent(buffer, cpus->percent, 5);
	if (isfinite(cpus->percent))
		strcat(buffer, "%");
	canvas_right(canvas, area.row, area.column + LABEL_WIDTH, 6, STYLE_TEXT, text_of(buffer));
	graph.columns = draw_cpus(canvas, right, &cpus->percpu);
	draw_history(overview, canvas, graph, SERIES_CPU, 100, 100, STYLE_COUNT);
}

/* Memory */

static double share_of(uint64_t part, uint64_t whole)
{
	if (part == ABSENT_U64 || whole == ABSENT_U64 || whole == 0)
		return ABSENT_F64;
	return (double)part / (double)whole;
}

static void format_used(char *buffer, size_t size, uint64_t used, uint64_t total)
{
	char used_text[FORMAT_SIZE] = "-", total_text[FORMAT_SIZE] = "-";

	if (used != ABSENT_U64)
		format_bytes(used_text, used);
	if (total != ABSENT_U64)
		format_bytes(total_text, total);
	snprintf(buffer, size, "%s/%s", used_text, total_text);
}

/* Where there is pressure information: shares of the last 10 seconds. */
static void format_pressure(char *buffer, size_t size, const struct pressure *pressure)
{
	buffer[0] = '\0';
	if (isfinite(pressure->cpu_some.avg10) && isfinite(pressure->memory_some.avg10) &&
	    isfinite(pressure->io_some.avg10))
		snprintf(buffer, size, "cpu %.1f mem %.1f io %.1f", pressure->cpu_some.avg10,
			 pressure->memory_some.avg10, pressure->io_some.avg10);
}

static enum style pressure_style(const struct pressure *pressure)
{
	double most = pressure->memory_some.avg10;

	if (pressure->io_some.avg10 > most)
		most = pressure->io_some.avg10;
	if (pressure->cpu_some.avg10 > most)
		most = pressure->cpu_some.avg10;
	return most >= 10 ? style_of_percent(most * 2) : STYLE_TEXT;
}

/* Cache is what could be freed: it is inside available, and the bar's second part. */
static double cache_share(const struct memory *memory)
{
	uint64_t cache = memory->cached;

	if (cache == ABSENT_U64 || memory->available == ABSENT_U64)
		return 0;
	if (memory->buffers != ABSENT_U64)
		cache += memory->buffers;
	return share_of(cache < memory->available ? cache : memory->available, memory->total);
}

static void draw_memory_bar(struct canvas *canvas, struct area area, const char *label, const char *text, double share,
			    double second)
{
	int taken = LABEL_WIDTH + (int)strlen(text) + 1;

	draw_label(canvas, area.row, area.column, label);
	canvas_left(canvas, area.row, area.column + LABEL_WIDTH, area.columns - LABEL_WIDTH, STYLE_TEXT,
		    text_of(text));
	if (area.columns - taken >= 4)
		bar_draw(canvas, area.row, area.column + taken, area.columns - taken, share,
			 style_of_percent(share * 100), second, STYLE_CACHE);
}

static void draw_memory(const struct overview *overview, struct canvas *canvas, struct area area)
{
	const struct snapshot *snapshot = overview->snapshot;
	char memory_text[2 * FORMAT_SIZE], swap_text[2 * FORMAT_SIZE], pressure_text[96];
	int left = area.column + 1, right = area.column + area.columns - 1, psi, swap;

	format_used(memory_text, sizeof(memory_text), snapshot->memory.used, snapshot->memory.total);
	format_used(swap_text, sizeof(swap_text), snapshot->swap.used, snapshot->swap.total);
	format_pressure(pressure_text, sizeof(pressure_text), &snapshot->pressure);
	psi = (int)strlen(pressure_text);
	if (psi > 0 && area.columns >= 76) {
		right -= psi;
		canvas_left(canvas, area.row, right, psi, pressure_style(&snapshot->pressure), text_of(pressure_text));
		right -= 4;
		canvas_left(canvas, area.row, right, 4, STYLE_LABEL, TEXT_LITERAL("PSI "));
		right -= 2;
	}
	swap = (right - left) * 2 / 5;
	if (swap < LABEL_WIDTH + (int)strlen(swap_text))
		swap = LABEL_WIDTH + (int)strlen(swap_text);
	if (right - left - swap - 2 >= LABEL_WIDTH + (int)strlen(memory_text)) {
		struct area swap_area = {area.row, right - swap, 1, swap};

		draw_memory_bar(canvas, swap_area, "Swap", swap_text,
				share_of(snapshot->swap.used, snapshot->swap.total), 0);
		right -= swap + 2;
	}
	draw_memory_bar(canvas, (struct area){area.row, left, 1, right - left}, "Mem", memory_text,
			share_of(snapshot->memory.used, snapshot->memory.total), cache_share(&snapshot->memory));
}

/* Disks and network: a rate and its graph in each direction. */

static void draw_rate(const struct overview *overview, struct canvas *canvas, struct area area, uint32_t symbol,
		      char substitute, double rate, enum series_kind kind)
{
	struct pen pen = pen_at(canvas, area.row, area.column, area.columns, 0);
	char buffer[FORMAT_SIZE + 2];

	pen_symbol(&pen, STYLE_LABEL, symbol, substitute);
	format_rate(buffer, rate);
	if (isfinite(rate))
		strcat(buffer, "/s");
	canvas_left(canvas, area.row, area.column + 2, RATE_WIDTH, STYLE_TEXT, text_of(buffer));
	area.column += RATE_WIDTH + 3;
	area.columns -= RATE_WIDTH + 3;
	draw_history(overview, canvas, area, kind, 0, 1024, STYLE_RATE);
}

static void draw_traffic(const struct overview *overview, struct canvas *canvas, struct area area)
{
	const struct disk_io *disk = &overview->snapshot->disks.io_total;
	const struct net_io *net = &overview->snapshot->net.io_total;
	int half = (area.columns - 2) / 2, label = LABEL_WIDTH, each = (half - label) / 2;
	struct area part = {area.row, area.column + 1 + label, 1, each - 1};

	draw_label(canvas, area.row, area.column + 1, "Disk");
	draw_rate(overview, canvas, part, 'r', 'r', disk->read_bytes_per_s, SERIES_DISK_READ);
	part.column += each;
	draw_rate(overview, canvas, part, 'w', 'w', disk->write_bytes_per_s, SERIES_DISK_WRITE);
	part.column = area.column + 1 + half + label;
	draw_label(canvas, area.row, area.column + 1 + half, "Net");
	draw_rate(overview, canvas, part, 0x2193, 'i', net->bytes_recv_per_s, SERIES_NET_RECV);
	part.column += each;
	draw_rate(overview, canvas, part, 0x2191, 'o', net->bytes_sent_per_s, SERIES_NET_SENT);
}

void overview_draw(const struct overview *overview, const struct overview_layout *layout, struct canvas *canvas,
		   struct area area)
{
	if (layout->host) {
		area.rows = layout->host;
		draw_host(overview, canvas, area);
		area.row += area.rows;
	}
	if (!overview->snapshot)
		return;
	if (layout->cpu) {
		area.rows = layout->cpu;
		draw_cpu(overview, canvas, area);
		area.row += area.rows;
	}
	if (layout->memory) {
		area.rows = layout->memory;
		draw_memory(overview, canvas, area);
		area.row += area.rows;
	}
	if (layout->traffic) {
		area.rows = layout->traffic;
		draw_traffic(overview, canvas, area);
	}
}
