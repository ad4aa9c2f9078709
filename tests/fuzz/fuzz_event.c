/* Event lines over any bytes: what is read must be within its bounds, and what is
 * refused must say why. */
#include <stdint.h>
#include <stdlib.h>

#include "lib/base/text.h"
#include "replay/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct event e;
	struct err err;

	err_clear(&err);
	if (event_parse(span_make(data, size), &e, &err) != RC_OK) {
		if (err.text[0] == '\0')
			abort();
		return 0;
	}
	if (e.us > EVENT_MOST_US || e.data.len > size || !text_utf8(e.data))
		abort();
	event_clear(&e);
	return 0;
}
