/*
 * What can come of a wake: the words that a sender is told (oxtail.md sections 14 and 17), and our
 * own for what oxtail does not look at.
 */
#ifndef PEERHOOKS_AGENT_WAKE_STATUS_H
#define PEERHOOKS_AGENT_WAKE_STATUS_H

enum wake_status {
	WAKE_NONE,	/* none was wanted */
	WAKE_FIRE,	/* the gate lets it through; nothing is done yet */

	/* The gate's */
	WAKE_DISABLED,	/* switched off */
	WAKE_NO_FRESH_IDLE,
	WAKE_DEDUPED,
	WAKE_RATE_LIMITED,
	WAKE_STORE_ERROR,
	WAKE_BUSY,

	/* A route's */
	WAKE_FIRED,	/* confirmed: acknowledged, or seen busy in time */
	WAKE_FIRED_UNCONFIRMED,	/* done, and nothing answered */
	WAKE_NO_TARGET,	/* there is no such route to the session, or it failed */
	WAKE_REFUSED_DIALOG,	/* a dialog is open, which Enter would answer */
	WAKE_REFUSED_MODE,	/* the pane is in a mode, or passes keys on to others */
	WAKE_REFUSED_FOREGROUND,	/* what has the terminal is not the agent */
	WAKE_REFUSED_DRAFT,	/* a person has begun to type */
	WAKE_REFUSED_UNSEEN,	/* the composer is not to be seen: a draft might be missed */
};

/* "fired", "skipped_busy", ... */
const char *wake_word(enum wake_status status);

#endif
