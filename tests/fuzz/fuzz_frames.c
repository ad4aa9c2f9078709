/* Any bytes as the body of any message: decode; what decodes must encode again to the
 * same bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/wire/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static union msg_any m;
	struct buf b;

	if (size < 1)
		return 0;
	if (codec_decode((enum msg)data[0], span_make(data + 1, size - 1), &m, NULL) !=
	    RC_OK)
		return 0;
	buf_init(&b, 1 << 20);
	if (codec_encode((enum msg)data[0], &m, &b, NULL) != RC_OK ||
	    b.len != size - 1 || (b.len > 0 && memcmp(b.p, data + 1, b.len) != 0))
		abort();
	buf_clear(&b);
	return 0;
}
