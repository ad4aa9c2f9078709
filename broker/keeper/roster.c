/* Recordings under way; see roster.h.  Their descriptors are the depot's. */
#include "broker/keeper/roster.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/clock.h"

/* What a session may be past its quota before it is cut from here. */
#define GRACE (1u << 20)

struct entry {
	struct entry *next;
	uint8_t sid[16];
	char *identity;
	uint64_t seen; /* bytes, at the last look */
	bool growing;  /* between the last two looks */
	bool syncing;  /* a periodic sync is under way */
	bool closing;  /* the last one was asked for */
	bool cut;
	bool loud;		/* cut since the disk is full, and not heard of since */
	char trouble[ERR_TEXT]; /* empty: none */
};

struct roster {
	struct depot *depot;
	struct syncer *syncer;
	struct quota *quota;
	struct roster_owner owner;
	uint64_t most;
	struct entry *entries;
};

enum rc
roster_new(struct depot *depot, struct syncer *syncer, struct quota *quota,
    const struct roster_owner *owner, struct roster **ret, struct err *err)
{
	struct roster *r = calloc(1, sizeof *r);

	if (r == NULL)
		return err_memory(err);
	r->depot = depot;
	r->syncer = syncer;
	r->quota = quota;
	r->owner = *owner;
	*ret = r;
	return RC_OK;
}

static void
free_entry(struct entry *e)
{
	free(e->identity);
	free(e);
}

void
roster_free(struct roster *r)
{
	if (r == NULL)
		return;
	while (r->entries != NULL) {
		struct entry *e = r->entries;

		r->entries = e->next;
		free_entry(e);
	}
	free(r);
}

void
roster_most(struct roster *r, uint64_t bytes)
{
	r->most = bytes;
}

static struct entry *
find(const struct roster *r, const uint8_t sid[16])
{
	struct entry *e = r->entries;

	while (e != NULL && memcmp(e->sid, sid, sizeof e->sid) != 0)
		e = e->next;
	return e;
}

enum rc
roster_room(struct roster *r, struct span identity, uint64_t *left, struct err *err)
{
	uint64_t now = quota_left(r->quota, identity, clock_wall_ms());

	if (now < ROSTER_LEAST)
		return err_set(
		    err, RC_RETRY, "the quota of recordings in 24 hours is used up");
	*left = now;
	return RC_OK;
}

enum rc
roster_add(
    struct roster *r, const uint8_t sid[16], struct span identity, struct err *err)
{
	struct entry *e = calloc(1, sizeof *e);

	if (e == NULL || (e->identity = span_dup(identity)) == NULL) {
		free(e);
		return err_memory(err);
	}
	memcpy(e->sid, sid, sizeof e->sid);
	e->next = r->entries;
	r->entries = e;
	return RC_OK;
}

/* Note its length, and count what is new. */
static void
measure(struct roster *r, struct entry *e, uint64_t len)
{
	uint64_t now = clock_wall_ms();
	struct err err;

	e->growing = len > e->seen;
	if (e->growing)
		(void)quota_add(
		    r->quota, span_of(e->identity), len - e->seen, now, now, &err);
	e->seen = len;
}

void
roster_end(struct roster *r, const uint8_t sid[16], uint64_t len)
{
	for (struct entry **at = &r->entries; *at != NULL; at = &(*at)->next)
		if (memcmp((*at)->sid, sid, sizeof(*at)->sid) == 0) {
			struct entry *e = *at;

			measure(r, e, len);
			*at = e->next;
			free_entry(e);
			return;
		}
}

const char *
roster_trouble(const struct roster *r, const uint8_t sid[16])
{
	const struct entry *e = find(r, sid);

	return e != NULL && e->trouble[0] != '\0' ? e->trouble : NULL;
}

static void
cut(struct roster *r, struct entry *e, enum msg_why why, const char *text)
{
	if (e->cut)
		return;
	e->cut = true;
	r->owner.cut(r->owner.arg, e->sid, why, text);
}

static void
set_trouble(struct roster *r, struct entry *e, const char *why)
{
	if (e->trouble[0] == '\0')
		span_copy(span_of(why), e->trouble, sizeof e->trouble);
	if (!e->closing)
		cut(r, e, STOP_DISK, e->trouble);
}

static void
sync_grown(struct roster *r, struct entry *e, int fd)
{
	struct err err = { "" };

	/* One that is still at it has its turn in the next second. */
	if (e->syncing || e->closing)
		return;
	if (syncer_add(r->syncer, e->sid, 0, fd, false, &err) == RC_OK)
		e->syncing = true;
	else
		set_trouble(r, e, err.text);
}

static void
check_quotas(struct roster *r, struct entry *e)
{
	if (!e->growing || e->closing)
		return;
	if (r->most != 0 && e->seen > r->most && e->seen - r->most > GRACE)
		cut(r, e, STOP_QUOTA, "the recording's quota is used up");
	if (quota_left(r->quota, span_of(e->identity), clock_wall_ms()) == 0)
		cut(r, e, STOP_QUOTA, "the quota of recordings in 24 hours is used up");
}

void
roster_look(struct roster *r)
{
	struct stat st;

	for (struct entry *e = r->entries; e != NULL; e = e->next) {
		int fd = depot_fd(r->depot, e->sid);

		if (fd < 0 || fstat(fd, &st) != 0)
			continue;
		measure(r, e, (uint64_t)st.st_size);
		if (e->growing)
			sync_grown(r, e, fd);
	}
	/* Behind the count of all: it is their sum that matters. */
	for (struct entry *e = r->entries; e != NULL; e = e->next)
		check_quotas(r, e);
}

enum rc
roster_sync(struct roster *r, const uint8_t sid[16], uint32_t id, struct err *err)
{
	struct entry *e = find(r, sid);
	int fd = depot_fd(r->depot, sid);
	enum rc rc;

	if (e == NULL || fd < 0)
		return err_set(err, RC_REFUSE, "no such recording");
	if (e->closing)
		return err_set(err, RC_REFUSE, "the recording is being closed already");
	if ((rc = syncer_add(r->syncer, sid, id, fd, true, err)) == RC_OK)
		e->closing = true;
	return rc;
}

void
roster_synced(struct roster *r, const struct synced *s)
{
	struct entry *e = find(r, s->sid);

	if (e == NULL)
		return;
	if (!s->whole)
		e->syncing = false;
	if (s->rc != RC_OK)
		set_trouble(r, e, s->err.text);
}

static bool
grows(const struct roster *r, const struct entry *e)
{
	int fd = depot_fd(r->depot, e->sid);
	struct stat st;

	return e->growing ||
	       (fd >= 0 && fstat(fd, &st) == 0 && (uint64_t)st.st_size > e->seen);
}

void
roster_full(struct roster *r, const uint8_t sid[16])
{
	for (struct entry *e = r->entries; e != NULL; e = e->next) {
		if (memcmp(e->sid, sid, sizeof e->sid) == 0) {
			e->loud = false;
			/* It ends by itself. */
			e->cut = true;
		} else if (!e->cut && !e->closing && grows(r, e)) {
			e->loud = true;
			cut(r, e, STOP_DISK, "the disk of recordings is full");
		}
	}
}

bool
roster_still(const struct roster *r)
{
	for (const struct entry *e = r->entries; e != NULL; e = e->next)
		if (e->loud && !e->closing)
			return false;
	return true;
}
