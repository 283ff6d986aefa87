/* See layout.h. Every name fits: ids are bounded, and LAYOUT_MAX leaves room for what is around. */
#include "base/buf.h"
#include "base/sha256.h"
#include "store/layout.h"

enum {
	KEY_READABLE = 40,	/* characters of the id in a session key */
	KEY_HASH_BYTES = 4,
	NAME_HASH_BYTES = 16,	/* H(x) of oxtail.md section 2 */
	PID_DIGITS = 9,	/* fits a pid_t; the kernel's largest pid has seven */
};

static char *joined(char out[LAYOUT_MAX], const char *folder, const char *name, const char *end)
{
	struct buf b = buf_over(out, LAYOUT_MAX);

	buf_text(&b, folder);
	buf_text(&b, name);
	buf_text(&b, end);
	buf_cstr(&b);
	return out;
}

char *layout_session_key(char out[BOX_NAME_MAX], const char *session)
{
	struct buf b = buf_over(out, BOX_NAME_MAX);
	struct slice id = slice_of(session);
	uint8_t digest[SHA256_BYTES];

	sha256(id, digest);
	buf_text(&b, "s-");
	buf_bytes(&b, id.p, id.n < KEY_READABLE ? id.n : KEY_READABLE);
	buf_char(&b, '-');
	buf_hex(&b, digest, KEY_HASH_BYTES);
	buf_cstr(&b);
	return out;
}

char *layout_pid_box(char out[BOX_NAME_MAX], pid_t pid)
{
	struct buf b = buf_over(out, BOX_NAME_MAX);

	buf_int(&b, pid);
	buf_cstr(&b);
	return out;
}

pid_t layout_pid_of_box(const char *name)
{
	pid_t pid = 0;
	int i = 0;

	for (; i < PID_DIGITS && name[i] >= '0' && name[i] <= '9'; i++)
		pid = pid * 10 + (name[i] - '0');
	return name[i] ? 0 : pid;
}

bool layout_box_valid(struct slice name)
{
	if (name.n == 0 || name.n >= BOX_NAME_MAX || !session_id_valid(name))
		return false;
	if (name.n > 2 && name.p[0] == 's' && name.p[1] == '-')
		return true;
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] < '0' || name.p[i] > '9')
			return false;
	}
	return true;
}

char *layout_registry(char out[LAYOUT_MAX], pid_t pid)
{
	struct buf b = buf_over(out, LAYOUT_MAX);

	buf_text(&b, LAYOUT_SESSIONS "/");
	buf_int(&b, pid);
	buf_text(&b, ".json");
	buf_cstr(&b);
	return out;
}

char *layout_mailbox(char out[LAYOUT_MAX], const char *box)
{
	return joined(out, LAYOUT_MAILBOXES "/", box, ".jsonl");
}

char *layout_mark(char out[LAYOUT_MAX], const char *session)
{
	return joined(out, LAYOUT_ACTIVITY "/", session, "");
}

char *layout_receipt(char out[LAYOUT_MAX], const char *message_id)
{
	return joined(out, LAYOUT_RECEIPTS "/", message_id, "");
}

char *layout_ledger(char out[LAYOUT_MAX], const char *session)
{
	struct buf b = buf_over(out, LAYOUT_MAX);
	uint8_t digest[SHA256_BYTES];

	sha256(slice_of(session), digest);
	buf_text(&b, LAYOUT_RECEIVED "/");
	buf_hex(&b, digest, NAME_HASH_BYTES);
	buf_text(&b, ".jsonl");
	buf_cstr(&b);
	return out;
}

char *layout_box_index(char out[LAYOUT_MAX], const char *session)
{
	return joined(out, LAYOUT_BOX_INDEX "/", session, "");
}

char *layout_backlog(char out[LAYOUT_MAX], const char *session)
{
	return joined(out, LAYOUT_BACKLOG "/", session, "");
}
