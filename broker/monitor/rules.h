/* What a reload replaces, all or nothing: configuration, policies, recipients. */
#ifndef BROKER_MONITOR_RULES_H
#define BROKER_MONITOR_RULES_H

#include "broker/monitor/config.h"
#include "broker/monitor/places.h"
#include "lib/base/err.h"
#include "policies/pack.h"

struct noticekeys;
struct veil;

struct rules {
	struct config *config;
	struct pack *policy;
	char *recipients;		/* the verified list's text */
	uint8_t keyset[32];		/* its digest */
	struct noticekeys *notice_keys; /* what signs notices */
	struct veil *veil;		/* of its masking: use veil_of() */
};

/* Load and check all of it.  report gets every error, a line each.  On RC_OK *ret is to
 * be cleared: rules_clear().  RC_REFUSE: a file is missing or wrong, err has the place. */
enum rc rules_load(const struct places *places, const uint32_t *service_uids,
    size_t service_uid_count, struct buf *report, struct rules *ret, struct err *err);
/* Free what it holds; it is empty again. */
void rules_clear(struct rules *r);

/* RC_REFUSE, naming the key, when now differs from then in what only a new start can
 * change (listen, name, the keeper's recording settings, limits of the listener). */
enum rc rules_can_replace(
    const struct rules *then, const struct rules *now, struct err *err);

#endif
