/* What install-hook says: in one line for each thing, the agent first. */
#ifndef PEERHOOKS_AGENT_INSTALL_WORDS_H
#define PEERHOOKS_AGENT_INSTALL_WORDS_H

#include "agent/install.h"

/* Writes to standard output. After a failure nothing more is written there, and all goes on: what
 * is done to settings must not end half-way for it. */
void install_out(struct slice text);

/* Says so, if that has failed; the exit status. */
int install_out_end(struct install *in);

/* One line of texts, ended by NULL, on standard output. */
void install_say(const struct client *c, ...);

/* The same on standard error; the status becomes that of install-hook. */
void install_fail(struct install *in, enum install_status status, ...);

enum { INSTALL_NUMBER_MAX = 24 };

const char *install_number(char out[INSTALL_NUMBER_MAX], unsigned n);

/* How it went with an agent: what was registered, taken out, or could not be done. */
void install_put(const struct install *in, const struct client *c,
		 const struct registration_request *r, enum registration_result result);
void install_removed(const struct client *c, const struct registration_request *r,
		     enum registration_result result);
void install_failed(struct install *in, const struct client *c,
		    const struct registration_request *r);

/* What would become of a file: as `diff -u` shows it; nothing, if it stays. */
void install_printed(const struct config_file *before, struct slice after, bool removed);

/* Looks at what is registered and says it; the status says whether all is as it should be. */
void install_checked(struct install *in, const struct client *c);

#endif
