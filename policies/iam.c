/* Needs of a call: gathers what the tables of the other files say.  No row of theirs
 * makes a need smaller than "the operation on everything". */
#include "policies/iam.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/iam_parts.h"

#define ROWS(t) (sizeof(t) / sizeof(t)[0])
#define FIRST 960 /* most calls need no more, and malloc has it at hand */
#define PIECE 8192
#define VALUE_MAX 2048 /* bytes of an ARN */
#define FILLED 16384   /* and of one with its wildcards escaped */

/* Texts lie in pieces that never move. */
struct iam_store {
	struct iam_store *next;
	size_t used, size;
	char text[];
};

static char *
store_room(struct iam_work *w, size_t n)
{
	struct iam_store *s = w->store;
	size_t piece = s == NULL ? FIRST : PIECE, size = n > piece ? n : piece;

	if (s == NULL || s->size - s->used < n) {
		if ((s = malloc(sizeof *s + size)) == NULL)
			return NULL;
		*s = (struct iam_store){ .next = w->store, .size = size };
		w->store = s;
	}
	s->used += n;
	return s->text + s->used - n;
}

char *
iam_text(struct iam_work *w, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || (text = store_room(w, (size_t)n + 1)) == NULL)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(text, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return text;
}

/* Where there is nothing to format. */
static const char *
keep_text(struct iam_work *w, struct span text)
{
	char *copy = store_room(w, text.len + 1);

	if (copy == NULL)
		return NULL;
	memcpy(copy, text.p, text.len);
	copy[text.len] = '\0';
	return copy;
}

const char *
iam_action_text(struct iam_work *w, const char *prefix, const char *name)
{
	size_t n = strlen(prefix), k = strlen(name);
	char *text = store_room(w, n + k + 2);

	if (text == NULL)
		return NULL;
	memcpy(text, prefix, n);
	text[n] = ':';
	memcpy(text + n + 1, name, k + 1);
	return text;
}

/* A star at the end of a word of a list. */
static bool
is_star(const char *at)
{
	return *at == '*' && (at[1] == 0 || at[1] == ' ');
}

bool
iam_listed(const char *list, const char *word)
{
	for (;;) {
		/* Most words differ at once, and are long. */
		if (*list == *word || *list == '*') {
			const char *w = word;

			while (*list != 0 && *list != ' ' && *list == *w &&
			       !is_star(list)) {
				list++;
				w++;
			}
			if (is_star(list) || ((*list == 0 || *list == ' ') && *w == 0))
				return *list != 0 || w != word;
		}
		if ((list = strchr(list, ' ')) == NULL)
			return false;
		while (*list == ' ')
			list++;
	}
}

/* Keys of a DeleteObjects are not compared with one another: a need twice is harmless,
 * and a thousand of them would take a million comparisons. */
static bool
has(const struct iam_work *w, const struct iam_need *need)
{
	size_t n = w->n < 64 ? w->n : 64;

	for (size_t i = 0; i < n; i++)
		if (strcmp(w->v[i].operation, need->operation) == 0 &&
		    strcmp(w->v[i].service, need->service) == 0 &&
		    strcmp(w->v[i].arn, need->arn) == 0 &&
		    strcmp(w->v[i].action, need->action) == 0)
			return true;
	return false;
}

static enum rc
add(struct iam_work *w, const struct iam_need *need)
{
	size_t cap = w->cap == 0 ? 8 : 2 * w->cap;
	void *v;

	if (need->action == NULL || need->arn == NULL || need->resource == NULL)
		return err_memory(w->err);
	if (has(w, need))
		return RC_OK;
	if (w->n == IAM_NEEDS)
		return err_set(w->err, RC_REFUSE, "the call names too many resources");
	if (w->n == w->cap) {
		if ((v = realloc(w->v, cap * sizeof w->v[0])) == NULL)
			return err_memory(w->err);
		w->v = v;
		w->cap = cap;
	}
	w->v[w->n++] = *need;
	return RC_OK;
}

static const char *
resource_of(const struct iam_resource *r)
{
	return r->policy == NULL ? r->arn : r->policy;
}

enum rc
iam_add_own(struct iam_work *w, const struct iam_resource *r)
{
	const struct iam_need need = {
		.service = w->service.name,
		.operation = w->op.name,
		.action = w->action,
		.arn = r->arn,
		.pattern = r->pattern,
		.resource =
		    iam_unbound(w->service.name, w->op.name) ? "*" : resource_of(r),
	};

	return add(w, &need);
}

enum rc
iam_add_implied(struct iam_work *w, const char *service, const char *operation,
    const char *action, const struct iam_resource *r)
{
	const struct iam_need need = {
		.service = service,
		.operation = operation,
		.action = action,
		.arn = r->arn,
		.implied = true,
		.pattern = r->pattern,
		.resource = resource_of(r),
	};

	return add(w, &need);
}

enum rc
iam_value(struct iam_work *w, const char *member, struct span *ret, bool *there)
{
	size_t at = 0;
	const struct apicall_param *p = apicall_next(w->call, member, &at);

	*there = p != NULL;
	*ret = p == NULL ? span_of(NULL) : p->value;
	if (p != NULL && !p->known)
		return err_set(
		    w->err, RC_REFUSE, "the value of %s is not known", member);
	return RC_OK;
}

/* Text that may stand in an ARN: valid bytes of names, no control characters.  (Keys of
 * S3 may hold nearly anything; what is not UTF-8 or has a NUL, no rule can name.) */
static bool
is_text(struct span v)
{
	return v.len > 0 && v.len <= VALUE_MAX && memchr(v.p, 0, v.len) == NULL;
}

static bool
has_wildcard(struct span v)
{
	for (size_t i = 0; i < v.len; i++)
		if (v.p[i] == '*' || v.p[i] == '?')
			return true;
	return false;
}

/* What IAM wants escaped. */
static bool
has_special(struct span v)
{
	return has_wildcard(v) || memchr(v.p, '$', v.len) != NULL;
}

/* Wildcards of a name, as IAM wants a literal one: ${*} ${?} ${$}. */
static void
put_value(struct buf *b, struct span v, bool escape)
{
	if (!escape || !has_special(v)) {
		buf_span_put(b, v);
		return;
	}
	for (size_t i = 0; i < v.len; i++)
		if (strchr("*?$", v.p[i]) != NULL)
			buf_printf(b, "${%c}", v.p[i]);
		else
			buf_u8(b, v.p[i]);
}

static struct span
last_part(struct span v)
{
	if (!span_starts(v, "arn:"))
		return v;
	for (size_t i = v.len; i > 0; i--)
		if (v.p[i - 1] == '/')
			return span_make(v.p + i, v.len - i);
	return v;
}

static bool
lookup_letter(
    const struct iam_work *w, char letter, struct span value, struct span *ret)
{
	switch (letter) {
	case 'p':
		*ret = span_of(w->place->partition);
		return true;
	case 'r':
		*ret = span_of(w->place->region);
		return true;
	case 'a':
		*ret = span_of(w->place->account);
		return true;
	case 'v':
		*ret = value;
		return true;
	default:
		return false;
	}
}

/* What stands in braces, {name} or {name|default}. */
static enum rc
lookup(struct iam_work *w, struct span key, struct span value, struct span *ret)
{
	const uint8_t *bar = memchr(key.p, '|', key.len);
	char name[64];
	bool there = false;
	enum rc rc;

	if (key.len == 1 && lookup_letter(w, (char)key.p[0], value, ret))
		return RC_OK;
	if (!span_copy(span_make(key.p, bar == NULL ? key.len : (size_t)(bar - key.p)),
		name, sizeof name))
		return err_set(w->err, RC_FAIL, "a template names no member");
	if ((rc = iam_value(w, name, ret, &there)) != RC_OK)
		return rc;
	*ret = last_part(*ret);
	if (!there && bar == NULL)
		return err_set(w->err, RC_REFUSE, "the call lacks %s", name);
	if (!there && strncmp((const char *)bar + 1, "{a}", 3) == 0)
		*ret = span_of(w->place->account);
	else if (!there)
		*ret = span_make(bar + 1, (size_t)(key.p + key.len - bar - 1));
	return RC_OK;
}

/* The end of what stands in braces; a default may be "{a}" itself. */
static const char *
closing(const char *at)
{
	unsigned depth = 0;

	for (; *at != 0; at++) {
		depth += *at == '{';
		if (*at == '}' && --depth == 0)
			return at;
	}
	return NULL;
}

static enum rc
fill(struct iam_work *w, const char *template, struct span value, bool escape,
    struct buf *out)
{
	bool pattern = strpbrk(template, "*?") != NULL;
	const char *end;
	struct span v = { 0 };
	enum rc rc;

	for (const char *at = template; *at != 0; at++) {
		size_t plain = strcspn(at, "{");

		buf_put(out, at, plain);
		at += plain;
		if (*at == 0)
			break;
		if ((end = closing(at)) == NULL)
			return err_set(w->err, RC_FAIL, "a template is malformed");
		rc = lookup(w, span_make(at + 1, (size_t)(end - at - 1)), value, &v);
		if (rc != RC_OK)
			return rc;
		if (!is_text(v) || (pattern && has_wildcard(v)))
			return err_set(w->err, RC_REFUSE, "a value is no name");
		put_value(out, v, escape);
		at = end;
	}
	return RC_OK;
}

static enum rc
filled(struct iam_work *w, const char *template, struct span value, bool escape,
    const char **ret)
{
	uint8_t room[FILLED];
	struct buf b;
	enum rc rc;

	buf_over(&b, room, sizeof room);
	buf_text(&b, "arn:");
	buf_text(&b, w->place->partition);
	buf_text(&b, ":");
	rc = fill(w, template, value, escape, &b);
	if (rc != RC_OK)
		return rc;
	if (!buf_ok(&b))
		return err_set(w->err, RC_REFUSE, "a name is too long");
	*ret = keep_text(w, buf_span(&b));
	return *ret == NULL ? err_memory(w->err) : RC_OK;
}

enum rc
iam_fill(struct iam_work *w, const char *arn, const char *policy, struct span value,
    struct iam_resource *ret)
{
	struct iam_resource r = { .pattern = strpbrk(arn, "*?") != NULL };
	enum rc rc;

	if ((rc = filled(w, arn, value, false, &r.arn)) != RC_OK)
		return rc;
	/* With nothing to escape the two are one text. */
	if (policy == NULL && strpbrk(r.arn, "*?$") == NULL)
		r.policy = r.arn;
	else if (policy != NULL && strcmp(policy, "*") == 0)
		r.policy = "*";
	else if ((rc = filled(w, policy == NULL ? arn : policy, value, true,
		      &r.policy)) != RC_OK)
		return rc;
	*ret = r;
	return RC_OK;
}

enum rc
iam_verbatim(struct iam_work *w, struct span value, struct iam_resource *ret)
{
	struct iam_resource r = { 0 };
	struct buf b;
	bool good;

	if (!is_text(value))
		return err_set(w->err, RC_REFUSE, "a value is no name");
	buf_init(&b, 16 * 1024);
	put_value(&b, value, true);
	r.arn = iam_text(w, "%.*s", (int)value.len, (const char *)value.p);
	r.policy = iam_text(w, "%s", buf_cstr(&b));
	good = buf_ok(&b);
	buf_clear(&b);
	if (!good || r.arn == NULL || r.policy == NULL)
		return err_memory(w->err);
	*ret = r;
	return RC_OK;
}

/* Services whose calls are more than one name. */
static const struct {
	const char *service;
	enum rc (*needs)(struct iam_work *w);
} special[] = {
	{ "s3", iam_s3 },
	{ "ec2", iam_ec2 },
	{ "apigateway", iam_apigateway },
	{ "apigatewayv2", iam_apigateway },
	{ "dynamodb", iam_items },
};

static enum rc
own_needs(struct iam_work *w)
{
	const struct iam_resource all = { .arn = "*", .policy = "*", .pattern = true };
	enum rc rc = RC_OK;

	w->action = iam_action_text(
	    w, w->service.iam, iam_action_name(w->service.name, w->op.name));
	if (w->action == NULL)
		return err_memory(w->err);
	for (size_t i = 0; i < ROWS(special) && rc == RC_OK; i++)
		if (iam_same(special[i].service, w->service.name))
			rc = special[i].needs(w);
	if (rc == RC_OK && w->n == 0)
		rc = iam_names(w);
	if (rc == RC_OK && w->n == 0)
		rc = iam_add_own(w, &all);
	return rc;
}

static void
drop(struct iam_need *v, struct iam_store *s)
{
	free(v);
	while (s != NULL) {
		struct iam_store *next = s->next;

		free(s);
		s = next;
	}
}

enum rc
iam_needs(const struct apicall *c, const struct iam_place *place, struct iam_needs *ret,
    struct err *err)
{
	struct awsmodel_service service;
	struct awsmodel_operation op;

	if (!awsmodel_service(apicall_service(c), &service))
		return err_set(err, RC_REFUSE, "no service %s", apicall_service(c));
	if (!awsmodel_operation(&service, span_of(apicall_operation(c)), &op))
		return err_set(err, RC_REFUSE, "%s has no operation %s", service.name,
		    apicall_operation(c));
	return iam_needs_of(c, &service, &op, place, ret, err);
}

enum rc
iam_needs_of(const struct apicall *c, const struct awsmodel_service *service,
    const struct awsmodel_operation *op, const struct iam_place *place,
    struct iam_needs *ret, struct err *err)
{
	struct iam_work w = {
		.call = c, .place = place, .service = *service, .op = *op, .err = err
	};
	enum rc rc;

	if ((rc = own_needs(&w)) != RC_OK || (rc = iam_implied(&w)) != RC_OK) {
		drop(w.v, w.store);
		return rc;
	}
	*ret = (struct iam_needs){ .n = w.n, .v = w.v, .store = w.store };
	return RC_OK;
}

void
iam_clear(struct iam_needs *n)
{
	drop(n->v, n->store);
	*n = (struct iam_needs){ 0 };
}
