/* Any bytes as a public key line and as a blob. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "lib/model/pubkey.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pubkey k;
	struct err err = { "" };
	const char *type;
	unsigned bits;

	if (pubkey_parse(span_make(data, size), &k, &err) == RC_OK) {
		if (pubkey_blob(k.blob, &type, &bits, &err) != RC_OK || type != k.type)
			abort();
		pubkey_clear(&k);
	}
	(void)pubkey_blob(span_make(data, size), &type, &bits, &err);
	return 0;
}
