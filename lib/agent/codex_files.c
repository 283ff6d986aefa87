/* See codex_files.h. */
#include "agent/codex_files.h"
#include "agent/registration_table.h"

static bool joined(char out[FILE_PATH_MAX], const char *folder, const char *file)
{
	struct buf b = buf_over(out, FILE_PATH_MAX);

	buf_text(&b, folder);
	buf_text(&b, file);
	return buf_cstr(&b) != NULL;
}

bool codex_files_of(const struct client *c, struct codex_files *f)
{
	char real[FILE_PATH_MAX];

	if (!joined(f->config, c->folder, "/config.toml"))
		return false;
	/* It follows the links of CODEX_HOME, and none of ~/.codex; never one that is the file itself. */
	if (c->folder_moved && strncmp(c->file, c->folder, strlen(c->folder)) == 0 &&
	    file_real_path(c->folder, real))
		return joined(f->hooks, real, c->file + strlen(c->folder));
	return joined(f->hooks, c->file, "");
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
	if (!codex_files_of(c, &f) || config_read(&config, f.config) != 0)
		return;
	codex_trust_look(f.hooks, hooks, config.text, codex_files_ours, libexec, t);
	config_free(&config);
}
