/* Credentials as JSON; see keyjson.h. */
#include "broker/vault/keyjson.h"

#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "broker/vault/expiry.h"
#include "lib/base/text.h"

/* jansson keeps copies of each string, so what it frees is wiped. */
static void
wiping_free(void *p)
{
	if (p != NULL)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

/* Empty when it is not there or no string. */
static struct span
member(const json_t *j, const char *name)
{
	const json_t *v = json_object_get(j, name);

	return span_make(json_string_value(v), json_string_length(v));
}

/* Code and Message come from a stranger: short and printable. */
static enum rc
refused(const json_t *j, struct span code, struct err *err)
{
	struct span message = member(j, "Message");
	struct buf shown;

	if (code.len > 64)
		code.len = 64;
	if (message.len > 200)
		message.len = 200;
	buf_init(&shown, 4096);
	text_escape(&shown, code);
	buf_text(&shown, ": ");
	text_escape(&shown, message);
	err_set(err, RC_REFUSE, "it says %s", buf_cstr(&shown));
	buf_clear(&shown);
	return RC_REFUSE;
}

static enum rc
read_fleeting(const json_t *j, struct sources_key **ret, struct err *err)
{
	struct span token = member(j, "Token");
	struct sources_key *k = NULL;
	uint64_t expires;
	enum rc rc;

	if (token.len == 0)
		return err_set(err, RC_REFUSE, "the Token is missing");
	if (!expiry_parse(member(j, "Expiration"), &expires))
		return err_set(
		    err, RC_REFUSE, "the Expiration is missing or ill-formed");
	rc = sources_make(
	    member(j, "AccessKeyId"), member(j, "SecretAccessKey"), token, &k, err);
	if (rc != RC_OK)
		return rc;
	k->expires_ms = expires;
	*ret = k;
	return RC_OK;
}

static enum rc
read_lasting(const json_t *j, struct sources_key **ret, struct err *err)
{
	const json_t *inner = json_object_get(j, "AccessKey");

	if (inner != NULL)
		j = inner;
	if (json_object_get(j, "Expiration") != NULL)
		return err_set(err, RC_REFUSE, "these credentials expire");
	return sources_make(member(j, "AccessKeyId"), member(j, "SecretAccessKey"),
	    member(j, "SessionToken"), ret, err);
}

static enum rc
read_object(
    const json_t *j, enum keyjson_form form, struct sources_key **ret, struct err *err)
{
	struct span code = member(j, "Code");

	if (!json_is_object(j))
		return err_set(err, RC_REFUSE, "expected a JSON object");
	if (form == KEYJSON_LASTING)
		return read_lasting(j, ret, err);
	if (!span_is(code, "Success") &&
	    (form == KEYJSON_INSTANCE || json_object_get(j, "Code") != NULL))
		return refused(j, code, err);
	return read_fleeting(j, ret, err);
}

enum rc
keyjson_parse(
    struct span text, enum keyjson_form form, struct sources_key **ret, struct err *err)
{
	json_malloc_t before_malloc;
	json_free_t before_free;
	json_error_t trouble;
	json_t *j;
	enum rc rc;

	if (text.len > KEYJSON_MAX)
		return err_set(err, RC_REFUSE, "longer than %u bytes", KEYJSON_MAX);
	json_get_alloc_funcs(&before_malloc, &before_free);
	json_set_alloc_funcs(malloc, wiping_free);
	/* The parser's own message may quote the document. */
	j = json_loadb(
	    (const char *)text.p, text.len, JSON_REJECT_DUPLICATES, &trouble);
	if (j == NULL)
		rc = err_set(err, RC_REFUSE, "no JSON at line %d", trouble.line);
	else
		rc = read_object(j, form, ret, err);
	json_decref(j);
	json_set_alloc_funcs(before_malloc, before_free);
	return rc;
}
