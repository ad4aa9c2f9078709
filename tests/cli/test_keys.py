#!/usr/bin/python3
"""broker keys: from a new auditor to a signed list, passphrases on a terminal, a device key that
changes; prints TAP."""
import json
import os
import pty
import re
import select
import shutil
import stat
import subprocess
import sys
import tempfile
import time

BUILD = os.environ.get("top_builddir", ".")
BROKER = os.path.join(BUILD, "broker", "cli", "broker")
ENV = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "ASAN_OPTIONS": "detect_leaks=0"}
tests = []


def test(f):
    tests.append(f)
    return f


def same(got, want):
    if got != want:
        raise AssertionError("got %r, want %r" % (got, want))


def holds(text, part):
    if part not in text:
        raise AssertionError("%r is not in %r" % (part, text))


def lacks(text, part):
    if part in text:
        raise AssertionError("%r is in %r" % (part, text))


class Keys:
    """A folder with the keys of `init`."""

    def __init__(self):
        self.top = tempfile.mkdtemp(prefix="keys.")
        self.dir = os.path.join(self.top, "k")
        self.run("init", "--name", "gw", self.dir)

    def path(self, name):
        return os.path.join(self.dir, name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as f:
            return f.read()

    def put(self, name, text, mode=0o600):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(self.path(name), mode)
        return self.path(name)

    def run(self, *args, code=0, json_too=False):
        r = subprocess.run([BROKER, *(["--json"] if json_too else []), "keys", *args], env=ENV,
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True, timeout=60, check=False,
                           start_new_session=True)
        if r.returncode != code:
            raise AssertionError("%r: exit %d, not %d: %s%s"
                                 % (args, r.returncode, code, r.stdout, r.stderr))
        return r

    def typed(self, lines, *args):
        """The same on a terminal, with these lines typed as it asks; status and text."""
        pid, fd = pty.fork()
        if pid == 0:
            os.execve(BROKER, [BROKER, "keys", *args], ENV)
        text, asked, end = b"", 0, time.monotonic() + 60
        while time.monotonic() < end:
            if select.select([fd], [], [], 0.1)[0]:
                try:
                    data = os.read(fd, 4096)
                except OSError:
                    break
                if not data:
                    break
                text += data
            prompts = len(re.findall(rb"Passphrase of|The same again", text))
            while asked < prompts and asked < len(lines):
                os.write(fd, lines[asked] + b"\n")
                asked += 1
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.close(fd)
        return status, text


@test
def an_auditor_more(k):
    bob = k.path("bob.key")
    out = k.run("auditor", "--label", "bob", bob).stdout
    same(out.split()[:4], ["hoop-public", "1", "bob", "x25519"])
    same(stat.S_IMODE(os.stat(bob).st_mode), 0o600)
    secret = open(bob).read().split()[-1]
    lacks(out, secret)
    # never over a file that is there
    k.run("auditor", "--label", "bob", bob, code=64)
    same(open(bob).read().split()[-1], secret)
    k.run("auditor", k.path("x"), code=64)
    k.run("auditor", "--label", "a b", k.path("x"), code=64)
    # its line, from the private key and from the public one
    k.put("bob.pub", out)
    want = k.run("recipient", "--epoch", "2027-01", "--not-after", "2098-12-31", bob).stdout
    same(k.run("recipient", "--epoch", "2027-01", "--not-after", "2098-12-31",
               k.path("bob.pub")).stdout, want)
    same(want.split()[:4], ["recipient", "bob", "2027-01", "2098-12-31"])
    for words in (["--epoch", "e"], ["--not-after", "2098-12-31"],
                  ["--epoch", "e", "--not-after", "2098-02-30"],
                  ["--epoch", "e" * 17, "--not-after", "2098-12-31"],
                  ["--epoch", "e", "--not-after", "2098-12-31", "--label", "a:b"]):
        k.run("recipient", *words, bob, code=64)
    # a list with bob in it
    lines = [line for line in k.read("recipients").splitlines() if line.startswith("recipient ")]
    k.put("list", "\n".join(lines) + "\n" + want)
    k.run("sign", "--admin", k.path("admin.key"), "-o", k.path("signed"), k.path("list"))
    holds(k.run("check", "--admin", k.path("admin.pub"), k.path("signed")).stdout,
          "recipient bob, epoch 2027-01, kid ")
    # the same, from the list that was signed before
    old = k.read("recipients").splitlines()
    k.put("edited", "\n".join(old[:-1]) + "\n" + want + old[-1] + "\n")
    same(k.run("sign", "--admin", k.path("admin.key"), k.path("edited")).stdout, k.read("signed"))
    k.run("sign", "--admin", k.path("admin.key"), "-o", k.path("signed"), k.path("list"), code=64)


@test
def what_is_no_list_is_not_signed(k):
    good = [line for line in k.read("recipients").splitlines() if line.startswith("recipient ")]
    late = good[1].split()
    late[3] = "2001-01-01"
    for text in ("", good[0] + "\n", good[0] + "\n" + good[0] + "\n", "\n".join(good),
                 "hoop-recipients 2\n" + "\n".join(good) + "\n", good[0] + "\nsigned a b\n" + good[1] + "\n",
                 good[0] + "\n" + " ".join(late) + "\n", "\n".join(good * 17) + "\n",
                 "\n".join(good) + "\nnonsense\n"):
        r = k.run("sign", "--admin", k.path("admin.key"), k.put("list", text), code=64)
        same(r.stdout, "")
    k.run("sign", k.path("recipients"), code=64)
    # not with a key of another kind, nor one that others can read
    k.run("sign", "--admin", k.path("device.key"), k.path("recipients"), code=64)
    k.run("sign", "--admin", k.put("loose", k.read("admin.key"), 0o644), k.path("recipients"), code=64)


@test
def a_list_is_checked_as_the_broker_does(k):
    pub = k.read("admin.pub").strip()
    out = k.run("check", "--admin", pub, k.path("recipients"))
    same(out.stdout.count("recipient "), 2)
    same(out.stderr, "")
    found = json.loads(k.run("check", "--admin", pub, k.path("recipients"), json_too=True).stdout)
    same([x["label"] for x in found["recipients"]], ["auditor", "break-glass"])
    if not 395 <= found["recipients"][0]["days"] <= 401:
        raise AssertionError(found)
    text = k.read("recipients")
    for bad in (text.replace("auditor", "Auditor"), text[:-1], "\n".join(text.splitlines()[:-1]) + "\n"):
        k.run("check", "--admin", pub, k.put("bad", bad), code=64)
    other = Keys()
    try:
        r = k.run("check", "--admin", other.path("admin.pub"), k.path("recipients"), code=64)
        holds(r.stderr, "not the pinned one")
    finally:
        shutil.rmtree(other.top)
    k.run("check", "--admin", k.path("trust"), k.path("recipients"), code=64)
    k.run("check", k.path("recipients"), code=64)
    # soon over: told, and still good
    lines = [line.split() for line in text.splitlines() if line.startswith("recipient ")]
    soon = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 5 * 86400))
    lines[1][3] = soon
    k.put("list", "\n".join(" ".join(line) for line in lines) + "\n")
    k.put("soon", k.run("sign", "--admin", k.path("admin.key"), k.path("list")).stdout)
    holds(k.run("check", "--admin", pub, k.path("soon")).stderr, "break-glass expires in 5 days")


@test
def keys_are_shown_without_their_secrets(k):
    files = ["auditor.key", "device.key", "admin.key", "recipients", "trust"]
    out = k.run("show", *map(k.path, files)).stdout
    for name in ("auditor.key", "device.key", "admin.key"):
        lacks(out, k.read(name).split()[-1])
    for part in ("auditor.key: auditor", "kid: ", "public_line: hoop-public 1 auditor x25519 ",
                 "rewrap_signer: ", "device.key: device", "broker: gw", "signed_by: ",
                 "line: device gw "):
        holds(out, part)
    holds(out, k.read("admin.pub").strip())
    rows = [json.loads(line) for line in
            k.run("show", *map(k.path, files), json_too=True).stdout.splitlines()]
    same([r["kind"] for r in rows], ["auditor", "device", "admin", "recipients", "trust"])
    for bad in (k.path("admin.pub"), k.path("none"), k.put("junk", "junk\n"),
                k.put("loose", k.read("auditor.key"), 0o640), k.dir):
        k.run("show", bad, code=64)


@test
def a_passphrase_is_asked_for_twice(k):
    locked = k.path("locked.key")
    status, text = k.typed([b"correct horse", b"correct horse"], "auditor", "--label", "eve",
                           "--passphrase", locked)
    same(status, 0)
    lacks(text, b"horse")
    same(open(locked).read().split()[4], "argon2id")
    # shown with it, and only with it
    status, text = k.typed([b"correct horse"], "show", locked)
    same(status, 0)
    holds(text, b"label: eve")
    status, text = k.typed([b"wrong"], "show", locked)
    same(status, 64)
    holds(text, b"wrong passphrase")
    # not the same twice, three times; and nobody to ask
    status, _ = k.typed([b"a", b"b"] * 3, "auditor", "--label", "x", "--passphrase", k.path("x"))
    same((status, os.path.exists(k.path("x"))), (64, False))
    r = k.run("auditor", "--label", "x", "--passphrase", k.path("x"), code=64)
    holds(r.stderr, "no terminal")
    same(os.path.exists(k.path("x")), False)


@test
def a_device_key_is_changed(k):
    before = k.read("device.key")
    out = k.run("rotate-device", k.dir).stdout
    after = k.read("device.key")
    if before == after:
        raise AssertionError("the same key")
    old = [n for n in os.listdir(k.dir) if re.fullmatch(r"device-[0-9a-f]{16}\.key", n)]
    same([k.read(n) for n in old], [before])
    for n in old + ["device.key"]:
        same(stat.S_IMODE(os.stat(k.path(n)).st_mode), 0o600)
    lacks(out, after.split()[-1])
    trust = k.read("trust").splitlines()
    same(len(trust), 3)
    holds(out, trust[2])
    same(len(k.read("device.rotation").splitlines()), 1)
    # without a trust file, and once more
    os.unlink(k.path("trust"))
    lacks(k.run("rotate-device", k.dir).stdout, "added to trust")
    rotations = [line.split() for line in k.read("device.rotation").splitlines()]
    same([r[:3] for r in rotations], [["hoop-rotation", "1", "gw"]] * 2)
    same(rotations[0][4], rotations[1][3])
    lacks(" ".join(os.listdir(k.dir)), ".new")
    # nothing to change
    k.run("rotate-device", k.top, code=64)
    k.run("rotate-device", k.path("none"), code=64)
    os.chmod(k.path("device.key"), 0o644)
    last = k.read("device.key")
    k.run("rotate-device", k.dir, code=64)
    same(k.read("device.key"), last)


@test
def odd_words_are_usage(k):
    for words in ([], ["shout"], ["show"], ["sign"], ["auditor"], ["init"], ["init", "--label", "x", "y"],
                  ["show", "--admin", "x", k.path("trust")], ["check", "a", "b"]):
        k.run(*words, code=64)
    for words in (["--help"], ["show", "--help"], ["rotate-device", "--help"]):
        holds(k.run(*words).stdout, "usage: broker keys init")


def main():
    failed = 0
    for n, f in enumerate(tests, 1):
        k = Keys()
        try:
            f(k)
            print("ok %d - %s" % (n, f.__name__.replace("_", " ")))
        except Exception as e:  # a broken test must not hide the others
            failed += 1
            print("not ok %d - %s\n# %s: %s" % (n, f.__name__.replace("_", " "), type(e).__name__, e))
        finally:
            shutil.rmtree(k.top)
        sys.stdout.flush()
    print("1..%d" % len(tests))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
