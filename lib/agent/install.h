/*
 * What install-hook does: goes through the agents that are meant, changes or looks at what is
 * registered with each (registration.h), and says so to a person, one line at a time.
 */
#ifndef PEERHOOKS_AGENT_INSTALL_H
#define PEERHOOKS_AGENT_INSTALL_H

#include "agent/registration.h"
#include "store/store.h"

enum install_status { INSTALL_DONE, INSTALL_NOT_ALL, INSTALL_USAGE };

enum install_action { INSTALL_PUT, INSTALL_REMOVE, INSTALL_CHECK, INSTALL_PRINT };

struct install {
	enum install_action action;
	bool replace_oxtail, trust, help;
	const char *project;	/* NULL: the user's own settings */
	char project_path[FILE_PATH_MAX], libexec[FILE_PATH_MAX];	/* absolute */
	bool named[CLIENTS], any_named;
	unsigned found;	/* agents that were gone through */
	int lock;	/* a descriptor that holds the lock; -1 */
	int status;	/* enum install_status */
};

/* Takes the arguments. False, with the status and an error line, if they cannot be followed. */
bool install_begin(struct install *in, int argc, char **argv);

/* Prints how it is called; the exit status. */
int install_help(struct install *in);

/* Keeps any other install-hook out until the process ends. False if that cannot be, with the
 * status. */
bool install_alone(struct install *in);

/* Does what is to be done about the client of that index (client.h), if it is meant. */
void install_client(struct install *in, int index);

/* Says so if there was nothing to do; the exit status. */
int install_end(struct install *in);

#endif
