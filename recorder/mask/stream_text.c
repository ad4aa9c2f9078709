/* A whole text through a stream of its own. */
#include "recorder/mask/stream_parts.h"

#include <string.h>

/* A byte of a secret becomes at most this: "[MASKED:id]" in quotes. */
#define LABEL (sizeof "\"[MASKED:]\"" + MASK_RULE_ID)

size_t
mask_growth(size_t n)
{
	return n < SIZE_MAX / LABEL - 2 ? (n + 1) * LABEL : SIZE_MAX;
}

enum rc
mask_text(
    const struct mask_rules *r, struct span text, struct buf *out, struct err *err)
{
	struct mask_stream *s = mask_stream_new(r, MASK_API);
	enum rc rc;

	if (s == NULL)
		return err_memory(err);
	if ((rc = mask_put(s, text, 0, out, err)) == RC_OK)
		rc = mask_end(s, out, err);
	mask_stream_free(s);
	return rc;
}

void
mask_line(const struct mask_rules *r, struct span text, struct buf *out)
{
	size_t before = out->len;

	if (buf_ok(out) && r != NULL && mask_text(r, text, out, NULL) == RC_OK)
		return;
	if (out->len > before)
		memset(out->p + before, 0, out->len - before);
	out->bad = false;
	out->len = before;
	buf_text(out, "[MASKED]");
}
