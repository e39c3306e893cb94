#include "collect/bpf_object.h"

#if CMON_BPF && defined(CMON_BPF_OBJECT)

extern const char cmon_bpf_object[], cmon_bpf_object_end[];

__asm__(".pushsection .rodata, \"a\"\n"
	".balign 8\n"
	".hidden cmon_bpf_object, cmon_bpf_object_end\n"
	".globl cmon_bpf_object, cmon_bpf_object_end\n"
	"cmon_bpf_object:\n"
	".incbin \"" CMON_BPF_OBJECT "\"\n"
	"cmon_bpf_object_end:\n"
	".byte 0\n"
	".popsection\n");

const void *bpf_object_bytes(size_t *ret_size)
{
	*ret_size = (size_t)(cmon_bpf_object_end - cmon_bpf_object);
	return cmon_bpf_object;
}

#else

const void *bpf_object_bytes(size_t *ret_size)
{
	*ret_size = 0;
	return NULL;
}

#endif
