"""HTTP/1.1 as a server reads and writes it.  Strict: what could be read in two ways
is refused, because a signature is checked over one reading only."""

import hashlib
import re
import urllib.parse
from email.utils import formatdate

HEAD_MAX = 65536
TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
PIECE = 1 << 18


class BadRequest(Exception):
    """The bytes are no request that we answer; the connection ends."""


class Gone(Exception):
    """The peer closed."""


class Request:
    def __init__(self, method, target, headers):
        self.method = method
        self.target = target
        self.path, _, self.query = target.partition("?")
        self.headers = headers  # [(name in lower case, value as received)]
        self.chunked = False
        self.length = 0
        self.host = self.one("host") or ""
        self.body = b""
        self.size = 0
        self.sha256 = hashlib.sha256().hexdigest()
        self.md5 = hashlib.md5(b"")

    def all(self, name):
        return [v for n, v in self.headers if n == name]

    def one(self, name):
        """The header's only value; None without it, BadRequest if it is repeated."""
        values = self.all(name)
        if len(values) > 1:
            raise BadRequest("header %s stands twice" % name)
        return values[0].strip() if values else None

    def params(self):
        """The query decoded: [(key, value)]; a key without '=' has an empty value."""
        return [(urllib.parse.unquote(k, errors="surrogateescape"),
                 urllib.parse.unquote(v, errors="surrogateescape"))
                for k, _, v in (p.partition("=") for p in self.query.split("&") if p)]


def parse_head(data):
    lines = data.split(b"\r\n")
    first = lines[0].split(b" ")
    if len(first) != 3 or first[2] != b"HTTP/1.1" or not TOKEN.match(first[0]):
        raise BadRequest("no HTTP/1.1 request line")
    headers = []
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        if not colon or not TOKEN.match(name) or b"\n" in value or b"\0" in value:
            raise BadRequest("a malformed header line")
        headers.append((name.decode("ascii").lower(),
                        value.decode("utf-8", "surrogateescape")))
    return Request(first[0].decode("ascii"),
                   first[1].decode("utf-8", "surrogateescape"), headers)


def body_kind(req):
    length, coding = req.one("content-length"), req.one("transfer-encoding")
    if length is not None and coding is not None:
        raise BadRequest("two lengths")
    if coding is not None:
        if coding.lower() != "chunked":
            raise BadRequest("an unknown transfer coding")
        req.chunked = True
    elif length is not None:
        if not re.fullmatch(r"[0-9]{1,15}", length):
            raise BadRequest("a malformed length")
        req.length = int(length)


class Wire:
    """One connection: `f` is its buffered reader, `sock` what is written to."""

    def __init__(self, sock):
        self.sock = sock
        self.f = sock.makefile("rb", PIECE)

    def read_head(self):
        """The next request, or None when the peer has closed between two."""
        data = b""
        while not data.endswith(b"\r\n\r\n"):
            line = self.f.readline(HEAD_MAX)
            if not line and not data:
                return None
            if not line or len(data) + len(line) > HEAD_MAX:
                raise BadRequest("the head is cut short or too long")
            data += line
        req = parse_head(data[:-4])
        body_kind(req)
        return req

    def go_on(self, req):
        """Answer Expect: 100-continue, if asked, before the body is read."""
        expect = req.one("expect")
        if expect is None:
            return
        if expect.lower() != "100-continue":
            raise BadRequest("an unknown expectation")
        self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _exactly(self, n):
        while n > 0:
            piece = self.f.read(min(n, PIECE))
            if not piece:
                raise Gone()
            n -= len(piece)
            yield piece

    def _line(self):
        line = self.f.readline(1024)
        if not line.endswith(b"\r\n"):
            raise BadRequest("a chunk line is cut short")
        return line[:-2]

    def _chunks(self):
        while True:
            size = self._line().partition(b";")[0]
            if not re.fullmatch(rb"[0-9A-Fa-f]{1,12}", size):
                raise BadRequest("a malformed chunk size")
            if int(size, 16) == 0:
                break
            yield from self._exactly(int(size, 16))
            if self._line():
                raise BadRequest("a chunk is longer than it says")
        while self._line():
            pass

    def pieces(self, req):
        """The body without its transfer coding, piece by piece."""
        return self._chunks() if req.chunked else self._exactly(req.length)

    def read_body(self, req, limit):
        """The whole body into the request, with its digests; at most `limit` bytes."""
        keep(req, self.pieces(req), limit)

    def answer(self, status, reason, headers, body=b"", pieces=None, length=None,
               head_only=False):
        """`body`, or `length` bytes from the generator `pieces`."""
        n = len(body) if length is None else length
        lines = ["HTTP/1.1 %d %s" % (status, reason), "Date: " + formatdate(usegmt=True),
                 "Server: AmazonStandIn"]
        if status not in (204, 304) and not any(k.lower() == "content-length"
                                                for k, _ in headers):
            lines.append("Content-Length: %d" % n)
        lines += ["%s: %s" % h for h in headers]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")
        self.sock.sendall(head if head_only or pieces else head + body)
        if pieces and not head_only:
            for piece in pieces:
                self.sock.sendall(piece)


def keep(req, pieces, limit, store=True):
    """Digest a body; keep its bytes unless `store` is false."""
    sha, md5, parts, size = hashlib.sha256(), hashlib.md5(), [], 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            raise BadRequest("the body is longer than %d bytes" % limit)
        sha.update(piece)
        md5.update(piece)
        if store:
            parts.append(piece)
    req.body, req.size = b"".join(parts), size
    req.sha256, req.md5 = sha.hexdigest(), md5
