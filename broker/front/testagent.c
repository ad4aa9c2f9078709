/* A security key that is never touched, behind the agent protocol; see testagent.h.  It
 * runs in a process of its own, before anything is served. */
#include "broker/front/testagent.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/buf.h"

#define TYPE "sk-ssh-ed25519@openssh.com"
#define APPLICATION "ssh:selftest"
#define REQUEST_MAX 8192
#define HASH crypto_hash_sha256_BYTES

/* draft-miller-ssh-agent, section 5.1 */
#define FAILURE 5
#define REQUEST_IDENTITIES 11
#define IDENTITIES_ANSWER 12
#define SIGN_REQUEST 13
#define SIGN_RESPONSE 14

struct agent {
	uint8_t pub[crypto_sign_PUBLICKEYBYTES];
	uint8_t key[crypto_sign_SECRETKEYBYTES];
	struct buf blob;
};

static void
list(struct agent *a, struct buf *out)
{
	buf_u8(out, IDENTITIES_ANSWER);
	buf_u32(out, 1);
	buf_string(out, buf_span(&a->blob));
	buf_string(out, span_of("selftest"));
}

/* PROTOCOL.u2f, "SSH U2F signatures". */
static void
sign(struct agent *a, struct span data, struct buf *out)
{
	/* and one more, that a buf_over keeps for itself */
	uint8_t room[2 * HASH + 5 + 1], hash[HASH], sig[crypto_sign_BYTES];
	struct buf b, s;

	buf_over(&b, room, sizeof room);
	crypto_hash_sha256(hash, (const uint8_t *)APPLICATION, strlen(APPLICATION));
	buf_put(&b, hash, HASH);
	buf_u8(&b, TESTAGENT_FLAGS);
	buf_u32(&b, TESTAGENT_COUNTER);
	crypto_hash_sha256(hash, data.p, data.len);
	buf_put(&b, hash, HASH);
	crypto_sign_detached(sig, NULL, b.p, b.len, a->key);
	buf_init(&s, 256);
	buf_string(&s, span_of(TYPE));
	buf_string(&s, span_make(sig, sizeof sig));
	buf_u8(&s, TESTAGENT_FLAGS);
	buf_u32(&s, TESTAGENT_COUNTER);
	buf_u8(out, SIGN_RESPONSE);
	buf_string(out, buf_span(&s));
	if (!buf_ok(&b) || !buf_ok(&s))
		out->bad = true;
	buf_clear(&s);
}

static void
answer(struct agent *a, struct span request, struct buf *out)
{
	struct span data;
	uint8_t type;
	struct cur c;

	cur_init(&c, request);
	type = cur_u8(&c);
	if (type == REQUEST_IDENTITIES) {
		list(a, out);
		return;
	}
	cur_string(&c, REQUEST_MAX); /* there is but one key */
	data = cur_string(&c, REQUEST_MAX);
	if (type == SIGN_REQUEST && !c.bad)
		sign(a, data, out);
	else
		buf_u8(out, FAILURE);
}

/* RC_END: there is nothing more. */
static enum rc
move(int fd, uint8_t *p, size_t n, bool out, struct err *err)
{
	while (n > 0) {
		ssize_t got = out ? write(fd, p, n) : read(fd, p, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(err, RC_FAIL, "talk to the client");
		if (got == 0)
			return RC_END;
		p += got;
		n -= (size_t)got;
	}
	return RC_OK;
}

static enum rc
step(struct agent *a, int fd, struct buf *out, struct err *err)
{
	uint8_t head[4], request[REQUEST_MAX];
	struct cur c;
	uint32_t n;
	enum rc rc;

	if ((rc = move(fd, head, sizeof head, false, err)) != RC_OK)
		return rc;
	cur_init(&c, span_make(head, sizeof head));
	if ((n = cur_u32(&c)) == 0 || n > sizeof request)
		return err_set(err, RC_REFUSE, "a request of %u bytes", n);
	if ((rc = move(fd, request, n, false, err)) != RC_OK)
		return rc;
	buf_reset(out);
	buf_u32(out, 0);
	answer(a, span_make(request, n), out);
	if (!buf_ok(out))
		return err_memory(err);
	out->p[2] = (uint8_t)((out->len - 4) >> 8);
	out->p[3] = (uint8_t)(out->len - 4);
	return move(fd, out->p, out->len, true, err);
}

enum rc
testagent_serve(int fd, struct err *err)
{
	struct agent a;
	struct buf out;
	enum rc rc;

	if (sodium_init() < 0 || crypto_sign_keypair(a.pub, a.key) != 0)
		return err_set(err, RC_FAIL, "no key");
	buf_init(&a.blob, 256);
	buf_string(&a.blob, span_of(TYPE));
	buf_string(&a.blob, span_make(a.pub, sizeof a.pub));
	buf_string(&a.blob, span_of(APPLICATION));
	buf_init(&out, 1024);
	while ((rc = step(&a, fd, &out, err)) == RC_OK)
		;
	buf_clear(&out);
	buf_clear(&a.blob);
	sodium_memzero(a.key, sizeof a.key);
	return rc == RC_END ? RC_OK : rc;
}
