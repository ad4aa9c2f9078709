/* What approvers and askers are shown of holds: whole, inert, and not more than is theirs;
 * one at a time and thousands. */
#include "tests/monitor/holdbed.h"

#include "lib/base/clock.h"

#define NONE "no such hold, or none of yours"

/* ---- why ---- */

static json_t *
request(void)
{
	return json_pack(
	    "{s:[s,s,s,s,s,s], s:s, s:s, s:s, s:{s:s,s:s,s:i}, s:[s], s:[s], "
	    "s:{s:s,s:s,s:i,s:[{s:s,s:{s:s,s:[i]},s:i}],s:b}}",
	    "argv", "aws", "s3", "rm", "s3://logs/\xc3\xa4 b ", "", "--x='\"\\", "role",
	    "arn:aws:iam::111122223333:role/b", "account", "111122223333", "region",
	    "eu-west-1", "stdin", "kind", "hashed", "sha256", "ab01", "bytes", 77,
	    "calls", "s3:DeleteObject", "resources", "arn:aws:s3:::logs/a", "preview",
	    "state", "done", "summary", "1 object, 3 bytes", "count", 1, "items",
	    "name", "logs/\033[2Ja", "about", "cl\nass", "ST\033D", "n", 1, "bytes", 3,
	    "more", 1);
}

/* Ask why, and let the keeper say what similar ones came to: a list, or NULL. */
static char *
why(struct desk *d, const char *name, const char *id, bool json, const char *similar)
{
	struct speaker who = { .name = name };
	struct msg_recalled row = {
		.what = RECALL_SIMILAR, .id = span_of(id), .text = span_of(similar)
	};
	struct msg_kept end = { .rc = RC_END };
	struct said s;

	bed_say(d, &who, id, "why %s", json, &s);
	if (!s.over) {
		end_want(d, &d->keeper, MSG_RECALL);
		assert_int_equal(d->keeper.m.recall.what, RECALL_SIMILAR);
		assert_true(span_is(d->keeper.m.recall.after, id));
		if (similar != NULL)
			end_send(
			    d, &d->keeper, MSG_RECALLED, d->keeper.f.id, &row, NULL, 0);
		else
			end_send(
			    d, &d->keeper, MSG_KEPT, d->keeper.f.id, &end, NULL, 0);
		desk_turn(d);
	}
	assert_true(s.over);
	if (s.status != 0)
		fail_msg("%s: %s", name, s.text);
	return s.text;
}

static void
has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("no \"%s\" in:\n%s", part, text);
}

static void
lacks(const char *text, const char *part)
{
	if (strstr(text, part) != NULL)
		fail_msg("\"%s\" is in:\n%s", part, text);
}

/* Printable ASCII and line feeds, nothing else. */
static void
is_inert(const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
		if (*p != '\n' && (*p < 0x20 || *p > 0x7e))
			fail_msg("byte %02x in: %s", (unsigned char)*p, text);
}

static void
an_approver_is_told_all(void **state)
{
	struct desk *d = *state;
	struct waiter w;
	struct hold_init init = bed_init(&w);
	json_t *r = request();
	char *text, id[10];

	init.request = r;
	init.reason = "ticket\xe2\x80\xae 42";
	bed_held(d, &init, &w);
	snprintf(id, sizeof id, "%s", hold_id(w.h));
	text = why(d, "bob", id, false,
	    "[{\"id\":\"AAAA-BBBB\",\"state\":\"spent\",\"at\":\"2026-01-02T03:04:"
	    "05Z\","
	    "\"by\":\"carol\",\"command\":\"'aws' s3 rm \\u001b[31mx\",\"same\":true,"
	    "\"command_bytes\":700}]");
	assert_memory_equal(text, id, 9);
	has(text, " pending\n");
	has(text, "\n  who       ci\n  for       alice\n  from      192.0.2.7\n"
		  "  key       SHA256:ci's\n  path      exec\n");
	has(text, "\n  words       1 \"aws\"\n              2 \"s3\"\n"
		  "              3 \"rm\"\n"
		  "              4 \"s3://logs/\\xC3\\xA4 b \"\n"
		  "              5 \"\"\n"
		  "              6 \"--x='\"\\\\\"\n"
		  "  runs      'aws' s3 rm s3://logs/a\n");
	has(text, "\n  calls     s3:DeleteObject\n  resources arn:aws:s3:::logs/a\n");
	has(text, "\n  touches   1 object, 3 bytes\n"
		  "            logs/\\x1B[2Ja, cl\\x0Aass ST\\x1BD, n [1], bytes 3\n");
	has(text, "and more, which are not listed\n");
	has(text, "\n  stdin     sha256 ab01, 77 bytes\n  profile   staging\n"
		  "  role      arn:aws:iam::111122223333:role/b\n"
		  "  account   111122223333\n  region    eu-west-1\n"
		  "  reason    ticket\\xE2\\x80\\xAE 42\n"
		  "            (the asker's own words, unverified)\n"
		  "  rule      p/delete\n  says      Deletes are looked at.\n"
		  "  needs     0 of 1 from group:sre, by key (rule p/delete)\n");
	has(text, "\n  digest    0701020300");
	has(text, "\n  policy    0000000000");
	has(text, "\n  asked     20");
	has(text, "\n  until     20");
	has(text, "2026-01-02T03:04:05Z AAAA-BBBB spent by carol (the same): "
		  "'aws' s3 rm \\x1B[31mx ... the first bytes of 700\n");
	is_inert(text);
	free(text);
	text = why(d, "bob", id, true, NULL);
	is_inert(text);
	has(text, "\"rule_says\":\"Deletes are looked at.\"");
	has(text, "\"preview\":{");
	has(text, "\"similar\":[]");
	has(text, "\"asker_says\":\"ticket\\u202E 42\"");
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	free(text);
	json_decref(r);
	hold_close(w.h);
	keeper_set(d, HOLD_CANCELLED);
}

static void
an_asker_is_told_what_it_asked(void **state)
{
	struct desk *d = *state;
	struct waiter w;
	struct hold_init init = bed_init(&w);
	json_t *r = request();

	init.request = r;
	bed_held(d, &init, &w);
	for (int json = 0; json < 2; json++) {
		char *text = why(d, "ci", hold_id(w.h), json, NULL);

		has(text, "s3://logs/");
		has(text, "arn:aws:s3:::logs/a");
		lacks(text, "touches");
		lacks(text, "preview");
		lacks(text, "1 object");
		lacks(text, "similar");
		free(text);
		end_quiet(d, &d->keeper);
	}
	json_decref(r);
	hold_close(w.h);
	keeper_set(d, HOLD_CANCELLED);
}

/* Unknown, or known and none of theirs: the same answer. */
/* Whoever may decide on others' is for an own one no approver. */
static void
an_approver_that_asks_is_an_asker(void **state)
{
	struct desk *d = *state;
	struct waiter w;
	struct hold_init init = bed_init(&w);
	struct speaker bob = { .name = "bob" };
	json_t *r = request();
	struct said s;

	init.request = r;
	init.identity = "bob";
	init.owner = "";
	bed_held(d, &init, &w);
	for (int json = 0; json < 2; json++) {
		char *text = why(d, "bob", hold_id(w.h), json, NULL);

		has(text, "arn:aws:s3:::logs/a");
		lacks(text, "touches");
		lacks(text, "preview");
		lacks(text, "1 object");
		lacks(text, "similar");
		free(text);
		bed_say(d, &bob, hold_id(w.h), "pending", json, &s);
		assert_true(s.over);
		has(s.text, hold_id(w.h));
		lacks(s.text, "touches");
		lacks(s.text, "1 object");
		said_clear(&s);
		end_quiet(d, &d->keeper);
	}
	json_decref(r);
	hold_close(w.h);
	keeper_set(d, HOLD_CANCELLED);
}

static void
others_learn_nothing(void **state)
{
	static const char *const ids[] = { NULL, "0000-0000", "x", "../../etc" };
	struct desk *d = *state;
	struct msg_kept end = { .rc = RC_END };
	struct waiter w;
	struct hold_init init = bed_init(&w);
	char *first = NULL;

	init.identity = "bob";
	init.owner = NULL;
	bed_held(d, &init, &w);
	for (size_t i = 0; i < ROWS(ids); i++) {
		struct speaker dave = { .name = "dave" }, carol = { .name = "carol" };
		struct said s;

		bed_say(d, &dave, ids[i] == NULL ? hold_id(w.h) : ids[i], "why %s",
		    false, &s);
		if (!s.over) {
			end_want(d, &d->keeper, MSG_RECALL);
			assert_int_equal(d->keeper.m.recall.what, RECALL_ONE);
			end_send(
			    d, &d->keeper, MSG_KEPT, d->keeper.f.id, &end, NULL, 0);
			desk_turn(d);
		}
		assert_true(s.over);
		assert_int_equal(s.status, STATUS_DENIED);
		has(s.text, NONE);
		if (first == NULL)
			first = strdup(s.text);
		assert_string_equal(first, s.text);
		said_clear(&s);
		if (ids[i] == NULL)
			continue;
		/* An approver, too. */
		bed_say(d, &carol, ids[i], "why %s", false, &s);
		if (!s.over) {
			end_want(d, &d->keeper, MSG_RECALL);
			end_send(
			    d, &d->keeper, MSG_KEPT, d->keeper.f.id, &end, NULL, 0);
			desk_turn(d);
		}
		assert_string_equal(first, s.text);
		said_clear(&s);
	}
	free(first);
	hold_close(w.h);
	keeper_set(d, HOLD_CANCELLED);
	bed_says(d, "bob", "", "why", STATUS_USAGE, "usage: why ID");
	bed_says(d, "bob", "A", "why %s b", STATUS_USAGE, "usage: why ID");
}

static void
what_is_over_is_told_of_too(void **state)
{
	struct desk *d = *state;
	struct waiter w;
	struct hold_init init = bed_init(&w);
	struct msg_recalled row, odd;
	struct speaker who[] = { { .name = "bob" }, { .name = "ci" },
		{ .name = "dave" } };
	char id[10];

	bed_open(d, &init, &w);
	row = bed_row(d);
	keeper_says(d, RC_OK);
	snprintf(id, sizeof id, "%s", hold_id(w.h));
	bed_says(d, "bob", id, "deny %s --reason no", 0, "denied");
	hold_close(w.h);
	row.what = RECALL_ONE;
	row.state = HOLD_DENIED;
	row = bed_row_with(&row, NULL,
	    "[{\"name\":\"carol\",\"proof\":\"sk\",\"state\":\"pending\",\"key\":\"K\","
	    "\"source\":\"S\",\"verified\":true,\"reason\":\"ok\",\"at_ms\":1000},"
	    "{\"name\":\"bob\",\"proof\":\"key\",\"state\":\"denied\",\"reason\":"
	    "\"not today\",\"at_ms\":2000}]");
	odd = bed_row_with(&row, "{}", NULL);
	for (int bad = 0; bad < 2; bad++)
		for (size_t i = 0; i < ROWS(who); i++) {
			struct msg_kept end = { .rc = RC_END };
			struct said s;

			bed_say(d, &who[i], id, "why %s", false, &s);
			end_want(d, &d->keeper, MSG_RECALL);
			assert_int_equal(d->keeper.m.recall.what, RECALL_ONE);
			end_send(d, &d->keeper, MSG_RECALLED, d->keeper.f.id,
			    bad ? &odd : &row, NULL, 0);
			desk_turn(d);
			if (!s.over) { /* similar ones */
				end_want(d, &d->keeper, MSG_RECALL);
				end_send(d, &d->keeper, MSG_KEPT, d->keeper.f.id, &end,
				    NULL, 0);
				desk_turn(d);
			}
			assert_true(s.over);
			if (bad || i == 2) {
				has(s.text, i == 0 ? "cannot be read" : NONE);
				assert_int_equal(
				    s.status, i == 0 ? STATUS_FAILED : STATUS_DENIED);
			} else {
				has(s.text, " denied\n");
				/* Keys and places of others are none of an asker's. */
				has(s.text,
				    i == 0 ? "approved  by carol, proof sk with its "
					     "PIN K, from S, "
					     "1970-01-01T00:00:01Z: ok\n"
					   : "approved  by carol, proof sk with its "
					     "PIN, 1970-01-01T00:00:01Z: ok\n");
				has(s.text, ", by bob, proof key: not today\n");
				lacks(s.text, "until");
			}
			said_clear(&s);
		}
	bed_rows_free();
}

static void
the_broker_may_end_meanwhile(void **state)
{
	struct desk *d = desk_new(NULL);
	struct waiter w;
	struct hold_init init = bed_init(&w);
	struct speaker bob = { .name = "bob" };
	struct said s, gone;

	(void)state;
	bed_held(d, &init, &w);
	bed_say(d, &bob, hold_id(w.h), "why %s", false, &s);
	bed_say(d, &bob, hold_id(w.h), "why %s", false, &gone);
	assert_false(s.over);
	verb_abandon(gone.call);
	desk_free(d);
	assert_true(s.over);
	assert_int_equal(s.status, STATUS_FAILED);
	assert_false(gone.over);
	said_clear(&s);
}

/* ---- a terminal that is attacked ---- */

static void
hostile_words_are_shown_whole_and_inert(void **state)
{
	static const struct {
		const char *word, *shown;
	} rows[] = {
		{ "\033[2J\033[1;1H", "\"\\x1B[2J\\x1B[1;1H\"" },
		{ "\033]0;title\007", "\"\\x1B]0;title\\x07\"" },
		{ "a\rbroker: approved", "\"a\\x0Dbroker: approved\"" },
		{ "a\n  stdin     none", "\"a\\x0A  stdin     none\"" },
		{ "\xe2\x80\xaegnp.exe", "\"\\xE2\\x80\\xAEgnp.exe\"" }, /* RLO */
		{ "\xe2\x81\xa6x\xe2\x81\xa9", "\"\\xE2\\x81\\xA6x\\xE2\\x81\\xA9\"" },
		{ "pr\xd0\xbe"
		  "d",
		    "\"pr\\xD0\\xBEd\"" }, /* a Cyrillic o */
		{ "a\xe2\x80\x8b"
		  "b",
		    "\"a\\xE2\\x80\\x8Bb\"" }, /* zero width */
		{ "\xc2\x9b"
		  "31m",
		    "\"\\xC2\\x9B31m\"" }, /* C1 */
		{ "\\x1B[2J",
		    "\"\\\\x1B[2J\"" }, /* no escape of theirs passes for ours */
		{ "\" 9 \"fake", "\"\" 9 \"fake\"" },
		{ "  ", "\"  \"" },
	};
	struct desk *d = *state;
	json_t *argv = json_array(), *r = json_pack("{s:o}", "argv", argv);
	struct waiter w;
	struct hold_init init = bed_init(&w);
	char canon[8192] = "", *text, want[128];
	struct said s;

	for (size_t i = 0; i < ROWS(rows); i++) {
		json_array_append_new(argv, json_string(rows[i].word));
		strcat(canon, rows[i].word);
		strcat(canon, " ");
	}
	init.request = r;
	init.canon = canon;
	bed_held(d, &init, &w);
	text = why(d, "bob", hold_id(w.h), false, NULL);
	for (size_t i = 0; i < ROWS(rows); i++) {
		snprintf(want, sizeof want, "%3zu %s\n", i + 1, rows[i].shown);
		has(text, want);
	}
	is_inert(text);
	free(text);
	for (int json = 0; json < 2; json++) {
		bed_say(d, &(struct speaker){ .name = "bob" }, "", "pending", json, &s);
		is_inert(s.text);
		has(s.text, json ? "\\u202Egnp.exe" : "\\xE2\\x80\\xAEgnp.exe");
		said_clear(&s);
	}
	json_decref(r);
	hold_close(w.h);
	keeper_set(d, HOLD_CANCELLED);
}

/* Over SSH, by the reader of lines: the most words that it takes, and one more. */
static void
the_longest_command_is_shown_whole(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI), *b = front_login(d, BOB);
	static char line[8192], out[65536], want[64];
	size_t n = (size_t)snprintf(
	    line, sizeof line, "aws ec2 terminate-instances --instance-ids");
	char id[10];

	for (int i = 4; i < 256; i++)
		n += (size_t)snprintf(line + n, sizeof line - n, " i-0%07x", i);
	front_exec(f, 1, line);
	keeper_event(d, "verdict");
	keeper_hold(d, id);
	front_verdict(f, 1, VERDICT_HOLD);
	assert_int_equal(front_verb(b, 1, "pending", out, sizeof out), 0);
	for (int i = 4; i < 256; i++) {
		snprintf(want, sizeof want, " i-0%07x%s", i, i == 255 ? "\n" : " ");
		has(out, want);
	}
	/* What the reader does not take, nobody is asked about. */
	snprintf(line + n, sizeof line - n, " i-0");
	front_exec(f, 2, line);
	keeper_event(d, "refused");
	front_denied(f, 2, STATUS_USAGE, "256");
	front_free(b);
	front_free(f);
}

/* The same with as many words as could ever be kept. */
static void
four_thousand_words_are_four_thousand_lines(void **state)
{
	struct desk *d = *state;
	json_t *argv = json_array(), *r = json_pack("{s:o}", "argv", argv);
	struct waiter w;
	struct hold_init init = bed_init(&w);
	char word[32], *text;
	const char *p;

	for (int i = 0; i < 4000; i++) {
		snprintf(word, sizeof word, "\033[%dm", i);
		json_array_append_new(argv, json_string(word));
	}
	init.request = r;
	bed_held(d, &init, &w);
	text = why(d, "bob", hold_id(w.h), false, NULL);
	is_inert(text);
	p = text;
	for (int i = 0; i < 4000; i++) {
		snprintf(word, sizeof word, "%d \"\\x1B[%dm\"\n", i + 1, i);
		assert_non_null(p = strstr(p, word));
	}
	free(text);
	json_decref(r);
	hold_close(w.h);
	keeper_set(d, HOLD_CANCELLED);
}

/* ---- thousands ---- */

#define MANY 2000

static struct msg_recalled *
many_rows(const struct msg_recalled *row, size_t bytes)
{
	static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	static struct msg_recalled v[MANY];
	char *text = malloc(bytes + 1);

	for (size_t i = 0; i < MANY; i++) {
		char id[10] = "0000-0000";

		id[8] = digits[i % 32];
		id[7] = digits[i / 32 % 32];
		id[6] = digits[i / 1024];
		memset(text, 'x', bytes);
		text[bytes] = '\0';
		memcpy(text, "begin", 5);
		memcpy(text + bytes - 3, "end", 3);
		v[i] = *row;
		v[i].id = span_of(bed_copy(span_of(id)));
		v[i].text = span_make(bed_copy(span_make(text, bytes)), bytes);
		/* The ids say nothing of the time. */
		v[i].at_ms = row->at_ms - (i * 7919) % MANY;
	}
	free(text);
	return v;
}

static void
thousands_are_listed_whole_and_in_order(void **state)
{
	struct desk *d = desk_new(NULL);
	struct waiter w;
	struct hold_init init = bed_init(&w);
	struct msg_recalled row, *rows;
	struct said s;
	const char *p;
	size_t n = 0;
	uint64_t last = 0;

	(void)state;
	bed_open(d, &init, &w);
	row = bed_row(d);
	desk_free(d);
	rows = many_rows(&row, 4096);
	d = bed_restart(NULL, rows, MANY);
	bed_say(d, &(struct speaker){ .name = "bob" }, "", "pending", true, &s);
	assert_true(s.over);
	assert_int_equal(s.status, 0);
	for (p = s.text; *p != '\0'; p = strchr(p, '\n') + 1, n++) {
		json_t *o = json_loadb(p, (size_t)(strchr(p, '\n') - p), 0, NULL);
		const char *id = json_string_value(json_object_get(o, "id"));
		const char *text = json_string_value(json_object_get(o, "command"));
		struct hold *h = holds_find(d->m.holds, id);

		assert_non_null(h);
		assert_int_equal(strlen(text), 4096);
		assert_string_equal(text + 4093, "end");
		assert_true(hold_asked_ms(h) >= last);
		last = hold_asked_ms(h);
		json_decref(o);
	}
	assert_int_equal(n, MANY);
	said_clear(&s);
	desk_free(d);
	bed_rows_free();
}

/* The reader takes its time; holds end and begin while it reads. */
static void
a_list_is_made_as_it_is_read(void **state)
{
	struct desk *d = desk_new(NULL);
	struct waiter w;
	struct hold_init init = bed_init(&w);
	struct msg_recalled row, *rows;
	struct front *b;
	struct buf all;
	const char *p;
	size_t ids = 0;
	char first[10];
	int got;

	(void)state;
	bed_open(d, &init, &w);
	row = bed_row(d);
	desk_free(d);
	rows = many_rows(&row, 4096);
	d = bed_restart("holds: {open_per_identity: 1000}", rows, MANY);
	b = front_login(d, BOB);
	front_exec(b, 1, "pending");
	front_verdict(b, 1, VERDICT_VERB);
	/* All but the first few come to an end, and those are not shown any more. */
	init.identity = "dave";
	bed_held(d, &init, &w);
	for (const struct hold *h = holds_first(d->m.holds), *next; h != NULL;
	     h = next) {
		next = hold_next(h);
		if (hold_asked_ms(h) > row.at_ms - 1000 &&
		    strcmp(hold_identity(h), "ci") == 0) {
			hold_close((struct hold *)(uintptr_t)h);
			keeper_set(d, HOLD_CANCELLED);
		}
	}
	buf_init(&all, 32u << 20);
	while ((got = end_next(d, &b->talk)) == MSG_ROW)
		buf_span_put(&all, b->talk.m.text.text);
	assert_int_equal(got, MSG_DONE);
	assert_int_equal(b->talk.m.done.status, 0);
	for (p = buf_cstr(&all); (p = strstr(p, "\n  digest   ")) != NULL; p++)
		ids++;
	assert_true(ids >= 1000 && ids < 1900);
	assert_true(all.len > ids * 4096);
	/* Nor what came later. */
	lacks(buf_cstr(&all), "dave");
	buf_clear(&all);
	/* Who leaves in the middle of it leaves nothing behind. */
	front_exec(b, 2, "pending");
	front_verdict(b, 2, VERDICT_VERB);
	front_gone(b, 2);
	assert_int_equal(sessions_count(d->m.sessions), 0);
	front_exec(b, 3, "pending");
	front_free(b);
	desk_turn(d);
	assert_int_equal(sessions_count(d->m.sessions), 0);
	snprintf(first, sizeof first, "%s", hold_id(holds_first(d->m.holds)));
	assert_non_null(holds_find(d->m.holds, first));
	desk_free(d);
	bed_rows_free();
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, desk_setup, desk_teardown)
	const struct CMUnitTest tests[] = {
		T(an_approver_is_told_all),
		T(an_asker_is_told_what_it_asked),
		T(an_approver_that_asks_is_an_asker),
		T(others_learn_nothing),
		T(what_is_over_is_told_of_too),
		cmocka_unit_test(the_broker_may_end_meanwhile),
		T(hostile_words_are_shown_whole_and_inert),
		T(the_longest_command_is_shown_whole),
		T(four_thousand_words_are_four_thousand_lines),
		cmocka_unit_test(thousands_are_listed_whole_and_in_order),
		cmocka_unit_test(a_list_is_made_as_it_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
