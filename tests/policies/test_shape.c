#include "tests/support/unit.h"

#include "policies/shape.h"
#include "tests/policies/wording.h"

static const char sample[] =
    "sets:\n"
    "  logs: {paths: ['/var/log/**']}\n"
    "shapes:\n"
    "  filter: {operands: {each: {path_in: logs}}, stdin: pipe}\n"
    "allow:\n"
    "  - {name: ls, options: {short: \"1aAdFhilnoprRsStuX\", long: [all, "
    "human-readable, recursive, reverse, \"color=\"]}, operands: any}\n"
    "  - {name: cat, options: {short: \"AbEnsTv\"}, like: filter}\n"
    "  - {name: head, options: {short: \"qv\", short_value: \"nc\"}, like: filter}\n"
    "  - {name: tail, options: {short: \"qvfF\", short_value: \"nc\"}, like: filter}\n"
    "  - {name: wc, options: {short: \"clmwL\"}, like: filter}\n"
    "  - {name: sort, options: {short: \"bdfhnruV\", short_value: \"kt\"}, like: "
    "filter}\n"
    "  - {name: grep, options: {short: \"cEFhHilnoqsvwx\", short_value: \"eABCm\"}, "
    "operands: {first: literal, each: {path_in: logs}}, stdin: pipe}\n"
    "  - {name: df, options: {short: \"hHiklPT\", short_value: \"t\"}, operands: "
    "{each: {path_in: [\"/**\"]}}}\n"
    "  - {name: uptime, options: {short: \"ps\"}, operands: none}\n"
    "  - {name: systemctl, verb: [status], options: {long: [no-pager, full], short: "
    "\"l\", short_value: \"n\"}, operands: {each: {glob: \"*\"}}}\n"
    "hold:\n"
    "  - {name: systemctl, verb: [restart], options: {long: [no-pager]}, operands: "
    "{max: 1, each: {glob: \"*\"}}}\n"
    "deny:\n"
    "  - {name: [rm, dd, shutdown, reboot, \"mkfs*\"], options: any, operands: any}\n";

#define SHAPES 16

struct policy {
	struct yaml_doc *doc;
	size_t n;
	struct shape *shapes[SHAPES];
};

static void
load(const char *text, const char *list, enum effect effect, struct policy *p)
{
	const struct yaml_node *root, *sets, *shapes;
	struct err err = { "" };

	p->n = 0;
	if (yaml_parse("p.yaml", span_of(text), &p->doc, &err) != RC_OK)
		fail_msg("%s", err.text);
	root = yaml_root(p->doc);
	sets = yaml_find(root, "sets");
	shapes = yaml_find(root, "shapes");
	if (sets != NULL && sets_check(sets, &err) != RC_OK)
		fail_msg("%s", err.text);
	if (shapes != NULL && shape_check_all(shapes, sets, &err) != RC_OK)
		fail_msg("%s", err.text);
	for (const struct yaml_node *v = yaml_first(yaml_find(root, list)); v != NULL;
	     v = yaml_next(v)) {
		assert_true(p->n < SHAPES);
		if (shape_read(v, sets, shapes, effect, &p->shapes[p->n], &err) !=
		    RC_OK)
			fail_msg("%s", err.text);
		p->n++;
	}
}

static void
unload(struct policy *p)
{
	for (size_t i = 0; i < p->n; i++)
		shape_free(p->shapes[i]);
	yaml_doc_free(p->doc);
}

static unsigned
judged(const struct policy *p, const char *line, bool wide)
{
	struct wording w;
	struct shape_subject c = wording_subject(line, &w);
	unsigned fit = FIT_NO;

	for (size_t i = 0; i < p->n; i++)
		fit |= shape_fit(p->shapes[i], &c, wide);
	return fit;
}

static void
all_fit(const struct policy *p, const char *const *lines, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(judged(p, lines[i], false) & FIT_SURE)) {
			struct wording w;
			struct shape_subject c = wording_subject(lines[i], &w);
			char why[SHAPE_WHY] = "";

			for (size_t k = 0; k < p->n && why[0] == '\0'; k++)
				shape_why(p->shapes[k], &c, why);
			fail_msg("refused: %s: %s", lines[i], why);
		}
}

static void
none_fits(const struct policy *p, const char *const *lines, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (judged(p, lines[i], false) & FIT_SURE)
			fail_msg("taken: %s", lines[i]);
}

static const char *const honest[] = {
	"ls -l /opt",
	"ls",
	"ls -la",
	"ls -l -a /var/log /etc",
	"ls --all --color=auto /srv",
	"ls --color /srv",
	"ls *.log",
	"ls /var/log/*.log",
	"ls -- -l",
	"ls -- -",
	"ls ''",
	"ls -1 .",
	"/bin/ls -l",
	"/usr/bin/ls -l",
	"|grep -v ' 200 '",
	"|wc -l",
	"|wc",
	"|cat -",
	"|cat",
	"cat /var/log/kern.log",
	"cat /var/log",
	"cat /var/log/",
	"cat -n /var/log/a /var/log/b/c",
	"cat /var/log/a -n",
	"cat -- /var/log/a",
	"cat -An /var/log/a",
	"cat /var/log/*.log",
	"cat /var/log/app-?.log /var/log/x.[0-9]",
	"cat /var/log/'*'.log",
	"head -5 /var/log/a",
	"head -n 5 /var/log/a",
	"head -n5 /var/log/a",
	"head -qn5 /var/log/a",
	"head -qn 5 /var/log/a",
	"head -c 100 -- /var/log/a",
	"tail -n 20 /var/log/nginx/access.log",
	"tail -n +5 /var/log/a",
	"tail -n -5 /var/log/a",
	"tail -20 /var/log/a",
	"tail -f /var/log/a",
	"|tail -n 5",
	"|head -n 4",
	"|sort -rn",
	"|sort -k 2 -t ,",
	"|sort -k2,3 -t:",
	"sort -u /var/log/a",
	"sort /var/log/a -u",
	"|sort -nrk 1",
	"grep -i 'rm -rf; $(reboot)' /var/log/syslog",
	"grep -c error /var/log/nginx/*.log",
	"grep -e error -e warn /var/log/a",
	"grep -eerror /var/log/a",
	"grep -5 error /var/log/a",
	"grep -C 5 error /var/log/a",
	"grep -A3 -B3 error /var/log/a",
	"grep error -i /var/log/a",
	"grep -- -x /var/log/a",
	"grep '' /var/log/a",
	"grep - /var/log/a",
	"|grep x",
	"|grep x -",
	"|grep -e x",
	"|grep '-'",
	"df -h /srv",
	"df",
	"df -ht ext4",
	"df -t ext4 -t xfs /",
	"uptime",
	"uptime -p",
	"uptime -ps",
	"systemctl status cron --no-pager",
	"systemctl --no-pager status cron",
	"systemctl -n 5 status cron",
	"systemctl -n5 status cron",
	"systemctl -ln 5 status cron",
	"systemctl status -l cron ssh",
	"systemctl status -- cron",
	"systemctl status 'cron*'",
	"systemctl status",
};

static const char *const evasions[] = {
	/* other programs, and other ways to name these */
	"rm -rf ./build",
	"./ls",
	"/tmp/ls",
	"/bin/../tmp/ls",
	"/usr/bin//ls",
	"//bin/ls",
	"/usr/local/bin/ls",
	"/bin/./ls",
	"bin/ls",
	"LS",
	"ls/",
	"/bin/",
	"ls* -l",
	"l?",
	"cat2 /var/log/a",
	"ca /var/log/a",
	/* paths outside */
	"cat /etc/passwd",
	"cat /var/log/nginx/../../../etc/passwd",
	"cat /var/log/..",
	"cat /var/log/./a",
	"cat /var/log//a",
	"cat //var/log/a",
	"cat var/log/a",
	"cat /var/logs/a",
	"cat /var/log2",
	"cat /var",
	"cat /",
	"cat a",
	"cat ../a",
	"cat ''",
	"cat /var/log/a /etc/passwd",
	"cat /etc/passwd /var/log/a",
	"cat -- /etc/passwd",
	"cat -n -- /etc/passwd",
	"cat /var/log/a -- /etc/passwd",
	"cat /VAR/LOG/a",
	"cat /var/log/a//",
	"cat /var/log/../log/a",
	/* patterns of the shell */
	"cat *",
	"cat *.log",
	"cat /*",
	"cat /var/*/a",
	"cat /etc/pass*",
	"cat /v*/log/a",
	"cat /var/log/.*",
	"cat /var/log/.*/a",
	"cat /var/log/.?/passwd",
	"cat /var/log/[.]*",
	"cat /var/log/[.][.]/x",
	"cat /var/log/[.a]*/x",
	"cat /var/log/*/../x",
	"cat /var/log/*/..",
	"cat /var/lo[g]/a",
	"cat /var/log*",
	"cat /var/log?/a",
	"cat /var/log/a /etc/*",
	"cat ?var/log/a",
	"cat [/]var/log/a",
	"cat /var/log/x[a/b]",
	"cat -?",
	"cat -*",
	"cat [-]n",
	"cat *var/log/a",
	/* options that are not listed */
	"cat -Z /var/log/a",
	"cat --show-all /var/log/a",
	"cat -nZ /var/log/a",
	"cat --number /var/log/a",
	"cat --n /var/log/a",
	"cat --help",
	"cat -\xC3\xA9 /var/log/a",
	"ls --al",
	"ls --recurs",

	"ls --all=yes",
	"ls --recursive=",
	"ls -C",
	"ls -lC",
	"ls -l --zero",
	"ls -Z",
	"ls --colou=x",
	"ls --all*",
	"ls -l*",
	"ls --color=*",
	"ls --=x",
	"ls ---all",
	/* head and tail */
	"head -n /var/log/a",
	"head -n",
	"head -n *",
	"head -5c /var/log/a",
	"head -n5 /etc/passwd",
	"head -5 /etc/passwd",
	"head --lines=5 /var/log/a",
	"head --lines 5 /var/log/a",
	"head --line=5 /var/log/a",
	"head -z /var/log/a",
	"head -qz /var/log/a",
	"head -5q /var/log/a",
	"head -n 5 -- /etc/shadow",
	"head -c5 /etc/passwd",
	"head -qn5 /etc/passwd",
	"head -n5q /etc/passwd",
	"head -5",
	"head",
	"head -n 5",
	"head -",
	"head -n 5 -",
	"|head /etc/passwd",
	"|head - /etc/passwd",
	"head +5 /var/log/a",
	"head -n 5 /etc/passwd /var/log/a",
	"tail -n 3 /var/log/syslog /etc/passwd",
	"tail +5 /etc/passwd",
	"tail -5f /var/log/a",
	"tail --pid=1 /var/log/a",
	"tail --follow /var/log/a",
	"tail --retry /var/log/a",
	"tail -s 1 /var/log/a",
	"tail -fn 3 /etc/passwd",
	"tail -c +1 /etc/passwd",
	"tail -n 1 -f /etc/passwd",
	"tail -fs1 /var/log/a",
	"tail",
	"tail -f",
	"tail -n 5 -q",
	/* wc and sort */
	"wc --files0-from=/etc/passwd",
	"wc --files0-from /etc/passwd",
	"wc --files0-fro=/etc/passwd",
	"wc --files0=-",
	"|wc --files0-from=-",
	"wc -l",
	"wc",
	"|wc -l /etc/passwd",
	"sort -o /etc/x /var/log/a",
	"sort -uo/etc/x /var/log/a",
	"sort -no /etc/x",
	"sort /var/log/a -o /etc/x",
	"sort /var/log/a -o/etc/x",
	"|sort -o /tmp/x",
	"|sort -uo /tmp/x",
	"|sort -k1o/tmp/x /etc/x",
	"sort --output=/tmp/x /var/log/a",
	"sort --outp=/tmp/x /var/log/a",
	"sort --output /tmp/x /var/log/a",
	"sort --compress-program=/tmp/x /var/log/a",
	"sort --compress-prog=sh /var/log/a",
	"sort -S 1 /var/log/a",
	"sort -T /tmp /var/log/a",
	"sort --files0-from=/etc/x",
	"sort -m /var/log/a",
	"sort -c /var/log/a",
	"sort -R /var/log/a",
	"sort --random-source=/etc/passwd /var/log/a",
	"sort +1 /var/log/a",
	"sort -t /var/log/a",
	"sort -k /var/log/a",
	"sort -t, -k",
	"sort -n",
	"sort -k 2 /etc/passwd",
	"sort -k2 /etc/passwd",
	"sort -t: -k1 /etc/passwd",
	"|sort -t : /etc/passwd",
	"|sort -nk 2 -- /etc/passwd",
	/* grep: files as patterns, patterns as files */
	"grep -f /etc/passwd /var/log/syslog",
	"grep -f/etc/passwd /var/log/syslog",
	"grep -nf/etc/passwd /var/log/syslog",
	"grep -nf /etc/passwd /var/log/syslog",
	"grep --file=/etc/passwd /var/log/a",
	"grep --fil=/etc/passwd /var/log/a",
	"grep x /var/log/a -f /etc/passwd",
	"grep -e root /etc/passwd",
	"grep -eroot /etc/passwd",
	"grep /etc/passwd -e root",
	"grep -ne root /etc/passwd",
	"grep root /etc/passwd",
	"grep root /etc/passwd -e x",
	"grep -e x -- /etc/passwd",
	"grep -e x /var/log/a /etc/passwd",
	"grep root -- /etc/passwd",
	"grep -- root /etc/passwd",
	"grep -r root",
	"grep -R root /var/log",
	"grep -rroot /etc",
	"grep -P x /var/log/a",
	"grep -z x /var/log/a",
	"grep -d recurse x /var/log/a",
	"grep --include=* x /var/log/a",
	"grep -A 5 root /etc/passwd",
	"grep -A5 root /etc/passwd",
	"grep -m1 root /etc/passwd",
	"grep -C root /etc/passwd",
	"grep -5 root /etc/passwd",
	"grep root",
	"grep -e root",
	"grep",
	"grep /var/log/a",
	"grep -i root",
	"grep /var/log/* /var/log/a",
	"grep * /var/log/a",
	"grep x *",
	"grep x -",
	"grep -e * /var/log/a",
	"grep -e",
	"grep -5x y /var/log/a",
	"grep -e x",
	"grep -e x -",
	"|grep x /etc/passwd",
	"|grep -e x /etc/passwd",
	"|grep -e x - /etc/passwd",
	"|grep x - /etc/passwd",
	"|grep -r x",
	"|grep -f - /etc/passwd",
	"|grep -f- x",
	"grep --regexp=x /etc/passwd",
	"grep --regexp x /etc/passwd",
	"grep --color=always x /var/log/a",
	"grep --color x /var/log/a",
	"grep '' /etc/passwd",
	"grep -- -e /etc/passwd",
	/* df, uptime */
	"df --output=x",
	"df *",
	"df .",
	"df -a",
	"df -t",
	"df -B1 /",
	"df --sync",
	"|df",
	"df -",
	"df -h -",
	"uptime x",
	"uptime -h",
	"uptime --pretty",
	"|uptime",
	"uptime -- x",
	"uptime ''",
	"uptime *",
	/* verbs that hide */
	"systemctl stop cron",
	"systemctl -n 5 stop cron",
	"systemctl -n5 stop cron",
	"systemctl -n status stop cron",
	"systemctl -nstatus stop cron",
	"systemctl --no-pager stop cron",
	"systemctl -ln status stop cron",
	"systemctl -H host status",
	"systemctl -Hhost status cron",
	"systemctl --host=x status cron",
	"systemctl -M x status cron",
	"systemctl --root=/x status cron",
	"systemctl --lines=5 status",
	"systemctl -- stop cron",
	"systemctl -- stop status",
	"systemctl",
	"systemctl -l",
	"systemctl STATUS cron",
	"systemctl stat cron",
	"systemctl status=cron",
	"systemctl stat*",
	"systemctl status cron*",
	"systemctl status *",
	"systemctl status -H host cron",
	"systemctl status cron -H host",
	"systemctl status cron -Hhost",
	"systemctl status --ful cron",
	"systemctl status -n",
	"systemctl --full=yes status",
	"systemctl '' status",
	"systemctl restart cron",
	"systemctl kill cron",
	"systemctl daemon-reload",
	"systemctl -t service status cron",
	"systemctl status --now cron",
	"systemctl -l -n 3 restart cron",
	"systemctl -n --no-pager stop cron",
	"systemctl -n -- stop cron",
	"|systemctl status",
	"systemctl edit cron",
};

static void
the_sample_takes_honest_lines(void **state)
{
	struct policy p;

	(void)state;
	load(sample, "allow", EFFECT_ALLOW, &p);
	all_fit(&p, honest, ROWS(honest));
	unload(&p);
}

static void
the_sample_takes_no_evasion(void **state)
{
	static const char *const fine[] = { "grep -- -e /var/log/a" };
	struct policy p;

	(void)state;
	load(sample, "allow", EFFECT_ALLOW, &p);
	none_fits(&p, evasions, ROWS(evasions));
	all_fit(&p, fine, ROWS(fine));
	unload(&p);
}

static void
the_sample_holds_and_denies(void **state)
{
	static const struct {
		const char *line;
		unsigned hold, deny;
	} rows[] = {
		{ "systemctl restart cron", FIT_BOTH, FIT_NO },
		{ "systemctl --no-pager restart cron", FIT_BOTH, FIT_NO },
		{ "systemctl restart a b", FIT_NO, FIT_NO },
		{ "systemctl restart a*", FIT_MAYBE, FIT_NO },
		{ "systemctl stop cron", FIT_NO, FIT_NO },
		{ "rm", FIT_NO, FIT_BOTH },
		{ "rm -rf ./build", FIT_NO, FIT_BOTH },
		{ "/tmp/x/rm -rf a", FIT_NO, FIT_BOTH },
		{ "./rm *", FIT_NO, FIT_BOTH },
		{ "|rm --anything=x -- y", FIT_NO, FIT_BOTH },
		{ "mkfs.ext4 /dev/sda", FIT_NO, FIT_BOTH },
		{ "mkfs", FIT_NO, FIT_BOTH },
		{ "/sbin/mkfs.xfs", FIT_NO, FIT_BOTH },
		{ "mkf", FIT_NO, FIT_NO },
		{ "rmdir x", FIT_NO, FIT_NO },
		{ "xrm", FIT_NO, FIT_NO },
		{ "rm/", FIT_NO, FIT_NO },
	};
	struct policy hold, deny;

	(void)state;
	load(sample, "hold", EFFECT_HOLD, &hold);
	load(sample, "deny", EFFECT_DENY, &deny);
	for (size_t i = 0; i < ROWS(rows); i++)
		if (judged(&hold, rows[i].line, false) != rows[i].hold ||
		    judged(&deny, rows[i].line, true) != rows[i].deny)
			fail_msg("%s", rows[i].line);
	unload(&hold);
	unload(&deny);
}

/* A command by one shape: a shape in YAML, the command, what comes out. */
static unsigned
by(const char *shape, enum effect effect, bool wide, const char *line)
{
	static const char head[] =
	    "sets: {logs: {paths: ['/var/log/**']}}\n"
	    "shapes:\n"
	    "  filter: {operands: {each: {path_in: logs}}, stdin: pipe}\n"
	    "  quiet: {options: {short: q, long: [quiet]}, like: filter}\n"
	    "rules: [";
	struct policy p;
	char text[2048];
	unsigned ret;

	snprintf(text, sizeof text, "%s%s]\n", head, shape);
	load(text, "rules", effect, &p);
	ret = judged(&p, line, wide);
	unload(&p);
	return ret;
}

static void
keys_mean_what_they_say(void **state)
{
	static const struct {
		const char *shape, *line;
		unsigned fit;
	} rows[] = {
		/* nothing is taken that is not said */
		{ "{name: p}", "p", FIT_BOTH },
		{ "{name: p}", "p x", FIT_NO },
		{ "{name: p}", "p -x", FIT_NO },
		{ "{name: p}", "p --", FIT_BOTH },
		{ "{name: p}", "|p", FIT_NO },
		{ "{name: [p, q]}", "q", FIT_BOTH },
		{ "{name: [p, q]}", "pq", FIT_NO },
		{ "{name: p, options: none, operands: none}", "p", FIT_BOTH },
		/* any */
		{ "{name: p, options: any}", "p -x --y=z", FIT_BOTH },
		{ "{name: p, options: any}", "p -x y", FIT_NO },
		{ "{name: p, options: any, operands: any}", "p -x y", FIT_BOTH },
		{ "{name: p, options: any, operands: any}", "p -x*", FIT_MAYBE },
		{ "{name: p, options: any, verb: [v]}", "p v", FIT_BOTH },
		{ "{name: p, options: any, verb: [v]}", "p -x v", FIT_MAYBE },
		{ "{name: p, options: any, verb: [v]}", "p -x y v", FIT_MAYBE },
		{ "{name: p, options: any, verb: [v], operands: any}", "p -x y v",
		    FIT_MAYBE },
		{ "{name: p, options: any, verb: [v]}", "p --x=y v", FIT_BOTH },
		{ "{name: sort, options: any, verb: [v]}", "sort -rk 5 v", FIT_BOTH },
		{ "{name: sort, options: any, verb: [v]}", "sort -k v", FIT_NO },
		/* once, values */
		{ "{name: p, options: {short: ab, once: true}}", "p -ab", FIT_BOTH },
		{ "{name: p, options: {short: ab, once: true}}", "p -aba", FIT_NO },
		{ "{name: p, options: {long: [x, y], once: true}}", "p --x --y",
		    FIT_BOTH },
		{ "{name: p, options: {long: [x, y], once: true}}", "p --x --x",
		    FIT_NO },
		{ "{name: p, options: {short: a}}", "p -aa -a", FIT_BOTH },
		{ "{name: p, options: {short_value: n, values: {n: {int: [1, 9]}}}}",
		    "p -n 5", FIT_BOTH },
		{ "{name: p, options: {short_value: n, values: {n: {int: [1, 9]}}}}",
		    "p -n5", FIT_BOTH },
		{ "{name: p, options: {short_value: n, values: {n: {int: [1, 9]}}}}",
		    "p -n 10", FIT_NO },
		{ "{name: p, options: {short_value: n, values: {n: {int: [1, 9]}}}}",
		    "p -n 5 -n 10", FIT_NO },
		{ "{name: p, options: {short_value: n, values: {n: {int: [1, 9]}}}}",
		    "p -n ?", FIT_MAYBE },
		{ "{name: head, options: {short_value: n, values: {n: {int: [1, 9]}}}, "
		  "like: filter}",
		    "head -5 /var/log/a", FIT_BOTH },
		{ "{name: head, options: {short_value: n, values: {n: {int: [1, 9]}}}, "
		  "like: filter}",
		    "head -10 /var/log/a", FIT_NO },
		{ "{name: p, options: {long: ['f='], values: {f: {path_in: logs}}}}",
		    "p --f=/var/log/a", FIT_BOTH },
		{ "{name: p, options: {long: ['f='], values: {f: {path_in: logs}}}}",
		    "p --f /etc/a", FIT_NO },
		{ "{name: p, options: {long: ['f='], values: {f: {path_in: logs}}}}",
		    "p --f /var/log/*", FIT_MAYBE },
		/* operands */
		{ "{name: p, operands: {max: 1}}", "p x", FIT_BOTH },
		{ "{name: p, operands: {max: 1}}", "p x y", FIT_NO },
		{ "{name: p, operands: {max: 1}}", "p /x*", FIT_MAYBE },
		{ "{name: p, operands: {max: 0}}", "p", FIT_BOTH },
		{ "{name: p, operands: {max: 0}}", "p ''", FIT_NO },
		{ "{name: p, operands: {min: 1}}", "p", FIT_NO },
		{ "{name: p, operands: {min: 1}}", "p /x*", FIT_BOTH },
		{ "{name: p, operands: {min: 2, max: 2, each: [a, b]}}", "p a b",
		    FIT_BOTH },
		{ "{name: p, operands: {each: [a, b]}}", "p a c", FIT_MAYBE },
		{ "{name: p, operands: {each: [a, b]}}", "p c", FIT_NO },
		{ "{name: p, operands: {first: [a]}}", "p a", FIT_BOTH },
		{ "{name: p, operands: {first: [a]}}", "p", FIT_BOTH },
		{ "{name: p, operands: {first: [a]}}", "p a b", FIT_NO },
		{ "{name: p, operands: {first: [a]}}", "p b", FIT_NO },
		{ "{name: p, operands: {first: any, each: [b]}}", "p /* b", FIT_MAYBE },
		{ "{name: p, operands: {first: [a], each: [b]}}", "p a b b", FIT_BOTH },
		{ "{name: p, operands: {first: [a], max: 3}}", "p a b b", FIT_BOTH },
		/* verb */
		{ "{name: p, verb: v}", "p v", FIT_BOTH },
		{ "{name: p, verb: [v, w]}", "p w", FIT_BOTH },
		{ "{name: p, verb: [v, w]}", "p", FIT_NO },
		{ "{name: p, verb: [v, w]}", "p v w", FIT_NO },
		{ "{name: p, verb: [v], operands: {first: [a], each: [b]}}", "p v a b",
		    FIT_BOTH },
		{ "{name: p, verb: [v], operands: {max: 1}}", "p v a", FIT_BOTH },
		{ "{name: p, verb: [v]}", "p v*", FIT_MAYBE },
		{ "{name: p, verb: [v]}", "p -- v", FIT_BOTH },
		/* globs */
		{ "{name: p, operands: any}", "p *", FIT_MAYBE },
		{ "{name: p, operands: any}", "p /*", FIT_BOTH },
		{ "{name: p, operands: any, glob: any}", "p *", FIT_BOTH },
		{ "{name: p, operands: any, glob: never}", "p /*", FIT_MAYBE },
		{ "{name: ls, operands: any}", "ls *", FIT_BOTH },
		{ "{name: ls, operands: any, glob: absolute}", "ls *", FIT_MAYBE },
		{ "{name: ls, operands: any, glob: never}", "ls /*", FIT_MAYBE },
		{ "{name: p, operands: any}", "p '*'", FIT_BOTH },
		{ "{name: p, operands: any, glob: any}", "p [-]x", FIT_BOTH },
		/* stdin */
		{ "{name: p, operands: any}", "|p x", FIT_NO },
		{ "{name: p, stdin: pipe}", "|p", FIT_BOTH },
		{ "{name: p, stdin: pipe}", "p", FIT_NO },
		{ "{name: p, stdin: any}", "p", FIT_BOTH },
		{ "{name: p, stdin: any}", "|p", FIT_BOTH },
		{ "{name: p, operands: any, stdin: any}", "p -", FIT_NO },
		{ "{name: p, operands: any, stdin: any}", "|p -", FIT_BOTH },
		{ "{name: p, operands: any}", "p -", FIT_NO },
		{ "{name: ls, operands: any}", "ls -", FIT_BOTH },
		{ "{name: p, operands: {min: 0}, stdin: pipe}", "p", FIT_BOTH },
		{ "{name: grep, operands: {first: literal, each: {path_in: logs}, min: "
		  "1}, stdin: pipe}",
		    "grep x", FIT_BOTH },
		/* options that bring the first operand; folders that are read unnamed */
		{ "{name: sed, options: {short: n, short_value: e}, operands: {first: "
		  "[p], each: {path_in: logs}}, stdin: pipe}",
		    "sed -n p /var/log/a", FIT_BOTH },
		{ "{name: sed, options: {short: n, short_value: e}, operands: {first: "
		  "[p], each: {path_in: logs}}, stdin: pipe}",
		    "sed -ne p p", FIT_NO },
		{ "{name: jq, options: {short_value: f}, operands: {first: literal, "
		  "each: "
		  "{path_in: logs}}, stdin: pipe}",
		    "jq -f x /etc/y", FIT_NO },
		{ "{name: grep, options: any, operands: {first: literal, each: "
		  "{path_in: "
		  "logs}}, stdin: pipe}",
		    "grep --regexp=x /etc/y", FIT_NO },
		{ "{name: grep, options: any, operands: {first: literal, each: "
		  "{path_in: "
		  "logs}}, stdin: pipe}",
		    "grep --reg=x /etc/y", FIT_NO },
		{ "{name: grep, options: any, operands: {first: literal, each: "
		  "{path_in: "
		  "logs}}, stdin: pipe}",
		    "|grep --regexp=x /etc/y", FIT_NO },
		{ "{name: grep, options: any, operands: {first: literal, each: "
		  "{path_in: "
		  "logs}}, stdin: pipe}",
		    "|grep -Xe x /etc/y", FIT_NO },
		{ "{name: grep, options: any, operands: {first: literal, each: "
		  "{path_in: "
		  "logs}}, stdin: pipe}",
		    "|grep --recursive -e x", FIT_NO },
		{ "{name: ls, operands: {each: [a]}, stdin: any}", "|ls -", FIT_NO },
		{ "{name: p, operands: {each: [a]}, stdin: any}", "|p -", FIT_BOTH },
		{ "{name: grep, options: any, operands: {first: literal, each: "
		  "{path_in: "
		  "logs}}, stdin: pipe}",
		    "|grep --color=x y /var/log/a", FIT_MAYBE },
		{ "{name: grep, options: any, operands: {first: literal, each: "
		  "{path_in: "
		  "logs}}, stdin: pipe}",
		    "grep -ie x /etc/y", FIT_NO },
		{ "{name: grep, options: any, operands: {first: literal, each: "
		  "{path_in: "
		  "logs}}, stdin: pipe}",
		    "|grep -r x", FIT_NO },
		{ "{name: grep, options: any, operands: {first: literal, each: "
		  "{path_in: "
		  "logs}}, stdin: pipe}",
		    "grep -i x /var/log/a", FIT_BOTH },
		{ "{name: grep, options: {short: r}, operands: {first: literal, each: "
		  "{path_in: logs}}, stdin: pipe}",
		    "|grep -r x", FIT_NO },
		{ "{name: grep, options: {short: r}, operands: {first: literal, each: "
		  "{path_in: logs}}, stdin: pipe}",
		    "grep -r x /var/log", FIT_BOTH },
		{ "{name: rg, operands: {first: literal, each: {path_in: logs}}, "
		  "stdin: "
		  "pipe}",
		    "|rg x", FIT_NO },
		/* like */
		{ "{name: p, like: filter}", "p /var/log/a", FIT_BOTH },
		{ "{name: p, like: filter}", "p -q /var/log/a", FIT_NO },
		{ "{name: p, like: quiet}", "p -q --quiet /var/log/a", FIT_BOTH },
		{ "{name: p, like: quiet, options: {short: v}}", "p -qv /var/log/a",
		    FIT_BOTH },
		{ "{name: p, like: quiet, options: none}", "p -q /var/log/a", FIT_NO },
		{ "{name: p, like: quiet, operands: any}", "p -q /etc/a", FIT_BOTH },
		{ "{name: p, like: filter, stdin: never}", "|p", FIT_NO },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		unsigned got = by(rows[i].shape, EFFECT_ALLOW, false, rows[i].line);

		if (got != rows[i].fit)
			fail_msg("%s: %s: %u", rows[i].shape, rows[i].line, got);
	}
}

static void
denies_are_wide(void **state)
{
	static const struct {
		const char *shape, *line;
		unsigned fit;
	} rows[] = {
		{ "{name: p}", "p", FIT_BOTH },
		{ "{name: p}", "/x/y/p -a b --c=d", FIT_BOTH },
		{ "{name: p}", "|p x", FIT_BOTH },
		{ "{name: p}", "p *", FIT_BOTH },
		{ "{name: p, options: none, operands: none}", "p x", FIT_NO },
		{ "{name: 'p*'}", "../pq", FIT_BOTH },
		{ "{name: 'p*'}", "qp", FIT_NO },
		{ "{name: 'p*'}", "p*", FIT_NO },
		{ "{name: '*'}", "q", FIT_BOTH },
		{ "{name: systemctl, verb: [stop]}", "systemctl stop x", FIT_BOTH },
		{ "{name: systemctl, verb: [stop]}", "systemctl -n 5 stop x",
		    FIT_BOTH },
		{ "{name: systemctl, verb: [stop]}", "systemctl --now stop x",
		    FIT_MAYBE },
		{ "{name: systemctl, verb: [stop]}", "systemctl -n stop status",
		    FIT_NO },
		{ "{name: systemctl, verb: [stop]}", "systemctl status stop", FIT_NO },
		{ "{name: systemctl, verb: [stop]}", "systemctl st*", FIT_MAYBE },
		{ "{name: cat, operands: {each: {path_in: ['/etc/**']}}}",
		    "cat /var/log/a /etc/shadow", FIT_MAYBE },
		{ "{name: cat, operands: {each: {path_in: ['/etc/**']}}}",
		    "cat /var/../etc/shadow", FIT_MAYBE },
		{ "{name: cat, operands: {each: {path_in: ['/etc/**']}}}",
		    "cat /*/shadow", FIT_MAYBE },
		{ "{name: cat, operands: {each: {path_in: ['/etc/**']}}}",
		    "cat /var/log/a", FIT_NO },
		{ "{name: cat, operands: {each: {path_in: ['/etc/**']}}}",
		    "cat /var/log/*", FIT_NO },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		unsigned got = by(rows[i].shape, EFFECT_DENY, true, rows[i].line);

		if (got != rows[i].fit)
			fail_msg("%s: %s: %u", rows[i].shape, rows[i].line, got);
	}
}

/* Commands whose end was not seen, or behind which words follow. */
static void
what_is_not_seen_is_never_sure(void **state)
{
	static const struct {
		const char *shape, *line;
		unsigned open, broken;
	} rows[] = {
		{ "{name: p}", "p", FIT_MAYBE, FIT_MAYBE },
		{ "{name: p, operands: any}", "p x", FIT_MAYBE, FIT_MAYBE },
		{ "{name: p, operands: any}", "p --", FIT_BOTH, FIT_MAYBE },
		{ "{name: p, operands: any, options: any}", "p x", FIT_BOTH,
		    FIT_MAYBE },
		{ "{name: ls, operands: any}", "ls -l", FIT_NO, FIT_NO },
		{ "{name: ls, operands: any}", "ls x", FIT_BOTH, FIT_MAYBE },
		{ "{name: ls, operands: {each: any}}", "ls x", FIT_MAYBE, FIT_MAYBE },
		{ "{name: p, operands: {min: 2}}", "p x", FIT_MAYBE, FIT_MAYBE },
		{ "{name: p, operands: {max: 1}}", "p x y", FIT_NO, FIT_NO },
		{ "{name: p, options: {short_value: k}}", "p -k", FIT_MAYBE,
		    FIT_MAYBE },
		{ "{name: p, verb: [v]}", "p", FIT_MAYBE, FIT_MAYBE },
		{ "{name: p, verb: [v]}", "p w", FIT_NO, FIT_NO },
		{ "{name: p, stdin: pipe}", "p", FIT_MAYBE, FIT_MAYBE },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct wording w;
		struct shape_subject c = wording_subject(rows[i].line, &w);
		char text[256];
		struct policy p;

		snprintf(text, sizeof text, "rules: [%s]\n", rows[i].shape);
		load(text, "rules", EFFECT_ALLOW, &p);
		c.open = true;
		if (shape_fit(p.shapes[0], &c, false) != rows[i].open)
			fail_msg("%s: %s, open", rows[i].shape, rows[i].line);
		c.open = false;
		c.whole = false;
		if (shape_fit(p.shapes[0], &c, false) != rows[i].broken)
			fail_msg("%s: %s, broken", rows[i].shape, rows[i].line);
		unload(&p);
	}
}

static void
people_learn_why(void **state)
{
	static const struct {
		const char *line, *why;
	} rows[] = {
		{ "sort -uo /tmp/x",
		    "option -o is not listed (options: b d f h n r u V, k= t=)" },
		{ "ls --zero",
		    "option --zero is not listed (options: 1 a A d F h i l n o p r R s "
		    "S t "
		    "u X, --all --color= --human-readable --recursive --reverse)" },
		{ "sort -k", "no value behind the option -k" },
		{ "ls --all=x", "no value is taken by the option --all" },
		{ "cat /etc/passwd",
		    "the rule does not take the operand /etc/passwd (a path in "
		    "/var/log/**)" },
		{ "cat", "a file has to be named, as no input comes by a pipe" },
		{ "cat *", "a pattern has to begin with /: *" },
		{ "|uptime", "the rule takes no input through a pipe" },
		{ "uptime x", "the rule takes no operand, such as x" },
		{ "systemctl stop x", "the rule has another verb than stop" },
		{ "systemctl", "the rule's verb is missing" },
		{ "cat '\x01\x1b'",
		    "the rule does not take the operand \\x01\\x1B (a path in "
		    "/var/log/**)" },
		{ "cat /var/log/a", "" },
		{ "nosuch", "" },
	};
	struct policy p;

	(void)state;
	load(sample, "allow", EFFECT_ALLOW, &p);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct wording w;
		struct shape_subject c = wording_subject(rows[i].line, &w);
		char why[SHAPE_WHY] = "";

		for (size_t k = 0; k < p.n && why[0] == '\0'; k++)
			assert_ptr_equal(shape_why(p.shapes[k], &c, why), why);
		assert_string_equal(why, rows[i].why);
	}
	unload(&p);
}

static void
malformed_shapes_are_refused(void **state)
{
	static const struct {
		const char *text;
		enum effect effect;
		const char *why;
	} rows[] = {
		{ "x", EFFECT_ALLOW, "expected a mapping" },
		{ "{}", EFFECT_ALLOW, "the key name is missing" },
		{ "{nome: p}", EFFECT_ALLOW, "nome" },
		{ "{name: []}", EFFECT_ALLOW, "at least 1 entry" },
		{ "{name: ''}", EFFECT_ALLOW, "text of 1 to" },
		{ "{name: /bin/ls}", EFFECT_ALLOW, "without a path" },
		{ "{name: 'a b'}", EFFECT_ALLOW, "the name of a program" },
		{ "{name: \"\xC3\xBC\"}", EFFECT_ALLOW, "the name of a program" },
		{ "{name: 'a?'}", EFFECT_DENY, "the name of a program" },
		{ "{name: 'a*'}", EFFECT_ALLOW, "only in the names of deny rules" },
		{ "{name: 'a*'}", EFFECT_HOLD, "only in the names of deny rules" },
		{ "{name: 'a*b'}", EFFECT_DENY, "only at the end" },
		{ "{name: 'a**'}", EFFECT_DENY, "only at the end" },
		{ "{name: p, options: x}", EFFECT_ALLOW, "any, none or a mapping" },
		{ "{name: p, options: []}", EFFECT_ALLOW, "any, none or a mapping" },
		{ "{name: p, operands: x}", EFFECT_ALLOW, "none, any or a mapping" },
		{ "{name: p, operands: {}}", EFFECT_ALLOW, "at least 1 entry" },
		{ "{name: p, operands: {mox: 1}}", EFFECT_ALLOW, "mox" },
		{ "{name: p, operands: {min: -1}}", EFFECT_ALLOW, "number" },
		{ "{name: p, operands: {min: 2, max: 1}}", EFFECT_ALLOW, "number" },
		{ "{name: p, operands: {max: 1000}}", EFFECT_ALLOW, "number" },
		{ "{name: p, operands: {each: nosuch}}", EFFECT_ALLOW, "a set" },
		{ "{name: p, operands: {first: {path_in: nosuch}}}", EFFECT_ALLOW,
		    "a set of paths" },
		{ "{name: p, stdin: yes}", EFFECT_ALLOW, "never" },
		{ "{name: p, glob: yes}", EFFECT_ALLOW, "absolute" },
		{ "{name: p, verb: []}", EFFECT_ALLOW, "at least 1 entry" },
		{ "{name: p, verb: ['']}", EFFECT_ALLOW, "text of 1 to" },
		{ "{name: p, like: nosuch}", EFFECT_ALLOW, "the name of a shape" },
		{ "{name: p, like: [a]}", EFFECT_ALLOW, "the name of a shape" },
		{ "{name: p, like: loop}", EFFECT_ALLOW, "take over one another" },
		{ "{name: p, profile: nosuch}", EFFECT_ALLOW, "the name of a profile" },
		{ "{name: p, undecidable: true}", EFFECT_DENY, "undecidable" },
	};
	static const char shapes_text[] = "{loop: {like: loop}}";

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *doc = NULL, *shapes = NULL;
		struct shape *s = NULL;
		struct err err = { "" };

		assert_int_equal(
		    yaml_parse("s.yaml", span_of(shapes_text), &shapes, NULL), RC_OK);
		if (yaml_parse("p.yaml", span_of(rows[i].text), &doc, &err) != RC_OK)
			fail_msg("%s: %s", rows[i].text, err.text);
		if (shape_read(yaml_root(doc), NULL, yaml_root(shapes), rows[i].effect,
			&s, &err) != RC_REFUSE ||
		    strstr(err.text, rows[i].why) == NULL ||
		    strstr(err.text, ".yaml:1:") == NULL)
			fail_msg("%s: %s", rows[i].text, err.text);
		assert_null(s);
		yaml_doc_free(doc);
		yaml_doc_free(shapes);
	}
}

static void
named_shapes_are_checked(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "[]", "expected a mapping" },
		{ "{'a b': {stdin: pipe}}", "a name of" },
		{ "{a: {stdin: x}}", "s.yaml:1:13" },
		{ "{a: {like: b}, b: {like: a}}", "take over one another" },
		{ "{a: {options: {short: a, short_value: a}}}", "under short" },
	};
	struct err err = { "" };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *doc = NULL;

		assert_int_equal(
		    yaml_parse("s.yaml", span_of(rows[i].text), &doc, NULL), RC_OK);
		if (shape_check_all(yaml_root(doc), NULL, &err) != RC_REFUSE ||
		    strstr(err.text, rows[i].why) == NULL)
			fail_msg("%s: %s", rows[i].text, err.text);
		yaml_doc_free(doc);
	}
}

static void
a_shape_tells_what_it_is(void **state)
{
	const char *const *names;
	struct policy p;
	bool globs;

	(void)state;
	load(sample, "deny", EFFECT_DENY, &p);
	assert_int_equal(shape_names(p.shapes[0], &names, &globs), 5);
	assert_true(globs);
	assert_string_equal(names[0], "rm");
	assert_string_equal(names[4], "mkfs*");
	assert_true(shape_any_options(p.shapes[0]));
	assert_true(shape_any_operands(p.shapes[0]));
	assert_null(shape_profile(p.shapes[0]));
	unload(&p);
	load(sample, "hold", EFFECT_HOLD, &p);
	assert_int_equal(shape_names(p.shapes[0], &names, &globs), 1);
	assert_false(globs);
	assert_false(shape_any_options(p.shapes[0]));
	assert_false(shape_any_operands(p.shapes[0]));
	unload(&p);
	shape_free(NULL);
	shape_operands_free(NULL);
}

static void
words_alone_are_judged(void **state)
{
	static const struct {
		const char *operands, *line;
		unsigned fit;
	} rows[] = {
		{ "none", "", FIT_BOTH },
		{ "none", "x", FIT_NO },
		{ "any", "x y", FIT_BOTH },
		{ "any", "x *", FIT_MAYBE },
		{ "{min: 1, max: 2}", "", FIT_NO },
		{ "{min: 1, max: 2}", "-x", FIT_BOTH },
		{ "{min: 1, max: 2}", "x y z", FIT_NO },
		{ "{first: [a], each: {int: [1, 3]}}", "a 2 3", FIT_BOTH },
		{ "{first: [a], each: {int: [1, 3]}}", "a 4", FIT_NO },
		{ "{first: [a], each: {int: [1, 3]}}", "b 2", FIT_NO },
		{ "{each: {path_in: ['/a/**']}}", "/a/*", FIT_MAYBE },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct shape_operands *o = NULL;
		struct yaml_doc *doc = NULL;
		struct wording w;

		assert_int_equal(
		    yaml_parse("o.yaml", span_of(rows[i].operands), &doc, NULL), RC_OK);
		assert_int_equal(
		    shape_operands_read(yaml_root(doc), NULL, &o, NULL), RC_OK);
		wording_split(rows[i].line, &w);
		if (shape_operands_fit(o, w.words, w.n) != rows[i].fit)
			fail_msg("%s: %s", rows[i].operands, rows[i].line);
		shape_operands_free(o);
		yaml_doc_free(doc);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sample_takes_honest_lines),
		cmocka_unit_test(the_sample_takes_no_evasion),
		cmocka_unit_test(the_sample_holds_and_denies),
		cmocka_unit_test(keys_mean_what_they_say),
		cmocka_unit_test(denies_are_wide),
		cmocka_unit_test(what_is_not_seen_is_never_sure),
		cmocka_unit_test(people_learn_why),
		cmocka_unit_test(malformed_shapes_are_refused),
		cmocka_unit_test(named_shapes_are_checked),
		cmocka_unit_test(a_shape_tells_what_it_is),
		cmocka_unit_test(words_alone_are_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
