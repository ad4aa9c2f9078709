/* What deciding costs: time for each decision by number of rules, with and without the
 * reading of the line; loading and memory of many rules; the worst of the lines in
 * files.  usage: bench_policies [FILE...]
 *
 * The rules are spread over 500 programs and 500 operations, for 50 groups, half of
 * them on each path and a tenth denies; the asker is in one of the groups.  BENCH_DECISIONS is how many are
 * timed for each row. */
#include "tests/support/unit.h"

#include <malloc.h>
#include <time.h>

#include "policies/apicall.h"
#include "policies/aws.h"
#include "policies/decide.h"
#include "policies/pack.h"

#define NAMES 500
#define GROUPS 50
#define A_FILE 1000 /* rules in one file */

static const char shell_line[] =
    "tail -n 20 /var/log/nginx/access.log | grep -v ' 200 '";
static const char exec_line[] =
    "aws ec2 describe-instances --instance-ids i-0abc12345678abcde --output json";

static const char *groups[] = { "g1", "g7", "g21" };
static const struct identity who = {
	.name = "agent-1", .kind = IDENTITY_AGENT, .groups = groups, .group_count = 3
};

static struct facts
facts_of(enum path path)
{
	return (struct facts){ .who = &who,
		.proof = PROOF_KEY,
		.auth_age = 1000,
		.path = path,
		.profile = "p",
		.partition = "aws",
		.account = "111122223333",
		.region = "eu-west-1",
		.now = 1795262400000,
		.target = "web-1",
		.env = "prod" };
}

/* Of this process alone: loading is long enough for others to come in between. */
static uint64_t
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* A tenth of the names are denied: lint compares those with the others. */
static const char *
effect_of(size_t i)
{
	return i % 10 == 9 ? "deny" : "allow";
}

static void
put_shell(struct buf *b, size_t i)
{
	size_t name = i % NAMES;
	char program[32];

	snprintf(program, sizeof program, "prog%zu", name);
	if (name < 2)
		snprintf(program, sizeof program, "%s", name == 0 ? "tail" : "grep");
	buf_printf(b,
	    "  - {id: s%zu, effect: %s, on: [shell], who: {group: g%zu}, where: "
	    "{env: prod}, command: {name: %s, options: {short: qvi, short_value: nc}, "
	    "operands: {%seach: {path_in: ['/var/log/**']}}, stdin: pipe}}\n",
	    i, effect_of(i), i / NAMES % GROUPS, program,
	    name == 1 ? "first: literal, " : "");
}

static void
put_exec(struct buf *b, size_t i)
{
	size_t name = i % NAMES;
	char operation[64];

	snprintf(operation, sizeof operation, "ec2:DescribeThing%zu", name);
	if (name == 0)
		snprintf(operation, sizeof operation, "ec2:DescribeInstances");
	buf_printf(b,
	    "  - {id: e%zu, effect: %s, on: [exec], who: {group: g%zu}, where: "
	    "{env: prod}, aws: {operations: ['%s'], options: {output: [json, "
	    "text]}}}\n",
	    i, effect_of(i), i / NAMES % GROUPS, operation);
}

/* A rule for the asker's group that allows what is asked, at the end of the names. */
static void
put_own(struct buf *b)
{
	buf_text(b,
	    "  - {id: zs, effect: allow, on: [shell], who: {group: g7}, command: "
	    "{any: [{name: tail, options: {short: qvi, short_value: nc}, operands: "
	    "{each: {path_in: ['/var/log/**']}}, stdin: pipe}, {name: grep, options: "
	    "{short: iv}, operands: {first: literal, each: {path_in: "
	    "['/var/log/**']}}, stdin: pipe}]}}\n"
	    "  - {id: ze, effect: allow, on: [exec], who: {group: g7}, aws: "
	    "{operations: ['ec2:DescribeInstances'], options: {output: [json, "
	    "text]}}}\n");
}

static struct pack *
make_pack(size_t n, uint64_t *load_us, uint64_t *lint_us, size_t *bytes)
{
	size_t files = (n + A_FILE - 1) / A_FILE;
	struct pack_text *texts = calloc(files, sizeof *texts);
	struct buf *bufs = calloc(files, sizeof *bufs);
	struct pack *p = NULL;
	struct err err = { "" };
	uint64_t start;

	for (size_t f = 0, i = 0; f < files; f++) {
		buf_init(&bufs[f], 1 << 20);
		buf_printf(&bufs[f], "version: 1\nname: f%zu\nrules:\n", f);
		if (f == 0)
			put_own(&bufs[f]);
		for (size_t k = f == 0 ? 2 : 0; k < A_FILE && i < n - 2; k++, i++)
			(i % 2 == 0 ? put_shell : put_exec)(&bufs[f], i / 2);
		texts[f] = (struct pack_text){ "f.yaml", buf_span(&bufs[f]) };
	}
	malloc_trim(0);
	*bytes = mallinfo2().uordblks + mallinfo2().hblkhd;
	start = cpu_ns();
	if (pack_read(texts, files, &p, &err) != RC_OK) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	*load_us = (cpu_ns() - start) / 1000;
	start = cpu_ns();
	if (pack_lint(p, &err) != RC_OK) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	*lint_us = (cpu_ns() - start) / 1000;
	*bytes = mallinfo2().uordblks + mallinfo2().hblkhd - *bytes;
	for (size_t f = 0; f < files; f++)
		buf_clear(&bufs[f]);
	free(bufs);
	free(texts);
	return p;
}

static int
by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

enum what { SHELL, EXEC, EXEC_READ };

/* One decision; what it answers must not be left out by the compiler. */
static enum effect
once(const struct pack *p, enum what what, const struct facts *f,
    const struct aws_request *req)
{
	struct aws_request *read = NULL;
	struct refusal refusal;
	struct words *w = NULL;
	struct err err;
	struct verdict v;

	if (what == SHELL) {
		decide_line(pack_rules(p), span_of(shell_line), f, &v, NULL);
		return v.effect;
	}
	if (what == EXEC_READ && (words_split(span_of(exec_line), &w, &err) != RC_OK ||
				     aws_read(w, &read, &refusal) != RC_OK))
		return EFFECT_DENY;
	decide(pack_rules(p), what == EXEC ? req : read, f, &v);
	aws_free(read);
	words_free(w);
	return v.effect;
}

static double
row(const struct pack *p, size_t rules, enum what what, size_t n)
{
	static const char *const names[] = { "shell, line to verdict",
		"exec, request to verdict", "exec, line to verdict" };
	struct facts f = facts_of(what == SHELL ? PATH_SHELL : PATH_EXEC);
	uint64_t *took = calloc(n, sizeof *took), start, whole = 0;
	struct aws_request *req = NULL;
	struct refusal refusal;
	struct words *w = NULL;
	struct err err;
	double median;

	if (words_split(span_of(exec_line), &w, &err) != RC_OK ||
	    aws_read(w, &req, &refusal) != RC_OK)
		exit(1);
	for (size_t i = 0; i < n + n / 10; i++) {
		start = now_ns();
		if (once(p, what, &f, req) != EFFECT_ALLOW) {
			fprintf(stderr, "%s: not allowed\n", names[what]);
			exit(1);
		}
		/* The first tenth warms up. */
		if (i >= n / 10)
			whole += took[i - n / 10] = now_ns() - start;
	}
	qsort(took, n, sizeof *took, by_size);
	median = (double)took[n / 2] / 1000;
	printf("%-25s %5zu rules: least %.2f us, median %.2f us, p99.9 %.2f us, %.0f a "
	       "second\n",
	    names[what], rules, (double)took[0] / 1000, median,
	    (double)took[n - 1 - n / 1000] / 1000, 1e9 * (double)n / (double)whole);
	free(took);
	aws_free(req);
	words_free(w);
	return median;
}

/* A thousand rules about every key of a batch, and none of them about less; or about
 * its operation, and none of its keys. */
static void
batch(const char *which, const char *bucket)
{
	static char text[1 << 20];
	const struct iam_place place = { "aws", "111122223333", "eu-west-1" };
	struct facts f = facts_of(PATH_API);
	struct apicall *c = NULL;
	struct iam_needs needs = { 0 };
	struct err err = { "" };
	struct pack_text t = { "b.yaml", { 0 } };
	struct pack *p = NULL;
	struct verdict v;
	char key[64];
	uint64_t start;
	size_t len;

	len = (size_t)snprintf(text, sizeof text, "version: 1\nname: b\nrules:\n");
	for (size_t i = 0; i < 1000; i++)
		len += (size_t)snprintf(text + len, sizeof text - len,
		    "  - {id: r%zu, effect: allow, on: [api], aws: {operations: "
		    "['s3:Delete*'], resources: ['arn:aws:s3:::%s-%zu/*', "
		    "'arn:aws:s3:::%s-*']}}\n",
		    i, bucket, i, bucket);
	t.text = span_of(text);
	if (pack_read(&t, 1, &p, &err) != RC_OK ||
	    apicall_new("s3", "DeleteObjects", "eu-west-1", &c, &err) != RC_OK ||
	    apicall_value(c, "Bucket", span_of("logs-7"), &err) != RC_OK)
		exit(1);
	for (size_t i = 0; i < 1000; i++) {
		snprintf(key, sizeof key, "key-%zu", i);
		if (apicall_value(c, "Delete.Objects.Key", span_of(key), &err) != RC_OK)
			exit(1);
	}
	if (iam_needs(c, &place, &needs, &err) != RC_OK)
		exit(1);
	start = now_ns();
	decide_call(pack_rules(p), NULL, c, &needs, &f, &v);
	printf("a batch of %zu needs, 1000 rules about %s: %.1f ms, %s %s\n", needs.n,
	    which, (double)(now_ns() - start) / 1e6, effect_name(v.effect), v.code);
	iam_clear(&needs);
	apicall_free(c);
	pack_free(p);
}

/* The slowest of all lines in the files, each file a line. */
static void
worst(const struct pack *p, char **files, int n)
{
	struct facts f = facts_of(PATH_SHELL);
	uint64_t most = 0, start, took;
	const char *at = "";
	uint8_t line[SHELL_LINE + 1];
	struct verdict v;

	for (int i = 0; i < n; i++) {
		FILE *in = fopen(files[i], "rb");
		size_t len;

		if (in == NULL)
			continue;
		len = fread(line, 1, sizeof line, in);
		fclose(in);
		for (int k = 0; k < 5; k++) {
			start = now_ns();
			decide_line(pack_rules(p), span_make(line, len), &f, &v, NULL);
			took = now_ns() - start;
			if (k > 0 && took > most) {
				most = took;
				at = files[i];
			}
		}
	}
	printf("slowest of %d files: %.1f us (%s)\n", n, (double)most / 1000, at);
}

int
main(int argc, char **argv)
{
	static const size_t sizes[] = { 10, 1000, 10000 };
	const char *set = getenv("BENCH_DECISIONS");
	size_t n = set == NULL ? 200000 : strtoul(set, NULL, 10), bytes;
	double least[3] = { 0 }, median;
	uint64_t load_us, lint_us;
	struct pack *p;

	if (n < 1000 || n > 100000000)
		n = 1000;
	for (size_t i = 0; i < ROWS(sizes); i++) {
		p = make_pack(sizes[i], &load_us, &lint_us, &bytes);
		printf("%zu rules: loaded in %.1f ms of CPU, with lint %.1f ms, %.1f "
		       "MiB\n",
		    sizes[i], (double)load_us / 1000,
		    (double)(load_us + lint_us) / 1000, (double)bytes / 1048576);
		for (enum what w = SHELL; w <= EXEC_READ; w++) {
			median = row(p, sizes[i], w, n);
			if (i == 0)
				least[w] = median;
			else
				printf("%28s%.2f times that of %zu rules\n", "",
				    median / least[w], sizes[0]);
		}
		if (i + 1 == ROWS(sizes) && argc > 1)
			worst(p, argv + 1, argc - 1);
		pack_free(p);
	}
	batch("all of it", "logs");
	batch("other keys", "log7");
	return 0;
}
