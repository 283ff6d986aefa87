/* See registry.h. */
#include <errno.h>

#include "base/file.h"
#include "host/process.h"
#include "store/registry.h"

int registry_open(struct registry_scan *scan, const struct store *s)
{
	int err = store_has(s, LAYOUT_SESSIONS);

	scan->incomplete = false;
	return err ? err : directory_open(&scan->folder, s->root, LAYOUT_SESSIONS);
}

void registry_close(struct registry_scan *scan)
{
	directory_close(&scan->folder);
}

static struct json_value inside(struct json_value object, const char *name)
{
	struct json_member in[] = { { .name = name } };

	if (object.type != JSON_OBJECT || json_object(object.text, in, 1) != JSON_OK)
		return (struct json_value){ .type = JSON_ABSENT };
	return in[0].value;
}

static bool entry_read(struct slice text, struct registry_entry *e)
{
	enum { PID, STARTED, SIGNATURE, CLIENT, CAPABILITIES, KEY, COUNT };
	struct json_member in[COUNT] = {
		[PID] = { .name = "server_pid" },
		[STARTED] = { .name = "started_at" },
		[SIGNATURE] = { .name = "proc_sig" },
		[CLIENT] = { .name = "client" },
		[CAPABILITIES] = { .name = "capabilities" },
		[KEY] = { .name = "mailbox_key" },
	};
	struct json_value mailbox;

	if (json_object(text, in, COUNT) != JSON_OK || in[CLIENT].value.type != JSON_OBJECT)
		return false;
	mailbox = inside(in[CAPABILITIES].value, "mailbox");
	e->server_pid = json_int(in[PID].value, -1);
	e->started_at = json_int(in[STARTED].value, 0);
	e->session = inside(in[CLIENT].value, "session_id");
	e->mailbox_key = in[KEY].value;
	e->proc_sig = in[SIGNATURE].value;
	e->session_keyed = inside(mailbox, "session_keyed").type == JSON_TRUE;
	return true;
}

/* Gone, no regular file, or too large: no entry, and that will not change by itself. */
static bool is_none(int err)
{
	return err == -ENOENT || err == -EINVAL || err == -ELOOP || err == -EFBIG;
}

bool registry_next(struct registry_scan *scan, struct registry_entry *entry)
{
	const char *name;

	while ((name = directory_next(&scan->folder)) != NULL) {
		struct slice text = { scan->text, 0 };

		int err;

		entry->pid = layout_pid_of_entry(name);
		if (entry->pid < 0)
			continue;
		err = file_read_at(scan->folder.fd, name, scan->text, sizeof(scan->text), &text.n);
		if (err == 0 && entry_read(text, entry))
			return true;
		if (err && !is_none(err))
			scan->incomplete = true;
	}
	scan->incomplete |= scan->folder.failed;
	return false;
}

bool registry_entry_is(const struct registry_entry *entry, const char *session)
{
	return entry->session.type == JSON_STRING && json_is(entry->session.text, session);
}

bool registry_entry_alive(const struct registry_entry *entry)
{
	char live[64];
	struct buf b = buf_over(live, sizeof(live));

	if (entry->pid <= 0 || entry->server_pid != entry->pid || !process_exists(entry->pid))
		return false;
	if (entry->proc_sig.type != JSON_STRING || !process_started(entry->pid, &b))
		return true;
	return json_same(entry->proc_sig.text, buf_slice(&b));
}

bool registry_names(const struct store *s, pid_t pid, const char *session)
{
	static char text[REGISTRY_ENTRY_MAX];
	char path[LAYOUT_MAX];
	struct slice read = { text, 0 };
	struct registry_entry entry;

	layout_registry(path, pid);
	return file_read_at(s->root, path, text, sizeof(text), &read.n) == 0 &&
	       entry_read(read, &entry) && registry_entry_is(&entry, session);
}

void registry_find(const struct store *s, const char *session, struct registry_target *target)
{
	static struct registry_scan scan;
	struct registry_entry entry;
	int64_t started = INT64_MIN;

	*target = (struct registry_target){ .live = false };
	if (registry_open(&scan, s) != 0)
		return;
	while (registry_next(&scan, &entry)) {
		if (!registry_entry_is(&entry, session) || entry.started_at <= started ||
		    !registry_entry_alive(&entry))
			continue;
		started = entry.started_at;
		*target = (struct registry_target){ true, entry.pid, entry.session_keyed };
	}
	registry_close(&scan);
}
