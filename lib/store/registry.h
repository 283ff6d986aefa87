/*
 * The registry: sessions/<pid>.json, one file for each server process (oxtail.md section 3).
 * Read here, in two ways: as hooks do, every entry that names a session, dead or alive; and as
 * senders do, the one live entry of a session. Written for sessions that have no server: an
 * entry of ours stands under the pid of the agent itself, so that oxtail's readers see it.
 */
#ifndef PEERHOOKS_STORE_REGISTRY_H
#define PEERHOOKS_STORE_REGISTRY_H

#include <sys/types.h>

#include "base/directory.h"
#include "base/json.h"
#include "store/store.h"

enum { REGISTRY_ENTRY_MAX = 65536 };	/* bytes; a larger entry is passed over */

/* Slices point into the scan that filled it, escaped as in the file, until its next step. */
struct registry_entry {
	pid_t pid;	/* the number in the file's name; 0 if the name is none */
	int64_t server_pid;	/* what the entry itself says; -1 if nothing */
	int64_t started_at;
	struct json_value session;	/* a string, or not a session */
	struct json_value mailbox_key;
	struct json_value proc_sig;
	struct json_value client_type;
	struct json_value cwd;
	struct json_value tmux_session;
	bool session_keyed;
	bool obligations;	/* it lists and closes work that it was asked for */
	bool ours;	/* no server stands behind it */
};

/* Some 100 KB: static, not on the stack. */
struct registry_scan {
	struct directory folder;
	bool incomplete;	/* an entry could not be read for a reason that may pass */
	char text[REGISTRY_ENTRY_MAX];
};

/* 0 or a negative errno: -ENOENT without a registry, -EPERM if it is not ours alone. */
int registry_open(struct registry_scan *scan, const struct store *s);

/* The next entry that can be read and has a client; false at the end. */
bool registry_next(struct registry_scan *scan, struct registry_entry *entry);

void registry_close(struct registry_scan *scan);

bool registry_entry_is(const struct registry_entry *entry, const char *session);

/* The process of the entry lives, and is the one that wrote it as far as its signature tells. */
bool registry_entry_alive(const struct registry_entry *entry);

/* Does sessions/<pid>.json name this session now? */
bool registry_names(const struct store *s, pid_t pid, const char *session);

struct registry_target {
	bool live;	/* a live entry was found; the rest is then true of it */
	pid_t pid;
	bool session_keyed;
	bool obligations;
};

/* Where a sender finds the session: its live entry, of several the one that started last. */
void registry_find(const struct store *s, const char *session, struct registry_target *target);

struct registry_draft {
	const char *session;
	pid_t pid;	/* of the agent: it lives as long as the session does, or longer */
	int64_t started_at;	/* when that process started, seconds since 1970 */
	struct slice proc_sig;	/* as process_started says it; empty if it does not */
	const char *client_type;	/* claude-code, codex, unknown */
	struct slice transcript;	/* empty: none */
	struct slice cwd;
	const char *tmux_pane;	/* NULL: none is known */
};

/*
 * Puts an entry of ours in place, whole. Not over one of a server, nor over one of another session
 * unless `over` is set, which the caller knows to be of the same process (-EEXIST).
 */
int registry_publish(const struct store *s, const struct registry_draft *d, bool over);

/*
 * Is the entry of that pid one of an earlier process, going by its signature? Then `session` is the
 * one it names. It can then be removed, when its pid box is empty; false if it is another by now.
 */
bool registry_dead(const struct store *s, pid_t pid, char session[SESSION_ID_MAX + 1]);
bool registry_remove_dead(const struct store *s, pid_t pid);

/* Removes the entry of that process if it is ours and names this session. */
void registry_withdraw(const struct store *s, pid_t pid, const char *session);

#endif
