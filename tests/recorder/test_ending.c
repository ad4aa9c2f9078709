/* The end of a file alone: the footer of this very session, about this very file. */
#include "tests/recorder/support.h"

#include <unistd.h>

#include "recorder/ending.h"

struct fixture {
	struct buf file;
	struct proof proof;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct trust *trust = sample_trust();

	sample_read("sample.cast", &f->file);
	f->proof = prove(buf_span(&f->file), trust);
	trust_free(trust);
	*state = f;
	return f->proof.code == PROOF_WHOLE ? 0 : -1;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	buf_clear(&f->file);
	free(f);
	return 0;
}

static enum rc
look(const struct fixture *f, struct span content, struct ending *e, struct err *err)
{
	int fd = file_of(content);
	enum rc rc = ending_look(fd, f->proof.sid, f->proof.spk, e, err);

	close(fd);
	return rc;
}

static void
it_sees_what_the_whole_proof_sees(void **state)
{
	struct fixture *f = *state;
	struct ending e;

	assert_int_equal(look(f, buf_span(&f->file), &e, NULL), RC_OK);
	assert_true(e.file_len == f->file.len);
	assert_int_equal(e.status, f->proof.status);
	assert_memory_equal(e.h, f->proof.h, 32);
}

static void
no_cut_and_no_change_of_the_footer_passes(void **state)
{
	struct fixture *f = *state;
	size_t from = (size_t)f->proof.footer_offset;
	struct ending e;

	for (size_t n = 0; n < f->file.len; n++)
		if (look(f, span_make(f->file.p, n), &e, NULL) != RC_REFUSE)
			fail_msg("cut at %zu passes", n);
	/* All but the time in front, which no signature covers: proof.h looks at it. */
	while (f->file.p[from] != ',')
		from++;
	for (size_t i = from; i < f->file.len; i++) {
		f->file.p[i] ^= 1;
		if (look(f, buf_span(&f->file), &e, NULL) != RC_REFUSE)
			fail_msg("byte %zu changed passes", i);
		f->file.p[i] ^= 1;
	}
}

static void
another_session_or_place_is_refused(void **state)
{
	struct fixture *f = *state;
	struct buf moved;
	struct ending e;
	struct err err;

	f->proof.spk[0] ^= 1;
	assert_int_equal(look(f, buf_span(&f->file), &e, &err), RC_REFUSE);
	f->proof.spk[0] ^= 1;
	f->proof.sid[0] ^= 1;
	assert_int_equal(look(f, buf_span(&f->file), &e, &err), RC_REFUSE);
	f->proof.sid[0] ^= 1;
	/* the same footer a byte further on */
	buf_init(&moved, 65536);
	buf_text(&moved, "x");
	buf_span_put(&moved, buf_span(&f->file));
	assert_int_equal(look(f, buf_span(&moved), &e, &err), RC_REFUSE);
	assert_string_equal(err.text, "its footer speaks of another place");
	/* one line alone */
	assert_int_equal(look(f, span_of("[0, \"F\", \"\"]\n"), &e, &err), RC_REFUSE);
	buf_clear(&moved);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(it_sees_what_the_whole_proof_sees),
		T(no_cut_and_no_change_of_the_footer_passes),
		T(another_session_or_place_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
