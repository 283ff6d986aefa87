/* See agent_process.h. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent_process.h"
#include "base/decimal.h"
#include "host/process.h"

static const char *claude_pid(void)
{
	return getenv("CLAUDE_PID");
}

bool agent_is_cursor(void)
{
	return !claude_pid() && getenv("CURSOR_VERSION");
}

pid_t agent_claude_pid(void)
{
	const char *text = claude_pid();
	struct slice digits = slice_of(text ? text : "");
	int64_t pid;

	if (!decimal_take(&digits, &pid) || digits.n || pid <= 0 || pid > INT32_MAX)
		return 0;
	return process_exists((pid_t)pid) ? (pid_t)pid : 0;
}

static pid_t nearest_that_is_no_shell(void)
{
	pid_t pid = getppid();
	struct process p;

	for (int i = 0; i < AGENT_ANCESTORS_MAX && pid > 1; i++) {
		if (!process_read(pid, &p))
			return 0;
		if (!process_is_shell(&p))
			return pid;
		pid = p.parent;
	}
	return 0;
}

pid_t agent_process(const struct profile *agent)
{
	/* Of other agents it would be the Claude Code that they were started from. */
	pid_t pid = profile_may_be_claude(agent) ? agent_claude_pid() : 0;

	return pid ? pid : nearest_that_is_no_shell();
}

bool agent_runs_one_session(const struct profile *agent, pid_t pid)
{
	static const char *const servers[] = { "app-server", "mcp-server", NULL };
	char called[PROCESS_NAME_MAX];

	if (agent->one_session || !agent->serves)
		return agent->one_session;
	return process_called(pid, called) && strcmp(called, agent->short_name) == 0 &&
	       !process_has_argument(pid, servers);
}
