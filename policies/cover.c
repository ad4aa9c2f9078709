/* Wire against words; see cover.h.  The words were read by us and the wire was made by
 * the CLI: where the two part, the wire does not go out. */
#include "policies/cover.h"

#include <stdlib.h>
#include <string.h>

#include "policies/awsfacts.h"
#include "policies/refusal.h"

struct pair {
	const struct question *argv;
	const struct question_call *asked; /* the command's */
	bool prefix;			   /* of asked */
	const struct question_call *wire;
	struct err *why;
};

static bool
refuse(struct pair *p, const char *what, const char *word)
{
	char shown[REFUSAL_WORD];

	err_set(p->why, RC_REFUSE, "not covered: %s:%s: %s %s",
	    apicall_service(p->wire->api), apicall_operation(p->wire->api), what,
	    refusal_word(word, shown));
	return false;
}

static bool
needs_named(struct pair *p)
{
	for (size_t i = 0; i < p->wire->n; i++) {
		const struct iam_need *need = p->wire->points[i].need;

		if (question_names(p->argv, need, true) != NULL)
			continue;
		return need->implied
			   ? refuse(p, "the command does not ask for", need->action)
			   : refuse(p, "the command does not name", need->arn);
	}
	return true;
}

static bool
has(const struct apicall *api, const char *name)
{
	size_t at = 0;

	return apicall_next(api, name, &at) != NULL;
}

static bool
by_itself(
    const struct question_call *c, const struct question_call *asked, const char *name)
{
	return (asked->own != NULL && awsfacts_listed(asked->own, name)) ||
	       iam_harmless(apicall_service(c->api), apicall_operation(c->api), name);
}

/* Parts of names that the command goes on with by itself. */
static bool
goes_on(const struct pair *p, const char *name)
{
	return p->prefix &&
	       (strcmp(name, "Key") == 0 || strcmp(name, "CopySource") == 0);
}

static bool
members_named(struct pair *p)
{
	for (size_t i = 0; i < apicall_count(p->wire->api); i++) {
		const char *name = apicall_at(p->wire->api, i)->name;
		char top[APICALL_TOP];

		if (i > 0 && strcmp(apicall_at(p->wire->api, i - 1)->name, name) == 0)
			continue;
		if (!apicall_top(name, top) ||
		    (!has(p->asked->api, top) && !goes_on(p, top) &&
			!by_itself(p->wire, p->asked, top)))
			return refuse(p, "the command does not give", name);
	}
	return true;
}

static bool
same(const struct pair *p, const char *name, struct span words, struct span wire)
{
	if (goes_on(p, name))
		return wire.len >= words.len &&
		       (words.len == 0 || memcmp(wire.p, words.p, words.len) == 0);
	return span_eq(words, wire);
}

static bool
has_value(const struct pair *p, const struct apicall *api, const char *name,
    struct span value, bool words)
{
	const struct apicall_param *v;
	size_t at = 0;

	while ((v = apicall_next(api, name, &at)) != NULL)
		if (v->known && (words ? same(p, name, v->value, value)
				       : same(p, name, value, v->value)))
			return true;
	return false;
}

/* Every value that the words gave is on the wire; an empty text may as well be left
 * out. */
static bool
values_sent(struct pair *p)
{
	for (size_t i = 0; i < apicall_count(p->asked->api); i++) {
		const struct apicall_param *v = apicall_at(p->asked->api, i);

		if (!v->known || has_value(p, p->wire->api, v->name, v->value, false) ||
		    (v->value.len == 0 && !has(p->wire->api, v->name)))
			continue;
		return refuse(p, "another value than the command's for", v->name);
	}
	return true;
}

static bool
knows(const struct apicall *api, const char *name)
{
	const struct apicall_param *v;
	size_t at = 0;

	while ((v = apicall_next(api, name, &at)) != NULL)
		if (v->known)
			return true;
	return false;
}

/* No value is on the wire beside those that the words gave. */
static bool
values_given(struct pair *p)
{
	for (size_t i = 0; i < apicall_count(p->wire->api); i++) {
		const struct apicall_param *v = apicall_at(p->wire->api, i);

		if (!knows(p->asked->api, v->name) ||
		    (v->known && has_value(p, p->asked->api, v->name, v->value, true)))
			continue;
		return refuse(p, "another value than the command's for", v->name);
	}
	return true;
}

/* Services with one endpoint are signed for its region; S3 sends the client on to the
 * bucket's own, and the bucket was named. */
static bool
region_fits(struct pair *p, const struct question *call)
{
	struct awsmodel_service s;

	if (p->argv->region != NULL && strcmp(p->argv->region, call->region) == 0)
		return true;
	if (strcmp(apicall_service(p->wire->api), "s3") == 0)
		return true;
	if (awsmodel_service(apicall_service(p->wire->api), &s) &&
	    strcmp(s.global, call->region) == 0)
		return true;
	return refuse(p, "the command does not go to the region", call->region);
}

static bool
fits(struct pair *p, const struct question *call)
{
	return region_fits(p, call) && needs_named(p) && members_named(p) &&
	       values_sent(p) && values_given(p);
}

const struct question_call *
cover_find(const struct question *argv, const struct question *call, struct err *why)
{
	struct pair p = { .argv = argv, .wire = &call->calls[0], .why = why };
	bool tried = false;

	if (!argv->placed || !call->placed) {
		err_set(why, RC_REFUSE, "not covered: nobody knows where this runs");
		return NULL;
	}
	for (size_t i = 0; i < argv->n; i++) {
		p.asked = &argv->calls[i];
		p.prefix = argv->req->calls[i].prefix;
		if (strcmp(apicall_service(p.asked->api),
			apicall_service(p.wire->api)) != 0 ||
		    strcmp(apicall_operation(p.asked->api),
			apicall_operation(p.wire->api)) != 0)
			continue;
		tried = true;
		if (fits(&p, call))
			return p.asked;
	}
	if (!tried)
		refuse(&p, "the command makes no such call", "");
	return NULL;
}

static struct facts
facts_of(const struct iam_place *place)
{
	return (struct facts){ .partition = place->partition,
		.account = place->account,
		.region = place->region };
}

bool
cover_allows(const struct aws_request *req, const struct apicall *call,
    const struct iam_place *place, struct err *why)
{
	struct question argv = { 0 }, wire = { 0 };
	struct facts f = facts_of(place);
	struct iam_needs needs = { 0 };
	struct iam_place there;
	bool placed, good = false;

	question_place(&f, apicall_region(call), &there, &placed);
	if (question_argv(req, &f, &argv, why) == RC_OK &&
	    iam_needs(call, &there, &needs, why) == RC_OK) {
		good = question_call(&argv, call, &needs, &f, &wire, why) == RC_OK &&
		       cover_find(&argv, &wire, why) != NULL;
		question_clear(&wire);
		iam_clear(&needs);
	}
	question_clear(&argv);
	return good;
}

/* The texts behind a list of needs, freed as one. */
struct store {
	struct question q;
	size_t n;
	char *texts[];
};

/* As a policy's Resource; yours. */
static char *
resource_of(const struct point *p)
{
	const char *resource = p->need->resource;
	char *out;
	size_t n = strlen(resource);

	if ((out = malloc(n + 2)) == NULL)
		return NULL;
	memcpy(out, resource, n + 1);
	if (p->kind == ARN_BEGINNING && strcmp(resource, "*") != 0)
		memcpy(out + n, "*", 2);
	return out;
}

static bool
listed(const struct iam_needs *n, const struct iam_need *need, const char *resource)
{
	for (size_t i = 0; i < n->n; i++)
		if (strcmp(n->v[i].action, need->action) == 0 &&
		    strcmp(n->v[i].resource, resource) == 0)
			return true;
	return false;
}

static enum rc
gather(struct store *s, struct iam_needs *n, struct err *err)
{
	for (size_t i = 0; i < s->q.n; i++)
		for (size_t k = 0; k < s->q.calls[i].n; k++) {
			const struct point *p = &s->q.calls[i].points[k];
			char *text = resource_of(p);

			if (text == NULL)
				return err_memory(err);
			s->texts[s->n++] = text;
			if (listed(n, p->need, text))
				continue;
			n->v[n->n] = *p->need;
			n->v[n->n].pattern |= p->kind != ARN_EXACT;
			n->v[n->n++].resource = text;
		}
	return RC_OK;
}

static enum rc
make_store(const struct aws_request *req, const struct iam_place *place,
    struct store **ret, struct iam_needs *n, struct err *err)
{
	struct facts f = facts_of(place);
	struct question q;
	size_t count = 0;
	enum rc rc;

	if ((rc = question_argv(req, &f, &q, err)) == RC_OK && !q.placed)
		rc = err_set(err, RC_REFUSE, "nobody knows where this runs");
	for (size_t i = 0; i < q.n; i++)
		count += q.calls[i].n;
	if (rc == RC_OK) {
		*ret = calloc(1, sizeof **ret + count * sizeof(*ret)->texts[0]);
		n->v = calloc(count + 1, sizeof *n->v);
		if (*ret == NULL || n->v == NULL)
			rc = err_memory(err);
	}
	if (rc == RC_OK)
		(*ret)->q = q;
	else
		question_clear(&q);
	return rc;
}

enum rc
cover_needs(const struct aws_request *req, const struct iam_place *place,
    struct iam_needs *ret, struct err *err)
{
	struct iam_needs n = { 0 };
	struct store *s = NULL;
	enum rc rc;

	if ((rc = make_store(req, place, &s, &n, err)) == RC_OK)
		rc = gather(s, &n, err);
	n.store = s;
	if (rc != RC_OK) {
		cover_clear(&n);
		return rc;
	}
	*ret = n;
	return RC_OK;
}

void
cover_clear(struct iam_needs *n)
{
	struct store *s = n->store;

	if (s != NULL) {
		for (size_t i = 0; i < s->n; i++)
			free(s->texts[i]);
		question_clear(&s->q);
	}
	free(s);
	free(n->v);
	*n = (struct iam_needs){ 0 };
}
