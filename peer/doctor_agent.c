/*
 * peer doctor: an agent: where it is, what is registered with it, and when its hooks ran last.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/shell.h"
#include "doctor.h"
#include "peer.h"
#include "shown.h"
#include "store/runs.h"

enum { VERSIONS_MS = 6000, PIPE_MS = 1000, LATELY_MS = 24 * 3600 * 1000 };

/* --- Versions --- */

/* A child asks the agent, and writes what it says into the pipe that is returned; -1: it cannot. */
static int version_asked(const struct client *c, pid_t *child)
{
	char text[DOCTOR_VERSION_MAX];
	struct buf b = buf_over(text, sizeof(text) - 1);
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	*child = fork();
	if (*child == 0) {
		if (client_version(c, &b))
			file_write(ends[1], buf_slice(&b), PIPE_MS);
		_exit(0);
	}
	close(ends[1]);
	return ends[0];
}

static void version_read(struct doctor_agent *a, int fd, pid_t child, int64_t end)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t n = 0;

	for (int64_t left; (left = end - clock_monotonic_ms()) > 0;) {
		if (poll(&p, 1, (int)left) == 1) {
			file_read(fd, a->version, sizeof(a->version) - 1, &n);
			break;
		}
	}
	a->version[n] = '\0';
	close(fd);
	if (child <= 0)
		return;
	kill(child, SIGKILL);	/* it has ended, or takes too long */
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
}

void doctor_versions(struct doctor *d)
{
	const int64_t end = clock_monotonic_ms() + VERSIONS_MS;
	int pipes[CLIENTS];
	pid_t children[CLIENTS];

	signal(SIGCHLD, SIG_DFL);
	for (int i = 0; i < CLIENTS; i++) {
		const struct doctor_agent *a = &d->agents[i];

		children[i] = 0;
		pipes[i] = a->found && *a->client.program_path ?
			   version_asked(&a->client, &children[i]) : -1;
	}
	for (int i = 0; i < CLIENTS; i++) {
		if (pipes[i] >= 0)
			version_read(&d->agents[i], pipes[i], children[i], end);
	}
}

void doctor_version(struct doctor *d)
{
	const struct client *c = &d->agent->client;

	if (!*c->program_path)
		return;
	doctor_begin(d);
	buf_text(&d->what, c->title);
	if (*d->agent->version) {
		buf_char(&d->what, ' ');
		buf_text(&d->what, d->agent->version);
	} else {
		buf_text(&d->what, " did not say its version");
	}
	doctor_found(d, *d->agent->version ? DOCTOR_OK : DOCTOR_NOTE);
}

/* --- Where it is --- */

void doctor_found_where(struct doctor *d)
{
	const struct client *c = &d->agent->client;

	doctor_begin(d);
	if (!d->agent->found) {
		buf_text(&d->what, "not found: no ");
		buf_text(&d->what, c->program);
		buf_text(&d->what, " on PATH");
		if (*c->folder) {
			buf_text(&d->what, ", and no ");
			buf_text(&d->what, c->folder);
		}
		doctor_found(d, DOCTOR_NOTE);
		return;
	}
	if (c->folder_there) {
		buf_text(&d->what, c->folder);
		buf_text(&d->what, *c->program_path ? ", " : "; ");
	}
	if (*c->program_path) {
		buf_text(&d->what, c->program_path);
	} else {
		buf_text(&d->what, c->program);
		buf_text(&d->what, " is not on PATH here");
	}
	doctor_found(d, DOCTOR_OK);
}

/* --- What is registered --- */

/* For a person to put right what is in a settings file. */
static void edited(struct doctor *d, const char *file, unsigned line)
{
	buf_text(&d->mend, "\"${EDITOR:-vi}\" ");
	if (line) {
		buf_char(&d->mend, '+');
		buf_int(&d->mend, line);
		buf_char(&d->mend, ' ');
	}
	shell_word(&d->mend, file);
}

static void place_out(struct buf *out, const char *file, const struct jsonc_error *e)
{
	buf_text(out, file);
	buf_char(out, ':');
	buf_int(out, e->line);
	buf_char(out, ':');
	buf_int(out, e->column);
}

static bool is_noexec(const char *path)
{
#ifdef ST_NOEXEC
	struct statvfs fs;

	return statvfs(path, &fs) == 0 && (fs.f_flag & ST_NOEXEC);
#else
	(void)path;
	return false;
#endif
}

/* The executable is registered, and cannot be run. */
static void missing_said(struct doctor *d, const char *path)
{
	const size_t n = strlen(d->libexec);
	const bool ours = strncmp(path, d->libexec, n) == 0 && path[n] == '/';
	struct stat st;

	buf_text(&d->what, path);
	if (stat(path, &st) != 0) {
		buf_text(&d->what, " is needed, and is not there");
		if (ours)
			buf_text(&d->what, ": run ./install.sh where peerhooks' source is");
		else
			doctor_installer(d, "");
	} else if (is_noexec(path)) {
		buf_text(&d->what, " cannot be run: its file system is mounted noexec; as root");
		buf_text(&d->mend, "mount -o remount,exec \"$(findmnt -no TARGET -T ");
		shell_word(&d->mend, path);
		buf_text(&d->mend, ")\"");
	} else {
		buf_text(&d->what, " is registered, and may not be run by you");
		buf_text(&d->mend, "chmod a+rx ");
		shell_word(&d->mend, path);
	}
}

static void unreadable(struct doctor *d, const char *file, int err)
{
	buf_text(&d->what, "cannot read ");
	buf_text(&d->what, file);
	buf_text(&d->what, ": ");
	buf_text(&d->what, peer_reason(err));
	if (err == -EACCES) {
		buf_text(&d->mend, "chmod u+rw ");
		shell_word(&d->mend, file);
	}
}

static void broken_said(struct doctor *d)
{
	const struct registration_report *r = &d->agent->registered;
	const char *file = d->agent->client.file;

	doctor_begin(d);
	if (*r->missing) {
		missing_said(d, r->missing);
	} else if (r->error.why) {
		place_out(&d->what, file, &r->error);
		buf_text(&d->what, ": ");
		buf_text(&d->what, r->error.why);
		edited(d, file, r->error.line);
	} else {
		unreadable(d, file, r->err);
	}
	doctor_found(d, DOCTOR_PROBLEM);
}

/* A client may have our hooks as a plugin, of which its settings say nothing: then they have run
 * within the last day. */
static bool perhaps_plugin(const struct doctor *d)
{
	const char *agent = d->agent->client.agent->name;
	struct run run;

	if (!d->agent->client.traits->plugin_too)
		return false;
	for (const struct registration *row = registration_rows(agent); row->event; row++) {
		if (d->has_store && runs_last(&d->store, agent, row->hook, &run) &&
		    run.at > clock_now_ms() - LATELY_MS)
			return true;
	}
	return false;
}

/* Who has only left a folder behind has perhaps no use for hooks; but then another agent has. */
static void nothing_said(struct doctor *d)
{
	const struct client *c = &d->agent->client;
	bool wanted;

	doctor_begin(d);
	if (c->form == CLIENT_PLUGIN && d->agent->registered.others) {
		buf_text(&d->what, c->file);
		buf_text(&d->what, " is not our plugin, and is in its place");
		doctor_aside(d, c->file);
		doctor_found(d, DOCTOR_PROBLEM);
		return;
	}
	buf_text(&d->what, "no hook is registered in ");
	buf_text(&d->what, c->file);
	if (perhaps_plugin(d))
		buf_text(&d->what, "; but one ran within the last day, as a plugin's do "
			 "(--plugin-dir), and with that they must not be registered; without it");
	doctor_installer(d, d->agent->registered.foreign ? " --replace-oxtail" : "");
	wanted = *c->program_path || !d->any_ours;
	doctor_found(d, wanted && !perhaps_plugin(d) ? DOCTOR_PROBLEM : DOCTOR_NOTE);
}

/* Of another installation, that runs: whether this one is to come in its place we cannot know. */
static void elsewhere_said(struct doctor *d)
{
	const struct registration_report *r = &d->agent->registered;

	doctor_begin(d);
	doctor_counted(&d->what, r->ours, d->agent->client.form == CLIENT_PLUGIN ? "plugin" :
		       "hook");
	buf_text(&d->what, " in ");
	buf_text(&d->what, d->agent->client.file);
	buf_text(&d->what, r->ours == 1 ? " runs from " : " run from ");
	buf_text(&d->what, r->elsewhere);
	buf_text(&d->what, ", and this peer belongs to ");
	buf_text(&d->what, d->libexec);
	buf_text(&d->what, ": ask the peer of that installation");
	doctor_found(d, DOCTOR_NOTE);
}

static void installed_said(struct doctor *d)
{
	const struct registration_report *r = &d->agent->registered;
	const bool good = r->state == REGISTRATION_INSTALLED;

	doctor_begin(d);
	if (d->agent->client.form == CLIENT_PLUGIN) {
		buf_text(&d->what, good ? "the plugin is installed: " : "an outdated plugin is "
			 "installed: ");
	} else {
		doctor_counted(&d->what, r->ours, "hook");
		buf_text(&d->what, good ? " registered in " : ", other than they should be, in ");
	}
	buf_text(&d->what, d->agent->client.file);
	if (r->others) {
		buf_text(&d->what, ", besides ");
		buf_int(&d->what, r->others);
		buf_text(&d->what, " of others");
	}
	if (!good)
		doctor_installer(d, "");
	doctor_found(d, good ? DOCTOR_OK : DOCTOR_PROBLEM);
}

static void beside_said(struct doctor *d)
{
	const struct registration_report *r = &d->agent->registered;

	if (r->doubled) {
		doctor_begin(d);
		doctor_counted(&d->what, r->doubled, "hook");
		buf_text(&d->what, " registered twice for the same event");
		doctor_installer(d, "");
		doctor_found(d, DOCTOR_PROBLEM);
	}
	if (r->foreign) {
		doctor_begin(d);
		doctor_counted(&d->what, r->foreign, "hook");
		buf_text(&d->what, " of oxtail's own beside ours, so that mail is taken by either");
		doctor_installer(d, " --replace-oxtail");
		doctor_found(d, DOCTOR_PROBLEM);
	}
	if (r->unread) {
		doctor_begin(d);
		buf_text(&d->what, d->agent->client.title);
		buf_text(&d->what, " reads nothing of ");
		buf_text(&d->what, d->agent->client.file);
		buf_text(&d->what, ": it takes no ");
		buf_text(&d->what, r->unread);
		edited(d, d->agent->client.file, 0);
		doctor_found(d, DOCTOR_PROBLEM);
	}
	if (r->disabled) {
		doctor_begin(d);
		buf_text(&d->what, "hooks are switched off (");
		buf_text(&d->what, r->disabled);
		buf_text(&d->what, ") in ");
		buf_text(&d->what, r->disabled_in);
		edited(d, r->disabled_in, 0);
		doctor_found(d, DOCTOR_PROBLEM);
	}
}

/* By whatever names: HOME may be a link, and so may either of them. */
static bool same_file(const char *a, const char *b)
{
	struct stat sa, sb;

	return strcmp(a, b) == 0 ||
	       (stat(a, &sa) == 0 && stat(b, &sb) == 0 && sa.st_dev == sb.st_dev &&
		sa.st_ino == sb.st_ino);
}

/* Ours may stand in the settings of the project, too, in whose folder we are. */
static void project_said(struct doctor *d)
{
	static struct registration_report there;
	static struct client project;
	const struct client *c = &d->agent->client;
	char cwd[FILE_PATH_MAX];

	if (c->traits->once || !doctor_has_ours(&d->agent->registered) ||
	    !getcwd(cwd, sizeof(cwd)) || *cwd != '/' ||
	    !client_at(client_index(c->agent->name), cwd, &project) ||
	    same_file(project.file, c->file))
		return;
	registration_look(&project, d->libexec, &there);
	if (!doctor_has_ours(&there))
		return;
	doctor_begin(d);
	buf_text(&d->what, "ours stand in ");
	buf_text(&d->what, project.file);
	buf_text(&d->what, " too, and may be run twice in that folder");
	doctor_installer(d, " --uninstall --project .");
	doctor_found(d, DOCTOR_NOTE);
}

void doctor_registration(struct doctor *d)
{
	if (!*d->libexec || !d->agent->known)
		return;
	switch (d->agent->registered.state) {
	case REGISTRATION_NONE:
		nothing_said(d);
		break;
	case REGISTRATION_BROKEN:
		broken_said(d);
		break;
	case REGISTRATION_INSTALLED:
	case REGISTRATION_OUTDATED:
		if (*d->agent->registered.elsewhere)
			elsewhere_said(d);
		else
			installed_said(d);
		break;
	}
	beside_said(d);
	project_said(d);
}

/* So many of ours are not run; the agent itself mends it. */
static void untrusted_begun(struct doctor *d, unsigned n)
{
	const struct registration_report *r = &d->agent->registered;

	doctor_begin(d);
	doctor_counted(&d->what, n, "hook");
	buf_text(&d->what, " of ");
	buf_int(&d->what, r->trusted + r->untrusted);
	buf_text(&d->mend, d->agent->client.program);
}

void doctor_trust(struct doctor *d)
{
	const struct registration_report *r = &d->agent->registered;

	if (r->trust_err) {
		doctor_begin(d);
		unreadable(d, r->trust_in, r->trust_err);
		buf_text(&d->what, ", so that it runs no hook");
		doctor_found(d, DOCTOR_PROBLEM);
	}
	if (r->switched_off) {
		untrusted_begun(d, r->switched_off);
		buf_text(&d->what, " switched off (enabled = false in ");
		buf_text(&d->what, r->trust_in);
		buf_text(&d->what, "): switch on in its /hooks");
		doctor_found(d, DOCTOR_PROBLEM);
	}
	if (r->untrusted > r->switched_off) {
		untrusted_begun(d, r->untrusted - r->switched_off);
		buf_text(&d->what, " wait for your review, and are not run: choose \"Trust all\" "
			 "in the dialog with which it starts");
		doctor_found(d, DOCTOR_PROBLEM);
	} else if (r->trusted && !r->switched_off) {
		doctor_begin(d);
		doctor_counted(&d->what, r->trusted, "hook");
		buf_text(&d->what, " trusted");
		doctor_found(d, DOCTOR_OK);
	}
}

/* --- When they ran --- */

/* A hook of every session that has had a turn. */
static bool runs_in_each_turn(const char *hook)
{
	return strcmp(hook, "userpromptsubmit") == 0 || strcmp(hook, "stop") == 0;
}

static void run_out(struct buf *out, const char *hook, const struct run *run, bool first)
{
	buf_text(out, first ? "last run: " : ", ");
	buf_text(out, hook);
	buf_char(out, ' ');
	shown_ago(out, run->at);
	buf_text(out, " ago (");
	doctor_took(out, run->us);
	buf_char(out, ')');
}

void doctor_runs(struct doctor *d)
{
	const char *agent = d->agent->client.agent->name;
	const struct registration *rows = registration_rows(agent);
	unsigned ran = 0, slow = 0, missed = 0;
	struct run run;

	if (!d->agent->registered.ours)
		return;
	doctor_begin(d);
	for (const struct registration *row = rows; row->event; row++) {
		if (!doctor_first_row(rows, row))
			continue;
		if (!d->has_store || !runs_last(&d->store, agent, row->hook, &run) || !run.at) {
			missed += runs_in_each_turn(row->hook);
			continue;
		}
		run_out(&d->what, row->hook, &run, ran++ == 0);
		slow += !row->waits && run.us > DOCTOR_SLOW_MS * 1000;
	}
	if (!ran)
		buf_text(&d->what, "no hook ran since they were registered: open it anew, and give "
			 "it a prompt");
	else if (missed)
		buf_text(&d->what, "; those of each turn never ran: give it a prompt");
	if (slow)
		buf_text(&d->what, "; slow: a hook takes less than a millisecond where ~ is on a "
			 "disk of this machine");
	doctor_found(d, ran && !missed && !slow ? DOCTOR_OK : DOCTOR_NOTE);
}
