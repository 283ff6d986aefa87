/* See install.h. */
#include <errno.h>
#include <unistd.h>

#include "agent/codex_install.h"
#include "agent/install_words.h"
#include "base/clock.h"
#include "base/reason.h"
#include "base/utf8.h"
#include "host/command.h"

enum { LOCK_MS = 30000, OUTPUT_MS = 10000 };

#define AGENTS "claude-code codex cursor gemini opencode pi"
#define USAGE "usage: install-hook [--check | --print | --uninstall] [--project DIR]\n" \
	"                    [--replace-oxtail] [--trust] [--libexec DIR] [AGENT...]\n"

void install_help(void)
{
	static const char more[] =
		"\nRegisters peerhooks with each agent, or with those named:\n"
		"  " AGENTS "\n\n"
		"  --check           say what is registered; exit 1 if it is not as it should be\n"
		"  --print           show what would be changed, and change nothing\n"
		"  --uninstall       take out what was registered\n"
		"  --project DIR     in the settings of that project, not in your own\n"
		"  --replace-oxtail  take out oxtail's own hooks, which would take the mail too\n"
		"  --trust           tell Codex that you trust these hooks\n"
		"  --libexec DIR     where the executables lie; else beside install-hook\n";

	file_write(STDOUT_FILENO, slice_of(USAGE), OUTPUT_MS);
	file_write(STDOUT_FILENO, slice_of(more), OUTPUT_MS);
}

static bool usage(struct install *in, const char *what, const char *word)
{
	install_fail(in, INSTALL_USAGE, what, word, "; see install-hook --help", NULL);
	return false;
}

static bool action_set(struct install *in, enum install_action action)
{
	if (in->action != INSTALL_PUT && in->action != action)
		return usage(in, "only one of --check, --print, --uninstall can be done", "");
	in->action = action;
	return true;
}

static bool folder_set(struct install *in, char out[FILE_PATH_MAX], const char *folder)
{
	struct stat st;

	if (folder && file_real_path(folder, out) && stat(out, &st) == 0 && S_ISDIR(st.st_mode))
		return true;
	return usage(in, "this is no directory: ", folder ? folder : "(nothing)");
}

static bool option_taken(struct install *in, const char *word, const char *value)
{
	if (strcmp(word, "--check") == 0)
		return action_set(in, INSTALL_CHECK);
	if (strcmp(word, "--print") == 0)
		return action_set(in, INSTALL_PRINT);
	if (strcmp(word, "--uninstall") == 0)
		return action_set(in, INSTALL_REMOVE);
	if (strcmp(word, "--replace-oxtail") == 0)
		return in->replace_oxtail = true;
	if (strcmp(word, "--trust") == 0)
		return in->trust = true;
	if (strcmp(word, "--help") == 0)
		return in->help = true;
	if (strcmp(word, "--libexec") == 0)
		return folder_set(in, in->libexec, value);
	if (strcmp(word, "--project") == 0) {
		in->project = in->project_path;
		return folder_set(in, in->project_path, value);
	}
	return usage(in, "no such option: ", word);
}

static bool takes_value(const char *word)
{
	return strcmp(word, "--libexec") == 0 || strcmp(word, "--project") == 0;
}

static bool agent_taken(struct install *in, const char *name)
{
	int index = client_index(name);

	if (index < 0)
		return usage(in, "no such agent (" AGENTS "): ", name);
	in->named[index] = in->any_named = true;
	return true;
}

/* The folder of our own executable, which the others lie in. */
static bool own_folder(struct install *in, const char *self)
{
	if (!command_self(in->libexec) && !file_real_path(self, in->libexec))
		return usage(in, "cannot find the folder of install-hook; name it with --libexec",
			     "");
	*strrchr(in->libexec, '/') = '\0';
	return true;
}

bool install_begin(struct install *in, int argc, char **argv)
{
	*in = (struct install){ .action = INSTALL_PUT, .lock = -1 };
	for (int i = 1; i < argc && argv[i]; i++) {
		const char *value = takes_value(argv[i]) && i + 1 < argc ? argv[i + 1] : NULL;

		if (argv[i][0] != '-' ? !agent_taken(in, argv[i]) :
					!option_taken(in, argv[i], value))
			return false;
		i += value != NULL;
	}
	return *in->libexec || own_folder(in, argv[0]);
}

bool install_alone(struct install *in)
{
	char home[STORE_HOME_MAX];
	struct store s;
	int err;

	if (in->action == INSTALL_CHECK || in->action == INSTALL_PRINT)
		return true;
	err = config_may_make(store_home(home));
	if (err == 0)
		err = store_open(&s);
	if (err == 0)
		err = store_make(&s, LAYOUT_OURS, false);
	if (err == 0)
		in->lock = file_lock(s.root, LAYOUT_INSTALL_LOCK, clock_monotonic_ms() + LOCK_MS);
	if (err == 0 && in->lock < 0)
		err = in->lock;
	/* What stands registered can be taken out without a place for mail. */
	if (err == 0 || (in->action == INSTALL_REMOVE && err != -ETIMEDOUT))
		return true;
	if (err == -ETIMEDOUT)
		install_fail(in, INSTALL_NOT_ALL, "another install-hook is at work; try again "
			     "when it has ended", NULL);
	else if (!*store_home(home))
		install_fail(in, INSTALL_NOT_ALL, "cannot find " LAYOUT_SHOWN ": HOME is not an "
			     "absolute path, or too long; set it", NULL);
	else
		install_fail(in, INSTALL_NOT_ALL, "will not use ", home, ": ", reason_of(err),
			     "; it must be a directory of yours, in a home of yours, writable by "
			     "nobody else", NULL);
	return false;
}

/* Would what is registered run? */
static bool executables_there(struct install *in, const struct client *c)
{
	char missing[FILE_PATH_MAX];

	if (!utf8_valid(slice_of(in->libexec))) {
		install_fail(in, INSTALL_NOT_ALL, c->agent->name, ": ", in->libexec, " is not "
			     "UTF-8, so that no settings can name it: nothing was registered; "
			     "install to another folder", NULL);
		return false;
	}
	if (registration_executables(c, in->libexec, missing))
		return true;
	install_fail(in, INSTALL_NOT_ALL, c->agent->name, ": ", missing, " is not there, or no "
		     "executable: nothing was registered; run make install, or name the folder "
		     "with --libexec", NULL);
	return false;
}

/* Of a client that trusts: how far the change of its second file has come. */
struct trust {
	bool failed;
	bool noted;	/* and nothing is done yet */
};

/*
 * Before its hooks change. The trust in hooks that go is taken out first: which entries are theirs
 * is known from where they stand. Whatever ends us in between, the next run completes it.
 */
static struct trust trust_begun(struct install *in, struct registration_request *r)
{
	const bool dry = r->dry;
	struct trust t = { false, false };

	if (!r->client->traits->trusts || (dry && !r->uninstall))
		return t;
	r->dry = true;
	if (registration_change(r) != REGISTRATION_FAILED) {
		t.failed = r->uninstall && !codex_install(in, r);
		t.noted = !r->uninstall && codex_install_begin(in, r);
	}
	registration_done(r);
	r->dry = dry;
	return t;
}

/* After its hooks changed, or did not. */
static void trust_ended(struct install *in, const struct registration_request *r, struct trust t,
			bool registered)
{
	if (!r->client->traits->trusts)
		return;
	if (registered && !r->uninstall && !codex_install(in, r))
		return;
	if (!r->dry && (registered || t.noted))
		codex_install_end(r);
}

static void changed(struct install *in, const struct client *c)
{
	static struct registration_request r;
	enum registration_result result;
	struct trust t;

	r = (struct registration_request){
		.client = c, .libexec = in->libexec, .uninstall = in->action == INSTALL_REMOVE,
		.replace_oxtail = in->replace_oxtail, .dry = in->action == INSTALL_PRINT,
	};
	if (!r.uninstall && !executables_there(in, c))
		return;
	t = trust_begun(in, &r);
	if (t.failed)
		return;
	result = registration_change(&r);
	if (result == REGISTRATION_FAILED)
		install_failed(in, c, &r);
	else if (r.dry)
		install_printed(&r.before, buf_slice(&r.after), r.removed);
	else if (r.uninstall)
		install_removed(c, &r, result);
	else
		install_put(in, c, &r, result);
	trust_ended(in, &r, t, result != REGISTRATION_FAILED);
	registration_done(&r);
}

void install_client(struct install *in, int index)
{
	static struct client c;
	const bool placed = client_at(index, in->project, &c);

	if (in->any_named ? !in->named[index] : !client_found(&c))
		return;
	if (!placed && in->project && !in->any_named)
		return;
	in->found++;
	if (!placed) {
		install_fail(in, INSTALL_NOT_ALL, c.agent->name,
			     ": there is no place to register: ",
			     in->project ? "it has no settings of a project" :
			     "HOME is not an absolute path, or too long; set it", NULL);
		return;
	}
	if (in->action == INSTALL_CHECK)
		install_checked(in, &c);
	else
		changed(in, &c);
}

int install_end(struct install *in)
{
	static const char none[] = "no agent was found; name those that are to come: " AGENTS "\n";

	if (!in->found)
		file_write(STDOUT_FILENO, slice_of(none), OUTPUT_MS);
	return in->status;
}
