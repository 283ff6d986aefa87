/*
 * gate: the stores of waking, the gate and the healing, called from arguments, so that test/gate.bats
 * and test/ledger.bats can try each rule at its boundary.
 *
 *	usage: gate COMMAND ARGUMENT...	in the ~/.oxtail of HOME; commands: the table below
 *
 * Times (NOW, AT) are ms since 1970; `-` stands for an empty argument. Prints what came of it.
 */
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/gate.h"
#include "agent/heal.h"
#include "agent/sweep.h"
#include "base/clock.h"
#include "base/file.h"
#include "store/autowake.h"
#include "store/ledger.h"
#include "store/outbox.h"
#include "store/pending_ask.h"
#include "store/pending_wake.h"
#include "store/receipt.h"
#include "store/throttle.h"

enum { LOCK_MS = 300 };

static struct store store;

static const char *const claims[] = {
	[AUTOWAKE_CLAIMED] = "claimed",
	[AUTOWAKE_DEDUPED] = "deduped",
	[AUTOWAKE_LIMITED] = "limited",
	[AUTOWAKE_FAILED] = "failed",
};
static const char *const asks[] = {
	[PENDING_ASK_NONE] = "none",
	[PENDING_ASK_EXPIRED] = "expired",
	[PENDING_ASK_WON] = "won",
};
static const char *const obligations[] = {
	[OBLIGATION_NONE] = "none",
	[OBLIGATION_OPEN] = "open",
	[OBLIGATION_DONE] = "done",
	[OBLIGATION_BLOCKED] = "blocked",
};

static const char *given(const char *argument)
{
	return strcmp(argument, "-") == 0 ? "" : argument;
}

static int64_t ms(const char *argument)
{
	return strtoll(argument, NULL, 10);
}

static int64_t lock_end(void)
{
	return clock_monotonic_ms() + LOCK_MS;
}

static void id_set(char *into, size_t size, const char *text)
{
	snprintf(into, size, "%s", given(text));
}

static int said(int err)
{
	printf("%s\n", err == 0 ? "ok" : err == -EEXIST ? "exists" : err == -EALREADY ? "already" :
	       err == -ENOENT ? "none" : err == -ETIMEDOUT ? "timeout" : "failed");
	return 0;
}

/* pass SESSION REPLY_TO auto|off|- action|- NOW */
static int pass(char **a)
{
	struct gate_request r = {
		.session = given(a[0]),
		.reply_to = slice_of(given(a[1])),
		.mode = strcmp(a[2], "auto") == 0 ? WAKE_MODE_AUTO :
			strcmp(a[2], "off") == 0 ? WAKE_MODE_OFF : WAKE_MODE_UNSET,
		.action_required = strcmp(a[3], "action") == 0,
		.now = ms(a[4]),
	};
	struct gate g;

	gate_pass(&store, &r, &g);
	printf("%s %s\n", wake_word(g.status), g.reason);
	return 0;
}

/* activity SESSION NOW */
static int activity(char **a)
{
	struct gate_activity is;

	gate_activity(&store, a[0], ms(a[1]), &is);
	printf("%s%s\n", is.fresh_idle ? "idle" : is.fresh_busy ? "busy" : "unknown",
	       is.marked ? "" : " unmarked");
	return 0;
}

/* claim SESSION REPLY_TO NOW */
static int claim(char **a)
{
	printf("%s\n", claims[autowake_claim(&store, a[0], slice_of(a[1]), ms(a[2]))]);
	return 0;
}

static struct pending_ask ask_of(char **a)
{
	struct pending_ask p = { .at = ms(a[2]), .owner_epoch = ms(a[5]) };

	id_set(p.session, sizeof(p.session), a[0]);
	id_set(p.request_id, sizeof(p.request_id), a[1]);
	id_set(p.target, sizeof(p.target), a[3]);
	id_set(p.message_id, sizeof(p.message_id), a[4]);
	return p;
}

/* ask SESSION REQUEST AT TARGET MESSAGE EPOCH */
static int ask(char **a)
{
	struct pending_ask p = ask_of(a);

	return said(pending_ask_write(&store, &p));
}

/* consume SESSION REQUEST NOW */
static int consume(char **a)
{
	printf("%s\n", asks[pending_ask_consume(&store, a[0], slice_of(a[1]), ms(a[2]))]);
	return 0;
}

/* asks NOW */
static int list_asks(char **a)
{
	static struct record_scan scan;
	static struct pending_ask p;

	if (pending_ask_open(&scan, &store, ms(a[0])) != 0)
		return 0;
	while (pending_ask_next(&scan, &p))
		printf("%s %s %lld\n", p.session, p.request_id, (long long)p.attempts);
	record_scan_close(&scan);
	return 0;
}

/* wake RECIPIENT MESSAGE SENDER AT */
static int wake(char **a)
{
	struct pending_wake p = { .at = ms(a[3]) };

	id_set(p.recipient, sizeof(p.recipient), a[0]);
	id_set(p.message_id, sizeof(p.message_id), a[1]);
	id_set(p.sender, sizeof(p.sender), a[2]);
	return said(pending_wake_write(&store, &p));
}

/* heal ONLY NOW tried|-: what is due, and that it was tried */
static int heal(char **a)
{
	const char *only = given(a[0]);
	struct heal_due due;

	if (!heal_next(&store, *only ? only : NULL, ms(a[1]), &due)) {
		printf("nothing\n");
		return 0;
	}
	printf("%s %u %s\n", due.session, due.records, due.asked ? "asked" : "missed");
	if (strcmp(a[2], "tried") == 0)
		heal_done(&store, &due, ms(a[1]));
	return 0;
}

/* heal-at SESSION NOW */
static int heal_at(char **a)
{
	printf("%lld\n", (long long)heal_next_at(&store, a[0], ms(a[1])));
	return 0;
}

/* throttle FOLDER SESSION MS NOW */
static int throttle(char **a)
{
	printf("%s\n", throttle_pass(&store, a[0], a[1], ms(a[2]), ms(a[3])) ? "pass" : "wait");
	return 0;
}

/* record SESSION LINE */
static int record(char **a)
{
	return said(ledger_record(&store, a[0], slice_of(a[1]), lock_end()));
}

/* stamp SESSION ID done|blocked NOTE */
static int stamp(char **a)
{
	return said(ledger_stamp(&store, a[0], slice_of(a[1]),
				 strcmp(a[2], "done") == 0 ? OBLIGATION_DONE : OBLIGATION_BLOCKED,
				 slice_of(given(a[3])), lock_end()));
}

static void entry_shown(const struct ledger_entry *e)
{
	printf("%.*s %s %s %.*s\n", (int)e->message.id.n, e->message.id.p,
	       obligations[e->obligation], e->closed_at ? "at" : "-", (int)e->message.body.n,
	       e->message.body.p);
}

/* find SESSION ID */
static int find(char **a)
{
	struct ledger_scan scan;
	struct ledger_entry e;

	if (!ledger_find(&scan, &store, a[0], slice_of(a[1]), &e))
		return said(-ENOENT);
	entry_shown(&e);
	ledger_close(&scan);
	return 0;
}

/* walk */
static int walk(char **a)
{
	static struct ledger_walk w;
	struct ledger_entry e;

	(void)a;
	if (ledger_walk_open(&w, &store) != 0)
		return said(-ENOENT);
	while (ledger_walk_next(&w, &e))
		entry_shown(&e);
	ledger_walk_close(&w);
	return 0;
}

/* outbox ID ENQUEUED TARGET PID FROM: writes it and reads it back */
static int outbox(char **a)
{
	struct outbox_record r = { .enqueued_at = ms(a[1]), .target_pid = ms(a[3]) }, back;

	id_set(r.id, sizeof(r.id), a[0]);
	id_set(r.target, sizeof(r.target), a[2]);
	id_set(r.from, sizeof(r.from), a[4]);
	outbox_write(&store, &r);
	if (!outbox_read(&store, r.id, &back))
		return said(-ENOENT);
	printf("%s %lld [%s] %lld [%s]\n", back.id, (long long)back.enqueued_at, back.target,
	       (long long)back.target_pid, back.from);
	return 0;
}

/* receipt ID */
static int receipt(char **a)
{
	struct receipt r;

	if (!receipt_read(&store, a[0], &r))
		return said(receipt_exists(&store, a[0]) ? -EIO : -ENOENT);
	printf("%lld %s [%s]\n", (long long)r.delivered_at, r.via, r.recipient);
	return 0;
}

/* sweep */
static int sweep(char **a)
{
	(void)a;
	sweep_if_due(&store);
	return 0;
}

#define RACER "22222222-3333-4444-5555-666666666666"
#define RACED "9f8e7d6c5b4a3921"

enum { RACERS = 2, OLD_MS = 2000, RACE_S = 60 };

/* Several processes try the same thing at once, and say who got it. */
struct race {
	void (*prepare)(int64_t now);
	bool (*won)(int64_t now);
};

static void nothing_there(int64_t now)
{
	char path[LAYOUT_MAX];

	(void)now;
	unlinkat(store.root, layout_dedupe(path, RACER, slice_of(RACED)), 0);
	unlinkat(store.root, layout_rate(path, RACER), 0);
	unlinkat(store.root, layout_throttle(path, LAYOUT_WAITER_WAKE, RACER), 0);
}

static void claim_expired(int64_t now)
{
	char path[LAYOUT_MAX];

	autowake_note(&store, RACER, slice_of(RACED), now - OLD_MS);
	unlinkat(store.root, layout_rate(path, RACER), 0);
}

static bool claim_won(int64_t now)
{
	return autowake_claim(&store, RACER, slice_of(RACED), now) == AUTOWAKE_CLAIMED;
}

static void throttle_expired(int64_t now)
{
	nothing_there(now);
	throttle_pass(&store, LAYOUT_WAITER_WAKE, RACER, OLD_MS, now - OLD_MS);
}

static bool throttle_won(int64_t now)
{
	return throttle_pass(&store, LAYOUT_WAITER_WAKE, RACER, OLD_MS, now);
}

static void ask_there(int64_t now)
{
	struct pending_ask p = { .session = RACER, .request_id = RACED, .at = now };

	pending_ask_write(&store, &p);
}

static bool ask_won(int64_t now)
{
	return pending_ask_consume(&store, RACER, slice_of(RACED), now) == PENDING_ASK_WON;
}

/* What the racers share: memory, so that they start as close together as can be. */
struct track {
	atomic_long round;
	atomic_long now;
	atomic_int ready;	/* racers that have ended the round */
	atomic_int winners;	/* in this round */
};

static void racer(const struct race *r, struct track *t, long rounds)
{
	alarm(RACE_S);
	for (long round = 1; round <= rounds; round++) {
		while (t->round < round)
			sched_yield();
		if (r->won(t->now))
			t->winners++;
		t->ready++;
	}
	_exit(0);
}

/* How many rounds had not exactly one winner. */
static long rounds_run(const struct race *r, struct track *t, long rounds)
{
	long wrong = 0;

	for (long round = 1; round <= rounds; round++) {
		t->now = (long)clock_now_ms();
		t->ready = t->winners = 0;
		r->prepare(t->now);
		t->round = round;
		while (t->ready < RACERS)
			sched_yield();
		wrong += t->winners != 1;
	}
	return wrong;
}

/* race claim|claim-expired|throttle|throttle-expired|consume ROUNDS */
static int race(char **a)
{
	static const struct {
		const char *name;
		struct race race;
	} races[] = {
		{ "claim", { nothing_there, claim_won } },
		{ "claim-expired", { claim_expired, claim_won } },
		{ "throttle", { nothing_there, throttle_won } },
		{ "throttle-expired", { throttle_expired, throttle_won } },
		{ "consume", { ask_there, ask_won } },
	};
	struct track *t = mmap(NULL, sizeof(*t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			       -1, 0);
	const long rounds = atol(a[1]);
	const struct race *r = NULL;
	long wrong;

	for (size_t i = 0; i < sizeof(races) / sizeof(races[0]); i++)
		r = strcmp(a[0], races[i].name) == 0 ? &races[i].race : r;
	if (!r || t == MAP_FAILED)
		return 2;
	alarm(RACE_S);
	for (int i = 0; i < RACERS; i++) {
		if (fork() == 0)
			racer(r, t, rounds);
	}
	wrong = rounds_run(r, t, rounds);
	while (wait(NULL) > 0)
		;
	printf("%ld wrong\n", wrong);
	return wrong ? 1 : 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int arguments;
		int (*run)(char **arguments);
	} commands[] = {
		{ "pass", 5, pass },
		{ "activity", 2, activity },
		{ "claim", 3, claim },
		{ "ask", 6, ask },
		{ "consume", 3, consume },
		{ "asks", 1, list_asks },
		{ "wake", 4, wake },
		{ "heal", 3, heal },
		{ "heal-at", 2, heal_at },
		{ "throttle", 4, throttle },
		{ "record", 2, record },
		{ "stamp", 4, stamp },
		{ "find", 2, find },
		{ "walk", 0, walk },
		{ "outbox", 5, outbox },
		{ "receipt", 1, receipt },
		{ "sweep", 0, sweep },
		{ "race", 2, race },
	};

	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[1], commands[i].name) == 0 && argc - 2 == commands[i].arguments)
			return store_open(&store) == 0 ? commands[i].run(argv + 2) : 2;
	}
	return 2;
}
