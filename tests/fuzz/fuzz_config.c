/* Any bytes as broker.yaml: refused with a text, or whole. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "broker/monitor/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
use(const struct config *c)
{
	struct buf out;

	if (c->listen.n == 0 || c->policies == NULL ||
	    identity_set_count(c->identities) != c->all.n)
		abort();
	for (size_t i = 0; i < c->all.n; i++) {
		(void)config_may_approve(c, &c->all.v[i]);
		if (identity_by_name(c->identities, span_of(c->all.v[i].name)) !=
		    &c->all.v[i])
			abort();
	}
	buf_init(&out, 1 << 20);
	config_dump(c, &out);
	buf_clear(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t uids[] = { 990 };
	struct places *places = NULL;
	struct config *c = NULL;
	struct err err = { "" };
	struct buf report;
	struct config_env env;

	if (places_new("/r", &places, &err) != RC_OK)
		abort();
	buf_init(&report, 1 << 20);
	env = (struct config_env){ places, uids, 1, &report };
	if (config_parse("fuzz.yaml", span_make(data, size), &env, &c, &err) == RC_OK)
		use(c);
	else if (c != NULL || err.text[0] == '\0' || report.len == 0)
		abort();
	config_free(c);
	buf_clear(&report);
	places_free(places);
	return 0;
}
