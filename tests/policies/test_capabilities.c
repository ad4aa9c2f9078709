#include "tests/support/unit.h"

#include "policies/capabilities.h"

static void
programs_have_abilities(void **state)
{
	static const struct {
		const char *name;
		unsigned bits;
	} rows[] = {
		{ "7z", CAPABILITY_READ },
		{ "R", CAPABILITY_SHELL },
		{ "find", CAPABILITY_READ | CAPABILITY_SHELL | CAPABILITY_WRITE },
		{ "/usr/bin/find",
		    CAPABILITY_READ | CAPABILITY_SHELL | CAPABILITY_WRITE },
		{ "./find", CAPABILITY_READ | CAPABILITY_SHELL | CAPABILITY_WRITE },
		{ "curl", CAPABILITY_NET | CAPABILITY_READ | CAPABILITY_SHELL |
			      CAPABILITY_WRITE },
		{ "tar", CAPABILITY_NET | CAPABILITY_READ | CAPABILITY_SHELL |
			     CAPABILITY_WRITE },
		{ "less", CAPABILITY_INHERIT | CAPABILITY_READ | CAPABILITY_SHELL |
			      CAPABILITY_WRITE },
		{ "systemctl", CAPABILITY_INHERIT | CAPABILITY_SHELL },
		{ "zypper", CAPABILITY_SHELL },
		{ "ps", 0 },
		{ "ls", 0 },
		{ "Find", 0 },
		{ "fin", 0 },
		{ "finds", 0 },
		{ "", 0 },
		{ "/", 0 },
		{ "zzz", 0 },
		{ "0", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		unsigned got = capabilities_of(rows[i].name);

		if (got != rows[i].bits)
			fail_msg("%s: %u", rows[i].name, got);
	}
}

/* The order is what the search needs. */
static void
each_is_found(void **state)
{
	size_t n = 0;

	(void)state;
	for (const char *name; (name = capabilities_at(n)) != NULL; n++) {
		assert_true(capabilities_of(name) != 0);
		assert_true(capabilities_of(name) < 64);
		if (n > 0)
			assert_true(strcmp(capabilities_at(n - 1), name) < 0);
	}
	assert_int_equal(n, 478);
}

static void
abilities_have_words(void **state)
{
	char out[CAPABILITIES_TEXT];

	(void)state;
	assert_string_equal(capabilities_text(0, out), "");
	assert_string_equal(capabilities_text(CAPABILITY_SHELL, out), "shell");
	assert_string_equal(
	    capabilities_text(CAPABILITY_SHELL | CAPABILITY_NET, out), "shell, net");
	assert_string_equal(
	    capabilities_text(~0u, out), "shell, inherit, read, write, net, priv");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_have_abilities),
		cmocka_unit_test(each_is_found),
		cmocka_unit_test(abilities_have_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
