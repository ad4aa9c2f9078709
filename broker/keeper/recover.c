/* After a start: no recording that an earlier life left open can go on, so it is ended as
 * it is.  Files are looked at and moved, never changed.  Holds stay. */
#include "broker/keeper/keeper.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/keeper/audit.h"
#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "lib/base/log.h"

struct job {
	struct keeper *k;
	struct recovery *found;
};

static void
note(struct job *j, const uint8_t sid[16], const char *what)
{
	char text[ID_UUID_TEXT];

	id_uuid_text(sid, text);
	log_line(LOG_NOTICE, "recording %s: %s", text, what);
	j->found->recovered++;
}

/* End an open recording whose file is fd. */
static enum rc
end_by_file(struct job *j, const uint8_t sid[16], int fd, struct err *err)
{
	char why[ERR_TEXT] = "";
	struct proof proof;
	bool whole = false;
	enum rc rc;

	if ((rc = inspector_look(fd, j->k->trust, &proof, err)) != RC_OK ||
	    (rc = answer_end_rec(
		 j->k, sid, &proof, LEAF_RECOVER_START, &whole, why, err)) != RC_OK)
		return rc;
	/* One that only lacked its move is not worth a word. */
	if (!whole)
		note(j, sid, why);
	return RC_OK;
}

static enum rc
spool_file(void *arg, const uint8_t sid[16], int fd, struct err *err)
{
	struct job *j = arg;
	struct store_rec row;
	enum rc rc = store_rec_get(j->k->store, sid, &row, err);

	/* Ended before, and lying here again: somebody has put it there. */
	if (rc == RC_OK && row.state != STORE_REC_OPEN) {
		note(j, sid, "it has ended, and yet lies in spool");
		return RC_OK;
	}
	/* Made, but its row was not committed any more. */
	if (rc == RC_END) {
		row = (struct store_rec){ .opened_ms = clock_wall_ms() };
		memcpy(row.sid, sid, sizeof row.sid);
		rc = store_rec_add(j->k->store, &row, err);
	}
	return rc == RC_OK ? end_by_file(j, sid, fd, err) : rc;
}

/* Rows cannot change while they are walked over: sids are gathered first. */
struct sids {
	uint8_t (*sid)[16];
	size_t n, cap;
};

static enum rc
gather_sid(void *arg, const struct store_rec *r, struct err *err)
{
	struct sids *s = arg;

	if (s->n == s->cap) {
		size_t cap = s->cap * 2 + 16;
		void *grown = realloc(s->sid, cap * sizeof *s->sid);

		if (grown == NULL)
			return err_memory(err);
		s->sid = grown;
		s->cap = cap;
	}
	memcpy(s->sid[s->n++], r->sid, sizeof r->sid);
	return RC_OK;
}

/* Open in the store, and not in spool: moved just before the end, or gone. */
static enum rc
end_without_spool(struct job *j, const uint8_t sid[16], struct err *err)
{
	struct leaf leaf = { .type = LEAF_RECOVER,
		.recover.reason = LEAF_RECOVER_LOST };
	struct store_rec row = { .state = STORE_REC_LOST };
	uint64_t now = clock_wall_ms();
	int fd;
	enum rc rc = depot_done(j->k->depot, sid, &fd, err);

	if (rc == RC_OK) {
		rc = end_by_file(j, sid, fd, err);
		close(fd);
		return rc;
	}
	if (rc != RC_END && rc != RC_REFUSE)
		return rc;
	memcpy(row.sid, sid, sizeof row.sid);
	if ((rc = store_rec_end(j->k->store, sid, row.state, now, 0, row.h, err)) !=
	    RC_OK)
		return rc;
	if ((rc = journal_ended(j->k->journal, sid, &leaf, err)) != RC_OK)
		return rc;
	note(j, sid, "its file is gone");
	return audit_recording(j->k->store, &row, now, NULL, err);
}

static enum rc
end_recordings(struct job *j, struct err *err)
{
	struct sids s = { 0 };
	enum rc rc;

	if ((rc = depot_each(j->k->depot, spool_file, j, err)) != RC_OK)
		return rc;
	rc = store_recs(j->k->store, STORE_REC_OPEN, gather_sid, &s, err);
	for (size_t i = 0; rc == RC_OK && i < s.n; i++)
		rc = end_without_spool(j, s.sid[i], err);
	free(s.sid);
	return rc;
}

static enum rc
count_hold(void *arg, const struct store_hold *h, struct err *err)
{
	(void)h;
	(void)err;
	++*(uint32_t *)arg;
	return RC_OK;
}

/* They stay as they are: the monitor takes them up again. */
static enum rc
count_holds(struct job *j, struct err *err)
{
	struct store *s = j->k->store;
	uint32_t *n = &j->found->held;
	enum rc rc = store_holds(s, HOLD_PENDING, count_hold, n, err);

	return rc == RC_OK ? store_holds(s, HOLD_APPROVED, count_hold, n, err) : rc;
}

enum rc
recover(struct keeper *k, struct recovery *ret, struct err *err)
{
	struct job j = { k, ret };
	enum rc rc;

	*ret = (struct recovery){ 0 };
	if ((rc = commit_begin(k->commit, err)) != RC_OK ||
	    (rc = end_recordings(&j, err)) != RC_OK ||
	    (rc = count_holds(&j, err)) != RC_OK ||
	    (rc = commit_finish(k->commit, err)) != RC_OK)
		err_add(err, "recover");
	return rc;
}
