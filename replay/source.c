/* Pieces and lines of the file that is replayed; see source.h.  What is true about a
 * sealed one, the recorder's reader says. */
#include "replay/source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "replay/veil.h"

#define BLOCK 65536
#define READY_MOST (64u << 20)

struct source {
	int fd;
	struct reader *reader;
	off_t at;	      /* plain: how far it was read */
	uint8_t block[BLOCK]; /* plain: the piece given last */
	struct span piece;    /* lines: what is left of the piece */
	struct buf line;      /* lines: one that spans pieces */
	bool begun;	      /* ... and waits for the rest of it */
	uint64_t number;
	bool grows;
	const struct trust *trust; /* whose signatures count in what grows */
	/* There is something to mask: lines that are, and are not given yet. */
	struct veil *veil;
	struct buf ready;
	size_t ready_at;
	bool over; /* the veil has given its last */
};

enum rc
source_open(int fd, struct source **ret, struct err *err)
{
	struct source *s;
	struct stat st;
	enum rc rc;

	if (fstat(fd, &st) != 0)
		return err_errno(err, RC_FAIL, "stat");
	if (!S_ISREG(st.st_mode))
		return err_set(err, RC_FAIL, "not a regular file");
	if ((s = calloc(1, sizeof *s)) == NULL)
		return err_memory(err);
	s->fd = fd;
	buf_init(&s->line, SOURCE_LINE_MOST);
	buf_init(&s->ready, READY_MOST);
	if ((rc = reader_open(fd, &s->reader, err)) != RC_OK) {
		source_close(s);
		return rc;
	}
	*ret = s;
	return RC_OK;
}

void
source_close(struct source *s)
{
	if (s == NULL)
		return;
	reader_close(s->reader);
	veil_free(s->veil);
	buf_clear(&s->line);
	buf_clear(&s->ready);
	free(s);
}

bool
source_plain(const struct source *s)
{
	return reader_kind(s->reader) == READER_PLAIN;
}

const struct reader *
source_reader(const struct source *s)
{
	return s->reader;
}

struct reader *
source_stanzas(struct source *s)
{
	return s->reader;
}

enum rc
source_prove(
    struct source *s, const struct trust *trust, struct proof *ret, struct err *err)
{
	enum rc rc;

	if ((rc = reader_verify(s->reader, trust, ret, err)) != RC_OK)
		return rc;
	if (source_plain(s)) {
		/* Nobody signed it, so nothing contradicts it either. */
		ret->code = PROOF_UNKNOWN;
		snprintf(ret->text, sizeof ret->text,
		    "a plain asciicast carries no signature");
	}
	return RC_OK;
}

enum rc
source_unlock(
    struct source *s, const struct keyfile *key, enum proof_code *code, struct err *err)
{
	return reader_unlock(s->reader, key, code, err);
}

static enum rc
plain_piece(struct source *s, struct span *ret, struct err *err)
{
	ssize_t n;

	do
		n = pread(s->fd, s->block, sizeof s->block, s->at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_errno(err, RC_FAIL, "read");
	if (n == 0)
		return RC_END;
	s->at += n;
	*ret = span_make(s->block, (size_t)n);
	return RC_OK;
}

void
source_follow(struct source *s, const struct trust *trust)
{
	s->grows = true;
	s->trust = trust;
}

void
source_settle(struct source *s)
{
	s->grows = false;
}

bool
source_grows(const struct source *s)
{
	return s->grows;
}

enum rc
source_more(struct source *s, struct proof *ret, struct err *err)
{
	enum rc rc;

	if (source_plain(s))
		return RC_OK;
	if ((rc = reader_more(s->reader, s->trust, ret, err)) != RC_OK)
		return rc;
	return ret->closed ? RC_END : RC_OK;
}

static enum rc
rewind_file(struct source *s, struct err *err)
{
	s->piece = span_make(NULL, 0);
	s->at = 0;
	s->begun = false;
	s->number = 0;
	return source_plain(s) ? RC_OK : reader_rewind(s->reader, err);
}

static enum rc
file_piece(struct source *s, struct span *ret, struct err *err)
{
	enum rc rc = source_plain(s) ? plain_piece(s, ret, err)
				     : reader_next(s->reader, ret, NULL, err);

	return rc == RC_END && s->grows ? RC_WAIT : rc;
}

/* Take a line, or its begin, off the piece.  True when the line ends there. */
static bool
take(struct source *s, struct span *part)
{
	const uint8_t *lf = memchr(s->piece.p, '\n', s->piece.len);
	size_t n = lf ? (size_t)(lf - s->piece.p) : s->piece.len;
	size_t eaten = n + (lf != NULL);

	*part = span_make(s->piece.p, n);
	s->piece = span_make(s->piece.p + eaten, s->piece.len - eaten);
	return lf != NULL;
}

/* A line, gathered in s->line if it spans pieces; its begin stays there when the rest of
 * it is yet to come. */
static enum rc
gather(struct source *s, struct span *ret, struct err *err)
{
	struct span part = { 0 };
	bool ends = false;
	enum rc rc = RC_OK;

	if (!s->begun)
		buf_reset(&s->line);
	s->begun = false;
	do {
		if (s->piece.len == 0)
			rc = file_piece(s, &s->piece, err);
		if (rc == RC_END)
			break;
		s->begun = rc == RC_WAIT;
		if (rc != RC_OK)
			return rc;
		if (s->piece.len == 0)
			continue;
		ends = take(s, &part);
		/* The common case: a line within a piece is not copied. */
		if (ends && s->line.len == 0) {
			*ret = part;
			return RC_OK;
		}
		buf_span_put(&s->line, part);
	} while (!ends && buf_ok(&s->line));
	*ret = buf_span(&s->line);
	return rc == RC_END && s->line.len == 0 ? RC_END : RC_OK;
}

static enum rc
file_line(struct source *s, struct span *ret, struct err *err)
{
	enum rc rc;

	if ((rc = gather(s, ret, err)) == RC_WAIT)
		return rc;
	s->number++;
	if (rc != RC_OK)
		return rc;
	if (!buf_ok(&s->line) || ret->len > SOURCE_LINE_MOST)
		return err_set(err, RC_REFUSE, "line %llu is too long",
		    (unsigned long long)s->number);
	return RC_OK;
}

/* ---- masked ---- */

/* The next lines behind the veil, one or more. */
static enum rc
make_ready(struct source *s, struct err *err)
{
	struct span line;
	enum rc rc = RC_OK;

	while (rc == RC_OK && s->ready_at == s->ready.len) {
		buf_reset(&s->ready);
		s->ready_at = 0;
		if (s->over)
			return RC_END;
		rc = file_line(s, &line, err);
		s->over = rc == RC_END;
		if (s->over)
			rc = veil_end(s->veil, &s->ready, err);
		else if (rc == RC_OK)
			rc = veil_line(s->veil, line, &s->ready, err);
	}
	return rc;
}

/* Masked to its end, and thrown away: is there anything to mask? */
static enum rc
look_through(struct source *s, bool *ret, struct err *err)
{
	enum rc rc;

	while ((rc = make_ready(s, err)) == RC_OK && !veil_masked(s->veil))
		s->ready_at = s->ready.len;
	/* What breaks is met again by who reads it, with what stands before it masked. */
	*ret = rc == RC_REFUSE || veil_masked(s->veil);
	return rc == RC_END || rc == RC_REFUSE ? RC_OK : rc;
}

enum rc
source_veil(struct source *s, const struct mask_rules *rules, struct err *err)
{
	bool needed = false;
	enum rc rc;

	if ((rc = veil_new(rules, &s->veil, err)) != RC_OK ||
	    (rc = look_through(s, &needed, err)) != RC_OK)
		return rc;
	if (!needed) {
		veil_free(s->veil);
		s->veil = NULL;
	}
	return source_rewind(s, err);
}

enum rc
source_rewind(struct source *s, struct err *err)
{
	enum rc rc = rewind_file(s, err);

	buf_reset(&s->ready);
	s->ready_at = 0;
	s->over = false;
	return rc == RC_OK && s->veil != NULL ? veil_begin(s->veil, err) : rc;
}

enum rc
source_piece(struct source *s, struct span *ret, struct err *err)
{
	enum rc rc;

	if (s->veil == NULL)
		return file_piece(s, ret, err);
	if ((rc = make_ready(s, err)) != RC_OK)
		return rc;
	*ret = span_make(s->ready.p + s->ready_at, s->ready.len - s->ready_at);
	s->ready_at = s->ready.len;
	return RC_OK;
}

enum rc
source_line(struct source *s, struct span *ret, struct err *err)
{
	struct span rest;
	const uint8_t *lf;
	enum rc rc;

	if (s->veil == NULL)
		return file_line(s, ret, err);
	if ((rc = make_ready(s, err)) != RC_OK)
		return rc;
	rest = span_make(s->ready.p + s->ready_at, s->ready.len - s->ready_at);
	if ((lf = memchr(rest.p, '\n', rest.len)) != NULL)
		rest.len = (size_t)(lf - rest.p);
	s->ready_at += rest.len + (lf != NULL);
	*ret = rest;
	return RC_OK;
}

uint64_t
source_line_number(const struct source *s)
{
	return s->number;
}
