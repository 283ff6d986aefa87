/*
 * While hooks move in Codex's hooks.json: a note beside it, which hooks the keys in config.toml
 * speak of. A key holds a hook's place, and two files cannot be changed at once: whatever ends us
 * between them, or keeps us from changing the second, the next run knows from the note what is left
 * to do.
 *
 * HOOKS.peerhooks-moving (0600) is one line, then two texts of hooks.json:
 *
 *	<sha256 of a config.toml> <bytes of the first text>
 *	<the first text><the second>
 *
 * A config.toml of that hash speaks of the second text; any other, of the first.
 */
#ifndef PEERHOOKS_AGENT_CODEX_MOVING_H
#define PEERHOOKS_AGENT_CODEX_MOVING_H

#include "store/config_file.h"

struct codex_moving {
	struct config_file file;
	bool there;	/* a note was found */
	struct slice first, second;	/* of it */
	struct slice hash;
};

/* Reads the note of that hooks.json. 0 also if there is none, or one that is not whole. It lasts
 * until codex_moving_end. */
int codex_moving_read(struct codex_moving *m, const char *hooks_path);
void codex_moving_end(struct codex_moving *m);

/* Which text of hooks.json this config.toml speaks of, by a note that is there. */
struct slice codex_moving_speaks(const struct codex_moving *m, struct slice config);

/* Notes that config.toml speaks of the text `first`, and once it is `config`, of `second`. */
int codex_moving_write(const char *hooks_path, struct slice first, struct slice second,
		       struct slice config);
int codex_moving_remove(const char *hooks_path);

#endif
