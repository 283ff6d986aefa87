/*
 * peer ask: sends a question, and waits for the one message that answers it.
 *
 * Whoever answers late must know that nobody waits any more, so that the asker is woken: so the
 * pending ask is on record before the last look, and an answer is either found by that look or
 * finds the record. The same when a signal ends the wait, as agents' clients do with commands that
 * take long. Against SIGKILL there is nothing to be done: the answer then comes as other mail does.
 *
 * A person who has no session asks in the name of one made up for this question.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/activity.h"
#include "agent/answer.h"
#include "agent/session_envelope.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/readable.h"
#include "base/setting.h"
#include "host/output.h"
#include "host/watch.h"
#include "outgoing.h"
#include "store/pending_ask.h"

#define COMMAND "ask"

enum {
	TIMEOUT_MS = 60000,	/* default of OXTAIL_ASK_PEER_TIMEOUT_MS */
	LOCK_MS = 2000,	/* patience for the mailboxes' locks, at the last look */
	READER_MS = 2000,	/* for whoever reads our output, while a mailbox is locked */
	LOOK_AGAIN_MS = 5000,	/* for what a watch cannot tell: a folder made anew, a new box */
	SHOW_MS = 1000,	/* between two changes of the line on the terminal */
	SCRATCH_BYTES = 1 << 20,
	PRINT_BYTES = 16384,
	CHARACTER_MAX = 16,	/* bytes as which one is printed at most */
	SHOWN_MAX = 40,	/* of a peer's name on the terminal */
};

struct question {
	struct outgoing out;	/* from: the session that asks */
	const char *asker;	/* the same, until given up: another may be in its place then */
	bool person;	/* it was made up */
	const char *target;
	const char *timeout;
	char request_id[MESSAGE_ID_TEXT];
	int64_t timeout_ms;
	int64_t began;	/* in clock_monotonic_ms */
	struct sent sent;
	struct watch watch;
	int unreadable;	/* a negative errno: our output takes no answer */
};

static int arguments(int argc, char **argv, struct question *q)
{
	const struct peer_option options[] = {
		{ "timeout", NULL, &q->timeout },
		{ "session-id", NULL, &q->out.who.session_id },
		{ "session-nonce", NULL, &q->out.who.nonce },
		{ "wake", NULL, &q->out.wake },
		{ "any-project", &q->out.any_project, NULL },
		{ "json", &q->out.json, NULL },
		{ NULL, NULL, NULL },
	};
	int status = peer_options(COMMAND, argc, argv, options, 2, "TARGET");

	if (status)
		return status;
	q->target = argv[0];
	if (strcmp(q->target, TARGET_ALL) == 0)
		return peer_misused(COMMAND, "asks one session, and not ", q->target);
	q->out.text = argv[1];
	return q->timeout ? peer_seconds(COMMAND, q->timeout, &q->timeout_ms) : PEER_DONE;
}

static int64_t usual_timeout_ms(void)
{
	int64_t ms = setting_number(getenv("OXTAIL_ASK_PEER_TIMEOUT_MS"), TIMEOUT_MS);

	return ms < PEER_SECONDS_MAX * 1000 ? ms : PEER_SECONDS_MAX * 1000;
}

/* A session id that nobody has: a random UUID (version 4). */
static const char *made_up(void)
{
	static char id[] = "00000000-0000-4000-8000-000000000000";
	char digits[32];
	struct buf b = buf_over(digits, sizeof(digits));

	random_hex(&b, sizeof(digits) / 2);
	for (size_t i = 0; i < sizeof(id) - 1; i++) {
		if (id[i] == '0')
			id[i] = digits[i - (i > 8) - (i > 13) - (i > 18) - (i > 23)];
	}
	return id;
}

/* Sends the question; who has no session is given one. */
static int question_sent(struct question *q)
{
	static struct targets targets;
	int status;

	if (!q->out.from) {
		q->out.from = made_up();
		q->person = true;
	}
	q->asker = q->out.from;
	if ((status = outgoing_target(&q->out, q->target, &targets)))
		return status;
	q->sent.to = targets.list[0];
	return outgoing_to(&q->out, &q->sent);
}

/* --- Signals --- */

static volatile sig_atomic_t ended_by;
static int alarm_pipe[2] = { -1, -1 };	/* can be read once a signal came */

static const int ending[] = { SIGINT, SIGTERM, SIGHUP };

static void note_signal(int number)
{
	int err = errno;

	ended_by = number;
	(void)!write(alarm_pipe[1], "", 1);
	errno = err;
}

/* From here on these signals end the wait, and not us; what the caller ignores stays ignored. They
 * are blocked still, so that a question that was sent is waited for. */
static void signals_caught(sigset_t *before)
{
	const struct sigaction noted = { .sa_handler = note_signal };
	struct sigaction was;
	sigset_t blocked;

	if (pipe2(alarm_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
		alarm_pipe[0] = alarm_pipe[1] = -1;
	sigemptyset(&blocked);
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++) {
		sigaddset(&blocked, ending[i]);
		if (sigaction(ending[i], NULL, &was) == 0 && was.sa_handler != SIG_IGN)
			sigaction(ending[i], &noted, NULL);
	}
	sigprocmask(SIG_BLOCK, &blocked, before);
}

/* What is behind us must end as if there were no handler. */
static void die_of(int number)
{
	signal(number, SIG_DFL);
	raise(number);
}

/* The wake, in a process of its own, which keeps nobody waiting that reads our output. */
static void wake_beside(struct question *q, const sigset_t *mask)
{
	int null;

	if (fork() != 0)
		return;
	setsid();
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		signal(ending[i], SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	null = open("/dev/null", O_RDWR);
	for (int fd = 0; fd <= STDERR_FILENO && null >= 0; fd++)
		dup2(null, fd);
	outgoing_wake(&q->out, &q->sent);
	wake_heal(&q->out.store, NULL);
	_exit(0);
}

/* --- The answer --- */

/* Standard output, bit by bit: an answer may be of any length. */
struct printer {
	struct buf text;
	int64_t end;
	int err;
};

static void flushed(struct printer *p)
{
	int64_t left = p->end - clock_monotonic_ms();

	if (p->err == 0)
		p->err = output_whole(STDOUT_FILENO, buf_slice(&p->text), left > 1 ? (int)left : 1);
	p->text.n = 0;
}

static void room_made(struct printer *p)
{
	if (p->text.cap - p->text.n < CHARACTER_MAX)
		flushed(p);
}

/* A string that came escaped, as JSON in good UTF-8. */
static void string_printed(struct printer *p, struct slice escaped)
{
	buf_char(&p->text, '"');
	while (escaped.n) {
		struct json_char c = json_first(escaped);

		room_made(p);
		if (c.bad)
			buf_text(&p->text, "\xEF\xBF\xBD");
		else
			buf_bytes(&p->text, escaped.p, c.bytes);
		escaped = slice_from(escaped, c.bytes);
	}
	room_made(p);
	buf_char(&p->text, '"');
}

static void json_printed(struct printer *p, const struct message *m)
{
	const struct json_value body = { JSON_STRING, m->body }, id = { JSON_STRING, m->id };
	const struct {
		const char *name;
		const struct json_value *value;
	} members[] = {
		{ "{\"message_id\":", &id }, { ",\"from_session_id\":", &m->from_session },
		{ ",\"reply_to\":", &m->reply_to }, { ",\"body\":", &body },
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		flushed(p);
		buf_text(&p->text, members[i].name);
		if (members[i].value->type == JSON_STRING)
			string_printed(p, members[i].value->text);
		else
			buf_text(&p->text, "null");
	}
	flushed(p);
	buf_text(&p->text, "}\n");
}

/* The body, or what the session envelope in it says. */
static void text_printed(struct printer *p, const struct message *m)
{
	static char scratch[SCRATCH_BYTES];
	struct session_envelope e;
	bool feed = false;

	session_envelope_read(m->body, buf_over(scratch, sizeof(scratch)), &e);
	while (e.text.n) {
		room_made(p);
		feed = json_first(e.text).code == '\n';
		e.text = slice_from(e.text, readable_first(&p->text, e.text));
	}
	room_made(p);
	buf_text(&p->text, feed ? "" : "\n");
}

static void line_cleared(void)
{
	if (isatty(STDERR_FILENO))
		(void)!write(STDERR_FILENO, "\r\033[K", 4);
}

static int handed_over(const struct message *m, void *context)
{
	static char memory[PRINT_BYTES];
	struct question *q = context;
	struct printer p = { .text = buf_over(memory, sizeof(memory)) };

	p.end = clock_monotonic_ms() + READER_MS;
	line_cleared();
	if (q->out.json)
		json_printed(&p, m);
	else
		text_printed(&p, m);
	flushed(&p);
	q->unreadable = p.err;
	return p.err;
}

/* --- Waiting --- */

/* For a person at the terminal, one line that changes. */
static void progress_shown(const struct question *q)
{
	const struct target *to = &q->sent.to;
	struct slice name = slice_of(*to->label ? to->label : to->session);
	struct activity doing;
	char text[256];
	struct buf b = buf_over(text, sizeof(text));

	activity_of_session(&q->out.store, to->session, &doing);
	if (name.n > SHOWN_MAX)
		name.n = SHOWN_MAX;
	buf_text(&b, "\r\033[Kwaiting for ");
	buf_put(&b, name);
	buf_text(&b, " (");
	buf_text(&b, activity_word(doing.kind));
	buf_text(&b, ") ");
	buf_int(&b, (clock_monotonic_ms() - q->began) / 1000);
	buf_text(&b, " s");
	(void)!write(STDERR_FILENO, b.p, b.n);
}

/* The answer was there, and was printed, or it could not be; then *status says which. */
static bool looked(struct question *q, int lock_ms, int *status)
{
	const struct answer_wanted wanted = {
		&q->out.store, q->asker, q->request_id, handed_over, q,
	};
	int found = answer_take(&wanted, clock_monotonic_ms() + lock_ms);

	*status = PEER_DONE;
	if (q->unreadable)
		*status = peer_fail(PEER_CANNOT, COMMAND, "cannot write to standard output: ",
				    peer_reason(q->unreadable), "; the answer stays in the mailbox "
				    "of ", q->out.from, NULL);
	return found > 0 || q->unreadable;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Until the answer is there, the time is over, or a signal came: only the first is true. */
static bool waited(struct question *q, int *status)
{
	const int64_t end = q->began + q->timeout_ms;
	const bool shows = isatty(STDERR_FILENO);

	/* A lock that another holds is no reason to wait for it: when it goes, that is a change. */
	while (!looked(q, 0, status)) {
		int64_t now = clock_monotonic_ms();

		if (ended_by || now >= end)
			return false;
		if (shows)
			progress_shown(q);
		watch_wait(&q->watch, alarm_pipe[0],
			   earlier(end, now + (shows ? SHOW_MS : LOOK_AGAIN_MS)));
		/* The process that wakes has ended by now. */
		waitpid(-1, NULL, WNOHANG);
	}
	return true;
}

static int given_up(struct question *q)
{
	static char successor[SESSION_ID_MAX + 1];
	const char *name = *q->sent.to.label ? q->sent.to.label : q->sent.to.session;
	int status;

	/* To whom the answer will go then. */
	if (target_successor(&q->out.store, q->asker, successor))
		q->out.from = successor;
	if (!q->person)
		outgoing_awaited(&q->out, &q->sent);
	if (looked(q, LOCK_MS, &status)) {
		pending_ask_remove(&q->out.store, q->out.from, slice_of(q->request_id));
		return status;
	}
	line_cleared();
	if (q->person)
		return peer_fail(PEER_TIMED_OUT, COMMAND, "no answer yet from ", name, "; see "
				 "later with 'peer inbox --session ", q->out.from, "'", NULL);
	return peer_fail(PEER_TIMED_OUT, COMMAND, "no answer yet from ", name,
			 "; when it comes, it will be delivered to ", q->out.from, NULL);
}

int peer_ask(int argc, char **argv)
{
	static struct question q = { .out = { .command = COMMAND, .verb = "ask" } };
	struct buf id = buf_over(q.request_id, sizeof(q.request_id));
	sigset_t before;
	int status;

	message_id_new(&id);
	q.out.request_id = buf_cstr(&id);
	q.timeout_ms = usual_timeout_ms();
	if ((status = arguments(argc, argv, &q)) || (status = outgoing_begin(&q.out)) ||
	    (status = peer_watch_mail(COMMAND, &q.out.store, &q.watch)))
		return status;
	/* Who waits for the answer wants it. */
	if (q.out.mode == WAKE_MODE_UNSET)
		q.out.mode = WAKE_MODE_AUTO;
	q.began = clock_monotonic_ms();
	signals_caught(&before);
	if ((status = question_sent(&q)))
		return status;
	wake_beside(&q, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (!waited(&q, &status)) {
		status = given_up(&q);
		if (ended_by && status == PEER_TIMED_OUT)
			die_of(ended_by);
	}
	if (q.person && status == PEER_DONE)
		answer_forget(&q.out.store, q.out.from, clock_monotonic_ms() + LOCK_MS);
	return status;
}
