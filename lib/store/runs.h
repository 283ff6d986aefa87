/*
 * When each hook ran last, and for how long: for peer doctor. One empty file for each agent and
 * hook, peerhooks/runs/AGENT.HOOK, whose access time is the run's beginning and whose modification
 * time is its end, so that a hook notes its run without opening a file, and nothing is ever half
 * written. Only what runs_prepare has made is noted.
 */
#ifndef PEERHOOKS_STORE_RUNS_H
#define PEERHOOKS_STORE_RUNS_H

#include <time.h>

#include "store/store.h"

/* Notes a run that began then (CLOCK_REALTIME) and ends now. agent, hook: names of ours. Silent
 * when it cannot be noted. */
void runs_note(const struct store *s, const char *agent, const char *hook,
	       const struct timespec *began);

/* Makes the folder and the agent's file for that hook, if it is missing, with no run noted. */
int runs_prepare(const struct store *s, const char *agent, const char *hook);

struct run {
	int64_t at;	/* ms since 1970 of the last one's end; 0: none was noted yet */
	int64_t us;	/* how long it took, in microseconds, without the start of the process */
};

/* False if nothing is known of that hook. */
bool runs_last(const struct store *s, const char *agent, const char *hook, struct run *run);

#endif
