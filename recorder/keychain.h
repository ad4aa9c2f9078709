/* The device keys of one broker in the order in which they followed each other, as the
 * log's DEVKEY leaves tell it: the first signs for itself, each later one is signed by
 * the one before.  A plain value; {0} with the broker's name is the empty one. */
#ifndef RECORDER_KEYCHAIN_H
#define RECORDER_KEYCHAIN_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "recorder/checkpoint.h"
#include "recorder/header.h"
#include "recorder/leaf.h"
#include "recorder/trust.h"

#define KEYCHAIN_MAX 64

struct keychain {
	char broker[HEADER_BROKER_MAX + 1];
	size_t n;
	struct {
		uint8_t pk[32];
		uint64_t index; /* of its DEVKEY leaf */
	} key[KEYCHAIN_MAX];
};

/* Take the key of a DEVKEY leaf.  RC_REFUSE: not signed by the key before it, or too
 * many. */
enum rc keychain_add(
    struct keychain *k, uint64_t index, const struct leaf *devkey, struct err *err);

/* Have t believe, as device keys, in those that follow one it has pinned, and check the
 * signature of c, a checkpoint of the log with just these keys: it must be by the newest
 * of them, or by a `log` key where t pins one for this broker.  RC_END: the signer is
 * not believed; RC_REFUSE: the signature is false, or by another key. */
enum rc keychain_believe(const struct keychain *k, const struct checkpoint *c,
    struct trust *t, struct err *err);

#endif
