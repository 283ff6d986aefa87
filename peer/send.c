/*
 * peer send: who sends, to whom, what; then one line into the receiver's mailbox, durably.
 */
#include <errno.h>
#include <getopt.h>
#include <unistd.h>

#include "agent/identity.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/utf8.h"
#include "host/signals.h"
#include "peer.h"
#include "store/message.h"
#include "store/post.h"

#define COMMAND "send"

_Static_assert(MESSAGE_BODY_MAX == 8192 && SESSION_ID_MAX == 256 && MESSAGE_ID_MAX == 128,
	       "these limits stand in the texts below and in peer.c");

struct request {
	const char *from;
	const char *request_id;
	const char *reply_to;
	bool json;
	const char *target;
	const char *text;	/* NULL: standard input */
};

static int arguments(int argc, char **argv, struct request *r)
{
	enum { FROM = 1, REQUEST_ID, REPLY_TO, JSON };
	static const struct option options[] = {
		{ "from", required_argument, NULL, FROM },
		{ "request-id", required_argument, NULL, REQUEST_ID },
		{ "reply-to", required_argument, NULL, REPLY_TO },
		{ "json", no_argument, NULL, JSON },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (option == FROM)
			r->from = optarg;
		else if (option == REQUEST_ID)
			r->request_id = optarg;
		else if (option == REPLY_TO)
			r->reply_to = optarg;
		else if (option == JSON)
			r->json = true;
		else if (option == ':')
			return peer_misused(COMMAND, "no value given for ", argv[optind - 1]);
		else
			return peer_no_option(COMMAND, argv);
	}
	if (optind == argc)
		return peer_misused(COMMAND, "no SESSION_ID given", "");
	r->target = argv[optind++];
	if (optind < argc)
		r->text = argv[optind++];
	if (optind < argc)
		return peer_misused(COMMAND, "more than one text; put it in quotes: ",
				    argv[optind]);
	if (r->text && strcmp(r->text, "-") == 0)
		r->text = NULL;
	return PEER_DONE;
}

#define ID_CHARACTERS " (1 to 128 of A-Z a-z 0-9 . _ : -): "

static int ids_checked(struct request *r)
{
	bool ambiguous = false;

	if (!session_id_valid(slice_of(r->target)))
		return peer_misused(COMMAND, "not a session id (1 to 256 of A-Z a-z 0-9 _ -): ",
				    r->target);
	if (r->from && !session_id_valid(slice_of(r->from)))
		return peer_misused(COMMAND, "not a session id after --from: ", r->from);
	if (r->request_id && !request_id_shown(slice_of(r->request_id)))
		return peer_misused(COMMAND, "not an id after --request-id" ID_CHARACTERS,
				    r->request_id);
	if (r->reply_to && !request_id_shown(slice_of(r->reply_to)))
		return peer_misused(COMMAND, "not an id after --reply-to" ID_CHARACTERS,
				    r->reply_to);
	if (!r->from)
		r->from = identity_session(&ambiguous);
	if (ambiguous)
		return peer_fail(PEER_CANNOT, COMMAND, "cannot tell who sends: the session ids of two "
				 "agents are in the environment; say which with --from ID", NULL);
	if (r->from && strcmp(r->from, r->target) == 0)
		return peer_fail(PEER_CANNOT, COMMAND, "will not send to ", r->target,
				 ": that is the sender itself; name another session", NULL);
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
				 strerror(-err), "; nothing was sent", NULL);
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

static struct slice optional(const char *text)
{
	return text ? slice_of(text) : (struct slice){ NULL, 0 };
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
			 store_home(home), "/" LAYOUT_MAILBOXES ": ", strerror(-err), advice,
			 NULL);
}

static int report(const struct request *r, struct slice id, const struct posted *posted)
{
	char text[BOX_NAME_MAX + SESSION_ID_MAX + 256];
	struct buf b = buf_over(text, sizeof(text));

	if (r->json) {
		buf_text(&b, "{\"message_id\":");
		json_string(&b, id);
		buf_text(&b, ",\"target_session_id\":");
		json_string(&b, slice_of(r->target));
		buf_text(&b, ",\"box\":");
		json_string(&b, slice_of(posted->box));
		buf_text(&b, posted->live ? ",\"live\":true}" : ",\"live\":false}");
	} else {
		buf_put(&b, id);
	}
	buf_char(&b, '\n');
	return peer_print(COMMAND, buf_slice(&b));
}

int peer_send(int argc, char **argv)
{
	static char line[MESSAGE_LINE_MAX], typed[MESSAGE_BODY_MAX + 1];
	char id_text[2 * MESSAGE_ID_BYTES];
	struct buf out = buf_over(line, sizeof(line)), id = buf_over(id_text, sizeof(id_text));
	struct request r = { .target = "" };
	struct draft draft = { .enqueued_at = clock_now_ms() / 1000 };
	struct posted posted;
	struct store store;
	sigset_t before;
	int status, err;

	if ((status = arguments(argc, argv, &r)) || (status = ids_checked(&r)) ||
	    (status = body_taken(&r, typed, &draft.body)) ||
	    (status = peer_store(COMMAND, &store)))
		return status;
	message_id_new(&id);
	draft.id = buf_slice(&id);
	draft.from_session = optional(r.from);
	draft.request_id = optional(r.request_id);
	draft.reply_to = optional(r.reply_to);
	message_write(&out, &draft);
	signals_hold(&before);
	err = post_message(&store, r.target, buf_slice(&out),
			   clock_monotonic_ms() + POST_LOCK_MS, &posted);
	signals_release(&before);
	if (err)
		return not_posted(r.target, err);
	return report(&r, draft.id, &posted);
}
