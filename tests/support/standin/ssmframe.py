"""The binary message of the data channel: written, and read without mercy."""

import hashlib
import re
import struct
import time
import uuid

HEAD = struct.Struct(">I32sIQqQ16s32sII")
DATA_IN, DATA_OUT, ACK = b"input_stream_data", b"output_stream_data", b"acknowledge"
(OUTPUT, SIZE, REQUEST, RESPONSE, COMPLETE, CHALLENGE, CHALLENGED, FLAG, STDERR,
 EXIT) = 1, 3, 5, 6, 7, 8, 9, 10, 11, 12
ACK_FORM = re.compile(
    rb'\{"AcknowledgedMessageType":"(input|output)_stream_data",'
    rb'"AcknowledgedMessageId":"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})",'
    rb'"AcknowledgedMessageSequenceNumber":(-?[0-9]{1,19}),"IsSequentialMessage":true\}\Z')


class Bad(Exception):
    """What came is not what the protocol says."""


class Message:
    __slots__ = ("kind", "seq", "flags", "id", "type", "payload", "raw")

    def __init__(self, kind, seq, flags, id_, type_, payload, raw):
        self.kind, self.seq, self.flags, self.id = kind, seq, flags, id_
        self.type, self.payload, self.raw = type_, payload, raw

    def uuid(self):
        return str(uuid.UUID(bytes=self.id[8:] + self.id[:8]))


def write(kind, seq, type_, payload, flags=0, id_=None, created=None, pad=b" "):
    fresh = uuid.uuid4().bytes
    id_ = id_ or fresh[8:] + fresh[:8]
    return HEAD.pack(116, kind.ljust(32, pad), 1,
                     created or int(time.time() * 1000), seq, flags, id_,
                     hashlib.sha256(payload).digest(), type_, len(payload)) + payload


def write_112(kind, payload, flags=3):
    """As the service writes what it makes itself."""
    head = write(kind, 0, 0, payload, flags, pad=b"\0")
    return b"\0\0\0\x70" + head[4:112] + head[116:]


def ack_of(kind, message, flags=3):
    text = ('{"AcknowledgedMessageType":"%s","AcknowledgedMessageId":"%s",'
            '"AcknowledgedMessageSequenceNumber":%d,"IsSequentialMessage":true}'
            % (kind.decode(), message.uuid(), message.seq)).encode()
    return write(ACK, 0, 0, text, flags)


def read(data, now=None):
    """A message from a client; Bad tells what is wrong with it."""
    if len(data) < 120:
        raise Bad("%d bytes are no message" % len(data))
    (head, kind, schema, created, seq, flags, id_, digest, type_,
     length) = HEAD.unpack_from(data)
    if head != 116 or schema != 1:
        raise Bad("header length %d, schema %d" % (head, schema))
    if length != len(data) - 120:
        raise Bad("payload length %d of %d" % (length, len(data) - 120))
    name = kind.rstrip(b" ")
    if name not in (DATA_IN, ACK):
        raise Bad("message type %r" % kind)
    if length == 0:
        raise Bad("an empty payload")
    payload = data[120:]
    if hashlib.sha256(payload).digest() != digest:
        raise Bad("a wrong digest")
    if abs(created / 1000 - (now or time.time())) > 3600 * 24:
        raise Bad("created at %d" % created)
    # The halves are swapped: the version stands in the second.
    if id_[14] >> 4 != 4 or id_[0] >> 6 != 2:
        raise Bad("the id is no UUID of version 4, low half first: %s" % id_.hex())
    return Message(name, seq, flags, id_, type_, payload, data)


def read_any(data):
    """As a lenient reader takes it, for tests: (header length, Message)."""
    head = struct.unpack_from(">I", data)[0]
    _, kind, _, _, seq, flags, id_, _, type_, _ = HEAD.unpack_from(data.ljust(120, b"\0"))
    size = struct.unpack_from(">I", data, head)[0]
    payload = data[head + 4:head + 4 + size]
    return head, Message(kind.strip(b" \0"), seq, flags, id_, type_ if head > 112 else 0,
                         payload, data)
