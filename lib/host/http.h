/*
 * One HTTP request to a server of this machine, whose answer nobody waits for.
 */
#ifndef PEERHOOKS_HOST_HTTP_H
#define PEERHOOKS_HOST_HTTP_H

#include <stdint.h>

#include "base/slice.h"

/*
 * Sends the bytes, a whole request, to 127.0.0.1:port, from a child process of its own session
 * that holds none of our descriptors. It makes one attempt, takes at most ms milliseconds, and
 * passes over the answer. Returns at once, whatever the server does.
 */
void http_send_detached(uint16_t port, struct slice request, int ms);

#endif
