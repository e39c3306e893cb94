/* Files a process has open. */
#ifndef CMON_COLLECT_PROCESS_FILES_H
#define CMON_COLLECT_PROCESS_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* proc/PID/fdinfo/FD: "pos:\t1024\nflags:\t0100002\n" and more.
 * ret_position: offset in bytes; ret_flags: of open(2), octal in the file. Returns 0 or -EBADMSG, -ERANGE. */
int fdinfo_parse(const char *buffer, size_t length, uint64_t *ret_position, uint64_t *ret_flags);

/* psutil's word for the flags of open(2): r w a r+ a+; absent for access mode 3, which only ioctl uses. */
struct text open_mode_name(uint64_t flags);

#endif
