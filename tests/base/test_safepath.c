#include "tests/support/unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/safepath.h"

static char root[64];

/* A file, folder or link below the root folder, by a short script: "d NAME MODE",
 * "f NAME MODE", "l NAME TARGET". */
static void
make(char what, const char *name, const char *rest)
{
	char path[512];
	int fd;

	snprintf(path, sizeof path, "%s/%s", root, name);
	if (what == 'l') {
		assert_int_equal(symlink(rest, path), 0);
		return;
	}
	if (what == 'd')
		assert_int_equal(mkdir(path, 0700), 0);
	else {
		fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
		assert_true(fd >= 0);
		assert_int_equal(write(fd, "text\n", 5), 5);
		close(fd);
	}
	assert_int_equal(chmod(path, (mode_t)strtoul(rest, NULL, 8)), 0);
}

static int
make_all(void **state)
{
	char target[128];

	(void)state;
	strcpy(root, "/tmp/safepath.XXXXXX");
	if (mkdtemp(root) == NULL)
		return -1;
	make('d', "good", "755");
	make('d', "good/deep", "700");
	make('f', "good/deep/file", "644");
	make('f', "good/group", "664");
	make('f', "good/world", "646");
	make('f', "good/big", "600");
	make('l', "good/link", "deep/file");
	make('l', "good/up", "../good/deep/../deep/file");
	make('l', "good/loop", "loop");
	make('l', "good/away", "../open/file");
	snprintf(target, sizeof target, "%s/good/deep", root);
	make('l', "abs", target);
	make('l', "stale", "nowhere");
	make('d', "open", "777");
	make('f', "open/file", "600");
	make('d', "open/below", "700");
	make('f', "open/below/file", "600");
	make('d', "dark", "700");
	make('f', "dark/file", "600");
	snprintf(target, sizeof target, "%s/dark", root);
	assert_int_equal(chmod(target, 0311), 0); /* to pass through, not to list */
	make('d', "sticky", "1777");
	make('f', "sticky/file", "600");
	return 0;
}

static int
remove_all(void **state)
{
	static const char *const names[] = { "good/deep/file", "good/deep",
		"good/group", "good/world", "good/big", "good/link", "good/up",
		"good/loop", "good/away", "good/pipe", "good", "abs", "stale",
		"dark/file", "dark", "open/file", "open/below/file", "open/below",
		"open", "sticky/file", "sticky" };
	char path[512];

	(void)state;
	for (size_t i = 0; i < ROWS(names); i++) {
		snprintf(path, sizeof path, "%s/%s", root, names[i]);
		(void)remove(path);
	}
	return rmdir(root);
}

static void
only_what_others_cannot_change_is_opened(void **state)
{
	static const struct {
		const char *name;
		const char *want; /* NULL: good */
	} rows[] = {
		{ "good/deep/file", NULL },
		{ "good//deep/./file", NULL },
		{ "good/link", NULL },
		{ "good/up", NULL },
		{ "abs/file", NULL },
		{ "sticky/file", NULL },
		{ "dark/file", NULL },
		{ "good/group",
		    "expected \"group\" not to be writable for others, found "
		    "mode 0664" },
		{ "good/world", "found mode 0646" },
		{ "open/file", "expected \"open\" not to be writable for others, found "
			       "mode 0777" },
		{ "open/below/file", "expected \"open\" not to be writable" },
		{ "good/away", "expected \"open\" not to be writable" },
		{ "good/loop", "expected at most 16 symbolic links" },
		{ "good/none", "\"none\": No such file or directory" },
		{ "none/file", "\"none\": No such file or directory" },
		{ "stale", "\"nowhere\": No such file or directory" },
		{ "good/deep/file/x", "\"file\": Not a directory" },
		{ "good/deep", "expected a regular file" },
		{ "good/deep/", "expected a regular file" },
		{ "good/pipe", "expected a regular file" },
	};
	char path[512];

	(void)state;
	snprintf(path, sizeof path, "%s/good/pipe", root);
	assert_int_equal(mkfifo(path, 0600), 0);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct err err = { "" };
		int fd = -7;
		enum rc rc;

		snprintf(path, sizeof path, "%s/%s", root, rows[i].name);
		rc = safepath_open_file(path, &fd, &err);
		if ((rc == RC_OK) != (rows[i].want == NULL) ||
		    (rc != RC_OK && strstr(err.text, rows[i].want) == NULL))
			fail_msg("row %zu: %s: %s %s", i, rows[i].name, rc_name(rc),
			    err.text);
		assert_true((rc == RC_OK) == (fd >= 0));
		if (fd >= 0)
			close(fd);
	}
}

static void
folders_too(void **state)
{
	char path[512];
	struct err err;
	int fd = -1;

	(void)state;
	snprintf(path, sizeof path, "%s/abs", root);
	assert_int_equal(safepath_open_folder(path, &fd, &err), RC_OK);
	assert_int_equal(faccessat(fd, "file", R_OK, 0), 0);
	close(fd);
	snprintf(path, sizeof path, "%s/open", root);
	assert_int_equal(safepath_open_folder(path, &fd, &err), RC_REFUSE);
	snprintf(path, sizeof path, "%s/good/deep/file", root);
	assert_int_equal(safepath_open_folder(path, &fd, &err), RC_REFUSE);
	snprintf(path, sizeof path, "%s/dark", root);
	if (geteuid() != 0)
		assert_int_equal(safepath_open_folder(path, &fd, &err), RC_REFUSE);
	assert_int_equal(safepath_open_folder("/", &fd, &err), RC_OK);
	close(fd);
}

static void
reading_is_bounded(void **state)
{
	char path[512];
	struct err err;
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	snprintf(path, sizeof path, "%s/good/deep/file", root);
	assert_int_equal(safepath_read(path, 5, &b, &err), RC_OK);
	assert_string_equal(buf_cstr(&b), "text\n");
	assert_int_equal(safepath_read(path, 4, &b, &err), RC_REFUSE);
	assert_non_null(strstr(err.text, "expected at most 4 bytes"));
	assert_int_equal(safepath_read("relative", 4, &b, &err), RC_REFUSE);
	assert_int_equal(safepath_read("", 4, &b, &err), RC_REFUSE);
	buf_clear(&b);
}

/* As root: what belongs to somebody else is refused, whatever its mode. */
static void
other_owners_are_refused(void **state)
{
	char path[512];
	struct err err;
	int fd;

	(void)state;
	if (geteuid() != 0)
		skip();
	snprintf(path, sizeof path, "%s/good/big", root);
	assert_int_equal(chown(path, 12345, 0), 0);
	assert_int_equal(safepath_open_file(path, &fd, &err), RC_REFUSE);
	assert_non_null(strstr(err.text, "expected \"big\" to belong to root or uid 0, "
					 "found uid 12345"));
	snprintf(path, sizeof path, "%s/abs", root);
	assert_int_equal(lchown(path, 12345, 0), 0);
	snprintf(path, sizeof path, "%s/abs/file", root);
	assert_int_equal(safepath_open_file(path, &fd, &err), RC_REFUSE);
	assert_non_null(strstr(err.text, "expected \"abs\" to belong"));
	snprintf(path, sizeof path, "%s/abs", root);
	assert_int_equal(lchown(path, 0, 0), 0);
	snprintf(path, sizeof path, "%s/good/deep", root);
	assert_int_equal(chown(path, 12345, 0), 0);
	snprintf(path, sizeof path, "%s/good/deep/file", root);
	assert_int_equal(safepath_open_file(path, &fd, &err), RC_REFUSE);
	assert_non_null(strstr(err.text, "expected \"deep\" to belong"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_others_cannot_change_is_opened),
		cmocka_unit_test(folders_too),
		cmocka_unit_test(reading_is_bounded),
		cmocka_unit_test(other_owners_are_refused),
	};

	return cmocka_run_group_tests(tests, make_all, remove_all);
}
