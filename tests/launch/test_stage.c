/* Files of a command, with the real launcher; and the copying by itself. */
#include "tests/launch/bed.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

#include "broker/launch/stage.h"

#define IN "fileb:///tmp/in"
#define OUT "/tmp/out"

static void
give(struct bed *b, const char *input)
{
	assert_int_equal(write(b->in, input, strlen(input)), strlen(input));
	bed_close(&b->in);
}

/* Start with these words: LAUNCHED has come. */
static void
start(struct bed *b, uint8_t stage, const char *const *words)
{
	b->stage = stage;
	bed_launch(b, 1, words, NOTHING, 0);
	bed_launched(b, 1);
}

static void
input_becomes_a_file(void **state)
{
	struct bed *b = *state;

	start(b, STAGE_IN, LIST(b->probe, "staged", "--body=" IN));
	give(b, "hello");
	assert_string_equal(bed_read(b, b->out), "stdin 0\nhello");
	bed_exited(b, 1, HOW_EXIT, 0);
	/* Nothing at all is a file, too. */
	start(b, STAGE_IN, LIST(b->probe, "staged", IN));
	give(b, "");
	assert_string_equal(bed_read(b, b->out), "stdin 0\n");
	bed_exited(b, 1, HOW_EXIT, 0);
}

static void
a_file_becomes_output(void **state)
{
	struct bed *b = *state;

	start(b, STAGE_IN | STAGE_OUT, LIST(b->probe, "staged", IN, OUT));
	give(b, "hello");
	assert_string_equal(bed_read(b, b->out), "out of hello");
	/* What it prints is not mixed with that. */
	assert_string_equal(bed_read(b, b->error), "stdin 0\n");
	bed_exited(b, 1, HOW_EXIT, 0);
}

static void
output_of_a_failed_command_is_none(void **state)
{
	struct bed *b = *state;

	start(b, STAGE_IN | STAGE_OUT, LIST(b->probe, "staged", IN, OUT, "254"));
	give(b, "hello");
	assert_string_equal(bed_read(b, b->out), "");
	bed_exited(b, 1, HOW_EXIT, 254);
}

static void
output_is_a_plain_file(void **state)
{
	static const char *const bad[] = { "none", "folder" };
	struct bed *b = *state;

	for (size_t i = 0; i < ROWS(bad); i++) {
		start(b, STAGE_IN | STAGE_OUT, LIST(b->probe, "staged", IN, bad[i]));
		give(b, "x");
		assert_string_equal(bed_read(b, b->out), "");
		assert_non_null(
		    strstr(bed_read(b, b->error), "\nbroker: the output file: "));
		bed_exited(b, 1, HOW_EXIT, 70);
	}
}

static void
input_is_bounded(void **state)
{
	struct bed *b = *state;
	char *much = calloc(1, 1 << 20);

	start(b, STAGE_IN, LIST(b->probe, "staged", IN));
	for (size_t n = 0; n < (1 << 20) + 65536;) {
		ssize_t w = write(b->in, much, 65536);

		if (w < 0)
			break;
		n += (size_t)w;
	}
	bed_close(&b->in);
	free(much);
	assert_string_equal(bed_read(b, b->out), "");
	assert_string_equal(
	    bed_read(b, b->error), "broker: the input is over 1048576 bytes\n");
	bed_exited(b, 1, HOW_EXIT, 64);
}

/* No program runs yet, or any more: signals are for who copies. */
static void
signals_end_the_copying(void **state)
{
	struct bed *b = *state;

	start(b, STAGE_IN, LIST(b->probe, "staged", IN));
	bed_kill(b, 1, SIGINT);
	bed_exited(b, 1, HOW_SIGNAL, SIGINT);
	start(b, STAGE_IN, LIST(b->probe, "staged", IN));
	bed_kill(b, 1, SIGKILL);
	bed_exited(b, 1, HOW_SIGNAL, SIGKILL);
	/* More than a pipe holds, and nobody reads. */
	start(b, STAGE_OUT, LIST(b->probe, "large", OUT));
	assert_int_equal(read(b->error, b->text, 8), 8);
	bed_kill(b, 1, SIGTERM);
	bed_exited(b, 1, HOW_SIGNAL, SIGTERM);
	/* Nobody ever will. */
	start(b, STAGE_OUT, LIST(b->probe, "large", OUT));
	bed_close(&b->out);
	bed_exited(b, 1, HOW_SIGNAL, SIGPIPE);
}

/* Words that name other things stay as they are, and without the bit all do. */
static void
without_the_bit_nothing_is_staged(void **state)
{
	struct bed *b = *state;

	start(b, 0, LIST(b->probe, "copy"));
	give(b, "hello");
	assert_string_equal(bed_read(b, b->out), "hello");
	bed_exited(b, 1, HOW_EXIT, 42);
	start(b, 0, LIST(b->probe, "x", IN, OUT));
	assert_non_null(strstr(bed_read(b, b->out), "[" IN "]\n[" OUT "]\n"));
	bed_exited(b, 1, HOW_EXIT, 9);
}

static void
unknown_bits_are_refused(void **state)
{
	struct bed *b = *state;

	b->stage = 4;
	bed_launch(b, 1, LIST(b->probe), NOTHING, 0);
	bed_refused(b, 1, "files of an unknown kind");
}

/* ---- the two functions ---- */

struct place {
	char dir[40], in[48], out[48];
	int signals, pipe[2], signo;
};

static struct place
a_place(void)
{
	struct place p = { .dir = "/tmp/test_stage.XXXXXX" };
	sigset_t none;

	sigemptyset(&none);
	assert_non_null(mkdtemp(p.dir));
	snprintf(p.in, sizeof p.in, "%s/in", p.dir);
	snprintf(p.out, sizeof p.out, "%s/out", p.dir);
	assert_true((p.signals = signalfd(-1, &none, SFD_CLOEXEC)) >= 0);
	assert_int_equal(pipe(p.pipe), 0);
	return p;
}

static void
leave(struct place *p)
{
	unlink(p->in);
	unlink(p->out);
	rmdir(p->out);
	assert_int_equal(rmdir(p->dir), 0);
	close(p->signals);
	close(p->pipe[0]);
	close(p->pipe[1]);
}

static void
the_bound_is_exact(void **state)
{
	struct place p = a_place();
	struct err err = { "" };

	(void)state;
	assert_int_equal(write(p.pipe[1], "12345", 5), 5);
	close(p.pipe[1]);
	assert_int_equal(
	    stage_in(p.pipe[0], p.dir, 5, p.signals, &p.signo, &err), RC_OK);
	/* The file is there already. */
	assert_int_equal(
	    stage_in(p.pipe[0], p.dir, 5, p.signals, &p.signo, &err), RC_FAIL);
	unlink(p.in);
	close(p.pipe[0]);
	assert_int_equal(pipe(p.pipe), 0);
	assert_int_equal(write(p.pipe[1], "12345", 5), 5);
	assert_int_equal(
	    stage_in(p.pipe[0], p.dir, 4, p.signals, &p.signo, &err), RC_REFUSE);
	leave(&p);
}

static void
links_and_pipes_are_no_output(void **state)
{
	struct place p = a_place();
	struct err err = { "" };

	(void)state;
	assert_int_equal(
	    stage_out(p.dir, p.pipe[1], p.signals, &p.signo, &err), RC_REFUSE);
	assert_int_equal(symlink("/etc/passwd", p.out), 0);
	assert_int_equal(
	    stage_out(p.dir, p.pipe[1], p.signals, &p.signo, &err), RC_REFUSE);
	unlink(p.out);
	assert_int_equal(mkfifo(p.out, 0600), 0);
	assert_int_equal(
	    stage_out(p.dir, p.pipe[1], p.signals, &p.signo, &err), RC_REFUSE);
	unlink(p.out);
	assert_int_equal(mkdir(p.out, 0700), 0);
	assert_int_equal(
	    stage_out(p.dir, p.pipe[1], p.signals, &p.signo, &err), RC_REFUSE);
	leave(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(input_becomes_a_file),
		BOTH(a_file_becomes_output),
		BOTH(output_of_a_failed_command_is_none),
		BOTH(output_is_a_plain_file),
		BOTH(input_is_bounded),
		BOTH(signals_end_the_copying),
		BOTH(without_the_bit_nothing_is_staged),
		CASE(unknown_bits_are_refused),
		cmocka_unit_test(the_bound_is_exact),
		cmocka_unit_test(links_and_pipes_are_no_output),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
