/* The self-test's client: proves at each start that this libssh and this OpenSSL still
 * call what evp.h defines, in the order in which it counts on it. */
#ifndef BROKER_FRONT_SELFTEST_H
#define BROKER_FRONT_SELFTEST_H

#include <stdint.h>
#include <sys/types.h>

#include "lib/base/err.h"

/* Fork a client that logs in on sock as the user of self-tests, with a key of its own:
 * once with a signature that was spoilt, which must be refused, once with a security key
 * that nobody touched, which must be, too, and once well.  It checks that the host key is host, and exits with 0 only if all of that was so.  sock
 * is borrowed.  On RC_OK *ret is the process, to be waited for. */
enum rc selftest_fork(int sock, const uint8_t host[32], pid_t *ret, struct err *err);

#endif
