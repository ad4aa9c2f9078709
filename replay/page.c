/* The page, written from its first byte to its last; see page.h.  What it looks like
 * and does is in page.html, page.css and page.js, which page.py makes into page.inc. */
#include "replay/page.h"

#include <stdlib.h>

#include "lib/base/text.h"
#include "replay/bale.h"
#include "replay/contents.h"
#include "replay/frames.h"
#include "replay/report.h"
#include "replay/scene.h"

#define TEXT_MOST (1u << 20)
/* So many frames a second at first; half as many for each further step of the size. */
#define GAP_US 40000u
#define GAP_MOST_US 10000000u
#define STEP (8u << 20)
/* Raw bytes take room in the reader's browser: they count an eighth. */
#define RAW_SHARE 8
/* From here on lines that nobody could have read are left out. */
#define PASSED_MOST (PAGE_MOST / 2)

/* "static const char head[]", "middle" and "tail": the page but for its two blocks. */
#include "replay/page.inc"

struct page {
	FILE *f;
	struct scene *scene;
	struct bale *bale;
	struct frames *frames;
	struct contents *contents;
	uint64_t frame_us, drawn_us; /* of the last frame, of what was drawn last */
	bool dirty;
	uint64_t omitted;
	enum rc rc; /* of a callback */
	struct err *err;
};

/* ---- screens ---- */

static uint64_t
size(const struct page *p)
{
	uint64_t raw = bale_raw(p->bale) / RAW_SHARE, packed = bale_packed(p->bale);

	return raw > packed ? raw : packed;
}

static uint64_t
gap(const struct page *p)
{
	uint64_t us = GAP_US << size(p) / STEP;

	return us < GAP_MOST_US ? us : GAP_MOST_US;
}

static void
passed(void *arg, struct span text, bool fresh)
{
	struct page *p = arg;

	if (!fresh || p->rc != RC_OK)
		return;
	if (size(p) >= PASSED_MOST)
		p->omitted++;
	else
		p->rc = frames_pass(p->frames, text, p->err);
}

static enum rc
take(struct page *p, struct err *err)
{
	p->dirty = false;
	p->frame_us = p->drawn_us;
	if (size(p) >= PAGE_MOST)
		return err_set(err, RC_FAIL, "it is too long for a page");
	return frames_take(p->frames, scene_terminal(p->scene), p->drawn_us, err);
}

/* Draw an event.  Frames are thinned: one now if the last is long enough ago, else once
 * the next event is. */
static enum rc
draw(struct page *p, const struct event *e, struct err *err)
{
	enum rc rc = RC_OK;

	if (p->dirty && e->us - p->frame_us >= gap(p))
		rc = take(p, err);
	if (rc == RC_OK)
		rc = scene_draw(p->scene, e, err);
	if (rc == RC_OK && p->rc != RC_OK)
		return p->rc;
	if (rc == RC_OK)
		rc = contents_add(p->contents, e, err);
	if (rc != RC_OK || e->code != 'o')
		return rc;
	p->drawn_us = e->us;
	p->dirty = true;
	return e->us - p->frame_us >= gap(p) ? take(p, err) : RC_OK;
}

static enum rc
put_screens(struct page *p, struct err *err)
{
	struct event e;
	enum rc rc;

	/* The empty screen, before anything is shown. */
	rc = take(p, err);
	while (rc == RC_OK && (rc = scene_skip(p->scene, &e, err)) == RC_OK) {
		rc = draw(p, &e, err);
		event_clear(&e);
	}
	if (rc == RC_END)
		rc = p->dirty ? take(p, err) : RC_OK;
	return rc == RC_OK ? bale_end(p->bale, err) : rc;
}

/* ---- the head ---- */

/* A member of o as printable text. */
static json_t *
said(const json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);
	struct buf text;
	json_t *ret = NULL;

	if (!json_is_string(v))
		return NULL;
	buf_init(&text, TEXT_MOST);
	text_say(&text, span_make(json_string_value(v), json_string_length(v)));
	if (buf_ok(&text))
		ret = json_stringn((const char *)text.p, text.len);
	buf_clear(&text);
	return ret;
}

static json_t *
head_json(const struct page *p, const json_t *proof, const char *phrase)
{
	const json_t *header = scene_header(p->scene);
	const json_t *hoop = json_object_get(header, "hoop");
	const json_t *who = json_object_get(hoop, "identity");
	char start[REPORT_TIME];

	report_time(scene_start_ms(p->scene), 0, start);
	return json_pack(
	    "{s:o*, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*, s:s, s:o*, s:s, s:f, s:O, "
	    "s:I, s:I}",
	    "title", said(header, "title"), "command", said(hoop, "command"), "sid",
	    said(hoop, "sid"), "broker", said(hoop, "broker"), "who", said(who, "name"),
	    "kind", said(who, "kind"), "source", said(hoop, "source"), "start", start,
	    "finding", said(proof, "verdict"), "verdict", phrase, "seconds",
	    (double)scene_us(p->scene) / 1e6, "contents", contents_list(p->contents),
	    "more", (json_int_t)contents_more(p->contents), "omitted",
	    (json_int_t)p->omitted);
}

static enum rc
put_head(struct page *p, const json_t *proof, const char *phrase, struct err *err)
{
	json_t *o = head_json(p, proof, phrase);
	char *text = o != NULL ? json_dumps(o, JSON_COMPACT) : NULL;
	struct bale *bale = NULL;
	enum rc rc;

	json_decref(o);
	if (text == NULL)
		return err_memory(err);
	if ((rc = bale_new(p->f, &bale, err)) == RC_OK &&
	    (rc = bale_put(bale, span_of(text), err)) == RC_OK)
		rc = bale_end(bale, err);
	bale_free(bale);
	free(text);
	return rc;
}

/* ---- the page ---- */

static enum rc
put_all(struct page *p, const json_t *proof, const char *phrase, struct err *err)
{
	enum rc rc;

	fputs(head, p->f);
	if ((rc = put_screens(p, err)) != RC_OK)
		return rc;
	fputs(middle, p->f);
	if ((rc = put_head(p, proof, phrase, err)) != RC_OK)
		return rc;
	fputs(tail, p->f);
	if (fflush(p->f) != 0)
		return err_errno(err, RC_FAIL, "write");
	return RC_OK;
}

enum rc
page_run(struct source *source, const json_t *proof, const char *phrase, FILE *f,
    struct err *err)
{
	struct page p = { .f = f, .err = err };
	const struct terminal_on on = { .arg = &p, .line = passed };
	enum rc rc;

	if ((rc = bale_new(f, &p.bale, err)) == RC_OK &&
	    (rc = frames_new(p.bale, &p.frames, err)) == RC_OK &&
	    (rc = contents_new(&p.contents, err)) == RC_OK &&
	    (rc = scene_open(source, &on, &p.scene, err)) == RC_OK)
		rc = put_all(&p, proof, phrase, err);
	scene_close(p.scene);
	contents_free(p.contents);
	frames_free(p.frames);
	bale_free(p.bale);
	return rc;
}
