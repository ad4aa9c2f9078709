/* A ring of lines and those who open them; see opener.h.  The ring is the caller's but
 * for `done` and `next`; a slot is its opener's from `next` on until it is done. */
#include "recorder/opener.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/cast.h"

#define HELPERS_MOST 4
#define EACH 4	    /* lines on their way for each helper */
#define WORTH_IT 32 /* lines in a row after which helpers are called */
#define SLOTS (HELPERS_MOST * EACH + 1)

struct slot {
	struct buf text; /* the line */
	struct buf data; /* out of its base64 */
	struct buf plain;
	uint64_t offset;
	uint8_t key[RATCHET_KEY];
	struct chunk chunk;
	enum rc rc;
	struct err err;
	bool done;
};

struct helper {
	struct opener *opener;
	pthread_t thread;
	struct chunk_work *work;
};

struct opener {
	uint8_t h0[32];
	struct chunk_work *work; /* the caller's */
	struct slot slot[SLOTS];
	/* Counts of lines, ever growing; a line's slot is its count modulo SLOTS. */
	uint64_t taken, given;
	uint64_t next; /* the first that nobody has begun to open */
	unsigned most; /* helpers; 0: one for each processor */
	bool called;   /* those that cannot be had are not asked for again */
	unsigned n;
	struct helper helper[HELPERS_MOST];
	pthread_mutex_t lock;
	pthread_cond_t work_there, one_done;
	unsigned waiting; /* helpers without work */
	bool stop;
};

static struct slot *
slot_of(struct opener *o, uint64_t count)
{
	return &o->slot[count % SLOTS];
}

static enum rc
open_line(struct chunk_work *work, struct slot *s)
{
	struct cast_line l;
	enum rc rc;

	buf_reset(&s->plain);
	if (!cast_line_parse(buf_span(&s->text), &l) || l.code != 'E')
		return err_set(&s->err, RC_REFUSE, "no line of a chunk");
	if ((rc = cast_data(&l, &s->data, &s->err)) != RC_OK ||
	    (rc = chunk_parse(buf_span(&s->data), &s->chunk, &s->err)) != RC_OK)
		return rc;
	return chunk_open(work, s->key, &s->chunk, &s->plain, &s->err);
}

static void
open_slot(struct chunk_work *work, struct slot *s)
{
	err_clear(&s->err);
	s->rc = open_line(work, s);
	sodium_memzero(s->key, sizeof s->key);
}

/* ---- helpers ---- */

/* The lock is held; it is not while a line is opened. */
static void
open_next(struct opener *o, struct chunk_work *work)
{
	struct slot *s = slot_of(o, o->next++);

	pthread_mutex_unlock(&o->lock);
	open_slot(work, s);
	pthread_mutex_lock(&o->lock);
	s->done = true;
	if (s == slot_of(o, o->taken))
		pthread_cond_signal(&o->one_done);
}

static void *
help(void *arg)
{
	struct helper *h = arg;
	struct opener *o = h->opener;

	pthread_mutex_lock(&o->lock);
	while (!o->stop) {
		if (o->next < o->given) {
			open_next(o, h->work);
			continue;
		}
		o->waiting++;
		pthread_cond_wait(&o->work_there, &o->lock);
		o->waiting--;
	}
	pthread_mutex_unlock(&o->lock);
	return NULL;
}

/* One more; false if it cannot be had, and then it goes without. */
static bool
hire(struct opener *o)
{
	struct helper *h = &o->helper[o->n];
	sigset_t all, old;
	bool ok;

	h->opener = o;
	if (chunk_work_new(o->h0, false, &h->work, NULL) != RC_OK)
		return false;
	/* Signals are the caller's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ok = pthread_create(&h->thread, NULL, help, h) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!ok) {
		chunk_work_free(h->work);
		h->work = NULL;
		return false;
	}
	o->n++;
	return true;
}

static unsigned
processors(void)
{
	cpu_set_t set;
	int n;

	if (sched_getaffinity(0, sizeof set, &set) != 0)
		return 1;
	n = CPU_COUNT(&set);
	return n < 1 ? 1 : n > HELPERS_MOST ? HELPERS_MOST : (unsigned)n;
}

/* A single processor has nobody to help it. */
static void
call_helpers(struct opener *o)
{
	unsigned want = o->most > 0 ? o->most : processors();

	if (o->most == 0 && want == 1)
		want = 0;
	o->called = true;
	while (o->n < want && o->n < HELPERS_MOST && hire(o))
		;
}

static void
dismiss(struct opener *o)
{
	pthread_mutex_lock(&o->lock);
	o->stop = true;
	pthread_cond_broadcast(&o->work_there);
	pthread_mutex_unlock(&o->lock);
	for (unsigned i = 0; i < o->n; i++) {
		pthread_join(o->helper[i].thread, NULL);
		chunk_work_free(o->helper[i].work);
	}
}

/* ---- the caller's side ---- */

enum rc
opener_new(const uint8_t h0[32], unsigned helpers, struct opener **ret, struct err *err)
{
	struct opener *o = calloc(1, sizeof *o);
	enum rc rc;

	if (o == NULL)
		return err_memory(err);
	memcpy(o->h0, h0, 32);
	o->most = helpers;
	pthread_mutex_init(&o->lock, NULL);
	pthread_cond_init(&o->work_there, NULL);
	pthread_cond_init(&o->one_done, NULL);
	for (unsigned i = 0; i < SLOTS; i++) {
		buf_init(&o->slot[i].text, CAST_LINE_MAX);
		buf_init(&o->slot[i].data, CAST_LINE_MAX);
		buf_init(&o->slot[i].plain, CHUNK_OPEN_ROOM);
	}
	if ((rc = chunk_work_new(h0, false, &o->work, err)) != RC_OK) {
		opener_free(o);
		return rc;
	}
	*ret = o;
	return RC_OK;
}

void
opener_free(struct opener *o)
{
	if (o == NULL)
		return;
	dismiss(o);
	for (unsigned i = 0; i < SLOTS; i++) {
		buf_clear(&o->slot[i].text);
		buf_clear(&o->slot[i].data);
		buf_clear(&o->slot[i].plain);
		sodium_memzero(o->slot[i].key, RATCHET_KEY);
	}
	chunk_work_free(o->work);
	pthread_cond_destroy(&o->one_done);
	pthread_cond_destroy(&o->work_there);
	pthread_mutex_destroy(&o->lock);
	free(o);
}

bool
opener_room(const struct opener *o)
{
	uint64_t most = o->n > 0 ? o->n * EACH : 1;

	return o->given - o->taken < most;
}

enum rc
opener_put(struct opener *o, struct span line, uint64_t offset,
    const uint8_t key[RATCHET_KEY], struct err *err)
{
	struct slot *s = slot_of(o, o->given);

	buf_reset(&s->text);
	buf_span_put(&s->text, line);
	if (!buf_ok(&s->text))
		return err_memory(err);
	s->offset = offset;
	s->done = false;
	memcpy(s->key, key, RATCHET_KEY);
	if (!o->called && o->given >= WORTH_IT)
		call_helpers(o);
	pthread_mutex_lock(&o->lock);
	o->given++;
	if (o->waiting > 0)
		pthread_cond_signal(&o->work_there);
	pthread_mutex_unlock(&o->lock);
	return RC_OK;
}

/* The oldest is opened after this, by whoever comes to it first. */
static void
wait_oldest(struct opener *o)
{
	pthread_mutex_lock(&o->lock);
	if (o->next == o->taken)
		open_next(o, o->work);
	while (!slot_of(o, o->taken)->done)
		pthread_cond_wait(&o->one_done, &o->lock);
	pthread_mutex_unlock(&o->lock);
}

enum rc
opener_take(struct opener *o, struct opened *ret, struct err *err)
{
	struct slot *s = slot_of(o, o->taken);

	if (o->taken == o->given)
		return RC_END;
	wait_oldest(o);
	pthread_mutex_lock(&o->lock);
	o->taken++;
	pthread_mutex_unlock(&o->lock);
	ret->offset = s->offset;
	if (s->rc != RC_OK)
		return err_set(err, s->rc, "%s", s->err.text);
	ret->chunk = s->chunk;
	ret->line_len = s->text.len;
	ret->plain = buf_span(&s->plain);
	return RC_OK;
}

void
opener_drop(struct opener *o)
{
	struct opened skipped;

	while (opener_take(o, &skipped, NULL) != RC_END)
		;
}
