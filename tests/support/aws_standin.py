#!/usr/bin/python3
"""A stand-in for AWS on loopback, for tests and demonstrations.

One port on 127.0.0.1 takes TLS directly (the client's server name says which service)
and `CONNECT host:443` with TLS inside (HTTPS_PROXY).  It checks every signature from
the bytes that it received.  Services: sts, s3, ec2, ssm with its sessions, secretsmanager,
dynamodb, ssmmessages, kms,
to be looked at rds, autoscaling, iam, ecs, logs, lambda (see tests/support/standin/).

usage: aws_standin.py --dir DIR --seed FILE.json [--log FILE] [--ready-file FILE]
                      [--port N] [--issued FILE] [--until-stdin-closes]
                      [--s3 URL] [--dynamodb URL]
                      [--ssm-log FILE] [--ssm-faults FILE.json]

DIR gets ca.pem (give it to clients) and throw-away keys.  When ready, "port N" is
printed and written to the ready file.  Each request becomes a JSON line in the log.
With --issued, secrets and tokens of temporary credentials become lines of that file.
With --s3 or --dynamodb, what was signed well is answered by the emulator there.
With --ssm-log, what the nodes of sessions took and ran becomes lines of that file; with
--ssm-faults, what goes wrong with them is read from there (standin/ssmfaults.py).
It ends on SIGTERM or SIGINT; with --until-stdin-closes also when its stdin ends.

    aws_standin.py --dir /tmp/x --seed seed.json --log /tmp/x/log --ready-file /tmp/x/port &
    HTTPS_PROXY=http://127.0.0.1:$(cut -d' ' -f2 /tmp/x/port) AWS_CA_BUNDLE=/tmp/x/ca.pem aws s3 ls
"""

import argparse
import json
import os
import re
import resource
import signal
import socket
import sys
import threading
import time
import urllib.parse
import uuid
import zlib

sys.dont_write_bytecode = True  # the source tree may be read-only
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from standin import (backend, ec2, jsonrpc, s3, sign, ssmchild, ssmsession,  # noqa: E402
                     sts, tls, wire, world)

FORM_MAX = 1 << 20
IDLE_SECONDS = 60
CONNECTIONS_MAX = 1024  # sessions of ssmmessages are not counted
REASONS = {200: "OK", 204: "No Content", 206: "Partial Content",
           301: "Moved Permanently", 400: "Bad Request", 401: "Unauthorized",
           403: "Forbidden", 404: "Not Found", 409: "Conflict",
           412: "Precondition Failed", 416: "Requested Range Not Satisfiable",
           429: "Too Many Requests", 500: "Internal Server Error",
           501: "Not Implemented", 503: "Service Unavailable"}
REGION = r"[a-z]{2}(?:-[a-z]+)+-[0-9]"
# host pattern -> service; groups: bucket (s3 only), region (none: us-east-1)
HOSTS = [
    (re.compile(r"()sts\.(%s)\.amazonaws\.com\Z" % REGION), "sts"),
    (re.compile(r"()sts()\.amazonaws\.com\Z"), "sts"),
    (re.compile(r"()ec2\.(%s)\.amazonaws\.com\Z" % REGION), "ec2"),
    (re.compile(r"(?:([a-z0-9.-]+)\.)?s3\.(%s)\.amazonaws\.com\Z" % REGION), "s3"),
    (re.compile(r"(?:([a-z0-9.-]+)\.)?s3()\.amazonaws\.com\Z"), "s3"),
]
HOSTS += [(re.compile(r"()%s\.(%s)\.amazonaws\.com\Z" % (name, REGION)), name)
          for name in jsonrpc.TARGETS if name != "ecr"]
HOSTS += [(re.compile(r"()api\.ecr\.(%s)\.amazonaws\.com\Z" % REGION), "ecr")]
LOOKED_AT = ("rds", "autoscaling", "lambda")
HOSTS += [(re.compile(r"()%s\.(%s)\.amazonaws\.com\Z" % (name, REGION)), name)
          for name in LOOKED_AT]
HOSTS += [(re.compile(r"()ssmmessages\.(%s)\.amazonaws\.com\Z" % REGION), "ssmmessages")]
HOSTS += [(re.compile(r"()iam()\.amazonaws\.com\Z"), "iam")]
FORMS = {"sts": sts, "ec2": ec2}


def place(host):
    """(service, region, bucket or None) of a host name; None for a strange one."""
    for pattern, service in HOSTS:
        m = pattern.match(host)
        if m:
            return service, m.group(2) or "us-east-1", m.group(1) or None
    return None


def parse_form(req):
    """The body of a query-protocol request: one value a name."""
    kind = (req.one("content-type") or "").partition(";")[0].strip().lower()
    if req.method != "POST" or req.path != "/" or req.query or (
            kind != "application/x-www-form-urlencoded"):
        raise sign.Refused(400, "InvalidAction", "a POST form to / is wanted")
    try:
        rows = urllib.parse.parse_qsl(req.body.decode("utf-8"), keep_blank_values=True,
                                      strict_parsing=True, errors="strict",
                                      max_num_fields=500)
    except ValueError:
        raise sign.Refused(400, "MalformedInput", "the form is malformed") from None
    if len(dict(rows)) != len(rows):
        raise sign.Refused(400, "ValidationError", "a parameter stands twice")
    return dict(rows)


class Connection:
    """One client: TLS, then requests until it closes."""

    def __init__(self, server, sock):
        self.server, self.sock, self.connect = server, sock, None
        self.accepted = time.time()

    def run(self):
        try:
            self.sock.settimeout(IDLE_SECONDS)
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.sock.recv(1, socket.MSG_PEEK) != b"\x16" and not self.tunnel():
                return
            self.sock, name = self.server.authority.accept(self.sock, place, self.connect)
            if place(name)[0] == "ssmmessages":
                upgrade = ssmsession.Upgrade(self.server, self.sock, name, place(name))
                if upgrade.run():
                    self.sock = None  # it belongs to a session now
                return
            self.link = wire.Wire(self.sock)
            while self.one_request(name):
                pass
        except (OSError, IndexError, wire.BadRequest, wire.Gone):
            pass  # the peer's trouble: a broken handshake, a reset, a timeout
        finally:
            if self.sock is not None:
                self.sock.close()

    def tunnel(self):
        """Read CONNECT, byte by byte so that nothing of the TLS inside is taken."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = self.sock.recv(1)
            if not byte or len(head) > 8192:
                return False
            head += byte
        m = re.match(rb"CONNECT ([a-z0-9.-]+):443 HTTP/1\.[01]\r\n", head)
        if m is None or place(m.group(1).decode()) is None:
            self.server.world.log(event="connect-refused",
                                  line=head.split(b"\r\n")[0].decode("latin-1"))
            self.sock.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n"
                              b"Connection: close\r\n\r\n")
            return False
        self.connect = m.group(1).decode()
        self.sock.sendall(b"HTTP/1.1 200 Connection Established\r\n\r\n")
        return True

    def one_request(self, name):
        """Serve one; false when the connection must end."""
        try:
            req = self.link.read_head()
        except wire.BadRequest as e:
            self.server.world.log(event="bad-request", why=str(e))
            self.link.answer(400, "Bad Request", [("Connection", "close")])
            return False
        if req is None:
            return False
        call = Call(self.server, self.link, req, self.connect)
        if self.accepted is not None:  # the first one's
            call.row["accepted"], self.accepted = self.accepted, None
        try:
            return call.serve(name)
        except wire.BadRequest as e:
            call.row.update(event="bad-request", why=str(e), status=400)
            call.note()
            self.link.answer(400, "Bad Request", [("Connection", "close")])
            return False


class Call:
    """One request, from its head to its answer and its line in the log."""

    def __init__(self, server, link, req, connect):
        self.server, self.link, self.req = server, link, req
        self.id = str(uuid.uuid4())
        self.done = False  # the body has been read
        self.row = {"event": "request", "time": time.time(), "request_id": self.id,
                    "connect": connect, "host": req.host, "method": req.method,
                    "path": req.path, "query": req.query,
                    "user_agent": " ".join(req.all("user-agent"))}

    def note(self):
        self.row["took"] = time.time() - self.row["time"]
        self.server.world.log(**self.row)

    def known(self, who):
        """Who it is, for the log: said as soon as the signature holds."""
        self.row.update(access_key_id=who.access_key_id, principal=who.arn,
                        role=who.role, session_name=who.session_name,
                        source_identity=who.source_identity)

    def serve(self, name):
        where = place(self.req.host)
        if where is None or self.req.host != name:
            raise wire.BadRequest("Host is not the name that TLS was asked for")
        service, region, bucket = where
        self.row.update(service=service, region=region)
        claimed = sign.AUTH.match(self.req.one("authorization") or "")
        self.row["access_key_id"] = claimed.group(1) if claimed else None
        try:
            if service == "s3":
                return self.serve_s3(region, bucket)
            if service in jsonrpc.TARGETS:
                return self.serve_json(service, region)
            if service == "lambda":
                return self.serve_rest(region)
            return self.serve_form(service, region)
        except sign.Refused as e:
            return self.refuse(service, e)

    def planned_fault(self, operation):
        """A fault from the seed; true when the connection was dropped for it."""
        f = self.server.world.fault_for(operation)
        if f is None:
            return False
        time.sleep(min(30, f.get("delay", 0)))
        if f.get("close"):
            self.row["status"] = 0
            self.note()
            return True
        if "body" in f:
            self.row["status"] = f.get("status", 200)
            self.note()
            self.link.answer(f.get("status", 200), "Planned", [
                ("Content-Type", "text/xml")], f["body"].encode())
            return True
        if "status" in f:
            raise sign.Refused(f["status"], f.get("code", "InternalFailure"),
                               f.get("message", "planned by the seed"))
        return False

    def serve_rest(self, region):
        self.link.go_on(self.req)
        self.link.read_body(self.req, FORM_MAX)
        self.done = True
        who = sign.verify(self.server.world, self.req, "lambda", region)
        self.known(who)
        if self.planned_fault("GetFunctionConfiguration"):
            return False
        text = self.server.json.answers.rest(who, self.req, self.row) or (
            self.server.json.looks.rest(who, self.req, region, self.row))
        self.row["status"] = 200
        self.note()
        self.link.answer(200, "OK", [("Content-Type", "application/json"),
                                     ("x-amzn-RequestId", self.id)], text.encode())
        return True

    def serve_form(self, service, region):
        self.link.go_on(self.req)
        self.link.read_body(self.req, FORM_MAX)
        self.done = True
        module = FORMS.get(service)
        who = sign.verify(self.server.world, self.req, service, region)
        self.known(who)
        form = parse_form(self.req)
        self.row.update(operation=form.get("Action"),
                        resource=module.resource_of(form) if module else None)
        if self.planned_fault(form.get("Action")):
            return False
        if self.server.json.answers.has(service, form.get("Action")):
            kind, text = self.server.json.answers.form(who, service, form, self.id)
        elif module is None:
            kind, text = self.server.json.looks.form(who, service, region, form, self.id)
        else:
            kind, text = module.handle(self.server.world, who, form, self.row, self.id)
        self.row["status"] = 200
        self.note()
        self.link.answer(200, "OK", [("Content-Type", kind),
                                     ("x-amzn-RequestId", self.id)], text.encode())
        return True

    def serve_json(self, service, region):
        self.link.go_on(self.req)
        self.link.read_body(self.req, FORM_MAX)
        self.done = True
        jsonrpc.check_body(self.req)
        who = sign.verify(self.server.world, self.req, service, region)
        self.known(who)
        if service in self.server.backends:
            return self.pass_on(service, region, self.req.path)
        operation = (self.req.one("x-amz-target") or "").partition(".")[2]
        if self.planned_fault(operation):
            return False
        text = self.server.json.handle(who, self.req, service, region, self.row)
        self.row["status"] = 200
        self.note()
        headers = [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-RequestId", self.id)]
        if service == "dynamodb":  # clients compare
            headers.append(("x-amz-crc32", str(zlib.crc32(text.encode()))))
        self.link.answer(200, "OK", headers, text.encode())
        return True

    def pass_on(self, service, region, path):
        """Let the emulator answer; the request's body has been read."""
        status, headers, body = self.server.backends[service].ask(
            self.req, service, region, path)
        self.row.update(status=status, size=self.req.size)
        self.note()
        self.link.answer(status, REASONS.get(status, "Status"), headers, body,
                         head_only=self.req.method == "HEAD")
        return True

    def serve_s3(self, region, bucket):
        store = self.server.s3
        bucket, key = s3.split_target(self.req, bucket)
        self.row["resource"] = bucket + ("/" + key if key else "")
        name, action = s3.operation_of(self.req, bucket, key)
        self.row["operation"] = name
        who = sign.verify(self.server.world, self.req, "s3", region)
        self.known(who)
        if self.planned_fault(name):
            return False
        if "s3" in self.server.backends:
            self.link.go_on(self.req)
            store.read_body(self.link, self.req, "")
            self.done = True
            sign.check_body(self.req, "s3")
            path = self.req.path if not self.req.host.startswith(bucket + ".") else (
                "/" + bucket + self.req.path)
            return self.pass_on("s3", region, path)
        if action is not None:
            store.check_allowed(who, action, bucket, key)
        self.link.go_on(self.req)
        store.read_body(self.link, self.req, bucket)
        self.done = True
        sign.check_body(self.req, "s3")
        answer = store.handle(who, self.req, region, bucket, key, name, action)
        self.row.update(status=answer.status, size=self.req.size)
        self.note()
        headers = answer.headers + [("x-amz-request-id", self.id)]
        if answer.body:
            headers.append(("Content-Type", "application/xml"))
        self.link.answer(answer.status, REASONS[answer.status], headers, answer.body,
                         answer.pieces, answer.length, self.req.method == "HEAD")
        return True

    def refuse(self, service, e):
        module = jsonrpc if service in jsonrpc.TARGETS or service == "lambda" else (
            s3 if service == "s3" else FORMS.get(service, sts))
        kind, text = module.error(e, self.id)
        self.row.update(status=e.status, code=e.code, message=e.message)
        self.note()
        body = text if isinstance(text, bytes) else text.encode()
        headers = [("Content-Type", kind), ("x-amz-request-id", self.id)]
        if e.code == "PermanentRedirect":
            headers.append(("x-amz-bucket-region", e.extra["Region"]))
        # A body that was not read would be taken for the next request.
        unread = not self.done and (self.req.chunked or self.req.length > 0)
        if unread:
            headers.append(("Connection", "close"))
        self.link.answer(e.status, REASONS.get(e.status, "Error"), headers, body,
                         head_only=self.req.method == "HEAD")
        return not unread


class Server:
    def __init__(self, args):
        with open(args.seed, encoding="utf-8") as f:
            seed = json.load(f)
        self.world = world.World(seed, args.log, args.issued)
        self.s3 = s3.S3(self.world)
        self.json = jsonrpc.JsonServices(self.world, seed, {
            "faults": args.ssm_faults, "log": args.ssm_log,
            "scratch": os.path.join(args.dir, "nodes")})
        self.backends = {}
        if args.s3:
            self.backends["s3"] = backend.Backend(args.s3, "S3RVER")
        if args.dynamodb:
            self.backends["dynamodb"] = backend.Backend(args.dynamodb, "AKIAEMULATOR00000000")
        self.authority = tls.Authority(args.dir)
        self.room = threading.Semaphore(CONNECTIONS_MAX)
        self.listener = socket.create_server(("127.0.0.1", args.port), backlog=128)
        self.port = self.listener.getsockname()[1]

    def one(self, sock):
        try:
            Connection(self, sock).run()
        finally:
            self.room.release()

    def run(self):
        while True:
            sock, _ = self.listener.accept()
            self.room.acquire()
            threading.Thread(target=self.one, args=(sock,), daemon=True).start()


def leave(*_):
    ssmchild.kill_all()
    os._exit(0)  # threads hold no state that must be saved


def end_with_stdin():
    while os.read(0, 4096):
        pass
    leave()


def announce(port, path):
    if path:
        with open(path + ".new", "w", encoding="ascii") as f:
            f.write("port %d\n" % port)
        os.rename(path + ".new", path)
    print("port %d" % port, flush=True)


def main():
    p = argparse.ArgumentParser(description="A stand-in for AWS on loopback.")
    p.add_argument("--dir", required=True)
    p.add_argument("--seed", required=True)
    p.add_argument("--log")
    p.add_argument("--ready-file")
    p.add_argument("--port", type=int, default=0)
    p.add_argument("--issued")
    p.add_argument("--s3")
    p.add_argument("--dynamodb")
    p.add_argument("--ssm-log")
    p.add_argument("--ssm-faults")
    p.add_argument("--until-stdin-closes", action="store_true")
    args = p.parse_args()
    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)  # what runs on nodes inherits it
    # A session has some five descriptors.
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))
    os.umask(0o077)
    os.makedirs(args.dir, exist_ok=True)
    server = Server(args)
    if args.until_stdin_closes:
        threading.Thread(target=end_with_stdin, daemon=True).start()
    announce(server.port, args.ready_file)
    server.run()


if __name__ == "__main__":
    main()
