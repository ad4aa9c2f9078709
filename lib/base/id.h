/* Identifiers: UUIDv7 for sessions (RFC 9562 section 5.7), UUIDv4 where AWS
 * wants them, short ids that people type for holds, nonces. */
#ifndef LIB_BASE_ID_H
#define LIB_BASE_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define ID_UUID_TEXT 37	 /* with the NUL */
#define ID_HOLD_TEXT 10	 /* "7F3K-Q2MX" and the NUL */
#define ID_NONCE_TEXT 23 /* 22 hex digits and the NUL */

/* A fresh UUIDv7: ordered by time, 74 random bits.  RC_FAIL without randomness. */
enum rc id_uuid7(uint8_t out[16], struct err *err);
/* A fresh UUIDv4: 122 random bits.  RC_FAIL without randomness. */
enum rc id_uuid4(uint8_t out[16], struct err *err);
/* "0199f0c2-0000-7000-8000-000000000001", lower case. */
void id_uuid_text(const uint8_t id[16], char out[ID_UUID_TEXT]);
/* Strict inverse: lower-case canonical form only. */
bool id_uuid_parse(struct span s, uint8_t out[16]);
/* Eight random digits of Crockford's base 32 with a dash in the middle. */
enum rc id_hold(char out[ID_HOLD_TEXT], struct err *err);
/* Read what a person typed: any case, dash optional, O for 0, I and L for 1.
 * False if it is not an id. */
bool id_hold_parse(struct span s, char out[ID_HOLD_TEXT]);
/* 22 random hex digits (88 bits). */
enum rc id_nonce(char out[ID_NONCE_TEXT], struct err *err);
/* Lower-case hex of n bytes into out[2n+1]. */
void id_hex(const uint8_t *p, size_t n, char *out);
/* Strict inverse: exactly 2n lower-case digits, or false and out untouched. */
bool id_unhex(struct span s, uint8_t *out, size_t n);

#endif
