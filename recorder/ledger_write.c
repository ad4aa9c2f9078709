/* The log, written: by one process, which signs it. */
#include "recorder/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "recorder/ledger_parts.h"
#include "recorder/rotation.h"
#include "recorder/swapfile.h"

#define FRONTIER_MAX (8 + 64 * 32)

static enum rc
append(struct ledger *l, const struct leaf *leaf, ledger_fn *fn, void *arg,
    struct err *err)
{
	struct buf b;
	uint8_t room[LEAF_MAX + 1];
	enum rc rc;

	buf_over(&b, room, sizeof room);
	if ((rc = leaf_put(leaf, &b, err)) != RC_OK)
		return rc;
	buf_le16(&l->staged, (uint16_t)b.len);
	buf_span_put(&l->staged, buf_span(&b));
	if (!buf_ok(&l->staged))
		return err_memory(err);
	if ((rc = ledger_admit(l, buf_span(&b), leaf, fn, arg, err)) != RC_OK)
		return rc;
	/* A full block can be asked for again, so it has to be in the file. */
	if (tiles_count(l->tiles) % TILES_BLOCK == 0)
		return ledger_sync(l, err);
	return RC_OK;
}

enum rc
ledger_append(
    struct ledger *l, const struct leaf *leaf, uint64_t *index, struct err *err)
{
	uint64_t at = tiles_count(l->tiles);
	enum rc rc;

	if (l->dir < 0 || l->dead)
		return err_set(err, RC_FAIL, "the log cannot be written to");
	if (leaf->type == LEAF_DEVKEY)
		return err_set(err, RC_REFUSE, "keys change at a start only");
	if ((rc = append(l, leaf, NULL, NULL, err)) != RC_OK) {
		l->dead |= rc == RC_FAIL;
		return rc;
	}
	if (index != NULL)
		*index = at;
	return RC_OK;
}

enum rc
ledger_sync(struct ledger *l, struct err *err)
{
	struct span s = buf_span(&l->staged);

	if (s.len == 0)
		return RC_OK;
	/* After a failure nobody knows what is on disk: the next start looks. */
	if (l->dead)
		return err_set(err, RC_FAIL, "the log cannot be written to");
	l->dead = true;
	while (s.len > 0) {
		ssize_t n = write(l->entries, s.p, s.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, RC_FAIL, "write to the log");
		s = span_make(s.p + n, s.len - (size_t)n);
	}
	if (fdatasync(l->entries) != 0)
		return err_errno(err, RC_FAIL, "sync the log");
	l->dead = false;
	buf_reset(&l->staged);
	l->synced = tiles_count(l->tiles);
	return RC_OK;
}

static enum rc
put_frontier(const struct ledger *l, struct buf *out, struct err *err)
{
	uint64_t n = l->synced;
	uint8_t h[32];
	enum rc rc;

	buf_le64(out, n);
	for (unsigned level = 64; level-- > 0;) {
		if ((n >> level & 1) == 0)
			continue;
		rc = tiles_sub(l->tiles, level, (n >> level) ^ 1, h, err);
		if (rc != RC_OK)
			return rc;
		buf_put(out, h, 32);
	}
	return buf_ok(out) ? RC_OK : err_memory(err);
}

static enum rc
swap_frontier(struct ledger *l, struct err *err)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, FRONTIER_MAX);
	if ((rc = put_frontier(l, &b, err)) == RC_OK)
		rc = swapfile_put(l->dir, LEDGER_FRONTIER, 0600, buf_span(&b), err);
	buf_clear(&b);
	return rc;
}

static enum rc
swap_checkpoint(struct ledger *l, struct err *err)
{
	uint8_t root[32];
	struct buf text;
	enum rc rc;

	buf_init(&text, CHECKPOINT_TEXT_MAX);
	if ((rc = ledger_root(l, l->synced, root, err)) == RC_OK &&
	    (rc = checkpoint_put(l->synced, root, l->device, &text, err)) == RC_OK)
		rc =
		    swapfile_put(l->dir, LEDGER_CHECKPOINT, 0600, buf_span(&text), err);
	if (rc == RC_OK)
		rc = ledger_take_checkpoint(l, buf_span(&text), err);
	buf_clear(&text);
	return rc == RC_OK ? RC_OK : RC_FAIL;
}

enum rc
ledger_seal(struct ledger *l, struct err *err)
{
	if (l->dir < 0)
		return err_set(err, RC_FAIL, "the log cannot be written to");
	if (l->sealed && l->checkpoint.size == l->synced)
		return RC_OK;
	if (swap_frontier(l, err) != RC_OK || swap_checkpoint(l, err) != RC_OK)
		return RC_FAIL;
	return fsync(l->dir) == 0 ? RC_OK : err_errno(err, RC_FAIL, "sync the log");
}

/* What stood in the folder before. */
struct found {
	bool has_frontier;
	uint64_t size; /* of the frontier */
	uint8_t root[32];
};

/* The frontier can be derived: one that is no frontier is as good as none. */
static enum rc
read_frontier(int dir, struct found *f, struct err *err)
{
	struct merkle m = { 0 };
	struct buf b;
	struct cur c;
	enum rc rc;

	buf_init(&b, FRONTIER_MAX);
	rc = swapfile_get(dir, LEDGER_FRONTIER, &b, err);
	cur_init(&c, rc == RC_OK ? buf_span(&b) : span_make(NULL, 0));
	m.n = cur_le64(&c);
	for (unsigned i = 0; i < merkle_width(m.n); i++) {
		struct span h = cur_bytes(&c, 32);

		if (h.len == 32)
			memcpy(m.h[i], h.p, 32);
	}
	if (rc == RC_OK && cur_done(&c)) {
		f->has_frontier = true;
		f->size = m.n;
		rc = merkle_root(&m, f->root, err);
	}
	buf_clear(&b);
	return rc == RC_FAIL ? rc : RC_OK;
}

static enum rc
read_checkpoint(struct ledger *l, struct err *err)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, CHECKPOINT_TEXT_MAX);
	if ((rc = swapfile_get(l->dir, LEDGER_CHECKPOINT, &b, err)) == RC_OK)
		rc = ledger_take_checkpoint(l, buf_span(&b), err);
	else if (rc == RC_END)
		rc = RC_OK;
	buf_clear(&b);
	if (rc == RC_OK && l->sealed &&
	    strcmp(l->checkpoint.broker, keyfile_label(l->device)) != 0)
		return err_set(err, RC_REFUSE, "%s: of another broker, %s",
		    LEDGER_CHECKPOINT, l->checkpoint.broker);
	return rc;
}

static enum rc
other_root(const char *file, uint64_t n, struct err *err)
{
	return err_set(err, RC_REFUSE,
	    "%s: its first %llu entries are not those that the %s is about",
	    LEDGER_ENTRIES, (unsigned long long)n, file);
}

/* By the key that was the newest when it was made. */
static enum rc
check_signature(const struct ledger *l, struct err *err)
{
	size_t i = l->keys.n;
	enum rc rc;

	while (i > 0 && l->keys.key[i - 1].index >= l->checkpoint.size)
		i--;
	if (i == 0)
		return err_set(
		    err, RC_REFUSE, "%s: of an empty log", LEDGER_CHECKPOINT);
	if ((rc = checkpoint_signed(&l->checkpoint, l->keys.key[i - 1].pk, err)) !=
	    RC_OK)
		err_add(err, "%s", LEDGER_CHECKPOINT);
	return rc;
}

static enum rc
check_sealed(const struct ledger *l, const struct found *f, struct err *err)
{
	uint8_t root[32];
	enum rc rc;

	if (!l->sealed && tiles_count(l->tiles) > 1)
		return err_set(err, RC_REFUSE, "%s is missing beside %llu entries",
		    LEDGER_CHECKPOINT, (unsigned long long)tiles_count(l->tiles));
	if (f->has_frontier) {
		if ((rc = ledger_root(l, f->size, root, err)) != RC_OK)
			return rc;
		if (memcmp(root, f->root, 32) != 0)
			return other_root(LEDGER_FRONTIER, f->size, err);
	}
	if (!l->sealed)
		return RC_OK;
	if ((rc = ledger_root(l, l->checkpoint.size, root, err)) != RC_OK)
		return rc;
	if (memcmp(root, l->checkpoint.root, 32) != 0)
		return other_root(LEDGER_CHECKPOINT, l->checkpoint.size, err);
	return check_signature(l, err);
}

/* Behind what was signed, a crash may have left anything. */
static enum rc
cut_torn(struct ledger *l, const struct err *why, struct err *err)
{
	struct stat st;

	if (fstat(l->entries, &st) != 0)
		return err_errno(err, RC_FAIL, "%s", LEDGER_ENTRIES);
	if ((uint64_t)st.st_size == l->end)
		return RC_OK;
	log_line(LOG_ERROR,
	    "log: entry %llu was torn by a crash (%s): %llu bytes behind the last "
	    "checkpoint are cut off",
	    (unsigned long long)tiles_count(l->tiles), why->text,
	    (unsigned long long)((uint64_t)st.st_size - l->end));
	if (ftruncate(l->entries, (off_t)l->end) != 0 || fsync(l->entries) != 0)
		return err_errno(err, RC_FAIL, "cut a torn entry off");
	return RC_OK;
}

static enum rc
append_key(struct ledger *l, const struct rotation *r, ledger_fn *fn, void *arg,
    struct err *err)
{
	struct leaf leaf = { .type = LEAF_DEVKEY, .ms = clock_wall_ms() };

	memcpy(leaf.devkey.pk, r->new_pk, 32);
	memcpy(leaf.devkey.sig, r->sig, 64);
	return append(l, &leaf, fn, arg, err);
}

/* From the chain's newest key to the one we have. */
static enum rc
append_keys(
    struct ledger *l, struct span rotations, ledger_fn *fn, void *arg, struct err *err)
{
	const uint8_t *pk = keyfile_public(l->device);
	struct rotation r;
	enum rc rc;

	if (l->keys.n == 0) {
		if ((rc = rotation_sign(l->device, pk, &r, err)) != RC_OK)
			return rc;
		return append_key(l, &r, fn, arg, err);
	}
	while (memcmp(l->keys.key[l->keys.n - 1].pk, pk, 32) != 0) {
		rc = rotation_find(
		    rotations, l->keys.broker, l->keys.key[l->keys.n - 1].pk, &r, err);
		if (rc == RC_END)
			return err_set(err, RC_REFUSE,
			    "the device key is not the one that the log knows, and %s "
			    "does not say that the old one signed for it",
			    ROTATION_FILE);
		if (rc != RC_OK) {
			err_add(err, "%s", ROTATION_FILE);
			return rc;
		}
		if ((rc = append_key(l, &r, fn, arg, err)) != RC_OK)
			return rc;
	}
	return RC_OK;
}

static enum rc
start(
    struct ledger *l, struct span rotations, ledger_fn *fn, void *arg, struct err *err)
{
	struct found f = { 0 };
	struct err why;
	uint64_t least = 0;
	enum rc rc;

	if ((rc = read_checkpoint(l, err)) != RC_OK ||
	    (rc = read_frontier(l->dir, &f, err)) != RC_OK)
		return rc;
	snprintf(l->keys.broker, sizeof l->keys.broker, "%s", keyfile_label(l->device));
	if (l->sealed)
		least = l->checkpoint.size;
	if (f.has_frontier && f.size > least)
		least = f.size;
	if ((rc = ledger_walk(l, UINT64_MAX, fn, arg, &why, err)) != RC_OK ||
	    (rc = ledger_reaches(l, least, &why, err)) != RC_OK ||
	    (rc = check_sealed(l, &f, err)) != RC_OK ||
	    (rc = cut_torn(l, &why, err)) != RC_OK ||
	    (rc = append_keys(l, rotations, fn, arg, err)) != RC_OK ||
	    (rc = ledger_sync(l, err)) != RC_OK)
		return rc;
	return ledger_seal(l, err);
}

static enum rc
open_entries(struct ledger *l, struct err *err)
{
	struct stat st;

	l->entries = openat(l->dir, LEDGER_ENTRIES,
	    O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (l->entries < 0 || fstat(l->entries, &st) != 0)
		return err_errno(err, RC_FAIL, "%s", LEDGER_ENTRIES);
	if (!S_ISREG(st.st_mode))
		return err_set(err, RC_REFUSE, "%s is no plain file", LEDGER_ENTRIES);
	return RC_OK;
}

enum rc
ledger_open(int dir, const struct keyfile *device, struct span rotations, ledger_fn *fn,
    void *arg, struct ledger **ret, struct err *err)
{
	struct ledger *l = NULL;
	enum rc rc;

	if ((rc = ledger_new(&l, err)) != RC_OK)
		return rc;
	l->dir = dir;
	l->device = device;
	if ((rc = open_entries(l, err)) == RC_OK)
		rc = start(l, rotations, fn, arg, err);
	if (rc != RC_OK) {
		err_add(err, "log");
		ledger_close(l);
		return rc;
	}
	*ret = l;
	return RC_OK;
}
