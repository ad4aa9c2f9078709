/* Any bytes as an exec line about a target, and as the host of a port: what is read is
 * bounded, is a name that could be, and reads the same again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/forwardhost.h"
#include "policies/ssmwords.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Cleaned, it is as clean as it gets. */
static void
host(struct span s)
{
	char text[FORWARDHOST_HOST + SSMWORDS_TARGET + 1];
	struct forwardhost h, again;
	struct refusal r = { 0 };

	if (forwardhost_read(s, 22, &h, &r) != RC_OK)
		return;
	if (!ssmwords_target_ok(span_of(h.target)))
		abort();
	snprintf(text, sizeof text, "%s%s%s", h.host, h.host[0] != '\0' ? "@" : "",
	    h.target);
	if (forwardhost_read(span_of(text), 22, &again, &r) != RC_OK ||
	    strcmp(again.host, h.host) != 0 || strcmp(again.target, h.target) != 0)
		abort();
}

static void
words(struct span s)
{
	struct words *w = NULL;
	struct span rest = { NULL, 0 };
	struct refusal r = { 0 };
	struct err err = { "" };
	struct ssmwords to;
	char *line;

	if (words_split_to(s, &w, &rest, &err) != RC_OK)
		return;
	if (rest.len > s.len || !ssmwords_is(w)) {
		words_free(w);
		return;
	}
	line = rest.p == NULL ? NULL : span_dup(rest);
	if (ssmwords_read(w, line, &to, &r) == RC_OK) {
		if (!ssmwords_target_ok(span_of(to.target)) ||
		    (to.line != NULL && strlen(to.line) > SSMWORDS_LINE))
			abort();
		ssmwords_clear(&to);
	} else if (r.status == 0 || r.err.text[0] == '\0')
		abort();
	free(line);
	words_free(w);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	words(span_make(data, size));
	host(span_make(data, size));
	return 0;
}
