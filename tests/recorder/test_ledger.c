#include "tests/recorder/logbook.h"

#include <unistd.h>

#include "recorder/rotation.h"

#define OK(call) assert_int_equal((call), RC_OK)

static int
setup(void **state)
{
	struct logbook *b = calloc(1, sizeof *b);

	*state = b;
	logbook_init(b, "rec.example/a1");
	return 0;
}

static int
teardown(void **state)
{
	logbook_clear(*state);
	free(*state);
	return 0;
}

/* Opening must be refused, with these words. */
static void
refuses(struct logbook *b, const char *says)
{
	struct err err = { "" };

	logbook_close(b);
	if (logbook_open(b, "", &err) != RC_REFUSE || strstr(err.text, says) == NULL)
		fail_msg("wanted %s, got: %s", says, err.text);
}

static void
reopen(struct logbook *b)
{
	struct err err = { "" };

	logbook_close(b);
	if (logbook_open(b, "", &err) != RC_OK)
		fail_msg("%s", err.text);
}

static struct trust *
trust_of(const struct logbook *b)
{
	struct trust *t = NULL;

	OK(trust_new(&t, NULL));
	OK(trust_add(
	    t, false, span_of(keyfile_label(b->key)), keyfile_public(b->key), NULL));
	return t;
}

static enum rc
count(void *arg, uint64_t index, const struct leaf *leaf, struct err *err)
{
	uint64_t *n = arg;

	(void)err;
	assert_int_equal(index, *n);
	assert_int_equal(leaf->type == LEAF_DEVKEY, index == 0);
	++*n;
	return RC_OK;
}

/* More than two blocks, reopened at odd places, read by a stranger. */
static void
a_log_grows_and_is_read(void **state)
{
	struct logbook *b = *state;
	struct ledger *r = NULL;
	struct trust *t;
	struct leaf leaf;
	uint64_t n = 0;
	uint8_t want[32], got[32];

	reopen(b);
	assert_int_equal(ledger_size(b->ledger), 1);
	assert_int_equal(ledger_checkpoint(b->ledger)->size, 1);
	for (unsigned i = 1; i < 700; i++) {
		assert_int_equal(logbook_add(b, LEAF_OPEN, (uint8_t)(1 + i % 200)), i);
		if (i % 97 == 0)
			logbook_seal(b);
		if (i % 191 == 0) {
			OK(ledger_sync(b->ledger, NULL));
			reopen(b);
		}
	}
	logbook_seal(b);
	assert_int_equal(ledger_size(b->ledger), 700);
	OK(logbook_read(b, count, &n, &r, NULL));
	assert_int_equal(n, 700);
	assert_int_equal(ledger_behind(r), 0);
	t = trust_of(b);
	OK(ledger_believe(r, t, NULL));
	for (uint64_t k = 0; k <= 700; k += 50) {
		OK(ledger_root(b->ledger, k, want, NULL));
		OK(ledger_root(r, k, got, NULL));
		assert_memory_equal(want, got, 32);
	}
	OK(ledger_leaf(r, 300, &leaf, NULL));
	assert_int_equal(leaf.sid[0], 1 + 300 % 200);
	assert_int_equal(ledger_leaf(r, 700, &leaf, NULL), RC_REFUSE);
	assert_int_equal(ledger_root(r, 701, got, NULL), RC_REFUSE);
	trust_free(t);
	ledger_close(r);
}

static void
proofs_come_from_it(void **state)
{
	struct logbook *b = *state;
	struct merkle_path p;
	uint8_t root[32], earlier[32], hash[32], room[LEAF_MAX + 1];
	struct leaf leaf;
	struct buf bytes;

	reopen(b);
	for (unsigned i = 1; i < 600; i++)
		logbook_add(b, LEAF_SHRED, (uint8_t)(1 + i % 255));
	logbook_seal(b);
	OK(ledger_root(b->ledger, 600, root, NULL));
	for (unsigned i = 0; i < 600; i += 7) {
		OK(ledger_leaf(b->ledger, i, &leaf, NULL));
		buf_over(&bytes, room, sizeof room);
		OK(leaf_put(&leaf, &bytes, NULL));
		OK(merkle_leaf(buf_span(&bytes), hash, NULL));
		OK(ledger_inclusion(b->ledger, i, 600, &p, NULL));
		OK(merkle_included(hash, i, 600, &p, root, NULL));
		OK(ledger_root(b->ledger, i, earlier, NULL));
		OK(ledger_consistency(b->ledger, i, 600, &p, NULL));
		OK(merkle_consistent(i, earlier, 600, root, &p, NULL));
	}
	assert_int_equal(ledger_inclusion(b->ledger, 1, 601, &p, NULL), RC_REFUSE);
	assert_int_equal(ledger_consistency(b->ledger, 1, 601, &p, NULL), RC_REFUSE);
}

/* A log of four leaves, and its files. */
static void
small(struct logbook *b, struct buf *entries, struct buf *checkpoint)
{
	reopen(b);
	logbook_add(b, LEAF_OPEN, 1);
	logbook_add(b, LEAF_CLOSE, 1);
	logbook_add(b, LEAF_HEARTBEAT, 0);
	logbook_seal(b);
	logbook_get(b, LEDGER_ENTRIES, entries);
	logbook_get(b, LEDGER_CHECKPOINT, checkpoint);
}

/* In the file that is signed, nothing can be changed, left out or put in: neither for
 * the keeper nor for a verifier. */
static void
no_change_goes_unnoticed(void **state)
{
	struct logbook *b = *state;
	struct ledger *r = NULL;
	struct buf entries, checkpoint;

	small(b, &entries, &checkpoint);
	logbook_close(b);
	for (size_t i = 0; i < entries.len; i++)
		for (unsigned bit = 0; bit < 8; bit += 1 + (i % 3)) {
			entries.p[i] ^= (uint8_t)(1u << bit);
			logbook_put(b, LEDGER_ENTRIES, &entries);
			assert_int_equal(
			    logbook_read(b, NULL, NULL, &r, NULL), RC_REFUSE);
			assert_int_equal(logbook_open(b, "", NULL), RC_REFUSE);
			entries.p[i] ^= (uint8_t)(1u << bit);
		}
	for (size_t n = 0; n < entries.len; n++) {
		struct buf cut = entries;

		cut.len = n;
		logbook_put(b, LEDGER_ENTRIES, &cut);
		assert_int_equal(logbook_read(b, NULL, NULL, &r, NULL), RC_REFUSE);
		assert_int_equal(logbook_open(b, "", NULL), RC_REFUSE);
	}
	logbook_put(b, LEDGER_ENTRIES, &entries);
	reopen(b);
	buf_clear(&entries);
	buf_clear(&checkpoint);
}

static void
a_changed_checkpoint_is_refused(void **state)
{
	struct logbook *b = *state;
	struct trust *t = trust_of(b);
	struct buf entries, checkpoint;

	small(b, &entries, &checkpoint);
	logbook_close(b);
	for (size_t i = 0; i < checkpoint.len; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			struct ledger *r = NULL;

			checkpoint.p[i] ^= (uint8_t)(1u << bit);
			logbook_put(b, LEDGER_CHECKPOINT, &checkpoint);
			if (logbook_read(b, NULL, NULL, &r, NULL) == RC_OK) {
				assert_int_not_equal(ledger_believe(r, t, NULL), RC_OK);
				ledger_close(r);
			}
			assert_int_equal(logbook_open(b, "", NULL), RC_REFUSE);
			checkpoint.p[i] ^= (uint8_t)(1u << bit);
		}
	trust_free(t);
	buf_clear(&entries);
	buf_clear(&checkpoint);
}

/* What stands behind the checkpoint may be torn: that is cut off, whole leaves stay. */
static void
a_torn_end_is_cut_off(void **state)
{
	struct logbook *b = *state;
	struct buf entries, checkpoint, longer;
	size_t was;

	small(b, &entries, &checkpoint);
	logbook_add(b, LEAF_OPEN, 2);
	OK(ledger_sync(b->ledger, NULL));
	logbook_close(b);
	logbook_get(b, LEDGER_ENTRIES, &longer);
	was = longer.len;
	for (size_t n = entries.len; n <= was; n++) {
		struct ledger *r = NULL;

		logbook_put(b, LEDGER_CHECKPOINT, &checkpoint);
		logbook_put(b, LEDGER_FRONTIER, NULL);
		longer.len = n;
		logbook_put(b, LEDGER_ENTRIES, &longer);
		/* A stranger sees what is signed. */
		OK(logbook_read(b, NULL, NULL, &r, NULL));
		assert_int_equal(ledger_size(r), 4);
		assert_int_equal(ledger_behind(r), n - entries.len);
		ledger_close(r);
		reopen(b);
		assert_int_equal(ledger_size(b->ledger), n == was ? 5 : 4);
		/* And it can go on. */
		logbook_add(b, LEAF_HEARTBEAT, 0);
		logbook_seal(b);
		reopen(b);
		logbook_close(b);
	}
	/* Zeros, as some file systems leave them. */
	logbook_put(b, LEDGER_CHECKPOINT, &checkpoint);
	logbook_put(b, LEDGER_FRONTIER, NULL);
	longer.len = entries.len;
	buf_put(&longer, "\0\0\0\0\0\0\0\0", 8);
	logbook_put(b, LEDGER_ENTRIES, &longer);
	reopen(b);
	assert_int_equal(ledger_size(b->ledger), 4);
	buf_clear(&entries);
	buf_clear(&checkpoint);
	buf_clear(&longer);
}

static void
what_was_not_synced_is_not_there(void **state)
{
	struct logbook *b = *state;

	reopen(b);
	logbook_add(b, LEAF_OPEN, 1);
	reopen(b);
	assert_int_equal(ledger_size(b->ledger), 1);
	logbook_add(b, LEAF_OPEN, 1);
	OK(ledger_sync(b->ledger, NULL));
	/* A seal is of what is synced. */
	logbook_add(b, LEAF_OPEN, 2);
	OK(ledger_seal(b->ledger, NULL));
	assert_int_equal(ledger_checkpoint(b->ledger)->size, 2);
	reopen(b);
	assert_int_equal(ledger_size(b->ledger), 2);
}

static void
a_log_that_was_rolled_back_is_refused(void **state)
{
	struct logbook *b = *state;
	struct buf entries, checkpoint, frontier;

	small(b, &entries, &checkpoint);
	logbook_get(b, LEDGER_FRONTIER, &frontier);
	logbook_add(b, LEAF_OPEN, 2);
	logbook_seal(b);
	logbook_close(b);
	/* The entries alone; these and the checkpoint, but not the frontier. */
	logbook_put(b, LEDGER_ENTRIES, &entries);
	refuses(
	    b, "entry 4 at offset 347: the log ends here, though 5 leaves are signed");
	logbook_put(b, LEDGER_CHECKPOINT, &checkpoint);
	refuses(b, "though 5 leaves are signed");
	/* All of it: that only an outside copy shows. */
	logbook_put(b, LEDGER_FRONTIER, &frontier);
	reopen(b);
	logbook_close(b);
	logbook_put(b, LEDGER_CHECKPOINT, NULL);
	refuses(b, "checkpoint is missing beside 4 entries");
	buf_clear(&entries);
	buf_clear(&checkpoint);
	buf_clear(&frontier);
}

/* Another history of the same length shows by its root, in either file. */
static void
another_history_is_refused(void **state)
{
	struct logbook *b = *state;
	struct buf entries, checkpoint, own;
	struct checkpoint c, other;

	small(b, &entries, &checkpoint);
	OK(checkpoint_parse(buf_span(&checkpoint), &c, NULL));
	OK(ledger_agrees(b->ledger, &c, NULL));
	logbook_close(b);
	logbook_put(b, LEDGER_ENTRIES, NULL);
	logbook_put(b, LEDGER_CHECKPOINT, NULL);
	logbook_put(b, LEDGER_FRONTIER, NULL);
	reopen(b);
	logbook_add(b, LEAF_OPEN, 9);
	logbook_add(b, LEAF_CLOSE, 9);
	logbook_add(b, LEAF_HEARTBEAT, 0);
	logbook_seal(b);
	assert_int_equal(ledger_agrees(b->ledger, &c, NULL), RC_REFUSE);
	other = c;
	other.size = 5;
	assert_int_equal(ledger_agrees(b->ledger, &other, NULL), RC_REFUSE);
	other = c;
	strcpy(other.broker, "rec.example/a2");
	assert_int_equal(ledger_agrees(b->ledger, &other, NULL), RC_REFUSE);
	logbook_get(b, LEDGER_CHECKPOINT, &own);
	logbook_put(b, LEDGER_CHECKPOINT, &checkpoint);
	refuses(b, "entries: its first 4 entries are not those that the checkpoint");
	logbook_put(b, LEDGER_CHECKPOINT, &own);
	logbook_put(b, LEDGER_ENTRIES, &entries);
	refuses(b, "entries: its first 4 entries are not those that the frontier");
	/* A frontier that is none is made again. */
	buf_reset(&checkpoint);
	buf_text(&checkpoint, "nothing");
	logbook_put(b, LEDGER_FRONTIER, &checkpoint);
	refuses(b, "are not those that the checkpoint");
	buf_clear(&entries);
	buf_clear(&checkpoint);
	buf_clear(&own);
}

static void
the_key_must_be_the_logs(void **state)
{
	struct logbook *b = *state;
	struct keyfile *first = b->key, *second = NULL, *third = NULL, *named = NULL;
	struct ledger *r = NULL;
	struct rotation rot;
	struct trust *t = trust_of(b), *late = NULL, *log_pin = NULL;
	struct buf text;

	buf_init(&text, ROTATION_TEXT_MAX);
	reopen(b);
	logbook_add(b, LEAF_OPEN, 1);
	logbook_seal(b);
	logbook_close(b);
	OK(keyfile_new(KEYFILE_DEVICE, span_of("rec.example/a1"), &second, NULL));
	OK(keyfile_new(KEYFILE_DEVICE, span_of("rec.example/a1"), &third, NULL));
	OK(keyfile_new(KEYFILE_DEVICE, span_of("rec.example/a2"), &named, NULL));
	b->key = named;
	refuses(b, "of another broker, rec.example/a1");
	b->key = third;
	refuses(b, "does not say that the old one signed for it");
	/* Signed by one that the log does not know. */
	OK(rotation_sign(second, keyfile_public(third), &rot, NULL));
	rotation_put(&rot, "rec.example/a1", &text);
	assert_int_equal(logbook_open(b, buf_cstr(&text), NULL), RC_REFUSE);
	/* Two steps at once. */
	OK(rotation_sign(first, keyfile_public(second), &rot, NULL));
	rotation_put(&rot, "rec.example/a1", &text);
	OK(logbook_open(b, buf_cstr(&text), NULL));
	assert_int_equal(ledger_size(b->ledger), 4);
	assert_int_equal(ledger_keys(b->ledger)->n, 3);
	OK(logbook_read(b, NULL, NULL, &r, NULL));
	/* Who pinned the first follows; who pinned the last believes it alone. */
	OK(ledger_believe(r, t, NULL));
	assert_true(trust_has(t, "rec.example/a1", keyfile_public(third)));
	OK(trust_new(&late, NULL));
	assert_int_equal(ledger_believe(r, late, NULL), RC_END);
	OK(trust_add(
	    late, false, span_of("rec.example/a1"), keyfile_public(third), NULL));
	OK(ledger_believe(r, late, NULL));
	assert_false(trust_has(late, "rec.example/a1", keyfile_public(first)));
	/* A pinned signer of logs counts alone. */
	OK(trust_new(&log_pin, NULL));
	OK(trust_add(
	    log_pin, true, span_of("rec.example/a1"), keyfile_public(first), NULL));
	assert_int_equal(ledger_believe(r, log_pin, NULL), RC_END);
	ledger_close(r);
	/* The old key has no say any more. */
	logbook_close(b);
	b->key = first;
	assert_int_equal(logbook_open(b, buf_cstr(&text), NULL), RC_REFUSE);
	trust_free(t);
	trust_free(late);
	trust_free(log_pin);
	keyfile_free(second);
	keyfile_free(third);
	keyfile_free(named);
	buf_clear(&text);
}

/* A checkpoint by the old key over leaves behind its DEVKEY's successor. */
static void
an_old_key_signs_no_more(void **state)
{
	struct logbook *b = *state;
	struct keyfile *first = b->key, *second = NULL;
	struct ledger *r = NULL;
	struct rotation rot;
	struct trust *t = trust_of(b);
	struct buf text, forged;
	uint8_t root[32];

	buf_init(&text, ROTATION_TEXT_MAX);
	buf_init(&forged, CHECKPOINT_TEXT_MAX);
	reopen(b);
	logbook_close(b);
	OK(keyfile_new(KEYFILE_DEVICE, span_of("rec.example/a1"), &second, NULL));
	OK(rotation_sign(first, keyfile_public(second), &rot, NULL));
	rotation_put(&rot, "rec.example/a1", &text);
	b->key = second;
	OK(logbook_open(b, buf_cstr(&text), NULL));
	OK(ledger_root(b->ledger, 2, root, NULL));
	OK(checkpoint_put(2, root, first, &forged, NULL));
	logbook_close(b);
	logbook_put(b, LEDGER_CHECKPOINT, &forged);
	OK(logbook_read(b, NULL, NULL, &r, NULL));
	assert_int_equal(ledger_believe(r, t, NULL), RC_REFUSE);
	ledger_close(r);
	refuses(b, "not signed by this key");
	b->key = first;
	keyfile_free(second);
	trust_free(t);
	buf_clear(&text);
	buf_clear(&forged);
}

static enum rc
refuse_third(void *arg, uint64_t index, const struct leaf *leaf, struct err *err)
{
	(void)arg;
	(void)leaf;
	return index == 2 ? err_set(err, RC_REFUSE, "not so") : RC_OK;
}

static void
a_caller_may_refuse_a_leaf(void **state)
{
	struct logbook *b = *state;
	struct err err = { "" };
	struct ledger *r = NULL;
	struct buf entries, checkpoint;

	small(b, &entries, &checkpoint);
	assert_int_equal(logbook_read(b, refuse_third, NULL, &r, &err), RC_REFUSE);
	assert_string_equal(err.text, "entries: entry 2 at offset 230: not so");
	buf_clear(&entries);
	buf_clear(&checkpoint);
}

static void
odd_appends_are_refused(void **state)
{
	struct logbook *b = *state;
	struct leaf leaf = logbook_leaf(LEAF_DEVKEY, 0);
	struct ledger *r = NULL;

	reopen(b);
	assert_int_equal(ledger_append(b->ledger, &leaf, NULL, NULL), RC_REFUSE);
	leaf = logbook_leaf(LEAF_OPEN, 0);
	assert_int_equal(ledger_append(b->ledger, &leaf, NULL, NULL), RC_REFUSE);
	assert_int_equal(ledger_size(b->ledger), 1);
	OK(logbook_read(b, NULL, NULL, &r, NULL));
	leaf = logbook_leaf(LEAF_OPEN, 1);
	assert_int_equal(ledger_append(r, &leaf, NULL, NULL), RC_FAIL);
	assert_int_equal(ledger_seal(r, NULL), RC_FAIL);
	ledger_close(r);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_log_grows_and_is_read),
		TEST(proofs_come_from_it),
		TEST(no_change_goes_unnoticed),
		TEST(a_changed_checkpoint_is_refused),
		TEST(a_torn_end_is_cut_off),
		TEST(what_was_not_synced_is_not_there),
		TEST(a_log_that_was_rolled_back_is_refused),
		TEST(another_history_is_refused),
		TEST(the_key_must_be_the_logs),
		TEST(an_old_key_signs_no_more),
		TEST(a_caller_may_refuse_a_leaf),
		TEST(odd_appends_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
