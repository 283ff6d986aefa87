/*
 * Waiting for a change in some folders, asleep in the kernel: inotify, kqueue, and looking every
 * WATCH_LOOK_MS only where neither is to be had (too many watches, another system).
 */
#ifndef PEERHOOKS_HOST_WATCH_H
#define PEERHOOKS_HOST_WATCH_H

#include <stdbool.h>
#include <stdint.h>

enum { WATCH_FOLDERS_MAX = 8, WATCH_LOOK_MS = 100 };

struct watch {
	int fd;	/* -1: it has to look */
	bool hangup_only;	/* of `other`: only that it hangs up counts; false unless set */
	unsigned count;
	int folders[WATCH_FOLDERS_MAX];	/* kqueue's */
};

enum watch_result { WATCH_CHANGED, WATCH_TIMEOUT, WATCH_OTHER };

/* Never fails: at worst it looks now and then. */
void watch_open(struct watch *w);

/* From here on: a file of the folder (relative to the directory `dir`) is made, written to, renamed
 * into it or unlinked. 0 or a negative errno. */
int watch_add(struct watch *w, int dir, const char *folder);

/*
 * Sleeps until something changed since the last call (or since watch_add), `other` (a descriptor;
 * -1: none) can be read or hangs up, a signal came (WATCH_OTHER), or the moment `end` of
 * clock_monotonic_ms (-1: never) comes. To be called after each look, also the first: what happened
 * between watch_add and the look is reported. WATCH_CHANGED may be a false alarm.
 */
enum watch_result watch_wait(struct watch *w, int other, int64_t end);

void watch_close(struct watch *w);

#endif
