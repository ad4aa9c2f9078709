#!/usr/bin/python3
"""broker mask, the program: what it takes, what it shows and when, and what it ends with."""

import base64
import json
import os
import pty
import select
import shutil
import subprocess
import sys
import tempfile
import time

BUILD = os.path.abspath(os.environ.get("top_builddir", "."))
BROKER = os.path.join(BUILD, "broker/cli/broker")
FOLDER = tempfile.mkdtemp(prefix="test_mask.")
OK, USAGE, FAILED = 0, 64, 70
TOKEN = "ghp_" + "Ab3dEf7hIj" * 3 + "Kl9nOp"  # of no account
PASSWORD = "Rk7mWq2vTz9x"
count = failed = 0


def check(what, good, *told):
    """One test."""
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {what}", flush=True)
    if not good:
        for text in told:
            print("# " + repr(text)[:2000])


def run(*words, given=b"", **more):
    given = given.encode() if isinstance(given, str) else given
    return subprocess.run([BROKER, *words], input=given, capture_output=True, timeout=120, check=False, **more)


def mask(*words, given=b""):
    return run("mask", *words, given=given)


def write(name, text):
    path = os.path.join(FOLDER, name)
    with open(path, "wb") as f:
        f.write(text.encode() if isinstance(text, str) else text)
    return path


def cases(*lines, options=()):
    given = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    done = mask("filter", "--jsonl", *options, given=given)
    return done, [json.loads(line) for line in done.stdout.splitlines()]


# ---- usage ----


def usage():
    check("no command", mask().returncode == USAGE and b"usage" in mask().stderr)
    check("one that is none", mask("unmask").returncode == USAGE)
    done = mask("--help")
    check("--help", done.returncode == OK and b"filter" in done.stdout and b"test" in done.stdout, done)
    for name in ("filter", "test"):
        done = mask(name, "--help")
        check(f"{name} --help", done.returncode == OK and b"--policy" in done.stdout, done)
    wrong = [["filter", "FILE"], ["filter", "--json"], ["filter", "--nothing"], ["filter", "--policy"],
             ["filter", "--pace", "slow"], ["filter", "--times"], ["test"], ["test", "--jsonl", "x"],
             ["test", "--pace", "api", "x"], ["filter", "--add", "nothing"], ["filter", "--policy", "a", "--policy", "b"],
             ["filter", "--policy", os.path.join(FOLDER, "missing")], ["filter", "--policy", FOLDER]]
    for words in wrong:
        done = mask(*words, given="DB_PASSWORD=" + PASSWORD)
        check(f"wrong: {' '.join(words).replace(FOLDER, 'DIR')}",
              done.returncode == USAGE and done.stdout == b"" and done.stderr.startswith(b"broker: "), done)


# ---- filter ----


def bytes_through():
    check("nothing becomes nothing", mask("filter").stdout == b"" and mask("filter").returncode == OK)
    every = bytes(range(32, 127)) + bytes(range(128, 256)) + b"\n\t\r\x01\x1b[1mx\x1b[0m\xff\xc3\n"
    done = mask("filter", given=every * 50)
    check("bytes that are no secret stay as they are", done.returncode == OK and done.stdout == every * 50, len(done.stdout))
    text = b"a line of text that says nothing at all\n" * 50000
    done = mask("filter", given=text)
    check("2 MB, too", done.stdout == text and done.stderr == b"", len(done.stdout))
    done = mask("filter", given=f"id {TOKEN} end\nDB_PASSWORD={PASSWORD}\nPORT=1\n")
    check("secrets are masked, the rest stays",
          done.stdout == b"id [MASKED:github-token] end\nDB_PASSWORD=[MASKED:field]\nPORT=1\n", done.stdout)
    done = mask("filter", given=f"id {TOKEN}")
    check("at the end of input, too", done.stdout == b"id [MASKED:github-token]", done.stdout)


class Running:
    """A filter that is still running; on a terminal, or with pipes."""

    def __init__(self, *words, terminal=False):
        self.master = None
        out = subprocess.PIPE
        if terminal:
            self.master, out = pty.openpty()
        self.p = subprocess.Popen([BROKER, "mask", "filter", *words], stdin=subprocess.PIPE, stdout=out)
        self.fd = self.master if terminal else self.p.stdout.fileno()
        if terminal:
            os.close(out)
        self.seen = b""

    def put(self, text):
        self.p.stdin.write(text.encode())
        self.p.stdin.flush()

    def sees(self, text, seconds=60):
        """Comes it, though nothing more is put in?"""
        end = time.monotonic() + seconds
        while text.encode() not in self.seen and time.monotonic() < end:
            if select.select([self.fd], [], [], 0.2)[0]:
                try:
                    more = os.read(self.fd, 65536)
                except OSError:
                    break
                if not more:
                    break
                self.seen += more
        return text.encode() in self.seen

    def end(self):
        self.p.stdin.close()
        status = self.p.wait(60)
        self.sees("\0never", 60)
        if self.master is not None:
            os.close(self.master)
        else:
            self.p.stdout.close()
        return status


def streaming():
    r = Running()
    r.put("Password: ")
    check("what is no secret comes at once", r.sees("Password: "), r.seen)
    r.put(f"\nid {TOKEN[:5]}")
    check("what stands before what may be one, too", r.sees("id "), r.seen)
    check("and that itself when its time is over", r.sees(TOKEN[:5]), r.seen)
    r.put(TOKEN[5:] + " end\n")
    check("then the rest of it is masked", r.sees(" end") and TOKEN[5:].encode() not in r.seen, r.seen)
    check("and all ends well", r.end() == OK)
    r = Running("--pace", "interactive")
    r.put("DB_PASSWORD=")
    r.sees("DB_PASSWORD=")
    for c in PASSWORD:
        r.put(c)
        time.sleep(0.03)
    r.put("\nok\n")
    check("a value that comes byte by byte is masked", r.sees("ok") and r.end() == OK and b"m" not in r.seen.split(b"=")[1].replace(b"[MASKED:field]", b"").split(b"\n")[0], r.seen)
    r = Running(terminal=True)
    r.put("$ ")
    check("on a terminal", r.sees("$ "), r.seen)
    check("and its end", r.end() == OK)


def trouble():
    if os.path.exists("/dev/full"):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([BROKER, "mask", "filter"], input=b"text\n", stdout=full, stderr=subprocess.PIPE,
                                  timeout=60, check=False)
        check("output that fails", done.returncode == FAILED and b"broker: " in done.stderr, done)
    fd = os.open(FOLDER, os.O_RDONLY)
    done = subprocess.run([BROKER, "mask", "filter"], stdin=fd, capture_output=True, timeout=60, check=False)
    os.close(fd)
    check("input that fails", done.returncode == FAILED and b"broker: " in done.stderr and done.stdout == b"", done)


# ---- policies ----


def policies():
    own = write("own.yaml", 'rules:\n  - {id: acme-key, literal: ["acme_"], class: "A-Za-z0-9", min: 8, max: 40}\n')
    secret = "acme_" + "Zt5Yq8Wm" * 2
    done = mask("filter", "--policy", own, given=f"a {secret} b\n")
    check("a rule of the policy", done.stdout == b"a [MASKED:acme-key] b\n", done)
    whole = write("broker.yaml", 'listen: ["127.0.0.1:2222"]\nmasking:\n  keys: {add: [kundennummer]}\n')
    done = mask("filter", "--policy", whole, given="kundennummer=A1234567890\n")
    check("masking of broker.yaml", done.stdout == b"kundennummer=[MASKED:field]\n", done)
    done = mask("filter", given=f"a {secret} b\n")
    check("without them it stays", done.stdout == f"a {secret} b\n".encode(), done)
    counts = write("counts.yaml", "mode: count-only\n")
    done = mask("filter", "--policy", counts, given=f"id {TOKEN}\n")
    check("count-only masks nothing", done.stdout == f"id {TOKEN}\n".encode(), done)
    bad = write("bad.yaml", "mode: enforce\nrules:\n  - {id: x, literal: [ab], class: a-z, min: 1, max: 9}\n")
    done = mask("filter", "--policy", bad, given=TOKEN)
    check("a wrong one is refused with its place",
          done.returncode == USAGE and f"{bad}:3:".encode() in done.stderr and done.stdout == b"", done)
    card = "pan 4242 4242 4242 4242 ok\n"
    check("people's data stays", mask("filter", given=card).stdout == card.encode())
    done = mask("filter", "--add", "pii", given=card)
    check("but with --add pii", done.stdout == b"pan [MASKED:card] ok\n", done)


# ---- cases ----


def jsonl():
    done, got = cases({"id": "a", "input": ["x gh", "p_" + TOKEN[4:], " y"]}, {"id": 7, "input": []},
                      {"input": ["text"]}, {"id": [1, None], "input": ["a\0b\u00fc\U0001f511"], "secrets": 5, "x": {}})
    check("each line is answered", done.returncode == OK and len(got) == 4, done)
    check("chunks are put one by one", got[0] == {"id": "a", "output": "x [MASKED:github-token] y"}, got)
    check("no chunk", got[1] == {"id": 7, "output": ""}, got)
    check("no id, other members", got[2] == {"id": None, "output": "text"}
          and got[3] == {"id": [1, None], "output": "a\0b\u00fc\U0001f511"}, got)
    raw = [b"\xff gh", b"p_" + TOKEN[4:].encode() + b" \xc3", b"\xbc"]
    done, got = cases({"id": 1, "enc": "b64", "input": [base64.b64encode(x).decode() for x in raw]},
                      {"id": 2, "enc": "b64", "input": [base64.b64encode(x).decode() for x in raw[1:]]})
    check("bytes that are no UTF-8", base64.b64decode(got[0]["output_b64"]) == b"\xff [MASKED:github-token] \xc3\xbc"
          and "output" not in got[0], got)
    check("and such as are", got[1] == {"id": 2, "output": "p_" + TOKEN[4:] + " \u00fc"}, got)
    card = "pan 4242 4242 4242 4242 mail a@example.com\n"
    done, got = cases({"input": [card]}, {"input": [card], "policy": ["pii"]}, {"input": [card], "policy": ["email", "pii"]},
                      {"input": [card], "policy": []}, {"input": [card], "policy": ["email"]})
    told = [x["output"] for x in got]
    check("a line's own policy, of that line alone",
          told == [card, "pan [MASKED:card] mail a@example.com\n", "pan [MASKED:card] mail [MASKED:email]\n", card,
                   "pan 4242 4242 4242 4242 mail [MASKED:email]\n"], told)
    many = [{"input": [card], "policy": ["pii"] * n} for n in range(1, 17)] * 3
    done, got = cases(*many)
    check("more policies than are kept", all(x["output"] == "pan [MASKED:card] mail a@example.com\n" for x in got), done)
    head, tail = "id " + TOKEN[:6], TOKEN[6:] + " end\n"
    done, got = cases({"input": [head, tail]}, {"input": [head, tail], "gap_ms": [0, 5000]}, {"input": [head, tail], "gap_ms": [5000]})
    check("a pause lets go what was held, and the rest is masked",
          got[0]["output"] == got[2]["output"] == "id [MASKED:github-token] end\n"
          and got[1]["output"].startswith(head) and tail[:8] not in got[1]["output"] and got[1]["output"].endswith(" end\n"), got)
    start = time.monotonic()
    cases({"input": ["a"] * 50, "gap_ms": [86400000] * 50})
    check("nobody waits for it", time.monotonic() - start < 60)
    done, got = cases({"input": ["$ ", "g", "h"]}, {"input": ["$ "], "gap_ms": [0]}, options=("--times", "--pace", "interactive"))
    check("--times says what is shown when", got[0]["shown"] == [2, 3, 4] and got[1]["shown"] == [2], got)


def bad_lines():
    good = {"id": "good", "input": ["DB_PASSWORD=" + PASSWORD]}
    wrong = ["{", "[]", "17", '{"id": 1}', '{"id": 1, "input": "x"}', '{"id": 1, "input": [1]}', '{"id": 1, "input": ["a", null]}',
             '{"id": 1, "input": ["!"], "enc": "b64"}', '{"id": 1, "input": ["YQ"], "enc": "b64"}', '{"id": 1, "input": [], "enc": "hex"}',
             '{"id": 1, "input": ["a"], "gap_ms": [-1]}', '{"id": 1, "input": ["a"], "gap_ms": 5}', '{"id": 1, "input": ["a"], "gap_ms": ["1"]}',
             '{"id": 1, "input": ["a"], "gap_ms": [1e300]}', '{"id": 1, "input": ["a"], "policy": "pii"}',
             '{"id": 1, "input": ["a"], "policy": ["nothing"]}', '{"id": 1, "input": ["a"], "policy": [3]}',
             '{"id": 1, "input": ["a"], "input": ["b"]}', json.dumps({"id": 1, "input": ["a"], "policy": ["pii"] * 17})]
    for line in wrong:
        done, got = cases(line, good)
        check(f"no case: {line[:60]}", done.returncode == USAGE and b"line 1: " in done.stderr and len(got) == 2
              and "error" in got[0] and "output" not in got[0] and got[1] == {"id": "good", "output": "DB_PASSWORD=[MASKED:field]"},
              done, got)
    done, got = cases(good, "", "  ", "{", good)
    check("blank lines are none, and the number is that of the file", b"line 4: " in done.stderr and len(got) == 3, done)
    done, got = cases({"id": 1, "input": ["x" * (3 << 20)]}, {"id": 2, "input": ["x" * (16 << 20)]}, {"id": 3, "input": ["y"]})
    check("long lines, and one that is too long", done.returncode == USAGE and len(got) == 3 and len(got[0]["output"]) == 3 << 20
          and "error" in got[1] and got[2]["output"] == "y", done.stderr, len(got))


# ---- test ----


def places():
    text = f"first\nü DB_PASSWORD={PASSWORD}\nlast {TOKEN}"
    path = write("seen.txt", text)
    raw = text.encode()
    done = mask("test", path)
    lines = done.stdout.decode().splitlines()
    a, b = raw.index(PASSWORD.encode()), raw.index(TOKEN.encode())
    check("each place, by line and column",
          done.returncode == OK and lines == [
              f"{path}:2:{a - 6 + 1}: field, bytes {a} to {a + len(PASSWORD)}",
              f"{path}:3:6: github-token, bytes {b} to {b + len(TOKEN)}"], done)
    check("and never what stands there", PASSWORD not in done.stdout.decode() and TOKEN[5:] not in done.stdout.decode())
    for words in (["mask", "test", "--json", path], ["--json", "mask", "test", path]):
        done = run(*words)
        got = [json.loads(x) for x in done.stdout.splitlines()]
        check("as JSON: " + " ".join(words[:2]), got[0] == {"file": path, "rule": "field", "from": a, "to": a + len(PASSWORD),
                                                             "line": 2, "column": a - 6 + 1} and got[1]["line"] == 3, done)
    done = mask("test", "-", given=text)
    check("standard input", done.stdout.startswith(b"-:2:"), done)
    clean = write("clean.txt", "nothing\n")
    done = mask("test", clean, os.path.join(FOLDER, "missing"), path)
    check("a file that is not there does not stop the others",
          done.returncode == USAGE and b"missing" in done.stderr and b"clean.txt: nothing would be masked" in done.stdout
          and b"github-token" in done.stdout, done)
    done = mask("test", "--json", clean)
    check("nothing, as JSON, is nothing", done.returncode == OK and done.stdout == b"", done)
    hostile = write("a\x1b[2J\nb.txt", text)
    done = mask("test", hostile)
    check("no escape sequence of a name reaches the terminal", b"\x1b" not in done.stdout and done.returncode == OK, done)
    counts = write("counts.yaml", "mode: count-only\n")
    done = mask("test", "--policy", counts, path)
    check("count-only has places, too", len(done.stdout.splitlines()) == 2, done)
    big = write("big.txt", ("x" * 70 + "\n") * 30000 + f"PGPASSWORD={PASSWORD}\n" + ("y" * 70 + "\n") * 3000)
    done = mask("test", big)
    check("far within a file", f"{big}:30001:12: field, bytes {71 * 30000 + 11} to {71 * 30000 + 11 + len(PASSWORD)}\n".encode()
          == done.stdout, done)
    done = mask("test", FOLDER)
    check("a folder", done.returncode == USAGE and b"broker: " in done.stderr, done)


def main():
    try:
        usage()
        bytes_through()
        streaming()
        trouble()
        policies()
        jsonl()
        bad_lines()
        places()
    finally:
        shutil.rmtree(FOLDER)
    print(f"1..{count}")
    return 1 if failed else 0


sys.exit(main())
