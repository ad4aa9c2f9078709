/* Any bytes as an XML body: the tree that comes of it is one. */
#include <stdlib.h>

#include "broker/gate/xmlbody.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every element but the root is met once, and behind its parent. */
static size_t
count(const struct xmlbody *x, size_t at)
{
	size_t n = 1;

	if (x->v[at].name.len == 0 || x->v[at].parent != (x->v[at].child != 0))
		abort();
	for (size_t i = x->v[at].child; i != 0; i = x->v[i].next) {
		if (i <= at || i >= x->n)
			abort();
		n += count(x, i);
	}
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct refused why = { 0 };
	struct xmlbody x;
	struct buf b;

	if (xmlbody_read(span_make(data, size), &x, &why) != RC_OK)
		return 0;
	if (count(&x, 0) != x.n)
		abort();
	buf_init(&b, size + 1);
	for (size_t i = 0; i < x.n; i++) {
		buf_reset(&b);
		xmlbody_text(&x.v[i], &b, &why);
	}
	buf_clear(&b);
	xmlbody_clear(&x);
	return 0;
}
