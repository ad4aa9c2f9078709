/* What the gateway itself asks of AWS is signed here, so that its credentials need not
 * be handed out. */
#include "broker/vault/vault.h"

#include "broker/vault/vault_parts.h"
#include "lib/base/clock.h"
#include "lib/base/sigv4.h"

enum rc
vault_sign(struct vault *v, const struct sigv4_request *r, const char *region,
    const char *service, struct buf *lines, struct err *err)
{
	const struct sources_key *key;
	char signature[SIGV4_HEX];
	struct sigv4_key k;
	enum rc rc;

	if ((rc = gateway_key(v->setup->gateway, &key, err)) != RC_OK)
		return rc;
	k = (struct sigv4_key){ .access_key_id = key->access_key_id,
		.secret = key->secret,
		.token = key->token,
		.region = region,
		.service = service,
		.time_ms = clock_wall_ms() };
	return sigv4_header(r, &k, true, lines, signature, err);
}
