/* See project.h. */
#include <string.h>
#include <sys/stat.h>

#include "store/project.h"

#define PROJECT_MARK "/.git"

/* The real path, or the path as it is if there is nothing (any more). Empty if it is none. */
static void real(const char *path, char out[PROJECT_PATH_MAX])
{
	size_t n = strlen(path);

	if (*path == '/' && file_real_path(path, out))
		return;
	out[0] = '\0';
	if (*path != '/' || n >= PROJECT_PATH_MAX)
		return;
	memcpy(out, path, n + 1);
	while (n > 1 && out[n - 1] == '/')
		out[--n] = '\0';
}

/* Cuts the real path down to the folder with the mark; to nothing if there is none. */
static void cut_to_project(char path[PROJECT_PATH_MAX])
{
	char *end = path + strlen(path);

	while (end > path) {
		struct stat st;

		if (end + sizeof(PROJECT_MARK) <= path + PROJECT_PATH_MAX) {
			memcpy(end, PROJECT_MARK, sizeof(PROJECT_MARK));
			if (stat(path, &st) == 0) {
				*end = '\0';
				return;
			}
		}
		*end = '\0';
		end = strrchr(path, '/');
	}
	path[0] = '\0';
}

void project_of(const char *cwd, char out[PROJECT_PATH_MAX])
{
	real(cwd, out);
	cut_to_project(out);
}

static bool under(const char *path, const char *above)
{
	size_t n = strlen(above);

	return strncmp(path, above, n) == 0 &&
	       (path[n] == '\0' || path[n] == '/' || (n == 1 && *above == '/'));
}

bool project_shared(const char *a, const char *b)
{
	char project_a[PROJECT_PATH_MAX], project_b[PROJECT_PATH_MAX];

	if (*a != '/' || *b != '/')
		return false;
	project_of(a, project_a);
	project_of(b, project_b);
	if (*project_a || *project_b)
		return strcmp(project_a, project_b) == 0;
	real(a, project_a);
	real(b, project_b);
	return under(project_a, project_b) || under(project_b, project_a);
}
