/* See hook.h. */
#include <unistd.h>

#include "agent/agent_process.h"
#include "agent/hook.h"
#include "base/clock.h"
#include "base/trace.h"
#include "store/runs.h"

#define AGENT_OPTION "--agent"

static const char *agent_option(int argc, char **argv)
{
	const size_t n = strlen(AGENT_OPTION "=");

	for (int i = 1; i < argc; i++) {
		struct slice arg = slice_of(argv[i]);

		if (slice_is(arg, AGENT_OPTION))
			return argv[i + 1];	/* NULL behind the last one */
		if (arg.n >= n && memcmp(arg.p, AGENT_OPTION "=", n) == 0)
			return arg.p + n;
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

	h->began = clock_now();
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

int hook_end(const struct hook *h, const char *name)
{
	if (*h->agent->name)
		runs_note(&h->store, h->agent->name, name, &h->began);
	return 0;
}

void hook_prepare(const struct hook *h)
{
	/* Whatever is added comes at the end: the last one there means that all are. */
	static const char *const hooks[] = {
		"pretooluse", "posttooluse", "userpromptsubmit", "stop", "pre-compact",
		"subagent-start", "await-mail", "session-start", "session-end",
	};
	enum { HOOKS = sizeof(hooks) / sizeof(hooks[0]) };
	struct run run;
	int err = 0;

	if (!*h->agent->name || runs_last(&h->store, h->agent->name, hooks[HOOKS - 1], &run))
		return;
	for (int i = 0; i < HOOKS && err == 0; i++)
		err = runs_prepare(&h->store, h->agent->name, hooks[i]);
	if (err)
		trace("runs will not be noted of", h->agent->name, err);
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
