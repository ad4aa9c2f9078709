#include "tests/support/unit.h"

#include "policies/optfacts.h"

static void
programs_are_found(void **state)
{
	static const char *const known[] = { "base32", "base64", "cat", "date", "dmesg",
		"echo", "free", "grep", "head", "journalctl", "ls", "systemctl", "tail",
		"wc", "who", "w", "egrep", "fgrep", "dir", "vdir", "md5sum",
		"sha512sum", "uniq", "sort" };

	(void)state;
	for (size_t i = 0; i < ROWS(known); i++)
		if (optfacts_find(known[i]) == NULL)
			fail_msg("%s", known[i]);
	assert_null(optfacts_find(""));
	assert_null(optfacts_find("nosuch"));
	assert_null(optfacts_find("gre"));
	assert_null(optfacts_find("grepp"));
	assert_null(optfacts_find("find"));
}

static void
arities_are_known(void **state)
{
	static const struct {
		const char *program;
		char letter;
		const char *name;
		enum optarity arity;
	} rows[] = {
		{ "ls", 'l', NULL, OPTARITY_FLAG },
		{ "ls", 'w', NULL, OPTARITY_VALUE },
		{ "ls", 'y', NULL, OPTARITY_UNKNOWN },
		{ "ls", ':', NULL, OPTARITY_UNKNOWN },
		{ "ls", 0, "color", OPTARITY_JOINED },
		{ "ls", 0, "colo", OPTARITY_UNKNOWN },
		{ "ls", 0, "width", OPTARITY_VALUE },
		{ "ls", 0, "all", OPTARITY_FLAG },
		{ "ls", 0, "", OPTARITY_UNKNOWN },
		{ "ls", 0, "=", OPTARITY_UNKNOWN },
		{ "sort", '-', NULL, OPTARITY_UNKNOWN },
		{ "seq", '+', NULL, OPTARITY_UNKNOWN },
		{ "sort", 'o', NULL, OPTARITY_VALUE },
		{ "date", 'I', NULL, OPTARITY_JOINED },
		{ "journalctl", 'n', NULL, OPTARITY_NUMBER },
		{ "journalctl", 'b', NULL, OPTARITY_JOINED },
		{ "journalctl", 0, "lines", OPTARITY_NUMBER },
		{ "journalctl", 0, "boot", OPTARITY_JOINED },
		{ "nosuch", 'n', NULL, OPTARITY_UNKNOWN },
		{ "nosuch", 0, "color", OPTARITY_JOINED },
		{ "nosuch", 0, "colo", OPTARITY_UNKNOWN },
		{ "nosuch", 0, "all", OPTARITY_UNKNOWN },
		{ "nosuch", 0, "", OPTARITY_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct optfacts *f = optfacts_find(rows[i].program);
		enum optarity got = rows[i].name != NULL
					? optfacts_long(f, rows[i].name)
					: optfacts_short(f, rows[i].letter);

		if (got != rows[i].arity)
			fail_msg("%s %c %s: %d", rows[i].program,
			    rows[i].letter ? rows[i].letter : ' ', rows[i].name, got);
	}
}

static void
traits_are_known(void **state)
{
	const struct opttraits *grep = opttraits_find("grep"),
			       *rg = opttraits_find("rg"),
			       *head = opttraits_find("head");

	(void)state;
	assert_int_equal(opttraits_number(grep), 'C');
	assert_int_equal(opttraits_number(head), 'n');
	assert_int_equal(opttraits_number(NULL), 0);
	assert_true(opttraits_script(grep, 'e', NULL));
	assert_true(opttraits_script(grep, 'f', NULL));
	assert_true(opttraits_script(grep, 0, "regexp"));
	assert_true(opttraits_script(grep, 0, "file"));
	assert_false(opttraits_script(grep, 'i', NULL));
	assert_false(opttraits_script(grep, 0, "fil"));
	assert_false(opttraits_script(head, 'e', NULL));
	assert_false(opttraits_script(NULL, 'e', NULL));
	assert_false(opttraits_script(grep, 0, NULL));
	assert_true(opttraits_script(opttraits_find("sed"), 0, "expression"));
	assert_true(opttraits_deep(grep, 'r', NULL));
	assert_true(opttraits_deep(grep, 'R', NULL));
	assert_true(opttraits_deep(grep, 0, "dereference-recursive"));
	assert_false(opttraits_deep(grep, 'e', NULL));
	assert_false(opttraits_deep(grep, 0, NULL));
	assert_true(opttraits_deep(rg, 0, NULL));
	assert_false(opttraits_deep(NULL, 'r', NULL));
	assert_true(optfacts_stops(optfacts_find("seq")));
	assert_false(optfacts_stops(optfacts_find("sort")));
	assert_false(optfacts_stops(NULL));
	assert_true(optfacts_harmless("ls"));
	assert_true(optfacts_harmless("vdir"));
	assert_false(optfacts_harmless("sort"));
	assert_false(optfacts_harmless(""));
	assert_false(optfacts_harmless("l"));
	assert_false(optfacts_harmless("ls stat"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_are_found),
		cmocka_unit_test(arities_are_known),
		cmocka_unit_test(traits_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
