#include "tests/support/unit.h"

#include "replay/options.h"
#include "replay/pace.h"

#define MOST 10

static enum rc
parse(const char *const *words, struct options *o, struct err *err)
{
	char *argv[MOST + 2] = { (char *)"hoop-replay" };
	int argc = 1;

	while (words[argc - 1] != NULL && argc <= MOST) {
		argv[argc] = (char *)words[argc - 1];
		argc++;
	}
	err_clear(err);
	return options_parse(argc, argv, o, err);
}

static void
modes_are_chosen(void **state)
{
	static const struct {
		const char *words[MOST + 1];
		enum options_mode mode;
	} rows[] = {
		{ { "f" }, OPTIONS_PLAY },
		{ { "--speed", "2", "f", "--raw" }, OPTIONS_PLAY },
		{ { "--verify", "f" }, OPTIONS_VERIFY },
		{ { "--json", "--verify", "f" }, OPTIONS_VERIFY },
		{ { "f", "--export", "cast", "-o", "out", "--force" }, OPTIONS_EXPORT },
		{ { "--export", "v3", "f" }, OPTIONS_EXPORT },
		{ { "--export", "jsonl", "-" }, OPTIONS_EXPORT },
		{ { "--follow", "-" }, OPTIONS_PLAY },
		{ { "--from", "1:00", "--to", "1:02:03.5", "f" }, OPTIONS_PLAY },
		{ { "--export=cast", "--output=out", "--", "-f" }, OPTIONS_EXPORT },
		{ { "--info", "--json", "--key", "k", "--trust", "t", "f" },
		    OPTIONS_INFO },
		{ { "--json", "--commands", "f" }, OPTIONS_COMMANDS },
		{ { "--help" }, OPTIONS_HELP },
		{ { "--version", "and", "more" }, OPTIONS_VERSION },
	};
	struct options o;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (parse(rows[i].words, &o, &err) != RC_OK || o.mode != rows[i].mode)
			fail_msg("row %zu: %s", i, err.text);
}

static void
values_are_kept(void **state)
{
	const char *words[] = { "--key", "fd:3", "--trust", "t", "--speed", "0.5",
		"--idle-limit", "1.5", "f", NULL };
	struct options o;
	struct err err;

	(void)state;
	assert_int_equal(parse(words, &o, &err), RC_OK);
	assert_string_equal(o.file, "f");
	assert_string_equal(o.key, "fd:3");
	assert_string_equal(o.trust, "t");
	assert_true(o.speed == 0.5);
	assert_int_equal(o.limit_us, 1500000);
	assert_false(o.raw || o.json || o.force || o.follow);
	assert_true(o.from_us == 0 && o.to_us == UINT64_MAX);
	words[0] = "f";
	words[1] = NULL;
	assert_int_equal(parse(words, &o, &err), RC_OK);
	assert_null(o.key);
	assert_null(o.trust);
	assert_true(o.speed == 1);
	assert_true(o.limit_us == PACE_NO_LIMIT);
}

static void
mistakes_are_named(void **state)
{
	static const struct {
		const char *words[MOST + 1];
		const char *says;
	} rows[] = {
		{ { NULL }, "no FILE" },
		{ { "a", "b" }, "more than one FILE" },
		{ { "--nonsense", "f" }, "--nonsense" },
		{ { "-x", "f" }, "-x" },
		{ { "f", "--key" }, "--key needs a value" },
		{ { "f", "-o" }, "-o needs a value" },
		{ { "--verify", "--info", "f" }, "one thing at a time" },
		{ { "--export", "pdf", "f" }, "unknown export format" },
		{ { "--speed", "fast", "f" }, "--speed" },
		{ { "--idle-limit", "-1", "f" }, "--idle-limit" },
		{ { "--from", "later", "f" }, "--from" },
		{ { "--to", "1:60", "f" }, "--to" },
		{ { "--follow", "--verify", "f" }, "--follow has no meaning here" },
		{ { "--from", "1", "--info", "f" }, "--from has no meaning here" },
		{ { "--json", "f" }, "--json has no meaning here" },
		{ { "-o", "x", "f" }, "--output has no meaning here" },
		{ { "--commands", "--info", "f" }, "one thing at a time" },
		{ { "--raw", "--commands", "f" }, "--raw has no meaning here" },
		{ { "--raw", "--verify", "f" }, "--raw has no meaning here" },
		{ { "--force", "--info", "f" }, "--force has no meaning here" },
	};
	struct options o;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (parse(rows[i].words, &o, &err) != RC_REFUSE ||
		    strstr(err.text, rows[i].says) == NULL)
			fail_msg("row %zu: %s", i, err.text);
}

static void
help_names_every_option(void **state)
{
	static const char *names[] = { "--verify", "--info", "--commands",
		"--export FORMAT", "--key FILE", "--trust FILE", "--speed N",
		"--from TIME", "--to TIME", "--follow", "--idle-limit SECONDS", "--raw",
		"-o, --output FILE", "--force", "--json", "--help", "--version" };
	char text[8192];
	FILE *f = fmemopen(text, sizeof text, "w");

	(void)state;
	assert_non_null(f);
	options_help(f);
	assert_int_equal(fclose(f), 0);
	for (size_t i = 0; i < ROWS(names); i++)
		if (strstr(text, names[i]) == NULL)
			fail_msg("%s is missing", names[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modes_are_chosen),
		cmocka_unit_test(values_are_kept),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(help_names_every_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
