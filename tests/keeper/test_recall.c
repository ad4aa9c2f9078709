/* What a monitor is told when it begins again, by the real broker-keeper. */
#include "tests/keeper/bed.h"

#include <jansson.h>

#include "lib/base/clock.h"

#define OK(call) assert_int_equal((call), RC_OK)
#define REFUSED(call) assert_int_equal((call), RC_REFUSE)
#define END(call) assert_int_equal((call), RC_END)

#define NOTE_1 "0000000000000000000001"
#define NOTE_2 "0000000000000000000002"

/* All of a kind: "ID:STATE " each. */
static void
assert_all(struct bed *b, enum msg_recall_what what, uint64_t since, const char *want)
{
	char after[300] = "";
	struct buf text;
	enum rc rc;

	buf_init(&text, 10000);
	while ((rc = bed_recall(b, what, after, since)) == RC_OK) {
		assert_true(span_copy(b->p.m.recalled.id, after, sizeof after));
		buf_printf(&text, "%s:%u ", after, b->p.m.recalled.state);
	}
	assert_int_equal(rc, RC_END);
	assert_string_equal(buf_cstr(&text), want);
	buf_clear(&text);
}

static void
holds_come_back_whole(void **state)
{
	static const char detail[] = "{\"path\":\"exec\",\"owner\":\"bob\"}";
	struct bed *b = *state;
	struct msg_hold_new m = bed_hold_new("7F3K-0003", detail);
	struct msg_recalled *row = &b->p.m.recalled;

	bed_up(b, 0);
	END(bed_recall(b, RECALL_HOLD, "", 0));
	OK(bed_ask(b, MSG_HOLD_NEW, &m));
	OK(bed_set(b, "7F3K-0003", HOLD_PENDING, "carol"));
	OK(bed_set(b, "7F3K-0003", HOLD_PENDING, "bob"));
	bed_approved(b, "7F3K-0001", "exec");
	bed_approved(b, "7F3K-0004", "exec");
	OK(bed_set(b, "7F3K-0004", HOLD_SPENT, ""));
	OK(bed_hold(b, "7F3K-0002", "exec"));
	OK(bed_set(b, "7F3K-0002", HOLD_DENIED, "alice"));
	OK(bed_hold(b, "7F3K-0005", "exec"));
	peer_kill(&b->p);
	bed_up(b, 3);
	assert_all(b, RECALL_HOLD, 0, "7F3K-0001:2 7F3K-0003:1 7F3K-0005:1 ");
	assert_all(b, RECALL_DENIED, 1500, "7F3K-0002:3 ");
	assert_all(b, RECALL_DENIED, 1501, "");
	assert_all(b, RECALL_DENIED, UINT64_MAX, "");
	OK(bed_recall(b, RECALL_ONE, "7F3K-0004", 0));
	assert_int_equal(row->state, HOLD_SPENT);
	OK(bed_recall(b, RECALL_ONE, "7F3K-0003", 0));
	assert_true(span_is(row->identity, "ci") && span_is(row->rule, "p/r"));
	assert_true(span_eq(row->digest, m.digest) && span_eq(row->policy, m.policy));
	assert_true(span_is(row->text, "aws s3 rm s3://b/x"));
	assert_true(span_is(row->detail, detail));
	assert_int_equal(row->at_ms, 1000);
	assert_int_equal(row->until_ms, 2000);
	assert_int_equal(row->changed_ms, 1000);
	assert_true(span_is(row->votes,
	    "[{\"name\":\"bob\",\"proof\":\"sk\",\"state\":\"pending\","
	    "\"key\":\"SHA256:abc\",\"source\":\"192.0.2.1\",\"verified\":true,"
	    "\"at_ms\":1500,\"reason\":\"fine\"},"
	    "{\"name\":\"carol\",\"proof\":\"sk\",\"state\":\"pending\","
	    "\"key\":\"SHA256:abc\",\"source\":\"192.0.2.1\",\"verified\":true,"
	    "\"at_ms\":1500,\"reason\":\"fine\"}]"));
	bed_down(b);
}

/* A question behind changes is answered when these are durable, and knows of them. */
static void
what_was_asked_before_is_in_it(void **state)
{
	struct bed *b = *state;
	struct msg_hold_new m = bed_hold_new("7F3K-0001", "{}");
	struct msg_hold_set yes = bed_word("7F3K-0001", HOLD_APPROVED, "alice");
	const struct msg_recall ask = { RECALL_ONE, span_of("7F3K-0001"), 0 };

	bed_up(b, 0);
	for (unsigned i = 0; i < 3; i++) {
		if (i == 0)
			peer_send(&b->p, MSG_HOLD_NEW, 100, &m, NULL, 0);
		if (i == 1)
			peer_send(&b->p, MSG_HOLD_SET, 100, &yes, NULL, 0);
		peer_send(&b->p, MSG_RECALL, 101, &ask, NULL, 0);
		if (i < 2) {
			peer_want(&b->p, MSG_KEPT, 100);
			OK(b->p.m.kept.rc);
		}
		peer_want(&b->p, MSG_RECALLED, 101);
		assert_int_equal(
		    b->p.m.recalled.state, i == 0 ? HOLD_PENDING : HOLD_APPROVED);
	}
	peer_kill(&b->p);
	bed_up(b, 1);
	bed_down(b);
}

static void
what_was_made_comes_back(void **state)
{
	static const char digits[] =
	    "ab00000000000000000000000000000000000000000000000000000000000000";
	struct bed *b = *state;
	struct msg_recalled *row = &b->p.m.recalled;
	struct msg_grant_new g = bed_grant_new("7F3K-0001", 3);
	struct msg_grant_set use = bed_grant_set("7F3K-0001", GRANT_USED, 2500);
	struct msg_article_new a = bed_article_new("b/up");
	struct msg_article_set approve, remove;
	struct msg_notice_new n = bed_notice_new(NOTE_2);
	struct msg_notice_set later;
	char id[100];

	bed_up(b, 0);
	bed_approved(b, "7F3K-0001", "grant");
	OK(bed_ask(b, MSG_GRANT_NEW, &g));
	OK(bed_ask(b, MSG_GRANT_SET, &use));
	bed_approved(b, "7F3K-0002", "grant");
	g = bed_grant_new("7F3K-0002", 1);
	OK(bed_ask(b, MSG_GRANT_NEW, &g));
	use = bed_grant_set("7F3K-0002", GRANT_USED, 2500);
	OK(bed_ask(b, MSG_GRANT_SET, &use));
	OK(bed_ask(b, MSG_ARTICLE_NEW, &a));
	a = bed_article_new("a");
	OK(bed_ask(b, MSG_ARTICLE_NEW, &a));
	a = bed_article_new("c");
	OK(bed_ask(b, MSG_ARTICLE_NEW, &a));
	bed_approved(b, "7F3K-0003", "script");
	approve = bed_article_set("b/up", ARTICLE_APPROVED, "7F3K-0003");
	OK(bed_ask(b, MSG_ARTICLE_SET, &approve));
	remove = bed_article_set("a", ARTICLE_REMOVED, "");
	OK(bed_ask(b, MSG_ARTICLE_SET, &remove));
	OK(bed_ask(b, MSG_NOTICE_NEW, &n));
	n = bed_notice_new(NOTE_1);
	OK(bed_ask(b, MSG_NOTICE_NEW, &n));
	later = bed_notice_set(NOTE_1, NOTICE_SET_ASIDE, 4);
	OK(bed_ask(b, MSG_NOTICE_SET, &later));
	peer_kill(&b->p);
	bed_up(b, 0);

	assert_all(b, RECALL_GRANT, 0, "7F3K-0001:1 ");
	OK(bed_recall(b, RECALL_GRANT, "", 0));
	assert_true(span_is(row->identity, "ci") && span_is(row->rule, "p/r"));
	assert_int_equal(row->digest.len, 0);
	assert_int_equal(row->at_ms, 2000);
	assert_int_equal(row->until_ms, 3000);
	assert_int_equal(row->uses, 3);
	assert_int_equal(row->used, 1);
	assert_true(span_is(row->detail, "{\"why\":\"night shift\"}"));

	snprintf(id, sizeof id, "1/b/up/%s", digits);
	OK(bed_recall(b, RECALL_ARTICLE, "", 0));
	assert_true(span_is(row->id, id));
	assert_int_equal(row->state, ARTICLE_APPROVED);
	assert_true(span_is(row->text, "uptime\n") && span_is(row->identity, "bob"));
	assert_true(span_is(row->hold, "7F3K-0003") && span_is(row->detail, "{}"));
	assert_int_equal(row->digest.p[0], 0xab);
	assert_int_equal(row->changed_ms, 2100);
	OK(bed_recall(b, RECALL_ARTICLE, id, 0));
	snprintf(id, sizeof id, "1/c/%s", digits);
	assert_true(span_is(row->id, id));
	assert_int_equal(row->state, ARTICLE_WAITING);
	END(bed_recall(b, RECALL_ARTICLE, id, 0));

	assert_all(b, RECALL_NOTICE, 0, NOTE_1 ":3 " NOTE_2 ":1 ");
	OK(bed_recall(b, RECALL_NOTICE, "", 0));
	assert_true(span_is(row->outlet, "ops"));
	assert_true(span_is(row->text, "{\"event\":\"pending\"}"));
	assert_int_equal(row->at_ms, 2000);
	assert_int_equal(row->until_ms, 2500);
	assert_int_equal(row->used, 4);
	assert_true(span_is(row->detail, "{\"error\":\"500 \\\"oops\\\"\"}"));
	bed_down(b);
}

/* ---- what similar requests did lately ---- */

static enum rc
ask_for(struct bed *b, const char *id, uint8_t digest, const char *canon, uint64_t at)
{
	struct msg_hold_new m = bed_hold_new(id, "{\"path\":\"exec\"}");
	uint8_t bytes[32] = { digest };

	m.digest = span_make(bytes, 32);
	m.canon = span_of(canon);
	m.at_ms = at;
	m.until_ms = at + 1000;
	return bed_ask(b, MSG_HOLD_NEW, &m);
}

static json_t *
similar(struct bed *b, const char *id, uint64_t since)
{
	json_t *list;

	OK(bed_recall(b, RECALL_SIMILAR, id, since));
	assert_true(span_is(b->p.m.recalled.id, id));
	list = json_loadb((const char *)b->p.m.recalled.text.p,
	    b->p.m.recalled.text.len, JSON_REJECT_DUPLICATES, NULL);
	assert_true(json_is_array(list));
	return list;
}

static void
assert_row(const json_t *list, size_t i, const char *id, const char *st, const char *by,
    bool same)
{
	const json_t *o = json_array_get(list, i);

	assert_string_equal(json_string_value(json_object_get(o, "id")), id);
	assert_string_equal(json_string_value(json_object_get(o, "state")), st);
	assert_string_equal(json_string_value(json_object_get(o, "by")), by);
	assert_true(json_is_boolean(json_object_get(o, "same")));
	assert_int_equal(json_is_true(json_object_get(o, "same")), same);
}

static void
similar_requests_are_told(void **state)
{
	struct bed *b = *state;
	uint64_t now = clock_wall_ms(), day = 24 * 60 * 60 * 1000;
	struct msg_hold_set no;
	char at[21];
	json_t *list;

	bed_up(b, 0);
	END(bed_recall(b, RECALL_SIMILAR, "7F3K-0001", 0));
	OK(ask_for(b, "7F3K-0001", 1, "aws s3 rm s3://b/x", now));
	OK(ask_for(b, "7F3K-0002", 2, "aws s3 rm s3://b/y", now - 3 * day));
	OK(ask_for(b, "7F3K-0003", 1, "aws s3 rm s3://b/x", now - 2 * day));
	OK(ask_for(b, "7F3K-0004", 1, "aws s3 rm s3://b/x", now - 31 * day));
	OK(bed_set(b, "7F3K-0002", HOLD_PENDING, "bob"));
	OK(bed_set(b, "7F3K-0002", HOLD_APPROVED, "alice"));
	OK(bed_set(b, "7F3K-0003", HOLD_PENDING, "alice"));
	no = bed_word("7F3K-0003", HOLD_DENIED, "bob");
	OK(bed_ask(b, MSG_HOLD_SET, &no));
	list = similar(b, "7F3K-0001", 0);
	assert_int_equal(json_array_size(list), 2);
	assert_row(list, 0, "7F3K-0003", "denied", "bob", true);
	assert_row(list, 1, "7F3K-0002", "approved", "alice", false);
	clock_iso(now - 2 * day, at);
	assert_string_equal(
	    json_string_value(json_object_get(json_array_get(list, 0), "at")), at);
	json_decref(list);
	list = similar(b, "7F3K-0001", now - 2 * day);
	assert_int_equal(json_array_size(list), 1);
	json_decref(list);
	list = similar(b, "7F3K-0001", UINT64_MAX);
	assert_int_equal(json_array_size(list), 0);
	json_decref(list);
	bed_down(b);
}

/* Commands that would fill the message many times over. */
static void
long_commands_are_told_by_their_beginning(void **state)
{
	struct bed *b = *state;
	uint64_t now = clock_wall_ms();
	char id[10], *canon = malloc(32001);
	json_t *list;

	bed_up(b, 0);
	for (unsigned i = 0; i < 15; i++) {
		/* 1: no UTF-8; 2: a character at the cut; else what JSON escapes. */
		memset(canon, i == 1 ? 0xff : 1, 32000);
		canon[32000] = '\0';
		if (i == 2)
			memcpy(canon + 511, "\xe2\x82\xac", 3);
		snprintf(id, sizeof id, "7F3K-%04u", i);
		OK(ask_for(b, id, 1, canon, now - i));
	}
	list = similar(b, "7F3K-0000", 0);
	assert_int_equal(json_array_size(list), 10);
	for (size_t i = 0; i < 10; i++) {
		const json_t *o = json_array_get(list, i);

		snprintf(id, sizeof id, "7F3K-%04zu", i + 1);
		assert_row(list, i, id, "pending", "", true);
		assert_int_equal(
		    json_integer_value(json_object_get(o, "command_bytes")), 32000);
		assert_int_equal(
		    json_string_length(json_object_get(o, "command")), i == 0 ? 4 * 512
								       : i == 1 ? 511
										: 512);
	}
	json_decref(list);
	bed_down(b);
	free(canon);
}

static void
odd_questions_are_refused(void **state)
{
	static const char *const odd_targets[] = { "x",
		"01020300-0000-0000-0000-000000000000",
		"01020300-0000-0000-0000-000000000000/1",
		"01020300-0000-0000-0000-000000000000/0000000000000000000x",
		"01020300-0000-0000-0000-000000000000/99999999999999999999" };
	static const char *const ids[] = { "7f3k-0001", "7F3K0001", "7F3K-000", "x",
		"7F3K-0001 ", "../../../etc/passwd" };
	static const enum msg_recall_what of_holds[] = { RECALL_HOLD, RECALL_DENIED,
		RECALL_ONE, RECALL_SIMILAR, RECALL_GRANT };
	struct bed *b = *state;
	struct msg_recall m = { 0 };

	bed_up(b, 0);
	bed_approved(b, "7F3K-0001", "exec");
	for (unsigned what = 0; what < 256; what++) {
		m.what = (uint8_t)what;
		if (what == 0 || what > RECALL_TARGET)
			REFUSED(bed_ask(b, MSG_RECALL, &m));
	}
	for (size_t w = 0; w < ROWS(of_holds); w++)
		for (size_t i = 0; i < ROWS(ids); i++)
			REFUSED(bed_recall(b, of_holds[w], ids[i], 0));
	REFUSED(bed_recall(b, RECALL_ONE, "", 0));
	REFUSED(bed_recall(b, RECALL_SIMILAR, "", 0));
	END(bed_recall(b, RECALL_ONE, "7F3K-0002", 0));
	REFUSED(bed_recall(b, RECALL_ARTICLE, "1/up", 0));
	END(bed_recall(b, RECALL_NOTICE, "zzz", 0));
	for (size_t i = 0; i < ROWS(odd_targets); i++)
		REFUSED(bed_recall(b, RECALL_TARGET, odd_targets[i], 0));
	END(bed_recall(b, RECALL_TARGET, "", 0));
	bed_down(b);
}

/* The largest of everything that a hold may carry comes back. */
static void
the_largest_hold_comes_back(void **state)
{
	struct bed *b = *state;
	char *detail = malloc(65537), *canon = malloc(32769), reason[1025], name[8];
	struct msg_hold_new m;
	struct msg_hold_set word;
	struct msg_recalled *row = &b->p.m.recalled;
	json_t *votes;

	memset(detail, ' ', 65536);
	memcpy(detail, "{}", 2);
	detail[65536] = '\0';
	memset(canon, 'c', 32768);
	canon[32768] = '\0';
	memset(reason, 1, 1024);
	reason[1024] = '\0';
	m = bed_hold_new("7F3K-0001", detail);
	m.canon = span_of(canon);
	bed_up(b, 0);
	OK(bed_ask(b, MSG_HOLD_NEW, &m));
	for (unsigned i = 0; i < STORE_VOTES; i++) {
		snprintf(name, sizeof name, "p%u", i);
		word = bed_word("7F3K-0001", HOLD_PENDING, name);
		word.reason = span_of(reason);
		word.at_ms = 5000 - i;
		OK(bed_ask(b, MSG_HOLD_SET, &word));
	}
	OK(bed_recall(b, RECALL_HOLD, "", 0));
	assert_int_equal(row->detail.len, 65536);
	assert_int_equal(row->text.len, 32768);
	votes = json_loadb((const char *)row->votes.p, row->votes.len, 0, NULL);
	assert_int_equal(json_array_size(votes), STORE_VOTES);
	/* The last who spoke has the earliest time. */
	snprintf(name, sizeof name, "p%u", STORE_VOTES - 1);
	assert_string_equal(
	    json_string_value(json_object_get(json_array_get(votes, 0), "name")), name);
	assert_null(json_object_get(json_array_get(votes, 0), "reason"));
	assert_int_equal(json_integer_value(
			     json_object_get(json_array_get(votes, 0), "reason_bytes")),
	    1024);
	json_decref(votes);
	bed_down(b);
	free(detail);
	free(canon);
}

/* ---- sessions on targets ---- */

static void
add_rec(struct store *s, uint8_t n, enum store_rec_state state, uint64_t ended_ms)
{
	struct store_rec r = { .sid = { 1, 2, n }, .opened_ms = 1000 };
	struct err err;

	OK(store_rec_add(s, &r, &err));
	if (state != STORE_REC_OPEN)
		OK(store_rec_end(s, r.sid, state, ended_ms, 0, r.h, &err));
}

static void
add_event(struct store *s, uint8_t n, const char *kind, const char *detail)
{
	const uint8_t sid[16] = { 1, 2, n };
	const struct store_event e = { .at_ms = 1000,
		.kind = span_of(kind),
		.identity = span_of("ci"),
		.sid = span_make(sid, 16),
		.detail = span_of(detail) };
	struct err err;

	OK(store_event_add(s, &e, &err));
}

/* What was opened and not ended, of recordings that did not end well. */
static void
targets_that_were_left_are_told(void **state)
{
	struct bed *b = *state;
	struct store *s;
	char first[100];

	bed_up(b, 0);
	bed_down(b);
	s = bed_store(b);
	OK(store_begin(s, &b->err));
	add_rec(s, 9, STORE_REC_RECOVERED, 5000);
	add_rec(s, 3, STORE_REC_LOST, 5000);
	add_rec(s, 4, STORE_REC_CLOSED, 5000);
	add_rec(s, 5, STORE_REC_RECOVERED, 4999);
	add_event(s, 9, "target.opened", "{\"session\":\"a\"}");
	add_event(s, 9, "target.opened", "{\"session\":\"b\"}");
	add_event(s, 9, "target.closed", "{\"session\":\"a\"}");
	add_event(s, 9, "target.opened", "{\"session\":\"c\",\"kind\":\"run\"}");
	add_event(s, 9, "target.lost", "{\"session\":\"c\"}");
	add_event(s, 9, "target.opened", "{\"session\":\"d\"}");
	add_event(s, 9, "target.ended", "{\"id\":\"d\"}");
	add_event(s, 9, "target.opened", "[\"session\"");
	add_event(s, 3, "target.opened", "{\"session\":\"e\"}");
	add_event(s, 3, "target.opened", "{\"session\":\"f\"}");
	add_event(s, 3, "target.left", "{\"session\":\"f\"}");
	add_event(s, 4, "target.opened", "{\"session\":\"g\"}");
	add_event(s, 5, "target.opened", "{\"session\":\"h\"}");
	OK(store_commit(s, &b->err));
	store_close(s);
	bed_up(b, 0);
	OK(bed_recall(b, RECALL_TARGET, "", 5000));
	assert_true(span_is(b->p.m.recalled.detail, "{\"session\":\"e\"}"));
	assert_true(span_is(b->p.m.recalled.identity, "ci"));
	assert_true(span_copy(b->p.m.recalled.id, first, sizeof first));
	assert_memory_equal(first, "01020300-0000-0000-0000-000000000000/", 37);
	OK(bed_recall(b, RECALL_TARGET, first, 5000));
	assert_true(span_is(b->p.m.recalled.detail, "{\"session\":\"b\"}"));
	assert_true(span_copy(b->p.m.recalled.id, first, sizeof first));
	OK(bed_recall(b, RECALL_TARGET, first, 5000));
	assert_true(
	    span_is(b->p.m.recalled.detail, "{\"session\":\"c\",\"kind\":\"run\"}"));
	assert_true(span_copy(b->p.m.recalled.id, first, sizeof first));
	END(bed_recall(b, RECALL_TARGET, first, 5000));
	END(bed_recall(b, RECALL_TARGET, "", 5001));
	bed_down(b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bed_setup, bed_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(holds_come_back_whole),
		TEST(what_was_asked_before_is_in_it),
		TEST(what_was_made_comes_back),
		TEST(similar_requests_are_told),
		TEST(long_commands_are_told_by_their_beginning),
		TEST(odd_questions_are_refused),
		TEST(the_largest_hold_comes_back),
		TEST(targets_that_were_left_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
