/* Counts of what was masked; see masks.h. */
#include "broker/session/masks.h"

#include <string.h>

static void
add_count(struct masks *counts, const char *rule, uint64_t n)
{
	unsigned i = 0;

	while (i < counts->n && strcmp(counts->v[i].rule, rule) != 0)
		i++;
	if (i >= MASKS_RULES) {
		i = MASKS_RULES;
		rule = "other";
	}
	if (i == counts->n) {
		(void)span_copy(
		    span_of(rule), counts->v[i].rule, sizeof counts->v[i].rule);
		counts->n++;
	}
	counts->v[i].n += n;
}

void
masks_add(struct masks *counts, const struct mask_stream *s)
{
	const char *rule;
	uint64_t n = 0;

	for (size_t i = 0; s != NULL && (rule = mask_count(s, i, &n)) != NULL; i++)
		add_count(counts, rule, n);
}

void
masks_say(const struct masks *counts, struct buf *out)
{
	for (unsigned i = 0; i < counts->n; i++) {
		size_t before = out->len;

		buf_printf(out, "%s%s=%llu", i > 0 ? " " : "", counts->v[i].rule,
		    (unsigned long long)counts->v[i].n);
		if (buf_ok(out))
			continue;
		out->bad = false;
		out->len = before;
		return;
	}
}
