/* See activity.h. */
#include "agent/activity.h"
#include "base/clock.h"
#include "host/process.h"
#include "store/mark.h"
#include "store/runtime.h"

/* An oxtail server is a child of the client, or a grandchild. */
enum { CLIENT_ABOVE_SERVER = 3 };

const char *activity_word(enum activity_kind kind)
{
	static const char *const words[] = {
		[ACTIVITY_UNKNOWN] = "unknown",
		[ACTIVITY_BUSY] = "busy",
		[ACTIVITY_IDLE] = "idle",
		[ACTIVITY_WAITING] = "waiting",
	};

	return words[kind];
}

static enum activity_kind kind_of_status(const char *status)
{
	static const struct {
		const char *status;
		enum activity_kind kind;
	} kinds[] = {
		{ "idle", ACTIVITY_IDLE },
		{ "busy", ACTIVITY_BUSY },
		{ "waiting", ACTIVITY_WAITING },
		{ "shell", ACTIVITY_IDLE },	/* the turn is over, a shell goes on */
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(status, kinds[i].status) == 0)
			return kinds[i].kind;
	}
	return ACTIVITY_UNKNOWN;
}

/* Takes the client's word for it; false if it says nothing of this session. */
static bool client_says(const struct presence *p, struct activity *a)
{
	struct runtime_marker m;
	struct process process;
	pid_t pid = p->pid;

	for (int i = 0; i < CLIENT_ABOVE_SERVER && pid > 1; i++) {
		if (runtime_read(RUNTIME_CLAUDE, pid, &m) == RUNTIME_FOUND) {
			a->kind = kind_of_status(m.status);
			a->since = m.status_at;
			return a->kind != ACTIVITY_UNKNOWN && strcmp(m.session, p->session) == 0;
		}
		if (*p->birth || !process_read(pid, &process))
			return false;
		pid = process.parent;
	}
	return false;
}

void activity_of(const struct store *s, const struct presence *p, struct activity *a)
{
	enum mark mark;

	if (client_says(p, a))
		return;
	*a = (struct activity){ ACTIVITY_UNKNOWN, 0 };
	if (mark_read(s, p->session, &mark, &a->since))
		a->kind = mark == MARK_IDLE ? ACTIVITY_IDLE : ACTIVITY_BUSY;
}
