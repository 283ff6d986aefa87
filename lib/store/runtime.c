/* See runtime.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/decimal.h"
#include "base/file.h"
#include "base/json.h"
#include "host/process.h"
#include "store/runtime.h"

enum { PATH_MAX_BYTES = STORE_HOME_MAX + 64 };

/* Appends the folder's path. */
static bool folder_of(struct buf *path, enum runtime_folder folder)
{
	const char *set = getenv("SYNTAUR_RUNTIME_SESSIONS_DIR");

	if (folder == RUNTIME_CLAUDE)
		return store_under_home(path, LAYOUT_CLAUDE_RUNTIME);
	if (!set || !*set)
		return store_under_home(path, LAYOUT_RUNTIME);
	buf_text(path, set);
	return true;
}

static const char *marker_path(struct buf *path, enum runtime_folder folder, pid_t pid)
{
	if (!folder_of(path, folder))
		return NULL;
	buf_char(path, '/');
	buf_int(path, pid);
	buf_text(path, ".json");
	return buf_cstr(path);
}

/* Does the start time of a marker, escaped, belong to the process that has this pid now? */
static bool started_then(struct slice escaped, pid_t pid)
{
	char live[64];
	struct buf b = buf_over(live, sizeof(live));
	struct slice rest = escaped;
	struct process p;
	int64_t ticks;

	if (decimal_take(&rest, &ticks) && rest.n == 0)
		return process_read(pid, &p) && p.ticks == ticks;
	return process_started(pid, &b) && json_same(escaped, buf_slice(&b));
}

/* Takes a word; leaves it empty if it is none, or none that we would show. */
static void word_taken(char word[RUNTIME_WORD_MAX], struct json_value v)
{
	if (!json_take(v, word, RUNTIME_WORD_MAX) || !session_id_valid(slice_of(word)))
		word[0] = '\0';
}

enum { SESSION, AGENT, STARTED, STATUS, STATUS_AT, FIELDS };

static enum runtime_result marker_taken(const struct json_member in[FIELDS], pid_t pid,
					struct runtime_marker *m)
{
	const struct json_value session = in[SESSION].value, started = in[STARTED].value;
	struct buf id = buf_over(m->session, sizeof(m->session));

	m->guarded = started.type == JSON_NUMBER ||
		     (started.type == JSON_STRING && started.text.n > 0);
	json_decode(session.type == JSON_STRING ? session.text : slice_of(""), &id);
	if (!buf_cstr(&id) || (id.n && !session_id_valid(buf_slice(&id))))
		return RUNTIME_UNSAFE;
	if (m->guarded && !started_then(started.text, pid))
		return RUNTIME_STALE;
	if (id.n == 0)
		return RUNTIME_PENDING;
	word_taken(m->agent, in[AGENT].value);
	word_taken(m->status, in[STATUS].value);
	m->status_at = json_int(in[STATUS_AT].value, 0);
	return RUNTIME_FOUND;
}

/* Where others may write, they may have left markers. */
static bool is_ours(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && st.st_uid == geteuid();
}

enum runtime_result runtime_read(enum runtime_folder folder, pid_t pid, struct runtime_marker *m)
{
	static char text[RUNTIME_FILE_MAX];
	char name[PATH_MAX_BYTES];
	struct buf path = buf_over(name, sizeof(name));
	struct slice read = { text, 0 };
	struct json_member in[FIELDS] = {
		[SESSION] = { .name = "sessionId" },
		[AGENT] = { .name = "agent" },
		[STARTED] = { .name = "procStart" },
		[STATUS] = { .name = "status" },
		[STATUS_AT] = { .name = "statusUpdatedAt" },
	};

	*m = (struct runtime_marker){ .guarded = false };
	if (!marker_path(&path, folder, pid) || !is_ours(name) ||
	    file_read_at(AT_FDCWD, name, text, sizeof(text), &read.n) != 0 ||
	    json_object(read, in, FIELDS) != JSON_OK)
		return RUNTIME_NONE;
	return marker_taken(in, pid, m);
}

static void composed(struct buf *out, const struct runtime_draft *d)
{
	buf_char(out, '{');
	if (d->session)
		json_member_text(out, "sessionId", d->session);
	json_member_text(out, "agent", d->agent);
	json_name(out, "cwd");
	json_string(out, d->cwd);
	if (d->started.n) {
		json_name(out, "procStart");
		json_string(out, d->started);
	}
	json_member_int(out, "writtenAt", clock_now_ms());
	buf_char(out, '}');
}

int runtime_write(pid_t pid, const struct runtime_draft *draft)
{
	static char text[RUNTIME_FILE_MAX];
	char name[PATH_MAX_BYTES], folder_name[PATH_MAX_BYTES];
	struct buf path = buf_over(name, sizeof(name)), out = buf_over(text, sizeof(text));
	struct buf folder = buf_over(folder_name, sizeof(folder_name));
	int err;

	if (!marker_path(&path, RUNTIME_GENERIC, pid) || !folder_of(&folder, RUNTIME_GENERIC) ||
	    !buf_cstr(&folder))
		return -ENAMETOOLONG;
	composed(&out, draft);
	if (out.full)
		return -EFBIG;
	err = file_replace(AT_FDCWD, name, buf_slice(&out));
	if (err != -ENOENT)
		return err;
	err = file_make_path(folder_name);
	return err ? err : file_replace(AT_FDCWD, name, buf_slice(&out));
}

void runtime_remove_pending(pid_t pid)
{
	char name[PATH_MAX_BYTES];
	struct buf path = buf_over(name, sizeof(name));
	struct runtime_marker m;

	if (runtime_read(RUNTIME_GENERIC, pid, &m) == RUNTIME_PENDING && m.guarded &&
	    marker_path(&path, RUNTIME_GENERIC, pid))
		unlink(name);
}

void runtime_remove(pid_t pid, const char *session)
{
	char name[PATH_MAX_BYTES];
	struct buf path = buf_over(name, sizeof(name));
	struct runtime_marker m;
	enum runtime_result result = runtime_read(RUNTIME_GENERIC, pid, &m);

	/* A stale one was left behind when the process was killed. */
	if ((result == RUNTIME_FOUND || result == RUNTIME_STALE) &&
	    strcmp(m.session, session) == 0 && marker_path(&path, RUNTIME_GENERIC, pid))
		unlink(name);
}
