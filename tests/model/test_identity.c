#include "tests/support/unit.h"

#include "lib/model/identity.h"
#include "tests/support/keys.h"

static struct pubkey
key_of(const char *line)
{
	struct pubkey k;

	if (pubkey_parse(span_of(line), &k, NULL) != RC_OK)
		fail();
	return k;
}

static void
a_set_answers_by_name_key_and_uid(void **state)
{
	struct pubkey keys[] = { key_of(KEY_ED25519), key_of(KEY_P256),
		key_of(KEY_RSA2048), key_of(KEY_ED25519_B) };
	const char *groups[] = { "sre", "dba" };
	struct identity all[] = {
		{ .name = "zoe",
		    .kind = IDENTITY_HUMAN,
		    .groups = groups,
		    .group_count = 2,
		    .keys = keys,
		    .key_count = 2,
		    .has_uid = true,
		    .uid = 1000 },
		{ .name = "ci", .keys = keys + 2, .key_count = 1, .has_uid = true },
		{ .name = "none" },
	};
	struct identity_set *set = NULL;
	const struct pubkey *key = NULL;

	(void)state;
	assert_int_equal(identity_set_new(all, 3, &set, NULL, NULL), RC_OK);
	assert_int_equal(identity_set_count(set), 3);
	assert_ptr_equal(identity_by_name(set, span_of("zoe")), &all[0]);
	assert_ptr_equal(identity_by_name(set, span_of("ci")), &all[1]);
	assert_null(identity_by_name(set, span_of("zo")));
	assert_null(identity_by_name(set, span_of("ZOE")));
	assert_null(identity_by_name(set, span_make("zoe\0x", 5)));
	assert_null(identity_by_name(set, span_of("")));
	assert_ptr_equal(identity_by_key(set, keys[1].blob, &key), &all[0]);
	assert_ptr_equal(key, &keys[1]);
	assert_ptr_equal(identity_by_key(set, keys[2].blob, NULL), &all[1]);
	assert_null(identity_by_key(set, keys[3].blob, NULL));
	assert_null(identity_by_key(set, span_make(NULL, 0), NULL));
	assert_ptr_equal(identity_by_uid(set, 1000), &all[0]);
	/* uid 0 is somebody only because it was named. */
	assert_ptr_equal(identity_by_uid(set, 0), &all[1]);
	assert_null(identity_by_uid(set, 65534));
	assert_true(identity_in_group(&all[0], "dba"));
	assert_false(identity_in_group(&all[0], "db"));
	assert_true(identity_group_used(set, "sre"));
	assert_false(identity_group_used(set, "SRE"));
	assert_string_equal(identity_kind_name(all[0].kind), "human");
	assert_string_equal(identity_kind_name(all[1].kind), "agent");
	identity_set_free(set);
	identity_set_free(NULL);
	for (size_t i = 0; i < ROWS(keys); i++)
		pubkey_clear(&keys[i]);
}

static void
nobody_without_a_uid_is_root(void **state)
{
	struct identity all[] = { { .name = "one" }, { .name = "two" } };
	struct identity_set *set = NULL;

	(void)state;
	assert_int_equal(identity_set_new(all, 2, &set, NULL, NULL), RC_OK);
	assert_null(identity_by_uid(set, 0));
	identity_set_free(set);
	set = NULL;
	assert_int_equal(identity_set_new(NULL, 0, &set, NULL, NULL), RC_OK);
	assert_null(identity_by_name(set, span_of("one")));
	identity_set_free(set);
}

static void
each_claim_belongs_to_one(void **state)
{
	struct pubkey keys[] = { key_of(KEY_ED25519), key_of(KEY_P256),
		key_of(KEY_ED25519 " same key, other comment") };
	struct identity all[] = {
		{ .name = "aa",
		    .keys = keys,
		    .key_count = 1,
		    .has_uid = true,
		    .uid = 7 },
		{ .name = "bb", .keys = keys + 1, .key_count = 1 },
		{ .name = "cc" },
	};
	struct identity_set *set = NULL;
	struct identity_clash clash;
	struct err err;

	(void)state;
	all[2].name = "aa";
	assert_int_equal(identity_set_new(all, 3, &set, &clash, &err), RC_REFUSE);
	assert_int_equal(clash.claim, CLAIM_NAME);
	assert_int_equal(clash.first, 0);
	assert_int_equal(clash.second, 2);
	all[2].name = "cc";
	all[2].has_uid = true;
	all[2].uid = 7;
	assert_int_equal(identity_set_new(all, 3, &set, &clash, &err), RC_REFUSE);
	assert_int_equal(clash.claim, CLAIM_UID);
	assert_int_equal(clash.second, 2);
	all[2].uid = 8;
	all[1].key_count = 2;
	assert_int_equal(identity_set_new(all, 3, &set, &clash, &err), RC_REFUSE);
	assert_int_equal(clash.claim, CLAIM_KEY);
	assert_int_equal(clash.first, 0);
	assert_int_equal(clash.second, 1);
	assert_int_equal(clash.key, 1);
	assert_string_equal(
	    err.text, "expected each key with one identity, found it with aa and bb");
	/* Also twice with one identity. */
	all[0].keys = keys + 2;
	all[1].key_count = 1;
	all[2].keys = keys + 1;
	all[2].key_count = 1;
	assert_int_equal(identity_set_new(all, 3, &set, &clash, NULL), RC_REFUSE);
	assert_int_equal(clash.first, 1);
	assert_int_equal(clash.second, 2);
	assert_null(set);
	for (size_t i = 0; i < ROWS(keys); i++)
		pubkey_clear(&keys[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_set_answers_by_name_key_and_uid),
		cmocka_unit_test(nobody_without_a_uid_is_root),
		cmocka_unit_test(each_claim_belongs_to_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
