/*
 * Labels: the short names of sessions, unique on this machine (labels-and-routing.md section 4).
 *
 * Who holds a label stands in peerhooks/labels/<label>, a symbolic link whose text is
 * `<pid> <birth> <session id>`: made in one call, which fails if the name is taken, never half
 * written, never changed. While the process of that birth lives, nobody else takes the label, nor
 * a second process of the same session. A dead one's is renamed away, looked at, and put back if
 * it was not dead after all; all who remove a link hold a kernel lock (labels.lock, never removed)
 * meanwhile, so that no link can be another one than was looked at.
 *
 * Which label a session had last is kept apart, in peerhooks/label-memory/, so that it survives
 * its holder and whoever sweeps after it.
 */
#ifndef PEERHOOKS_AGENT_LABEL_H
#define PEERHOOKS_AGENT_LABEL_H

#include <sys/types.h>

#include "base/directory.h"
#include "store/presence.h"

enum {
	LABEL_TRIES_MAX = 128,	/* at one label that is stale again and again */
	LABEL_NUMBER_MAX = 1000,	/* of labels that are made up */
};

struct label {
	char name[LABEL_MAX + 1];
	char session[SESSION_ID_MAX + 1];
	pid_t pid;
	char birth[PROCESS_BIRTH_MAX + 1];
};

struct label_scan {
	struct directory folder;
};

/* 0 or a negative errno; then each valid label with its holder, dead or alive. */
int label_open(struct label_scan *scan, const struct store *s);
bool label_next(struct label_scan *scan, struct label *l);
void label_close(struct label_scan *scan);

/* Who holds it, dead or alive; false if nobody does, or the name is no label. */
bool label_read(const struct store *s, const char *name, struct label *l);

/* Its holder's process lives. */
bool label_held(const struct label *l);

/* The label that the session in this process holds; false if it holds none. */
bool label_of(const struct store *s, const struct presence *p, char out[LABEL_MAX + 1]);

/*
 * Chooses and takes one, in one step each: the wanted one ("": none); else the one that
 * the session had last; else the lowest free `<stem>:<n>`. Remembers it. `end`: patience, in
 * clock_monotonic_ms. 0 or a negative errno.
 */
int label_choose(const struct store *s, const char *wanted, const char *stem,
		 const struct presence *p, int64_t end, char out[LABEL_MAX + 1]);

/* The label that TINYPLACE_SESSION_LABEL wants for the session; "" without it. */
const char *label_wanted(void);

/* The label goes from one session to another in the same process. 0 or a negative errno. */
int label_pass_on(const struct store *s, const char *name, const struct presence *from,
		  const struct presence *to, int64_t end);

/* Gives it up, if it is provably this session's; it stays remembered. */
void label_release(const struct store *s, const char *name, const struct presence *p, int64_t end);

/*
 * Takes the label in place of what it holds, and remembers it: one change after the other, however
 * many are tried at once. 0 also if it has it. -EEXIST: a live other holds it. -ETIMEDOUT, -EINVAL
 * for what is no label, or another errno; then it has what it had.
 */
int label_change(const struct store *s, const char *name, const struct presence *p, int64_t end);

/* Gives up all that the session holds in this process but one (NULL: all). */
void label_release_others(const struct store *s, const char *kept, const struct presence *p,
			  int64_t end);

/* As strcmp, but numbers count by their value: claude:2 comes before claude:10. */
int label_compare(const char *a, const char *b);

#endif
