/* Processes of this machine: is one alive, and when did it start (pids are used again). */
#ifndef PEERHOOKS_HOST_PROCESS_H
#define PEERHOOKS_HOST_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"

enum {
	PROCESS_NAME_MAX = 64,	/* with the final NUL; Linux has 15 characters */
	PROCESS_BIRTH_MAX = 64,	/* bytes of what process_birth appends */
};

struct process {
	pid_t parent;
	int64_t ticks;	/* when it started, in clock ticks since the machine's start */
	pid_t group;	/* the process group, */
	int64_t terminal;	/* its terminal, as the kernel numbers it (0: none), */
	pid_t foreground;	/* and the group that has that terminal; -1: none */
	bool ended;	/* a zombie: it only waits for its parent to take note */
	char name[PROCESS_NAME_MAX];	/* of the program, cut as the kernel cuts it */
};

/* What the kernel says of a process; false if there is none, or it cannot be known here. */
bool process_read(pid_t pid, struct process *p);

/*
 * Appends what no other process of this machine ever has had or will have together with this
 * pid: start in ticks and the id of the machine's boot, "8271@<uuid>". Unlike process_started it
 * does not depend on the time zone, costs less, and is finer than a second. False if it is not
 * known, or the process has ended.
 */
bool process_birth(pid_t pid, struct buf *out);

/* Does the process of that pid live, and was it born so? */
bool process_is(pid_t pid, struct slice birth);

/* A descriptor that poll reports as readable once the process has ended; -1 where there is none. */
int process_watch(pid_t pid);

/* From here on SIGTERM comes when our parent ends, where the system can do that. */
void process_end_with_parent(void);

/* When it started, in seconds since 1970; -1 if unknown. */
int64_t process_start_time(pid_t pid);

/* Does what is typed on that terminal ("/dev/pts/3") go to the process: is it the process's own,
 * and is the process in the foreground there? Linux only; elsewhere it never does. */
bool process_has_terminal(const struct process *p, const char *terminal);

/* Is it a shell, going by its name? */
bool process_is_shell(const struct process *p);

/* Some process has this pid now, ours or not. */
bool process_exists(pid_t pid);

/*
 * Appends when the process started, exactly as `ps -o lstart= -p PID` prints it with its ends
 * trimmed: "Tue Jun  9 01:02:03 2026", local time, English names (oxtail.md section 2, "raw").
 * False if it is not known here; the buffer is then unchanged.
 */
bool process_started(pid_t pid, struct buf *out);

/* The same for a time in seconds since 1970. */
bool process_time(int64_t when, struct buf *out);

/*
 * The name under which the process was called, without folders: that of the script, for one that
 * node or bun runs. False if it is not known here.
 */
bool process_called(pid_t pid, char name[PROCESS_NAME_MAX]);

/* Is one of these words, up to NULL, among the arguments it was called with? True also if that is
 * not known here, or if they are more than 2 MB. */
bool process_has_argument(pid_t pid, const char *const *words);

#endif
