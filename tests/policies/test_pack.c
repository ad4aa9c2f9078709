#include "tests/policies/asking.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char one[] = "version: 1\nname: one\nrules:\n"
			  "  - {id: z, effect: allow, on: [exec], aws: {operations: "
			  "['s3:ls']}}\n";
static const char two[] = "version: 1\nname: two\nrules:\n"
			  "  - {id: a, effect: deny, on: [exec], aws: {operations: "
			  "['s3:*']}}\n";

static void
write_file(const char *folder, const char *name, const char *text, mode_t mode)
{
	char path[256];
	int fd;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void
remove_file(const char *folder, const char *name)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	assert_int_equal(unlink(path), 0);
}

static int
make_folder(void **state)
{
	char *folder = strdup("/tmp/test_pack.XXXXXX");

	if (folder == NULL || mkdtemp(folder) == NULL)
		return -1;
	*state = folder;
	return 0;
}

static int
remove_folder(void **state)
{
	int rc = rmdir(*state);

	free(*state);
	return rc;
}

static void
all_files_of_a_folder_are_loaded(void **state)
{
	const char *folder = *state;
	struct pack *p = NULL;
	struct err err = { "" };

	write_file(folder, "b.yaml", one, 0644);
	write_file(folder, "a.yaml", two, 0600);
	write_file(folder, ".hidden.yaml", "not read", 0644);
	write_file(folder, "README", "not read", 0644);
	write_file(folder, "old.yaml~", "not read", 0644);
	write_file(folder, ".yaml", "not read", 0644);
	if (pack_load(folder, &p, &err) != RC_OK)
		fail_msg("%s", err.text);
	assert_int_equal(pack_count(p), 2);
	assert_string_equal(pack_name(p, 0), "one");
	assert_string_equal(pack_name(p, 1), "two");
	assert_null(pack_name(p, 2));
	assert_int_equal(pack_rules(p)->n, 2);
	assert_string_equal(pack_rules(p)->rules[0]->name, "one/z");
	assert_string_equal(pack_rules(p)->rules[1]->name, "two/a");
	pack_free(p);
	remove_file(folder, "b.yaml");
	remove_file(folder, "a.yaml");
	remove_file(folder, ".hidden.yaml");
	remove_file(folder, "README");
	remove_file(folder, "old.yaml~");
	remove_file(folder, ".yaml");
}

static void
one_bad_file_refuses_all(void **state)
{
	static const struct {
		const char *text;
		mode_t mode;
		const char *err;
	} rows[] = {
		{ "version: 1\nname: x\nrules: 5\n", 0644,
		    "/b.yaml:3:8: expected a list" },
		{ two, 0664, "/b.yaml" },
		{ two, 0646, "/b.yaml" },
		{ "version: 1\nname: one\nrules: []\n", 0644,
		    "a policy named one stands already in" },
		{ "version: 1\nname: x\nrules: []\ntests: [{as: {}, line: aws s3 ls, "
		  "expect: allow}]\n",
		    0644, "/b.yaml:4:" },
	};
	const char *folder = *state;

	write_file(folder, "a.yaml", one, 0644);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct pack *p = NULL;
		struct err err = { "" };

		write_file(folder, "b.yaml", rows[i].text, rows[i].mode);
		if (pack_load(folder, &p, &err) != RC_REFUSE ||
		    strstr(err.text, rows[i].err) == NULL)
			fail_msg("row %zu: %s", i, err.text);
		assert_null(p);
		remove_file(folder, "b.yaml");
	}
	remove_file(folder, "a.yaml");
}

static void
folders_and_links_that_others_could_change_are_refused(void **state)
{
	const char *folder = *state;
	char path[256];
	struct pack *p = NULL;
	struct err err;

	write_file(folder, "a.yaml", one, 0644);
	assert_int_equal(chmod(folder, 0775), 0);
	assert_int_equal(pack_load(folder, &p, &err), RC_REFUSE);
	assert_int_equal(chmod(folder, 0757), 0);
	assert_int_equal(pack_load(folder, &p, &err), RC_REFUSE);
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(pack_load(folder, &p, &err), RC_OK);
	pack_free(p);
	p = NULL;
	snprintf(path, sizeof path, "%s/no", folder);
	assert_int_equal(pack_load(path, &p, &err), RC_REFUSE);
	snprintf(path, sizeof path, "%s/a.yaml", folder);
	assert_int_equal(pack_load(path, &p, &err), RC_REFUSE);
	assert_int_equal(pack_load("tests", &p, &err), RC_REFUSE);
	/* A folder, a fifo with a policy's name: neither may be read or block us. */
	snprintf(path, sizeof path, "%s/d.yaml", folder);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(pack_load(folder, &p, &err), RC_REFUSE);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(pack_load(folder, &p, &err), RC_REFUSE);
	assert_int_equal(unlink(path), 0);
	remove_file(folder, "a.yaml");
}

static void
a_megabyte_is_the_most(void **state)
{
	const char *folder = *state;
	char *text = malloc(PACK_BYTES + 2);
	struct pack *p = NULL;
	struct err err;

	assert_non_null(text);
	memset(text, '#', PACK_BYTES + 1);
	memcpy(text, "version: 1\nname: x\nrules: []\n", 29);
	text[PACK_BYTES] = '\0';
	write_file(folder, "a.yaml", text, 0644);
	assert_int_equal(pack_load(folder, &p, &err), RC_OK);
	pack_free(p);
	p = NULL;
	text[PACK_BYTES] = '#';
	text[PACK_BYTES + 1] = '\0';
	write_file(folder, "a.yaml", text, 0644);
	assert_int_equal(pack_load(folder, &p, &err), RC_REFUSE);
	assert_null(p);
	remove_file(folder, "a.yaml");
	free(text);
}

/* An empty folder is a pack that denies everything. */
static void
nothing_is_something(void **state)
{
	struct pack *p = NULL;

	assert_int_equal(pack_load(*state, &p, NULL), RC_OK);
	assert_int_equal(pack_count(p), 0);
	assert_int_equal(pack_rules(p)->n, 0);
	pack_free(p);
}

static void
the_digest_does_not_hang_on_files(void **state)
{
	struct pack_text a[] = { { "1.yaml", span_of(one) },
		{ "2.yaml", span_of(two) } };
	struct pack_text b[] = { { "x.yaml", span_of(two) },
		{ "y.yaml", span_of(one) } };
	struct pack *p = NULL, *q = NULL, *r = NULL;

	(void)state;
	assert_int_equal(pack_read(a, 2, &p, NULL), RC_OK);
	assert_int_equal(pack_read(b, 2, &q, NULL), RC_OK);
	assert_int_equal(pack_read(a, 1, &r, NULL), RC_OK);
	assert_memory_equal(pack_rules(p)->digest, pack_rules(q)->digest, 32);
	assert_memory_not_equal(pack_rules(p)->digest, pack_rules(r)->digest, 32);
	pack_free(p);
	pack_free(q);
	pack_free(r);
}

/* A file of the source tree, as one text. */
static char *
source_text(const char *name)
{
	static char text[65536];
	const char *top = getenv("top_srcdir");
	char path[4096];
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", top ? top : ".", name);
	if ((f = fopen(path, "r")) == NULL)
		fail_msg("%s is missing", path);
	n = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	text[n] = '\0';
	return text;
}

static void
the_shipped_packs_load(void **state)
{
	static const struct {
		const char *name;
		size_t rules;
	} rows[] = { { "demo", 6 }, { "sdk", 4 }, { "never", 5 }, { "aws-readonly", 1 },
		{ "aws-developer", 2 }, { "aws-incident", 3 }, { "s3-data", 4 },
		{ "ssm-triage", 1 }, { "ssm-oncall", 5 } };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char path[64];
		struct pack *p;

		snprintf(path, sizeof path, "policies/packs/%s.yaml", rows[i].name);
		p = asking_pack(source_text(path));
		assert_string_equal(pack_name(p, 0), rows[i].name);
		assert_int_equal(pack_rules(p)->n, rows[i].rules);
		pack_free(p);
	}
}

/* The manual's examples, with their own tests, are policies that load. */
static void
the_manual_tells_the_truth(void **state)
{
	static const struct {
		const char *name;
		size_t rules;
	} rows[] = { { "logs", 3 }, { "shop-logs", 1 }, { "shop-call", 5 } };
	char *text = source_text("man/broker-policy.5"), *end;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct pack *p;

		text = strstr(text, ".Bd -literal -offset indent\nversion: 1");
		assert_non_null(text);
		text = strchr(text, '\n') + 1;
		end = strstr(text, "\n.Ed");
		assert_non_null(end);
		end[1] = '\0';
		p = asking_pack(text);
		assert_string_equal(pack_name(p, 0), rows[i].name);
		assert_int_equal(pack_rules(p)->n, rows[i].rules);
		pack_free(p);
		text = end + 2;
	}
}

/* The policy that the evasion sample is judged by, as it stands. */
static void
the_sample_policy_loads(void **state)
{
	struct pack *p =
	    asking_pack(source_text("tests/vectors/evasion-sample-policy.yaml"));

	(void)state;
	assert_string_equal(pack_name(p, 0), "sample");
	assert_int_equal(pack_rules(p)->n, 4);
	pack_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    all_files_of_a_folder_are_loaded, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
		    one_bad_file_refuses_all, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
		    folders_and_links_that_others_could_change_are_refused, make_folder,
		    remove_folder),
		cmocka_unit_test_setup_teardown(
		    a_megabyte_is_the_most, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
		    nothing_is_something, make_folder, remove_folder),
		cmocka_unit_test(the_digest_does_not_hang_on_files),
		cmocka_unit_test(the_shipped_packs_load),
		cmocka_unit_test(the_manual_tells_the_truth),
		cmocka_unit_test(the_sample_policy_loads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
