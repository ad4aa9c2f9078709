/* SQLite, held in one place: how the file is opened, how statements are run. */
#include "broker/store/sql.h"

#include <stdlib.h>
#include <string.h>

/* What makes version i + 1 of version i: a new file takes all steps, an old one those
 * that it lacks. */
static const char *const steps[] = {
#include "broker/store/schema.inc"
	,
#include "broker/store/schema_2.inc"
	,
#include "broker/store/schema_3.inc"
};

#define APPLICATION 1651666795 /* as in schema.sql */
#define VERSION ((int64_t)(sizeof steps / sizeof steps[0]))

static enum rc
fail(struct sql *q, const char *what, struct err *err)
{
	return err_set(err, RC_FAIL, "store: %s: %s", what, sqlite3_errmsg(q->db));
}

void
sql_text(sqlite3_stmt *st, int i, struct span s)
{
	sqlite3_bind_text(
	    st, i, s.len == 0 ? "" : (const char *)s.p, (int)s.len, SQLITE_STATIC);
}

void
sql_blob(sqlite3_stmt *st, int i, struct span s)
{
	if (s.len == 0)
		sqlite3_bind_zeroblob(st, i, 0);
	else
		sqlite3_bind_blob(st, i, s.p, (int)s.len, SQLITE_STATIC);
}

void
sql_u64(sqlite3_stmt *st, int i, uint64_t v)
{
	sqlite3_bind_int64(st, i, (sqlite3_int64)v);
}

struct span
sql_span(sqlite3_stmt *st, int i)
{
	const void *p = sqlite3_column_blob(st, i);

	return span_make(p, (size_t)sqlite3_column_bytes(st, i));
}

uint64_t
sql_number(sqlite3_stmt *st, int i)
{
	return (uint64_t)sqlite3_column_int64(st, i);
}

bool
sql_fixed(sqlite3_stmt *st, int i, uint8_t *out, size_t n)
{
	struct span s = sql_span(st, i);

	if (s.len != n)
		return false;
	memcpy(out, s.p, n);
	return true;
}

static void
finish(sqlite3_stmt *st)
{
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
}

enum rc
sql_run(struct sql *q, unsigned which, struct err *err)
{
	int r = sqlite3_step(q->st[which]);
	enum rc rc = r == SQLITE_DONE ? RC_OK : fail(q, q->texts[which], err);

	finish(q->st[which]);
	return rc;
}

enum rc
sql_each(struct sql *q, unsigned which, sql_row_fn *row, void *arg, struct err *err)
{
	sqlite3_stmt *st = q->st[which];
	enum rc rc = RC_OK;
	int r = SQLITE_ROW;

	while (rc == RC_OK && (r = sqlite3_step(st)) == SQLITE_ROW)
		rc = row(st, arg, err);
	if (rc == RC_OK && r != SQLITE_DONE)
		rc = fail(q, q->texts[which], err);
	finish(st);
	return rc;
}

enum rc
sql_one(struct sql *q, unsigned which, sql_row_fn *row, void *arg, struct err *err)
{
	sqlite3_stmt *st = q->st[which];
	int r = sqlite3_step(st);
	enum rc rc = RC_END;

	if (r == SQLITE_ROW)
		rc = row(st, arg, err);
	else if (r != SQLITE_DONE)
		rc = fail(q, q->texts[which], err);
	finish(st);
	return rc;
}

static enum rc
execute(struct sql *q, const char *sql, struct err *err)
{
	if (sqlite3_exec(q->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return fail(q, "set up", err);
	return RC_OK;
}

static enum rc
number(struct sql *q, const char *sql, int64_t *ret, struct err *err)
{
	sqlite3_stmt *st = NULL;
	enum rc rc = RC_OK;

	if (sqlite3_prepare_v2(q->db, sql, -1, &st, NULL) != SQLITE_OK ||
	    sqlite3_step(st) != SQLITE_ROW)
		rc = fail(q, sql, err);
	else
		*ret = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return rc;
}

/* All in one transaction: a file is of one version or the other. */
static enum rc
upgrade(struct sql *q, int64_t version, struct err *err)
{
	enum rc rc = execute(q, "BEGIN IMMEDIATE", err);

	for (int64_t v = version; rc == RC_OK && v < VERSION; v++)
		rc = execute(q, steps[v], err);
	return rc == RC_OK ? execute(q, "COMMIT", err) : rc;
}

/* Make the tables in an empty file, bring an older one up to date; refuse others. */
static enum rc
check_version(struct sql *q, struct err *err)
{
	int64_t app, version, tables;
	enum rc rc;

	if ((rc = number(q, "PRAGMA application_id", &app, err)) != RC_OK ||
	    (rc = number(q, "PRAGMA user_version", &version, err)) != RC_OK ||
	    (rc = number(q, "SELECT count(*) FROM sqlite_schema", &tables, err)) !=
		RC_OK)
		return rc;
	if (app == 0 && version == 0 && tables == 0)
		return upgrade(q, 0, err);
	if (app != APPLICATION)
		return err_set(err, RC_REFUSE, "store: the file is another program's");
	if (version < 1 || version > VERSION)
		return err_set(err, RC_REFUSE,
		    "store: the file has version %lld, not %lld", (long long)version,
		    (long long)VERSION);
	return version < VERSION ? upgrade(q, version, err) : RC_OK;
}

static enum rc
prepare(struct sql *q, struct err *err)
{
	if ((q->st = calloc(q->n, sizeof *q->st)) == NULL)
		return err_memory(err);
	for (size_t i = 0; i < q->n; i++)
		if (sqlite3_prepare_v3(q->db, q->texts[i], -1,
			SQLITE_PREPARE_PERSISTENT, &q->st[i], NULL) != SQLITE_OK)
			return fail(q, q->texts[i], err);
	return RC_OK;
}

/* Everything but the open itself.  The pragmas come in this order: first those that
 * guard us from a file that somebody else made. */
static enum rc
set_up(struct sql *q, struct err *err)
{
	char byte;
	enum rc rc;

	sqlite3_extended_result_codes(q->db, 1);
	sqlite3_db_config(q->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(q->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	/* SQLite seeds itself from a device file: now, since a confined keeper cannot.
	 */
	sqlite3_randomness(sizeof byte, &byte);
	if ((rc = execute(q,
		 "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; "
		 "PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON; "
		 "PRAGMA recursive_triggers = ON; "
		 "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL",
		 err)) != RC_OK)
		return rc;
	if ((rc = check_version(q, err)) != RC_OK)
		return rc;
	return prepare(q, err);
}

static enum rc
open_file(struct sql *q, const char *dir, struct err *err)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
			  SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX;
	struct buf path;
	enum rc rc = RC_OK;
	char *real;

	/* SQLite's "no follow" is about the whole path; ours is about the file. */
	if ((real = realpath(dir, NULL)) == NULL)
		return err_errno(err, RC_FAIL, "store");
	buf_init(&path, 8192);
	buf_printf(&path, "%s/broker.db", real);
	if (sqlite3_open_v2(buf_cstr(&path), &q->db, flags, NULL) != SQLITE_OK)
		rc = fail(q, "open", err);
	buf_clear(&path);
	free(real);
	return rc;
}

enum rc
sql_open(
    struct sql *q, const char *dir, const char *const *texts, size_t n, struct err *err)
{
	enum rc rc;

	*q = (struct sql){ .texts = texts, .n = n };
	if ((rc = open_file(q, dir, err)) != RC_OK)
		return rc;
	return set_up(q, err);
}

void
sql_close(struct sql *q)
{
	for (size_t i = 0; q->st != NULL && i < q->n; i++)
		sqlite3_finalize(q->st[i]);
	free(q->st);
	sqlite3_close(q->db);
	*q = (struct sql){ 0 };
}
