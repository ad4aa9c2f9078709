"""A websocket's server side (RFC 6455), for a loop: it never blocks.  Strict: frames must
be masked, no reserved bit, no extension, lengths in their shortest form."""

import base64
import hashlib
import socket
import ssl
import struct
import time

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
MESSAGE_MAX = 1 << 20
HELD_MAX = 1 << 18  # bytes that wait before sources are left alone
PIECE = 1 << 16
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Broken(Exception):
    """The peer broke the rules; code is what it is told."""

    def __init__(self, why, code=1002):
        super().__init__(why)
        self.code = code


class Gone(Exception):
    """The connection ended."""


def accept_of(key):
    return base64.b64encode(hashlib.sha1(key.encode() + GUID).digest()).decode()


def frame(opcode, data):
    n = len(data)
    if n < 126:
        return struct.pack(">BB", 0x80 | opcode, n) + data
    if n < 65536:
        return struct.pack(">BBH", 0x80 | opcode, 126, n) + data
    return struct.pack(">BBQ", 0x80 | opcode, 127, n) + data


def unmask(data, key):
    n = len(data)
    whole = int.from_bytes(data, "big") ^ int.from_bytes(
        (key * (n // 4 + 1))[:n], "big")
    return whole.to_bytes(n, "big")


class Socket:
    def __init__(self, sock, early=b""):
        self.sock, self.fd = sock, sock.fileno()
        sock.setblocking(False)
        self.got, self.at = bytearray(early), 0
        self.parts, self.part_kind = [], None
        self.queue, self.held, self.now, self.sent = [], 0, b"", 0
        self.begun, self.messages, self.silent, self.closing = time.monotonic(), 0, False, 0
        self.said_close, self.deaf = False, False

    # -- reading --

    def fill(self):
        """What has come; Gone at the end.  True: there may be more."""
        for _ in range(16):
            try:
                piece = self.sock.recv(PIECE)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
                return False
            except OSError as e:
                raise Gone(str(e)) from None
            if not piece:
                raise Gone("end of stream")
            if not self.silent and not self.deaf:
                self.got += piece
        return True

    def one(self):
        """The next frame (opcode, fin, payload), or None."""
        got, at = self.got, self.at
        have = len(got) - at
        if have < 2:
            return None
        first, second = got[at], got[at + 1]
        size, head = second & 127, 2
        if first & 0x70:
            raise Broken("a reserved bit is set")
        if not second & 128:
            raise Broken("a frame without a mask")
        if size == 126:
            head = 4
            if have < 4:
                return None
            size = struct.unpack_from(">H", got, at + 2)[0]
            if size < 126:
                raise Broken("a length that is not the shortest")
        elif size == 127:
            head = 10
            if have < 10:
                return None
            size = struct.unpack_from(">Q", got, at + 2)[0]
            if size < 65536:
                raise Broken("a length that is not the shortest")
        if size > MESSAGE_MAX:
            raise Broken("a frame of %d bytes" % size, 1009)
        if have < head + 4 + size:
            return None
        key = bytes(got[at + head:at + head + 4])
        start = at + head + 4
        data = unmask(bytes(got[start:start + size]), key)
        self.at = start + size
        if self.at > 1 << 18 or self.at == len(got):
            del got[:self.at]
            self.at = 0
        return first & 15, first & 128, data

    def messages_in(self):
        """Whole messages [(kind, bytes)]; pings are answered here."""
        out = []
        while True:
            f = None if self.deaf else self.one()
            if f is None:
                return out
            kind, fin, data = f
            if kind >= 8:
                self.control(kind, fin, data, out)
                continue
            if kind not in (0, TEXT, BINARY) or (kind == 0) != (self.part_kind is not None):
                raise Broken("opcode %d out of place" % kind)
            if kind and fin:
                out.append((kind, data))
                continue
            self.part_kind = self.part_kind or kind
            self.parts.append(data)
            if sum(map(len, self.parts)) > MESSAGE_MAX:
                raise Broken("a message that is too long", 1009)
            if fin:
                out.append((self.part_kind, b"".join(self.parts)))
                self.parts, self.part_kind = [], None

    def control(self, kind, fin, data, out):
        if not fin or len(data) > 125 or kind not in (CLOSE, PING, PONG):
            raise Broken("a control frame of a wrong form")
        if kind == PING:
            self.send(PONG, data)
        if kind == CLOSE:
            if len(data) == 1:
                raise Broken("a close frame of one byte")
            if not self.said_close:
                self.send(CLOSE, data[:2])
                self.said_close = True
        out.append((kind, data))

    # -- writing --

    def send(self, kind, data):
        self.raw(frame(kind, data))

    def raw(self, data):
        if not self.silent:
            self.queue.append(data)
            self.held += len(data)

    def close(self, code=1000, reason=b""):
        if not self.said_close:
            self.send(CLOSE, struct.pack(">H", code) + reason)
            self.said_close = True
            self.closing = time.monotonic()

    def flush(self):
        """Writes what it can; Gone when the peer is."""
        while self.now or self.queue:
            if not self.now:
                # Kept whole: TLS wants the same bytes again after it could not write.
                whole = self.queue[0] if len(self.queue) == 1 else b"".join(self.queue)
                self.queue = [whole[PIECE:]] if len(whole) > PIECE else []
                self.now = whole[:PIECE]
            try:
                n = self.sock.send(self.now)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
                return
            except OSError as e:
                raise Gone(str(e)) from None
            self.held -= n
            self.now = self.now[n:]

    def wants_write(self):
        return bool(self.now or self.queue)

    def full(self):
        return self.held > HELD_MAX

    def end(self, reset=False):
        try:
            if reset:
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                     struct.pack("ii", 1, 0))
            self.sock.close()
        except OSError:
            pass
