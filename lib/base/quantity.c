/* Numbers with units; see quantity.h.  Knows nothing of where they were written. */
#include "lib/base/quantity.h"

#include <inttypes.h>
#include <stdio.h>

struct unit {
	const char *name;
	uint64_t factor;
};

/* Largest first, so that the inverse finds the shortest text. */
static const struct unit durations[] = {
	{ "d", 24ull * 60 * 60 * 1000 },
	{ "h", 60ull * 60 * 1000 },
	{ "m", 60ull * 1000 },
	{ "s", 1000 },
	{ NULL, 0 },
};

static const struct unit sizes[] = {
	{ "TiB", 1ull << 40 },
	{ "GiB", 1ull << 30 },
	{ "MiB", 1ull << 20 },
	{ "KiB", 1ull << 10 },
	{ "", 1 },
	{ NULL, 0 },
};

/* Take the digits at the front of *s; false if there are none, if a zero leads, or if
 * they do not fit. */
static bool
digits(struct span *s, uint64_t *ret)
{
	uint64_t v = 0;
	size_t n = 0;

	for (; n < s->len && s->p[n] >= '0' && s->p[n] <= '9'; n++)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(s->p[n] - '0'), &v))
			return false;
	if (n == 0 || (n > 1 && s->p[0] == '0'))
		return false;
	*s = span_make(s->p + n, s->len - n);
	*ret = v;
	return true;
}

static bool
with_unit(struct span s, const struct unit *units, uint64_t *ret)
{
	uint64_t v;

	if (!digits(&s, &v))
		return false;
	for (; units->name != NULL; units++) {
		if (!span_is(s, units->name))
			continue;
		if (__builtin_mul_overflow(v, units->factor, &v))
			return false;
		*ret = v;
		return true;
	}
	return false;
}

bool
quantity_uint(struct span s, uint64_t *ret)
{
	uint64_t v;

	if (!digits(&s, &v) || s.len > 0)
		return false;
	*ret = v;
	return true;
}

bool
quantity_duration(struct span s, uint64_t *ret)
{
	return with_unit(s, durations, ret);
}

bool
quantity_size(struct span s, uint64_t *ret)
{
	return with_unit(s, sizes, ret);
}

static bool
to_text(uint64_t v, const struct unit *units, char out[QUANTITY_TEXT])
{
	for (; units->name != NULL; units++) {
		if (v % units->factor != 0 || (v == 0 && units[1].name != NULL))
			continue;
		snprintf(out, QUANTITY_TEXT, "%" PRIu64 "%s", v / units->factor,
		    units->name);
		return true;
	}
	return false;
}

void
quantity_duration_text(uint64_t ms, char out[QUANTITY_TEXT])
{
	if (!to_text(ms, durations, out))
		snprintf(out, QUANTITY_TEXT, "%" PRIu64 "ms", ms);
}

void
quantity_size_text(uint64_t bytes, char out[QUANTITY_TEXT])
{
	to_text(bytes, sizes, out);
}
