/*
 * peer doctor: a trial of the hooks. Each executable that is registered is run once, with an
 * event that its agent might send, in a HOME that is thrown away: so it is seen to run here.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/directory.h"
#include "base/file.h"
#include "base/random.h"
#include "base/shell.h"
#include "doctor.h"
#include "host/signals.h"
#include "host/trial.h"
#include "peer.h"

enum {
	TRIAL_MS = 1000,
	OLD_S = 3600,	/* a HOME of that age was left by one that was killed */
};

#define HOMES "/tmp"
#define HOME_MARK "peerhooks-doctor-"

/* --- The HOME that is thrown away --- */

static bool home_made(struct buf *home)
{
	buf_text(home, HOMES "/" HOME_MARK);
	random_hex(home, 8);
	return buf_cstr(home) && file_mkdir(AT_FDCWD, home->p) == 1;
}

/* Unlinks what is in the folder; false at the first folder in it that is not empty, which becomes
 * the path then. */
static bool emptied(struct buf *path)
{
	static struct directory d;
	const char *name;
	bool empty = true;

	if (directory_open(&d, AT_FDCWD, buf_cstr(path)) != 0)
		return true;
	while (empty && (name = directory_next(&d)) != NULL) {
		if (unlinkat(d.fd, name, 0) == 0 || unlinkat(d.fd, name, AT_REMOVEDIR) == 0)
			continue;
		empty = false;
		buf_char(path, '/');
		buf_text(path, name);
	}
	directory_close(&d);
	return empty;
}

/* Removes the folder and all that is in it: goes down as far as there are folders, and up again. */
static void home_removed(struct buf *home)
{
	const size_t top = home->n;

	for (;;) {
		if (!emptied(home))
			continue;
		if (!buf_cstr(home) || rmdir(home->p) != 0 || home->n == top)
			return;
		home->n = doctor_folder(buf_slice(home)).n;
	}
}

static void old_homes_removed(void)
{
	static struct directory d;
	const int64_t now = clock_now_s();
	char path[FILE_PATH_MAX];
	const char *name;
	struct stat st;

	if (directory_open(&d, AT_FDCWD, HOMES) != 0)
		return;
	while ((name = directory_next(&d)) != NULL) {
		struct buf home = buf_over(path, sizeof(path));

		if (strncmp(name, HOME_MARK, strlen(HOME_MARK)) != 0 ||
		    fstatat(d.fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
		    !S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
		    now - st.st_mtim.tv_sec < OLD_S)
			continue;
		buf_text(&home, HOMES "/");
		buf_text(&home, name);
		home_removed(&home);
	}
	directory_close(&d);
}

/* --- One executable --- */

/* An event of that row; await-mail leaves at the one that it gets. Our plugins name none. */
static void event_out(struct buf *out, const struct doctor *d, const struct registration *row,
		      const char *home)
{
	const bool named = d->agent->client.form == CLIENT_SETTINGS;

	buf_char(out, '{');
	json_member_text(out, "session_id", "00000000-0000-4000-8000-00000000d0c0");
	json_member_text(out, "cwd", home);
	if (row->waits || named)
		json_member_text(out, "hook_event_name", row->waits ? "SessionEnd" : row->event);
	buf_char(out, '}');
}

static void tried(const struct doctor *d, const struct registration *row, const char *home,
		  struct trial *t)
{
	char path[FILE_PATH_MAX], variable[FILE_PATH_MAX], event[TRIAL_INPUT_MAX];
	struct buf v = buf_over(variable, sizeof(variable)), e = buf_over(event, sizeof(event));
	char *const argv[] = {
		path, (char *)(uintptr_t)"--agent", (char *)(uintptr_t)row->agent, NULL,
	};
	char *const environment[] = {
		variable, (char *)(uintptr_t)"PATH=/usr/local/bin:/usr/bin:/bin", NULL,
	};

	buf_text(&v, "HOME=");
	buf_text(&v, home);
	event_out(&e, d, row, home);
	*t = (struct trial){
		.argv = argv, .environment = environment, .folder = home, .input = buf_slice(&e),
		.err = -ENAMETOOLONG,
	};
	if (file_join(path, slice_of(d->libexec), row->hook) && buf_cstr(&v))
		trial_run(t, TRIAL_MS);
}

/* Says what is wrong with it; false if nothing is. */
static bool failed(struct doctor *d, const struct registration *row, const struct trial *t)
{
	if (!t->err && !t->late && !t->signal && !t->status)
		return false;
	doctor_begin(d);
	buf_text(&d->what, d->libexec);
	buf_char(&d->what, '/');
	buf_text(&d->what, row->hook);
	if (t->err) {
		buf_text(&d->what, " cannot be started: ");
		buf_text(&d->what, peer_reason(t->err));
	} else if (t->late) {
		buf_text(&d->what, " does not end");
	} else {
		buf_text(&d->what, t->signal ? " is killed by signal " : " ends with status ");
		buf_int(&d->what, t->signal ? t->signal : t->status);
	}
	if (t->err == -EACCES) {
		buf_text(&d->mend, "chmod a+rx ");
		shell_word(&d->mend, d->libexec);
		buf_char(&d->mend, '/');
		buf_text(&d->mend, row->hook);
	} else {
		buf_text(&d->what, ": build and install it anew for this machine (./install.sh)");
	}
	doctor_found(d, DOCTOR_PROBLEM);
	return true;
}

/* --- All of an agent --- */

static void all_tried(struct doctor *d, const char *home)
{
	static char text[DOCTOR_WHAT_MAX];
	struct buf good = buf_over(text, sizeof(text));
	const struct registration *rows = registration_rows(d->agent->client.agent->name);
	enum doctor_state state = DOCTOR_OK;
	unsigned count = 0, bad = 0;
	struct trial t;

	t.late = false;
	/* One that hangs is enough: a second for each of them would be long. */
	for (const struct registration *row = rows; row->event && !t.late; row++) {
		if (!doctor_first_row(rows, row))
			continue;
		tried(d, row, home, &t);
		if (failed(d, row, &t)) {
			bad++;
			continue;
		}
		buf_text(&good, count++ ? ", " : ": ");
		buf_text(&good, row->hook);
		buf_char(&good, ' ');
		doctor_took(&good, t.us);
		if (t.us > DOCTOR_SLOW_MS * 1000)
			state = DOCTOR_NOTE;
	}
	if (!count || bad)
		return;
	doctor_begin(d);
	doctor_counted(&d->what, count, "hook");
	buf_text(&d->what, state == DOCTOR_OK ? " run here" : " run here, but slowly");
	buf_put(&d->what, buf_slice(&good));
	doctor_found(d, state);
}

void doctor_trial(struct doctor *d)
{
	const enum registration_state state = d->agent->registered.state;
	char path[FILE_PATH_MAX];
	struct buf home = buf_over(path, sizeof(path));
	void (*pipes)(int);
	sigset_t before;

	if (!*d->libexec || (state != REGISTRATION_INSTALLED && state != REGISTRATION_OUTDATED))
		return;
	/* The HOME is not to be left behind; afterwards the end of our reader ends us as before. */
	pipes = signal(SIGPIPE, SIG_IGN);
	signals_hold(&before);
	old_homes_removed();
	if (home_made(&home)) {
		all_tried(d, path);
		home_removed(&home);
	} else {
		doctor_says(d, DOCTOR_NOTE, "/tmp cannot be written to, so that the hooks were not "
			    "tried out", NULL);
	}
	signals_release(&before);
	signal(SIGPIPE, pipes);
}
