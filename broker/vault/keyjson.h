/* Credentials as JSON: what container endpoints, instance metadata and `aws iam
 * create-access-key` answer. */
#ifndef BROKER_VAULT_KEYJSON_H
#define BROKER_VAULT_KEYJSON_H

#include "broker/vault/sources.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"

#define KEYJSON_MAX 65536u /* bytes of a document */

enum keyjson_form {
	KEYJSON_CONTAINER, /* AccessKeyId, SecretAccessKey, Token, Expiration */
	KEYJSON_INSTANCE,  /* the same, with Code "Success" */
	KEYJSON_LASTING,   /* AccessKeyId and SecretAccessKey, perhaps in AccessKey */
};

/* Read one object; members that are not ours are passed over.  What the parser held of
 * it is wiped.  On RC_OK *ret is yours: sources_free().  RC_REFUSE: too long, no JSON,
 * a member twice, missing, or ill-formed, or another Code, which the text then names;
 * of the document itself nothing else goes into the text.  RC_FAIL: memory. */
enum rc keyjson_parse(struct span text, enum keyjson_form form,
    struct sources_key **ret, struct err *err);

#endif
