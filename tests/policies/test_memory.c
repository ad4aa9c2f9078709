/* No failing allocation ends in anything but a failure or a deny: the program is linked
 * with allocators that fail at a chosen call. */
#include "tests/policies/asking.h"
#include "tests/support/scarce.h"

#include "policies/canon.h"
#include "policies/decide.h"

static const char policy[] =
    "version: 1\nname: p\nrules:\n"
    "  - {id: a, effect: allow, on: [exec], who: {any: [{group: [x, agents]}, {not: "
    "{kind: human}}], auth: {method: key, max_age: 1h}}, aws: {operations: ['s3:ls']}, "
    "examples: {match: ['aws s3 ls'], no_match: ['aws s3 rm s3://logs/a']}}\n"
    "  - {id: b, effect: deny, on: [exec], who: {identity: agent-1}, aws: "
    "{operations: ['s3:cp']}}\n"
    "  - {id: c, effect: hold, on: [shell], who: {claim: {mfa: x}}, where: {tag: {app: "
    "shop}}, when: {hours: '08:00-18:00', tz: Europe/Berlin}, command: {any: [{name: "
    "[ls, cat], operands: any}]}, unless: {when: {days: sun}}, approvers: {need: 1, "
    "from: [group:x]}, examples: {match: [ls], no_match: [rm]}}\n"
    "  - {id: d, effect: allow, on: [forward], forward: {port: 22}}\n"
    "  - {id: e, effect: allow, on: [shell], ssm: {shell: true}, script: {name: s, "
    "operands: {max: 1}}}\n"
    "tests: [{as: {group: agents}, line: aws s3 ls --profile x, expect: allow}, {as: "
    "{}, "
    "path: shell, line: ls, expect: deny}]\n";

/* The whole way of one command, from bytes to a verdict. */
static enum rc
walk(const char *line, struct verdict *v)
{
	static const struct identity who = { .name = "agent-1" };
	static const struct facts facts = ASKING_FACTS(&who);
	struct pack_text text = { "p.yaml", span_of(policy) };
	struct aws_request *req = NULL;
	struct refusal refusal = { 0 };
	struct pack *pack = NULL;
	struct words *w = NULL;
	struct err err = { "" };
	enum rc rc;

	if ((rc = pack_read(&text, 1, &pack, &err)) == RC_OK &&
	    (rc = words_split(span_of(line), &w, &err)) == RC_OK &&
	    (rc = aws_read(w, &req, &refusal)) == RC_OK)
		decide(pack_rules(pack), req, &facts, v);
	aws_free(req);
	words_free(w);
	pack_free(pack);
	return rc;
}

/* Fail each allocation in turn.  Returns how many there were. */
static unsigned long
fail_each(const char *line, enum effect want)
{
	for (scarce.fail_at = 1;; scarce.fail_at++) {
		struct verdict v = { 0 };
		enum rc rc;

		scarce.calls = 0;
		scarce.counting = true;
		rc = walk(line, &v);
		scarce.counting = false;
		if (scarce.calls < scarce.fail_at) {
			assert_int_equal(rc, RC_OK);
			assert_int_equal(v.effect, want);
			return scarce.calls;
		}
		/* Deciding has no other way to fail. */
		assert_int_equal(v.effect, EFFECT_DENY);
		if (rc == RC_OK)
			assert_string_equal(v.code, "internal");
	}
}

static void
failing_memory_never_allows(void **state)
{
	(void)state;
	/* Enough calls to be sure that the wrappers are in place. */
	assert_true(
	    fail_each("aws --region eu-west-1 s3 ls s3://logs", EFFECT_ALLOW) > 40);
	assert_true(fail_each("aws s3 cp s3://logs/a - --profile p", EFFECT_DENY) > 40);
}

static const char line_policy[] =
    "{version: 1, name: p, rules: [{id: a, effect: allow, on: [shell], command: {any: "
    "[{name: cat, options: {short: n}, operands: {each: {path_in: ['/var/log/**']}}}, "
    "{name: [sort], stdin: pipe}]}, redirect: [null]}, {id: b, effect: deny, on: "
    "[shell], where: {env: test}, command: {name: 'so*', options: any, operands: any, "
    "stdin: any}}]}";

/* The same for a line, with the rules' own arena and without; where an allocation fails
 * that is not needed the verdict is the usual one. */
static void
failing_memory_never_allows_a_line(void **state)
{
	static const struct identity who = { .name = "agent-1" };
	static const char line[] = "cat -n /var/log/a 2>/dev/null | sort";
	unsigned long most = 0;

	(void)state;
	for (scarce.fail_at = 1; scarce.fail_at < 5000; scarce.fail_at++) {
		struct facts facts = ASKING_FACTS(&who);
		struct pack_text text = { "p.yaml", span_of(line_policy) };
		struct verdict v[2] = { { 0 } };
		struct pack *pack = NULL;
		struct ruleset bare;
		struct err err;
		struct buf b;

		facts.path = PATH_SHELL;
		facts.env = "prod";
		scarce.calls = 0;
		scarce.counting = true;
		buf_init(&b, 4096);
		if (pack_read(&text, 1, &pack, &err) == RC_OK) {
			bare = *pack_rules(pack);
			bare.arena = NULL;
			decide_line(pack_rules(pack), span_of(line), &facts, &v[0], &b);
			decide_line(&bare, span_of(line), &facts, &v[1], NULL);
		}
		scarce.counting = false;
		buf_clear(&b);
		pack_free(pack);
		if (scarce.calls < scarce.fail_at) {
			most = scarce.calls;
			assert_int_equal(v[0].effect, EFFECT_ALLOW);
			assert_int_equal(v[1].effect, EFFECT_ALLOW);
			break;
		}
		for (size_t i = 0; i < 2; i++)
			if (v[i].effect != EFFECT_ALLOW)
				assert_int_equal(v[i].effect, EFFECT_DENY);
		assert_true(v[0].effect == EFFECT_DENY || v[1].effect == EFFECT_DENY);
	}
	assert_true(most > 40);
}

/* Everything that can be asked, and the verdict where nothing fails. */
struct asked {
	struct pack *pack;
	struct aws_request *req;
	struct apicall *call;
	struct iam_needs needs;
	struct words *words, *arguments;
	struct facts facts;
};

static void
ask_argv(const struct ruleset *set, struct asked *a, struct verdict *v)
{
	a->facts.path = PATH_EXEC;
	decide(set, a->req, &a->facts, v);
}

static void
ask_call_of_argv(const struct ruleset *set, struct asked *a, struct verdict *v)
{
	a->facts.path = PATH_EXEC;
	decide_call(set, a->req, a->call, &a->needs, &a->facts, v);
}

static void
ask_call(const struct ruleset *set, struct asked *a, struct verdict *v)
{
	a->facts.path = PATH_API;
	decide_call(set, NULL, a->call, &a->needs, &a->facts, v);
}

static void
ask_line(const struct ruleset *set, struct asked *a, struct verdict *v)
{
	a->facts.path = PATH_SHELL;
	decide_line(set, span_of("timeout 5 cat /x"), &a->facts, v, NULL);
}

static void
ask_words(const struct ruleset *set, struct asked *a, struct verdict *v)
{
	a->facts.path = PATH_EXEC;
	decide_words(set, a->words, &a->facts, v);
}

static void
ask_forward(const struct ruleset *set, struct asked *a, struct verdict *v)
{
	const struct forward_ask ask = { NULL, 22 };

	a->facts.path = PATH_FORWARD;
	decide_forward(set, &ask, &a->facts, v);
}

static void
ask_open(const struct ruleset *set, struct asked *a, struct verdict *v)
{
	const struct ssm_ask ask = { "Doc", SSM_FED };

	a->facts.path = PATH_SHELL;
	decide_open(set, &ask, &a->facts, v);
}

static void
ask_script(const struct ruleset *set, struct asked *a, struct verdict *v)
{
	a->facts.path = PATH_SHELL;
	decide_script(set, "s", a->arguments, &a->facts, v);
}

/* Ask with each allocation failing in turn: a deny for that, until none fails.  Nothing
 * is left behind.  Returns how many there were. */
static unsigned long
fail_asking(void (*ask)(const struct ruleset *, struct asked *, struct verdict *),
    const struct ruleset *set, struct asked *a, const char *code)
{
	const long before = scarce.live;

	for (scarce.fail_at = 1;; scarce.fail_at++) {
		struct verdict v = { 0 };

		memset(&v, 0xFF, sizeof v);
		scarce.calls = 0;
		scarce.counting = true;
		ask(set, a, &v);
		scarce.counting = false;
		assert_int_equal(scarce.live, before);
		if (scarce.calls < scarce.fail_at) {
			assert_string_equal(v.code, code);
			return scarce.calls;
		}
		assert_int_equal(v.effect, EFFECT_DENY);
		assert_string_equal(v.code, "internal");
	}
}

static void
deciding_leaves_nothing_behind(void **state)
{
	static const struct identity who = { .name = "agent-1" };
	static const struct {
		void (*ask)(const struct ruleset *, struct asked *, struct verdict *);
		const char *code;
		bool takes; /* memory of its own */
	} rows[] = {
		{ ask_argv, "", true },
		{ ask_call_of_argv, "", true },
		{ ask_call, "", true },
		{ ask_line, "", false },
		{ ask_words, "rule", false },
		{ ask_forward, "", false },
		{ ask_open, "", false },
		{ ask_script, "", false },
	};
	struct asked a = { .facts = ASKING_FACTS(&who) };
	struct ruleset bare;

	(void)state;
	a.pack = asking_pack(
	    "{version: 1, name: p, rules: [{id: a, effect: allow, on: [exec, api], "
	    "aws: "
	    "{operations: ['s3:*']}}, {id: b, effect: allow, on: [shell], command: "
	    "{name: cat, operands: any}}, {id: c, effect: deny, on: [exec], command: "
	    "{name: rm, operands: any}}, {id: d, effect: allow, on: [forward], "
	    "forward: "
	    "{port: 22}}, {id: e, effect: allow, on: [shell], ssm: {mode: [fed], "
	    "shell: "
	    "true}}, {id: f, effect: allow, on: [shell], script: {name: s, operands: "
	    "{max: 2}}}]}");
	a.req = asking_request("aws s3 rm s3://bkt/k");
	a.call = asking_call("s3:DeleteObject", "eu-west-1", "Bucket=bkt;Key=k");
	a.needs = asking_needs(a.call);
	a.words = asking_words("rm x");
	a.arguments = asking_words("x y");
	bare = *pack_rules(a.pack);
	bare.arena = NULL;
	for (size_t i = 0; i < ROWS(rows); i++) {
		unsigned long own =
		    fail_asking(rows[i].ask, pack_rules(a.pack), &a, rows[i].code);
		unsigned long all = fail_asking(rows[i].ask, &bare, &a, rows[i].code);

		/* An arena is two: itself and its room. */
		assert_int_equal(own > 0, rows[i].takes);
		assert_true(all > own);
	}
	words_free(a.arguments);
	words_free(a.words);
	iam_clear(&a.needs);
	apicall_free(a.call);
	aws_free(a.req);
	pack_free(a.pack);
}

static void
failing_memory_spoils_a_canonical_text(void **state)
{
	struct words *w = asking_words("aws s3 ls");
	struct buf b;

	(void)state;
	buf_init(&b, CANON_MOST);
	scarce.calls = 0;
	scarce.fail_at = 1;
	scarce.counting = true;
	canon_put(w, &b);
	scarce.counting = false;
	assert_false(buf_ok(&b));
	assert_int_equal(buf_span(&b).len, 0);
	buf_clear(&b);
	words_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failing_memory_never_allows),
		cmocka_unit_test(failing_memory_never_allows_a_line),
		cmocka_unit_test(deciding_leaves_nothing_behind),
		cmocka_unit_test(failing_memory_spoils_a_canonical_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
