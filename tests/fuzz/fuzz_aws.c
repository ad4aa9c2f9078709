/* Any words as a command: NUL parts them.  What is accepted names a call, keeps the
 * profile to the broker, holds no file:// and reads the same once more. */
#include <stdlib.h>
#include <string.h>

#include "policies/aws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct aws_request *req)
{
	struct aws_request *again = NULL;
	struct refusal refusal;

	if (req->n_calls == 0 || req->n_calls > AWS_CALLS || req->name.service == NULL)
		abort();
	for (size_t i = 0; i < words_count(req->child); i++)
		if (strstr(words_at(req->child, i), "file://") != NULL ||
		    strcmp(words_at(req->child, i), "--debug") == 0 ||
		    strcmp(words_at(req->child, i), "--") == 0)
			abort();
	if (aws_read(req->child, &again, &refusal) != RC_OK || again->profile != NULL ||
	    again->n_calls != req->n_calls ||
	    strcmp(again->name.operation, req->name.operation) != 0)
		abort();
	aws_free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span list[WORDS_MOST] = { { (const uint8_t *)"aws", 3 } };
	struct aws_request *req = NULL;
	struct refusal refusal;
	struct words *w = NULL;
	size_t n = 1;

	while (size > 0 && n < WORDS_MOST) {
		const uint8_t *end = memchr(data, '\0', size);
		size_t len = end == NULL ? size : (size_t)(end - data);

		list[n++] = span_make(data, len);
		data += len + (end != NULL);
		size -= len + (end != NULL);
	}
	if (words_from_list(list, n, &w, NULL) != RC_OK)
		return 0;
	if (aws_read(w, &req, &refusal) == RC_OK)
		check(req);
	else if (refusal.status != STATUS_USAGE && refusal.status != STATUS_DENIED &&
		 refusal.status != STATUS_FAILED)
		abort();
	aws_free(req);
	words_free(w);
	return 0;
}
