/* Any bytes as a policy of masking: refused, or one whose text is read back to the same
 * text. */
#include <stdlib.h>

#include "recorder/mask/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
spell(const struct mask_policy *p, struct buf *out)
{
	buf_init(out, MASK_POLICY_TEXT);
	if (mask_policy_text(p, out, NULL) != RC_OK)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mask_policy *p = NULL, *again = NULL;
	struct buf one, two;

	if (mask_policy_parse("fuzz", span_make(data, size), &p, NULL) != RC_OK)
		return 0;
	spell(p, &one);
	if (mask_policy_parse("again", buf_span(&one), &again, NULL) != RC_OK)
		abort();
	spell(again, &two);
	if (!span_eq(buf_span(&one), buf_span(&two)))
		abort();
	buf_clear(&one);
	buf_clear(&two);
	mask_policy_free(p);
	mask_policy_free(again);
	return 0;
}
