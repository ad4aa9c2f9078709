/* The key that the front holds in the host key's place: the host key's public half over
 * a private half that is worth nothing. */
#ifndef BROKER_FRONT_DUMMY_H
#define BROKER_FRONT_DUMMY_H

#include <libssh/libssh.h>
#include <stdint.h>

#include "lib/base/err.h"

struct dummy;

/* On RC_OK *ret is yours: dummy_free().  RC_FAIL: randomness, memory, or libssh does
 * not take the key. */
enum rc dummy_new(const uint8_t host[32], struct dummy **ret, struct err *err);
/* NULL is fine. */
void dummy_free(struct dummy *d);

/* What it shows to clients, and what its private half would show. */
const uint8_t *dummy_host(const struct dummy *d);
const uint8_t *dummy_public(const struct dummy *d);

/* A copy for ssh_bind, which frees it.  NULL: memory. */
ssh_key dummy_key(const struct dummy *d);

#endif
