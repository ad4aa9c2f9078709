/* Laying out what is judged; see question.h. */
#include "policies/question.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "policies/glob.h"

#define OPERATION_MOST 128

void
question_start(struct question *q, enum path path)
{
	q->path = path;
	q->req = NULL;
	q->region = NULL;
	q->placed = false;
	q->n = 0;
}

void
question_place(
    const struct facts *f, const char *region, struct iam_place *ret, bool *placed)
{
	*placed = f->partition != NULL && f->account != NULL && region != NULL;
	*ret = (struct iam_place){
		.partition = f->partition != NULL ? f->partition : "aws",
		.account = f->account != NULL ? f->account : QUESTION_UNKNOWN "account",
		.region = region != NULL ? region : QUESTION_UNKNOWN "region",
	};
}

/* Buckets and objects have neither account nor region in their names. */
static void
mark_known(struct question_call *c, const struct facts *f)
{
	for (size_t i = 0; i < c->n; i++)
		c->points[i].known =
		    f->partition != NULL &&
		    strstr(c->points[i].need->arn, QUESTION_UNKNOWN) == NULL;
}

/* Texts of tables are the same text; where they are not, a copy counts too. */
static bool
same(const char *a, const char *b)
{
	return a == b || strcmp(a, b) == 0;
}

bool
point_alike(const struct point *a, const struct point *b)
{
	return a->named == b->named && a->secret == b->secret &&
	       same(a->need->operation, b->need->operation) &&
	       same(a->need->service, b->need->service) && same(a->cli, b->cli);
}

/* "BypassGovernanceRetention" to "bypass-governance-retention", for what no table of
 * the CLI's has. */
static char *
kebab(const char *api)
{
	size_t n = strlen(api), len = 0;
	char *out;

	if (n > OPERATION_MOST || (out = malloc(2 * n + 1)) == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		bool upper = isupper((unsigned char)api[i]) != 0;
		bool first =
		    i > 0 && upper &&
		    (!isupper((unsigned char)api[i - 1]) ||
			(api[i + 1] != '\0' && islower((unsigned char)api[i + 1])));

		if (first)
			out[len++] = '-';
		out[len++] = (char)tolower((unsigned char)api[i]);
	}
	out[len] = '\0';
	return out;
}

static enum rc
name_point(const struct question_call *c, struct point *p, struct err *err)
{
	const struct iam_need *need = p->need;
	struct awsmodel_service service;
	struct awsmodel_operation op;

	if (c->modelled && strcmp(need->service, apicall_service(c->api)) == 0 &&
	    strcmp(need->operation, c->op.name) == 0) {
		p->cli = c->op.cli;
		return RC_OK;
	}
	if (awsmodel_service(need->service, &service) &&
	    awsmodel_operation(&service, span_of(need->operation), &op)) {
		p->cli = op.cli;
		return RC_OK;
	}
	if ((p->made = kebab(need->operation)) == NULL)
		return err_memory(err);
	p->cli = p->made;
	return RC_OK;
}

static enum arn_kind
kind_of(const struct iam_need *need, bool prefix)
{
	const char *s3 = strstr(need->arn, ":s3:::");

	if (need->pattern)
		return ARN_PATTERN;
	/* Only objects have names that go on; a key of KMS in the same call has not. */
	return prefix && s3 != NULL && strchr(s3, '/') != NULL ? ARN_BEGINNING
							       : ARN_EXACT;
}

static enum rc
add_points(struct question_call *c, bool prefix, struct err *err)
{
	enum rc rc;

	if (c->needs.n == 0)
		return err_set(err, RC_REFUSE, "nobody knows what this call needs");
	if ((c->points = calloc(c->needs.n, sizeof *c->points)) == NULL)
		return err_memory(err);
	for (; c->n < c->needs.n; c->n++) {
		struct point *p = &c->points[c->n];

		p->need = &c->needs.v[c->n];
		p->kind = kind_of(p->need, prefix);
		p->secret = iam_credentials(p->need->service, p->need->operation);
		if ((rc = name_point(c, p, err)) != RC_OK)
			return rc;
	}
	return RC_OK;
}

static void
model(struct question_call *c, struct awsmodel_service *s)
{
	c->modelled = awsmodel_service(apicall_service(c->api), s) &&
		      awsmodel_operation(s, span_of(apicall_operation(c->api)), &c->op);
}

/* "*" stands for what nobody knows, and names nothing. */
static bool
names(const struct point *p, const struct iam_need *need)
{
	const char *arn = p->need->arn;

	if (strcmp(arn, need->arn) == 0)
		return true;
	if (need->pattern || strcmp(arn, "*") == 0)
		return false;
	switch (p->kind) {
	case ARN_EXACT:
		return false;
	case ARN_BEGINNING:
		return strncmp(arn, need->arn, strlen(arn)) == 0;
	default:
		return glob_matches(arn, span_of(need->arn));
	}
}

const struct point *
question_names(const struct question *argv, const struct iam_need *need, bool implied)
{
	for (size_t i = 0; i < argv->n; i++)
		for (size_t k = 0; k < argv->calls[i].n; k++) {
			const struct point *p = &argv->calls[i].points[k];

			if ((implied || !p->need->implied) &&
			    strcmp(p->need->action, need->action) == 0 &&
			    names(p, need))
				return p;
		}
	return NULL;
}

/* Fewer points than this are looked at one by one. */
#define MANY 4

static struct span
beginning_of(const struct question *q, const struct point *p)
{
	const char *arn = p->need->arn;

	if (!q->placed && !p->known)
		return span_of(NULL);
	return p->kind == ARN_PATTERN ? span_make(arn, strcspn(arn, "*?"))
				      : span_of(arn);
}

static void
mark_beginning(const struct question *q, struct question_call *c)
{
	struct span all;

	if (c->n < MANY)
		return;
	all = beginning_of(q, &c->points[0]);
	for (size_t i = 1; i < c->n && all.len > 0; i++) {
		struct span one = beginning_of(q, &c->points[i]);
		size_t n = 0;

		while (n < all.len && n < one.len && all.p[n] == one.p[n])
			n++;
		all.len = n;
	}
	c->beginning = all;
}

static void
mark_named(struct question *q, const struct question *argv)
{
	for (size_t i = 0; i < q->n; i++)
		for (size_t k = 0; k < q->calls[i].n; k++) {
			struct point *p = &q->calls[i].points[k];

			p->named = question_names(argv, p->need, false) != NULL;
		}
}

static enum rc
add_call(struct question *q, const struct aws_call *call, const struct facts *f,
    struct err *err)
{
	struct question_call *c = &q->calls[q->n++];
	struct awsmodel_service service;
	struct iam_place place;
	enum rc rc;

	question_place(f, q->region, &place, &q->placed);
	*c = (struct question_call){ 0 };
	c->api = call->api;
	c->own = call->own;
	model(c, &service);
	rc = c->modelled
		 ? iam_needs_of(c->api, &service, &c->op, &place, &c->needs, err)
		 : iam_needs(c->api, &place, &c->needs, err);
	if (rc != RC_OK)
		return rc;
	c->owns_needs = true;
	if ((rc = add_points(c, call->prefix, err)) != RC_OK)
		return rc;
	mark_known(c, f);
	mark_beginning(q, c);
	return RC_OK;
}

enum rc
question_argv(const struct aws_request *req, const struct facts *f,
    struct question *ret, struct err *err)
{
	enum rc rc;

	question_start(ret, PATH_EXEC);
	ret->req = req;
	if (req->n_calls == 0 || req->n_calls > AWS_CALLS)
		return err_set(err, RC_REFUSE, "a command without calls");
	ret->region = req->region != NULL ? req->region : f->region;
	for (size_t i = 0; i < req->n_calls; i++)
		if ((rc = add_call(ret, &req->calls[i], f, err)) != RC_OK)
			return rc;
	mark_named(ret, ret);
	return RC_OK;
}

enum rc
question_call(const struct question *argv, const struct apicall *call,
    const struct iam_needs *needs, const struct facts *f, struct question *ret,
    struct err *err)
{
	struct question_call *c = &ret->calls[0];
	struct awsmodel_service service;
	struct iam_place place;
	enum rc rc;

	question_start(ret, PATH_API);
	ret->n = 1;
	*c = (struct question_call){ 0 };
	if (argv != NULL) {
		ret->path = PATH_EXEC;
		ret->req = argv->req;
	}
	ret->region = apicall_region(call);
	question_place(f, ret->region, &place, &ret->placed);
	c->api = call;
	c->needs = *needs;
	model(c, &service);
	if ((rc = add_points(c, false, err)) != RC_OK)
		return rc;
	mark_beginning(ret, c);
	if (argv != NULL)
		mark_named(ret, argv);
	return RC_OK;
}

void
question_clear(struct question *q)
{
	for (size_t i = 0; i < q->n; i++) {
		struct question_call *c = &q->calls[i];

		for (size_t k = 0; k < c->n; k++)
			free(c->points[k].made);
		free(c->points);
		if (c->owns_needs)
			iam_clear(&c->needs);
	}
	question_start(q, q->path);
}
