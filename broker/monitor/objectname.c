/* Names of buckets and objects; see objectname.h. */
#include "broker/monitor/objectname.h"

#include "lib/base/text.h"

bool
objectname_bucket(struct span name)
{
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.p[i];
		bool inner = i > 0 && i + 1 < name.len;

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    !(inner && (c == '-' || (c == '.' && name.p[i - 1] != '.'))))
			return false;
	}
	return name.len >= 3 && name.len < OBJECTNAME_BUCKET;
}

static bool
segment_ok(struct span s, bool last)
{
	if (s.len == 0)
		return last;
	return !span_is(s, ".") && !span_is(s, "..");
}

bool
objectname_key(struct span key)
{
	size_t from = 0;

	if (key.len > OBJECTNAME_KEY_MAX || !text_utf8(key))
		return false;
	for (size_t i = 0; i < key.len; i++) {
		if (key.p[i] < 0x20 || key.p[i] == 0x7F)
			return false;
		if (key.p[i] != '/')
			continue;
		if (!segment_ok(span_make(key.p + from, i - from), false))
			return false;
		from = i + 1;
	}
	return segment_ok(span_make(key.p + from, key.len - from), true);
}
