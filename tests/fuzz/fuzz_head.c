/* Any bytes as the head of a request: what is read takes no more than there is, and
 * reads alike without what follows it. */
#include <stdlib.h>
#include <string.h>

#include "broker/gate/head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct head *h = NULL, *again = NULL;
	size_t used = 0, n = 0, m = 0;

	if (head_read(span_make(data, size), &h, &used, NULL) != RC_OK)
		return 0;
	if (used > size || used < 18 || memcmp(data + used - 4, "\r\n\r\n", 4) != 0 ||
	    head_read(span_make(data, used), &again, &m, NULL) != RC_OK || m != used ||
	    !span_eq(head_path(h), head_path(again)) ||
	    strcmp(head_host(h), head_host(again)) != 0)
		abort();
	head_headers(h, &n);
	if (n > HEAD_HEADERS || (head_find(h, "content-length", NULL) > 0 &&
				    head_find(h, "transfer-encoding", NULL) > 0))
		abort();
	head_free(h);
	head_free(again);
	return 0;
}
