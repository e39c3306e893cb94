/* The BPF programs of src/bpf, as one object. */
#ifndef CMON_COLLECT_BPF_OBJECT_H
#define CMON_COLLECT_BPF_OBJECT_H

#include <stddef.h>

/* An ELF file in memory. ret_size: 0 where cmon was built without. */
const void *bpf_object_bytes(size_t *ret_size);

#endif
