#include "tests/policies/randrules.h"

#include "policies/index.h"
#include "policies/rule.h"

#define PACKS 60
#define ASKED 200

/* A policy of n random rules; to be freed. */
static struct pack *
random_pack(struct dice *d, size_t n)
{
	struct pack *p;
	struct buf b;
	char id[16];

	buf_init(&b, 1 << 20);
	buf_text(&b, "{version: 1, name: p, defaults: {undecidable: hold}, rules: [");
	for (size_t i = 0; i < n; i++) {
		snprintf(id, sizeof id, "r%zu", i);
		if (i > 0)
			buf_text(&b, ",\n");
		randrules_put(d, id, randrules_effect(d), &b);
	}
	buf_text(&b, "]}");
	p = asking_pack(buf_cstr(&b));
	buf_clear(&b);
	return p;
}

/* With and without: the same verdict to the last byte, what is told included. */
static void
an_index_changes_nothing(void **state)
{
	struct dice d = { 0x9E3779B97F4A7C15u };
	size_t effects[3] = { 0 };

	(void)state;
	for (size_t i = 0; i < PACKS; i++) {
		struct pack *p = random_pack(&d, 1 + dice_roll(&d, 90));
		struct ruleset bare = *pack_rules(p);

		assert_non_null(bare.index);
		bare.index = NULL;
		bare.arena = NULL;
		for (size_t k = 0; k < ASKED; k++) {
			struct randask q = randask_new(&d);
			struct verdict with = { 0 }, without = { 0 };

			randask_put(&q, pack_rules(p), &with);
			randask_put(&q, &bare, &without);
			if (memcmp(&with, &without, sizeof with) != 0)
				fail_msg("%s: %s %s '%s', without %s %s '%s'",
				    randask_text(&q), effect_name(with.effect),
				    with.rule, with.reason, effect_name(without.effect),
				    without.rule, without.reason);
			effects[with.effect]++;
			randask_free(&q);
		}
		pack_free(p);
	}
	/* The vocabulary is such that each answer comes often. */
	for (size_t i = 0; i < ROWS(effects); i++)
		assert_true(effects[i] > PACKS * ASKED / 50);
}

/* Neither do rules about something else, however many there are. */
static void
what_is_told_is_found_among_many(void **state)
{
	struct aws_request *req = asking_request("aws s3 rm s3://logs/a");
	struct facts f = lineask_facts;
	struct pack *p;
	struct buf b;

	(void)state;
	f.path = PATH_EXEC;
	for (unsigned same = 254; same < 259; same++) {
		struct verdict with = { 0 }, without = { 0 };
		struct ruleset bare;

		buf_init(&b, 1 << 20);
		buf_text(&b, "{version: 1, name: p, rules: [");
		for (unsigned i = 0; i < 600; i++)
			buf_printf(&b,
			    "{id: r%u, effect: deny, on: [%s], aws: {operations: "
			    "['%s:X']}},",
			    i, i < same || i % 2 == 0 ? "exec" : "api",
			    i < same || i % 2 == 1 ? "s3" : "ec2");
		buf_text(&b, "{id: z, effect: allow, on: [exec], aws: {operations: "
			     "['s3:ls']}}]}");
		p = asking_pack(buf_cstr(&b));
		buf_clear(&b);
		bare = *pack_rules(p);
		bare.index = NULL;
		bare.arena = NULL;
		decide(pack_rules(p), req, &f, &with);
		decide(&bare, req, &f, &without);
		assert_memory_equal(&with, &without, sizeof with);
		/* The 256th that is looked at is the last. */
		assert_int_equal(
		    strstr(with.reason, "allowed of it: s3:ls") != NULL, same < 256);
		pack_free(p);
	}
	aws_free(req);
}

/* What is found for a key is what was put there, each once and in order. */
static void
keys_find_their_rules(void **state)
{
	static const struct {
		enum path path;
		enum index_kind kind;
		const char *name, *operation, *found;
	} rows[] = {
		{ PATH_EXEC, INDEX_CALL, "s3", "ListObjectsV2", "a" },
		{ PATH_EXEC, INDEX_CALL, "s3", "list-objects-v2", "a" },
		{ PATH_EXEC, INDEX_CALL, "s3", "list-objects", "" },
		{ PATH_EXEC, INDEX_CALL, "ec2", "ListObjectsV2", "" },
		{ PATH_API, INDEX_CALL, "s3", "ListObjectsV2", "" },
		{ PATH_EXEC, INDEX_WILD, "s3", NULL, "a" },
		{ PATH_API, INDEX_WILD, "ec2", NULL, "b" },
		{ PATH_EXEC, INDEX_SERVICE, "s3", NULL, "a" },
		{ PATH_SHELL, INDEX_COMMAND, "cat", NULL, "cd" },
		{ PATH_SHELL, INDEX_COMMAND, "tac", NULL, "" },
		{ PATH_EXEC, INDEX_COMMAND, "cat", NULL, "" },
		{ PATH_SHELL, INDEX_GLOB, NULL, NULL, "e" },
		{ PATH_SHELL, INDEX_COMMANDS, NULL, NULL, "cde" },
		{ PATH_SHELL, INDEX_REDIRECT, NULL, NULL, "d" },
		{ PATH_SHELL, INDEX_ODD, NULL, NULL, "f" },
		{ PATH_FORWARD, INDEX_FORWARD, NULL, NULL, "g" },
		{ PATH_SHELL, INDEX_SESSION, NULL, NULL, "h" },
		{ PATH_SHELL, INDEX_SCRIPT, NULL, NULL, "i" },
	};
	struct pack *p = asking_pack(
	    "{version: 1, name: p, rules: ["
	    "{id: i, effect: allow, on: [shell], script: x},"
	    "{id: h, effect: allow, on: [shell], ssm: {mode: [fed], shell: true}},"
	    "{id: g, effect: allow, on: [forward], forward: {port: [22]}},"
	    "{id: f, effect: deny, on: [shell], command: {undecidable: true}},"
	    "{id: e, effect: deny, on: [shell], command: {name: 'mk*'}},"
	    "{id: d, effect: allow, on: [shell], command: {name: [cat, cat]}, "
	    "redirect: [null]},"
	    "{id: c, effect: deny, on: [shell], command: {any: [{name: cat}, {name: "
	    "[cat, nl]}]}},"
	    "{id: b, effect: allow, on: [api], aws: {operations: ['ec2:D*']}},"
	    "{id: a, effect: allow, on: [exec], aws: {operations: "
	    "['s3:ListObjectsV2', 's3:list-objects-v2', 's3:P*', 's3:G*']}}]}");
	struct arena *a = arena_new(4096);

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct candidates c;
		char found[16] = "";

		arena_reset(a);
		assert_true(candidates_begin(&c, pack_rules(p), rows[i].path, a));
		assert_int_equal(candidates_next(&c, 0), CANDIDATES_END);
		candidates_add(&c, rows[i].kind, rows[i].name, rows[i].operation);
		candidates_add(&c, rows[i].kind, rows[i].name, rows[i].operation);
		for (size_t k = 0; (k = candidates_next(&c, k)) != CANDIDATES_END; k++)
			strcat(found, pack_rules(p)->rules[k]->name + 2);
		if (strcmp(found, rows[i].found) != 0)
			fail_msg("row %zu: %s", i, found);
	}
	arena_free(a);
	pack_free(p);
}

/* Sets of every size around the words of a bitmap, walked whole and in part. */
static void
walks_meet_every_rule(void **state)
{
	static const size_t sizes[] = { 0, 1, 63, 64, 65, 4095, 4096, 4097, 9000 };

	(void)state;
	for (size_t i = 0; i < ROWS(sizes); i++) {
		struct rule *rules = calloc(sizes[i] + 1, sizeof *rules);
		const struct rule **v = calloc(sizes[i] + 1, sizeof *v);
		struct ruleset set = { .n = sizes[i], .rules = v };
		struct arena *a = arena_new(65536);
		struct err err = { "" };
		struct candidates c;
		size_t n = 0;

		for (size_t k = 0; k < sizes[i]; k++) {
			/* Each third and the last are found. */
			rules[k].paths = RULE_PATH(PATH_SHELL);
			rules[k].undecidable = k % 3 == 0 || k + 1 == sizes[i];
			v[k] = &rules[k];
			n += rules[k].undecidable;
		}
		assert_int_equal(index_build(&set, &set.index, &err), RC_OK);
		assert_true(candidates_begin(&c, &set, PATH_SHELL, a));
		candidates_add(&c, INDEX_ODD, NULL, NULL);
		for (size_t k = 0; (k = candidates_next(&c, k)) != CANDIDATES_END;
		     k++, n--)
			assert_true(k < sizes[i] && rules[k].undecidable);
		assert_int_equal(n, 0);
		arena_free(a);
		/* Without an index all are there; without room nothing is. */
		a = arena_new(0);
		assert_int_equal(
		    candidates_begin(&c, &set, PATH_SHELL, a), sizes[i] == 0);
		index_free(set.index);
		set.index = NULL;
		assert_true(candidates_begin(&c, &set, PATH_SHELL, a));
		for (size_t k = 0; (k = candidates_next(&c, k)) != CANDIDATES_END; k++)
			n++;
		assert_int_equal(n, sizes[i]);
		arena_free(a);
		free(v);
		free(rules);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_index_changes_nothing),
		cmocka_unit_test(what_is_told_is_found_among_many),
		cmocka_unit_test(keys_find_their_rules),
		cmocka_unit_test(walks_meet_every_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
