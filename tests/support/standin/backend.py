"""Passing a verified request on to an emulator that speaks plain HTTP on loopback: the
stand-in looks at the signature, the emulator does the work."""

import http.client

HOP = {"host", "connection", "transfer-encoding", "content-length", "authorization",
       "x-amz-security-token", "expect", "x-amz-content-sha256", "proxy-connection"}


class Backend:
    """`url` is http://127.0.0.1:PORT; key_id is one that the emulator knows."""

    def __init__(self, url, key_id):
        self.address = url.removeprefix("http://")
        self.key_id = key_id

    def headers(self, req, service, region):
        rows = [(n, v.strip()) for n, v in req.headers if n not in HOP]
        # The emulators want a signature of a key that they know; they do not check it.
        scope = "%s/20260101/%s/%s/aws4_request" % (self.key_id, region, service)
        rows.append(("authorization", "AWS4-HMAC-SHA256 Credential=%s, SignedHeaders=host"
                     ";x-amz-date, Signature=%s" % (scope, "0" * 64)))
        if service == "s3":
            rows.append(("x-amz-content-sha256", "UNSIGNED-PAYLOAD"))
        return rows

    def ask(self, req, service, region, path):
        """(status, headers, body) of the emulator's answer; the body is complete."""
        c = http.client.HTTPConnection(self.address, timeout=60)
        try:
            c.putrequest(req.method, path + ("?" + req.query if req.query else ""),
                         skip_host=True, skip_accept_encoding=True)
            c.putheader("host", self.address)
            for name, value in self.headers(req, service, region):
                c.putheader(name, value)
            c.putheader("content-length", str(len(req.body)))
            c.endheaders(req.body)
            r = c.getresponse()
            body = r.read()
            rows = [(n, v) for n, v in r.getheaders() if n.lower() not in (
                "connection", "keep-alive", "transfer-encoding", "date", "content-length")]
            length = r.getheader("content-length") if req.method == "HEAD" else None
            return r.status, rows + ([("Content-Length", length)] if length else []), body
        finally:
            c.close()
