"""Operations with one answer each, from the seed: those whose answers hold secrets.

"answers": {"ecr:GetAuthorizationToken": {"takes": [MEMBERS], "says": ANSWER}, …}
With "resource": the caller's policies have to allow it on that ARN, else on "*".
"""

import json
import re

from .looks import xml_of
from .sign import Refused

FUNCTION = re.compile(r"/2015-03-31/functions/[A-Za-z0-9_-]{1,64}\Z")
EC2 = ("ec2",)


class Answers:
    def __init__(self, world, seed):
        self.world, self.rows = world, seed.get("answers", {})

    def has(self, service, operation):
        return "%s:%s" % (service, operation) in self.rows

    def find(self, who, service, operation, members):
        key = "%s:%s" % (service, operation)
        row = self.rows[key]
        strange = set(members) - set(row["takes"])
        if strange:
            raise Refused(400, "ValidationError", "not taken here: %s" % sorted(strange))
        if not who.may(key, row.get("resource", "*")):
            raise Refused(403, "AccessDenied", "User: %s is not authorized to perform: %s"
                          % (who.arn, key))
        return row["says"]

    def json(self, who, service, operation, data):
        return json.dumps(self.find(who, service, operation, data))

    def form(self, who, service, form, request_id):
        operation = form["Action"]
        answer = self.find(who, service, operation, set(form) - {"Action", "Version"})
        if service in EC2:
            inner = {"requestId": request_id, **answer}
        else:
            inner = {operation + "Result": answer,
                     "ResponseMetadata": {"RequestId": request_id}}
        return "text/xml", '<?xml version="1.0" encoding="UTF-8"?>\n' + xml_of(
            operation + "Response", inner)

    def rest(self, who, req, row):
        """Lambda: GetFunction; None when it is not that."""
        if req.method != "GET" or req.query or not FUNCTION.match(req.path) or (
                not self.has("lambda", "GetFunction")):
            return None
        row.update(operation="GetFunction", resource=req.path.rpartition("/")[2])
        return json.dumps(self.find(who, "lambda", "GetFunction", ()))
