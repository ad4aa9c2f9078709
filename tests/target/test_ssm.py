#!/usr/bin/python3
"""Sessions of Session Manager, from their start to their end, against the stand-in's nodes
and against agents that say what they are told to."""
import os
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


# -- commands --

@test
def commands_have_their_outputs_apart_and_a_status():
    with Standin() as bed:
        whole(bed.drive(*SEQ))
        end = bed.drive("command", "/no/such/program")
        assert end.how == "exited" and end.status == 1 and "no/such" in end.err, end
        assert len(bed.calls("TerminateSession")) == 0


@test
def an_exit_code_may_come_first():
    with Standin() as bed:
        bed.faults(exit_first=True)
        end = bed.drive(*SEQ)
        assert (end.how, end.status) == ("exited", 7) and end.out.startswith(SEQ_OUT), end
        assert end.out.endswith(b"after the exit code\n"), end


@test
def commands_are_interrupted_and_ended():
    with Standin() as bed:
        end = bed.drive("-S", "300", "command", "sleep 600")
        assert end.how == "exited" and end.closed and end.status != 0, end
        end = bed.drive("-E", "300", "command", "sleep 600")
        assert end.how == "ended" and end.closed and end.status == -1, end
        assert len(bed.calls("TerminateSession")) == 1


@test
def an_exit_code_without_an_end_is_an_end():
    def sock(conn, head, _times):
        link = Link(conn, head)
        link.hello()
        link.shake()
        link.say(fr.EXIT, b"EXIT_CODE: 4")
        link.drain()

    end, bed = scripted(sock)
    assert (end.how, end.status, end.closed) == ("exited", 4, True), end
    assert bed.count("TerminateSession") == 1


@test
def statuses_are_those_of_a_command():
    for text, status in ((b"EXIT_CODE: 0", 0), (b"  EXIT_CODE:  255", 255),
                         (b"EXIT_CODE: -1", 255), (b"EXIT_CODE: 99999999999999", -1),
                         (b"EXIT_CODE: x", -1), (b"exit 3", -1)):
        def sock(conn, head, _times):
            link = Link(conn, head)
            link.hello()
            link.shake()
            link.say(fr.EXIT, text)
            link.say(fr.STDERR, b"late")
            link.closed("\n----------ERROR-------\nso \x1b[2J\n")
            link.drain()

        end, _ = scripted(sock)
        assert (end.how, end.status) == ("exited", status), (text, end)
        assert end.err == "late" and end.text == r"----------ERROR------- so \x1B[2J", end


# -- handshake and keys --

@test
def keys_are_asked_for_and_used():
    with Standin({2: KMS | {"message": "It is encrypted."}, 3: KMS | {"challenge": True},
                  4: KMS | {"challenge": "require"}}) as bed:
        for node in "234":
            end = bed.drive("-i", "i-0000000000000000" + node, *SEQ)
            whole(end)
        assert ["running", "It is encrypted."] in bed.drive(
            "-i", "i-00000000000000002", "command", "true").told
        d = bed.start("-i", "i-00000000000000003", "-s", "80x24", "terminal",
                      "sh -c 'read x; echo \"<$x>\"'")
        d.wait_for("running")
        d.write(b"secret\r")
        assert b"<secret>" in d.finish().out
        bed.faults(kms="denied")
        end = bed.drive("-i", "i-00000000000000003", *SEQ)
        assert end.how == "refused" and "key" in end.text and end.closed, end
        bed.faults(handshake="wrong_challenge")
        end = bed.drive("-i", "i-00000000000000003", *SEQ)
        assert end.how == "broken" and end.out == b"" and end.closed, end


@test
def handshakes_that_go_wrong():
    with Standin() as bed:
        for what in ("refuse", "unknown_action", "unknown_type"):
            bed.faults(handshake=what)
            end = bed.drive(*SEQ)
            assert end.how == "refused" and end.text and end.count("running") == 0, end
        bed.faults(handshake="twice")
        whole(bed.drive(*SEQ))
        bed.faults(handshake="silent")
        end = bed.drive("-n", "2000", *SEQ)
        assert end.how == "unreached" and end.closed, end


@test
def what_the_document_leads_to_must_be_what_was_asked_for():
    properties = {"portNumber": "5432", "type": "LocalPortForwarding"}
    for args, session, props, good in (
            (("command", "x"), "NonInteractiveCommands", None, True),
            (("command", "x"), "InteractiveCommands", None, False),
            (("command", "x"), "Standard_Stream", None, False),
            (("command", "x"), "Port", properties, False),
            (("terminal", "x"), "NonInteractiveCommands", None, False),
            (("terminal", "x"), "InteractiveCommands", None, True),
            (("terminal",), "Standard_Stream", None, True),
            (("port", "5432"), "Port", properties, True),
            (("port", "5432"), "Standard_Stream", None, False),
            (("port", "22"), "Port", properties, False),
            (("port", "5432"), "Port", properties | {"host": "localhost"}, True),
            (("port", "5432"), "Port", properties | {"host": "db"}, False),
            (("-H", "db", "port", "5432"), "Port", properties | {"host": "db"}, True),
            (("-H", "db", "port", "5432"), "Port", properties | {"host": "other"}, False),
            (("-H", "db", "port", "5432"), "Port", properties, False)):
        answers = []

        def sock(conn, head, _times):
            link = Link(conn, head)
            link.hello()
            answer = link.shake(session, props)
            answers.append(answer["ProcessedClientActions"][0]["ActionStatus"])
            link.closed("told so")
            link.drain()

        end, _ = scripted(sock, *QUICK, *args)
        assert answers == [1 if good else 2], (args, session, props, answers)
        if not good:
            assert end.how in ("refused", "broken") and "document" in end.text, end
            assert end.count("running") == 0, end


@test
def output_before_its_time_and_keys_that_do_not_come():
    request = (b'{"AgentVersion":"3.3.987.0","RequestedClientActions":[{"ActionType":'
               b'"KMSEncryption","ActionParameters":{"KMSKeyId":"k"}},{"ActionType":'
               b'"SessionType","ActionParameters":{"SessionType":"NonInteractiveCommands"}}]}')
    for first, then in (((fr.REQUEST, request), (fr.COMPLETE, b"{}")),
                        ((fr.REQUEST, request), (fr.OUTPUT, b"plain")),
                        ((fr.REQUEST, request), (fr.CHALLENGE, b"{}")),
                        ((fr.REQUEST, b"junk"), (fr.OUTPUT, b"x"))):
        hold = threading.Event()

        def api(operation, req, times):
            if operation == "GenerateDataKey":
                hold.wait(30)
                return error("AccessDeniedException")
            return usual(operation, req, times)

        def sock(conn, head, _times):
            link = Link(conn, head)
            link.hello()
            link.say(*first)
            link.say(*then)
            link.drain()
            hold.set()

        end, bed = scripted(sock, api=api)
        assert end.how == "broken" and end.out == b"" and end.closed, (first, then, end)


# -- terminals --

@test
def terminals_have_sizes_and_input():
    with Standin() as bed:
        d = bed.start("-s", "80x24", "-w", "500", "terminal",
                      "sh -c 'stty size; read x; stty size; echo \"<$x>\"; exit 3'")
        d.wait_for("running")
        time.sleep(1.5)
        d.write("h\u00e9llo\r".encode())
        end = d.finish()
        text = end.out.decode().replace("\r", "")
        assert "43 132\n<h\u00e9llo>" in text, end
        assert (end.how, end.status, end.closed) == ("exited", -1, True), end


@test
def what_is_not_taken_is_not_acknowledged_and_comes_again():
    with Standin() as bed:
        bed.faults(to_agent={"drop": 20, "duplicate": 10, "reorder": 10})
        d = bed.start("-s", "80x24", "terminal", "sh -c 'stty raw -echo; echo ready; head -c 200000 | sha256sum'")
        d.wait_for("running")
        data = os.urandom(150000).hex().encode()[:200000]
        time.sleep(1.5)
        d.write(data)
        end = d.finish()
        assert digest(data).encode() in end.out, end


@test
def a_reader_that_is_slow_holds_the_agent_up_and_not_our_memory():
    with Standin() as bed:
        end = bed.drive("-q", "6000000", "command", "head -c 12000000 /dev/zero")
        assert end.how == "exited" and len(end.out) == 12000000, end
        assert end.held < 4 << 20, end.held


# -- ends --

@test
def an_aws_that_does_not_answer_does_not_hold_the_end_up():
    def api(operation, request, times):
        if operation == "TerminateSession":
            time.sleep(60)
        return usual(operation, request, times)

    def sock(conn, head, _times):
        link = Link(conn, head)
        link.hello()
        link.shake()
        link.drain()

    began = time.time()
    end, _ = scripted(sock, "-E", "200", "command", "true", api=api)
    assert end.how == "ended" and not end.closed, end
    assert time.time() - began < 40, time.time() - began


@test
def ends_before_there_is_anything():
    def sock(conn, head, _times):
        link = Link(conn, head)
        link.hello()
        ends.set()
        link.drain()

    ends = threading.Event()
    with Script(usual, sock) as bed:
        d = bed.start("-n", "60000", "command", "true")
        assert ends.wait(60)
        d.process.terminate()
        end = d.finish()
        assert end.how == "ended" and end.closed and bed.count("TerminateSession") == 1, end

    def closes(conn, head, _times):
        link = Link(conn, head)
        link.hello()
        link.closed("Setting up data channel with id x failed: no")
        link.drain()

    end, bed = scripted(closes)
    assert end.how == "refused" and "Setting up" in end.text and end.closed, end
    assert bed.count("TerminateSession") == 0


if __name__ == "__main__":
    sys.exit(test.run(sys.argv[1:]))
