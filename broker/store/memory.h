/* What the files of the back end in memory share: lists of rows, and the rows' functions
 * that memory.c puts into its table. */
#ifndef BROKER_STORE_MEMORY_H
#define BROKER_STORE_MEMORY_H

#include "broker/store/backend.h"
#include "lib/wire/msg.h"

enum kind { EVENTS, HOLDS, VOTES, GRANTS, ARTICLES, NOTICES, RECS, KINDS };

struct list {
	void **row;
	size_t n, cap;
};

struct undo;

struct memory_store {
	struct store base;
	struct list list[KINDS];
	struct undo *undo;
};

static inline struct memory_store *
memory_self(struct store *s)
{
	return (struct memory_store *)s;
}

/* Add a copy of row, or put it in place of the one at `at`. */
enum rc memory_put(struct memory_store *m, enum kind kind, size_t at, const void *row,
    struct err *err);
/* The rows in order, in an array of its own: undo keeps places.  Yours to free. */
enum rc memory_sorted(const struct list *l, int (*order)(const void *, const void *),
    void ***ret, struct err *err);
/* As memcmp(); of two with one beginning, the shorter is first. */
int memory_order(struct span x, struct span y);

/* As struct store_ops has them. */
enum rc memory_hold_put(struct store *s, const struct store_hold *h, struct err *err);
enum rc memory_hold_state(
    struct store *s, struct span id, enum hold_state *ret, struct err *err);
enum rc memory_hold_move(struct store *s, struct span id, enum hold_state from,
    enum hold_state to, uint64_t at_ms, struct err *err);
enum rc memory_hold_each(struct store *s, enum hold_state state, store_hold_fn *fn,
    void *arg, struct err *err);
enum rc memory_hold_get(
    struct store *s, struct span id, store_hold_fn *fn, void *arg, struct err *err);
enum rc memory_hold_next(struct store *s, enum hold_state state, struct span after,
    uint64_t since_ms, store_hold_fn *fn, void *arg, struct err *err);
enum rc memory_holds_like(struct store *s, const struct store_like *l,
    store_hold_fn *fn, void *arg, struct err *err);
enum rc memory_vote_put(struct store *s, const struct store_vote *v, struct err *err);
enum rc memory_vote_each(
    struct store *s, struct span hold, store_vote_fn *fn, void *arg, struct err *err);

enum rc memory_grant_put(struct store *s, const struct store_grant *g, struct err *err);
enum rc memory_grant_set(
    struct store *s, const struct store_grant *g, uint64_t at_ms, struct err *err);
enum rc memory_grant_get(
    struct store *s, struct span id, store_grant_fn *fn, void *arg, struct err *err);
enum rc memory_grant_next(
    struct store *s, struct span after, store_grant_fn *fn, void *arg, struct err *err);

enum rc memory_article_put(
    struct store *s, const struct store_article *a, struct err *err);
enum rc memory_article_set(
    struct store *s, const struct store_article *a, struct err *err);
enum rc memory_article_get(struct store *s, const struct store_article *key,
    store_article_fn *fn, void *arg, struct err *err);
enum rc memory_article_next(struct store *s, const struct store_article *after,
    store_article_fn *fn, void *arg, struct err *err);

enum rc memory_notice_put(
    struct store *s, const struct store_notice *n, struct err *err);
enum rc memory_notice_set(
    struct store *s, const struct store_notice *n, struct err *err);
enum rc memory_notice_get(
    struct store *s, struct span id, store_notice_fn *fn, void *arg, struct err *err);
enum rc memory_notice_next(struct store *s, struct span after, store_notice_fn *fn,
    void *arg, struct err *err);
enum rc memory_notice_drop(struct store *s, struct span id, struct err *err);

enum rc memory_rec_put(struct store *s, const struct store_rec *r, struct err *err);
enum rc memory_rec_set(struct store *s, const struct store_rec *r, struct err *err);
enum rc memory_rec_get(
    struct store *s, const uint8_t sid[16], struct store_rec *ret, struct err *err);
enum rc memory_rec_each(struct store *s, enum store_rec_state state, store_rec_fn *fn,
    void *arg, struct err *err);
enum rc memory_rec_to_ship(
    struct store *s, store_rec_fn *fn, void *arg, struct err *err);
enum rc memory_rec_to_expire(
    struct store *s, uint64_t now_ms, store_rec_fn *fn, void *arg, struct err *err);
enum rc memory_rec_of(struct store *s, struct span identity, uint64_t since_ms,
    store_rec_fn *fn, void *arg, struct err *err);

#endif
