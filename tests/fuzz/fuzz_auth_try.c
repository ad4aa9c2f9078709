/* Any bytes as the frames of a hostile front: first byte 0 is an AUTH_TRY, any other a
 * SIGN; frames are u16 length + bytes.  Nobody may ever be logged in, since no key here
 * has signed anything. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "broker/identity/authn.h"
#include "lib/wire/codec.h"

#define NONCE "0123456789abcdef012345"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
knows_all(void *arg, struct span user, struct span blob)
{
	(void)arg;
	(void)user;
	(void)blob;
	return true;
}

static struct hostkey *
make_host(void)
{
	char folder[] = "/tmp/fuzz.XXXXXX", path[64], public[80];
	struct hostkey *k = NULL;

	if (mkdtemp(folder) == NULL)
		abort();
	snprintf(path, sizeof path, "%s/key", folder);
	snprintf(public, sizeof public, "%s.pub", path);
	if (hostkey_make(path, &k, NULL) != RC_OK)
		abort();
	unlink(path);
	unlink(public);
	rmdir(folder);
	return k;
}

/* An exchange of this connection, so that tries reach the checks behind it. */
static void
exchange(struct authn *a, const struct hostkey *host)
{
	static const uint8_t init[20] = { 20 };
	uint8_t sig[HOSTKEY_SIGNATURE];
	struct buf b;

	buf_init(&b, 1000);
	buf_string(&b, span_of("SSH-2.0-fuzz"));
	buf_string(&b, span_of("SSH-2.0-broker_" NONCE));
	buf_string(&b, span_make(init, sizeof init));
	buf_string(&b, span_make(init, sizeof init));
	buf_string(&b, hostkey_blob(host));
	buf_text(&b, "K");
	if (authn_sign(a, &(struct msg_sign){ 32, buf_span(&b) }, sig, NULL) != RC_OK)
		abort();
	buf_clear(&b);
}

static void
one_frame(struct authn *a, struct span frame)
{
	static union msg_any m;
	uint8_t sig[HOSTKEY_SIGNATURE];
	struct err err = { "" };
	bool yes;

	if (frame.len == 0)
		return;
	if (frame.p[0] != 0) {
		frame = span_make(frame.p + 1, frame.len - 1);
		if (codec_decode(MSG_SIGN, frame, &m, &err) == RC_OK)
			(void)authn_sign(a, &m.sign, sig, &err);
		return;
	}
	frame = span_make(frame.p + 1, frame.len - 1);
	if (codec_decode(MSG_AUTH_TRY, frame, &m, &err) == RC_OK)
		(void)authn_try(a, &m.auth_try, knows_all, NULL, &yes, &err);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct hostkey *host;
	struct authn *a = NULL;
	struct cur c;

	if (host == NULL)
		host = make_host();
	if (authn_new(host, NONCE, false, &a, NULL) != RC_OK)
		abort();
	exchange(a, host);
	cur_init(&c, span_make(data, size));
	while (c.left > 0 && !c.bad)
		one_frame(a, cur_bytes(&c, cur_u16(&c)));
	if (authn_who(a) != NULL)
		abort();
	authn_free(a);
	return 0;
}
