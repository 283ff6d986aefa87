/*
 * Handed over is not seen: a client may drop what a hook has printed. Where it writes what it
 * passed on to its model into its transcript (Claude Code, Codex: profile.proves), that proves it.
 *
 * A message that was handed over is kept in peerhooks/unproven/ (unproven.h) with how far the
 * transcript went then. Whoever comes next for the session looks at what it has got since, at most
 * SIGHT_WINDOW bytes a time, whole lines only, in the order in which they stand there (proof.h):
 *
 *	seen		the message's header line stands in what the client has passed on:
 *			peerhooks/seen/<id> is made
 *	dropped		without that, the result of the tool call that it went along with
 *			stands there, and after it the model speaks; or a turn has ended since
 *	lost		nothing can be concluded, and a turn has ended minutes after it
 *	open		none of these
 *
 * So a slow writer, tool calls at the same time, a subagent or a compaction leave it open: nothing
 * is concluded from what is not there yet. A transcript that is another file than it was, or has
 * shrunk, can prove only that a message was seen.
 *
 * What was dropped is put back into the session's mailbox, once, with the same id. First it is
 * appended, then peerhooks/unproven/<id> says that it was, then it leaves the records: killed in
 * between it comes once more. A second time it is left alone, as what is lost is, and the journal
 * says so. What stays open, since its session has ended, is swept with the records of mail
 * (sweep.h).
 */
#ifndef PEERHOOKS_AGENT_SIGHT_H
#define PEERHOOKS_AGENT_SIGHT_H

#include "agent/hook.h"
#include "store/drain.h"

enum {
	SIGHT_WINDOW = 4 << 20,	/* bytes of a transcript that one look reads at most */
	SIGHT_LAST_MS = 300,
};

/*
 * After the messages were handed over, before drain_commit: from now on a proof is expected of what
 * was taken. (A hook that is killed between the two then has it in the box still; clients drop what
 * a killed hook has printed.) Does nothing for a client without proofs.
 */
void sight_expect(const struct hook *h, const struct drain *d);

/* Looks for the proofs; one call if none is expected, two if the transcript is as it was. Puts back
 * what was dropped: to be called before the hook looks for mail. */
void sight_look(const struct hook *h);

/* The same at the session's end, when nothing comes after it: waits for a transcript that is
 * written late, SIGHT_LAST_MS at most, while something is awaited. */
void sight_look_last(const struct hook *h);

/* The message was seen, and when (seconds since 1970). The id must be message_id_ours. */
bool sight_seen(const struct store *s, const char *message_id, int64_t *at);

/* A proof is expected of it still. */
bool sight_expected(const struct store *s, const char *session, const char *message_id);

#endif
