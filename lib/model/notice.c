/* Notices; see notice.h. */
#include "lib/model/notice.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

/* Append {"broker": body} on a line; takes body, also on failure. */
static enum rc
put_object_take(struct buf *out, json_t *body, struct err *err)
{
	json_t *o = json_pack("{s:o}", "broker", body);
	char *s = o == NULL ? NULL : json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);

	json_decref(o);
	if (s == NULL)
		return err_memory(err);
	buf_text(out, s);
	buf_u8(out, '\n');
	free(s);
	return buf_ok(out) ? RC_OK : err_memory(err);
}

/* Text that is not UTF-8 is shown escaped rather than lost. */
static int
set_text(json_t *o, const char *key, const char *value)
{
	struct buf b;
	int r;

	if (value == NULL)
		return 0;
	if (text_utf8(span_of(value)))
		return json_object_set_new(o, key, json_string(value));
	buf_init(&b, 65536);
	text_escape(&b, span_of(value));
	r = json_object_set_new(o, key, json_string(buf_cstr(&b)));
	buf_clear(&b);
	return r;
}

/* A list of the names; nothing where there are none. */
static int
set_names(json_t *o, const char *key, const char *names)
{
	json_t *list;
	int bad = 0;

	if (names == NULL || names[0] == '\0')
		return 0;
	list = json_array();
	for (size_t n; *names != '\0'; names += n) {
		names += strspn(names, " ");
		n = strcspn(names, " ");
		if (n > 0)
			bad |= json_array_append_new(list, json_stringn(names, n));
	}
	return json_object_set_new(o, key, list) | bad;
}

static enum rc
put_json(struct buf *out, const struct notice *n, struct err *err)
{
	json_t *o = json_object();
	int bad = 0;

	if (o == NULL)
		return err_memory(err);
	bad |= set_text(o, "event", n->event);
	bad |= set_text(o, "text", n->text);
	bad |= set_text(o, "id", n->id);
	bad |= set_text(o, "rule", n->rule);
	bad |= set_text(o, "code", n->code);
	bad |= set_text(o, "reason", n->reason);
	bad |= set_names(o, "allowed", n->allowed);
	bad |= set_text(o, "by", n->by);
	bad |= set_text(o, "time", n->time);
	if (n->retry_after >= 0)
		bad |=
		    json_object_set_new(o, "retry_after", json_integer(n->retry_after));
	if (bad != 0) {
		json_decref(o);
		return err_memory(err);
	}
	return put_object_take(out, o, err);
}

enum rc
notice_put(struct buf *out, const struct notice *n, bool json, struct err *err)
{
	if (json)
		return put_json(out, n, err);
	buf_text(out, "broker: ");
	(n->escaped ? text_say : text_show)(
	    out, span_of(n->text != NULL ? n->text : n->event));
	buf_u8(out, '\n');
	return buf_ok(out) ? RC_OK : err_memory(err);
}
