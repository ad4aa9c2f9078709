"""S3: buckets and objects in memory, virtual-host and path style (REST/XML)."""

import base64
import hashlib
import re
import secrets
import time
import urllib.parse
import xml.etree.ElementTree as ET
import zlib
from email.utils import formatdate
from xml.sax.saxutils import escape

from .blobs import Blob, Synthetic
from .sign import Refused
from .wire import BadRequest, keep

NS = "http://s3.amazonaws.com/doc/2006-03-01/"
NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\Z")
PART_MIN = 5 << 20
KEPT = ("content-type", "content-disposition", "content-language", "cache-control")
# Query keys that choose no operation.
NEUTRAL = {"x-id", "response-content-type", "response-content-disposition",
           "response-cache-control", "response-content-language"}
# What an operation is: method, level, query keys it needs, whether it copies.
TABLE = [
    # method, level, needs, allows, copy, operation, IAM action
    ("GET", "root", (), (), False, "ListBuckets", "s3:ListAllMyBuckets"),
    ("PUT", "bucket", (), (), False, "CreateBucket", "s3:CreateBucket"),
    ("DELETE", "bucket", (), (), False, "DeleteBucket", "s3:DeleteBucket"),
    ("HEAD", "bucket", (), (), False, "HeadBucket", "s3:ListBucket"),
    ("GET", "bucket", ("location",), (), False, "GetBucketLocation",
     "s3:GetBucketLocation"),
    ("GET", "bucket", ("list-type",),
     ("prefix", "delimiter", "max-keys", "continuation-token", "start-after",
      "encoding-type", "fetch-owner"), False, "ListObjectsV2", "s3:ListBucket"),
    ("POST", "bucket", ("delete",), (), False, "DeleteObjects", None),
    ("HEAD", "key", (), (), False, "HeadObject", "s3:GetObject"),
    ("GET", "key", (), (), False, "GetObject", "s3:GetObject"),
    ("GET", "key", ("tagging",), (), False, "GetObjectTagging", "s3:GetObjectTagging"),
    ("PUT", "key", (), (), False, "PutObject", "s3:PutObject"),
    ("PUT", "key", (), (), True, "CopyObject", "s3:PutObject"),
    ("DELETE", "key", (), (), False, "DeleteObject", "s3:DeleteObject"),
    ("POST", "key", ("uploads",), (), False, "CreateMultipartUpload", "s3:PutObject"),
    ("PUT", "key", ("partNumber", "uploadId"), (), False, "UploadPart", "s3:PutObject"),
    ("PUT", "key", ("partNumber", "uploadId"), (), True, "UploadPartCopy",
     "s3:PutObject"),
    ("POST", "key", ("select", "select-type"), (), False, "SelectObjectContent",
     "s3:GetObject"),
    ("POST", "key", ("uploadId",), (), False, "CompleteMultipartUpload",
     "s3:PutObject"),
    ("DELETE", "key", ("uploadId",), (), False, "AbortMultipartUpload",
     "s3:AbortMultipartUpload"),
]


def event(kind, content_type, payload):
    """One message of an event stream."""
    headers = b""
    for name, value in ((":event-type", kind), (":content-type", content_type),
                        (":message-type", "event")):
        if value is not None:
            headers += bytes([len(name)]) + name.encode() + b"\x07" + len(value).to_bytes(
                2, "big") + value.encode()
    prelude = (16 + len(headers) + len(payload)).to_bytes(4, "big") + len(headers).to_bytes(
        4, "big")
    text = prelude + zlib.crc32(prelude).to_bytes(4, "big") + headers + payload
    return text + zlib.crc32(text).to_bytes(4, "big")


class Answer:
    def __init__(self, status=200, headers=(), body=b"", pieces=None, length=None):
        self.status, self.headers, self.body = status, list(headers), body
        self.pieces, self.length = pieces, length


class Object:
    def __init__(self, blob, headers):
        self.blob, self.headers, self.when = blob, headers, time.time()


class Upload:
    def __init__(self, bucket, key, headers):
        self.bucket, self.key, self.headers, self.parts = bucket, key, headers, {}


class Bucket:
    def __init__(self, region, owner, sink=False):
        self.region, self.owner, self.sink = region, owner, sink
        self.objects, self.when = {}, time.time()


def xml(text):
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + text).encode(
        "utf-8", "surrogateescape")


def error(refused, request_id):
    extra = "".join("<%s>%s</%s>" % (k, escape(str(v)), k)
                    for k, v in refused.extra.items())
    return ("application/xml", xml(
        "<Error><Code>%s</Code><Message>%s</Message>%s<RequestId>%s</RequestId>"
        "<HostId>c3RhbmQtaW4=</HostId></Error>"
        % (refused.code, escape(refused.message), extra, request_id)))


def iso(when):
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(when))


def unquote(text):
    return urllib.parse.unquote(text, errors="surrogateescape")


def split_target(req, bucket):
    """(bucket, key) of the path, given what the host name says."""
    path = unquote(req.path)
    if bucket is not None:
        return bucket, path[1:]
    bucket, _, key = path[1:].partition("/")
    return bucket, key


def operation_of(req, bucket, key):
    level = "root" if not bucket else "key" if key else "bucket"
    keys = [k for k, _ in req.params() if k not in NEUTRAL]
    copies = req.one("x-amz-copy-source") is not None
    if len(keys) != len(set(keys)):
        raise BadRequest("a query key stands twice")
    for method, where, needs, allows, copy, name, action in TABLE:
        if (method, where, copy) == (req.method, level, copies) and set(needs) <= set(
                keys) <= set(needs) | set(allows):
            return name, action
    raise Refused(501, "NotImplemented",
                  "A header or query you provided implies functionality that is not"
                  " implemented: %s %s" % (req.method, ",".join(keys)))


def pick_range(text, size):
    """A Range header to (start, end); None when there is none to honour."""
    m = re.fullmatch(r"bytes=([0-9]*)-([0-9]*)", text or "")
    if m is None or m.groups() == ("", ""):
        return None
    first, last = m.groups()
    if first == "":
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1 if last else size)
    if start >= end:
        raise Refused(416, "InvalidRange", "The requested range is not satisfiable",
                      ActualObjectSize=size)
    return start, end


def unframe(pieces):
    """The data of an aws-chunked body without signatures; returns a generator whose
    value is the trailer, {name: value}."""
    buffer = b""

    def line():
        nonlocal buffer
        while b"\r\n" not in buffer:
            try:
                buffer += next(pieces)
            except StopIteration:
                raise BadRequest("an aws-chunked body is cut short") from None
        out, _, buffer = buffer.partition(b"\r\n")
        return out

    while True:
        head = line()
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,12}", head):
            raise BadRequest("a malformed aws-chunked size")
        left = int(head, 16)
        if left == 0:
            break
        while left > 0:
            if not buffer:
                buffer = next(pieces, b"")
                if not buffer:
                    raise BadRequest("an aws-chunked body is cut short")
            yield buffer[:left]
            left, buffer = left - len(buffer[:left]), buffer[left:]
        if line():
            raise BadRequest("an aws-chunked chunk is longer than it says")
    trailer = {}
    while True:
        text = line()
        if not text:
            break
        name, _, value = text.decode("ascii", "replace").partition(":")
        trailer[name.strip().lower()] = value.strip()
    for _ in pieces:
        raise BadRequest("bytes behind an aws-chunked body")
    return trailer


class S3:
    def __init__(self, world):
        self.world = world
        self.lock = world.lock
        self.buckets, self.uploads = {}, {}
        for name, b in world.seed_buckets.items():
            self.seed(name, b)

    def seed(self, name, b):
        if set(b) - {"region", "objects", "synthetic", "sink", "owner"}:
            raise ValueError("seed: unknown key in bucket " + name)
        bucket = Bucket(b.get("region", "us-east-1"),
                        b.get("owner", self.world.account), b.get("sink", False))
        for key, text in b.get("objects", {}).items():
            bucket.objects[key] = Object(Blob(text.encode()), [])
        for key, size in b.get("synthetic", {}).items():
            bucket.objects[key] = Object(Synthetic(size), [])
        self.buckets[name] = bucket

    # -- what every request goes through --

    def limit_of(self, bucket):
        b = self.buckets.get(bucket)
        return 1 << 50 if b is not None and b.sink else self.world.limit

    def read_body(self, wire, req, bucket):
        """Read and check the body; digests are of what the client meant to store."""
        b = self.buckets.get(bucket)
        store = not (b is not None and b.sink and req.method == "PUT")
        pieces, trailer = wire.pieces(req), {}
        framed = req.one("x-amz-content-sha256") == "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
        if framed:
            pieces = self.with_trailer(pieces, trailer)
        keep(req, pieces, self.limit_of(bucket), store)
        self.check_digests(req, framed, trailer, store)

    @staticmethod
    def with_trailer(pieces, trailer):
        trailer.update((yield from unframe(pieces)))

    @staticmethod
    def check_digests(req, framed, trailer, stored):
        md5 = req.one("content-md5")
        if md5 is not None and md5 != base64.b64encode(req.md5.digest()).decode():
            raise Refused(400, "BadDigest", "The Content-MD5 you specified did not match"
                          " what we received.")
        if not framed:
            return
        if req.one("x-amz-decoded-content-length") != str(req.size):
            raise Refused(400, "IncompleteBody", "x-amz-decoded-content-length is not"
                          " the length of the body")
        if sorted(trailer) != sorted((req.one("x-amz-trailer") or "").split(",")):
            raise Refused(400, "MalformedTrailerError", "the trailer is not as announced")
        # crc32c and crc64nvme are not checked: they are slow in plain Python.
        sums = {"x-amz-checksum-sha256": lambda: hashlib.sha256(req.body).digest(),
                "x-amz-checksum-sha1": lambda: hashlib.sha1(req.body).digest(),
                "x-amz-checksum-crc32": lambda: zlib.crc32(req.body).to_bytes(4, "big")}
        for name in trailer:
            if stored and name in sums and trailer[name] != base64.b64encode(
                    sums[name]()).decode():
                raise Refused(400, "BadDigest", name + " did not match")

    def bucket(self, name, region):
        b = self.buckets.get(name)
        if b is None:
            raise Refused(404, "NoSuchBucket", "The specified bucket does not exist",
                          BucketName=name)
        if b.region != region:
            raise Refused(301, "PermanentRedirect", "The bucket you are attempting to"
                          " access must be addressed using the specified endpoint.",
                          Bucket=name, Region=b.region,
                          Endpoint="%s.s3.%s.amazonaws.com" % (name, b.region))
        return b

    def object(self, bucket, key):
        if key not in bucket.objects:
            raise Refused(404, "NoSuchKey", "The specified key does not exist.", Key=key)
        return bucket.objects[key]

    def check_allowed(self, who, action, bucket, key):
        arn = "*" if not bucket else "arn:aws:s3:::" + bucket + ("/" + key if key else "")
        if not who.may(action, arn):
            raise Refused(403, "AccessDenied", "User: %s is not authorized to perform:"
                          " %s on resource: \"%s\"" % (who.arn, action, arn))

    def handle(self, who, req, region, bucket, key, name, action):
        if action is not None:
            self.check_allowed(who, action, bucket, key)
        return getattr(self, "do_" + name)(who, req, region, bucket, key)

    # -- buckets --

    def do_ListBuckets(self, who, _req, _region, _bucket, _key):
        rows = "".join(
            "<Bucket><Name>%s</Name><CreationDate>%s</CreationDate></Bucket>"
            % (n, iso(b.when)) for n, b in sorted(self.buckets.items())
            if b.owner == who.account)
        return Answer(body=xml('<ListAllMyBucketsResult xmlns="%s"><Owner><ID>%s</ID>'
                               "</Owner><Buckets>%s</Buckets></ListAllMyBucketsResult>"
                               % (NS, who.account, rows)))

    def do_CreateBucket(self, who, req, region, bucket, _key):
        if not NAME.match(bucket):
            raise Refused(400, "InvalidBucketName", "The specified bucket is not valid.")
        m = re.search(rb"<LocationConstraint>([a-z0-9-]+)</LocationConstraint>", req.body)
        wanted = m.group(1).decode() if m else "us-east-1"
        if wanted != region:
            raise Refused(400, "IllegalLocationConstraintException",
                          "The %s location constraint is incompatible for the region"
                          " specific endpoint this request was sent to." % wanted)
        with self.lock:
            b = self.buckets.get(bucket)
            if b is not None:
                mine = b.owner == who.account
                raise Refused(409, "BucketAlreadyOwnedByYou" if mine
                              else "BucketAlreadyExists", "The bucket exists already.",
                              BucketName=bucket)
            self.buckets[bucket] = Bucket(region, who.account)
        return Answer(headers=[("Location", "/" + bucket)])

    def do_DeleteBucket(self, _who, _req, region, bucket, _key):
        with self.lock:
            if self.bucket(bucket, region).objects:
                raise Refused(409, "BucketNotEmpty", "The bucket you tried to delete is"
                              " not empty", BucketName=bucket)
            del self.buckets[bucket]
        return Answer(204)

    def do_HeadBucket(self, _who, _req, region, bucket, _key):
        b = self.bucket(bucket, region)
        return Answer(headers=[("x-amz-bucket-region", b.region)])

    def do_GetBucketLocation(self, _who, _req, region, bucket, _key):
        b = self.bucket(bucket, region)
        where = "" if b.region == "us-east-1" else b.region
        return Answer(body=xml('<LocationConstraint xmlns="%s">%s</LocationConstraint>'
                               % (NS, where)))

    def do_ListObjectsV2(self, _who, req, region, bucket, _key):
        b = self.bucket(bucket, region)
        q = dict(req.params())
        if q["list-type"] != "2" or q.get("encoding-type", "url") != "url":
            raise Refused(400, "InvalidArgument", "list-type or encoding-type")
        most = q.get("max-keys", "1000")
        if not re.fullmatch(r"[0-9]{1,9}", most):
            raise Refused(400, "InvalidArgument", "max-keys")
        after = q.get("start-after", "")
        if "continuation-token" in q:
            try:
                after = base64.b64decode(q["continuation-token"], b"-_", True).decode(
                    "utf-8", "surrogateescape")
            except ValueError:
                raise Refused(400, "InvalidArgument",
                              "The continuation token provided is incorrect") from None
        rows, more, last = self.page(b, q.get("prefix", ""), q.get("delimiter", ""),
                                     after, min(1000, int(most)))
        return Answer(body=xml(self.page_xml(bucket, b, q, rows, more, last)))

    def page(self, bucket, prefix, delimiter, after, most):
        """Up to `most` keys and common prefixes behind `after`, in order."""
        rows, seen = [], set()
        with self.lock:
            keys = sorted(k for k in bucket.objects if k.startswith(prefix))
        for key in keys:
            at = key.find(delimiter, len(prefix)) if delimiter else -1
            name = key if at < 0 else key[:at + len(delimiter)]
            if name in seen or name <= after:
                continue
            if len(rows) == most:
                return rows, True, rows[-1][0] if rows else after
            seen.add(name)
            rows.append((name, at >= 0))
        return rows, False, ""

    def page_xml(self, name, bucket, q, rows, more, last):
        def text(s):
            return escape(urllib.parse.quote(s, safe="/", errors="surrogateescape")
                          if "encoding-type" in q else s)
        out = ['<ListBucketResult xmlns="%s"><Name>%s</Name><Prefix>%s</Prefix>'
               "<KeyCount>%d</KeyCount><MaxKeys>%s</MaxKeys><IsTruncated>%s"
               "</IsTruncated>" % (NS, name, text(q.get("prefix", "")), len(rows),
                                   q.get("max-keys", "1000"), str(more).lower())]
        if "encoding-type" in q:
            out.append("<EncodingType>url</EncodingType>")
        if q.get("delimiter"):
            out.append("<Delimiter>%s</Delimiter>" % text(q["delimiter"]))
        if more:
            token = base64.b64encode(last.encode("utf-8", "surrogateescape"), b"-_")
            out.append("<NextContinuationToken>%s</NextContinuationToken>"
                       % token.decode())
        for key, common in rows:
            o = bucket.objects.get(key)
            if common:
                out.append("<CommonPrefixes><Prefix>%s</Prefix></CommonPrefixes>"
                           % text(key))
            elif o is not None:
                out.append("<Contents><Key>%s</Key><LastModified>%s</LastModified><ETag>"
                           "&quot;%s&quot;</ETag><Size>%d</Size><StorageClass>STANDARD"
                           "</StorageClass></Contents>"
                           % (text(key), iso(o.when), o.blob.etag, o.blob.size))
        return "".join(out) + "</ListBucketResult>"

    def do_DeleteObjects(self, who, req, region, bucket, _key):
        b = self.bucket(bucket, region)
        if req.one("content-md5") is None and not any(
                n.startswith("x-amz-checksum-") for n, _ in req.headers):
            raise Refused(400, "InvalidRequest", "Missing required header: Content-MD5")
        try:
            keys = [e.text or "" for e in ET.fromstring(req.body).iter()
                    if e.tag.rsplit("}", 1)[-1] == "Key"]
        except ET.ParseError:
            raise Refused(400, "MalformedXML", "The XML is not well-formed") from None
        out = []
        for key in keys[:1000]:
            try:
                self.check_allowed(who, "s3:DeleteObject", bucket, key)
                with self.lock:
                    b.objects.pop(key, None)
                out.append("<Deleted><Key>%s</Key></Deleted>" % escape(key))
            except Refused as e:
                out.append("<Error><Key>%s</Key><Code>%s</Code></Error>"
                           % (escape(key), e.code))
        return Answer(body=xml('<DeleteResult xmlns="%s">%s</DeleteResult>'
                               % (NS, "".join(out))))

    # -- objects --

    def do_HeadObject(self, who, req, region, bucket, key):
        return self.do_GetObject(who, req, region, bucket, key)

    def do_GetObject(self, _who, req, region, bucket, key):
        o = self.object(self.bucket(bucket, region), key)
        match = req.one("if-match")
        if match is not None and match.strip('"') != o.blob.etag:
            raise Refused(412, "PreconditionFailed", "At least one of the pre-conditions"
                          " you specified did not hold")
        part = pick_range(req.one("range"), o.blob.size)
        start, end = part or (0, o.blob.size)
        headers = [("Last-Modified", formatdate(o.when, usegmt=True)),
                   ("ETag", '"%s"' % o.blob.etag), ("Accept-Ranges", "bytes"),
                   *o.headers]
        if not any(n == "content-type" for n, _ in o.headers):
            headers.append(("Content-Type", "binary/octet-stream"))
        if part:
            headers.append(("Content-Range",
                            "bytes %d-%d/%d" % (start, end - 1, o.blob.size)))
        return Answer(206 if part else 200, headers,
                      pieces=o.blob.pieces(start, end), length=end - start)

    def do_GetObjectTagging(self, _who, _req, region, bucket, key):
        self.object(self.bucket(bucket, region), key)
        return Answer(body=xml('<Tagging xmlns="%s"><TagSet/></Tagging>' % NS))

    @staticmethod
    def kept_headers(req):
        return [(n, v.strip()) for n, v in req.headers
                if n in KEPT or n.startswith("x-amz-meta-")]

    @staticmethod
    def blob_of(bucket, req):
        etag = req.md5.hexdigest()
        return Synthetic(req.size, etag) if bucket.sink else Blob(req.body, etag)

    def do_PutObject(self, _who, req, region, bucket, key):
        b = self.bucket(bucket, region)
        blob = self.blob_of(b, req)
        with self.lock:
            b.objects[key] = Object(blob, self.kept_headers(req))
        return Answer(headers=[("ETag", '"%s"' % blob.etag)])

    def copy_source(self, who, req):
        """The object that x-amz-copy-source names; reading it must be allowed too."""
        source = unquote(req.one("x-amz-copy-source")).lstrip("/")
        name, slash, key = source.partition("/")
        if not slash or not key or "?" in source:
            raise Refused(400, "InvalidArgument", "x-amz-copy-source is malformed")
        self.check_allowed(who, "s3:GetObject", name, key)
        b = self.buckets.get(name)
        if b is None:
            raise Refused(404, "NoSuchBucket", "The specified bucket does not exist",
                          BucketName=name)
        return self.object(b, key)

    def do_CopyObject(self, who, req, region, bucket, key):
        b = self.bucket(bucket, region)
        o = self.copy_source(who, req)
        replace = req.one("x-amz-metadata-directive") == "REPLACE"
        new = Object(o.blob, self.kept_headers(req) if replace else o.headers)
        with self.lock:
            b.objects[key] = new
        return Answer(body=xml(
            '<CopyObjectResult xmlns="%s"><LastModified>%s</LastModified><ETag>&quot;%s'
            "&quot;</ETag></CopyObjectResult>" % (NS, iso(new.when), o.blob.etag)))

    def do_DeleteObject(self, _who, _req, region, bucket, key):
        with self.lock:
            self.bucket(bucket, region).objects.pop(key, None)
        return Answer(204)

    def do_SelectObjectContent(self, _who, _req, region, bucket, key):
        """The whole object, whatever the expression says, as an event stream."""
        o = self.object(self.bucket(bucket, region), key)
        body = b"".join(o.blob.pieces(0, o.blob.size))
        out = b"".join(event(k, t, p) for k, t, p in (
            ("Records", "application/octet-stream", body), ("End", None, b"")))
        return Answer(pieces=[out], length=len(out))

    # -- multipart --

    def upload(self, req, region, bucket, key):
        u = self.uploads.get(dict(req.params())["uploadId"])
        if u is None or (u.bucket, u.key) != (bucket, key):
            raise Refused(404, "NoSuchUpload", "The specified upload does not exist.")
        self.bucket(bucket, region)
        return u

    def do_CreateMultipartUpload(self, _who, req, region, bucket, key):
        self.bucket(bucket, region)
        upload_id = secrets.token_urlsafe(32)
        with self.lock:
            self.uploads[upload_id] = Upload(bucket, key, self.kept_headers(req))
        return Answer(body=xml(
            '<InitiateMultipartUploadResult xmlns="%s"><Bucket>%s</Bucket><Key>%s</Key>'
            "<UploadId>%s</UploadId></InitiateMultipartUploadResult>"
            % (NS, bucket, escape(key), upload_id)))

    def add_part(self, upload, req, blob):
        number = dict(req.params())["partNumber"]
        if not re.fullmatch(r"[0-9]{1,5}", number) or not 1 <= int(number) <= 10000:
            raise Refused(400, "InvalidArgument", "Part number must be 1 to 10000")
        with self.lock:
            upload.parts[int(number)] = blob

    def do_UploadPart(self, _who, req, region, bucket, key):
        u = self.upload(req, region, bucket, key)
        blob = self.blob_of(self.buckets[bucket], req)
        self.add_part(u, req, blob)
        return Answer(headers=[("ETag", '"%s"' % blob.etag)])

    def do_UploadPartCopy(self, who, req, region, bucket, key):
        u = self.upload(req, region, bucket, key)
        o = self.copy_source(who, req)
        start, end = pick_range(req.one("x-amz-copy-source-range"), o.blob.size) or (
            0, o.blob.size)
        if end - start > self.world.limit:
            raise Refused(400, "EntityTooLarge", "the part is too long")
        blob = Blob(b"".join(o.blob.pieces(start, end)))
        self.add_part(u, req, blob)
        return Answer(body=xml(
            '<CopyPartResult xmlns="%s"><LastModified>%s</LastModified><ETag>&quot;%s'
            "&quot;</ETag></CopyPartResult>" % (NS, iso(time.time()), blob.etag)))

    @staticmethod
    def named_parts(req):
        """[(number, etag)] of CompleteMultipartUpload."""
        try:
            rows = []
            for part in ET.fromstring(req.body):
                fields = {e.tag.rsplit("}", 1)[-1]: (e.text or "") for e in part}
                rows.append((int(fields["PartNumber"]), fields["ETag"].strip('"')))
            return rows
        except (ET.ParseError, KeyError, ValueError):
            raise Refused(400, "MalformedXML", "The XML is not as it must be") from None

    def joined(self, upload, rows, sink):
        numbers = [n for n, _ in rows]
        if not rows or numbers != sorted(set(numbers)):
            raise Refused(400, "InvalidPartOrder", "The list of parts was not in order.")
        for n, etag in rows:
            if n not in upload.parts or upload.parts[n].etag != etag:
                raise Refused(400, "InvalidPart", "A part could not be found.")
        blobs = [upload.parts[n] for n in numbers]
        if any(b.size < PART_MIN for b in blobs[:-1]):
            raise Refused(400, "EntityTooSmall", "Your proposed upload is smaller than"
                          " the minimum allowed size")
        total = sum(b.size for b in blobs)
        etag = "%s-%d" % (hashlib.md5(b"".join(bytes.fromhex(b.etag)
                                               for b in blobs)).hexdigest(), len(blobs))
        if sink:
            return Synthetic(total, etag)
        if total > self.world.limit:
            raise Refused(400, "EntityTooLarge", "the object is too long")
        return Blob(b"".join(b.data for b in blobs), etag)

    def do_CompleteMultipartUpload(self, _who, req, region, bucket, key):
        u = self.upload(req, region, bucket, key)
        b = self.bucket(bucket, region)
        blob = self.joined(u, self.named_parts(req), b.sink)
        with self.lock:
            b.objects[key] = Object(blob, u.headers)
            self.uploads.pop(dict(req.params())["uploadId"], None)
        return Answer(body=xml(
            '<CompleteMultipartUploadResult xmlns="%s"><Bucket>%s</Bucket><Key>%s</Key>'
            "<ETag>&quot;%s&quot;</ETag></CompleteMultipartUploadResult>"
            % (NS, bucket, escape(key), blob.etag)))

    def do_AbortMultipartUpload(self, _who, req, region, bucket, key):
        self.upload(req, region, bucket, key)
        with self.lock:
            self.uploads.pop(dict(req.params())["uploadId"], None)
        return Answer(204)
