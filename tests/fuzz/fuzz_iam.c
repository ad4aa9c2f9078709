/* Any facts of a call: needs are found or refused, and what a policy says of them is
 * never longer than it may be. */
#include <stdlib.h>

#include "policies/scope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct iam_place place = {
		.partition = "aws", .account = "111122223333", .region = "eu-west-1"
	};
	struct iam_needs needs = { 0 };
	struct apicall *c = NULL;
	struct buf b;

	if (apicall_read(span_make(data, size), &c, NULL) != RC_OK)
		return 0;
	buf_init(&b, 1 << 16);
	if (iam_needs(c, &place, &needs, NULL) == RC_OK) {
		if (needs.n == 0 || needs.v[0].implied)
			abort();
		if (scope_policy(&needs, &place, &b, NULL) == RC_OK &&
		    (b.len == 0 || b.len > SCOPE_MAX))
			abort();
	}
	buf_clear(&b);
	iam_clear(&needs);
	apicall_free(c);
	return 0;
}
