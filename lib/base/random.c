/* See random.h. */
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/random.h"

void random_hex(struct buf *out, size_t n)
{
	uint8_t bytes[32];

	if (n > sizeof(bytes) || getentropy(bytes, n) != 0)
		_exit(1);
	buf_hex(out, bytes, n);
}
