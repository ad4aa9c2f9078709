#include "tests/support/unit.h"

#include "recorder/index.h"
#include "recorder/seal.h"

static struct index *
filled(size_t n)
{
	struct index *ix = NULL;

	assert_int_equal(index_new(&ix, NULL), RC_OK);
	for (size_t i = 0; i < n; i++)
		index_add(ix, &(struct index_entry){ 1000 + i, 50, i * 10, 1 });
	return ix;
}

static struct index *
again(const struct index *ix, const char *summary)
{
	struct index *back = NULL;
	struct buf b;

	buf_init(&b, SEAL_INDEX_MAX);
	assert_int_equal(index_put(ix, span_of(summary), &b, NULL), RC_OK);
	assert_int_equal(index_parse(buf_span(&b), &back, NULL), RC_OK);
	buf_clear(&b);
	return back;
}

static void
what_is_put_is_parsed(void **state)
{
	struct index *ix = filled(3), *back;
	struct index_entry e;
	struct index_mark m;

	(void)state;
	assert_int_equal(index_mark(ix, 15, 1, span_of("cmd: ls"), NULL), RC_OK);
	assert_int_equal(index_mark(ix, 25, 2, span_of(""), NULL), RC_OK);
	back = again(ix, "{\"exit\":0}");
	assert_int_equal(index_entries(back), 3);
	e = index_entry_at(back, 2);
	assert_int_equal(e.offset, 1002);
	assert_int_equal(e.line_len, 50);
	assert_int_equal(e.time_us, 20);
	assert_int_equal(e.events, 1);
	assert_int_equal(index_marks(back), 2);
	m = index_mark_at(back, 0);
	assert_true(m.time_us == 15 && m.chunk == 1 && span_is(m.text, "cmd: ls"));
	assert_true(span_is(index_mark_at(back, 1).text, ""));
	assert_true(span_is(index_summary(back), "{\"exit\":0}"));
	index_free(back);
	index_free(ix);
}

static void
it_folds_and_loses_no_event(void **state)
{
	static const size_t sizes[] = { 1, 2, INDEX_MAX - 1, INDEX_MAX, INDEX_MAX + 1,
		2 * INDEX_MAX, 2 * INDEX_MAX + 1, 5 * INDEX_MAX + 3,
		40 * INDEX_MAX + 17 };

	(void)state;
	for (size_t i = 0; i < ROWS(sizes); i++) {
		struct index *ix = filled(sizes[i]), *back = again(ix, "{}");
		uint64_t events = 0, last = 0;

		assert_true(index_entries(back) <= INDEX_MAX);
		assert_true(sizes[i] <= INDEX_MAX
				? index_entries(back) == sizes[i]
				: index_entries(back) >= INDEX_MAX / 2);
		for (size_t k = 0; k < index_entries(back); k++) {
			struct index_entry e = index_entry_at(back, k);

			/* Each entry still names a real chunk, and they are in order.
			 */
			assert_true(
			    e.offset == 1000 + e.time_us / 10 && e.offset >= last);
			/* It stands for all from here to the next. */
			assert_int_equal(e.offset - 1000, events);
			last = e.offset + 1;
			events += e.events;
		}
		assert_int_equal(events, sizes[i]);
		index_free(back);
		index_free(ix);
	}
}

static void
it_always_fits_in_a_line(void **state)
{
	struct index *ix = filled(INDEX_MAX), *back;
	char *summary = malloc(INDEX_SUMMARY_MAX + 2);
	struct buf b;

	(void)state;
	for (unsigned i = 0; i < 100000; i++)
		assert_int_equal(
		    index_mark(ix, i, i, span_of("some label that is not short"), NULL),
		    RC_OK);
	assert_int_equal(index_mark(ix, 1, 1, span_make(summary, 70000), NULL), RC_OK);
	memset(summary, ' ', INDEX_SUMMARY_MAX + 1);
	summary[INDEX_SUMMARY_MAX] = '\0';
	back = again(ix, summary);
	assert_true(index_marks(back) > 1000 && index_marks(back) < 5000);
	index_free(back);
	summary[INDEX_SUMMARY_MAX] = ' ';
	summary[INDEX_SUMMARY_MAX + 1] = '\0';
	buf_init(&b, SEAL_INDEX_MAX);
	assert_int_equal(index_put(ix, span_of(summary), &b, NULL), RC_REFUSE);
	buf_clear(&b);
	index_free(ix);
	free(summary);
}

static void
counts_that_lie_are_refused(void **state)
{
	struct index *ix = filled(2), *back = NULL;
	struct buf b;

	(void)state;
	assert_int_equal(index_mark(ix, 15, 1, span_of("\xe2\x9c\x93"), NULL), RC_OK);
	buf_init(&b, SEAL_INDEX_MAX);
	assert_int_equal(index_put(ix, span_of("{}"), &b, NULL), RC_OK);
	for (size_t n = 0; n + 2 < b.len; n++)
		assert_int_equal(
		    index_parse(span_make(b.p, n), &back, NULL), RC_REFUSE);
	b.p[0] = 0;
	assert_int_equal(index_parse(buf_span(&b), &back, NULL), RC_REFUSE);
	b.p[0] = 2;
	b.p[3] = 0xff;
	assert_int_equal(index_parse(buf_span(&b), &back, NULL), RC_REFUSE);
	b.p[3] = 0;
	b.p[4 + 24] = 1; /* flags */
	assert_int_equal(index_parse(buf_span(&b), &back, NULL), RC_REFUSE);
	b.p[4 + 24] = 0;
	b.p[b.len - 3] = 'x'; /* cuts the label's last character */
	assert_int_equal(index_parse(buf_span(&b), &back, NULL), RC_REFUSE);
	b.p[b.len - 3] = 0x93;
	b.p[b.len - 1] = 0xff;
	assert_int_equal(index_parse(buf_span(&b), &back, NULL), RC_REFUSE);
	b.p[b.len - 1] = '}';
	assert_int_equal(index_parse(buf_span(&b), &back, NULL), RC_OK);
	index_free(back);
	index_free(ix);
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_is_parsed),
		cmocka_unit_test(it_folds_and_loses_no_event),
		cmocka_unit_test(it_always_fits_in_a_line),
		cmocka_unit_test(counts_that_lie_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
