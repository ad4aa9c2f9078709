/* SID.proof: made from a log, read without one. */
#include "recorder/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/id.h"
#include "recorder/b64.h"
#include "recorder/keychain.h"
#include "recorder/merkle.h"
#include "recorder/textfile.h"

#define MAGIC "hoop-proof 1"

struct evidence {
	uint8_t sid[16];
	struct keychain keys;
	struct leaf open, end;
	struct checkpoint checkpoint;
};

static void
put_bytes(struct buf *out, struct span bytes)
{
	b64_put(out, bytes);
	buf_text(out, "\n");
}

/* One leaf and its path. */
static enum rc
put_leaf(const struct ledger *l, uint64_t index, const struct leaf *leaf,
    struct buf *out, struct err *err)
{
	struct merkle_path path;
	uint8_t room[LEAF_MAX + 1];
	struct buf b;
	enum rc rc;

	buf_over(&b, room, sizeof room);
	if ((rc = leaf_put(leaf, &b, err)) != RC_OK ||
	    (rc = ledger_inclusion(l, index, ledger_checkpoint(l)->size, &path, err)) !=
		RC_OK)
		return rc;
	buf_printf(out, "leaf %llu ", (unsigned long long)index);
	put_bytes(out, buf_span(&b));
	for (unsigned i = 0; i < path.n; i++) {
		buf_text(out, "node ");
		put_bytes(out, span_make(path.h[i], 32));
	}
	return RC_OK;
}

static bool
is_end(enum leaf_type type)
{
	return type == LEAF_CLOSE || type == LEAF_RECOVER;
}

/* The leaf at index, which must be about sid. */
static enum rc
put_own(const struct ledger *l, const uint8_t sid[16], uint64_t index, bool end,
    struct buf *out, struct err *err)
{
	struct leaf leaf;
	enum rc rc;

	if ((rc = ledger_leaf(l, index, &leaf, err)) != RC_OK)
		return rc;
	if (memcmp(leaf.sid, sid, 16) != 0 ||
	    (end ? !is_end(leaf.type) : leaf.type != LEAF_OPEN))
		return err_set(err, RC_REFUSE, "entry %llu is not its %s",
		    (unsigned long long)index, end ? "end" : "OPEN");
	return put_leaf(l, index, &leaf, out, err);
}

/* The DEVKEYs under the checkpoint. */
static enum rc
put_keys(const struct ledger *l, struct buf *out, struct err *err)
{
	const struct keychain *k = ledger_keys(l);
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < k->n; i++) {
		struct leaf leaf;

		if (k->key[i].index >= ledger_checkpoint(l)->size)
			break;
		if ((rc = ledger_leaf(l, k->key[i].index, &leaf, err)) == RC_OK)
			rc = put_leaf(l, k->key[i].index, &leaf, out, err);
	}
	return rc;
}

enum rc
evidence_put(const struct ledger *l, const uint8_t sid[16], uint64_t open, uint64_t end,
    struct buf *out, struct err *err)
{
	char text[ID_UUID_TEXT];
	enum rc rc;

	id_uuid_text(sid, text);
	buf_printf(out, MAGIC "\nsid %s\n", text);
	if ((rc = put_keys(l, out, err)) != RC_OK ||
	    (rc = put_own(l, sid, open, false, out, err)) != RC_OK ||
	    (rc = put_own(l, sid, end, true, out, err)) != RC_OK)
		return rc;
	buf_text(out, "\n");
	buf_span_put(out, ledger_checkpoint_text(l));
	return buf_ok(out) ? RC_OK : err_set(err, RC_FAIL, "no room for the evidence");
}

/* A text being read, a line at a time. */
struct reading {
	struct evidence *e;
	struct span text;
	struct span line;
	unsigned n;		 /* of the line, from 1 */
	uint64_t last_key, last; /* places of the last DEVKEY, of the last other */
	bool any, opened, ended;
};

static enum rc
next_line(struct reading *r, struct err *err)
{
	r->n++;
	if (!textfile_line(&r->text, &r->line))
		return err_set(err, RC_REFUSE, "the text ends here");
	return RC_OK;
}

/* A decimal without sign or leading zero. */
static bool
number(struct span s, uint64_t *ret)
{
	uint64_t v = 0;

	if (s.len == 0 || s.len > 18 || (s.len > 1 && s.p[0] == '0'))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (s.p[i] - '0');
	}
	*ret = v;
	return true;
}

static enum rc
take_leaf(struct reading *r, uint64_t index, const struct leaf *leaf, struct err *err)
{
	struct evidence *e = r->e;

	if (leaf->type == LEAF_DEVKEY && !r->opened)
		return keychain_add(&e->keys, index, leaf, err);
	if (memcmp(leaf->sid, e->sid, 16) != 0)
		return err_set(
		    err, RC_REFUSE, "%s of another session", leaf_name(leaf->type));
	if (leaf->type == LEAF_OPEN && !r->opened && e->keys.n > 0) {
		r->opened = true;
		e->open = *leaf;
		return RC_OK;
	}
	if (is_end(leaf->type) && r->opened && !r->ended) {
		r->ended = true;
		e->end = *leaf;
		return RC_OK;
	}
	return err_set(
	    err, RC_REFUSE, "%s where it cannot stand", leaf_name(leaf->type));
}

/* The nodes under a leaf, and what they prove. */
static enum rc
read_path(struct reading *r, uint64_t index, struct span bytes, struct err *err)
{
	const struct checkpoint *c = &r->e->checkpoint;
	struct merkle_path path = { 0 };
	struct span f[2];
	uint8_t hash[32];
	enum rc rc;

	while (span_starts(r->text, "node ")) {
		if ((rc = next_line(r, err)) != RC_OK)
			return rc;
		if (path.n == MERKLE_PATH_MAX || textfile_fields(r->line, f, 2) != 2 ||
		    !b64_fixed(f[1], path.h[path.n++], 32))
			return err_set(err, RC_REFUSE, "no node of a path");
	}
	if ((rc = merkle_leaf(bytes, hash, err)) != RC_OK)
		return rc;
	return merkle_included(hash, index, c->size, &path, c->root, err);
}

/* The keys follow each other in the log, and so do OPEN and its end; a rotation may come
 * behind the recording. */
static enum rc
in_order(struct reading *r, uint64_t index, const struct leaf *leaf, struct err *err)
{
	uint64_t *last = leaf->type == LEAF_DEVKEY ? &r->last_key : &r->last;

	if (index != 0 && index <= *last)
		return err_set(err, RC_REFUSE, "the leaves are not in their order");
	*last = index;
	return RC_OK;
}

/* r->line: leaf INDEX BYTES; then its nodes. */
static enum rc
read_leaf(struct reading *r, struct err *err)
{
	uint8_t room[LEAF_MAX + 4]; /* whole groups of base64 */
	struct span f[3];
	struct leaf leaf;
	uint64_t index;
	struct buf b;
	enum rc rc;

	buf_over(&b, room, sizeof room);
	if (textfile_fields(r->line, f, 3) != 3 || !span_is(f[0], "leaf") ||
	    !number(f[1], &index) || !b64_read(&b, f[2]))
		return err_set(err, RC_REFUSE, "expected: leaf INDEX LEAF");
	/* Or somebody could leave out where the chain of keys begins. */
	if (!r->any && index != 0)
		return err_set(err, RC_REFUSE, "the log's first leaf is missing");
	r->any = true;
	if ((rc = leaf_parse(buf_span(&b), &leaf, err)) != RC_OK ||
	    (rc = in_order(r, index, &leaf, err)) != RC_OK ||
	    (rc = take_leaf(r, index, &leaf, err)) != RC_OK)
		return rc;
	return read_path(r, index, buf_span(&b), err);
}

static enum rc
read_head(struct reading *r, struct err *err)
{
	struct span f[2];
	enum rc rc;

	if ((rc = next_line(r, err)) != RC_OK)
		return rc;
	if (!span_is(r->line, MAGIC))
		return err_set(err, RC_REFUSE, "expected: " MAGIC);
	if ((rc = next_line(r, err)) != RC_OK)
		return rc;
	if (textfile_fields(r->line, f, 2) != 2 || !span_is(f[0], "sid") ||
	    !id_uuid_parse(f[1], r->e->sid))
		return err_set(err, RC_REFUSE, "expected: sid SID");
	return RC_OK;
}

static enum rc
read_leaves(struct reading *r, struct err *err)
{
	enum rc rc;

	while ((rc = next_line(r, err)) == RC_OK && r->line.len > 0)
		if ((rc = read_leaf(r, err)) != RC_OK)
			return rc;
	if (rc == RC_OK && !r->ended)
		rc = err_set(err, RC_REFUSE, "a leaf is missing");
	return rc;
}

/* Behind the first empty line. */
static enum rc
read_checkpoint(struct evidence *e, struct span text, struct err *err)
{
	struct span line;
	enum rc rc;

	do
		if (!textfile_line(&text, &line))
			return err_set(err, RC_REFUSE, "there is no checkpoint");
	while (line.len > 0);
	if ((rc = checkpoint_parse(text, &e->checkpoint, err)) != RC_OK)
		err_add(err, "checkpoint");
	(void)span_copy(
	    span_of(e->checkpoint.broker), e->keys.broker, sizeof e->keys.broker);
	return rc;
}

static enum rc
read_all(struct evidence *e, struct span text, struct err *err)
{
	struct reading r = { .e = e, .text = text };
	enum rc rc;

	if (text.len > EVIDENCE_TEXT_MAX)
		return err_set(err, RC_REFUSE, "more than %d bytes", EVIDENCE_TEXT_MAX);
	/* First, because the leaves are held against it. */
	if ((rc = read_checkpoint(e, text, err)) != RC_OK)
		return rc;
	if ((rc = read_head(&r, err)) != RC_OK || (rc = read_leaves(&r, err)) != RC_OK)
		err_add(err, "line %u", r.n);
	return rc;
}

enum rc
evidence_parse(struct span text, struct evidence **ret, struct err *err)
{
	struct evidence *e = calloc(1, sizeof *e);
	enum rc rc;

	if (e == NULL)
		return err_memory(err);
	if ((rc = read_all(e, text, err)) != RC_OK) {
		evidence_free(e);
		return rc;
	}
	*ret = e;
	return RC_OK;
}

void
evidence_free(struct evidence *e)
{
	free(e);
}

const uint8_t *
evidence_sid(const struct evidence *e)
{
	return e->sid;
}

const struct leaf *
evidence_open(const struct evidence *e)
{
	return &e->open;
}

const struct leaf *
evidence_end(const struct evidence *e)
{
	return &e->end;
}

const struct checkpoint *
evidence_checkpoint(const struct evidence *e)
{
	return &e->checkpoint;
}

enum rc
evidence_believe(const struct evidence *e, struct trust *t, struct err *err)
{
	return keychain_believe(&e->keys, &e->checkpoint, t, err);
}

static enum rc
differs(const struct leaf *l, const char *what, struct err *err)
{
	return err_set(
	    err, RC_REFUSE, "the log's %s says another %s", leaf_name(l->type), what);
}

static enum rc
fits_open(const struct leaf *l, const struct proof *p, struct err *err)
{
	/* A crash may come between the leaf and the certificate: h_1 binds line 0. */
	if (!p->certified)
		return p->lines == 2 && memcmp(l->open.h1, p->h, 32) == 0
			   ? RC_OK
			   : differs(l, "beginning", err);
	if (memcmp(l->open.h1, p->h1, 32) != 0)
		return differs(l, "beginning", err);
	return memcmp(l->open.spk, p->spk, 32) == 0 ? RC_OK
						    : differs(l, "session key", err);
}

static enum rc
fits_close(const struct leaf *l, const struct proof *p, struct err *err)
{
	if (!p->closed)
		return err_set(
		    err, RC_REFUSE, "the log says that it was closed, and it is not");
	if (l->close.len != p->valid_len || p->valid_len != p->file_len)
		return differs(l, "length", err);
	if (l->close.chunks != p->chunks)
		return differs(l, "number of chunks", err);
	if (l->close.status != p->status)
		return differs(l, "status", err);
	return memcmp(l->close.h, p->h, 32) == 0 ? RC_OK : differs(l, "end", err);
}

static enum rc
fits_recover(const struct leaf *l, const struct proof *p, struct err *err)
{
	if (l->recover.len != p->valid_len)
		return differs(l, "length", err);
	return memcmp(l->recover.h, p->h, 32) == 0 ? RC_OK : differs(l, "end", err);
}

enum rc
evidence_fits(const struct leaf *leaf, const struct proof *found, struct err *err)
{
	if (found->certified && memcmp(leaf->sid, found->sid, 16) != 0)
		return err_set(err, RC_REFUSE, "the log's %s is about another session",
		    leaf_name(leaf->type));
	switch (leaf->type) {
	case LEAF_OPEN:
		return fits_open(leaf, found, err);
	case LEAF_CLOSE:
		return fits_close(leaf, found, err);
	case LEAF_RECOVER:
		return fits_recover(leaf, found, err);
	default:
		return err_set(
		    err, RC_REFUSE, "%s says nothing of a file", leaf_name(leaf->type));
	}
}
