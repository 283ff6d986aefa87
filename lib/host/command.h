/*
 * Running a program, without a shell: its output is read, its time is limited, nothing of ours is
 * passed on to it but the environment.
 */
#ifndef PEERHOOKS_HOST_COMMAND_H
#define PEERHOOKS_HOST_COMMAND_H

#include "base/file.h"
#include "base/slice.h"

enum { COMMAND_NOT_RUN = -1 };

/* Where PATH has an executable file of that name; false, and an empty text, if nowhere. */
bool command_find(const char *name, char out[FILE_PATH_MAX]);

/* The path of our own executable, without symbolic links; false where the system does not tell. */
bool command_self(char out[FILE_PATH_MAX]);

/*
 * Runs argv[0], looked for on PATH, with input and errors from and to /dev/null, for at most ms
 * milliseconds; then it is killed. *output, if not NULL, is what it printed, as far as it fits into
 * the memory. Returns its exit status; COMMAND_NOT_RUN if it could not be started, was killed, or
 * took too long.
 */
int command_run(char *const argv[], char *into, size_t cap, struct slice *output, int ms);

#endif
