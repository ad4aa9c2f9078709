#!/usr/bin/python3
"""hoop-replay as a player: keys, places, bar, sizes, exits, sessions that go on, standard
input, exports; on a terminal of its own; prints TAP."""
import json
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import time

sys.dont_write_bytecode = True  # the sources may be read-only
from world import (PROGRAM, Terminal, holds, lacks, run, same, shown)  # noqa: E402

tests = []
V2 = {"version": 2, "width": 40, "height": 10}


def test(f):
    tests.append(f)
    return f


def cast(w, events, name="played.cast", header=None):
    lines = [json.dumps(header or V2)] + [json.dumps(e) for e in events]
    return w.put(name, "\n".join(lines) + "\n")


def counting(w, seconds=100):
    """Each second writes its number over the one before; each tenth has a mark."""
    events = []
    for i in range(seconds + 1):
        if i % 10 == 0:
            events.append([i, "m", "cmd: part %d" % (i // 10)])
        events.append([i, "o", "\r<%03d>" % i])
    return cast(w, events)


def number(t):
    found = re.match(r"<(\d+)>", t.screen()[0])
    return int(found.group(1)) if found else None


def open_paused(w, *args, size=(12, 80)):
    t = Terminal(w, *args, counting(w), size=size)
    t.until(lambda t: number(t) is not None)
    t.type(b" ")
    t.until(lambda t: t.bar().startswith(" paused"))
    return t


def goes(t, keys, want):
    t.type(keys)
    t.until(lambda t: number(t) == want, 10)


# --- places --------------------------------------------------------------------------


@test
def keys_go_to_any_place(w):
    t = open_paused(w)
    goes(t, b"0", 0)
    goes(t, b"\x1b[C", 10)
    goes(t, b"\x1bOC", 20)
    goes(t, b"l", 30)
    goes(t, b"\x1b[D", 20)
    goes(t, b"h", 10)
    goes(t, b"hhhh", 0)
    goes(t, b"5", 50)
    goes(t, b"9", 90)
    goes(t, b"\x1b[F", 100)
    goes(t, b"\x1b[H", 0)
    goes(t, b"\x1b[4~", 100)
    goes(t, b"\x1b[1~", 0)
    goes(t, b"\x1b[8~", 100)
    goes(t, b"\x1b[7~", 0)
    goes(t, b"g1:05\r", 65)
    goes(t, b"g0:00:07.5\r", 7)
    goes(t, b"g42\x7f1\r", 41)
    t.type(b"q")
    same(t.end(), 6)


@test
def keys_go_to_marks(w):
    t = open_paused(w)
    goes(t, b"0", 0)
    goes(t, b"]", 10)
    goes(t, b"]]", 30)
    holds(t.bar(), "4/11 cmd: part 3")
    goes(t, b"[", 20)
    goes(t, b"g#11\r", 100)
    holds(t.bar(), "cmd: part 10")
    t.type(b"]")
    t.until(lambda t: "no such mark" in t.bar())
    goes(t, b"g#1\r", 0)
    for wrong in (b"g#12\r", b"g#0\r"):
        t.type(wrong)
        t.until(lambda t: "no such mark" in t.bar())
    t.type(b"g1:99\r")
    t.until(lambda t: "no time, and no mark" in t.bar())
    same(number(t), 0)
    # a question that is given up
    t.type(b"g5")
    t.until(lambda t: "go to: 5_" in t.bar())
    t.type(b"\x1b")
    t.until(lambda t: "go to" not in t.bar())
    same(number(t), 0)
    t.type(b"q")
    same(t.end(), 6)


@test
def pause_step_speed_and_idle(w):
    t = open_paused(w)
    goes(t, b"0", 0)
    goes(t, b".", 1)
    goes(t, b"..", 3)
    time.sleep(1.2)
    t.read(0.1)
    same(number(t), 3)
    t.type(b"+++++")
    t.until(lambda t: " 32x" in t.bar())
    t.type(b" ")
    t.until(lambda t: number(t) > 20, 3)
    t.type(b" ")
    t.until(lambda t: t.bar().startswith(" paused"))
    t.type(b"=")
    t.until(lambda t: "32x" not in t.bar())
    t.type(b"--")
    t.until(lambda t: " 0.25x" in t.bar())
    t.type(b"=i")
    t.until(lambda t: " idle 2s" in t.bar())
    t.type(b"i")
    t.until(lambda t: "idle" not in t.bar())
    t.type(b"q")
    same(t.end(), 6)


@test
def silences_are_cut_by_a_key(w):
    t = Terminal(w, cast(w, [[0, "o", "one"], [3600, "o", "two"]]), size=(12, 80))
    t.until(lambda t: "one" in t.screen()[0])
    t.type(b"i")
    t.until(lambda t: "two" in t.screen()[0], 5)
    same(t.quit(), 6)


@test
def it_stays_at_the_end_until_q(w):
    t = Terminal(w, "--idle-limit", "0", counting(w), size=(12, 80))
    t.until(lambda t: t.bar().startswith(" end ") and "100%" in t.bar())
    same(number(t), 100)
    holds(t.bar(), "1:40/1:40")
    time.sleep(0.3)
    same(os.waitpid(t.pid, os.WNOHANG)[0], 0)
    # and there is a way back
    t.type(b" ")
    goes(t, b"3", 30)
    t.type(b"q")
    same(t.end(), 6)


@test
def from_and_to(w):
    r = w.run("--from", "1:38", "--to", "1:39.5", counting(w))
    same((r.returncode, r.stdout[-12:]), (6, b"\r<098>\r<099>"))
    lacks(r.stdout, b"<100>")
    t = Terminal(w, "--from", "50", "--to", "60", counting(w), size=(12, 80))
    t.until(lambda t: number(t) in (50, 51))
    holds(t.bar(), "/1:00")
    t.type(b"\x1b[F")
    t.until(lambda t: t.bar().startswith(" end ") and number(t) == 60)
    t.type(b"q")
    same(t.end(), 6)


@test
def a_long_way_does_not_hold_the_keys(w):
    events = [[i / 1000, "o", "%08d " % i * 100 + "\r\n"] for i in range(60000)]
    path = cast(w, events, "big.cast")
    t = Terminal(w, path, size=(12, 80))
    t.until(lambda t: t.bar().startswith(" playing"))
    t.type(b"\x1b[F")
    t.until(lambda t: t.bar().startswith(" seeking"))
    t.type(b"q")
    begin = time.monotonic()
    same(t.end(), 6)
    if time.monotonic() - begin > 1:
        raise AssertionError("q took %.1f s" % (time.monotonic() - begin))


@test
def a_sealed_recording_is_sought(w):
    t = Terminal(w, "--key", w.key, "--trust", w.trust, w.cast, size=(44, 130))
    t.until(lambda t: "Linux" in t.screen()[0])
    t.type(b"\x1b[F")
    t.until(lambda t: "100%" in t.bar() and any("bye" in row for row in t.screen()))
    t.type(b" 0")
    t.until(lambda t: "0:00/0:03" in t.bar() and "Linux" not in t.screen()[0])
    t.type(b"]")
    t.until(lambda t: "1/1 cmd: uname -a" in t.bar())
    lacks(t.bar(), "not verified")
    t.type(b"q")
    same(t.end(), 0)


# --- the picture ---------------------------------------------------------------------


@test
def the_bar_covers_nothing_unless_asked(w):
    rows = ["row %d" % i for i in range(10)]
    path = cast(w, [[0, "o", "\r\n".join(rows)], [99, "o", ""]])
    t = Terminal(w, path, size=(10, 80))
    t.until(lambda t: len(t.screen()) == 10)
    same([r.rstrip() for r in t.screen()], rows)
    t.type(b"b")
    t.until(lambda t: "0:00/1:39" in t.bar())
    same([r.rstrip() for r in t.screen()][:9], rows[:9])
    t.type(b"b")
    t.until(lambda t: t.bar().rstrip() == "row 9")
    # a row more: there is room
    t.type(b"b")
    t.size(11, 80)
    t.until(lambda t: len(t.screen()) == 11 and "0:0" in t.bar())
    same([r.rstrip() for r in t.screen()][:10], rows)
    t.type(b"q")
    same(t.end(), 6)


@test
def a_smaller_terminal_shows_a_part_and_says_so(w):
    path = cast(w, [[0, "o", "\r\n".join("%d" % i + "-" * 37 for i in range(10))], [99, "o", ""]])
    t = Terminal(w, path, size=(5, 75))
    t.until(lambda t: "40x10" in t.bar())
    # the rows down to the cursor
    same([r[0] for r in t.screen()[:4]], ["6", "7", "8", "9"])
    t.size(12, 20)
    t.until(lambda t: len(t.screen()) == 12 and t.screen()[0].startswith("0---"))
    same(max(len(r) for r in t.screen()), 20)
    t.size(1, 1)
    t.read(1.2)
    t.size(30, 100)
    t.until(lambda t: len(t.screen()) == 30 and "40x10" not in t.bar())
    t.type(b"q")
    same(t.end(), 6)


@test
def a_resize_is_shown(w):
    path = cast(w, [[0, "o", "x"], [0.3, "r", "60x20"], [0.4, "o", "y" * 59 + "z"], [99, "o", ""],
                    [99, "r", "0x0"], [99, "r", "70000x1"], [99, "r", "axb"]])
    t = Terminal(w, path, size=(24, 90))
    t.until(lambda t: "resized to 60x20" in t.bar())
    t.until(lambda t: t.screen()[0].rstrip() == "x" + "y" * 59)
    t.until(lambda t: "resized" not in t.bar(), 6)
    t.type(b"\x1b[F")
    same(t.quit(), 6)


@test
def colours_and_wide_characters_are_drawn(w):
    path = cast(w, [[0, "o", "\x1b[1;31;48;5;200mA\x1b[38;2;1;2;3mB\x1b[0m\u4e2d\u6587e\u0301"
                             "\x1b(0q\x1b(B"], [99, "o", ""]])
    t = Terminal(w, path, size=(12, 80))
    t.read(20, "e\u0301".encode())
    holds(t.text, b"\x1b[0;1;31;48;5;200mA")
    holds(t.text, b"\x1b[0;1;38;2;1;2;3;48;5;200mB")
    holds(t.text, "\u4e2d".encode())
    t.read(1, "\u2500".encode())
    t.type(b"q")
    same(t.end(), 6)


@test
def help_comes_and_goes(w):
    t = open_paused(w, size=(20, 80))
    t.type(b"?")
    t.until(lambda t: any("pause, and go on" in r for r in t.screen()))
    t.type(b"q")
    t.until(lambda t: not any("pause, and go on" in r for r in t.screen()))
    goes(t, b"4", 40)
    t.type(b"q")
    same(t.end(), 6)


# --- ends ----------------------------------------------------------------------------

RESET = b"\x1b[0m\x1b[?25h\x1b[?1049l"


class Own:
    """A player on a terminal whose other end stays here."""

    def __init__(self, w, *args):
        self.master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        self.p = subprocess.Popen([PROGRAM, *args], stdin=self.slave, stdout=self.slave,
                                  stderr=subprocess.DEVNULL, env=w.env, start_new_session=True)
        self.text = b""
        while b"here" not in self.text:
            self.text += os.read(self.master, 4096)

    def done(self, status):
        same(self.p.wait(20), status)
        os.set_blocking(self.master, False)
        try:
            while True:
                self.text += os.read(self.master, 65536)
        except BlockingIOError:
            pass
        if not self.text.endswith(RESET):
            raise AssertionError("ends with %r" % self.text[-60:])
        same(termios.tcgetattr(self.slave), self.before)
        os.close(self.master)
        os.close(self.slave)


def waiting(w):
    """It does its worst, and waits."""
    return cast(w, [[0, "o", "\x1b[?1049h\x1b[31m\x1b[?25l\x1b[?6h\x1b[2;5r\x1b(0\x0e\x1b[4h"
                             "\x1b[?1000h\x1b[?2004h\x1b(Bhere"], [99, "o", "x"]])


@test
def every_end_leaves_the_terminal_in_order(w):
    own = Own(w, waiting(w))
    os.write(own.master, b"q")
    own.done(6)
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        own = Own(w, waiting(w))
        own.p.send_signal(sig)
        own.done(128 + sig)
    # something is wrong in it
    bad = waiting(w)
    with open(bad, "a", encoding="utf-8") as f:
        f.write("nonsense\n")
    own = Own(w, bad)
    os.write(own.master, b"9")
    os.write(own.master, b"\x1b[F")
    own.done(2)
    # at the end
    own = Own(w, waiting(w))
    os.write(own.master, b"\x1b[F")
    time.sleep(0.3)
    os.write(own.master, b"q")
    own.done(6)


@test
def a_terminal_that_goes_away_ends_it(w):
    own = Own(w, waiting(w))
    os.close(own.slave)
    os.close(own.master)
    if own.p.wait(20) < 0:
        raise AssertionError("died: %d" % own.p.returncode)


@test
def control_c_ends_it(w):
    t = Terminal(w, waiting(w))
    t.read(20, b"here")
    t.type(b"\x03")
    same(t.end(), 130)
    holds(t.text, RESET)


# --- what a recording may not do -------------------------------------------------------

HOSTILE = {
    "OSC 52": "\x1b]52;c;cm0gLXJmIH4=\x07", "OSC 52 by ST": "\x1b]52;p;?\x1b\\",
    "title": "\x1b]0;owned\x07", "icon": "\x1b]1;owned\x07", "window": "\x1b]2;owned\x1b\\",
    "link": "\x1b]8;;https://example.invalid/\x07here\x1b]8;;\x07", "palette": "\x1b]4;1;?\x07",
    "colours": "\x1b]10;?\x07", "notice": "\x1b]9;owned\x07", "iTerm": "\x1b]1337;File=:AA==\x07",
    "folder": "\x1b]7;file://x/\x07", "marks": "\x1b]133;A\x07",
    "sixel": "\x1bPq#0;2;0;0;0~-\x1b\\", "DECRQSS": "\x1bP$qm\x1b\\", "XTGETTCAP": "\x1bP+q544e\x1b\\",
    "tmux": "\x1bPtmux;\x1b\x1b]52;c;AA==\x07\x1b\\", "APC": "\x1b_Gi=1,a=q;AAAA\x1b\\",
    "PM": "\x1b^x\x1b\\", "SOS": "\x1bXx\x1b\\", "screen title": "\x1bkowned\x1b\\",
    "DA1": "\x1b[c", "DA2": "\x1b[>c", "DA3": "\x1b[=c", "DECID": "\x1bZ", "DSR": "\x1b[5n",
    "CPR": "\x1b[6n", "DECXCPR": "\x1b[?6n", "XTVERSION": "\x1b[>q", "DECREQTPARM": "\x1b[x",
    "DECRQM": "\x1b[?2026$p", "DECRQCRA": "\x1b[1;1;1;1;5;5*y", "ENQ": "\x05",
    "window size": "\x1b[18t", "title report": "\x1b[21t", "iconify": "\x1b[2t", "resize": "\x1b[8;5;5t",
    "mouse": "\x1b[?1000h", "any motion": "\x1b[?1003;1006h", "focus": "\x1b[?1004h",
    "paste": "\x1b[?2004h", "keypad": "\x1b=", "cursor keys": "\x1b[?1h", "newline": "\x1b[20h",
    "kitty keys": "\x1b[>31u", "kitty query": "\x1b[?u", "modify keys": "\x1b[>4;2m",
    "sync": "\x1b[?2026h", "printer": "\x1b[5i", "scrollback": "\x1b[3J", "reset": "\x1bc",
    "8-bit CSI": "\u009b6n", "8-bit OSC": "\u009d0;owned\u009c", "8-bit DCS": "\u0090$qm\u009c",
    "8-bit APC": "\u009fx\u009c", "shift out": "\x0e", "charset": "\x1b(0", "locking": "\x1bn",
    "UTF-8 off": "\x1b%@", "132 columns": "\x1b[?3h", "reverse": "\x1b[?5h", "hidden": "\x1b[?25l",
    "no wrap": "\x1b[?7l", "margins": "\x1b[2;3r", "open string": "\x1b]0;owned",
    "open sequence": "\x1b[31", "REP": "x\x1b[99999999b", "far away": "\x1b[99999;99999H",
    "alignment": "\x1b#8", "alternate": "\x1b[?1049h", "soft font": "\x1bP1;1;1{ @x\x1b\\",
    "macro": "\x1bP1;0;0!z41\x1b\\", "locator": "\x1b['z", "media": "\x1b[?4i", "bell flood": "\x07" * 50,
}


@test
def no_sequence_reaches_the_watcher(w):
    """Each by itself: on the terminal there is the picture and nothing else."""
    for name, seq in HOSTILE.items():
        path = cast(w, [[0, "o", "begin\r\n" + seq], [0.01, "o", "\r\nend"]])
        t = Terminal(w, "--idle-limit", "0", path, size=(12, 80))
        try:
            same(t.quit(), 6)
            text = t.text[t.text.index(b"\x1b[?1049h"):]
            text = text[:text.rindex(RESET)] + RESET
            # the player's own entry and exit, then only what draws pictures
            body = text[len(b"\x1b[?1049h"):-len(RESET)]
            left = re.sub(rb"\x1b\[\d+;\d+H|\x1b\[0(?:;\d+)*m|\x1b\[\?25[hl]|\x1b\[2J", b"", body)
            bad = re.findall(rb"[\x00-\x1f\x7f]|\xc2[\x80-\x9f]", left)
            same(bad, [])
            if not name.startswith("8-bit"):  # these become U+FFFD, and text
                lacks(left, b"owned")
        except AssertionError as e:
            raise AssertionError("%s: %s" % (name, e)) from e


@test
def marks_and_names_are_made_printable(w):
    label = "\x1b]0;owned\x07\u009b6n\x00\u202e" + "w\u00e9" * 200
    path = cast(w, [[0, "m", label], [0, "o", "x"], [0, "m", ""], [0, "m", "\x1b[2J" * 99], [9, "o", ""]])
    t = Terminal(w, path, size=(12, 200))
    t.until(lambda t: "3/3 \\x1B[2J" in t.bar())
    t.type(b" g#1\r")
    t.read(1)
    t.type(b"q")
    same(t.end(), 6)
    body = t.text[t.text.index(b"\x1b[?1049h"):]
    lacks(body, b"\x1b]")
    lacks(body, b"\xc2\x9b")
    lacks(body, "\u202e".encode())


# --- standard input --------------------------------------------------------------------


def piped(w, data, *args):
    return w.run(*args, "-", stdin=None, input=data)


@test
def a_recording_comes_through_a_pipe(w):
    keys = ["--key", w.key, "--trust", w.trust]
    r = piped(w, w.sample, "--verify", "--trust", w.trust)
    same(r.returncode, 0)
    holds(r.stdout, b"standard input: ")
    r = piped(w, w.sample, "--export", "cast", *keys)
    same((r.returncode, r.stdout), (0, w.plain))
    same(json.loads(piped(w, w.sample, "--info", "--json", *keys).stdout)["summary"], {"exit": 0})
    r = piped(w, w.sample, "--idle-limit", "0", *keys)
    same((r.returncode, r.stdout), (0, shown(w)))
    r = piped(w, w.plain, "--idle-limit", "0")
    same((r.returncode, r.stdout), (6, shown(w)))
    # larger than a block, in pieces
    events = "".join('[%d, "o", "%s"]\n' % (i, "x" * 1000) for i in range(500))
    big = json.dumps(V2) + "\n" + events
    r = piped(w, big.encode(), "--export", "cast")
    same((r.returncode, r.stdout), (6, big.encode()))
    # nothing stays
    same([n for n in os.listdir("/tmp") if n.startswith("hoop-replay.") and
          os.path.isfile(os.path.join("/tmp", n))], [])


@test
def a_pipe_is_trusted_no_more_than_a_file(w):
    same(piped(w, b"", "--verify").returncode, 3)
    same(piped(w, w.sample[:3000], "--verify", "--trust", w.trust).returncode, 4)
    same(piped(w, w.sample + b"x", "--verify", "--trust", w.trust).returncode, 3)
    data = bytearray(w.sample)
    data[-100] ^= 1
    r = piped(w, bytes(data), "--key", w.key, "--trust", w.trust)
    same((r.returncode, r.stdout), (3, b""))
    # one line without an end
    r = piped(w, b"{" * 300000, "--verify")
    same(r.returncode, 3)
    closed = subprocess.run([PROGRAM, "--verify", "-"], stdin=subprocess.DEVNULL, env=w.env,
                            stdout=subprocess.PIPE, timeout=60, check=False)
    same(closed.returncode, 3)


@test
def keys_come_from_the_terminal_then(w):
    """The recording comes through a pipe, in front of a person."""
    path = counting(w)
    pid, fd = pty.fork()
    if pid == 0:
        os.execve("/bin/sh", ["/bin/sh", "-c", 'cat "$1" | "$0" -', PROGRAM, path], w.env)
    t = Terminal.__new__(Terminal)
    t.pid, t.fd, t.text = pid, fd, b""
    t.size(12, 80)
    t.until(lambda t: number(t) is not None)
    t.type(b" ")
    goes(t, b"7", 70)
    t.type(b"q")
    same(t.end(), 6)


# --- sessions that go on ---------------------------------------------------------------


class Live:
    """A recording that grows while it is followed."""

    def __init__(self, w, lines, *args, stdin=subprocess.DEVNULL, tail=()):
        self.path = w.put("live.cast", b"".join(lines))
        self.p = subprocess.Popen([PROGRAM, "--follow", *args, *(tail or [self.path])], env=w.env,
                                  stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        os.set_blocking(self.p.stdout.fileno(), False)
        self.text = b""

    def add(self, data):
        with open(self.path, "ab") as f:
            f.write(data)

    def until(self, part, seconds=20):
        end = time.monotonic() + seconds
        while part not in self.text:
            if time.monotonic() > end:
                raise AssertionError("%r does not come; %r" % (part, self.text))
            self.text += self.p.stdout.read() or b""
            time.sleep(0.02)

    def end(self, seconds=20):
        os.set_blocking(self.p.stdout.fileno(), True)
        out, err = self.p.communicate(timeout=seconds)
        self.text += out
        return self.p.returncode, err


def known(w):
    return ["--key", w.key, "--trust", w.trust]


@test
def a_live_session_is_followed_to_its_end(w):
    lines = w.sample.splitlines(keepends=True)
    live = Live(w, lines[:5], *known(w))
    live.until(b"Linux")
    for line in lines[5:]:
        live.add(line[:40])
        time.sleep(0.05)
        live.add(line[40:])
    status, err = live.end()
    same((status, live.text, err), (0, shown(w), b""))
    # one that is over is shown, and over
    r = w.known("--follow", w.cast)
    same((r.returncode, r.stdout), (0, shown(w)))


@test
def a_live_session_that_is_tampered_with_ends(w):
    lines = w.sample.splitlines(keepends=True)
    body = w.sample[sum(map(len, lines[:5])):]
    # the line that a seal covers is another; the seal comes twice; no line at all
    for bad in (lines[4], body[:60] + b"A" + body[61:], b"nonsense\n", lines[7], body + b"x"):
        live = Live(w, lines[:5], *known(w))
        live.until(b"Linux")
        live.add(bad)
        status, err = live.end()
        same(status, 3)
        lacks(live.text, b"bye")
    live = Live(w, lines[:5], *known(w))
    live.until(b"Linux")
    os.truncate(live.path, 1500)
    same(live.end()[0], 3)
    # it was so from the beginning
    data = bytearray(w.sample)
    data[700] ^= 1
    r = w.known("--follow", w.put("x.cast", bytes(data)))
    if r.returncode not in (3, 6) or b"bye" in r.stdout:
        raise AssertionError((r.returncode, r.stdout))


@test
def following_is_left_by_a_signal_or_q(w):
    lines = w.sample.splitlines(keepends=True)
    live = Live(w, lines[:5], *known(w))
    live.until(b"Linux")
    live.p.send_signal(signal.SIGTERM)
    same(live.end()[0], 143)
    path = w.put("live.cast", b"".join(lines[:5]))
    t = Terminal(w, "--follow", *known(w), path, size=(44, 130))
    t.until(lambda t: t.bar().startswith(" live") and "Linux" in t.screen()[0])
    t.type(b"0")
    t.until(lambda t: "no way back" in t.bar())
    t.type(b" ")
    t.until(lambda t: t.bar().startswith(" paused"))
    with open(path, "ab") as f:
        f.write(b"".join(lines[5:]))
    t.read(0.6)
    lacks("\n".join(t.screen()), "bye")
    t.type(b" ")
    t.read(10, b"bye")
    # then it is a recording as any other
    t.until(lambda t: t.bar().startswith(" end "))
    t.type(b"0")
    t.until(lambda t: t.bar().startswith(" playing 0:00/0:03"))
    t.type(b"\x1b[F")
    same(t.quit(), 0)
    path = w.put("live.cast", b"".join(lines[:5]))
    t = Terminal(w, "--follow", *known(w), path, size=(44, 130))
    t.until(lambda t: t.bar().startswith(" live"))
    t.type(b"q")
    same(t.end(), 4)
    holds(t.text, b"the recording goes on, or was cut")


@test
def lines_are_followed_through_a_pipe(w):
    for data, args, status in ((w.plain, [], 6), (w.sample, known(w), 0)):
        cut = len(data) - 200
        live = Live(w, [], *args, stdin=subprocess.PIPE, tail=["-"])
        live.p.stdin.write(data[:cut])
        live.p.stdin.flush()
        live.until(b"Linux")
        live.p.stdin.write(data[cut:-9])
        live.p.stdin.flush()
        time.sleep(0.1)
        live.p.stdin.write(data[-9:])
        live.p.stdin.flush()
        found, err = live.end()
        same((found, live.text), (status, shown(w)))
        same(b"not verified" in err, status == 6)
    # cut off
    live = Live(w, [], *known(w), stdin=subprocess.PIPE, tail=["-"])
    live.p.stdin.write(w.sample[:3000])
    live.p.stdin.flush()
    live.until(b"Linux")
    same(live.end()[0], 4)


# --- exports and asciicasts of others --------------------------------------------------


@test
def version_3_keeps_every_moment(w):
    events = [[0.000001 + i / 3, "o", "x%d" % i] for i in range(300)] + [[200.5, "x", "3"]]
    path = cast(w, events, header=dict(V2, env={"TERM": "xterm"}, title="t", timestamp=1795167217))
    r = w.run("--export", "v3", path)
    same(r.returncode, 6)
    lines = [json.loads(line) for line in r.stdout.splitlines()]
    same(lines[0], {"version": 3, "term": {"cols": 40, "rows": 10, "type": "xterm"},
                    "env": {"TERM": "xterm"}, "title": "t", "timestamp": 1795167217})
    at = 0
    for interval, want in zip(lines[1:], events):
        at += interval[0]
        same(interval[1:], want[1:])
        if abs(at - want[0]) > 1e-6:
            raise AssertionError("%r drifts to %r" % (want[0], at))
    # and what was made can be read: played, and made again
    v3 = w.put("v3.cast", r.stdout)
    again = w.run("--export", "v3", v3)
    same((again.returncode, again.stdout), (6, r.stdout))
    r = w.run("--idle-limit", "0", v3)
    same(r.stdout, "".join(e[2] for e in events if e[1] == "o").encode())
    r = w.known("--export", "v3", w.cast)
    same(r.returncode, 0)
    same(json.loads(r.stdout.splitlines()[0])["term"]["cols"], 120)


@test
def json_lines_say_it_all(w):
    path = cast(w, [[0, "B", json.dumps({"t": "verdict", "rule": "p/r"})], [0.5, "o", "a\u001b[1m\u009b"],
                    [0.5, "i", "k"], [1, "r", "90x30"], [1.25, "m", "cmd: x"], [2, "b", "/w=="],
                    [2, "B", "no object"], [2, "x", "-1"], [2, "r", "odd"], [2, "x", "odd"],
                    [3, "Q", "?"], [3, "long", "?"]], header=dict(V2, timestamp=1795167217))
    r = w.run("--export", "jsonl", path)
    same(r.returncode, 6)
    if re.search(rb"[^\x20-\x7e\n]", r.stdout):
        raise AssertionError("not printable ASCII: %r" % r.stdout)
    got = [json.loads(line) for line in r.stdout.splitlines()]
    same((got[0]["t"], got[0]["columns"], got[0]["rows"], got[0]["time"]),
         ("session", 40, 10, "2026-11-20T09:33:37.000000Z"))
    same(got[0]["proof"]["code"], 6)
    same(got[5]["time"], "2026-11-20T09:33:38.250000Z")
    for o in got:
        o.pop("time")
    same(got[1:], [
        {"t": "event", "at": 0, "event": {"t": "verdict", "rule": "p/r"}},
        {"t": "output", "at": 0.5, "text": "a\u001b[1m\u009b"},
        {"t": "input", "at": 0.5, "text": "k"},
        {"t": "resize", "at": 1, "columns": 90, "rows": 30},
        {"t": "marker", "at": 1.25, "label": "cmd: x"},
        {"t": "raw", "at": 2, "base64": "/w=="},
        {"t": "event", "at": 2, "text": "no object"},
        {"t": "exit", "at": 2, "status": -1},
        {"t": "resize", "at": 2, "text": "odd"},
        {"t": "exit", "at": 2, "text": "odd"},
        {"t": "other", "at": 3, "code": "Q", "text": "?"},
        {"t": "other", "at": 3, "code": "long", "text": "?"}])
    r = w.known("--export", "jsonl", w.cast)
    same((r.returncode, json.loads(r.stdout.splitlines()[0])["proof"]["code"]), (0, 0))
    # no time where there is none
    lacks(w.run("--export", "jsonl", cast(w, [[0, "o", "x"]])).stdout, b'"time"')


@test
def asciicasts_of_others_are_marked(w):
    v3 = '{"version":3,"term":{"cols":20,"rows":5}}\n# a remark\n[0.5,"o","one"]\n\n' \
         '[0.5,"o","two"]\n[0.1,"x","0"]\n'
    for text in (w.plain.decode(), v3):
        path = w.put("others.cast", text)
        for args in (["--idle-limit", "0"], ["--export", "cast"], ["--export", "v3"],
                     ["--export", "jsonl"], ["--verify"], ["--info"], ["--commands"], ["--follow"]):
            if args == ["--follow"]:
                r = piped(w, text.encode(), "--follow")
            else:
                r = w.run(*args, path)
            same(r.returncode, 6)
            holds(r.stderr + r.stdout, b"not verified")
    t = Terminal(w, w.put("others.cast", v3), size=(10, 80))
    t.until(lambda t: "onetwo" in t.screen()[0])
    holds(t.bar(), "not verified")
    same(t.quit(), 6)


@test
def malformed_asciicasts_name_the_line(w):
    v3 = '{"version":3,"term":{"cols":20,"rows":5}}\n'
    for text, place in ((v3 + '[0,"o","x"]\n[0]\n', b"line 3"), (v3 + '[-1,"o","x"]\n', b"line 2"),
                        (v3 + '# x\n\n{"a":1}\n', b"line 4"), ('{"version":1}\n', b"line 1"),
                        (json.dumps(V2) + '\n# no remarks here\n', b"line 2")):
        path = w.put("bad.cast", text)
        for args in (["--idle-limit", "0"], ["--export", "v3"], ["--export", "jsonl"]):
            r = w.run(*args, path)
            if r.returncode not in (2, 3):
                raise AssertionError("%r: exit %d" % (text, r.returncode))
            holds(r.stderr, place)


if __name__ == "__main__":
    sys.exit(run(tests))
