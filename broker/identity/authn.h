/* The monitor's side of one connection's login: what the host key may sign, and who the
 * user has proven to be.  Pure values: no sockets, no clock but the time of a login.
 *
 * A front is one process that a stranger talks to.  It can make us sign only an
 * exchange hash of its own connection, and it can name a user only with a signature
 * that the user's key made over this connection's session id (RFC 4252 section 7): the
 * signed bytes are built here, never taken from the front.
 */
#ifndef BROKER_IDENTITY_AUTHN_H
#define BROKER_IDENTITY_AUTHN_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/vault/hostkey.h"
#include "lib/base/err.h"
#include "lib/base/sshkey.h"
#include "lib/model/facts.h"
#include "lib/wire/msg.h"

/* Exchange hashes signed for one connection, rekeys included. */
#define AUTHN_SIGNS_MAX 200
/* Tries answered with no, probes included, before all are. */
#define AUTHN_FAILURES_MAX 6
#define AUTHN_USER_MAX 63
#define AUTHN_CLIENT_MAX 255 /* RFC 4253 section 4.2 */
/* The only user of a self-test, and a name like any other elsewhere. */
#define AUTHN_TEST_USER "selftest"

struct authn;

/* Who has logged in. */
struct authn_who {
	const char *user;   /* the SSH user name: never an identity */
	struct span blob;   /* of the key */
	const char *method; /* "publickey" */
	enum proof
	    proof;     /* PROOF_KEY, or PROOF_SK of a security key that was touched */
	bool verified; /* which asked for a PIN, or the like, too */
	char fingerprint[SSHKEY_FINGERPRINT];
	uint64_t at_ms;	  /* clock_mono_ms() of the login */
	uint64_t wall_ms; /* clock_wall_ms() of the login */
};

/* May this key (compared by its blob's bytes) log in under this user name?  Asked for
 * probes and signatures alike. */
typedef bool authn_known_fn(void *arg, struct span user, struct span blob);

/* One connection.  key is borrowed for its life; nonce is the 22 hex digits that stand
 * in this connection's version string; test: the front's self-test, which any key may
 * enter as AUTHN_TEST_USER and which must be given nothing but its login.  On RC_OK
 * *ret is yours: authn_free().  RC_REFUSE: nonce is not one. */
enum rc authn_new(const struct hostkey *key, const char *nonce, bool test,
    struct authn **ret, struct err *err);
/* NULL is fine. */
void authn_free(struct authn *a);

/* Sign an exchange hash, given what was hashed (RFC 4253 section 8): V_C, V_S, I_C,
 * I_S, K_S and the rest.  V_S must hold our nonce and K_S be our key.  The first hash
 * becomes the session id and stays it.  RC_REFUSE: the front must be ended. */
enum rc authn_sign(struct authn *a, const struct msg_sign *m,
    uint8_t sig[HOSTKEY_SIGNATURE], struct err *err);

/* Answer one AUTH_TRY.  A security key must have been touched (PROTOCOL.u2f).  RC_OK: *yes says whether the key would do (a probe) or the user
 * is logged in now (a signature); err says why not.  RC_REFUSE: no honest front sends
 * this, end it.  RC_FAIL: ours; *yes is untouched. */
enum rc authn_try(struct authn *a, const struct msg_auth_try *m, authn_known_fn *known,
    void *arg, bool *yes, struct err *err);

/* NULL until somebody has logged in.  Borrowed from a. */
const struct authn_who *authn_who(const struct authn *a);

/* The first exchange hash; empty before it. */
struct span authn_session_id(const struct authn *a);

/* What the client says it is (RFC 4253 section 4.2): "SSH-2.0-…", from the first exchange
 * hash, so that both ends of the connection have agreed on it.  Printable; "" before.
 * Borrowed from a. */
const char *authn_client(const struct authn *a);

/* Tries answered with no so far. */
unsigned authn_failures(const struct authn *a);

bool authn_is_test(const struct authn *a);

/* True when this was a self-test and saw exactly one signature that verified, one that did
 * not, and one of a security key that verified and was refused for want of a touch: its
 * flags and counter came through libssh as they were signed.  To be asked when the test's connection has gone, and kept until the
 * listener says that the test is over. */
bool authn_test_passed(const struct authn *a);

#endif
