/* Lines laid out into what is judged. */
#include "tests/support/unit.h"

#include "policies/part.h"

/* "NAME" of each part, in order: *NAME for a wrapper, ?NAME where the part is odd,
 * NAME@USER behind sudo, NAME< where input is fed, NAME_ where there is none of it,
 * NAME+ where words follow that nobody knows, NAME... where the line broke off; then
 * > for each redirection. */
static void
show(const struct parts *p, struct buf *out)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct part *v = &p->v[i];

		buf_printf(out, "%s%s%s%s%s%s%s%s%s%s", i == 0 ? "" : " ",
		    v->odd ? "?" : "", v->wrapper ? "*" : "", v->subject.words[0].text,
		    v->run_as != NULL ? "@" : "", v->run_as != NULL ? v->run_as : "",
		    v->subject.fed ? "<" : "", v->subject.empty ? "_" : "",
		    v->subject.open ? "+" : "", v->subject.whole ? "" : "...");
	}
	for (size_t i = 0; i < p->n_redirs; i++)
		buf_text(out, " >");
}

static void
lines_become_parts(void **state)
{
	static const struct {
		const char *line, *parts;
		enum shell_reason reason;
		size_t offset;
	} rows[] = {
		{ "id", "id", SHELL_FINE, 0 },
		{ "cat /a | sort; wc -l", "cat sort< wc", SHELL_FINE, 0 },
		{ "sort </a", "sort< >", SHELL_FINE, 0 },
		{ "sort </dev/null", "sort<_ >", SHELL_FINE, 0 },
		{ "sort </dev/null </a", "sort< > >", SHELL_FINE, 0 },
		{ "a >/b 2>&1", "a > >", SHELL_FINE, 0 },
		{ "a 3</b", "a >", SHELL_FINE, 0 },
		{ "timeout 5 id", "*timeout id", SHELL_FINE, 0 },
		{ "sudo -u app timeout 5 id", "*sudo *timeout@app id@app", SHELL_FINE,
		    0 },
		{ "sudo id; id", "*sudo id@root id", SHELL_FINE, 0 },
		{ "a | xargs b", "a *xargs< b+", SHELL_FINE, 0 },
		{ "a; sh -c b", "a ?sh", SHELL_INTERPRETER, 3 },
		{ "env -i id", "?*env ?id", SHELL_WRAPPER, 4 },
		/* Nothing of a line that breaks off may be let through. */
		{ "a; b $c", "?a ?b...", SHELL_EXPANSION, 5 },
		{ "a >/x; b $c", "?a ?b...", SHELL_EXPANSION, 9 },
		{ "sh -c x; b $c", "?sh ?b...", SHELL_EXPANSION, 11 },
		{ "", "", SHELL_EMPTY, 0 },
	};
	struct arena *a = arena_new(SHELL_ARENA * 2);
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct parts p;
		struct err err = { "" };

		arena_reset(a);
		buf_reset(&b);
		if (parts_read(span_of(rows[i].line), a, NULL, &p, &err) != RC_OK)
			fail_msg("%s: %s", rows[i].line, err.text);
		show(&p, &b);
		if (strcmp(buf_cstr(&b), rows[i].parts) != 0 ||
		    p.undecidable != rows[i].reason || p.offset != rows[i].offset)
			fail_msg("%s: %s, %s at %zu", rows[i].line, buf_cstr(&b),
			    shell_reason_name(p.undecidable), p.offset);
	}
	buf_clear(&b);
	arena_free(a);
}

/* What runs is the canonical text: without it there is nothing to let through. */
static void
the_canonical_text_has_to_fit(void **state)
{
	char line[SHELL_LINE + 1];
	struct arena *a = arena_new(SHELL_ARENA * 2);
	struct parts p;
	struct buf canon;
	size_t n = 0;

	(void)state;
	buf_init(&canon, 2 * SHELL_LINE);
	assert_int_equal(parts_read(span_of("a  b;c"), a, &canon, &p, NULL), RC_OK);
	assert_string_equal(buf_cstr(&canon), "'a' b ; 'c'");
	/* Quotes grow: 3 words of 1300, each of them three times as long. */
	for (int w = 0; w < 3; w++) {
		for (int i = 0; i < 650; i++)
			n += (size_t)sprintf(line + n, "\\'");
		line[n++] = ' ';
	}
	for (int with = 0; with < 2; with++) {
		arena_reset(a);
		buf_reset(&canon);
		assert_int_equal(
		    parts_read(span_make(line, n), a, with ? &canon : NULL, &p, NULL),
		    RC_OK);
		assert_int_equal(p.undecidable, SHELL_LIMIT);
		assert_int_equal(canon.len, 0);
		for (size_t i = 0; i < p.n; i++)
			assert_true(p.v[i].odd);
	}
	buf_clear(&canon);
	arena_free(a);
}

static void
the_last_byte_fits(void **state)
{
	char line[SHELL_LINE];
	struct arena *a = arena_new(SHELL_ARENA * 2);
	struct parts p;
	struct buf canon;

	(void)state;
	buf_init(&canon, 2 * SHELL_LINE);
	memset(line, 'x', sizeof line);
	line[1] = line[2002] = ' ';
	/* The name gets quotes, and nothing else does. */
	for (size_t n = SHELL_CANON - 20; n < SHELL_CANON + 20; n++) {
		bool fits = n + 2 <= SHELL_CANON;

		for (int with = 0; with < 2; with++) {
			arena_reset(a);
			buf_reset(&canon);
			assert_int_equal(parts_read(span_make(line, n), a,
					     with ? &canon : NULL, &p, NULL),
			    RC_OK);
			assert_int_equal(
			    p.undecidable, fits ? SHELL_FINE : SHELL_LIMIT);
			assert_int_equal(canon.len, with && fits ? n + 2 : 0);
		}
	}
	buf_clear(&canon);
	arena_free(a);
}

static void
words_are_one_command(void **state)
{
	static const char *const list[] = { "sudo", "-u", "app", "a b", "*" };
	struct span spans[ROWS(list)];
	struct words *w = NULL;
	struct arena *a = arena_new(SHELL_ARENA * 2);
	struct parts p;

	(void)state;
	for (size_t i = 0; i < ROWS(list); i++)
		spans[i] = span_of(list[i]);
	assert_int_equal(words_from_list(spans, ROWS(list), &w, NULL), RC_OK);
	assert_int_equal(parts_words(w, a, &p, NULL), RC_OK);
	assert_int_equal(p.n, 2);
	assert_string_equal(p.v[1].subject.words[0].text, "a b");
	assert_string_equal(p.v[1].run_as, "app");
	/* No shell sees them: nothing acts. */
	assert_false(shell_word_glob(&p.v[1].subject.words[1]));
	words_free(w);
	arena_free(a);
}

static void
no_room_is_said(void **state)
{
	struct parts p;

	(void)state;
	for (size_t size = 64; size < 1024; size += 64) {
		struct arena *a = arena_new(size);

		assert_int_equal(
		    parts_read(span_of("a | b | c"), a, NULL, &p, NULL), RC_FAIL);
		arena_free(a);
	}
}

static void
parts_are_shown_and_cut(void **state)
{
	struct arena *a = arena_new(SHELL_ARENA * 2);
	char text[PART_TEXT], line[1024];
	struct parts p;

	(void)state;
	assert_int_equal(
	    parts_read(span_of("cat 'a b' >>/x 2>&1 </y"), a, NULL, &p, NULL), RC_OK);
	assert_string_equal(part_text(&p.v[0], text), "cat 'a b'");
	assert_string_equal(part_redir_text(p.redirs[0].redir, text), "1>>/x");
	assert_string_equal(part_redir_text(p.redirs[1].redir, text), "2>&1");
	assert_string_equal(part_redir_text(p.redirs[2].redir, text), "0</y");
	memset(line, 'x', sizeof line);
	arena_reset(a);
	assert_int_equal(parts_read(span_make(line, 900), a, NULL, &p, NULL), RC_OK);
	assert_true(strlen(part_text(&p.v[0], text)) < PART_TEXT);
	assert_string_equal(text + strlen(text) - 3, "...");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_become_parts),
		cmocka_unit_test(the_canonical_text_has_to_fit),
		cmocka_unit_test(the_last_byte_fits),
		cmocka_unit_test(words_are_one_command),
		cmocka_unit_test(no_room_is_said),
		cmocka_unit_test(parts_are_shown_and_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
