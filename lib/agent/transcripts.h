/*
 * The transcripts that Claude Code and Codex keep, to find the session that wrote last in a
 * working directory (syntaur.md section 5). Two sessions in one directory cannot be told apart
 * that way, so that what is found here is a guess: to be shown, and not to act upon.
 */
#ifndef PEERHOOKS_AGENT_TRANSCRIPTS_H
#define PEERHOOKS_AGENT_TRANSCRIPTS_H

#include <stdbool.h>

#include "store/id.h"

enum {
	TRANSCRIPT_LINES_MAX = 50,	/* of Claude Code's, in which the directory must stand */
	TRANSCRIPT_HEAD_MAX = 4 << 20,	/* bytes that are looked at of one; then it names none */
	TRANSCRIPT_DEPTH_MAX = 16,	/* folders inside each other, below Codex's root */
};

struct transcript {
	char session[SESSION_ID_MAX + 1];
	const char *agent;	/* as in --agent NAME */
};

/*
 * The transcript of exactly this working directory that was modified last; of several modified at
 * the same time, that with the greatest id. False if there is none. Symbolic links are not
 * followed. Reads no more of a transcript than its head, and only if it is newer than the best one
 * so far.
 */
bool transcript_newest(const char *cwd, struct transcript *found);

#endif
