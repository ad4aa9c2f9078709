/* JSON bodies over jansson; see jsonbody.h. */
#include "broker/gate/jsonbody.h"

/* jansson recurses, and lets a document choose how deep. */
static bool
too_deep(struct span s)
{
	unsigned depth = 0;
	bool text = false;

	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.p[i];

		if (text && c == '\\')
			i++;
		else if (c == '"')
			text = !text;
		else if (!text && (c == '{' || c == '[') && ++depth > JSONBODY_DEPTH)
			return true;
		else if (!text && (c == '}' || c == ']') && depth > 0)
			depth--;
	}
	return false;
}

enum rc
jsonbody_read(struct span s, json_t **ret, struct refused *why)
{
	json_error_t error;
	json_t *v;

	if (too_deep(s))
		return refused_bad(why, "a JSON body of too many levels");
	v = json_loadb(s.p == NULL ? "" : (const char *)s.p, s.len,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (v == NULL && json_error_code(&error) == json_error_out_of_memory)
		return refused_failed(why, "out of memory");
	if (v == NULL && json_error_code(&error) == json_error_duplicate_key)
		return refused_bad(why, "a key stands twice in the JSON body");
	if (v == NULL)
		return refused_bad(why, "the body is no JSON (line %d)", error.line);
	*ret = v;
	return RC_OK;
}

bool
jsonbody_text(const json_t *v, struct buf *out)
{
	size_t n = 0;

	switch (json_typeof(v)) {
	case JSON_STRING:
		buf_put(out, json_string_value(v), json_string_length(v));
		return true;
	case JSON_TRUE:
		buf_text(out, "true");
		return true;
	case JSON_FALSE:
		buf_text(out, "false");
		return true;
	case JSON_INTEGER:
	case JSON_REAL:
		n = json_dumpb(v, NULL, 0, JSON_ENCODE_ANY);
		if (n > 0 && buf_room(out, n) != NULL)
			out->len += json_dumpb(
			    v, (char *)out->p + out->len, n, JSON_ENCODE_ANY);
		return n > 0;
	default:
		return false;
	}
}
