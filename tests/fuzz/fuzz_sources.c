/* Credentials files from any bytes. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "broker/vault/sources.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sources_key *k = NULL;

	if ((sources_parse(span_make(data, size), "default", &k, NULL) == RC_OK) !=
	    (k != NULL))
		abort();
	sources_free(k);
	return 0;
}
