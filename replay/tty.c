/* Terminal settings; see tty.h. */
#include "replay/tty.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "replay/stop.h"

static enum rc
change(struct tty *t, int fd, tcflag_t off, struct err *err)
{
	struct termios now;

	if (tcgetattr(fd, &t->before) != 0)
		return err_errno(err, RC_FAIL, "terminal");
	now = t->before;
	now.c_lflag &= ~off;
	now.c_cc[VMIN] = 1;
	now.c_cc[VTIME] = 0;
	/* Stopped, the program would leave a shell in a changed terminal. */
	now.c_cc[VSUSP] = _POSIX_VDISABLE;
	if (tcsetattr(fd, TCSAFLUSH, &now) != 0)
		return err_errno(err, RC_FAIL, "terminal");
	t->fd = fd;
	t->changed = true;
	return RC_OK;
}

enum rc
tty_keys(struct tty *t, int fd, struct err *err)
{
	return change(t, fd, ICANON | ECHO, err);
}

void
tty_restore(struct tty *t)
{
	if (t->changed)
		tcsetattr(t->fd, TCSAFLUSH, &t->before);
	t->changed = false;
}

/* One line into text[size].  The line discipline gives at most 4096 bytes, whole. */
static enum rc
read_line(int fd, char *text, size_t size, size_t *len, struct err *err)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	if (stop_poll(&p, 1, UINT64_MAX) < 0)
		return err_set(err, RC_END, "interrupted");
	n = read(fd, text, size);
	if (n < 0)
		return err_errno(err, RC_END, "read from the terminal");
	if (n == 0)
		return err_set(err, RC_END, "nothing was typed");
	if ((size_t)n == size)
		return err_set(err, RC_REFUSE, "too long");
	*len = (size_t)n - (text[n - 1] == '\n');
	if (*len == 0)
		return err_set(err, RC_REFUSE, "nothing was typed");
	return RC_OK;
}

enum rc
tty_ask(int fd, const char *prompt, struct secret **ret, struct err *err)
{
	struct tty t = { 0 };
	char text[TTY_PASS_MOST + 2];
	size_t len = 0;
	enum rc rc;

	if ((rc = change(&t, fd, ECHO, err)) != RC_OK)
		return rc;
	if (write(fd, prompt, strlen(prompt)) < 0)
		rc = err_errno(err, RC_FAIL, "terminal");
	if (rc == RC_OK)
		rc = read_line(fd, text, sizeof text, &len, err);
	if (write(fd, "\n", 1) < 0 && rc == RC_OK)
		rc = err_errno(err, RC_FAIL, "terminal");
	tty_restore(&t);
	if (rc == RC_OK)
		rc = secret_copy(span_make(text, len), ret, err);
	sodium_memzero(text, sizeof text);
	return rc;
}
