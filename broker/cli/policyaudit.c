/* Records of decisions; see policyaudit.h.  Rows and lines become the same objects, and
 * those become records.  A database is opened for reading only. */
#include "broker/cli/policyaudit.h"

#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/cli/jsonlines.h"
#include "lib/base/clock.h"
#include "lib/base/uri.h"

#define CUT 512 /* a recorded value of that length may have been longer */

struct audit {
	enum rc (*fn)(void *arg, const struct auditrecord *r, struct err *err);
	void *arg;
	struct auditcounts *counts;
	json_t *meta; /* of the recording whose lines are read; or NULL */
};

static const char *
text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s == NULL ? "" : s;
}

static struct span
value_of(const json_t *v)
{
	return span_make(json_string_value(v), json_string_length(v));
}

/* Copy a text of one object into another, if there is one. */
static void
take(const json_t *from, const char *key, json_t *to, const char *as)
{
	json_t *v = json_object_get(from, key);

	if (json_is_string(v) && json_string_length(v) > 0)
		json_object_set(to, as, v);
}

static json_t *
new_person(const json_t *identity, const json_t *groups)
{
	json_t *who = json_object();

	if (json_is_string(identity))
		json_object_set(who, "name", (json_t *)identity);
	take(identity, "name", who, "name");
	take(identity, "kind", who, "kind");
	take(identity, "owner", who, "owner");
	groups = groups != NULL ? groups : json_object_get(identity, "groups");
	if (groups != NULL)
		json_object_set(who, "groups", (json_t *)groups);
	return who;
}

static json_t *
new_facts(const json_t *identity, const json_t *groups, const json_t *place)
{
	static const char *const keys[] = { "profile", "account", "region", "role" };
	json_t *facts = json_object();

	json_object_set_new(facts, "identity", new_person(identity, groups));
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		take(place, keys[i], facts, keys[i]);
	return facts;
}

static void
set_time(json_t *facts, const json_t *o)
{
	const json_t *ms = json_object_get(o, "at_ms");
	char iso[21];

	take(o, "time", facts, "at");
	if (!json_is_integer(ms) || json_integer_value(ms) <= 0)
		return;
	clock_iso((uint64_t)json_integer_value(ms), iso);
	json_object_set_new(facts, "at", json_string(iso));
}

/* Takes facts. */
static enum rc
tell_take(const struct audit *a, json_t *facts, struct auditrecord *r, struct err *err)
{
	enum rc rc;

	r->facts = facts;
	rc = a->fn(a->arg, r, err);
	json_decref(facts);
	return rc;
}

/* A command: what was decided stands in verdict (its member of that name), who and where
 * beside. */
static enum rc
tell_command(const struct audit *a, const json_t *verdict, const char *effect,
    const char *rule, json_t *facts, struct err *err)
{
	const char *path = text(verdict, "path"), *session = text(verdict, "session");
	struct auditrecord r = { .path = PATH_EXEC,
		.line = value_of(json_object_get(verdict, "command")),
		.rule = rule,
		.code = text(verdict, "code") };

	if (strcmp(path, path_name(PATH_SHELL)) == 0)
		r.path = PATH_SHELL;
	/* A command on a target: what the rules were asked about is its line. */
	if (json_object_get(verdict, "line") != NULL)
		r.line = value_of(json_object_get(verdict, "line"));
	if (r.line.len == 0 || !effect_find(effect, &r.effect)) {
		a->counts->unread++;
	} else if (span_starts(r.line, "sdk ") || *path == 'f' ||
		   strcmp(session, "shell") == 0 || strcmp(session, "raw") == 0) {
		a->counts->connections++;
	} else {
		return tell_take(a, facts, &r, err);
	}
	json_decref(facts);
	return RC_OK;
}

static enum rc
tell_thin(const struct audit *a, const char *rule, struct err *err)
{
	const struct auditrecord r = { .path = PATH_API, .thin = true, .rule = rule };

	return a->fn(a->arg, &r, err);
}

/* ---- one form each ---- */

static enum rc
read_session(struct audit *a, const json_t *o, struct err *err)
{
	json_t *meta = json_object_get(o, "meta"), *facts;

	json_decref(a->meta);
	a->meta = json_incref(meta);
	facts = new_facts(json_object_get(meta, "identity"),
	    json_object_get(meta, "groups"), json_object_get(meta, "target"));
	set_time(facts, o);
	return tell_command(
	    a, meta, text(meta, "verdict"), text(meta, "rule"), facts, err);
}

static bool
was_cut(const json_t *params)
{
	const char *key;
	json_t *list, *v;
	size_t i;

	json_object_foreach((json_t *)params, key, list)
	{
		json_array_foreach(list, i, v)
		{
			if (json_string_length(v) >= CUT ||
			    span_starts(value_of(v), "[MASKED:"))
				return true;
		}
	}
	return false;
}

/* Calls of commands follow from their words, which are judged; those of SDKs alone. */
static enum rc
read_call(struct audit *a, const json_t *o, struct err *err)
{
	const json_t *params = json_object_get(o, "params");
	struct auditrecord r = { .path = PATH_API,
		.call = o,
		.rule = text(o, "rule"),
		.code = text(o, "code"),
		.effect = EFFECT_DENY };
	json_t *facts;

	if (strncmp(text(a->meta, "command"), "sdk ", 4) != 0)
		return RC_OK;
	if (!json_is_object(params) || text(o, "operation")[0] == '\0' ||
	    json_is_true(json_object_get(o, "params_cut")) || was_cut(params))
		return tell_thin(a, text(o, "rule"), err);
	if (text(o, "hold")[0] != '\0')
		r.effect = EFFECT_HOLD;
	else if (strcmp(text(o, "verdict"), effect_name(EFFECT_ALLOW)) == 0)
		r.effect = EFFECT_ALLOW;
	facts = new_facts(json_object_get(a->meta, "identity"),
	    json_object_get(a->meta, "groups"), json_object_get(a->meta, "target"));
	set_time(facts, o);
	return tell_take(a, facts, &r, err);
}

/* A row of the table of events; its detail is an object, or the text of one. */
static enum rc
read_event(struct audit *a, const json_t *o, struct err *err)
{
	const json_t *given = json_object_get(o, "detail");
	json_t *detail = json_is_string(given) ? json_loads(json_string_value(given),
						     JSON_REJECT_DUPLICATES, NULL)
					       : json_incref((json_t *)given);
	const json_t *who = json_object_get(o, "identity");
	const json_t *asker = json_object_get(detail, "asker");
	json_t *facts, *person, *auth = json_object_get(asker, "auth");
	enum rc rc;

	if (who == NULL)
		who = json_object_get(detail, "identity");
	facts = new_facts(who, json_object_get(asker, "groups"), detail);
	person = json_object_get(facts, "identity");
	take(asker, "kind", person, "kind");
	take(asker, "owner", person, "owner");
	if (auth != NULL)
		json_object_set(facts, "auth", auth);
	set_time(facts, o);
	rc = tell_command(
	    a, detail, text(detail, "effect"), text(o, "rule"), facts, err);
	json_decref(detail);
	return rc;
}

static enum rc
read_object(struct audit *a, const json_t *o, struct err *err)
{
	const char *t = text(o, "t"), *kind = text(o, "kind");

	if (strcmp(t, "session") == 0)
		return read_session(a, o, err);
	if (strcmp(t, "call") == 0 || strcmp(t, "refused") == 0)
		return read_call(a, o, err);
	if (strcmp(kind, "verdict") == 0)
		return read_event(a, o, err);
	/* Of calls the table keeps no parameters. */
	if (strcmp(kind, "call") == 0 || strcmp(kind, "call.denied") == 0 ||
	    strcmp(kind, "call.revealed") == 0)
		return tell_thin(a, text(o, "rule"), err);
	if (*t == '\0' && *kind == '\0')
		a->counts->unread++;
	return RC_OK;
}

/* ---- files ---- */

static enum rc
read_lines(struct audit *a, int fd, struct err *err)
{
	struct jsonlines *in = NULL;
	json_t *o = NULL;
	enum rc rc;

	if ((rc = jsonlines_new(fd, NULL, NULL, &in, err)) != RC_OK)
		return rc;
	do {
		if ((rc = jsonlines_next(in, &o, err)) == RC_OK) {
			rc = read_object(a, o, err);
			json_decref(o);
		} else if (rc == RC_REFUSE) {
			a->counts->unread++;
			rc = RC_OK;
		}
	} while (rc == RC_OK);
	jsonlines_free(in);
	return rc == RC_END ? RC_OK : rc;
}

static json_t *
column(sqlite3_stmt *st, int i)
{
	const char *s = (const char *)sqlite3_column_text(st, i);

	return json_stringn(s == NULL ? "" : s, (size_t)sqlite3_column_bytes(st, i));
}

static enum rc
read_rows(struct audit *a, sqlite3_stmt *st, struct err *err)
{
	json_t *o;
	enum rc rc = RC_OK;
	int step;

	while (rc == RC_OK && (step = sqlite3_step(st)) == SQLITE_ROW) {
		o = json_pack("{s:I, s:o, s:o, s:o, s:o}", "at_ms",
		    (json_int_t)sqlite3_column_int64(st, 0), "kind", column(st, 1),
		    "identity", column(st, 2), "rule", column(st, 3), "detail",
		    column(st, 4));
		if (o == NULL)
			a->counts->unread++;
		else
			rc = read_object(a, o, err);
		json_decref(o);
	}
	if (rc == RC_OK && step != SQLITE_DONE)
		return err_set(
		    err, RC_REFUSE, "%s", sqlite3_errmsg(sqlite3_db_handle(st)));
	return rc;
}

/* A database that nobody writes has no log beside it, or an empty one; it is then read
 * without a trace.  Else SQLite has to share the log with whoever writes. */
static enum rc
open_database(const char *path, sqlite3 **ret, struct err *err)
{
	char log[PATH_MAX];
	struct stat st;
	struct buf uri;
	enum rc rc = RC_OK;

	if (snprintf(log, sizeof log, "%s-wal", path) >= (int)sizeof log)
		return err_set(err, RC_REFUSE, "the path is too long");
	buf_init(&uri, 4 * PATH_MAX);
	buf_text(&uri, "file:");
	uri_encode(&uri, span_of(path), "/");
	if (stat(log, &st) != 0 || st.st_size == 0)
		buf_text(&uri, "?immutable=1");
	if (!buf_ok(&uri))
		rc = err_memory(err);
	else if (sqlite3_open_v2(buf_cstr(&uri), ret,
		     SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) != SQLITE_OK)
		rc = err_set(err, RC_REFUSE, "%s", sqlite3_errmsg(*ret));
	buf_clear(&uri);
	return rc;
}

static enum rc
read_database(struct audit *a, const char *path, struct err *err)
{
	static const char select[] =
	    "SELECT at_ms, kind, identity, rule, detail FROM events ORDER BY seq";
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	enum rc rc;

	if ((rc = open_database(path, &db, err)) == RC_OK &&
	    sqlite3_prepare_v2(db, select, -1, &st, NULL) != SQLITE_OK)
		rc = err_set(err, RC_REFUSE, "%s", sqlite3_errmsg(db));
	if (rc == RC_OK)
		rc = read_rows(a, st, err);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return rc;
}

static bool
is_database(int fd)
{
	char magic[16];

	return pread(fd, magic, sizeof magic, 0) == sizeof magic &&
	       memcmp(magic, "SQLite format 3", sizeof magic) == 0;
}

enum rc
policyaudit_each(const char *path,
    enum rc (*fn)(void *arg, const struct auditrecord *r, struct err *err), void *arg,
    struct auditcounts *counts, struct err *err)
{
	struct audit a = { .fn = fn, .arg = arg, .counts = counts };
	int fd = -1;
	enum rc rc;

	if ((rc = jsonlines_open(path, &fd, err)) != RC_OK)
		return rc;
	if (is_database(fd))
		rc = read_database(&a, path, err);
	else
		rc = read_lines(&a, fd, err);
	close(fd);
	json_decref(a.meta);
	if (rc != RC_OK)
		err_add(err, "%s", path);
	return rc;
}
