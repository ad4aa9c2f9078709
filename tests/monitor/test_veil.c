/* What is shown of commands: without what their options, members and words give away, and
 * else to the letter. */
#include "tests/support/unit.h"

#include <jansson.h>

#include "broker/monitor/veil.h"
#include "policies/canon.h"
#include "recorder/mask/seed.h"

#define F "[MASKED:field]"

static struct veil *
made(const char *masking, struct span seeds)
{
	struct mask_policy *p = NULL;
	struct veil *v = NULL;
	struct err err = { "" };

	if (mask_policy_parse("m.yaml", span_of(masking), &p, &err) != RC_OK ||
	    veil_new(p, seeds, "", &v, &err) != RC_OK)
		fail_msg("%s", err.text);
	mask_policy_free(p);
	return v;
}

static struct veil *
usual(void)
{
	return made("{}", span_make(NULL, 0));
}

static void
check(const struct veil *v, const char *text, const char *want)
{
	char *s = veil_command_text(v, text);

	assert_non_null(s);
	if (strcmp(s, want) != 0)
		fail_msg("%s\nis shown as %s\nnot %s", text, s, want);
	free(s);
}

static void
values_of_secret_options_are_masked_whole(void **state)
{
	static const char *const rows[][2] = {
		{ "'aws' secretsmanager create-secret --name a --secret-string hunter2",
		    "'aws' secretsmanager create-secret --name a --secret-string " F },
		{ "'aws' secretsmanager put-secret-value --secret-string "
		  "'two words; and more'",
		    "'aws' secretsmanager put-secret-value --secret-string " F },
		{ "'aws' rds create-db-instance --master-user-password Xy1 "
		  "--master-username a",
		    "'aws' rds create-db-instance --master-user-password " F
		    " --master-username a" },
		{ "'aws' iam create-login-profile --user-name u --password p",
		    "'aws' iam create-login-profile --user-name u --password " F },
		{ "'aws' secretsmanager create-secret '--secret-string=a b c'",
		    "'aws' secretsmanager create-secret '--secret-string=" F "'" },
		{ "'aws' ssm put-parameter --name /a --value blue --type SecureString",
		    "'aws' ssm put-parameter --name /a --value " F
		    " --type SecureString" },
		{ "'aws' --region eu-west-1 ssm put-parameter --value blue",
		    "'aws' --region eu-west-1 ssm put-parameter --value " F },
		{ "'aws' lambda update-function-configuration --environment "
		  "'Variables={DB_PASSWORD=hunter2,COLOR=blue}'",
		    "'aws' lambda update-function-configuration --environment "
		    "'Variables={DB_PASSWORD=" F ",COLOR=blue}'" },
	};
	struct veil *v = usual();

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		check(v, rows[i][0], rows[i][1]);
	veil_free(v);
}

/* Approvers decide on what they see: what is no secret stands there as it runs. */
static void
all_else_is_shown_to_the_letter(void **state)
{
	static const char *const rows[] = {
		"'aws' s3 ls",
		"'aws' s3 rm s3://logs/a --recursive",
		"'aws' secretsmanager get-secret-value --secret-id prod/db",
		"'aws' s3api list-objects-v2 --bucket b --starting-token "
		"abcdef0123456789",
		"'aws' cloudtrail lookup-events --next-token abcdef0123456789abcd",
		"'aws' ec2 run-instances --client-token 0123456789abcdef0123",
		"'aws' ec2 describe-instances --filters 'Name=tag:a,Values=b c' "
		"--query "
		"'Reservations[].Instances[]'",
		"'aws' s3 cp 's3://b/it'\\''s' -",
		"'aws' sns publish --message 'password please'",
		"'aws' ssm get-parameter --name /a --with-decryption",
		"ls -l '/tmp/a b' | grep -v \"x\"",
		"ssm i-0abc1234 -- tail -n 100 /var/log/app.log",
		"s3:DeleteObject in eu-west-1: Bucket='logs' Key='a\\x27b'",
		"s3:PutObject in eu-west-1: Body=? Bucket='b' (not reviewed: ?; call 3 "
		"of "
		"x)",
		"sdk staging@aws:443",
		"",
	};
	struct veil *v = usual();

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		check(v, rows[i], rows[i]);
	/* A mask is no secret. */
	check(v, "'aws' a b --password " F, "'aws' a b --password " F);
	veil_free(v);
}

static void
lines_and_calls_lose_theirs(void **state)
{
	static const char *const rows[][2] = {
		{ "PGPASSWORD=hunter2 psql -h db", "PGPASSWORD=" F " psql -h db" },
		{ "mysqldump --password=hunter2 all",
		    "mysqldump --password=" F " all" },
		{ "secretsmanager:CreateSecret in eu-west-1: Name='a' "
		  "SecretString='two words'",
		    "secretsmanager:CreateSecret in eu-west-1: Name='a' "
		    "SecretString='" F "'" },
		{ "ssm:PutParameter in eu-west-1: Name='a' Value='blue'",
		    "ssm:PutParameter in eu-west-1: Name='a' Value='" F "'" },
		{ "ssm:PutParameters in eu-west-1: Name='a' Value='blue'",
		    "ssm:PutParameters in eu-west-1: Name='a' Value='blue'" },
	};
	struct veil *v = usual();

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		check(v, rows[i][0], rows[i][1]);
	veil_free(v);
}

static void
an_array_stays_an_array(void **state)
{
	struct veil *v = usual();
	json_t *o = json_loads(
	    "{\"argv\": [\"aws\", \"secretsmanager\", \"create-secret\", \"--name\", "
	    "\"a\", \"--secret-string\", \"hunter2 and more\"], \"command\": \"'aws' "
	    "iam create-login-profile --password p\", \"n\": 7, \"deep\": [{\"line\": "
	    "\"x --password=hunter2\"}], \"none\": null}",
	    0, NULL);
	json_t *want = json_loads(
	    "{\"argv\": [\"aws\", \"secretsmanager\", \"create-secret\", \"--name\", "
	    "\"a\", \"--secret-string\", \"" F "\"], \"command\": \"'aws' iam "
	    "create-login-profile --password " F "\", \"n\": 7, \"deep\": [{\"line\": "
	    "\"x --password=" F "\"}], \"none\": null}",
	    0, NULL);
	char *s;

	(void)state;
	assert_true(veil_json(v, o));
	s = json_dumps(o, JSON_COMPACT);
	if (!json_equal(o, want))
		fail_msg("%s", s);
	free(s);
	/* Once more is the same. */
	assert_true(veil_json(v, o));
	assert_true(json_equal(o, want));
	json_decref(o);
	json_decref(want);
	/* What is not there, and what is no list of words. */
	assert_null(veil_detail_take(v, NULL, 0));
	o = json_pack("{s:[s, i]}", "argv", "a", 1);
	assert_null(veil_detail_take(v, o, 0));
	veil_free(v);
}

static void
the_configuration_counts(void **state)
{
	struct veil *v = made(
	    "{keys: {add: [kundennummer], never: [password]}}", span_make(NULL, 0));

	(void)state;
	check(v, "'aws' a b --kundennummer 12 --password 34",
	    "'aws' a b --kundennummer " F " --password 34");
	veil_free(v);
	v = made("{mode: count-only}", span_make(NULL, 0));
	check(v, "'aws' a b --password hunter2", "'aws' a b --password hunter2");
	check(v, "'aws' ssm put-parameter --value x",
	    "'aws' ssm put-parameter --value x");
	veil_free(v);
}

static void
the_gateways_credentials_are_known(void **state)
{
	static const uint8_t salt[16] = { 7 };
	struct err err = { "" };
	struct mask_policy *p = NULL;
	struct veil *v = NULL;
	struct buf rows;

	(void)state;
	buf_init(&rows, SEED_FORMS * SEED_ROW);
	assert_int_equal(
	    seed_make(salt, span_of("not-in-any-list-9x7k"), &rows, &err), RC_OK);
	v = made("{}", buf_span(&rows));
	check(v, "echo not-in-any-list-9x7k", "echo [MASKED:seed]");
	check(v, "'aws' a b --name not-in-any-list-9x7k",
	    "'aws' a b --name [MASKED:seed]");
	veil_free(v);
	/* Half a row is none. */
	assert_int_equal(mask_policy_parse("m", span_of("{}"), &p, &err), RC_OK);
	rows.len--;
	v = NULL;
	assert_int_equal(veil_new(p, buf_span(&rows), "", &v, &err), RC_REFUSE);
	assert_null(v);
	mask_policy_free(p);
	buf_clear(&rows);
}

static void
words_are_cut_as_they_are_shown(void **state)
{
	const struct span list[] = { span_of("aws"), span_of("s3"), span_of("a b"),
		span_of("--password"), span_of("hunter2"), span_of("x") };
	struct veil *v = usual();
	struct words *w = NULL;
	struct buf out;

	(void)state;
	assert_int_equal(words_from_list(list, ROWS(list), &w, NULL), RC_OK);
	buf_init(&out, 1024);
	veil_words(v, w, 1, 300, &out);
	assert_string_equal(buf_cstr(&out), "s3 'a b' --password " F " x");
	buf_reset(&out);
	veil_words(v, w, 1, 4, &out);
	assert_string_equal(buf_cstr(&out), "s3 'a b' ...");
	buf_clear(&out);
	words_free(w);
	/* Without one nothing is shown. */
	check(NULL, "x --password=hunter2", "[MASKED]");
	check(NULL, "'aws' s3 ls", "'[MASKED]' [MASKED] [MASKED]");
	assert_null(veil_command_text(v, NULL));
	veil_free(v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_of_secret_options_are_masked_whole),
		cmocka_unit_test(all_else_is_shown_to_the_letter),
		cmocka_unit_test(lines_and_calls_lose_theirs),
		cmocka_unit_test(an_array_stays_an_array),
		cmocka_unit_test(the_configuration_counts),
		cmocka_unit_test(the_gateways_credentials_are_known),
		cmocka_unit_test(words_are_cut_as_they_are_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
