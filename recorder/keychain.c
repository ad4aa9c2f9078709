/* Who follows whom among device keys. */
#include "recorder/keychain.h"

#include <string.h>

#include "recorder/rotation.h"

enum rc
keychain_add(
    struct keychain *k, uint64_t index, const struct leaf *devkey, struct err *err)
{
	struct rotation r;
	enum rc rc;

	if (k->n == KEYCHAIN_MAX)
		return err_set(
		    err, RC_REFUSE, "more than %d device keys", KEYCHAIN_MAX);
	memcpy(r.new_pk, devkey->devkey.pk, 32);
	memcpy(r.old_pk, k->n == 0 ? r.new_pk : k->key[k->n - 1].pk, 32);
	memcpy(r.sig, devkey->devkey.sig, 64);
	if ((rc = rotation_verify(&r, k->broker, err)) != RC_OK)
		return rc;
	memcpy(k->key[k->n].pk, r.new_pk, 32);
	k->key[k->n++].index = index;
	return RC_OK;
}

/* Keys that were in use before the pinned one are not believed for it. */
static enum rc
follow(const struct keychain *k, struct trust *t, struct err *err)
{
	bool pinned = false;
	enum rc rc;

	for (size_t i = 0; i < k->n; i++) {
		const uint8_t *pk = k->key[i].pk;

		if (trust_has(t, k->broker, pk)) {
			pinned = true;
			continue;
		}
		if (!pinned)
			continue;
		if ((rc = trust_add(t, false, span_of(k->broker), pk, err)) != RC_OK)
			return rc;
	}
	return RC_OK;
}

enum rc
keychain_believe(const struct keychain *k, const struct checkpoint *c, struct trust *t,
    struct err *err)
{
	const uint8_t *newest;
	enum rc rc;

	if (k->n == 0 || strcmp(k->broker, c->broker) != 0)
		return err_set(err, RC_REFUSE, "no device key of %s", c->broker);
	if ((rc = follow(k, t, err)) != RC_OK)
		return rc;
	if (trust_has_log(t, c->broker))
		return checkpoint_verify(c, t, err);
	newest = k->key[k->n - 1].pk;
	if (!trust_has(t, k->broker, newest))
		return err_set(err, RC_END,
		    "the checkpoint of %s is signed by no key that is trusted",
		    c->broker);
	return checkpoint_signed(c, newest, err);
}
