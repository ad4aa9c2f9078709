/* Between a conduit's source and its batch: bytes pass the filters, and what these hold
 * back is let go in time; see conduit.h. */
#include "broker/session/conduit_parts.h"

#include <limits.h>

/* So much as the filters may make of one batch. */
void
conduit_size_rooms(struct conduit *c)
{
	size_t most = CONDUIT_BATCH;

	for (unsigned i = 0; i < c->nfilters; i++) {
		size_t n = most + CONDUIT_HELD;

		most = c->filters[i].growth != NULL ? c->filters[i].growth(n) : 2 * n;
	}
	for (int i = 0; i < 2; i++)
		buf_init(&c->rooms[i], most);
	buf_init(&c->batch, CONDUIT_BATCH + 2 * most);
}

/* What comes out of filter i goes into the batch, or to the next one. */
static struct buf *
behind(struct conduit *c, unsigned i)
{
	if (i + 1 == c->nfilters)
		return &c->batch;
	buf_reset(&c->rooms[1]);
	return &c->rooms[1];
}

static struct span
swap_rooms(struct conduit *c)
{
	struct buf swap = c->rooms[0];

	c->rooms[0] = c->rooms[1];
	c->rooms[1] = swap;
	return buf_span(&c->rooms[0]);
}

/* Through the filters from this one on into the batch. */
enum rc
conduit_pass(struct conduit *c, unsigned first, enum writer_stream stream,
    struct span in, bool end, struct err *err)
{
	size_t before = c->batch.len;
	enum rc rc = RC_OK;

	for (unsigned i = first; rc == RC_OK && i < c->nfilters; i++) {
		struct buf *out = behind(c, i);

		rc = c->filters[i].pass(c->filters[i].arg, stream, in, end, out, err);
		if (rc == RC_OK && !buf_ok(out))
			rc = err_set(err, RC_FAIL, "a filter gave too much");
		if (out != &c->batch)
			in = swap_rooms(c);
	}
	return rc != RC_OK ? rc : conduit_give(c, stream, c->batch.len - before, err);
}

static uint64_t
filter_due_us(const struct conduit *c, unsigned i, enum writer_stream stream)
{
	const struct conduit_filter *f = &c->filters[i];

	if (f->due_us == NULL || c->ended[stream])
		return UINT64_MAX;
	return f->due_us(f->arg, stream);
}

/* What this filter held back goes through those behind it. */
static enum rc
release(struct conduit *c, unsigned i, enum writer_stream stream, struct err *err)
{
	const struct conduit_filter *f = &c->filters[i];
	struct buf *out = behind(c, i);
	size_t before = c->batch.len;
	enum rc rc = f->release(f->arg, stream, out, err);

	if (rc == RC_OK && !buf_ok(out))
		rc = err_set(err, RC_FAIL, "a filter gave too much");
	if (rc != RC_OK)
		return rc;
	if (out == &c->batch)
		return conduit_give(c, stream, c->batch.len - before, err);
	return conduit_pass(c, i + 1, stream, swap_rooms(c), false, err);
}

/* RC_WAIT when nothing has waited for long enough. */
enum rc
conduit_release(struct conduit *c, struct err *err)
{
	uint64_t now = c->now_us(c->now_arg);
	enum rc rc, all = RC_WAIT;

	if (c->over || conduit_is_full(c))
		return RC_WAIT;
	for (unsigned i = 0; i < WRITER_STREAMS * c->nfilters; i++) {
		enum writer_stream s = (enum writer_stream)(i / c->nfilters);

		if (filter_due_us(c, i % c->nfilters, s) > now)
			continue;
		if ((rc = release(c, i % c->nfilters, s, err)) != RC_OK)
			return rc;
		all = RC_OK;
	}
	return all;
}

/* Until a filter lets go of what it holds. */
int
conduit_filters_due(const struct conduit *c)
{
	uint64_t now = c->now_us(c->now_arg), due = UINT64_MAX;

	for (unsigned i = 0; i < WRITER_STREAMS * c->nfilters; i++) {
		uint64_t us = filter_due_us(
		    c, i % c->nfilters, (enum writer_stream)(i / c->nfilters));

		due = us < due ? us : due;
	}
	if (due == UINT64_MAX)
		return -1;
	due = due > now ? (due - now + 999) / 1000 : 0;
	return due < INT_MAX ? (int)due : INT_MAX;
}
