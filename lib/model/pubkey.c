/* Layout of SSH public keys; see pubkey.h.  Verifies nothing: it names and measures. */
#include "lib/model/pubkey.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

#define ACCEPTED                                                                       \
	"ssh-ed25519, ecdsa-sha2-nistp256, -nistp384, -nistp521, ssh-rsa, "            \
	"sk-ssh-ed25519@openssh.com or sk-ecdsa-sha2-nistp256@openssh.com"

struct type {
	const char *name;
	unsigned bits;	   /* 0: the blob says */
	const char *curve; /* ecdsa only */
	size_t size;	   /* of the key or point, in bytes */
	enum rc (*fits)(
	    const struct type *t, struct cur *c, unsigned *bits, struct err *err);
	bool sk; /* a security key: an application follows */
};

/* What ends a security key's blob (OpenSSH's PROTOCOL.u2f): the application that the key
 * was made for.  sshd takes any text, "ssh:" or not, and so do we: whose key it is says
 * the configuration, and the signature covers the application. */
static bool
fits_application(struct cur *c)
{
	struct span s = cur_string(c, PUBKEY_MOST_APPLICATION);

	return cur_done(c) && !span_has_nul(s);
}

static enum rc
bad_application(const struct type *t, struct err *err)
{
	return err_set(err, RC_REFUSE,
	    "expected an application of at most %d bytes at the end of a %s key",
	    PUBKEY_MOST_APPLICATION, t->name);
}

static enum rc
fits_ed25519(const struct type *t, struct cur *c, unsigned *bits, struct err *err)
{
	struct span key = cur_string(c, t->size);

	if (c->bad || key.len != t->size || (!t->sk && !cur_done(c)))
		return err_set(
		    err, RC_REFUSE, "expected 32 bytes in a %s key", t->name);
	if (t->sk && !fits_application(c))
		return bad_application(t, err);
	*bits = t->bits;
	return RC_OK;
}

static enum rc
fits_ecdsa(const struct type *t, struct cur *c, unsigned *bits, struct err *err)
{
	struct span curve = cur_string(c, 16);
	struct span point = cur_string(c, t->size);

	if (c->bad || !span_is(curve, t->curve) || (!t->sk && !cur_done(c)))
		return err_set(err, RC_REFUSE,
		    "expected curve %s and one point in a %s key", t->curve, t->name);
	/* SEC 1 section 2.3.3: 4 marks an uncompressed point, the only form in SSH. */
	if (point.len != t->size || point.p[0] != 4)
		return err_set(err, RC_REFUSE,
		    "expected an uncompressed point of %zu bytes in a %s key", t->size,
		    t->name);
	if (t->sk && !fits_application(c))
		return bad_application(t, err);
	*bits = t->bits;
	return RC_OK;
}

/* A positive mpint (RFC 4251 section 5) in its one shortest form: its bits, or 0. */
static unsigned
mpint_bits(struct span s)
{
	unsigned bits;

	if (s.len == 0 || s.p[0] >= 0x80)
		return 0;
	if (s.p[0] == 0) {
		if (s.len == 1 || s.p[1] < 0x80)
			return 0;
		s = span_make(s.p + 1, s.len - 1);
	}
	bits = (unsigned)s.len * 8;
	for (uint8_t top = s.p[0]; top < 0x80; top = (uint8_t)(top << 1))
		bits--;
	return bits;
}

static enum rc
fits_rsa(const struct type *t, struct cur *c, unsigned *bits, struct err *err)
{
	struct span e = cur_string(c, 9);
	struct span n = cur_string(c, PUBKEY_MOST_RSA / 8 + 1);
	unsigned size;

	(void)t;
	if (!cur_done(c) || mpint_bits(e) < 2 || mpint_bits(e) > 64 ||
	    e.p[e.len - 1] % 2 == 0)
		return err_set(err, RC_REFUSE,
		    "expected an odd exponent and a modulus in a ssh-rsa key");
	size = mpint_bits(n);
	if (size < PUBKEY_LEAST_RSA || size > PUBKEY_MOST_RSA ||
	    n.p[n.len - 1] % 2 == 0)
		return err_set(err, RC_REFUSE,
		    "expected an odd modulus of %d to %d bits in a ssh-rsa key, found "
		    "%u",
		    PUBKEY_LEAST_RSA, PUBKEY_MOST_RSA, size);
	*bits = size;
	return RC_OK;
}

static const struct type types[] = {
	{ "ssh-ed25519", 256, NULL, 32, fits_ed25519, false },
	{ "ecdsa-sha2-nistp256", 256, "nistp256", 65, fits_ecdsa, false },
	{ "ecdsa-sha2-nistp384", 384, "nistp384", 97, fits_ecdsa, false },
	{ "ecdsa-sha2-nistp521", 521, "nistp521", 133, fits_ecdsa, false },
	{ "ssh-rsa", 0, NULL, 0, fits_rsa, false },
	{ PUBKEY_SK_ED25519, 256, NULL, 32, fits_ed25519, true },
	{ PUBKEY_SK_P256, 256, "nistp256", 65, fits_ecdsa, true },
};

static bool
ends_with(struct span s, const char *tail)
{
	size_t n = strlen(tail);

	return s.len >= n && memcmp(s.p + s.len - n, tail, n) == 0;
}

static enum rc
find_type(struct span name, const struct type **ret, struct err *err)
{
	struct buf shown;

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (!span_is(name, types[i].name))
			continue;
		*ret = &types[i];
		return RC_OK;
	}
	if (ends_with(name, "-cert-v01@openssh.com"))
		return err_set(err, RC_REFUSE,
		    "expected a key of type %s; certificates are not in this version",
		    ACCEPTED);
	buf_init(&shown, 160);
	text_escape(&shown, span_make(name.p, name.len > 40 ? 40 : name.len));
	err_set(err, RC_REFUSE, "expected a key of type %s, found \"%s\"", ACCEPTED,
	    buf_cstr(&shown));
	buf_clear(&shown);
	return RC_REFUSE;
}

static enum rc
read_blob(struct span blob, const struct type **type, unsigned *bits, struct err *err)
{
	struct cur c;
	struct span name;
	enum rc rc;

	cur_init(&c, blob);
	name = cur_string(&c, 64);
	if (blob.len > PUBKEY_MOST_BLOB || c.bad)
		return err_set(err, RC_REFUSE,
		    "expected an SSH public key of at most %d "
		    "bytes that begins with its type",
		    PUBKEY_MOST_BLOB);
	if ((rc = find_type(name, type, err)) != RC_OK)
		return rc;
	return (*type)->fits(*type, &c, bits, err);
}

enum rc
pubkey_blob(struct span blob, const char **type, unsigned *bits, struct err *err)
{
	const struct type *t = NULL;
	unsigned n = 0;
	enum rc rc;

	if ((rc = read_blob(blob, &t, &n, err)) != RC_OK)
		return rc;
	*type = t->name;
	*bits = n;
	return RC_OK;
}

/* Cut the word at the front of *s, up to a space or the end. */
static struct span
cut_word(struct span *s)
{
	size_t n = 0;
	struct span word;

	while (n < s->len && s->p[n] != ' ')
		n++;
	word = span_make(s->p, n);
	while (n < s->len && s->p[n] == ' ')
		n++;
	*s = span_make(s->p + n, s->len - n);
	return word;
}

/* Standard alphabet, with padding, nothing else: one line has one blob. */
static enum rc
decode(struct span digits, struct span *ret, struct err *err)
{
	size_t most = digits.len / 4 * 3, len = 0;
	uint8_t *p;

	if (digits.len == 0)
		return err_set(
		    err, RC_REFUSE, "expected base64 after the type, found nothing");
	if (digits.len > PUBKEY_MOST_BLOB / 3 * 4)
		return err_set(err, RC_REFUSE, "expected a key of at most %d bytes",
		    PUBKEY_MOST_BLOB);
	if ((p = malloc(most + 1)) == NULL)
		return err_memory(err);
	if (sodium_base642bin(p, most, (const char *)digits.p, digits.len, NULL, &len,
		NULL, sodium_base64_VARIANT_ORIGINAL) != 0) {
		free(p);
		return err_set(err, RC_REFUSE, "expected base64 after the type");
	}
	*ret = span_make(p, len);
	return RC_OK;
}

enum rc
pubkey_parse(struct span line, struct pubkey *ret, struct err *err)
{
	struct span rest = line, word, blob;
	const struct type *named = NULL, *type = NULL;
	unsigned bits = 0;
	enum rc rc;

	word = cut_word(&rest);
	if ((rc = find_type(word, &named, err)) != RC_OK ||
	    (rc = decode(cut_word(&rest), &blob, err)) != RC_OK)
		return rc;
	rc = read_blob(blob, &type, &bits, err);
	if (rc == RC_OK && type != named)
		rc = err_set(err, RC_REFUSE,
		    "expected a %s key as the line says, found %s", named->name,
		    type->name);
	if (rc != RC_OK) {
		free((uint8_t *)blob.p);
		return rc;
	}
	*ret = (struct pubkey){ .type = type->name, .bits = bits, .blob = blob };
	return RC_OK;
}

void
pubkey_clear(struct pubkey *k)
{
	if (k == NULL)
		return;
	free((uint8_t *)k->blob.p);
	*k = (struct pubkey){ 0 };
}
