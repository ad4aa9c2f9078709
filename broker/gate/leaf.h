/* The certificates that the gate shows: one key, a leaf for each host that a client
 * asks for, kept for the next connection.
 *
 * A command's gate has a CA of its own, made for this command, whose key never leaves
 * the process and is gone with it.  An SDK's asks its owner for each leaf.
 */
#ifndef BROKER_GATE_LEAF_H
#define BROKER_GATE_LEAF_H

#include <stdint.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define LEAF_HOSTS 64 /* kept; the oldest makes room */
#define LEAF_NAME 254 /* a host, with its NUL */
#define LEAF_PEM 8192 /* bytes of a chain */

struct leaf;

/* Ask for a certificate of host for this key (DER, SubjectPublicKeyInfo): answered by
 * leaf_answer() with the same number.  Anything but RC_OK: there will be none. */
typedef enum rc leaf_ask_fn(
    void *arg, uint32_t number, const char *host, struct span key, struct err *err);

/* With ask NULL: a CA of its own (EC P-256, path length 0, only for names of AWS).  On
 * RC_OK *ret is yours: leaf_free().  RC_FAIL. */
enum rc leaf_new(leaf_ask_fn *ask, void *arg, struct leaf **ret, struct err *err);
/* Wipe and free; NULL is fine. */
void leaf_free(struct leaf *l);

/* The CA as PEM, borrowed; empty when leaves are asked for. */
struct span leaf_ca(const struct leaf *l);
/* Borrowed. */
EVP_PKEY *leaf_key(const struct leaf *l);

/* The certificate of host (lower case; a name, or "127.0.0.1"), and what follows it in
 * the chain (or NULL): borrowed until the next call.  RC_WAIT: asked for, come back
 * after leaf_answer().  RC_REFUSE: no well-formed name, or its owner says no.
 * RC_FAIL. */
enum rc leaf_find(struct leaf *l, const char *host, X509 **cert,
    STACK_OF(X509) * *chain, struct err *err);
/* chain: PEM, leaf first; empty: refused.  A number that nobody waits for is dropped.
 * RC_REFUSE: not certificates, or for another key. */
enum rc leaf_answer(
    struct leaf *l, uint32_t number, struct span chain, struct err *err);

#endif
