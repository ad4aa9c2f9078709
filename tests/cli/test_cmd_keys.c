/* broker keys init: its words, its folder, its exit statuses. */
#include "tests/support/unit.h"

#include <getopt.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/cli/cli.h"
#include "broker/cli/cmd_keys.h"
#include "lib/model/status.h"
#include "recorder/keyset.h"

static const char *const names[] = { KEYSET_DEVICE, KEYSET_AUDITOR, KEYSET_BREAK_GLASS,
	KEYSET_ADMIN, KEYSET_ADMIN_PUBLIC, KEYSET_RECIPIENTS, KEYSET_TRUST };

struct dir {
	char folder[64], keys[96];
};

static int
setup(void **state)
{
	struct dir *d = calloc(1, sizeof *d);

	snprintf(d->folder, sizeof d->folder, "/tmp/cmd_keys.XXXXXX");
	assert_non_null(mkdtemp(d->folder));
	snprintf(d->keys, sizeof d->keys, "%s/keys", d->folder);
	*state = d;
	return 0;
}

static void
clear(const struct dir *d)
{
	char path[160];

	for (size_t i = 0; i < ROWS(names); i++) {
		snprintf(path, sizeof path, "%s/%s", d->keys, names[i]);
		unlink(path);
	}
	rmdir(d->keys);
}

static int
teardown(void **state)
{
	struct dir *d = *state;

	clear(d);
	rmdir(d->folder);
	free(d);
	return 0;
}

/* "keys" and these words; %s is the folder. */
static int
run(const struct dir *d, const char *const *words)
{
	static const struct cli cli;
	char text[12][160], *argv[14];
	int argc = 0;

	snprintf(text[0], sizeof text[0], "keys");
	argv[argc++] = text[0];
	for (size_t i = 0; words[i] != NULL; i++, argc++) {
		snprintf(text[argc], sizeof text[argc], "%s",
		    strcmp(words[i], "DIR") == 0 ? d->keys : words[i]);
		argv[argc] = text[argc];
	}
	argv[argc] = NULL;
	return cmd_keys(&cli, argc, argv);
}

static size_t
made(const struct dir *d)
{
	struct stat st;
	char path[160];
	size_t n = 0;

	for (size_t i = 0; i < ROWS(names); i++) {
		snprintf(path, sizeof path, "%s/%s", d->keys, names[i]);
		n += stat(path, &st) == 0;
	}
	return n;
}

static void
keys_are_made_once(void **state)
{
	static const char *const words[] = { "init", "DIR", NULL };
	struct dir *d = *state;
	struct stat st;

	assert_int_equal(run(d, words), STATUS_OK);
	assert_int_equal(made(d), ROWS(names));
	assert_int_equal(stat(d->keys, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	/* Never over those that are there. */
	assert_int_equal(run(d, words), STATUS_USAGE);
	assert_int_equal(made(d), ROWS(names));
}

static void
options_stand_anywhere_behind_init(void **state)
{
	static const char *const rows[][7] = {
		{ "init", "--name", "gw", "DIR", NULL },
		{ "init", "DIR", "--name", "gw", NULL },
		{ "init", "--not-after", "2099-12-31", "--name=gw", "DIR", NULL },
	};
	struct dir *d = *state;

	for (size_t i = 0; i < ROWS(rows); i++) {
		char path[160], text[1024];
		FILE *f;
		size_t n;

		/* As main() leaves it behind: options of its own were read in order. */
		char program[] = "broker", json[] = "--json", keys[] = "keys";
		char *const before[] = { program, json, keys, NULL };
		static const struct option longs[] = {
			{ "json", no_argument, NULL, 'j' }, { NULL, 0, NULL, 0 }
		};

		optind = 0;
		while (getopt_long(3, before, "+h", longs, NULL) != -1)
			;
		assert_int_equal(run(d, rows[i]), STATUS_OK);
		snprintf(path, sizeof path, "%s/%s", d->keys, KEYSET_TRUST);
		assert_non_null(f = fopen(path, "r"));
		n = fread(text, 1, sizeof text - 1, f);
		text[n] = '\0';
		fclose(f);
		assert_non_null(strstr(text, "gw"));
		clear(d);
	}
}

static void
odd_words_make_nothing(void **state)
{
	static const char *const rows[][6] = {
		{ NULL },
		{ "make", "DIR", NULL },
		{ "init", NULL },
		{ "init", "DIR", "DIR", NULL },
		{ "init", "--nam", NULL },
		{ "init", "--loud", "DIR", NULL },
		{ "init", "--name", "a/../b\n", "DIR", NULL },
		{ "init", "--not-after", "tomorrow", "DIR", NULL },
		{ "init", "--not-after", "2001-01-01", "DIR", NULL },
		{ "init", "/nonexistent/folder/keys", NULL },
		{ "init", "/dev/null", NULL },
	};
	struct dir *d = *state;

	for (size_t i = 0; i < ROWS(rows); i++) {
		int got = run(d, rows[i]);

		if (got != STATUS_USAGE)
			fail_msg("row %zu: %d", i, got);
		assert_int_equal(made(d), 0);
	}
}

static void
help_is_no_error(void **state)
{
	static const char *const rows[][3] = { { "--help", NULL },
		{ "init", "--help", NULL } };
	struct dir *d = *state;

	for (size_t i = 0; i < ROWS(rows); i++)
		assert_int_equal(run(d, rows[i]), STATUS_OK);
	assert_int_equal(made(d), 0);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(keys_are_made_once),
		T(options_stand_anywhere_behind_init),
		T(odd_words_make_nothing),
		T(help_is_no_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
