/*
 * See boxes.h. The index is one line, without a line feed; what does not parse to its last byte
 * is no index:
 *
 *	2 <inode of sessions/> <its ctime, s> <ns> <registered 0|1> <box> <box> ... .
 */
#include <fcntl.h>
#include <stdio.h>	/* renameat */
#include <unistd.h>

#include "base/clock.h"
#include "base/decimal.h"
#include "base/file.h"
#include "base/trace.h"
#include "store/boxes.h"
#include "store/jsonl.h"
#include "store/registry.h"

#define INDEX_END "."

enum { INDEX_VERSION = 2, INDEX_MAX = 2048 };

static void add(struct boxes *boxes, struct slice name)
{
	for (unsigned i = 0; i < boxes->count; i++) {
		if (slice_is(name, boxes->names[i]))
			return;
	}
	if (boxes->count == BOXES_MAX) {
		trace("more boxes than are looked into:", boxes->names[0], 0);
		return;
	}
	memcpy(boxes->names[boxes->count], name.p, name.n);
	boxes->names[boxes->count][name.n] = '\0';
	boxes->count++;
}

static void add_entry(struct boxes *boxes, const struct registry_entry *entry)
{
	char name[BOX_NAME_MAX];

	boxes->registered |= !entry->ours;
	if (entry->pid > 0)
		add(boxes, slice_of(layout_pid_box(name, entry->pid)));
	if (entry->mailbox_key.type == JSON_STRING && layout_box_valid(entry->mailbox_key.text))
		add(boxes, entry->mailbox_key.text);
}

/*
 * Reads all of the registry; false if some of it could not be read. The session box comes first,
 * so that it is never one too many.
 */
static bool read_registry(const struct store *s, const char *session, struct boxes *boxes)
{
	static struct registry_scan scan;
	struct registry_entry entry;
	char key[BOX_NAME_MAX];

	boxes->count = 0;
	boxes->registered = false;
	add(boxes, slice_of(layout_session_key(key, session)));
	if (registry_open(&scan, s) != 0)
		return false;
	while (registry_next(&scan, &entry)) {
		if (registry_entry_is(&entry, session))
			add_entry(boxes, &entry);
	}
	registry_close(&scan);
	return !scan.incomplete;
}

/* Takes the text up to the next blank. */
static struct slice word(struct slice *rest)
{
	struct slice w = { rest->p, 0 };

	while (w.n < rest->n && w.p[w.n] != ' ')
		w.n++;
	*rest = slice_from(*rest, w.n < rest->n ? w.n + 1 : w.n);
	return w;
}

/* Takes a number; -1 if none stands here. */
static int64_t number(struct slice *rest)
{
	struct slice digits = word(rest);
	int64_t n;

	return decimal_take(&digits, &n) && digits.n == 0 ? n : -1;
}

/* Reads the index into boxes; false if it does not hold for sessions/ as it is now. */
static bool index_read(const struct store *s, const char *path, const struct stat *sessions,
		       struct boxes *boxes)
{
	char text[INDEX_MAX];
	ssize_t n = readlinkat(s->root, path, text, sizeof(text));
	struct slice rest = { text, n > 0 ? (size_t)n : 0 };
	int64_t registered;

	if (number(&rest) != INDEX_VERSION || number(&rest) != (int64_t)sessions->st_ino ||
	    number(&rest) != (int64_t)sessions->st_ctim.tv_sec ||
	    number(&rest) != (int64_t)sessions->st_ctim.tv_nsec)
		return false;
	registered = number(&rest);
	boxes->registered = registered == 1;
	boxes->count = 0;
	for (;;) {
		struct slice name = word(&rest);

		if (slice_is(name, INDEX_END))
			return registered >= 0 && rest.n == 0;
		if (!layout_box_valid(name) || boxes->count == BOXES_MAX)
			return false;
		add(boxes, name);
	}
}

/* Puts a symbolic link to the text in place, by rename. */
static void link_replace(const struct store *s, const char *path, const char *text)
{
	char name[FILE_TEMPORARY_MAX];

	if (!file_temporary(name, path) || symlinkat(text, s->root, name) != 0)
		return;
	if (renameat(s->root, name, s->root, path) != 0)
		unlinkat(s->root, name, 0);
}

static void index_write(const struct store *s, const char *path, const struct stat *sessions,
			const struct boxes *boxes)
{
	char text[INDEX_MAX];
	struct buf b = buf_over(text, sizeof(text));
	const int64_t head[] = { INDEX_VERSION, (int64_t)sessions->st_ino,
				 (int64_t)sessions->st_ctim.tv_sec,
				 (int64_t)sessions->st_ctim.tv_nsec, boxes->registered };

	for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++) {
		buf_int(&b, head[i]);
		buf_char(&b, ' ');
	}
	for (unsigned i = 0; i < boxes->count; i++) {
		buf_text(&b, boxes->names[i]);
		buf_char(&b, ' ');
	}
	buf_text(&b, INDEX_END);
	if (buf_cstr(&b) && store_make(s, LAYOUT_BOX_INDEX, false) == 0)
		link_replace(s, path, text);
}

/* Did the folder change so lately that a further change might get the very same time? */
static bool racy(const struct stat *sessions, int64_t now)
{
	int64_t limit = sessions->st_ctim.tv_nsec ? BOXES_RACY_MS : BOXES_RACY_WHOLE_SECONDS_MS;
	int64_t age = now - clock_ms_of(sessions->st_ctim);

	return age < limit;
}

void boxes_find(const struct store *s, const char *session, struct boxes *boxes)
{
	char path[LAYOUT_MAX];
	struct stat sessions;
	bool registry = fstatat(s->root, LAYOUT_SESSIONS, &sessions, 0) == 0;
	int64_t now;

	layout_box_index(path, session);
	if (registry && store_has(s, LAYOUT_BOX_INDEX) == 0 &&
	    index_read(s, path, &sessions, boxes))
		return;
	now = clock_now_ms();
	if (read_registry(s, session, boxes) && registry && !racy(&sessions, now))
		index_write(s, path, &sessions, boxes);
}

static bool filled(const struct store *s, const char *box)
{
	char path[LAYOUT_MAX];
	struct stat st;

	return fstatat(s->root, layout_mailbox(path, box), &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st.st_mode) && st.st_size > 0;
}

void boxes_keep_filled(const struct store *s, struct boxes *boxes)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < boxes->count; i++) {
		if (!filled(s, boxes->names[i]))
			continue;
		if (kept != i)
			memcpy(boxes->names[kept], boxes->names[i], BOX_NAME_MAX);
		kept++;
	}
	boxes->count = kept;
}

bool box_has(const struct store *s, const char *box,
	     bool (*wanted)(const struct message *m, void *context), void *context)
{
	char path[LAYOUT_MAX];
	struct message m;
	struct slice line;
	struct jsonl j;
	bool found = false;

	if (jsonl_open(&j, s, layout_mailbox(path, box), JSONL_PEEK, 0) != 0)
		return false;
	if (jsonl_read(&j) == 0) {
		do {
			while (!found && jsonl_next(&j, &line))
				found = message_read(line, &m) && wanted(&m, context);
		} while (!found && jsonl_read_on(&j));
	}
	jsonl_close(&j);
	return found;
}
