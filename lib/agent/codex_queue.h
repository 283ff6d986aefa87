/*
 * Codex's own way to hand a prompt to a session, idle or not: `codex queue --thread ID --message
 * TEXT` (codex/FACTS.md). Its exit status is the fact.
 */
#ifndef PEERHOOKS_AGENT_CODEX_QUEUE_H
#define PEERHOOKS_AGENT_CODEX_QUEUE_H

#include "agent/wake_status.h"

enum { CODEX_QUEUE_MS = 5000 };

/* WAKE_FIRED, or WAKE_NO_TARGET without such a program on PATH, after another exit status, and
 * after CODEX_QUEUE_MS. `sentence`: the fixed sentence of a wake. */
enum wake_status codex_queue(const char *session, const char *sentence);

#endif
