/* See codex_moving.h. */
#include <errno.h>

#include "agent/codex_moving.h"
#include "base/decimal.h"
#include "base/memory.h"
#include "base/sha256.h"

#define MARK ".peerhooks-moving"

enum { HEX = 2 * SHA256_BYTES, LINE_MAX_BYTES = HEX + 32 };

static int note_read(struct config_file *f, const char *hooks_path)
{
	char path[FILE_PATH_MAX];
	struct buf b = buf_over(path, sizeof(path));

	f->there = false;
	f->memory = (struct buf){ .full = true };
	buf_text(&b, hooks_path);
	buf_text(&b, MARK);
	return buf_cstr(&b) ? config_read(f, path) : -ENAMETOOLONG;
}

static void hash_put(struct buf *out, struct slice text)
{
	uint8_t digest[SHA256_BYTES];

	sha256(text, digest);
	buf_hex(out, digest, sizeof(digest));
}

int codex_moving_read(struct codex_moving *m, const char *hooks_path)
{
	int err = note_read(&m->file, hooks_path);
	struct slice rest = m->file.text;
	int64_t n;

	m->there = false;
	if (err)
		return err;
	if (rest.n > HEX && rest.p[HEX] == ' ') {
		m->hash = (struct slice){ rest.p, HEX };
		rest = slice_from(rest, HEX + 1);
		m->there = decimal_take(&rest, &n) && rest.n && *rest.p == '\n' &&
			   (size_t)n <= rest.n - 1;
	}
	if (m->there) {
		m->first = (struct slice){ rest.p + 1, (size_t)n };
		m->second = slice_from(rest, 1 + m->first.n);
	} else {
		config_free(&m->file);
	}
	return 0;
}

void codex_moving_end(struct codex_moving *m)
{
	config_free(&m->file);
	m->there = false;
}

struct slice codex_moving_speaks(const struct codex_moving *m, struct slice config)
{
	char memory[HEX];
	struct buf hash = buf_over(memory, sizeof(memory));

	hash_put(&hash, config);
	return slice_eq(buf_slice(&hash), m->hash) ? m->second : m->first;
}

int codex_moving_write(const char *hooks_path, struct slice first, struct slice second,
		       struct slice config)
{
	static struct config_file f;
	struct buf text = memory_buf(LINE_MAX_BYTES + first.n + second.n);
	int err = note_read(&f, hooks_path);

	hash_put(&text, config);
	buf_char(&text, ' ');
	buf_int(&text, (int64_t)first.n);
	buf_char(&text, '\n');
	buf_put(&text, first);
	buf_put(&text, second);
	if (err == 0)
		err = text.full ? -ENOMEM : config_write(&f, buf_slice(&text));
	config_free(&f);
	memory_free(&text);
	return err;
}

int codex_moving_remove(const char *hooks_path)
{
	static struct config_file f;
	int err = note_read(&f, hooks_path);

	if (err == 0 && f.there)
		err = config_remove(&f);
	config_free(&f);
	return err;
}
