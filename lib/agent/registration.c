/*
 * registration.h: looking at what is registered, and changing it. What is done to a text is
 * registration_text.c's; of a plugin, registration_plugin.c's.
 */
#include <errno.h>
#include <unistd.h>

#include "agent/registration_plugin.h"
#include "agent/registration_text.h"

/* An executable of the agent's rows that cannot be run. */
static bool all_executable(const char *agent, const char *libexec, char missing[FILE_PATH_MAX])
{
	for (const struct registration *row = registration_rows(agent); row->event; row++) {
		struct buf b = buf_over(missing, FILE_PATH_MAX);

		buf_text(&b, libexec);
		buf_char(&b, '/');
		buf_text(&b, row->hook);
		if (!buf_cstr(&b) || access(missing, X_OK) != 0)
			return false;
	}
	missing[0] = '\0';
	return true;
}

void registration_look(const struct client *c, const char *libexec, struct registration_report *r)
{
	static struct config_file f;

	*r = (struct registration_report){ .state = REGISTRATION_BROKEN };
	r->err = config_read(&f, c->file);
	if (r->err)
		return;
	if (c->form == CLIENT_PLUGIN)
		registration_plugin_look(c, f.text, f.there, libexec, r);
	else
		registration_text_look(c, f.text, libexec, r);
	config_free(&f);
	if ((r->state == REGISTRATION_INSTALLED || r->state == REGISTRATION_OUTDATED) &&
	    !all_executable(c->agent->name, libexec, r->missing))
		r->state = REGISTRATION_BROKEN;
}
