/* Watchers of the confined program: the test plays monitor, front, command and them. */
#include "tests/support/unit.h"
#include "tests/session/bed.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/wire/codec.h"
#include "broker/session/audience.h"

static struct bed bed;
static const struct bed_want plain;

static int
setup(void **state)
{
	(void)state;
	bed_open(&bed);
	bed_nursery(&bed, 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	bed_close(&bed);
	return 0;
}

/* A watcher is a peer with nothing but a DATA pair. */
static void
ask(struct peer *p, struct peer *w, uint32_t number, bool cast, bool pty)
{
	struct msg_watch m = { cast, pty, span_of("alice") };
	struct err err = { "" };
	struct buf b;
	int pair[2];

	memset(w, 0, sizeof *w);
	w->bed = p->bed;
	w->id = number;
	w->control = w->in = w->out = w->err = w->gate = w->file = -1;
	buf_init(&w->room, FRAME_MAX);
	buf_init(&w->shown[0], 64u << 20);
	buf_init(&w->shown[1], 64u << 20);
	assert_int_equal(frame_pair(pair, &err), RC_OK);
	assert_int_equal(fcntl(pair[1], F_SETFL, O_NONBLOCK), 0);
	w->data = pair[0];
	buf_init(&b, FRAME_MAX);
	assert_int_equal(codec_encode(MSG_WATCH, &m, &b, &err), RC_OK);
	assert_int_equal(
	    frame_send(p->control, MSG_WATCH, number, buf_span(&b), &pair[1], 1, &err),
	    RC_OK);
	buf_clear(&b);
	close(pair[1]);
}

/* One that is let in: its name is recorded then. */
static void
look(struct peer *p, struct peer *w, uint32_t number, bool cast, bool pty)
{
	struct stat st;

	assert_int_equal(fstat(p->file, &st), 0);
	ask(p, w, number, cast, pty);
	bed_wait_file(p->file, (uint64_t)st.st_size + 1);
}

/* Until it has been shown n bytes. */
static void
sees(struct peer *w, size_t n)
{
	peer_shown(w, n);
}

static void
saw(const struct peer *w, const char *what)
{
	if (!span_is(buf_span(&w->shown[0]), what))
		fail_msg("the watcher saw \"%.*s\"", (int)w->shown[0].len,
		    (const char *)w->shown[0].p);
	assert_int_equal(w->shown[1].len, 0);
}

/* Its last words: what comes before is gathered. */
static void
ends(struct peer *w, uint8_t code, const char *text)
{
	enum msg type;

	while ((type = peer_take(w)) == MSG_DATA)
		;
	assert_int_equal(type, MSG_EXIT);
	assert_int_equal(w->m.exit.how, HOW_EXIT);
	assert_int_equal(w->m.exit.code, code);
	if (!span_starts(w->m.exit.text, text))
		fail_msg("the watcher is told \"%.*s\"", (int)w->m.exit.text.len,
		    (const char *)w->m.exit.text.p);
}

static void
hears_left(struct peer *p, uint32_t number, uint8_t status, const char *why)
{
	const struct msg_watched *m = &peer_hear(p, MSG_WATCHED)->watched;

	if (number != 0)
		assert_int_equal(p->call, number);
	assert_int_equal(m->status, status);
	if (!span_is(m->why, why))
		fail_msg("why is \"%.*s\"", (int)m->why.len, (const char *)m->why.p);
}

/* It has begun once something has come through. */
static void
say(struct peer *p, const char *text)
{
	size_t before = p->shown[0].len;

	write_all(p->out, text, strlen(text));
	peer_shown(p, before + strlen(text));
}

/* The end of the session, with watchers: what it says of each stands before. */
static void
finish(struct peer *p, uint8_t code, unsigned watchers)
{
	struct msg_exited exited = { HOW_EXIT, code };
	struct msg_closed closed = { 1 };
	enum msg type;

	close(p->out);
	close(p->err);
	p->out = p->err = -1;
	peer_tell(p, MSG_EXITED, &exited);
	assert_int_equal(peer_hear(p, MSG_ENDED)->ended.recorded, 1);
	peer_tell(p, MSG_CLOSED, &closed);
	for (unsigned i = 0; i < watchers; i++)
		hears_left(p, 0, 0, "the session is over");
	while ((type = peer_take(p)) == MSG_DATA)
		;
	assert_int_equal(type, MSG_EXIT);
	assert_int_equal(p->m.exit.code, code);
}

static void
what_the_client_sees_is_shown_and_recorded(void **state)
{
	struct peer p, w, late;
	struct proof proof;
	struct buf text;

	(void)state;
	peer_open(&p, &bed, &plain);
	look(&p, &w, 1, false, false);
	say(&p, "one\n");
	sees(&w, 4);
	/* What was shown before is not repeated. */
	look(&p, &late, 2, false, false);
	write_all(p.err, "two\n", 4);
	sees(&late, 4);
	say(&p, "three\n");
	finish(&p, 3, 2);
	ends(&w, 0, "the session ended with exit status 3");
	ends(&late, 0, "the session ended with exit status 3");
	saw(&w, "one\ntwo\nthree\n");
	saw(&late, "two\nthree\n");
	buf_init(&text, 64u << 20);
	assert_int_equal(bed_read(&bed, p.file, &proof, &text), PROOF_WHOLE);
	buf_u8(&text, 0);
	/* By name, before the output that it was shown. */
	assert_non_null(strstr((char *)text.p, "{\\\"t\\\":\\\"notice\\\",\\\"why\\\":"
					       "\\\"watch\\\",\\\"text\\\":\\\"alice "
					       "watches\\\"}"));
	assert_true(strstr((char *)text.p, "alice watches") <
		    strstr((char *)text.p, "\"o\", \"one"));
	buf_clear(&text);
	peer_close(&w);
	peer_close(&late);
	peer_close(&p);
}

static void
hostile_sequences_stay_away(void **state)
{
	static const struct {
		const char *said, *seen;
	} rows[] = {
		{ "a\033]52;c;c2VjcmV0\007b\n", "ab\n" },
		{ "a\033]0;title\033\\b\n", "ab\n" },
		{ "a\033]2;title\007b\n", "ab\n" },
		{ "a\033[6nb\n", "ab\n" },
		{ "a\033[cb\033[>cc\033[=cd\n", "abcd\n" },
		{ "a\033P$q\"p\033\\b\n", "ab\n" },
		{ "a\033P+q544e\033\\b\n", "ab\n" },
		{ "a\033_apc\033\\b\n", "ab\n" },
		{ "a\033^pm\033\\b\n", "ab\n" },
		{ "a\033Xsos\033\\b\n", "ab\n" },
		{ "a\005b\n", "ab\n" },
		{ "a\033[?1000;2004hb\n", "ab\n" },
		{ "a\033[3Jb\n", "ab\n" },
		{ "a\033[31mb\033[0m\n", "a\033[31mb\033[0m\n" },
	};
	struct peer p, w;
	struct buf want;

	(void)state;
	buf_init(&want, 4096);
	peer_open(&p, &bed, &plain);
	look(&p, &w, 1, false, false);
	for (size_t i = 0; i < ROWS(rows); i++) {
		say(&p, rows[i].said);
		buf_text(&want, rows[i].seen);
		sees(&w, want.len);
		saw(&w, buf_cstr(&want));
	}
	/* A sequence in two pieces is one. */
	say(&p, "a\033]52;c;c2Vj");
	say(&p, "cmV0\007b\n");
	buf_text(&want, "ab\n");
	sees(&w, want.len);
	saw(&w, buf_cstr(&want));
	finish(&p, 0, 1);
	ends(&w, 0, "the session ended");
	buf_clear(&want);
	peer_close(&w);
	peer_close(&p);
}

static void
asciicast_has_all_of_it(void **state)
{
	static const struct bed_want sized = { .columns = 132, .rows = 43 };
	static const char head[] = "{\"version\": 2, \"width\": 132, \"height\": 43, "
				   "\"timestamp\": ";
	struct msg_resize size = { 100, 30 };
	struct peer p, w;
	const char *at;

	(void)state;
	peer_open(&p, &bed, &sized);
	look(&p, &w, 1, true, true);
	say(&p, "a\033]0;t\007\"\n");
	peer_send(&p, MSG_RESIZE, &size);
	write_all(p.err, "\xff", 1);
	assert_int_equal(peer_take(&p), MSG_DATA);
	finish(&p, 7, 1);
	ends(&w, 0, "the session ended with exit status 7");
	buf_u8(&w.shown[0], 0);
	at = (char *)w.shown[0].p;
	assert_int_equal(strncmp(at, head, strlen(head)), 0);
	assert_non_null(at = strstr(at, ", \"o\", \"a\\u001b]0;t\\u0007\\\"\\n\"]\n"));
	assert_non_null(strstr(at, ", \"r\", \"100x30\"]\n"));
	assert_non_null(at = strstr(at, ", \"o\", \"\xef\xbf\xbd\"]\n"));
	assert_non_null(at = strstr(at, ", \"x\", \"7\"]\n"));
	assert_string_equal(strchr(at, '\n'), "\n");
	peer_close(&w);
	peer_close(&p);
}

static void
a_terminal_gets_its_line_ends_and_q(void **state)
{
	char typed[16];
	struct peer p, w, other;

	(void)state;
	peer_open(&p, &bed, &plain);
	look(&p, &w, 1, false, true);
	look(&p, &other, 2, false, true);
	say(&p, "one\ntwo\r\n");
	sees(&w, 10);
	saw(&w, "one\r\ntwo\r\n");
	peer_type(&w, "rm -rf /\n\004\034", 11);
	peer_type(&w, "q", 1);
	ends(&w, 0, "watching ended");
	hears_left(&p, 1, 0, "left");
	peer_type(&other, "\003", 1);
	ends(&other, 0, "watching ended");
	hears_left(&p, 2, 0, "left");
	say(&p, "three\n");
	/* Nothing of it came to the command. */
	assert_int_equal(fcntl(p.in, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(read(p.in, typed, sizeof typed), -1);
	finish(&p, 0, 0);
	peer_close(&w);
	peer_close(&other);
	peer_close(&p);
}

static void
without_a_terminal_nothing_that_is_typed_counts(void **state)
{
	struct msg_signal sig = { 2 };
	struct msg_resize size = { 1, 1 };
	struct peer p, w;

	(void)state;
	peer_open(&p, &bed, &plain);
	look(&p, &w, 1, false, false);
	peer_type(&w, "q\003", 2);
	peer_send(&w, MSG_RESIZE, &size);
	peer_send(&w, MSG_EOF, NULL);
	say(&p, "still there\n");
	sees(&w, 12);
	peer_send(&w, MSG_SIGNAL, &sig);
	ends(&w, 0, "watching ended");
	hears_left(&p, 1, 0, "left");
	finish(&p, 0, 0);
	peer_close(&w);
	peer_close(&p);
}

static void
other_frames_end_the_watcher_alone(void **state)
{
	static const enum msg types[] = { MSG_EXITED, MSG_STOP, MSG_WATCH, MSG_LEASE,
		MSG_VERB };
	static union msg_any nothing;
	struct peer p, w;

	(void)state;
	peer_open(&p, &bed, &plain);
	for (uint32_t i = 0; i < ROWS(types); i++) {
		look(&p, &w, i + 1, false, false);
		peer_send(&w, types[i], &nothing);
		hears_left(&p, i + 1, 0, "broke the rules");
		peer_gone(&w, &w.data);
		peer_close(&w);
	}
	say(&p, "and it goes on\n");
	finish(&p, 0, 0);
	peer_close(&p);
}

static void
a_flood_of_frames_waits(void **state)
{
	static char bytes[MSG_DATA_MAX];
	uint64_t began = clock_mono_ms();
	struct peer p, w;

	(void)state;
	peer_open(&p, &bed, &plain);
	look(&p, &w, 1, false, false);
	assert_int_equal(fcntl(w.data, F_SETFL, O_NONBLOCK), 0);
	/* As much as its socket takes; the session looks at some of it. */
	for (int i = 0; i < 2000; i++) {
		struct msg_data m = { 0, { (uint8_t *)bytes, sizeof bytes } };
		struct err err;
		struct buf b;

		buf_init(&b, FRAME_MAX);
		assert_int_equal(codec_encode(MSG_DATA, &m, &b, &err), RC_OK);
		if (frame_send(w.data, MSG_DATA, 1, buf_span(&b), NULL, 0, &err) !=
		    RC_OK)
			usleep(100);
		buf_clear(&b);
	}
	say(&p, "one\n");
	sees(&w, 4);
	assert_true(clock_mono_ms() - began < BED_WAIT_MS);
	finish(&p, 0, 1);
	ends(&w, 0, "the session ended");
	peer_close(&w);
	peer_close(&p);
}

static void
one_that_does_not_read_is_dropped(void **state)
{
	static char line[8192];
	struct peer p, slow, w;
	size_t n = 0;

	(void)state;
	memset(line, 'x', sizeof line);
	line[sizeof line - 1] = '\n';
	peer_open(&p, &bed, &plain);
	look(&p, &slow, 1, false, false);
	look(&p, &w, 2, false, false);
	/* The client has all of it at its own pace, and so has the other one. */
	while (n < (8u << 20)) {
		write_all(p.out, line, sizeof line);
		n += sizeof line;
		peer_shown(&p, n);
		sees(&w, n);
	}
	hears_left(&p, 1, 70, "too slow");
	finish(&p, 0, 1);
	ends(&w, 0, "the session ended");
	assert_true(span_eq(buf_span(&w.shown[0]), buf_span(&p.shown[0])));
	peer_close(&slow);
	peer_close(&w);
	peer_close(&p);
}

static void
more_than_eight_are_too_many(void **state)
{
	struct peer p, w[AUDIENCE_MOST + 1];

	(void)state;
	peer_open(&p, &bed, &plain);
	for (uint32_t i = 0; i < AUDIENCE_MOST; i++)
		look(&p, &w[i], i + 1, false, false);
	ask(&p, &w[AUDIENCE_MOST], AUDIENCE_MOST + 1, false, false);
	hears_left(&p, AUDIENCE_MOST + 1, 70, "too many watch it already");
	peer_gone(&w[AUDIENCE_MOST], &w[AUDIENCE_MOST].data);
	say(&p, "one\n");
	for (uint32_t i = 0; i < AUDIENCE_MOST; i++)
		sees(&w[i], 4);
	/* Room again. */
	peer_close(&w[0]);
	hears_left(&p, 1, 0, "left");
	look(&p, &w[0], 20, false, false);
	say(&p, "two\n");
	sees(&w[0], 4);
	finish(&p, 0, AUDIENCE_MOST);
	for (uint32_t i = 0; i < AUDIENCE_MOST; i++) {
		ends(&w[i], 0, "the session ended");
		peer_close(&w[i]);
	}
	peer_close(&w[AUDIENCE_MOST]);
	peer_close(&p);
}

static void
the_monitor_can_end_one(void **state)
{
	struct msg_unwatch m = { span_of("watching ended: no right") };
	struct peer p, w, other;

	(void)state;
	peer_open(&p, &bed, &plain);
	look(&p, &w, 1, false, false);
	look(&p, &other, 2, false, false);
	peer_answer(&p, MSG_UNWATCH, 1, &m);
	ends(&w, 77, "watching ended: no right");
	hears_left(&p, 1, 77, "dismissed");
	/* One that is nobody, or gone already, is no news. */
	peer_answer(&p, MSG_UNWATCH, 1, &m);
	peer_answer(&p, MSG_UNWATCH, 99, &m);
	say(&p, "on\n");
	sees(&other, 3);
	finish(&p, 0, 1);
	ends(&other, 0, "the session ended");
	peer_close(&w);
	peer_close(&other);
	peer_close(&p);
}

static void
a_stopped_session_says_so(void **state)
{
	struct msg_stop stop = { STOP_TIME, span_of("the time limit of 1 s is over") };
	struct msg_exited exited = { HOW_SIGNAL, 15 };
	struct msg_closed closed = { 1 };
	struct peer p, w;

	(void)state;
	peer_open(&p, &bed, &plain);
	look(&p, &w, 1, false, false);
	say(&p, "x\n");
	peer_tell(&p, MSG_STOP, &stop);
	peer_tell(&p, MSG_EXITED, &exited);
	(void)peer_hear(&p, MSG_ENDED);
	peer_tell(&p, MSG_CLOSED, &closed);
	hears_left(&p, 1, 0, "the session is over");
	ends(&w, 0, "the session ended: stopped: the time limit of 1 s is over");
	saw(&w, "x\n");
	peer_close(&w);
	peer_close(&p);
}

static void
a_connection_of_an_sdk_is_not_shown(void **state)
{
	static const struct bed_want sdk = { .sdk = true };
	struct peer p, w;

	(void)state;
	peer_open(&p, &bed, &sdk);
	ask(&p, &w, 1, false, false);
	hears_left(&p, 1, 70, "there is nothing to watch");
	peer_gone(&w, &w.data);
	peer_close(&w);
	peer_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_client_sees_is_shown_and_recorded),
		cmocka_unit_test(hostile_sequences_stay_away),
		cmocka_unit_test(asciicast_has_all_of_it),
		cmocka_unit_test(a_terminal_gets_its_line_ends_and_q),
		cmocka_unit_test(without_a_terminal_nothing_that_is_typed_counts),
		cmocka_unit_test(other_frames_end_the_watcher_alone),
		cmocka_unit_test(a_flood_of_frames_waits),
		cmocka_unit_test(one_that_does_not_read_is_dropped),
		cmocka_unit_test(more_than_eight_are_too_many),
		cmocka_unit_test(the_monitor_can_end_one),
		cmocka_unit_test(a_stopped_session_says_so),
		cmocka_unit_test(a_connection_of_an_sdk_is_not_shown),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
