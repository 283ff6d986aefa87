/* See codex_files.h. */
#include "agent/codex_files.h"
#include "agent/registration_table.h"

bool codex_files_of(const struct client *c, struct codex_files *f)
{
	const struct slice folder = slice_of(c->folder);
	char real[FILE_PATH_MAX];

	if (!file_join(f->config, folder, "config.toml"))
		return false;
	/* It follows the links of CODEX_HOME, and none of ~/.codex; never one that is the file. */
	if (c->folder_moved && strncmp(c->file, folder.p, folder.n) == 0 &&
	    c->file[folder.n] == '/' && file_real_path(c->folder, real))
		return file_join(f->hooks, slice_of(real), c->file + folder.n + 1);
	memcpy(f->hooks, c->file, sizeof(f->hooks));
	return true;
}

bool codex_files_ours(struct json_value handler, const void *libexec)
{
	return registration_owner(handler, libexec, NULL) == OWNER_OURS;
}

void codex_files_look(const struct client *c, struct slice hooks, const char *libexec,
		      struct codex_trust *t)
{
	static struct config_file config;
	struct codex_files f;

	*t = (struct codex_trust){ .why = NULL };
	if (!codex_files_of(c, &f))
		return;
	t->err = config_read(&config, f.config);
	if (t->err)
		return;
	codex_trust_look(f.hooks, hooks, config.text, codex_files_ours, libexec, t);
	config_free(&config);
}
