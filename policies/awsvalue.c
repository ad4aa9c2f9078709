/* Option values to members.  The CLI takes plain text, JSON, or its own shorthand,
 * depending on the member's type and the first character.  Where a decision looks into
 * a structure the text must be JSON, or shorthand of the simplest kind: what has quotes,
 * brackets or blanks is refused rather than read in a way of our own. */
#include "policies/awsvalue.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "policies/awsfacts.h"
#include "policies/iam.h"

#define ROWS(t) (sizeof(t) / sizeof(t)[0])
#define SOURCE_MOST 8192

struct reader {
	struct apicall *c;
	const struct awsmodel_param *p;
	const char *const *words;
	size_t n;
	struct refusal *refusal;
};

static enum rc
usage(struct reader *rd, const char *what)
{
	return refusal_set(
	    rd->refusal, STATUS_USAGE, "value: --%s: %s", rd->p->option, what);
}

/* What a call refused is the words' fault. */
static enum rc
came(struct reader *rd, enum rc rc)
{
	if (rc == RC_REFUSE)
		return refusal_set(rd->refusal, STATUS_USAGE,
		    "limit: --%s has too many or too long values", rd->p->option);
	if (rc != RC_OK)
		return refusal_memory(rd->refusal);
	return RC_OK;
}

static enum rc
add_member(struct reader *rd, const char *name)
{
	return came(rd, apicall_member(rd->c, name, &rd->refusal->err));
}

static enum rc
add_value(struct reader *rd, const char *name, struct span value)
{
	return came(rd, apicall_value(rd->c, name, value, &rd->refusal->err));
}

/* The CLI makes a number of what Python takes for one: 007, 1_000, " 5 ". */
static bool
plain_number(const char *s)
{
	size_t n;

	s += *s == '-';
	n = strspn(s, "0123456789");
	if (n == 0 || n > 18 || (s[0] == '0' && n > 1))
		return false;
	return s[n] == '\0';
}

static bool
plain_fraction(const char *s)
{
	size_t n;

	s += *s == '-';
	n = strspn(s, "0123456789");
	if (n == 0 || s[n] != '.')
		return false;
	s += n + 1;
	n = strspn(s, "0123456789");
	return n > 0 && s[n] == '\0';
}

/* Texts that the CLI does not send as they are. */
static const struct change {
	const char *service;
	const char *operations; /* NULL: all */
	const char *members;
	enum { ENCODED, SOURCE, LAST_PART } how;
} changes[] = {
	{ "ec2", "RunInstances", "UserData", ENCODED },
	{ "autoscaling", "CreateLaunchConfiguration", "UserData", ENCODED },
	{ "s3", NULL, "SSECustomerKey CopySourceSSECustomerKey", ENCODED },
	{ "s3", "CopyObject UploadPartCopy", "CopySource", SOURCE },
	{ "route53", NULL, "HostedZoneId Id DelegationSetId ChangeId", LAST_PART },
};

static const struct change *
change_of(const struct reader *rd)
{
	for (size_t i = 0; i < ROWS(changes); i++)
		if (strcmp(changes[i].service, apicall_service(rd->c)) == 0 &&
		    (changes[i].operations == NULL ||
			awsfacts_listed(
			    changes[i].operations, apicall_operation(rd->c))) &&
		    awsfacts_listed(changes[i].members, rd->p->name))
			return &changes[i];
	return NULL;
}

void
awsvalue_put_source(const char *source, bool versions, struct buf *out)
{
	static const char plain[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789-._~/";
	const char *end = versions ? strstr(source, "?versionId=") : NULL;

	/* The first that nothing but visible characters follow, and one at least. */
	while (end != NULL && (strpbrk(end, " \t") != NULL || end[11] == '\0'))
		end = strstr(end + 1, "?versionId=");
	for (; *source != '\0' && source != end; source++) {
		if (strchr(plain, *source) != NULL)
			buf_put(out, source, 1);
		else
			buf_printf(out, "%%%02X", (unsigned char)*source);
	}
	buf_text(out, source);
}

static enum rc
add_source(struct reader *rd, const char *word)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, SOURCE_MOST);
	awsvalue_put_source(word, true, &b);
	rc = buf_ok(&b) ? add_value(rd, rd->p->name, buf_span(&b))
			: refusal_memory(rd->refusal);
	buf_clear(&b);
	return rc;
}

static enum rc
add_text(struct reader *rd, const char *word)
{
	const struct change *c = change_of(rd);
	const char *slash = strrchr(word, '/');

	if (c == NULL)
		return add_value(rd, rd->p->name, span_of(word));
	switch (c->how) {
	case SOURCE:
		return add_source(rd, word);
	case LAST_PART:
		return add_value(
		    rd, rd->p->name, span_of(slash == NULL ? word : slash + 1));
	default:
		return add_member(rd, rd->p->name);
	}
}

static const char *
skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

static enum rc
add_scalar(struct reader *rd)
{
	const char *word = rd->words[0];

	switch (rd->p->type) {
	case AWSMODEL_STRING:
		return add_text(rd, word);
	case AWSMODEL_NUMBER:
		if (plain_number(word))
			return add_value(rd, rd->p->name, span_of(word));
		if (plain_fraction(word))
			return add_member(rd, rd->p->name);
		return usage(rd, "write the number in plain decimal");
	default:
		/* Blobs and times stand on the wire in another form. */
		return add_member(rd, rd->p->name);
	}
}

static enum rc
add_json_scalar(struct reader *rd, const char *name, const json_t *v)
{
	char number[32];

	switch (json_typeof(v)) {
	case JSON_STRING:
		return add_value(
		    rd, name, span_make(json_string_value(v), json_string_length(v)));
	case JSON_INTEGER:
		snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT,
		    json_integer_value(v));
		return add_value(rd, name, span_of(number));
	case JSON_TRUE:
	case JSON_FALSE:
		return add_value(rd, name, span_of(json_is_true(v) ? "true" : "false"));
	default:
		return add_member(rd, name);
	}
}

static enum rc
parse(struct reader *rd, const char *word, json_t **ret)
{
	/* Of two keys that are alike the CLI takes the last. */
	*ret = json_loads(word, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
	return *ret == NULL ? usage(rd, "not valid JSON") : RC_OK;
}

static enum rc walk(
    struct reader *rd, const char *path, const char *rest, const json_t *v);

static enum rc
walk_list(struct reader *rd, const char *path, const char *rest, const json_t *v)
{
	const json_t *item;
	size_t i;
	enum rc rc;

	json_array_foreach(v, i, item)
	{
		if ((rc = walk(rd, path, rest, item)) != RC_OK)
			return rc;
	}
	return RC_OK;
}

static enum rc
walk_keys(struct reader *rd, const char *path, const json_t *v)
{
	const char *key;
	json_t *value;
	enum rc rc;

	json_object_foreach((json_t *)(uintptr_t)v, key, value)
	{
		if ((rc = add_value(rd, path, span_of(key))) != RC_OK)
			return rc;
	}
	return RC_OK;
}

/* rest is what is left of path below v. */
static enum rc
walk(struct reader *rd, const char *path, const char *rest, const json_t *v)
{
	char key[128];
	size_t n;
	const json_t *below;

	if (json_is_array(v))
		return walk_list(rd, path, rest, v);
	if (rest[0] == '\0')
		return add_json_scalar(rd, path, v);
	if (!json_is_object(v))
		return usage(rd, "a structure is expected here");
	if (strcmp(rest, "{}") == 0)
		return walk_keys(rd, path, v);
	rest += rest[0] == '.';
	n = strcspn(rest, ".{");
	if (!span_copy(span_make(rest, n), key, sizeof key))
		return usage(rd, "this cannot be read");
	below = json_object_get(v, key);
	return below == NULL ? RC_OK : walk(rd, path, rest + n, below);
}

/* One KEY=VALUE of a word; a piece without = continues the list of the key before.
 * rest is what the path wants: "" .KEY or "{}". */
static enum rc
take_piece(struct reader *rd, const char *path, const char *rest, struct span piece,
    struct span *key)
{
	const uint8_t *eq = memchr(piece.p, '=', piece.len);
	bool fresh = eq != NULL;

	if (fresh) {
		*key = span_make(piece.p, (size_t)(eq - piece.p));
		piece = span_make(eq + 1, piece.len - key->len - 1);
	}
	if (key->len == 0)
		return usage(rd, "write it as JSON");
	if (strcmp(rest, "{}") == 0)
		return fresh ? add_value(rd, path, *key) : RC_OK;
	if (rest[0] == '.' && span_is(*key, rest + 1))
		return add_value(rd, path, piece);
	return RC_OK;
}

static enum rc
read_shorthand(struct reader *rd, const char *path, const char *rest, const char *word)
{
	struct span key = { NULL, 0 };

	if (word[0] == '\0' || strpbrk(word, "{}[]\"'\\@ \t") != NULL ||
	    strchr(rest + (rest[0] == '.'), '.') != NULL ||
	    (rest[0] == '.' && strchr(rest, '{') != NULL))
		return usage(rd, "write it as JSON");
	for (;;) {
		size_t n = strcspn(word, ",");
		enum rc rc = take_piece(rd, path, rest, span_make(word, n), &key);

		if (rc != RC_OK)
			return rc;
		if (word[n] == '\0')
			return RC_OK;
		word += n + 1;
	}
}

static enum rc
read_json(struct reader *rd, const char *path, const char *rest, const char *word)
{
	json_t *v = NULL;
	enum rc rc;

	if ((rc = parse(rd, word, &v)) != RC_OK)
		return rc;
	rc = walk(rd, path, rest, v);
	json_decref(v);
	return rc;
}

/* What the words say of one path. */
static enum rc
add_path(struct reader *rd, const char *path, const char *rest)
{
	char first = skip_blanks(rd->words[0])[0];
	enum rc rc;

	if (first == '[' && rd->n > 1)
		return usage(rd, "write it as one JSON list");
	for (size_t i = 0; i < rd->n; i++) {
		const char *word = rd->words[i];

		/* The first word tells how all are read. */
		if (first == '[' || first == '{')
			rc = read_json(rd, path, rest, word);
		else
			rc = read_shorthand(rd, path, rest, word);
		if (rc != RC_OK)
			return rc;
	}
	return RC_OK;
}

static enum rc
add_structure(struct reader *rd)
{
	const char *const *paths =
	    iam_paths(apicall_service(rd->c), apicall_operation(rd->c));
	size_t n = strlen(rd->p->name);
	enum rc rc;

	if ((rc = add_member(rd, rd->p->name)) != RC_OK)
		return rc;
	for (; paths != NULL && (*paths)[0] != '\0'; paths++) {
		if (strncmp(*paths, rd->p->name, n) != 0 ||
		    ((*paths)[n] != '.' && (*paths)[n] != '{'))
			continue;
		if ((rc = add_path(rd, *paths, *paths + n)) != RC_OK)
			return rc;
	}
	return RC_OK;
}

static enum rc
add_json_list(struct reader *rd)
{
	const json_t *item;
	json_t *list = NULL;
	size_t i;
	enum rc rc;

	if ((rc = parse(rd, rd->words[0], &list)) != RC_OK)
		return rc;
	if (json_array_size(list) == 0)
		rc = add_member(rd, rd->p->name);
	json_array_foreach(list, i, item)
	{
		if (rc == RC_OK && (json_is_array(item) || json_is_object(item)))
			rc = usage(rd, "a list of plain values is expected");
		if (rc == RC_OK)
			rc = add_json_scalar(rd, rd->p->name, item);
	}
	json_decref(list);
	return rc;
}

static enum rc
add_texts(struct reader *rd)
{
	enum rc rc;

	if (rd->n == 1 && skip_blanks(rd->words[0])[0] == '[')
		return add_json_list(rd);
	for (size_t i = 0; i < rd->n; i++)
		if ((rc = add_value(rd, rd->p->name, span_of(rd->words[i]))) != RC_OK)
			return rc;
	return RC_OK;
}

enum rc
awsvalue_add(struct apicall *c, const struct awsmodel_param *p,
    const char *const *words, size_t n, struct refusal *refusal)
{
	struct reader rd = {
		.c = c, .p = p, .words = words, .n = n, .refusal = refusal
	};

	switch (p->type) {
	case AWSMODEL_TEXTS:
		return add_texts(&rd);
	case AWSMODEL_STRUCTURE:
	case AWSMODEL_LIST:
	case AWSMODEL_MAP:
		return add_structure(&rd);
	default:
		return add_scalar(&rd);
	}
}
