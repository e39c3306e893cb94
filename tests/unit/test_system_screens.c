/* The screens of the disks, the network and the sensors, compared as text with tests/fixtures/screens. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "made.h"
#include "made_machine.h"
#include "screens.h"
#include "ui/display.h"

#define SECONDS 30
#define GIB (UINT64_C(1) << 30)
#define MIB (UINT64_C(1) << 20)

enum { TAB_DISKS = 1, TAB_NETWORK, TAB_SENSORS };

/* What a machine has, made by hand */

static struct disk_io *add_disk(struct disk_io *disk, const char *name, bool whole, bool partition)
{
	record_clear(record_disk_io, disk);
	disk->name = text_of(name);
	disk->whole = whole;
	disk->partition = partition;
	disk->read_count = disk->write_count = 1;
	return disk;
}

static void add_disks(struct snapshot *snapshot, int second)
{
	struct disk_io *disks, *disk;

	snapshot->disks.io = made_list(snapshot, 6, sizeof(struct disk_io));
	disks = snapshot->disks.io.items;
	disk = add_disk(&disks[0], "sda", true, false);
	disk->read_bytes_per_s = second % 5 * 300000.0;
	disk->write_bytes_per_s = second % 7 * 90000.0;
	disk->read_count_per_s = 12345;
	disk->write_count_per_s = 0.25;
	disk->latency_ms = 1.5;
	disk->busy_percent = 97;
	disk->in_flight = 3;
	disk = add_disk(&disks[1], "sda1", false, true);
	disk->read_bytes_per_s = disk->write_bytes_per_s = 0;
	disk->read_count_per_s = disk->write_count_per_s = disk->busy_percent = 0;
	disk->in_flight = 0;
	add_disk(&disks[2], "nvme0n1", true, false); /* it has just appeared: no rates */
	disk = add_disk(&disks[3], "dm-0", false, false);
	disk->read_bytes_per_s = 2e9;
	disk->write_bytes_per_s = 1;
	disk->latency_ms = 12345.6;
	disk->busy_percent = 55;
	disk = add_disk(&disks[4], "loop0", false, false); /* never used: not shown */
	disk->read_count = disk->write_count = 0;
	disk = add_disk(&disks[5], "e\033vil\n", false, true);
	disk->read_bytes_per_s = 10;
}

static struct disk_partition *add_mount(struct disk_partition *mount, const char *device, const char *point,
					const char *type, uint64_t total, uint64_t used)
{
	record_clear(record_disk_partition, mount);
	mount->device = text_of(device);
	mount->mountpoint = text_of(point);
	mount->fstype = text_of(type);
	mount->physical = 1;
	mount->stale = 0;
	if (total == ABSENT_U64)
		return mount;
	mount->usage = (struct disk_usage){.total = total, .used = used, .free = total - used, .files = 1000,
					   .files_free = 900, .age_s = 0.5};
	mount->usage.percent = total ? (double)used / (double)total * 100 : NAN;
	return mount;
}

static void add_mounts(struct snapshot *snapshot)
{
	struct disk_partition *mounts, *mount;

	snapshot->disks.partitions = made_list(snapshot, 7, sizeof(struct disk_partition));
	mounts = snapshot->disks.partitions.items;
	add_mount(&mounts[0], "/dev/sda1", "/", "ext4", 100 * GIB, 30 * GIB);
	add_mount(&mounts[1], "proc", "/proc", "proc", 0, 0);
	mount = add_mount(&mounts[2], "tmpfs", "/run", "tmpfs", 800 * MIB, MIB);
	mount->usage.files = mount->usage.files_free = ABSENT_U64;
	add_mount(&mounts[3], "/dev/mapper/data", "/srv/a directory with a long name/data", "xfs", 2048 * GIB, 2040 * GIB);
	mount = add_mount(&mounts[4], "server:/export", "/mnt/nfs", "nfs4", 500 * GIB, 50 * GIB);
	mount->stale = 1;
	mount->usage.age_s = 125;
	mount = add_mount(&mounts[5], "dead", "/mnt/dead", "fuse.dead", ABSENT_U64, 0);
	mount->stale = 1;
	add_mount(&mounts[6], "slow", "/mnt/asked", "fuse.slow", ABSENT_U64, 0); /* no answer yet, and not late */
}

static void add_interfaces(struct snapshot *snapshot, int second)
{
	static const char *const names[] = {"lo", "eth0", "wg0"};
	struct net *net = &snapshot->net;
	struct net_address *addresses;

	net->io = made_list(snapshot, 3, sizeof(struct net_io));
	net->interfaces = made_list(snapshot, 2, sizeof(struct net_interface));
	net->addresses = made_list(snapshot, 1, sizeof(struct net_addresses));
	for (size_t i = 0; i < 3; i++) {
		struct net_io *io = &LIST_ITEMS(net->io, struct net_io)[i];

		record_clear(record_net_io, io);
		io->name = text_of(names[i]);
		if (i == 2)
			continue; /* nothing is known of it but its name */
		io->bytes_recv_per_s = (double)i * second * 100000;
		io->bytes_sent_per_s = (double)i * 33000;
		io->packets_recv_per_s = (double)i * 1234;
		io->packets_sent_per_s = (double)i / 2;
		io->errin = i * 7;
		io->errout = 0;
		io->dropin = i * 1000000;
		io->dropout = 5;
		io->errin_per_s = (double)i;
	}
	for (size_t i = 0; i < 2; i++) {
		struct net_interface *link = &LIST_ITEMS(net->interfaces, struct net_interface)[i];

		record_clear(record_net_interface, link);
		link->name = text_of(names[1 - i]); /* in another order than the counters */
		link->isup = i == 0;
		link->duplex = text_of(i == 0 ? "full" : "unknown");
		link->speed = i == 0 ? 10000 : ABSENT_I32;
		link->mtu = i == 0 ? 1500 : 65536;
	}
	addresses = arena_array(&snapshot->arena, 3, sizeof(*addresses));
	for (size_t i = 0; i < 3; i++) {
		static const char *const texts[] = {"192.0.2.17", "2001:db8::17", "02:00:5e:10:00:00"};

		record_clear(record_net_address, &addresses[i]);
		addresses[i].address = text_of(texts[i]);
	}
	*LIST_ITEMS(net->addresses, struct net_addresses) =
		(struct net_addresses){.name = text_of("eth0"), .addresses = {addresses, 3}};
}

static struct connection *add_connection(struct connection *connection, const char *family, const char *type,
					 const char *status, uint64_t inode)
{
	record_clear(record_connection, connection);
	connection->family = text_of(family);
	connection->type = text_of(type);
	connection->status = text_of(status);
	connection->inode = inode;
	connection->recv_queue = connection->send_queue = 0;
	connection->uid = 33;
	connection->username = text_of("www-data");
	return connection;
}

static void set_owners(struct snapshot *snapshot, struct connection *connection, int32_t first, int32_t second)
{
	struct socket_owner *owners = arena_array(&snapshot->arena, 2, sizeof(*owners));

	owners[0] = (struct socket_owner){first, 3};
	owners[1] = (struct socket_owner){second, 4};
	connection->owners = (struct list){owners, second ? 2 : 1};
	connection->pid = first;
}

static void add_connections(struct snapshot *snapshot)
{
	struct connection *items, *at;

	snapshot->net.connections = made_list(snapshot, 6, sizeof(struct connection));
	items = snapshot->net.connections.items;
	at = add_connection(&items[0], "AF_INET", "SOCK_STREAM", "LISTEN", 100);
	at->laddr_ip = text_of("0.0.0.0");
	at->laddr_port = 80;
	at->send_queue = 511;
	set_owners(snapshot, at, 801, 812);
	at = add_connection(&items[1], "AF_INET", "SOCK_STREAM", "ESTABLISHED", 101);
	at->laddr_ip = text_of("192.0.2.17");
	at->laddr_port = 80;
	at->raddr_ip = text_of("198.51.100.9");
	at->raddr_port = 50123;
	at->recv_queue = 70000;
	set_owners(snapshot, at, 812, 0);
	at = add_connection(&items[2], "AF_INET6", "SOCK_STREAM", "TIME_WAIT", ABSENT_U64); /* nobody's any more */
	at->laddr_ip = text_of("2001:db8::17");
	at->laddr_port = 443;
	at->raddr_ip = text_of("2001:db8:1:2:3:4:5:6");
	at->raddr_port = 50124;
	at->uid = ABSENT_U64;
	at->username = TEXT_ABSENT;
	at = add_connection(&items[3], "AF_INET", "SOCK_DGRAM", "NONE", 103);
	at->laddr_ip = text_of("127.0.0.1");
	at->laddr_port = 53;
	at->username = TEXT_ABSENT; /* the name is still looked for */
	set_owners(snapshot, at, 900, 0); /* the pid is another process's by now: see add_processes */
	at = add_connection(&items[4], "AF_UNIX", "SOCK_STREAM", "NONE", 104);
	at->laddr_path = text_of("/run/evil\033[2J\n.sock");
	set_owners(snapshot, at, 1, 0);
	add_connection(&items[5], "AF_UNIX", "SOCK_DGRAM", "NONE", 105); /* whose may not be read */
}

static void add_processes(struct snapshot *snapshot)
{
	static const struct {
		int32_t pid;
		const char *name;
	} rows[] = {{1, "init"}, {801, "nginx"}, {812, "nginx"}, {900, "postgres"}};
	size_t count = sizeof(rows) / sizeof(rows[0]);

	snapshot->processes.items = arena_array(&snapshot->arena, count, sizeof(struct process *));
	snapshot->processes.count = 0;
	for (size_t i = 0; i < count; i++) {
		struct process *process = made_process(snapshot, rows[i].pid, i ? 1 : 0, rows[i].name);

		/* The last one's descriptors were not looked through. */
		if (process->pid != 900)
			process->have |= FACT_BIT(FACT_CONNECTIONS);
	}
}

static struct sensor_chip *add_chip(struct snapshot *snapshot, struct sensor_chip *chip, const char *name, size_t count,
				    size_t size)
{
	chip->name = text_of(name);
	chip->readings = made_list(snapshot, count, size);
	return chip;
}

static void add_sensors(struct snapshot *snapshot, int second)
{
	struct sensors *sensors = &snapshot->sensors;
	struct sensor_chip *chips;
	struct temperature *at;

	snapshot->sections |= SECTION_BIT(SECTION_SENSORS);
	sensors->temperatures = made_list(snapshot, 2, sizeof(struct sensor_chip));
	chips = sensors->temperatures.items;
	at = add_chip(snapshot, &chips[0], "coretemp", 3, sizeof(struct temperature))->readings.items;
	at[0] = (struct temperature){text_of("Package id 0"), 40 + second, 80, 100};
	at[1] = (struct temperature){text_of("Core 0"), 85, 80, 100};
	at[2] = (struct temperature){TEXT_ABSENT, NAN, NAN, NAN};
	at = add_chip(snapshot, &chips[1], "nvme", 1, sizeof(struct temperature))->readings.items;
	at[0] = (struct temperature){text_of("Composite"), 99.9, 65261.8, 84.8};
	sensors->fans = made_list(snapshot, 1, sizeof(struct sensor_chip));
	chips = sensors->fans.items;
	add_chip(snapshot, &chips[0], "thinkpad", 2, sizeof(struct fan));
	LIST_ITEMS(chips[0].readings, struct fan)[0] = (struct fan){text_of("left"), 3541};
	LIST_ITEMS(chips[0].readings, struct fan)[1] = (struct fan){TEXT_ABSENT, ABSENT_U64};
	sensors->battery = (struct battery){.percent = 62.5, .secsleft = 15000, .power_plugged = 0,
					    .status = text_of("Discharging")};
}

/* A display with its canvas */

struct shown {
	struct display *display;
	struct settings *settings;
	struct canvas canvas;
};

static void set_snapshot(struct shown *shown, int second, bool full)
{
	const struct machine machine = {.cpus = 2};
	struct snapshot *snapshot = made_machine(&machine, second);

	if (full) {
		add_disks(snapshot, second);
		add_mounts(snapshot);
		add_interfaces(snapshot, second);
		add_connections(snapshot);
		add_processes(snapshot);
		add_sensors(snapshot, second);
	}
	display_set_snapshot(shown->display, snapshot);
	snapshot_unref(snapshot);
}

static struct shown open_at(int rows, int columns, bool utf8, int tab)
{
	struct shown shown = {.settings = settings_new()};
	const struct ui_options options = {.interval_s = 1, .settings = shown.settings};
	char *message = NULL;

	(void)setlocale(LC_ALL, "C.UTF-8");
	assert_int_equal(setting_set(shown.settings, SETTING_SCREENS, "disks network sensors", &message), 0);
	assert_int_equal(setting_set(shown.settings, SETTING_PARTS, "host", &message), 0); /* others are others' tests */
	shown.display = display_new(&options);
	canvas_init(&shown.canvas, utf8, utf8);
	canvas_resize(&shown.canvas, rows, columns);
	for (int i = 0; i < tab; i++)
		assert_true(display_act(shown.display, ACTION_TAB_NEXT));
	return shown;
}

static struct shown show(int rows, int columns, bool utf8, int tab)
{
	struct shown shown = open_at(rows, columns, utf8, tab);

	for (int second = 0; second < SECONDS; second++)
		set_snapshot(&shown, second, true);
	display_draw(shown.display, &shown.canvas);
	return shown;
}

static void act(struct shown *shown, enum action action)
{
	assert_true(display_act(shown->display, action));
	display_draw(shown->display, &shown->canvas);
}

static void press(struct shown *shown, uint32_t key)
{
	const struct input input = {.key = key};
	enum action action = display_input(shown->display, &input);

	if (action != ACTION_NONE)
		display_act(shown->display, action);
	display_draw(shown->display, &shown->canvas);
}

static void type(struct shown *shown, const char *text)
{
	for (; *text; text++)
		press(shown, (unsigned char)*text);
}

static void hide(struct shown *shown)
{
	display_free(shown->display);
	settings_free(shown->settings);
	canvas_free(&shown->canvas);
}

static bool shows(const struct shown *shown, const char *text)
{
	char *string = canvas_to_string(&shown->canvas);
	bool found = strstr(string, text) != NULL;

	free(string);
	return found;
}

/* The text of the row that is selected, "" without one; free() it. */
static char *selected_line(const struct shown *shown)
{
	char *string = canvas_to_string(&shown->canvas), *line = string, *found = NULL;

	for (int row = 0; row < shown->canvas.rows; row++) {
		size_t length = strcspn(line, "\n");

		if (canvas_cell(&shown->canvas, row, 0)->style == STYLE_SELECTED && !found)
			found = strndup(line, length);
		line += length + (line[length] == '\n');
	}
	free(string);
	return found ? found : strdup("");
}

static void assert_selected(const struct shown *shown, const char *beginning)
{
	char *line = selected_line(shown);

	if (strncmp(line, beginning, strlen(beginning)) != 0)
		fail_msg("selected is '%s', not '%s'", line, beginning);
	free(line);
}

static void check(const char *name, int rows, int columns, bool utf8, int tab)
{
	struct shown shown = show(rows, columns, utf8, tab);

	assert_sound(&shown.canvas);
	/* The line of keys is not theirs. */
	shown.canvas.rows -= rows >= 8;
	assert_screen(&shown.canvas, name);
	hide(&shown);
}

/* Contents */

static void disks(void **state)
{
	(void)state;
	check("disks-80x24", 24, 80, true, TAB_DISKS);
	check("disks-200x50", 50, 200, true, TAB_DISKS);
	check("disks-ascii-80x24", 24, 80, false, TAB_DISKS);
	check("disks-40x10", 10, 40, true, TAB_DISKS);
}

static void network(void **state)
{
	(void)state;
	check("network-80x24", 24, 80, true, TAB_NETWORK);
	check("network-200x50", 50, 200, true, TAB_NETWORK);
	check("network-40x10", 10, 40, true, TAB_NETWORK);
}

static void sensors(void **state)
{
	(void)state;
	check("sensors-80x24", 24, 80, true, TAB_SENSORS);
	check("sensors-200x50", 50, 200, true, TAB_SENSORS);
	check("sensors-40x10", 10, 40, true, TAB_SENSORS);
}

static void any_size_is_drawn(void **state)
{
	(void)state;
	for (int tab = TAB_DISKS; tab <= TAB_SENSORS; tab++) {
		struct shown shown = show(24, 80, true, tab);

		for (int rows = 0; rows < 60; rows += rows < 30 ? 1 : 7) {
			for (int columns = 0; columns < 220; columns += columns < 40 ? 3 : 17) {
				canvas_resize(&shown.canvas, rows, columns);
				display_draw(shown.display, &shown.canvas);
				assert_sound(&shown.canvas);
				display_act(shown.display, ACTION_DOWN);
			}
		}
		hide(&shown);
	}
}

/* Before the first snapshot, and where a snapshot has nothing of what is shown. */
static void nothing_is_known(void **state)
{
	static const char *const empty[] = {NULL, "the file systems could not be read", "the connections could not be read",
					    "no sensors on this machine"};

	(void)state;
	for (int tab = TAB_DISKS; tab <= TAB_SENSORS; tab++) {
		struct shown shown = open_at(24, 80, true, tab);

		display_draw(shown.display, &shown.canvas);
		assert_true(shows(&shown, "reading the "));
		for (enum action action = ACTION_NONE + 1; action < ACTION_COUNT; action++)
			if (action == ACTION_UP || action == ACTION_LAST || action == ACTION_SORT_NEXT || action == ACTION_INVERT)
				act(&shown, action);
		set_snapshot(&shown, 1, false);
		display_draw(shown.display, &shown.canvas);
		assert_true(shows(&shown, empty[tab]));
		assert_sound(&shown.canvas);
		hide(&shown);
	}
}

/* Moving and sorting */

static void the_cursor_goes_on_to_the_next_table(void **state)
{
	struct shown shown = show(40, 100, true, TAB_DISKS);

	(void)state;
	assert_selected(&shown, "sda ");
	for (int i = 0; i < 4; i++)
		act(&shown, ACTION_DOWN);
	assert_selected(&shown, "e"); /* the last of five */
	act(&shown, ACTION_DOWN);
	assert_selected(&shown, "/ ");
	act(&shown, ACTION_UP);
	assert_selected(&shown, "e");
	act(&shown, ACTION_LAST);
	assert_selected(&shown, "/mnt/dead");
	act(&shown, ACTION_FIRST);
	assert_selected(&shown, "sda ");
	hide(&shown);
}

static void the_selection_follows_its_row(void **state)
{
	struct shown shown = show(40, 120, true, TAB_DISKS);

	(void)state;
	act(&shown, ACTION_DOWN);
	act(&shown, ACTION_DOWN);
	assert_selected(&shown, "nvme0n1");
	act(&shown, ACTION_SORT_NEXT); /* by name */
	assert_selected(&shown, "nvme0n1");
	act(&shown, ACTION_INVERT);
	assert_selected(&shown, "nvme0n1");
	set_snapshot(&shown, SECONDS, true);
	display_draw(shown.display, &shown.canvas);
	assert_selected(&shown, "nvme0n1");
	hide(&shown);
}

static void absent_values_are_last_either_way(void **state)
{
	struct shown shown = show(40, 120, true, TAB_DISKS);

	(void)state;
	for (int i = 0; i < 3; i++)
		act(&shown, ACTION_SORT_NEXT); /* name, type, read */
	act(&shown, ACTION_FIRST);
	assert_selected(&shown, "dm-0");
	act(&shown, ACTION_INVERT);
	act(&shown, ACTION_FIRST);
	assert_selected(&shown, "sda1");
	for (int i = 0; i < 4; i++)
		act(&shown, ACTION_DOWN);
	assert_selected(&shown, "nvme0n1");
	hide(&shown);
}

static void the_mouse_selects_and_sorts(void **state)
{
	struct shown shown = show(40, 120, true, TAB_DISKS);
	struct input input = {.key = KEYCODE_MOUSE, .mouse = {.kind = MOUSE_PRESS}};
	char *text = canvas_to_string(&shown.canvas), *line = text;
	int row = 0;

	(void)state;
	for (; strncmp(line, "Device", 6) != 0; line = strchr(line, '\n') + 1)
		row++;
	free(text);
	input.mouse.row = row + 4;
	display_input(shown.display, &input);
	display_draw(shown.display, &shown.canvas);
	assert_selected(&shown, "dm-0");
	input.mouse.row = row;
	display_input(shown.display, &input);
	display_draw(shown.display, &shown.canvas);
	assert_true(shows(&shown, "▲Device"));
	display_input(shown.display, &input);
	display_draw(shown.display, &shown.canvas);
	assert_true(shows(&shown, "▼Device"));
	input.mouse.kind = MOUSE_WHEEL_UP;
	input.mouse.row = row + 1;
	display_input(shown.display, &input);
	display_draw(shown.display, &shown.canvas);
	assert_selected(&shown, "sda "); /* three above dm-0, which was the last */
	hide(&shown);
}

static void a_menu_sorts(void **state)
{
	struct shown shown = show(40, 120, true, TAB_DISKS);

	(void)state;
	act(&shown, ACTION_SORT_MENU);
	assert_true(shows(&shown, "Sort by"));
	type(&shown, "write");
	press(&shown, '\r');
	assert_false(shows(&shown, "Sort by"));
	assert_true(shows(&shown, "▼WRITE/s"));
	hide(&shown);
}

/* Filter */

static void typed_words_filter(void **state)
{
	struct shown shown = show(40, 160, true, TAB_NETWORK);

	(void)state;
	press(&shown, KEYCODE_F0 + 4);
	type(&shown, "NGINX :80");
	assert_true(shows(&shown, "198.51.100.9:50123"));
	assert_false(shows(&shown, "2001:db8:1:2"));
	press(&shown, '\r');
	assert_false(shows(&shown, "Filter:"));
	assert_false(shows(&shown, "/run/evil"));
	press(&shown, KEYCODE_F0 + 4);
	type(&shown, "x");
	assert_true(shows(&shown, "nothing matches the filter"));
	press(&shown, KEYCODE_ESCAPE);
	assert_true(shows(&shown, "198.51.100.9:50123"));
	hide(&shown);
}

/* Owners */

static void enter_goes_to_the_owner(void **state)
{
	struct shown shown = show(40, 160, true, TAB_NETWORK);

	(void)state;
	for (int i = 0; i < 4; i++)
		act(&shown, ACTION_DOWN);
	assert_selected(&shown, "tcp    192.0.2.17:80");
	act(&shown, ACTION_OPEN);
	assert_true(shows(&shown, "Command"));
	assert_selected(&shown, "    812");
	hide(&shown);
}

/* A process that has a pid since is not the owner: it has neither a name here nor does Enter go there. */
static void a_pid_that_is_anothers_is_nobodys(void **state)
{
	struct shown shown = show(40, 160, true, TAB_NETWORK);
	char *line;

	(void)state;
	for (int i = 0; i < 6; i++)
		act(&shown, ACTION_DOWN);
	assert_selected(&shown, "udp    127.0.0.1:53");
	line = selected_line(&shown);
	assert_null(strstr(line, "postgres"));
	free(line);
	display_act(shown.display, ACTION_OPEN);
	display_draw(shown.display, &shown.canvas);
	assert_true(shows(&shown, "RECV/s"));
	hide(&shown);
}

/* What is asked for */

static void only_what_is_shown_is_asked_for(void **state)
{
	struct shown shown = show(24, 80, true, 0);
	const uint32_t own[] = {0, SECTION_BIT(SECTION_FILESYSTEM), SECTION_BIT(SECTION_CONNECTIONS),
				SECTION_BIT(SECTION_SENSORS)};
	const uint32_t all = own[TAB_DISKS] | own[TAB_NETWORK] | own[TAB_SENSORS];

	(void)state;
	for (int tab = 0; tab <= TAB_SENSORS; tab++) {
		struct request request = display_request(shown.display);

		assert_int_equal(request.sections & all, own[tab]);
		assert_int_equal(!!(request.facts & FACT_BIT(FACT_CONNECTIONS)), tab == TAB_NETWORK);
		act(&shown, ACTION_TAB_NEXT);
	}
	hide(&shown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(disks),
		cmocka_unit_test(network),
		cmocka_unit_test(sensors),
		cmocka_unit_test(any_size_is_drawn),
		cmocka_unit_test(nothing_is_known),
		cmocka_unit_test(the_cursor_goes_on_to_the_next_table),
		cmocka_unit_test(the_selection_follows_its_row),
		cmocka_unit_test(absent_values_are_last_either_way),
		cmocka_unit_test(the_mouse_selects_and_sorts),
		cmocka_unit_test(a_menu_sorts),
		cmocka_unit_test(typed_words_filter),
		cmocka_unit_test(enter_goes_to_the_owner),
		cmocka_unit_test(a_pid_that_is_anothers_is_nobodys),
		cmocka_unit_test(only_what_is_shown_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
