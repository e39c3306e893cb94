/* Which top-level keys and which process fields are wanted, by the names users type. */
#ifndef CMON_MODEL_SELECTION_H
#define CMON_MODEL_SELECTION_H

#include "model/field.h"

#define SELECTION_WORDS ((FIELD_ID_COUNT + 63) / 64)

struct selection {
	uint64_t keys;                    /* bit n: snapshot_record.fields[n] */
	uint64_t fields[SELECTION_WORDS]; /* bits by field_id */
};

/* All but what is costly: every section but connections, and the process fields of DEFAULT_FACTS. */
void selection_default(struct selection *selection);

/* Choose the keys by a comma-separated list of section names (sections.def) and top-level keys; "all" is all.
 * Keys that belong to no section are always chosen.
 * Returns 0, or -EINVAL with the name that is not known (a part of list). */
int selection_parse_sections(struct selection *selection, const char *list, struct text *ret_unknown);

/* Choose the process fields by a comma-separated list: keys ("memory_info.rss"), objects ("memory_info"), aliases ("rss"),
 * "default", "all". Returns as above. */
int selection_parse_fields(struct selection *selection, const char *list, struct text *ret_unknown);

static inline bool selection_has_key(const struct selection *selection, size_t index)
{
	return selection->keys >> index & 1;
}

static inline bool selection_has_field(const struct selection *selection, size_t id)
{
	return selection->fields[id / 64] >> (id % 64) & 1;
}

/* What must be collected for it: SECTION_BITs, FACT_BITs. */
uint32_t selection_sections(const struct selection *selection);
uint64_t selection_facts(const struct selection *selection);

/* Leave out, or keep, one top-level key. */
void selection_set_key(struct selection *selection, const char *key, bool chosen);

#endif
