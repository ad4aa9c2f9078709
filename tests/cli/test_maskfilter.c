/* broker mask filter and its cases over an engine of the test's own, which breaks when it
 * is told to: nothing may be shown then.  With the engine itself: test_mask.py. */
#include "tests/support/unit.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/cli/maskcases.h"
#include "broker/cli/maskfilter.h"
#include "broker/cli/masktest.h"
#include "lib/model/status.h"

/* ---- the engine: text goes through; BREAK breaks it, and stuck holds for ever ---- */

struct mask_stream {
	bool broken;
	uint64_t due;
};

static bool at_end, stuck;

enum rc
mask_policy_read(const struct yaml_node *n, struct mask_policy **ret, struct err *err)
{
	(void)n;
	(void)err;
	*ret = NULL;
	return RC_OK;
}

enum rc
mask_policy_parse(
    const char *name, struct span text, struct mask_policy **ret, struct err *err)
{
	(void)text;
	(void)ret;
	return err_set(err, RC_REFUSE, "%s:1:1: wrong", name);
}

void
mask_policy_free(struct mask_policy *p)
{
	(void)p;
}

size_t
mask_policy_max_hold(const struct mask_policy *p)
{
	(void)p;
	return 8192;
}

enum rc
mask_rules_new(const struct mask_policy *p, const struct mask_more *more,
    struct mask_rules **ret, struct err *err)
{
	(void)p;
	*ret = NULL;
	return more->n_names > 0 ? err_set(err, RC_REFUSE, "no such name") : RC_OK;
}

void
mask_rules_free(struct mask_rules *r)
{
	(void)r;
}

struct mask_stream *
mask_stream_new(const struct mask_rules *r, enum mask_pace pace)
{
	struct mask_stream *s = calloc(1, sizeof *s);

	(void)r;
	(void)pace;
	s->due = UINT64_MAX;
	return s;
}

void
mask_stream_free(struct mask_stream *s)
{
	free(s);
}

void
mask_stream_tell(struct mask_stream *s, mask_hit_fn *fn, void *arg)
{
	(void)s;
	(void)fn;
	(void)arg;
}

enum rc
mask_put(struct mask_stream *s, struct span in, uint64_t now_us, struct buf *out,
    struct err *err)
{
	if (s->broken || memmem(in.p, in.len, "BREAK", 5) != NULL) {
		s->broken = true;
		buf_span_put(out, in);
		return err_set(err, RC_FAIL, "too much of it");
	}
	buf_span_put(out, in);
	if (stuck)
		s->due = now_us;
	return RC_OK;
}

uint64_t
mask_due_us(const struct mask_stream *s)
{
	return s->due;
}

enum rc
mask_release(struct mask_stream *s, uint64_t now_us, struct buf *out, struct err *err)
{
	(void)s;
	(void)now_us;
	(void)out;
	(void)err;
	return RC_OK;
}

enum rc
mask_end(struct mask_stream *s, struct buf *out, struct err *err)
{
	(void)s;
	if (!at_end)
		return RC_OK;
	buf_text(out, "raw");
	return err_set(err, RC_FAIL, "too late");
}

size_t
mask_growth(size_t n)
{
	return 2 * n + 64;
}

/* ---- running them ---- */

struct ran {
	int status;
	char out[4096], said[4096];
};

static void
slurp(int fd, char *to, size_t size)
{
	ssize_t n;
	size_t at = 0;

	while (at < size - 1 && (n = read(fd, to + at, size - 1 - at)) > 0)
		at += (size_t)n;
	to[at] = '\0';
	close(fd);
}

static void
child(int (*run)(const struct maskopts *o), const struct maskopts *o, const int *fds)
{
	int status;

	dup2(fds[0], STDIN_FILENO);
	dup2(fds[3], STDOUT_FILENO);
	dup2(fds[5], STDERR_FILENO);
	for (int i = 0; i < 6; i++)
		close(fds[i]);
	status = run(o);
	fflush(stdout);
	_exit(status);
}

static struct ran
ran(int (*run)(const struct maskopts *o), const struct maskopts *o, const char *given)
{
	struct ran r;
	int fds[6];
	pid_t pid;

	for (int i = 0; i < 3; i++)
		assert_int_equal(pipe(fds + 2 * i), 0);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		child(run, o, fds);
	close(fds[0]);
	close(fds[3]);
	close(fds[5]);
	assert_int_equal(write(fds[1], given, strlen(given)), (ssize_t)strlen(given));
	close(fds[1]);
	slurp(fds[2], r.out, sizeof r.out);
	slurp(fds[4], r.said, sizeof r.said);
	assert_int_equal(waitpid(pid, &r.status, 0), pid);
	assert_true(WIFEXITED(r.status));
	r.status = WEXITSTATUS(r.status);
	return r;
}

/* ---- what has to be ---- */

static void
text_goes_through(void **state)
{
	struct maskopts o = { 0 };
	struct ran r = ran(maskfilter, &o, "a line\n");

	(void)state;
	assert_int_equal(r.status, STATUS_OK);
	assert_string_equal(r.out, "a line\n");
	assert_string_equal(r.said, "");
}

static void
a_broken_engine_shows_nothing(void **state)
{
	struct maskopts o = { 0 };
	struct ran r = ran(maskfilter, &o, "before BREAK behind\n");

	(void)state;
	assert_int_equal(r.status, STATUS_FAILED);
	assert_string_equal(r.out, "");
	assert_string_equal(r.said, "broker: mask: too much of it\n");
	at_end = true;
	r = ran(maskfilter, &o, "text\n");
	at_end = false;
	assert_int_equal(r.status, STATUS_FAILED);
	assert_string_equal(r.out, "text\n");
	assert_non_null(strstr(r.said, "too late"));
}

static void
a_policy_that_is_wrong(void **state)
{
	struct maskopts o = { .policy = "/dev/null" };
	struct ran r = ran(maskfilter, &o, "text\n");

	(void)state;
	assert_int_equal(r.status, STATUS_USAGE);
	assert_string_equal(r.out, "");
	assert_string_equal(r.said, "broker: /dev/null:1:1: wrong\n");
}

static void
a_case_that_breaks_it_ends_all(void **state)
{
	struct maskopts o = { .jsonl = true };
	struct ran r = ran(maskcases, &o,
	    "{\"id\":1,\"input\":[\"a\"]}\n"
	    "{\"id\":2,\"input\":[\"a\",\"BREAK\"]}\n"
	    "{\"id\":3,\"input\":[\"b\"]}\n");

	(void)state;
	assert_int_equal(r.status, STATUS_FAILED);
	assert_string_equal(r.out, "{\"id\":1,\"output\":\"a\"}\n");
	assert_string_equal(r.said, "broker: mask: line 2: too much of it\n");
}

static void
a_name_that_is_none_does_not(void **state)
{
	struct maskopts o = { .jsonl = true };
	struct ran r = ran(maskcases, &o,
	    "{\"id\":1,\"input\":[\"a\"],\"policy\":[\"x\"]}\n"
	    "{\"id\":2,\"input\":[\"b\"]}\n");

	(void)state;
	assert_int_equal(r.status, STATUS_USAGE);
	assert_string_equal(r.out, "{\"id\":1,\"error\":\"line 1: no such name\"}\n"
				   "{\"id\":2,\"output\":\"b\"}\n");
}

static void
a_clock_that_stands_is_noticed(void **state)
{
	struct maskopts o = { .jsonl = true };
	struct ran r;

	(void)state;
	stuck = true;
	r = ran(maskcases, &o, "{\"input\":[\"a\",\"b\"],\"gap_ms\":[0,9]}\n");
	stuck = false;
	assert_int_equal(r.status, STATUS_FAILED);
	assert_string_equal(r.out, "");
	assert_non_null(strstr(r.said, "held"));
}

static void
a_file_that_breaks_it(void **state)
{
	char dash[] = "-", *files[] = { dash, NULL };
	struct maskopts o = { .argc = 1, .argv = files };
	struct ran r = ran(masktest, &o, "BREAK");

	(void)state;
	assert_int_equal(r.status, STATUS_FAILED);
	assert_string_equal(r.out, "");
	r = ran(masktest, &o, "text");
	assert_int_equal(r.status, STATUS_OK);
	assert_string_equal(r.out, "-: nothing would be masked\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_goes_through),
		cmocka_unit_test(a_broken_engine_shows_nothing),
		cmocka_unit_test(a_policy_that_is_wrong),
		cmocka_unit_test(a_case_that_breaks_it_ends_all),
		cmocka_unit_test(a_name_that_is_none_does_not),
		cmocka_unit_test(a_clock_that_stands_is_noticed),
		cmocka_unit_test(a_file_that_breaks_it),
	};

	return cmocka_run_group_tests_name("maskfilter", tests, NULL, NULL);
}
