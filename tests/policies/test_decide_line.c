#include "tests/policies/lineask.h"

#define FILE_OF(defaults, rules)                                                       \
	"{version: 1, name: p, defaults: {unmatched: deny, undecidable: " defaults     \
	"}, sets: {logs: {paths: ['/var/log/**']}}, shapes: {filter: {operands: "      \
	"{each: {path_in: logs}}, stdin: pipe}}, rules: [" rules "]}"
#define LOOK                                                                           \
	"{id: look, effect: allow, on: [shell], command: {any: ["                      \
	"{name: cat, options: {short: 'AbEnsTv'}, like: filter},"                      \
	"{name: sort, options: {short: 'nru', short_value: 'kt'}, like: filter},"      \
	"{name: uptime, operands: none}]}, redirect: [null, merge]},"
#define RESTART                                                                        \
	"{id: restart, effect: hold, on: [shell], command: {name: systemctl, verb: "   \
	"[restart], operands: {max: 1, each: {glob: '*'}}}, approvers: {need: 1, "     \
	"from: [group:sre]}},"
#define NEVER                                                                          \
	"{id: never, effect: deny, on: [shell], command: {name: [rm, dd, 'mkfs*'], "   \
	"options: any, operands: any}, reason: Not here.},"
#define ODD                                                                            \
	"{id: odd, effect: hold, on: [shell], command: {undecidable: true}, "          \
	"approvers: {need: 2, from: [group:sre]}},"

struct row {
	const char *line;
	enum effect effect;
	const char *code, *rule;
};

static void
check(const char *policy, const struct row *rows, size_t n)
{
	struct pack *p = asking_pack(policy);

	for (size_t i = 0; i < n; i++) {
		struct verdict v = lineask(p, rows[i].line);

		if (v.effect != rows[i].effect || strcmp(v.code, rows[i].code) != 0 ||
		    strcmp(v.rule, rows[i].rule) != 0)
			fail_msg("%s: %s '%s' '%s' (%s)", rows[i].line,
			    effect_name(v.effect), v.code, v.rule, v.reason);
		if ((v.effect == EFFECT_HOLD) != (v.n_needs > 0))
			fail_msg("%s: %zu needs", rows[i].line, v.n_needs);
	}
	pack_free(p);
}

static void
the_most_severe_part_counts(void **state)
{
	static const struct row rows[] = {
		{ "uptime", EFFECT_ALLOW, "", "p/look" },
		{ "/usr/bin/uptime", EFFECT_ALLOW, "", "p/look" },
		{ "./uptime", EFFECT_DENY, "unmatched", "" },
		{ "/bin/./uptime", EFFECT_DENY, "unmatched", "" },
		{ "cat /var/log/a | sort -n", EFFECT_ALLOW, "", "p/look" },
		{ "cat /etc/passwd", EFFECT_DENY, "unmatched", "" },
		{ "cat /var/log/a; id", EFFECT_DENY, "unmatched", "" },
		{ "id; cat /var/log/a", EFFECT_DENY, "unmatched", "" },
		{ "systemctl restart a.service", EFFECT_HOLD, "rule", "p/restart" },
		{ "uptime && systemctl restart a.service; uptime", EFFECT_HOLD, "rule",
		    "p/restart" },
		{ "systemctl restart a.service; id", EFFECT_DENY, "unmatched", "" },
		{ "rm x", EFFECT_DENY, "rule", "p/never" },
		{ "systemctl restart a.service; rm x", EFFECT_DENY, "rule", "p/never" },
		/* A rule's no is told before the want of a yes. */
		{ "id; rm x", EFFECT_DENY, "rule", "p/never" },
		{ "systemctl stop a.service", EFFECT_DENY, "unmatched", "" },
		/* Without a pipe sort wants a file. */
		{ "sort -n", EFFECT_DENY, "unmatched", "" },
		{ "sort -n < /dev/null", EFFECT_ALLOW, "", "p/look" },
	};

	(void)state;
	check(FILE_OF("deny", LOOK RESTART NEVER), rows, ROWS(rows));
	check(FILE_OF("deny", NEVER RESTART LOOK), rows, ROWS(rows));
}

static void
denies_look_wider(void **state)
{
	static const struct row rows[] = {
		{ "/opt/x/rm -rf /", EFFECT_DENY, "rule", "p/never" },
		{ "./rm", EFFECT_DENY, "rule", "p/never" },
		{ "mkfs.ext4 /dev/sda", EFFECT_DENY, "rule", "p/never" },
		{ "timeout 5 rm x", EFFECT_DENY, "rule", "p/never" },
		{ "sudo -u app rm x", EFFECT_DENY, "rule", "p/never" },
		{ "uptime | rm x", EFFECT_DENY, "rule", "p/never" },
		{ "rm $HOME", EFFECT_DENY, "rule", "p/never" },
		{ "uptime; rm x; echo $(id)", EFFECT_DENY, "rule", "p/never" },
		{ "uptime | xargs rm", EFFECT_DENY, "rule", "p/never" },
		{ "'rm' -rf x", EFFECT_DENY, "rule", "p/never" },
		{ "r\\m -rf x", EFFECT_DENY, "rule", "p/never" },
		/* Behind what is not understood nobody knows what stands. */
		{ "echo $(id); rm x", EFFECT_DENY, "expansion", "" },
		{ "rmdir x", EFFECT_DENY, "unmatched", "" },
	};

	(void)state;
	check(FILE_OF("deny", LOOK NEVER), rows, ROWS(rows));
}

static void
what_is_not_understood_is_denied_or_held(void **state)
{
	static const struct row denied[] = {
		{ "cat $x", EFFECT_DENY, "expansion", "" },
		{ "uptime &", EFFECT_DENY, "background", "" },
		{ "sh -c uptime", EFFECT_DENY, "interpreter", "" },
		{ "nohup uptime", EFFECT_DENY, "wrapper", "" },
		{ "uptime; sh -c uptime", EFFECT_DENY, "interpreter", "" },
		{ "", EFFECT_DENY, "empty", "" },
		{ "uptime \x01", EFFECT_DENY, "character", "" },
		{ "systemctl restart $x", EFFECT_DENY, "expansion", "" },
	};
	static const struct row held[] = {
		{ "cat $x", EFFECT_HOLD, "expansion", "p/odd" },
		{ "sh -c uptime", EFFECT_HOLD, "interpreter", "p/odd" },
		{ "uptime; sh -c uptime", EFFECT_HOLD, "interpreter", "p/odd" },
		/* What is understood and not let through stays so. */
		{ "id; sh -c uptime", EFFECT_DENY, "unmatched", "" },
		{ "sh -c uptime > x", EFFECT_DENY, "unmatched", "" },
		{ "rm $x", EFFECT_DENY, "rule", "p/never" },
		/* Nothing that could be shown. */
		{ "", EFFECT_DENY, "empty", "" },
		{ "uptime \x01", EFFECT_DENY, "character", "" },
		{ "uptime", EFFECT_ALLOW, "", "p/look" },
	};

	(void)state;
	check(FILE_OF("deny", LOOK RESTART NEVER), denied, ROWS(denied));
	check(FILE_OF("hold", LOOK NEVER ODD), held, ROWS(held));
}

/* What nobody can show to people they are not asked about. */
static void
lines_that_cannot_be_shown_are_denied(void **state)
{
	struct pack *p = asking_pack(FILE_OF("hold", LOOK ODD));
	char line[SHELL_LINE + 2];
	struct verdict v;

	(void)state;
	memset(line, ' ', sizeof line);
	memcpy(line, "uptime", 6);
	decide_line(
	    pack_rules(p), span_make(line, SHELL_LINE), &lineask_facts, &v, NULL);
	assert_int_equal(v.effect, EFFECT_ALLOW);
	decide_line(
	    pack_rules(p), span_make(line, SHELL_LINE + 1), &lineask_facts, &v, NULL);
	assert_int_equal(v.effect, EFFECT_DENY);
	assert_string_equal(v.code, "limit");
	pack_free(p);
}

/* Exceptions of rules about lines that nobody understands, and about redirections, are
 * for whoever asks: one for some commands or calls is for none of these. */
static void
exceptions_where_no_command_is_looked_at(void **state)
{
#define UNDECIDED(effect, more)                                                        \
	"{id: odd, effect: " effect                                                    \
	", on: [exec, shell], aws: {operations: ['s3:ls']}, command: {undecidable: "   \
	"true}" more "},"
#define BOTH(more)                                                                     \
	"{id: both, effect: allow, on: [exec, shell], aws: {operations: ['s3:ls']}, "  \
	"command: {name: id}, redirect: [null]" more "},"
#define PROD "where: {env: prod}"
#define CALLS "aws: {operations: ['s3:ls']}"
#define LONE "{id: up, effect: allow, on: [shell], command: {name: uptime}},"
#define APPROVERS ", approvers: {need: 1, from: [group:sre]}"
	static const struct {
		const char *rules, *line;
		enum effect effect;
	} rows[] = {
		{ UNDECIDED("hold", APPROVERS), "sh", EFFECT_HOLD },
		{ UNDECIDED("hold", APPROVERS ", unless: {" PROD "}"), "sh",
		    EFFECT_DENY },
		{ UNDECIDED("hold", APPROVERS ", unless: {" PROD ", " CALLS "}"), "sh",
		    EFFECT_HOLD },
		{ LONE BOTH(""), "uptime >/dev/null", EFFECT_ALLOW },
		{ LONE BOTH(", unless: {" PROD "}"), "uptime >/dev/null", EFFECT_DENY },
		{ LONE BOTH(", unless: {" PROD ", " CALLS "}"), "uptime >/dev/null",
		    EFFECT_ALLOW },
		{ LONE BOTH(", unless: {" PROD ", command: {name: id}}"),
		    "uptime >/dev/null", EFFECT_ALLOW },
		{ LONE BOTH(", unless: {" PROD ", " CALLS "}"), "id", EFFECT_ALLOW },
		{ LONE BOTH(", unless: {" PROD "}"), "id", EFFECT_DENY },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char text[2048];
		struct pack *p;
		struct verdict v;

		snprintf(text, sizeof text,
		    "{version: 1, name: p, defaults: {undecidable: hold}, rules: [%s]}",
		    rows[i].rules);
		p = asking_pack(text);
		v = lineask(p, rows[i].line);
		if (v.effect != rows[i].effect)
			fail_msg("%s\n%s: %s %s", rows[i].rules, rows[i].line,
			    effect_name(v.effect), v.reason);
		pack_free(p);
	}
}

/* A no about lines that nobody understands is stronger than all that is about a part. */
static void
odd_lines_may_be_denied_by_rule(void **state)
{
	static const struct row rows[] = {
		{ "sh -c x", EFFECT_DENY, "rule", "p/no" },
		{ "uptime; sh -c x", EFFECT_DENY, "rule", "p/no" },
		{ "systemctl restart a; sh -c x", EFFECT_DENY, "rule", "p/no" },
		{ "uptime | xargs cat", EFFECT_DENY, "rule", "p/no" },
		{ "uptime $x", EFFECT_DENY, "rule", "p/no" },
		{ "uptime", EFFECT_ALLOW, "", "p/look" },
		{ "systemctl restart a", EFFECT_HOLD, "rule", "p/restart" },
	};
#define NO "{id: no, effect: deny, on: [shell], command: {undecidable: true}},"

	(void)state;
	check(FILE_OF("hold", LOOK RESTART ODD NO), rows, ROWS(rows));
	check(FILE_OF("deny", LOOK RESTART NO), rows, ROWS(rows));
}

/* No policy can say so, and if one could nothing would come of it. */
static void
no_allow_is_about_what_nobody_understands(void **state)
{
	struct pack *p = asking_pack(FILE_OF("hold", ODD));
	struct rule allow = *pack_rules(p)->rules[0];
	const struct rule *rules[] = { &allow };
	struct ruleset set = { .n = 1, .rules = rules };
	struct verdict v;

	(void)state;
	decide_line(&set, span_of("sh"), &lineask_facts, &v, NULL);
	assert_int_equal(v.effect, EFFECT_HOLD);
	allow.effect = EFFECT_ALLOW;
	decide_line(&set, span_of("sh"), &lineask_facts, &v, NULL);
	assert_int_equal(v.effect, EFFECT_DENY);
	assert_string_equal(v.code, "interpreter");
	pack_free(p);
}

/* The approvers of all hold rules are asked, of those too that may be about it. */
static void
holds_add_up(void **state)
{
	struct pack *p = asking_pack(FILE_OF("hold", RESTART ODD));
	struct verdict v = lineask(p, "systemctl restart $x");

	(void)state;
	assert_int_equal(v.effect, EFFECT_HOLD);
	assert_int_equal(v.n_needs, 2);
	assert_string_equal(v.code, "expansion");
	assert_string_equal(v.rule, "p/odd");
	v = lineask(p, "systemctl restart a");
	assert_int_equal(v.n_needs, 1);
	assert_string_equal(v.needs[0].rule, "p/restart");
	pack_free(p);
}

static void
redirections_are_parts(void **state)
{
	static const struct row rows[] = {
		{ "uptime > /dev/null", EFFECT_ALLOW, "", "p/look" },
		{ "uptime >> /dev/null 2>&1", EFFECT_ALLOW, "", "p/look" },
		{ "uptime 2> '/dev/null' 1>&2", EFFECT_ALLOW, "", "p/look" },
		{ "uptime > /dev/nullx", EFFECT_DENY, "unmatched", "" },
		{ "uptime > /var/log/a", EFFECT_DENY, "unmatched", "" },
		{ "uptime 3> /dev/null", EFFECT_DENY, "unmatched", "" },
		{ "uptime 0> /dev/null", EFFECT_DENY, "unmatched", "" },
		{ "uptime 3>&1", EFFECT_DENY, "unmatched", "" },
		{ "uptime 2>&3", EFFECT_DENY, "unmatched", "" },
		{ "sort < /etc/passwd", EFFECT_DENY, "unmatched", "" },
		{ "wc -l < /var/log/a", EFFECT_ALLOW, "", "p/wc" },
		/* The rule of the one lets the other read nothing. */
		{ "sort < /var/log/a", EFFECT_ALLOW, "", "p/look" },
		{ "wc -l < /var/log/../../etc/passwd", EFFECT_DENY, "unmatched", "" },
		{ "wc -l 3< /var/log/a", EFFECT_DENY, "unmatched", "" },
		{ "wc -l < /dev/null", EFFECT_ALLOW, "", "p/wc" },
		{ "uptime > /dev/null > x", EFFECT_DENY, "unmatched", "" },
	};

	(void)state;
	check(FILE_OF("deny", LOOK "{id: wc, effect: allow, on: [shell], command: "
				   "{name: wc, options: {short: l}, operands: none, "
				   "stdin: pipe}, redirect: [{from: logs}]}"),
	    rows, ROWS(rows));
}

/* The redirections of others' rules are not one's own. */
static void
redirections_are_for_whom_a_rule_is(void **state)
{
	static const struct row rows[] = {
		{ "uptime", EFFECT_ALLOW, "", "p/a" },
		{ "uptime > /dev/null", EFFECT_DENY, "unmatched", "" },
		{ "id > /dev/null", EFFECT_HOLD, "rule", "p/h" },
		{ "uptime > /dev/null; id", EFFECT_DENY, "unmatched", "" },
	};
#define UP "command: {name: uptime}"
	(void)state;
	check("{version: 1, name: p, rules: ["
	      "{id: a, effect: allow, on: [shell], " UP "},"
	      "{id: b, effect: allow, on: [shell], who: {group: others}, " UP
	      ", redirect: [null]},"
	      "{id: c, effect: allow, on: [shell], where: {env: test}, " UP
	      ", redirect: [null]},"
	      "{id: d, effect: allow, on: [shell], when: {until: "
	      "'2026-01-01T00:00Z'}, " UP ", redirect: [null]},"
	      "{id: e, effect: allow, on: [shell], unless: {where: {env: prod}}, " UP
	      ", redirect: [null]},"
	      "{id: h, effect: hold, on: [shell], command: {name: id}, redirect: "
	      "[null], approvers: {need: 1, from: [group:sre]}}]}",
	    rows, ROWS(rows));
}

/* A hold that only may be about a command holds it, and grants it no redirection. */
static void
redirections_are_granted_by_what_is_sure(void **state)
{
	static const struct row rows[] = {
		{ "cat x >/dev/null", EFFECT_DENY, "unmatched", "" },
		{ "cat /a >/dev/null", EFFECT_HOLD, "rule", "p/h" },
		{ "cat /*", EFFECT_HOLD, "rule", "p/h" },
		{ "cat /* >/dev/null", EFFECT_DENY, "unmatched", "" },
		/* Nor does one about a wrapper. */
		{ "timeout 5 cat x", EFFECT_HOLD, "rule", "p/t" },
		{ "timeout 5 cat x >/dev/null", EFFECT_DENY, "unmatched", "" },
	};

	(void)state;
	check(
	    "{version: 1, name: p, rules: ["
	    "{id: a, effect: allow, on: [shell], command: {name: cat, operands: any}},"
	    "{id: h, effect: hold, on: [shell], command: {name: cat, operands: {each: "
	    "{in: [/a, /b]}}}, redirect: [null], approvers: {need: 1, from: "
	    "[group:sre]}},"
	    "{id: t, effect: hold, on: [shell], command: {name: timeout, operands: "
	    "any}, redirect: [null], approvers: {need: 1, from: [group:sre]}}]}",
	    rows, ROWS(rows));
}

static void
wrappers_are_judged_and_need_no_rule(void **state)
{
	static const struct row rows[] = {
		{ "timeout 5 uptime", EFFECT_ALLOW, "", "p/look" },
		{ "timeout 5 nice -n 3 uptime", EFFECT_ALLOW, "", "p/look" },
		{ "timeout 5 id", EFFECT_DENY, "unmatched", "" },
		{ "stdbuf -o L uptime", EFFECT_DENY, "rule", "p/nobuf" },
		{ "ionice -c 3 uptime", EFFECT_HOLD, "rule", "p/io" },
		{ "ionice -c 3 id", EFFECT_DENY, "unmatched", "" },
		{ "sudo -u app whoami", EFFECT_ALLOW, "", "p/as" },
		{ "sudo -u app timeout 3 whoami", EFFECT_ALLOW, "", "p/as" },
		{ "timeout 3 sudo -u app whoami", EFFECT_ALLOW, "", "p/as" },
		{ "whoami", EFFECT_ALLOW, "", "p/as" },
		{ "sudo -u root whoami", EFFECT_DENY, "unmatched", "" },
		{ "sudo whoami", EFFECT_DENY, "unmatched", "" },
		{ "sudo -u app sudo -u root whoami", EFFECT_DENY, "unmatched", "" },
		{ "sudo -u app uptime", EFFECT_DENY, "unmatched", "" },
	};

	(void)state;
	check(FILE_OF("deny", LOOK
		  "{id: nobuf, effect: deny, on: [shell], command: {name: stdbuf, "
		  "options: any, operands: any}},"
		  "{id: io, effect: hold, on: [shell], command: {name: ionice, "
		  "options: {short_value: c}, operands: none}, approvers: {need: 1, "
		  "from: [group:sre]}},"
		  "{id: as, effect: allow, on: [shell], run_as: [app], command: {name: "
		  "whoami, operands: none}}"),
	    rows, ROWS(rows));
}

/* xargs runs a program with words that nobody knows. */
static void
open_words_need_a_rule_that_takes_any(void **state)
{
	static const struct row rows[] = {
		{ "uptime | xargs echo", EFFECT_ALLOW, "", "p/echo" },
		{ "uptime | xargs timeout 5 echo", EFFECT_ALLOW, "", "p/echo" },
		{ "uptime | xargs cat", EFFECT_DENY, "wrapper", "" },
		/* What was found first is told. */
		{ "uptime | xargs cat; sh -c uptime", EFFECT_DENY, "interpreter", "" },
	};
	static const struct row held[] = {
		{ "uptime | xargs cat", EFFECT_HOLD, "wrapper", "p/odd" },
		{ "id | xargs cat", EFFECT_DENY, "unmatched", "" },
	};
#define ECHO                                                                           \
	"{id: echo, effect: allow, on: [shell], command: {name: echo, options: any, "  \
	"operands: any}},"
	(void)state;
	check(FILE_OF("deny", LOOK ECHO), rows, ROWS(rows));
	check(FILE_OF("hold", LOOK ECHO ODD), held, ROWS(held));
}

static void
exceptions_stand_inside_a_rule(void **state)
{
	static const struct row rows[] = {
		{ "kill -9 1", EFFECT_DENY, "rule", "p/kill" },
		{ "kill -l", EFFECT_ALLOW, "", "p/ok" },
		/* Spelled otherwise it is no exception. */
		{ "/opt/kill -l", EFFECT_DENY, "rule", "p/kill" },
		{ "uname -a", EFFECT_ALLOW, "", "p/ok" },
		{ "uname -n", EFFECT_DENY, "unmatched", "" },
		{ "hostname", EFFECT_DENY, "unmatched", "" },
	};

	(void)state;
	check("{version: 1, name: p, rules: ["
	      "{id: kill, effect: deny, on: [shell], command: {name: kill, options: "
	      "any, operands: any}, unless: {command: {name: kill, options: {short: "
	      "l}, operands: none}}},"
	      "{id: ok, effect: allow, on: [shell], command: {name: [kill, uname], "
	      "options: {short: lan}, operands: none}, unless: {command: {name: "
	      "uname, options: {short: n}}}},"
	      "{id: host, effect: allow, on: [shell], command: {name: hostname}, "
	      "unless: {where: {env: prod}}}]}",
	    rows, ROWS(rows));
}

/* A fact that is not known does not match an allow, and does match a deny. */
static void
facts_that_are_not_known(void **state)
{
	static const char allow[] =
	    "{version: 1, name: p, rules: [{id: a, effect: allow, on: [shell], "
	    "where: {env: prod}, command: {name: uptime}}]}";
	static const char deny[] =
	    "{version: 1, name: p, rules: [{id: a, effect: allow, on: [shell], "
	    "command: {name: uptime}}, {id: d, effect: deny, on: [shell], where: "
	    "{env: test}, command: {name: uptime}}]}";
	static const char window[] =
	    "{version: 1, name: p, rules: [{id: a, effect: allow, on: [shell], "
	    "when: {from: '2026-01-01T00:00Z'}, command: {name: uptime}}]}";
	static const struct {
		const char *policy;
		bool env, now;
		enum effect effect;
	} rows[] = {
		{ allow, true, true, EFFECT_ALLOW },
		{ allow, false, true, EFFECT_DENY },
		{ deny, true, true, EFFECT_ALLOW },
		{ deny, false, true, EFFECT_DENY },
		{ window, true, true, EFFECT_ALLOW },
		{ window, true, false, EFFECT_DENY },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct pack *p = asking_pack(rows[i].policy);
		struct facts f = lineask_facts;
		struct verdict v = { 0 };

		f.env = rows[i].env ? f.env : NULL;
		f.now = rows[i].now ? f.now : 0;
		decide_line(pack_rules(p), span_of("uptime"), &f, &v, NULL);
		if (v.effect != rows[i].effect)
			fail_msg("row %zu: %s", i, effect_name(v.effect));
		pack_free(p);
	}
}

/* Without who asks, a proof, the path or rules there is nothing but a deny. */
static void
too_little_is_a_deny(void **state)
{
	struct pack *p = asking_pack(FILE_OF("deny", LOOK));
	struct identity nobody = { 0 };
	struct facts f;
	struct verdict v = { 0 };

	(void)state;
	for (int i = 0; i < 6; i++) {
		f = lineask_facts;
		f.who = i == 0 ? NULL : i == 1 ? &nobody : f.who;
		f.proof = i == 2 ? PROOF_NONE : f.proof;
		f.path = i == 3 ? PATH_EXEC : f.path;
		memset(&v, 0xFF, sizeof v);
		decide_line(i == 4 ? NULL : pack_rules(p), span_of("uptime"),
		    i == 5 ? NULL : &f, &v, NULL);
		assert_int_equal(v.effect, EFFECT_DENY);
		assert_string_equal(v.code, "internal");
		assert_string_equal(v.rule, "");
		assert_int_equal(v.n_needs, 0);
	}
	pack_free(p);
}

static void
the_canonical_text_is_given_and_bounded(void **state)
{
	struct pack *p = asking_pack(FILE_OF("deny", LOOK));
	char line[SHELL_LINE + 1];
	struct verdict v = { 0 };
	struct buf b;

	(void)state;
	buf_init(&b, SHELL_CANON);
	decide_line(pack_rules(p), span_of("cat   \"/var/log/a\"|sort -n"),
	    &lineask_facts, &v, &b);
	assert_int_equal(v.effect, EFFECT_ALLOW);
	assert_string_equal(buf_cstr(&b), "'cat' /var/log/a | 'sort' -n");
	buf_reset(&b);
	decide_line(pack_rules(p), span_of("cat $x"), &lineask_facts, &v, &b);
	assert_int_equal(buf_span(&b).len, 0);
	buf_reset(&b);
	/* Quotes make four bytes of one. */
	snprintf(line, sizeof line, "uptime ");
	for (size_t i = strlen(line); i + 2 < 2200; i += 2)
		memcpy(line + i, "\\'", 3);
	decide_line(pack_rules(p), span_of(line), &lineask_facts, &v, &b);
	assert_string_equal(v.code, "limit");
	assert_int_equal(buf_span(&b).len, 0);
	decide_line(pack_rules(p), span_of(line), &lineask_facts, &v, NULL);
	assert_string_equal(v.code, "limit");
	buf_clear(&b);
	pack_free(p);
}

/* No room for the text is no verdict. */
static void
a_text_without_room_is_a_deny(void **state)
{
	struct pack *p = asking_pack(FILE_OF("deny", LOOK));
	struct verdict v = { 0 };
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	decide_line(pack_rules(p), span_of("uptime"), &lineask_facts, &v, &b);
	assert_int_equal(v.effect, EFFECT_DENY);
	assert_string_equal(v.code, "internal");
	buf_clear(&b);
	pack_free(p);
}

static void
refusals_teach(void **state)
{
	static const struct {
		const char *line, *has;
	} rows[] = {
		{ "cat -e /var/log/a",
		    "no rule allows cat -e /var/log/a; rule p/look: " },
		{ "uptime; cat /etc/passwd",
		    "command 2, cat /etc/passwd; rule p/look: " },
		{ "id -u", "no rule allows id -u; allowed here: cat, sort, uptime" },
		{ "uptime > x", "the redirection 1>x" },
		{ "cat $x", "; nothing is expanded: write the value" },
		{ "cat $x", "expansion: byte 5: " },
		{ "sh -c id", "run the commands themselves" },
		{ "uptime | xargs cat; uptime | xargs sort",
		    "wrapper: byte 16: words that only the target knows; " },
		{ "cat \\\"\\* \"a b\"", "no rule allows cat '\"*' 'a b'" },
	};
	struct pack *p = asking_pack(FILE_OF("deny",
	    LOOK "{id: not, effect: deny, on: [shell], command: {name: id, operands: "
		 "none, options: {short: Z}}},"
		 "{id: secret, effect: allow, on: [shell], who: {group: others}, "
		 "command: {name: [id, lsof]}},"
		 "{id: far, effect: allow, on: [shell], where: {env: test}, command: "
		 "{name: top}},"));
	struct verdict v = { 0 };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		v = lineask(p, rows[i].line);
		assert_int_equal(v.effect, EFFECT_DENY);
		if (strstr(v.reason, rows[i].has) == NULL)
			fail_msg("%s: %s", rows[i].line, v.reason);
		assert_null(strstr(v.reason, "secret"));
		assert_null(strstr(v.reason, "lsof"));
		assert_null(strstr(v.allowed, "lsof"));
		assert_null(strstr(v.reason, "p/not"));
	}
	v = lineask(p, "cat -e /var/log/a");
	assert_string_equal(v.allowed, "cat sort uptime");
	v = lineask(p, "cat $x");
	assert_string_equal(v.allowed, "");
	v = lineask(p, "top");
	assert_non_null(strstr(v.reason, "; rule p/far: not here, or not now"));
	pack_free(p);
}

/* Only aws runs on that path; a rule gives its reason. */
static void
words_of_other_programs_are_denied(void **state)
{
	static const struct {
		const char *line, *code, *rule;
	} rows[] = {
		{ "rm -rf x", "rule", "p/d" },
		{ "/bin/rm", "rule", "p/d" },
		{ "sudo rm x", "rule", "p/d" },
		{ "uptime", "usage", "" },
		{ "id", "usage", "" },
	};
	struct pack *p = asking_pack(
	    "{version: 1, name: p, rules: [{id: d, effect: deny, on: [exec], command: "
	    "{name: rm, options: any, operands: any}, reason: No.}, {id: h, effect: "
	    "hold, on: [exec], command: {name: id}, approvers: {need: 1, from: "
	    "[group:sre]}}]}");
	struct facts f = lineask_facts;
	struct verdict none;

	(void)state;
	f.path = PATH_EXEC;
	decide_words(pack_rules(p), NULL, &f, &none);
	assert_int_equal(none.effect, EFFECT_DENY);
	assert_string_equal(none.code, "internal");
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct words *w = asking_words(rows[i].line);
		struct verdict v = { 0 };

		decide_words(pack_rules(p), w, &f, &v);
		assert_int_equal(v.effect, EFFECT_DENY);
		assert_string_equal(v.code, rows[i].code);
		assert_string_equal(v.rule, rows[i].rule);
		words_free(w);
	}
	pack_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_most_severe_part_counts),
		cmocka_unit_test(denies_look_wider),
		cmocka_unit_test(what_is_not_understood_is_denied_or_held),
		cmocka_unit_test(lines_that_cannot_be_shown_are_denied),
		cmocka_unit_test(exceptions_where_no_command_is_looked_at),
		cmocka_unit_test(odd_lines_may_be_denied_by_rule),
		cmocka_unit_test(no_allow_is_about_what_nobody_understands),
		cmocka_unit_test(holds_add_up),
		cmocka_unit_test(redirections_are_parts),
		cmocka_unit_test(redirections_are_for_whom_a_rule_is),
		cmocka_unit_test(redirections_are_granted_by_what_is_sure),
		cmocka_unit_test(wrappers_are_judged_and_need_no_rule),
		cmocka_unit_test(open_words_need_a_rule_that_takes_any),
		cmocka_unit_test(exceptions_stand_inside_a_rule),
		cmocka_unit_test(facts_that_are_not_known),
		cmocka_unit_test(too_little_is_a_deny),
		cmocka_unit_test(the_canonical_text_is_given_and_bounded),
		cmocka_unit_test(a_text_without_room_is_a_deny),
		cmocka_unit_test(refusals_teach),
		cmocka_unit_test(words_of_other_programs_are_denied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
