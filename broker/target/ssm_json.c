/* JSON of payloads; see ssm_json.h. */
#include "broker/target/ssm_json.h"

json_t *
ssm_json_object(struct span text, size_t max)
{
	json_t *j;

	if (text.len == 0 || text.len > max)
		return NULL;
	j = json_loadb((const char *)text.p, text.len, JSON_ALLOW_NUL, NULL);
	if (!json_is_object(j)) {
		json_decref(j);
		return NULL;
	}
	return j;
}

bool
ssm_json_text(const json_t *object, const char *member, struct span *ret)
{
	const json_t *v = json_object_get(object, member);

	if (!json_is_string(v))
		return false;
	*ret = span_make(json_string_value(v), json_string_length(v));
	return true;
}

bool
ssm_json_copy(const json_t *object, const char *member, char *out, size_t size)
{
	const json_t *v = json_object_get(object, member);
	struct span s;

	out[0] = '\0';
	if (v == NULL || json_is_null(v))
		return true;
	return ssm_json_text(object, member, &s) && span_copy(s, out, size);
}
