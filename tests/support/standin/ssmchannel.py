"""One session's way between client and node: sockets that come and go, and what is lost,
doubled and late on them.  A thread of its own; what the node does is in ssmagent.py."""

import collections
import heapq
import json
import os
import select
import struct
import threading
import time
import traceback
import uuid

from . import ssmagent, ssmframe, ssmsession, ssmsocket
from .ssmframe import ACK, DATA_OUT, Bad

OPEN = {"MessageSchemaVersion", "RequestId", "TokenValue", "ClientId", "ClientVersion"}
OPEN_SECONDS, LINGER = 15, 5
IN, OUT = select.EPOLLIN, select.EPOLLOUT


class Loop:
    """Descriptors, and who is called for them."""

    def __init__(self):
        self.epoll, self.calls, self.masks = select.epoll(), {}, {}
        self.bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self.set(self.bell, IN, lambda _: os.eventfd_read(self.bell))

    def set(self, fd, mask, call):
        """mask 0: no longer."""
        old = self.masks.get(fd, 0)
        self.calls[fd] = call
        if mask == old:
            return
        if not mask:
            self.epoll.unregister(fd)
            del self.masks[fd], self.calls[fd]
            return
        (self.epoll.modify if old else self.epoll.register)(fd, mask)
        self.masks[fd] = mask

    def drop(self, fd):
        if fd in self.masks:
            self.set(fd, 0, None)
        self.calls.pop(fd, None)

    def ring(self):
        try:
            os.eventfd_write(self.bell, 1)
        except OSError:
            pass

    def run(self, seconds):
        for fd, mask in self.epoll.poll(max(0, seconds)):
            call = self.calls.get(fd)
            if call is not None:
                call(mask)

    def close(self):
        self.epoll.close()
        os.close(self.bell)


class Channel:
    def __init__(self, ssm, name, node):
        self.ssm, self.id, self.node, self.target = ssm, name, node, node["id"]
        self.options = ssm.nodes.options(node)
        self.lock, self.tokens, self.cell = threading.Lock(), set(), ssmsession.cell()
        self.thread, self.loop, self.inbox = None, None, collections.deque()
        self.ws, self.fresh = None, []
        self.over, self.status, self.begun, self.ended = False, "Connecting", time.time(), None
        self.client, self.version, self.requests = None, None, set()
        self.heap, self.count = [], 0
        self.dice = ssm.faults.dice(node["id"])
        self.faults, self.paused_until, self.pause_done = {}, None, False
        self.gone_at, self.last_data, self.giant_done = None, time.monotonic(), False
        self.inject_done = False
        self.agent, self.closed_at, self.dead = None, None, False

    def describe_as(self, who, region, document, kind, parameters, reason):
        self.who, self.region, self.document, self.kind = who, region, document, kind
        self.parameters, self.reason = parameters, reason

    def tags(self):
        """AWS's own tags of a session, as conditions see them."""
        tag = "ssm:resourceTag/aws:ssmmessages:"
        return {tag + "session-id": self.who.user_id, tag + "target-id": self.target}

    # -- from other threads --

    def token(self):
        t = ssmsession.tokens()
        self.ssm.world.note_issued(t)
        with self.lock:
            self.tokens.add(t)
        return t

    def target_of_url(self):
        return "/v1/data-channel/%s?role=publish_subscribe&cell-number=%s" % (
            self.id, self.cell)

    def url(self):
        return "wss://ssmmessages.%s.amazonaws.com%s" % (self.region, self.target_of_url())

    def row(self):
        r = {"SessionId": self.id, "Target": self.target, "Status": self.status,
             "StartDate": self.begun, "DocumentName": self.document,
             "Owner": self.who.arn, "OutputUrl": {}}
        if self.reason:
            r["Reason"] = self.reason
        if self.ended:
            r["EndDate"] = self.ended
        return r

    def tell(self, what, value):
        with self.lock:
            self.inbox.append((what, value))
            if self.thread is None and not self.over:
                if what == "terminate":  # nobody ever came
                    self.end("Terminated")
                    return
                self.loop = Loop()
                self.thread = threading.Thread(target=self.run, daemon=True)
                self.thread.start()
            elif self.over and what == "socket":
                value.end()
                return
        self.loop.ring()

    def connect(self, ws):
        self.tell("socket", ws)

    def terminate(self, why):
        if not self.over:
            self.tell("terminate", why)

    # -- the thread --

    def run(self):
        try:
            self.agent = ssmagent.Agent(self)
            while not self.dead:
                self.turn()
        except Exception:
            traceback.print_exc()
            self.log(event="violation", what="the stand-in itself failed")
        finally:
            self.agent.kill()
            for ws in [self.ws, *self.fresh]:
                if ws is not None:
                    ws.end()
            with self.lock:
                self.end("Terminated")
                self.loop.close()
                self.loop.ring = lambda: None

    def end(self, status):
        if not self.over:
            self.over, self.status, self.ended = True, status, time.time()

    def log(self, **row):
        self.ssm.log(session=self.id, target=self.target, **row)

    def violation(self, what):
        self.log(event="violation", what=what)

    def turn(self):
        now = time.monotonic()
        self.faults = self.ssm.faults.of(self.target)
        while self.inbox:
            what, value = self.inbox.popleft()
            getattr(self, "on_" + what)(value)
        while self.heap and self.heap[0][0] <= now:
            _, _, deliver, raw = heapq.heappop(self.heap)
            deliver(raw)
        self.sockets(now)
        self.agent.turn(now)
        if self.ws is not None:
            self.flush(self.ws)
        self.loop.run(self.patience(now))

    def patience(self, now):
        due = [self.agent.due(now), 1.0]
        if self.heap:
            due.append(self.heap[0][0] - now)
        if self.paused_until is not None:
            due.append(self.paused_until - now)
        for key in ("bye_every", "reset_every", "silence_every"):
            if key in self.faults and self.ws is not None:
                due.append(self.ws.begun + self.faults[key] - now)
        if self.ws is not None and self.ws.wants_write() and not self.ws.silent:
            pass  # the loop tells when it can
        return max(0.0, min(due))

    def sockets(self, now):
        for ws in list(self.fresh):
            if ws.closing and now - ws.closing > LINGER:
                self.drop(ws)
            elif not ws.closing and now - ws.begun > OPEN_SECONDS:
                self.violation("no OpenDataChannel")
                self.drop(ws)
        if self.paused_until is not None and now >= self.paused_until:
            self.paused_until = None
            self.publication(b"start_publication")
        if self.ws is not None and self.ws.closing and now - self.ws.closing > LINGER:
            self.drop(self.ws)
        if self.ws is not None:
            self.socket_faults(now)
        elif self.gone_at is not None and now - self.gone_at > self.options[
                "window_seconds"] and not self.over:
            self.agent.finish("")
            self.dead = True
        if self.closed_at is not None and (self.ws is None or now - self.closed_at > LINGER):
            self.dead = True
        if not self.over and now - self.last_data > self.options["idle_seconds"]:
            self.last_data = now
            self.agent.finish("Your session timed out due to inactivity.")

    def socket_faults(self, now):
        f, ws = self.faults, self.ws
        if ws.closing or self.over:
            return

        def due(name):
            return (name + "_every" in f and now - ws.begun >= f[name + "_every"]) or (
                name + "_after" in f and ws.messages >= f[name + "_after"])
        if due("silence"):
            ws.silent = True
        elif due("reset"):
            self.drop(ws, reset=True)
        elif due("bye"):
            self.flush(ws)
            ws.close(f.get("bye_code", 1000), b"Bye")

    # -- sockets --

    def on_socket(self, ws):
        ws.begun = time.monotonic()
        self.fresh.append(ws)
        self.watch(ws)
        self.readable(ws)  # what came with the upgrade

    def on_terminate(self, why):
        self.log(event="terminate", why=why)
        self.agent.terminate()

    def watch(self, ws):
        if ws.fd < 0:
            return
        blocked = ws is self.ws and self.agent.blocked is not None
        mask = (0 if blocked else IN) | (OUT if ws.wants_write() else 0)
        self.loop.set(ws.fd, mask, lambda m, w=ws: self.ready(w, m))

    def ready(self, ws, mask):
        if mask & ~OUT:
            self.readable(ws)
        if ws.fd >= 0 and mask & OUT:
            self.flush(ws)

    def flush(self, ws):
        try:
            ws.flush()
        except ssmsocket.Gone:
            self.drop(ws)
            return
        self.watch(ws)

    def readable(self, ws):
        more = True
        while more and ws.fd >= 0 and not (ws is self.ws and self.agent.blocked):
            try:
                more = ws.fill()
                for kind, data in ws.messages_in():
                    if ws.fd < 0:
                        return
                    self.message(ws, kind, data)
                more = more and not ws.full()
            except ssmsocket.Broken as e:
                self.violation(str(e))
                ws.close(e.code, str(e).encode()[:100])
                ws.deaf, more = True, False
            except ssmsocket.Gone:
                self.drop(ws)
                return
        if ws.fd >= 0:
            self.flush(ws)

    def drop(self, ws, reset=False):
        if ws.fd >= 0:
            self.loop.drop(ws.fd)
            ws.fd = -1
            ws.end(reset)
        if ws in self.fresh:
            self.fresh.remove(ws)
        if ws is self.ws:
            self.ws, self.gone_at = None, time.monotonic()
            if not self.over:
                self.status = "Disconnected"

    def message(self, ws, kind, data):
        if kind == ssmsocket.CLOSE:
            self.log(event="close", code=struct.unpack(">H", data[:2])[0] if data else None)
            self.flush(ws)
            self.drop(ws)
        elif kind == ssmsocket.TEXT:
            self.opened(ws, data)
        elif kind == ssmsocket.BINARY:
            if ws in self.fresh:
                raise ssmsocket.Broken("a binary frame before OpenDataChannel", 1008)
            self.last_data = time.monotonic()
            self.through("to_agent", data, self.to_agent)

    def opened(self, ws, data):
        """OpenDataChannel, on a socket where it is the first."""
        if ws not in self.fresh:
            raise ssmsocket.Broken("a second text frame", 1008)
        try:
            o = json.loads(data)
        except ValueError:
            o = None
        why = self.open_fault(o)
        if why:
            raise ssmsocket.Broken(why, 1008)
        self.ssm.faults.step("open", self.target)
        resumed = self.client is not None
        self.client, self.version = o["ClientId"], o["ClientVersion"]
        self.requests.add(o["RequestId"])
        self.fresh.remove(ws)
        if self.ws is not None:
            self.drop(self.ws)
        self.ws, self.status = ws, "Connected"
        ws.begun = time.monotonic()
        self.log(event="open", client_id=self.client, client_version=self.version,
                 resumed=resumed)
        if self.over:
            self.say_closed("")
            return
        self.publication(b"start_publication")
        self.agent.connected(resumed)

    def open_fault(self, o):
        if not isinstance(o, dict) or set(o) != OPEN or not all(
                isinstance(v, str) for v in o.values()):
            return "OpenDataChannel has not the members that it must have"
        with self.lock:
            known = o["TokenValue"] in self.tokens
            self.tokens.discard(o["TokenValue"])
        if not known:
            return "an unknown or used token"
        if o["MessageSchemaVersion"] != "1.0" or o["RequestId"] in self.requests:
            return "MessageSchemaVersion or RequestId"
        for key in ("RequestId", "ClientId"):
            try:
                if str(uuid.UUID(o[key])) != o[key] or uuid.UUID(o[key]).version != 4:
                    raise ValueError
            except ValueError:
                return "%s is no UUID of version 4" % key
        if self.client not in (None, o["ClientId"]):
            return "another ClientId"
        if self.version not in (None, o["ClientVersion"]):
            return "another ClientVersion"
        return None

    # -- what goes through --

    def connected(self):
        """Whether the agent may send."""
        return self.ws is not None and self.paused_until is None and not self.ws.closing

    def through(self, way, raw, deliver):
        f = self.faults.get(way)
        if not f:
            deliver(raw)
            return
        what, is_ack = f.get("what", "all"), raw[4:15] == ACK
        if what != "all" and (what == "acks") != is_ack:
            deliver(raw)
            return

        def hit(name):
            return self.dice.uniform(0, 100) < f.get(name, 0)
        if hit("drop"):
            return
        if hit("duplicate"):
            deliver(raw)
        late = f.get("delay_ms", [1, 20]) if hit("delay") else (
            [2, 10] if hit("reorder") else None)
        if late is None:
            deliver(raw)
            return
        self.count += 1
        due = time.monotonic() + self.dice.uniform(*late) / 1000
        heapq.heappush(self.heap, (due, self.count, deliver, raw))

    def to_agent(self, raw):
        try:
            self.agent.take(ssmframe.read(raw))
        except Bad as e:
            self.violation(str(e))

    def to_client(self, raw):
        """A message of the agent's (or of the service), as the faults have it."""
        f = self.faults
        if not f:
            self.put(raw)
            return
        for name, spoil in (("bad_digest", bad_digest), ("bad_length", bad_length)):
            if self.dice.uniform(0, 100) < f.get(name, 0):
                raw = spoil(raw)
        if self.dice.uniform(0, 100) < f.get("garbage", 0):
            self.put(self.dice.randbytes(self.dice.randrange(1, 400)))
        inject, giant, pause = f.get("inject"), f.get("giant"), f.get("pause")
        if inject and not self.inject_done and self.ws and (
                self.ws.messages >= inject.get("after", 0)):
            self.inject_done = True
            for text in inject["frames"]:
                self.put(bytes.fromhex(text))
        if giant and not self.giant_done and self.ws and (
                self.ws.messages >= giant.get("after", 0)):
            self.giant_done = True
            self.put(ssmframe.write(DATA_OUT, 1 << 40, 1, bytes(giant["bytes"])))
        self.through("to_client", raw, self.put)
        if pause and not self.pause_done and self.ws and (
                self.ws.messages >= pause["after"]):
            self.pause_done = True
            self.publication(b"pause_publication")
            self.paused_until = time.monotonic() + pause["seconds"]

    def put(self, raw):
        ws = self.ws
        if ws is not None and not ws.said_close:
            ws.messages += 1
            ws.raw(ssmsocket.frame(ssmsocket.BINARY, raw))

    def publication(self, kind):
        form = self.faults.get("publications", "object")
        if form == "object":
            self.put(ssmframe.write(kind, 0, 0, b"{}", 3))
        elif form == "empty":
            self.put(ssmframe.write_112(kind, b""))

    def say_closed(self, output):
        """channel_closed: the service's last word."""
        self.ssm.faults.step("closing", self.target)
        form = self.faults.get("closed", 112)
        text = json.dumps({
            "MessageType": "channel_closed", "MessageId": str(uuid.uuid4()),
            "DestinationId": self.target, "SessionId": self.id, "SchemaVersion": 1,
            "CreatedDate": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
            "Output": self.faults.get("closed_output", output)}).encode()
        if form == "junk":
            text = b"{"
        if form == 116:
            self.put(ssmframe.write(b"channel_closed", 0, 0, text, 3))
        elif form != "none":
            self.put(ssmframe.write_112(b"channel_closed", text))
        self.closed_at = time.monotonic()


def bad_digest(raw):
    return raw[:80] + bytes([raw[80] ^ 1]) + raw[81:]


def bad_length(raw):
    return raw[:116] + struct.pack(">I", len(raw)) + raw[120:]
