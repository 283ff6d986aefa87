/*
 * peer: the command for people and agents. This is the table of subcommands and what they share.
 */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "peer.h"

enum {
	PRINT_MS = 60000,
	TEXT_MAX = 8192,
	PART_MAX = 300,	/* bytes of an argument or a path that an error line shows */
};

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
	const char *usage;
} commands[] = {
	{
		"send", peer_send, "put a message into a session's mailbox",
		"usage: peer send [--from ID] [--request-id R] [--reply-to R] [--json]\n"
		"                 SESSION_ID [TEXT | -]\n"
		"\n"
		"Puts a message of 1 to 8192 bytes of UTF-8 into the session's mailbox. The text\n"
		"is the argument, or standard input where it is - or missing. Prints the message\n"
		"id. When the exit status is 0, the message survives a power cut.\n"
		"\n"
		"  --from ID        the sender's session id; default: that of the agent we run in\n"
		"  --request-id R   the sender waits for an answer that names R\n"
		"  --reply-to R     this answers the message whose request_id is R\n"
		"  --json           print one JSON object instead: message_id, target_session_id,\n"
		"                   box (the mailbox it lies in), live (a live server was found)\n"
		"\n"
		"A text that begins with a dash goes after --.\n",
	},
	{
		"inbox", peer_inbox, "take the mail of a session, or look at it",
		"usage: peer inbox [--peek] [--session ID]\n"
		"\n"
		"Prints the waiting messages of a session, oldest first, and takes them out of\n"
		"its mailboxes. Control characters are shown as \\u00xx. No mail: prints nothing.\n"
		"\n"
		"  --peek           leave the mail where it is\n"
		"  --session ID     whose mail; default: that of the agent we run in\n",
	},
	{
		"envelope", peer_envelope, "read or write a body that names sessions by their labels",
		"usage: peer envelope decode <BODY\n"
		"       peer envelope encode <JSON\n"
		"\n"
		"decode reads the body of a message, of at most 1 MB, in any of its three forms\n"
		"(tinyplace.harness.session.v1, the older control header, plain text), and prints\n"
		"what it says as one JSON object: auto, inReplyTo, text, messageId, fromSession,\n"
		"toSession, role, envelope. What is not there, and a label that is not safe, is\n"
		"null. A final line feed is part of the body.\n"
		"\n"
		"encode reads one JSON object and prints the body, without a final line feed, so\n"
		"that the output is the body: peer envelope encode | peer send SESSION_ID. Members:\n"
		"\n"
		"  text               the only one that must be there\n"
		"  role               user or agent; default: agent\n"
		"  fromSession        label; default: $TINYPLACE_SESSION_LABEL, or claude:1\n"
		"  toSession          label of the session that is meant\n"
		"  inReplyTo          the messageId that this answers\n"
		"  auto               true: nobody is to answer this automatically\n"
		"  messageId          default: a new one\n"
		"  agentAddress       default: local\n"
		"  harnessSessionId   default: the session id of the agent we run in\n"
		"  cwd                default: the current directory\n"
		"\n"
		"null stands for the default. A label is 1 to 32 of A-Z a-z 0-9 _ : - and does not\n"
		"begin with _.\n",
	},
};

static const char general[] =
	"usage: peer COMMAND [ARGUMENTS]\n"
	"       peer help [COMMAND] | peer COMMAND --help | peer --version\n"
	"\n";

static const char statuses[] =
	"\nExit status: 0 done, 1 cannot, 2 wrong usage.\n";

/* Appends a part of an error line: on one line, and harmless to a terminal, whatever it holds. */
static void part_out(struct buf *line, const char *part)
{
	size_t n = strlen(part);
	bool cut = n > PART_MAX;

	for (size_t i = 0; i < n && i < PART_MAX; i++) {
		uint8_t c = (uint8_t)part[i];

		if (c >= 0x20 && c != 0x7F) {
			buf_char(line, part[i]);
			continue;
		}
		buf_text(line, "\\x");
		buf_hex(line, &c, 1);
	}
	buf_text(line, cut ? "..." : "");
}

int peer_fail(int status, const char *command, ...)
{
	char line[TEXT_MAX];
	struct buf b = buf_over(line, sizeof(line) - 1);
	const char *part;
	va_list parts;

	buf_text(&b, *command ? "peer " : "peer");
	part_out(&b, command);
	buf_text(&b, ": ");
	va_start(parts, command);
	while ((part = va_arg(parts, const char *)) != NULL)
		part_out(&b, part);
	va_end(parts);
	line[b.n++] = '\n';
	file_write(STDERR_FILENO, buf_slice(&b), PRINT_MS);
	return status;
}

int peer_misused(const char *command, const char *what, const char *about)
{
	return peer_fail(PEER_USAGE, command, what, about, "; see 'peer ", command, " --help'",
			 NULL);
}

int peer_no_option(const char *command, char **argv)
{
	const char letter[] = { '-', (char)optopt, '\0' };

	return peer_misused(command, "no such option: ", optopt ? letter : argv[optind - 1]);
}

int peer_print(const char *command, struct slice text)
{
	int err = file_write(STDOUT_FILENO, text, PRINT_MS);

	if (err == 0)
		return PEER_DONE;
	return peer_fail(PEER_CANNOT, command, "cannot write to standard output: ", strerror(-err),
			 "; what was to be done is done", NULL);
}

int peer_store(const char *command, struct store *store)
{
	char home[STORE_HOME_MAX];
	int err = store_open(store);

	if (err == 0)
		return PEER_DONE;
	if (!*store_home(home))
		return peer_fail(PEER_CANNOT, command, "cannot find ~/" LAYOUT_HOME
				 ": HOME is not an absolute path, or too long; set it", NULL);
	if (err == -EPERM)
		return peer_fail(PEER_CANNOT, command, "will not use ", home,
				 ": it is not yours, or others may write to it; try 'chmod go-w ",
				 home, "'", NULL);
	return peer_fail(PEER_CANNOT, command, "cannot open ", home, ": ", strerror(-err),
			 "; make it a directory that you can write to", NULL);
}

static const struct command *command_of(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

static int help(const char *name)
{
	char text[TEXT_MAX];
	struct buf b = buf_over(text, sizeof(text));
	const struct command *c = name ? command_of(name) : NULL;

	if (c)
		return peer_print("help", slice_of(c->usage));
	if (name)
		return peer_fail(PEER_USAGE, "help", "no such command: ", name, "; see 'peer help'",
				 NULL);
	buf_text(&b, general);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		buf_text(&b, "  ");
		buf_text(&b, commands[i].name);
		for (size_t n = strlen(commands[i].name); n < 10; n++)
			buf_char(&b, ' ');
		buf_text(&b, commands[i].summary);
		buf_char(&b, '\n');
	}
	buf_text(&b, statuses);
	return peer_print("help", buf_slice(&b));
}

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0)
			return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;
	const struct command *c;

	if (!name)
		return peer_fail(PEER_USAGE, "", "no command given; see 'peer help'", NULL);
	if (strcmp(name, "--version") == 0)
		return peer_print("--version", slice_of("peerhooks " PEERHOOKS_VERSION "\n"));
	if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		return help(argc > 2 ? argv[2] : NULL);
	c = command_of(name);
	if (!c)
		return peer_fail(PEER_USAGE, name, "no such command; see 'peer help'", NULL);
	if (asks_for_help(argc - 1, argv + 1))
		return help(name);
	return c->run(argc - 1, argv + 1);
}
