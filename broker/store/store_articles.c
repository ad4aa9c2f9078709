/* The rules of articles: waiting, approved by one hold, removed, and perhaps brought
 * again. */
#include "broker/store/backend.h"

#include <ctype.h>
#include <string.h>

#include "lib/wire/msg.h"

/* What stands in a row and decides. */
struct standing {
	const struct store_article *mine;
	uint8_t state;
	bool same; /* the content is mine */
	uint64_t at_ms;
	struct buf by, hold, detail; /* kept, where the row is changed */
};

static enum rc
take_standing(void *arg, const struct store_article *a, struct err *err)
{
	struct standing *st = arg;

	st->state = a->state;
	st->same = span_eq(a->content, st->mine->content);
	st->at_ms = a->at_ms;
	buf_span_put(&st->by, a->by);
	buf_span_put(&st->hold, a->hold);
	buf_span_put(&st->detail, a->detail);
	if (!buf_ok(&st->by) || !buf_ok(&st->hold) || !buf_ok(&st->detail))
		return err_memory(err);
	return RC_OK;
}

static void
standing_init(struct standing *st, const struct store_article *mine)
{
	*st = (struct standing){ .mine = mine };
	buf_init(&st->by, SIZE_MAX);
	buf_init(&st->hold, SIZE_MAX);
	buf_init(&st->detail, SIZE_MAX);
}

static void
standing_clear(struct standing *st)
{
	buf_clear(&st->by);
	buf_clear(&st->hold);
	buf_clear(&st->detail);
}

/* A name is one word that can be shown. */
static bool
name_ok(struct span name)
{
	if (name.len == 0 || name.len > STORE_ARTICLE_NAME)
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (name.p[i] <= ' ' || name.p[i] >= 0x7f)
			return false;
	return true;
}

static bool
article_ok(const struct store_article *a)
{
	return (a->kind == ARTICLE_SCRIPT || a->kind == ARTICLE_RUNBOOK) &&
	       name_ok(a->name);
}

static enum rc
bring(struct store *s, const struct store_article *row, enum rc found,
    const struct standing *old, struct err *err)
{
	if (found == RC_END)
		return s->ops->article_put(s, row, err);
	if (found != RC_OK)
		return found;
	if (old->state != ARTICLE_REMOVED)
		return err_set(err, RC_REFUSE, "store: the article exists");
	if (!old->same)
		return err_set(
		    err, RC_REFUSE, "store: that digest is another content's");
	return s->ops->article_set(s, row, err);
}

enum rc
store_article_add(struct store *s, const struct store_article *a, struct err *err)
{
	struct store_article row = *a;
	struct standing old;
	enum rc rc;

	if ((rc = store_changing(s, err)) != RC_OK)
		return rc;
	if (!article_ok(a) || a->by.len == 0 || !store_time_ok(a->at_ms))
		return err_set(err, RC_REFUSE,
		    "store: an article with an odd kind, name or time, or of nobody");
	row.state = ARTICLE_WAITING;
	row.hold = span_make(NULL, 0);
	row.changed_ms = row.at_ms;
	standing_init(&old, a);
	rc = s->ops->article_get(s, a, take_standing, &old, err);
	rc = bring(s, &row, rc, &old, err);
	standing_clear(&old);
	return rc;
}

/* Approving spends its hold. */
static enum rc
move(struct store *s, const struct store_article *a, struct standing *old,
    struct err *err)
{
	struct store_article row = { .kind = a->kind,
		.name = a->name,
		.at_ms = old->at_ms,
		.changed_ms = a->at_ms,
		.state = a->state,
		.by = buf_span(&old->by),
		.hold = buf_span(&old->hold),
		.detail = buf_span(&old->detail) };
	bool approves = a->state == ARTICLE_APPROVED;
	enum rc rc;

	if (old->state == ARTICLE_REMOVED ||
	    (approves ? old->state != ARTICLE_WAITING : a->state != ARTICLE_REMOVED))
		return err_set(err, RC_REFUSE, "store: the article does not go there");
	if (approves && (rc = store_hold_spend(s, a->hold, a->at_ms, err)) != RC_OK)
		return rc;
	if (approves)
		row.hold = a->hold;
	memcpy(row.digest, a->digest, sizeof row.digest);
	/* The hold is spent: what fails from here on must not be committed. */
	return s->ops->article_set(s, &row, err) == RC_OK ? RC_OK : RC_FAIL;
}

enum rc
store_article_set(struct store *s, const struct store_article *a, struct err *err)
{
	struct standing old;
	enum rc rc;

	if ((rc = store_changing(s, err)) != RC_OK)
		return rc;
	if (!article_ok(a) || !store_time_ok(a->at_ms))
		return err_set(
		    err, RC_REFUSE, "store: an article with an odd kind, name or time");
	standing_init(&old, a);
	rc = s->ops->article_get(s, a, take_standing, &old, err);
	if (rc == RC_OK)
		rc = move(s, a, &old, err);
	else if (rc == RC_END)
		rc = err_set(err, RC_REFUSE, "store: no such article");
	standing_clear(&old);
	return rc;
}

static int
hex_digit(uint8_t c)
{
	return isdigit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "KIND/NAME/DIGEST"; a name may have a slash of its own. */
static bool
parse_key(struct span text, struct store_article *ret)
{
	const size_t hex = 2 * sizeof ret->digest;
	const uint8_t *d;

	if (text.len < 2 + 1 + 1 + hex || text.p[1] != '/' || !isdigit(text.p[0]))
		return false;
	d = text.p + text.len - hex;
	if (d[-1] != '/')
		return false;
	ret->kind = (uint8_t)(text.p[0] - '0');
	ret->name = span_make(text.p + 2, text.len - 2 - 1 - hex);
	for (size_t i = 0; i < sizeof ret->digest; i++) {
		int hi = hex_digit(d[2 * i]), lo = hex_digit(d[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return false;
		ret->digest[i] = (uint8_t)(hi << 4 | lo);
	}
	return true;
}

enum rc
store_article_next(struct store *s, struct span after, store_article_fn *fn, void *arg,
    struct err *err)
{
	struct store_article key = { .kind = 0 };

	if (after.len > 0 && !parse_key(after, &key))
		return err_set(err, RC_REFUSE, "store: no article's id");
	return s->ops->article_next(s, &key, fn, arg, err);
}
