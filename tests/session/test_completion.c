#include "tests/support/unit.h"

#include "broker/session/completion.h"
#include "lib/wire/msg.h"

static const char hints[] = "cat -n -v --number\ncatfish\nodd;name -x\n"
			    "systemctl --no-pager restart start status\nhelp -a\n";

static const struct {
	const char *before;
	size_t n;
	const char *more, *list;
} rows[] = {
	{ "ca", 2, "t", "cat\ncatfish\n" },
	{ "cat", 2, "", "cat\ncatfish\n" },
	{ "catf", 1, "ish ", "catfish\n" },
	{ "cat ", 3, "-", "-n\n-v\n--number\n" },
	{ "cat x --", 1, "number ", "--number\n" },
	{ "systemctl st", 2, "a", "start\nstatus\n" },
	{ "a | systemctl r", 1, "estart ", "restart\n" },
	{ "a && ;cat -v", 1, " ", "-v\n" },
	{ "hel", 1, "p ", "help\n" },
	{ "odd", 0, "", "" },
	{ "catfish ", 0, "", "" },
	{ "'ca", 0, "", "" },
	{ "cat \"", 0, "", "" },
	{ "cat \\", 0, "", "" },
	{ "cat >x -", 0, "", "" },
	{ "zz", 0, "", "" },
	{ "zz -", 0, "", "" },
	{ "logout", 1, " ", "logout\n" },
};

static void
names_are_found(void **state)
{
	struct completion *c;
	struct buf more, list;

	(void)state;
	assert_int_equal(completion_new(span_of(hints), &c, NULL), RC_OK);
	for (size_t i = 0; i < ROWS(rows); i++) {
		buf_init(&more, 4096);
		buf_init(&list, COMPLETION_LIST + 1);
		assert_int_equal(
		    completion_find(c, span_of(rows[i].before), &more, &list),
		    rows[i].n);
		assert_string_equal(buf_cstr(&more), rows[i].more);
		assert_string_equal(buf_cstr(&list), rows[i].list);
		buf_clear(&more);
		buf_clear(&list);
	}
	buf_init(&more, 4096);
	buf_init(&list, COMPLETION_LIST + 1);
	assert_int_equal(completion_find(c, span_make("ca\0", 3), &more, &list), 0);
	completion_free(c);
}

static void
hostile_hints(void **state)
{
	static char much[MSG_HINTS_MAX + 10];
	struct completion *c;
	struct buf more, list;

	(void)state;
	buf_init(&more, 4096);
	buf_init(&list, COMPLETION_LIST + 1);
	for (size_t i = 0; i + 8 < sizeof much; i += 8)
		memcpy(much + i, "aaaaaaa\n", 8);
	/* Too much is none; much is listed as far as there is room. */
	assert_int_equal(completion_new(span_make(much, sizeof much), &c, NULL), RC_OK);
	assert_int_equal(completion_find(c, span_of("a"), &more, &list), 0);
	completion_free(c);
	assert_int_equal(completion_new(span_make(much, 32000), &c, NULL), RC_OK);
	assert_int_equal(completion_find(c, span_of("a"), &more, &list), 4000);
	assert_string_equal(buf_cstr(&more), "aaaaaa");
	assert_int_equal(list.len, COMPLETION_LIST);
	completion_free(c);
	buf_reset(&list);
	buf_reset(&more);
	assert_int_equal(
	    completion_new(span_of("\n\n a\n\x1b[2J -x\nb\xff\n"), &c, NULL), RC_OK);
	completion_commands(c, &list);
	assert_string_equal(buf_cstr(&list), "cd\nexit\nhelp\nhistory\nlogout\n");
	completion_free(c);
	buf_clear(&list);
	buf_clear(&more);
	completion_free(NULL);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_found),
		cmocka_unit_test(hostile_hints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
