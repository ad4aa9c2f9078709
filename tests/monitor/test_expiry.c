/* The list of recipients ends on a day: it is told ahead, once a day. */
#include "tests/monitor/desk.h"

#include "broker/monitor/expiry.h"
#include "lib/base/clock.h"
#include "recorder/recipients.h"

#define DAY_MS 86400000ULL
#define NOW 1795000000000ULL /* 2026-11-18 */

/* A list whose second line ends on this day. */
static char *
list_until(const char *day)
{
	struct recipient list[2];
	struct keyfile *admin = NULL, *k = NULL;
	struct buf text;
	char *ret;

	memset(list, 0, sizeof list);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(keyfile_new(KEYFILE_AUDITOR,
				     span_of(i == 0 ? "auditor" : "spare"), &k, NULL),
		    RC_OK);
		snprintf(list[i].label, sizeof list[i].label, "%s", keyfile_label(k));
		strcpy(list[i].epoch, "e");
		snprintf(list[i].not_after, sizeof list[i].not_after, "%s",
		    i == 0 ? "2099-12-31" : day);
		memcpy(list[i].pk, keyfile_public(k), 32);
		keyfile_free(k);
	}
	assert_int_equal(
	    keyfile_new(KEYFILE_ADMIN, span_of("admin"), &admin, NULL), RC_OK);
	buf_init(&text, RECIPIENTS_TEXT_MAX);
	assert_int_equal(recipients_put(list, 2, admin, &text, NULL), RC_OK);
	assert_non_null(ret = span_dup(buf_span(&text)));
	buf_clear(&text);
	keyfile_free(admin);
	return ret;
}

static void
days_are_counted(void **state)
{
	static const struct {
		const char *until;
		long days;
	} rows[] = {
		{ "2026-11-18", 0 }, /* to the end of this day */
		{ "2026-11-17", -1 },
		{ "2026-11-19", 1 },
		{ "2026-12-18", 30 },
		{ "2027-11-18", 365 },
		{ "2028-03-01", 469 }, /* behind a leap day */
		{ "1970-01-01", -20775 },
	};
	char label[EXPIRY_LABEL];
	long days;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char *list = list_until(rows[i].until);

		assert_int_equal(expiry_days(list, NOW, &days, label, NULL), RC_OK);
		if (days != rows[i].days)
			fail_msg("%s: %ld", rows[i].until, days);
		assert_string_equal(label, "spare");
		free(list);
	}
	assert_int_equal(expiry_days("nonsense\n", NOW, &days, label, NULL), RC_REFUSE);
}

static void
give(struct desk *d, uint64_t from_now_ms)
{
	char day[21];

	clock_iso(clock_wall_ms() + from_now_ms, day);
	day[10] = '\0';
	free(d->m.rules.recipients);
	d->m.rules.recipients = list_until(day);
}

static void
it_is_told_ahead(void **state)
{
	struct desk *d = *state;
	struct expiry *e = NULL;

	/* What is in force is told at the start; that is not of interest here. */
	desk_turn(d);
	while (end_poll(d, &d->keeper) >= 0)
		keeper_says(d, RC_OK);
	give(d, 40 * DAY_MS);
	assert_int_equal(expiry_new(&d->m, &e, NULL), RC_OK);
	desk_turn(d);
	end_quiet(d, &d->keeper);
	give(d, 20 * DAY_MS);
	expiry_again(e);
	keeper_event(d, "recipients.expiring");
	give(d, 0);
	expiry_again(e);
	keeper_event(d, "recipients.expiring");
	/* Once a day, not again and again. */
	desk_turn(d);
	end_quiet(d, &d->keeper);
	expiry_free(e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_are_counted),
		cmocka_unit_test_setup_teardown(
		    it_is_told_ahead, desk_setup, desk_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
