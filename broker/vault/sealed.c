/* Sealed credentials; see sealed.h.  Runs in the command line's program, which adds
 * them, and in the monitor, which opens one. */
#include "broker/vault/sealed.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/vault/secretfile.h"
#include "lib/model/name.h"

#define FIRST_LINE "broker-sealed-1\n"
#define KEY_WORD "broker-sealing-key-1 "
#define SUFFIX ".sealed"
#define KEY crypto_aead_xchacha20poly1305_ietf_KEYBYTES
#define NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG crypto_aead_xchacha20poly1305_ietf_ABYTES
#define KEY_TEXT_MAX 128u
#define FILE_MAX 32768u

bool
sealed_name(struct span name)
{
	return name_plain(name) && name.p[0] != '.';
}

static enum rc
start_sodium(struct err *err)
{
	return sodium_init() < 0 ? err_set(err, RC_FAIL, "libsodium cannot start")
				 : RC_OK;
}

static enum rc
path_of(const char *folder, const char *name, char path[PATH_MAX], struct err *err)
{
	int n;

	if (!sealed_name(span_of(name)))
		return err_set(err, RC_REFUSE,
		    "a credential's name has 1 to 64 characters out of A-Z a-z 0-9 "
		    "._-, "
		    "and no dot first");
	n = snprintf(path, PATH_MAX, "%s/%s%s", folder, name, SUFFIX);
	return n < 0 || n >= PATH_MAX
		   ? err_set(err, RC_REFUSE, "the folder's path is too long")
		   : RC_OK;
}

/* ---- the key ---- */

enum rc
sealed_make_key(const char *path, const struct sealed_owner *owner, struct err *err)
{
	const struct secretfile_new how = {
		.mode = 0600, .give = owner->give, .owner = owner->uid
	};
	char text[sodium_base64_ENCODED_LEN(KEY, sodium_base64_VARIANT_ORIGINAL)];
	uint8_t key[KEY];
	struct buf line;
	enum rc rc;

	if ((rc = start_sodium(err)) != RC_OK)
		return rc;
	randombytes_buf(key, sizeof key);
	sodium_bin2base64(
	    text, sizeof text, key, sizeof key, sodium_base64_VARIANT_ORIGINAL);
	buf_init(&line, KEY_TEXT_MAX);
	buf_text(&line, KEY_WORD);
	buf_text(&line, text);
	buf_text(&line, "\n");
	if (!buf_ok(&line))
		rc = err_memory(err);
	else if ((rc = secretfile_write(path, &how, buf_span(&line), err)) != RC_OK)
		err_add(err, "make the sealing key %s", path);
	buf_clear(&line);
	sodium_memzero(text, sizeof text);
	sodium_memzero(key, sizeof key);
	return rc;
}

static bool
parse_key(struct span s, uint8_t key[KEY])
{
	size_t word = strlen(KEY_WORD), len = 0;

	if (s.len == 0 || s.p[s.len - 1] != '\n' || !span_starts(s, KEY_WORD))
		return false;
	return sodium_base642bin(key, KEY, (const char *)s.p + word, s.len - word - 1,
		   NULL, &len, NULL, sodium_base64_VARIANT_ORIGINAL) == 0 &&
	       len == KEY;
}

static enum rc
load_key(const char *path, uint8_t key[KEY], struct err *err)
{
	struct buf text;
	enum rc rc;

	buf_init(&text, KEY_TEXT_MAX + SECRETFILE_PAGE);
	rc = secretfile_read(path, KEY_TEXT_MAX, &text, err);
	if (rc == RC_OK && !parse_key(buf_span(&text), key))
		rc =
		    err_set(err, RC_REFUSE, "expected one line \"" KEY_WORD "BASE64\"");
	if (rc != RC_OK)
		err_add(err, "the sealing key");
	buf_clear(&text);
	return rc;
}

/* ---- a credential as bytes ---- */

static void
put_context(const char *name, struct buf *b)
{
	buf_text(b, FIRST_LINE);
	buf_string(b, span_of(name));
}

static enum rc
seal(const char *name, const uint8_t key[KEY], const struct sources_key *k,
    struct buf *ret, struct err *err)
{
	struct buf plain, context;
	unsigned long long n = 0;
	uint8_t *nonce, *to;
	enum rc rc = RC_OK;

	buf_init(&plain, FILE_MAX / 2 + SECRETFILE_PAGE);
	buf_init(&context, 256);
	buf_string(&plain, span_of(k->access_key_id));
	buf_string(&plain, secret_span(k->secret));
	buf_string(
	    &plain, k->token == NULL ? (struct span){ 0 } : secret_span(k->token));
	put_context(name, &context);
	buf_text(ret, FIRST_LINE);
	if (!buf_ok(&plain) || !buf_ok(&context) ||
	    (nonce = buf_room(ret, NONCE + plain.len + TAG)) == NULL) {
		rc = err_memory(err);
		goto out;
	}
	to = nonce + NONCE;
	randombytes_buf(nonce, NONCE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(
	    to, &n, plain.p, plain.len, context.p, context.len, NULL, nonce, key);
	ret->len += NONCE + (size_t)n;
out:
	buf_clear(&plain);
	buf_clear(&context);
	return rc;
}

static enum rc
read_plain(struct span plain, struct sources_key **ret, struct err *err)
{
	struct span id, secret, token;
	struct cur c;

	cur_init(&c, plain);
	id = cur_string(&c, FILE_MAX);
	secret = cur_string(&c, FILE_MAX);
	token = cur_string(&c, FILE_MAX);
	if (!cur_done(&c))
		return err_set(err, RC_REFUSE, "it holds no credential");
	return sources_make(id, secret, token, ret, err);
}

static enum rc
unseal(const char *name, const uint8_t key[KEY], struct span file,
    struct sources_key **ret, struct err *err)
{
	struct buf plain, context;
	unsigned long long n = 0;
	struct span nonce;
	struct cur c;
	uint8_t *to;
	enum rc rc;

	cur_init(&c, file);
	if (!span_is(cur_bytes(&c, strlen(FIRST_LINE)), FIRST_LINE))
		return err_set(err, RC_REFUSE, "it is no sealed credential");
	nonce = cur_bytes(&c, NONCE);
	file = cur_rest(&c);
	if (nonce.len != NONCE || file.len < TAG)
		return err_set(err, RC_REFUSE, "it is cut short");
	buf_init(&plain, FILE_MAX);
	buf_init(&context, 256);
	put_context(name, &context);
	if (!buf_ok(&context) || (to = buf_room(&plain, file.len)) == NULL)
		rc = err_memory(err);
	else if (crypto_aead_xchacha20poly1305_ietf_decrypt(to, &n, NULL, file.p,
		     file.len, context.p, context.len, nonce.p, key) != 0)
		rc = err_set(err, RC_REFUSE,
		    "it was not sealed with this key under this name, or has changed");
	else {
		plain.len = (size_t)n;
		rc = read_plain(buf_span(&plain), ret, err);
	}
	buf_clear(&plain);
	buf_clear(&context);
	return rc;
}

/* ---- files ---- */

enum rc
sealed_add(const struct sealed_place *at, const struct sources_key *k, bool replace,
    const struct sealed_owner *owner, struct err *err)
{
	const struct secretfile_new how = { .mode = 0600,
		.replace = replace,
		.give = owner->give,
		.owner = owner->uid };
	char path[PATH_MAX];
	uint8_t key[KEY];
	struct buf file;
	enum rc rc;

	if ((rc = start_sodium(err)) != RC_OK ||
	    (rc = path_of(at->folder, at->name, path, err)) != RC_OK ||
	    (rc = load_key(at->key, key, err)) != RC_OK)
		return rc;
	buf_init(&file, FILE_MAX);
	if ((rc = seal(at->name, key, k, &file, err)) == RC_OK &&
	    (rc = secretfile_write(path, &how, buf_span(&file), err)) != RC_OK)
		err_add(err, "%s", path);
	buf_clear(&file);
	sodium_memzero(key, sizeof key);
	return rc;
}

enum rc
sealed_load(const struct sealed_place *at, struct sources_key **ret, struct err *err)
{
	char path[PATH_MAX];
	uint8_t key[KEY];
	struct buf file;
	enum rc rc;

	if ((rc = start_sodium(err)) != RC_OK ||
	    (rc = path_of(at->folder, at->name, path, err)) != RC_OK ||
	    (rc = load_key(at->key, key, err)) != RC_OK)
		return rc;
	buf_init(&file, FILE_MAX + SECRETFILE_PAGE);
	if ((rc = secretfile_read(path, FILE_MAX, &file, err)) == RC_OK)
		rc = unseal(at->name, key, buf_span(&file), ret, err);
	if (rc != RC_OK)
		err_add(err, "the sealed credential %s", at->name);
	buf_clear(&file);
	sodium_memzero(key, sizeof key);
	return rc;
}

enum rc
sealed_remove(const char *folder, const char *name, struct err *err)
{
	char path[PATH_MAX];
	enum rc rc;

	if ((rc = path_of(folder, name, path, err)) != RC_OK)
		return rc;
	if (unlink(path) != 0)
		return err_errno(
		    err, errno == ENOENT ? RC_REFUSE : RC_FAIL, "remove %s", path);
	return RC_OK;
}

static bool
is_sealed(const char *file, char name[NAME_MOST + 1])
{
	size_t n = strlen(file), tail = strlen(SUFFIX);

	if (n <= tail || strcmp(file + n - tail, SUFFIX) != 0)
		return false;
	return span_copy(span_make(file, n - tail), name, NAME_MOST + 1) &&
	       sealed_name(span_of(name));
}

static int
only_sealed(const struct dirent *e)
{
	char name[NAME_MOST + 1];

	return is_sealed(e->d_name, name);
}

enum rc
sealed_list(const char *folder, struct buf *ret, struct err *err)
{
	char name[NAME_MOST + 1];
	struct dirent **all;
	int n = scandir(folder, &all, only_sealed, alphasort);

	if (n < 0)
		return err_errno(err, RC_REFUSE, "%s", folder);
	for (int i = 0; i < n; i++) {
		if (is_sealed(all[i]->d_name, name))
			buf_printf(ret, "%s\n", name);
		free(all[i]);
	}
	free(all);
	return buf_ok(ret) ? RC_OK : err_memory(err);
}
