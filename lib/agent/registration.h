/*
 * What is registered with each agent, and how its settings are changed so that it is: by splicing
 * text. What peers know of a hook of ours: its command is an executable of a name of ours, either
 * in the folder `libexec`, or in any folder called peerhooks. All else in the file is others', and
 * keeps every byte.
 *
 * Install, once more, and uninstall give back the bytes there were: what uninstall makes is, if
 * installing on top of the backup, or else of no file, gives what stands there now, that backup, or
 * no file; else what is left when ours is cut out.
 */
#ifndef PEERHOOKS_AGENT_REGISTRATION_H
#define PEERHOOKS_AGENT_REGISTRATION_H

#include "agent/client.h"
#include "base/jsonc.h"
#include "store/config_file.h"

/* One hook of an agent, as a row of the table; in the table's order the entries are written. */
struct registration {
	const char *agent;	/* as in --agent NAME */
	const char *event;	/* as the agent spells it */
	const char *hook;	/* the executable */
	const char *matcher;	/* NULL: none is written */
	unsigned timeout;	/* in the agent's unit */
	bool waits;	/* await-mail: in the background */
	bool uncut;	/* Codex: what it gives the model must not be cut */
};

/* The rows of an agent that are to be registered; the last has no event. */
const struct registration *registration_rows(const char *agent);

enum registration_state {
	REGISTRATION_NONE,	/* nothing of ours is there */
	REGISTRATION_INSTALLED,	/* exactly what belongs there */
	REGISTRATION_OUTDATED,	/* some of it, or other than it should be; or twice */
	REGISTRATION_BROKEN,	/* it cannot be read or parsed, or an executable is not there */
};

struct registration_report {
	enum registration_state state;
	/* Of BROKEN. */
	int err;	/* the file could not be read: negative errno */
	struct jsonc_error error;	/* it does not parse: why is not NULL */
	char missing[FILE_PATH_MAX];	/* an executable that is registered and cannot be run */
	/* Of OUTDATED: another folder that all of ours run from, and can; empty: there is none. */
	char elsewhere[FILE_PATH_MAX];
	unsigned ours, wanted;	/* handlers of ours that stand there, and that should */
	unsigned doubled;	/* of ours: once more for the same event */
	unsigned foreign;	/* oxtail's own hooks */
	unsigned others;	/* hooks of anybody else */
	/* By what the client is told to run no hooks at all, or none of ours, and in which file;
	 * NULL: by nothing. */
	const char *disabled;
	char disabled_in[FILE_PATH_MAX];
	/* The client reads nothing of this file, which has what it does not take (Codex, Claude
	 * Code: comments and the like): "it takes no ...", with what to do; NULL: it does. */
	const char *unread;
	/* Codex: how many of ours it would run, how many not, how many of these their person has
	 * switched off; or why that file, which says so, cannot be read: negative errno. */
	unsigned trusted, untrusted, switched_off;
	int trust_err;
	char trust_in[FILE_PATH_MAX];
};

/* Are the executables of the agent's rows there? Else the path of one that is not, or cannot be
 * run. */
bool registration_executables(const struct client *c, const char *libexec,
			      char missing[FILE_PATH_MAX]);

/* Is that another folder than libexec, one that hooks of ours can be run from? */
bool registration_elsewhere(const struct client *c, const char *folder, const char *libexec);

/* What stands there. libexec: the folder of our executables, absolute. */
void registration_look(const struct client *c, const char *libexec, struct registration_report *r);

enum registration_result {
	REGISTRATION_AS_IT_WAS,	/* nothing was to be changed */
	REGISTRATION_CHANGED,
	REGISTRATION_FAILED,	/* nothing was changed; see the report's err and error */
};

struct registration_request {
	const struct client *client;
	const char *libexec;
	bool uninstall;
	bool replace_oxtail;
	bool dry;	/* make the texts only; FAILED if they may not be written */
	/* Out: what the file held and holds, or would; they last until registration_done. */
	struct config_file before;
	struct buf after;
	bool removed;	/* it would be, or is, gone */
	/* Of FAILED: negative errno. -EBADMSG: it does not parse, see `error`; -EEXIST: the
	 * plugin's place is taken by a file that is not ours; -ENOENT: there is no plugin where
	 * `missing` says. */
	int err;
	struct jsonc_error error;
	char missing[FILE_PATH_MAX];
	bool backed_up;	/* there is a backup now */
	bool exact;	/* uninstalled: these are the very bytes from before */
	struct registration_report found;	/* what stood there before */
};

/* Reads again and tries again, a few times, when another program has written meanwhile
 * (-ESTALE). */
enum registration_result registration_change(struct registration_request *r);
void registration_done(struct registration_request *r);

#endif
