/*
 * peer send: a message to whom a name stands for; or, if nobody is called so now, into what is held
 * for a label.
 */
#include <errno.h>

#include "base/clock.h"
#include "host/signals.h"
#include "outgoing.h"
#include "store/journal.h"

#define COMMAND "send"

static struct targets targets;

struct request {
	const char *target;
	const char *policy;	/* of @any */
	bool hold;
};

static int arguments(int argc, char **argv, struct outgoing *o, struct request *r)
{
	const struct peer_option options[] = {
		{ "from", NULL, &o->who.session_id },
		{ "session-id", NULL, &o->who.session_id },
		{ "session-nonce", NULL, &o->who.nonce },
		{ "request-id", NULL, &o->request_id },
		{ "reply-to", NULL, &o->reply_to },
		{ "wake", NULL, &o->wake },
		{ "action-required", &o->action_required, NULL },
		{ "policy", NULL, &r->policy },
		{ "hold", &r->hold, NULL },
		{ "any-project", &o->any_project, NULL },
		{ "envelope", &o->envelope, NULL },
		{ "json", &o->json, NULL },
		{ NULL, NULL, NULL },
	};
	int status = peer_options(COMMAND, argc, argv, options, 2, "TARGET");

	if (status)
		return status;
	r->target = argv[0];
	o->text = argv[1];
	if (r->policy && strcmp(r->target, TARGET_ANY) != 0)
		return peer_misused(COMMAND, "--policy is for " TARGET_ANY ", and not for ",
				    r->target);
	if (r->policy && strcmp(policy_word(policy_of(r->policy)), r->policy) != 0)
		return peer_misused(COMMAND, "not a policy (primary, broadcast, drop): ",
				    r->policy);
	return PEER_DONE;
}

static int held(const struct outgoing *o, const struct request *r, enum policy policy)
{
	const int64_t end = clock_monotonic_ms() + POST_LOCK_MS;
	struct sent sent = { .to.live = false };
	struct held_draft d = {
		.label = policy == POLICY_NONE ? r->target : NULL,
		.policy = policy,
		.cwd = o->cwd,
		.any_project = o->any_project,
	};
	sigset_t before;
	int err;

	if (d.label)
		memcpy(sent.to.label, d.label, strlen(d.label) + 1);
	sent.owed = o->action_required;
	d.awaited = sent.owed && o->from && o->mode != WAKE_MODE_OFF;
	d.line = outgoing_line(o, &sent);
	if (d.line.n == 0)
		return outgoing_too_long(o);
	signals_hold(&before);
	err = held_add(&o->store, &d, end);
	/* Somebody may have taken the label meanwhile, and have looked before this was there. */
	if (err == 0)
		held_deliver(&o->store, end);
	signals_release(&before);
	if (err)
		return peer_fail(PEER_CANNOT, COMMAND, "cannot hold the message for ", r->target,
				 ": ", err == -EFBIG ? "too much is held already" :
				 peer_reason(err), "; see 'peer held'; nothing was sent", NULL);
	journal_write(&o->store, &(struct journal_entry){
		.what = JOURNAL_HELD, .message_id = sent.id, .from = o->from, .detail = r->target,
	});
	return outgoing_told(o, &sent);
}

int peer_send(int argc, char **argv)
{
	struct outgoing o = { .command = COMMAND, .verb = "send to", .can_hold = true };
	struct request r = { .target = "" };
	struct target_request wanted;
	enum target_result result;
	enum policy policy;
	int status;
	bool any;

	if ((status = arguments(argc, argv, &o, &r)) || (status = outgoing_begin(&o)))
		return status;
	any = strcmp(r.target, TARGET_ANY) == 0;
	policy = policy_of(r.policy ? r.policy : policy_wanted());
	if (any && policy == POLICY_DROP)
		return PEER_DONE;
	held_deliver(&o.store, clock_monotonic_ms() + POST_LOCK_MS);
	wanted = (struct target_request){ r.target, o.from, o.cwd, o.any_project, policy };
	result = target_find(&o.store, &wanted, &targets);
	if (result == TARGET_FOUND)
		return outgoing_all(&o, &targets);
	if (result == TARGET_NOBODY && (any || r.hold))
		return held(&o, &r, any ? policy : POLICY_BROADCAST);
	if (result == TARGET_UNHELD && r.hold)
		return held(&o, &r, POLICY_NONE);
	return outgoing_no_target(&o, r.target, result, &targets);
}
