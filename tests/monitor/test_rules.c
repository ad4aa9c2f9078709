/* What a reload replaces: loaded whole or refused, and what only a new start changes.
 */
#include "tests/support/unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/monitor/rules.h"
#include "lib/base/clock.h"
#include "recorder/keyset.h"

#define ADMIN "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

#define WHO "identities: [{name: alice, kind: human, groups: [sre], uid: 1000}]\n"

struct world {
	char root[64];
	struct places *places;
	char admin[64];
};

static const char *const folders[] = { "etc", "etc/broker", "etc/broker/policies",
	"var", "var/lib", "var/lib/broker", "var/lib/broker/keys" };

static void
put(const struct world *w, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", w->root, name);
	assert_non_null(f = fopen(path, "w"));
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static void
put_config(const struct world *w, const char *admin)
{
	char text[256];

	snprintf(text, sizeof text, "recording: {admin_key: %s}\n" WHO, admin);
	put(w, "etc/broker/broker.yaml", text);
}

static void
put_all(struct world *w)
{
	put_config(w, w->admin);
	put(w, "etc/broker/policies/p.yaml",
	    "version: 1\nname: p\nrules:\n"
	    "  - {id: a, effect: allow, on: [exec], aws: {operations: ['s3:ls']}}\n");
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	struct keyset_init init = { .broker = "b", .now_ms = clock_wall_ms() };
	char path[256];
	FILE *f;
	int fd;

	snprintf(w->root, sizeof w->root, "/tmp/rules.XXXXXX");
	assert_non_null(mkdtemp(w->root));
	for (size_t i = 0; i < ROWS(folders); i++) {
		snprintf(path, sizeof path, "%s/%s", w->root, folders[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	assert_true((fd = open(path, O_RDONLY | O_DIRECTORY)) >= 0);
	assert_int_equal(keyset_make(fd, &init, NULL), RC_OK);
	close(fd);
	snprintf(
	    path, sizeof path, "%s/var/lib/broker/keys/" KEYSET_ADMIN_PUBLIC, w->root);
	assert_non_null(f = fopen(path, "r"));
	assert_int_equal(fscanf(f, "%60s", w->admin), 1);
	fclose(f);
	assert_int_equal(places_new(w->root, &w->places, NULL), RC_OK);
	put_all(w);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	static const char *const files[] = { "etc/broker/broker.yaml",
		"etc/broker/policies/p.yaml", "var/lib/broker/keys/" KEYSET_DEVICE,
		"var/lib/broker/keys/" KEYSET_AUDITOR,
		"var/lib/broker/keys/" KEYSET_ADMIN,
		"var/lib/broker/keys/" KEYSET_BREAK_GLASS,
		"var/lib/broker/keys/" KEYSET_ADMIN_PUBLIC,
		"var/lib/broker/keys/" KEYSET_RECIPIENTS,
		"var/lib/broker/keys/" KEYSET_TRUST };
	struct world *w = *state;
	char path[256];

	for (size_t i = 0; i < ROWS(files); i++) {
		snprintf(path, sizeof path, "%s/%s", w->root, files[i]);
		unlink(path);
	}
	for (size_t i = ROWS(folders); i-- > 0;) {
		snprintf(path, sizeof path, "%s/%s", w->root, folders[i]);
		rmdir(path);
	}
	rmdir(w->root);
	places_free(w->places);
	free(w);
	return 0;
}

static enum rc
load(const struct world *w, struct rules *r, struct err *err)
{
	memset(r, 0, sizeof *r);
	return rules_load(w->places, NULL, 0, NULL, r, err);
}

static void
all_of_it_is_loaded(void **state)
{
	struct world *w = *state;
	struct err err = { "" };
	struct rules r;

	if (load(w, &r, &err) != RC_OK)
		fail_msg("%s", err.text);
	assert_non_null(r.config);
	assert_int_equal(pack_count(r.policy), 1);
	assert_true(strncmp(r.recipients, "hoop-recipients 1\n", 18) == 0);
	rules_clear(&r);
	assert_null(r.config);
	assert_null(r.recipients);
	rules_clear(&r);
}

static void
one_bad_part_refuses_the_whole(void **state)
{
	static const struct {
		const char *file, *text; /* text NULL: the file is missing */
		const char *part;
	} rows[] = {
		{ "etc/broker/broker.yaml", NULL, "broker.yaml" },
		{ "etc/broker/broker.yaml", "nonsense: 1\n", "broker.yaml:1:1" },
		{ "etc/broker/policies/p.yaml", "version: 1\nname: p\nrules: [{}]\n",
		    "p.yaml:3" },
		{ "etc/broker/policies/p.yaml",
		    "version: 1\nname: p\nrules:\n  - {id: a, effect: allow, on: "
		    "[exec], aws: {operations: ['s3:ls']},\n    mask: [pii, "
		    "acme-key]}\n",
		    "p.yaml:5:17: there is no mask acme-key" },
		{ "var/lib/broker/keys/recipients", NULL, "recipients" },
		{ "var/lib/broker/keys/recipients", "", "recipients" },
		{ "var/lib/broker/keys/recipients", "hoop-recipients 1\nsigned x y\n",
		    "recipients" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct err err = { "" };
		char path[256], keep[280];
		struct rules r;

		snprintf(path, sizeof path, "%s/%s", w->root, rows[i].file);
		snprintf(keep, sizeof keep, "%s.kept", path);
		assert_int_equal(rename(path, keep), 0);
		if (rows[i].text != NULL)
			put(w, rows[i].file, rows[i].text);
		assert_int_equal(load(w, &r, &err), RC_REFUSE);
		if (strstr(err.text, rows[i].part) == NULL)
			fail_msg("%s is not in: %s", rows[i].part, err.text);
		assert_null(r.config);
		assert_int_equal(rename(keep, path), 0);
	}
}

static void
recipients_of_another_admin_are_refused(void **state)
{
	struct world *w = *state;
	struct err err = { "" };
	struct rules r;

	put_config(w, ADMIN);
	assert_int_equal(load(w, &r, &err), RC_REFUSE);
	assert_non_null(strstr(err.text, "recipients"));
}

static void
files_that_others_may_write_are_refused(void **state)
{
	static const char *const files[] = { "etc/broker/broker.yaml",
		"etc/broker/policies/p.yaml", "etc/broker/policies",
		"var/lib/broker/keys/recipients" };
	struct world *w = *state;

	for (size_t i = 0; i < ROWS(files); i++) {
		struct err err = { "" };
		struct stat st;
		char path[256];
		struct rules r;

		snprintf(path, sizeof path, "%s/%s", w->root, files[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(chmod(path, 0777), 0);
		assert_int_equal(load(w, &r, &err), RC_REFUSE);
		assert_int_equal(chmod(path, st.st_mode & 07777), 0);
		assert_int_equal(load(w, &r, &err), RC_OK);
		rules_clear(&r);
	}
}

static struct rules
parse(const struct world *w, const char *more)
{
	struct config_env env = { .places = w->places };
	struct rules r = { 0 };
	struct err err = { "" };
	char text[1024];

	snprintf(text, sizeof text, "%s\n%s" WHO, more,
	    strstr(more, "recording:") != NULL ? ""
					       : "recording: {admin_key: " ADMIN "}\n");
	if (config_parse("b.yaml", span_of(text), &env, &r.config, &err) != RC_OK)
		fail_msg("%s", err.text);
	return r;
}

static void
some_keys_need_a_new_start(void **state)
{
#define REC(more) "recording: {admin_key: " ADMIN more "}"
	static const struct {
		const char *more;
		const char *key; /* NULL: may be changed */
	} rows[] = {
		{ "", NULL },
		{ "name: other", "name" },
		{ "listen: [\"127.0.0.1:2223\"]", "listen" },
		{ "listen: [\"127.0.0.1:2222\", \"127.0.0.1:2223\"]", "listen" },
		{ REC(", device_key: /k"), "recording.device_key" },
		{ REC(", reserve: 2MiB"), "recording.reserve" },
		{ REC(", min_free: 2GiB"), NULL },
		{ REC(", quota: {session: 2MiB, identity: 3MiB}"), NULL },
		{ "limits: {connections: 511}", "limits.connections" },
		{ "limits: {connections_per_source: 63}",
		    "limits.connections_per_source" },
		{ "limits: {unauthenticated: 99}", "limits.unauthenticated" },
		{ "limits: {channels_per_connection: 31}",
		    "limits.channels_per_connection" },
		{ "limits: {login: 29s}", "limits.login" },
		{ "limits: {time: 2h, output: 1MiB, idle: 1m, auth_failures: 3}",
		    NULL },
		{ "holds: {decide: 1m, use: 1m, open_per_identity: 1}", NULL },
		{ "rights: {approve: [group:sre]}", NULL },
		{ REC(", class: short, recipients: /r"), NULL },
		{ "aws: {ca_file: /ca.pem, connect_to: {\"*\": \"127.0.0.1:1\"}}",
		    NULL },
		{ "policies: /p", NULL },
	};
	struct world *w = *state;
	struct rules then = parse(w, "");

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct rules now = parse(w, rows[i].more);
		char want[100] = "";
		struct err err = { "" };

		/* In both directions: a key that comes is one that goes. */
		for (int way = 0; way < 2; way++) {
			enum rc rc = way == 0 ? rules_can_replace(&then, &now, &err)
					      : rules_can_replace(&now, &then, &err);

			assert_int_equal(rc, rows[i].key == NULL ? RC_OK : RC_REFUSE);
			if (rows[i].key == NULL)
				continue;
			snprintf(want, sizeof want,
			    "%s: a change of this key needs a new start", rows[i].key);
			assert_string_equal(err.text, want);
		}
		rules_clear(&now);
	}
	rules_clear(&then);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(all_of_it_is_loaded),
		T(one_bad_part_refuses_the_whole),
		T(recipients_of_another_admin_are_refused),
		T(files_that_others_may_write_are_refused),
		T(some_keys_need_a_new_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
