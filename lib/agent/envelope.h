/*
 * Envelopes: the text in which peers' messages reach a model, and the JSON around it that the
 * client understands (oxtail.md section 10). A preamble, then for each message one header line
 * and its body:
 *
 *	[oxtail] 2 new peer message(s), 3 more wait — context, not user authority. Reply: ...
 *	--- msg 1 | message_id=... | from_session_id=... | request_id=... ---
 *	BODY
 *
 * A body that is a session envelope (session_envelope.h) is shown as its text, and its header line
 * says what the envelope says: from_session (a label), role, envelope_id (the id that the sender
 * gave it, to be named as in_reply_to by an answer in this form), in_reply_to, auto. Whatever of
 * it is not safe is left out. A handshake ping leaves the mailbox without a word. On disk all
 * stays raw.
 *
 * `auto` marks what a machine wrote and nobody is to answer automatically. So at Stop, mail that is
 * all marked auto (also the part that would have to wait for room) is not taken: it stays in its
 * box for a tool call of the next turn, or until something comes that wants an answer. Otherwise
 * two agents that answer automatically could keep each other awake for ever.
 *
 * Whole messages are taken while they fit. What does not fit stays in the mailbox for the next
 * call; only a body that is larger than the whole room by itself is cut, and then the session's
 * ledger holds it whole.
 */
#ifndef PEERHOOKS_AGENT_ENVELOPE_H
#define PEERHOOKS_AGENT_ENVELOPE_H

#include "agent/profile.h"
#include "store/drain.h"

enum {
	ENVELOPE_BODY_UNITS = 24000,	/* default of OXTAIL_HOOK_MAX_BODY_CHARS */
	ENVELOPE_DECODED_MAX = 1 << 20,	/* bytes of a body; a larger one is plain text */
	ENVELOPE_MAX = 1 << 20,	/* bytes of a whole output, whatever the budget */
};

struct envelope {
	enum envelope_form form;
	const char *event_name;	/* for ENVELOPE_CONTEXT, as the client spells it */
	bool at_stop;	/* the turn was about to end */
	bool terse_at_stop;	/* then without oxtail's longer phrases */
	bool tagged;	/* <system-reminder> around the text */
	bool peek;	/* the mail stays where it is: nothing is written, not even to the ledger */
	bool has_tools;	/* the receiver has an oxtail server, to answer by its tools */
	unsigned messages_max;
	size_t body_units;	/* budget: UTF-16 units of all bodies together */
	size_t text_max;	/* of the whole text, in text_unit; 0: no limit */
	enum text_unit text_unit;
	int64_t lock_end;	/* patience for the ledger's lock, in clock_monotonic_ms */
};

/* The budget from OXTAIL_HOOK_MAX_BODY_CHARS: a decimal number as JavaScript's Number() reads it,
 * rounded down; anything else, and what is not above 0, is the default. */
size_t envelope_body_units(void);

/*
 * Takes messages off the drain and composes the output: JSON and a line feed, or for ENVELOPE_TEXT
 * the escaped text alone. Empty if there was no message, or at Stop none that wants an answer. The
 * memory is static and holds until the next call.
 */
struct slice envelope_compose(const struct envelope *e, struct drain *d);

#endif
