/* The walk through a form's names, "Filter.1.Value.2"; see gather.h and awsmodel.h on
 * how lists look. */
#include "broker/gate/gather.h"

#include <string.h>

#define NUMBER_DIGITS 5

/* A name's parts that are still to be read, and its value. */
struct field {
	struct span rest; /* behind the next dot */
	bool more;	  /* there is a next part, perhaps an empty one */
	struct span value;
};

static struct span
next_part(struct field *f)
{
	const uint8_t *dot =
	    f->rest.len == 0 ? NULL : memchr(f->rest.p, '.', f->rest.len);
	size_t n = dot == NULL ? f->rest.len : (size_t)(dot - f->rest.p);
	struct span part = span_make(f->rest.p, n);

	f->more = dot != NULL;
	n += dot != NULL;
	f->rest = span_make(f->rest.p + n, f->rest.len - n);
	return part;
}

/* From 1, without zeros in front: so that no place has two names. */
static bool
is_number(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.len > 0 && s.len <= NUMBER_DIGITS && s.p[0] != '0';
}

static enum rc walk(struct gather *g, struct field *f, const struct awsmodel_param *p);

static enum rc
walk_member(struct gather *g, struct field *f, const struct awsmodel_param *of)
{
	struct awsmodel_param p;
	struct span name;
	size_t at;
	enum rc rc;

	if (!f->more)
		return gather_misfit(g);
	name = next_part(f);
	if (of != NULL ? !awsmodel_member_wire(of, name, &p)
		       : !awsmodel_param_wire(g->op, AWSMODEL_BODY, name, &p))
		return gather_unknown(g, name);
	if ((rc = gather_enter(g, p.name, &at)) != RC_OK)
		return rc;
	rc = walk(g, f, &p);
	gather_leave(g, at);
	return rc;
}

/* item, number, and then an element. */
static enum rc
walk_list(struct gather *g, struct field *f, const struct awsmodel_param *p)
{
	enum rc rc;

	/* "Name=" is an empty list. */
	if (!f->more)
		return f->value.len == 0 ? gather_member(g) : gather_misfit(g);
	if (p->type == AWSMODEL_LIST && (rc = gather_member(g)) != RC_OK)
		return rc;
	if (p->item[0] != '\0' && (!span_is(next_part(f), p->item) || !f->more))
		return gather_misfit(g);
	if (!is_number(next_part(f)))
		return gather_misfit(g);
	if (p->type == AWSMODEL_TEXTS)
		return f->more ? gather_misfit(g) : gather_value(g, f->value);
	/* Lists of lists and of maps are the business of no decision. */
	if (p->inner == 0 || !f->more)
		return gather_below(g) ? gather_misfit(g) : RC_OK;
	return walk_member(g, f, p);
}

/* The value of p, at which the walk stands. */
static enum rc
walk(struct gather *g, struct field *f, const struct awsmodel_param *p)
{
	enum rc rc;

	switch (p->type) {
	case AWSMODEL_TEXTS:
	case AWSMODEL_LIST:
		return walk_list(g, f, p);
	case AWSMODEL_STRUCTURE:
		if ((rc = gather_member(g)) != RC_OK || (!f->more && f->value.len == 0))
			return rc;
		return walk_member(g, f, p);
	case AWSMODEL_MAP:
		/* Its keys' and values' parts are named differently in each model. */
		return gather_below(g) ? gather_misfit(g) : gather_member(g);
	case AWSMODEL_BLOB:
		return f->more ? gather_misfit(g) : gather_member(g);
	default:
		return f->more ? gather_misfit(g) : gather_value(g, f->value);
	}
}

enum rc
gather_form(struct gather *g, const struct formbody *form)
{
	enum rc rc;

	for (size_t i = 0; i < form->n; i++) {
		struct field f = { form->v[i].name, true, form->v[i].value };

		if (span_is(f.rest, "Action") || span_is(f.rest, "Version"))
			continue;
		if ((rc = walk_member(g, &f, NULL)) != RC_OK)
			return rc;
	}
	return RC_OK;
}
