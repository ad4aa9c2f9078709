/* What the recorder costs, one figure a run; bench_recorder.py puts them beside others.
 *
 *	bench_recorder text OUT MIB				what to measure with
 *	bench_recorder record OUT MIB text|noise batch|strict	through the library alone
 *	bench_recorder pty OUT batch|strict|none COMMAND…	what COMMAND shows, from a pty
 *	bench_recorder verify FILE
 *	bench_recorder read FILE				verify, unlock, all chunks
 *	bench_recorder seek FILE				a hundred places in it
 *	bench_recorder idle DIR N SECONDS			so many recordings that wait
 *
 * Keys lie beside the output: OUT.key and OUT.trust, with which hoop-replay opens it. */
#include "tests/recorder/support.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "recorder/reader.h"
#include "tests/recorder/scroll.h"

static void
must(enum rc rc, const struct err *err)
{
	if (rc == RC_OK)
		return;
	fprintf(stderr, "bench_recorder: %s\n", err->text);
	exit(1);
}

static double
cpu_of(int who)
{
	struct rusage u;

	getrusage(who, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

struct meter {
	uint64_t us;
	double cpu;
};

static struct meter
meter_start(void)
{
	return (struct meter){ clock_mono_us(),
		cpu_of(RUSAGE_SELF) + cpu_of(RUSAGE_CHILDREN) };
}

/* wall and CPU seconds, bytes in, bytes out, largest resident set. */
static void
meter_print(struct meter m, uint64_t in, uint64_t out)
{
	double wall = (double)(clock_mono_us() - m.us) / 1e6;
	double cpu = cpu_of(RUSAGE_SELF) + cpu_of(RUSAGE_CHILDREN) - m.cpu;
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	printf("{\"wall\": %.6f, \"cpu\": %.6f, \"in\": %llu, \"out\": %llu, "
	       "\"rss\": %ld}\n",
	    wall, cpu, (unsigned long long)in, (unsigned long long)out,
	    u.ru_maxrss * 1024L);
}

static int
create(const char *path, const char *ending, mode_t mode)
{
	char name[4096];
	int fd;

	snprintf(name, sizeof name, "%s%s", path, ending);
	unlink(name);
	fd = open(name, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0) {
		perror(name);
		exit(1);
	}
	return fd;
}

static void
save(const char *path, const char *ending, mode_t mode, struct buf *text)
{
	int fd = create(path, ending, mode);

	if (write(fd, text->p, text->len) != (ssize_t)text->len)
		exit(1);
	close(fd);
	buf_clear(text);
}

static void
save_keys(const struct ring *r, const char *out)
{
	struct buf text;
	struct err err;

	buf_init(&text, KEYFILE_TEXT_MAX);
	must(keyfile_put(r->auditor, &text, &err), &err);
	save(out, ".key", 0600, &text);
	buf_init(&text, TRUST_TEXT_MAX);
	trust_put(r->trust, &text);
	save(out, ".trust", 0600, &text);
}

static struct writer *
begin(const struct ring *r, int fd, const char *mode)
{
	struct writer_init init = {
		.fd = fd,
		.sid = { 0x01, 0x99, 0xf0, 0xc2, 0, 0, 0x70, 0, 0x80 },
		.broker = "test/b1",
		.class = "std-400d",
		.width = 120,
		.height = 40,
		.timestamp = 1795167217,
		.meta_json = "{\"identity\":\"alice\"}",
		.recipients = r->recipients,
		.sync =
		    strcmp(mode, "strict") == 0 ? WRITER_SYNC_EACH : WRITER_SYNC_SECOND,
	};
	uint8_t spk[32], h1[32], dkid[8], sig[64];
	struct writer *w = NULL;
	struct err err;

	must(writer_open(&init, &w, &err), &err);
	writer_request(w, spk, h1);
	must(seal_certify(r->device, init.sid, spk, h1, dkid, sig, &err), &err);
	must(writer_certify(w, dkid, sig, &err), &err);
	return w;
}

static uint64_t
finish(struct writer *w)
{
	struct writer_stats stats;
	struct err err;

	must(writer_close(w, SEAL_CLOSED, "{\"t\":\"session.close\"}", &err), &err);
	writer_stats(w, &stats);
	writer_free(w);
	return stats.file_len;
}

#define PIECE 65536

/* 64 KiB, then a flush, as a session does under load. */
static int
act_record(char **argv)
{
	uint64_t most = strtoull(argv[1], NULL, 10) << 20, done = 0;
	size_t n = 32u << 20;
	uint8_t *text = malloc(n);
	struct ring r;
	struct writer *w;
	struct meter m;
	struct err err;

	(strcmp(argv[2], "noise") == 0 ? scroll_noise : scroll_text)(1, text, n);
	ring_init(&r);
	save_keys(&r, argv[0]);
	w = begin(&r, create(argv[0], "", 0600), argv[3]);
	m = meter_start();
	for (; done < most; done += PIECE) {
		must(writer_output(
			 w, WRITER_STDOUT, span_make(text + done % n, PIECE), &err),
		    &err);
		must(writer_flush(w, 0, &err), &err);
		if (writer_due(w) == 0)
			must(writer_tick(w, &err), &err);
	}
	meter_print(m, done, finish(w));
	ring_clear(&r);
	free(text);
	return 0;
}

struct pump {
	struct writer *w; /* NULL: nothing is recorded, which is what the pty costs */
	int pty, show;
	uint64_t total, shown_us;
	size_t n;
	uint8_t piece[PIECE];
};

/* Recorded, then shown. */
static void
pump_show(struct pump *p)
{
	struct err err;

	if (p->w != NULL) {
		must(
		    writer_output(p->w, WRITER_STDOUT, span_make(p->piece, p->n), &err),
		    &err);
		must(writer_flush(p->w, 0, &err), &err);
		if (writer_due(p->w) == 0)
			must(writer_tick(p->w, &err), &err);
	}
	if (write(p->show, p->piece, p->n) < 0)
		exit(1);
	p->total += p->n;
	p->n = 0;
	p->shown_us = clock_mono_us();
}

/* Nothing can be read now: wait for more, up to 10 ms if something is to be shown.
 * False when it is time to show it. */
static bool
pump_wait(struct pump *p)
{
	uint64_t since = clock_mono_us() - p->shown_us;
	struct pollfd poll_fd = { p->pty, POLLIN, 0 };

	if (p->n > 0 && since >= 10000)
		return false;
	return poll(&poll_fd, 1, p->n > 0 ? (int)(10 - since / 1000) : -1) > 0;
}

static void
pump(struct pump *p)
{
	for (;;) {
		ssize_t got = read(p->pty, p->piece + p->n, sizeof p->piece - p->n);

		if (got < 0 && errno == EAGAIN && pump_wait(p))
			continue;
		if (got <= 0 && errno != EAGAIN)
			break;
		p->n += got > 0 ? (size_t)got : 0;
		if (got < 0 || p->n == sizeof p->piece)
			pump_show(p);
	}
	if (p->n > 0)
		pump_show(p);
}

static int
act_pty(char **argv)
{
	static struct pump p;
	struct winsize size = { 40, 120, 0, 0 };
	struct ring r;
	struct meter m;
	pid_t pid;

	ring_init(&r);
	save_keys(&r, argv[0]);
	if (strcmp(argv[1], "none") != 0)
		p.w = begin(&r, create(argv[0], "", 0600), argv[1]);
	p.show = open("/dev/null", O_WRONLY | O_CLOEXEC);
	m = meter_start();
	if ((pid = forkpty(&p.pty, NULL, NULL, &size)) == 0) {
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	fcntl(p.pty, F_SETFL, O_NONBLOCK);
	pump(&p);
	waitpid(pid, NULL, 0);
	meter_print(m, p.total, p.w != NULL ? finish(p.w) : 0);
	ring_clear(&r);
	return 0;
}

static struct reader *
open_file(const char *path, int *fd)
{
	struct reader *r = NULL;
	struct err err;

	if ((*fd = open(path, O_RDONLY | O_CLOEXEC)) < 0) {
		perror(path);
		exit(1);
	}
	must(reader_open(*fd, &r, &err), &err);
	return r;
}

static uint64_t
size_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static void
verify(struct reader *r, const char *path)
{
	struct trust *trust = NULL;
	char name[4096];
	struct proof p;
	struct err err;

	snprintf(name, sizeof name, "%s.trust", path);
	must(trust_load(name, &trust, &err), &err);
	must(reader_verify(r, trust, &p, &err), &err);
	trust_free(trust);
	if (p.code != PROOF_WHOLE) {
		fprintf(stderr, "bench_recorder: %s\n", p.text);
		exit(1);
	}
}

static void
unlock(struct reader *r, const char *path)
{
	struct keyfile *key = NULL;
	enum proof_code code;
	char name[4096];
	struct err err;

	snprintf(name, sizeof name, "%s.key", path);
	must(keyfile_load(KEYFILE_AUDITOR, name, NULL, &key, &err), &err);
	must(reader_unlock(r, key, &code, &err), &err);
	keyfile_free(key);
}

static int
act_verify(char **argv)
{
	int fd;
	struct reader *r = open_file(argv[0], &fd);
	struct meter m = meter_start();

	verify(r, argv[0]);
	meter_print(m, size_of(fd), 0);
	reader_close(r);
	close(fd);
	return 0;
}

static int
act_read(char **argv)
{
	struct meter m = meter_start();
	uint64_t total = 0;
	struct span plain;
	struct err err;
	enum rc rc;
	int fd;
	struct reader *r = open_file(argv[0], &fd);

	verify(r, argv[0]);
	unlock(r, argv[0]);
	while ((rc = reader_next(r, &plain, NULL, &err)) == RC_OK)
		total += plain.len;
	must(rc == RC_END ? RC_OK : rc, &err);
	meter_print(m, size_of(fd), total);
	reader_close(r);
	close(fd);
	return 0;
}

/* The slowest of a hundred jumps, from anywhere to anywhere. */
static int
act_seek(char **argv)
{
	uint64_t length, slowest = 0, sum = 0, x = 1;
	struct err err;
	int fd;
	struct reader *r = open_file(argv[0], &fd);

	verify(r, argv[0]);
	unlock(r, argv[0]);
	must(reader_time(r, &length, &err), &err);
	for (unsigned i = 0; i < 100; i++) {
		uint64_t start = clock_mono_us(), took;
		struct span plain;

		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		must(reader_seek(r, (x >> 11) % (length + 1), &err), &err);
		must(reader_next(r, &plain, NULL, &err), &err);
		took = clock_mono_us() - start;
		slowest = took > slowest ? took : slowest;
		sum += took;
	}
	printf("{\"slowest\": %.6f, \"mean\": %.6f, \"length\": %.6f}\n",
	    (double)slowest / 1e6, (double)sum / 1e8, (double)length / 1e6);
	reader_close(r);
	close(fd);
	return 0;
}

static long
resident(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long all = 0, held = 0;

	if (f == NULL || fscanf(f, "%ld %ld", &all, &held) != 2)
		exit(1);
	fclose(f);
	return held * sysconf(_SC_PAGESIZE);
}

static void
tick_all(struct writer **w, unsigned n)
{
	struct err err;

	for (unsigned i = 0; i < n; i++)
		if (writer_due(w[i]) == 0)
			must(writer_tick(w[i], &err), &err);
}

/* A prompt each, then silence. */
static int
act_idle(char **argv)
{
	unsigned n = (unsigned)strtoul(argv[1], NULL, 10);
	uint64_t seconds = strtoull(argv[2], NULL, 10), until, bytes = 0;
	struct writer **w = calloc(n, sizeof(struct writer *));
	struct writer_stats stats;
	struct ring r;
	struct err err;
	double cpu;
	long rss;

	ring_init(&r);
	must(writer_prepare(&err), &err);
	rss = resident();
	for (unsigned i = 0; i < n; i++) {
		char name[64];

		snprintf(name, sizeof name, "/idle%u", i);
		w[i] = begin(&r, create(argv[0], name, 0600), "batch");
		must(writer_output(w[i], WRITER_STDOUT, span_of("$ "), &err), &err);
		must(writer_flush(w[i], 0, &err), &err);
	}
	cpu = cpu_of(RUSAGE_SELF);
	for (until = clock_mono_us() + seconds * 1000000; clock_mono_us() < until;
	     usleep(100000))
		tick_all(w, n);
	cpu = cpu_of(RUSAGE_SELF) - cpu;
	rss = resident() - rss;
	for (unsigned i = 0; i < n; i++) {
		writer_stats(w[i], &stats);
		bytes += stats.file_len;
		writer_free(w[i]);
	}
	printf("{\"rss\": %ld, \"bytes\": %llu, \"cpu\": %.6f}\n", rss / (long)n,
	    (unsigned long long)bytes / n, cpu / n);
	ring_clear(&r);
	free(w);
	return 0;
}

static int
act_text(char **argv)
{
	size_t n = strtoull(argv[1], NULL, 10) << 20;
	uint8_t *text = malloc(n);
	int fd = create(argv[0], "", 0600);

	scroll_text(1, text, n);
	if (write(fd, text, n) != (ssize_t)n)
		exit(1);
	close(fd);
	free(text);
	return 0;
}

static const struct {
	const char *name;
	int args;
	int (*act)(char **argv);
} acts[] = {
	{ "text", 2, act_text },
	{ "record", 4, act_record },
	{ "pty", 3, act_pty },
	{ "verify", 1, act_verify },
	{ "read", 1, act_read },
	{ "seek", 1, act_seek },
	{ "idle", 3, act_idle },
};

int
main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < ROWS(acts); i++)
		if (strcmp(argv[1], acts[i].name) == 0 && argc - 2 >= acts[i].args)
			return acts[i].act(argv + 2);
	fprintf(stderr, "bench_recorder: see the head of its source\n");
	return 1;
}
