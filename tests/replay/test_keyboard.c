#include "tests/support/unit.h"

#include "replay/keyboard.h"

/* All keys of these bytes, given in pieces of n. */
static size_t
keys_of(const char *bytes, size_t n, bool whole, int *keys, size_t most)
{
	struct keyboard k = { 0 };
	size_t count = 0, len = strlen(bytes);

	for (size_t at = 0; at < len; at += n) {
		size_t part = len - at < n ? len - at : n;

		assert_true(keyboard_room(&k) >= 1);
		keyboard_put(&k, span_make(bytes + at, part));
		while (count < most && keyboard_take(&k, false, &keys[count]))
			count++;
	}
	while (whole && count < most && keyboard_take(&k, true, &keys[count]))
		count++;
	return count;
}

static void
sequences_are_keys(void **state)
{
	static const struct {
		const char *bytes;
		int key;
	} rows[] = {
		{ "q", 'q' },
		{ " ", ' ' },
		{ "\r", '\r' },
		{ "\033[C", KEYBOARD_RIGHT },
		{ "\033OC", KEYBOARD_RIGHT },
		{ "\033[D", KEYBOARD_LEFT },
		{ "\033[A", KEYBOARD_UP },
		{ "\033[B", KEYBOARD_DOWN },
		{ "\033[H", KEYBOARD_HOME },
		{ "\033[F", KEYBOARD_END },
		{ "\033OH", KEYBOARD_HOME },
		{ "\033[1~", KEYBOARD_HOME },
		{ "\033[4~", KEYBOARD_END },
		{ "\033[7~", KEYBOARD_HOME },
		{ "\033[8~", KEYBOARD_END },
		{ "\033[5~", KEYBOARD_PAGE_UP },
		{ "\033[6~", KEYBOARD_PAGE_DOWN },
		{ "\033[1;5C", KEYBOARD_RIGHT },
		{ "\033[3~", KEYBOARD_OTHER },
		{ "\033[99999999999999999999~", KEYBOARD_OTHER },
		{ "\033[200~", KEYBOARD_OTHER },
		{ "\033q", KEYBOARD_OTHER }, /* Alt-q is not q */
		{ "\xC3", KEYBOARD_OTHER },
		{ "\033[<0;1;1M", KEYBOARD_OTHER },
	};
	int keys[8];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		for (size_t n = 1; n < 30; n += 7)
			if (keys_of(rows[i].bytes, n, true, keys, 8) != 1 ||
			    keys[0] != rows[i].key)
				fail_msg("row %zu in pieces of %zu: %d", i, n, keys[0]);
}

static void
the_begin_of_a_sequence_waits(void **state)
{
	int keys[80];

	(void)state;
	assert_int_equal(keys_of("\033", 1, false, keys, 8), 0);
	assert_int_equal(keys_of("\033[", 1, false, keys, 8), 0);
	assert_int_equal(keys_of("\033[1;", 1, false, keys, 8), 0);
	/* but not for ever */
	assert_int_equal(keys_of("\033", 1, true, keys, 8), 1);
	assert_int_equal(keys[0], 0x1B);
	assert_int_equal(keys_of("\033[1", 1, true, keys, 8), 3);
	assert_true(keys[0] == 0x1B && keys[1] == '[' && keys[2] == '1');
	assert_int_equal(keys_of("a\033[Cb", 1, true, keys, 8), 3);
	assert_true(keys[0] == 'a' && keys[1] == KEYBOARD_RIGHT && keys[2] == 'b');
}

static void
nothing_overflows(void **state)
{
	char bytes[3 * KEYBOARD_MOST + 1];
	int keys[4 * KEYBOARD_MOST];
	struct keyboard k = { 0 };
	size_t n;

	(void)state;
	memset(bytes, '1', sizeof bytes);
	memcpy(bytes, "\033[", 2);
	bytes[sizeof bytes - 1] = '\0';
	/* a sequence that does not end is let go when there is no room for more */
	n = keys_of(bytes, 1, true, keys, ROWS(keys));
	assert_int_equal(n, sizeof bytes - 1);
	assert_int_equal(keys[0], 0x1B);
	keyboard_put(&k, span_make(bytes, sizeof bytes - 1));
	assert_int_equal(k.len, KEYBOARD_MOST);
	assert_int_equal(keyboard_room(&k), 0);
	assert_true(keyboard_take(&k, false, keys));
	assert_true(keyboard_room(&k) > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sequences_are_keys),
		cmocka_unit_test(the_begin_of_a_sequence_waits),
		cmocka_unit_test(nothing_overflows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
