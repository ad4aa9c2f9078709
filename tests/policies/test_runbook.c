/* Runbooks: what a template may be, what values may be put into it, and what its rule
 * lets through. */
#include "tests/policies/asking.h"

#include "lib/base/id.h"
#include "policies/decide.h"
#include "policies/runbook.h"

#define FILE_HEAD "version: 1\nname: p\nrules: []\nrunbooks:\n"
#define BOOK(more)                                                                     \
	FILE_HEAD "  - {name: b, approvers: {need: 1, from: ['group:sre']}, " more "}" \
		  "\n"
#define START "command: [aws, ec2, start-instances, --instance-ids, '{id}']"
#define ID "i-0123456789abcdef0"
#define MATCH "examples: {match: ['id=" ID "']}"
#define GOOD START ", parameters: {id: instance}, " MATCH

static const char book_file[] =
    "version: 1\nname: p\n"
    "sets:\n  buckets: {values: [logs, other]}\n  unused: {values: [a]}\n"
    "rules:\n"
    "  - {id: held, effect: hold, on: [exec], aws: {operations: "
    "['ec2:stop-instances']}, approvers: {need: 1, from: ['group:sec'], auth: key}}\n"
    "  - {id: never, effect: deny, on: [exec], aws: {operations: ['s3:rm'], resources: "
    "['arn:aws:s3:::other/*']}}\n"
    "runbooks:\n"
    "  - name: start\n"
    "    help: Start an instance.\n"
    "    parameters: {id: instance, n: {int: [1, 5]}, why: any}\n"
    "    command: [aws, ec2, start-instances, --instance-ids, '{id}', "
    "'--query=Starting{{{why}}}', --page-size, '{n}']\n"
    "    who: {group: ops}\n"
    "    rate: {n: 3, per: 1h}\n"
    "    limits: {time: 10m}\n"
    "    approvers: {need: 1, from: ['group:sre'], auth: key}\n"
    "    examples: {match: ['id=" ID " n=1 why=x']}\n"
    "  - name: stop\n"
    "    parameters: {id: instance}\n"
    "    command: [aws, ec2, stop-instances, --instance-ids, '{id}']\n"
    "    approvers: {need: 1, from: ['group:sre'], auth: key}\n"
    "    examples: {match: ['id=" ID "'], no_match: ['id=web', 'x=1', '']}\n"
    "  - name: clean\n"
    "    parameters: {bucket: buckets, key: any}\n"
    "    command: [aws, s3, rm, 's3://{bucket}/tmp/{key}']\n"
    "    approvers: {need: 1, from: ['group:sre'], auth: key}\n"
    "    examples: {match: ['bucket=logs key=a']}\n"
    "  - name: plain\n"
    "    command: [aws, s3, ls]\n"
    "    where: {region: eu-west-1}\n"
    "    approvers: {need: 1, from: ['group:sre'], auth: key}\n"
    "  - name: role\n"
    "    parameters: {profile: {re: '[a-z]+'}, ids: any}\n"
    "    command: [aws, ec2, associate-iam-instance-profile, --instance-id, '" ID
    "', --iam-instance-profile, 'Name={profile}']\n"
    "    approvers: {need: 1, from: ['group:sre'], auth: key}\n"
    "    examples: {match: ['profile=web']}\n";

/* Without what is only there to be refused: ids has no place. */
static char *
good_file(void)
{
	static char text[sizeof book_file];
	char *at;

	memcpy(text, book_file, sizeof text);
	at = strstr(text, ", ids: any");
	memmove(at, at + 10, strlen(at + 10) + 1);
	return text;
}

static enum rc
load(const char *text, struct err *err)
{
	const struct pack_text t = { "p.yaml", span_of(text) };
	struct pack *p = NULL;
	enum rc rc = pack_read(&t, 1, &p, err);

	pack_free(p);
	return rc;
}

/* ---- what a template may be ---- */

static void
malformed_ones_are_refused_with_their_place(void **state)
{
	static const struct {
		const char *text, *err;
	} rows[] = {
		{ "version: 1\nname: p\nrules: []\nrunbooks: {}\n",
		    "p.yaml:4:11: expected a list" },
		{ FILE_HEAD "  - x\n", "p.yaml:5:5: expected a mapping" },
		{ FILE_HEAD "  - {}\n", "the key name is missing" },
		{ FILE_HEAD "  - {name: b, command: [aws, s3, ls]}\n",
		    "the key approvers is missing" },
		{ FILE_HEAD
		    "  - {name: b, approvers: {need: 1, from: ['group:sre']}}\n",
		    "the key command is missing" },
		{ BOOK("command: [aws, s3, ls], effect: allow"),
		    "expected a key out of name, help, parameters" },
		{ BOOK("command: [aws, s3, ls], unless: {who: {group: x}}"),
		    "expected a key" },
		{ BOOK("command: [aws, s3, ls], files: {in: stdin}"),
		    "expected a key" },
		{ BOOK("command: aws s3 ls"), "expected a list" },
		{ BOOK("command: [aws, s3]"), "at least 3 entries" },
		{ BOOK("command: [ls, -l, /]"), "options behind them" },
		{ BOOK("command: [systemctl, restart, nginx]"),
		    "expected aws: no other command" },
		{ BOOK("command: [aws, s4, ls]"), "p.yaml:5:" },
		{ BOOK("command: [aws, --debug, s3, ls]"),
		    "the service and the operation stand first" },
		{ BOOK("command: [aws, s3, ls, --debug]"), "--debug" },
		{ BOOK("command: [aws, s3, ls, [x]]"), "expected text" },
		{ BOOK("command: [aws, s3, ls, '']"), "" },
		{ BOOK("command: [aws, s3, cp, '-', 's3://bucket/k']"),
		    "reads no input and writes no file" },
		{ BOOK("command: [aws, iam, create-policy, --policy-name, x, "
		       "--policy-document, 'file:///dev/stdin']"),
		    "p.yaml:5:" },
		/* Parameters. */
		{ BOOK("command: [aws, s3, ls], parameters: {}"), "at least 1 entry" },
		{ BOOK("command: [aws, s3, ls], parameters: [id]"),
		    "expected a mapping" },
		{ BOOK(START ", parameters: {ID: any}, " MATCH),
		    "expected the name of a parameter" },
		{ BOOK(START ", parameters: {1d: any}, " MATCH),
		    "expected the name of a parameter" },
		{ BOOK(START ", parameters: {id: what}, " MATCH), "expected any" },
		{ BOOK(START ", parameters: {id: {int: [5, 1]}}, " MATCH),
		    "not below the first" },
		{ BOOK(START ", parameters: {id: {each: any}}, " MATCH),
		    "expected a key" },
		{ BOOK(START ", parameters: {id: instance, n: any}, " MATCH),
		    "the command has no place for the parameter n" },
		{ BOOK(START ", parameters: {other: any}, " MATCH),
		    "{id}: no parameter of that name" },
		{ BOOK(START ", " MATCH), "{id}: no parameter of that name" },
		{ BOOK(START ", parameters: {id: instance}"),
		    "needs examples: {match" },
		/* Where they stand. */
		{ BOOK("command: ['{id}', s3, ls], parameters: {id: any}, "
		       "examples: {match: [id=aws]}"),
		    "p.yaml:5:68: no parameter may stand in the program" },
		{ BOOK("command: [aws, 's{id}', ls], parameters: {id: any}, "
		       "examples: {match: ['id=3']}"),
		    "no parameter may stand in the program" },
		{ BOOK("command: [aws, s3, '{id}'], parameters: {id: any}, "
		       "examples: {match: [id=ls]}"),
		    "no parameter may stand in the program" },
		{ BOOK("command: [aws, s3, ls, '--{id}'], parameters: {id: any}, "
		       "examples: {match: [id=recursive]}"),
		    "no parameter may stand in the name of an option" },
		{ BOOK("command: [aws, s3, ls, '--page{id}=5'], parameters: {id: any}, "
		       "examples: {match: [id=-size]}"),
		    "no parameter may stand in the name of an option" },
		{ BOOK("command: [aws, s3, ls, 's3://{a}{b}'], parameters: {a: any, b: "
		       "any}, examples: {match: [a=x b=y]}"),
		    "nothing between them" },
		{ BOOK("command: [aws, s3, ls, 's3://{a'], parameters: {a: any}"),
		    "a { that nothing closes" },
		{ BOOK("command: [aws, s3, ls, 's3://a}'], parameters: {a: any}"),
		    "a } that closes nothing" },
		{ BOOK("command: [aws, s3, ls, 's3://{}'], parameters: {a: any}"),
		    "{}: no parameter of that name" },
		{ BOOK("command: [aws, s3, ls, 's3://{a b}'], parameters: {a: any}"),
		    "no parameter of that name" },
		/* Examples. */
		{ BOOK(GOOD ", help: ''"), "p.yaml:5:" },
		{ BOOK(START ", parameters: {id: instance}, examples: {match: []}"),
		    "at least 1 entry" },
		{ BOOK(START ", parameters: {id: instance}, examples: {place: {}}"),
		    "expected a key" },
		{ BOOK(START ", parameters: {id: instance}, examples: {match: [x=1]}"),
		    "runbook p/b has no parameter x; it has id" },
		{ BOOK(START
		      ", parameters: {id: instance}, examples: {match: [id=web]}"),
		    "the value of id is none that runbook p/b takes" },
		{ BOOK(START ", parameters: {id: instance}, examples: {match: ['id=" ID
			     " id=" ID "']}"),
		    "stands there twice" },
		{ BOOK(START ", parameters: {id: instance}, examples: {match: ['id=" ID
			     "'], no_match: ['id=" ID "']}"),
		    "runbook p/b takes this example" },
		{ BOOK(START
		      ", parameters: {id: instance}, examples: {match: ['id=\"']}"),
		    "p.yaml:5:" },
		/* Beside. */
		{ BOOK("command: [aws, s3, ls], mask: {reveal: ['s3:ls']}"),
		    "reveal stands in hold rules only" },
		{ BOOK("command: [aws, s3, ls], rate: {n: 0, per: 1h}"), "p.yaml:5:" },
		{ FILE_HEAD
		    "  - {name: b, command: [aws, s3, ls], approvers: {need: 1, "
		    "from: ['group:sre']}}\n"
		    "  - {name: b, command: [aws, s3, ls], approvers: {need: 1, "
		    "from: ['group:sre']}}\n",
		    "p.yaml:6:12: the rule p/b stands already in line 5" },
		{ "version: 1\nname: p\nrules:\n  - {id: b, effect: allow, on: [exec], "
		  "aws: {operations: ['s3:ls']}}\nrunbooks:\n  - {name: b, command: "
		  "[aws, s3, ls], approvers: {need: 1, from: ['group:sre']}}\n",
		    "the rule p/b stands already in line 4" },
		{ "version: 1\nname: "
		  "ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp\n"
		  "rules: []\nrunbooks:\n  - {name: bbb, command: [aws, s3, ls], "
		  "approvers: {need: 1, from: ['group:sre']}}\n",
		    "more than 63 bytes together" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct err err = { "" };

		if (load(rows[i].text, &err) != RC_REFUSE)
			fail_msg("row %zu was taken: %s", i, rows[i].text);
		if (strstr(err.text, rows[i].err) == NULL ||
		    strncmp(err.text, "p.yaml:", 7) != 0)
			fail_msg("row %zu: %s", i, err.text);
	}
}

static void
good_ones_are_taken(void **state)
{
	static const char *const rows[] = { BOOK(GOOD), BOOK("command: [aws, s3, ls]"),
		BOOK("command: [aws, s3, ls, 's3://{b}', '--page-size={n}'], "
		     "parameters: {b: {glob: 'logs-*'}, n: {int: [1, 9]}}, examples: "
		     "{match: ['b=logs-a n=1', 'n=9 b=logs-b']}"),
		BOOK(GOOD
		    ", who: {group: x}, where: {account: '111122223333'}, when: "
		    "{hours: '08:00-18:00', tz: Europe/Berlin}, rate: {n: 5, per: "
		    "1h}, limits: {time: 5m}, credential: {session_policy: scope}, "
		    "mask: [secrets], record: {bodies: digest}, reason: Text.") };
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		err = (struct err){ "" };
		if (load(rows[i], &err) != RC_OK)
			fail_msg("row %zu: %s", i, err.text);
	}
	err = (struct err){ "" };
	if (load(good_file(), &err) != RC_OK)
		fail_msg("%s", err.text);
	assert_int_equal(load(book_file, &err), RC_REFUSE);
}

/* ---- values ---- */

static const struct runbook *
find(const struct pack *p, const char *name)
{
	bool many;
	const struct runbook *rb = runbook_find(pack_rules(p), name, &many);

	assert_non_null(rb);
	return rb;
}

/* One NAME=VALUE a line. */
static enum rc
expand(const struct runbook *rb, const char *lines, struct words **ret,
    struct refusal *refusal)
{
	struct span values[8];
	size_t n = 0;

	while (*lines != '\0') {
		size_t len = strcspn(lines, "\n");

		values[n++] = span_make(lines, len);
		lines += len + (lines[len] != '\0');
	}
	return runbook_expand(rb, values, n, ret, refusal);
}

static void
values_take_their_places(void **state)
{
	static const char *const want[] = { "aws", "ec2", "start-instances",
		"--instance-ids", ID, "--query=Starting{a-b}", "--page-size", "5" };
	struct pack *p = asking_pack(good_file());
	const struct runbook *rb = find(p, "p/start");
	struct refusal refusal = { .err = { "" } };
	struct words *w = NULL;

	(void)state;
	if (expand(rb, "why=a-b\nn=5\nid=" ID, &w, &refusal) != RC_OK)
		fail_msg("%s", refusal.err.text);
	assert_int_equal(words_count(w), ROWS(want));
	for (size_t i = 0; i < ROWS(want); i++)
		assert_string_equal(words_at(w, i), want[i]);
	words_free(w);
	pack_free(p);
}

#define LONG64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void
other_values_are_refused(void **state)
{
	static const struct {
		const char *book, *values;
		enum status status;
		const char *why;
	} rows[] = {
		/* Which there are. */
		{ "start", "", STATUS_USAGE, "the parameter id is missing" },
		{ "start", "id=" ID "\nn=1", STATUS_USAGE, "why is missing" },
		{ "start", "id=" ID "\nid=" ID "\nn=1\nwhy=x", STATUS_USAGE, "twice" },
		{ "start", "id=" ID "\nn=1\nwhy=x\nm=1", STATUS_USAGE,
		    "has no parameter m; it has id, n, why" },
		{ "start", "id", STATUS_USAGE, "NAME=VALUE" },
		{ "start", "=x", STATUS_USAGE, "has no parameter" },
		{ "start", "ID=" ID "\nn=1\nwhy=x", STATUS_USAGE, "no parameter ID" },
		{ "start", "id =" ID "\nn=1\nwhy=x", STATUS_USAGE, "no parameter id" },
		{ "start", LONG64 LONG64 "=1", STATUS_USAGE, "no parameter a" },
		{ "plain", "x=1", STATUS_USAGE, "no parameter x; it has none" },
		/* What the author admits. */
		{ "stop", "id=i-0abc", STATUS_DENIED,
		    "id is none that runbook p/stop" },
		{ "stop", "id=", STATUS_DENIED, "is empty" },
		{ "start", "id=" ID "\nwhy=x\nn=0", STATUS_DENIED, "of n is none" },
		{ "start", "id=" ID "\nwhy=x\nn=6", STATUS_DENIED, "of n is none" },
		{ "start", "id=" ID "\nwhy=x\nn=01", STATUS_DENIED, "of n is none" },
		{ "start", "id=" ID "\nwhy=x\nn=1 ", STATUS_DENIED, "of n is none" },
		{ "clean", "bucket=third\nkey=a", STATUS_DENIED, "of bucket is none" },
		/* What would be more than a value. */
		{ "stop", "id=" ID " --force", STATUS_DENIED, "of id is none" },
		{ "stop", "id='" ID "'", STATUS_DENIED, "of id is none" },
		{ "stop", "id={id}", STATUS_DENIED, "of id is none" },
		{ "start", "id=" ID "\nn=1\nwhy=--profile", STATUS_DENIED,
		    "begins with -" },
		{ "clean", "bucket=logs\nkey=-x", STATUS_DENIED, "begins with -" },
		{ "clean", "bucket=logs\nkey=file:///etc/passwd", STATUS_DENIED,
		    "a file" },
		{ "clean", "bucket=logs\nkey=xfileb:///etc/passwd", STATUS_DENIED,
		    "a file" },
		{ "clean", "bucket=logs\nkey=\xff", STATUS_DENIED, "does not show" },
		{ "clean", "bucket=logs\nkey=a\tb", STATUS_DENIED, "does not show" },
		{ "clean", "bucket=logs\nkey=a\x1b[31m", STATUS_DENIED,
		    "does not show" },
		{ "clean",
		    "bucket=logs\nkey=a\xe2\x80\xae"
		    "b",
		    STATUS_DENIED, "does not show" },
		/* It would go on where the template's own text begins. */
		{ "start", "id=" ID "\nn=1\nwhy=a}b", STATUS_DENIED,
		    "stands behind it in its word" },
		/* The words mean something else then. */
		{ "role", "profile=web,Arn=x", STATUS_DENIED, "of profile is none" },
	};
	struct pack *p = asking_pack(good_file());

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct refusal refusal = { .err = { "" } };
		struct words *w = NULL;

		if (expand(find(p, rows[i].book), rows[i].values, &w, &refusal) !=
		    RC_REFUSE)
			fail_msg("row %zu was taken: %s", i, rows[i].values);
		assert_null(w);
		if (strstr(refusal.err.text, rows[i].why) == NULL)
			fail_msg("row %zu: %s", i, refusal.err.text);
		assert_int_equal(refusal.status, rows[i].status);
	}
	pack_free(p);
}

/* What no row can hold: a NUL, a line feed, more bytes than there may be. */
static void
bytes_that_are_no_text_are_refused(void **state)
{
	struct pack *p = asking_pack(good_file());
	char *text = malloc(RUNBOOK_VALUE + 32);
	struct span values[2] = { span_of("bucket=logs") };
	static const struct {
		const char *bytes;
		size_t len;
	} rows[] = { { "key=a\0b", 7 }, { "key=a\nb", 7 }, { "key=\0", 5 },
		{ "key=a\r", 6 } };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct refusal refusal = { .err = { "" } };
		struct words *w = NULL;

		values[1] = span_make(rows[i].bytes, rows[i].len);
		assert_int_equal(
		    runbook_expand(find(p, "clean"), values, 2, &w, &refusal),
		    RC_REFUSE);
		assert_non_null(strstr(refusal.err.text, "does not show"));
	}
	for (size_t n = RUNBOOK_VALUE - 16; n <= RUNBOOK_VALUE + 1; n++) {
		struct refusal refusal = { .err = { "" } };
		struct words *w = NULL;

		memset(text, 'a', RUNBOOK_VALUE + 32);
		memcpy(text, "key=", 4);
		values[1] = span_make(text, 4 + n);
		/* A word has 2048 bytes, and "s3://logs/tmp/" are of this one. */
		assert_int_equal(
		    runbook_expand(find(p, "clean"), values, 2, &w, &refusal),
		    n + 14 <= WORDS_WORD ? RC_OK : RC_REFUSE);
		if (n > RUNBOOK_VALUE)
			assert_non_null(strstr(refusal.err.text, "too long"));
		words_free(w);
	}
	free(text);
	pack_free(p);
}

/* "any" takes a comma and a brace; the reader of commands must not. */
static void
values_change_nothing_but_themselves(void **state)
{
	static const struct {
		const char *command, *example, *value;
		bool good;
	} rows[] = {
		{ "[aws, ec2, describe-instances, --filters, 'Name=tag:a,Values={v}']",
		    "web", "db", true },
		{ "[aws, ec2, describe-instances, --filters, 'Name=tag:a,Values={v}']",
		    "web", "web,db", false },
		{ "[aws, ec2, describe-instances, --filters, 'Name=tag:a,Values={v}']",
		    "web", "web Name=tag:b,Values=c", false },
		{ "[aws, ec2, describe-instances, --filters, "
		  "'[{{\"Name\":\"tag:a\",\"Values\":[\"{v}\"]}}]']",
		    "web", "x\"]},{\"Name\":\"tag:b\",\"Values\":[\"y", false },
		{ "[aws, ec2, describe-instances, --filters, "
		  "'[{{\"Name\":\"tag:a\",\"Values\":[\"{v}\"]}}]']",
		    "web", "x,y", false },
		{ "[aws, ec2, describe-instances, --instance-ids, '{v}']", ID,
		    "[\"i-0123456789abcdef0\",\"i-0123456789abcdef1\"]", false },
		{ "[aws, s3, ls, 's3://{v}']", "logs", "logs/private", false },
		{ "[aws, s3, ls, 's3://{v}/x']", "logs", "other/y", false },
		{ "[aws, s3, rm, 's3://logs/{v}']", "a", "b/c", true },
		{ "[aws, s3, cp, 's3://logs/{v}', 's3://other/x']", "a", "b", true },
		{ "[aws, s3, ls, '{v}']", "s3://logs", "--recursive", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct refusal refusal = { .err = { "" } };
		struct words *w = NULL;
		struct pack *p;
		char text[1024], value[256];
		struct span given;
		enum rc rc;

		snprintf(text, sizeof text,
		    FILE_HEAD "  - {name: b, approvers: {need: 1, from: "
			      "['group:sre']}, parameters: {v: any}, command: %s, "
			      "examples: {match: ['v=%s']}}\n",
		    rows[i].command, rows[i].example);
		p = asking_pack(text);
		snprintf(value, sizeof value, "v=%s", rows[i].value);
		given = span_of(value);
		rc = runbook_expand(find(p, "b"), &given, 1, &w, &refusal);
		if ((rc == RC_OK) != rows[i].good)
			fail_msg("row %zu: %d %s", i, rc, refusal.err.text);
		words_free(w);
		pack_free(p);
	}
}

/* ---- its rule ---- */

static struct verdict
judge(const struct pack *p, const char *line, const char *runbook, const char *group)
{
	const char *groups[] = { group };
	const struct identity who = {
		.name = "ci", .kind = IDENTITY_AGENT, .groups = groups, .group_count = 1
	};
	const struct facts f = { .who = &who,
		.proof = PROOF_KEY,
		.path = PATH_EXEC,
		.partition = "aws",
		.account = "111122223333",
		.region = "eu-west-1",
		.now = 1790000000000,
		.runbook = runbook };
	struct aws_request *req = asking_request(line);
	static struct verdict v;

	memset(&v, 0, sizeof v);
	decide(pack_rules(p), req, &f, &v);
	aws_free(req);
	return v;
}

static void
its_rule_is_about_its_own_words_alone(void **state)
{
	static const char start[] = "aws ec2 start-instances --instance-ids " ID;
	static const struct {
		const char *line, *runbook, *group;
		enum effect effect;
		const char *rule;
	} rows[] = {
		{ start, "p/start", "ops", EFFECT_ALLOW, "p/start" },
		{ start, NULL, "ops", EFFECT_DENY, "" },
		{ start, "p/stop", "ops", EFFECT_DENY, "" },
		{ start, "q/start", "ops", EFFECT_DENY, "" },
		{ start, "start", "ops", EFFECT_DENY, "" },
		/* Who, and where. */
		{ start, "p/start", "others", EFFECT_DENY, "" },
		{ "aws s3 ls", "p/plain", "ops", EFFECT_ALLOW, "p/plain" },
		{ "aws --region us-east-1 s3 ls", "p/plain", "ops", EFFECT_DENY, "" },
		/* Other rules count as they always do. */
		{ "aws ec2 stop-instances --instance-ids " ID, "p/stop", "ops",
		    EFFECT_HOLD, "p/held" },
		{ "aws s3 rm s3://logs/tmp/a", "p/clean", "ops", EFFECT_ALLOW,
		    "p/clean" },
		{ "aws s3 rm s3://other/tmp/a", "p/clean", "ops", EFFECT_DENY,
		    "p/never" },
		/* What an option brings in was approved with it. */
		{ "aws ec2 associate-iam-instance-profile --instance-id " ID
		  " --iam-instance-profile Name=web",
		    "p/role", "ops", EFFECT_ALLOW, "p/role" },
	};
	struct pack *p = asking_pack(good_file());

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct verdict v =
		    judge(p, rows[i].line, rows[i].runbook, rows[i].group);

		if (v.effect != rows[i].effect || strcmp(v.rule, rows[i].rule) != 0)
			fail_msg("row %zu: %s by %s: %s", i, effect_name(v.effect),
			    v.rule, v.reason);
		/* Nobody hears of it who does not run it. */
		if (rows[i].runbook == NULL)
			assert_string_equal(v.allowed, "");
	}
	pack_free(p);
}

static void
its_terms_count(void **state)
{
	struct pack *p = asking_pack(good_file());
	struct verdict v =
	    judge(p, "aws ec2 start-instances --instance-ids " ID, "p/start", "ops");

	(void)state;
	assert_int_equal(v.run_ms, 600000);
	assert_int_equal(v.n_rates, 1);
	assert_string_equal(v.rates[0].rule, "p/start");
	/* Its approvers approve the template, and hold no command. */
	assert_int_equal(v.n_needs, 0);
	assert_string_equal(runbook_rule(find(p, "start"))->need->from[0].name, "sre");
	pack_free(p);
}

static void
tests_of_a_policy_run_them(void **state)
{
	static const struct {
		const char *test, *err; /* NULL: it holds */
	} rows[] = {
		{ "{as: {group: ops}, line: 'run stop id=" ID
		  "', expect: hold, rule: held}",
		    NULL },
		{ "{as: {group: ops}, argv: [run, p/start, 'id=" ID
		  "', n=1, why=a], expect: allow, rule: start}",
		    NULL },
		{ "{as: {group: x}, line: 'run start id=" ID
		  " n=1 why=x', expect: deny, rule: ''}",
		    NULL },
		{ "{as: {group: ops}, line: 'run stop id=web', expect: deny}", NULL },
		{ "{as: {group: ops}, line: 'run other', expect: deny, reason: usage}",
		    NULL },
		{ "{as: {group: ops}, line: 'run', expect: deny}", NULL },
		{ "{as: {group: ops}, line: 'run stop id=web', expect: allow}",
		    "the answer is deny" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char text[8192];
		struct err err = { "" };
		enum rc rc;

		snprintf(
		    text, sizeof text, "%stests:\n  - %s\n", good_file(), rows[i].test);
		rc = load(text, &err);
		if (rows[i].err == NULL ? rc != RC_OK
					: strstr(err.text, rows[i].err) == NULL)
			fail_msg("row %zu: %s", i, err.text);
	}
}

/* ---- what is approved ---- */

static void
digest_of(const char *text, const char *name, char hex[65])
{
	struct pack *p = asking_pack(text);

	id_hex(runbook_digest(find(p, name)), RUNBOOK_DIGEST, hex);
	pack_free(p);
}

static char *
edited(const char *from, const char *to)
{
	static char text[8192];
	char *file = good_file(), *at = strstr(file, from);

	assert_non_null(at);
	snprintf(text, sizeof text, "%.*s%s%s", (int)(at - file), file, to,
	    at + strlen(from));
	return text;
}

static void
any_edit_is_another_digest(void **state)
{
	static const struct {
		const char *from, *to;
		bool same;
	} rows[] = {
		{ "n: {int: [1, 5]}", "n: {int: [1, 6]}", false },
		{ "who: {group: ops}", "who: {group: oops}", false },
		{ "    who: {group: ops}\n", "", false },
		{ "help: Start an instance.", "help: Start an instance", false },
		{ "rate: {n: 3, per: 1h}", "rate: {n: 4, per: 1h}", false },
		{ "--page-size, '{n}'", "--max-items, '{n}'", false },
		{ "need: 1, from: ['group:sre'], auth: key}\n    examples: {match: "
		  "['id=" ID " n",
		    "need: 1, from: ['group:sre'], auth: sk}\n    examples: {match: "
		    "['id=" ID " n",
		    false },
		{ "n=1 why=x", "n=2 why=x", false },
		/* Of other things it is none. */
		{ "who: {group: ops}", "who: {'group': \"ops\"} # they", true },
		{ "unused: {values: [a]}", "unused: {values: [b]}", true },
		{ "buckets: {values: [logs, other]}",
		    "buckets: {values: [logs, other, third]}", true },
		{ "id: never", "id: ever", true },
	};
	char before[65], after[65], clean[65];

	(void)state;
	digest_of(good_file(), "start", before);
	for (size_t i = 0; i < ROWS(rows); i++) {
		digest_of(edited(rows[i].from, rows[i].to), "start", after);
		if ((strcmp(before, after) == 0) != rows[i].same)
			fail_msg("row %zu", i);
	}
	/* The policy's name, and a set that it takes its values from. */
	digest_of(edited("name: p\n", "name: q\n"), "start", after);
	assert_string_not_equal(before, after);
	digest_of(good_file(), "clean", clean);
	digest_of(edited("buckets: {values: [logs, other]}",
		      "buckets: {values: [logs, other, third]}"),
	    "clean", after);
	assert_string_not_equal(clean, after);
}

static void
what_is_approved_can_be_read(void **state)
{
	struct pack *p = asking_pack(good_file());
	const struct runbook *rb = find(p, "p/clean");
	struct span text = runbook_content(rb);
	struct buf b;

	(void)state;
	assert_true(span_starts(text, "broker-runbook/1\n{\n"));
	assert_non_null(memmem(text.p, text.len, "\"s3://{bucket}/tmp/{key}\"", 25));
	assert_non_null(memmem(text.p, text.len, "\"policy\": \"p\"", 13));
	assert_non_null(memmem(text.p, text.len, "\"sets\": {", 9));
	assert_null(memmem(text.p, text.len, "unused", 6));
	buf_init(&b, 4096);
	runbook_put_command(rb, &b);
	assert_string_equal(buf_cstr(&b), "aws s3 rm 's3://{bucket}/tmp/{key}'");
	buf_reset(&b);
	runbook_put_who(rb, &b);
	assert_string_equal(buf_cstr(&b), "everybody");
	buf_reset(&b);
	runbook_say_parameter(find(p, "start"), 1, &b);
	assert_string_equal(buf_cstr(&b), "a number from 1 to 5");
	assert_string_equal(runbook_parameter(find(p, "start"), 1), "n");
	assert_null(runbook_parameter(find(p, "start"), 3));
	assert_string_equal(runbook_help(rb), "");
	buf_clear(&b);
	pack_free(p);
}

static void
names_are_looked_for_in_all_policies(void **state)
{
	char *one = strdup(good_file()),
	     *two = strdup(edited("name: p\n", "name: q\n"));
	const struct pack_text texts[] = { { "p.yaml", span_of(one) },
		{ "q.yaml", span_of(two) } };
	struct pack *p = NULL;
	struct err err = { "" };
	bool many = false;

	(void)state;
	assert_int_equal(pack_read(texts, 2, &p, &err), RC_OK);
	assert_null(runbook_find(pack_rules(p), "start", &many));
	assert_true(many);
	assert_non_null(runbook_find(pack_rules(p), "q/start", &many));
	assert_null(runbook_find(pack_rules(p), "q/", &many));
	assert_false(many);
	assert_null(runbook_find(pack_rules(p), "", &many));
	pack_free(p);
	free(one);
	free(two);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(malformed_ones_are_refused_with_their_place),
		cmocka_unit_test(good_ones_are_taken),
		cmocka_unit_test(values_take_their_places),
		cmocka_unit_test(other_values_are_refused),
		cmocka_unit_test(bytes_that_are_no_text_are_refused),
		cmocka_unit_test(values_change_nothing_but_themselves),
		cmocka_unit_test(its_rule_is_about_its_own_words_alone),
		cmocka_unit_test(its_terms_count),
		cmocka_unit_test(tests_of_a_policy_run_them),
		cmocka_unit_test(any_edit_is_another_digest),
		cmocka_unit_test(what_is_approved_can_be_read),
		cmocka_unit_test(names_are_looked_for_in_all_policies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
