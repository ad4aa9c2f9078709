#include "tests/support/unit.h"

#include <sodium.h>

#include "recorder/cast.h"
#include "recorder/opener.h"

static const uint8_t h0[32] = { 5 };

/* The line of chunk i, whose text is its number. */
static void
make_line(
    struct chunk_work *w, uint64_t i, const uint8_t key[RATCHET_KEY], struct buf *line)
{
	struct buf data;
	char text[40];

	buf_init(&data, 4096);
	buf_init(line, 8192);
	snprintf(text, sizeof text, "this is %llu\n", (unsigned long long)i);
	assert_int_equal(chunk_seal(w, key, 0, i, span_of(text), &data, NULL), RC_OK);
	cast_line_put(line, 0, 'E', buf_span(&data));
	line->len--;
	buf_clear(&data);
}

static void
key_of(uint64_t i, uint8_t key[RATCHET_KEY])
{
	memset(key, 0, RATCHET_KEY);
	memcpy(key, &i, 8);
}

/* Give line i, with damage: 'k' another key, 'c' another code, 't' no line. */
static void
give(struct opener *o, struct chunk_work *w, uint64_t i, char damage)
{
	uint8_t key[RATCHET_KEY];
	struct buf line;

	key_of(i, key);
	make_line(w, i, key, &line);
	if (damage == 'k')
		key[9] ^= 1;
	if (damage == 'c')
		line.p[5] = 'S';
	if (damage == 't')
		line.len -= 2;
	assert_int_equal(opener_put(o, buf_span(&line), 1000 + i, key, NULL), RC_OK);
	buf_clear(&line);
}

static void
expect(struct opener *o, uint64_t i, char damage)
{
	struct opened got = { .offset = 0 };
	char text[40];
	enum rc rc = opener_take(o, &got, NULL);

	assert_int_equal(got.offset, 1000 + i);
	if (damage != 0) {
		assert_int_equal(rc, RC_REFUSE);
		return;
	}
	assert_int_equal(rc, RC_OK);
	assert_int_equal(got.chunk.index, i);
	snprintf(text, sizeof text, "this is %llu\n", (unsigned long long)i);
	assert_true(span_is(got.plain, text));
}

/* Every seventh line is false in one of three ways; all of them come out in their
 * places, whoever opened them. */
static char
damage_of(uint64_t i)
{
	return i % 7 == 3 ? "kct"[i / 7 % 3] : 0;
}

static void
lines_come_out_as_they_went_in(void **state)
{
	static const unsigned helpers[] = { 0, 1, 2, 4, 9 };
	struct chunk_work *w = NULL;

	(void)state;
	assert_int_equal(chunk_work_new(h0, true, &w, NULL), RC_OK);
	for (size_t k = 0; k < ROWS(helpers); k++) {
		struct opener *o = NULL;
		struct opened none;
		uint64_t in = 0, out = 0;

		assert_int_equal(opener_new(h0, helpers[k], &o, NULL), RC_OK);
		assert_int_equal(opener_take(o, &none, NULL), RC_END);
		while (out < 500) {
			for (; in < 500 && opener_room(o); in++)
				give(o, w, in, damage_of(in));
			/* Never more on the way than the ring holds. */
			assert_in_range(in - out, 1, 16);
			expect(o, out, damage_of(out));
			out++;
		}
		assert_int_equal(opener_take(o, &none, NULL), RC_END);
		opener_free(o);
	}
	chunk_work_free(w);
}

/* Also while helpers are at work. */
static void
what_is_on_its_way_can_be_dropped(void **state)
{
	struct chunk_work *w = NULL;
	struct opener *o = NULL;
	struct opened none;

	(void)state;
	assert_int_equal(chunk_work_new(h0, true, &w, NULL), RC_OK);
	assert_int_equal(opener_new(h0, 2, &o, NULL), RC_OK);
	for (uint64_t i = 0; i < 300; i++) {
		give(o, w, i, 0);
		if (opener_room(o) && i % 50 != 49)
			continue;
		opener_drop(o);
		assert_int_equal(opener_take(o, &none, NULL), RC_END);
		assert_true(opener_room(o));
	}
	give(o, w, 7, 0);
	expect(o, 7, 0);
	give(o, w, 8, 0);
	opener_free(o);
	opener_free(NULL);
	chunk_work_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_out_as_they_went_in),
		cmocka_unit_test(what_is_on_its_way_can_be_dropped),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
