/* The bytes of run/utmp. */
#include "collect/users.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(struct text text, const uint8_t *data, size_t size)
{
	if (text.length && (text.bytes < (const char *)data || text.bytes + text.length > (const char *)data + size) &&
	    !text_equal_string(text, "localhost"))
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor file = cursor_of((const char *)data, size);
	struct user user;

	while (utmp_next(&file, &user) > 0) {
		check_inside(user.name, data, size);
		check_inside(user.terminal, data, size);
		check_inside(user.host, data, size);
	}
	return 0;
}
