"""The sessions there are, and the signed upgrade that leads to one of them."""

import base64
import os
import re
import secrets
import threading
import time

from . import sign, ssmapi, ssmchannel, ssmsocket, wire
from .sign import Refused

PATH = re.compile(r"/v1/data-channel/([^/?]{1,200})\Z")
HEAD_MAX = 16384
FILTERS = ("InvokedAfter", "InvokedBefore", "Target", "Owner", "Status", "SessionId")


class Sessions:
    def __init__(self, ssm):
        self.ssm, self.lock, self.all = ssm, threading.Lock(), {}

    def start(self, who, region, node, document, kind, parameters, reason):
        name = (who.session_name or who.arn.rpartition("/")[2])[:60]
        s = ssmchannel.Channel(self.ssm, "%s-%s" % (name, secrets.token_hex(9)[1:]), node)
        s.describe_as(who, region, document, kind, parameters, reason)
        with self.lock:
            self.all[s.id] = s
        return s

    def find(self, name):
        with self.lock:
            return self.all.get(name)

    def folder(self, node):
        """The node's own place, made when it is first wanted."""
        base = self.ssm.nodes.options(node).get("scratch") or self.ssm.where["scratch"]
        path = os.path.join(os.path.abspath(base), node["id"])
        os.makedirs(path, exist_ok=True)
        return path

    def describe(self, data):
        state = data.get("State")
        if state not in ("Active", "History"):
            raise ssmapi.invalid("State is Active or History")
        most = data.get("MaxResults", 200)
        if not isinstance(most, int) or not 1 <= most <= 200:
            raise ssmapi.invalid("MaxResults is from 1 to 200")
        filters = data.get("Filters", [])
        if not isinstance(filters, list) or len(filters) > 6 or any(
                not isinstance(f, dict) or set(f) != {"key", "value"}
                or f["key"] not in FILTERS for f in filters):
            raise Refused(400, "InvalidFilterKey", "a malformed filter")
        with self.lock:
            rows = [s.row() for s in self.all.values() if s.over == (state == "History")]
        rows = [r for r in rows if all(r.get(f["key"], "") == f["value"] for f in filters)]
        token = str(data.get("NextToken") or "0")
        if not token.isdigit():
            raise Refused(400, "InvalidNextToken", "")
        first = int(token)
        out = {"Sessions": rows[first:first + most]}
        if first + most < len(rows):
            out["NextToken"] = str(first + most)
        return out


def tokens():
    """A token, with everything base64 has."""
    return "AAEAA" + base64.b64encode(os.urandom(120)).decode()


def cell():
    """A cell number whose raw base64 has a plus, a slash and an equals sign."""
    return base64.b64encode(b"\x00\x01\x00\xfb\xef\xbe\xff\xff\xff"
                            + os.urandom(22)).decode()


class Upgrade:
    """A connection to ssmmessages: one request, then frames."""

    def __init__(self, server, sock, name, place):
        self.server, self.sock, self.name, self.region = server, sock, name, place[1]
        self.row = {"event": "request", "time": time.time(), "service": "ssmmessages",
                    "operation": "OpenDataChannel", "host": name, "region": self.region}

    def head(self):
        data = b""
        while b"\r\n\r\n" not in data:
            piece = self.sock.recv(4096)
            if not piece or len(data) > HEAD_MAX:
                raise wire.BadRequest("the head is cut short or too long")
            data += piece
        head, _, early = data.partition(b"\r\n\r\n")
        return wire.parse_head(head), early

    def run(self):
        """True: the socket is the session's from now on."""
        try:
            req, early = self.head()
            self.row.update(method=req.method, path=req.path, query=req.query)
            session, key = self.check(req)
        except wire.BadRequest as e:
            return self.refuse(Refused(400, "BadRequest", str(e)))
        except Refused as e:
            return self.refuse(e)
        self.sock.sendall(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                           "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n"
                           % ssmsocket.accept_of(key)).encode())
        self.note(101)
        session.connect(ssmsocket.Socket(self.sock, early))
        return True

    def note(self, status):
        self.server.world.log(**self.row, status=status)

    def refuse(self, e):
        self.row.update(code=e.code, message=e.message)
        self.note(e.status)
        body = e.message.encode()
        self.sock.sendall(b"HTTP/1.1 %d Refused\r\nContent-Length: %d\r\n"
                          b"Connection: close\r\n\r\n%s" % (e.status, len(body), body))
        return False

    def check(self, req):
        """(session, key); Refused for all that is not as it must be."""
        found = PATH.match(req.path)
        if req.method != "GET" or found is None or req.host != self.name:
            raise Refused(404, "NotFound", "no such resource")
        wants = {"upgrade": "websocket", "connection": "upgrade",
                 "sec-websocket-version": "13"}
        for name, value in wants.items():
            if (req.one(name) or "").lower() != value:
                raise Refused(400, "BadRequest", "%s must be %s" % (name, value))
        if req.all("sec-websocket-extensions") or req.all("sec-websocket-protocol"):
            raise Refused(400, "BadRequest", "neither extensions nor protocols here")
        key = req.one("sec-websocket-key") or ""
        try:
            if len(base64.b64decode(key, validate=True)) != 16:
                raise ValueError
        except ValueError:
            raise Refused(400, "BadRequest", "Sec-WebSocket-Key") from None
        if req.one("x-amz-content-sha256") is not None:
            raise Refused(400, "BadRequest", "no X-Amz-Content-Sha256 here")
        who = sign.verify(self.server.world, req, "ssmmessages", self.region)
        self.row.update(access_key_id=who.access_key_id, principal=who.arn)
        name = sign.urllib.parse.unquote(found.group(1))
        session = self.server.json.ssm.sessions.find(name)
        arn = self.server.json.ssm.session_arn(self.region, name)
        if not who.may("ssmmessages:OpenDataChannel", arn,
                       session.tags() if session else None):
            raise Refused(403, "AccessDeniedException", "not authorized to perform:"
                          " ssmmessages:OpenDataChannel on resource: " + arn)
        if session is None or session.over:
            raise Refused(404, "NotFound", "no such session")
        if req.target != session.target_of_url():
            raise Refused(400, "BadRequest", "not the stream URL byte for byte")
        faults = session.ssm.faults
        faults.step("upgrade", session.target)
        planned = faults.of(session.target).get("upgrade")
        if planned:
            raise Refused(planned, "Planned", "planned")
        return session, key
