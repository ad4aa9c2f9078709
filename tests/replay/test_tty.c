#include "tests/support/unit.h"

#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include "replay/tty.h"

static int master, slave;

static int
make(void **state)
{
	(void)state;
	return openpty(&master, &slave, NULL, NULL, NULL);
}

static int
drop(void **state)
{
	(void)state;
	close(master);
	close(slave);
	return 0;
}

static void
keys_come_one_by_one(void **state)
{
	struct termios before, during, after;
	struct tty t = { 0 };
	char c;

	(void)state;
	assert_int_equal(tcgetattr(slave, &before), 0);
	assert_int_equal(tty_keys(&t, slave, NULL), RC_OK);
	assert_int_equal(tcgetattr(slave, &during), 0);
	assert_int_equal(during.c_lflag & (ICANON | ECHO), 0);
	assert_int_not_equal(during.c_lflag & ISIG, 0);
	assert_int_equal(write(master, "qrest", 5), 5);
	assert_int_equal(read(slave, &c, 1), 1);
	assert_int_equal(c, 'q');
	tty_restore(&t);
	assert_int_equal(tcgetattr(slave, &after), 0);
	assert_int_equal(after.c_lflag, before.c_lflag);
	/* What was typed meanwhile is gone: the next line is the next line. */
	assert_int_equal(write(master, "x\n", 2), 2);
	assert_int_equal(read(slave, &c, 1), 1);
	assert_int_equal(c, 'x');
}

/* The answer is typed by a child, since asking throws away what came before. */
static enum rc
ask(const char *answer, char *shown, size_t size, struct secret **ret, struct err *err)
{
	pid_t pid = fork();
	ssize_t n;
	enum rc rc;
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		char c;

		/* after the prompt's last byte */
		while (read(master, &c, 1) == 1 && c != '?')
			;
		if (write(master, answer, strlen(answer)) < 0)
			_exit(1);
		n = read(master, shown, size - 1);
		_exit(n == 2 && memcmp(shown, "\r\n", 2) == 0 ? 0 : 2);
	}
	rc = tty_ask(slave, "Pass?", ret, err);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return rc;
}

static void
answers_are_not_shown(void **state)
{
	struct secret *pass = NULL;
	struct termios after;
	char shown[256];

	(void)state;
	assert_int_equal(ask("s3cret\n", shown, sizeof shown, &pass, NULL), RC_OK);
	assert_true(span_is(secret_span(pass), "s3cret"));
	assert_int_equal(tcgetattr(slave, &after), 0);
	assert_int_not_equal(after.c_lflag & ECHO, 0);
	secret_free(pass);
}

static void
empty_answers_are_refused(void **state)
{
	struct secret *pass = NULL;
	struct err err;
	char shown[256];

	(void)state;
	assert_int_equal(ask("\n", shown, sizeof shown, &pass, &err), RC_REFUSE);
	assert_int_equal(ask("\004", shown, sizeof shown, &pass, &err), RC_END);
	assert_null(pass);
}

static void
a_file_is_no_terminal(void **state)
{
	struct tty t = { 0 };
	struct secret *pass = NULL;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(tty_keys(&t, fds[0], NULL), RC_FAIL);
	assert_int_equal(tty_ask(fds[0], "?", &pass, NULL), RC_FAIL);
	tty_restore(&t);
	close(fds[0]);
	close(fds[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_come_one_by_one),
		cmocka_unit_test(answers_are_not_shown),
		cmocka_unit_test(empty_answers_are_refused),
		cmocka_unit_test(a_file_is_no_terminal),
	};

	return cmocka_run_group_tests(tests, make, drop);
}
