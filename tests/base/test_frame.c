#include "tests/support/unit.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/frame.h"

struct ends {
	int s[2];
	struct buf room;
};

static int
setup(void **state)
{
	struct ends *e = calloc(1, sizeof *e);

	if (e == NULL || frame_pair(e->s, NULL) != RC_OK)
		return -1;
	for (int i = 0; i < 2; i++)
		fcntl(e->s[i], F_SETFL, O_NONBLOCK);
	buf_init(&e->room, FRAME_MAX);
	*state = e;
	return 0;
}

static int
teardown(void **state)
{
	struct ends *e = *state;

	close(e->s[0]);
	close(e->s[1]);
	buf_clear(&e->room);
	free(e);
	return 0;
}

static void
a_frame_arrives_whole_with_its_descriptors(void **state)
{
	struct ends *e = *state;
	struct frame f;
	int p[2], fds[2];
	char c = 0;

	assert_int_equal(pipe(p), 0);
	fds[0] = p[0];
	fds[1] = p[1];
	assert_int_equal(frame_recv(e->s[1], &e->room, &f, NULL), RC_WAIT);
	assert_int_equal(
	    frame_send(e->s[0], 7, 9, span_of("body"), fds, 2, NULL), RC_OK);
	close(p[0]);
	close(p[1]);
	assert_int_equal(frame_recv(e->s[1], &e->room, &f, NULL), RC_OK);
	assert_int_equal(f.type, 7);
	assert_int_equal(f.id, 9);
	assert_true(span_is(f.body, "body"));
	assert_int_equal(f.nfds, 2);
	assert_int_equal(fcntl(f.fds[0], F_GETFD), FD_CLOEXEC);
	assert_int_equal(write(f.fds[1], "x", 1), 1);
	assert_int_equal(read(f.fds[0], &c, 1), 1);
	assert_int_equal(c, 'x');
	frame_close_fds(&f);
	assert_int_equal(f.nfds, 0);
}

static void
the_largest_frame_passes_and_no_larger(void **state)
{
	struct ends *e = *state;
	uint8_t *big = calloc(1, FRAME_MAX);
	struct frame f;

	assert_int_equal(frame_send(e->s[0], 1, 1,
			     span_make(big, FRAME_MAX - FRAME_HEAD), NULL, 0, NULL),
	    RC_OK);
	assert_int_equal(frame_recv(e->s[1], &e->room, &f, NULL), RC_OK);
	assert_int_equal(f.body.len, FRAME_MAX - FRAME_HEAD);
	assert_int_equal(
	    frame_send(e->s[0], 1, 1, span_make(big, FRAME_MAX), NULL, 0, NULL),
	    RC_REFUSE);
	/* one that another program sends all the same is seen as cut */
	if (send(e->s[0], big, FRAME_MAX, 0) == FRAME_MAX &&
	    send(e->s[0], big, FRAME_MAX, 0) == FRAME_MAX) {
		struct buf small;

		buf_init(&small, 4096);
		assert_int_equal(frame_recv(e->s[1], &small, &f, NULL), RC_REFUSE);
		buf_clear(&small);
	}
	free(big);
}

static void
broken_frames_are_refused_and_leak_nothing(void **state)
{
	struct ends *e = *state;
	struct frame f;
	int before, fds[FRAME_FDS + 1];
	struct err err;

	assert_int_equal(send(e->s[0], "abc", 3, 0), 3);
	assert_int_equal(frame_recv(e->s[1], &e->room, &f, &err), RC_REFUSE);
	assert_int_equal(send(e->s[0], "\0\1\0\1\0\0\0\0", 8, 0), 8);
	assert_int_equal(frame_recv(e->s[1], &e->room, &f, &err), RC_REFUSE);
	assert_string_equal(err.text, "a frame's reserved bytes are not zero");
	/* nine descriptors: one too many */
	before = dup(0);
	close(before);
	for (int i = 0; i <= FRAME_FDS; i++)
		fds[i] = e->s[0];
	assert_int_equal(
	    frame_send(e->s[0], 1, 1, span_of(""), fds, FRAME_FDS + 1, NULL),
	    RC_REFUSE);
	{
		union {
			struct cmsghdr h;
			char room[CMSG_SPACE(sizeof fds)];
		} c;
		char head[FRAME_HEAD] = { 0 };
		struct iovec v = { head, sizeof head };
		struct msghdr m = { .msg_iov = &v,
			.msg_iovlen = 1,
			.msg_control = &c,
			.msg_controllen = sizeof c };

		memset(&c, 0, sizeof c);
		c.h.cmsg_level = SOL_SOCKET;
		c.h.cmsg_type = SCM_RIGHTS;
		c.h.cmsg_len = CMSG_LEN(sizeof fds);
		memcpy(CMSG_DATA(&c.h), fds, sizeof fds);
		assert_int_equal(sendmsg(e->s[0], &m, 0), FRAME_HEAD);
	}
	assert_int_equal(frame_recv(e->s[1], &e->room, &f, NULL), RC_REFUSE);
	assert_int_equal(dup(0), before); /* none left open */
	close(before);
}

static void
the_end_is_seen(void **state)
{
	struct ends *e = *state;
	struct frame f;

	shutdown(e->s[0], SHUT_RDWR);
	assert_int_equal(frame_recv(e->s[1], &e->room, &f, NULL), RC_END);
	assert_int_equal(frame_send(e->s[1], 1, 1, span_of(""), NULL, 0, NULL), RC_END);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_frame_arrives_whole_with_its_descriptors, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    the_largest_frame_passes_and_no_larger, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    broken_frames_are_refused_and_leak_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(the_end_is_seen, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
