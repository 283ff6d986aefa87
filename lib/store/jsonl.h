/*
 * A file of JSON lines under its lock: mailboxes and ledgers (oxtail.md section 5).
 *
 * Reading takes a private copy, so that nothing moves under the reader. Taking lines out blanks
 * them: first in the copy; jsonl_commit then writes the blanked part back in place, as line
 * feeds, which every reader of the protocol skips, or empties the file if nothing else is left.
 * Cut off at any byte this loses nothing: what had to stay is overwritten with itself.
 */
#ifndef PEERHOOKS_STORE_JSONL_H
#define PEERHOOKS_STORE_JSONL_H

#include <sys/types.h>

#include "store/lock.h"

enum {
	/* Read at most at once (who needs more sets `window` between jsonl_open and jsonl_read),
	 * from the first line that is not empty; what lies beyond the last whole line in it is for
	 * another time, or for jsonl_read_on. A single line that is longer counts as garbage. */
	JSONL_WINDOW = 4 << 20,
};

struct jsonl {
	const struct store *store;
	struct lock lock;
	bool locked;
	int fd;
	off_t file_size;	/* when it was opened */
	size_t window;
	off_t from;	/* the copy begins here; all before is line feeds, unless `passed` */
	bool passed;	/* lines before the copy were passed by */
	char *text;	/* the copy: whole lines */
	size_t size;
	size_t mapped;
	size_t at;	/* the next line begins here or after */
	size_t dirty_from;
	size_t dirty_to;	/* the copy differs from the file between these; equal: nowhere */
};

enum jsonl_use {
	JSONL_PEEK,	/* read without the lock */
	JSONL_READ,	/* lock, read; -ENOENT if there is no file */
	JSONL_ADD,	/* lock; the file is made if it is missing */
};

/* Locks (trying until `end` of clock_monotonic_ms) and opens. On an error nothing is held. */
int jsonl_open(struct jsonl *j, const struct store *s, const char *path, enum jsonl_use use,
	       int64_t end);

/* Takes the copy. -ENOMEM or a read error. */
int jsonl_read(struct jsonl *j);

/* Goes on to a copy of what lies beyond this one, which is given up with what was blanked in it;
 * false if nothing does. */
bool jsonl_read_on(struct jsonl *j);

/* The next line that is not empty, without its line feed; false at the end. */
bool jsonl_next(struct jsonl *j, struct slice *line);

/* From the first line again. */
void jsonl_rewind(struct jsonl *j);

/* Takes a line that came from jsonl_next out of the copy. */
void jsonl_blank(struct jsonl *j, struct slice line);

/* Was any? */
bool jsonl_blanked(const struct jsonl *j);

/* Is the lock ours still, and the file as it was read? Not after a stall in which another cleared
 * the lock as stale. */
bool jsonl_ours(const struct jsonl *j);

/* Brings what was blanked to disk. -ESTALE, and nothing is written, if the lock is no longer ours
 * or the file is not as it was read; after another error the blanked lines may stay too. */
int jsonl_commit(struct jsonl *j);

/*
 * Puts a new file in place, by rename: the lines that are left in the copy, and then `more`, which
 * is whole lines or nothing. So what was blanked takes no room. Errors as of jsonl_commit; -EFBIG,
 * and nothing is done, if the file goes on beyond the copy, or before it. `folder` as in jsonl_add.
 */
int jsonl_rewrite(struct jsonl *j, struct slice more, const char *folder);

/* The same, with other bytes in the place of a line that came from jsonl_next, or of a part of
 * it. */
int jsonl_replace(struct jsonl *j, struct slice part, struct slice by, const char *folder);

/*
 * Appends a line (given without its line feed) in one write, after healing a torn last line.
 * Whole or not at all; with `folder` it is on the disk when this returns 0, and so is the name
 * of a new file in that folder (a LAYOUT_ constant); NULL: not synced.
 */
int jsonl_add(struct jsonl *j, struct slice line, const char *folder);

/* Brings lines that were appended without a folder to the disk. */
int jsonl_sync(struct jsonl *j, const char *folder);

/* Takes all that was appended since jsonl_open out again; the lock must be held still. */
int jsonl_take_back(struct jsonl *j);

void jsonl_close(struct jsonl *j);

#endif
