/* Any bytes as sealed ones and as a challenge: nothing is opened that was not sealed, and
 * nothing is left of what was not. */
#include <stdlib.h>
#include <string.h>

#include "broker/target/ssm_crypt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool ok)
{
	if (!ok)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = span_make(data, size);
	struct ssm_crypt *c = NULL;
	uint8_t key[SSM_KEY];
	struct buf out;
	enum rc rc;

	for (unsigned i = 0; i < SSM_KEY; i++)
		key[i] = (uint8_t)i;
	check(ssm_crypt_new(span_make(key, sizeof key), &c, NULL) == RC_OK);
	buf_init(&out, 1u << 20);
	rc = ssm_crypt_open(c, bytes, &out, NULL);
	check(out.len == (rc == RC_OK ? size - SSM_SEALED : 0));
	buf_reset(&out);
	rc = ssm_crypt_answer(c, bytes, &out, NULL);
	check((out.len > 0) == (rc == RC_OK));
	buf_reset(&out);
	if (size < 65536) {
		check(ssm_crypt_seal(c, bytes, &out, NULL) == RC_OK);
		check(out.len == size + SSM_SEALED);
	}
	buf_clear(&out);
	ssm_crypt_free(c);
	return 0;
}
