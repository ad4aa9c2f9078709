#include "tests/recorder/logbook.h"

#include "recorder/evidence.h"
#include "recorder/rotation.h"

#define OK(call) assert_int_equal((call), RC_OK)

struct fixture {
	struct logbook b;
	struct trust *trust;
	struct buf text; /* of session 1 */
	uint8_t sid[16];
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	*state = f;
	logbook_init(&f->b, "b1");
	OK(logbook_open(&f->b, "", NULL));
	OK(trust_new(&f->trust, NULL));
	OK(trust_add(f->trust, false, span_of("b1"), keyfile_public(f->b.key), NULL));
	memset(f->sid, 1, 16);
	logbook_add(&f->b, LEAF_OPEN, 1);
	logbook_add(&f->b, LEAF_OPEN, 2);
	logbook_add(&f->b, LEAF_CLOSE, 1);
	logbook_add(&f->b, LEAF_RECOVER, 2);
	logbook_seal(&f->b);
	buf_init(&f->text, EVIDENCE_TEXT_MAX + 1000);
	OK(evidence_put(f->b.ledger, f->sid, 1, 3, &f->text, NULL));
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	logbook_clear(&f->b);
	trust_free(f->trust);
	buf_clear(&f->text);
	free(f);
	return 0;
}

static void
it_proves_without_the_log(void **state)
{
	struct fixture *f = *state;
	struct evidence *e = NULL;
	struct err err = { "" };

	logbook_close(&f->b);
	if (evidence_parse(buf_span(&f->text), &e, &err) != RC_OK)
		fail_msg("%s", err.text);
	OK(evidence_believe(e, f->trust, NULL));
	assert_memory_equal(evidence_sid(e), f->sid, 16);
	assert_int_equal(evidence_open(e)->type, LEAF_OPEN);
	assert_int_equal(evidence_end(e)->type, LEAF_CLOSE);
	assert_int_equal(evidence_end(e)->close.len, 1001);
	assert_int_equal(evidence_checkpoint(e)->size, 5);
	evidence_free(e);
}

static void
an_unknown_signer_is_told(void **state)
{
	struct fixture *f = *state;
	struct evidence *e = NULL;
	struct trust *none = NULL;

	OK(trust_new(&none, NULL));
	OK(evidence_parse(buf_span(&f->text), &e, NULL));
	assert_int_equal(evidence_believe(e, none, NULL), RC_END);
	evidence_free(e);
	trust_free(none);
}

static void
only_its_own_leaves_are_put(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
	    evidence_put(f->b.ledger, f->sid, 2, 3, &f->text, NULL), RC_REFUSE);
	assert_int_equal(
	    evidence_put(f->b.ledger, f->sid, 1, 4, &f->text, NULL), RC_REFUSE);
	assert_int_equal(
	    evidence_put(f->b.ledger, f->sid, 3, 1, &f->text, NULL), RC_REFUSE);
	assert_int_equal(
	    evidence_put(f->b.ledger, f->sid, 1, 9, &f->text, NULL), RC_REFUSE);
	/* Not under the checkpoint yet. */
	logbook_add(&f->b, LEAF_OPEN, 3);
	logbook_add(&f->b, LEAF_CLOSE, 3);
	OK(ledger_sync(f->b.ledger, NULL));
	memset(f->sid, 3, 16);
	assert_int_equal(
	    evidence_put(f->b.ledger, f->sid, 5, 6, &f->text, NULL), RC_REFUSE);
}

/* The key chain comes along. */
static void
it_follows_a_rotation(void **state)
{
	struct fixture *f = *state;
	struct keyfile *old = f->b.key, *fresh = NULL;
	struct evidence *e = NULL;
	struct rotation r;
	struct buf text;

	OK(keyfile_new(KEYFILE_DEVICE, span_of("b1"), &fresh, NULL));
	OK(rotation_sign(old, keyfile_public(fresh), &r, NULL));
	buf_init(&text, 4096);
	rotation_put(&r, "b1", &text);
	logbook_close(&f->b);
	f->b.key = fresh;
	OK(logbook_open(&f->b, buf_cstr(&text), NULL));
	buf_reset(&f->text);
	OK(evidence_put(f->b.ledger, f->sid, 1, 3, &f->text, NULL));
	/* The rotation comes behind the recording: leaves stand by kind, not by place. */
	OK(evidence_parse(buf_span(&f->text), &e, NULL));
	OK(evidence_believe(e, f->trust, NULL));
	assert_true(trust_has(f->trust, "b1", keyfile_public(fresh)));
	evidence_free(e);
	keyfile_free(old);
	buf_clear(&text);
}

static bool
convinces(struct fixture *f, struct span text)
{
	struct evidence *e = NULL;
	bool good = false;

	if (evidence_parse(text, &e, NULL) == RC_OK) {
		good = evidence_believe(e, f->trust, NULL) == RC_OK;
		evidence_free(e);
	}
	return good;
}

static void
every_change_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_true(convinces(f, buf_span(&f->text)));
	for (size_t i = 0; i < f->text.len; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			f->text.p[i] ^= (uint8_t)(1u << bit);
			if (convinces(f, buf_span(&f->text)))
				fail_msg("byte %zu, bit %u", i, bit);
			f->text.p[i] ^= (uint8_t)(1u << bit);
		}
	for (size_t n = 0; n < f->text.len; n++)
		assert_false(convinces(f, span_make(f->text.p, n)));
	buf_text(&f->text, "\n");
	assert_false(convinces(f, buf_span(&f->text)));
}

/* The text without, or with twice, its n-th line; false when there is none. */
static bool
edit_line(struct fixture *f, unsigned n, bool twice, struct buf *out)
{
	const uint8_t *p = f->text.p, *end = p + f->text.len;

	buf_reset(out);
	for (unsigned i = 0; p < end; i++) {
		const uint8_t *lf = memchr(p, '\n', (size_t)(end - p));
		unsigned times = i != n ? 1 : twice ? 2 : 0;

		while (times-- > 0)
			buf_put(out, p, (size_t)(lf + 1 - p));
		p = lf + 1;
		if (p == end)
			return n <= i;
	}
	return false;
}

static void
every_line_counts(void **state)
{
	struct fixture *f = *state;
	unsigned n = 0;
	struct buf b;

	buf_init(&b, EVIDENCE_TEXT_MAX);
	for (; edit_line(f, n, false, &b); n++) {
		assert_false(convinces(f, buf_span(&b)));
		assert_true(edit_line(f, n, true, &b));
		/* A signature that stands twice is one signature. */
		if (edit_line(f, n + 1, false, &b))
			assert_true(
			    edit_line(f, n, true, &b) && !convinces(f, buf_span(&b)));
	}
	assert_true(n > 15);
	buf_clear(&b);
}

static struct proof
found(struct fixture *f, uint8_t n)
{
	struct leaf open = logbook_leaf(LEAF_OPEN, n), end;
	struct proof p = { .certified = true };

	(void)f;
	end = logbook_leaf(LEAF_CLOSE, n);
	memcpy(p.sid, open.sid, 16);
	memcpy(p.spk, open.open.spk, 32);
	memcpy(p.h1, open.open.h1, 32);
	p.closed = true;
	p.chunks = end.close.chunks;
	p.valid_len = p.file_len = end.close.len;
	memcpy(p.h, end.close.h, 32);
	return p;
}

static void
a_leaf_fits_its_file_alone(void **state)
{
	struct fixture *f = *state;
	struct leaf open = logbook_leaf(LEAF_OPEN, 1),
		    end = logbook_leaf(LEAF_CLOSE, 1),
		    torn = logbook_leaf(LEAF_RECOVER, 1),
		    beat = logbook_leaf(LEAF_HEARTBEAT, 0);
	struct proof p = found(f, 1), q;

	OK(evidence_fits(&open, &p, NULL));
	OK(evidence_fits(&end, &p, NULL));
	assert_int_equal(evidence_fits(&torn, &p, NULL), RC_REFUSE);
	assert_int_equal(evidence_fits(&beat, &p, NULL), RC_REFUSE);
	q = found(f, 2);
	assert_int_equal(evidence_fits(&open, &q, NULL), RC_REFUSE);
#define WITH(change, leaf)                                                             \
	do {                                                                           \
		q = p;                                                                 \
		change;                                                                \
		assert_int_equal(evidence_fits(&leaf, &q, NULL), RC_REFUSE);           \
	} while (0)
	WITH(q.certified = false, open);
	q.lines = 2;
	memcpy(q.h, open.open.h1, 32);
	OK(evidence_fits(&open, &q, NULL));
	WITH(q.h1[31] ^= 1, open);
	WITH(q.spk[0] ^= 1, open);
	WITH(q.closed = false, end);
	WITH(q.chunks++, end);
	WITH(q.valid_len--, end);
	WITH(q.file_len++, end);
	WITH(q.status = 2, end);
	WITH(q.h[5] ^= 0x80, end);
	q = p;
	q.closed = false;
	q.valid_len = torn.recover.len;
	memcpy(q.h, torn.recover.h, 32);
	OK(evidence_fits(&torn, &q, NULL));
	q.valid_len++;
	assert_int_equal(evidence_fits(&torn, &q, NULL), RC_REFUSE);
	q.valid_len--;
	q.h[0] ^= 1;
	assert_int_equal(evidence_fits(&torn, &q, NULL), RC_REFUSE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_proves_without_the_log),
		TEST(an_unknown_signer_is_told),
		TEST(only_its_own_leaves_are_put),
		TEST(it_follows_a_rotation),
		TEST(every_change_is_refused),
		TEST(every_line_counts),
		TEST(a_leaf_fits_its_file_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
