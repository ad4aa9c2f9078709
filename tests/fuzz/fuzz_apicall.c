/* Any bytes as an API call's facts: what is taken packs into the same bytes again. */
#include <stdlib.h>

#include "policies/apicall.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct apicall *c = NULL;
	struct buf b;

	if (apicall_read(span_make(data, size), &c, NULL) != RC_OK)
		return 0;
	buf_init(&b, APICALL_BYTES);
	if (apicall_pack(c, &b, NULL) != RC_OK ||
	    !span_eq(buf_span(&b), span_make(data, size)))
		abort();
	buf_clear(&b);
	apicall_free(c);
	return 0;
}
