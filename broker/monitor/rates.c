/* Counts of what was let through; see rates.h.  What has run out is dropped when its
 * chain is walked, and everywhere when the table is full. */
#include "broker/monitor/rates.h"

#include <stdlib.h>
#include <string.h>

#define CHAINS 4096
/* Steps of a stretch: those that reach into it, and the newest, have a mark each. */
#define STEPS (RATES_EXACT - 2)
/* How often a full table is walked, at most. */
#define SWEEP_MS 1000
/* Names of a rule, an identity and a target, with their ends. */
#define KEY_MOST (VERDICT_RULE + 2 * (NAME_MOST + 2))

/* So many in [first, last]. */
struct mark {
	uint64_t first, last;
	uint64_t n;
};

struct count {
	struct count *next;
	uint64_t per_ms;
	size_t n_marks;
	struct mark marks[RATES_EXACT];
	size_t key_len;
	char key[];
};

struct rates {
	size_t n;
	uint64_t swept_ms;
	struct count *chains[CHAINS];
};

struct key {
	size_t len;
	char text[KEY_MOST];
};

enum rc
rates_new(struct rates **ret, struct err *err)
{
	struct rates *r = calloc(1, sizeof *r);

	if (r == NULL)
		return err_memory(err);
	*ret = r;
	return RC_OK;
}

void
rates_free(struct rates *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < CHAINS; i++)
		while (r->chains[i] != NULL) {
			struct count *c = r->chains[i];

			r->chains[i] = c->next;
			free(c);
		}
	free(r);
}

/* ---- one count ---- */

/* Forget what is older than the stretch.  The clock never goes back. */
static void
forget_old(struct count *c, uint64_t now)
{
	size_t old = 0;

	while (old < c->n_marks && now - c->marks[old].last >= c->per_ms)
		old++;
	c->n_marks -= old;
	memmove(c->marks, c->marks + old, c->n_marks * sizeof c->marks[0]);
}

/* How long until at most n - 1 are left; 0: that is so now. */
static uint64_t
wait_of(const struct count *c, unsigned n, uint64_t now)
{
	uint64_t left = 0;

	if (n == 0)
		return c->per_ms;
	/* From the newest back: the mark that fills the bound has to go. */
	for (size_t i = c->n_marks; i-- > 0;) {
		left += c->marks[i].n;
		if (left >= n)
			return c->marks[i].last + c->per_ms - now;
	}
	return 0;
}

static void
add(struct count *c, unsigned n, uint64_t now)
{
	struct mark *newest = c->n_marks > 0 ? &c->marks[c->n_marks - 1] : NULL;
	bool joins = newest != NULL && n > RATES_EXACT &&
		     now - newest->first < c->per_ms / STEPS;

	/* A reload may have made a small bound of a large one, and the other way. */
	if (joins || c->n_marks == RATES_EXACT) {
		newest->last = now;
		newest->n++;
		return;
	}
	c->marks[c->n_marks++] = (struct mark){ now, now, 1 };
}

/* ---- the table ---- */

static bool
put(struct key *k, const char *text)
{
	size_t n = strlen(text) + 1;

	if (n > sizeof k->text - k->len)
		return false;
	memcpy(k->text + k->len, text, n);
	k->len += n;
	return true;
}

static bool
make_key(const struct rates_ask *a, const struct verdict_rate *rate, struct key *ret)
{
	const char *target = a->target == NULL ? "" : a->target;

	ret->len = 0;
	return put(ret, rate->rule) && put(ret, rate->by_identity ? a->identity : "") &&
	       put(ret, rate->by_target ? target : "");
}

/* FNV-1a: the names are those of configuration and policies. */
static size_t
chain_of(const struct key *k)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < k->len; i++)
		h = (h ^ (uint8_t)k->text[i]) * 0x100000001b3u;
	return (h ^ h >> 32) % CHAINS;
}

static void
sweep_chain(struct rates *r, size_t chain, uint64_t now)
{
	struct count **p = &r->chains[chain];

	while (*p != NULL) {
		struct count *c = *p;

		forget_old(c, now);
		if (c->n_marks > 0) {
			p = &c->next;
			continue;
		}
		*p = c->next;
		free(c);
		r->n--;
	}
}

/* Room for as many counts as one verdict may begin. */
static bool
has_room(struct rates *r, uint64_t now)
{
	if (r->n + VERDICT_RATES > RATES_KEYS && now - r->swept_ms >= SWEEP_MS) {
		r->swept_ms = now;
		for (size_t i = 0; i < CHAINS; i++)
			sweep_chain(r, i, now);
	}
	return r->n + VERDICT_RATES <= RATES_KEYS;
}

static struct count *
find(struct rates *r, const struct key *k)
{
	struct count *c = r->chains[chain_of(k)];

	while (
	    c != NULL && (c->key_len != k->len || memcmp(c->key, k->text, k->len) != 0))
		c = c->next;
	return c;
}

/* Empty: whoever asked for it counts in it at once. */
static struct count *
find_or_make(struct rates *r, const struct key *k, uint64_t now)
{
	size_t chain = chain_of(k);
	struct count *c = find(r, k);

	if (c != NULL)
		return c;
	sweep_chain(r, chain, now);
	if ((c = calloc(1, sizeof *c + k->len)) == NULL)
		return NULL;
	memcpy(c->key, k->text, k->len);
	c->key_len = k->len;
	c->next = r->chains[chain];
	r->chains[chain] = c;
	r->n++;
	return c;
}

/* ---- asked ---- */

static bool
look(struct rates *r, const struct rates_ask *ask, const struct verdict_rate *rate,
    struct rates_over *over)
{
	struct count none = { .per_ms = rate->per_ms }, *c;
	struct key k;

	*over = (struct rates_over){ *rate, rate->per_ms, false };
	if (!make_key(ask, rate, &k))
		return false;
	if ((c = find(r, &k)) == NULL)
		c = &none;
	c->per_ms = rate->per_ms;
	forget_old(c, ask->now_ms);
	over->retry_ms = wait_of(c, rate->n, ask->now_ms);
	return over->retry_ms == 0;
}

static bool
count(struct rates *r, const struct rates_ask *ask, const struct verdict_rate *rate)
{
	struct count *c;
	struct key k;

	if (!make_key(ask, rate, &k) || (c = find_or_make(r, &k, ask->now_ms)) == NULL)
		return false;
	c->per_ms = rate->per_ms;
	add(c, rate->n, ask->now_ms);
	return true;
}

bool
rates_look(struct rates *r, const struct rates_ask *ask, struct rates_over *over)
{
	const struct verdict *v = ask->verdict;

	for (size_t i = 0; i < v->n_rates && i < VERDICT_RATES; i++)
		if (!look(r, ask, &v->rates[i], over))
			return false;
	return true;
}

bool
rates_take(struct rates *r, const struct rates_ask *ask, struct rates_over *over)
{
	const struct verdict *v = ask->verdict;

	if (!rates_look(r, ask, over))
		return false;
	if (v->n_rates > 0 && !has_room(r, ask->now_ms)) {
		*over = (struct rates_over){ v->rates[0], SWEEP_MS, true };
		return false;
	}
	for (size_t i = 0; i < v->n_rates && i < VERDICT_RATES; i++)
		if (!count(r, ask, &v->rates[i])) {
			*over = (struct rates_over){ v->rates[i], SWEEP_MS, true };
			return false;
		}
	return true;
}
