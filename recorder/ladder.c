/* The ratchet, to be entered anywhere; see ladder.h. */
#include "recorder/ladder.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define HOLDS 1024	/* footholds; when all are taken, every second is given up */
#define FIRST_STRIDE 64 /* chunks between them, at first */

struct ladder {
	struct ratchet *ratchet;
	uint64_t at;	      /* the chunk whose key comes next */
	struct secret *holds; /* chain keys: of chunk 0, stride, 2 * stride … */
	size_t n;
	uint64_t stride;
};

enum rc
ladder_new(const struct secret *dek, const uint8_t h0[32], struct ladder **ret,
    struct err *err)
{
	struct ladder *l = calloc(1, sizeof *l);
	enum rc rc;

	if (l == NULL)
		return err_memory(err);
	l->stride = FIRST_STRIDE;
	if ((rc = secret_new(HOLDS * RATCHET_KEY, &l->holds, err)) != RC_OK ||
	    (rc = ratchet_new(dek, h0, &l->ratchet, err)) != RC_OK) {
		ladder_free(l);
		return rc;
	}
	ratchet_save(l->ratchet, secret_bytes(l->holds));
	l->n = 1;
	*ret = l;
	return RC_OK;
}

void
ladder_free(struct ladder *l)
{
	if (l == NULL)
		return;
	ratchet_free(l->ratchet);
	secret_free(l->holds);
	free(l);
}

static uint8_t *
hold_at(struct ladder *l, size_t i)
{
	return secret_bytes(l->holds) + i * RATCHET_KEY;
}

static void
thin_out(struct ladder *l)
{
	for (size_t i = 0; i < HOLDS / 2; i++)
		memmove(hold_at(l, i), hold_at(l, 2 * i), RATCHET_KEY);
	l->n = HOLDS / 2;
	l->stride *= 2;
}

/* Where we stand is the place of the next foothold: take it. */
static void
hold(struct ladder *l)
{
	if (l->at != l->n * l->stride)
		return;
	/* HOLDS is even: this is the place of the next one, then, too. */
	if (l->n == HOLDS)
		thin_out(l);
	ratchet_save(l->ratchet, hold_at(l, l->n++));
}

void
ladder_next(struct ladder *l, uint8_t key[RATCHET_KEY])
{
	ratchet_next(l->ratchet, key);
	l->at++;
	hold(l);
}

void
ladder_seek(struct ladder *l, uint64_t chunk)
{
	uint64_t i = chunk / l->stride;
	uint8_t key[RATCHET_KEY];

	if (i >= l->n)
		i = l->n - 1;
	if (l->at > chunk || l->at < i * l->stride) {
		ratchet_load(l->ratchet, hold_at(l, (size_t)i));
		l->at = i * l->stride;
	}
	while (l->at < chunk)
		ladder_next(l, key);
	sodium_memzero(key, sizeof key);
}

void
ladder_final(const struct ladder *l, uint8_t key[RATCHET_KEY])
{
	ratchet_final(l->ratchet, key);
}
