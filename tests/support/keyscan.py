#!/usr/bin/python3
"""Look for a recording's keys in processes, from the auditor's side.

usage: keyscan.py CAST AUDITOR_KEY PID…

From the recording and the auditor's key follow the data key and all that it led to: the
chain keys CK(0), CK(1), … of each chunk so far, their message keys, the key of the
index.  Each is looked for in the memory of each process.  A line is printed for each
find, "PID NAME WHICH"; the newest chain key, which a session that goes on has to hold,
is called "newest".  The status is 0 when nothing was found, 1 when something was, 2 when
a process could not be looked at.
"""

import base64
import ctypes
import ctypes.util
import hashlib
import json
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import scan  # noqa: E402


def blake(key, data):
    return hashlib.blake2b(data, key=key, digest_size=32).digest()


def unseal(sealed, secret):
    sodium = ctypes.CDLL(ctypes.util.find_library("sodium") or "libsodium.so.23")
    public = ctypes.create_string_buffer(32)
    sodium.crypto_scalarmult_base(public, secret)
    out = ctypes.create_string_buffer(len(sealed) - 48)
    good = sodium.crypto_box_seal_open(out, sealed, ctypes.c_ulonglong(len(sealed)),
                                       public, secret)
    return out.raw if good == 0 else None


def auditor(path):
    with open(path, encoding="utf-8") as f:
        words = f.read().split()
    assert words[0] == "hoop-key" and words[3] == "x25519" and len(words) == 5
    return base64.b64decode(words[4])


def keys_of(cast, secret):
    with open(cast, "rb") as f:
        lines = f.read().split(b"\n")
    header = json.loads(lines[0])["hoop"]
    h0 = hashlib.sha256(lines[0] + b"\n").digest()
    sid = bytes.fromhex(header["sid"].replace("-", ""))
    for one in header["rcpt"]:
        dek = unseal(base64.b64decode(one["k"]), secret)
        if dek is not None:
            break
    assert blake(dek, b"hoop-rec/1 commit" + sid) == base64.b64decode(header["commit"])
    chunks = sum(1 for line in lines if b', "E", ' in line[:40] and line.endswith(b"]"))
    keys = {"the data key": dek}
    chain = blake(dek, b"hoop-rec/1 chain" + h0)
    for i in range(chunks):
        keys["chain key %d" % i] = chain
        keys["message key %d" % i] = blake(chain, b"k")
        chain = blake(chain, b"n")
    keys["newest"] = chain
    keys["index key"] = blake(chain, b"f")
    return keys


def finds(pid, keys):
    """The names of those keys that stand somewhere in its memory; one pass."""
    names = {key: which for which, key in keys.items()}
    pattern = re.compile(b"|".join(re.escape(k) for k in names))
    found = set()
    with open("/proc/%d/mem" % pid, "rb", buffering=0) as f:
        for start, end in scan.regions(pid):
            at, tail = start, b""
            while at < end:
                try:
                    f.seek(at)
                    piece = f.read(min(scan.PIECE, end - at))
                except (OSError, ValueError, OverflowError):
                    break  # a mapping that has no pages to read
                if not piece:
                    break
                found |= {names[m.group()] for m in pattern.finditer(tail + piece)}
                tail = piece[-31:]
                at += len(piece)
    return sorted(found)


def main():
    keys = keys_of(sys.argv[1], auditor(sys.argv[2]))
    status = 0
    for pid in map(int, sys.argv[3:]):
        try:
            with open("/proc/%d/comm" % pid, encoding="utf-8") as f:
                name = f.read().strip()
            for which in finds(pid, keys):
                print(pid, name, which)
                status = max(status, 1)
        except OSError as e:
            print(pid, os.strerror(e.errno), file=sys.stderr)
            status = 2
    return status


if __name__ == "__main__":
    sys.exit(main())
