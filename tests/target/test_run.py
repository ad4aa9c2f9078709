#!/usr/bin/python3
"""Commands by Run Command: sent, asked about, cancelled; their outputs, whole or cut."""
import os
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bed import NODE, Script, Standin, error  # noqa: E402
from front import Tests  # noqa: E402

test = Tests()
ID = "0123abcd-0123-0123-0123-0123456789ab"


def scripted(invocation, *args, send=(200, {"Command": {"CommandId": ID}}), **kw):
    """invocation(times) answers GetCommandInvocation."""
    def api(operation, request, times):
        if operation == "SendCommand":
            return send(times) if callable(send) else send
        if operation == "CancelCommand":
            return 200, {}
        return invocation(times)

    with Script(api) as bed:
        end = bed.drive(*(args or ("-r", "3000")), "run", "uname -a", **kw)
        assert end.code == 0, end
        return end, bed


def ended(status="Success", code=0, out="", err=""):
    return 200, {"Status": status, "StatusDetails": status, "ResponseCode": code,
                 "StandardOutputContent": out, "StandardErrorContent": err}


@test
def commands_run_on_the_stand_in():
    with Standin() as bed:
        end = bed.drive("run", "echo out; echo err >&2; exit 5")
        assert (end.how, end.status, end.out, end.err) == ("exited", 5, b"out\n", "err\n"), end
        assert end.closed and not end.cut and end.count("opened") == 1, end
        end = bed.drive("run", "seq 1 20000")
        assert end.cut and end.out.startswith(b"1\n2\n") and 23900 < len(end.out) <= 24000, end
        end = bed.drive("-i", "i-00000000000000009", "run", "true")
        assert end.how == "unreached", end


@test
def what_is_sent():
    end, bed = scripted(lambda t: ended(out="x"))
    assert (end.how, end.status, end.out) == ("exited", 0, b"x"), end
    assert bed.calls[0] == ("SendCommand", {
        "DocumentName": "AWS-RunShellScript", "InstanceIds": [NODE],
        "Parameters": {"commands": ["uname -a"]}, "TimeoutSeconds": 60,
        "Comment": "a test"}), bed.calls
    assert bed.calls[1] == ("GetCommandInvocation", {"CommandId": ID, "InstanceId": NODE})


@test
def it_is_asked_until_it_is_known():
    rows = [error("InvocationDoesNotExist"), (200, {"Status": "Pending"}),
            (200, {"Status": "InProgress", "ResponseCode": -1}), ended("Failed", 3)]
    end, bed = scripted(lambda t: rows[t - 1])
    assert (end.how, end.status) == ("exited", 3), end
    assert bed.count("GetCommandInvocation") == 4
    assert bed.count("SendCommand") == 1


@test
def ends_of_each_kind():
    for answer, how, status in ((ended("TimedOut", -1), "unreached", -1),
                                (ended("Failed", -1), "unreached", -1),
                                (ended("Cancelled", -1), "exited", -1),
                                (ended("Failed", 255, err="x"), "exited", 255),
                                (ended("Success", 0), "exited", 0)):
        end, _ = scripted(lambda t, a=answer: a)
        assert (end.how, end.status, end.closed) == (how, status, True), (answer, end)


@test
def what_may_have_been_sent_is_not_sent_again():
    for send, how in ((error("InternalServerError", 500), "unreached"),
                      (None, "unreached"), (error("AccessDeniedException"), "refused"),
                      (error("InvalidInstanceId"), "unreached"),
                      (error("MaxDocumentSizeExceeded"), "refused"),
                      ((200, b"{}"), "unreached")):
        end, bed = scripted(lambda t: ended(), send=send)
        assert end.how == how and bed.count("SendCommand") == 1, (send, end)
        assert bed.count("GetCommandInvocation") == 0


@test
def an_answer_that_never_comes_is_an_end():
    end, _ = scripted(lambda t: error("InvocationDoesNotExist"))
    assert end.how == "lost" and end.text, end
    end, _ = scripted(lambda t: (200, {"Status": "New"}))
    assert end.how == "lost" and end.text, end
    end, _ = scripted(lambda t: error("AccessDeniedException"))
    assert end.how == "lost" and end.text, end


@test
def it_is_cancelled():
    cancelled = threading.Event()

    def api(operation, request, times):
        if operation == "SendCommand":
            return 200, {"Command": {"CommandId": ID}}
        if operation == "CancelCommand":
            assert request == {"CommandId": ID, "InstanceIds": [NODE]}, request
            cancelled.set()
            return 200, {}
        return ended("Cancelled", -1, out="so far") if cancelled.is_set() else (
            200, {"Status": "InProgress"})

    with Script(api) as bed:
        end = bed.drive("-S", "300", "run", "sleep 600")
        assert end.how == "ended" and end.out == b"so far" and end.closed, end
        cancelled.clear()
        began = time.time()
        end = bed.drive("-E", "300", "run", "sleep 600")
        assert end.how == "ended" and end.closed and time.time() - began < 30, end
        assert bed.count("CancelCommand") == 2


if __name__ == "__main__":
    sys.exit(test.run(sys.argv[1:]))
