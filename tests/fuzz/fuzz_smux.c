/* Any bytes as smux, in pieces that they choose themselves: u8 length, bytes.  What is
 * held is counted right, and what we say is smux whatever they say. */
#include <stdlib.h>
#include <string.h>

#include "broker/target/smux.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bed {
	struct smux *smux;
	unsigned turns;
	bool gone[64];
};

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static size_t
output(void *arg, uint32_t id, struct span bytes)
{
	struct bed *b = arg;

	check(bytes.len > 0 && id / 2 < 64 && !b->gone[id / 2]);
	switch (b->turns++ % 5) {
	case 0:
		return bytes.len / 2;
	case 1:
		smux_write(b->smux, id, bytes);
		return bytes.len;
	case 2:
		if (bytes.p[0] == 'c') {
			smux_close(b->smux, id);
			b->gone[id / 2] = true;
		}
		return bytes.len;
	default:
		return bytes.len;
	}
}

static void
closed(void *arg, uint32_t id)
{
	struct bed *b = arg;

	check(!b->gone[id / 2]);
	b->gone[id / 2] = true;
}

static size_t
far_output(void *arg, uint32_t id, struct span bytes)
{
	(void)arg;
	(void)id;
	return bytes.len;
}

static void
far_closed(void *arg, uint32_t id)
{
	(void)arg;
	(void)id;
}

static void
feed(struct bed *b, struct smux *far, struct cur *c)
{
	size_t n = cur_u8(c);
	struct span piece = cur_bytes(c, n < c->left ? n : c->left);
	uint8_t room[100];

	if (smux_in(b->smux, piece, b->turns, NULL) != RC_OK)
		b->turns += 1000;
	n = smux_out(b->smux, room, sizeof room);
	check(n <= sizeof room);
	check(smux_in(far, span_make(room, n), 0, NULL) == RC_OK);
	smux_more(b->smux, 3 + 2 * (b->turns % 8));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct smux_init init = { .max_in = 100, .max_out = 100 };
	const struct smux_owner nobody = { NULL, far_output, far_closed };
	struct bed b = { .turns = 0 };
	const struct smux_owner owner = { &b, output, closed };
	struct smux *far = NULL;
	uint32_t id = 0;
	struct cur c;

	if (smux_new(&init, &owner, 0, &b.smux, NULL) != RC_OK)
		return 0;
	check(smux_new(&init, &nobody, 0, &far, NULL) == RC_OK);
	for (unsigned i = 0; i < 8; i++)
		check(smux_open(b.smux, &id, NULL) == RC_OK);
	check(id == 17);
	for (cur_init(&c, span_make(data, size)); c.left > 0 && !c.bad;)
		feed(&b, far, &c);
	for (uint32_t i = 3; i <= id; i += 2)
		smux_close(b.smux, i);
	while (smux_wants(b.smux)) {
		uint8_t room[333];
		size_t n = smux_out(b.smux, room, sizeof room);

		check(n > 0 && smux_in(far, span_make(room, n), 0, NULL) == RC_OK);
	}
	check(smux_streams(b.smux) == 0 && smux_held(b.smux) == 0);
	smux_free(far);
	smux_free(b.smux);
	return 0;
}
