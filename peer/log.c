/*
 * peer log: what happened to messages on this machine lately, one line each: the answer to "why
 * did it not arrive".
 */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "agent/history.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/file.h"
#include "base/json.h"
#include "base/trace.h"
#include "host/watch.h"
#include "peer.h"
#include "shown.h"
#include "store/journal.h"

#define COMMAND "log"

enum {
	LINES = 50,	/* default of --lines; stands in peer.c and peer.1 too */
	LINE_BYTES = 16384,	/* each byte of a happening may become six */
	PRINT_MS = 60000,
	/* Nothing tells of a line in the trace, whose folder is anybody's. */
	LOOK_AGAIN_MS = 5000,
	LOOK_AT_TRACE_MS = 1000,
	REST_MS = 100,	/* between two looks, however much goes on */
};

struct request {
	bool follow;
	bool json;
	const char *lines;
	unsigned count;
};

static int arguments(int argc, char **argv, struct request *r)
{
	static char spelt_out[] = "--lines";
	const struct peer_option options[] = {
		{ "follow", &r->follow, NULL },
		{ "json", &r->json, NULL },
		{ "lines", NULL, &r->lines },
		{ NULL, NULL, NULL },
	};
	struct slice rest;
	int64_t n = LINES;
	int status;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-n") == 0)
			argv[i] = spelt_out;
	}
	status = peer_options(COMMAND, argc, argv, options, 0, NULL);
	if (status)
		return status;
	rest = slice_of(r->lines ? r->lines : "");
	if (r->lines && (!decimal_take(&rest, &n) || rest.n || n < 1 || n > HISTORY_MAX))
		return peer_misused(COMMAND, "not a number of lines (1 to 1000): ", r->lines);
	r->count = (unsigned)n;
	return PEER_DONE;
}

/* --- A line --- */

static void text_out(struct buf *out, const char *before, const char *text, const char *after)
{
	if (!*text)
		return;
	buf_text(out, before);
	peer_text(out, slice_of(text));
	buf_text(out, after);
}

static void session_out(struct buf *out, const char *before, const char *session)
{
	if (!*session)
		return;
	buf_text(out, before);
	shown_session(out, session);
}

/* How the session stands in the sentence. */
static const char *preposition(const char *what)
{
	if (strcmp(what, JOURNAL_SEEN) == 0 || strcmp(what, JOURNAL_UNSEEN) == 0)
		return " by ";
	return strcmp(what, JOURNAL_PUT_BACK) == 0 ? " for " : " to ";
}

static void line_out(struct buf *out, const struct happening *e)
{
	shown_time(out, e->at);
	text_out(out, " ", e->what, "");
	if (e->pid) {
		buf_char(out, ' ');
		buf_int(out, e->pid);
		text_out(out, " ", e->detail, "\n");
		return;
	}
	text_out(out, " ", e->message_id, "");
	text_out(out, " by ", e->via, "");
	session_out(out, " from ", e->from);
	session_out(out, preposition(e->what), e->session);
	text_out(out, ": ", e->status, "");
	text_out(out, " (", e->detail, ")");
	buf_char(out, '\n');
}

static void member_out(struct buf *out, const char *name, const char *text)
{
	if (*text)
		json_member_text(out, name, text);
}

static void object_out(struct buf *out, const struct happening *e)
{
	buf_char(out, '{');
	json_member_int(out, "at", e->at);
	json_member_text(out, "what", e->what);
	member_out(out, "message_id", e->message_id);
	member_out(out, "session_id", e->session);
	member_out(out, "label", shown_label(e->session));
	member_out(out, "from", e->from);
	member_out(out, "from_label", shown_label(e->from));
	member_out(out, "via", e->via);
	member_out(out, "status", e->status);
	if (e->pid)
		json_member_int(out, "pid", e->pid);
	member_out(out, "detail", e->detail);
	buf_text(out, "}\n");
}

static int printed(const struct request *r, const struct happening *e)
{
	char text[LINE_BYTES];
	struct buf out = buf_over(text, sizeof(text));

	if (r->json)
		object_out(&out, e);
	else
		line_out(&out, e);
	return file_write(STDOUT_FILENO, buf_slice(&out), PRINT_MS);
}

static int not_printed(const struct request *r, int err)
{
	if (r->follow && err == -EPIPE)
		return PEER_DONE;
	return peer_fail(PEER_CANNOT, COMMAND, "cannot write to standard output: ",
			 peer_reason(err), NULL);
}

/* --- What is new --- */

static struct history history;

/* What was there at the last look. */
static struct {
	unsigned count;
	uint64_t keys[HISTORY_MAX];
	int64_t oldest;	/* what is older was there before it: the list was full */
} before;

static void history_remembered(void)
{
	before.count = history.count;
	for (unsigned i = 0; i < history.count; i++)
		before.keys[i] = history_at(&history, i)->key;
	if (history.count == HISTORY_MAX)
		before.oldest = history_at(&history, 0)->at;
}

static bool is_new(const struct happening *e)
{
	for (unsigned i = 0; i < before.count; i++) {
		if (before.keys[i] == e->key)
			return false;
	}
	return e->at >= before.oldest;
}

static void folders_watched(const struct store *s, struct watch *w)
{
	static const char *const folders[] = { LAYOUT_OURS, LAYOUT_RECEIPTS, LAYOUT_SEEN };

	watch_open(w);
	w->hangup_only = true;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (store_make(s, folders[i], false) == 0)
			watch_add(w, s->root, folders[i]);
	}
}

static int followed(const struct request *r, const struct store *s, struct watch *w)
{
	const int64_t step = trace_path() ? LOOK_AT_TRACE_MS : LOOK_AGAIN_MS;

	for (;;) {
		int err = 0;

		if (watch_wait(w, STDOUT_FILENO, clock_monotonic_ms() + step) == WATCH_OTHER &&
		    peer_unread())
			return PEER_DONE;
		history_read(s, &history);
		shown_labels_read(s);
		for (unsigned i = 0; err == 0 && i < history.count; i++) {
			if (is_new(history_at(&history, i)))
				err = printed(r, history_at(&history, i));
		}
		if (err)
			return not_printed(r, err);
		history_remembered();
		clock_sleep_ms(REST_MS);
	}
}

int peer_log(int argc, char **argv)
{
	struct request r = { .follow = false };
	struct store store;
	struct watch w;
	int err = 0, status;

	if ((status = arguments(argc, argv, &r)) || (status = peer_store(COMMAND, &store)))
		return status;
	signal(SIGPIPE, SIG_IGN);
	tzset();
	if (r.follow)
		folders_watched(&store, &w);
	history_read(&store, &history);
	shown_labels_read(&store);
	for (unsigned i = history.count > r.count ? history.count - r.count : 0;
	     err == 0 && i < history.count; i++)
		err = printed(&r, history_at(&history, i));
	if (err)
		return not_printed(&r, err);
	history_remembered();
	return r.follow ? followed(&r, &store, &w) : PEER_DONE;
}
