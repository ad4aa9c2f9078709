/* The entry points of OpenSSL that this program defines itself, so that libssh calls
 * them: the host key's signature comes from the monitor, and users' signatures go to
 * it.
 *
 * libssh offers no other door to either.  Each is called with what it was called with
 * in 0.10.6 to 0.12.2; the self-test at start tells whether that holds (selftest.h).
 * There is one set of them a process: this state is global because symbols are.
 */
#ifndef BROKER_FRONT_EVP_H
#define BROKER_FRONT_EVP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/err.h"

#define EVP_ALGORITHM_MAX 63
#define EVP_SIGNATURE_MAX 2048

/* What libssh wanted verified.  It was told "good": only the monitor verifies. */
struct evp_capture {
	char algorithm[EVP_ALGORITHM_MAX + 1]; /* "" for a security key */
	uint8_t sig[EVP_SIGNATURE_MAX];
	size_t sig_len;
	bool sk;       /* of a security key */
	uint8_t flags; /* and what it says of itself, else 0 */
	uint32_t counter;
};

/* Find the real functions, before the lock-down.  RC_FAIL names the missing one. */
enum rc evp_open(struct err *err);

/* From now on: a signature by the key whose public half is dummy is asked for at
 * sign_fd (MSG_SIGN, borrowed), dummy shows as host, and verifications are captured. */
void evp_serve(const uint8_t host[32], const uint8_t dummy[32], int sign_fd);

/* Back to plain OpenSSL; captures are forgotten. */
void evp_stop(void);

/* The oldest capture.  Each message that libssh calls verified has exactly one, in the
 * same order.  False when there is none. */
bool evp_take(struct evp_capture *ret);

/* True when more was verified than is kept, or a signature was too long: the pairing of
 * messages and captures is lost, end the connection. */
bool evp_overflow(void);

/* Exchange hashes that were signed since evp_serve. */
unsigned evp_signs(void);

/* For the self-test's client: spoil each signature that is made. */
void evp_spoil(bool spoil);

#endif
