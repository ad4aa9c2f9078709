/* Identities and their index; see identity.h.  Decides nothing about rights. */
#include "lib/model/identity.h"

#include <stdlib.h>
#include <string.h>

/* One claim of one identity, sorted by what is claimed.  A uid is its four bytes, so
 * that one comparison serves all. */
struct entry {
	struct span what;
	size_t who; /* index of the identity */
	size_t key; /* index of its key */
};

struct index {
	struct entry *v;
	size_t n;
};

struct identity_set {
	const struct identity *all;
	size_t count;
	struct index by[3]; /* by enum identity_claim */
};

const char *
identity_kind_name(enum identity_kind kind)
{
	return kind == IDENTITY_HUMAN ? "human" : "agent";
}

bool
identity_may_use(const struct identity *who, const char *profile)
{
	if (who->profile != NULL && strcmp(who->profile, profile) == 0)
		return true;
	for (size_t i = 0; i < who->profile_count; i++)
		if (strcmp(who->profiles[i], profile) == 0)
			return true;
	return false;
}

bool
identity_in_group(const struct identity *who, const char *group)
{
	for (size_t i = 0; i < who->group_count; i++)
		if (strcmp(who->groups[i], group) == 0)
			return true;
	return false;
}

static int
compare(struct span a, struct span b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

	if (order != 0)
		return order;
	return a.len < b.len ? -1 : a.len > b.len;
}

/* Equal claims stand in the order of the array, so that a clash names the later. */
static int
by_claim(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = compare(x->what, y->what);

	if (order != 0)
		return order;
	if (x->who != y->who)
		return x->who < y->who ? -1 : 1;
	return x->key < y->key ? -1 : x->key > y->key;
}

static struct span
uid_span(const uint32_t *uid)
{
	return span_make(uid, sizeof *uid);
}

static void
fill(struct identity_set *s, size_t who)
{
	const struct identity *id = &s->all[who];
	struct index *names = &s->by[CLAIM_NAME], *keys = &s->by[CLAIM_KEY],
		     *uids = &s->by[CLAIM_UID];

	names->v[names->n++] = (struct entry){ span_of(id->name), who, 0 };
	for (size_t k = 0; k < id->key_count; k++)
		keys->v[keys->n++] = (struct entry){ id->keys[k].blob, who, k };
	if (id->has_uid)
		uids->v[uids->n++] = (struct entry){ uid_span(&id->uid), who, 0 };
}

static bool
reserve(struct identity_set *s)
{
	size_t keys = 0;
	size_t room[3];

	for (size_t i = 0; i < s->count; i++)
		keys += s->all[i].key_count;
	room[CLAIM_NAME] = room[CLAIM_UID] = s->count;
	room[CLAIM_KEY] = keys;
	for (size_t i = 0; i < 3; i++)
		if ((s->by[i].v = calloc(room[i] + 1, sizeof(struct entry))) == NULL)
			return false;
	return true;
}

static enum rc
refuse(const struct identity_set *s, enum identity_claim claim, const struct entry *e,
    struct identity_clash *clash, struct err *err)
{
	static const char *const nouns[] = {
		[CLAIM_NAME] = "name",
		[CLAIM_KEY] = "key",
		[CLAIM_UID] = "uid",
	};

	if (clash != NULL)
		*clash = (struct identity_clash){ claim, e[0].who, e[1].who, e[1].key };
	return err_set(err, RC_REFUSE,
	    "expected each %s with one identity, found it with %s and %s", nouns[claim],
	    s->all[e[0].who].name, s->all[e[1].who].name);
}

static enum rc
sort(struct identity_set *s, enum identity_claim claim, struct identity_clash *clash,
    struct err *err)
{
	struct index *x = &s->by[claim];

	if (x->n > 1)
		qsort(x->v, x->n, sizeof x->v[0], by_claim);
	for (size_t i = 1; i < x->n; i++)
		if (span_eq(x->v[i - 1].what, x->v[i].what))
			return refuse(s, claim, &x->v[i - 1], clash, err);
	return RC_OK;
}

enum rc
identity_set_new(const struct identity *all, size_t count, struct identity_set **ret,
    struct identity_clash *clash, struct err *err)
{
	struct identity_set *s;
	enum rc rc = RC_OK;

	if ((s = calloc(1, sizeof *s)) == NULL)
		return err_memory(err);
	s->all = all;
	s->count = count;
	if (!reserve(s)) {
		identity_set_free(s);
		return err_memory(err);
	}
	for (size_t i = 0; i < count; i++)
		fill(s, i);
	for (int claim = CLAIM_NAME; rc == RC_OK && claim <= CLAIM_UID; claim++)
		rc = sort(s, (enum identity_claim)claim, clash, err);
	if (rc != RC_OK) {
		identity_set_free(s);
		return rc;
	}
	*ret = s;
	return RC_OK;
}

void
identity_set_free(struct identity_set *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < 3; i++)
		free(s->by[i].v);
	free(s);
}

size_t
identity_set_count(const struct identity_set *s)
{
	return s->count;
}

static const struct entry *
find(const struct identity_set *s, enum identity_claim claim, struct span what)
{
	const struct index *x = &s->by[claim];
	size_t low = 0, high = x->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = compare(what, x->v[mid].what);

		if (order == 0)
			return &x->v[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

const struct identity *
identity_by_name(const struct identity_set *s, struct span name)
{
	const struct entry *e = find(s, CLAIM_NAME, name);

	return e != NULL ? &s->all[e->who] : NULL;
}

const struct identity *
identity_by_key(
    const struct identity_set *s, struct span blob, const struct pubkey **key)
{
	const struct entry *e = find(s, CLAIM_KEY, blob);

	if (e == NULL)
		return NULL;
	if (key != NULL)
		*key = &s->all[e->who].keys[e->key];
	return &s->all[e->who];
}

const struct identity *
identity_by_uid(const struct identity_set *s, uint32_t uid)
{
	const struct entry *e = find(s, CLAIM_UID, uid_span(&uid));

	return e != NULL ? &s->all[e->who] : NULL;
}

bool
identity_group_used(const struct identity_set *s, const char *group)
{
	for (size_t i = 0; i < s->count; i++)
		if (identity_in_group(&s->all[i], group))
			return true;
	return false;
}
