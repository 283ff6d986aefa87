/* See reason.h. */
#include <errno.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/reason.h"

const char *reason_of(int err)
{
	static const struct {
		int err;
		const char *words;
	} reasons[] = {
		{ EACCES, "Permission denied" }, { EBADF, "Bad file descriptor" },
		{ EBUSY, "Device or resource busy" },
		{ EDQUOT, "Disk quota exceeded" }, { EEXIST, "File exists" },
		{ EFBIG, "File too large" }, { EINVAL, "Invalid argument" },
		{ EIO, "Input/output error" }, { EISDIR, "Is a directory" },
		{ ELOOP, "Symbolic link loop" }, { EMFILE, "No file descriptors available" },
		{ ENAMETOOLONG, "Filename too long" }, { ENOENT, "No such file or directory" },
		{ ENOEXEC, "Exec format error" }, { ENOMEM, "Out of memory" },
		{ ENOSPC, "No space left on device" },
		{ ENOTDIR, "Not a directory" }, { EPERM, "Operation not permitted" },
		{ EPIPE, "Broken pipe" }, { EROFS, "Read-only file system" },
		{ ESTALE, "It has been changed meanwhile" }, { ETIMEDOUT, "Operation timed out" },
	};
	static char number[32];
	struct buf b = buf_over(number, sizeof(number));

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].err == -err)
			return reasons[i].words;
	}
	buf_text(&b, "error ");
	buf_int(&b, -err);
	return buf_cstr(&b);
}
