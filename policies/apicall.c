/* One API call's facts: names once, values in the order they came.
 *
 * As bytes (integers big endian, a string is u32 length and bytes):
 *   string service, operation, region
 *   u16 number of names; that many strings, no two alike
 *   u16 number of params; each: u16 place of its name, u8 known, and when that is 1
 *   a string value
 * Names stand in front since a call of a thousand keys would repeat one as often. */
#include "policies/apicall.h"

#include <stdlib.h>
#include <string.h>

#define NAMES 512 /* different ones; the largest operation has under 100 members */
#define NAME_MAX 255
#define HEAD (3 * 4 + 2 * 2)

enum kind {
	SERVICE,
	OPERATION,
	REGION,
	MEMBER,
};

/* What a name may be made of, beside letters and digits. */
static const struct {
	const char *what;
	const char *more;
	size_t most;
} kinds[] = {
	[SERVICE] = { "a service", "-", 64 },
	[OPERATION] = { "an operation", "_", 128 },
	[REGION] = { "a region", "-", 64 },
	[MEMBER] = { "a member", "-_.:{}", NAME_MAX },
};

struct apicall {
	char *texts[3]; /* service, operation, region */
	char **names;
	size_t n_names, names_cap;
	struct apicall_param *v;
	size_t n, cap;
	size_t bytes; /* as packed */
};

static bool
is_name(enum kind kind, struct span s)
{
	if (s.len == 0 || s.len > kinds[kind].most)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = (char)s.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') &&
		    (c == 0 || strchr(kinds[kind].more, c) == NULL))
			return false;
	}
	return true;
}

static enum rc
make(const struct span texts[3], struct apicall **ret, struct err *err)
{
	struct apicall *c = calloc(1, sizeof *c);

	if (c == NULL)
		return err_memory(err);
	c->bytes = HEAD;
	for (unsigned i = SERVICE; i <= REGION; i++) {
		if (!is_name(i, texts[i])) {
			apicall_free(c);
			return err_set(
			    err, RC_REFUSE, "not the name of %s", kinds[i].what);
		}
		if ((c->texts[i] = span_dup(texts[i])) == NULL) {
			apicall_free(c);
			return err_memory(err);
		}
		c->bytes += texts[i].len;
	}
	*ret = c;
	return RC_OK;
}

enum rc
apicall_new(const char *service, const char *operation, const char *region,
    struct apicall **ret, struct err *err)
{
	const struct span texts[3] = { span_of(service), span_of(operation),
		span_of(region) };

	return make(texts, ret, err);
}

void
apicall_free(struct apicall *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n; i++)
		free((void *)c->v[i].value.p);
	for (size_t i = 0; i < c->n_names; i++)
		free(c->names[i]);
	for (unsigned i = 0; i < 3; i++)
		free(c->texts[i]);
	free(c->names);
	free(c->v);
	free(c);
}

/* Where the name stands; n_names when it is new.  From the end: values of one list
 * come one after another. */
static size_t
find(const struct apicall *c, struct span name)
{
	for (size_t i = c->n_names; i > 0; i--)
		if (span_is(name, c->names[i - 1]))
			return i - 1;
	return c->n_names;
}

static enum rc
grow(struct apicall *c, struct err *err)
{
	size_t cap = c->cap == 0 ? 16 : 2 * c->cap;
	void *v;

	if (c->n < c->cap)
		return RC_OK;
	if ((v = realloc(c->v, cap * sizeof c->v[0])) == NULL)
		return err_memory(err);
	c->v = v;
	c->cap = cap;
	return RC_OK;
}

static enum rc
grow_names(struct apicall *c, struct err *err)
{
	size_t cap = c->names_cap == 0 ? 16 : 2 * c->names_cap;
	void *v;

	if (c->n_names < c->names_cap)
		return RC_OK;
	if ((v = realloc(c->names, cap * sizeof c->names[0])) == NULL)
		return err_memory(err);
	c->names = v;
	c->names_cap = cap;
	return RC_OK;
}

static enum rc
intern(struct apicall *c, struct span name, size_t *ret, struct err *err)
{
	size_t at = find(c, name);
	enum rc rc;

	if (at < c->n_names) {
		*ret = at;
		return RC_OK;
	}
	if (!is_name(MEMBER, name))
		return err_set(err, RC_REFUSE, "not the name of a member");
	if (c->n_names == NAMES)
		return err_set(err, RC_REFUSE, "a call has too many members");
	if (4 + name.len > APICALL_BYTES - c->bytes)
		return err_set(err, RC_REFUSE, "a call is too large");
	if ((rc = grow_names(c, err)) != RC_OK)
		return rc;
	if ((c->names[at] = span_dup(name)) == NULL)
		return err_memory(err);
	c->bytes += 4 + name.len;
	c->n_names++;
	*ret = at;
	return RC_OK;
}

static enum rc
add(struct apicall *c, size_t name, bool known, struct span value, struct err *err)
{
	size_t bytes = 3 + (known ? 4 + value.len : 0);
	uint8_t *copy = NULL;

	if (c->n == APICALL_PARAMS)
		return err_set(err, RC_REFUSE, "a call has too many values");
	if (bytes > APICALL_BYTES - c->bytes)
		return err_set(err, RC_REFUSE, "a call is too large");
	if (known && value.len > 0) {
		if ((copy = malloc(value.len)) == NULL)
			return err_memory(err);
		memcpy(copy, value.p, value.len);
	}
	c->v[c->n++] = (struct apicall_param){
		.name = c->names[name],
		.value = span_make(copy, copy == NULL ? 0 : value.len),
		.known = known,
	};
	c->bytes += bytes;
	return RC_OK;
}

static enum rc
put(struct apicall *c, const char *name, bool known, struct span value, struct err *err)
{
	size_t at = 0;
	enum rc rc;

	if ((rc = grow(c, err)) != RC_OK ||
	    (rc = intern(c, span_of(name), &at, err)) != RC_OK)
		return rc;
	return add(c, at, known, value, err);
}

enum rc
apicall_value(struct apicall *c, const char *name, struct span value, struct err *err)
{
	return put(c, name, value.len <= APICALL_VALUE, value, err);
}

enum rc
apicall_member(struct apicall *c, const char *name, struct err *err)
{
	return put(c, name, false, span_of(NULL), err);
}

const char *
apicall_service(const struct apicall *c)
{
	return c->texts[SERVICE];
}

const char *
apicall_operation(const struct apicall *c)
{
	return c->texts[OPERATION];
}

const char *
apicall_region(const struct apicall *c)
{
	return c->texts[REGION];
}

size_t
apicall_count(const struct apicall *c)
{
	return c->n;
}

const struct apicall_param *
apicall_at(const struct apicall *c, size_t i)
{
	return i < c->n ? &c->v[i] : NULL;
}

bool
apicall_top(const char *name, char out[APICALL_TOP])
{
	return span_copy(span_make(name, strcspn(name, ".{")), out, APICALL_TOP);
}

const struct apicall_param *
apicall_next(const struct apicall *c, const char *name, size_t *at)
{
	size_t number = find(c, span_of(name));

	/* Names are kept once each: a look at thousands of values compares no texts. */
	for (; number < c->n_names && *at < c->n; ++*at)
		if (c->v[*at].name == c->names[number])
			return &c->v[(*at)++];
	return NULL;
}

enum rc
apicall_pack(const struct apicall *c, struct buf *out, struct err *err)
{
	for (unsigned i = SERVICE; i <= REGION; i++)
		buf_string(out, span_of(c->texts[i]));
	buf_u16(out, (uint16_t)c->n_names);
	for (size_t i = 0; i < c->n_names; i++)
		buf_string(out, span_of(c->names[i]));
	buf_u16(out, (uint16_t)c->n);
	for (size_t i = 0; i < c->n; i++) {
		const struct apicall_param *p = &c->v[i];

		buf_u16(out, (uint16_t)find(c, span_of(p->name)));
		buf_u8(out, p->known);
		if (p->known)
			buf_string(out, p->value);
	}
	if (!buf_ok(out))
		return err_set(err, RC_FAIL, "no room for a call's facts");
	return RC_OK;
}

static enum rc
read_names(struct cur *in, struct apicall *c, struct err *err)
{
	size_t n = cur_u16(in), at = 0;
	enum rc rc;

	if (n > NAMES)
		return err_set(err, RC_REFUSE, "a call has too many members");
	for (size_t i = 0; i < n; i++) {
		if ((rc = grow(c, err)) != RC_OK ||
		    (rc = intern(c, cur_string(in, NAME_MAX), &at, err)) != RC_OK)
			return rc;
		if (at != i)
			return err_set(err, RC_REFUSE, "a member's name comes twice");
	}
	return RC_OK;
}

static enum rc
read_param(struct cur *in, struct apicall *c, struct err *err)
{
	size_t name = cur_u16(in);
	uint8_t known = cur_u8(in);
	struct span value = known == 1 ? cur_string(in, APICALL_VALUE) : span_of(NULL);
	enum rc rc;

	if (in->bad || name >= c->n_names || known > 1)
		return err_set(err, RC_REFUSE, "a call's facts are malformed");
	if ((rc = grow(c, err)) != RC_OK)
		return rc;
	return add(c, name, known == 1, value, err);
}

static enum rc
read_params(struct cur *in, struct apicall *c, struct err *err)
{
	size_t n = cur_u16(in);
	enum rc rc;

	for (size_t i = 0; i < n; i++)
		if ((rc = read_param(in, c, err)) != RC_OK)
			return rc;
	if (!cur_done(in))
		return err_set(err, RC_REFUSE, "a call's facts are malformed");
	return RC_OK;
}

enum rc
apicall_read(struct span bytes, struct apicall **ret, struct err *err)
{
	struct span texts[3];
	struct apicall *c = NULL;
	struct cur in;
	enum rc rc;

	if (bytes.len > APICALL_BYTES)
		return err_set(err, RC_REFUSE, "a call is too large");
	cur_init(&in, bytes);
	for (unsigned i = SERVICE; i <= REGION; i++)
		texts[i] = cur_string(&in, kinds[i].most);
	if ((rc = make(texts, &c, err)) != RC_OK)
		return rc;
	if ((rc = read_names(&in, c, err)) != RC_OK ||
	    (rc = read_params(&in, c, err)) != RC_OK) {
		apicall_free(c);
		return rc;
	}
	*ret = c;
	return RC_OK;
}
