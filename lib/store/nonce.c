/* See nonce.h. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/directory.h"
#include "base/file.h"
#include "base/json.h"
#include "store/nonce.h"
#include "store/store.h"

enum { PATH_BYTES = STORE_HOME_MAX + 192 };

#define ENDING ".json"

static const char *folder_path(struct buf *path)
{
	return store_under_home(path, LAYOUT_NONCES) ? buf_cstr(path) : NULL;
}

static const char *nonce_path(struct buf *path, const char *nonce)
{
	if (!store_under_home(path, LAYOUT_NONCES "/"))
		return NULL;
	buf_text(path, nonce);
	buf_text(path, ENDING);
	return buf_cstr(path);
}

/* How many characters at the beginning of the text may be of a nonce. */
static size_t run_length(struct slice text)
{
	size_t n = 0;

	/* Every character of a session id is one of a nonce, and the other way round. */
	while (n < text.n && session_id_valid((struct slice){ text.p + n, 1 }))
		n++;
	return n;
}

bool nonce_find(struct slice command, char nonce[NONCE_MAX + 1])
{
	static const char option[] = NONCE_OPTION " ";
	const size_t n = sizeof(option) - 1;
	struct buf b = buf_over(nonce, NONCE_MAX + 1);

	if (command.n < n)
		return false;
	for (size_t at = command.n - n + 1; at-- > 0;) {
		struct slice run = slice_from(command, at);

		if (*run.p != '-' || memcmp(run.p, option, n) != 0)
			continue;
		run = slice_from(run, n);
		run.n = run_length(run);
		if (!nonce_valid(run))
			continue;
		buf_put(&b, run);
		return buf_cstr(&b) != NULL;
	}
	return false;
}

int nonce_leave(const char *nonce, const char *session)
{
	char name[PATH_BYTES], folder_name[PATH_BYTES], text[SESSION_ID_MAX + 32];
	struct buf path = buf_over(name, sizeof(name)), out = buf_over(text, sizeof(text));
	struct buf folder = buf_over(folder_name, sizeof(folder_name));
	int err;

	if (!nonce_path(&path, nonce) || !folder_path(&folder))
		return -ENAMETOOLONG;
	buf_text(&out, "{\"sessionId\":");
	json_string(&out, slice_of(session));
	buf_char(&out, '}');
	err = file_replace(AT_FDCWD, name, buf_slice(&out));
	if (err != -ENOENT)
		return err;
	err = file_make_path(folder_name);
	return err ? err : file_replace(AT_FDCWD, name, buf_slice(&out));
}

int nonce_take(const char *nonce, char session[SESSION_ID_MAX + 1])
{
	char name[PATH_BYTES], text[NONCE_FILE_MAX];
	struct buf path = buf_over(name, sizeof(name)), id = buf_over(session, SESSION_ID_MAX + 1);
	struct json_member in[] = { { .name = "sessionId" } };
	struct slice read = { text, 0 };
	int err;

	session[0] = '\0';
	if (!nonce_valid(slice_of(nonce)))
		return -EINVAL;
	if (!nonce_path(&path, nonce))
		return -ENOENT;
	err = file_read_at(AT_FDCWD, name, text, sizeof(text), &read.n);
	if (err)
		return err == -ENOENT ? err : -EBADMSG;
	if (json_object(read, in, 1) != JSON_OK || in[0].value.type != JSON_STRING)
		return -EBADMSG;
	json_decode(in[0].value.text, &id);
	if (!buf_cstr(&id) || !session_id_valid(buf_slice(&id))) {
		session[0] = '\0';
		return -EBADMSG;
	}
	unlink(name);
	return 0;
}

/* <nonce>.json, or the temporary name of one. */
static bool is_ours(struct slice name)
{
	static const char temporary[] = ".tmp.";
	const size_t ending = sizeof(ENDING) - 1, n = sizeof(temporary) - 1;

	if (name.n > n && memcmp(name.p, temporary, n) == 0)
		return true;
	if (name.n <= ending || memcmp(name.p + name.n - ending, ENDING, ending) != 0)
		return false;
	name.n -= ending;
	return nonce_valid(name);
}

void nonce_sweep(void)
{
	static struct directory folder;
	char name[PATH_BYTES];
	struct buf path = buf_over(name, sizeof(name));
	int64_t oldest = clock_now_ms() - NONCE_AGE_MS;
	const char *file;
	struct stat st;

	if (!folder_path(&path) || directory_open(&folder, AT_FDCWD, name) != 0)
		return;
	for (int i = 0; i < NONCE_SWEEP_MAX && (file = directory_next(&folder)) != NULL; i++) {
		if (is_ours(slice_of(file)) &&
		    fstatat(folder.fd, file, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) && clock_ms_of(st.st_mtim) < oldest)
			unlinkat(folder.fd, file, 0);
	}
	directory_close(&folder);
}
