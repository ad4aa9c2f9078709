/* Grants and previews for the desk, of which there are none unless a test says so.  Weak:
 * where the real ones are linked, those count. */
#include "broker/monitor/grants.h"
#include "broker/monitor/preview.h"
#define WEAK __attribute__((weak))
WEAK struct grant *
grants_find(const struct grants *all, const char *identity, const struct verdict *v,
    const uint8_t digest[HOLD_DIGEST], const char *reason)
{
	(void)all;
	(void)identity;
	(void)v;
	(void)digest;
	(void)reason;
	return NULL;
}
WEAK void
grant_use(
    struct grant *g, void (*fn)(void *arg, enum rc rc, const char *why), void *arg)
{
	(void)g;
	(void)fn;
	(void)arg;
}
WEAK void
grants_forget(struct grants *all, const void *arg)
{
	(void)all;
	(void)arg;
}
WEAK const char *
grant_id(const struct grant *g)
{
	(void)g;
	return "";
}
WEAK unsigned
grant_left(const struct grant *g)
{
	(void)g;
	return 0;
}
WEAK json_t *
grant_approvals_json(const struct grant *g)
{
	(void)g;
	return NULL;
}
WEAK void
preview_begin(struct previews *all, const struct preview_ask *ask, struct preview **ret)
{
	(void)all;
	(void)ask;
	*ret = NULL;
}
WEAK void
preview_cancel(struct preview *p)
{
	(void)p;
}
#include <string.h>
#include "broker/monitor/holds_parts.h"
#include "lib/base/clock.h"
__attribute__((weak)) bool
hold_take_over(struct hold *h, const struct hold_init *init)
{
	if (!h->left || h->closed || h->spent != NULL ||
	    (h->state != HOLD_PENDING && h->state != HOLD_APPROVED))
		return false;
	h->left = false;
	h->opened = init->opened;
	h->settled = init->settled;
	h->joined = init->joined;
	h->arg = init->arg;
	return true;
}
__attribute__((weak)) struct hold *
holds_find(const struct holds *all, const char *id)
{
	char want[ID_HOLD_TEXT];
	if (!id_hold_parse(span_of(id), want))
		return NULL;
	for (struct hold *h = all->first; h != NULL; h = h->next)
		if (!h->closed &&
		    (h->state == HOLD_PENDING || h->state == HOLD_APPROVED) &&
		    strcmp(h->id, want) == 0)
			return h;
	return NULL;
}
__attribute__((weak)) bool
holds_denied(const struct holds *all, const char *identity,
    const uint8_t digest[HOLD_DIGEST], uint64_t *ago_ms, const char **by)
{
	(void)all;
	(void)identity;
	(void)digest;
	(void)ago_ms;
	(void)by;
	return false;
}
__attribute__((weak)) uint64_t
hold_until_ms(const struct hold *h)
{
	return clock_wall_ms() + h->until - clock_mono_ms();
}
