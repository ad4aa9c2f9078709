/* A large recording is as quick to jump in, and takes no more memory, than a small one.
 * `make long`: 1 GB; else 20 MB. */
#include "tests/recorder/support.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "recorder/cast.h"
#include "recorder/reader.h"
#include "tests/recorder/scroll.h"

#define PIECE 65536
#define JUMPS 60
#define SMALL (20u << 20)
#define LARGE 1000000000u

struct recorded {
	int fd;
	struct ring ring;
	uint64_t len, plain; /* bytes of the file, of its chunks */
	uint64_t end_us;
};

/* A file that is gone when its descriptor is; larger than memory should be. */
static int
nameless(void)
{
	const char *dir = getenv("TMPDIR");
	char name[4096];
	int fd;

	snprintf(name, sizeof name, "%s/broker-size.XXXXXX", dir ? dir : "/tmp");
	assert_true((fd = mkstemp(name)) >= 0);
	unlink(name);
	return fd;
}

static bool
full(const struct writer *w, uint64_t len)
{
	struct writer_stats stats;

	writer_stats(w, &stats);
	return stats.file_len >= len;
}

/* Output of this many bytes in the file, 40 pieces a second. */
static void
record(struct recorded *f, uint64_t len)
{
	static uint8_t text[8u << 20];
	struct hands clock = { 0 };
	struct writer_stats stats;
	struct writer *w;
	int fd = nameless();

	scroll_text(3, text, sizeof text);
	ring_init(&f->ring);
	f->fd = dup(fd);
	w = recording_open(&f->ring, fd, &clock);
	for (size_t i = 0; !full(w, len); i++) {
		clock.us += 25000;
		assert_int_equal(
		    writer_output(w, WRITER_STDOUT,
			span_make(text + i * PIECE % sizeof text, PIECE), NULL),
		    RC_OK);
		assert_int_equal(writer_flush(w, 0, NULL), RC_OK);
		/* The second's fdatasync is not what is measured here. */
		if (i % 4000 == 3999)
			assert_int_equal(writer_tick(w, NULL), RC_OK);
	}
	assert_int_equal(
	    writer_close(w, SEAL_CLOSED, "{\"t\":\"session.close\"}", NULL), RC_OK);
	writer_stats(w, &stats);
	f->len = stats.file_len;
	f->plain = stats.plain_len;
	f->end_us = clock.us;
	writer_free(w);
}

struct found {
	uint64_t verify_us, read_us, slowest_us;
	long peak; /* KiB */
};

static void
jump_around(struct reader *r, uint64_t end_us, struct found *ret)
{
	uint64_t x = 1, length;

	assert_int_equal(reader_time(r, &length, NULL), RC_OK);
	assert_int_equal(length, end_us);
	for (unsigned i = 0; i < JUMPS; i++) {
		uint64_t start = clock_mono_us(), to, t;
		struct reader_chunk info;
		struct span plain;

		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		to = (x >> 11) % (end_us + 1);
		assert_int_equal(reader_seek(r, to, NULL), RC_OK);
		assert_int_equal(reader_next(r, &plain, &info, NULL), RC_OK);
		t = clock_mono_us() - start;
		ret->slowest_us = t > ret->slowest_us ? t : ret->slowest_us;
		/* It is where it should be: 25 ms a piece. */
		if (info.index > 0) {
			assert_true(cast_event_time(plain, &t));
			assert_true(t <= to && to - t <= 25000);
		}
	}
}

/* In a process of its own, so that its peak is of nothing else. */
static void
look(const struct recorded *f, bool footer, struct found *ret)
{
	enum proof_code code;
	struct reader *r = NULL;
	struct rusage used;
	uint64_t start, total = 0;
	struct span plain;
	struct proof p;
	enum rc rc;

	if (!footer)
		assert_int_equal(ftruncate(f->fd, (off_t)f->len - 200), 0);
	assert_int_equal(reader_open(f->fd, &r, NULL), RC_OK);
	start = clock_mono_us();
	assert_int_equal(reader_verify(r, f->ring.trust, &p, NULL), RC_OK);
	ret->verify_us = clock_mono_us() - start;
	assert_int_equal(p.code, footer ? PROOF_WHOLE : PROOF_UNTERMINATED);
	assert_int_equal(reader_unlock(r, f->ring.auditor, &code, NULL), RC_OK);
	jump_around(r, f->end_us, ret);
	assert_int_equal(reader_rewind(r, NULL), RC_OK);
	start = clock_mono_us();
	while ((rc = reader_next(r, &plain, NULL, NULL)) == RC_OK)
		total += plain.len;
	ret->read_us = clock_mono_us() - start;
	assert_int_equal(rc, RC_END);
	assert_int_equal(total, f->plain);
	reader_close(r);
	getrusage(RUSAGE_SELF, &used);
	ret->peak = used.ru_maxrss;
}

static void
look_apart(const struct recorded *f, bool footer, struct found *ret)
{
	int pipes[2], status;
	pid_t pid;

	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	memset(ret, 0, sizeof *ret);
	if ((pid = fork()) == 0) {
		look(f, footer, ret);
		_exit(write(pipes[1], ret, sizeof *ret) == sizeof *ret ? 0 : 1);
	}
	close(pipes[1]);
	assert_int_equal(read(pipes[0], ret, sizeof *ret), sizeof *ret);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(pipes[0]);
	print_message(
	    "# %llu MB, %s: verified at %.0f MB/s, read at %.0f MB/s, slowest "
	    "of %d jumps %.1f ms, peak %ld KiB\n",
	    (unsigned long long)(f->len / 1000000), footer ? "whole" : "cut",
	    (double)f->len / (double)ret->verify_us,
	    (double)f->plain / (double)ret->read_us, JUMPS,
	    (double)ret->slowest_us / 1e3, ret->peak);
}

static void
jumps_and_memory_do_not_grow(void **state)
{
	uint64_t sizes[2] = { SMALL / 10, getenv("BROKER_LONG") ? LARGE : SMALL };
	struct found at[2][2];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct recorded f;

		record(&f, sizes[i]);
		look_apart(&f, true, &at[i][0]);
		look_apart(&f, false, &at[i][1]);
		ring_clear(&f.ring);
		close(f.fd);
	}
	for (unsigned k = 0; k < 2; k++) {
		/* 200 ms is the promise; a busy machine is no broken one. */
		assert_in_range(at[1][k].slowest_us, 0, 2000000);
		/* The table of places grows up to 512 KiB, and another for the index. */
		assert_in_range(at[1][k].peak, 0, at[0][k].peak + 4096);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jumps_and_memory_do_not_grow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
