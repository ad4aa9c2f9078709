/* The reader, chunk after chunk: what is opened must be events in order, and what the
 * footer's index says. */
#include <sodium.h>
#include <string.h>

#include "recorder/reader_parts.h"

void
reader_go(struct reader *r, const struct reader_place *place)
{
	opener_drop(r->opener);
	ladder_seek(r->ladder, place->chunk);
	lines_seek(r->lines, place->offset);
	r->at = *place;
	r->ahead = place->chunk;
	r->fed = RC_OK;
}

/* The next E line; seals were checked before. */
static enum rc
next_line(struct reader *r, struct line *line, struct err *err)
{
	struct cast_line l;
	enum rc rc;

	do
		if ((rc = lines_next(r->lines, line, err)) == RC_FAIL)
			return rc;
	while (rc == RC_OK && !line->torn && cast_line_parse(line->text, &l) &&
	       l.code == 'S');
	if (rc != RC_OK || line->torn)
		return err_set(err, RC_REFUSE, "the file changed while it was read");
	return RC_OK;
}

/* Give the opener lines until it is full. */
static void
feed(struct reader *r)
{
	uint8_t key[RATCHET_KEY];

	while (
	    r->fed == RC_OK && r->ahead < r->proof.chunks && opener_room(r->opener)) {
		struct line line = { .offset = 0 };

		r->fed = next_line(r, &line, &r->fed_err);
		r->fed_offset = line.offset;
		if (r->fed != RC_OK)
			break;
		ladder_next(r->ladder, key);
		r->fed =
		    opener_put(r->opener, line.text, line.offset, key, &r->fed_err);
		r->ahead++;
	}
	sodium_memzero(key, sizeof key);
}

/* META is one line with one object; all other chunks are lines of events in order. */
static enum rc
check_plain(struct reader *r, struct span plain, uint64_t *first_us, uint32_t *events,
    struct err *err)
{
	struct reader_place *at = &r->at;
	struct span rest = plain;

	*first_us = at->last_us;
	for (*events = 0; rest.len > 0; ++*events) {
		const uint8_t *lf = memchr(rest.p, '\n', rest.len);
		size_t n = lf != NULL ? (size_t)(lf - rest.p) : 0;
		uint64_t t = 0;

		if (lf == NULL)
			return err_set(err, RC_REFUSE, "it ends within a line");
		if (at->chunk == 0 ? rest.p[0] != '{' || n + 1 != rest.len
				   : !cast_event_time(span_make(rest.p, n), &t))
			return err_set(
			    err, RC_REFUSE, "line %u in it is no event", *events + 1);
		if (t < at->last_us)
			return err_set(err, RC_REFUSE,
			    "time goes back at line %u in it", *events + 1);
		if (*events == 0)
			*first_us = t;
		at->last_us = t;
		rest = span_make(lf + 1, rest.len - n - 1);
	}
	return RC_OK;
}

/* The last entry met stands for all chunks up to here. */
static bool
entry_complete(const struct reader *r)
{
	return r->at.entry == 0 || r->at.entry_cut ||
	       index_entry_at(r->index, r->at.entry - 1).events == r->at.entry_events;
}

static enum rc
check_index(struct reader *r, const struct opened *o, uint64_t first_us,
    uint32_t events, struct err *err)
{
	struct reader_place *at = &r->at;
	struct index_entry e = { 0 };

	if (r->index == NULL)
		return RC_OK;
	if (at->entry < index_entries(r->index))
		e = index_entry_at(r->index, at->entry);
	if (e.offset == o->offset) {
		if (!entry_complete(r) || e.line_len != o->line_len + 1 ||
		    e.time_us != first_us)
			return err_set(
			    err, RC_REFUSE, "the footer's index says otherwise");
		at->entry++;
		at->entry_events = 0;
		at->entry_cut = false;
	}
	at->entry_events += events;
	return at->entry > 0
		   ? RC_OK
		   : err_set(err, RC_REFUSE, "the footer's index does not know it");
}

/* The oldest that the opener has; what stopped the feed, behind all of them. */
static enum rc
take(struct reader *r, struct opened *o, struct err *err)
{
	enum rc rc;

	/* The first lines were not all there when reading began. */
	if (r->at.offset == 0 && (rc = reader_start(r, err)) != RC_OK)
		return rc;
	feed(r);
	if ((rc = opener_take(r->opener, o, err)) != RC_END)
		return rc;
	o->offset = r->fed_offset;
	return err_set(err, r->fed, "%s", r->fed_err.text);
}

static enum rc
step(struct reader *r, struct opened *o, uint64_t *first_us, struct err *err)
{
	uint32_t events;
	enum rc rc;

	if ((rc = take(r, o, err)) != RC_OK)
		return rc;
	if (o->chunk.index != r->at.chunk)
		return err_set(err, RC_REFUSE, "the file changed while it was read");
	if ((rc = check_plain(r, o->plain, first_us, &events, err)) != RC_OK)
		return rc;
	return check_index(r, o, *first_us, events, err);
}

static enum rc
at_end(struct reader *r, struct err *err)
{
	if (r->index != NULL &&
	    (r->at.entry != index_entries(r->index) || !entry_complete(r))) {
		r->state = STATE_FALSE;
		return err_set(
		    err, RC_REFUSE, "the footer's index knows more than the file has");
	}
	return RC_END;
}

enum rc
reader_step(struct reader *r, struct opened *ret, uint64_t *first_us, struct err *err)
{
	struct opened o = { .offset = 0 };
	enum rc rc;

	if (r->state != STATE_OPEN)
		return err_set(err, RC_FAIL, "the recording is not open");
	if (r->at.chunk == r->proof.chunks)
		return at_end(r, err);
	if ((rc = step(r, &o, first_us, err)) != RC_OK) {
		err_add(err, "chunk %llu (offset %llu)",
		    (unsigned long long)r->at.chunk, (unsigned long long)o.offset);
		r->state = STATE_FALSE;
		return rc;
	}
	r->at.chunk++;
	r->at.offset = o.offset + o.line_len + 1;
	*ret = o;
	return RC_OK;
}

enum rc
reader_next(
    struct reader *r, struct span *plain, struct reader_chunk *info, struct err *err)
{
	struct opened o;
	uint64_t first_us;
	enum rc rc;

	if ((rc = reader_step(r, &o, &first_us, err)) != RC_OK)
		return rc;
	if (info != NULL)
		*info = (struct reader_chunk){ o.chunk.index, o.offset, o.chunk.flags,
			o.chunk.index < r->proof.proven_chunks };
	*plain = o.plain;
	return RC_OK;
}
