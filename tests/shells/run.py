"""Lines through a shell, many in one process, and what the witness wrote down."""

import os
import subprocess

# Two things that zsh does by itself and the others do not are told to it: a pattern
# that matches nothing stays, and a second redirection of a descriptor wins.
SHELLS = {
    "bash": ["/bin/bash", "--norc", "--noprofile"],
    "dash": ["/bin/dash"],
    "zsh": ["/bin/zsh", "-f", "-o", "no_nomatch", "-o", "no_bad_pattern",
            "-o", "no_multios"],
    "mksh": ["/bin/mksh"],
    "busybox ash": ["/bin/busybox", "ash"],
}
STOPS = 10


class Room:
    """A folder with nothing in PATH but the witness."""

    def __init__(self, folder, witness):
        self.folder = os.path.realpath(folder)
        self.witness = witness
        os.mkdir(self.folder)
        for name in ("bin", "empty", "files", "known"):
            os.mkdir(os.path.join(self.folder, name))
        for name in ("in", "out", "err"):
            open(os.path.join(self.folder, name), "w").close()
        for name in ("a", "b", "ab", "a b", "a-b", "x", "-n", "[a]", "b]", "yy", "a*b",
                     "10", "ü", "a.b", "=", "~", "x#", "^", "a=b", "\\a", "'a"):
            open(os.path.join(self.folder, "known", name), "w").close()

    def path(self, name):
        return os.path.join(os.fsencode(self.folder), name)

    def command(self, name):
        try:
            os.symlink(os.fsencode(self.witness), self.path(b"bin/" + name))
        except FileExistsError:
            pass

    def file(self, name):
        open(self.path(b"files/" + name), "a").close()

    def env(self):
        return {"PATH": os.path.join(self.folder, "bin"), "HOME": self.folder,
                "WITNESS": os.path.join(self.folder, "log"), "L": "none",
                "LC_ALL": "C.UTF-8"}

    def run(self, shell, jobs):
        """jobs: [(id, folder, text)].  Returns ({id: [record]}, what the shell said)."""
        script = b""
        for number, folder, text in jobs:
            script += b"L=%s;cd %s\n%s\n" % (
                number.encode(), self.path(folder.encode()), text)
        script += b"L=end;a\n"
        with open(self.path(b"script"), "wb") as f:
            f.write(script)
        open(self.path(b"log"), "w").close()
        self.command(b"a")
        with open(self.path(b"in")) as i, open(self.path(b"out"), "w") as o, \
                open(self.path(b"err"), "w") as e:
            subprocess.run(SHELLS[shell] + [self.path(b"script")], stdin=i, stdout=o,
                           stderr=e, env=self.env(), cwd=os.path.join(self.folder, "empty"),
                           timeout=600, check=False)
        with open(self.path(b"err"), "rb") as f:
            said = f.read()
        return self.records(), said

    def run_all(self, shell, jobs):
        """The same, whatever makes the shell give up: it starts again behind that job.
        Returns ({id: [record]}, [(last id that ran, what the shell said)])."""
        out, stops = {}, []
        while jobs and len(stops) < STOPS:
            got, said = self.run(shell, jobs)
            ended = got.pop("end", None)
            out.update(got)
            if ended:
                break
            last = max((i for i, job in enumerate(jobs) if job[0] in got), default=-1)
            stops.append((jobs[last][0] if last >= 0 else None, said[-200:]))
            jobs = jobs[last + 2:]
        return out, stops

    def records(self):
        out = {}
        with open(self.path(b"log"), "rb") as f:
            for part in f.read().split(b"\0\n\0"):
                if not part:
                    continue
                fields = part.split(b"\0")
                number, argc = fields[0].split(b" ")
                argv = fields[1:1 + int(argc)]
                fds = {}
                for field in fields[1 + int(argc):]:
                    n, _, path = field.partition(b"=")
                    fds[int(n)] = ("pipe", path) if path.startswith(b"pipe:") else path
                out.setdefault(number.decode(), []).append((argv, fds))
        return out
