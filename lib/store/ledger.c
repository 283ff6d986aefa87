/* See ledger.h. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/setting.h"
#include "base/utf8.h"
#include "store/ledger.h"

enum {
	/* Of an obligation that is written, with a note of which each unit may take six bytes. */
	OBLIGATION_MAX = 6 * LEDGER_NOTE_UNITS + 256,
	/* Of one that is carried over, which may be a stranger's. */
	CARRIED_MAX = 8192,
};

static bool holds(struct jsonl *j, struct slice id)
{
	struct slice line;
	struct message m;

	while (jsonl_next(j, &line)) {
		if (message_read(line, &m) && json_same(m.id, id))
			return true;
	}
	return false;
}

int ledger_keep(const struct store *s, const char *session, const struct message *m, int64_t end)
{
	char path[LAYOUT_MAX];
	struct jsonl j;
	int err = store_make(s, LAYOUT_RECEIVED, false);

	if (err == 0)
		err = jsonl_open(&j, s, layout_ledger(path, session), JSONL_ADD, end);
	if (err)
		return err;
	j.window = LEDGER_WINDOW;
	err = jsonl_read(&j);
	if (err == 0 && !holds(&j, m->id))
		err = jsonl_add(&j, m->line, LAYOUT_RECEIVED);
	jsonl_close(&j);
	return err;
}

/* Opens a ledger and reads it whole. */
static int opened(struct jsonl *j, const struct store *s, const char *path, enum jsonl_use use,
		  int64_t end)
{
	int err = jsonl_open(j, s, path, use, end);

	if (err)
		return err;
	j->window = LEDGER_WINDOW;
	err = jsonl_read(j);
	if (err)
		jsonl_close(j);
	return err;
}

static struct json_value obligation_of(struct slice line)
{
	struct json_member in[] = { { .name = "obligation" } };

	json_object(line, in, 1);
	return in[0].value;
}

static bool entry_of(struct slice line, struct ledger_entry *e)
{
	enum { STATE, AT, NOTE, COUNT };
	struct json_member in[COUNT] = {
		[STATE] = { .name = "state" },
		[AT] = { .name = "at" },
		[NOTE] = { .name = "note" },
	};
	struct json_value obligation;

	if (!message_read(line, &e->message))
		return false;
	e->obligation = e->message.action_required ? OBLIGATION_OPEN : OBLIGATION_NONE;
	e->closed_at = 0;
	e->note = (struct json_value){ .type = JSON_ABSENT };
	obligation = obligation_of(line);
	if (e->obligation == OBLIGATION_NONE || obligation.type != JSON_OBJECT)
		return true;
	json_object(obligation.text, in, COUNT);
	e->obligation = json_string_is(&in[STATE].value, "blocked") ? OBLIGATION_BLOCKED :
								     OBLIGATION_DONE;
	e->closed_at = json_int(in[AT].value, 0);
	e->note = in[NOTE].value;
	return true;
}

/* The object without its last brace. */
static struct slice unclosed(struct slice line)
{
	line = slice_trimmed(line);
	line.n--;
	return line;
}

/* Takes all lines of that id out of the copy. `out` becomes the new line with its line feed, and
 * the obligation of those. How many lines are left. */
static int64_t replaced(struct jsonl *j, struct slice line, struct slice id, struct buf *out)
{
	struct slice old;
	struct message m;
	int64_t count = 0;

	buf_put(out, line);
	while (jsonl_next(j, &old)) {
		struct json_value obligation;

		if (!message_read(old, &m) || !json_same(m.id, id)) {
			count++;
			continue;
		}
		obligation = obligation_of(old);
		if (obligation.type == JSON_OBJECT) {
			out->n = 0;
			buf_put(out, unclosed(line));
			json_name(out, "obligation");
			buf_put(out, obligation.text);
			buf_char(out, '}');
		}
		jsonl_blank(j, old);
	}
	buf_char(out, '\n');
	return count;
}

/* Takes the oldest lines out of the copy, so many, but none of an open obligation. */
static void oldest_dropped(struct jsonl *j, int64_t excess)
{
	struct ledger_entry e;
	struct slice line;

	jsonl_rewind(j);
	while (excess > 0 && jsonl_next(j, &line)) {
		if (entry_of(line, &e) && e.obligation == OBLIGATION_OPEN)
			continue;
		jsonl_blank(j, line);
		excess--;
	}
}

int ledger_record(const struct store *s, const char *session, struct slice line, int64_t end)
{
	static char text[MESSAGE_LINE_MAX + CARRIED_MAX];
	const int64_t cap = setting_number(getenv("OXTAIL_RECEIVED_MAX"), LEDGER_LINES);
	struct buf added = buf_over(text, sizeof(text));
	char path[LAYOUT_MAX];
	struct message m;
	struct jsonl j;
	int err = store_make(s, LAYOUT_RECEIVED, true);

	if (err == 0 && !message_read(line, &m))
		err = -EINVAL;
	if (err == 0)
		err = opened(&j, s, layout_ledger(path, session), JSONL_ADD, end);
	if (err)
		return err;
	oldest_dropped(&j, replaced(&j, line, m.id, &added) + 1 - cap);
	/* Mostly nothing has to go, and to append is as safe, and quicker. */
	if (!jsonl_blanked(&j))
		err = jsonl_add(&j, line, LAYOUT_RECEIVED);
	else
		err = added.full ? -EFBIG : jsonl_rewrite(&j, buf_slice(&added), LAYOUT_RECEIVED);
	if (err == -EFBIG)
		err = jsonl_add(&j, line, LAYOUT_RECEIVED);
	jsonl_close(&j);
	return err;
}

int ledger_open(struct ledger_scan *scan, const struct store *s, const char *session)
{
	char path[LAYOUT_MAX];
	int err = store_has(s, LAYOUT_RECEIVED);

	return err ? err : opened(&scan->file, s, layout_ledger(path, session), JSONL_PEEK, 0);
}

bool ledger_next(struct ledger_scan *scan, struct ledger_entry *e)
{
	struct slice line;

	while (jsonl_next(&scan->file, &line)) {
		if (entry_of(line, e))
			return true;
	}
	return false;
}

void ledger_close(struct ledger_scan *scan)
{
	jsonl_close(&scan->file);
}

bool ledger_find(struct ledger_scan *scan, const struct store *s, const char *session,
		 struct slice id, struct ledger_entry *e)
{
	struct ledger_entry next;
	bool found = false;

	if (ledger_open(scan, s, session) != 0)
		return false;
	while (ledger_next(scan, &next)) {
		if (!json_same(next.message.id, id))
			continue;
		*e = next;
		found = true;
	}
	if (!found)
		ledger_close(scan);
	return found;
}

/* The text cut to so many UTF-16 units, in front of a character of two that does not fit. */
static struct slice cut(struct slice text, unsigned units)
{
	struct slice rest = text;

	while (rest.n) {
		struct utf8_char c = utf8_first(rest);

		if (utf16_units(c.code) > units)
			break;
		units -= utf16_units(c.code);
		rest = slice_from(rest, c.bytes);
	}
	text.n -= rest.n;
	return text;
}

/* What stands at the end of a closed obligation's line, in the place of its last brace. */
static void obligation_write(struct buf *out, enum obligation_state state, struct slice note)
{
	buf_text(out, ",\"obligation\":{");
	json_member_text(out, "state", state == OBLIGATION_BLOCKED ? "blocked" : "done");
	json_member_int(out, "at", clock_now_s());
	if (note.n) {
		json_name(out, "note");
		json_string(out, cut(note, LEDGER_NOTE_UNITS));
	}
	buf_text(out, "}}");
}

/* The first entry of that id. */
static bool first_of(struct jsonl *j, struct slice id, struct ledger_entry *e)
{
	struct slice line;

	while (jsonl_next(j, &line)) {
		if (entry_of(line, e) && json_same(e->message.id, id))
			return true;
	}
	return false;
}

int ledger_stamp(const struct store *s, const char *session, struct slice id,
		 enum obligation_state state, struct slice note, int64_t end)
{
	char path[LAYOUT_MAX], text[OBLIGATION_MAX];
	struct buf stamp = buf_over(text, sizeof(text));
	struct ledger_entry e;
	struct slice head;
	struct jsonl j;
	int err = store_has(s, LAYOUT_RECEIVED);

	if (err == 0)
		err = opened(&j, s, layout_ledger(path, session), JSONL_READ, end);
	if (err)
		return err;
	if (!first_of(&j, id, &e) || e.obligation == OBLIGATION_NONE) {
		err = -ENOENT;
	} else if (e.obligation != OBLIGATION_OPEN) {
		err = -EALREADY;
	} else {
		head = unclosed(e.message.line);
		obligation_write(&stamp, state, note);
		err = jsonl_replace(&j, (struct slice){ head.p + head.n, 1 }, buf_slice(&stamp),
				    LAYOUT_RECEIVED);
	}
	jsonl_close(&j);
	return err;
}

static bool owes(struct jsonl *j)
{
	struct ledger_entry e;
	struct slice line;

	while (jsonl_next(j, &line)) {
		if (entry_of(line, &e) && e.obligation == OBLIGATION_OPEN)
			return true;
	}
	return false;
}

void ledger_unlink_old(const struct store *s, const char *path, int64_t changed, int64_t size)
{
	struct jsonl j;
	struct stat st;

	if (opened(&j, s, path, JSONL_READ, clock_monotonic_ms()) != 0)
		return;
	if (fstat(j.fd, &st) == 0 && st.st_mtime < changed && st.st_size <= size && !owes(&j))
		unlinkat(s->root, path, 0);
	jsonl_close(&j);
}

int ledger_walk_open(struct ledger_walk *w, const struct store *s)
{
	int err = store_has(s, LAYOUT_RECEIVED);

	w->store = s;
	w->open = false;
	return err ? err : directory_open(&w->folder, s->root, LAYOUT_RECEIVED);
}

static bool next_ledger(struct ledger_walk *w)
{
	char path[LAYOUT_MAX];
	const char *name;

	while (!w->open && (name = directory_next(&w->folder)) != NULL)
		w->open = layout_ledger_named(path, name) &&
			  opened(&w->scan.file, w->store, path, JSONL_PEEK, 0) == 0;
	return w->open;
}

bool ledger_walk_next(struct ledger_walk *w, struct ledger_entry *e)
{
	while (next_ledger(w)) {
		if (ledger_next(&w->scan, e))
			return true;
		ledger_close(&w->scan);
		w->open = false;
	}
	return false;
}

void ledger_walk_close(struct ledger_walk *w)
{
	if (w->open)
		ledger_close(&w->scan);
	directory_close(&w->folder);
}
