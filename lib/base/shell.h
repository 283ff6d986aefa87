/* Command lines that a shell is to read: those in settings, and those that are shown to people. */
#ifndef PEERHOOKS_BASE_SHELL_H
#define PEERHOOKS_BASE_SHELL_H

#include "base/buf.h"

/* Appends a text as one word, in quotes if it needs them. */
void shell_word(struct buf *out, const char *text);

#endif
