/* See client.h. The variables by which clients move their folders are read here only. */
#include <stdlib.h>
#include <sys/stat.h>

#include "agent/client.h"
#include "host/command.h"
#include "store/store.h"

enum { VERSION_MS = 5000, VERSION_TEXT_MAX = 4096 };

enum { CLAUDE, CODEX, CURSOR, GEMINI, OPENCODE, PI };

static const struct known {
	const char *agent, *title, *program;
	enum client_form form;
	const char *folder;	/* in the home directory */
	const char *file;	/* in that folder */
	const char *project_file;	/* in a project; NULL: it has none there */
	struct client_traits traits;
} known[CLIENTS] = {
	[CLAUDE] = { "claude-code", "Claude Code", "claude", CLIENT_SETTINGS, ".claude",
		     "settings.json", ".claude/settings.local.json",
		     { .args = true, .rewakes = true, .at_once = true, .strict_json = true,
		       .disable_all = true, .once = true, .plugin_too = true } },
	[CODEX] = { "codex", "Codex", "codex", CLIENT_SETTINGS, LAYOUT_CODEX_HOME,
		    "hooks.json", ".codex/hooks.json",
		    { .trusts = true, .strict_json = true, .no_twins = true } },
	[CURSOR] = { "cursor", "Cursor", "cursor-agent", CLIENT_SETTINGS, ".cursor",
		     "hooks.json", ".cursor/hooks.json",
		     { .flat = true, .version = "1", .loop_limit = true } },
	[GEMINI] = { "gemini", "Gemini CLI", "gemini", CLIENT_SETTINGS, ".gemini",
		     "settings.json", ".gemini/settings.json",
		     { .named = true, .hooks_config = true } },
	[OPENCODE] = { "opencode", "OpenCode", "opencode", CLIENT_PLUGIN, ".config/opencode",
		       "plugins/peerhooks.js", ".opencode/plugins/peerhooks.js",
		       { .flat = false } },
	[PI] = { "pi", "Pi", "pi", CLIENT_PLUGIN, ".pi/agent",
		 "extensions/peerhooks.js", NULL,
		 { .flat = false } },
};

/* Where its person has moved its folder; NULL: nowhere. */
static const char *moved_to(int index)
{
	const char *set = index == CLAUDE ? getenv("CLAUDE_CONFIG_DIR") :
			  index == CODEX ? getenv("CODEX_HOME") :
			  index == GEMINI ? getenv("GEMINI_CLI_HOME") :
			  index == OPENCODE ? getenv("XDG_CONFIG_HOME") :
			  index == PI ? getenv("PI_CODING_AGENT_DIR") : NULL;

	return set && *set ? set : NULL;
}

static bool folder_out(int index, struct buf *out)
{
	const char *moved = moved_to(index);

	if (!moved)
		return store_under_home(out, known[index].folder);
	buf_text(out, moved);
	/* Of these it is the folder around theirs that moves. */
	buf_text(out, index == OPENCODE ? "/opencode" : index == GEMINI ? "/.gemini" : "");
	return true;
}

bool client_codex_home(struct buf *out)
{
	return folder_out(CODEX, out);
}

bool client_at(int index, const char *project, struct client *c)
{
	const struct known *k = &known[index];
	struct buf b = buf_over(c->folder, sizeof(c->folder));
	struct stat st;
	bool placed;

	c->agent = profile_of(k->agent);
	c->traits = &k->traits;
	c->title = k->title;
	c->program = k->program;
	c->form = k->form;
	c->file[0] = '\0';
	c->folder_moved = moved_to(index) != NULL;
	command_find(c->program, c->program_path);
	placed = folder_out(index, &b) && buf_cstr(&b);
	if (!placed)
		c->folder[0] = '\0';
	c->folder_there = placed && stat(c->folder, &st) == 0 && S_ISDIR(st.st_mode);
	if (project)
		return k->project_file && file_join(c->file, slice_of(project), k->project_file);
	return placed && file_join(c->file, slice_of(c->folder), k->file);
}

int client_index(const char *name)
{
	const struct profile *agent = profile_by_any_name(name);

	for (int i = 0; agent && i < CLIENTS; i++) {
		if (strcmp(known[i].agent, agent->name) == 0)
			return i;
	}
	return -1;
}

const struct client_traits *client_traits_of(const char *agent)
{
	static const struct client_traits none = { .flat = false };

	for (int i = 0; i < CLIENTS; i++) {
		if (strcmp(known[i].agent, agent) == 0)
			return &known[i].traits;
	}
	return &none;
}

bool client_found(const struct client *c)
{
	return c->folder_there || *c->program_path;
}

bool client_version(const struct client *c, struct buf *out)
{
	char text[VERSION_TEXT_MAX], path[FILE_PATH_MAX], option[] = "--version";
	char *const argv[] = { path, option, NULL };
	struct slice printed;
	size_t n;

	memcpy(path, c->program_path, sizeof(path));
	if (!*path || command_run(argv, text, sizeof(text), &printed, VERSION_MS) != 0)
		return false;
	for (bool begins = true; printed.n; printed = slice_from(printed, 1)) {
		if (begins && *printed.p >= '0' && *printed.p <= '9')
			break;
		begins = strchr(" \t\r\n", *printed.p) != NULL;
	}
	for (n = 0; n < printed.n && printed.p[n] > ' '; n++)
		;
	buf_bytes(out, printed.p, n);
	return n > 0;
}
