/*
 * What the subcommands of peer share. Each is one file, with one function of the type below; the
 * table is in peer.c.
 *
 * Exit status: PEER_DONE, PEER_CANNOT, PEER_USAGE, PEER_TIMED_OUT. An error is one line on standard
 * error: what was tried, what failed, what to do.
 */
#ifndef PEERHOOKS_PEER_H
#define PEERHOOKS_PEER_H

#include "agent/identity.h"
#include "base/buf.h"
#include "base/slice.h"
#include "host/watch.h"
#include "store/store.h"

enum { PEER_DONE = 0, PEER_CANNOT = 1, PEER_USAGE = 2, PEER_TIMED_OUT = 3 };

enum { PEER_SECONDS_MAX = 86400 };

/* argv[0] is the subcommand's name. */
int peer_send(int argc, char **argv);
int peer_reply(int argc, char **argv);
int peer_status(int argc, char **argv);
int peer_work(int argc, char **argv);
int peer_done(int argc, char **argv);
int peer_block(int argc, char **argv);
int peer_wake(int argc, char **argv);
int peer_ask(int argc, char **argv);
int peer_wait(int argc, char **argv);
int peer_log(int argc, char **argv);
int peer_inbox(int argc, char **argv);
int peer_list(int argc, char **argv);
int peer_label(int argc, char **argv);
int peer_held(int argc, char **argv);
int peer_envelope(int argc, char **argv);
int peer_whoami(int argc, char **argv);
int peer_doctor(int argc, char **argv);

/* Writes `peer COMMAND: ` and the given strings, up to NULL, as one line. Returns the status. */
int peer_fail(int status, const char *command, ...);

/* The same for a wrong command line; adds where to look. */
int peer_misused(const char *command, const char *what, const char *about);

/* An option of a command: `--NAME`, which sets the flag, or `--NAME VALUE` (`--NAME=VALUE`). */
struct peer_option {
	const char *name;	/* without the dashes; NULL ends a list */
	bool *flag;	/* NULL: it takes a value */
	const char **value;
};

/*
 * Takes the options out of a subcommand's arguments; `--` ends them. What is left, the operands,
 * then stands in argv from 0 on, `max` of them at most, and NULL from there to the end. `needed`
 * is the name of the first, or NULL if there may be none. PEER_DONE or, with an error line,
 * PEER_USAGE.
 */
int peer_options(const char *command, int argc, char **argv, const struct peer_option *known,
		 int max, const char *needed);

/* Takes a number of seconds, 0 to PEER_SECONDS_MAX and with decimals or without, as milliseconds.
 * PEER_DONE or, with an error line, PEER_USAGE. */
int peer_seconds(const char *command, const char *text, int64_t *ms);

/* Why a call failed, in words: a negative errno. (libc's strerror holds 2 KB of others.) */
const char *peer_reason(int err);

/* Writes the text to standard output; PEER_DONE or, with an error line, PEER_CANNOT. */
int peer_print(const char *command, struct slice text);

/* Opens ~/.oxtail; PEER_DONE or, with an error line, PEER_CANNOT. */
int peer_store(const char *command, struct store *store);

/* Watches for mail, from now on, making the folder if it is missing; PEER_DONE or, with an error
 * line, PEER_CANNOT. */
int peer_watch_mail(const char *command, const struct store *store, struct watch *w);

/* Whoever read our standard output has gone. */
bool peer_unread(void);

/* Whose command this is, for one that needs to know and may change state. PEER_DONE or, with an
 * error line, PEER_USAGE. */
int peer_me(const char *command, const struct identity_request *r, struct identity *me);

/* Appends a text of anybody's, on one line, as a terminal may see it (readable.h). */
void peer_text(struct buf *out, struct slice text);

#endif
