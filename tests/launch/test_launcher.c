/* The launcher's life with its commands, in both modes. */
#include "tests/launch/bed.h"

#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "lib/base/clock.h"

static void
a_command_runs_and_its_end_is_told(void **state)
{
	struct bed *b = *state;

	bed_launch(b, 7, LIST(b->probe, "copy", "a b", ""), NOTHING, 0);
	assert_true(bed_launched(b, 7) > 0);
	assert_int_equal(write(b->in, "hello", 5), 5);
	bed_close(&b->in);
	assert_string_equal(bed_read(b, b->out), "hello");
	assert_string_equal(bed_read(b, b->error), "err\n");
	bed_exited(b, 7, HOW_EXIT, 42);
	bed_launch(b, 7, LIST(b->probe, "x y", "", "*"), NOTHING, 0);
	bed_launched(b, 7);
	assert_non_null(strstr(bed_read(b, b->out), "[x y]\n[]\n[*]\n"));
	bed_exited(b, 7, HOW_EXIT, 9);
}

static void
refused(struct bed *b, uint32_t session, const char *const *argv,
    const char *const *env, const char *says)
{
	bed_launch(b, session, argv, env, 0);
	bed_refused(b, session, says);
}

static void
other_programs_are_refused(void **state)
{
	struct bed *b = *state;

	refused(b, 1, LIST("/bin/sh", "-c", "true"), NOTHING, "not a program");
	refused(b, 2, LIST("probe"), NOTHING, "not a program");
	refused(b, 3, NOTHING, NOTHING, "not a program");
	refused(b, 4, LIST(b->probe), LIST("LD_PRELOAD=/x"), "LD_PRELOAD");
	refused(b, 5, LIST("/no/such"), NOTHING, "No such file");
	/* None of them ran or ended: the next message is of the next command. */
	bed_launch(b, 5, LIST(b->probe), NOTHING, 0);
	bed_launched(b, 5);
	bed_exited(b, 5, HOW_EXIT, 9);
	assert_int_equal(peer_next(&b->p, 50), -1);
}

static void
a_session_has_one_command(void **state)
{
	struct bed *b = *state;
	int out, error;

	bed_launch(b, 1, LIST(b->probe, "signal"), NOTHING, 0);
	bed_launched(b, 1);
	out = b->out;
	error = b->error;
	b->out = b->error = -1;
	refused(b, 1, LIST(b->probe, "self"), NOTHING, "has its command");
	bed_kill(b, 1, SIGKILL);
	bed_exited(b, 1, HOW_SIGNAL, SIGKILL);
	close(out);
	close(error);
}

static void
leftover_grandchildren_die(void **state)
{
	struct bed *b = *state;
	pid_t pid;

	bed_launch(b, 1, LIST(b->probe, "grandchildren"), NOTHING, 0);
	pid = bed_launched(b, 1);
	bed_exited(b, 1, HOW_EXIT, 3);
	assert_int_equal(bed_members(pid), 0);
	/* They held our pipe: now it ends. */
	assert_string_equal(bed_read(b, b->out), "left\n");
}

static void
signals_are_passed_to_the_group(void **state)
{
	static const uint8_t signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGKILL,
		SIGUSR1, SIGUSR2 };
	struct bed *b = *state;
	char text[100];

	for (size_t i = 0; i < ROWS(signals); i++) {
		bed_launch(b, (uint32_t)i, LIST(b->probe, "signal"), NOTHING, 0);
		bed_launched(b, (uint32_t)i);
		assert_int_equal(read(b->out, text, 6), 6);
		bed_kill(b, (uint32_t)i, signals[i]);
		bed_exited(b, (uint32_t)i, HOW_SIGNAL, signals[i]);
	}
	/* Over, or never there: nothing happens. */
	bed_kill(b, 0, SIGTERM);
	bed_kill(b, 99, SIGTERM);
	bed_launch(b, 99, LIST(b->probe), NOTHING, 0);
	bed_launched(b, 99);
	bed_exited(b, 99, HOW_EXIT, 9);
}

static void
an_odd_signal_ends_the_launcher(void **state)
{
	struct bed *b = *state;
	pid_t pid;

	bed_launch(b, 1, LIST(b->probe, "signal"), NOTHING, 0);
	pid = bed_launched(b, 1);
	bed_kill(b, 1, SIGSTOP);
	assert_int_equal(peer_wait(&b->p), 70);
	assert_int_equal(bed_members(pid), 0);
}

static void
the_monitors_end_is_everybodys_end(void **state)
{
	struct bed *b = *state;
	char text[10];
	pid_t one, three;

	bed_launch(b, 1, LIST(b->probe, "signal"), NOTHING, 0);
	one = bed_launched(b, 1);
	assert_int_equal(read(b->out, text, 6), 6);
	bed_launch(b, 2, LIST(b->probe, "grandchildren"), NOTHING, 0);
	bed_launched(b, 2);
	bed_exited(b, 2, HOW_EXIT, 3);
	bed_launch(b, 3, LIST(b->probe, "signal"), NOTHING, 0);
	three = bed_launched(b, 3);
	assert_int_equal(read(b->out, text, 6), 6);
	assert_int_equal(peer_hang_up(&b->p), 0);
	assert_int_equal(bed_members(one), 0);
	assert_int_equal(bed_members(three), 0);
}

/* The processes of a command die from the top down, each with its parent. */
static bool
group_dies(pid_t group)
{
	uint64_t until = clock_mono_ms() + PEER_MS;

	while (bed_members(group) > 0 && clock_mono_ms() < until)
		usleep(2000);
	return bed_members(group) == 0;
}

static void
a_killed_launcher_takes_its_children_along(void **state)
{
	struct bed *b = *state;
	char text[10];
	pid_t pid;

	bed_launch(b, 1, LIST(b->probe, "signal"), NOTHING, 0);
	pid = bed_launched(b, 1);
	assert_int_equal(read(b->out, text, 6), 6);
	peer_kill(&b->p);
	assert_true(group_dies(pid));
	while (waitpid(-pid, NULL, WNOHANG) > 0)
		;
}

/* Whoever is killed of the three that stand for a command, all are. */
static void
a_killed_process_takes_its_command_along(void **state)
{
	struct bed *b = *state;
	char text[10];
	pid_t pid;

	bed_launch(b, 1, LIST(b->probe, "signal"), NOTHING, 0);
	pid = bed_launched(b, 1);
	assert_int_equal(read(b->out, text, 6), 6);
	assert_int_equal(kill(pid, SIGKILL), 0);
	bed_exited(b, 1, HOW_SIGNAL, SIGKILL);
	assert_int_equal(bed_members(pid), 0);
}

static void
exit_statuses_are_the_commands(void **state)
{
	struct bed *b = *state;

	for (unsigned i = 0; i < 256; i++) {
		char code[12];

		/* Each in the one mode, some in the other. */
		if (strcmp(b->mode, "reduced") == 0 && i % 16 != 15)
			continue;
		snprintf(code, sizeof code, "%u", i);
		bed_run(b, LIST(b->probe, "exit", code), HOW_EXIT, (uint8_t)i);
	}
}

static void
deaths_are_the_commands(void **state)
{
	struct bed *b = *state;

	bed_run(b, LIST(b->probe, "segv"), HOW_SIGNAL, SIGSEGV);
	bed_launch(b, 1, LIST(b->probe, "pipe"), NOTHING, 0);
	bed_launched(b, 1);
	bed_close(&b->out);
	bed_close(&b->in);
	bed_exited(b, 1, HOW_SIGNAL, SIGPIPE);
	/* A signal that it outlives is not its end, nor anybody's between. */
	bed_launch(b, 1, LIST(b->probe, "deaf"), NOTHING, 0);
	bed_launched(b, 1);
	assert_int_equal(read(b->out, b->text, 6), 6);
	bed_kill(b, 1, SIGTERM);
	bed_kill(b, 1, SIGINT);
	assert_string_equal(bed_read(b, b->out), "15 2\n");
	bed_exited(b, 1, HOW_EXIT, 5);
}

/* Also those that come while the sandbox is being made. */
static void
no_signal_is_lost(void **state)
{
	struct bed *b = *state;

	for (uint32_t i = 0; i < 40; i++) {
		bed_launch(b, i, LIST(b->probe, "signal"), NOTHING, 0);
		usleep(i * 250);
		bed_kill(b, i, SIGTERM);
		bed_launched(b, i);
		bed_exited(b, i, HOW_SIGNAL, SIGTERM);
	}
}

/* What a command closes is closed, though others wait for it. */
static void
ends_of_pipes_are_the_commands(void **state)
{
	struct bed *b = *state;

	bed_launch(b, 1, LIST(b->probe, "closes"), NOTHING, 0);
	bed_launched(b, 1);
	assert_string_equal(bed_read(b, b->out), "");
	assert_string_equal(bed_read(b, b->error), "");
	assert_int_equal(write(b->in, "x", 1), -1);
	bed_kill(b, 1, SIGKILL);
	bed_exited(b, 1, HOW_SIGNAL, SIGKILL);
}

/* A gate that nobody holds is no reason to run without one. */
static void
without_a_gate_nothing_runs(void **state)
{
	struct bed *b = *state;
	struct msg_launch m = { .argv = { 1, { span_of(b->probe) } },
		.ca = span_of(BED_CA) };
	int pair[2], fds[4];

	assert_int_equal(frame_pair(pair, NULL), RC_OK);
	for (int i = 0; i < 4; i++)
		fds[i] = pair[1];
	peer_send(&b->p, MSG_LAUNCH, 1, &m, fds, 4);
	bed_refused(b, 1, "no gate");
	close(pair[0]);
	m.proxy = span_of(BED_PROXY);
	peer_send(&b->p, MSG_LAUNCH, 1, &m, fds, 4);
	bed_refused(b, 1, "gate: ");
	close(pair[1]);
}

static void
cpu_time_is_bounded(void **state)
{
	struct bed *b = *state;

	bed_launch(b, 1, LIST(b->probe, "burn"), NOTHING, 1);
	bed_launched(b, 1);
	bed_exited(b, 1, HOW_SIGNAL, SIGKILL);
}

/* All four of a process's ids of that kind are this one, as /proc says it. */
static void
assert_ids(const char *status, const char *kind, const char *id)
{
	char line[80];

	snprintf(line, sizeof line, "\n%1$s:\t%2$s\t%2$s\t%2$s\t%2$s\n", kind, id);
	assert_non_null(strstr(status, line));
}

/* What the launcher is, as the kernel sees it. */
static void
the_launcher_keeps_three_rights(void **state)
{
	struct bed *b = *state;
	const char *text;

	if (!bed_root())
		skip();
	/* It has set its ids by the time it answers. */
	bed_launch(b, 1, LIST(b->probe), NOTHING, 0);
	bed_launched(b, 1);
	text = bed_status(b, b->p.pid);
	assert_ids(text, "Uid", bed_self());
	assert_ids(text, "Gid", bed_self());
	assert_non_null(strstr(text, "\nCapPrm:\t00000000000000e0\n"));
	assert_non_null(strstr(text, "\nCapEff:\t00000000000000e0\n"));
	assert_non_null(strstr(text, "\nCapBnd:\t00000000000000e0\n"));
	assert_non_null(strstr(text, "\nNoNewPrivs:\t1\n"));
#ifndef BROKER_SANITIZED
	assert_non_null(strstr(text, "\nSeccomp:\t2\n"));
#endif
}

/* As brokerd starts it: under its id already, with the three rights as ambient ones. */
static void
become_switcher(void)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2] = { { 0xe0, 0xe0, 0xe0 }, { 0, 0, 0 } };
	uid_t self = (uid_t)atoi(bed_self());

	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 ||
	    setresgid(self, self, self) != 0 || setresuid(self, self, self) != 0 || syscall(SYS_capset, &h, d) != 0)
		_exit(125);
	for (int cap = 5; cap <= 7; cap++)
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) != 0)
			_exit(125);
}

static void
ambient_rights_are_taken_and_not_passed_on(void **state)
{
	struct bed *b = *state;
	const char *argv[] = { "--home", b->home, "--program", b->probe, "--uid",
		bed_child(), "--gid", bed_child(), NULL };
	char ready[6];
	const char *text;
	pid_t pid;

	if (!bed_root())
		skip();
	assert_int_equal(peer_hang_up(&b->p), 0);
	peer_start_as(&b->p, "broker/launch/broker-launch", argv, become_switcher);
	bed_launch(b, 1, LIST(b->probe, "signal"), NOTHING, 0);
	pid = bed_launched(b, 1);
	assert_int_equal(read(b->out, ready, sizeof ready), sizeof ready);
	text = bed_status(b, pid);
	assert_ids(text, "Uid", bed_child());
	assert_non_null(strstr(text, "\nCapInh:\t0000000000000000\n"));
	assert_non_null(strstr(text, "\nCapPrm:\t0000000000000000\n"));
	assert_non_null(strstr(text, "\nCapEff:\t0000000000000000\n"));
	assert_non_null(strstr(text, "\nCapAmb:\t0000000000000000\n"));
	bed_kill(b, 1, SIGTERM);
	bed_exited(b, 1, HOW_SIGNAL, SIGTERM);
}

static void
bad_frames_end_the_launcher(void **state)
{
	struct bed *b = *state;
	struct err err;

	frame_send(b->p.sock, MSG_LAUNCH, 1, span_of("junk"), NULL, 0, &err);
	assert_int_equal(peer_wait(&b->p), 70);
	bed_start(b, "100");
	peer_send(&b->p, MSG_EXITED, 1, &(struct msg_exited){ 0 }, NULL, 0);
	assert_int_equal(peer_wait(&b->p), 70);
}

static int
run(const char *const *argv)
{
	struct peer p;

	peer_start(&p, "broker/launch/broker-launch", argv);
	return peer_wait(&p);
}

static void
odd_starts_are_refused(void **state)
{
	struct bed *b = *state;

	assert_int_equal(run(NOTHING), 64);
	assert_int_equal(run(LIST("--home", b->home)), 64);
	assert_int_equal(run(LIST("--program", b->probe)), 64);
	assert_int_equal(run(LIST("--home", b->home, "--program", "probe")), 64);
	assert_int_equal(run(LIST("--home", b->home, "--program", b->probe, "x")), 64);
	assert_int_equal(
	    run(LIST("--home", b->home, "--program", b->probe, "--sandbox", "none")),
	    64);
	assert_int_equal(
	    run(LIST("--home", b->home, "--program", b->probe, "--scratch", "0")), 64);
	assert_int_equal(
	    run(LIST("--home", b->home, "--program", b->probe, "--uid", "5")), 64);
	assert_int_equal(run(LIST("--home", b->home, "--program", b->probe, "--uid",
			     "-1", "--gid", "5")),
	    64);
	/* Not empty; not there; writable. */
	assert_int_equal(run(LIST("--home", b->dir, "--program", b->probe)), 70);
	assert_int_equal(run(LIST("--home", "/no/such", "--program", b->probe)), 70);
	chmod(b->home, 0755);
	assert_int_equal(run(LIST("--home", b->home, "--program", b->probe)), 70);
	chmod(b->home, 0555);
	if (bed_root())
		assert_int_equal(
		    run(LIST("--home", b->home, "--program", b->probe)), 70);
	else
		assert_int_equal(run(LIST("--home", b->home, "--program", b->probe,
				     "--uid", bed_child(), "--gid", bed_child())),
		    70);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(a_command_runs_and_its_end_is_told),
		BOTH(other_programs_are_refused),
		BOTH(without_a_gate_nothing_runs),
		BOTH(a_session_has_one_command),
		BOTH(leftover_grandchildren_die),
		BOTH(signals_are_passed_to_the_group),
		BOTH(no_signal_is_lost),
		BOTH(exit_statuses_are_the_commands),
		BOTH(deaths_are_the_commands),
		BOTH(ends_of_pipes_are_the_commands),
		CASE(an_odd_signal_ends_the_launcher),
		BOTH(the_monitors_end_is_everybodys_end),
		BOTH(a_killed_launcher_takes_its_children_along),
		BOTH(a_killed_process_takes_its_command_along),
		BOTH(cpu_time_is_bounded),
		BOTH(the_launcher_keeps_three_rights),
		CASE(ambient_rights_are_taken_and_not_passed_on),
		CASE(bad_frames_end_the_launcher),
		CASE(odd_starts_are_refused),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
