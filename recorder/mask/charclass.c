/* Classes of bytes as text; see charclass.h. */
#include "recorder/mask/charclass.h"

#include <string.h>

#define LEAST 0x20
#define MOST 0x7e

const char *
charclass_read(struct span text, uint32_t ret[8])
{
	uint32_t class_[8] = { 0 };

	if (text.len == 0)
		return "a class has one character at least";
	for (size_t i = 0; i < text.len; i++) {
		unsigned from = text.p[i], to = from;

		if (from == '-' && i > 0 && i + 1 < text.len)
			return "a dash of its own stands first or last";
		if (i + 2 < text.len && text.p[i + 1] == '-') {
			to = text.p[i + 2];
			i += 2;
		}
		if (from < LEAST || to > MOST || from > MOST)
			return "a class is of printable ASCII";
		if (to < from)
			return "a range goes from the smaller to the greater";
		charclass_add(class_, from, to);
	}
	memcpy(ret, class_, sizeof class_);
	return NULL;
}

static bool
has_but_dash(const uint32_t class_[8], unsigned c)
{
	return c != '-' && charclass_has(class_, (int)c);
}

void
charclass_put(struct buf *out, const uint32_t class_[8])
{
	for (unsigned c = LEAST; c <= MOST; c++) {
		unsigned to = c;

		if (!has_but_dash(class_, c))
			continue;
		while (to < MOST && has_but_dash(class_, to + 1))
			to++;
		/* Two neighbours are shorter without a dash. */
		if (to - c < 2) {
			buf_u8(out, (uint8_t)c);
			continue;
		}
		buf_printf(out, "%c-%c", (int)c, (int)to);
		c = to;
	}
	if (charclass_has(class_, '-'))
		buf_u8(out, '-');
}
