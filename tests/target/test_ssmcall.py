#!/usr/bin/python3
"""Calls of AWS's API: each error by its name, what is sent again, and what is not."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bed import NODE, Script, error, usual  # noqa: E402
from front import Tests  # noqa: E402

test = Tests()
COMMAND = ("command", "true")


def started(answer, **kw):
    """StartSession answered so, each time: the end, and how often it was asked."""
    def api(operation, request, times):
        if operation == "StartSession":
            return answer(times) if callable(answer) else answer
        return usual(operation, request, times)

    with Script(api) as bed:
        end = bed.drive(*kw.get("options", ()), *kw.get("what", COMMAND))
        assert end.code == 0, end
        return end, bed.count("StartSession"), bed


@test
def the_request_is_what_was_asked_for():
    end, n, bed = started(error("AccessDeniedException"))
    assert n == 1
    assert bed.calls[0][1] == {
        "Target": NODE, "DocumentName": "AWS-StartNonInteractiveCommand",
        "Parameters": {"command": ["true"], "separateOutputStream": ["true"]},
        "Reason": "a test"}, bed.calls
    _, _, bed = started(error("AccessDeniedException"),
                        options=("-H", "db.internal"), what=("port", "5432"))
    assert bed.calls[0][1]["Parameters"] == {"portNumber": ["5432"],
                                             "host": ["db.internal"]}, bed.calls
    _, _, bed = started(error("AccessDeniedException"), what=("terminal",))
    assert "Parameters" not in bed.calls[0][1] and "DocumentName" not in bed.calls[0][1]


@test
def refusals_are_told_and_not_asked_again():
    for name, how in (
            ("TargetNotConnected", "unreached"), ("InvalidDocument", "refused"),
            ("AccessDeniedException", "refused"), ("AccessDenied", "refused"),
            ("ValidationException", "refused"), ("InvalidParameters", "refused"),
            ("BadRequest", "refused"), ("DoesNotExistException", "refused"),
            ("UnrecognizedClientException", "refused"),
            ("InvalidSignatureException", "refused"),
            ("SignatureDoesNotMatch", "refused"), ("IncompleteSignature", "refused"),
            ("MissingAuthenticationTokenException", "refused"),
            ("com.amazonaws.ssm#TargetNotConnected:http://x/", "unreached")):
        end, n, _ = started(error(name))
        assert end.how == how and n == 1, (name, end, n)
        assert "told so" in end.text and end.count("opened") == 0, end


@test
def throttled_calls_are_sent_again():
    for name, status in (("ThrottlingException", 400), ("TooManyRequestsException", 429)):
        end, n, _ = started(lambda t, e=error(name, status): e if t < 2
                            else error("InvalidDocument"))
        assert (end.how, n) == ("refused", 2), (name, end, n)


@test
def what_may_have_begun_is_not_begun_again():
    for answer in (error("InternalServerError", 500), (503, b"<html>"), None):
        end, n, _ = started(answer)
        assert (end.how, n) == ("unreached", 1), (answer, end, n)


@test
def nonsense_is_no_session():
    for body in (b"", b"[]", b"x" * 100, b'{"SessionId":"a"}', b"{" * 5000,
                 b'{"SessionId":"a","TokenValue":"t","StreamUrl":"wss://evil.test/x"}',
                 b" " * (1 << 20) + b"{}"):
        end, n, _ = started((200, body))
        assert end.how in ("unreached", "broken") and n == 1, (body[:40], end)


@test
def expired_credentials_are_renewed_once():
    for status, name in ((400, "ExpiredTokenException"), (403, "ExpiredToken"),
                         (400, "RequestExpired")):
        end, n, _ = started(error(name, status))
        assert (end.how, n, end.count("lease")) == ("refused", 2, 1), (name, end, n)
        end, n, _ = started(lambda t, e=error(name, status): e if t == 1
                            else error("InvalidDocument"))
        assert (n, end.count("lease")) == (2, 1) and "document" in end.text, end


@test
def an_end_that_meets_the_start_ends_what_was_started():
    import threading
    go = threading.Event()

    def api(operation, request, times):
        if operation == "StartSession":
            go.wait(60)
        return usual(operation, request, times)

    with Script(api) as bed:
        d = bed.start("-n", "60000", *COMMAND, stdin=b"")
        while bed.count("StartSession") == 0:
            threading.Event().wait(0.05)
        d.process.terminate()
        threading.Event().wait(0.3)
        go.set()
        end = d.finish()
        assert end.how == "ended" and end.closed and end.count("opened") == 1, end
        assert bed.count("TerminateSession") == 1 and bed.sockets == 0, bed.calls


@test
def a_certificate_of_another_is_no_answer():
    with Script(usual) as bed, Script(usual) as other:
        bed.ca = other.ca
        end = bed.drive(*COMMAND)
        assert end.how == "unreached" and bed.calls == [], end


@test
def no_token_is_in_any_text():
    end, _, _ = started((200, b'{"SessionId":"a b","TokenValue":"AAEsecret","StreamUrl":"x"}'))
    assert "AAEsecret" not in end.err and "AAEsecret" not in end.text, end


if __name__ == "__main__":
    sys.exit(test.run(sys.argv[1:]))
