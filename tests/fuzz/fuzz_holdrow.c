/* Any text as what is kept of a hold, beside its columns: what is read is within all
 * bounds, and would be written again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/holds_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rules
rules(void)
{
	static struct config config = { .holds = { .use = 300000 } };

	return (struct rules){ .config = &config };
}

static void
look(const struct hold *h)
{
	char *text = hold_row_detail(h, NULL);
	bool ended = false;

	if (text == NULL || hold_path_find(h->path) != h->path ||
	    h->voters.n > VOTERS_MAX || h->n_keys > HOLD_KEYS_MAX ||
	    h->verdict.n_needs < 1 || h->verdict.n_needs > VERDICT_NEEDS ||
	    h->verdict.effect != EFFECT_HOLD)
		abort();
	free(text);
	for (size_t i = 0; i < sizeof h->reason; i++)
		ended |= h->reason[i] == '\0';
	if (!ended)
		abort();
}

/* The detail, and behind a zero byte the votes. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t zeroes[32];
	struct monitor m = { .rules = rules() };
	const uint8_t *nul = memchr(data, 0, size);
	size_t n = nul == NULL ? size : (size_t)(nul - data);
	struct holds *all = NULL;
	struct hold *h = NULL;
	struct err err = { "" };
	struct msg_recalled row = { .what = RECALL_HOLD,
		.id = span_of("7F3K-Q2MX"),
		.identity = span_of("ci"),
		.digest = span_make(zeroes, 32),
		.policy = span_make(zeroes, 32),
		.rule = span_of("p/r"),
		.text = span_of("'aws' s3 rm s3://logs/a"),
		.at_ms = 1,
		.until_ms = 2,
		.changed_ms = 1,
		.state = HOLD_PENDING,
		.detail = span_make(data, n),
		.votes = span_make(
		    nul == NULL ? data : nul + 1, nul == NULL ? 0 : size - n - 1) };

	if (size > 65536 || holds_new(&m, &all, NULL) != RC_OK)
		return 0;
	if (hold_row_read(all, &row, &h, &err) == RC_OK)
		look(h);
	else if (h != NULL || err.text[0] == '\0')
		abort();
	hold_drop(h);
	holds_free(all);
	return 0;
}
