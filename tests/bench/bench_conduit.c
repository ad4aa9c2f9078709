/* How fast output moves: command's pipe → recorder → DATA pair → a reader that throws
 * it away.  usage: bench_conduit [MIB] [text|random]; prints MB/s and the CPU that the
 * session's side took. */
#include "tests/support/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/frame.h"
#include "lib/base/loop.h"
#include "broker/session/traffic.h"
#include "tests/session/bed.h"

struct state {
	struct traffic *traffic;
	bool ended;
};

static void
moved(void *arg)
{
	(void)arg;
}

static void
shown(void *arg, struct span bytes)
{
	(void)arg;
	(void)bytes;
}

static void
resized(void *arg, uint32_t columns, uint32_t rows)
{
	(void)arg;
	(void)columns;
	(void)rows;
}

static void
ended(void *arg)
{
	struct state *s = arg;

	s->ended = true;
}

static void
failed(void *arg, const struct err *err)
{
	(void)arg;
	fprintf(stderr, "bench_conduit: %s\n", err->text);
	exit(1);
}

static void
told_signal(void *arg, uint8_t signo)
{
	(void)arg;
	(void)signo;
}

static void
gone(void *arg, enum rc rc, const struct err *err)
{
	(void)rc;
	failed(arg, err);
}

/* Half a megabyte of lines as `aws` prints them, or of bytes that are no text. */
static size_t
make_block(char *block, size_t size, bool text)
{
	size_t n = 0;
	uint32_t x = 1;

	while (text && n + 80 < size)
		n += (size_t)sprintf(block + n,
		    "2026-11-21 08:15:%02u %10zu logs/2026/%zu.gz\n",
		    (unsigned)(n % 60), n * 37, n);
	while (!text && n < size) {
		x = x * 1664525 + 1013904223;
		block[n++] = (char)(x >> 24);
	}
	return n;
}

static pid_t
produce(int fd, uint64_t total, bool text)
{
	static char block[512 * 1024];
	size_t n = make_block(block, sizeof block, text);
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	while (total > 0) {
		ssize_t w = write(fd, block, n < total ? n : (size_t)total);

		if (w <= 0)
			_exit(1);
		total -= (uint64_t)w;
	}
	_exit(0);
}

static pid_t
consume(int sock, int close_too)
{
	struct err err = { "" };
	struct buf room;
	struct frame f;
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	close(close_too);
	buf_init(&room, FRAME_MAX);
	while (frame_recv(sock, &room, &f, &err) == RC_OK)
		;
	_exit(0);
}

static double
cpu_seconds(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void
run(struct bed *bed, uint64_t mib, bool text)
{
	struct state s = { 0 };
	const struct traffic_owner owner = { .arg = &s,
		.moved = moved,
		.shown = shown,
		.resized = resized,
		.ended = ended,
		.limit = failed,
		.failed = failed,
		.input = failed,
		.signal = told_signal,
		.gone = gone };
	struct err err = { "" };
	struct loop *loop = NULL;
	struct masking *masking = NULL;
	int pair[2], in[2], out[2], errs[2], pipes[TRAFFIC_PIPES], file;
	struct writer *w = bed_writer(bed, &file);
	struct stat st;
	pid_t from, to;
	uint64_t us;
	double cpu;

	if (frame_pair(pair, &err) != RC_OK || loop_new(&loop, &err) != RC_OK)
		failed(NULL, &err);
	/* Before there are pipes that it would hold open. */
	to = consume(pair[1], pair[0]);
	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0 ||
	    pipe2(errs, O_CLOEXEC) != 0)
		failed(NULL, &err);
	pipes[TRAFFIC_STDIN] = in[1];
	pipes[TRAFFIC_STDOUT] = out[0];
	pipes[TRAFFIC_STDERR] = errs[0];
	if (traffic_open_take(loop, pair[0], 1, false, &owner, &s.traffic, &err) !=
		RC_OK ||
	    masking_new(&(struct masking_init){ .pace = MASK_API }, &masking, &err) !=
		RC_OK ||
	    traffic_attach(s.traffic, w, masking, pipes, 0, &err) != RC_OK)
		failed(NULL, &err);
	from = produce(out[1], mib << 20, text);
	close(out[1]);
	close(errs[1]);
	close(pair[1]);
	cpu = cpu_seconds();
	us = clock_mono_us();
	for (traffic_start(s.traffic); !s.ended;) {
		traffic_arrange(s.traffic);
		if (loop_step(loop, -1, &err) != RC_OK)
			failed(NULL, &err);
	}
	us = clock_mono_us() - us;
	cpu = cpu_seconds() - cpu;
	fstat(file, &st);
	printf(
	    "conduit %-6s %4llu MiB  %6.1f MB/s  session CPU %.2f s (%.0f MB per CPU "
	    "second)  file %.2fx\n",
	    text ? "text" : "random", (unsigned long long)mib,
	    (double)(mib << 20) / (double)us, cpu, (double)(mib << 20) / 1e6 / cpu,
	    (double)st.st_size / (double)(mib << 20));
	traffic_free(s.traffic);
	masking_free(masking);
	loop_free(loop);
	writer_free(w);
	close(file);
	close(in[0]);
	waitpid(from, NULL, 0);
	waitpid(to, NULL, 0);
}

int
main(int argc, char **argv)
{
	uint64_t mib = argc > 1 ? strtoull(argv[1], NULL, 10) : 256;
	struct bed bed;

	if (mib < 1 || mib > 4096) {
		fprintf(stderr, "usage: bench_conduit [MIB] [text|random]\n");
		return 1;
	}
	bed_open(&bed);
	if (argc < 3 || strcmp(argv[2], "text") == 0)
		run(&bed, mib, true);
	if (argc < 3 || strcmp(argv[2], "random") == 0)
		run(&bed, mib, false);
	bed_close(&bed);
	return 0;
}
