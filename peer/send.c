/*
 * peer send: who sends, to whom, what; then one line into each receiver's mailbox, durably, or
 * into what is held for a label that nobody holds yet.
 */
#include <errno.h>
#include <unistd.h>

#include "agent/held.h"
#include "agent/identity.h"
#include "agent/session_envelope.h"
#include "agent/target.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/utf8.h"
#include "host/signals.h"
#include "peer.h"
#include "store/message.h"
#include "store/move.h"
#include "store/post.h"
#include "store/runtime.h"

#define COMMAND "send"

_Static_assert(MESSAGE_BODY_MAX == 8192 && SESSION_ID_MAX == 256 && MESSAGE_ID_MAX == 128,
	       "these limits stand in the texts below and in peer.c");

enum {
	NAMES_BYTES = 280,	/* of the peers that an error line names */
	/* A session envelope takes at most 1 KB and six bytes for each of its texts'. */
	ENVELOPE_BYTES = 6 * (MESSAGE_BODY_MAX + PRESENCE_CWD_MAX + 1024) + 1024,
};

struct request {
	const struct store *store;
	struct identity_request who;
	const char *from;	/* NULL: a person */
	const char *request_id;
	const char *reply_to;
	const char *policy;
	bool hold;
	bool any_project;
	bool envelope;
	bool json;
	const char *target;
	const char *text;	/* NULL: standard input */
};

static struct targets targets;
static char cwd[PRESENCE_CWD_MAX];

static int arguments(int argc, char **argv, struct request *r)
{
	const struct peer_option options[] = {
		{ "from", NULL, &r->who.session_id },
		{ "session-id", NULL, &r->who.session_id },
		{ "session-nonce", NULL, &r->who.nonce },
		{ "request-id", NULL, &r->request_id },
		{ "reply-to", NULL, &r->reply_to },
		{ "policy", NULL, &r->policy },
		{ "hold", &r->hold, NULL },
		{ "any-project", &r->any_project, NULL },
		{ "envelope", &r->envelope, NULL },
		{ "json", &r->json, NULL },
		{ NULL, NULL, NULL },
	};
	int operands, status = peer_options(COMMAND, argc, argv, options, 2, &operands);

	if (status)
		return status;
	if (operands == 0)
		return peer_misused(COMMAND, "no TARGET given", "");
	r->target = argv[0];
	if (operands == 2 && strcmp(argv[1], "-") != 0)
		r->text = argv[1];
	return PEER_DONE;
}

#define ID_CHARACTERS " (1 to 128 of A-Z a-z 0-9 . _ : -): "

static int values_checked(const struct request *r)
{
	if (r->who.session_id && !session_id_valid(slice_of(r->who.session_id)))
		return peer_misused(COMMAND, "not a session id after --from: ",
				    r->who.session_id);
	if (r->request_id && !request_id_shown(slice_of(r->request_id)))
		return peer_misused(COMMAND, "not an id after --request-id" ID_CHARACTERS,
				    r->request_id);
	if (r->reply_to && !request_id_shown(slice_of(r->reply_to)))
		return peer_misused(COMMAND, "not an id after --reply-to" ID_CHARACTERS,
				    r->reply_to);
	if (r->policy && strcmp(r->target, TARGET_ANY) != 0)
		return peer_misused(COMMAND, "--policy is for " TARGET_ANY ", and not for ",
				    r->target);
	if (r->policy && strcmp(policy_word(policy_of(r->policy)), r->policy) != 0)
		return peer_misused(COMMAND, "not a policy (primary, broadcast, drop): ",
				    r->policy);
	return PEER_DONE;
}

/* Where the sender works: what its session said at its start, else where we are. */
static void cwd_found(const struct store *s, const char *session)
{
	static struct roster roster;
	static struct roster_entry e;

	if (!getcwd(cwd, sizeof(cwd)))
		cwd[0] = '\0';
	if (!session)
		return;
	roster_open(&roster, s, true);
	while (roster_next(&roster, &e)) {
		if (e.alive && *e.who.cwd && strcmp(e.who.session, session) == 0)
			memcpy(cwd, e.who.cwd, sizeof(cwd));
	}
	roster_close(&roster);
}

static bool is_marked(enum runtime_folder folder, pid_t pid)
{
	struct runtime_marker marker;
	enum runtime_result result = runtime_read(folder, pid, &marker);

	/* A stale one was left behind by a process that is gone. */
	return result != RUNTIME_NONE && result != RUNTIME_STALE;
}

/* Does an agent's process stand above us, whichever session we are? Then this is no person. */
static bool under_an_agent(const struct store *s)
{
	static struct presence_scan scan;
	static struct presence p;
	struct process process;
	bool found = false;

	for (pid_t pid = getppid(); !found && pid > 1 && process_read(pid, &process);
	     pid = process.parent) {
		found = is_marked(RUNTIME_CLAUDE, pid) || is_marked(RUNTIME_GENERIC, pid);
		if (presence_open(&scan, s) != 0)
			continue;
		while (!found && presence_next(&scan, &p))
			found = p.pid == pid && process_is(pid, slice_of(p.birth));
		presence_close(&scan);
	}
	return found;
}

/* Who sends: a session, or a person, who has none. */
static int sender_found(const struct store *s, struct request *r)
{
	static struct identity me;
	const struct identity_request here = { NULL, NULL, NULL, NULL };
	struct identity around;

	identity_resolve(&r->who, &me);
	if (me.provenance == PROVENANCE_EXPLICIT || me.provenance == PROVENANCE_STRONG)
		r->from = me.session;
	if (r->who.nonce && !r->from)
		return peer_fail(PEER_CANNOT, COMMAND, "cannot tell who sends: nothing is known of "
				 "this --session-nonce; is the cursor-nonce hook registered?", NULL);
	if (me.ambiguous && !r->from)
		return peer_fail(PEER_CANNOT, COMMAND, "cannot tell who sends: it may be one agent or "
				 "another; say which with --from ID", NULL);
	identity_resolve(&here, &around);
	if (r->any_project && (*around.session || around.ambiguous || under_an_agent(s)))
		return peer_fail(PEER_CANNOT, COMMAND, "will not send into another project: "
				 "--any-project is for people, and this is session ",
				 *around.session ? around.session : "(unclear which)",
				 "; ask the person to send it", NULL);
	cwd_found(s, r->from);
	return PEER_DONE;
}

/* The body, from the argument or standard input; checked. `into` holds MESSAGE_BODY_MAX + 1. */
static int body_taken(const struct request *r, char *into, struct slice *body)
{
	int err = 0;

	*body = r->text ? slice_of(r->text) : (struct slice){ into, 0 };
	if (!r->text)
		err = file_read(STDIN_FILENO, into, MESSAGE_BODY_MAX + 1, &body->n);
	if (err)
		return peer_fail(PEER_CANNOT, COMMAND, "cannot read the text from standard input: ",
				 peer_reason(err), "; nothing was sent", NULL);
	if (body->n == 0)
		return peer_fail(PEER_CANNOT, COMMAND,
				 "the text is empty; nothing was sent; give 1 to 8192 bytes", NULL);
	if (body->n > MESSAGE_BODY_MAX)
		return peer_fail(PEER_CANNOT, COMMAND, "the text is longer than 8192 bytes; nothing "
				 "was sent; put it into a file and send the file's name", NULL);
	if (!utf8_valid(*body))
		return peer_fail(PEER_CANNOT, COMMAND, "the text is not valid UTF-8; nothing was "
				 "sent; convert it, as with iconv -t UTF-8", NULL);
	return PEER_DONE;
}

/* Appends the sessions of the list, as far as there is room for them. */
static const char *names(char out[NAMES_BYTES])
{
	struct buf b = buf_over(out, NAMES_BYTES - 8);

	for (unsigned i = 0; i < targets.count && !b.full; i++) {
		struct buf before = b;

		buf_text(&b, i ? ", " : "");
		buf_text(&b, targets.list[i].label);
		buf_text(&b, *targets.list[i].label ? " (" : "");
		buf_text(&b, targets.list[i].session);
		buf_text(&b, *targets.list[i].label ? ")" : "");
		if (b.full) {
			b = before;
			b.cap += 8;
			buf_text(&b, ", ...");
			break;
		}
	}
	b.cap = NAMES_BYTES;
	return b.n ? buf_cstr(&b) : "nobody";
}

static int no_target(const struct request *r, enum target_result why)
{
	char list[NAMES_BYTES];

	switch (why) {
	case TARGET_NOBODY:
		return peer_fail(PEER_CANNOT, COMMAND, "cannot send to ", r->target,
				 ": no other session of this project is there; see 'peer list'",
				 NULL);
	case TARGET_SELF:
		return peer_fail(PEER_CANNOT, COMMAND, "will not send to ", r->target,
				 ": that is the sender itself; name another session", NULL);
	case TARGET_AMBIGUOUS:
		return peer_fail(PEER_CANNOT, COMMAND, "cannot send to ", r->target,
				 ": it may be each of ", names(list), "; give the label or the "
				 "whole id of one", NULL);
	case TARGET_OTHER_PROJECT:
		return peer_fail(PEER_CANNOT, COMMAND, "will not send to ", names(list),
				 ": it works in another project than ", cwd,
				 "; a person may, with --any-project", NULL);
	case TARGET_UNHELD:
		return peer_fail(PEER_CANNOT, COMMAND, "cannot send to ", r->target,
				 ": nobody has that label or id; live in this project: ",
				 names(list), "; or keep it for whoever takes that label, with "
				 "--hold", NULL);
	default:
		break;
	}
	if (!session_id_valid(slice_of(r->target)))
		return peer_misused(COMMAND, "not a session id (1 to 256 of A-Z a-z 0-9 _ -) and "
				    "not a label (1 to 32, : too): ", r->target);
	return peer_fail(PEER_CANNOT, COMMAND, "cannot send to ", r->target, ": no such session, "
			 "and no label; live in this project: ", names(list), NULL);
}

static int not_posted(const char *target, int err)
{
	char home[STORE_HOME_MAX];
	const char *advice = "; mend that and send again";

	if (err == -ETIMEDOUT)
		return peer_fail(PEER_CANNOT, COMMAND, "cannot send to ", target,
				 ": its mailbox is locked by another program; send again", NULL);
	if (err == -EPERM)
		advice = ": not yours, or writable by others; try 'chmod -R go-w' on it";
	else if (err == -ENOSPC || err == -EDQUOT)
		advice = "; make room and send again";
	return peer_fail(PEER_CANNOT, COMMAND, "cannot write to the mailbox of ", target, " in ",
			 store_home(home), "/" LAYOUT_MAILBOXES ": ", peer_reason(err), advice,
			 NULL);
}

/* What became of one copy. box: where it lies; empty if it is held. */
static int report(const struct request *r, struct slice id, const struct target *to,
		  const char *box)
{
	char text[BOX_NAME_MAX + SESSION_ID_MAX + LABEL_MAX + 256];
	struct buf b = buf_over(text, sizeof(text));

	if (r->json) {
		buf_char(&b, '{');
		json_name(&b, "message_id");
		json_string(&b, id);
		json_member_text(&b, "target_session_id", to->session);
		json_member_text(&b, "label", to->label);
		json_member_text(&b, "box", box);
		json_member_bool(&b, "live", to->live);
		json_member_bool(&b, "held", !*box);
		buf_char(&b, '}');
	} else {
		buf_put(&b, id);
	}
	buf_char(&b, '\n');
	return peer_print(COMMAND, buf_slice(&b));
}

static struct slice optional(const char *text)
{
	return text ? slice_of(text) : (struct slice){ NULL, 0 };
}

/* The label of the session that sends; "" if it has none, as a person. */
static const char *sender_label(const struct request *r)
{
	static struct roster roster;
	static struct roster_entry e;
	static char label[LABEL_MAX + 1];

	if (!r->from)
		return "";
	roster_open(&roster, r->store, false);
	while (!*label && roster_next(&roster, &e)) {
		if (e.alive && strcmp(e.who.session, r->from) == 0)
			memcpy(label, e.label, sizeof(label));
	}
	roster_close(&roster);
	return label;
}

/* The text, or the session envelope around it, which has the message's own id. */
static struct slice body_made(const struct request *r, const struct target *to, struct slice text,
			      struct slice id)
{
	static char body[ENVELOPE_BYTES];
	struct buf out = buf_over(body, sizeof(body));

	if (!r->envelope)
		return text;
	session_envelope_write(&out, &(struct session_draft){
		.text = text,
		.from_user = !r->from,
		.message_id = id,
		.from = slice_of(sender_label(r)),
		.to = slice_of(to->label),
		.in_reply_to = optional(r->reply_to),
		.agent = slice_of("local"),
		.harness_session = optional(r->from),
		.cwd = slice_of(cwd),
		.now_ms = clock_now_ms(),
	});
	return buf_slice(&out);
}

/* The mailbox line of one copy, which has an id of its own; empty if it is too long. */
static struct slice line_made(const struct request *r, const struct target *to, struct slice text,
			      struct buf *id)
{
	static char line[MESSAGE_LINE_MAX];
	struct buf out = buf_over(line, sizeof(line));
	struct draft draft = {
		.enqueued_at = clock_now_ms() / 1000,
		.from_session = optional(r->from),
		.request_id = optional(r->request_id),
		.reply_to = optional(r->reply_to),
	};

	message_id_new(id);
	draft.id = buf_slice(id);
	draft.body = body_made(r, to, text, draft.id);
	if (draft.body.n <= MESSAGE_BODY_MAX)
		message_write(&out, &draft);
	return buf_slice(&out);
}

static int too_long(void)
{
	return peer_fail(PEER_CANNOT, COMMAND, "the session envelope around the text is longer than "
			 "8192 bytes; nothing was sent; shorten the text by 1 KB", NULL);
}

/* If the session's place was taken while we wrote, the mail goes to where it would go now. */
static void followed(const struct store *s, const char *session, int64_t end)
{
	static struct boxes boxes;
	char successor[SESSION_ID_MAX + 1];

	if (!target_successor(s, session, successor))
		return;
	boxes_find(s, session, &boxes);
	mail_move(s, &boxes, successor, end);
}

static int sent(const struct store *s, const struct request *r, const struct target *to,
		struct slice body)
{
	const int64_t end = clock_monotonic_ms() + POST_LOCK_MS;
	char id_text[2 * MESSAGE_ID_BYTES];
	struct buf id = buf_over(id_text, sizeof(id_text));
	struct slice line = line_made(r, to, body, &id);
	struct posted posted;
	sigset_t before;
	int err;

	if (line.n == 0)
		return too_long();
	signals_hold(&before);
	err = post_message(s, to->session, line, end, &posted);
	if (err == 0)
		followed(s, to->session, end);
	signals_release(&before);
	if (err)
		return not_posted(*to->label ? to->label : to->session, err);
	return report(r, buf_slice(&id), to, posted.box);
}

static int held(const struct store *s, const struct request *r, enum policy policy,
		struct slice body)
{
	const int64_t end = clock_monotonic_ms() + POST_LOCK_MS;
	struct target nobody = { .live = false };
	char id_text[2 * MESSAGE_ID_BYTES];
	struct buf id = buf_over(id_text, sizeof(id_text));
	struct held_draft d = {
		.label = policy == POLICY_NONE ? r->target : NULL,
		.policy = policy,
		.cwd = cwd,
		.any_project = r->any_project,
	};
	sigset_t before;
	int err;

	if (d.label)
		memcpy(nobody.label, d.label, strlen(d.label) + 1);
	d.line = line_made(r, &nobody, body, &id);
	if (d.line.n == 0)
		return too_long();
	signals_hold(&before);
	err = held_add(s, &d, end);
	/* Somebody may have taken the label meanwhile, and have looked before this was there. */
	if (err == 0)
		held_deliver(s, end);
	signals_release(&before);
	if (err)
		return peer_fail(PEER_CANNOT, COMMAND, "cannot hold the message for ", r->target, ": ",
				 err == -EFBIG ? "too much is held already" : peer_reason(err),
				 "; see 'peer held'; nothing was sent", NULL);
	return report(r, buf_slice(&id), &nobody, "");
}

/* To all the sessions that were found, also after one that cannot be reached. */
static int all_sent(const struct store *s, const struct request *r, struct slice body)
{
	int status = PEER_DONE;

	for (unsigned i = 0; i < targets.count; i++) {
		int failed = sent(s, r, &targets.list[i], body);

		status = failed ? failed : status;
	}
	return status;
}

int peer_send(int argc, char **argv)
{
	static char typed[MESSAGE_BODY_MAX + 1];
	struct request r = { .target = "" };
	struct target_request wanted;
	enum target_result result;
	enum policy policy;
	struct slice body;
	struct store store;
	bool any;
	int status;

	if ((status = arguments(argc, argv, &r)) || (status = values_checked(&r)) ||
	    (status = body_taken(&r, typed, &body)) || (status = peer_store(COMMAND, &store)) ||
	    (status = sender_found(&store, &r)))
		return status;
	r.store = &store;
	any = strcmp(r.target, TARGET_ANY) == 0;
	policy = policy_of(r.policy ? r.policy : policy_wanted());
	if (any && policy == POLICY_DROP)
		return PEER_DONE;
	held_deliver(&store, clock_monotonic_ms() + POST_LOCK_MS);
	wanted = (struct target_request){ r.target, r.from, cwd, r.any_project, policy };
	result = target_find(&store, &wanted, &targets);
	if (result == TARGET_FOUND)
		return all_sent(&store, &r, body);
	if (result == TARGET_NOBODY && (any || r.hold))
		return held(&store, &r, any ? policy : POLICY_BROADCAST, body);
	if (result == TARGET_UNHELD && r.hold)
		return held(&store, &r, POLICY_NONE, body);
	return no_target(&r, result);
}
