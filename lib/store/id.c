/* See id.h. Whole strings are checked, by length: nothing ends at a line feed or a NUL. */
#include "base/random.h"
#include "store/id.h"

static bool alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool only(struct slice id, size_t max, const char *others)
{
	if (id.n == 0 || id.n > max)
		return false;
	for (size_t i = 0; i < id.n; i++) {
		if (!alphanumeric(id.p[i]) && (!id.p[i] || !strchr(others, id.p[i])))
			return false;
	}
	return true;
}

static bool only_hex(struct slice id, size_t length, const char *others)
{
	if (!only(id, length, others) || id.n != length)
		return false;
	for (size_t i = 0; i < id.n; i++) {
		if (alphanumeric(id.p[i]) && !strchr("0123456789abcdef", id.p[i]))
			return false;
	}
	return true;
}

bool session_id_valid(struct slice id)
{
	return only(id, SESSION_ID_MAX, "_-");
}

bool session_id_uuid(struct slice id)
{
	return only_hex(id, 36, "-");
}

bool session_id_typical(struct slice id)
{
	enum { OPENCODE_MIN = 20 };

	if (id.n >= OPENCODE_MIN && memcmp(id.p, "ses_", 4) == 0)
		return session_id_valid(id);
	return session_id_uuid(id);
}

bool label_valid(struct slice label)
{
	return only(label, LABEL_MAX, "_:-") && label.p[0] != '_';
}

bool nonce_valid(struct slice nonce)
{
	return nonce.n >= NONCE_MIN && only(nonce, NONCE_MAX, "_-");
}

bool message_id_ours(struct slice id)
{
	return only_hex(id, (size_t)2 * MESSAGE_ID_BYTES, "");
}

bool message_id_shown(struct slice id)
{
	return only(id, MESSAGE_ID_MAX, ".:-");
}

bool request_id_shown(struct slice id)
{
	return only(id, MESSAGE_ID_MAX, "._:-");
}

bool id_in(const struct json_value *value, bool (*valid)(struct slice))
{
	char decoded[SESSION_ID_MAX];
	struct buf b = buf_over(decoded, sizeof(decoded));

	if (value->type != JSON_STRING)
		return false;
	json_decode(value->text, &b);
	return !b.full && valid(buf_slice(&b));
}

bool id_take(struct json_value value, bool (*valid)(struct slice), char *into, size_t size)
{
	if (json_take(value, into, size) && valid(slice_of(into)))
		return true;
	into[0] = '\0';
	return false;
}

bool message_id_take(struct slice id, char into[MESSAGE_ID_TEXT])
{
	struct buf b = buf_over(into, MESSAGE_ID_TEXT);
	const bool ours = message_id_ours(id);

	if (ours)
		buf_put(&b, id);
	buf_cstr(&b);
	return ours;
}

void message_id_new(struct buf *out)
{
	random_hex(out, MESSAGE_ID_BYTES);
}
