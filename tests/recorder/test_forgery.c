/* What an attacker does to a recording as the writer makes it today (compressed, where the
 * build can), and never gets away with: changed, cut, dropped, doubled, swapped, moved from
 * one file to another.  The same for the sample and for each rule by itself: test_proof.c.
 */
#include "tests/recorder/support.h"

#include <unistd.h>

#define LINES_MOST 64

struct forgery {
	struct ring ring;
	struct buf a, b; /* two whole recordings of one broker */
	struct span line[LINES_MOST], other[LINES_MOST];
	size_t lines;
};

static size_t
split(struct span file, struct span *line)
{
	size_t n = 0;

	while (file.len > 0) {
		const uint8_t *lf = memchr(file.p, '\n', file.len);
		size_t len;

		assert_non_null(lf);
		assert_true(n < LINES_MOST);
		len = (size_t)(lf - file.p) + 1;
		line[n++] = span_make(file.p, len);
		file = span_make(file.p + len, file.len - len);
	}
	return n;
}

/* Some chunks, some of them sealed, and marks. */
static void
make(const struct ring *r, struct buf *out)
{
	struct hands clock = { 1000000 };
	int fd = file_of(span_make("", 0));
	struct writer *w = recording_open(r, dup(fd), &clock);
	char text[600];

	for (int i = 0; i < 3; i++) {
		memset(text, 'a' + i, sizeof text);
		assert_int_equal(
		    writer_output(w, WRITER_STDOUT, span_make(text, sizeof text), NULL),
		    RC_OK);
		assert_int_equal(writer_mark(w, "a mark", NULL), RC_OK);
		clock.us += 500000;
		assert_int_equal(
		    writer_flush(w, i == 1 ? WRITER_SYNC : 0, NULL), RC_OK);
	}
	assert_int_equal(
	    writer_close(w, SEAL_CLOSED, "{\"t\":\"session.close\"}", NULL), RC_OK);
	writer_free(w);
	file_read(fd, out);
	close(fd);
}

static int
setup(void **state)
{
	struct forgery *f = calloc(1, sizeof *f);

	assert_int_equal(writer_prepare(NULL), RC_OK);
	ring_init(&f->ring);
	make(&f->ring, &f->a);
	make(&f->ring, &f->b);
	f->lines = split(buf_span(&f->a), f->line);
	assert_int_equal(split(buf_span(&f->b), f->other), f->lines);
	assert_true(f->lines > 8);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct forgery *f = *state;

	buf_clear(&f->a);
	buf_clear(&f->b);
	ring_clear(&f->ring);
	free(f);
	return 0;
}

static enum proof_code
judge(const struct forgery *f, struct span file)
{
	return play(file, f->ring.trust, f->ring.auditor, NULL);
}

/* The lines in this order; from f->lines on: of the other file. */
static enum proof_code
judge_lines(const struct forgery *f, const size_t *order, size_t n)
{
	enum proof_code code;
	struct buf mixed;

	buf_init(&mixed, 1u << 20);
	for (size_t i = 0; i < n; i++)
		buf_span_put(&mixed, order[i] < f->lines
					 ? f->line[order[i]]
					 : f->other[order[i] - f->lines]);
	code = judge(f, buf_span(&mixed));
	buf_clear(&mixed);
	return code;
}

static void
both_are_whole(void **state)
{
	struct forgery *f = *state;

	assert_int_equal(judge(f, buf_span(&f->a)), PROOF_WHOLE);
	assert_int_equal(judge(f, buf_span(&f->b)), PROOF_WHOLE);
}

static void
no_changed_byte_passes(void **state)
{
	struct forgery *f = *state;
	unsigned bits = getenv("BROKER_LONG") != NULL ? 3 : 1;

	for (size_t i = 0; i < f->a.len; i++)
		for (unsigned b = 0; b < bits; b++) {
			uint8_t mask = (uint8_t)(1u << (i + b * 3) % 8);
			enum proof_code code;

			f->a.p[i] ^= mask;
			code = judge(f, buf_span(&f->a));
			f->a.p[i] ^= mask;
			/* 6: the name of its device key; 4: the end looks torn. */
			if (code != PROOF_TAMPERED && code != PROOF_UNKNOWN &&
			    !(code == PROOF_UNTERMINATED && i + 9 >= f->a.len))
				fail_msg("byte %zu, mask %02x: %d", i, mask, code);
		}
}

static void
no_cut_passes(void **state)
{
	struct forgery *f = *state;

	assert_int_equal(judge(f, span_make(f->a.p, 0)), PROOF_TAMPERED);
	for (size_t n = 1; n < f->a.len; n++) {
		struct span cut = span_make(f->a.p, n);
		enum proof_code code = judge(f, cut);

		/* Within its header there is nothing to open yet. */
		if (prove(cut, f->ring.trust).code != PROOF_UNTERMINATED ||
		    (code != PROOF_UNTERMINATED &&
			!(code == PROOF_NO_KEY && n <= f->line[0].len)))
			fail_msg("%zu bytes: %d", n, code);
	}
}

static void
no_line_goes_comes_or_moves(void **state)
{
	struct forgery *f = *state;
	size_t order[LINES_MOST + 1], n = f->lines, k;

	for (size_t i = 0; i < n; i++) {
		for (k = 0; k < n - 1; k++)
			order[k] = k < i ? k : k + 1;
		assert_int_equal(judge_lines(f, order, n - 1),
		    i == n - 1 ? PROOF_UNTERMINATED : PROOF_TAMPERED);
		for (k = 0; k < n + 1; k++)
			order[k] = k <= i ? k : k - 1;
		assert_int_equal(judge_lines(f, order, n + 1), PROOF_TAMPERED);
		for (size_t m = i + 1; m < n; m++) {
			for (k = 0; k < n; k++)
				order[k] = k == i ? m : k == m ? i : k;
			assert_int_equal(judge_lines(f, order, n), PROOF_TAMPERED);
		}
	}
}

/* A line of another recording by the same broker, in the place of this one's, or beside
 * it: chunk, seal, footer, header. */
static void
nothing_fits_in_from_another(void **state)
{
	struct forgery *f = *state;
	size_t order[LINES_MOST + 1], n = f->lines;

	for (size_t i = 0; i < n; i++) {
		if (span_eq(f->line[i], f->other[i]))
			continue; /* the notice */
		for (size_t k = 0; k < n; k++)
			order[k] = k == i ? n + i : k;
		if (judge_lines(f, order, n) != PROOF_TAMPERED)
			fail_msg("line %zu of another", i);
		for (size_t k = 0; k < n + 1; k++)
			order[k] = k < i ? k : k == i ? n + i : k - 1;
		if (judge_lines(f, order, n + 1) != PROOF_TAMPERED)
			fail_msg("line %zu of another, too", i);
	}
	/* From some line on, all of another's. */
	for (size_t i = 1; i < n; i++) {
		for (size_t k = 0; k < n; k++)
			order[k] = k < i ? k : n + k;
		if (judge_lines(f, order, n) != PROOF_TAMPERED)
			fail_msg("another's tail from line %zu", i);
	}
}

/* Two times all of it, and one behind the other. */
static void
two_files_are_not_one(void **state)
{
	struct forgery *f = *state;
	struct buf both;

	buf_init(&both, 1u << 20);
	buf_span_put(&both, buf_span(&f->a));
	buf_span_put(&both, buf_span(&f->b));
	assert_int_equal(judge(f, buf_span(&both)), PROOF_TAMPERED);
	buf_clear(&both);
}

/* No key of the broker's own opens one: it has the device key and the admin's. */
static void
nobody_but_recipients_opens_it(void **state)
{
	struct forgery *f = *state;
	struct keyfile *stranger = NULL;
	struct buf text;
	char line[256];

	assert_int_equal(
	    keyfile_new(KEYFILE_AUDITOR, span_of("stranger"), &stranger, NULL), RC_OK);
	assert_int_equal(
	    play(buf_span(&f->a), f->ring.trust, stranger, NULL), PROOF_NO_KEY);
	keyfile_free(stranger);
	/* The seeds of the signing keys, taken for an auditor's. */
	for (int i = 0; i < 2; i++) {
		const struct keyfile *from = i == 0 ? f->ring.device : f->ring.admin;
		const char *seed;

		buf_init(&text, KEYFILE_TEXT_MAX);
		assert_int_equal(keyfile_put(from, &text, NULL), RC_OK);
		seed = strrchr(buf_cstr(&text), ' ') + 1;
		snprintf(line, sizeof line, "hoop-key 1 stolen x25519 %s", seed);
		assert_int_equal(keyfile_parse(KEYFILE_AUDITOR, span_of(line), NULL,
				     &stranger, NULL),
		    RC_OK);
		assert_int_equal(
		    play(buf_span(&f->a), f->ring.trust, stranger, NULL), PROOF_NO_KEY);
		keyfile_free(stranger);
		buf_clear(&text);
	}
	assert_int_equal(
	    play(buf_span(&f->a), f->ring.trust, f->ring.spare, NULL), PROOF_WHOLE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_are_whole),
		cmocka_unit_test(no_changed_byte_passes),
		cmocka_unit_test(no_cut_passes),
		cmocka_unit_test(no_line_goes_comes_or_moves),
		cmocka_unit_test(nothing_fits_in_from_another),
		cmocka_unit_test(two_files_are_not_one),
		cmocka_unit_test(nobody_but_recipients_opens_it),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
