/* AssumeRole and its sibling; see sts.h. */
#include "broker/vault/sts.h"

#include <stdio.h>
#include <string.h>

#include "broker/vault/expiry.h"
#include "lib/base/text.h"
#include "lib/base/uri.h"
#include "lib/base/xml.h"

#define SECRET_MAX 256
#define TOKEN_MAX 16384

static bool
letter_or_digit(uint8_t c)
{
	uint8_t low = c | 0x20;

	return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9');
}

/* Letters, digits and these marks; from min to max of them. */
static bool
made_of(const char *s, const char *marks, size_t min, size_t max)
{
	size_t n = s == NULL ? 0 : strnlen(s, max + 1);

	for (size_t i = 0; i < n; i++)
		if (!letter_or_digit((uint8_t)s[i]) && strchr(marks, s[i]) == NULL)
			return false;
	return n >= min && n <= max;
}

enum rc
sts_host(const char *region, struct buf *ret, struct err *err)
{
	size_t n = strnlen(region, STS_REGION);

	if (n == 0 || n >= STS_REGION ||
	    strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-") != n)
		return err_set(err, RC_REFUSE, "an ill-formed region");
	/* China has a suffix of its own. */
	buf_printf(ret, "sts.%s.amazonaws.com%s", region,
	    strncmp(region, "cn-", 3) == 0 ? ".cn" : "");
	return buf_ok(ret) ? RC_OK : err_memory(err);
}

static const char name_marks[] = "_+=,.@-";

enum rc
sts_session_name(
    const char *identity, const char *session, char ret[STS_NAME], struct err *err)
{
	size_t tail = strlen(session), head = strlen(identity);

	if (tail == 0 || head == 0 || tail > STS_NAME - 3)
		return err_set(err, RC_REFUSE,
		    "an identity or session that makes no session name");
	if (head > STS_NAME - 2 - tail)
		head = STS_NAME - 2 - tail;
	snprintf(ret, STS_NAME, "%.*s-%s", (int)head, identity, session);
	for (char *p = ret; *p != '\0'; p++)
		if (!letter_or_digit((uint8_t)*p) && strchr(name_marks, *p) == NULL)
			*p = '-';
	return RC_OK;
}

/* arn:aws:iam::111122223333:role/path/name */
static bool
role_ok(const char *role)
{
	const char *rest;

	if (!made_of(role, "_+=,.@-:/", 20, LEASE_ROLE - 1) ||
	    strncmp(role, "arn:aws", 7) != 0)
		return false;
	if ((rest = strstr(role, ":iam::")) == NULL)
		return false;
	rest += strlen(":iam::");
	return strspn(rest, "0123456789") == 12 &&
	       strncmp(rest + 12, ":role/", 6) == 0 && rest[18] != '\0';
}

static bool
tag_ok(const struct sts_tag *t)
{
	return made_of(t->key, " _.:/=+@-", 1, 128) &&
	       made_of(t->value, " _.:/=+@-", 0, 256);
}

static bool
web_token_ok(struct span t)
{
	for (size_t i = 0; i < t.len; i++)
		if (t.p[i] <= 0x20 || t.p[i] >= 0x7F)
			return false;
	return t.len >= STS_WEB_TOKEN_MIN && t.len <= STS_WEB_TOKEN_MAX;
}

/* AWS takes Latin-1, too; ours are made of ASCII. */
static enum rc
check_policy(const char *policy, struct err *err)
{
	size_t n = policy == NULL ? 0 : strlen(policy);

	if (policy != NULL && n == 0)
		return err_set(err, RC_REFUSE, "an empty session policy");
	for (size_t i = 0; i < n; i++)
		if ((policy[i] < 0x20 && strchr("\t\r\n", policy[i]) == NULL) ||
		    policy[i] > 0x7E)
			return err_set(
			    err, RC_REFUSE, "a session policy that AWS does not take");
	if (n > STS_POLICY_MAX)
		return err_set(err, RC_END,
		    "a session policy of %zu bytes (%d at most)", n, STS_POLICY_MAX);
	return RC_OK;
}

static enum rc
check_web(const struct sts_ask *ask, struct err *err)
{
	if (!web_token_ok(ask->web_token))
		return err_set(
		    err, RC_REFUSE, "a web identity token that AWS does not take");
	if (ask->source_identity != NULL || ask->external_id != NULL || ask->n_tags > 0)
		return err_set(
		    err, RC_REFUSE, "a web identity brings its own source and tags");
	return RC_OK;
}

static enum rc
check_names(const struct sts_ask *ask, struct err *err)
{
	if (!made_of(ask->source_identity, name_marks, 2, 64))
		return err_set(
		    err, RC_REFUSE, "an identity that AWS does not take as a source");
	if (ask->external_id != NULL &&
	    !made_of(ask->external_id, "_+=,.@-:/", 2, 1224))
		return err_set(err, RC_REFUSE, "an external id that AWS does not take");
	if (ask->n_tags > STS_TAGS_MAX)
		return err_set(err, RC_REFUSE, "more than %d tags", STS_TAGS_MAX);
	for (size_t i = 0; i < ask->n_tags; i++)
		if (!tag_ok(&ask->tags[i]))
			return err_set(err, RC_REFUSE, "a tag that AWS does not take");
	return RC_OK;
}

static enum rc
check_ask(const struct sts_ask *ask, struct err *err)
{
	enum rc rc;

	if (!role_ok(ask->role))
		return err_set(err, RC_REFUSE, "the role is no ARN of an IAM role");
	if (!made_of(ask->session_name, name_marks, 2, 64))
		return err_set(err, RC_REFUSE, "a session name that AWS does not take");
	if (ask->seconds < STS_SECONDS_MIN || ask->seconds > STS_SECONDS_MAX)
		return err_set(err, RC_REFUSE, "a lease of %u seconds (%u to %u)",
		    ask->seconds, STS_SECONDS_MIN, STS_SECONDS_MAX);
	rc = ask->web_token.len > 0 ? check_web(ask, err) : check_names(ask, err);
	return rc == RC_OK ? check_policy(ask->policy, err) : rc;
}

static void
put_tag(struct buf *ret, size_t number, const struct sts_tag *t)
{
	char name[32];

	snprintf(name, sizeof name, "Tags.member.%zu.Key", number);
	uri_form(ret, name, span_of(t->key));
	snprintf(name, sizeof name, "Tags.member.%zu.Value", number);
	uri_form(ret, name, span_of(t->value));
}

enum rc
sts_body(const struct sts_ask *ask, struct buf *ret, struct err *err)
{
	char text[64];
	enum rc rc;

	if ((rc = check_ask(ask, err)) != RC_OK)
		return rc;
	uri_form(ret, "Action",
	    span_of(
		ask->web_token.len > 0 ? "AssumeRoleWithWebIdentity" : "AssumeRole"));
	uri_form(ret, "Version", span_of("2011-06-15"));
	uri_form(ret, "RoleArn", span_of(ask->role));
	uri_form(ret, "RoleSessionName", span_of(ask->session_name));
	if (ask->web_token.len > 0)
		uri_form(ret, "WebIdentityToken", ask->web_token);
	else
		uri_form(ret, "SourceIdentity", span_of(ask->source_identity));
	snprintf(text, sizeof text, "%u", ask->seconds);
	uri_form(ret, "DurationSeconds", span_of(text));
	if (ask->external_id != NULL)
		uri_form(ret, "ExternalId", span_of(ask->external_id));
	for (size_t i = 0; i < ask->n_tags; i++)
		put_tag(ret, i + 1, &ask->tags[i]);
	if (ask->policy != NULL)
		uri_form(ret, "Policy", span_of(ask->policy));
	return buf_ok(ret) ? RC_OK : err_memory(err);
}

/* ---- the answer ---- */

enum field {
	KEY_ID,
	SECRET,
	TOKEN,
	EXPIRES,
	SOURCE,
	FIELDS,
};

#define RESULT "AssumeRoleResponse/AssumeRoleResult/"
#define WEB "AssumeRoleWithWebIdentityResponse/AssumeRoleWithWebIdentityResult/"

static const struct xml_field role_fields[FIELDS] = {
	[KEY_ID] = { .path = RESULT "Credentials/AccessKeyId" },
	[SECRET] = { .path = RESULT "Credentials/SecretAccessKey" },
	[TOKEN] = { .path = RESULT "Credentials/SessionToken" },
	[EXPIRES] = { .path = RESULT "Credentials/Expiration" },
	[SOURCE] = { .path = RESULT "SourceIdentity" },
};

static const struct xml_field web_fields[FIELDS] = {
	[KEY_ID] = { .path = WEB "Credentials/AccessKeyId" },
	[SECRET] = { .path = WEB "Credentials/SecretAccessKey" },
	[TOKEN] = { .path = WEB "Credentials/SessionToken" },
	[EXPIRES] = { .path = WEB "Credentials/Expiration" },
	[SOURCE] = { .path = WEB "SourceIdentity" },
};

/* Decode a field that must be there: printable, no blank, from 1 to max bytes. */
static enum rc
decode(const struct xml_field *f, size_t max, struct buf *ret, struct err *err)
{
	const char *name = strrchr(f->path, '/') + 1;
	enum rc rc;

	if (!f->found)
		return err_set(err, RC_REFUSE, "it has no %s", name);
	if ((rc = xml_decode(f->raw, ret, err)) != RC_OK) {
		err_add(err, "%s", name);
		return rc;
	}
	for (size_t i = 0; i < ret->len; i++)
		if (ret->p[i] <= 0x20 || ret->p[i] >= 0x7F)
			return err_set(err, RC_REFUSE, "its %s is ill-formed", name);
	if (ret->len == 0 || ret->len > max)
		return err_set(err, RC_REFUSE, "its %s has %zu bytes", name, ret->len);
	return RC_OK;
}

static enum rc
take_secret(const struct xml_field *f, size_t max, struct secret **ret, struct err *err)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, STS_ANSWER_MAX);
	if ((rc = decode(f, max, &b, err)) == RC_OK)
		rc = secret_copy(buf_span(&b), ret, err);
	buf_clear(&b);
	return rc;
}

static enum rc
take_text(const struct xml_field *f, char *ret, size_t size, struct err *err)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, STS_ANSWER_MAX);
	if ((rc = decode(f, size - 1, &b, err)) == RC_OK &&
	    !span_copy(buf_span(&b), ret, size))
		rc = err_set(err, RC_REFUSE, "a text that does not fit");
	buf_clear(&b);
	return rc;
}

static enum rc
fill(const struct xml_field *f, const struct sts_ask *ask, struct lease *l,
    struct err *err)
{
	char text[STS_NAME];
	enum rc rc;

	if ((rc = take_text(
		 &f[KEY_ID], l->access_key_id, sizeof l->access_key_id, err)) != RC_OK)
		return rc;
	if (!made_of(l->access_key_id, "", 16, LEASE_KEY_ID - 1))
		return err_set(err, RC_REFUSE, "its AccessKeyId is ill-formed");
	if ((rc = take_secret(&f[SECRET], SECRET_MAX, &l->secret, err)) != RC_OK ||
	    (rc = take_secret(&f[TOKEN], TOKEN_MAX, &l->token, err)) != RC_OK ||
	    (rc = take_text(&f[EXPIRES], text, sizeof text, err)) != RC_OK)
		return rc;
	if (!expiry_parse(span_of(text), &l->expires_ms))
		return err_set(err, RC_REFUSE, "its Expiration is ill-formed");
	if (!f[SOURCE].found || ask->web_token.len > 0)
		return RC_OK; /* of a web identity: its token's claim */
	if ((rc = take_text(&f[SOURCE], text, sizeof text, err)) != RC_OK)
		return rc;
	return strcmp(text, ask->source_identity) == 0
		   ? RC_OK
		   : err_set(err, RC_REFUSE, "it is for another source identity");
}

enum rc
sts_answer(
    struct span xml, const struct sts_ask *ask, struct lease **ret, struct err *err)
{
	struct xml_field f[FIELDS];
	struct lease *l = NULL;
	enum rc rc;

	memcpy(f, ask->web_token.len > 0 ? web_fields : role_fields, sizeof f);
	if (xml.len > STS_ANSWER_MAX)
		return err_set(err, RC_REFUSE, "the answer of STS is too long");
	if ((l = lease_new()) == NULL)
		return err_memory(err);
	if ((rc = xml_read(xml, f, FIELDS, err)) != RC_OK ||
	    (rc = fill(f, ask, l, err)) != RC_OK) {
		err_add(err, "the answer of STS");
		goto out;
	}
	snprintf(l->role, sizeof l->role, "%s", ask->role);
	*ret = l;
	l = NULL;
out:
	lease_free(l);
	return rc;
}

/* ---- a refusal ---- */

static const struct {
	const char *code;
	enum rc rc;
	const char *text;
} refusals[] = {
	{ "AccessDenied", RC_REFUSE, "AWS does not let the gateway take this role" },
	{ "RegionDisabledException", RC_FAIL, "STS is switched off in this region" },
	{ "ExpiredToken", RC_FAIL, "the gateway's own credentials have expired" },
	{ "ExpiredTokenException", RC_FAIL,
	    "the gateway's own credentials have expired" },
	{ "InvalidClientTokenId", RC_FAIL, "AWS does not know the gateway's key" },
	{ "SignatureDoesNotMatch", RC_FAIL,
	    "AWS rejects the gateway's signature (its secret, or its clock)" },
	{ "ValidationError", RC_FAIL, "AWS finds a fault in the request for the role" },
	{ "PackedPolicyTooLarge", RC_END, "the session policy is too large" },
	{ "MalformedPolicyDocument", RC_FAIL,
	    "AWS finds a fault in the session policy" },
	{ "InvalidIdentityToken", RC_REFUSE,
	    "AWS does not take the web identity's token" },
	{ "IDPRejectedClaim", RC_REFUSE, "AWS does not take the web identity's token" },
	{ "Throttling", RC_RETRY, "AWS asks for patience" },
	{ "ThrottlingException", RC_RETRY, "AWS asks for patience" },
	{ "RequestLimitExceeded", RC_RETRY, "AWS asks for patience" },
	{ "IDPCommunicationError", RC_RETRY, "AWS has trouble" },
};

static void
put_detail(
    unsigned status, struct span code, struct span message, char detail[STS_DETAIL])
{
	struct buf text, shown;

	buf_init(&text, STS_ANSWER_MAX);
	buf_init(&shown, 4 * STS_ANSWER_MAX);
	/* What cannot be decoded is shown as it came. */
	if (xml_decode(message, &text, NULL) != RC_OK) {
		buf_reset(&text);
		buf_span_put(&text, message);
	}
	buf_printf(&shown, "HTTP %u ", status);
	text_escape(&shown, code);
	buf_text(&shown, ": ");
	text_escape(&shown, buf_span(&text));
	snprintf(detail, STS_DETAIL, "%s", buf_cstr(&shown));
	buf_clear(&text);
	buf_clear(&shown);
}

enum rc
sts_refusal(unsigned status, struct span xml, char detail[STS_DETAIL], struct err *err)
{
	struct xml_field f[] = {
		{ .path = "ErrorResponse/Error/Code" },
		{ .path = "ErrorResponse/Error/Message" },
	};

	/* A load balancer's page is no XML of ours: then the status alone speaks. */
	if (xml.len > STS_ANSWER_MAX || xml_read(xml, f, 2, NULL) != RC_OK)
		f[0].raw = f[1].raw = (struct span){ 0 };
	put_detail(status, f[0].raw, f[1].raw, detail);
	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
		if (span_is(f[0].raw, refusals[i].code))
			return err_set(err, refusals[i].rc, "%s", refusals[i].text);
	if (status >= 500 || status == 429)
		return err_set(err, RC_RETRY, "AWS has trouble (HTTP %u)", status);
	return err_set(err, RC_FAIL,
	    "AWS gave an answer that means nothing here (HTTP %u)", status);
}
