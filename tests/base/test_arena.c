#include "tests/support/unit.h"

#include <stdalign.h>

#include "lib/base/arena.h"

static void
pieces_are_zeroed_and_aligned(void **state)
{
	struct arena *a = arena_new(1024);
	unsigned char *last = NULL;

	(void)state;
	assert_non_null(a);
	memset(a->p, 0xAA, 1024);
	for (size_t n = 1; n < 20; n++) {
		unsigned char *p = arena_take(a, n);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
		assert_true(last == NULL || p >= last + n - 1);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0x55, n);
		last = p;
	}
	arena_free(a);
}

static void
no_more_than_there_is(void **state)
{
	struct arena *a = arena_new(64);

	(void)state;
	assert_non_null(a);
	assert_null(arena_take(a, 65));
	assert_non_null(arena_take(a, 64));
	assert_null(arena_take(a, 1));
	assert_non_null(arena_take(a, 0));
	assert_null(arena_room(a, 1));
	arena_reset(a);
	assert_null(arena_room(a, 65));
	assert_non_null(memset(arena_room(a, 64), 1, 64));
	arena_reset(a);
	assert_int_equal(*(unsigned char *)arena_take(a, 1), 0);
	arena_reset(a);
	assert_non_null(arena_take(a, 1));
	assert_null(arena_take(a, 64));
	assert_null(arena_take(a, SIZE_MAX));
	assert_null(arena_take(a, SIZE_MAX - 32));
	assert_non_null(arena_take(a, 48));
	assert_null(arena_take(a, 1));
	assert_int_equal(a->peak, 64);
	arena_free(a);
}

static void
lists_do_not_overflow(void **state)
{
	struct arena *a = arena_new(256);

	(void)state;
	assert_non_null(a);
	assert_null(arena_list(a, SIZE_MAX / 8 + 2, 8));
	assert_null(arena_list(a, SIZE_MAX, 2));
	assert_null(arena_list(a, 33, 8));
	assert_non_null(arena_list(a, 32, 8));
	assert_non_null(arena_list(a, 0, 8));
	assert_non_null(arena_list(a, 8, 0));
	arena_free(a);
}

static void
an_empty_one_gives_nothing(void **state)
{
	struct arena *a = arena_new(0);

	(void)state;
	assert_non_null(a);
	assert_null(arena_take(a, 1));
	arena_free(a);
	arena_free(NULL);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_zeroed_and_aligned),
		cmocka_unit_test(no_more_than_there_is),
		cmocka_unit_test(lists_do_not_overflow),
		cmocka_unit_test(an_empty_one_gives_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
