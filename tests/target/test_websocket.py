#!/usr/bin/python3
"""The socket: upgrades that are none, frames that are none, closes, silence."""
import os
import struct
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bed import Link, Script, fr, ssmsocket, usual  # noqa: E402
from front import Tests  # noqa: E402

test = Tests()
SAMPLE = b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"


def run(sock, *args, api=usual):
    with Script(api, sock) as bed:
        end = bed.drive(*(args or ("-r", "3000", "-n", "4000", "command", "true")))
        assert end.code == 0, end
        return end, bed


def quick(link, output=b"out\n", code=0):
    link.shake()
    link.say(fr.OUTPUT, output)
    link.say(fr.EXIT, b"EXIT_CODE: %d" % code)
    link.closed()
    link.drain()


@test
def a_session_from_end_to_end():
    seen = {}

    def sock(conn, head, _times):
        link = Link(conn, head)
        seen["head"], seen["hello"] = head, link.hello()
        quick(link, code=3)

    end, bed = run(sock)
    assert (end.how, end.status, end.out, end.closed) == ("exited", 3, b"out\n", True), end
    head, hello = seen["head"], seen["hello"]
    # The address is asked for byte for byte, signed, and nothing is offered.
    assert head.target.endswith("?role=publish_subscribe&cell-number=A+b/c=="), head.target
    assert head.one("authorization").startswith("AWS4-HMAC-SHA256 "), head.headers
    assert head.one("sec-websocket-extensions") is None
    assert head.one("sec-websocket-version") == "13"
    assert hello["TokenValue"] == "AAE+/first==" and hello["ClientVersion"] == "1.2.677.0"
    assert list(hello) == ["MessageSchemaVersion", "RequestId", "TokenValue", "ClientId",
                           "ClientVersion"]
    assert bed.count("TerminateSession") == 0


@test
def upgrades_that_are_refused_are_tried_again_with_another_token():
    for answer in (b"HTTP/1.1 403 Forbidden\r\n\r\nno", b"HTTP/1.1 200 OK\r\n\r\n",
                   SAMPLE + b"\r\n", b"SSH-2.0-x\r\n\r\n",
                   SAMPLE + b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
                   b"HTTP/1.1 101 x\r\nX: " + b"y" * 20000, b""):
        tokens = []

        def sock(conn, head, times):
            if times <= 2:
                conn.sendall(answer)
                return
            link = Link(conn, head)
            tokens.append(link.hello()["TokenValue"])
            quick(link)

        end, bed = run(sock, "-n", "60000", "command", "true")
        assert end.how == "exited" and tokens == ["AAE+/again-1=="], (answer, end, tokens)
        assert bed.count("StartSession") == 1 and bed.count("ResumeSession") == 1


@test
def what_never_opens_ends_in_time_and_is_ended_at_aws():
    def sock(conn, _head, _times):
        conn.sendall(b"HTTP/1.1 503 Slow Down\r\n\r\n\x1b[2Jbusy")

    end, bed = run(sock)
    assert end.how == "unreached" and end.closed and "503" in end.text, end
    assert "\x1b" not in end.text and bed.count("TerminateSession") == 1
    assert bed.count("StartSession") == 1, bed.calls


@test
def frames_that_are_none_end_the_session():
    giant = struct.pack(">BBQ", 0x82, 127, (1 << 20) + 1) + b"x" * 70000
    endless = struct.pack(">BBQ", 0x82, 127, 1 << 63)
    for bad in (giant, endless, b"\xf2\x01x", b"\x83\x01x", b"\x89\x7e\x00\x80" + b"x" * 128,
                b"\x09\x00", b"\x80\x01x", b"\x82\x81abcdx",
                b"\x02\x01x\x82\x01y"):
        def sock(conn, head, _times):
            link = Link(conn, head)
            link.hello()
            conn.sendall(bad)
            link.drain()

        end, bed = run(sock)
        assert end.how == "broken" and bed.count("TerminateSession") == 1, (bad[:20], end)
        assert bed.sockets == 1, (bad[:20], bed.sockets)


@test
def messages_in_pieces_and_with_pings_between_are_whole():
    def sock(conn, head, _times):
        link = Link(conn, head)
        link.hello()
        link.shake()
        message = fr.write(fr.DATA_OUT, 2, fr.OUTPUT, b"y" * 900_000)
        link.seq = 3
        for at in range(0, len(message), 100_000):
            first, last = at == 0, at + 100_000 >= len(message)
            data = ssmsocket.frame(2 if first else 0, message[at:at + 100_000])
            conn.sendall(bytes([data[0] if last else data[0] & 0x7f]) + data[1:])
            conn.sendall(ssmsocket.frame(ssmsocket.PING, b"are you there"))
        pongs = 0
        while pongs < 10:
            kind, data = link.frame()
            pongs += (kind, data) == (ssmsocket.PONG, b"are you there")
        link.say(fr.EXIT, b"EXIT_CODE: 0")
        link.closed()
        link.drain()

    end, _ = run(sock, "command", "true")
    assert end.how == "exited" and end.out == b"y" * 900_000, end


@test
def text_and_strangers_messages_are_passed_over():
    def sock(conn, head, _times):
        link = Link(conn, head)
        link.hello()
        link.send(b'{"hello":1}', ssmsocket.TEXT)
        link.send(b"")
        link.send(b"\xff" * 200)
        link.send(fr.write(b"agent_session_state", 0, 0, b"{}"))
        link.send(fr.write_112(b"start_publication", b"junk"))
        quick(link)

    end, _ = run(sock)
    assert (end.how, end.out) == ("exited", b"out\n"), end


@test
def a_close_is_said_at_the_end():
    closes = []

    def sock(conn, head, _times):
        link = Link(conn, head)
        link.hello()
        link.shake()
        link.closed()
        closes.append(link.drain())

    with Script(usual, sock) as bed:
        end = bed.drive("command", "true")
        assert end.how == "exited", end
        for _ in range(200):
            if closes:
                break
            threading.Event().wait(0.05)
    assert closes == [True], closes


@test
def unsigned_where_the_address_is_signed_already():
    signed = []

    def api(operation, request, times):
        status, answer = usual(operation, request, times)
        if operation == "StartSession":
            answer = answer | {"StreamUrl": answer["StreamUrl"] + "&X-Amz-Signature=00"}
        return status, answer

    def sock(conn, head, _times):
        signed.append(head.one("authorization"))
        link = Link(conn, head)
        link.hello()
        quick(link)

    end, _ = run(sock, api=api)
    assert end.how == "exited" and signed == [None], (end, signed)


if __name__ == "__main__":
    sys.exit(test.run(sys.argv[1:]))
