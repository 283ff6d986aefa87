/* Processes of this machine: is one alive, and when did it start (pids are used again). */
#ifndef PEERHOOKS_HOST_PROCESS_H
#define PEERHOOKS_HOST_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"

/* Some process has this pid now, ours or not. */
bool process_exists(pid_t pid);

/*
 * Appends when the process started, exactly as `ps -o lstart= -p PID` prints it with its ends
 * trimmed: "Tue Jun  9 01:02:03 2026", local time, English names (oxtail.md section 2, "raw").
 * False if it is not known here; the buffer is then unchanged.
 */
bool process_started(pid_t pid, struct buf *out);

#endif
