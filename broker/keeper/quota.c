/* A ring of quarters of an hour for each identity; see quota.h. */
#include "broker/keeper/quota.h"

#include <stdlib.h>
#include <string.h>

#define SLOT_MS (15 * 60 * 1000ull)
#define SLOTS (QUOTA_DAY_MS / SLOT_MS + 1) /* the day, and the quarter that is on */
#define TABLE 1024

struct account {
	struct account *next;
	char *name;
	uint64_t slot; /* the newest that is counted */
	uint64_t bytes[SLOTS];
	uint64_t total;
};

struct quota {
	uint64_t most;
	struct account *accounts[TABLE];
};

enum rc
quota_new(struct quota **ret, struct err *err)
{
	struct quota *q = calloc(1, sizeof *q);

	if (q == NULL)
		return err_memory(err);
	*ret = q;
	return RC_OK;
}

void
quota_free(struct quota *q)
{
	if (q == NULL)
		return;
	for (size_t i = 0; i < TABLE; i++)
		while (q->accounts[i] != NULL) {
			struct account *a = q->accounts[i];

			q->accounts[i] = a->next;
			free(a->name);
			free(a);
		}
	free(q);
}

void
quota_set(struct quota *q, uint64_t bytes)
{
	q->most = bytes;
}

/* Names are an administrator's: any spread will do. */
static struct account **
bucket(struct quota *q, struct span name)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < name.len; i++)
		h = (h ^ name.p[i]) * 16777619u;
	return &q->accounts[h % TABLE];
}

static struct account *
find(struct quota *q, struct span name)
{
	struct account *a = *bucket(q, name);

	while (a != NULL && !span_eq(span_of(a->name), name))
		a = a->next;
	return a;
}

static struct account *
find_or_make(struct quota *q, struct span name)
{
	struct account *a = find(q, name), **at = bucket(q, name);

	if (a != NULL || (a = calloc(1, sizeof *a)) == NULL)
		return a;
	if ((a->name = span_dup(name)) == NULL) {
		free(a);
		return NULL;
	}
	a->next = *at;
	*at = a;
	return a;
}

/* Forget what is older than a day.  A clock that went back is waited for. */
static void
turn(struct account *a, uint64_t now_ms)
{
	uint64_t now = now_ms / SLOT_MS;

	if (now > a->slot + SLOTS)
		a->slot = now - SLOTS;
	while (a->slot < now) {
		uint64_t *oldest = &a->bytes[++a->slot % SLOTS];

		a->total -= *oldest;
		*oldest = 0;
	}
}

bool
quota_known(struct quota *q, struct span identity)
{
	return find(q, identity) != NULL;
}

enum rc
quota_add(struct quota *q, struct span identity, uint64_t bytes, uint64_t at_ms,
    uint64_t now_ms, struct err *err)
{
	struct account *a = find_or_make(q, identity);
	uint64_t slot = at_ms / SLOT_MS;

	if (a == NULL)
		return err_memory(err);
	turn(a, now_ms);
	if (slot > a->slot)
		slot = a->slot;
	if (a->slot - slot >= SLOTS)
		return RC_OK;
	a->bytes[slot % SLOTS] += bytes;
	a->total += bytes;
	return RC_OK;
}

uint64_t
quota_left(struct quota *q, struct span identity, uint64_t now_ms)
{
	struct account *a = find(q, identity);

	if (q->most == 0)
		return QUOTA_NONE;
	if (a == NULL)
		return q->most;
	turn(a, now_ms);
	return a->total < q->most ? q->most - a->total : 0;
}
