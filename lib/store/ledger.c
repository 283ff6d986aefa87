/* See ledger.h. */
#include "store/jsonl.h"
#include "store/ledger.h"

static bool holds(struct jsonl *j, struct slice id)
{
	struct slice line;
	struct message m;

	while (jsonl_next(j, &line)) {
		if (message_read(line, &m) && json_same(m.id, id))
			return true;
	}
	return false;
}

int ledger_keep(const struct store *s, const char *session, const struct message *m, int64_t end)
{
	char path[LAYOUT_MAX];
	struct jsonl j;
	int err = store_make(s, LAYOUT_RECEIVED, false);

	if (err == 0)
		err = jsonl_open(&j, s, layout_ledger(path, session), JSONL_ADD, end);
	if (err)
		return err;
	err = jsonl_read(&j);
	if (err == 0 && !holds(&j, m->id))
		err = jsonl_add(&j, m->line, LAYOUT_RECEIVED);
	jsonl_close(&j);
	return err;
}
