#!/usr/bin/python3
"""The AWS stand-in with one bucket that is an archive: strict, and able to fail.

usage: s3_standin.py --archive BUCKET --objects DIR [--trouble FILE] (and all that
                     aws_standin.py takes)

BUCKET (in eu-west-1) takes PutObject and nothing else, from who may; everything must be
signed, bound to its hash, and bear a checksum; with object-lock headers s3:PutObjectRetention
is needed, too.  What arrives is a file below DIR, named by its key, and a line of JSON in
DIR.log with the headers.  A key that stands there already and is not the same bytes is an
error in the log ("changed").

FILE is looked at before each put, and says what goes wrong now:
    down        the connection is closed
    hang        no answer, until the word is gone
    503         that status          403         that status
    checksum    stored, and a wrong checksum comes back
    silent      stored, and no checksum comes back
    cut         stored, and the connection is closed instead of an answer
A number behind the word says how often; it is counted down in the file.
"""

import base64
import hashlib
import json
import os
import re
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import aws_standin  # noqa: E402
from standin import s3, sign  # noqa: E402

BODY_MAX = 64 << 20
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z")
REGION = "eu-west-1"


class Archive:
    def __init__(self, bucket, folder, trouble):
        self.bucket, self.folder, self.trouble_file = bucket, folder, trouble
        os.makedirs(folder, exist_ok=True)

    def trouble(self):
        """The word in the file, counted down; None without."""
        try:
            with open(self.trouble_file, encoding="ascii") as f:
                words = f.read().split()
        except (OSError, TypeError):
            return None
        if not words:
            return None
        if len(words) > 1:
            left = int(words[1]) - 1
            with open(self.trouble_file + ".new", "w", encoding="ascii") as f:
                f.write("%s %d\n" % (words[0], left) if left > 0 else "")
            os.rename(self.trouble_file + ".new", self.trouble_file)
        return words[0]

    def path(self, key):
        if any(part in ("", ".", "..") for part in key.split("/")):
            raise sign.Refused(400, "InvalidArgument", "a key with odd segments")
        return os.path.join(self.folder, key)

    def store(self, key, body, row):
        path = self.path(key)
        if os.path.exists(path):
            with open(path, "rb") as f:
                row["changed"] = f.read() != body
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path + ".new", "wb") as f:
            f.write(body)
        os.rename(path + ".new", path)
        with open(self.folder + ".log", "a", encoding="utf-8") as f:
            f.write(json.dumps(row) + "\n")


def check_lock(req):
    """The two headers come together and make sense; true when they are there."""
    mode = req.one("x-amz-object-lock-mode")
    until = req.one("x-amz-object-lock-retain-until-date")
    if (mode is None) != (until is None):
        raise sign.Refused(400, "InvalidArgument",
                           "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode"
                           " must both be supplied")
    if mode is None:
        return False
    if mode not in ("COMPLIANCE", "GOVERNANCE") or not DATE.match(until):
        raise sign.Refused(400, "InvalidArgument", "Unknown wormMode directive")
    if until <= time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()):
        raise sign.Refused(400, "InvalidArgument",
                           "The retain until date must be in the future!")
    return True


def check_sum(req):
    sum_ = req.one("x-amz-checksum-sha256")
    want = base64.b64encode(bytes.fromhex(req.sha256)).decode()
    if sum_ is None:
        raise sign.Refused(400, "InvalidRequest", "Content-MD5 OR x-amz-checksum- HTTP"
                           " header is required for Put Object requests with Object Lock"
                           " parameters")
    if sum_ != want:
        raise sign.Refused(400, "BadDigest", "The SHA256 you specified did not match the"
                           " calculated checksum.")
    return want


class ArchiveCall(aws_standin.Call):
    def serve_s3(self, region, bucket):
        archive = self.server.archive
        name, key = s3.split_target(self.req, bucket)
        if name != archive.bucket:
            return super().serve_s3(region, bucket)
        self.row.update(operation="?", resource=name + "/" + (key or ""))
        who = sign.verify(self.server.world, self.req, "s3", region)
        self.known(who)
        if self.req.method != "PUT" or not key or self.req.query or self.req.chunked \
                or self.req.one("x-amz-copy-source") is not None:
            raise sign.Refused(403, "AccessDenied", "Access Denied")
        self.row["operation"] = "PutObject"
        if region != REGION:
            raise sign.Refused(301, "PermanentRedirect", "elsewhere", Region=REGION)
        return self.put(who, archive, key)

    def allowed(self, who, archive, key, locked):
        arn = "arn:aws:s3:::%s/%s" % (archive.bucket, key)
        for action in ["s3:PutObject"] + (["s3:PutObjectRetention"] if locked else []):
            if not who.may(action, arn):
                raise sign.Refused(403, "AccessDenied", "Access Denied")

    def put(self, who, archive, key):
        if self.req.one("content-length") is None:
            raise sign.Refused(411, "MissingContentLength", "a length is needed")
        if not re.fullmatch("[0-9a-f]{64}", self.req.one("x-amz-content-sha256") or ""):
            raise sign.Refused(400, "InvalidRequest", "the body is not bound")
        self.allowed(who, archive, key, check_lock(self.req))
        self.link.go_on(self.req)
        self.link.read_body(self.req, BODY_MAX)
        self.done = True
        sign.check_body(self.req, "s3")
        checksum = check_sum(self.req)
        word = archive.trouble()
        if word == "hang":
            while archive.trouble() == "hang":
                time.sleep(0.05)
            word = "down"
        if word == "down":
            return self.end(0)
        if word in ("503", "403"):
            raise sign.Refused(int(word), {"503": "SlowDown", "403": "AccessDenied"}[word],
                               "planned")
        archive.store(key, self.req.body, {
            "key": key, "size": self.req.size, "sha256": self.req.sha256,
            "who": who.access_key_id, "role": who.role, "time": time.time(),
            "headers": {n: v.strip() for n, v in self.req.headers}})
        if word == "cut":
            return self.end(0)
        headers = [("ETag", '"%s"' % hashlib.md5(self.req.body).hexdigest()),
                   ("x-amz-request-id", self.id)]
        if word == "checksum":
            checksum = base64.b64encode(hashlib.sha256(b"another").digest()).decode()
        if word != "silent":
            headers.append(("x-amz-checksum-sha256", checksum))
        self.end(200)
        self.link.answer(200, "OK", headers)
        return True

    def end(self, status):
        self.row.update(status=status, size=self.req.size)
        self.note()
        return False


def take(name):
    """An option of ours and its value, out of argv."""
    if name not in sys.argv:
        return None
    at = sys.argv.index(name)
    value = sys.argv[at + 1]
    del sys.argv[at:at + 2]
    return value


class ArchiveServer(aws_standin.Server):
    archive = None


def main():
    ArchiveServer.archive = Archive(take("--archive"), take("--objects"), take("--trouble"))
    aws_standin.Server = ArchiveServer
    aws_standin.Call = ArchiveCall
    aws_standin.main()


main()
