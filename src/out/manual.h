/* The parts of the manual that follow from the tables. */
#ifndef CMON_OUT_MANUAL_H
#define CMON_OUT_MANUAL_H

#include <stdio.h>

/* Write cmon-json(5), in mdoc: every key with its type, unit, source and meaning. Returns 0 or -errno of the write. */
int manual_write_json(FILE *stream);

/* Write cmon.conf(5), in mdoc: every setting with its values, default and meaning. Returns as above. */
int manual_write_config(FILE *stream);

#endif
