/* What lies beside a recording is found by its name, bounded, and a stranger's. */
#include "tests/support/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "replay/voucher.h"

static void
names_follow_the_recording(void **state)
{
	static const struct {
		const char *file, *want; /* NULL: refused */
	} rows[] = {
		{ "a.cast", "a.proof" },
		{ "/x.cast/b.cast", "/x.cast/b.proof" },
		{ "a.cast.cast", "a.cast.proof" },
		{ "-", NULL },
		{ "", NULL },
		{ ".cast", NULL },
		{ "a.CAST", NULL },
		{ "a.cast/", NULL },
	};
	char name[VOUCHER_NAME_MOST], *longest = malloc(VOUCHER_NAME_MOST + 1);

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		enum rc rc = voucher_name(rows[i].file, ".proof", name, NULL);

		assert_int_equal(rc, rows[i].want != NULL ? RC_OK : RC_REFUSE);
		if (rc == RC_OK)
			assert_string_equal(name, rows[i].want);
	}
	memset(longest, 'a', VOUCHER_NAME_MOST);
	strcpy(longest + VOUCHER_NAME_MOST - 6, ".cast");
	assert_int_equal(voucher_name(longest, ".proof", name, NULL), RC_REFUSE);
	free(longest);
}

static void
files_are_bounded(void **state)
{
	char dir[] = "/tmp/test_voucher.XXXXXX", path[64];
	struct buf text;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/f", dir);
	assert_int_equal(voucher_read(AT_FDCWD, path, 10000, &text, NULL), RC_END);
	assert_true((fd = open(path, O_RDWR | O_CREAT, 0600)) >= 0);
	assert_int_equal(voucher_read(AT_FDCWD, path, 10000, &text, NULL), RC_OK);
	assert_int_equal(text.len, 0);
	buf_clear(&text);
	assert_int_equal(ftruncate(fd, 10000), 0);
	assert_int_equal(voucher_read(AT_FDCWD, path, 10000, &text, NULL), RC_OK);
	assert_int_equal(text.len, 10000);
	buf_clear(&text);
	assert_int_equal(ftruncate(fd, 1 << 20), 0);
	assert_int_equal(voucher_read(AT_FDCWD, path, 10000, &text, NULL), RC_FAIL);
	close(fd);
	unlink(path);
	/* What would make us wait, or is no file. */
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(voucher_read(AT_FDCWD, path, 10000, &text, NULL), RC_FAIL);
	unlink(path);
	assert_int_equal(voucher_read(AT_FDCWD, dir, 10000, &text, NULL), RC_FAIL);
	rmdir(dir);
}

static void
nonsense_is_no_evidence(void **state)
{
	char dir[] = "/tmp/test_voucher.XXXXXX", cast[64], path[64], text[ERR_TEXT];
	struct voucher *v = NULL;
	struct trust *trust = NULL;
	struct proof p = { .code = PROOF_WHOLE, .certified = true };
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(cast, sizeof cast, "%s/a.cast", dir);
	snprintf(path, sizeof path, "%s/a.proof", dir);
	assert_int_equal(voucher_open(cast, NULL, &v, NULL), RC_END);
	/* Named, it has to be there. */
	assert_int_equal(voucher_open(cast, path, &v, NULL), RC_FAIL);
	assert_true((fd = open(path, O_RDWR | O_CREAT, 0600)) >= 0);
	assert_int_equal(write(fd, "hoop-proof 1\nsid x\n", 19), 19);
	close(fd);
	assert_int_equal(trust_new(&trust, NULL), RC_OK);
	assert_int_equal(voucher_open(cast, NULL, &v, NULL), RC_OK);
	voucher_believe(v, trust);
	assert_int_equal(voucher_judge(v, &p, text), PROOF_MISSING);
	assert_non_null(strstr(text, "the proof beside it: "));
	assert_int_equal(trust_count(trust), 0);
	voucher_free(v);
	trust_free(trust);
	unlink(path);
	rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_follow_the_recording),
		cmocka_unit_test(files_are_bounded),
		cmocka_unit_test(nonsense_is_no_evidence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
