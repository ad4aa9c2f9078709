"""Run Command: SendCommand runs shell lines on nodes, GetCommandInvocation tells."""

import subprocess
import threading
import time
import uuid

from . import ssmapi, ssmchild
from .sign import Refused

OUT_MAX, ERR_MAX = 24000, 8000
FINAL = ("Success", "Failed", "Cancelled", "TimedOut")
PLAIN = ("commands", "executionTimeout", "workingDirectory")


class Invocation:
    def __init__(self, commands, node, script, seconds, folder):
        self.commands, self.node, self.script = commands, node, script
        self.seconds, self.folder = seconds, folder
        self.status, self.code, self.out, self.err = "Pending", -1, "", ""
        self.begun, self.child, self.cancelled = time.monotonic(), None, False

    def run(self):
        time.sleep(self.commands.delay(self.node))
        if self.cancelled:
            self.status = "Cancelled"
            return
        self.status = "InProgress"
        try:
            self.child = ssmchild.start(
                ["sh", "-c", self.script], self.folder, ssmchild.environment(self.folder),
                subprocess.DEVNULL, subprocess.PIPE, subprocess.PIPE)
            out, err = self.child.communicate(timeout=self.seconds)
        except subprocess.TimeoutExpired:
            ssmchild.kill(self.child)
            out, err = self.child.communicate()
            self.end(out, err, "TimedOut")
            return
        except OSError as e:
            self.end(b"", str(e).encode(), "Failed")
            return
        status = "Cancelled" if self.cancelled else (
            "Failed" if self.child.returncode else "Success")
        ssmchild.kill(self.child)  # what it left behind
        self.end(out, err, status)

    def end(self, out, err, status):
        code = self.child.returncode if self.child else 1
        self.out = cut(out, OUT_MAX, "\n---Output truncated---")
        self.err = cut(err, ERR_MAX, "\n---Error truncated----")
        self.code, self.status = code if code >= 0 else 128 - code, status


def cut(data, most, mark):
    text = data.decode("utf-8", "replace")
    return text if len(text) <= most else text[:most - len(mark)] + mark


class Commands:
    def __init__(self, ssm):
        self.ssm, self.lock, self.all = ssm, threading.Lock(), {}

    def delay(self, node):
        return self.ssm.nodes.options(node)["run_delay"]

    def parameters(self, data):
        given = ssmapi.parameters_of({"Parameters": {
            k: [x for x in v if x != ""] if isinstance(v, list) else v
            for k, v in data.get("Parameters", {}).items()}} if isinstance(
                data.get("Parameters", {}), dict) else data)
        unknown = set(given) - set(PLAIN)
        seconds = (given.get("executionTimeout") or ["3600"])[0]
        if unknown or not given.get("commands") or not seconds.isdigit():
            raise Refused(400, "InvalidParameters", "not the document's parameters")
        return given, int(seconds)

    def send(self, who, region, data, note):
        ssmapi.only(data, "DocumentName", "InstanceIds", "Parameters", "TimeoutSeconds",
                    "Comment", "DocumentVersion")
        ids = data.get("InstanceIds")
        if not isinstance(ids, list) or not 1 <= len(ids) <= 50:
            raise ssmapi.invalid("InstanceIds: 1 to 50")
        if data.get("DocumentName") != "AWS-RunShellScript":
            raise Refused(400, "InvalidDocument", "Document is not known.")
        comment = data.get("Comment", "")
        seconds = data.get("TimeoutSeconds", 3600)
        if not isinstance(comment, str) or len(comment) > 100 or not isinstance(
                seconds, int) or not 30 <= seconds <= 2592000:
            raise ssmapi.invalid("Comment or TimeoutSeconds")
        given, run_seconds = self.parameters(data)
        self.ssm.allowed(who, "ssm:SendCommand",
                         *[self.ssm.nodes.arn(region, i) for i in ids],
                         self.ssm.document_arn(region, "AWS-RunShellScript"))
        nodes = [self.ssm.nodes.find(i) for i in ids]
        if any(n is None or not self.ssm.nodes.online(n)
               or self.ssm.faults.of(n["id"]).get("offline") for n in nodes):
            raise Refused(400, "InvalidInstanceId", "Instances [%s] not in a valid state"
                          " for account %s" % (ids, self.ssm.world.account))
        name = str(uuid.uuid4())
        note.update(command=name)
        for n in nodes:
            self.begin(name, n, given, run_seconds)
        return {"Command": {"CommandId": name, "DocumentName": "AWS-RunShellScript",
                            "Comment": comment, "InstanceIds": ids, "Status": "Pending",
                            "StatusDetails": "Pending", "Parameters": given,
                            "RequestedDateTime": time.time(), "TargetCount": len(ids)}}

    def begin(self, name, node, given, seconds):
        folder = self.ssm.sessions.folder(node)
        folder = (given.get("workingDirectory") or [folder])[0]
        script = "\n".join(given["commands"])
        i = Invocation(self, node, script, seconds, folder)
        with self.lock:
            self.all[name, node["id"]] = i
        self.ssm.log(event="run", command=name, target=node["id"],
                     argv=["sh", "-c", script], folder=folder)
        threading.Thread(target=i.run, daemon=True).start()

    def get(self, data):
        i = self.all.get((data.get("CommandId"), data.get("InstanceId")))
        if i is None or time.monotonic() - i.begun < self.delay(i.node) / 2:
            raise Refused(400, "InvocationDoesNotExist", "")
        done = i.status in FINAL
        return {"CommandId": data["CommandId"], "InstanceId": data["InstanceId"],
                "DocumentName": "AWS-RunShellScript", "PluginName": "aws:runShellScript",
                "Status": i.status, "StatusDetails": i.status,
                "ResponseCode": i.code if done else -1,
                "StandardOutputContent": i.out if done else "",
                "StandardErrorContent": i.err if done else "",
                "StandardOutputUrl": "", "StandardErrorUrl": ""}

    def cancel(self, data):
        ids = data.get("InstanceIds") or [
            n for c, n in self.all if c == data.get("CommandId")]
        if not any(c == data.get("CommandId") for c, _ in self.all):
            raise Refused(400, "InvalidCommandId", "")
        for n in ids:
            i = self.all.get((data["CommandId"], n))
            if i is not None and i.status not in FINAL:
                i.cancelled = True
                if i.child is not None:
                    ssmchild.kill(i.child)
        return {}
