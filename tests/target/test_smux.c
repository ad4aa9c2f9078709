/* Streams in one stream: the frames of others, cut anywhere, and our own. */
#include "tests/support/unit.h"

#include "broker/target/smux.h"
#include "tests/target/vectors.h"

#define IDS 1024u

struct bed {
	struct smux *smux;
	struct buf got[IDS]; /* by id / 2 */
	bool ended[IDS];
	size_t takes; /* of one output(); SIZE_MAX: all */
	unsigned n_ended;
	uint32_t close_at_output; /* this stream, from within */
	bool more_at_output;
};

static size_t
output(void *arg, uint32_t id, struct span bytes)
{
	struct bed *b = arg;
	size_t n = bytes.len < b->takes ? bytes.len : b->takes;

	assert_true(id % 2 == 1 && id / 2 < IDS && bytes.len > 0);
	assert_false(b->ended[id / 2]);
	if (b->got[id / 2].max == 0)
		buf_init(&b->got[id / 2], 1u << 24);
	buf_put(&b->got[id / 2], bytes.p, n);
	if (b->close_at_output == id)
		smux_close(b->smux, id);
	if (b->more_at_output)
		smux_more(b->smux, id);
	return n;
}

static void
closed(void *arg, uint32_t id)
{
	struct bed *b = arg;

	assert_false(b->ended[id / 2]);
	b->ended[id / 2] = true;
	b->n_ended++;
	/* It is gone already. */
	assert_int_equal(smux_write(b->smux, id, span_of("x")), 0);
	smux_close(b->smux, id);
}

static struct bed *
begin_with(const struct smux_init *init)
{
	struct bed *b = calloc(1, sizeof *b);
	const struct smux_owner owner = { b, output, closed };

	assert_non_null(b);
	b->takes = SIZE_MAX;
	assert_int_equal(smux_new(init, &owner, 1000, &b->smux, NULL), RC_OK);
	return b;
}

static struct bed *
begin(void)
{
	const struct smux_init init = { 0 };

	return begin_with(&init);
}

static void
end(struct bed *b)
{
	smux_free(b->smux);
	for (unsigned i = 0; i < IDS; i++)
		buf_clear(&b->got[i]);
	free(b);
}

static uint32_t
opened(struct bed *b)
{
	uint32_t id = 0;

	assert_int_equal(smux_open(b->smux, &id, NULL), RC_OK);
	return id;
}

static void
put_frame(struct buf *out, unsigned command, uint32_t id, struct span data)
{
	buf_u8(out, 1);
	buf_u8(out, (uint8_t)command);
	buf_le16(out, (uint16_t)data.len);
	buf_le32(out, id);
	buf_span_put(out, data);
}

static enum rc
comes(struct bed *b, unsigned command, uint32_t id, const char *data)
{
	struct buf frame;
	enum rc rc;

	buf_init(&frame, 1u << 20);
	put_frame(&frame, command, id, span_of(data));
	rc = smux_in(b->smux, buf_span(&frame), 1000, NULL);
	buf_clear(&frame);
	return rc;
}

/* Everything that is to be sent, in pieces of so many bytes. */
static void
all_out(struct bed *b, size_t piece, struct buf *out)
{
	size_t n;

	buf_init(out, 1u << 26);
	while ((n = smux_out(b->smux, buf_room(out, piece), piece)) > 0) {
		assert_true(n <= piece);
		out->len += n;
	}
	assert_false(smux_wants(b->smux));
}

static void
is_out(struct bed *b, const char *const *vectors, size_t n)
{
	struct buf out, want, one;

	buf_init(&want, 4096);
	for (size_t i = 0; i < n; i++) {
		vectors_frame(vectors[i], &one);
		buf_span_put(&want, buf_span(&one));
		buf_clear(&one);
	}
	all_out(b, 3, &out);
	assert_true(span_eq(buf_span(&out), buf_span(&want)));
	buf_clear(&out);
	buf_clear(&want);
}

static void
ours_are_the_frames_of_clients(void **state)
{
	static const char *const both[] = { "smux_syn_first_stream",
		"smux_syn_second_stream" };
	static const char *const psh[] = { "smux_psh" };
	static const char *const fin[] = { "smux_fin" };
	const char *text = "GET / HTTP/1.0\r\n\r\n";
	struct bed *b = begin();

	(void)state;
	assert_int_equal(opened(b), 3);
	assert_int_equal(opened(b), 5);
	is_out(b, both, 2);
	assert_int_equal(smux_write(b->smux, 3, span_of(text)), 18);
	is_out(b, psh, 1);
	smux_close(b->smux, 3);
	is_out(b, fin, 1);
	assert_int_equal(smux_streams(b->smux), 1);
	end(b);
}

static void
vectors_are_read(void **state)
{
	static const char *const all[] = { "smux_syn_first_stream", "smux_psh",
		"smux_nop", "smux_psh", "smux_fin", "smux_fin" };
	struct bed *b = begin();
	struct buf one;

	(void)state;
	opened(b);
	for (size_t i = 0; i < ROWS(all); i++) {
		vectors_frame(all[i], &one);
		assert_int_equal(smux_in(b->smux, buf_span(&one), 0, NULL), RC_OK);
		buf_clear(&one);
	}
	assert_string_equal(
	    buf_cstr(&b->got[1]), "GET / HTTP/1.0\r\n\r\nGET / HTTP/1.0\r\n\r\n");
	assert_int_equal(b->n_ended, 1);
	end(b);
}

/* Each kind of what is not smux, and nothing after it is believed. */
static void
what_is_not_smux_is_refused(void **state)
{
	static const uint8_t bad[][8] = {
		{ 0, 2, 0, 0, 3, 0, 0, 0 },
		{ 2, 2, 0, 0, 3, 0, 0, 0 },
		{ 1, 4, 0, 0, 3, 0, 0, 0 },
		{ 1, 255, 0, 0, 3, 0, 0, 0 },
		{ 1, 0, 1, 0, 3, 0, 0, 0 },
		{ 1, 1, 0, 1, 3, 0, 0, 0 },
		{ 1, 3, 1, 0, 0, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++) {
		struct bed *b = begin();

		opened(b);
		assert_int_equal(
		    smux_in(b->smux, span_make(bad[i], 7), 0, NULL), RC_OK);
		assert_int_equal(
		    smux_in(b->smux, span_make(bad[i] + 7, 1), 0, NULL), RC_REFUSE);
		assert_int_equal(comes(b, 2, 3, "x"), RC_REFUSE);
		assert_int_equal(b->got[1].len, 0);
		end(b);
	}
}

static void
unknown_streams_are_skipped(void **state)
{
	struct bed *b = begin();

	(void)state;
	opened(b);
	assert_int_equal(comes(b, 2, 5, "of none"), RC_OK);
	assert_int_equal(comes(b, 2, 0, "of none"), RC_OK);
	assert_int_equal(comes(b, 2, UINT32_MAX, "of none"), RC_OK);
	assert_int_equal(comes(b, 1, 7, ""), RC_OK);
	assert_int_equal(comes(b, 0, 9, ""), RC_OK); /* agents open none */
	assert_int_equal(comes(b, 3, 0, ""), RC_OK);
	assert_int_equal(comes(b, 2, 3, ""), RC_OK);
	assert_int_equal(comes(b, 2, 3, "of three"), RC_OK);
	assert_string_equal(buf_cstr(&b->got[1]), "of three");
	assert_int_equal(smux_streams(b->smux), 1);
	assert_int_equal(b->n_ended, 0);
	end(b);
}

/* Ours is said once, after what was queued; theirs is not waited for. */
static void
our_fin_ends_both_directions(void **state)
{
	struct bed *b = begin();
	struct buf out, want;
	uint32_t id = opened(b);

	(void)state;
	assert_int_equal(smux_write(b->smux, id, span_of("last")), 4);
	smux_close(b->smux, id);
	smux_close(b->smux, id);
	assert_int_equal(smux_write(b->smux, id, span_of("late")), 0);
	assert_int_equal(comes(b, 2, id, "late"), RC_OK);
	buf_init(&want, 4096);
	put_frame(&want, 0, id, span_of(""));
	put_frame(&want, 2, id, span_of("last"));
	put_frame(&want, 1, id, span_of(""));
	all_out(b, 4096, &out);
	assert_true(span_eq(buf_span(&out), buf_span(&want)));
	assert_int_equal(comes(b, 2, id, "late"), RC_OK);
	assert_int_equal(comes(b, 1, id, ""), RC_OK);
	assert_int_equal(b->got[id / 2].len, 0);
	assert_int_equal(b->n_ended, 0);
	assert_int_equal(smux_streams(b->smux), 0);
	assert_int_equal(smux_held(b->smux), 0);
	assert_false(smux_wants(b->smux));
	buf_clear(&out);
	buf_clear(&want);
	end(b);
}

static void
one_that_was_never_told_is_not_closed(void **state)
{
	struct bed *b = begin();

	(void)state;
	smux_close(b->smux, opened(b));
	assert_false(smux_wants(b->smux));
	assert_int_equal(smux_streams(b->smux), 0);
	/* Its number is not used again. */
	assert_int_equal(opened(b), 5);
	end(b);
}

/* All of it is delivered first; then nothing of ours is sent but FIN. */
static void
their_fin_waits_for_what_was_sent(void **state)
{
	struct bed *b = begin();
	struct buf out, want;

	(void)state;
	opened(b);
	all_out(b, 100, &out);
	buf_clear(&out);
	b->takes = 2;
	assert_int_equal(smux_write(b->smux, 3, span_of("unheard")), 7);
	assert_int_equal(comes(b, 2, 3, "abcde"), RC_OK);
	assert_int_equal(comes(b, 1, 3, ""), RC_OK);
	assert_string_equal(buf_cstr(&b->got[1]), "ab");
	assert_int_equal(smux_room(b->smux, 3), 0);
	assert_int_equal(smux_held(b->smux), 3);
	assert_int_equal(b->n_ended, 0);
	smux_more(b->smux, 3);
	assert_int_equal(b->n_ended, 0);
	smux_more(b->smux, 3);
	assert_string_equal(buf_cstr(&b->got[1]), "abcde");
	assert_int_equal(b->n_ended, 1);
	buf_init(&want, 100);
	put_frame(&want, 1, 3, span_of(""));
	all_out(b, 100, &out);
	assert_true(span_eq(buf_span(&out), buf_span(&want)));
	assert_int_equal(smux_streams(b->smux), 0);
	buf_clear(&out);
	buf_clear(&want);
	end(b);
}

/* A frame whose header is out is sent to its end, or all streams would be lost. */
static void
a_fin_within_a_frame_of_ours(void **state)
{
	uint8_t first[8 + 8 + 2], *data = calloc(1, 9000);
	struct bed *b = begin();
	struct buf out;

	(void)state;
	opened(b);
	assert_int_equal(smux_write(b->smux, 3, span_make(data, 9000)), 9000);
	assert_int_equal(smux_out(b->smux, first, sizeof first), sizeof first);
	assert_int_equal(comes(b, 1, 3, ""), RC_OK);
	assert_int_equal(b->n_ended, 1);
	all_out(b, 1000, &out);
	assert_int_equal(out.len, SMUX_DATA - 2 + 8);
	assert_int_equal(out.p[out.len - 7], 1); /* FIN */
	assert_int_equal(smux_held(b->smux), 0);
	buf_clear(&out);
	end(b);
	free(data);
}

static void
queues_are_bounded(void **state)
{
	const struct smux_init init = { .max_out = 10, .max_in = 10 };
	struct bed *b = begin_with(&init);

	(void)state;
	for (unsigned i = 0; i < 20; i++)
		opened(b);
	assert_int_equal(smux_write(b->smux, 3, span_of("0123456789ab")), 10);
	assert_int_equal(smux_write(b->smux, 3, span_of("c")), 0);
	/* All together, too. */
	for (unsigned i = 1; i < 20; i++)
		smux_write(b->smux, 3 + 2 * i, span_of("0123456789ab"));
	assert_int_equal(smux_held(b->smux), 10 * SMUX_CROWD);
	b->takes = 0;
	assert_int_equal(comes(b, 2, 3, "0123456789"), RC_OK);
	assert_false(smux_full(b->smux));
	assert_int_equal(comes(b, 2, 3, "a"), RC_OK);
	assert_true(smux_full(b->smux));
	b->takes = 1;
	smux_more(b->smux, 3);
	assert_false(smux_full(b->smux));
	assert_int_equal(comes(b, 2, 3, "b"), RC_OK);
	assert_true(smux_full(b->smux));
	smux_close(b->smux, 3);
	assert_false(smux_full(b->smux));
	for (unsigned i = 1; i < 20; i++)
		assert_int_equal(comes(b, 2, 3 + 2 * i, "01234567890"), RC_OK);
	assert_true(smux_full(b->smux));
	end(b);
}

static void
many_that_hold_a_little_are_full_together(void **state)
{
	const struct smux_init init = { .max_in = 10 };
	struct bed *b = begin_with(&init);

	(void)state;
	b->takes = 0;
	for (unsigned i = 0; i < SMUX_CROWD; i++) {
		opened(b);
		assert_int_equal(comes(b, 2, 3 + 2 * i, "0123456789"), RC_OK);
		assert_false(smux_full(b->smux));
	}
	opened(b);
	assert_int_equal(comes(b, 2, 3 + 2 * SMUX_CROWD, "0"), RC_OK);
	assert_true(smux_full(b->smux));
	end(b);
}

/* A stream that does not take holds up no other. */
static void
one_that_waits_does_not_stop_others(void **state)
{
	struct bed *b = begin();

	(void)state;
	opened(b);
	opened(b);
	b->takes = 0;
	assert_int_equal(comes(b, 2, 3, "waits"), RC_OK);
	b->takes = SIZE_MAX;
	assert_int_equal(comes(b, 2, 5, "goes"), RC_OK);
	assert_int_equal(comes(b, 2, 3, " too"), RC_OK);
	assert_string_equal(buf_cstr(&b->got[2]), "goes");
	assert_int_equal(b->got[1].len, 0);
	smux_more(b->smux, 3);
	assert_string_equal(buf_cstr(&b->got[1]), "waits too");
	end(b);
}

static void
owners_may_close_and_ask_from_within(void **state)
{
	struct bed *b = begin();

	(void)state;
	opened(b);
	opened(b);
	b->close_at_output = 3;
	assert_int_equal(comes(b, 2, 3, "closes"), RC_OK);
	assert_int_equal(comes(b, 2, 3, "never"), RC_OK);
	assert_string_equal(buf_cstr(&b->got[1]), "closes");
	b->takes = 1;
	b->more_at_output = true;
	assert_int_equal(comes(b, 2, 5, "abc"), RC_OK);
	assert_string_equal(buf_cstr(&b->got[2]), "a");
	b->close_at_output = 5;
	smux_more(b->smux, 5);
	assert_string_equal(buf_cstr(&b->got[2]), "ab");
	assert_int_equal(smux_held(b->smux), 0);
	end(b);
}

static void
numbers_run_out(void **state)
{
	const struct smux_init init = { .first = UINT32_MAX - 2 };
	struct bed *b = begin_with(&init);
	uint32_t id = 77;
	struct buf out;

	(void)state;
	assert_int_equal(smux_open(b->smux, &id, NULL), RC_OK);
	assert_int_equal(smux_open(b->smux, &id, NULL), RC_OK);
	assert_true(id == UINT32_MAX);
	assert_int_equal(smux_open(b->smux, &id, NULL), RC_END);
	assert_true(id == UINT32_MAX);
	/* The turn goes round at the last number, too. */
	all_out(b, 8, &out);
	assert_int_equal(out.len, 16);
	buf_clear(&out);
	end(b);
}

static void
streams_are_bounded(void **state)
{
	struct bed *b = begin();
	uint32_t id;

	(void)state;
	for (unsigned i = 0; i < SMUX_STREAMS; i++)
		opened(b);
	assert_int_equal(smux_open(b->smux, &id, NULL), RC_WAIT);
	smux_close(b->smux, 3);
	assert_int_equal(smux_open(b->smux, &id, NULL), RC_OK);
	end(b);
}

static void
old_agents_want_signs_of_life(void **state)
{
	const struct smux_init init = { .keepalive = true };
	struct bed *b = begin_with(&init);
	static const char *const nop[] = { "smux_nop" };

	(void)state;
	assert_int_equal(smux_next(b->smux), 11000);
	assert_int_equal(smux_run(b->smux, 10999, NULL), RC_OK);
	assert_false(smux_wants(b->smux));
	assert_int_equal(smux_run(b->smux, 11000, NULL), RC_OK);
	assert_int_equal(smux_run(b->smux, 21000, NULL), RC_OK);
	is_out(b, nop, 1); /* one, however many are due */
	assert_int_equal(smux_next(b->smux), 31000);
	assert_int_equal(smux_run(b->smux, 30999, NULL), RC_OK);
	assert_int_equal(smux_run(b->smux, 31000, NULL), RC_END);
	smux_awake(b->smux, 31000);
	assert_int_equal(smux_run(b->smux, 31000, NULL), RC_OK);
	assert_int_equal(smux_in(b->smux, span_of("\1"), 50000, NULL), RC_OK);
	assert_int_equal(smux_run(b->smux, 79999, NULL), RC_OK);
	assert_int_equal(smux_run(b->smux, 80000, NULL), RC_END);
	end(b);
}

static void
new_agents_do_not(void **state)
{
	struct bed *b = begin();

	(void)state;
	assert_true(smux_next(b->smux) == UINT64_MAX);
	assert_int_equal(smux_run(b->smux, UINT64_MAX / 2, NULL), RC_OK);
	assert_false(smux_wants(b->smux));
	end(b);
}

static uint32_t
chance(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33);
}

/* What a stream says, by its number and an offset. */
static uint8_t
byte_at(uint32_t id, size_t at)
{
	return (uint8_t)(id * 31 + at * 7 + at / 251);
}

/* 200 streams: all that they write comes out at the other end in its stream and order,
 * however the bytes are cut and whoever does not take his. */
static void
many_streams_at_once(void **state)
{
	enum { N = 200, EACH = 20000 };
	struct bed *b = begin(), *far = begin();
	size_t sent[N] = { 0 }, closed_at = 0;
	uint64_t seed = 42;
	uint8_t room[4096];

	(void)state;
	for (unsigned i = 0; i < N; i++) {
		opened(b);
		opened(far); /* the far end knows the same numbers */
	}
	for (unsigned turns = 0; closed_at < N || smux_wants(b->smux); turns++) {
		uint32_t i = chance(&seed) % N, id = 3 + 2 * i;
		size_t n = chance(&seed) % sizeof room;

		assert_true(turns < 1000000);
		if (n > EACH - sent[i])
			n = EACH - sent[i];
		for (size_t k = 0; k < n; k++)
			room[k] = byte_at(id, sent[i] + k);
		sent[i] += smux_write(b->smux, id, span_make(room, n));
		while (closed_at < N && sent[closed_at] == EACH)
			smux_close(b->smux, 3 + 2 * (uint32_t)closed_at++);
		far->takes = chance(&seed) % 4 == 0 ? chance(&seed) % 500 : SIZE_MAX;
		n = smux_out(b->smux, room, 1 + chance(&seed) % sizeof room);
		assert_int_equal(
		    smux_in(far->smux, span_make(room, n), 0, NULL), RC_OK);
		smux_more(far->smux, 3 + 2 * (chance(&seed) % N));
	}
	far->takes = SIZE_MAX;
	for (unsigned i = 0; i < N; i++)
		smux_more(far->smux, 3 + 2 * i);
	for (unsigned i = 0; i < N; i++) {
		const struct buf *got = &far->got[1 + i];

		assert_int_equal(got->len, EACH);
		for (size_t k = 0; k < EACH; k++)
			assert_int_equal(got->p[k], byte_at(3 + 2 * i, k));
		assert_true(far->ended[1 + i]);
	}
	assert_int_equal(smux_streams(b->smux), 0);
	assert_int_equal(smux_held(far->smux), 0);
	end(b);
	end(far);
}

/* Nobody waits for more than one frame of each of the others. */
static void
streams_take_turns(void **state)
{
	struct bed *b = begin();
	uint8_t *data = calloc(1, 100000), room[8];
	struct buf out;

	(void)state;
	opened(b);
	assert_int_equal(smux_write(b->smux, 3, span_make(data, 100000)), 100000);
	assert_int_equal(smux_out(b->smux, room, 8), 8); /* SYN */
	assert_int_equal(smux_out(b->smux, room, 8), 8); /* PSH */
	opened(b);
	assert_int_equal(smux_write(b->smux, 5, span_of("small")), 5);
	all_out(b, 1000, &out);
	assert_int_equal(out.p[SMUX_DATA + 1], 0); /* SYN of the second */
	assert_int_equal(out.p[SMUX_DATA + 4], 5);
	assert_int_equal(out.p[SMUX_DATA + 8 + 4], 3);
	assert_int_equal(out.p[2 * SMUX_DATA + 16 + 1], 2); /* its data */
	assert_int_equal(out.p[2 * SMUX_DATA + 16 + 4], 5);
	buf_clear(&out);
	free(data);
	end(b);
}

/* Data of 65535 bytes in a frame, which others may send. */
static void
the_longest_frame_is_read(void **state)
{
	uint8_t *data = calloc(1, 65535);
	struct bed *b = begin();
	struct buf frame;

	(void)state;
	opened(b);
	buf_init(&frame, 1u << 20);
	put_frame(&frame, 2, 3, span_make(data, 65535));
	put_frame(&frame, 1, 3, span_of(""));
	for (size_t i = 0; i < frame.len; i += 1000) {
		size_t n = frame.len - i < 1000 ? frame.len - i : 1000;

		assert_int_equal(
		    smux_in(b->smux, span_make(frame.p + i, n), 0, NULL), RC_OK);
	}
	assert_int_equal(b->got[1].len, 65535);
	assert_int_equal(b->n_ended, 1);
	buf_clear(&frame);
	free(data);
	end(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ours_are_the_frames_of_clients),
		cmocka_unit_test(vectors_are_read),
		cmocka_unit_test(what_is_not_smux_is_refused),
		cmocka_unit_test(unknown_streams_are_skipped),
		cmocka_unit_test(our_fin_ends_both_directions),
		cmocka_unit_test(one_that_was_never_told_is_not_closed),
		cmocka_unit_test(their_fin_waits_for_what_was_sent),
		cmocka_unit_test(a_fin_within_a_frame_of_ours),
		cmocka_unit_test(queues_are_bounded),
		cmocka_unit_test(many_that_hold_a_little_are_full_together),
		cmocka_unit_test(one_that_waits_does_not_stop_others),
		cmocka_unit_test(owners_may_close_and_ask_from_within),
		cmocka_unit_test(numbers_run_out),
		cmocka_unit_test(streams_are_bounded),
		cmocka_unit_test(old_agents_want_signs_of_life),
		cmocka_unit_test(new_agents_do_not),
		cmocka_unit_test(many_streams_at_once),
		cmocka_unit_test(streams_take_turns),
		cmocka_unit_test(the_longest_frame_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
