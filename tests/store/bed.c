#include "tests/store/bed.h"

#include <stdlib.h>
#include <unistd.h>

enum rc
reopen(struct fixture *f)
{
	store_close(f->s);
	f->s = NULL;
	return store_open_sqlite(f->dir, &f->s, &f->err);
}

int
setup_sqlite(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	strcpy(f->dir, "/tmp/test_lasting.XXXXXX");
	*state = f;
	if (mkdtemp(f->dir) == NULL)
		return -1;
	return reopen(f) == RC_OK ? 0 : -1;
}

int
setup_memory(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	*state = f;
	return store_open_memory(&f->s, &f->err) == RC_OK ? 0 : -1;
}

int
teardown(void **state)
{
	static const char *const names[] = { "broker.db", "broker.db-wal",
		"broker.db-shm" };
	struct fixture *f = *state;
	char path[128];

	store_close(f->s);
	for (size_t i = 0; f->dir[0] != '\0' && i < ROWS(names); i++) {
		snprintf(path, sizeof path, "%s/%s", f->dir, names[i]);
		unlink(path);
	}
	if (f->dir[0] != '\0')
		rmdir(f->dir);
	free(f);
	return 0;
}

struct store_hold
some_hold(const char *id, uint64_t at_ms)
{
	struct store_hold h = { .id = span_of(id),
		.identity = span_of("ci"),
		.rule = span_of("p/r"),
		.canon = span_of("aws s3 rm"),
		.at_ms = at_ms,
		.until_ms = at_ms + 10,
		.detail = span_of("{}") };

	memset(h.digest, 1, sizeof h.digest);
	return h;
}

void
add_hold(struct fixture *f, const char *id, uint64_t at_ms)
{
	struct store_hold h = some_hold(id, at_ms);

	OK(store_hold_add(f->s, &h, &f->err));
}

struct store_vote
some_vote(const char *id, enum hold_state to, const char *by)
{
	return (struct store_vote){ .hold = span_of(id),
		.state = to,
		.at_ms = 15,
		.by = span_of(by),
		.proof = span_of("sk"),
		.reason = span_of("fine"),
		.key = span_of("SHA256:abc"),
		.source = span_of("192.0.2.1 port 7"),
		.verified = true };
}

enum rc
set_hold(struct fixture *f, const char *id, enum hold_state to, const char *by)
{
	struct store_vote v = some_vote(id, to, by);

	return store_hold_set(f->s, &v, &f->err);
}

/* A hold that people have approved. */
void
approved(struct fixture *f, const char *id)
{
	add_hold(f, id, 10);
	OK(set_hold(f, id, HOLD_APPROVED, "alice"));
}

enum hold_state
state_of(struct fixture *f, const char *id)
{
	enum hold_state s = 0;

	OK(store_hold_state(f->s, span_of(id), &s, &f->err));
	return s;
}

enum rc
put_hold_id(void *arg, const struct store_hold *h, struct err *err)
{
	(void)err;
	buf_span_put(arg, h->id);
	buf_text(arg, " ");
	return RC_OK;
}

enum rc
check_vote(void *arg, const struct store_vote *v, struct err *err)
{
	struct store_vote want = some_vote("", v->state, "bob");

	(void)err;
	++*(unsigned *)arg;
	assert_true(span_eq(v->by, want.by));
	assert_true(span_eq(v->proof, want.proof) && span_eq(v->reason, want.reason));
	assert_true(span_eq(v->key, want.key) && span_eq(v->source, want.source));
	assert_true(v->verified);
	assert_int_equal(v->at_ms, want.at_ms);
	return RC_OK;
}

struct store_grant
some_grant(const char *id, uint32_t uses)
{
	return (struct store_grant){ .id = span_of(id),
		.identity = span_of("ci"),
		.rule = span_of("p/r"),
		.at_ms = 100,
		.until_ms = 200,
		.uses = uses,
		.used = 7, /* not taken from a new one */
		.state = GRANT_REVOKED,
		.detail = span_of("{\"a\":1}") };
}

enum rc
add_grant(struct fixture *f, const char *id, uint32_t uses)
{
	struct store_grant g = some_grant(id, uses);

	return store_grant_add(f->s, &g, &f->err);
}

enum rc
put_grant(void *arg, const struct store_grant *g, struct err *err)
{
	(void)err;
	assert_true(span_is(g->identity, "ci") && span_is(g->rule, "p/r"));
	assert_true(span_is(g->detail, "{\"a\":1}"));
	assert_int_equal(g->at_ms, 100);
	assert_int_equal(g->until_ms, 200);
	buf_printf(arg, "%.*s:%u:%u/%u ", (int)g->id.len, (const char *)g->id.p,
	    g->state, g->used, g->uses);
	return RC_OK;
}

enum rc
use(struct fixture *f, const char *id, uint64_t at_ms)
{
	return store_grant_use(f->s, span_of(id), at_ms, &f->err);
}

struct store_article
some_article(const char *name, uint8_t digest, uint8_t state)
{
	struct store_article a = { .kind = ARTICLE_SCRIPT,
		.name = span_of(name),
		.content = span_of("uptime\n"),
		.at_ms = 50,
		.state = state,
		.by = span_of("bob"),
		.detail = span_of("{\"a\":2}") };

	memset(a.digest, digest, sizeof a.digest);
	return a;
}

enum rc
bring(struct fixture *f, const char *name, uint8_t digest)
{
	struct store_article a = some_article(name, digest, ARTICLE_APPROVED);

	a.hold = span_of("not taken");
	return store_article_add(f->s, &a, &f->err);
}

enum rc
set_article(
    struct fixture *f, const char *name, uint8_t digest, uint8_t to, const char *hold)
{
	struct store_article a = some_article(name, digest, to);

	a.at_ms = 60;
	a.by = span_of("not taken");
	a.content = a.detail = span_of("");
	a.hold = span_of(hold);
	return store_article_set(f->s, &a, &f->err);
}

struct store_notice
some_notice(const char *id)
{
	return (struct store_notice){ .id = span_of(id),
		.outlet = span_of("ops"),
		.at_ms = 70,
		.tries = 9, /* not taken from a new one */
		.state = NOTICE_SET_ASIDE,
		.body = span_of("{\"event\":\"pending\"}"),
		.error = span_of("not taken") };
}
