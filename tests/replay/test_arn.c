#include "tests/support/unit.h"

#include "replay/arn.h"

static void
check(const char *service, const char *arn, size_t most, const char *want)
{
	const struct arn_home home = { span_of(service), span_of("eu-west-1"),
		span_of("111122223333") };
	struct buf out;

	buf_init(&out, 4096);
	arn_short(span_of(arn), &home, most, &out);
	if (!buf_ok(&out) || strcmp(buf_cstr(&out), want) != 0)
		fail_msg("%s\ngives %s\nnot   %s", arn, buf_cstr(&out), want);
	buf_clear(&out);
}

static void
what_goes_without_saying_is_left_out(void **state)
{
	static const char *const rows[][3] = {
		{ "s3", "arn:aws:s3:::logs/a:b.txt", "logs/a:b.txt" },
		{ "ssm", "arn:aws:ssm:eu-west-1:111122223333:parameter/app/color",
		    "parameter/app/color" },
		{ "ssm", "arn:aws-cn:ssm:eu-west-1:111122223333:p", "p" },
		{ "iam", "arn:aws:iam::111122223333:role/r", "role/r" },
		/* Another place says where it is. */
		{ "ssm", "arn:aws:ssm:us-east-1:111122223333:p",
		    "arn:aws:ssm:us-east-1:111122223333:p" },
		{ "ssm", "arn:aws:ssm:eu-west-1:999922223333:p",
		    "arn:aws:ssm:eu-west-1:999922223333:p" },
		{ "ec2", "arn:aws:iam::111122223333:role/r",
		    "arn:aws:iam::111122223333:role/r" },
		/* No ARN, or none that names anything. */
		{ "s3", "*", "*" },
		{ "s3", "arn:aws:s3:::", "arn:aws:s3:::" },
		{ "s3", "arn:aws:s3", "arn:aws:s3" },
		{ "s3", "", "" },
		{ "", "arn:aws:::x:y", "arn:aws:::x:y" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		check(rows[i][0], rows[i][1], 48, rows[i][2]);
}

static void
the_middle_is_cut(void **state)
{
	(void)state;
	check("s3", "arn:aws:s3:::0123456789", 10, "0123456789");
	check("s3", "arn:aws:s3:::0123456789a", 10, "0123..789a");
	check("s3", "arn:aws:s3:::0123456789abc", 11, "0123..89abc");
}

static void
hostile_names_are_escaped(void **state)
{
	(void)state;
	check("s3", "arn:aws:s3:::a\x1b[6n\xff\n", 48, "a\\x1B[6n\\xFF\\x0A");
	check("s3", "\xc3\xa4\xc2\x9b", 48, "\xc3\xa4\\xC2\\x9B");
	/* Never within a character. */
	check("s3", "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", 9,
	    "\xc3\xa4..\xc3\xa4\xc3\xa4");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_goes_without_saying_is_left_out),
		cmocka_unit_test(the_middle_is_cut),
		cmocka_unit_test(hostile_names_are_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
