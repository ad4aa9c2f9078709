/* Batches: when they end, what is answered, what a failure does to all in it. */
#include "tests/support/unit.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/keeper/commit.h"
#include "lib/wire/codec.h"

struct fixture {
	char dir[64];
	struct loop *loop;
	struct store *store;
	struct depot *depot;
	struct port *port;
	struct commit *c;
	int sock;
	unsigned failures;
	struct err err;
};

#define OK(call) assert_int_equal((call), RC_OK)

static void
failed(void *arg, const char *why)
{
	struct fixture *f = arg;

	assert_string_equal(why, "the disk burns");
	f->failures++;
}

static void
gone(void *arg, enum rc rc, const struct err *err)
{
	(void)arg;
	(void)rc;
	(void)err;
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	const struct commit_owner owner = { f, failed };
	const struct port_owner po = { .gone = gone };
	int pair[2];

	*state = f;
	strcpy(f->dir, "/tmp/test_commit.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	OK(loop_new(&f->loop, &f->err));
	OK(store_open_memory(&f->store, &f->err));
	OK(depot_open(f->dir, 0, &f->depot, &f->err));
	OK(commit_new(f->loop, f->store, f->depot, &owner, &f->c, &f->err));
	OK(frame_pair(pair, &f->err));
	f->sock = pair[0];
	fcntl(f->sock, F_SETFL, O_NONBLOCK);
	OK(port_open_take(f->loop, pair[1], &po, &f->port, &f->err));
	commit_port(f->c, f->port);
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char command[100];

	commit_free(f->c);
	port_close(f->port);
	loop_free(f->loop);
	depot_close(f->depot);
	store_close(f->store);
	close(f->sock);
	snprintf(command, sizeof command, "rm -rf '%s'", f->dir);
	free(f);
	return system(command);
}

static void
add_event(struct fixture *f)
{
	struct store_event e = { .kind = span_of("k"), .detail = span_of("{}") };

	OK(commit_begin(f->c, &f->err));
	OK(store_event_add(f->store, &e, &f->err));
}

static void
answer(struct fixture *f, uint32_t id, enum rc rc, const char *text, int fd)
{
	struct kept k = { .rc = rc, .fd = fd };

	strcpy(k.text, text);
	commit_answer_take(f->c, id, &k);
}

/* The next answer on the wire: its id; 0 when there is none. */
static uint32_t
next(struct fixture *f, uint8_t *rc, unsigned *nfds)
{
	union msg_any m;
	struct frame fr;
	struct buf in;
	enum rc got;

	buf_init(&in, FRAME_MAX);
	got = frame_recv(f->sock, &in, &fr, &f->err);
	if (got == RC_OK) {
		assert_int_equal(fr.type, MSG_KEPT);
		OK(codec_decode(MSG_KEPT, fr.body, &m, &f->err));
		*rc = m.kept.rc;
		*nfds = fr.nfds;
		frame_close_fds(&fr);
	}
	buf_clear(&in);
	return got == RC_OK ? fr.id : 0;
}

static uint64_t
stored(struct fixture *f)
{
	uint64_t seq;
	uint8_t h[32];

	OK(store_last(f->store, &seq, h, &f->err));
	return seq;
}

static void
answers_wait_for_the_commit(void **state)
{
	struct fixture *f = *state;
	unsigned nfds;
	uint8_t rc;

	add_event(f);
	answer(f, 1, RC_OK, "", open("/dev/null", O_RDONLY));
	answer(f, 2, RC_REFUSE, "no", -1);
	assert_int_equal(next(f, &rc, &nfds), 0);
	assert_true(store_busy(f->store));
	OK(loop_step(f->loop, 0, &f->err));
	assert_false(store_busy(f->store));
	assert_int_equal(next(f, &rc, &nfds), 1);
	assert_int_equal(rc, RC_OK);
	assert_int_equal(nfds, 1);
	assert_int_equal(next(f, &rc, &nfds), 2);
	assert_int_equal(rc, RC_REFUSE);
	assert_int_equal(nfds, 0);
	assert_int_equal(stored(f), 1);
	assert_int_equal(f->failures, 0);
}

static void
a_full_batch_ends_at_once(void **state)
{
	struct fixture *f = *state;
	unsigned nfds;
	uint8_t rc;

	for (uint32_t i = 1; i <= COMMIT_MOST; i++) {
		assert_int_equal(next(f, &rc, &nfds), 0);
		add_event(f);
		answer(f, i, RC_OK, "", -1);
	}
	assert_false(store_busy(f->store));
	for (uint32_t i = 1; i <= COMMIT_MOST; i++)
		assert_int_equal(next(f, &rc, &nfds), i);
	assert_int_equal(stored(f), COMMIT_MOST);
}

static void
one_failure_spoils_all(void **state)
{
	struct fixture *f = *state;
	unsigned nfds;
	uint8_t rc;

	add_event(f);
	answer(f, 1, RC_OK, "", -1);
	OK(loop_step(f->loop, 0, &f->err));
	assert_int_equal(next(f, &rc, &nfds), 1);
	add_event(f);
	answer(f, 2, RC_OK, "", open("/dev/null", O_RDONLY));
	add_event(f);
	answer(f, 3, RC_FAIL, "the disk burns", -1);
	OK(loop_step(f->loop, 0, &f->err));
	for (uint32_t i = 2; i <= 3; i++) {
		assert_int_equal(next(f, &rc, &nfds), i);
		assert_int_equal(rc, RC_FAIL);
		assert_int_equal(nfds, 0);
	}
	assert_int_equal(f->failures, 1);
	assert_int_equal(stored(f), 1);
	/* And nothing can be begun after it. */
	assert_int_equal(commit_begin(f->c, &f->err), RC_FAIL);
	assert_int_equal(commit_finish(f->c, &f->err), RC_FAIL);
	assert_int_equal(f->failures, 1);
}

static void
what_is_not_finished_is_rolled_back(void **state)
{
	struct fixture *f = *state;

	add_event(f);
	answer(f, 1, RC_OK, "", open("/dev/null", O_RDONLY));
	commit_free(f->c);
	f->c = NULL;
	assert_int_equal(stored(f), 0);
}

#define CASE(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(answers_wait_for_the_commit),
		CASE(a_full_batch_ends_at_once),
		CASE(one_failure_spoils_all),
		CASE(what_is_not_finished_is_rolled_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
