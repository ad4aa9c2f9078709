/* Keys over any bytes, as they may come from a terminal: bounded, and never stuck. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "replay/controls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct controls c = { 0 };
	struct controls_command to;
	size_t taken = 0;

	for (size_t at = 0; at < size;) {
		size_t n = data[at] % 7 + 1;

		if (n > size - at)
			n = size - at;
		if (keyboard_room(&c.keyboard) < n)
			abort();
		keyboard_put(&c.keyboard, span_make(data + at, n));
		at += n;
		while (controls_take(&c, at == size, &to)) {
			if ((unsigned)to.want >= CONTROLS_WANTS || ++taken > size ||
			    strlen(c.asked) > CONTROLS_ASKED)
				abort();
		}
		/* What waits leaves room for what ends it. */
		while (keyboard_room(&c.keyboard) < 8 && controls_take(&c, true, &to))
			continue;
	}
	if (c.keyboard.len > 0)
		abort();
	return 0;
}
