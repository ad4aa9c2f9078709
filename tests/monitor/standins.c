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
