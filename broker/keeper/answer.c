/* The monitor's requests.  A handler changes rows in the open transaction and fills in
 * the answer; commit.c sends it once the batch is on disk. */
#include "broker/keeper/keeper.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "broker/keeper/audit.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "recorder/ending.h"
#include "recorder/seal.h"

/* No request has this number: what is inspected so is answered already. */
#define BEHIND UINT32_MAX
/* Answers that may wait: as many as the monitor lets requests wait. */
#define QUEUE_FRAMES 8192

/* RC_WAIT: the answer comes later. */
typedef enum rc work_fn(struct keeper *k, uint32_t id, const union msg_any *m,
    struct kept *kept, struct err *err);

static enum rc
serve(struct keeper *k, uint32_t id, work_fn *work, const union msg_any *m)
{
	struct kept kept = { .fd = -1 };
	struct err err = { "" };

	if ((kept.rc = commit_begin(k->commit, &err)) == RC_OK)
		kept.rc = work(k, id, m, &kept, &err);
	if (kept.rc == RC_WAIT)
		return RC_OK;
	if (kept.rc != RC_OK)
		memcpy(kept.text, err.text, sizeof kept.text);
	commit_answer_take(k->commit, id, &kept);
	return RC_OK;
}

static enum rc
keep_event(struct keeper *k, uint32_t id, const union msg_any *m, struct kept *kept,
    struct err *err)
{
	const struct msg_event *e = &m->event;
	const struct store_event row = { .at_ms = e->at_ms,
		.kind = e->kind,
		.identity = e->identity,
		.sid = e->sid,
		.rule = e->rule,
		.detail = e->detail };
	enum rc rc = audit_detail_ok(e->detail, err);

	(void)id;
	(void)kept;
	return rc == RC_OK ? store_event_add(k->store, &row, err) : rc;
}

static enum rc
keep_hold_new(struct keeper *k, uint32_t id, const union msg_any *m, struct kept *kept,
    struct err *err)
{
	const struct msg_hold_new *h = &m->hold_new;
	struct store_hold row = { .id = h->hold,
		.identity = h->identity,
		.rule = h->rule,
		.canon = h->canon,
		.at_ms = h->at_ms,
		.until_ms = h->until_ms,
		.detail = h->detail };
	enum rc rc;

	(void)id;
	(void)kept;
	memcpy(row.digest, h->digest.p, sizeof row.digest);
	memcpy(row.policy, h->policy.p, sizeof row.policy);
	if ((rc = audit_detail_ok(h->detail, err)) != RC_OK ||
	    (rc = store_hold_add(k->store, &row, err)) != RC_OK)
		return rc;
	return audit_hold_new(k->store, &row, err);
}

static enum rc
keep_hold_set(struct keeper *k, uint32_t id, const union msg_any *m, struct kept *kept,
    struct err *err)
{
	const struct msg_hold_set *h = &m->hold_set;
	const struct store_vote v = { .hold = h->hold,
		.state = (enum hold_state)h->state,
		.at_ms = h->at_ms,
		.by = h->by,
		.proof = h->proof,
		.reason = h->reason,
		.key = h->key,
		.source = h->source,
		.verified = h->verified != 0 };
	enum rc rc;

	(void)id;
	(void)kept;
	if (!hold_state_ok(h->state) || h->verified > 1)
		return err_set(err, RC_REFUSE, "no state of a hold");
	if (v.state == HOLD_SPENT && (rc = approved_may_run(k, v.hold, err)) != RC_OK)
		return rc;
	if ((rc = store_hold_set(k->store, &v, err)) != RC_OK)
		return rc;
	return audit_hold_set(k->store, &v, err);
}

static enum rc
make_shred_key(struct keeper *k, const uint8_t sid[16], struct kept *kept,
    struct store_rec *row, struct err *err)
{
	enum rc rc = shelf_key_make(k->shelf, sid, kept->bytes + 8, err);

	row->shred = STORE_SHRED_KEY;
	if (rc == RC_FAIL)
		log_line(LOG_ERROR, "no shred key can be made: %s", err->text);
	return rc == RC_FAIL ? err_set(err, RC_RETRY, "no shred key can be made") : rc;
}

static enum rc
keep_open_rec(struct keeper *k, uint32_t id, const union msg_any *m, struct kept *kept,
    struct err *err)
{
	const struct msg_open_rec *o = &m->open_rec;
	struct store_rec row;
	const uint8_t *sid = o->sid.p;
	uint64_t now = clock_wall_ms(), left = QUOTA_NONE;
	enum rc rc;

	(void)id;
	if ((rc = upkeep_admit(k, o->identity, &left, err)) != RC_OK ||
	    (rc = journal_ready(k->journal, err)) != RC_OK)
		return rc;
	if ((rc = store_rec_get(k->store, sid, &row, err)) != RC_END)
		return rc == RC_OK ? err_set(err, RC_REFUSE, "the recording exists")
				   : rc;
	row = (struct store_rec){ .state = STORE_REC_OPEN,
		.opened_ms = now,
		.keep_s = o->keep_s,
		.lock = (enum store_lock)o->lock };
	memcpy(row.sid, sid, sizeof row.sid);
	if (!span_copy(o->identity, row.identity, sizeof row.identity) ||
	    !span_copy(o->class_, row.class_, sizeof row.class_))
		return err_set(err, RC_REFUSE, "an odd identity or class");
	/* Before the file: a key without one is nobody's, a file without one cannot be
	 * opened. */
	if (o->shred && (rc = make_shred_key(k, sid, kept, &row, err)) != RC_OK)
		return rc;
	if ((rc = depot_create(k->depot, sid, &kept->fd, err)) != RC_OK)
		return rc;
	/* A file without its row is for the next start to find. */
	if (store_rec_add(k->store, &row, err) != RC_OK ||
	    audit_recording(k->store, &row, now, NULL, err) != RC_OK)
		return RC_FAIL;
	for (int i = 0; i < 8; i++)
		kept->bytes[i] = (uint8_t)(left >> (56 - 8 * i));
	kept->nbytes = o->shred ? 8 + SHRED_KEY : 8;
	return roster_add(k->roster, sid, o->identity, err) == RC_OK ? RC_OK : RC_FAIL;
}

/* Sign only what the file itself says. */
static enum rc
keep_seal_rec(struct keeper *k, uint32_t id, const union msg_any *m, struct kept *kept,
    struct err *err)
{
	const struct msg_seal_rec *s = &m->seal_rec;
	const uint8_t *sid = s->sid.p;
	int fd = depot_fd(k->depot, sid);
	struct store_rec row;
	struct header header;
	uint8_t h1[32];
	enum rc rc;

	(void)id;
	if (fd < 0)
		return err_set(err, RC_REFUSE, "no such recording");
	if ((rc = proof_head(fd, &header, h1, err)) != RC_OK)
		return rc;
	if (memcmp(header.sid, sid, sizeof header.sid) != 0 ||
	    memcmp(h1, s->h1.p, sizeof h1) != 0)
		return err_set(err, RC_REFUSE, "the file does not begin as it should");
	if (strcmp(header.broker, keyfile_label(k->key)) != 0)
		return err_set(err, RC_REFUSE, "the file names another broker");
	if ((rc = store_rec_seal(k->store, sid, s->spk.p, h1, err)) != RC_OK)
		return rc;
	/* The row is written: what fails now spoils the batch. */
	if (store_rec_get(k->store, sid, &row, err) != RC_OK ||
	    seal_certify(k->key, sid, s->spk.p, h1, kept->bytes, kept->bytes + 8,
		err) != RC_OK ||
	    journal_opened(k->journal, sid, h1, row.spk, row.keep_s, err) != RC_OK)
		return RC_FAIL;
	kept->nbytes = sizeof kept->bytes;
	return RC_OK;
}

/* The file ends with the footer of the session that we certified: it has its row and its
 * place.  RC_REFUSE: it does not end so. */
static enum rc
end_by_footer(struct keeper *k, const uint8_t sid[16], int fd, struct err *err)
{
	struct leaf leaf = { .type = LEAF_CLOSE };
	uint64_t now = clock_wall_ms();
	struct ending e;
	struct store_rec row;
	enum rc rc;

	rc = store_rec_get(k->store, sid, &row, err);
	if (rc == RC_END)
		return err_set(err, RC_FAIL, "no row of a recording");
	if (rc != RC_OK)
		return RC_FAIL;
	if (!row.sealed)
		return err_set(err, RC_REFUSE, "it was never certified");
	if ((rc = ending_look(fd, sid, row.spk, &e, err)) != RC_OK)
		return rc;
	row.state = STORE_REC_CLOSED;
	row.len = e.file_len;
	memcpy(row.h, e.h, sizeof row.h);
	if ((rc = depot_finish(k->depot, sid, err)) == RC_END)
		return RC_REFUSE; /* ended below, as lost */
	if (rc != RC_OK || (rc = store_rec_end(k->store, sid, row.state, now, row.len,
				row.h, err)) != RC_OK)
		return RC_FAIL;
	leaf.close.chunks = e.chunks;
	leaf.close.len = e.file_len;
	memcpy(leaf.close.h, e.h, sizeof leaf.close.h);
	leaf.close.status = e.status;
	if (journal_ended(k->journal, sid, &leaf, err) != RC_OK)
		return RC_FAIL;
	roster_end(k->roster, sid, row.len);
	return audit_recording(k->store, &row, now, NULL, err);
}

/* First of all, what is there must be on the disk; nobody else waits for that. */
static enum rc
keep_close_rec(struct keeper *k, uint32_t id, const union msg_any *m, struct kept *kept,
    struct err *err)
{
	enum rc rc = roster_sync(k->roster, m->close_rec.sid.p, id, err);

	(void)kept;
	return rc == RC_OK ? RC_WAIT : rc;
}

/* The caller waits for a look at the end alone, however long the file.  All of it is
 * then proven behind the answer, and what does not hold becomes an event; a file that
 * does not end as it must, or is not safe on the disk, is looked at before the answer. */
static enum rc
end_synced(struct keeper *k, uint32_t id, const union msg_any *m, struct kept *kept,
    struct err *err)
{
	/* Not a message, but the same way to an answer. */
	const struct synced *s = (const void *)m;
	const uint8_t *sid = s->sid;
	int fd = depot_fd(k->depot, sid);
	enum rc rc = RC_REFUSE;

	(void)kept;
	if (fd < 0)
		return err_set(err, RC_REFUSE, "no such recording");
	if ((fd = fcntl(fd, F_DUPFD_CLOEXEC, 3)) < 0)
		return err_errno(err, RC_FAIL, "a descriptor");
	if (roster_trouble(k->roster, sid) == NULL)
		rc = end_by_footer(k, sid, fd, err);
	if (rc == RC_OK)
		rc = inspector_add(k->inspector, sid, BEHIND, fd, err);
	else if (rc == RC_REFUSE &&
		 (rc = inspector_add(k->inspector, sid, id, fd, err)) == RC_OK)
		rc = RC_WAIT;
	close(fd);
	return rc;
}

void
answer_synced(struct keeper *k, const struct synced *s)
{
	if (s->whole)
		(void)serve(k, s->id, end_synced, (const void *)s);
}

/* The whole file is proven, and it is the one whose session key we certified. */
static bool
is_whole(const struct store_rec *row, const struct proof *p, char *why)
{
	if (p->code != PROOF_WHOLE) {
		memcpy(why, p->text, ERR_TEXT);
		return false;
	}
	if (!p->closed || !row->sealed ||
	    memcmp(p->sid, row->sid, sizeof row->sid) != 0 ||
	    memcmp(p->spk, row->spk, sizeof row->spk) != 0 ||
	    memcmp(p->h1, row->h1, sizeof row->h1) != 0) {
		(void)span_copy(span_of("the file is not the one that was certified"),
		    why, ERR_TEXT);
		return false;
	}
	return true;
}

/* The leaf for what the file shows. */
static enum rc
log_end(struct keeper *k, const uint8_t sid[16], const struct proof *proof, bool whole,
    enum leaf_recover reason, struct err *err)
{
	struct leaf leaf = { .type = whole ? LEAF_CLOSE : LEAF_RECOVER };

	if (whole) {
		leaf.close.chunks = proof->chunks;
		leaf.close.len = proof->valid_len;
		memcpy(leaf.close.h, proof->h, sizeof leaf.close.h);
		leaf.close.status = proof->status;
	} else {
		leaf.recover.len = proof->valid_len;
		memcpy(leaf.recover.h, proof->h, sizeof leaf.recover.h);
		leaf.recover.reason = (uint8_t)reason;
	}
	return journal_ended(k->journal, sid, &leaf, err);
}

/* Its file was taken away, or another one was put in its place. */
static enum rc
end_lost(struct keeper *k, struct store_rec *row, uint64_t now, const char *why,
    struct err *err)
{
	struct leaf leaf = { .type = LEAF_RECOVER,
		.recover.reason = LEAF_RECOVER_LOST };

	row->state = STORE_REC_LOST;
	row->len = 0;
	memset(row->h, 0, sizeof row->h);
	depot_forget(k->depot, row->sid);
	roster_end(k->roster, row->sid, 0);
	if (store_rec_end(k->store, row->sid, row->state, now, 0, row->h, err) !=
		RC_OK ||
	    journal_ended(k->journal, row->sid, &leaf, err) != RC_OK)
		return RC_FAIL;
	return audit_recording(k->store, row, now, why, err);
}

enum rc
answer_end_rec(struct keeper *k, const uint8_t sid[16], const struct proof *proof,
    enum leaf_recover reason, bool *whole, char *why, struct err *err)
{
	const char *trouble = roster_trouble(k->roster, sid);
	uint64_t now = clock_wall_ms();
	struct store_rec row;
	enum rc rc;

	if ((rc = store_rec_get(k->store, sid, &row, err)) != RC_OK)
		return rc == RC_END ? err_set(err, RC_FAIL, "no row of a recording")
				    : rc;
	*whole = is_whole(&row, proof, why) && trouble == NULL;
	if (trouble != NULL)
		span_copy(span_of(trouble), why, ERR_TEXT);
	row.state = *whole ? STORE_REC_CLOSED : STORE_REC_RECOVERED;
	row.len = proof->valid_len;
	memcpy(row.h, proof->h, sizeof row.h);
	if (depot_fd(k->depot, sid) >= 0)
		rc = depot_finish(k->depot, sid, err);
	if (rc == RC_END) {
		*whole = false;
		memcpy(why, err->text, ERR_TEXT);
		return end_lost(k, &row, now, why, err);
	}
	if (rc != RC_OK)
		return rc;
	rc = store_rec_end(k->store, sid, row.state, now, row.len, row.h, err);
	if (rc != RC_OK || (rc = log_end(k, sid, proof, *whole, reason, err)) != RC_OK)
		return rc;
	roster_end(k->roster, sid, row.len);
	return audit_recording(k->store, &row, now, *whole ? NULL : why, err);
}

static enum rc
end_inspected(struct keeper *k, uint32_t id, const union msg_any *m, struct kept *kept,
    struct err *err)
{
	/* Not a message, but the same way to an answer. */
	const struct inspection *i = (const void *)m;
	struct proof proof = i->rc == RC_OK ? i->proof : (struct proof){ 0 };
	char why[ERR_TEXT] = "";
	bool whole;
	enum rc rc;

	(void)id;
	(void)kept;
	/* A file that cannot be read is one recording's trouble, and proves nothing. */
	if (i->rc != RC_OK) {
		proof.code = PROOF_TAMPERED;
		span_copy(span_of(i->err.text), proof.text, sizeof proof.text);
	}
	if ((rc = answer_end_rec(
		 k, i->sid, &proof, LEAF_RECOVER_DIED, &whole, why, err)) != RC_OK)
		return RC_FAIL;
	return whole ? RC_OK : err_set(err, RC_REFUSE, "%s", why);
}

/* What was proven behind an answer: nothing to say, or an event. */
static void
note_proof(struct keeper *k, const struct inspection *i)
{
	char why[ERR_TEXT] = "";
	struct err err = { "" };
	struct store_rec row;
	enum rc rc = store_rec_get(k->store, i->sid, &row, &err);

	if (rc == RC_OK && i->rc == RC_OK && is_whole(&row, &i->proof, why))
		return;
	if (i->rc != RC_OK)
		span_copy(span_of(i->err.text), why, sizeof why);
	log_line(LOG_ERROR, "a closed recording does not hold: %s", why);
	if ((rc = commit_begin(k->commit, &err)) != RC_OK ||
	    (rc = audit_unproven(k->store, i->sid, clock_wall_ms(), why, &err)) !=
		RC_OK)
		log_line(LOG_ERROR, "and that cannot be noted: %s", err.text);
}

void
answer_inspected(void *arg, const struct inspection *i)
{
	if (i->id == BEHIND)
		note_proof(arg, i);
	else
		(void)serve(arg, i->id, end_inspected, (const void *)i);
}

static enum rc
keep_leaf_rec(struct keeper *k, uint32_t id, const union msg_any *m, struct kept *kept,
    struct err *err)
{
	const struct msg_leaf_rec *l = &m->leaf_rec;

	(void)id;
	(void)kept;
	return journal_in_force(k->journal,
	    l->kind == LEAF_REC_KEYSET	 ? LEAF_KEYSET
	    : l->kind == LEAF_REC_POLICY ? LEAF_POLICY
					 : LEAF_TYPES,
	    l->digest.p, err);
}

#define ANSWER(name)                                                                   \
	static enum rc answer_##name(                                                  \
	    void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err) \
	{                                                                              \
		(void)fds;                                                             \
		(void)err;                                                             \
		return serve(arg, id, keep_##name, m);                                 \
	}
ANSWER(event)
ANSWER(hold_new)
ANSWER(hold_set)
ANSWER(open_rec)
ANSWER(seal_rec)
ANSWER(close_rec)
ANSWER(terms)
ANSWER(ship_ask)
ANSWER(shipped)
ANSWER(tidy)
ANSWER(reserve_rec)
ANSWER(leaf_rec)
ANSWER(grant_new)
ANSWER(grant_set)
ANSWER(article_new)
ANSWER(article_set)
ANSWER(notice_new)
ANSWER(notice_set)

static enum rc
answer_recall(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	(void)fds;
	(void)err;
	recall_answer(arg, id, &m->recall);
	return RC_OK;
}

static const struct route routes[] = {
	{ MSG_EVENT, 0, FRAME_MAX, 0, answer_event },
	{ MSG_HOLD_NEW, 0, FRAME_MAX, 0, answer_hold_new },
	{ MSG_HOLD_SET, 0, 4096, 0, answer_hold_set },
	{ MSG_OPEN_REC, 0, 1024, 0, answer_open_rec },
	{ MSG_SEAL_REC, 0, 256, 0, answer_seal_rec },
	{ MSG_CLOSE_REC, 0, 64, 0, answer_close_rec },
	{ MSG_TERMS, 0, 256, 0, answer_terms },
	{ MSG_SHIP_ASK, 0, 0, 0, answer_ship_ask },
	{ MSG_SHIPPED, 0, 2048, 0, answer_shipped },
	{ MSG_TIDY, 0, 2048, 0, answer_tidy },
	{ MSG_RESERVE_REC, 0, 64, 0, answer_reserve_rec },
	{ MSG_LEAF_REC, 0, 64, 0, answer_leaf_rec },
	{ MSG_RECALL, 0, 512, 0, answer_recall },
	{ MSG_GRANT_NEW, 0, FRAME_MAX, 0, answer_grant_new },
	{ MSG_GRANT_SET, 0, 4096, 0, answer_grant_set },
	{ MSG_ARTICLE_NEW, 0, FRAME_MAX, 0, answer_article_new },
	{ MSG_ARTICLE_SET, 0, 4096, 0, answer_article_set },
	{ MSG_NOTICE_NEW, 0, FRAME_MAX, 0, answer_notice_new },
	{ MSG_NOTICE_SET, 0, 4096, 0, answer_notice_set },
};

/* The monitor is gone, or broke the rules: what it asked for before still counts. */
static void
gone(void *arg, enum rc rc, const struct err *err)
{
	struct keeper *k = arg;

	if (rc != RC_END) {
		log_line(LOG_ERROR, "the monitor's socket: %s", err->text);
		k->failed = true;
	}
	(void)commit_finish(k->commit, NULL);
	loop_stop(k->loop);
}

/* The log has a new checkpoint. */
static void
send_checkpoint(void *arg, const struct checkpoint *c, struct span text)
{
	struct keeper *k = arg;
	const struct msg_checkpoint m = { .size = c->size, .text = text };

	(void)port_send(k->port, MSG_CHECKPOINT, 0, &m, NULL, 0);
}

enum rc
answer_open_take(struct keeper *k, int sock, const struct recovery *r, struct err *err)
{
	const struct port_owner owner = { .routes = routes,
		.nroutes = sizeof routes / sizeof routes[0],
		.arg = k,
		.gone = gone };
	const struct msg_keeper hello = {
		.device_key = span_make(keyfile_public(k->key), 32),
		.recovered = r->recovered,
		.held = r->held,
	};
	enum rc rc;

	if ((rc = port_open_take(k->loop, sock, &owner, &k->port, err)) != RC_OK)
		return rc;
	/* As much as the monitor may have asked in one turn, of which it reads nothing:
	 * thousands of holds that end by time, say. */
	port_queue(k->port, QUEUE_FRAMES);
	commit_port(k->commit, k->port);
	if (port_send(k->port, MSG_KEEPER, 0, &hello, NULL, 0) != RC_OK)
		return err_set(err, RC_FAIL, "the monitor does not listen");
	journal_publish(k->journal, send_checkpoint, k);
	return RC_OK;
}
