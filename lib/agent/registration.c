/*
 * registration.h: looking at what is registered, and changing it. What is done to a text is
 * registration_text.c's; of a plugin, registration_plugin.c's.
 */
#include <errno.h>
#include <unistd.h>

#include "agent/codex_files.h"
#include "agent/registration_plugin.h"
#include "agent/registration_text.h"
#include "base/memory.h"
#include "base/utf8.h"

enum { TRIES = 5 };

bool registration_elsewhere(const struct client *c, const char *folder, const char *libexec)
{
	char path[FILE_PATH_MAX];
	struct stat there, here;

	/* One of them tells: another version may have others besides. */
	return *folder == '/' && strcmp(folder, libexec) != 0 &&
	       file_join(path, slice_of(folder), registration_rows(c->agent->name)->hook) &&
	       access(path, X_OK) == 0 && stat(folder, &there) == 0 &&
	       (stat(libexec, &here) != 0 || there.st_dev != here.st_dev ||
		there.st_ino != here.st_ino);
}

bool registration_executables(const struct client *c, const char *libexec,
			      char missing[FILE_PATH_MAX])
{
	const struct registration *row = registration_rows(c->agent->name);

	for (; row->event; row++) {
		/* What is no UTF-8 is registered under another name. */
		if (!file_join(missing, slice_of(libexec), row->hook) ||
		    access(missing, X_OK) != 0 || !utf8_valid(slice_of(missing)))
			return false;
	}
	missing[0] = '\0';
	return true;
}

static void trust_looked_at(const struct client *c, struct slice hooks, const char *libexec,
			    struct registration_report *r)
{
	struct codex_files files;
	struct codex_trust t;

	if (!codex_files_of(c, &files))
		return;
	codex_files_look(c, hooks, libexec, &t);
	r->trusted = t.trusted;
	r->untrusted = t.untrusted;
	r->switched_off = t.switched_off;
	r->trust_err = t.err;
	memcpy(r->trust_in, files.config, sizeof(r->trust_in));
	if (t.off) {
		r->disabled = "features.hooks";
		memcpy(r->disabled_in, files.config, sizeof(r->disabled_in));
	}
}

void registration_look(const struct client *c, const char *libexec, struct registration_report *r)
{
	static struct config_file f;

	*r = (struct registration_report){ .state = REGISTRATION_BROKEN };
	r->err = config_read(&f, c->file);
	if (r->err)
		return;
	if (c->form == CLIENT_PLUGIN)
		registration_plugin_look(c, f.text, f.there, libexec, r);
	else
		registration_text_look(c, f.text, libexec, r);
	if (r->ours && c->traits->trusts)
		trust_looked_at(c, f.text, libexec, r);
	config_free(&f);
	if ((r->state == REGISTRATION_INSTALLED || r->state == REGISTRATION_OUTDATED) &&
	    !*r->elsewhere && !registration_executables(c, libexec, r->missing))
		r->state = REGISTRATION_BROKEN;
}

/* The request's text comes to be that of the edit. */
static int edit_taken(struct registration_request *r, int err, struct jsonc_edit *e)
{
	if (err)
		return err;
	r->after = e->now;
	memory_free(&e->next);
	return 0;
}

static int bytes_taken(struct registration_request *r, struct slice text)
{
	r->after = memory_buf(text.n + 1);
	if (!r->after.p)
		return -ENOMEM;
	buf_put(&r->after, text);
	return 0;
}

/* The folder of ours that a text names: where it was installed from, which may not be here. */
static void libexec_named(const char *agent, struct slice text, const char *libexec,
			  char folder[FILE_PATH_MAX])
{
	struct registration_walk w = registration_walk_of(text, client_traits_of(agent)->flat);

	memcpy(folder, libexec, strlen(libexec) + 1);
	while (registration_walk_next(&w)) {
		if (registration_owner(w.item[w.deepest].value, libexec, folder) == OWNER_OURS)
			return;
	}
}

/* Would installing on top of that text give what stands there now? */
static bool gives(const struct registration_request *r, struct slice text, bool replace_oxtail)
{
	const char *agent = r->client->agent->name;
	char folder[FILE_PATH_MAX];
	struct jsonc_error error;
	struct jsonc_edit e;
	bool same;

	libexec_named(agent, r->before.text, r->libexec, folder);
	if (!registration_text_check(agent, text, &error) ||
	    registration_text_install(agent, text, folder, replace_oxtail, NULL, &e) != 0)
		return false;
	same = slice_eq(jsonc_edit_text(&e), r->before.text);
	jsonc_edit_end(&e);
	return same;
}

static int text_uninstalled(struct registration_request *r, const struct slice *backup)
{
	const struct slice nothing = { "", 0 };
	struct jsonc_edit e;

	if (r->found.ours == 0)
		return bytes_taken(r, r->before.text);
	r->exact = true;
	if (backup && (gives(r, *backup, false) || gives(r, *backup, true)))
		return bytes_taken(r, *backup);
	/* Whatever an older backup says: there was no file this time. */
	r->removed = gives(r, nothing, false);
	if (r->removed)
		return bytes_taken(r, nothing);
	r->exact = false;
	return edit_taken(r, registration_text_uninstall(r->client->agent->name, r->before.text,
							 r->libexec, backup, &e), &e);
}

static int text_installed(struct registration_request *r, const struct slice *backup)
{
	struct jsonc_edit e;
	bool replace = r->replace_oxtail && r->found.foreign;

	if (r->found.state == REGISTRATION_INSTALLED && !replace)
		return bytes_taken(r, r->before.text);
	return edit_taken(r, registration_text_install(r->client->agent->name, r->before.text,
						       r->libexec, replace, backup, &e), &e);
}

/* What the settings file should hold. */
static int settings_made(struct registration_request *r)
{
	static struct config_file old;
	struct jsonc_error ignored;
	int err;
	bool backup;

	registration_text_look(r->client, r->before.text, r->libexec, &r->found);
	r->error = r->found.error;
	if (r->error.why)
		return -EBADMSG;
	backup = config_backup_read(&r->before, &old) == 0 &&
		 registration_text_check(r->client->agent->name, old.text, &ignored);
	err = r->uninstall ? text_uninstalled(r, backup ? &old.text : NULL) :
			     text_installed(r, backup ? &old.text : NULL);
	config_free(&old);
	return err;
}

/* What the plugin's file should hold. */
static int plugin_made(struct registration_request *r)
{
	const bool ours = r->before.there && registration_plugin_ours(r->before.text);

	registration_plugin_look(r->client, r->before.text, r->before.there, r->libexec, &r->found);
	if (r->uninstall) {
		r->removed = r->exact = ours;
		return bytes_taken(r, ours ? (struct slice){ "", 0 } : r->before.text);
	}
	if (r->before.there && !ours)
		return -EEXIST;
	return registration_plugin_text(r->client, r->libexec, &r->after, r->missing);
}

/* Of a folder that the client's own folder need not have, such as that of plugins: without a file
 * of ours in it, it goes if it is empty. */
static void folder_tidied(const struct registration_request *r)
{
	const char *real = r->before.real;
	struct slice folder = { real, (size_t)(strrchr(real, '/') - real) };
	char path[FILE_PATH_MAX];
	struct buf b = buf_over(path, sizeof(path));

	buf_put(&b, folder);
	if (buf_cstr(&b) && strcmp(path, r->client->folder) != 0)
		rmdir(path);
}

static int put_there(struct registration_request *r)
{
	const bool settings = r->client->form == CLIENT_SETTINGS;
	int err;

	if (r->removed) {
		err = config_remove(&r->before);
		if (err == 0)
			folder_tidied(r);
		return err;
	}
	/* What stands there with ours in it is no text to go back to. */
	r->backed_up = settings && !r->uninstall && r->before.there && r->found.ours == 0;
	err = r->backed_up ? config_write_backed(&r->before, buf_slice(&r->after)) :
			     config_write(&r->before, buf_slice(&r->after));
	if (err == 0 && settings && r->uninstall && r->exact)
		config_backup_remove(&r->before);
	return err;
}

static enum registration_result tried(struct registration_request *r)
{
	r->after = (struct buf){ .full = true };
	r->removed = r->exact = r->backed_up = false;
	r->found = (struct registration_report){ .state = REGISTRATION_NONE };
	r->err = config_read(&r->before, r->client->file);
	if (r->err == 0)
		r->err = r->client->form == CLIENT_PLUGIN ? plugin_made(r) : settings_made(r);
	if (r->err)
		return REGISTRATION_FAILED;
	if (!r->removed && slice_eq(r->before.text, buf_slice(&r->after)))
		return REGISTRATION_AS_IT_WAS;
	r->err = r->dry ? config_may_write(&r->before) : put_there(r);
	return r->err ? REGISTRATION_FAILED : REGISTRATION_CHANGED;
}

enum registration_result registration_change(struct registration_request *r)
{
	enum registration_result result = tried(r);

	for (int i = 1; i < TRIES && result == REGISTRATION_FAILED && r->err == -ESTALE; i++) {
		registration_done(r);
		result = tried(r);
	}
	return result;
}

void registration_done(struct registration_request *r)
{
	config_free(&r->before);
	memory_free(&r->after);
}
