"""The AWS CLI in this process, imported once: runs command lines and keeps the requests
that would have gone out.  Each line gets a driver and a session of its own; all that is
real stays so (parsing, serialising, signing), and an answer is made up where the
connection would begin, so that nothing leaves the machine.
"""
import io
import os
import sys
import threading
import types

REGION = "eu-west-1"
SMALL, LARGE = 1000, 20 << 20  # bytes of an object; the CLI parts what has 8 MiB

for _name in list(os.environ):
    if _name.startswith(("AWS_", "PYTHON", "LD_")) or _name.lower().endswith("_proxy"):
        del os.environ[_name]
os.environ.update(
    AWS_CONFIG_FILE="/dev/null", AWS_SHARED_CREDENTIALS_FILE="/dev/null",
    AWS_EC2_METADATA_DISABLED="true", AWS_PAGER="", HOME="/nonexistent",
    PATH="/nonexistent", AWS_ACCESS_KEY_ID="AKIADUMMY", AWS_SECRET_ACCESS_KEY="dummy",
    AWS_REGION=REGION, AWS_DEFAULT_REGION=REGION, LANG="C.UTF-8")

try:
    import awscli
    import awscli.clidriver
    import botocore.awsrequest
    import botocore.hooks
    import botocore.serialize
    import botocore.waiter
except ImportError:
    awscli = None
else:
    if os.path.dirname(os.path.dirname(botocore.__file__)) != \
            os.path.dirname(awscli.__file__):
        awscli = None  # version 1, whose botocore is another package


class Stop(Exception):
    """A waiter would go on asking."""


class Call:
    """One API call as it went out."""

    def __init__(self, model, params, request):
        self.model = model
        self.service = model.service_model.service_name
        self.operation = model.name
        self.params = params
        self.url = request.url
        self.head, self.body = wire(request)

    @property
    def host(self):
        return self.url.split("/")[2]


def wire(request):
    """Head and body as they would be written."""
    rest = request.url.split("://", 1)[1]
    host, _, path = rest.partition("/")
    lines = ["%s /%s HTTP/1.1" % (request.method, path), "Host: " + host]
    for name, value in request.headers.items():
        value = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        if name.lower() != "host":
            lines.append("%s: %s" % (name, value))
    body = request.body or b""
    if hasattr(body, "read"):
        body = body.read()
    if isinstance(body, str):
        body = body.encode()
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
    return head, bytes(body)


class Raw(io.BytesIO):
    """The part of urllib3's answers that botocore looks at."""

    def stream(self, amount=65536, **_):
        while True:
            data = self.read(amount)
            if not data:
                return
            yield data


class Answers:
    """What AWS says: as little as the CLI needs to go on."""

    def __init__(self, size=SMALL, tags="", fails=""):
        self.size, self.tags, self.fails = size, tags, fails

    def answer(self, call, request):
        if call.operation == self.fails:
            return self.make(request, 403, b"<Error><Code>AccessDenied</Code></Error>")
        if call.service == "s3":
            special = getattr(self, "s3_" + call.operation, None)
            if special is not None:
                return special(call.params, request)
        protocol = call.model.metadata["protocol"]
        root = call.model.name.encode()
        body = {"json": b"{}", "rest-json": b"{}", "rest-xml": b"",
                "ec2": b"<%sResponse/>" % root,
                "query": b"<%sResponse><%sResult/></%sResponse>" % (root, root, root)}
        if call.model.has_streaming_output or call.model.has_event_stream_output:
            return self.make(request, 200, b"")
        return self.make(request, 200, body[protocol])

    @staticmethod
    def make(request, status, body, **headers):
        headers = {k.replace("_", "-"): v for k, v in headers.items()}
        headers.setdefault("Content-Length", str(len(body)))
        return botocore.awsrequest.AWSResponse(request.url, status, headers, Raw(body))

    def s3_ListObjectsV2(self, params, request):
        prefix = params.get("Prefix", "")
        names = ["a.txt", "sub/b.txt"] if prefix == "" or prefix.endswith("/") \
            else ["", "/b.txt"]
        if params["Bucket"].startswith("to-"):
            names = ["old.txt"]
        rows = "".join(
            "<Contents><Key>%s</Key><Size>%d</Size><ETag>\"e\"</ETag><StorageClass>"
            "STANDARD</StorageClass><LastModified>2026-01-02T03:04:05.000Z"
            "</LastModified></Contents>" % (escaped(prefix + n), self.size)
            for n in names)
        return self.make(request, 200, (
            "<ListBucketResult><IsTruncated>false</IsTruncated>%s"
            "</ListBucketResult>" % rows).encode())

    def s3_ListBuckets(self, _, request):
        return self.make(request, 200, b"<ListAllMyBucketsResult><Buckets><Bucket>"
                         b"<Name>b-1</Name><CreationDate>2026-01-02T03:04:05.000Z"
                         b"</CreationDate></Bucket></Buckets></ListAllMyBucketsResult>")

    def s3_HeadObject(self, _, request):
        return self.make(request, 200, b"", ETag='"e"', Content_Type="text/x",
                         Cache_Control="no-store", x_amz_meta_kept="1",
                         Content_Length=str(self.size),
                         Last_Modified="Fri, 02 Jan 2026 03:04:05 GMT")

    def s3_GetObject(self, params, request):
        size, status = self.size, 200
        if "Range" in params:
            first, _, last = params["Range"][len("bytes="):].partition("-")
            size, status = int(last or self.size - 1) - int(first) + 1, 206
        return self.make(request, status, b"x" * size, ETag='"e"',
                         Last_Modified="Fri, 02 Jan 2026 03:04:05 GMT")

    def s3_CopyObject(self, _, request):
        return self.make(request, 200,
                         b"<CopyObjectResult><ETag>e</ETag></CopyObjectResult>")

    def s3_CreateMultipartUpload(self, _, request):
        return self.make(request, 200, b"<InitiateMultipartUploadResult><UploadId>u"
                         b"</UploadId></InitiateMultipartUploadResult>")

    def s3_UploadPart(self, _, request):
        return self.make(request, 200, b"", ETag='"e"')

    def s3_UploadPartCopy(self, _, request):
        return self.make(request, 200,
                         b"<CopyPartResult><ETag>e</ETag></CopyPartResult>")

    def s3_CompleteMultipartUpload(self, _, request):
        return self.make(request, 200, b"<CompleteMultipartUploadResult><ETag>e</ETag>"
                         b"</CompleteMultipartUploadResult>")

    def s3_GetObjectTagging(self, _, request):
        tag = "<Tag><Key>k</Key><Value>%s</Value></Tag>" % self.tags
        return self.make(request, 200, ("<Tagging><TagSet>%s</TagSet></Tagging>" %
                                        (tag if self.tags else "")).encode())


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class Serializer:
    """Keeps the parameters that the real one is given."""

    def __init__(self, real, kept):
        self.real, self.kept = real, kept

    def serialize_to_request(self, parameters, model):
        self.kept.last = (model, dict(parameters))
        return self.real.serialize_to_request(parameters, model)


class Run:
    """What a command line came to."""

    def __init__(self):
        self.status, self.stderr, self.calls = None, "", []
        self.lock = threading.Lock()


class Cli:
    def __init__(self):
        self.kept = threading.local()
        self.now, self.answers = None, None
        real = botocore.serialize.create_serializer
        botocore.serialize.create_serializer = lambda *a, **k: Serializer(
            real(*a, **k), self.kept)
        botocore.waiter.time = types.SimpleNamespace(sleep=self.stop)
        # A slow look at each handler's signature; all of the CLI's own pass it.
        botocore.hooks.accepts_kwargs = lambda _: True
        self.driver = awscli.clidriver.create_clidriver()
        self.loader = self.driver.session.get_component("data_loader")
        # Found once; every line asks for them.
        found = self.loader.list_available_services
        self.loader.list_available_services = cached(found)

    @staticmethod
    def stop(_):
        raise Stop()

    def send(self, request, **_):
        call = Call(*self.kept.last, request)
        with self.now.lock:
            self.now.calls.append(call)
        return self.answers.answer(call, request)

    def run(self, words, answers, stdin=b""):
        """words: without "aws"."""
        run = self.now = Run()
        self.answers = answers
        driver = awscli.clidriver.create_clidriver()
        driver.session.register_component("data_loader", self.loader)
        driver.session.register("before-send", self.send)
        before = sys.stdin, sys.stdout, sys.stderr
        sys.stdin = io.TextIOWrapper(io.BytesIO(stdin))
        sys.stdout = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        sys.stderr = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        try:
            run.status = driver.main(words)
            sys.stderr.flush()
            run.stderr = sys.stderr.buffer.getvalue().decode("utf-8", "replace")
        finally:
            sys.stdin, sys.stdout, sys.stderr = before
        return run


def cached(function):
    known = {}

    def ask(*args, **keys):
        at = (args, tuple(keys.items()))
        if at not in known:
            known[at] = function(*args, **keys)
        return list(known[at])
    return ask
