/* Articles, as the verb "script" brings them: a digest that is approved once, by people
 * other than who brought it, and nothing else by the same name. */
#include "tests/monitor/book.h"

#include "broker/monitor/articles.h"
#include "broker/monitor/scripts.h"
#include "broker/monitor/verb.h"
#include "lib/base/id.h"

#define TEXT "#!/bin/sh\nfor i in 1 2 3; do\n\techo $i\ndone\n"

/* Who approves "clean", by which proof. */
static const char policy[] =
    "version: 1\nname: p\nrules:\n"
    "  - {id: clean, effect: hold, on: [shell], script: {name: clean, operands: {min: "
    "1}}, approvers: {need: 1, from: [group:sre], auth: [key]}}\n"
    "  - {id: pair, effect: hold, on: [shell], script: pair, approvers: {need: 2, "
    "from: [group:sre], auth: [key]}}\n"
    "  - {id: let, effect: allow, on: [shell], script: free}\n";

struct said {
	int status; /* -1: nothing yet */
	char out[8192];
};

static void
done(void *arg, struct verb_call *call, int status)
{
	struct said *s = arg;

	if (s != NULL) {
		s->status = status;
		snprintf(s->out, sizeof s->out, "%s%s", buf_cstr(&call->out),
		    buf_cstr(&call->say));
	}
	verb_call_free(call);
}

/* What the control socket makes of `broker script add NAME FILE`. */
static void
adds(struct book *b, const char *who, const char *name, struct span text,
    struct said *ret)
{
	struct verb_call *call = verb_call_new();

	memset(ret, 0, sizeof *ret);
	ret->status = -1;
	call->m = &b->d->m;
	call->who = identity_by_name(b->d->m.rules.config->identities, span_of(who));
	call->proof = PROOF_UID;
	call->fresh = true;
	snprintf(call->name, sizeof call->name, "%s", who);
	snprintf(call->source, sizeof call->source, "local");
	call->argc = 3;
	call->argv[0] = "script";
	call->argv[1] = "add";
	call->argv[2] = name;
	call->body = text;
	call->done = done;
	call->arg = ret;
	verb_run(verb_find("script"), call);
	book_turn(b);
	assert_int_not_equal(ret->status, -1);
}

static void
added(struct book *b, const char *who, const char *name, const char *text, int status,
    const char *part)
{
	struct said s;

	adds(b, who, name, span_of(text), &s);
	if (s.status != status || strstr(s.out, part) == NULL)
		fail_msg("%s: %d, wanted %d and \"%s\": %s", name, s.status, status,
		    part, s.out);
}

static bool
is_approved(struct book *b, const char *name, const char *text)
{
	uint8_t digest[HOLD_DIGEST];

	assert_true(article_digest_of(span_of(text), digest));
	return articles_approved(b->d->m.articles, ARTICLE_SCRIPT, name, digest, NULL);
}

static void
approves(struct book *b, enum person who, int status, const char *part)
{
	char line[32];

	snprintf(line, sizeof line, "approve %s", book_hold(b)->id);
	book_wants(b, who, line, status, part);
	book_turn(b);
}

static struct book *
open_book(void **state)
{
	struct desk *d = *state;

	desk_reload(d, NULL, policy);
	return book_new(d);
}

static void
a_script_is_approved_by_others_once(void **state)
{
	struct book *b = open_book(state);
	struct monitor *m = &b->d->m;
	uint8_t digest[HOLD_DIGEST];
	struct verdict needs;
	char out[8192], canon[256], hex[65];

	added(b, "bob", "clean", TEXT, STATUS_HELD, "pending ");
	assert_int_equal(book_article(b)->state, ARTICLE_WAITING);
	assert_string_equal(book_article(b)->content, TEXT);
	assert_string_equal(book_article(b)->by, "bob");
	assert_false(is_approved(b, "clean", TEXT));
	assert_true(article_digest_of(span_of(TEXT), digest));
	assert_memory_equal(book_article(b)->digest, digest, HOLD_DIGEST);
	id_hex(digest, HOLD_DIGEST, hex);
	snprintf(canon, sizeof canon,
	    "script clean, sha256 %s, %zu bytes, brought by bob", hex, strlen(TEXT));
	assert_string_equal(book_hold(b)->canon, canon);
	assert_string_equal(book_hold(b)->rule, "p/clean");
	/* What is asked about can be read. */
	assert_int_equal(book_verb(b, CAROL, "script show clean", out, sizeof out), 0);
	assert_string_equal(out, TEXT);
	approves(b, BOB, STATUS_DENIED, "you asked for it yourself");
	approves(b, CAROL, STATUS_OK, "approved");
	assert_int_equal(book_article(b)->state, ARTICLE_APPROVED);
	assert_int_equal(book_hold(b)->state, HOLD_SPENT);
	assert_true(is_approved(b, "clean", TEXT));
	assert_false(is_approved(b, "clean", TEXT "\n"));
	assert_false(is_approved(b, "clea", TEXT));
	assert_false(
	    articles_approved(m->articles, ARTICLE_RUNBOOK, "clean", digest, NULL));
	assert_string_equal(articles_hold(m->articles, ARTICLE_SCRIPT, "clean", digest),
	    book_hold(b)->id);
	/* By people who are still enough. */
	assert_int_equal(scripts_needs(m, "clean", &needs, NULL), RC_OK);
	assert_true(
	    articles_approved(m->articles, ARTICLE_SCRIPT, "clean", digest, &needs));
	needs.needs[0].need = 2;
	assert_false(
	    articles_approved(m->articles, ARTICLE_SCRIPT, "clean", digest, &needs));
	added(b, "bob", "clean", TEXT, STATUS_OK, "approved ");
	assert_int_equal(b->n_holds, 1);
	book_free(b);
}

static void
another_text_waits_anew_and_the_old_one_stays(void **state)
{
	struct book *b = open_book(state);

	added(b, "bob", "clean", TEXT, STATUS_HELD, "pending");
	added(b, "bob", "clean", TEXT, STATUS_HELD, "pending");
	assert_int_equal(b->n_holds, 1);
	approves(b, CAROL, STATUS_OK, "approved");
	added(b, "bob", "clean", TEXT "rm -rf /\n", STATUS_HELD, "pending");
	assert_true(is_approved(b, "clean", TEXT));
	assert_false(is_approved(b, "clean", TEXT "rm -rf /\n"));
	book_wants(b, CAROL, "script show clean", STATUS_USAGE, "more than one");
	{
		char line[64];

		snprintf(line, sizeof line, "deny %s --reason no", book_hold(b)->id);
		book_wants(b, CAROL, line, STATUS_OK, "denied");
	}
	book_turn(b);
	assert_int_equal(b->articles[1].state, ARTICLE_REMOVED);
	assert_true(is_approved(b, "clean", TEXT));
	/* Brought again it waits again. */
	added(b, "bob", "clean", TEXT "rm -rf /\n", STATUS_HELD, "pending");
	assert_false(is_approved(b, "clean", TEXT "rm -rf /\n"));
	book_free(b);
}

static void
who_says_is_the_rule_or_the_right(void **state)
{
	struct book *b = open_book(state);

	added(b, "alice", "pair", TEXT, STATUS_HELD,
	    "needs 2 of group sre (rule p/pair)");
	approves(b, BOT, STATUS_DENIED, "the same person");
	approves(b, BOB, STATUS_OK, "more approvals are needed");
	assert_false(is_approved(b, "pair", TEXT));
	approves(b, CAROL, STATUS_OK, "approved");
	assert_true(is_approved(b, "pair", TEXT));
	/* An allow says nothing about who approves: a touch is asked for. */
	added(b, "alice", "free", TEXT, STATUS_HELD,
	    "needs 1 of group sre (rule rights.approve)");
	approves(b, BOB, STATUS_DENIED, "not by this kind of proof");
	assert_false(is_approved(b, "free", TEXT));
	book_free(b);
}

static void
removed_is_removed(void **state)
{
	struct book *b = open_book(state);
	char line[128], hex[65];

	added(b, "bob", "clean", TEXT, STATUS_HELD, "pending");
	/* One that waits takes its hold along. */
	book_wants(b, CAROL, "script remove clean", STATUS_OK, "clean is removed");
	assert_int_equal(book_article(b)->state, ARTICLE_REMOVED);
	assert_int_equal(book_hold(b)->state, HOLD_CANCELLED);
	added(b, "bob", "clean", TEXT, STATUS_HELD, "pending");
	approves(b, CAROL, STATUS_OK, "approved");
	assert_true(is_approved(b, "clean", TEXT));
	id_hex(book_article(b)->digest, 32, hex);
	snprintf(line, sizeof line, "script remove clean %.8s --reason old", hex);
	book_wants(b, DAVE, line, STATUS_DENIED, "no right to remove");
	assert_true(is_approved(b, "clean", TEXT));
	book_wants(b, CAROL, line, STATUS_OK, "clean is removed");
	assert_false(is_approved(b, "clean", TEXT));
	book_wants(b, CAROL, "script list", STATUS_OK, "");
	book_wants(b, CAROL, line, STATUS_USAGE, "no such script");
	book_free(b);
}

static void
it_outlives_a_restart(void **state)
{
	struct book *b = open_book(state);
	struct verdict needs;
	uint8_t digest[HOLD_DIGEST];
	char out[4096];

	added(b, "bob", "clean", TEXT, STATUS_HELD, "pending");
	approves(b, CAROL, STATUS_OK, "approved");
	added(b, "bob", "clean", TEXT "#\n", STATUS_HELD, "pending");
	book_restart(b);
	assert_true(is_approved(b, "clean", TEXT));
	assert_false(is_approved(b, "clean", TEXT "#\n"));
	assert_true(article_digest_of(span_of(TEXT), digest));
	assert_int_equal(scripts_needs(&b->d->m, "clean", &needs, NULL), RC_OK);
	assert_true(articles_approved(
	    b->d->m.articles, ARTICLE_SCRIPT, "clean", digest, &needs));
	assert_int_equal(book_verb(b, CAROL, "script list --json", out, sizeof out), 0);
	assert_non_null(strstr(out, "\"approvals\":[{\"name\":\"carol\""));
	/* The one that waits can be approved still. */
	approves(b, CAROL, STATUS_OK, "approved");
	assert_true(is_approved(b, "clean", TEXT "#\n"));
	book_free(b);
}

static void
an_end_in_the_middle_leaves_nothing_open(void **state)
{
	struct book *b = open_book(state);

	/* The text is there, the hold is not. */
	b->refuse = MSG_HOLD_NEW;
	added(b, "bob", "clean", TEXT, STATUS_FAILED, "could not be recorded");
	assert_int_equal(book_article(b)->state, ARTICLE_REMOVED);
	b->refuse = MSG_ARTICLE_NEW;
	added(b, "bob", "clean", TEXT, STATUS_FAILED, "not recorded");
	b->refuse = 0;
	/* The hold is over, and nobody heard of it. */
	added(b, "bob", "clean", TEXT, STATUS_HELD, "pending");
	book_hold(b)->state = HOLD_EXPIRED;
	book_restart(b);
	assert_int_equal(book_article(b)->state, ARTICLE_REMOVED);
	/* People said yes, and the broker ended before it heard. */
	added(b, "bob", "clean", TEXT, STATUS_HELD, "pending");
	b->mute = MSG_ARTICLE_SET;
	approves(b, CAROL, STATUS_OK, "approved");
	b->mute = 0;
	assert_false(is_approved(b, "clean", TEXT));
	book_restart(b);
	assert_true(is_approved(b, "clean", TEXT));
	assert_int_equal(book_hold(b)->state, HOLD_SPENT);
	/* Somebody had the row in hand. */
	book_article(b)->content[0] = 'x';
	book_restart(b);
	assert_false(is_approved(b, "clean", TEXT));
	assert_false(is_approved(b, "clean", book_article(b)->content));
	book_free(b);
}

/* The digest that people were shown is that of the text, whatever else the row says. */
static void
one_that_was_shown_otherwise_is_not_approved(void **state)
{
	struct book *b = open_book(state);
	char *at;

	for (int whom = 0; whom < 2; whom++) {
		added(b, "bob", "clean", TEXT, STATUS_HELD, "pending");
		at = strstr(book_hold(b)->canon, whom ? "by bob" : "sha256 ");
		assert_non_null(at);
		at[whom ? 3 : 7] = at[whom ? 3 : 7] == 'a' ? 'b' : 'a';
		book_restart(b);
		approves(b, CAROL, STATUS_OK, "approved");
		assert_false(is_approved(b, "clean", TEXT));
		assert_int_equal(book_hold(b)->state, HOLD_CANCELLED);
		assert_int_equal(book_article(b)->state, ARTICLE_REMOVED);
	}
	book_free(b);
}

static void
an_approval_that_is_not_recorded_is_none(void **state)
{
	struct book *b = open_book(state);

	added(b, "bob", "clean", TEXT, STATUS_HELD, "pending");
	b->refuse = MSG_ARTICLE_SET;
	approves(b, CAROL, STATUS_OK, "approved");
	assert_false(is_approved(b, "clean", TEXT));
	assert_int_equal(book_hold(b)->state, HOLD_CANCELLED);
	book_free(b);
}

static void
what_cannot_be_shown_is_refused(void **state)
{
	static const struct {
		const char *text, *part;
	} rows[] = {
		{ "", "it has no text" }, { "echo\r\n", "line 1 has something" },
		{ "echo a\necho \x1b[2J\n", "line 2 has something" },
		{ "a\nb\n\xff", "line 3 has something" },
		{ "echo \xe2\x80\xae"
		  "x\n",
		    "line 1 has something" },			/* bidi */
		{ "echo \xc2\x85x\n", "line 1 has something" }, /* C1 */
	};
	struct book *b = open_book(state);
	static char big[ARTICLE_BYTES + 2];
	struct said s;

	for (size_t i = 0; i < ROWS(rows); i++)
		added(b, "bob", "clean", rows[i].text, STATUS_USAGE, rows[i].part);
	adds(b, "bob", "clean", span_make("a\0b", 3), &s);
	assert_int_equal(s.status, STATUS_USAGE);
	memset(big, 'x', ARTICLE_BYTES + 1);
	added(b, "bob", "clean", big, STATUS_USAGE, "longer than");
	added(b, "bob", "../x", TEXT, STATUS_USAGE, "usage");
	added(b, "bob", "-x", TEXT, STATUS_USAGE, "usage");
	added(b, "bob", "", TEXT, STATUS_USAGE, "usage");
	added(b, "dave", "clean", TEXT, STATUS_DENIED, "no right to add");
	assert_int_equal(b->n_articles, 0);
	assert_int_equal(b->n_holds, 0);
	big[ARTICLE_BYTES] = '\0';
	added(b, "bob", "clean", big, STATUS_HELD, "pending");
	book_free(b);
}

static void
words_that_are_refused(void **state)
{
	static const struct {
		enum person who;
		const char *line;
		int status;
		const char *part;
	} rows[] = {
		{ BOB, "script", 64, "usage: script add|list|show|remove" },
		{ BOB, "script run x", 64, "usage" },
		{ BOB, "script add clean", 64, "on the gateway" },
		{ BOB, "script add", 64, "usage" },
		{ BOB, "script list all", 64, "usage" },
		{ BOB, "script show", 64, "usage" },
		{ BOB, "script show clean", 64, "no such script" },
		{ BOB, "script remove", 64, "usage" },
		{ BOB, "script remove clean x y", 64, "usage" },
		{ DAVE, "script list", 77, "no right to list" },
		{ DAVE, "script show clean", 77, "no right to show" },
		{ CI, "script list", 77, "no right" },
	};
	struct book *b = open_book(state);

	for (size_t i = 0; i < ROWS(rows); i++)
		book_wants(b, rows[i].who, rows[i].line, rows[i].status, rows[i].part);
	book_free(b);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, desk_setup, desk_teardown)
	const struct CMUnitTest tests[] = {
		T(a_script_is_approved_by_others_once),
		T(another_text_waits_anew_and_the_old_one_stays),
		T(who_says_is_the_rule_or_the_right),
		T(removed_is_removed),
		T(it_outlives_a_restart),
		T(an_end_in_the_middle_leaves_nothing_open),
		T(one_that_was_shown_otherwise_is_not_approved),
		T(an_approval_that_is_not_recorded_is_none),
		T(what_cannot_be_shown_is_refused),
		T(words_that_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
