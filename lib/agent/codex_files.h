/* Codex's two files: how it names the one with the hooks, and what it says of ours in the other. */
#ifndef PEERHOOKS_AGENT_CODEX_FILES_H
#define PEERHOOKS_AGENT_CODEX_FILES_H

#include "agent/codex_trust.h"
#include "agent/registration.h"

struct codex_files {
	char hooks[FILE_PATH_MAX];	/* as its trust keys name it */
	char config[FILE_PATH_MAX];
};

/* False if a path is too long. */
bool codex_files_of(const struct client *c, struct codex_files *f);

/* A codex_trust_ours; its context is our libexec folder. */
bool codex_files_ours(struct json_value handler, const void *libexec);

/* How many of ours in that text of hooks.json it trusts; t->err if its config.toml cannot be read,
 * when it runs no hook at all. */
void codex_files_look(const struct client *c, struct slice hooks, const char *libexec,
		      struct codex_trust *t);

#endif
