/* The keyless walk over a recording: grammar, chain, signatures, cadence.  Each line is
 * one step; the first that contradicts anything ends the walk. */
#include "recorder/proof.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "recorder/cast.h"
#include "recorder/chain.h"
#include "recorder/chunk.h"
#include "recorder/lines.h"
#include "recorder/seal.h"

#define CADENCE_CHUNKS 64
#define CADENCE_SECONDS 10

struct walk {
	const struct trust *trust;
	struct header header;
	struct chain chain;
	struct proof *p;
	const struct proof_watch *watch; /* or NULL */
	struct buf data;		 /* decoded line */
};

static enum rc
step_header(struct walk *w, const struct line *line, struct err *err)
{
	enum rc rc = header_parse(line->text, &w->header, err);

	if (rc == RC_REFUSE && header_plain(line->text))
		return err_set(
		    err, RC_REFUSE, "an asciicast without hoop.fmt: nothing is signed");
	return rc;
}

static enum rc
step_notice(struct walk *w, const struct line *line, struct err *err)
{
	(void)w;
	if (!span_is(line->text, CAST_NOTICE))
		return err_set(err, RC_REFUSE, "not the notice that belongs here");
	return RC_OK;
}

static enum rc
step_open(struct walk *w, const struct line *line, struct err *err)
{
	struct proof *p = w->p;
	struct cast_line l;
	struct seal_open s;
	const uint8_t *pk;
	enum rc rc;

	if (!cast_line_parse(line->text, &l) || l.code != 'S' || l.time != 0)
		return err_set(
		    err, RC_REFUSE, "not the opening seal that belongs here");
	if ((rc = cast_data(&l, &w->data, err)) != RC_OK ||
	    (rc = seal_open_parse(buf_span(&w->data), &s, err)) != RC_OK)
		return rc;
	if (memcmp(s.sid, w->header.sid, 16) != 0)
		return err_set(
		    err, RC_REFUSE, "the opening seal is of another session");
	if (memcmp(s.h1, w->chain.h, 32) != 0)
		return err_set(err, RC_REFUSE, "the opening seal is of another header");
	if ((pk = trust_device(w->trust, w->header.broker, s.dkid)) != NULL &&
	    (rc = seal_open_verify(&s, pk, err)) != RC_OK)
		return rc;
	p->certified = true;
	p->signer_known = pk != NULL;
	memcpy(p->sid, s.sid, 16);
	memcpy(p->spk, s.spk, 32);
	memcpy(p->dkid, s.dkid, 8);
	memcpy(p->h1, s.h1, 32);
	return RC_OK;
}

static enum rc
cadence(const struct walk *w, uint64_t time, struct err *err)
{
	if (w->p->unsealed > 0 && time - w->p->unsealed_time > CADENCE_SECONDS)
		return err_set(err, RC_REFUSE,
		    "%llu seconds with data and without a seal",
		    (unsigned long long)(time - w->p->unsealed_time));
	return RC_OK;
}

static enum rc
step_chunk(
    struct walk *w, const struct line *line, const struct cast_line *l, struct err *err)
{
	struct chunk c;
	enum rc rc;

	if ((rc = cadence(w, l->time, err)) != RC_OK ||
	    (rc = chunk_parse(buf_span(&w->data), &c, err)) != RC_OK)
		return rc;
	if (w->p->unsealed == CADENCE_CHUNKS)
		return err_set(
		    err, RC_REFUSE, "%d chunks without a seal", CADENCE_CHUNKS + 1);
	if (c.index != w->p->chunks)
		return err_set(err, RC_REFUSE, "chunk %llu where %llu belongs",
		    (unsigned long long)c.index, (unsigned long long)w->p->chunks);
	if (((c.flags & CHUNK_META) != 0) != (c.index == 0))
		return err_set(err, RC_REFUSE, "META is chunk 0 and no other");
	if ((c.flags & CHUNK_ZSTD) && w->header.comp != HEADER_COMP_ZSTD)
		return err_set(
		    err, RC_REFUSE, "a compressed chunk in an uncompressed recording");
	if (w->p->unsealed++ == 0)
		w->p->unsealed_time = l->time;
	w->p->chunks++;
	w->p->plain_len += c.plen;
	if (w->watch != NULL)
		w->watch->chunk(
		    w->watch->arg, line->offset, line->text.len + 1, l->time);
	return RC_OK;
}

/* What seal and footer have in common: they speak of this very place.  The time in a
 * line is under the chain from the next line on only, and behind the last line there is
 * none: so these two bear the time of the line before them, and no other. */
static enum rc
covers(const struct walk *w, uint64_t time, uint64_t chunks, uint64_t offset,
    const uint8_t h[32], struct err *err)
{
	if (time != w->p->last_time)
		return err_set(err, RC_REFUSE,
		    "it bears the time %llu, and the line before it %llu",
		    (unsigned long long)time, (unsigned long long)w->p->last_time);
	if (chunks != w->p->chunks)
		return err_set(err, RC_REFUSE,
		    "it seals %llu chunks, and %llu are here",
		    (unsigned long long)chunks, (unsigned long long)w->p->chunks);
	if (offset != w->chain.len)
		return err_set(err, RC_REFUSE, "it was written at offset %llu",
		    (unsigned long long)offset);
	if (memcmp(h, w->chain.h, 32) != 0)
		return err_set(
		    err, RC_REFUSE, "the lines before it are not those that it seals");
	return RC_OK;
}

static enum rc
step_seal(
    struct walk *w, const struct line *line, const struct cast_line *l, struct err *err)
{
	struct seal s;
	enum rc rc;

	if ((rc = seal_parse(buf_span(&w->data), &s, err)) != RC_OK ||
	    (rc = covers(w, l->time, s.chunks, s.offset, s.h, err)) != RC_OK ||
	    (rc = seal_verify(buf_span(&w->data), w->header.sid, w->p->spk, err)) !=
		RC_OK)
		return rc;
	w->p->unsealed = 0;
	w->p->proven_chunks = w->p->chunks;
	w->p->proven_len = line->offset + line->text.len + 1;
	return RC_OK;
}

static enum rc
step_footer(
    struct walk *w, const struct line *line, const struct cast_line *l, struct err *err)
{
	struct seal_footer f;
	struct err head = { "" };
	enum rc rc;

	if ((rc = seal_footer_parse(buf_span(&w->data), &f, &head)) != RC_OK ||
	    (rc = covers(w, l->time, f.chunks, f.offset, f.h, &head)) != RC_OK ||
	    (rc = seal_footer_verify(
		 buf_span(&w->data), w->header.sid, w->p->spk, &head)) != RC_OK)
		return err_set(err, rc, "the footer: %s", head.text);
	if (w->p->chunks == 0)
		return err_set(err, RC_REFUSE, "a footer without any chunk");
	if (f.plain_total != w->p->plain_len)
		return err_set(err, RC_REFUSE,
		    "the footer counts %llu bytes, the chunks %llu",
		    (unsigned long long)f.plain_total,
		    (unsigned long long)w->p->plain_len);
	w->p->unsealed = 0;
	w->p->closed = true;
	w->p->status = f.status;
	w->p->footer_offset = line->offset;
	w->p->proven_chunks = w->p->chunks;
	w->p->proven_len = line->offset + line->text.len + 1;
	return RC_OK;
}

static enum rc
step_body(struct walk *w, const struct line *line, struct err *err)
{
	struct cast_line l;
	enum rc rc;

	if (w->p->closed)
		return err_set(err, RC_REFUSE, "something follows the footer");
	if (!cast_line_parse(line->text, &l))
		return err_set(err, RC_REFUSE, "not a line of a recording");
	if (l.time < w->p->last_time)
		return err_set(err, RC_REFUSE, "time goes back");
	if ((rc = cast_data(&l, &w->data, err)) != RC_OK)
		return rc;
	rc = l.code == 'E'   ? step_chunk(w, line, &l, err)
	     : l.code == 'S' ? step_seal(w, line, &l, err)
			     : step_footer(w, line, &l, err);
	if (rc == RC_OK)
		w->p->last_time = l.time;
	return rc;
}

typedef enum rc step_fn(struct walk *w, const struct line *line, struct err *err);

/* By line number; all further lines are the body's. */
static step_fn *const steps[] = { step_header, step_notice, step_open, step_body };
#define BODY 3

static enum rc
step(struct walk *w, const struct line *line, struct err *err)
{
	size_t n = w->chain.lines < BODY ? (size_t)w->chain.lines : BODY;
	enum rc rc;

	if ((rc = steps[n](w, line, err)) != RC_OK ||
	    (rc = chain_add(&w->chain, line->text, err)) != RC_OK)
		return rc;
	w->p->lines = w->chain.lines;
	w->p->valid_len = w->chain.len;
	memcpy(w->p->h, w->chain.h, 32);
	return RC_OK;
}

/* Could a crash have left this, or is it something else? */
static enum rc
check_torn(const struct walk *w, struct span torn, struct err *err)
{
	static const char notice[] = CAST_NOTICE;
	bool ok = false;

	if (w->chain.lines == 0)
		ok = torn.p[0] == '{' && torn.len <= HEADER_MAX;
	else if (w->chain.lines == 1)
		ok = torn.len < sizeof notice && memcmp(torn.p, notice, torn.len) == 0;
	else if (!w->p->closed)
		ok = cast_line_begun(torn);
	return ok ? RC_OK
		  : err_set(err, RC_REFUSE,
			w->p->closed ? "something follows the footer"
				     : "the file ends in what is no line of it");
}

static enum rc
walk_lines(struct walk *w, struct lines *lines, struct line *line, struct err *err)
{
	enum rc rc;

	while ((rc = lines_next(lines, line, err)) == RC_OK) {
		w->p->file_len = line->offset + line->text.len + (line->torn ? 0 : 1);
		if (line->torn)
			return check_torn(w, line->text, err);
		if ((rc = step(w, line, err)) != RC_OK)
			return rc;
	}
	return rc == RC_END ? RC_OK : rc;
}

static void
conclude(struct proof *p)
{
	unsigned long long chunks = p->proven_chunks, bytes = p->proven_len;

	if (p->certified && !p->signer_known) {
		p->proven_chunks = p->proven_len = 0;
		p->code = PROOF_UNKNOWN;
		snprintf(p->text, sizeof p->text,
		    "the device key that signed it is not trusted");
	} else if (!p->closed) {
		p->code = PROOF_UNTERMINATED;
		snprintf(p->text, sizeof p->text,
		    "it ends without a footer: %llu chunks, the first %llu bytes, are "
		    "proven",
		    chunks, bytes);
	} else {
		p->code = PROOF_WHOLE;
		snprintf(p->text, sizeof p->text,
		    "complete and proven: %llu chunks, %llu bytes", chunks, bytes);
	}
}

static void
condemn(struct proof *p, const struct line *line, const char *text)
{
	p->code = PROOF_TAMPERED;
	p->closed = false;
	p->bad_line = p->lines + 1;
	p->bad_offset = line->offset;
	if (!p->signer_known)
		p->proven_chunks = p->proven_len = 0;
	snprintf(p->text, sizeof p->text, "line %llu (offset %llu): %s",
	    (unsigned long long)p->bad_line, (unsigned long long)p->bad_offset, text);
}

/* Fill *w->p from the lines. */
static enum rc
walk_file(struct walk *w, struct lines *lines, struct err *err)
{
	struct line line = { .offset = 0 };
	struct err found = { "" };
	enum rc rc = walk_lines(w, lines, &line, &found);

	if (rc == RC_OK && w->p->file_len == 0)
		rc = err_set(&found, RC_REFUSE, "the file is empty");
	if (rc == RC_FAIL)
		return err_set(err, RC_FAIL, "%s", found.text);
	if (rc == RC_REFUSE)
		condemn(w->p, &line, found.text);
	else
		conclude(w->p);
	return RC_OK;
}

/* Walk from p->valid_len on. */
static enum rc
walk_from(int fd, struct walk *w, struct err *err)
{
	struct lines *lines = NULL;
	enum rc rc;

	buf_init(&w->data, CAST_LINE_MAX);
	if ((rc = lines_open(fd, CAST_LINE_MAX, &lines, err)) == RC_OK) {
		lines_seek(lines, w->p->valid_len);
		rc = walk_file(w, lines, err);
	}
	lines_close(lines);
	buf_clear(&w->data);
	return rc;
}

enum rc
proof_walk(int fd, const struct trust *trust, struct header *header,
    const struct proof_watch *watch, struct proof *ret, struct err *err)
{
	struct proof p = { 0 };
	struct walk *w;
	enum rc rc;

	if ((w = calloc(1, sizeof *w)) == NULL)
		return err_memory(err);
	w->trust = trust;
	w->p = &p;
	w->watch = watch;
	if ((rc = walk_from(fd, w, err)) == RC_OK) {
		if (header != NULL)
			*header = w->header;
		*ret = p;
	}
	free(w);
	return rc;
}

enum rc
proof_walk_on(int fd, const struct trust *trust, struct header *header,
    const struct proof_watch *watch, struct proof *p, struct err *err)
{
	struct proof now = *p;
	struct line end = { .offset = p->valid_len };
	struct stat st;
	struct walk *w;
	enum rc rc;

	if (fstat(fd, &st) != 0)
		return err_errno(err, RC_FAIL, "stat");
	if ((uint64_t)st.st_size < p->valid_len) {
		condemn(p, &end, "the file became shorter");
		return RC_OK;
	}
	if ((w = calloc(1, sizeof *w)) == NULL)
		return err_memory(err);
	w->trust = trust;
	w->p = &now;
	w->watch = watch;
	w->header = *header;
	w->chain.len = p->valid_len;
	w->chain.lines = p->lines;
	memcpy(w->chain.h, p->h, 32);
	if ((rc = walk_from(fd, w, err)) == RC_OK) {
		*header = w->header;
		*p = now;
	}
	free(w);
	return rc;
}

enum rc
proof_more(int fd, const struct trust *trust, struct header *header, struct proof *p,
    struct err *err)
{
	return proof_walk_on(fd, trust, header, NULL, p, err);
}

enum rc
proof_file(int fd, const struct trust *trust, struct header *header, struct proof *ret,
    struct err *err)
{
	return proof_walk(fd, trust, header, NULL, ret, err);
}

/* Lines 0 and 1, and then the end of the file. */
static enum rc
head_lines(struct walk *w, struct lines *lines, struct err *err)
{
	struct line line;
	enum rc rc;

	for (unsigned i = 0; i < 2; i++) {
		if ((rc = lines_next(lines, &line, err)) == RC_END ||
		    (rc == RC_OK && line.torn))
			return err_set(
			    err, RC_REFUSE, "the file ends within its first two lines");
		if (rc != RC_OK || (rc = step(w, &line, err)) != RC_OK)
			return rc;
	}
	if ((rc = lines_next(lines, &line, err)) == RC_OK)
		return err_set(err, RC_REFUSE, "something follows the first two lines");
	return rc == RC_END ? RC_OK : rc;
}

enum rc
proof_head(int fd, struct header *header, uint8_t h1[32], struct err *err)
{
	struct lines *lines = NULL;
	struct proof p = { 0 };
	struct walk *w;
	enum rc rc;

	if ((w = calloc(1, sizeof *w)) == NULL)
		return err_memory(err);
	w->p = &p;
	if ((rc = lines_open(fd, HEADER_MAX, &lines, err)) == RC_OK &&
	    (rc = head_lines(w, lines, err)) == RC_OK) {
		*header = w->header;
		memcpy(h1, w->chain.h, 32);
	}
	lines_close(lines);
	free(w);
	return rc;
}
