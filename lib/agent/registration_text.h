/*
 * The half of registration.h that sees nothing but the text of a settings file. What looks at it is
 * in registration_text_look.c, what changes it in registration_text.c.
 */
#ifndef PEERHOOKS_AGENT_REGISTRATION_TEXT_H
#define PEERHOOKS_AGENT_REGISTRATION_TEXT_H

#include "agent/registration_table.h"
#include "base/jsonc_edit.h"

/* Bytes of an event's element as it is written, at most: two hooks, each with a long path of
 * quotes. */
enum { REGISTRATION_ELEMENT_MAX = 12 * FILE_PATH_MAX };

/* Can hooks of that agent be put in? False with a reason where it does not parse, or is not of the
 * form that the agent reads. */
bool registration_text_check(const char *agent, struct slice text, struct jsonc_error *error);

/* What is in the text that its client does not take, so that it reads nothing of it, and what to do
 * about it: "it takes no ..."; NULL: nothing. */
const char *registration_text_unread(const struct client_traits *takes, struct slice text);

/* What stands in the text; fills in all of the report but the executables and Codex's trust. */
void registration_text_look(const struct client *c, struct slice text, const char *libexec,
			    struct registration_report *r);

/*
 * What becomes of a text that registration_text_check has found good. backup: the text that there
 * was before anything of ours, or NULL: what is taken out leaves the empty objects and arrays that
 * stand there. The result is a text of the edit, which the caller ends. 0 or -ENOMEM.
 */
int registration_text_install(const char *agent, struct slice text, const char *libexec,
			      bool replace_oxtail, const struct slice *backup,
			      struct jsonc_edit *e);
int registration_text_uninstall(const char *agent, struct slice text, const char *libexec,
				const struct slice *backup, struct jsonc_edit *e);

#endif
