#include "tests/support/unit.h"

#include "policies/netblock.h"

static void
addresses_are_read(void **state)
{
	static const struct {
		const char *text;
		bool fine;
	} rows[] = {
		{ "10.0.0.1", true },
		{ "0.0.0.0/0", true },
		{ "10.0.0.0/8", true },
		{ "10.1.2.3/8", true },
		{ "255.255.255.255/32", true },
		{ "::", true },
		{ "::/0", true },
		{ "2001:db8::1/64", true },
		{ "::ffff:10.0.0.1", true },
		{ "::1/128", true },
		{ "", false },
		{ "/8", false },
		{ "10.0.0.1/", false },
		{ "10.0.0.1/33", false },
		{ "10.0.0.1/08", false },
		{ "10.0.0.1/8/8", false },
		{ "10.0.0.1/-1", false },
		{ "10.0.0.1/+8", false },
		{ "10.0.0.1/ 8", false },
		{ "10.0.0.1/4294967297", false },
		{ "10.0.0", false },
		{ "10.0.0.256", false },
		{ "010.0.0.1", false },
		{ "0x0a000001", false },
		{ "167772161", false },
		{ " 10.0.0.1", false },
		{ "10.0.0.1 ", false },
		{ "::1/129", false },
		{ "fe80::1%eth0", false },
		{ "[::1]", false },
		{ "localhost", false },
		{ "1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1",
		    false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct netblock b;

		if (netblock_read(span_of(rows[i].text), &b) != rows[i].fine)
			fail_msg("%s", rows[i].text);
	}
	assert_false(
	    netblock_read(span_make("10.0.0.1\0", 9), &(struct netblock){ 0 }));
}

static void
blocks_hold_blocks(void **state)
{
	static const struct {
		const char *a, *b;
		bool holds;
	} rows[] = {
		{ "10.0.0.0/8", "10.1.2.3", true },
		{ "10.0.0.0/8", "10.1.0.0/16", true },
		{ "10.0.0.0/8", "10.0.0.0/8", true },
		{ "10.0.0.0/8", "10.0.0.0/7", false },
		{ "10.0.0.0/8", "11.0.0.0/8", false },
		{ "10.0.0.0/9", "10.128.0.0", false },
		{ "10.0.0.0/9", "10.127.0.0", true },
		{ "0.0.0.0/0", "1.2.3.4", true },
		{ "0.0.0.0/0", "::1", false },
		{ "::/0", "1.2.3.4", false },
		{ "::/0", "2001:db8::/32", true },
		{ "2001:db8::/32", "2001:db8:1::1", true },
		{ "2001:db8::/33", "2001:db8:8000::1", false },
		{ "10.0.0.1", "10.0.0.1/32", true },
		{ "10.0.0.1", "10.0.0.1/31", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct netblock a, b;

		assert_true(netblock_read(span_of(rows[i].a), &a));
		assert_true(netblock_read(span_of(rows[i].b), &b));
		if (netblock_holds(&a, &b) != rows[i].holds)
			fail_msg("%s %s", rows[i].a, rows[i].b);
	}
}

static void
bits_behind_the_prefix_are_seen(void **state)
{
	struct netblock b;

	(void)state;
	assert_true(netblock_read(span_of("10.0.0.0/8"), &b));
	assert_true(netblock_whole(&b));
	assert_true(netblock_read(span_of("10.0.0.1/8"), &b));
	assert_false(netblock_whole(&b));
	assert_true(netblock_read(span_of("10.64.0.0/9"), &b));
	assert_false(netblock_whole(&b));
	assert_true(netblock_read(span_of("::1/128"), &b));
	assert_true(netblock_whole(&b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_read),
		cmocka_unit_test(blocks_hold_blocks),
		cmocka_unit_test(bits_behind_the_prefix_are_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
