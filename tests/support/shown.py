#!/usr/bin/python3
"""Is all that a client was shown on stdout in one of these exported recordings?

usage: shown.py SHOWN EXPORT.cast…

SHOWN must be the beginning of the recorded output, but for lines of the broker, which
went to stderr.  Bytes that are no text stand in an event "b" before the "o" that shows
them.
"""

import base64
import json
import sys


def output(path):
    raw = None
    with open(path, encoding="utf-8", newline="\n") as f:
        next(f)
        for line in f:
            _, code, data = json.loads(line)
            if code == "b":
                raw = base64.b64decode(data, validate=True)
            if code == "o":
                yield data.encode("utf-8") if raw is None else raw
                raw = None


def main():
    with open(sys.argv[1], "rb") as f:
        shown = f.read()
    for path in sys.argv[2:]:
        recorded = b"".join(piece for piece in output(path)
                            if not (piece.startswith(b"broker: ") and piece.endswith(b"\n")))
        if recorded.startswith(shown):
            print("%d of %d bytes" % (len(shown), len(recorded)))
            return
    sys.exit("none of %d recordings begins with these %d bytes" %
             (len(sys.argv) - 2, len(shown)))


if __name__ == "__main__":
    main()
