/*
 * What later commands of a Claude Code session need in their environment: the session's id, also
 * where the client is too old to set it, and a PATH on which `peer` is found. It sources the file
 * that CLAUDE_ENV_FILE names before each of them (claude-code/FACTS.md section 6).
 */
#ifndef PEERHOOKS_AGENT_ENVIRONMENT_H
#define PEERHOOKS_AGENT_ENVIRONMENT_H

#include "agent/session.h"

/* Appends to that file what does not stand in it yet; does nothing for other agents. */
void environment_write(const struct hook *h, const struct session *me);

#endif
