#include "tests/support/unit.h"

#include "broker/launch/image.h"

static struct msg_launch
message(uint8_t stage)
{
	struct msg_launch m = { .argv = { 7,
				    { span_of("/usr/bin/aws"),
					span_of("--body=fileb:///tmp/in"),
					span_of("file:///tmp/in"), span_of("/tmp/out"),
					span_of("/tmp/in"), span_of("--body=/tmp/in"),
					span_of("x/tmp/in") } },
		.env = { 2, { span_of("HOME=/host"), span_of("LANG=C") } },
		.proxy = span_of("u:p"),
		.stage = stage };

	return m;
}

static void
want(uint8_t stage, const char *scratch, const char *const *argv)
{
	const struct image_places places = { "/h", scratch, "/c.pem", 4242 };
	const struct msg_launch m = message(stage);
	struct image i;

	assert_int_equal(image_make(&m, &places, &i, NULL), RC_OK);
	for (size_t n = 0; argv[n] != NULL; n++)
		assert_string_equal(i.argv[n], argv[n]);
	assert_null(i.argv[7]);
	image_clear(&i);
	assert_null(i.argv);
}

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void
staged_files_are_named_where_they_are(void **state)
{
	(void)state;
	want(STAGE_IN | STAGE_OUT, "/tmp/x",
	    LIST("/usr/bin/aws", "--body=fileb:///tmp/x/in", "file:///tmp/x/in",
		"/tmp/x/out", "/tmp/x/in", "--body=/tmp/x/in", "x/tmp/in"));
	want(STAGE_IN, "/tmp/x",
	    LIST("/usr/bin/aws", "--body=fileb:///tmp/x/in", "file:///tmp/x/in",
		"/tmp/out", "/tmp/x/in", "--body=/tmp/x/in", "x/tmp/in"));
	want(STAGE_OUT, "/tmp/x",
	    LIST("/usr/bin/aws", "--body=fileb:///tmp/in", "file:///tmp/in",
		"/tmp/x/out", "/tmp/in", "--body=/tmp/in", "x/tmp/in"));
}

static void
else_words_stay_as_they_are(void **state)
{
	const char *const *same = LIST("/usr/bin/aws", "--body=fileb:///tmp/in",
	    "file:///tmp/in", "/tmp/out", "/tmp/in", "--body=/tmp/in", "x/tmp/in");

	(void)state;
	want(0, "/tmp/x", same);
	want(STAGE_IN | STAGE_OUT, "/tmp", same);
}

static void
the_gate_is_added_and_home_is_ours(void **state)
{
	const struct image_places places = { "/h", "/tmp", "/c.pem", 4242 };
	struct msg_launch m = message(0);
	struct image i;

	(void)state;
	assert_int_equal(image_make(&m, &places, &i, NULL), RC_OK);
	assert_string_equal(i.env[0], "HOME=/h");
	assert_string_equal(i.env[1], "LANG=C");
	assert_string_equal(i.env[2], "HTTPS_PROXY=http://u:p@127.0.0.1:4242");
	assert_string_equal(i.env[3], "AWS_CA_BUNDLE=/c.pem");
	assert_null(i.env[4]);
	image_clear(&i);
	m.env.n = 0;
	assert_int_equal(image_make(&m, &places, &i, NULL), RC_OK);
	assert_string_equal(i.env[0], "HOME=/h");
	assert_string_equal(i.env[1], "HTTPS_PROXY=http://u:p@127.0.0.1:4242");
	assert_null(i.env[3]);
	image_clear(&i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(staged_files_are_named_where_they_are),
		cmocka_unit_test(else_words_stay_as_they_are),
		cmocka_unit_test(the_gate_is_added_and_home_is_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
