/*
 * peer doctor: the files of state: locks, mailboxes, times, and what killed processes have left.
 * All folders are gone through once, for all of these checks together, and for SURVEY_MS at most.
 */
#include <fcntl.h>
#include <unistd.h>

#include "agent/sweep.h"
#include "base/clock.h"
#include "base/directory.h"
#include "base/hash.h"
#include "base/shell.h"
#include "doctor.h"
#include "store/boxes.h"
#include "store/jsonl.h"
#include "store/lock.h"
#include "store/presence.h"
#include "store/registry.h"

enum {
	SURVEY_MS = 2000,
	LOOK_AT_CLOCK = 64,	/* files between two looks */
	LIVE_MAX = 8192,	/* boxes of sessions that are there */
	NAME_BYTES = LAYOUT_MAX + 256,
	WAKES_MANY = 5,
};

/* How many files there are of a kind, and one of them. */
struct tally {
	unsigned count;
	char example[NAME_BYTES];	/* under ~/.oxtail */
};

/* A file that is looked at. */
struct file {
	const char *folder;
	int dir;
	const char *name;
	struct stat st;
	int64_t age;	/* ms; below 0: it is of the future */
};

static struct {
	bool made;
	bool cut;	/* there was not time enough for all */
	bool crowded;	/* more sessions are there than we know of */
	int64_t now, end;
	unsigned files;
	struct tally locks, owners, torn, large, no_file, gone, temporary, future;
	int64_t ahead;	/* how far the farthest of these is in the future, ms */
	unsigned boxes, wakes;
	unsigned live_count;
	uint64_t live[LIVE_MAX];	/* hashes of the names of boxes */
} all;

static bool time_over(void)
{
	if (++all.files % LOOK_AT_CLOCK == 0 && clock_monotonic_ms() >= all.end)
		all.cut = true;
	return all.cut;
}

static void counted(struct tally *t, const struct file *f)
{
	struct buf b = buf_over(t->example, sizeof(t->example));

	if (t->count++)
		return;
	buf_text(&b, f->folder);
	buf_char(&b, '/');
	buf_text(&b, f->name);
	buf_cstr(&b);
}

static bool ends(const char *name, const char *with)
{
	const size_t n = strlen(name), m = strlen(with);

	return n > m && strcmp(name + n - m, with) == 0;
}

/* --- Who is there --- */

static uint64_t key_of(const char *box)
{
	return hash_bytes(HASH_EMPTY, box, strlen(box));
}

static void box_is_live(const char *box)
{
	if (all.live_count < LIVE_MAX)
		all.live[all.live_count++] = key_of(box);
	else
		all.crowded = true;
}

static void session_is_live(const char *session)
{
	char key[BOX_NAME_MAX];

	box_is_live(layout_session_key(key, session));
}

static void server_is_live(const struct registry_entry *e)
{
	char box[BOX_NAME_MAX], session[SESSION_ID_MAX + 1];

	box_is_live(layout_pid_box(box, e->pid));
	if (json_take(e->mailbox_key, box, sizeof(box)))
		box_is_live(box);
	if (id_take(e->session, session_id_valid, session, sizeof(session)))
		session_is_live(session);
}

static void live_read(const struct store *s)
{
	static struct presence_scan presence;
	static struct registry_scan registry;
	static struct presence p;
	struct registry_entry e;

	if (presence_open(&presence, s) == 0) {
		while (!time_over() && presence_next(&presence, &p)) {
			if (presence_alive(&p))
				session_is_live(p.session);
		}
		presence_close(&presence);
	}
	if (registry_open(&registry, s) == 0) {
		while (!time_over() && registry_next(&registry, &e)) {
			if (registry_entry_alive(&e))
				server_is_live(&e);
		}
		registry_close(&registry);
	}
}

static bool is_live(const char *box)
{
	const uint64_t key = key_of(box);

	for (unsigned i = 0; i < all.live_count; i++) {
		if (all.live[i] == key)
			return true;
	}
	return false;
}

/* --- Looking at a file --- */

/* A folder, as all of the protocol's are; ours that the kernel keeps are files that stay. */
static bool is_lock(const struct file *f)
{
	return S_ISDIR(f->st.st_mode) && (ends(f->name, ".lock") || ends(f->name, ".lock.steal"));
}

static bool is_lone_owner(const struct file *f)
{
	char lock[NAME_BYTES];
	struct buf b = buf_over(lock, sizeof(lock));
	struct stat st;

	if (!ends(f->name, ".lock.owner"))
		return false;
	buf_bytes(&b, f->name, strlen(f->name) - strlen(".owner"));
	return buf_cstr(&b) && fstatat(f->dir, lock, &st, AT_SYMLINK_NOFOLLOW) != 0;
}

static bool any_message(const struct message *m, void *context)
{
	(void)m;
	(void)context;
	return true;
}

static bool is_torn(const struct file *f)
{
	char last = '\n';
	struct stat st;
	int fd = file_open(f->dir, f->name, O_RDONLY, &st);

	if (fd < 0)
		return false;
	if (st.st_size && pread(fd, &last, 1, st.st_size - 1) != 1)
		last = '\n';
	close(fd);
	return last != '\n';
}

static void mailbox_looked_at(const struct store *s, const struct file *f)
{
	char box[BOX_NAME_MAX];
	struct buf b = buf_over(box, sizeof(box));

	buf_bytes(&b, f->name, strlen(f->name) - strlen(".jsonl"));
	if (!buf_cstr(&b) || !layout_box_valid(slice_of(box)))
		return;
	all.boxes++;
	if (!S_ISREG(f->st.st_mode)) {
		counted(&all.no_file, f);
		return;
	}
	if (f->st.st_size > JSONL_WINDOW)
		counted(&all.large, f);
	if (f->st.st_size && is_torn(f))
		counted(&all.torn, f);
	if (f->st.st_size && !is_live(box) &&
	    (f->st.st_size > JSONL_WINDOW || box_has(s, box, any_message, NULL)))
		counted(&all.gone, f);
}

static void looked_at(const struct store *s, const struct file *f)
{
	if (is_lock(f)) {
		if (f->age > LOCK_STALE_MS || f->age < -LOCK_STALE_MS)
			counted(&all.locks, f);
		return;
	}
	if (f->age < -LOCK_STALE_MS) {
		counted(&all.future, f);
		all.ahead = -f->age > all.ahead ? -f->age : all.ahead;
	}
	if (strncmp(f->name, FILE_TEMPORARY_MARK, strlen(FILE_TEMPORARY_MARK)) == 0) {
		if (f->age > SWEEP_TEMPORARY_S * 1000)
			counted(&all.temporary, f);
	} else if (f->age > LOCK_STALE_MS && is_lone_owner(f)) {
		counted(&all.owners, f);
	} else if (strcmp(f->folder, LAYOUT_MAILBOXES) == 0 && ends(f->name, ".jsonl")) {
		mailbox_looked_at(s, f);
	} else if (strcmp(f->folder, LAYOUT_PENDING_WAKE) == 0) {
		all.wakes++;
	}
}

static void folder_looked_at(const struct store *s, const char *folder)
{
	static struct directory d;
	struct file f = { .folder = folder };

	if (store_has(s, folder) != 0 || directory_open(&d, s->root, folder) != 0)
		return;
	f.dir = d.fd;
	while (!time_over() && (f.name = directory_next(&d)) != NULL) {
		if (fstatat(d.fd, f.name, &f.st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		f.age = all.now - clock_ms_of(f.st.st_mtim);
		looked_at(s, &f);
	}
	directory_close(&d);
}

static void survey(const struct store *s)
{
	if (all.made)
		return;
	all.made = true;
	all.now = clock_now_ms();
	all.end = clock_monotonic_ms() + SURVEY_MS;
	live_read(s);
	/* Without all that are there nobody can be said to be gone. */
	all.crowded |= all.cut;
	for (const char *const *folder = doctor_state_folders; *folder; folder++)
		folder_looked_at(s, *folder);
}

/* --- What is said of them --- */

static void example_out(struct doctor *d, const struct tally *t)
{
	buf_text(&d->what, " (");
	buf_text(&d->what, LAYOUT_SHOWN "/");
	buf_text(&d->what, t->example);
	buf_text(&d->what, t->count > 1 ? " and others)" : ")");
}

/* Begins to say that there are such files. */
static void begin(struct doctor *d, const struct tally *t, const char *thing, const char *what)
{
	doctor_begin(d);
	doctor_counted(&d->what, t->count, thing);
	example_out(d, t);
	buf_text(&d->what, what);
}

static void note(struct doctor *d, const struct tally *t, const char *thing, const char *what)
{
	if (t->count == 0)
		return;
	begin(d, t, thing, what);
	doctor_found(d, DOCTOR_NOTE);
}

void doctor_locks(struct doctor *d)
{
	survey(&d->store);
	note(d, &all.locks, "lock", " left by a killed process: whoever comes next clears it");
	note(d, &all.owners, "lock's owner", " without the lock: the next who takes it clears it");
	if (!all.locks.count && !all.owners.count)
		doctor_says(d, DOCTOR_OK, "no lock is stale", NULL);
	if (all.cut)
		doctor_says(d, DOCTOR_NOTE, "there are too many files in " LAYOUT_SHOWN " to look "
			    "at all of them in 2 s: what is said of files is true of some", NULL);
}

static void no_file_said(struct doctor *d)
{
	char path[STORE_HOME_MAX + NAME_BYTES];
	struct buf b = buf_over(path, sizeof(path));

	begin(d, &all.no_file, "mailbox", " that cannot be written to, since it is no file");
	store_under_home(&b, LAYOUT_HOME "/");
	buf_text(&b, all.no_file.example);
	if (buf_cstr(&b))
		doctor_aside(d, path);
	doctor_found(d, DOCTOR_PROBLEM);
}

void doctor_mailboxes(struct doctor *d)
{
	const unsigned before = d->count[DOCTOR_NOTE] + d->count[DOCTOR_PROBLEM];

	survey(&d->store);
	if (all.no_file.count)
		no_file_said(d);
	note(d, &all.torn, "mailbox", " whose last line was cut off: the next who writes mends it, "
	     "and the rest is delivered");
	note(d, &all.large, "mailbox", " of more than 4 MB: it is handed over in parts");
	if (!all.crowded)
		note(d, &all.gone, "mailbox", " with mail for a session that is gone: it gets it "
		     "if it is resumed; see 'peer list --all'");
	if (d->count[DOCTOR_NOTE] + d->count[DOCTOR_PROBLEM] > before)
		return;
	doctor_begin(d);
	doctor_counted(&d->what, all.boxes, "mailbox");
	buf_text(&d->what, ": whole, and no mail for sessions that are gone");
	doctor_found(d, DOCTOR_OK);
}

void doctor_leftovers(struct doctor *d)
{
	char home[STORE_HOME_MAX];

	survey(&d->store);
	if (!all.temporary.count) {
		doctor_says(d, DOCTOR_OK, "nothing was left by writers that were killed", NULL);
		return;
	}
	begin(d, &all.temporary, "file", " left by a writer that was killed, which does no harm");
	buf_text(&d->mend, "find ");
	shell_word(&d->mend, store_home(home));
	buf_text(&d->mend, " -name '" FILE_TEMPORARY_MARK "*' -mmin +60 -delete");
	doctor_found(d, DOCTOR_NOTE);
}

void doctor_times(struct doctor *d)
{
	char home[STORE_HOME_MAX];

	survey(&d->store);
	if (!all.future.count) {
		doctor_says(d, DOCTOR_OK, "no file is of the future", NULL);
		return;
	}
	begin(d, &all.future, "file", " of the future, by up to ");
	buf_int(&d->what, all.ahead / 1000);
	buf_text(&d->what, " s: the clock was set back, or is wrong; once it is right");
	buf_text(&d->mend, "find ");
	shell_word(&d->mend, store_home(home));
	buf_text(&d->mend, " -newermt '10 seconds' -exec touch -h {} +");
	doctor_found(d, DOCTOR_PROBLEM);
}

void doctor_wakes(struct doctor *d)
{
	survey(&d->store);
	doctor_begin(d);
	doctor_counted(&d->what, all.wakes, "wake");
	buf_text(&d->what, all.wakes < WAKES_MANY ? " to be tried again" :
		 " that may not have landed: see 'peer log'");
	doctor_found(d, all.wakes < WAKES_MANY ? DOCTOR_OK : DOCTOR_NOTE);
}
