/* A hash table with open addressing: a session's id is random where it is hashed. */
#include "broker/keeper/places.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/id.h"

#define LEAST 64

struct slot {
	bool used;
	struct place place;
};

struct places {
	size_t n, cap; /* cap: a power of two, more than twice n */
	struct slot *slots;
};

enum rc
places_new(struct places **ret, struct err *err)
{
	struct places *p = calloc(1, sizeof *p);

	if (p == NULL || (p->slots = calloc(LEAST, sizeof *p->slots)) == NULL) {
		free(p);
		return err_memory(err);
	}
	p->cap = LEAST;
	*ret = p;
	return RC_OK;
}

void
places_free(struct places *p)
{
	if (p == NULL)
		return;
	free(p->slots);
	free(p);
}

static size_t
home(const struct places *p, const uint8_t sid[16])
{
	uint64_t h;

	/* The second half of a UUIDv7 is random. */
	memcpy(&h, sid + 8, sizeof h);
	return (size_t)(h * 0x9E3779B97F4A7C15u >> 20) & (p->cap - 1);
}

static struct slot *
slot_of(const struct places *p, const uint8_t sid[16])
{
	size_t i = home(p, sid);

	while (p->slots[i].used && memcmp(p->slots[i].place.sid, sid, 16) != 0)
		i = (i + 1) & (p->cap - 1);
	return &p->slots[i];
}

struct place *
places_find(const struct places *p, const uint8_t sid[16])
{
	struct slot *s = slot_of(p, sid);

	return s->used ? &s->place : NULL;
}

static enum rc
grow(struct places *p, struct err *err)
{
	struct places bigger = { .n = p->n, .cap = p->cap * 2 };

	if ((bigger.slots = calloc(bigger.cap, sizeof *bigger.slots)) == NULL)
		return err_memory(err);
	for (size_t i = 0; i < p->cap; i++)
		if (p->slots[i].used)
			*slot_of(&bigger, p->slots[i].place.sid) = p->slots[i];
	free(p->slots);
	*p = bigger;
	return RC_OK;
}

enum rc
places_open(struct places *p, const uint8_t sid[16], uint64_t index, struct err *err)
{
	struct slot *s;
	enum rc rc;

	if (places_find(p, sid) != NULL)
		return err_set(err, RC_REFUSE, "a second OPEN of one recording");
	if (2 * (p->n + 1) >= p->cap && (rc = grow(p, err)) != RC_OK)
		return rc;
	s = slot_of(p, sid);
	s->used = true;
	s->place = (struct place){ .open = index, .end = PLACES_NONE };
	memcpy(s->place.sid, sid, 16);
	p->n++;
	return RC_OK;
}

void
places_drop(struct places *p, const uint8_t sid[16])
{
	struct slot *s = slot_of(p, sid);
	size_t i;

	if (!s->used)
		return;
	s->used = false;
	p->n--;
	/* What stands behind it may have come here because this slot was taken. */
	i = (size_t)(s - p->slots);
	for (i = (i + 1) & (p->cap - 1); p->slots[i].used; i = (i + 1) & (p->cap - 1)) {
		struct slot moved = p->slots[i];

		p->slots[i].used = false;
		*slot_of(p, moved.place.sid) = moved;
	}
}

static enum rc
take_end(struct places *p, uint64_t index, const struct leaf *leaf, struct err *err)
{
	struct place *at = places_find(p, leaf->sid);

	if (at == NULL)
		return err_set(err, RC_REFUSE, "%s without an OPEN before it",
		    leaf_name(leaf->type));
	if (at->end != PLACES_NONE)
		return err_set(err, RC_REFUSE, "%s of a recording that has ended",
		    leaf_name(leaf->type));
	at->end = index;
	at->type = leaf->type;
	at->len = leaf->type == LEAF_CLOSE ? leaf->close.len : leaf->recover.len;
	return RC_OK;
}

enum rc
places_take(struct places *p, uint64_t index, const struct leaf *leaf, struct err *err)
{
	char text[ID_UUID_TEXT];
	enum rc rc = RC_OK;

	if (leaf->type == LEAF_OPEN)
		rc = places_open(p, leaf->sid, index, err);
	else if (leaf->type == LEAF_CLOSE || leaf->type == LEAF_RECOVER)
		rc = take_end(p, index, leaf, err);
	if (rc == RC_REFUSE) {
		id_uuid_text(leaf->sid, text);
		err_add(err, "recording %s", text);
	}
	return rc;
}
