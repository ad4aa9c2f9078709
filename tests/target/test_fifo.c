/* What is put comes out, however it is taken. */
#include "tests/support/unit.h"

#include "broker/target/fifo.h"

static void
bytes_come_out_in_their_order(void **state)
{
	uint8_t in = 0, out = 0, some[300];
	struct fifo f;
	size_t n = 1;

	(void)state;
	fifo_init(&f, 10000);
	for (unsigned turn = 0; turn < 5000; turn++) {
		n = n * 31 % 299;
		for (size_t i = 0; i < n; i++)
			some[i] = (uint8_t)(in + i);
		if (fifo_put(&f, span_make(some, n)))
			in = (uint8_t)(in + n);
		else
			assert_true(fifo_len(&f) + n > 10000);
		n = (n * 17 + turn) % 300;
		if (n > fifo_len(&f))
			n = fifo_len(&f);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(fifo_span(&f).p[i], (uint8_t)(out + i));
		out = (uint8_t)(out + n);
		fifo_skip(&f, n);
		n = n % 299 + 1;
	}
	fifo_clear(&f);
	assert_int_equal(fifo_len(&f), 0);
}

static void
it_is_bounded_by_what_waits(void **state)
{
	struct fifo f;

	(void)state;
	fifo_init(&f, 10);
	assert_true(fifo_put(&f, span_of("0123456789")));
	assert_false(fifo_put(&f, span_of("a")));
	fifo_skip(&f, 2);
	assert_false(fifo_put(&f, span_of("abc")));
	assert_true(fifo_put(&f, span_of("ab")));
	assert_true(span_is(fifo_span(&f), "23456789ab"));
	fifo_clear(&f);
}

static void
the_end_is_cut(void **state)
{
	struct fifo f;

	(void)state;
	fifo_init(&f, 10);
	fifo_cut(&f, 0);
	assert_true(fifo_put(&f, span_of("0123456789")));
	fifo_skip(&f, 3);
	fifo_cut(&f, 2);
	assert_true(span_is(fifo_span(&f), "34"));
	fifo_cut(&f, 0);
	assert_int_equal(fifo_span(&f).len, 0);
	assert_true(fifo_put(&f, span_of("x")));
	assert_true(span_is(fifo_span(&f), "x"));
	fifo_clear(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_come_out_in_their_order),
		cmocka_unit_test(it_is_bounded_by_what_waits),
		cmocka_unit_test(the_end_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
