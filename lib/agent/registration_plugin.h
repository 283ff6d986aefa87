/*
 * The plugins of OpenCode and Pi: one file each, taken from beside our executables
 * (../../share/peerhooks/AGENT/peerhooks.js; where libexec is a symbolic link, so that `..` leads
 * elsewhere, by the link `share` that install.sh puts there; ../../platforms/AGENT/peerhooks.js in
 * a build tree), with the folder of the executables filled in.
 */
#ifndef PEERHOOKS_AGENT_REGISTRATION_PLUGIN_H
#define PEERHOOKS_AGENT_REGISTRATION_PLUGIN_H

#include "agent/registration.h"

#define PLUGIN_MARK "// peerhooks "	/* what each of them begins with */

/* It is one of ours: it may be replaced and removed. */
bool registration_plugin_ours(struct slice text);

/* The text that belongs into c->file, in memory for the caller to free. 0; -ENOENT, with the path
 * where it was looked for in `where`; -EBADMSG if it is none of ours. */
int registration_plugin_text(const struct client *c, const char *libexec, struct buf *out,
			     char where[FILE_PATH_MAX]);

void registration_plugin_look(const struct client *c, struct slice text, bool there,
			      const char *libexec, struct registration_report *r);

#endif
