/* See registration_plugin.h. */
#include <errno.h>

#include "agent/registration_plugin.h"
#include "base/memory.h"

#define LIBEXEC_LINE "\nconst LIBEXEC = "

/* Reads the plugin's text, in a folder seen from libexec; -ENOENT if it is not there. */
static int source_read(const struct client *c, const char *libexec, const char *folder,
		       struct config_file *f, char where[FILE_PATH_MAX])
{
	struct buf b = buf_over(where, FILE_PATH_MAX);
	int err;

	buf_text(&b, libexec);
	buf_text(&b, folder);
	buf_text(&b, c->agent->name);
	buf_text(&b, "/peerhooks.js");
	if (!buf_cstr(&b))
		return -ENAMETOOLONG;
	err = config_read(f, where);
	return err ? err : f->there ? 0 : -ENOENT;
}

bool registration_plugin_ours(struct slice text)
{
	const size_t n = strlen(PLUGIN_MARK);

	return text.n >= n && memcmp(text.p, PLUGIN_MARK, n) == 0;
}

/* The folder that was filled in; empty if none was. */
static void folder_in(struct slice text, char folder[FILE_PATH_MAX])
{
	const size_t n = strlen(LIBEXEC_LINE);
	const char *at = memmem(text.p, text.n, LIBEXEC_LINE, n);
	struct slice value = at ? slice_from(text, (size_t)(at - text.p) + n) : text;
	const char *end = memchr(value.p, '\n', value.n);
	struct jsonc_error ignored;

	value.n = at && end ? (size_t)(end - value.p) : 0;
	value.n -= value.n && value.p[value.n - 1] == ';';
	if (!jsonc_check(value, &ignored) || !json_take(jsonc_value(value), folder, FILE_PATH_MAX))
		folder[0] = '\0';
}

/* The text with the folder in place of the empty string behind LIBEXEC_LINE. */
static bool filled_in(struct slice text, const char *libexec, struct buf *out)
{
	const size_t n = strlen(LIBEXEC_LINE);
	const char *at = memmem(text.p, text.n, LIBEXEC_LINE, n);
	size_t before = at ? (size_t)(at - text.p) + n : 0;

	if (!at || text.n < before + 2 ||
	    (memcmp(at + n, "\"\"", 2) != 0 && memcmp(at + n, "''", 2) != 0))
		return false;
	buf_bytes(out, text.p, before);
	json_string(out, slice_of(libexec));
	buf_put(out, slice_from(text, before + 2));
	return !out->full;
}

int registration_plugin_text(const struct client *c, const char *libexec, struct buf *out,
			     char where[FILE_PATH_MAX])
{
	static struct config_file f;
	int err = source_read(c, libexec, "/../../platforms/", &f, where);

	*out = (struct buf){ .full = true };
	if (err == -ENOENT)
		err = source_read(c, libexec, "/share/", &f, where);
	if (err == -ENOENT)
		err = source_read(c, libexec, "/../../share/peerhooks/", &f, where);
	if (err)
		return err;
	*out = memory_buf(f.text.n + 6 * FILE_PATH_MAX);
	if (!out->p)
		err = -ENOMEM;
	else if (!registration_plugin_ours(f.text) || !filled_in(f.text, libexec, out))
		err = -EBADMSG;
	config_free(&f);
	return err;
}

void registration_plugin_look(const struct client *c, struct slice text, bool there,
			      const char *libexec, struct registration_report *r)
{
	struct buf wanted;

	r->wanted = 1;
	r->ours = there && registration_plugin_ours(text);
	r->others = there && !r->ours;
	r->state = REGISTRATION_NONE;
	if (!r->ours)
		return;
	folder_in(text, r->elsewhere);
	if (registration_elsewhere(c, r->elsewhere, libexec)) {
		r->state = REGISTRATION_OUTDATED;
		return;
	}
	r->elsewhere[0] = '\0';
	r->err = registration_plugin_text(c, libexec, &wanted, r->missing);
	if (r->err == -ENOENT)
		r->err = 0;
	else if (!r->err)
		r->missing[0] = '\0';
	r->state = r->err || *r->missing ? REGISTRATION_BROKEN :
		   slice_eq(text, buf_slice(&wanted)) ? REGISTRATION_INSTALLED :
		   REGISTRATION_OUTDATED;
	memory_free(&wanted);
}
