#include "tests/support/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/wire/codec.h"
#include "lib/wire/port.h"

struct side {
	struct loop *loop;
	struct port *port;
	int peer;
	uint32_t state;
	int answered, gone, drained;
	enum rc gone_rc;
	char why[ERR_TEXT];
	bool close_in_answer;
};

static enum rc
answer_data(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct side *s = arg;

	(void)id;
	(void)fds;
	(void)m;
	(void)err;
	s->answered++;
	if (s->close_in_answer) {
		port_close(s->port);
		s->port = NULL;
	}
	return RC_OK;
}

static const struct route routes[] = {
	{ MSG_DATA, 2, 64, 0, answer_data },
	{ MSG_EOF, 0, 0, 1, answer_data },
};

static uint32_t
state_of(void *arg)
{
	return ((struct side *)arg)->state;
}

/* Whatever was just freed is somebody else's now. */
static void
scribble(void)
{
	for (size_t size = 64; size < 2048; size += 16) {
		char *p = malloc(size);

		assert_non_null(p);
		explicit_bzero(p, size); /* no compiler leaves it out */
		free(p);
	}
}

static void
on_gone(void *arg, enum rc rc, const struct err *err)
{
	struct side *s = arg;

	s->gone++;
	s->gone_rc = rc;
	port_close(s->port);
	s->port = NULL;
	scribble();
	snprintf(s->why, sizeof s->why, "%s", err->text);
}

static void
on_drained(void *arg)
{
	((struct side *)arg)->drained++;
}

static int
setup(void **state)
{
	struct side *s = calloc(1, sizeof *s);
	struct port_owner o = { .routes = routes,
		.nroutes = ROWS(routes),
		.arg = s,
		.state = state_of,
		.gone = on_gone,
		.drained = on_drained };
	int p[2];

	if (s == NULL || loop_new(&s->loop, NULL) != RC_OK ||
	    frame_pair(p, NULL) != RC_OK)
		return -1;
	s->peer = p[1];
	s->state = 2;
	fcntl(s->peer, F_SETFL, O_NONBLOCK);
	*state = s;
	return port_open_take(s->loop, p[0], &o, &s->port, NULL) == RC_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	struct side *s = *state;

	port_close(s->port);
	close(s->peer);
	loop_free(s->loop);
	free(s);
	return 0;
}

static void
turn(struct side *s)
{
	for (int i = 0; i < 4; i++)
		assert_int_equal(loop_step(s->loop, 0, NULL), RC_OK);
}

static void
send_data(struct side *s, enum msg type, struct span bytes, const int *fds, unsigned n)
{
	struct msg_data m = { .stream = 1, .bytes = bytes };
	struct buf b;

	buf_init(&b, 70000);
	assert_int_equal(codec_encode(type, &m, &b, NULL), RC_OK);
	assert_int_equal(
	    frame_send(s->peer, type, 0, buf_span(&b), fds, n, NULL), RC_OK);
	buf_clear(&b);
}

static void
what_the_table_allows_is_answered(void **state)
{
	struct side *s = *state;

	send_data(s, MSG_DATA, span_of("x"), NULL, 0);
	send_data(s, MSG_EOF, span_of(""), &s->peer, 1);
	turn(s);
	assert_int_equal(s->answered, 2);
	assert_int_equal(s->gone, 0);
}

static void
what_it_does_not_closes_the_port(void **state)
{
	struct side *s = *state;
	static const char *const why[] = { "message EXIT may not come now",
		"message DATA may not come now",
		"message DATA: 90 bytes, 0 descriptors",
		"message EOF: 0 bytes, 0 descriptors" };
	struct msg_exit ex = { 0 };
	struct buf b;

	for (size_t i = 0; i < ROWS(why); i++) {
		void *fresh = s;

		buf_init(&b, 1000);
		s->state = i == 1 ? 1 : 2;
		s->gone = s->answered = 0;
		if (i == 0) {
			codec_encode(MSG_EXIT, &ex, &b, NULL);
			frame_send(s->peer, MSG_EXIT, 0, buf_span(&b), NULL, 0, NULL);
		} else if (i == 3)
			send_data(s, MSG_EOF, span_of(""), NULL, 0);
		else
			send_data(s, MSG_DATA,
			    span_make(
				"0123456789012345678901234567890123456789"
				"01234567890123456789012345678901234567890123456789",
				i == 2 ? 85 : 1),
			    NULL, 0);
		turn(s);
		assert_int_equal(s->answered, 0);
		assert_int_equal(s->gone, 1);
		assert_int_equal(s->gone_rc, RC_REFUSE);
		assert_string_equal(s->why, why[i]);
		buf_clear(&b);
		teardown(&fresh);
		assert_int_equal(setup(&fresh), 0);
		s = fresh;
	}
	*state = s;
}

static void
a_slow_peer_is_queued_for_and_a_dead_one_dropped(void **state)
{
	struct side *s = *state;
	uint8_t block[30000] = { 0 };
	struct msg_data m = { .stream = 1, .bytes = span_make(block, sizeof block) };
	struct buf room;
	struct frame f;
	int sent = 0, got = 0;

	while (!port_full(s->port)) {
		assert_int_equal(port_send(s->port, MSG_DATA, 0, &m, NULL, 0), RC_OK);
		sent++;
	}
	buf_init(&room, FRAME_MAX);
	for (int i = 0; i < 10000 && got < sent; i++) {
		if (frame_recv(s->peer, &room, &f, NULL) == RC_OK)
			got++;
		assert_int_equal(loop_step(s->loop, 0, NULL), RC_OK);
	}
	assert_int_equal(got, sent);
	assert_false(port_full(s->port));
	assert_int_equal(s->drained, 1);
	/* nobody reads any more: the bound ends it */
	for (int i = 0; i < 5000; i++)
		if (port_send(s->port, MSG_DATA, 0, &m, NULL, 0) != RC_OK)
			break;
	turn(s);
	assert_int_equal(s->gone, 1);
	assert_string_equal(s->why, "the peer does not read");
	buf_clear(&room);
}

static void
a_handler_may_close_its_own_port(void **state)
{
	struct side *s = *state;

	s->close_in_answer = true;
	send_data(s, MSG_DATA, span_of("x"), NULL, 0);
	send_data(s, MSG_DATA, span_of("y"), NULL, 0);
	turn(s);
	assert_int_equal(s->answered, 1);
	assert_int_equal(s->gone, 0);
}

static void
the_peers_end_is_told_once(void **state)
{
	struct side *s = *state;

	shutdown(s->peer, SHUT_RDWR);
	turn(s);
	assert_int_equal(s->gone, 1);
	assert_int_equal(s->gone_rc, RC_END);
}

/* A command that ends without having read all of its input. */
static void
last_words_are_heard(void **state)
{
	struct msg_data m = { .stream = 1, .bytes = span_of("in") };
	struct side *s = *state;

	for (int queued = 0; queued < 2; queued++) {
		void *fresh = s;

		/* One of ours is never read by the peer. */
		assert_int_equal(port_send(s->port, MSG_DATA, 0, &m, NULL, 0), RC_OK);
		while (queued && !port_full(s->port))
			(void)port_send(s->port, MSG_DATA, 0, &m, NULL, 0);
		send_data(s, MSG_DATA, span_of("x"), NULL, 0);
		send_data(s, MSG_DATA, span_of("y"), NULL, 0);
		close(s->peer);
		s->peer = -1;
		if (!queued)
			assert_int_equal(
			    port_send(s->port, MSG_DATA, 0, &m, NULL, 0), RC_END);
		assert_int_equal(s->gone, 0);
		turn(s);
		assert_int_equal(s->answered, 2);
		assert_int_equal(s->gone, 1);
		assert_int_equal(s->gone_rc, RC_END);
		teardown(&fresh);
		assert_int_equal(setup(&fresh), 0);
		s = fresh;
	}
	*state = s;
}

/* While it is paused: only by who has said that it can wait. */
static void
last_words_may_wait(void **state)
{
	struct side *s = *state;
	struct port_owner o = { .routes = routes,
		.nroutes = ROWS(routes),
		.state = state_of,
		.gone = on_gone,
		.patient = true };
	struct msg_data m = { .stream = 1, .bytes = span_of("in") };
	int p[2];

	port_pause(s->port, true);
	send_data(s, MSG_DATA, span_of("x"), NULL, 0);
	close(s->peer);
	assert_int_equal(port_send(s->port, MSG_DATA, 0, &m, NULL, 0), RC_END);
	turn(s);
	assert_int_equal(s->gone, 1);
	assert_int_equal(s->answered, 0);

	o.arg = s;
	s->gone = 0;
	assert_int_equal(frame_pair(p, NULL), RC_OK);
	assert_int_equal(port_open_take(s->loop, p[0], &o, &s->port, NULL), RC_OK);
	s->peer = p[1];
	port_pause(s->port, true);
	send_data(s, MSG_DATA, span_of("x"), NULL, 0);
	close(s->peer);
	s->peer = -1;
	assert_int_equal(port_send(s->port, MSG_DATA, 0, &m, NULL, 0), RC_END);
	turn(s);
	assert_int_equal(s->gone, 0);
	port_pause(s->port, false);
	turn(s);
	assert_int_equal(s->answered, 1);
	assert_int_equal(s->gone, 1);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(what_the_table_allows_is_answered),
		T(what_it_does_not_closes_the_port),
		T(a_slow_peer_is_queued_for_and_a_dead_one_dropped),
		T(a_handler_may_close_its_own_port),
		T(the_peers_end_is_told_once),
		T(last_words_are_heard),
		T(last_words_may_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
