/* Any bytes as an acknowledgement: what is read is written in our form and read again. */
#include <stdlib.h>
#include <string.h>

#include "broker/target/ssm_ack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ssm_ack a, back;
	char out[SSM_ACK_ROOM];
	size_t n;

	if (ssm_ack_read(span_make(data, size), &a, NULL) != RC_OK)
		return 0;
	n = ssm_ack_write(&a, out);
	if (n >= sizeof out || ssm_ack_read(span_make(out, n), &back, NULL) != RC_OK ||
	    back.type != a.type || back.sequence != a.sequence ||
	    memcmp(back.id, a.id, sizeof a.id) != 0)
		abort();
	return 0;
}
