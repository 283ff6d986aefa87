/*
 * The trace: one line for each thing worth knowing when mail did not arrive, appended to the
 * file that PEERHOOKS_TRACE names. Without the variable this does nothing and costs nothing.
 * Line: `<ms since 1970> <pid> <what> <about>`, plus `: errno <n>` after a
 * failure (the text of the number would cost every hook two kilobytes).
 */
#ifndef PEERHOOKS_BASE_TRACE_H
#define PEERHOOKS_BASE_TRACE_H

/* what: our own words. about: a checked id or a path of ours. err: 0 or a negative errno. */
void trace(const char *what, const char *about, int err);

/* The trace's file; NULL without one. */
const char *trace_path(void);

#endif
