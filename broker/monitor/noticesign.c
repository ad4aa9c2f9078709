/* Signing notices; see noticesign.h. */
#include "broker/monitor/noticesign.h"

#include <inttypes.h>
#include <openssl/hmac.h>

#include "lib/base/id.h"

#define HEAD_MAX 128 /* "t.id." */

enum rc
noticesign_put(struct span secret, uint64_t unix_s, const char *id, struct span body,
    struct buf *out, struct err *err)
{
	uint8_t mac[EVP_MAX_MD_SIZE];
	char hex[2 * 32 + 1];
	unsigned len = 0;
	struct buf text;
	bool good;

	buf_init(&text, HEAD_MAX + body.len);
	buf_printf(&text, "%" PRIu64 ".%s.", unix_s, id);
	buf_span_put(&text, body);
	good = buf_ok(&text) && HMAC(EVP_sha256(), secret.p, (int)secret.len, text.p,
				    text.len, mac, &len) != NULL;
	buf_clear(&text);
	if (!good || len != 32)
		return err_set(err, RC_FAIL, "HMAC failed");
	id_hex(mac, 32, hex);
	buf_printf(
	    out, "Broker-Signature: t=%" PRIu64 ",id=%s,v1=%s\r\n", unix_s, id, hex);
	return buf_ok(out) ? RC_OK : err_memory(err);
}
