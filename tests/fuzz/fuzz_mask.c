/* The whole of masking over any bytes: what comes out must be the same however the input is
 * cut, no more is held than may be, nothing but what was masked is lost, and what comes out
 * is no longer than mask_growth() says.  Byte 0: how it is cut; byte 1: the policy. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/mask/mask.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HITS 4096
struct run {
	struct buf out;
	struct mask_hit hits[HITS];
	size_t n;
};

static void
note(void *arg, const struct mask_hit *hit)
{
	struct run *r = arg;

	if (r->n < HITS)
		r->hits[r->n++] = *hit;
}

static const char *const policies[] = {
	"{}",
	"policies: [secrets, pii, email]\nstyle: same-width\n",
	"policies: [secrets, pii]\nmax_hold: 1024\nreveal: 4\n",
	"mode: count-only\n",
};

static struct mask_rules *
rules(const char *text, size_t *max_hold)
{
	struct mask_policy *p = NULL;
	struct mask_rules *r = NULL;

	if (mask_policy_parse("fuzz", span_of(text), &p, NULL) != RC_OK ||
	    mask_rules_new(p, NULL, &r, NULL) != RC_OK)
		abort();
	*max_hold = mask_policy_max_hold(p);
	mask_policy_free(p);
	return r;
}

static struct run *
filter(const struct mask_rules *r, struct span in, size_t step, size_t max_hold)
{
	struct mask_stream *s = mask_stream_new(r, MASK_API);
	struct run *run = calloc(1, sizeof *run);

	if (s == NULL || run == NULL)
		abort();
	buf_init(&run->out, mask_growth(in.len));
	mask_stream_tell(s, note, run);
	for (size_t i = 0; i < in.len; i += step) {
		size_t n = step < in.len - i ? step : in.len - i;

		if (mask_put(s, span_make(in.p + i, n), 0, &run->out, NULL) != RC_OK)
			abort();
	}
	if (mask_held_most(s) > max_hold || mask_end(s, &run->out, NULL) != RC_OK ||
	    mask_held(s) != 0)
		abort();
	mask_stream_free(s);
	return run;
}

/* What was not masked stands in what came out, all of it and in order. */
static void
must_be_there(const struct run *r, struct span in)
{
	size_t at = 0, out = 0;

	for (size_t i = 0; i <= r->n && r->n < HITS; i++) {
		size_t from = i < r->n ? (size_t)r->hits[i].from : in.len;
		const uint8_t *found;

		if (from < at || from > in.len)
			abort();
		found = memmem(r->out.p + out, r->out.len - out, in.p + at, from - at);
		if (from > at && found == NULL)
			abort();
		if (from > at)
			out = (size_t)(found - r->out.p) + (from - at);
		at = i < r->n ? (size_t)r->hits[i].to : in.len;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mask_rules *made[sizeof policies / sizeof policies[0]];
	static size_t max_hold[sizeof policies / sizeof policies[0]];
	struct run *whole, *cut;
	struct span in;
	size_t i;

	if (size < 3 || size > 1 << 16)
		return 0;
	i = data[1] % (sizeof policies / sizeof policies[0]);
	if (made[i] == NULL)
		made[i] = rules(policies[i], &max_hold[i]);
	in = span_make(data + 2, size - 2);
	whole = filter(made[i], in, in.len, max_hold[i]);
	cut = filter(made[i], in, 1 + data[0] % 32, max_hold[i]);
	if (!span_eq(buf_span(&whole->out), buf_span(&cut->out)) || whole->n != cut->n)
		abort();
	must_be_there(whole, in);
	buf_clear(&whole->out);
	buf_clear(&cut->out);
	free(whole);
	free(cut);
	return 0;
}
