#!/usr/bin/python3
"""A second reader of the log, written from hoop-rec(5) alone, for walks.

usage: log.py LOG types                 the leaves' names, in order, in one line
       log.py LOG count NAME            how many leaves of this name
       log.py LOG check TRUST           all of it: "whole N", or what is wrong
       log.py LOG recordings DONE       each recording in DONE has one OPEN and one end, which
                                        says its length and its chain: "whole N"
       log.py LOG proof FILE TRUST      an evidence file, by itself and against LOG: "whole"

Ed25519 is openssl's.
"""

import base64
import glob
import hashlib
import os
import struct
import subprocess
import sys
import tempfile

NAMES = ["?", "OPEN", "CLOSE", "RECOVER", "KEYSET", "DEVKEY", "POLICY", "EXPIRE", "SHRED",
         "HEARTBEAT"]
BODY = [0, 66, 49, 41, 32, 96, 32, 33, 0, 0]
ED25519 = bytes.fromhex("302a300506032b6570032100")  # what comes before a key in DER


class Bad(Exception):
    pass


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def root(hashes):
    if not hashes:
        return sha()
    if len(hashes) == 1:
        return hashes[0]
    k = 1 << (len(hashes) - 1).bit_length() - 1
    return sha(b"\1", root(hashes[:k]), root(hashes[k:]))


def path_root(leaf, index, size, path):
    """The root that an inclusion path leads to, by recursion from the top."""
    if size == 1:
        if path:
            raise Bad("a path that is too long")
        return leaf
    if not path:
        raise Bad("a path that is too short")
    k = 1 << (size - 1).bit_length() - 1
    if index < k:
        return sha(b"\1", path_root(leaf, index, k, path[:-1]), path[-1])
    return sha(b"\1", path[-1], path_root(leaf, index - k, size - k, path[:-1]))


def signed(key, message, signature):
    with tempfile.TemporaryDirectory() as d:
        for name, data in (("k", ED25519 + key), ("m", message), ("s", signature)):
            with open(f"{d}/{name}", "wb") as f:
                f.write(data)
        return subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey",
             f"{d}/k", "-rawin", "-in", f"{d}/m", "-sigfile", f"{d}/s"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def parse_leaf(data):
    kind = data[0]
    if kind < 1 or kind > 9 or data[1:8] != b"\1" + bytes(6) or len(data) != 32 + BODY[kind]:
        raise Bad("no leaf")
    return NAMES[kind], data[16:32], data[32:]


def entries(folder):
    with open(f"{folder}/entries", "rb") as f:
        data = f.read()
    out, at = [], 0
    while at < len(data):
        (n,) = struct.unpack_from("<H", data, at)
        if at + 2 + n > len(data):
            raise Bad(f"entry {len(out)} is cut short")
        out.append(data[at + 2:at + 2 + n])
        at += 2 + n
    return out


def rotation(broker, old, new):
    return b"hoop-rec/1 rotate\0" + broker.encode() + b"\0" + old + new


def chain(broker, leaves):
    """The device keys, each signed by the one before."""
    keys = []
    for kind, _, body in leaves:
        if kind != "DEVKEY":
            continue
        new = body[:32]
        old = keys[-1] if keys else new
        if not signed(old, rotation(broker, old, new), body[32:]):
            raise Bad("a device key that the one before has not signed for")
        keys.append(new)
    return keys


def parse_note(text):
    body, _, rest = text.partition("\n\n")
    lines = body.split("\n")
    if len(lines) != 3 or not rest.startswith(f"— {lines[0]} ") or not rest.endswith("\n"):
        raise Bad("no checkpoint")
    blob = base64.b64decode(rest.split("\n")[0].split(" ")[2], validate=True)
    return lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True), \
        (body + "\n").encode(), blob[:4], blob[4:]


def trusted(path):
    with open(path, encoding="ascii") as f:
        return [(w[1], base64.b64decode(w[2])) for w in
                (line.split() for line in f) if w[0] == "device"]


def check_note(text, leaves, trust):
    broker, size, top, body, keyid, sig = parse_note(text)
    keys = chain(broker, leaves)
    if not any((broker, k) in trust for k in keys):
        raise Bad("nobody who is trusted")
    if keyid != sha(broker.encode(), b"\n\1", keys[-1])[:4] or not signed(keys[-1], body, sig):
        raise Bad("the checkpoint is not signed by the newest key")
    return size, top


def check(folder, trust):
    raw = entries(folder)
    with open(f"{folder}/checkpoint", encoding="utf-8") as f:
        size, top = check_note(f.read(), [parse_leaf(e) for e in raw], trusted(trust))
    if size != len(raw) or root([sha(b"\0", e) for e in raw]) != top:
        raise Bad("another root")
    return f"whole {size}"


def line_chain(path):
    h, n = None, 0
    with open(path, "rb") as f:
        for line in f:
            if not line.endswith(b"\n"):
                break
            h = sha(b"hoop-rec/1\0" if h is None else h, line)
            n += len(line)
    return h, n


def recordings(folder, done):
    leaves = [parse_leaf(e) for e in entries(folder)]
    files = sorted(glob.glob(f"{done}/*.cast"))
    for path in files:
        sid = bytes.fromhex(os.path.basename(path)[:-5].replace("-", ""))
        own = [(k, b) for k, s, b in leaves if s == sid]
        if len(own) != 2 or own[0][0] != "OPEN" or own[1][0] not in ("CLOSE", "RECOVER"):
            raise Bad(f"{path}: {[k for k, _ in own]}")
        kind, body = own[1]
        off = 8 if kind == "CLOSE" else 0
        length, h = struct.unpack_from("<Q32s", body, off)
        if (h, length) != line_chain(path):
            raise Bad(f"{path}: not what the log says")
    opened = {s for k, s, _ in leaves if k == "OPEN"}
    if len(opened) != len(files):
        raise Bad("a recording is missing")
    return f"whole {len(files)}"


def proof(folder, path, trust):
    with open(path, encoding="utf-8") as f:
        head, _, note = f.read().partition("\n\n")
    lines = head.split("\n")
    if lines[0] != "hoop-proof 1":
        raise Bad("no evidence")
    sid = bytes.fromhex(lines[1].split(" ")[1].replace("-", ""))
    found = []
    for line in lines[2:]:
        words = line.split(" ")
        if words[0] == "leaf":
            found.append((int(words[1]), base64.b64decode(words[2], validate=True), []))
        else:
            found[-1][2].append(base64.b64decode(words[1], validate=True))
    leaves = [parse_leaf(raw) for _, raw, _ in found]
    size, top = check_note(note, leaves, trusted(trust))
    for index, raw, path_ in found:
        if path_root(sha(b"\0", raw), index, size, path_) != top:
            raise Bad("a path that leads elsewhere")
    if [s for k, s, _ in leaves if k != "DEVKEY"] != [sid, sid]:
        raise Bad("leaves of others")
    if root([sha(b"\0", e) for e in entries(folder)[:size]]) != top:
        raise Bad("evidence of another log")
    return "whole"


def main():
    folder, what, *args = sys.argv[1:]
    try:
        if what == "types":
            print(*(parse_leaf(e)[0] for e in entries(folder)))
        elif what == "count":
            print(sum(parse_leaf(e)[0] == args[0] for e in entries(folder)))
        else:
            print({"check": check, "recordings": recordings, "proof": proof}[what](
                folder, *args))
    except (Bad, ValueError, IndexError, struct.error) as e:
        print(f"bad: {e}")


if __name__ == "__main__":
    main()
