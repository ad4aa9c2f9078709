/* reader_seek.c: places by time, with a footer and without. */
#include "tests/recorder/support.h"

#include <unistd.h>

#include "recorder/reader.h"

#define SECOND 1000000ULL

struct fixture {
	struct ring ring;
	struct buf file;
};

/* When chunk i begins: several a second, several a microsecond now and then, gaps. */
static uint64_t
time_of(uint64_t i)
{
	return i / 10 * 3 * SECOND + i % 10 / 2 * 100000;
}

#define CHUNKS 400 /* without META and the summary's */

/* A recording with a chunk for each time_of; its text is its number. */
static int
setup(void **state)
{
	static struct fixture f;
	struct hands clock = { 77 };
	struct writer *w;
	int fd = file_of(span_of("")), again;

	*state = &f;
	ring_init(&f.ring);
	again = dup(fd);
	w = recording_open(&f.ring, fd, &clock);
	for (uint64_t i = 1; i <= CHUNKS; i++) {
		char text[40];

		clock.us = 77 + time_of(i);
		snprintf(text, sizeof text, "<%llu>", (unsigned long long)i);
		assert_int_equal(writer_tick(w, NULL), RC_OK);
		assert_int_equal(
		    writer_output(w, WRITER_STDOUT, span_of(text), NULL), RC_OK);
		assert_int_equal(writer_flush(w, 0, NULL), RC_OK);
	}
	clock.us += 5 * SECOND + 3;
	assert_int_equal(
	    writer_close(w, SEAL_CLOSED, "{\"t\":\"session.close\"}", NULL), RC_OK);
	writer_free(w);
	file_read(again, &f.file);
	close(again);
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	ring_clear(&f->ring);
	buf_clear(&f->file);
	return 0;
}

static struct reader *
open_bytes(const struct fixture *f, struct span content, int *fd)
{
	enum proof_code code;
	struct reader *r = NULL;
	struct proof p;

	*fd = file_of(content);
	assert_int_equal(reader_open(*fd, &r, NULL), RC_OK);
	assert_int_equal(reader_seek(r, 0, NULL), RC_FAIL);
	assert_int_equal(reader_verify(r, f->ring.trust, &p, NULL), RC_OK);
	assert_int_equal(reader_seek(r, 0, NULL), RC_FAIL);
	assert_int_equal(reader_time(r, &(uint64_t){ 0 }, NULL), RC_FAIL);
	assert_int_equal(reader_unlock(r, f->ring.auditor, &code, NULL), RC_OK);
	return r;
}

/* Without the footer. */
static struct span
cut(const struct fixture *f)
{
	const uint8_t *lf = memrchr(f->file.p, '\n', f->file.len - 1);

	return span_make(f->file.p, (size_t)(lf + 1 - f->file.p));
}

/* The number of the next chunk. */
static uint64_t
next(struct reader *r)
{
	struct reader_chunk info;
	struct span plain;
	char text[40];

	assert_int_equal(reader_next(r, &plain, &info, NULL), RC_OK);
	if (info.index > 0 && info.index <= CHUNKS) {
		snprintf(text, sizeof text, "<%llu>", (unsigned long long)info.index);
		assert_non_null(memmem(plain.p, plain.len, text, strlen(text)));
	}
	return info.index;
}

/* The last chunk that begins not after us. */
static uint64_t
expected(uint64_t us)
{
	uint64_t i = CHUNKS;

	if (us >= time_of(CHUNKS) + 5 * SECOND + 3)
		return CHUNKS + 1;
	while (i > 0 && time_of(i) > us)
		i--;
	return i;
}

static void
try_all(struct reader *r)
{
	for (uint64_t k = 0; k <= 2 * CHUNKS; k++) {
		/* Up and down, on each chunk's time and beside it. */
		uint64_t i = k * 173 % (CHUNKS + 1);
		uint64_t us = time_of(i) + k % 3;
		uint64_t want;

		us -= us > 0 && k % 5 == 0;
		want = expected(us);
		assert_int_equal(reader_seek(r, us, NULL), RC_OK);
		assert_int_equal(next(r), want);
		if (want < CHUNKS)
			assert_int_equal(next(r), want + 1);
	}
	assert_int_equal(reader_seek(r, UINT64_MAX, NULL), RC_OK);
	assert_int_equal(next(r), CHUNKS + 1);
}

static void
each_time_has_its_chunk(void **state)
{
	struct fixture *f = *state;
	struct span plain;
	int fd;
	struct reader *r = open_bytes(f, buf_span(&f->file), &fd);

	try_all(r);
	assert_int_equal(reader_next(r, &plain, NULL, NULL), RC_END);
	/* From a place in the middle to the end, the index still has to fit. */
	assert_int_equal(reader_seek(r, time_of(100), NULL), RC_OK);
	for (uint64_t i = expected(time_of(100)); i <= CHUNKS + 1; i++)
		assert_int_equal(next(r), i);
	assert_int_equal(reader_next(r, &plain, NULL, NULL), RC_END);
	reader_close(r);
	close(fd);
}

static void
without_a_footer_too(void **state)
{
	struct fixture *f = *state;
	struct span plain;
	int fd;
	struct reader *r = open_bytes(f, cut(f), &fd);

	try_all(r);
	assert_int_equal(reader_next(r, &plain, NULL, NULL), RC_END);
	reader_close(r);
	close(fd);
}

static void
the_length_is_known_wherever_one_stands(void **state)
{
	struct fixture *f = *state;
	uint64_t end = time_of(CHUNKS) + 5 * SECOND + 3, us;

	for (unsigned footer = 0; footer < 2; footer++) {
		struct span plain;
		int fd;
		struct reader *r =
		    open_bytes(f, footer ? buf_span(&f->file) : cut(f), &fd);

		assert_int_equal(reader_time(r, &us, NULL), RC_OK);
		assert_int_equal(us, end);
		for (uint64_t i = 0; i <= CHUNKS + 1; i++) {
			assert_int_equal(next(r), i);
			if (i % 97 == 5)
				assert_int_equal(reader_time(r, &us, NULL), RC_OK);
			assert_int_equal(us, end);
		}
		assert_int_equal(reader_next(r, &plain, NULL, NULL), RC_END);
		reader_close(r);
		close(fd);
	}
}

/* The file is exchanged between the proof and the jump: nothing false comes out, whatever
 * the jump lands on. */
static void
a_file_that_changes_gives_no_false_chunk(void **state)
{
	struct fixture *f = *state;

	for (unsigned footer = 0; footer < 2; footer++) {
		int fd;
		struct reader *r =
		    open_bytes(f, footer ? buf_span(&f->file) : cut(f), &fd);
		struct err err = { "" };
		enum rc rc = RC_OK;
		struct span plain;

		assert_int_equal(ftruncate(fd, (off_t)f->file.len / 2), 0);
		assert_int_equal(reader_seek(r, time_of(10), NULL), RC_OK);
		assert_int_equal(next(r), expected(time_of(10)));
		rc = reader_seek(r, time_of(390), &err);
		assert_int_equal(rc, RC_REFUSE);
		assert_non_null(strstr(err.text, "changed"));
		assert_int_equal(reader_next(r, &plain, NULL, NULL), RC_FAIL);
		assert_int_equal(reader_seek(r, 0, NULL), RC_FAIL);
		reader_close(r);
		close(fd);
	}
}

/* What there is of a recording that ends in its first lines. */
static void
there_may_be_no_chunk_at_all(void **state)
{
	struct fixture *f = *state;
	const uint8_t *p = f->file.p;
	struct span plain;
	uint64_t us = 9;
	struct reader *r;
	int fd;

	for (unsigned i = 0; i < 3; i++)
		p = (const uint8_t *)memchr(p, '\n', f->file.len) + 1;
	r = open_bytes(f, span_make(f->file.p, (size_t)(p - f->file.p)), &fd);
	assert_int_equal(reader_seek(r, 5, NULL), RC_OK);
	assert_int_equal(reader_time(r, &us, NULL), RC_OK);
	assert_int_equal(us, 0);
	assert_int_equal(reader_next(r, &plain, NULL, NULL), RC_END);
	reader_close(r);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_time_has_its_chunk),
		cmocka_unit_test(without_a_footer_too),
		cmocka_unit_test(the_length_is_known_wherever_one_stands),
		cmocka_unit_test(a_file_that_changes_gives_no_false_chunk),
		cmocka_unit_test(there_may_be_no_chunk_at_all),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
