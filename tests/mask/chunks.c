/* See chunks.h. */
#include "tests/mask/chunks.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "recorder/mask/stream_parts.h"
#include "tests/mask/naive.h"

static void
note(void *arg, const struct mask_hit *hit)
{
	struct chunks *c = arg;

	assert_true(c->n < CHUNKS_HITS);
	assert_true(hit->to > hit->from);
	c->hits[c->n++] = (struct chunks_hit){ hit->rule, hit->from, hit->to };
}

/* Between two pieces nothing is left to a stream but what it has to keep. */
static void
forget(struct mask_stream *s)
{
	uint64_t keep = s->at < s->shown_text ? s->at : s->shown_text;

	if (s->range.on)
		keep = s->range.to;
	if (keep > MASK_BACK + 2 * MASK_LITERAL)
		ring_drop(&s->sh.text, keep - MASK_BACK - 2 * MASK_LITERAL);
	ring_drop(&s->sh.raw, s->shown < s->sh.read ? s->shown : s->sh.read);
}

struct chunks *
chunks_cut(const struct mask_rules *r, struct span in, const size_t *lengths, size_t n)
{
	struct mask_stream *s = mask_stream_new(r, MASK_API);
	struct chunks *c = calloc(1, sizeof *c);
	struct err err = { "" };

	assert_non_null(c);
	assert_non_null(s);
	buf_init(&c->out, mask_growth(in.len));
	mask_stream_tell(s, note, c);
	for (size_t at = 0, i = 0; at < in.len; i++) {
		size_t len = lengths[i % n];

		if (len > in.len - at)
			len = in.len - at;
		assert_int_equal(
		    mask_put(s, span_make(in.p + at, len), 0, &c->out, &err), RC_OK);
		assert_true(mask_held(s) <= r->style.max_hold);
		forget(s);
		at += len;
	}
	assert_int_equal(mask_end(s, &c->out, &err), RC_OK);
	assert_int_equal(mask_held(s), 0);
	c->most = mask_held_most(s);
	assert_true(c->most <= r->style.max_hold);
	mask_stream_free(s);
	return c;
}

struct chunks *
chunks_whole(const struct mask_rules *r, struct span in)
{
	return chunks_cut(r, in, &(size_t){ SIZE_MAX }, 1);
}

void
chunks_free(struct chunks *c)
{
	if (c != NULL)
		buf_clear(&c->out);
	free(c);
}

static void
print_cut(const struct chunks *want, const struct chunks *got, struct span in,
    const size_t *lengths, size_t n)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	text_escape(&b, in);
	buf_text(&b, "\n# one:  ");
	text_escape(&b, buf_span(&want->out));
	buf_text(&b, "\n# cut:  ");
	text_escape(&b, buf_span(&got->out));
	buf_text(&b, "\n# cuts:");
	for (size_t i = 0; i < n && i < 40; i++)
		buf_printf(&b, " %zu", lengths[i]);
	print_message("# in:   %s\n", buf_cstr(&b));
	buf_clear(&b);
}

static void
same(const struct mask_rules *r, const struct chunks *want, struct span in,
    const size_t *lengths, size_t n)
{
	struct chunks *c = chunks_cut(r, in, lengths, n);
	bool equal =
	    span_eq(buf_span(&want->out), buf_span(&c->out)) && c->n == want->n;

	for (size_t i = 0; equal && i < c->n; i++)
		equal = strcmp(c->hits[i].rule, want->hits[i].rule) == 0 &&
			c->hits[i].from == want->hits[i].from &&
			c->hits[i].to == want->hits[i].to;
	if (!equal)
		print_cut(want, c, in, lengths, n);
	assert_true(equal);
	chunks_free(c);
}

void
chunks_same(const struct mask_rules *r, struct span in, unsigned random)
{
	struct chunks *want = chunks_whole(r, in);
	size_t lengths[64];

	for (size_t i = 1; i < in.len && in.len <= 2048; i++)
		same(r, want, in, (size_t[]){ i, in.len - i }, 2);
	same(r, want, in, &(size_t){ 1 }, 1);
	for (unsigned i = 0; i < random; i++) {
		unsigned most = i % 3 == 0 ? 4 : i % 3 == 1 ? 100 : 3000;

		for (size_t k = 0; k < ROWS(lengths); k++)
			lengths[k] = 1 + (size_t)rand() % most;
		same(r, want, in, lengths, ROWS(lengths));
	}
	chunks_free(want);
}

/* What of the input goes out in place of a range. */
static void
put_range(struct buf *out, const struct shadow *sh, const struct naive_hit *h)
{
	uint64_t from = shadow_from(sh, h->from), to = shadow_to(sh, h->to);

	buf_printf(out, "%s[MASKED:%s]", h->quote ? "\"" : "", h->rule);
	for (size_t i = sh->head; i < sh->n; i++) {
		const struct piece *p = &sh->pieces[i];

		if (p->kind == PIECE_ESCAPE && p->raw >= from && p->raw < to)
			buf_put(out, ring_at(&sh->raw, p->raw), p->len);
	}
	if (h->quote)
		buf_u8(out, '"');
}

void
chunks_oracle(const struct mask_rules *r, struct span in)
{
	struct chunks *got = chunks_whole(r, in);
	struct naive *n = calloc(1, sizeof *n);
	struct shadow sh = { .read = 0 };
	struct mask_view v;
	struct buf out;
	uint64_t at = 0;

	assert_non_null(n);
	n->allowed = r->style.allowed;
	n->n_allowed = r->style.n_allowed;
	n->reveal = r->style.reveal;
	assert_true(shadow_put(&sh, in, 0));
	assert_int_equal(shadow_feed(&sh, true, 0), SHADOW_DONE);
	shadow_view(&sh, true, &v);
	naive_run(&r->b, span_make(v.p, v.len), n);
	buf_init(&out, mask_growth(in.len));
	for (size_t i = 0; i < n->n; i++) {
		uint64_t from = shadow_from(&sh, n->hits[i].from);

		from = from < at ? at : from;
		buf_put(&out, in.p + at, (size_t)(from - at));
		put_range(&out, &sh, &n->hits[i]);
		at = shadow_to(&sh, n->hits[i].to);
	}
	buf_put(&out, in.p + at, (size_t)(in.len - at));
	if (!span_eq(buf_span(&out), buf_span(&got->out)))
		print_cut(&(struct chunks){ .out = out }, got, in, NULL, 0);
	assert_true(span_eq(buf_span(&out), buf_span(&got->out)));
	buf_clear(&out);
	shadow_clear(&sh);
	chunks_free(got);
	free(n);
}
