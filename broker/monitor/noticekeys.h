/* The secrets that sign notices, one for each webhook of the configuration.
 *
 * They are read when the configuration is, so that a reload takes all of it or nothing,
 * and stay in locked memory.
 */
#ifndef BROKER_MONITOR_NOTICEKEYS_H
#define BROKER_MONITOR_NOTICEKEYS_H

#include "broker/monitor/config.h"
#include "lib/base/secret.h"

#define NOTICEKEYS_LEAST 16u /* bytes of a secret */
#define NOTICEKEYS_MOST 4096u

struct noticekeys;

/* Read the secret of each; a line's end behind it does not belong to it.  On RC_OK *ret
 * is yours: noticekeys_free().  RC_REFUSE, naming the webhook: its file is missing, can
 * be written or read by others (secretfile.h), or is too short or too long.  RC_FAIL:
 * memory. */
enum rc noticekeys_load(
    const struct config_notifies *all, struct noticekeys **ret, struct err *err);
/* Wipes them.  NULL is fine. */
void noticekeys_free(struct noticekeys *k);
/* That of the i-th webhook, borrowed; empty when there is none. */
struct span noticekeys_at(const struct noticekeys *k, size_t i);

#endif
