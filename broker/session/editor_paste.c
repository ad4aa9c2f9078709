/* What is pasted between a terminal's marks; see editor.h.  Text goes into the line, and
 * each line end is Enter; lines behind the first wait until it has run.  A paste with
 * anything else in it is refused as a whole: what was copied may not be what was seen. */
#include <string.h>

#include "broker/session/editor_parts.h"

void
editor_paste_take(struct editor *e, const struct keystroke *k)
{
	switch (k->key) {
	case KEY_PASTE:
		buf_reset(&e->paste);
		e->spoiled = false;
		break;
	case KEY_TEXT:
		buf_put(&e->paste, k->text, k->len);
		break;
	case KEY_ENTER:
		buf_u8(&e->paste, '\n');
		break;
	default:
		e->spoiled = true;
		break;
	}
}

/* The next line of what waits.  Without a line end behind it, it is for its user to end. */
enum editor_what
editor_paste_next(struct editor *e, struct buf *out)
{
	struct span left;
	const uint8_t *lf;
	size_t n;

	if (e->waits_at >= e->waits.len)
		return EDITOR_MORE;
	left = span_make(e->waits.p + e->waits_at, e->waits.len - e->waits_at);
	lf = memchr(left.p, '\n', left.len);
	n = lf != NULL ? (size_t)(lf - left.p) : left.len;
	e->waits_at += n + (lf != NULL);
	if (!editor_insert(e, span_make(left.p, n), out)) {
		editor_drop(e);
		editor_tell(e, "that line is too long; the paste is dropped", out);
		return EDITOR_MORE;
	}
	return lf != NULL ? EDITOR_LINE : EDITOR_MORE;
}

enum editor_what
editor_paste_end(struct editor *e, struct buf *out)
{
	bool fits = buf_ok(&e->paste);

	if (e->spoiled || !fits) {
		buf_reset(&e->paste);
		editor_tell(e,
		    fits ? "a paste with control characters is refused"
			 : "a paste of more than 64 KiB is refused",
		    out);
		return EDITOR_MORE;
	}
	buf_reset(&e->waits);
	e->waits_at = 0;
	buf_span_put(&e->waits, buf_span(&e->paste));
	buf_reset(&e->paste);
	return editor_paste_next(e, out);
}

size_t
editor_drop(struct editor *e)
{
	size_t lines = 0;

	for (size_t i = e->waits_at; i < e->waits.len; i++)
		lines += e->waits.p[i] == '\n' || i + 1 == e->waits.len;
	buf_reset(&e->waits);
	e->waits_at = 0;
	return lines;
}
