#include "model/selection.h"

#include <errno.h>
#include <string.h>

#include "base/parse.h"

/* What a process shows unless more is asked for: one short file or system call each. */
#define DEFAULT_FACTS                                                                                                  \
	(FACT_BIT(FACT_STAT) | FACT_BIT(FACT_STATE) | FACT_BIT(FACT_STATUS) | FACT_BIT(FACT_STATM) | FACT_BIT(FACT_CMDLINE) |                 \
	 FACT_BIT(FACT_USERNAME) | FACT_BIT(FACT_TERMINAL) | FACT_BIT(FACT_IO) | FACT_BIT(FACT_AFFINITY) |             \
	 FACT_BIT(FACT_IONICE) | FACT_BIT(FACT_CGROUP) | FACT_BIT(FACT_WCHAN) | FACT_BIT(FACT_LINEAGE))

/* Sections that are costly, or of interest to few. */
#define ASKED_SECTIONS                                                                                                 \
	(SECTION_BIT(SECTION_CONNECTIONS) | SECTION_BIT(SECTION_MEMINFO) | SECTION_BIT(SECTION_NUMA) |                 \
	 SECTION_BIT(SECTION_SLAB))
#define DEFAULT_SECTIONS (SECTIONS_ALL & ~ASKED_SECTIONS)

static const struct {
	const char *name;
	uint32_t section;
} section_names[] = {
#define SECTION(id, name, help) {name, SECTION_BIT(SECTION_##id)},
#include "model/sections.def"
#undef SECTION
};

static void choose_field(struct selection *selection, size_t id)
{
	selection->fields[id / 64] |= UINT64_C(1) << (id % 64);
}

static void choose_default_fields(struct selection *selection)
{
	for (size_t id = 0; id < FIELD_ID_COUNT; id++) {
		if (!(process_record.fields[id].needs & ~DEFAULT_FACTS))
			choose_field(selection, id);
	}
}

static void choose_sections(struct selection *selection, uint32_t sections)
{
	for (size_t i = 0; i < snapshot_record.count; i++) {
		if (snapshot_record.fields[i].section & sections)
			selection->keys |= UINT64_C(1) << i;
	}
}

/* Keys of no section say what the rest is. */
static uint64_t common_keys(void)
{
	uint64_t keys = 0;

	for (size_t i = 0; i < snapshot_record.count; i++) {
		if (!snapshot_record.fields[i].section)
			keys |= UINT64_C(1) << i;
	}
	return keys;
}

void selection_default(struct selection *selection)
{
	*selection = (struct selection){.keys = common_keys()};
	choose_sections(selection, DEFAULT_SECTIONS);
	choose_default_fields(selection);
}

/* Names of sections go first: "host" and "processes" are keys too, and then mean the section with all its keys. */
static bool choose_section(struct selection *selection, struct text name)
{
	for (size_t i = 0; i < sizeof(section_names) / sizeof(section_names[0]); i++) {
		if (text_equal_string(name, section_names[i].name)) {
			choose_sections(selection, section_names[i].section);
			return true;
		}
	}
	for (size_t i = 0; i < snapshot_record.count; i++) {
		if (text_equal_string(name, snapshot_record.fields[i].key)) {
			selection->keys |= UINT64_C(1) << i;
			return true;
		}
	}
	if (text_equal_string(name, "all")) {
		choose_sections(selection, SECTIONS_ALL);
		return true;
	}
	return false;
}

static bool is_part_of(const char *key, struct text object)
{
	return strlen(key) > object.length && key[object.length] == '.' && memcmp(key, object.bytes, object.length) == 0;
}

static bool choose_fields(struct selection *selection, struct text name)
{
	bool found = false;

	if (text_equal_string(name, "default")) {
		choose_default_fields(selection);
		return true;
	}
	for (size_t id = 0; id < FIELD_ID_COUNT; id++) {
		const char *key = process_record.fields[id].key;

		if (text_equal_string(name, "all") || text_equal_string(name, key) || is_part_of(key, name)) {
			choose_field(selection, id);
			found = true;
		}
	}
	if (!found) {
		const struct field *field = process_field_find(name);

		if (!field)
			return false;
		choose_field(selection, (size_t)(field - process_record.fields));
	}
	return true;
}

/* Call choose for every name in the list; an empty name is not known either. */
static int parse_names(struct selection *selection, const char *list,
		       bool (*choose)(struct selection *selection, struct text name), struct text *ret_unknown)
{
	struct cursor cursor = cursor_of(list, strlen(list));
	struct text name;

	do {
		if (parse_until(&cursor, ',', &name) < 0) {
			name = (struct text){cursor.p, (size_t)(cursor.end - cursor.p)};
			cursor.p = cursor.end + 1;
		}
		name = text_trim(name);
		if (!choose(selection, name)) {
			*ret_unknown = name;
			return -EINVAL;
		}
	} while (cursor.p <= cursor.end);
	return 0;
}

int selection_parse_sections(struct selection *selection, const char *list, struct text *ret_unknown)
{
	selection->keys = common_keys();
	return parse_names(selection, list, choose_section, ret_unknown);
}

int selection_parse_fields(struct selection *selection, const char *list, struct text *ret_unknown)
{
	memset(selection->fields, 0, sizeof(selection->fields));
	return parse_names(selection, list, choose_fields, ret_unknown);
}

uint32_t selection_sections(const struct selection *selection)
{
	uint32_t sections = 0;

	for (size_t i = 0; i < snapshot_record.count; i++) {
		if (selection_has_key(selection, i))
			sections |= snapshot_record.fields[i].section;
	}
	return sections;
}

uint64_t selection_facts(const struct selection *selection)
{
	uint64_t facts = 0;

	for (size_t id = 0; id < FIELD_ID_COUNT; id++) {
		if (selection_has_field(selection, id))
			facts |= process_record.fields[id].needs;
	}
	return facts;
}

void selection_set_key(struct selection *selection, const char *key, bool chosen)
{
	for (size_t i = 0; i < snapshot_record.count; i++) {
		if (strcmp(snapshot_record.fields[i].key, key) != 0)
			continue;
		if (chosen)
			selection->keys |= UINT64_C(1) << i;
		else
			selection->keys &= ~(UINT64_C(1) << i);
	}
}
