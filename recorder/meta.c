/* META and the JSON around it; see meta.h. */
#include "recorder/meta.h"

#include <string.h>

#include "lib/base/text.h"

/* RC_OK if text is one JSON object within bounds. */
enum rc
meta_object(const char *text, json_t **ret, struct err *err)
{
	json_error_t why;
	json_t *root;

	if (text == NULL || strlen(text) > META_JSON_MAX)
		return err_set(err, RC_REFUSE,
		    "a JSON object of 2 to %d bytes is needed", META_JSON_MAX);
	if ((root = json_loads(text, JSON_REJECT_DUPLICATES, &why)) == NULL)
		return err_set(
		    err, RC_REFUSE, "not JSON at byte %d: %s", why.position, why.text);
	if (!json_is_object(root)) {
		json_decref(root);
		return err_set(err, RC_REFUSE, "not a JSON object");
	}
	if (ret != NULL)
		*ret = root;
	else
		json_decref(root);
	return RC_OK;
}

/* At most META_TEXT_MAX bytes of it, made printable. */
void
meta_text(struct buf *out, const char *text)
{
	struct span s = span_of(text);

	if (s.len > META_TEXT_MAX) {
		s.len = META_TEXT_MAX;
		s.len -= text_partial(s);
	}
	text_show(out, s);
}

enum rc
meta_put(const struct meta *m, struct buf *out, struct err *err)
{
	json_t *hoop = NULL, *root;
	size_t from = out->len, n;
	struct buf title;
	uint8_t *to;
	enum rc rc;

	if ((rc = meta_object(m->json, &hoop, err)) != RC_OK) {
		err_add(err, "META");
		return rc;
	}
	buf_init(&title, META_TEXT_MAX * 4);
	meta_text(&title, m->title);
	root = json_pack("{s:i, s:i, s:i, s:I, s:s, s:{s:s*}, s:o}", "version", 2,
	    "width", (int)m->width, "height", (int)m->height, "timestamp",
	    (json_int_t)m->timestamp, "title", buf_cstr(&title), "env", "TERM", m->term,
	    "hoop", hoop);
	buf_clear(&title);
	if (root == NULL)
		return err_set(err, RC_REFUSE, "META: a text is not UTF-8");
	n = json_dumpb(root, NULL, 0, JSON_COMPACT);
	if (n > 0 && (to = buf_room(out, n)) != NULL)
		out->len += json_dumpb(root, (char *)to, n, JSON_COMPACT);
	json_decref(root);
	buf_text(out, "\n");
	return buf_ok(out) && out->len == from + n + 1 ? RC_OK : err_memory(err);
}
