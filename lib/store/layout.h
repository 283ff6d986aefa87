/*
 * Where everything lies: the one place that builds paths. All are relative to ~/.oxtail, which
 * store.h opens. What oxtail shares with us is laid out as oxtail.md sections 1 and 2 say; what
 * is ours alone lies under peerhooks/.
 *
 * Session ids must have passed session_id_valid, message ids message_id_ours. Every function
 * returns `out`.
 */
#ifndef PEERHOOKS_STORE_LAYOUT_H
#define PEERHOOKS_STORE_LAYOUT_H

#include <sys/types.h>

#include "base/slice.h"
#include "store/id.h"

enum {
	/* A mailbox's name without .jsonl, with the final NUL. A session key takes 52; a foreign
	 * mailbox_key may be longer. */
	BOX_NAME_MAX = 132,
	LAYOUT_MAX = SESSION_ID_MAX + 64,	/* any path, with the final NUL */
};

#define LAYOUT_HOME ".oxtail"	/* in the user's home directory */
#define LAYOUT_SHOWN "~/" LAYOUT_HOME	/* as it is shown to people and models */
#define LAYOUT_SESSIONS "sessions"
#define LAYOUT_MAILBOXES "mailboxes"
#define LAYOUT_ACTIVITY "activity"
#define LAYOUT_RECEIPTS "receipts"
#define LAYOUT_RECEIVED "received"
#define LAYOUT_OUTBOX "outbox"
#define LAYOUT_OURS "peerhooks"
#define LAYOUT_BOX_INDEX "peerhooks/boxes"
#define LAYOUT_BACKLOG "peerhooks/backlog"
#define LAYOUT_PRESENCE "peerhooks/sessions"
#define LAYOUT_LABELS "peerhooks/labels"
#define LAYOUT_LABELS_LOCK "peerhooks/labels.lock"
#define LAYOUT_CHANGES_LOCK "peerhooks/label-changes.lock"
#define LAYOUT_LABEL_MEMORY "peerhooks/label-memory"
#define LAYOUT_HELD "peerhooks/held.jsonl"
#define LAYOUT_SWEPT "peerhooks/swept"
#define LAYOUT_AUTOWAKE "autowake"
#define LAYOUT_AUTOWAKE_LOCK "peerhooks/autowake.lock"
#define LAYOUT_PENDING_ASK "pending-ask"
#define LAYOUT_PENDING_WAKE "pending-wake"
#define LAYOUT_SELF_WAKE "self-wake"
#define LAYOUT_WAITER_WAKE "waiter-wake"
#define LAYOUT_WAITERS "peerhooks/waiters"
#define LAYOUT_ANSWER_MARK "answer-"	/* names of pipes for an answer begin so */
#define LAYOUT_WAITERS_LOCK "peerhooks/waiters.lock"
#define LAYOUT_UNPROVEN "peerhooks/unproven"
#define LAYOUT_SEEN "peerhooks/seen"
#define LAYOUT_RUNS "peerhooks/runs"
#define LAYOUT_JOURNAL "peerhooks/journal.jsonl"
#define LAYOUT_JOURNAL_BEFORE "peerhooks/journal.1.jsonl"	/* what was written before it */
#define LAYOUT_INSTALL_LOCK "peerhooks/install.lock"
#define LAYOUT_DROPS "session-starts"

/* In the user's home directory too: what syntaur, Claude Code and Codex write or read there
 * (syntaur.md sections 4 to 8). */
#define LAYOUT_RUNTIME ".syntaur/runtime/sessions"
#define LAYOUT_NONCES ".syntaur/runtime/cursor-nonces"
#define LAYOUT_DASHBOARD_PORT ".syntaur/dashboard-port"
#define LAYOUT_CLAUDE_RUNTIME ".claude/sessions"
#define LAYOUT_CLAUDE_PROJECTS ".claude/projects"
#define LAYOUT_CODEX_HOME ".codex"
#define LAYOUT_CODEX_SESSIONS "sessions"	/* in Codex's home */

/* The session box of that file name; NULL if the name is none of one. */
char *layout_session_box_named(char out[LAYOUT_MAX], const char *name);

/* A session's key, which is the name of its session box: s-<up to 40 characters>-<8 hex>. */
char *layout_session_key(char out[BOX_NAME_MAX], const char *session);

/* The name of a server's pid box: the pid in digits. */
char *layout_pid_box(char out[BOX_NAME_MAX], pid_t pid);

/* A pid or s-[A-Za-z0-9_-]+, and short enough: names that may be those of a mailbox. */
bool layout_box_valid(struct slice name);

char *layout_registry(char out[LAYOUT_MAX], pid_t pid);

/* The pid in the name of a registry entry, `<pid>.json`; 0 for another name, -1 for no entry. */
pid_t layout_pid_of_entry(const char *name);

char *layout_mailbox(char out[LAYOUT_MAX], const char *box);
char *layout_mark(char out[LAYOUT_MAX], const char *session);
char *layout_receipt(char out[LAYOUT_MAX], const char *message_id);
char *layout_outbox(char out[LAYOUT_MAX], const char *message_id);
char *layout_ledger(char out[LAYOUT_MAX], const char *session);
/* The ledger of that file name; NULL if the name is none of a ledger. */
char *layout_ledger_named(char out[LAYOUT_MAX], const char *name);

/*
 * Records about waking (oxtail.md sections 2, 14, 15): that a session was woken for an answer, that
 * it was woken lately, that it awaits an answer, that a wake may not have landed; and the files of
 * a folder whose time alone counts. A request id is any text; one of more than
 * LAYOUT_REQUEST_MAX bytes makes a path that cannot be opened.
 */
enum { LAYOUT_REQUEST_MAX = 1024 };

char *layout_dedupe(char out[LAYOUT_MAX], const char *session, struct slice reply_to);
char *layout_rate(char out[LAYOUT_MAX], const char *session);
char *layout_pending_ask(char out[LAYOUT_MAX], const char *session, struct slice request_id);
char *layout_pending_wake(char out[LAYOUT_MAX], const char *session, struct slice message_id);
char *layout_throttle(char out[LAYOUT_MAX], const char *folder, const char *session);

/* Of the lock of a file, whose path the layout made: the folder, its owner, who clears it. */
char *layout_lock(char out[LAYOUT_MAX], const char *file);
char *layout_lock_owner(char out[LAYOUT_MAX], const char *file);
char *layout_lock_clearing(char out[LAYOUT_MAX], const char *file);

/* Of our own. An id that is too long for a file's name makes a path that cannot be opened. */
char *layout_box_index(char out[LAYOUT_MAX], const char *session);
char *layout_backlog(char out[LAYOUT_MAX], const char *session);

/* The pipe of a session's waiter, and that of one who waits for its answer. */
char *layout_waiter(char out[LAYOUT_MAX], const char *session);
char *layout_waiter_answer(char out[LAYOUT_MAX], const char *token);

/* Messages that were handed over and not yet seen, and a message that was seen. */
char *layout_unproven(char out[LAYOUT_MAX], const char *session);
char *layout_seen(char out[LAYOUT_MAX], const char *message_id);
char *layout_put_back(char out[LAYOUT_MAX], const char *message_id);	/* it was, once */

/* A session in one of the processes that run it (it may be resumed twice). */
char *layout_presence(char out[LAYOUT_MAX], const char *session, pid_t pid);

/* The holder of a label, which must be valid, and the label that a session had last. */
char *layout_label(char out[LAYOUT_MAX], const char *label);
char *layout_label_memory(char out[LAYOUT_MAX], const char *session);

/* When an agent's hook ran last; both are names of ours. */
char *layout_run(char out[LAYOUT_MAX], const char *agent, const char *hook);

/* A session-start drop; oxtail's, as the mark is. */
char *layout_drop(char out[LAYOUT_MAX], const char *session);

#endif
