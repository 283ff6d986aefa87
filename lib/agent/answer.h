/*
 * Answers: of all of a session's mail the one message that answers a request ("take one", oxtail.md
 * section 5). Everything else stays in its box byte for byte, garbage too. As with every drain, the
 * message is handed over first, then has its receipt, and only then leaves its box.
 * The mail of a session whose place another has taken meanwhile (/clear) is that one's too.
 *
 * Who answers is not looked at: it may have got another session id meanwhile (/clear), and nobody
 * else knows the request id, which is 64 random bits.
 */
#ifndef PEERHOOKS_AGENT_ANSWER_H
#define PEERHOOKS_AGENT_ANSWER_H

#include "store/message.h"
#include "store/store.h"

struct answer_wanted {
	const struct store *store;
	const char *session;	/* who asked */
	const char *request_id;
	/* Hands the answer over, whole: 0 or a negative errno. Locks are held meanwhile, and
	 * signals. */
	int (*hand_over)(const struct message *m, void *context);
	void *context;
};

/*
 * Looks for the answer, and takes it if it is there; boxes are locked, until `end` of
 * clock_monotonic_ms, only then. If a hook of the session has shown the answer to its model in the
 * meantime, it is handed over all the same, from the session's ledger.
 *
 * 1 if it was handed over, 0 if there is none, or a negative errno: it stays where it is, because
 * its box is locked, or it could not be handed over.
 */
int answer_take(const struct answer_wanted *w, int64_t end);

/* Takes away the empty mailbox of a session that was made up for one question, with all that is
 * kept for it. Does nothing while there is mail in it. */
void answer_forget(const struct store *s, const char *session, int64_t end);

#endif
