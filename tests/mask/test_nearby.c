/* Secret access keys without a name, within reach of their ids: tokens_build() goes along,
 * since it is what sees the ids. */
#include "tests/mask/rows.h"

#define ID "AKIAQUMPMHS6PEXAMPLE"
#define S "wJalrXUtnFEMI/K7MDENG+bPxRfiCYzK8q2mLtVd"
#define S2 "saJd/wyXxQPplH8ACyjkz4jmBQlm7kEXAMPLEKEY"
#define MI "[MASKED:aws-access-key-id]"
#define MS "[MASKED:aws-secret-key]"

static void
both(struct mask_build *b)
{
	tokens_build(b);
	nearby_build(b);
}

static const struct mask_row rows[] = {
	/* clang-format off */
	{ "ACCESSKEY\t" ID "\t2026-01-01T00:00:00+00:00\t" S "\tActive\tu\n",
	  "ACCESSKEY\t" MI "\t2026-01-01T00:00:00+00:00\t" MS "\tActive\tu\n" },
	{ "[\n    \"" ID "\",\n    \"" S2 "\"\n]\n", "[\n    \"" MI "\",\n    \"" MS "\"\n]\n" },
	{ ID ":" S, MI ":" MS },
	{ ID "," S "\n", MI "," MS "\n" },
	{ ID "\n" S "\n" S2 "\n", MI "\n" MS "\n" MS "\n" },
	{ ID "\x1e" S "\x1e", MI "\x1e" MS "\x1e" },
	{ "|  " ID "  |  " S "  |", "|  " MI "  |  " MS "  |" },
	{ "k=" ID "&s=wJalrXUtnFEMI%2FK7MDENG%2BbPxRfiCYzK8q2mLtVd&t", "k=" MI "&s=" MS "&t" },
	{ "k%3D" ID "%3A" S "%26t", "k%3D" MI "%3A" MS "%26t" },
	{ ID " " S ".", MI " " MS "." },
	{ "(" ID ", '" S "')", "(" MI ", '" MS "')" },
	/* None. */
	{ S, NULL },
	{ S " " ID, S " " MI },
	{ ID " " S "x", MI " " S "x" },
	{ ID " wJalrXUtnFEMI/K7MDENG+bPxRfiCYzK8q2mLtV", MI " wJalrXUtnFEMI/K7MDENG+bPxRfiCYzK8q2mLtV" },
	{ ID " " S "=", MI " " S "=" },
	{ ID " " S "%3D", MI " " S "%3D" },
	{ ID " a-" S " a_" S " " S "-b", MI " a-" S " a_" S " " S "-b" },
	{ ID " 4f2a1d9c0b3e5f6a7d8c9b0a1e2f3d4c5b6a7980", MI " 4f2a1d9c0b3e5f6a7d8c9b0a1e2f3d4c5b6a7980" },
	{ ID " 4F2A1D9C0B3E5F6A7D8C9B0A1E2F3D4C5B6A7980", MI " 4F2A1D9C0B3E5F6A7D8C9B0A1E2F3D4C5B6A7980" },
	{ ID " /aws/service/ecs/optimized/ami/linux/two", MI " /aws/service/ecs/optimized/ami/linux/two" },
	{ ID " aaaaaaaaaabbbbbbbbbbCCCCCCCCCC1111111111", MI " aaaaaaaaaabbbbbbbbbbCCCCCCCCCC1111111111" },
	{ ID " %2F" S, MI " %2F" S },
	{ "AROAQUMPMHS6PEXAMPLE " S, NULL },
	/* clang-format on */
};

static void
runs(void **state)
{
	(void)state;
	rows_check(both, rows, ROWS(rows));
}

static void
random_keys(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 50; i++)
		rows_one(both,
		    rows_text(ID "\t%s\n", rows_random("A-Za-z0-9/+", 40, i)),
		    MI "\t" MS "\n");
	for (unsigned i = 0; i < 20; i++) {
		const char *hex = rows_random("0-9a-f", 40, i);

		rows_one(
		    both, rows_text(ID "\t%s\n", hex), rows_text(MI "\t%s\n", hex));
	}
}

/* 4 KiB behind the id, and no byte more. */
static void
reach(void **state)
{
	const char *dots = rows_random(".", 4096, 0);

	(void)state;
	rows_one(both, rows_text(ID "%s" S, dots), rows_text(MI "%s" MS, dots));
	rows_one(both, rows_text(ID ".%s" S, dots), rows_text(MI ".%s" S, dots));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs),
		cmocka_unit_test(random_keys),
		cmocka_unit_test(reach),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
