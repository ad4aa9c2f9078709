/* Any bytes as an exec line: they split or are refused, and what comes out has one
 * canonical text, which splits into the same words. */
#include <stdlib.h>
#include <string.h>

#include "policies/canon.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
canon(const struct words *w, struct buf *out)
{
	buf_init(out, CANON_MOST);
	canon_put(w, out);
	if (!buf_ok(out))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct words *w = NULL, *again = NULL;
	struct err err = { "" };
	struct buf one, two;

	if (words_split(span_make(data, size), &w, &err) != RC_OK)
		return 0;
	canon(w, &one);
	if (one.len <= WORDS_LINE) {
		if (words_split(buf_span(&one), &again, &err) != RC_OK ||
		    words_count(again) != words_count(w))
			abort();
		for (size_t i = 0; i < words_count(w); i++)
			if (strcmp(words_at(w, i), words_at(again, i)) != 0)
				abort();
		canon(again, &two);
		if (!span_eq(buf_span(&one), buf_span(&two)))
			abort();
		buf_clear(&two);
	}
	buf_clear(&one);
	words_free(again);
	words_free(w);
	return 0;
}
