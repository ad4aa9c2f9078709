#!/usr/bin/python3
"""hoop-replay as its users see it: the vector in pipes and on a terminal, broken in
every way; prints TAP."""
import base64
import ctypes
import ctypes.util
import fcntl
import json
import os
import pty
import re
import shutil
import signal
import stat
import struct
import subprocess
import sys
import termios
import time

sys.dont_write_bytecode = True  # the sources may be read-only
from world import (PROGRAM, WITH_SANITIZERS, Skip, Terminal, holds, lacks, run, same,
                   shown)  # noqa: E402

tests = []


def test(f):
    tests.append(f)
    return f


# --- findings ------------------------------------------------------------------------


@test
def a_good_recording_is_proven(w):
    r = w.run("--verify", "--trust", w.trust, w.cast)
    same(r.returncode, 0)
    holds(r.stdout, b"sample.cast: whole: complete and proven: ")
    same(w.known("--verify", w.cast).returncode, 0)


@test
def without_trust_the_signer_is_unknown(w):
    r = w.run("--verify", w.cast)
    same(r.returncode, 6)
    holds(r.stdout, b"not trusted")
    other = "hoop-trust 1\ndevice rec.example/a2 %s\n" % w.keys["device_pk"]
    same(w.run("--verify", "--trust", w.put("t2", other), w.cast).returncode, 6)


@test
def the_usual_places_are_used(w):
    place = os.path.join(w.home, ".config", "hoop-replay")
    os.makedirs(place)
    shutil.copy(w.key, os.path.join(place, "key"))
    shutil.copy(w.trust, os.path.join(place, "trusted"))
    same(w.run("--verify", w.cast).returncode, 0)
    r = w.run("--export", "cast", w.cast)
    same((r.returncode, r.stdout), (0, w.plain))
    shutil.rmtree(os.path.join(w.home, ".config"))


@test
def every_flip_is_found(w):
    for i in range(0, len(w.sample), 29):
        data = bytearray(w.sample)
        data[i] ^= 1 << i % 8
        r = w.verify(bytes(data))
        if r.returncode not in (3, 6) or (r.returncode == 6 and b"not trusted" not in r.stdout):
            raise AssertionError("byte %d: exit %d" % (i, r.returncode))
        # what is changed is never shown
        r = w.known("--export", "cast", os.path.join(w.dir, "x.cast"))
        if r.returncode not in (3, 6) or (r.returncode == 3 and r.stdout != b""):
            raise AssertionError("byte %d: export exit %d" % (i, r.returncode))


@test
def every_cut_is_found(w):
    for n in list(range(1, len(w.sample), 37)) + [len(w.sample) - 1]:
        r = w.verify(w.sample[:n])
        if r.returncode != 4:
            raise AssertionError("%d bytes: exit %d" % (n, r.returncode))
    same(w.verify(b"").returncode, 3)
    same(w.verify(b"no recording at all\n").returncode, 3)
    same(w.verify(w.sample + b"x").returncode, 3)


@test
def a_place_is_named(w):
    lines = w.sample.split(b"\n")
    lines[4], lines[5] = lines[5], lines[4]
    r = w.verify(b"\n".join(lines))
    same(r.returncode, 3)
    if not re.search(rb"^[^\n]*: tampered at line 5, offset \d+: [a-z]", r.stdout):
        raise AssertionError(r.stdout)
    r = w.verify(b"\n".join(lines), "--json")
    found = json.loads(r.stdout)
    same((found["code"], found["verdict"], found["bad_line"]), (3, "tampered", 5))


@test
def a_changed_recipient_is_tampering_not_a_wrong_key(w):
    head = json.loads(w.sample.split(b"\n")[0])
    k = head["hoop"]["rcpt"][0]["k"]
    changed = base64.b64encode(bytes(80)).decode()
    data = w.sample.replace(k.encode(), changed.encode())
    r = w.known("--export", "cast", w.put("x.cast", data))
    same((r.returncode, r.stdout), (3, b""))


@test
def json_says_the_same(w):
    found = json.loads(w.known("--verify", "--json", w.cast).stdout)
    same(found["code"], 0)
    same(found["sid"], w.keys["sid"])
    same(found["broker"], "rec.example/a1")
    same(found["file_bytes"], len(w.sample))
    same(found["plain_bytes"], len(w.plain))
    same((found["closed"], found["signer_known"], found["opened"]), (True, True, True))
    found = json.loads(w.run("--verify", "--json", w.cast).stdout)
    same((found["code"], found["signer_known"], found["opened"]), (6, False, False))


@test
def info_shows_meta_and_summary(w):
    r = w.known("--info", w.cast)
    same(r.returncode, 0)
    for part in (b"hoop.user: alice", b"width: 120", b"summary.exit: 0",
                 b"started: 2026-11-20T"):
        holds(r.stdout, part)
    info = json.loads(w.known("--info", "--json", w.cast).stdout)
    same(info["meta"]["hoop"]["user"], "alice")
    same(info["summary"], {"exit": 0})
    same(info["proof"]["code"], 0)


@test
def commands_are_listed(w):
    r = w.known("--commands", w.cast)
    same(r.returncode, 0)
    for part in (b"started: 2026-11-20T", b"calls: 0 made, 0 refused", b"ended: "):
        holds(r.stdout, part)
    lacks(r.stdout, b"Linux")
    lines = [json.loads(line) for line in w.known("--commands", "--json", w.cast).stdout.splitlines()]
    same([o["t"] for o in lines], ["session", "end"])
    same((lines[0]["meta"]["user"], lines[0]["proof"]["code"]), ("alice", 0))
    # cut: as far as it goes, and it says so
    r = w.known("--commands", w.put("cut.cast", w.sample[:3000]))
    same(r.returncode, 4)
    holds(r.stdout, b"ended: not recorded")
    holds(r.stderr, b"unterminated")
    # changed: nothing
    data = bytearray(w.sample)
    data[-100] ^= 1
    r = w.known("--commands", w.put("x.cast", bytes(data)))
    same((r.returncode, r.stdout), (3, b""))
    full = open("/dev/full", "wb")
    p = subprocess.run([PROGRAM, "--commands", "--key", w.key, "--trust", w.trust, w.cast],
                       stdout=full, stderr=subprocess.PIPE, env=w.env, timeout=60, check=False)
    full.close()
    same(p.returncode, 2)


# --- keys ----------------------------------------------------------------------------


@test
def without_a_key_nothing_is_shown(w):
    for mode in ([], ["--export", "cast"], ["--info"], ["--commands"]):
        r = w.run(*mode, "--trust", w.trust, w.cast)
        same((r.returncode, r.stdout), (5, b""))
        holds(r.stderr, b"no usable key")


@test
def a_strange_key_does_not_open_it(w):
    other = w.put("other", "hoop-key 1 other x25519 %s\n" % base64.b64encode(b"\x42" * 32).decode())
    for mode in ([], ["--verify"], ["--export", "cast"]):
        r = w.run(*mode, "--key", other, "--trust", w.trust, w.cast)
        same(r.returncode, 5)
    lacks(w.run("--key", other, "--trust", w.trust, w.cast).stdout, b"Linux")
    # what the signatures say comes first
    same(w.run("--verify", "--key", other, w.cast).returncode, 6)


@test
def a_key_that_others_can_read_is_refused(w):
    for mode in (0o640, 0o604, 0o644, 0o660):
        loose = w.put("loose", open(w.key).read(), mode)
        r = w.run("--key", loose, "--trust", w.trust, w.cast)
        same((r.returncode, r.stdout), (5, b""))
    link = os.path.join(w.dir, "link")
    os.symlink(w.key, link)
    same(w.run("--key", link, "--trust", w.trust, w.cast).returncode, 5)
    same(w.run("--key", w.trust, "--trust", w.trust, w.cast).returncode, 5)


@test
def a_key_comes_from_a_descriptor(w):
    for fd in (os.open(w.key, os.O_RDONLY), None):
        if fd is None:
            fd, end = os.pipe()
            os.write(end, open(w.key, "rb").read())
            os.close(end)
        r = w.run("--export", "cast", "--key", "fd:%d" % fd, "--trust", w.trust, w.cast,
                  pass_fds=[fd])
        os.close(fd)
        same((r.returncode, r.stdout), (0, w.plain))
    same(w.run("--key", "fd:77", "--trust", w.trust, w.cast).returncode, 5)


def locked_key(w, passphrase):
    """A key file with a passphrase, made with libsodium alone."""
    name = ctypes.util.find_library("sodium") or "libsodium.so.23"
    try:
        sodium = ctypes.CDLL(name)
    except OSError as e:
        raise Skip("no libsodium for Python") from e
    sodium.sodium_init()
    secret = base64.b64decode(w.keys["recipient_sk"])
    salt, nonce, ops, mem = b"s" * 16, b"n" * 24, 1, 8 << 20
    key = ctypes.create_string_buffer(32)
    box = ctypes.create_string_buffer(48)
    same(sodium.crypto_pwhash(
        key, ctypes.c_ulonglong(32), passphrase, ctypes.c_ulonglong(len(passphrase)), salt,
        ctypes.c_ulonglong(ops), ctypes.c_size_t(mem),
        ctypes.c_int(sodium.crypto_pwhash_alg_argon2id13())), 0)
    same(sodium.crypto_secretbox_easy(box, secret, ctypes.c_ulonglong(32), nonce, key), 0)
    return w.put("locked", "hoop-key 1 auditor x25519 argon2id %d %d %s %s\n" % (
        ops, mem, base64.b64encode(salt).decode(),
        base64.b64encode(nonce + box.raw).decode()))


@test
def a_passphrase_is_asked_for(w):
    locked = locked_key(w, b"correct horse")
    t = Terminal(w, "--key", locked, "--trust", w.trust, "--idle-limit", "0", w.cast)
    t.read(20, b"Passphrase of the key: ")
    t.type(b"correct horse\n")
    same(t.end(), 0)
    holds(t.text, b"bye")
    lacks(t.text, b"horse")
    t = Terminal(w, "--key", locked, "--trust", w.trust, w.cast)
    t.read(20, b"Passphrase")
    t.type(b"wrong\n")
    same(t.end(), 5)
    lacks(t.text, b"Linux")
    # a changed file says so, and asks nobody
    data = w.sample.replace(b"policy", b"pOlicy")
    t = Terminal(w, "--key", locked, "--trust", w.trust, w.put("x.cast", data))
    same(t.end(), 3)
    lacks(t.text, b"Passphrase")


@test
def no_terminal_no_passphrase(w):
    r = w.run("--key", locked_key(w, b"x"), "--trust", w.trust, w.cast, start_new_session=True)
    same(r.returncode, 5)
    holds(r.stderr, b"no terminal")


# --- playing -------------------------------------------------------------------------


@test
def a_recording_plays(w):
    r = w.known("--idle-limit", "0", w.cast)
    same((r.returncode, r.stdout, r.stderr), (0, shown(w), b""))


@test
def time_is_kept(w):
    for args, least, most in ((["--speed", "10"], 0.36, 3), (["--idle-limit", "0.1"], 0.5, 3)):
        start = time.monotonic()
        same(w.known(*args, w.cast).returncode, 0)
        took = time.monotonic() - start
        if not least <= took <= most:
            raise AssertionError("%r took %.3f s" % (args, took))


@test
def a_cut_recording_plays_with_a_warning(w):
    cut = w.put("cut.cast", w.sample[:3000])
    r = w.known("--idle-limit", "0", cut)
    same(r.returncode, 4)
    holds(r.stdout, b"Linux")
    holds(r.stderr, b"unterminated")
    # the warning stands before the first byte
    both = subprocess.run(
        [PROGRAM, "--key", w.key, "--trust", w.trust, "--idle-limit", "0", cut], env=w.env,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False).stdout
    if both.index(b"unterminated") > both.index(b"Linux"):
        raise AssertionError(both)
    # and it is 4, too, where the header itself is cut
    same(w.known(w.put("cut.cast", w.sample[:300])).returncode, 4)
    same(w.known("--export", "cast", cut).returncode, 4)


@test
def an_unknown_signer_is_named_first(w):
    r = w.run("--key", w.key, "--idle-limit", "0", w.cast)
    same((r.returncode, r.stdout), (6, shown(w)))
    holds(r.stderr, b"not verified")


@test
def a_tampered_recording_is_not_played(w):
    data = bytearray(w.sample)
    data[-100] ^= 1
    r = w.known("--idle-limit", "0", w.put("x.cast", bytes(data)))
    same((r.returncode, r.stdout), (3, b""))


@test
def a_plain_asciicast_plays_unverified(w):
    path = w.put("plain.cast", w.plain)
    r = w.run("--idle-limit", "0", path)
    same((r.returncode, r.stdout), (6, shown(w)))
    holds(r.stderr, b"not verified")
    same(w.run("--verify", path).returncode, 6)
    r = w.run("--export", "cast", path)
    same((r.returncode, r.stdout), (6, w.plain))
    r = w.run("--idle-limit", "0", w.put("plain.cast", w.plain + b"nonsense\n"))
    same(r.returncode, 2)
    holds(r.stderr, b"line 9")


def hostile(w, *chunks):
    lines = [json.dumps({"version": 2, "width": 80, "height": 24})]
    lines += [json.dumps([0.01 * i, "o", c]) for i, c in enumerate(chunks)]
    return w.put("hostile.cast", "\n".join(lines) + "\n")


QUESTIONS = ["\x1b[6n", "\x1b[5n", "\x1b[c", "\x1b[>c", "\x1b[=c", "\x1bZ", "\x1b[x",
             "\x1bP$qm\x1b\\", "\x1bP+q544e\x1b\\", "\x1b[?2026$p", "\x1b[>q", "\x1b[21t",
             "\x1b[18t", "\x1b]10;?\x07", "\x1b]52;c;?\x07", "\x1b]4;0;?\x1b\\", "\x05",
             "\x1b[?u", "\x1b[?1;1;0S", "\x1b_Gi=1,a=q;AAAA\x1b\\", "\u009b6n", "\u009bc",
             "\u0090$qm\u009c", "\x1b[1;1;1;1;5;5*y", "\x1b[?996n", "\x1b[14t"]
OTHERS = ["\x1b]52;c;cm0gLXJmIH4=\x07", "\x1b]0;owned\x07", "\x1b]2;owned\x1b\\",
          "\x1b[?1000h", "\x1b[?1003;1006h", "\x1b[?2004h", "\x1b[?1004h", "\x1b^x\x1b\\",
          "\x1bXx\x1b\\", "\x1b[5i", "\x1b[>4;2m", "\x1b=", "\x1b[?1h", "\x1b[20h"]


def answers(text):
    """What a terminal would do that must not happen: a model of one that obeys.  It
    knows the bytes alone, nothing of the program's filter."""
    bad = [m.group(0) for m in re.finditer(
        rb"\x05|\xc2[\x80-\x9f]|\x1b[\]P_^XkZ=>%NO]|\x1b\[[0-?]*[ -/]*[cnxtiqy]|"
        rb"\x1b\[[<=>][0-?]*[ -/]*[@-~]|\x1b\[\?[0-?]*[ -/]*[^hlJK0-9;]|"
        rb"\x1b\[\?(?:\d+;)*(?:9|66|100[0-7]|1015|1016|2004|1)(?:;\d+)*[hl]|"
        rb"\x1b\[[0-?]*\$[@-~]|\x1b\[(?:\d+;)*(?:2|12|20)(?:;\d+)*[hl]", text)]
    return [m for m in bad if not re.fullmatch(rb"\x1b\[\d* q", m)]


@test
def a_hostile_recording_gets_no_answer(w):
    whole = QUESTIONS + OTHERS
    cut = [p for s in whole for p in s]
    for chunks in (whole, cut):
        t = Terminal(w, "--idle-limit", "0", hostile(w, "begin", *chunks, "\x1b[31mend"))
        same(t.end(), 6)
        holds(t.text, b"begin")
        holds(t.text, b"end")
        holds(t.text, b"were not shown")
        holds(t.text, b"\x1b[0m")
        same(answers(t.text), [])
    # the model does see them
    t = Terminal(w, "--raw", "--idle-limit", "0", hostile(w, *whole))
    same(t.end(), 6)
    if len(answers(t.text)) < len(whole):
        raise AssertionError("the model is blind: %r" % answers(t.text))
    holds(t.text, b"\x1b[?2004l")


@test
def what_is_typed_meanwhile_is_thrown_away(w):
    """The shell behind must not get what a terminal answered, or a person typed."""
    cast = hostile(w, "begin")
    with open(cast, "a", encoding="utf-8") as f:
        f.write('[0.5, "o", "end"]\n')
    script = '"$0" "$1" 2>/dev/null; IFS= read -r line; echo "<$line>"'
    pid, fd = pty.fork()
    if pid == 0:
        os.execve("/bin/sh", ["/bin/sh", "-c", script, PROGRAM, cast], w.env)
    t = Terminal.__new__(Terminal)
    t.pid, t.fd, t.text = pid, fd, b""
    t.read(20, b"begin")
    t.type(b"rm -rf /\n")
    t.read(20, b"end")
    time.sleep(0.3)
    t.type(b"mine\n")
    same(t.end(), 0)
    holds(t.text, b"<mine>")


def long_cast(w):
    lines = [json.dumps({"version": 2, "width": 80, "height": 24})]
    lines += ['[%d, "o", "<%d>"]' % (i, i) for i in range(0, 50)]
    return w.put("long.cast", "\n".join(lines) + "\n")


@test
def keys_pause_step_and_quit(w):
    t = Terminal(w, "--speed", "20", long_cast(w))
    t.read(20, b"<2>")
    t.type(b" ")
    t.read(0.2)
    last = max(int(n) for n in re.findall(rb"<(\d+)>", t.text))
    t.read(0.3)
    lacks(t.text, b"<%d>" % (last + 1))
    t.type(b".")
    t.read(5, b"<%d>" % (last + 1))
    t.read(0.2)
    lacks(t.text, b"<%d>" % (last + 2))
    t.type(b" ")
    t.read(5, b"<%d>" % (last + 3))
    t.type(b"q")
    same(t.end(), 6)
    lacks(t.text, b"<49>")


@test
def a_signal_leaves_the_terminal_in_order(w):
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        master, slave = pty.openpty()
        before = termios.tcgetattr(slave)
        lines = [json.dumps({"version": 2, "width": 80, "height": 24}),
                 json.dumps([0, "o", "\x1b[?1049h\x1b[31mhere"]), json.dumps([99, "o", "x"])]
        path = w.put("wait.cast", "\n".join(lines) + "\n")
        p = subprocess.Popen([PROGRAM, path], stdin=slave, stdout=slave,
                             stderr=subprocess.DEVNULL, env=w.env)
        text = b""
        while b"here" not in text:
            text += os.read(master, 4096)
        if termios.tcgetattr(slave)[3] & termios.ECHO:
            raise AssertionError("keys are echoed")
        p.send_signal(sig)
        same(p.wait(20), 128 + sig)
        text += os.read(master, 4096)
        holds(text, b"\x1b[?1049l")
        holds(text, b"\x1b[0m")
        same(termios.tcgetattr(slave), before)
        os.close(master)
        os.close(slave)


@test
def a_reader_that_leaves_ends_it(w):
    p = subprocess.Popen([PROGRAM, "--idle-limit", "0", long_cast(w)], stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, env=w.env)
    p.stdout.close()
    same(p.wait(20), 6)


@test
def it_is_confined_while_it_plays(w):
    master, slave = pty.openpty()
    p = subprocess.Popen([PROGRAM, long_cast(w)], stdin=slave, stdout=slave,
                         stderr=subprocess.DEVNULL, env=w.env)
    text = b""
    while b"<0>" not in text:
        text += os.read(master, 4096)
    status = dict(line.split(":", 1) for line in open("/proc/%d/status" % p.pid))
    p.terminate()
    p.wait(20)
    os.close(master)
    os.close(slave)
    same(status["NoNewPrivs"].strip(), "1")
    if not WITH_SANITIZERS:
        same(status["Seccomp"].strip(), "2")


# --- export --------------------------------------------------------------------------


@test
def an_export_is_exact(w):
    r = w.known("--export", "cast", w.cast)
    same((r.returncode, r.stdout), (0, w.plain))
    out = os.path.join(w.dir, "out.cast")
    same(w.known("--export", "cast", "-o", out, w.cast).returncode, 0)
    same(open(out, "rb").read(), w.plain)
    same(stat.S_IMODE(os.stat(out).st_mode), 0o600)
    # not over what exists
    same(w.known("--export", "cast", "-o", out, w.put("cut", w.sample[:3000])).returncode, 2)
    same(open(out, "rb").read(), w.plain)
    same(w.known("--export", "cast", "--force", "-o", out, w.cast).returncode, 0)
    same(open(out, "rb").read(), w.plain)


@test
def a_failed_export_leaves_nothing(w):
    data = bytearray(w.sample)
    data[2500] ^= 1
    out = os.path.join(w.dir, "none.cast")
    same(w.known("--export", "cast", "-o", out, w.put("x.cast", bytes(data))).returncode, 3)
    same(os.path.getsize(out), 0)


@test
def an_export_does_not_go_to_a_terminal(w):
    t = Terminal(w, "--export", "cast", "--key", w.key, "--trust", w.trust, w.cast)
    same(t.end(), 1)
    lacks(t.text, b"Linux")
    t = Terminal(w, "--export", "cast", "--force", "--key", w.key, "--trust", w.trust, w.cast)
    same(t.end(), 0)
    holds(t.text, b"Linux")


@test
def asciinema_plays_the_export(w):
    if shutil.which("asciinema") is None:
        raise Skip("no asciinema here")
    out = os.path.join(w.dir, "asciinema.cast")
    same(w.known("--export", "cast", "-o", out, w.cast).returncode, 0)
    env = dict(w.env, LC_ALL="C.UTF-8", ASCIINEMA_CONFIG_HOME=w.home)
    # it looks at its terminal
    pid, fd = pty.fork()
    if pid == 0:
        os.execvpe("asciinema", ["asciinema", "cat", out], env)
    attr = termios.tcgetattr(fd)
    attr[1] &= ~termios.OPOST
    termios.tcsetattr(fd, termios.TCSANOW, attr)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    t = Terminal.__new__(Terminal)
    t.pid, t.fd, t.text = pid, fd, b""
    same(t.end(), 0)
    same(t.text.replace(b"\r\n", b"\n"), shown(w).replace(b"\r\n", b"\n"))


# --- the command line ----------------------------------------------------------------


@test
def mistakes_are_answered_with_1(w):
    for args in ([], ["--nonsense", w.cast], [w.cast, w.cast], ["--verify", "--all", w.dir, w.cast],
                 ["--all", w.dir], ["--verify", "--checkpoint", w.cast, w.cast], ["rewrap", w.cast], ["--speed", "0", w.cast],
                 ["--verify", "--export", "cast", w.cast], ["--json", w.cast]):
        r = w.run(*args)
        same((r.returncode, r.stdout), (1, b""))
        holds(r.stderr, b"hoop-replay: ")


@test
def trouble_with_files_is_answered_with_2(w):
    fifo = os.path.join(w.dir, "fifo")
    os.mkfifo(fifo)
    for path in (os.path.join(w.dir, "missing"), w.dir, fifo, "/dev/null"):
        same(w.run("--verify", path).returncode, 2)
    same(w.run("--verify", "--trust", os.path.join(w.dir, "missing"), w.cast).returncode, 2)
    bad = w.put("bad", "hoop-trust 1\ndevice x\n")
    r = w.run("--verify", "--trust", bad, w.cast)
    same(r.returncode, 2)
    holds(r.stderr, b"line 2")
    loose = w.put("loose", open(w.trust).read(), 0o666)
    same(w.run("--verify", "--trust", loose, w.cast).returncode, 2)
    full = open("/dev/full", "wb")
    p = subprocess.run([PROGRAM, "--verify", w.cast], stdout=full, stderr=subprocess.PIPE,
                       env=w.env, timeout=60, check=False)
    full.close()
    same(p.returncode, 2)


@test
def a_hostile_name_is_escaped(w):
    r = w.run("--verify", os.path.join(w.dir, "\x1b[6n\u009bc"))
    same(r.returncode, 2)
    lacks(r.stderr, b"\x1b")
    lacks(r.stderr, b"\xc2\x9b")


@test
def help_and_version_are_there(w):
    r = w.run("--help")
    same(r.returncode, 0)
    holds(r.stdout, b"--idle-limit SECONDS")
    holds(w.run("--version").stdout, b"hoop-replay ")


@test
def no_network_is_linked(w):
    r = subprocess.run(["ldd", PROGRAM], stdout=subprocess.PIPE, env=w.env, timeout=60,
                       check=False)
    for name in (b"libcurl", b"libssh", b"libssl", b"libsqlite"):
        lacks(r.stdout, name)


if __name__ == "__main__":
    sys.exit(run(tests))
