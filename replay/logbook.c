/* See logbook.h.  The log's leaves stay in its file: what is kept of each is where it is
 * and of which session, sorted by session. */
#include "replay/logbook.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/b64.h"
#include "recorder/checkpoint.h"
#include "recorder/evidence.h"
#include "recorder/ledger.h"
#include "recorder/textfile.h"

#define COPIES_MOST (16u << 20) /* bytes of a file with checkpoints */
#define DAY_MS 86400000ULL

struct sighting {
	uint8_t sid[16];
	uint64_t index;
	enum leaf_type type;
};

struct copy {
	const char *name;
	int fd;
};

struct logbook {
	const char *name;
	int dir, entries, checkpoint;
	size_t copies;
	struct copy copy[LOGBOOK_CHECKPOINTS];
	struct ledger *ledger; /* NULL: not to be read */
	bool was_read;
	enum proof_code code;
	char text[ERR_TEXT];
	struct sighting *seen;
	size_t n, room;
};

/* ---- open ---- */

static enum rc
open_at(int dir, const char *name, int *ret, struct err *err)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return err_errno(err, RC_FAIL, "%s", name);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return err_set(err, RC_FAIL, "%s: not a regular file", name);
	}
	*ret = fd;
	return RC_OK;
}

static enum rc
open_log(struct logbook *b, const char *dir, struct err *err)
{
	enum rc rc;

	b->name = dir;
	if ((b->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return err_errno(err, RC_FAIL, "%s", dir);
	if ((rc = open_at(b->dir, LEDGER_ENTRIES, &b->entries, err)) != RC_OK ||
	    (rc = open_at(b->dir, LEDGER_CHECKPOINT, &b->checkpoint, err)) != RC_OK)
		err_add(err, "%s", dir);
	return rc;
}

enum rc
logbook_open(const char *dir, const char *const *checkpoints, size_t n,
    struct logbook **ret, struct err *err)
{
	struct logbook *b = calloc(1, sizeof *b);
	enum rc rc;

	if (b == NULL)
		return err_memory(err);
	b->dir = b->entries = b->checkpoint = -1;
	if (n > LOGBOOK_CHECKPOINTS)
		rc = err_set(err, RC_FAIL, "more than %d files with checkpoints",
		    LOGBOOK_CHECKPOINTS);
	else
		rc = open_log(b, dir, err);
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		b->copy[i].name = checkpoints[i];
		if ((rc = open_at(AT_FDCWD, checkpoints[i], &b->copy[i].fd, err)) ==
		    RC_OK)
			b->copies++;
	}
	if (rc != RC_OK) {
		logbook_close(b);
		return rc;
	}
	*ret = b;
	return RC_OK;
}

void
logbook_close(struct logbook *b)
{
	if (b == NULL)
		return;
	ledger_close(b->ledger);
	for (size_t i = 0; i < b->copies; i++)
		close(b->copy[i].fd);
	for (size_t i = 0; i < 3; i++) {
		int fd = i == 0 ? b->dir : i == 1 ? b->entries : b->checkpoint;

		if (fd >= 0)
			close(fd);
	}
	free(b->seen);
	free(b);
}

/* ---- read ---- */

static enum rc
read_all(int fd, size_t most, struct buf *out, struct err *err)
{
	ssize_t n = 1;

	buf_init(out, most);
	for (off_t at = 0; n > 0; at += n) {
		uint8_t *to = buf_room(out, 4096);

		if (to == NULL)
			return err_set(err, RC_REFUSE, "too long");
		if ((n = pread(fd, to, 4096, at)) < 0)
			return err_errno(err, RC_FAIL, "read");
		out->len += (size_t)n;
	}
	return RC_OK;
}

static enum rc
note(void *arg, uint64_t index, const struct leaf *leaf, struct err *err)
{
	struct logbook *b = arg;
	struct sighting *more;

	if (!leaf_has_sid(leaf->type))
		return RC_OK;
	if (b->n == b->room) {
		size_t room = b->room > 0 ? 2 * b->room : 1024;

		if ((more = reallocarray(b->seen, room, sizeof *more)) == NULL)
			return err_memory(err);
		b->seen = more;
		b->room = room;
	}
	b->seen[b->n].index = index;
	b->seen[b->n].type = leaf->type;
	memcpy(b->seen[b->n++].sid, leaf->sid, 16);
	return RC_OK;
}

static int
by_session(const void *a, const void *b)
{
	const struct sighting *x = a, *y = b;
	int c = memcmp(x->sid, y->sid, 16);

	return c != 0 ? c : x->index < y->index ? -1 : x->index > y->index;
}

/* One copy of a checkpoint: is it of a beginning of this log? */
static enum rc
compare(struct logbook *b, const struct trust *t, const struct checkpoint *c,
    struct err *err)
{
	enum rc rc = checkpoint_verify(c, t, err);

	return rc == RC_OK ? ledger_agrees(b->ledger, c, err) : rc;
}

/* A line of a file with many: as the drop folder has them, or a note in base64, which in
 * the lines of a syslog is the last word. */
static enum rc
read_line(struct span line, struct checkpoint *ret, struct err *err)
{
	struct err unused = { "" };
	const char *blank = memrchr(line.p, ' ', line.len);
	struct span word = line;
	struct buf note;
	enum rc rc;

	if (checkpoint_line_parse(line, ret, &unused) == RC_OK)
		return RC_OK;
	if (blank != NULL)
		word = span_make(
		    blank + 1, line.len - (size_t)(blank + 1 - (const char *)line.p));
	buf_init(&note, CHECKPOINT_TEXT_MAX);
	if (!b64_read(&note, word))
		rc = err_set(err, RC_REFUSE, "not a checkpoint");
	else
		rc = checkpoint_parse(buf_span(&note), ret, err);
	buf_clear(&note);
	return rc;
}

/* A file holds one note, which has an empty line, or a line for each. */
static enum rc
compare_file(
    struct logbook *b, const struct trust *t, struct span text, struct err *err)
{
	struct checkpoint c;
	struct span line;
	unsigned n = 0;
	enum rc rc = RC_OK;

	if (memmem(text.p, text.len, "\n\n", 2) != NULL) {
		if ((rc = checkpoint_parse(text, &c, err)) == RC_OK)
			rc = compare(b, t, &c, err);
		return rc;
	}
	while (rc == RC_OK && textfile_line(&text, &line)) {
		n++;
		if ((rc = read_line(line, &c, err)) == RC_OK)
			rc = compare(b, t, &c, err);
		if (rc != RC_OK)
			err_add(err, "line %u", n);
	}
	/* A last line without its end was cut while it was copied. */
	if (rc == RC_OK && n == 0)
		rc = err_set(err, RC_REFUSE, "no checkpoint in it");
	return rc;
}

static enum rc
compare_all(struct logbook *b, const struct trust *t, struct err *err)
{
	struct buf text;
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < b->copies; i++) {
		if ((rc = read_all(b->copy[i].fd, COPIES_MOST, &text, err)) == RC_OK)
			rc = compare_file(b, t, buf_span(&text), err);
		if (rc != RC_OK)
			err_add(err, "checkpoint %s", b->copy[i].name);
		buf_clear(&text);
	}
	return rc;
}

static enum rc
read_ledger(struct logbook *b, struct trust *t, struct err *err)
{
	struct buf text;
	enum rc rc;

	if ((rc = read_all(b->checkpoint, CHECKPOINT_TEXT_MAX, &text, err)) == RC_OK)
		rc = ledger_read(b->entries, buf_span(&text), note, b, &b->ledger, err);
	buf_clear(&text);
	if (rc != RC_OK)
		return rc;
	if (b->n > 0)
		qsort(b->seen, b->n, sizeof b->seen[0], by_session);
	if ((rc = ledger_believe(b->ledger, t, err)) == RC_OK)
		rc = compare_all(b, t, err);
	return rc;
}

/* The checkpoint is replaced, never written to: a second look needs a new descriptor. */
static enum rc
look_again(struct logbook *b, struct err *err)
{
	ledger_close(b->ledger);
	b->ledger = NULL;
	b->n = 0;
	close(b->checkpoint);
	b->checkpoint = -1;
	return open_at(b->dir, LEDGER_CHECKPOINT, &b->checkpoint, err);
}

enum rc
logbook_read(struct logbook *b, struct trust *t, struct err *err)
{
	struct err why;
	enum rc rc;

	err_clear(&why);
	if (b->was_read && (rc = look_again(b, err)) != RC_OK)
		return rc;
	b->was_read = true;
	rc = read_ledger(b, t, &why);
	if (rc == RC_FAIL)
		return err_set(err, rc, "%s", why.text);
	b->code = rc == RC_OK	 ? PROOF_WHOLE
		  : rc == RC_END ? PROOF_UNKNOWN
				 : PROOF_MISSING;
	if (rc == RC_OK)
		snprintf(b->text, sizeof b->text, "%llu leaves, proven",
		    (unsigned long long)logbook_size(b));
	else
		snprintf(b->text, sizeof b->text, "%s", why.text);
	return RC_OK;
}

enum proof_code
logbook_code(const struct logbook *b)
{
	return b->code;
}

const char *
logbook_text(const struct logbook *b)
{
	return b->text;
}

uint64_t
logbook_size(const struct logbook *b)
{
	return b->ledger != NULL ? ledger_checkpoint(b->ledger)->size : 0;
}

/* ---- one recording ---- */

/* Its leaves: from *first on, as many as are given back. */
static size_t
find(const struct logbook *b, const uint8_t sid[16], size_t *first)
{
	size_t from = 0, to = b->n, n = 0;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (memcmp(b->seen[mid].sid, sid, 16) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	*first = from;
	while (from + n < b->n && memcmp(b->seen[from + n].sid, sid, 16) == 0)
		n++;
	return n;
}

/* What the leaves of one session are to each other. */
struct story {
	uint64_t open, end, expire;
	enum leaf_type end_type;
	bool shred;
};

static enum rc
twice(struct err *err, const char *what, uint64_t a, uint64_t b)
{
	return err_set(err, RC_REFUSE, "the log has two %s leaves of it, %llu and %llu",
	    what, (unsigned long long)a, (unsigned long long)b);
}

/* Exactly one OPEN, then at most one CLOSE or RECOVER, then the rest. */
static enum rc
tell_one(struct story *s, const struct sighting *one, struct err *err)
{
	bool ends = one->type == LEAF_CLOSE || one->type == LEAF_RECOVER;

	if (one->type == LEAF_OPEN && s->open != LOGBOOK_NONE)
		return twice(err, "OPEN", s->open, one->index);
	if (one->type != LEAF_OPEN && s->open == LOGBOOK_NONE)
		return err_set(err, RC_REFUSE,
		    "the log has a leaf %s of it, %llu, and no OPEN before",
		    leaf_name(one->type), (unsigned long long)one->index);
	if (ends && s->end != LOGBOOK_NONE)
		return twice(err, "CLOSE or RECOVER", s->end, one->index);
	if (one->type == LEAF_EXPIRE && s->expire != LOGBOOK_NONE)
		return twice(err, "EXPIRE", s->expire, one->index);
	if (one->type == LEAF_OPEN)
		s->open = one->index;
	else if (one->type == LEAF_EXPIRE)
		s->expire = one->index;
	s->shred |= one->type == LEAF_SHRED;
	if (ends) {
		s->end = one->index;
		s->end_type = one->type;
	}
	return RC_OK;
}

static enum rc
tell(const struct logbook *b, size_t first, size_t n, struct story *s, struct err *err)
{
	enum rc rc = RC_OK;

	*s = (struct story){ LOGBOOK_NONE, LOGBOOK_NONE, LOGBOOK_NONE, LEAF_TYPES,
		false };
	for (size_t i = first; rc == RC_OK && i < first + n; i++)
		rc = tell_one(s, &b->seen[i], err);
	return rc;
}

/* The leaf, if the checkpoint vouches for it, against what the file says. */
static enum rc
fits(const struct logbook *b, uint64_t index, const struct proof *p, struct err *err)
{
	struct leaf leaf;
	enum rc rc;

	if (index >= logbook_size(b))
		return err_set(err, RC_REFUSE,
		    "leaf %llu of the log, which is its own, is under no checkpoint",
		    (unsigned long long)index);
	if ((rc = ledger_leaf(b->ledger, index, &leaf, err)) != RC_OK)
		return rc;
	if ((rc = evidence_fits(&leaf, p, err)) == RC_REFUSE)
		err_add(err, "leaf %llu of the log, %s", (unsigned long long)index,
		    leaf_name(leaf.type));
	return rc;
}

/* A file that lies in the spool may be further on, or less far, than the log. */
static enum rc
check_end(const struct logbook *b, const struct story *s, const struct proof *p,
    bool live, uint64_t since, bool *ret_live, struct err *err)
{
	*ret_live = false;
	if (s->end == LOGBOOK_NONE && live) {
		*ret_live = true;
		return RC_OK;
	}
	if (s->end == LOGBOOK_NONE)
		return err_set(err, RC_REFUSE, "the log knows of no end of it");
	if (live && s->end >= since) {
		*ret_live = true;
		return RC_OK;
	}
	return fits(b, s->end, p, err);
}

static enum rc
judge(struct logbook *b, const struct proof *p, bool live, uint64_t since,
    struct logbook_word *w, struct err *err)
{
	struct story s;
	size_t first, n;
	enum rc rc;

	if (b->code != PROOF_WHOLE)
		return err_set(err, RC_REFUSE, "the log: %s", b->text);
	if (!p->certified)
		return err_set(err, RC_REFUSE,
		    "it has no opening seal: the log cannot know of it");
	if ((n = find(b, p->sid, &first)) == 0)
		return err_set(err, RC_REFUSE, "the log does not know of it");
	if ((rc = tell(b, first, n, &s, err)) != RC_OK)
		return rc;
	w->open = s.open;
	w->end = s.end;
	if ((rc = fits(b, s.open, p, err)) == RC_OK)
		rc = check_end(b, &s, p, live, since, &w->live, err);
	if (rc != RC_OK)
		return rc;
	if (w->live)
		snprintf(w->text, sizeof w->text, "leaf %llu of the log; not ended yet",
		    (unsigned long long)s.open);
	else
		snprintf(w->text, sizeof w->text,
		    "leaves %llu and %llu of the log's %llu%s",
		    (unsigned long long)s.open, (unsigned long long)s.end,
		    (unsigned long long)logbook_size(b),
		    s.end_type == LEAF_RECOVER ? "; recovered, it has no end" : "");
	if (s.shred)
		snprintf(w->text + strlen(w->text), sizeof w->text - strlen(w->text),
		    "; its shred key was destroyed");
	return RC_OK;
}

enum rc
logbook_judge(struct logbook *b, const struct proof *p, bool live, uint64_t since,
    struct logbook_word *ret, struct err *err)
{
	struct logbook_word w = { .open = LOGBOOK_NONE, .end = LOGBOOK_NONE };
	struct err why;
	enum rc rc;

	err_clear(&why);
	if ((rc = judge(b, p, live, since, &w, &why)) == RC_FAIL)
		return err_set(err, rc, "%s", why.text);
	if (rc != RC_OK) {
		w.code = b->code == PROOF_UNKNOWN ? PROOF_UNKNOWN : PROOF_MISSING;
		snprintf(w.text, sizeof w.text, "%s", why.text);
	}
	*ret = w;
	return RC_OK;
}

/* ---- those that are not here ---- */

/* RC_OK: it may be missing; RC_REFUSE says why it may not. */
static enum rc
may_miss(const struct logbook *b, const struct story *s, struct err *err)
{
	struct leaf open, end, expire;
	enum rc rc;

	if (s->end == LOGBOOK_NONE)
		return err_set(err, RC_REFUSE,
		    "leaf %llu of the log opened it, nothing ended it",
		    (unsigned long long)s->open);
	if (s->expire == LOGBOOK_NONE)
		return err_set(err, RC_REFUSE,
		    "leaf %llu of the log ended it, and none says that it expired",
		    (unsigned long long)s->end);
	if ((rc = ledger_leaf(b->ledger, s->open, &open, err)) != RC_OK ||
	    (rc = ledger_leaf(b->ledger, s->end, &end, err)) != RC_OK ||
	    (rc = ledger_leaf(b->ledger, s->expire, &expire, err)) != RC_OK)
		return rc;
	if (s->expire >= logbook_size(b))
		return err_set(err, RC_REFUSE,
		    "leaf %llu, which lets it expire, is under no checkpoint",
		    (unsigned long long)s->expire);
	if (open.open.days == 0 || s->expire < s->end || expire.ms < end.ms ||
	    expire.ms - end.ms < open.open.days * DAY_MS)
		return err_set(err, RC_REFUSE,
		    "leaf %llu of the log let it expire before its time (%u days)",
		    (unsigned long long)s->expire, open.open.days);
	return RC_OK;
}

enum rc
logbook_missing(struct logbook *b, uint64_t since, logbook_here_fn *here,
    logbook_missing_fn *fn, void *arg, size_t *expired, struct err *err)
{
	size_t n;

	for (size_t i = 0; i < b->n; i += n) {
		const uint8_t *sid = b->seen[i].sid;
		struct story s;
		struct err why;
		size_t first;
		enum rc rc;

		n = find(b, sid, &first);
		if (b->seen[i].index >= since || here(arg, sid))
			continue;
		err_clear(&why);
		if ((rc = tell(b, i, n, &s, &why)) == RC_OK)
			rc = may_miss(b, &s, &why);
		if (rc == RC_FAIL)
			return err_set(err, rc, "%s", why.text);
		if (rc == RC_OK)
			++*expired;
		else
			fn(arg, sid, why.text);
	}
	return RC_OK;
}
