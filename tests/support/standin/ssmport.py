"""Ports: one TCP connection that the node makes (stream, basic), or many in smux."""

import collections
import errno
import ipaddress
import re
import select
import socket
import struct
import time

from . import ssmagent
from .ssmframe import FLAG, OUTPUT
from .ssmrun import Cannot

IN, OUT = select.EPOLLIN, select.EPOLLOUT
POOL = 4 << 20
READ = 1 << 15
SYN, FIN, PSH, NOP = 0, 1, 2, 3
ALIVE_EVERY, ALIVE_MOST = 10, 30
FORBIDDEN = ("169.254.169.254", "169.254.169.253", "169.254.169.123", "fd00:ec2::254",
             "fd00:ec2::253")
PENDING_MAX = 1 << 16


def place(agent):
    """(host, port) on loopback of what the session is about; Cannot."""
    p, known = agent.properties(), agent.o.get("ports", {})
    host, port = p.get("host"), p["portNumber"]
    name = port if host is None else "%s:%s" % (host, port)
    if host is not None:
        try:
            if host in FORBIDDEN or ipaddress.ip_address(host).is_link_local:
                raise Cannot("Forwarding to IP address %s is forbidden." % host)
        except ValueError:
            pass
    if name in known:
        return "127.0.0.1", number(known[name])
    if host not in (None, "localhost", "127.0.0.1"):
        raise Cannot("lookup %s: no such host" % host)
    return "127.0.0.1", int(port)


def number(value):
    """A port, or "@FILE": that file's first number, which may be written late."""
    if not str(value).startswith("@"):
        return int(value)
    try:
        with open(value[1:], encoding="ascii") as f:
            return int(re.search("[0-9]+", f.read()).group())
    except (OSError, AttributeError):
        return 1  # nobody listens there


class Tcp:
    """One connection, without blocking: bytes that wait to be written, and a way to be
    told of bytes, of the end, and that it could not be made."""

    def __init__(self, agent, where, owner):
        self.loop, self.owner, self.where = agent.ch.loop, owner, where
        self.sock = socket.socket()
        self.sock.setblocking(False)
        self.fd, self.mask = self.sock.fileno(), 0
        self.queue, self.held = collections.deque(), 0
        self.made, self.open, self.reading, self.last = False, True, False, False
        self.refused = self.sock.connect_ex(where) not in (0, errno.EINPROGRESS)
        self.update()

    def update(self):
        if not self.open:
            return
        want = (OUT if not self.made or self.queue else 0) | (
            IN if self.made and self.reading else 0)
        if want != self.mask:
            self.mask = want
            if want:
                self.loop.set(self.fd, want, self.ready)
            else:
                self.loop.drop(self.fd)

    def ready(self, mask):
        if not self.made:
            if self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                self.fail()
                return
            self.made = True
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.owner.connected(self)
        if mask & OUT and self.open:
            self.write()
        if mask & ~OUT and self.open and self.made:
            if self.reading or not mask & IN:
                self.read()
        self.update()

    def fail(self):
        self.close()
        self.owner.unreachable(self)

    def read(self):
        try:
            data = self.sock.recv(READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self.owner.got(self, data)
        else:
            self.close()
            self.owner.ended(self)

    def send(self, data):
        if self.open and data:
            self.queue.append(data)
            self.held += len(data)
            if self.made:
                self.write()
            self.update()

    def write(self):
        while self.queue:
            try:
                n = self.sock.send(self.queue[0])
            except BlockingIOError:
                return
            except OSError:
                self.held = 0
                self.queue.clear()
                self.reading = True  # the end is read
                return
            self.held -= n
            if n < len(self.queue[0]):
                self.queue[0] = self.queue[0][n:]
            else:
                self.queue.popleft()
        if self.last:
            self.close()

    def finish(self):
        """What waits is written, then it closes."""
        self.last = True
        if not self.queue and self.made:
            self.close()

    def close(self):
        if self.open:
            if self.mask:
                self.loop.drop(self.fd)
            self.open, self.mask = False, 0
            self.held = 0
            self.queue.clear()
            self.sock.close()


class Stream:
    """One connection at a time.  With `again` (basic mode) it is made anew for the next
    byte after it was closed; without (SSH), the session ends with it."""

    def __init__(self, agent, again):
        self.agent, self.again, self.where = agent, again, place(agent)
        self.buf, self.tcp, self.next_at = bytearray(), None, 0
        self.over = False
        self.dial()

    def dial(self):
        self.agent.ch.log(event="connect", host=self.where[0], port=self.where[1])
        self.tcp = Tcp(self.agent, self.where, self)
        if self.tcp.refused:
            self.tcp.fail()

    def connected(self, _tcp):
        pass

    def unreachable(self, _tcp):
        self.agent.finish("Connection to destination port failed, check SSM Agent logs.")

    def got(self, _tcp, data):
        self.buf += data

    def ended(self, _tcp):
        self.over = not self.again

    def turn(self, now):
        out = self.agent
        n, fast = out.o["chunk"], out.o["fast"]
        while self.buf and out.may_send() and (fast or now >= self.next_at):
            out.data(OUTPUT, bytes(self.buf[:n]))
            del self.buf[:n]
            if not fast:
                self.next_at = now + 0.001
        if self.tcp.open:
            self.tcp.reading = len(self.buf) < PENDING_MAX and out.ch.connected()
            self.tcp.update()
        if self.over and not self.buf:
            out.finish("")

    def due(self, now):
        if self.over:
            return 0.01
        return max(0, self.next_at - now) if self.buf and self.agent.may_send() else 1.0

    def input(self, data):
        if not self.tcp.open:
            if not self.again or self.over:
                return True
            self.dial()
        if not self.tcp.made:
            return False
        if self.tcp.held > PENDING_MAX:
            return None
        self.tcp.send(data)
        return True

    def size(self, cols, rows):
        return True

    def flag(self, value):
        if value == 2 or not self.again:
            self.agent.finish("")
        else:
            self.tcp.close()
        return True

    def close(self):
        if self.tcp is not None:
            self.tcp.close()


class Mux:
    """smux version 1, the server: the client opens streams, the node connects."""

    def __init__(self, agent):
        self.agent, self.where = agent, place(agent)
        self.inbuf, self.out = bytearray(), bytearray()
        self.streams, self.ids, self.next_at = {}, set(), 0
        old_client = ssmagent.version(agent.ch.version) <= (1, 2, 331, 0)
        old_agent = ssmagent.version(agent.o["agent_version"]) <= (3, 1, 1511, 0)
        self.keepalive = old_client or old_agent
        self.alive_at, self.heard = time.monotonic() + ALIVE_EVERY, time.monotonic()

    def frame(self, cmd, sid, data=b""):
        self.out += struct.pack("<BBHI", 1, cmd, len(data), sid) + data

    # -- from the client --

    def held(self):
        return sum(t.held for t in self.streams.values())

    def input(self, data):
        if self.held() > POOL:
            return None
        self.heard = time.monotonic()
        self.inbuf += data
        at = 0
        while len(self.inbuf) - at >= 8:
            ver, cmd, n, sid = struct.unpack_from("<BBHI", self.inbuf, at)
            if ver != 1 or cmd > NOP or (n and cmd != PSH):
                self.agent.ch.violation("smux version %d, command %d, length %d"
                                        % (ver, cmd, n))
                self.agent.finish("invalid protocol")
                return True
            if len(self.inbuf) - at < 8 + n:
                break
            self.took(cmd, sid, bytes(self.inbuf[at + 8:at + 8 + n]))
            at += 8 + n
        del self.inbuf[:at]
        return True

    def took(self, cmd, sid, data):
        if cmd == SYN:
            self.syn(sid)
        elif cmd == PSH and sid in self.streams:
            self.streams[sid].send(data)
        elif cmd == FIN and sid in self.streams:
            tcp = self.streams.pop(sid)
            tcp.finish()
            self.frame(FIN, sid)
        elif cmd == NOP and sid:
            self.agent.ch.violation("a NOP of stream %d" % sid)

    def syn(self, sid):
        if sid in self.streams:
            return
        if sid % 2 == 0 or sid < 3 or (self.ids and sid != max(self.ids) + 2) or (
                not self.ids and sid != 3):
            self.agent.ch.violation("stream %d is not the next" % sid)
        self.ids.add(sid)
        self.agent.ch.log(event="connect", host=self.where[0], port=self.where[1],
                          stream=sid)
        tcp = self.streams[sid] = Tcp(self.agent, self.where, self)
        tcp.sid = sid
        if tcp.refused:
            tcp.fail()

    # -- from the node --

    def connected(self, tcp):
        pass

    def unreachable(self, tcp):
        """The flag has no stream's id; the FIN after it has."""
        self.pour(time.monotonic(), whole=True)
        self.agent.emit(FLAG, b"\0\0\0\3")
        self.ended(tcp)

    def got(self, tcp, data):
        if self.streams.get(tcp.sid) is tcp:
            self.frame(PSH, tcp.sid, data)

    def ended(self, tcp):
        if self.streams.get(tcp.sid) is tcp:
            del self.streams[tcp.sid]
            self.frame(FIN, tcp.sid)

    def pour(self, now, whole=False):
        a, n = self.agent, self.agent.o["chunk"]
        at = 0
        while at < len(self.out) and (whole or a.may_send() and (
                a.o["fast"] or now >= self.next_at)):
            a.data(OUTPUT, bytes(self.out[at:at + n]))
            at += n
            if not a.o["fast"]:
                self.next_at = now + 0.001
        del self.out[:at]

    def turn(self, now):
        if self.keepalive:
            if now >= self.alive_at:
                self.alive_at = now + ALIVE_EVERY
                self.frame(NOP, 0)
            if now - self.heard > ALIVE_MOST:
                self.agent.finish("")
                return
        self.pour(now)
        reading = len(self.out) < PENDING_MAX and self.agent.ch.connected()
        for tcp in list(self.streams.values()):
            if tcp.reading != reading:
                tcp.reading = reading
                tcp.update()

    def due(self, now):
        d = [max(0, self.next_at - now) if self.out and self.agent.may_send() else 1.0]
        if self.keepalive:
            d += [max(0, self.alive_at - now), max(0, self.heard + ALIVE_MOST - now)]
        return min(d)

    def size(self, cols, rows):
        return True

    def flag(self, value):
        if value == 2:
            self.agent.finish("")
        return True

    def close(self):
        for tcp in self.streams.values():
            tcp.close()


def port(agent):
    """Both sides decide by themselves, by the type and the versions."""
    if "type" not in agent.properties():
        return Stream(agent, again=False)
    mux = ssmagent.version(agent.ch.version) >= (1, 1, 70, 0) and ssmagent.version(
        agent.o["agent_version"]) > (3, 0, 196, 0)
    return Mux(agent) if mux else Stream(agent, again=True)
