/* The reader, by time: a table of places, a search in it, and a few chunks opened to find
 * the exact one. */
#include <string.h>

#include "recorder/chunk.h"
#include "recorder/reader_parts.h"

#define SECOND 1000000ULL

/* The first entry of the footer's index that is not before this offset. */
static size_t
entry_from(const struct index *ix, uint64_t offset)
{
	size_t low = 0, high = index_entries(ix);

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (index_entry_at(ix, mid).offset < offset)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The chunk whose line begins at this offset: its number is in the clear, and only its
 * own key will open it. */
static enum rc
go_to_line(struct reader *r, uint64_t offset, struct err *err)
{
	struct reader_place place = { .offset = offset };
	struct cast_line l;
	struct chunk c;
	struct line line;
	enum rc rc;

	lines_seek(r->lines, offset);
	if ((rc = reader_line(r, &line, &l, err)) != RC_OK ||
	    (rc = chunk_parse(buf_span(&r->data), &c, err)) != RC_OK)
		return rc;
	if (l.code != 'E' || c.index >= r->proof.chunks)
		return err_set(err, RC_REFUSE, "no chunk begins there");
	place.chunk = c.index;
	if (r->index != NULL) {
		place.entry = entry_from(r->index, offset);
		place.entry_cut = place.entry > 0;
	}
	reader_go(r, &place);
	return RC_OK;
}

/* Open the chunk at this offset for the time of its first event. */
static enum rc
look(struct reader *r, uint64_t offset, uint64_t *us, struct err *err)
{
	struct opened o;
	enum rc rc;

	if ((rc = go_to_line(r, offset, err)) != RC_OK)
		return rc;
	return reader_step(r, &o, us, err);
}

/* The footer's index, or what was seen while the file was verified. */
static const struct index *
table_of(const struct reader *r)
{
	return r->index != NULL ? r->index : r->seen;
}

/* Is this entry's chunk not after the time?  What was seen are whole seconds: within one,
 * only the chunk itself can tell. */
static enum rc
not_after(struct reader *r, size_t i, uint64_t time_us, bool *yes, struct err *err)
{
	struct index_entry e = index_entry_at(table_of(r), i);
	uint64_t us = e.time_us;
	enum rc rc = RC_OK;

	if (r->index == NULL && us / SECOND == time_us / SECOND)
		rc = look(r, e.offset, &us, err);
	*yes = us <= time_us;
	return rc;
}

/* The offset of the last entry that is not after the time, by halves; that of the first
 * if all are. */
static enum rc
find_entry(struct reader *r, uint64_t time_us, uint64_t *offset, struct err *err)
{
	size_t low = 0, high = index_entries(table_of(r));
	enum rc rc;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		bool yes;

		if ((rc = not_after(r, mid, time_us, &yes, err)) != RC_OK)
			return rc;
		if (yes)
			low = mid + 1;
		else
			high = mid;
	}
	*offset = index_entry_at(table_of(r), low > 0 ? low - 1 : 0).offset;
	return RC_OK;
}

/* From here, where an entry begins, to the last chunk that is not after the time. */
static enum rc
walk_to(struct reader *r, uint64_t time_us, struct err *err)
{
	struct reader_place best = r->at;
	struct opened o;
	uint64_t us;
	enum rc rc;

	for (;;) {
		struct reader_place here = r->at;

		if ((rc = reader_step(r, &o, &us, err)) != RC_OK || us > time_us)
			break;
		best = here;
	}
	if (rc != RC_OK && rc != RC_END)
		return rc;
	reader_go(r, &best);
	return RC_OK;
}

/* What cannot be found is a false file. */
static enum rc
done(struct reader *r, enum rc rc, struct err *err)
{
	if (rc == RC_REFUSE && r->state == STATE_OPEN) {
		err_add(err, "the index");
		r->state = STATE_FALSE;
	}
	return rc;
}

enum rc
reader_seek(struct reader *r, uint64_t time_us, struct err *err)
{
	uint64_t offset;
	enum rc rc;

	if (r->state != STATE_OPEN)
		return err_set(err, RC_FAIL, "the recording is not open");
	if (r->proof.chunks == 0)
		return RC_OK;
	if ((rc = find_entry(r, time_us, &offset, err)) == RC_OK &&
	    (rc = go_to_line(r, offset, err)) == RC_OK)
		rc = walk_to(r, time_us, err);
	return done(r, rc, err);
}

enum rc
reader_time(struct reader *r, uint64_t *time_us, struct err *err)
{
	struct reader_place back = r->at;
	uint64_t us, last;
	struct opened o;
	enum rc rc;

	if (r->state != STATE_OPEN)
		return err_set(err, RC_FAIL, "the recording is not open");
	if (r->proof.chunks == 0) {
		*time_us = 0;
		return RC_OK;
	}
	last = index_entry_at(table_of(r), index_entries(table_of(r)) - 1).offset;
	if ((rc = go_to_line(r, last, err)) == RC_OK)
		while ((rc = reader_step(r, &o, &us, err)) == RC_OK)
			;
	if (rc != RC_END)
		return done(r, rc, err);
	*time_us = r->at.last_us;
	reader_go(r, &back);
	return RC_OK;
}
