#!/usr/bin/python3
"""Sessions whose socket is lost, and sessions that are ports: what goes in comes out."""
import os
import re
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bed import Link, Script, Standin, digest, error, fr, usual  # noqa: E402
from front import Tests  # noqa: E402

test = Tests()
KMS = {"kms_key": "arn:aws:kms:eu-west-1:111122223333:key/1234"}
SEQ = ("command", "sh -c 'seq 1 100000; echo bad >&2; exit 7'")
SEQ_OUT = b"".join(b"%d\n" % i for i in range(1, 100001))
QUICK = ("-r", "3000", "-n", "4000")


def whole(end, how="exited", status=7):
    assert (end.how, end.status) == (how, status), end
    assert digest(end.out) == digest(SEQ_OUT), (len(end.out), end)
    assert end.err.endswith("bad\n") and end.closed, end


def scripted(sock, *args, api=usual, **kw):
    with Script(api, sock) as bed:
        end = bed.drive(*(args or QUICK + ("command", "true")), **kw)
        assert end.code == 0, end
        return end, bed


# -- the way back --

@test
def sockets_that_are_closed_lose_and_double_nothing():
    with Standin({2: KMS | {"challenge": "require"}}) as bed:
        for what in ({"bye_after": 40}, {"reset_after": 60}, {"bye_every": 1}):
            bed.faults(**what)
            for node in ("1", "2"):
                end = bed.drive("-i", "i-0000000000000000" + node, *SEQ)
                whole(end)
                if "bye_every" not in what:
                    assert end.count("lost") == end.count("resumed") > 0, end
        assert len(bed.calls("TerminateSession")) == 0


@test
def frames_that_are_lost_doubled_and_turned_are_whole_in_the_end():
    with Standin() as bed:
        bed.faults(to_client={"drop": 5, "duplicate": 5, "reorder": 5},
                   to_agent={"drop": 5, "duplicate": 5, "reorder": 5})
        whole(bed.drive(*SEQ))
        bed.faults(bad_digest=3, bad_length=3, garbage=3)
        whole(bed.drive(*SEQ))


@test
def a_session_that_is_gone_is_lost():
    for what in ({"code": "DoesNotExistException", "status": 400}, "empty"):
        with Standin() as bed:
            bed.faults(bye_after=40, resume=what)
            end = bed.drive(*SEQ)
            assert end.how == "lost" and end.closed and end.count("resumed") == 0, end
            assert digest(SEQ_OUT[:len(end.out)]) == digest(end.out), end
            assert len(bed.calls("ResumeSession")) == 1


@test
def a_way_back_that_stays_closed_is_given_up_in_time_and_ended():
    def api(operation, request, times):
        if operation == "ResumeSession":
            return error("AccessDeniedException")
        return usual(operation, request, times)

    def sock(conn, head, _times):
        link = Link(conn, head)
        link.hello()
        link.shake()
        link.say(fr.OUTPUT, b"first")
        time.sleep(0.3)

    end, bed = scripted(sock, api=api)
    assert end.how == "lost" and end.closed and end.out == b"first", end
    assert bed.count("ResumeSession") > 2 and bed.count("TerminateSession") == 1, bed.calls
    assert end.count("lease") >= 1, end


@test
def the_new_address_first_and_the_first_again():
    asked = []

    def api(operation, request, times):
        status, answer = usual(operation, request, times)
        if operation == "ResumeSession":
            answer = answer | {"StreamUrl": answer["StreamUrl"] + "&new=1"}
        return status, answer

    def sock(conn, head, times):
        asked.append("new=1" in head.target)
        if times == 2:
            conn.sendall(b"HTTP/1.1 503 x\r\n\r\n")
            return
        link = Link(conn, head)
        hello = link.hello()
        asked.append((hello["TokenValue"], hello["ClientId"], hello["RequestId"]))
        if times == 1:
            link.shake()
            link.say(fr.OUTPUT, b"first")
            time.sleep(0.3)
            return
        link.seq = 3
        link.say(fr.OUTPUT, b" second")
        link.say(fr.EXIT, b"EXIT_CODE: 0")
        link.closed()
        link.drain()

    end, _ = scripted(sock, "command", "true", api=api)
    assert end.how == "exited" and end.out == b"first second", (end, asked)
    assert [asked[0], asked[2], asked[3]] == [False, True, False], asked
    first, second = asked[1], asked[4]
    assert first[0] == "AAE+/first==" and second[0] == "AAE+/again-2==", asked
    assert first[1] == second[1] and first[2] != second[2], asked
    assert re.fullmatch("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-.{12}",
                        first[1]), asked


@test
def a_hole_at_the_end_is_said():
    def sock(conn, head, _times):
        link = Link(conn, head)
        link.hello()
        link.shake()
        link.say(fr.OUTPUT, b"first")
        link.say(fr.OUTPUT, b"third", seq=4)
        link.closed()
        link.drain()

    end, _ = scripted(sock)
    assert end.how == "lost" and end.out == b"first" and "lost" in end.text, end


# -- ports --

class Server:
    """A TCP server on loopback: serve(connection) in a thread each."""

    def __init__(self, serve):
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        self.serve = serve
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            try:
                conn, _ = self.sock.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(conn,), daemon=True).start()


def echo(conn):
    with conn:
        got = 0
        while got < 300000:
            data = conn.recv(65536)
            if not data:
                return
            got += len(data)
            conn.sendall(data)


MODES = {2: {}, 3: {"agent_version": "3.0.100.0"}, 4: {"agent_version": "3.1.1000.0"}}


@test
def ports_in_each_mode_are_bytes_both_ways():
    server = Server(echo)
    ports = {"ports": {"5432": server.port, "22": server.port,
                       "db.internal:5432": server.port}}
    data = os.urandom(300000)
    with Standin(MODES, **ports) as bed:
        for faults in ({}, {"to_client": {"drop": 3, "reorder": 3},
                            "to_agent": {"drop": 3, "reorder": 3}}, {"bye_after": 60}):
            bed.faults(**faults)
            for node in "234":
                for args in (("port", "5432"), ("-H", "db.internal", "port", "5432"),
                             ("-D", "AWS-StartSSHSession", "port", "22")):
                    d = bed.start("-P", "0", "-i", "i-0000000000000000" + node, *args)
                    d.wait_for("running")
                    d.write(data)
                    until = time.time() + 60
                    while len(d.out) < len(data) and time.time() < until:
                        time.sleep(0.02)
                    # The old ones do not say that their server is done.
                    if node == "3" and args[0] != "-D":
                        d.process.terminate()
                    end = d.finish()
                    assert digest(end.out) == digest(data), (faults, node, args, len(end.out), end)
                    assert end.how in ("exited", "ended") and end.closed, (node, args, end)


@test
def ports_that_do_not_answer():
    free = socket.create_server(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()
    with Standin(MODES, ports={"5432": port, "22": port}) as bed:
        for node, args in (("2", ("port", "5432")), ("4", ("port", "5432")),
                           ("2", ("-D", "AWS-StartSSHSession", "port", "22")),
                           ("2", ("-H", "169.254.169.254", "port", "80"))):
            d = bed.start("-i", "i-0000000000000000" + node, *args)
            d.wait_for("running")
            d.write(b"hello")
            end = d.finish()
            assert end.how in ("unreached", "refused") and end.closed, (node, args, end)
            assert end.text and end.out == b"", end


@test
def a_destination_that_never_reads_is_ended_in_time():
    server = Server(lambda conn: time.sleep(300))
    with Standin(ports={"5432": server.port}) as bed:
        d = bed.start("-P", "0", "port", "5432")
        d.wait_for("running")
        done = threading.Event()

        def feed():
            try:
                while not done.is_set():
                    d.write(b"x" * 65536)
            except (OSError, ValueError):
                pass

        t = threading.Thread(target=feed, daemon=True)
        t.start()
        time.sleep(3)
        began = time.time()
        d.process.terminate()
        d.process.wait(60)
        done.set()
        assert time.time() - began < 20
        with d.news:
            d.news.wait_for(lambda: any(x.startswith("end ") for x in d.told), 10)
        how = [x for x in d.told if x.startswith("end ")][0].split(" ")
        assert how[1] == "ended" and int(how[5]) < 4 << 20, how


if __name__ == "__main__":
    sys.exit(test.run(sys.argv[1:]))
