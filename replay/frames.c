/* Rows and frames as records; see frames.h.
 *
 * A row that was there before is named by its number: a screen that scrolls costs a few
 * bytes a row.  Rows are known by keyed hashes, so that nobody who is recorded can
 * make one pass for another. */
#include "replay/frames.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS (1u << 17) /* a power of two */
#define HASH 16
#define ROW_MOST (1u << 20)
#define FRAME_MOST (1u << 16)

struct slot {
	uint8_t hash[HASH];
	uint32_t id; /* 0: free */
};

struct frames {
	struct bale *bale;
	uint8_t key[crypto_generichash_KEYBYTES];
	struct slot *slots;
	uint32_t used, ids; /* slots, rows given so far */
	uint64_t count, last_ms;
	unsigned turns;	 /* of the terminal at the frame before */
	int row, column; /* of its cursor */
	unsigned flags;
	uint32_t shown[PANE_MOST]; /* what stands in each place */
	struct buf runs, text, record;
};

struct run {
	struct pane_style style;
	unsigned width; /* FRAMES_NARROW, FRAMES_WIDE, or 0 */
};

enum rc
frames_new(struct bale *bale, struct frames **ret, struct err *err)
{
	struct frames *f = calloc(1, sizeof *f);

	if (f != NULL)
		f->slots = calloc(SLOTS, sizeof *f->slots);
	if (f == NULL || f->slots == NULL) {
		free(f);
		return err_memory(err);
	}
	f->bale = bale;
	f->turns = UINT32_MAX;
	randombytes_buf(f->key, sizeof f->key);
	buf_init(&f->runs, ROW_MOST);
	buf_init(&f->text, ROW_MOST);
	buf_init(&f->record, ROW_MOST + 64);
	*ret = f;
	return RC_OK;
}

void
frames_free(struct frames *f)
{
	if (f == NULL)
		return;
	buf_clear(&f->runs);
	buf_clear(&f->text);
	buf_clear(&f->record);
	free(f->slots);
	free(f);
}

static void
put_number(struct buf *out, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_u8(out, (uint8_t)(v | 0x80));
	buf_u8(out, (uint8_t)v);
}

static enum rc
put_record(struct frames *f, struct err *err)
{
	enum rc rc = buf_ok(&f->record) ? RC_OK : err_memory(err);

	if (rc == RC_OK)
		rc = bale_put(f->bale, buf_span(&f->record), err);
	buf_reset(&f->record);
	return rc;
}

/* ---- rows ---- */

/* The number of the row whose runs these are; a new row is written. */
static enum rc
row_id(struct frames *f, bool wraps, unsigned nruns, uint32_t *ret, struct err *err)
{
	uint8_t hash[HASH];
	struct slot *s;
	uint32_t at;

	buf_reset(&f->record);
	put_number(&f->record, FRAMES_ROW);
	put_number(&f->record, wraps);
	put_number(&f->record, nruns);
	buf_span_put(&f->record, buf_span(&f->runs));
	if (!buf_ok(&f->runs) || !buf_ok(&f->record))
		return err_memory(err);
	crypto_generichash(
	    hash, HASH, f->record.p, f->record.len, f->key, sizeof f->key);
	/* Full: rows of long ago are written again when they come back. */
	if (f->used >= SLOTS / 4 * 3) {
		memset(f->slots, 0, SLOTS * sizeof *f->slots);
		f->used = 0;
	}
	memcpy(&at, hash, sizeof at);
	for (s = &f->slots[at % SLOTS]; s->id != 0; s = &f->slots[++at % SLOTS])
		if (memcmp(s->hash, hash, HASH) == 0) {
			*ret = s->id;
			buf_reset(&f->record);
			return RC_OK;
		}
	memcpy(s->hash, hash, HASH);
	*ret = s->id = ++f->ids;
	f->used++;
	return put_record(f, err);
}

static void
end_run(struct frames *f, const struct run *r, unsigned *nruns)
{
	if (f->text.len == 0)
		return;
	put_number(&f->runs, r->style.fg);
	put_number(&f->runs, r->style.bg);
	put_number(&f->runs, r->style.attributes | r->width);
	put_number(&f->runs, f->text.len);
	buf_span_put(&f->runs, buf_span(&f->text));
	f->runs.bad |= f->text.bad;
	buf_reset(&f->text);
	++*nruns;
}

/* Characters that every monospaced font draws in one column. */
static bool
regular(const struct pane_cell *c)
{
	uint32_t u = c->chars[0];

	return c->width == 1 && c->chars[1] == 0 &&
	       (u < 0x17F || (u >= 0x2500 && u < 0x25A0));
}

static bool
same_run(const struct run *a, const struct run *b)
{
	/* One of its own each, when it has a width of its own. */
	return a->width == 0 && b->width == 0 && a->style.fg == b->style.fg &&
	       a->style.bg == b->style.bg && a->style.attributes == b->style.attributes;
}

static bool
blank(const struct pane_cell *c)
{
	return (c->chars[0] == 0 || c->chars[0] == ' ') && c->style.bg == 0 &&
	       (c->style.attributes & (PANE_REVERSE | PANE_UNDERLINE | PANE_STRIKE)) ==
		   0;
}

static int
row_width(const struct pane *p, int row)
{
	struct pane_cell c;
	int n = pane_columns(p);

	for (; n > 0; n--) {
		pane_cell(p, row, n - 1, &c);
		if (c.width == 0 || !blank(&c))
			break;
	}
	return n;
}

/* Cut a row into runs; 0 is the number of an empty one. */
static enum rc
take_row(
    struct frames *f, const struct pane *p, int row, uint32_t *ret, struct err *err)
{
	struct run now = { 0 };
	unsigned nruns = 0;
	int n = row_width(p, row);

	buf_reset(&f->runs);
	buf_reset(&f->text);
	for (int i = 0; i < n; i++) {
		struct run next = { 0 };
		struct pane_cell c;

		pane_cell(p, row, i, &c);
		if (c.width == 0)
			continue;
		if (c.chars[0] == 0)
			c.chars[0] = ' ';
		next.style = c.style;
		if (!regular(&c))
			next.width = c.width == 2 ? FRAMES_WIDE : FRAMES_NARROW;
		if (!same_run(&now, &next))
			end_run(f, &now, &nruns);
		now = next;
		pane_cell_text(&c, &f->text);
	}
	end_run(f, &now, &nruns);
	*ret = 0;
	return nruns > 0 ? row_id(f, pane_wraps(p, row), nruns, ret, err) : RC_OK;
}

/* ---- frames ---- */

/* Append to changes what stands in a place now, if it is another row. */
static enum rc
take_place(struct frames *f, const struct pane *p, int row, struct buf *changes,
    unsigned *n, struct err *err)
{
	uint32_t id;
	enum rc rc;

	if ((rc = take_row(f, p, row, &id, err)) != RC_OK || id == f->shown[row])
		return rc;
	f->shown[row] = id;
	put_number(changes, (unsigned)row);
	put_number(changes, id);
	++*n;
	return RC_OK;
}

static enum rc
put_frame(struct frames *f, const struct pane *p, uint64_t us, unsigned flags,
    const struct buf *changes, unsigned n, struct err *err)
{
	uint64_t ms = us / 1000;

	put_number(&f->record, FRAMES_FRAME);
	put_number(&f->record, ms > f->last_ms ? ms - f->last_ms : 0);
	put_number(&f->record, flags);
	if (flags & FRAMES_SIZE) {
		put_number(&f->record, (unsigned)pane_columns(p));
		put_number(&f->record, (unsigned)pane_rows(p));
	}
	put_number(&f->record, (unsigned)f->row);
	put_number(&f->record, (unsigned)f->column);
	put_number(&f->record, n);
	buf_span_put(&f->record, buf_span(changes));
	f->last_ms = ms > f->last_ms ? ms : f->last_ms;
	f->flags = flags & ~(unsigned)FRAMES_SIZE;
	f->count++;
	return put_record(f, err);
}

enum rc
frames_take(struct frames *f, const struct terminal *t, uint64_t us, struct err *err)
{
	struct pane *p = terminal_pane(t);
	unsigned flags = 0, n = 0;
	int row = f->row, column = f->column;
	struct buf changes;
	enum rc rc = RC_OK;

	if (terminal_turns(t) != f->turns) {
		flags |= FRAMES_SIZE;
		memset(f->shown, 0, sizeof f->shown);
	}
	flags |= terminal_alternate(t) ? FRAMES_ALTERNATE : 0u;
	flags |= pane_cursor_shown(p) ? FRAMES_CURSOR : 0u;
	buf_init(&changes, FRAME_MOST);
	for (int i = 0; i < pane_rows(p) && rc == RC_OK; i++)
		if ((flags & FRAMES_SIZE) || pane_touched(p, i))
			rc = take_place(f, p, i, &changes, &n, err);
	pane_cursor(p, &f->row, &f->column);
	if (rc == RC_OK && !buf_ok(&changes))
		rc = err_memory(err);
	if (rc == RC_OK &&
	    (n > 0 || flags != f->flags || row != f->row || column != f->column))
		rc = put_frame(f, p, us, flags, &changes, n, err);
	f->turns = terminal_turns(t);
	buf_clear(&changes);
	pane_seen(p);
	return rc;
}

enum rc
frames_pass(struct frames *f, struct span text, struct err *err)
{
	struct run plain = { 0 };
	unsigned nruns = 0;
	uint32_t id;
	enum rc rc;

	if (text.len == 0)
		return RC_OK;
	buf_reset(&f->runs);
	buf_reset(&f->text);
	buf_span_put(&f->text, text);
	end_run(f, &plain, &nruns);
	if ((rc = row_id(f, false, nruns, &id, err)) != RC_OK)
		return rc;
	put_number(&f->record, FRAMES_PASSED);
	put_number(&f->record, id);
	return put_record(f, err);
}

uint64_t
frames_count(const struct frames *f)
{
	return f->count;
}
