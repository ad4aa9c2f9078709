/* What a writer has made durable when it says so, and what stays below a quota.  The
 * linker puts counting functions in the place of write, fsync and fdatasync. */
#include "tests/recorder/support.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define OK(call) assert_int_equal((call), RC_OK)

static unsigned writes, datasyncs, syncs;
static unsigned since; /* writes since the last sync of any kind */
static int sync_error, write_error;

ssize_t __real_write(int fd, const void *p, size_t n);
int __real_fsync(int fd);
int __real_fdatasync(int fd);
ssize_t __wrap_write(int fd, const void *p, size_t n);
int __wrap_fsync(int fd);
int __wrap_fdatasync(int fd);

ssize_t
__wrap_write(int fd, const void *p, size_t n)
{
	writes++;
	since++;
	if (write_error != 0) {
		errno = write_error;
		return -1;
	}
	return __real_write(fd, p, n);
}

static int
sync_now(unsigned *count, int (*real)(int), int fd)
{
	(*count)++;
	if (sync_error != 0) {
		errno = sync_error;
		return -1;
	}
	since = 0;
	return real(fd);
}

int
__wrap_fsync(int fd)
{
	return sync_now(&syncs, __real_fsync, fd);
}

int
__wrap_fdatasync(int fd)
{
	return sync_now(&datasyncs, __real_fdatasync, fd);
}

static const uint8_t sid[16] = { 0x01, 0x99, 0xf0, 0xc2, 0, 0, 0x70, 0, 0x80, 0, 0, 0,
	0, 0, 0, 2 };
static struct ring ring;
static struct hands hands;

static struct writer *
begin(int fd, enum writer_sync sync, uint64_t quota)
{
	struct writer_init init = { .fd = dup(fd),
		.broker = "test/b1",
		.class = "std",
		.timestamp = 1795167217,
		.meta_json = "{}",
		.recipients = ring.recipients,
		.device_pk = keyfile_public(ring.device),
		.sync = sync,
		.quota = quota,
		.now_us = hands_now,
		.now_arg = &hands };
	struct writer *w = NULL;
	struct err err = { "" };

	/* recording_certify's. */
	memcpy(init.sid, sid, sizeof sid);
	hands.us = 5000000;
	if (writer_open(&init, &w, &err) != RC_OK)
		fail_msg("%s", err.text);
	OK(recording_certify(&ring, w, NULL));
	writes = datasyncs = syncs = since = 0;
	sync_error = write_error = 0;
	return w;
}

static void
say(struct writer *w, const char *text)
{
	OK(writer_output(w, WRITER_STDOUT, span_of(text), NULL));
}

/* Somebody else syncs: but what must be there before a command runs, and the end. */
static void
others_may_sync(void **state)
{
	int fd = file_of(span_make("", 0));
	struct writer *w = begin(fd, WRITER_SYNC_OTHERS, 0);

	(void)state;
	for (int i = 0; i < 50; i++) {
		say(w, "x\n");
		OK(writer_flush(w, 0, NULL));
		hands.us += 100000;
		if (writer_due(w) == 0)
			OK(writer_tick(w, NULL));
	}
	assert_true(writes >= 50);
	assert_int_equal(datasyncs + syncs, 0);
	say(w, "y\n");
	OK(writer_flush(w, WRITER_SYNC, NULL));
	assert_int_equal(datasyncs, 1);
	assert_int_equal(since, 0);
	OK(writer_close(w, SEAL_CLOSED, "{\"t\":\"session.close\"}", NULL));
	assert_int_equal(syncs, 1);
	assert_int_equal(since, 0);
	writer_free(w);
	close(fd);
}

static void
by_itself_it_syncs_each_second(void **state)
{
	int fd = file_of(span_make("", 0));
	struct writer *w = begin(fd, WRITER_SYNC_SECOND, 0);

	(void)state;
	say(w, "x\n");
	OK(writer_flush(w, 0, NULL));
	assert_int_equal(datasyncs, 0);
	assert_int_equal(writer_due(w), 1000);
	hands.us += 1000000;
	OK(writer_tick(w, NULL));
	assert_int_equal(datasyncs, 1);
	writer_free(w);
	close(fd);
}

/* Strict: nothing may be shown that is not on the disk. */
static void
each_flush_may_sync(void **state)
{
	int fd = file_of(span_make("", 0));
	struct writer *w = begin(fd, WRITER_SYNC_EACH, 0);

	(void)state;
	for (unsigned i = 1; i <= 200; i++) {
		say(w, "x\n");
		OK(writer_flush(w, 0, NULL));
		assert_int_equal(since, 0);
		assert_int_equal(datasyncs, i);
	}
	/* Nothing to write is nothing to sync. */
	OK(writer_flush(w, 0, NULL));
	assert_int_equal(datasyncs, 200);
	/* A character that never became whole is shown after a tick. */
	say(w, "\xe2\x9c");
	OK(writer_flush(w, 0, NULL));
	hands.us += 60000;
	OK(writer_tick(w, NULL));
	assert_int_equal(writer_held(w, WRITER_STDOUT), 0);
	assert_int_equal(since, 0);
	OK(writer_flush(w, WRITER_SYNC, NULL));
	assert_int_equal(since, 0);
	writer_free(w);
	close(fd);
}

static void
a_failed_sync_is_the_end(void **state)
{
	static const struct {
		int error;
		bool no_room;
	} rows[] = { { EIO, false }, { ENOSPC, true }, { EDQUOT, true } };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		int fd = file_of(span_make("", 0));
		struct writer *w = begin(fd, WRITER_SYNC_EACH, 0);
		struct writer_stats stats;
		struct err err = { "" };
		struct proof proof;
		struct buf file;

		say(w, "x\n");
		sync_error = rows[i].error;
		assert_int_equal(writer_flush(w, 0, &err), RC_FAIL);
		assert_non_null(strstr(err.text, "sync the recording"));
		writer_stats(w, &stats);
		assert_true(stats.dead);
		assert_int_equal(stats.no_room, rows[i].no_room);
		/* It is not tried again as if nothing had happened. */
		sync_error = 0;
		assert_int_equal(
		    writer_output(w, WRITER_STDOUT, span_of("y"), &err), RC_FAIL);
		assert_int_equal(writer_flush(w, 0, &err), RC_FAIL);
		assert_int_equal(datasyncs, 1);
		OK(writer_close(w, SEAL_CLOSED, "{\"t\":\"session.close\"}", NULL));
		file_read(fd, &file);
		proof = prove(buf_span(&file), ring.trust);
		assert_int_equal(proof.code, PROOF_WHOLE);
		assert_int_equal(proof.status, SEAL_BROKEN);
		buf_clear(&file);
		writer_free(w);
		close(fd);
	}
}

static void
a_failed_write_tells_whether_room_is_missing(void **state)
{
	static const struct {
		int error;
		bool no_room;
	} rows[] = { { EIO, false }, { ENOSPC, true }, { EDQUOT, true },
		{ EFBIG, true }, { EBADF, false } };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		int fd = file_of(span_make("", 0));
		struct writer *w = begin(fd, WRITER_SYNC_OTHERS, 0);
		struct writer_stats stats;

		writer_stats(w, &stats);
		assert_false(stats.dead);
		assert_false(stats.no_room);
		say(w, "x\n");
		write_error = rows[i].error;
		assert_int_equal(writer_flush(w, 0, NULL), RC_FAIL);
		writer_stats(w, &stats);
		assert_int_equal(stats.no_room, rows[i].no_room);
		writer_free(w);
		close(fd);
		write_error = 0;
	}
}

/* Output of every kind, the worst included. */
static void
make_output(unsigned kind, char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		switch (kind) {
		case 0:
			p[i] = (char)('a' + rand() % 26);
			break;
		case 1:
			p[i] = '\x01';
			break;
		case 2:
			p[i] = '\xff';
			break;
		case 3:
			/* An escape that is no character's neighbour. */
			p[i] = i % 2 == 0 ? '\xff' : '\x02';
			break;
		default:
			p[i] = (char)rand();
		}
}

static void
below_a_quota_there_is_room_for_the_end(void **state)
{
	static const uint64_t quotas[] = { 200000, 262144, 1000000, 3000000 };
	static char bytes[114688];

	(void)state;
	srand(17);
	for (unsigned run = 0; run < 40; run++) {
		uint64_t quota = quotas[run % ROWS(quotas)];
		int fd = file_of(span_make("", 0));
		struct writer *w = begin(fd, WRITER_SYNC_OTHERS, quota);
		struct writer_stats stats;
		struct proof proof;
		struct buf file;
		size_t given = 0;

		while (!writer_over(w)) {
			size_t want =
			    run % 3 == 0 ? sizeof bytes : 1 + (size_t)rand() % 5000;
			size_t fits = writer_fit(w, want);

			assert_true(fits <= want);
			assert_int_equal(writer_over(w), fits < want);
			make_output(run % 5, bytes, fits);
			OK(writer_output(w, run % 2, span_make(bytes, fits), NULL));
			if (run % 7 == 0 && writer_fit(w, 40) == 40)
				OK(writer_mark(w, "a label, again and again", NULL));
			OK(writer_flush(w, run % 11 == 0 ? WRITER_WHOLE : 0, NULL));
			hands.us += 20000;
			given += fits;
		}
		/* What a session says at its end. */
		OK(writer_event_json(w,
		    "{\"t\":\"limit\",\"why\":\"quota\",\"text\":\"it is used up\"}",
		    NULL));
		OK(writer_exit(w, 143, NULL));
		OK(writer_close(w, SEAL_POLICY, "{\"t\":\"session.close\"}", NULL));
		writer_stats(w, &stats);
		assert_true(stats.file_len <= quota);
		assert_true(given > 0);
		file_read(fd, &file);
		assert_int_equal(file.len, stats.file_len);
		proof = prove(buf_span(&file), ring.trust);
		assert_int_equal(proof.code, PROOF_WHOLE);
		assert_int_equal(proof.status, SEAL_POLICY);
		buf_clear(&file);
		writer_free(w);
		close(fd);
	}
}

static void
without_a_quota_all_fits(void **state)
{
	int fd = file_of(span_make("", 0));
	struct writer *w = begin(fd, WRITER_SYNC_OTHERS, 0);

	(void)state;
	assert_true(writer_fit(w, SIZE_MAX) == SIZE_MAX);
	assert_false(writer_over(w));
	writer_free(w);
	/* One that is too small for anything gives nothing. */
	w = begin(file_of(span_make("", 0)), WRITER_SYNC_OTHERS, 1000);
	assert_int_equal(writer_room(w), 0);
	assert_int_equal(writer_fit(w, 0), 0);
	assert_false(writer_over(w));
	assert_int_equal(writer_fit(w, 1), 0);
	assert_true(writer_over(w));
	writer_free(w);
	close(fd);
}

static int
group_setup(void **state)
{
	(void)state;
	ring_init(&ring);
	return 0;
}

static int
group_teardown(void **state)
{
	(void)state;
	ring_clear(&ring);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(others_may_sync),
		cmocka_unit_test(by_itself_it_syncs_each_second),
		cmocka_unit_test(each_flush_may_sync),
		cmocka_unit_test(a_failed_sync_is_the_end),
		cmocka_unit_test(a_failed_write_tells_whether_room_is_missing),
		cmocka_unit_test(below_a_quota_there_is_room_for_the_end),
		cmocka_unit_test(without_a_quota_all_fits),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
