#include "tests/support/unit.h"

#include "lib/base/metadata.h"

static void
only_these_are_near(void **state)
{
	static const char *const good[] = { "http://127.0.0.1", "http://127.0.0.1/",
		"http://127.255.0.9:8080/x?y", "http://localhost:1/",
		"http://[::1]:65535/", "http://169.254.169.254/latest",
		"http://169.254.170.2", "http://169.254.170.23/v1/credentials",
		"http://[fd00:ec2::254]/", "http://[fd00:ec2::23]:80",
		"http://127.0.0.1?x" };

	(void)state;
	for (size_t i = 0; i < ROWS(good); i++)
		assert_true(metadata_url(good[i]));
}

static void
nothing_else_is(void **state)
{
	static const char *const bad[] = { "", "http:", "http://", "https://127.0.0.1/",
		"HTTP://127.0.0.1/", "ftp://127.0.0.1/", "http://10.0.0.1/",
		"http://169.254.169.253/", "http://169.254.169.254.evil.test/",
		"http://169.254.169.254@evil.test/", "http://127.0.0.1@evil.test/",
		"http://127.0.0.1:80@evil.test/", "http://127.0.0.1:@evil.test/",
		"http://127.0.0.1:/", "http://127.0.0.1:123456/",
		"http://127.0.0.1:8x/", "http://127.0.0.1\\@evil.test/",
		"http://127.0.0.1#x", "http://127.1/", "http://0127.0.0.1/",
		"http://2130706433/", "http://0x7f000001/", "http://127.0.0.1./",
		"http://localhost.evil.test/", "http://LOCALHOST/", "http://[::1",
		"http://[::1]evil.test/", "http://[::ffff:127.0.0.1]/",
		"http://[0::1]/", "http://[fd00:ec2::255]/", "http:// 127.0.0.1/",
		"http://evil.test/http://127.0.0.1/", "http://:80/", "http:///" };

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++)
		assert_false(metadata_url(bad[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_these_are_near),
		cmocka_unit_test(nothing_else_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
