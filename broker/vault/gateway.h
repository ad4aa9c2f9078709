/* The gateway's own credentials as they are now: given once, or fetched and fetched
 * again before they expire.  They are kept in memory alone. */
#ifndef BROKER_VAULT_GATEWAY_H
#define BROKER_VAULT_GATEWAY_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/vault/fetch.h"
#include "broker/vault/sources.h"
#include "lib/base/err.h"

struct gateway;

/* Something has changed: a fetch has ended, well or not.  From the loop, never from
 * inside a call. */
typedef void gateway_fn(void *arg);

/* What is known and does not change; key is taken.  On RC_OK *ret is yours:
 * gateway_free().  RC_FAIL: memory. */
enum rc gateway_take(struct sources_key *key, struct gateway **ret, struct err *err);

/* What is fetched, for the first time at once.  how and what it points to are borrowed
 * for the gateway's life.  RC_REFUSE: as fetch_check(); RC_FAIL: memory. */
enum rc gateway_new(struct loop *l, struct http *h, const struct fetch_how *how,
    gateway_fn *fn, void *arg, struct gateway **ret, struct err *err);

/* From now on fetch so; a fetch under way begins anew.  Nothing happens to what
 * gateway_take() made. */
void gateway_move(struct gateway *g, const struct fetch_how *how);

/* The credentials, borrowed until the loop turns.  RC_WAIT: they are on their way, fn
 * will be called.  Else the last fetch went wrong and the next has its time: RC_RETRY
 * in passing trouble, RC_FAIL else, with a text fit for who asked for a session; why
 * stands in the log. */
enum rc gateway_key(struct gateway *g, const struct sources_key **ret, struct err *err);

/* Wipe and free.  NULL is fine. */
void gateway_free(struct gateway *g);

/* When credentials are looked after; wall clock, milliseconds. */
struct gateway_plan {
	uint64_t refresh_ms; /* from here on others are fetched */
	uint64_t fresh_ms;   /* up to here nobody waits for that */
	uint64_t until_ms;   /* up to here they are used */
};

/* Plan for credentials that came now and expire then: fetched again at two thirds of
 * their life, a little earlier by dice (any number), so that not all gateways come at
 * once.  keep: the source is instance metadata, which hands out its last credentials
 * when it has trouble making new ones; AWS then takes them for longer than they say.
 * If fewer than 12 to 20 minutes are left they are used for so long, and asked for again
 * 10 minutes before that.  False, and nothing set: they have expired. */
bool gateway_plan(uint64_t now_ms, uint64_t expires_ms, bool keep, uint32_t dice,
    struct gateway_plan *ret);

#endif
