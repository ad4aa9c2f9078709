#include "tests/support/unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/monitor/folders.h"

static char root[64];
static struct places *places;

static const struct service_users nobody_else;
static const struct service_users six = { .monitor = { 61001, 61001 },
	.keeper = { 61002, 61003 },
	.front = { 61004, 61004 },
	.session = { 61005, 61005 },
	.launch = { 61006, 61006 },
	.command = { 61007, 61007 } };

static int
setup(void **state)
{
	struct err err = { "" };
	char path[128];

	(void)state;
	strcpy(root, "/tmp/folders.XXXXXX");
	if (mkdtemp(root) == NULL || chmod(root, 0755) != 0)
		return -1;
	static const char *const above[] = { "var", "var/lib", "run" };
	for (size_t i = 0; i < ROWS(above); i++) {
		snprintf(path, sizeof path, "%s/%s", root, above[i]);
		if (mkdir(path, 0755) != 0)
			return -1;
	}
	return places_new(root, &places, &err) == RC_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	static const char *const names[] = { "var/lib/broker/keys/link",
		"var/lib/broker/keys/device.key", "var/lib/broker/keys/twin",
		"var/lib/broker/keys", "var/lib/broker", "var/lib", "var",
		"run/broker/empty", "run/broker", "run" };
	char path[128];

	(void)state;
	for (size_t i = 0; i < ROWS(names); i++) {
		snprintf(path, sizeof path, "%s/%s", root, names[i]);
		(void)remove(path);
	}
	places_free(places);
	return rmdir(root);
}

static void
check(const char *path, unsigned mode, unsigned uid, unsigned gid)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, mode);
	assert_int_equal(st.st_uid, uid);
	assert_int_equal(st.st_gid, gid);
}

static void
alone_all_is_ours(void **state)
{
	unsigned uid = geteuid(), gid = getegid();
	struct err err = { "" };

	(void)state;
	for (int again = 0; again < 2; again++) {
		assert_int_equal(folders_make(places, &nobody_else, &err), RC_OK);
		check(places->state, 0700, uid, gid);
		check(places->keys, 0700, uid, gid);
		check(places->run, 0755, uid, gid);
		check(places->home, 0555, uid, gid);
	}
	assert_int_equal(
	    folders_device_key("/no/such", &nobody_else, true, &err), RC_OK);
}

static void
what_cannot_be_made_is_named(void **state)
{
	struct err err = { "" };
	struct places *p = NULL;

	(void)state;
	assert_int_equal(places_new("/no/such/root", &p, &err), RC_OK);
	assert_int_equal(folders_make(p, &nobody_else, &err), RC_FAIL);
	assert_non_null(strstr(err.text, "/no/such/root/var/lib/broker"));
	places_free(p);
}

static void
as_root_services_cannot_move_folders(void **state)
{
	struct err err = { "" };

	(void)state;
	if (geteuid() != 0)
		skip();
	/* Also where an administrator had made them otherwise. */
	assert_int_equal(mkdir(places->state, 0700), 0);
	assert_int_equal(chown(places->state, 61002, 61003), 0);
	assert_int_equal(folders_make(places, &six, &err), RC_OK);
	check(places->state, 01775, 0, 61003);
	check(places->keys, 0755, 0, 0);
	check(places->run, 0755, 0, 0);
	check(places->home, 0555, 0, 0);
}

static void
as_root_a_link_is_no_folder(void **state)
{
	struct err err = { "" };

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(symlink("/tmp", places->state), 0);
	assert_int_equal(folders_make(places, &six, &err), RC_FAIL);
}

/* A key of this mode and owner, and what becomes of it. */
static void
try_key(unsigned mode, unsigned uid, enum rc want)
{
	struct err err = { "" };
	char path[160];
	int fd;

	snprintf(path, sizeof path, "%s/device.key", places->keys);
	(void)unlink(path);
	fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(fchown(fd, uid, 0), 0);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	assert_int_equal(folders_device_key(path, &six, false, &err), want);
	check(path, mode, uid, 0);
	assert_int_equal(folders_device_key(path, &six, true, &err), want);
	if (want == RC_OK)
		check(path, mode, 61002, 61003);
	else
		check(path, mode, uid, 0);
}

static void
as_root_the_keeper_gets_its_key(void **state)
{
	char path[160], twin[160];
	struct err err = { "" };

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(folders_make(places, &six, &err), RC_OK);
	try_key(0600, 0, RC_OK);
	try_key(0600, 61002, RC_OK);
	try_key(0640, 0, RC_REFUSE);
	try_key(0604, 0, RC_REFUSE);
	try_key(0600, 61001, RC_REFUSE);
	try_key(0600, 0, RC_OK);
	/* A second name could stand where somebody else may write. */
	snprintf(path, sizeof path, "%s/device.key", places->keys);
	snprintf(twin, sizeof twin, "%s/twin", places->keys);
	assert_int_equal(link(path, twin), 0);
	assert_int_equal(folders_device_key(path, &six, true, &err), RC_REFUSE);
	assert_int_equal(unlink(twin), 0);
	snprintf(twin, sizeof twin, "%s/link", places->keys);
	assert_int_equal(symlink(path, twin), 0);
	assert_int_equal(folders_device_key(twin, &six, true, &err), RC_REFUSE);
	assert_int_equal(chmod(places->keys, 0777), 0);
	assert_int_equal(folders_device_key(path, &six, true, &err), RC_REFUSE);
	assert_int_equal(folders_device_key("device.key", &six, true, &err), RC_REFUSE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(alone_all_is_ours, setup, teardown),
		cmocka_unit_test(what_cannot_be_made_is_named),
		cmocka_unit_test_setup_teardown(
		    as_root_services_cannot_move_folders, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    as_root_a_link_is_no_folder, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    as_root_the_keeper_gets_its_key, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
