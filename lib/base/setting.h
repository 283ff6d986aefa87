/* What a variable of the environment says, by oxtail's rules (oxtail.md section 20). Which
 * variable, and what it means, is known where it is read. */
#ifndef PEERHOOKS_BASE_SETTING_H
#define PEERHOOKS_BASE_SETTING_H

#include <stdbool.h>
#include <stdint.h>

/* The number that it says, without its fraction; `otherwise` if it is not set (NULL), is no
 * number, or is not above 0. */
int64_t setting_number(const char *value, int64_t otherwise);

/* It says `off`, in any case, with blanks around or not. */
bool setting_off(const char *value);

#endif
