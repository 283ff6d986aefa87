/*
 * Text of anybody's as a terminal may see it: what a terminal would act on (control characters, and
 * those that turn the direction of writing) is shown as \u00xx.
 */
#ifndef PEERHOOKS_BASE_READABLE_H
#define PEERHOOKS_BASE_READABLE_H

#include <stdint.h>

#include "base/buf.h"

enum { READABLE_MAX = 6 };	/* a byte becomes so many at most */

void readable_character(struct buf *out, uint32_t code);

/* The first character of an escaped JSON string; line feeds and tabs stay. Returns how many bytes
 * of it that was. */
size_t readable_first(struct buf *out, struct slice escaped);

/* All of it. */
void readable_escaped(struct buf *out, struct slice escaped);

#endif
