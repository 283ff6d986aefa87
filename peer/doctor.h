/*
 * What the checks of peer doctor share. A check looks at one subject, changes nothing, cannot
 * hang, and says what it finds:
 *
 *	doctor_begin(d);
 *	buf_text(&d->what, "...");
 *	buf_text(&d->mend, "...");	the command that mends it, if there is one
 *	doctor_found(d, DOCTOR_PROBLEM);
 *
 * The table of checks is in doctor.c; they stand in the other files peer/doctor_*.c, by subject.
 */
#ifndef PEERHOOKS_PEER_DOCTOR_H
#define PEERHOOKS_PEER_DOCTOR_H

#include "agent/client.h"
#include "agent/registration.h"
#include "base/buf.h"
#include "store/store.h"

enum doctor_state {
	DOCTOR_OK,
	DOCTOR_NOTE,	/* good to know, but nothing is wrong, or it heals by itself */
	DOCTOR_PROBLEM,
	DOCTOR_STATES,
};

enum {
	DOCTOR_WHAT_MAX = 16384,	/* bytes of a finding; what does not fit is left out */
	DOCTOR_SLOW_MS = 100,	/* a hook that took longer is worth a note */
	DOCTOR_VERSION_MAX = 64,
};

/* An agent, and what is found out of it first. */
struct doctor_agent {
	struct client client;
	bool named;	/* on the command line */
	bool found;
	bool known;	/* where its settings are */
	char version[DOCTOR_VERSION_MAX];	/* empty: it did not say */
	struct registration_report registered;
};

struct doctor {
	bool json;
	bool coloured;
	struct store store;	/* open if has_store */
	bool has_store;
	char libexec[FILE_PATH_MAX];	/* of our executables; empty: not where they belong */
	struct doctor_agent agents[CLIENTS];
	bool any_found;
	bool any_ours;	/* hooks or a plugin of ours, of an agent that is looked at */

	const char *check;	/* the one that is being made */
	const struct doctor_agent *agent;	/* whom it is about; NULL: the machine */
	struct buf what, mend;
	unsigned said, count[DOCTOR_STATES];
	int status;	/* of printing: PEER_DONE, or what it came to */
};

/* All folders under ~/.oxtail, LAYOUT_ constants; NULL ends them. */
extern const char *const doctor_state_folders[];

typedef void doctor_check(struct doctor *d);

void doctor_begin(struct doctor *d);
void doctor_found(struct doctor *d, enum doctor_state state);

/* All of it at once; mend: NULL if there is no command for it. */
void doctor_says(struct doctor *d, enum doctor_state state, const char *what, const char *mend);

/* What has this path is to be put aside; nothing of it is lost. */
void doctor_aside(struct doctor *d, const char *path);

/* The folder that holds what has this path, without a slash at its end. */
struct slice doctor_folder(struct slice path);

/* Appends "N THING", with an s unless it is one. */
void doctor_counted(struct buf *out, unsigned n, const char *thing);

/* Appends to the mending command: install-hook with that option (" --trust", or "") for the
 * agent. */
void doctor_installer(struct doctor *d, const char *option);

/* Hooks of ours, or our plugin, as they should be or not. */
bool doctor_has_ours(const struct registration_report *r);

/* Is the row the first of its hook? Some stand in several. */
bool doctor_first_row(const struct registration *rows, const struct registration *row);

/* Appends a time it took: "0.3 ms". */
void doctor_took(struct buf *out, int64_t us);

/* Asks all agents for their versions at once. */
void doctor_versions(struct doctor *d);

/* Of an agent. */
doctor_check doctor_found_where, doctor_version, doctor_registration, doctor_trust, doctor_runs,
	     doctor_trial;

/* Of the machine. */
doctor_check doctor_home, doctor_folders, doctor_disk, doctor_markers, doctor_locks,
	     doctor_mailboxes, doctor_sessions, doctor_leftovers, doctor_times, doctor_clock,
	     doctor_path, doctor_tmux, doctor_waiters, doctor_wakes;

#endif
