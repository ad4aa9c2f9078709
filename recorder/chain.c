/* The hash chain; see chain.h. */
#include "recorder/chain.h"

#include "recorder/sha.h"

enum rc
chain_add(struct chain *c, struct span line, struct err *err)
{
	static const char first[] = "hoop-rec/1"; /* its NUL counts */
	struct span parts[] = {
		c->lines == 0 ? span_make(first, sizeof first) : span_make(c->h, 32),
		line,
		span_make("\n", 1),
	};
	enum rc rc;

	if ((rc = sha_parts(parts, 3, c->h, err)) != RC_OK)
		return rc;
	c->lines++;
	c->len += line.len + 1;
	return RC_OK;
}
