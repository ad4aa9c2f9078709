/* The log and what speaks of it.  The first byte chooses: a checkpoint, a leaf, an
 * evidence file, a rotation file, a line of checkpoints, or entries, for which a checkpoint with the right
 * root is made, since else only their framing is reached. */
#include <fcntl.h>
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "recorder/evidence.h"
#include "recorder/ledger.h"
#include "recorder/rotation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct keyfile *
device(void)
{
	static struct keyfile *key;
	static const char text[] = "hoop-device 1 fuzz/b1 ed25519 "
				   "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n";

	if (key == NULL &&
	    (sodium_init() < 0 || keyfile_parse(KEYFILE_DEVICE, span_of(text), NULL,
				      &key, NULL) != RC_OK))
		abort();
	return key;
}

static struct trust *
trust(void)
{
	struct trust *t = NULL;

	if (trust_new(&t, NULL) != RC_OK ||
	    trust_add(t, false, span_of("fuzz/b1"), keyfile_public(device()), NULL) !=
		RC_OK)
		abort();
	return t;
}

static void
try_checkpoint(struct span s)
{
	struct trust *t = trust();
	struct checkpoint c;

	if (checkpoint_parse(s, &c, NULL) == RC_OK)
		(void)checkpoint_verify(&c, t, NULL);
	trust_free(t);
}

static void
try_line(struct span s)
{
	struct checkpoint c;
	struct buf b;

	if (checkpoint_line_parse(s, &c, NULL) != RC_OK)
		return;
	buf_init(&b, 4096);
	checkpoint_line_put(&c, &b);
	if (!buf_ok(&b) || b.len != s.len + 1 || memcmp(b.p, s.p, s.len) != 0)
		abort();
	buf_clear(&b);
}

/* What is taken is what would be written. */
static void
try_leaf(struct span s)
{
	struct leaf leaf;
	struct buf b;

	if (leaf_parse(s, &leaf, NULL) != RC_OK)
		return;
	buf_init(&b, LEAF_MAX);
	if (leaf_put(&leaf, &b, NULL) != RC_OK || !span_eq(buf_span(&b), s))
		abort();
	buf_clear(&b);
}

static void
try_evidence(struct span s)
{
	struct evidence *e = NULL;
	struct trust *t = trust();
	struct proof p = { 0 };

	if (evidence_parse(s, &e, NULL) == RC_OK) {
		(void)evidence_believe(e, t, NULL);
		(void)evidence_fits(evidence_open(e), &p, NULL);
		(void)evidence_fits(evidence_end(e), &p, NULL);
		evidence_free(e);
	}
	trust_free(t);
}

static void
try_rotation(struct span s)
{
	struct rotation r;

	(void)rotation_find(s, "fuzz/b1", keyfile_public(device()), &r, NULL);
}

/* How many entries there are, and their root, as long as they are framed. */
static void
measure(struct span s, struct merkle *m)
{
	struct cur c;

	cur_init(&c, s);
	while (c.left > 0) {
		struct span leaf = cur_bytes(&c, cur_le16(&c));
		uint8_t hash[32];

		if (c.bad || merkle_leaf(leaf, hash, NULL) != RC_OK)
			return;
		if (merkle_add(m, hash, NULL) != RC_OK)
			abort();
	}
}

static void
try_entries(struct span s)
{
	struct ledger *l = NULL;
	struct merkle m = { 0 };
	struct trust *t = trust();
	uint8_t root[32];
	struct buf text;
	int fd = memfd_create("entries", MFD_CLOEXEC);

	if (fd < 0 || write(fd, s.p, s.len) != (ssize_t)s.len)
		abort();
	measure(s, &m);
	buf_init(&text, CHECKPOINT_TEXT_MAX);
	if (merkle_root(&m, root, NULL) != RC_OK ||
	    checkpoint_put(m.n, root, device(), &text, NULL) != RC_OK)
		abort();
	if (ledger_read(fd, buf_span(&text), NULL, NULL, &l, NULL) == RC_OK) {
		if (ledger_size(l) != m.n || ledger_root(l, m.n, root, NULL) != RC_OK)
			abort();
		(void)ledger_believe(l, t, NULL);
		ledger_close(l);
	}
	trust_free(t);
	buf_clear(&text);
	close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tries[])(struct span) = { try_checkpoint, try_leaf,
		try_evidence, try_rotation, try_line, try_entries };

	if (size == 0)
		return 0;
	tries[data[0] % (sizeof tries / sizeof tries[0])](
	    span_make(data + 1, size - 1));
	return 0;
}
