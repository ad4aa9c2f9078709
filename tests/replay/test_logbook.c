/* A log, read by a verifier: what it says of recordings that are here, and of those that
 * are not.  True and forged logs at the program's own hands: evidence.py. */
#include "tests/support/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "recorder/ledger.h"
#include "replay/logbook.h"

#define DAY_MS 86400000ULL

struct world {
	char dir[64];
	int fd;
	struct keyfile *device;
	struct trust *trust;
	struct ledger *ledger;
	struct logbook *book;
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);

	strcpy(w->dir, "/tmp/test_logbook.XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	assert_true((w->fd = open(w->dir, O_RDONLY | O_DIRECTORY)) >= 0);
	assert_int_equal(
	    keyfile_new(KEYFILE_DEVICE, span_of("gw"), &w->device, NULL), RC_OK);
	assert_int_equal(trust_new(&w->trust, NULL), RC_OK);
	assert_int_equal(
	    trust_add(w->trust, false, span_of("gw"), keyfile_public(w->device), NULL),
	    RC_OK);
	assert_int_equal(
	    ledger_open(w->fd, w->device, span_of(""), NULL, NULL, &w->ledger, NULL),
	    RC_OK);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	logbook_close(w->book);
	ledger_close(w->ledger);
	trust_free(w->trust);
	keyfile_free(w->device);
	unlinkat(w->fd, LEDGER_ENTRIES, 0);
	unlinkat(w->fd, LEDGER_FRONTIER, 0);
	unlinkat(w->fd, LEDGER_CHECKPOINT, 0);
	close(w->fd);
	rmdir(w->dir);
	free(w);
	return 0;
}

/* A recording by its number: what its leaves say is made of it. */
static struct proof
recording(uint8_t n)
{
	struct proof p = { .code = PROOF_WHOLE,
		.certified = true,
		.signer_known = true,
		.closed = true,
		.chunks = n,
		.valid_len = 1000u + n,
		.file_len = 1000u + n };

	memset(p.sid, n, sizeof p.sid);
	memset(p.h1, n + 1, sizeof p.h1);
	memset(p.spk, n + 2, sizeof p.spk);
	memset(p.h, n + 3, sizeof p.h);
	return p;
}

static void
append(struct world *w, enum leaf_type type, uint8_t n, uint64_t ms)
{
	struct proof p = recording(n);
	struct leaf leaf = { .type = type, .ms = ms };

	memcpy(leaf.sid, p.sid, 16);
	if (type == LEAF_OPEN) {
		memcpy(leaf.open.h1, p.h1, 32);
		memcpy(leaf.open.spk, p.spk, 32);
		leaf.open.days = 2;
	} else if (type == LEAF_CLOSE) {
		leaf.close.chunks = p.chunks;
		leaf.close.len = p.file_len;
		memcpy(leaf.close.h, p.h, 32);
	} else if (type == LEAF_EXPIRE) {
		leaf.expire.reason = LEAF_EXPIRE_KEPT;
	}
	assert_int_equal(ledger_append(w->ledger, &leaf, NULL, NULL), RC_OK);
}

static void
read_book(struct world *w)
{
	assert_int_equal(ledger_sync(w->ledger, NULL), RC_OK);
	assert_int_equal(ledger_seal(w->ledger, NULL), RC_OK);
	if (w->book == NULL)
		assert_int_equal(logbook_open(w->dir, NULL, 0, &w->book, NULL), RC_OK);
	assert_int_equal(logbook_read(w->book, w->trust, NULL), RC_OK);
}

static struct logbook_word
ask(struct world *w, struct proof p, bool live, uint64_t since)
{
	struct logbook_word word;

	assert_int_equal(logbook_judge(w->book, &p, live, since, &word, NULL), RC_OK);
	return word;
}

static void
each_field_counts(void **state)
{
	struct world *w = *state;
	struct logbook_word word;
	struct proof p;

	append(w, LEAF_OPEN, 1, 10);
	append(w, LEAF_CLOSE, 1, 20);
	read_book(w);
	assert_int_equal(logbook_code(w->book), PROOF_WHOLE);
	word = ask(w, recording(1), false, LOGBOOK_NONE);
	assert_int_equal(word.code, PROOF_WHOLE);
	assert_int_equal(word.open, 1);
	assert_int_equal(word.end, 2);
	assert_int_equal(ask(w, recording(2), false, LOGBOOK_NONE).code, PROOF_MISSING);
#define DIFFERS(change)                                                                \
	do {                                                                           \
		p = recording(1);                                                      \
		change;                                                                \
		assert_int_equal(ask(w, p, false, LOGBOOK_NONE).code, PROOF_MISSING);  \
	} while (0)
	DIFFERS(p.h1[31] ^= 1);
	DIFFERS(p.spk[0] ^= 1);
	DIFFERS(p.h[16] ^= 1);
	DIFFERS(p.chunks++);
	DIFFERS(p.valid_len++; p.file_len++);
	DIFFERS(p.status = 1);
	DIFFERS(p.closed = false);
	DIFFERS(p.certified = false);
#undef DIFFERS
}

static void
what_is_still_written_has_no_end(void **state)
{
	struct world *w = *state;
	struct proof p = recording(1);
	uint64_t since;

	p.closed = false;
	p.code = PROOF_UNTERMINATED;
	append(w, LEAF_OPEN, 1, 10);
	read_book(w);
	assert_true(ask(w, p, true, LOGBOOK_NONE).live);
	assert_int_equal(ask(w, p, true, LOGBOOK_NONE).code, PROOF_WHOLE);
	/* Outside of the spool nothing is live. */
	assert_int_equal(ask(w, p, false, LOGBOOK_NONE).code, PROOF_MISSING);
	/* It ended while files were looked at: that is no contradiction. */
	since = logbook_size(w->book);
	append(w, LEAF_CLOSE, 1, 20);
	read_book(w);
	assert_int_equal(ask(w, p, true, since).code, PROOF_WHOLE);
	assert_int_equal(ask(w, p, true, LOGBOOK_NONE).code, PROOF_MISSING);
}

static bool
nothing_is_here(void *arg, const uint8_t sid[16])
{
	(void)arg;
	(void)sid;
	return false;
}

static void
mark(void *arg, const uint8_t sid[16], const char *text)
{
	bool *missing = arg;

	assert_true(strlen(text) > 10);
	missing[sid[0]] = true;
}

static void
what_may_be_missing(void **state)
{
	/* closed; open; expired in time, early, and to the millisecond */
	static const bool want[6] = { false, true, true, false, true, false };
	struct world *w = *state;
	bool missing[6] = { false };
	size_t expired = 0;

	for (uint8_t n = 1; n <= 5; n++) {
		append(w, LEAF_OPEN, n, 10);
		if (n != 2)
			append(w, LEAF_CLOSE, n, 1000);
	}
	append(w, LEAF_EXPIRE, 3, 1000 + 3 * DAY_MS);
	append(w, LEAF_EXPIRE, 4, 1000 + 2 * DAY_MS - 1);
	append(w, LEAF_EXPIRE, 5, 1000 + 2 * DAY_MS);
	read_book(w);
	assert_int_equal(logbook_missing(w->book, LOGBOOK_NONE, nothing_is_here, mark,
			     missing, &expired, NULL),
	    RC_OK);
	for (size_t i = 0; i < ROWS(want); i++)
		if (missing[i] != want[i])
			fail_msg("recording %zu", i);
	assert_int_equal(expired, 2);
	/* Of what began meanwhile no file was looked for. */
	memset(missing, 0, sizeof missing);
	assert_int_equal(
	    logbook_missing(w->book, 2, nothing_is_here, mark, missing, &expired, NULL),
	    RC_OK);
	assert_true(missing[1]);
	assert_false(missing[2]);
}

static void
nobody_who_signed_it_is_trusted(void **state)
{
	struct world *w = *state;
	struct trust *other = NULL;
	struct logbook_word word;
	struct proof p = recording(1);

	append(w, LEAF_OPEN, 1, 10);
	append(w, LEAF_CLOSE, 1, 20);
	read_book(w);
	assert_int_equal(trust_new(&other, NULL), RC_OK);
	assert_int_equal(logbook_read(w->book, other, NULL), RC_OK);
	assert_int_equal(logbook_code(w->book), PROOF_UNKNOWN);
	assert_int_equal(
	    logbook_judge(w->book, &p, false, LOGBOOK_NONE, &word, NULL), RC_OK);
	assert_int_equal(word.code, PROOF_UNKNOWN);
	trust_free(other);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(each_field_counts),
		T(what_is_still_written_has_no_end),
		T(what_may_be_missing),
		T(nobody_who_signed_it_is_trusted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
