/* XML bodies; see xmlbody.h. */
#include "broker/gate/xmlbody.h"

#include <stdlib.h>

#include "lib/base/xml.h"

struct builder {
	struct xmlbody x;
	size_t cap;
	size_t open[XML_DEPTH_MAX]; /* elements that are not closed yet */
	size_t last[XML_DEPTH_MAX]; /* the last child of each */
	size_t depth;
};

static enum rc
opened(void *arg, struct span name, struct err *err)
{
	struct builder *b = arg;
	size_t at = b->x.n;

	if (at == b->cap) {
		size_t cap = b->cap == 0 ? 64 : 2 * b->cap;
		void *v = realloc(b->x.v, cap * sizeof *b->x.v);

		if (v == NULL)
			return err_memory(err);
		b->x.v = v;
		b->cap = cap;
	}
	b->x.v[b->x.n++] = (struct xmlbody_node){ .name = name };
	if (b->depth > 0) {
		struct xmlbody_node *parent = &b->x.v[b->open[b->depth - 1]];
		size_t last = b->last[b->depth - 1];

		if (last == 0)
			parent->child = at;
		else
			b->x.v[last].next = at;
		b->last[b->depth - 1] = at;
	}
	b->open[b->depth] = at;
	b->last[b->depth++] = 0;
	return RC_OK;
}

static enum rc
closed(void *arg, struct span raw, bool parent, struct err *err)
{
	struct builder *b = arg;
	struct xmlbody_node *node = &b->x.v[b->open[--b->depth]];

	(void)err;
	node->parent = parent;
	if (!parent)
		node->raw = raw;
	return RC_OK;
}

enum rc
xmlbody_read(struct span s, struct xmlbody *ret, struct refused *why)
{
	struct builder b = { .cap = 0 };
	const struct xml_visitor visitor = { &b, opened, closed, XMLBODY_ELEMENTS };
	struct err err = { "" };
	enum rc rc = xml_walk(s, &visitor, &err);

	if (rc == RC_OK) {
		*ret = b.x;
		return RC_OK;
	}
	free(b.x.v);
	if (rc == RC_REFUSE)
		return refused_set(why, 400, "MalformedXML", "%s", err.text);
	return refused_failed(why, "out of memory");
}

void
xmlbody_clear(struct xmlbody *x)
{
	free(x->v);
	*x = (struct xmlbody){ .n = 0 };
}

enum rc
xmlbody_text(const struct xmlbody_node *node, struct buf *ret, struct refused *why)
{
	struct err err = { "" };

	if (xml_decode(node->raw, ret, &err) != RC_OK)
		return refused_set(why, 400, "MalformedXML", "%s", err.text);
	return RC_OK;
}
