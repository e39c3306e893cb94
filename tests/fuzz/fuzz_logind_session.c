/* A file of run/systemd/sessions. */
#include "collect/users.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct user user;

	if (logind_session_parse(cursor_of((const char *)data, size), &user) > 0 && !user.name.length)
		__builtin_trap();
	return 0;
}
