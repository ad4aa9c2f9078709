/* What the keeper looks after by itself: recordings under way are synced and counted,
 * the reserve is held, and whether a new one may begin is known before it is asked. */
#include "broker/keeper/keeper.h"

#include <string.h>

#include "broker/keeper/audit.h"
#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "lib/base/log.h"

#define TICK_MS 1000
/* How long sessions that were cut are waited for before the reserve is given up. */
#define PATIENCE_MS 20
#define PATIENCE_TURNS 50
/* No session lasts longer: what ended within a day was opened by then. */
#define LONGEST_MS (7 * QUOTA_DAY_MS)

/* An event of ours; the next commit has it. */
static void
note(struct keeper *k, const char *kind, const uint8_t *sid, const char *why)
{
	struct err err = { "" };

	if (commit_begin(k->commit, &err) != RC_OK ||
	    audit_alarm(k->store, kind, sid, clock_wall_ms(), why, &err) != RC_OK)
		log_line(LOG_ERROR, "%s cannot be noted: %s", kind, err.text);
}

static void
cut(void *arg, const uint8_t sid[16], enum msg_why why, const char *text)
{
	struct keeper *k = arg;
	const struct msg_cut_rec m = { span_make(sid, 16), (uint8_t)why,
		span_of(text) };
	char id[ID_UUID_TEXT];

	id_uuid_text(sid, id);
	log_line(LOG_ERROR, "recording %s is cut: %s", id, text);
	note(k, "recording.cut", sid, text);
	if (k->port != NULL)
		(void)port_send(k->port, MSG_CUT_REC, 0, &m, NULL, 0);
}

static void
changed(void *arg, const char *code, const char *why)
{
	note(
	    arg, code == NULL ? "recording.unblocked" : "recording.blocked", NULL, why);
}

static void
synced(void *arg, const struct synced *s)
{
	struct keeper *k = arg;

	roster_synced(k->roster, s);
	answer_synced(k, s);
}

static void patience_over(void *arg);

/* What a part answers, as its say on whether a recording may begin. */
static void
ask_part(struct keeper *k, enum fitness_part part, enum rc rc, const struct err *why,
    const char *silent)
{
	fitness_set(k->fitness, part,
	    rc == RC_OK	     ? NULL
	    : rc == RC_RETRY ? why->text
			     : silent);
}

/* May a recording begin, as all parts see it now? */
static enum rc
look(struct keeper *k, struct err *err)
{
	struct err why = { "" };
	enum rc rc = journal_ready(k->journal, &why);

	ask_part(k, FITNESS_LOG, rc, &why, "the log of recordings does not answer");
	rc = parcel_admit(k->parcels, clock_wall_ms(), &why);
	ask_part(k, FITNESS_ARCHIVE, rc, &why, "the archive's list does not answer");
	return fitness_look(k->fitness, err);
}

static void
tick(void *arg)
{
	struct keeper *k = arg;
	struct err err = { "" };

	roster_look(k->roster);
	(void)look(k, &err);
	timer_set(k->tick, TICK_MS);
}

enum rc
upkeep_open(struct keeper *k, uint64_t reserve, struct err *err)
{
	const struct roster_owner ro = { k, cut };
	const struct fitness_owner fo = { k, changed };
	enum rc rc;

	if ((rc = syncer_new(k->loop, synced, k, &k->syncer, err)) != RC_OK ||
	    (rc = quota_new(&k->quota, err)) != RC_OK ||
	    (rc = roster_new(k->depot, k->syncer, k->quota, &ro, &k->roster, err)) !=
		RC_OK ||
	    (rc = reserve_new(depot_dir(k->depot), reserve, &k->reserve, err)) != RC_OK)
		return rc;
	if ((k->tick = loop_timer(k->loop, tick, k)) == NULL ||
	    (k->patience = loop_timer(k->loop, patience_over, k)) == NULL)
		return err_memory(err);
	return fitness_new(k->depot, k->reserve, &fo, &k->fitness, err);
}

void
upkeep_begin(struct keeper *k)
{
	timer_set(k->tick, 0);
}

void
upkeep_close(struct keeper *k)
{
	timer_free(k->tick);
	timer_free(k->patience);
	syncer_free(k->syncer);
	fitness_free(k->fitness);
	reserve_free(k->reserve);
	roster_free(k->roster);
	quota_free(k->quota);
}

struct counting {
	struct keeper *k;
	struct span identity;
	uint64_t now;
};

static enum rc
count_rec(void *arg, const struct store_rec *r, struct err *err)
{
	struct counting *c = arg;

	return r->ended_ms == 0 ? RC_OK
				: quota_add(c->k->quota, c->identity, r->len,
				      r->ended_ms, c->now, err);
}

/* What an identity has recorded in earlier lives of ours, when it first comes. */
static enum rc
count_before(struct keeper *k, struct span identity, struct err *err)
{
	struct counting c = { k, identity, clock_wall_ms() };
	uint64_t since =
	    c.now > LONGEST_MS + QUOTA_DAY_MS ? c.now - LONGEST_MS - QUOTA_DAY_MS : 0;

	if (quota_known(k->quota, identity))
		return RC_OK;
	return store_recs_of(k->store, identity, since, count_rec, &c, err);
}

enum rc
upkeep_admit(struct keeper *k, struct span identity, uint64_t *left, struct err *err)
{
	enum rc rc;

	if ((rc = look(k, err)) != RC_OK ||
	    (rc = count_before(k, identity, err)) != RC_OK)
		return rc;
	return roster_room(k->roster, identity, left, err);
}

enum rc
keep_terms(struct keeper *k, uint32_t id, const union msg_any *m, struct kept *kept,
    struct err *err)
{
	const struct msg_terms *t = &m->terms;

	(void)id;
	(void)kept;
	(void)err;
	roster_most(k->roster, t->session_quota);
	quota_set(k->quota, t->identity_quota);
	depot_min_free(k->depot, t->min_free);
	parcel_terms(k->parcels, t);
	return RC_OK;
}

/* ---- the reserve ---- */

/* Those who have asked are answered. */
static void
answer_waiting(struct keeper *k, enum rc rc)
{
	const struct kept kept = { .rc = rc, .fd = -1, .text = "" };

	while (k->nwaiting > 0)
		commit_answer_take(k->commit, k->waiting[--k->nwaiting], &kept);
}

static void
give_reserve(struct keeper *k)
{
	struct err err = { "" };
	bool first = reserve_full(k->reserve);
	enum rc rc = reserve_give(k->reserve, &err);

	timer_stop(k->patience);
	if (rc != RC_END)
		log_line(LOG_ERROR,
		    "the disk of recordings is full: the reserve is given up, but "
		    "for %llu bytes",
		    (unsigned long long)reserve_left(k->reserve));
	if (rc != RC_END && (first || rc != RC_OK))
		note(k, "recording.reserve", NULL,
		    rc == RC_OK ? "the disk is full" : err.text);
	answer_waiting(k, rc == RC_FAIL ? RC_REFUSE : RC_OK);
}

/* Whoever was cut would write until it hears of that: first there is silence. */
static void
patience_over(void *arg)
{
	struct keeper *k = arg;

	if (roster_still(k->roster) || ++k->patience_turns >= PATIENCE_TURNS)
		give_reserve(k);
	else
		timer_set(k->patience, PATIENCE_MS);
}

enum rc
keep_reserve_rec(struct keeper *k, uint32_t id, const union msg_any *m,
    struct kept *kept, struct err *err)
{
	const uint8_t *sid = m->reserve_rec.sid.p;

	(void)kept;
	if (depot_fd(k->depot, sid) < 0)
		return err_set(err, RC_REFUSE, "no such recording");
	roster_full(k->roster, sid);
	/* Who comes last finds what the others have left. */
	if (reserve_left(k->reserve) == 0 || k->nwaiting == KEEPER_WAITING)
		return RC_OK;
	if (k->nwaiting == 0)
		k->patience_turns = 0;
	k->waiting[k->nwaiting++] = id;
	timer_set(k->patience, 0);
	return RC_WAIT;
}
