/* From one device key to the next; see rotation.h. */
#include "recorder/rotation.h"

#include <sodium.h>
#include <string.h>

#include "recorder/b64.h"
#include "recorder/textfile.h"

/* Its NUL is signed, too. */
static const char context[] = "hoop-rec/1 rotate";

#define MESSAGE_MAX (sizeof context + HEADER_BROKER_MAX + 1 + 64)

static struct span
message(const struct rotation *r, uint8_t room[MESSAGE_MAX])
{
	size_t n = strlen(r->broker) + 1, at = sizeof context;

	memcpy(room, context, at);
	memcpy(room + at, r->broker, n);
	memcpy(room + at + n, r->old, 32);
	memcpy(room + at + n + 32, r->new, 32);
	return span_make(room, at + n + 64);
}

enum rc
rotation_make(const struct keyfile *old, const struct keyfile *new,
    struct rotation *ret, struct err *err)
{
	uint8_t room[MESSAGE_MAX];
	struct rotation r;
	struct span m;

	if (keyfile_kind(old) != KEYFILE_DEVICE || keyfile_kind(new) != KEYFILE_DEVICE)
		return err_set(err, RC_REFUSE, "only a device key is rotated");
	if (strcmp(keyfile_label(old), keyfile_label(new)) != 0)
		return err_set(err, RC_REFUSE, "the keys are of two brokers");
	if (memcmp(keyfile_public(old), keyfile_public(new), 32) == 0)
		return err_set(err, RC_REFUSE, "both are the same key");
	memset(&r, 0, sizeof r);
	span_copy(span_of(keyfile_label(old)), r.broker, sizeof r.broker);
	memcpy(r.old, keyfile_public(old), 32);
	memcpy(r.new, keyfile_public(new), 32);
	m = message(&r, room);
	crypto_sign_detached(r.sig, NULL, m.p, m.len, keyfile_secret(old).p);
	*ret = r;
	return RC_OK;
}

enum rc
rotation_verify(const struct rotation *r, struct err *err)
{
	uint8_t room[MESSAGE_MAX];
	struct span m = message(r, room);

	if (memcmp(r->old, r->new, 32) == 0)
		return err_set(err, RC_REFUSE, "a rotation from a key to itself");
	if (crypto_sign_verify_detached(r->sig, m.p, m.len, r->old) != 0)
		return err_set(
		    err, RC_REFUSE, "the old key did not sign this rotation");
	return RC_OK;
}

void
rotation_put(const struct rotation *r, struct buf *out)
{
	buf_printf(out, "hoop-rotation 1 %s ", r->broker);
	b64_put(out, span_make(r->old, 32));
	buf_text(out, " ");
	b64_put(out, span_make(r->new, 32));
	buf_text(out, " ");
	b64_put(out, span_make(r->sig, 64));
	buf_text(out, "\n");
}

enum rc
rotation_parse(struct span text, struct rotation *ret, struct err *err)
{
	struct span line, f[6];
	struct rotation r;
	enum rc rc;

	memset(&r, 0, sizeof r);
	if (!textfile_line(&text, &line) || text.len > 0 ||
	    textfile_fields(line, f, 6) != 6 || !span_is(f[0], "hoop-rotation") ||
	    !span_is(f[1], "1"))
		return err_set(err, RC_REFUSE,
		    "expected one line: hoop-rotation 1 BROKER OLD NEW SIGNATURE");
	if (!header_broker_ok(f[2]) || !span_copy(f[2], r.broker, sizeof r.broker))
		return err_set(err, RC_REFUSE, "not a broker's name");
	if (!b64_fixed(f[3], r.old, 32) || !b64_fixed(f[4], r.new, 32) ||
	    !b64_fixed(f[5], r.sig, 64))
		return err_set(err, RC_REFUSE, "a key or the signature is no base64");
	if ((rc = rotation_verify(&r, err)) == RC_OK)
		*ret = r;
	return rc;
}
