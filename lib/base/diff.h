/* Two texts compared line by line, as `diff -u` shows it. */
#ifndef PEERHOOKS_BASE_DIFF_H
#define PEERHOOKS_BASE_DIFF_H

#include "base/buf.h"

/*
 * How a text becomes another: unified, with 3 lines around each change; empty if they are the same.
 * The names stand in the first two lines. In memory for the caller to free; NULL, and full, if
 * there is none. What stands far from its old place is shown as gone and come, not as moved.
 */
struct buf diff_unified(struct slice before, struct slice after, const char *name_before,
			const char *name_after);

#endif
