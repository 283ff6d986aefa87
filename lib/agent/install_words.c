/* See install_words.h. What was done goes to standard output, errors to standard error. */
#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

#include "agent/install_words.h"
#include "base/diff.h"
#include "base/memory.h"
#include "base/readable.h"
#include "base/reason.h"
#include "base/utf8.h"

enum { OUTPUT_MS = 10000, TEXT_MAX = 4 * FILE_PATH_MAX };

static int unwritten;	/* a negative errno: standard output takes no more */

void install_out(struct slice text)
{
	if (!unwritten)
		unwritten = file_write(STDOUT_FILENO, text, OUTPUT_MS);
}

int install_out_end(struct install *in)
{
	if (unwritten)
		install_fail(in, INSTALL_NOT_ALL, "cannot write to standard output: ",
			     reason_of(unwritten), NULL);
	return in->status;
}

/* One line of texts, ended by NULL; what a terminal would act on is shown. */
static void line_out(int fd, const char *before, va_list texts)
{
	static char memory[READABLE_MAX * TEXT_MAX];
	struct buf b = buf_over(memory, sizeof(memory) - 1);

	buf_text(&b, before);
	for (const char *text = va_arg(texts, const char *); text;
	     text = va_arg(texts, const char *)) {
		struct slice rest = slice_of(text);

		while (rest.n) {
			struct utf8_char c = utf8_first(rest);

			readable_character(&b, c.code);
			rest = slice_from(rest, c.bytes);
		}
	}
	b.full = false;
	buf_char(&b, '\n');
	if (fd == STDOUT_FILENO)
		install_out(buf_slice(&b));
	else
		file_write(fd, buf_slice(&b), OUTPUT_MS);
}

void install_say(const struct client *c, ...)
{
	char before[64];
	struct buf b = buf_over(before, sizeof(before));
	va_list texts;

	buf_text(&b, c->agent->name);
	buf_text(&b, ": ");
	va_start(texts, c);
	line_out(STDOUT_FILENO, buf_cstr(&b), texts);
	va_end(texts);
}

void install_fail(struct install *in, enum install_status status, ...)
{
	va_list texts;

	in->status = (int)status;
	va_start(texts, status);
	line_out(STDERR_FILENO, "install-hook: ", texts);
	va_end(texts);
}

const char *install_number(char out[INSTALL_NUMBER_MAX], unsigned n)
{
	struct buf b = buf_over(out, INSTALL_NUMBER_MAX);

	buf_int(&b, n);
	return buf_cstr(&b);
}

/* FILE, or where in it: FILE:LINE:COLUMN. */
static const char *place(char out[TEXT_MAX], const char *file, const struct jsonc_error *error)
{
	struct buf b = buf_over(out, TEXT_MAX);

	buf_text(&b, file);
	if (error->why) {
		buf_char(&b, ':');
		buf_int(&b, error->line);
		buf_char(&b, ':');
		buf_int(&b, error->column);
	}
	return buf_cstr(&b);
}

static const char *advice(const struct registration_request *r)
{
	switch (r->err) {
	case -EACCES:
		return "; make it writable (chmod u+w), or leave it as it is";
	case -EPERM:
		return r->before.there ? "; it must be yours, and not immutable" :
					 "; its folder must be yours";
	case -ELOOP:
	case -ENOENT:
		return "; mend the link";
	case -EBUSY:
		return "; a mount point cannot be replaced: unmount it";
	case -EINVAL:
		return "; it must be a regular file, and its path absolute";
	case -ESTALE:
		return "; another program keeps writing to it: try again";
	case -ENOSPC:
	case -EDQUOT:
		return "; make room";
	}
	return "";
}

void install_failed(struct install *in, const struct client *c,
		    const struct registration_request *r)
{
	const char *what = in->action == INSTALL_REMOVE ? "cannot take the hooks out of " :
							  "cannot register in ";
	char where[TEXT_MAX];

	if (r->err == -EBADMSG && r->error.why)
		install_fail(in, INSTALL_NOT_ALL, c->agent->name, ": ", what,
			     place(where, c->file, &r->error), ": ", r->error.why,
			     "; it was left alone: mend it and run this again", NULL);
	else if (r->err == -EEXIST)
		install_fail(in, INSTALL_NOT_ALL, c->agent->name, ": ", c->file, " is not "
			     "peerhooks' and was left alone: move it away and run this again",
			     NULL);
	else if (*r->missing)
		install_fail(in, INSTALL_NOT_ALL, c->agent->name,
			     ": there is no plugin of peerhooks in ", r->missing, ": ",
			     reason_of(r->err), "; run make install again", NULL);
	else
		install_fail(in, INSTALL_NOT_ALL, c->agent->name, ": ", what, c->file, ": ",
			     reason_of(r->err), advice(r), NULL);
}

/* What the person has to know besides. */
static void remarks(const struct install *in, const struct client *c,
		    const struct registration_report *found)
{
	char number[INSTALL_NUMBER_MAX];

	if (found->foreign && !in->replace_oxtail)
		install_say(c, "foreign: oxtail's own hooks stand in ", c->file, " too (",
			    install_number(number, found->foreign), "): both would take the mail; "
			    "--replace-oxtail takes them out", NULL);
	if (found->disabled)
		install_say(c, "hooks are switched off (", found->disabled, ") in ",
			    found->disabled_in, ": ours will not run until that is gone", NULL);
	if (found->unread)
		install_say(c, c->title, " reads nothing of ", c->file, ": it takes no ",
			    found->unread, NULL);
}

void install_put(const struct install *in, const struct client *c,
		 const struct registration_request *r, enum registration_result result)
{
	static struct config_file backup;
	const bool plugin = c->form == CLIENT_PLUGIN, again = r->found.ours > 0;
	const char *when = c->traits->at_once ? "" : ", from its next start on";
	const char *tail = when;
	char number[INSTALL_NUMBER_MAX], memory[TEXT_MAX];
	struct buf b = buf_over(memory, sizeof(memory));

	if (result == REGISTRATION_AS_IT_WAS) {
		install_say(c, "already registered in ", c->file, NULL);
	} else if (plugin) {
		install_say(c, again ? "renewed the plugin " : "put the plugin ", c->file, when,
			    NULL);
	} else {
		if (r->backed_up && config_backup_read(&r->before, &backup) == 0) {
			buf_text(&b, when);
			buf_text(&b, " (backup: ");
			buf_text(&b, backup.path);
			buf_text(&b, ")");
			tail = buf_cstr(&b);
			config_free(&backup);
		}
		install_say(c, again ? "registered anew " : "registered ",
			    install_number(number, r->found.wanted), " hooks in ", c->file,
			    tail ? tail : when, NULL);
	}
	remarks(in, c, &r->found);
}

void install_removed(const struct client *c, const struct registration_request *r,
		     enum registration_result result)
{
	char number[INSTALL_NUMBER_MAX];

	if (result == REGISTRATION_AS_IT_WAS)
		install_say(c, "nothing of peerhooks is in ", c->file, NULL);
	else if (r->removed)
		install_say(c, "removed ", c->file, ", which was not there before", NULL);
	else if (r->exact)
		install_say(c, "removed; ", c->file, " is as it was before", NULL);
	else
		install_say(c, "removed ", install_number(number, r->found.ours), " hooks from ",
			    c->file, "; all else in it stays", NULL);
}

void install_printed(const struct config_file *before, struct slice after, bool removed)
{
	static const char none[] = "/dev/null";
	struct buf diff = diff_unified(before->text, after, before->there ? before->path : none,
				       removed ? none : before->path);

	install_out(buf_slice(&diff));
	memory_free(&diff);
}

/* What stands there, in words; what it should be is in the second line, if it is not. */
void install_checked(struct install *in, const struct client *c)
{
	static struct registration_report r;
	char ours[INSTALL_NUMBER_MAX], wanted[INSTALL_NUMBER_MAX], where[TEXT_MAX];

	registration_look(c, in->libexec, &r);
	install_number(ours, r.ours);
	install_number(wanted, r.wanted);
	if (r.state != REGISTRATION_INSTALLED || r.foreign || r.disabled || r.unread ||
	    r.untrusted || r.trust_err)
		in->status = INSTALL_NOT_ALL;
	if (r.state == REGISTRATION_INSTALLED)
		install_say(c, "installed: ", c->file, NULL);
	else if (r.state == REGISTRATION_NONE)
		install_say(c, "not installed: ", c->file, r.others && c->form == CLIENT_PLUGIN ?
			    " is somebody else's" : "", NULL);
	else if (*r.elsewhere)	/* install.sh reads this word */
		install_say(c, "elsewhere: ", c->file, " runs our hooks from ", r.elsewhere, NULL);
	else if (r.state == REGISTRATION_OUTDATED)
		install_say(c, "outdated: ", c->file, " has ", ours, " of our hooks, and not as "
			    "they should be (", wanted, "): to be registered anew", NULL);
	else if (*r.missing)
		install_say(c, "broken: ", r.missing, " is not there, or no executable", NULL);
	else
		install_say(c, "broken: ", place(where, c->file, &r.error), ": ",
			    r.error.why ? r.error.why : reason_of(r.err), NULL);
	if (r.doubled)
		install_say(c, "doubled: ", install_number(ours, r.doubled), " of our hooks stand "
			    "there twice: to be registered anew", NULL);
	if (r.untrusted > r.switched_off)
		install_say(c, "not trusted: ",
			    install_number(ours, r.untrusted - r.switched_off), " of our hooks "
			    "wait for Codex's review at its next start, or for --trust", NULL);
	if (r.switched_off)
		install_say(c, "switched off: ", install_number(ours, r.switched_off), " of our "
			    "hooks (enabled = false in ", r.trust_in, "): switch them on in "
			    "Codex's /hooks", NULL);
	if (r.trust_err)
		install_say(c, "cannot read ", r.trust_in, ": ", reason_of(r.trust_err),
			    ", so that Codex runs no hook", NULL);
	remarks(in, c, &r);
}
