"""The managed nodes: what DescribeInstanceInformation says, and how each is to behave.

The seed's "ssm" holds what all of them do; "ssm" of an instance what it does otherwise
(false: it has no agent).  "managed" of the seed's "ssm" lists nodes that are no
instances: {"id": "mi-…", "name": …, as an instance}.
"""

import re
import time

from .sign import Refused

KEYS = {
    "scratch",        # folder; each node gets one of its own below, to run in
    "managed",        # nodes that are no instances
    "documents",      # name -> {"type": session type, "parameters": [names]}
    "agent_version", "platform", "ping",
    "kms_key",        # sessions with a terminal and commands are encrypted with it
    "challenge",      # true: the agent offers one; "require": it wants it answered
    "message",        # CustomerMessage of HandshakeComplete
    "ports",          # "PORT" or "HOST:PORT" -> the port on loopback it stands for
    "fast",           # no pauses of 1 ms between reads, no second before a terminal
    "start_delay",    # seconds before a terminal speaks
    "chunk",          # bytes of a message, 1024
    "tick_ms",        # how often the agent looks for what to send again
    "window",         # messages that wait for their ack before the agent reads no more
    "handshake_seconds", "idle_seconds", "window_seconds",
    "drain_seconds",  # what is not acknowledged at the end has so long, 2
    "faults",         # see ssmfaults.py
    "sessions",       # false: only Run Command works here
    "run_delay",      # seconds before a command of Run Command is known
}
DEFAULTS = {"agent_version": "3.3.987.0", "platform": "Linux", "ping": "Online",
            "challenge": False, "fast": False, "chunk": 1024, "tick_ms": 100,
            "window": 90000, "handshake_seconds": 15, "window_seconds": 1200,
            "idle_seconds": 1200, "sessions": True, "message": "", "run_delay": 0.3}
LISTED = ("InstanceIds", "AgentVersion", "PingStatus", "PlatformTypes", "ResourceType")


def check(o):
    unknown = set(o) - KEYS
    if unknown:
        raise ValueError("seed: unknown key %s in ssm" % sorted(unknown))


class Nodes:
    def __init__(self, world, seed):
        self.world, self.all = world, dict(seed)
        check(self.all)
        self.managed = {m["id"]: m for m in self.all.pop("managed", [])}

    def every(self):
        return [*self.world.instances.values(), *self.managed.values()]

    def find(self, node):
        return self.world.instances.get(node) or self.managed.get(node)

    def has_agent(self, instance):
        return instance.get("ssm") is not False and instance.get(
            "state", "running") != "terminated"

    def options(self, instance):
        own = instance.get("ssm") or {}
        own = {} if own is True else own
        check(own)
        return {**DEFAULTS, **self.all, **own}

    def online(self, instance):
        return self.has_agent(instance) and self.options(instance)["ping"] == "Online" \
            and instance.get("state", "running") == "running"

    def arn(self, region, node):
        if node.startswith("mi-"):
            return "arn:aws:ssm:%s:%s:managed-instance/%s" % (
                region, self.world.account, node)
        return "arn:aws:ec2:%s:%s:instance/%s" % (region, self.world.account, node)

    def row(self, instance):
        o = self.options(instance)
        managed = instance["id"].startswith("mi-")
        row = {"InstanceId": instance["id"], "AgentVersion": o["agent_version"],
               "PingStatus": o["ping"] if self.online(instance) or o["ping"] != "Online"
               else "ConnectionLost", "LastPingDateTime": time.time() - 5,
               "IsLatestVersion": False, "PlatformType": o["platform"],
               "PlatformName": "Debian GNU/Linux", "PlatformVersion": "12",
               "ResourceType": "ManagedInstance" if managed else "EC2Instance",
               "IPAddress": instance.get("ip", "10.0.0.1"),
               "ComputerName": "ip-" + instance.get("ip", "10.0.0.1").replace(".", "-")}
        if managed and instance.get("name"):
            row["Name"] = instance["name"]
        return row

    def chosen(self, filters):
        for instance in self.every():
            if not self.has_agent(instance):
                continue
            row = self.row(instance)
            seen = {"InstanceIds": row["InstanceId"], "PlatformTypes": row["PlatformType"],
                    **{k: row[k] for k in ("AgentVersion", "PingStatus", "ResourceType")}}
            seen.update({"tag:" + k: v for k, v in instance.get("tags", {}).items()})
            if instance.get("name"):
                seen["tag:Name"] = instance["name"]
            if all(seen.get(k) in values for k, values in filters):
                yield row


def filters_of(data):
    """[(key, values)] of either of the two forms; Refused when malformed."""
    if "Filters" in data and "InstanceInformationFilterList" in data:
        raise Refused(400, "InvalidInstanceInformationFilterValue", "one form, not both")
    new = "Filters" in data
    key, values = ("Key", "Values") if new else ("key", "valueSet")
    rows = data.get("Filters" if new else "InstanceInformationFilterList", [])
    if not isinstance(rows, list):
        raise Refused(400, "SerializationException", "filters are a list")
    out = []
    for r in rows:
        if not isinstance(r, dict) or set(r) != {key, values} or not isinstance(
                r[values], list) or not 1 <= len(r[values]) <= 100:
            raise Refused(400, "ValidationException", "a malformed filter")
        if r[key] not in LISTED and not (new and str(r[key]).startswith("tag:")):
            raise Refused(400, "InvalidFilterKey", "%s is no filter" % r[key])
        out.append((r[key], r[values]))
    return out


def describe(nodes, data):
    """DescribeInstanceInformation."""
    unknown = set(data) - {"Filters", "InstanceInformationFilterList", "MaxResults",
                           "NextToken"}
    if unknown:
        raise Refused(400, "ValidationException", "unknown: %s" % sorted(unknown))
    most = data.get("MaxResults", 50)
    if not isinstance(most, int) or isinstance(most, bool) or not 5 <= most <= 50:
        raise Refused(400, "ValidationException", "MaxResults is from 5 to 50")
    token = data.get("NextToken", "information-0")
    if not isinstance(token, str) or not re.fullmatch("information-[0-9]{1,6}", token):
        raise Refused(400, "InvalidNextToken", "The specified token isn't valid.")
    rows = list(nodes.chosen(filters_of(data)))
    first = int(token.partition("-")[2])
    after = first + min(most, nodes.world.look_page)
    out = {"InstanceInformationList": rows[first:after]}
    if after < len(rows):
        out["NextToken"] = "information-%d" % after
    return out
