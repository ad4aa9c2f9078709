"""What Systems Manager and KMS answer about sessions and commands on nodes.

Strict: a member that the model does not have, a value outside its limits, a policy that
does not allow the node and the document, is an error.  The sessions themselves are in
ssmsession.py, commands of Run Command in ssmcommand.py, keys in ssmkms.py.
"""

import re

from . import ssmcommand, ssmfaults, ssmkms, ssmlog, ssmnodes, ssmsession
from .sign import Refused

DOCUMENT = re.compile(r"[a-zA-Z0-9_\-.:/]{3,128}\Z")
REASON = re.compile(r".{1,256}\Z")
SHELL = "SSM-SessionManagerRunShell"
# document -> session type, the parameters it takes, those it needs
DOCUMENTS = {
    SHELL: ("Standard_Stream", (), ()),
    "AWS-StartInteractiveCommand": ("InteractiveCommands", ("command",), ("command",)),
    "AWS-StartNonInteractiveCommand": (
        "NonInteractiveCommands",
        ("command", "separateOutputStream", "stdoutSeparatorPrefix",
         "stderrSeparatorPrefix"), ("command",)),
    "AWS-StartPortForwardingSession": ("Port", ("portNumber", "localPortNumber"), ()),
    "AWS-StartPortForwardingSessionToRemoteHost": (
        "Port", ("host", "portNumber", "localPortNumber"), ("host",)),
    "AWS-StartSSHSession": ("Port", ("portNumber",), ()),
}
VALUES = {
    "portNumber": r"([1-9]|[1-9][0-9]{1,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}"
                  r"|655[0-2][0-9]|6553[0-5])\Z",
    "localPortNumber": r"[0-9]{1,5}\Z",
    "host": r"[^,$^&\\(){}|<>;\s]{1,253}\Z",
    "separateOutputStream": r"(?i:true|false)\Z",
    "stdoutSeparatorPrefix": r"[0-9a-zA-Z\r\n_:-]{0,30}\Z",
    "stderrSeparatorPrefix": r"[0-9a-zA-Z\r\n_:-]{0,30}\Z",
}


def invalid(message):
    return Refused(400, "ValidationException", message)


def only(data, *names):
    unknown = set(data) - set(names)
    if unknown:
        raise invalid("unknown member: %s" % sorted(unknown)[0])


def text(data, name, most, needed=True):
    value = data.get(name)
    if value is None and not needed:
        return None
    if not isinstance(value, str) or not 1 <= len(value) <= most:
        raise invalid("1 validation error detected: Value at '%s' failed to satisfy"
                      " constraint: length between 1 and %d" % (name, most))
    return value


def parameters_of(data):
    given = data.get("Parameters", {})
    if not isinstance(given, dict):
        raise Refused(400, "SerializationException", "Parameters is a map")
    for name, values in given.items():
        if not 1 <= len(name) <= 255 or not isinstance(values, list) or not all(
                isinstance(v, str) and 1 <= len(v) <= 65535 for v in values):
            raise Refused(400, "SerializationException",
                          "a parameter is a list of strings, each of 1 to 65535")
    return given


class Ssm:
    def __init__(self, world, seed, where):
        given = dict(seed.get("ssm", {}))
        self.world, self.where = world, where
        self.faults = ssmfaults.Faults(where.get("faults"), given.pop("faults", {}))
        self.nodes = ssmnodes.Nodes(world, given)
        self.log = ssmlog.Log(where.get("log"))
        self.keys = ssmkms.Keys(self)
        self.sessions = ssmsession.Sessions(self)
        self.commands = ssmcommand.Commands(self)

    def allowed(self, who, action, *resources, context=None):
        for r in resources:
            if not who.may(action, r, context):
                raise Refused(400, "AccessDeniedException", "User: %s is not authorized"
                              " to perform: %s on resource: %s" % (who.arn, action, r))

    def document_arn(self, region, name):
        owner = "" if name.startswith("AWS-") else self.world.account
        return "arn:aws:ssm:%s:%s:document/%s" % (region, owner, name)

    def session_arn(self, region, name):
        return "arn:aws:ssm:%s:%s:session/%s" % (region, self.world.account, name)

    def handles(self, service, operation):
        return hasattr(self, "%s_%s" % (service, operation))

    def handle(self, who, service, region, operation, data, row):
        """One call; it becomes a line of the log of sessions, too."""
        note = {"event": "api", "operation": operation, "who": who.arn,
                "source_identity": who.source_identity, "tags": who.tags}
        note.update({k: v for k, v in data.items() if k != "EncryptionContext"})
        try:
            self.faults.api(operation)
            out = getattr(self, "%s_%s" % (service, operation))(
                who, region, data, note)
            note["status"] = 200
            row["resource"] = note.get("resource", "*")
            return out
        except Refused as e:
            note.update(status=e.status, code=e.code)
            raise
        finally:
            self.log(**note)

    # -- sessions --

    def document(self, node, data):
        """(session type, parameters as the agent reads them)"""
        name = data.get("DocumentName", SHELL)
        if not isinstance(name, str) or not DOCUMENT.match(name):
            raise invalid("DocumentName is malformed")
        own = self.nodes.options(node).get("documents", {})
        if name in own:
            kind, takes = own[name]["type"], own[name].get("parameters", [])
            needs = ()
        elif name in DOCUMENTS:
            kind, takes, needs = DOCUMENTS[name]
        else:
            raise Refused(400, "InvalidDocument",
                          "Document with name %s does not exist." % name)
        given = parameters_of(data)
        for p, values in given.items():
            if p not in takes:
                raise Refused(400, "InvalidParameters",
                              "Parameter %s is not of document %s." % (p, name))
            if len(values) != 1 or not re.match(VALUES.get(p, r"(?s:.)"), values[0]):
                raise Refused(400, "InvalidParameters", "Parameter %s is malformed." % p)
        missing = [p for p in needs if p not in given]
        if missing:
            raise Refused(400, "InvalidParameters",
                          "Parameter %s is missing." % missing[0])
        fixed = own.get(name, {}).get("fixed", {})
        return name, kind, {**fixed, **{k: v[0] for k, v in given.items()}}

    def ssm_StartSession(self, who, region, data, note):
        only(data, "Target", "DocumentName", "Parameters", "Reason")
        target = text(data, "Target", 400)
        if "Reason" in data and not REASON.match(text(data, "Reason", 256)):
            raise invalid("1 validation error detected: Value at 'reason' failed to"
                          " satisfy constraint: ^.{1,256}$")
        node = self.nodes.find(target)
        name, kind, parameters = self.document(node or {"id": target}, data)
        note["resource"] = self.nodes.arn(region, target)
        self.allowed(who, "ssm:StartSession", note["resource"],
                     self.document_arn(region, name))
        faults = self.faults.of(target)
        if node is None or not self.nodes.online(node) or faults.get("offline") \
                or not self.nodes.options(node)["sessions"]:
            raise Refused(400, "TargetNotConnected", "%s is not connected." % target)
        self.faults.step("start", target)
        s = self.sessions.start(who, region, node, name, kind, parameters,
                                data.get("Reason"))
        note.update(session=s.id, run_as=who.tags.get("SSMSessionRunAs"))
        return {"SessionId": s.id, "TokenValue": s.token(), "StreamUrl": s.url()}

    def of_session(self, who, region, operation, data, note):
        only(data, "SessionId")
        name = text(data, "SessionId", 96)
        note.update(session=name, resource=self.session_arn(region, name))
        s = self.sessions.find(name)
        self.allowed(who, "ssm:" + operation, note["resource"],
                     context=s.tags() if s else None)
        return name, s

    def ssm_ResumeSession(self, who, region, data, note):
        name, s = self.of_session(who, region, "ResumeSession", data, note)
        if s is None or s.over:
            raise Refused(400, "DoesNotExistException",
                          "Session %s does not exist." % name)
        how = self.faults.resume(s.target)
        self.faults.step("resume", s.target)
        if isinstance(how, dict):
            raise Refused(how.get("status", 400), how.get("code", "DoesNotExistException"),
                          how.get("message", "planned"))
        if how == "empty":
            return {"SessionId": s.id, "TokenValue": "", "StreamUrl": s.url()}
        if how == "none":
            return {"SessionId": s.id}
        return {"SessionId": s.id, "TokenValue": s.token(), "StreamUrl": s.url()}

    def ssm_TerminateSession(self, who, region, data, note):
        name, s = self.of_session(who, region, "TerminateSession", data, note)
        if s is not None:
            self.faults.step("terminate", s.target)
            s.terminate("TerminateSession")
        return {"SessionId": name}

    def ssm_DescribeSessions(self, who, region, data, note):
        only(data, "State", "Filters", "MaxResults", "NextToken")
        self.allowed(who, "ssm:DescribeSessions",
                     "arn:aws:ssm:%s:%s:*" % (region, self.world.account))
        return self.sessions.describe(data)

    def ssm_DescribeInstanceInformation(self, who, region, data, note):
        self.allowed(who, "ssm:DescribeInstanceInformation",
                     "arn:aws:ssm:%s:%s:*" % (region, self.world.account))
        return ssmnodes.describe(self.nodes, data)

    # -- Run Command --

    def ssm_SendCommand(self, who, region, data, note):
        return self.commands.send(who, region, data, note)

    def ssm_GetCommandInvocation(self, who, region, data, note):
        only(data, "CommandId", "InstanceId", "PluginName")
        self.allowed(who, "ssm:GetCommandInvocation",
                     "arn:aws:ssm:%s:%s:*" % (region, self.world.account))
        return self.commands.get(data)

    def ssm_CancelCommand(self, who, region, data, note):
        only(data, "CommandId", "InstanceIds")
        self.allowed(who, "ssm:CancelCommand",
                     "arn:aws:ssm:%s:%s:*" % (region, self.world.account))
        return self.commands.cancel(data)

    # -- kms --

    def kms_GenerateDataKey(self, who, region, data, note):
        return self.keys.generate(who, region, data, note)

    def kms_Decrypt(self, who, region, data, note):
        return self.keys.decrypt_call(who, region, data, note)
