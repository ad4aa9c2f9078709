#include "tests/recorder/support.h"

#include <unistd.h>

#include "recorder/tape.h"

#define META "{\"version\":2}\n"

static int
setup(void **state)
{
	struct ring *r = calloc(1, sizeof *r);

	ring_init(r);
	*state = r;
	return 0;
}

static int
teardown(void **state)
{
	ring_clear(*state);
	free(*state);
	return 0;
}

static struct header
header(void)
{
	struct header h = { .sid = { 1, 2, 3, 4, 5, 6, 0x70, 8, 0x80 },
		.broker = "test/b1",
		.class = "std",
		.width = 80,
		.height = 24,
		.suite = 1 };

	return h;
}

static void
certify(struct tape *t, const struct ring *r)
{
	uint8_t dkid[8], sig[64];

	assert_int_equal(
	    seal_certify(r->device, t->header.sid, t->spk, t->h1, dkid, sig, NULL),
	    RC_OK);
	assert_int_equal(
	    tape_certify(t, dkid, sig, keyfile_public(r->device), 0, NULL), RC_OK);
	assert_int_equal(
	    tape_chunk(t, CHUNK_META, span_of(META), 1, 0, 0, NULL), RC_OK);
}

/* An event of this second. */
static void
chunk(struct tape *t, uint8_t flags, uint64_t second)
{
	char line[64];

	snprintf(line, sizeof line, "[%llu.000000, \"o\", \"x\"]\n",
	    (unsigned long long)second);
	assert_int_equal(
	    tape_chunk(t, flags, span_of(line), 1, second * 1000000, 0, NULL), RC_OK);
}

static struct proof
prove_fd(int fd, const struct ring *r)
{
	struct proof p;

	assert_int_equal(proof_file(fd, r->trust, NULL, &p, NULL), RC_OK);
	return p;
}

static void
seals_come_when_they_are_due(void **state)
{
	const struct ring *r = *state;
	int fd = file_of(span_make("", 0));
	struct header h = header();
	struct tape t;

	assert_int_equal(
	    tape_open(&t, dup(fd), &h, r->recipients, NULL, 0, NULL), RC_OK);
	certify(&t, r);
	/* META is the first of 64. */
	for (unsigned i = 1; i < 63; i++)
		chunk(&t, 0, 1);
	assert_int_equal(t.unsealed, 63);
	chunk(&t, 0, 1);
	assert_int_equal(t.unsealed, 0);
	chunk(&t, 0, 5);
	chunk(&t, 0, 14);
	assert_int_equal(t.unsealed, 2);
	/* Ten seconds after the first unsealed one: the seal stands before the chunk. */
	chunk(&t, 0, 15);
	assert_int_equal(t.unsealed, 1);
	assert_int_equal(prove_fd(fd, r).proven_chunks, 66);
	chunk(&t, CHUNK_SYNC, 15);
	assert_int_equal(t.unsealed, 0);
	assert_int_equal(prove_fd(fd, r).proven_chunks, 68);
	assert_int_equal(tape_footer(&t, SEAL_SHUTDOWN, span_of("{}"), 0, NULL), RC_OK);
	assert_int_equal(prove_fd(fd, r).code, PROOF_WHOLE);
	assert_int_equal(prove_fd(fd, r).status, SEAL_SHUTDOWN);
	assert_int_equal(prove_fd(fd, r).chunks, t.chunks);
	tape_clear(&t);
	close(fd);
}

static void
what_tears_is_finished(void **state)
{
	const struct ring *r = *state;
	int fd = file_of(span_make("", 0)), good;
	struct header h = header();
	struct buf file;
	struct tape t;

	assert_int_equal(
	    tape_open(&t, dup(fd), &h, r->recipients, NULL, 0, NULL), RC_OK);
	certify(&t, r);
	/* The descriptor is gone for a while. */
	good = t.spool.fd;
	t.spool.fd = -1;
	assert_int_equal(
	    tape_chunk(&t, 0, span_of("[1.0, \"o\", \"x\"]\n"), 1, 1000000, 0, NULL),
	    RC_FAIL);
	/* Nothing may be built over what is left of the line. */
	assert_int_equal(tape_seal(&t, 0, NULL), RC_FAIL);
	assert_int_equal(
	    tape_chunk(&t, 0, span_of("[2.0, \"o\", \"y\"]\n"), 1, 2000000, 0, NULL),
	    RC_FAIL);
	assert_int_equal(tape_footer(&t, SEAL_BROKEN, span_of("{}"), 0, NULL), RC_FAIL);
	t.spool.fd = good;
	assert_int_equal(spool_finish(&t.spool, 0, NULL), RC_OK);
	assert_int_equal(tape_seal(&t, 0, NULL), RC_OK);
	assert_int_equal(tape_footer(&t, SEAL_BROKEN, span_of("{}"), 0, NULL), RC_OK);
	file_read(fd, &file);
	assert_int_equal(
	    play(buf_span(&file), r->trust, r->auditor, NULL), PROOF_WHOLE);
	buf_clear(&file);
	tape_clear(&t);
	close(fd);
}

static void
a_false_certificate_writes_nothing(void **state)
{
	const struct ring *r = *state;
	int fd = file_of(span_make("", 0));
	struct header h = header();
	uint8_t dkid[8] = { 0 }, sig[64] = { 0 };
	struct tape t;
	off_t len;

	assert_int_equal(
	    tape_open(&t, dup(fd), &h, r->recipients, NULL, 0, NULL), RC_OK);
	len = lseek(fd, 0, SEEK_END);
	assert_int_equal(
	    tape_certify(&t, dkid, sig, keyfile_public(r->device), 0, NULL), RC_REFUSE);
	assert_int_equal(lseek(fd, 0, SEEK_END), len);
	certify(&t, r);
	tape_clear(&t);
	close(fd);
}

static void
a_bad_header_takes_the_descriptor_too(void **state)
{
	const struct ring *r = *state;
	struct header h = header();
	struct tape t;
	int fd = file_of(span_make("", 0));

	h.broker[0] = ' ';
	assert_int_equal(
	    tape_open(&t, fd, &h, r->recipients, NULL, 0, NULL), RC_REFUSE);
	assert_int_equal(lseek(fd, 0, SEEK_END), 0);
	tape_clear(&t);
	assert_int_equal(close(fd), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seals_come_when_they_are_due),
		cmocka_unit_test(what_tears_is_finished),
		cmocka_unit_test(a_false_certificate_writes_nothing),
		cmocka_unit_test(a_bad_header_takes_the_descriptor_too),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
