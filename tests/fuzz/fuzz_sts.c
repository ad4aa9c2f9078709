/* Answers of STS from any bytes; the first byte is the status: '0' is 200, 'w' is 200
 * for a web identity. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "broker/vault/sts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sts_ask ask = { .role = "arn:aws:iam::111122223333:role/x",
		.session_name = "alice-1",
		.source_identity = "alice",
		.seconds = 900 };
	const struct sts_ask web = { .role = ask.role,
		.session_name = ask.session_name,
		.web_token = span_of("token"),
		.seconds = 900 };
	char detail[STS_DETAIL];
	struct lease *l = NULL;
	struct span xml;

	if (size == 0)
		return 0;
	xml = span_make(data + 1, size - 1);
	if (data[0] == '0' || data[0] == 'w') {
		enum rc rc = sts_answer(xml, data[0] == 'w' ? &web : &ask, &l, NULL);

		if ((rc == RC_OK) != (l != NULL) || (l != NULL && l->token == NULL))
			abort();
		lease_free(l);
	} else if (sts_refusal(400 + data[0], xml, detail, NULL) == RC_OK ||
		   strlen(detail) >= STS_DETAIL) {
		abort();
	}
	return 0;
}
