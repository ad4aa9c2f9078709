#!/usr/bin/python3
"""Look into an exported recording, for walks.

usage: cast.py FILE shown          the bytes that were shown, as they were
       cast.py FILE header A.B     a value of the header
       cast.py FILE events         the events in order; runs of output are one "o"
       cast.py FILE event TYPE A.B a value of the first B event of this type
"""

import base64
import json
import sys


def value(o, path):
    for name in path.split("."):
        o = o[int(name)] if isinstance(o, list) else o.get(name)
    return o if isinstance(o, str) else json.dumps(o)


def shown(events):
    raw = None
    for _, code, data in events:
        if code == "b":
            raw = base64.b64decode(data, validate=True)
        elif code == "o":
            sys.stdout.buffer.write(data.encode() if raw is None else raw)
            raw = None


def names(events):
    last = None
    for _, code, data in events:
        name = "B:" + json.loads(data)["t"] if code == "B" else code
        if code == "x":
            name += "=" + data
        if name not in ("o", "b") or last != "o":
            yield "o" if name == "b" else name
        last = "o" if name == "b" else name


def main():
    with open(sys.argv[1], encoding="utf-8", newline="\n") as f:
        header, *events = [json.loads(line) for line in f]
    what = sys.argv[2]
    if what == "shown":
        shown(events)
    elif what == "events":
        print(*names(events))
    elif what == "header":
        print(value(header, sys.argv[3]))
    else:
        print(value([o for o in (json.loads(d) for _, c, d in events if c == "B")
                     if o["t"] == sys.argv[3]][0], sys.argv[4]))


if __name__ == "__main__":
    main()
