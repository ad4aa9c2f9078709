/* Any bytes as a private key file. */
#include "lib/base/sshkey.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t pub[SSHKEY_RAW];
	struct secret *seed = NULL;
	struct err err = { "" };

	if (sshkey_read(span_make(data, size), pub, &seed, &err) == RC_OK)
		secret_free(seed);
	return 0;
}
