/* Network interfaces and what passes them, sockets and whose they are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "base/real.h"
#include "model/format.h"
#include "ui/grid.h"
#include "ui/screen.h"
#include "ui/traces.h"

#define TRACE_LEAST 1024 /* bytes per second that fill a graph of which nothing reaches more */

enum { GRID_INTERFACES, GRID_CONNECTIONS, GRID_COUNT };

/* What is known of one interface, each where it is known. */
struct interface_row {
	const struct net_io *io;
	const struct net_interface *link;
	const struct net_addresses *addresses;
};

struct network_screen {
	struct shell *shell;
	const struct snapshot *snapshot;
	struct interface_row *rows;
	size_t rows_capacity;
	struct grid interfaces, connections;
	struct grid *grids[GRID_COUNT];
	size_t focus;
};

static struct value real(double number)
{
	return isfinite(number) ? (struct value){.type = VALUE_REAL, .real = number}
				: (struct value){.type = VALUE_ABSENT};
}

static struct value integer(int64_t number, int64_t absent)
{
	return number != absent ? (struct value){.type = VALUE_INTEGER, .integer = number}
				: (struct value){.type = VALUE_ABSENT};
}

static struct value count_of(uint64_t number)
{
	return number != ABSENT_U64 ? (struct value){.type = VALUE_UNSIGNED, .uinteger = number}
				    : (struct value){.type = VALUE_ABSENT};
}

static struct value words(struct text text)
{
	return text.bytes ? (struct value){.type = VALUE_TEXT, .text = text} : (struct value){.type = VALUE_ABSENT};
}

static void number_cell(struct grid_cell *cell, bool is_known, int64_t number, int width)
{
	if (is_known)
		format_count(cell->buffer, number, width);
	else
		snprintf(cell->buffer, sizeof(cell->buffer), "-");
	cell->style = is_known && number ? STYLE_TEXT : STYLE_DIM;
}

static void text_cell(struct grid_cell *cell, struct text text, enum style style)
{
	cell->text = text.bytes ? text : TEXT_LITERAL("-");
	cell->style = text.bytes ? style : STYLE_DIM;
}

/* Interfaces */

enum {
	INTERFACE_NAME,
	INTERFACE_STATE,
	INTERFACE_RECV,
	INTERFACE_SENT,
	INTERFACE_PACKETS_RECV,
	INTERFACE_PACKETS_SENT,
	INTERFACE_ERRORS,
	INTERFACE_DROPS,
	INTERFACE_SPEED,
	INTERFACE_DUPLEX,
	INTERFACE_MTU,
	INTERFACE_ADDRESSES,
	INTERFACE_COLUMNS,
};

static const struct grid_column interface_columns[INTERFACE_COLUMNS] = {
	[INTERFACE_NAME] = {.title = "Interface", .width = 10, .is_text = true},
	[INTERFACE_STATE] = {.title = "State", .width = 6, .importance = 1, .is_text = true},
	[INTERFACE_RECV] = {.title = "RECV/s", .width = 7, .descending = true},
	[INTERFACE_SENT] = {.title = "SEND/s", .width = 7, .importance = 1, .descending = true},
	[INTERFACE_PACKETS_RECV] = {.title = "Pkt in/s", .width = 9, .importance = 6, .descending = true},
	[INTERFACE_PACKETS_SENT] = {.title = "Pkt out/s", .width = 10, .importance = 6, .descending = true},
	[INTERFACE_ERRORS] = {.title = "Errors", .width = 7, .importance = 3, .descending = true},
	[INTERFACE_DROPS] = {.title = "Drops", .width = 7, .importance = 4, .descending = true},
	[INTERFACE_SPEED] = {.title = "Mbit/s", .width = 7, .importance = 5, .descending = true},
	[INTERFACE_DUPLEX] = {.title = "Duplex", .width = 7, .importance = 8, .is_text = true},
	[INTERFACE_MTU] = {.title = "MTU", .width = 6, .importance = 7, .descending = true},
	[INTERFACE_ADDRESSES] = {.title = "Addresses", .width = 15, .importance = 2, .is_text = true, .grows = true},
};

static void rate_cell(struct grid_cell *cell, double bytes_per_s)
{
	format_rate(cell->buffer, bytes_per_s);
	cell->style = bytes_per_s > 0 ? STYLE_RATE : STYLE_DIM;
}

static void packets_cell(struct grid_cell *cell, double per_s)
{
	if (!isfinite(per_s))
		snprintf(cell->buffer, sizeof(cell->buffer), "-");
	else if (per_s > 0 && per_s < 100)
		snprintf(cell->buffer, sizeof(cell->buffer), "%.1f", per_s);
	else
		format_count(cell->buffer, (int64_t)llround(real_min(per_s, 1e15)), 7);
	cell->style = per_s > 0 ? STYLE_TEXT : STYLE_DIM;
}

static uint64_t sum_of(uint64_t a, uint64_t b)
{
	return a == ABSENT_U64 || b == ABSENT_U64 || a + b < a ? ABSENT_U64 : a + b;
}

/* All since the interface is there, and an alarm while it becomes more. */
static void trouble_cell(struct grid_cell *cell, uint64_t total, double in_per_s, double out_per_s)
{
	number_cell(cell, total <= INT64_MAX, (int64_t)total, 6);
	if (in_per_s > 0 || out_per_s > 0)
		cell->style = STYLE_ALARM;
}

static const char *state_of(const struct interface_row *row)
{
	if (!row->link || row->link->isup == ABSENT_BOOL)
		return NULL;
	return row->link->isup ? "up" : "down";
}

static struct text duplex_of(const struct interface_row *row)
{
	if (!row->link || text_equal_string(row->link->duplex, "unknown"))
		return TEXT_ABSENT;
	return row->link->duplex;
}

static void state_cell(struct grid_cell *cell, const struct interface_row *row)
{
	text_cell(cell, text_of(state_of(row)), row->link && row->link->isup == 1 ? STYLE_RUNNING : STYLE_DIM);
}

/* IPv4, IPv6, hardware: in the order in which they are listed, as many as fit. */
static void addresses_cell(struct grid_cell *cell, const struct net_addresses *addresses)
{
	size_t length = 0;

	for (size_t i = 0; addresses && i < addresses->addresses.count; i++) {
		struct text text = LIST_ITEMS(addresses->addresses, const struct net_address)[i].address;

		if (!text.bytes || length + text.length + 2 > sizeof(cell->buffer))
			continue;
		if (length)
			cell->buffer[length++] = ' ';
		memcpy(cell->buffer + length, text.bytes, text.length);
		length += text.length;
	}
	cell->buffer[length] = '\0';
	if (!length)
		text_cell(cell, TEXT_ABSENT, STYLE_DIM);
}

static void interface_cell(const void *context, const void *item, size_t column, struct grid_cell *cell)
{
	const struct interface_row *row = item;
	const struct net_io *io = row->io;
	int32_t speed = row->link ? row->link->speed : ABSENT_I32, mtu = row->link ? row->link->mtu : ABSENT_I32;

	(void)context;
	switch (column) {
	case INTERFACE_NAME: text_cell(cell, io->name, STYLE_PROGRAM); break;
	case INTERFACE_STATE: state_cell(cell, row); break;
	case INTERFACE_RECV: rate_cell(cell, io->bytes_recv_per_s); break;
	case INTERFACE_SENT: rate_cell(cell, io->bytes_sent_per_s); break;
	case INTERFACE_PACKETS_RECV: packets_cell(cell, io->packets_recv_per_s); break;
	case INTERFACE_PACKETS_SENT: packets_cell(cell, io->packets_sent_per_s); break;
	case INTERFACE_ERRORS:
		trouble_cell(cell, sum_of(io->errin, io->errout), io->errin_per_s, io->errout_per_s);
		break;
	case INTERFACE_DROPS:
		trouble_cell(cell, sum_of(io->dropin, io->dropout), io->dropin_per_s, io->dropout_per_s);
		break;
	case INTERFACE_SPEED: number_cell(cell, speed != ABSENT_I32, speed, 6); break;
	case INTERFACE_DUPLEX: text_cell(cell, duplex_of(row), STYLE_LABEL); break;
	case INTERFACE_MTU: number_cell(cell, mtu != ABSENT_I32, mtu, 6); break;
	default: addresses_cell(cell, row->addresses); break;
	}
}

static struct value interface_value(const void *context, const void *item, size_t column)
{
	const struct interface_row *row = item;
	const struct net_io *io = row->io;

	(void)context;
	switch (column) {
	case INTERFACE_NAME: return words(io->name);
	case INTERFACE_STATE: return words(text_of(state_of(row)));
	case INTERFACE_RECV: return real(io->bytes_recv_per_s);
	case INTERFACE_SENT: return real(io->bytes_sent_per_s);
	case INTERFACE_PACKETS_RECV: return real(io->packets_recv_per_s);
	case INTERFACE_PACKETS_SENT: return real(io->packets_sent_per_s);
	case INTERFACE_ERRORS: return count_of(sum_of(io->errin, io->errout));
	case INTERFACE_DROPS: return count_of(sum_of(io->dropin, io->dropout));
	case INTERFACE_SPEED: return integer(row->link ? row->link->speed : ABSENT_I32, ABSENT_I32);
	case INTERFACE_DUPLEX: return words(duplex_of(row));
	case INTERFACE_MTU: return integer(row->link ? row->link->mtu : ABSENT_I32, ABSENT_I32);
	default: break;
	}
	if (!row->addresses || !row->addresses->addresses.count)
		return words(TEXT_ABSENT);
	return words(LIST_ITEMS(row->addresses->addresses, const struct net_address)->address);
}

static void interface_name(const void *item, char name[GRID_NAME_SIZE])
{
	const struct interface_row *row = item;

	snprintf(name, GRID_NAME_SIZE, "%.*s", (int)row->io->name.length, row->io->name.bytes ? row->io->name.bytes : "");
}

static const struct grid_class interface_class = {
	.columns = interface_columns,
	.count = INTERFACE_COLUMNS,
	.cell = interface_cell,
	.value = interface_value,
	.name = interface_name,
	.empty = "no interfaces",
	.what = "the interfaces",
};

/* Connections; the context is the snapshot. */

enum {
	CONNECTION_PROTOCOL,
	CONNECTION_LOCAL,
	CONNECTION_REMOTE,
	CONNECTION_STATE,
	CONNECTION_RECV_QUEUE,
	CONNECTION_SEND_QUEUE,
	CONNECTION_USER,
	CONNECTION_PID,
	CONNECTION_PROCESS,
	CONNECTION_COLUMNS,
};

static const struct grid_column connection_columns[CONNECTION_COLUMNS] = {
	[CONNECTION_PROTOCOL] = {.title = "Proto", .width = 6, .importance = 4, .is_text = true},
	[CONNECTION_LOCAL] = {.title = "Local", .width = 17, .is_text = true, .grows = true},
	[CONNECTION_REMOTE] = {.title = "Remote", .width = 17, .importance = 2, .is_text = true, .grows = true},
	[CONNECTION_STATE] = {.title = "State", .width = 12, .importance = 3, .is_text = true},
	[CONNECTION_RECV_QUEUE] = {.title = "Recv-Q", .width = 7, .importance = 7, .descending = true},
	[CONNECTION_SEND_QUEUE] = {.title = "Send-Q", .width = 7, .importance = 7, .descending = true},
	[CONNECTION_USER] = {.title = "User", .width = 9, .importance = 6, .is_text = true},
	[CONNECTION_PID] = {.title = "PID", .width = 7, .importance = 5},
	[CONNECTION_PROCESS] = {.title = "Process", .width = 12, .importance = 1, .is_text = true},
};

static const char *protocol_of(const struct connection *connection)
{
	bool is_stream = text_equal_string(connection->type, "SOCK_STREAM");

	if (text_equal_string(connection->family, "AF_INET"))
		return is_stream ? "tcp" : "udp";
	if (text_equal_string(connection->family, "AF_INET6"))
		return is_stream ? "tcp6" : "udp6";
	return text_equal_string(connection->family, "AF_UNIX") ? "unix" : NULL;
}

/* An address of IPv6 has brackets where a port follows it. */
static void endpoint_cell(struct grid_cell *cell, struct text ip, int32_t port, struct text path)
{
	bool is_v6 = ip.bytes && memchr(ip.bytes, ':', ip.length);

	if (!ip.bytes) {
		text_cell(cell, path, STYLE_TEXT);
		return;
	}
	snprintf(cell->buffer, sizeof(cell->buffer), is_v6 ? "[%.*s]:%d" : "%.*s:%d", (int)ip.length, ip.bytes, port);
}

/* Only a process whose descriptors were looked through under this start time: never one that has the pid since. */
static const struct process *owner_of(const struct snapshot *snapshot, const struct connection *connection)
{
	const struct process *process = NULL;

	if (connection->pid != ABSENT_I32)
		process = snapshot_find_pid(snapshot, connection->pid);
	return process && process_has(process, FACT_CONNECTIONS) ? process : NULL;
}

static size_t other_owners(const struct connection *connection)
{
	const struct socket_owner *owners = connection->owners.items;
	size_t others = 0;

	for (size_t i = 1; i < connection->owners.count; i++)
		others += owners[i].pid != owners[i - 1].pid;
	return others;
}

static void process_cell(struct grid_cell *cell, const struct snapshot *snapshot, const struct connection *connection)
{
	const struct process *owner = owner_of(snapshot, connection);
	struct text name = owner ? process_name(owner) : TEXT_ABSENT;
	size_t others = other_owners(connection);

	text_cell(cell, name, STYLE_PROGRAM);
	if (!name.bytes || !others || name.length > 64)
		return;
	snprintf(cell->buffer, sizeof(cell->buffer), "%.*s +%zu", (int)name.length, name.bytes, others);
	cell->text = TEXT_ABSENT;
}

static enum style state_style(struct text status)
{
	if (text_equal_string(status, "ESTABLISHED"))
		return STYLE_RUNNING;
	return text_equal_string(status, "LISTEN") ? STYLE_TEXT : STYLE_DIM;
}

static void connection_cell(const void *context, const void *row, size_t column, struct grid_cell *cell)
{
	const struct connection *connection = row;
	bool is_stateless = text_equal_string(connection->status, "NONE");

	switch (column) {
	case CONNECTION_PROTOCOL: text_cell(cell, text_of(protocol_of(connection)), STYLE_LABEL); break;
	case CONNECTION_LOCAL:
		endpoint_cell(cell, connection->laddr_ip, connection->laddr_port, connection->laddr_path);
		break;
	case CONNECTION_REMOTE:
		endpoint_cell(cell, connection->raddr_ip, connection->raddr_port, connection->raddr_path);
		break;
	case CONNECTION_STATE:
		text_cell(cell, is_stateless ? TEXT_ABSENT : connection->status, state_style(connection->status));
		break;
	case CONNECTION_RECV_QUEUE:
		number_cell(cell, connection->recv_queue <= INT64_MAX, (int64_t)connection->recv_queue, 6);
		break;
	case CONNECTION_SEND_QUEUE:
		number_cell(cell, connection->send_queue <= INT64_MAX, (int64_t)connection->send_queue, 6);
		break;
	case CONNECTION_USER:
		if (connection->username.bytes || connection->uid > INT64_MAX)
			text_cell(cell, connection->username, STYLE_TEXT);
		else
			snprintf(cell->buffer, sizeof(cell->buffer), "%lld", (long long)connection->uid);
		break;
	case CONNECTION_PID:
		if (connection->pid != ABSENT_I32)
			snprintf(cell->buffer, sizeof(cell->buffer), "%d", connection->pid);
		else
			text_cell(cell, TEXT_ABSENT, STYLE_DIM);
		break;
	default: process_cell(cell, context, connection); break;
	}
}

/* Of the local end the port is what is looked for, of the remote one the address. */
static struct value connection_value(const void *context, const void *row, size_t column)
{
	const struct connection *connection = row;
	const struct process *owner;

	switch (column) {
	case CONNECTION_PROTOCOL: return words(text_of(protocol_of(connection)));
	case CONNECTION_LOCAL: return integer(connection->laddr_port, ABSENT_I32);
	case CONNECTION_REMOTE: return words(connection->raddr_ip.bytes ? connection->raddr_ip : connection->raddr_path);
	case CONNECTION_STATE:
		return words(text_equal_string(connection->status, "NONE") ? TEXT_ABSENT : connection->status);
	case CONNECTION_RECV_QUEUE: return count_of(connection->recv_queue);
	case CONNECTION_SEND_QUEUE: return count_of(connection->send_queue);
	case CONNECTION_USER: return words(connection->username);
	case CONNECTION_PID: return integer(connection->pid, ABSENT_I32);
	default: break;
	}
	owner = owner_of(context, connection);
	return words(owner ? process_name(owner) : TEXT_ABSENT);
}

/* A socket without an inode, as in TIME_WAIT, is told by its ends. */
static void connection_name(const void *row, char name[GRID_NAME_SIZE])
{
	const struct connection *connection = row;
	struct text local = connection->laddr_ip, remote = connection->raddr_ip;

	snprintf(name, GRID_NAME_SIZE, "%s %llu %.*s %d %.*s %d", protocol_of(connection) ? protocol_of(connection) : "",
		 (unsigned long long)connection->inode, (int)local.length, local.bytes ? local.bytes : "",
		 connection->laddr_port, (int)remote.length, remote.bytes ? remote.bytes : "", connection->raddr_port);
}

static const struct grid_class connection_class = {
	.columns = connection_columns,
	.count = CONNECTION_COLUMNS,
	.cell = connection_cell,
	.value = connection_value,
	.name = connection_name,
	.empty = "no connections",
	.what = "the connections",
};

/* The screen */

static void *network_open(struct shell *shell, size_t tab)
{
	struct network_screen *state = xcalloc(1, sizeof(*state));

	(void)tab;
	state->shell = shell;
	grid_init(&state->interfaces, &interface_class, GRID_UNSORTED);
	grid_init(&state->connections, &connection_class, GRID_UNSORTED);
	state->grids[GRID_INTERFACES] = &state->interfaces;
	state->grids[GRID_CONNECTIONS] = &state->connections;
	return state;
}

static void network_close(void *context)
{
	struct network_screen *state = context;

	grid_free(&state->interfaces);
	grid_free(&state->connections);
	free(state->rows);
	free(state);
}

/* Owners have names and are what Enter goes to, so they have to be told from later ones with their pids: that is
 * FACT_CONNECTIONS. */
static void network_needs(const void *context, struct request *request)
{
	(void)context;
	request->sections |= SECTION_BIT(SECTION_NET) | SECTION_BIT(SECTION_CONNECTIONS) | SECTION_BIT(SECTION_PROCESSES);
	request->facts |= FACT_BIT(FACT_CONNECTIONS);
}

static void network_update(void *context, const struct snapshot *snapshot)
{
	struct network_screen *state = context;

	state->snapshot = snapshot;
	state->interfaces.is_stale = state->connections.is_stale = true;
}

static void refresh_interfaces(struct network_screen *state)
{
	const struct net *net = &state->snapshot->net;
	const struct net_io *io = net->io.items;

	if (!state->interfaces.is_stale)
		return;
	if (net->io.count > state->rows_capacity) {
		state->rows_capacity = net->io.count;
		state->rows = xreallocarray(state->rows, state->rows_capacity, sizeof(*state->rows));
	}
	grid_begin(&state->interfaces, state->snapshot);
	grid_from(&state->interfaces, state->snapshot, SECTION_NET, &net->io);
	for (size_t i = 0; i < net->io.count; i++) {
		state->rows[i] = (struct interface_row){
			.io = &io[i],
			.link = list_find_named(net->interfaces, sizeof(struct net_interface), i, io[i].name),
			.addresses = list_find_named(net->addresses, sizeof(struct net_addresses), i, io[i].name),
		};
		grid_add(&state->interfaces, &state->rows[i]);
	}
	grid_end(&state->interfaces);
}

static void refresh_connections(struct network_screen *state)
{
	const struct list *list = &state->snapshot->net.connections;

	if (!state->connections.is_stale)
		return;
	grid_begin(&state->connections, state->snapshot);
	grid_from(&state->connections, state->snapshot, SECTION_CONNECTIONS, list);
	for (size_t i = 0; i < list->count; i++)
		grid_add(&state->connections, &LIST_ITEMS(*list, const struct connection)[i]);
	grid_end(&state->connections);
}

static void refresh(struct network_screen *state)
{
	if (!state->snapshot)
		return;
	refresh_interfaces(state);
	refresh_connections(state);
}

static void draw_traces(const struct network_screen *state, struct canvas *canvas, struct area area)
{
	const struct interface_row *row = grid_selected(&state->interfaces);
	const struct net_io *io = row ? row->io : &state->snapshot->net.io_total;
	const struct trace traces[] = {
		{"receive", SERIES_NET_RECV, io->bytes_recv_per_s, 0, TRACE_LEAST, STYLE_RATE, trace_format_rate},
		{"send", SERIES_NET_SENT, io->bytes_sent_per_s, 0, TRACE_LEAST, STYLE_RATE, trace_format_rate},
	};

	traces_draw(state->shell, canvas, area, row ? io->name : TEXT_LITERAL("all interfaces"),
		    row ? io->name : TEXT_ABSENT, traces, sizeof(traces) / sizeof(traces[0]));
}

static void network_draw(void *context, struct canvas *canvas, struct area area)
{
	struct network_screen *state = context;
	int rows[GRID_COUNT], graph_rows = traces_rows(area.rows);

	if (area.rows <= 0)
		return;
	if (!state->snapshot) {
		canvas_left(canvas, area.row, area.column, area.columns, STYLE_DIM,
			    TEXT_LITERAL("reading the interfaces"));
		return;
	}
	refresh(state);
	if (graph_rows > 0)
		draw_traces(state, canvas, (struct area){area.row, area.column, graph_rows, area.columns});
	area.row += graph_rows;
	grids_share(state->grids, GRID_COUNT, state->focus, area.rows - graph_rows, rows);
	for (size_t i = 0; i < GRID_COUNT; i++) {
		area.rows = rows[i];
		grid_draw(state->grids[i], canvas, area, i == state->focus);
		area.row += rows[i];
	}
}

static bool network_act(void *context, enum action action)
{
	struct network_screen *state = context;

	refresh(state);
	/* Only connections are many. */
	if (action == ACTION_FILTER)
		state->focus = GRID_CONNECTIONS;
	if (grid_act_dialog(state->grids[state->focus], state->shell, action))
		return true;
	return grids_act(state->grids, GRID_COUNT, &state->focus, action);
}

static void network_mouse(void *context, const struct mouse *mouse)
{
	struct network_screen *state = context;

	refresh(state);
	grids_mouse(state->grids, GRID_COUNT, &state->focus, mouse);
}

static bool network_target(const void *context, struct identity *ret_identity)
{
	const struct network_screen *state = context;
	const struct connection *connection = NULL;
	const struct process *owner;

	/* Rows of a snapshot that is gone are no rows. */
	if (state->focus == GRID_CONNECTIONS && !state->connections.is_stale)
		connection = grid_selected(&state->connections);
	owner = connection ? owner_of(state->snapshot, connection) : NULL;
	if (!owner)
		return false;
	*ret_identity = (struct identity){.pid = owner->pid, .starttime = owner->starttime};
	return true;
}

const struct screen screen_network = {
	.name = "Network",
	.open = network_open,
	.close = network_close,
	.needs = network_needs,
	.update = network_update,
	.draw = network_draw,
	.act = network_act,
	.mouse = network_mouse,
	.target = network_target,
};
