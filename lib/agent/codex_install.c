/* See codex_install.h. */
#include <errno.h>

#include "agent/codex_files.h"
#include "agent/codex_install.h"
#include "agent/codex_moving.h"
#include "agent/install_words.h"
#include "base/memory.h"
#include "base/reason.h"

enum { ROOM = 1 << 20, TRIES = 5 };	/* bytes that our entries take at most */

/* What is done to config.toml. */
struct work {
	const struct install *in;
	struct codex_files files;
	struct codex_moving moving;
	struct slice before, now;	/* hooks.json before, and as it is, or will be */
	struct slice old;	/* which config.toml speaks of */
	bool trust;
	struct config_file config;
	struct buf without;	/* our entries of before, */
	struct buf moved;	/* with others' in their places of now, */
	struct buf with;	/* and ours too */
	struct codex_trust t;
	bool changed;
	int err;
};

/* Whosever hook it is. */
static bool any_hook(struct json_value handler, const void *context)
{
	(void)handler;
	(void)context;
	return true;
}

static unsigned trusted_in(const struct work *w, struct slice hooks)
{
	struct codex_trust t;

	codex_trust_look(w->files.hooks, hooks, w->config.text, any_hook, NULL, &t);
	return t.trusted;
}

/* Which hooks config.toml speaks of: by the note of a run that was not completed, unless its person
 * has since then trusted those that stand there. */
static struct slice spoken_of(const struct work *w)
{
	struct slice old;

	if (!w->moving.there)
		return w->before;
	old = codex_moving_speaks(&w->moving, w->config.text);
	return trusted_in(w, w->before) > trusted_in(w, old) ? w->before : old;
}

static void work_freed(struct work *w)
{
	config_free(&w->config);
	memory_free(&w->without);
	memory_free(&w->moved);
	memory_free(&w->with);
}

static struct slice result(const struct work *w)
{
	return buf_slice(w->trust ? &w->with : &w->moved);
}

/* The texts. A key of theirs holds a hook's place: what was trusted at the old one goes first, and
 * what moves with ours keeps its trust. */
static bool texts_made(struct work *w)
{
	const char *libexec = w->in->libexec;

	w->err = config_read(&w->config, w->files.config);
	if (w->err)
		return false;
	w->old = spoken_of(w);
	w->without = memory_buf(w->config.text.n + ROOM);
	w->moved = memory_buf(w->config.text.n + 2 * ROOM);
	w->with = memory_buf(w->config.text.n + 3 * ROOM);
	if (!w->without.p || !w->moved.p || !w->with.p) {
		w->err = -ENOMEM;
		return false;
	}
	/* Where nothing moves, what is trusted stays so. */
	if (!w->trust && slice_eq(w->old, w->now)) {
		buf_put(&w->moved, w->config.text);
		return true;
	}
	if (codex_trust_write(w->files.hooks, w->old, w->config.text, codex_files_ours, libexec,
			      false, &w->without, &w->t) &&
	    codex_trust_move(w->files.hooks, w->old, w->now, buf_slice(&w->without),
			     codex_files_ours, libexec, &w->moved, &w->t) &&
	    (!w->trust || codex_trust_write(w->files.hooks, w->now, buf_slice(&w->moved),
					    codex_files_ours, libexec, true, &w->with, &w->t)))
		return true;
	w->err = w->t.err ? w->t.err : -EBADMSG;
	return false;
}

/* What must be known if we are ended before both files are changed; not where nothing moves. */
static int noted(const struct work *w, struct slice config)
{
	if (slice_eq(w->before, w->now) && !w->moving.there)
		return 0;
	return codex_moving_write(w->files.hooks, w->old, w->now, config);
}

/* The backup is of a text without anything of ours, and goes when that text is there again. */
static int put_there(struct work *w)
{
	static struct config_file old;
	const struct slice text = result(w);
	const bool backed = config_backup_read(&w->config, &old) == 0;
	const bool back = backed && slice_eq(old.text, text);
	int err;

	config_free(&old);
	err = noted(w, text);
	if (err)
		return err;
	if (!backed && text.n == 0)
		return config_remove(&w->config);
	err = w->trust && slice_eq(buf_slice(&w->without), w->config.text) ?
	      config_write_backed(&w->config, text) : config_write(&w->config, text);
	if (err == 0 && back)
		err = config_backup_remove(&w->config);
	return err;
}

static bool done(struct work *w)
{
	for (int i = 0; i < TRIES; i++) {
		work_freed(w);
		if (!texts_made(w))
			return false;
		w->changed = !slice_eq(result(w), w->config.text);
		if (!w->changed)
			return true;
		w->err = w->in->action == INSTALL_PRINT ? config_may_write(&w->config) :
							  put_there(w);
		if (w->err != -ESTALE)
			break;
	}
	return w->err == 0;
}

static void failed(struct install *in, const struct client *c, const struct work *w)
{
	const bool remove = in->action == INSTALL_REMOVE;
	char number[INSTALL_NUMBER_MAX];
	const char *line = w->t.line ? install_number(number, w->t.line) : "";

	if (w->err == -EBADMSG)
		install_fail(in, INSTALL_NOT_ALL, c->agent->name, ": cannot change ",
			     w->files.config, *line ? ":" : "", line, ": ",
			     w->t.why ? w->t.why : "it is too large",
			     remove ? "; it and the hooks were left alone: mend it and run this "
				      "again" :
			     "; it was left alone: mend it, or trust the hooks in Codex", NULL);
	else
		install_fail(in, INSTALL_NOT_ALL, c->agent->name, ": cannot change ",
			     w->files.config, ": ", reason_of(w->err),
			     remove ? "; the hooks were left alone, too" : "", NULL);
}

/* What Codex itself says of them. */
static void asked(struct install *in, const struct client *c, const struct work *w)
{
	const char *cwd = in->project ? in->project : c->folder;
	char trusted[INSTALL_NUMBER_MAX], untrusted[INSTALL_NUMBER_MAX];
	struct codex_trust t = { .why = NULL };

	if (!*c->program_path)
		return;
	if (!codex_trust_ask(c->program_path, w->files.hooks, w->now, cwd, codex_files_ours,
			     in->libexec, &t)) {
		install_say(c, "Codex could not be asked whether it trusts them: ",
			    t.why ? t.why : "no answer", NULL);
		return;
	}
	install_say(c, "Codex itself says that it trusts ", install_number(trusted, t.trusted),
		    t.untrusted ? " and waits for its person to look at "
				: " of them, which is all",
		    t.untrusted ? install_number(untrusted, t.untrusted) : "", NULL);
	if (t.untrusted)
		in->status = INSTALL_NOT_ALL;
}

static void said(struct install *in, const struct client *c, const struct work *w)
{
	char number[INSTALL_NUMBER_MAX];
	struct codex_trust t;

	if (w->trust) {
		install_say(c, w->changed ? "trusted " : "trusted already: ",
			    install_number(number, w->t.trusted), " hooks in ", w->files.config,
			    NULL);
		if (w->t.why)
			install_say(c, w->files.config, ": ", w->t.why, NULL);
		asked(in, c, w);
		return;
	}
	if (in->action == INSTALL_REMOVE) {
		if (w->changed)
			install_say(c, "took the trust in them out of ", w->files.config, NULL);
		return;
	}
	codex_files_look(c, w->now, in->libexec, &t);
	if (t.err)
		install_fail(in, INSTALL_NOT_ALL, c->agent->name, ": cannot read ",
			     w->files.config, ": ", reason_of(t.err), ", so that Codex runs no "
			     "hook", NULL);
	if (t.untrusted > t.switched_off)
		install_say(c, "at its next start Codex says \"Hooks need review\" and lists ",
			    install_number(number, t.untrusted - t.switched_off),
			    ": look that each names ", in->libexec, "/, then trust them; or run "
			    "this again with --trust", NULL);
}

/* Is there anything to do, and where? */
static bool begun(struct work *w, struct install *in, const struct registration_request *r)
{
	*w = (struct work){
		.in = in, .before = r->before.text, .now = buf_slice(&r->after),
		.trust = in->trust && !r->uninstall,
		.without = { .full = true }, .moved = { .full = true }, .with = { .full = true },
		.config = { .memory = { .full = true } },
	};
	if (!codex_files_of(r->client, &w->files))
		return false;
	w->err = codex_moving_read(&w->moving, w->files.hooks);
	return true;
}

bool codex_install_begin(struct install *in, const struct registration_request *r)
{
	static struct work w;
	bool made = false;

	if (!begun(&w, in, r))
		return false;
	/* What cannot be read is said when it is to be changed. */
	if (w.err == 0 && !w.moving.there && !slice_eq(w.before, w.now) &&
	    config_read(&w.config, w.files.config) == 0 && w.config.text.n)
		made = codex_moving_write(w.files.hooks, w.before, w.before, w.config.text) == 0;
	codex_moving_end(&w.moving);
	work_freed(&w);
	return made;
}

bool codex_install(struct install *in, const struct registration_request *r)
{
	static struct work w;
	bool well;

	if (!begun(&w, in, r))
		return true;
	if (!w.trust && !w.moving.there && slice_eq(w.before, w.now)) {
		if (in->action == INSTALL_PUT)
			said(in, r->client, &w);
		return true;
	}
	well = done(&w);
	if (!well)
		failed(in, r->client, &w);
	else if (in->action == INSTALL_PRINT)
		install_printed(&w.config, result(&w), false);
	else
		said(in, r->client, &w);
	codex_moving_end(&w.moving);
	work_freed(&w);
	return well;
}

void codex_install_end(const struct registration_request *r)
{
	struct codex_files files;

	if (codex_files_of(r->client, &files))
		codex_moving_remove(files.hooks);
}
