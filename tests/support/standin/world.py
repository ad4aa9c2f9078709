"""What exists in the stand-in: keys, roles, buckets, instances, faults; and its log."""

import base64
import json
import os
import re
import secrets
import threading
import time

ALLOW_ALL = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
KEYS = {
    "": {"account", "keys", "roles", "buckets", "instances", "faults", "limit", "parameters",
         "secrets", "tables", "looks", "ssm", "look_page", "answers"},
    # With session_token (and role) it stands for temporary credentials (of a role).
    "keys": {"access_key_id", "secret_access_key", "session_token", "role", "arn",
             "user_id", "policy"},
    "roles": {"arn", "external_id", "max_duration", "source_identity", "policy",
              "trust", "trusted"},
    "instances": {"id", "state", "type", "name", "ip", "tags", "ssm"},
    "faults": {"operation", "status", "code", "message", "times", "close", "delay",
               "body"},
}


class Principal:
    def __init__(self, access_key_id, secret, arn, user_id, account, policies,
                 token=None, expires=None, role=None, session_name=None,
                 source_identity=None, tags=None):
        self.access_key_id, self.secret, self.token = access_key_id, secret, token
        self.arn, self.user_id, self.account = arn, user_id, account
        self.policies, self.expires, self.role = policies, expires, role
        self.session_name, self.source_identity = session_name, source_identity
        self.tags = tags or {}

    def may(self, action, resource, context=None):
        """Every policy (the role's, the session's) must allow it.  `context`: what is
        known for conditions, by key."""
        known = {"aws:ResourceAccount": self.account, "aws:userid": self.user_id,
                 "aws:username": self.arn.rpartition("/")[2],
                 # Documents are always looked at.
                 "ssm:SessionDocumentAccessCheck": "true", **(context or {})}
        return all(allows(p, action, resource, known) for p in self.policies)


def listed(x):
    return x if isinstance(x, list) else [x]


def like(patterns, text):
    return any(re.fullmatch(re.escape(p).replace(r"\*", ".*").replace(r"\?", "."), text)
               for p in listed(patterns))


CONDITIONS = {
    "StringEquals": lambda value, want: value is not None and value in want,
    "StringEqualsIfExists": lambda value, want: value is None or value in want,
    "Bool": lambda value, want: value is not None and value in want,
    "BoolIfExists": lambda value, want: value is None or value in want,
    "StringLike": lambda value, want: value is not None and like(want, value),
}


def filled(patterns, known):
    """With the policy variables that are served."""
    return [p.replace("${aws:userid}", known["aws:userid"]).replace(
        "${aws:username}", known["aws:username"]) for p in listed(patterns)]


def holds(condition, known):
    return all(CONDITIONS[operator](known.get(key), filled(want, known))
               for operator, keys in condition.items() for key, want in keys.items())


def applies(statement, action, resource, known):
    actions = [a.lower() for a in listed(statement["Action"])]
    return (like(actions, action.lower())
            and like(filled(statement["Resource"], known), resource)
            and holds(statement.get("Condition", {}), known))


def allows(policy, action, resource, known):
    effects = [s["Effect"] for s in listed(policy["Statement"])
               if applies(s, action, resource, known)]
    return "Allow" in effects and "Deny" not in effects


def policy_fault(policy):
    """Why this is no policy that we can judge; None when it is one."""
    if not isinstance(policy, dict) or not policy.get("Statement"):
        return "a policy needs a Statement"
    for s in listed(policy["Statement"]):
        if not isinstance(s, dict) or s.get("Effect") not in ("Allow", "Deny"):
            return "a statement needs an Effect"
        if not set(s) <= {"Sid", "Effect", "Action", "Resource", "Condition"}:
            return "an element that is not judged here"
        if "Action" not in s or "Resource" not in s:
            return "a statement needs Action and Resource"
        if not set(s.get("Condition", {})) <= set(CONDITIONS):
            return "a condition that is not judged here"
    return None


class World:
    def __init__(self, seed, log_path, issued=None):
        self.check(seed, "")
        self.lock = threading.RLock()
        self.log_file = open(log_path, "a", buffering=1) if log_path else None
        self.issued = issued
        self.account = seed.get("account", "111122223333")
        self.limit = seed.get("limit", 256 << 20)
        self.look_page = seed.get("look_page", 1000)  # no page of Describe is longer
        self.principals = {}
        for k in seed.get("keys", []):
            self.check(k, "keys")
            self.add(self.static(k))
        self.roles = {}
        for r in seed.get("roles", []):
            self.check(r, "roles")
            self.roles[r["arn"]] = r
        self.instances = {}
        for i in seed.get("instances", []):
            self.check(i, "instances")
            self.instances[i["id"]] = dict(i)
        self.faults = [dict(f) for f in seed.get("faults", [])]
        for f in self.faults:
            self.check(f, "faults")
        self.seed_buckets = seed.get("buckets", {})

    @staticmethod
    def check(o, kind):
        unknown = set(o) - KEYS[kind]
        if unknown:
            raise ValueError("seed: unknown key %s in %s" % (sorted(unknown), kind))

    def static(self, k):
        arn = k.get("arn", "arn:aws:iam::%s:user/gateway" % self.account)
        return Principal(k["access_key_id"], k["secret_access_key"], arn,
                         k.get("user_id", "AIDASTANDINGATEWAY00"), arn.split(":")[4],
                         [k.get("policy", ALLOW_ALL)], token=k.get("session_token"),
                         role=k.get("role"))

    def add(self, who):
        with self.lock:
            self.principals[who.access_key_id] = who

    def principal(self, key_id):
        with self.lock:
            return self.principals.get(key_id)

    def issue(self, role, name, seconds, source_identity, tags, policy):
        """Temporary credentials for a role."""
        account = role["arn"].split(":")[4]
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
        who = Principal(
            "ASIA" + "".join(secrets.choice(letters) for _ in range(16)),
            base64.b64encode(os.urandom(30)).decode(),
            "arn:aws:sts::%s:assumed-role/%s/%s"
            % (account, role["arn"].rsplit("/", 1)[1], name),
            "AROASTANDINROLE00000:" + name, account,
            [role.get("policy", ALLOW_ALL)] + ([policy] if policy else []),
            token="IQoJ" + base64.b64encode(os.urandom(300)).decode(),
            expires=int(time.time()) + seconds, role=role["arn"], session_name=name,
            source_identity=source_identity, tags=tags)
        self.add(who)
        self.note_issued(who.secret, who.token)
        return who

    def note_issued(self, *texts):
        """Secrets that tests look for where they must not be."""
        if self.issued:
            with self.lock, open(self.issued, "a", encoding="ascii") as f:
                f.write("".join(t + "\n" for t in texts))

    def fault_for(self, operation):
        """A fault that the seed planned for this operation, counted down."""
        with self.lock:
            for f in self.faults:
                if f["operation"] == operation and f.get("times", 1) > 0:
                    f["times"] = f.get("times", 1) - 1
                    return f
        return None

    def log(self, **row):
        if self.log_file is None:
            return
        with self.lock:
            self.log_file.write(json.dumps(row, ensure_ascii=True) + "\n")
