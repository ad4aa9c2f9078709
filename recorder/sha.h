/* SHA-256 over parts that do not lie together. */
#ifndef RECORDER_SHA_H
#define RECORDER_SHA_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

/* SHA-256 of parts[0] || … || parts[n-1].  RC_FAIL when OpenSSL cannot (memory). */
enum rc sha_parts(const struct span *parts, size_t n, uint8_t out[32], struct err *err);

#endif
