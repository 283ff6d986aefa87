/* See dispatch.h. */
#include "base/trace.h"
#include "store/dispatch.h"
#include "store/ledger.h"
#include "store/outbox.h"

static void noted(const struct store *s, const struct dispatch *d, const struct posted *posted)
{
	struct outbox_record r = { .target_pid = posted->pid };
	struct message m;

	if (!message_read(d->line, &m) || !message_id_take(m.id, r.id))
		return;
	r.enqueued_at = m.enqueued_at;
	memcpy(r.target, d->session, strlen(d->session) + 1);
	id_take(m.from_session, session_id_valid, r.from, sizeof(r.from));
	outbox_write(s, &r);
}

int dispatch_message(const struct store *s, const struct dispatch *d, int64_t end,
		     struct posted *posted)
{
	int err = ledger_record(s, d->session, d->line, end);

	if (err)
		trace("not recorded in the ledger of", d->session, err);
	if (err && d->owed)
		return err;
	err = post_message(s, d->session, d->line, end, posted);
	if (err == 0)
		noted(s, d, posted);
	return err;
}
