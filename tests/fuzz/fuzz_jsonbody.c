/* Any bytes as a JSON body. */
#include <stdlib.h>

#include "broker/gate/jsonbody.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct refused why = { 0 };
	json_t *v = NULL;
	struct buf b;

	if (jsonbody_read(span_make(data, size), &v, &why) != RC_OK)
		return 0;
	buf_init(&b, 1 << 20);
	if (jsonbody_text(v, &b) ==
	    (json_is_object(v) || json_is_array(v) || json_is_null(v)))
		abort();
	buf_clear(&b);
	json_decref(v);
	return 0;
}
