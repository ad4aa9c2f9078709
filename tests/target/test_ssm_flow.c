/* Frames in, frames out, and what is delivered between. */
#include "tests/support/unit.h"

#include "broker/target/ssm_ack.h"
#include "broker/target/ssm_flow.h"
#include "tests/target/vectors.h"

#define LOG 64u

struct bed {
	struct ssm_flow *flow;
	/* What was put on the socket. */
	struct ssm_frame sent[LOG];
	struct ssm_ack acks[LOG];
	uint8_t payloads[LOG][2048];
	size_t n_sent, n_acks;
	/* What was delivered. */
	struct buf text;
	uint32_t last_type;
	enum rc says;	    /* what deliver() answers */
	const char *answer; /* written from within deliver() */
	uint8_t ids;
	bool full;
};

static bool
sends(void *arg, struct span frame)
{
	struct bed *b = arg;
	struct ssm_frame f;

	if (b->full)
		return false;
	assert_true(b->n_sent < LOG && b->n_acks < LOG);
	assert_int_equal(ssm_frame_read(frame, &f, NULL), RC_OK);
	assert_int_equal(f.created_ms, 1700000000123);
	if (f.type == SSM_ACKNOWLEDGE) {
		assert_int_equal(f.sequence, 0);
		assert_int_equal(f.flags, 3);
		assert_int_equal(f.payload_type, 0);
		assert_int_equal(
		    ssm_ack_read(f.payload, &b->acks[b->n_acks++], NULL), RC_OK);
		return true;
	}
	assert_int_equal(f.type, SSM_INPUT);
	assert_int_equal(f.flags, 0);
	assert_true(f.payload.len <= sizeof b->payloads[0]);
	memcpy(b->payloads[b->n_sent], f.payload.p, f.payload.len);
	f.payload.p = b->payloads[b->n_sent];
	b->sent[b->n_sent++] = f;
	return true;
}

static enum rc
takes(void *arg, uint32_t payload_type, struct span payload, struct err *err)
{
	struct bed *b = arg;
	size_t taken = 0;

	if (b->says != RC_OK)
		return b->says == RC_WAIT ? RC_WAIT
					  : err_set(err, b->says, "not of the agent");
	b->last_type = payload_type;
	buf_span_put(&b->text, payload);
	if (b->answer != NULL) {
		/* Without effect within deliver(). */
		assert_int_equal(ssm_flow_more(b->flow, 0, err), RC_OK);
		assert_int_equal(
		    ssm_flow_write(b->flow, NULL, span_of(b->answer), 0, &taken, err),
		    RC_OK);
		assert_int_equal(taken, strlen(b->answer));
		b->answer = NULL;
	}
	return RC_OK;
}

static void
counts(void *arg, uint8_t out[16])
{
	struct bed *b = arg;

	memset(out, 0, 16);
	out[15] = ++b->ids;
}

static uint64_t
its_wall(void *arg)
{
	(void)arg;
	return 1700000000123;
}

static void
begin(struct bed *b)
{
	const struct ssm_flow_init init = { .max_messages = 8, .dead_ms = 300000 };
	const struct ssm_flow_owner owner = { b, sends, takes, counts, its_wall };

	memset(b, 0, sizeof *b);
	buf_init(&b->text, 1u << 20);
	assert_int_equal(ssm_flow_new(&init, &owner, &b->flow, NULL), RC_OK);
	ssm_flow_up(b->flow, 0);
}

static void
end(struct bed *b)
{
	ssm_flow_free(b->flow);
	buf_clear(&b->text);
}

/* A message of the agent; its id tells its number. */
static enum rc
comes(struct bed *b, int64_t sequence, uint32_t payload_type, const char *text)
{
	struct ssm_frame f = { .type = SSM_OUTPUT,
		.payload_type = payload_type,
		.sequence = sequence,
		.payload = span_of(text) };

	f.id[0] = (uint8_t)sequence;
	return ssm_flow_in(b->flow, &f, 0, NULL);
}

static void
comes_well(struct bed *b, int64_t sequence, const char *text)
{
	assert_int_equal(comes(b, sequence, SSM_P_OUTPUT, text), RC_OK);
}

static void
is_acked(struct bed *b, int64_t sequence)
{
	struct ssm_frame f = { .type = SSM_ACKNOWLEDGE };
	struct ssm_ack a = { .type = SSM_INPUT, .sequence = sequence };
	char text[SSM_ACK_ROOM];

	f.payload = span_make(text, ssm_ack_write(&a, text));
	assert_int_equal(ssm_flow_in(b->flow, &f, 0, NULL), RC_OK);
}

/* The numbers that were acknowledged, in order. */
static void
acked(const struct bed *b, const char *want)
{
	char got[256] = "";

	for (size_t i = 0; i < b->n_acks; i++) {
		assert_int_equal(b->acks[i].type, SSM_OUTPUT);
		assert_int_equal(b->acks[i].id[0], (uint8_t)b->acks[i].sequence);
		snprintf(got + strlen(got), sizeof got - strlen(got), "%s%d",
		    i > 0 ? " " : "", (int)b->acks[i].sequence);
	}
	assert_string_equal(got, want);
}

static void
delivered(struct bed *b, const char *want)
{
	assert_string_equal(buf_cstr(&b->text), want);
}

static void
messages_are_delivered_in_order_once(void **state)
{
	struct bed b;

	(void)state;
	begin(&b);
	comes_well(&b, 0, "a");
	comes_well(&b, 2, "c");
	comes_well(&b, 3, "d");
	delivered(&b, "a");
	acked(&b, "0 2 3");
	comes_well(&b, 1, "b");
	delivered(&b, "abcd");
	acked(&b, "0 2 3 1");
	end(&b);
}

static void
what_comes_again_is_acknowledged_again(void **state)
{
	struct bed b;

	(void)state;
	begin(&b);
	comes_well(&b, 0, "a");
	comes_well(&b, 0, "a");
	comes_well(&b, 2, "c");
	comes_well(&b, 2, "c");
	comes_well(&b, -1, "x");
	delivered(&b, "a");
	acked(&b, "0 0 2 2 -1");
	end(&b);
}

static void
acknowledgements_may_be_lost(void **state)
{
	struct bed b;

	(void)state;
	begin(&b);
	b.full = true;
	comes_well(&b, 0, "a");
	b.full = false;
	comes_well(&b, 0, "a");
	delivered(&b, "a");
	acked(&b, "0");
	end(&b);
}

static void
one_that_is_not_taken_waits_unacknowledged(void **state)
{
	struct bed b;

	(void)state;
	begin(&b);
	b.says = RC_WAIT;
	comes_well(&b, 0, "a");
	comes_well(&b, 0, "a");
	comes_well(&b, 1, "b");
	acked(&b, "1");
	assert_int_equal(ssm_flow_waiting(b.flow), 2);
	assert_true(ssm_flow_blocked(b.flow));
	assert_int_equal(ssm_flow_more(b.flow, 0, NULL), RC_OK);
	delivered(&b, "");
	b.says = RC_OK;
	/* It is asked only by its own word. */
	comes_well(&b, 2, "c");
	delivered(&b, "");
	assert_int_equal(ssm_flow_more(b.flow, 0, NULL), RC_OK);
	delivered(&b, "abc");
	acked(&b, "1 2 0");
	assert_int_equal(ssm_flow_waiting(b.flow), 0);
	assert_false(ssm_flow_blocked(b.flow));
	comes_well(&b, 3, "d");
	delivered(&b, "abcd");
	end(&b);
}

static void
a_no_ends_the_flow_unacknowledged(void **state)
{
	struct err err = { "" };
	struct bed b;

	(void)state;
	begin(&b);
	comes_well(&b, 0, "a");
	b.says = RC_REFUSE;
	assert_int_equal(comes(&b, 1, SSM_P_OUTPUT, "b"), RC_REFUSE);
	b.says = RC_OK;
	assert_int_equal(comes(&b, 1, SSM_P_OUTPUT, "b"), RC_REFUSE);
	assert_int_equal(ssm_flow_more(b.flow, 0, &err), RC_REFUSE);
	assert_true(err.text[0] != '\0');
	delivered(&b, "a");
	acked(&b, "0");
	end(&b);
}

/* The same, of one that was early. */
static void
a_no_to_one_that_waited(void **state)
{
	struct bed b;

	(void)state;
	begin(&b);
	b.says = RC_WAIT;
	comes_well(&b, 0, "a");
	b.says = RC_FAIL;
	assert_int_equal(ssm_flow_more(b.flow, 0, NULL), RC_FAIL);
	acked(&b, "");
	end(&b);
}

static void
it_may_write_within_deliver(void **state)
{
	struct bed b;

	(void)state;
	begin(&b);
	comes_well(&b, 1, "b");
	b.answer = "hello";
	comes_well(&b, 0, "a");
	delivered(&b, "ab");
	assert_int_equal(b.n_sent, 1);
	assert_int_equal(b.sent[0].sequence, 0);
	assert_int_equal(b.sent[0].payload_type, SSM_P_OUTPUT);
	assert_true(span_is(b.sent[0].payload, "hello"));
	end(&b);
}

static void
edge_vectors_are_ignored_or_taken(void **state)
{
	static const struct {
		const char *name, *acks;
	} rows[] = {
		{ "bad_negative_sequence", "" },
		{ "odd_unknown_message_type", "" },
		{ "service_channel_closed", "" },
		{ "agent_session_state_connected", "" },
		{ "client_input_ctrl_c", "" },
		{ "odd_start_publication_no_payload_hl112", "" },
		{ "agent_output_first", "0" },
		{ "agent_acknowledge", "" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct ssm_frame f;
		struct buf bytes;
		struct bed b;

		begin(&b);
		vectors_frame(rows[i].name, &bytes);
		assert_int_equal(ssm_frame_read(buf_span(&bytes), &f, NULL), RC_OK);
		assert_int_equal(ssm_flow_in(b.flow, &f, 0, NULL), RC_OK);
		delivered(&b, rows[i].acks[0] != '\0' ? "$ " : "");
		assert_int_equal(b.n_acks, f.type == SSM_OUTPUT);
		assert_int_equal(ssm_flow_waiting(b.flow), 0);
		end(&b);
		buf_clear(&bytes);
	}
}

static void
unknown_payload_types_pass(void **state)
{
	struct bed b;

	(void)state;
	begin(&b);
	assert_int_equal(comes(&b, 0, 99, "?"), RC_OK);
	assert_int_equal(b.last_type, 99);
	assert_int_equal(comes(&b, 1, SSM_P_STDERR, ""), RC_OK);
	assert_int_equal(b.last_type, SSM_P_STDERR);
	acked(&b, "0 1");
	end(&b);
}

static void
bytes_are_cut_into_messages_and_bounded(void **state)
{
	uint8_t bytes[10 * SSM_CHUNK];
	size_t taken = 77;
	struct bed b;

	(void)state;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i / SSM_CHUNK);
	begin(&b);
	assert_int_equal(ssm_flow_room(b.flow), 8 * SSM_CHUNK);
	assert_int_equal(
	    ssm_flow_write(b.flow, NULL, span_make(bytes, 100), 0, &taken, NULL),
	    RC_OK);
	assert_int_equal(taken, 100);
	assert_int_equal(ssm_flow_write(b.flow, NULL, span_make(bytes, sizeof bytes), 0,
			     &taken, NULL),
	    RC_OK);
	assert_int_equal(taken, 7 * SSM_CHUNK);
	assert_int_equal(ssm_flow_room(b.flow), 0);
	assert_int_equal(b.n_sent, 8);
	for (unsigned i = 0; i < 8; i++) {
		assert_int_equal(b.sent[i].sequence, i);
		assert_int_equal(b.sent[i].payload.len, i == 0 ? 100 : SSM_CHUNK);
		assert_int_equal(b.sent[i].payload.p[0], i == 0 ? 0 : i - 1);
	}
	/* Control messages have room of their own. */
	assert_int_equal(
	    ssm_flow_put(b.flow, SSM_P_OUTPUT, span_of("x"), 0, NULL), RC_WAIT);
	assert_int_equal(ssm_flow_put(b.flow, SSM_P_FLAG, span_of("\0\0\0\2"), 0, NULL),
	    RC_REFUSE); /* a span of C text is empty here */
	assert_int_equal(
	    ssm_flow_put(b.flow, SSM_P_FLAG, span_make("\0\0\0\2", 4), 0, NULL), RC_OK);
	assert_int_equal(b.sent[8].payload_type, SSM_P_FLAG);
	is_acked(&b, 0);
	is_acked(&b, 1);
	assert_int_equal(ssm_flow_unacked(b.flow), 7);
	assert_int_equal(ssm_flow_room(b.flow), SSM_CHUNK);
	end(&b);
}

static void
what_is_sealed_is_sealed_once(void **state)
{
	struct ssm_crypt *client = NULL, *agent = NULL;
	uint8_t key[SSM_KEY];
	struct buf plain;
	size_t taken;
	struct bed b;

	(void)state;
	vectors_key(false, key);
	assert_int_equal(ssm_crypt_new(span_make(key, SSM_KEY), &client, NULL), RC_OK);
	vectors_key(true, key);
	assert_int_equal(ssm_crypt_new(span_make(key, SSM_KEY), &agent, NULL), RC_OK);
	begin(&b);
	assert_int_equal(
	    ssm_flow_write(b.flow, client, span_of("whoami\r"), 0, &taken, NULL),
	    RC_OK);
	assert_int_equal(taken, 7);
	assert_int_equal(ssm_flow_run(b.flow, 250, NULL), RC_OK);
	assert_int_equal(b.n_sent, 2);
	assert_int_equal(b.sent[0].payload.len, 7 + SSM_SEALED);
	assert_true(span_eq(b.sent[0].payload, b.sent[1].payload));
	assert_memory_equal(b.sent[0].id, b.sent[1].id, 16);
	buf_init(&plain, 64);
	assert_int_equal(ssm_crypt_open(agent, b.sent[1].payload, &plain, NULL), RC_OK);
	assert_true(span_is(buf_span(&plain), "whoami\r"));
	buf_clear(&plain);
	end(&b);
	ssm_crypt_free(client);
	ssm_crypt_free(agent);
}

static enum rc
control(struct bed *b, enum ssm_type type)
{
	struct ssm_frame f = { .type = type };

	return ssm_flow_in(b->flow, &f, 0, NULL);
}

static void
a_pause_holds_until_anything_comes(void **state)
{
	static const enum ssm_type ends[] = { SSM_START, SSM_OUTPUT, SSM_ACKNOWLEDGE };
	size_t taken;
	struct bed b;

	(void)state;
	for (size_t i = 0; i < ROWS(ends); i++) {
		begin(&b);
		assert_int_equal(control(&b, SSM_PAUSE), RC_OK);
		assert_true(ssm_flow_paused(b.flow));
		assert_int_equal(
		    ssm_flow_write(b.flow, NULL, span_of("x"), 0, &taken, NULL), RC_OK);
		assert_int_equal(taken, 1);
		assert_int_equal(ssm_flow_run(b.flow, 5000, NULL), RC_OK);
		assert_int_equal(b.n_sent, 0);
		assert_int_equal(control(&b, ends[i]), RC_OK);
		assert_false(ssm_flow_paused(b.flow));
		assert_int_equal(b.n_sent, 1);
		end(&b);
	}
}

static void
sockets_come_and_go(void **state)
{
	size_t taken;
	struct bed b;

	(void)state;
	begin(&b);
	assert_int_equal(
	    ssm_flow_write(b.flow, NULL, span_of("x"), 0, &taken, NULL), RC_OK);
	comes_well(&b, 1, "b");
	ssm_flow_down(b.flow);
	assert_int_equal(
	    ssm_flow_write(b.flow, NULL, span_of("y"), 0, &taken, NULL), RC_OK);
	assert_int_equal(b.n_sent, 1);
	assert_true(ssm_flow_next(b.flow, 0) == UINT64_MAX);
	ssm_flow_up(b.flow, 100);
	assert_int_equal(b.n_sent, 3);
	assert_int_equal(b.sent[1].sequence, 0);
	assert_int_equal(b.sent[2].sequence, 1);
	assert_memory_equal(b.sent[0].id, b.sent[1].id, 16);
	comes_well(&b, 0, "a");
	delivered(&b, "ab");
	assert_int_equal(ssm_flow_next(b.flow, 100), 301);
	assert_int_equal(ssm_flow_run(b.flow, 300100, NULL), RC_END);
	end(&b);
}

static void
odd_bounds_are_refused(void **state)
{
	const struct ssm_flow_owner owner = { NULL, sends, takes, NULL, NULL };
	struct ssm_flow_init init = { .max_messages = 65537 };
	struct ssm_flow *f = NULL;

	(void)state;
	assert_int_equal(ssm_flow_new(&init, &owner, &f, NULL), RC_REFUSE);
	init = (struct ssm_flow_init){ .max_bytes = 2047 };
	assert_int_equal(ssm_flow_new(&init, &owner, &f, NULL), RC_REFUSE);
	assert_null(f);
	ssm_flow_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_delivered_in_order_once),
		cmocka_unit_test(what_comes_again_is_acknowledged_again),
		cmocka_unit_test(acknowledgements_may_be_lost),
		cmocka_unit_test(one_that_is_not_taken_waits_unacknowledged),
		cmocka_unit_test(a_no_ends_the_flow_unacknowledged),
		cmocka_unit_test(a_no_to_one_that_waited),
		cmocka_unit_test(it_may_write_within_deliver),
		cmocka_unit_test(edge_vectors_are_ignored_or_taken),
		cmocka_unit_test(unknown_payload_types_pass),
		cmocka_unit_test(bytes_are_cut_into_messages_and_bounded),
		cmocka_unit_test(what_is_sealed_is_sealed_once),
		cmocka_unit_test(a_pause_holds_until_anything_comes),
		cmocka_unit_test(sockets_come_and_go),
		cmocka_unit_test(odd_bounds_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
