/* What approvals are made into, in each back end: grants, articles, notices. */
#include "tests/store/bed.h"

/* ---- votes and lists of holds ---- */

static void
a_vote_comes_back_whole(void **state)
{
	struct fixture *f = *state;
	unsigned n = 0;

	OK(store_begin(f->s, &f->err));
	add_hold(f, HOLD, 10);
	OK(set_hold(f, HOLD, HOLD_PENDING, "bob"));
	REFUSED(set_hold(f, HOLD, HOLD_PENDING, "bob"));
	OK(store_votes(f->s, span_of(HOLD), check_vote, &n, &f->err));
	assert_int_equal(n, 1);
	/* After all, no. */
	OK(set_hold(f, HOLD, HOLD_DENIED, "bob"));
	OK(store_votes(f->s, span_of(HOLD), check_vote, &n, &f->err));
	assert_int_equal(n, 3);
	REFUSED(set_hold(f, HOLD, HOLD_PENDING, "carol"));
	OK(store_commit(f->s, &f->err));
}

static void
odd_votes_are_refused(void **state)
{
	static const char long_name[] = "abcdefghijklmnopqrstuvwxyz0123456789"
					"abcdefghijklmnopqrstuvwxyz012";
	struct fixture *f = *state;
	struct store_vote v;
	char name[16];

	OK(store_begin(f->s, &f->err));
	add_hold(f, HOLD, 10);
	REFUSED(set_hold(f, HOLD, HOLD_PENDING, long_name));
	REFUSED(set_hold(f, HOLD, HOLD_PENDING, "bo\nb"));
	REFUSED(set_hold(f, HOLD, HOLD_APPROVED, ""));
	v = some_vote(HOLD, HOLD_PENDING, "bob");
	v.key = span_of("\xc3\xa4");
	REFUSED(store_hold_set(f->s, &v, &f->err));
	v = some_vote(HOLD, HOLD_PENDING, "bob");
	v.source = span_of("\x1b[2J");
	REFUSED(store_hold_set(f->s, &v, &f->err));
	v = some_vote(HOLD, HOLD_PENDING, "bob");
	v.at_ms = UINT64_MAX;
	REFUSED(store_hold_set(f->s, &v, &f->err));
	for (unsigned i = 0; i < STORE_VOTES; i++) {
		snprintf(name, sizeof name, "p%u", i);
		OK(set_hold(f, HOLD, HOLD_PENDING, name));
	}
	REFUSED(set_hold(f, HOLD, HOLD_PENDING, "one-more"));
	REFUSED(set_hold(f, HOLD, HOLD_APPROVED, "one-more"));
	/* A no is always heard. */
	OK(set_hold(f, HOLD, HOLD_DENIED, "one-more"));
	OK(store_commit(f->s, &f->err));
}

static void
holds_come_one_after_the_other(void **state)
{
	static const char *const ids[] = { "7F3K-0003", "7F3K-0001", "7F3K-0004",
		"7F3K-0002" };
	struct fixture *f = *state;
	struct buf b;

	buf_init(&b, 1000);
	OK(store_begin(f->s, &f->err));
	for (size_t i = 0; i < ROWS(ids); i++)
		add_hold(f, ids[i], 100 + i);
	OK(set_hold(f, "7F3K-0001", HOLD_DENIED, "alice"));
	OK(store_commit(f->s, &f->err));
#define NEXT(state, after, since)                                                      \
	store_hold_next(f->s, state, span_of(after), since, put_hold_id, &b, &f->err)
	OK(NEXT(HOLD_PENDING, "", 0));
	OK(NEXT(HOLD_PENDING, "7F3K-0002", 0));
	OK(NEXT(HOLD_PENDING, "7F3K-0003", 0));
	assert_int_equal(NEXT(HOLD_PENDING, "7F3K-0004", 0), RC_END);
	OK(NEXT(HOLD_PENDING, "", 102)); /* 0002 changed at 103, 0003 at 100 */
	OK(NEXT(HOLD_PENDING, "7F3K-0002", 102));
	assert_int_equal(NEXT(HOLD_PENDING, "", 104), RC_END);
	assert_int_equal(NEXT(HOLD_PENDING, "", UINT64_MAX), RC_END);
	OK(NEXT(HOLD_DENIED, "", 15));
	assert_int_equal(NEXT(HOLD_DENIED, "", 16), RC_END);
	assert_int_equal(NEXT(HOLD_DENIED, "7F3K-0001", 0), RC_END);
#undef NEXT
	OK(store_hold_get(f->s, span_of("7F3K-0003"), put_hold_id, &b, &f->err));
	assert_int_equal(
	    store_hold_get(f->s, span_of(""), put_hold_id, &b, &f->err), RC_END);
	assert_string_equal(buf_cstr(&b),
	    "7F3K-0002 7F3K-0003 7F3K-0004 7F3K-0002 7F3K-0004 7F3K-0001 7F3K-0003 ");
	buf_clear(&b);
}

static void
similar_holds_are_the_newest(void **state)
{
	struct fixture *f = *state;
	struct store_hold h;
	struct buf b;

	buf_init(&b, 1000);
	OK(store_begin(f->s, &f->err));
	add_hold(f, "7F3K-0001", 101);
	add_hold(f, "7F3K-0002", 104);
	add_hold(f, "7F3K-0003", 103);
	add_hold(f, "7F3K-0004", 102);
	h = some_hold("7F3K-0005", 105);
	h.identity = span_of("cj");
	OK(store_hold_add(f->s, &h, &f->err));
	h = some_hold("7F3K-0006", 106);
	h.rule = span_of("p/q");
	OK(store_hold_add(f->s, &h, &f->err));
	OK(store_commit(f->s, &f->err));
#define LIKE(since, without, most)                                                     \
	OK(store_holds_like(f->s, span_of("ci"), span_of("p/r"), since,                \
	    span_of(without), most, put_hold_id, &b, &f->err))
	LIKE(0, "7F3K-0003", 10);
	buf_text(&b, "| ");
	LIKE(0, "", 2);
	buf_text(&b, "| ");
	LIKE(103, "7F3K-0002", 10);
	LIKE(UINT64_MAX, "", 10);
	LIKE(0, "", 0);
#undef LIKE
	assert_string_equal(buf_cstr(&b), "7F3K-0002 7F3K-0004 7F3K-0001 | "
					  "7F3K-0002 7F3K-0003 | 7F3K-0003 ");
	buf_clear(&b);
}

/* ---- grants ---- */

static void
a_grant_spends_its_hold(void **state)
{
	struct fixture *f = *state;
	struct buf b;

	buf_init(&b, 1000);
	assert_int_equal(add_grant(f, HOLD, 1), RC_FAIL); /* no begin */
	OK(store_begin(f->s, &f->err));
	REFUSED(add_grant(f, HOLD, 3));
	add_hold(f, HOLD, 10);
	REFUSED(add_grant(f, HOLD, 3)); /* pending */
	OK(set_hold(f, HOLD, HOLD_APPROVED, "alice"));
	OK(add_grant(f, HOLD, 3));
	assert_int_equal(state_of(f, HOLD), HOLD_SPENT);
	REFUSED(add_grant(f, HOLD, 3));
	REFUSED(set_hold(f, HOLD, HOLD_SPENT, ""));
	approved(f, OTHER);
	OK(set_hold(f, OTHER, HOLD_SPENT, ""));
	REFUSED(add_grant(f, OTHER, 3)); /* spent for something else */
	OK(store_commit(f->s, &f->err));
	OK(store_grant_get(f->s, span_of(HOLD), put_grant, &b, &f->err));
	assert_string_equal(buf_cstr(&b), HOLD ":1:0/3 ");
	assert_int_equal(
	    store_grant_get(f->s, span_of(OTHER), put_grant, &b, &f->err), RC_END);
	buf_clear(&b);
}

static void
neither_stands_without_the_other(void **state)
{
	struct fixture *f = *state;
	struct buf b;

	buf_init(&b, 1000);
	OK(store_begin(f->s, &f->err));
	approved(f, HOLD);
	OK(store_commit(f->s, &f->err));
	OK(store_begin(f->s, &f->err));
	OK(add_grant(f, HOLD, 3));
	store_rollback(f->s);
	assert_int_equal(state_of(f, HOLD), HOLD_APPROVED);
	assert_int_equal(
	    store_grant_get(f->s, span_of(HOLD), put_grant, &b, &f->err), RC_END);
	buf_clear(&b);
}

static void
odd_grants_are_refused(void **state)
{
	static const struct {
		const char *id, *identity, *rule;
		uint64_t at, until;
		uint32_t uses;
	} rows[] = {
		{ "7f3k-q2mx", "ci", "p/r", 100, 200, 1 },
		{ "", "ci", "p/r", 100, 200, 1 },
		{ HOLD, "", "p/r", 100, 200, 1 },
		{ HOLD, "ci", "", 100, 200, 1 },
		{ HOLD, "ci", "p/r", 200, 200, 1 },
		{ HOLD, "ci", "p/r", 201, 200, 1 },
		{ HOLD, "ci", "p/r", 100, UINT64_MAX, 1 },
		{ HOLD, "ci", "p/r", UINT64_MAX, UINT64_MAX, 1 },
		{ HOLD, "ci", "p/r", 100, 200, 0 },
		{ HOLD, "ci", "p/r", 100, 200, STORE_GRANT_USES + 1 },
		{ HOLD, "ci", "p/r", 100, 200, UINT32_MAX },
	};
	struct fixture *f = *state;
	struct store_grant g;

	OK(store_begin(f->s, &f->err));
	approved(f, HOLD);
	for (size_t i = 0; i < ROWS(rows); i++) {
		g = some_grant(rows[i].id, rows[i].uses);
		g.identity = span_of(rows[i].identity);
		g.rule = span_of(rows[i].rule);
		g.at_ms = rows[i].at;
		g.until_ms = rows[i].until;
		if (store_grant_add(f->s, &g, &f->err) != RC_REFUSE)
			fail_msg("row %zu is taken", i);
		/* And nothing was done. */
		assert_int_equal(state_of(f, HOLD), HOLD_APPROVED);
	}
	/* For one command alone. */
	g = some_grant(HOLD, STORE_GRANT_USES);
	g.rule = span_of("");
	g.has_digest = true;
	OK(store_grant_add(f->s, &g, &f->err));
	OK(store_commit(f->s, &f->err));
}

static void
a_grant_is_used_so_often(void **state)
{
	struct fixture *f = *state;
	struct buf b;

	buf_init(&b, 1000);
	OK(store_begin(f->s, &f->err));
	approved(f, HOLD);
	REFUSED(use(f, HOLD, 100));
	OK(add_grant(f, HOLD, 3));
	REFUSED(use(f, HOLD, 99));
	REFUSED(use(f, HOLD, 200));
	REFUSED(use(f, HOLD, UINT64_MAX));
	REFUSED(use(f, "odd", 100));
	OK(use(f, HOLD, 100));
	OK(use(f, HOLD, 199));
	OK(store_grant_get(f->s, span_of(HOLD), put_grant, &b, &f->err));
	OK(use(f, HOLD, 150));
	for (unsigned i = 0; i < 5; i++)
		REFUSED(use(f, HOLD, 150));
	REFUSED(store_grant_end(f->s, span_of(HOLD), GRANT_REVOKED, 160, &f->err));
	OK(store_commit(f->s, &f->err));
	OK(store_grant_get(f->s, span_of(HOLD), put_grant, &b, &f->err));
	assert_string_equal(buf_cstr(&b), HOLD ":1:2/3 " HOLD ":2:3/3 ");
	assert_int_equal(
	    store_grant_next(f->s, span_of(""), put_grant, &b, &f->err), RC_END);
	buf_clear(&b);
}

static void
a_grant_ends_once(void **state)
{
	static const uint8_t odd[] = { 0, GRANT_OPEN, GRANT_USED, 5, 255 };
	struct fixture *f = *state;
	struct span id = span_of(HOLD);
	struct buf b;

	buf_init(&b, 1000);
	OK(store_begin(f->s, &f->err));
	approved(f, HOLD);
	approved(f, OTHER);
	REFUSED(store_grant_end(f->s, id, GRANT_REVOKED, 150, &f->err));
	OK(add_grant(f, HOLD, 3));
	OK(add_grant(f, OTHER, 2));
	OK(use(f, HOLD, 120));
	for (size_t i = 0; i < ROWS(odd); i++)
		REFUSED(store_grant_end(f->s, id, odd[i], 150, &f->err));
	REFUSED(store_grant_end(f->s, id, GRANT_REVOKED, UINT64_MAX, &f->err));
	OK(store_grant_next(f->s, span_of(""), put_grant, &b, &f->err));
	OK(store_grant_next(f->s, id, put_grant, &b, &f->err));
	OK(store_grant_end(f->s, id, GRANT_REVOKED, 150, &f->err));
	REFUSED(store_grant_end(f->s, id, GRANT_REVOKED, 150, &f->err));
	REFUSED(store_grant_end(f->s, id, GRANT_EXPIRED, 150, &f->err));
	REFUSED(use(f, HOLD, 150));
	OK(store_grant_end(f->s, span_of(OTHER), GRANT_EXPIRED, 300, &f->err));
	assert_int_equal(
	    store_grant_next(f->s, span_of(""), put_grant, &b, &f->err), RC_END);
	OK(store_grant_get(f->s, id, put_grant, &b, &f->err));
	OK(store_commit(f->s, &f->err));
	assert_string_equal(
	    buf_cstr(&b), HOLD ":1:1/3 " OTHER ":1:0/2 " HOLD ":3:1/3 ");
	buf_clear(&b);
}

/* ---- articles ---- */

static enum rc
put_article(void *arg, const struct store_article *a, struct err *err)
{
	(void)err;
	assert_true(span_is(a->content, "uptime\n") && span_is(a->by, "bob"));
	assert_true(span_is(a->detail, "{\"a\":2}"));
	assert_int_equal(a->at_ms, 50);
	buf_printf(arg, "%.*s/%u:%u(%.*s) ", (int)a->name.len, (const char *)a->name.p,
	    a->digest[0], a->state, (int)a->hold.len, (const char *)a->hold.p);
	return RC_OK;
}

/* All that are not removed. */
static void
assert_articles(struct fixture *f, const char *want)
{
	struct store_article a;
	char id[300], name[32];
	struct buf b;
	uint8_t digest;

	buf_init(&b, 4000);
	id[0] = '\0';
	while (
	    store_article_next(f->s, span_of(id), put_article, &b, &f->err) == RC_OK) {
		const char *last = buf_cstr(&b), *p;
		unsigned d;

		/* The last row's key. */
		for (p = last + strlen(last) - 1; p > last && p[-1] != ' ';)
			p--;
		assert_int_equal(sscanf(p, "%31[^/]/%u", name, &d), 2);
		digest = (uint8_t)d;
		a = some_article(name, digest, 0);
		snprintf(id, sizeof id, "1/%s/", name);
		for (size_t i = 0; i < sizeof a.digest; i++)
			sprintf(id + strlen(id), "%02x", a.digest[i]);
	}
	assert_string_equal(buf_cstr(&b), want);
	buf_clear(&b);
}

static void
an_article_is_approved_by_one_hold(void **state)
{
	struct fixture *f = *state;

	OK(store_begin(f->s, &f->err));
	REFUSED(set_article(f, "up", 1, ARTICLE_APPROVED, HOLD));
	OK(bring(f, "up", 1));
	REFUSED(bring(f, "up", 1));
	OK(bring(f, "up", 2));
	assert_articles(f, "up/1:1() up/2:1() ");
	REFUSED(set_article(f, "up", 1, ARTICLE_APPROVED, HOLD)); /* no such hold */
	REFUSED(set_article(f, "up", 1, ARTICLE_APPROVED, ""));
	add_hold(f, HOLD, 10);
	REFUSED(set_article(f, "up", 1, ARTICLE_APPROVED, HOLD)); /* pending */
	OK(set_hold(f, HOLD, HOLD_APPROVED, "alice"));
	OK(set_article(f, "up", 1, ARTICLE_APPROVED, HOLD));
	assert_int_equal(state_of(f, HOLD), HOLD_SPENT);
	REFUSED(set_article(f, "up", 1, ARTICLE_APPROVED, HOLD));
	REFUSED(set_article(f, "up", 2, ARTICLE_APPROVED, HOLD));
	REFUSED(add_grant(f, HOLD, 1));
	REFUSED(set_article(f, "up", 1, ARTICLE_WAITING, ""));
	REFUSED(set_article(f, "up", 1, 0, ""));
	REFUSED(set_article(f, "up", 1, 4, ""));
	approved(f, OTHER);
	REFUSED(set_article(f, "up", 1, ARTICLE_APPROVED, OTHER));
	assert_int_equal(state_of(f, OTHER), HOLD_APPROVED);
	OK(store_commit(f->s, &f->err));
	assert_articles(f, "up/1:2(" HOLD ") up/2:1() ");
	OK(store_begin(f->s, &f->err));
	OK(set_article(f, "up", 2, ARTICLE_APPROVED, OTHER));
	store_rollback(f->s);
	assert_int_equal(state_of(f, OTHER), HOLD_APPROVED);
	assert_articles(f, "up/1:2(" HOLD ") up/2:1() ");
}

static void
a_removed_article_may_wait_again(void **state)
{
	struct fixture *f = *state;
	struct store_article a = some_article("up", 1, 0);

	OK(store_begin(f->s, &f->err));
	OK(bring(f, "up", 1));
	approved(f, HOLD);
	OK(set_article(f, "up", 1, ARTICLE_APPROVED, HOLD));
	OK(set_article(f, "up", 1, ARTICLE_REMOVED, ""));
	REFUSED(set_article(f, "up", 1, ARTICLE_REMOVED, ""));
	approved(f, OTHER);
	REFUSED(set_article(f, "up", 1, ARTICLE_APPROVED, OTHER));
	assert_articles(f, "");
	a.content = span_of("rm -rf /\n");
	REFUSED(store_article_add(f->s, &a, &f->err));
	OK(bring(f, "up", 1));
	assert_articles(f, "up/1:1() ");
	OK(set_article(f, "up", 1, ARTICLE_APPROVED, OTHER));
	assert_articles(f, "up/1:2(" OTHER ") ");
	OK(bring(f, "down", 9));
	OK(bring(f, "a/b", 9));
	OK(set_article(f, "down", 9, ARTICLE_REMOVED, "")); /* nobody approved it */
	OK(store_commit(f->s, &f->err));
	assert_int_equal(state_of(f, OTHER), HOLD_SPENT);
}

static void
odd_articles_are_refused(void **state)
{
	static const char *const names[] = { "", "two words", "tab\t", "\x1b[2J",
		"m\xc3\xa4",
		"0123456789012345678901234567890123456789012345678901234567890123"
		"0123456789012345678901234567890123456789012345678901234567890123x" };
	static const char *const keys[] = {
		"1",
		"1/up",
		"1/up/",
		"1/up/00",
		"1//0101010101010101010101010101010101010101010101010101010101010101",
		"x/up/0101010101010101010101010101010101010101010101010101010101010101",
		"1/up/010101010101010101010101010101010101010101010101010101010101010G",
		"1/up/010101010101010101010101010101010101010101010101010101010101010A",
	};
	struct fixture *f = *state;
	struct store_article a;
	struct buf b;

	buf_init(&b, 100);
	OK(store_begin(f->s, &f->err));
	for (size_t i = 0; i < ROWS(names); i++)
		if (bring(f, names[i], 1) != RC_REFUSE)
			fail_msg("name %zu is taken", i);
	a = some_article("up", 1, 0);
	a.kind = 3;
	REFUSED(store_article_add(f->s, &a, &f->err));
	a = some_article("up", 1, 0);
	a.at_ms = UINT64_MAX;
	REFUSED(store_article_add(f->s, &a, &f->err));
	a = some_article("up", 1, 0);
	a.by = span_of("");
	REFUSED(store_article_add(f->s, &a, &f->err));
	for (size_t i = 0; i < ROWS(keys); i++)
		if (store_article_next(
			f->s, span_of(keys[i]), put_article, &b, &f->err) != RC_REFUSE)
			fail_msg("key %zu is taken", i);
	OK(store_commit(f->s, &f->err));
	assert_articles(f, "");
	buf_clear(&b);
}

/* ---- notices ---- */

static enum rc
set_notice(struct fixture *f, const char *id, uint8_t to, uint32_t tries)
{
	const struct store_notice n = { .id = span_of(id),
		.state = to,
		.tries = tries,
		.next_ms = 80,
		.error = span_of("500") };

	return store_notice_set(f->s, &n, &f->err);
}

static enum rc
put_notice(void *arg, const struct store_notice *n, struct err *err)
{
	(void)err;
	assert_true(span_is(n->outlet, "ops"));
	assert_true(span_is(n->body, "{\"event\":\"pending\"}"));
	assert_int_equal(n->at_ms, 70);
	buf_printf(arg, "%c:%u:%u:%u:%.*s ", n->id.p[21], n->state, n->tries,
	    (unsigned)n->next_ms, (int)n->error.len, (const char *)n->error.p);
	return RC_OK;
}

static void
notices_wait_until_they_are_delivered(void **state)
{
	struct fixture *f = *state;
	struct store_notice n = some_notice(NOTE_2);
	struct buf b;

	buf_init(&b, 1000);
	OK(store_begin(f->s, &f->err));
	REFUSED(set_notice(f, NOTE_1, NOTICE_WAITING, 1));
	OK(store_notice_add(f->s, &n, &f->err));
	REFUSED(store_notice_add(f->s, &n, &f->err));
	n = some_notice(NOTE_1);
	OK(store_notice_add(f->s, &n, &f->err));
#define NEXT(after) store_notice_next(f->s, span_of(after), put_notice, &b, &f->err)
	OK(NEXT(""));
	OK(NEXT(NOTE_1));
	assert_int_equal(NEXT(NOTE_2), RC_END);
	OK(set_notice(f, NOTE_1, NOTICE_WAITING, 1));
	OK(NEXT(""));
	OK(set_notice(f, NOTE_1, NOTICE_SET_ASIDE, 2));
	OK(NEXT(""));
	OK(set_notice(f, NOTE_1, NOTICE_WAITING, 0)); /* asked to try again */
	OK(set_notice(f, NOTE_1, NOTICE_DELIVERED, 1));
	REFUSED(set_notice(f, NOTE_1, NOTICE_WAITING, 1));
	REFUSED(set_notice(f, NOTE_1, NOTICE_DELIVERED, 1));
	OK(NEXT(""));
	OK(set_notice(f, NOTE_2, NOTICE_SET_ASIDE, 2));
	OK(store_notice_get(f->s, span_of(NOTE_2), put_notice, &b, &f->err));
	OK(set_notice(f, NOTE_2, NOTICE_DELIVERED, 2)); /* dropped */
	OK(store_commit(f->s, &f->err));
	assert_int_equal(NEXT(""), RC_END);
	assert_int_equal(
	    store_notice_get(f->s, span_of(NOTE_1), put_notice, &b, &f->err), RC_END);
#undef NEXT
	assert_string_equal(buf_cstr(&b),
	    "1:1:0:70: 2:1:0:70: 1:1:1:80:500 1:3:2:80:500 2:1:0:70: 2:3:2:80:500 ");
	buf_clear(&b);
}

static void
odd_notices_are_refused(void **state)
{
	static const char *const ids[] = { "", "000000000000000000000",
		"00000000000000000000000", "000000000000000000000A",
		"00000000000000000000 1" };
	struct fixture *f = *state;
	struct store_notice n;

	OK(store_begin(f->s, &f->err));
	for (size_t i = 0; i < ROWS(ids); i++) {
		n = some_notice(ids[i]);
		REFUSED(store_notice_add(f->s, &n, &f->err));
	}
	n = some_notice(NOTE_1);
	n.outlet = span_of("");
	REFUSED(store_notice_add(f->s, &n, &f->err));
	n = some_notice(NOTE_1);
	n.at_ms = UINT64_MAX;
	REFUSED(store_notice_add(f->s, &n, &f->err));
	n = some_notice(NOTE_1);
	OK(store_notice_add(f->s, &n, &f->err));
	REFUSED(set_notice(f, NOTE_1, 0, 1));
	REFUSED(set_notice(f, NOTE_1, 4, 1));
	REFUSED(set_notice(f, NOTE_1, NOTICE_WAITING, UINT32_MAX));
	n.next_ms = UINT64_MAX;
	n.state = NOTICE_WAITING;
	REFUSED(store_notice_set(f->s, &n, &f->err));
	OK(store_commit(f->s, &f->err));
}

#define BOTH(t)                                                                        \
	{ #t " (sqlite)", t, setup_sqlite, teardown, NULL },                           \
	{                                                                              \
#t " (memory)", t, setup_memory, teardown, NULL                        \
	}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(a_vote_comes_back_whole),
		BOTH(odd_votes_are_refused),
		BOTH(holds_come_one_after_the_other),
		BOTH(similar_holds_are_the_newest),
		BOTH(a_grant_spends_its_hold),
		BOTH(neither_stands_without_the_other),
		BOTH(odd_grants_are_refused),
		BOTH(a_grant_is_used_so_often),
		BOTH(a_grant_ends_once),
		BOTH(an_article_is_approved_by_one_hold),
		BOTH(a_removed_article_may_wait_again),
		BOTH(odd_articles_are_refused),
		BOTH(notices_wait_until_they_are_delivered),
		BOTH(odd_notices_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
