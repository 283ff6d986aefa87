/*
 * The names in a directory, one after the other, in no particular order, without allocation.
 * On systems other than Linux this is readdir, which allocates.
 */
#ifndef PEERHOOKS_BASE_DIRECTORY_H
#define PEERHOOKS_BASE_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#ifndef __linux__
#include <dirent.h>
#endif

enum { DIRECTORY_BUFFER = 32768 };

struct directory {
	int fd;	/* stays open until directory_close; use it for openat */
	bool failed;	/* the end came by an error: there may be more names */
#ifdef __linux__
	size_t at;
	size_t end;
	_Alignas(8) char bytes[DIRECTORY_BUFFER];
#else
	DIR *stream;
#endif
};

/* 0 or a negative errno. */
int directory_open(struct directory *d, int parent, const char *path);

/* The next name, without "." and "..", valid until the next call; NULL at the end. */
const char *directory_next(struct directory *d);

/* From the first name again. */
void directory_rewind(struct directory *d);

void directory_close(struct directory *d);

#endif
