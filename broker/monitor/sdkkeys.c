/* The key behind the key pairs of SDKs; see sdkkeys.h.  The file is one line:
 * "broker-sdk-key/1 BASE64". */
#include "broker/monitor/sdkkeys.h"

#include <stdlib.h>
#include <sys/random.h>

#include "broker/monitor/sdkfile.h"
#include "lib/model/sdkkey.h"
#include "recorder/b64.h"
#include "recorder/textfile.h"

#define KEY 32
#define FORM "broker-sdk-key/1"
#define TEXT_MAX 256

struct sdkkeys {
	struct secret *key;
};

static enum rc
make(struct buf *text, struct err *err)
{
	struct secret *key = NULL;
	enum rc rc;

	if ((rc = secret_new(KEY, &key, err)) != RC_OK)
		return rc;
	if (getrandom(secret_bytes(key), KEY, 0) != KEY)
		rc = err_errno(err, RC_FAIL, "no randomness");
	buf_text(text, FORM " ");
	b64_put(text, secret_span(key));
	buf_u8(text, '\n');
	secret_free(key);
	return rc;
}

static bool
read_line(struct span text, uint8_t key[KEY])
{
	struct span line, fields[2];

	return textfile_line(&text, &line) && text.len == 0 &&
	       textfile_fields(line, fields, 2) == 2 && span_is(fields[0], FORM) &&
	       b64_fixed(fields[1], key, KEY);
}

enum rc
sdkkeys_open(const char *path, struct sdkkeys **ret, struct err *err)
{
	struct sdkkeys *k = calloc(1, sizeof *k);
	struct secret *text = NULL;
	enum rc rc;

	if (k == NULL)
		return err_memory(err);
	if ((rc = secret_new(KEY, &k->key, err)) == RC_OK)
		rc = sdkfile_open(path, TEXT_MAX, make, &text, err);
	if (rc == RC_OK && !read_line(secret_span(text), secret_bytes(k->key)))
		rc = err_set(
		    err, RC_REFUSE, "%s: expected one line \"%s KEY\"", path, FORM);
	secret_free(text);
	if (rc != RC_OK) {
		sdkkeys_free(k);
		return rc;
	}
	*ret = k;
	return RC_OK;
}

void
sdkkeys_free(struct sdkkeys *k)
{
	if (k == NULL)
		return;
	secret_free(k->key);
	free(k);
}

enum rc
sdkkeys_root(const struct sdkkeys *k, const char *identity, const char *profile,
    struct secret **ret, struct err *err)
{
	return sdkkey_root(secret_span(k->key), identity, profile, ret, err);
}
