#include "tests/support/unit.h"

#include <unistd.h>

#include "broker/monitor/places.h"

static void
a_root_moves_everything(void **state)
{
	struct places *p = NULL;
	char *s;

	(void)state;
	assert_int_equal(places_new("/tmp/x//", &p, NULL), RC_OK);
	assert_string_equal(p->root, "/tmp/x");
	assert_string_equal(p->config, "/tmp/x/etc/broker/broker.yaml");
	assert_string_equal(p->policies, "/tmp/x/etc/broker/policies");
	assert_string_equal(p->database, "/tmp/x/var/lib/broker/broker.db");
	assert_string_equal(p->spool, "/tmp/x/var/lib/broker/recordings/spool");
	assert_string_equal(p->done, "/tmp/x/var/lib/broker/recordings/done");
	assert_string_equal(p->keys, "/tmp/x/var/lib/broker/keys");
	assert_string_equal(p->log, "/tmp/x/var/lib/broker/log");
	assert_string_equal(p->control, "/tmp/x/run/broker/control.sock");
	s = places_path(p, "/abs/file");
	assert_string_equal(s, "/abs/file");
	free(s);
	s = places_path(p, "rel/file");
	assert_string_equal(s, "/tmp/x/rel/file");
	free(s);
	s = places_path(p, "{keys}/device.key");
	assert_string_equal(s, "/tmp/x/var/lib/broker/keys/device.key");
	free(s);
	s = places_path(p, "{etc}/policies");
	assert_string_equal(s, "/tmp/x/etc/broker/policies");
	free(s);
	places_free(p);
	places_free(NULL);
}

static void
without_a_root_the_build_decides(void **state)
{
	struct places *p = NULL;
	char *s;

	(void)state;
	assert_int_equal(places_new(NULL, &p, NULL), RC_OK);
	assert_string_equal(p->root, "");
	assert_string_equal(p->config, BROKER_SYSCONF "/broker/broker.yaml");
	assert_string_equal(p->state, BROKER_LOCALSTATE "/lib/broker");
	assert_string_equal(p->control, BROKER_RUN "/broker/control.sock");
	s = places_path(p, "rel");
	assert_string_equal(s, "/rel");
	free(s);
	places_free(p);
	assert_int_equal(places_new("/", &p, NULL), RC_OK);
	assert_string_equal(p->config, "/etc/broker/broker.yaml");
	places_free(p);
}

static void
a_relative_root_becomes_absolute(void **state)
{
	struct places *p = NULL;
	char want[4096], *here = getcwd(NULL, 0);

	(void)state;
	assert_non_null(here);
	if (strlen(here) > 60)
		assert_int_equal(chdir("/tmp"), 0);
	snprintf(
	    want, sizeof want, "%s/r/etc/broker", strlen(here) > 60 ? "/tmp" : here);
	assert_int_equal(places_new("r", &p, NULL), RC_OK);
	assert_string_equal(p->etc, want);
	places_free(p);
	assert_int_equal(chdir(here), 0);
	free(here);
}

static void
bad_roots_are_refused(void **state)
{
	static const struct {
		const char *root, *want;
	} rows[] = {
		{ "", "root: expected a folder" },
		{ "..", "root: expected a folder without \"..\"" },
		{ "/a/../b", "root: expected a folder without \"..\"" },
		{ "../b", "root: expected a folder without \"..\"" },
		{ "/tmp/a-name-that-is-long-enough-to-leave-no-room-for-the-socket/"
		  "a-name-that-is-long-enough-to",
		    "root: expected a control socket of at most 107 bytes, found 117" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct places *p = NULL;
		struct err err = { "" };

		if (places_new(rows[i].root, &p, &err) != RC_REFUSE || p != NULL ||
		    strstr(err.text, rows[i].want) == NULL)
			fail_msg("row %zu: %s", i, err.text);
	}
}

static void
the_longest_socket_name_fits(void **state)
{
	char root[128];
	struct places *p = NULL;
	size_t tail = strlen("/run/broker/control.sock");

	(void)state;
	memset(root, 'x', sizeof root);
	root[0] = '/';
	root[107 - tail] = '\0';
	assert_int_equal(places_new(root, &p, NULL), RC_OK);
	assert_int_equal(strlen(p->control), 107);
	places_free(p);
	root[107 - tail] = 'x';
	root[108 - tail] = '\0';
	assert_int_equal(places_new(root, &p, NULL), RC_REFUSE);
	/* Two dots within a name climb nowhere. */
	assert_int_equal(places_new("/tmp/a..b/..c", &p, NULL), RC_OK);
	places_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_root_moves_everything),
		cmocka_unit_test(without_a_root_the_build_decides),
		cmocka_unit_test(a_relative_root_becomes_absolute),
		cmocka_unit_test(bad_roots_are_refused),
		cmocka_unit_test(the_longest_socket_name_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
