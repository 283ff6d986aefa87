/*
 * Trying out an executable: it is started once, as an agent starts a hook, with an environment of
 * its own, and its whole time is taken. What it prints is passed over.
 */
#ifndef PEERHOOKS_HOST_TRIAL_H
#define PEERHOOKS_HOST_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

enum { TRIAL_INPUT_MAX = 4096 };	/* bytes: fits into a pipe at once */

struct trial {
	char *const *argv;	/* argv[0]: its path */
	char *const *environment;
	const char *folder;	/* the working directory */
	struct slice input;

	/* What came of it. */
	int err;	/* it could not be started: a negative errno */
	bool late;	/* it was killed when the time was over */
	int signal;	/* that ended it; 0: it ended itself */
	int status;	/* then */
	int64_t us;	/* from before it was started until it had ended, in microseconds */
};

/* Runs it for at most ms milliseconds; what it has started in its session ends with it. */
void trial_run(struct trial *t, int ms);

#endif
