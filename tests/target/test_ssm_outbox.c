/* What is sent when, and that nothing is ever dropped. */
#include "tests/support/unit.h"

#include "broker/target/ssm_outbox.h"

#define SENT 8192u

/* A socket that remembers. */
struct wire {
	int64_t sequences[SENT];
	uint8_t first[SENT]; /* byte of the payload */
	size_t n, most;	     /* most: it takes no more than so many */
};

static bool
sends(void *arg, struct span frame)
{
	struct wire *w = arg;
	struct ssm_frame f;

	if (w->n == w->most)
		return false;
	assert_true(w->n < SENT);
	assert_int_equal(ssm_frame_read(frame, &f, NULL), RC_OK);
	assert_int_equal(f.type, SSM_INPUT);
	w->first[w->n] = f.payload.p[0];
	w->sequences[w->n++] = f.sequence;
	return true;
}

static struct wire wire;

static struct ssm_outbox *
outbox(uint32_t pace, uint32_t messages, size_t bytes)
{
	const struct ssm_outbox_init init = { pace, messages, bytes, 300000 };
	struct ssm_outbox *o = NULL;

	memset(&wire, 0, sizeof wire);
	wire.most = SENT;
	assert_int_equal(ssm_outbox_new(&init, &o, NULL), RC_OK);
	return o;
}

static enum rc
put(struct ssm_outbox *o, uint8_t first, size_t len, bool data, uint64_t now)
{
	struct ssm_frame f = { .type = SSM_INPUT, .payload_type = 1 };
	uint8_t *bytes = calloc(1, len + 1);
	enum rc rc;

	bytes[0] = first;
	f.payload = span_make(bytes, len);
	rc = ssm_outbox_put(o, &f, data, now, NULL);
	free(bytes);
	return rc;
}

static void
puts_some(struct ssm_outbox *o, unsigned n, uint64_t now)
{
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(put(o, (uint8_t)i, 4, true, now), RC_OK);
}

static enum rc
run(struct ssm_outbox *o, uint64_t now)
{
	return ssm_outbox_run(o, sends, &wire, now, NULL);
}

static void
were_sent(size_t from, const int64_t *want, size_t n)
{
	assert_int_equal(wire.n, from + n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(wire.sequences[from + i], want[i]);
}

#define WERE_SENT(from, ...)                                                           \
	were_sent(from, (const int64_t[]){ __VA_ARGS__ },                              \
	    sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t))

static void
nothing_is_sent_without_a_socket(void **state)
{
	struct ssm_outbox *o = outbox(0, 10, 65536);

	(void)state;
	puts_some(o, 3, 0);
	assert_int_equal(run(o, 1000000), RC_OK);
	assert_int_equal(wire.n, 0);
	assert_true(ssm_outbox_next(o, 0) == UINT64_MAX);
	ssm_outbox_up(o, 1000000);
	assert_int_equal(run(o, 1000000), RC_OK);
	WERE_SENT(0, 0, 1, 2);
	ssm_outbox_free(o);
}

/* 200 ms first, then twice as long each time, 2 s at most; the oldest alone. */
static void
the_oldest_is_repeated_ever_later(void **state)
{
	static const uint64_t waits[] = { 201, 402, 804, 1608, 2000, 2000 };
	struct ssm_outbox *o = outbox(0, 10, 65536);
	uint64_t now = 5000;

	(void)state;
	ssm_outbox_up(o, now);
	puts_some(o, 2, now);
	assert_int_equal(run(o, now), RC_OK);
	WERE_SENT(0, 0, 1);
	for (unsigned i = 0; i < ROWS(waits); i++) {
		assert_true(ssm_outbox_next(o, now) == now + waits[i]);
		assert_int_equal(run(o, now + waits[i] - 1), RC_OK);
		assert_int_equal(wire.n, 2 + i);
		now += waits[i];
		assert_int_equal(run(o, now), RC_OK);
		assert_int_equal(wire.n, 3 + i);
		assert_int_equal(wire.sequences[2 + i], 0);
		assert_int_equal(wire.first[2 + i], 0);
	}
	ssm_outbox_acked(o, 0, now);
	assert_int_equal(run(o, now), RC_OK);
	assert_int_equal(wire.sequences[wire.n - 1], 1);
	ssm_outbox_free(o);
}

/* The first took so long to be acknowledged: of the second it says when it is late. */
static uint64_t
late_after(uint64_t acked_after, bool repeated)
{
	struct ssm_outbox *o = outbox(0, 10, 65536);
	uint64_t next;

	ssm_outbox_up(o, 0);
	puts_some(o, 1, 0);
	run(o, 0);
	if (repeated)
		run(o, 300);
	ssm_outbox_acked(o, 0, acked_after);
	puts_some(o, 1, 10000);
	run(o, 10000);
	next = ssm_outbox_next(o, 10000) - 10000;
	ssm_outbox_free(o);
	return next;
}

static void
round_trips_count_where_they_are_known(void **state)
{
	(void)state;
	assert_int_equal(late_after(100, false), 111);
	assert_int_equal(late_after(20, false), 171);
	/* Which of the two was acknowledged is not known. */
	assert_int_equal(late_after(310, true), 201);
}

static void
a_full_queue_takes_less(void **state)
{
	struct ssm_outbox *o = outbox(0, 4, 65536);

	(void)state;
	ssm_outbox_up(o, 0);
	assert_int_equal(ssm_outbox_room(o), 4 * SSM_CHUNK);
	puts_some(o, 4, 0);
	assert_int_equal(ssm_outbox_room(o), 0);
	assert_int_equal(put(o, 9, 4, true, 0), RC_WAIT);
	for (unsigned i = 0; i < SSM_OUTBOX_SPARE; i++)
		assert_int_equal(put(o, 9, 4, false, 0), RC_OK);
	assert_int_equal(put(o, 9, 4, false, 0), RC_WAIT);
	run(o, 0);
	assert_int_equal(wire.n, 4 + SSM_OUTBOX_SPARE);
	/* A hole in front keeps the place of those behind it. */
	ssm_outbox_acked(o, 1, 1);
	assert_int_equal(put(o, 9, 4, false, 0), RC_WAIT);
	ssm_outbox_acked(o, 0, 1);
	assert_int_equal(put(o, 9, 4, false, 0), RC_OK);
	assert_int_equal(put(o, 9, 4, false, 0), RC_OK);
	assert_int_equal(put(o, 9, 4, false, 0), RC_WAIT);
	for (int64_t i = 2; i < 4 + (int64_t)SSM_OUTBOX_SPARE; i++)
		ssm_outbox_acked(o, i, 1);
	assert_int_equal(ssm_outbox_unacked(o), 2);
	assert_int_equal(ssm_outbox_room(o), 2 * SSM_CHUNK);
	ssm_outbox_free(o);
}

static void
bytes_are_bounded(void **state)
{
	struct ssm_outbox *o = outbox(0, 100, 4000);

	(void)state;
	assert_int_equal(ssm_outbox_room(o), 3 * SSM_CHUNK);
	assert_int_equal(put(o, 1, 1024, true, 0), RC_OK);
	assert_int_equal(put(o, 1, 1024, true, 0), RC_OK);
	assert_int_equal(put(o, 1, 1024, true, 0), RC_OK);
	assert_int_equal(ssm_outbox_room(o), 0);
	assert_int_equal(put(o, 1, 1024, true, 0), RC_WAIT);
	/* One that is longer than the bound goes alone, or never. */
	assert_int_equal(put(o, 1, 30000, true, 0), RC_WAIT);
	assert_int_equal(put(o, 1, 0, true, 0), RC_REFUSE);
	assert_int_equal(put(o, 1, SSM_PAYLOAD_MAX + 1, false, 0), RC_REFUSE);
	assert_int_equal(put(o, 1, SSM_PAYLOAD_MAX, false, 0), RC_OK);
	ssm_outbox_up(o, 0);
	run(o, 0);
	for (int64_t i = 0; i < 4; i++)
		ssm_outbox_acked(o, i, 0);
	assert_int_equal(ssm_outbox_unacked(o), 0);
	assert_int_equal(put(o, 1, 30000, true, 0), RC_OK);
	assert_int_equal(put(o, 1, 1, true, 0), RC_WAIT);
	ssm_outbox_free(o);
}

static void
odd_acknowledgements_change_nothing(void **state)
{
	struct ssm_outbox *o = outbox(0, 10, 65536);

	(void)state;
	ssm_outbox_up(o, 0);
	ssm_outbox_acked(o, 0, 0);
	puts_some(o, 3, 0);
	ssm_outbox_acked(o, 1, 0); /* not sent yet */
	ssm_outbox_acked(o, -1, 0);
	ssm_outbox_acked(o, INT64_MIN, 0);
	ssm_outbox_acked(o, 3, 0);
	ssm_outbox_acked(o, INT64_MAX, 0);
	assert_int_equal(ssm_outbox_unacked(o), 3);
	run(o, 0);
	WERE_SENT(0, 0, 1, 2);
	ssm_outbox_acked(o, 2, 5);
	ssm_outbox_acked(o, 2, 5);
	assert_int_equal(ssm_outbox_unacked(o), 2);
	ssm_outbox_free(o);
}

static void
a_new_socket_gets_all_that_waits_in_order(void **state)
{
	struct ssm_outbox *o = outbox(0, 10, 65536);

	(void)state;
	ssm_outbox_up(o, 0);
	puts_some(o, 4, 0);
	run(o, 0);
	ssm_outbox_acked(o, 1, 1);
	ssm_outbox_down(o);
	puts_some(o, 1, 2);
	run(o, 100000);
	assert_int_equal(wire.n, 4);
	ssm_outbox_up(o, 100000);
	run(o, 100000);
	WERE_SENT(4, 0, 2, 3, 4);
	/* One that was sent on the old socket may be acknowledged on the new one. */
	ssm_outbox_down(o);
	ssm_outbox_up(o, 100001);
	ssm_outbox_acked(o, 3, 100001);
	run(o, 100001);
	WERE_SENT(8, 0, 2, 4);
	ssm_outbox_free(o);
}

static void
a_pause_holds_everything(void **state)
{
	struct ssm_outbox *o = outbox(0, 10, 65536);

	(void)state;
	ssm_outbox_up(o, 0);
	puts_some(o, 1, 0);
	run(o, 0);
	ssm_outbox_pause(o, true);
	puts_some(o, 1, 0);
	assert_int_equal(run(o, 60000), RC_OK);
	assert_int_equal(wire.n, 1);
	ssm_outbox_pause(o, false);
	assert_int_equal(run(o, 60000), RC_OK);
	WERE_SENT(1, 0, 1);
	ssm_outbox_pause(o, true);
	ssm_outbox_down(o);
	ssm_outbox_up(o, 60001);
	assert_false(ssm_outbox_paused(o));
	ssm_outbox_free(o);
}

static void
the_pace_is_kept(void **state)
{
	static const uint32_t paces[] = { 1, 7, 100, 700, 1000 };

	(void)state;
	for (size_t i = 0; i < ROWS(paces); i++) {
		struct ssm_outbox *o = outbox(paces[i], 4000, 1u << 20);
		uint64_t now = 1000000, end = now + 3000;
		size_t want = 3 * paces[i], burst = paces[i] / 20 + 1;
		unsigned woken = 0;

		ssm_outbox_up(o, now);
		puts_some(o, 4000, now);
		while (now <= end) {
			size_t before = wire.n;

			run(o, now);
			for (size_t k = before; k < wire.n; k++)
				ssm_outbox_acked(o, wire.sequences[k], now);
			assert_true(ssm_outbox_next(o, now) > now);
			now = ssm_outbox_next(o, now);
			woken++;
		}
		assert_in_range(wire.n, want, want + burst + 1);
		assert_true(woken <= wire.n + 2);
		ssm_outbox_free(o);
	}
}

/* No credit gathers beyond a twentieth of a second. */
static void
a_rest_buys_no_flood(void **state)
{
	struct ssm_outbox *o = outbox(1000, 4000, 1u << 20);

	(void)state;
	ssm_outbox_up(o, 0);
	run(o, 0);
	run(o, 1u << 30);
	puts_some(o, 1000, 1u << 30);
	run(o, 1u << 30);
	assert_int_equal(wire.n, 50);
	ssm_outbox_free(o);
}

static void
a_full_socket_is_left_alone(void **state)
{
	struct ssm_outbox *o = outbox(0, 10, 65536);

	(void)state;
	wire.most = 2;
	ssm_outbox_up(o, 0);
	puts_some(o, 4, 0);
	run(o, 0);
	WERE_SENT(0, 0, 1);
	/* Time alone changes nothing: the socket's owner comes. */
	assert_int_equal(ssm_outbox_next(o, 0), 300000);
	wire.most = SENT;
	run(o, 1);
	WERE_SENT(2, 2, 3);
	ssm_outbox_free(o);
}

static void
silence_is_death(void **state)
{
	struct ssm_outbox *o = outbox(0, 10, 65536);

	(void)state;
	ssm_outbox_up(o, 0);
	/* Nothing waits: it may be silent for ever. */
	assert_int_equal(run(o, 1000000), RC_OK);
	puts_some(o, 2, 1000000);
	assert_int_equal(run(o, 1000000), RC_OK);
	assert_int_equal(run(o, 1299999), RC_OK);
	ssm_outbox_acked(o, 1, 1299999);
	assert_int_equal(run(o, 1599998), RC_OK);
	/* Without a socket no time runs. */
	ssm_outbox_down(o);
	assert_int_equal(run(o, 9000000), RC_OK);
	ssm_outbox_up(o, 9000000);
	assert_int_equal(run(o, 9299999), RC_OK);
	assert_true(ssm_outbox_next(o, 9299999) == 9300000);
	assert_int_equal(run(o, 9300000), RC_END);
	ssm_outbox_free(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_sent_without_a_socket),
		cmocka_unit_test(the_oldest_is_repeated_ever_later),
		cmocka_unit_test(round_trips_count_where_they_are_known),
		cmocka_unit_test(a_full_queue_takes_less),
		cmocka_unit_test(bytes_are_bounded),
		cmocka_unit_test(odd_acknowledgements_change_nothing),
		cmocka_unit_test(a_new_socket_gets_all_that_waits_in_order),
		cmocka_unit_test(a_pause_holds_everything),
		cmocka_unit_test(the_pace_is_kept),
		cmocka_unit_test(a_rest_buys_no_flood),
		cmocka_unit_test(a_full_socket_is_left_alone),
		cmocka_unit_test(silence_is_death),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
