#include "tests/support/unit.h"

#include "broker/vault/sts.h"

#define ROLE "arn:aws:iam::111122223333:role/path/broker"

static const struct sts_tag tags[] = { { "session", "s-1" }, { "rule", "p/r 1" } };
static const struct sts_ask good = { .role = ROLE,
	.session_name = "alice-s1",
	.source_identity = "alice",
	.external_id = "ours:1/2",
	.seconds = 900,
	.tags = tags,
	.n_tags = 2 };

static void
the_form_is_whole(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 65536);
	assert_int_equal(sts_body(&good, &b, NULL), RC_OK);
	assert_string_equal(buf_cstr(&b),
	    "Action=AssumeRole&Version=2011-06-15"
	    "&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fpath%2Fbroker"
	    "&RoleSessionName=alice-s1&SourceIdentity=alice&DurationSeconds=900"
	    "&ExternalId=ours%3A1%2F2&Tags.member.1.Key=session&Tags.member.1.Value=s-1"
	    "&Tags.member.2.Key=rule&Tags.member.2.Value=p%2Fr%201");
	buf_clear(&b);
}

static void
a_policy_goes_along(void **state)
{
	char text[STS_POLICY_MAX + 2];
	struct sts_ask ask = good;
	struct err err;
	struct buf b;

	(void)state;
	ask.policy = "{\"a\": [1]}\n";
	buf_init(&b, 65536);
	assert_int_equal(sts_body(&ask, &b, NULL), RC_OK);
	assert_non_null(strstr(buf_cstr(&b), "&Policy=%7B%22a%22%3A%20%5B1%5D%7D%0A"));
	memset(text, 'x', sizeof text);
	text[STS_POLICY_MAX] = '\0';
	ask.policy = text;
	buf_reset(&b);
	assert_int_equal(sts_body(&ask, &b, NULL), RC_OK);
	text[STS_POLICY_MAX] = 'x';
	text[STS_POLICY_MAX + 1] = '\0';
	buf_reset(&b);
	assert_int_equal(sts_body(&ask, &b, &err), RC_END);
	assert_string_equal(err.text, "a session policy of 2049 bytes (2048 at most)");
	ask.policy = "";
	assert_int_equal(sts_body(&ask, &b, NULL), RC_REFUSE);
	ask.policy = "\xC3\xA4";
	assert_int_equal(sts_body(&ask, &b, NULL), RC_REFUSE);
	ask.policy = "a\x01";
	assert_int_equal(sts_body(&ask, &b, NULL), RC_REFUSE);
	assert_int_equal(b.len, 0);
	buf_clear(&b);
}

static void
a_web_identity_has_a_form_of_its_own(void **state)
{
	const struct sts_ask web = { .role = ROLE,
		.session_name = "pod-1",
		.web_token = span_of("a.b-c_d=="),
		.seconds = 3600 };
	static const char answer[] =
	    "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult>"
	    "<SourceIdentity>someone</SourceIdentity><Credentials>"
	    "<AccessKeyId>ASIAEXAMPLEEXAMPLE00</AccessKeyId>"
	    "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
	    "<Expiration>2026-01-02T04:04:05Z</Expiration></Credentials>"
	    "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>";
	struct sts_ask ask = web;
	struct lease *l = NULL;
	struct buf b;

	(void)state;
	buf_init(&b, 65536);
	assert_int_equal(sts_body(&web, &b, NULL), RC_OK);
	assert_string_equal(buf_cstr(&b),
	    "Action=AssumeRoleWithWebIdentity&Version=2011-06-15"
	    "&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fpath%2Fbroker"
	    "&RoleSessionName=pod-1&WebIdentityToken=a.b-c_d%3D%3D&DurationSeconds="
	    "3600");
	buf_reset(&b);
	ask.source_identity = "alice";
	assert_int_equal(sts_body(&ask, &b, NULL), RC_REFUSE);
	ask = web;
	ask.tags = tags;
	ask.n_tags = 1;
	assert_int_equal(sts_body(&ask, &b, NULL), RC_REFUSE);
	ask = web;
	ask.web_token = span_of("a b");
	assert_int_equal(sts_body(&ask, &b, NULL), RC_REFUSE);
	ask.web_token = span_of("abc");
	assert_int_equal(sts_body(&ask, &b, NULL), RC_REFUSE);
	assert_int_equal(b.len, 0);
	buf_clear(&b);
	/* Each form has its own answer. */
	assert_int_equal(sts_answer(span_of(answer), &good, &l, NULL), RC_REFUSE);
	assert_int_equal(sts_answer(span_of(answer), &web, &l, NULL), RC_OK);
	assert_true(span_is(secret_span(l->token), "t"));
	lease_free(l);
}

static void
regions_have_hosts(void **state)
{
	static const char *const bad[] = { "", "eu west", "eu-west-1.evil.test", "a/b",
		"EU",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
	struct buf b;

	(void)state;
	buf_init(&b, 256);
	assert_int_equal(sts_host("eu-west-1", &b, NULL), RC_OK);
	buf_u8(&b, ' ');
	assert_int_equal(sts_host("cn-north-1", &b, NULL), RC_OK);
	assert_string_equal(buf_cstr(&b),
	    "sts.eu-west-1.amazonaws.com sts.cn-north-1.amazonaws.com.cn");
	for (size_t i = 0; i < ROWS(bad); i++)
		assert_int_equal(sts_host(bad[i], &b, NULL), RC_REFUSE);
	buf_clear(&b);
}

static enum rc
try_ask(struct sts_ask ask)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, 65536);
	rc = sts_body(&ask, &b, NULL);
	if (rc != RC_OK)
		assert_int_equal(b.len, 0);
	buf_clear(&b);
	return rc;
}

#define TRY(member, value)                                                             \
	do {                                                                           \
		struct sts_ask ask = good;                                             \
		ask.member = (value);                                                  \
		assert_int_equal(try_ask(ask), RC_REFUSE);                             \
	} while (0)

static void
what_aws_does_not_take_is_refused(void **state)
{
	static const char *const roles[] = { "", "broker", "arn:aws:iam::1:role/x",
		"arn:aws:iam::111122223333:user/x", "arn:aws:iam::111122223333:role/",
		"arn:aws:s3::111122223333:role/x", "arn:aws:iam::111122223333:role/a b",
		"arn:aws:iam::1111222233334:role/x",
		"x:iam::111122223333:role/abcdefg" };
	static const struct sts_tag bad_tags[] = { { "", "v" }, { "k", "v&" },
		{ "k;", "" } };
	char long_name[66];

	(void)state;
	memset(long_name, 'a', 65);
	long_name[65] = '\0';
	for (size_t i = 0; i < ROWS(roles); i++)
		TRY(role, roles[i]);
	TRY(session_name, "a");
	TRY(session_name, "a b");
	TRY(session_name, long_name);
	TRY(source_identity, "a");
	TRY(source_identity, "aws:x");
	TRY(source_identity, "\xC3\xA4\xC3\xA4");
	TRY(source_identity, long_name);
	TRY(source_identity, NULL);
	TRY(external_id, "x");
	TRY(external_id, "a&Action=b");
	TRY(seconds, 899);
	TRY(seconds, 43201);
	TRY(n_tags, STS_TAGS_MAX + 1);
	for (size_t i = 0; i < ROWS(bad_tags); i++) {
		struct sts_ask ask = good;

		ask.tags = &bad_tags[i];
		ask.n_tags = 1;
		assert_int_equal(try_ask(ask), RC_REFUSE);
	}
	assert_int_equal(try_ask(good), RC_OK);
}

static void
session_names_keep_the_session_whole(void **state)
{
	static const char uuid[] = "0199f0c2-0000-7000-8000-000000000001";
	char name[STS_NAME], identity[65], longest[63];

	(void)state;
	assert_int_equal(sts_session_name("alice", "s1", name, NULL), RC_OK);
	assert_string_equal(name, "alice-s1");
	assert_int_equal(sts_session_name("a b\xC3\xA4/c", "s:1", name, NULL), RC_OK);
	assert_string_equal(name, "a-b---c-s-1");
	memset(identity, 'i', 64);
	identity[64] = '\0';
	assert_int_equal(sts_session_name(identity, uuid, name, NULL), RC_OK);
	assert_int_equal(strlen(name), 64);
	assert_string_equal(name + 28, uuid);
	memset(longest, 's', 62);
	longest[62] = '\0';
	assert_int_equal(sts_session_name(identity, longest, name, NULL), RC_OK);
	assert_int_equal(strlen(name), 64);
	assert_int_equal(sts_session_name(identity, identity, name, NULL), RC_REFUSE);
	assert_int_equal(sts_session_name("", "s", name, NULL), RC_REFUSE);
	assert_int_equal(sts_session_name("i", "", name, NULL), RC_REFUSE);
}

#define WRAP(credentials, more)                                                        \
	"<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"     \
	"<AssumeRoleResult>" more "<Credentials>" credentials                          \
	"</Credentials></AssumeRoleResult><ResponseMetadata><RequestId>r</RequestId>"  \
	"</ResponseMetadata></AssumeRoleResponse>\n"
#define ID "<AccessKeyId>ASIAEXAMPLEEXAMPLE00</AccessKeyId>"
#define SECRET "<SecretAccessKey>se/cret+&amp;=</SecretAccessKey>"
#define TOKEN "<SessionToken>IQoJ//+==</SessionToken>"
#define EXPIRES "<Expiration>2026-01-02T04:04:05Z</Expiration>"

static void
an_answer_becomes_a_lease(void **state)
{
	static const char *const docs[] = { WRAP(ID SECRET TOKEN EXPIRES, ""),
		WRAP(EXPIRES TOKEN "\n<New>x</New>" SECRET ID,
		    "<SourceIdentity>alice</SourceIdentity>"),
		WRAP(ID SECRET TOKEN
		    "<Expiration>2026-01-02T04:04:05.123Z</Expiration>",
		    "<AssumedRoleUser><Arn>a</Arn></AssumedRoleUser>") };

	(void)state;
	for (size_t i = 0; i < ROWS(docs); i++) {
		struct lease *l = NULL;

		assert_int_equal(sts_answer(span_of(docs[i]), &good, &l, NULL), RC_OK);
		assert_string_equal(l->access_key_id, "ASIAEXAMPLEEXAMPLE00");
		assert_true(span_is(secret_span(l->secret), "se/cret+&="));
		assert_true(span_is(secret_span(l->token), "IQoJ//+=="));
		assert_true(l->expires_ms == 1767326645000u);
		assert_string_equal(l->role, ROLE);
		lease_free(l);
	}
}

#define EXPIRY(t) WRAP(ID SECRET TOKEN "<Expiration>" t "</Expiration>", "")

static void
other_answers_are_refused(void **state)
{
	static const char *const bad[] = { "", "{}", "<html></html>",
		WRAP(ID SECRET TOKEN EXPIRES,
		    "<SourceIdentity>mallory</SourceIdentity>"),
		WRAP(SECRET TOKEN EXPIRES, ""), WRAP(ID TOKEN EXPIRES, ""),
		WRAP(ID SECRET EXPIRES, ""), WRAP(ID SECRET TOKEN, ""),
		WRAP(ID ID SECRET TOKEN EXPIRES, ""),
		WRAP(ID SECRET "<SessionToken></SessionToken>" EXPIRES, ""),
		WRAP(ID SECRET "<SessionToken>a b</SessionToken>" EXPIRES, ""),
		WRAP(ID SECRET "<SessionToken>a&#13;&#10;X: y</SessionToken>" EXPIRES,
		    ""),
		WRAP(ID SECRET "<SessionToken>&unknown;</SessionToken>" EXPIRES, ""),
		WRAP("<AccessKeyId>AS/IA</AccessKeyId>" SECRET TOKEN EXPIRES, ""),
		WRAP("<AccessKeyId>short</AccessKeyId>" SECRET TOKEN EXPIRES, ""),
		EXPIRY(""), EXPIRY("tomorrow"), EXPIRY("2026-01-02T04:04:05"),
		EXPIRY("2026-01-02 04:04:05Z"), EXPIRY("2026-13-02T04:04:05Z"),
		EXPIRY("2026-01-00T04:04:05Z"), EXPIRY("2026-01-02T24:04:05Z"),
		EXPIRY("1969-01-02T04:04:05Z"), EXPIRY("2026-01-02T04:04:05.Z"),
		EXPIRY("2026-01-02T04:04:05Zx"), EXPIRY("2026-01-02T04:04:05+01:00") };
	struct lease *l = NULL;
	struct buf big;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++)
		assert_int_equal(
		    sts_answer(span_of(bad[i]), &good, &l, &err), RC_REFUSE);
	buf_init(&big, STS_ANSWER_MAX + 1024);
	buf_text(&big, WRAP(ID SECRET TOKEN EXPIRES, ""));
	while (big.len <= STS_ANSWER_MAX)
		buf_u8(&big, ' ');
	assert_int_equal(sts_answer(buf_span(&big), &good, &l, &err), RC_REFUSE);
	buf_clear(&big);
	assert_null(l);
}

static void
no_error_text_holds_a_secret(void **state)
{
	struct lease *l = NULL;
	struct err err;

	(void)state;
	(void)sts_answer(
	    span_of(
		WRAP(ID "<SecretAccessKey>s3cr3t value</SecretAccessKey>" TOKEN EXPIRES,
		    "")),
	    &good, &l, &err);
	assert_null(strstr(err.text, "s3cr3t"));
	assert_non_null(strstr(err.text, "SecretAccessKey"));
}

#define FAULT(code, message)                                                           \
	"<ErrorResponse xmlns=\"x\"><Error><Type>Sender</Type><Code>" code             \
	"</Code><Message>" message "</Message></Error></ErrorResponse>"

static void
refusals_are_judged(void **state)
{
	static const struct {
		unsigned status;
		const char *xml;
		enum rc rc;
		const char *text;
	} rows[] = {
		{ 403, FAULT("AccessDenied", "User: arn:x"), RC_REFUSE, "this role" },
		{ 400, FAULT("PackedPolicyTooLarge", "m"), RC_END,
		    "the session policy is too large" },
		{ 400, FAULT("MalformedPolicyDocument", "m"), RC_FAIL,
		    "in the session policy" },
		{ 400, FAULT("InvalidIdentityToken", "m"), RC_REFUSE, "token" },
		{ 403, FAULT("IDPRejectedClaim", "m"), RC_REFUSE, "token" },
		{ 403, FAULT("ExpiredToken", ""), RC_FAIL, "expired" },
		{ 403, FAULT("InvalidClientTokenId", ""), RC_FAIL, "key" },
		{ 403, FAULT("SignatureDoesNotMatch", ""), RC_FAIL, "clock" },
		{ 400, FAULT("Throttling", "Rate exceeded"), RC_RETRY, "patience" },
		{ 400, FAULT("ValidationError", ""), RC_FAIL, "fault" },
		{ 503, "<html>busy</html>", RC_RETRY, "503" },
		{ 500, "no XML", RC_RETRY, "500" },
		{ 429, "", RC_RETRY, "429" },
		{ 418, FAULT("Teapot", ""), RC_FAIL, "418" },
		{ 302, "", RC_FAIL, "302" },
	};
	char detail[STS_DETAIL];
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(
		    sts_refusal(rows[i].status, span_of(rows[i].xml), detail, &err),
		    rows[i].rc);
		assert_non_null(strstr(err.text, rows[i].text));
		/* What AWS says names the gateway: for the log alone. */
		assert_null(strstr(err.text, "arn:"));
	}
	(void)sts_refusal(
	    403, span_of(FAULT("AccessDenied", "a&lt;&#10;b\xC3\xA4")), detail, &err);
	assert_string_equal(detail, "HTTP 403 AccessDenied: a<\\x0Ab\\xC3\\xA4");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_form_is_whole),
		cmocka_unit_test(a_policy_goes_along),
		cmocka_unit_test(a_web_identity_has_a_form_of_its_own),
		cmocka_unit_test(regions_have_hosts),
		cmocka_unit_test(what_aws_does_not_take_is_refused),
		cmocka_unit_test(session_names_keep_the_session_whole),
		cmocka_unit_test(an_answer_becomes_a_lease),
		cmocka_unit_test(other_answers_are_refused),
		cmocka_unit_test(no_error_text_holds_a_secret),
		cmocka_unit_test(refusals_are_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
