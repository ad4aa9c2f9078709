/* What the tests of sigv4 read of tests/vectors/sigv4 (README.md there). */
#ifndef TESTS_SUPPORT_VECTOR_H
#define TESTS_SUPPORT_VECTOR_H

#include <jansson.h>

#include "lib/base/sigv4.h"

#define HEADERS 32

/* tests/vectors/sigv4, borrowed. */
const char *vector_folder(void);
/* A file of it.  Fails the test when it cannot be read; json_decref(). */
json_t *vector_load(const char *file);
/* A member that is a string; NULL without. */
const char *vector_text(const json_t *o, const char *key);
/* A date in milliseconds; fmt as strptime(3) has it. */
uint64_t vector_time(const char *text, const char *fmt);
/* NULL stays NULL; secret_free(). */
struct secret *vector_secret(const char *text);
/* The headers of a case: all, or those that signing does not add itself.  *hash
 * becomes true when x-amz-content-sha256 is among them.  Returns how many. */
size_t vector_headers(
    const json_t *o, bool all, struct sigv4_header *headers, bool *hash);
/* The key of a case; *secret and *token are the caller's. */
struct sigv4_key vector_key(
    const json_t *o, struct secret **secret, struct secret **token);
/* The request of a case, with these headers. */
struct sigv4_request vector_request(
    const json_t *o, const struct sigv4_header *headers, size_t n);

#endif
