#include "out/manual.h"

#include <errno.h>
#include <string.h>

#include "model/field.h"

/* mdoc: a backslash begins an escape, a line that begins with a dot or an apostrophe is a request, and on a macro's
 * line single punctuation and words that are macros are taken as such. */
static void put_escaped(FILE *stream, const char *string)
{
	if (*string == '.' || *string == '\'')
		fputs("\\&", stream);
	for (; *string; string++) {
		if (*string == '\\')
			fputs("\\e", stream);
		else
			fputc(*string, stream);
	}
}

static void put_record(FILE *stream, const struct record *record, const char *path, size_t first);

/* One key: a definition rather than a row of a table, since it reads well at any width. */
static void put_key(FILE *stream, const struct field *field, const char *path)
{
	const char *unit = unit_name(field->unit);

	fputs(".It Sy \"", stream);
	put_escaped(stream, path);
	put_escaped(stream, field->key);
	fprintf(stream, "\" Pq %s%s%s", field_type_name(field), *unit ? ", " : "", unit);
	fputs("\n", stream);
	put_escaped(stream, field->help);
	if (field->alias)
		fprintf(stream, ";\nshort name\n.Sy %s", field->alias);
	fputs(".\n.br\nSource: ", stream);
	put_escaped(stream, field->source);
	fputs("\n", stream);
}

static void put_field(FILE *stream, const struct field *field, const char *path)
{
	char below[256];

	if (*field->key)
		put_key(stream, field, path);
	switch (field->type) {
	case FIELD_TUPLE:
	case FIELD_RECORD: snprintf(below, sizeof(below), "%s%s%s", path, field->key, *field->key ? "." : ""); break;
	case FIELD_LIST: snprintf(below, sizeof(below), "%s%s[].", path, field->key); break;
	case FIELD_MAP: snprintf(below, sizeof(below), "%s%s.*.", path, field->key); break;
	default: return;
	}
	/* A list that is a map's value has no key of its own: "net_if_addrs.*[].address". */
	for (char *at; (at = strstr(below, ".[]"));)
		memmove(at, at + 1, strlen(at));
	put_record(stream, field->element, below, field->type == FIELD_MAP ? 1 : 0);
}

static void put_record(FILE *stream, const struct record *record, const char *path, size_t first)
{
	for (size_t i = first; i < record->count; i++)
		put_field(stream, &record->fields[i], path);
}

static void put_sections(FILE *stream)
{
	fputs(".Bl -tag -width filesystem -compact\n", stream);
#define SECTION(id, name, help) fputs(".It Sy " name "\n" help "\n", stream);
#include "model/sections.def"
#undef SECTION
	fputs(".El\n", stream);
}

static const char head[] =
	".\\\" Printed by cmon from its tables (make manual): do not edit.\n"
	".Dd November 21, 2026\n"
	".Dt CMON-JSON 5\n"
	".Os\n"
	".Sh NAME\n"
	".Nm cmon-json\n"
	".Nd what cmon --json prints\n"
	".Sh DESCRIPTION\n"
	".Ic cmon --json\n"
	"prints one JSON object, or with\n"
	".Fl n\n"
	"or\n"
	".Fl -watch\n"
	"one object per line.\n"
	"Where psutil has a name for a fact, the key has that name.\n"
	".Pp\n"
	"What is not known, denied or does not apply is\n"
	".Sy null ;\n"
	"an object of which nothing is known is\n"
	".Sy null\n"
	"as a whole.\n"
	"0 means that 0 was measured.\n"
	"Keys that were not asked for are absent.\n"
	"Integers are exact up to 64 bits; other numbers have up to six decimals.\n"
	"Rates and percentages of time are taken over\n"
	".Sy interval ,\n"
	"or over its own life for a process that is younger, and are\n"
	".Sy null\n"
	"in a first sample.\n"
	".Pp\n"
	"Text comes from outside and need not be UTF-8.\n"
	"Each invalid byte is replaced by U+FFFD, and then the bytes themselves follow in base64 under the same key with\n"
	".Sy _b64\n"
	"at its end.\n"
	".Sh SECTIONS\n"
	"The names that\n"
	".Fl -sections\n"
	"takes, beside the top-level keys and\n"
	".Sy all :\n"
	".Pp\n";

static const char middle[] =
	".Sh TOP-LEVEL KEYS\n"
	"In the names below\n"
	".Sy []\n"
	"stands for each element of a list and\n"
	".Sy *\n"
	"for each key of an object.\n"
	".Bl -tag -width indent\n";

static const char process_head[] =
	".El\n"
	".Sh KEYS OF A PROCESS\n"
	"Each element of\n"
	".Sy processes\n"
	"has these keys.\n"
	"They are also the names that\n"
	".Fl -fields ,\n"
	".Fl -filter\n"
	"and\n"
	".Fl -sort\n"
	"take, and the short names with them.\n"
	"Costly ones come only when\n"
	".Fl -fields\n"
	"asks for them.\n"
	".Bl -tag -width indent\n";

static const char tail[] =
	".El\n"
	".Sh SEE ALSO\n"
	".Xr cmon 1 ,\n"
	".Xr proc 5\n";

int manual_write_json(FILE *stream)
{
	errno = 0;
	fputs(head, stream);
	put_sections(stream);
	fputs(middle, stream);
	put_record(stream, &snapshot_record, "", 0);
	fputs(process_head, stream);
	put_record(stream, &process_record, "", 0);
	fputs(tail, stream);
	if (fflush(stream) != 0 || ferror(stream))
		return -(errno ? errno : EIO);
	return 0;
}
