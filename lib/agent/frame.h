/*
 * The frame holds: a body is written into an envelope in such a way that it cannot close the
 * envelope, forge a header line or look like a note of ours.
 *
 * The one rule. These are marks of the frame, in any case of letters, with blanks between their
 * parts or none, with invisible characters anywhere, and with full-width forms or other dashes in
 * place of ASCII (but not with letters of other scripts that look alike):
 *
 *	---  msg			a header line
 *	[  oxtail			the preamble and the notes
 *	<  /  system-reminder		a tag that a client puts around a hook's text; also
 *					hook_context, hook_prompt, task-notification,
 *					persisted-output, cross-session-message; `/` or not
 *
 * Wherever one stands in a body, a backslash is put behind its first character: `-\-- msg`,
 * `[\oxtail`, `<\/system-reminder>`. If backslashes stand there already, one more is put. So it
 * is seen, and taking one backslash out of each such place gives the body back. On disk the body
 * stays as it was sent.
 */
#ifndef PEERHOOKS_AGENT_FRAME_H
#define PEERHOOKS_AGENT_FRAME_H

#include "base/buf.h"
#include "base/slice.h"

struct framed {
	size_t units;	/* UTF-16 units of the decoded body that were written, without our marks */
	bool cut;	/* there was more */
};

/*
 * Appends an escaped body, escaped as it is, up to max_units UTF-16 units; never half of a pair.
 * Only what is no character becomes U+FFFD: bad UTF-8, and half of a pair, for which a strict
 * parser (Rust's, in Codex) would refuse the whole envelope.
 */
struct framed frame_body(struct buf *out, struct slice escaped, size_t max_units);

#endif
