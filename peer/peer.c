/*
 * peer: the command for people and agents. This is the table of subcommands and what they share.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/decimal.h"
#include "base/file.h"
#include "base/readable.h"
#include "base/reason.h"
#include "base/utf8.h"
#include "peer.h"

enum {
	PRINT_MS = 60000,
	TEXT_MAX = 16384,
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
	"usage: peer send [OPTIONS] TARGET [TEXT | -]\n"
	"\n"
	"Puts a message of 1 to 8192 bytes of UTF-8 into the mailbox of each session that\n"
	"TARGET stands for. The text is the argument, or standard input where it is - or\n"
	"missing. Prints the message id and what came of waking the receiver, one line\n"
	"for each copy. When the exit status is 0, the message survives a power cut.\n"
	"\n"
	"TARGET is a label, a session id or its beginning (4 characters or more), the\n"
	"name of a tmux session, @all (every live session of this project) or @any\n"
	"(whoever is there, see --policy).\n"
	"\n"
	"  --from ID          (or --session-id) who sends; default: the agent we run in\n"
	"  --session-nonce N  the sender is the session that the nonce was given to (Cursor)\n"
	"  --request-id R     the sender waits for an answer that names R\n"
	"  --reply-to R       this answers the message whose request_id is R\n"
	"  --wake auto|off    wake the receiver unless it is busy; never. Default: an answer\n"
	"                     wakes one that is freshly idle, work one that is not busy,\n"
	"                     anything else nobody; see WAKING in man peer\n"
	"  --action-required  ask for work: it is open until peer done or peer block\n"
	"  --hold             nobody holds the label now: keep the message until somebody does\n"
	"  --policy P         @any: primary (the lowest label), broadcast (all), drop;\n"
	"                     default: $TINYPLACE_UNROUTED_POLICY, else primary\n"
	"  --any-project      also to a session of another project; for people only\n"
	"  --envelope         as a session envelope (tinyplace.harness.session.v1)\n"
	"  --json             print one JSON object for each copy instead: message_id,\n"
	"                     target_session_id, label, box (the mailbox it lies in), live\n"
	"                     (a live session was found), held, request_id, action_required,\n"
	"                     wake_status, wake_reason, wake_route\n"
	"\n"
	"A text that begins with a dash goes after --.\n",
},
{
	"reply", peer_reply, "answer a message by its id",
	"usage: peer reply [OPTIONS] MESSAGE_ID [TEXT | -]\n"
	"\n"
	"Answers a message that this session has got: to whoever sent it, naming what it\n"
	"asked. Text and output as of peer send. Whoever asked is woken, if it is idle.\n"
	"\n"
	"  --session-id ID    whose answer; default: that of the agent we run in\n"
	"  --session-nonce N  the session that the nonce was given to (Cursor)\n"
	"  --wake auto|off    wake unless it is busy; never\n"
	"  --envelope         as a session envelope\n"
	"  --json             as of peer send\n",
},
{
	"status", peer_status, "what became of a message",
	"usage: peer status [--json] MESSAGE_ID\n"
	"\n"
	"Prints one line that begins with what is known for certain:\n"
	"\n"
	"  seen         the client has passed it on to its model: its transcript shows it\n"
	"  handed over  a hook or a command has given it to the client\n"
	"  pending      it lies in a mailbox\n"
	"  held         it waits for somebody to take a label\n"
	"  unknown      none of these\n",
},
{
	"work", peer_work, "list the work that is owed to this session, and by it",
	"usage: peer work [--json] [--session-id ID | --session-nonce N]\n"
	"\n"
	"Lists what was asked for with peer send --action-required and is not closed yet.\n",
},
{
	"done", peer_done, "close work that this session was asked for",
	"usage: peer done [OPTIONS] MESSAGE_ID [RESULT | -]\n"
	"\n"
	"Tells whoever asked, then closes it. The text is `done` if none is given. Whoever\n"
	"asked is woken unless it is busy. Prints as peer send does; nothing if a person\n"
	"asked, who has no mailbox.\n"
	"\n"
	"  --session-id ID    whose work; default: that of the agent we run in\n"
	"  --session-nonce N  the session that the nonce was given to (Cursor)\n"
	"  --wake auto|off    auto, the default: wake unless it is busy; off: never\n"
	"  --json             as of peer send\n",
},
{
	"block", peer_block, "say why work cannot be done, and close it",
	"usage: peer block [OPTIONS] MESSAGE_ID REASON | -\n"
	"\n"
	"As peer done; the reason is sent with [blocked] in front.\n",
},
{
	"wake", peer_wake, "wake a session that is idle",
	"usage: peer wake [--reply-to R] [--no-route] [--any-project] [--json] TARGET\n"
	"\n"
	"Runs the gate and then a route, as a send does, and prints what came of it: fired\n"
	"(confirmed), fired_unconfirmed, or why not. man peer lists them all.\n"
	"\n"
	"  --reply-to R       as an answer to R would: only one that is freshly idle, once\n"
	"  --no-route         the gate only: prints fire where it would go on\n"
	"  --any-project      also a session of another project; for people only\n"
	"  --session-id ID    who wakes; default: the agent we run in, else a person\n"
	"  --session-nonce N  the session that the nonce was given to (Cursor)\n"
	"  --json             print one JSON object instead: target_session_id, label,\n"
	"                     wake_status, wake_reason, wake_route\n",
},
{
	"ask", peer_ask, "send a question and wait for its answer",
	"usage: peer ask [OPTIONS] TARGET [TEXT | -]\n"
	"\n"
	"Sends the text to one session, as 'peer send' does, and waits for the message that\n"
	"answers it, which it prints and takes out of the mailbox. All other mail stays.\n"
	"Exit status 3 when there is no answer in time; it will then come as mail does.\n"
	"\n"
	"  --timeout S        seconds to wait, up to 86400; default:\n"
	"                     $OXTAIL_ASK_PEER_TIMEOUT_MS, else 60\n"
	"  --session-id ID    who asks; default: the agent we run in, else a person\n"
	"  --session-nonce N  the session that the nonce was given to (Cursor)\n"
	"  --wake auto|off    auto, the default: wake the receiver unless it is busy; off: never\n"
	"  --any-project      also a session of another project; for people only\n"
	"  --json             print one JSON object instead: message_id, from_session_id,\n"
	"                     reply_to, body\n",
},
{
	"wait", peer_wait, "wait until a session has mail",
	"usage: peer wait [--timeout S] [--follow] [--json]\n"
	"                 [--session-id ID | --session-nonce N]\n"
	"\n"
	"Waits until there is mail, and prints one line for each message that waits: its\n"
	"id, from_session_id and reply_to, or - for what it has not. Takes nothing.\n"
	"Exit status 3 when none came in time.\n"
	"\n"
	"  --timeout S        seconds to wait, up to 86400; default: without end\n"
	"  --follow           go on, and print each message when it comes, once\n"
	"  --json             one JSON object a line: message_id, from_session_id,\n"
	"                     request_id, reply_to, action_required\n"
	"  --session-id ID    whose mail; default: that of the agent we run in\n"
	"  --session-nonce N  that of the session that the nonce was given to (Cursor)\n",
},
{
	"log", peer_log, "show what was sent, handed over, woken and refused lately",
	"usage: peer log [--follow] [--json] [-n N | --lines N]\n"
	"\n"
	"Prints the last events on this machine, newest last, one line each; also those in\n"
	"the file that $PEERHOOKS_TRACE names.\n"
	"\n"
	"  --lines N, -n N    how many, 1 to 1000; default: 50\n"
	"  --follow           go on, and print what is new\n"
	"  --json             one JSON object a line: at (ms since 1970), what, and what is\n"
	"                     known of message_id, session_id, label, from, from_label, via,\n"
	"                     status, pid, detail\n",
},
{
	"inbox", peer_inbox, "take the mail of a session, or look at it",
	"usage: peer inbox [--peek] [--session ID | --session-nonce N]\n"
	"\n"
	"Prints the waiting messages of a session, oldest first, and takes them out of\n"
	"its mailboxes. Control characters are shown as \\u00xx. No mail: prints nothing.\n"
	"\n"
	"  --peek             leave the mail where it is\n"
	"  --session ID       whose mail; default: that of the agent we run in\n"
	"  --session-nonce N  that of the session that the nonce was given to (Cursor)\n",
},
{
	"list", peer_list, "show which sessions are there and what they do",
	"usage: peer list [--all] [--here] [--json]\n"
	"\n"
	"One line for each live session: its label (* your own), agent, what it does and\n"
	"since when, messages that wait, project, session id.\n"
	"\n"
	"  --all            also sessions that ended with mail left, dead ones, and servers\n"
	"                   that stand for no session\n"
	"  --here           only those of the project of this directory\n"
	"  --json           one JSON array\n",
},
{
	"label", peer_label, "show or choose the label of this session",
	"usage: peer label [--session-id ID | --session-nonce N] [NAME]\n"
	"\n"
	"Prints this session's label, after taking NAME for it if one is given: 1 to 32 of\n"
	"A-Z a-z 0-9 _ : - without _ in front. A label that a live session holds stays\n"
	"its own. Messages held for NAME are delivered.\n",
},
{
	"held", peer_held, "list messages that wait for somebody to take a label",
	"usage: peer held [--json]\n"
	"\n"
	"Lists what was sent with --hold, or to @any when nobody was there, and was not\n"
	"delivered yet. After 24 hours a message goes back to its sender.\n"
	"\n"
	"  --json           one JSON object a line\n",
},
{
	"envelope", peer_envelope, "read or write a body that names sessions by their labels",
	"usage: peer envelope decode <BODY\n"
	"       peer envelope encode <JSON\n"
	"\n"
	"decode prints what the body of a message says as one JSON object: auto, inReplyTo,\n"
	"text, messageId, fromSession, toSession, role, envelope; null if it does not.\n"
	"\n"
	"encode reads one JSON object and prints the body, without a final line feed:\n"
	"peer envelope encode | peer send TARGET. Members, of which only text must be there:\n"
	"\n"
	"  text, role (user or agent), fromSession, toSession (labels), inReplyTo, auto,\n"
	"  messageId, agentAddress, harnessSessionId, cwd\n"
	"\n"
	"man peer says more.\n",
},
{
	"whoami", peer_whoami, "print the session that this is run in",
	"usage: peer whoami [--json] [--session-id ID] [--session-nonce N] [--cwd DIR]\n"
	"                   [--hint ID]\n"
	"\n"
	"Prints the session id of the agent that runs this, worked out from what the\n"
	"agent put into the environment or left for its process. With none it prints\n"
	"nothing, and the exit status is 1.\n"
	"\n"
	"  --json             print one JSON object instead, which says how it was found\n"
	"                     and why not\n"
	"  --session-id ID    take this one, if it is a session id\n"
	"  --session-nonce N  take the one that Cursor's hook left under N (8 to 128 of\n"
	"                     A-Z a-z 0-9 _ -), once\n"
	"  --cwd DIR          else the one that wrote last in DIR; a guess\n"
	"  --hint ID          else this one; a guess\n",
},
{
	"doctor", peer_doctor, "say what is well and what is not, and how to mend it",
	"usage: peer doctor [--json] [AGENT...]\n"
	"\n"
	"Looks at each agent found here, or at those named (claude-code, codex, cursor, gemini,\n"
	"opencode, pi), and at this machine. One line for each finding: ok, note or problem,\n"
	"and the command that mends it. Changes nothing. Each hook that is registered is run\n"
	"once, in a throw-away HOME. Exit status 0 only if there is no problem.\n"
	"\n"
	"  --json           print one JSON object instead: findings (each with check, state,\n"
	"                   agent, what, mend), problems, notes, well\n",
},
};

static const char general[] =
	"usage: peer COMMAND [ARGUMENTS]\n"
	"       peer help [COMMAND] | peer COMMAND --help | peer --version\n"
	"\n";

static const char statuses[] =
	"\nExit status: 0 done, 1 cannot, 2 wrong usage, 3 timed out (ask, wait).\n";

/* Appends a part of an error line: on one line, and harmless to a terminal, whatever it holds. */
static void part_out(struct buf *line, const char *part)
{
	size_t n = strlen(part);
	bool cut = n > PART_MAX;

	for (size_t i = 0; i < n && i < PART_MAX; i++) {
		uint8_t c = (uint8_t)part[i];

		/* 0xC2 and one of these: what a terminal may take for a control character too. */
		bool c1 = c >= 0x80 && c < 0xA0 && i && (uint8_t)part[i - 1] == 0xC2;

		if (c >= 0x20 && c != 0x7F && !c1) {
			buf_char(line, part[i]);
			continue;
		}
		buf_text(line, "\\x");
		buf_hex(line, &c, 1);
	}
	buf_text(line, cut ? "..." : "");
}

const char *peer_reason(int err)
{
	return reason_of(err);
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

static const struct peer_option *option_named(const struct peer_option *known, struct slice name)
{
	while (known->name && !slice_is(name, known->name))
		known++;
	return known->name ? known : NULL;
}

/* Takes the option at argv[*at], and its value, which may be the argument after it. */
static int option_taken(const char *command, char **argv, int *at,
			const struct peer_option *known)
{
	const char *arg = argv[*at], *equals = strchr(arg, '=');
	const struct slice name = {
		arg + 2, equals ? (size_t)(equals - arg) - 2 : strlen(arg + 2),
	};
	const struct peer_option *o = arg[1] == '-' ? option_named(known, name) : NULL;

	if (!o)
		return peer_misused(command, "no such option: ", arg);
	if (o->flag && equals)
		return peer_misused(command, "takes no value: ", arg);
	if (o->flag)
		*o->flag = true;
	else
		*o->value = equals ? equals + 1 : argv[++*at];
	if (!o->flag && !*o->value)
		return peer_misused(command, "no value given for ", arg);
	return PEER_DONE;
}

int peer_options(const char *command, int argc, char **argv, const struct peer_option *known,
		 int max, const char *needed)
{
	bool all = false;
	int operands = 0;

	for (int i = 1; i < argc; i++) {
		if (all || argv[i][0] != '-' || !argv[i][1]) {
			argv[operands++] = argv[i];
		} else if (strcmp(argv[i], "--") == 0) {
			all = true;
		} else {
			int status = option_taken(command, argv, &i, known);

			if (status)
				return status;
		}
	}
	if (operands == 0 && needed)
		return peer_fail(PEER_USAGE, command, "no ", needed, " given; see 'peer ", command,
				 " --help'", NULL);
	if (operands > max)
		return peer_misused(command, max ? "one argument too many (a text goes "
				    "in quotes): " : "takes no argument: ", argv[max]);
	for (int i = operands; i < argc; i++)
		argv[i] = NULL;
	return PEER_DONE;
}

/* Takes the milliseconds behind a decimal point; digits beyond the third do not count. */
static bool fraction_taken(struct slice *text, int64_t *ms)
{
	const size_t before = text->n;

	for (int64_t unit = 100; text->n && text->p[0] >= '0' && text->p[0] <= '9'; unit /= 10) {
		*ms += unit * (text->p[0] - '0');
		*text = slice_from(*text, 1);
	}
	return text->n < before;
}

int peer_seconds(const char *command, const char *text, int64_t *ms)
{
	struct slice rest = slice_of(text);
	bool good = decimal_take(&rest, ms) && *ms <= PEER_SECONDS_MAX;

	if (good) {
		*ms *= 1000;
		if (rest.n && rest.p[0] == '.') {
			rest = slice_from(rest, 1);
			good = fraction_taken(&rest, ms);
		}
	}
	if (good && rest.n == 0 && *ms <= PEER_SECONDS_MAX * 1000)
		return PEER_DONE;
	return peer_misused(command, "not a number of seconds (0 to 86400, as 2 or 0.5): ", text);
}

int peer_print(const char *command, struct slice text)
{
	int err = file_write(STDOUT_FILENO, text, PRINT_MS);

	if (err == 0)
		return PEER_DONE;
	return peer_fail(PEER_CANNOT, command, "cannot write to standard output: ",
			 peer_reason(err), "; what was to be done is done", NULL);
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
	return peer_fail(PEER_CANNOT, command, "cannot open ", home, ": ", peer_reason(err),
			 "; make it a directory that you can write to", NULL);
}

int peer_watch_mail(const char *command, const struct store *store, struct watch *w)
{
	int err = store_make(store, LAYOUT_MAILBOXES, true);

	watch_open(w);
	if (err == 0)
		err = watch_add(w, store->root, LAYOUT_MAILBOXES);
	if (err)
		return peer_fail(PEER_CANNOT, command, "will not use " LAYOUT_SHOWN "/"
				 LAYOUT_MAILBOXES ": ", peer_reason(err), "; it must be a "
				 "directory of yours, writable by nobody else", NULL);
	/* A session gets another box with another server; without the folder there are none. */
	if (store_has(store, LAYOUT_SESSIONS) == 0)
		watch_add(w, store->root, LAYOUT_SESSIONS);
	return PEER_DONE;
}

bool peer_unread(void)
{
	struct pollfd p = { .fd = STDOUT_FILENO };

	return poll(&p, 1, 0) > 0;
}

int peer_me(const char *command, const struct identity_request *r, struct identity *me)
{
	if (r->session_id && !session_id_valid(slice_of(r->session_id)))
		return peer_misused(command, "not a session id: ", r->session_id);
	identity_resolve(r, me);
	if (me->provenance == PROVENANCE_EXPLICIT || me->provenance == PROVENANCE_STRONG)
		return PEER_DONE;
	return peer_fail(PEER_USAGE, command, "cannot tell which session this is; 'peer whoami "
			 "--json' says why; name it with --session-id ID", NULL);
}

void peer_text(struct buf *out, struct slice text)
{
	while (text.n) {
		struct utf8_char c = utf8_first(text);

		readable_character(out, c.code);
		text = slice_from(text, c.bytes);
	}
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
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
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
