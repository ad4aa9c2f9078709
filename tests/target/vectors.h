/* The vectors of tests/vectors/ssm, read for tests; what is missing or unreadable fails
 * the test. */
#ifndef TESTS_TARGET_VECTORS_H
#define TESTS_TARGET_VECTORS_H

#include <jansson.h>

#include "lib/base/buf.h"

/* The bytes of a file below tests/vectors/ssm.  Cleared by its caller. */
void vectors_file(const char *name, struct buf *out);
/* The bytes of a line of hex, any ASCII space at its end. */
void vectors_unhex(struct span hex, struct buf *out);
/* NAME.hex as bytes. */
void vectors_frame(const char *name, struct buf *out);
/* The manifest; json_decref(). */
json_t *vectors_manifest(void);
/* The data key of all that is sealed there, 00 to 3f; swapped: as the agent holds it. */
void vectors_key(bool swapped, uint8_t out[64]);

#endif
