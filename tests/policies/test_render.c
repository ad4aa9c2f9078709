#include "tests/support/unit.h"

#include "policies/render.h"
#include "policies/shell.h"

#define NONCE "0123456789abcdef0123456789abcdef"
#define TRIP "fedcba9876543210fedcba9876543210"
#define MARKS "printf '\\033]7707;" NONCE ";%s\\007' \"$?\"\n"

typedef enum rc render_fn(
    struct span text, struct span directory, struct buf *out, struct err *err);

static enum rc
run_canon(struct span text, struct span directory, struct buf *out, struct err *err)
{
	return render_run(text, true, directory, out, err);
}

static enum rc
run_bytes(struct span text, struct span directory, struct buf *out, struct err *err)
{
	return render_run(text, false, directory, out, err);
}

/* want NULL: refused. */
static const struct {
	render_fn *render;
	const char *text, *directory, *want;
} rows[] = {
	{ render_command, "'uptime'", "", "'uptime'" },
	{ render_command, "'ls' -l /var/log", "", "'ls' '-l' '/var/log'" },
	{ render_command, "'a' 'it'\\''s' ''", "", "'a' 'it'\\''s' ''" },
	{ render_command, "'a' 'ü x'", "", "'a' 'ü x'" },
	{ render_command, "'ls' *.log", "", "'sh' '-c' ''\\''ls'\\'' *.log'" },
	{ render_command, "'a' | 'b'", "", "'sh' '-c' ''\\''a'\\'' | '\\''b'\\'''" },
	{ render_command, "'a' 2>&1", "", "'sh' '-c' ''\\''a'\\'' 2>&1'" },
	{ render_command, "'a' || 'b'", "/x y",
	    "'sh' '-c' 'cd -- '\\''/x y'\\'' && { '\\''a'\\'' || '\\''b'\\'' ; }'" },
	{ render_command, "'a'", "/",
	    "'sh' '-c' 'cd -- '\\''/'\\'' && { '\\''a'\\'' ; }'" },
	{ render_command, "'a'", "x", NULL },
	{ render_command, "'a'", "/x\ny", NULL },
	{ render_command, "'a'", "/x\x7f", NULL },
	{ render_command, "'a'", "/\xff", NULL },
	{ render_command, "'a'", "/{{x", NULL },
	{ render_command, "'a' '{{ssm:x}}'", "", NULL },
	{ render_command, "'a' 'x}}'", "", NULL },
	{ render_command, "'a' '{x}'", "", "'a' '{x}'" },
	{ render_command, "'a' 'x}}' | 'b'", "", NULL },
	{ render_command, "", "", NULL },
	{ render_command, "uptime", "", NULL }, /* not canonical */
	{ render_command, "'a'  b", "", NULL },
	{ render_command, "'a' b;", "", NULL },
	{ render_command, "'a' $(b)", "", NULL },
	{ render_command, "'a'\n'b'", "", NULL },
	{ render_command, "'a' & 'b'", "", NULL },
	{ render_command, "'a' 'b", "", NULL },
	{ render_bytes, "for i in a b; do echo $i; done", "",
	    "'sh' '-c' 'for i in a b; do echo $i; done'" },
	{ render_bytes, "} ; echo '", "/d",
	    "'sh' '-c' 'cd -- \"$1\" && exec sh -c \"$2\"' 'sh' '/d' '} ; echo "
	    "'\\'''" },
	{ render_bytes, "a\tb", "", "'sh' '-c' 'a\tb'" },
	{ render_bytes, "", "", NULL },
	{ render_bytes, "a\nb", "", NULL },
	{ render_bytes, "a\x1b[m", "", NULL },
	{ render_bytes, "a\xe2\x80\x8b", "", NULL },
	{ render_bytes, "${x} {{y}}", "", NULL },
	{ render_bytes, "a", "d", NULL },
	{ render_program, "'psql' -d x", "", "printf '\\r'; exec 'psql' -d x" },
	{ render_program, "'vi' '/a b'", "/d",
	    "printf '\\r'; cd -- '/d' && exec 'vi' '/a b'" },
	{ render_program, "'a' ; 'b'", "", NULL },
	{ render_program, "'a' | 'b'", "", NULL },
	{ render_program, "'-c' a", "", NULL },
	{ render_program, "'a' '{{'", "", NULL },
	{ render_program, "a", "", NULL },
	{ run_canon, "'a' | 'b'", "", "'a' | 'b'" },
	{ run_canon, "'a' || 'b'", "/d", "cd -- '/d' && { 'a' || 'b' ; }" },
	{ run_canon, "a", "", NULL },
	{ run_canon, "'a' '}}'", "", NULL },
	{ run_bytes, "#!/bin/x", "", "exec 'sh' '-c' '#!/bin/x'" },
	{ run_bytes, "a; b", "/d",
	    "exec 'sh' '-c' 'cd -- \"$1\" && exec sh -c \"$2\"' 'sh' '/d' 'a; b'" },
	{ run_bytes, "a\r", "", NULL },
};

static void
rows_are_rendered(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct err err = { "" };
		struct buf out;
		enum rc rc;

		buf_init(&out, RENDER_MAX);
		buf_text(&out, "=");
		rc = rows[i].render(
		    span_of(rows[i].text), span_of(rows[i].directory), &out, &err);
		if ((rc == RC_OK) != (rows[i].want != NULL))
			fail_msg("%s: %s", rows[i].text, err.text);
		assert_true(rc == RC_OK || (rc == RC_REFUSE && err.text[0] != '\0'));
		assert_string_equal(
		    buf_cstr(&out) + 1, rc == RC_OK ? rows[i].want : "");
		buf_clear(&out);
	}
}

static void
nul_is_refused(void **state)
{
	static render_fn *const all[] = { render_command, render_bytes, render_program,
		run_canon, run_bytes };
	struct buf out;

	(void)state;
	buf_init(&out, RENDER_MAX);
	for (size_t i = 0; i < ROWS(all); i++) {
		assert_int_equal(
		    all[i](span_make("'a'\0b", 5), span_of(""), &out, NULL), RC_REFUSE);
		assert_int_equal(
		    all[i](span_of("'a'"), span_make("/a\0b", 4), &out, NULL),
		    RC_REFUSE);
	}
	assert_int_equal(out.len, 0);
	buf_clear(&out);
}

/* What doubles twice gets long: refused, not cut. */
static void
long_text_is_refused(void **state)
{
	char text[SHELL_CANON + 1];
	struct buf out;

	(void)state;
	buf_init(&out, 2 * RENDER_MAX);
	memset(text, '\'', sizeof text);
	assert_int_equal(
	    render_bytes(span_make(text, 2040), span_of(""), &out, NULL), RC_OK);
	buf_reset(&out);
	assert_int_equal(
	    render_bytes(span_make(text, 2050), span_of(""), &out, NULL), RC_REFUSE);
	assert_int_equal(out.len, 0);
	buf_clear(&out);
}

static void
lines_of_a_fed_shell(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, RENDER_MAX);
	assert_int_equal(render_line(span_of("'a' | 'b'"), NONCE, &out, NULL), RC_OK);
	assert_string_equal(buf_cstr(&out), "{ 'a' | 'b' ; } </dev/null; " MARKS);
	buf_reset(&out);
	assert_int_equal(render_probe(NONCE, &out, NULL), RC_OK);
	assert_string_equal(buf_cstr(&out), "\n" MARKS);
	buf_reset(&out);
	assert_int_equal(render_cd(span_of("/a'b"), NONCE, &out, NULL), RC_OK);
	assert_string_equal(buf_cstr(&out),
	    "cd -- '/a'\\''b' </dev/null && cd -P .; printf '\\033]7707;" NONCE
	    ";%s;%s;" NONCE "\\007' \"$?\" \"$PWD\"\n");
	buf_reset(&out);
	assert_int_equal(render_line(span_of("'a' '{{'"), NONCE, &out, NULL), RC_OK);
	buf_clear(&out);
}

static void
fed_lines_that_are_refused(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, RENDER_MAX);
	assert_int_equal(render_line(span_of("a"), NONCE, &out, NULL), RC_REFUSE);
	assert_int_equal(render_line(span_of("'a'; }"), NONCE, &out, NULL), RC_REFUSE);
	assert_int_equal(render_line(span_of("'a'"), "0", &out, NULL), RC_REFUSE);
	assert_int_equal(
	    render_line(span_of("'a'"), "0123456789abcdef0123456789abcde'", &out, NULL),
	    RC_REFUSE);
	assert_int_equal(render_cd(span_of(""), NONCE, &out, NULL), RC_REFUSE);
	assert_int_equal(render_cd(span_of("-"), NONCE, &out, NULL), RC_REFUSE);
	assert_int_equal(render_cd(span_of("/\x1b"), NONCE, &out, NULL), RC_REFUSE);
	assert_int_equal(render_start(NONCE, "x", &out, NULL), RC_REFUSE);
	assert_int_equal(render_probe("", &out, NULL), RC_REFUSE);
	assert_int_equal(out.len, 0);
	buf_clear(&out);
}

/* The longest line that is read fits a terminal that edits lines. */
static void
the_longest_line_fits(void **state)
{
	char text[SHELL_CANON + 1];
	struct buf out;

	(void)state;
	memset(text, 'x', sizeof text);
	memcpy(text, "'a' ", 4);
	for (size_t i = 1000; i < SHELL_CANON; i += 1000)
		text[i] = ' ';
	buf_init(&out, RENDER_MAX);
	assert_int_equal(
	    render_line(span_make(text, SHELL_CANON), NONCE, &out, NULL), RC_OK);
	assert_true(out.len <= RENDER_LINE_MAX);
	buf_clear(&out);
}

/* Nothing of it is a secret or a surprise: no text of anybody else is in it. */
static void
start_up_texts(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, RENDER_MAX);
	assert_int_equal(render_shell(&out, NULL), RC_OK);
	assert_true(out.len <= RENDER_SHELL_MAX);
	assert_null(strchr(buf_cstr(&out), '\n'));
	assert_non_null(strstr(buf_cstr(&out), "--noprofile --norc --noediting"));
	assert_non_null(strstr(buf_cstr(&out), "env -i "));
	buf_reset(&out);
	assert_int_equal(render_start(NONCE, TRIP, &out, NULL), RC_OK);
	assert_true(out.len <= RENDER_SHELL_MAX);
	assert_int_equal(out.p[out.len - 1], '\n');
	assert_non_null(strstr(buf_cstr(&out), TRIP));
	/* The text itself, should a terminal echo it, is no marker. */
	assert_null(strchr(buf_cstr(&out), '\033'));
	buf_clear(&out);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_rendered),
		cmocka_unit_test(nul_is_refused),
		cmocka_unit_test(long_text_is_refused),
		cmocka_unit_test(lines_of_a_fed_shell),
		cmocka_unit_test(fed_lines_that_are_refused),
		cmocka_unit_test(the_longest_line_fits),
		cmocka_unit_test(start_up_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
