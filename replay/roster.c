/* See roster.h.  What is kept of each recording is what the log is asked with: the log is
 * read again behind the last file, so that a broker may go on recording meanwhile. */
#include "replay/roster.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/id.h"
#include "lib/base/text.h"
#include "replay/source.h"
#include "replay/stop.h"
#include "replay/verify.h"
#include "replay/voucher.h"

#define NAMES_MOST (4u << 20)
#define FINDINGS 8

/* The spool first: what is closed while we look moves on to done, and is met there. */
static const char *const folders[] = { "spool", "done", "." };

struct finding {
	char *name; /* as shown: "done/SID.cast" */
	int code;
	bool live;	     /* it lies in the spool; later: the log says so, too */
	struct proof *proof; /* what the log is asked with; NULL: not read, or plain */
	struct logbook_word word;
	char *text; /* why */
};

struct roster {
	int dir;
	struct finding *found;
	size_t n, room;
	size_t sums[FINDINGS], live, expired, missing;
	int worst;
	bool json;
	FILE *f;
};

enum rc
roster_open(const char *dir, struct roster **ret, struct err *err)
{
	struct roster *r = calloc(1, sizeof *r);

	if (r == NULL)
		return err_memory(err);
	if ((r->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
		free(r);
		return err_errno(err, RC_FAIL, "%s", dir);
	}
	*ret = r;
	return RC_OK;
}

void
roster_close(struct roster *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->n; i++) {
		free(r->found[i].name);
		free(r->found[i].text);
		free(r->found[i].proof);
	}
	free(r->found);
	close(r->dir);
	free(r);
}

/* ---- names ---- */

struct names {
	char **v;
	size_t n, room;
};

static void
names_clear(struct names *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
}

static enum rc
names_add(struct names *l, const char *name, struct err *err)
{
	char **more;

	if (l->n == NAMES_MOST)
		return err_set(err, RC_FAIL, "more than %u recordings", NAMES_MOST);
	if (l->n == l->room) {
		size_t room = l->room > 0 ? 2 * l->room : 256;

		if ((more = reallocarray(l->v, room, sizeof *more)) == NULL)
			return err_memory(err);
		l->v = more;
		l->room = room;
	}
	if ((l->v[l->n] = strdup(name)) == NULL)
		return err_memory(err);
	l->n++;
	return RC_OK;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool
is_cast(const char *name)
{
	size_t n = strlen(name);

	return n > 5 && strcmp(name + n - 5, ".cast") == 0;
}

/* The names in an open folder, which is closed. */
static enum rc
list(int fd, struct names *l, struct err *err)
{
	DIR *d = fdopendir(fd);
	struct dirent *e;
	enum rc rc = RC_OK;

	if (d == NULL) {
		close(fd);
		return err_errno(err, RC_FAIL, "read the folder");
	}
	errno = 0;
	while (rc == RC_OK && (e = readdir(d)) != NULL)
		if (is_cast(e->d_name))
			rc = names_add(l, e->d_name, err);
	if (rc == RC_OK && errno != 0)
		rc = err_errno(err, RC_FAIL, "read the folder");
	closedir(d);
	if (rc == RC_OK && l->n > 0)
		qsort(l->v, l->n, sizeof l->v[0], by_name);
	return rc;
}

/* ---- one file ---- */

static enum rc
add(struct roster *r, const char *folder, const char *name, struct finding **ret,
    struct err *err)
{
	struct finding *more, *one;

	if (r->n == r->room) {
		size_t room = r->room > 0 ? 2 * r->room : 256;

		if ((more = reallocarray(r->found, room, sizeof *more)) == NULL)
			return err_memory(err);
		r->found = more;
		r->room = room;
	}
	one = &r->found[r->n];
	memset(one, 0, sizeof *one);
	one->word.open = one->word.end = LOGBOOK_NONE;
	if (strcmp(folder, ".") == 0 ? (one->name = strdup(name)) == NULL
				     : asprintf(&one->name, "%s/%s", folder, name) < 0)
		return err_memory(err);
	r->n++;
	*ret = one;
	return RC_OK;
}

static enum rc
set_text(struct finding *one, int code, const char *text, struct err *err)
{
	free(one->text);
	one->code = code;
	return (one->text = strdup(text)) != NULL ? RC_OK : err_memory(err);
}

/* What travels beside it counts, too. */
static enum rc
prove_beside(int dir, const char *name, struct trust *trust, struct voucher **ret,
    struct err *err)
{
	enum rc rc = voucher_open_at(dir, name, ret, err);

	if (rc == RC_OK)
		voucher_believe(*ret, trust);
	return rc == RC_END ? RC_OK : rc;
}

static enum rc
prove(struct finding *one, int fd, struct trust *trust, const struct voucher *v,
    struct err *err)
{
	struct source *s = NULL;
	char text[ERR_TEXT];
	enum proof_code code;
	struct proof p;
	enum rc rc;

	if ((rc = source_open(fd, &s, err)) != RC_OK ||
	    (rc = source_prove(s, trust, &p, err)) != RC_OK ||
	    (rc = set_text(one, (int)p.code, p.text, err)) != RC_OK)
		goto out;
	if (v != NULL && (code = voucher_judge(v, &p, text)) != PROOF_WHOLE &&
	    verify_worse((int)code, one->code) &&
	    (rc = set_text(one, (int)code, text, err)) != RC_OK)
		goto out;
	if (!source_plain(s) && p.certified && (one->proof = malloc(sizeof p)) != NULL)
		*one->proof = p;
out:
	source_close(s);
	return rc;
}

/* RC_OK also when the file cannot be read: that is a finding. */
static enum rc
look(struct roster *r, int dir, const char *folder, const char *name,
    struct trust *trust, struct err *err)
{
	int fd = openat(
	    dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	bool spool = strcmp(folder, "spool") == 0;
	struct voucher *v = NULL;
	struct finding *one = NULL;
	struct err why;
	enum rc rc;

	/* Closed since it was listed: it is met again in done. */
	if (fd < 0 && errno == ENOENT && spool)
		return RC_OK;
	err_clear(&why);
	if (fd < 0)
		err_errno(&why, RC_FAIL, "open");
	if ((rc = add(r, folder, name, &one, err)) == RC_OK) {
		one->live = spool;
		if (fd < 0 || prove_beside(dir, name, trust, &v, &why) != RC_OK ||
		    prove(one, fd, trust, v, &why) != RC_OK)
			rc = set_text(one, VERIFY_IO, why.text, err);
	}
	voucher_free(v);
	if (fd >= 0)
		close(fd);
	return rc;
}

static enum rc
look_all(
    struct roster *r, int dir, const char *folder, struct trust *trust, struct err *err)
{
	struct names l = { NULL, 0, 0 };
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum rc rc;

	if (fd < 0)
		return err_errno(err, RC_FAIL, "%s", folder);
	rc = list(fd, &l, err);
	for (size_t i = 0; rc == RC_OK && i < l.n; i++)
		rc = stop_signal() != 0 ? err_set(err, RC_END, "interrupted")
					: look(r, dir, folder, l.v[i], trust, err);
	names_clear(&l);
	return rc;
}

static enum rc
walk(struct roster *r, struct trust *trust, struct err *err)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < sizeof folders / sizeof folders[0]; i++) {
		int dir =
		    openat(r->dir, folders[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (dir < 0 && errno == ENOENT)
			continue;
		if (dir < 0)
			return err_errno(err, RC_FAIL, "%s", folders[i]);
		rc = look_all(r, dir, folders[i], trust, err);
		close(dir);
	}
	return rc;
}

/* ---- the log ---- */

static int
by_session(const void *a, const void *b)
{
	struct finding *const *x = a, *const *y = b;

	return memcmp((*x)->proof->sid, (*y)->proof->sid, 16);
}

struct asked {
	struct roster *r;
	struct finding **by; /* those with a session, sorted */
	size_t n;
};

static bool
is_here(void *arg, const uint8_t sid[16])
{
	const struct asked *a = arg;
	size_t from = 0, to = a->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (memcmp(a->by[mid]->proof->sid, sid, 16) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return from < a->n && memcmp(a->by[from]->proof->sid, sid, 16) == 0;
}

/* Under two names one recording may stand for another that was taken away. */
static enum rc
find_doubles(struct asked *a, struct err *err)
{
	char text[ERR_TEXT];
	enum rc rc = RC_OK;

	for (size_t i = 1; rc == RC_OK && i < a->n; i++) {
		struct finding *one = a->by[i];

		if (memcmp(one->proof->sid, a->by[i - 1]->proof->sid, 16) != 0 ||
		    !verify_worse(PROOF_MISSING, one->code))
			continue;
		snprintf(text, sizeof text, "it is of the same session as %.300s",
		    a->by[i - 1]->name);
		rc = set_text(one, PROOF_MISSING, text, err);
	}
	return rc;
}

static enum rc
ask_each(struct roster *r, struct logbook *log, uint64_t since, struct err *err)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < r->n; i++) {
		struct finding *one = &r->found[i];

		if (one->proof == NULL) {
			one->live = false;
			continue;
		}
		if ((rc = logbook_judge(
			 log, one->proof, one->live, since, &one->word, err)) != RC_OK)
			break;
		one->live = one->word.live;
		if (one->word.code != PROOF_WHOLE &&
		    verify_worse((int)one->word.code, one->code))
			rc = set_text(one, (int)one->word.code, one->word.text, err);
	}
	return rc;
}

static void
put_json(struct roster *r, json_t *o)
{
	char *text = o != NULL ? json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;

	fprintf(r->f, "%s\n", text != NULL ? text : "{}");
	free(text);
	json_decref(o);
}

static void
count(struct roster *r, int code)
{
	r->sums[code < FINDINGS ? code : PROOF_TAMPERED]++;
	if (verify_worse(code, r->worst))
		r->worst = code;
}

static void
put_missing(void *arg, const uint8_t sid[16], const char *text)
{
	struct roster *r = ((struct asked *)arg)->r;
	char name[ID_UUID_TEXT];

	id_uuid_text(sid, name);
	r->missing++;
	count(r, PROOF_MISSING);
	if (r->json)
		put_json(r, json_pack("{s:s, s:s, s:i, s:s, s:s}", "t", "missing",
				"sid", name, "code", PROOF_MISSING, "verdict",
				verify_word(PROOF_MISSING), "text", text));
	else
		fprintf(r->f, "%s.cast: missing: %s\n", name, text);
}

/* ---- what is told ---- */

static void
put_one_json(struct roster *r, const struct finding *one)
{
	char sid[ID_UUID_TEXT];
	json_t *o = json_pack("{s:s, s:i, s:s, s:b}", "t", "recording", "code",
	    one->code, "verdict", verify_word((enum proof_code)one->code), "live",
	    (int)one->live);

	json_object_set_new(o, "file",
	    text_utf8(span_of(one->name)) ? json_string(one->name) : json_null());
	json_object_set_new(o, "text",
	    text_utf8(span_of(one->text)) ? json_string(one->text) : json_null());
	if (one->proof != NULL) {
		id_uuid_text(one->proof->sid, sid);
		json_object_set_new(o, "sid", json_string(sid));
		json_object_set_new(
		    o, "file_bytes", json_integer((json_int_t)one->proof->file_len));
		json_object_set_new(
		    o, "chunks", json_integer((json_int_t)one->proof->chunks));
	}
	if (one->word.open != LOGBOOK_NONE)
		json_object_set_new(
		    o, "open_leaf", json_integer((json_int_t)one->word.open));
	if (one->word.end != LOGBOOK_NONE)
		json_object_set_new(
		    o, "end_leaf", json_integer((json_int_t)one->word.end));
	put_json(r, o);
}

static void
put_one(struct roster *r, const struct finding *one)
{
	/* What is still written has no end yet, and the log says that it has none. */
	bool live = one->live && one->code == PROOF_UNTERMINATED;
	struct buf line;

	if (live)
		r->live++;
	else
		count(r, one->code);
	if (r->json) {
		put_one_json(r, one);
		return;
	}
	buf_init(&line, 16 * ERR_TEXT);
	text_show(&line, span_of(one->name));
	verify_line(live ? "live" : NULL, (enum proof_code)one->code, one->text,
	    one->proof, &line);
	fprintf(r->f, "%s\n", buf_cstr(&line));
	buf_clear(&line);
}

static void
put_sum(struct roster *r, const struct logbook *log)
{
	json_t *o;

	if (r->json) {
		o = json_pack("{s:s, s:i, s:I, s:I, s:I, s:I}", "t", "sum", "code",
		    r->worst, "recordings", (json_int_t)r->n, "live",
		    (json_int_t)r->live, "missing", (json_int_t)r->missing, "expired",
		    (json_int_t)r->expired);
		for (int i = 0; i < FINDINGS; i++)
			if (r->sums[i] > 0)
				json_object_set_new(o, verify_word((enum proof_code)i),
				    json_integer((json_int_t)r->sums[i]));
		if (log != NULL)
			json_object_set_new(o, "log",
			    json_pack("{s:i, s:s, s:I}", "code", (int)logbook_code(log),
				"text", logbook_text(log), "leaves",
				(json_int_t)logbook_size(log)));
		put_json(r, o);
		return;
	}
	if (log != NULL)
		fprintf(r->f, "log: %s\n", logbook_text(log));
	fprintf(r->f, "%zu recordings", r->n);
	for (int i = 0; i < FINDINGS; i++)
		if (r->sums[i] > 0)
			fprintf(r->f, ", %zu %s", r->sums[i],
			    verify_word((enum proof_code)i));
	if (r->live > 0)
		fprintf(r->f, ", %zu live", r->live);
	if (r->expired > 0)
		fprintf(r->f, ", %zu expired and gone", r->expired);
	fputc('\n', r->f);
}

static enum rc
compare(struct roster *r, struct trust *trust, struct logbook *log, uint64_t since,
    struct asked *a, struct err *err)
{
	enum rc rc;

	if ((rc = logbook_read(log, trust, err)) != RC_OK)
		return rc;
	if (logbook_code(log) != PROOF_WHOLE &&
	    verify_worse((int)logbook_code(log), r->worst))
		r->worst = (int)logbook_code(log);
	if ((rc = ask_each(r, log, since, err)) != RC_OK)
		return rc;
	return find_doubles(a, err);
}

static enum rc
index_sessions(struct roster *r, struct asked *a, struct err *err)
{
	a->r = r;
	if (r->n > 0 && (a->by = calloc(r->n, sizeof(*a->by))) == NULL)
		return err_memory(err);
	for (size_t i = 0; i < r->n; i++)
		if (r->found[i].proof != NULL)
			a->by[a->n++] = &r->found[i];
	if (a->n > 0)
		qsort(a->by, a->n, sizeof(*a->by), by_session);
	return RC_OK;
}

enum rc
roster_run(struct roster *r, struct trust *trust, struct logbook *log, bool json,
    FILE *f, int *worst, struct err *err)
{
	uint64_t since = log != NULL ? logbook_size(log) : 0;
	struct asked a = { 0 };
	enum rc rc;

	r->json = json;
	r->f = f;
	if ((rc = walk(r, trust, err)) != RC_OK ||
	    (rc = index_sessions(r, &a, err)) != RC_OK)
		return rc;
	/* Without a log nobody says that it is still written. */
	for (size_t i = 0; log == NULL && i < r->n; i++)
		r->found[i].live = false;
	if (log != NULL)
		rc = compare(r, trust, log, since, &a, err);
	for (size_t i = 0; rc == RC_OK && i < r->n; i++)
		put_one(r, &r->found[i]);
	if (rc == RC_OK && log != NULL && logbook_code(log) == PROOF_WHOLE)
		rc = logbook_missing(
		    log, since, is_here, put_missing, &a, &r->expired, err);
	if (rc == RC_OK)
		put_sum(r, log);
	free(a.by);
	if (rc == RC_OK && (fflush(f) != 0 || ferror(f)))
		rc = err_errno(err, RC_FAIL, "write");
	*worst = r->worst;
	return rc;
}
