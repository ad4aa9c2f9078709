/* What goes to the archive next, over a depot of real files and a store in memory. */
#include "tests/support/unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/keeper/parcel.h"
#include "lib/base/id.h"

#define SEGMENT 1000u
#define T0 1000000000000ull

struct fixture {
	char dir[64];
	struct depot *depot;
	struct shelf *shelf;
	struct store *store;
	struct parcels *p;
	struct err err;
};

#define OK(call) assert_int_equal((call), RC_OK)

static void
terms(struct fixture *f, uint64_t bytes, uint64_t age_s)
{
	const struct msg_terms t = { .ship = 1,
		.ship_bytes = bytes,
		.ship_age_s = age_s,
		.ship_segment = SEGMENT };

	parcel_terms(f->p, &t);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	strcpy(f->dir, "/tmp/test_parcel.XXXXXX");
	*state = f;
	if (mkdtemp(f->dir) == NULL)
		return -1;
	OK(depot_open(f->dir, 0, &f->depot, &f->err));
	OK(shelf_open(f->depot, &f->shelf, &f->err));
	OK(store_open_memory(&f->store, &f->err));
	OK(parcel_open(f->store, f->depot, f->shelf, &f->p, &f->err));
	terms(f, 0, 0);
	OK(store_begin(f->store, &f->err));
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char line[128];

	parcel_close(f->p);
	store_close(f->store);
	shelf_close(f->shelf);
	depot_close(f->depot);
	snprintf(line, sizeof line, "rm -rf '%s'", f->dir);
	assert_int_equal(system(line), 0);
	free(f);
	return 0;
}

/* A recording under way, of so many lines of 100 bytes; its descriptor is yours. */
static int
begin(struct fixture *f, uint8_t n, uint64_t keep_s)
{
	struct store_rec r = { .sid = { n },
		.opened_ms = T0,
		.class_ = "std",
		.keep_s = keep_s,
		.lock = keep_s > 0 ? STORE_LOCK_COMPLIANCE : STORE_LOCK_NONE };
	int fd;

	OK(store_rec_add(f->store, &r, &f->err));
	OK(depot_create(f->depot, r.sid, &fd, &f->err));
	return fd;
}

static void
grow(int fd, unsigned lines)
{
	char line[101];

	memset(line, 'x', 99);
	line[99] = '\n';
	for (unsigned i = 0; i < lines; i++)
		assert_int_equal(write(fd, line, 100), 100);
}

static void
end(struct fixture *f, uint8_t n, int fd, uint64_t at_ms)
{
	uint8_t sid[16] = { n }, h[32] = { 0 };
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	close(fd);
	OK(depot_finish(f->depot, sid, &f->err));
	OK(store_rec_end(
	    f->store, sid, STORE_REC_CLOSED, at_ms, (uint64_t)st.st_size, h, &f->err));
}

static void
prove(struct fixture *f, uint8_t n)
{
	uint8_t sid[16] = { n };
	char text[ID_UUID_TEXT], path[256];
	int fd;

	id_uuid_text(sid, text);
	snprintf(path, sizeof path, "%s/done/%s.proof", f->dir, text);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "proof\n", 6), 6);
	close(fd);
}

/* The next parcel as text: "SID KIND.PART OFFSET+LEN". */
static const char *
next(struct fixture *f, uint64_t now_ms, struct msg_parcel *m)
{
	static const uint8_t digest[32] = { 7 };
	static char text[128];
	struct parcel_piece piece;
	enum rc rc;
	int fd = -1;

	if ((rc = parcel_next(f->p, now_ms, &piece, &fd, &f->err)) != RC_OK)
		return rc_name(rc);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	close(fd);
	assert_true(parcel_describe(f->p, piece.sid, digest, m));
	assert_memory_equal(m->sid.p, piece.sid, 16);
	assert_ptr_equal(m->sha256.p, digest);
	assert_int_equal(m->offset, piece.offset);
	assert_int_equal(m->len, piece.len);
	snprintf(text, sizeof text, "%u %u.%u %llu+%llu", m->sid.p[0], m->kind, m->part,
	    (unsigned long long)m->offset, (unsigned long long)m->len);
	return text;
}

/* It arrived (or did not); is the recording whole now? */
static bool
arrived(struct fixture *f, const struct msg_parcel *m, bool good, uint64_t now_ms)
{
	const struct msg_shipped s = {
		.sid = m->sid, .kind = m->kind, .part = m->part, .good = good
	};
	struct store_rec row;
	bool whole = false;

	OK(parcel_arrived(f->p, &s, now_ms, &whole, &row, &f->err));
	return whole;
}

static void
short_ones_go_whole_the_oldest_first(void **state)
{
	struct fixture *f = *state;
	struct msg_parcel m;
	int a = begin(f, 1, 0), b = begin(f, 2, 10);

	grow(a, 9);
	grow(b, 3);
	assert_string_equal(next(f, T0, &m), rc_name(RC_END));
	end(f, 1, a, T0 + 2000);
	end(f, 2, b, T0 + 1000);
	assert_string_equal(next(f, T0 + 3000, &m), "2 1.0 0+300");
	assert_int_equal(m.until_ms, T0 + 11000);
	assert_true(span_is(m.class_, "std"));
	assert_int_equal(m.lock, LOCK_COMPLIANCE);
	assert_true(arrived(f, &m, true, T0));
	assert_string_equal(next(f, T0 + 3000, &m), "1 1.0 0+900");
	assert_int_equal(m.until_ms, 0);
	assert_true(arrived(f, &m, true, T0));
	assert_string_equal(next(f, T0 + 3000, &m), rc_name(RC_END));
	/* Their proofs, once they are there. */
	prove(f, 1);
	assert_string_equal(next(f, T0 + 3000, &m), "1 3.0 0+6");
	assert_false(arrived(f, &m, true, T0));
	assert_string_equal(next(f, T0 + 3000, &m), rc_name(RC_END));
	/* One that never comes is not waited for for ever. */
	assert_string_equal(next(f, T0 + 1000 + PARCEL_PROOF_MS, &m), rc_name(RC_END));
	prove(f, 2);
	assert_string_equal(next(f, T0 + 1000 + PARCEL_PROOF_MS, &m), rc_name(RC_END));
}

static void
long_ones_go_in_pieces(void **state)
{
	static const char *const want[] = { "1 2.1 0+1000", "1 2.2 1000+1000",
		"1 2.3 2000+500" };
	struct fixture *f = *state;
	struct msg_parcel m;
	int a = begin(f, 1, 0);

	grow(a, 25);
	end(f, 1, a, T0);
	for (size_t i = 0; i < ROWS(want); i++) {
		assert_string_equal(next(f, T0, &m), want[i]);
		/* The next piece waits for this one. */
		assert_true(strcmp(rc_name(RC_END), next(f, T0, &m)) == 0);
		m = (struct msg_parcel){ .sid = span_make(
					     "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16),
			.kind = PARCEL_SEGMENT,
			.part = (uint32_t)i + 1 };
		assert_int_equal(arrived(f, &m, true, T0), i == 2);
	}
}

static void
what_runs_is_sent_when_it_is_due(void **state)
{
	struct fixture *f = *state;
	struct msg_parcel m;
	int a = begin(f, 1, 60);

	grow(a, 9);
	assert_string_equal(next(f, T0 + 1, &m), rc_name(RC_END));
	/* By size, whole lines only. */
	grow(a, 6);
	assert_int_equal(write(a, "torn", 4), 4);
	assert_string_equal(next(f, T0 + 1, &m), "1 2.1 0+1000");
	assert_int_equal(m.until_ms, T0 + 1 + PARCEL_LONGEST_MS + 60000);
	assert_false(arrived(f, &m, true, T0 + 1));
	/* By age. */
	assert_string_equal(next(f, T0 + PARCEL_AGE_MS, &m), rc_name(RC_END));
	assert_string_equal(next(f, T0 + 1 + PARCEL_AGE_MS, &m), "1 2.2 1000+500");
	assert_false(arrived(f, &m, true, T0 + 2));
	/* The torn line alone is nothing yet; with the end it goes. */
	assert_string_equal(next(f, T0 + 9 * PARCEL_AGE_MS, &m), rc_name(RC_END));
	end(f, 1, a, T0 + 5);
	assert_string_equal(next(f, T0 + 6, &m), "1 2.3 1500+4");
	assert_int_equal(m.until_ms, T0 + 5 + 60000);
	assert_true(arrived(f, &m, true, T0 + 6));
}

/* All of it was sent while it ran: only its mark is missing. */
static void
one_that_ends_without_another_byte_is_whole(void **state)
{
	struct fixture *f = *state;
	uint8_t sid[16] = { 1 };
	struct store_rec row;
	struct msg_parcel m;
	int a = begin(f, 1, 0);

	grow(a, 10);
	assert_string_equal(next(f, T0, &m), "1 2.1 0+1000");
	assert_false(arrived(f, &m, true, T0));
	end(f, 1, a, T0);
	prove(f, 1);
	assert_string_equal(next(f, T0, &m), "1 3.0 0+6");
	OK(store_rec_get(f->store, sid, &row, &f->err));
	assert_int_equal(row.ship, STORE_SHIP_FILE);
}

static void
what_did_not_arrive_goes_again(void **state)
{
	struct fixture *f = *state;
	struct msg_parcel m, odd;
	struct msg_shipped s;
	struct store_rec row;
	bool whole;
	int a = begin(f, 1, 0);

	grow(a, 3);
	end(f, 1, a, T0);
	assert_string_equal(next(f, T0, &m), "1 1.0 0+300");
	assert_string_equal(next(f, T0, &odd), rc_name(RC_END));
	/* An answer to something else counts for nothing. */
	s = (struct msg_shipped){
		.sid = m.sid, .kind = PARCEL_SEGMENT, .part = 1, .good = 1
	};
	assert_int_equal(
	    parcel_arrived(f->p, &s, T0, &whole, &row, &f->err), RC_REFUSE);
	assert_false(arrived(f, &m, false, T0));
	assert_string_equal(next(f, T0, &m), "1 1.0 0+300");
	assert_true(arrived(f, &m, true, T0));
	s = (struct msg_shipped){ .sid = m.sid, .kind = m.kind, .good = 1 };
	assert_int_equal(
	    parcel_arrived(f->p, &s, T0, &whole, &row, &f->err), RC_REFUSE);
}

static void
what_could_not_be_handed_out_is_not_out(void **state)
{
	static const uint8_t digest[32], other[16] = { 9 };
	struct fixture *f = *state;
	uint8_t sid[16] = { 1 };
	struct msg_parcel m;
	int a = begin(f, 1, 0);

	grow(a, 3);
	end(f, 1, a, T0);
	assert_false(parcel_describe(f->p, sid, digest, &m));
	assert_string_equal(next(f, T0, &m), "1 1.0 0+300");
	assert_string_equal(next(f, T0, &m), rc_name(RC_END));
	parcel_drop(f->p, other);
	assert_string_equal(next(f, T0, &m), rc_name(RC_END));
	parcel_drop(f->p, sid);
	assert_false(parcel_describe(f->p, sid, digest, &m));
	assert_string_equal(next(f, T0, &m), "1 1.0 0+300");
}

static void
no_more_than_a_few_are_out(void **state)
{
	struct fixture *f = *state;
	struct msg_parcel m;

	for (uint8_t i = 1; i <= PARCEL_OUT + 1; i++) {
		int a = begin(f, i, 0);

		grow(a, 1);
		end(f, i, a, T0 + i);
	}
	for (unsigned i = 0; i < PARCEL_OUT; i++)
		assert_string_not_equal(next(f, T0, &m), rc_name(RC_END));
	assert_string_equal(next(f, T0, &m), rc_name(RC_REFUSE));
}

static void
nothing_goes_where_there_is_no_archive(void **state)
{
	struct fixture *f = *state;
	const struct msg_terms none = { .ship = 0, .ship_bytes = 1, .ship_age_s = 1 };
	struct msg_parcel m;
	int a = begin(f, 1, 0);

	grow(a, 3);
	end(f, 1, a, T0);
	parcel_terms(f->p, &none);
	assert_string_equal(next(f, T0, &m), rc_name(RC_END));
	OK(parcel_admit(f->p, T0 + 100000, &f->err));
	assert_false(parcel_ships(f->p));
}

static void
what_waits_is_bounded(void **state)
{
	struct fixture *f = *state;
	struct parcel_backlog b;
	struct msg_parcel m;
	int a = begin(f, 1, 0), c = begin(f, 2, 0);

	OK(parcel_backlog(f->p, T0, &b, &f->err));
	assert_int_equal(b.count, 0);
	assert_int_equal(b.oldest_ms, 0);
	grow(a, 3);
	end(f, 1, a, T0 + 500);
	grow(c, 4);
	OK(parcel_backlog(f->p, T0, &b, &f->err));
	assert_int_equal(b.bytes, 700);
	assert_int_equal(b.count, 2);
	assert_int_equal(b.oldest_ms, T0);
	terms(f, 700, 0);
	OK(parcel_admit(f->p, T0, &f->err));
	terms(f, 699, 0);
	assert_int_equal(parcel_admit(f->p, T0, &f->err), RC_RETRY);
	assert_non_null(strstr(f->err.text, "the archive is behind"));
	terms(f, 0, 5);
	OK(parcel_admit(f->p, T0 + 5000, &f->err));
	assert_int_equal(parcel_admit(f->p, T0 + 6001, &f->err), RC_RETRY);
	/* What has arrived waits no more, and is seen at once. */
	terms(f, 699, 0);
	assert_int_equal(parcel_admit(f->p, T0, &f->err), RC_RETRY);
	assert_string_equal(next(f, T0, &m), "1 1.0 0+300");
	assert_true(arrived(f, &m, true, T0));
	OK(parcel_admit(f->p, T0, &f->err));
	close(c);
}

static void
path_of(const struct fixture *f, uint8_t n, const char *suffix, char out[256])
{
	uint8_t sid[16] = { n };
	char text[ID_UUID_TEXT];

	id_uuid_text(sid, text);
	snprintf(out, 256, "%s/done/%s%s", f->dir, text, suffix);
}

/* Whoever has the storage puts something else in a recording's place. */
static void
what_cannot_be_read_holds_up_nothing(void **state)
{
	struct fixture *f = *state;
	struct msg_parcel m;
	char path[256];

	for (uint8_t n = 1; n <= 6; n++) {
		int fd = begin(f, n, 0);

		grow(fd, 3);
		end(f, n, fd, T0 + n);
	}
	path_of(f, 1, ".cast", path);
	assert_int_equal(unlink(path) | mkfifo(path, 0600), 0);
	path_of(f, 2, ".cast", path);
	assert_int_equal(unlink(path) | symlink("/etc/passwd", path), 0);
	path_of(f, 3, ".cast", path);
	assert_int_equal(unlink(path) | mkdir(path, 0700), 0);
	path_of(f, 4, ".proof", path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_string_equal(next(f, T0 + 10, &m), "4 1.0 0+300");
	arrived(f, &m, true, T0 + 10);
	assert_string_equal(next(f, T0 + 10, &m), "5 1.0 0+300");
	arrived(f, &m, true, T0 + 10);
	assert_string_equal(next(f, T0 + 10, &m), "6 1.0 0+300");
	arrived(f, &m, true, T0 + 10);
	assert_string_equal(next(f, T0 + 10, &m), rc_name(RC_END));
	prove(f, 6);
	assert_string_equal(next(f, T0 + 10, &m), "6 3.0 0+6");
	/* It is not forgotten: put right, it goes. */
	path_of(f, 1, ".cast", path);
	assert_int_equal(unlink(path), 0);
	close(open(path, O_WRONLY | O_CREAT, 0600));
	assert_int_equal(truncate(path, 300), 0);
	assert_string_equal(next(f, T0 + 20, &m), rc_name(RC_END));
	assert_string_equal(next(f, T0 + 700000, &m), "1 1.0 0+300");
	/* One whose bytes cannot be read, once it is out. */
	parcel_aside(f->p, m.sid.p, T0 + 700000, &f->err);
	assert_string_equal(next(f, T0 + 700000, &m), rc_name(RC_END));
	assert_string_equal(next(f, T0 + 1400000, &m), "1 1.0 0+300");
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(short_ones_go_whole_the_oldest_first),
		TEST(long_ones_go_in_pieces),
		TEST(what_runs_is_sent_when_it_is_due),
		TEST(one_that_ends_without_another_byte_is_whole),
		TEST(what_did_not_arrive_goes_again),
		TEST(what_could_not_be_handed_out_is_not_out),
		TEST(no_more_than_a_few_are_out),
		TEST(nothing_goes_where_there_is_no_archive),
		TEST(what_waits_is_bounded),
		TEST(what_cannot_be_read_holds_up_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
