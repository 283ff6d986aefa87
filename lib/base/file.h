/*
 * Files, as several processes use them at once: whole reads and writes, replacement by rename,
 * directories of our own. All paths are relative to an open directory. Errors are negative
 * errno. Files are made 0600 and directories 0700; file_open, and what is built on it, never
 * follows a symbolic link in the last place.
 */
#ifndef PEERHOOKS_BASE_FILE_H
#define PEERHOOKS_BASE_FILE_H

#include <sys/stat.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/slice.h"

/* Opens a regular file and says what it is; -EINVAL, without blocking, for what is none. flags as
 * for open(2). Returns the descriptor. */
int file_open(int dir, const char *path, int flags, struct stat *st);

/* Reads from the descriptor to its end, at most cap bytes. *n is set also after an error. */
int file_read(int fd, char *into, size_t cap, size_t *n);

/* The same for a file by its name, from its beginning. -EFBIG if it is larger than cap. */
int file_read_at(int dir, const char *path, char *into, size_t cap, size_t *n);

/*
 * Writes everything: goes on after short writes, waits while a non-blocking descriptor is full.
 * -ETIMEDOUT when ms milliseconds have passed; how much was written then is unknown.
 */
int file_write(int fd, struct slice text, int ms);

enum { FILE_PATH_MAX = 4096, FILE_TEMPORARY_MAX = FILE_PATH_MAX };

#define FILE_TEMPORARY_MARK ".tmp."

/* A new name in the folder of the path, `.tmp.<pid>.<8 hex>`: readers pass by what begins with a
 * dot. NULL if it is too long; otherwise `name`. */
const char *file_temporary(char name[FILE_TEMPORARY_MAX], const char *path);

/*
 * Puts a file of this content in place, whole or not at all: temporary file in the same folder,
 * then rename. Does not fsync: after a power cut the file may be empty.
 */
int file_replace(int dir, const char *path, struct slice text);

/*
 * Takes a kernel lock (flock), which ends with whoever holds it, on a file that is made if it is
 * missing and is never removed. Tries until the moment `end` of clock_monotonic_ms, once at least.
 * The descriptor holds the lock, and closing it gives it back; -ETIMEDOUT, or an errno.
 */
int file_lock(int dir, const char *path, int64_t end);

/* Writes FOLDER/NAME, as a string. False, and nothing, if it is too long. */
bool file_join(char out[FILE_PATH_MAX], struct slice folder, const char *name);

/* Makes the directory if it is missing. 1 if it was made, 0 if it was there. */
int file_mkdir(int dir, const char *path);

/* Makes an absolute path's directory, and those above it that are missing. At most 4095 bytes. */
int file_make_path(const char *path);

/* Writes the path of what is there, without symbolic links, dots and double slashes, as a string.
 * False if nothing is there, or it is too long. */
bool file_real_path(const char *path, char out[FILE_PATH_MAX]);

/* fsync of a directory, so that names made in it survive a power cut. */
int file_sync_dir(int dir, const char *path);

/* Closes that descriptor and all above it. */
void file_close_from(int first);

/* Ours and writable by nobody else, as ssh wants it. */
bool file_trusted(const struct stat *st);

#endif
