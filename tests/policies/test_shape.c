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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sample_takes_honest_lines),
		cmocka_unit_test(the_sample_takes_no_evasion),
		cmocka_unit_test(the_sample_holds_and_denies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
