/* See receipt.h. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/trace.h"
#include "store/receipt.h"

enum {
	RECEIPT_MAX = 512,
	RECEIPT_READ_MAX = 4096,	/* of a foreign one */
};

static void receipt_text(struct buf *b, struct slice id, const char *session, const char *via)
{
	buf_text(b, "{\"schema_version\":1,\"message_id\":");
	json_string(b, id);
	buf_text(b, ",\"delivered_at\":");
	buf_int(b, clock_now_s());
	buf_text(b, ",\"via\":");
	json_string(b, slice_of(via));
	buf_text(b, ",\"recipient_session_id\":");
	if (session_id_uuid(slice_of(session)))
		json_string(b, slice_of(session));
	else
		buf_text(b, "null");
	buf_char(b, '}');
}

/*
 * Makes the file. One that is there stands, unless it is empty: then its writer was killed
 * between making and writing it.
 */
static int open_receipt(const struct store *s, const char *path)
{
	struct stat st;
	int fd = file_open(s->root, path, O_WRONLY | O_CREAT | O_EXCL, &st);

	if (fd != -EEXIST)
		return fd;
	fd = file_open(s->root, path, O_WRONLY, &st);
	if (fd >= 0 && st.st_size > 0) {
		close(fd);
		return -EEXIST;
	}
	return fd;
}

bool receipt_read(const struct store *s, const char *message_id, struct receipt *r)
{
	enum { ID, DELIVERED, VIA, RECIPIENT, COUNT };
	struct json_member in[COUNT] = {
		[ID] = { .name = "message_id" },
		[DELIVERED] = { .name = "delivered_at" },
		[VIA] = { .name = "via" },
		[RECIPIENT] = { .name = "recipient_session_id" },
	};
	char path[LAYOUT_MAX], memory[RECEIPT_READ_MAX];
	struct slice text = { memory, 0 };

	layout_receipt(path, message_id);
	if (store_has(s, LAYOUT_RECEIPTS) != 0 ||
	    file_read_at(s->root, path, memory, sizeof(memory), &text.n) != 0 ||
	    json_object(text, in, COUNT) != JSON_OK || !json_string_is(&in[ID].value, message_id))
		return false;
	r->delivered_at = json_int(in[DELIVERED].value, 0);
	json_take(in[VIA].value, r->via, sizeof(r->via));
	id_take(in[RECIPIENT].value, session_id_valid, r->recipient, sizeof(r->recipient));
	return true;
}

bool receipt_exists(const struct store *s, const char *message_id)
{
	char path[LAYOUT_MAX];
	struct stat st;

	layout_receipt(path, message_id);
	return store_has(s, LAYOUT_RECEIPTS) == 0 &&
	       fstatat(s->root, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
}

void receipt_write(const struct store *s, struct slice message_id, const char *session,
		   const char *via)
{
	char path[LAYOUT_MAX], id[MESSAGE_ID_TEXT], text[RECEIPT_MAX];
	struct buf b = buf_over(text, sizeof(text));
	int fd;

	if (!message_id_take(message_id, id))
		return;
	layout_receipt(path, id);
	fd = store_make(s, LAYOUT_RECEIPTS, false);
	if (fd == 0)
		fd = open_receipt(s, path);
	if (fd < 0) {
		if (fd != -EEXIST)
			trace("no receipt for", id, fd);
		return;
	}
	receipt_text(&b, message_id, session, via);
	(void)!write(fd, b.p, b.n);
	close(fd);
}
