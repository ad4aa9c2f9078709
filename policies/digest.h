/* One number for a set of documents: what the policies say, not how it is laid out. */
#ifndef POLICIES_DIGEST_H
#define POLICIES_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/yaml.h"

/* SHA-256 over "broker-policy/1\0" and each tree in turn: a letter for the kind (m, l,
 * t), a u64 for the number of entries or bytes, then the entries or bytes; a mapping's
 * in the order of their keys, each as the key's text and its value.  Comments, quotes,
 * places and file names do not count; the order of a list does.  RC_FAIL when out of
 * memory, or OpenSSL has no SHA-256; out is of no use then. */
enum rc digest_trees(
    const struct yaml_node *const *roots, size_t n, uint8_t out[32], struct err *err);

#endif
