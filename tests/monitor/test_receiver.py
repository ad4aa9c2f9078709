#!/usr/bin/python3
"""The receiver of notices that the manual shows, taken from there and tried."""

import os
import re
import sys

VECTOR = "tests/monitor/test_noticesign.c"
count = bad = 0


def check(what, good):
    global count, bad
    count += 1
    bad += not good
    print("%sok %d - %s" % ("" if good else "not ", count, what), flush=True)


def read(path):
    with open(os.path.join(os.environ.get("top_srcdir", "."), path), encoding="utf-8") as f:
        return f.read()


def receiver():
    page = read("man/broker.yaml.5")
    code = re.search(r"\.Bd -literal -offset indent\n(import hashlib.*?)\.Ed\n", page, re.S)
    space = {}
    exec(code.group(1), space)  # pylint: disable=exec-used
    return space


def refused(take, *args):
    try:
        take(*args)
    except ValueError:
        return True
    return False


def main():
    space = receiver()
    take = space["notice"]
    text = read(VECTOR)
    mac = re.search(r"v1=([0-9a-f]{64})", text).group(1)
    name = re.search(r'#define ID "([0-9a-f]{22})"', text).group(1)
    secret, body = b"a secret of sixteen bytes and more", b'{"event":"test"}'
    sent = 1763712000
    header = "t=%d,id=%s,v1=%s" % (sent, name, mac)
    now = [sent + 10]
    space["time"] = type("clock", (), {"time": staticmethod(lambda: now[0])})
    check("a notice of the broker's is taken", take(secret, header, body) is True)
    check("the same one again is known", take(secret, header, body) is False)
    check("another secret is refused", refused(take, secret + b"x", header, body))
    check("another body is refused", refused(take, secret, header, body + b" "))
    for old, new in (("t=1763712000", "t=1763712001"), (name, name[:-1] + "0"),
                     (mac, mac[:-1] + ("0" if mac[-1] != "0" else "1"))):
        check("another header is refused: " + new[:12],
              refused(take, secret, header.replace(old, new), body))
    now[0] = sent + 301
    check("an old one is refused", refused(take, secret, header, body))
    now[0] = sent - 301
    check("one from the future is refused", refused(take, secret, header, body))
    now[0] = sent + 299
    check("one that is known stays known as long as it is young enough",
          take(secret, header, body) is False)
    print("1..%d" % count)
    sys.exit(bad > 0)


main()
