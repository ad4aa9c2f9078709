"""Random commands that the engine lets through, run by the real programs under strace.

What a policy grants is more than its words: the programs have to do no more than it says.
So lines are made up, with a bias to what is nearly taken; those that are let through run
in a folder of their own, as the canonical text in a shell.  Nothing may be opened for
writing but /dev/null, no file be read that the policy does not name, no program start
that stands in no line, nothing be connected to, and nothing be printed of a file that is
not granted or of a process's environment.
"""
import json
import os
import random
import re
import shutil
import signal
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BROKER = os.path.abspath(os.path.join(os.environ.get("top_builddir", "."), "broker/cli/broker"))
SHELLS = ("/bin/dash", "/bin/bash")
FOLDERS = ("/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/")
MARK = "marked-%032x" % random.SystemRandom().getrandbits(128)
WRITES = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND|O_TMPFILE")
CHANGES = ("unlink unlinkat rename renameat renameat2 mkdir mkdirat rmdir link linkat symlink symlinkat chmod fchmod fchmodat chown fchown "
           "lchown fchownat truncate ftruncate mknod mknodat utime utimes utimensat futimesat setxattr lsetxattr fsetxattr mount umount2 "
           "kill tkill sethostname settimeofday clock_settime adjtimex reboot swapon swapoff creat ptrace").split()
# What the C library and the kernel's own tables need, whoever asks.
SYSTEM = ("/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/", "/usr/libexec/", "/etc/ld.so.", "/usr/share/locale", "/usr/share/zoneinfo", "/etc/localtime", "/proc/filesystems",
          "/proc/self/maps", "/dev/null", "/usr/share/terminfo", "/etc/terminfo", "/lib/terminfo", "/proc/sys/", "/sys/", "/etc/nsswitch.conf", "/proc/self/mountinfo",
          "/proc/meminfo", "/proc/cpuinfo", "/proc/stat", "/proc/uptime", "/proc/loadavg", "/proc/self/stat", "/proc/self/status", "/proc/mounts", "/proc/self/mounts",
          "/dev/urandom", "/usr/share/coreutils", "/usr/share/gcc")
NAMES = ("/etc/passwd", "/etc/group")
MORE = {
    "ls": NAMES, "id": NAMES, "whoami": NAMES, "stat": NAMES, "find": NAMES, "tar": NAMES + ("/etc/gshadow",), "uptime": ("/run/utmp", "/var/run/utmp", "/proc/"),
    "who": ("/run/utmp", "/var/run/utmp", "/var/log/wtmp", "/proc/", "/dev/"), "ps": ("/proc", "/dev/", "/etc/psdevtab") + NAMES, "free": ("/proc/",), "df": ("/",),
    "ss": ("/proc", "/etc/services", "/etc/iproute2/") + NAMES, "ip": ("/etc/iproute2/", "/proc/", "/usr/share/iproute2/"),
    "lsblk": ("/proc/", "/run/udev/", "/dev/", "/etc/blkid.conf", "/run/blkid/", "/etc/fstab") + NAMES, "file": ("/etc/magic", "/usr/share/misc/magic", "/usr/share/file/"),
    "git": ("/etc/gitconfig", "/usr/share/git-core", "/proc/", "/etc/gitattributes") + NAMES, "date": NAMES, "du": (), "systemctl": ("/proc/", "/run/", "/etc/machine-id"),
    "gzip": (), "xargs": ("/proc/self/fd",), "zgrep": ("/usr/bin/zgrep", "/bin/zgrep"), "bash": NAMES + ("/dev/tty",),
}
FOLDER_READERS = ("ls", "du", "sh", "dash", "bash")  # may look into any folder
CHILDREN = {"tar": {"gzip", "bzip2", "xz"}, "zgrep": {"dash", "sh", "gzip", "grep", "sed", "expr", "cat"}}

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
VALUES = ["1", "5", "+5", "-5", "0", "2,3", "x", "a", "''", ":", ",", "1k", "auto", "never", "name", "always", "short", "pid,comm", "pid", "root", "1d", "ext4", "f", "-", "--",
          "all", "text", "e", "1,2", "now", "'1 hour ago'", "%s", "'%p %s\\n'", "'%n %U'", "'\\x41'"]
WORDS = {
    "find": ["-name", "x", "'*'", "-type", "f", "-exec", "cat", "'{}'", "';'", "+", "-delete", "-print", "-ls", "-printf", "'%p\\n'", "-fprint", "-fls", "-ok", "-newer", "-newermt",
             "-maxdepth", "1", "-prune", "'('", "')'", "'!'", "-o", "-a", "-not", "-path", "-perm", "644", "-size", "-4k", "-mtime", "-1", "-user", "root", "-files0-from", "-empty",
             "-quit", "-follow", "-L", "-H", "-P", "-samefile", "-regex", "','", "-execdir", "-okdir", "-fprintf", "-print0", "-uid", "0", "-links", "-inum", "-depth", "-xdev"],
    "sed": ["5p", "1,3p", "'$p'", "/x/p", "'/a/,/b/p'", "1q", "'1!p'", "=", "'p;p'", "1e", "'w x'", "'r /etc/passwd'", "s/a/b/", "'s/a/b/e'", "'1e id'", "'/x/w x'", "'p;w x'", "'5,+2p'",
            "W", "R", "p#n", "'}'", "'{p}'", "':a'", "ba", "q5", "Q", "F", "z", "i", "'a x'", "'/a\\/x/p'", "'/[/]/p'", "'1p; 2p'", "d", "$=", "'p; e id'", "'p\\;p'", "'0~4p'"],
    "awk": ["'{print $1}'", "'{print $1,$2}'", "'NR==1'", "'NR>1 {print}'", "'{print > \"x\"}'", "'/x/ {print $NF}'", "'{print | \"id\"}'", "'BEGIN{system(\"id\")}'", "'$1 > \"x\"'",
            "'{print $1 > \"x\"}'", "'{print($1)>\"x\"}'", "'{print $1 \"a\" $2}'", "'{print \"a\" | \"id\"}'", "'$1==\"x\" && $2!=\"y\" {print $1;}'", "'{print ENVIRON[\"A\"]}'",
            "'NF{print NR}'", "'{getline < \"/etc/passwd\"; print}'", "'/a/ || /b/'", "'$1 >= 5 {print $2, \"x\"}'", "'!/x/'", "'{print $NF NR}'", "'{print -1}'", "'{print $(1)}'", "-f", "-v",
            "'{print} {print}'", "'1'", "a=b", "'{print \"\\\"\"}'", "'{print \"a\">\"x\"}'", "'{print $1,}'", "-E", "-e", "-i", "-l", "-W", "exec", "'{ print $ 1 }'", "'$ NF'"],
    "ps": ["e", "aux", "auxe", "ax", "f", "u", "x", "axo", "pid,comm", "pid,args", "-ef", "-e", "-eo", "-o", "comm,env", "--sort", "-rss", "-u", "root", "-C", "-p", "1", "-A", "-f", "-l",
           "-F", "-L", "-T", "-H", "-y", "-w", "-ww", "--forest", "--user", "-U", "-a", "-efl", "-eF", "nosuchE", "--ppid", "--pid", "-q", "j", "l", "-j", "-O", "o", "-N", "--cols", "500",
           "--no-headers", "-efww", "-eLf", "-ely", "--width", "cmd", "ucmd,args", "pid:5,args:900", "-1", "1e", "--pid=1,e", "-eww", "auxww", "lx", "axl", "axj", "-p1e", "-C", "bash"],
    "ss": ["-t", "-u", "-l", "-n", "-a", "-p", "-e", "-m", "-o", "-i", "-s", "-x", "-w", "-4", "-6", "-H", "-O", "state", "established", "sport", "=", ":22", "dst", "127.0.0.1", "'('", "')'",
           "-K", "-D", "x", "-F", "-N", "-r", "-E", "-b", "-Z", "or", "and", "not", "src", "localhost", "dport", ":ssh", "-tlnp", "-ltu", "eq", "ge", ":http", "exclude", "listening", "autobound",
           "dev", "lo", "dst", "nosuch.invalid", "src", "nosuch.invalid:80", "unix:/run/x", "link:1"],
    "ip": ["addr", "a", "link", "l", "route", "r", "neigh", "rule", "ru", "show", "list", "get", "dev", "lo", "up", "-4", "-6", "-s", "-d", "-o", "-j", "-br", "add", "del", "set", "flush", "netns",
           "exec", "-b", "x", "-n", "type", "bridge", "dummy", "table", "all", "127.0.0.1", "monitor", "save", "to", "scope", "global", "master", "../../../tmp/x", "-all", "-c", "-force", "help",
           "localhost", "nosuch.invalid", "proto", "kernel", "vrf", "x"],
    "git": ["-C", "log", "status", "diff", "show", "branch", "tag", "remote", "rev-parse", "ls-files", "describe", "blame", "rev-list", "shortlog", "HEAD", "--no-ext-diff", "--no-textconv",
            "--no-pager", "--oneline", "-n", "1", "--stat", "a", "..", ".", "../x", "HEAD~1", "HEAD:a", "--all", "--no-index", "-c", "core.pager=id", "-p", "--output=x", "-O", "--name-only", "-v",
            "--format=%H", "--format=oneline", "HEAD..", "x", "-s", "-b", "--exec-path", "--ext-diff", "config", "--show-toplevel", "a..", "./a", "@{0}", ":a", "^HEAD", "-L1,1:a", "--git-dir=x"],
    "tar": ["tf", "-tf", "tvf", "-t", "-f", "tzf", "xf", "cf", "-xf", "-cf", "--to-command=id", "--checkpoint=1", "--checkpoint-action=exec=id", "-I", "id", "-F", "x", "--list", "-v", "-z", "-j",
            "-J", "-C", "-T", "a", "'*'", "--file", "ft", "jtf", "-O", "tfO", "tfx", "-tvzf", "-d", "-r", "-u", "-A", "-P", "-W", "--rsh-command=id", "h:x", "--verbose", "--gzip"],
    "date": ["+%s", "-u", "-d", "now", "'1 hour ago'", "-s", "x", "-f", "-r", "-I", "--iso-8601", "-R", "--rfc-3339", "seconds", "010100002000", "'+%Y %m'", "-Iseconds", "@5", "--set=x"],
    "stat": ["-c", "-f", "-t", "--format", "--printf", "'%n'", "-L", "--cached=never", "-tL"],
    "xargs": ["ls", "cat", "-0", "-r", "-n", "1", "echo", "rm", "sh", "-c", "-I", "X", "-a", "du", "-sh", "--", "basename", "-l", "stat", "-P", "2", "grep", "x", "wc", "readlink", "-t", "touch"],
    "systemctl": ["status", "cron", "is-active", "-n", "5", "stop", "--no-pager", "-l", "--full", "-H", "h", "--root=/x", "edit", "'*'", "--", "-nstatus", "--lines=3", "show"],
    "journalctl": ["-n", "5", "-u", "cron", "--file", "-D", "--vacuum-size=1", "-o", "json", "cat", "--cursor-file=x", "-p", "err", "-k", "-b", "_PID=1", "-g", "x", "--no-pager", "-r", "--rotate"],
}
PROGRAMS = {
    "policy.yaml": "ls cat head tail wc sort uniq cut grep df du uptime whoami id date ps systemctl".split(),
    "behave.yaml": ("awk mawk cat cut date df du file find free git grep head id ip lsblk ps sed sort ss stat tail tar uname uniq uptime wc who nl tac od comm diff tr zgrep "
                    "readlink realpath basename dirname echo xargs").split(),
}
WRAPPERS = ["", "", "", "", "", "", "", "timeout 5 ", "nice -n 5 ", "env ", "stdbuf -oL ", "command ", "time ", "nice timeout 3 ", "/usr/bin/env ", "ionice -c 3 "]
ENDS = ["", "", "", "", "", "", " 2>/dev/null", " >/dev/null", " 2>&1", " </dev/null", " < @/var/log/a", " < @/outside/s", " > x", " 2> @/outside/y", " 0<@/var/log/a", " 1>&2", " >&x"]
FIRSTS = ["cat @/var/log/a | ", "ls @/var/log | ", "echo x | ", "grep x @/var/log/a | ", "ls @/var/log/*|", "head -n 3 @/var/log/a | sort | "]


class Place:
    """The folder that stands for the target: var/log is granted, the rest is not."""

    def __init__(self):
        self.top = os.path.realpath(tempfile.mkdtemp(prefix="behave-"))
        self.cwd = os.path.join(self.top, "cwd")
        self.logs = os.path.join(self.top, "var/log")
        for folder in ("cwd/sub", "outside", "var/log/d", "var/log/.h"):
            os.makedirs(os.path.join(self.top, folder))
        for name in ("a", "b", "d/c", "-f", "--output=x", "x.log", ".h/z"):
            self.write("var/log/" + name, "x a 1\ny b 2\nx c 3\n/etc/passwd\n" + os.path.join(self.top, "outside/s") + "\n")
        for name in ("outside/s", "cwd/s", "cwd/x", "cwd/-r", "cwd/sub/s", "cwd/a", "var/logs", "s"):
            self.write(name, MARK + " x\n")
        subprocess.run(["tar", "-czf", self.logs + "/t.tgz", "-C", self.logs, "a", "b"], check=True)
        subprocess.run(["gzip", "-k", self.logs + "/b"], check=True)
        self.repository()

    def write(self, name, text):
        with open(os.path.join(self.top, name), "w", encoding="utf-8") as f:
            f.write(text)

    def repository(self):
        repo = self.logs + "/r"
        git = ["git", "-C", repo, "-c", "user.name=n", "-c", "user.email=n@localhost", "-c", "init.defaultBranch=m"]
        os.mkdir(repo)
        self.write("var/log/r/a", "one\n")
        if shutil.which("git") is None:
            return
        subprocess.run(git + ["init", "-q"], check=True)
        subprocess.run(git + ["add", "a"], check=True)
        subprocess.run(git + ["commit", "-q", "-m", "first"], check=True)
        self.write("var/log/r/a", "two\n")

    def policy(self, name):
        """The policy with its folder moved below this one."""
        path = os.path.join(self.top, name)
        with open(os.path.join(HERE, name), encoding="utf-8") as f:
            self.write(name, f.read().replace("/var/log/", self.logs + "/"))
        return path

    def snapshot(self):
        return {os.path.join(d, n): (lambda s: (s.st_mtime_ns, s.st_size, s.st_mode))(os.lstat(os.path.join(d, n)))
                for d, dirs, files in os.walk(self.top) for n in dirs + files if "/.git" not in os.path.join(d, n)}


class Maker:
    """Lines that may or may not be let through."""

    def __init__(self, rng, place):
        self.rng = rng
        self.place = place
        self.known = {}
        self.taken = {}

    def learn(self, canonical):
        """What was taken once is taken more often."""
        for part in re.split(r" (?:\||&&|;|\|\|) ", canonical):
            words = part.split(" ")
            for k, word in enumerate(words):
                program = word.strip("'")
                if program in self.known:
                    self.taken.setdefault(program, set()).update(w for w in words[k + 1:] if w.count("'") % 2 == 0 and not re.match(r"[0-9]?[<>]", w))
                    break

    def options_of(self, program):
        """All options that the program itself names."""
        if program not in self.known:
            text = ""
            if program not in ("echo", "ps", "awk", "mawk", "xargs", "basename"):
                r = subprocess.run([program, "--help"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=10, check=False)
                text = r.stdout.decode(errors="replace")
            longs = sorted(set(re.findall(r"--[a-z][a-z0-9-]+", text)) - {"--help", "--version"})
            shorts = "".join(sorted(set(re.findall(r"(?<![\w-])-([A-Za-z0-9])\b", text)))) or LETTERS
            self.known[program] = (longs, shorts)
        return self.known[program]

    def path(self):
        r = self.rng
        t = "@/var/log/"
        return r.choice([t + "a", t + "a", t + "b", t + "d/c", t + "d", "@/var/log", t + "x.log", t + "*", t + "*.log", t + "?", t + "[a-b]", t + "d/*", t + "r", t + "t.tgz", t + "b.gz",
                         "@/outside/s", t + "../../outside/s", t + "./a", "@/var//log/a", "@/var/logs", t + ".*/s", t + "d/../../../outside/s", "s", "./s", "-", "x", "sub", ".", "..", "*",
                         "'" + t + "a'", t + "'a'", t + "-f", t + ".h/z", t + "[.]h/z", t + "d/", "/etc/passwd", "@/s", t + "d/../a", t + "'*'", t + "nosuch", "/dev/stdin", "/proc/self/environ",
                         "@/*/s", t + "?/c", t + "[^a]", t + "\\a"])

    def value(self):
        return self.rng.choice(VALUES) if self.rng.random() < 0.8 else self.path()

    def option(self, program):
        r = self.rng
        longs, shorts = self.options_of(program)
        kind = r.random()
        if kind < 0.5 or not longs:
            text = "-" + "".join(r.choice(shorts) for _ in range(r.choice((1, 1, 1, 2, 3))))
            return text + (self.value() if r.random() < 0.15 else "")
        name = r.choice(longs)
        if kind < 0.6:
            name = name[:r.randint(3, len(name))]
        return name + ("=" + self.value() if r.random() < 0.4 else "")

    def word(self, program):
        r = self.rng
        kind = r.random()
        if self.taken.get(program) and kind < 0.5:
            return r.choice(sorted(self.taken[program]))
        kind = r.random()
        if program in WORDS and kind < 0.6:
            return r.choice(WORDS[program])
        if kind < 0.75:
            return self.path()
        if kind < 0.9:
            return self.option(program)
        return r.choice(["--", "x", "error", "''", "5", "'a b'"] + VALUES)

    def command(self, program):
        r = self.rng
        words = [program]
        self.options_of(program)
        if program == "git" and r.random() < 0.9:
            words += ["-C", r.choice(["@/var/log/r", "@/var/log/r", "@/var/log", "@/var/log/d"])]
        if program in ("find", "du", "file", "stat") and r.random() < 0.7:
            words.append(self.path())
        if program in ("grep", "zgrep", "tr") and r.random() < 0.5:
            words.append(r.choice(["x", "error", "-e", "'^x'", "-ex", "--", "*"]))
        if program in ("sed", "awk", "mawk") and r.random() < 0.7:
            words.append(r.choice(WORDS["sed" if program == "sed" else "awk"]))
        words += [self.word(program) for _ in range(r.choice((0, 0, 1, 1, 2, 2, 3, 3, 4, 5)))]
        if program in ("cat", "head", "tail", "wc", "sort", "uniq", "cut", "nl", "tac", "od") and r.random() < 0.5:
            words.insert(r.randint(1, len(words)), "@/var/log/a")
        text = " ".join(words)
        if r.random() < 0.05:
            text = r.choice(FOLDERS) + text
        return r.choice(WRAPPERS) + text + r.choice(ENDS)

    def line(self, programs):
        r = self.rng
        text = self.command(r.choice(programs))
        if r.random() < 0.25:
            text = r.choice(FIRSTS) + text
        if r.random() < 0.1:
            text += r.choice([" | ", " && ", " ; ", " || "]) + self.command(r.choice(programs))
        if r.random() < 0.03:
            k = r.randrange(len(text))
            text = text[:k] + r.choice(["'", '"', "\\", " ", "=", "*", "-", "/"]) + text[k:]
        return text.replace("@", self.place.top)


def decide(policy, lines):
    asked = "".join(json.dumps({"id": n, "path": "shell", "line": text}) + "\n" for n, text in enumerate(lines))
    r = subprocess.run([BROKER, "policy", "decide", "--policy", policy, "--as", "agent-7"], input=asked.encode(), stdout=subprocess.PIPE, timeout=240, check=False)
    rows = [json.loads(row) for row in r.stdout.decode().splitlines()]
    return [(lines[o["id"]], o["canonical"]) for o in rows if o["verdict"] == "allow"]


def allowed_lines(place, name, lines, seed):
    """Lines that are let through, as many of each program as of any other."""
    rng = random.Random("%d %s" % (seed, name))
    maker = Maker(rng, place)
    policy = place.policy(name)
    programs = [p for p in PROGRAMS[name] if shutil.which(p)]
    most = max(2, lines // 2 // len(programs))
    kept, tries = {p: {} for p in programs}, 0
    while tries < 20 and any(len(v) < most for v in kept.values()):
        tries += 1
        wanting = [p for p in programs if len(kept[p]) < most]
        for text, canonical in decide(policy, [maker.line(wanting) for _ in range(max(2000, 10 * lines))]):
            first = next((p for p in wanting if re.search(r"'(?:/[a-z/]*/)?%s'" % p, canonical)), None)
            maker.learn(canonical)
            if first is not None and len(kept[first]) < most and not slow(canonical):
                kept[first].setdefault(canonical, text)
    return [(text, canonical) for rows in kept.values() for canonical, text in rows.items()]


def slow(canonical):
    """It follows a file, or repeats itself."""
    return re.search(r"\btail\b.*(-[a-zA-Z]*[fF]|--follow|--retry)|\bfree\b.* -[a-z]*s|\bls\b.* -[a-zA-Z1]*R", canonical) is not None


CALL = re.compile(r"^(\d+) +(?:\[[^]]*\] )?([a-z0-9_]+)\((.*)$")
EXEC = re.compile(r'^"((?:[^"\\]|\\.)*)"')
OPEN = re.compile(r'^(?:([A-Z_]+|\d+)(?:<([^>]*)>)?, )?"((?:[^"\\]|\\.)*)", ([A-Z_|]+)')


class Trace:
    def __init__(self, place, canonical):
        self.place = place
        self.programs = {}
        self.granted = set(re.findall(r"'([a-z/0-9]+)'", canonical)) | set(re.findall(r"(?<= )([a-z/0-9]+)(?= |$)", canonical))
        self.granted = {os.path.basename(p) for p in self.granted}
        self.found = []

    def exec(self, pid, rest):
        m = EXEC.match(rest)
        if m is None or "= 0" not in rest[-8:]:
            return
        name = os.path.basename(m.group(1))
        first = pid not in self.programs and not self.programs
        parent = self.programs.get(pid, self.programs.get("last", ""))
        self.programs[pid] = name
        if first:
            return
        if name in self.granted and os.path.dirname(m.group(1)) + "/" in FOLDERS:
            self.programs["last"] = name
        elif not any(name in CHILDREN.get(g, ()) for g in self.granted):
            self.found.append("starts %s (from %s)" % (m.group(1), parent))

    def open(self, pid, rest):
        m = OPEN.match(rest)
        if m is None:
            return
        folder, path, flags = m.group(2), m.group(3), m.group(4)
        program = self.programs.get(pid) or self.programs.get("last", "sh")
        full = os.path.normpath(os.path.join(folder or self.place.cwd, path)).replace("//", "/")
        if WRITES.search(flags) and full != "/dev/null" and not self.harmless_write(program, full):
            self.found.append("%s opens %s for writing" % (program, full))
        elif not self.readable(program, full, flags) and not re.search(r"= -1 ", rest):
            self.found.append("%s reads %s" % (program, full))

    def harmless_write(self, program, full):
        # git keeps what it learnt of its files' times.
        return (program == "git" and full.startswith(self.place.logs + "/r/.git/")) or full == "/dev/tty"

    def readable(self, program, full, flags):
        if full == self.place.logs or full.startswith(self.place.logs + "/") or full.startswith(SYSTEM):
            return True
        if any(full.startswith(x) for x in MORE.get(program, ())):
            return True
        if "O_PATH" in flags:
            return True
        if program == "git" and self.place.logs.startswith(full):
            return True
        if program == "gzip" and full == os.path.dirname(self.place.logs):
            return True  # the folder that it would write to
        if full == self.place.cwd and program in ("find", "git"):
            return True
        return "O_DIRECTORY" in flags and program in FOLDER_READERS

    def other(self, call, rest):
        if call in CHANGES and not self.harmless_change(rest):
            self.found.append("%s(%s" % (call, rest[:100]))
        if call in ("connect", "sendto", "bind") and re.search(r"sa_family=AF_INET6?\b", rest):
            self.found.append("network: %s(%s" % (call, rest[:100]))

    def harmless_change(self, rest):
        return "/var/log/r/.git/" in rest

    def read(self, text):
        self.joined = {}
        for row in text.splitlines():
            m = CALL.match(row)
            if m is None:
                continue
            pid, call, rest = m.groups()
            if call == "execve":
                self.exec(pid, rest)
            elif call in ("open", "openat", "openat2"):
                self.open(pid, rest)
            else:
                self.other(call, rest)
        return self.found


def unfinished(text):
    """Calls that strace shows in two rows, put together."""
    begun, rows = {}, []
    for row in text.splitlines():
        pid = row.split(" ", 1)[0]
        m = re.match(r"^\d+ +(.*) <unfinished \.\.\.>$", row)
        r = re.match(r"^\d+ +<\.\.\. [a-z0-9_]+ resumed>(.*)$", row)
        if m:
            begun[pid] = m.group(1)
        elif r and pid in begun:
            rows.append("%s %s%s" % (pid, begun.pop(pid), r.group(1)))
        else:
            rows.append(row)
    return "\n".join(rows)


def run(place, shell, canonical):
    """What the line did that it should not."""
    out = os.path.join(place.top, "trace")
    calls = "execve,open,openat,openat2,connect,sendto,bind," + ",".join("?" + c for c in CHANGES)
    argv = ["strace", "-f", "-y", "-qq", "-s", "400", "-e", "signal=none", "-e", "trace=" + calls, "-o", out, shell, "-c", canonical]
    env = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8"}
    p = subprocess.Popen(argv, cwd=place.cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        shown, _ = p.communicate(timeout=10)
    except subprocess.TimeoutExpired:
        os.killpg(p.pid, signal.SIGKILL)
        shown, _ = p.communicate()
        return ["does not end"]
    with open(out, encoding="utf-8", errors="replace") as f:
        found = Trace(place, canonical).read(unfinished(f.read()))
    if MARK.encode() in shown:
        found.append("shows what is not granted")
    return found


def behave(place, name, lines, seed):
    rows = allowed_lines(place, name, lines, seed)
    before = place.snapshot()
    rng = random.Random(seed)
    bad = []
    for text, canonical in rows:
        found = run(place, rng.choice(SHELLS), canonical)
        if found:
            bad.append((text, canonical, found))
    after = place.snapshot()
    changed = [p for p in set(before) | set(after) if before.get(p) != after.get(p) and p != place.top + "/trace"]
    return rows, bad, changed


def main(lines, seed):
    """About so many lines, made from the seed."""
    if shutil.which("strace") is None or subprocess.run(["strace", "-f", "-o", "/dev/null", "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        print("1..0 # SKIP no strace here")
        return 0
    print("1..%d" % (2 * len(PROGRAMS)))
    print("# %d lines, seed %d" % (lines, seed))
    place, fails, n = Place(), 0, 0
    # Of this one an environment could be shown.
    other = subprocess.Popen(["sleep", "1000"], env={"PATH": "/usr/bin:/bin", "SECRET": MARK})
    try:
        for name in PROGRAMS:
            rows, bad, changed = behave(place, name, lines, seed)
            enough = len(rows) >= lines // 3
            print("%s %d - %s: %d lines that are let through do no more" % ("not ok" if bad or changed else "ok", n + 1, name, len(rows)))
            for text, canonical, found in bad[:int(os.environ.get("SHOW", "20"))]:
                print("#  %r as %s: %s" % (text, canonical, "; ".join(dict.fromkeys(found))[:400]))
            for path in changed[:20]:
                print("#  %s has changed" % path)
            print("%s %d - %s: enough lines to tell" % ("ok" if enough else "not ok", n + 2, name))
            fails += bool(bad or changed) + (not enough)
            n += 2
    finally:
        other.kill()
        other.wait()
        shutil.rmtree(place.top)
    return 1 if fails else 0
