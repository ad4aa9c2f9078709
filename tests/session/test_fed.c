#include "tests/support/unit.h"

#include "broker/session/fed.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "tests/session/ptytarget.h"

#define PATIENCE_MS 60000

static struct {
	struct loop *loop;
	struct fed *fed;
	struct buf out;
	char version[64], directory[4128];
	int ready, ended, tripped, over;
	bool full;
	struct fed_end end;
	char new_directory[4128];
	struct target_end last;
} t;

static void
opened(void *arg, const char *id)
{
	(void)arg;
	assert_non_null(strstr(id, "session-"));
}

static void
note(void *arg, const char *what, const char *text)
{
	(void)arg;
	(void)what;
	(void)text;
}

static void
ready(void *arg, const char *version, const char *directory)
{
	(void)arg;
	t.ready++;
	snprintf(t.version, sizeof t.version, "%s", version);
	snprintf(t.directory, sizeof t.directory, "%s", directory);
}

static bool
room(void *arg)
{
	(void)arg;
	return !t.full;
}

static void
output(void *arg, struct span bytes)
{
	(void)arg;
	buf_span_put(&t.out, bytes);
}

static void
ended(void *arg, const struct fed_end *e)
{
	(void)arg;
	t.ended++;
	t.end = *e;
	snprintf(t.new_directory, sizeof t.new_directory, "%s",
	    e->directory != NULL ? e->directory : "none");
}

static void
tripped(void *arg)
{
	(void)arg;
	t.tripped++;
}

static void
over(void *arg, const struct target_end *e)
{
	(void)arg;
	t.over++;
	t.last = *e;
}

static void
wait_for(const int *what, int n)
{
	uint64_t until = clock_mono_ms() + PATIENCE_MS;

	while (*what < n) {
		if (clock_mono_ms() > until)
			fail_msg("nothing came; output: %s", buf_cstr(&t.out));
		assert_int_equal(loop_step(t.loop, 1000, NULL), RC_OK);
	}
}

static void
wait_out(const char *text)
{
	uint64_t until = clock_mono_ms() + PATIENCE_MS;

	while (strstr(buf_cstr(&t.out), text) == NULL) {
		if (clock_mono_ms() > until)
			fail_msg("no %s in: %s", text, buf_cstr(&t.out));
		assert_int_equal(loop_step(t.loop, 1000, NULL), RC_OK);
	}
}

static int
begin(const char *shell)
{
	const struct target_spec spec = {
		.kind = TARGET_TERMINAL, .instance = "i-0abc", .columns = 80, .rows = 24
	};
	const struct fed_owner owner = { .opened = opened,
		.note = note,
		.ready = ready,
		.room = room,
		.output = output,
		.ended = ended,
		.tripped = tripped,
		.over = over };
	struct err err = { "" };

	memset(&t, 0, sizeof t);
	buf_init(&t.out, 1 << 22);
	ptytarget_reset();
	ptytarget.shell = shell;
	assert_int_equal(loop_new(&t.loop, NULL), RC_OK);
	assert_int_equal(
	    fed_open(t.loop, ptytarget_net(t.loop), &spec, &owner, &t.fed, &err),
	    RC_OK);
	return 0;
}

static void
finish(void)
{
	fed_free(t.fed);
	loop_free(t.loop);
	buf_clear(&t.out);
	assert_int_equal(ptytarget.live, 0);
	buf_clear(&ptytarget.written);
}

static void
run(const char *canon)
{
	struct err err = { "" };
	int n = t.ended;

	buf_reset(&t.out);
	if (fed_line(t.fed, span_of(canon), 0, &err) != RC_OK)
		fail_msg("%s: %s", canon, err.text);
	wait_for(&t.ended, n + 1);
}

/* What lines do in one shell. */
static void
use_shell(void)
{
	run("'printf' 'a\\tb\\n'");
	assert_string_equal(buf_cstr(&t.out), "a\tb\r\n");
	assert_int_equal(t.end.status, 0);
	assert_int_equal(t.end.how, FED_DONE);
	run("'false'");
	assert_string_equal(buf_cstr(&t.out), "");
	assert_int_equal(t.end.status, 1);
	run("'sh' -c 'exit 7'");
	assert_int_equal(t.end.status, 7);
	run("'nowhere' x || 'echo' 'it'\\''s' ; 'true' | 'cat'");
	assert_non_null(strstr(buf_cstr(&t.out), "it's\r\n"));
	/* What is there to be read is nothing. */
	run("'cat'");
	assert_string_equal(buf_cstr(&t.out), "");
	/* An open quote of the line's own is no more than text. */
	run("'echo' '$(id) `id` \" ! { ; | #'");
	assert_string_equal(buf_cstr(&t.out), "$(id) `id` \" ! { ; | #\r\n");
}

static void
change_directory(void)
{
	char folder[] = "/tmp/broker-fed-XXXXXX", to[256];
	struct err err = { "" };

	assert_non_null(mkdtemp(folder));
	snprintf(to, sizeof to, "%s/it's ü", folder);
	assert_int_equal(mkdir(to, 0700), 0);
	assert_int_equal(fed_cd(t.fed, span_of(to), &err), RC_OK);
	wait_for(&t.ended, t.ended + 1);
	assert_int_equal(t.end.status, 0);
	assert_string_equal(t.new_directory, to);
	run("'pwd'");
	assert_non_null(strstr(buf_cstr(&t.out), "/it's"));
	assert_int_equal(fed_cd(t.fed, span_of("/nowhere/at/all"), &err), RC_OK);
	wait_for(&t.ended, t.ended + 1);
	assert_int_not_equal(t.end.status, 0);
	assert_string_equal(t.new_directory, to);
	rmdir(to);
	rmdir(folder);
}

/* A name with a line's end at its end, and one with a marker's. */
static void
hostile_directories(void)
{
	static const char *const names[] = { "x\n", "x\a", "x\033]0;y\a" };
	char folder[] = "/tmp/broker-fed-XXXXXX", to[256], link[256];
	struct err err = { "" };

	assert_non_null(mkdtemp(folder));
	for (size_t i = 0; i < ROWS(names); i++) {
		snprintf(to, sizeof to, "%s/%s", folder, names[i]);
		snprintf(link, sizeof link, "%s/link", folder);
		assert_int_equal(mkdir(to, 0700), 0);
		assert_int_equal(symlink(to, link), 0);
		assert_int_equal(fed_cd(t.fed, span_of(link), &err), RC_OK);
		wait_for(&t.ended, t.ended + 1);
		assert_string_equal(t.new_directory, "");
		unlink(link);
		rmdir(to);
	}
	rmdir(folder);
	assert_int_equal(fed_cd(t.fed, span_of("/"), &err), RC_OK);
	wait_for(&t.ended, t.ended + 1);
	assert_string_equal(t.new_directory, "/");
}

/* A shell may miss an interrupt that comes while it starts a program, and may heed one
 * twice: its user presses the key again, as in any terminal. */
static void
press_until(int n)
{
	uint64_t until = clock_mono_ms() + PATIENCE_MS, again = 0;

	while (t.ended < n) {
		if (clock_mono_ms() > until)
			fail_msg("it does not end: %s", buf_cstr(&t.out));
		if (clock_mono_ms() >= again) {
			fed_signal(t.fed, SIGINT);
			again = clock_mono_ms() + 500;
		}
		assert_int_equal(loop_step(t.loop, 100, NULL), RC_OK);
	}
}

static void
run_after_interrupt(const char *canon, const char *want)
{
	for (int i = 0; i < 5; i++) {
		uint64_t until = clock_mono_ms() + 1000;
		int n = t.ended;

		buf_reset(&t.out);
		assert_int_equal(fed_line(t.fed, span_of(canon), 0, NULL), RC_OK);
		while (t.ended == n && clock_mono_ms() < until)
			assert_int_equal(loop_step(t.loop, 100, NULL), RC_OK);
		if (t.ended == n)
			press_until(n + 1);
		else if (strcmp(buf_cstr(&t.out), want) == 0 && t.end.status == 0)
			return;
	}
	fail_msg("%s gives %s", canon, buf_cstr(&t.out));
}

/* The rest of a line does not run, and the next one does. */
static void
interrupt(void)
{
	for (int i = 0; i < 3; i++) {
		int n = t.ended;

		buf_reset(&t.out);
		assert_int_equal(
		    fed_line(t.fed,
			span_of("'echo' begun ; 'sleep' 600 ; 'echo' after"), 0, NULL),
		    RC_OK);
		wait_out("begun");
		press_until(n + 1);
		assert_null(strstr(buf_cstr(&t.out), "after"));
		assert_int_equal(t.end.status, 130);
		run_after_interrupt("'echo' next", "next\r\n");
	}
	/* At once, before the shell has read the line. */
	for (int i = 0; i < 5; i++) {
		int n = t.ended;

		assert_int_equal(
		    fed_line(t.fed, span_of("'sleep' 600"), 0, NULL), RC_OK);
		fed_signal(t.fed, SIGINT);
		press_until(n + 1);
	}
	fed_signal(t.fed, SIGINT); /* nothing runs: nothing is sent */
	run_after_interrupt("'echo' well", "well\r\n");
}

static void
in_a_shell(const char *shell)
{
	begin(shell);
	wait_for(&t.ready, 1);
	assert_int_equal(t.directory[0], '/');
	assert_int_equal(t.out.len, 0);
	use_shell();
	change_directory();
	hostile_directories();
	interrupt();
	fed_stop(t.fed);
	wait_for(&t.over, 1);
	assert_int_equal(t.last.how, TARGET_ENDED);
	assert_int_equal(t.tripped, 0);
	finish();
}

static void
bash_is_fed(void **state)
{
	(void)state;
	in_a_shell(NULL);
	assert_int_equal(t.version[0], '5');
}

static void
dash_is_fed(void **state)
{
	(void)state;
	in_a_shell("/bin/dash");
	assert_string_equal(t.version, "sh");
}

static void
busybox_is_fed(void **state)
{
	(void)state;
	if (access("/bin/busybox", X_OK) != 0)
		skip();
	in_a_shell("/bin/busybox ash");
}

/* The longest line there can be, also where a terminal cuts. */
static void
the_longest_line_runs(void **state)
{
	static const char *const shells[] = { NULL, "/bin/dash" };
	char text[4001];

	(void)state;
	for (size_t i = 0; i < ROWS(shells); i++) {
		begin(shells[i]);
		wait_for(&t.ready, 1);
		memset(text, 'x', sizeof text);
		memcpy(text, "'echo' ", 7);
		text[2000] = text[3000] = ' ';
		text[4000] = '\0';
		run(text);
		assert_int_equal(t.out.len, 4000 - 7 + 2);
		finish();
	}
}

/* Markers that a program prints: old ones, guessed ones, parts of one. */
static void
forged_markers_are_output(void **state)
{
	char line[512];
	const char *nonce;

	(void)state;
	begin(NULL);
	wait_for(&t.ready, 1);
	run("'true'");
	nonce = strstr(buf_cstr(&ptytarget.written), "]7707;") + 6;
	for (const char *p; (p = strstr(nonce, "]7707;")) != NULL;)
		nonce = p + 6;
	snprintf(line, sizeof line,
	    "'printf' '\\033]7707;%.32s;0\\007' ; 'sleep' 0.2 ; 'echo' end", nonce);
	run(line);
	assert_non_null(strstr(buf_cstr(&t.out), "end\r\n"));
	run("'printf' '\\033]7707;00112233445566778899aabbccddeeff;0\\007' ; 'echo' "
	    "end");
	assert_non_null(strstr(buf_cstr(&t.out), "end\r\n"));
	run("'printf' '\\033]7707;' ; 'echo' end");
	assert_non_null(strstr(buf_cstr(&t.out), "end\r\n"));
	finish();
}

/* Should a shell ask for more of a line, it is over. */
static void
the_tripwire_ends_it(void **state)
{
	(void)state;
	begin(NULL);
	wait_for(&t.ready, 1);
	/* What no line of ours can do: text that a shell takes for the beginning of one. */
	assert_int_equal(fed_line(t.fed, span_of("'sleep' 1"), 0, NULL), RC_OK);
	ptytarget_type("echo 'open\n");
	wait_for(&t.tripped, 1);
	wait_for(&t.over, 1);
	assert_int_equal(t.tripped, 1);
	assert_int_equal(t.last.how, TARGET_ENDED);
	assert_int_equal(fed_line(t.fed, span_of("'true'"), 0, NULL), RC_REFUSE);
	finish();
}

static void
a_line_has_its_time(void **state)
{
	(void)state;
	begin(NULL);
	wait_for(&t.ready, 1);
	assert_int_equal(fed_line(t.fed, span_of("'sleep' 600"), 50, NULL), RC_OK);
	wait_for(&t.ended, 1);
	assert_int_equal(t.end.how, FED_STOPPED);
	/* One that will not hear: the shell goes with it. */
	assert_int_equal(
	    fed_line(t.fed,
		span_of("'sh' -c 'trap \"\" INT QUIT; sleep 600 & wait; sleep 600'"),
		50, NULL),
	    RC_OK);
	wait_for(&t.over, 1);
	assert_int_equal(t.last.how, TARGET_ENDED);
	assert_string_equal(t.last.text, "a line would not end in its time");
	finish();
}

static void
what_is_no_line_is_refused(void **state)
{
	(void)state;
	begin(NULL);
	assert_int_equal(fed_line(t.fed, span_of("'true'"), 0, NULL), RC_REFUSE);
	wait_for(&t.ready, 1);
	assert_int_equal(fed_line(t.fed, span_of("true"), 0, NULL), RC_REFUSE);
	assert_int_equal(fed_line(t.fed, span_of("'true'; }"), 0, NULL), RC_REFUSE);
	assert_int_equal(fed_cd(t.fed, span_of("x"), NULL), RC_REFUSE);
	assert_int_equal(fed_line(t.fed, span_of("'true'"), 0, NULL), RC_OK);
	assert_int_equal(fed_line(t.fed, span_of("'true'"), 0, NULL), RC_REFUSE);
	wait_for(&t.ended, 1);
	finish();
}

/* Output waits while there is no room, and nothing of it is lost. */
static void
output_waits_for_room(void **state)
{
	(void)state;
	begin(NULL);
	wait_for(&t.ready, 1);
	t.full = true;
	assert_int_equal(fed_line(t.fed, span_of("'seq' 1 20000"), 0, NULL), RC_OK);
	for (int i = 0; i < 20; i++)
		assert_int_equal(loop_step(t.loop, 10, NULL), RC_OK);
	assert_int_equal(t.out.len, 0);
	t.full = false;
	fed_more(t.fed);
	wait_for(&t.ended, 1);
	assert_non_null(strstr(buf_cstr(&t.out), "\n19999\r\n20000\r\n"));
	finish();
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(bash_is_fed),
		cmocka_unit_test(dash_is_fed),
		cmocka_unit_test(busybox_is_fed),
		cmocka_unit_test(the_longest_line_runs),
		cmocka_unit_test(forged_markers_are_output),
		cmocka_unit_test(the_tripwire_ends_it),
		cmocka_unit_test(a_line_has_its_time),
		cmocka_unit_test(what_is_no_line_is_refused),
		cmocka_unit_test(output_waits_for_room),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
