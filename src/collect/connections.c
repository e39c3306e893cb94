/* TCP, UDP and unix sockets: what the kernel's socket diagnosis tells, joined with the descriptors of processes. */
#include "collect/connections.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fatal.h"
#include "collect/bpf_programs.h"
#include "collect/collector.h"
#include "collect/names.h"
#include "collect/socket_owners.h"
#include "collect/socket_owners_bpf.h"
#include "model/field.h"

/* What is asked for, in the order in which it is listed. */
static const struct kind {
	int family, protocol;
	const char *source; /* of errors */
} kinds[] = {
	{AF_INET, IPPROTO_TCP, "connections/tcp"},
	{AF_INET6, IPPROTO_TCP, "connections/tcp6"},
	{AF_INET, IPPROTO_UDP, "connections/udp"},
	{AF_INET6, IPPROTO_UDP, "connections/udp6"},
	{AF_UNIX, 0, "connections/unix"},
};

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

/* The kernel's states by number; a request for a connection (12) looks like the connection it will become. */
static const struct text tcp_states[] = {
	[TCP_ESTABLISHED] = TEXT_LITERAL("ESTABLISHED"),
	[TCP_SYN_SENT] = TEXT_LITERAL("SYN_SENT"),
	[TCP_SYN_RECV] = TEXT_LITERAL("SYN_RECV"),
	[TCP_FIN_WAIT1] = TEXT_LITERAL("FIN_WAIT1"),
	[TCP_FIN_WAIT2] = TEXT_LITERAL("FIN_WAIT2"),
	[TCP_TIME_WAIT] = TEXT_LITERAL("TIME_WAIT"),
	[TCP_CLOSE] = TEXT_LITERAL("CLOSE"),
	[TCP_CLOSE_WAIT] = TEXT_LITERAL("CLOSE_WAIT"),
	[TCP_LAST_ACK] = TEXT_LITERAL("LAST_ACK"),
	[TCP_LISTEN] = TEXT_LITERAL("LISTEN"),
	[TCP_CLOSING] = TEXT_LITERAL("CLOSING"),
	[TCP_CLOSING + 1] = TEXT_LITERAL("SYN_RECV"),
};

#define TCP_STATE_COUNT (sizeof(tcp_states) / sizeof(tcp_states[0]))

struct gathering {
	struct arena *arena;
	struct gathered_socket *items;
	size_t count, capacity;
	size_t kind; /* being asked for */
};

static struct text status_text(int state, int protocol)
{
	if (protocol != IPPROTO_TCP)
		return TEXT_LITERAL("NONE");
	if (state < 0 || (size_t)state >= TCP_STATE_COUNT)
		return TEXT_ABSENT;
	return tcp_states[state];
}

static struct text type_text(int type)
{
	switch (type) {
	case SOCK_STREAM: return TEXT_LITERAL("SOCK_STREAM");
	case SOCK_DGRAM: return TEXT_LITERAL("SOCK_DGRAM");
	case SOCK_SEQPACKET: return TEXT_LITERAL("SOCK_SEQPACKET");
	default: return TEXT_ABSENT;
	}
}

static struct text ip_text(int family, const uint8_t *ip, struct arena *arena)
{
	char text[INET6_ADDRSTRLEN];

	return arena_string(arena, inet_ntop(family, ip, text, sizeof(text)));
}

struct text unix_name_text(struct text name, struct arena *arena)
{
	bool abstract = name.length && name.bytes[0] == '\0';
	char text[256]; /* sun_path has 108 bytes */
	size_t length;

	if (name.length > sizeof(text))
		name.length = sizeof(text);
	length = abstract ? name.length : strnlen(name.length ? name.bytes : "", name.length);
	if (!length)
		return TEXT_ABSENT;
	for (size_t i = 0; i < length; i++)
		text[i] = name.bytes[i] ? name.bytes[i] : '@';
	return arena_text(arena, text, length);
}

static void fill_inet(const struct sock_diag_socket *socket, int protocol, struct arena *arena,
		      struct connection *connection)
{
	connection->family = socket->family == AF_INET ? TEXT_LITERAL("AF_INET") : TEXT_LITERAL("AF_INET6");
	connection->type = type_text(protocol == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM);
	if (socket->local_port) {
		connection->laddr_ip = ip_text(socket->family, socket->local_ip, arena);
		connection->laddr_port = socket->local_port;
	}
	if (socket->remote_port) {
		connection->raddr_ip = ip_text(socket->family, socket->remote_ip, arena);
		connection->raddr_port = socket->remote_port;
	}
}

void connection_of_socket(const struct sock_diag_socket *socket, int protocol, struct arena *arena,
			  struct connection *ret_connection)
{
	record_clear(record_connection, ret_connection);
	if (socket->family == AF_UNIX) {
		ret_connection->family = TEXT_LITERAL("AF_UNIX");
		ret_connection->type = type_text(socket->type);
		ret_connection->laddr_path = unix_name_text(socket->name, arena);
	} else {
		fill_inet(socket, protocol, arena, ret_connection);
	}
	ret_connection->status = status_text(socket->state, protocol);
	if (socket->inode)
		ret_connection->inode = socket->inode;
	if (socket->has_uid)
		ret_connection->uid = socket->uid;
	if (socket->has_queues) {
		ret_connection->recv_queue = socket->recv_queue;
		ret_connection->send_queue = socket->send_queue;
	}
}

static void gather(const struct sock_diag_socket *socket, void *context)
{
	struct gathering *gathering = context;
	const struct kind *kind = &kinds[gathering->kind];
	struct gathered_socket *added;

	if (socket->family != kind->family)
		return;
	gathering->items = xgrow(gathering->items, gathering->count + 1, &gathering->capacity, sizeof(*gathering->items));
	added = &gathering->items[gathering->count++];
	added->kind = gathering->kind;
	added->peer_inode = socket->peer_inode;
	connection_of_socket(socket, kind->protocol, gathering->arena, &added->connection);
}

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

/* An absent inode is the largest. */
static int compare_sockets(const void *a, const void *b)
{
	const struct gathered_socket *x = a, *y = b;
	int r = COMPARE(x->kind, y->kind);

	if (!r)
		r = COMPARE(x->connection.inode, y->connection.inode);
	if (!r)
		r = COMPARE(x->connection.laddr_port, y->connection.laddr_port);
	if (!r)
		r = COMPARE(x->connection.raddr_port, y->connection.raddr_port);
	if (!r)
		r = text_compare(x->connection.laddr_ip, y->connection.laddr_ip);
	if (!r)
		r = text_compare(x->connection.raddr_ip, y->connection.raddr_ip);
	return r;
}

static bool is_repeated(const struct gathered_socket *socket, const struct gathered_socket *last)
{
	return socket->kind == last->kind && socket->connection.inode == last->connection.inode &&
	       socket->connection.inode != ABSENT_U64;
}

static size_t drop_repeated(struct gathered_socket *sockets, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		if (!kept || !is_repeated(&sockets[i], &sockets[kept - 1]))
			sockets[kept++] = sockets[i];
	}
	return kept;
}

/* The first socket of the same kind with this inode, or NULL. */
static const struct gathered_socket *find_peer(const struct gathered_socket *sockets, size_t count,
					       const struct gathered_socket *of)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct gathered_socket *at = &sockets[middle];

		if (at->kind < of->kind || (at->kind == of->kind && at->connection.inode < of->peer_inode))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == count || sockets[low].kind != of->kind || sockets[low].connection.inode != of->peer_inode)
		return NULL;
	return &sockets[low];
}

size_t connections_arrange(struct gathered_socket *sockets, size_t count)
{
	if (!count)
		return 0;
	qsort(sockets, count, sizeof(*sockets), compare_sockets);
	count = drop_repeated(sockets, count);
	for (size_t i = 0; i < count; i++) {
		const struct gathered_socket *peer =
			sockets[i].peer_inode ? find_peer(sockets, count, &sockets[i]) : NULL;

		if (peer)
			sockets[i].connection.raddr_path = peer->connection.laddr_path;
	}
	return count;
}

/* Returns 0 when at least one kind was answered, else the first error; each error is noted. */
static int gather_all(struct gathering *gathering, struct snapshot *snapshot)
{
	struct buffer buffer = {0};
	int first = 0;
	size_t answered = 0;
	int errors[KIND_COUNT];

	for (size_t i = 0; i < KIND_COUNT; i++) {
		gathering->kind = i;
		errors[i] = sock_diag_dump(kinds[i].family, kinds[i].protocol, &buffer, gather, gathering);
		answered += errors[i] == 0;
		if (errors[i] < 0 && !first)
			first = errors[i];
	}
	buffer_free(&buffer);
	if (!answered)
		return first;
	for (size_t i = 0; i < KIND_COUNT; i++) {
		if (errors[i] < 0)
			snapshot_error(snapshot, kinds[i].source, -errors[i], "%s", strerror(-errors[i]));
	}
	return 0;
}

static void set_owners(struct connection *connection, const struct socket_owners *owners, struct arena *arena)
{
	const struct socket_holder *holders;
	struct socket_owner *items;
	size_t count;

	if (connection->inode == ABSENT_U64)
		return;
	holders = socket_owners_find(owners, connection->inode, &count);
	if (!holders)
		return;
	items = arena_array(arena, count, sizeof(*items));
	for (size_t i = 0; i < count; i++)
		items[i] = holders[i].owner;
	connection->owners = (struct list){items, count};
	connection->pid = items[0].pid;
	connection->fd = items[0].fd;
}

static struct list list_connections(const struct gathering *gathering, const struct socket_owners *owners,
				    struct names *names, struct tick *tick)
{
	struct connection *items = arena_array(gathering->arena, gathering->count + 1, sizeof(*items));

	for (size_t i = 0; i < gathering->count; i++) {
		items[i] = gathering->items[i].connection;
		set_owners(&items[i], owners, gathering->arena);
		if (items[i].uid != ABSENT_U64)
			(void)names_user(names, tick, (int64_t)items[i].uid, &items[i].username);
	}
	return (struct list){items, gathering->count};
}

static bool is_denied(int error)
{
	return error == EACCES || error == EPERM;
}

static void note_denied(const struct socket_owners *owners, struct snapshot *snapshot)
{
	size_t denied = 0;

	for (size_t i = 0; i < owners->search_count; i++)
		denied += is_denied(owners->searches[i].error);
	if (denied)
		snapshot_error(snapshot, "connections/owners", EACCES, "descriptors of %zu of %zu processes: %s",
			       denied, owners->search_count, strerror(EACCES));
}

struct connections_state {
	struct names *names;
	struct bpf_reader *reader; /* NULL until there are programs */
};

static bool wants_identity(const struct tick *tick)
{
	return tick->request->facts & FACT_BIT(FACT_CONNECTIONS);
}

static unsigned int connections_programs(const struct tick *tick)
{
	return BPF_PROGRAM_BIT(BPF_PROGRAM_SOCKETS) | (wants_identity(tick) ? BPF_PROGRAM_BIT(BPF_PROGRAM_TASKS) : 0);
}

/* Returns 0, or -errno where all is left to /proc. */
static int find_owners_bpf(struct connections_state *state, struct tick *tick, struct socket_owners *owners)
{
	int sockets_fd = bpf_programs_obtain(tick->programs, tick->request, BPF_PROGRAM_SOCKETS), tasks_fd = ABSENT_I32;

	if (sockets_fd < 0)
		return sockets_fd;
	if (wants_identity(tick))
		tasks_fd = bpf_programs_obtain(tick->programs, tick->request, BPF_PROGRAM_TASKS);
	if (!state->reader)
		state->reader = bpf_reader_new();
	return socket_owners_read_bpf(tick->root, state->reader, sockets_fd, tasks_fd, owners);
}

static void read_owners(struct connections_state *state, struct tick *tick, struct socket_owners *owners)
{
	struct snapshot *snapshot = tick->snapshot;
	int r = find_owners_bpf(state, tick, owners);
	struct descriptor_search *searches;

	if (r < 0)
		r = socket_owners_read(tick->root, wants_identity(tick), owners);
	if (r < 0) {
		snapshot_error(snapshot, "connections/owners", -r, "%s", strerror(-r));
		return;
	}
	note_denied(owners, snapshot);
	if (!wants_identity(tick))
		return;
	searches = arena_array(&snapshot->arena, owners->search_count + 1, sizeof(*searches));
	if (owners->search_count)
		memcpy(searches, owners->searches, owners->search_count * sizeof(*searches));
	snapshot->net.descriptor_searches = (struct list){searches, owners->search_count};
}

static int connections_open(const struct root *root, void **ret_state)
{
	struct connections_state *state = xcalloc(1, sizeof(*state));

	(void)root;
	state->names = names_new();
	*ret_state = state;
	return 0;
}

static void connections_close(void *opaque)
{
	struct connections_state *state = opaque;

	bpf_reader_free(state->reader);
	names_free(state->names);
	free(state);
}

static int connections_read(void *opaque, struct tick *tick)
{
	struct connections_state *state = opaque;
	struct gathering gathering = {.arena = &tick->snapshot->arena};
	struct socket_owners owners = {0};
	int r;

	names_begin(state->names);
	r = gather_all(&gathering, tick->snapshot);
	if (r == 0) {
		gathering.count = connections_arrange(gathering.items, gathering.count);
		read_owners(state, tick, &owners);
		tick->snapshot->net.connections = list_connections(&gathering, &owners, state->names, tick);
	}
	socket_owners_free(&owners);
	free(gathering.items);
	return r;
}

/* Both lists ascend by pid. A pid that another process had when descriptors were looked through tells nothing. */
static void mark_searched(struct snapshot *snapshot)
{
	const struct descriptor_search *searches = snapshot->net.descriptor_searches.items;
	size_t j = 0;

	for (size_t i = 0; i < snapshot->processes.count; i++) {
		struct process *process = snapshot->processes.items[i];

		while (j < snapshot->net.descriptor_searches.count && searches[j].pid < process->pid)
			j++;
		if (j == snapshot->net.descriptor_searches.count)
			return;
		if (searches[j].pid != process->pid || searches[j].starttime != process->starttime)
			continue;
		process_own_more(process, &snapshot->arena);
		if (searches[j].error == 0)
			process->have |= FACT_BIT(FACT_CONNECTIONS);
		else if (is_denied(searches[j].error))
			process->denied |= FACT_BIT(FACT_CONNECTIONS);
	}
}

static struct process *process_of_owner(struct snapshot *snapshot, const struct socket_owner *owner)
{
	size_t index = process_index(&snapshot->processes, owner->pid);

	if (index == PROCESS_NONE || !process_has(snapshot->processes.items[index], FACT_CONNECTIONS))
		return NULL;
	return snapshot->processes.items[index];
}

static void for_each_owned(struct snapshot *snapshot,
			   void (*visit)(struct process *process, const struct connection *connection,
					 const struct socket_owner *owner))
{
	const struct connection *connections = snapshot->net.connections.items;

	for (size_t i = 0; i < snapshot->net.connections.count; i++) {
		const struct socket_owner *owners = connections[i].owners.items;

		for (size_t j = 0; j < connections[i].owners.count; j++) {
			struct process *process = process_of_owner(snapshot, &owners[j]);

			if (process)
				visit(process, &connections[i], &owners[j]);
		}
	}
}

static void count_owned(struct process *process, const struct connection *connection, const struct socket_owner *owner)
{
	(void)connection;
	(void)owner;
	process->more->connections.count++;
}

static void append_owned(struct process *process, const struct connection *connection, const struct socket_owner *owner)
{
	struct connection *items = process->more->connections.items;
	struct connection *added = &items[process->more->connections.count++];

	*added = *connection;
	added->pid = owner->pid;
	added->fd = owner->fd;
}

void connections_attach(struct snapshot *snapshot)
{
	if (!(snapshot->facts & FACT_BIT(FACT_CONNECTIONS)) || !snapshot->net.connections.items)
		return;
	mark_searched(snapshot);
	for_each_owned(snapshot, count_owned);
	for (size_t i = 0; i < snapshot->processes.count; i++) {
		struct list *owned = &snapshot->processes.items[i]->more->connections;

		if (!process_has(snapshot->processes.items[i], FACT_CONNECTIONS))
			continue;
		owned->items = arena_array(&snapshot->arena, owned->count + 1, sizeof(struct connection));
		owned->count = 0;
	}
	for_each_owned(snapshot, append_owned);
}

const struct collector collector_connections = {
	.name = "connections",
	.sections = SECTION_BIT(SECTION_CONNECTIONS),
	.programs = connections_programs,
	.open = connections_open,
	.read = connections_read,
	.close = connections_close,
};
