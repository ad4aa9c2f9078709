"""Services that speak JSON with X-Amz-Target: ssm, secretsmanager, dynamodb.  As much of
each as shows that calls arrive whole: parameters, secrets, items in memory."""

import json
import time
import uuid

from . import answers, looks, ssmapi
from .sign import Refused
from .wire import BadRequest

TARGETS = {"ssm": "AmazonSSM", "secretsmanager": "secretsmanager",
           "dynamodb": "DynamoDB_20120810", "kms": "TrentService",
           "ecr": "AmazonEC2ContainerRegistry_V20150921", **looks.TARGETS}
VERSIONS = {"dynamodb": "1.0"}


def no_twins(pairs):
    keys = [k for k, _ in pairs]
    if len(keys) != len(set(keys)):
        raise Refused(400, "SerializationException", "a key stands twice")
    return dict(pairs)


def parse(req, service):
    """(operation, input) of a request whose body has been read."""
    target = req.one("x-amz-target") or ""
    prefix, _, operation = target.partition(".")
    if req.method != "POST" or req.path != "/" or req.query or prefix != TARGETS[service]:
        raise Refused(400, "UnknownOperationException", "no such operation here")
    kind = (req.one("content-type") or "").partition(";")[0].strip()
    if kind != "application/x-amz-json-" + VERSIONS.get(service, "1.1"):
        raise Refused(400, "SerializationException", "not the content type that is wanted")
    try:
        data = json.loads(req.body.decode("utf-8"), object_pairs_hook=no_twins)
    except (ValueError, UnicodeDecodeError):
        raise Refused(400, "SerializationException", "the body is no JSON") from None
    if not isinstance(data, dict):
        raise Refused(400, "SerializationException", "the body is no object")
    return operation, data


def error(refused, _request_id):
    return ("application/x-amz-json-1.1", json.dumps(
        {"__type": refused.code, "message": refused.message, **refused.extra}))


def wanted(data, key, kind=str):
    value = data.get(key)
    if not isinstance(value, kind) or value == "":
        raise Refused(400, "ValidationException", "%s is missing or malformed" % key)
    return value


class JsonServices:
    def __init__(self, world, seed, where):
        self.world = world
        self.ssm = ssmapi.Ssm(world, seed, where)
        self.looks = looks.Looks(world, seed)
        self.answers = answers.Answers(world, seed)
        self.parameters = dict(seed.get("parameters", {}))
        self.secrets = dict(seed.get("secrets", {}))
        self.tables = {name: list(items) for name, items in seed.get("tables", {}).items()}

    def arn(self, service, region, rest):
        return "arn:aws:%s:%s:%s:%s" % (service, region, self.world.account, rest)

    def resource(self, service, region, data):
        """What the call is about, for policies: one ARN or *."""
        if service == "ssm" and isinstance(data.get("Name"), str):
            return self.arn(service, region, "parameter/" + data["Name"].lstrip("/"))
        if service == "secretsmanager" and isinstance(data.get("SecretId"), str):
            name = data["SecretId"]
            return name if name.startswith("arn:") else self.arn(
                service, region, "secret:" + name + "-AbCdEf")
        if service == "dynamodb" and isinstance(data.get("TableName"), str):
            return self.arn(service, region, "table/" + data["TableName"])
        return "*"

    def handle(self, who, req, service, region, row):
        operation, data = parse(req, service)
        resource = self.resource(service, region, data)
        row.update(operation=operation, resource=resource)
        if self.answers.has(service, operation):
            return self.answers.json(who, service, operation, data)
        if "%s:%s" % (service, operation) in looks.JSON:
            return json.dumps(self.looks.json(who, service, region, operation, data))
        if self.ssm.handles(service, operation):
            return json.dumps(self.ssm.handle(who, service, region, operation, data, row))
        handler = getattr(self, "%s_%s" % (service, operation), None)
        if handler is None:
            raise Refused(400, "UnknownOperationException", "not served here: " + operation)
        if not who.may("%s:%s" % (service, operation), resource):
            raise Refused(400, "AccessDeniedException", "User: %s is not authorized to"
                          " perform: %s:%s on resource: %s"
                          % (who.arn, service, operation, resource))
        return json.dumps(handler(region, data))

    # -- ssm --

    def ssm_PutParameter(self, _region, data):
        name, value = wanted(data, "Name"), wanted(data, "Value")
        if name in self.parameters and not data.get("Overwrite"):
            raise Refused(400, "ParameterAlreadyExists", "The parameter exists already.")
        self.parameters[name] = value
        return {"Version": 1, "Tier": "Standard"}

    def one_parameter(self, region, name, clear=False):
        """{"secure": VALUE} in the seed is a SecureString."""
        value, kind = self.parameters[name], "String"
        if isinstance(value, dict):
            value, kind = value["secure"] if clear else "AQICAHg=", "SecureString"
        return {"Name": name, "Value": value, "Type": kind, "Version": 1,
                "LastModifiedDate": time.time(), "DataType": "text",
                "ARN": self.arn("ssm", region, "parameter/" + name.lstrip("/"))}

    def ssm_GetParameters(self, region, data):
        names = wanted(data, "Names", list)
        return {"Parameters": [self.one_parameter(region, n, data.get("WithDecryption"))
                               for n in names if n in self.parameters],
                "InvalidParameters": [n for n in names if n not in self.parameters]}

    def ssm_GetParameter(self, region, data):
        name = wanted(data, "Name")
        if name not in self.parameters:
            raise Refused(400, "ParameterNotFound", "")
        return {"Parameter": self.one_parameter(region, name, data.get("WithDecryption"))}

    def ssm_GetParametersByPath(self, region, data):
        path = wanted(data, "Path")
        return {"Parameters": [self.one_parameter(region, n, data.get("WithDecryption"))
                               for n in sorted(self.parameters) if n.startswith(path)]}

    def ssm_DescribeParameters(self, _region, _data):
        return {"Parameters": [{"Name": n, "Type": "String"} for n in self.parameters]}

    # -- secretsmanager --

    def secretsmanager_ListSecrets(self, region, _data):
        return {"SecretList": [{"Name": n, "ARN": self.arn(
            "secretsmanager", region, "secret:" + n)} for n in self.secrets]}

    def secretsmanager_GetSecretValue(self, region, data):
        name = wanted(data, "SecretId")
        if name not in self.secrets:
            raise Refused(400, "ResourceNotFoundException",
                          "Secrets Manager can't find the specified secret.")
        return {"Name": name, "SecretString": self.secrets[name],
                "VersionId": str(uuid.UUID(int=7)), "CreatedDate": time.time(),
                "ARN": self.arn("secretsmanager", region, "secret:" + name)}

    # -- dynamodb --

    def table(self, name):
        if name not in self.tables:
            raise Refused(400, "ResourceNotFoundException", "Requested resource not found")
        return self.tables[name]

    def dynamodb_ListTables(self, _region, _data):
        return {"TableNames": sorted(self.tables)}

    def dynamodb_DescribeTable(self, region, data):
        name = wanted(data, "TableName")
        return {"Table": {"TableName": name, "TableStatus": "ACTIVE",
                          "ItemCount": len(self.table(name)),
                          "CreationDateTime": 1767225600.5,
                          "TableSizeBytes": len(json.dumps(self.table(name))), "TableArn": self.arn(
                              "dynamodb", region, "table/" + name)}}

    def dynamodb_PutItem(self, _region, data):
        self.table(wanted(data, "TableName")).append(wanted(data, "Item", dict))
        return {}

    def dynamodb_Scan(self, _region, data):
        items = self.table(wanted(data, "TableName"))
        return {"Items": items, "Count": len(items), "ScannedCount": len(items)}

    def dynamodb_BatchGetItem(self, _region, data):
        wants = wanted(data, "RequestItems", dict)
        return {"Responses": {name: self.table(name) for name in wants},
                "UnprocessedKeys": {}}


def check_body(req):
    if req.one("content-encoding") not in (None, "identity"):
        raise BadRequest("a coded body")
