/* See passphrase.h.  Never from stdin, which may be a pipe, nor from a word of the
 * command line, which others can see. */
#include "broker/cli/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define LINE_MOST 1024
#define TRIES 3

static enum rc
read_line(int fd, struct secret **ret, struct err *err)
{
	char text[LINE_MOST];
	ssize_t n;
	enum rc rc;

	while ((n = read(fd, text, sizeof text)) < 0 && errno == EINTR)
		;
	if (n > 0 && text[n - 1] == '\n')
		n--;
	else if (n > 0)
		n = 0; /* cut: too long to be meant */
	rc = n > 0 ? secret_copy(span_make(text, (size_t)n), ret, err)
		   : err_set(err, RC_REFUSE, "no passphrase was typed");
	sodium_memzero(text, sizeof text);
	return rc;
}

static enum rc
ask_once(int fd, const char *prompt, struct secret **ret, struct err *err)
{
	struct termios before, quiet;
	enum rc rc;

	if (tcgetattr(fd, &before) != 0)
		return err_errno(err, RC_FAIL, "terminal");
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	if (tcsetattr(fd, TCSAFLUSH, &quiet) != 0)
		return err_errno(err, RC_FAIL, "terminal");
	if (write(fd, prompt, strlen(prompt)) < 0)
		rc = err_errno(err, RC_FAIL, "terminal");
	else
		rc = read_line(fd, ret, err);
	if (write(fd, "\n", 1) < 0 && rc == RC_OK)
		rc = err_errno(err, RC_FAIL, "terminal");
	tcsetattr(fd, TCSAFLUSH, &before);
	return rc;
}

/* RC_RETRY: they differ. */
static enum rc
ask_twice(int fd, const char *prompt, struct secret **ret, struct err *err)
{
	struct secret *one = NULL, *two = NULL;
	enum rc rc;

	if ((rc = ask_once(fd, prompt, &one, err)) == RC_OK &&
	    (rc = ask_once(fd, "The same again: ", &two, err)) == RC_OK &&
	    !span_eq(secret_span(one), secret_span(two)))
		rc = err_set(err, RC_RETRY, "the two are not the same");
	secret_free(two);
	if (rc == RC_OK)
		*ret = one;
	else
		secret_free(one);
	return rc;
}

enum rc
passphrase_ask(const char *prompt, bool twice, struct secret **ret, struct err *err)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	enum rc rc = RC_RETRY;

	if (fd < 0)
		return err_set(
		    err, RC_REFUSE, "there is no terminal to ask for a passphrase on");
	if (!twice)
		rc = ask_once(fd, prompt, ret, err);
	for (int i = 0; twice && i < TRIES && rc == RC_RETRY; i++)
		rc = ask_twice(fd, prompt, ret, err);
	close(fd);
	return rc == RC_RETRY ? RC_REFUSE : rc;
}
