#include "tests/support/unit.h"

#include "broker/front/relay.h"
#include "tests/front/peer.h"

struct seen {
	unsigned data, exits, lost;
	unsigned stream;
	size_t bytes;
	uint8_t code;
};

static void
on_data(void *arg, unsigned stream, struct span bytes)
{
	struct seen *s = arg;

	s->data++;
	s->stream = stream;
	s->bytes += bytes.len;
}

static void
on_exit_of(void *arg, const struct msg_exit *m)
{
	struct seen *s = arg;

	s->exits++;
	s->code = m->code;
}

static void
on_lost(void *arg)
{
	((struct seen *)arg)->lost++;
}

static struct relay *
open_relay(struct peer *p, struct seen *s)
{
	struct relay_answers answers = { s, on_data, on_exit_of, on_lost };
	struct relay *r = NULL;
	int sock = peer_open(p);

	memset(s, 0, sizeof *s);
	assert_int_equal(relay_open_take(p->loop, sock, &answers, &r, NULL), RC_OK);
	return r;
}

static void
send_data(struct peer *p, uint8_t stream, size_t n)
{
	static const uint8_t bytes[MSG_DATA_MAX];
	struct msg_data m = { stream, span_make(bytes, n) };

	peer_send(p, MSG_DATA, 0, &m, NULL, 0);
}

static void
output_and_exit_arrive(void **state)
{
	struct msg_exit e = { HOW_EXIT, 9, 1, { NULL, 0 } };
	struct peer p;
	struct seen s;
	struct relay *r = open_relay(&p, &s);

	(void)state;
	send_data(&p, RELAY_STDOUT, MSG_DATA_MAX);
	send_data(&p, RELAY_STDERR, 5);
	assert_int_equal(s.data, 2);
	assert_int_equal(s.bytes, MSG_DATA_MAX + 5);
	assert_int_equal(s.stream, RELAY_STDERR);
	peer_send(&p, MSG_EXIT, 0, &e, NULL, 0);
	assert_int_equal(s.exits, 1);
	assert_int_equal(s.code, 9);
	/* What closes after an exit was not lost. */
	close(p.sock);
	p.sock = -1;
	peer_turn(&p);
	assert_int_equal(s.lost, 0);
	relay_close(r);
	peer_close(&p);
}

static void
what_the_client_does_is_sent(void **state)
{
	struct peer p;
	struct seen s;
	struct relay *r = open_relay(&p, &s);

	(void)state;
	relay_data(r, span_of("typed"));
	peer_expect(&p, MSG_DATA);
	assert_int_equal(p.got.data.stream, 0);
	assert_true(span_is(p.got.data.bytes, "typed"));
	relay_resize(r, 80, 24);
	peer_expect(&p, MSG_RESIZE);
	assert_int_equal(p.got.resize.columns, 80);
	assert_int_equal(p.got.resize.rows, 24);
	relay_signal(r, 15);
	peer_expect(&p, MSG_SIGNAL);
	assert_int_equal(p.got.signal.signo, 15);
	relay_eof(r);
	peer_expect(&p, MSG_EOF);
	relay_close(r);
	peer_close(&p);
}

static void
a_pair_that_breaks_is_lost_once(void **state)
{
	static const struct {
		uint8_t stream; /* of a DATA frame, or 255 */
		uint8_t how;	/* of an EXIT frame, or 255 */
	} rows[] = { { 0, 255 }, { 3, 255 }, { 254, 255 }, { 255, 3 }, { 255, 200 },
		{ 255, 255 } };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct msg_exit e = { rows[i].how, 0, 0, { NULL, 0 } };
		struct peer p;
		struct seen s;
		struct relay *r = open_relay(&p, &s);

		if (rows[i].stream != 255)
			send_data(&p, rows[i].stream, 1);
		else if (rows[i].how != 255)
			peer_send(&p, MSG_EXIT, 0, &e, NULL, 0);
		else
			close(p.sock), p.sock = -1;
		peer_turn(&p);
		peer_turn(&p);
		assert_int_equal(s.lost, 1);
		assert_int_equal(s.exits, 0);
		relay_close(r);
		peer_close(&p);
	}
}

static void
a_message_of_another_pair_is_refused(void **state)
{
	struct msg_verdict v = { VERDICT_ALLOW, 0, 0, { NULL, 0 } };
	struct peer p;
	struct seen s;
	struct relay *r = open_relay(&p, &s);

	(void)state;
	peer_send(&p, MSG_VERDICT, 0, &v, NULL, 0);
	peer_turn(&p);
	assert_int_equal(s.lost, 1);
	relay_close(r);
	peer_close(&p);
}

static void
paused_output_waits(void **state)
{
	struct peer p;
	struct seen s;
	struct relay *r = open_relay(&p, &s);

	(void)state;
	relay_pause(r, true);
	send_data(&p, RELAY_STDOUT, 100);
	assert_int_equal(s.data, 0);
	relay_pause(r, false);
	peer_turn(&p);
	assert_int_equal(s.bytes, 100);
	relay_close(r);
	peer_close(&p);
}

/* A session that does not read fills its socket; then full says so. */
static void
a_session_that_does_not_read_is_seen(void **state)
{
	static const uint8_t bytes[MSG_DATA_MAX];
	struct peer p;
	struct seen s;
	struct relay *r = open_relay(&p, &s);
	unsigned n = 0;

	(void)state;
	for (; n < 1000 && !relay_full(r); n++)
		relay_data(r, span_make(bytes, sizeof bytes));
	assert_true(n < 1000);
	for (unsigned i = 0; i < n; i++) {
		peer_turn(&p);
		peer_expect(&p, MSG_DATA);
	}
	peer_turn(&p);
	assert_false(relay_full(r));
	relay_close(r);
	peer_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(output_and_exit_arrive),
		cmocka_unit_test(what_the_client_does_is_sent),
		cmocka_unit_test(a_pair_that_breaks_is_lost_once),
		cmocka_unit_test(a_message_of_another_pair_is_refused),
		cmocka_unit_test(paused_output_waits),
		cmocka_unit_test(a_session_that_does_not_read_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
