/* What lies beside recordings, and its end. */
#include "tests/support/unit.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/keeper/shelf.h"

#define ID "00112233-4455-7677-8899-aabbccddeeff"

static const uint8_t sid[16] = { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x76, 0x77, 0x88,
	0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff };

struct fixture {
	char dir[64];
	struct depot *depot;
	struct shelf *shelf;
	struct err err;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	strcpy(f->dir, "/tmp/test_shelf.XXXXXX");
	*state = f;
	if (mkdtemp(f->dir) == NULL ||
	    depot_open(f->dir, 0, &f->depot, &f->err) != RC_OK)
		return -1;
	return shelf_open(f->depot, &f->shelf, &f->err) == RC_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char line[128];

	shelf_close(f->shelf);
	depot_close(f->depot);
	snprintf(line, sizeof line, "rm -rf '%s'", f->dir);
	assert_int_equal(system(line), 0);
	free(f);
	return 0;
}

static const char *
path(const struct fixture *f, const char *name)
{
	static char p[256];

	snprintf(p, sizeof p, "%s/%s", f->dir, name);
	return p;
}

static void
make(const struct fixture *f, const char *name, const char *text)
{
	int fd = open(path(f, name), O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static bool
there(const struct fixture *f, const char *name)
{
	struct stat st;

	return lstat(path(f, name), &st) == 0;
}

static void
a_shred_key_is_made_once_and_destroyed(void **state)
{
	struct fixture *f = *state;
	uint8_t key[SHRED_KEY] = { 0 }, other[SHRED_KEY];
	struct secret *back = NULL;
	struct stat st;
	char text[256];
	int fd;

	assert_false(shelf_key_there(f->shelf, sid));
	assert_int_equal(shelf_key_make(f->shelf, sid, key, &f->err), RC_OK);
	assert_true(shelf_key_there(f->shelf, sid));
	assert_int_equal(stat(path(f, "keys/" ID ".shred"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(
	    shred_load(path(f, "keys/" ID ".shred"), sid, &back, &f->err), RC_OK);
	assert_memory_equal(secret_span(back).p, key, SHRED_KEY);
	secret_free(back);
	assert_int_equal(shelf_key_make(f->shelf, sid, other, &f->err), RC_REFUSE);
	/* Whoever has it open sees noise in its place. */
	fd = open(path(f, "keys/" ID ".shred"), O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(shelf_key_destroy(f->shelf, sid, &f->err), RC_OK);
	assert_false(shelf_key_there(f->shelf, sid));
	assert_int_equal(read(fd, text, sizeof text), st.st_size);
	assert_memory_not_equal(text, "hoop-shred", 10);
	close(fd);
	assert_int_equal(shelf_key_destroy(f->shelf, sid, &f->err), RC_OK);
}

static void
what_is_no_key_is_left_alone(void **state)
{
	struct fixture *f = *state;

	make(f, "precious", "not ours to write to");
	assert_int_equal(symlink("../precious", path(f, "keys/" ID ".shred")), 0);
	assert_int_equal(shelf_key_destroy(f->shelf, sid, &f->err), RC_FAIL);
	unlink(path(f, "keys/" ID ".shred"));
	assert_int_equal(mkfifo(path(f, "keys/" ID ".shred"), 0600), 0);
	assert_int_equal(shelf_key_destroy(f->shelf, sid, &f->err), RC_FAIL);
	assert_true(there(f, "keys/" ID ".shred"));
}

static void
a_recording_goes_with_what_is_beside_it(void **state)
{
	struct fixture *f = *state;
	int fd = -1;

	assert_int_equal(shelf_proof(f->shelf, sid, &fd, &f->err), RC_END);
	make(f, "done/" ID ".cast", "x");
	make(f, "done/" ID ".proof", "proof\n");
	make(f, "done/" ID ".rcpt", "x");
	make(f, "done/00112233-4455-7677-8899-aabbccddee00.cast", "another");
	make(f, "keys/" ID ".shred", "x");
	assert_int_equal(shelf_proof(f->shelf, sid, &fd, &f->err), RC_OK);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	close(fd);
	assert_int_equal(shelf_remove(f->shelf, sid, &f->err), RC_OK);
	assert_false(there(f, "done/" ID ".cast"));
	assert_false(there(f, "done/" ID ".proof"));
	assert_false(there(f, "done/" ID ".rcpt"));
	assert_true(there(f, "done/00112233-4455-7677-8899-aabbccddee00.cast"));
	assert_true(there(f, "keys/" ID ".shred"));
	assert_int_equal(shelf_remove(f->shelf, sid, &f->err), RC_OK);
}

static void
loose_folders_are_refused(void **state)
{
	struct fixture *f = *state;
	struct shelf *s = NULL;

	assert_int_equal(chmod(path(f, "keys"), 0750), 0);
	assert_int_equal(shelf_open(f->depot, &s, &f->err), RC_REFUSE);
	assert_non_null(strstr(f->err.text, "folder keys must be ours"));
	assert_int_equal(rmdir(path(f, "keys")), 0);
	assert_int_equal(symlink("done", path(f, "keys")), 0);
	assert_int_equal(shelf_open(f->depot, &s, &f->err), RC_FAIL);
	assert_null(s);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_shred_key_is_made_once_and_destroyed),
		TEST(what_is_no_key_is_left_alone),
		TEST(a_recording_goes_with_what_is_beside_it),
		TEST(loose_folders_are_refused),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
