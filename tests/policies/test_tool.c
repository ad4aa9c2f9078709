/* The strict reading that recognisers share. */
#include "tests/support/unit.h"

#include "policies/tool.h"

#define WORDS 16

static bool
below_log(const void *arg, const struct shell_word *w)
{
	(void)arg;
	return strncmp(w->text, "/var/log/", 9) == 0;
}

/* A line of blanks and words, without quotes; * and [ act. */
struct command {
	struct arena *arena;
	struct shell_line line;
	struct shape_subject subject;
	char why[SHAPE_WHY];
	struct tool_in in;
};

static void
read_command(struct command *c, const char *text)
{
	*c = (struct command){ .arena = arena_new(SHELL_ARENA) };
	assert_int_equal(shell_read(span_of(text), c->arena, &c->line, NULL), RC_OK);
	assert_int_equal(c->line.undecidable, SHELL_FINE);
	c->subject = (struct shape_subject){ .words = c->line.commands[0].words,
		.n = c->line.commands[0].n_words,
		.whole = true };
	c->in = (struct tool_in){ &c->subject, below_log, NULL, c->why };
}

static void
forms_take_what_they_say(void **state)
{
	static const struct {
		tool_form *form;
		const char *word;
		bool taken;
	} rows[] = {
		{ tool_natural, "5", true },
		{ tool_natural, "123456789", true },
		{ tool_natural, "1234567890", false },
		{ tool_natural, "-5", false },
		{ tool_natural, "''", false },
		{ tool_natural, "5*", false },
		{ tool_number, "-5", true },
		{ tool_number, "+5", true },
		{ tool_number, "-", false },
		{ tool_number, "--5", false },
		{ tool_size, "10M", true },
		{ tool_size, "+5c", true },
		{ tool_size, "5x", false },
		{ tool_size, "M", false },
		{ tool_size, "10MM", false },
		{ tool_text, "anything", true },
		{ tool_text, "'*'", true },
		{ tool_text, "*", false },
		{ tool_name, "web-1.service", true },
		{ tool_name, "-web", false },
		{ tool_name, "a,b", false },
		{ tool_name, "a/b", false },
		{ tool_name, "''", false },
		{ tool_names, "a,b", true },
		{ tool_names, "-a,b", false },
		{ tool_time, "'1 hour ago'", true },
		{ tool_time, "-1h", true },
		{ tool_time, "'$x'", false },
		{ tool_file, "/var/log/a", true },
		{ tool_file, "/etc/a", false },
		{ tool_file, "var/log/a", false },
		{ tool_file, "/var/log/*", false },
		{ tool_file, "''", false },
		{ tool_any_path, "/var/log/a", true },
		{ tool_any_path, "/etc/a", false },
		{ tool_any_path, "a", false },
	};
	struct command c;
	char line[64];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		snprintf(line, sizeof line, "x %s", rows[i].word);
		read_command(&c, line);
		if (rows[i].form(&c.in, &c.subject.words[1]) != rows[i].taken)
			fail_msg("row %zu: %s", i, rows[i].word);
		arena_free(c.arena);
	}
}

/* Where a rule says nothing of files, none is read; but any may be named to what reads
 * none. */
static void
without_files_none_is_read(void **state)
{
	struct command c;

	(void)state;
	read_command(&c, "x /etc/a");
	c.in.path = NULL;
	assert_false(tool_file(&c.in, &c.subject.words[1]));
	assert_true(tool_any_path(&c.in, &c.subject.words[1]));
	arena_free(c.arena);
}

static void
lists_are_whole_words(void **state)
{
	static const struct {
		const char *word;
		bool one, parts;
	} rows[] = {
		{ "pod", true, true },
		{ "pods", true, true },
		{ "po", false, false },
		{ "pod,svc", false, true },
		{ "pod,", false, false },
		{ ",pod", false, false },
		{ "pod,,svc", false, false },
		{ "pod,x", false, false },
		{ "'pod pods'", false, false },
		{ "''", false, false },
		{ "po*", false, false },
		{ "svc,po?", false, false },
	};
	struct command c;
	char line[64];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct shell_word *w;

		snprintf(line, sizeof line, "x %s", rows[i].word);
		read_command(&c, line);
		w = &c.subject.words[1];
		if (tool_word_in(w, "pod pods svc") != rows[i].one ||
		    tool_parts_in(w, "pod pods svc") != rows[i].parts)
			fail_msg("%s", rows[i].word);
		arena_free(c.arena);
	}
}

static const struct tool_option options[] = {
	{ "n", tool_natural, 'n', false },
	{ "lines", tool_natural, 'n', false },
	{ "color", tool_name, 'c', true },
	{ "w", NULL, 'W', false },
	{ 0 },
};
static const struct tool_spec spec = { "ab", "all brief", options, false };
static const struct tool_spec first = { "ab", "all brief", options, true };

/* Everything not listed ends the reading, however it is written. */
static void
options_are_read_strictly(void **state)
{
	static const struct {
		const char *line, *letters, *why; /* why NULL: it is read */
		size_t operands;
	} rows[] = {
		{ "x", "", NULL, 0 },
		{ "x -ab y", "ab", NULL, 1 },
		{ "x y -a z", "a", NULL, 2 },
		{ "x -n 5 y", "n", NULL, 1 },
		{ "x -n5 y", "n", NULL, 1 },
		{ "x -abn5", "abn", NULL, 0 },
		{ "x --lines 5 --lines=6 --all", "n", NULL, 0 },
		{ "x --color --color=red", "c", NULL, 0 },
		{ "x -wa", "Wa", NULL, 0 },
		{ "x -- -z --zz", "", NULL, 2 },
		{ "x - y", "", NULL, 2 },
		{ "x -z", "", "option -z is not taken", 0 },
		{ "x -az", "", "option -z is not taken", 0 },
		{ "x y -z", "", "option -z is not taken", 0 },
		{ "x --al", "", "option --al is not taken", 0 },
		{ "x --all=1", "", "option --all=1 is not taken", 0 },
		{ "x --n 5", "", "option --n is not taken", 0 },
		{ "x -n", "", "option n has no value", 0 },
		{ "x -n x", "", "the value of option n is not taken", 0 },
		{ "x -nx", "", "the value of option n is not taken", 0 },
		{ "x --lines", "", "option lines has no value", 0 },
		{ "x --lines=x", "", "the value of option lines is not taken", 0 },
		{ "x --lines=", "", "the value of option lines is not taken", 0 },
		{ "x -a*", "", "an option with a glob", 0 },
		{ "x --lines=[5]", "", "an option with a glob", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct command c;
		struct tool_seen seen;
		bool read;

		read_command(&c, rows[i].line);
		read = tool_read(&c.in, &spec, 1, &seen);
		if (read != (rows[i].why == NULL) ||
		    (!read && strcmp(c.why, rows[i].why) != 0))
			fail_msg("%s: %s", rows[i].line, c.why);
		if (read && seen.n != rows[i].operands)
			fail_msg("%s: %zu operands", rows[i].line, seen.n);
		for (const char *p = rows[i].letters; *p; p++)
			if (!seen.letters[(unsigned char)*p])
				fail_msg("%s: no %c", rows[i].line, *p);
		arena_free(c.arena);
	}
}

static void
options_may_end_at_the_first_operand(void **state)
{
	struct tool_seen seen;
	struct command c;

	(void)state;
	read_command(&c, "x -a y -z --no");
	assert_true(tool_read(&c.in, &first, 1, &seen));
	assert_int_equal(seen.n, 3);
	arena_free(c.arena);
}

static void
files_are_those_of_the_rule(void **state)
{
	static const struct {
		const char *line;
		bool fed, files, input;
	} rows[] = {
		{ "x /var/log/a /var/log/b", false, true, true },
		{ "x", false, true, false },
		{ "x", true, true, true },
		{ "x /etc/a", true, false, false },
		{ "x /var/log/a b", false, false, false },
		{ "x ''", false, false, false },
		{ "x /var/log/*.log", false, true, true },
		/* These may stand for "..". */
		{ "x /var/log/.*/a", false, false, false },
		{ "x /var/log/[.]?/a", false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct tool_seen seen;
		struct command c;

		read_command(&c, rows[i].line);
		c.subject.fed = rows[i].fed;
		assert_true(tool_read(&c.in, &spec, 1, &seen));
		if (tool_files(&c.in, &seen, 0) != rows[i].files ||
		    tool_input(&c.in, &seen, 0) != rows[i].input)
			fail_msg("row %zu: %s", i, rows[i].line);
		arena_free(c.arena);
	}
}

static bool
takes_two(const struct tool_in *in)
{
	struct tool_seen seen;

	return tool_read(in, &spec, 1, &seen) &&
	       tool_operands(in, &seen, 0, 2, tool_natural);
}

/* Nothing but a whole command is looked at; a reason is said, and only where there is
 * one. */
static void
whole_commands_are_judged(void **state)
{
	static const struct {
		const char *line, *why;
		bool open, cut;
	} rows[] = {
		{ "x 1 2", "", false, false },
		{ "x 1 2 3", "too many words", false, false },
		{ "x 1 y", "word y is not taken", false, false },
		{ "x 1", "its words are not all known", true, false },
		{ "x 1", "its words are not all known", false, true },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct command c;

		read_command(&c, rows[i].line);
		c.subject.open = rows[i].open;
		c.subject.whole = !rows[i].cut;
		assert_int_equal(tool_judge(&c.in, takes_two), rows[i].why[0] == '\0');
		assert_string_equal(c.why, rows[i].why);
		/* The same when nobody asks why. */
		c.in.why = NULL;
		assert_int_equal(tool_judge(&c.in, takes_two), rows[i].why[0] == '\0');
		arena_free(c.arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_take_what_they_say),
		cmocka_unit_test(without_files_none_is_read),
		cmocka_unit_test(lists_are_whole_words),
		cmocka_unit_test(options_are_read_strictly),
		cmocka_unit_test(options_may_end_at_the_first_operand),
		cmocka_unit_test(files_are_those_of_the_rule),
		cmocka_unit_test(whole_commands_are_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
