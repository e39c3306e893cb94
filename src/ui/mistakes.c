#include "ui/mistakes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fatal.h"

void mistakes_add(struct mistakes *mistakes, const char *format, ...)
{
	va_list arguments;

	if (mistakes->count++ > 0)
		return;
	va_start(arguments, format);
	if (vasprintf(&mistakes->text, format, arguments) < 0)
		fatal("out of memory");
	va_end(arguments);
}

void mistakes_add_name(struct mistakes *mistakes, const char *section, const char *what, struct text name,
		       const char *nearest)
{
	mistakes_add(mistakes, "[%s]: no %s is called '%.*s'%s%s%s", section, what, (int)name.length, name.bytes,
		     nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
}

char *mistakes_end(struct mistakes *mistakes)
{
	char *whole;

	if (mistakes->count < 2)
		return mistakes->text;
	if (asprintf(&whole, "%s (and %zu more)", mistakes->text, mistakes->count - 1) < 0)
		fatal("out of memory");
	free(mistakes->text);
	return whole;
}
