/*
 * See history.h. Receipts and marks of what was seen may be thousands: they are listed with their
 * times first, and only those that are among the newest are read.
 */
#include <fcntl.h>
#include <unistd.h>

#include "agent/history.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/directory.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/trace.h"
#include "base/utf8.h"
#include "store/journal.h"

enum {
	TAIL_BYTES = JOURNAL_MAX + 65536,	/* of a file's end, which are looked at */
	CLOSE_MS = 1500,	/* between a file's time and the second that it names */
};

/* --- The list --- */

static uint64_t key_of_place(ino_t file, off_t at)
{
	return hash_bytes(hash_bytes(HASH_EMPTY, &file, sizeof(file)), &at, sizeof(at));
}

/* What may be noted twice is the same if it is the same of the same message. */
static uint64_t key_of_fact(const char *what, const char *message_id)
{
	uint64_t h = hash_bytes(HASH_EMPTY, what, strlen(what) + 1);

	return hash_bytes(h, message_id, strlen(message_id));
}

/* Puts a new one into the list; in the place of the oldest if it is full, NULL if it is older. */
static struct happening *add(struct history *h, int64_t at)
{
	struct happening *new;
	unsigned n = h->count;
	uint16_t place = (uint16_t)n;

	while (n > 0 && h->list[h->order[n - 1]].at > at)
		n--;
	if (h->count == HISTORY_MAX) {
		if (n == 0)
			return NULL;
		place = h->order[0];
		n--;
		memmove(h->order, h->order + 1, n * sizeof(h->order[0]));
	} else {
		memmove(h->order + n + 1, h->order + n, (h->count - n) * sizeof(h->order[0]));
		h->count++;
	}
	h->order[n] = place;
	new = &h->list[place];
	*new = (struct happening){ .at = at };
	return new;
}

static void remove_at(struct history *h, unsigned n)
{
	h->count--;
	memmove(h->order + n, h->order + n + 1, (h->count - n) * sizeof(h->order[0]));
}

const struct happening *history_at(const struct history *h, unsigned n)
{
	return &h->list[h->order[n]];
}

/* --- Files of lines --- */

/* As much of the text as there is room for. */
static void text_taken(struct slice text, char *into, size_t size)
{
	struct buf b = buf_over(into, size);

	while (text.n && b.cap - b.n > 4) {
		struct utf8_char c = utf8_first(text);

		utf8_put(&b, c.code ? c.code : 0xFFFD);
		text = slice_from(text, c.bytes);
	}
	buf_cstr(&b);
}

static void string_taken(const struct json_value *v, char *into, size_t size)
{
	struct buf b = buf_over(into, size);
	struct slice rest = v->text;

	while (v->type == JSON_STRING && rest.n && b.cap - b.n > 4) {
		struct json_char c = json_first(rest);

		utf8_put(&b, c.code ? c.code : 0xFFFD);
		rest = slice_from(rest, c.bytes);
	}
	buf_cstr(&b);
}

static void journal_line_taken(struct history *h, struct slice line, uint64_t key)
{
	enum { AT, WHAT, ID, SESSION, FROM, STATUS, DETAIL, COUNT };
	struct json_member in[COUNT] = {
		[AT] = { .name = "at" }, [WHAT] = { .name = "what" },
		[ID] = { .name = "message_id" }, [SESSION] = { .name = "session_id" },
		[FROM] = { .name = "from" }, [STATUS] = { .name = "status" },
		[DETAIL] = { .name = "detail" },
	};
	struct happening *e;

	if (json_object(line, in, COUNT) != JSON_OK || in[WHAT].value.type != JSON_STRING)
		return;
	e = add(h, json_int(in[AT].value, 0));
	if (!e)
		return;
	string_taken(&in[WHAT].value, e->what, sizeof(e->what));
	string_taken(&in[ID].value, e->message_id, sizeof(e->message_id));
	string_taken(&in[SESSION].value, e->session, sizeof(e->session));
	string_taken(&in[FROM].value, e->from, sizeof(e->from));
	string_taken(&in[STATUS].value, e->status, sizeof(e->status));
	string_taken(&in[DETAIL].value, e->detail, sizeof(e->detail));
	e->key = key;
	if (*e->message_id && (strcmp(e->what, JOURNAL_HANDED_OVER) == 0 ||
			       strcmp(e->what, JOURNAL_SEEN) == 0))
		e->key = key_of_fact(e->what, e->message_id);
}

/* `<ms> <pid> <the rest>` */
static void trace_line_taken(struct history *h, struct slice line, uint64_t key)
{
	struct happening *e;
	int64_t at, pid;

	if (!decimal_take(&line, &at) || line.n == 0 || line.p[0] != ' ')
		return;
	line = slice_from(line, 1);
	if (!decimal_take(&line, &pid) || line.n == 0 || line.p[0] != ' ')
		return;
	e = add(h, at);
	if (!e)
		return;
	text_taken(slice_of(HISTORY_TRACE), e->what, sizeof(e->what));
	text_taken(slice_from(line, 1), e->detail, sizeof(e->detail));
	e->pid = pid;
	e->key = key;
}

/* Passes on each whole line at the end of a file. */
static void lines_read(struct history *h, int dir, const char *path,
		       void (*taken)(struct history *, struct slice, uint64_t))
{
	static char tail[TAIL_BYTES];
	struct slice rest = { tail, 0 };
	const char *feed;
	struct stat st;
	off_t from;
	int fd = file_open(dir, path, O_RDONLY, &st);

	if (fd < 0)
		return;
	from = st.st_size > TAIL_BYTES ? st.st_size - TAIL_BYTES : 0;
	if (lseek(fd, from, SEEK_SET) == from)
		file_read(fd, tail, sizeof(tail), &rest.n);
	close(fd);
	/* What stands first in the middle of a file is no whole line, and is not taken for one. */
	for (bool whole = from == 0; rest.n && (feed = memchr(rest.p, '\n', rest.n)) != NULL;
	     whole = true) {
		struct slice line = { rest.p, (size_t)(feed - rest.p) };

		if (whole)
			taken(h, line, key_of_place(st.st_ino, from + (rest.p - tail)));
		rest = slice_from(rest, line.n + 1);
	}
}

/* --- Folders in which there is a file for each message --- */

static void folder_listed(struct history *h, const struct store *s, const char *folder,
			  const char *what)
{
	static struct directory d;
	const char *name;
	struct stat st;

	if (store_has(s, folder) != 0 || directory_open(&d, s->root, folder) != 0)
		return;
	while ((name = directory_next(&d)) != NULL) {
		struct happening *e;

		if (!message_id_ours(slice_of(name)) ||
		    fstatat(d.fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		e = add(h, clock_ms_of(st.st_mtim));
		if (!e)
			continue;
		e->unread = true;
		e->key = key_of_fact(what, name);
		text_taken(slice_of(what), e->what, sizeof(e->what));
		text_taken(slice_of(name), e->message_id, sizeof(e->message_id));
	}
	directory_close(&d);
}

/* The file was written in the second that it names, unless it was copied: then that counts. */
static void second_taken(struct happening *e, int64_t second)
{
	const int64_t apart = e->at - second * 1000;

	if (second > 0 && (apart < -CLOSE_MS || apart > CLOSE_MS))
		e->at = second * 1000;
}

static void details_read(const struct store *s, struct happening *e)
{
	char path[LAYOUT_MAX], text[32];
	struct slice digits = { text, 0 };
	struct receipt r;
	int64_t second;

	e->unread = false;
	if (strcmp(e->what, JOURNAL_SEEN) == 0) {
		file_read_at(s->root, layout_seen(path, e->message_id), text, sizeof(text),
			     &digits.n);
		if (decimal_take(&digits, &second))
			second_taken(e, second);
		return;
	}
	if (!receipt_read(s, e->message_id, &r))
		return;
	second_taken(e, r.delivered_at);
	text_taken(slice_of(r.via), e->via, sizeof(e->via));
	text_taken(slice_of(r.recipient), e->session, sizeof(e->session));
}

/* --- All of it --- */

/* By time again, after some times have been mended. Of the same time: as it was. */
static void sorted(struct history *h)
{
	for (unsigned i = 1; i < h->count; i++) {
		uint16_t place = h->order[i];
		unsigned n = i;

		while (n > 0 && h->list[h->order[n - 1]].at > h->list[place].at)
			n--;
		memmove(h->order + n + 1, h->order + n, (i - n) * sizeof(h->order[0]));
		h->order[n] = place;
	}
}

static bool stands_before(const struct history *h, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (history_at(h, i)->key == history_at(h, n)->key)
			return true;
	}
	return false;
}

void history_read(const struct store *s, struct history *h)
{
	h->count = 0;
	if (store_has(s, LAYOUT_OURS) == 0) {
		lines_read(h, s->root, LAYOUT_JOURNAL_BEFORE, journal_line_taken);
		lines_read(h, s->root, LAYOUT_JOURNAL, journal_line_taken);
	}
	folder_listed(h, s, LAYOUT_RECEIPTS, JOURNAL_HANDED_OVER);
	folder_listed(h, s, LAYOUT_SEEN, JOURNAL_SEEN);
	if (trace_path())
		lines_read(h, AT_FDCWD, trace_path(), trace_line_taken);
	for (unsigned i = 0; i < h->count; i++) {
		if (h->list[h->order[i]].unread)
			details_read(s, &h->list[h->order[i]]);
	}
	sorted(h);
	for (unsigned i = 0; i < h->count;) {
		if (stands_before(h, i))
			remove_at(h, i);
		else
			i++;
	}
}
