/* See presence.h. */
#include <errno.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "store/presence.h"

enum { SESSION, PID, BIRTH, AGENT, CWD, STARTED, ENDED, REASON, SUCCESSOR, GENERATION, FIELDS };

static bool presence_taken(struct slice text, struct presence *p)
{
	struct json_member in[FIELDS] = {
		[SESSION] = { .name = "session_id" },
		[PID] = { .name = "pid" },
		[BIRTH] = { .name = "birth" },
		[AGENT] = { .name = "agent" },
		[CWD] = { .name = "cwd" },
		[STARTED] = { .name = "started_at" },
		[ENDED] = { .name = "ended_at" },
		[REASON] = { .name = "reason" },
		[SUCCESSOR] = { .name = "successor" },
		[GENERATION] = { .name = "generation" },
	};

	if (json_object(text, in, FIELDS) != JSON_OK)
		return false;
	p->pid = (pid_t)json_int(in[PID].value, 0);
	p->started_at = json_int(in[STARTED].value, 0);
	p->generation = json_int(in[GENERATION].value, 0);
	p->ended_at = json_int(in[ENDED].value, 0);
	json_take(in[AGENT].value, p->agent, sizeof(p->agent));
	json_take(in[CWD].value, p->cwd, sizeof(p->cwd));
	json_take(in[REASON].value, p->reason, sizeof(p->reason));
	id_take(in[SUCCESSOR].value, session_id_valid, p->successor, sizeof(p->successor));
	return json_take(in[BIRTH].value, p->birth, sizeof(p->birth)) && p->pid > 0 &&
	       id_take(in[SESSION].value, session_id_valid, p->session, sizeof(p->session));
}

int presence_open(struct presence_scan *scan, const struct store *s)
{
	int err = store_has(s, LAYOUT_PRESENCE);

	return err ? err : directory_open(&scan->folder, s->root, LAYOUT_PRESENCE);
}

bool presence_next(struct presence_scan *scan, struct presence *p)
{
	const char *name;

	while ((name = directory_next(&scan->folder)) != NULL) {
		struct slice text = { scan->text, 0 };

		if (name[0] != '.' && file_read_at(scan->folder.fd, name, scan->text,
						   sizeof(scan->text), &text.n) == 0 &&
		    presence_taken(text, p))
			return true;
	}
	return false;
}

void presence_close(struct presence_scan *scan)
{
	directory_close(&scan->folder);
}

bool presence_read(const struct store *s, const char *session, pid_t pid, struct presence *p)
{
	static char text[PRESENCE_FILE_MAX];
	char path[LAYOUT_MAX];
	struct slice read = { text, 0 };

	layout_presence(path, session, pid);
	return store_has(s, LAYOUT_PRESENCE) == 0 &&
	       file_read_at(s->root, path, text, sizeof(text), &read.n) == 0 &&
	       presence_taken(read, p) && p->pid == pid && strcmp(p->session, session) == 0;
}

bool presence_find(const struct store *s, const char *session, struct presence *p)
{
	static struct directory folder;
	char key[BOX_NAME_MAX];
	const size_t n = strlen(layout_session_key(key, session));
	bool found = false;
	const char *name;

	if (store_has(s, LAYOUT_PRESENCE) != 0 ||
	    directory_open(&folder, s->root, LAYOUT_PRESENCE) != 0)
		return false;
	while (!found && (name = directory_next(&folder)) != NULL)
		found = strncmp(name, key, n) == 0 && name[n] == '.' &&
			presence_read(s, session, layout_pid_of_entry(name + n + 1), p) &&
			presence_alive(p);
	directory_close(&folder);
	return found;
}

int presence_write(const struct store *s, const struct presence *p)
{
	static char text[PRESENCE_FILE_MAX];
	char path[LAYOUT_MAX];
	struct buf out = buf_over(text, sizeof(text));
	int err = store_make(s, LAYOUT_PRESENCE, false);

	if (err)
		return err;
	buf_char(&out, '{');
	json_member_text(&out, "session_id", p->session);
	json_member_int(&out, "pid", p->pid);
	json_member_text(&out, "birth", p->birth);
	json_member_text(&out, "agent", p->agent);
	json_member_text(&out, "cwd", p->cwd);
	json_member_int(&out, "started_at", p->started_at);
	if (p->ended_at)
		json_member_int(&out, "ended_at", p->ended_at);
	if (p->reason[0])
		json_member_text(&out, "reason", p->reason);
	if (p->successor[0]) {
		json_member_text(&out, "successor", p->successor);
		json_member_int(&out, "generation", p->generation);
	}
	buf_text(&out, "}\n");
	if (out.full)
		return -EFBIG;
	return file_replace(s->root, layout_presence(path, p->session, p->pid), buf_slice(&out));
}

void presence_remove(const struct store *s, const char *session, pid_t pid)
{
	char path[LAYOUT_MAX];

	if (store_has(s, LAYOUT_PRESENCE) == 0)
		unlinkat(s->root, layout_presence(path, session, pid), 0);
}

bool presence_alive(const struct presence *p)
{
	return !p->ended_at && process_is(p->pid, slice_of(p->birth));
}

bool presence_same_process(const struct presence *a, const struct presence *b)
{
	return a->pid == b->pid && strcmp(a->birth, b->birth) == 0;
}
