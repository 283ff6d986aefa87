/* See layout.h. Every name fits: ids are bounded, and LAYOUT_MAX leaves room for what is around. */
#include "base/buf.h"
#include "base/decimal.h"
#include "base/json.h"
#include "base/sha256.h"
#include "store/layout.h"

enum {
	KEY_READABLE = 40,	/* characters of the id in a session key */
	KEY_HASH_BYTES = 4,
	NAME_HASH_BYTES = 16,	/* H(x) of oxtail.md section 2 */
	PID_DIGITS = 9,	/* fits a pid_t; the kernel's largest pid has seven */
};

#define ENTRY_ENDING ".json"
#define LEDGER_ENDING ".jsonl"

static char *joined(char out[LAYOUT_MAX], const char *folder, const char *name, const char *end)
{
	struct buf b = buf_over(out, LAYOUT_MAX);

	buf_text(&b, folder);
	buf_text(&b, name);
	buf_text(&b, end);
	buf_cstr(&b);
	return out;
}

char *layout_session_key(char out[BOX_NAME_MAX], const char *session)
{
	struct buf b = buf_over(out, BOX_NAME_MAX);
	struct slice id = slice_of(session);
	uint8_t digest[SHA256_BYTES];

	sha256(id, digest);
	buf_text(&b, "s-");
	buf_bytes(&b, id.p, id.n < KEY_READABLE ? id.n : KEY_READABLE);
	buf_char(&b, '-');
	buf_hex(&b, digest, KEY_HASH_BYTES);
	buf_cstr(&b);
	return out;
}

char *layout_pid_box(char out[BOX_NAME_MAX], pid_t pid)
{
	struct buf b = buf_over(out, BOX_NAME_MAX);

	buf_int(&b, pid);
	buf_cstr(&b);
	return out;
}

static pid_t pid_of(struct slice digits)
{
	int64_t pid = 0;

	if (digits.n > PID_DIGITS || !decimal_take(&digits, &pid) || digits.n)
		return 0;
	return (pid_t)pid;
}

pid_t layout_pid_of_entry(const char *name)
{
	struct slice pid = slice_of(name);
	const size_t ending = strlen(ENTRY_ENDING);

	if (name[0] == '.' || pid.n <= ending || strcmp(name + pid.n - ending, ENTRY_ENDING) != 0)
		return -1;
	pid.n -= ending;
	return pid_of(pid);
}

bool layout_box_valid(struct slice name)
{
	if (name.n == 0 || name.n >= BOX_NAME_MAX || !session_id_valid(name))
		return false;
	if (name.n > 2 && name.p[0] == 's' && name.p[1] == '-')
		return true;
	return pid_of(name) > 0;
}

char *layout_registry(char out[LAYOUT_MAX], pid_t pid)
{
	struct buf b = buf_over(out, LAYOUT_MAX);

	buf_text(&b, LAYOUT_SESSIONS "/");
	buf_int(&b, pid);
	buf_text(&b, ENTRY_ENDING);
	buf_cstr(&b);
	return out;
}

char *layout_mailbox(char out[LAYOUT_MAX], const char *box)
{
	return joined(out, LAYOUT_MAILBOXES "/", box, ".jsonl");
}

char *layout_mark(char out[LAYOUT_MAX], const char *session)
{
	return joined(out, LAYOUT_ACTIVITY "/", session, "");
}

char *layout_receipt(char out[LAYOUT_MAX], const char *message_id)
{
	return joined(out, LAYOUT_RECEIPTS "/", message_id, "");
}

char *layout_outbox(char out[LAYOUT_MAX], const char *message_id)
{
	return joined(out, LAYOUT_OUTBOX "/", message_id, "");
}

/* <folder>/<mark><H(text)><end> */
static char *hashed(char out[LAYOUT_MAX], const char *folder, const char *mark, struct slice text,
		    const char *end)
{
	struct buf b = buf_over(out, LAYOUT_MAX);
	uint8_t digest[SHA256_BYTES];

	sha256(text, digest);
	buf_text(&b, folder);
	buf_text(&b, "/");
	buf_text(&b, mark);
	buf_hex(&b, digest, NAME_HASH_BYTES);
	buf_text(&b, end);
	buf_cstr(&b);
	return out;
}

/* The same of PAIR(a, b), as JSON.stringify([a, b]) writes it. */
static char *hashed_pair(char out[LAYOUT_MAX], const char *folder, const char *mark, const char *a,
			 struct slice b)
{
	char memory[6 * (SESSION_ID_MAX + LAYOUT_REQUEST_MAX) + 16];
	struct buf pair = buf_over(memory, sizeof(memory));

	if (b.n > LAYOUT_REQUEST_MAX)
		return joined(out, folder, "", "/");
	buf_char(&pair, '[');
	json_string(&pair, slice_of(a));
	buf_char(&pair, ',');
	json_string(&pair, b);
	buf_char(&pair, ']');
	return hashed(out, folder, mark, buf_slice(&pair), "");
}

char *layout_ledger(char out[LAYOUT_MAX], const char *session)
{
	return hashed(out, LAYOUT_RECEIVED, "", slice_of(session), LEDGER_ENDING);
}

char *layout_ledger_named(char out[LAYOUT_MAX], const char *name)
{
	if (strlen(name) != 2 * NAME_HASH_BYTES + strlen(LEDGER_ENDING) ||
	    strcmp(name + 2 * NAME_HASH_BYTES, LEDGER_ENDING) != 0)
		return NULL;
	return joined(out, LAYOUT_RECEIVED "/", name, "");
}

char *layout_session_box_named(char out[LAYOUT_MAX], const char *name)
{
	const size_t n = strlen(name);

	if (strncmp(name, "s-", 2) != 0 || n >= BOX_NAME_MAX ||
	    strcmp(name + n - (n > 6 ? 6 : n), ".jsonl") != 0)
		return NULL;
	return joined(out, LAYOUT_MAILBOXES "/", name, "");
}

char *layout_dedupe(char out[LAYOUT_MAX], const char *session, struct slice reply_to)
{
	return hashed_pair(out, LAYOUT_AUTOWAKE, "d-", session, reply_to);
}

char *layout_rate(char out[LAYOUT_MAX], const char *session)
{
	return hashed(out, LAYOUT_AUTOWAKE, "r-", slice_of(session), "");
}

char *layout_pending_ask(char out[LAYOUT_MAX], const char *session, struct slice request_id)
{
	return hashed_pair(out, LAYOUT_PENDING_ASK, "p-", session, request_id);
}

char *layout_pending_wake(char out[LAYOUT_MAX], const char *session, struct slice message_id)
{
	return hashed_pair(out, LAYOUT_PENDING_WAKE, "w-", session, message_id);
}

char *layout_throttle(char out[LAYOUT_MAX], const char *folder, const char *session)
{
	return hashed(out, folder, "", slice_of(session), "");
}

char *layout_lock(char out[LAYOUT_MAX], const char *file)
{
	return joined(out, "", file, ".lock");
}

char *layout_lock_owner(char out[LAYOUT_MAX], const char *file)
{
	return joined(out, "", file, ".lock.owner");
}

char *layout_lock_clearing(char out[LAYOUT_MAX], const char *file)
{
	return joined(out, "", file, ".lock.steal");
}

char *layout_box_index(char out[LAYOUT_MAX], const char *session)
{
	return joined(out, LAYOUT_BOX_INDEX "/", session, "");
}

char *layout_backlog(char out[LAYOUT_MAX], const char *session)
{
	return joined(out, LAYOUT_BACKLOG "/", session, "");
}

char *layout_waiter(char out[LAYOUT_MAX], const char *session)
{
	char key[BOX_NAME_MAX];

	return joined(out, LAYOUT_WAITERS "/", layout_session_key(key, session), "");
}

char *layout_waiter_answer(char out[LAYOUT_MAX], const char *token)
{
	return joined(out, LAYOUT_WAITERS "/" LAYOUT_ANSWER_MARK, token, "");
}

char *layout_unproven(char out[LAYOUT_MAX], const char *session)
{
	return joined(out, LAYOUT_UNPROVEN "/", session, ".jsonl");
}

char *layout_seen(char out[LAYOUT_MAX], const char *message_id)
{
	return joined(out, LAYOUT_SEEN "/", message_id, "");
}

char *layout_put_back(char out[LAYOUT_MAX], const char *message_id)
{
	return joined(out, LAYOUT_UNPROVEN "/", message_id, "");
}

char *layout_presence(char out[LAYOUT_MAX], const char *session, pid_t pid)
{
	char key[BOX_NAME_MAX], end[32];
	struct buf b = buf_over(end, sizeof(end));

	buf_char(&b, '.');
	buf_int(&b, pid);
	buf_text(&b, ENTRY_ENDING);
	buf_cstr(&b);
	return joined(out, LAYOUT_PRESENCE "/", layout_session_key(key, session), end);
}

char *layout_label(char out[LAYOUT_MAX], const char *label)
{
	return joined(out, LAYOUT_LABELS "/", label, "");
}

char *layout_label_memory(char out[LAYOUT_MAX], const char *session)
{
	char key[BOX_NAME_MAX];

	return joined(out, LAYOUT_LABEL_MEMORY "/", layout_session_key(key, session), "");
}

char *layout_run(char out[LAYOUT_MAX], const char *agent, const char *hook)
{
	struct buf b = buf_over(out, LAYOUT_MAX);

	buf_text(&b, LAYOUT_RUNS "/");
	buf_text(&b, agent);
	buf_char(&b, '.');
	buf_text(&b, hook);
	buf_cstr(&b);
	return out;
}

char *layout_drop(char out[LAYOUT_MAX], const char *session)
{
	return joined(out, LAYOUT_DROPS "/", session, "");
}
