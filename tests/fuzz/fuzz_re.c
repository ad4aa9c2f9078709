/* An expression, a newline, a text: an expression is refused or read, a match ends, and
 * what it says of the text does not depend on a second reading. */
#include <stdlib.h>
#include <string.h>

#include "policies/re.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
	size_t n = end == NULL ? size : (size_t)(end - data);
	struct span text =
	    end == NULL ? span_make(data, 0) : span_make(end + 1, size - n - 1);
	struct re *r = NULL, *again = NULL;
	struct err err = { "" };
	enum rc rc = re_compile(span_make(data, n), &r, &err);

	if (rc != RC_OK) {
		if (r != NULL || err.text[0] == '\0')
			abort();
		return 0;
	}
	if (re_compile(span_make(data, n), &again, NULL) != RC_OK ||
	    re_matches(r, text) != re_matches(again, text))
		abort();
	re_free(again);
	re_free(r);
	return 0;
}
