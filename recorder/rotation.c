/* Old key, new key: what is signed, and the file that tells. */
#include "recorder/rotation.h"

#include <sodium.h>
#include <string.h>

#include "recorder/b64.h"
#include "recorder/header.h"
#include "recorder/textfile.h"

static const char context[] = "hoop-rec/1 rotate"; /* with its NUL */

/* The signed bytes into m. */
static enum rc
message(const struct rotation *r, const char *broker, struct buf *m, struct err *err)
{
	buf_init(m, sizeof context + HEADER_BROKER_MAX + 1 + 64);
	buf_put(m, context, sizeof context);
	buf_put(m, broker, strlen(broker) + 1);
	buf_put(m, r->old_pk, 32);
	buf_put(m, r->new_pk, 32);
	return buf_ok(m) ? RC_OK : err_memory(err);
}

enum rc
rotation_sign(const struct keyfile *old, const uint8_t new_pk[32], struct rotation *ret,
    struct err *err)
{
	struct rotation r;
	struct buf m;
	enum rc rc;

	if (keyfile_kind(old) != KEYFILE_DEVICE)
		return err_set(err, RC_REFUSE, "only a device key signs for another");
	memcpy(r.old_pk, keyfile_public(old), 32);
	memcpy(r.new_pk, new_pk, 32);
	if ((rc = message(&r, keyfile_label(old), &m, err)) == RC_OK) {
		crypto_sign_detached(r.sig, NULL, m.p, m.len, keyfile_secret(old).p);
		*ret = r;
	}
	buf_clear(&m);
	return rc;
}

enum rc
rotation_verify(const struct rotation *r, const char *broker, struct err *err)
{
	struct buf m;
	enum rc rc;

	if ((rc = message(r, broker, &m, err)) == RC_OK &&
	    crypto_sign_verify_detached(r->sig, m.p, m.len, r->old_pk) != 0)
		rc = err_set(err, RC_REFUSE,
		    "the old device key has not signed for the new one");
	buf_clear(&m);
	return rc;
}

void
rotation_put(const struct rotation *r, const char *broker, struct buf *out)
{
	buf_printf(out, "hoop-rotation 1 %s ", broker);
	b64_put(out, span_make(r->old_pk, 32));
	buf_text(out, " ");
	b64_put(out, span_make(r->new_pk, 32));
	buf_text(out, " ");
	b64_put(out, span_make(r->sig, 64));
	buf_text(out, "\n");
}

static enum rc
parse_line(struct span line, const char *broker, struct rotation *ret, struct err *err)
{
	struct span f[6];

	if (textfile_fields(line, f, 6) != 6 || !span_is(f[0], "hoop-rotation") ||
	    !span_is(f[1], "1"))
		return err_set(err, RC_REFUSE,
		    "expected: hoop-rotation 1 BROKER KEY KEY SIGNATURE");
	if (!span_is(f[2], broker))
		return err_set(err, RC_REFUSE, "another broker's");
	if (!b64_fixed(f[3], ret->old_pk, 32) || !b64_fixed(f[4], ret->new_pk, 32) ||
	    !b64_fixed(f[5], ret->sig, 64))
		return err_set(err, RC_REFUSE, "a key or the signature is no base64");
	return rotation_verify(ret, broker, err);
}

enum rc
rotation_find(struct span text, const char *broker, const uint8_t old_pk[32],
    struct rotation *ret, struct err *err)
{
	enum rc found = RC_END, rc;
	struct rotation r;
	struct span line;
	unsigned n = 0;

	if (text.len > ROTATION_TEXT_MAX)
		return err_set(err, RC_REFUSE, "more than %d bytes", ROTATION_TEXT_MAX);
	while (textfile_line(&text, &line)) {
		n++;
		if ((rc = parse_line(line, broker, &r, err)) != RC_OK) {
			err_add(err, "line %u", n);
			return rc;
		}
		if (memcmp(r.old_pk, old_pk, 32) != 0)
			continue;
		if (found == RC_OK)
			return err_set(err, RC_REFUSE,
			    "line %u: a second one from the same key", n);
		found = RC_OK;
		*ret = r;
	}
	if (text.len > 0)
		return err_set(err, RC_REFUSE, "line %u: no end of line", n + 1);
	return found == RC_OK ? RC_OK : err_set(err, RC_END, "none begins at this key");
}
