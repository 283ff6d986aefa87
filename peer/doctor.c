/*
 * peer doctor: what is well and what is not, for each agent and for the machine; one line a
 * finding, with the command that mends it. This is the table of checks, and how findings are shown.
 */
#include <errno.h>
#include <unistd.h>

#include "base/json.h"
#include "base/shell.h"
#include "doctor.h"
#include "host/command.h"
#include "peer.h"
#include "shown.h"

#define COMMAND "doctor"
#define INSTALLER "install-hook"

enum {
	SUBJECT_WIDTH = 11,
	STATE_WIDTH = 7,
	LINE_BYTES = 6 * 2 * DOCTOR_WHAT_MAX + 1024,	/* each byte may become six */
	PRINT_MS = 60000,
};

/* In this order they are made. Those of the store need it open. */
static const struct check {
	const char *name;	/* in --json */
	doctor_check *run;
	bool store;
} of_agent[] = {
	{ "found", doctor_found_where, false },
	{ "version", doctor_version, false },
	{ "registration", doctor_registration, false },
	{ "trust", doctor_trust, false },
	{ "runs", doctor_runs, false },
	{ "trial", doctor_trial, false },
}, of_machine[] = {
	{ "path", doctor_path, false },
	{ "clock", doctor_clock, false },
	{ "home", doctor_home, false },
	{ "disk", doctor_disk, false },
	{ "markers", doctor_markers, false },
	{ "folders", doctor_folders, true },
	{ "locks", doctor_locks, true },
	{ "mail", doctor_mailboxes, true },
	{ "presence", doctor_sessions, true },
	{ "leftovers", doctor_leftovers, true },
	{ "times", doctor_times, true },
	{ "waiters", doctor_waiters, true },
	{ "wakes", doctor_wakes, true },
	{ "tmux", doctor_tmux, false },
};

static const struct state {
	const char *word;
	const char *colour;
} states[] = {
	[DOCTOR_OK] = { "ok", "\033[32m" },
	[DOCTOR_NOTE] = { "note", "\033[33m" },
	[DOCTOR_PROBLEM] = { "problem", "\033[1;31m" },
};

/* --- Findings --- */

/* After a failure nothing more is printed; who no longer reads us is not told of it. */
static void printed(struct doctor *d, const struct buf *text)
{
	int err;

	if (d->status)
		return;
	err = file_write(STDOUT_FILENO, buf_slice(text), PRINT_MS);
	if (err == -EPIPE)
		d->status = PEER_CANNOT;
	else if (err)
		d->status = peer_fail(PEER_CANNOT, COMMAND, "cannot write to standard output: ",
				      peer_reason(err), NULL);
}

void doctor_begin(struct doctor *d)
{
	static char what[DOCTOR_WHAT_MAX], mend[DOCTOR_WHAT_MAX];

	d->what = buf_over(what, sizeof(what) - 1);
	d->mend = buf_over(mend, sizeof(mend) - 1);
}

static void padded(struct buf *out, const char *word, size_t width)
{
	buf_text(out, word);
	for (size_t n = strlen(word); n < width + 2; n++)
		buf_char(out, ' ');
}

static void line_out(struct doctor *d, struct buf *out, const struct state *state)
{
	buf_text(out, d->coloured ? state->colour : "");
	padded(out, state->word, STATE_WIDTH);
	buf_text(out, d->coloured ? "\033[0m" : "");
	padded(out, d->agent ? d->agent->client.agent->name : "machine", SUBJECT_WIDTH);
	peer_text(out, buf_slice(&d->what));
	if (d->mend.n) {
		buf_text(out, "; mend: ");
		peer_text(out, buf_slice(&d->mend));
	}
	buf_char(out, '\n');
}

static void object_out(struct doctor *d, struct buf *out, const struct state *state)
{
	buf_text(out, d->said++ ? ",\n{" : "{\"findings\":[\n{");
	json_member_text(out, "check", d->check);
	json_member_text(out, "state", state->word);
	json_member_text(out, "agent", d->agent ? d->agent->client.agent->name : NULL);
	json_member_text(out, "what", buf_cstr(&d->what));
	json_member_text(out, "mend", buf_cstr(&d->mend));
	buf_char(out, '}');
}

void doctor_found(struct doctor *d, enum doctor_state state)
{
	static char line[LINE_BYTES];
	struct buf out = buf_over(line, sizeof(line));

	/* Half a command would be worse than none; buf_cstr needs what is whole. */
	if (d->mend.full)
		d->mend.n = 0;
	d->what.cap = d->mend.cap = DOCTOR_WHAT_MAX;
	d->what.full = d->mend.full = false;
	d->count[state]++;
	if (d->json)
		object_out(d, &out, &states[state]);
	else
		line_out(d, &out, &states[state]);
	printed(d, &out);
}

void doctor_says(struct doctor *d, enum doctor_state state, const char *what, const char *mend)
{
	doctor_begin(d);
	buf_text(&d->what, what);
	buf_text(&d->mend, mend ? mend : "");
	doctor_found(d, state);
}

void doctor_aside(struct doctor *d, const char *path)
{
	buf_text(&d->mend, "mv -n ");
	shell_word(&d->mend, path);
	buf_char(&d->mend, ' ');
	shell_word(&d->mend, path);
	buf_text(&d->mend, "-aside");
}

void doctor_counted(struct buf *out, unsigned n, const char *thing)
{
	buf_int(out, n);
	buf_char(out, ' ');
	buf_text(out, thing);
	buf_text(out, n == 1 ? "" : thing[strlen(thing) - 1] == 'x' ? "es" : "s");
}

struct slice doctor_folder(struct slice path)
{
	while (path.n && path.p[path.n - 1] != '/')
		path.n--;
	if (path.n)
		path.n--;
	return path;
}

void doctor_installer(struct doctor *d, const char *option)
{
	char path[FILE_PATH_MAX];
	const bool fits = file_join(path, slice_of(d->libexec), INSTALLER);

	shell_word(&d->mend, fits ? path : INSTALLER);
	buf_text(&d->mend, option);
	buf_char(&d->mend, ' ');
	buf_text(&d->mend, d->agent->client.agent->name);
}

bool doctor_has_ours(const struct registration_report *r)
{
	return r->state == REGISTRATION_INSTALLED || r->state == REGISTRATION_OUTDATED;
}

bool doctor_first_row(const struct registration *rows, const struct registration *row)
{
	while (strcmp(rows->hook, row->hook) != 0)
		rows++;
	return rows == row;
}

void doctor_took(struct buf *out, int64_t us)
{
	buf_int(out, us / 1000);
	if (us < 10000) {
		buf_char(out, '.');
		buf_int(out, us / 100 % 10);
	}
	buf_text(out, " ms");
}

/* --- The command --- */

/* Which agents are named, by any of their names. */
static int agents_named(struct doctor *d, char **names)
{
	for (; *names; names++) {
		int index = client_index(*names);

		if (index < 0)
			return peer_misused(COMMAND, "no such agent: ", *names);
		d->agents[index].named = true;
	}
	return PEER_DONE;
}

static void agents_looked_for(struct doctor *d, bool all)
{
	for (int i = 0; i < CLIENTS; i++) {
		struct doctor_agent *a = &d->agents[i];

		a->known = client_at(i, NULL, &a->client);
		a->found = (all || a->named) && client_found(&a->client);
		d->any_found |= a->found;
		if (a->found && a->known && *d->libexec)
			registration_look(&a->client, d->libexec, &a->registered);
		d->any_ours |= doctor_has_ours(&a->registered);
	}
}

/* Is that the folder of our executables? */
static bool libexec_is(struct doctor *d, struct slice folder, const char *under)
{
	char path[FILE_PATH_MAX];
	struct buf b = buf_over(d->libexec, sizeof(d->libexec));

	buf_put(&b, folder);
	buf_text(&b, under);
	if (folder.n && buf_cstr(&b) && file_join(path, slice_of(d->libexec), INSTALLER) &&
	    access(path, X_OK) == 0) {
		/* As install-hook registers it; there may be links in it. */
		if (file_real_path(d->libexec, path))
			memcpy(d->libexec, path, strlen(path) + 1);
		return true;
	}
	d->libexec[0] = '\0';
	return false;
}

/* PREFIX/libexec/peerhooks; or where peer itself is, in a tree that was built. */
static void libexec_looked_for(struct doctor *d)
{
	char self[FILE_PATH_MAX];
	struct slice bin;

	command_self(self);
	bin = doctor_folder(slice_of(self));
	if (!libexec_is(d, doctor_folder(bin), "/libexec/peerhooks"))
		libexec_is(d, bin, "");
}

/* The store, but only if it is there: store_open would make it. */
static void store_looked_for(struct doctor *d)
{
	char home[STORE_HOME_MAX];
	struct stat st;

	d->has_store = *store_home(home) && stat(home, &st) == 0 && store_open(&d->store) == 0;
}

static void checks_made(struct doctor *d, const struct check *checks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (checks[i].store && !d->has_store)
			continue;
		d->check = checks[i].name;
		checks[i].run(d);
	}
}

static void agents_checked(struct doctor *d, bool all)
{
	for (int i = 0; i < CLIENTS; i++) {
		d->agent = &d->agents[i];
		if (d->agent->found)
			checks_made(d, of_agent, sizeof(of_agent) / sizeof(of_agent[0]));
		else if (d->agent->named)
			checks_made(d, of_agent, 1);
	}
	d->agent = NULL;
	d->check = of_agent[0].name;
	if (all && !d->any_found)
		doctor_says(d, DOCTOR_NOTE, "no agent was found: neither its program on PATH nor "
			    "its folder in HOME", NULL);
}

static int summed_up(struct doctor *d)
{
	char text[256];
	struct buf out = buf_over(text, sizeof(text));
	const unsigned problems = d->count[DOCTOR_PROBLEM], notes = d->count[DOCTOR_NOTE];

	if (d->json) {
		buf_text(&out, "\n]");
		json_name(&out, "problems");
		buf_int(&out, problems);
		json_member_int(&out, "notes", notes);
		json_member_bool(&out, "well", problems == 0);
		buf_text(&out, "}\n");
	} else {
		if (problems)
			doctor_counted(&out, problems, "problem");
		else
			buf_text(&out, "all is well");
		if (notes) {
			buf_text(&out, ", ");
			doctor_counted(&out, notes, "note");
		}
		buf_char(&out, '\n');
	}
	printed(d, &out);
	if (d->status == PEER_DONE && problems)
		d->status = PEER_CANNOT;
	return d->status;
}

int peer_doctor(int argc, char **argv)
{
	static struct doctor d;
	const struct peer_option options[] = {
		{ "json", &d.json, NULL },
		{ NULL, NULL, NULL },
	};

	d.status = peer_options(COMMAND, argc, argv, options, CLIENTS, NULL);
	if (d.status == PEER_DONE)
		d.status = agents_named(&d, argv);
	if (d.status)
		return d.status;
	d.coloured = shown_coloured();
	store_looked_for(&d);
	libexec_looked_for(&d);
	agents_looked_for(&d, !argv[0]);
	doctor_versions(&d);
	agents_checked(&d, !argv[0]);
	checks_made(&d, of_machine, sizeof(of_machine) / sizeof(of_machine[0]));
	return summed_up(&d);
}
