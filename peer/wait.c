/*
 * peer wait: sleeps until a session has mail, and says which; takes nothing. With --follow it is
 * what a plugin of an agent keeps running, to be told of each message when it comes.
 */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "agent/held.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "host/watch.h"
#include "peer.h"
#include "store/boxes.h"
#include "store/message.h"
#include "store/post.h"

#define COMMAND "wait"

enum {
	LOOK_AGAIN_MS = 5000,	/* for what a watch cannot tell: a folder made anew, a new box */
	PRINT_MS = 60000,
	LINE_BYTES = 4096,
	KNOWN_PLACES = 32768,	/* a power of two */
	/* Messages that are remembered as printed. When they are so many, those that wait no more
	 * are forgotten; if so many wait at once, further ones are not printed. */
	KNOWN_MAX = KNOWN_PLACES / 4 * 3,
};

struct request {
	const struct store *store;
	const char *session;
	const char *timeout;
	bool follow;
	bool json;
	int64_t end;	/* in clock_monotonic_ms; -1: never */
};

struct known {
	unsigned count;
	uint64_t hashes[KNOWN_PLACES];	/* of message ids; 0: free */
};

static struct known known;
static struct known waiting;	/* of the known ones */

static int unreadable;	/* a negative errno: our output is read no more */

static int arguments(int argc, char **argv, struct request *r)
{
	static struct identity me;
	struct identity_request who = { NULL, NULL, NULL, NULL };
	const struct peer_option options[] = {
		{ "timeout", NULL, &r->timeout },
		{ "follow", &r->follow, NULL },
		{ "json", &r->json, NULL },
		{ "session-id", NULL, &who.session_id },
		{ "session-nonce", NULL, &who.nonce },
		{ NULL, NULL, NULL },
	};
	int64_t ms = 0;
	int status = peer_options(COMMAND, argc, argv, options, 0, NULL);

	if (status || (status = peer_me(COMMAND, &who, &me)) ||
	    (r->timeout && (status = peer_seconds(COMMAND, r->timeout, &ms))))
		return status;
	r->session = me.session;
	r->end = r->timeout ? clock_monotonic_ms() + ms : -1;
	return PEER_DONE;
}

/* Of the decoded id, which may be spelt in several ways. Never 0. */
static uint64_t hash(struct slice id)
{
	uint64_t h = HASH_EMPTY;

	while (id.n) {
		struct json_char c = json_first(id);

		h = hash_bytes(h, &c.code, sizeof(c.code));
		id = slice_from(id, c.bytes);
	}
	return h ? h : 1;
}

/* Where it stands, or the free place where it belongs. */
static uint64_t *place_of(struct known *k, uint64_t h)
{
	size_t at = h % KNOWN_PLACES;

	while (k->hashes[at] && k->hashes[at] != h)
		at = (at + 1) % KNOWN_PLACES;
	return &k->hashes[at];
}

/* False if it was known, or there is no room for it. */
static bool remember(struct known *k, uint64_t h)
{
	uint64_t *place = place_of(k, h);

	if (*place || k->count == KNOWN_MAX)
		return false;
	*place = h;
	k->count++;
	return true;
}

static void word_out(struct buf *out, const struct json_value *v, bool (*valid)(struct slice))
{
	if (id_in(v, valid))
		json_decode(v->text, out);
	else
		buf_char(out, '-');
}

static void string_out(struct buf *out, const char *name, const struct json_value *v,
		       bool (*valid)(struct slice))
{
	json_name(out, name);
	if (!id_in(v, valid)) {
		buf_text(out, "null");
		return;
	}
	/* What is valid needs no escapes, so that it stands there without. */
	buf_char(out, '"');
	json_decode(v->text, out);
	buf_char(out, '"');
}

static void print(const struct request *r, const struct message *m)
{
	char text[LINE_BYTES];
	struct buf out = buf_over(text, sizeof(text));
	const struct json_value id = { JSON_STRING, m->id };

	if (r->json) {
		buf_char(&out, '{');
		string_out(&out, "message_id", &id, message_id_shown);
		string_out(&out, "from_session_id", &m->from_session, session_id_valid);
		string_out(&out, "request_id", &m->request_id, request_id_shown);
		string_out(&out, "reply_to", &m->reply_to, request_id_shown);
		json_member_bool(&out, "action_required", m->action_required);
		buf_char(&out, '}');
	} else {
		word_out(&out, &id, message_id_shown);
		buf_char(&out, ' ');
		word_out(&out, &m->from_session, session_id_valid);
		buf_char(&out, ' ');
		word_out(&out, &m->reply_to, request_id_shown);
	}
	buf_char(&out, '\n');
	unreadable = file_write(STDOUT_FILENO, buf_slice(&out), PRINT_MS);
}

/* What is done with each message that waits; true if that is to be counted. */
typedef bool visit(const struct request *r, const struct message *m);

static bool print_if_new(const struct request *r, const struct message *m)
{
	if (unreadable || !remember(&known, hash(m->id)))
		return false;
	print(r, m);
	return true;
}

static bool keep_if_known(const struct request *r, const struct message *m)
{
	const uint64_t h = hash(m->id);

	(void)r;
	return *place_of(&known, h) && remember(&waiting, h);
}

struct visiting {
	const struct request *request;
	visit *each;
	unsigned count;
};

static bool visited(const struct message *m, void *context)
{
	struct visiting *v = context;

	if (v->each(v->request, m))
		v->count++;
	return false;
}

static unsigned mail_visited(const struct request *r, visit *each)
{
	static struct boxes boxes;
	struct visiting v = { r, each, 0 };

	if (store_has(r->store, LAYOUT_MAILBOXES) != 0)
		return 0;
	boxes_find(r->store, r->session, &boxes);
	boxes_keep_filled(r->store, &boxes);
	for (unsigned i = 0; i < boxes.count; i++)
		box_has(r->store, boxes.names[i], visited, &v);
	return v.count;
}

/* How many messages were printed. */
static unsigned mail_printed(const struct request *r)
{
	unsigned count = mail_visited(r, print_if_new);

	if (known.count < KNOWN_MAX)
		return count;
	waiting = (struct known){ .count = 0 };
	mail_visited(r, keep_if_known);
	known = waiting;
	return count + mail_visited(r, print_if_new);
}

static int not_read(const struct request *r, int err)
{
	if (r->follow && err == -EPIPE)
		return PEER_DONE;
	return peer_fail(PEER_CANNOT, COMMAND, "cannot write to standard output: ",
			 peer_reason(err), "; no mail was taken", NULL);
}

static int followed(const struct request *r, struct watch *w)
{
	unsigned count = 0;

	for (;;) {
		int64_t again = clock_monotonic_ms() + LOOK_AGAIN_MS;
		bool last = r->end >= 0 && r->end < again;

		count += mail_printed(r);
		if (unreadable)
			return not_read(r, unreadable);
		if (count && !r->follow)
			return PEER_DONE;
		switch (watch_wait(w, STDOUT_FILENO, last ? r->end : again)) {
		case WATCH_OTHER:
			if (peer_unread())
				return not_read(r, -EPIPE);
			break;
		case WATCH_TIMEOUT:
			if (last)
				return count ? PEER_DONE : PEER_TIMED_OUT;
			break;
		default:
			break;
		}
	}
}

int peer_wait(int argc, char **argv)
{
	struct request r = { .session = NULL };
	struct store store;
	struct watch w;
	int status;

	if ((status = arguments(argc, argv, &r)) || (status = peer_store(COMMAND, &store)))
		return status;
	r.store = &store;
	signal(SIGPIPE, SIG_IGN);
	held_deliver(&store, clock_monotonic_ms() + POST_LOCK_MS);
	if ((status = peer_watch_mail(COMMAND, &store, &w)))
		return status;
	w.hangup_only = true;
	return followed(&r, &w);
}
