/* See rotation.h. Offsets in a folder mean nothing that lasts, so that names are counted. */
#include "base/clock.h"
#include "base/random.h"
#include "base/rotation.h"

enum { LOOK_AT_CLOCK = 256 };	/* names between two looks */

static unsigned counted(struct directory *d, int64_t end)
{
	unsigned count = 0;

	while (directory_next(d)) {
		if (++count % LOOK_AT_CLOCK == 0 && clock_monotonic_ms() >= end)
			break;
	}
	return count;
}

int rotation_open(struct rotation *r, int parent, const char *path, unsigned most, int64_t end)
{
	int err = directory_open(&r->folder, parent, path);
	unsigned count;

	if (err)
		return err;
	count = counted(&r->folder, end);
	r->first = count > most ? random_below(count) : 0;
	r->left = most;
	directory_rewind(&r->folder);
	for (unsigned i = 0; i < r->first && directory_next(&r->folder); i++)
		;
	return 0;
}

const char *rotation_next(struct rotation *r)
{
	const char *name = r->left ? directory_next(&r->folder) : NULL;

	/* To those that were passed over. */
	if (!name && r->first && r->left) {
		r->left = r->left < r->first ? r->left : r->first;
		r->first = 0;
		directory_rewind(&r->folder);
		name = directory_next(&r->folder);
	}
	r->left -= name != NULL;
	return name;
}

void rotation_close(struct rotation *r)
{
	directory_close(&r->folder);
}
