/* See post.h. */
#include "base/clock.h"
#include "base/trace.h"
#include "store/jsonl.h"
#include "store/post.h"
#include "store/registry.h"

static int append(const struct store *s, const char *box, struct slice line, int64_t end)
{
	char path[LAYOUT_MAX];
	struct jsonl j;
	int err = jsonl_open(&j, s, layout_mailbox(path, box), JSONL_ADD, end);

	if (err)
		return err;
	err = jsonl_add(&j, line, LAYOUT_MAILBOXES);
	jsonl_close(&j);
	return err;
}

int post(const struct store *s, const char *session, struct slice line, struct posted *posted)
{
	int64_t end = clock_monotonic_ms() + POST_LOCK_MS;
	char key[BOX_NAME_MAX];
	struct registry_target target;
	int err = store_make(s, LAYOUT_MAILBOXES, true);

	if (err)
		return err;
	layout_session_key(key, session);
	registry_find(s, session, &target);
	posted->live = target.live;
	if (!target.live || target.session_keyed) {
		memcpy(posted->box, key, sizeof(key));
		return append(s, key, line, end);
	}
	layout_pid_box(posted->box, target.pid);
	err = append(s, posted->box, line, end);
	/* The server may have gone, or joined another session, while we wrote: then nobody will
	 * look there for this session. A second copy in the session box is dropped by its id. */
	if (err == 0 && !registry_names(s, target.pid, session)) {
		trace("its server went away while this was sent to", session, 0);
		memcpy(posted->box, key, sizeof(key));
		err = append(s, key, line, end);
	}
	return err;
}
