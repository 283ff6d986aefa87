/*
 * Projects: who works on the same one may write to each other (oxtail.md section 7). A project is
 * the folder that holds a .git, at the working directory or above it.
 */
#ifndef PEERHOOKS_STORE_PROJECT_H
#define PEERHOOKS_STORE_PROJECT_H

#include "base/file.h"

enum { PROJECT_PATH_MAX = FILE_PATH_MAX };	/* with the final NUL */

/* Writes the real path of the project that an absolute working directory belongs to; the empty
 * string if it belongs to none. */
void project_of(const char *cwd, char out[PROJECT_PATH_MAX]);

/*
 * If either directory has a project, both must have the same one; if neither has, one of them
 * must be the other or lie under it. A directory that is not known (empty) shares with none.
 */
bool project_shared(const char *a, const char *b);

#endif
