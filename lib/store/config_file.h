/*
 * A settings file of another program, which may write to it at any moment, and which is to be
 * changed whole or not at all.
 *
 *	config_read	takes the bytes, through symbolic links, and notes what the file was
 *	config_write	temporary file beside the real one, in its mode; fsync; a look whether
 *			the file is still what was read; rename; fsync of the folder
 *	config_remove	the same look, then unlink
 *
 * Killed between any two system calls the file is the old one or the new one. A look just before
 * the rename leaves some microseconds in which another program's write would be lost; nothing but a
 * lock that all of them take could do better, and there is none.
 */
#ifndef PEERHOOKS_STORE_CONFIG_FILE_H
#define PEERHOOKS_STORE_CONFIG_FILE_H

#include <sys/stat.h>

#include "base/buf.h"
#include "base/file.h"

enum { CONFIG_MAX = 64 << 20 };	/* bytes; a larger file is refused (-EFBIG) */

struct config_file {
	char path[FILE_PATH_MAX];	/* as it was named */
	char real[FILE_PATH_MAX];	/* where its bytes lie; also of one that is not there yet */
	bool there;
	struct stat st;	/* when it was read; of a file that is there */
	struct buf memory;
	struct slice text;	/* its bytes; empty if it is not there */
};

/*
 * 0 also if the file is not there. -ELOOP links in a circle, -ENOENT a link into a folder that is
 * not there, -EINVAL no regular file (or no absolute path), -EFBIG, -ENOMEM, -ESTALE if somebody
 * keeps writing to it, or what open said.
 */
int config_read(struct config_file *f, const char *path);
void config_free(struct config_file *f);

/*
 * Puts that text in place, and makes the folder (0700) and the file (0600) if they are missing.
 * What config_may_write says, -EROFS and the like, -ESTALE if the file has changed since
 * config_read: nothing was written then.
 */
int config_write(const struct config_file *f, struct slice text);
int config_remove(const struct config_file *f);

/* -EACCES: the file's mode forbids writing (its owner wants it so, root or not), -EPERM: it is
 * another user's, or config_may_make; 0. */
int config_may_write(const struct config_file *f);

/* 0 if it is there. -EPERM if we are root, and its folder, or the next one above that is there, is
 * another user's, for whom it would be of no use; or what access says of that folder. */
int config_may_make(const char *path);

/*
 * One dated copy beside the file as it was named: NAME.peerhooks-backup.2026-11-21T10-38-00Z, of
 * its mode. config_write_backed is config_write, with such a copy of what stood there: it is made
 * first, the earlier ones go when the new text stands, and it goes itself if that cannot be put
 * there. config_backup_read reads the newest, -ENOENT if there is none; config_backup_remove
 * removes all.
 */
int config_write_backed(const struct config_file *f, struct slice text);
int config_backup_read(const struct config_file *f, struct config_file *backup);
int config_backup_remove(const struct config_file *f);

#endif
