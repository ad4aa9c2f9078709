/* Shorter names of resources; see arn.h. */
#include "replay/arn.h"

#include <string.h>

#include "lib/base/text.h"

#define CUT ".."

/* The text up to the next ':', which is passed; false when there is none. */
static bool
part(struct span *s, struct span *ret)
{
	const uint8_t *colon = s->len > 0 ? memchr(s->p, ':', s->len) : NULL;
	size_t n = colon != NULL ? (size_t)(colon - s->p) : 0;

	if (colon == NULL)
		return false;
	*ret = span_make(s->p, n);
	*s = span_make(s->p + n + 1, s->len - n - 1);
	return true;
}

static bool
known(struct span part, struct span home)
{
	return part.len == 0 || (home.len > 0 && span_eq(part, home));
}

static struct span
without_home(struct span arn, const struct arn_home *home)
{
	struct span rest = arn, word, partition, service, region, account;

	if (!part(&rest, &word) || !span_is(word, "arn") || !part(&rest, &partition) ||
	    !part(&rest, &service) || !part(&rest, &region) || !part(&rest, &account) ||
	    rest.len == 0 || !span_eq(service, home->service) ||
	    !known(region, home->region) || !known(account, home->account))
		return arn;
	return rest;
}

static bool
inside(uint8_t c)
{
	return (c & 0xC0) == 0x80; /* of a character, not its first byte */
}

void
arn_short(struct span arn, const struct arn_home *home, size_t most, struct buf *out)
{
	struct buf shown;
	size_t head, tail;

	arn = without_home(arn, home);
	buf_init(&shown, arn.len * 4 + 1);
	text_show(&shown, arn);
	head = (most - strlen(CUT)) / 2;
	tail = shown.len - (most - strlen(CUT) - head);
	if (shown.len <= most || most < 8) {
		buf_span_put(out, buf_span(&shown));
	} else {
		while (head > 0 && inside(shown.p[head]))
			head--;
		while (tail < shown.len && inside(shown.p[tail]))
			tail++;
		buf_put(out, shown.p, head);
		buf_text(out, CUT);
		buf_put(out, shown.p + tail, shown.len - tail);
	}
	if (!buf_ok(&shown))
		out->bad = true;
	buf_clear(&shown);
}
