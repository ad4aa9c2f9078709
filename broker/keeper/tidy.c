/* The end of recordings: what has expired is removed, shred keys are destroyed.  The log
 * says so before it happens, and that on the disk, so that no file is missing without a
 * reason; after a crash in between it is done again. */
#include "broker/keeper/keeper.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "broker/keeper/audit.h"
#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "lib/base/log.h"

struct pick {
	const struct parcels *parcels;
	uint32_t skip;
	bool found;
	struct store_rec row;
};

/* What has to go to the archive is not removed before it is there, proof and all. */
static enum rc
pick_one(void *arg, const struct store_rec *r, struct err *err)
{
	struct pick *p = arg;

	(void)err;
	if ((parcel_ships(p->parcels) && r->ship != STORE_SHIP_ALL) || p->skip-- > 0)
		return RC_OK;
	p->found = true;
	p->row = *r;
	return RC_END;
}

static enum rc
pick(struct keeper *k, uint32_t skip, struct store_rec *ret, struct err *err)
{
	struct pick p = { .parcels = k->parcels, .skip = skip };
	enum rc rc = store_recs_to_expire(k->store, clock_wall_ms(), pick_one, &p, err);

	if (rc == RC_OK || (rc == RC_END && !p.found))
		return RC_END;
	if (rc == RC_END)
		*ret = p.row;
	return rc == RC_END ? RC_OK : rc;
}

static enum rc
note(struct keeper *k, const char *kind, const struct store_rec *r,
    const struct msg_tidy *t, struct err *err)
{
	struct store_event e = { .at_ms = clock_wall_ms(),
		.kind = span_of(kind),
		.identity = t->by,
		.sid = span_make(r->sid, sizeof r->sid) };
	json_t *o = json_object();
	char *detail = NULL;
	enum rc rc;

	json_object_set_new(o, "class", json_string(r->class_));
	json_object_set_new(o, "ended_ms", json_integer((json_int_t)r->ended_ms));
	if (t->text.len > 0)
		json_object_set_new(
		    o, "why", json_stringn((const char *)t->text.p, t->text.len));
	detail = json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(o);
	if (detail == NULL)
		return err_memory(err);
	e.detail = span_of(detail);
	rc = store_event_add(k->store, &e, err);
	free(detail);
	return rc;
}

/* A file that does not go is that recording's trouble; it stays due. */
static enum rc
passing(const struct store_rec *r, enum rc rc, struct err *err)
{
	char sid[ID_UUID_TEXT];

	if (rc == RC_OK)
		return RC_OK;
	id_uuid_text(r->sid, sid);
	err_add(err, "recording %s", sid);
	log_line(LOG_ERROR, "%s", err->text);
	return RC_RETRY;
}

static enum rc
shred(struct keeper *k, const struct store_rec *r, const struct msg_tidy *t,
    struct err *err)
{
	enum rc rc = passing(r, shelf_key_destroy(k->shelf, r->sid, err), err);

	if (rc != RC_OK)
		return rc;
	if (store_rec_shred(k->store, r->sid, err) != RC_OK ||
	    note(k, "recording.shredded", r, t, err) != RC_OK)
		return RC_FAIL;
	return RC_OK;
}

static enum rc
expire(struct keeper *k, const struct store_rec *r, const struct msg_tidy *t,
    struct err *err)
{
	enum rc rc = passing(r, shelf_remove(k->shelf, r->sid, err), err);

	if (rc != RC_OK)
		return rc;
	if (store_rec_gone(k->store, r->sid, clock_wall_ms(), err) != RC_OK ||
	    note(k, "recording.expired", r, t, err) != RC_OK)
		return RC_FAIL;
	return RC_OK;
}

static enum rc
say_in_log(struct keeper *k, const struct store_rec *r, unsigned what,
    const struct msg_tidy *t, struct err *err)
{
	char by[STORE_IDENTITY];
	const char *actor =
	    span_copy(t->by, by, sizeof by) && by[0] != '\0' ? by : NULL;

	if (((what & TIDIED_SHREDDED) &&
		journal_gone(k->journal, LEAF_SHRED, r->sid, actor, err) != RC_OK) ||
	    ((what & TIDIED_GONE) &&
		journal_gone(k->journal, LEAF_EXPIRE, r->sid, actor, err) != RC_OK) ||
	    journal_sync(k->journal, err) != RC_OK)
		return RC_FAIL;
	return RC_OK;
}

static enum rc
end(struct keeper *k, const struct store_rec *r, unsigned what,
    const struct msg_tidy *t, struct err *err)
{
	enum rc rc = say_in_log(k, r, what, t, err);

	if (rc == RC_OK && (what & TIDIED_SHREDDED))
		rc = shred(k, r, t, err);
	if (rc == RC_OK && (what & TIDIED_GONE))
		rc = expire(k, r, t, err);
	return rc;
}

static void
answer(struct kept *kept, const struct store_rec *r, unsigned what)
{
	memcpy(kept->bytes, r->sid, sizeof r->sid);
	kept->bytes[sizeof r->sid] = (uint8_t)what;
	kept->nbytes = sizeof r->sid + 1;
}

static unsigned
what_goes(const struct store_rec *r)
{
	return TIDIED_GONE | (r->shred == STORE_SHRED_KEY ? TIDIED_SHREDDED : 0);
}

static enum rc
tidy_due(struct keeper *k, const struct msg_tidy *t, struct kept *kept, struct err *err)
{
	struct store_rec row;
	enum rc rc = pick(k, t->what == TIDY_LOOK ? t->skip : 0, &row, err);

	if (rc != RC_OK)
		return rc;
	if (t->what == TIDY_EXPIRE &&
	    (rc = end(k, &row, what_goes(&row), t, err)) != RC_OK)
		return rc;
	answer(kept, &row, what_goes(&row));
	return RC_OK;
}

static enum rc
tidy_shred(
    struct keeper *k, const struct msg_tidy *t, struct kept *kept, struct err *err)
{
	struct store_rec row;
	enum rc rc;

	if (t->sid.len != 16)
		return err_set(err, RC_REFUSE, "no recording is named");
	if ((rc = store_rec_get(k->store, t->sid.p, &row, err)) != RC_OK)
		return rc == RC_END
			   ? err_set(err, RC_REFUSE, "there is no such recording")
			   : rc;
	if (row.shred == STORE_SHRED_NONE)
		return err_set(
		    err, RC_REFUSE, "it has no shred key: its class did not want one");
	if (row.shred == STORE_SHRED_DONE)
		return err_set(err, RC_REFUSE, "it is shredded already");
	if (row.state == STORE_REC_OPEN)
		return err_set(err, RC_REFUSE, "its session still runs");
	if (row.gone_ms > 0 || row.state == STORE_REC_LOST)
		return err_set(err, RC_REFUSE, "it is not here any more");
	if ((rc = end(k, &row, TIDIED_SHREDDED, t, err)) == RC_OK)
		answer(kept, &row, TIDIED_SHREDDED);
	return rc;
}

static enum rc
tidy_count(struct keeper *k, struct kept *kept, struct err *err)
{
	struct parcel_backlog b;
	struct buf out;
	enum rc rc = parcel_backlog(k->parcels, clock_wall_ms(), &b, err);

	if (rc != RC_OK)
		return rc;
	buf_over(&out, kept->bytes, sizeof kept->bytes);
	buf_u64(&out, b.bytes);
	buf_u64(&out, b.count);
	buf_u64(&out, b.oldest_ms);
	kept->nbytes = out.len;
	return RC_OK;
}

enum rc
keep_tidy(struct keeper *k, uint32_t id, const union msg_any *m, struct kept *kept,
    struct err *err)
{
	const struct msg_tidy *t = &m->tidy;

	(void)id;
	switch (t->what) {
	case TIDY_EXPIRE:
	case TIDY_LOOK:
		return tidy_due(k, t, kept, err);
	case TIDY_SHRED:
		return tidy_shred(k, t, kept, err);
	case TIDY_COUNT:
		return tidy_count(k, kept, err);
	default:
		return err_set(err, RC_REFUSE, "no such thing can be done");
	}
}
