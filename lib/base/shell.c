/* See shell.h. */
#include "base/shell.h"

/* A shell takes it as it is. */
static bool is_plain(const char *text)
{
	return *text && text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789/._-+@%=:,")] == '\0';
}

void shell_word(struct buf *out, const char *text)
{
	if (is_plain(text)) {
		buf_text(out, text);
		return;
	}
	buf_char(out, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			buf_text(out, "'\\''");
		else
			buf_char(out, *text);
	}
	buf_char(out, '\'');
}
