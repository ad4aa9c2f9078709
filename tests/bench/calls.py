"""One connection with many signed requests: how long does each API call take?"""

import hashlib
import socket
import ssl
import time

from standin import sign, wire

HOST = "logs.s3.eu-west-1.amazonaws.com"
REGION = "eu-west-1"


class Caller:
    """A client of S3 that keeps its connection: through a proxy that answers CONNECT."""

    def __init__(self, proxy, ca, key, secret):
        self.key, self.secret = key, secret
        s = socket.create_connection(proxy, timeout=30)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        s.sendall(f"CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\n\r\n".encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += s.recv(1)
        if b" 200 " not in head.split(b"\r\n")[0]:
            raise OSError("CONNECT: " + head.decode(errors="replace"))
        context = ssl.create_default_context(cafile=ca)
        self.sock = context.wrap_socket(s, server_hostname=HOST)
        self.file = self.sock.makefile("rb")

    def request(self, target):
        date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        empty = hashlib.sha256().hexdigest()
        rows = [("host", HOST), ("x-amz-content-sha256", empty), ("x-amz-date", date)]
        names = sorted(n for n, _ in rows)
        value = sign.signature(self.secret, wire.Request("GET", target, rows), date, REGION,
                               "s3", names, empty)
        rows.append(("authorization", "AWS4-HMAC-SHA256 Credential=%s/%s/%s/s3/aws4_request"
                     ", SignedHeaders=%s, Signature=%s"
                     % (self.key, date[:8], REGION, ";".join(names), value)))
        text = f"GET {target} HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in rows)
        return text.encode() + b"\r\n"

    def call(self, target):
        """Seconds from the request's first byte to the answer's last."""
        data = self.request(target)
        start = time.monotonic()
        self.sock.sendall(data)
        status = self.file.readline()
        length = 0
        while (line := self.file.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        self.file.read(length)
        if b" 200 " not in status:
            raise OSError(status.decode(errors="replace"))
        return time.monotonic() - start

    def close(self):
        self.sock.close()


def percentile(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]
