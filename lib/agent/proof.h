/*
 * What the entries of a transcript prove about hooks' output, recorded from the real clients
 * (Claude Code 2.1.329, Codex 0.169.0; test/fixtures/transcripts). Of their order is known:
 *
 * - Entries are appended, and Claude Code does so up to some 100 ms late: what was made before a
 *   hook ran may be written after it. So what counts is the order in the file, and for the end of a
 *   turn the time that the entry names.
 * - The text of a tool call's hook stands before the result of that call, also if several calls run
 *   at once. The model's next word comes after both.
 * - The text of a Stop hook stands before the entry that sums up the turn's Stop hooks (Claude
 *   Code) or ends the turn (Codex).
 * - What await-mail says to an idle Claude Code stands in a `queue-operation` first, which proves
 *   nothing yet, and then in an entry of type `user` or `queued_command`.
 * - What a hook printed stands in `hook_success` too, whether it was passed on or not.
 */
#ifndef PEERHOOKS_AGENT_PROOF_H
#define PEERHOOKS_AGENT_PROOF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

enum proof {
	PROOF_NONE,
	PROOF_SHOWN,	/* the model is shown what stands here */
	PROOF_QUEUED,	/* it will be */
	PROOF_RESULT,	/* results of tool calls */
	PROOF_WORD,	/* the model speaks */
	PROOF_END,	/* a turn has ended, or all its Stop hooks have */
};

/* What kind of entry the line is, and when it was made, as it says: "2026-11-21T07:51:14.123Z". */
enum proof proof_of(struct slice line, struct slice *time);

/* Was it made after this moment (ms since 1970)? False if that cannot be read. */
bool proof_later(struct slice time, int64_t ms);

/* Is the message in an envelope there, by its header line? A body cannot forge one (frame.h). */
bool proof_names(struct slice line, const char *message_id);

/* Does this text stand there? */
bool proof_has(struct slice line, struct slice text);

#endif
