/* An ssh-agent with one security key in software, which nobody touches: for the self-test
 * (selftest.h), since libssh's client cannot sign with such keys by itself.
 */
#ifndef BROKER_FRONT_TESTAGENT_H
#define BROKER_FRONT_TESTAGENT_H

#include <stdint.h>

#include "lib/base/err.h"

/* What each of its signatures says: a PIN was asked for, but there was no touch.  Neither
 * is zero, so that the monitor finds the signature good only if both reach it. */
#define TESTAGENT_FLAGS 0x04
#define TESTAGENT_COUNTER 0x01020304u

/* Make a key of type sk-ssh-ed25519@openssh.com and answer on fd, a stream (borrowed),
 * what OpenSSH's agent protocol has: the list of keys, and signatures.  RC_OK: the other
 * end has closed it.  RC_REFUSE: it sent what is too long. */
enum rc testagent_serve(int fd, struct err *err);

#endif
