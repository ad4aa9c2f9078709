/* Percent encoding; see uri.h.  Knows no scheme, host or path. */
#include "lib/base/uri.h"

#include <string.h>

static bool
unreserved(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

static int
hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

void
uri_encode(struct buf *out, struct span s, const char *keep)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.p[i];

		if (unreserved(c) || (c != '\0' && strchr(keep, c) != NULL)) {
			buf_u8(out, c);
			continue;
		}
		buf_u8(out, '%');
		buf_u8(out, (uint8_t)hex[c >> 4]);
		buf_u8(out, (uint8_t)hex[c & 15]);
	}
}

static bool
well_formed(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] != '%')
			continue;
		if (s.len - i < 3 || hex_value(s.p[i + 1]) < 0 ||
		    hex_value(s.p[i + 2]) < 0)
			return false;
		i += 2;
	}
	return true;
}

bool
uri_decode(struct buf *out, struct span s)
{
	if (!well_formed(s))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] != '%') {
			buf_u8(out, s.p[i]);
			continue;
		}
		buf_u8(
		    out, (uint8_t)(hex_value(s.p[i + 1]) << 4 | hex_value(s.p[i + 2])));
		i += 2;
	}
	return true;
}

void
uri_form(struct buf *out, const char *name, struct span value)
{
	if (out->len > 0)
		buf_u8(out, '&');
	buf_text(out, name);
	buf_u8(out, '=');
	uri_encode(out, value, "");
}
