/* cmon.conf(5): the rows of settings.def and tabs.def. */
#include <errno.h>
#include <string.h>

#include "model/settings.h"
#include "out/manual.h"

static const char head[] =
	".\\\" Printed by cmon from its tables (make manual): do not edit.\n"
	".Dd November 21, 2026\n"
	".Dt CMON.CONF 5\n"
	".Os\n"
	".Sh NAME\n"
	".Nm cmon.conf\n"
	".Nd settings of cmon's screen\n"
	".Sh SYNOPSIS\n"
	".Bl -item -compact\n"
	".It\n"
	".Pa /etc/cmon.conf\n"
	".It\n"
	".Pa $XDG_CONFIG_HOME/cmon/cmon.conf\n"
	".It\n"
	".Pa ~/.config/cmon/cmon.conf\n"
	".El\n"
	".Sh DESCRIPTION\n"
	"What\n"
	".Xr cmon 1\n"
	"looks like and does on the screen.\n"
	".Pa /etc/cmon.conf\n"
	"is read first, then the user's file, whose settings win; the third path holds where\n"
	".Ev XDG_CONFIG_HOME\n"
	"is not set.\n"
	"With\n"
	".Fl -config\n"
	"only the file named there is read.\n"
	"Options of the command line win over the files.\n"
	".Pp\n"
	"The files consist of lines\n"
	".Dl [SECTION]\n"
	".Dl KEY = VALUE\n"
	"A line that begins with\n"
	".Sq #\n"
	"or\n"
	".Sq \\&;\n"
	"is a comment; a\n"
	".Sq \\&;\n"
	"behind a blank begins one, too.\n"
	"Blanks around names and values mean nothing.\n"
	"Where a key is set twice, the last time counts.\n"
	".Pp\n"
	"A line that is wrong is reported at the start, with its file, its number and what may have been meant; what it sets\n"
	"keeps its default, and the rest of the file is used.\n"
	"A file that cannot be read, is larger than 1 MiB or holds a NUL byte is not used at all.\n"
	".Pp\n"
	"What is changed in the setup is written to the user's file, or the one of\n"
	".Fl -config ,\n"
	"at once; what keys change in a tab, as its order or the tree, with it or when cmon ends.\n"
	"Only the values that changed are put into the newest version of the file; comments, order and unknown keys stay.\n"
	"The file is replaced as a whole, through symbolic links, and keeps its mode and owner.\n"
	"A file that is read-only, or could not be read, is never written.\n"
	".Sh VALUES\n"
	".Bl -tag -width columns\n"
	".It Sy yes or no\n"
	"also true or false, on or off, 1 or 0.\n"
	".It Sy number\n"
	"with a point before decimals, whatever the locale.\n"
	".It Sy one of\n"
	"the words that are named.\n"
	".It Sy words\n"
	"any of those that are named, with blanks between them, in the order in which they are to appear;\n"
	".Ar WORD : Ns Ar NUMBER\n"
	"where it is said.\n"
	".It Sy columns\n"
	"fields of processes as in\n"
	".Xr cmon-json 5 ,\n"
	"and\n"
	".Sy cpu_graph ,\n"
	"the use of CPU at the last snapshots as a graph;\n"
	".Ar FIELD : Ns Ar WIDTH\n"
	"sets a width.\n"
	".It Sy order\n"
	"a field, behind a\n"
	".Sq -\n"
	"for descending order.\n"
	".It Sy filter\n"
	"an expression as in\n"
	".Xr cmon 1 .\n"
	".It Sy text\n"
	"anything on one line.\n"
	".El\n";

static const char tabs_head[] =
	".Sh SECTIONS [tab NAME]\n"
	"Each is a tab of the screen with processes.\n"
	"Without any there is one,\n"
	".Sy Processes .\n"
	"Where the user's file has some, those of\n"
	".Pa /etc/cmon.conf\n"
	"are not used.\n"
	".Bl -tag -width indent\n";

static const char tail[] =
	".El\n"
	".Sh SECTION [keys]\n"
	"An action and its keys, with blanks between them, in place of those it has by default;\n"
	".Sy none\n"
	"takes them away.\n"
	"The names of actions and keys are those of\n"
	".Xr cmon 1 .\n"
	".Sh SECTIONS [theme NAME]\n"
	"A theme that the setting\n"
	".Sy theme\n"
	"can name.\n"
	"Its lines are styles and their looks:\n"
	".Dl COLOUR [on COLOUR] [bold] [dim] [reverse] [underline]\n"
	"A colour is\n"
	".Sy #rrggbb ,\n"
	"a number of the terminal's palette,\n"
	".Sy default ,\n"
	"or a name as\n"
	".Sy red\n"
	"or\n"
	".Sy bright-red .\n"
	"The line\n"
	".Sy base\n"
	"names the theme that has the styles that are left out.\n"
	".Sh EXAMPLES\n"
	".Bd -literal -offset indent\n"
	"[general]\n"
	"delay = 2\n"
	"theme = mine\n"
	"\n"
	"[tab Processes]\n"
	"\n"
	"[tab Web]\n"
	"columns = pid username cpu_percent cpu_graph:8 cmdline\n"
	"filter = name = nginx or user = www-data\n"
	"\n"
	"[theme mine]\n"
	"base = default\n"
	"key_label = black on #88aaff\n"
	".Ed\n"
	".Sh SEE ALSO\n"
	".Xr cmon 1 ,\n"
	".Xr cmon-json 5\n";

static const char *type_name(enum setting_type type)
{
	static const char *const names[] = {
		[SETTING_TYPE_BOOL] = "yes or no", [SETTING_TYPE_NUMBER] = "number",   [SETTING_TYPE_CHOICE] = "one of",
		[SETTING_TYPE_WORDS] = "words",    [SETTING_TYPE_COLUMNS] = "columns", [SETTING_TYPE_SORT] = "order",
		[SETTING_TYPE_FILTER] = "filter",  [SETTING_TYPE_TEXT] = "text",
	};

	return names[type];
}

static void put_setting(FILE *stream, const struct setting_row *row)
{
	fprintf(stream, ".It Sy \"%s\" Pq %s", row->key, type_name(row->type));
	if (row->type == SETTING_TYPE_NUMBER)
		fprintf(stream, " from %g to %g", row->low, row->high);
	fprintf(stream, "\n%s.\n", row->help);
	if (row->choices)
		fprintf(stream, ".br\nWords: %s.\n", row->choices);
	if (row->type == SETTING_TYPE_WORDS && row->high > 0)
		fprintf(stream, ".br\nNumbers: from 1 to %g.\n", row->high);
	fprintf(stream, ".br\nDefault: %s.\n", *row->standard ? row->standard : "nothing");
}

static bool is_first_of_section(size_t id)
{
	for (size_t before = 0; before < id; before++) {
		if (strcmp(setting_rows[before].section, setting_rows[id].section) == 0)
			return false;
	}
	return true;
}

static void put_section(FILE *stream, const char *section)
{
	fprintf(stream, ".Sh SECTION [%s]\n.Bl -tag -width indent\n", section);
	for (size_t id = 0; id < SETTING_COUNT; id++) {
		if (strcmp(setting_rows[id].section, section) == 0)
			put_setting(stream, &setting_rows[id]);
	}
	fputs(".El\n", stream);
}

int manual_write_config(FILE *stream)
{
	errno = 0;
	fputs(head, stream);
	for (size_t id = 0; id < SETTING_COUNT; id++) {
		if (is_first_of_section(id))
			put_section(stream, setting_rows[id].section);
	}
	fputs(tabs_head, stream);
	for (size_t id = 0; id < TAB_SETTING_COUNT; id++)
		put_setting(stream, &tab_setting_rows[id]);
	fputs(tail, stream);
	if (fflush(stream) != 0 || ferror(stream))
		return -(errno ? errno : EIO);
	return 0;
}
