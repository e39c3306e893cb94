#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "screens.h"

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	if (file) {
		assert_true(fread(text, 1, (1 << 20) - 1, file) < (1 << 20) - 1);
		fclose(file);
	}
	return text;
}

static void show_difference(const char *expected, const char *shown)
{
	for (int row = 0; *expected || *shown; row++) {
		int a = (int)strcspn(expected, "\n"), b = (int)strcspn(shown, "\n");

		if (a != b || strncmp(expected, shown, (size_t)a) != 0)
			print_error("row %d\n  expected |%.*s|\n  shown    |%.*s|\n", row, a, expected, b, shown);
		expected += a + (expected[a] != '\0');
		shown += b + (shown[b] != '\0');
	}
}

void assert_screen(const struct canvas *canvas, const char *name)
{
	char path[160], *shown = canvas_to_string(canvas), *expected;

	snprintf(path, sizeof(path), "tests/fixtures/screens/%s.txt", name);
	if (getenv("CMON_UPDATE_SCREENS")) {
		FILE *file = fopen(path, "w");

		assert_non_null(file);
		fputs(shown, file);
		fclose(file);
	}
	expected = read_file(path);
	if (strcmp(expected, shown) != 0) {
		show_difference(expected, shown);
		fail_msg("%s differs", path);
	}
	free(expected);
	free(shown);
}

void assert_sound(const struct canvas *canvas)
{
	for (int row = 0; row < canvas->rows; row++) {
		int columns = 0;

		for (int column = 0; column < canvas->columns; column++) {
			const struct cell *cell = canvas_cell(canvas, row, column);

			columns += cell->width;
			assert_true(cell->style < STYLE_COUNT);
			for (int i = 0; i < cell->length; i++)
				assert_false((unsigned char)cell->bytes[i] < 0x20 || cell->bytes[i] == 0x7f);
		}
		assert_int_equal(columns, canvas->columns);
	}
}
