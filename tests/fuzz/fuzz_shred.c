/* The text of a shred key: what is taken is written back as it came. */
#include <stdlib.h>
#include <string.h>

#include "recorder/shred.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t sid[16] = { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x76, 0x77,
		0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff };
	struct secret *key = NULL;
	struct buf again;

	if (shred_parse(span_make(data, size), sid, &key, NULL) != RC_OK)
		return 0;
	buf_init(&again, SHRED_TEXT_MAX);
	shred_put(sid, secret_span(key).p, &again);
	if (again.len != size || memcmp(again.p, data, size) != 0)
		abort();
	buf_clear(&again);
	secret_free(key);
	return 0;
}
