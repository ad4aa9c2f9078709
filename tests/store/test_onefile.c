/* What the SQLite file alone must hold: it refuses edits, is brought up to date, and
 * several processes on it spend nothing twice. */
#include "tests/store/bed.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

static int
sql(struct fixture *f, const char *text)
{
	char path[128];
	sqlite3 *db = NULL;
	int r;

	snprintf(path, sizeof path, "%s/broker.db", f->dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	r = sqlite3_exec(db, text, NULL, NULL, NULL);
	sqlite3_close(db);
	return r;
}

/* An open grant (of 7F3K-0001), one used up, a pending, an approved and a denied hold
 * (0003, 0004, 0005), a waiting and an approved article (by 0006), a notice. */
static void
fill(struct fixture *f)
{
	struct store_notice n = some_notice(NOTE_1);

	OK(store_begin(f->s, &f->err));
	approved(f, "7F3K-0001");
	OK(add_grant(f, "7F3K-0001", 3));
	OK(use(f, "7F3K-0001", 150));
	approved(f, "7F3K-0002");
	OK(add_grant(f, "7F3K-0002", 1));
	OK(use(f, "7F3K-0002", 150));
	add_hold(f, "7F3K-0003", 10);
	OK(set_hold(f, "7F3K-0003", HOLD_PENDING, "bob"));
	approved(f, "7F3K-0004");
	add_hold(f, "7F3K-0005", 10);
	OK(set_hold(f, "7F3K-0005", HOLD_DENIED, "bob"));
	OK(bring(f, "up", 1));
	OK(bring(f, "up", 2));
	approved(f, "7F3K-0006");
	OK(set_article(f, "up", 2, ARTICLE_APPROVED, "7F3K-0006"));
	OK(store_notice_add(f->s, &n, &f->err));
	OK(store_commit(f->s, &f->err));
}

static void
the_file_refuses_edits(void **state)
{
	static const char *const edits[] = {
		/* holds */
		"UPDATE holds SET state = 2 WHERE id = '7F3K-0003'", /* by nobody */
		"UPDATE holds SET state = 6 WHERE id = '7F3K-0003'",
		"UPDATE holds SET state = 1 WHERE id = '7F3K-0004'",
		"UPDATE holds SET state = 3 WHERE id = '7F3K-0004'",
		"UPDATE holds SET state = 1 WHERE id = '7F3K-0005'",
		"INSERT INTO holds SELECT '7F3K-0009', identity, digest, rule, policy, "
		"canon, at_ms, until_ms, 2, changed_ms, detail FROM holds LIMIT 1",
		"INSERT OR REPLACE INTO holds SELECT id, identity, digest, rule, "
		"policy, canon, at_ms, until_ms, 1, changed_ms, detail FROM holds "
		"WHERE id = '7F3K-0005'",
		/* votes */
		"INSERT INTO votes (hold, by, at_ms, state, proof, reason) "
		"VALUES ('7F3K-0005', 'eve', 1, 1, '', '')",
		"INSERT INTO votes (hold, by, at_ms, state, proof, reason) "
		"VALUES ('7F3K-0003', 'bob', 1, 2, '', '')",
		"INSERT OR REPLACE INTO votes (hold, by, at_ms, state, proof, reason) "
		"VALUES ('7F3K-0003', 'bob', 1, 1, 'uid', '')",
		"INSERT INTO votes (hold, by, at_ms, state, proof, reason, verified) "
		"VALUES ('7F3K-0003', 'eve', 1, 1, '', '', 2)",
		"UPDATE votes SET verified = 1",
		"DELETE FROM votes",
		/* grants */
		"UPDATE grants SET used = 0 WHERE id = '7F3K-0001'",
		"UPDATE grants SET used = 3, state = 2 WHERE id = '7F3K-0001'",
		"UPDATE grants SET used = 3 WHERE id = '7F3K-0001'",
		"UPDATE grants SET used = 4 WHERE id = '7F3K-0001'",
		"UPDATE grants SET state = 2 WHERE id = '7F3K-0001'",
		"UPDATE grants SET state = 5 WHERE id = '7F3K-0001'",
		"UPDATE grants SET uses = 9 WHERE id = '7F3K-0001'",
		"UPDATE grants SET until_ms = 999 WHERE id = '7F3K-0001'",
		"UPDATE grants SET at_ms = 1 WHERE id = '7F3K-0001'",
		"UPDATE grants SET identity = 'eve' WHERE id = '7F3K-0001'",
		"UPDATE grants SET rule = 'p/*' WHERE id = '7F3K-0001'",
		"UPDATE grants SET digest = zeroblob(32) WHERE id = '7F3K-0001'",
		"UPDATE grants SET detail = '' WHERE id = '7F3K-0001'",
		"UPDATE grants SET state = 1 WHERE id = '7F3K-0002'",
		"UPDATE grants SET state = 3 WHERE id = '7F3K-0002'",
		"UPDATE grants SET used = 0, state = 1 WHERE id = '7F3K-0002'",
		"DELETE FROM grants",
		"INSERT OR REPLACE INTO grants SELECT id, identity, rule, digest, "
		"at_ms, until_ms, uses, 0, 1, changed_ms, detail FROM grants "
		"WHERE id = '7F3K-0002'",
		/* of a hold that was not spent, of one spent for an article, of none */
		"INSERT INTO grants SELECT '7F3K-0004', identity, rule, digest, at_ms, "
		"until_ms, uses, 0, 1, changed_ms, detail FROM grants LIMIT 1",
		"INSERT INTO grants SELECT '7F3K-0006', identity, rule, digest, at_ms, "
		"until_ms, uses, 0, 1, changed_ms, detail FROM grants LIMIT 1",
		"INSERT INTO grants SELECT '7F3K-0009', identity, rule, digest, at_ms, "
		"until_ms, uses, 0, 1, changed_ms, detail FROM grants LIMIT 1",
		/* articles */
		"UPDATE articles SET content = 'x' WHERE state = 2",
		"UPDATE articles SET name = 'x' WHERE state = 2",
		"UPDATE articles SET digest = zeroblob(32) WHERE state = 2",
		"UPDATE articles SET by = 'eve' WHERE state = 2",
		"UPDATE articles SET detail = '' WHERE state = 1",
		"UPDATE articles SET state = 1, hold = '' WHERE state = 2",
		"UPDATE articles SET hold = '7F3K-0001' WHERE state = 2",
		"UPDATE articles SET state = 2 WHERE state = 1",
		"UPDATE articles SET state = 2, hold = '7F3K-0004' WHERE state = 1",
		"UPDATE articles SET state = 2, hold = '7F3K-0001' WHERE state = 1",
		"UPDATE articles SET state = 2, hold = '7F3K-0006' WHERE state = 1",
		"UPDATE articles SET state = 2, hold = '7F3K-0009' WHERE state = 1",
		"DELETE FROM articles",
		"INSERT INTO articles SELECT kind, 'x', digest, content, at_ms, "
		"changed_ms, state, by, hold, detail FROM articles WHERE state = 2",
		"INSERT OR REPLACE INTO articles SELECT kind, name, digest, 'x', "
		"at_ms, changed_ms, 1, by, '', detail FROM articles WHERE state = 1",
		/* notices */
		"UPDATE notices SET body = 'x'",
		"UPDATE notices SET outlet = 'x'",
		"UPDATE notices SET at_ms = 1",
		"UPDATE notices SET state = 4",
		"DELETE FROM notices",
		"INSERT OR REPLACE INTO notices SELECT id, outlet, at_ms, next_ms, "
		"tries, state, 'x', error FROM notices",
	};
	struct fixture *f = *state;
	char guarded[600];

	fill(f);
	for (size_t i = 0; i < ROWS(edits); i++) {
		snprintf(
		    guarded, sizeof guarded, "PRAGMA foreign_keys = ON; %s", edits[i]);
		if (sql(f, edits[i]) == SQLITE_OK || sql(f, guarded) == SQLITE_OK)
			fail_msg("taken: %s", edits[i]);
	}
	/* And what is right is taken, so that it was not the form that failed. */
	assert_int_equal(
	    sql(f, "UPDATE grants SET used = 2 WHERE id = '7F3K-0001';"
		   "UPDATE grants SET used = 3, state = 2 WHERE id = '7F3K-0001';"
		   "UPDATE holds SET state = 6 WHERE id = '7F3K-0004';"
		   "UPDATE articles SET state = 2, hold = '7F3K-0004' WHERE state = 1;"
		   "UPDATE articles SET state = 3;"
		   "UPDATE articles SET state = 1, hold = '', by = 'eve';"
		   "UPDATE notices SET state = 2; DELETE FROM notices;"
		   "INSERT INTO votes (hold, by, at_ms, state, proof, reason) "
		   "VALUES ('7F3K-0003', 'eve', 1, 2, '', '');"
		   "UPDATE holds SET state = 2 WHERE id = '7F3K-0003'"),
	    SQLITE_OK);
	OK(reopen(f));
}

static const char version_1[] =
#include "broker/store/schema.inc"
    ;
static const char version_2[] =
#include "broker/store/schema_2.inc"
    ;

/* A file of an earlier version, with a hold in each state that it may be found in. */
static void
upgrade_from(struct fixture *f, int version)
{
	char path[128];
	unsigned n = 0;
	struct buf b;

	store_close(f->s);
	f->s = NULL;
	snprintf(path, sizeof path, "%s/broker.db", f->dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(sql(f, version_1), SQLITE_OK);
	if (version == 2)
		assert_int_equal(sql(f, version_2), SQLITE_OK);
	assert_int_equal(sql(f, "INSERT INTO holds VALUES ('" HOLD "', 'ci', "
				"zeroblob(32), 'p/r', zeroblob(32), x'61', 10, 20, 2, "
				"15, '{}');"
				"INSERT INTO votes VALUES ('" HOLD "', 'bob', 15, 2, "
				"'key', 'fine')"),
	    SQLITE_OK);
	for (int i = 0; i < 2; i++) {
		OK(reopen(f));
		assert_int_equal(state_of(f, HOLD), HOLD_APPROVED);
	}
	buf_init(&b, 1000);
	OK(store_hold_next(
	    f->s, HOLD_APPROVED, span_of(""), 0, put_hold_id, &b, &f->err));
	assert_string_equal(buf_cstr(&b), HOLD " ");
	buf_clear(&b);
	OK(store_begin(f->s, &f->err));
	OK(add_grant(f, HOLD, 1));
	OK(use(f, HOLD, 150));
	add_hold(f, OTHER, 10);
	OK(set_hold(f, OTHER, HOLD_PENDING, "bob"));
	OK(store_commit(f->s, &f->err));
	OK(store_votes(f->s, span_of(OTHER), check_vote, &n, &f->err));
	assert_int_equal(n, 1);
	assert_int_not_equal(
	    sql(f, "UPDATE grants SET state = 1, used = 0"), SQLITE_OK);
}

static void
old_files_are_brought_up_to_date(void **state)
{
	upgrade_from(*state, 1);
	upgrade_from(*state, 2);
}

/* ---- several processes on one file ---- */

#define PROCESSES 4

/* What each of them tries: RC_OK for whoever comes first. */
typedef enum rc attempt_fn(struct fixture *f, unsigned n);

/* A file that another one writes to right now is tried again; all else counts. */
static enum rc
attempt(struct fixture *f, attempt_fn *fn, unsigned n)
{
	enum rc rc;

	while (store_begin(f->s, &f->err) != RC_OK)
		usleep(200);
	rc = fn(f, n);
	if (rc == RC_FAIL) {
		store_rollback(f->s);
		return rc;
	}
	while (store_commit(f->s, &f->err) != RC_OK)
		usleep(200);
	return rc;
}

/* tries attempts by each process: how many succeeded. */
static unsigned
race(struct fixture *f, attempt_fn *fn, unsigned tries)
{
	unsigned won = 0;
	pid_t pid[PROCESSES];
	int status;

	store_close(f->s);
	f->s = NULL;
	fflush(stdout);
	for (unsigned p = 0; p < PROCESSES; p++)
		if ((pid[p] = fork()) == 0) {
			unsigned mine = 0;

			while (reopen(f) != RC_OK)
				usleep(200);
			for (unsigned i = 0; i < tries; i++) {
				enum rc rc = attempt(f, fn, p + i);

				mine += rc == RC_OK;
				if (rc == RC_FAIL)
					_exit(255);
			}
			store_close(f->s);
			_exit((int)mine);
		}
	for (unsigned p = 0; p < PROCESSES; p++) {
		assert_int_equal(waitpid(pid[p], &status, 0), pid[p]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 255);
		won += (unsigned)WEXITSTATUS(status);
	}
	OK(reopen(f));
	return won;
}

static enum rc
try_spend(struct fixture *f, unsigned n)
{
	(void)n;
	return set_hold(f, HOLD, HOLD_SPENT, "");
}

static enum rc
try_grant(struct fixture *f, unsigned n)
{
	(void)n;
	return add_grant(f, HOLD, 60);
}

static enum rc
try_use(struct fixture *f, unsigned n)
{
	(void)n;
	return use(f, HOLD, 150);
}

static enum rc
try_end(struct fixture *f, unsigned n)
{
	static const enum hold_state ends[] = { HOLD_APPROVED, HOLD_DENIED,
		HOLD_EXPIRED, HOLD_CANCELLED };
	enum hold_state to = ends[n % ROWS(ends)];

	return set_hold(f, OTHER, to, to <= HOLD_DENIED ? "alice" : "");
}

static void
processes_spend_nothing_twice(void **state)
{
	struct fixture *f = *state;
	struct buf b;

	OK(store_begin(f->s, &f->err));
	approved(f, HOLD);
	approved(f, "7F3K-0001");
	add_hold(f, OTHER, 10);
	OK(store_commit(f->s, &f->err));
	assert_int_equal(race(f, try_grant, 50), 1);
	assert_int_equal(state_of(f, HOLD), HOLD_SPENT);
	assert_int_equal(race(f, try_spend, 5), 0);
	assert_int_equal(race(f, try_use, 50), 60);
	buf_init(&b, 100);
	OK(store_grant_get(f->s, span_of(HOLD), put_grant, &b, &f->err));
	assert_string_equal(buf_cstr(&b), HOLD ":2:60/60 ");
	buf_clear(&b);
	/* One comes first; after an approval one end may follow. */
	assert_in_range(race(f, try_end, 10), 1, 2);
	assert_int_not_equal(state_of(f, OTHER), HOLD_PENDING);
}

static void
two_hundred_attempts_spend_once(void **state)
{
	struct fixture *f = *state;

	OK(store_begin(f->s, &f->err));
	approved(f, HOLD);
	OK(store_commit(f->s, &f->err));
	assert_int_equal(race(f, try_spend, 200 / PROCESSES), 1);
	assert_int_equal(state_of(f, HOLD), HOLD_SPENT);
}

#define SQLITE(t) cmocka_unit_test_setup_teardown(t, setup_sqlite, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SQLITE(the_file_refuses_edits),
		SQLITE(old_files_are_brought_up_to_date),
		SQLITE(processes_spend_nothing_twice),
		SQLITE(two_hundred_attempts_spend_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
