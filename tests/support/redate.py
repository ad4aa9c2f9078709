#!/usr/bin/python3
"""Sign a list of recipients anew, with another last day: what its tool refuses to make.

usage: redate.py ADMIN-KEY-FILE YYYY-MM-DD <LIST >LIST
"""

import base64
import subprocess
import sys
import tempfile

PREFIX = bytes.fromhex("302e020100300506032b657004220420")  # PKCS #8 of a bare seed


def sign(seed, data):
    with tempfile.NamedTemporaryFile() as key, tempfile.NamedTemporaryFile() as text:
        key.write(PREFIX + seed)
        key.flush()
        text.write(data)
        text.flush()
        return subprocess.run(
            ["openssl", "pkeyutl", "-sign", "-rawin", "-keyform", "DER", "-inkey", key.name,
             "-in", text.name], check=True, stdout=subprocess.PIPE).stdout


def main():
    with open(sys.argv[1], encoding="ascii") as f:
        seed = base64.b64decode(f.read().split()[4])
    body, signed = "", ""
    for line in sys.stdin:
        words = line.split()
        if words[0] == "recipient":
            words[3] = sys.argv[2]
        if words[0] == "signed":
            signed = words[1]
        else:
            body += " ".join(words) + "\n"
    mark = sign(seed, b"hoop-rec/1 recipients\0" + body.encode())
    print(body + "signed " + signed + " " + base64.b64encode(mark).decode())


if __name__ == "__main__":
    main()
