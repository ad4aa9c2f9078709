/* The walk through an XML body; see gather.h and awsmodel.h on how lists look. */
#include "broker/gate/gather.h"

#include <string.h>

static enum rc walk(struct gather *g, const struct xmlbody *x, size_t at,
    const struct awsmodel_param *p);

/* An element may stand twice only where it is one of a list's, side by side with them. */
static bool
stands_twice(const struct xmlbody *x, size_t first, size_t at)
{
	for (size_t i = first; i != at; i = x->v[i].next)
		if (span_eq(x->v[i].name, x->v[at].name))
			return true;
	return false;
}

static bool
flat_list(const struct awsmodel_param *p)
{
	return (p->type == AWSMODEL_LIST || p->type == AWSMODEL_TEXTS ||
		   p->type == AWSMODEL_MAP) &&
	       p->item[0] == '\0';
}

static enum rc
walk_member(struct gather *g, const struct xmlbody *x, size_t parent, size_t child,
    const struct awsmodel_param *of)
{
	struct span name = x->v[child].name;
	struct awsmodel_param p;
	size_t at;
	enum rc rc;

	if (of != NULL ? !awsmodel_member_wire(of, name, &p)
		       : !awsmodel_param_wire(g->op, AWSMODEL_BODY, name, &p))
		return gather_unknown(g, name);
	if (!flat_list(&p) && stands_twice(x, x->v[parent].child, child))
		return refused_set(
		    g->why, 400, "MalformedXML", "an element stands twice");
	if ((rc = gather_enter(g, p.name, &at)) != RC_OK)
		return rc;
	rc = walk(g, x, child, &p);
	gather_leave(g, at);
	return rc;
}

static enum rc
walk_members(struct gather *g, const struct xmlbody *x, size_t at,
    const struct awsmodel_param *of)
{
	enum rc rc;

	for (size_t i = x->v[at].child; i != 0; i = x->v[i].next)
		if ((rc = walk_member(g, x, at, i, of)) != RC_OK)
			return rc;
	return RC_OK;
}

static enum rc
walk_scalar(struct gather *g, const struct xmlbody_node *node)
{
	struct buf text;
	enum rc rc;

	if (node->parent)
		return gather_misfit(g);
	buf_init(&text, node->raw.len + 1);
	if ((rc = xmlbody_text(node, &text, g->why)) == RC_OK)
		rc = gather_value(g, buf_span(&text));
	buf_clear(&text);
	return rc;
}

/* One element of a list. */
static enum rc
walk_element(struct gather *g, const struct xmlbody *x, size_t at,
    const struct awsmodel_param *p)
{
	if (p->type == AWSMODEL_TEXTS)
		return walk_scalar(g, &x->v[at]);
	if (p->inner == 0)
		return RC_OK;
	return walk_members(g, x, at, p);
}

static enum rc
walk_list(struct gather *g, const struct xmlbody *x, size_t at,
    const struct awsmodel_param *p)
{
	enum rc rc;

	if (p->type == AWSMODEL_LIST && (rc = gather_member(g)) != RC_OK)
		return rc;
	if (flat_list(p))
		return walk_element(g, x, at, p);
	if (p->type == AWSMODEL_TEXTS && x->v[at].child == 0)
		return gather_member(g);
	for (size_t i = x->v[at].child; i != 0; i = x->v[i].next) {
		if (!span_is(x->v[i].name, p->item))
			return gather_unknown(g, x->v[i].name);
		if ((rc = walk_element(g, x, i, p)) != RC_OK)
			return rc;
	}
	return RC_OK;
}

/* The element of p, at which the walk stands. */
static enum rc
walk(struct gather *g, const struct xmlbody *x, size_t at,
    const struct awsmodel_param *p)
{
	enum rc rc;

	switch (p->type) {
	case AWSMODEL_TEXTS:
	case AWSMODEL_LIST:
		return walk_list(g, x, at, p);
	case AWSMODEL_STRUCTURE:
		if ((rc = gather_member(g)) != RC_OK)
			return rc;
		return walk_members(g, x, at, p);
	case AWSMODEL_MAP:
		/* No operation whose request is in XML has one that a decision looks at. */
		return gather_below(g) ? gather_misfit(g) : gather_member(g);
	case AWSMODEL_BLOB:
		return gather_member(g);
	default:
		return walk_scalar(g, &x->v[at]);
	}
}

enum rc
gather_xml(
    struct gather *g, const struct xmlbody *body, const struct awsmodel_param *payload)
{
	size_t at;
	enum rc rc;

	if (payload == NULL)
		return walk_members(g, body, 0, NULL);
	if (!span_is(body->v[0].name, payload->wire))
		return gather_unknown(g, body->v[0].name);
	if ((rc = gather_enter(g, payload->name, &at)) != RC_OK)
		return rc;
	rc = walk(g, body, 0, payload);
	gather_leave(g, at);
	return rc;
}
