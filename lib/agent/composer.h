/*
 * The composer: where a person types a prompt, as each client draws it, read off a screen that tmux
 * captured with its attributes. Recorded from the real programs, in their default colours (Claude
 * Code 2.1.329, Codex 0.169.0, OpenCode 1.18.33, Pi 0.73.1 and 0.87.1, Gemini CLI 0.61.0):
 * test/fixtures/screens/<agent>/.
 *
 * It must be the last thing on the screen but for the client's footer, and the cursor must be in it
 * (a client may draw a dialog above it, with a field of its own). What a person has typed is told
 * from the client's own placeholder by the way that is drawn: faint, or grey with known words.
 * Whatever is not exactly as recorded (another theme, a dialog, a narrow terminal) is unseen, or a
 * draft: nobody types then.
 */
#ifndef PEERHOOKS_AGENT_COMPOSER_H
#define PEERHOOKS_AGENT_COMPOSER_H

#include "agent/profile.h"
#include "base/buf.h"

enum composer_state { COMPOSER_UNSEEN, COMPOSER_EMPTY, COMPOSER_DRAFT };

/*
 * `cursor`: the line of the screen that it is in, from 0. Appends the draft to `text`, its lines
 * joined and without any blanks; one that does not fit is a draft too, and `text` is full.
 */
enum composer_state composer_read(enum composer_look look, struct slice screen, unsigned cursor,
				  struct buf *text);

#endif
