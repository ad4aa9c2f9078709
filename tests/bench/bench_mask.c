/* What masking costs: MB per CPU second through a stream with the rules of the default
 * policy, on clean JSON of AWS, terminal text, one secret per KiB, all in pieces of 16 KiB
 * and of 64 bytes; beside memcpy() and `cat` in the same run and, where it was there when
 * this was configured, Vectorscan looking for the same literals (looking alone: it masks
 * nothing).  usage: bench_mask [MIB] */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef HAVE_HS
#include <hs.h>
#endif

#include "recorder/mask/rules.h"

#define BLOCK (4 << 20)

struct text {
	const char *name;
	uint8_t *p;
	size_t len;
};

static double
seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
fail(const char *what)
{
	fprintf(stderr, "bench_mask: %s\n", what);
	exit(1);
}

static uint32_t
next(uint32_t *x)
{
	return *x = *x * 1664525 + 1013904223;
}

static size_t
json_item(char *p, size_t room, uint32_t *x)
{
	uint32_t a = next(x), b = next(x);

	return (size_t)snprintf(p, room,
	    "        {\n            \"InstanceId\": \"i-0%08x%07x\",\n"
	    "            \"ImageId\": \"ami-0%08x\",\n"
	    "            \"State\": {\n                \"Code\": 16,\n"
	    "                \"Name\": \"running\"\n            },\n"
	    "            \"PrivateDnsName\": "
	    "\"ip-10-0-%u-%u.eu-west-1.compute.internal\",\n"
	    "            \"LaunchTime\": \"2026-11-%02uT08:%02u:15+00:00\",\n"
	    "            \"Placement\": {\n                \"AvailabilityZone\": "
	    "\"eu-west-1%c\",\n"
	    "                \"Tenancy\": \"default\"\n            },\n"
	    "            \"SubnetId\": \"subnet-0%08x\",\n"
	    "            \"MetadataOptions\": { \"HttpTokens\": \"required\" },\n"
	    "            \"Arn\": "
	    "\"arn:aws:iam::111122223333:instance-profile/web-%u\"\n"
	    "        },\n",
	    a, b & 0xfffffff, b, a % 250, b % 250, 1 + a % 28, b % 60,
	    'a' + (char)(a % 3), a ^ b, b % 900);
}

static size_t
terminal_item(char *p, size_t room, uint32_t *x)
{
	uint32_t a = next(x), b = next(x);

	return (size_t)snprintf(p, room,
	    "-rw-r--r-- 1 root root %7u Nov %2u 08:%02u \033[01;32mrun-%x.sh\033[0m\n"
	    "drwxr-xr-x 2 www-data adm %5u Nov %2u 11:%02u \033[01;34mlog%u\033[0m\n"
	    "Nov %2u 08:15:%02u web-%u nginx[%u]: 10.0.%u.%u GET /static/%x.js 200 "
	    "%u\n",
	    a % 1000000, 1 + b % 28, a % 60, b, b % 10000, 1 + a % 28, b % 60, a % 100,
	    1 + a % 28, b % 60, a % 9, b % 30000, a % 250, b % 250, a ^ b, b % 100000);
}

/* One secret in about a KiB of both kinds. */
static size_t
secret_item(char *p, size_t room, uint32_t *x)
{
	static const char *const forms[] = {
		"export AWS_SECRET_ACCESS_KEY=%08x%08x/%08x+%08x%04x\n",
		"    \"MasterUserPassword\": \"%08x%08x!%08x%08x%x\",\n",
		"token: ghp_%08x%08x%08x%08x%08x\n",
		"postgres://app:%08x%08x%08x%08x@db-%x.internal/app\n",
	};
	uint32_t a = next(x);
	size_t n = 0;

	while (n < 1024)
		n += a % 2 ? json_item(p + n, room - n, x)
			   : terminal_item(p + n, room - n, x);
	return n + (size_t)snprintf(p + n, room - n, forms[a >> 8 & 3], next(x),
		       next(x), next(x), next(x), a);
}

static struct text
make(const char *name, size_t (*item)(char *p, size_t room, uint32_t *x))
{
	struct text t = { name, malloc(BLOCK), 0 };
	uint32_t x = 1;

	if (t.p == NULL)
		fail("out of memory");
	while (t.len + 4096 < BLOCK)
		t.len += item((char *)t.p + t.len, BLOCK - t.len, &x);
	return t;
}

static double
mask(const struct mask_rules *r, const struct text *t, size_t step, size_t total,
    uint64_t *masked)
{
	struct mask_stream *s = mask_stream_new(r, MASK_API);
	struct err err = { "" };
	struct buf out;
	uint64_t n;
	double from, took;

	if (s == NULL)
		fail("out of memory");
	buf_init(&out, 1 << 24);
	from = seconds(CLOCK_PROCESS_CPUTIME_ID);
	for (size_t done = 0; done < total; done += t->len)
		for (size_t at = 0; at < t->len; at += step) {
			size_t len = step < t->len - at ? step : t->len - at;

			buf_reset(&out);
			if (mask_put(s, span_make(t->p + at, len), done, &out, &err) !=
			    RC_OK)
				fail(err.text);
		}
	took = seconds(CLOCK_PROCESS_CPUTIME_ID) - from;
	*masked = 0;
	for (size_t i = 0; mask_count(s, i, &n) != NULL; i++)
		*masked += n;
	mask_stream_free(s);
	buf_clear(&out);
	return took;
}

static double
copy(const struct text *t, size_t step, size_t total)
{
	struct buf out;
	double from = seconds(CLOCK_PROCESS_CPUTIME_ID);

	buf_init(&out, 1 << 24);
	for (size_t done = 0; done < total; done += t->len)
		for (size_t at = 0; at < t->len; at += step) {
			buf_reset(&out);
			buf_put(
			    &out, t->p + at, step < t->len - at ? step : t->len - at);
		}
	buf_clear(&out);
	return seconds(CLOCK_PROCESS_CPUTIME_ID) - from;
}

/* Wall seconds of `cat FILE` through a pipe, thrown away or masked before. */
static double
cat(const struct mask_rules *r, const char *path, size_t times)
{
	struct mask_stream *s = r == NULL ? NULL : mask_stream_new(r, MASK_API);
	static uint8_t block[65536];
	char command[512];
	struct buf out;
	double from = seconds(CLOCK_MONOTONIC);
	FILE *f;
	size_t n;

	snprintf(command, sizeof command,
	    "i=0; while [ $i -lt %zu ]; do cat '%s'; i=$((i+1)); done", times, path);
	if ((f = popen(command, "r")) == NULL)
		fail("cannot run cat");
	buf_init(&out, 1 << 24);
	while ((n = fread(block, 1, sizeof block, f)) > 0) {
		buf_reset(&out);
		if (s != NULL &&
		    mask_put(s, span_make(block, n), 0, &out, NULL) != RC_OK)
			fail("masking failed");
	}
	pclose(f);
	mask_stream_free(s);
	buf_clear(&out);
	return seconds(CLOCK_MONOTONIC) - from;
}

static void
cat_row(const struct mask_rules *r, const struct text *t, size_t total)
{
	char path[] = "/tmp/bench_mask.XXXXXX";
	int fd = mkstemp(path);
	size_t times = total / t->len + 1;
	double plain, masked;

	if (fd < 0 || write(fd, t->p, t->len) != (ssize_t)t->len)
		fail("cannot write a file");
	plain = cat(NULL, path, times);
	masked = cat(r, path, times);
	printf("  %-10s cat  %7.0f MB/s wall, masked %7.0f MB/s (%.2fx)\n", t->name,
	    (double)times * (double)t->len / 1e6 / plain,
	    (double)times * (double)t->len / 1e6 / masked, masked / plain);
	close(fd);
	unlink(path);
}

#ifdef HAVE_HS
static int
matched(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
    void *arg)
{
	(void)id;
	(void)from;
	(void)to;
	(void)flags;
	++*(uint64_t *)arg;
	return 0;
}

static hs_database_t *
vectorscan_new(const struct mask_build *b)
{
	size_t n = b->n_literals;
	char(*text)[4 * MASK_LITERAL + 1] = calloc(n, sizeof *text);
	const char **expressions = calloc(n, sizeof *expressions);
	unsigned *flags = calloc(n, sizeof *flags);
	hs_database_t *db = NULL;
	hs_compile_error_t *error = NULL;

	if (text == NULL || expressions == NULL || flags == NULL)
		fail("out of memory");
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < b->literals[i].len; k++)
			snprintf(text[i] + 4 * k, 5, "\\x%02x", b->literals[i].text[k]);
		expressions[i] = text[i];
		flags[i] = b->literals[i].flags & MASK_EXACT ? 0 : HS_FLAG_CASELESS;
	}
	if (hs_compile_multi(expressions, flags, NULL, (unsigned)n, HS_MODE_STREAM,
		NULL, &db, &error) != HS_SUCCESS)
		fail(error->message);
	free(text);
	free(expressions);
	free(flags);
	return db;
}

static void
vectorscan_row(
    const struct mask_build *b, const struct text *t, size_t step, size_t total)
{
	hs_database_t *db = vectorscan_new(b);
	hs_scratch_t *scratch = NULL;
	hs_stream_t *stream = NULL;
	uint64_t hits = 0;
	double took;

	if (hs_alloc_scratch(db, &scratch) != HS_SUCCESS ||
	    hs_open_stream(db, 0, &stream) != HS_SUCCESS)
		fail("vectorscan");
	took = seconds(CLOCK_PROCESS_CPUTIME_ID);
	for (size_t done = 0; done < total; done += t->len)
		for (size_t at = 0; at < t->len; at += step)
			if (hs_scan_stream(stream, (const char *)t->p + at,
				(unsigned)(step < t->len - at ? step : t->len - at), 0,
				scratch, matched, &hits) != HS_SUCCESS)
				fail("vectorscan");
	took = seconds(CLOCK_PROCESS_CPUTIME_ID) - took;
	printf("  %-10s %5zu B  vectorscan, literals alone %7.0f MB/s, %llu hits\n",
	    t->name, step, (double)total / 1e6 / took, (unsigned long long)hits);
	hs_close_stream(stream, scratch, NULL, NULL);
	hs_free_scratch(scratch);
	hs_free_database(db);
}
#endif

static void
rows(const struct mask_rules *r, const struct text *t, size_t step, size_t total)
{
	uint64_t masked;
	double took, copied;

	total = total / t->len * t->len + t->len;
	took = mask(r, t, step, total, &masked);
	copied = copy(t, step, total);
	printf("  %-10s %5zu B  masked %7.0f MB/s, %llu masks; memcpy %.0f MB/s\n",
	    t->name, step, (double)total / 1e6 / took, (unsigned long long)masked,
	    (double)total / 1e6 / copied);
#ifdef HAVE_HS
	vectorscan_row(&r->b, t, step, total);
#endif
}

int
main(int argc, char **argv)
{
	size_t total = (size_t)(argc > 1 ? strtoul(argv[1], NULL, 10) : 256) << 20;
	struct text texts[] = { make("AWS JSON", json_item),
		make("terminal", terminal_item), make("secrets", secret_item) };
	struct mask_policy *p = NULL;
	struct mask_rules *r = NULL;
	struct err err = { "" };
	double from;

	if (total < 1 << 20 || total > (size_t)4096 << 20) {
		fprintf(stderr, "usage: bench_mask [MIB]\n");
		return 1;
	}
	if (mask_policy_read(NULL, &p, &err) != RC_OK)
		fail(err.text);
	from = seconds(CLOCK_PROCESS_CPUTIME_ID);
	if (mask_rules_new(p, NULL, &r, &err) != RC_OK)
		fail(err.text);
	printf("masking: %zu literals, %zu runs, %zu tails, made in %.2f ms\n",
	    r->b.n_literals, r->b.n_runs, r->b.n_tails,
	    1e3 * (seconds(CLOCK_PROCESS_CPUTIME_ID) - from));
#ifndef HAVE_HS
	printf(
	    "  (no comparison with Vectorscan: not there when this was configured)\n");
#endif
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		rows(r, &texts[i], 16384, total);
		rows(r, &texts[i], 64, total);
	}
	cat_row(r, &texts[0], total);
	cat_row(r, &texts[1], total);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		free(texts[i].p);
	mask_rules_free(r);
	mask_policy_free(p);
	return 0;
}
