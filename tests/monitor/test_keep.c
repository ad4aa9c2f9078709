/* Requests to the keeper and its answers. */
#include "tests/support/unit.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/monitor/keep.h"
#include "lib/base/frame.h"
#include "lib/wire/codec.h"

struct world {
	struct loop *loop;
	struct keep *keep;
	int sock; /* the keeper's end */
	struct buf in;
	struct frame f;
	union msg_any m;
	/* what came */
	unsigned readies, gones, answers;
	char why[64];
	enum rc rc;
	struct span bytes;
	uint8_t copy[80];
	int fd;
	bool keep_fd;
};

static void
ready(void *arg, const struct msg_keeper *m)
{
	struct world *w = arg;

	(void)m;
	w->readies++;
}

static void
gone(void *arg, const char *why)
{
	struct world *w = arg;

	w->gones++;
	snprintf(w->why, sizeof w->why, "%s", why);
}

static void
answered(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct world *w = arg;

	w->answers++;
	w->rc = rc;
	snprintf(w->why, sizeof w->why, "%s", why);
	w->bytes = span_make(w->copy, bytes.len);
	memcpy(w->copy, bytes.p, bytes.len);
	w->fd = *fd;
	if (w->keep_fd)
		*fd = -1;
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	const struct keep_owner owner = { .arg = w, .ready = ready, .gone = gone };
	int pair[2];

	assert_int_equal(loop_new(&w->loop, NULL), RC_OK);
	assert_int_equal(frame_pair(pair, NULL), RC_OK);
	assert_int_equal(
	    keep_open_take(w->loop, pair[0], &owner, &w->keep, NULL), RC_OK);
	w->sock = pair[1];
	buf_init(&w->in, FRAME_MAX);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	keep_close(w->keep);
	loop_free(w->loop);
	close(w->sock);
	buf_clear(&w->in);
	free(w);
	return 0;
}

static void
turn(struct world *w)
{
	for (int i = 0; i < 5; i++)
		assert_int_equal(loop_step(w->loop, 0, NULL), RC_OK);
}

static void
say(struct world *w, enum msg type, uint32_t id, const void *m, const int *fds,
    unsigned n)
{
	struct err err = { "" };
	struct buf b;

	buf_init(&b, FRAME_MAX);
	assert_int_equal(codec_encode(type, m, &b, &err), RC_OK);
	assert_int_equal(
	    frame_send(w->sock, (uint16_t)type, id, buf_span(&b), fds, n, NULL), RC_OK);
	buf_clear(&b);
	turn(w);
}

static uint32_t
taken(struct world *w, enum msg type)
{
	struct err err = { "" };

	assert_int_equal(frame_recv(w->sock, &w->in, &w->f, &err), RC_OK);
	assert_int_equal(w->f.type, type);
	assert_int_equal(codec_decode(type, w->f.body, &w->m, &err), RC_OK);
	return w->f.id;
}

static uint32_t
ask(struct world *w, keep_fn *fn)
{
	uint8_t sid[16] = { 7 };
	struct msg_open_rec m = { .sid = span_make(sid, 16) };

	assert_int_equal(keep_ask(w->keep, MSG_OPEN_REC, &m, fn, w), RC_OK);
	return taken(w, MSG_OPEN_REC);
}

static void
answers_find_their_question(void **state)
{
	struct world *w = *state;
	struct msg_kept ok = { .rc = RC_OK },
			no = { .rc = RC_REFUSE, .text = span_of("no") };
	uint32_t a = ask(w, answered), b = ask(w, answered), c = ask(w, NULL);

	assert_true(a != b && b != c);
	say(w, MSG_KEPT, b, &no, NULL, 0);
	assert_int_equal(w->answers, 1);
	assert_int_equal(w->rc, RC_REFUSE);
	assert_string_equal(w->why, "no");
	assert_int_equal(w->fd, -1);
	say(w, MSG_KEPT, c, &ok, NULL, 0);
	assert_int_equal(w->answers, 1);
	say(w, MSG_KEPT, a, &ok, NULL, 0);
	assert_int_equal(w->answers, 2);
	assert_int_equal(w->rc, RC_OK);
	assert_int_equal(w->gones, 0);
}

static void
a_descriptor_is_closed_unless_it_is_kept(void **state)
{
	struct world *w = *state;
	struct msg_kept ok = { .rc = RC_OK };

	for (int keep = 0; keep < 2; keep++) {
		int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
		uint32_t id = ask(w, answered);

		w->keep_fd = keep;
		say(w, MSG_KEPT, id, &ok, &fd, 1);
		assert_true(w->fd >= 0);
		assert_int_equal(fcntl(w->fd, F_GETFD) >= 0, keep);
		if (keep)
			close(w->fd);
		/* Nobody asks any more: closed too. */
		id = ask(w, answered);
		keep_forget(w->keep, w);
		say(w, MSG_KEPT, id, &ok, &fd, 1);
		assert_int_equal(w->answers, keep + 1);
		close(fd);
	}
}

static void
what_is_forgotten_is_not_answered(void **state)
{
	struct world *w = *state;
	struct msg_kept ok = { .rc = RC_OK };
	uint32_t a = ask(w, answered);

	keep_forget(w->keep, &a); /* somebody else's */
	say(w, MSG_KEPT, a, &ok, NULL, 0);
	assert_int_equal(w->answers, 1);
	a = ask(w, answered);
	keep_forget(w->keep, w);
	say(w, MSG_KEPT, a, &ok, NULL, 0);
	assert_int_equal(w->answers, 1);
	assert_int_equal(w->gones, 0);
}

static void
an_unknown_code_is_a_failure(void **state)
{
	struct world *w = *state;
	struct msg_kept odd = { .rc = 200 };

	say(w, MSG_KEPT, ask(w, answered), &odd, NULL, 0);
	assert_int_equal(w->rc, RC_FAIL);
}

static void
a_keeper_that_breaks_the_rules_is_gone(void **state)
{
	uint8_t key[32] = { 0 };
	struct msg_keeper hello = { .device_key = span_make(key, 32) };
	struct msg_kept ok = { .rc = RC_OK };
	struct msg_done done = { 0 };

	(void)state;
	for (int way = 0; way < 4; way++) {
		void *s = NULL;
		struct world *w;

		setup(&s);
		w = s;
		say(w, MSG_KEEPER, 0, &hello, NULL, 0);
		assert_int_equal(w->readies, 1);
		if (way == 0) /* it names itself again, with another key perhaps */
			say(w, MSG_KEEPER, 0, &hello, NULL, 0);
		else if (way == 1) /* never asked */
			say(w, MSG_KEPT, 77, &ok, NULL, 0);
		else if (way == 2) { /* answered twice */
			uint32_t id = ask(w, answered);

			say(w, MSG_KEPT, id, &ok, NULL, 0);
			say(w, MSG_KEPT, id, &ok, NULL, 0);
			assert_int_equal(w->answers, 1);
		} else
			say(w, MSG_DONE, 0, &done, NULL, 0);
		assert_int_equal(w->readies, 1);
		assert_int_equal(w->gones, 1);
		teardown(&s);
	}
}

static void
without_a_keeper_nothing_is_asked(void **state)
{
	struct world *w = *state;
	struct keep_event e = { .kind = "x" };

	assert_int_equal(keep_event(NULL, &e, answered, w), RC_FAIL);
	assert_int_equal(shutdown(w->sock, SHUT_RDWR), 0);
	turn(w);
	assert_int_equal(w->gones, 1);
	assert_int_equal(keep_event(w->keep, &e, answered, w), RC_FAIL);
	turn(w);
	assert_int_equal(w->answers, 0);
	assert_int_equal(w->gones, 1);
}

static void
an_event_is_whole(void **state)
{
	struct world *w = *state;
	uint8_t sid[16] = { 1, 2, 3 };
	struct keep_event e = { .kind = "verdict",
		.identity = "ci",
		.sid = sid,
		.rule = "p/r",
		.detail = "{\"a\":1}" };
	struct keep_event bare = { .kind = "start" };

	assert_int_equal(keep_event(w->keep, &e, NULL, NULL), RC_OK);
	taken(w, MSG_EVENT);
	assert_true(span_is(w->m.event.kind, "verdict"));
	assert_true(span_is(w->m.event.identity, "ci"));
	assert_true(span_is(w->m.event.rule, "p/r"));
	assert_true(span_is(w->m.event.detail, "{\"a\":1}"));
	assert_memory_equal(w->m.event.sid.p, sid, 16);
	assert_true(w->m.event.at_ms > 1600000000000);
	assert_int_equal(keep_event(w->keep, &bare, NULL, NULL), RC_OK);
	taken(w, MSG_EVENT);
	assert_int_equal(w->m.event.sid.len, 0);
	assert_true(span_is(w->m.event.detail, "{}"));
}

static void
what_does_not_fit_is_not_asked(void **state)
{
	struct world *w = *state;
	static char big[70000];
	struct keep_event e = { .kind = "x", .detail = big };

	memset(big, ' ', sizeof big - 1);
	assert_int_equal(keep_event(w->keep, &e, answered, w), RC_FAIL);
	turn(w);
	assert_int_equal(w->answers, 0);
	assert_int_equal(w->gones, 0);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(answers_find_their_question),
		T(a_descriptor_is_closed_unless_it_is_kept),
		T(what_is_forgotten_is_not_answered),
		T(an_unknown_code_is_a_failure),
		cmocka_unit_test(a_keeper_that_breaks_the_rules_is_gone),
		T(without_a_keeper_nothing_is_asked),
		T(an_event_is_whole),
		T(what_does_not_fit_is_not_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
