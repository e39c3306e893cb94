/* Netlink messages of the socket diagnosis, and what is made of them. The sequence number asked for is 1. */
#include <netinet/in.h>
#include <sys/socket.h>

#include "collect/connections.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor messages = cursor_of((const char *)data, size);
	struct sock_diag_socket socket;
	struct arena arena = {0};

	while (sock_diag_next(&messages, 1, &socket) == SOCK_DIAG_SOCKET) {
		struct connection connection;

		connection_of_socket(&socket, socket.family == AF_UNIX ? 0 : IPPROTO_TCP, &arena, &connection);
		if (connection.laddr_path.bytes && connection.laddr_path.bytes[connection.laddr_path.length] != '\0')
			__builtin_trap();
	}
	arena_free(&arena);
	return 0;
}
