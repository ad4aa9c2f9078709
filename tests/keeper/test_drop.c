#include "tests/support/unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/keeper/drop.h"
#include "recorder/swapfile.h"

#define OK(call) assert_int_equal((call), RC_OK)

struct fixture {
	char a[64], b[64];
	struct keyfile *key;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	*state = f;
	strcpy(f->a, "/tmp/test_drop.XXXXXX");
	strcpy(f->b, "/tmp/test_drop.XXXXXX");
	OK(keyfile_new(KEYFILE_DEVICE, span_of("x/y"), &f->key, NULL));
	return mkdtemp(f->a) == NULL || mkdtemp(f->b) == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char command[200];

	keyfile_free(f->key);
	snprintf(command, sizeof command, "rm -rf '%s' '%s'", f->a, f->b);
	if (system(command) != 0)
		return -1;
	free(f);
	return 0;
}

static void
put(struct fixture *f, struct drop *d, uint64_t size)
{
	uint8_t root[32] = { 5 };
	struct checkpoint c;
	struct buf b;

	buf_init(&b, CHECKPOINT_TEXT_MAX);
	OK(checkpoint_put(size, root, f->key, &b, NULL));
	OK(checkpoint_parse(buf_span(&b), &c, NULL));
	drop_put(d, &c, buf_span(&b));
	buf_clear(&b);
}

/* The newest is `size`, and there are so many lines, readable for others. */
static void
assert_left(const char *dir, uint64_t size, unsigned lines)
{
	int at = open(dir, O_RDONLY | O_DIRECTORY);
	struct checkpoint c;
	struct stat st;
	struct buf b;
	unsigned n = 0;

	buf_init(&b, 1u << 20);
	OK(swapfile_get(at, "x%2Fy.checkpoint", &b, NULL));
	OK(checkpoint_parse(buf_span(&b), &c, NULL));
	assert_int_equal(c.size, size);
	buf_reset(&b);
	OK(swapfile_get(at, "x%2Fy.checkpoints", &b, NULL));
	for (size_t i = 0; i < b.len; i++)
		n += b.p[i] == '\n';
	assert_int_equal(n, lines);
	assert_int_equal(fstatat(at, "x%2Fy.checkpoint", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(fstatat(at, "x%2Fy.checkpoints", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(faccessat(at, "x%2Fy.checkpoint.new", F_OK, 0), -1);
	close(at);
	buf_clear(&b);
}

static void
each_folder_gets_all(void **state)
{
	struct fixture *f = *state;
	const char *dirs[] = { f->a, f->b };
	struct drop *d = NULL;

	OK(drop_open(dirs, 2, "x/y", &d, NULL));
	put(f, d, 1); /* before the thread runs */
	OK(drop_start(d, NULL));
	for (uint64_t n = 2; n <= 50; n++)
		put(f, d, n);
	drop_close(d);
	assert_left(f->a, 50, 50);
	assert_left(f->b, 50, 50);
	/* Lines are added to what is there. */
	OK(drop_open(dirs, 1, "x/y", &d, NULL));
	OK(drop_start(d, NULL));
	put(f, d, 51);
	drop_close(d);
	assert_left(f->a, 51, 51);
	assert_left(f->b, 50, 50);
}

static void
one_bad_folder_is_its_own_trouble(void **state)
{
	struct fixture *f = *state;
	const char *dirs[] = { f->a, f->b };
	struct drop *d = NULL;
	char path[100];

	/* Something else stands where the lines belong. */
	snprintf(path, sizeof path, "%s/x%%2Fy.checkpoints", f->a);
	assert_int_equal(mkfifo(path, 0600), 0);
	OK(drop_open(dirs, 2, "x/y", &d, NULL));
	OK(drop_start(d, NULL));
	put(f, d, 3);
	drop_close(d);
	assert_left(f->b, 3, 1);
	snprintf(path, sizeof path, "%s/x%%2Fy.checkpoint", f->a);
	assert_int_equal(access(path, F_OK), -1);
}

static void
odd_openings(void **state)
{
	struct fixture *f = *state;
	const char *none[] = { "/no/such/folder" }, *many[DROP_MOST + 1];
	struct drop *d = NULL;
	char longest[140];

	for (unsigned i = 0; i <= DROP_MOST; i++)
		many[i] = f->a;
	assert_int_equal(drop_open(none, 1, "b", &d, NULL), RC_REFUSE);
	assert_int_equal(drop_open(many, DROP_MOST + 1, "b", &d, NULL), RC_REFUSE);
	memset(longest, '/', sizeof longest);
	longest[128] = '\0';
	assert_int_equal(drop_open(many, 1, longest, &d, NULL), RC_REFUSE);
	/* Nothing to do is fine, and so is nothing at all. */
	OK(drop_open(NULL, 0, "b", &d, NULL));
	OK(drop_start(d, NULL));
	put(f, d, 1);
	put(f, NULL, 1);
	drop_close(d);
	drop_close(NULL);
	OK(drop_start(NULL, NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_folder_gets_all),
		TEST(one_bad_folder_is_its_own_trouble),
		TEST(odd_openings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
