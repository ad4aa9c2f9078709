/* A policy that stands, one rule more, somebody who asks, a line: all but the policy is
 * from the input.  The verdict is the plain evaluator's, and the same without an index;
 * nothing is let through that it would not let through; the canonical text is judged as
 * the line is. */
#include "tests/policies/naive.h"
#include "tests/policies/randrules.h"

#define SEED 8 /* bytes in front of the line */

static const char base[] =
    "{id: a, effect: allow, on: [shell], command: {any: [{name: cat, options: {short: "
    "nA}, operands: {each: {path_in: ['/var/log/**']}}, stdin: pipe}, {name: [sort, "
    "uniq], options: {short: nru, short_value: k}, operands: none, stdin: pipe}]}, "
    "redirect: [null, merge]},"
    "{id: b, effect: hold, on: [shell], command: {name: systemctl, verb: [restart], "
    "operands: {max: 1, each: {glob: '*'}}}, approvers: {need: 1, from: [group:sre]}},"
    "{id: c, effect: deny, on: [shell], command: {name: [rm, 'mkfs*'], options: any, "
    "operands: any}},"
    "{id: d, effect: hold, on: [shell], command: {undecidable: true}, approvers: "
    "{need: 1, from: [group:sre]}, where: {env: prod}},"
    "{id: e, effect: allow, on: [shell], command: {name: echo, options: any, operands: "
    "any}, run_as: [app], unless: {where: {env: test}}}";

static struct pack *
pack_of(struct dice *d)
{
	struct pack *p;
	struct buf b;

	buf_init(&b, 1 << 16);
	buf_text(&b, "{version: 1, name: p, defaults: {undecidable: hold}, rules: [");
	buf_text(&b, base);
	buf_text(&b, ",\n");
	randrules_put(d, "z", randrules_effect(d), &b);
	buf_text(&b, "]}");
	p = asking_pack(buf_cstr(&b));
	buf_clear(&b);
	return p;
}

static void
demand(bool fine)
{
	if (!fine)
		abort();
}

static void
judge(const struct pack *p, const struct facts *f, struct span line)
{
	struct ruleset bare = *pack_rules(p);
	struct verdict v = { 0 }, other = { 0 };
	struct buf canon;

	bare.index = NULL;
	bare.arena = NULL;
	buf_init(&canon, SHELL_CANON);
	decide_line(pack_rules(p), line, f, &v, &canon);
	demand(v.effect == naive_line(pack_rules(p), line, f));
	demand((v.effect == EFFECT_HOLD) == (v.n_needs > 0));
	demand((v.effect == EFFECT_ALLOW) == (v.code[0] == '\0'));
	demand(v.effect == EFFECT_DENY || v.rule[0] != '\0');
	decide_line(&bare, line, f, &other, NULL);
	demand(memcmp(&v, &other, sizeof v) == 0);
	if (buf_span(&canon).len > 0) {
		decide_line(pack_rules(p), buf_span(&canon), f, &other, NULL);
		demand(v.effect == other.effect);
	}
	/* What is let through has one text, and that is what runs. */
	demand(v.effect != EFFECT_ALLOW || buf_span(&canon).len > 0);
	buf_clear(&canon);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dice d = { 0 };
	struct facts f;
	struct pack *p;

	if (size < SEED)
		return 0;
	memcpy(&d.state, data, SEED);
	d.state |= 1;
	/* Neighbours among seeds are to be far apart. */
	for (int i = 0; i < 4; i++)
		dice_roll(&d, 2);
	p = pack_of(&d);
	f = randrules_facts(&d, PATH_SHELL);
	judge(p, &f, span_make(data + SEED, size - SEED));
	pack_free(p);
	return 0;
}
