/*
 * Memory for texts of a size that is known only when they are read: whole pages from the kernel.
 * For commands that a person runs; a hook of a turn works in fixed buffers.
 */
#ifndef PEERHOOKS_BASE_MEMORY_H
#define PEERHOOKS_BASE_MEMORY_H

#include "base/buf.h"

/* An empty buf that has room for `cap` bytes (1 at least); its p is NULL, and it is full, if there
 * is no memory. It lasts until memory_free, or the process's end. */
struct buf memory_buf(size_t cap);

void memory_free(struct buf *b);

#endif
