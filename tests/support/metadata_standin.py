#!/usr/bin/python3
"""Where a gateway gets credentials of its own, on loopback: instance metadata, a
container's endpoint, and the AssumeRoleWithWebIdentity of STS.  One port takes plain
HTTP and TLS (for *.amazonaws.com and *.test).  usage: metadata_standin.py DIR
(ends when its stdin closes; prints "port N"; DIR gets ca.pem)

What is out of shape is refused as strictly as the original does, or more so.  DIR/plan
is a list of JSON objects, a line each, taken in order by the requests that they match:
{"path": PREFIX, "times": N, then "status", "body", "close" or "sleep" instead of the
answer}.  DIR/world holds what to hand out: {"life": SECONDS, "role": NAME,
"authorization": TEXT, "token": TEXT, "key": {always this one}}.  Both are read for each request, so that a test
may replace them.  DIR/log gets a line for each request.
"""

import json
import os
import re
import socket
import sys
import threading
import time
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from standin import tls, wire  # noqa: E402

ROLES = "/latest/meta-data/iam/security-credentials/"
FORM = "application/x-www-form-urlencoded; charset=utf-8"
WEB = {"Action", "Version", "RoleArn", "RoleSessionName", "WebIdentityToken",
       "DurationSeconds"}


class World:
    def __init__(self, folder):
        self.folder = folder
        self.lock = threading.Lock()
        self.tokens = set()
        self.used = {}  # line of the plan: how often it was
        self.count = 0

    def read(self, name, default):
        try:
            with open(os.path.join(self.folder, name), encoding="utf-8") as f:
                return f.read()
        except FileNotFoundError:
            return default

    def settings(self):
        return {"life": 3600, "role": "gateway", **json.loads(self.read("world", "{}"))}

    def planned(self, path):
        for line in self.read("plan", "").splitlines():
            plan = json.loads(line)
            if path.startswith(plan["path"]) and self.used.get(line, 0) < plan.get("times", 1):
                self.used[line] = self.used.get(line, 0) + 1
                return plan
        return None

    def note(self, row):
        with open(os.path.join(self.folder, "log"), "a", encoding="utf-8") as f:
            f.write(json.dumps(row) + "\n")

    def issue(self, settings):
        """A new key; its number is in its id, so that a test can tell them apart."""
        if "key" in settings:
            return settings["key"]
        self.count += 1
        end = time.gmtime(time.time() + settings["life"])
        return {"AccessKeyId": "ASIAGATEWAY%09d" % self.count,
                "SecretAccessKey": "secret/%d+=" % self.count,
                "Token": "token-%d==" % self.count,
                "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", end)}


def instance(world, req, settings):
    """IMDSv2 with version 1 switched off."""
    if req.path == "/latest/api/token":
        if req.method != "PUT" or req.one("content-length") != "0" or \
                not re.fullmatch(r"[0-9]{1,5}", req.one(
                    "x-aws-ec2-metadata-token-ttl-seconds") or "") or \
                req.one("content-type") is not None or req.one("x-forwarded-for"):
            return 400, "bad request"
        token = "T%d==" % (len(world.tokens) + 1)
        world.tokens.add(token)
        return 200, token
    if req.one("x-aws-ec2-metadata-token") not in world.tokens:
        return 401, "unauthorized"
    if req.method != "GET" or req.size or req.one("content-length"):
        return 400, "bad request"
    if req.path == ROLES:
        return (200, settings["role"]) if settings["role"] else (404, "not found")
    if settings["role"] and req.path == ROLES + settings["role"].split("\n")[0]:
        return 200, json.dumps({"Code": "Success", "LastUpdated": "2026-01-02T03:04:05Z",
                                "Type": "AWS-HMAC", **world.issue(settings)})
    return 404, "not found"


def container(world, req, settings):
    if req.method != "GET" or req.one("accept") != "application/json" or \
            req.one("content-length") is not None:
        return 400, "bad request"
    if req.one("authorization") != settings.get("authorization"):
        return 401, "unauthorized"
    return 200, json.dumps({**world.issue(settings), "RoleArn": "arn:aws:iam::1:role/x",
                            "AccountId": "111122223333"})


def fault(status, code):
    return status, ("<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>m"
                    "</Message></Error><RequestId>r</RequestId></ErrorResponse>" % code)


def web_identity(world, req, settings):
    pairs = urllib.parse.parse_qsl(req.body.decode(), strict_parsing=True,
                                   keep_blank_values=True)
    form = dict(pairs)
    if req.method != "POST" or req.path != "/" or len(form) != len(pairs) or \
            set(form) != WEB or req.one("content-type") != FORM or b"+" in req.body or \
            req.one("authorization") is not None or \
            not re.fullmatch(r"sts\.[a-z0-9-]+\.amazonaws\.com(\.cn)?", req.host) or \
            form["Action"] != "AssumeRoleWithWebIdentity" or \
            form["Version"] != "2011-06-15" or form["DurationSeconds"] != "3600" or \
            not form["RoleArn"].startswith("arn:aws:iam::"):
        return fault(400, "ValidationError")
    if form["WebIdentityToken"] != settings.get("token"):
        return fault(400, "InvalidIdentityToken")
    key = world.issue(settings)
    name = "AssumeRoleWithWebIdentity"
    return 200, (
        '<%sResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><%sResult>'
        "<SubjectFromWebIdentityToken>s</SubjectFromWebIdentityToken><Audience>a</Audience>"
        "<AssumedRoleUser><Arn>arn</Arn><AssumedRoleId>i:%s</AssumedRoleId></AssumedRoleUser>"
        "<Credentials><SessionToken>%s</SessionToken><SecretAccessKey>%s</SecretAccessKey>"
        "<Expiration>%s</Expiration><AccessKeyId>%s</AccessKeyId></Credentials>"
        "<SourceIdentity>claimed</SourceIdentity><Provider>p</Provider></%sResult>"
        "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></%sResponse>"
        % (name, name, form["RoleSessionName"], key["Token"], key["SecretAccessKey"],
           key["Expiration"], key["AccessKeyId"], name, name))


def answer(world, req, secure):
    """(status, text), or None to close without a word."""
    with world.lock:
        world.note({"method": req.method, "path": req.target, "tls": secure,
                    "host": req.host, "token": req.one("x-aws-ec2-metadata-token"),
                    "authorization": req.one("authorization"),
                    "body": req.body.decode("utf-8", "replace")})
        plan = world.planned(req.path)
        settings = world.settings()
        if plan is None:
            if req.path.startswith("/latest/"):
                return instance(world, req, settings)
            if secure and req.host.startswith("sts."):
                return web_identity(world, req, settings)
            return container(world, req, settings)
    if "sleep" in plan:
        time.sleep(plan["sleep"])
    if plan.get("close") or "sleep" in plan:
        return None
    return plan.get("status", 200), plan.get("body", "planned")


def serve(world, authority, sock):
    try:
        sock.settimeout(30)
        secure = sock.recv(1, socket.MSG_PEEK) == b"\x16"
        if secure:
            sock, _ = authority.accept(
                sock, lambda name: name.endswith((".amazonaws.com", ".amazonaws.com.cn", ".test")))
        link = wire.Wire(sock)
        while True:
            req = link.read_head()
            if req is None:
                break
            link.read_body(req, 1 << 20)
            said = answer(world, req, secure)
            if said is None:
                break
            link.answer(said[0], "As it is", [], said[1].encode())
        sock.close()
    except (OSError, IndexError, ValueError, wire.BadRequest, wire.Gone):
        sock.close()


def accept_all(world, authority, listener):
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=serve, args=(world, authority, sock), daemon=True).start()


def main():
    authority = tls.Authority(sys.argv[1])
    world = World(sys.argv[1])
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=accept_all, args=(world, authority, listener),
                     daemon=True).start()
    print("port %d" % listener.getsockname()[1], flush=True)
    while os.read(0, 4096):
        pass
    os._exit(0)


main()
