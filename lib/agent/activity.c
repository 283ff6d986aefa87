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

/* What the client says of it now; false if it says nothing of this session. */
static bool client_says(const struct presence *p, struct activity *a)
{
	struct runtime_marker m;
	struct process process;
	pid_t pid = p->pid;

	for (int i = 0; i < CLIENT_ABOVE_SERVER && pid > 1; i++) {
		if (runtime_read(RUNTIME_CLAUDE, pid, &m) == RUNTIME_FOUND) {
			*a = (struct activity){ kind_of_status(m.status), m.status_at, true };
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
	struct activity marked = { ACTIVITY_UNKNOWN, 0, false };
	enum mark mark;

	if (mark_read(s, p->session, &mark, &marked.since))
		marked.kind = mark == MARK_IDLE ? ACTIVITY_IDLE : ACTIVITY_BUSY;
	else
		marked.since = 0;
	if (!client_says(p, a) || a->since < marked.since)
		*a = marked;
}

void activity_of_session(const struct store *s, const char *session, struct activity *a)
{
	static struct presence p;
	struct buf id = buf_over(p.session, sizeof(p.session));

	if (!presence_find(s, session, &p)) {
		p.pid = 0;
		buf_text(&id, session);
		buf_cstr(&id);
	}
	activity_of(s, &p, a);
}
