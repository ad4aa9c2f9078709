#include "tests/support/unit.h"

#include "broker/session/shell.h"

#include <ctype.h>
#include <jansson.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/model/status.h"
#include "policies/shell.h"
#include "tests/session/ptytarget.h"

#define PATIENCE_MS 60000
#define ASKS 256

/* What the monitor of the test says to a line: by how the line begins. */
struct rule {
	const char *begins;
	uint8_t effect, how;
	uint8_t form; /* 0: canonical */
	uint64_t run_ms, output_max, idle_ms;
};

static struct {
	struct loop *loop;
	struct shell *shell;
	struct masking *masking;
	bool broken;
	const struct rule *rules;
	size_t nrules;
	struct timer *answer;
	struct buf shown, records;
	uint32_t asked[ASKS], answered, nasked, gone[ASKS], ngone;
	char lines[ASKS][SHELL_LINE + 1], places[ASKS][256];
	bool over, deaf, fail_record, silent;
	struct shell_end end;
	unsigned opened, closed;
} t;

static size_t
show(void *arg, struct span bytes)
{
	(void)arg;
	if (t.deaf)
		return 0;
	buf_span_put(&t.shown, bytes);
	return bytes.len;
}

static enum rc
ask(void *arg, uint32_t line, const struct msg_line_ask *m)
{
	(void)arg;
	assert_true(t.nasked < ASKS);
	assert_true(t.nasked == 0 || line > t.asked[t.nasked - 1]);
	t.asked[t.nasked] = line;
	assert_true(span_copy(m->line, t.lines[t.nasked], sizeof t.lines[0]));
	assert_true(span_copy(m->directory, t.places[t.nasked], sizeof t.places[0]));
	t.nasked++;
	if (!t.silent)
		timer_set(t.answer, 0);
	return RC_OK;
}

static enum rc
gone(void *arg, uint32_t line)
{
	(void)arg;
	t.gone[t.ngone++] = line;
	return RC_OK;
}

static enum rc
record(void *arg, const char *json)
{
	json_t *j = json_loads(json, 0, NULL);

	(void)arg;
	assert_true(json_is_object(j));
	assert_true(json_is_string(json_object_get(j, "t")));
	json_decref(j);
	if (t.fail_record)
		return RC_FAIL;
	buf_text(&t.records, json);
	buf_text(&t.records, "\n");
	return RC_OK;
}

static void
at(void *arg, uint8_t state, const char *id)
{
	(void)arg;
	assert_non_null(strstr(id, "session-"));
	if (state == REMOTE_OPENED)
		t.opened++;
	else
		t.closed++;
}

static void
broken(void *arg, const struct err *err)
{
	(void)arg;
	assert_int_not_equal(err->text[0], 0);
	t.broken = true;
}

static void
over(void *arg, const struct shell_end *end)
{
	(void)arg;
	assert_false(t.over);
	t.over = true;
	t.end = *end;
}

/* The canonical text of what was typed; the monitor's work. */
static void
canon_of(const char *line, struct buf *out)
{
	struct arena *a = arena_new(SHELL_ARENA);
	struct shell_line l;

	assert_int_equal(shell_read(span_of(line), a, &l, NULL), RC_OK);
	if (l.undecidable == SHELL_FINE)
		shell_canon(&l, out);
	else
		buf_text(out, line);
	arena_free(a);
}

static const struct rule *
judge(const char *line)
{
	static const struct rule no = { "", VERDICT_DENY, 0, 0, 0, 0, 0 };

	for (size_t i = 0; i < t.nrules; i++)
		if (strncmp(line, t.rules[i].begins, strlen(t.rules[i].begins)) == 0)
			return &t.rules[i];
	return &no;
}

static void
say(uint32_t i, uint8_t effect, const struct rule *r)
{
	struct msg_line_says m = { .effect = effect, .rule = span_of("test/rule") };
	struct err err = { "" };
	struct buf text;

	buf_init(&text, SHELL_LINE + 1);
	canon_of(t.lines[i], &text);
	m.why =
	    span_of(effect == VERDICT_DENY   ? "denied: by rule test/rule: no"
		    : effect == VERDICT_HOLD ? "held: 7F3K-Q2MX needs 1 of group sre"
					     : "");
	m.hold = span_of(effect == VERDICT_HOLD ? "7F3K-Q2MX" : "");
	if (effect == VERDICT_ALLOW) {
		m.how = r->how;
		m.form = r->form != 0 ? r->form : LINE_CANON;
		m.text = r->how == LINE_DIRECTORY ? span_of(t.lines[i] + 3)
			 : m.form == LINE_BYTES	  ? span_of(t.lines[i])
						  : buf_span(&text);
		m.run_ms = r->run_ms;
		m.output_max = r->output_max;
		m.idle_ms = r->idle_ms;
	}
	if (shell_says(t.shell, t.asked[i], &m, &err) != RC_OK)
		fail_msg("%s", err.text);
	buf_clear(&text);
}

static void
answer_now(void *arg)
{
	(void)arg;
	while (t.answered < t.nasked && !t.over) {
		uint32_t i = t.answered++;
		const struct rule *r = judge(t.lines[i]);

		say(i, r->effect, r);
	}
}

static void
begin_with(const struct rule *rules, size_t n, bool single, bool start)
{
	const struct msg_remote m = { .kind = REMOTE_SHELL,
		.instance = span_of("i-0abc"),
		.name = span_of("web-1"),
		.document = span_of("AWS-StartInteractiveCommand"),
		.command_document = span_of("AWS-StartNonInteractiveCommand"),
		.single = single,
		.hints = span_of("echo -n\nuptime\n") };
	const struct masking_init masking = { .pace = MASK_INTERACTIVE };
	struct shell_owner owner = { .show = show,
		.ask = ask,
		.gone = gone,
		.record = record,
		.failed = broken,
		.at = at,
		.over = over };

	memset(&t, 0, sizeof t);
	buf_init(&t.shown, 1 << 24);
	buf_init(&t.records, 1 << 22);
	t.rules = rules;
	t.nrules = n;
	ptytarget_reset();
	assert_int_equal(masking_new(&masking, &t.masking, NULL), RC_OK);
	owner.masking = t.masking;
	assert_int_equal(loop_new(&t.loop, NULL), RC_OK);
	t.answer = loop_timer(t.loop, answer_now, NULL);
	assert_int_equal(shell_new(t.loop, ptytarget_net(t.loop), &m, 80, 24, &owner,
			     &t.shell, NULL),
	    RC_OK);
	if (start)
		shell_start(t.shell);
}

static void
finish(void)
{
	shell_free(t.shell);
	masking_free(t.masking);
	timer_free(t.answer);
	loop_free(t.loop);
	buf_clear(&t.shown);
	buf_clear(&t.records);
	assert_int_equal(ptytarget.live, 0);
	buf_clear(&ptytarget.written);
}

static void
wait_shown(const char *text)
{
	uint64_t until = clock_mono_ms() + PATIENCE_MS;

	while (strstr(buf_cstr(&t.shown), text) == NULL) {
		if (clock_mono_ms() > until || t.over)
			fail_msg("no \"%s\" in: %s\n%s", text, buf_cstr(&t.shown),
			    t.end.text);
		assert_int_equal(loop_step(t.loop, 1000, NULL), RC_OK);
	}
}

static void
wait_over(void)
{
	uint64_t until = clock_mono_ms() + PATIENCE_MS;

	while (!t.over) {
		if (clock_mono_ms() > until)
			fail_msg("it does not end: %s", buf_cstr(&t.shown));
		assert_int_equal(loop_step(t.loop, 1000, NULL), RC_OK);
	}
	assert_int_equal(t.opened, t.closed);
}

static void
wait_opened(unsigned n)
{
	uint64_t until = clock_mono_ms() + PATIENCE_MS;

	while (t.opened < n) {
		assert_true(clock_mono_ms() < until);
		assert_int_equal(loop_step(t.loop, 1000, NULL), RC_OK);
	}
}

/* What is due at once, and no more. */
static void
turn(int n)
{
	for (int i = 0; i < n; i++)
		assert_int_equal(loop_step(t.loop, 5, NULL), RC_OK);
}

static void
wait_prompt(void)
{
	wait_shown("$ ");
	buf_reset(&t.shown);
}

static void
type(const char *text)
{
	shell_input(t.shell, span_of(text));
}

static bool
was_written(const char *text)
{
	return strstr(buf_cstr(&ptytarget.written), text) != NULL;
}

static const struct rule usual[] = {
	{ "echo", VERDICT_ALLOW, LINE_USUAL, 0, 0, 0, 0 },
	{ "printf", VERDICT_ALLOW, LINE_USUAL, 0, 0, 0, 0 },
	{ "sleep", VERDICT_ALLOW, LINE_USUAL, 0, 0, 0, 0 },
	{ "sh ", VERDICT_ALLOW, LINE_USUAL, 0, 0, 0, 0 },
	{ "pwd", VERDICT_ALLOW, LINE_USUAL, 0, 0, 0, 0 },
	{ "cd ", VERDICT_ALLOW, LINE_DIRECTORY, 0, 0, 0, 0 },
	{ "seq", VERDICT_ALLOW, LINE_USUAL, 0, 0, 100, 0 },
	{ "slow", VERDICT_ALLOW, LINE_USUAL, 0, 100, 0, 0 },
	{ "hold", VERDICT_HOLD, LINE_USUAL, 0, 0, 0, 0 },
	{ "for", VERDICT_ALLOW, LINE_ALONE, LINE_BYTES, 0, 0, 0 },
	{ "cat", VERDICT_ALLOW, LINE_PROGRAM, 0, 0, 0, 0 },
	{ "head", VERDICT_ALLOW, LINE_PROGRAM, 0, 0, 0, 0 },
	{ "tail", VERDICT_ALLOW, LINE_PROGRAM, 0, 0, 0, 50 },
};

static void
begin(bool single)
{
	begin_with(usual, ROWS(usual), single, true);
}

static void
lines_run_and_tell_their_status(void **state)
{
	(void)state;
	for (int single = 0; single < 2; single++) {
		begin(single);
		wait_shown(single ? "web-1 [gated, single]$ " : " [gated]$ ");
		type("echo 'a b' c\r");
		wait_shown("\r\na b c\r\n");
		assert_string_equal(t.lines[0], "echo 'a b' c");
		wait_prompt();
		type("sh -c 'echo to err >&2; exit 3'\r");
		wait_shown("to err\r\n");
		wait_shown(single ? "single] (3)$ " : "[gated] (3)$ ");
		type("exit\r");
		wait_over();
		assert_int_equal(t.end.how, HOW_EXIT);
		assert_int_equal(t.end.code, 3);
		assert_false(t.end.lost);
		assert_non_null(strstr(buf_cstr(&t.records), "\"t\":\"line.end\""));
		finish();
	}
}

/* However its pieces come.  Keys are shown at once, and as they are. */
static void
what_a_target_says_is_masked(void **state)
{
	(void)state;
	for (int single = 0; single < 2; single++) {
		begin(single);
		wait_prompt();
		type("password=hunter2hunter2");
		assert_non_null(strstr(buf_cstr(&t.shown), "hunter2hunter2"));
		type("\003");
		wait_prompt();
		type("sh -c 'echo password=hun''ter2hun''ter2'\r");
		wait_shown("\r\npassword=[MASKED:field]\r\n");
		wait_prompt();
		assert_null(strstr(buf_cstr(&t.shown), "ter2hunter2"));
		type("sh -c 'printf AKIA''Q3EG; sleep 0.001; echo HUBRTZ''4WXN5P'\r");
		wait_prompt();
		assert_null(strstr(buf_cstr(&t.shown), "HUBRTZ4WXN5P"));
		finish();
	}
}

/* Text that may become a secret is held for a moment, or to the line's end. */
static void
what_is_held_comes(void **state)
{
	(void)state;
	for (int single = 0; single < 2; single++) {
		begin(single);
		wait_prompt();
		type("sh -c 'printf AKIA''Q3EG; sleep 600'\r");
		wait_shown("\r\nAKIAQ3EG");
		type("\003");
		wait_prompt();
		type("printf AKIA''Q3EG\r");
		wait_shown("\r\nAKIAQ3EG\r\n");
		wait_prompt();
		finish();
	}
}

static void
what_a_program_says_is_masked(void **state)
{
	(void)state;
	begin(false);
	wait_prompt();
	type("cat\r");
	turn(10);
	type("password=hunter2hunter2\r");
	wait_shown("password=[MASKED:field]\r\npassword=[MASKED:field]\r\n");
	assert_null(strstr(buf_cstr(&t.shown), "hunter2"));
	type("\004");
	wait_prompt();
	finish();
}

/* Nothing of it is shown, and who ends the session is told. */
static void
what_cannot_be_masked_is_not_shown(void **state)
{
	struct err err = { "" };

	(void)state;
	begin(true);
	wait_prompt();
	assert_int_equal(masking_names(t.masking, span_of("nosuch"), &err), RC_REFUSE);
	type("echo a''b\r");
	for (int i = 0; !t.broken; i++) {
		assert_in_range(i, 0, 20000);
		turn(1);
	}
	wait_prompt();
	assert_null(strstr(buf_cstr(&t.shown), "\r\nab"));
	finish();
}

static void
ends_of_all_kinds(void **state)
{
	static const struct {
		const char *keys;
		uint8_t code;
	} ends[] = { { "\004", 0 }, { "logout\r", 0 }, { "exit 7\r", 7 },
		{ "  exit  \r", 0 }, { "exit 300\r", 44 } };

	(void)state;
	for (size_t i = 0; i < ROWS(ends); i++) {
		begin(true);
		type(ends[i].keys);
		wait_over();
		assert_int_equal(t.end.code, ends[i].code);
		assert_int_equal(t.nasked, 0);
		finish();
	}
	begin(true);
	type("exit x\rexit 1 2\rexit 1234\r");
	wait_shown("three digits");
	assert_false(t.over);
	shell_stop(t.shell);
	wait_over();
	finish();
}

static void
the_shells_own_commands(void **state)
{
	(void)state;
	begin(true);
	type("help\r");
	wait_shown("uptime");
	wait_shown("cd  exit  help");
	type("echo one\r");
	wait_shown("\r\none\r\n");
	type("refused\r");
	wait_shown("denied");
	type("history\r");
	wait_shown("    1  echo one\r\n");
	assert_null(strstr(buf_cstr(&t.shown), "  refused\r\n"));
	/* Only so and not otherwise: with operators it is a line like any other. */
	type("help | echo\r");
	turn(3);
	assert_string_equal(t.lines[t.nasked - 1], "help | echo");
	finish();
}

static void
refused_lines_do_not_arrive(void **state)
{
	size_t before;

	(void)state;
	begin(false);
	wait_prompt();
	before = ptytarget.written.len;
	type("rm -rf /\r");
	wait_shown("broker: denied: by rule test/rule: no\r\n");
	wait_shown("(77)$ ");
	assert_int_equal(ptytarget.written.len, before);
	assert_int_equal(ptytarget.opened, 1);
	assert_non_null(strstr(buf_cstr(&t.records), "\"verdict\":\"deny\""));
	finish();
}

/* Nothing that is typed reaches the target before it is a line that was let through. */
static void
keys_do_not_arrive(void **state)
{
	size_t before;

	(void)state;
	begin(false);
	wait_prompt();
	before = ptytarget.written.len;
	type("echo x\001\005\033[A\033[B\t\032\026\003abc\177\025");
	turn(10);
	assert_int_equal(ptytarget.written.len, before);
	finish();
}

static void
a_paste_stops_at_the_first_no(void **state)
{
	(void)state;
	for (int bracketed = 0; bracketed < 2; bracketed++) {
		begin(false);
		wait_prompt();
		type(bracketed ? "\033[200~" : "");
		type("echo line-1\recho line-2\rrm line-3\recho line-4\recho line-5\r");
		type(bracketed ? "\033[201~" : "");
		wait_shown("denied");
		wait_shown(bracketed ? "2 pasted lines are dropped"
				     : "typed ahead is dropped");
		wait_shown("(77)$ ");
		turn(20);
		assert_int_equal(t.nasked, 3);
		assert_true(was_written("line-1"));
		assert_true(was_written("line-2"));
		assert_false(was_written("line-3"));
		assert_false(was_written("line-4"));
		assert_false(was_written("line-5"));
		finish();
	}
}

static void
held_lines_wait(void **state)
{
	(void)state;
	begin(false);
	wait_prompt();
	type("hold it\r");
	wait_shown("broker: held: 7F3K-Q2MX needs 1 of group sre\r\n");
	wait_shown("^C withdraws");
	turn(5);
	assert_false(was_written("hold"));
	say(0, VERDICT_ALLOW, &usual[0]);
	wait_shown("(127)$ ");
	assert_true(was_written("'hold' it"));
	/* A second answer to the same line runs nothing. */
	buf_reset(&ptytarget.written);
	say(0, VERDICT_ALLOW, &usual[0]);
	turn(10);
	assert_int_equal(ptytarget.written.len, 0);
	/* One that is denied by people. */
	type("hold two\r");
	turn(5);
	say(1, VERDICT_DENY, NULL);
	wait_shown("(77)$ ");
	assert_false(was_written("two"));
	finish();
}

static void
withdrawn_lines_never_run(void **state)
{
	(void)state;
	begin(false);
	wait_prompt();
	buf_reset(&ptytarget.written);
	type("hold it\r");
	wait_shown("^C withdraws");
	type("x\003");
	wait_shown("withdrawn");
	wait_shown("(130)$ ");
	assert_int_equal(t.ngone, 1);
	assert_int_equal(t.gone[0], t.asked[0]);
	say(0, VERDICT_ALLOW, &usual[0]);
	turn(10);
	assert_int_equal(ptytarget.written.len, 0);
	/* While it is only asked about. */
	t.silent = true;
	type("echo x\r\003");
	assert_int_equal(t.ngone, 2);
	type("echo y\r");
	say(1, VERDICT_ALLOW, &usual[0]);
	turn(10);
	assert_int_equal(ptytarget.written.len, 0);
	say(2, VERDICT_ALLOW, &usual[0]);
	wait_shown("\r\ny\r\n");
	assert_false(was_written("'echo' x"));
	finish();
}

static void
answers_that_cannot_be(void **state)
{
	struct msg_line_says m = { .effect = VERDICT_ALLOW,
		.how = LINE_USUAL,
		.form = LINE_CANON,
		.text = span_of("'echo' x") };

	(void)state;
	begin(true);
	assert_int_equal(shell_says(t.shell, 0, &m, NULL), RC_REFUSE);
	assert_int_equal(shell_says(t.shell, 1, &m, NULL), RC_REFUSE);
	t.silent = true;
	type("echo x\r");
	m.form = LINE_BYTES;
	assert_int_equal(shell_says(t.shell, 1, &m, NULL), RC_REFUSE);
	m.form = LINE_CANON;
	m.how = 0;
	assert_int_equal(shell_says(t.shell, 1, &m, NULL), RC_REFUSE);
	m.how = LINE_DIRECTORY + 1;
	assert_int_equal(shell_says(t.shell, 1, &m, NULL), RC_REFUSE);
	m.how = LINE_USUAL;
	m.text = span_of("");
	assert_int_equal(shell_says(t.shell, 1, &m, NULL), RC_REFUSE);
	m.effect = VERDICT_VERB;
	assert_int_equal(shell_says(t.shell, 1, &m, NULL), RC_REFUSE);
	/* What is not canonical is not sent. */
	m.effect = VERDICT_ALLOW;
	m.text = span_of("echo $(id)");
	assert_int_equal(shell_says(t.shell, 1, &m, NULL), RC_OK);
	wait_shown("not run");
	assert_int_equal(ptytarget.opened, 0);
	finish();
}

static void
what_cannot_be_recorded_does_not_run(void **state)
{
	(void)state;
	begin(false);
	wait_prompt();
	buf_reset(&ptytarget.written);
	t.fail_record = true;
	type("echo x\r");
	wait_over();
	assert_int_equal(t.end.code, STATUS_FAILED);
	assert_int_equal(ptytarget.written.len, 0);
	finish();
}

static void
directories_are_kept(void **state)
{
	char folder[] = "/tmp/broker-shell-XXXXXX", text[300];

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (int single = 0; single < 2; single++) {
		begin(single);
		wait_prompt();
		snprintf(text, sizeof text, "cd %s\r", folder);
		type(text);
		snprintf(text, sizeof text, "web-1:%s [gated", folder);
		wait_shown(text);
		buf_reset(&t.shown);
		type("pwd\r");
		snprintf(text, sizeof text, "\r\n%s\r\n", folder);
		wait_shown(text);
		assert_string_equal(t.places[1], folder);
		wait_shown("$ ");
		buf_reset(&t.shown);
		type("cd /nowhere/x\r");
		wait_shown("/nowhere/x");
		wait_shown(")$ ");
		type("pwd\r");
		turn(3);
		assert_string_equal(t.places[3], folder);
		finish();
	}
	rmdir(folder);
}

/* Where nobody can say in text: the shell does not stay there. */
static void
hostile_directories_are_left(void **state)
{
	char folder[] = "/tmp/broker-shell-XXXXXX", to[100], link[100], text[300];

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(to, sizeof to, "%s/x\n", folder);
	snprintf(link, sizeof link, "%s/link", folder);
	assert_int_equal(mkdir(to, 0700), 0);
	assert_int_equal(symlink(to, link), 0);
	for (int single = 0; single < 2; single++) {
		begin(single);
		wait_prompt();
		type("cd /\r");
		wait_shown("web-1:/ [gated");
		wait_prompt();
		snprintf(text, sizeof text, "cd %s\r", link);
		type(text);
		wait_shown("cannot be shown");
		wait_shown("(1)$ ");
		buf_reset(&t.shown);
		type("pwd\r");
		wait_shown("\r\n/\r\n");
		assert_string_equal(t.places[2], "/");
		finish();
	}
	unlink(link);
	rmdir(to);
	rmdir(folder);
}

static void
interrupts_reach_what_runs(void **state)
{
	(void)state;
	for (int single = 0; single < 2; single++) {
		uint64_t until = clock_mono_ms() + PATIENCE_MS;

		begin(single);
		wait_prompt();
		type("sh -c 'echo begun; exec sleep 600'\r");
		wait_shown("\r\nbegun\r\n");
		buf_reset(&t.shown);
		while (strstr(buf_cstr(&t.shown), "$ ") == NULL) {
			assert_true(clock_mono_ms() < until);
			type("\003");
			for (int i = 0; i < 50; i++)
				assert_int_equal(loop_step(t.loop, 10, NULL), RC_OK);
		}
		type("echo next\r");
		wait_shown("next\r\n");
		finish();
	}
}

static void
typed_ahead_is_kept(void **state)
{
	char many[SHELL_LINE + 2000];

	(void)state;
	begin(false);
	wait_prompt();
	type("sleep 0.3\rech");
	type("o ahead\r");
	wait_shown("\r\nahead\r\n");
	assert_int_equal(t.nasked, 2);
	/* Bounded, and never for what runs. */
	memset(many, 'x', sizeof many - 1);
	many[sizeof many - 1] = '\0';
	buf_reset(&t.shown);
	type("sleep 0.3\r");
	type(many);
	wait_shown("xxxxxxxxxx");
	assert_false(was_written("xxxxxxxxxx"));
	finish();
}

static void
output_can_be_held(void **state)
{
	(void)state;
	begin(true);
	wait_prompt();
	type("\023echo x\r");
	turn(50);
	assert_int_equal(t.shown.len, 0);
	type("\021");
	wait_shown("x\r\n");
	finish();
}

/* Approved bytes run alone, and leave the fed shell as it was. */
static void
approved_bytes_run_alone(void **state)
{
	(void)state;
	begin(false);
	wait_prompt();
	buf_reset(&ptytarget.written);
	type("for i in 1 2 3; do echo n$i; done\r");
	wait_shown("n1\r\nn2\r\nn3\r\n");
	wait_prompt();
	assert_int_equal(ptytarget.opened, 2);
	assert_int_equal(ptytarget.kinds[1], TARGET_COMMAND);
	assert_int_equal(ptytarget.written.len, 0);
	finish();
}

static void
programs_have_the_terminal(void **state)
{
	(void)state;
	begin(false);
	wait_prompt();
	buf_reset(&t.shown);
	type("cat\r");
	wait_opened(2);
	/* By its first byte it is known to have begun. */
	wait_shown("\n\r");
	assert_int_equal(ptytarget.kinds[1], TARGET_TERMINAL);
	assert_null(strstr(ptytarget.commands[1], "env -i"));
	assert_non_null(strstr(ptytarget.commands[1], "exec 'cat'"));
	type("hello\r");
	wait_shown("hello\r\nhello\r\n");
	type("\004");
	wait_shown("[gated]$ ");
	assert_non_null(
	    strstr(buf_cstr(&t.records), "\"t\":\"program\",\"what\":\"begin\""));
	assert_non_null(
	    strstr(buf_cstr(&t.records), "\"t\":\"program\",\"what\":\"end\""));
	type("echo back\r");
	wait_shown("\r\nback\r\n");
	finish();
}

/* Keys that come while a program ends: they are for nobody, and never for a shell. */
static void
late_keys_go_nowhere(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++) {
		begin(false);
		wait_prompt();
		type("head -n 1\r");
		wait_opened(2);
		buf_reset(&ptytarget.written);
		type("\r");
		for (int k = 0; k < 20; k++) {
			type("touch /tmp/never\r");
			if (strstr(buf_cstr(&t.shown), "[gated]$ ") != NULL)
				break;
			turn(1);
		}
		wait_shown("[gated]");
		turn(5);
		/* What was typed after the prompt was a line, and denied. */
		for (uint32_t n = 1; n < t.nasked; n++)
			assert_non_null(strstr(t.lines[n], "never"));
		assert_null(strstr(buf_cstr(&ptytarget.written), "{ "));
		assert_int_equal(access("/tmp/never", F_OK), -1);
		finish();
	}
}

static void
idle_programs_are_ended(void **state)
{
	(void)state;
	begin(false);
	wait_prompt();
	type("tail -f /dev/null\r");
	wait_shown("no key for too long");
	wait_shown("(137)$ ");
	assert_non_null(strstr(buf_cstr(&t.records), "\"how\":\"idle\""));
	finish();
}

static void
output_is_bounded(void **state)
{
	(void)state;
	for (int single = 0; single < 2; single++) {
		begin(single);
		wait_prompt();
		type("seq 1 1000000\r");
		wait_shown("more output than this line may have");
		wait_shown(")$ ");
		assert_true(t.shown.len < 1000);
		assert_non_null(strstr(buf_cstr(&t.records), "\"how\":\"output\""));
		buf_reset(&t.shown);
		type("echo next\r");
		wait_shown("\r\nnext\r\n");
		finish();
	}
}

/* Time is over: interrupted, and where that does not help, the shell is replaced. */
static void
lines_have_their_time(void **state)
{
	static const struct rule rules[] = {
		{ "sleep", VERDICT_ALLOW, LINE_USUAL, 0, 100, 0, 0 },
		{ "sh ", VERDICT_ALLOW, LINE_USUAL, 0, 100, 0, 0 },
		{ "echo", VERDICT_ALLOW, LINE_USUAL, 0, 0, 0, 0 },
	};

	(void)state;
	begin_with(rules, ROWS(rules), false, true);
	wait_prompt();
	type("sh -c 'trap \"\" INT QUIT; sleep 600; sleep 600'\r");
	wait_shown("a new shell is opened");
	wait_shown("(137)$ ");
	assert_non_null(strstr(buf_cstr(&t.records), "\"how\":\"time\""));
	type("echo well\r");
	wait_shown("\r\nwell\r\n");
	assert_int_equal(ptytarget.opened, 2);
	finish();
	begin_with(rules, ROWS(rules), true, true);
	type("sleep 600\r");
	wait_shown("time is over");
	wait_shown("(137)$ ");
	finish();
}

static void
hostile_output_is_filtered(void **state)
{
	static const char *const lines[] = {
		"printf 'A\\033]52;c;eA==\\007B\\n'\r",
		"printf 'A\\033]0;title\\007B\\n'\r",
		"printf 'A\\033[6n\\005B\\n'\r",
		"printf 'A\\033]7707;00112233445566778899aabbccddeeff;0\\007B\\n'\r",
		"printf 'A\\033P$q\\033\\\\B\\n'\r",
	};

	(void)state;
	for (int single = 0; single < 2; single++) {
		begin(single);
		for (size_t i = 0; i < ROWS(lines); i++) {
			wait_prompt();
			type(lines[i]);
			wait_shown("\r\nAB\r\n");
		}
		finish();
	}
}

static void
markers_are_never_shown(void **state)
{
	(void)state;
	begin(false);
	wait_prompt();
	type("echo a\recho b\rsh -c 'exit 2'\recho c\r");
	wait_shown("\r\nc\r\n");
	wait_shown("[gated]$ ");
	assert_null(strstr(buf_cstr(&t.shown), "7707"));
	assert_null(strstr(buf_cstr(&t.shown), "stty"));
	assert_null(strstr(buf_cstr(&t.shown), "bash"));
	finish();
}

static void
the_tripwire_ends_the_session(void **state)
{
	(void)state;
	begin(false);
	wait_prompt();
	type("sleep 1\r");
	turn(5);
	ptytarget_type("echo 'open\n");
	wait_over();
	assert_int_equal(t.end.code, STATUS_FAILED);
	assert_non_null(strstr(t.end.text, "otherwise than the broker"));
	assert_non_null(strstr(buf_cstr(&t.records), "\"t\":\"tripwire\""));
	finish();
}

static void
targets_are_lost_and_refused(void **state)
{
	(void)state;
	begin(false);
	wait_prompt();
	ptytarget_note("lost", "closed");
	wait_shown("connection lost, trying again");
	ptytarget_note("resumed", "");
	wait_shown("connected again");
	ptytarget_lose();
	wait_over();
	assert_true(t.end.lost);
	assert_int_equal(t.end.code, STATUS_UNREACHABLE);
	assert_string_equal(t.end.text, "the way is gone");
	finish();

	begin_with(usual, ROWS(usual), false, false);
	ptytarget.refuse = TARGET_UNREACHED;
	shell_start(t.shell);
	wait_over();
	assert_true(t.end.lost);
	assert_int_equal(t.end.code, STATUS_UNREACHABLE);
	finish();

	/* A line of its own that does not come about is no end of the shell. */
	begin(true);
	ptytarget.refuse = TARGET_REFUSED;
	type("echo x\r");
	wait_shown("not run: as the test wants it");
	wait_shown("(69)$ ");
	finish();
}

/* A shell there that ends by itself. */
static void
the_far_shell_may_end(void **state)
{
	static const struct rule rules[] = {
		{ "'exit'", VERDICT_ALLOW, LINE_USUAL, 0, 0, 0, 0 },
	};

	(void)state;
	begin_with(rules, ROWS(rules), false, true);
	wait_prompt();
	type("'exit' 5\r");
	wait_over();
	assert_false(t.end.lost);
	assert_string_equal(t.end.text, "the shell on the target has ended");
	finish();
}

static void
stopping_at_any_time(void **state)
{
	static const char *const what[] = { "", "echo", "hold x\r", "sleep 600\r",
		"cat\r", "for i in 1; do sleep 600; done\r" };

	(void)state;
	for (size_t i = 0; i < ROWS(what); i++) {
		begin(false);
		if (i > 0)
			wait_prompt();
		type(what[i]);
		turn(4);
		t.deaf = i % 2;
		shell_stop(t.shell);
		type("echo x\r");
		wait_over();
		finish();
	}
	/* And freed while everything is open. */
	begin(false);
	wait_prompt();
	type("cat\r");
	turn(4);
	finish();
}

static void
a_client_that_does_not_read_stops_all(void **state)
{
	static const struct rule rules[] = {
		{ "seq", VERDICT_ALLOW, LINE_USUAL, 0, 0, 0, 0 },
	};

	(void)state;
	for (int single = 0; single < 2; single++) {
		begin_with(rules, ROWS(rules), single, true);
		wait_prompt();
		t.deaf = true;
		type("seq 1 200000\r");
		turn(200);
		t.deaf = false;
		shell_more(t.shell);
		wait_shown("\n200000\r\n");
		wait_shown("$ ");
		assert_non_null(strstr(buf_cstr(&t.shown), "\n99999\r\n100000\r\n"));
		finish();
	}
}

static void
resizes_are_passed_on(void **state)
{
	static const struct rule rules[] = {
		{ "stty", VERDICT_ALLOW, LINE_PROGRAM, 0, 0, 0, 0 },
		{ "cat", VERDICT_ALLOW, LINE_PROGRAM, 0, 0, 0, 0 },
	};

	(void)state;
	begin_with(rules, ROWS(rules), false, true);
	wait_prompt();
	shell_resize(t.shell, 101, 33);
	type("stty size\r");
	wait_shown("33 101");
	finish();
}

/* Known ways round a reader of commands, as keystrokes: what is not let through leaves no
 * trace on the target. */
static void
evasions_leave_no_byte(void **state)
{
	const char *top = getenv("top_srcdir");
	char path[4096], *line = NULL;
	size_t room = 0, before, n = 0;
	FILE *f;

	(void)state;
	snprintf(path, sizeof path, "%s/tests/vectors/evasion-sample.jsonl",
	    top != NULL ? top : ".");
	assert_non_null(f = fopen(path, "r"));
	begin_with(NULL, 0, false, true);
	wait_prompt();
	before = ptytarget.written.len;
	while (getline(&line, &room, f) > 0) {
		json_t *j = json_loads(line, 0, NULL);
		const char *text = json_string_value(json_object_get(j, "line"));
		bool plain = true;

		assert_non_null(text);
		for (const char *p = text; *p != '\0'; p++)
			plain = plain && !iscntrl((unsigned char)*p);
		type(text);
		type("\r");
		turn(6);
		if (plain && text[0] != '\0')
			assert_true(t.nasked > 0);
		type("\003");
		turn(2);
		json_decref(j);
		n++;
	}
	free(line);
	fclose(f);
	assert_true(n >= 40);
	assert_true(t.nasked >= 30);
	assert_int_equal(ptytarget.written.len, before);
	assert_int_equal(ptytarget.opened, 1);
	finish();
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_run_and_tell_their_status),
		cmocka_unit_test(what_a_target_says_is_masked),
		cmocka_unit_test(what_is_held_comes),
		cmocka_unit_test(what_a_program_says_is_masked),
		cmocka_unit_test(what_cannot_be_masked_is_not_shown),
		cmocka_unit_test(ends_of_all_kinds),
		cmocka_unit_test(the_shells_own_commands),
		cmocka_unit_test(refused_lines_do_not_arrive),
		cmocka_unit_test(keys_do_not_arrive),
		cmocka_unit_test(a_paste_stops_at_the_first_no),
		cmocka_unit_test(held_lines_wait),
		cmocka_unit_test(withdrawn_lines_never_run),
		cmocka_unit_test(answers_that_cannot_be),
		cmocka_unit_test(what_cannot_be_recorded_does_not_run),
		cmocka_unit_test(directories_are_kept),
		cmocka_unit_test(hostile_directories_are_left),
		cmocka_unit_test(interrupts_reach_what_runs),
		cmocka_unit_test(typed_ahead_is_kept),
		cmocka_unit_test(output_can_be_held),
		cmocka_unit_test(approved_bytes_run_alone),
		cmocka_unit_test(programs_have_the_terminal),
		cmocka_unit_test(late_keys_go_nowhere),
		cmocka_unit_test(idle_programs_are_ended),
		cmocka_unit_test(output_is_bounded),
		cmocka_unit_test(lines_have_their_time),
		cmocka_unit_test(hostile_output_is_filtered),
		cmocka_unit_test(markers_are_never_shown),
		cmocka_unit_test(the_tripwire_ends_the_session),
		cmocka_unit_test(targets_are_lost_and_refused),
		cmocka_unit_test(the_far_shell_may_end),
		cmocka_unit_test(stopping_at_any_time),
		cmocka_unit_test(a_client_that_does_not_read_stops_all),
		cmocka_unit_test(resizes_are_passed_on),
		cmocka_unit_test(evasions_leave_no_byte),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
