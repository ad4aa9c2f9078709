/* What masks are told of the gateway's own credentials: digests, never the values. */
#include "broker/vault/vault.h"

#include "broker/vault/vault_parts.h"
#include "recorder/mask/seed.h"

static const struct sources_key *
key_of(struct vault *v)
{
	const struct sources_key *key = NULL;
	struct err err = { "" };

	return gateway_key(v->setup->gateway, &key, &err) == RC_OK ? key : NULL;
}

const char *
vault_key_id(struct vault *v)
{
	const struct sources_key *key = key_of(v);

	return key == NULL ? "" : key->access_key_id;
}

enum rc
vault_seeds(struct vault *v, const uint8_t salt[16], struct buf *out, struct err *err)
{
	const struct sources_key *key = key_of(v);
	enum rc rc;

	if (key == NULL)
		return RC_OK;
	if ((rc = seed_make(salt, span_of(key->access_key_id), out, err)) != RC_OK ||
	    (rc = seed_make(salt, secret_span(key->secret), out, err)) != RC_OK)
		return rc;
	return key->token == NULL ? RC_OK
				  : seed_make(salt, secret_span(key->token), out, err);
}
