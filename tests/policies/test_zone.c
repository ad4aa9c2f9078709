#include "tests/support/unit.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "policies/tzrule.h"
#include "policies/zone.h"

static const char *const names[] = {
	"Europe/Berlin",
	"Europe/London",
	"Europe/Dublin",
	"Europe/Moscow",
	"Europe/Lisbon",
	"America/New_York",
	"America/Los_Angeles",
	"America/St_Johns",
	"America/Sao_Paulo",
	"America/Santiago",
	"America/Godthab",
	"Africa/Casablanca",
	"Africa/Cairo",
	"Asia/Kolkata",
	"Asia/Kathmandu",
	"Asia/Tehran",
	"Asia/Gaza",
	"Asia/Tokyo",
	"Australia/Lord_Howe",
	"Australia/Sydney",
	"Pacific/Auckland",
	"Pacific/Chatham",
	"Pacific/Apia",
	"Antarctica/Troll",
	"Etc/GMT+5",
};

/* A small generator of our own, so that a failure can be had again. */
static uint64_t
random_of(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 16;
}

/* Another reader of the same files, with code that shares nothing with ours. */
static void
local_time_is_that_of_the_system(void **state)
{
	const int64_t first = 631152000, last = 4133980799; /* 1990 to 2100 */
	struct zones *all = zones_new(NULL);
	uint64_t seed = 4;

	(void)state;
	for (size_t i = 0; i < ROWS(names); i++) {
		const struct zone *z = NULL;
		struct err err = { "" };

		if (zones_get(all, names[i], &z, &err) != RC_OK)
			fail_msg("%s: %s", names[i], err.text);
		setenv("TZ", names[i], 1);
		tzset();
		for (unsigned k = 0; k < 2000; k++) {
			time_t t =
			    (time_t)(first + (int64_t)(random_of(&seed) %
						       (uint64_t)(last - first)));
			struct tm tm;

			assert_non_null(localtime_r(&t, &tm));
			if (zone_offset(z, t) != tm.tm_gmtoff)
				fail_msg("%s at %lld: %d, not %ld", names[i],
				    (long long)t, zone_offset(z, t), tm.tm_gmtoff);
		}
	}
	unsetenv("TZ");
	tzset();
	zones_free(all);
}

/* The seconds around each change, where an error of one would show. */
static void
changes_are_exact(void **state)
{
	static const struct {
		const char *name;
		int64_t at;
		int32_t before, after;
	} rows[] = {
		{ "Europe/Berlin", 1774746000, 3600, 7200 }, /* 2026-03-29 01:00Z */
		{ "Europe/Berlin", 1792890000, 7200, 3600 }, /* 2026-10-25 01:00Z */
		{ "Europe/Berlin", 3994189200, 3600, 7200 }, /* 2096-07 is summer */
		{ "America/New_York", 1772953200, -18000, -14400 },
		{ "Australia/Lord_Howe", 1775314800, 39600, 37800 },
	};
	struct zones *all = zones_new(NULL);

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct zone *z = NULL;

		assert_int_equal(zones_get(all, rows[i].name, &z, NULL), RC_OK);
		if (i == 2) {
			assert_int_equal(zone_offset(z, rows[i].at), rows[i].after);
			continue;
		}
		assert_int_equal(zone_offset(z, rows[i].at - 1), rows[i].before);
		assert_int_equal(zone_offset(z, rows[i].at), rows[i].after);
	}
	zones_free(all);
}

static void
a_local_time_has_a_moment(void **state)
{
	struct zones *all = zones_new(NULL);
	const struct zone *z = NULL;

	(void)state;
	assert_int_equal(zones_get(all, "Europe/Berlin", &z, NULL), RC_OK);
	/* 2026-03-29 02:30 is left out: 03:00 is what comes. */
	assert_int_equal(zone_moment(z, 1774751400), 1774747800);
	/* 2026-10-25 02:30 is there twice: the first. */
	assert_int_equal(zone_moment(z, 1792895400), 1792888200);
	/* 2026-01-01 00:00 */
	assert_int_equal(zone_moment(z, 1767225600), 1767222000);
	assert_int_equal(zone_moment(NULL, 1767225600), 1767225600);
	/* Midnight of 2018-11-04 was left out in Sao Paulo. */
	assert_int_equal(zones_get(all, "America/Sao_Paulo", &z, NULL), RC_OK);
	assert_int_equal(zone_moment(z, 1541289600), 1541300400);
	zones_free(all);
}

static void
names_stay_in_the_folder(void **state)
{
	static const char *const rows[] = {
		"", "/etc/passwd", "..", "../../etc/passwd",
		"Europe/../../../etc/passwd", "Europe/", "Europe//Berlin", "Europe",
		"Europe/Nowhere", "Europe/Berlin ", "zone.tab", "a\nb",
		"Europe/Berlinnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
	};
	struct zones *all = zones_new(NULL);
	const struct zone *z = NULL;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct err err = { "" };

		if (zones_get(all, rows[i], &z, &err) != RC_REFUSE ||
		    err.text[0] == '\0')
			fail_msg("%s", rows[i]);
	}
	assert_null(z);
	assert_int_equal(zones_get(all, "UTC", &z, NULL), RC_OK);
	assert_null(z);
	zones_free(all);
}

static void
a_zone_is_read_once_and_from_the_given_folder(void **state)
{
	char folder[] = "/tmp/zone.XXXXXX", path[64];
	struct zones *all;
	const struct zone *a = NULL, *b = NULL;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/Own", folder);
	f = fopen(path, "w");
	assert_non_null(f);
	fwrite("TZif\0...............", 1, 20, f);
	fwrite("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4", 1, 24, f);
	fwrite("\0\0\x0e\x10\0\0OWN\0", 1, 10, f);
	fclose(f);
	all = zones_new(folder);
	assert_int_equal(zones_get(all, "Own", &a, NULL), RC_OK);
	assert_int_equal(zone_offset(a, 0), 3600);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(zones_get(all, "Own", &b, NULL), RC_OK);
	assert_ptr_equal(a, b);
	zones_free(all);
	assert_int_equal(mkdir(path, 0700), 0);
	all = zones_new(folder);
	assert_int_equal(zones_get(all, "Own", &b, NULL), RC_REFUSE);
	zones_free(all);
	rmdir(path);
	rmdir(folder);
}

/* A file of version 2 with one change and a rule, built by hand. */
#define HEAD(version, isut, isstd, leap, time, type, chars)                            \
	"TZif" version "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"                                \
	"\0\0\0" isut "\0\0\0" isstd "\0\0\0" leap "\0\0\0" time "\0\0\0" type         \
	"\0\0\0" chars
#define EMPTY                                                                          \
	HEAD("2", "\0", "\0", "\0", "\0", "\1", "\1")                                  \
	"\0\0\0\0\0\0"                                                                 \
	"\0"
#define TYPES                                                                          \
	"\0\0\0\0\0\0"                                                                 \
	"\0\0\x0e\x10\1\0"

static void
malformed_files_are_refused(void **state)
{
#define ROW(text, err)                                                                 \
	{                                                                              \
		text, sizeof text - 1, err                                             \
	}
	static const struct {
		const char *text;
		size_t n;
		const char *err;
	} rows[] = {
		ROW("", "no TZif"),
		ROW("TZi", "no TZif"),
		ROW("TZif2", "ends early"),
		ROW("nope2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "no TZif"),
		ROW(HEAD("9", "\0", "\0", "\0", "\0", "\1", "\4"), "another version"),
		ROW(HEAD("2", "\0", "\0", "\0", "\0", "\0", "\4"), "counts"),
		ROW(HEAD("2", "\0", "\0", "\0", "\0", "\1", "\0"), "counts"),
		ROW(HEAD("2", "\2", "\0", "\0", "\0", "\1", "\4"), "counts"),
		ROW(HEAD("2", "\0", "\2", "\0", "\0", "\1", "\4"), "counts"),
		ROW(EMPTY, "no TZif"),
		ROW(EMPTY HEAD("2", "\0", "\0", "\0", "\1", "\2", "\1"), "ends early"),
		ROW(EMPTY HEAD("2", "\0", "\0", "\1", "\0", "\1", "\1") "\0\0\0\0\0\0"
									"\0",
		    "leap seconds"),
		ROW(EMPTY HEAD("2", "\0", "\0", "\0", "\0", "\1", "\1") "\0\0\0\0\0\0"
									"\0",
		    "no rule at its end"),
		ROW(EMPTY HEAD("2", "\0", "\0", "\0", "\0", "\1", "\1") "\0\0\0\0\0\0"
									"\0\nUTC\n",
		    "a rule that nobody"),
		ROW(EMPTY HEAD("2", "\0", "\0", "\0", "\0", "\1", "\1") "\0\0\0\0\2\0"
									"\0\n\n",
		    "a type that cannot be"),
		ROW(EMPTY HEAD("2", "\0", "\0", "\0", "\0", "\1", "\1") "\0\0\0\0\0\1"
									"\0\n\n",
		    "a type that cannot be"),
		ROW(EMPTY HEAD("2", "\0", "\0", "\0", "\0", "\1", "\1") "\x7f\0\0\0\0\0"
									"\0\n\n",
		    "a type that cannot be"),
		ROW(EMPTY HEAD(
			"2", "\0", "\0", "\0", "\1", "\2", "\1") "\0\0\0\0\0\0\0\1"
								 "\2" TYPES "\0\n\n",
		    "a type that is not there"),
		ROW(EMPTY HEAD("2", "\0", "\0", "\0", "\2", "\2",
			"\1") "\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1"
			      "\0\1" TYPES "\0\n\n",
		    "out of order"),
		ROW(HEAD("\0", "\0", "\0", "\0", "\0", "\1", "\1") "\0\0\0\0\0\0\0\0",
		    "more behind"),
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct zone *z = NULL;
		struct err err = { "" };

		if (zone_parse(span_make(rows[i].text, rows[i].n), &z, &err) !=
			RC_REFUSE ||
		    strstr(err.text, rows[i].err) == NULL)
			fail_msg("row %zu: %s", i, err.text);
	}
}

static void
each_byte_less_is_refused(void **state)
{
	static const char text[] = EMPTY HEAD("2", "\0", "\0", "\0", "\1", "\2",
	    "\1") "\0\0\0\0\0\0\0\1"
		  "\1" TYPES "\0\nAAA0BBB,M3.5.0,M10.5.0\n";
	struct zone *z = NULL;

	(void)state;
	assert_int_equal(zone_parse(span_make(text, sizeof text - 1), &z, NULL), RC_OK);
	assert_int_equal(zone_offset(z, 0), 0);
	/* behind its last change the rule counts: in 1970 January is winter */
	assert_int_equal(zone_offset(z, 1), 0);
	assert_int_equal(zone_offset(z, 15552000), 3600);
	zone_free(z);
	for (size_t n = 0; n < sizeof text - 1; n++) {
		z = NULL;
		if (zone_parse(span_make(text, n), &z, NULL) != RC_REFUSE)
			fail_msg("%zu bytes", n);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(local_time_is_that_of_the_system),
		cmocka_unit_test(changes_are_exact),
		cmocka_unit_test(a_local_time_has_a_moment),
		cmocka_unit_test(names_stay_in_the_folder),
		cmocka_unit_test(a_zone_is_read_once_and_from_the_given_folder),
		cmocka_unit_test(malformed_files_are_refused),
		cmocka_unit_test(each_byte_less_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
