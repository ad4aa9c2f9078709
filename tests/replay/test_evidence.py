#!/usr/bin/python3
"""hoop-replay --verify with what lies beside a recording: the log, proofs, further keys, and
a folder of recordings; true, and forged in every way that section 12 names; prints TAP."""
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # the sources may be read-only
from world import BUILD, PROGRAM, holds, lacks, run, same  # noqa: E402

MAKER = os.path.join(BUILD, "tests", "replay", "mkrecordings")
BROKER = os.path.join(BUILD, "broker", "cli", "broker")

tests = []


def test(f):
    tests.append(f)
    return f


class Host:
    """A broker's disk: mkrecordings' folder, and what is done to it."""

    def __init__(self, w, *words):
        self.w = w
        self.dir = tempfile.mkdtemp(prefix="host.", dir=w.dir)
        subprocess.run([MAKER, self.dir, *words], check=True, timeout=60,
                       env=dict(w.env))
        self.log = os.path.join(self.dir, "log")
        self.recordings = os.path.join(self.dir, "recordings")
        self.trust = os.path.join(self.dir, "keys", "trust")
        self.key = os.path.join(self.dir, "keys", "auditor.key")
        self.names = [line.split() for line in open(os.path.join(self.dir, "names.txt"))]

    def cast(self, i, suffix=".cast"):
        how, sid = self.names[i]
        return os.path.join(self.recordings, "spool" if how == "live" else "done",
                            sid + suffix)

    def outside(self, *sizes):
        """Checkpoints that were kept elsewhere."""
        folder = os.path.join(self.dir, "outside")
        names = sorted(os.listdir(folder), key=int)
        return [os.path.join(folder, n) for n in (names if not sizes else map(str, sizes))]

    def verify(self, *args, trust=True, code=0):
        r = self.w.run("--verify", *(["--trust", self.trust] if trust else []), *args)
        if r.returncode != code:
            raise AssertionError("exit %d, not %d: %r %r"
                                 % (r.returncode, code, r.stdout, r.stderr))
        return r.stdout

    def all(self, *args, code=0):
        return self.verify("--all", self.recordings, "--log", self.log, *args, code=code)


def flip(path, at, bit=1):
    data = bytearray(open(path, "rb").read())
    data[at] ^= bit
    with open(path, "wb") as f:
        f.write(data)


# --- the log -------------------------------------------------------------------------


@test
def a_recording_stands_in_its_log(w):
    h = Host(w)
    out = h.verify("--log", h.log, h.cast(0))
    holds(out, b": whole: ")
    holds(out, b"log: leaves 1 and 2 of the log's ")
    found = json.loads(h.verify("--log", h.log, "--json", h.cast(0)))
    same((found["code"], found["log"]["code"], found["proof"]["code"]), (0, 0, 0))
    # recovered: it has no end, and the log says where it stops
    holds(h.verify("--log", h.log, h.cast(1), code=4), b"recovered")
    # still written: it has no end, and the log knows of none
    holds(h.verify("--log", h.log, h.cast(4), code=4), b"not ended yet")
    # with copies from outside
    more = [a for c in h.outside() for a in ("--checkpoint", c)]
    h.verify("--log", h.log, *more, h.cast(0))


@test
def info_tells_of_header_and_log(w):
    h = Host(w)
    args = ("--info", "--key", h.key, "--trust", h.trust, "--log", h.log)
    r = w.run(*args, h.cast(0))
    same(r.returncode, 0)
    for part in (b": whole: ", b"log: leaves 1 and 2 of", b"proof: it stands", b"header.class: std",
                 b'"epoch": "2026-11"', b"hoop.identity.name: alice"):
        holds(r.stdout, part)
    info = json.loads(w.run(*args, "--json", h.cast(0)).stdout)
    same([x["type"] for x in info["header"]["recipients"]], ["sealed", "sealed"])
    same(info["proof"]["log"]["code"], 0)
    h2 = Host(w, "two-opens")
    same(w.run("--info", "--key", h2.key, "--trust", h2.trust, "--log", h2.log,
               h2.cast(0)).returncode, 7)


@test
def several_files_at_once(w):
    h = Host(w)
    out = h.verify(h.cast(0), h.cast(2), h.cast(3), "--log", h.log)
    same(out.count(b": whole: "), 3)
    # the worst of them is the exit code
    h.verify(h.cast(0), h.cast(1), code=4)
    bad = os.path.join(h.dir, "bad.cast")
    shutil.copy(h.cast(2), bad)
    flip(bad, 2000)
    out = h.verify(h.cast(1), bad, h.cast(0), "--json", code=3)
    same([json.loads(line)["code"] for line in out.splitlines()], [4, 3, 0])


@test
def what_the_log_does_not_know_is_7(w):
    h, other = Host(w), Host(w)
    # the same name, another broker's keys: an unknown signer, and not in the log
    out = h.verify("--log", h.log, other.cast(0), code=7)
    holds(out, b"not as the log says: the log does not know of it")
    # its own device key made one that it never logged
    trust = os.path.join(h.dir, "both")
    with open(trust, "w") as f:
        f.write(open(h.trust).read() + open(other.trust).read().split("\n")[1] + "\n")
    os.chmod(trust, 0o600)
    r = w.run("--verify", "--trust", trust, "--log", h.log, other.cast(0))
    same(r.returncode, 7)


@test
def a_cut_file_contradicts_its_close(w):
    h = Host(w)
    data = open(h.cast(0), "rb").read()
    lines = data.split(b"\n")
    cut = os.path.join(h.dir, "cut.cast")
    with open(cut, "wb") as f:
        f.write(b"\n".join(lines[:-2]) + b"\n")
    h.verify(cut, code=4)
    h.verify("--log", h.log, cut, code=7)
    # of a recovered one, less than what the log saw
    data = open(h.cast(1), "rb").read()
    with open(cut, "wb") as f:
        f.write(data[:-200])
    h.verify("--log", h.log, cut, code=7)


@test
def two_opens_or_two_ends_are_7(w):
    for word, text in (("two-opens", b"two OPEN leaves"),
                       ("two-ends", b"two CLOSE or RECOVER leaves")):
        h = Host(w, word)
        holds(h.verify("--log", h.log, h.cast(0), code=7), text)
        h.verify("--log", h.log, h.cast(2))
        h.all(code=7)


@test
def a_leaf_that_nobody_signed_does_not_count(w):
    h = Host(w, "unsigned")
    holds(h.verify("--log", h.log, h.cast(0)), b"of the log's 10\n")
    h.all(code=4)
    # and a signed leaf that was taken away is missed
    h = Host(w)
    entries = os.path.join(h.log, "entries")
    with open(entries, "r+b") as f:
        f.truncate(os.path.getsize(entries) - 1)
    h.verify("--log", h.log, h.cast(0), code=7)


@test
def a_changed_log_is_found(w):
    h = Host(w)
    entries = os.path.join(h.log, "entries")
    size = os.path.getsize(entries)
    for at in range(0, size, 23):
        flip(entries, at)
        h.verify("--log", h.log, h.cast(0), code=7)
        flip(entries, at)
    checkpoint = os.path.join(h.log, "checkpoint")
    for at in range(0, os.path.getsize(checkpoint), 7):
        flip(checkpoint, at)
        r = w.run("--verify", "--trust", h.trust, "--log", h.log, h.cast(0))
        if r.returncode not in (6, 7):
            raise AssertionError("byte %d: %d %r" % (at, r.returncode, r.stdout))
        flip(checkpoint, at)
    h.verify("--log", h.log, h.cast(0))


@test
def a_log_rolled_back_is_found_by_a_copy_from_outside(w):
    h = Host(w)
    before = h.outside()[0]  # the first, after one recording
    size = int(os.path.basename(before))
    # the log as it was then: signed, sound in itself
    entries = os.path.join(h.log, "entries")
    data, at = open(entries, "rb").read(), 0
    for _ in range(size):
        at += 2 + int.from_bytes(data[at:at + 2], "little")
    with open(entries, "wb") as f:
        f.write(data[:at])
    shutil.copy(before, os.path.join(h.log, "checkpoint"))
    h.verify("--log", h.log, h.cast(0))
    # what came after is not in it; and the log is shorter than it was
    h.verify("--log", h.log, h.cast(2), code=7)
    out = h.verify("--log", h.log, "--checkpoint", h.outside()[-1], h.cast(0), code=7)
    holds(out, b"checkpoint ")
    h.verify("--log", h.log, "--checkpoint", before, h.cast(0))


@test
def a_checkpoint_of_another_log_is_refused(w):
    h, other = Host(w), Host(w)
    # by an unknown key
    h.verify("--log", h.log, "--checkpoint", other.outside()[-1], h.cast(0), code=6)
    # in the place of its own
    shutil.copy(other.outside()[-1], os.path.join(h.log, "checkpoint"))
    r = w.run("--verify", "--trust", h.trust, "--log", h.log, h.cast(0))
    if r.returncode not in (6, 7):
        raise AssertionError(r)
    # a whole log of another: sound, by a key that nobody pinned
    h.verify("--log", other.log, h.cast(0), code=6)


def note_line(note):
    """The note as the drop folder has it, a line."""
    name, size, root, _, sig = note.decode("utf-8").splitlines()
    return ("%s %s %s %s\n" % (name, size, root, sig.split(" ")[2])).encode()


@test
def copies_come_in_lines(w):
    """As the drop folder has them, in base64, and as a syslog writes them."""
    h = Host(w)
    path = os.path.join(h.dir, "b1.checkpoints")
    notes = [open(c, "rb").read() for c in h.outside()]
    before = b"Nov 21 12:00:00 host brokerd: checkpoint of b1: 1 leaves, note "
    for line in (note_line, lambda n: base64.b64encode(n) + b"\n",
                 lambda n: before + base64.b64encode(n) + b"\n"):
        with open(path, "wb") as f:
            f.writelines(line(n) for n in notes)
        h.verify("--log", h.log, "--checkpoint", path, h.cast(0))
        # another root under the same signature
        with open(path, "wb") as f:
            f.write(line(notes[-1].replace(notes[-1].splitlines()[2], notes[0].splitlines()[2])))
        out = h.verify("--log", h.log, "--checkpoint", path, h.cast(0), code=7)
        holds(out, b"line 1")
    # a copy of the log that is older than a line
    shutil.copy(h.outside()[0], os.path.join(h.log, "checkpoint"))
    with open(path, "wb") as f:
        f.write(note_line(notes[-1]))
    h.verify("--log", h.log, "--checkpoint", path, h.cast(0), code=7)
    shutil.copy(h.outside()[-1], os.path.join(h.log, "checkpoint"))
    with open(path, "wb") as f:
        f.writelines(note_line(n) for n in notes)
    h.verify("--log", h.log, "--checkpoint", path, h.cast(0))
    with open(path, "ab") as f:
        f.write(b"nonsense!\n")
    h.verify("--log", h.log, "--checkpoint", path, h.cast(0), code=7)
    same(w.run("--verify", "--log", h.log, "--checkpoint", "/nonexistent",
               h.cast(0)).returncode, 2)
    same(w.run("--verify", "--log", "/nonexistent", h.cast(0)).returncode, 2)


@test
def a_forged_device_key_is_not_followed(w):
    """A DEVKEY leaf that the old key did not sign makes the whole log false."""
    h = Host(w)
    entries = os.path.join(h.log, "entries")
    data = open(entries, "rb").read()
    # the first leaf is the DEVKEY: u16, 32 of head, key, signature
    flip(entries, 2 + 32 + 40)
    h.verify("--log", h.log, h.cast(0), code=7)
    with open(entries, "wb") as f:
        f.write(data)
    h.verify("--log", h.log, h.cast(0))


@test
def a_new_device_key_is_followed_from_the_old_one(w):
    h = Host(w, "rotate", "rotate")
    pinned = open(h.trust).read().splitlines()
    same(len(pinned), 4)
    # who pins the first key alone
    first = os.path.join(h.dir, "first")
    with open(first, "w") as f:
        f.write("\n".join(pinned[:2]) + "\n")
    os.chmod(first, 0o600)
    for i, name in enumerate(("before", "between", "after")):
        cast = h.cast((0, 5, 6)[i])
        r = w.run("--verify", "--trust", first, "--log", h.log, cast)
        same((name, r.returncode), (name, 0))
        # the proof beside it leads there, too
        same(w.run("--verify", "--trust", first, cast).returncode, 0)
        os.unlink(h.cast((0, 5, 6)[i], ".proof"))
        same(w.run("--verify", "--trust", first, cast).returncode, 0 if i == 0 else 6)
    # who pins the last one alone cannot go back
    last = os.path.join(h.dir, "last")
    with open(last, "w") as f:
        f.write(pinned[0] + "\n" + pinned[3] + "\n")
    os.chmod(last, 0o600)
    same(w.run("--verify", "--trust", last, "--log", h.log, h.cast(6)).returncode, 0)
    same(w.run("--verify", "--trust", last, "--log", h.log, h.cast(0)).returncode, 6)
    # all three keys stand in the folder, and the old ones keep their modes
    keys = [n for n in os.listdir(os.path.join(h.dir, "keys")) if n.startswith("device")]
    same(len(keys), 4)
    for n in keys:
        same(os.stat(os.path.join(h.dir, "keys", n)).st_mode & 0o777,
             0o644 if n == "device.rotation" else 0o600)


# --- the proof beside it -------------------------------------------------------------


@test
def a_proof_travels_with_its_recording(w):
    h = Host(w)
    out = h.verify(h.cast(0))
    holds(out, b"proof: it stands in the log, as of ")
    # anywhere, under any name
    away = os.path.join(h.dir, "away")
    os.mkdir(away)
    cast = shutil.copy(h.cast(0), os.path.join(away, "x.cast"))
    lacks(h.verify(cast), b"proof:")
    holds(h.verify("--proof", h.cast(0, ".proof"), cast), b"proof: it stands")
    # of another recording
    h.verify("--proof", h.cast(2, ".proof"), cast, code=7)
    same(w.run("--verify", "--proof", os.path.join(away, "none"), cast).returncode, 2)


@test
def a_changed_proof_is_not_believed(w):
    h = Host(w)
    path = h.cast(0, ".proof")
    for at in range(0, os.path.getsize(path), 11):
        flip(path, at)
        r = w.run("--verify", "--trust", h.trust, h.cast(0))
        if r.returncode not in (6, 7):
            raise AssertionError("byte %d: %d" % (at, r.returncode))
        flip(path, at)
    data = open(path, "rb").read()
    for n in range(0, len(data), 37):
        with open(path, "wb") as f:
            f.write(data[:n])
        r = w.run("--verify", "--trust", h.trust, h.cast(0))
        if r.returncode not in (6, 7):
            raise AssertionError("%d bytes: %d" % (n, r.returncode))


# --- a whole folder ------------------------------------------------------------------


@test
def all_of_a_folder(w):
    h = Host(w)
    out = h.all(code=4)  # the recovered one has no end
    for part in (b": whole: ", b": unterminated", b": live: ", b"5 recordings, 3 whole",
                 b"1 unterminated", b"1 live", b"log: "):
        holds(out, part)
    lines = [json.loads(line) for line in h.all("--json", code=4).splitlines()]
    same([o["t"] for o in lines], ["recording"] * 5 + ["sum"])
    same(lines[-1]["live"], 1)
    same(sorted(o["code"] for o in lines[:-1]), [0, 0, 0, 4, 4])
    # without a log nobody says that one is live
    h.verify("--all", h.recordings, code=4)
    # the folder with the files itself
    done = os.path.join(h.recordings, "done")
    os.unlink(h.cast(1))
    holds(h.verify("--all", done), b"3 recordings, 3 whole\n")
    # it needs no key
    lacks(h.verify("--all", done), b"hello")


@test
def what_is_missing_is_named(w):
    h = Host(w)
    os.unlink(h.cast(2))
    out = h.all(code=7)
    holds(out, h.names[2][1].encode() + b".cast: missing: ")
    lines = [json.loads(line) for line in h.all("--json", code=7).splitlines()]
    same([o["sid"] for o in lines if o["t"] == "missing"], [h.names[2][1]])
    # another one under its name does not stand for it
    shutil.copy(h.cast(3), h.cast(2))
    out = h.all(code=7)
    holds(out, b"missing: ")
    holds(out, b"the same session as")
    # a live one that is gone
    h = Host(w)
    os.unlink(h.cast(4))
    holds(h.all(code=7), h.names[4][1].encode() + b".cast: missing: ")
    # and one that the log does not know
    h, other = Host(w), Host(w)
    shutil.copy(other.cast(0), os.path.join(h.recordings, "done"))
    holds(h.all(code=7), b"the log does not know of it")


@test
def what_expired_may_be_gone(w):
    h = Host(w, "expire")
    os.unlink(h.cast(0))
    holds(h.all(code=4), b"1 expired and gone")
    h = Host(w, "expire-early")
    os.unlink(h.cast(0))
    holds(h.all(code=7), b"before its time")


@test
def the_worst_finding_counts(w):
    h = Host(w)
    flip(h.cast(2), 2000)
    os.unlink(h.cast(0))
    h.all(code=3)  # tampered outweighs missing
    h = Host(w)
    os.unlink(h.cast(1))
    os.unlink(h.cast(1, ".proof"))
    os.mkfifo(os.path.join(h.recordings, "done", "pipe.cast"))
    os.symlink("/etc/passwd", os.path.join(h.recordings, "done", "link.cast"))
    out = h.verify("--all", os.path.join(h.recordings, "done"), code=2)
    same(out.count(b": cannot be read: "), 2)
    h.verify("--all", "/nonexistent", code=2)


@test
def hostile_names_are_escaped(w):
    h = Host(w)
    name = os.fsencode(os.path.join(h.recordings, "done", "\x1b[6n\n\u009bc.cast"))
    shutil.copy(h.cast(0).encode(), name)
    out = h.verify("--all", h.recordings, code=4)
    lacks(out, b"\x1b")
    lacks(out, b"\xc2\x9b")
    out = h.verify("--all", h.recordings, "--json", code=4)
    lacks(out, b"\x1b")


# --- further keys --------------------------------------------------------------------


def new_key(w, h, label):
    path = os.path.join(h.dir, label + ".key")
    r = subprocess.run([BROKER, "keys", "auditor", "--label", label, path], env=w.env,
                       stdout=subprocess.PIPE, check=True, timeout=60)
    public = os.path.join(h.dir, label + ".pub")
    with open(public, "wb") as f:
        f.write(r.stdout)
    return path, public


@test
def a_recording_is_opened_to_a_new_key(w):
    h = Host(w)
    key, public = new_key(w, h, "bob")
    show = ("--export", "cast", "--trust", h.trust)
    same(w.run(*show, "--key", key, h.cast(0)).returncode, 5)
    before = open(h.cast(0), "rb").read()
    r = w.run("rewrap", "--for", public, "--key", h.key, "--trust", h.trust, h.cast(0))
    same(r.returncode, 0)
    holds(r.stderr, b"bob can open it now")
    same(open(h.cast(0), "rb").read(), before)
    rcpt = h.cast(0, ".rcpt")
    text = open(rcpt).read()
    same(text.split()[:3], ["hoop-rewrap", "1", h.names[0][1]])
    want = w.run(*show, "--key", h.key, h.cast(0)).stdout
    r = w.run(*show, "--key", key, h.cast(0))
    same((r.returncode, r.stdout), (0, want))
    # not again over it
    same(w.run("--rewrap", public, "--key", h.key, "--trust", h.trust,
               h.cast(0)).returncode, 2)
    # elsewhere, and named
    other = os.path.join(h.dir, "other.rcpt")
    same(w.run("--rewrap", public, "-o", other, "--key", h.key, "--trust", h.trust,
               h.cast(2)).returncode, 0)
    same(w.run(*show, "--key", key, h.cast(2)).returncode, 5)
    same(w.run(*show, "--key", key, "--rcpt", other, h.cast(2)).returncode, 0)
    # one for another recording is not used, and that is told
    r = w.run(*show, "--key", key, "--rcpt", other, h.cast(3))
    same((r.returncode, r.stdout), (5, b""))
    holds(r.stderr, b"another session")
    # a list of recipients names several
    r = w.run("--rewrap", os.path.join(h.dir, "keys", "recipients"), "--key", h.key,
              "--trust", h.trust, h.cast(3))
    same((r.returncode, r.stderr.count(b"can open it now")), (0, 2))


@test
def who_cannot_open_it_opens_it_to_nobody(w):
    h = Host(w)
    key, public = new_key(w, h, "bob")
    r = w.run("--rewrap", public, "--key", key, "--trust", h.trust, h.cast(0))
    same(r.returncode, 5)
    same(os.path.getsize(h.cast(0, ".rcpt")), 0)
    # an empty one is as none
    same(w.run("--export", "cast", "--key", h.key, "--trust", h.trust,
               h.cast(0)).returncode, 0)
    flip(h.cast(2), 1500)
    same(w.run("--rewrap", public, "--key", h.key, "--trust", h.trust,
               h.cast(2)).returncode, 3)
    same(w.run("--rewrap", h.trust, "--key", h.key, h.cast(3)).returncode, 2)


@test
def a_changed_rcpt_opens_nothing(w):
    h = Host(w)
    key, public = new_key(w, h, "bob")
    same(w.run("--rewrap", public, "--key", h.key, "--trust", h.trust,
               h.cast(0)).returncode, 0)
    rcpt = h.cast(0, ".rcpt")
    for at in range(0, os.path.getsize(rcpt), 13):
        flip(rcpt, at)
        r = w.run("--export", "cast", "--key", key, "--trust", h.trust, h.cast(0))
        same((r.returncode, r.stdout), (5, b""))
        flip(rcpt, at)
        # and never hurts whom the recording was made for
    flip(rcpt, 40)
    same(w.run("--export", "cast", "--key", h.key, "--trust", h.trust,
               h.cast(0)).returncode, 0)


# --- whose keys ----------------------------------------------------------------------


@test
def no_key_of_the_broker_opens_a_recording(w):
    """Every file that a broker has, offered as a key, whole and as what stands in it."""
    h = Host(w)
    offered = 0
    for folder, _, names in os.walk(h.dir):
        for name in names:
            path = os.path.join(folder, name)
            if name in ("auditor.key", "break-glass.key"):
                continue  # taken away to those who hold them
            data = open(path, "rb").read()
            copies = [data[:4096]]
            for word in data.replace(b"\n", b" ").split(b" "):
                try:
                    raw = base64.b64decode(word, validate=True)
                except ValueError:
                    continue
                if len(raw) == 32:
                    copies.append(b"hoop-key 1 stolen x25519 " + word + b"\n")
            for copy in copies:
                offered += 1
                stolen = w.put("stolen", copy)
                for i in (0, 1):
                    r = w.run("--export", "cast", "--key", stolen, "--trust", h.trust,
                              h.cast(i))
                    same((r.returncode, r.stdout), (5, b""))
    if offered < 30:
        raise AssertionError("only %d" % offered)
    # the test can tell: the right one does
    same(w.run("--export", "cast", "--key", h.key, "--trust", h.trust,
               h.cast(0)).returncode, 0)


if __name__ == "__main__":
    if not os.access(PROGRAM, os.X_OK):
        sys.exit("no " + PROGRAM)
    sys.exit(run(tests))
