/* UTF-8 and printable forms; see text.h. */
#include "lib/base/text.h"

#include <stdlib.h>

/* From one code point to another, both included. */
struct range {
	uint32_t first, last;
};

/* Ranges that text_plain refuses, in order.  Unicode 15: Cc, Cf, Zs but U+0020, Zl, Zp,
 * Co, noncharacters, and the invisible fillers and variation selectors that renderers
 * draw as nothing. */
static const struct range refused[] = {
	{ 0x0000, 0x001F },
	{ 0x007F, 0x00A0 },
	{ 0x00AD, 0x00AD },
	{ 0x034F, 0x034F },
	{ 0x0600, 0x0605 },
	{ 0x061C, 0x061C },
	{ 0x06DD, 0x06DD },
	{ 0x070F, 0x070F },
	{ 0x0890, 0x0891 },
	{ 0x08E2, 0x08E2 },
	{ 0x115F, 0x1160 },
	{ 0x1680, 0x1680 },
	{ 0x17B4, 0x17B5 },
	{ 0x180B, 0x180F },
	{ 0x2000, 0x200F },
	{ 0x2028, 0x202F },
	{ 0x205F, 0x206F },
	{ 0x2800, 0x2800 },
	{ 0x3000, 0x3000 },
	{ 0x3164, 0x3164 },
	{ 0xD800, 0xF8FF },
	{ 0xFDD0, 0xFDEF },
	{ 0xFE00, 0xFE0F },
	{ 0xFEFF, 0xFEFF },
	{ 0xFFA0, 0xFFA0 },
	{ 0xFFF0, 0xFFFB },
	{ 0xFFFE, 0xFFFF },
	{ 0x110BD, 0x110BD },
	{ 0x110CD, 0x110CD },
	{ 0x13430, 0x1343F },
	{ 0x1BCA0, 0x1BCA3 },
	{ 0x1D173, 0x1D17A },
	{ 0x1FFFE, 0x1FFFF },
	{ 0x2FFFE, 0x2FFFF },
	{ 0x323B0, 0x10FFFF },
};

/* Those without a character, in order: nobody can say what they look like. */
static const struct range unassigned[] = {
#include "lib/base/unassigned.inc"
};

/* Those that do not take one column. */
static const struct {
	uint32_t first, last;
	unsigned columns;
} widths[] = {
#include "lib/base/widths.inc"
};

unsigned
text_char(struct span s, uint32_t *cp)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned n;
	uint32_t c;

	if (s.len == 0)
		return 0;
	c = s.p[0];
	if (c < 0x80) {
		*cp = c;
		return 1;
	}
	if (c >= 0xC2 && c <= 0xDF)
		n = 2;
	else if ((c & 0xF0) == 0xE0)
		n = 3;
	else if (c >= 0xF0 && c <= 0xF4)
		n = 4;
	else
		return 0;
	if (s.len < n)
		return 0;
	c &= 0xFFu >> (n + 1);
	for (unsigned i = 1; i < n; i++) {
		if ((s.p[i] & 0xC0) != 0x80)
			return 0;
		c = c << 6 | (s.p[i] & 0x3F);
	}
	if (c < least[n] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
		return 0;
	*cp = c;
	return n;
}

bool
text_utf8(struct span s)
{
	uint32_t cp;
	unsigned n;

	while (s.len > 0) {
		if ((n = text_char(s, &cp)) == 0)
			return false;
		s = span_make(s.p + n, s.len - n);
	}
	return true;
}

size_t
text_partial(struct span s)
{
	for (size_t back = 1; back <= 3 && back <= s.len; back++) {
		uint8_t c = s.p[s.len - back];
		unsigned want = (c & 0xE0) == 0xC0   ? 2
				: (c & 0xF0) == 0xE0 ? 3
				: (c & 0xF8) == 0xF0 ? 4
						     : 1;

		if ((c & 0xC0) == 0x80)
			continue;
		return want > back ? back : 0;
	}
	return 0;
}

static int
compare(const void *key, const void *row)
{
	const uint32_t *cp = key;
	const struct range *r = row;

	return *cp < r->first ? -1 : *cp > r->last;
}

static bool
within(uint32_t cp, const struct range *v, size_t n)
{
	return bsearch(&cp, v, n, sizeof *v, compare) != NULL;
}

unsigned
text_width(uint32_t cp)
{
	size_t from = 0, to = sizeof widths / sizeof widths[0];

	while (from < to) {
		size_t i = (from + to) / 2;

		if (cp > widths[i].last)
			from = i + 1;
		else if (cp < widths[i].first)
			to = i;
		else
			return widths[i].columns;
	}
	return 1;
}

bool
text_plain(uint32_t cp)
{
	if (cp < 0x7F)
		return cp >= 0x20;
	return cp <= 0x10FFFF &&
	       !within(cp, refused, sizeof refused / sizeof refused[0]) &&
	       !within(cp, unassigned, sizeof unassigned / sizeof unassigned[0]);
}

/* What stands as it is. */
enum {
	KEEP_UTF8 = 1,
	KEEP_BACKSLASH = 2,
};

static void
escape(struct buf *out, struct span s, unsigned keep)
{
	while (s.len > 0) {
		uint32_t cp = 0;
		unsigned n = text_char(s, &cp);

		if (n == 1 && cp == '\\' && !(keep & KEEP_BACKSLASH))
			buf_text(out, "\\\\");
		else if ((n == 1 && cp >= 0x20 && cp < 0x7F) ||
			 (n > 1 && (keep & KEEP_UTF8) && text_plain(cp)))
			buf_put(out, s.p, n);
		else {
			buf_printf(out, "\\x%02X", s.p[0]);
			n = 1;
		}
		s = span_make(s.p + n, s.len - n);
	}
}

void
text_escape(struct buf *out, struct span s)
{
	escape(out, s, 0);
}

void
text_show(struct buf *out, struct span s)
{
	escape(out, s, KEEP_UTF8);
}

void
text_say(struct buf *out, struct span s)
{
	escape(out, s, KEEP_UTF8 | KEEP_BACKSLASH);
}
