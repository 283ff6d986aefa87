/* See backlog.h. Content: `<waiting> <stops>\n`. */
#include <unistd.h>

#include "base/file.h"
#include "store/backlog.h"

enum { BACKLOG_BYTES = 32 };

static bool number(struct slice *rest, char end, unsigned *n)
{
	size_t i = 0;

	*n = 0;
	while (i < rest->n && i < 9 && rest->p[i] >= '0' && rest->p[i] <= '9')
		*n = *n * 10 + (unsigned)(rest->p[i++] - '0');
	if (i == 0 || i == rest->n || rest->p[i] != end)
		return false;
	*rest = slice_from(*rest, i + 1);
	return true;
}

struct backlog backlog_read(const struct store *s, const char *session)
{
	char path[LAYOUT_MAX], text[BACKLOG_BYTES];
	struct slice rest = { text, 0 };
	struct backlog b = { 0, 0 };

	layout_backlog(path, session);
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
