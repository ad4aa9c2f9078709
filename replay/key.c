/* Where the private key comes from; see key.h.  Its format is keyfile.h's. */
#include "replay/key.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay/tty.h"

struct key {
	struct secret *text;
	int tty; /* where to ask; -1 when there is no passphrase */
};

enum rc
key_place(const char *name, char out[KEY_PLACE_MOST], struct err *err)
{
	const char *home = getenv("HOME");
	int n;

	if (home == NULL || home[0] != '/')
		return err_set(err, RC_REFUSE, "HOME is not set: where is %s?", name);
	n = snprintf(out, KEY_PLACE_MOST, "%s/.config/hoop-replay/%s", home, name);
	if (n < 0 || n >= KEY_PLACE_MOST)
		return err_set(err, RC_REFUSE, "HOME is too long");
	return RC_OK;
}

static enum rc
fd_number(const char *text, int *ret, struct err *err)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || n > 65535)
		return err_set(err, RC_REFUSE, "not a descriptor's number");
	*ret = (int)n;
	return RC_OK;
}

/* All that a descriptor gives, bounded. */
static enum rc
read_fd(int fd, struct secret **ret, struct err *err)
{
	char text[KEYFILE_TEXT_MAX + 1];
	size_t len = 0;
	ssize_t n;
	enum rc rc = RC_OK;

	while (
	    len < sizeof text && (n = read(fd, text + len, sizeof text - len)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			rc = err_errno(err, RC_REFUSE, "read");
			break;
		}
		len += (size_t)n;
	}
	if (rc == RC_OK && len == sizeof text)
		rc = err_set(err, RC_REFUSE, "too long for a key");
	if (rc == RC_OK)
		rc = secret_copy(span_make(text, len), ret, err);
	sodium_memzero(text, sizeof text);
	return rc;
}

static enum rc
read_text(const char *spec, struct secret **ret, struct err *err)
{
	char place[KEY_PLACE_MOST];
	enum rc rc;
	int fd = -1;

	if (spec != NULL && strncmp(spec, "fd:", 3) == 0) {
		if ((rc = fd_number(spec + 3, &fd, err)) == RC_OK)
			rc = read_fd(fd, ret, err);
	} else {
		if (spec == NULL && (rc = key_place("key", place, err)) != RC_OK)
			return rc;
		spec = spec ? spec : place;
		rc = keyfile_read(spec, ret, err);
	}
	if (rc != RC_OK)
		err_add(err, "key %s", spec);
	return rc;
}

enum rc
key_read(const char *spec, struct key **ret, struct err *err)
{
	struct key *k = calloc(1, sizeof *k);
	enum rc rc;

	if (k == NULL)
		return err_memory(err);
	k->tty = -1;
	if ((rc = read_text(spec, &k->text, err)) != RC_OK)
		goto out;
	if (keyfile_locked(secret_span(k->text)) &&
	    (k->tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) < 0) {
		rc = err_set(err, RC_REFUSE,
		    "the key wants a passphrase and there is no terminal to ask on");
		goto out;
	}
	*ret = k;
	k = NULL;
out:
	key_free(k);
	return rc;
}

void
key_free(struct key *k)
{
	if (k == NULL)
		return;
	secret_free(k->text);
	if (k->tty >= 0)
		close(k->tty);
	free(k);
}

enum rc
key_open(struct key *k, struct keyfile **ret, struct err *err)
{
	struct secret *pass = NULL;
	enum rc rc;

	if (k->tty >= 0 &&
	    (rc = tty_ask(k->tty, "Passphrase of the key: ", &pass, err)) != RC_OK) {
		err_add(err, "passphrase");
		return rc;
	}
	if ((rc = keyfile_parse(
		 KEYFILE_AUDITOR, secret_span(k->text), pass, ret, err)) != RC_OK)
		err_add(err, "key");
	secret_free(pass);
	return rc;
}
