/*
 * What the entries of a transcript prove about hooks' output, recorded from the real clients
 * (Claude Code 2.1.329, Codex 0.169.0; test/fixtures/transcripts). Known of their order:
 *
 * - Entries are appended, and Claude Code does so up to some 100 ms late: entries made before a
 *   hook ran may be written after it. What counts is the order in the file.
 * - The text of a tool call's hook stands before the result of that call, also if several calls run
 *   at once (in Codex before the results of all). The model's next word comes after both.
 * - The text of a Stop hook stands before the entry that ends the turn or sums up its Stop hooks.
 * - What await-mail writes to an idle Claude Code stands in a `queue-operation` first, which is only
 *   a queue, and then in an entry of type `user` or `queued_command`.
 * - What a hook printed stands in `hook_success` too, whether it was passed on or not.
 */
#ifndef PEERHOOKS_AGENT_PROOF_H
#define PEERHOOKS_AGENT_PROOF_H

#include <stdbool.h>

#include "base/slice.h"

enum proof {
	PROOF_NONE,
	PROOF_SHOWN,	/* the model is shown what stands here */
	PROOF_QUEUED,	/* it will be */
	PROOF_RESULT,	/* results of tool calls */
	PROOF_WORD,	/* the model speaks */
	PROOF_END,	/* a turn has ended, or all its Stop hooks have */
};

/* What kind of entry the line is, and when it was made (as clock_iso has it). */
enum proof proof_of(struct slice line, struct slice *at);

/* Is the message in an envelope there, by its header line? A body cannot forge one (frame.h). */
bool proof_names(struct slice line, const char *message_id);

/* Does this text stand there as a JSON string of its own? */
bool proof_has(struct slice line, struct slice text);

#endif
