/* See memory.h. */
#include <sys/mman.h>

#include "base/memory.h"

struct buf memory_buf(size_t cap)
{
	void *p = mmap(NULL, cap, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return (struct buf){ .full = true };
	return buf_over(p, cap);
}

void memory_free(struct buf *b)
{
	if (b->p)
		munmap(b->p, b->cap);
	*b = (struct buf){ .full = true };
}
