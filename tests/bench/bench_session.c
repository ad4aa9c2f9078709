/* What a session costs beside its output: the time from START to READY and to EXIT, and
 * the memory of one that waits.  usage: bench_session [N] */
#include "tests/support/unit.h"

#include "lib/base/clock.h"
#include "tests/session/bed.h"

static const struct bed_want plain;

static unsigned long
kb_of(pid_t pid, const char *key)
{
	char path[64], line[128];
	unsigned long kb = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
	if ((f = fopen(path, "r")) == NULL)
		return 0;
	while (fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, key, strlen(key)) == 0)
			kb = strtoul(line + strlen(key), NULL, 10);
	fclose(f);
	return kb;
}

int
main(int argc, char **argv)
{
	unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 200;
	uint64_t ready = 0, whole = 0, start;
	struct peer idle[20], p;
	struct bed bed;

	if (n < 1 || n > 10000) {
		fprintf(stderr, "usage: bench_session [N]\n");
		return 1;
	}
	bed_open(&bed);
	bed_nursery(&bed, 0);
	for (unsigned long i = 0; i < n; i++) {
		start = clock_mono_us();
		peer_open(&p, &bed, &plain);
		ready += clock_mono_us() - start;
		peer_finish(&p, HOW_EXIT, 0);
		whole += clock_mono_us() - start;
		peer_close(&p);
	}
	for (size_t i = 0; i < ROWS(idle); i++) {
		peer_open(&idle[i], &bed, &plain);
		/* Rules of masking are there from the first byte on. */
		write_all(idle[i].out, "$ ", 2);
		peer_shown(&idle[i], 2);
	}
	printf(
	    "session START to READY %.2f ms, to EXIT %.2f ms (mean of %lu); waiting: "
	    "%lu kB PSS, %lu kB private\n",
	    (double)ready / 1e3 / (double)n, (double)whole / 1e3 / (double)n, n,
	    kb_of(bed_newest(&bed), "Pss:"), kb_of(bed_newest(&bed), "Private_Dirty:"));
	for (size_t i = 0; i < ROWS(idle); i++)
		peer_close(&idle[i]);
	bed_close(&bed);
	return 0;
}
