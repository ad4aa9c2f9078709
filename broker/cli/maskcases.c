/* broker mask filter --jsonl; see maskcases.h. */
#include "broker/cli/maskcases.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/cli/jsonlines.h"
#include "broker/cli/policysay.h"
#include "lib/base/text.h"
#include "lib/model/status.h"
#include "recorder/b64.h"
#include "recorder/textfile.h"

#define FLUSH 65536u
#define KEPT 16		       /* rules for so many different lists of names */
#define NAMES 16	       /* of one line */
#define GAP_MOST 86400000.0    /* a day */
#define AFTER_US (100 * 1000u) /* when --times looks */

/* The rules for what a line's policy names. */
struct kept {
	json_t *names;
	struct mask_rules *rules;
};

struct run {
	const struct maskopts *o;
	struct mask_policy *policy;
	enum mask_pace pace;
	struct kept kept[KEPT];
	size_t next; /* which of them is thrown away next */
	struct jsonlines *in;
	struct buf chunk, masked, out;
	bool bad; /* a line was no case */
};

/* One case on its way. */
struct way {
	struct mask_stream *stream;
	uint64_t now;
	json_t *shown; /* NULL without --times */
};

static enum rc
flush(void *arg, struct err *err)
{
	struct run *r = arg;
	bool sent = textfile_put(STDOUT_FILENO, buf_span(&r->out));

	buf_reset(&r->out);
	return sent ? RC_OK : err_errno(err, RC_FAIL, "write");
}

static int
append(const char *s, size_t n, void *arg)
{
	struct buf *b = arg;

	buf_put(b, s, n);
	return buf_ok(b) ? 0 : -1;
}

/* One line of output; takes o. */
static enum rc
put_take(struct run *r, json_t *o, struct err *err)
{
	int bad = o == NULL || json_dump_callback(o, append, &r->out,
				   JSON_COMPACT | JSON_ENSURE_ASCII) != 0;

	json_decref(o);
	buf_u8(&r->out, '\n');
	if (bad || !buf_ok(&r->out))
		return err_memory(err);
	return r->out.len >= FLUSH ? flush(r, err) : RC_OK;
}

/* ---- what a line says ---- */

static enum rc
read_names(const json_t *list, struct span *ret, size_t *n, struct err *err)
{
	const json_t *name;
	size_t i;

	*n = 0;
	if (list == NULL)
		return RC_OK;
	if (!json_is_array(list) || json_array_size(list) > NAMES)
		return err_set(err, RC_REFUSE,
		    "policy: expected a list of at most %d names", NAMES);
	json_array_foreach(list, i, name)
	{
		if (!json_is_string(name))
			return err_set(err, RC_REFUSE, "policy: expected names");
		ret[i] = span_make(json_string_value(name), json_string_length(name));
	}
	*n = json_array_size(list);
	return RC_OK;
}

static struct mask_rules *
find_rules(const struct run *r, const json_t *names)
{
	for (size_t i = 0; i < KEPT; i++)
		if (r->kept[i].rules != NULL &&
		    (names == r->kept[i].names || json_equal(names, r->kept[i].names)))
			return r->kept[i].rules;
	return NULL;
}

/* Borrowed from r. */
static enum rc
rules_for(struct run *r, json_t *names, const struct mask_rules **ret, struct err *err)
{
	struct kept *k = &r->kept[r->next];
	struct span spans[NAMES];
	struct mask_rules *rules;
	size_t n;
	enum rc rc;

	if ((*ret = find_rules(r, names)) != NULL)
		return RC_OK;
	if ((rc = read_names(names, spans, &n, err)) != RC_OK ||
	    (rc = maskopts_rules(r->o, r->policy, spans, n, &rules, err)) != RC_OK)
		return rc;
	mask_rules_free(k->rules);
	json_decref(k->names);
	*k = (struct kept){ json_incref(names), rules };
	r->next = (r->next + 1) % KEPT;
	*ret = rules;
	return RC_OK;
}

/* All that can be wrong with the chunks and the gaps, before anything is masked. */
static enum rc
check_chunks(const json_t *c, struct err *err)
{
	const json_t *input = json_object_get(c, "input"), *v;
	const json_t *gaps = json_object_get(c, "gap_ms");
	const json_t *enc = json_object_get(c, "enc");
	size_t i;

	if (!json_is_array(input))
		return err_set(err, RC_REFUSE, "input: expected a list of chunks");
	json_array_foreach(input, i, v) if (!json_is_string(v)) return err_set(
	    err, RC_REFUSE, "input: chunk %zu is no text", i);
	if (enc != NULL &&
	    (!json_is_string(enc) || strcmp(json_string_value(enc), "b64") != 0))
		return err_set(err, RC_REFUSE, "enc: expected b64");
	if (gaps != NULL && !json_is_array(gaps))
		return err_set(err, RC_REFUSE, "gap_ms: expected a list");
	json_array_foreach(
	    gaps, i, v) if (!json_is_number(v) || !(json_number_value(v) >= 0) ||
			    json_number_value(v) > GAP_MOST) return err_set(err,
	    RC_REFUSE, "gap_ms: expected milliseconds, of a day at most");
	return RC_OK;
}

/* Into r->chunk. */
static enum rc
read_chunk(struct run *r, const json_t *c, size_t i, struct err *err)
{
	const json_t *v = json_array_get(json_object_get(c, "input"), i);
	struct span text = span_make(json_string_value(v), json_string_length(v));

	buf_reset(&r->chunk);
	if (json_object_get(c, "enc") == NULL)
		buf_span_put(&r->chunk, text);
	else if (!b64_read(&r->chunk, text))
		return err_set(err, RC_REFUSE, "input: chunk %zu is no base64", i);
	return buf_ok(&r->chunk) ? RC_OK : err_memory(err);
}

/* ---- masking ---- */

/* Let time go by. */
static enum rc
pass(struct run *r, struct way *w, uint64_t us, struct err *err)
{
	uint64_t till = w->now + us, due;
	enum rc rc;

	while ((due = mask_due_us(w->stream)) <= till) {
		w->now = due > w->now ? due : w->now;
		if ((rc = mask_release(w->stream, w->now, &r->masked, err)) != RC_OK)
			return rc;
		if (mask_due_us(w->stream) <= w->now)
			return err_set(err, RC_FAIL, "what was held is held on");
	}
	w->now = till;
	return RC_OK;
}

static enum rc
put_chunk(struct run *r, struct way *w, const json_t *c, size_t i, struct err *err)
{
	const json_t *gap = json_array_get(json_object_get(c, "gap_ms"), i);
	uint64_t us = (uint64_t)(json_number_value(gap) * 1000);
	enum rc rc;

	/* What --times waited behind the chunk before belongs to the pause. */
	if (w->shown != NULL && i > 0)
		us = us > AFTER_US ? us - AFTER_US : 0;
	if ((rc = read_chunk(r, c, i, err)) != RC_OK ||
	    (rc = pass(r, w, us, err)) != RC_OK ||
	    (rc = mask_put(w->stream, buf_span(&r->chunk), w->now, &r->masked, err)) !=
		RC_OK ||
	    w->shown == NULL)
		return rc;
	if ((rc = pass(r, w, AFTER_US, err)) == RC_OK &&
	    json_array_append_new(w->shown, json_integer((json_int_t)r->masked.len)) !=
		0)
		rc = err_memory(err);
	return rc;
}

/* Into r->masked. */
static enum rc
mask_case(struct run *r, struct way *w, const json_t *c, struct err *err)
{
	size_t n = json_array_size(json_object_get(c, "input"));
	enum rc rc = RC_OK;

	buf_reset(&r->masked);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = put_chunk(r, w, c, i, err);
	if (rc == RC_OK)
		rc = mask_end(w->stream, &r->masked, err);
	if (rc == RC_OK && !buf_ok(&r->masked))
		rc = err_memory(err);
	return rc;
}

/* ---- answers ---- */

static json_t *
id_of(const json_t *c)
{
	json_t *id = json_object_get(c, "id");

	return id != NULL ? id : json_null();
}

static enum rc
put_masked(struct run *r, const json_t *c, json_t *shown, struct err *err)
{
	struct span s = buf_span(&r->masked);
	const char *name = "output";
	json_t *o, *text;

	if (text_utf8(s)) {
		text = json_stringn(
		    (const char *)(s.len > 0 ? s.p : (uint8_t *)""), s.len);
	} else {
		name = "output_b64";
		buf_reset(&r->chunk);
		b64_put(&r->chunk, s);
		text = buf_ok(&r->chunk)
			   ? json_stringn((const char *)r->chunk.p, r->chunk.len)
			   : NULL;
	}
	o = json_pack("{s:O, s:o}", "id", id_of(c), name, text);
	if (o != NULL && shown != NULL && json_object_set(o, "shown", shown) != 0) {
		json_decref(o);
		o = NULL;
	}
	return put_take(r, o, err);
}

static enum rc
put_bad(struct run *r, json_t *id, const struct err *why, struct err *err)
{
	r->bad = true;
	policysay_error(RC_REFUSE, why);
	return put_take(r,
	    json_pack(
		"{s:O, s:o}", "id", id, "error", policysay_value(span_of(why->text))),
	    err);
}

/* RC_REFUSE: it is no case. */
static enum rc
do_case(struct run *r, json_t *c, struct err *err)
{
	const struct mask_rules *rules = NULL;
	struct way w = { .now = 1 };
	enum rc rc;

	if ((rc = check_chunks(c, err)) != RC_OK ||
	    (rc = rules_for(r, json_object_get(c, "policy"), &rules, err)) != RC_OK)
		return rc;
	if ((w.stream = mask_stream_new(rules, r->pace)) == NULL ||
	    (r->o->times && (w.shown = json_array()) == NULL))
		rc = err_memory(err);
	if (rc == RC_OK && (rc = mask_case(r, &w, c, err)) == RC_OK)
		rc = put_masked(r, c, w.shown, err);
	mask_stream_free(w.stream);
	json_decref(w.shown);
	return rc;
}

static enum rc
answer(struct run *r, json_t *c, struct err *err)
{
	struct err why = { "" };
	enum rc rc = do_case(r, c, &why);

	if (rc == RC_OK)
		return rc;
	err_add(&why, "line %zu", jsonlines_number(r->in));
	if (rc == RC_REFUSE)
		return put_bad(r, id_of(c), &why, err);
	*err = why;
	return RC_FAIL;
}

static enum rc
answer_all(struct run *r, struct err *err)
{
	json_t *c = NULL;
	struct err why = { "" };
	enum rc rc;

	do {
		rc = jsonlines_next(r->in, &c, &why);
		if (rc == RC_REFUSE) {
			rc = put_bad(r, id_of(jsonlines_refused(r->in)), &why, err);
		} else if (rc == RC_OK) {
			rc = answer(r, c, err);
			json_decref(c);
		} else if (rc == RC_FAIL) {
			*err = why;
		}
	} while (rc == RC_OK);
	return rc == RC_END ? flush(r, err) : rc;
}

static enum rc
begin(struct run *r, struct err *err)
{
	size_t most;
	enum rc rc;

	if ((rc = maskopts_policy(r->o, &r->policy, err)) != RC_OK)
		return rc;
	/* Names of --add are looked at before the first line. */
	if ((rc = rules_for(r, NULL, &(const struct mask_rules *){ NULL }, err)) !=
	    RC_OK)
		return rc;
	most = mask_growth(MASKCASES_LINE + mask_policy_max_hold(r->policy));
	buf_init(&r->chunk, 2 * most);
	buf_init(&r->masked, most);
	buf_init(&r->out, FLUSH + 12 * most);
	r->pace = maskopts_pace(r->o);
	return jsonlines_new(STDIN_FILENO, flush, r, &r->in, err);
}

static void
end(struct run *r)
{
	jsonlines_free(r->in);
	for (size_t i = 0; i < KEPT; i++) {
		mask_rules_free(r->kept[i].rules);
		json_decref(r->kept[i].names);
	}
	mask_policy_free(r->policy);
	buf_clear(&r->chunk);
	buf_clear(&r->masked);
	buf_clear(&r->out);
}

int
maskcases(const struct maskopts *o)
{
	struct run r = { .o = o };
	struct err err = { "" };
	enum rc rc;

	if ((rc = begin(&r, &err)) == RC_OK) {
		jsonlines_most(r.in, MASKCASES_LINE);
		if ((rc = answer_all(&r, &err)) != RC_OK) {
			/* Lines that were done before are whole. */
			flush(&r, NULL);
			err_add(&err, "mask");
			rc = RC_FAIL;
		}
	}
	end(&r);
	if (rc != RC_OK)
		return policysay_error(rc, &err);
	return r.bad ? STATUS_USAGE : STATUS_OK;
}
