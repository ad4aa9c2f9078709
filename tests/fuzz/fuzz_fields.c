/* Masking over any text: it grows no more than callers make room for, and what stands
 * under a secret name in the simplest forms does not come through. */
#include <stdint.h>
#include <stdlib.h>

#include "broker/gate/fields.h"

#define TEXT_MOST (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_make(data, size);
	struct buf out;

	if (size > TEXT_MOST)
		return 0;
	(void)fields_secret(text);
	(void)fields_value(text);
	(void)fields_tells(text, text);
	for (int form = FIELDS_OTHER; form <= FIELDS_QUERY; form++) {
		buf_init(&out, FIELDS_GROWTH * size + 64);
		fields_mask((enum fields_form)form, NULL, text, &out);
		if (!buf_ok(&out))
			abort();
		if (form == FIELDS_OTHER && !span_eq(text, buf_span(&out)))
			abort();
		buf_clear(&out);
	}
	return 0;
}
