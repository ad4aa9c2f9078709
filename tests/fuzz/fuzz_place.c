/* Host, service and region, a line each, then lines of a head: what is taken is below
 * AWS's suffixes, and what an endpoint's scope is made into would be taken again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/gate/place.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct head *
head_of(const char *host, const char *path)
{
	struct head *h = NULL;
	char text[1024];
	size_t used;
	int n = snprintf(
	    text, sizeof text, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, host);

	if (n < 0 || (size_t)n >= sizeof text)
		return NULL;
	return head_read(span_make(text, (size_t)n), &h, &used, NULL) == RC_OK ? h
									       : NULL;
}

static void
check_endpoint(const char *path, const struct authz *a)
{
	struct head *h = head_of("localhost", path);
	struct refused why = { 0 };
	struct place p;

	if (h != NULL && place_endpoint(h, a, &p, &why) == RC_OK &&
	    (place_allowed(p.host, &why) != RC_OK || p.n_services == 0 ||
		p.strip > head_path(h).len))
		abort();
	head_free(h);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char lines[4][256] = { "", "", "", "" };
	struct refused why = { 0 };
	struct authz a = { .presigned = false };
	struct place p;
	struct head *h;

	for (size_t i = 0; i < 4 && size > 0; i++) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t n = end == NULL ? size : (size_t)(end - data);

		if (!span_copy(span_make(data, n), lines[i], sizeof lines[i]))
			return 0;
		n += end != NULL;
		data += n;
		size -= n;
	}
	if (!span_copy(span_of(lines[1]), a.service, sizeof a.service) ||
	    !span_copy(span_of(lines[2]), a.region, sizeof a.region))
		return 0;
	check_endpoint(lines[3], &a);
	if ((h = head_of(lines[0], "/")) == NULL)
		return 0;
	if (place_proxy(head_host(h), head_host(h), h, &a, &p, &why) == RC_OK &&
	    (place_allowed(p.host, &why) != RC_OK || p.n_services == 0 ||
		(p.bucket[0] != '\0' && !place_bucket(span_of(p.bucket)))))
		abort();
	head_free(h);
	return 0;
}
