/* Whose yes counts for what; the desk's people, as their configuration has them. */
#include "tests/monitor/desk.h"

#include "broker/monitor/voters.h"

static json_t *
said(const char *name, const char *proof)
{
	return json_pack("{s:s, s:s}", "name", name, "proof", proof);
}

/* Two of group sre, by key. */
static struct approver_need
two_of_sre(void)
{
	struct approver_need n = { .need = 2,
		.proofs = PROOF_BIT(PROOF_KEY),
		.n_from = 1,
		.from = { { true, "sre" } } };

	return n;
}

static void
each_person_counts_once_and_no_kin(void **state)
{
	static const struct {
		const char *identity, *owner;
		const char *names[4];
		unsigned want;
	} rows[] = {
		{ "ci", "alice", { "bob", "carol" }, 2 },
		{ "ci", "alice", { "bob", "bob" }, 1 },
		{ "ci", "alice", { "bob", "alice" }, 1 }, /* its owner */
		{ "ci", "alice", { "bob", "bot" }, 1 },	  /* the owner's agent */
		{ "ci", "", { "bob", "alice" }, 1 },	  /* owner by now */
		{ "bob", "", { "alice", "bot" }, 1 },	  /* one person */
		{ "bob", "", { "bob", "carol" }, 1 },	  /* the asker */
		{ "bob", "", { "dave", "carol" }, 1 },	  /* no right */
		{ "bob", "", { "nobody", "carol" }, 1 },  /* is gone */
		{ "gone", "bob", { "bob", "carol" }, 1 }, /* its owner then */
		{ "gone", "", { "bob", "carol", "alice" }, 3 },
	};
	const struct approver_need need = two_of_sre();
	struct desk *d = *state;

	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct voters_for f = { .config = d->m.rules.config,
			.identity = rows[i].identity,
			.owner = rows[i].owner };
		json_t *list = json_array();
		struct voters vs;
		struct verdict v = { .n_needs = 1, .needs = { need } };

		for (size_t k = 0; rows[i].names[k] != NULL; k++)
			json_array_append_new(list, said(rows[i].names[k], "key"));
		assert_int_equal(voters_read(list, &vs, NULL), RC_OK);
		if (voters_reached(&vs, &f, &need) != rows[i].want)
			fail_msg("row %zu: %u", i, voters_reached(&vs, &f, &need));
		assert_int_equal(voters_suffice(&vs, &f, &v), rows[i].want >= 2);
		/* Of no conditions at all nobody is enough. */
		v.n_needs = 0;
		assert_false(voters_suffice(&vs, &f, &v));
		voters_clear(&vs);
		json_decref(list);
	}
}

static void
a_word_counts_by_its_proof(void **state)
{
	struct approver_need need = two_of_sre();
	struct desk *d = *state;
	const struct voters_for f = { .config = d->m.rules.config, .identity = "ci" };
	json_t *list = json_pack("[o, o]", said("bob", "uid"), said("carol", "sk"));
	struct voters vs;

	assert_int_equal(voters_read(list, &vs, NULL), RC_OK);
	assert_int_equal(voters_reached(&vs, &f, &need), 0);
	need.proofs |= PROOF_BIT(PROOF_SK);
	assert_int_equal(voters_reached(&vs, &f, &need), 1);
	need.verified = true;
	assert_int_equal(voters_reached(&vs, &f, &need), 0);
	voters_clear(&vs);
	json_object_set_new(json_array_get(list, 1), "verified", json_true());
	assert_int_equal(voters_read(list, &vs, NULL), RC_OK);
	assert_int_equal(voters_reached(&vs, &f, &need), 1);
	voters_clear(&vs);
	json_decref(list);
}

static void
a_key_of_the_asker_speaks_for_nobody(void **state)
{
	const struct approver_need need = two_of_sre();
	struct desk *d = *state;
	char print[SSHKEY_FINGERPRINT], theirs[1][SSHKEY_FINGERPRINT];
	const struct identity *bob, *carol;
	json_t *list = json_pack("[o, o]", said("bob", "key"), said("carol", "key"));
	struct voters_for f = { .config = d->m.rules.config, .identity = "ci" };
	struct voters vs;

	bob = identity_by_name(f.config->identities, span_of("bob"));
	carol = identity_by_name(f.config->identities, span_of("carol"));
	sshkey_fingerprint(bob->keys[0].blob, print);
	sshkey_fingerprint(carol->keys[0].blob, theirs[0]);
	assert_int_equal(voters_read(list, &vs, NULL), RC_OK);
	assert_int_equal(voters_reached(&vs, &f, &need), 2);
	/* Bob's key is that of the connection, carol's was one of the asker's. */
	f.key = print;
	assert_int_equal(voters_reached(&vs, &f, &need), 1);
	assert_true(voters_same_key(&f, bob, ""));
	assert_false(voters_same_key(&f, carol, ""));
	f.keys = theirs;
	f.n_keys = 1;
	assert_int_equal(voters_reached(&vs, &f, &need), 0);
	voters_clear(&vs);
	json_decref(list);
}

static void
what_is_no_list_of_words_is_refused(void **state)
{
	static const char *const rows[] = { "{}", "[1]", "[{}]", "[{\"name\":\"bob\"}]",
		"[{\"proof\":\"key\"}]", "[{\"name\":\"\",\"proof\":\"key\"}]",
		"[{\"name\":\"bob\",\"proof\":\"none\"}]",
		"[{\"name\":\"bob\",\"proof\":7}]",
		"[{\"name\":\"b\\u0000b\",\"proof\":\"key\"}]",
		"[{\"name\":\"bob\",\"proof\":\"key\",\"verified\":1}]",
		"[{\"name\":\"bob\",\"proof\":\"key\",\"key\":1}]",
		"[{\"name\":\"bob\",\"proof\":\"key\",\"at_ms\":-1}]",
		"[{\"name\":\"bob\",\"proof\":\"key\",\"time\":\"2026-11-21T22:00:00Z "
		"and more\"}]" };
	struct voters vs = { 0 };
	json_t *list;

	(void)state;
	assert_int_equal(voters_read(NULL, &vs, NULL), RC_REFUSE);
	for (size_t i = 0; i < ROWS(rows); i++) {
		list = json_loads(rows[i], JSON_ALLOW_NUL, NULL);
		assert_non_null(list);
		if (voters_read(list, &vs, NULL) != RC_REFUSE)
			fail_msg("taken: %s", rows[i]);
		json_decref(list);
	}
	list = json_array();
	for (size_t i = 0; i <= VOTERS_MAX; i++)
		json_array_append_new(list, said("bob", "key"));
	assert_int_equal(voters_read(list, &vs, NULL), RC_REFUSE);
	json_array_remove(list, 0);
	assert_int_equal(voters_read(list, &vs, NULL), RC_OK);
	assert_int_equal(vs.n, VOTERS_MAX);
	voters_clear(&vs);
	json_decref(list);
}

static void
it_is_written_as_it_was_read(void **state)
{
	static const char text[] =
	    "[{\"name\": \"bob\", \"proof\": \"sk\", \"key\": \"SHA256:x\", "
	    "\"source\": "
	    "\"::1\", \"reason\": \"fine\", \"time\": \"2026-11-21T22:00:00Z\", "
	    "\"verified\": true}, {\"name\": \"carol\", \"proof\": \"uid\"}]";
	json_t *list = json_loads(text, 0, NULL), *again;
	struct voters vs;
	struct buf names;

	(void)state;
	/* A no is no yes. */
	json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "name", "dave",
					"proof", "key", "state", "denied"));
	assert_int_equal(voters_read(list, &vs, NULL), RC_OK);
	json_array_remove(list, 2);
	again = voters_json(&vs);
	assert_true(json_equal(list, again));
	buf_init(&names, 100);
	voters_put(&vs, &names);
	assert_string_equal(buf_cstr(&names), "bob and carol");
	buf_clear(&names);
	json_decref(again);
	json_decref(list);
	voters_clear(&vs);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, desk_setup, desk_teardown)
	const struct CMUnitTest tests[] = {
		T(each_person_counts_once_and_no_kin),
		T(a_word_counts_by_its_proof),
		T(a_key_of_the_asker_speaks_for_nobody),
		cmocka_unit_test(what_is_no_list_of_words_is_refused),
		cmocka_unit_test(it_is_written_as_it_was_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
