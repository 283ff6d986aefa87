/* See label.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>	/* renameat */
#include <stdlib.h>
#include <unistd.h>

#include "agent/label.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/file.h"
#include "base/trace.h"

enum { LINK_MAX = SESSION_ID_MAX + PROCESS_BIRTH_MAX + 32 };

/* Takes the text up to the next blank into memory of that size, as a string. */
static bool word_taken(struct slice *rest, char *into, size_t size)
{
	struct buf b = buf_over(into, size);
	size_t n = 0;

	while (n < rest->n && rest->p[n] != ' ')
		n++;
	buf_bytes(&b, rest->p, n);
	*rest = slice_from(*rest, n < rest->n ? n + 1 : n);
	return n > 0 && buf_cstr(&b);
}

/* The holder in the text of a link. */
static bool holder_taken(struct slice text, struct label *l)
{
	char digits[16];
	struct slice number;
	int64_t pid;

	if (!word_taken(&text, digits, sizeof(digits)) ||
	    !word_taken(&text, l->birth, sizeof(l->birth)) ||
	    !word_taken(&text, l->session, sizeof(l->session)) || text.n)
		return false;
	number = slice_of(digits);
	if (!decimal_take(&number, &pid) || number.n || pid <= 0 || pid > INT32_MAX)
		return false;
	l->pid = (pid_t)pid;
	return session_id_valid(slice_of(l->session));
}

static bool link_read(int dir, const char *path, struct label *l)
{
	char text[LINK_MAX];
	ssize_t n = readlinkat(dir, path, text, sizeof(text));

	return n > 0 && holder_taken((struct slice){ text, (size_t)n }, l);
}

int label_open(struct label_scan *scan, const struct store *s)
{
	int err = store_has(s, LAYOUT_LABELS);

	return err ? err : directory_open(&scan->folder, s->root, LAYOUT_LABELS);
}

bool label_next(struct label_scan *scan, struct label *l)
{
	const char *name;

	while ((name = directory_next(&scan->folder)) != NULL) {
		if (!label_valid(slice_of(name)) || !link_read(scan->folder.fd, name, l))
			continue;
		memcpy(l->name, name, strlen(name) + 1);
		return true;
	}
	return false;
}

void label_close(struct label_scan *scan)
{
	directory_close(&scan->folder);
}

bool label_read(const struct store *s, const char *name, struct label *l)
{
	char path[LAYOUT_MAX];

	if (!label_valid(slice_of(name)) || store_has(s, LAYOUT_LABELS) != 0 ||
	    !link_read(s->root, layout_label(path, name), l))
		return false;
	memcpy(l->name, name, strlen(name) + 1);
	return true;
}

bool label_held(const struct label *l)
{
	return process_is(l->pid, slice_of(l->birth));
}

/* The session in that process is who holds it. */
static bool is_of(const struct label *l, const struct presence *p)
{
	return l->pid == p->pid && strcmp(l->birth, p->birth) == 0 &&
	       strcmp(l->session, p->session) == 0;
}

bool label_of(const struct store *s, const struct presence *p, char out[LABEL_MAX + 1])
{
	static struct label_scan scan;
	struct label l;
	bool found = false;

	out[0] = '\0';
	if (label_open(&scan, s) != 0)
		return false;
	while (!found && label_next(&scan, &l))
		found = is_of(&l, p);
	label_close(&scan);
	if (found)
		memcpy(out, l.name, sizeof(l.name));
	return found;
}

static const char *link_text(char text[LINK_MAX], const struct presence *p)
{
	struct buf b = buf_over(text, LINK_MAX);

	buf_int(&b, p->pid);
	buf_char(&b, ' ');
	buf_text(&b, p->birth);
	buf_char(&b, ' ');
	buf_text(&b, p->session);
	return buf_cstr(&b);
}

/* That of all who remove links. */
static int removers_lock(const struct store *s, int64_t end)
{
	return file_lock(s->root, LAYOUT_LABELS_LOCK, end);
}

/* Under the lock: takes away a link whose holder is dead, or that is none. False if it lives. */
static bool stale_removed(const struct store *s, const char *path)
{
	char private[FILE_TEMPORARY_MAX], text[LINK_MAX];
	struct label caught;
	ssize_t n;

	if (link_read(s->root, path, &caught) && label_held(&caught))
		return false;
	if (!file_temporary(private, path) || renameat(s->root, path, s->root, private) != 0)
		return true;
	n = readlinkat(s->root, private, text, sizeof(text) - 1);
	if (n > 0 && holder_taken((struct slice){ text, (size_t)n }, &caught) &&
	    label_held(&caught)) {
		/* Somebody without the lock was quicker. Made anew, not renamed: that would
		 * overwrite a third one. */
		text[n] = '\0';
		if (symlinkat(text, s->root, path) != 0)
			trace("a label could not be put back:", path, -errno);
	}
	unlinkat(s->root, private, 0);
	return true;
}

static int steal(const struct store *s, const char *path, int64_t end)
{
	int lock = removers_lock(s, end);
	bool removed;

	if (lock < 0)
		return lock;
	removed = stale_removed(s, path);
	close(lock);
	return removed ? 0 : -EEXIST;
}

/* 0 also if it has it. -EEXIST: a live other holds it. -ETIMEDOUT, -EINVAL for what is no label, or
 * another errno. */
static int taken(const struct store *s, const char *name, const struct presence *p, int64_t end)
{
	char path[LAYOUT_MAX], text[LINK_MAX];
	struct label l;
	int err;

	if (!label_valid(slice_of(name)) || !link_text(text, p))
		return -EINVAL;
	layout_label(path, name);
	err = store_make(s, LAYOUT_LABELS, false);
	for (int i = 0; err == 0 && i < LABEL_TRIES_MAX; i++) {
		if (symlinkat(text, s->root, path) == 0)
			return 0;
		if (errno != EEXIST)
			return -errno;
		if (label_read(s, name, &l)) {
			if (is_of(&l, p))
				return 0;
			if (label_held(&l))
				return -EEXIST;
		}
		err = steal(s, path, end);
	}
	/* Never a plain write in the end: the label is somebody's. */
	return err ? err : -EEXIST;
}

static bool remembered(const struct store *s, const char *session, char out[LABEL_MAX + 1])
{
	char path[LAYOUT_MAX];
	ssize_t n;

	if (store_has(s, LAYOUT_LABEL_MEMORY) != 0)
		return false;
	n = readlinkat(s->root, layout_label_memory(path, session), out, LABEL_MAX + 1);
	if (n <= 0 || n > LABEL_MAX)
		return false;
	out[n] = '\0';
	return label_valid(slice_of(out));
}

/* It is the label that the session will want when it comes again. */
static void remember(const struct store *s, const char *session, const char *name)
{
	char path[LAYOUT_MAX], private[FILE_TEMPORARY_MAX];

	layout_label_memory(path, session);
	if (store_make(s, LAYOUT_LABEL_MEMORY, false) != 0 || !file_temporary(private, path) ||
	    symlinkat(name, s->root, private) != 0)
		return;
	if (renameat(s->root, private, s->root, path) != 0)
		unlinkat(s->root, private, 0);
}

/* That one label cannot be had says nothing of the next. */
static bool may_be_free(int err)
{
	return err == -EEXIST || err == -ETIMEDOUT || err == -EISDIR || err == -ENOTEMPTY;
}

/* The lowest free number; up to the first that can be had. */
static int number_taken(const struct store *s, const char *stem, const struct presence *p,
			int64_t end, char out[LABEL_MAX + 1])
{
	int err = -EEXIST;

	for (int n = 1; may_be_free(err) && n <= LABEL_NUMBER_MAX; n++) {
		struct buf b = buf_over(out, LABEL_MAX + 1);

		buf_text(&b, stem);
		buf_char(&b, ':');
		buf_int(&b, n);
		err = buf_cstr(&b) ? taken(s, out, p, end) : -EINVAL;
	}
	return err;
}

const char *label_wanted(void)
{
	const char *label = getenv("TINYPLACE_SESSION_LABEL");

	return label ? label : "";
}

int label_choose(const struct store *s, const char *wanted, const char *stem,
		 const struct presence *p, int64_t end, char out[LABEL_MAX + 1])
{
	struct buf b = buf_over(out, LABEL_MAX + 1);
	int err = -ENOENT;

	buf_put(&b, slice_trimmed(slice_of(wanted)));
	if (buf_cstr(&b) && label_valid(buf_slice(&b)))
		err = taken(s, out, p, end);
	if (err && remembered(s, p->session, out))
		err = taken(s, out, p, end);
	if (err)
		err = number_taken(s, stem, p, end, out);
	if (err) {
		trace("no label for", p->session, err);
		out[0] = '\0';
		return err;
	}
	remember(s, p->session, out);
	return 0;
}

int label_pass_on(const struct store *s, const char *name, const struct presence *from,
		  const struct presence *to, int64_t end)
{
	char path[LAYOUT_MAX], private[FILE_TEMPORARY_MAX], text[LINK_MAX];
	int lock = removers_lock(s, end), err = -ENOENT;
	struct label l;

	if (lock < 0)
		return lock;
	layout_label(path, name);
	if (label_read(s, name, &l) && is_of(&l, from) && link_text(text, to) &&
	    file_temporary(private, path)) {
		err = symlinkat(text, s->root, private) == 0 ? 0 : -errno;
		if (err == 0 && renameat(s->root, private, s->root, path) != 0)
			err = -errno;
	}
	close(lock);
	if (err == 0)
		remember(s, to->session, name);
	return err;
}

void label_release(const struct store *s, const char *name, const struct presence *p, int64_t end)
{
	char path[LAYOUT_MAX];
	struct label l;
	int lock;

	if (!label_read(s, name, &l) || !is_of(&l, p))
		return;
	lock = removers_lock(s, end);
	if (lock < 0)
		return;
	if (label_read(s, name, &l) && is_of(&l, p))
		unlinkat(s->root, layout_label(path, name), 0);
	close(lock);
}

void label_release_others(const struct store *s, const char *kept, const struct presence *p,
			  int64_t end)
{
	static struct label_scan scan;
	struct label l;

	if (label_open(&scan, s) != 0)
		return;
	while (label_next(&scan, &l)) {
		if (is_of(&l, p) && !(kept && strcmp(l.name, kept) == 0))
			label_release(s, l.name, p, end);
	}
	label_close(&scan);
}

int label_change(const struct store *s, const char *name, const struct presence *p, int64_t end)
{
	int lock = file_lock(s->root, LAYOUT_CHANGES_LOCK, end);
	int err;

	if (lock < 0)
		return lock;
	err = taken(s, name, p, end);
	if (err == 0) {
		remember(s, p->session, name);
		/* Only now, so that there is no moment without a label. */
		label_release_others(s, name, p, end);
	}
	close(lock);
	return err;
}

/* Takes a run of digits as one value, else one character. */
static int64_t next_value(struct slice *text, bool *number)
{
	int64_t n;

	*number = text->n && *text->p >= '0' && *text->p <= '9';
	if (*number && decimal_take(text, &n))
		return n;
	n = text->n ? (unsigned char)*text->p : 0;
	if (text->n)
		*text = slice_from(*text, 1);
	return n;
}

int label_compare(const char *a, const char *b)
{
	struct slice x = slice_of(a), y = slice_of(b);

	while (x.n || y.n) {
		bool number_x, number_y;
		int64_t i = next_value(&x, &number_x), j = next_value(&y, &number_y);

		if (number_x != number_y)
			return (number_x ? '0' : i) < (number_y ? '0' : j) ? -1 : 1;
		if (i != j)
			return i < j ? -1 : 1;
	}
	return strcmp(a, b);
}
