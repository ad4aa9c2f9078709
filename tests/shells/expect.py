"""What a line that was read must make a shell do: which commands run, with what
arguments, and where their descriptors lead."""

FDS = 10


class Command:
    def __init__(self, join):
        self.join = join
        self.words = []
        self.globs = []
        self.redirs = []  # (op, fd, target)


class Read:
    """What reader says of a line; commands is None when it is undecidable."""

    def __init__(self, text, answer):
        self.text = text
        self.commands = None
        fields = answer.split(b"\0")
        if fields[0].startswith(b"!"):
            self.code = fields[0][1:].decode()
            return
        self.code = ""
        self.canon, self.quoted = fields[0], fields[1]
        self.commands = []
        for f in fields[2:-1]:
            if f[:1] == b"C":
                self.commands.append(Command(f[1:2]))
            elif f[:1] == b"W":
                self.commands[-1].words.append(f[2:])
                self.commands[-1].globs.append(f[1:2] == b"1")
            else:
                self.commands[-1].redirs.append((f[1:2], f[2] - 48, f[3:]))

    def has_glob(self):
        return any(any(c.globs) for c in self.commands)

    def targets(self):
        """Files that redirections name."""
        return {t for c in self.commands for op, _, t in c.redirs if op != b"d"}

    def names(self):
        return {c.words[0] for c in self.commands}


def status_of(argv):
    h = 2166136261
    for word in argv:
        for byte in word + b"\0":
            h = (h ^ byte) * 16777619 & 0xFFFFFFFF
    return h >> 16 & 1


def pipelines(read):
    """[(join, [command, ...])]"""
    out = []
    for c in read.commands:
        if c.join == b"|":
            out[-1][1].append(c)
        else:
            out.append((c.join, [c]))
    return out


def apply(redirs, fds, folder):
    """False when a redirection fails, so that the command does not run."""
    for op, fd, target in redirs:
        if op == b"d":
            if fds[int(target)] is None:
                return False
            fds[fd] = fds[int(target)]
        else:
            fds[fd] = target if target == b"/dev/null" else folder + b"/" + target
    return True


def records(read, base, folder):
    """[(argv, {fd: path})] of the commands that run, and pipes as ("pipe", number).
    base: what 0, 1 and 2 are at first."""
    out = []
    status = pipe = 0
    for join, stages in pipelines(read):
        if (join == b"&" and status != 0) or (join == b"o" and status == 0):
            continue
        for i, c in enumerate(stages):
            fds = base + [None] * (FDS - len(base))
            if i > 0:
                fds[0] = ("pipe", pipe)
            if i + 1 < len(stages):
                pipe += 1
                fds[1] = ("pipe", pipe)
            if apply(c.redirs, fds, folder):
                out.append((c.words, {n: p for n, p in enumerate(fds) if p is not None}))
                status = status_of(c.words)
            else:
                status = 1
    return out


def shape(record):
    argv, fds = record
    return (argv, sorted((n, b"pipe:" if isinstance(p, tuple) else p)
                         for n, p in fds.items()))


def same(read, want, have):
    """The commands of a pipeline run at once, so their order is free; pipes have other
    names, but lead from and to the same commands."""
    if all(c.join != b"|" for c in read.commands):
        return [shape(r) for r in want] == [shape(r) for r in have]
    want, have = sorted(want, key=shape), sorted(have, key=shape)
    if [shape(r) for r in want] != [shape(r) for r in have]:
        return False
    shapes = [shape(r) for r in want]
    if any(a == b for a, b in zip(shapes, shapes[1:])):
        return True
    there, back = {}, {}
    for (_, one), (_, two) in zip(want, have):
        for n, p in one.items():
            if isinstance(p, tuple):
                q = two[n]
                if there.setdefault(p, q) != q or back.setdefault(q, p) != p:
                    return False
    return True
