/* Signed notes; see checkpoint.h.  What was signed is built again from what was read,
 * which is possible because only one text is taken for each value. */
#include "recorder/checkpoint.h"

#include <sodium.h>
#include <string.h>

#include "lib/base/id.h"
#include "recorder/b64.h"
#include "recorder/sha.h"
#include "recorder/textfile.h"

#define BODY_MAX 512
#define DASH "\xE2\x80\x94 " /* an em dash and a space begin a signature line */
#define SIZE_MAX_LOG ((uint64_t)1 << 62)

/* A name that C2SP takes, too. */
static bool
name_ok(struct span s)
{
	return header_broker_ok(s) && memchr(s.p, '+', s.len) == NULL;
}

static enum rc
key_id(const char *broker, const uint8_t pk[32], uint8_t id[4], struct err *err)
{
	static const uint8_t type[] = { 0x0A, 0x01 };
	const struct span parts[] = { span_of(broker), { type, 2 }, { pk, 32 } };
	uint8_t h[32];
	enum rc rc = sha_parts(parts, 3, h, err);

	if (rc == RC_OK)
		memcpy(id, h, 4);
	return rc;
}

static void
put_body(const char *broker, uint64_t size, const uint8_t root[32], struct buf *out)
{
	buf_printf(out, "%s\n%llu\n", broker, (unsigned long long)size);
	b64_put(out, span_make(root, 32));
	buf_text(out, "\n");
}

enum rc
checkpoint_put(uint64_t size, const uint8_t root[32], const struct keyfile *device,
    struct buf *out, struct err *err)
{
	const char *broker = keyfile_label(device);
	uint8_t sig[4 + 64];
	size_t from = out->len;
	enum rc rc;

	if (keyfile_kind(device) != KEYFILE_DEVICE)
		return err_set(err, RC_REFUSE, "only a device key signs checkpoints");
	if (!name_ok(span_of(broker)))
		return err_set(err, RC_REFUSE,
		    "the broker's name cannot stand in a checkpoint: %s", broker);
	if ((rc = key_id(broker, keyfile_public(device), sig, err)) != RC_OK)
		return rc;
	put_body(broker, size, root, out);
	if (!buf_ok(out))
		return err_set(err, RC_FAIL, "no room for a checkpoint");
	crypto_sign_detached(
	    sig + 4, NULL, out->p + from, out->len - from, keyfile_secret(device).p);
	buf_printf(out, "\n" DASH "%s ", broker);
	b64_put(out, span_make(sig, sizeof sig));
	buf_text(out, "\n");
	return buf_ok(out) ? RC_OK : err_set(err, RC_FAIL, "no room for a checkpoint");
}

/* A decimal without sign or leading zero. */
static bool
number(struct span s, uint64_t *ret)
{
	uint64_t v = 0;

	if (s.len == 0 || s.len > 19 || (s.len > 1 && s.p[0] == '0'))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (s.p[i] - '0');
	}
	*ret = v;
	return v <= SIZE_MAX_LOG;
}

/* The three lines that are signed, and the empty one behind them. */
static enum rc
parse_body(struct span *text, struct checkpoint *c, struct err *err)
{
	struct span line;

	if (!textfile_line(text, &line) || !name_ok(line) ||
	    !span_copy(line, c->broker, sizeof c->broker))
		return err_set(err, RC_REFUSE, "line 1 is no broker's name");
	if (!textfile_line(text, &line) || !number(line, &c->size))
		return err_set(err, RC_REFUSE, "line 2 is no number of leaves");
	if (!textfile_line(text, &line) || !b64_fixed(line, c->root, 32))
		return err_set(err, RC_REFUSE, "line 3 is not the base64 of a root");
	if (!textfile_line(text, &line) || line.len != 0)
		return err_set(err, RC_REFUSE, "line 4 is not empty");
	return RC_OK;
}

/* One signature line.  Those of other names may be of any algorithm. */
static enum rc
parse_signature(struct span line, struct checkpoint *c, struct err *err)
{
	struct checkpoint_sig *sig = &c->sig[c->sigs];
	uint8_t bytes[4 + 64];
	struct span f[2];

	if (!span_starts(line, DASH))
		return err_set(err, RC_REFUSE, "no signature line");
	line = span_make(line.p + strlen(DASH), line.len - strlen(DASH));
	if (textfile_fields(line, f, 2) != 2)
		return err_set(err, RC_REFUSE, "expected: NAME SIGNATURE");
	if (!span_is(f[0], c->broker))
		return RC_OK;
	if (!b64_fixed(f[1], bytes, sizeof bytes))
		return err_set(
		    err, RC_REFUSE, "the signature is not the base64 of 68 bytes");
	memcpy(sig->keyid, bytes, 4);
	memcpy(sig->sig, bytes + 4, 64);
	c->sigs++;
	return RC_OK;
}

enum rc
checkpoint_parse(struct span text, struct checkpoint *ret, struct err *err)
{
	struct checkpoint c = { 0 };
	struct span line;
	unsigned n;
	enum rc rc;

	if (text.len > CHECKPOINT_TEXT_MAX)
		return err_set(
		    err, RC_REFUSE, "more than %d bytes", CHECKPOINT_TEXT_MAX);
	if ((rc = parse_body(&text, &c, err)) != RC_OK)
		return rc;
	for (n = 5; textfile_line(&text, &line); n++) {
		if (n == 5 + CHECKPOINT_SIGNERS)
			return err_set(err, RC_REFUSE, "more than %d signatures",
			    CHECKPOINT_SIGNERS);
		if ((rc = parse_signature(line, &c, err)) != RC_OK) {
			err_add(err, "line %u", n);
			return rc;
		}
	}
	if (text.len > 0)
		return err_set(err, RC_REFUSE, "line %u: no end of line", n);
	if (c.sigs == 0)
		return err_set(
		    err, RC_REFUSE, "not signed in the name of %s", c.broker);
	*ret = c;
	return RC_OK;
}

void
checkpoint_line_put(const struct checkpoint *c, struct buf *out)
{
	uint8_t sig[4 + 64];

	memcpy(sig, c->sig[0].keyid, 4);
	memcpy(sig + 4, c->sig[0].sig, 64);
	buf_printf(out, "%s %llu ", c->broker, (unsigned long long)c->size);
	b64_put(out, span_make(c->root, 32));
	buf_text(out, " ");
	b64_put(out, span_make(sig, sizeof sig));
	buf_text(out, "\n");
}

enum rc
checkpoint_line_parse(struct span line, struct checkpoint *ret, struct err *err)
{
	struct checkpoint c = { .sigs = 1 };
	uint8_t sig[4 + 64];
	struct span f[4];

	if (textfile_fields(line, f, 4) != 4 || !name_ok(f[0]) ||
	    !span_copy(f[0], c.broker, sizeof c.broker) || !number(f[1], &c.size) ||
	    !b64_fixed(f[2], c.root, 32) || !b64_fixed(f[3], sig, sizeof sig))
		return err_set(err, RC_REFUSE, "expected: BROKER SIZE ROOT SIGNATURE");
	memcpy(c.sig[0].keyid, sig, 4);
	memcpy(c.sig[0].sig, sig + 4, 64);
	*ret = c;
	return RC_OK;
}

/* RC_END: no signature names this key. */
static enum rc
signed_by(const struct checkpoint *c, const uint8_t pk[32], struct err *err)
{
	enum rc rc = RC_END;
	uint8_t id[4];
	struct buf body;

	if (key_id(c->broker, pk, id, err) != RC_OK)
		return RC_FAIL;
	buf_init(&body, BODY_MAX);
	put_body(c->broker, c->size, c->root, &body);
	if (!buf_ok(&body))
		rc = err_memory(err);
	for (unsigned i = 0; rc == RC_END && i < c->sigs; i++) {
		if (memcmp(c->sig[i].keyid, id, 4) != 0)
			continue;
		rc = crypto_sign_verify_detached(c->sig[i].sig, body.p, body.len, pk) ==
			     0
			 ? RC_OK
			 : err_set(err, RC_REFUSE,
			       "the signature of the checkpoint is false");
	}
	buf_clear(&body);
	return rc;
}

enum rc
checkpoint_signed(const struct checkpoint *c, const uint8_t pk[32], struct err *err)
{
	enum rc rc = signed_by(c, pk, err);

	return rc == RC_END
		   ? err_set(err, RC_REFUSE, "the checkpoint is not signed by this key")
		   : rc;
}

enum rc
checkpoint_verify(const struct checkpoint *c, const struct trust *t, struct err *err)
{
	const uint8_t *pk;

	for (size_t i = 0; (pk = trust_signer(t, c->broker, i)) != NULL; i++) {
		enum rc rc = signed_by(c, pk, err);

		if (rc != RC_END)
			return rc;
	}
	return err_set(err, RC_END,
	    "the checkpoint of %s is signed by no key that is trusted", c->broker);
}

enum rc
checkpoint_vkey(
    const char *broker, const uint8_t pk[32], struct buf *out, struct err *err)
{
	uint8_t id[4], typed[33] = { 1 };
	char hex[9];
	enum rc rc = key_id(broker, pk, id, err);

	if (rc != RC_OK)
		return rc;
	memcpy(typed + 1, pk, 32);
	id_hex(id, 4, hex);
	buf_printf(out, "%s+%s+", broker, hex);
	b64_put(out, span_make(typed, sizeof typed));
	return buf_ok(out) ? RC_OK : err_set(err, RC_FAIL, "no room for a key");
}
