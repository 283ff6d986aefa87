/* See post.h. */
#include "base/trace.h"
#include "store/jsonl.h"
#include "store/post.h"
#include "store/registry.h"

/* Where to post, and what must hold when it is done. */
struct place {
	const char *box;
	const char *session;	/* if not NULL: the entry of `pid` must still name this session */
	pid_t pid;
};

enum { MOVED_AWAY = 1 };

/* Appends the line and syncs it. MOVED_AWAY: nothing was, for the server has gone or joined another
 * session meanwhile. That is looked at under the lock, so that nobody has read the line by then. */
static int append(const struct store *s, struct place place, struct slice line, int64_t end)
{
	char path[LAYOUT_MAX];
	struct jsonl j;
	int err = jsonl_open(&j, s, layout_mailbox(path, place.box), JSONL_ADD, end);

	if (err)
		return err;
	err = jsonl_add(&j, line, LAYOUT_MAILBOXES);
	if (err == 0 && place.session && !registry_names(s, place.pid, place.session)) {
		err = jsonl_take_back(&j);
		err = err ? err : MOVED_AWAY;
	}
	jsonl_close(&j);
	return err;
}

static int append_for_session(const struct store *s, const char *session, struct slice line,
			      int64_t end, struct posted *posted)
{
	layout_session_key(posted->box, session);
	return append(s, (struct place){ .box = posted->box }, line, end);
}

int post_message(const struct store *s, const char *session, struct slice line, int64_t end,
		 struct posted *posted)
{
	struct registry_target target;
	int err = store_make(s, LAYOUT_MAILBOXES, true);

	if (err)
		return err;
	registry_find(s, session, &target);
	posted->live = target.live;
	posted->pid = target.live ? target.pid : 0;
	if (!target.live || target.session_keyed)
		return append_for_session(s, session, line, end, posted);
	layout_pid_box(posted->box, target.pid);
	err = append(s, (struct place){ posted->box, session, target.pid }, line, end);
	if (err != MOVED_AWAY)
		return err;
	trace("its server went away while this was sent to", session, 0);
	posted->live = false;
	posted->pid = 0;
	return append_for_session(s, session, line, end, posted);
}
