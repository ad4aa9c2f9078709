#!/usr/bin/python3
"""What masking has to have made of a case: its secrets gone, the rest still there.

usage: judge.py BROKER [FILE …]     cases as JSON Lines; FILE, or standard input
"""

import base64
import json
import re
import subprocess
import sys

PIECE = 12  # bytes of a secret that are a leak, of secrets of
WHOLE = 16  # so many at least
LEVELS = 5  # JSON in JSON
SEQUENCE = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]"          # CSI
    rb"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC
    rb"|\x1b[PX^_][^\x1b]*\x1b\\"         # DCS, SOS, PM, APC
    rb"|\x1b[ -/]+[0-~]|\x1b[0-~]"        # charsets, two bytes
    rb"|[\x00\x07\x0e\x0f]")
ESCAPE = re.compile(rb"((?:\\u[0-9a-fA-F]{4})+)|\\(.)", re.S)
SIMPLE = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def flat(data):
    """As it stands on a terminal: no escape sequences, what was deleted gone."""
    data = SEQUENCE.sub(b"", data)
    while b"\b" in data[1:]:
        was = data
        data = re.sub(rb"[^\x08\n]\x08", b"", data)
        if data == was:
            break
    return data


def unescape(data):
    def one(m):
        if m[1]:
            units = bytes.fromhex(m[1].replace(b"\\u", b"").decode())
            return units.decode("utf-16-be", "surrogatepass").encode("utf-8", "surrogatepass")
        return SIMPLE.get(m[2], m[2])
    return ESCAPE.sub(one, data)


def views(data):
    """The text in each way in which somebody could read it."""
    out = [data]
    for start in (data, flat(data)):
        for _ in range(LEVELS):
            if start not in out:
                out.append(start)
            start = unescape(start)
            if flat(start) not in out:
                out.append(flat(start))
    return out


def pieces(case):
    """The input's chunks, as bytes."""
    if case.get("enc") == "b64":
        return [base64.b64decode(x) for x in case["input"]]
    return [x.encode("utf-8", "surrogatepass") for x in case["input"]]


def secrets(case):
    if case.get("secrets_enc") == "b64":
        return [base64.b64decode(x) for x in case["secrets"]]
    return [x.encode() for x in case["secrets"]]


def is_json(data):
    try:
        json.loads(data)
        return True
    except ValueError:
        return False


def before_pauses(case):
    """What came before a pause, in all views: it may show."""
    parts, out = pieces(case), []
    for i, gap in enumerate(case.get("gap_ms", [])):
        out += views(b"".join(parts[:i])) if gap else []
    return out


def leak(secret, seen, before):
    """What of the secret stands in one of these texts: None, or words on it."""
    if any(secret in v for v in seen):
        return f"whole secret {secret[:60]!r}"
    if len(secret) < WHOLE:
        return None
    for i in range(len(secret) - PIECE + 1):
        piece = secret[i:i + PIECE]
        if any(piece in v for v in seen) and not any(piece in v for v in before):
            return f"piece {piece!r} of secret {secret[:60]!r}, from {i} of {len(secret)}"
    return None


def judge(case, out, shown=None):
    """All that is wrong with this output: a list of sentences, empty when it is right."""
    given, seen, wrong = b"".join(pieces(case)), views(out), []
    before = before_pauses(case)
    wrong += [f"shown: {x}" for x in (leak(s, seen, before) for s in secrets(case)) if x]
    wrong += [f"gone: {k!r}" for k in case["keep"] if not any(k.encode() in v for v in (out, flat(out)))]
    if is_json(given) and not is_json(out):
        wrong.append("it is no JSON any more")
    if case["class"] == "negative" and out != given:
        wrong.append("it was changed")
    for v in case.get("visible", []) if shown is not None else []:
        if v["text"].encode() not in flat(out[:shown[v["after"]]]):
            wrong.append(f"late: {v['text']!r} behind chunk {v['after']}")
    return wrong


def sound(case):
    """What is wrong with the case itself: unmasked it has to fail, and only so."""
    given = b"".join(pieces(case))
    wrong = [w for w in judge({**case, "class": "", "visible": []}, given) if not w.startswith("shown: whole")]
    if case["secrets"]:
        seen = views(given)
        if not any(s in v for v in seen for s in secrets(case)):
            wrong.append("none of its secrets is there")
    return wrong


def outputs(broker, cases, *options):
    """What `broker mask filter --jsonl` makes of the cases, in their order: (bytes, shown)."""
    text = "".join(json.dumps(c) + "\n" for c in cases)
    done = subprocess.run([broker, "mask", "filter", "--jsonl", *options], input=text.encode(),
                          capture_output=True, timeout=3600, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode != 0 or len(lines) != len(cases):
        raise RuntimeError(f"{broker}: status {done.returncode}, {len(lines)} of {len(cases)} lines: "
                           f"{done.stderr.decode(errors='replace')[:2000]}")
    out = []
    for c, line in zip(cases, lines):
        if line["id"] != c["id"]:
            raise RuntimeError(f"{line['id']} came for {c['id']}")
        data = base64.b64decode(line["output_b64"]) if "output_b64" in line else line["output"].encode()
        out.append((data, line.get("shown")))
    return out


def read(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.strip()]


def judge_all(broker, cases):
    """[(case, output, what is wrong)] of those that are not right."""
    bad = []
    for c, (out, _) in zip(cases, outputs(broker, cases)):
        wrong = judge(c, out)
        if wrong:
            bad.append((c, out, wrong))
    typed = [c for c in cases if "visible" in c]
    for c, (out, shown) in zip(typed, outputs(broker, typed, "--times", "--pace", "interactive")):
        wrong = judge(c, out, shown)
        if wrong:
            bad.append((c, out, wrong))
    return bad


def main():
    words = sys.argv[1:]
    if not words or words[0].startswith("-"):
        sys.exit(__doc__)
    cases = [c for path in words[1:] for c in read(path)] or [json.loads(x) for x in sys.stdin]
    bad = judge_all(words[0], cases)
    for c, out, wrong in bad:
        print(f"{c['id']} ({c['class']}): {'; '.join(wrong)}")
        print(f"    in  {b''.join(pieces(c))[:1500]!r}\n    out {out[:1500]!r}")
    print(f"{len(cases) - len({c['id'] for c, _, _ in bad})} of {len(cases)} right")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
