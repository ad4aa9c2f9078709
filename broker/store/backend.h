/* What a back end must offer: rows in, rows out, transactions.  All rules (order of
 * states, the chain, bounds) stand once, in store.c, above it. */
#ifndef BROKER_STORE_BACKEND_H
#define BROKER_STORE_BACKEND_H

#include "broker/store/store.h"

/* What store_holds_like() asks for. */
struct store_like {
	struct span identity, rule, without;
	uint64_t since_ms;
	unsigned most;
};

struct store_ops {
	void (*close)(struct store *s);
	enum rc (*begin)(struct store *s, struct err *err);
	enum rc (*commit)(struct store *s, struct err *err);
	void (*rollback)(struct store *s);
	/* seq and h are set by now. */
	enum rc (*event_put)(
	    struct store *s, const struct store_event *e, struct err *err);
	enum rc (*event_each)(struct store *s, uint64_t from, store_event_fn *fn,
	    void *arg, struct err *err);
	enum rc (*event_of)(struct store *s, const uint8_t sid[16], store_event_fn *fn,
	    void *arg, struct err *err);
	/* Zeros when there is none. */
	enum rc (*event_last)(
	    struct store *s, uint64_t *seq, uint8_t h[32], struct err *err);
	enum rc (*hold_put)(
	    struct store *s, const struct store_hold *h, struct err *err);
	/* RC_END: no such hold. */
	enum rc (*hold_state)(
	    struct store *s, struct span id, enum hold_state *ret, struct err *err);
	/* From one state to the other; RC_FAIL when it was not in the first. */
	enum rc (*hold_move)(struct store *s, struct span id, enum hold_state from,
	    enum hold_state to, uint64_t at_ms, struct err *err);
	enum rc (*hold_each)(struct store *s, enum hold_state state, store_hold_fn *fn,
	    void *arg, struct err *err);
	/* RC_END: no such hold. */
	enum rc (*hold_get)(struct store *s, struct span id, store_hold_fn *fn,
	    void *arg, struct err *err);
	enum rc (*hold_next)(struct store *s, enum hold_state state, struct span after,
	    uint64_t since_ms, store_hold_fn *fn, void *arg, struct err *err);
	enum rc (*holds_like)(struct store *s, const struct store_like *l,
	    store_hold_fn *fn, void *arg, struct err *err);
	enum rc (*vote_put)(
	    struct store *s, const struct store_vote *v, struct err *err);
	enum rc (*vote_each)(struct store *s, struct span hold, store_vote_fn *fn,
	    void *arg, struct err *err);
	enum rc (*grant_put)(
	    struct store *s, const struct store_grant *g, struct err *err);
	/* Write state and used over an open grant's; RC_FAIL when it is not open, or was
	 * used otherwise meanwhile. */
	enum rc (*grant_set)(struct store *s, const struct store_grant *g,
	    uint64_t at_ms, struct err *err);
	/* RC_END: no such grant. */
	enum rc (*grant_get)(struct store *s, struct span id, store_grant_fn *fn,
	    void *arg, struct err *err);
	enum rc (*grant_next)(struct store *s, struct span after, store_grant_fn *fn,
	    void *arg, struct err *err);
	enum rc (*article_put)(
	    struct store *s, const struct store_article *a, struct err *err);
	/* Write over the row of that kind, name and digest, all but its content; RC_FAIL
	 * when there is none. */
	enum rc (*article_set)(
	    struct store *s, const struct store_article *a, struct err *err);
	/* By kind, name and digest.  RC_END: no such article. */
	enum rc (*article_get)(struct store *s, const struct store_article *key,
	    store_article_fn *fn, void *arg, struct err *err);
	enum rc (*article_next)(struct store *s, const struct store_article *after,
	    store_article_fn *fn, void *arg, struct err *err);
	enum rc (*notice_put)(
	    struct store *s, const struct store_notice *n, struct err *err);
	/* Write over state, tries, next_ms and error of one that is not delivered;
	 * RC_FAIL when there is none. */
	enum rc (*notice_set)(
	    struct store *s, const struct store_notice *n, struct err *err);
	/* RC_END: no such notice. */
	enum rc (*notice_get)(struct store *s, struct span id, store_notice_fn *fn,
	    void *arg, struct err *err);
	enum rc (*notice_next)(struct store *s, struct span after, store_notice_fn *fn,
	    void *arg, struct err *err);
	/* A delivered one. */
	enum rc (*notice_drop)(struct store *s, struct span id, struct err *err);
	enum rc (*rec_put)(struct store *s, const struct store_rec *r, struct err *err);
	/* Write over the row with this sid, what may change in it; RC_FAIL when there is
	 * none, or it is gone. */
	enum rc (*rec_set)(struct store *s, const struct store_rec *r, struct err *err);
	/* RC_END: no such recording. */
	enum rc (*rec_get)(struct store *s, const uint8_t sid[16],
	    struct store_rec *ret, struct err *err);
	enum rc (*rec_each)(struct store *s, enum store_rec_state state,
	    store_rec_fn *fn, void *arg, struct err *err);
	enum rc (*rec_to_ship)(
	    struct store *s, store_rec_fn *fn, void *arg, struct err *err);
	enum rc (*rec_to_expire)(struct store *s, uint64_t now_ms, store_rec_fn *fn,
	    void *arg, struct err *err);
	enum rc (*rec_of)(struct store *s, struct span identity, uint64_t since_ms,
	    store_rec_fn *fn, void *arg, struct err *err);
};

/* First member of each back end's own struct. */
struct store {
	const struct store_ops *ops;
	bool busy;	   /* between begin and commit */
	bool last_known;   /* last_seq and last_h are true */
	uint64_t last_seq; /* of the newest event, committed or not */
	uint8_t last_h[32];
};

/* h of an event whose seq is set, behind the row with h prev. */
enum rc store_chain(const struct store_event *e, const uint8_t prev[32], uint8_t h[32],
    struct err *err);

/* What the files above the back ends share.  RC_FAIL: no transaction is open. */
enum rc store_changing(const struct store *s, struct err *err);
bool store_time_ok(uint64_t ms);
/* True for an id as id_hold() makes them. */
bool store_hold_id_ok(struct span id);
/* Spend an approved hold for what is made of it.  RC_REFUSE: it is not approved. */
enum rc store_hold_spend(
    struct store *s, struct span id, uint64_t at_ms, struct err *err);

#endif
