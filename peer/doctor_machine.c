/*
 * peer doctor: the machine around: PATH, the clock, tmux.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/shell.h"
#include "doctor.h"
#include "host/command.h"
#include "host/tmux.h"

enum { VERSION_MS = 1000, VERSION_BYTES = 256, CLOCK_SLACK_S = 86400 };

#define VERSION_LINE "peerhooks " PEERHOOKS_VERSION "\n"

/* --- PATH --- */

static void path_mended(struct doctor *d)
{
	char folder[FILE_PATH_MAX];
	const bool known = command_self(folder);

	folder[doctor_folder(slice_of(folder)).n] = '\0';
	if (!known)
		return;
	buf_text(&d->mend, "export PATH=");
	shell_word(&d->mend, folder);
	buf_text(&d->mend, ":\"$PATH\"");
}

/* Which peer is it that PATH has? */
static enum doctor_state path_judged(struct doctor *d, char *found)
{
	char *const argv[] = { found, (char *)(uintptr_t)"--version", NULL };
	char text[VERSION_BYTES];
	struct stat theirs, ours;
	struct slice says;

	if (stat(found, &theirs) == 0 && stat("/proc/self/exe", &ours) == 0 &&
	    theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino) {
		buf_text(&d->what, "peer is on PATH: ");
		buf_text(&d->what, found);
		return DOCTOR_OK;
	}
	buf_text(&d->what, found);
	buf_text(&d->what, " comes first on PATH, which is another copy of this peer");
	if (command_run(argv, text, sizeof(text), &says, VERSION_MS) == 0 &&
	    slice_is(says, VERSION_LINE))
		return DOCTOR_NOTE;
	buf_text(&d->what, ", and of another version");
	return DOCTOR_PROBLEM;
}

void doctor_path(struct doctor *d)
{
	char found[FILE_PATH_MAX];
	enum doctor_state state = DOCTOR_PROBLEM;

	doctor_begin(d);
	if (command_find("peer", found))
		state = path_judged(d, found);
	else
		buf_text(&d->what, "peer is not on PATH, by which agents are told to answer");
	if (state != DOCTOR_OK)
		path_mended(d);
	doctor_found(d, state);
	if (!*d->libexec)
		doctor_says(d, DOCTOR_PROBLEM, "the hooks are neither in ../libexec/peerhooks, "
			    "seen from peer, nor beside it, so that what is registered cannot "
			    "be told: run ./install.sh where peerhooks' source is", NULL);
}

/* --- The clock --- */

void doctor_clock(struct doctor *d)
{
	struct stat st;

	/* A file of ours that nobody writes to: the clock was later once. */
	if (stat("/proc/self/exe", &st) == 0 && st.st_mtime > clock_now_s() + CLOCK_SLACK_S)
		doctor_says(d, DOCTOR_PROBLEM, "the clock is more than a day behind the time at "
			    "which peer was built; marks and wakes go by it; as root",
			    "timedatectl set-ntp true");
	else
		doctor_says(d, DOCTOR_OK, "the clock is later than peer's build", NULL);
}

/* --- tmux --- */

/* Can an agent that was found be woken by typing only? */
static bool typing_needed(const struct doctor *d)
{
	for (int i = 0; i < CLIENTS; i++) {
		const struct profile *p = d->agents[i].client.agent;

		if (d->agents[i].found && p->composer != COMPOSER_UNKNOWN &&
		    p->wake_by == WAKE_BY_NOTHING && !p->queues)
			return true;
	}
	return false;
}

void doctor_tmux(struct doctor *d)
{
	switch (tmux_reach()) {
	case TMUX_MISSING:
		doctor_says(d, DOCTOR_NOTE, typing_needed(d) ?
			    "there is no tmux: an idle Gemini cannot be woken, and others only by "
			    "their own way" :
			    "there is no tmux: an agent whose own way to be woken fails stays idle",
			    NULL);
		break;
	case TMUX_OUTSIDE:
		doctor_says(d, DOCTOR_OK, "tmux is there; this is run outside of it", NULL);
		break;
	case TMUX_ANSWERS:
		doctor_says(d, DOCTOR_OK, "tmux answers", NULL);
		break;
	case TMUX_SILENT:
		doctor_says(d, DOCTOR_PROBLEM, "TMUX names a tmux that does not answer, so that "
			    "nobody in it can be woken by typing; in a shell that outlived it",
			    "unset TMUX TMUX_PANE");
		break;
	}
}
