/* The host key's file and its signatures; see hostkey.h.  OpenSSL signs; no libssh
 * here, so that the monitor does not link it. */
#include "broker/vault/hostkey.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/vault/secretfile.h"
#include "lib/base/secret.h"
#include "lib/base/sshkey.h"

#define COMMENT "broker"

struct hostkey {
	EVP_PKEY *key;
	uint8_t public[SSHKEY_RAW];
	uint8_t blob[SSHKEY_BLOB];
	char fingerprint[SSHKEY_FINGERPRINT];
};

void
hostkey_free(struct hostkey *k)
{
	if (k == NULL)
		return;
	EVP_PKEY_free(k->key); /* OpenSSL wipes the private half */
	free(k);
}

const uint8_t *
hostkey_public(const struct hostkey *k)
{
	return k->public;
}

struct span
hostkey_blob(const struct hostkey *k)
{
	return span_make(k->blob, sizeof k->blob);
}

const char *
hostkey_fingerprint(const struct hostkey *k)
{
	return k->fingerprint;
}

enum rc
hostkey_sign(const struct hostkey *k, struct span bytes, uint8_t sig[HOSTKEY_SIGNATURE],
    struct err *err)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	uint8_t out[HOSTKEY_SIGNATURE];
	size_t n = sizeof out;
	bool good = c != NULL && EVP_DigestSignInit(c, NULL, NULL, NULL, k->key) == 1 &&
		    EVP_DigestSign(c, out, &n, bytes.p, bytes.len) == 1 &&
		    n == sizeof out;

	EVP_MD_CTX_free(c);
	if (!good)
		return err_set(err, RC_FAIL, "sign with the host key");
	memcpy(sig, out, sizeof out);
	return RC_OK;
}

/* Fill in what follows from the seed. */
static enum rc
from_seed(const struct secret *seed, struct hostkey **ret, struct err *err)
{
	struct hostkey *k = calloc(1, sizeof *k);
	struct span s = secret_span(seed);
	size_t n = sizeof k->public;

	if (k == NULL)
		return err_memory(err);
	k->key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, s.p, s.len);
	if (k->key == NULL || EVP_PKEY_get_raw_public_key(k->key, k->public, &n) != 1 ||
	    n != sizeof k->public) {
		hostkey_free(k);
		return err_set(err, RC_FAIL, "OpenSSL cannot use an Ed25519 key");
	}
	sshkey_blob(k->public, k->blob);
	sshkey_fingerprint(hostkey_blob(k), k->fingerprint);
	*ret = k;
	return RC_OK;
}

static enum rc
check_file(int fd, off_t *size, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_errno(err, RC_FAIL, "fstat");
	if (!S_ISREG(st.st_mode))
		return err_set(err, RC_REFUSE, "not a plain file");
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return err_set(
		    err, RC_REFUSE, "it belongs to uid %u", (unsigned)st.st_uid);
	if ((st.st_mode & 077) != 0)
		return err_set(err, RC_REFUSE, "mode %04o lets others at it; want 0600",
		    (unsigned)(st.st_mode & 07777));
	if (st.st_size > SSHKEY_TEXT_MAX)
		return err_set(err, RC_REFUSE, "%lld bytes are too many for a key",
		    (long long)st.st_size);
	*size = st.st_size;
	return RC_OK;
}

static enum rc
read_file(int fd, struct secret **text, struct err *err)
{
	struct secret *s = NULL;
	size_t at = 0;
	off_t size = 0;
	enum rc rc;

	if ((rc = check_file(fd, &size, err)) != RC_OK ||
	    (rc = secret_new((size_t)size, &s, err)) != RC_OK)
		return rc;
	while (at < (size_t)size) {
		ssize_t n = read(fd, secret_bytes(s) + at, (size_t)size - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			secret_free(s);
			return err_set(err, RC_REFUSE, "cannot be read to its end");
		}
		at += (size_t)n;
	}
	*text = s;
	return RC_OK;
}

static enum rc
load_fd(int fd, struct hostkey **ret, struct err *err)
{
	struct secret *text = NULL, *seed = NULL;
	struct hostkey *k = NULL;
	uint8_t public[SSHKEY_RAW];
	enum rc rc;

	if ((rc = read_file(fd, &text, err)) != RC_OK ||
	    (rc = sshkey_read(secret_span(text), public, &seed, err)) != RC_OK ||
	    (rc = from_seed(seed, &k, err)) != RC_OK)
		goto out;
	if (memcmp(public, k->public, sizeof public) != 0) {
		rc = err_set(err, RC_REFUSE, "its public half belongs to another key");
		goto out;
	}
	*ret = k;
	k = NULL;
out:
	hostkey_free(k);
	secret_free(seed);
	secret_free(text);
	return rc;
}

enum rc
hostkey_load(const char *path, struct hostkey **ret, struct err *err)
{
	/* O_NONBLOCK: a FIFO must not hold up the start. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	enum rc rc;

	if (fd < 0)
		rc = err_errno(err, RC_REFUSE, "open");
	else
		rc = load_fd(fd, ret, err);
	if (fd >= 0)
		close(fd);
	if (rc != RC_OK)
		err_add(err, "host key %s", path);
	return rc;
}

static enum rc
write_pair(const struct hostkey *k, const struct secret *seed, const char *path,
    struct err *err)
{
	static const struct secretfile_new private = { .mode = 0600 },
					   open_to_all = { .mode = 0644 };
	struct buf text;
	char public[PATH_MAX];
	enum rc rc;

	if ((size_t)snprintf(public, sizeof public, "%s.pub", path) >= sizeof public)
		return err_set(err, RC_REFUSE, "the path is too long");
	buf_init(&text, SSHKEY_TEXT_MAX);
	rc = sshkey_write(k->public, secret_span(seed).p, COMMENT, &text, err);
	if (rc == RC_OK)
		rc = secretfile_write(path, &private, buf_span(&text), err);
	buf_reset(&text);
	sshkey_public_line(k->public, COMMENT, &text);
	/* A .pub that was left behind belongs to a key that is gone. */
	if (rc == RC_OK && unlink(public) != 0 && errno != ENOENT)
		rc = err_errno(err, RC_FAIL, "remove %s", public);
	if (rc == RC_OK)
		rc = secretfile_write(public, &open_to_all, buf_span(&text), err);
	buf_clear(&text);
	return rc;
}

static enum rc
new_seed(struct secret **ret, struct err *err)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	struct secret *seed = NULL;
	size_t n = SSHKEY_RAW;
	enum rc rc = secret_new(SSHKEY_RAW, &seed, err);

	if (rc == RC_OK &&
	    (key == NULL ||
		EVP_PKEY_get_raw_private_key(key, secret_bytes(seed), &n) != 1 ||
		n != SSHKEY_RAW))
		rc = err_set(err, RC_FAIL, "OpenSSL cannot make a key");
	EVP_PKEY_free(key);
	if (rc == RC_OK)
		*ret = seed;
	else
		secret_free(seed);
	return rc;
}

enum rc
hostkey_make(const char *path, struct hostkey **ret, struct err *err)
{
	struct secret *seed = NULL;
	struct hostkey *k = NULL;
	enum rc rc;

	if ((rc = new_seed(&seed, err)) != RC_OK ||
	    (rc = from_seed(seed, &k, err)) != RC_OK ||
	    (rc = write_pair(k, seed, path, err)) != RC_OK)
		goto out;
	*ret = k;
	k = NULL;
out:
	hostkey_free(k);
	secret_free(seed);
	if (rc != RC_OK)
		err_add(err, "make the host key %s", path);
	return rc;
}

enum rc
hostkey_open(const char *path, struct hostkey **ret, struct err *err)
{
	struct stat st;

	/* Only a name that is not there at all; a dangling link is for a person. */
	if (lstat(path, &st) != 0 && errno == ENOENT)
		return hostkey_make(path, ret, err);
	return hostkey_load(path, ret, err);
}
