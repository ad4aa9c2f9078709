#include "tests/support/unit.h"

#include "policies/shell.h"
#include "tests/policies/shellvector.h"

static struct arena *arena, *other;

/* What is fine has one text, which reads back as the same, and has the same text. */
static void
check_again(const struct shell_line *line, struct span text)
{
	struct shell_line again;
	struct buf one, two, second;

	buf_init(&one, 65536);
	buf_init(&two, 65536);
	buf_init(&second, 65536);
	arena_reset(other);
	assert_int_equal(shell_read(text, other, &again, NULL), RC_OK);
	shellvector_show(line, &one);
	shellvector_show(&again, &two);
	assert_string_equal(buf_cstr(&one), buf_cstr(&two));
	shell_canon(&again, &second);
	assert_true(span_eq(text, buf_span(&second)));
	buf_clear(&one);
	buf_clear(&two);
	buf_clear(&second);
}

static void
check_vector(const struct shellvector *v)
{
	struct shell_line line;
	struct buf out;

	arena_reset(arena);
	assert_int_equal(
	    shell_read(span_make(v->in, v->len), arena, &line, NULL), RC_OK);
	if (line.undecidable != SHELL_FINE) {
		assert_string_equal(v->canon, "");
		return;
	}
	buf_init(&out, 65536);
	shell_canon(&line, &out);
	if (v->canon[0] != '\0' && strcmp(buf_cstr(&out), v->canon) != 0)
		fail_msg("%s:%u:\nwant %s\nhave %s", v->file, v->number, v->canon,
		    buf_cstr(&out));
	if (out.len <= SHELL_LINE)
		check_again(&line, buf_span(&out));
	buf_clear(&out);
}

static void
vectors_have_their_text(void **state)
{
	(void)state;
	shellvector_each(250, check_vector);
}

static void
parts_are_written_alone(void **state)
{
	struct shell_line line;
	struct buf out;

	(void)state;
	arena_reset(arena);
	buf_init(&out, 4096);
	assert_int_equal(
	    shell_read(span_of("a 'b c'* 2>&1 | d -e"), arena, &line, NULL), RC_OK);
	shell_canon_command(&line.commands[1], &out);
	assert_string_equal(buf_cstr(&out), "'d' -e");
	buf_reset(&out);
	shell_canon_command(&line.commands[0], &out);
	assert_string_equal(buf_cstr(&out), "'a' 'b c'* 2>&1");
	buf_reset(&out);
	shell_canon_word(&line.commands[0].words[0], &out);
	assert_string_equal(buf_cstr(&out), "a");
	buf_reset(&out);
	shell_canon_word(&line.commands[0].words[1], &out);
	assert_string_equal(buf_cstr(&out), "'b c'*");
	buf_clear(&out);
}

/* Text that does not fit is not cut: the buffer says so. */
static void
long_text_is_not_cut(void **state)
{
	struct shell_line line;
	struct buf out;

	(void)state;
	arena_reset(arena);
	assert_int_equal(shell_read(span_of("a b"), arena, &line, NULL), RC_OK);
	for (size_t most = 0; most < 5; most++) {
		buf_init(&out, most);
		shell_canon(&line, &out);
		assert_false(buf_ok(&out));
		buf_clear(&out);
	}
	buf_init(&out, 5);
	shell_canon(&line, &out);
	assert_string_equal(buf_cstr(&out), "'a' b");
	buf_clear(&out);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_have_their_text),
		cmocka_unit_test(parts_are_written_alone),
		cmocka_unit_test(long_text_is_not_cut),
	};
	int failed;

	if ((arena = arena_new(SHELL_ARENA)) == NULL ||
	    (other = arena_new(SHELL_ARENA)) == NULL)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(arena);
	arena_free(other);
	return failed;
}
