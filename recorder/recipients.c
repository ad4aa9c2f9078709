/* The recipients list; see recipients.h. */
#include "recorder/recipients.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "recorder/b64.h"
#include "recorder/sha.h"
#include "recorder/textfile.h"

struct recipients {
	size_t n;
	uint8_t digest[32];
	struct recipient one[RECIPIENTS_MAX];
};

/* Its NUL is signed, too. */
static const char context[] = "hoop-rec/1 recipients";

static bool
label_ok(struct span s)
{
	return s.len <= RECIPIENTS_LABEL_MAX && header_broker_ok(s) &&
	       memchr(s.p, '/', s.len) == NULL && memchr(s.p, ':', s.len) == NULL;
}

static unsigned
digits(const char *p, size_t n)
{
	unsigned v = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return 0;
		v = v * 10 + (unsigned)(p[i] - '0');
	}
	return v;
}

static bool
date_ok(const char *d)
{
	static const unsigned days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	unsigned y = digits(d, 4), m = digits(d + 5, 2), day = digits(d + 8, 2);
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

	return strlen(d) == 10 && d[4] == '-' && d[7] == '-' && y >= 1970 && m >= 1 &&
	       m <= 12 && day >= 1 && day <= days[m - 1] + (m == 2 && leap);
}

/* An X25519 key that crypto_box_seal will take: no point of small order. */
static bool
point_ok(const uint8_t pk[32])
{
	static const uint8_t any[32] = { 8 };
	uint8_t shared[32];

	return crypto_scalarmult(shared, any, pk) == 0;
}

/* Everything about one recipient but its expiry. */
static enum rc
check(const struct recipient *list, size_t i, struct err *err)
{
	const struct recipient *r = &list[i];

	if (!label_ok(span_of(r->label)))
		return err_set(err, RC_REFUSE, "not a label");
	if (!header_word_ok(span_of(r->epoch), HEADER_EPOCH_MAX))
		return err_set(err, RC_REFUSE, "not an epoch");
	if (!date_ok(r->not_after))
		return err_set(err, RC_REFUSE, "not a date (YYYY-MM-DD)");
	if (!point_ok(r->pk))
		return err_set(err, RC_REFUSE, "not an X25519 public key");
	for (size_t k = 0; k < i; k++) {
		if (strcmp(list[k].label, r->label) == 0)
			return err_set(
			    err, RC_REFUSE, "label %s stands twice", r->label);
		if (memcmp(list[k].pk, r->pk, 32) == 0)
			return err_set(err, RC_REFUSE, "the key of %s is also %s's",
			    r->label, list[k].label);
	}
	return RC_OK;
}

/* recipient LABEL EPOCH NOT_AFTER KEY */
static enum rc
add_line(struct recipients *r, struct span line, const char *today, struct err *err)
{
	struct recipient *one = &r->one[r->n];
	struct span f[5];
	enum rc rc;

	if (textfile_fields(line, f, 5) != 5 || !span_is(f[0], "recipient"))
		return err_set(
		    err, RC_REFUSE, "expected: recipient LABEL EPOCH NOT_AFTER KEY");
	if (r->n == RECIPIENTS_MAX)
		return err_set(
		    err, RC_REFUSE, "more than %d recipients", RECIPIENTS_MAX);
	if (!span_copy(f[1], one->label, sizeof one->label) ||
	    !span_copy(f[2], one->epoch, sizeof one->epoch) ||
	    !span_copy(f[3], one->not_after, sizeof one->not_after) ||
	    !b64_fixed(f[4], one->pk, 32))
		return err_set(err, RC_REFUSE,
		    "a field is too long, or the key no base64 of 32 bytes");
	if ((rc = check(r->one, r->n, err)) != RC_OK ||
	    (rc = header_kid(one->pk, one->kid, err)) != RC_OK)
		return rc;
	if (strcmp(today, one->not_after) > 0)
		return err_set(
		    err, RC_REFUSE, "%s expired on %s", one->label, one->not_after);
	r->n++;
	return RC_OK;
}

/* signed ADMIN SIGNATURE, over body. */
static enum rc
check_signature(
    struct span line, struct span body, const uint8_t admin_pk[32], struct err *err)
{
	struct span f[3];
	uint8_t pk[32], sig[64];
	struct buf m;
	int bad;

	if (textfile_fields(line, f, 3) != 3 || !b64_fixed(f[1], pk, 32) ||
	    !b64_fixed(f[2], sig, 64))
		return err_set(err, RC_REFUSE, "expected: signed ADMIN SIGNATURE");
	if (memcmp(pk, admin_pk, 32) != 0)
		return err_set(
		    err, RC_REFUSE, "signed by a key that is not the pinned one");
	buf_init(&m, RECIPIENTS_TEXT_MAX + sizeof context);
	buf_put(&m, context, sizeof context);
	buf_span_put(&m, body);
	bad =
	    !buf_ok(&m) || crypto_sign_verify_detached(sig, m.p, m.len, admin_pk) != 0;
	buf_clear(&m);
	return bad ? err_set(err, RC_REFUSE, "the signature is false") : RC_OK;
}

/* The signature first: nothing is said on the content of a list that is not the
 * admin's. */
static enum rc
find_signature(struct span text, const uint8_t admin_pk[32], struct span *body,
    unsigned *at, struct err *err)
{
	struct span rest = text, line;

	for (*at = 1;; ++*at) {
		size_t from = text.len - rest.len;

		if (!textfile_line(&rest, &line))
			return err_set(err, RC_REFUSE, "line %u: no signature", *at);
		if (!span_starts(line, "signed "))
			continue;
		if (rest.len > 0)
			return err_set(err, RC_REFUSE,
			    "line %u: something follows the signature", *at);
		*body = span_make(text.p, from);
		return check_signature(line, *body, admin_pk, err);
	}
}

static enum rc
parse_body(struct recipients *r, struct span body, uint64_t now_ms, struct err *err)
{
	struct span line;
	char today[21];
	enum rc rc;

	clock_iso(now_ms, today);
	today[10] = '\0';
	if (!textfile_line(&body, &line) || !span_is(line, "hoop-recipients 1"))
		return err_set(err, RC_REFUSE, "line 1: expected: hoop-recipients 1");
	for (unsigned n = 2; textfile_line(&body, &line); n++)
		if ((rc = add_line(r, line, today, err)) != RC_OK) {
			err_add(err, "line %u", n);
			return rc;
		}
	if (r->n < RECIPIENTS_LEAST)
		return err_set(err, RC_REFUSE,
		    "%zu recipients, and at least %d are needed", r->n,
		    RECIPIENTS_LEAST);
	return RC_OK;
}

enum rc
recipients_parse(struct span text, const uint8_t admin_pk[32], uint64_t now_ms,
    struct recipients **ret, struct err *err)
{
	struct recipients *r;
	struct span body;
	unsigned at;
	enum rc rc;

	if (text.len > RECIPIENTS_TEXT_MAX)
		return err_set(
		    err, RC_REFUSE, "more than %d bytes", RECIPIENTS_TEXT_MAX);
	if ((rc = find_signature(text, admin_pk, &body, &at, err)) != RC_OK)
		return rc;
	if ((r = calloc(1, sizeof *r)) == NULL)
		return err_memory(err);
	if ((rc = sha_parts(&text, 1, r->digest, err)) != RC_OK ||
	    (rc = parse_body(r, body, now_ms, err)) != RC_OK) {
		free(r);
		return rc;
	}
	*ret = r;
	return RC_OK;
}

void
recipients_free(struct recipients *r)
{
	free(r);
}

size_t
recipients_count(const struct recipients *r)
{
	return r->n;
}

const struct recipient *
recipients_at(const struct recipients *r, size_t i)
{
	return i < r->n ? &r->one[i] : NULL;
}

const uint8_t *
recipients_digest(const struct recipients *r)
{
	return r->digest;
}

static void
put_signature(struct span body, const struct keyfile *admin, struct buf *out)
{
	uint8_t sig[64];
	struct buf m;

	buf_init(&m, RECIPIENTS_TEXT_MAX + sizeof context);
	buf_put(&m, context, sizeof context);
	buf_span_put(&m, body);
	crypto_sign_detached(sig, NULL, m.p, m.len, keyfile_secret(admin).p);
	buf_clear(&m);
	buf_text(out, "signed ");
	b64_put(out, span_make(keyfile_public(admin), 32));
	buf_text(out, " ");
	b64_put(out, span_make(sig, sizeof sig));
	buf_text(out, "\n");
}

enum rc
recipients_put(const struct recipient *list, size_t n, const struct keyfile *admin,
    struct buf *out, struct err *err)
{
	size_t from = out->len;
	enum rc rc;

	if (keyfile_kind(admin) != KEYFILE_ADMIN)
		return err_set(err, RC_REFUSE, "only an admin key signs recipients");
	if (n < RECIPIENTS_LEAST || n > RECIPIENTS_MAX)
		return err_set(err, RC_REFUSE, "%zu recipients are not %d to %d", n,
		    RECIPIENTS_LEAST, RECIPIENTS_MAX);
	buf_text(out, "hoop-recipients 1\n");
	for (size_t i = 0; i < n; i++) {
		if ((rc = check(list, i, err)) != RC_OK) {
			err_add(err, "recipient %zu", i + 1);
			return rc;
		}
		buf_printf(out, "recipient %s %s %s ", list[i].label, list[i].epoch,
		    list[i].not_after);
		b64_put(out, span_make(list[i].pk, 32));
		buf_text(out, "\n");
	}
	if (buf_ok(out))
		put_signature(span_make(out->p + from, out->len - from), admin, out);
	return buf_ok(out) ? RC_OK
			   : err_set(err, RC_FAIL, "no room for the recipients list");
}
