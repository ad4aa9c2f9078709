/* One nursery and its children: many, confined, and on their own. */
#include "tests/support/unit.h"
#include "tests/session/bed.h"

#include "config.h"

#include <dirent.h>
#include <sys/socket.h>
#include <unistd.h>

static struct bed bed;
static const struct bed_want plain;

static int
setup(void **state)
{
	(void)state;
	bed_open(&bed);
	bed_nursery(&bed, 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	bed_close(&bed);
	return 0;
}

/* The recording is complete, and holds what was shown. */
static void
assert_whole(struct peer *p)
{
	struct proof proof;
	struct buf text, out;

	buf_init(&text, 1u << 20);
	buf_init(&out, 1u << 20);
	assert_int_equal(bed_read(&bed, p->file, &proof, &text), PROOF_WHOLE);
	bed_output(buf_span(&text), &out);
	assert_true(span_eq(buf_span(&out), buf_span(&p->shown[0])));
	buf_clear(&text);
	buf_clear(&out);
}

static void
assert_has(const char *text, const char *what)
{
	if (strstr(text, what) == NULL)
		fail_msg("no \"%s\" in %s", what, text);
}

/* Confined, and holding nothing but its own descriptors. */
static void
test_confined(void **state)
{
	char path[64], line[256], status[8192] = "";
	struct dirent *e;
	struct peer p;
	int fds = 0;
	FILE *f;
	DIR *d;

	(void)state;
	peer_open(&p, &bed, &plain);
	snprintf(path, sizeof path, "/proc/%d/status", bed_newest(&bed));
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof line, f) != NULL)
		strncat(status, line, sizeof status - strlen(status) - 1);
	fclose(f);
	assert_has(status, "NoNewPrivs:\t1");
#ifndef BROKER_SANITIZED
	assert_has(status, "Seccomp:\t2");
#endif
	snprintf(path, sizeof path, "/proc/%d/fd", bed_newest(&bed));
	if ((d = opendir(path)) != NULL) {
		while ((e = readdir(d)) != NULL)
			fds += e->d_name[0] != '.';
		closedir(d);
		/* 0-2, START's without the CA file, libcurl's pair to wake itself */
		assert_int_equal(fds, 12);
	}
	peer_finish(&p, HOW_EXIT, 0);
	peer_close(&p);
}

static void
test_many(void **state)
{
	enum { N = 100 };
	struct peer *p = calloc(N, sizeof *p);
	char line[64];

	(void)state;
	for (int i = 0; i < N; i++)
		peer_start(&p[i], &bed, &plain);
	for (int i = 0; i < N; i++)
		peer_certify(&p[i]);
	for (int i = 0; i < N; i++) {
		peer_hear(&p[i], MSG_READY);
		snprintf(line, sizeof line, "session %d\n", i);
		write_all(p[i].out, line, strlen(line));
	}
	for (int i = 0; i < N; i++) {
		assert_int_equal(peer_finish(&p[i], HOW_EXIT, (uint8_t)i)->code, i);
		snprintf(line, sizeof line, "session %d\n", i);
		assert_true(span_is(buf_span(&p[i].shown[0]), line));
		assert_whole(&p[i]);
	}
	for (int i = 0; i < N; i++)
		peer_close(&p[i]);
	free(p);
}

/* What is no START ends the nursery: its monitor is not what it should be. */
static void
test_refuses(void **state)
{
	static const uint8_t eof[8] = { 0, MSG_EOF };

	(void)state;
	assert_int_equal(
	    send(bed.nursery_sock, eof, sizeof eof, MSG_NOSIGNAL), sizeof eof);
	assert_int_equal(bed_nursery_end(&bed), 1);
}

/* The nursery may go; its sessions live by their own sockets. */
static void
test_gone(void **state)
{
	struct peer p;

	(void)state;
	peer_open(&p, &bed, &plain);
	assert_int_equal(bed_nursery_end(&bed), 0);
	write_all(p.out, "still here", 10);
	peer_shown(&p, 10);
	peer_finish(&p, HOW_EXIT, 0);
	assert_whole(&p);
	peer_close(&p);
}

#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(confined),
		T(many),
		T(refuses),
		T(gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
