/* See await.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/activity.h"
#include "agent/agent_process.h"
#include "agent/await.h"
#include "agent/deliver.h"
#include "agent/envelope.h"
#include "agent/heal.h"
#include "agent/sight.h"
#include "agent/wake.h"
#include "base/clock.h"
#include "base/readable.h"
#include "base/trace.h"
#include "host/output.h"
#include "host/signals.h"
#include "store/backlog.h"
#include "store/journal.h"
#include "store/mark.h"
#include "store/receipt.h"
#include "store/runtime.h"

enum { NEVER = -1 };

/* Static: too large for a stack, and no memory until the first message is there. */
static struct boxes boxes;
static struct drain drain;
static char text[READABLE_MAX * ENVELOPE_MAX];

/* ---- Whether to wait ---- */

static bool headless(const struct profile *agent)
{
	const char *attended = getenv("CLAUDE_CODE_SESSION_ATTENDED");

	return profile_may_be_claude(agent) && (!attended || strcmp(attended, "1") != 0);
}

static bool is_occasion(const struct hook *h)
{
	return !h->event.in_subagent &&
	       (hook_serves(h, EVENT_SESSION_START) || hook_serves(h, EVENT_PROMPT) ||
		hook_serves(h, EVENT_STOP) || hook_serves(h, EVENT_ABORT));
}

/* Notes which process the client is; false if that cannot be told. */
static bool client_found(struct await *a)
{
	struct buf birth = buf_over(a->who.birth, sizeof(a->who.birth));

	a->who.pid = agent_process(a->hook->agent);
	return process_birth(a->who.pid, &birth) && buf_cstr(&birth);
}

static bool client_lives(const struct await *a)
{
	return process_is(a->who.pid, slice_of(a->who.birth));
}

/* Is the session still the one that the client runs? */
static bool is_current(const struct await *a)
{
	static struct presence there;
	struct runtime_marker m;

	if (!client_lives(a))
		return false;
	if (profile_may_be_claude(a->hook->agent) &&
	    runtime_read(RUNTIME_CLAUDE, a->who.pid, &m) == RUNTIME_FOUND &&
	    strcmp(m.session, a->who.session) != 0)
		return false;
	return !presence_read(&a->hook->store, a->who.session, a->who.pid, &there) ||
	       (!there.ended_at && !*there.successor);
}

/* Lets go of what the client may wait for; what it is told by stays open. */
static void let_go(const struct profile *agent)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return;
	dup2(null, STDIN_FILENO);
	if (agent->wake_by == WAKE_BY_STDERR)
		dup2(null, STDOUT_FILENO);
	close(null);
}

/* Who comes makes up for wakes that others have missed too: in a process of its own, since a route
 * takes its time, which holds nothing of ours or the client's. */
static void others_healed(const struct await *a)
{
	int null;

	signal(SIGCHLD, SIG_IGN);	/* nobody asks how it ended */
	if (!heal_any(&a->hook->store) || fork() != 0)
		return;
	close(a->waiter.pipe);
	null = open("/dev/null", O_RDWR);
	for (int fd = 0; fd <= STDERR_FILENO && null >= 0; fd++)
		dup2(null, fd);
	wake_heal(&a->hook->store, NULL);
	_exit(0);
}

bool await_begin(struct await *a, const struct hook *h)
{
	a->hook = h;
	memcpy(a->who.session, h->event.session, sizeof(a->who.session));
	if (h->agent->wake_by == WAKE_BY_NOTHING || headless(h->agent) || !is_occasion(h) ||
	    !client_found(a))
		return false;
	/* In this order: an end at any moment is noticed by the one or the other. */
	process_end_with_parent();
	a->client = process_watch(a->who.pid);
	if (!is_current(a) || !waiter_open(&a->waiter, &h->store, a->who.session))
		return false;
	let_go(h->agent);
	others_healed(a);
	return true;
}

/* ---- Handing over ---- */

static bool is_busy(const struct await *a)
{
	struct activity activity;

	activity_of(&a->hook->store, &a->who, &activity);
	return activity.kind == ACTIVITY_BUSY || activity.kind == ACTIVITY_WAITING;
}

/* Takes mail off the drain and composes what the client is to get; empty if there is none. */
static struct slice composed(const struct profile *agent)
{
	const bool plain = agent->wake_by == WAKE_BY_STDERR;
	const struct envelope e = {
		.form = plain ? ENVELOPE_TEXT : agent->stop_form,
		/* As at the end of a turn: mail that is all marked auto wakes nobody. */
		.at_stop = true,
		.terse_at_stop = true,
		.has_tools = boxes.registered,
		.messages_max = UINT_MAX,
		.body_units = envelope_body_units(),
		.lock_end = clock_monotonic_ms() + DELIVER_LOCK_MS,
	};
	struct slice envelope = envelope_compose(&e, &drain);
	struct buf out = buf_over(text, sizeof(text));

	if (!plain)
		return envelope;
	readable_escaped(&out, envelope);
	return buf_slice(&out);
}

/* For `peer log`; before drain_commit, which blanks what it takes out of the boxes. */
static void write_down(const struct await *a)
{
	char id[MESSAGE_ID_TEXT];
	const struct journal_entry entry = {
		.what = JOURNAL_HANDED_OVER, .message_id = id, .session = a->who.session,
		.detail = "await-mail",
	};

	for (unsigned i = 0; i < drain.taken_count; i++) {
		if (message_id_take(drain.taken[i].id, id))
			journal_write(&a->hook->store, &entry);
	}
}

/* Hands over what the open drain holds. */
static enum waiter_answer drained(const struct await *a)
{
	const struct profile *agent = a->hook->agent;
	const int fd = agent->wake_by == WAKE_BY_STDERR ? STDERR_FILENO : STDOUT_FILENO;
	struct slice output = composed(agent);
	int err;

	if (!output.n) {
		drain_commit(&drain, RECEIPT_VIA_HOOK);	/* of what is for nobody */
		return drain.missed ? WAITER_SILENT : WAITER_EMPTY;
	}
	if (!drain_ours(&drain)) {
		trace("stood still too long; mail stays of", a->who.session, -ESTALE);
		return WAITER_SILENT;
	}
	err = client_lives(a) ? output_whole(fd, output, DELIVER_OUTPUT_MS) : -EPIPE;
	if (err) {
		trace("the envelope was not taken; mail stays of", a->who.session, err);
		return WAITER_GONE;
	}
	write_down(a);
	sight_expect(a->hook, &drain);
	drain_commit(&drain, RECEIPT_VIA_HOOK);
	/* What did not fit comes out when that turn ends, as after a stop. */
	backlog_write(&a->hook->store, a->who.session, (struct backlog){ drain.waiting, 1 });
	/* The turn is about to begin: nobody need wake it by another way. */
	mark_write(&a->hook->store, a->who.session, MARK_BUSY);
	return WAITER_HANDED;
}

/* Acts on a wake. */
static enum waiter_answer woken(const struct await *a)
{
	const struct store *s = &a->hook->store;
	enum waiter_answer answer;

	if (!is_current(a))
		return WAITER_GONE;
	if (is_busy(a))
		return WAITER_BUSY;
	sight_look(a->hook);
	boxes_find(s, a->who.session, &boxes);
	boxes_keep_filled(s, &boxes);
	if (boxes.count == 0)
		return WAITER_EMPTY;
	if (store_has(s, LAYOUT_MAILBOXES) != 0 ||
	    !drain_open(&drain, s, a->who.session, &boxes,
			clock_monotonic_ms() + DELIVER_LOCK_MS))
		return WAITER_SILENT;
	answer = drained(a);
	drain_close(&drain);
	return answer;
}

/* ---- Waiting ---- */

/* When a wake that was missed may be due, in ms since 1970; NEVER: none was. */
static int64_t missed(const struct await *a)
{
	return heal_next_at(&a->hook->store, a->who.session, clock_now_ms());
}

/* Acts on it, if it is due. Then `due` is when to look again. */
static enum waiter_answer retried(const struct await *a, int64_t *due)
{
	const struct store *s = &a->hook->store;
	const int64_t now = clock_now_ms();
	enum waiter_answer answer = WAITER_SILENT;
	struct heal_due retry;

	if (heal_next(s, a->who.session, now, &retry)) {
		answer = woken(a);
		heal_done(s, &retry, now);
	}
	*due = missed(a);
	/* Not due after all: the session is busy, or another process was quicker. */
	if (*due != NEVER && *due < now + AWAIT_LOOK_MS)
		*due = now + AWAIT_LOOK_MS;
	return answer;
}

/* How long to sleep, in ms; NEVER: until something happens. */
static int patience(const struct await *a, int64_t due)
{
	int64_t ms = a->client < 0 ? AWAIT_LOOK_MS : INT_MAX;
	int64_t left = due - clock_now_ms();

	if (due == NEVER)
		return a->client < 0 ? AWAIT_LOOK_MS : NEVER;
	return (int)(left < 0 ? 0 : left < ms ? left : ms);
}

static bool is_last(enum waiter_answer answer)
{
	return answer == WAITER_HANDED || answer == WAITER_GONE;
}

/* Obeys what has come by the pipe, to the last command; what the last wake came to. `due` is told
 * anew if a wake was missed meanwhile. */
static enum waiter_answer obeyed(struct await *a, int64_t *due)
{
	enum waiter_answer answer = WAITER_SILENT;
	enum waiter_command command;
	waiter_token token;

	while (!is_last(answer) && (command = waiter_next(&a->waiter, token)) != WAITER_NOTHING) {
		if (command == WAITER_LEAVE)
			return WAITER_GONE;
		if (command == WAITER_LOOK) {
			*due = missed(a);
			continue;
		}
		answer = woken(a);
		waiter_answer(&a->waiter, token, answer);
	}
	return answer;
}

int await_wake(struct await *a)
{
	struct pollfd ends[] = {
		{ .fd = a->waiter.pipe, .events = POLLIN },
		{ .fd = a->client, .events = POLLIN },
	};
	enum waiter_answer answer = WAITER_SILENT;
	int64_t due = missed(a);
	sigset_t before;

	for (;;) {
		poll(ends, 2, patience(a, due));
		/* While we hand over we do not end; asleep, SIGTERM ends us. */
		signals_hold(&before);
		answer = client_lives(a) ? obeyed(a, &due) : WAITER_GONE;
		if (!is_last(answer) && due != NEVER && due <= clock_now_ms())
			answer = retried(a, &due);
		if (is_last(answer))
			break;
		signals_release(&before);
	}
	/* Who asks after the handing over need not be woken for: the turn begins. */
	waiter_close(&a->waiter, answer == WAITER_HANDED ? WAITER_BUSY : WAITER_GONE);
	return answer == WAITER_HANDED && a->hook->agent->wake_by == WAKE_BY_STDERR ?
	       AWAIT_WAKES : 0;
}
