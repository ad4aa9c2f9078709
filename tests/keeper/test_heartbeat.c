/* An idle log still moves: hours go by in a moment, since the loop's clock is ours. */
#include "tests/support/unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/keeper/journal.h"
#include "lib/base/clock.h"
#include "recorder/ledger.h"

#define OK(call) assert_int_equal((call), RC_OK)
#define HOUR 3600000u

static uint64_t skipped;

uint64_t __real_clock_mono_ms(void);
uint64_t __wrap_clock_mono_ms(void);

uint64_t
__wrap_clock_mono_ms(void)
{
	return __real_clock_mono_ms() + skipped;
}

struct fixture {
	char dir[64], log[80];
	struct loop *loop;
	struct depot *depot;
	struct store *store;
	struct keyfile *key;
	struct journal *j;
	unsigned published;
	uint64_t size; /* of the newest checkpoint */
	struct err err;
};

static void
published(void *arg, const struct checkpoint *c, struct span text)
{
	struct fixture *f = arg;

	assert_true(text.len > 0);
	f->published++;
	f->size = c->size;
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct journal_init init;
	char key[96];

	*state = f;
	strcpy(f->dir, "/tmp/test_heartbeat.XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	snprintf(f->log, sizeof f->log, "%s/log", f->dir);
	snprintf(key, sizeof key, "%s/device.key", f->dir);
	OK(loop_new(&f->loop, &f->err));
	OK(depot_open(f->dir, 0, &f->depot, &f->err));
	OK(store_open_memory(&f->store, &f->err));
	OK(keyfile_new(KEYFILE_DEVICE, span_of("test.example"), &f->key, &f->err));
	init = (struct journal_init){ .loop = f->loop,
		.depot = f->depot,
		.state = f->dir,
		.key = f->key,
		.key_path = key };
	OK(journal_open_take(&init, &f->j, &f->err));
	OK(journal_start(f->j, f->store, &f->err));
	journal_publish(f->j, published, f);
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char line[128];

	journal_close(f->j);
	keyfile_free(f->key);
	store_close(f->store);
	depot_close(f->depot);
	loop_free(f->loop);
	snprintf(line, sizeof line, "rm -rf '%s'", f->dir);
	assert_int_equal(system(line), 0);
	free(f);
	return 0;
}

/* Time goes by, and what is due is done. */
static void
pass(struct fixture *f, uint64_t ms)
{
	skipped += ms;
	for (int i = 0; i < 4; i++)
		OK(loop_step(f->loop, 0, &f->err));
}

static enum rc
count_beats(void *arg, uint64_t index, const struct leaf *leaf, struct err *err)
{
	(void)index;
	(void)err;
	*(unsigned *)arg += leaf->type == LEAF_HEARTBEAT;
	return RC_OK;
}

/* As a verifier reads it. */
static unsigned
beats(struct fixture *f)
{
	struct ledger *l = NULL;
	char path[128], text[4096];
	unsigned n = 0;
	ssize_t len;
	int fd;

	snprintf(path, sizeof path, "%s/" LEDGER_CHECKPOINT, f->log);
	assert_true((fd = open(path, O_RDONLY)) >= 0);
	assert_true((len = read(fd, text, sizeof text)) > 0);
	close(fd);
	snprintf(path, sizeof path, "%s/" LEDGER_ENTRIES, f->log);
	assert_true((fd = open(path, O_RDONLY)) >= 0);
	OK(ledger_read(fd, span_make(text, (size_t)len), count_beats, &n, &l, &f->err));
	ledger_close(l);
	close(fd);
	return n;
}

static void
an_idle_log_moves_each_hour(void **state)
{
	struct fixture *f = *state;
	uint64_t first = f->size;

	assert_int_equal(f->published, 1);
	assert_int_equal(beats(f), 0);
	pass(f, HOUR - 1000);
	assert_int_equal(f->published, 1);
	for (unsigned i = 1; i <= 3; i++) {
		pass(f, i == 1 ? 1001 : HOUR);
		assert_int_equal(beats(f), i);
		assert_int_equal(f->published, i + 1);
		assert_int_equal(f->size, first + i);
	}
}

/* Who has something else to say is alive. */
static void
a_busy_log_has_no_need(void **state)
{
	struct fixture *f = *state;
	uint8_t digest[32] = { 0 };

	for (unsigned i = 1; i <= 4; i++) {
		pass(f, HOUR / 2);
		digest[0] = (uint8_t)i;
		OK(journal_in_force(f->j, LEAF_POLICY, digest, &f->err));
		OK(journal_sync(f->j, &f->err));
		journal_committed(f->j);
		pass(f, 0);
		assert_int_equal(f->published, i + 1);
	}
	assert_int_equal(beats(f), 0);
	pass(f, HOUR + 1);
	assert_int_equal(beats(f), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_idle_log_moves_each_hour),
		TEST(a_busy_log_has_no_need),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
