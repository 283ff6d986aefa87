/* Why a call failed, in words for people. (libc's strerror holds 2 KB of others.) */
#ifndef PEERHOOKS_BASE_REASON_H
#define PEERHOOKS_BASE_REASON_H

/* Of a negative errno; of one that it does not know "error N", which the next call overwrites. */
const char *reason_of(int err);

#endif
