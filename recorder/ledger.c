/* The log, read: entries become leaves and the nodes of their tree. */
#include "recorder/ledger.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/ledger_parts.h"

#define WINDOW 65536

/* A file read from front to end in large pieces. */
struct window {
	int fd;
	uint64_t next; /* where the next piece begins */
	size_t pos, len;
	uint8_t *p;
};

static enum rc
window_open(struct window *w, int fd, uint64_t from, struct err *err)
{
	*w = (struct window){ .fd = fd, .next = from, .p = malloc(WINDOW) };
	return w->p == NULL ? err_memory(err) : RC_OK;
}

static void
window_close(struct window *w)
{
	free(w->p);
}

/* n bytes at pos, or fewer at the end of the file. */
static enum rc
window_fill(struct window *w, size_t n, size_t *have, struct err *err)
{
	if (w->len - w->pos < n && w->pos > 0) {
		memmove(w->p, w->p + w->pos, w->len - w->pos);
		w->len -= w->pos;
		w->pos = 0;
	}
	while (w->len - w->pos < n) {
		ssize_t got =
		    pread(w->fd, w->p + w->len, WINDOW - w->len, (off_t)w->next);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(err, RC_FAIL, "read the log's entries");
		if (got == 0)
			break;
		w->len += (size_t)got;
		w->next += (uint64_t)got;
	}
	*have = w->len - w->pos;
	return RC_OK;
}

/* The next entry's leaf, borrowed until the next call.  RC_END: the file ends here;
 * RC_REFUSE: what stands here is no entry. */
static enum rc
window_entry(struct window *w, struct span *leaf, struct err *err)
{
	size_t have = 0, len;
	struct cur c;
	enum rc rc;

	if ((rc = window_fill(w, 2 + LEAF_MAX, &have, err)) != RC_OK)
		return rc;
	if (have == 0)
		return RC_END;
	cur_init(&c, span_make(w->p + w->pos, have));
	len = cur_le16(&c);
	if (have >= 2 && (len == 0 || len > LEAF_MAX))
		return err_set(err, RC_REFUSE, "its length is %zu", len);
	*leaf = cur_bytes(&c, len);
	if (c.bad)
		return err_set(err, RC_REFUSE, "it is cut short");
	w->pos += 2 + len;
	return RC_OK;
}

enum rc
ledger_new(struct ledger **ret, struct err *err)
{
	struct ledger *l = calloc(1, sizeof *l);

	if (l == NULL)
		return err_memory(err);
	l->entries = l->dir = -1;
	buf_init(&l->text, CHECKPOINT_TEXT_MAX);
	buf_init(&l->staged, 1 << 20);
	*ret = l;
	return RC_OK;
}

void
ledger_close(struct ledger *l)
{
	if (l == NULL)
		return;
	if (l->dir >= 0 && l->entries >= 0)
		close(l->entries);
	tiles_free(l->tiles);
	free(l->starts);
	buf_clear(&l->text);
	buf_clear(&l->staged);
	free(l);
}

enum rc
ledger_take_checkpoint(struct ledger *l, struct span text, struct err *err)
{
	enum rc rc = checkpoint_parse(text, &l->checkpoint, err);

	if (rc != RC_OK) {
		err_add(err, "%s", LEDGER_CHECKPOINT);
		return rc;
	}
	buf_reset(&l->text);
	buf_span_put(&l->text, text);
	snprintf(l->keys.broker, sizeof l->keys.broker, "%s", l->checkpoint.broker);
	l->sealed = true;
	return buf_ok(&l->text) ? RC_OK : err_memory(err);
}

/* Blocks that the tree asks for again. */
static enum rc
read_block(void *arg, uint64_t block, uint8_t leaf[TILES_BLOCK][32], struct err *err)
{
	struct ledger *l = arg;
	struct window w;
	struct span bytes;
	enum rc rc = window_open(&w, l->entries, l->starts[block], err);

	for (unsigned i = 0; rc == RC_OK && i < TILES_BLOCK; i++)
		if ((rc = window_entry(&w, &bytes, err)) == RC_OK)
			rc = merkle_leaf(bytes, leaf[i], err);
	window_close(&w);
	return rc == RC_OK ? RC_OK
			   : err_set(err, RC_FAIL, "the log has changed meanwhile");
}

static enum rc
note_start(struct ledger *l, struct err *err)
{
	if (l->nstarts == l->starts_cap) {
		size_t cap = l->starts_cap * 2 + 16;
		void *grown = realloc(l->starts, cap * sizeof *l->starts);

		if (grown == NULL)
			return err_memory(err);
		l->starts = grown;
		l->starts_cap = cap;
	}
	l->starts[l->nstarts++] = l->end;
	return RC_OK;
}

enum rc
ledger_admit(struct ledger *l, struct span bytes, const struct leaf *leaf,
    ledger_fn *fn, void *arg, struct err *err)
{
	uint64_t index = tiles_count(l->tiles);
	uint8_t hash[32];
	enum rc rc = RC_OK;

	if (index == 0 && leaf->type != LEAF_DEVKEY)
		return err_set(err, RC_REFUSE, "the log does not begin with a DEVKEY");
	if (leaf->type == LEAF_DEVKEY)
		rc = keychain_add(&l->keys, index, leaf, err);
	if (rc == RC_OK && index % TILES_BLOCK == 0)
		rc = note_start(l, err);
	if (rc == RC_OK && fn != NULL)
		rc = fn(arg, index, leaf, err);
	if (rc == RC_OK)
		rc = merkle_leaf(bytes, hash, err);
	if (rc == RC_OK)
		rc = tiles_add(l->tiles, hash, err);
	l->end += 2 + bytes.len;
	return rc;
}

/* Name the place of what is wrong. */
static enum rc
at_entry(const struct ledger *l, enum rc rc, struct err *err)
{
	err_add(err, "%s: entry %llu at offset %llu", LEDGER_ENTRIES,
	    (unsigned long long)tiles_count(l->tiles), (unsigned long long)l->end);
	return rc;
}

static enum rc
walk_entries(struct ledger *l, struct window *w, uint64_t most, ledger_fn *fn,
    void *arg, struct err *why, struct err *err)
{
	while (tiles_count(l->tiles) < most) {
		uint64_t start = l->end;
		struct span bytes;
		struct leaf leaf;
		enum rc rc;

		if ((rc = window_entry(w, &bytes, why)) == RC_OK)
			rc = leaf_parse(bytes, &leaf, why);
		if (rc == RC_FAIL)
			return err_set(err, RC_FAIL, "%s", why->text);
		if (rc != RC_OK)
			return RC_OK;
		rc = ledger_admit(l, bytes, &leaf, fn, arg, err);
		if (rc != RC_OK) {
			l->end = start;
			return at_entry(l, rc, err);
		}
	}
	return RC_OK;
}

enum rc
ledger_walk(struct ledger *l, uint64_t most, ledger_fn *fn, void *arg, struct err *why,
    struct err *err)
{
	struct window w;
	enum rc rc;

	err_clear(why);
	if ((rc = tiles_new(read_block, l, &l->tiles, err)) != RC_OK)
		return rc;
	if ((rc = window_open(&w, l->entries, 0, err)) == RC_OK)
		rc = walk_entries(l, &w, most, fn, arg, why, err);
	window_close(&w);
	l->synced = tiles_count(l->tiles);
	return rc;
}

enum rc
ledger_reaches(
    const struct ledger *l, uint64_t least, const struct err *why, struct err *err)
{
	uint64_t n = tiles_count(l->tiles);

	if (n >= least)
		return RC_OK;
	if (why->text[0] != '\0')
		err_set(err, RC_REFUSE, "%s", why->text);
	else
		err_set(err, RC_REFUSE, "the log ends here, though %llu %s signed",
		    (unsigned long long)least, least == 1 ? "leaf is" : "leaves are");
	return at_entry(l, RC_REFUSE, err);
}

static enum rc
compare_root(const struct ledger *l, struct err *err)
{
	uint8_t root[32];
	enum rc rc = ledger_root(l, l->checkpoint.size, root, err);

	if (rc == RC_OK && memcmp(root, l->checkpoint.root, 32) != 0)
		return err_set(err, RC_REFUSE,
		    "%s: its first %llu entries are not those that the checkpoint "
		    "is about",
		    LEDGER_ENTRIES, (unsigned long long)l->checkpoint.size);
	return rc;
}

static enum rc
read_signed(struct ledger *l, ledger_fn *fn, void *arg, struct err *err)
{
	struct err why;
	struct stat st;
	enum rc rc;

	if (fstat(l->entries, &st) != 0)
		return err_errno(err, RC_FAIL, "%s", LEDGER_ENTRIES);
	if (l->checkpoint.size == 0)
		return err_set(
		    err, RC_REFUSE, "%s: of an empty log", LEDGER_CHECKPOINT);
	if ((rc = ledger_walk(l, l->checkpoint.size, fn, arg, &why, err)) != RC_OK ||
	    (rc = ledger_reaches(l, l->checkpoint.size, &why, err)) != RC_OK)
		return rc;
	l->behind = (uint64_t)st.st_size > l->end ? (uint64_t)st.st_size - l->end : 0;
	return compare_root(l, err);
}

enum rc
ledger_read(int entries, struct span checkpoint, ledger_fn *fn, void *arg,
    struct ledger **ret, struct err *err)
{
	struct ledger *l = NULL;
	enum rc rc;

	if ((rc = ledger_new(&l, err)) != RC_OK)
		return rc;
	l->entries = entries;
	if ((rc = ledger_take_checkpoint(l, checkpoint, err)) != RC_OK ||
	    (rc = read_signed(l, fn, arg, err)) != RC_OK) {
		ledger_close(l);
		return rc;
	}
	*ret = l;
	return RC_OK;
}

uint64_t
ledger_size(const struct ledger *l)
{
	return tiles_count(l->tiles);
}

const struct checkpoint *
ledger_checkpoint(const struct ledger *l)
{
	return &l->checkpoint;
}

struct span
ledger_checkpoint_text(const struct ledger *l)
{
	return buf_span(&l->text);
}

uint64_t
ledger_behind(const struct ledger *l)
{
	return l->behind;
}

const struct keychain *
ledger_keys(const struct ledger *l)
{
	return &l->keys;
}

enum rc
ledger_believe(const struct ledger *l, struct trust *t, struct err *err)
{
	return keychain_believe(&l->keys, &l->checkpoint, t, err);
}

enum rc
ledger_leaf(const struct ledger *l, uint64_t i, struct leaf *ret, struct err *err)
{
	struct window w;
	struct span bytes = { 0 };
	enum rc rc;

	if (i >= l->synced)
		return err_set(
		    err, RC_REFUSE, "the log has no entry %llu", (unsigned long long)i);
	rc = window_open(&w, l->entries, l->starts[i / TILES_BLOCK], err);
	for (uint64_t k = 0; rc == RC_OK && k <= i % TILES_BLOCK; k++)
		rc = window_entry(&w, &bytes, err);
	if (rc == RC_OK)
		rc = leaf_parse(bytes, ret, err);
	window_close(&w);
	return rc == RC_OK ? RC_OK
			   : err_set(err, RC_FAIL, "the log has changed meanwhile");
}

enum rc
ledger_root(const struct ledger *l, uint64_t n, uint8_t root[32], struct err *err)
{
	if (n > tiles_count(l->tiles))
		return err_set(err, RC_REFUSE, "the log has fewer than %llu entries",
		    (unsigned long long)n);
	return merkle_root_of(tiles_sub, l->tiles, n, root, err);
}

enum rc
ledger_agrees(const struct ledger *l, const struct checkpoint *c, struct err *err)
{
	uint8_t root[32];
	enum rc rc;

	if (strcmp(c->broker, l->keys.broker) != 0)
		return err_set(err, RC_REFUSE, "a checkpoint of %s, and a log of %s",
		    c->broker, l->keys.broker);
	if ((rc = ledger_root(l, c->size, root, err)) != RC_OK)
		return rc;
	if (memcmp(root, c->root, 32) != 0)
		return err_set(err, RC_REFUSE,
		    "the checkpoint over %llu entries is of another history",
		    (unsigned long long)c->size);
	return RC_OK;
}

enum rc
ledger_inclusion(const struct ledger *l, uint64_t i, uint64_t n,
    struct merkle_path *ret, struct err *err)
{
	if (n > tiles_count(l->tiles))
		return err_set(err, RC_REFUSE, "the log has fewer than %llu entries",
		    (unsigned long long)n);
	return merkle_inclusion(tiles_sub, l->tiles, i, n, ret, err);
}

enum rc
ledger_consistency(const struct ledger *l, uint64_t m, uint64_t n,
    struct merkle_path *ret, struct err *err)
{
	if (n > tiles_count(l->tiles))
		return err_set(err, RC_REFUSE, "the log has fewer than %llu entries",
		    (unsigned long long)n);
	return merkle_consistency(tiles_sub, l->tiles, m, n, ret, err);
}
