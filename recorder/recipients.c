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
static const char first_line[] = "hoop-recipients 1";

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

enum rc
recipients_line(struct span line, struct recipient *ret, struct err *err)
{
	struct recipient one;
	struct span f[5];
	enum rc rc;

	memset(&one, 0, sizeof one);
	if (textfile_fields(line, f, 5) != 5 || !span_is(f[0], "recipient"))
		return err_set(
		    err, RC_REFUSE, "expected: recipient LABEL EPOCH NOT_AFTER KEY");
	if (!span_copy(f[1], one.label, sizeof one.label) ||
	    !span_copy(f[2], one.epoch, sizeof one.epoch) ||
	    !span_copy(f[3], one.not_after, sizeof one.not_after) ||
	    !b64_fixed(f[4], one.pk, 32))
		return err_set(err, RC_REFUSE,
		    "a field is too long, or the key no base64 of 32 bytes");
	if ((rc = check(&one, 0, err)) != RC_OK ||
	    (rc = header_kid(one.pk, one.kid, err)) != RC_OK)
		return rc;
	*ret = one;
	return RC_OK;
}

/* today NULL: whatever expired. */
static enum rc
add_line(struct recipients *r, struct span line, const char *today, struct err *err)
{
	struct recipient *one = &r->one[r->n];
	enum rc rc;

	if (r->n == RECIPIENTS_MAX)
		return err_set(
		    err, RC_REFUSE, "more than %d recipients", RECIPIENTS_MAX);
	if ((rc = recipients_line(line, one, err)) != RC_OK ||
	    (rc = check(r->one, r->n, err)) != RC_OK)
		return rc;
	if (today != NULL && strcmp(today, one->not_after) > 0)
		return err_set(
		    err, RC_REFUSE, "%s expired on %s", one->label, one->not_after);
	r->n++;
	return RC_OK;
}

/* signed ADMIN SIGNATURE, over body. */
static enum rc
check_signature(struct span line, struct span body, const uint8_t *admin_pk,
    uint8_t pk[32], struct err *err)
{
	struct span f[3];
	uint8_t sig[64];
	struct buf m;
	int bad;

	if (textfile_fields(line, f, 3) != 3 || !b64_fixed(f[1], pk, 32) ||
	    !b64_fixed(f[2], sig, 64))
		return err_set(err, RC_REFUSE, "expected: signed ADMIN SIGNATURE");
	if (admin_pk != NULL && memcmp(pk, admin_pk, 32) != 0)
		return err_set(
		    err, RC_REFUSE, "signed by a key that is not the pinned one");
	buf_init(&m, RECIPIENTS_TEXT_MAX + sizeof context);
	buf_put(&m, context, sizeof context);
	buf_span_put(&m, body);
	bad = !buf_ok(&m) || crypto_sign_verify_detached(sig, m.p, m.len, pk) != 0;
	buf_clear(&m);
	return bad ? err_set(err, RC_REFUSE, "the signature is false") : RC_OK;
}

/* The signature first: nothing is said on the content of a list that is not the
 * admin's. */
static enum rc
find_signature(struct span text, const uint8_t *admin_pk, uint8_t signer[32],
    struct span *body, struct err *err)
{
	struct span rest = text, line;

	for (unsigned at = 1;; at++) {
		size_t from = text.len - rest.len;

		if (!textfile_line(&rest, &line))
			return err_set(err, RC_REFUSE, "line %u: no signature", at);
		if (!span_starts(line, "signed "))
			continue;
		if (rest.len > 0)
			return err_set(err, RC_REFUSE,
			    "line %u: something follows the signature", at);
		*body = span_make(text.p, from);
		return check_signature(line, *body, admin_pk, signer, err);
	}
}

/* Bound to a day, or NULL. */
static enum rc
parse_body(struct recipients *r, struct span body, const char *today, struct err *err)
{
	struct span line;
	enum rc rc;

	if (!textfile_line(&body, &line) || !span_is(line, first_line))
		return err_set(err, RC_REFUSE, "line 1: expected: %s", first_line);
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

static enum rc
parse(struct span text, const uint8_t *admin_pk, const char *today,
    struct recipients **ret, uint8_t signer[32], struct err *err)
{
	struct recipients *r;
	struct span body;
	enum rc rc;

	if (text.len > RECIPIENTS_TEXT_MAX)
		return err_set(
		    err, RC_REFUSE, "more than %d bytes", RECIPIENTS_TEXT_MAX);
	if ((rc = find_signature(text, admin_pk, signer, &body, err)) != RC_OK)
		return rc;
	if ((r = calloc(1, sizeof *r)) == NULL)
		return err_memory(err);
	if ((rc = sha_parts(&text, 1, r->digest, err)) != RC_OK ||
	    (rc = parse_body(r, body, today, err)) != RC_OK) {
		free(r);
		return rc;
	}
	*ret = r;
	return RC_OK;
}

static void
day_of(uint64_t now_ms, char today[21])
{
	clock_iso(now_ms, today);
	today[10] = '\0';
}

enum rc
recipients_parse(struct span text, const uint8_t admin_pk[32], uint64_t now_ms,
    struct recipients **ret, struct err *err)
{
	uint8_t signer[32];
	char today[21];

	day_of(now_ms, today);
	return parse(text, admin_pk, today, ret, signer, err);
}

enum rc
recipients_look(struct span text, const uint8_t *admin_pk, struct recipients **ret,
    uint8_t signer[32], struct err *err)
{
	uint8_t pk[32];
	enum rc rc = parse(text, admin_pk, NULL, ret, pk, err);

	if (rc == RC_OK && signer != NULL)
		memcpy(signer, pk, 32);
	return rc;
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

void
recipients_line_put(const struct recipient *r, struct buf *out)
{
	buf_printf(out, "recipient %s %s %s ", r->label, r->epoch, r->not_after);
	b64_put(out, span_make(r->pk, 32));
	buf_text(out, "\n");
}

/* Days from 1970-01-01 to a date that is one, by the civil calendar. */
static long
day_number(const char *date)
{
	long y = digits(date, 4), m = digits(date + 5, 2), d = digits(date + 8, 2);

	/* The year begins in March, so that the leap day is its last. */
	y -= m <= 2;
	m += m <= 2 ? 9 : -3;
	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + d - 1 - 719468;
}

long
recipients_days(const struct recipient *r, uint64_t now_ms)
{
	return day_number(r->not_after) - (long)(now_ms / 86400000);
}

const struct recipient *
recipients_soonest(const struct recipients *r)
{
	const struct recipient *first = &r->one[0];

	for (size_t i = 1; i < r->n; i++)
		if (strcmp(r->one[i].not_after, first->not_after) < 0)
			first = &r->one[i];
	return first;
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
	buf_printf(out, "%s\n", first_line);
	for (size_t i = 0; i < n; i++) {
		if ((rc = check(list, i, err)) != RC_OK) {
			err_add(err, "recipient %zu", i + 1);
			return rc;
		}
		recipients_line_put(&list[i], out);
	}
	if (buf_ok(out))
		put_signature(span_make(out->p + from, out->len - from), admin, out);
	return buf_ok(out) ? RC_OK
			   : err_set(err, RC_FAIL, "no room for the recipients list");
}

/* The lines of a text by hand; nothing of it is believed but its words. */
static enum rc
read_lines(struct recipients *r, struct span text, const char *today, struct err *err)
{
	struct span line;
	enum rc rc = RC_OK;
	unsigned n;

	for (n = 1; rc == RC_OK && textfile_line(&text, &line); n++) {
		if (n == 1 && span_is(line, first_line))
			continue;
		if (text.len == 0 && span_starts(line, "signed "))
			continue;
		rc = add_line(r, line, today, err);
	}
	if (rc == RC_OK && text.len > 0)
		rc = err_set(err, RC_REFUSE, "no end of line");
	else
		n--;
	if (rc != RC_OK)
		err_add(err, "line %u", n);
	return rc;
}

enum rc
recipients_sign(struct span text, const struct keyfile *admin, uint64_t now_ms,
    struct buf *out, struct err *err)
{
	struct recipients *r;
	char today[21];
	enum rc rc;

	if (text.len > RECIPIENTS_TEXT_MAX)
		return err_set(
		    err, RC_REFUSE, "more than %d bytes", RECIPIENTS_TEXT_MAX);
	if ((r = calloc(1, sizeof *r)) == NULL)
		return err_memory(err);
	day_of(now_ms, today);
	if ((rc = read_lines(r, text, today, err)) == RC_OK)
		rc = recipients_put(r->one, r->n, admin, out, err);
	free(r);
	return rc;
}

void
recipients_public_put(const struct keyfile *key, struct buf *out)
{
	buf_printf(out, "hoop-public 1 %s x25519 ", keyfile_label(key));
	b64_put(out, span_make(keyfile_public(key), 32));
	buf_text(out, "\n");
}

/* A key without epoch or date; those of a list are as they may be. */
static enum rc
public_line(struct span line, struct recipient *ret, struct err *err)
{
	struct recipient one = { .epoch = "-", .not_after = "9999-12-31" };
	struct span f[5];
	enum rc rc;

	if (textfile_fields(line, f, 5) != 5 || !span_is(f[1], "1") ||
	    !span_is(f[3], "x25519") || !span_copy(f[2], one.label, sizeof one.label) ||
	    !b64_fixed(f[4], one.pk, 32))
		return err_set(
		    err, RC_REFUSE, "expected: hoop-public 1 LABEL x25519 KEY");
	if ((rc = check(&one, 0, err)) != RC_OK ||
	    (rc = header_kid(one.pk, one.kid, err)) != RC_OK)
		return rc;
	*ret = one;
	return RC_OK;
}

enum rc
recipients_named(struct span text, struct recipient list[RECIPIENTS_MAX], size_t *ret,
    struct err *err)
{
	struct span line;
	unsigned n = 0;
	size_t found = 0;
	enum rc rc = RC_OK;

	while (rc == RC_OK && textfile_line(&text, &line)) {
		n++;
		if ((n == 1 && span_is(line, first_line)) ||
		    (text.len == 0 && span_starts(line, "signed ")))
			continue;
		if (found == RECIPIENTS_MAX)
			rc = err_set(
			    err, RC_REFUSE, "more than %d keys", RECIPIENTS_MAX);
		else if (span_starts(line, "hoop-public "))
			rc = public_line(line, &list[found], err);
		else
			rc = recipients_line(line, &list[found], err);
		found++;
	}
	if (rc == RC_OK && text.len > 0)
		rc = err_set(err, RC_REFUSE, "no end of line");
	if (rc == RC_OK && found == 0)
		rc = err_set(err, RC_REFUSE, "no key in it");
	if (rc != RC_OK)
		err_add(err, "line %u", n > 0 ? n : 1);
	else
		*ret = found;
	return rc;
}
