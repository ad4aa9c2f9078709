/* Which names are those of secrets, how they are folded, which literals find them. */
#include "tests/mask/naive.h"

#include "recorder/mask/keyname.h"

static void
folds(void **state)
{
	static const struct {
		const char *in, *out; /* NULL: none */
	} rows[] = {
		{ "SyncToken", "sync_token" },
		{ "sync-token", "sync_token" },
		{ "SYNC_TOKEN", "sync_token" },
		{ "sync.token", "sync_token" },
		{ "sync token", "sync_token" },
		{ "syncToken2", "sync_token2" },
		{ "HTTPServerKey", "http_server_key" },
		{ "__a--b__", "a_b" },
		{ "kundennummer", "kundennummer" },
		{ "", NULL },
		{ "--", NULL },
		{ "a/b", NULL },
		{ "schl\xc3\xbcssel", NULL },
	};
	char out[KEYNAME_MOST], longest[KEYNAME_MOST + 1];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		bool is = keyname_fold(span_of(rows[i].in), out);

		assert_int_equal(is, rows[i].out != NULL);
		if (is)
			assert_string_equal(out, rows[i].out);
	}
	memset(longest, 'a', sizeof longest);
	assert_false(keyname_fold(span_make(longest, KEYNAME_MOST), out));
	assert_true(keyname_fold(span_make(longest, KEYNAME_MOST - 2), out));
}

static void
with(const char *policy, void (*look)(struct mask_build *b, const struct keynames *k))
{
	struct mask_policy *p = NULL;
	struct mask_build b = { .rc = RC_OK };
	const struct keynames *k;
	struct err err;

	assert_int_equal(mask_policy_parse("test", span_of(policy), &p, &err), RC_OK);
	b.policy = p;
	k = keynames_build(&b);
	assert_non_null(k);
	look(&b, k);
	assert_int_equal(b.rc, RC_OK);
	build_clear(&b);
	mask_policy_free(p);
}

static void
look_judge(struct mask_build *b, const struct keynames *k)
{
	static const struct {
		const char *name;
		enum keyname is;
	} rows[] = {
		{ "password", KEYNAME_YES },
		{ "DB_PASSWORD", KEYNAME_YES },
		{ "masterUserPassword", KEYNAME_YES },
		{ "spring.datasource.password", KEYNAME_YES },
		{ "--master-user-password", KEYNAME_YES },
		{ "aws_secret_access_key", KEYNAME_YES },
		{ "SecretAccessKey", KEYNAME_YES },
		{ "aws session token", KEYNAME_YES },
		{ "X-Api-Key", KEYNAME_YES },
		{ "xapikey", KEYNAME_YES },
		{ "GITHUB_TOKEN", KEYNAME_WEAK },
		{ "accessToken", KEYNAME_YES },
		{ "secret", KEYNAME_WEAK },
		{ "clientSecret", KEYNAME_YES },
		{ "Plaintext", KEYNAME_WEAK },
		{ "MYSQL_PWD", KEYNAME_YES },
		{ "PWD", KEYNAME_WEAK },
		{ "OLDPWD", KEYNAME_NO },
		{ "NextToken", KEYNAME_NO },
		{ "nextForwardToken", KEYNAME_NO },
		{ "--starting-token", KEYNAME_NO },
		{ "response.NextToken", KEYNAME_NO },
		{ "next_token", KEYNAME_NO },
		{ "my_next_token", KEYNAME_WEAK },
		{ "PublicKeyMaterial", KEYNAME_NO },
		{ "KeyMaterial", KEYNAME_YES },
		{ "user", KEYNAME_NO },
		{ "passwords", KEYNAME_NO },
		{ "", KEYNAME_NO },
		/* Of the policy. */
		{ "xKundenNummer", KEYNAME_YES },
		{ "zip-code", KEYNAME_WEAK },
		{ "sync_token", KEYNAME_NO },
		{ "a.SyncToken", KEYNAME_NO },
		{ "signing.thing", KEYNAME_NO },
	};
	char longest[4 * KEYNAME_MOST];

	(void)b;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (keyname_judge(k, span_of(rows[i].name)) != rows[i].is)
			fail_msg("%s", rows[i].name);
	memset(longest, 'x', sizeof longest);
	memcpy(longest + sizeof longest - 8, "password", 8);
	assert_int_equal(
	    keyname_judge(k, span_make(longest, sizeof longest)), KEYNAME_YES);
}

static enum mask_says
none(const void *arg, const struct mask_view *v, size_t at, struct mask_context *c,
    struct mask_find *ret)
{
	(void)arg, (void)v, (void)at, (void)c, (void)ret;
	return MASK_NO;
}

static size_t
times(const struct mask_build *b, const char *text)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n_literals; i++) {
		const struct build_literal *l = &b->literals[i];

		n += span_is(span_make(l->text, l->len), text);
		assert_true(l->flags & MASK_SHOWN);
		assert_int_equal(((const struct keyname_literal *)l->arg)->len, l->len);
	}
	return n;
}

static void
look_literals(struct mask_build *b, const struct keynames *k)
{
	keyname_literals(b, k, none);
	assert_int_equal(times(b, "password"), 1);
	assert_int_equal(times(b, "token"), 1);
	assert_int_equal(times(b, "secret_access_key"), 1);
	assert_int_equal(times(b, "secret-access-key"), 1);
	assert_int_equal(times(b, "secret access key"), 1);
	assert_int_equal(times(b, "secretaccesskey"), 1);
	assert_int_equal(times(b, "kundennummer"), 1);
	/* Found by what they end in. */
	assert_int_equal(times(b, "session_token"), 0);
	assert_int_equal(times(b, "clientsecret"), 0);
	assert_int_equal(times(b, "mysqlpwd"), 0);
	/* Names that are none. */
	assert_int_equal(times(b, "nexttoken"), 0);
	assert_int_equal(times(b, "synctoken"), 0);
}

#define POLICY                                                                         \
	"masking:\n  keys: {add: [KundenNummer, password], weak: [code], never: "      \
	"[SyncToken, signing_thing]}\n"

static void
judges(void **state)
{
	(void)state;
	with(POLICY, look_judge);
}

static void
literals(void **state)
{
	(void)state;
	with(POLICY, look_literals);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folds),
		cmocka_unit_test(judges),
		cmocka_unit_test(literals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
