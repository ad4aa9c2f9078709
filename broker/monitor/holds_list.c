/* Which holds there are, in the order in which they were asked for; who hears of their
 * changes; and which were denied of late. */
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/holds_parts.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/model/needs.h"

/* More than people can have denied within a week. */
#define DENIALS_MAX 10000

/* ---- the list ---- */

void
hold_list(struct hold *h)
{
	struct holds *all = h->all;

	h->number = ++all->number;
	h->prev = NULL;
	h->next = all->first;
	if (all->first != NULL)
		all->first->prev = h;
	else
		all->last = h;
	all->first = h;
}

void
hold_unlist(struct hold *h)
{
	struct holds *all = h->all;

	for (struct hold_cursor *c = all->cursors; c != NULL; c = c->next)
		if (c->at == h)
			c->at = h->prev;
	if (h->prev != NULL)
		h->prev->next = h->next;
	else
		all->first = h->next;
	if (h->next != NULL)
		h->next->prev = h->prev;
	else
		all->last = h->prev;
}

static int
by_age(const void *a, const void *b)
{
	const struct hold *x = *(struct hold *const *)a, *y = *(struct hold *const *)b;

	if (x->asked_ms != y->asked_ms)
		return x->asked_ms < y->asked_ms ? -1 : 1;
	return strcmp(x->id, y->id);
}

enum rc
holds_sort(struct holds *all)
{
	struct hold **v;
	size_t n = 0;

	for (struct hold *h = all->first; h != NULL; h = h->next)
		n++;
	if (n == 0)
		return RC_OK;
	if ((v = calloc(n, sizeof(struct hold *))) == NULL)
		return RC_FAIL;
	n = 0;
	for (struct hold *h = all->first; h != NULL; h = h->next)
		v[n++] = h;
	qsort(v, n, sizeof(struct hold *), by_age);
	all->first = all->last = NULL;
	for (size_t i = 0; i < n; i++)
		hold_list(v[i]);
	free(v);
	return RC_OK;
}

bool
hold_live(const struct hold *h)
{
	return !h->closed && (h->state == HOLD_PENDING || h->state == HOLD_APPROVED);
}

static const struct hold *
live_from(const struct hold *h)
{
	while (h != NULL && !hold_live(h))
		h = h->next;
	return h;
}

const struct hold *
holds_first(const struct holds *all)
{
	return live_from(all->first);
}

const struct hold *
hold_next(const struct hold *h)
{
	return live_from(h->next);
}

struct hold *
holds_find(const struct holds *all, const char *id)
{
	char want[ID_HOLD_TEXT];

	if (!id_hold_parse(span_of(id), want))
		return NULL;
	for (struct hold *h = all->first; h != NULL; h = h->next)
		if (hold_live(h) && strcmp(h->id, want) == 0)
			return h;
	return NULL;
}

static bool
same_needs(const struct verdict *a, const struct verdict *b)
{
	json_t *x = needs_json(a), *y = needs_json(b);
	bool same = x != NULL && y != NULL && json_equal(x, y);

	json_decref(x);
	json_decref(y);
	return same;
}

/* What people said, or are asked to say, must be worth something under these rules: else
 * whoever asks again would come back to the same hold until its time is over. */
static bool
is_left_for(const struct hold *h, const char *identity, const uint8_t *digest,
    const struct verdict *v)
{
	if (!hold_live(h) || !h->left || h->cancel_on_disconnect || h->spent != NULL ||
	    !hold_binds(h, digest) || strcmp(h->identity, identity) != 0)
		return false;
	if (h->state == HOLD_APPROVED)
		return !h->busy && hold_suffices(h, v);
	return same_needs(&h->verdict, v);
}

struct hold *
holds_left(const struct holds *all, const char *identity,
    const uint8_t digest[HOLD_DIGEST], const struct verdict *v)
{
	struct hold *found = NULL;

	/* The oldest has waited longest; but a yes is better than a wait. */
	for (struct hold *h = all->first; h != NULL; h = h->next)
		if (is_left_for(h, identity, digest, v) &&
		    (found == NULL || found->state != HOLD_APPROVED ||
			h->state == HOLD_APPROVED))
			found = h;
	return found;
}

void
hold_cursor_open(struct holds *all, struct hold_cursor *c)
{
	*c = (struct hold_cursor){
		.next = all->cursors, .all = all, .at = all->last, .last = all->number
	};
	all->cursors = c;
}

struct hold *
hold_cursor_next(struct hold_cursor *c)
{
	struct hold *h = c->at;

	while (h != NULL && h->number <= c->last && !hold_live(h))
		h = h->prev;
	if (h != NULL && h->number > c->last)
		h = NULL;
	c->at = h == NULL ? NULL : h->prev;
	return h;
}

void
hold_cursor_close(struct hold_cursor *c)
{
	for (struct hold_cursor **p = &c->all->cursors; *p != NULL; p = &(*p)->next)
		if (*p == c) {
			*p = c->next;
			break;
		}
}

/* ---- who hears of it ---- */

void
holds_own(struct holds *all, const char *path, const struct hold_owner *owner)
{
	if (all->n_owners < sizeof all->owners / sizeof all->owners[0])
		all->owners[all->n_owners++] = (struct hold_owning){ path, *owner };
}

const struct hold_owner *
hold_owner(const struct hold *h)
{
	for (size_t i = 0; i < h->all->n_owners; i++)
		if (strcmp(h->all->owners[i].path, h->path) == 0)
			return &h->all->owners[i].owner;
	return NULL;
}

bool
holds_listen(struct holds *all, holds_listen_fn *fn, void *arg)
{
	if (all->n_listeners == HOLDS_LISTENERS)
		return false;
	all->listeners[all->n_listeners].fn = fn;
	all->listeners[all->n_listeners++].arg = arg;
	return true;
}

void
holds_unlisten(struct holds *all, void *arg)
{
	size_t n = 0;

	for (size_t i = 0; i < all->n_listeners; i++)
		if (all->listeners[i].arg != arg)
			all->listeners[n++] = all->listeners[i];
	all->n_listeners = n;
}

void
hold_tell(const struct hold *h, const char *event)
{
	for (size_t i = 0; i < h->all->n_listeners; i++)
		h->all->listeners[i].fn(
		    h->all->listeners[i].arg, h, event, h->by, h->why);
}

/* ---- denied of late ---- */

/* Forget what is too old, or too many. */
static void
tidy_denials(struct holds *all)
{
	uint64_t now = clock_mono_ms(), n = 0;
	struct hold_denial **p = &all->denials;

	while (*p != NULL) {
		struct hold_denial *d = *p;

		if (++n <= DENIALS_MAX &&
		    now - d->at < all->m->rules.config->holds.denied) {
			p = &d->next;
			continue;
		}
		*p = d->next;
		free(d);
	}
}

void
holds_note_denial(struct holds *all, const char *identity, const uint8_t *digest,
    const char *by, uint64_t ago_ms)
{
	struct hold_denial *d = calloc(1, sizeof *d);

	if (d == NULL) {
		log_line(LOG_ERROR, "a denial is not remembered: no memory");
		return;
	}
	span_copy(span_of(identity), d->identity, sizeof d->identity);
	span_copy(span_of(by), d->by, sizeof d->by);
	memcpy(d->digest, digest, HOLD_DIGEST);
	d->at = clock_mono_ms() - ago_ms;
	d->next = all->denials;
	all->denials = d;
	tidy_denials(all);
}

bool
holds_denied(const struct holds *all, const char *identity,
    const uint8_t digest[HOLD_DIGEST], uint64_t *ago_ms, const char **by)
{
	uint64_t within = all->m->rules.config->holds.denied, now = clock_mono_ms();

	for (const struct hold_denial *d = all->denials; d != NULL; d = d->next) {
		if (now - d->at >= within ||
		    memcmp(d->digest, digest, HOLD_DIGEST) != 0 ||
		    strcmp(d->identity, identity) != 0)
			continue;
		*ago_ms = now - d->at;
		*by = d->by;
		return true;
	}
	return false;
}

void
holds_forget_denials(struct holds *all)
{
	while (all->denials != NULL) {
		struct hold_denial *d = all->denials;

		all->denials = d->next;
		free(d);
	}
}
