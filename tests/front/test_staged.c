#include "tests/support/unit.h"

#include <sodium.h>

#include "broker/front/staged.h"

static struct staged *
begin(struct staged_room *room, uint64_t most)
{
	struct staged *s = NULL;

	assert_int_equal(staged_new(room, most, &s, NULL), RC_OK);
	assert_false(staged_settled(s));
	return s;
}

/* What the monitor is told must be this, or that it did not fit. */
static void
assert_told(const struct staged *s, const char *all)
{
	uint8_t told[32], want[32];
	struct msg_staged m;

	assert_true(staged_settled(s));
	staged_tell(s, told, &m);
	assert_int_equal(m.fits, all != NULL);
	assert_int_equal(m.sha256.len, 32);
	memset(want, 0, sizeof want);
	if (all != NULL)
		crypto_hash_sha256(want, (const uint8_t *)all, strlen(all));
	assert_int_equal(m.len, all != NULL ? strlen(all) : 0);
	assert_memory_equal(told, want, 32);
	assert_memory_equal(m.sha256.p, want, 32);
}

static void
all_of_it_is_kept(void **state)
{
	struct staged_room room = { 0 };
	struct staged *s = begin(&room, 6);
	struct span left;

	(void)state;
	assert_true(staged_put(s, span_of("")));
	assert_true(staged_put(s, span_of("abc")));
	assert_true(staged_put(s, span_of("def")));
	assert_false(staged_whole(s));
	assert_int_equal(room.used, 6);
	staged_end(s);
	assert_true(staged_whole(s));
	assert_told(s, "abcdef");
	/* Told twice is told the same. */
	assert_told(s, "abcdef");
	assert_true(span_is(staged_left(s), "abcdef"));
	staged_use(s, 4);
	assert_true(span_is(staged_left(s), "ef"));
	staged_use(s, 2);
	left = staged_left(s);
	assert_int_equal(left.len, 0);
	/* Its end is its end. */
	assert_false(staged_put(s, span_of("g")));
	assert_told(s, "abcdef");
	staged_free(s);
	assert_int_equal(room.used, 0);
}

static void
nothing_is_an_input_too(void **state)
{
	struct staged_room room = { 0 };
	struct staged *s = begin(&room, 0);

	(void)state;
	staged_end(s);
	assert_true(staged_whole(s));
	assert_told(s, "");
	staged_free(s);
	staged_free(NULL);
}

static void
a_byte_too_many_does_not_fit(void **state)
{
	struct staged_room room = { 0 };
	struct staged *s = begin(&room, 6);

	(void)state;
	assert_true(staged_put(s, span_of("abcd")));
	assert_false(staged_put(s, span_of("efg")));
	assert_true(staged_settled(s));
	assert_told(s, NULL);
	/* Not even what would have fitted, and no end makes it whole. */
	assert_false(staged_put(s, span_of("e")));
	staged_end(s);
	assert_false(staged_whole(s));
	assert_told(s, NULL);
	/* What was kept is not torn: nothing was taken that is not there. */
	assert_true(span_is(staged_left(s), "abcd"));
	staged_free(s);
	assert_int_equal(room.used, 0);
}

/* However large a bound the monitor names, and however many commands there are. */
static void
memory_has_an_end(void **state)
{
	struct staged_room room = { 0 };
	struct staged *s[3];
	uint8_t *piece = calloc(1, STAGED_MAX);

	(void)state;
	assert_non_null(piece);
	s[0] = begin(&room, UINT64_MAX);
	assert_true(staged_put(s[0], span_make(piece, STAGED_MAX)));
	assert_false(staged_put(s[0], span_make(piece, 1)));
	s[1] = begin(&room, UINT64_MAX);
	assert_true(staged_put(s[1], span_make(piece, STAGED_MAX - 1)));
	s[2] = begin(&room, UINT64_MAX);
	assert_true(staged_put(s[2], span_make(piece, 1)));
	assert_int_equal(room.used, STAGED_ROOM);
	assert_false(staged_put(s[2], span_make(piece, 1)));
	assert_told(s[2], NULL);
	/* One that goes makes room for another. */
	staged_free(s[0]);
	staged_free(s[2]);
	s[2] = begin(&room, UINT64_MAX);
	assert_true(staged_put(s[2], span_make(piece, 100)));
	staged_free(s[1]);
	staged_free(s[2]);
	assert_int_equal(room.used, 0);
	free(piece);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it_is_kept),
		cmocka_unit_test(nothing_is_an_input_too),
		cmocka_unit_test(a_byte_too_many_does_not_fit),
		cmocka_unit_test(memory_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
