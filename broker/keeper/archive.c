/* What the monitor asks about the archive: the next parcel, and what became of one. */
#include "broker/keeper/keeper.h"

#include <stdio.h>
#include <string.h>

#include "broker/keeper/audit.h"
#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "lib/base/log.h"

/* The digest is known: hand it out. */
static void
hashed(void *arg, const struct hashed *h)
{
	struct keeper *k = arg;
	struct kept kept = { .fd = -1, .rc = RC_RETRY };
	struct msg_parcel parcel;
	int fd = h->fd;

	if (h->rc == RC_OK && parcel_describe(k->parcels, h->sid, h->sha256, &parcel) &&
	    port_send(k->port, MSG_PARCEL, h->id, &parcel, &fd, 1) == RC_OK)
		return;
	if (h->rc == RC_OK)
		parcel_drop(k->parcels, h->sid);
	else
		parcel_aside(k->parcels, h->sid, clock_wall_ms(), &h->err);
	memcpy(kept.text, h->err.text, sizeof kept.text);
	commit_answer_take(k->commit, h->id, &kept);
}

enum rc
archive_begin(struct keeper *k, struct err *err)
{
	return hasher_new(k->loop, hashed, k, &k->hasher, err);
}

enum rc
archive_open(struct keeper *k, struct err *err)
{
	enum rc rc = shelf_open(k->depot, &k->shelf, err);

	if (rc != RC_OK)
		return rc;
	return parcel_open(k->store, k->depot, k->shelf, &k->parcels, err);
}

void
archive_close(struct keeper *k)
{
	hasher_free(k->hasher);
	parcel_close(k->parcels);
	shelf_close(k->shelf);
}

enum rc
keep_ship_ask(struct keeper *k, uint32_t id, const union msg_any *m, struct kept *kept,
    struct err *err)
{
	struct parcel_piece piece;
	enum rc rc;
	int fd;

	(void)m;
	(void)kept;
	rc = parcel_next(k->parcels, clock_wall_ms(), &piece, &fd, err);
	if (rc == RC_FAIL) {
		/* One file's trouble; the store's own shows when the batch ends. */
		log_line(LOG_ERROR, "archive: %s", err->text);
		return RC_RETRY;
	}
	if (rc != RC_OK)
		return rc;
	rc =
	    hasher_add_take(k->hasher, piece.sid, id, fd, piece.offset, piece.len, err);
	if (rc == RC_OK)
		return RC_WAIT;
	parcel_drop(k->parcels, piece.sid);
	return RC_RETRY;
}

static enum rc
note_archived(struct keeper *k, const struct store_rec *row, struct err *err)
{
	char detail[96];

	snprintf(detail, sizeof detail, "{\"bytes\":%llu,\"parts\":%u}",
	    (unsigned long long)row->shipped, row->parts == 0 ? 1 : row->parts);
	return store_event_add(k->store,
	    &(struct store_event){ .at_ms = row->shipped_ms,
		.kind = span_of("recording.archived"),
		.sid = span_make(row->sid, sizeof row->sid),
		.detail = span_of(detail) },
	    err);
}

enum rc
keep_shipped(struct keeper *k, uint32_t id, const union msg_any *m, struct kept *kept,
    struct err *err)
{
	const struct msg_shipped *s = &m->shipped;
	char text[ID_UUID_TEXT];
	struct store_rec row;
	bool whole;
	enum rc rc;

	(void)id;
	(void)kept;
	rc = parcel_arrived(k->parcels, s, clock_wall_ms(), &whole, &row, err);
	if (rc != RC_OK)
		return rc;
	if (!s->good) {
		id_uuid_text(s->sid.p, text);
		log_line(LOG_NOTICE, "recording %s is not archived: %.*s", text,
		    (int)s->text.len, (const char *)s->text.p);
	}
	return whole ? note_archived(k, &row, err) : RC_OK;
}
