#include "tests/support/unit.h"

#include "tests/policies/getopting.h"
#include "tests/policies/wording.h"

static struct optlist *
list_of(const char *text, struct yaml_doc **doc)
{
	struct optlist *l = NULL;
	const struct yaml_node *root;
	struct err err = { "" };

	if (yaml_parse("o.yaml", span_of(text), doc, &err) != RC_OK)
		fail_msg("%s: %s", text, err.text);
	root = yaml_root(*doc);
	if (optlist_read(&root, 1, NULL, &l, &err) != RC_OK)
		fail_msg("%s: %s", text, err.text);
	return l;
}

/* Read a command: "-n -k=5 file !what" as one text. */
static void
spell(const struct optread *o, const char *line, char *out, size_t size)
{
	static const char *const bad[] = { [OPTREAD_UNKNOWN] = "unknown",
		[OPTREAD_NO_VALUE] = "no-value",
		[OPTREAD_VALUE] = "value",
		[OPTREAD_GLOB] = "glob",
		[OPTREAD_ORDER] = "order" };
	struct wording w;
	struct optread_cursor c;
	struct optread_item it;
	struct buf b;

	wording_split(line, &w);
	c = (struct optread_cursor){ .words = w.words, .n = w.n, .at = 1 };
	buf_init(&b, 4096);
	for (optread_next(o, &c, &it); it.what != OPTREAD_END;
	     optread_next(o, &c, &it)) {
		if (b.len > 0)
			buf_text(&b, " ");
		if (it.what == OPTREAD_OPERAND)
			buf_printf(&b, "%s", it.word->text);
		else if (it.what != OPTREAD_OPTION)
			buf_printf(&b, "!%s", bad[it.what]);
		else if (it.letter != '\0')
			buf_printf(&b, "-%c", it.letter);
		else
			buf_printf(&b, "--%s", it.name != NULL ? it.name : "?");
		if (it.what == OPTREAD_OPTION && it.has_value)
			buf_printf(&b, "=%.*s", (int)it.value.len, it.value.p);
	}
	snprintf(out, size, "%s", buf_cstr(&b));
	buf_clear(&b);
}

static void
same(const char *list, const char *line, const char *expected)
{
	struct yaml_doc *doc = NULL;
	struct optlist *l = list_of(list, &doc);
	struct optread *o = NULL;
	char program[32], got[1024];

	snprintf(program, sizeof program, "%.*s", (int)strcspn(line, " "), line);
	assert_int_equal(optread_new(l, program, &o, NULL), RC_OK);
	spell(o, line, got, sizeof got);
	if (strcmp(got, expected) != 0)
		fail_msg("%s\n%s\ngave     %s\nexpected %s", list, line, got, expected);
	optread_free(o);
	optlist_free(l);
	yaml_doc_free(doc);
}

#define LIST "{short: abn, short_value: kt, long: [all, \"key=\", \"tint[=]\"]}"

static void
words_are_read_as_getopt_does(void **state)
{
	static const struct {
		const char *line, *expected;
	} rows[] = {
		{ "p", "" },
		{ "p -a -b", "-a -b" },
		{ "p -ab", "-a -b" },
		{ "p -abk5", "-a -b -k=5" },
		{ "p -abk 5", "-a -b -k=5" },
		{ "p -kab", "-k=ab" },
		{ "p -k -a", "-k=-a" },
		{ "p -k -- -a", "-k=-- -a" },
		{ "p -k ''", "-k=" },
		{ "p -k", "!no-value" },
		{ "p -ak", "-a !no-value" },
		{ "p x -a y -k 1 z", "x -a y -k=1 z" },
		{ "p x -- -a", "x -a" },
		{ "p -- -- -a", "-- -a" },
		{ "p - -a", "- -a" },
		{ "p ''", "" },
		{ "p -z", "!unknown" },
		{ "p -az x", "-a !unknown x" },
		{ "p -a-", "-a !unknown" },
		{ "p -5", "!unknown" },
		{ "p -\xC3\xA9", "!unknown" },
		{ "p -:", "!unknown" },
		{ "p --all", "--all" },
		{ "p --al", "!unknown" },
		{ "p --all=x", "!value" },
		{ "p --all=", "!value" },
		{ "p --alle", "!unknown" },
		{ "p --key=5 x", "--key=5 x" },
		{ "p --key 5 x", "--key=5 x" },
		{ "p --key=", "--key=" },
		{ "p --key", "!no-value" },
		{ "p --key --all", "--key=--all" },
		{ "p --ke=5", "!unknown" },
		{ "p --tint x", "--tint x" },
		{ "p --tint=x", "--tint=x" },
		{ "p --tint", "--tint" },
		{ "p --=x", "!unknown" },
		{ "p ---", "!unknown" },
		{ "p -a* x", "!glob x" },
		{ "p -'a*' x", "-a !unknown x" },
		{ "p --key=*", "!glob" },
		{ "p --key='*'", "--key=*" },
		{ "p --key *", "!glob" },
		{ "p -k a*", "!glob" },
		{ "p [-]a", "[-]a" },
		{ "p *", "*" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		same(LIST, rows[i].line, rows[i].expected);
}

static void
programs_are_read_their_own_way(void **state)
{
	static const struct {
		const char *list, *line, *expected;
	} rows[] = {
		/* optional values, listed as if they were not */
		{ "{long: [\"color=\"]}", "ls --color /etc/x", "--color /etc/x" },
		{ "{long: [\"color=\"]}", "ls --color=never x", "--color=never x" },
		{ "{long: [\"color=\"]}", "nosuch --color x", "--color x" },
		{ "{long: [color]}", "ls --color=never", "!value" },
		{ "{long: [color]}", "ls --color x", "--color x" },
		{ "{long: [\"colour=\"]}", "grep --colour x", "--colour x" },
		{ "{long: [\"follow=\"]}", "tail --follow x", "--follow x" },
		{ "{long: [\"group=\"]}", "uniq --group x", "--group x" },
		{ "{long: [\"check=\"]}", "sort --check x", "--check x" },
		{ "{short_value: I}", "date -I x", "-I x" },
		{ "{short_value: I}", "date -Iseconds", "-I=seconds" },
		{ "{short: Iu}", "date -Iu", "!value" },
		{ "{short: Iu}", "date -uI", "-u -I" },
		{ "{short_value: i}", "sed -i x", "-i x" },
		{ "{short: in}", "sed -in x", "!value x" },
		/* values where there are none, and none where there are */
		{ "{short_value: V}", "sort -V /etc/x", "-V /etc/x" },
		{ "{short_value: V, short: n}", "sort -Vn", "-V -n" },
		{ "{short: k}", "sort -k /etc/x", "!unknown /etc/x" },
		{ "{long: [\"reverse=\"]}", "sort --reverse x", "--reverse x" },
		{ "{long: [\"reverse=\"]}", "sort --reverse=x", "!value" },
		{ "{long: [key]}", "sort --key x", "!unknown x" },
		{ "{short_value: n}", "cat -n /etc/x", "-n /etc/x" },
		{ "{short_value: i}", "grep -i x", "-i x" },
		{ "{short_value: x}", "egrep -x y", "-x y" },
		{ "{short_value: l}", "vdir -l y", "-l y" },
		/* the next word, if it is a number */
		{ "{short_value: n}", "journalctl -n 5 x", "-n=5 x" },
		{ "{short_value: n}", "journalctl -n all", "-n=all" },
		{ "{short_value: n}", "journalctl -n x", "-n x" },
		{ "{short_value: n}", "journalctl -n5 x", "-n=5 x" },
		{ "{short: n}", "journalctl -n 5", "-n 5" },
		{ "{long: [\"lines=\"]}", "journalctl --lines 5", "--lines=5" },
		{ "{long: [\"lines=\"]}", "journalctl --lines x", "--lines x" },
		{ "{long: [\"lines=\"]}", "systemctl --lines x", "--lines=x" },
		{ "{short_value: b}", "journalctl -b 0", "-b 0" },
		/* -NUM */
		{ "{short_value: n}", "head -5 x", "-n=5 x" },
		{ "{short_value: n}", "tail -15", "-n=15" },
		{ "{short_value: C}", "grep -3 x", "-C=3 x" },
		{ "{short_value: C}", "head -3 x", "!unknown x" },
		{ "{short: n}", "head -3 x", "!unknown x" },
		{ "{short_value: n}", "head -5c", "!unknown" },
		{ "{short_value: n}", "head +5", "+5" },
		{ "{short_value: n}", "head -- -5", "-5" },
		{ "{short: '1'}", "ls -1", "-1" },
		{ "{short_value: n}", "nosuch -5", "!unknown" },
		/* programs that stop at their first operand */
		{ "{short: w}", "seq -w 1", "-w 1" },
		{ "{short: w}", "seq 1 -w", "1 !order" },
		{ "{short: w}", "seq 1 -- -w", "1 !order !order" },
		{ "{short: n}", "echo -n a -n --x", "-n a -n --x" },
		{ "{short: n}", "echo ---- -n", "---- -n" },
		{ "{short: n}", "echo -e a", "!unknown a" },
		{ "{short: n}", "echo -nx", "-nx" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		same(rows[i].list, rows[i].line, rows[i].expected);
}

static void
any_options_know_what_they_do_not_know(void **state)
{
	static const struct {
		const char *line;
		bool known[4];
	} rows[] = {
		{ "nosuch -a", { false } },
		{ "nosuch --all --all=x", { false, true } },
		{ "sort -r -k 5 -o x", { true, true, true } },
		{ "sort --key 5", { false } },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct optread *o = NULL;
		struct optread_cursor c;
		struct optread_item it;
		struct wording w;
		char program[32];
		size_t n = 0;

		sscanf(rows[i].line, "%31s", program);
		assert_int_equal(optread_new(NULL, program, &o, NULL), RC_OK);
		assert_true(optread_any(o));
		wording_split(rows[i].line, &w);
		c = (struct optread_cursor){ .words = w.words, .n = w.n, .at = 1 };
		for (optread_next(o, &c, &it); it.what != OPTREAD_END;
		     optread_next(o, &c, &it))
			if (it.what == OPTREAD_OPTION)
				assert_int_equal(it.known, rows[i].known[n++]);
		optread_free(o);
	}
}

static unsigned
draw(uint32_t *seed, unsigned below)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % below;
}

/* A list that some author may have written of this program, right or wrong. */
static void
draw_list(const struct getopting_program *p, uint32_t *seed, struct buf *b)
{
	bool values;

	buf_reset(b);
	buf_text(b, "{long: [zzz");
	for (size_t i = 0; i < GETOPTING_LONGS && p->longs[i] != NULL; i++)
		if (draw(seed, 3) > 0) {
			static const char *const forms[] = { "", "=", "[=]" };
			size_t n = strcspn(p->longs[i], "=[");

			/* Mostly as it is. */
			buf_printf(b, ", '%.*s%s'", (int)n, p->longs[i],
			    draw(seed, 3) > 0 || strcmp(p->name, "nosuch") == 0
				? p->longs[i] + n
				: forms[draw(seed, 3)]);
		}
	for (unsigned pass = 0; pass < 2; pass++) {
		uint32_t again = 77;

		buf_text(b, pass == 0 ? "], short: '" : "', short_value: '");
		for (const char *s = p->letters; *s != '\0'; s++) {
			bool flip =
			    draw(&again, 4) == 0 && strcmp(p->name, "nosuch") != 0;
			bool left_out = draw(&again, 4) == 0;

			if (*s == ':' || *s == '+' || left_out)
				continue;
			if (s[1] == ':' && s[2] == ':' &&
			    strcmp(p->name, "nosuch") == 0)
				continue;
			values = (s[1] == ':') != flip;
			if (values == (pass == 1))
				buf_printf(b, "%c", *s);
		}
	}
	buf_text(b, "'}");
}

static void
draw_words(const struct getopting_program *p, uint32_t *seed, struct buf *b)
{
	static const char *const others[] = { "--", "-", "x", "''", "/etc/x", "-x",
		"--x", "=", "-=", "---", "5" };
	unsigned n = draw(seed, 7);
	size_t letters = strlen(p->letters), longs = 0;

	while (longs < GETOPTING_LONGS && p->longs[longs] != NULL)
		longs++;
	buf_reset(b);
	buf_text(b, p->name);
	for (unsigned i = 0; i < n; i++) {
		unsigned form = draw(seed, 8);

		if (form < 4) {
			unsigned k = 1 + draw(seed, 3);

			buf_text(b, " -");
			while (k-- > 0)
				buf_u8(b,
				    (uint8_t)p->letters[draw(seed, (unsigned)letters)]);
		} else if (form < 6) {
			const char *name = p->longs[draw(seed, (unsigned)longs)];
			int len = (int)strcspn(name, "=[") - (draw(seed, 9) == 0);

			buf_printf(b, " --%.*s%s", len, name,
			    draw(seed, 3) == 0	 ? "=v"
			    : draw(seed, 9) == 0 ? "="
						 : "");
		} else {
			buf_printf(b, " %s", others[draw(seed, ROWS(others))]);
		}
	}
}

static void
getopt_long_agrees(void **state)
{
	uint32_t seed = 20261121;
	size_t taken = 0;
	struct buf list, line;

	(void)state;
	buf_init(&list, 4096);
	buf_init(&line, 4096);
	for (size_t i = 0; i < 300; i++) {
		const struct getopting_program *p =
		    &getopting_programs[i % GETOPTING_PROGRAMS];
		struct yaml_doc *doc = NULL;
		struct optread *o = NULL;
		struct optlist *l;

		draw_list(p, &seed, &list);
		l = list_of(buf_cstr(&list), &doc);
		assert_int_equal(optread_new(l, p->name, &o, NULL), RC_OK);
		for (size_t k = 0; k < 200; k++) {
			struct wording w;
			int same_words;

			draw_words(p, &seed, &line);
			wording_split(buf_cstr(&line), &w);
			same_words = getopting_same(p, o, w.words, w.n);
			if (same_words < 0)
				fail_msg("%s: %s", buf_cstr(&list), buf_cstr(&line));
			taken += (size_t)same_words;
		}
		optread_free(o);
		optlist_free(l);
		yaml_doc_free(doc);
	}
	buf_clear(&list);
	buf_clear(&line);
	/* Else the property would say little. */
	assert_true(taken > 10000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_read_as_getopt_does),
		cmocka_unit_test(programs_are_read_their_own_way),
		cmocka_unit_test(any_options_know_what_they_do_not_know),
		cmocka_unit_test(getopt_long_agrees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
