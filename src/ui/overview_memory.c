/* Memory, swap and pressure in one row. */
#include <stdio.h>
#include <string.h>

#include "model/format.h"
#include "ui/graph.h"
#include "ui/overview_parts.h"

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

/* Shares of the last 10 seconds, each in the style of its size, at the right end. Returns the columns taken, 0 where
 * there is no pressure information. */
static int draw_pressure(struct canvas *canvas, struct area area, const struct pressure *pressure)
{
	const struct {
		const char *name;
		double percent;
	} shares[] = {
		{"PSI cpu", pressure->cpu_some.avg10},
		{" mem", pressure->memory_some.avg10},
		{" io", pressure->io_some.avg10},
	};
	char values[3][FORMAT_SIZE];
	int width = 0;
	struct pen pen;

	for (size_t i = 0; i < 3; i++) {
		if (!isfinite(shares[i].percent))
			return 0;
		snprintf(values[i], sizeof(values[i]), " %.1f", shares[i].percent);
		width += (int)(strlen(shares[i].name) + strlen(values[i]));
	}
	pen = pen_at(canvas, area.row, area.column + area.columns - width, width, 0);
	for (size_t i = 0; i < 3; i++) {
		pen_string(&pen, STYLE_LABEL, shares[i].name);
		pen_string(&pen, shares[i].percent >= 10 ? style_of_percent(shares[i].percent * 2) : STYLE_TEXT,
			values[i]);
	}
	return width + 2;
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

/* Buffers stand first in the part of the cache. */
static void restyle_buffers(struct canvas *canvas, struct area bar, const struct memory *memory)
{
	double used = share_of(memory->used, memory->total), buffers = share_of(memory->buffers, memory->total);
	int start, end;

	if (!isfinite(used) || !isfinite(buffers))
		return;
	start = (int)ceil(used * bar.columns);
	end = (int)lround((used + buffers) * bar.columns);
	if (end > start && end <= bar.columns)
		canvas_restyle(canvas, bar.row, bar.column + start, end - start, STYLE_RATE);
}

/* Returns where the bar is; without columns where there is none. */
static struct area draw_memory_bar(
	struct canvas *canvas, struct area area, const char *label, const char *text, double share, double second)
{
	int taken = OVERVIEW_LABEL_WIDTH + (int)strlen(text) + 1;

	overview_draw_label(canvas, area.row, area.column, label);
	canvas_left(canvas, area.row, area.column + OVERVIEW_LABEL_WIDTH, area.columns - OVERVIEW_LABEL_WIDTH,
		STYLE_TEXT, text_of(text));
	area = (struct area){area.row, area.column + taken, 1, area.columns - taken};
	if (area.columns < 4)
		area.columns = 0;
	bar_draw(canvas, area.row, area.column, area.columns, share, style_of_percent(share * 100), second,
		 STYLE_CACHE);
	return area;
}

/* Below the bars, where there is more than their row: what was used. */
static void draw_past(const struct overview *overview, struct canvas *canvas, struct area area)
{
	const struct memory *memory = &overview->snapshot->memory;
	int taken = 1 + OVERVIEW_LABEL_WIDTH;

	if (area.rows < 2 || memory->total == ABSENT_U64)
		return;
	overview_draw_graph(overview, canvas,
			    (struct area){area.row + 1, area.column + taken, area.rows - 1, area.columns - taken - 1},
			    history_series(overview->history, SERIES_MEMORY_USED, TEXT_ABSENT),
			    (double)memory->total, 0, STYLE_COUNT);
}

void overview_draw_memory(const struct overview *overview, struct canvas *canvas, struct area area)
{
	const struct snapshot *snapshot = overview->snapshot;
	char memory_text[2 * FORMAT_SIZE], swap_text[2 * FORMAT_SIZE];
	int left = area.column + 1, right = area.column + area.columns - 1, swap;

	format_used(memory_text, sizeof(memory_text), snapshot->memory.used, snapshot->memory.total);
	format_used(swap_text, sizeof(swap_text), snapshot->swap.used, snapshot->swap.total);
	draw_past(overview, canvas, area);
	if (area.columns >= 76)
		right -= draw_pressure(canvas, (struct area){area.row, left, 1, right - left}, &snapshot->pressure);
	swap = (right - left) * 2 / 5;
	if (swap < OVERVIEW_LABEL_WIDTH + (int)strlen(swap_text))
		swap = OVERVIEW_LABEL_WIDTH + (int)strlen(swap_text);
	if (right - left - swap - 2 >= OVERVIEW_LABEL_WIDTH + (int)strlen(memory_text)) {
		struct area swap_area = {area.row, right - swap, 1, swap};

		draw_memory_bar(canvas, swap_area, "Swap", swap_text,
				share_of(snapshot->swap.used, snapshot->swap.total), 0);
		right -= swap + 2;
	}
	area = draw_memory_bar(canvas, (struct area){area.row, left, 1, right - left}, "Mem", memory_text,
			       share_of(snapshot->memory.used, snapshot->memory.total),
			       cache_share(&snapshot->memory));
	restyle_buffers(canvas, area, &snapshot->memory);
}
