#include "tests/support/unit.h"

#include "recorder/mask/trigger.h"

static const struct {
	const char *text;
	unsigned flags;
} literals[] = { { "AKIA", MASK_EXACT | MASK_WORD }, { "password", MASK_SHOWN },
	{ "passwordhash", MASK_SHOWN }, { "aaa", 0 }, { "aaaa", 0 },
	{ "sk-", MASK_WORD }, { "-----BEGIN ", 0 },
	{ "\xc3\xa9"
	  "e\x01",
	    0 },
	{ "AKIA", 0 } };

static struct trigger *
make(struct build_literal l[ROWS(literals)])
{
	struct trigger *t = NULL;
	struct err err;

	for (size_t i = 0; i < ROWS(literals); i++) {
		l[i] = (struct build_literal){ .len = strlen(literals[i].text),
			.flags = literals[i].flags };
		memcpy(l[i].text, literals[i].text, l[i].len);
	}
	assert_int_equal(trigger_new(l, ROWS(literals), &t, &err), RC_OK);
	return t;
}

/* All that stand, by comparing each with each place. */
static void
compare(
    const struct build_literal *l, const struct mask_view *v, const struct stands *s)
{
	size_t n = s->head;

	for (size_t at = 0; at < v->len; at++)
		for (size_t i = 0; i < ROWS(literals); i++) {
			if (build_stands(&l[i], v, at) != MASK_YES)
				continue;
			assert_true(n < s->n);
			assert_int_equal(s->p[n].place, v->base + at);
			assert_int_equal(s->p[n].literal, i);
			n++;
		}
	assert_int_equal(n, s->n);
}

static void
test_find(void **state)
{
	static const char *const bits[] = { "AKIA", "akia", "pass", "word", "hash", "a",
		"aa", "sk-", "-----BEGIN ",
		"\xc3\xa9"
		"e\x01",
		" ", "_", "PASSWORD" };
	struct build_literal l[ROWS(literals)];
	struct trigger *t = make(l);

	(void)state;
	srand(3);
	for (int round = 0; round < 2000; round++) {
		struct stands s = { .n = 0 };
		uint8_t text[400];
		struct mask_view v = { text, 0, 1000, false };
		size_t from = 0, len = 0;

		while (len < 300) {
			const char *bit = bits[(size_t)rand() % ROWS(bits)];

			memcpy(text + len, bit, strlen(bit));
			len += strlen(bit);
		}
		/* As the text comes, in pieces. */
		while (v.len < len) {
			v.len += 1 + (size_t)rand() % 40;
			v.len = v.len < len ? v.len : len;
			v.end = v.len == len;
			from = trigger_find(t, &v, from, 0, &s);
			assert_true(from != SIZE_MAX);
		}
		compare(l, &v, &s);
		stands_clear(&s);
	}
	trigger_free(t);
}

static void
test_partial(void **state)
{
	static const struct {
		const char *text;
		size_t first, shown;
	} rows[] = {
		{ "", 0, 0 },
		{ "x y", 3, 3 },
		{ "x A", 2, 2 },
		{ "xyA", 2, 2 },    /* of aaa, and AKIA without the word */
		{ "x AKIA", 5, 5 }, /* whole; its last may begin aaa */
		{ "x AKI", 2, 2 },
		{ "pass", 0, 4 },	  /* shown itself */
		{ "my password", 3, 11 }, /* of the longer one */
		{ "my passwordh", 3, 12 },
		{ "my passwordx", 12, 12 },
		{ "xs", 2, 2 }, /* no beginning of a word */
		{ "x s", 2, 2 },
		{ "x--", 1, 1 },
		{ "passa", 4, 4 },
	};
	struct build_literal l[ROWS(literals)];
	struct trigger *t = make(l);

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mask_view v = { (const uint8_t *)rows[i].text,
			strlen(rows[i].text), 0, false };
		size_t shown;

		assert_int_equal(trigger_partial(t, &v, 0, &shown), rows[i].first);
		assert_int_equal(shown, rows[i].shown);
		v.end = true;
		assert_int_equal(trigger_partial(t, &v, 0, &shown), v.len);
		assert_int_equal(shown, v.len);
	}
	trigger_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_partial),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
