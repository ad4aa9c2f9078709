/* Any bytes as a frame: what is read lies within them, and what is written of it is read
 * again as the same. */
#include <stdlib.h>
#include <string.h>

#include "broker/target/ssm_closed.h"
#include "broker/target/ssm_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static void
again(const struct ssm_frame *f)
{
	size_t room = SSM_FRAME_HEAD + f->payload.len;
	uint8_t *out = malloc(room);
	struct ssm_frame back;
	size_t n;

	check(out != NULL);
	n = ssm_frame_write(f, out, room);
	check(n == 0 || n == room);
	if (n > 0) {
		check(ssm_frame_read(span_make(out, n), &back, NULL) == RC_OK);
		check(back.type == f->type && back.sequence == f->sequence &&
		      back.created_ms == f->created_ms && back.flags == f->flags &&
		      back.payload_type == f->payload_type &&
		      memcmp(back.id, f->id, 16) == 0 &&
		      span_eq(back.payload, f->payload));
	}
	free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ssm_frame f;
	struct buf text;

	if (ssm_frame_read(span_make(data, size), &f, NULL) != RC_OK)
		return 0;
	check(f.payload.len <= size && size - f.payload.len >= 112);
	if (f.payload.len > 0)
		check(
		    f.payload.p >= data && f.payload.p + f.payload.len <= data + size);
	again(&f);
	if (f.type != SSM_CLOSED)
		return 0;
	buf_init(&text, 100);
	ssm_closed_read(f.payload, &text);
	check(text.len <= 100);
	buf_clear(&text);
	return 0;
}
