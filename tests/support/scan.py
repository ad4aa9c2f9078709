#!/usr/bin/python3
"""Look for secrets in processes: arguments, environment, memory, open files.

usage: scan.py NEEDLES PID…

NEEDLES holds a secret a line.  Each is looked for as it is, in base64, in hex, and as a
URL writes it.  A line is printed for each find, "PID NAME WHERE", never the secret.  The
status is 0 when nothing was found, 1 when something was, 2 when a process could not be
looked at.
"""

import base64
import os
import re
import sys
import urllib.parse

PIECE = 1 << 22


def forms(secret):
    raw = secret.encode()
    out = {raw, raw.hex().encode(), urllib.parse.quote(secret, safe="").encode()}
    # In base64 a text looks in three ways, as it stands in what is coded.
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + raw)
        out.add(coded[4 if shift else 0:-4])
    return {f for f in out if len(f) >= 16}


def regions(pid):
    with open("/proc/%d/maps" % pid, encoding="utf-8", errors="replace") as f:
        for line in f:
            m = re.match(r"([0-9a-f]+)-([0-9a-f]+) r", line)
            if m and "[vvar" not in line and "[vsyscall" not in line:
                yield int(m.group(1), 16), int(m.group(2), 16)


def memory(pid, pattern):
    longest = 1 << 15
    with open("/proc/%d/mem" % pid, "rb", buffering=0) as f:
        for start, end in regions(pid):
            tail = b""
            at = start
            while at < end:
                try:
                    f.seek(at)
                    piece = f.read(min(PIECE, end - at))
                except (OSError, ValueError, OverflowError):
                    break  # a mapping that has no pages to read
                if not piece:
                    break
                if pattern.search(tail + piece):
                    return True
                tail = piece[-longest:]
                at += len(piece)
    return False


def look(pid, pattern):
    finds = []
    for name in ("cmdline", "environ"):
        with open("/proc/%d/%s" % (pid, name), "rb") as f:
            if pattern.search(f.read()):
                finds.append(name)
    if memory(pid, pattern):
        finds.append("memory")
    return finds


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        needles = {form for line in f if line.strip() for form in forms(line.strip())}
    if not needles:
        print("no needles", file=sys.stderr)
        return 2
    pattern = re.compile(b"|".join(re.escape(n) for n in sorted(needles)))
    status = 0
    for pid in map(int, sys.argv[2:]):
        try:
            with open("/proc/%d/comm" % pid, encoding="utf-8") as f:
                name = f.read().strip()
            for where in look(pid, pattern):
                print(pid, name, where)
                status = max(status, 1)
        except OSError as e:
            print(pid, os.strerror(e.errno), file=sys.stderr)
            status = 2
    return status


if __name__ == "__main__":
    sys.exit(main())
