#include "tests/support/unit.h"

#include "recorder/leaf.h"

#define OK(call) assert_int_equal((call), RC_OK)

static const unsigned lengths[LEAF_TYPES] = { 0, 98, 81, 73, 64, 128, 64, 65, 32, 32 };

static struct leaf
sample(enum leaf_type type)
{
	struct leaf l = { .type = type, .ms = 0x0102030405060708u };

	if (leaf_has_sid(type))
		memset(l.sid, 0x5A, 16);
	switch (type) {
	case LEAF_OPEN:
		memset(l.open.h1, 1, 32);
		memset(l.open.spk, 2, 32);
		l.open.days = 0x0190;
		break;
	case LEAF_CLOSE:
		l.close.chunks = 7;
		l.close.len = 0x1122334455667788u;
		memset(l.close.h, 3, 32);
		l.close.status = 4;
		break;
	case LEAF_RECOVER:
		l.recover.len = 5;
		memset(l.recover.h, 4, 32);
		l.recover.reason = LEAF_RECOVER_START;
		break;
	case LEAF_DEVKEY:
		memset(l.devkey.pk, 5, 32);
		memset(l.devkey.sig, 6, 64);
		break;
	case LEAF_EXPIRE:
		l.expire.reason = LEAF_EXPIRE_KEPT;
		memset(l.expire.actor, 7, 32);
		break;
	case LEAF_KEYSET:
	case LEAF_POLICY:
		memset(l.digest, 8, 32);
		break;
	default:
		break;
	}
	return l;
}

static void
put(const struct leaf *l, struct buf *b)
{
	buf_init(b, LEAF_MAX);
	OK(leaf_put(l, b, NULL));
}

static void
what_is_put_is_parsed(void **state)
{
	(void)state;
	for (unsigned type = LEAF_OPEN; type < LEAF_TYPES; type++) {
		struct leaf l = sample((enum leaf_type)type), back;
		struct buf b, again;

		put(&l, &b);
		assert_int_equal(b.len, lengths[type]);
		OK(leaf_parse(buf_span(&b), &back, NULL));
		put(&back, &again);
		assert_true(span_eq(buf_span(&b), buf_span(&again)));
		buf_clear(&b);
		buf_clear(&again);
	}
}

/* Byte by byte, as other programs will read it. */
static void
the_bytes_stand_where_they_should(void **state)
{
	struct leaf l = sample(LEAF_CLOSE);
	struct buf b;

	(void)state;
	put(&l, &b);
	assert_memory_equal(
	    b.p, "\x02\x01\0\0\0\0\0\0\x08\x07\x06\x05\x04\x03\x02\x01", 16);
	assert_memory_equal(b.p + 16, l.sid, 16);
	assert_memory_equal(
	    b.p + 32, "\x07\0\0\0\0\0\0\0\x88\x77\x66\x55\x44\x33\x22\x11", 16);
	assert_memory_equal(b.p + 48, l.close.h, 32);
	assert_int_equal(b.p[80], 4);
	buf_clear(&b);
	l = sample(LEAF_OPEN);
	put(&l, &b);
	assert_memory_equal(b.p + 96, "\x90\x01", 2);
	buf_clear(&b);
}

static void
bad_values_are_not_put(void **state)
{
	struct leaf l;
	struct buf b;

	(void)state;
	buf_init(&b, LEAF_MAX);
	l = sample(LEAF_OPEN);
	memset(l.sid, 0, 16);
	assert_int_equal(leaf_put(&l, &b, NULL), RC_REFUSE);
	l = sample(LEAF_HEARTBEAT);
	l.sid[3] = 1;
	assert_int_equal(leaf_put(&l, &b, NULL), RC_REFUSE);
	l = sample(LEAF_CLOSE);
	l.close.status = 5;
	assert_int_equal(leaf_put(&l, &b, NULL), RC_REFUSE);
	for (unsigned reason = 0; reason < 256; reason++) {
		l = sample(LEAF_RECOVER);
		l.recover.reason = (uint8_t)reason;
		b.len = 0;
		assert_int_equal(leaf_put(&l, &b, NULL),
		    reason >= 1 && reason <= 3 ? RC_OK : RC_REFUSE);
	}
	l = sample(LEAF_EXPIRE);
	l.expire.reason = 2;
	assert_int_equal(leaf_put(&l, &b, NULL), RC_REFUSE);
	l.type = LEAF_TYPES;
	assert_int_equal(leaf_put(&l, &b, NULL), RC_REFUSE);
	l.type = (enum leaf_type)0;
	assert_int_equal(leaf_put(&l, &b, NULL), RC_REFUSE);
	buf_clear(&b);
}

static void
malformed_bytes_are_refused(void **state)
{
	struct leaf back;

	(void)state;
	assert_int_equal(leaf_parse(span_make(NULL, 0), &back, NULL), RC_REFUSE);
	for (unsigned type = LEAF_OPEN; type < LEAF_TYPES; type++) {
		struct leaf l = sample((enum leaf_type)type);
		struct buf b;

		put(&l, &b);
		for (size_t n = 0; n < b.len; n++)
			assert_int_equal(
			    leaf_parse(span_make(b.p, n), &back, NULL), RC_REFUSE);
		/* Type, version, each reserved byte. */
		for (unsigned at = 0; at < 8; at++)
			for (unsigned bit = 0; bit < 8; bit++) {
				b.p[at] ^= (uint8_t)(1u << bit);
				/* KEYSET and POLICY have the same form. */
				if (at > 0 ||
				    lengths[b.p[0] < LEAF_TYPES ? b.p[0] : 0] != b.len)
					assert_int_equal(
					    leaf_parse(buf_span(&b), &back, NULL),
					    RC_REFUSE);
				b.p[at] ^= (uint8_t)(1u << bit);
			}
		buf_clear(&b);
		buf_init(&b, LEAF_MAX + 1);
		OK(leaf_put(&l, &b, NULL));
		buf_u8(&b, 0);
		assert_int_equal(leaf_parse(buf_span(&b), &back, NULL), RC_REFUSE);
		buf_clear(&b);
	}
}

static void
names(void **state)
{
	(void)state;
	assert_string_equal(leaf_name(LEAF_OPEN), "OPEN");
	assert_string_equal(leaf_name(LEAF_HEARTBEAT), "HEARTBEAT");
	assert_string_equal(leaf_name(0), "?");
	assert_string_equal(leaf_name(10), "?");
	assert_false(leaf_has_sid(LEAF_POLICY));
	assert_true(leaf_has_sid(LEAF_SHRED));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_is_parsed),
		cmocka_unit_test(the_bytes_stand_where_they_should),
		cmocka_unit_test(bad_values_are_not_put),
		cmocka_unit_test(malformed_bytes_are_refused),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
