/* What the files of the SQLite back end share: the statements, and the rows' functions
 * that sqlite.c puts into its table. */
#ifndef BROKER_STORE_SQLITE_H
#define BROKER_STORE_SQLITE_H

#include "broker/store/backend.h"
#include "broker/store/sql.h"

enum statement {
	SQL_BEGIN,
	SQL_COMMIT,
	SQL_ROLLBACK,
	SQL_EVENT_PUT,
	SQL_EVENT_EACH,
	SQL_EVENT_OF,
	SQL_EVENT_LAST,
	SQL_HOLD_PUT,
	SQL_HOLD_STATE,
	SQL_HOLD_MOVE,
	SQL_HOLD_EACH,
	SQL_HOLD_GET,
	SQL_HOLD_NEXT,
	SQL_HOLDS_LIKE,
	SQL_VOTE_PUT,
	SQL_VOTE_EACH,
	SQL_REC_PUT,
	SQL_REC_SET,
	SQL_REC_GET,
	SQL_REC_EACH,
	SQL_REC_TO_SHIP,
	SQL_REC_TO_EXPIRE,
	SQL_REC_OF,
	SQL_GRANT_PUT,
	SQL_GRANT_SET,
	SQL_GRANT_GET,
	SQL_GRANT_NEXT,
	SQL_ARTICLE_PUT,
	SQL_ARTICLE_SET,
	SQL_ARTICLE_GET,
	SQL_ARTICLE_NEXT,
	SQL_NOTICE_PUT,
	SQL_NOTICE_SET,
	SQL_NOTICE_GET,
	SQL_NOTICE_NEXT,
	SQL_NOTICE_DROP,
	SQL_COUNT
};

/* Their texts.  No SQL is ever put together from values. */
extern const char *const sqlite_texts[SQL_COUNT];

struct sqlite_store {
	struct store base;
	struct sql sql;
};

static inline struct sql *
sqlite_self(struct store *s)
{
	return &((struct sqlite_store *)s)->sql;
}

/* Run the bound UPDATE which, for one row: RC_FAIL, with this text, when it met none. */
enum rc sqlite_change(
    struct store *s, unsigned which, const char *none, struct err *err);

/* As struct store_ops has them. */
enum rc sqlite_hold_put(struct store *s, const struct store_hold *h, struct err *err);
enum rc sqlite_hold_state(
    struct store *s, struct span id, enum hold_state *ret, struct err *err);
enum rc sqlite_hold_move(struct store *s, struct span id, enum hold_state from,
    enum hold_state to, uint64_t at_ms, struct err *err);
enum rc sqlite_hold_each(struct store *s, enum hold_state state, store_hold_fn *fn,
    void *arg, struct err *err);
enum rc sqlite_hold_get(
    struct store *s, struct span id, store_hold_fn *fn, void *arg, struct err *err);
enum rc sqlite_hold_next(struct store *s, enum hold_state state, struct span after,
    uint64_t since_ms, store_hold_fn *fn, void *arg, struct err *err);
enum rc sqlite_holds_like(struct store *s, const struct store_like *l,
    store_hold_fn *fn, void *arg, struct err *err);
enum rc sqlite_vote_put(struct store *s, const struct store_vote *v, struct err *err);
enum rc sqlite_vote_each(
    struct store *s, struct span hold, store_vote_fn *fn, void *arg, struct err *err);

enum rc sqlite_grant_put(struct store *s, const struct store_grant *g, struct err *err);
enum rc sqlite_grant_set(
    struct store *s, const struct store_grant *g, uint64_t at_ms, struct err *err);
enum rc sqlite_grant_get(
    struct store *s, struct span id, store_grant_fn *fn, void *arg, struct err *err);
enum rc sqlite_grant_next(
    struct store *s, struct span after, store_grant_fn *fn, void *arg, struct err *err);

enum rc sqlite_article_put(
    struct store *s, const struct store_article *a, struct err *err);
enum rc sqlite_article_set(
    struct store *s, const struct store_article *a, struct err *err);
enum rc sqlite_article_get(struct store *s, const struct store_article *key,
    store_article_fn *fn, void *arg, struct err *err);
enum rc sqlite_article_next(struct store *s, const struct store_article *after,
    store_article_fn *fn, void *arg, struct err *err);

enum rc sqlite_notice_put(
    struct store *s, const struct store_notice *n, struct err *err);
enum rc sqlite_notice_set(
    struct store *s, const struct store_notice *n, struct err *err);
enum rc sqlite_notice_get(
    struct store *s, struct span id, store_notice_fn *fn, void *arg, struct err *err);
enum rc sqlite_notice_next(struct store *s, struct span after, store_notice_fn *fn,
    void *arg, struct err *err);
enum rc sqlite_notice_drop(struct store *s, struct span id, struct err *err);

enum rc sqlite_rec_put(struct store *s, const struct store_rec *r, struct err *err);
enum rc sqlite_rec_set(struct store *s, const struct store_rec *r, struct err *err);
enum rc sqlite_rec_get(
    struct store *s, const uint8_t sid[16], struct store_rec *ret, struct err *err);
enum rc sqlite_rec_each(struct store *s, enum store_rec_state state, store_rec_fn *fn,
    void *arg, struct err *err);
enum rc sqlite_rec_to_ship(
    struct store *s, store_rec_fn *fn, void *arg, struct err *err);
enum rc sqlite_rec_to_expire(
    struct store *s, uint64_t now_ms, store_rec_fn *fn, void *arg, struct err *err);
enum rc sqlite_rec_of(struct store *s, struct span identity, uint64_t since_ms,
    store_rec_fn *fn, void *arg, struct err *err);

#endif
