/* See backlog.h. Content: `<waiting> <stops>\n`. */
#include <limits.h>
#include <unistd.h>

#include "base/decimal.h"
#include "base/file.h"
#include "store/backlog.h"

enum { BACKLOG_BYTES = 32 };

/* Takes a number and the byte behind it. */
static bool number(struct slice *rest, char end, unsigned *n)
{
	int64_t taken;

	if (!decimal_take(rest, &taken) || taken > UINT_MAX || rest->n == 0 || *rest->p != end)
		return false;
	*rest = slice_from(*rest, 1);
	*n = (unsigned)taken;
	return true;
}

struct backlog backlog_read(const struct store *s, const char *session)
{
	char path[LAYOUT_MAX], text[BACKLOG_BYTES];
	struct slice rest = { text, 0 };
	struct backlog b = { 0, 0 };

	layout_backlog(path, session);
	if (store_has(s, LAYOUT_BACKLOG) != 0)
		return b;
	if (file_read_at(s->root, path, text, sizeof(text), &rest.n) != 0)
		return b;
	if (!number(&rest, ' ', &b.waiting) || !number(&rest, '\n', &b.stops))
		return (struct backlog){ 0, 0 };
	return b;
}

void backlog_write(const struct store *s, const char *session, struct backlog backlog)
{
	char path[LAYOUT_MAX], text[BACKLOG_BYTES];
	struct buf b = buf_over(text, sizeof(text));

	layout_backlog(path, session);
	if (backlog.waiting == 0) {
		unlinkat(s->root, path, 0);
		return;
	}
	buf_int(&b, backlog.waiting);
	buf_char(&b, ' ');
	buf_int(&b, backlog.stops);
	buf_char(&b, '\n');
	if (store_make(s, LAYOUT_BACKLOG, false) == 0)
		file_replace(s->root, path, buf_slice(&b));
}
