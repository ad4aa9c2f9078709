/* Grants, articles and notices over the real broker-keeper: each is made with what
 * people approved, or not at all, whoever comes at once and whenever it is killed. */
#include "tests/keeper/bed.h"

#include <signal.h>
#include <unistd.h>

#include "lib/wire/codec.h"

#define OK(call) assert_int_equal((call), RC_OK)
#define REFUSED(call) assert_int_equal((call), RC_REFUSE)

#define HOLD "7F3K-Q2MX"
#define OTHER "7F3K-Q2MZ"
#define NOTE_1 "0000000000000000000001"
#define NOTE_2 "0000000000000000000002"

static enum rc
grant(struct bed *b, const char *hold, uint32_t uses)
{
	struct msg_grant_new m = bed_grant_new(hold, uses);

	return bed_ask(b, MSG_GRANT_NEW, &m);
}

static enum rc
set_grant(struct bed *b, const char *id, uint8_t to, uint64_t at_ms)
{
	struct msg_grant_set m = bed_grant_set(id, to, at_ms);

	return bed_ask(b, MSG_GRANT_SET, &m);
}

static enum rc
set_article(struct bed *b, const char *name, uint8_t to, const char *hold)
{
	struct msg_article_set m = bed_article_set(name, to, hold);

	return bed_ask(b, MSG_ARTICLE_SET, &m);
}

static enum rc
bring(struct bed *b, const char *name)
{
	struct msg_article_new m = bed_article_new(name);

	return bed_ask(b, MSG_ARTICLE_NEW, &m);
}

static void
a_grant_is_made_of_its_hold(void **state)
{
	struct bed *b = *state;
	struct buf text;

	bed_up(b, 0);
	REFUSED(grant(b, HOLD, 2));
	OK(bed_hold(b, HOLD, "grant"));
	REFUSED(grant(b, HOLD, 2));
	assert_true(bed_says(b, "pending"));
	OK(bed_set(b, HOLD, HOLD_PENDING, "bob"));
	OK(bed_set(b, HOLD, HOLD_APPROVED, "alice"));
	/* It is for nothing else. */
	REFUSED(bed_set(b, HOLD, HOLD_SPENT, ""));
	assert_true(bed_says(b, "for a grant alone"));
	OK(grant(b, HOLD, 2));
	REFUSED(grant(b, HOLD, 2));
	/* And a command's is for no grant. */
	bed_approved(b, OTHER, "exec");
	REFUSED(grant(b, OTHER, 2));
	assert_true(bed_says(b, "for no grant"));
	OK(bed_set(b, OTHER, HOLD_SPENT, ""));
	bed_down(b);
	bed_events(b, "hold.pending hold.vote hold.approved hold.spent grant.made "
		      "hold.pending hold.approved hold.spent ");
	buf_init(&text, 10000);
	bed_details(b, "grant.made", &text);
	assert_string_equal(buf_cstr(&text),
	    "ci {\"grant\":\"" HOLD "\",\"until_ms\":3000,\"uses\":2,\"approvals\":["
	    "{\"name\":\"alice\",\"proof\":\"sk\",\"state\":\"approved\","
	    "\"key\":\"SHA256:abc\",\"source\":\"192.0.2.1\",\"verified\":true,"
	    "\"at_ms\":1500,\"reason\":\"fine\"},"
	    "{\"name\":\"bob\",\"proof\":\"sk\",\"state\":\"pending\","
	    "\"key\":\"SHA256:abc\",\"source\":\"192.0.2.1\",\"verified\":true,"
	    "\"at_ms\":1500,\"reason\":\"fine\"}]}\n");
	buf_reset(&text);
	bed_details(b, "hold.vote", &text);
	assert_string_equal(buf_cstr(&text),
	    "bob {\"hold\":\"" HOLD "\",\"proof\":\"sk\",\"reason\":\"fine\","
	    "\"key\":\"SHA256:abc\",\"source\":\"192.0.2.1\",\"verified\":true}\n");
	buf_clear(&text);
}

static void
a_grant_is_used_and_ends(void **state)
{
	struct bed *b = *state;
	struct buf text;

	bed_up(b, 0);
	bed_approved(b, HOLD, "grant");
	bed_approved(b, OTHER, "grant");
	REFUSED(set_grant(b, HOLD, GRANT_USED, 2000));
	OK(grant(b, HOLD, 2));
	OK(grant(b, OTHER, 5));
	REFUSED(set_grant(b, HOLD, GRANT_USED, 1999));
	REFUSED(set_grant(b, HOLD, GRANT_USED, 3000));
	OK(set_grant(b, HOLD, GRANT_USED, 2500));
	peer_kill(&b->p);
	bed_up(b, 0);
	OK(set_grant(b, HOLD, GRANT_USED, 2500));
	REFUSED(set_grant(b, HOLD, GRANT_USED, 2500));
	REFUSED(set_grant(b, HOLD, GRANT_REVOKED, 2500));
	OK(set_grant(b, OTHER, GRANT_USED, 2500));
	OK(set_grant(b, OTHER, GRANT_REVOKED, 2600));
	REFUSED(set_grant(b, OTHER, GRANT_USED, 2600));
	REFUSED(set_grant(b, OTHER, GRANT_EXPIRED, 3000));
	bed_down(b);
	buf_init(&text, 10000);
	bed_details(b, "grant.used", &text);
	bed_details(b, "grant.revoked", &text);
	assert_string_equal(buf_cstr(&text),
	    "ci {\"grant\":\"" HOLD "\",\"for\":\"ci\",\"used\":1,\"uses\":2,"
	    "\"proof\":\"\",\"reason\":\"because\"}\n"
	    "ci {\"grant\":\"" HOLD "\",\"for\":\"ci\",\"used\":2,\"uses\":2,"
	    "\"proof\":\"\",\"reason\":\"because\"}\n"
	    "ci {\"grant\":\"" OTHER "\",\"for\":\"ci\",\"used\":1,\"uses\":5,"
	    "\"proof\":\"\",\"reason\":\"because\"}\n"
	    "alice {\"grant\":\"" OTHER "\",\"for\":\"ci\",\"used\":1,\"uses\":5,"
	    "\"proof\":\"key\",\"reason\":\"because\"}\n");
	buf_clear(&text);
}

static void
an_article_is_approved_once(void **state)
{
	struct bed *b = *state;
	struct buf text;

	bed_up(b, 0);
	REFUSED(set_article(b, "up", ARTICLE_APPROVED, HOLD));
	OK(bring(b, "up"));
	REFUSED(bring(b, "up"));
	OK(bring(b, "other"));
	bed_approved(b, HOLD, "runbook");
	REFUSED(set_article(b, "up", ARTICLE_APPROVED, HOLD));
	assert_true(bed_says(b, "for no script"));
	OK(bed_hold(b, OTHER, "script"));
	REFUSED(set_article(b, "up", ARTICLE_APPROVED, OTHER));
	OK(bed_set(b, OTHER, HOLD_APPROVED, "alice"));
	OK(set_article(b, "up", ARTICLE_APPROVED, OTHER));
	REFUSED(set_article(b, "other", ARTICLE_APPROVED, OTHER));
	peer_kill(&b->p);
	bed_up(b, 1);
	REFUSED(bring(b, "up"));
	OK(set_article(b, "up", ARTICLE_REMOVED, ""));
	REFUSED(set_article(b, "up", ARTICLE_REMOVED, ""));
	OK(bring(b, "up"));
	bed_down(b);
	bed_events(b, "article.waiting article.waiting hold.pending hold.approved "
		      "hold.pending hold.approved hold.spent article.approved "
		      "article.removed article.waiting ");
	buf_init(&text, 10000);
	bed_details(b, "article.removed", &text);
	assert_string_equal(buf_cstr(&text),
	    "alice {\"kind\":\"script\",\"name\":\"up\",\"digest\":\"ab000000000000000"
	    "00000000000000000000000000000000000000000000000\",\"proof\":\"key\","
	    "\"reason\":\"old\"}\n");
	buf_reset(&text);
	bed_details(b, "article.approved", &text);
	assert_non_null(strstr(buf_cstr(&text), "\"hold\":\"" OTHER "\""));
	assert_non_null(strstr(buf_cstr(&text), "\"name\":\"alice\""));
	buf_clear(&text);
}

static void
notices_are_kept(void **state)
{
	struct bed *b = *state;
	struct msg_notice_new n = bed_notice_new(NOTE_1), o = bed_notice_new(NOTE_2);
	struct msg_notice_set s = bed_notice_set(NOTE_1, NOTICE_WAITING, 1);
	struct buf text;

	bed_up(b, 0);
	REFUSED(bed_ask(b, MSG_NOTICE_SET, &s));
	OK(bed_ask(b, MSG_NOTICE_NEW, &n));
	REFUSED(bed_ask(b, MSG_NOTICE_NEW, &n));
	OK(bed_ask(b, MSG_NOTICE_NEW, &o));
	OK(bed_ask(b, MSG_NOTICE_SET, &s));
	peer_kill(&b->p);
	bed_up(b, 0);
	s = bed_notice_set(NOTE_1, NOTICE_DELIVERED, 2);
	OK(bed_ask(b, MSG_NOTICE_SET, &s));
	REFUSED(bed_ask(b, MSG_NOTICE_SET, &s));
	s = bed_notice_set(NOTE_2, NOTICE_SET_ASIDE, 20);
	OK(bed_ask(b, MSG_NOTICE_SET, &s));
	bed_down(b);
	bed_events(b, "notice.set-aside ");
	buf_init(&text, 10000);
	bed_details(b, "notice.set-aside", &text);
	assert_string_equal(buf_cstr(&text),
	    " {\"notice\":\"" NOTE_2 "\",\"outlet\":\"ops\",\"tries\":20,"
	    "\"reason\":\"500 \\\"oops\\\"\"}\n");
	buf_clear(&text);
}

/* A row is a member that is odd.  An approved hold and a waiting article stand there
 * all the time, and stay as they are. */
static void
odd_grants_are_refused(void **state)
{
	struct bed *b = *state;
	const struct msg_grant_new good = bed_grant_new(HOLD, 2);
	struct msg_grant_new bad[] = { good, good, good, good, good, good, good, good,
		good, good };
	size_t n = 0;

	bad[n++].hold = span_of("7f3k-q2mx");
	bad[n++].hold = span_of("");
	bad[n++].hold = span_of("7F3K-0000");
	bad[n++].identity = span_of("");
	bad[n++].rule = span_of("");
	bad[n++].digest = span_of("short");
	bad[n++].until_ms = 2000;
	bad[n++].at_ms = UINT64_MAX;
	bad[n++].uses = 0;
	bad[n++].detail = span_of("[]");
	assert_int_equal(n, ROWS(bad));
	bed_up(b, 0);
	bed_approved(b, HOLD, "grant");
	for (size_t i = 0; i < n; i++)
		if (bed_ask(b, MSG_GRANT_NEW, &bad[i]) != RC_REFUSE)
			fail_msg("grant %zu is taken", i);
	OK(bed_recall(b, RECALL_ONE, HOLD, 0));
	assert_int_equal(b->p.m.recalled.state, HOLD_APPROVED);
	OK(bed_ask(b, MSG_GRANT_NEW, &good));
	for (unsigned to = 0; to < 256; to++)
		if (to < GRANT_USED || to > GRANT_EXPIRED)
			REFUSED(set_grant(b, HOLD, (uint8_t)to, 2500));
	REFUSED(set_grant(b, HOLD, GRANT_USED, UINT64_MAX));
	REFUSED(set_grant(b, HOLD, GRANT_EXPIRED, UINT64_MAX));
	REFUSED(set_grant(b, "", GRANT_USED, 2500));
	REFUSED(set_grant(b, "../../etc", GRANT_USED, 2500));
	REFUSED(set_grant(b, OTHER, GRANT_USED, 2500));
	bed_down(b);
	bed_events(b, "hold.pending hold.approved hold.spent grant.made ");
}

static void
odd_articles_are_refused(void **state)
{
	struct bed *b = *state;
	const struct msg_article_new good = bed_article_new("up");
	struct msg_article_new bad[] = { good, good, good, good, good, good };
	size_t n = 0;

	bad[n++].kind = 0;
	bad[n++].kind = 3;
	bad[n++].name = span_of("a b");
	bad[n++].by = span_of("");
	bad[n++].at_ms = UINT64_MAX;
	bad[n++].detail = span_of("");
	assert_int_equal(n, ROWS(bad));
	bed_up(b, 0);
	for (size_t i = 0; i < n; i++)
		if (bed_ask(b, MSG_ARTICLE_NEW, &bad[i]) != RC_REFUSE)
			fail_msg("article %zu is taken", i);
	OK(bed_ask(b, MSG_ARTICLE_NEW, &good));
	bed_approved(b, HOLD, "script");
	for (unsigned to = 0; to < 256; to++)
		if (to != ARTICLE_APPROVED && to != ARTICLE_REMOVED)
			REFUSED(set_article(b, "up", (uint8_t)to, HOLD));
	REFUSED(set_article(b, "up", ARTICLE_APPROVED, ""));
	REFUSED(set_article(b, "up", ARTICLE_APPROVED, "7f3k-q2mx"));
	REFUSED(set_article(b, "", ARTICLE_APPROVED, HOLD));
	REFUSED(set_article(b, "down", ARTICLE_APPROVED, HOLD));
	OK(bed_recall(b, RECALL_ONE, HOLD, 0));
	assert_int_equal(b->p.m.recalled.state, HOLD_APPROVED);
	bed_down(b);
	bed_events(b, "article.waiting hold.pending hold.approved ");
}

static void
odd_words_and_notices_are_refused(void **state)
{
	struct bed *b = *state;
	const struct msg_hold_set word = bed_word(HOLD, HOLD_PENDING, "bob");
	struct msg_hold_set bad[] = { word, word, word, word, word };
	struct msg_notice_new n = bed_notice_new("short"), o = bed_notice_new(NOTE_1);
	struct msg_notice_set s;

	bad[0].verified = 2;
	bad[1].key = span_of("two\nlines");
	bad[2].source = span_of("\xff");
	bad[3].proof = span_of("0123456789012345678901234567890123456789");
	bad[4].at_ms = UINT64_MAX;
	bed_up(b, 0);
	OK(bed_hold(b, HOLD, "exec"));
	for (size_t i = 0; i < ROWS(bad); i++)
		if (bed_ask(b, MSG_HOLD_SET, &bad[i]) != RC_REFUSE)
			fail_msg("word %zu is taken", i);
	REFUSED(bed_ask(b, MSG_NOTICE_NEW, &n));
	o.outlet = span_of("");
	REFUSED(bed_ask(b, MSG_NOTICE_NEW, &o));
	o = bed_notice_new(NOTE_1);
	OK(bed_ask(b, MSG_NOTICE_NEW, &o));
	for (unsigned to = 0; to < 256; to++) {
		s = bed_notice_set(NOTE_1, (uint8_t)to, 1);
		if (to < NOTICE_WAITING || to > NOTICE_SET_ASIDE)
			REFUSED(bed_ask(b, MSG_NOTICE_SET, &s));
	}
	s = bed_notice_set(NOTE_1, NOTICE_WAITING, 1);
	s.next_ms = UINT64_MAX;
	REFUSED(bed_ask(b, MSG_NOTICE_SET, &s));
	s = bed_notice_set(NOTE_2, NOTICE_WAITING, 1);
	REFUSED(bed_ask(b, MSG_NOTICE_SET, &s));
	bed_down(b);
	bed_events(b, "hold.pending ");
}

/* ---- races ---- */

static unsigned
rounds(void)
{
	const char *text = getenv("TEST_ROUNDS");

	return text == NULL ? 20 : (unsigned)atoi(text);
}

/* n requests of one kind, in as few batches as they like: how many succeeded. */
static unsigned
burst(struct bed *b, enum msg type, const void *m, unsigned n)
{
	unsigned won = 0, at_once = 100;

	for (unsigned done = 0; done < n; done += at_once) {
		uint32_t first = b->id + 1;

		if (at_once > n - done)
			at_once = n - done;
		for (unsigned i = 0; i < at_once; i++)
			peer_send(&b->p, type, ++b->id, m, NULL, 0);
		for (unsigned i = 0; i < at_once; i++) {
			peer_want(&b->p, MSG_KEPT, first + i);
			assert_true(
			    b->p.m.kept.rc == RC_OK || b->p.m.kept.rc == RC_REFUSE);
			won += b->p.m.kept.rc == RC_OK;
		}
	}
	return won;
}

static void
round_id(char id[10], char kind, unsigned round)
{
	snprintf(id, 10, "7%c3K-%04u", kind, round % 10000);
}

static void
two_hundred_attempts_spend_once(void **state)
{
	struct bed *b = *state;

	bed_up(b, 0);
	for (unsigned round = 0; round < rounds(); round++) {
		char command[10], granted[10];
		struct msg_hold_set spend;
		struct msg_grant_new make;
		struct msg_grant_set use;

		round_id(command, 'A', round);
		round_id(granted, 'B', round);
		bed_approved(b, command, "exec");
		bed_approved(b, granted, "grant");
		spend = bed_word(command, HOLD_SPENT, "");
		assert_int_equal(burst(b, MSG_HOLD_SET, &spend, 200), 1);
		make = bed_grant_new(granted, 7);
		assert_int_equal(burst(b, MSG_GRANT_NEW, &make, 200), 1);
		use = bed_grant_set(granted, GRANT_USED, 2500);
		assert_int_equal(burst(b, MSG_GRANT_SET, &use, 200), 7);
	}
	bed_down(b);
}

/* Those who want different things of one hold, in any order. */
static const struct {
	uint8_t to;
	const char *by;
} wishes[] = {
	{ HOLD_APPROVED, "alice" },
	{ HOLD_DENIED, "bob" },
	{ HOLD_EXPIRED, "" },
	{ HOLD_CANCELLED, "ci" },
	{ HOLD_SPENT, "" },
};

static uint64_t seed = 88172645463325252u;

static unsigned
any(unsigned below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed % below);
}

/* What the answers said is what may have happened: a way from pending that the table
 * allows, and at its end the state that is in the store. */
static void
one_round(struct bed *b, const char *id)
{
	uint8_t asked[12];
	enum hold_state at = HOLD_PENDING;
	uint32_t first = b->id + 1;

	OK(bed_hold(b, id, "exec"));
	first = b->id + 1;
	for (size_t i = 0; i < ROWS(asked); i++) {
		size_t w = any(ROWS(wishes));
		struct msg_hold_set m = bed_word(id, wishes[w].to, wishes[w].by);

		asked[i] = wishes[w].to;
		peer_send(&b->p, MSG_HOLD_SET, ++b->id, &m, NULL, 0);
	}
	for (size_t i = 0; i < ROWS(asked); i++) {
		bool may = hold_may(at, (enum hold_state)asked[i]);

		peer_want(&b->p, MSG_KEPT, first + (uint32_t)i);
		assert_int_equal(b->p.m.kept.rc, may ? RC_OK : RC_REFUSE);
		if (may)
			at = (enum hold_state)asked[i];
	}
	OK(bed_recall(b, RECALL_ONE, id, 0));
	assert_int_equal(b->p.m.recalled.state, at);
}

static void
each_hold_has_one_outcome(void **state)
{
	struct bed *b = *state;
	char id[10];

	bed_up(b, 0);
	for (unsigned round = 0; round < rounds(); round++) {
		round_id(id, 'C', round);
		one_round(b, id);
	}
	bed_down(b);
}

/* ---- killed at each call that changes something ---- */

#define CHANGES                                                                        \
	"write,pwrite64,fsync,fdatasync,ftruncate,renameat,renameat2,unlink,unlinkat," \
	"openat,sendmsg"

static char inject[200], keeper[300];
static struct bed *doomed;

static void
under_strace(void)
{
	const char *argv[] = { "strace", "-f", "-qq", "-o", "/dev/null", "-e",
		"trace=" CHANGES, "-e", inject, "--", keeper, "--state", doomed->state,
		"--device-key", doomed->key, "--min-free", "0", NULL };

	/* What looks for leaks cannot work under strace. */
	setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	execvp("strace", (char *const *)(uintptr_t)argv);
	_exit(126);
}

/* Ask as long as somebody answers; false: it is dead. */
static bool
ask_doomed(struct bed *b, enum msg type, const void *m, enum rc *ret)
{
	struct err err = { "" };
	struct buf body;
	bool sent;

	buf_init(&body, FRAME_MAX);
	OK(codec_encode(type, m, &body, &b->err));
	sent = frame_send(b->p.sock, (uint16_t)type, ++b->id, buf_span(&body), NULL, 0,
		   &err) == RC_OK;
	buf_clear(&body);
	if (!sent || peer_next(&b->p, PEER_MS) != MSG_KEPT)
		return false;
	*ret = (enum rc)b->p.m.kept.rc;
	return true;
}

/* What was answered in one life. */
struct promised {
	bool approved, granted, brought, article;
};

static void
live(struct bed *b, struct promised *p)
{
	struct msg_hold_new a = bed_hold_new(HOLD, "{\"path\":\"grant\"}"),
			    c = bed_hold_new(OTHER, "{\"path\":\"script\"}");
	struct msg_hold_set yes = bed_word(HOLD, HOLD_APPROVED, "alice"),
			    also = bed_word(OTHER, HOLD_APPROVED, "alice");
	struct msg_article_new brought = bed_article_new("up");
	struct msg_grant_new make = bed_grant_new(HOLD, 3);
	struct msg_article_set approve = bed_article_set("up", ARTICLE_APPROVED, OTHER);
	enum rc rc;

	if (peer_next(&b->p, PEER_MS) != MSG_KEEPER)
		return;
	b->p.passed = MSG_CHECKPOINT;
	if (!ask_doomed(b, MSG_HOLD_NEW, &a, &rc) ||
	    !ask_doomed(b, MSG_HOLD_NEW, &c, &rc) ||
	    !ask_doomed(b, MSG_HOLD_SET, &yes, &rc) ||
	    !ask_doomed(b, MSG_HOLD_SET, &also, &rc))
		return;
	p->approved = rc == RC_OK;
	if (!ask_doomed(b, MSG_ARTICLE_NEW, &brought, &rc))
		return;
	p->brought = rc == RC_OK;
	if (!ask_doomed(b, MSG_GRANT_NEW, &make, &rc))
		return;
	p->granted = rc == RC_OK;
	if (ask_doomed(b, MSG_ARTICLE_SET, &approve, &rc))
		p->article = rc == RC_OK;
}

struct tally {
	unsigned spent, made, approved;
};

static enum rc
count_event(void *arg, const struct store_event *e, struct err *err)
{
	struct tally *t = arg;

	(void)err;
	t->spent += span_is(e->kind, "hold.spent");
	t->made += span_is(e->kind, "grant.made");
	t->approved += span_is(e->kind, "article.approved");
	return RC_OK;
}

static enum rc
found_grant(void *arg, const struct store_grant *g, struct err *err)
{
	(void)err;
	*(bool *)arg = g->state == GRANT_OPEN && g->used == 0;
	return RC_OK;
}

static enum rc
found_article(void *arg, const struct store_article *a, struct err *err)
{
	(void)err;
	assert_true((a->state == ARTICLE_APPROVED) == span_is(a->hold, OTHER));
	*(bool *)arg = a->state == ARTICLE_APPROVED;
	return RC_OK;
}

static bool
is_spent(struct store *s, const char *id)
{
	enum hold_state at = HOLD_PENDING;
	enum rc rc = store_hold_state(s, span_of(id), &at, NULL);

	return rc == RC_OK && at == HOLD_SPENT;
}

/* Both or neither, in rows and in events, and nothing that was answered is lost. */
static void
assert_whole(struct bed *b, const struct promised *p)
{
	struct store *s = bed_store(b);
	bool grant_there = false, article_there = false;
	struct tally t = { 0 };

	(void)store_grant_get(s, span_of(HOLD), found_grant, &grant_there, &b->err);
	(void)store_article_next(
	    s, span_of(""), found_article, &article_there, &b->err);
	OK(store_events(s, 1, count_event, &t, &b->err));
	assert_int_equal(is_spent(s, HOLD), grant_there);
	assert_int_equal(is_spent(s, OTHER), article_there);
	assert_int_equal(t.made, grant_there);
	assert_int_equal(t.approved, article_there);
	assert_int_equal(t.spent, grant_there + article_there);
	assert_true(grant_there || !p->granted);
	assert_true(article_there || !p->article);
	store_close(s);
}

/* TEST_STEP: every so many-th call. */
static void
killed_at_any_call(void **state)
{
	struct bed *b = *state;
	const char *text = getenv("TEST_STEP"), *top = getenv("top_builddir");
	unsigned step = text == NULL ? 5 : (unsigned)atoi(text), kills = 0, partly = 0;

	if (system("strace -qq -o /dev/null true >/dev/null 2>&1") != 0)
		skip();
	doomed = b;
	snprintf(keeper, sizeof keeper, "%s/broker/keeper/broker-keeper",
	    top == NULL ? "." : top);
	for (unsigned when = 1;; when += step == 0 ? 1 : step) {
		struct promised p = { 0 };
		int status;

		snprintf(inject, sizeof inject,
		    "inject=" CHANGES ":signal=SIGKILL:when=%u", when);
		bed_start(b, under_strace);
		live(b, &p);
		close(b->p.sock);
		b->p.sock = -1;
		status = peer_wait(&b->p);
		if (status != 0 && status != 1000 + SIGKILL)
			fail_msg("call %u: strace ends with %d", when, status);
		kills += status != 0;
		partly += p.approved && !p.article;
		/* The next start finds it sound. */
		bed_start(b, NULL);
		peer_want(&b->p, MSG_KEEPER, 0);
		bed_down(b);
		assert_whole(b, &p);
		bed_empty(b);
		if (status == 0)
			break;
	}
	print_message("# killed %u times, %u in the middle\n", kills, partly);
	assert_true(kills > 10);
	assert_true(partly > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bed_setup, bed_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_grant_is_made_of_its_hold),
		TEST(a_grant_is_used_and_ends),
		TEST(an_article_is_approved_once),
		TEST(notices_are_kept),
		TEST(odd_grants_are_refused),
		TEST(odd_articles_are_refused),
		TEST(odd_words_and_notices_are_refused),
		TEST(two_hundred_attempts_spend_once),
		TEST(each_hold_has_one_outcome),
		TEST(killed_at_any_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
