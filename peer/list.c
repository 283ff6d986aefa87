/*
 * peer list: who is there, one line a session: label, agent, what it does and since when, waiting
 * mail, project, session id. Dead sessions and servers without a session only with --all.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/activity.h"
#include "agent/held.h"
#include "agent/identity.h"
#include "agent/roster.h"
#include "base/clock.h"
#include "peer.h"
#include "shown.h"
#include "store/drain.h"
#include "store/post.h"
#include "store/project.h"

#define COMMAND "list"

enum { COLUMNS = 6, CELL_MAX = PROJECT_PATH_MAX + 64, LINE_BYTES = COLUMNS * (CELL_MAX + 32) };
/* Two paths in which each byte may have to be escaped, and the rest. */
enum { OBJECT_BYTES = 2 * 6 * CELL_MAX + 4096 };
enum { LABEL, AGENT, ACTIVITY, MAIL, PROJECT, SESSION };

struct request {
	bool json;
	bool all;
	bool here;
};

struct row {
	struct roster_entry entry;
	char project[PROJECT_PATH_MAX];	/* its folder, or the working directory if it has none */
	struct activity activity;
	unsigned mail;
	bool me;
};

enum { ROWS_MAX = 4096 };	/* further sessions are not shown */

struct rows {
	size_t count;
	struct row *row;	/* mapped: only what is used takes memory */
};

static int arguments(int argc, char **argv, struct request *r)
{
	const struct peer_option options[] = {
		{ "json", &r->json, NULL },
		{ "all", &r->all, NULL },
		{ "here", &r->here, NULL },
		{ NULL, NULL, NULL },
	};

	return peer_options(COMMAND, argc, argv, options, 0, NULL);
}

static bool wanted(const struct request *r, const struct roster_entry *e, const char *cwd)
{
	if ((r->here && !project_shared(e->who.cwd, cwd)) || *e->who.successor)
		return false;
	return r->all || (e->alive && *e->who.session);
}

static void row_filled(const struct store *s, const char *me, struct row *row)
{
	static struct drain drain;
	const struct presence *who = &row->entry.who;

	project_of(who->cwd, row->project);
	if (!*row->project)
		memcpy(row->project, who->cwd, sizeof(who->cwd));
	row->activity = (struct activity){ .kind = ACTIVITY_UNKNOWN };
	if (*who->session && row->entry.alive)
		activity_of(s, who, &row->activity);
	row->mail = *who->session ? drain_count(&drain, s, who->session) : 0;
	row->me = *me && strcmp(me, who->session) == 0;
}

static int rows_found(const struct store *s, const struct request *r, const char *me,
		      struct rows *rows)
{
	static struct roster roster;
	char cwd[PROJECT_PATH_MAX];

	rows->row = mmap(NULL, ROWS_MAX * sizeof(*rows->row), PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (rows->row == MAP_FAILED)
		return peer_fail(PEER_CANNOT, COMMAND, "cannot get memory: ", peer_reason(-errno),
				 "; try again", NULL);
	if (!getcwd(cwd, sizeof(cwd)))
		cwd[0] = '\0';
	roster_open(&roster, s, true);
	while (rows->count < ROWS_MAX && roster_next(&roster, &rows->row[rows->count].entry)) {
		if (wanted(r, &rows->row[rows->count].entry, cwd))
			row_filled(s, me, &rows->row[rows->count++]);
	}
	roster_close(&roster);
	return PEER_DONE;
}

/* The living first; then by label, where numbers count by their value. */
static int compare(const struct roster_entry *a, const struct roster_entry *b)
{
	if (a->alive != b->alive)
		return a->alive ? -1 : 1;
	return roster_order(a->label, a->who.session, b->label, b->who.session);
}

/* There are few, and a row is large: what is moved is where they stand. */
static void sorted(const struct rows *rows, const struct row *order[ROWS_MAX])
{
	for (size_t i = 0; i < rows->count; i++) {
		size_t at = i;

		while (at && compare(&rows->row[i].entry, &order[at - 1]->entry) < 0) {
			order[at] = order[at - 1];
			at--;
		}
		order[at] = &rows->row[i];
	}
}

static const char *state_word(const struct row *row)
{
	if (row->entry.who.ended_at)
		return "ended";
	return row->entry.alive ? activity_word(row->activity.kind) : "dead";
}

/* The text that stands in a column. */
static void cell(const struct row *row, int column, struct buf *out)
{
	const struct presence *who = &row->entry.who;
	int64_t since = who->ended_at ? who->ended_at * 1000 : row->activity.since;
	char home[STORE_HOME_MAX];
	struct buf h = buf_over(home, sizeof(home));

	switch (column) {
	case LABEL:
		buf_text(out, row->me ? "*" : " ");
		buf_text(out, *row->entry.label ? row->entry.label : "-");
		break;
	case AGENT:
		peer_text(out, slice_of(*who->agent ? who->agent : "-"));
		break;
	case ACTIVITY:
		buf_text(out, state_word(row));
		if (since) {
			buf_char(out, ' ');
			shown_ago(out, since);
		}
		break;
	case MAIL:
		buf_int(out, row->mail);
		buf_text(out, " waiting");
		break;
	case PROJECT:
		if (store_under_home(&h, "") && h.n > 1 &&
		    strncmp(row->project, home, h.n) == 0) {
			buf_text(out, "~/");
			peer_text(out, slice_of(row->project + h.n));
		} else {
			peer_text(out, slice_of(*row->project ? row->project : "-"));
		}
		break;
	case SESSION:
		buf_text(out, *who->session ? who->session : "unclaimed");
		break;
	}
}

static const char *colour(const struct row *row)
{
	if (!row->entry.alive)
		return "\033[2m";
	switch (row->activity.kind) {
	case ACTIVITY_IDLE:
		return "\033[32m";
	case ACTIVITY_BUSY:
		return "\033[33m";
	case ACTIVITY_WAITING:
		return "\033[31m";
	case ACTIVITY_UNKNOWN:
		break;
	}
	return "";
}

/* How many columns of a terminal a text takes, roughly: its characters. */
static size_t width(struct slice text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += ((unsigned char)text.p[i] & 0xC0) != 0x80;
	return n;
}

static char cell_text[CELL_MAX];

static struct slice cell_of(const struct row *row, int column)
{
	struct buf b = buf_over(cell_text, sizeof(cell_text));

	cell(row, column, &b);
	return buf_slice(&b);
}

static void line_out(struct buf *out, const struct row *row, const size_t widths[COLUMNS],
		     bool coloured)
{
	for (int c = 0; c < COLUMNS; c++) {
		const struct slice text = cell_of(row, c);
		const bool painted = coloured && c == ACTIVITY && *colour(row);

		buf_text(out, painted ? colour(row) : "");
		buf_put(out, text);
		buf_text(out, painted ? "\033[0m" : "");
		for (size_t n = width(text); c + 1 < COLUMNS && n < widths[c] + 2; n++)
			buf_char(out, ' ');
	}
	buf_char(out, '\n');
}

static int table_printed(const struct row *const *order, size_t count)
{
	static char line[LINE_BYTES];
	const bool coloured = shown_coloured();
	size_t widths[COLUMNS] = { 0 };
	int status = PEER_DONE;

	for (size_t i = 0; i < count; i++) {
		for (int c = 0; c < COLUMNS; c++) {
			size_t n = width(cell_of(order[i], c));

			widths[c] = n > widths[c] ? n : widths[c];
		}
	}
	for (size_t i = 0; i < count && status == PEER_DONE; i++) {
		struct buf out = buf_over(line, sizeof(line));

		line_out(&out, order[i], widths, coloured);
		status = peer_print(COMMAND, buf_slice(&out));
	}
	return status;
}

static void object_out(struct buf *out, const struct row *row)
{
	const struct presence *who = &row->entry.who;
	const bool idle = row->activity.kind == ACTIVITY_IDLE;

	buf_char(out, '{');
	json_member_text(out, "label", row->entry.label);
	json_member_text(out, "agent", who->agent);
	json_member_text(out, "session_id", who->session);
	json_member_text(out, "project", row->project);
	json_member_text(out, "cwd", who->cwd);
	json_member_known(out, "pid", who->pid);
	json_member_bool(out, "alive", row->entry.alive);
	json_member_text(out, "lifecycle", who->ended_at ? "ended" : "started");
	json_member_text(out, "activity", activity_word(row->activity.kind));
	json_member_known(out, "idle_since", idle ? row->activity.since / 1000 : 0);
	json_member_known(out, "active_at", idle ? 0 : row->activity.since / 1000);
	json_member_known(out, "started_at", who->started_at);
	json_member_known(out, "ended_at", who->ended_at);
	json_member_int(out, "waiting", row->mail);
	json_member_bool(out, "me", row->me);
	json_member_bool(out, "server", row->entry.server);
	buf_char(out, '}');
}

static int json_printed(const struct row *const *order, size_t count)
{
	static char text[OBJECT_BYTES];
	int status = peer_print(COMMAND, slice_of("["));

	for (size_t i = 0; i < count && status == PEER_DONE; i++) {
		struct buf out = buf_over(text, sizeof(text));

		buf_text(&out, i ? ",\n" : "\n");
		object_out(&out, order[i]);
		status = peer_print(COMMAND, buf_slice(&out));
	}
	return status ? status : peer_print(COMMAND, slice_of(count ? "\n]\n" : "]\n"));
}

int peer_list(int argc, char **argv)
{
	const struct identity_request nothing = { NULL, NULL, NULL, NULL };
	static const struct row *order[ROWS_MAX];
	struct request r = { false, false, false };
	struct rows rows = { 0, NULL };
	struct identity me;
	struct store store;
	int status;

	if ((status = arguments(argc, argv, &r)) || (status = peer_store(COMMAND, &store)))
		return status;
	identity_resolve(&nothing, &me);
	held_deliver(&store, clock_monotonic_ms() + POST_LOCK_MS);
	if ((status = rows_found(&store, &r, me.session, &rows)))
		return status;
	sorted(&rows, order);
	return r.json ? json_printed(order, rows.count) : table_printed(order, rows.count);
}
