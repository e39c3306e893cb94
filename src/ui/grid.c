#include "ui/grid.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "ui/graph.h"

#define GAP 1
#define WHEEL_ROWS 3
#define ROWS_MIN 2 /* header and one row */

void grid_init(struct grid *grid, const struct grid_class *class, size_t sort)
{
	*grid = (struct grid){.class = class, .sort = sort, .page = 1, .is_stale = true};
	if (sort != GRID_UNSORTED)
		grid->descending = class->columns[sort].descending;
}

void grid_free(struct grid *grid)
{
	free(grid->rows);
}

/* Rows */

void grid_begin(struct grid *grid, const void *context)
{
	grid->context = context;
	grid->count = 0;
	grid->is_stale = false;
}

void grid_from(struct grid *grid, const struct snapshot *snapshot, enum section section, const struct list *list)
{
	if (!(snapshot->sections & SECTION_BIT(section)))
		grid->source = GRID_NOT_YET_READ;
	else
		grid->source = list->items ? GRID_READ : GRID_FAILED;
}

void grid_add(struct grid *grid, const void *row)
{
	grid->rows = xgrow(grid->rows, grid->count + 1, &grid->capacity, sizeof(*grid->rows));
	grid->rows[grid->count++] = row;
}

static struct text cell_text(const struct grid_cell *cell)
{
	return cell->text.bytes ? cell->text : text_of(cell->buffer);
}

static bool contains(struct text text, struct text word)
{
	for (size_t i = 0; i + word.length <= text.length; i++) {
		size_t j = 0;

		while (j < word.length &&
		       tolower((unsigned char)text.bytes[i + j]) == tolower((unsigned char)word.bytes[j]))
			j++;
		if (j == word.length)
			return true;
	}
	return false;
}

static bool row_contains(const struct grid *grid, const void *row, struct text word)
{
	for (size_t i = 0; i < grid->class->count; i++) {
		struct grid_cell cell = {.share = NAN};

		grid->class->cell(grid->context, row, i, &cell);
		if (!cell.is_bar && contains(cell_text(&cell), word))
			return true;
	}
	return false;
}

static bool passes(const struct grid *grid, const void *row)
{
	const char *at = grid->filter;

	for (;;) {
		size_t length;

		at += strspn(at, " ");
		length = strcspn(at, " ");
		if (!length)
			return true;
		if (!row_contains(grid, row, (struct text){at, length}))
			return false;
		at += length;
	}
}

static void filter_rows(struct grid *grid)
{
	size_t kept = 0;

	if (!grid->filter[0])
		return;
	for (size_t i = 0; i < grid->count; i++) {
		if (passes(grid, grid->rows[i]))
			grid->rows[kept++] = grid->rows[i];
	}
	grid->count = kept;
}

/* A row with what it is sorted by, and its place before: equal ones keep their order. */
struct sorted {
	const void *row;
	struct value value;
	size_t place;
	bool descending;
};

static int compare_sorted(const void *left, const void *right)
{
	const struct sorted *a = left, *b = right;
	int r = value_compare(a->value, b->value);

	/* What is not known stands last either way. */
	if (r && a->descending && a->value.type != VALUE_ABSENT && b->value.type != VALUE_ABSENT)
		r = -r;
	return r ? r : (a->place > b->place) - (a->place < b->place);
}

static void sort_rows(struct grid *grid)
{
	struct sorted *sorted;

	if (grid->sort == GRID_UNSORTED || grid->count < 2)
		return;
	sorted = xcalloc(grid->count, sizeof(*sorted));
	for (size_t i = 0; i < grid->count; i++)
		sorted[i] = (struct sorted){grid->rows[i], grid->class->value(grid->context, grid->rows[i], grid->sort),
					    i, grid->descending};
	qsort(sorted, grid->count, sizeof(*sorted), compare_sorted);
	for (size_t i = 0; i < grid->count; i++)
		grid->rows[i] = sorted[i].row;
	free(sorted);
}

/* Where its row is gone the cursor stays where it is, on whatever is there now. */
static void find_selection(struct grid *grid)
{
	char name[GRID_NAME_SIZE];

	for (size_t i = 0; grid->is_anchored && i < grid->count; i++) {
		grid->class->name(grid->rows[i], name);
		if (strcmp(name, grid->selected) == 0) {
			grid->cursor = i;
			return;
		}
	}
	if (grid->cursor >= grid->count)
		grid->cursor = grid->count ? grid->count - 1 : 0;
}

void grid_end(struct grid *grid)
{
	filter_rows(grid);
	sort_rows(grid);
	find_selection(grid);
}

const void *grid_selected(const struct grid *grid)
{
	return grid->cursor < grid->count ? grid->rows[grid->cursor] : NULL;
}

/* Drawing */

static int width_of(const struct grid_column *columns, size_t count, const bool *is_shown)
{
	int width = 0;

	for (size_t i = 0; i < count; i++)
		width += is_shown[i] ? columns[i].width + GAP : 0;
	return width - GAP;
}

/* Returns false when nothing can be left out any more. */
static bool leave_one_out(const struct grid *grid, bool *is_shown)
{
	const struct grid_column *columns = grid->class->columns;
	size_t worst = GRID_UNSORTED;

	for (size_t i = 0; i < grid->class->count; i++) {
		if (is_shown[i] && columns[i].importance &&
		    (worst == GRID_UNSORTED || columns[i].importance >= columns[worst].importance))
			worst = i;
	}
	if (worst == GRID_UNSORTED)
		return false;
	is_shown[worst] = false;
	return true;
}

static void grow(struct grid *grid, const bool *is_shown, int left_over)
{
	const struct grid_column *columns = grid->class->columns;
	int growing = 0;

	for (size_t i = 0; i < grid->class->count; i++)
		growing += is_shown[i] && columns[i].grows;
	for (size_t i = 0; left_over > 0 && i < grid->class->count; i++) {
		if (!is_shown[i] || !columns[i].grows)
			continue;
		grid->widths[i] += left_over / growing;
		left_over -= left_over / growing--;
	}
}

static void lay_out(struct grid *grid, int width)
{
	const struct grid_column *columns = grid->class->columns;
	size_t count = grid->class->count;
	bool is_shown[GRID_COLUMNS_MAX];
	int start = 0;

	for (size_t i = 0; i < count; i++)
		is_shown[i] = true;
	while (width_of(columns, count, is_shown) > width && leave_one_out(grid, is_shown))
		;
	for (size_t i = 0; i < count; i++)
		grid->widths[i] = is_shown[i] ? columns[i].width : 0;
	grow(grid, is_shown, width - width_of(columns, count, is_shown));
	for (size_t i = 0; i < count; i++) {
		grid->starts[i] = start;
		start += is_shown[i] ? grid->widths[i] + GAP : 0;
	}
}

/* Of a cell, as far as it is inside the area. */
static int visible_width(const struct grid *grid, size_t column, struct area area)
{
	int left = area.columns - grid->starts[column];

	return grid->widths[column] < left ? grid->widths[column] : left;
}

static void draw_title(const struct grid *grid, struct canvas *canvas, struct area area, size_t i)
{
	const struct grid_column *column = &grid->class->columns[i];
	enum style style = grid->sort == i ? STYLE_HEADER_SORT : STYLE_HEADER;
	int width = visible_width(grid, i, area), at = area.column + grid->starts[i], length, skip = 0;
	struct pen pen;

	if (width <= 0)
		return;
	length = (int)strlen(column->title) + (grid->sort == i);
	if (!column->is_text)
		skip = length < width ? width - length : 0;
	pen = pen_at(canvas, area.row, at + skip, width - skip, 0);
	if (grid->sort == i)
		pen_symbol(&pen, style, grid->descending ? 0x25bc : 0x25b2, grid->descending ? 'v' : '^');
	pen_string(&pen, style, column->title);
}

static void draw_cell(const struct grid *grid, struct canvas *canvas, struct area line, size_t i, const void *row)
{
	struct grid_cell cell = {.share = NAN};
	int width = visible_width(grid, i, line), at = line.column + grid->starts[i];

	if (width <= 0)
		return;
	grid->class->cell(grid->context, row, i, &cell);
	if (cell.is_bar)
		bar_draw(canvas, line.row, at, width, cell.share, cell.style, 0, cell.style);
	else if (grid->class->columns[i].is_text)
		canvas_left(canvas, line.row, at, width, cell.style, cell_text(&cell));
	else
		canvas_right(canvas, line.row, at, width, cell.style, cell_text(&cell));
}

static void keep_visible(struct grid *grid)
{
	size_t last_top = grid->count > grid->page ? grid->count - grid->page : 0;

	if (grid->cursor < grid->top)
		grid->top = grid->cursor;
	if (grid->cursor >= grid->top + grid->page)
		grid->top = grid->cursor - grid->page + 1;
	if (grid->top > last_top)
		grid->top = last_top;
}

static void draw_header(const struct grid *grid, struct canvas *canvas, struct area area)
{
	struct pen pen = pen_at(canvas, area.row, area.column, area.columns, 0);

	pen_fill(&pen, STYLE_HEADER);
	for (size_t i = 0; i < grid->class->count; i++) {
		if (grid->widths[i])
			draw_title(grid, canvas, area, i);
	}
}

static void draw_rows(const struct grid *grid, struct canvas *canvas, bool has_focus)
{
	for (int i = 0; i < grid->body.rows && grid->top + (size_t)i < grid->count; i++) {
		struct area line = {grid->body.row + i, grid->body.column, 1, grid->body.columns};
		size_t at = grid->top + (size_t)i;

		for (size_t column = 0; column < grid->class->count; column++) {
			if (grid->widths[column])
				draw_cell(grid, canvas, line, column, grid->rows[at]);
		}
		if (has_focus && at == grid->cursor)
			canvas_restyle(canvas, line.row, line.column, line.columns, STYLE_SELECTED);
	}
}

static void draw_empty(const struct grid *grid, struct canvas *canvas)
{
	struct pen pen = pen_at(canvas, grid->body.row, grid->body.column, grid->body.columns, 0);

	if (grid->source == GRID_NOT_YET_READ)
		pen_format(&pen, STYLE_DIM, "reading %s", grid->class->what);
	else if (grid->source == GRID_FAILED)
		pen_format(&pen, STYLE_DIM, "%s could not be read", grid->class->what);
	else
		pen_string(&pen, STYLE_DIM, grid->filter[0] ? "nothing matches the filter" : grid->class->empty);
}

void grid_draw(struct grid *grid, struct canvas *canvas, struct area area, bool has_focus)
{
	grid->body = (struct area){area.row + 1, area.column, area.rows - 1, area.columns};
	if (area.rows <= 0) {
		grid->body.rows = 0;
		return;
	}
	grid->page = grid->body.rows > 0 ? (size_t)grid->body.rows : 1;
	keep_visible(grid);
	lay_out(grid, area.columns);
	draw_header(grid, canvas, area);
	draw_rows(grid, canvas, has_focus);
	if (grid->count == 0 && grid->body.rows > 0)
		draw_empty(grid, canvas);
}

void grids_share(struct grid *const *grids, size_t count, size_t focus, int rows, int *ret_rows)
{
	size_t left = count;

	for (size_t i = 0; i < count; i++)
		ret_rows[i] = 0;
	if (rows < (int)count * (ROWS_MIN + 1)) {
		ret_rows[focus] = rows;
		return;
	}
	/* Those that want no more than a fair part get it; then what is left is shared among fewer. */
	for (bool given = true; given && left;) {
		int fair = rows / (int)left;

		given = false;
		for (size_t i = 0; i < count; i++) {
			int wanted = (int)(grids[i]->count < 100000 ? grids[i]->count : 100000) + 1;

			if (wanted < ROWS_MIN)
				wanted = ROWS_MIN;
			if (ret_rows[i] || wanted > fair)
				continue;
			ret_rows[i] = wanted;
			rows -= wanted;
			left--;
			given = true;
		}
	}
	for (size_t i = 0; i < count; i++) {
		if (ret_rows[i])
			continue;
		ret_rows[i] = rows / (int)left;
		rows -= ret_rows[i];
		left--;
	}
}

/* Keys */

static void anchor(struct grid *grid)
{
	if (grid->cursor >= grid->count)
		return;
	grid->class->name(grid->rows[grid->cursor], grid->selected);
	grid->is_anchored = true;
}

static void move_to(struct grid *grid, size_t row)
{
	grid->cursor = row < grid->count ? row : grid->count ? grid->count - 1 : 0;
	anchor(grid);
}

/* The focus goes to a grid that has rows, where there is one. */
static bool change_focus(struct grid *const *grids, size_t count, size_t *focus, bool up)
{
	for (size_t i = *focus; up ? i-- > 0 : ++i < count;) {
		if (grids[i]->count == 0)
			continue;
		*focus = i;
		move_to(grids[i], up ? SIZE_MAX : 0);
		return true;
	}
	return false;
}

static void move_by(struct grid *const *grids, size_t count, size_t *focus, size_t distance, bool up)
{
	struct grid *grid = grids[*focus];

	if (up && (grid->cursor == 0 || grid->count == 0)) {
		if (!change_focus(grids, count, focus, true))
			move_to(grid, 0);
	} else if (!up && grid->cursor + 1 >= grid->count) {
		if (!change_focus(grids, count, focus, false))
			move_to(grid, SIZE_MAX);
	} else if (up) {
		move_to(grid, grid->cursor > distance ? grid->cursor - distance : 0);
	} else {
		move_to(grid, grid->cursor + distance);
	}
}

static void go_to_end(struct grid *const *grids, size_t count, size_t *focus, bool first)
{
	*focus = first ? 0 : count - 1;
	if (grids[*focus]->count == 0)
		change_focus(grids, count, focus, !first);
	move_to(grids[*focus], first ? 0 : SIZE_MAX);
	/* From the first row the selection follows nothing: whatever is first is selected. */
	if (first)
		grids[*focus]->is_anchored = false;
}

static void resort(struct grid *grid, size_t column)
{
	grid->sort = column;
	grid->descending = grid->class->columns[column].descending;
	sort_rows(grid);
	find_selection(grid);
}

/* Columns that were left out for want of room are no use for sorting. */
static void sort_beside(struct grid *grid, size_t step)
{
	size_t count = grid->class->count, at = grid->sort;

	if (at == GRID_UNSORTED)
		at = step == 1 ? count - 1 : 0;
	for (size_t i = 0; i < count; i++) {
		struct grid_cell cell = {.share = NAN};

		at = (at + step) % count;
		if (grid->count)
			grid->class->cell(grid->context, grid->rows[0], at, &cell);
		if (grid->widths[at] && !cell.is_bar)
			break;
	}
	resort(grid, at);
}

static void invert(struct grid *grid)
{
	if (grid->sort == GRID_UNSORTED)
		return;
	grid->descending = !grid->descending;
	sort_rows(grid);
	find_selection(grid);
}

bool grids_act(struct grid *const *grids, size_t count, size_t *focus, enum action action)
{
	struct grid *grid = grids[*focus];
	size_t half = (grid->page + 1) / 2;

	switch (action) {
	case ACTION_UP: move_by(grids, count, focus, 1, true); break;
	case ACTION_DOWN: move_by(grids, count, focus, 1, false); break;
	case ACTION_PAGE_UP: move_by(grids, count, focus, grid->page, true); break;
	case ACTION_PAGE_DOWN: move_by(grids, count, focus, grid->page, false); break;
	case ACTION_HALF_UP: move_by(grids, count, focus, half, true); break;
	case ACTION_HALF_DOWN: move_by(grids, count, focus, half, false); break;
	case ACTION_FIRST: go_to_end(grids, count, focus, true); break;
	case ACTION_LAST: go_to_end(grids, count, focus, false); break;
	case ACTION_SORT_NEXT: sort_beside(grid, 1); break;
	case ACTION_SORT_PREVIOUS: sort_beside(grid, grid->class->count - 1); break;
	case ACTION_INVERT: invert(grid); break;
	default: return false;
	}
	return true;
}

/* Filter */

struct filter_edit {
	struct grid *grid;
	char before[sizeof(((struct grid *)0)->filter)];
};

static void set_filter(struct grid *grid, const char *text)
{
	snprintf(grid->filter, sizeof(grid->filter), "%s", text);
	grid->is_stale = true;
}

static const char *filter_changed(struct shell *shell, void *owner, const char *text, size_t *ret_column)
{
	const struct filter_edit *edit = owner;

	(void)shell;
	(void)ret_column;
	set_filter(edit->grid, text);
	return NULL;
}

static bool filter_done(struct shell *shell, void *owner, const char *text)
{
	const struct filter_edit *edit = owner;

	(void)shell;
	set_filter(edit->grid, text);
	return true;
}

static void filter_cancelled(struct shell *shell, void *owner)
{
	const struct filter_edit *edit = owner;

	(void)shell;
	set_filter(edit->grid, edit->before);
}

static void open_filter(struct grid *grid, struct shell *shell)
{
	struct filter_edit *edit = xcalloc(1, sizeof(*edit));
	const struct prompt_options options = {
		.label = "Filter: ",
		.text = grid->filter,
		.changed = filter_changed,
		.done = filter_done,
		.cancelled = filter_cancelled,
		.free_owner = free,
		.owner = edit,
	};

	edit->grid = grid;
	memcpy(edit->before, grid->filter, sizeof(edit->before));
	shell_open(shell, prompt_new(&options));
}

static void sort_chosen(struct shell *shell, void *owner, const struct menu_item *item)
{
	struct grid *grid = owner;

	(void)shell;
	/* The rows may be of a snapshot that is gone: they are sorted when they are made anew. */
	grid->sort = (size_t)item->value;
	grid->descending = grid->class->columns[grid->sort].descending;
	grid->is_stale = true;
}

static void open_sort_menu(struct grid *grid, struct shell *shell)
{
	struct menu_options options = {.title = "Sort by", .chosen = sort_chosen, .owner = grid};
	struct menu_item *items = xcalloc(grid->class->count, sizeof(*items));
	size_t count = 0;

	for (size_t i = 0; i < grid->class->count; i++) {
		if (!grid->class->columns[i].title[0])
			continue; /* a bar: it shows what the column beside it does */
		if (i == grid->sort)
			options.selected = count;
		items[count++] = (struct menu_item){.label = xstrdup(grid->class->columns[i].title), .value = (intptr_t)i};
	}
	shell_open(shell, menu_new(&options, items, count));
}

bool grid_act_dialog(struct grid *grid, struct shell *shell, enum action action)
{
	if (action == ACTION_FILTER)
		open_filter(grid, shell);
	else if (action == ACTION_SORT_MENU)
		open_sort_menu(grid, shell);
	else
		return false;
	return true;
}

/* The mouse */

static void press_header(struct grid *grid, int column)
{
	for (size_t i = 0; i < grid->class->count; i++) {
		int start = grid->body.column + grid->starts[i];

		if (!grid->widths[i] || column < start || column >= start + grid->widths[i])
			continue;
		if (grid->sort == i)
			invert(grid);
		else
			resort(grid, i);
		return;
	}
}

static void wheel(struct grid *grid, bool up)
{
	size_t distance = WHEEL_ROWS;

	if (up)
		move_to(grid, grid->cursor > distance ? grid->cursor - distance : 0);
	else
		move_to(grid, grid->cursor + distance);
}

void grids_mouse(struct grid *const *grids, size_t count, size_t *focus, const struct mouse *mouse)
{
	for (size_t i = 0; i < count; i++) {
		struct grid *grid = grids[i];
		int row = mouse->row - grid->body.row;

		if (row < -1 || row >= grid->body.rows || grid->body.rows <= 0)
			continue;
		*focus = i;
		if (mouse->kind == MOUSE_WHEEL_UP || mouse->kind == MOUSE_WHEEL_DOWN)
			wheel(grid, mouse->kind == MOUSE_WHEEL_UP);
		else if (row == -1 && mouse->kind == MOUSE_PRESS)
			press_header(grid, mouse->column);
		else if (row >= 0 && grid->top + (size_t)row < grid->count)
			move_to(grid, grid->top + (size_t)row);
		return;
	}
}
