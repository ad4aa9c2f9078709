#include "tests/support/unit.h"

#include "broker/gate/carry.h"

static void
each_header_has_its_fate(void **state)
{
	static const struct {
		const char *name;
		enum carry kind;
	} rows[] = { { "Host", CARRY_HOP }, { "AUTHORIZATION", CARRY_HOP },
		{ "Proxy-Authorization", CARRY_HOP }, { "X-Amz-Date", CARRY_HOP },
		{ "Content-Length", CARRY_HOP }, { "User-Agent", CARRY_PLAIN },
		{ "amz-sdk-invocation-id", CARRY_PLAIN },
		{ "X-Amz-Target", CARRY_SIGN }, { "x-amz-glacier-version", CARRY_SIGN },
		{ "x-amz-checksum-crc64nvme", CARRY_SIGN },
		{ "x-amz-checksum-", CARRY_NONE }, { "x-amz-acl", CARRY_NONE },
		{ "x-amz-security-token", CARRY_NONE }, { "Cookie", CARRY_NONE },
		{ "", CARRY_NONE }, { "hos", CARRY_NONE }, { "hostx", CARRY_NONE } };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		assert_int_equal(carry_kind(span_of(rows[i].name)), rows[i].kind);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_header_has_its_fate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
