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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sample_is_whole_and_opens_byte_for_byte),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
