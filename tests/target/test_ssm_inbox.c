/* What comes early waits within bounds, what comes again is known. */
#include "tests/support/unit.h"

#include "broker/target/ssm_inbox.h"

static struct ssm_frame
message(int64_t sequence, struct span payload)
{
	return (struct ssm_frame){ .type = SSM_OUTPUT,
		.payload_type = 1,
		.sequence = sequence,
		.payload = payload };
}

static enum ssm_arrival
comes(struct ssm_inbox *b, int64_t sequence, const char *payload)
{
	struct ssm_frame f = message(sequence, span_of(payload));

	return ssm_inbox_sort(b, &f);
}

static struct ssm_inbox *
inbox(void)
{
	struct ssm_inbox *b = NULL;

	assert_int_equal(ssm_inbox_new(&b, NULL), RC_OK);
	return b;
}

static void
early_ones_wait_for_their_turn(void **state)
{
	struct ssm_inbox *b = inbox();
	struct ssm_waiting w;

	(void)state;
	assert_int_equal(comes(b, 2, "two"), SSM_EARLY);
	assert_int_equal(comes(b, 2, "two"), SSM_AGAIN);
	assert_int_equal(comes(b, 1, ""), SSM_EARLY);
	assert_false(ssm_inbox_first(b, &w));
	assert_int_equal(ssm_inbox_bytes(b), 3);
	assert_int_equal(comes(b, 0, "zero"), SSM_NEXT);
	assert_int_equal(comes(b, 0, "zero"), SSM_NEXT); /* until it has passed */
	ssm_inbox_passed(b);
	assert_int_equal(comes(b, 0, "zero"), SSM_AGAIN);
	assert_true(ssm_inbox_first(b, &w));
	assert_int_equal(w.sequence, 1);
	assert_int_equal(w.payload.len, 0);
	assert_true(w.acked);
	ssm_inbox_passed(b);
	assert_true(ssm_inbox_first(b, &w));
	assert_true(span_is(w.payload, "two"));
	ssm_inbox_passed(b);
	assert_false(ssm_inbox_first(b, &w));
	assert_int_equal(ssm_inbox_bytes(b), 0);
	assert_int_equal(comes(b, 3, "three"), SSM_NEXT);
	ssm_inbox_free(b);
}

static void
one_that_is_not_taken_is_kept_unacknowledged(void **state)
{
	struct ssm_frame f = message(0, span_of("zero"));
	struct ssm_inbox *b = inbox();
	struct ssm_waiting w;

	(void)state;
	f.id[3] = 9;
	assert_int_equal(ssm_inbox_sort(b, &f), SSM_NEXT);
	ssm_inbox_keep(b, &f);
	assert_int_equal(ssm_inbox_sort(b, &f), SSM_KEPT);
	assert_true(ssm_inbox_first(b, &w));
	assert_false(w.acked);
	assert_int_equal(w.id[3], 9);
	ssm_inbox_passed(b);
	assert_int_equal(ssm_inbox_sort(b, &f), SSM_AGAIN);
	ssm_inbox_free(b);
}

static void
numbers_are_bounded(void **state)
{
	struct ssm_inbox *b = inbox();

	(void)state;
	assert_int_equal(comes(b, -1, "x"), SSM_AGAIN);
	assert_int_equal(comes(b, INT64_MIN, "x"), SSM_AGAIN);
	assert_int_equal(comes(b, INT64_MAX, "x"), SSM_OVER);
	assert_int_equal(comes(b, SSM_INBOX_MESSAGES, "x"), SSM_OVER);
	assert_int_equal(comes(b, SSM_INBOX_MESSAGES - 1, "x"), SSM_EARLY);
	ssm_inbox_passed(b);
	assert_int_equal(comes(b, SSM_INBOX_MESSAGES, "x"), SSM_EARLY);
	/* The ring has come round: nothing is taken for another. */
	assert_int_equal(comes(b, 2 * SSM_INBOX_MESSAGES - 1, "x"), SSM_OVER);
	ssm_inbox_free(b);
}

static void
bytes_are_bounded(void **state)
{
	size_t len = 1000000;
	uint8_t *big = calloc(1, len);
	struct ssm_inbox *b = inbox();
	struct ssm_frame f;
	int64_t n = 1;

	(void)state;
	for (;; n++) {
		f = message(n, span_make(big, len));
		if (ssm_inbox_sort(b, &f) != SSM_EARLY)
			break;
	}
	assert_int_equal(n, 17); /* sixteen of them */
	assert_int_equal(ssm_inbox_bytes(b), 16 * len);
	assert_int_equal(ssm_inbox_sort(b, &f), SSM_OVER);
	/* The one that all wait for goes by, but is not kept. */
	f = message(0, span_make(big, len));
	assert_int_equal(ssm_inbox_sort(b, &f), SSM_NEXT);
	ssm_inbox_keep(b, &f);
	assert_int_equal(ssm_inbox_sort(b, &f), SSM_NEXT);
	ssm_inbox_passed(b);
	ssm_inbox_passed(b);
	f = message(17, span_make(big, len));
	assert_int_equal(ssm_inbox_sort(b, &f), SSM_EARLY);
	ssm_inbox_free(b);
	free(big);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(early_ones_wait_for_their_turn),
		cmocka_unit_test(one_that_is_not_taken_is_kept_unacknowledged),
		cmocka_unit_test(numbers_are_bounded),
		cmocka_unit_test(bytes_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
