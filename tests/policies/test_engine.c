/* Properties of the engine as a whole, over random rules and questions. */
#include "tests/policies/naive.h"
#include "tests/policies/randrules.h"

#include "policies/ruling.h"

#define ROUNDS 150
#define ASKED 60
#define MOST 14 /* rules: fewer than a verdict has room for in holds and rates */

struct file {
	size_t n;
	char rules[MOST + 1][2048];
	enum effect effects[MOST + 1];
};

static void
file_put(struct file *f, struct dice *d, enum effect effect)
{
	struct buf b;
	char id[16];

	snprintf(id, sizeof id, "r%zu", f->n);
	buf_init(&b, sizeof f->rules[0]);
	randrules_put(d, id, effect, &b);
	snprintf(f->rules[f->n], sizeof f->rules[0], "%s", buf_cstr(&b));
	f->effects[f->n++] = effect;
	buf_clear(&b);
}

static struct file
file_new(struct dice *d)
{
	struct file f = { 0 };
	size_t n = 1 + dice_roll(d, MOST);

	while (f.n < n)
		file_put(&f, d, randrules_effect(d));
	return f;
}

/* The rules but number skip, from number first on and round. */
static void
file_text(
    const struct file *f, size_t first, size_t skip, const char *name, struct buf *out)
{
	bool any = false;

	buf_init(out, 1 << 16);
	buf_printf(out,
	    "{version: 1, name: %s, defaults: {undecidable: hold}, rules: [", name);
	for (size_t i = 0; i < f->n; i++) {
		size_t at = (first + i) % f->n;

		if (at == skip)
			continue;
		buf_printf(out, "%s%s", any ? ",\n" : "", f->rules[at]);
		any = true;
	}
	buf_text(out, "]}");
}

static struct pack *
file_pack(const struct file *f, size_t first, size_t skip)
{
	struct pack *p;
	struct buf b;

	file_text(f, first, skip, "p", &b);
	p = asking_pack(buf_cstr(&b));
	buf_clear(&b);
	return p;
}

static void
two_evaluators_agree(void **state)
{
	struct dice d = { 0xD1B54A32D192ED03u };
	size_t effects[3] = { 0 };

	(void)state;
	for (size_t i = 0; i < ROUNDS; i++) {
		struct file f = file_new(&d);
		struct pack *p = file_pack(&f, 0, MOST + 1);

		for (size_t k = 0; k < ASKED; k++) {
			struct facts facts = randrules_facts(&d, PATH_SHELL);
			struct verdict v = { 0 };
			char line[1024];
			enum effect plain;

			randrules_line(&d, line, sizeof line);
			decide_line(pack_rules(p), span_of(line), &facts, &v, NULL);
			plain = naive_line(pack_rules(p), span_of(line), &facts);
			if (v.effect != plain)
				fail_msg("%s: %s '%s' (%s), plainly %s", line,
				    effect_name(v.effect), v.code, v.reason,
				    effect_name(plain));
			effects[plain]++;
		}
		pack_free(p);
	}
	for (size_t i = 0; i < ROWS(effects); i++)
		assert_true(effects[i] > ROUNDS * ASKED / 100);
}

static void
two_evaluators_agree_on_commands(void **state)
{
	struct dice d = { 0x94D049BB133111EBu };
	size_t effects[3] = { 0 };

	(void)state;
	for (size_t i = 0; i < ROUNDS; i++) {
		struct file f = file_new(&d);
		struct pack *p = file_pack(&f, 0, MOST + 1);

		for (size_t k = 0; k < ASKED; k++) {
			struct facts facts = randrules_facts(&d, PATH_EXEC);
			struct aws_request *req = asking_request(randrules_argv(&d));
			struct verdict v = { 0 };
			enum effect plain;

			decide(pack_rules(p), req, &facts, &v);
			plain = naive_argv(pack_rules(p), req, &facts);
			if (v.effect != plain)
				fail_msg("%s: %s '%s' (%s), plainly %s",
				    req->name.operation, effect_name(v.effect), v.code,
				    v.reason, effect_name(plain));
			effects[plain]++;
			aws_free(req);
		}
		pack_free(p);
	}
	for (size_t i = 0; i < ROWS(effects); i++)
		assert_true(effects[i] > ROUNDS * ASKED / 100);
}

/* All but the digest, which is over the files. */
static bool
same_verdict(const struct verdict *a, const struct verdict *b)
{
	struct verdict x = *a, y = *b;

	memset(x.policy, 0, sizeof x.policy);
	memset(y.policy, 0, sizeof y.policy);
	return memcmp(&x, &y, sizeof x) == 0;
}

static struct pack *
two_files(const struct file *a, const struct file *b, size_t turn)
{
	struct pack_text texts[2];
	struct pack *p = NULL;
	struct err err = { "" };
	struct buf text[2];

	file_text(a, turn, MOST + 1, "a", &text[0]);
	file_text(b, turn, MOST + 1, "b", &text[1]);
	for (size_t i = 0; i < 2; i++)
		texts[(i + turn) % 2] =
		    (struct pack_text){ i == 0 ? "a" : "b", buf_span(&text[i]) };
	if (pack_read(texts, 2, &p, &err) != RC_OK)
		fail_msg("%s", err.text);
	buf_clear(&text[0]);
	buf_clear(&text[1]);
	return p;
}

static void
the_order_of_rules_and_files_does_not_matter(void **state)
{
	struct dice d = { 0xA0761D6478BD642Fu };

	(void)state;
	for (size_t i = 0; i < ROUNDS; i++) {
		struct file a = file_new(&d), b = file_new(&d);
		struct pack *p = two_files(&a, &b, 0);
		struct pack *q = two_files(&a, &b, 1);

		for (size_t k = 0; k < ASKED; k++) {
			struct randask ask = randask_new(&d);
			struct verdict v = { 0 }, w = { 0 };

			randask_put(&ask, pack_rules(p), &v);
			randask_put(&ask, pack_rules(q), &w);
			if (!same_verdict(&v, &w))
				fail_msg("%s: %s %s, turned %s %s", randask_text(&ask),
				    effect_name(v.effect), v.rule,
				    effect_name(w.effect), w.rule);
			randask_free(&ask);
		}
		pack_free(p);
		pack_free(q);
	}
}

/* A deny that is added takes away and never gives.  A hold that is added never makes an
 * allow; a deny for want of a rule it may make a hold, which is what it is for. */
static void
a_rule_more_never_allows_more(void **state)
{
	struct dice d = { 0xE7037ED1A0B428DBu };
	size_t changed[2] = { 0 };

	(void)state;
	for (size_t i = 0; i < 2 * ROUNDS; i++) {
		enum effect added = i % 2 == 0 ? EFFECT_DENY : EFFECT_HOLD;
		struct file f = file_new(&d);
		struct pack *before = file_pack(&f, 0, MOST + 1), *after;

		file_put(&f, &d, added);
		after = file_pack(&f, 0, MOST + 1);
		for (size_t k = 0; k < ASKED; k++) {
			struct randask ask = randask_new(&d);
			struct verdict v = { 0 }, w = { 0 };

			randask_put(&ask, pack_rules(before), &v);
			randask_put(&ask, pack_rules(after), &w);
			if (added == EFFECT_DENY
				? w.effect > v.effect
				: w.effect == EFFECT_ALLOW && v.effect != EFFECT_ALLOW)
				fail_msg("%s: %s, then %s", f.rules[f.n - 1],
				    effect_name(v.effect), effect_name(w.effect));
			changed[added] += v.effect != w.effect;
			randask_free(&ask);
		}
		pack_free(before);
		pack_free(after);
	}
	if (changed[0] < 30 || changed[1] < 100)
		fail_msg("%zu %zu", changed[0], changed[1]);
}

static void
an_allow_less_never_allows_more(void **state)
{
	struct dice d = { 0x8EBC6AF09C88C6E3u };
	size_t changed = 0;

	(void)state;
	for (size_t i = 0; i < ROUNDS; i++) {
		struct file f = file_new(&d);
		struct pack *before, *after;
		size_t skip;

		if (f.n == MOST)
			f.n--;
		file_put(&f, &d, EFFECT_ALLOW);
		skip = f.n - 1;
		before = file_pack(&f, 0, MOST + 1);
		if (f.n == 1) {
			pack_free(before);
			continue;
		}
		after = file_pack(&f, 0, skip);
		for (size_t k = 0; k < ASKED; k++) {
			struct randask ask = randask_new(&d);
			struct verdict v = { 0 }, w = { 0 };

			randask_put(&ask, pack_rules(before), &v);
			randask_put(&ask, pack_rules(after), &w);
			if (w.effect > v.effect)
				fail_msg("without %s: %s, then %s", f.rules[skip],
				    effect_name(v.effect), effect_name(w.effect));
			changed += v.effect != w.effect;
			randask_free(&ask);
		}
		pack_free(before);
		pack_free(after);
	}
	assert_true(changed > 50);
}

/* Any byte more or other in a line: the two evaluators still agree, and a canonical text
 * is judged as the line is. */
static void
a_byte_more_breaks_nothing(void **state)
{
	struct dice d = { 0x589965CC75374CC3u };

	(void)state;
	for (size_t i = 0; i < 40; i++) {
		struct file f = file_new(&d);
		struct pack *p = file_pack(&f, 0, MOST + 1);

		for (size_t k = 0; k < 10 * ASKED; k++) {
			struct facts facts = randrules_facts(&d, PATH_SHELL);
			char text[1024], line[1032];
			struct verdict v = { 0 }, again = { 0 };
			size_t n, at;
			struct span s;
			struct buf canon;

			randrules_line(&d, text, sizeof text);
			n = strlen(text);
			at = dice_roll(&d, n + 1);
			memcpy(line, text, at);
			line[at] = (char)dice_roll(&d, 256);
			memcpy(line + at + 1, text + at, n - at);
			s = span_make(line, n + 1);
			buf_init(&canon, SHELL_CANON);
			decide_line(pack_rules(p), s, &facts, &v, &canon);
			if (v.effect != naive_line(pack_rules(p), s, &facts))
				fail_msg("%.*s: %s", (int)n + 1, line,
				    effect_name(v.effect));
			decide_line(
			    pack_rules(p), buf_span(&canon), &facts, &again, NULL);
			if (buf_span(&canon).len > 0 && again.effect != v.effect)
				fail_msg("%.*s: %s, its text %s", (int)n + 1, line,
				    effect_name(v.effect), effect_name(again.effect));
			buf_clear(&canon);
		}
		pack_free(p);
	}
}

/* Points of one call by operations, a letter each, judged by a rule for each letter: a
 * capital allows.  What was found for one operation is no answer for another. */
static void
each_operation_of_a_call_is_judged(void **state)
{
	static const struct {
		const char *rules, *points;
		enum effect effect;
		const char *call;
	} rows[] = {
		{ "ABCDEFG", "ABCDEFGABCDEFG", EFFECT_ALLOW, "s3:A" },
		{ "ABCDEFG", "AAAAAAAAGGGGGGGG", EFFECT_ALLOW, "s3:A" },
		{ "ABCDEF", "ABCDEFABCDEFG", EFFECT_DENY, "s3:G" },
		{ "BCDEFG", "BCDEFGBCDEFGA", EFFECT_DENY, "s3:A" },
		{ "ABCDEFg", "ABCDEFABCDEFG", EFFECT_DENY, "s3:G" },
		{ "aBCDEFG", "BCDEFGBCDEFGA", EFFECT_DENY, "s3:A" },
		{ "ABCDEfG", "ABCDEABCDEFGGGGG", EFFECT_DENY, "s3:F" },
		{ "ABCDeFG", "ABCDABCDEFGABCDF", EFFECT_DENY, "s3:E" },
		{ "ABCD", "ABCDE", EFFECT_DENY, "s3:E" },
	};
	static const char *const names[] = { "A", "B", "C", "D", "E", "F", "G" };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct apicall *call = asking_call("s3:GetObject", "eu-west-1", "");
		struct iam_need v[16];
		struct iam_needs needs = { .n = strlen(rows[i].points), .v = v };
		struct facts f = lineask_facts;
		struct verdict verdict = { 0 };
		char text[2048] = "{version: 1, name: p, rules: [";
		struct pack *p;

		for (const char *r = rows[i].rules; *r != '\0'; r++)
			snprintf(text + strlen(text), sizeof text - strlen(text),
			    "{id: %s, effect: %s, on: [api], aws: {operations: "
			    "['s3:%s']}},",
			    names[(*r | 32) - 'a'], *r < 'a' ? "allow" : "deny",
			    names[(*r | 32) - 'a']);
		strcat(text, "]}");
		for (size_t k = 0; k < needs.n; k++)
			v[k] = (struct iam_need){ .service = "s3",
				.operation = names[rows[i].points[k] - 'A'],
				.action = "s3:X",
				.arn = "*",
				.resource = "*" };
		p = asking_pack(text);
		f.path = PATH_API;
		decide_call(pack_rules(p), NULL, call, &needs, &f, &verdict);
		if (verdict.effect != rows[i].effect ||
		    strcmp(verdict.call, rows[i].call) != 0)
			fail_msg("%s %s: %s %s (%s)", rows[i].rules, rows[i].points,
			    effect_name(verdict.effect), verdict.call, verdict.reason);
		apicall_free(call);
		pack_free(p);
	}
}

/* One point whose answer carries credentials is enough. */
static void
a_secret_among_points_is_a_secret(void **state)
{
	static const struct iam_need secret = { "sts", "AssumeRole", "sts:AssumeRole",
		"*", false, false, "*" };
	static const struct iam_need plain = { "s3", "ListBuckets",
		"s3:ListAllMyBuckets", "*", false, false, "*" };
	struct pack *p = asking_pack(
	    "{version: 1, name: p, rules: [{id: a, effect: allow, on: [api], "
	    "aws: {operations: ['s3:*', 'sts:AssumeRole']}}]}");
	struct apicall *call = asking_call("s3:ListBuckets", "eu-west-1", "");
	struct facts f = lineask_facts;

	(void)state;
	f.path = PATH_API;
	for (unsigned bits = 0; bits < 8; bits++) {
		struct iam_need v[3];
		struct iam_needs needs = { .n = 3, .v = v };
		struct verdict verdict = { 0 };

		for (unsigned i = 0; i < 3; i++)
			v[i] = bits & 1u << i ? secret : plain;
		decide_call(pack_rules(p), NULL, call, &needs, &f, &verdict);
		assert_int_equal(verdict.effect, EFFECT_ALLOW);
		assert_int_equal(verdict.reveal, bits != 0);
	}
	apicall_free(call);
	pack_free(p);
}

/* However little memory or work there is, nothing is let through for it. */
static void
scarcity_is_a_deny(void **state)
{
	/* What each comes to where there is enough. */
	static const char *const codes[] = { "", "", "", "interpreter", "rule",
		"unmatched" };
	struct pack *p = asking_pack(
	    "{version: 1, name: p, defaults: {undecidable: hold}, rules: [{id: a, "
	    "effect: allow, on: [shell], command: {name: uptime}, redirect: [null]}, "
	    "{id: b, effect: allow, on: [exec], aws: {operations: ['s3:ls']}}, {id: c, "
	    "effect: deny, on: [exec], command: {name: rm, operands: any}}, {id: d, "
	    "effect: allow, on: [shell], command: {name: id}}, {id: e, effect: hold, "
	    "on: [shell], command: {undecidable: true}, approvers: {need: 1, from: "
	    "[group:sre]}}]}");
	struct aws_request *req = asking_request("aws s3 ls");
	struct aws_request *other = asking_request("aws s3 rm s3://logs/a");
	struct words *words = asking_words("timeout 5 rm x");
	const struct facts *shell = &lineask_facts;
	struct facts exec = lineask_facts;
	bool enough[ROWS(codes)] = { false };

	(void)state;
	exec.path = PATH_EXEC;
	for (size_t size = 0; size < 16384; size += 8) {
		struct ruleset set = *pack_rules(p);
		struct verdict v[ROWS(codes)];

		set.arena = arena_new(size);
		decide_line(&set, span_of("uptime >/dev/null"), shell, &v[0], NULL);
		decide_line(&set, span_of("id >/dev/null; id"), shell, &v[1], NULL);
		decide(&set, req, &exec, &v[2]);
		decide_line(&set, span_of("sh"), shell, &v[3], NULL);
		decide_words(&set, words, &exec, &v[4]);
		/* What could be told beside is left out. */
		decide(&set, other, &exec, &v[5]);
		for (size_t i = 0; i < ROWS(codes); i++) {
			enough[i] |= strcmp(v[i].code, codes[i]) == 0 &&
				     (i != 3 || v[i].effect == EFFECT_HOLD);
			if (enough[i]) {
				assert_string_equal(v[i].code, codes[i]);
				continue;
			}
			assert_int_equal(v[i].effect, EFFECT_DENY);
			assert_string_equal(v[i].code, "internal");
			assert_string_equal(v[i].reason, "internal: out of memory");
			assert_true(size < 16384 - 8);
		}
		arena_free(set.arena);
	}
	words_free(words);
	aws_free(other);
	aws_free(req);
	pack_free(p);
}

/* Work is counted: what would take too long is denied for that. */
static void
too_much_work_is_a_deny(void **state)
{
	struct pack *p = asking_pack(
	    "{version: 1, name: p, rules: [{id: a, effect: allow, on: [shell], "
	    "command: {name: echo, options: any, operands: any}}, {id: b, effect: "
	    "deny, on: [exec], command: {name: echo, options: any, operands: any}}]}");
	struct facts f = lineask_facts;
	struct words *words;
	const struct rule *one = pack_rules(p)->rules[0];
	struct ruleset set = { .n = 100000 };
	char line[1024] = "echo";
	struct verdict v = { 0 };

	(void)state;
	for (size_t i = 0; i < 250; i++)
		strcat(line, " -a");
	words = asking_words(line);
	decide_line(pack_rules(p), span_of(line), &lineask_facts, &v, NULL);
	assert_int_equal(v.effect, EFFECT_ALLOW);
	set.rules = calloc(set.n, sizeof *set.rules);
	for (size_t i = 0; i < set.n; i++)
		set.rules[i] = one;
	decide_line(&set, span_of(line), &lineask_facts, &v, NULL);
	assert_int_equal(v.effect, EFFECT_DENY);
	assert_string_equal(v.code, "limit");
	assert_string_equal(v.rule, "");
	/* Of words it is said why they are denied, while there is time to find out. */
	f.path = PATH_EXEC;
	for (size_t i = 0; i < set.n; i++)
		set.rules[i] = pack_rules(p)->rules[1];
	decide_words(&set, words, &f, &v);
	assert_int_equal(v.effect, EFFECT_DENY);
	assert_string_equal(v.code, "usage");
	assert_string_equal(v.rule, "");
	words_free(words);
	free(set.rules);
	pack_free(p);
}

/* A word's bytes count where a condition comes back to them again and again. */
static void
costly_conditions_are_counted(void **state)
{
	static const char *const conditions[] = { "{re: '(a|b|ab){0,40}c'}",
		"{glob: '*a*a*a*a*a*a*a*a*b'}",
		"{path_in: ['/*a*a*a/x', '/*b*b/x', '/*c*c*c/x']}" };
	char line[3072] = "cat", text[512];
	struct ruleset set = { .n = 3000 };
	struct verdict v = { 0 };

	(void)state;
	for (size_t i = 0; i < 60; i++)
		strcat(line, " /abababababababababababababababababababab");
	set.rules = calloc(set.n, sizeof *set.rules);
	for (size_t k = 0; k < sizeof conditions / sizeof conditions[0]; k++) {
		struct pack *p;

		snprintf(text, sizeof text,
		    "{version: 1, name: p, rules: [{id: a, effect: deny, on: [shell], "
		    "command: {name: cat, operands: {min: 1, each: %s}}}]}",
		    conditions[k]);
		p = asking_pack(text);
		for (size_t i = 0; i < set.n; i++)
			set.rules[i] = pack_rules(p)->rules[0];
		decide_line(&set, span_of(line), &lineask_facts, &v, NULL);
		assert_string_equal(v.code, "limit");
		decide_line(pack_rules(p), span_of(line), &lineask_facts, &v, NULL);
		assert_string_not_equal(v.code, "limit");
		pack_free(p);
	}
	free(set.rules);
}

/* The same for values of parameters, for resources, and for those of an exception. */
static void
costly_calls_are_counted(void **state)
{
	static const char *const rules[] = {
		"parameters: {instance-ids: {each: {re: '(a|b|ab){0,40}c'}}}}",
		"resources: ['arn:aws:ec2:*:*:*a*a*a*a*a*a*b']}",
		"resources: ['*']}, unless: {aws: {operations: ['ec2:StopInstances'], "
		"parameters: {instance-ids: {each: {glob: '*a*a*a*a*a*a*b'}}}}}",
	};
	struct facts exec = lineask_facts;
	char line[2048] = "aws ec2 stop-instances --instance-ids", text[512];
	struct ruleset set = { .n = 100000 };
	struct aws_request *req;
	struct verdict v = { 0 };

	(void)state;
	exec.path = PATH_EXEC;
	for (size_t i = 0; i < 40; i++)
		strcat(line, " i-ababababababababababababababababab");
	req = asking_request(line);
	set.rules = calloc(set.n, sizeof *set.rules);
	for (size_t k = 0; k < sizeof rules / sizeof rules[0]; k++) {
		struct pack *p;

		snprintf(text, sizeof text,
		    "{version: 1, name: p, rules: [{id: a, effect: deny, on: [exec], "
		    "aws: {operations: ['ec2:StopInstances'], %s}]}",
		    rules[k]);
		p = asking_pack(text);
		for (size_t i = 0; i < set.n; i++)
			set.rules[i] = pack_rules(p)->rules[0];
		decide(&set, req, &exec, &v);
		assert_string_equal(v.code, "limit");
		assert_int_equal(v.effect, EFFECT_DENY);
		decide(pack_rules(p), req, &exec, &v);
		assert_string_not_equal(v.code, "limit");
		pack_free(p);
	}
	free(set.rules);
	aws_free(req);
}

/* More rates than a verdict has room for cannot be counted. */
static void
too_many_rates_are_a_deny(void **state)
{
	struct file f = { 0 };
	struct pack *p;
	struct verdict v = { 0 };

	(void)state;
	for (; f.n < VERDICT_RATES + 1; f.n++)
		snprintf(f.rules[f.n], sizeof f.rules[0],
		    "{id: r%zu, effect: allow, on: [shell], command: {name: uptime}, "
		    "rate: {n: 2, per: 1m, by: [identity]}}",
		    f.n);
	p = file_pack(&f, 0, f.n - 1);
	v = lineask(p, "uptime");
	assert_int_equal(v.effect, EFFECT_ALLOW);
	assert_int_equal(v.n_rates, VERDICT_RATES);
	pack_free(p);
	p = file_pack(&f, 0, MOST + 1);
	v = lineask(p, "uptime");
	assert_int_equal(v.effect, EFFECT_DENY);
	assert_string_equal(v.code, "limit");
	assert_int_equal(v.n_rates, 0);
	pack_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_evaluators_agree),
		cmocka_unit_test(two_evaluators_agree_on_commands),
		cmocka_unit_test(the_order_of_rules_and_files_does_not_matter),
		cmocka_unit_test(a_rule_more_never_allows_more),
		cmocka_unit_test(an_allow_less_never_allows_more),
		cmocka_unit_test(a_byte_more_breaks_nothing),
		cmocka_unit_test(each_operation_of_a_call_is_judged),
		cmocka_unit_test(a_secret_among_points_is_a_secret),
		cmocka_unit_test(scarcity_is_a_deny),
		cmocka_unit_test(too_much_work_is_a_deny),
		cmocka_unit_test(costly_conditions_are_counted),
		cmocka_unit_test(costly_calls_are_counted),
		cmocka_unit_test(too_many_rates_are_a_deny),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
