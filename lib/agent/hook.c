/* See hook.h. */
#include <unistd.h>

#include "agent/agent_process.h"
#include "agent/hook.h"
#include "base/trace.h"

#define AGENT_OPTION "--agent"

static const char *agent_option(int argc, char **argv)
{
	const size_t n = strlen(AGENT_OPTION);

	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], AGENT_OPTION, n) != 0)
			continue;
		if (argv[i][n] == '=')
			return argv[i] + n + 1;
		if (argv[i][n] == '\0' && i + 1 < argc)
			return argv[i + 1];
	}
	return NULL;
}

/* Does another agent run the hook than the one that it was registered for? */
static bool foreign(const struct hook *h, const char *agent)
{
	if (h->event.dialect)
		return strcmp(agent, h->event.dialect) != 0;
	return profile_may_be_claude(h->agent) && agent_is_cursor();
}

static bool begun(struct hook *h, int argc, char **argv)
{
	const char *agent = agent_option(argc, argv);
	int err;

	h->agent = profile_of(agent ? agent : h->event.dialect);
	if (agent && foreign(h, agent)) {
		trace("run by another agent than", agent, 0);
		return false;
	}
	err = store_open(&h->store);
	if (err)
		trace("no state directory for", h->event.session, err);
	return err == 0;
}

bool hook_begin(struct hook *h, int argc, char **argv)
{
	return event_read(STDIN_FILENO, &h->event) && h->event.session[0] && begun(h, argc, argv);
}

bool hook_begin_anyhow(struct hook *h, int argc, char **argv)
{
	return event_read(STDIN_FILENO, &h->event) && begun(h, argc, argv);
}

bool hook_option(int argc, char **argv, const char *name)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], name) == 0)
			return true;
	}
	return false;
}

bool hook_serves(const struct hook *h, enum event_kind kind)
{
	return h->event.kind == kind || h->event.kind == EVENT_UNNAMED;
}
