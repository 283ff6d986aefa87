/*
 * Where each agent's program keeps what is registered with it, and whether it is on this machine.
 * The paths are those of contracts/<agent>/FACTS.md; an environment variable by which a client
 * moves its folder is honoured (CLAUDE_CONFIG_DIR, CODEX_HOME, GEMINI_CLI_HOME, XDG_CONFIG_HOME for
 * OpenCode, PI_CODING_AGENT_DIR).
 */
#ifndef PEERHOOKS_AGENT_CLIENT_H
#define PEERHOOKS_AGENT_CLIENT_H

#include "agent/profile.h"
#include "base/file.h"

/* In what form a client is told of its hooks. */
enum client_form {
	CLIENT_SETTINGS,	/* "hooks" in a settings file */
	CLIENT_PLUGIN,	/* a JavaScript file of ours in a folder */
};

/*
 * What an agent's program does with its hooks in a way of its own. Whatever is so for some of them
 * only stands here, and is asked of the table by its name. What is not so is false, or NULL.
 */
struct client_traits {
	/* How it wants them written. */
	bool flat;	/* hooks stand in an event's array themselves, without groups */
	const char *version;	/* the top-level member "version" that it must have, as JSON */
	bool args;	/* "args" besides the command, which is a path then: no shell is started */
	bool named;	/* each hook has a "name" */
	bool rewakes;	/* a hook can wait in the background, and its output wake the agent */
	bool loop_limit;	/* it has to be told how often a stop hook may keep a turn going */

	/* What it does with them. */
	bool at_once;	/* it takes up what is changed at once; else at its next start */
	bool trusts;	/* it runs only those that its person has trusted (codex_trust.h) */
	bool strict_json;	/* it reads nothing of a file with comments, or a comma too many */
	bool no_twins;	/* nor of one that has a name twice, or begins with a byte order mark */
	bool disable_all;	/* "disableAllHooks" switches all of them off */
	bool hooks_config;	/* "hooksConfig" switches all of them off, or some by their names */
	bool once;	/* the same command in two of its files is run once */
	bool plugin_too;	/* it may have ours by a plugin that no settings name */
};

struct client {
	const struct profile *agent;
	const struct client_traits *traits;
	const char *title;	/* as people call it: "Claude Code" */
	const char *program;	/* its command's name: "claude" */
	enum client_form form;
	char folder[FILE_PATH_MAX];	/* its own folder: ~/.claude; also with a project */
	char file[FILE_PATH_MAX];	/* what is edited, or put there */
	char program_path[FILE_PATH_MAX];	/* where PATH has it; empty: nowhere */
	bool folder_there;
	bool folder_moved;	/* to where the environment says */
};

/* How many agents there are that hooks can be registered with; those below are in their order. */
enum { CLIENTS = 6 };

/*
 * The client of that index. `project`: NULL for the user's own settings, else an absolute directory
 * whose settings are meant. False, with what is known filled in, if there is no such place (Pi has
 * no settings of a project that we know of; HOME is missing).
 */
bool client_at(int index, const char *project, struct client *c);

/* The index of an agent by its name or short name; -1. */
int client_index(const char *name);

/* The traits of the agent of that name; nothing but false for one that is not in the table. */
const struct client_traits *client_traits_of(const char *agent);

/* Appends the path of Codex's folder. False without a HOME. */
bool client_codex_home(struct buf *out);

/* On this machine: its folder is there, or its program is on PATH. */
bool client_found(const struct client *c);

/* What `PROGRAM --version` prints, the first word of it that begins with a digit; takes up to 5 s.
 * False if it could not be had. */
bool client_version(const struct client *c, struct buf *out);

#endif
