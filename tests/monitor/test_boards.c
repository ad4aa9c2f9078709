/* Who keeps the list of what is pending open: what is shown when, what can be done from
 * it and by whom, and every way in which it ends. */
#include "tests/monitor/desk.h"

#include <fcntl.h>
#include <unistd.h>

#include "broker/monitor/verbcall.h"
#include "lib/wire/port.h"

#define RM "aws s3 rm s3://logs/a"
#define TERMINATE "aws ec2 terminate-instances --instance-ids i-0123456789abcdef0"
#define ON "\033[?1049h\033[?25l"
#define OFF "\033[?25h\033[?1049l"
#define MORE 1000 /* ms to the next frame */

/* Somebody who looks. */
struct looker {
	struct desk *d;
	struct end data;
	struct verb_call *call;
	int status; /* -1: not answered */
	char said[512];
	struct buf seen; /* since the last look */
};

static void
done(void *arg, struct verb_call *call, int status)
{
	struct looker *l = arg;

	/* Abandoned: nobody is there to be told. */
	if (l != NULL) {
		assert_int_equal(l->status, -1);
		l->status = status;
		l->call = NULL;
		snprintf(l->said, sizeof l->said, "%s", buf_cstr(&call->say));
	}
	verb_call_free(call);
}

static void
attach(void *arg, struct verb_call *call, int fd)
{
	struct looker *l = arg;

	(void)call;
	l->data.sock = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	assert_true(l->data.sock >= 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
}

/* This person's "pending WORDS", by this proof. */
static struct looker *
look(struct desk *d, const char *name, enum proof proof, bool pty, bool json,
    const char *word, const char *other)
{
	struct looker *l = calloc(1, sizeof *l);
	struct verb_call *call = verb_call_new();

	assert_non_null(l);
	assert_non_null(call);
	l->d = d;
	l->status = -1;
	l->call = call;
	l->data.sock = -1;
	buf_init(&l->data.in, FRAME_MAX);
	buf_init(&l->seen, 8u << 20);
	call->m = &d->m;
	call->who = identity_by_name(d->m.rules.config->identities, span_of(name));
	assert_non_null(call->who);
	snprintf(call->name, sizeof call->name, "%s", name);
	snprintf(call->source, sizeof call->source, "192.0.2.7");
	call->proof = proof;
	call->fresh = true;
	call->pty = pty;
	call->json = json;
	call->columns = pty ? 60 : 0;
	call->rows = pty ? 6 : 0;
	call->argv[call->argc++] = "pending";
	call->argv[call->argc++] = word;
	if (other != NULL)
		call->argv[call->argc++] = other;
	call->done = done;
	call->attach = attach;
	call->arg = l;
	boards_open(d->m.boards, call);
	return l;
}

static struct looker *
screen(struct desk *d, const char *name, enum proof proof)
{
	return look(d, name, proof, true, false, "--watch", NULL);
}

static void
looker_free(struct looker *l)
{
	end_close(&l->data);
	desk_turn(l->d);
	if (l->call != NULL)
		verb_abandon(l->call);
	buf_clear(&l->data.in);
	buf_clear(&l->seen);
	free(l);
}

/* What has come since the last time; the end's text behind it. */
static const char *
news(struct looker *l)
{
	int type;

	desk_turn(l->d);
	buf_reset(&l->seen);
	while ((type = end_poll(l->d, &l->data)) > 0) {
		if (type == MSG_DATA)
			buf_span_put(&l->seen, l->data.m.data.bytes);
		else if (type == MSG_EXIT)
			buf_printf(&l->seen, "EXIT %u %.*s", l->data.m.exit.code,
			    (int)l->data.m.exit.text.len,
			    (const char *)l->data.m.exit.text.p);
		else
			fail_msg("message %d", type);
	}
	return buf_cstr(&l->seen);
}

static void
assert_news(struct looker *l, const char *text)
{
	const char *seen = news(l);

	if (strstr(seen, text) == NULL)
		fail_msg("no \"%s\" in \"%s\"", text, seen);
}

static void
type(struct looker *l, const char *keys)
{
	struct msg_data m = { 0, span_of(keys) };

	end_send(l->d, &l->data, MSG_DATA, 0, &m, NULL, 0);
	desk_turn(l->d);
}

/* One of CI's is held on this channel: its id. */
static void
hold(struct front *f, uint32_t chan, const char *line, char id[10])
{
	front_exec(f, chan, line);
	keeper_event(f->d, "verdict");
	keeper_hold(f->d, id);
	front_verdict(f, chan, VERDICT_HOLD);
}

static void
a_screen_follows(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	struct looker *l = screen(d, "bob", PROOF_KEY);
	struct msg_resize size = { 30, 5 };
	char id[10], second[10];
	const char *seen = news(l);

	assert_true(strncmp(seen, ON, strlen(ON)) == 0);
	assert_non_null(strstr(seen, "nothing waits for approval"));
	/* Nothing new, nothing sent, however long. */
	desk_skip(d, 10 * MORE);
	assert_string_equal(news(l), "");
	/* At most a frame a second, whatever happens meanwhile. */
	hold(f, 1, RM, id);
	assert_string_equal(news(l), "");
	hold(f, 2, TERMINATE, second);
	desk_skip(d, MORE);
	seen = news(l);
	assert_non_null(strstr(seen, " 2 wait for approval"));
	assert_true(strstr(seen, id) < strstr(seen, second));
	/* But a key is answered at once. */
	type(l, "j");
	seen = news(l);
	assert_non_null(strstr(seen, "> "));
	assert_true(strncmp(strstr(seen, "> ") + 2, second, 9) == 0);
	end_send(d, &l->data, MSG_RESIZE, 0, &size, NULL, 0);
	assert_news(l, "\033[5;1H");
	assert_null(strstr(buf_cstr(&l->seen), "\033[6;1H"));
	type(l, "q");
	assert_news(l, OFF "EXIT 0 ");
	assert_int_equal(l->status, 0);
	looker_free(l);
	front_free(f);
}

static void
a_screen_of_ssh_approves_nothing(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	struct looker *l = screen(d, "bob", PROOF_KEY);
	char id[10], text[64];

	hold(f, 1, RM, id);
	desk_skip(d, MORE);
	type(l, "a");
	type(l, "y");
	snprintf(text, sizeof text, "type: ssh broker approve %s", id);
	/* The line is wrapped. */
	(void)news(l);
	assert_non_null(strstr(buf_cstr(&l->seen), "to approve it, type: ssh"));
	end_quiet(d, &d->keeper);
	looker_free(l);
	front_free(f);
}

static void
a_local_user_approves_where_the_rule_says_uid(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	struct looker *l = screen(d, "bob", PROOF_UID);
	char id[10], second[10], text[64];

	hold(f, 1, RM, id);
	hold(f, 2, TERMINATE, second);
	desk_skip(d, MORE);
	/* By a key only. */
	type(l, "a");
	type(l, "y");
	assert_news(l, "its rule does not count you, or not");
	end_quiet(d, &d->keeper);
	/* By a key or a uid, and two of them. */
	type(l, "ja");
	type(l, "y");
	end_want(d, &d->keeper, MSG_HOLD_SET);
	assert_true(span_is(d->keeper.m.hold_set.hold, second));
	assert_true(span_is(d->keeper.m.hold_set.by, "bob"));
	assert_true(span_is(d->keeper.m.hold_set.proof, "uid"));
	/* Not before it is durable is it said. */
	(void)news(l);
	assert_null(strstr(buf_cstr(&l->seen), "counted"));
	type(l, "a");
	type(l, "y");
	assert_news(l, "wait: the last one is not done yet");
	keeper_says(d, RC_OK);
	snprintf(
	    text, sizeof text, "counted, more approvals are needed for %s", second);
	assert_news(l, text);
	assert_non_null(strstr(buf_cstr(&l->seen), " 1/2 "));
	looker_free(l);
	front_free(f);
}

static void
anybody_with_the_right_denies(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	struct looker *l = screen(d, "bob", PROOF_KEY);
	char id[10], text[64];

	hold(f, 1, RM, id);
	desk_skip(d, MORE);
	type(l, "d");
	type(l, "not today\r");
	end_want(d, &d->keeper, MSG_HOLD_SET);
	assert_int_equal(d->keeper.m.hold_set.state, HOLD_DENIED);
	assert_true(span_is(d->keeper.m.hold_set.hold, id));
	assert_true(span_is(d->keeper.m.hold_set.reason, "not today"));
	keeper_says(d, RC_OK);
	snprintf(text, sizeof text, "denied %s", id);
	assert_news(l, text);
	keeper_event(d, "denied");
	front_denied(f, 1, STATUS_DENIED, "by bob: not today");
	/* Gone from the list, and a reason that may not be shown is refused. */
	hold(f, 2, TERMINATE, id);
	desk_skip(d, MORE);
	type(l, "d");
	type(l, "\xff\xfe\r");
	assert_news(l, "usage: deny ID");
	end_quiet(d, &d->keeper);
	looker_free(l);
	front_free(f);
}

static void
details_are_what_why_says(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI), *other = front_login(d, BOB);
	struct looker *l = screen(d, "bob", PROOF_KEY);
	struct msg_resize size = { 100, 50 };
	char id[10], line[64];

	end_send(d, &l->data, MSG_RESIZE, 0, &size, NULL, 0);
	hold(f, 1, TERMINATE, id);
	desk_skip(d, MORE);
	type(l, "\r");
	/* The store is asked for what similar requests did. */
	keeper_drain(d);
	assert_news(l, "i-0123456789abcdef0");
	assert_non_null(strstr(buf_cstr(&l->seen), "p/two"));
	/* What others do to it is seen there. */
	snprintf(line, sizeof line, "approve %s", id);
	front_exec(other, 1, line);
	front_verdict(other, 1, VERDICT_VERB);
	keeper_drain(d);
	desk_skip(d, MORE);
	keeper_drain(d);
	assert_news(l, "bob");
	looker_free(l);
	front_free(other);
	front_free(f);
}

static void
lines_tell_of_each_change(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI), *b = front_login(d, BOB);
	struct looker *text, *object, *raw;
	char id[10], line[64], want[128];

	hold(f, 1, RM, id);
	text = look(d, "bob", PROOF_KEY, false, false, "--watch", NULL);
	object = look(d, "bob", PROOF_KEY, false, true, "--watch", NULL);
	raw = look(d, "bob", PROOF_KEY, true, true, "--watch", NULL);
	snprintf(want, sizeof want, "Z pending %s ci: \'aws\' s3 rm s3://logs/a\n", id);
	assert_news(text, want);
	snprintf(want, sizeof want, "\"id\":\"%s\"", id);
	assert_news(object, "{\"event\":\"pending\",\"at\":\"");
	assert_non_null(strstr(buf_cstr(&object->seen), want));
	assert_news(raw, "}\r\n");
	snprintf(line, sizeof line, "deny %s --reason late", id);
	front_exec(b, 1, line);
	front_verdict(b, 1, VERDICT_VERB);
	keeper_set(d, HOLD_DENIED);
	snprintf(want, sizeof want, "Z denied %s ci: ", id);
	assert_news(text, want);
	assert_non_null(strstr(buf_cstr(&text->seen), " (by bob: late)\n"));
	assert_news(object, "\"by\":\"bob\",\"why\":\"late\"");
	/* stdin says nothing here, and its end is none; on a terminal keys do. */
	type(text, "q\003");
	end_send(d, &text->data, MSG_EOF, 0, NULL, NULL, 0);
	assert_string_equal(news(text), "");
	assert_int_equal(text->status, -1);
	type(raw, "q");
	assert_int_equal(raw->status, 0);
	end_send(d, &text->data, MSG_SIGNAL, 0, &(struct msg_signal){ 2 }, NULL, 0);
	assert_news(text, "EXIT 0 ");
	assert_int_equal(text->status, 0);
	looker_free(raw);
	looker_free(object);
	looker_free(text);
	front_free(b);
	front_free(f);
}

static void
who_has_no_right_sees_nothing(void **state)
{
	struct desk *d = *state;
	struct looker *l = look(d, "dave", PROOF_KEY, true, false, "--watch", NULL);

	assert_int_equal(l->status, STATUS_DENIED);
	assert_int_equal(l->data.sock, -1);
	looker_free(l);
	/* Nor who has lost it. */
	l = screen(d, "bob", PROOF_KEY);
	(void)news(l);
	desk_reload(
	    d, desk_config_with(d, "approve: [group:sre]", "approve: [carol]"), NULL);
	desk_skip(d, MORE);
	assert_news(l, OFF "EXIT 77 you no longer have the right");
	assert_int_equal(l->status, STATUS_DENIED);
	looker_free(l);
}

static void
other_words_are_refused(void **state)
{
	static const char *const rows[][2] = { { "--wotch", NULL },
		{ "--watch", "--watch" }, { "--screen=80x24", NULL },
		{ "--watch", "--screen=80x24x" }, { "--watch", "--screen=x" },
		{ "--watch", "--screen=80" }, { "--watch", "7F3K-Q2MX" } };
	struct desk *d = *state;
	struct looker *l;

	for (size_t i = 0; i < ROWS(rows); i++) {
		l = look(d, "bob", PROOF_KEY, false, false, rows[i][0], rows[i][1]);
		assert_int_equal(l->status, STATUS_USAGE);
		looker_free(l);
	}
	/* The program's own, for its terminal: of any size. */
	l = look(d, "bob", PROOF_UID, false, false, "--watch", "--screen=99999x99999");
	assert_news(l, ON);
	assert_non_null(strstr(buf_cstr(&l->seen), "nothing waits"));
	looker_free(l);
}

static void
so_many_at_once(void **state)
{
	struct desk *d = *state;
	struct looker *l[BOARDS_MOST + 1];

	for (int i = 0; i <= BOARDS_MOST; i++)
		l[i] = screen(d, "bob", PROOF_KEY);
	assert_int_equal(l[BOARDS_MOST]->status, STATUS_HELD);
	assert_int_equal(l[0]->status, -1);
	looker_free(l[0]);
	l[0] = screen(d, "bob", PROOF_KEY);
	assert_int_equal(l[0]->status, -1);
	for (int i = 0; i <= BOARDS_MOST; i++)
		looker_free(l[i]);
}

static void
every_end_is_one(void **state)
{
	struct desk *d = *state;
	struct looker *l = screen(d, "bob", PROOF_KEY);
	struct verb_call *call;

	/* The connection goes: the terminal is given back where it still can be. */
	(void)news(l);
	call = l->call;
	l->call = NULL;
	verb_abandon(call);
	assert_news(l, OFF "EXIT ");
	looker_free(l);
	/* The front, or the program, goes. */
	l = screen(d, "bob", PROOF_KEY);
	end_close(&l->data);
	desk_turn(d);
	assert_int_equal(l->status, 0);
	looker_free(l);
	/* A terminal's end. */
	l = screen(d, "bob", PROOF_KEY);
	(void)news(l);
	end_send(d, &l->data, MSG_EOF, 0, NULL, NULL, 0);
	assert_news(l, OFF "EXIT 0 ");
	looker_free(l);
	/* It breaks a rule: that one ends, and another goes on. */
	for (int i = 0; i < 2; i++) {
		struct looker *calm = screen(d, "bob", PROOF_KEY);
		struct msg_data data = { 1, span_of("x") };
		struct msg_exit over = { HOW_EXIT, 0, 1, span_of("") };

		l = screen(d, "bob", PROOF_KEY);
		(void)news(calm);
		end_send(d, &l->data, i == 0 ? MSG_DATA : MSG_EXIT, 0,
		    i == 0 ? (void *)&data : (void *)&over, NULL, 0);
		desk_turn(d);
		assert_int_not_equal(l->status, -1);
		type(calm, "\f");
		assert_news(calm, "nothing waits");
		looker_free(calm);
		looker_free(l);
	}
}

/* One who types without end costs a bounded number of frames, and one who does not read
 * none at all. */
static void
floods_are_bounded(void **state)
{
	struct desk *d = *state;
	struct looker *l = screen(d, "bob", PROOF_KEY);
	size_t frames = 0;
	const char *p;

	(void)news(l);
	for (int i = 0; i < 150; i++)
		type(l, "\f");
	for (p = news(l); (p = strstr(p, "\033[2J")) != NULL; p++)
		frames++;
	assert_in_range(frames, 1, 64);
	/* The rest is read in the seconds that follow. */
	desk_skip(d, MORE);
	assert_news(l, "\033[2J");
	looker_free(l);
	l = screen(d, "bob", PROOF_KEY);
	for (int k = 0; k < 100; k++) {
		for (int i = 0; i < 40; i++)
			type(l, "\f");
		desk_skip(d, MORE);
	}
	assert_int_equal(l->status, -1);
	assert_news(l, "nothing waits");
	type(l, "q");
	assert_news(l, OFF "EXIT 0 ");
	looker_free(l);
}

/* The broker ends with lists open: desk_free is its end. */
static void
the_end_of_the_broker(void **state)
{
	struct desk *d = desk_new(NULL);
	struct front *f = front_login(d, CI);
	struct looker *l = screen(d, "bob", PROOF_KEY), *bare;
	char id[10];

	(void)state;
	hold(f, 1, TERMINATE, id);
	desk_skip(d, MORE);
	/* With a question to the store still open. */
	type(l, "\r");
	bare = look(d, "bob", PROOF_KEY, false, false, "--watch", NULL);
	boards_free(d->m.boards);
	d->m.boards = NULL;
	assert_news(l, OFF "EXIT 70 the broker ends");
	assert_int_equal(l->status, STATUS_FAILED);
	assert_news(bare, "EXIT 70 the broker ends");
	looker_free(l);
	looker_free(bare);
	front_free(f);
	desk_free(d);
}

#define T(name) cmocka_unit_test_setup_teardown(name, desk_setup, desk_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_screen_follows),
		T(a_screen_of_ssh_approves_nothing),
		T(a_local_user_approves_where_the_rule_says_uid),
		T(anybody_with_the_right_denies),
		T(details_are_what_why_says),
		T(lines_tell_of_each_change),
		T(who_has_no_right_sees_nothing),
		T(other_words_are_refused),
		T(so_many_at_once),
		T(every_end_is_one),
		T(floods_are_bounded),
		cmocka_unit_test(the_end_of_the_broker),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
