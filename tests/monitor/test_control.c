/* The control socket: who calls is what the kernel says, and what comes is bounded.
 * Callers are children of their own uid, so the whole of it needs root. */
#include "tests/monitor/desk.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/cli/client.h"
#include "lib/base/clock.h"

#define BOB_UID 64001
#define NOBODY_UID 64002
#define WORKER_UID 64003

/* A child of this uid calls the verb; its status, or -1 when the conversation broke
 * off. What it prints comes into out. */
static int
call_with(struct desk *d, uid_t uid, bool json, char *const *argv, struct span body,
    char *out, size_t size)
{
	uint64_t until = clock_mono_ms() + 20000;
	int status = -1, argc = 0, p[2];
	ssize_t n;
	pid_t pid;

	while (argv[argc] != NULL)
		argc++;
	assert_int_equal(pipe2(p, O_NONBLOCK), 0);
	fflush(NULL);
	if ((pid = fork()) == 0) {
		struct err err = { "" };
		int s = 0;

		dup2(p[1], 1);
		dup2(p[1], 2);
		if (uid != 0 && setresuid(uid, uid, uid) != 0)
			_exit(99);
		if (client_verb_with(d->control, argv, argc, body, json, &s, &err) !=
		    RC_OK) {
			fprintf(stderr, "%s", err.text);
			s = 98;
		}
		fflush(NULL);
		_exit(s);
	}
	close(p[1]);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		assert_true(clock_mono_ms() < until);
		assert_int_equal(loop_step(d->m.loop, 5, NULL), RC_OK);
	}
	n = read(p[0], out, size - 1);
	out[n < 0 ? 0 : n] = '\0';
	close(p[0]);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status) == 98 ? -1 : WEXITSTATUS(status);
}

static int
call_as(struct desk *d, uid_t uid, bool json, char *const *argv, char *out, size_t size)
{
	return call_with(d, uid, json, argv, span_make(NULL, 0), out, size);
}

/* Bob has a uid; root_started: the services have uids of their own. */
static struct desk *
open_desk(bool root_started)
{
	struct service_users users = { .monitor = { 0, 0 } };
	struct desk *d = desk_new(NULL);
	char config[16384];
	const char *old = desk_config(d, NULL), *at = strstr(old, "{name: bob");

	assert_non_null(at);
	snprintf(config, sizeof config, "%.*s{uid: %d, name: bob%s", (int)(at - old),
	    old, BOB_UID, at + strlen("{name: bob"));
	desk_reload(d, config, NULL);
	if (root_started) {
		users.monitor.uid = 64010;
		users.keeper.uid = 64011;
		users.front.uid = 64012;
		users.session.uid = WORKER_UID;
		users.launch.uid = 64014;
		users.command.uid = 64015;
	}
	chmod(d->folder, 0755);
	assert_int_equal(control_open(&d->m, &users, &d->m.control, NULL), RC_OK);
	return d;
}

static void
a_uid_of_ours_is_nobody(void **state)
{
	char whoami[] = "whoami", *const argv[] = { whoami, NULL };
	struct desk *d = open_desk(false);
	char out[4096];

	(void)state;
	/* Even where the configuration names it. */
	for (int named = 0; named < 2; named++) {
		char config[16384];
		const char *old = desk_config(d, NULL), *at = strstr(old, "{name: bob");

		assert_int_equal(
		    call_as(d, 0, false, argv, out, sizeof out), STATUS_DENIED);
		assert_string_equal(out, "broker: denied: this uid is no identity of "
					 "broker.yaml; use ssh with "
					 "your key\n");
		assert_int_equal(
		    call_as(d, 0, true, argv, out, sizeof out), STATUS_DENIED);
		assert_true(
		    span_starts(span_of(out), "{\"broker\":{\"event\":\"denied\","));
		snprintf(config, sizeof config, "%.*s{uid: %u, name: bob%s",
		    (int)(at - old), old, (unsigned)geteuid(),
		    at + strlen("{name: bob"));
		desk_reload(d, config, NULL);
	}
	desk_free(d);
}

static void
a_mapped_uid_is_its_identity(void **state)
{
	char whoami[] = "whoami", *const argv[] = { whoami, NULL };
	struct desk *d;
	char out[4096];

	(void)state;
	if (geteuid() != 0)
		skip();
	d = open_desk(true);
	assert_int_equal(call_as(d, BOB_UID, false, argv, out, sizeof out), 0);
	assert_non_null(strstr(out, "bob (human)\n"));
	assert_non_null(strstr(out, "\nproof    uid\nsource   local\n"));
	assert_int_equal(call_as(d, BOB_UID, true, argv, out, sizeof out), 0);
	assert_true(span_starts(span_of(out), "{\"identity\":\"bob\""));
	assert_int_equal(
	    call_as(d, NOBODY_UID, false, argv, out, sizeof out), STATUS_DENIED);
	desk_free(d);
}

static void
bytes_beside_the_words_reach_their_verb(void **state)
{
	char script[] = "script", add[] = "add",
	     name[] = "clean", *const argv[] = { script, add, name, NULL };
	struct desk *d;
	char out[4096];

	(void)state;
	if (geteuid() != 0)
		skip();
	d = open_desk(true);
	assert_int_equal(call_with(d, BOB_UID, false, argv,
			     span_of("fine\nodd \033[2J\n"), out, sizeof out),
	    STATUS_USAGE);
	assert_non_null(strstr(out, "line 2 has something"));
	desk_free(d);
}

static void
a_service_uid_is_nobody_whatever_is_configured(void **state)
{
	char whoami[] = "whoami", *const argv[] = { whoami, NULL };
	struct desk *d;
	char config[16384], out[4096];
	const char *old, *at;

	(void)state;
	if (geteuid() != 0)
		skip();
	d = open_desk(true);
	old = desk_config(d, NULL);
	at = strstr(old, "{name: bob");
	snprintf(config, sizeof config, "%.*s{uid: %d, name: bob%s", (int)(at - old),
	    old, WORKER_UID, at + strlen("{name: bob"));
	desk_reload(d, config, NULL);
	assert_int_equal(
	    call_as(d, WORKER_UID, false, argv, out, sizeof out), STATUS_DENIED);
	desk_free(d);
}

static void
odd_calls_are_refused(void **state)
{
	char verb[] = "approve", id[] = "0000-0000", opt[] = "--reason", word[] = "x";
	char control[] = "a\033[2Jb", none[] = "explode", kill_[] = "kill";
	char longest[600], *many[20], *const empty[] = { NULL };
	const struct {
		char *words[5];
		const char *part;
	} rows[] = {
		{ { none, NULL }, "not a command of broker" },
		{ { kill_, NULL }, "kill is not in this version" },
		{ { verb, NULL }, "usage: approve" },
		{ { verb, id, NULL }, "no hold of that id" },
		{ { verb, id, opt, word, NULL }, "no hold of that id" },
		{ { verb, id, opt, control, NULL }, "usage: approve" },
		{ { verb, id, opt, longest, NULL }, "one is too long" },
	};
	struct desk *d;
	char out[4096];

	(void)state;
	if (geteuid() != 0)
		skip();
	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	for (size_t i = 0; i < 19; i++)
		many[i] = word;
	many[19] = NULL;
	d = open_desk(true);
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(
		    call_as(d, BOB_UID, false, rows[i].words, out, sizeof out),
		    STATUS_USAGE);
		assert_true(span_starts(span_of(out), "broker: refused: "));
		if (strstr(out, rows[i].part) == NULL)
			fail_msg("%s is not in: %s", rows[i].part, out);
		assert_null(strchr(out, '\033'));
	}
	assert_int_equal(
	    call_as(d, BOB_UID, false, many, out, sizeof out), STATUS_USAGE);
	assert_int_equal(
	    call_as(d, BOB_UID, false, empty, out, sizeof out), STATUS_USAGE);
	end_quiet(d, &d->keeper);
	desk_free(d);
}

static void
a_uid_counts_where_the_rule_lists_it(void **state)
{
	static const struct {
		const char *line;
		int status;
	} rows[] = { { "aws s3 rm s3://logs/a", STATUS_DENIED },
		{ "aws ec2 terminate-instances --instance-ids i-0abc", 0 } };
	struct desk *d;

	(void)state;
	if (geteuid() != 0)
		skip();
	d = open_desk(true);
	for (uint32_t i = 0; i < ROWS(rows); i++) {
		struct front *f = front_login(d, CI);
		char id[10], verb[] = "approve", *const argv[] = { verb, id, NULL };
		int status = -1;
		pid_t pid;

		front_exec(f, 1, rows[i].line);
		keeper_event(d, "verdict");
		keeper_hold(d, id);
		front_verdict(f, 1, VERDICT_HOLD);
		fflush(NULL);
		if ((pid = fork()) == 0) {
			int answer = 0;

			if (setresuid(BOB_UID, BOB_UID, BOB_UID) != 0 ||
			    freopen("/dev/null", "w", stdout) == NULL ||
			    freopen("/dev/null", "w", stderr) == NULL ||
			    client_verb(d->control, argv, 2, false, &answer, NULL) !=
				RC_OK)
				_exit(99);
			_exit(answer);
		}
		if (rows[i].status == 0)
			keeper_set(d, HOLD_PENDING);
		while (waitpid(pid, &status, WNOHANG) == 0)
			assert_int_equal(loop_step(d->m.loop, 5, NULL), RC_OK);
		assert_int_equal(WEXITSTATUS(status), rows[i].status);
		front_free(f);
		keeper_drain(d);
	}
	desk_free(d);
}

static int
dial(const struct desk *d)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(a.sun_path, sizeof a.sun_path, "%s", d->control);
	assert_int_equal(connect(s, (struct sockaddr *)&a, sizeof a), 0);
	return s;
}

static bool
is_closed(int s)
{
	char c[64];

	return recv(s, c, sizeof c, MSG_DONTWAIT) == 0;
}

static void
nobody_shuts_the_others_out(void **state)
{
	struct desk *d = open_desk(false);
	int s[12];
	size_t open = 0;

	(void)state;
	for (size_t i = 0; i < ROWS(s); i++) {
		s[i] = dial(d);
		desk_turn(d);
	}
	for (size_t i = 0; i < ROWS(s); i++)
		open += !is_closed(s[i]);
	assert_int_equal(open, 8);
	/* And the silent ones do not stay. */
	desk_skip(d, 30001);
	for (size_t i = 0; i < ROWS(s); i++) {
		assert_true(is_closed(s[i]));
		close(s[i]);
	}
	desk_free(d);
}

static void
one_verb_and_nothing_else(void **state)
{
	static const struct msg_verb verb;
	struct msg_done done = { 0 };
	struct desk *d = open_desk(false);
	struct end e = { 0 };

	(void)state;
	for (int way = 0; way < 3; way++) {
		e = (struct end){ .sock = dial(d) };
		buf_init(&e.in, FRAME_MAX);
		if (way == 0)
			end_send(d, &e, MSG_DONE, 0, &done, NULL, 0);
		else
			end_send(d, &e, MSG_VERB, 0, &verb, NULL, 0);
		if (way == 1)
			end_send(d, &e, MSG_VERB, 0, &verb, NULL, 0);
		if (way == 2)
			assert_int_equal(send(e.sock, "garbage", 7, MSG_NOSIGNAL), 7);
		end_over(d, &e);
		end_close(&e);
	}
	desk_free(d);
}

static void
a_live_broker_keeps_its_socket(void **state)
{
	struct service_users users = { .monitor = { 0, 0 } };
	struct desk *d = open_desk(false);
	struct control *second = NULL;
	struct err err = { "" };
	struct stat st;

	(void)state;
	assert_int_equal(control_open(&d->m, &users, &second, &err), RC_REFUSE);
	assert_non_null(strstr(err.text, "another broker answers"));
	assert_int_equal(stat(d->control, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0666);
	control_close(d->m.control);
	d->m.control = NULL;
	assert_int_not_equal(stat(d->control, &st), 0);
	/* A socket without a broker behind it is replaced. */
	{
		struct sockaddr_un a = { .sun_family = AF_UNIX };
		int s = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

		snprintf(a.sun_path, sizeof a.sun_path, "%s", d->control);
		assert_int_equal(bind(s, (struct sockaddr *)&a, sizeof a), 0);
		close(s);
	}
	assert_int_equal(control_open(&d->m, &users, &d->m.control, &err), RC_OK);
	desk_free(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_uid_of_ours_is_nobody),
		cmocka_unit_test(a_mapped_uid_is_its_identity),
		cmocka_unit_test(bytes_beside_the_words_reach_their_verb),
		cmocka_unit_test(a_service_uid_is_nobody_whatever_is_configured),
		cmocka_unit_test(odd_calls_are_refused),
		cmocka_unit_test(a_uid_counts_where_the_rule_lists_it),
		cmocka_unit_test(nobody_shuts_the_others_out),
		cmocka_unit_test(one_verb_and_nothing_else),
		cmocka_unit_test(a_live_broker_keeps_its_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
