/* See wake_status.h. */
#include "agent/wake_status.h"

const char *wake_word(enum wake_status status)
{
	static const char *const words[] = {
		[WAKE_NONE] = "none",
		[WAKE_FIRE] = "fire",
		[WAKE_DISABLED] = "disabled",
		[WAKE_NO_FRESH_IDLE] = "skipped_no_fresh_idle",
		[WAKE_DEDUPED] = "skipped_deduped",
		[WAKE_RATE_LIMITED] = "skipped_rate_limited",
		[WAKE_STORE_ERROR] = "skipped_store_error",
		[WAKE_BUSY] = "skipped_busy",
		[WAKE_FIRED] = "fired",
		[WAKE_FIRED_UNCONFIRMED] = "fired_unconfirmed",
		[WAKE_NO_TARGET] = "skipped_no_target",
		[WAKE_REFUSED_DIALOG] = "refused_dialog",
		[WAKE_REFUSED_MODE] = "refused_mode",
		[WAKE_REFUSED_FOREGROUND] = "refused_foreground",
		[WAKE_REFUSED_DRAFT] = "refused_draft",
		[WAKE_REFUSED_UNSEEN] = "refused_unseen",
	};

	return words[status];
}
