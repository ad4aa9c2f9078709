"""The node's agent in one session: sequence numbers, acks, what is sent again, the
handshake and the encryption.  What runs on the node is in ssmrun.py and ssmport.py."""

import base64
import collections
import hashlib
import json
import os
import re
import time

from . import ssmport, ssmrun
from .ssmframe import (ACK, ACK_FORM, CHALLENGE, CHALLENGED, COMPLETE, DATA_IN, DATA_OUT,
                       EXIT, FLAG, HEAD, OUTPUT, REQUEST, RESPONSE, SIZE, STDERR, Bad,
                       ack_of)

AHEAD = 10000
REMEMBERED = 4096
CLIENT = "ClientVersion"
VERSION = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6}){3}\Z")


def version(text):
    return tuple(int(n) for n in text.split(".")) if VERSION.match(text) else (0, 0, 0, 0)


def dense(o):
    return json.dumps(o, separators=(",", ":")).encode()


class Agent:
    def __init__(self, channel):
        self.ch, self.o = channel, channel.options
        self.expected, self.ahead, self.seen = 0, {}, collections.OrderedDict()
        self.next, self.unacked = 0, collections.OrderedDict()
        self.srtt, self.rttvar, self.rto = 0.1, 0.0, 0.2
        self.tick_at = 0
        self.high = int.from_bytes(os.urandom(8), "big") & 0xffffffffffff0fff | 0x4000
        self.state, self.deadline, self.step_begun = "new", None, 0
        self.blocked, self.runner, self.start_at = None, None, None
        self.read_key, self.write_key, self.secret, self.challenge = None, None, None, None
        self.nonce = int.from_bytes(os.urandom(12), "little")
        self.finish_by, self.output = None, ""
        self.taken, self.sent, self.sha_in = 0, 0, hashlib.sha256()
        self.sha_out = hashlib.sha256()
        self.kms = self.o.get("kms_key") if channel.kind != "Port" else None

    # -- life --

    def connected(self, _resumed):
        if self.state == "new":
            self.ch.last_data = self.step_begun = time.monotonic()
            self.state = "waiting"
            delay = self.ch.faults.get("start_delay", self.o.get("start_delay"))
            if delay is None:
                delay = 1.0 if self.plain() and not self.o["fast"] else 0
            self.start_at = time.monotonic() + delay

    def plain(self):
        """No handshake."""
        return self.ch.kind in ("Standard_Stream", "InteractiveCommands") and not self.kms

    def turn(self, now):
        if self.state == "waiting" and now >= self.start_at and self.ch.connected():
            self.begin()
        if self.deadline is not None and now > self.deadline:
            self.fail("Handshake timed out. Please ensure that you have the latest"
                      " version of the session manager plugin.")
        if self.blocked is not None and self.runner and self.handle(self.blocked):
            m, self.blocked = self.blocked, None
            self.took(m)
            if self.ch.ws:
                self.ch.readable(self.ch.ws)
        if self.runner is not None and self.state == "running":
            self.runner.turn(now)
        if self.ch.connected() and now >= self.tick_at:
            self.tick(now)
        if self.state == "draining" and (not self.unacked or now > self.finish_by):
            self.over()

    def due(self, now):
        """Seconds until a turn is wanted."""
        d = [1.0]
        if self.state == "waiting":
            d.append(self.start_at - now)
        if self.unacked and self.ch.connected():
            d.append(max(self.tick_at - now, 0.001))
        if self.state == "draining":
            d.append(self.finish_by - now if self.unacked else 0)
        if self.runner is not None and self.state == "running":
            d.append(self.runner.due(now))
        return min(d)

    def begin(self):
        if self.plain():
            self.run()
        else:
            self.ask()

    def run(self):
        """The handshake, if there was one, is done: something runs."""
        self.state, self.deadline = "running", None
        self.ch.ssm.faults.step("running", self.ch.target)
        kinds = {"Port": ssmport.port, "NonInteractiveCommands": ssmrun.Command}
        make = kinds.get(self.ch.kind, ssmrun.Terminal)
        try:
            self.runner = make(self)
        except ssmrun.Cannot as e:
            self.fail(str(e))

    def fail(self, output):
        self.deadline = None
        self.finish(output)

    def finish(self, output):
        """It ends by itself: what is unacknowledged has 2 s to be taken."""
        if self.state in ("draining", "over"):
            return
        if self.runner is not None:
            self.runner.close()
        self.state, self.output, self.deadline = "draining", output, None
        self.finish_by = time.monotonic() + self.o.get("drain_seconds", 2)

    def over(self):
        self.state = "over"
        self.ch.log(event="end", output=self.output, bytes_in=self.taken,
                    bytes_out=self.sent, sha256_in=self.sha_in.hexdigest(),
                    sha256_out=self.sha_out.hexdigest(), unacknowledged=len(self.unacked))
        self.ch.end("Terminated")
        self.ch.say_closed(self.output)

    def terminate(self):
        if self.blocked is None:
            self.finish("")

    def kill(self):
        if self.runner is not None:
            self.runner.close()

    # -- sending --

    def may_send(self):
        return (self.ch.connected() and not self.ch.ws.full()
                and len(self.unacked) < self.o["window"])

    def emit(self, kind, payload):
        """One message; Output, StdErr and ExitCode encrypted where they must be."""
        if self.write_key is not None and kind in (OUTPUT, STDERR, EXIT):
            payload = self.seal(payload)
        seq = self.next
        self.next += 1
        id_ = (0x8000000000000000 | seq).to_bytes(8, "big") + self.high.to_bytes(8, "big")
        now = time.time()
        raw = HEAD.pack(116, DATA_OUT.ljust(32), 1, int(now * 1000), seq, seq == 0, id_,
                        hashlib.sha256(payload).digest(), kind, len(payload)) + payload
        mono = time.monotonic()
        self.unacked[seq] = [raw, mono, id_, 0]
        self.ch.last_data = mono
        if self.ch.connected():
            self.ch.to_client(raw)

    def data(self, kind, payload):
        """What the node says, counted."""
        if payload:
            self.sent += len(payload)
            self.sha_out.update(payload)
            self.emit(kind, payload)
            self.ch.ssm.faults.step("output", self.ch.target)

    def seal(self, payload):
        self.nonce = (self.nonce + 1) & ((1 << 96) - 1)
        nonce = self.nonce.to_bytes(12, "little")
        return nonce + self.write_key.encrypt(nonce, payload, None)

    def tick(self, now):
        """The oldest only, and only when it is older than the time-out."""
        self.tick_at = now + self.ch.faults.get("tick_ms", self.o["tick_ms"]) / 1000
        if not self.unacked:
            return
        oldest = next(iter(self.unacked.values()))
        if now - oldest[1] > self.rto:
            oldest[1], oldest[3] = now, oldest[3] + 1
            self.ch.to_client(oldest[0])

    # -- receiving --

    def take(self, m):
        if self.ch.paused_until is not None:
            return  # the service has nobody to give it to
        if m.kind == ACK:
            self.acknowledged(m)
            return
        if m.flags != 0:
            self.ch.violation("flags %d on input" % m.flags)
        if self.ch.faults.get("withhold"):
            return
        self.ch.ssm.faults.step("input", self.ch.target)
        self.remember(m)
        if m.seq < self.expected or m.seq in self.ahead:
            self.ack(m)
        elif m.seq > self.expected:
            if len(self.ahead) < AHEAD:
                self.ahead[m.seq] = m
                self.ack(m)
        elif self.blocked is None:
            self.in_order(m)

    def remember(self, m):
        """What is sent again must be the same bytes."""
        digest = hashlib.sha256(m.raw).digest()
        if self.seen.setdefault(m.seq, digest) != digest:
            self.ch.violation("sequence %d came with other bytes" % m.seq)
        if len(self.seen) > REMEMBERED:
            self.seen.popitem(last=False)

    def in_order(self, m):
        done = self.handle(m)
        if done is None:
            self.blocked = m
        elif done:
            self.took(m)

    def took(self, m):
        self.expected += 1
        if self.ahead.pop(m.seq, None) is None:
            self.ack(m)
        following = self.ahead.get(self.expected)
        while following is not None and self.blocked is None:
            done = self.handle(following)
            if done is None:
                self.blocked = following
            if not done:
                return
            del self.ahead[self.expected]
            self.expected += 1
            following = self.ahead.get(self.expected)

    def ack(self, m):
        self.ch.to_client(ack_of(DATA_IN, m))

    def acknowledged(self, m):
        form = ACK_FORM.match(m.payload)
        if form is None or form.group(1) != b"output" or m.seq != 0 or m.flags != 3 \
                or m.type != 0:
            raise Bad("an acknowledge of a wrong form: %r" % m.payload[:200])
        seq = int(form.group(3))
        entry = self.unacked.pop(seq, None)
        if entry is None:
            if seq >= self.next or seq < 0:
                self.ch.violation("an ack of %d, which was not sent" % seq)
            return
        id_ = entry[2]
        if form.group(2).replace(b"-", b"") != (id_[8:] + id_[:8]).hex().encode():
            self.ch.violation("an ack of %d with another id" % seq)
        r = time.monotonic() - entry[1]
        self.rttvar = 0.75 * self.rttvar + 0.25 * abs(self.srtt - r)
        self.srtt = 0.875 * self.srtt + 0.125 * r
        self.rto = min(1.0, self.srtt + max(0.01, 4 * self.rttvar))

    def handle(self, m):
        """True: it is done with.  False: not yet, it will come again.  None: nothing is
        read until it can be."""
        if self.state in ("new", "waiting"):
            return False
        if self.state in ("draining", "over"):
            return True
        if self.state == "handshake":
            if m.type == RESPONSE:
                self.ack_first(m)
                self.responded(m)
            else:
                self.ch.violation("type %d within the handshake, thrown away" % m.type)
            return True
        if self.state == "challenge":
            if m.type == CHALLENGED:
                self.answered(m)
            else:
                self.ch.violation("type %d within the challenge, thrown away" % m.type)
            return True
        return self.handle_running(m)

    def ack_first(self, m):
        """took() acknowledges; nothing here is slow."""

    def handle_running(self, m):
        if m.type == OUTPUT:
            return self.input(m)
        if m.type == SIZE:
            return self.runner.size(*size_of(m.payload))
        if m.type == FLAG:
            if m.payload not in (b"\0\0\0\1", b"\0\0\0\2"):
                raise Bad("flag %s" % m.payload.hex())
            self.ch.log(event="flag", value=m.payload[3])
            return self.runner.flag(m.payload[3])
        self.ch.violation("payload type %d" % m.type)
        return True

    def input(self, m):
        plain = m.payload
        if self.read_key is not None:
            plain = self.unseal(plain)
            if plain is None:
                self.ch.violation("input that cannot be decrypted")
                self.finish("decryption failed")
                return True
        if len(plain) > 1024:
            self.ch.violation("a message of %d bytes" % len(plain))
        done = self.runner.input(plain)
        if done:
            self.taken += len(plain)
            self.sha_in.update(plain)
            if self.ch.kind != "Port" or self.taken <= 4096:
                self.ch.log(event="input", hex=plain.hex())
        return done

    def unseal(self, payload):
        from cryptography.exceptions import InvalidTag
        try:
            return self.read_key.decrypt(payload[:12], payload[12:], None) if len(
                payload) >= 28 else None
        except InvalidTag:
            return None

    # -- the handshake --

    def properties(self):
        p = self.ch.parameters
        if self.ch.kind != "Port":
            return None
        out = {"portNumber": p.get("portNumber", "22" if "SSH" in self.ch.document
                                   else "80")}
        if self.ch.document != "AWS-StartSSHSession":
            out.update(localPortNumber=p.get("localPortNumber", "0"),
                       type="LocalPortForwarding")
        if "host" in p:
            out["host"] = p["host"]
        return out

    def ask(self):
        how = self.ch.faults.get("handshake")
        kind = "Tunnel" if how == "unknown_type" else self.ch.kind
        actions = [{"ActionType": "SessionType", "ActionParameters": {
            "SessionType": kind, "Properties": self.properties()}}]
        if self.kms:
            what = {"KMSKeyId": self.kms}
            if self.o["challenge"]:
                self.challenge = what["Challenge"] = base64.b64encode(
                    os.urandom(16)).decode()
            actions.append({"ActionType": "KMSEncryption", "ActionParameters": what})
        if how == "unknown_action":
            actions.append({"ActionType": "Dance", "ActionParameters": {}})
        self.asked = [a["ActionType"] for a in actions]
        self.state = "handshake"
        self.step_begun = time.monotonic()
        self.deadline = self.step_begun + self.o["handshake_seconds"]
        self.ch.ssm.faults.step("handshake", self.ch.target)
        if how == "silent":
            return
        self.emit(REQUEST, dense({"AgentVersion": self.o["agent_version"],
                                  "RequestedClientActions": actions}))
        if how == "refuse":
            self.fail("Encountered error while initiating handshake. refused by the seed")

    def responded(self, m):
        rows = self.response_of(m.payload)
        for row in rows:
            if row["ActionStatus"] != 1:
                self.fail("Encountered error while initiating handshake. %s failed on"
                          " client with status %d error: %s"
                          % (row["ActionType"], row["ActionStatus"], row["Error"]))
                return
        if self.kms:
            why = self.keys_of(rows[self.asked.index("KMSEncryption")]["ActionResult"])
            if why:
                self.fail("Encountered error while initiating handshake. " + why)
            else:
                self.ask_challenge()
        else:
            self.complete()

    def response_of(self, payload):
        o = object_of(payload, {CLIENT, "ProcessedClientActions", "Errors"})
        if o[CLIENT] != self.ch.version or not isinstance(
                o["ProcessedClientActions"], list):
            raise Bad("HandshakeResponse of %s" % o[CLIENT])
        rows = o["ProcessedClientActions"]
        for row in rows:
            if not isinstance(row, dict) or set(row) != {
                    "ActionType", "ActionStatus", "ActionResult", "Error"}:
                raise Bad("a processed action of a wrong form")
        if [r["ActionType"] for r in rows] != self.asked:
            raise Bad("not an answer for each action, in order")
        return rows

    def keys_of(self, result):
        """Why the data key will not do; None: it is set."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        members = {"KMSCipherTextKey", "KMSCipherTextHash"}
        if not isinstance(result, dict) or not members <= set(result) <= members | {
                "ChallengeAcknowledgement"}:
            raise Bad("KMSEncryption's result")
        context = {"aws:ssm:SessionId": self.ch.id, "aws:ssm:TargetId": self.ch.target}
        if result.get("ChallengeAcknowledgement"):
            context["aws:ssm:RandomChallenge"] = self.challenge
        elif self.o["challenge"] == "require":
            return "client does not support required encryption context random challenge"
        blob = base64.b64decode(result["KMSCipherTextKey"], validate=True)
        plain = self.ch.ssm.keys.decrypt(blob, context, self.kms)
        self.ch.log(event="decrypt", context=context, good=plain is not None)
        if plain is None:
            return "InvalidCiphertextException: the context is not the one of the key"
        self.next_keys = AESGCM(plain[:32]), AESGCM(plain[32:])
        return None

    def ask_challenge(self):
        write_key, read_key = self.next_keys
        self.secret = os.urandom(64)
        nonce = os.urandom(12)
        sealed = nonce + write_key.encrypt(nonce, self.secret, None)
        if self.ch.faults.get("handshake") == "wrong_challenge":
            sealed = sealed[:-1] + bytes([sealed[-1] ^ 1])
        self.emit(CHALLENGE, dense({"Challenge": base64.b64encode(sealed).decode()}))
        self.state = "challenge"
        self.deadline = time.monotonic() + self.o["handshake_seconds"]

    def answered(self, m):
        o = object_of(m.payload, {"Challenge"})
        self.read_key = self.next_keys[1]
        plain = self.unseal(base64.b64decode(o["Challenge"], validate=True))
        if plain != self.secret:
            self.fail("Encountered error while initiating handshake. Encryption challenge"
                      " does not match")
            return
        self.write_key = self.next_keys[0]
        self.complete()

    def complete(self):
        told = self.o["message"] or (
            "This session is encrypted using AWS KMS." if self.kms else "")
        took = time.monotonic() - self.step_begun
        body = dense({"HandshakeTimeToComplete": int(took * 1e9), "CustomerMessage": told})
        self.emit(COMPLETE, body)
        if self.ch.faults.get("handshake") == "twice":
            self.emit(COMPLETE, body)
        self.run()


def object_of(payload, members):
    try:
        o = json.loads(payload)
    except ValueError:
        raise Bad("no JSON: %r" % payload[:100]) from None
    if not isinstance(o, dict) or set(o) != members:
        raise Bad("not the members %s: %r" % (sorted(members), payload[:200]))
    return o


def size_of(payload):
    o = object_of(payload, {"cols", "rows"})
    if any(type(v) is not int or not 1 <= v <= 65535 for v in o.values()):
        raise Bad("a size of %r" % o)
    return o["cols"], o["rows"]
