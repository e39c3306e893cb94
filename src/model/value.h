/* Absent values. Never a zero for "not known": each type has one value that means absent. */
#ifndef CMON_MODEL_VALUE_H
#define CMON_MODEL_VALUE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define ABSENT_BOOL ((uint8_t)255)
#define ABSENT_I32 INT32_MIN
#define ABSENT_I64 INT64_MIN
#define ABSENT_U64 UINT64_MAX
#define ABSENT_F64 ((double)NAN)

/* An array in the snapshot's arena. items == NULL: not known; count 0 with items: known to be empty. */
struct list {
	void *items;
	size_t count;
};

#define LIST_ABSENT ((struct list){NULL, 0})

/* The items of a list as an array of `type`. */
#define LIST_ITEMS(list, type) ((type *)(list).items)

#endif
