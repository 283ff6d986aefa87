/* See workspace.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>	/* rename */
#include <stdlib.h>
#include <unistd.h>

#include "agent/agent_process.h"
#include "agent/workspace.h"
#include "base/decimal.h"
#include "base/file.h"
#include "base/json.h"
#include "base/trace.h"
#include "host/http.h"
#include "host/process.h"
#include "store/runtime.h"

enum {
	VALUE_MAX = FILE_PATH_MAX + 256,	/* bytes of a path and what stands around */
	MERGE_TRIES = 3,	/* while somebody else writes the file too */
	DEFAULT_PORT = 4800,
	REQUEST_MAX = 6 * (2 * FILE_PATH_MAX + 4096),
};

#define CONTEXT "/.syntaur/context.json"

enum { SESSION, TRANSCRIPT, SUMMARY, ASSIGNMENT_DIR, PROJECT_SLUG, ASSIGNMENT_SLUG, MEMBERS };
enum { MERGED = SUMMARY + 1 };	/* the first of these members are ours to write */

static const char *const names[MEMBERS] = {
	[SESSION] = "sessionId",
	[TRANSCRIPT] = "transcriptPath",
	[SUMMARY] = "latestSessionSummaryPath",
	[ASSIGNMENT_DIR] = "assignmentDir",
	[PROJECT_SLUG] = "projectSlug",
	[ASSIGNMENT_SLUG] = "assignmentSlug",
};

struct context {
	char path[FILE_PATH_MAX];	/* the real one */
	struct stat st;
	struct slice text;
	bool valid;	/* it is one JSON object */
	struct json_member in[MEMBERS];
};

static char file_text[WORKSPACE_CONTEXT_MAX], merged_text[WORKSPACE_CONTEXT_MAX + 3 * VALUE_MAX];

/* Reads the file; false if there is none. */
static bool context_read(const char *cwd, struct context *c)
{
	char path[FILE_PATH_MAX];
	struct buf b = buf_over(path, sizeof(path));
	int fd;

	buf_text(&b, cwd);
	buf_text(&b, CONTEXT);
	if (*cwd != '/' || !buf_cstr(&b) || !file_real_path(path, c->path))
		return false;
	fd = file_open(AT_FDCWD, c->path, O_RDONLY, &c->st);
	if (fd < 0)
		return false;
	c->text = (struct slice){ file_text, 0 };
	c->valid = file_read(fd, file_text, sizeof(file_text), &c->text.n) == 0 &&
		   c->text.n < sizeof(file_text);
	close(fd);
	for (int i = 0; i < MEMBERS; i++)
		c->in[i].name = names[i];
	c->valid = c->valid && json_object(c->text, c->in, MEMBERS) == JSON_OK;
	for (int i = 0; i < MEMBERS && !c->valid; i++)
		c->in[i].value = (struct json_value){ .type = JSON_ABSENT };
	return true;
}

/* Decodes a string that is not empty. */
static bool member(const struct context *c, int which, char *into, size_t size)
{
	return json_take(c->in[which].value, into, size) && *into;
}

/* The folder of the assignment's sessions. */
static bool sessions_folder(const struct context *c, char out[FILE_PATH_MAX])
{
	char dir[FILE_PATH_MAX];
	struct buf b = buf_over(out, FILE_PATH_MAX);

	if (!member(c, ASSIGNMENT_DIR, dir, sizeof(dir)))
		return false;
	if (dir[0] == '~' && (dir[1] == '/' || dir[1] == '\0')) {
		if (!store_under_home(&b, dir[1] ? dir + 2 : ""))
			return false;
	} else {
		buf_text(&b, dir);
	}
	buf_text(&b, "/sessions");
	return buf_cstr(&b);
}

static bool newer(struct timespec a, struct timespec b)
{
	return a.tv_sec > b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

/* Appends the newest <folder>/<any>/summary.md; false if there is none. */
static bool newest_summary(const char *folder, struct buf *out)
{
	static struct directory d;
	const struct buf before = *out;
	struct timespec newest = { INT64_MIN, 0 };
	const char *name;

	if (directory_open(&d, AT_FDCWD, folder) != 0)
		return false;
	for (int i = 0; i < WORKSPACE_SUMMARIES_MAX && (name = directory_next(&d)); i++) {
		char path[FILE_PATH_MAX];
		struct buf b = buf_over(path, sizeof(path));
		struct stat st;

		buf_text(&b, name);
		buf_text(&b, "/summary.md");
		if (name[0] == '.' || !buf_cstr(&b) || fstatat(d.fd, path, &st, 0) != 0 ||
		    !S_ISREG(st.st_mode) || !newer(st.st_mtim, newest))
			continue;
		newest = st.st_mtim;
		*out = before;
		buf_text(out, folder);
		buf_char(out, '/');
		buf_text(out, path);
	}
	directory_close(&d);
	return out->n > before.n && !out->full;
}

/* Appends what is to stand in the file for one of our members. */
static void value_out(const struct context *c, int which, const struct session *me, struct buf *out)
{
	char folder[FILE_PATH_MAX], path[VALUE_MAX];
	struct buf b = buf_over(path, sizeof(path));

	if (which == SESSION)
		json_string(out, slice_of(me->who.session));
	else if (which == TRANSCRIPT && *me->transcript)
		json_string(out, slice_of(me->transcript));
	else if (which == SUMMARY && sessions_folder(c, folder) && newest_summary(folder, &b))
		json_string(out, buf_slice(&b));
	else
		buf_text(out, "null");
}

/* The whole token of a value, with the quotes of a string. */
static struct slice token(struct json_value v)
{
	if (v.type == JSON_STRING)
		return (struct slice){ v.text.p - 1, v.text.n + 2 };
	return v.text;
}

/* What stands between the brace that opens the object and its first member. */
static struct slice indentation(struct slice text)
{
	const char *from = (const char *)memchr(text.p, '{', text.n) + 1;
	struct slice blank = { from, 0 };

	while (from + blank.n < text.p + text.n && strchr(" \t\r\n", from[blank.n]))
		blank.n++;
	return from[blank.n] == '}' ? (struct slice){ from, 0 } : blank;
}

/* Appends the members that the file lacks, before its closing brace; `rest` ends with that. */
static void members_added(const struct context *c, const struct session *me, struct slice rest,
			  struct buf *out)
{
	struct slice indent = indentation(c->text);
	size_t end = rest.n;
	bool first;

	while (rest.p[end - 1] != '}')
		end--;
	end--;
	while (end && strchr(" \t\r\n", rest.p[end - 1]))
		end--;
	buf_bytes(out, rest.p, end);
	first = out->n && out->p[out->n - 1] == '{';
	for (int i = 0; i < MERGED; i++) {
		if (c->in[i].value.type != JSON_ABSENT)
			continue;
		buf_text(out, first ? "" : ",");
		buf_put(out, indent);
		json_string(out, slice_of(names[i]));
		buf_text(out, indent.n ? ": " : ":");
		value_out(c, i, me, out);
		first = false;
	}
	buf_put(out, slice_from(rest, end));
}

/* The first of our members' tokens at or after this place. */
static int next_member(const struct context *c, const char *at)
{
	int found = -1;

	for (int i = 0; i < MERGED; i++) {
		if (c->in[i].value.type == JSON_ABSENT || token(c->in[i].value).p < at)
			continue;
		if (found < 0 || c->in[i].value.text.p < c->in[found].value.text.p)
			found = i;
	}
	return found;
}

/* The file's text with our members in it, every other byte as it was. */
static struct slice merged(const struct context *c, const struct session *me)
{
	struct buf out = buf_over(merged_text, sizeof(merged_text));
	struct slice rest = c->text;
	int i;

	while ((i = next_member(c, rest.p)) >= 0) {
		struct slice old = token(c->in[i].value);

		buf_bytes(&out, rest.p, (size_t)(old.p - rest.p));
		value_out(c, i, me, &out);
		rest = slice_from(rest, (size_t)(old.p + old.n - rest.p));
	}
	members_added(c, me, rest, &out);
	return out.full ? c->text : buf_slice(&out);
}

/* 1 if the file is another one than was read: to be done again. */
static int context_write(const struct context *c, struct slice text)
{
	char name[FILE_TEMPORARY_MAX];
	struct stat now;
	int fd, err = 0;

	if (!file_temporary(name, c->path))
		return -ENAMETOOLONG;
	fd = file_open(AT_FDCWD, name, O_WRONLY | O_CREAT | O_EXCL, &now);
	if (fd < 0)
		return fd;
	if (fchmod(fd, c->st.st_mode & 07777) != 0 || file_write(fd, text, SESSION_LOCK_MS) != 0)
		err = -EIO;
	close(fd);
	if (err == 0 && (stat(c->path, &now) != 0 || now.st_ino != c->st.st_ino ||
			 now.st_size != c->st.st_size || newer(now.st_mtim, c->st.st_mtim)))
		err = 1;
	if (err == 0 && rename(name, c->path) != 0)
		err = -errno;
	if (err)
		unlink(name);
	return err;
}

/* 0: no dashboard that we could name. */
static uint16_t port(void)
{
	const char *set = getenv("SYNTAUR_DASHBOARD_PORT");
	char path[STORE_HOME_MAX], text[64];
	struct buf b = buf_over(path, sizeof(path));
	struct slice digits = slice_of(set ? set : "");
	int64_t n;

	if (!digits.n && store_under_home(&b, LAYOUT_DASHBOARD_PORT) && buf_cstr(&b) &&
	    file_read_at(AT_FDCWD, path, text, sizeof(text), &digits.n) == 0)
		digits.p = text;
	digits = slice_trimmed(digits);
	if (!digits.n)
		return DEFAULT_PORT;
	return decimal_take(&digits, &n) && !digits.n && n > 0 && n < 65536 ? (uint16_t)n : 0;
}

static void request(const char *method, const char *path, struct slice body)
{
	static char text[REQUEST_MAX + 512];
	struct buf b = buf_over(text, sizeof(text));
	uint16_t to = port();

	buf_text(&b, method);
	buf_text(&b, " /api/agent-sessions");
	buf_text(&b, path);
	buf_text(&b, " HTTP/1.1\r\nHost: 127.0.0.1:");
	buf_int(&b, to);
	buf_text(&b, "\r\nContent-Type: application/json\r\nConnection: close\r\n"
		     "Content-Length: ");
	buf_int(&b, (int64_t)body.n);
	buf_text(&b, "\r\n\r\n");
	buf_put(&b, body);
	if (to && !b.full)
		http_send_detached(to, buf_slice(&b), WORKSPACE_REQUEST_MS);
}

static void slug_member(struct buf *out, const struct context *c, int which)
{
	char slug[VALUE_MAX];

	if (member(c, which, slug, sizeof(slug)))
		json_member_text(out, names[which], slug);
}

static void announce(const struct hook *h, const struct session *me, const struct context *c)
{
	static char text[REQUEST_MAX];
	struct buf body = buf_over(text, sizeof(text));

	buf_char(&body, '{');
	json_member_text(&body, "agent", h->agent->short_name);
	json_member_text(&body, "sessionId", me->who.session);
	json_member_text(&body, "path", me->who.cwd);
	if (*me->transcript)
		json_member_text(&body, "transcriptPath", me->transcript);
	slug_member(&body, c, PROJECT_SLUG);
	slug_member(&body, c, ASSIGNMENT_SLUG);
	if (me->who.pid)
		json_member_int(&body, "pid", me->who.pid);
	buf_char(&body, '}');
	if (!body.full)
		request("POST", "", buf_slice(&body));
}

void workspace_join(const struct hook *h, const struct session *me)
{
	static struct context c;
	int err = 1;

	for (int i = 0; i < MERGE_TRIES && err == 1; i++) {
		struct slice text;

		if (!context_read(me->who.cwd, &c))
			return;
		text = c.valid ? merged(&c, me) : c.text;
		err = slice_eq(text, c.text) ? 0 : context_write(&c, text);
	}
	if (err)
		trace("the context file stays as it was:", c.path, err < 0 ? err : -EBUSY);
	announce(h, me, &c);
}

/* The session of the nearest marker above us, which for Codex is the only exact source besides the
 * event itself. */
static bool session_of_ancestors(char out[SESSION_ID_MAX + 1])
{
	pid_t pid = getppid();
	struct runtime_marker m;
	struct process p;

	for (int i = 0; i < AGENT_ANCESTORS_MAX && pid > 1; i++) {
		if (runtime_read(RUNTIME_GENERIC, pid, &m) == RUNTIME_FOUND) {
			memcpy(out, m.session, sizeof(m.session));
			return true;
		}
		if (!process_read(pid, &p))
			return false;
		pid = p.parent;
	}
	return false;
}

static bool leaving_session(const struct hook *h, const struct context *c,
			    char out[SESSION_ID_MAX + 1])
{
	memcpy(out, h->event.session, SESSION_ID_MAX + 1);
	if (h->event.session_given)
		return out[0] != '\0';
	if (strcmp(h->agent->name, "codex") == 0)
		return session_of_ancestors(out);
	return member(c, SESSION, out, SESSION_ID_MAX + 1) && session_id_valid(slice_of(out));
}

void workspace_leave(const struct hook *h, const struct session *me)
{
	static struct context c;
	char session[SESSION_ID_MAX + 1], path[SESSION_ID_MAX + 32], text[VALUE_MAX * 6];
	struct buf b = buf_over(path, sizeof(path)), body = buf_over(text, sizeof(text));

	if (!context_read(me->who.cwd, &c) || !leaving_session(h, &c, session))
		return;
	buf_char(&b, '/');
	buf_text(&b, session);
	buf_text(&b, "/status");
	buf_char(&body, '{');
	json_member_text(&body, "status", "stopped");
	slug_member(&body, &c, PROJECT_SLUG);
	buf_char(&body, '}');
	if (buf_cstr(&b) && !body.full)
		request("PATCH", path, buf_slice(&body));
}
