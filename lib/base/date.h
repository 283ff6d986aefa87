/* Dates as ISO 8601 writes them, in UTC. */
#ifndef PEERHOOKS_BASE_DATE_H
#define PEERHOOKS_BASE_DATE_H

#include <stdint.h>

#include "base/buf.h"

/* Appends YYYY-MM-DDTHH:MM:SS of a time in seconds since 1970, with `between` in place of the
 * colons. */
void date_time(struct buf *out, int64_t s, char between);

#endif
