/* Key, trust, recipients and rewrap files.  A recipients list is also tried with a
 * signature made for it, since else nothing behind the signature is reached. */
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>

#include "recorder/b64.h"
#include "recorder/keyfile.h"
#include "recorder/recipients.h"
#include "recorder/rewrap.h"
#include "recorder/trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
keys(struct span text)
{
	static const enum keyfile_kind kinds[] = { KEYFILE_AUDITOR, KEYFILE_DEVICE,
		KEYFILE_ADMIN };
	struct trust *t = NULL;

	(void)keyfile_locked(text);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		struct keyfile *k = NULL;

		if (keyfile_parse(kinds[i], text, NULL, &k, NULL) == RC_OK)
			keyfile_free(k);
	}
	if (trust_parse(text, &t, NULL) == RC_OK)
		trust_free(t);
}

static void
must_parse(struct span text, const uint8_t admin[32])
{
	struct recipients *r = NULL;

	if (recipients_parse(text, admin, 1795000000000ULL, &r, NULL) != RC_OK)
		abort();
	recipients_free(r);
}

static void
list(struct span text, const uint8_t admin[32])
{
	struct recipients *r = NULL;

	if (recipients_parse(text, admin, 1795000000000ULL, &r, NULL) != RC_OK)
		return;
	if (recipients_count(r) < RECIPIENTS_LEAST)
		abort();
	recipients_free(r);
}

/* Lists by hand: whoever is named has a key that can be sealed to. */
static void
named(struct span text)
{
	struct recipient *list = calloc(RECIPIENTS_MAX, sizeof *list);
	struct keyfile *admin = NULL;
	struct buf out;
	size_t n = 0;

	if (list == NULL)
		abort();
	if (recipients_named(text, list, &n, NULL) == RC_OK &&
	    (n < 1 || n > RECIPIENTS_MAX))
		abort();
	free(list);
	if (keyfile_new(KEYFILE_ADMIN, span_of("a"), &admin, NULL) != RC_OK)
		abort();
	buf_init(&out, RECIPIENTS_TEXT_MAX);
	/* What is signed is a list. */
	if (recipients_sign(text, admin, 1795000000000ULL, &out, NULL) == RC_OK)
		must_parse(buf_span(&out), keyfile_public(admin));
	buf_clear(&out);
	keyfile_free(admin);
}

static void
rewrapped(struct span text)
{
	struct rewrap *r = calloc(1, sizeof *r);

	if (r == NULL)
		abort();
	if (rewrap_parse(text, r, NULL) == RC_OK &&
	    (r->n < 1 || r->n > HEADER_RCPT_MAX))
		abort();
	free(r);
}

static void
signed_list(struct span body, const uint8_t pk[32], const uint8_t sk[64])
{
	static const char context[] = "hoop-rec/1 recipients";
	uint8_t sig[64];
	struct buf m;

	buf_init(&m, 1u << 20);
	buf_put(&m, context, sizeof context);
	buf_span_put(&m, body);
	if (!buf_ok(&m))
		goto out;
	crypto_sign_detached(sig, NULL, m.p, m.len, sk);
	buf_skip(&m, sizeof context);
	buf_text(&m, "signed ");
	b64_put(&m, span_make(pk, 32));
	buf_text(&m, " ");
	b64_put(&m, span_make(sig, 64));
	buf_text(&m, "\n");
	list(buf_span(&m), pk);
out:
	buf_clear(&m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t seed[32] = { 7 };
	uint8_t pk[32], sk[64];

	if (sodium_init() < 0)
		abort();
	crypto_sign_seed_keypair(pk, sk, seed);
	keys(span_make(data, size));
	list(span_make(data, size), pk);
	signed_list(span_make(data, size), pk, sk);
	named(span_make(data, size));
	rewrapped(span_make(data, size));
	return 0;
}
