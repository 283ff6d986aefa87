/* See registry.h. */
#include <errno.h>
#include <unistd.h>

#include "base/file.h"
#include "host/process.h"
#include "store/registry.h"

#define OUR_SIGN "by_peerhooks"	/* a member that only our entries have */

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
	enum { PID, STARTED, SIGNATURE, CLIENT, TMUX, CAPABILITIES, KEY, OURS, COUNT };
	struct json_member in[COUNT] = {
		[PID] = { .name = "server_pid" },
		[STARTED] = { .name = "started_at" },
		[SIGNATURE] = { .name = "proc_sig" },
		[CLIENT] = { .name = "client" },
		[TMUX] = { .name = "tmux_session" },
		[CAPABILITIES] = { .name = "capabilities" },
		[KEY] = { .name = "mailbox_key" },
		[OURS] = { .name = OUR_SIGN },
	};
	enum { SESSION, TYPE, CWD, CLIENT_COUNT };
	struct json_member client[CLIENT_COUNT] = {
		[SESSION] = { .name = "session_id" },
		[TYPE] = { .name = "type" },
		[CWD] = { .name = "cwd" },
	};
	struct json_value mailbox;

	if (json_object(text, in, COUNT) != JSON_OK || in[CLIENT].value.type != JSON_OBJECT ||
	    json_object(in[CLIENT].value.text, client, CLIENT_COUNT) != JSON_OK)
		return false;
	mailbox = inside(in[CAPABILITIES].value, "mailbox");
	e->server_pid = json_int(in[PID].value, -1);
	e->started_at = json_int(in[STARTED].value, 0);
	e->session = client[SESSION].value;
	e->client_type = client[TYPE].value;
	e->cwd = client[CWD].value;
	e->tmux_session = in[TMUX].value;
	e->mailbox_key = in[KEY].value;
	e->ours = in[OURS].value.type == JSON_TRUE;
	e->proc_sig = in[SIGNATURE].value;
	e->session_keyed = inside(mailbox, "session_keyed").type == JSON_TRUE;
	e->obligations = inside(mailbox, "obligations").type == JSON_TRUE;
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

/* The process lives, and is the one that wrote the entry as far as its signature tells. */
static bool entry_alive_as(const struct registry_entry *entry, pid_t pid)
{
	char live[64];
	struct buf b = buf_over(live, sizeof(live));

	if (!process_exists(pid))
		return false;
	if (entry->proc_sig.type != JSON_STRING || !process_started(pid, &b))
		return true;
	return json_same(entry->proc_sig.text, buf_slice(&b));
}

bool registry_entry_alive(const struct registry_entry *entry)
{
	return entry->pid > 0 && entry->server_pid == entry->pid &&
	       entry_alive_as(entry, entry->pid);
}

/* 0, or why there is none; -EINVAL for a file that is no entry. */
static int entry_of(const struct store *s, pid_t pid, struct registry_entry *entry)
{
	static char text[REGISTRY_ENTRY_MAX];
	char path[LAYOUT_MAX];
	struct slice read = { text, 0 };
	int err;

	layout_registry(path, pid);
	err = file_read_at(s->root, path, text, sizeof(text), &read.n);
	if (err)
		return err;
	return entry_read(read, entry) ? 0 : -EINVAL;
}

bool registry_names(const struct store *s, pid_t pid, const char *session)
{
	struct registry_entry entry;

	return entry_of(s, pid, &entry) == 0 && registry_entry_is(&entry, session);
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
		*target = (struct registry_target){ true, entry.pid, entry.session_keyed,
							 entry.obligations };
	}
	registry_close(&scan);
}

static void string_line(struct buf *out, const char *name, struct slice text, bool present)
{
	buf_text(out, name);
	if (present)
		json_string(out, text);
	else
		buf_text(out, "null");
	buf_text(out, ",\n");
}

/* The layout is part of the format: old hooks read it line by line. */
static void entry_out(struct buf *out, const struct registry_draft *d)
{
	char key[BOX_NAME_MAX];

	buf_text(out, "{\n  \"server_pid\": ");
	buf_int(out, d->pid);
	buf_text(out, ",\n  \"started_at\": ");
	buf_int(out, d->started_at);
	buf_text(out, ",\n");
	if (d->proc_sig.n)
		string_line(out, "  \"proc_sig\": ", d->proc_sig, true);
	string_line(out, "  \"client\": {\n    \"type\": ", slice_of(d->client_type), true);
	string_line(out, "    \"session_id\": ", slice_of(d->session), true);
	string_line(out, "    \"transcript_path\": ", d->transcript, d->transcript.n > 0);
	buf_text(out, "    \"session_id_source\": \"hook-drop\",\n    \"cwd\": ");
	json_string(out, d->cwd);
	buf_text(out, "\n  },\n");
	string_line(out, "  \"tmux_pane\": ", slice_of(d->tmux_pane ? d->tmux_pane : ""),
		    d->tmux_pane != NULL);
	buf_text(out, "  \"tmux_session\": null,\n  \"state\": null,\n"
		      "  \"capabilities\": {\n    \"mailbox\": {\n      \"reply_to\": true,\n"
		      "      \"provenance\": true,\n      \"push_budget\": true,\n"
		      "      \"session_keyed\": true,\n      \"obligations\": true\n"
		      "    }\n  },\n");
	string_line(out, "  \"mailbox_key\": ", slice_of(layout_session_key(key, d->session)),
		    true);
	buf_text(out, "  \"" OUR_SIGN "\": true\n}");
}

int registry_publish(const struct store *s, const struct registry_draft *d, bool over)
{
	static char text[REGISTRY_ENTRY_MAX];
	struct buf out = buf_over(text, sizeof(text));
	struct registry_entry there;
	char path[LAYOUT_MAX];
	int err = store_make(s, LAYOUT_SESSIONS, false);

	if (err)
		return err;
	err = entry_of(s, d->pid, &there);
	if (err != -ENOENT &&
	    (err || !there.ours || !(over || registry_entry_is(&there, d->session))))
		return -EEXIST;
	entry_out(&out, d);
	if (out.full)
		return -EFBIG;
	return file_replace(s->root, layout_registry(path, d->pid), buf_slice(&out));
}

void registry_withdraw(const struct store *s, pid_t pid, const char *session)
{
	struct registry_entry there;
	char path[LAYOUT_MAX];

	if (store_has(s, LAYOUT_SESSIONS) == 0 && entry_of(s, pid, &there) == 0 && there.ours &&
	    registry_entry_is(&there, session))
		unlinkat(s->root, layout_registry(path, pid), 0);
}

bool registry_dead(const struct store *s, pid_t pid, char session[SESSION_ID_MAX + 1])
{
	struct registry_entry there;

	return entry_of(s, pid, &there) == 0 && !entry_alive_as(&there, pid) &&
	       json_take(there.session, session, SESSION_ID_MAX + 1) &&
	       session_id_valid(slice_of(session));
}

bool registry_remove_dead(const struct store *s, pid_t pid)
{
	char session[SESSION_ID_MAX + 1], path[LAYOUT_MAX];

	return registry_dead(s, pid, session) &&
	       unlinkat(s->root, layout_registry(path, pid), 0) == 0;
}
