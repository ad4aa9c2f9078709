/* From a command to the calls that tell what it would touch; see previewtable.h.  The
 * tables stand in previewtable_rows.c. */
#include "policies/previewtable.h"

#include <stdlib.h>
#include <string.h>

#include "policies/awsmodel.h"
#include "policies/previewtable_parts.h"

#define GIVE_MOST 256
#define ITEMS_MOST 8 /* members that one row gives */

struct planner {
	const struct aws_request *r;
	const char *region;
	struct previewtable_plan plan;
	struct err *err;
};

/* Takes what the step holds. */
static enum rc
add_step_take(struct planner *p, const struct previewtable_step *step)
{
	if (p->plan.n == PREVIEWTABLE_STEPS) {
		p->plan.more = true;
		apicall_free(step->call);
		free(step->only);
		return RC_OK;
	}
	p->plan.v[p->plan.n++] = *step;
	return RC_OK;
}

/* ---- rows ---- */

/* One word of a row's give, taken apart. */
struct gift {
	char text[GIVE_MOST];
	char *to, *from;
	char how; /* '=', '?', '*', ':' or '!' */
};

/* False behind the last word. */
static bool
next_gift(const char **at, struct gift *g)
{
	size_t n, head;

	*at += strspn(*at, " ");
	n = strcspn(*at, " ");
	if (n == 0 || n >= sizeof g->text)
		return false;
	memcpy(g->text, *at, n);
	g->text[n] = '\0';
	*at += n;
	g->to = g->text;
	if (g->text[0] == '!') {
		g->how = '!';
		g->from = g->text + 1;
		return true;
	}
	head = strcspn(g->text, "=:");
	g->how = g->text[head];
	g->from = g->text + head + (g->how != '\0');
	g->text[head] = '\0';
	if (head > 0 && strchr("?*", g->text[head - 1]) != NULL) {
		g->how = g->text[head - 1];
		g->text[head - 1] = '\0';
	}
	return true;
}

/* The command's values of a member: how many, and whether all are known. */
static size_t
count(const struct apicall *c, const char *name, bool *known)
{
	const struct apicall_param *p;
	size_t at = 0, n = 0;

	*known = true;
	while ((p = apicall_next(c, name, &at)) != NULL) {
		*known = *known && p->known && p->value.len > 0;
		n++;
	}
	return n;
}

/* Would the row have all that it asks for?  *times: how many calls it makes. */
static bool
complete(const struct apicall *from, const char *give, size_t *times)
{
	struct gift g;
	bool known;
	size_t n;

	*times = 1;
	while (next_gift(&give, &g)) {
		if (g.how == ':')
			continue;
		n = count(from, g.from, &known);
		if (g.how == '?' ? !known : n == 0 || !known)
			return false;
		if (g.how == '*')
			*times = n;
	}
	return true;
}

/* Hand on one member of the command: all of its values, or the one of this turn. */
static enum rc
hand_on(struct planner *p, const struct apicall *from, const struct gift *g,
    size_t turn, struct apicall *to)
{
	const struct apicall_param *v;
	size_t at = 0, i = 0;
	enum rc rc;

	while ((v = apicall_next(from, g->from, &at)) != NULL) {
		if (g->how == '*' && i++ != turn)
			continue;
		if ((rc = apicall_value(to, g->to, v->value, p->err)) != RC_OK)
			return rc;
	}
	return RC_OK;
}

static enum rc
give_all(struct planner *p, const struct apicall *from, const char *give, size_t turn,
    struct apicall *to, char **only)
{
	size_t at = 0;
	struct gift g;
	enum rc rc = RC_OK;

	while (rc == RC_OK && next_gift(&give, &g)) {
		if (g.how == ':')
			rc = apicall_value(to, g.to, span_of(g.from), p->err);
		else if (g.how != '!')
			rc = hand_on(p, from, &g, turn, to);
		else if (*only == NULL &&
			 (*only = span_dup(apicall_next(from, g.from, &at)->value)) ==
			     NULL)
			rc = err_memory(p->err);
	}
	return rc;
}

static enum rc
add_row(struct planner *p, const struct apicall *from,
    const struct previewtable_row *row, size_t turn)
{
	struct apicall *to = NULL;
	char *only = NULL;
	enum rc rc;

	if ((rc = apicall_new(row->read->service, row->read->operation, p->region, &to,
		 p->err)) == RC_OK &&
	    (rc = give_all(p, from, row->give, turn, to, &only)) == RC_OK)
		return add_step_take(
		    p, &(struct previewtable_step){
			   .read = row->read, .call = to, .only = only });
	apicall_free(to);
	free(only);
	return rc;
}

static bool
listed(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = list; *at != '\0'; at += strspn(at, " ")) {
		size_t len = strcspn(at, " ");

		if (len == n && memcmp(at, word, n) == 0)
			return true;
		at += len;
	}
	return false;
}

static enum rc
add_rows(struct planner *p)
{
	const struct apicall *from = p->r->calls[0].api;
	struct previewtable_row row;
	enum rc rc = RC_OK;
	size_t times;

	for (size_t i = 0; rc == RC_OK && previewtable_row_at(i, &row); i++) {
		if (strcmp(row.service, p->r->name.service) != 0 ||
		    !listed(row.operations, p->r->name.operation) ||
		    !complete(from, row.give, &times))
			continue;
		for (size_t t = 0; rc == RC_OK && t < times; t++)
			rc = add_row(p, from, &row, t);
	}
	return rc;
}

/* ---- EC2's own word ---- */

/* Asked dry it is the whole call, or nothing: it changes something, all of its members are
 * known, and there is such a thing as a dry one. */
static bool
can_be_dry(const struct planner *p)
{
	const struct apicall *c = p->r->calls[0].api;
	struct awsmodel_service s;
	struct awsmodel_operation op;
	struct awsmodel_param dry;

	if (p->r->n_calls != 1 || strcmp(p->r->name.service, "ec2") != 0 ||
	    strncmp(apicall_operation(c), "Describe", 8) == 0 ||
	    strncmp(apicall_operation(c), "Get", 3) == 0 || p->r->file_in ||
	    p->r->calls[0].own != NULL || !awsmodel_service("ec2", &s) ||
	    !awsmodel_operation(&s, span_of(apicall_operation(c)), &op) ||
	    !awsmodel_param(&op, span_of("DryRun"), &dry))
		return false;
	for (size_t i = 0; i < apicall_count(c); i++)
		if (!apicall_at(c, i)->known ||
		    strcmp(apicall_at(c, i)->name, "DryRun") == 0)
			return false;
	return true;
}

static enum rc
add_dry(struct planner *p)
{
	const struct apicall *from = p->r->calls[0].api;
	struct apicall *to = NULL;
	enum rc rc;

	if (!can_be_dry(p))
		return RC_OK;
	rc = apicall_new("ec2", apicall_operation(from), p->region, &to, p->err);
	for (size_t i = 0; rc == RC_OK && i < apicall_count(from); i++)
		rc = apicall_value(
		    to, apicall_at(from, i)->name, apicall_at(from, i)->value, p->err);
	if (rc == RC_OK)
		return add_step_take(p, &(struct previewtable_step){ .call = to });
	apicall_free(to);
	return rc;
}

/* ---- the CLI's own s3 commands ---- */

/* Which sides are looked at. */
enum { SOURCE = 1, TARGET = 2 };

static const struct {
	const char *operation;
	unsigned sides;
	bool at_most;
} s3_commands[] = {
	{ "rm", SOURCE, false },
	{ "rb", SOURCE, false },
	{ "mv", SOURCE | TARGET, false },
	{ "cp", SOURCE | TARGET, false },
	{ "sync", SOURCE | TARGET, true },
};

static enum rc
add_s3_step(struct planner *p, bool target, const char *bucket, const char *member,
    struct span value)
{
	const bool one = strcmp(member, "Key") == 0;
	const struct previewtable_read *read =
	    one ? previewtable_object : previewtable_objects;
	struct apicall *to = NULL;
	enum rc rc;

	if ((rc = apicall_new("s3", read->operation, p->region, &to, p->err)) ==
		RC_OK &&
	    (rc = apicall_value(to, "Bucket", span_of(bucket), p->err)) == RC_OK &&
	    (rc = apicall_value(to, member, value, p->err)) == RC_OK &&
	    (one || ((rc = apicall_value(to, "EncodingType", span_of("url"), p->err)) ==
			    RC_OK &&
			(rc = apicall_value(to, "MaxKeys", span_of("1000"), p->err)) ==
			    RC_OK)))
		return add_step_take(
		    p, &(struct previewtable_step){
			   .read = read, .call = to, .target = target });
	apicall_free(to);
	return rc;
}

/* The nth call of that name on this bucket; its member. */
static const struct apicall_param *
s3_member(const struct aws_request *r, const char *operation, const char *bucket,
    const char *member)
{
	for (size_t i = 0; i < r->n_calls; i++) {
		const struct apicall *c = r->calls[i].api;
		const struct apicall_param *b, *v;
		size_t at = 0, also = 0;

		if (strcmp(apicall_operation(c), operation) != 0 ||
		    (b = apicall_next(c, "Bucket", &at)) == NULL ||
		    !span_is(b->value, bucket))
			continue;
		v = apicall_next(c, member, &also);
		if (v != NULL && v->known)
			return v;
	}
	return NULL;
}

static bool
recursive(const struct aws_request *r)
{
	for (size_t i = 0; i < r->n_calls; i++)
		if (r->calls[i].prefix)
			return true;
	return false;
}

/* What lies below the name, as the command itself would list it. */
static enum rc
add_folder(struct planner *p, const struct aws_resource *res, bool target)
{
	size_t n = strlen(res->key);
	struct buf b;
	enum rc rc;

	buf_init(&b, 2 * APICALL_VALUE);
	buf_text(&b, res->key);
	/* A folder ends in a slash; s3calls.c says the same of both sides. */
	if (n > 0 && res->key[n - 1] != '/')
		buf_text(&b, "/");
	rc = buf_ok(&b) ? add_s3_step(p, target, res->bucket, "Prefix", buf_span(&b))
			: err_memory(p->err);
	buf_clear(&b);
	return rc;
}

static enum rc
add_s3_side(struct planner *p, const struct aws_resource *res, bool target)
{
	/* DeleteObject may be of the target too, but then there is a HeadObject. */
	static const char *const ops[2][3] = { { "HeadObject", "GetObject",
						   "DeleteObject" },
		{ "CopyObject", "PutObject", "CreateMultipartUpload" } };
	const struct apicall_param *key = NULL;

	if (recursive(p->r) || (res->key[0] == '\0' && !target))
		return add_folder(p, res, target);
	for (size_t i = 0; i < 3 && key == NULL; i++)
		key = s3_member(p->r, ops[target][i], res->bucket, "Key");
	return key == NULL ? RC_OK
			   : add_s3_step(p, target, res->bucket, "Key", key->value);
}

static bool
has_option(const struct aws_request *r, const char *name)
{
	for (size_t i = 0; i < r->n_options; i++)
		if (strcmp(r->options[i].name, name) == 0)
			return true;
	return false;
}

static enum rc
add_s3(struct planner *p, size_t command)
{
	const struct aws_request *r = p->r;
	/* Of a stream that goes up, the only name is where it goes to. */
	const bool up = r->takes_stdin;
	enum rc rc = RC_OK;

	p->plan.filtered = has_option(r, "exclude") || has_option(r, "include");
	p->plan.at_most = s3_commands[command].at_most;
	if ((s3_commands[command].sides & SOURCE) && !up && r->n_resources > 0)
		rc = add_s3_side(p, &r->resources[0], false);
	if (rc == RC_OK && (s3_commands[command].sides & TARGET) &&
	    r->n_resources > (up ? 0 : 1))
		rc = add_s3_side(p, &r->resources[up ? 0 : 1], true);
	return rc;
}

/* ---- the whole ---- */

static enum rc
make(struct planner *p)
{
	enum rc rc;

	if (strcmp(p->r->name.service, "s3") == 0)
		for (size_t i = 0; i < sizeof s3_commands / sizeof s3_commands[0]; i++)
			if (strcmp(p->r->name.operation, s3_commands[i].operation) == 0)
				return add_s3(p, i);
	if (p->r->n_calls == 0)
		return RC_OK;
	rc = add_rows(p);
	return rc == RC_OK && p->plan.n == 0 ? add_dry(p) : rc;
}

enum rc
previewtable_plan(const struct aws_request *r, const char *region,
    struct previewtable_plan *ret, struct err *err)
{
	struct planner p = {
		.r = r, .region = r->region != NULL ? r->region : region, .err = err
	};
	enum rc rc = make(&p);

	if (rc == RC_OK && p.plan.n == 0)
		rc = err_set(
		    err, RC_END, "there is no safe way to ask what this would touch");
	if (rc == RC_OK)
		*ret = p.plan;
	else
		previewtable_clear(&p.plan);
	/* A member that is no text for a call: then it is not asked. */
	return rc == RC_REFUSE ? RC_END : rc;
}

void
previewtable_clear(struct previewtable_plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		apicall_free(p->v[i].call);
		free(p->v[i].only);
	}
	*p = (struct previewtable_plan){ .n = 0 };
}
