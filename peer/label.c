/*
 * peer label: the short name under which others write to this session; shown, or chosen.
 */
#include <errno.h>
#include <unistd.h>

#include "agent/held.h"
#include "agent/identity.h"
#include "agent/label.h"
#include "base/clock.h"
#include "peer.h"
#include "store/post.h"

#define COMMAND "label"

struct request {
	struct identity_request who;
	const char *name;	/* NULL: show it */
};

static int arguments(int argc, char **argv, struct request *r)
{
	const struct peer_option options[] = {
		{ "session-id", NULL, &r->who.session_id },
		{ "session-nonce", NULL, &r->who.nonce },
		{ NULL, NULL, NULL },
	};
	int status = peer_options(COMMAND, argc, argv, options, 1, NULL);

	if (status)
		return status;
	r->name = argv[0];
	if (r->name && !label_valid(slice_of(r->name)))
		return peer_misused(COMMAND, "not a label (1 to 32 of A-Z a-z 0-9 _ : -, and no _ "
				    "in front): ", r->name);
	return PEER_DONE;
}

/* The live presence of the session; in the process that is known to be its agent's, if one is. */
static bool presence_found(const struct store *s, const struct identity *me, struct presence *out)
{
	static struct presence_scan scan;
	static struct presence p;
	bool found = false;

	if (presence_open(&scan, s) != 0)
		return false;
	while (presence_next(&scan, &p)) {
		if (strcmp(p.session, me->session) != 0 || !presence_alive(&p))
			continue;
		if (!found || p.pid == me->pid)
			*out = p;
		found = true;
	}
	presence_close(&scan);
	return found;
}

static int not_taken(const struct store *s, const char *name, int err)
{
	struct label holder;

	if (err == -EEXIST && label_read(s, name, &holder))
		return peer_fail(PEER_CANNOT, COMMAND, "cannot take ", name, ": session ",
				 holder.session, " holds it, and is alive; choose another one",
				 NULL);
	if (err == -ETIMEDOUT)
		return peer_fail(PEER_CANNOT, COMMAND, "cannot take ", name,
				 ": other programs are at the labels; try again", NULL);
	return peer_fail(PEER_CANNOT, COMMAND, "cannot take ", name, " in " LAYOUT_SHOWN "/"
			 LAYOUT_LABELS ": ", peer_reason(err), "; mend that and try again", NULL);
}

static int taken(const struct store *s, const char *name, const struct presence *me)
{
	const int64_t end = clock_monotonic_ms() + POST_LOCK_MS;
	int err = label_change(s, name, me, end);

	if (err)
		return not_taken(s, name, err);
	held_deliver(s, end);
	return PEER_DONE;
}

int peer_label(int argc, char **argv)
{
	static struct presence mine;
	struct request r = { .name = NULL };
	char line[LABEL_MAX + 2], now[LABEL_MAX + 1];
	struct buf out = buf_over(line, sizeof(line));
	struct identity me;
	struct store store;
	int status;

	if ((status = arguments(argc, argv, &r)) || (status = peer_me(COMMAND, &r.who, &me)) ||
	    (status = peer_store(COMMAND, &store)))
		return status;
	if (!presence_found(&store, &me, &mine))
		return peer_fail(PEER_CANNOT, COMMAND, "session ", me.session, " is not there: its "
				 "session-start hook has not run, or it has ended; see 'peer list "
				 "--all', register that hook, start the session anew", NULL);
	if (r.name && (status = taken(&store, r.name, &mine)))
		return status;
	if (!r.name && !label_of(&store, &mine, now))
		return peer_fail(PEER_CANNOT, COMMAND, "session ", me.session,
				 " has no label; choose one with 'peer label NAME'", NULL);
	buf_text(&out, r.name ? r.name : now);
	buf_char(&out, '\n');
	return peer_print(COMMAND, buf_slice(&out));
}
