/* How fast a data channel's bytes come in: frames of 1,024 bytes read, checked by their
 * digests, delivered, acknowledged.  usage: bench_target [MIB]; prints one line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/target/ssm_flow.h"
#include "lib/base/clock.h"

#define FRAMES 1024u
#define FRAME (SSM_FRAME_HEAD + SSM_CHUNK)

struct counts {
	uint64_t bytes, acks;
};

static bool
sends(void *arg, struct span frame)
{
	struct counts *c = arg;

	c->acks += frame.len > 0;
	return true;
}

static enum rc
takes(void *arg, uint32_t payload_type, struct span payload, struct err *err)
{
	struct counts *c = arg;

	(void)payload_type;
	(void)err;
	c->bytes += payload.len;
	return RC_OK;
}

/* The digest does not cover the header: a frame serves again under another number. */
static void
number(uint8_t *frame, uint64_t sequence)
{
	for (unsigned i = 0; i < 8; i++)
		frame[48 + i] = (uint8_t)(sequence >> (8 * (7 - i)));
}

static bool
make_frames(uint8_t *frames)
{
	static uint8_t payload[SSM_CHUNK];
	struct ssm_frame f = { .type = SSM_OUTPUT, .payload_type = SSM_P_OUTPUT };

	for (unsigned i = 0; i < FRAMES; i++) {
		memset(payload, (int)i, sizeof payload);
		memset(f.id, (int)i, sizeof f.id);
		f.payload = span_make(payload, sizeof payload);
		if (ssm_frame_write(&f, frames + i * FRAME, FRAME) != FRAME)
			return false;
	}
	return true;
}

static bool
receive(struct ssm_flow *flow, uint8_t *frames, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++) {
		uint8_t *at = frames + i % FRAMES * FRAME;
		struct ssm_frame f;

		number(at, i);
		if (ssm_frame_read(span_make(at, FRAME), &f, NULL) != RC_OK ||
		    ssm_flow_in(flow, &f, i, NULL) != RC_OK)
			return false;
	}
	return true;
}

int
main(int argc, char **argv)
{
	uint64_t mib = argc > 1 ? strtoull(argv[1], NULL, 10) : 256;
	const struct ssm_flow_init init = { .pace = 1000 };
	struct counts counts = { 0, 0 };
	const struct ssm_flow_owner owner = { &counts, sends, takes, NULL, NULL };
	uint8_t *frames = malloc((size_t)FRAMES * FRAME);
	struct ssm_flow *flow = NULL;
	uint64_t us;
	bool ok;

	if (mib < 1 || mib > 65536 || frames == NULL || !make_frames(frames) ||
	    ssm_flow_new(&init, &owner, &flow, NULL) != RC_OK) {
		fprintf(stderr, "usage: bench_target [MIB]\n");
		free(frames);
		return 1;
	}
	ssm_flow_up(flow, 0);
	us = clock_mono_us();
	ok = receive(flow, frames, mib * 1024) && counts.bytes == mib << 20 &&
	     counts.acks == mib * 1024;
	us = clock_mono_us() - us;
	if (ok)
		printf("data channel in  %llu MiB  %.1f MB/s  %.0f frames/s\n",
		    (unsigned long long)mib, (double)counts.bytes / (double)us,
		    (double)counts.acks * 1e6 / (double)us);
	ssm_flow_free(flow);
	free(frames);
	return ok ? 0 : 1;
}
