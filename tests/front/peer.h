/* The other end of a frame socket in a test: raw frames, so that it can break rules. */
#ifndef TESTS_FRONT_PEER_H
#define TESTS_FRONT_PEER_H

#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/frame.h"
#include "lib/base/loop.h"
#include "lib/wire/codec.h"

struct peer {
	struct loop *loop;
	int sock; /* ours, non-blocking reads */
	struct buf room;
	union msg_any got;
	uint32_t id;
};

/* Returns the end for the module under test. */
static inline int
peer_open(struct peer *p)
{
	int pair[2];

	assert_int_equal(loop_new(&p->loop, NULL), RC_OK);
	assert_int_equal(frame_pair(pair, NULL), RC_OK);
	buf_init(&p->room, FRAME_MAX);
	p->sock = pair[1];
	return pair[0];
}

static inline void
peer_close(struct peer *p)
{
	loop_free(p->loop);
	if (p->sock >= 0)
		close(p->sock);
	buf_clear(&p->room);
}

static inline void
peer_turn(struct peer *p)
{
	for (int i = 0; i < 3; i++)
		assert_int_equal(loop_step(p->loop, 0, NULL), RC_OK);
}

static inline void
peer_send(struct peer *p, enum msg type, uint32_t id, const void *m, const int *fds,
    unsigned nfds)
{
	struct buf b;

	buf_init(&b, FRAME_MAX);
	assert_int_equal(codec_encode(type, m, &b, NULL), RC_OK);
	assert_int_equal(
	    frame_send(p->sock, (uint16_t)type, id, buf_span(&b), fds, nfds, NULL),
	    RC_OK);
	buf_clear(&b);
	peer_turn(p);
}

/* The next frame must be of this type; NULL-safe reads through p->got. */
static inline void
peer_expect(struct peer *p, enum msg type)
{
	struct frame f;

	assert_int_equal(frame_recv(p->sock, &p->room, &f, NULL), RC_OK);
	assert_int_equal(f.type, type);
	p->id = f.id;
	assert_int_equal(codec_decode(type, f.body, &p->got, NULL), RC_OK);
}

#endif
