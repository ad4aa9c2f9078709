#!/usr/bin/python3
"""The page of hoop-replay --export html in a real browser, without network: played,
sought, searched, looked at, and full of what a recording can hold against it; prints
TAP."""
import base64
import json
import os
import re
import sys
import time
import zlib

sys.dont_write_bytecode = True  # the sources may be read-only
from browser import Browser  # noqa: E402
from world import holds, lacks, run, same  # noqa: E402

tests = []
browsers = []
EVIL = [
    "</script><script>document.title='pwned'</script>",
    "<!-- <script> --><img src=x onerror=\"document.title='pwned'\">",
    "\u2028\u2029\u0000\u202e\ufeff",
    "<svg/onload=document.title='pwned'>{{7*7}}${7*7}",
    "javascript:document.title='pwned'",
    "]]></template></title></textarea><style>*{display:none}</style>",
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:1/'><base href=//evil/>",
]


def test(f):
    tests.append(f)
    return f


def cast(events, **header):
    head = {"version": 2, "width": 80, "height": 24, "timestamp": 1795167217}
    head.update(header)
    return "\n".join(json.dumps(e) for e in [head] + events) + "\n"


SESSION = cast([
    [0.1, "B", json.dumps({"t": "command", "n": 1, "command": "ssm web-1"})],
    [0.1, "m", "cmd: ssm web-1"],
    [0.5, "o", "\x1b[48;2;255;0;128m        \x1b[0m\r\n"],
    [0.6, "o", "a plain line\r\n\x1b[31mnee\x1b[32mdle\x1b[0m in colours\r\n"],
    [0.7, "o", "y" * 76 + " over the edge\r\n"],
    [1.0, "B", json.dumps({"t": "aws.call", "call": 1, "service": "s3", "operation":
                           "ListBuckets", "resources": []})],
    [1.5, "o", "wide \u4e16\u754c|\r\n"],
    [2.0, "m", "second part"],
    [2.2, "o", "\x1b[2J\x1b[Hafter the clear"],
    [3.0, "o", " the end"],
], title="a session to look at", hoop={
    "sid": "0199f0c2-0000-7000-8000-000000000001", "broker": "rec.example/a1",
    "identity": {"name": "alice", "kind": "human"}, "source": "192.0.2.7:1"})


def page(w, name, text):
    path = os.path.join(w.dir, name + ".html")
    r = w.run("--export", "html", "--force", "-o", path, w.put(name + ".cast", text))
    same((r.returncode, r.stdout), (6, b""))  # a plain asciicast: nobody signed it
    return path


def opened(b, path):
    b.open(path)
    b.until("document.getElementById('state').textContent !== 'reading'")
    same(b.text("#state"), "")


def one_browser():
    """The browser of all tests; nothing of the one before is in its logs."""
    if not browsers:
        browsers.append(Browser())
    browsers[0].requests()
    browsers[0].logs("browser")
    return browsers[0]


def quiet(b, path):
    """Nothing was asked for but the page, nothing went wrong, nothing ran."""
    same([u for u in b.requests() if not u.startswith(("file://" + path, "data:,", "blob:"))], [])
    same([row for row in b.logs("browser")], [])


def seek(b, ms):
    b.script("const s = document.getElementById('seek'); s.value = arguments[0];"
             "s.dispatchEvent(new Event('input'))", ms)


def box(b, selector):
    r = b.script("const r = document.querySelector(arguments[0]).getBoundingClientRect();"
                 "return [r.left, r.top, r.width, r.height]", selector)
    return [int(v) for v in r]


@test
def it_says_who_what_and_when(w):
    path = page(w, "session", SESSION)
    b = one_browser()
    opened(b, path)
    same(b.text("#title"), "a session to look at")
    for part in ("alice (human)", "192.0.2.7:1", "2026-11-20T09:33:37Z", "rec.example/a1",
                 "0199f0c2-0000-7000-8000-000000000001"):
        holds(b.text("#facts"), part)
    holds(b.text("#verdict"), "not verified")
    same(b.text("#total"), "0:00:03")
    same(b.script("return [...document.querySelectorAll('#contents li')].map(e => e.textContent)"),
         ["0:00:00ssm web-1", "0:00:01s3 ListBuckets", "0:00:02second part"])
    quiet(b, path)


@test
def it_plays_seeks_and_stops(w):
    path = page(w, "session", SESSION)
    b = one_browser()
    opened(b, path)
    same(b.text("#screen").strip(), "")
    b.click("#play")
    same(b.text("#play"), "Pause")
    b.until("Number(document.getElementById('seek').value) > 300")
    b.until("document.getElementById('screen').textContent.includes('a plain line')")
    b.keys(" ")
    same(b.text("#play"), "Play")  # the button has the focus, and a space presses it
    b.script("document.activeElement.blur()")
    b.keys(" ")
    same(b.text("#play"), "Pause")
    b.keys(" ")
    at = b.script("return document.getElementById('seek').value")
    time.sleep(0.2)
    same(b.script("return document.getElementById('seek').value"), at)
    seek(b, 2500)
    same(b.text("#time"), "0:00:02")
    same(b.text("#screen").strip(), "after the clear")
    seek(b, 1600)
    holds(b.text("#screen"), "wide \u4e16\u754c|")
    b.keys("]")
    same(b.text("#time"), "0:00:02")
    b.keys("[")
    same(b.text("#time"), "0:00:01")
    b.keys("\ue012")  # left: five seconds back
    same(b.text("#time"), "0:00:00")
    b.click("#contents li:nth-child(3) button")
    same(b.text("#time"), "0:00:02")
    b.script("document.getElementById('speed').value = '16'")
    b.click("#play")
    b.until("document.getElementById('play').textContent === 'Play'")
    same(b.text("#time"), "0:00:03")
    holds(b.text("#screen"), "after the clear the end")
    quiet(b, path)


@test
def it_finds_what_was_on_the_screen(w):
    path = page(w, "session", SESSION)
    b = one_browser()
    opened(b, path)
    b.keys("/")
    for text, time, hit in (("needle IN", "0:00:00", "needle in colours"),
                            ("the edge", "0:00:00", "y" * 76 + " over the edge"),
                            ("the end", "0:00:03",
                             "after the clear the end")):
        b.script("document.getElementById('find').value = ''")
        b.type("#find", text)
        b.until("document.querySelectorAll('#hits li').length === 1")
        b.until("document.querySelector('#hits li').textContent === arguments[0]", time + hit)
        same(b.text("#count"), "1 line")
        b.click("#hits button")
        same(b.text("#time"), time)
        holds(b.text("#screen"), hit[-13:])
    b.script("document.getElementById('find').value = ''")
    b.type("#find", "nothing like it")
    b.until("document.getElementById('count').textContent === '0 lines'")
    quiet(b, path)


@test
def its_colours_are_where_they_belong(w):
    path = page(w, "session", SESSION)
    b = one_browser()
    opened(b, path)
    seek(b, 800)
    left, top, width, height = box(b, "#screen .row:nth-child(1) span")
    look = b.screenshot()
    same((look.width, look.height) > (1000, 500), True)
    same(look.pixel(left + width // 2, top + height // 2), (255, 0, 128))
    # eight columns wide, and no more
    cell = box(b, "#screen")[2] // 80
    same(look.pixel(left + width + cell, top + height // 2) != (255, 0, 128), True)
    # letters: more than one colour
    x, y, n, high = box(b, "#screen .row:nth-child(2)")
    same(len(look.colours(x, y, 100, high)) > 3, True)
    # red and green letters of the same word
    x, y, n, high = box(b, "#screen .row:nth-child(3)")
    there = look.colours(x, y, 100, high)
    same(any(r > 150 and g < 60 for r, g, _ in there), True)
    same(any(g > 120 and r < 110 for r, g, _ in there), True)
    # a wide character has two columns: the bar behind stands where it would
    seek(b, 1600)
    rows = b.script("return [...document.querySelectorAll('#screen .row')].map(r =>"
                    "[...r.children].map(s => [s.textContent, s.getBoundingClientRect().left]))")
    wide = [r for r in rows if r and r[0][0] == "wide "][0]
    plain = dict(rows[2])
    one = (plain[" in colours"] - plain["nee"]) / 6
    same([s[0] for s in wide], ["wide ", "\u4e16", "\u754c", "|"])
    same(round((wide[3][1] - wide[0][1]) / one), 9)


@test
def nothing_in_it_runs(w):
    events = []
    for i, text in enumerate(EVIL):
        events += [[i + 0.1, "o", text + "\r\n"], [i + 0.2, "m", text],
                   [i + 0.3, "B", json.dumps({"t": "command", "command": text})],
                   [i + 0.4, "B", json.dumps({"t": "aws.call", "service": text, "operation": text,
                                              "resources": [text]})]]
    # a header with NUL is none
    text = cast(events, title="".join(EVIL).replace("\0", ""), hoop={
        "sid": EVIL[0], "broker": EVIL[1], "command": EVIL[5], "source": EVIL[3],
        "identity": {"name": EVIL[4], "kind": EVIL[6]}})
    path = page(w, "evil", text)
    b = one_browser()
    opened(b, path)
    for i in range(len(EVIL)):
        seek(b, i * 1000 + 900)
    b.type("#find", "pwned")
    b.until("document.querySelectorAll('#hits li').length === 4", seconds=20)
    b.script("for (const e of document.querySelectorAll('#hits button, #contents button')) e.click()")
    holds(b.text("#screen"), EVIL[0])
    holds(b.text("#title"), EVIL[0])
    lacks(b.text("#title"), "\u202e")
    lacks(b.text("#screen"), "\u202e")
    same(b.script("return document.title").startswith("</script>"), True)
    same(b.script("return document.querySelectorAll('img, svg, iframe, object, link, base').length"), 0)
    same(b.script("return document.scripts.length"), 1)
    same(b.script("return location.href"), "file://" + path)
    quiet(b, path)


@test
def its_policy_lets_nothing_else_run(w):
    """The same page with a stranger's script, style and picture in it."""
    path = page(w, "session", SESSION)
    text = open(path, encoding="utf-8").read()
    more = ("<script>document.title='pwned'</script><img src='http://127.0.0.1:1/x' "
            "onerror=\"document.title='pwned'\"><style>h1{display:none}</style></body>")
    bad = w.put("more.html", text.replace("</body>", more))
    b = one_browser()
    opened(b, bad)
    holds(b.script("return document.title"), "a session to look at")
    same(b.script("return getComputedStyle(document.querySelector('h1')).display"), "block")
    refused = [r["message"] for r in b.logs("browser")]
    same(len([m for m in refused if "Content Security Policy" in m]) >= 3, True)


@test
def its_bytes_hold_no_sequence(w):
    hostile = ["\x1b]0;title\x07", "\x1b]2;title\x1b\\", "\x1b]52;c;aGVsbG8=\x07", "\x1b[6n", "\x1b[c",
               "\x1b[>c", "\x1bP$qm\x1b\\", "\x1bPhook\x1b\\", "\x1b_apc\x1b\\", "\x1b^pm\x1b\\",
               "\x9b6n", "\x9d0;title\x9c", "\x1b[?1000h", "\x1b[?2004h", "\x05", "\x1bc"]
    path = page(w, "hostile", cast([[i, "o", "<%d>" % i + s] for i, s in enumerate(hostile)]))
    data = open(path, "rb").read()
    same([c for c in set(data) if (c < 32 and c not in (9, 10)) or c > 126], [])
    blocks = re.findall(rb'<script type="application/octet-stream" id="\w+">([^<]*)</script>', data)
    same(len(blocks), 2)
    texts = rows(zlib.decompress(base64.b64decode(blocks[0], validate=True)))
    same("".join("<%d>" % i for i in range(10)) in texts, True)
    for c in "".join(texts):
        same(c.isprintable(), True)
    for part in ("title\x07", "aGVsbG8", "hook", "apc", "pm", "$q", "[", "?"):
        lacks("".join(texts), part)


def rows(data):
    """The text of each row of the frames."""
    at, texts = 0, []

    def number():
        nonlocal at
        value = shift = 0
        while True:
            at += 1
            value |= (data[at - 1] & 127) << shift
            shift += 7
            if data[at - 1] < 128:
                return value

    while at < len(data):
        kind = number()
        if kind == 1:
            text = b""
            number()
            for _ in range(number()):
                number(), number(), number()
                size = number()
                text += data[at:at + size]
                at += size
            texts.append(text.decode())
        elif kind == 2:
            number()
            if number() & 1:
                number(), number()
            number(), number()
            for _ in range(2 * number()):
                number()
        else:
            same(kind, 3)
            number()
    return texts


if __name__ == "__main__":
    try:
        status = run(tests)
    finally:
        for one in browsers:
            one.close()
    sys.exit(status)
