#include "tests/support/unit.h"

#include "policies/lint.h"
#include "policies/lint_parts.h"
#include "policies/pack.h"

#include "tests/policies/randrules.h"

#define MOST 64

struct seen {
	size_t n;
	struct lint_finding all[MOST];
	char rules[MOST][VERDICT_RULE];
	char files[MOST][32];
};

static void
keep(const struct lint_finding *f, void *arg)
{
	struct seen *s = arg;
	struct lint_finding *mine = &s->all[s->n];

	assert_true(s->n < MOST);
	assert_true(f->line >= 1 && f->column >= 1 && f->text[0] != '\0');
	*mine = *f;
	snprintf(s->rules[s->n], sizeof s->rules[0], "%s", f->rule);
	snprintf(s->files[s->n], sizeof s->files[0], "%s", f->file);
	mine->rule = s->rules[s->n];
	mine->file = s->files[s->n];
	s->n++;
}

/* The group "alone" has ada, "pair" has two. */
static size_t
group(void *arg, const char *name, const char **one)
{
	(void)arg;
	*one = "ada";
	return strcmp(name, "alone") == 0 ? 1 : strcmp(name, "pair") == 0 ? 2 : 0;
}

/* 2026-12-02 */
static const struct lint_facts facts = { group, NULL, 1796169600000 };

static struct policy *
policy(const char *file, const char *text)
{
	struct policy *p = NULL;
	struct err err = { "" };

	if (policy_read(file, span_of(text), &p, &err) != RC_OK)
		fail_msg("%s", err.text);
	return p;
}

/* Lint texts, each a file: p0.yaml, p1.yaml. */
static void
run(const char *const *texts, size_t n, struct seen *seen)
{
	struct policy *all[4];
	struct err err = { "" };
	enum rc rc;

	memset(seen, 0, sizeof *seen);
	for (size_t i = 0; i < n; i++) {
		char file[16];

		snprintf(file, sizeof file, "p%zu.yaml", i);
		all[i] = policy(file, texts[i]);
	}
	rc = lint_run((const struct policy *const *)all, n, &facts, keep, seen, &err);
	if (rc != RC_OK)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < n; i++)
		policy_free(all[i]);
}

static size_t
count(const struct seen *s, const char *code)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += strcmp(s->all[i].code, code) == 0;
	return n;
}

#define HEAD "version: 1\nname: p\ndefaults: {undecidable: hold}\nrules:\n"
#define WHO "who: {group: g}, where: {env: prod}"
#define ALLOW(what) "  - {id: a, effect: allow, on: [shell], " WHO ", " what "}\n"
#define HOLD(what)                                                                     \
	"  - {id: h, effect: hold, on: [shell], approvers: {need: 1, from: "           \
	"[group:lead]}, " what "}\n"
#define DENY(what) "  - {id: d, effect: deny, on: [shell], " what "}\n"
#define EXEC(what) "  - {id: a, effect: allow, on: [exec], " WHO ", " what "}\n"
#define CUT "command: {name: cut, options: {short: s}, operands: none, stdin: pipe}"
#define ANY(name) "command: {name: " name ", options: any, operands: any}"
#define SAME(name) "command: {name: " name ", options: {short: a}, operands: none}"

static const struct {
	const char *rules, *code;
	bool found;
} rows[] = {
	/* swallowed */
	{ ALLOW(CUT ", unless: {who: {group: g}}"), "swallowed", true },
	{ ALLOW(CUT ", unless: {who: {group: [g, h]}}"), "swallowed", true },
	{ ALLOW(CUT ", unless: {where: {env: prod}, " ANY("cut") "}"), "swallowed",
	    true },
	{ ALLOW(CUT ", unless: {" CUT "}"), "swallowed", true },
	{ ALLOW(CUT ", unless: {who: {group: h}}"), "swallowed", false },
	{ ALLOW(CUT ", unless: {where: {env: test}}"), "swallowed", false },
	{ ALLOW(CUT ", unless: {who: {group: g}, where: {env: test}}"), "swallowed",
	    false },
	{ ALLOW(CUT
	      ", unless: {command: {name: wc, options: {short: s}, operands: none}}"),
	    "swallowed", false },
	{ DENY(
	      ANY("rm") ", unless: {command: {name: rm, options: {short: f}, operands: "
			"none}}"),
	    "swallowed", false },
	{ "  - {id: d, effect: deny, on: [exec], aws: {operations: ['s3:Get*']}, "
	  "unless: "
	  "{aws: {operations: ['s3:*']}}}\n",
	    "swallowed", true },
	{ "  - {id: d, effect: deny, on: [exec], aws: {operations: ['s3:*']}, unless: "
	  "{aws: {operations: ['s3:Get*']}}}\n",
	    "swallowed", false },
	/* denied */
	{ ALLOW(CUT) DENY(ANY("cut")), "denied", true },
	{ ALLOW(CUT) DENY(ANY("'cu*'")), "denied", true },
	{ DENY(ANY("cut")) ALLOW(CUT), "denied", true },
	{ HOLD(CUT) DENY(ANY("cut")), "denied", true },
	{ ALLOW(CUT) DENY(ANY("cut") ", who: {group: g}"), "denied", true },
	{ ALLOW(CUT) DENY(ANY("cut") ", where: {env: [prod, test]}"), "denied", true },
	{ ALLOW(CUT) DENY(ANY("cut") ", where: {env: {glob: 'pr*'}}"), "denied", true },
	{ ALLOW(CUT) DENY(CUT), "denied", true },
	{ ALLOW(CUT) DENY(ANY("cut") ", where: {env: test}"), "denied", false },
	{ ALLOW(CUT) DENY(ANY("cut") ", who: {group: h}"), "denied", false },
	{ ALLOW(CUT) DENY(ANY("cut") ", who: {not: {group: g}}"), "denied", false },
	{ ALLOW(CUT) DENY(ANY("cut") ", who: {kind: agent}"), "denied", false },
	{ ALLOW(CUT) DENY(ANY("cu")), "denied", false },
	{ ALLOW(CUT) DENY(ANY("cut") ", when: {from: '2026-12-20T00:00Z'}"), "denied",
	    false },
	{ ALLOW(CUT) DENY(ANY("cut") ", unless: {who: {group: h}}"), "denied", false },
	{ ALLOW(CUT) DENY("command: {name: cut, options: {short: x}, operands: any}"),
	    "denied", false },
	{ ALLOW("command: {name: [cut, wc], options: {short: s}, operands: none}")
		DENY(ANY("cut")),
	    "denied", false },
	{ ALLOW("command: {any: [{name: cut, operands: none}, {name: wc, operands: "
		"none}]}") DENY(ANY("[wc, cut]")),
	    "denied", true },
	{ EXEC("aws: {operations: ['s3:GetObject']}") "  - {id: d, effect: deny, on: "
						      "[exec, api], aws: {operations: "
						      "['s3:*']}}\n",
	    "denied", true },
	{ EXEC("aws: {operations: ['s3:GetObject']}") "  - {id: d, effect: deny, on: "
						      "[api], aws: {operations: "
						      "['s3:*']}}\n",
	    "denied", false },
	{ EXEC(
	      "aws: {operations: ['s3:GetObject', 'ec2:DescribeVpcs']}") "  - {id: d, "
									 "effect: "
									 "deny, on: "
									 "[exec], aws: "
									 "{operations: "
									 "['s3:*']}}\n",
	    "denied", false },
	{ EXEC("aws: {operations: ['s3:GetObject']}") "  - {id: d, effect: deny, on: "
						      "[exec], aws: {operations: "
						      "['s3:*'], resources: "
						      "['arn:aws:s3:::a/*']}}\n",
	    "denied", false },
	/* held, allowed */
	{ ALLOW(CUT) HOLD(ANY("cut")), "held", true },
	{ ALLOW(CUT) HOLD(SAME("cut")), "held", false },
	{ HOLD(CUT ", " WHO) ALLOW(CUT), "allowed", true },
	{ HOLD(CUT) ALLOW(CUT), "allowed", false },
	/* never-runs */
	{ ALLOW(SAME("ssh")), "never-runs", true },
	{ ALLOW(SAME("watch")), "never-runs", true },
	{ HOLD(SAME("nohup")), "never-runs", true },
	{ DENY(ANY("ssh")), "never-runs", false },
	{ ALLOW(SAME("sudo")), "never-runs", false },
	{ EXEC(SAME("ls")), "never-runs", true },
	{ ALLOW(SAME("ls")), "never-runs", false },
	/* open */
	{ ALLOW(ANY("find")), "open", true },
	{ ALLOW("command: {name: tar, options: {short: t}, operands: any}"), "open",
	    true },
	{ ALLOW("command: {name: curl, options: any, operands: none}"), "open", true },
	{ ALLOW("command: {name: [ls, find], options: {short: l}, operands: any}"),
	    "open", true },
	{ ALLOW(ANY("ls")), "open", false },
	{ ALLOW("command: {name: grep, options: {short: i}, operands: any}"), "open",
	    false },
	{ ALLOW("command: {name: find, profile: find-safe}"), "open", false },
	{ HOLD(ANY("find")), "open", false },
	{ DENY(ANY("find")), "open", false },
	{ ALLOW(SAME("sort")), "open", false },
	/* orders */
	{ ALLOW("command: {name: sed, options: {short: n}, operands: {first: literal, "
		"each: {path_in: [/var/log/**]}}}"),
	    "orders", true },
	{ ALLOW("command: {name: [cut, awk], operands: {max: 1}}"), "orders", true },
	{ ALLOW("command: {name: find, operands: {each: literal}}"), "orders", true },
	{ ALLOW("command: {name: tar, operands: {each: {glob: '*'}}}"), "orders",
	    true },
	{ ALLOW("command: {name: sed, options: {short: n}, operands: {first: {re: "
		"'[0-9]+p'}, each: {path_in: [/var/log/**]}}}"),
	    "orders", false },
	{ ALLOW("command: {name: find, operands: {each: {path_in: [/srv/**]}}}"),
	    "orders", false },
	{ ALLOW("command: {name: sed, profile: sed-safe, operands: any}"), "orders",
	    false },
	{ HOLD("command: {name: sed, operands: {max: 1}}"), "orders", false },
	/* option */
	{ ALLOW("command: {name: sort, options: {short: nr, short_value: ok}}"),
	    "option", true },
	{ ALLOW("command: {name: sort, options: {long: ['output=']}}"), "option",
	    true },
	{ ALLOW("command: {name: sed, options: {short: ni}, operands: {first: {re: "
		"'[0-9]+p'}, max: 2}}"),
	    "option", true },
	{ ALLOW("command: {name: [wc, grep], options: {short_value: ef}}"), "option",
	    true },
	{ ALLOW("command: {name: grep, options: {short_value: f, values: {f: {path_in: "
		"[/srv/**]}}}}"),
	    "option", false },
	{ ALLOW("command: {name: tail, options: {short: f, short_value: n}}"), "option",
	    false },
	{ DENY("command: {name: sort, options: {short_value: o}}"), "option", false },
	/* operation: names */
	{ "  - {id: d, effect: deny, on: [exec], aws: {operations: "
	  "['ec2:TerminateInstance']}}\n",
	    "operation", true },
	{ "  - {id: d, effect: deny, on: [exec], aws: {operations: ['ec2:*', "
	  "'s3:ListBucket']}}\n",
	    "operation", true },
	{ EXEC("aws: {operations: ['lambda:InvokeFunction']}"), "operation", true },
	{ EXEC("aws: {operations: ['s3:deleteobject']}"), "operation", true },
	{ EXEC("aws: {operations: ['ec2:*'], resources: ['*']}, unless: {aws: "
	       "{operations: ['ec2:Termnate*']}}"),
	    "operation", true },
	{ EXEC("aws: {operations: ['s3:ls', 's3:r?', 'iam:PassRole', "
	       "'s3:DeleteObject*', 'ec2:describe-*', 'lambda:Invoke']}"),
	    "operation", false },
	{ "  - {id: d, effect: deny, on: [exec], aws: {operations: "
	  "['ec2:TerminateInstances'], parameters: {instance-id: any}}}\n",
	    "parameter", true },
	{ "  - {id: d, effect: deny, on: [exec], aws: {operations: "
	  "['ec2:TerminateInstances'], parameters: {instance-ids: any}}}\n",
	    "parameter", false },
	/* path */
	{ "  - {id: d, effect: deny, on: [exec], aws: {operations: ['ec2:*']}}\n"
	  "  - {id: a, effect: allow, on: [exec, api], aws: {operations: ['ec2:*']}}\n",
	    "path", true },
	{ "  - {id: d, effect: deny, on: [exec, api], aws: {operations: ['ec2:*']}}\n"
	  "  - {id: a, effect: allow, on: [exec, api], aws: {operations: ['ec2:*']}}\n",
	    "path", false },
	{ "  - {id: d, effect: deny, on: [exec], aws: {operations: ['ec2:*']}}\n"
	  "  - {id: a, effect: allow, on: [exec], aws: {operations: ['ec2:*']}}\n",
	    "path", false },
	/* absent */
	{ EXEC("aws: {operations: ['s3:ListObjectsV2'], parameters: {Bucket: any, "
	       "Prefix: {glob: 'public/*'}}}"),
	    "absent", true },
	{ EXEC("aws: {operations: ['ec2:Describe*'], parameters: {instance-ids: {each: "
	       "{glob: 'i-*'}}}}"),
	    "absent", true },
	{ EXEC("aws: {operations: ['s3:ListObjectsV2'], parameters: {Bucket: any, "
	       "Prefix: {glob: 'public/*'}}, required: prefix}"),
	    "absent", false },
	{ EXEC("aws: {operations: ['s3:GetObject'], parameters: {Bucket: [b], Key: "
	       "{glob: "
	       "'a*'}}}"),
	    "absent", false },
	{ EXEC("aws: {operations: ['s3:ListObjectsV2'], parameters: {Bucket: any, "
	       "Prefix: any}}"),
	    "absent", false },
	{ "  - {id: d, effect: deny, on: [exec], aws: {operations: ['s3:*']}, unless: "
	  "{aws: {operations: ['s3:rm'], options: {dryrun: flag}}}}\n",
	    "absent", true },
	{ "  - {id: d, effect: deny, on: [exec], aws: {operations: ['s3:*']}, unless: "
	  "{aws: {operations: ['s3:rm'], options: {dryrun: flag}, required: "
	  "dryrun}}}\n",
	    "absent", false },
	/* not */
	{ DENY(ANY("cut") ", who: {not: {group: g, kind: agent}}"), "not", true },
	{ DENY(ANY("cut") ", who: {any: [{not: {group: g, kind: agent}}]}"), "not",
	    true },
	{ DENY(ANY("cut") ", who: {not: {group: [g, h]}}"), "not", false },
	{ DENY(ANY("cut") ", who: {not: {any: [{group: g}, {kind: agent}]}}"), "not",
	    false },
	/* deny-options */
	{ DENY("command: {name: rm, options: {short: rf}, operands: any}"),
	    "deny-options", true },
	{ DENY("command: {name: rm, options: any, operands: any}"), "deny-options",
	    false },
	{ DENY("command: {name: rm}"), "deny-options", false },
	/* interactive */
	{ ALLOW(SAME("bash")), "interactive", true },
	{ ALLOW(SAME("python3")), "interactive", true },
	{ ALLOW(SAME("less")), "interactive", true },
	{ ALLOW(SAME("vim")), "interactive", true },
	{ ALLOW(SAME("top")), "interactive", true },
	{ ALLOW(SAME("vim") ", interactive: {opaque: accepted, reason: x}"),
	    "interactive", false },
	{ ALLOW(SAME("bash") ", interactive: {opaque: accepted, reason: x}"),
	    "interactive", false },
	{ HOLD(SAME("vim")), "interactive", false },
	{ ALLOW(CUT), "interactive", false },
	{ ALLOW("command: {name: psql, profile: psql-local}"), "interactive", false },
	/* builtin */
	{ ALLOW(SAME("eval")), "builtin", true },
	{ ALLOW(SAME("test")), "builtin", true },
	{ ALLOW(SAME("read")), "builtin", true },
	{ ALLOW(ANY("printf")), "builtin", true },
	{ ALLOW(ANY("kill")), "builtin", true },
	{ ALLOW(SAME("printf")), "builtin", false },
	{ ALLOW("command: {name: kill, options: {short: a}, operands: {each: {int: [2, "
		"9]}}}"),
	    "builtin", false },
	{ DENY(ANY("eval")), "builtin", false },
	{ ALLOW(SAME("echo")), "builtin", false },
	/* undecidable-rate */
	{ HOLD("command: {undecidable: true}"), "undecidable-rate", true },
	{ HOLD("command: {undecidable: true}, who: {kind: agent}"), "undecidable-rate",
	    true },
	{ HOLD("command: {undecidable: true}, rate: {n: 5, per: 1h}"),
	    "undecidable-rate", false },
	{ HOLD("command: {undecidable: true}, who: {kind: human}"), "undecidable-rate",
	    false },
	{ DENY("command: {undecidable: true}"), "undecidable-rate", false },
	/* raw */
	{ ALLOW("ssm: {mode: [single, raw], shell: true}"), "raw", true },
	{ HOLD("ssm: {mode: [raw], shell: true}"), "raw", true },
	{ ALLOW("ssm: {mode: [single, fed, program], shell: true}"), "raw", false },
	{ ALLOW("ssm: {shell: true}"), "raw", false },
	{ DENY("ssm: {mode: [raw]}"), "raw", false },
	/* anybody, anywhere */
	{ "  - {id: a, effect: allow, on: [shell], where: {env: x}, " CUT "}\n",
	    "anybody", true },
	{ "  - {id: a, effect: allow, on: [shell], who: {group: x}, " CUT "}\n",
	    "anywhere", true },
	{ ALLOW(CUT), "anybody", false },
	{ ALLOW(CUT), "anywhere", false },
	{ DENY(CUT), "anybody", false },
	{ HOLD(CUT), "anywhere", false },
	/* alone */
	{ HOLD(CUT ", who: {identity: lead}"), "alone", false },
	{ "  - {id: h, effect: hold, on: [shell], who: {identity: ada}, approvers: "
	  "{need: 1, "
	  "from: [group:alone]}, " CUT "}\n",
	    "alone", true },
	{ "  - {id: h, effect: hold, on: [shell], who: {group: alone}, approvers: "
	  "{need: 1, "
	  "from: [group:alone]}, " CUT "}\n",
	    "alone", true },
	{ "  - {id: h, effect: hold, on: [shell], who: {group: pair}, approvers: "
	  "{need: 1, "
	  "from: [group:pair]}, " CUT "}\n",
	    "alone", false },
	{ "  - {id: h, effect: hold, on: [shell], who: {group: other}, approvers: "
	  "{need: 1, "
	  "from: [group:other]}, " CUT "}\n",
	    "alone", false },
	{ "  - {id: h, effect: hold, on: [shell], who: {identity: ada}, approvers: "
	  "{need: 1, "
	  "from: [group:alone, group:pair]}, " CUT "}\n",
	    "alone", false },
	{ "  - {id: h, effect: hold, on: [shell], who: {identity: bob}, approvers: "
	  "{need: 1, "
	  "from: [group:alone]}, " CUT "}\n",
	    "alone", false },
	/* proof, untouched */
	{ HOLD(CUT), "proof", false },
	{ HOLD(CUT), "untouched", false },
	{ "  - {id: h, effect: hold, on: [shell], approvers: {need: 1, from: "
	  "[group:lead], auth: device}, " CUT "}\n",
	    "proof", true },
	{ "  - {id: h, effect: hold, on: [shell], approvers: {need: 1, from: "
	  "[group:lead], auth: device}, " CUT "}\n",
	    "untouched", false },
	{ "  - {id: h, effect: hold, on: [shell], approvers: {need: 1, from: "
	  "[group:lead], auth: [device, sk]}, " CUT "}\n",
	    "proof", false },
	{ "  - {id: h, effect: hold, on: [shell], approvers: {need: 1, from: "
	  "[group:lead], auth: [device, sk]}, " CUT "}\n",
	    "untouched", false },
	{ "  - {id: h, effect: hold, on: [shell], approvers: {need: 1, from: "
	  "[group:lead], auth: [sk, key]}, " CUT "}\n",
	    "untouched", true },
	{ "  - {id: h, effect: hold, on: [shell], approvers: {need: 1, from: "
	  "[group:lead], auth: [uid, device]}, " CUT "}\n",
	    "untouched", true },
	{ "  - {id: h, effect: hold, on: [shell], approvers: {need: 1, from: "
	  "[group:lead], auth: [sk, key]}, " CUT "}\n",
	    "proof", false },
	{ "  - {id: h, effect: hold, on: [shell], approvers: {need: 1, from: "
	  "[group:lead], auth: uid}, " CUT "}\n",
	    "proof", false },
	{ ALLOW(CUT), "proof", false },
	{ ALLOW(CUT), "untouched", false },
	/* operation, parameter */
	{ EXEC("aws: {operations: ['s3:lss']}"), "operation", true },
	{ EXEC("aws: {operations: ['s3:ls', 'ec2:Describ*Q']}"), "operation", true },
	{ EXEC("aws: {operations: ['s3:ls', 'ec2:describe-*', 'iam:pass-role', "
	       "'iam:PassRole', 's3:GetObjectVersion', 'sts:get-caller-identity']}"),
	    "operation", false },
	{ "  - {id: d, effect: deny, on: [exec], aws: {operations: "
	  "['s3:DeleteBuckets']}}\n",
	    "operation", true },
	{ EXEC("aws: {operations: ['s3:GetObject'], parameters: {Buckett: any}}"),
	    "parameter", true },
	{ EXEC("aws: {operations: ['ec2:*Instances'], parameters: {instance-ids: any, "
	       "ImageId: any}}"),
	    "parameter", false },
	{ EXEC("aws: {operations: ['s3:DeleteObjects'], parameters: "
	       "{Delete.Objects.Key: any, delete: any}}"),
	    "parameter", false },
	{ EXEC("aws: {operations: ['s3:lss'], parameters: {x: any}}"), "parameter",
	    false },
	/* re */
	{ ALLOW("command: {name: cut, operands: {each: {re: 'a+'}}}"), "re", true },
	{ ALLOW("command: {name: cut, operands: {each: {glob: 'a*'}}}"), "re", false },
	/* window, over */
	{ ALLOW(CUT ", when: {days: [tue], from: '2026-12-20T00:00Z', until: "
		    "'2026-12-21T00:00Z'}"),
	    "window", true },
	{ ALLOW(CUT ", when: {days: [sun], from: '2026-12-20T00:00Z', until: "
		    "'2026-12-21T00:00Z'}"),
	    "window", false },
	{ ALLOW(CUT ", when: {until: '2026-12-01T00:00Z'}"), "over", true },
	{ ALLOW(CUT ", when: {until: '2026-12-03T00:00Z'}"), "over", false },
	/* role */
	{ EXEC("aws: {operations: ['s3:ls']}, credential: {role: "
	       "'arn:aws:iam::111122223333:role/r'}"),
	    "role", true },
	{ EXEC("aws: {operations: ['s3:ls']}, credential: {role: "
	       "'arn:aws:iam::111122223333:role/r', session_policy: scope}"),
	    "role", false },
	/* wrapper */
	{ ALLOW(SAME("sudo")), "wrapper", true },
	{ ALLOW(SAME("nice")), "wrapper", true },
	{ ALLOW(SAME("ls")), "wrapper", false },
	{ DENY(ANY("sudo")), "wrapper", false },
};

static void
findings_are_made(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char text[4096];
		const char *one = text;
		struct seen seen;

		snprintf(text, sizeof text, HEAD "%s", rows[i].rules);
		run(&one, 1, &seen);
		if ((count(&seen, rows[i].code) > 0) != rows[i].found)
			fail_msg("%s %s: %s", rows[i].code,
			    rows[i].found ? "not found" : "found", rows[i].rules);
	}
}

static void
errors_are_told_from_warnings(void **state)
{
	static const char *const errors[] = { "swallowed", "denied", "same-name",
		"example", "never-runs", "open", "orders", "interactive", "builtin",
		"undecidable-rate" };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char text[4096];
		const char *one = text;
		struct seen seen;
		struct policy *p;
		struct err err = { "" };
		bool any = false;

		snprintf(text, sizeof text, HEAD "%s", rows[i].rules);
		run(&one, 1, &seen);
		for (size_t k = 0; k < seen.n; k++) {
			bool error = false;

			for (size_t e = 0; e < ROWS(errors); e++)
				error |= strcmp(errors[e], seen.all[k].code) == 0;
			assert_int_equal(seen.all[k].level == LINT_ERROR, error);
			any |= error;
		}
		/* The load stops at the same. */
		p = policy("p.yaml", text);
		if (lint_check((const struct policy *const *)&p, 1, &err) !=
		    (any ? RC_REFUSE : RC_OK))
			fail_msg("%s: %s", rows[i].rules, err.text);
		if (any)
			assert_true(strncmp(err.text, "p.yaml:", 7) == 0);
		policy_free(p);
	}
}

static void
a_finding_has_its_place(void **state)
{
	static const char *const text =
	    "version: 1\nname: p\nrules:\n"
	    "  - id: first\n    effect: allow\n    on: [shell]\n    who: {group: g}\n"
	    "    where: {env: prod}\n"
	    "    command: {name: find, options: any, operands: any}\n";
	struct seen seen;
	struct policy *p;
	struct err err = { "" };

	(void)state;
	run(&text, 1, &seen);
	assert_int_equal(seen.n, 1);
	assert_string_equal(seen.all[0].code, "open");
	assert_string_equal(seen.all[0].rule, "p/first");
	assert_string_equal(seen.all[0].file, "p0.yaml");
	assert_int_equal(seen.all[0].line, 9);
	assert_int_equal(seen.all[0].column, 5);
	assert_string_equal(seen.all[0].text,
	    "options: any for find, which is known for: shell, write");
	p = policy("q.yaml", text);
	assert_int_equal(
	    lint_check((const struct policy *const *)&p, 1, &err), RC_REFUSE);
	assert_string_equal(err.text,
	    "q.yaml:9:5: options: any for find, which is known for: shell, write");
	policy_free(p);
}

static void
files_are_compared(void **state)
{
	static const char *const texts[] = {
		"version: 1\nname: p\nrules:\n" ALLOW(CUT),
		"version: 1\nname: q\nrules:\n" DENY(ANY("cut")),
		"version: 1\nname: q\nrules:\n" DENY(ANY("rm")),
	};
	static const char *const where[] = {
		"version: 1\nname: p\nrules:\n" ALLOW(CUT),
		"version: 1\nname: q\nrules:\n" DENY(ANY("cut") ", where: {env: prod}"),
	};
	struct seen seen;

	(void)state;
	run(texts, 2, &seen);
	assert_int_equal(seen.n, 1);
	assert_string_equal(seen.all[0].code, "denied-elsewhere");
	assert_string_equal(seen.all[0].rule, "p/a");
	run(texts, 3, &seen);
	assert_int_equal(count(&seen, "same-name"), 1);
	/* A name could be a set's in one file and a text in the other. */
	run(where, 2, &seen);
	assert_int_equal(seen.n, 0);
}

/* One team's file does not keep another's from being loaded. */
static void
a_pack_refuses_errors(void **state)
{
	static const struct {
		const char *one, *two;
		bool loads;
	} packs[] = {
		{ HEAD ALLOW(CUT), NULL, true },
		{ HEAD ALLOW(ANY("find")), NULL, false },
		{ HEAD ALLOW(CUT) DENY(ANY("cut")), NULL, false },
		{ HEAD ALLOW(CUT), "version: 1\nname: q\nrules:\n" DENY(ANY("cut")),
		    true },
		{ HEAD ALLOW(SAME("vim")), NULL, false },
		{ "version: 1\nname: p\nrules:\n  - {id: a, effect: allow, on: "
		  "[shell], " CUT "}\n",
		    NULL, true },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(packs); i++) {
		struct pack_text t[2] = { { "a.yaml", span_of(packs[i].one) },
			{ "b.yaml", span_of(packs[i].two) } };
		struct pack *p = NULL;
		struct err err = { "" };
		enum rc rc = pack_read(t, packs[i].two != NULL ? 2 : 1, &p, &err);

		if (rc != RC_OK)
			fail_msg("%s: %s", packs[i].one, err.text);
		rc = pack_lint(p, &err);
		if (rc != (packs[i].loads ? RC_OK : RC_REFUSE))
			fail_msg("%s: %s", packs[i].one, err.text);
		pack_free(p);
	}
}

static void
wrong_examples_are_found(void **state)
{
	static const char *const text =
	    "version: 1\nname: p\nrules:\n"
	    "  - {id: a, effect: allow, on: [exec], " WHO
	    ", aws: {operations: ['s3:ls']},\n"
	    "     examples: {match: ['aws s3 ls', 'aws s3 rm s3://a/b']}}\n";
	struct seen seen;

	(void)state;
	run(&text, 1, &seen);
	assert_int_equal(seen.n, 1);
	assert_string_equal(seen.all[0].code, "example");
	assert_int_equal(seen.all[0].line, 5);
	assert_int_equal(seen.all[0].level, LINT_ERROR);
	assert_true(strncmp(seen.all[0].text, "p0.yaml", 7) != 0);
}

static void
unused_rules_are_named(void **state)
{
	static const char *const text = HEAD ALLOW(CUT) DENY(ANY("rm"));
	static const char *const used[] = { "p/d", "q/a" };
	struct policy *p = policy("p.yaml", text);
	struct seen seen = { .n = 0 };

	(void)state;
	lint_unused((const struct policy *const *)&p, 1, used, 2, keep, &seen);
	assert_int_equal(seen.n, 1);
	assert_string_equal(seen.all[0].rule, "p/a");
	assert_string_equal(seen.all[0].code, "unused");
	assert_int_equal(seen.all[0].level, LINT_WARNING);
	seen.n = 0;
	lint_unused((const struct policy *const *)&p, 1, NULL, 0, keep, &seen);
	assert_int_equal(seen.n, 2);
	policy_free(p);
}

/* 512 shapes for one command, and one less than the bound for another. */
static void
crowds_are_seen(void **state)
{
	static char text[200000];
	const char *one = text;
	char *p = text;
	struct seen seen;

	(void)state;
	for (unsigned names = 499; names <= 501; names += 2) {
		p = stpcpy(text, "version: 1\nname: p\nrules:\n");
		for (unsigned i = 0; i < names; i++)
			p += sprintf(p,
			    "  - {id: r%u, effect: deny, on: [shell], command: {name: "
			    "x, "
			    "options: any, operands: any}}\n",
			    i);
		run(&one, 1, &seen);
		assert_int_equal(count(&seen, "crowded"), names > LINT_CROWD);
	}
}

/* Rules about few things, of which many cover others. */
static void
put_random(struct dice *d, unsigned i, enum effect effect, struct buf *out)
{
	static const char *const v[] = {
		"on: [shell], command: {name: 'abcdefgh*', options: any, operands: "
		"any}",
		"on: [shell], command: {name: 'abc*', options: any, operands: any}",
		"on: [shell], command: {name: '*', options: any, operands: any}",
		"on: [shell], command: {name: [abcdefghijk, abc], options: any}",
		"on: [shell], command: {name: [abcdefgh, abcd, abcdefghijk]}",
		"on: [shell], command: {any: [{name: cut}, {name: abc, options: any, "
		"operands: any}]}",
		"on: [shell], command: {name: cut}",
		"on: [shell], command: {name: cut, options: {short: f}}",
		"on: [shell], command: {undecidable: true}",
		"on: [exec], aws: {operations: ['s3:*']}",
		"on: [exec, api], aws: {operations: ['s3:Get*', 's3:List*']}",
		"on: [exec], aws: {operations: ['s3:GetObjec?']}",
		"on: [exec], aws: {operations: ['s3:GetObject']}",
		"on: [exec], aws: {operations: ['s3:GetObject', 'ec2:DescribeVpcs']}",
		"on: [exec], aws: {operations: ['ec2:Describe*s', 's3:*t']}",
		"on: [forward], forward: {host: db1, port: 5432}",
		"on: [forward], forward: {port: 5432, host: db1}",
		"on: [forward], forward: {host: db2, port: 5432}",
	};
	static const char *const who[] = { "", "", ", who: {group: a}",
		", who: {group: [a, b]}", ", who: {kind: agent}" };
	static const char *const where[] = { "", "", ", where: {env: prod}",
		", where: {env: [prod, test]}" };
	const char *subject = PICK(d, v);

	/* Names with stars are for denies, and lines without names for others. */
	if (effect != EFFECT_DENY && strstr(subject, "name: '") != NULL)
		subject = v[3];
	if (effect == EFFECT_ALLOW && strstr(subject, "undecidable") != NULL)
		subject = v[4];
	buf_printf(out, "  - {id: r%u, effect: %s, %s%s%s%s}\n", i, effect_name(effect),
	    subject, PICK(d, who), PICK(d, where),
	    effect == EFFECT_HOLD ? ", approvers: {need: 1, from: [group:sre]}" : "");
}

static struct policy *
random_policy(struct dice *d, unsigned n, const char *name)
{
	char file[32];
	struct policy *p;
	struct buf b;

	snprintf(file, sizeof file, "%s.yaml", name);
	buf_init(&b, 1 << 20);
	buf_printf(
	    &b, "version: 1\nname: %s\ndefaults: {undecidable: hold}\nrules:\n", name);
	for (unsigned i = 0; i < n; i++) {
		enum effect effect = (enum effect)dice_roll(d, 3);
		char id[16];

		if (dice_roll(d, 3) != 0) {
			put_random(d, i, effect, &b);
			continue;
		}
		snprintf(id, sizeof id, "r%u", i);
		buf_text(&b, "  - ");
		randrules_put(d, id, effect, &b);
		buf_text(&b, "\n");
	}
	p = policy(file, buf_cstr(&b));
	buf_clear(&b);
	return p;
}

/* Pairs that are told of, as numbers. */
struct covering {
	const struct lint_rule *all;
	size_t n, asked;
	uint32_t v[40000];
};

static void
see_pair(
    const struct lint *l, const struct lint_rule *wide, const struct lint_rule *narrow)
{
	struct covering *c = l->arg;
	enum effect a = wide->rule->effect, b = narrow->rule->effect;

	c->asked++;
	if (a == b || b == EFFECT_DENY || (a != EFFECT_DENY && !l->warnings) ||
	    !lint_covers(wide, narrow))
		return;
	assert_true(c->n < ROWS(c->v));
	c->v[c->n++] = (uint32_t)((wide - c->all) << 16 | (narrow - c->all));
}

/* Those that are looked up are those that comparing all with all finds, and in that
 * order. */
static void
no_pair_is_overlooked(void **state)
{
	static struct covering naive, fast;
	struct dice d = { 2026 };
	size_t covered = 0, asked = 0, all_asked = 0;

	(void)state;
	for (int round = 0; round < 60; round++) {
		const struct policy *both[2] = { random_policy(&d, 60, "p"),
			random_policy(&d, 60, "q") };
		const bool warnings = round % 2 == 0;
		struct lint l = { NULL, warnings, NULL, &naive };
		struct err err = { "" };
		struct lint_rule *all;
		size_t n;

		all = lint_gather(both, 2, &n);
		assert_int_equal(n, 120);
		naive.all = fast.all = all;
		naive.n = naive.asked = fast.n = fast.asked = 0;
		for (size_t i = 0; i < n; i++)
			for (size_t k = 0; k < n; k++)
				see_pair(&l, &all[i], &all[k]);
		l.arg = &fast;
		assert_int_equal(lint_pairs(&l, all, n, see_pair, &err), RC_OK);
		assert_int_equal(fast.n, naive.n);
		assert_memory_equal(fast.v, naive.v, naive.n * sizeof naive.v[0]);
		covered += naive.n;
		asked += fast.asked;
		all_asked += naive.asked;
		free(all);
		policy_free((struct policy *)both[0]);
		policy_free((struct policy *)both[1]);
	}
	assert_true(covered > 3000);
	assert_true(asked < all_asked / 3);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(findings_are_made),
		cmocka_unit_test(errors_are_told_from_warnings),
		cmocka_unit_test(a_finding_has_its_place),
		cmocka_unit_test(files_are_compared),
		cmocka_unit_test(a_pack_refuses_errors),
		cmocka_unit_test(wrong_examples_are_found),
		cmocka_unit_test(unused_rules_are_named),
		cmocka_unit_test(crowds_are_seen),
		cmocka_unit_test(no_pair_is_overlooked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
