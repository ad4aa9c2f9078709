/* The footer's index; see index.h. */
#include "recorder/index.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "recorder/comp.h"
#include "recorder/seal.h"

#define ENTRY 28
#define MARK 14
#define MARKS_MAX 4096

struct mark {
	uint64_t time_us;
	uint32_t chunk;
	size_t from, len; /* in texts */
};

struct index {
	struct index_entry *entry;
	size_t n, cap;
	size_t stride;	/* chunks an entry stands for */
	size_t in_last; /* chunks folded into the last entry so far */
	struct mark *mark;
	size_t marks, marks_cap;
	struct buf texts;
	struct buf summary;
};

enum rc
index_new(struct index **ret, struct err *err)
{
	struct index *ix = calloc(1, sizeof *ix);

	if (ix == NULL || (ix->entry = malloc(INDEX_MAX * sizeof *ix->entry)) == NULL) {
		free(ix);
		return err_memory(err);
	}
	ix->cap = INDEX_MAX;
	ix->stride = 1;
	buf_init(&ix->texts, SEAL_INDEX_MAX);
	buf_init(&ix->summary, SEAL_INDEX_MAX);
	*ret = ix;
	return RC_OK;
}

void
index_free(struct index *ix)
{
	if (ix == NULL)
		return;
	free(ix->entry);
	free(ix->mark);
	buf_clear(&ix->texts);
	buf_clear(&ix->summary);
	free(ix);
}

/* Room for one more item of size each in *list. */
static enum rc
room(void **list, size_t n, size_t *cap, size_t each, struct err *err)
{
	size_t want = *cap ? *cap * 2 : 64;
	void *p;

	if (n < *cap)
		return RC_OK;
	if ((p = reallocarray(*list, want, each)) == NULL)
		return err_memory(err);
	*list = p;
	*cap = want;
	return RC_OK;
}

/* Every second entry into the one before it. */
static void
fold(struct index *ix)
{
	for (size_t i = 0; i < ix->n; i++) {
		if (i % 2 == 0)
			ix->entry[i / 2] = ix->entry[i];
		else
			ix->entry[i / 2].events += ix->entry[i].events;
	}
	/* n is even here: the last entry now stands for a whole stride. */
	ix->n /= 2;
	ix->stride *= 2;
	ix->in_last = ix->stride;
}

void
index_add(struct index *ix, const struct index_entry *e)
{
	if (ix->n == INDEX_MAX && ix->in_last == ix->stride)
		fold(ix);
	if (ix->n > 0 && ix->in_last < ix->stride) {
		ix->entry[ix->n - 1].events += e->events;
		ix->in_last++;
		return;
	}
	ix->entry[ix->n++] = *e;
	ix->in_last = 1;
}

enum rc
index_mark(struct index *ix, uint64_t time_us, uint32_t chunk, struct span text,
    struct err *err)
{
	struct mark m = { time_us, chunk, ix->texts.len, text.len };
	enum rc rc;

	if (ix->marks == MARKS_MAX || text.len > UINT16_MAX ||
	    ix->texts.len + text.len > INDEX_MARKS_BYTES)
		return RC_OK;
	if ((rc = room((void **)&ix->mark, ix->marks, &ix->marks_cap, sizeof m, err)) !=
	    RC_OK)
		return rc;
	buf_span_put(&ix->texts, text);
	if (!buf_ok(&ix->texts))
		return err_memory(err);
	ix->mark[ix->marks++] = m;
	return RC_OK;
}

size_t
index_size(const struct index *ix)
{
	return 8 + ix->n * ENTRY + ix->marks * MARK + ix->texts.len;
}

enum rc
index_put(const struct index *ix, struct span summary, struct buf *out, struct err *err)
{
	if (summary.len > INDEX_SUMMARY_MAX)
		return err_set(
		    err, RC_REFUSE, "a summary of %zu bytes is too long", summary.len);
	buf_le32(out, (uint32_t)ix->n);
	for (size_t i = 0; i < ix->n; i++) {
		buf_le64(out, ix->entry[i].offset);
		buf_le32(out, ix->entry[i].line_len);
		buf_le64(out, ix->entry[i].time_us);
		buf_le32(out, ix->entry[i].events);
		buf_le32(out, 0);
	}
	buf_le32(out, (uint32_t)ix->marks);
	for (size_t i = 0; i < ix->marks; i++) {
		buf_le64(out, ix->mark[i].time_us);
		buf_le32(out, ix->mark[i].chunk);
		buf_le16(out, (uint16_t)ix->mark[i].len);
		buf_put(out, ix->texts.p + ix->mark[i].from, ix->mark[i].len);
	}
	buf_span_put(out, summary);
	return buf_ok(out) ? RC_OK : err_set(err, RC_FAIL, "no room for the index");
}

enum rc
index_pack(struct buf *plain, struct err *err)
{
	struct comp *comp = NULL;
	struct buf small;
	uint8_t *to;
	enum rc rc;
	size_t n;

	if (!comp_there())
		return RC_OK;
	buf_init(&small, plain->len);
	if ((to = buf_room(&small, plain->len)) == NULL)
		return err_memory(err);
	if ((rc = comp_new(&comp, err)) == RC_OK &&
	    (n = comp_pack(comp, buf_span(plain), to, plain->len - 1)) > 0) {
		memcpy(plain->p, to, n);
		plain->len = n;
	}
	comp_free(comp);
	buf_clear(&small);
	return rc;
}

static enum rc
parse_entries(struct index *ix, struct cur *c, struct err *err)
{
	uint32_t n = cur_le32(c);
	enum rc rc = RC_OK;

	if (n == 0 || n > c->left / ENTRY)
		return err_set(err, RC_REFUSE, "the index announces %u entries", n);
	while (n-- > 0 && rc == RC_OK) {
		struct index_entry *e;

		if ((rc = room((void **)&ix->entry, ix->n, &ix->cap, sizeof *e, err)) !=
		    RC_OK)
			break;
		e = &ix->entry[ix->n++];
		e->offset = cur_le64(c);
		e->line_len = cur_le32(c);
		e->time_us = cur_le64(c);
		e->events = cur_le32(c);
		if (cur_le32(c) != 0)
			rc = err_set(err, RC_REFUSE, "a flag of the index is unknown");
	}
	return rc;
}

static enum rc
parse_marks(struct index *ix, struct cur *c, struct err *err)
{
	uint32_t m = cur_le32(c);
	enum rc rc = RC_OK;

	if (m > c->left / MARK)
		return err_set(err, RC_REFUSE, "the index announces %u marks", m);
	while (m-- > 0 && rc == RC_OK) {
		struct mark *k;
		struct span text;

		if ((rc = room((void **)&ix->mark, ix->marks, &ix->marks_cap, sizeof *k,
			 err)) != RC_OK)
			break;
		k = &ix->mark[ix->marks++];
		k->time_us = cur_le64(c);
		k->chunk = cur_le32(c);
		k->len = cur_le16(c);
		k->from = ix->texts.len;
		text = cur_bytes(c, k->len);
		if (text.len != k->len || !text_utf8(text))
			rc =
			    err_set(err, RC_REFUSE, "a mark of the index is malformed");
		buf_span_put(&ix->texts, text);
	}
	return rc;
}

static enum rc
parse(struct span plain, struct index **ret, struct err *err)
{
	struct index *ix = NULL;
	struct span summary;
	struct cur c;
	enum rc rc;

	if (plain.len > SEAL_INDEX_MAX * 2)
		return err_set(
		    err, RC_REFUSE, "an index of %zu bytes is too long", plain.len);
	if ((rc = index_new(&ix, err)) != RC_OK)
		return rc;
	/* Room for whatever it says, so that only memory can be short. */
	buf_init(&ix->texts, plain.len);
	buf_init(&ix->summary, plain.len);
	cur_init(&c, plain);
	if ((rc = parse_entries(ix, &c, err)) != RC_OK ||
	    (rc = parse_marks(ix, &c, err)) != RC_OK)
		goto out;
	summary = cur_rest(&c);
	buf_span_put(&ix->summary, summary);
	if (!cur_done(&c) || !text_utf8(summary)) {
		rc = err_set(err, RC_REFUSE, "the index is malformed");
		goto out;
	}
	if (!buf_ok(&ix->texts) || !buf_ok(&ix->summary)) {
		rc = err_memory(err);
		goto out;
	}
	if (ix->texts.len > SEAL_INDEX_MAX || summary.len > SEAL_INDEX_MAX) {
		rc = err_set(
		    err, RC_REFUSE, "an index of %zu bytes is too long", plain.len);
		goto out;
	}
	*ret = ix;
	ix = NULL;
out:
	index_free(ix);
	return rc;
}

/* A frame, expanded into plain. */
static enum rc
unpack(struct span frame, struct buf *plain, struct err *err)
{
	size_t n = comp_size(frame);
	struct comp *comp = NULL;
	uint8_t *to;
	enum rc rc;

	if (n == 0)
		return err_set(err, RC_REFUSE, "the index does not tell its size");
	if ((rc = comp_new(&comp, err)) != RC_OK)
		return rc;
	if ((to = buf_room(plain, n)) == NULL)
		rc = err_memory(err);
	else if ((rc = comp_expand(comp, frame, to, n, err)) == RC_OK)
		plain->len = n;
	comp_free(comp);
	return rc;
}

enum rc
index_parse(struct span plain, struct index **ret, struct err *err)
{
	struct buf whole;
	enum rc rc;

	if (!comp_framed(plain))
		return parse(plain, ret, err);
	buf_init(&whole, COMP_PLAIN_MAX);
	if ((rc = unpack(plain, &whole, err)) == RC_OK)
		rc = parse(buf_span(&whole), ret, err);
	buf_clear(&whole);
	return rc;
}

size_t
index_entries(const struct index *ix)
{
	return ix->n;
}

struct index_entry
index_entry_at(const struct index *ix, size_t i)
{
	return ix->entry[i];
}

size_t
index_marks(const struct index *ix)
{
	return ix->marks;
}

struct index_mark
index_mark_at(const struct index *ix, size_t i)
{
	const struct mark *m = &ix->mark[i];

	return (struct index_mark){ m->time_us, m->chunk,
		m->len > 0 ? span_make(ix->texts.p + m->from, m->len)
			   : span_make(NULL, 0) };
}

struct span
index_summary(const struct index *ix)
{
	return buf_span(&ix->summary);
}
