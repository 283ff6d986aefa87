/* What running a program and talking with one have in common. */
#ifndef PEERHOOKS_HOST_CHILD_H
#define PEERHOOKS_HOST_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

enum { CHILD_NO_PROGRAM = 127 };	/* the status of one that could not become the program */

/*
 * What the child of a fork does: it becomes argv[0], looked for on PATH, or ends. It leads a
 * session of its own, so that what it starts can be killed with it; signals are as they were
 * before we held or ignored them. Of our descriptors it has input and output as 0 and 1 (-1:
 * /dev/null).
 */
void child_become(char *const argv[], int input, int output);

/* The first half of that, for one that becomes the program by itself; false if it cannot. */
bool child_prepare(int input, int output);

/* Kills it with what it has started, and waits for its end; also if it has ended and nobody
 * has waited for it. */
void child_kill(pid_t pid);

#endif
