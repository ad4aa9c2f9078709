#include "tests/recorder/logbook.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/swapfile.h"

#define OK(call) assert_int_equal((call), RC_OK)

void
logbook_init(struct logbook *b, const char *broker)
{
	*b = (struct logbook){ .path = "/tmp/test_log.XXXXXX" };
	assert_non_null(mkdtemp(b->path));
	b->dir = open(b->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(b->dir >= 0);
	OK(keyfile_new(KEYFILE_DEVICE, span_of(broker), &b->key, NULL));
}

void
logbook_clear(struct logbook *b)
{
	logbook_close(b);
	keyfile_free(b->key);
	(void)unlinkat(b->dir, LEDGER_ENTRIES, 0);
	(void)unlinkat(b->dir, LEDGER_FRONTIER, 0);
	(void)unlinkat(b->dir, LEDGER_CHECKPOINT, 0);
	close(b->dir);
	assert_int_equal(rmdir(b->path), 0);
}

enum rc
logbook_open(struct logbook *b, const char *rotations, struct err *err)
{
	return ledger_open(
	    b->dir, b->key, span_of(rotations), NULL, NULL, &b->ledger, err);
}

void
logbook_close(struct logbook *b)
{
	ledger_close(b->ledger);
	b->ledger = NULL;
}

/* The descriptor of entries stays open: a ledger that is read borrows it. */
enum rc
logbook_read(
    struct logbook *b, ledger_fn *fn, void *arg, struct ledger **ret, struct err *err)
{
	int fd = openat(b->dir, LEDGER_ENTRIES, O_RDONLY | O_CLOEXEC);
	struct buf text;
	enum rc rc;

	assert_true(fd >= 0);
	logbook_get(b, LEDGER_CHECKPOINT, &text);
	rc = ledger_read(fd, buf_span(&text), fn, arg, ret, err);
	buf_clear(&text);
	if (rc != RC_OK)
		close(fd);
	return rc;
}

struct leaf
logbook_leaf(enum leaf_type type, uint8_t n)
{
	struct leaf l = { .type = type, .ms = 1795167217000 };

	if (leaf_has_sid(type))
		memset(l.sid, n, 16);
	switch (type) {
	case LEAF_OPEN:
		memset(l.open.h1, n + 1, 32);
		memset(l.open.spk, n + 2, 32);
		break;
	case LEAF_CLOSE:
		l.close.chunks = n;
		l.close.len = 1000u + n;
		memset(l.close.h, n + 3, 32);
		break;
	case LEAF_RECOVER:
		l.recover.len = 500u + n;
		memset(l.recover.h, n + 4, 32);
		l.recover.reason = LEAF_RECOVER_DIED;
		break;
	case LEAF_EXPIRE:
		l.expire.reason = LEAF_EXPIRE_KEPT;
		break;
	default:
		break;
	}
	return l;
}

uint64_t
logbook_add(struct logbook *b, enum leaf_type type, uint8_t n)
{
	struct leaf l = logbook_leaf(type, n);
	uint64_t index;

	OK(ledger_append(b->ledger, &l, &index, NULL));
	return index;
}

void
logbook_seal(struct logbook *b)
{
	OK(ledger_sync(b->ledger, NULL));
	OK(ledger_seal(b->ledger, NULL));
}

void
logbook_get(struct logbook *b, const char *name, struct buf *out)
{
	buf_init(out, 1u << 24);
	OK(swapfile_get(b->dir, name, out, NULL));
}

void
logbook_put(struct logbook *b, const char *name, const struct buf *text)
{
	if (text == NULL)
		assert_int_equal(unlinkat(b->dir, name, 0), 0);
	else
		OK(swapfile_put(b->dir, name, 0600, buf_span(text), NULL));
}
