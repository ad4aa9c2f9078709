#include "tests/recorder/support.h"

#include <unistd.h>

#include "recorder/reader.h"

struct fixture {
	struct buf file, export;
	struct keyfile *key;
	struct trust *trust;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	sample_read("sample.cast", &f->file);
	sample_read("export.cast", &f->export);
	f->key = sample_key();
	f->trust = sample_trust();
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	buf_clear(&f->file);
	buf_clear(&f->export);
	keyfile_free(f->key);
	trust_free(f->trust);
	free(f);
	return 0;
}

static void
the_sample_is_whole_and_opens_byte_for_byte(void **state)
{
	struct fixture *f = *state;
	struct proof p = prove(buf_span(&f->file), f->trust);
	struct buf out;

	assert_string_equal(p.text, "complete and proven: 4 chunks, 4048 bytes");
	assert_int_equal(p.code, PROOF_WHOLE);
	buf_init(&out, 1 << 20);
	assert_int_equal(play(buf_span(&f->file), f->trust, f->key, &out), PROOF_WHOLE);
	assert_true(span_eq(buf_span(&out), buf_span(&f->export)));
	buf_clear(&out);
}

/* A reader over these bytes; the descriptor is the caller's. */
static struct reader *
open_bytes(struct span content, int *fd)
{
	struct reader *r = NULL;

	*fd = file_of(content);
	assert_int_equal(reader_open(*fd, &r, NULL), RC_OK);
	return r;
}

static void
the_order_is_kept(void **state)
{
	struct fixture *f = *state;
	enum proof_code code = PROOF_UNTERMINATED;
	struct span plain;
	struct proof p;
	struct reader *r;
	int fd;

	r = open_bytes(buf_span(&f->file), &fd);
	assert_null(reader_header(r));
	assert_int_equal(reader_unlock(r, f->key, &code, NULL), RC_FAIL);
	assert_int_equal(code, PROOF_UNTERMINATED);
	assert_int_equal(reader_next(r, &plain, NULL, NULL), RC_FAIL);
	assert_int_equal(reader_verify(r, f->trust, &p, NULL), RC_OK);
	assert_string_equal(reader_header(r)->broker, "rec.example/a1");
	assert_int_equal(reader_next(r, &plain, NULL, NULL), RC_FAIL);
	assert_int_equal(reader_rewind(r, NULL), RC_FAIL);
	assert_int_equal(reader_unlock(r, f->key, &code, NULL), RC_OK);
	assert_int_equal(code, PROOF_WHOLE);
	/* Verifying again locks it again. */
	assert_int_equal(reader_verify(r, NULL, &p, NULL), RC_OK);
	assert_int_equal(p.code, PROOF_UNKNOWN);
	assert_int_equal(reader_next(r, &plain, NULL, NULL), RC_FAIL);
	reader_close(r);
	close(fd);
}

static void
a_false_file_is_never_opened(void **state)
{
	struct fixture *f = *state;
	enum proof_code code = PROOF_WHOLE;
	struct proof p;
	struct reader *r;
	int fd;

	f->file.p[2500] ^= 1;
	r = open_bytes(buf_span(&f->file), &fd);
	f->file.p[2500] ^= 1;
	assert_int_equal(reader_verify(r, f->trust, &p, NULL), RC_OK);
	assert_int_equal(p.code, PROOF_TAMPERED);
	assert_int_equal(reader_unlock(r, f->key, &code, NULL), RC_FAIL);
	reader_close(r);
	close(fd);
}

static void
chunks_say_what_they_are(void **state)
{
	static const uint64_t offsets[] = { 1045, 1442, 2012, 3093 };
	struct fixture *f = *state;
	struct reader_chunk info;
	enum proof_code code;
	struct span plain;
	struct proof p;
	struct reader *r;
	int fd;

	/* Without the last seal and the footer: two chunks are proven, two are not. */
	r = open_bytes(span_make(f->file.p, 3490), &fd);
	assert_int_equal(reader_verify(r, f->trust, &p, NULL), RC_OK);
	assert_int_equal(p.code, PROOF_UNTERMINATED);
	assert_int_equal(reader_unlock(r, f->key, &code, NULL), RC_OK);
	assert_int_equal(reader_summary(r).len, 0);
	for (unsigned round = 0; round < 2; round++) {
		for (size_t i = 0; i < ROWS(offsets); i++) {
			assert_int_equal(reader_next(r, &plain, &info, NULL), RC_OK);
			assert_int_equal(info.index, i);
			assert_int_equal(info.offset, offsets[i]);
			assert_int_equal(info.flags, i == 0);
			assert_int_equal(info.proven, i < 2);
		}
		assert_int_equal(reader_next(r, &plain, &info, NULL), RC_END);
		assert_int_equal(reader_next(r, &plain, &info, NULL), RC_END);
		assert_int_equal(reader_rewind(r, NULL), RC_OK);
	}
	reader_close(r);
	close(fd);
}

/* Behind the last seal only the key tells what is true. */
static void
an_unsealed_chunk_is_proven_by_its_key(void **state)
{
	struct fixture *f = *state;
	struct reader_chunk info;
	enum proof_code code;
	struct span plain;
	struct proof p;
	struct err err;
	struct reader *r;
	int fd;

	f->file.p[3300] = f->file.p[3300] == 'A' ? 'B' : 'A';
	r = open_bytes(span_make(f->file.p, 3490), &fd);
	assert_int_equal(reader_verify(r, f->trust, &p, NULL), RC_OK);
	assert_int_equal(p.code, PROOF_UNTERMINATED);
	assert_int_equal(p.proven_chunks, 2);
	assert_int_equal(reader_unlock(r, f->key, &code, NULL), RC_OK);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(reader_next(r, &plain, &info, NULL), RC_OK);
	assert_int_equal(reader_next(r, &plain, &info, &err), RC_REFUSE);
	assert_string_equal(
	    err.text, "chunk 3 (offset 3093): the ciphertext is not authentic");
	assert_int_equal(reader_next(r, &plain, &info, NULL), RC_FAIL);
	reader_close(r);
	close(fd);
	buf_clear(&f->file);
	sample_read("sample.cast", &f->file);
}

static void
the_summary_is_in_the_index(void **state)
{
	struct fixture *f = *state;
	enum proof_code code;
	struct proof p;
	struct reader *r;
	int fd;

	r = open_bytes(buf_span(&f->file), &fd);
	assert_int_equal(reader_verify(r, f->trust, &p, NULL), RC_OK);
	assert_int_equal(reader_unlock(r, f->key, &code, NULL), RC_OK);
	assert_true(span_is(reader_summary(r), "{\"exit\": 0}"));
	assert_int_equal(reader_marks(r), 0);
	reader_close(r);
	close(fd);
}

static void
the_kind_is_known_at_once(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *text;
		enum reader_kind kind;
	} rows[] = {
		{ "{\"version\":2,\"width\":80,\"height\":24}\n[0.1,\"o\",\"x\"]\n",
		    READER_PLAIN },
		{ "{\"version\":2,\"width\":80,\"height\":24}", READER_PLAIN },
		{ "", READER_SEALED },
		{ "\n", READER_SEALED },
		{ "rubbish", READER_SEALED },
	};
	struct reader *r;
	int fd;

	r = open_bytes(buf_span(&f->file), &fd);
	assert_int_equal(reader_kind(r), READER_SEALED);
	reader_close(r);
	close(fd);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct proof p;

		r = open_bytes(span_of(rows[i].text), &fd);
		assert_int_equal(reader_kind(r), rows[i].kind);
		assert_int_equal(reader_verify(r, f->trust, &p, NULL), RC_OK);
		assert_int_not_equal(p.code, PROOF_WHOLE);
		reader_close(r);
		close(fd);
	}
}

/* The file is exchanged between the proof and the reading. */
static void
a_file_that_changes_is_noticed(void **state)
{
	static const size_t lengths[] = { 0, 100, 1000, 1045, 2100, 3093, 3400 };
	struct fixture *f = *state;

	for (size_t i = 0; i < ROWS(lengths); i++) {
		enum proof_code code;
		struct span plain;
		struct proof p;
		struct reader *r;
		enum rc rc;
		int fd;

		r = open_bytes(buf_span(&f->file), &fd);
		assert_int_equal(reader_verify(r, f->trust, &p, NULL), RC_OK);
		assert_int_equal(reader_unlock(r, f->key, &code, NULL), RC_OK);
		assert_int_equal(ftruncate(fd, (off_t)lengths[i]), 0);
		assert_int_equal(reader_rewind(r, NULL), RC_OK);
		while ((rc = reader_next(r, &plain, NULL, NULL)) == RC_OK)
			;
		assert_int_equal(rc, RC_REFUSE);
		reader_close(r);
		close(fd);
	}
}

/* Opened while it is written: what comes is opened as if it had been there. */
static void
a_growing_file_is_read_on(void **state)
{
	struct fixture *f = *state;
	const size_t begin = 2100;
	enum proof_code code;
	struct span plain;
	struct proof p;
	struct reader *r;
	struct buf out;
	int fd;

	buf_init(&out, 1 << 20);
	r = open_bytes(span_make(f->file.p, begin), &fd);
	assert_int_equal(reader_more(r, f->trust, &p, NULL), RC_FAIL);
	assert_int_equal(reader_verify(r, f->trust, &p, NULL), RC_OK);
	assert_int_equal(p.code, PROOF_UNTERMINATED);
	assert_int_equal(reader_unlock(r, f->key, &code, NULL), RC_OK);
	for (size_t at = begin; at <= f->file.len; at += 7) {
		size_t n = f->file.len - at < 7 ? f->file.len - at : 7;
		enum rc rc;

		while ((rc = reader_next(r, &plain, NULL, NULL)) == RC_OK)
			buf_span_put(&out, plain);
		assert_int_equal(rc, RC_END);
		assert_int_equal(pwrite(fd, f->file.p + at, n, (off_t)at), n);
		assert_int_equal(reader_more(r, f->trust, &p, NULL), RC_OK);
	}
	assert_int_equal(p.code, PROOF_WHOLE);
	assert_int_equal(reader_next(r, &plain, NULL, NULL), RC_END);
	assert_true(span_eq(buf_span(&out), buf_span(&f->export)));
	/* something behind the footer */
	assert_int_equal(pwrite(fd, "x", 1, (off_t)f->file.len), 1);
	assert_int_equal(reader_more(r, f->trust, &p, NULL), RC_OK);
	assert_int_equal(p.code, PROOF_TAMPERED);
	assert_int_equal(reader_next(r, &plain, NULL, NULL), RC_FAIL);
	assert_int_equal(reader_more(r, f->trust, &p, NULL), RC_FAIL);
	reader_close(r);
	close(fd);
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sample_is_whole_and_opens_byte_for_byte),
		cmocka_unit_test(the_order_is_kept),
		cmocka_unit_test(a_false_file_is_never_opened),
		cmocka_unit_test(chunks_say_what_they_are),
		cmocka_unit_test(an_unsealed_chunk_is_proven_by_its_key),
		cmocka_unit_test(the_summary_is_in_the_index),
		cmocka_unit_test(the_kind_is_known_at_once),
		cmocka_unit_test(a_file_that_changes_is_noticed),
		cmocka_unit_test(a_growing_file_is_read_on),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
