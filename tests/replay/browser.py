"""A headless browser, for tests of pages: chromedriver over HTTP on loopback (W3C
WebDriver), and its screenshots as pixels."""
import base64
import json
import os
import re
import shutil
import struct
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import zlib

DRIVER = shutil.which("chromedriver")
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # W3C WebDriver, section 12


class Browser:
    """One window.  Use it in a with statement: the browser ends with it."""

    def __init__(self, width=1200, height=800):
        if DRIVER is None:
            raise AssertionError("chromedriver is not installed")
        self.home = tempfile.mkdtemp(prefix="browser.")
        self.log = open(os.path.join(self.home, "log"), "w+b")
        env = {"PATH": "/usr/bin:/bin", "HOME": self.home, "TMPDIR": self.home, "LANG": "C.UTF-8"}
        self.driver = subprocess.Popen(
            [DRIVER, "--port=0"], stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=subprocess.STDOUT, env=env)
        self.base = None
        try:
            self.base = "http://127.0.0.1:%d" % self._port()
            args = ["--headless=new", "--window-size=%d,%d" % (width, height), "--disable-gpu",
                    "--force-device-scale-factor=1", "--hide-scrollbars",
                    "--disable-dev-shm-usage", "--no-first-run",
                    "--disable-background-networking", "--disable-component-update",
                    "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND",
                    "--user-data-dir=" + os.path.join(self.home, "profile")]
            if os.geteuid() == 0:
                args.append("--no-sandbox")
            made = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {
                "browserName": "chrome", "goog:chromeOptions": {"args": args},
                "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}}, 40)
            self.base += "/session/" + made["sessionId"]
            # The browser's own first page is not what is tested.
            self.call("POST", "/url", {"url": "about:blank"})
            self.logs("performance")
            self.logs("browser")
        except BaseException:
            self.close()
            raise

    def _port(self):
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with open(self.log.name, "rb") as f:
                m = re.search(rb"successfully on port (\d+)", f.read())
            if m:
                return int(m.group(1))
            if self.driver.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError("chromedriver does not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.base is not None and "/session/" in self.base:
            try:
                self.call("DELETE", "", None, 10)
            except (OSError, AssertionError):
                pass
        self.driver.terminate()
        try:
            self.driver.wait(10)
        except subprocess.TimeoutExpired:
            self.driver.kill()
            self.driver.wait()
        self.log.close()
        shutil.rmtree(self.home, ignore_errors=True)

    def call(self, method, path, body=None, timeout=20):
        data = json.dumps(body).encode() if body is not None else None
        ask = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"},
                                     method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(ask, timeout=timeout) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as e:
            raise AssertionError("%s %s: %s" % (method, path, e.read().decode()[:300])) from e

    def open(self, path):
        self.call("POST", "/url", {"url": "file://" + path}, 40)

    def script(self, text, *args):
        return self.call("POST", "/execute/sync", {"script": text, "args": list(args)})

    def find(self, selector):
        return self.call("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, selector):
        self.call("POST", "/element/%s/click" % self.find(selector), {})

    def type(self, selector, text):
        self.call("POST", "/element/%s/value" % self.find(selector), {"text": text})

    def keys(self, text):
        """Keys for the page, as from a keyboard."""
        acts = [{"type": kind, "value": c} for c in text for kind in ("keyDown", "keyUp")]
        self.call("POST", "/actions", {"actions": [{"type": "key", "id": "k", "actions": acts}]})

    def text(self, selector):
        return self.script("return document.querySelector(arguments[0]).textContent", selector)

    def until(self, script, *args, seconds=15):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            got = self.script("return " + script, *args)
            if got:
                return got
            time.sleep(0.05)
        raise AssertionError("never: " + script)

    def logs(self, kind):
        return self.call("POST", "/se/log", {"type": kind})

    def requests(self):
        """What the page asked for since the last call."""
        asked = []
        for row in self.logs("performance"):
            m = json.loads(row["message"])["message"]
            if m["method"] == "Network.requestWillBeSent":
                asked.append(m["params"]["request"]["url"])
        return asked

    def screenshot(self):
        return Picture(base64.b64decode(self.call("GET", "/screenshot")))


class Picture:
    """A PNG of eight bits a channel, as Chromium makes them."""

    def __init__(self, data):
        at, packed = 8, b""
        while at < len(data):
            size, kind = struct.unpack(">I4s", data[at:at + 8])
            body = data[at + 8:at + 8 + size]
            if kind == b"IHDR":
                self.width, self.height, depth, colour = struct.unpack(">IIBB", body[:10])
                if depth != 8 or colour not in (2, 6):
                    raise AssertionError("a PNG of another kind")
                self.bytes = 3 if colour == 2 else 4
            elif kind == b"IDAT":
                packed += body
            at += size + 12
        self.rows = self._unfilter(zlib.decompress(packed))

    def _unfilter(self, raw):
        n, step = self.bytes, self.width * self.bytes
        rows, above = [], bytearray(step)
        for y in range(self.height):
            kind = raw[y * (step + 1)]
            row = bytearray(raw[y * (step + 1) + 1:(y + 1) * (step + 1)])
            if kind == 2:
                row = bytearray((a + b) & 255 for a, b in zip(row, above))
            elif kind:
                for i in range(step):
                    left = row[i - n] if i >= n else 0
                    up, corner = above[i], above[i - n] if i >= n else 0
                    row[i] = (row[i] + self._guess(kind, left, up, corner)) & 255
            rows.append(row)
            above = row
        return rows

    @staticmethod
    def _guess(kind, left, up, corner):
        if kind == 1:
            return left
        if kind == 3:
            return (left + up) >> 1
        p = left + up - corner
        return min((left, up, corner), key=lambda v: abs(p - v))

    def pixel(self, x, y):
        return tuple(self.rows[y][x * self.bytes:x * self.bytes + 3])

    def colours(self, x, y, width, height):
        """How often each colour stands in a rectangle."""
        count = {}
        for j in range(y, min(y + height, self.height)):
            for i in range(x, min(x + width, self.width)):
                c = self.pixel(i, j)
                count[c] = count.get(c, 0) + 1
        return count
