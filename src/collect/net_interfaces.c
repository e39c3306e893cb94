/* Addresses and state of network interfaces, from the kernel by getifaddrs(3) and ioctl(2).
 *
 * What asks a driver (SIOCETHTOOL) waits for the lock of all changes to the network, and then for the hardware: that is
 * the slow thread's. Flags and MTU are read without that lock. getifaddrs needs it where the kernel dumps links under
 * it, as all do so far; only a driver that hangs holds it for long, and then the whole network is about to stop. */
#include <errno.h>
#include <ifaddrs.h>
#include <linux/ethtool.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fatal.h"
#include "collect/collector.h"
#include "collect/slow.h"
#include "collect/slow_path.h"
#include "model/field.h"

/* Hardware addresses are up to 32 bytes (MAX_ADDR_LEN); getifaddrs keeps 24 of them. */
#define HARDWARE_ADDRESS_MAX 24

/* What SIOCGIFFLAGS tells, in the order of their values. */
static const struct {
	unsigned flag;
	const char *name;
} interface_flags[] = {
	{IFF_UP, "up"},
	{IFF_BROADCAST, "broadcast"},
	{IFF_DEBUG, "debug"},
	{IFF_LOOPBACK, "loopback"},
	{IFF_POINTOPOINT, "pointopoint"},
	{IFF_NOTRAILERS, "notrailers"},
	{IFF_RUNNING, "running"},
	{IFF_NOARP, "noarp"},
	{IFF_PROMISC, "promisc"},
	{IFF_ALLMULTI, "allmulti"},
	{IFF_MASTER, "master"},
	{IFF_SLAVE, "slave"},
	{IFF_MULTICAST, "multicast"},
	{IFF_PORTSEL, "portsel"},
	{IFF_AUTOMEDIA, "automedia"},
	{IFF_DYNAMIC, "dynamic"},
};

#define FLAG_COUNT (sizeof(interface_flags) / sizeof(interface_flags[0]))

/* In the order in which an interface's addresses are listed. */
static const struct family {
	int family;
	struct text name;
} families[] = {
	{AF_INET, TEXT_LITERAL("AF_INET")},
	{AF_INET6, TEXT_LITERAL("AF_INET6")},
	{AF_PACKET, TEXT_LITERAL("AF_PACKET")},
};

#define FAMILY_COUNT (sizeof(families) / sizeof(families[0]))

/* aa:bb:cc…, all bytes the device has: no fewer than six are made into six. */
static struct text hardware_address_text(const struct sockaddr *address, struct arena *arena)
{
	static const char digits[] = "0123456789abcdef";
	const struct sockaddr_ll *link = (const struct sockaddr_ll *)(const void *)address;
	/* Longer than the sll_addr declared: see HARDWARE_ADDRESS_MAX. */
	const unsigned char *bytes = (const unsigned char *)address + offsetof(struct sockaddr_ll, sll_addr);
	size_t length = link->sll_halen <= HARDWARE_ADDRESS_MAX ? link->sll_halen : 0;
	char text[HARDWARE_ADDRESS_MAX * 3];

	if (!length)
		return TEXT_ABSENT;
	for (size_t i = 0; i < length; i++) {
		text[i * 3] = digits[bytes[i] >> 4];
		text[i * 3 + 1] = digits[bytes[i] & 15];
		text[i * 3 + 2] = ':';
	}
	return arena_text(arena, text, length * 3 - 1);
}

/* The family is the entry's: a netmask's own is not set for every one. */
static struct text address_text(const struct sockaddr *address, int family, struct arena *arena)
{
	socklen_t size = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
	char host[INET6_ADDRSTRLEN + IF_NAMESIZE + 1];

	if (!address)
		return TEXT_ABSENT;
	if (family == AF_PACKET)
		return hardware_address_text(address, arena);
	/* Numeric: nothing is looked up; a link-local address is followed by %interface. */
	if (getnameinfo(address, size, host, sizeof(host), NULL, 0, NI_NUMERICHOST) != 0)
		return TEXT_ABSENT;
	return arena_string(arena, host);
}

/* Returns false for what has no address: a link without a hardware address. */
static bool fill_address(const struct ifaddrs *entry, const struct family *family, struct arena *arena,
			 struct net_address *address)
{
	record_clear(record_net_address, address);
	address->family = family->name;
	address->address = address_text(entry->ifa_addr, family->family, arena);
	if (!address->address.bytes)
		return false;
	address->netmask = address_text(entry->ifa_netmask, family->family, arena);
	/* One place holds both: the flags say which it is. */
	if (entry->ifa_flags & IFF_BROADCAST)
		address->broadcast = address_text(entry->ifa_broadaddr, family->family, arena);
	else if (entry->ifa_flags & IFF_POINTOPOINT)
		address->ptp = address_text(entry->ifa_dstaddr, family->family, arena);
	return true;
}

static size_t entry_count(const struct ifaddrs *entries)
{
	size_t count = 0;

	for (; entries; entries = entries->ifa_next)
		count++;
	return count;
}

static const struct family *family_of(const struct ifaddrs *entry)
{
	for (size_t i = 0; entry->ifa_addr && i < FAMILY_COUNT; i++) {
		if (entry->ifa_addr->sa_family == families[i].family)
			return &families[i];
	}
	return NULL;
}

/* One address and its place in the kernel's list. */
struct listed {
	const struct ifaddrs *entry;
	const struct family *family;
	size_t place;
};

static int compare_listed(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;
	int names = strcmp(x->entry->ifa_name, y->entry->ifa_name);

	if (names)
		return names;
	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

struct placed {
	struct net_addresses interface;
	size_t place; /* of the interface's first entry */
};

static int compare_placed(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	return (x->place > y->place) - (x->place < y->place);
}

/* The addresses of the interface that `listed` begins with; ret_used: how many entries those were. */
static struct placed group_interface(const struct listed *listed, size_t count, struct arena *arena, size_t *ret_used)
{
	const char *name = listed[0].entry->ifa_name;
	struct placed placed = {.place = listed[0].place};
	struct net_address *items;
	size_t used = 0, filled = 0;

	while (used < count && strcmp(listed[used].entry->ifa_name, name) == 0)
		used++;
	items = arena_array(arena, used, sizeof(*items));
	for (size_t i = 0; i < used; i++) {
		if (listed[i].place < placed.place)
			placed.place = listed[i].place;
		filled += fill_address(listed[i].entry, listed[i].family, arena, &items[filled]);
	}
	placed.interface.name = arena_string(arena, name);
	placed.interface.addresses = (struct list){items, filled};
	*ret_used = used;
	return placed;
}

/* Group by sorting: a container host has thousands of interfaces. */
static size_t group_addresses(const struct ifaddrs *entries, struct listed *listed, struct placed *placed,
			      struct arena *arena)
{
	size_t listed_count = 0, placed_count = 0, place = 0;

	for (const struct ifaddrs *entry = entries; entry; entry = entry->ifa_next, place++) {
		const struct family *family = family_of(entry);

		if (family)
			listed[listed_count++] = (struct listed){entry, family, place};
	}
	qsort(listed, listed_count, sizeof(*listed), compare_listed);
	for (size_t i = 0, used; i < listed_count; i += used) {
		placed[placed_count] = group_interface(&listed[i], listed_count - i, arena, &used);
		placed_count += placed[placed_count].interface.addresses.count > 0;
	}
	qsort(placed, placed_count, sizeof(*placed), compare_placed);
	return placed_count;
}

/* Interfaces in the kernel's order, those without any address left out; an address with a label ("eth0:1") stands
 * under that. */
static struct list list_addresses(const struct ifaddrs *entries, struct arena *arena)
{
	size_t capacity = entry_count(entries) + 1, count;
	struct listed *listed = xcalloc(capacity, sizeof(*listed));
	struct placed *placed = xcalloc(capacity, sizeof(*placed));
	struct net_addresses *interfaces;

	count = group_addresses(entries, listed, placed, arena);
	interfaces = arena_array(arena, count + 1, sizeof(*interfaces));
	for (size_t i = 0; i < count; i++)
		interfaces[i] = placed[i].interface;
	free(placed);
	free(listed);
	return (struct list){interfaces, count};
}

static int request_interface(int fd, unsigned long command, const char *name, struct ifreq *request)
{
	size_t length = strnlen(name, sizeof(request->ifr_name) - 1);

	memcpy(request->ifr_name, name, length);
	request->ifr_name[length] = '\0';
	return ioctl(fd, command, request) < 0 ? -errno : 0;
}

static struct text flags_text(unsigned flags, struct arena *arena)
{
	char text[160];
	size_t length = 0;

	for (size_t i = 0; i < FLAG_COUNT; i++) {
		size_t name_length = strlen(interface_flags[i].name);

		if (!(flags & interface_flags[i].flag))
			continue;
		if (length)
			text[length++] = ',';
		memcpy(text + length, interface_flags[i].name, name_length);
		length += name_length;
	}
	return arena_text(arena, text, length);
}

/* Result of a slow job. */
struct link_settings {
	int32_t speed; /* ABSENT_I32 */
	uint8_t duplex; /* DUPLEX_ */
};

/* Many virtual devices answer that they know neither; 0 and all ones in 16 or 32 bits mean so too. */
static int read_link_settings(const char *name, void *result)
{
	struct ethtool_cmd command = {.cmd = ETHTOOL_GSET};
	struct ifreq request = {.ifr_data = (void *)&command};
	struct link_settings *settings = result;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint32_t speed;
	int r;

	if (fd < 0)
		return -errno;
	*settings = (struct link_settings){.speed = ABSENT_I32, .duplex = DUPLEX_UNKNOWN};
	r = request_interface(fd, SIOCETHTOOL, name, &request);
	close(fd);
	if (r < 0)
		return 0;
	settings->duplex = command.duplex;
	/* Not by ethtool_cmd_speed: that shifts "unknown", all ones, into the sign of an int. */
	speed = (uint32_t)command.speed_hi << 16 | command.speed;
	if (speed != 0 && speed != UINT16_MAX && speed <= INT32_MAX)
		settings->speed = (int32_t)speed;
	return 0;
}

static const struct slow_job link_settings_job = {
	.name = "ethtool",
	.result_size = sizeof(struct link_settings),
	.run = read_link_settings,
	.refresh_s = 5,
	.timeout_s = 1,
};

static struct text duplex_text(uint8_t duplex)
{
	switch (duplex) {
	case DUPLEX_FULL: return TEXT_LITERAL("full");
	case DUPLEX_HALF: return TEXT_LITERAL("half");
	default: return TEXT_LITERAL("unknown");
	}
}

static void take_link_settings(struct tick *tick, const char *name, struct net_interface *interface)
{
	struct link_settings settings;
	double age_s;
	int r = slow_get(tick->slow, &link_settings_job, name, tick->slow_deadline_ns, &settings, &age_s);

	if (slow_result_is_late(tick->request->slow_wait_s, r))
		snapshot_error(tick->snapshot, "net_interfaces/link", ETIMEDOUT, "%s does not answer", name);
	/* What hangs has changed, or is about to: what it answered before is not shown. */
	if (r != 0)
		return;
	interface->speed = settings.speed;
	interface->duplex = duplex_text(settings.duplex);
}

static int fill_interface(int fd, const char *name, struct tick *tick, struct net_interface *interface)
{
	struct arena *arena = &tick->snapshot->arena;
	struct ifreq request = {0};
	unsigned flags;
	int r = request_interface(fd, SIOCGIFFLAGS, name, &request);

	if (r < 0)
		return r;
	flags = (unsigned short)request.ifr_flags;
	record_clear(record_net_interface, interface);
	interface->name = arena_string(arena, name);
	interface->flags = flags_text(flags, arena);
	/* Running: it is up and can pass packets. */
	interface->isup = !!(flags & IFF_RUNNING);
	if (request_interface(fd, SIOCGIFMTU, name, &request) == 0)
		interface->mtu = request.ifr_mtu;
	take_link_settings(tick, name, interface);
	return 0;
}

/* Every link has one entry without an address or with a hardware address, whatever other addresses it has. */
static bool is_link(const struct ifaddrs *entry)
{
	return !entry->ifa_addr || entry->ifa_addr->sa_family == AF_PACKET;
}

/* First all are asked, then answers are waited for: one that hangs takes none of the others' time. */
static void ask_links(const struct ifaddrs *entries, struct tick *tick)
{
	struct link_settings settings;
	double age_s;

	for (const struct ifaddrs *entry = entries; entry; entry = entry->ifa_next) {
		if (is_link(entry))
			(void)slow_get(tick->slow, &link_settings_job, entry->ifa_name, 0, &settings, &age_s);
	}
}

static int list_interfaces(const struct ifaddrs *entries, struct tick *tick, struct list *ret_interfaces)
{
	struct arena *arena = &tick->snapshot->arena;
	/* The interface requests work on any socket, and this family is there without IPv4 as well. */
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct net_interface *interfaces;
	size_t count = 0;

	if (fd < 0)
		return -errno;
	interfaces = arena_array(arena, entry_count(entries) + 1, sizeof(*interfaces));
	ask_links(entries, tick);
	for (const struct ifaddrs *entry = entries; entry; entry = entry->ifa_next) {
		int r;

		if (!is_link(entry))
			continue;
		r = fill_interface(fd, entry->ifa_name, tick, &interfaces[count]);
		if (r == 0)
			count++;
		else if (r != -ENODEV) /* gone since it was listed */
			snapshot_error(tick->snapshot, "net_interfaces/flags", -r, "%s: %s", entry->ifa_name,
				       strerror(-r));
	}
	close(fd);
	*ret_interfaces = (struct list){interfaces, count};
	return 0;
}

static int net_interfaces_read(void *state, struct tick *tick)
{
	struct net *net = &tick->snapshot->net;
	struct ifaddrs *entries;
	int r;

	(void)state;
	if (getifaddrs(&entries) < 0)
		return -errno;
	net->addresses = list_addresses(entries, &tick->snapshot->arena);
	r = list_interfaces(entries, tick, &net->interfaces);
	freeifaddrs(entries);
	return r;
}

const struct collector collector_net_interfaces = {
	.name = "net_interfaces",
	.sections = SECTION_BIT(SECTION_NET),
	.read = net_interfaces_read,
};
