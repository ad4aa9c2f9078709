/* The broker's own key, from which all key pairs for SDKs follow (lib/model/sdkkey.h).
 * It stays in the monitor; a new one ends every pair that was handed out. */
#ifndef BROKER_MONITOR_SDKKEYS_H
#define BROKER_MONITOR_SDKKEYS_H

#include "lib/base/err.h"
#include "lib/base/secret.h"

struct sdkkeys;

/* Read the key at path, or make one there (sdkfile.h).  On RC_OK *ret is yours:
 * sdkkeys_free().  RC_REFUSE: the file is not one of these, or others can reach it. */
enum rc sdkkeys_open(const char *path, struct sdkkeys **ret, struct err *err);
/* Wipe and free; NULL is fine. */
void sdkkeys_free(struct sdkkeys *k);

/* sdkkey_root() by this key. */
enum rc sdkkeys_root(const struct sdkkeys *k, const char *identity, const char *profile,
    struct secret **ret, struct err *err);

#endif
