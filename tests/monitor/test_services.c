/* The four services: when clients are served, what ends the broker, and how it ends
 * them.  The processes are small stand-ins. */
#include "tests/monitor/desk.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"

/* A self-test as the listener runs it: one good signature, one that is not, one without a
 * touch. */
static void
self_test(struct desk *d, bool bad_first, bool good_then)
{
	struct front *f = front_new_by(d, NEW_TEST);

	assert_non_null(f);
	f->user = "selftest";
	front_kex(f);
	if (bad_first)
		assert_int_equal(front_try(f, STRANGER, false), 'n');
	if (good_then)
		assert_int_equal(front_try_untouched(f), 'n');
	if (good_then)
		assert_int_equal(front_try(f, STRANGER, true), 'y');
	front_free(f);
}

static void
tested(struct desk *d)
{
	end_send(d, &d->listener, MSG_TESTED, 0, NULL, NULL, 0);
	desk_turn(d);
}

static void
clients_are_served_when_all_is_known(void **state)
{
	struct front *f;

	(void)state;
	/* The keeper may be ready first, or the self-test. */
	for (int keeper_first = 0; keeper_first < 2; keeper_first++) {
		struct desk *d = desk_new_early(NULL);

		if (keeper_first)
			desk_keeper_known(d);
		self_test(d, true, true);
		tested(d);
		if (!keeper_first) {
			end_quiet(d, &d->listener);
			assert_false(services_serving(d->m.services));
			desk_keeper_known(d);
		}
		end_want(d, &d->listener, MSG_SERVE);
		assert_true(services_serving(d->m.services));
		assert_int_equal(d->ended, 0);
		/* A test is no login. */
		end_quiet(d, &d->keeper);
		f = front_new_by(d, NEW_CLIENT);
		assert_non_null(f);
		front_kex(f);
		assert_int_equal(front_try(f, CI, true), 'y');
		keeper_event(d, "login");
		front_free(f);
		desk_free(d);
	}
}

/* Nobody asks before what was asked and said before is known again. */
static void
clients_wait_for_what_was_left_open(void **state)
{
	struct desk *d = desk_new_early(NULL);

	(void)state;
	d->recalls = true;
	self_test(d, true, true);
	tested(d);
	desk_keeper_known(d);
	end_quiet(d, &d->listener);
	assert_false(services_serving(d->m.services));
	keeper_recalls(d, NULL, 0);
	end_want(d, &d->listener, MSG_SERVE);
	assert_true(services_serving(d->m.services));
	end_quiet(d, &d->keeper);
	desk_free(d);
}

static void
a_front_that_fails_its_test_serves_nobody(void **state)
{
	static const struct {
		bool run, bad, good;
	} rows[] = { { false, false, false }, { true, false, false },
		{ true, true, false }, { true, false, true } };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct desk *d = desk_new(NULL);

		if (rows[i].run)
			self_test(d, rows[i].bad, rows[i].good);
		tested(d);
		assert_int_equal(d->ended, 1);
		assert_int_equal(d->m.status, STATUS_FAILED);
		assert_false(services_serving(d->m.services));
		desk_free(d);
	}
}

static void
the_listener_keeps_the_order(void **state)
{
	enum { EARLY_CLIENT, LATE_TEST, TESTED_TWICE, ODD_KIND, ROWS_ };

	(void)state;
	for (int row = 0; row < ROWS_; row++) {
		struct desk *d = desk_new(NULL);

		if (row == EARLY_CLIENT)
			assert_null(front_new_by(d, NEW_CLIENT));
		else {
			self_test(d, true, true);
			tested(d);
			end_want(d, &d->listener, MSG_SERVE);
		}
		if (row == LATE_TEST)
			assert_null(front_new_by(d, NEW_TEST));
		if (row == TESTED_TWICE)
			tested(d);
		if (row == ODD_KIND)
			assert_null(front_new_by(d, (enum msg_new_kind)7));
		assert_int_equal(d->ended, 1);
		assert_int_equal(conns_count(d->m.conns), 0);
		desk_free(d);
	}
}

static void
what_a_service_must_not_say_ends_the_broker(void **state)
{
	struct msg_done done = { 0 };
	struct msg_kept kept = { 0 };

	(void)state;
	for (int which = 0; which < SERVICE_COUNT; which++)
		for (int way = 0; way < 2; way++) {
			struct desk *d = desk_new(NULL);
			struct end *const ends[SERVICE_COUNT] = { &d->keeper,
				&d->launch, &d->nursery, &d->listener };

			if (way == 0)
				end_close(ends[which]);
			else
				end_send(d, ends[which],
				    which == SERVICE_KEEPER ? MSG_DONE : MSG_KEPT, 0,
				    which == SERVICE_KEEPER ? (void *)&done
							    : (void *)&kept,
				    NULL, 0);
			desk_turn(d);
			assert_int_equal(d->ended, 1);
			assert_int_equal(d->m.status, STATUS_FAILED);
			desk_free(d);
		}
}

static void
a_connection_brings_its_descriptors(void **state)
{
	struct desk *d = *state;
	struct msg_new m = { .kind = NEW_TEST };
	int two[2] = { 0, 1 };

	end_send(d, &d->listener, MSG_NEW, 0, &m, two, 2);
	desk_turn(d);
	assert_int_equal(d->ended, 1);
}

/* ---- real processes ---------------------------------------------------------------
 */

static const char *const programs[] = { "broker-keeper", "broker-launch",
	"broker-session", "broker-front" };
/* It ends when its socket does. */
static const char gentle[] = "#!/bin/sh\necho \"$0 $*\" >> \"${0%/*}/log\"\n"
			     "exec cat <&3 >/dev/null\n";
static const char stubborn[] = "#!/bin/sh\nexec sleep 60\n";

static void
put_program(const struct desk *d, const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", d->folder, name);
	assert_non_null(f = fopen(path, "w"));
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(path, 0700), 0);
}

static void
remove_programs(const struct desk *d)
{
	char path[128];

	for (size_t i = 0; i < ROWS(programs); i++) {
		snprintf(path, sizeof path, "%s/%s", d->folder, programs[i]);
		unlink(path);
	}
	snprintf(path, sizeof path, "%s/log", d->folder);
	unlink(path);
}

static void
start(struct desk *d, const char *last)
{
	struct services_init init = { .owner = wires_services(&d->m),
		.libexec = d->folder };
	struct err err = { "" };

	services_stop(d->m.services);
	d->m.services = NULL;
	for (size_t i = 0; i < ROWS(programs); i++)
		put_program(d, programs[i], i == 3 ? last : gentle);
	if (services_start(&d->m, &init, &d->m.services, &err) != RC_OK)
		fail_msg("%s", err.text);
}

/* Until this line is in the log of the stand-ins. */
static void
log_has(const struct desk *d, const char *line)
{
	uint64_t until = clock_mono_ms() + 10000;
	char path[128], text[4096];

	snprintf(path, sizeof path, "%s/log", d->folder);
	for (;;) {
		FILE *f = fopen(path, "r");
		size_t n = f == NULL ? 0 : fread(text, 1, sizeof text - 1, f);

		if (f != NULL)
			fclose(f);
		text[n] = '\0';
		if (strstr(text, line) != NULL)
			return;
		if (clock_mono_ms() > until)
			fail_msg("\"%s\" is not in: %s", line, text);
		usleep(5000);
	}
}

/* All have ended and were waited for. */
static void
assert_no_child(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void
they_are_told_what_they_need(void **state)
{
	struct desk *d = *state;

	start(d, gentle);
	log_has(d, "/broker-keeper --state /nonexistent/state --device-key "
		   "/nonexistent/keys/device.key --min-free 1073741824 "
		   "--reserve 16777216\n");
	log_has(d, "/broker-launch --program /usr/bin/aws --home /nonexistent/home\n");
	log_has(d, "/broker-session \n");
	log_has(d, "/broker-front 0\n");
	remove_programs(d);
}

static void
the_launcher_is_told_of_a_narrower_wall(void **state)
{
	struct desk *d = desk_new("sandbox: reduced");

	(void)state;
	start(d, gentle);
	log_has(d, "/broker-launch --program /usr/bin/aws --home /nonexistent/home "
		   "--sandbox=reduced\n");
	remove_programs(d);
	desk_free(d);
}

static void
one_that_ends_ends_the_broker(void **state)
{
	struct desk *d = *state;
	uint64_t until = clock_mono_ms() + 10000;

	start(d, "#!/bin/sh\nexit 3\n");
	while (d->ended == 0 && clock_mono_ms() < until) {
		services_reap(d->m.services);
		usleep(2000);
	}
	assert_int_equal(d->ended, 1);
	assert_string_equal(d->ended_why, "a service has ended");
	assert_int_equal(d->m.status, STATUS_FAILED);
	remove_programs(d);
}

static void
none_is_left_behind(void **state)
{
	struct desk *d = *state;
	const struct services_owner owner = wires_services(&d->m);

	for (int way = 0; way < 2; way++) {
		uint64_t begun;

		start(d, way == 0 ? gentle : stubborn);
		log_has(d, "/broker-session \n");
		begun = clock_mono_ms();
		services_stop(d->m.services);
		d->m.services = NULL;
		assert_no_child();
		if (way == 0)
			assert_true(clock_mono_ms() - begun < 2900);
		remove_programs(d);
		assert_int_equal(
		    services_new(&d->m, &owner, &d->m.services, NULL), RC_OK);
	}
}

static void
one_that_is_missing_stops_the_start(void **state)
{
	struct desk *d = *state;
	struct services_init init = { .owner = wires_services(&d->m),
		.libexec = d->folder };
	struct services *s = NULL;
	struct err err = { "" };

	services_stop(d->m.services);
	d->m.services = NULL;
	put_program(d, "broker-keeper", gentle);
	put_program(d, "broker-launch", gentle);
	assert_int_equal(services_start(&d->m, &init, &s, &err), RC_FAIL);
	assert_non_null(strstr(err.text, "broker-session"));
	assert_null(s);
	assert_no_child();
	remove_programs(d);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, desk_setup, desk_teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clients_are_served_when_all_is_known),
		cmocka_unit_test(clients_wait_for_what_was_left_open),
		cmocka_unit_test(a_front_that_fails_its_test_serves_nobody),
		cmocka_unit_test(the_listener_keeps_the_order),
		cmocka_unit_test(what_a_service_must_not_say_ends_the_broker),
		T(a_connection_brings_its_descriptors),
		T(they_are_told_what_they_need),
		cmocka_unit_test(the_launcher_is_told_of_a_narrower_wall),
		T(one_that_ends_ends_the_broker),
		T(none_is_left_behind),
		T(one_that_is_missing_stops_the_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
