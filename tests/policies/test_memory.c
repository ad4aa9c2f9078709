/* No failing allocation ends in anything but a failure or a deny: the program is linked
 * with allocators that fail at a chosen call. */
#include "tests/policies/asking.h"

#include "policies/canon.h"
#include "policies/decide.h"

static bool counting;
static unsigned long calls, fail_at;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);

static bool
fails(void)
{
	return counting && ++calls == fail_at;
}

void *
__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

char *
__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

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
	for (fail_at = 1;; fail_at++) {
		struct verdict v = { 0 };
		enum rc rc;

		calls = 0;
		counting = true;
		rc = walk(line, &v);
		counting = false;
		if (calls < fail_at) {
			assert_int_equal(rc, RC_OK);
			assert_int_equal(v.effect, want);
			return calls;
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
	for (fail_at = 1; fail_at < 5000; fail_at++) {
		struct facts facts = ASKING_FACTS(&who);
		struct pack_text text = { "p.yaml", span_of(line_policy) };
		struct verdict v[2] = { { 0 } };
		struct pack *pack = NULL;
		struct ruleset bare;
		struct err err;
		struct buf b;

		facts.path = PATH_SHELL;
		facts.env = "prod";
		calls = 0;
		counting = true;
		buf_init(&b, 4096);
		if (pack_read(&text, 1, &pack, &err) == RC_OK) {
			bare = *pack_rules(pack);
			bare.arena = NULL;
			decide_line(pack_rules(pack), span_of(line), &facts, &v[0], &b);
			decide_line(&bare, span_of(line), &facts, &v[1], NULL);
		}
		counting = false;
		buf_clear(&b);
		pack_free(pack);
		if (calls < fail_at) {
			most = calls;
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

static void
failing_memory_spoils_a_canonical_text(void **state)
{
	struct words *w = asking_words("aws s3 ls");
	struct buf b;

	(void)state;
	buf_init(&b, CANON_MOST);
	calls = 0;
	fail_at = 1;
	counting = true;
	canon_put(w, &b);
	counting = false;
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
		cmocka_unit_test(failing_memory_spoils_a_canonical_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
