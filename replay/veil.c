/* Lines of an asciicast through masking; see veil.h. */
#include "replay/veil.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "recorder/cast.h"
#include "recorder/mask/decoded.h"
#include "replay/event.h"

#define LINE_MOST (64u << 20)

struct veil {
	const struct mask_rules *rules;
	struct mask_stream *output;
	struct buf text;   /* of the event that is looked at */
	struct buf rest;   /* output that ends within a character */
	struct buf change; /* of other events */
	bool headed, masked;
	unsigned version;
	uint64_t last_us; /* of the event before, as it was written */
};

enum rc
veil_new(const struct mask_rules *rules, struct veil **ret, struct err *err)
{
	struct veil *v = calloc(1, sizeof *v);
	enum rc rc;

	if (v == NULL)
		return err_memory(err);
	v->rules = rules;
	buf_init(&v->text, LINE_MOST);
	buf_init(&v->rest, LINE_MOST);
	buf_init(&v->change, LINE_MOST);
	if ((rc = veil_begin(v, err)) != RC_OK) {
		veil_free(v);
		return rc;
	}
	*ret = v;
	return RC_OK;
}

void
veil_free(struct veil *v)
{
	if (v == NULL)
		return;
	mask_stream_free(v->output);
	buf_clear(&v->text);
	buf_clear(&v->rest);
	buf_clear(&v->change);
	free(v);
}

static enum rc
fresh_stream(struct veil *v, struct err *err)
{
	mask_stream_free(v->output);
	v->output = mask_stream_new(v->rules, MASK_API);
	return v->output != NULL ? RC_OK : err_memory(err);
}

enum rc
veil_begin(struct veil *v, struct err *err)
{
	v->headed = v->masked = false;
	v->last_us = 0;
	buf_reset(&v->rest);
	return fresh_stream(v, err);
}

static bool
counted(const struct veil *v)
{
	uint64_t n;

	return mask_count(v->output, 0, &n) != NULL;
}

bool
veil_masked(const struct veil *v)
{
	return v->masked || counted(v);
}

/* ---- texts by themselves ---- */

/* The text in v->change, which is another or the same. */
static enum rc
mask_alone(struct veil *v, struct span text, bool *changed, struct err *err)
{
	struct buf plain;
	enum rc rc;

	buf_reset(&v->change);
	buf_init(&plain, mask_growth(text.len));
	if ((rc = decoded_text(v->rules, text, &plain, err)) == RC_OK)
		rc = mask_text(v->rules, buf_span(&plain), &v->change, err);
	buf_clear(&plain);
	if (rc != RC_OK)
		return rc;
	*changed = !span_eq(buf_span(&v->change), text);
	v->masked |= *changed;
	return RC_OK;
}

static void
put_line(struct span line, struct buf *out)
{
	buf_span_put(out, line);
	buf_u8(out, '\n');
}

/* It stays one: what cannot be read as one would end the replay. */
static enum rc
take_header(struct veil *v, struct span line, struct buf *out, struct err *err)
{
	json_t *header = json_loadb((const char *)line.p, line.len, 0, NULL), *masked;
	bool changed = false, good = header != NULL;
	enum rc rc;

	v->version = (unsigned)json_integer_value(json_object_get(header, "version"));
	v->headed = true;
	json_decref(header);
	if ((rc = mask_alone(v, line, &changed, err)) != RC_OK)
		return rc;
	masked = json_loadb((const char *)v->change.p, v->change.len, 0, NULL);
	if (good && masked == NULL)
		rc = err_set(err, RC_FAIL, "its header cannot be masked");
	json_decref(masked);
	put_line(changed ? buf_span(&v->change) : line, out);
	return rc;
}

static enum rc
take_other(struct veil *v, const struct event *e, struct span line, struct buf *out,
    struct err *err)
{
	bool changed = false;
	enum rc rc = mask_alone(v, e->data, &changed, err);

	if (rc != RC_OK)
		return rc;
	if (changed)
		cast_event_put(out, e->us, e->code, buf_span(&v->change));
	else
		put_line(line, out);
	return RC_OK;
}

/* ---- output ---- */

/* What came out of the stream, as an event, as far as it is whole characters. */
static void
put_output(struct veil *v, uint64_t us, bool all, struct buf *out)
{
	size_t n = v->rest.len;

	if (!all)
		n -= text_partial(buf_span(&v->rest));
	cast_event_put(out, us, 'o', span_make(v->rest.p, n));
	buf_skip(&v->rest, n);
}

static enum rc
take_output(struct veil *v, const struct event *e, struct buf *out, struct err *err)
{
	enum rc rc = mask_put(v->output, e->data, 0, &v->rest, err);

	if (rc == RC_OK)
		put_output(v, e->us, false, out);
	return rc;
}

/* What follows has nothing to do with what came before: the rest of that first.  Gives
 * whether there was any. */
static enum rc
cut(struct veil *v, uint64_t us, bool *any, struct buf *out, struct err *err)
{
	enum rc rc = mask_end(v->output, &v->rest, err);

	v->masked |= counted(v);
	*any = v->rest.len > 0;
	if (rc == RC_OK && *any)
		put_output(v, us, true, out);
	return rc == RC_OK ? fresh_stream(v, err) : rc;
}

/* A marker comes behind what was put out before it.  In version 3 times are since the
 * event before, and that is another one then. */
static enum rc
take_mark(
    struct veil *v, struct event *e, struct span line, struct buf *out, struct err *err)
{
	bool any = false, changed = false;
	enum rc rc = cut(v, e->us, &any, out, err);

	if (rc == RC_OK)
		rc = mask_alone(v, e->data, &changed, err);
	if (rc != RC_OK)
		return rc;
	if (any && v->version == 3)
		e->us = 0;
	if (any || changed)
		cast_event_put(out, e->us, e->code, buf_span(&v->change));
	else
		put_line(line, out);
	return RC_OK;
}

static enum rc
take_event(
    struct veil *v, struct event *e, struct span line, struct buf *out, struct err *err)
{
	v->last_us = e->us;
	switch (e->code) {
	case 'o':
		return take_output(v, e, out, err);
	case 'm':
	case 'x':
		return take_mark(v, e, line, out, err);
	case 'b':
		/* Bytes of an output that is cut otherwise now; no player shows them. */
		cast_event_put(out, e->us, 'b', span_make(NULL, 0));
		return RC_OK;
	case 'r':
	case '\0':
	case '"':
	case '\\':
		put_line(line, out);
		return RC_OK;
	default:
		return take_other(v, e, line, out, err);
	}
}

enum rc
veil_line(struct veil *v, struct span line, struct buf *out, struct err *err)
{
	struct event e;
	bool changed;
	enum rc rc;

	if (!v->headed)
		return take_header(v, line, out, err);
	rc = event_parse(line, &e, err);
	if (rc == RC_FAIL)
		return rc;
	if (rc == RC_REFUSE) {
		/* A comment of version 3, or nothing that can be shown. */
		if ((rc = mask_alone(v, line, &changed, err)) == RC_OK)
			put_line(buf_span(&v->change), out);
	} else {
		rc = take_event(v, &e, line, out, err);
		event_clear(&e);
	}
	return rc == RC_OK && !buf_ok(out) ? err_memory(err) : rc;
}

enum rc
veil_end(struct veil *v, struct buf *out, struct err *err)
{
	bool any = false;
	enum rc rc = cut(v, v->version == 3 ? 0 : v->last_us, &any, out, err);

	return rc == RC_OK && !buf_ok(out) ? err_memory(err) : rc;
}
