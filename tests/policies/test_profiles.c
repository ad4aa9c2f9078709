#include "tests/support/unit.h"

#include "policies/tool.h"
#include "tests/policies/shellwords.h"

/* The rule's path set: below /var/log. */
static bool
logs(const void *arg, const struct shell_word *w)
{
	assert_ptr_equal(arg, "logs");
	return strncmp(w->text, "/var/log", 8) == 0 &&
	       (w->text[8] == '/' || w->text[8] == '\0') &&
	       strstr(w->text, "..") == NULL;
}

static const void *const logs_arg = "logs";

/* A line with "| " in front is fed. */
static bool
fits(const struct shape_profile *p, const char *line, bool paths, char *why)
{
	static struct shellwords s;
	bool fed = strncmp(line, "| ", 2) == 0;
	struct shape_subject c;

	line += fed ? 2 : 0;
	assert_true(shellwords_cut(&s, line, strlen(line)));
	c = (struct shape_subject){ s.words, s.n, fed, false, true, false };
	return p->fits(&c, paths ? logs : NULL, logs_arg, why);
}

struct rows {
	const char *profile;
	const char *const *good, *const *bad;
};

#define LIST(...)                                                                      \
	(const char *const[])                                                          \
	{                                                                              \
		__VA_ARGS__, NULL                                                      \
	}

static const struct rows tables[] = {
	{ "find-safe",
	    LIST("find /var/log", "find -P /var/log", "find /var/log /var/log/nginx",
		"find /var/log -name '*.log'", "find /var/log -type f -size +10M",
		"find /var/log -type f,d -mtime -1 -print",
		"find /var/log/* -maxdepth 1",
		"find /var/log -maxdepth 2 -name '*.gz' -ls",
		"find /var/log -newer /var/log/syslog",
		"find /var/log -mmin -60 -print0",
		"find /var/log '(' -name a -o -iname b ')' -print",
		"find /var/log '!' -user root", "find /var/log -perm -4000",
		"find /var/log -newermt '2026-01-01 10:00'",
		"find /var/log -printf '%p %s\\n'",
		"find /var/log -printf '%T@ %-20p\\t%TY\\n'",
		"find /var/log -empty -not -path '*/x/*' -prune",
		"find /var/log -xdev -uid +1000 -links 1 -size -4k"),
	    LIST("find", "find .", "find -name x", "find /etc", "find /var/log /etc",
		"find /var/log/../etc", "find /var/log/.* -name x",
		"find /var/log/[.]* -type f", "find /var/log -delete",
		"find /var/log -exec rm {} ';'", "find /var/log -execdir rm {} +",
		"find /var/log -ok rm {} ';'", "find /var/log -okdir rm {} ';'",
		"find /var/log -fprint /tmp/x", "find /var/log -fprintf /tmp/x %p",
		"find /var/log -fprint0 /tmp/x", "find /var/log -fls /tmp/x",
		"find -files0-from /var/log/x", "find /var/log -files0-from -",
		"find -L /var/log", "find -H /var/log", "find /var/log -follow",
		"find -D exec /var/log", "find -O3 /var/log",
		"find /var/log -name *.log", "find /var/log -regex '.*'",
		"find /var/log -name", "find /var/log -newer /etc/passwd",
		"find /var/log -newer x", "find /var/log -printf '%'",
		"find /var/log -printf '%Q'", "find /var/log -printf '\\c'",
		"find /var/log -printf '%T'", "find /var/log -type fd",
		"find /var/log -type x", "find /var/log -size x",
		"find /var/log -mtime 1d", "find /var/log -perm u=s;",
		"find /var/log x", "find /var/log -print /etc",
		"find /var/log -Exec rm", "find /var/log -nam x",
		"find /var/log -name a , -delete",
		"find /var/log -samefile /etc/passwd", "find /var/log -user -exec",
		"find /var/log -fstype x", "find '' /var/log", "find /var/log ''",
		"find ~ -name x", "find /var/log -maxdepth -1") },
	{ "ps-safe",
	    LIST("ps", "ps -ef", "ps -e", "ps -A", "ps aux", "ps auxf", "ps -aux",
		"ps -eo pid,comm --sort=-rss",
		"ps -eo pid,ppid,cmd,%mem,%cpu --sort=-%mem", "ps -p 1",
		"ps -p 1,2 -o pid,args", "ps -C nginx -o pid=,rss=", "ps -fu root",
		"ps -u root", "ps --user=postgres -f", "ps -eL", "ps -eF", "ps -ely",
		"ps axo pid,comm", "ps aux --forest", "ps aux --sort -rss", "ps -ef --forest",
		"ps -ef --no-headers", "ps -o pid:10,comm -p 1", "ps -efww",
		"ps --ppid 1", "ps -q 1 -o comm"),
	    LIST("ps e", "ps aux e", "ps auxe", "ps eww", "ps axe", "ps -efl",
		"ps -eHT", "ps -eL --forest", "ps -el -f", "ps -efF", "ps -eF -l",
		"ps -efo pid", "ps -e aux", "ps -e f", "ps -e x", "ps -ef u",
		"ps -u x -e", "ps -u e", "ps -u postgres", "ps -eu root", "ps -ue",
		"ps -f -u nobodyE", "ps -o pid,env", "ps -o environ",
		"ps -eo pid,,comm", "ps -eo ''", "ps -o pid=PID", "ps -eo pid,",
		"ps -eO pid", "ps -ej -l", "ps E", "ps 1", "ps p 1", "ps -p x",
		"ps -p 1e", "ps -N", "ps -g x", "ps -t x", "ps --sort=nosuch",
		"ps --sort=", "ps -eo", "ps --env", "ps axo e", "ps axo pid,comm -e",
		"ps aux -e", "ps aux -f", "ps -eo *", "ps *", "ps -e*",
		"ps --format=environ", "ps axe -o pid", "ps -ef aux", "ps axo") },
	{ "grep-safe",
	    LIST("grep x /var/log/syslog", "| grep x", "| grep -i x",
		"grep -r x /var/log", "grep -n -i 'a b' /var/log/a /var/log/b",
		"grep -c error /var/log/nginx/*.log", "grep -A5 x /var/log/a",
		"grep -A 5 -B2 x /var/log/a", "| grep -v ' 200 '",
		"grep -e x /var/log/a", "| grep -e x -e y",
		"grep --color=never x /var/log/a", "grep --color x /var/log/a",
		"grep -rn --include='*.log' x /var/log", "| grep -- -x", "| grep -Fx x",
		"| egrep 'a|b'", "grep x /var/log/a -i",
		"grep -m 5 --max-count=3 x /var/log/a", "| grep '*'"),
	    LIST("grep", "grep x", "grep x /etc/passwd",
		"grep x /var/log/a /etc/passwd", "| grep x /etc/passwd",
		"grep -f /etc/passwd /var/log/a", "grep -f/var/log/a /var/log/a",
		"grep -nf/etc/passwd /var/log/a", "grep --file=/etc/x /var/log/a",
		"grep --fil=/etc/x /var/log/a", "| grep -P x", "| grep -z x",
		"grep -R x /var/log", "| grep --perl-regexp x",
		"grep --dereference-recursive x /var/log", "| grep *", "| grep x*",
		"| grep -r x", "grep -e x /etc/passwd", "grep -e",
		"grep -A x /var/log/a", "grep -Ax y /var/log/a", "grep x -", "grep x .",
		"grep x ../var/log/a", "grep x /var/log/.*/a", "grep --include x /etc",
		"grep --exclude-from=/etc/x y /var/log/a", "grep -d recurse x /var/log",
		"grep -D read x /var/log/a", "grep --devices=read x /var/log/a",
		"grep --colo x /var/log/a", "| grep --binary-files=x y", "| grep -5 x",
		"grep x '' /var/log/a", "grep -- -x", "grep x -* /var/log/a") },
	{ "sort-safe",
	    LIST("| sort", "sort /var/log/a", "| sort -n", "| sort -rn",
		"| sort -k2,2nr", "| sort -k 2 -t ,", "| sort -t: -k1", "| sort -u",
		"| sort --reverse", "| sort --key=2", "| sort --key 2", "| sort -h",
		"| sort -V", "| sort -sc", "sort -n -- /var/log/a",
		"sort /var/log/a -n", "sort /var/log/*.log"),
	    LIST("sort", "sort /etc/passwd", "| sort -o x", "| sort -o/etc/x",
		"| sort -uo/etc/x", "| sort -no /etc/x", "sort /var/log/a -o x",
		"sort /var/log/a -o /var/log/a", "| sort --output=/etc/x",
		"| sort --outp=/etc/x", "| sort --output x", "| sort -T /tmp",
		"| sort -S 1G", "| sort --compress-program=sh",
		"| sort --compress-prog=sh", "| sort --files0-from=/etc/x",
		"sort --files0-from=-", "| sort --random-source=/etc/passwd",
		"| sort --parallel=8", "| sort -z", "| sort -m", "| sort -k 'x y'",
		"| sort -k", "| sort -t", "| sort -nroX", "| sort +1", "sort *",
		"| sort -", "sort /var/log/../../etc/passwd", "| sort --batch-size=2",
		"| sort -k2 -k /etc/x", "| sort --debug", "| sort --rev",
		"sort /var/log/.*") },
	{ "uniq-safe",
	    LIST("| uniq", "| uniq -c", "| uniq -d", "| uniq -u", "| uniq -i",
		"| uniq -cd", "| uniq --count", "| uniq -f 1", "| uniq -f1",
		"| uniq -s 2", "| uniq -w 5", "uniq /var/log/a", "uniq -c /var/log/a",
		"| uniq --skip-fields=1", "| uniq --repeated"),
	    LIST("uniq", "uniq /etc/passwd", "uniq /var/log/a /var/log/b",
		"uniq /var/log/a /tmp/x", "uniq /var/log/*", "| uniq - /tmp/x",
		"| uniq -z", "| uniq --group", "| uniq -f", "| uniq -f x", "| uniq -1",
		"| uniq +1", "| uniq --coun", "| uniq -D -x", "| uniq --all-repeated=x",
		"uniq -- /var/log/a x", "uniq ''", "uniq -c x", "| uniq --output",
		"| uniq -o x", "uniq /var/log/../x", "| uniq -w -1",
		"| uniq --check-chars=x", "| uniq --skip-chars", "uniq a b c") },
	{ "head-safe",
	    LIST("| head", "| head -5", "| head -n 5", "| head -n5", "| head -c 100",
		"| head -n -5", "head /var/log/a", "head -5 /var/log/a",
		"head -n 5 /var/log/a /var/log/b", "| head --lines=5",
		"| head --lines 5", "| head -q", "| head -c 1k", "head -v /var/log/a",
		"head -n 5 /var/log/*.log"),
	    LIST("head", "head /etc/passwd", "head -n 5 /etc/passwd",
		"head /var/log/a /etc/passwd", "| head -n x", "| head -n",
		"| head -n -", "| head -z", "| head -5x", "| head -n5 -5",
		"| head --line=5", "| head --bytes=x", "head /var/log/.*", "head *",
		"head -", "head ../x", "head /var/log/../x", "| head -x",
		"head -5 -5 /var/log/a", "| head -n 5 ''", "head --files0-from=/x",
		"| head -*", "| head -12345678901", "| head --quiet=x", "| head -c 1X",
		"head '/etc/passwd'") },
	{ "tail-safe",
	    LIST("| tail", "tail /var/log/a", "tail -20 /var/log/a",
		"tail -n 20 /var/log/a", "tail -n +5 /var/log/a", "tail -f /var/log/a",
		"tail -F /var/log/a", "tail -qn5 /var/log/a /var/log/b",
		"| tail -c 100", "tail --lines=5 /var/log/a",
		"tail --follow=name /var/log/a", "tail --follow /var/log/a",
		"tail -f -s 5 /var/log/a", "tail -n 5 /var/log/*.log", "| tail -1",
		"tail -fn5 /var/log/a"),
	    LIST("tail", "tail /etc/passwd", "tail -n 3 /var/log/a /etc/passwd",
		"tail -n x /var/log/a", "tail --pid=1 /var/log/a",
		"tail --pid 1 /var/log/a", "tail -n", "tail -z /var/log/a",
		"tail --follow=x /var/log/a", "tail --max-unchanged-stats=1 /var/log/a",
		"tail -s x /var/log/a", "tail +5 /var/log/a", "tail /dev/tty", "tail -",
		"tail *", "tail /var/log/a ''", "tail /var/log/[.]./x",
		"tail --foll=name /var/log/a", "tail -f/etc/passwd",
		"tail -5f /var/log/a", "tail --retr /var/log/a",
		"tail --zero-terminated /var/log/a", "tail -b 5 /var/log/a", "tail ~/x",
		"tail -n5 etc/passwd", "tail --follow name /var/log/a") },
	{ "cat-safe",
	    LIST("cat /var/log/a", "cat /var/log/a /var/log/b", "| cat",
		"cat -n /var/log/a", "| cat -A", "| cat -vet", "cat /var/log/*.log",
		"cat /var/log/[ab].log", "cat -- /var/log/a", "| cat -s",
		"| cat --number", "| cat --show-all", "cat -b /var/log/a",
		"cat '/var/log/a b'", "cat /var/log/a?", "| cat -E"),
	    LIST("cat", "cat /etc/passwd", "cat /var/log/a /etc/passwd",
		"| cat /etc/passwd", "cat /var/log/..", "cat x", "cat .", "cat ..",
		"cat -", "| cat - /etc/passwd", "cat /var/log/../etc/passwd",
		"cat /var/logs/a", "cat *", "cat /var/log/.*", "cat /var/log/[.].",
		"cat /var/log/[a.].", "cat /var/log/[!a]./x", "cat /var/log/[a/x",
		"cat -z /var/log/a", "cat --num /var/log/a", "cat -n=1 /var/log/a",
		"cat ''", "cat /var/log/a ''", "cat /proc/self/environ", "cat ~/x",
		"cat -x", "cat --show-all=1 /var/log/a", "cat -- -n",
		"cat /etc/pass*") },
	{ "wc-safe",
	    LIST("| wc", "| wc -l", "| wc -lw", "| wc -c", "| wc -m", "| wc -L",
		"wc /var/log/a", "wc -l /var/log/a", "wc -l /var/log/*.log",
		"| wc --lines", "| wc --words", "wc -- /var/log/a", "wc /var/log/a -l",
		"| wc --bytes", "| wc --chars"),
	    LIST("wc", "wc -l", "wc /etc/passwd", "wc --files0-from=/etc/passwd",
		"wc --files0-fro=/etc/passwd", "wc --files0-from /etc/passwd",
		"| wc --files0-from=-", "wc -l x", "wc -l *", "wc -l -",
		"wc -x /var/log/a", "wc --line /var/log/a", "wc /var/log/a /etc/passwd",
		"wc /var/log/../x", "wc ''", "wc /var/log/.*",
		"wc --total=always /var/log/a", "wc -5", "wc /var/log/a /",
		"wc -l /etc/pass*", "wc -lf /var/log/a", "wc -0", "wc ../x",
		"wc --bytes=1 /var/log/a", "wc -l,", "| wc -l /etc/shadow") },
	{ "cut-safe",
	    LIST("| cut -d: -f1", "| cut -d : -f 1,3", "| cut -f1", "| cut -c1-10",
		"| cut -b 1", "cut -d' ' -f2 /var/log/a", "| cut -f1 -s",
		"| cut --fields=1 --delimiter=,", "| cut --characters=1-5",
		"| cut -d, -f2-", "| cut -f -3", "| cut -c 1 --complement",
		"| cut -f1 --output-delimiter=x", "cut -c1 /var/log/a /var/log/b",
		"| cut -nb1"),
	    LIST("cut", "| cut", "| cut -d:", "cut -f1", "cut -f1 /etc/passwd",
		"| cut -f", "| cut -f x", "| cut -z -f1", "cut -f1 *", "cut -f1 -",
		"cut -f1 /var/log/../x", "| cut --field=1", "| cut -f1 --files0-from=x",
		"| cut -f1 x", "cut -f1 ''", "| cut -f *", "| cut -d",
		"cut -d: -f1 /etc/passwd", "| cut -c1 /etc/passwd", "| cut -f1 -o x",
		"| cut -f '1 2'", "| cut -c", "cut -c1 ~/x", "| cut --bytes=a",
		"cut -f1 /var/log/.*", "| cut -x1") },
	{ "sed-safe",
	    LIST("| sed -n 5p", "| sed -n '5,10p'", "sed -n '1,20p' /var/log/a",
		"| sed -n '$p'", "| sed -n '/error/p'", "| sed -n '/a/,/b/p'",
		"| sed 10q", "| sed '1d'", "| sed '/x/d'", "| sed -n '/x/='",
		"| sed -n '1p;5p'", "| sed -n '5,+3p'", "| sed -n '1!p'",
		"| sed -n -e 1p -e 3p", "sed -n 1p /var/log/a /var/log/b",
		"| sed --quiet 5p", "| sed -n '/a b/p'", "| sed -nE '/a+/p'",
		"| sed -n 'p;p'", "| sed --expression=1p"),
	    LIST("sed", "sed -n 1p", "| sed", "sed -n 1p /etc/passwd",
		"sed -i 1d /var/log/a", "sed -n 1p -i /var/log/a",
		"sed -ni 1p /var/log/a", "sed --in-place 1d /var/log/a",
		"sed -i.bak 1d /var/log/a", "| sed 'w /tmp/x'", "| sed '1w /tmp/x'",
		"| sed '/x/w /tmp/x'", "| sed 'r /etc/passwd'", "| sed '1e id'",
		"| sed e", "| sed 's/a/b/'", "| sed 's/a/id/e'",
		"| sed 's/a/b/w /tmp/x'", "| sed -f /var/log/a",
		"| sed --file=/var/log/a", "| sed -n '/a/p;w x'", "| sed -n '1,2q'",
		"| sed '1{p;e id}'", "| sed -n '/[/]/p'", "| sed -n '/a\\/p'",
		"| sed -n '/[/p;w x]/p'", "| sed -n '1~2p'", "| sed '1i x'",
		"| sed -s 1p", "| sed -n 1p -- -i", "| sed --debug 1p", "| sed -z 1p",
		"| sed '1W /tmp/x'", "| sed '1R /etc/x'", "| sed y/a/b/",
		"| sed -n '//p'", "| sed -n '1,p'", "| sed -n ',1p'", "| sed -n '1p;'",
		"| sed ''", "| sed 1p*", "| sed -e", "| sed -n '1p}'", "| sed '#n'",
		"| sed -n '1pw x'", "| sed -n '1p w x'", "| sed --expr=1p") },
	{ "awk-safe",
	    LIST("| awk '{print $1}'", "| awk '{print $1, $2}'",
		"| awk '{ print $1,$NF }'", "| awk '{print}'", "| awk '{print NR}'",
		"| awk -F: '{print $1}'", "| awk -F , '{print $2}'",
		"awk '{print $1}' /var/log/a", "| awk 'NR==1'",
		"| awk 'NR>1 {print $1}'", "| awk '/error/ {print $0}'",
		"| awk '/error/'", "| awk '$9 == \"500\" {print $1}'",
		"| awk '{print $1 \": \" $2}'", "| awk 'NR>5 && NR<10'",
		"| awk '$3 >= 80 {print $1 $2}'", "| awk '!/x/'", "| awk 'NF'",
		"| awk -F'|' '{print $1}'", "| gawk '{print $1;}'",
		"| awk -- '{print $1}'"),
	    LIST("awk", "| awk", "awk '{print $1}'", "awk '{print $1}' /etc/passwd",
		"gawk '{print $1}' /inet/tcp/0/198.51.100.7/80",
		"| awk '{system(\"id\")}'", "| awk '{print $1 > \"/tmp/x\"}'",
		"| awk '{print $1 >> \"/tmp/x\"}'", "| awk '{print $1 | \"sh\"}'",
		"| awk '{print | \"sh\"}'", "| awk '{\"id\" | getline}'",
		"| awk '{getline < \"/etc/passwd\"; print}'",
		"| awk 'BEGIN{system(\"id\")}'", "| awk 'BEGIN {print 1}'",
		"| awk -f /var/log/a", "| awk -v x=1 '{print x}'",
		"| awk '{print ENVIRON[\"X\"]}'", "| awk '{print x}'",
		"| awk '{print $x}'", "| awk '{print $(1)}'", "| awk '{print $1}' x=1",
		"| awk '{print $1}' -f /x", "| awk '{printf $1}'",
		"| awk '{print \"a\\x\"}'", "| awk '{print $1; system(\"id\")}'",
		"| awk '{print $1}{print | \"sh\"}'", "| awk '{print(\"x\") > \"f\"}'",
		"| awk '$1 = \"x\"'", "| awk '@load \"x\"'",
		"| awk '{print $1}' --exec=x", "| awk -i inplace '{print}'",
		"| awk -l x '{print}'", "| awk '/[/]/{print}'", "| awk '/a\\/b/'",
		"| awk '{print NRx}'", "| awk '{print NF(1)}'", "| awk '{print $1,}'",
		"| awk ''", "| awk '{print $1'", "| awk {print*}",
		"| awk --include=x '{print}'", "| awk 'NR==1 > \"x\"'",
		"| awk '$1 ~ \"x\"'", "| awk '{print $NR}'",
		"| awk -F'\\x' '{print $1}'", "| awk '{print $1 - $2}'",
		"| awk '{print $1}' -", "| awk '{print $1 $2 > $3}'") },
	{ "systemctl-show",
	    LIST("systemctl", "systemctl status nginx",
		"systemctl status cron --no-pager", "systemctl is-active nginx",
		"systemctl --failed", "systemctl list-units",
		"systemctl list-units --type=service --state=running",
		"systemctl -n 5 status x", "systemctl status nginx -l -n 20",
		"systemctl is-enabled a b c", "systemctl list-timers --all",
		"systemctl show nginx -p MainPID",
		"systemctl show -p ActiveState,SubState --value nginx",
		"systemctl get-default", "systemctl status 'nginx*'",
		"systemctl list-unit-files", "systemctl is-failed x",
		"systemctl status app@1.service"),
	    LIST("systemctl start x", "systemctl stop x", "systemctl restart x",
		"systemctl reload x", "systemctl -n 5 stop x", "systemctl enable x",
		"systemctl mask x", "systemctl kill x", "systemctl edit x",
		"systemctl cat x", "systemctl show x", "systemctl show",
		"systemctl show -p Environment x",
		"systemctl show -p MainPID,Environment x",
		"systemctl show -p ExecStart x", "systemctl -H host status x",
		"systemctl --host=h status x", "systemctl -M c status x",
		"systemctl --root=/x status x", "systemctl --image=/x status x",
		"systemctl daemon-reload", "systemctl poweroff", "systemctl reboot",
		"systemctl set-property x y", "systemctl set-environment X=y",
		"systemctl show-environment", "systemctl link /x",
		"systemctl isolate x", "systemctl status /x", "systemctl status -- -x",
		"systemctl status *", "systemctl stat x", "systemctl --user status x",
		"systemctl import-environment", "systemctl -o json-x status",
		"systemctl -p", "systemctl switch-root /x", "systemctl status 'a b'",
		"systemctl --fail", "systemctl -n x status") },
	{ "journalctl-read",
	    LIST("journalctl", "journalctl -u nginx",
		"journalctl -u nginx -n 50 --no-pager", "journalctl -xe",
		"journalctl --since '1 hour ago'", "journalctl -S today",
		"journalctl --since=2026-01-01 --until=2026-01-02", "journalctl -k",
		"journalctl -b", "journalctl -p err", "journalctl -p warning..err",
		"journalctl -f -u x",
		"journalctl -o json --output-fields=MESSAGE,_PID -n 5",
		"journalctl -o short -u json", "journalctl -g verbose",
		"journalctl -o cat -t export", "journalctl _PID=1",
		"journalctl -t sshd", "journalctl -g error", "journalctl --disk-usage",
		"journalctl -r -q"),
	    LIST("journalctl --vacuum-size=1M", "journalctl --vacuum-time=1d",
		"journalctl --vacuum-files=1", "journalctl --rotate",
		"journalctl --flush", "journalctl --sync", "journalctl -D /x",
		"journalctl --directory=/x", "journalctl --file=/x",
		"journalctl --file /x", "journalctl --cursor-file=/x",
		"journalctl --root=/x", "journalctl --image=/x", "journalctl -M c",
		"journalctl --machine=c", "journalctl --namespace=x",
		"journalctl --setup-keys", "journalctl --verify",
		"journalctl --update-catalog", "journalctl --relinquish-var",
		"journalctl -i /x", "journalctl /usr/bin/x", "journalctl +",
		"journalctl -n x", "journalctl -u", "journalctl -u -x", "journalctl x",
		"journalctl *", "journalctl -p x", "journalctl -p err..x",
		"journalctl -o x", "journalctl --vac=1", "journalctl --since '$(id)'",
		"journalctl -m", "journalctl -o json", "journalctl -o verbose -n 5",
		"journalctl --output=export", "journalctl --output json-pretty",
		"journalctl -qojson", "journalctl -ojson-sse", "journalctl -qo verbose",
		"journalctl -o json --output-fields=COREDUMP_ENVIRON",
		"journalctl -o json --output-fields=",
		"journalctl -o json --output-fields=MESSAGE,COREDUMP_ENVIRON",
		"journalctl _PID=*") },
	{ "du-safe",
	    LIST("du /var/log", "du -sh /var/log", "du -h --max-depth=1 /var/log",
		"du -hd1 /var/log", "du -s /var/log/a /var/log/b", "du -sh /var/log/*",
		"du -x /var/log", "du -ac /var/log", "du -k -d 2 /var/log",
		"du --summarize --human-readable /var/log", "du -b /var/log",
		"du --exclude='*.gz' /var/log", "du -t 1M /var/log",
		"du --apparent-size /var/log", "du -m -- /var/log"),
	    LIST("du", "du -sh", "du .", "du -sh *", "du /", "du /etc",
		"du /var/log /etc", "du --files0-from=/etc/passwd", "du --files0-fr=/x",
		"du -X /etc/passwd /var/log", "du --exclude-from=/etc/passwd /var/log",
		"du -L /var/log", "du -D /var/log", "du -H /var/log",
		"du --dereference /var/log", "du -d x /var/log", "du -d",
		"du -h /var/log/../..", "du /var/log/.*", "du ''", "du -l /var/log",
		"du --max-dep=1 /var/log", "du -0 /var/log",
		"du --time-style=+x /var/log", "du ~", "du -B1 /var/log") },
	{ "df-show",
	    LIST("df", "df -h", "df -hT", "df -i", "df /var/log", "df -h /var/log",
		"df -t ext4", "df -x tmpfs -h", "df --output",
		"df --output=source,size", "df --total", "df -P", "df -a",
		"df --human-readable", "df -k -- /var/log"),
	    LIST("df x", "df .", "df *", "df /etc", "df --sync", "df --no-sync",
		"df -B1", "df -v", "df --outp", "df -h ''", "df -h -", "df ../x",
		"df -t", "df -t ''", "df /var/log/../..", "df --output=*", "df -z",
		"df --total=1", "df -hx", "df /var/l*", "df --version=1", "df -h ~",
		"df --files0-from=x", "df /var/log /", "df -t -x") },
	{ "date-show",
	    LIST("date", "date -u", "date +%s", "date '+%F %T'", "date -u +%FT%TZ",
		"date -I", "date -Iseconds", "date -R", "date --utc", "date --iso-8601",
		"date --iso-8601=ns", "date -d '1 hour ago'", "date -d @1700000000 +%F",
		"date --date=yesterday", "date --rfc-3339=date"),
	    LIST("date -s now", "date -snow", "date -us now", "date --set=now",
		"date --se=now", "date 010100002026", "date 0101",
		"date -f /etc/passwd", "date -f/etc/passwd", "date -uf/etc/passwd",
		"date --file=/etc/passwd", "date -r /etc/passwd", "date --reference=/x",
		"date --resolution", "date --debug", "date -d", "date -d '$(id)'",
		"date +%s +%s", "date *", "date +*", "date -Ix", "date --iso-8601=x",
		"date now", "date ''", "date -d 'TZ=\"x\" now'", "date --utc=1",
		"date -I seconds") },
	{ "hostname-show",
	    LIST("hostname", "hostname -f", "hostname -s", "hostname -i", "hostname -I",
		"hostname -d", "hostname -A", "hostname -a", "hostname --fqdn",
		"hostname --short", "hostname --long", "hostname --ip-address",
		"hostname --all-ip-addresses", "hostname --domain", "hostname --alias"),
	    LIST("hostname x", "hostname -F /etc/x", "hostname -F/etc/x",
		"hostname -fF/etc/x", "hostname --file=/etc/x",
		"hostname --file /etc/x", "hostname -b x", "hostname --boot",
		"hostname -y", "hostname --yp", "hostname --nis x", "hostname -f x",
		"hostname ''", "hostname *", "hostname -", "hostname -- x",
		"hostname --fq", "hostname -x", "hostname -s -F x",
		"hostname evil.example", "hostname -h", "hostname -V",
		"hostname --fqdn=x", "hostname /etc/x", "hostname -i x",
		"hostname 'a b'") },
	{ "ss-safe",
	    LIST("ss", "ss -tlnp", "ss -tuln", "ss -s", "ss -t -a",
		"ss -tn state established", "ss -tn sport = :22",
		"ss -tn dport = :https", "ss -x", "ss -4 -t", "ss -o -i -m -e",
		"ss --tcp --listening --numeric", "ss -H -t",
		"ss -tn '(' sport = :80 ')'", "ss --summary", "ss dst 10.0.0.0/8",
		"ss -tn dst 10.1.2.3:443 or src 127.0.0.1", "ss dst fe80::1:22",
		"ss src '*:80'", "ss exclude listening", "ss sport '>=' :1024",
		"ss state established exclude time-wait not dst 127.0.0.1"),
	    LIST("ss -K", "ss -K dst 1.2.3.4", "ss --kill", "ss -tK", "ss -D /tmp/x",
		"ss --diag=/tmp/x", "ss -F /etc/passwd", "ss --filter=/etc/passwd",
		"ss -tF /x", "ss -N x", "ss --net=x", "ss -E", "ss --events", "ss -Z",
		"ss -A x", "ss -f inet", "ss -t *", "ss -t -- -K", "ss ''",
		"ss '$(id)'", "ss 'a b'", "ss --tc", "ss -r", "ss -b", "ss --tcp=1",
		"ss -t '`x`'", "ss dst secret.example", "ss dst abc", "ss dst abc:80",
		"ss dst = a.example", "ss '(' src x.example ')'", "ss dst dead.beef:1",
		"ss dst inet:x.example", "ss dst=x.example", "ss src 1.2.3.4:x.y",
		"ss dst fe80:x::1:2", "ss state established listening", "ss ..",
		"ss dst -a state", "ss dst",
		"ss sport =", "ss sport = :22 state established", "ss 10.0.0.1",
		"ss state x", "ss dst .:a", "ss dst /x", "ss dst unix:x.example") },
	{ "ip-show",
	    LIST("ip a", "ip addr", "ip addr show", "ip addr show eth0",
		"ip addr show dev eth0", "ip -4 addr", "ip -br link",
		"ip -s -s link show eth0", "ip route", "ip route show table main",
		"ip route get 1.1.1.1", "ip neigh", "ip -j addr list", "ip r",
		"ip rule show", "ip link show up", "ip -6 route show default",
		"ip -o -4 addr show"),
	    LIST("ip", "ip link set eth0 up", "ip link set eth0 down",
		"ip addr add 1.2.3.4 dev eth0", "ip addr flush dev eth0",
		"ip route add default via 1.2.3.4", "ip route del default",
		"ip -b /tmp/x", "ip -batch /tmp/x", "ip -force -batch x",
		"ip -n x addr", "ip -netns x addr", "ip netns exec x id", "ip netns",
		"ip -all netns exec id", "ip -a netns exec id", "ip addr show dev",
		"ip addr show *", "ip link show -x", "ip a s", "ip vrf exec x id",
		"ip tunnel", "ip xfrm state", "ip monitor", "ip route get",
		"ip route get 1.1.1.1 x", "ip addr sh", "ip -br", "ip tuntap add x",
		"ip maddr", "ip addr save", "ip addr restore", "ip route flush cache",
		"ip route show ''", "ip -c=always a", "ip link show type ../../tmp/x",
		"ip addr show type x/y", "ip -d link show type x/../y") },
	{ "file-safe",
	    LIST("file /var/log/a", "file -b /var/log/a", "file -i /var/log/a",
		"file -bi /var/log/a", "file --mime-type /var/log/a",
		"file --brief /var/log/a", "file /var/log/*", "file -h /var/log/a",
		"file -k /var/log/a", "file -- /var/log/a",
		"file /var/log/a /var/log/b", "file --mime /var/log/a",
		"file /var/log/a -b", "file --mime-encoding /var/log/a",
		"file --keep-going /var/log/a"),
	    LIST("file", "file -b", "file /etc/passwd", "file -f /etc/passwd",
		"file -f/etc/passwd", "file -bf/etc/passwd", "file --files-from=/x",
		"file --files-from /x", "file -m /x /var/log/a",
		"file --magic-file=/x /var/log/a", "file -C -m /x", "file --compile",
		"file -z /var/log/a", "file -Z /var/log/a", "file -s /var/log/a",
		"file -S /var/log/a", "file -p /var/log/a", "file -P x=1 /var/log/a",
		"file -L /var/log/a", "file --dereference /var/log/a", "file x",
		"file *", "file -", "file ''", "file /var/log/../x",
		"file --no-sandbox /var/log/a", "file -F x /var/log/a",
		"file -r /var/log/a") },
	{ "stat-safe",
	    LIST("stat /var/log/a", "stat -c %s /var/log/a",
		"stat -c '%n %s' /var/log/a", "stat --format=%s /var/log/a",
		"stat --printf='%s\\n' /var/log/a", "stat -t /var/log/a",
		"stat -f /var/log", "stat /var/log/*", "stat /var/log/a /var/log/b",
		"stat -- /var/log/a", "stat -c%s /var/log/a", "stat --terse /var/log/a",
		"stat --file-system /var/log", "stat -ft /var/log",
		"stat /var/log/a -t"),
	    LIST("stat", "stat x", "stat /etc/passwd", "stat .", "stat -", "stat *",
		"stat ''", "stat -L /var/log/a", "stat --dereference /var/log/a",
		"stat -c", "stat -c %s", "stat -c %s /etc/passwd", "stat --format",
		"stat --form=%s /var/log/a", "stat --cached=never /var/log/a",
		"stat -x /var/log/a", "stat /var/log/../x", "stat /var/log/.*",
		"stat ~", "stat /var/log/a /etc", "stat -c* /var/log/a",
		"stat -tx /var/log/a", "stat --printf", "stat ../a", "stat -f",
		"stat -- -c") },
	{ "uname-show",
	    LIST("uname", "uname -a", "uname -r", "uname -s", "uname -n", "uname -v",
		"uname -m", "uname -sr", "uname -p", "uname -i", "uname -o",
		"uname --all", "uname --kernel-release", "uname --machine",
		"uname -snrvm"),
	    LIST("uname x", "uname -x", "uname --al", "uname *", "uname ''",
		"uname -a x", "uname -", "uname -S x") },
	{ "id-show",
	    LIST("id", "id -u", "id -g", "id -G", "id -un", "id root", "id -u root",
		"id -nG root", "id -r -u", "id --user", "id --group", "id --groups",
		"id --user --name", "id www-data", "id 0"),
	    LIST("id a b", "id -x", "id -z", "id -Z", "id --contex", "id *", "id ''",
		"id '$(x)'", "id -- -u", "id 'a b'", "id --user=x", "id /etc") },
	{ "uptime-show",
	    LIST("uptime", "uptime -p", "uptime -s", "uptime --pretty",
		"uptime --since"),
	    LIST("uptime x", "uptime -x", "uptime *", "uptime --pre", "uptime ''",
		"uptime -- x", "uptime -p=1") },
	{ "free-show",
	    LIST("free", "free -h", "free -m", "free -g", "free -k", "free -b",
		"free -t", "free -w", "free -ht", "free --human", "free --si",
		"free --total", "free --wide", "free -l", "free -hw"),
	    LIST("free -s 1", "free -c 5", "free --seconds=1", "free x", "free -x",
		"free *", "free ''", "free --hum", "free -hs1") },
	{ "who-show",
	    LIST("who", "who -a", "who -b", "who -H", "who -q", "who -u", "who -r",
		"who --boot", "w", "w -s", "whoami", "who --count", "who -uH", "who -T",
		"who -l"),
	    LIST("who /etc/passwd", "who am i", "who -m", "who *", "who ''", "w x",
		"whoami x", "who --boo", "who -x", "who -- /var/log/wtmp", "w -",
		"who --lookup") },
	{ "lsblk-show",
	    LIST("lsblk", "lsblk -f", "lsblk -a", "lsblk -o NAME,SIZE", "lsblk -oNAME",
		"lsblk -p", "lsblk -b", "lsblk -d -n", "lsblk --fs", "lsblk --all",
		"lsblk --output=NAME", "lsblk --output NAME,FSTYPE", "lsblk -l",
		"lsblk -t", "lsblk -S"),
	    LIST("lsblk /dev/sda", "lsblk x", "lsblk -o", "lsblk -o *",
		"lsblk --sysroot=/x", "lsblk --sysroot /x", "lsblk -x NAME", "lsblk ''",
		"lsblk --out=NAME", "lsblk -e 7", "lsblk -o 'a b'") },
	{ "tar-list",
	    LIST("tar -tf /var/log/a.tar", "tar tf /var/log/a.tar",
		"tar -tvf /var/log/a.tar", "tar tzf /var/log/a.tgz",
		"tar -tzvf /var/log/a.tgz", "tar -tjf /var/log/a",
		"tar -tJf /var/log/a", "tar --list --file=/var/log/a",
		"tar --list --file /var/log/a", "tar -t -f /var/log/a",
		"tar -tf /var/log/a etc/x", "tar tvf /var/log/a x y",
		"tar -tf/var/log/a", "tar -f /var/log/a -t", "tar ft /var/log/a",
		"tar --list --verbose --gzip -f /var/log/a"),
	    LIST("tar", "tar -t", "tar -f /var/log/a", "tar xf /var/log/a",
		"tar -xf /var/log/a", "tar -cf /var/log/a x", "tar cf /var/log/a x",
		"tar txf /var/log/a", "tar -txf /var/log/a", "tar -tf /etc/a",
		"tar tf /etc/a", "tar tf", "tar tff /var/log/a /var/log/b", "tar -tf x",
		"tar -tf host:/var/log/a", "tar -tf /var/log/a:b", "tar tf /var/log/*",
		"tar -tf /var/log/a --checkpoint=1 --checkpoint-action=exec=sh",
		"tar tf /var/log/a --checkpoint-action=exec=sh",
		"tar tf /var/log/a --checkpoint-act=exec=sh",
		"tar -tf /var/log/a --to-command=sh", "tar -tf /var/log/a -I sh",
		"tar -tIsh -f /var/log/a",
		"tar -tf /var/log/a --use-compress-program=sh",
		"tar -tf /var/log/a --rsh-command=sh", "tar -tf /var/log/a -F sh",
		"tar -tf /var/log/a --info-script=sh",
		"tar -tf /var/log/a --new-volume-script=sh",
		"tar -tf /var/log/a -C /etc", "tar -tf /var/log/a -T /etc/passwd",
		"tar -tf /var/log/a -X /etc/passwd",
		"tar -tf /var/log/a --files-from=/x", "tar -tf /var/log/a -g /x",
		"tar -tf /var/log/a --index-file=/x", "tar -tf /var/log/a --delete x",
		"tar -tf /var/log/a -M", "tar tf /var/log/a *",
		"tar tf /var/log/a -- -x", "tar tf /var/log/a ''",
		"tar -tf /var/log/a -O", "tar --lis -f /var/log/a",
		"tar tif /var/log/a", "tar -tf /var/log/a --rmt-command=sh",
		"tar -tZf /var/log/a") },
	{ "git-read",
	    LIST("git -C /var/log/r log", "git -C /var/log/r --no-pager log --oneline",
		"git --no-pager -C /var/log/r log -n 5", "git -C /var/log/r status",
		"git -C /var/log/r status -s", "git -C /var/log/r log main..dev",
		"git -C /var/log/r branch -a",
		"git -C /var/log/r diff --no-ext-diff --no-textconv --stat",
		"git -C /var/log/r show --no-ext-diff --no-textconv HEAD",
		"git -C /var/log/r remote -v", "git -C /var/log/r rev-parse HEAD",
		"git -C /var/log/r rev-parse --short=8 HEAD",
		"git -C /var/log/r tag -l", "git -C /var/log/r ls-files",
		"git -C /var/log/r describe --tags",
		"git -C /var/log/r log --since='1 week ago' --author=x",
		"git -C /var/log/r log --pretty=short",
		"git -C /var/log/r shortlog -sn"),
	    LIST("git", "git status", "git log", "git -C /etc log", "git -C x log",
		"git -C /var/log/r", "git -C", "git -C /var/log/r -C /etc log",
		"git -C /var/log/r -C .. log", "git -c core.pager=sh -C /var/log/r log",
		"git -C /var/log/r -c alias.x=!sh x",
		"git -C /var/log/r -ccore.fsmonitor=sh status",
		"git --exec-path=/x -C /var/log/r log", "git -C /var/log/r -p log",
		"git -C /var/log/r --paginate log",
		"git -C /var/log/r --git-dir=/x log",
		"git -C /var/log/r --work-tree=/x status",
		"git -C /var/log/r --config-env=x=y log",
		"git -C /var/log/r log --output=/tmp/x", "git -C /var/log/r log -p",
		"git -C /var/log/r log --ext-diff", "git -C /var/log/r log --textconv",
		"git -C /var/log/r log --show-signature",
		"git -C /var/log/r log --format=%G?", "git -C /var/log/r diff",
		"git -C /var/log/r diff --no-ext-diff --no-textconv /etc/a /etc/b",
		"git -C /var/log/r diff --no-ext-diff --no-textconv ../../a x",
		"git -C /var/log/r diff --no-ext-diff --no-textconv x/..",
		"git -C /var/log/r diff --no-ext-diff --no-textconv .. .",
		"git -C /var/log/r diff --no-ext-diff --no-textconv a ..",
		"git -C /var/log/r show HEAD", "git -C /var/log/r diff --no-ext-diff",
		"git -C /var/log/r diff --no-index /etc/passwd /x",
		"git -C /var/log/r checkout x", "git -C /var/log/r pull",
		"git -C /var/log/r push", "git -C /var/log/r fetch",
		"git -C /var/log/r branch x", "git -C /var/log/r branch -D x",
		"git -C /var/log/r tag x", "git -C /var/log/r remote add x y",
		"git -C /var/log/r config -l", "git -C /var/log/r grep x",
		"git -C /var/log/r grep -Osh x", "git -C /var/log/r bisect run sh",
		"git -C /var/log/r rebase -x sh", "git -C /var/log/r difftool",
		"git -C /var/log/r st", "git -C /var/log/r log -- *",
		"git -C /var/log/r archive --remote=x", "git -C /var/log/* log",
		"git -C /var/log/r blame --contents /etc/passwd x",
		"git -C /var/log/r clone x", "git -C /var/log/r gc",
		"git -C /var/log/r ls-remote ext::sh",
		"git -C /var/log/r log --no-ext") },
	{ "docker-read",
	    LIST("docker ps", "docker ps -a", "docker ps -aq", "docker images",
		"docker logs web", "docker logs -f --tail 100 web",
		"docker logs --since 1h web", "docker logs -n 5 web",
		"docker stats --no-stream", "docker port web", "docker version",
		"docker network ls", "docker volume ls", "docker system df",
		"docker ps -f status=running", "docker container ls -a",
		"docker image ls", "podman ps",
		"docker ps --filter name=web --no-trunc"),
	    LIST("docker", "docker exec web sh", "docker run alpine",
		"docker run -v /:/x alpine", "docker rm web", "docker rmi x",
		"docker stop web", "docker kill web", "docker cp a b",
		"docker inspect web", "docker -H tcp://x ps", "docker --host=x ps",
		"docker -c x ps", "docker --context=x ps", "docker --config /x ps",
		"docker ps --format '{{.Names}}'", "docker ps --format json",
		"docker logs", "docker logs a b", "docker logs -x web", "docker stats",
		"docker top web", "docker build .", "docker pull x", "docker push x",
		"docker login", "docker save x", "docker load", "docker export web",
		"docker commit web", "docker attach web", "docker compose ps",
		"docker system prune", "docker volume rm x", "docker network create x",
		"docker swarm init", "docker plugin ls", "docker logs *",
		"docker logs -- -x", "docker context use x", "docker events",
		"docker ps x", "docker logs --tail x web", "docker logs --details web",
		"docker container logs --details web", "docker container exec web sh",
		"docker logs ''") },
	{ "kubectl-read",
	    LIST("kubectl get pods", "kubectl get pods -A", "kubectl get pods -n web",
		"kubectl get po,svc -o wide", "kubectl get deploy web -n web",
		"kubectl get pods -l app=web", "kubectl get nodes --no-headers",
		"kubectl get events --sort-by=.metadata.creationTimestamp",
		"kubectl describe node n1", "kubectl logs web-1",
		"kubectl logs -f --tail=100 web-1 -c app",
		"kubectl logs deploy/web --since=1h", "kubectl logs -p web-1 -n x",
		"kubectl top pods", "kubectl top node n1",
		"kubectl rollout status deploy/web",
		"kubectl rollout history deployment/web", "kubectl version",
		"kubectl cluster-info",
		"kubectl get pods --field-selector=status.phase=Running",
		"kubectl logs -l 'app in (a,b)'"),
	    LIST("kubectl", "kubectl get", "kubectl get secrets",
		"kubectl get pods,secrets", "kubectl get secret x -o yaml",
		"kubectl get pods -o yaml", "kubectl get pods -o json",
		"kubectl get pods -ojson", "kubectl get pods -o jsonpath={.x}",
		"kubectl get pods -o go-template-file=/etc/passwd",
		"kubectl get pods -o custom-columns-file=/x",
		"kubectl get pods --template=x", "kubectl get --raw /x",
		"kubectl get -f /etc/passwd", "kubectl get -k /x",
		"kubectl get pods --kubeconfig=/x", "kubectl --kubeconfig /x get pods",
		"kubectl --context x get pods", "kubectl get pods --context=x",
		"kubectl get pods --server=https://x", "kubectl get pods -s https://x",
		"kubectl get pods --as=admin", "kubectl get pods --as-group=x",
		"kubectl get pods --token=x",
		"kubectl get pods --insecure-skip-tls-verify", "kubectl exec web sh",
		"kubectl run x", "kubectl debug x", "kubectl delete pod x",
		"kubectl apply -f x", "kubectl edit deploy x", "kubectl cp a b",
		"kubectl port-forward x 80", "kubectl proxy", "kubectl describe pod x",
		"kubectl describe secret x", "kubectl describe cm x",
		"kubectl scale deploy x", "kubectl rollout restart deploy/x",
		"kubectl rollout undo deploy/x", "kubectl cluster-info dump",
		"kubectl logs secret/x", "kubectl logs a b", "kubectl config view",
		"kubectl get configmaps", "kubectl get pods *", "kubectl get pods -n=x",
		"kubectl auth can-i x", "kubectl drain n1",
		"kubectl get pods --cache-dir=/x", "kubectl get pods -v=9",
		"kubectl get all", "kubectl get pods '*'", "kubectl rollout",
		"kubectl logs --tail=x web") },
	{ "psql-local",
	    LIST("psql", "psql app", "psql -d app", "psql -d app -U reader",
		"psql -dapp", "psql -U reader app", "psql app reader",
		"psql -h localhost app", "psql -h 127.0.0.1 -p 5432 app", "psql -X app",
		"psql -h /var/run/postgresql app", "psql --dbname=app",
		"psql --username reader app", "psql -l", "psql -w -q app"),
	    LIST("psql -h db.example app", "psql --host=1.2.3.4", "psql host=1.2.3.4",
		"psql 'host=x dbname=y'", "psql postgres://x/y",
		"psql -d postgresql://x", "psql -d 'service=x'",
		"psql -c 'drop table x'", "psql -c '\\! sh'", "psql -f /x",
		"psql --file=/x", "psql -o /x", "psql --output=/x", "psql -L /x",
		"psql --log-file=/x", "psql -v x=y", "psql --set=x=y",
		"psql -P pager=x", "psql --pset=x", "psql a b c", "psql *", "psql ''",
		"psql -d", "psql -U -x", "psql -p x", "psql -1", "psql --command=x",
		"psql -Xc x", "psql -W", "psql --hos=localhost", "psql -h /tmp/x",
		"psql -h localhost,evil", "psql -F x") },
};

static void
rows_fit_or_do_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(tables); i++) {
		const struct shape_profile *p = shape_profile_find(tables[i].profile);
		char why[SHAPE_WHY];

		assert_non_null(p);
		for (const char *const *l = tables[i].good; *l; l++) {
			if (!fits(p, *l, true, why))
				fail_msg("%s: %s: %s", p->profile, *l, why);
			assert_string_equal(why, "");
			assert_true(fits(p, *l, true, NULL));
		}
		for (const char *const *l = tables[i].bad; *l; l++) {
			if (fits(p, *l, true, why))
				fail_msg("%s fits: %s", p->profile, *l);
			assert_true(why[0] != '\0');
			assert_false(fits(p, *l, true, NULL));
		}
	}
}

/* Words that no profile takes, wherever they stand. */
static const char *const hostile[] = { "--output=/tmp/x", "--compress-program=sh",
	"--checkpoint-action=exec=sh", "--to-command=sh", "--files0-from=/etc/passwd",
	"--pre=sh", "--exec-path=/tmp", "--kubeconfig=/tmp/x", "--in-place",
	"--vacuum-size=1", "--use-compress-program=sh", "--rsh-command=sh", "--set=now",
	"--host=x.example", "--root=/tmp", "--help=x", "--config=/x", "/etc/shadow",
	"--" };

static void
hostile_words_spoil_every_line(void **state)
{
	char text[600];
	unsigned rows = 0;

	(void)state;
	for (size_t i = 0; i < ROWS(tables); i++) {
		const struct shape_profile *p = shape_profile_find(tables[i].profile);

		for (const char *const *l = tables[i].good; *l; l++)
			for (size_t h = 0; h < ROWS(hostile); h++) {
				bool end = strcmp(hostile[h], "--") == 0;

				snprintf(text, sizeof text, "%s %s%s", *l, hostile[h],
				    end ? " --output=/tmp/x" : "");
				/* A name in an archive harms nobody. */
				if (strcmp(p->profile, "tar-list") == 0 &&
				    hostile[h][0] == '/')
					continue;
				if (fits(p, text, true, NULL))
					fail_msg("%s: %s", p->profile, text);
				rows++;
			}
	}
	assert_true(rows > 9000);
}

/* Without paths nothing reads a file. */
static void
no_file_without_paths(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(tables); i++) {
		const struct shape_profile *p = shape_profile_find(tables[i].profile);

		if (strcmp(p->profile, "df-show") == 0)
			continue;
		for (const char *const *l = tables[i].good; *l; l++)
			if (strstr(*l, " /var/log") && fits(p, *l, false, NULL))
				fail_msg("%s: %s", p->profile, *l);
	}
}

/* Words that nobody knows, or that were cut off. */
static void
only_whole_commands_fit(void **state)
{
	static struct shellwords s;

	(void)state;
	for (size_t i = 0; i < ROWS(tables); i++) {
		const struct shape_profile *p = shape_profile_find(tables[i].profile);
		const char *l = tables[i].good[0];
		bool fed = strncmp(l, "| ", 2) == 0;
		struct shape_subject c;
		char why[SHAPE_WHY];

		assert_true(
		    shellwords_cut(&s, l + (fed ? 2 : 0), strlen(l) - (fed ? 2 : 0)));
		c = (struct shape_subject){ s.words, s.n, fed, false, true, false };
		assert_true(p->fits(&c, logs, logs_arg, why));
		c.open = true;
		assert_false(p->fits(&c, logs, logs_arg, why));
		c.open = false;
		c.whole = false;
		assert_false(p->fits(&c, logs, logs_arg, why));
		c.whole = true;
		c.n = 0;
		assert_false(p->fits(&c, logs, logs_arg, why));
	}
}

static void
profiles_are_listed(void **state)
{
	size_t n = 0;

	(void)state;
	for (const struct shape_profile *p; (p = shape_profile_at(n)) != NULL; n++) {
		const struct shape_profile *next = shape_profile_at(n + 1);

		assert_ptr_equal(shape_profile_find(p->profile), p);
		assert_non_null(p->names[0]);
		if (next != NULL)
			assert_true(strcmp(p->profile, next->profile) < 0);
	}
	/* Each has its rows. */
	assert_int_equal(n, ROWS(tables));
	assert_null(shape_profile_find("find"));
	assert_null(shape_profile_find(""));
	assert_null(shape_profile_at((size_t)-1));
	assert_ptr_equal(
	    shape_profile_find("systemctl-safe"), shape_profile_find("systemctl-show"));
	assert_ptr_equal(
	    shape_profile_find("egrep-safe"), shape_profile_find("grep-safe"));
	assert_null(shape_profile_find("-safe"));
	assert_null(shape_profile_find("rm-safe"));
	assert_null(shape_profile_find("systemctl"));
}

/* The reason is cut, never overrun. */
static void
reasons_are_bounded(void **state)
{
	char line[1200], why[SHAPE_WHY + 1];

	(void)state;
	why[SHAPE_WHY] = 'x';
	memset(line, 'a', sizeof line);
	memcpy(line, "cat /etc/", 9);
	line[sizeof line - 1] = '\0';
	assert_false(fits(shape_profile_find("cat-safe"), line, true, why));
	assert_int_equal(why[SHAPE_WHY], 'x');
	assert_true(strlen(why) < SHAPE_WHY);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_fit_or_do_not),
		cmocka_unit_test(hostile_words_spoil_every_line),
		cmocka_unit_test(no_file_without_paths),
		cmocka_unit_test(only_whole_commands_fit),
		cmocka_unit_test(profiles_are_listed),
		cmocka_unit_test(reasons_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
