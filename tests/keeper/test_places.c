#include "tests/support/unit.h"

#include "broker/keeper/places.h"

#define OK(call) assert_int_equal((call), RC_OK)

/* Sessions that all fall into few slots at first, as no UUIDv7 would. */
static void
sid_of(unsigned n, uint8_t sid[16])
{
	memset(sid, 0, 16);
	memcpy(sid, &n, sizeof n);
	sid[8] = (uint8_t)(n % 3);
}

static void
found_among_many(void **state)
{
	struct places *p = NULL;
	uint8_t sid[16];

	(void)state;
	OK(places_new(&p, NULL));
	for (unsigned n = 0; n < 500; n++) {
		sid_of(n, sid);
		assert_null(places_find(p, sid));
		OK(places_open(p, sid, n, NULL));
		assert_int_equal(places_open(p, sid, n, NULL), RC_REFUSE);
	}
	/* Every third goes; nobody else is lost with it. */
	for (unsigned n = 0; n < 500; n += 3) {
		sid_of(n, sid);
		places_drop(p, sid);
		places_drop(p, sid);
	}
	for (unsigned n = 0; n < 500; n++) {
		const struct place *at;

		sid_of(n, sid);
		at = places_find(p, sid);
		assert_int_equal(at == NULL, n % 3 == 0);
		if (at != NULL) {
			assert_int_equal(at->open, n);
			assert_true(at->end == PLACES_NONE);
		}
	}
	places_free(p);
	places_free(NULL);
}

static void
leaves_in_their_order_alone(void **state)
{
	static const struct {
		enum leaf_type type;
		uint8_t sid;
		enum rc rc;
	} rows[] = {
		{ LEAF_CLOSE, 1, RC_REFUSE },
		{ LEAF_RECOVER, 1, RC_REFUSE },
		{ LEAF_OPEN, 1, RC_OK },
		{ LEAF_OPEN, 1, RC_REFUSE },
		{ LEAF_HEARTBEAT, 0, RC_OK },
		{ LEAF_OPEN, 2, RC_OK },
		{ LEAF_CLOSE, 1, RC_OK },
		{ LEAF_CLOSE, 1, RC_REFUSE },
		{ LEAF_RECOVER, 1, RC_REFUSE },
		{ LEAF_OPEN, 1, RC_REFUSE },
		{ LEAF_RECOVER, 2, RC_OK },
		{ LEAF_CLOSE, 2, RC_REFUSE },
		{ LEAF_EXPIRE, 1, RC_OK },
		{ LEAF_EXPIRE, 1, RC_OK },
		{ LEAF_SHRED, 9, RC_OK },
	};
	struct places *p = NULL;
	struct place *at;
	uint8_t sid[16];

	(void)state;
	OK(places_new(&p, NULL));
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct leaf leaf = { .type = rows[i].type };
		struct err err = { "" };

		memset(leaf.sid, rows[i].sid, 16);
		if (rows[i].type == LEAF_CLOSE)
			leaf.close.len = 77;
		if (rows[i].type == LEAF_RECOVER)
			leaf.recover.len = 88;
		if (places_take(p, i, &leaf, &err) != rows[i].rc)
			fail_msg("row %zu: %s", i, err.text);
		if (rows[i].rc == RC_REFUSE)
			assert_non_null(strstr(err.text, "recording 0"));
	}
	memset(sid, 1, 16);
	at = places_find(p, sid);
	assert_int_equal(at->open, 2);
	assert_int_equal(at->end, 6);
	assert_int_equal(at->type, LEAF_CLOSE);
	assert_int_equal(at->len, 77);
	memset(sid, 2, 16);
	at = places_find(p, sid);
	assert_int_equal(at->type, LEAF_RECOVER);
	assert_int_equal(at->len, 88);
	places_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found_among_many),
		cmocka_unit_test(leaves_in_their_order_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
