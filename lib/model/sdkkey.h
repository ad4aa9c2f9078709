/* The key pairs that SDKs sign with: worth nothing at AWS, and stored nowhere.
 *
 * A root belongs to one identity on one profile: the hex digits of HMAC-SHA256 by the
 * broker's own key over their names.  A pair follows from its root and the second in which it ends, which stands in its id:
 *
 *	id      "ASBROKER", then base32 (A-Z2-7) of u40 end, u20 mark
 *	secret  base64 of the first 30 bytes of HMAC(root, "secret" || u64 end)
 *
 * The mark, the first 20 bits of HMAC(root, "mark" || u64 end), only tells roots apart;
 * what counts is the signature by the secret.  Whoever holds a root can make pairs for
 * it: it goes to the session process alone, which holds the real keys anyway.
 */
#ifndef LIB_MODEL_SDKKEY_H
#define LIB_MODEL_SDKKEY_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/secret.h"

#define SDKKEY_PREFIX "ASBROKER"
#define SDKKEY_ROOT 64	 /* characters */
#define SDKKEY_ID 20	 /* characters, as ids of AWS have */
#define SDKKEY_SECRET 40 /* characters */
#define SDKKEY_MOST_S (12u * 60 * 60)

/* The root of this identity on this profile.  master: the broker's own key.  On RC_OK
 * *ret is yours: secret_free().  RC_FAIL only. */
enum rc sdkkey_root(struct span master, const char *identity, const char *profile,
    struct secret **ret, struct err *err);

/* The pair that ends at this second since 1970.  id gets a NUL behind it; on RC_OK
 * *secret is yours: secret_free().  RC_REFUSE: it does not fit in the id. */
enum rc sdkkey_pair(struct span root, uint64_t end_s, char id[SDKKEY_ID + 1],
    struct secret **secret, struct err *err);

/* The secret behind an id that somebody claims, at this time (milliseconds since 1970).
 * RC_REFUSE, and why in words for whoever claims it: not such an id, of another root,
 * ended, or ending later than any that was made can. */
enum rc sdkkey_find(struct span root, struct span id, uint64_t now_ms,
    struct secret **secret, struct err *err);

#endif
