/* The walk through a JSON body; see gather.h. */
#include "broker/gate/gather.h"
#include "broker/gate/jsonbody.h"

static enum rc walk(struct gather *g, const json_t *v, const struct awsmodel_param *p);

static bool
find(const struct gather *g, const struct awsmodel_param *of, struct span name,
    struct awsmodel_param *ret)
{
	if (of != NULL)
		return g->by_name ? awsmodel_member(of, name, ret)
				  : awsmodel_member_wire(of, name, ret);
	return g->by_name ? awsmodel_param(g->op, name, ret)
			  : awsmodel_param_wire(g->op, AWSMODEL_BODY, name, ret);
}

/* The members of an object; of: whose structure it is, NULL for the operation's. */
static enum rc
walk_members(struct gather *g, const json_t *v, const struct awsmodel_param *of)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)v, key, value)
	{
		struct awsmodel_param p;
		size_t at;
		enum rc rc;

		if (!find(g, of, span_of(key), &p))
			return gather_unknown(g, span_of(key));
		if ((rc = gather_enter(g, p.name, &at)) != RC_OK)
			return rc;
		if ((rc = walk(g, value, &p)) != RC_OK)
			return rc;
		gather_leave(g, at);
	}
	return RC_OK;
}

static enum rc
walk_scalar(struct gather *g, const json_t *v)
{
	struct buf text;
	enum rc rc;

	if (json_is_null(v))
		return gather_member(g);
	buf_init(&text, (size_t)1 << 27);
	if (!jsonbody_text(v, &text))
		rc = gather_misfit(g);
	else if (!buf_ok(&text))
		rc = refused_failed(g->why, "out of memory");
	else
		rc = gather_value(g, buf_span(&text));
	buf_clear(&text);
	return rc;
}

static enum rc
walk_texts(struct gather *g, const json_t *v)
{
	json_t *element;
	size_t i;
	enum rc rc;

	if (json_is_null(v) || (json_is_array(v) && json_array_size(v) == 0))
		return gather_member(g);
	if (!json_is_array(v))
		return gather_misfit(g);
	json_array_foreach(v, i, element)
	{
		if ((rc = walk_scalar(g, element)) != RC_OK)
			return rc;
	}
	return RC_OK;
}

static bool
all_known(const struct gather *g, const json_t *v, const struct awsmodel_param *p,
    struct span *ret)
{
	struct awsmodel_param member;
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)v, key, value)
	{
		*ret = span_of(key);
		if (!find(g, p, *ret, &member))
			return false;
	}
	return true;
}

/* What a list or a map holds.  The model tells the structure behind all of its levels,
 * not how many levels there are: an object is that structure when it has its members
 * only, else a map.  Where a decision looks below, nothing is guessed. */
static enum rc
walk_inner(struct gather *g, const json_t *v, const struct awsmodel_param *p, bool map)
{
	struct span name = { 0 };
	const char *key;
	json_t *value;
	size_t i;
	enum rc rc = RC_OK;

	json_array_foreach(v, i, value)
	{
		if ((rc = walk_inner(g, value, p, false)) != RC_OK)
			return rc;
	}
	if (!json_is_object(v) || (p->inner == 0 && !map))
		return RC_OK;
	if (!map && all_known(g, v, p, &name))
		return walk_members(g, v, p);
	if (!map && gather_below(g))
		return gather_unknown(g, name);
	json_object_foreach((json_t *)v, key, value)
	{
		if (map && (rc = gather_key(g, span_of(key))) != RC_OK)
			return rc;
		if ((rc = walk_inner(g, value, p, false)) != RC_OK)
			return rc;
	}
	return RC_OK;
}

/* The value of p, at which the walk stands. */
static enum rc
walk(struct gather *g, const json_t *v, const struct awsmodel_param *p)
{
	bool map = p->type == AWSMODEL_MAP || p->type == AWSMODEL_STRUCTURE;
	enum rc rc;

	if (p->type == AWSMODEL_TEXTS)
		return walk_texts(g, v);
	if (p->type == AWSMODEL_BLOB)
		return json_is_string(v) || json_is_null(v) ? gather_member(g)
							    : gather_misfit(g);
	if (!map && p->type != AWSMODEL_LIST)
		return walk_scalar(g, v);
	if ((rc = gather_member(g)) != RC_OK || json_is_null(v))
		return rc;
	if (map ? !json_is_object(v) : !json_is_array(v))
		return gather_misfit(g);
	if (p->type != AWSMODEL_STRUCTURE)
		return walk_inner(g, v, p, p->type == AWSMODEL_MAP);
	/* One without members is a document: anything may be in it. */
	return awsmodel_members(p) == 0 ? RC_OK : walk_members(g, v, p);
}

enum rc
gather_json(struct gather *g, const json_t *body, const struct awsmodel_param *payload)
{
	size_t at;
	enum rc rc;

	if (payload == NULL && !json_is_object(body))
		return refused_bad(g->why, "the body is no JSON object");
	if (payload == NULL)
		return walk_members(g, body, NULL);
	if ((rc = gather_enter(g, payload->name, &at)) != RC_OK)
		return rc;
	rc = walk(g, body, payload);
	gather_leave(g, at);
	return rc;
}
