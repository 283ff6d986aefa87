/*
 * The hooks of Codex's hooks.json as Codex tells them apart: by a key (the file's path, the
 * event, and the places of the group and of the handler in their lists) and by a hash of what
 * it would run. As contracts/codex/FACTS.md (Configuration and trust) gives them, and as Codex
 * 0.169.0 itself lists them (test/fixtures/codex-trust).
 */
#ifndef PEERHOOKS_AGENT_CODEX_HOOKS_H
#define PEERHOOKS_AGENT_CODEX_HOOKS_H

#include "base/file.h"
#include "base/jsonc.h"

enum {
	CODEX_KEY_MAX = FILE_PATH_MAX + 64,
	CODEX_HASH_MAX = 7 + 64 + 1,	/* sha256:HEX */
};

/* Goes through the handlers of a file. */
struct codex_hooks {
	const char *path;
	struct json_value events, groups, handlers;	/* what is gone through, */
	size_t event_at, group_at, handler_at;	/* and how far */
	struct jsonc_item event, group, handler;
};

/*
 * path: of the file, as Codex names it: $HOME/.codex/hooks.json with no link resolved, or
 * hooks.json in CODEX_HOME with its links resolved. A link that is hooks.json itself is never
 * resolved. At most FILE_PATH_MAX - 1 bytes. text: checked by jsonc_check.
 */
struct codex_hooks codex_hooks_of(const char *path, struct slice text);

/* The next handler, in h->handler.value; false at the end. */
bool codex_hooks_next(struct codex_hooks *h);

/* Of the handler at which we are. False if Codex would not run it: an event or a type that it
 * does not know. */
bool codex_hooks_key(const struct codex_hooks *h, char key[CODEX_KEY_MAX]);

/* The same; -ENOMEM if there is no memory to do it in, -EINVAL if Codex would not run it, or 0. */
int codex_hooks_hash(const struct codex_hooks *h, char hash[CODEX_HASH_MAX]);

#endif
