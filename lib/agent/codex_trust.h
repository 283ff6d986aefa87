/*
 * Which hooks Codex trusts. Codex runs a hook of ~/.codex/hooks.json only if config.toml holds, under the
 * hook's key, the hash of what is registered:
 *
 *	[hooks.state."/home/u/.codex/hooks.json:pre_tool_use:0:0"]
 *	trusted_hash = "sha256:..."
 *
 * Both are as contracts/codex/FACTS.md (Configuration and trust) gives them. config.toml is changed by
 * splicing lines, as registration.h changes JSON; a file in which the place cannot be told for sure
 * (an inline table `hooks = {...}`, a string over several lines that is not closed) is left alone.
 */
#ifndef PEERHOOKS_AGENT_CODEX_TRUST_H
#define PEERHOOKS_AGENT_CODEX_TRUST_H

#include "agent/client.h"
#include "base/jsonc.h"
#include "store/config_file.h"

enum {
	CODEX_TRUST_KEY_MAX = FILE_PATH_MAX + 64,
	CODEX_TRUST_HASH_MAX = 7 + 64 + 1,	/* sha256:HEX */
};

/* Who is asked for: is this handler (an object of hooks.json) ours? */
typedef bool codex_trust_ours(struct json_value handler, const void *context);

struct codex_trust {
	unsigned trusted;	/* ours that Codex would run */
	unsigned untrusted;	/* ours that wait for their person, or were changed since */
	/* Why nothing could be told or done; NULL: nothing is wrong. The line is config.toml's. */
	const char *why;
	unsigned line;
	int err;
};

/*
 * hooks_path: as Codex names it in its keys. hooks: the text of hooks.json, checked by jsonc_check.
 * config: the text of config.toml.
 */
void codex_trust_look(const char *hooks_path, struct slice hooks, struct slice config,
		      codex_trust_ours *ours, const void *context, struct codex_trust *t);

/* Appends config.toml's text to `out`, with all of ours trusted, or with what trusts them taken out. The
 * bytes of everything else stay. False, with t->why, if that cannot be done for sure. */
bool codex_trust_write(const char *hooks_path, struct slice hooks, struct slice config,
		       codex_trust_ours *ours, const void *context, bool trust, struct buf *out,
		       struct codex_trust *t);

/*
 * Asks Codex itself (`codex app-server`, hooks/list, for the directory cwd) which of the hooks in
 * hooks_path it trusts; takes up to 15 s. False if it could not be asked.
 */
bool codex_trust_ask(const char *program, const char *hooks_path, const char *cwd,
		     struct codex_trust *t);

#endif
