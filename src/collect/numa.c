/* Memory and CPUs of each NUMA node, from sys/devices/system/node (Linux 2.6; there is none without CONFIG_NUMA). */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "collect/collector.h"
#include "collect/meminfo.h"

#define NODES_PATH "devices/system/node"

/* The N of "nodeN"; absent for another name. */
static struct text node_id(const char *name)
{
	struct text id;
	uint64_t number;

	if (strncmp(name, "node", 4) != 0)
		return TEXT_ABSENT;
	id = text_of(name + 4);
	return text_to_u64(id, &number) == 0 ? id : TEXT_ABSENT;
}

static int read_node(struct tick *tick, const char *name, struct buffer *buffer, struct numa_node *ret_node)
{
	struct numa_node node = {.id = node_id(name)};
	char path[320];
	int r;

	snprintf(path, sizeof(path), NODES_PATH "/%s/meminfo", name);
	r = file_read(tick->root->sys_fd, path, 0, buffer);
	if (r == 0)
		r = meminfo_parse((struct text){buffer->bytes, buffer->length}, &tick->snapshot->arena, &node.meminfo);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), NODES_PATH "/%s/cpulist", name);
	/* One without CPUs has an empty line there, one whose file is not there stays absent. */
	(void)file_read_line(tick->root->sys_fd, path, &tick->snapshot->arena, &node.cpus);
	*ret_node = node;
	return 0;
}

/* A node that is taken away meanwhile is left out. */
static int numa_read(void *state, struct tick *tick)
{
	struct snapshot *snapshot = tick->snapshot;
	struct buffer buffer = {0};
	struct numa_node *nodes;
	const char **names;
	size_t count, known = 0;
	int r = directory_list(tick->root->sys_fd, NODES_PATH, &snapshot->arena, &names, &count);

	(void)state;
	if (r < 0)
		return r;
	nodes = arena_array(&snapshot->arena, count, sizeof(*nodes));
	for (size_t i = 0; i < count; i++) {
		if (!node_id(names[i]).bytes)
			continue;
		r = read_node(tick, names[i], &buffer, &nodes[known]);
		if (r == 0)
			known++;
		else if (r != -ENOENT)
			snapshot_error(snapshot, "numa", -r, "sys/" NODES_PATH "/%s/meminfo: %s", names[i],
				       strerror(-r));
	}
	buffer_free(&buffer);
	if (known == 0)
		return r < 0 ? r : -ENOENT;
	snapshot->numa_nodes = (struct list){nodes, known};
	return 0;
}

const struct collector collector_numa = {
	.name = "numa",
	.sections = SECTION_BIT(SECTION_NUMA),
	.read = numa_read,
};
