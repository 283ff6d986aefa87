/* See outgoing.h. */
#include <errno.h>
#include <unistd.h>

#include "agent/session_envelope.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/utf8.h"
#include "host/signals.h"
#include "outgoing.h"
#include "sender.h"
#include "store/dispatch.h"
#include "store/journal.h"
#include "store/move.h"
#include "store/pending_ask.h"
#include "store/registry.h"
#include "wakes.h"

_Static_assert(MESSAGE_BODY_MAX == 8192 && SESSION_ID_MAX == 256 && MESSAGE_ID_MAX == 128,
	       "these limits stand in the texts below and in peer.c");

enum {
	NAMES_BYTES = 280,	/* of the peers that an error line names */
	DETAIL_MAX = 320,	/* of what the journal says of a refusal */
	/* A session envelope takes at most 1 KB and six bytes for each of its texts'. */
	ENVELOPE_BYTES = 6 * (MESSAGE_BODY_MAX + PRESENCE_CWD_MAX + 1024) + 1024,
};

static struct slice optional(const char *text)
{
	return text ? slice_of(text) : (struct slice){ NULL, 0 };
}

/* ---- What it is ---- */

#define ID_CHARACTERS " (1 to 128 of A-Z a-z 0-9 . _ : -): "

static int mode_taken(struct outgoing *o)
{
	o->mode = WAKE_MODE_UNSET;
	if (!o->wake)
		return PEER_DONE;
	if (strcmp(o->wake, "auto") == 0)
		o->mode = WAKE_MODE_AUTO;
	else if (strcmp(o->wake, "off") == 0)
		o->mode = WAKE_MODE_OFF;
	else
		return peer_misused(o->command, "not auto or off after --wake: ", o->wake);
	return PEER_DONE;
}

static int values_checked(struct outgoing *o)
{
	if (o->who.session_id && !session_id_valid(slice_of(o->who.session_id)))
		return peer_misused(o->command, "not a session id: ", o->who.session_id);
	if (o->request_id && !request_id_shown(slice_of(o->request_id)))
		return peer_misused(o->command, "not an id after --request-id" ID_CHARACTERS,
				    o->request_id);
	if (o->reply_to && !request_id_shown(slice_of(o->reply_to)))
		return peer_misused(o->command, "not an id after --reply-to" ID_CHARACTERS,
				    o->reply_to);
	return mode_taken(o);
}

/* The prefix and the text, from the argument or standard input; checked. */
static int body_taken(struct outgoing *o)
{
	static char memory[MESSAGE_BODY_MAX + 1];
	const bool typed = o->text && strcmp(o->text, "-") != 0;
	struct buf body = buf_over(memory, sizeof(memory));
	size_t n = 0;
	int err = 0;

	buf_text(&body, o->prefix ? o->prefix : "");
	if (typed)
		buf_text(&body, o->text);
	else
		err = file_read(STDIN_FILENO, memory + body.n, sizeof(memory) - body.n, &n);
	if (err)
		return peer_fail(PEER_CANNOT, o->command, "cannot read the text from standard "
				 "input: ", peer_reason(err), "; nothing was sent", NULL);
	o->body = (struct slice){ memory, body.n + n };
	if (o->body.n == 0)
		return peer_fail(PEER_CANNOT, o->command,
				 "the text is empty; nothing was sent; give 1 to 8192 bytes", NULL);
	if (body.full || o->body.n > MESSAGE_BODY_MAX)
		return peer_fail(PEER_CANNOT, o->command, "the text is longer than 8192 bytes; "
				 "nothing was sent; put it into a file and send the file's name",
				 NULL);
	if (!utf8_valid(o->body))
		return peer_fail(PEER_CANNOT, o->command, "the text is not valid UTF-8; nothing "
				 "was sent; convert it, as with iconv -t UTF-8", NULL);
	return PEER_DONE;
}

/* Who asks for work is told of its end by this. */
static void request_made(struct outgoing *o)
{
	static char request[MESSAGE_ID_TEXT];
	struct buf b = buf_over(request, sizeof(request));

	if (!o->action_required || o->request_id)
		return;
	message_id_new(&b);
	o->request_id = buf_cstr(&b);
}

int outgoing_begin(struct outgoing *o)
{
	int status;

	if ((status = values_checked(o)) || (status = body_taken(o)) ||
	    (status = peer_store(o->command, &o->store)) || (status = sender_found(o)))
		return status;
	request_made(o);
	return PEER_DONE;
}

/* ---- To whom ---- */

/* Appends the sessions of the list, as far as there is room for them. */
static const char *names(const struct targets *t, char out[NAMES_BYTES])
{
	struct buf b = buf_over(out, NAMES_BYTES - 8);

	for (unsigned i = 0; i < t->count && !b.full; i++) {
		const struct target *to = &t->list[i];
		struct buf before = b;

		buf_text(&b, i ? ", " : "");
		buf_text(&b, to->label);
		buf_text(&b, *to->label ? " (" : "");
		buf_text(&b, to->session);
		buf_text(&b, *to->label ? ")" : "");
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

static void refused(const struct outgoing *o, const char *name, const char *why)
{
	char detail[DETAIL_MAX];
	struct buf b = buf_over(detail, sizeof(detail));

	/* Without a text there was no message: a wake. */
	if (o->body.n == 0)
		return;
	buf_text(&b, name);
	buf_text(&b, ": ");
	buf_text(&b, why);
	journal_write(&o->store, &(struct journal_entry){
		.what = JOURNAL_REFUSED, .from = o->from, .detail = buf_cstr(&b),
	});
}

int outgoing_no_target(const struct outgoing *o, const char *name, enum target_result why,
		       const struct targets *t)
{
	static const char *const words[] = {
		[TARGET_NOBODY] = "nobody is there", [TARGET_SELF] = "that is the sender itself",
		[TARGET_AMBIGUOUS] = "ambiguous", [TARGET_OTHER_PROJECT] = "another project",
		[TARGET_UNHELD] = "nobody is called so", [TARGET_UNKNOWN] = "no such session",
		[TARGET_FOUND] = "",
	};
	char list[NAMES_BYTES];

	if (why == TARGET_UNKNOWN && !session_id_valid(slice_of(name)))
		return peer_misused(o->command, "not a session id (1 to 256 of A-Z a-z 0-9 _ -) "
				    "and not a label (1 to 32, : too): ", name);
	refused(o, name, words[why]);
	switch (why) {
	case TARGET_NOBODY:
		return peer_fail(PEER_CANNOT, o->command, "cannot ", o->verb, " ", name,
				 ": no other session of this project is there; see 'peer list'",
				 NULL);
	case TARGET_SELF:
		return peer_fail(PEER_CANNOT, o->command, "will not ", o->verb, " ", name,
				 ": that is the sender itself; name another session", NULL);
	case TARGET_AMBIGUOUS:
		return peer_fail(PEER_CANNOT, o->command, "cannot ", o->verb, " ", name,
				 ": it may be each of ", names(t, list), "; give the label or the "
				 "whole id of one", NULL);
	case TARGET_OTHER_PROJECT:
		return peer_fail(PEER_CANNOT, o->command, "will not ", o->verb, " ", names(t, list),
				 ": it works in another project than ", o->cwd,
				 "; a person may, with --any-project", NULL);
	case TARGET_UNHELD:
		return peer_fail(PEER_CANNOT, o->command, "cannot ", o->verb, " ", name,
				 ": nobody has that label or id; live in this project: ",
				 names(t, list), o->can_hold ? "; or keep it for whoever takes "
				 "that label, with --hold" : NULL, NULL);
	default:
		break;
	}
	return peer_fail(PEER_CANNOT, o->command, "cannot ", o->verb, " ", name,
			 ": no such session, and no label; live in this project: ", names(t, list),
			 NULL);
}

int outgoing_target(const struct outgoing *o, const char *name, struct targets *t)
{
	const struct target_request wanted = { name, o->from, o->cwd, o->any_project, POLICY_NONE };
	enum target_result result = target_find(&o->store, &wanted, t);

	return result == TARGET_FOUND ? PEER_DONE : outgoing_no_target(o, name, result, t);
}

/* ---- One copy ---- */

/* The text, or the session envelope around it, which has the message's own id. */
static struct slice body_made(const struct outgoing *o, const struct target *to, struct slice id)
{
	static char body[ENVELOPE_BYTES];
	struct buf out = buf_over(body, sizeof(body));

	if (!o->envelope)
		return o->body;
	session_envelope_write(&out, &(struct session_draft){
		.text = o->body,
		.from_user = !o->from,
		.message_id = id,
		.from = slice_of(sender_label(o)),
		.to = slice_of(to->label),
		.in_reply_to = optional(o->reply_to),
		.agent = slice_of("local"),
		.harness_session = optional(o->from),
		.cwd = slice_of(o->cwd),
		.now_ms = clock_now_ms(),
	});
	return buf_slice(&out);
}

struct slice outgoing_line(const struct outgoing *o, struct sent *sent)
{
	static char line[MESSAGE_LINE_MAX];
	struct buf out = buf_over(line, sizeof(line)), id = buf_over(sent->id, sizeof(sent->id));
	struct draft draft = {
		.enqueued_at = clock_now_s(),
		.from_session = optional(o->from),
		.request_id = optional(o->request_id),
		.reply_to = optional(o->reply_to),
		.source_message_id = optional(o->source_message_id),
		.action_required = sent->owed,
	};

	if (o->id)
		buf_text(&id, o->id);
	else
		message_id_new(&id);
	buf_cstr(&id);
	draft.id = buf_slice(&id);
	draft.body = body_made(o, &sent->to, draft.id);
	if (draft.body.n <= MESSAGE_BODY_MAX)
		message_write(&out, &draft);
	return buf_slice(&out);
}

int outgoing_too_long(const struct outgoing *o)
{
	return peer_fail(PEER_CANNOT, o->command, "the session envelope around the text is longer "
			 "than 8192 bytes; nothing was sent; shorten the text by 1 KB", NULL);
}

static int not_posted(const struct outgoing *o, const struct target *to, int err)
{
	const char *name = *to->label ? to->label : to->session;
	const char *advice = "; mend that and try again";
	char home[STORE_HOME_MAX];

	refused(o, name, peer_reason(err));
	if (err == -ETIMEDOUT)
		return peer_fail(PEER_CANNOT, o->command, "cannot ", o->verb, " ", name,
				 ": its mailbox is locked by another program; try again", NULL);
	if (err == -EPERM)
		advice = ": not yours, or writable by others; try 'chmod -R go-w' on it";
	else if (err == -ENOSPC || err == -EDQUOT)
		advice = "; make room and try again";
	return peer_fail(PEER_CANNOT, o->command, "cannot write to the mailbox of ", name, " in ",
			 store_home(home), "/" LAYOUT_MAILBOXES ": ", peer_reason(err), advice,
			 NULL);
}

/* If the session's place was taken while we wrote, the mail goes to where it would go now. */
static void followed(const struct outgoing *o, const char *session, int64_t end)
{
	static struct boxes boxes;
	char successor[SESSION_ID_MAX + 1];

	if (!target_successor(&o->store, session, successor))
		return;
	boxes_find(&o->store, session, &boxes);
	mail_move(&o->store, &boxes, successor, end);
}

/* Work is only marked as such for who can list and close it (oxtail.md section 7): our own
 * sessions, and servers that say so. */
static bool keeps_work(const struct outgoing *o, const struct target *to)
{
	struct registry_target server;

	registry_find(&o->store, to->session, &server);
	return server.live ? server.obligations : true;
}

int outgoing_awaited(const struct outgoing *o, const struct sent *sent)
{
	static struct pending_ask p;

	p = (struct pending_ask){ .attempts = 0 };
	memcpy(p.session, o->from, strlen(o->from) + 1);
	memcpy(p.request_id, o->request_id, strlen(o->request_id) + 1);
	memcpy(p.target, sent->to.session, sizeof(p.target));
	memcpy(p.message_id, sent->id, sizeof(p.message_id));
	return pending_ask_await(&o->store, &p);
}

int outgoing_to(const struct outgoing *o, struct sent *sent)
{
	const int64_t end = clock_monotonic_ms() + POST_LOCK_MS;
	struct dispatch d = { .session = sent->to.session };
	struct posted posted;
	sigset_t before;
	bool awaited = false;
	int err;

	sent->owed = o->action_required && keeps_work(o, &sent->to);
	d.owed = sent->owed;
	d.line = outgoing_line(o, sent);
	if (d.line.n == 0)
		return outgoing_too_long(o);
	signals_hold(&before);
	if (sent->owed && o->from && o->mode != WAKE_MODE_OFF)
		awaited = outgoing_awaited(o, sent) == 0;
	err = dispatch_message(&o->store, &d, end, &posted);
	if (err == 0)
		followed(o, sent->to.session, end);
	else if (awaited)
		pending_ask_remove(&o->store, o->from, slice_of(o->request_id));
	signals_release(&before);
	if (err)
		return not_posted(o, &sent->to, err);
	memcpy(sent->box, posted.box, sizeof(sent->box));
	journal_write(&o->store, &(struct journal_entry){
		.what = JOURNAL_SENT,
		.message_id = sent->id,
		.session = sent->to.session,
		.from = o->from,
	});
	return PEER_DONE;
}

void outgoing_wake(const struct outgoing *o, struct sent *sent)
{
	const struct wake_request r = {
		.session = sent->to.session,
		.reply_to = optional(o->reply_to),
		.mode = o->mode,
		.action_required = sent->owed,
		.message_id = message_id_ours(slice_of(sent->id)) ? sent->id : NULL,
		.from = o->from,
	};

	wake(&o->store, &r, &sent->wake);
}

int outgoing_told(const struct outgoing *o, const struct sent *sent)
{
	char text[BOX_NAME_MAX + SESSION_ID_MAX + LABEL_MAX + 512];
	struct buf b = buf_over(text, sizeof(text));

	if (o->json) {
		buf_char(&b, '{');
		json_member_text(&b, "message_id", sent->id);
		json_member_text(&b, "target_session_id", sent->to.session);
		json_member_text(&b, "label", sent->to.label);
		json_member_text(&b, "box", sent->box);
		json_member_bool(&b, "live", sent->to.live);
		json_member_bool(&b, "held", !*sent->box);
		json_member_text(&b, "request_id", o->request_id);
		json_member_bool(&b, "action_required", sent->owed);
		json_member_text(&b, "wake_status", wake_word(sent->wake.status));
		json_member_text(&b, "wake_reason", sent->wake.reason);
		json_member_text(&b, "wake_route", sent->wake.route);
		buf_char(&b, '}');
	} else {
		buf_text(&b, sent->id);
		buf_char(&b, ' ');
		buf_text(&b, *sent->box ? wake_word(sent->wake.status) : "held");
		buf_text(&b, o->action_required && !sent->owed ? " not_tracked" : "");
	}
	buf_char(&b, '\n');
	return peer_print(o->command, buf_slice(&b));
}

static unsigned minimum(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* All copies are on the disk before the first wake, which may take its time. */
int outgoing_all(const struct outgoing *o, const struct targets *t)
{
	static struct sent copies[TARGETS_MAX];
	int status = PEER_DONE;

	for (unsigned i = 0; i < t->count; i++) {
		int failed;

		copies[i].to = t->list[i];
		failed = outgoing_to(o, &copies[i]);
		status = failed ? failed : status;
	}
	for (unsigned i = 0; i < t->count; i++) {
		int failed;

		if (i % WAKES_AT_ONCE == 0)
			wakes(o, &copies[i], minimum(t->count - i, WAKES_AT_ONCE));
		if (!*copies[i].box)
			continue;
		failed = outgoing_told(o, &copies[i]);
		status = failed ? failed : status;
	}
	wake_heal(&o->store, NULL);
	return status;
}
