/* The log's leaves, checkpoints and proofs, each in its time. */
#include "broker/keeper/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "broker/keeper/places.h"
#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "lib/base/log.h"
#include "recorder/evidence.h"
#include "recorder/ledger.h"
#include "recorder/rotation.h"
#include "recorder/sha.h"
#include "recorder/textfile.h"

#define SEAL_PAUSE_MS 1000    /* between two checkpoints */
#define HEARTBEAT_MS 3600000u /* an idle log still moves */
#define LEAST_ROOM 65536      /* bytes of disk for a log that is to go on */
#define LAST_PROOFS_MS 2000   /* at the end; the rest is made at the next start */

/* Proofs to be made. */
struct queue {
	uint8_t (*sid)[16];
	size_t from, n, cap;
};

struct journal {
	struct loop *loop;
	struct depot *depot;
	struct drop *drop;
	int dir;
	struct ledger *ledger;
	struct places *places;
	struct queue due;
	struct timer *seal, *prove, *heartbeat;
	bool started, unsealed;
	uint64_t sealed_ms; /* monotonic, of the last checkpoint */
	bool has_keyset, has_policy;
	uint8_t keyset[32], policy[32];
	journal_fn *fn;
	void *arg;
};

static enum rc
queue_add(struct queue *q, const uint8_t sid[16], struct err *err)
{
	if (q->n == q->cap) {
		size_t cap = q->cap * 2 + 16;
		void *grown = realloc(q->sid, cap * sizeof *q->sid);

		if (grown == NULL)
			return err_memory(err);
		q->sid = grown;
		q->cap = cap;
	}
	memcpy(q->sid[q->n++], sid, 16);
	return RC_OK;
}

/* The first one, or NULL. */
static const uint8_t *
queue_first(struct queue *q)
{
	if (q->from == q->n)
		q->from = q->n = 0;
	return q->n == 0 ? NULL : q->sid[q->from];
}

/* STATE/log, which is made when it is missing. */
static enum rc
open_folder(const char *state, int *ret, struct err *err)
{
	char path[4200];
	struct stat st;
	int at, fd;

	if (snprintf(path, sizeof path, "%s/" JOURNAL_FOLDER, state) >=
	    (int)sizeof path)
		return err_set(err, RC_FAIL, "too long a path: %s", state);
	if (mkdir(path, 0700) == 0) {
		at = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (at < 0 || fsync(at) != 0)
			err_errno(err, RC_FAIL, "sync %s", state);
		if (at >= 0)
			close(at);
	} else if (errno != EEXIST) {
		return err_errno(err, RC_FAIL, "make %s", path);
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) != 0) {
		err_errno(err, RC_FAIL, "open %s", path);
	} else if (st.st_uid != geteuid() || (st.st_mode & 07777) != 0700) {
		err_set(err, RC_REFUSE, "folder %s must be ours, with mode 0700", path);
	} else {
		*ret = fd;
		return RC_OK;
	}
	if (fd >= 0)
		close(fd);
	return RC_REFUSE;
}

/* The file beside the device key; an empty text when there is none. */
static enum rc
read_rotations(const char *key_path, struct secret **ret, struct err *err)
{
	const char *slash = strrchr(key_path, '/');
	int dir_len = slash == NULL ? 0 : (int)(slash - key_path + 1);
	char path[4200];
	enum rc rc;

	if (snprintf(path, sizeof path, "%.*s" ROTATION_FILE, dir_len, key_path) >=
	    (int)sizeof path)
		return err_set(err, RC_FAIL, "too long a path: %s", key_path);
	rc = textfile_read(path, TEXTFILE_PUBLIC, ROTATION_TEXT_MAX, ret, err);
	return rc == RC_END ? RC_OK : rc;
}

static enum rc
take_leaf(void *arg, uint64_t index, const struct leaf *leaf, struct err *err)
{
	struct journal *j = arg;

	if (leaf->type == LEAF_KEYSET) {
		j->has_keyset = true;
		memcpy(j->keyset, leaf->digest, 32);
	} else if (leaf->type == LEAF_POLICY) {
		j->has_policy = true;
		memcpy(j->policy, leaf->digest, 32);
	}
	return places_take(j->places, index, leaf, err);
}

static enum rc
open_ledger(struct journal *j, const struct journal_init *init, struct err *err)
{
	struct secret *rotations = NULL;
	struct span text = { 0 };
	enum rc rc;

	if ((rc = open_folder(init->state, &j->dir, err)) != RC_OK ||
	    (rc = read_rotations(init->key_path, &rotations, err)) != RC_OK)
		return rc;
	if (rotations != NULL)
		text = secret_span(rotations);
	rc = ledger_open(j->dir, init->key, text, take_leaf, j, &j->ledger, err);
	secret_free(rotations);
	return rc;
}

static void on_seal(void *arg);
static void on_prove(void *arg);
static void on_heartbeat(void *arg);

static enum rc
make_timers(struct journal *j, struct err *err)
{
	j->seal = loop_timer(j->loop, on_seal, j);
	j->prove = loop_timer(j->loop, on_prove, j);
	j->heartbeat = loop_timer(j->loop, on_heartbeat, j);
	if (j->seal == NULL || j->prove == NULL || j->heartbeat == NULL)
		return err_memory(err);
	return RC_OK;
}

static void
free_all(struct journal *j)
{
	drop_close(j->drop);
	timer_free(j->seal);
	timer_free(j->prove);
	timer_free(j->heartbeat);
	ledger_close(j->ledger);
	places_free(j->places);
	free(j->due.sid);
	if (j->dir >= 0)
		close(j->dir);
	free(j);
}

enum rc
journal_open_take(
    const struct journal_init *init, struct journal **ret, struct err *err)
{
	struct journal *j = calloc(1, sizeof *j);
	enum rc rc;

	if (j == NULL) {
		drop_close(init->drop);
		return err_memory(err);
	}
	j->loop = init->loop;
	j->depot = init->depot;
	j->drop = init->drop;
	j->dir = -1;
	if ((rc = places_new(&j->places, err)) != RC_OK ||
	    (rc = make_timers(j, err)) != RC_OK ||
	    (rc = open_ledger(j, init, err)) != RC_OK) {
		free_all(j);
		return rc;
	}
	*ret = j;
	return RC_OK;
}

enum rc
journal_keys(const struct journal *j, struct trust *t, struct err *err)
{
	const struct keychain *k = ledger_keys(j->ledger);
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < k->n; i++)
		if (!trust_has(t, k->broker, k->key[i].pk))
			rc = trust_add(t, false, span_of(k->broker), k->key[i].pk, err);
	return rc;
}

static enum rc
differs(const struct store_rec *r, const char *what, struct err *err)
{
	char text[ID_UUID_TEXT];

	id_uuid_text(r->sid, text);
	return err_set(err, RC_REFUSE,
	    "the store knows recording %s as %s, and the log %s", text,
	    store_rec_name(r->state), what);
}

static enum rc
check_row(void *arg, const struct store_rec *r, struct err *err)
{
	const struct journal *j = arg;
	const struct place *at = places_find(j->places, r->sid);

	if (at == NULL)
		return r->sealed && r->class_[0] != '\0'
			   ? differs(r, "has no OPEN of it", err)
			   : RC_OK;
	if (r->state == STORE_REC_OPEN)
		return RC_OK; /* its end may have come with a crash */
	if (at->end == PLACES_NONE)
		return differs(r, "has no end of it", err);
	if (r->state == STORE_REC_CLOSED && at->type != LEAF_CLOSE)
		return differs(r, "has no CLOSE of it", err);
	if (r->state != STORE_REC_LOST && at->type == LEAF_CLOSE && at->len != r->len)
		return differs(r, "says another length", err);
	return RC_OK;
}

enum rc
journal_check(struct journal *j, struct store *s, struct err *err)
{
	enum rc rc = RC_OK;

	for (unsigned state = STORE_REC_OPEN; rc == RC_OK && state <= STORE_REC_LOST;
	     state++)
		rc = store_recs(s, (enum store_rec_state)state, check_row, j, err);
	return rc;
}

/* What has ended needs its place no more, once it has its proof. */
static enum rc
want_proof(void *arg, const struct store_rec *r, struct err *err)
{
	struct journal *j = arg;
	const struct place *at = places_find(j->places, r->sid);

	if (at == NULL || at->end == PLACES_NONE)
		return RC_OK;
	if (r->gone_ms == 0 && depot_lacks_proof(j->depot, r->sid))
		return queue_add(&j->due, r->sid, err);
	places_drop(j->places, r->sid);
	return RC_OK;
}

static void
proceed(struct journal *j)
{
	if (queue_first(&j->due) != NULL)
		timer_set(j->prove, 0);
}

enum rc
journal_start(struct journal *j, struct store *s, struct err *err)
{
	enum rc rc;

	/* Those that recovery has ended are in the queue already. */
	j->due.from = j->due.n = 0;
	if ((rc = drop_start(j->drop, err)) != RC_OK ||
	    (rc = store_recs(s, STORE_REC_CLOSED, want_proof, j, err)) != RC_OK ||
	    (rc = store_recs(s, STORE_REC_RECOVERED, want_proof, j, err)) != RC_OK ||
	    (rc = ledger_seal(j->ledger, err)) != RC_OK)
		return rc;
	j->started = true;
	j->sealed_ms = clock_mono_ms();
	drop_put(
	    j->drop, ledger_checkpoint(j->ledger), ledger_checkpoint_text(j->ledger));
	timer_set(j->heartbeat, HEARTBEAT_MS);
	proceed(j);
	return RC_OK;
}

static void
publish(struct journal *j)
{
	if (j->fn != NULL)
		j->fn(j->arg, ledger_checkpoint(j->ledger),
		    ledger_checkpoint_text(j->ledger));
}

void
journal_publish(struct journal *j, journal_fn *fn, void *arg)
{
	j->fn = fn;
	j->arg = arg;
	publish(j);
}

enum rc
journal_ready(const struct journal *j, struct err *err)
{
	struct statvfs v;

	if (j->unsealed)
		return err_set(
		    err, RC_RETRY, "the log's checkpoint could not be written");
	if (fstatvfs(j->dir, &v) != 0)
		return err_errno(err, RC_FAIL, "look at the log's file system");
	if ((uint64_t)v.f_bavail * v.f_frsize < LEAST_ROOM)
		return err_set(err, RC_RETRY, "too little room for the log");
	return RC_OK;
}

static enum rc
append(struct journal *j, struct leaf *leaf, struct err *err)
{
	uint64_t index = 0;
	enum rc rc;

	leaf->ms = clock_wall_ms();
	if ((rc = ledger_append(j->ledger, leaf, &index, err)) == RC_OK)
		rc = take_leaf(j, index, leaf, err);
	if (rc != RC_OK)
		err_add(err, "log");
	return rc == RC_OK ? RC_OK : RC_FAIL;
}

#define DAY_S 86400

enum rc
journal_opened(struct journal *j, const uint8_t sid[16], const uint8_t h1[32],
    const uint8_t spk[32], uint64_t keep_s, struct err *err)
{
	struct leaf leaf = { .type = LEAF_OPEN };
	uint64_t days = keep_s / DAY_S + (keep_s % DAY_S != 0);

	if (places_find(j->places, sid) != NULL)
		return err_set(err, RC_FAIL, "log: a second OPEN of one recording");
	memcpy(leaf.sid, sid, 16);
	memcpy(leaf.open.h1, h1, 32);
	memcpy(leaf.open.spk, spk, 32);
	leaf.open.days = days > UINT16_MAX ? UINT16_MAX : (uint16_t)days;
	return append(j, &leaf, err);
}

enum rc
journal_ended(
    struct journal *j, const uint8_t sid[16], const struct leaf *leaf, struct err *err)
{
	const struct place *at = places_find(j->places, sid);
	struct leaf own = *leaf;
	enum rc rc;

	if (at == NULL || at->end != PLACES_NONE)
		return RC_OK;
	memcpy(own.sid, sid, 16);
	if ((rc = append(j, &own, err)) == RC_OK)
		rc = queue_add(&j->due, sid, err);
	return rc;
}

enum rc
journal_in_force(
    struct journal *j, enum leaf_type type, const uint8_t digest[32], struct err *err)
{
	struct leaf leaf = { .type = type };
	bool has = type == LEAF_KEYSET ? j->has_keyset : j->has_policy;

	if (type != LEAF_KEYSET && type != LEAF_POLICY)
		return err_set(err, RC_REFUSE, "no leaf that says what is in force");
	if (has && memcmp(type == LEAF_KEYSET ? j->keyset : j->policy, digest, 32) == 0)
		return RC_OK;
	memcpy(leaf.digest, digest, 32);
	return append(j, &leaf, err);
}

enum rc
journal_gone(struct journal *j, enum leaf_type type, const uint8_t sid[16],
    const char *actor, struct err *err)
{
	struct leaf leaf = { .type = type };
	struct span name = span_of(actor);
	enum rc rc;

	if (type != LEAF_EXPIRE && type != LEAF_SHRED)
		return err_set(err, RC_REFUSE, "no leaf that says what is gone");
	memcpy(leaf.sid, sid, 16);
	if (type == LEAF_EXPIRE) {
		leaf.expire.reason = LEAF_EXPIRE_KEPT;
		if (actor != NULL &&
		    (rc = sha_parts(&name, 1, leaf.expire.actor, err)) != RC_OK)
			return rc;
	}
	return append(j, &leaf, err);
}

enum rc
journal_sync(struct journal *j, struct err *err)
{
	return ledger_sync(j->ledger, err);
}

void
journal_committed(struct journal *j)
{
	uint64_t since = clock_mono_ms() - j->sealed_ms;

	if (!j->started || ledger_checkpoint(j->ledger)->size == ledger_size(j->ledger))
		return;
	timer_set(j->seal, since >= SEAL_PAUSE_MS ? 0 : SEAL_PAUSE_MS - since);
	timer_set(j->heartbeat, HEARTBEAT_MS);
}

static void
seal(struct journal *j)
{
	uint64_t before = ledger_checkpoint(j->ledger)->size;
	struct err err = { "" };
	bool good = ledger_seal(j->ledger, &err) == RC_OK;

	j->sealed_ms = clock_mono_ms();
	if (!good && !j->unsealed)
		log_line(LOG_ERROR,
		    "log: no checkpoint, and no new session until there is one: %s",
		    err.text);
	if (good && j->unsealed)
		log_line(LOG_NOTICE, "log: checkpoints are made again");
	j->unsealed = !good;
	if (!good) {
		timer_set(j->seal, SEAL_PAUSE_MS);
		return;
	}
	if (ledger_checkpoint(j->ledger)->size == before)
		return;
	drop_put(
	    j->drop, ledger_checkpoint(j->ledger), ledger_checkpoint_text(j->ledger));
	publish(j);
	proceed(j);
}

static void
on_seal(void *arg)
{
	seal(arg);
}

/* One proof; false when there is none that can be made now. */
static bool
prove_one(struct journal *j)
{
	const uint8_t *sid = queue_first(&j->due);
	const struct place *at = sid == NULL ? NULL : places_find(j->places, sid);
	struct err err = { "" };
	struct buf text;

	if (sid == NULL)
		return false;
	if (at != NULL && at->end >= ledger_checkpoint(j->ledger)->size)
		return false; /* the next checkpoint covers it */
	buf_init(&text, EVIDENCE_TEXT_MAX);
	if (at != NULL &&
	    (evidence_put(j->ledger, sid, at->open, at->end, &text, &err) != RC_OK ||
		depot_put_proof(j->depot, sid, buf_span(&text), &err) != RC_OK))
		log_line(LOG_ERROR, "a recording has no proof until the next start: %s",
		    err.text);
	buf_clear(&text);
	places_drop(j->places, sid);
	j->due.from++;
	return true;
}

/* One a turn: requests come first. */
static void
on_prove(void *arg)
{
	struct journal *j = arg;

	if (prove_one(j))
		proceed(j);
}

static void
on_heartbeat(void *arg)
{
	struct journal *j = arg;
	struct leaf leaf = { .type = LEAF_HEARTBEAT };
	struct err err = { "" };

	timer_set(j->heartbeat, HEARTBEAT_MS);
	if (append(j, &leaf, &err) != RC_OK || journal_sync(j, &err) != RC_OK) {
		log_line(LOG_ERROR, "heartbeat: %s", err.text);
		j->unsealed = true;
		return;
	}
	journal_committed(j);
}

/* What is left to say, while there is time. */
static void
finish(struct journal *j)
{
	uint64_t until = clock_mono_ms() + LAST_PROOFS_MS;

	seal(j);
	while (!j->unsealed && prove_one(j) && clock_mono_ms() < until)
		continue;
}

void
journal_close(struct journal *j)
{
	if (j == NULL)
		return;
	j->fn = NULL;
	if (j->started)
		finish(j);
	free_all(j);
}
