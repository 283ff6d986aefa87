/* See unproven.h. */
#include "base/decimal.h"
#include "store/unproven.h"

void unproven_write(struct buf *out, const struct unproven *u)
{
	buf_char(out, '[');
	for (int i = 0; i < UNPROVEN_NUMBERS; i++) {
		buf_int(out, u->number[i]);
		buf_char(out, ',');
	}
	buf_put(out, u->tool);
	buf_char(out, ',');
	buf_put(out, u->message);
	buf_text(out, "]\n");
}

bool unproven_of(struct slice line, struct unproven *u)
{
	struct message m;

	u->message = line;
	return message_read(line, &m) && message_id_take(m.id, u->id);
}

bool unproven_read(struct slice line, struct unproven *u)
{
	const char *comma;

	/* Each number, and the string, is behind one character: the bracket or a comma. */
	for (int i = 0; i < UNPROVEN_NUMBERS; i++) {
		if (line.n == 0)
			return false;
		line = slice_from(line, 1);
		if (!decimal_take(&line, &u->number[i]))
			return false;
	}
	comma = line.n ? memchr(line.p + 1, ',', line.n - 1) : NULL;
	if (!comma)
		return false;
	u->tool = (struct slice){ line.p + 1, (size_t)(comma - line.p) - 1 };
	line = slice_from(line, u->tool.n + 2);
	return line.n && unproven_of((struct slice){ line.p, line.n - 1 }, u);
}
