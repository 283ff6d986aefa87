/*
 * The state directory ~/.oxtail, open. It and the folders in it must be ours and writable by
 * nobody else; otherwise nothing is read from it or written to it (-EPERM).
 */
#ifndef PEERHOOKS_STORE_STORE_H
#define PEERHOOKS_STORE_STORE_H

#include "store/layout.h"

enum { STORE_HOME_MAX = 4096 };

struct store {
	int root;	/* a descriptor of ~/.oxtail, for openat and its kin */
};

/*
 * Opens ~/.oxtail and makes it if it is missing. Open it before any other file, and keep it
 * open: should descriptor 1 have come in closed, the directory takes its number, and what is
 * meant for standard output fails instead of running into a mailbox.
 * Errors: -ENOENT without an absolute HOME, -EPERM, or what open said.
 */
int store_open(struct store *s);

void store_close(struct store *s);

/* Writes the full path of ~/.oxtail, for messages to people. Empty without a HOME. */
char *store_home(char out[STORE_HOME_MAX]);

/* 0 if the folder (a LAYOUT_ constant) is there and trusted. */
int store_has(const struct store *s, const char *folder);

/* The same, and makes the folder, with those above it, if it is missing; durable if asked. */
int store_make(const struct store *s, const char *folder, bool durable);

#endif
