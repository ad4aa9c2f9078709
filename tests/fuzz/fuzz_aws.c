/* Any words as a command: NUL parts them.  What is accepted names a call, keeps the
 * profile to the broker, holds no file:// but a staged one, reads the same once more,
 * and covers the calls that it says it makes. */
#include <stdlib.h>
#include <string.h>

#include "policies/aws.h"
#include "policies/cover.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The call as the wire would show it. */
static struct apicall *
sent(const struct apicall *c, const char *region)
{
	struct apicall *ret = NULL;

	if (apicall_new(apicall_service(c), apicall_operation(c), region, &ret, NULL) !=
	    RC_OK)
		abort();
	for (size_t i = 0; i < apicall_count(c); i++) {
		const struct apicall_param *p = apicall_at(c, i);
		enum rc rc = p->known ? apicall_value(ret, p->name, p->value, NULL)
				      : apicall_member(ret, p->name, NULL);

		if (rc != RC_OK)
			abort();
	}
	return ret;
}

static void
check_cover(const struct aws_request *req)
{
	static const struct iam_place place = { "aws", "111122223333", "eu-west-1" };
	const char *region = req->region == NULL ? place.region : req->region;
	struct err err = { "" };
	struct iam_needs n;

	/* What a call needs cannot always be told; then nothing is covered. */
	if (cover_needs(req, &place, &n, &err) != RC_OK)
		return;
	cover_clear(&n);
	for (size_t i = 0; i < req->n_calls; i++) {
		struct apicall *c = sent(req->calls[i].api, region);

		if (!cover_allows(req, c, &place, &err))
			abort();
		apicall_free(c);
	}
}

static bool
names_file(const char *word)
{
	return strstr(word, "file://") != NULL || strstr(word, "fileb://") != NULL;
}

static bool
is_staged(const char *word)
{
	size_t n = strlen(word), k = strlen("://" AWS_FILE_IN);

	return n > k && strcmp(word + n - k, "://" AWS_FILE_IN) == 0;
}

static void
check_words(const struct aws_request *req)
{
	for (size_t i = 0; i < words_count(req->child); i++) {
		const char *word = words_at(req->child, i);

		if (strcmp(word, "--debug") == 0 || strcmp(word, "--") == 0)
			abort();
		if (names_file(word) && !(req->file_in && is_staged(word)))
			abort();
	}
}

static void
check(const struct aws_request *req)
{
	struct aws_request *again = NULL;
	struct refusal refusal;

	if (req->n_calls == 0 || req->n_calls > AWS_CALLS || req->name.service == NULL)
		abort();
	check_words(req);
	check_cover(req);
	/* The paths of staged files are for the child alone. */
	if (req->file_in || req->file_out)
		return;
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
