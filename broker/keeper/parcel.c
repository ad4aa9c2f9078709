/* Parcels for the archive; see parcel.h. */
#include "broker/keeper/parcel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/id.h"
#include "lib/base/log.h"
#include "recorder/segment.h"

#define SEGMENT_DEFAULT (8ull << 20)
#define PROOF_MAX (1u << 20)
#define LOOK_MS 1000 /* a backlog that was counted is good for so long */
#define ASIDE 64
#define ASIDE_MS 600000

struct out {
	bool used;
	uint8_t sid[16], kind;
	uint32_t part;
	uint64_t offset, len;
	uint64_t until_ms;
	char class_[STORE_CLASS];
	enum store_lock lock;
};

/* What cannot be read; those behind it do not wait for it. */
struct aside {
	uint8_t sid[16];
	uint64_t until_ms;
};

struct parcels {
	struct store *store;
	struct depot *depot;
	struct shelf *shelf;
	bool ship;
	uint64_t segment, most_bytes, most_age_ms;
	struct out out[PARCEL_OUT];
	struct aside aside[ASIDE];
	size_t aside_next;
	uint64_t looked_ms;
	struct parcel_backlog seen;
};

enum rc
parcel_open(struct store *store, struct depot *depot, struct shelf *shelf,
    struct parcels **ret, struct err *err)
{
	struct parcels *p = calloc(1, sizeof *p);

	if (p == NULL)
		return err_memory(err);
	*p = (struct parcels){ .store = store,
		.depot = depot,
		.shelf = shelf,
		.segment = SEGMENT_DEFAULT };
	*ret = p;
	return RC_OK;
}

void
parcel_close(struct parcels *p)
{
	free(p);
}

void
parcel_terms(struct parcels *p, const struct msg_terms *t)
{
	p->ship = t->ship != 0;
	p->segment = t->ship_segment != 0 ? t->ship_segment : SEGMENT_DEFAULT;
	p->most_bytes = t->ship_bytes;
	p->most_age_ms = t->ship_age_s * 1000;
	p->looked_ms = 0;
}

bool
parcel_ships(const struct parcels *p)
{
	return p->ship;
}

/* ---- what is out ---- */

static struct out *
find_out(struct parcels *p, const uint8_t sid[16])
{
	for (size_t i = 0; i < PARCEL_OUT; i++)
		if (p->out[i].used && memcmp(p->out[i].sid, sid, 16) == 0)
			return &p->out[i];
	return NULL;
}

static struct out *
free_out(struct parcels *p)
{
	for (size_t i = 0; i < PARCEL_OUT; i++)
		if (!p->out[i].used)
			return &p->out[i];
	return NULL;
}

static bool
is_aside(const struct parcels *p, const uint8_t sid[16], uint64_t now_ms)
{
	for (size_t i = 0; i < ASIDE; i++)
		if (p->aside[i].until_ms > now_ms &&
		    memcmp(p->aside[i].sid, sid, 16) == 0)
			return true;
	return false;
}

/* It stays due, and is tried again after a while. */
static void
put_aside(
    struct parcels *p, const uint8_t sid[16], uint64_t now_ms, const struct err *err)
{
	struct aside *a = &p->aside[p->aside_next++ % ASIDE];
	char text[ID_UUID_TEXT];

	memcpy(a->sid, sid, sizeof a->sid);
	a->until_ms = now_ms + ASIDE_MS;
	id_uuid_text(sid, text);
	log_line(LOG_ERROR, "recording %s cannot be archived: %s", text, err->text);
}

static enum rc
size_of(int fd, uint64_t *ret, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_errno(err, RC_FAIL, "look at a recording");
	*ret = (uint64_t)st.st_size;
	return RC_OK;
}

/* ---- choosing ---- */

/* What was found for the next parcel.  A row whose file is all there already, or whose
 * proof will not come any more, only needs its mark. */
struct choice {
	struct parcels *p;
	uint64_t now_ms;
	bool found, mark;
	enum store_ship mark_as;
	struct store_rec row;
	struct out what;
	int fd;
};

static enum rc
choose_piece(struct choice *c, int fd, uint64_t size, bool ended, struct err *err)
{
	struct out *w = &c->what;
	enum rc rc;

	if (ended && c->row.shipped == 0 && c->row.parts == 0 &&
	    size <= c->p->segment) {
		w->kind = PARCEL_WHOLE;
		w->len = size;
		return RC_OK;
	}
	w->kind = PARCEL_SEGMENT;
	w->part = c->row.parts + 1;
	w->offset = c->row.shipped;
	rc = segment_cut(fd, w->offset, size, c->p->segment, ended, &w->len, err);
	return rc;
}

static enum rc
choose_file(struct choice *c, struct err *err)
{
	uint64_t size = 0;
	enum rc rc = depot_done(c->p->depot, c->row.sid, &c->fd, err);

	if (rc != RC_OK) /* gone: others will say so */
		return rc == RC_END ? RC_OK : rc;
	if ((rc = size_of(c->fd, &size, err)) != RC_OK)
		return rc;
	if (c->row.shipped >= size && size > 0) {
		c->mark = true;
		c->mark_as = STORE_SHIP_FILE;
		return RC_END;
	}
	c->what = (struct out){ 0 };
	rc = size == 0 && c->row.parts > 0 ? RC_END
					   : choose_piece(c, c->fd, size, true, err);
	c->found = rc == RC_OK;
	return rc == RC_OK ? RC_END : rc == RC_END ? RC_OK : rc;
}

static enum rc
choose_proof(struct choice *c, struct err *err)
{
	enum rc rc = shelf_proof(c->p->shelf, c->row.sid, &c->fd, err);

	if (rc == RC_END) {
		if (c->now_ms < c->row.ended_ms + PARCEL_PROOF_MS)
			return RC_OK;
		c->mark = true;
		c->mark_as = STORE_SHIP_ALL;
		return RC_END;
	}
	if (rc != RC_OK)
		return rc;
	c->what = (struct out){ .kind = PARCEL_PROOF };
	if ((rc = size_of(c->fd, &c->what.len, err)) != RC_OK)
		return rc;
	if (c->what.len > PROOF_MAX)
		return err_set(err, RC_FAIL, "a proof that is too long");
	c->found = true;
	return RC_END;
}

static void
drop_fd(struct choice *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

/* RC_END ends the walk: something was found. */
static enum rc
look_at_ended(void *arg, const struct store_rec *r, struct err *err)
{
	struct choice *c = arg;
	enum rc rc;

	if (find_out(c->p, r->sid) != NULL || is_aside(c->p, r->sid, c->now_ms))
		return RC_OK;
	c->row = *r;
	rc = r->ship == STORE_SHIP_PART ? choose_file(c, err) : choose_proof(c, err);
	if (!c->found)
		drop_fd(c);
	if (rc == RC_FAIL || rc == RC_REFUSE) {
		put_aside(c->p, r->sid, c->now_ms, err);
		return RC_OK;
	}
	return rc;
}

static enum rc
look_at_open(void *arg, const uint8_t sid[16], int fd, struct err *err)
{
	struct choice *c = arg;
	uint64_t size = 0, since;
	enum rc rc;

	if (find_out(c->p, sid) != NULL || is_aside(c->p, sid, c->now_ms))
		return RC_OK;
	rc = store_rec_get(c->p->store, sid, &c->row, err);
	if (rc == RC_END || (rc == RC_OK && c->row.state != STORE_REC_OPEN))
		return RC_OK;
	if (rc != RC_OK || (rc = size_of(fd, &size, err)) != RC_OK)
		return rc;
	since =
	    c->row.shipped_ms > c->row.opened_ms ? c->row.shipped_ms : c->row.opened_ms;
	if (size <= c->row.shipped || (size - c->row.shipped < c->p->segment &&
					  c->now_ms < since + PARCEL_AGE_MS))
		return RC_OK;
	c->what = (struct out){ 0 };
	rc = choose_piece(c, fd, size, false, err);
	if (rc == RC_FAIL)
		put_aside(c->p, sid, c->now_ms, err);
	if (rc != RC_OK)
		return RC_OK;
	if ((c->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3)) < 0)
		return err_errno(err, RC_FAIL, "a descriptor");
	c->found = true;
	return RC_END;
}

static enum rc
mark(struct parcels *p, const struct choice *c, struct err *err)
{
	struct store_rec row = c->row;

	row.ship = c->mark_as;
	row.shipped_ms = c->now_ms;
	return store_rec_ship(p->store, &row, err);
}

static enum rc
choose(struct choice *c, struct err *err)
{
	enum rc rc;

	do {
		c->mark = c->found = false;
		rc = store_recs_to_ship(c->p->store, look_at_ended, c, err);
		if (rc == RC_END && c->mark && (rc = mark(c->p, c, err)) != RC_OK)
			return rc;
	} while (c->mark);
	if (rc == RC_OK)
		rc = depot_live(c->p->depot, look_at_open, c, err);
	if (rc != RC_OK && rc != RC_END)
		return rc;
	return c->found ? RC_OK : RC_END;
}

/* ---- handing out ---- */

static uint64_t
locked_until(const struct choice *c)
{
	uint64_t from = c->row.state == STORE_REC_OPEN ? c->now_ms + PARCEL_LONGEST_MS
						       : c->row.ended_ms;

	return c->row.keep_s == 0 ? 0 : from + c->row.keep_s * 1000;
}

enum rc
parcel_next(struct parcels *p, uint64_t now_ms, struct parcel_piece *ret, int *fd,
    struct err *err)
{
	struct choice c = { .p = p, .now_ms = now_ms, .fd = -1 };
	struct out *o = free_out(p);
	enum rc rc;

	if (!p->ship)
		return RC_END;
	if (o == NULL)
		return err_set(err, RC_REFUSE, "too many parcels are out");
	if ((rc = choose(&c, err)) != RC_OK) {
		drop_fd(&c);
		return rc;
	}
	*o = c.what;
	o->used = true;
	o->until_ms = locked_until(&c);
	memcpy(o->sid, c.row.sid, sizeof o->sid);
	memcpy(o->class_, c.row.class_, sizeof o->class_);
	o->lock = c.row.lock;
	*ret = (struct parcel_piece){ .offset = o->offset, .len = o->len };
	memcpy(ret->sid, o->sid, sizeof ret->sid);
	*fd = c.fd;
	return RC_OK;
}

bool
parcel_describe(struct parcels *p, const uint8_t sid[16], const uint8_t sha256[32],
    struct msg_parcel *ret)
{
	const struct out *o = find_out(p, sid);

	if (o == NULL)
		return false;
	*ret = (struct msg_parcel){ .sid = span_make(o->sid, sizeof o->sid),
		.kind = o->kind,
		.part = o->part,
		.offset = o->offset,
		.len = o->len,
		.sha256 = span_make(sha256, 32),
		.until_ms = o->until_ms,
		.class_ = span_of(o->class_),
		.lock = (uint8_t)o->lock };
	return true;
}

void
parcel_drop(struct parcels *p, const uint8_t sid[16])
{
	struct out *o = find_out(p, sid);

	if (o != NULL)
		o->used = false;
}

void
parcel_aside(
    struct parcels *p, const uint8_t sid[16], uint64_t now_ms, const struct err *err)
{
	parcel_drop(p, sid);
	put_aside(p, sid, now_ms, err);
}

/* ---- what came of it ---- */

/* Is all of it there now?  It may have ended, and grown, since it was handed out. */
static enum rc
is_whole(struct parcels *p, const struct store_rec *row, bool *ret, struct err *err)
{
	uint64_t size = 0;
	enum rc rc;
	int fd;

	*ret = false;
	if (row->state == STORE_REC_OPEN)
		return RC_OK;
	if ((rc = depot_done(p->depot, row->sid, &fd, err)) != RC_OK)
		return rc == RC_END ? RC_OK : rc;
	if ((rc = size_of(fd, &size, err)) == RC_OK)
		*ret = row->shipped >= size;
	close(fd);
	return rc;
}

static enum rc
note_arrival(struct parcels *p, const struct out *o, struct store_rec *row,
    uint64_t now_ms, bool *whole, struct err *err)
{
	enum rc rc;

	row->shipped_ms = now_ms;
	if (o->kind == PARCEL_PROOF) {
		row->ship = STORE_SHIP_ALL;
		return store_rec_ship(p->store, row, err);
	}
	row->shipped = o->offset + o->len;
	row->parts = o->part;
	if ((rc = is_whole(p, row, whole, err)) != RC_OK)
		return rc;
	if (*whole)
		row->ship = STORE_SHIP_FILE;
	return store_rec_ship(p->store, row, err);
}

enum rc
parcel_arrived(struct parcels *p, const struct msg_shipped *m, uint64_t now_ms,
    bool *whole, struct store_rec *ret, struct err *err)
{
	struct out *o = find_out(p, m->sid.p);
	struct store_rec row;
	enum rc rc;

	if (o == NULL || o->kind != m->kind || o->part != m->part)
		return err_set(err, RC_REFUSE, "no such parcel is out");
	o->used = false;
	*whole = false;
	p->looked_ms = 0;
	if ((rc = store_rec_get(p->store, m->sid.p, &row, err)) != RC_OK)
		return rc == RC_END ? err_set(err, RC_REFUSE, "no such recording") : rc;
	if (m->good && row.gone_ms == 0)
		rc = note_arrival(p, o, &row, now_ms, whole, err);
	*ret = row;
	return rc;
}

/* ---- how much waits ---- */

struct count {
	struct parcels *p;
	struct parcel_backlog *to;
};

static void
add(struct parcel_backlog *b, uint64_t bytes, uint64_t since_ms)
{
	if (bytes == 0)
		return;
	b->bytes += bytes;
	b->count++;
	if (b->oldest_ms == 0 || since_ms < b->oldest_ms)
		b->oldest_ms = since_ms;
}

static enum rc
count_ended(void *arg, const struct store_rec *r, struct err *err)
{
	struct count *c = arg;

	(void)err;
	if (r->ship == STORE_SHIP_PART && r->len > r->shipped)
		add(c->to, r->len - r->shipped, r->ended_ms);
	return RC_OK;
}

static enum rc
count_open(void *arg, const uint8_t sid[16], int fd, struct err *err)
{
	struct count *c = arg;
	struct store_rec r;
	uint64_t size = 0;
	enum rc rc = store_rec_get(c->p->store, sid, &r, err);

	if (rc != RC_OK)
		return rc == RC_END ? RC_OK : rc;
	if ((rc = size_of(fd, &size, err)) == RC_OK && size > r.shipped)
		add(c->to, size - r.shipped,
		    r.shipped_ms > r.opened_ms ? r.shipped_ms : r.opened_ms);
	return rc;
}

enum rc
parcel_backlog(
    struct parcels *p, uint64_t now_ms, struct parcel_backlog *ret, struct err *err)
{
	struct parcel_backlog b = { 0 };
	struct count c = { p, &b };
	enum rc rc;

	if ((rc = store_recs_to_ship(p->store, count_ended, &c, err)) != RC_OK ||
	    (rc = depot_live(p->depot, count_open, &c, err)) != RC_OK)
		return rc;
	p->looked_ms = now_ms;
	p->seen = *ret = b;
	return RC_OK;
}

enum rc
parcel_admit(struct parcels *p, uint64_t now_ms, struct err *err)
{
	struct parcel_backlog b = p->seen;
	enum rc rc;

	if (!p->ship || (p->most_bytes == 0 && p->most_age_ms == 0))
		return RC_OK;
	if ((p->looked_ms == 0 || now_ms - p->looked_ms > LOOK_MS) &&
	    (rc = parcel_backlog(p, now_ms, &b, err)) != RC_OK)
		return rc;
	if (p->most_bytes != 0 && b.bytes > p->most_bytes)
		return err_set(err, RC_RETRY,
		    "the archive is behind: %llu KiB of recordings wait for it, %llu "
		    "KiB may",
		    (unsigned long long)(b.bytes >> 10),
		    (unsigned long long)(p->most_bytes >> 10));
	if (p->most_age_ms != 0 && b.oldest_ms != 0 &&
	    now_ms > b.oldest_ms + p->most_age_ms)
		return err_set(err, RC_RETRY,
		    "the archive is behind: a recording has been waiting for it for "
		    "%llu s, %llu s may",
		    (unsigned long long)((now_ms - b.oldest_ms) / 1000),
		    (unsigned long long)(p->most_age_ms / 1000));
	return RC_OK;
}
