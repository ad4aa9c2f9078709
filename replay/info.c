/* META and summary, as JSON and as text; see info.h. */
#include "replay/info.h"

#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "lib/base/text.h"

#define DEPTH_MOST 16
#define NAME_MOST 512

static enum rc
object_read(struct span text, const char *what, json_t **ret, struct err *err)
{
	json_error_t why;
	json_t *j = json_loadb((const char *)text.p, text.len,
	    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);

	if (j == NULL)
		return err_set(err, RC_REFUSE, "%s: %s", what, why.text);
	if (!json_is_object(j)) {
		json_decref(j);
		return err_set(err, RC_REFUSE, "%s: not an object", what);
	}
	*ret = j;
	return RC_OK;
}

static json_t *
marks_read(const struct reader *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < reader_marks(r); i++) {
		struct reader_mark m = reader_mark_at(r, i);

		json_array_append_new(
		    list, json_pack("{s:f, s:s%}", "time", (double)m.time_us / 1e6,
			      "text", (const char *)m.text.p, m.text.len));
	}
	return list;
}

enum rc
info_read(struct source *source, json_t **ret, struct err *err)
{
	const struct reader *r = source_reader(source);
	json_t *meta = NULL, *summary = NULL, *marks = NULL;
	struct span line;
	enum rc rc;

	if ((rc = source_line(source, &line, err)) != RC_OK)
		return rc == RC_END ? err_set(err, RC_REFUSE, "no header") : rc;
	if ((rc = object_read(line, "header", &meta, err)) != RC_OK)
		return rc;
	if (!source_plain(source)) {
		marks = marks_read(r);
		if (reader_summary(r).len > 0)
			rc = object_read(reader_summary(r), "summary", &summary, err);
	}
	if (rc != RC_OK) {
		json_decref(meta);
		json_decref(marks);
		return rc;
	}
	*ret = json_pack(
	    "{s:o, s:o*, s:o*}", "meta", meta, "summary", summary, "marks", marks);
	return *ret ? RC_OK : err_memory(err);
}

json_t *
info_header(const struct header *h)
{
	json_t *list = json_array();
	char sid[ID_UUID_TEXT], hex[65];

	for (size_t i = 0; i < h->rcpts; i++) {
		id_hex(h->rcpt[i].kid, 8, hex);
		json_array_append_new(list,
		    json_pack("{s:s, s:s, s:s}", "kid", hex, "epoch", h->rcpt[i].epoch,
			"type", h->rcpt[i].type == 2 ? "shreddable" : "sealed"));
	}
	id_uuid_text(h->sid, sid);
	id_hex(h->policy, 32, hex);
	return json_pack("{s:s, s:s, s:s, s:s, s:i, s:s, s:o}", "sid", sid, "broker",
	    h->broker, "class", h->class, "compression",
	    h->comp == HEADER_COMP_ZSTD ? "zstd" : "none", "suite", (int)h->suite,
	    "recipients_sha256", hex, "recipients", list);
}

static void
put_value(const json_t *v, struct buf *out)
{
	char *text;

	if (json_is_string(v)) {
		text_show(out, span_make(json_string_value(v), json_string_length(v)));
		return;
	}
	text = json_dumps(
	    v, JSON_ENCODE_ANY | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15));
	if (text != NULL)
		text_show(out, span_of(text));
	free(text);
}

/* "name.inner: value" for each leaf; lists and what lies too deep as JSON. */
static void
put_tree(const char *name, const json_t *v, unsigned depth, struct buf *out)
{
	char inner[NAME_MOST];
	const char *key;
	json_t *member;

	if (!json_is_object(v) || depth >= DEPTH_MOST) {
		text_show(out, span_of(name));
		buf_text(out, ": ");
		put_value(v, out);
		buf_u8(out, '\n');
		return;
	}
	json_object_foreach((json_t *)v, key, member)
	{
		snprintf(inner, sizeof inner, "%s%s%s", name, *name ? "." : "", key);
		put_tree(inner, member, depth + 1, out);
	}
}

static void
put_started(const json_t *meta, struct buf *out)
{
	json_int_t t = json_integer_value(json_object_get(meta, "timestamp"));
	char iso[21];

	if (t <= 0 || t > 253402300799) /* year 9999 */
		return;
	clock_iso((uint64_t)t * 1000, iso);
	buf_printf(out, "started: %s\n", iso);
}

void
info_text(const json_t *info, struct buf *out)
{
	const json_t *mark;
	size_t i;

	put_started(json_object_get(info, "meta"), out);
	if (json_object_get(info, "header") != NULL)
		put_tree("header", json_object_get(info, "header"), 0, out);
	put_tree("", json_object_get(info, "meta"), 0, out);
	if (json_object_get(info, "summary") != NULL)
		put_tree("summary", json_object_get(info, "summary"), 0, out);
	json_array_foreach(json_object_get(info, "marks"), i, mark)
	{
		buf_printf(
		    out, "mark %.3f: ", json_real_value(json_object_get(mark, "time")));
		put_value(json_object_get(mark, "text"), out);
		buf_u8(out, '\n');
	}
}
