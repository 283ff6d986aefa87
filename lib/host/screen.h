/*
 * A terminal's screen as `tmux capture-pane -p -e` prints it, taken apart: its lines as plain text,
 * and for each byte of them how it is drawn, as far as it matters whether a text is pale.
 */
#ifndef PEERHOOKS_HOST_SCREEN_H
#define PEERHOOKS_HOST_SCREEN_H

#include "base/slice.h"

enum {
	SCREEN_BYTES_MAX = 65536,	/* of plain text */
	SCREEN_LINES_MAX = 512,
};

enum {
	SCREEN_DIM = 1,	/* SGR 2 */
	SCREEN_GREY = 2,	/* a middle grey, as true colour or one of 256 */
	SCREEN_INVERSE = 4,
};

struct screen {
	size_t n;
	char text[SCREEN_BYTES_MAX];
	unsigned char drawn[SCREEN_BYTES_MAX];
	unsigned lines;
	struct slice line[SCREEN_LINES_MAX];	/* in text */
};

/* Some 140 KB: static. False if there is more on it than is kept. */
bool screen_read(struct screen *s, struct slice captured);

/* How the byte that p points to, in s->text, is drawn. */
unsigned char screen_drawn(const struct screen *s, const char *p);

#endif
