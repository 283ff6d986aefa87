/*
 * A program that is spoken to: it is told something, and what it prints is heard line by line until
 * somebody has heard enough. No shell; nothing of ours is passed on to it but the environment.
 */
#ifndef PEERHOOKS_HOST_CONVERSATION_H
#define PEERHOOKS_HOST_CONVERSATION_H

#include "base/buf.h"

/* A line that was heard, without its end. True: that is enough. */
typedef bool conversation_line(struct slice line, void *context);

enum { CONVERSATION_LEAVE_MS = 1000 };	/* in which a program may end by itself afterwards */

/*
 * Runs argv[0], looked for on PATH, for at most ms milliseconds, with its errors to /dev/null; its
 * input stays open until enough is heard. The lines go through `memory`; one that does not fit
 * there is passed over. In the end the program has ended, and what it started is killed. False
 * if it could not be run, ended, or took too long, before enough was heard.
 */
bool conversation(char *const argv[], struct slice said, struct buf *memory,
		  conversation_line *line, void *context, int ms);

#endif
