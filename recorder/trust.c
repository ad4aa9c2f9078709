/* The trust file; see trust.h. */
#include "recorder/trust.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/b64.h"
#include "recorder/header.h"
#include "recorder/sha.h"
#include "recorder/textfile.h"

struct pin {
	bool is_log;
	char broker[HEADER_BROKER_MAX + 1];
	uint8_t pk[32];
	uint8_t dkid[8];
};

struct trust {
	size_t n;
	struct pin pin[TRUST_KEYS_MAX];
};

enum rc
trust_dkid(const uint8_t pk[32], uint8_t dkid[8], struct err *err)
{
	struct span part = span_make(pk, 32);
	uint8_t h[32];
	enum rc rc;

	if ((rc = sha_parts(&part, 1, h, err)) == RC_OK)
		memcpy(dkid, h, 8);
	return rc;
}

enum rc
trust_new(struct trust **ret, struct err *err)
{
	struct trust *t = calloc(1, sizeof *t);

	if (t == NULL)
		return err_memory(err);
	*ret = t;
	return RC_OK;
}

void
trust_free(struct trust *t)
{
	free(t);
}

size_t
trust_count(const struct trust *t)
{
	return t->n;
}

/* A point on the curve, in the large subgroup: X25519 conversion checks just that. */
static bool
signing_point(const uint8_t pk[32])
{
	uint8_t curve[32];

	return crypto_sign_ed25519_pk_to_curve25519(curve, pk) == 0;
}

static bool
pinned(const struct trust *t, const struct pin *p)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->pin[i].is_log == p->is_log &&
		    strcmp(t->pin[i].broker, p->broker) == 0 &&
		    memcmp(t->pin[i].pk, p->pk, 32) == 0)
			return true;
	return false;
}

enum rc
trust_add(struct trust *t, bool is_log, struct span broker, const uint8_t pk[32],
    struct err *err)
{
	struct pin p = { .is_log = is_log };
	enum rc rc;

	if (t->n == TRUST_KEYS_MAX)
		return err_set(err, RC_REFUSE, "more than %d keys", TRUST_KEYS_MAX);
	if (!header_broker_ok(broker) || !span_copy(broker, p.broker, sizeof p.broker))
		return err_set(err, RC_REFUSE, "not a broker's name");
	if (!signing_point(pk))
		return err_set(err, RC_REFUSE, "not an Ed25519 public key");
	memcpy(p.pk, pk, 32);
	if (pinned(t, &p))
		return err_set(err, RC_REFUSE, "the same key twice for %s", p.broker);
	if ((rc = trust_dkid(pk, p.dkid, err)) != RC_OK)
		return rc;
	t->pin[t->n++] = p;
	return RC_OK;
}

static enum rc
add_line(struct trust *t, struct span line, struct err *err)
{
	struct span f[3];
	uint8_t pk[32];

	if (textfile_fields(line, f, 3) != 3 ||
	    (!span_is(f[0], "device") && !span_is(f[0], "log")))
		return err_set(err, RC_REFUSE, "expected: device|log BROKER KEY");
	if (!b64_fixed(f[2], pk, 32))
		return err_set(err, RC_REFUSE, "the key is not the base64 of 32 bytes");
	return trust_add(t, span_is(f[0], "log"), f[1], pk, err);
}

static enum rc
parse_lines(struct trust *t, struct span text, struct err *err)
{
	struct span line;
	unsigned n = 1;
	enum rc rc;

	if (!textfile_line(&text, &line) || !span_is(line, "hoop-trust 1"))
		return err_set(err, RC_REFUSE, "line 1: expected: hoop-trust 1");
	while (textfile_line(&text, &line)) {
		n++;
		if ((rc = add_line(t, line, err)) != RC_OK) {
			err_add(err, "line %u", n);
			return rc;
		}
	}
	if (text.len > 0)
		return err_set(err, RC_REFUSE, "line %u: no end of line", n + 1);
	if (t->n == 0)
		return err_set(err, RC_REFUSE, "no key in it");
	return RC_OK;
}

enum rc
trust_parse(struct span text, struct trust **ret, struct err *err)
{
	struct trust *t = NULL;
	enum rc rc;

	if (text.len > TRUST_TEXT_MAX)
		return err_set(err, RC_REFUSE, "more than %d bytes", TRUST_TEXT_MAX);
	if ((rc = trust_new(&t, err)) != RC_OK)
		return rc;
	if ((rc = parse_lines(t, text, err)) != RC_OK) {
		trust_free(t);
		return rc;
	}
	*ret = t;
	return RC_OK;
}

enum rc
trust_load(const char *path, struct trust **ret, struct err *err)
{
	struct secret *text = NULL;
	enum rc rc;

	if ((rc = textfile_read(path, TEXTFILE_PUBLIC, TRUST_TEXT_MAX, &text, err)) !=
	    RC_OK)
		return rc;
	if ((rc = trust_parse(secret_span(text), ret, err)) != RC_OK)
		err_add(err, "%s", path);
	secret_free(text);
	return rc;
}

void
trust_put(const struct trust *t, struct buf *out)
{
	buf_text(out, "hoop-trust 1\n");
	for (size_t i = 0; i < t->n; i++) {
		buf_printf(out, "%s %s ", t->pin[i].is_log ? "log" : "device",
		    t->pin[i].broker);
		b64_put(out, span_make(t->pin[i].pk, 32));
		buf_text(out, "\n");
	}
}

const uint8_t *
trust_device(const struct trust *t, const char *broker, const uint8_t dkid[8])
{
	for (size_t i = 0; t != NULL && i < t->n; i++)
		if (!t->pin[i].is_log && strcmp(t->pin[i].broker, broker) == 0 &&
		    memcmp(t->pin[i].dkid, dkid, 8) == 0)
			return t->pin[i].pk;
	return NULL;
}

bool
trust_has_log(const struct trust *t, const char *broker)
{
	for (size_t i = 0; t != NULL && i < t->n; i++)
		if (t->pin[i].is_log && strcmp(t->pin[i].broker, broker) == 0)
			return true;
	return false;
}

const uint8_t *
trust_signer(const struct trust *t, const char *broker, size_t i)
{
	bool is_log = trust_has_log(t, broker);

	for (size_t k = 0; t != NULL && k < t->n; k++)
		if (t->pin[k].is_log == is_log &&
		    strcmp(t->pin[k].broker, broker) == 0 && i-- == 0)
			return t->pin[k].pk;
	return NULL;
}

bool
trust_has(const struct trust *t, const char *broker, const uint8_t pk[32])
{
	for (size_t i = 0; t != NULL && i < t->n; i++)
		if (!t->pin[i].is_log && strcmp(t->pin[i].broker, broker) == 0 &&
		    memcmp(t->pin[i].pk, pk, 32) == 0)
			return true;
	return false;
}
