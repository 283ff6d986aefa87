/*
 * peer doctor: the folders of state: whose they are, who may write to them, is there room.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/shell.h"
#include "doctor.h"
#include "peer.h"

enum { DISK_MIN = 1 << 20 };	/* bytes that must be left */

const char *const doctor_state_folders[] = {
	LAYOUT_SESSIONS, LAYOUT_MAILBOXES, LAYOUT_ACTIVITY, LAYOUT_RECEIPTS, LAYOUT_RECEIVED,
	LAYOUT_OUTBOX, LAYOUT_AUTOWAKE, LAYOUT_PENDING_ASK, LAYOUT_PENDING_WAKE, LAYOUT_SELF_WAKE,
	LAYOUT_WAITER_WAKE, LAYOUT_DROPS, LAYOUT_OURS, LAYOUT_BOX_INDEX, LAYOUT_BACKLOG,
	LAYOUT_PRESENCE, LAYOUT_LABELS, LAYOUT_LABEL_MEMORY, LAYOUT_WAITERS, LAYOUT_UNPROVEN,
	LAYOUT_SEEN, LAYOUT_RUNS, NULL,
};

enum { PATH_BYTES = STORE_HOME_MAX + LAYOUT_MAX };

/* --- One folder --- */

static void said(struct doctor *d, const char *path, const char *what, const char *command)
{
	doctor_begin(d);
	buf_text(&d->what, path);
	buf_char(&d->what, ' ');
	buf_text(&d->what, what);
	buf_text(&d->mend, command);
	shell_word(&d->mend, path);
}

static void said_unreadable(struct doctor *d, const char *path, int err)
{
	doctor_begin(d);
	buf_text(&d->what, "cannot look at ");
	buf_text(&d->what, path);
	buf_text(&d->what, ": ");
	buf_text(&d->what, peer_reason(-err));
}

/* What stands there instead is put aside; nothing of it is lost. */
static void said_no_folder(struct doctor *d, const char *path)
{
	said(d, path, "is not a folder, so that nothing can be kept in it", "");
	d->mend.n = 0;
	doctor_aside(d, path);
}

static void said_foreign(struct doctor *d, const char *path)
{
	said(d, path, "belongs to another user, and so is not used; as root", "chown ");
	d->mend.n = strlen("chown ");
	buf_int(&d->mend, geteuid());
	buf_char(&d->mend, ' ');
	shell_word(&d->mend, path);
}

enum folder { FOLDER_MISSING, FOLDER_GOOD, FOLDER_WRONG };

/* Says what is wrong with it, if anything is. */
static enum folder folder_judged(struct doctor *d, const char *path)
{
	struct stat st;
	const int err = stat(path, &st) == 0 ? 0 : errno;

	if (err) {
		const bool link = lstat(path, &st) == 0 && S_ISLNK(st.st_mode);

		if (err == ENOENT && !link)
			return FOLDER_MISSING;
		if (link && (err == ENOENT || err == ELOOP))
			said(d, path, "is a link that leads nowhere", "rm ");
		else
			said_unreadable(d, path, err);
	} else if (!S_ISDIR(st.st_mode)) {
		said_no_folder(d, path);
	} else if (st.st_uid != geteuid()) {
		said_foreign(d, path);
	} else if (!file_trusted(&st)) {
		said(d, path, "may be written to by others, and so is not used", "chmod go-w ");
	} else if ((st.st_mode & S_IRWXU) != S_IRWXU) {
		said(d, path, "may not be used by its owner", "chmod u+rwx ");
	} else {
		return FOLDER_GOOD;
	}
	doctor_found(d, DOCTOR_PROBLEM);
	return FOLDER_WRONG;
}

/* --- All of them --- */

void doctor_home(struct doctor *d)
{
	static const char set[] = "export HOME=\"$(getent passwd \"$(id -u)\" | cut -d: -f6)\"";
	char path[STORE_HOME_MAX];

	if (!*store_home(path)) {
		doctor_says(d, DOCTOR_PROBLEM, "HOME is not an absolute path, so that nothing can "
			    "be kept", set);
		return;
	}
	switch (folder_judged(d, path)) {
	case FOLDER_MISSING:
		doctor_says(d, DOCTOR_OK, LAYOUT_SHOWN " is not there yet: the first hook or "
			    "message makes it", NULL);
		break;
	case FOLDER_GOOD:
		doctor_says(d, DOCTOR_OK, LAYOUT_SHOWN " is yours alone", NULL);
		break;
	case FOLDER_WRONG:
		break;
	}
}

void doctor_folders(struct doctor *d)
{
	char path[PATH_BYTES];
	struct buf b = buf_over(path, sizeof(path));
	unsigned good = 0, wrong = 0;
	size_t home;

	store_under_home(&b, LAYOUT_HOME "/");
	home = b.n;
	for (const char *const *name = doctor_state_folders; *name; name++) {
		enum folder folder = FOLDER_MISSING;

		b.n = home;
		buf_text(&b, *name);
		if (buf_cstr(&b))
			folder = folder_judged(d, path);
		good += folder == FOLDER_GOOD;
		wrong += folder == FOLDER_WRONG;
	}
	if (wrong)
		return;
	doctor_begin(d);
	doctor_counted(&d->what, good, "folder");
	buf_text(&d->what, " in " LAYOUT_SHOWN ": yours alone");
	doctor_found(d, DOCTOR_OK);
}

/* Where sessions are told apart: whoever can write there can pass for another. */
void doctor_markers(struct doctor *d)
{
	static const char *const markers[] = { LAYOUT_RUNTIME, LAYOUT_NONCES };
	unsigned there = 0, wrong = 0;

	for (size_t i = 0; i < sizeof(markers) / sizeof(markers[0]); i++) {
		char path[PATH_BYTES];
		struct buf b = buf_over(path, sizeof(path));
		enum folder folder = FOLDER_MISSING;

		if (store_under_home(&b, markers[i]) && buf_cstr(&b))
			folder = folder_judged(d, path);
		there += folder != FOLDER_MISSING;
		wrong += folder == FOLDER_WRONG;
	}
	if (there && !wrong)
		doctor_says(d, DOCTOR_OK, "~/" LAYOUT_RUNTIME " is yours alone", NULL);
}

/* --- Room --- */

void doctor_disk(struct doctor *d)
{
	char path[STORE_HOME_MAX];
	struct buf b = buf_over(path, sizeof(path));
	struct statvfs fs;

	if (!*store_home(path) || (statvfs(path, &fs) != 0 &&
	    (!store_under_home(&b, "") || !buf_cstr(&b) || statvfs(path, &fs) != 0)))
		return;
	if (fs.f_flag & ST_RDONLY) {
		said(d, path, "lies on a file system that is mounted read-only; as root",
		     "mount -o remount,rw \"$(findmnt -no TARGET -T ");
		buf_text(&d->mend, ")\"");
		doctor_found(d, DOCTOR_PROBLEM);
	} else if ((uint64_t)fs.f_bavail * fs.f_frsize < DISK_MIN) {
		said(d, path, "lies on a file system that is full: remove what fills it", "");
		d->mend.n = 0;
		doctor_found(d, DOCTOR_PROBLEM);
	} else if (fs.f_files && !fs.f_favail) {
		said(d, path, "lies on a file system that can take no more files: remove some", "");
		d->mend.n = 0;
		doctor_found(d, DOCTOR_PROBLEM);
	} else {
		doctor_begin(d);
		buf_int(&d->what, (int64_t)((uint64_t)fs.f_bavail * fs.f_frsize >> 20));
		buf_text(&d->what, " MB are free where " LAYOUT_SHOWN " is");
		doctor_found(d, DOCTOR_OK);
	}
}
