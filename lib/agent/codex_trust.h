/*
 * Which hooks Codex trusts. Codex runs a hook of ~/.codex/hooks.json only if config.toml
 * holds, under the hook's key, the hash of what is registered (codex_hooks.h):
 *
 *	[hooks.state."/home/u/.codex/hooks.json:pre_tool_use:0:0"]
 *	trusted_hash = "sha256:..."
 *
 * config.toml is changed by splicing lines, as registration.h changes JSON. What is put in is taken
 * out again byte by byte. A file in which the place cannot be told for sure (hooks = {...} in
 * one line, a string that is not closed) is left alone.
 *
 * A key holds the hook's place in its file. When hooks of ours move to another place, what trusts
 * them is taken out with the text of hooks.json as it was, and what is said of others' moves with
 * them (codex_trust_move); codex_moving.h keeps the two files in step.
 */
#ifndef PEERHOOKS_AGENT_CODEX_TRUST_H
#define PEERHOOKS_AGENT_CODEX_TRUST_H

#include "agent/codex_hooks.h"

/* Who is asked for: is this handler (an object of hooks.json) ours? */
typedef bool codex_trust_ours(struct json_value handler, const void *context);

enum { CODEX_TRUST_ASK_MS = 15000 };

struct codex_trust {
	unsigned trusted;	/* ours that Codex would run */
	unsigned untrusted;	/* ours that wait for their person, were changed, or are off */
	unsigned switched_off;	/* those that are off */
	bool off;	/* config.toml says that no hook is to be run */
	/* What stands in the way, in our own words; NULL: nothing. The line is config.toml's;
	 * 0: none. */
	const char *why;
	unsigned line;
	int err;	/* -ENOMEM; codex_files_look: config.toml cannot be read; or 0 */
};

/*
 * hooks_path: as Codex names it in its keys (codex_hooks.h). hooks: the text of hooks.json,
 * checked by jsonc_check. config: the text of config.toml.
 */
void codex_trust_look(const char *hooks_path, struct slice hooks, struct slice config,
		      codex_trust_ours *ours, const void *context, struct codex_trust *t);

/*
 * Appends config.toml's text to `out`, with all of ours trusted, or with what trusts them
 * taken out; either way without what trusted one of them at a place of hooks.json where none of
 * ours is. The bytes of everything else stay; a hook that its person has switched off
 * (enabled = false) stays off. False, with t->why or t->err, if that cannot be done for sure;
 * else *t is what codex_trust_look says of the new text.
 */
bool codex_trust_write(const char *hooks_path, struct slice hooks, struct slice config,
		       codex_trust_ours *ours, const void *context, bool trust, struct buf *out,
		       struct codex_trust *t);

/*
 * Appends config.toml's text to `out`, with what it says of each hook, whosever it is, under the
 * key that the hook has in the text `now`, if it had another in `old`. A hook is known again by its
 * bytes, one of ours by its event and order. What is said of one of ours that is gone goes too.
 * False, with t->why or t->err, if that cannot be done for sure.
 */
bool codex_trust_move(const char *hooks_path, struct slice old, struct slice now,
		      struct slice config, codex_trust_ours *ours, const void *context,
		      struct buf *out, struct codex_trust *t);

/*
 * Asks Codex itself (`codex app-server`, hooks/list, for the directory cwd) which of ours it
 * would run; takes up to CODEX_TRUST_ASK_MS. A hook that Codex does not list is untrusted.
 * False, with t->why, if it could not be asked.
 */
bool codex_trust_ask(const char *program, const char *hooks_path, struct slice hooks,
		     const char *cwd, codex_trust_ours *ours, const void *context,
		     struct codex_trust *t);

#endif
