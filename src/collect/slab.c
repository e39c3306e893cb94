/* Caches of kernel objects, by libproc2 from /proc/slabinfo, which only root may read. The kernel stops all allocation
 * of caches while it lists them: they are read only where they are shown. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libproc2/slabinfo.h>

#include "collect/collector.h"
#include "model/field.h"

enum {
	ITEM_NAME,
	ITEM_OBJECTS,
	ITEM_ACTIVE,
	ITEM_OBJECT_SIZE,
	ITEM_SLABS,
	ITEM_PAGES,
	ITEM_COUNT,
};

static enum slabinfo_item items[ITEM_COUNT] = {
	[ITEM_NAME] = SLAB_NAME,
	[ITEM_OBJECTS] = SLAB_NUM_OBJS,
	[ITEM_ACTIVE] = SLAB_ACTIVE_OBJS,
	[ITEM_OBJECT_SIZE] = SLAB_OBJ_SIZE,
	[ITEM_SLABS] = SLAB_NUMS_SLABS,
	[ITEM_PAGES] = SLAB_PAGES_PER_SLAB,
};

static int slab_open(const struct root *root, void **ret_state)
{
	struct slabinfo_info *info = NULL;
	int fd = openat(root->proc_fd, "slabinfo", O_RDONLY | O_CLOEXEC), r;

	/* libproc2 does not tell why. */
	if (fd < 0)
		return -errno;
	close(fd);
	r = procps_slabinfo_new(&info);
	if (r < 0)
		return r;
	*ret_state = info;
	return 0;
}

static void slab_close(void *opaque)
{
	struct slabinfo_info *info = opaque;

	procps_slabinfo_unref(&info);
}

static void fill_slab(const struct slabinfo_stack *stack, struct arena *arena, struct slab *slab)
{
	const struct slabinfo_result *head = stack->head;

	record_clear(record_slab, slab);
	if (head[ITEM_NAME].result.str)
		slab->name = arena_string(arena, head[ITEM_NAME].result.str);
	slab->objects = head[ITEM_OBJECTS].result.u_int;
	slab->active = head[ITEM_ACTIVE].result.u_int;
	slab->object_bytes = head[ITEM_OBJECT_SIZE].result.u_int;
	slab->slabs = head[ITEM_SLABS].result.u_int;
	slab->bytes = slab->slabs * head[ITEM_PAGES].result.u_int * (uint64_t)sysconf(_SC_PAGESIZE);
	if (slab->objects > 0)
		slab->percent = (double)slab->active / (double)slab->objects * 100;
}

static int compare_slabs(const void *left, const void *right)
{
	const struct slab *a = left, *b = right;

	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	return text_compare(a->name, b->name);
}

static int slab_read(void *opaque, struct tick *tick)
{
	struct arena *arena = &tick->snapshot->arena;
	struct slabinfo_reaped *reaped;
	struct slab *slabs;

	errno = 0;
	reaped = procps_slabinfo_reap(opaque, items, ITEM_COUNT);
	if (!reaped)
		return errno ? -errno : -EBADMSG;
	if (reaped->total <= 0)
		return -EBADMSG;
	slabs = arena_array(arena, (size_t)reaped->total, sizeof(*slabs));
	for (int i = 0; i < reaped->total; i++)
		fill_slab(reaped->stacks[i], arena, &slabs[i]);
	qsort(slabs, (size_t)reaped->total, sizeof(*slabs), compare_slabs);
	tick->snapshot->slabs = (struct list){slabs, (size_t)reaped->total};
	return 0;
}

const struct collector collector_slab = {
	.name = "slab",
	.sections = SECTION_BIT(SECTION_SLAB),
	.open = slab_open,
	.read = slab_read,
	.close = slab_close,
};
