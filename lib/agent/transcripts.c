/*
 * See transcripts.h. Transcripts are read by windows and not mapped: their agents are writing to
 * them.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/client.h"
#include "agent/transcripts.h"
#include "base/directory.h"
#include "base/file.h"
#include "base/json.h"
#include "store/store.h"

enum {
	WINDOW = 65536,	/* bytes read at once */
	WANTED_MAX = 6 * FILE_PATH_MAX,	/* of an escaped path */
};

#define ENDING ".jsonl"

/* The beginning of a transcript, as far as it was needed until now. */
struct head {
	int fd;
	size_t n;
	size_t at;	/* where the next line begins */
	bool whole;	/* that is all of it */
};

static char head_text[TRANSCRIPT_HEAD_MAX];
/* One for the root of each search, and for each level below it. */
static struct directory folders[1 + TRANSCRIPT_DEPTH_MAX];

struct search {
	struct slice wanted;	/* the working directory, escaped */
	struct transcript *best;
	struct timespec newest;
	bool found;
};

static bool window_read(struct head *h)
{
	size_t room = sizeof(head_text) - h->n, n;

	if (h->whole || room == 0)
		return false;
	if (room > WINDOW)
		room = WINDOW;
	if (file_read(h->fd, head_text + h->n, room, &n) != 0)
		return false;
	h->n += n;
	h->whole = n < room;
	return true;
}

/* The next line without its end; false after the last, and for one that goes beyond the head. */
static bool line_next(struct head *h, struct slice *line)
{
	size_t searched = h->at;

	for (;;) {
		const char *end = memchr(head_text + searched, '\n', h->n - searched);

		searched = h->n;
		line->p = head_text + h->at;
		line->n = (end ? (size_t)(end - head_text) : h->n) - h->at;
		if (end) {
			h->at += line->n + 1;
			return true;
		}
		if (window_read(h))
			continue;
		h->at = h->n;
		return h->whole && line->n > 0;
	}
}

/* Is the transcript's working directory the wanted one? The first that it names counts. */
static bool claude_fits(struct head *h, struct slice wanted)
{
	struct slice line;

	for (int i = 0; i < TRANSCRIPT_LINES_MAX && line_next(h, &line); i++) {
		struct json_member in[] = { { .name = "cwd" } };

		if (json_object(line, in, 1) == JSON_OK && in[0].value.type == JSON_STRING &&
		    in[0].value.text.n > 0)
			return json_same(in[0].value.text, wanted);
	}
	return false;
}

/* The same, and takes the session's id. */
static bool codex_fits(struct head *h, struct slice wanted, struct buf *id)
{
	enum { TYPE, TIMESTAMP, PAYLOAD, TOP };
	struct json_member top[TOP] = {
		[TYPE] = { .name = "type" },
		[TIMESTAMP] = { .name = "timestamp" },
		[PAYLOAD] = { .name = "payload" },
	};
	struct json_member in[] = { { .name = "id" }, { .name = "cwd" } };
	struct slice line;

	if (!line_next(h, &line) || json_object(line, top, TOP) != JSON_OK ||
	    top[TYPE].value.type != JSON_STRING || !json_is(top[TYPE].value.text, "session_meta") ||
	    top[TIMESTAMP].value.type != JSON_STRING || top[PAYLOAD].value.type != JSON_OBJECT ||
	    json_object(top[PAYLOAD].value.text, in, 2) != JSON_OK ||
	    in[0].value.type != JSON_STRING || in[1].value.type != JSON_STRING ||
	    !json_same(in[1].value.text, wanted))
		return false;
	json_decode(in[0].value.text, id);
	return true;
}

static int compared(struct timespec a, struct timespec b)
{
	if (a.tv_sec != b.tv_sec)
		return a.tv_sec < b.tv_sec ? -1 : 1;
	return a.tv_nsec == b.tv_nsec ? 0 : a.tv_nsec < b.tv_nsec ? -1 : 1;
}

/* Name of a transcript, without its ending. */
static bool is_transcript(const char *name, struct slice *id)
{
	const size_t ending = sizeof(ENDING) - 1;

	*id = slice_of(name);
	if (id->n < ending || memcmp(name + id->n - ending, ENDING, ending) != 0)
		return false;
	id->n -= ending;
	return true;
}

static void candidate_taken(struct search *s, struct slice id, struct timespec modified,
			    const char *agent)
{
	struct buf b = buf_over(s->best->session, sizeof(s->best->session));
	int order = s->found ? compared(modified, s->newest) : 1;

	if (!session_id_valid(id))
		return;
	if (order == 0) {
		const size_t n = strlen(s->best->session), shorter = n < id.n ? n : id.n;

		order = memcmp(id.p, s->best->session, shorter);
		if (order == 0)
			order = id.n > n ? 1 : 0;
	}
	if (order <= 0)
		return;
	buf_put(&b, id);
	buf_cstr(&b);
	s->best->agent = agent;
	s->newest = modified;
	s->found = true;
}

/* Opens a transcript that can still win, and is no directory or the like. */
static bool worth_reading(const struct search *s, int dir, const char *name, struct head *h,
			  struct timespec *modified)
{
	struct stat st;

	/* Most are older than the best one: not worth the opening. */
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode) ||
	    (s->found && compared(st.st_mtim, s->newest) < 0))
		return false;
	*modified = st.st_mtim;
	*h = (struct head){ .fd = file_open(dir, name, O_RDONLY, &st) };
	return h->fd >= 0;
}

static void claude_file(struct search *s, int dir, const char *name)
{
	struct timespec modified;
	struct slice id;
	struct head h;

	if (!is_transcript(name, &id) || !session_id_valid(id) ||
	    !worth_reading(s, dir, name, &h, &modified))
		return;
	if (claude_fits(&h, s->wanted))
		candidate_taken(s, id, modified, "claude-code");
	close(h.fd);
}

static void codex_file(struct search *s, int dir, const char *name)
{
	char text[SESSION_ID_MAX + 1];
	struct buf id = buf_over(text, sizeof(text));
	struct timespec modified;
	struct slice ignored;
	struct head h;

	if (!is_transcript(name, &ignored) || !worth_reading(s, dir, name, &h, &modified))
		return;
	if (codex_fits(&h, s->wanted, &id) && !id.full)
		candidate_taken(s, buf_slice(&id), modified, "codex");
	close(h.fd);
}

static bool is_folder(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

/*
 * Goes through the files `deepest` levels below a root, or with `above` also through those on
 * the way there.
 */
static void walked(struct search *s, const char *root, int deepest, bool above,
		   void (*file)(struct search *s, int dir, const char *name))
{
	int level = 0;

	if (directory_open(&folders[0], AT_FDCWD, root) != 0)
		return;
	while (level >= 0) {
		struct directory *d = &folders[level];
		const char *name = directory_next(d);

		if (!name) {
			directory_close(d);
			level--;
		} else if (level < deepest && is_folder(d->fd, name)) {
			if (directory_open(&folders[level + 1], d->fd, name) == 0)
				level++;
		} else if (above || level == deepest) {
			file(s, d->fd, name);
		}
	}
}

static bool codex_root(struct buf *path)
{
	const char *sessions = getenv("CODEX_SESSIONS_DIR");

	if (sessions && *sessions) {
		buf_text(path, sessions);
		return true;
	}
	if (!client_codex_home(path))
		return false;
	buf_text(path, "/" LAYOUT_CODEX_SESSIONS);
	return true;
}

bool transcript_newest(const char *cwd, struct transcript *found)
{
	char escaped[WANTED_MAX], claude[FILE_PATH_MAX], codex[FILE_PATH_MAX];
	struct buf wanted = buf_over(escaped, sizeof(escaped));
	struct buf path = buf_over(claude, sizeof(claude));
	struct search s = { .best = found };

	*found = (struct transcript){ .agent = NULL };
	json_string(&wanted, slice_of(cwd));
	if (wanted.full)
		return false;
	s.wanted = (struct slice){ escaped + 1, wanted.n - 2 };
	if (store_under_home(&path, LAYOUT_CLAUDE_PROJECTS) && buf_cstr(&path))
		walked(&s, claude, 1, false, claude_file);
	path = buf_over(codex, sizeof(codex));
	if (codex_root(&path) && buf_cstr(&path))
		walked(&s, codex, TRANSCRIPT_DEPTH_MAX, true, codex_file);
	return s.found;
}
