/* Any head's signature: read, and found false by a key that nobody knows. */
#include <stdlib.h>
#include <string.h>

#include "broker/gate/authz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct secret *secret = NULL;
	struct head *h = NULL;
	struct refused why = { 0 };
	struct authz a;
	size_t used = 0;

	if (head_read(span_make(data, size), &h, &used, NULL) != RC_OK)
		return 0;
	if (secret_copy(span_of("nobody knows this"), &secret, NULL) != RC_OK)
		abort();
	if (authz_read(h, &a, &why) == RC_OK) {
		if (strlen(a.signature) != 64 || strlen(a.date) != 8 ||
		    a.expires > SIGV4_EXPIRES_MAX || a.service[0] == '\0')
			abort();
		if (authz_verify(&a, h, span_of(a.id), secret, a.time_ms,
			SIGV4_EMPTY_HASH, &why) != RC_REFUSE)
			abort();
	}
	if (why.text[0] == '\0' || why.status < 400)
		abort();
	secret_free(secret);
	head_free(h);
	return 0;
}
