/*
 * The state directory ~/.oxtail, open. It and the folders in it must be ours and writable by
 * nobody else; otherwise nothing is read from them or written to them (-EPERM). Whoever opens a
 * file in a folder asks store_has or store_make first.
 */
#ifndef PEERHOOKS_STORE_STORE_H
#define PEERHOOKS_STORE_STORE_H

#include "store/layout.h"

enum { STORE_HOME_MAX = 4096 };

struct store {
	int root;	/* a descriptor of ~/.oxtail, for openat and its kin */
};

/*
 * Opens ~/.oxtail and makes it if it is missing. To be done before any other file is opened:
 * should one of the descriptors 0 to 2 have come in closed, the directory takes its number for
 * good, so that what is meant for standard output fails and does not run into a mailbox.
 * Errors: -ENOENT without an absolute HOME, -EPERM, or what open said.
 */
int store_open(struct store *s);

/* Appends "<home>/<under>", a path outside of ~/.oxtail. False without an absolute HOME. */
bool store_under_home(struct buf *out, const char *under);

/* Writes the full path of ~/.oxtail, for messages to people. Empty without a HOME. */
char *store_home(char out[STORE_HOME_MAX]);

/* 0 if the folder (a LAYOUT_ constant) is there and trusted; -ENOENT, -ENOTDIR, -EPERM. */
int store_has(const struct store *s, const char *folder);

/* The same, and makes the folder, with those above it, if it is missing. `durable`: what it made
 * survives a power cut. */
int store_make(const struct store *s, const char *folder, bool durable);

#endif
