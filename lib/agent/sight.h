/*
 * Handed over is not seen: a client may drop what a hook has printed. Where it writes what it passed
 * on to its model into its transcript (Claude Code, Codex: the profiles say so), that is the proof.
 *
 * A message that was handed over is kept in peerhooks/unproven/ with the place to which the
 * transcript went then. Whoever comes next for the session looks at what the transcript has got
 * since. The message's id stands there in what the client passed on: it is seen
 * (peerhooks/seen/<id>). The transcript has gone on past that point without it: the client has
 * dropped it, so that it is put back into the mailbox, once, with the same id.
 */
#ifndef PEERHOOKS_AGENT_SIGHT_H
#define PEERHOOKS_AGENT_SIGHT_H

#include "agent/hook.h"
#include "store/drain.h"

enum { SIGHT_WINDOW = 4 << 20 };	/* bytes of a transcript that one look reads at most */

/*
 * After the messages were handed over, before drain_commit: from now on a proof is expected of what
 * was taken. (Behind drain_commit, a hook that is killed between the two would lose its mail, since
 * clients drop what a killed hook has printed.) Does nothing for a client without proofs.
 */
void sight_expect(const struct hook *h, const struct drain *d);

/* Looks for the proofs; one call if none is expected. Puts back what was dropped: to be called before
 * the hook looks for mail. */
void sight_look(const struct hook *h);

/* The message was seen, and when (seconds since 1970). The id must be message_id_ours. */
bool sight_seen(const struct store *s, const char *message_id, int64_t *at);

/* A proof is expected of it still. */
bool sight_expected(const struct store *s, const char *session, const char *message_id);

#endif
