/* Whatever allocation fails: a log stays one that opens, a recording a proven beginning,
 * and what is read or proven is right or refused. */
#include "tests/recorder/logbook.h"
#include "tests/recorder/support.h"
#include "tests/support/scarce.h"

#include <unistd.h>

#include "recorder/evidence.h"
#include "recorder/reader.h"

#define OK(call) assert_int_equal((call), RC_OK)

/* More than any of them takes: a loop that does not end is a failure, too. */
#define MOST 5000

/* ---- the log ---- */

/* A session's whole life in a log, and what travels of it. */
static enum rc
keep_log(struct logbook *b, struct buf *text, struct err *err)
{
	const struct leaf open = logbook_leaf(LEAF_OPEN, 1);
	const struct leaf end = logbook_leaf(LEAF_CLOSE, 1);
	uint64_t first, last;
	enum rc rc;

	if ((rc = logbook_open(b, "", err)) == RC_OK &&
	    (rc = ledger_append(b->ledger, &open, &first, err)) == RC_OK &&
	    (rc = ledger_append(b->ledger, &end, &last, err)) == RC_OK &&
	    (rc = ledger_sync(b->ledger, err)) == RC_OK &&
	    (rc = ledger_seal(b->ledger, err)) == RC_OK)
		rc = evidence_put(b->ledger, open.sid, first, last, text, err);
	logbook_close(b);
	return rc;
}

/* False when there were fewer allocations. */
static bool
log_fails_at(unsigned long at)
{
	struct err err = { "" };
	struct logbook b;
	struct buf text;
	bool failed;
	long before;
	enum rc rc;

	logbook_init(&b, "b1");
	buf_init(&text, EVIDENCE_TEXT_MAX);
	before = scarce.live;
	scarce_begin(at);
	rc = keep_log(&b, &text, &err);
	failed = scarce_end();
	if (!failed)
		assert_int_equal(rc, RC_OK);
	else if (rc != RC_OK)
		assert_int_equal(rc, RC_FAIL);
	buf_clear(&text);
	assert_int_equal(scarce.live, before);
	/* Whatever it was: the next one opens it and goes on. */
	if (logbook_open(&b, "", &err) != RC_OK)
		fail_msg("after allocation %lu: %s", at, err.text);
	(void)logbook_add(&b, LEAF_OPEN, 9);
	logbook_seal(&b);
	logbook_clear(&b);
	return failed;
}

static void
a_log_goes_on_after_it(void **state)
{
	unsigned long at = 1;

	(void)state;
	while (at < MOST && log_fails_at(at))
		at++;
	assert_in_range(at, 10, MOST - 1);
}

/* ---- what travels ---- */

static void
evidence_is_whole_or_refused(void **state)
{
	struct evidence *e;
	struct trust *t = NULL;
	struct logbook b;
	struct buf text;
	unsigned long at = 0;
	bool failed = true;
	long before;
	enum rc rc;

	(void)state;
	logbook_init(&b, "b1");
	buf_init(&text, EVIDENCE_TEXT_MAX);
	OK(keep_log(&b, &text, NULL));
	while (failed && ++at < MOST) {
		before = scarce.live;
		OK(trust_new(&t, NULL));
		OK(trust_add(t, false, span_of("b1"), keyfile_public(b.key), NULL));
		e = NULL;
		scarce_begin(at);
		rc = evidence_parse(buf_span(&text), &e, NULL);
		if (rc == RC_OK)
			rc = evidence_believe(e, t, NULL);
		failed = scarce_end();
		if (!failed)
			assert_int_equal(rc, RC_OK);
		else if (rc != RC_OK)
			assert_int_equal(rc, RC_FAIL);
		evidence_free(e);
		trust_free(t);
		assert_int_equal(scarce.live, before);
	}
	assert_in_range(at, 2, MOST - 1);
	buf_clear(&text);
	logbook_clear(&b);
}

/* ---- a recording ---- */

#define OUTPUT 40000

/* Half of it is worth compressing. */
static void
fill_output(uint8_t bytes[OUTPUT])
{
	for (size_t i = 0; i < OUTPUT; i++)
		bytes[i] =
		    (uint8_t)(i < OUTPUT / 2 ? 'a' + (int)(i % 7) : ' ' + rand() % 90);
}

static enum rc
write_it(struct writer *w, const uint8_t bytes[OUTPUT], struct err *err)
{
	enum rc rc = writer_output(w, WRITER_STDOUT, span_make(bytes, OUTPUT), err);

	if (rc == RC_OK)
		rc = writer_mark(w, "here", err);
	if (rc == RC_OK)
		rc = writer_flush(w, 0, err);
	if (rc == RC_OK)
		rc = writer_close(w, SEAL_CLOSED, "{\"t\":\"session.close\"}", err);
	return rc;
}

/* False when there were fewer allocations. */
static bool
recording_fails_at(
    const struct ring *ring, const uint8_t bytes[OUTPUT], unsigned long at)
{
	int fd = file_of(span_of(""));
	struct hands clock = { 0 };
	struct writer *w = recording_open(ring, dup(fd), &clock);
	struct err err = { "" };
	struct buf file, plain;
	enum proof_code code;
	bool failed;
	enum rc rc;

	scarce_begin(at);
	rc = write_it(w, bytes, &err);
	failed = scarce_end();
	writer_free(w);
	file_read(fd, &file);
	buf_init(&plain, 1 << 20);
	code = play(buf_span(&file), ring->trust, ring->auditor, &plain);
	assert_int_equal(code, rc == RC_OK ? PROOF_WHOLE : PROOF_UNTERMINATED);
	assert_true(failed || rc == RC_OK);
	buf_clear(&plain);
	buf_clear(&file);
	close(fd);
	return failed;
}

static void
a_recording_stays_proven(void **state)
{
	uint8_t *bytes = malloc(OUTPUT);
	struct ring ring;
	unsigned long at = 1;

	(void)state;
	ring_init(&ring);
	fill_output(bytes);
	while (at < MOST && recording_fails_at(&ring, bytes, at))
		at++;
	assert_in_range(at, 2, MOST - 1);
	ring_clear(&ring);
	free(bytes);
}

/* All that a reader gives; each of its allocations may fail. */
static enum rc
read_it(int fd, const struct ring *ring, struct buf *out)
{
	struct reader *r = NULL;
	enum proof_code code;
	struct proof found;
	struct span plain;
	enum rc rc;

	if ((rc = reader_open(fd, &r, NULL)) == RC_OK &&
	    (rc = reader_verify(r, ring->trust, &found, NULL)) == RC_OK) {
		assert_int_equal(found.code, PROOF_WHOLE);
		rc = reader_unlock(r, ring->auditor, &code, NULL);
		assert_int_not_equal(rc, RC_REFUSE);
	}
	while (rc == RC_OK && (rc = reader_next(r, &plain, NULL, NULL)) == RC_OK)
		buf_span_put(out, plain);
	reader_close(r);
	return rc;
}

static void
a_reader_gives_all_or_fails(void **state)
{
	int fd = file_of(span_of(""));
	uint8_t *bytes = malloc(OUTPUT);
	struct hands clock = { 0 };
	unsigned long at = 0;
	struct buf want, got;
	bool failed = true;
	struct writer *w;
	struct ring ring;
	long before;
	enum rc rc;

	(void)state;
	ring_init(&ring);
	fill_output(bytes);
	w = recording_open(&ring, dup(fd), &clock);
	OK(write_it(w, bytes, NULL));
	writer_free(w);
	buf_init(&want, 1 << 20);
	assert_int_equal(read_it(fd, &ring, &want), RC_END);
	buf_init(&got, 1 << 20);
	assert_non_null(buf_room(&got, want.len));
	while (failed && ++at < MOST) {
		buf_reset(&got);
		before = scarce.live;
		scarce_begin(at);
		rc = read_it(fd, &ring, &got);
		failed = scarce_end();
		assert_int_equal(scarce.live, before);
		if (rc == RC_END) {
			assert_int_equal(got.len, want.len);
			assert_memory_equal(got.p, want.p, want.len);
		} else {
			assert_int_equal(rc, RC_FAIL);
			assert_true(failed);
		}
	}
	assert_in_range(at, 5, MOST - 1);
	buf_clear(&got);
	buf_clear(&want);
	ring_clear(&ring);
	free(bytes);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_log_goes_on_after_it),
		cmocka_unit_test(evidence_is_whole_or_refused),
		cmocka_unit_test(a_recording_stays_proven),
		cmocka_unit_test(a_reader_gives_all_or_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
