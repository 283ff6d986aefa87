/*
 * install-hook: registers our hooks with the agents of this machine, shows what it would do, looks
 * whether they are as they should be, or takes them out again.
 *
 *	usage: install-hook [--check | --print | --uninstall] [--project DIR] [--replace-oxtail]
 *	                    [--trust] [--libexec DIR] [AGENT...]
 *
 * Run by a person or by install.sh, not by an agent. All that others have in a settings file stays,
 * byte for byte: see registration.h.
 */
#include <signal.h>

#include "agent/install.h"

int main(int argc, char **argv)
{
	static struct install in;

	/* Whoever reads us and goes must not end us between two files. */
	signal(SIGPIPE, SIG_IGN);
	if (!install_begin(&in, argc, argv))
		return in.status;
	if (in.help)
		return install_help(&in);
	if (!install_alone(&in))
		return in.status;
	for (int i = 0; i < CLIENTS; i++)
		install_client(&in, i);
	return install_end(&in);
}
