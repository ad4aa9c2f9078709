/* Which files of secrets are taken. */
#include "tests/support/unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "broker/monitor/noticekeys.h"

static char folder[] = "/tmp/noticekeys.XXXXXX";

static const char *
file(const char *name, const char *text, size_t len, mode_t mode)
{
	static char path[128];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
	return path;
}

static enum rc
load(const char *path, char *got, struct err *err)
{
	struct config_notify one = { .name = "chat", .secret_file = path };
	struct config_notifies all = { &one, 1 };
	struct noticekeys *k = NULL;
	enum rc rc = noticekeys_load(&all, &k, err);

	if (rc == RC_OK) {
		assert_true(span_copy(noticekeys_at(k, 0), got, NOTICEKEYS_MOST + 1));
		assert_int_equal(noticekeys_at(k, 1).len, 0);
	} else
		assert_null(k);
	noticekeys_free(k);
	return rc;
}

static void
a_line_end_is_no_part_of_it(void **state)
{
	static const char *const texts[] = { "0123456789abcdef", "0123456789abcdef\n",
		"0123456789abcdef\r\n" };
	static char got[NOTICEKEYS_MOST + 1];

	(void)state;
	for (size_t i = 0; i < ROWS(texts); i++) {
		const char *path = file("s", texts[i], strlen(texts[i]), 0600);

		assert_int_equal(load(path, got, NULL), RC_OK);
		assert_string_equal(got, "0123456789abcdef");
		unlink(path);
	}
}

static void
what_is_wrong_is_refused_with_its_name(void **state)
{
	static char long_one[NOTICEKEYS_MOST + 1], got[NOTICEKEYS_MOST + 1];
	const struct {
		const char *text;
		size_t len;
		mode_t mode;
		const char *part;
	} rows[] = {
		{ "0123456789abcde", 15, 0600, "at least 16 bytes" },
		{ "0123456789abcde\n", 16, 0600, "at least 16 bytes" },
		{ "", 0, 0600, "at least 16 bytes" },
		{ long_one, sizeof long_one, 0600, "longer than 4096 bytes" },
		{ "0123456789abcdef", 16, 0644, "mode 644" },
		{ "0123456789abcdef", 16, 0660, "" },
	};

	(void)state;
	memset(long_one, 'x', sizeof long_one);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct err err = { "" };
		const char *path = file("s", rows[i].text, rows[i].len, rows[i].mode);

		assert_int_equal(load(path, got, &err), RC_REFUSE);
		if (strstr(err.text, rows[i].part) == NULL ||
		    strstr(err.text, "notify chat: secret_file") == NULL ||
		    strstr(err.text, path) == NULL)
			fail_msg("row %zu: %s", i, err.text);
		unlink(path);
	}
	{
		struct err err = { "" };

		assert_int_equal(load("/tmp/none.of.that.name", got, &err), RC_REFUSE);
	}
}

static int
make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
drop_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_end_is_no_part_of_it),
		cmocka_unit_test(what_is_wrong_is_refused_with_its_name),
	};

	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
