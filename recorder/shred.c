/* Shred keys: their mask and their file; see shred.h. */
#include "recorder/shred.h"

#include <sodium.h>
#include <string.h>

#include "lib/base/id.h"
#include "recorder/b64.h"
#include "recorder/textfile.h"

void
shred_mask(const uint8_t key[SHRED_KEY], uint8_t bytes[32])
{
	static const char label[] = "hoop-rec/1 shred";
	uint8_t mask[32];

	crypto_generichash(
	    mask, sizeof mask, (const uint8_t *)label, strlen(label), key, SHRED_KEY);
	for (size_t i = 0; i < sizeof mask; i++)
		bytes[i] ^= mask[i];
	sodium_memzero(mask, sizeof mask);
	/* libsodium's state was on the stack. */
	sodium_stackzero(2048);
}

void
shred_put(const uint8_t sid[16], const uint8_t key[SHRED_KEY], struct buf *out)
{
	char text[ID_UUID_TEXT];

	id_uuid_text(sid, text);
	buf_printf(out, "hoop-shred 1 %s ", text);
	b64_put(out, span_make(key, SHRED_KEY));
	buf_text(out, "\n");
}

enum rc
shred_parse(
    struct span text, const uint8_t sid[16], struct secret **ret, struct err *err)
{
	struct secret *key = NULL;
	struct span line, f[5];
	char want[ID_UUID_TEXT];
	enum rc rc;

	id_uuid_text(sid, want);
	if (text.len > SHRED_TEXT_MAX || !textfile_line(&text, &line) || text.len > 0 ||
	    textfile_fields(line, f, 4) != 4 || !span_is(f[0], "hoop-shred") ||
	    !span_is(f[1], "1"))
		return err_set(err, RC_REFUSE, "this is no shred key");
	if (!span_is(f[2], want))
		return err_set(
		    err, RC_REFUSE, "this is the shred key of another recording");
	if ((rc = secret_new(SHRED_KEY, &key, err)) != RC_OK)
		return rc;
	if (!b64_fixed(f[3], secret_bytes(key), SHRED_KEY)) {
		secret_free(key);
		return err_set(err, RC_REFUSE, "this is no shred key");
	}
	*ret = key;
	return RC_OK;
}

enum rc
shred_load(
    const char *path, const uint8_t sid[16], struct secret **ret, struct err *err)
{
	struct secret *text = NULL;
	enum rc rc = textfile_read(path, TEXTFILE_PRIVATE, SHRED_TEXT_MAX, &text, err);

	if (rc != RC_OK)
		return rc;
	if ((rc = shred_parse(secret_span(text), sid, ret, err)) != RC_OK)
		err_add(err, "%s", path);
	secret_free(text);
	return rc;
}
