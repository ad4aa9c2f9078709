#include "tests/support/unit.h"

#include "lib/base/buf.h"

static void
what_is_put_is_read(void **state)
{
	struct buf b;
	struct cur c;

	(void)state;
	buf_init(&b, 100);
	buf_u8(&b, 1);
	buf_u16(&b, 0x0203);
	buf_u32(&b, 0x04050607);
	buf_u64(&b, 0x08090a0b0c0d0e0fULL);
	buf_le32(&b, 0x01020304);
	buf_string(&b, span_of("abc"));
	assert_true(buf_ok(&b));
	assert_memory_equal(b.p, "\1\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd\xe\xf\4\3\2\1", 19);
	cur_init(&c, buf_span(&b));
	assert_int_equal(cur_u8(&c), 1);
	assert_int_equal(cur_u16(&c), 0x0203);
	assert_int_equal(cur_u32(&c), 0x04050607);
	assert_true(cur_u64(&c) == 0x08090a0b0c0d0e0fULL);
	assert_int_equal(cur_le32(&c), 0x01020304);
	assert_true(span_is(cur_string(&c, 3), "abc"));
	assert_true(cur_done(&c));
	buf_clear(&b);
}

/* To the last byte, and whatever comes behind it: the room is never freed. */
static void
a_buffer_over_room_never_grows(void **state)
{
	char room[9];
	struct buf b;

	(void)state;
	for (size_t step = 1; step <= 9; step++) {
		memset(room, '#', sizeof room);
		buf_over(&b, room, 8);
		for (size_t n = step; n <= 16; n += step) {
			buf_printf(&b, "%.*s", (int)step, "123456789");
			assert_int_equal(buf_ok(&b), n <= 7);
			assert_ptr_equal(b.p, room);
		}
		assert_int_equal(room[8], '#');
	}
	buf_over(&b, room, 8);
	buf_text(&b, "1234567");
	assert_string_equal(buf_cstr(&b), "1234567");
	assert_ptr_equal(buf_cstr(&b), room);
	buf_u8(&b, 8);
	assert_false(buf_ok(&b));
	buf_over(&b, room, 1);
	assert_string_equal(buf_cstr(&b), "");
	buf_u8(&b, 1);
	assert_false(buf_ok(&b));
}

static void
a_buffer_keeps_its_first_error(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	buf_text(&b, "abcd");
	assert_true(buf_ok(&b));
	assert_string_equal(buf_cstr(&b), "abcd");
	buf_u8(&b, 1);
	assert_false(buf_ok(&b));
	buf_skip(&b, 4);
	buf_u8(&b, 1);
	assert_false(buf_ok(&b));
	assert_int_equal(buf_span(&b).len, 0);
	buf_reset(&b);
	buf_printf(&b, "%d", 1234);
	assert_string_equal(buf_cstr(&b), "1234");
	assert_null(buf_room(&b, SIZE_MAX));
	buf_clear(&b);
}

static void
a_cursor_keeps_its_first_error(void **state)
{
	struct cur c;

	(void)state;
	cur_init(&c, span_make("\0\0\0\5abc", 7));
	assert_int_equal(cur_string(&c, 100).len, 0);
	assert_true(c.bad);
	assert_int_equal(cur_u8(&c), 0);
	assert_false(cur_done(&c));
	/* a length over the bound, though the bytes are there */
	cur_init(&c, span_make("\0\0\0\3abc", 7));
	assert_int_equal(cur_string(&c, 2).len, 0);
	assert_false(cur_done(&c));
	/* something left over */
	cur_init(&c, span_make("ab", 2));
	cur_u8(&c);
	assert_false(cur_done(&c));
	assert_int_equal(cur_rest(&c).len, 1);
	assert_true(cur_done(&c));
}

static void
spans_do_not_lose_a_nul(void **state)
{
	struct span s = span_make("alice\0evil", 10);
	char out[16];

	(void)state;
	assert_true(span_has_nul(s));
	assert_null(span_dup(s));
	assert_false(span_copy(s, out, sizeof out));
	assert_false(span_copy(span_of("abc"), out, 3));
	assert_true(span_copy(span_of("abc"), out, 4));
	assert_false(span_is(s, "alice"));
	assert_true(span_starts(s, "alice"));
	assert_true(span_eq(span_make(NULL, 0), span_of("")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_is_read),
		cmocka_unit_test(a_buffer_over_room_never_grows),
		cmocka_unit_test(a_buffer_keeps_its_first_error),
		cmocka_unit_test(a_cursor_keeps_its_first_error),
		cmocka_unit_test(spans_do_not_lose_a_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
