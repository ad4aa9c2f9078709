#!/usr/bin/python3
"""broker policy, the program: what it answers, prints and ends with."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

SOURCE = os.path.abspath(os.environ.get("top_srcdir", "."))
BUILD = os.path.abspath(os.environ.get("top_builddir", "."))
BROKER = os.path.join(BUILD, "broker/cli/broker")
DEMO = os.path.join(SOURCE, "policies/packs/demo.yaml")
SAMPLE = os.path.join(SOURCE, "tests/vectors/evasion-sample.jsonl")
SAMPLE_POLICY = os.path.join(SOURCE, "tests/vectors/evasion-sample-policy.yaml")
FOLDER = tempfile.mkdtemp(prefix="test_policy.")
OK, FAILED, USAGE = 0, 1, 64
count = failed = 0


def check(what, good, *told):
    """One test."""
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {what}")
    if not good:
        for text in told:
            print("# " + repr(text)[:2000])


def run(*words, given=b""):
    if isinstance(given, str):
        given = given.encode()
    return subprocess.run([BROKER, *words], input=given, capture_output=True, timeout=120)


def policy(*words, given=b""):
    return run("policy", *words, given=given)


def write(name, text):
    path = os.path.join(FOLDER, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def objects(done):
    return [json.loads(line) for line in done.stdout.decode("ascii").splitlines()]


def small(name, rules):
    """A policy file with these rules, each (id, effect, operation)."""
    text = f"version: 1\nname: {name}\nrules:\n"
    for rule, effect, operation in rules:
        text += f"  - {{id: {rule}, effect: {effect}, on: [exec], who: {{group: agents}}, "
        text += f"aws: {{operations: ['{operation}']}}"
        text += ", approvers: {need: 1, from: [group:sre]}" if effect == "hold" else ""
        text += "}\n"
    return text


# ---- check ----


def checks():
    done = policy("check", DEMO)
    check("a sound policy is sound", done.returncode == OK, done)
    check("and it is said of how many rules", b"ok: 1 policy, 6 rules, sha256:" in done.stdout, done)
    done = run("--json", "policy", "check", DEMO)
    told = objects(done)[0]
    check("in JSON, too", told["ok"] is True and told["rules"] == 6 and len(told["digest"]) == 64, told)

    bad = write("bad/a.yaml", "version: 1\nname: a\nrules:\n  - {id: x, effects: deny}\n")
    worse = write("bad/b.yaml", "version: 1\nname: b\nrules: []\nrules: []\n")
    good = write("bad/c.yaml", small("c", [("look", "allow", "s3:ls")]))
    write("bad/.d.yaml", "nothing")
    write("bad/e.txt", "nothing")
    done = policy("check", os.path.dirname(bad))
    lines = done.stdout.decode().splitlines()
    check("every file that is wrong is told, and none beside", done.returncode == USAGE
          and len(lines) == 2 and lines[0].startswith(f"{bad}:4:")
          and lines[1].startswith(f"{worse}:4:"), done)
    done = policy("--json", "check", bad)
    told = objects(done)[0]
    check("with its place in JSON", told["file"] == bad and told["line"] == 4 and told["column"] > 1
          and "effects" in told["error"], told)
    done = policy("check", good, good)
    check("two of one name do not go together", done.returncode == USAGE, done)
    done = policy("check", os.path.join(FOLDER, "missing"))
    check("a missing file", done.returncode == USAGE and b"missing" in done.stderr, done)
    check("no file", policy("check").returncode == USAGE)
    huge = write("huge.yaml", "#" * ((1 << 20) + 1))
    done = policy("check", huge)
    check("a file that is too long", done.returncode == USAGE and b"1048576" in done.stderr, done)
    hostile = write("hostile.yaml", "version: 1\nname: a\nrules:\n  - {id: \"\\e[2Jx\"}\n")
    done = policy("check", hostile)
    check("no escape sequence of a file reaches the terminal",
          done.returncode == USAGE and b"\x1b" not in done.stdout + done.stderr, done)


# ---- test ----


def tests():
    done = policy("test", DEMO)
    check("tests and examples are run and counted",
          done.returncode == OK and done.stdout.strip().endswith(b"37 passed, 0 failed"), done)
    text = small("t", [("look", "allow", "s3:ls")])
    text += "tests:\n  - {as: {group: agents}, line: aws s3 ls, expect: deny}\n"
    text += "  - {as: {group: agents}, line: aws s3 ls, expect: allow, rule: look}\n"
    text += "  - {as: {group: agents}, line: aws s3 rb s3://b, expect: hold}\n"
    wrong = write("wrong.yaml", text)
    done = policy("test", wrong, DEMO)
    lines = done.stdout.decode().splitlines()
    check("each that fails is told, and the others still run", done.returncode == FAILED
          and [line.split(":")[2] for line in lines[:2]] == ["6", "8"]
          and lines[-1] == "38 passed, 2 failed", done)
    done = policy("--json", "test", wrong)
    told = objects(done)
    check("in JSON, too", [t.get("line") for t in told] == [6, 8, None]
          and told[-1] == {"passed": 1, "failed": 2}, told)
    done = policy("check", wrong)
    check("and it would not be loaded", done.returncode == USAGE, done)


def corpus():
    done = policy("test", "--corpus", SAMPLE, SAMPLE_POLICY)
    check("the sample: none of 30 let through, all of 10, exact ones exact",
          done.returncode == OK and done.stdout.strip().endswith(b"40 passed, 0 failed"), done)
    done = policy("test", "--corpus", SAMPLE, DEMO)
    check("another policy fails it", done.returncode == FAILED
          and b"failed: PS-27: expected allow, the answer is deny" in done.stdout, done)
    lines = ['{"id": "a\\u001b[2J", "line": "aws s3 ls \\u001b]0;x", "path": "exec", "expect": "allow"}']
    done = policy("test", "--corpus", write("c.jsonl", "\n".join(lines)), DEMO)
    check("no escape sequence of a corpus reaches the terminal",
          done.returncode == FAILED and b"\x1b" not in done.stdout + done.stderr, done)
    for line in ('{"line": "aws s3 ls", "path": "exec"}', '{"line": "x", "path": "exec", "expect": "maybe"}',
                 '{"line": "x", "expect": "deny"}', '{"line": "x", "path": "api", "expect": "deny"}', "x"):
        done = policy("test", "--corpus", write("c.jsonl", line), DEMO)
        check(f"no corpus: {line}", done.returncode == USAGE and b"line 1" in done.stderr, done)


# ---- decide ----

# What stands behind "line" or "argv", what is said to it: verdict, code, rule.
QUESTIONS = [
    ('"line": "aws s3 ls"', "allow", None, "demo/look"),
    ('"argv": ["aws", "s3", "ls"]', "allow", None, "demo/look"),
    ('"line": "aws s3 rm s3://logs/a"', "hold", "rule", "demo/delete"),
    ('"line": "aws s3 rb s3://logs"', "deny", "rule", "demo/never"),
    ('"line": "aws iam list-users"', "deny", "unmatched", None),
    ('"line": "aws s3 ls; id"', "deny", "operator", None),
    ('"line": "aws s3 ls\\n"', "deny", "character", None),
    ('"line": "aws s3 ls\\u0000"', "deny", "character", None),
    ('"line": "aws s3 ls \\u0007"', "deny", "character", None),
    ('"line": "aws s3 ls \\u007f"', "deny", "character", None),
    ('"line": "aws s3 ls \\u200b"', "deny", "character", None),
    ('"line": "aws s3 ls \\ud800"', "deny", "character", None),
    ('"line": "aws s3 ls \\udfff\\ud800"', "deny", "character", None),
    ('"argv": ["aws", "s3", "ls", "s3://a\\u0000b"]', "deny", "character", None),
    ('"argv": ["aws", "s3\\n", "ls"]', "deny", "character", None),
    ('"line": ""', "deny", "empty", None),
    ('"argv": []', "deny", "empty", None),
    ('"line": "aws s3 ls \'"', "deny", "incomplete", None),
    ('"line": "aws s3 ls $x"', "deny", "expansion", None),
    ('"line": "' + "a" * 5000 + '"', "deny", "limit", None),
    ('"argv": [' + ",".join(['"a"'] * 300) + "]", "deny", "limit", None),
    ('"line": "aws s3 ls --endpoint-url http://x"', "deny", "option", None),
    ('"line": "aws s3 ls --prof x"', "deny", "option", None),
    ('"line": "aws help"', "deny", None, None),
    ('"line": "ls -l"', "deny", None, None),
    ('"line": "/usr/bin/aws s3 ls"', "deny", None, None),
    ('"line": "aws s3 ls", "path": "shell"', "deny", None, None),
    ('"line": "aws s3 ls", "facts": {"identity": {"groups": ["others"]}}', "deny", "unmatched", None),
    ('"line": "aws s3 ls", "facts": {"identity": {"groups": []}}', "deny", "unmatched", None),
    # No question at all.
    ('"line": "aws s3 ls", "argv": ["aws"]', "deny", "input", None),
    ('"lines": "aws s3 ls"', "deny", "input", None),
    ('"line": 7', "deny", "input", None),
    ('"line": null', "deny", "input", None),
    ('"argv": "aws s3 ls"', "deny", "input", None),
    ('"argv": ["aws", 1]', "deny", "input", None),
    ('"line": "x", "path": "api"', "deny", "input", None),
    ('"line": "x", "path": 1', "deny", "input", None),
    ('"line": "aws s3 ls", "facts": {"group": "agents"}', "deny", "input", None),
    ('"line": "aws s3 ls", "line": "aws s3 ls"', "deny", "input", None),
]
AS = ("decide", "--policy", DEMO, "--as", "agent-1", "--group", "agents")


def decide():
    given = "".join(f'{{"id": {i}, {q[0]}}}\n' for i, q in enumerate(QUESTIONS))
    done = policy(*AS, "--path", "exec", given=given)
    told = objects(done)
    check("an answer for each question, in order", [t["id"] for t in told] == list(range(len(QUESTIONS))))
    check("no question among them: 64", done.returncode == USAGE)
    for question, answer in zip(QUESTIONS, told):
        text, verdict, code, rule = question
        good = (answer["verdict"] == verdict and answer["rule"] == rule
                and (answer["code"] == code if code or verdict != "deny" else bool(answer["code"])))
        check(f"decide {text[:60]}", good, answer)
        if list(answer) != ["id", "verdict", "code", "rule", "canonical", "reason"]:
            check("its members", False, answer)
    check("what is allowed shows how it runs", told[0]["canonical"] == "'aws' s3 ls", told[0])
    check("a list of words is the same as their line", told[1] == {**told[0], "id": 1})
    check("what cannot be read shows nothing", told[5]["canonical"] is None, told[5])


def decide_bytes():
    """Bytes that are no JSON, and lines that are none."""
    given = (b'{"id": "a", "line": "aws s3 ls \xff"}\n{"id": "b", "line": "aws s3\x01 ls"}\n'
             b'{"id": "c", "line": "aws s3\x00 ls"}\n\n \t\r\nnonsense\n[1]\n"x"\n'
             b'{"id": "d", "line": "aws s3 ls"}')
    done = policy(*AS, "--path", "exec", given=given)
    told = objects(done)
    check("bytes in a line are a verdict", [(t["id"], t["verdict"], t["code"]) for t in told[:3]] ==
          [(i, "deny", "character") for i in "abc"], told)
    check("what is no object is a deny without an id", [(t["id"], t["verdict"], t["code"]) for t in told[3:6]] ==
          [(None, "deny", "input")] * 3, told)
    check("and the run goes on", told[6]["id"] == "d" and told[6]["verdict"] == "allow" and len(told) == 7)
    check("64 in the end", done.returncode == USAGE)
    long = b'{"id": 1, "line": "' + b"a" * (1 << 20) + b'"}\n{"id": 2, "line": "aws s3 ls"}\n'
    told = objects(policy(*AS, "--path", "exec", given=long))
    check("a line without end is passed over", [t["code"] for t in told] == ["input", None], told)
    ids = [None, True, "", "\u0000", "\u00e4\U0001f600", 0, -5, 1.5, [], {"a": [1]}, "x" * 1000]
    given = "".join(json.dumps({"id": i, "line": "aws s3 ls"}) + "\n" for i in ids) + '{"line": "aws s3 ls"}\n'
    done = policy(*AS, "--path", "exec", given=given)
    check("any id comes back", [t["id"] for t in objects(done)] == ids + [None], done)
    check("0 in the end", done.returncode == OK, done)
    done = policy(*AS, given='{"id": 1, "line": "aws s3 ls"}\n{"id": 2, "line": "aws s3 ls", "path": "exec"}')
    check("a path has to be said", [t["code"] for t in objects(done)] == ["input", None], done)
    check("nothing asked, nothing answered", policy(*AS).stdout == b"")


def decide_usage():
    line = '{"id": 1, "line": "aws s3 ls"}'
    for words in (("--as", "a b"), ("--as", ""), (), ("--as", "x", "--path", "api"), ("--as", "x", "--kind", "robot"),
                  ("--as", "x", "--at", "now"), ("--as", "x", "--group", "a b"), ("--as", "x", "--as", "y"),
                  ("--as", "x", "--nonsense"), ("--as",), ("--as", "x", "--line", "y"), ("--as", "x", "/missing"),
                  ("--as", "x", "--facts", "/missing")):
        done = policy("decide", "--policy", DEMO, *words, given=line)
        check(f"decide {' '.join(words)}", done.returncode == USAGE and done.stdout == b""
              and done.stderr.startswith(b"broker: "), done)
    done = policy("decide", "--policy", DEMO, "--as", "a", given='{"line": "aws s3 ls", "path": "exec"}')
    check("anybody may be asked about", done.returncode == OK and objects(done)[0]["verdict"] == "deny", done)
    done = policy("decide", "--policy", write("empty.yaml", "x"), "--as", "a")
    check("a policy that is none", done.returncode == USAGE and b"empty.yaml:1:" in done.stderr, done)
    root = os.path.join(FOLDER, "root")
    write("root/etc/broker/policies/p.yaml", small("p", [("look", "allow", "s3:ls")]))
    done = run("--root", root, "policy", "decide", "--as", "a", "--group", "agents", "--path", "exec", given=line)
    check("without --policy those of the broker", objects(done)[0]["rule"] == "p/look", done)


def facts():
    rule = "version: 1\nname: f\nrules:\n  - {id: r, effect: allow, on: [exec], who: {%s}, " \
        "aws: {operations: ['s3:ls', 'dynamodb:GetItem'], resources: ['*']}}\n"
    line = '{"id": 1, "line": "aws s3 ls", "path": "exec"}'
    for who, given, words, want in (
            ("group: sre", {"identity": {"name": "anna", "groups": ["sre"]}}, (), "allow"),
            ("group: sre", {"identity": {"name": "anna", "groups": ["sre"]}}, ("--as", "bert"), "deny"),
            ("group: sre", {"identities": {"anna": {"groups": ["sre"]}}}, ("--as", "anna"), "allow"),
            ("group: sre", {"identities": {"anna": {"groups": ["sre"]}}}, ("--as", "bert"), "deny"),
            ("kind: human", {"identity": {"name": "anna", "kind": "human"}}, (), "allow"),
            ("kind: human", {"identity": {"name": "anna"}}, (), "deny"),
            ("kind: human", {"identity": {"name": "anna"}}, ("--kind", "human"), "allow"),
            ("auth: {method: sk}", {"identity": {"name": "anna"}, "auth": {"method": "sk"}}, (), "allow"),
            ("auth: {method: sk}", {"identity": {"name": "anna"}}, (), "deny"),
            ("auth: {max_age: 1m}", {"identity": {"name": "anna"}, "auth": {"age": 61}}, (), "deny"),
            ("auth: {max_age: 1m}", {"identity": {"name": "anna"}, "auth": {"age": 60}}, (), "allow")):
        path = write("facts.json", json.dumps(given))
        done = policy("decide", "--policy", write("f.yaml", rule % who), "--facts", path, *words, given=line)
        told = objects(done)
        check(f"{who} of {json.dumps(given)} {' '.join(words)}", told and told[0]["verdict"] == want, done)
    for text in ("", "[]", '{"who": {}}', '{"identity": {"name": "anna"}, "identity": {}}', "{} {}", '{"at": "x"}'):
        done = policy("decide", "--policy", DEMO, "--as", "anna", "--facts", write("facts.json", text), given=line)
        check(f"no facts: {text}", done.returncode == USAGE and b"facts.json" in done.stderr, done)


def conversation():
    """An answer comes before the next question."""
    with subprocess.Popen([BROKER, "policy", *AS, "--path", "exec"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as child:
        told = []
        for i in range(3):
            child.stdin.write(f'{{"id": {i}, "line": "aws s3 ls"}}\n'.encode())
            child.stdin.flush()
            told.append(json.loads(child.stdout.readline())["id"])
        child.stdin.close()
        check("a question, an answer, the next question", told == [0, 1, 2] and child.wait(30) == OK)
    with open("/dev/full", "wb") as full:
        done = subprocess.run([BROKER, "policy", *AS, "--path", "exec"], input=b'{"line": "aws s3 ls"}',
                              stdout=full, stderr=subprocess.PIPE, timeout=60)
    check("answers that cannot be written", done.returncode == 70, done)


def many():
    """In order, and all of them."""
    n = 20000
    given = "".join(f'{{"id": {i}, "line": "aws s3 ls s3://logs/{i}", "path": "exec"}}\n' for i in range(n))
    done = policy(*AS, given=given)
    told = objects(done)
    check(f"{n} questions, {n} answers in their order", [t["id"] for t in told] == list(range(n)))
    check("each of them right", all(t["verdict"] == "allow" and t["canonical"].endswith(f"/{t['id']}") for t in told))


def shell():
    line = {"id": 1, "argv": ["grep", "-c", "it's; rm", "/var/log/nginx/a b.log"], "path": "shell"}
    words = ("decide", "--policy", SAMPLE_POLICY, "--as", "anna", "--path", "exec")
    told = objects(policy(*words, given=json.dumps(line)))[0]
    check("words on the shell path mean themselves", told["verdict"] == "allow"
          and told["canonical"] == "'grep' -c 'it'\\''s; rm' '/var/log/nginx/a b.log'", told)
    line["argv"][-1] = "/var/log/*.log"
    told = objects(policy(*words, given=json.dumps(line)))[0]
    check("a star in a word is no pattern", told["canonical"].endswith("'/var/log/*.log'"), told)
    for text, code in (("uptime\nrm -f x", "character"), ("ls $x", "expansion"), ("rm -rf x", "rule"),
                       ("vim x", "unmatched"), ("ls \x00", "character"), ("sh -c x", None)):
        told = objects(policy(*words, given=json.dumps({"line": text, "path": "shell"})))[0]
        check(f"shell: {text!r}", told["verdict"] == "deny" and (told["code"] == code or code is None), told)


# ---- explain ----


def explain():
    who = ("--policy", DEMO, "--as", "ci-1", "--group", "agents")
    for words, status, told in (
            (("--", "aws", "s3", "ls"), OK, b"result    allow, rule demo/look"),
            (("aws", "s3", "ls", "s3://logs"), OK, b"result    allow, rule demo/look"),
            (("--", "aws", "s3", "rm", "s3://logs/a"), 75, b"needs     1 of group sre (rule demo/delete)"),
            (("--", "aws", "s3", "rb", "s3://logs"), 77, b"result    deny, rule demo/never"),
            (("--", "aws", "s3", "cp", "s3://secret/a", "-"), 77, b"demo/read: not on this resource"),
            (("--", "aws", "s3", "ls", "--nonsense"), 77, b"result    deny (usage)"),
            (("--", "rm", "-rf", "/"), 77, b"result    deny"),
            (("--path", "exec", "--line", "aws s3 ls; id"), 77, b"result    deny (operator)"),
            (("--path", "exec", "--line", "aws s3 ls"), OK, b"line      'aws' s3 ls"),
            (("--line", "aws s3 ls"), 77, b"result    deny")):
        done = policy("explain", *who, *words)
        check(f"explain {' '.join(words)}", done.returncode == status and told in done.stdout, done)
    shell = ("--policy", SAMPLE_POLICY, "--as", "ci-1", "--target", "web\x1b-1", "--line")
    done = policy("explain", *shell, "cat /var/log/app.log | sort -uo /tmp/x")
    text = done.stdout.decode()
    check("each part of a line is told", done.returncode == 77 and "'cat' /var/log/app.log" in text
          and "allow" in text and "sample/look" in text and "unmatched" in text and "-o" in text, text)
    check("and whom it is about", "asker     ci-1, agent" in text and "\x1b" not in text, text)
    done = run("--json", "policy", "explain", *shell, "cat /var/log/app.log | rm x")
    told = objects(done)[0]
    check("in JSON, too", done.returncode == 77 and told["rule"] == "sample/never"
          and [p["outcome"] for p in told["parts"]] == ["allow", "deny"] and told["looked"] >= 2, told)
    told = objects(policy("explain", "--json", *who, "aws", "s3", "rm", "s3://logs/a"))[0]
    check("and who has to approve", told["needs"] == [
        {"rule": "demo/delete", "need": 1, "from": ["group:sre"], "auth": ["sk", "device"]}], told)
    for words in ((), ("--line", "x", "--", "aws"), ("--line",), ("--nonsense", "aws"), ("--corpus", "x", "aws")):
        done = policy("explain", *who, *words)
        check(f"explain {' '.join(words)}: usage", done.returncode == USAGE and done.stdout == b"", done)
    check("nobody asks", policy("explain", "--policy", DEMO, "aws", "s3", "ls").returncode == USAGE)


# ---- runbooks ----

BOOK = """version: 1
name: p
rules: []
runbooks:
  - {name: start, parameters: {id: instance}, command: [aws, ec2, start-instances, --instance-ids, '{id}'],
     who: {group: ops}, approvers: {need: 1, from: ['group:sre']}, examples: {match: ['id=i-0123456789abcdef0']}}
"""


def runbooks():
    one = write("book/p.yaml", BOOK)
    check("a policy with a runbook", policy("check", one).returncode == OK)
    bad = write("badbook/p.yaml", BOOK.replace("'{id}']", "'{di}']"))
    done = policy("check", bad)
    check("one that is wrong has its place", done.returncode == USAGE and b"p.yaml:5:" in done.stdout, done)
    asked = ("explain", "--policy", one, "--as", "a", "--group", "ops", "--")
    done = policy(*asked, "run", "start", "id=i-0123456789abcdef0")
    check("run is explained", done.returncode == OK and b"allow, rule p/start" in done.stdout, done)
    done = policy(*asked, "run", "start", "id=web")
    check("another value is denied", done.returncode == 77 and b"the value of id" in done.stdout, done)
    done = policy(*asked, "aws", "ec2", "start-instances", "--instance-ids", "i-0123456789abcdef0")
    check("its words alone are not allowed", done.returncode == 77 and b"unmatched" in done.stdout, done)
    done = policy("diff", one, write("book2/p.yaml", BOOK.replace("need: 1", "need: 2")))
    check("diff tells of a changed one", done.stdout.startswith(b"~ p/start; changed approvers\n"), done)
    done = policy("diff", one, write("book3/p.yaml", BOOK.replace("name: start", "name: begin")))
    check("and of one that came or went", done.stdout.startswith(b"- p/start (runbook)\n+ p/begin (runbook)\n"), done)
    done = policy("lint", write("book4/p.yaml", BOOK.replace("'group:sre']", "'group:sre'], auth: key")))
    check("lint looks at its approvers", b"a program that runs beside an approver" in done.stdout, done)
    tests = "tests:\n  - {as: {group: ops}, line: run start id=i-0123456789abcdef0, expect: allow, rule: start}\n"
    check("tests run it", policy("test", write("book5/p.yaml", BOOK + tests)).returncode == OK)


# ---- diff ----


def diff():
    old = write("old/p.yaml", small("p", [("a", "allow", "s3:ls"), ("b", "hold", "s3:rm"), ("c", "deny", "s3:rb")]))
    same = write("same/p.yaml", "# other\n" + small(
        "p", [("c", "deny", "s3:rb"), ("a", "allow", "s3:ls"), ("b", "hold", "s3:rm")]))
    done = policy("diff", old, same)
    check("order and comments are no difference",
          done.returncode == OK and done.stdout == b"0 added, 0 removed, 0 changed\n", done)
    text = small("p", [("a", "deny", "s3:ls"), ("b", "hold", "s3:mv"), ("d", "allow", "s3:cp")])
    new = write("new/p.yaml", text + "sets: {eu: {regions: [eu-west-1]}}\n")
    write("new/q.yaml", small("q", [("z", "allow", "s3:ls")]))
    done = policy("diff", os.path.dirname(old), os.path.dirname(new))
    lines = done.stdout.decode().splitlines()
    check("rules added, removed and changed", done.returncode == FAILED and sorted(lines[:-1]) == sorted([
        "- p/c (deny)", "+ p/d (allow)", "+ q/z (allow)", "~ p/a: allow -> deny; changed effect",
        "~ p/b; changed aws", "~ p: sets; added eu"]) and lines[-1] == "2 added, 1 removed, 3 changed", done)
    done = policy("--json", "diff", os.path.dirname(old), os.path.dirname(new))
    told = {t.get("rule"): t for t in objects(done)}
    check("in JSON, too", told["p/a"]["effect"] == ["allow", "deny"] and told["p/c"]["change"] == "removed"
          and told["p/b"]["keys"] == {"changed": ["aws"], "added": [], "removed": []}
          and told[None]["added"] == 2, told)
    check("one side alone", policy("diff", old).returncode == USAGE)
    done = policy("diff", old, write("x.yaml", "nonsense"))
    check("one that is no policy", done.returncode == USAGE and b"x.yaml:1:" in done.stderr, done)


# ---- lint ----


def masks():
    asked = write("masks.yaml", "version: 1\nname: m\nrules:\n  - {id: look, effect: allow, on: [exec], who: {group: a}, "
                  "where: {account: '111122223333'}, aws: {operations: ['s3:ls']},\n    mask: [pii, acme-key, email, zz]}\n")
    known = write("masking.txt", "masking:\n  rules: [{id: acme-key, literal: ['acme_'], class: 'a-z', min: 8, max: 8}]\n"
                  "name: other keys are not looked at\n")
    both = write("masking2.txt", "rules: [{id: acme-key, literal: ['acme_'], class: 'a-z', min: 8, max: 8},\n"
                 "  {id: zz, literal: ['zz_'], class: 'a-z', min: 8, max: 8}]\n")
    done = policy("check", asked)
    check("masks that only a configuration knows are warned of, with their place", done.returncode == OK
          and f"{asked}:5:17: ".encode() in done.stdout and b"there is no mask acme-key, unless" in done.stdout
          and f"{asked}:5:34: ".encode() in done.stdout and b"no mask pii" not in done.stdout, done)
    done = policy("check", "--masking", known, asked)
    check("with the configuration one that it lacks is an error", done.returncode == USAGE
          and b"there is no mask zz\n" in done.stdout and b"acme-key" not in done.stdout, done)
    done = policy("check", "--masking", both, asked)
    check("and all that it has are known", done.returncode == OK and b"no mask" not in done.stdout, done)
    done = policy("lint", asked)
    check("lint counts them as warnings", done.returncode == OK and b"\n0 errors, 2 warnings\n" in done.stdout, done)
    done = policy("lint", "--masking", known, asked)
    check("and then as errors", done.returncode == FAILED and b"\n1 error, 0 warnings\n" in done.stdout, done)
    done = policy("check", "--masking", write("bad.txt", "mode: off\n"), asked)
    check("a configuration that is wrong", done.returncode == USAGE and b"bad.txt:1:7: " in done.stdout + done.stderr, done)
    done = policy("check", "--masking", "/missing", asked)
    check("one that is missing", done.returncode == USAGE, done)
    done = policy("explain", "--policy", asked, "--as", "x", "--group", "a", "--facts",
                  write("facts.json", '{"account": "111122223333"}'), "--", "aws", "s3", "ls")
    check("explain names them", b"masks     acme-key,email,pii,zz\n" in done.stdout, done)
    seen = write("see.yaml", "version: 1\nname: s\nrules:\n  - {id: see, effect: hold, on: [exec], mask: {reveal: "
                 "['secretsmanager:GetSecretValue']}, aws: {operations: ['secretsmanager:GetSecretValue']}, "
                 "approvers: {need: 1, from: ['group:sre']}}\n")
    done = policy("explain", "--policy", seen, "--as", "x", "--", "aws", "secretsmanager", "get-secret-value",
                  "--secret-id", "a")
    check("and what is revealed", b"reveals   secretsmanager:GetSecretValue, by rule s/see" in done.stdout, done)



def lint():
    clean = write("clean.yaml", "version: 1\nname: c\nrules:\n  - {id: look, effect: allow, on: [exec], who: {group: a}, "
                  "where: {account: '111122223333'}, aws: {operations: ['s3:ls']}}\n"
                  "  - {id: never, effect: deny, on: [exec], aws: {operations: ['s3:rb']}}\n")
    done = policy("lint", clean)
    check("nothing is found where nothing is", done.returncode == OK and done.stdout == b"0 errors, 0 warnings\n", done)
    loose = write("loose.yaml", small("l", [("look", "allow", "s3:ls")]))
    done = policy("lint", loose)
    check("a warning is told with its place and its word", done.returncode == OK
          and done.stdout.startswith(f"{loose}:4:".encode()) and b": warning: " in done.stdout
          and b" [anywhere]\n" in done.stdout and done.stdout.endswith(b"\n0 errors, 1 warning\n"), done)
    check("and counts with --strict", policy("lint", "--strict", loose).returncode == FAILED)
    over = write("over.yaml", "version: 1\nname: o\nrules:\n  - {id: look, effect: allow, on: [exec], who: {group: a}, "
                 "where: {account: '111122223333'}, when: {until: '2020-01-01'}, aws: {operations: ['s3:ls']}}\n")
    check("a time that is past", b" [over]\n" in policy("lint", over).stdout)
    wrong = write("wrong.yaml", "version: 1\nname: w\nrules:\n  - {id: sh, effect: allow, on: [shell], who: {group: a}, "
                  "where: {env: prod}, command: {name: find, options: any, operands: any}}\n")
    done = policy("lint", wrong)
    check("an error is told, and the exit status is 1", done.returncode == FAILED
          and b": error: " in done.stdout and b" [open]\n" in done.stdout, done)
    told = objects(policy("--json", "lint", wrong))
    check("in JSON, too", told[0]["code"] == "open" and told[0]["file"] == wrong and told[0]["line"] == 4
          and told[0]["rule"] == "w/sh" and "error" in told[0] and told[-1]["errors"] == len(told) - 1, told)
    masks()
    done = policy("lint", write("none.yaml", "nonsense"))
    check("what cannot be read", done.returncode == USAGE and b"none.yaml:1:" in done.stderr, done)
    check("no file: usage", policy("lint").returncode == USAGE)

    held = write("held.yaml", "version: 1\nname: h\nrules:\n  - {id: rm, effect: hold, on: [exec], who: {group: sre}, "
                 "where: {account: '111122223333'}, aws: {operations: ['s3:rm']}, "
                 "approvers: {need: 1, from: [group:sre]}}\n")
    for people, want in ((["anna"], 1), (["anna", "bert"], 0)):
        path = write("who.json", json.dumps({"identities": {p: {"groups": ["sre"]} for p in people}}))
        told = objects(policy("--json", "lint", "--facts", path, held))
        check(f"who approves when the group has {len(people)}",
              [t.get("code") for t in told[:-1]].count("alone") == want, told)

    rows = [{"kind": "verdict", "identity": "ci-1", "rule": "c/look", "at_ms": 1,
             "detail": {"effect": "allow", "command": "'aws' s3 ls"}},
            {"kind": "call", "identity": "ci-1", "rule": "x/y", "detail": {"effect": "allow"}}]
    audit = write("used.jsonl", "".join(json.dumps(r) + "\n" for r in rows))
    told = objects(policy("--json", "lint", "--against", audit, clean))
    check("rules that decided nothing", [(t["code"], t["rule"]) for t in told[:-1]] == [("unused", "c/never")], told)
    rows[1]["rule"] = "c/never"
    audit = write("used.jsonl", "".join(json.dumps(r) + "\n" for r in rows))
    told = objects(policy("--json", "lint", "--against", audit, clean))
    check("a call's rule was used, too", told == [{"errors": 0, "warnings": 0}], told)
    check("an audit that is missing", policy("lint", "--against", "/missing", clean).returncode == USAGE)


# ---- against what was recorded ----

ROWS = [
    ("verdict", "ci-1", "demo/look", {"effect": "allow", "command": "'aws' s3 ls", "profile": "dev",
                                      "region": "eu-west-1"}),
    ("verdict", "ci-1", "demo/old", {"effect": "allow", "command": "'aws' s3 rm s3://logs/a", "profile": "dev",
                                     "region": "eu-west-1"}),
    ("verdict", "ci-1", "demo/old", {"effect": "deny", "command": "'aws' s3 rb s3://logs", "profile": "dev",
                                     "region": "eu-west-1"}),
    ("verdict", "ci-1", "", {"effect": "allow", "command": "sdk dev@aws:443", "profile": "dev",
                             "region": "eu-west-1"}),
    ("call.denied", "ci-1", "", {"service": "s3", "operation": "GetObject", "effect": "deny"}),
    ("login", "ci-1", "", {}),
]
MINE = {"identities": {"ci-1": {"groups": ["agents"]}}, "profiles": {"dev": {"account": "111122223333"}}}


def database():
    """The broker's own file, with these rows."""
    path = os.path.join(FOLDER, "db?x=1", "broker.db")
    os.mkdir(os.path.dirname(path))
    with open(os.path.join(SOURCE, "broker/store/schema.sql"), encoding="utf-8") as f:
        schema = f.read()
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode = WAL")
    db.executescript(schema)
    for i, (kind, who, rule, detail) in enumerate(ROWS):
        db.execute("INSERT INTO events VALUES (?, ?, ?, ?, x'', ?, ?, zeroblob(32))",
                   (i + 1, 1795248900000 + i, kind, who, rule, json.dumps(detail)))
    db.commit()
    db.close()
    return path


def against():
    mine = write("mine.json", json.dumps(MINE))
    path = database()
    with open(path, "rb") as f:
        before = f.read()
    os.chmod(path, 0o400)
    done = policy("test", "--against", path, "--facts", mine, DEMO)
    lines = done.stdout.decode().splitlines()
    check("what would change of the database", done.returncode == FAILED
          and lines[0] == "allow -> hold  2026-11-21T08:15:00Z ci-1 'aws' s3 rm s3://logs/a"
          and lines[1].startswith("    was demo/old, now demo/delete: "), done)
    check("and how many did not", lines[2:] == [
        "3 judged, 1 would change, 1 by another rule",
        "not judged: 1 connections, 1 calls of which too little was recorded, 0 that cannot be read"], lines)
    rows = [{"kind": k, "identity": w, "rule": r, "detail": d if i % 2 else json.dumps(d), "at_ms": 1795248900000}
            for i, (k, w, r, d) in enumerate(ROWS)]
    lines = write("rows.jsonl", "".join(json.dumps(r) + "\n" for r in rows) + "nonsense\n{}\n")
    told = objects(policy("--json", "test", "--against", lines, "--facts", mine, DEMO))
    check("rows as JSON Lines", told[-1] == {
        "judged": 3, "changed": 1, "other_rule": 1, "unknown_groups": 0,
        "not_judged": {"connections": 1, "calls": 1, "unread": 2}}, told)
    check("a change as an object", told[0]["verdict"] == ["allow", "hold"]
          and told[0]["rule"] == ["demo/old", "demo/delete"] and told[0]["path"] == "exec", told[0])
    done = policy("test", "--against", lines, DEMO)
    check("whose groups nobody knows is said", b"3 of somebody whose groups were not recorded" in done.stdout, done)
    with open(path, "rb") as f:
        check("a database is only read", f.read() == before)
    check("and nothing stands beside it", os.listdir(os.path.dirname(path)) == ["broker.db"])
    os.chmod(path, 0o600)
    db = sqlite3.connect(path)
    db.execute("INSERT INTO events VALUES (7, 1, 'verdict', 'ci-1', x'', '', '{}', zeroblob(32))")
    db.commit()
    done = policy("test", "--against", path, "--facts", mine, DEMO)
    check("what is still being written is read, too", b"1 that cannot be read" in done.stdout, done)
    db.close()
    broken = write("broken.db", "SQLite format 3\0" + "x" * 200)
    done = policy("test", "--against", broken, DEMO)
    check("a broken database", done.returncode == USAGE and b"broken.db" in done.stderr, done)
    check("a missing file", policy("test", "--against", "/missing", DEMO).returncode == USAGE)
    check("one or the other", policy("test", "--against", lines, "--corpus", lines, DEMO).returncode == USAGE)


def on_targets():
    """Of a command on a target its line is judged again; shells and ports are counted."""
    place = {"effect": "allow", "profile": "dev", "account": "111122223333", "region": "eu-west-1", "path": "shell"}
    rows = [{**place, "command": "ssm web-1 -- 'ls' -l", "line": "'ls' -l", "session": "command"},
            {**place, "command": "ssm web-1 -- 'rm' -r /", "line": "'rm' -r /", "session": "command"},
            {**place, "command": "ssm web-1", "session": "shell"},
            {**place, "command": "ssm --mode raw web-1", "session": "raw"},
            {**place, "command": "forward web-1:22", "session": "port", "path": "forward"}]
    lines = write("targets.jsonl", "".join(json.dumps(
        {"kind": "verdict", "identity": "ci-1", "rule": "l/ls", "at_ms": 1795248900000, "detail": r}) + "\n" for r in rows))
    rule = write("ls.yaml", "version: 1\nname: l\nrules:\n  - {id: ls, effect: allow, on: [shell], who: {group: agents}, "
                 "command: {name: ls, options: any}}\n")
    mine = write("mine-t.json", json.dumps(MINE))
    told = objects(policy("--json", "test", "--against", lines, "--facts", mine, rule))
    check("lines on targets are judged again", told[-1]["judged"] == 2 and told[-1]["changed"] == 1
          and told[-1]["not_judged"] == {"connections": 3, "calls": 0, "unread": 0}
          and told[0]["verdict"] == ["allow", "deny"] and told[0]["path"] == "shell", told)


def remembered():
    """Verdicts that say who asked and where need no facts; what was refused beyond the rules stays refused."""
    def row(rule, line, **detail):
        return {"kind": "verdict", "identity": "ci-1", "rule": rule, "at_ms": 1795248900000, "detail": {
            "command": line, "profile": "dev", "account": "111122223333", "region": "eu-west-1",
            "role": "arn:aws:iam::111122223333:role/dev", **detail, "asker": {
                "kind": "agent", "owner": "anna", "groups": ["agents"], "auth": {"method": "key", "age": 60}}}}

    rules = write("remember.yaml", """version: 1
name: r
rules:
  - {id: look, effect: allow, on: [exec], who: {kind: agent, group: agents, auth: {max_age: 5m}},
     where: {account: "111122223333"}, aws: {operations: ["s3:ls"]}, rate: {n: 1, per: 1h}}
  - {id: rm, effect: hold, on: [exec], who: {group: agents}, aws: {operations: ["s3:rm"]},
     approvers: {need: 1, from: [group:sre], auth: [key], reason: required}}
  - {id: put, effect: allow, on: [exec], who: {group: agents}, aws: {operations: ["s3:mb"]}, mask: [secrets]}
""")
    same = [row("r/look", "'aws' s3 ls", effect="allow", code=""),
            row("r/look", "'aws' s3 ls", effect="deny", code="rate"),
            row("r/rm", "'aws' s3 rm s3://logs/b", effect="deny", code="reason"),
            row("r/rm", "'aws' s3 rm s3://logs/b", effect="hold", code="rule"),
            row("r/put", "'aws' s3 mb s3://logs", effect="deny", code="unsupported")]
    # No such rate, no such reason by now; and nothing the broker could not do.
    other = [row("r/old", "'aws' s3 ls", effect="deny", code="rate"),
             row("r/old", "'aws' s3 rm s3://logs/b", effect="deny", code="reason"),
             row("r/look", "'aws' s3 ls", effect="deny", code="unsupported"),
             row("r/look", "'aws' s3 ls", effect="deny", code="rule")]
    for what, rows, want in (("who asked and where", same, 0), ("and what changed beside", other, 4)):
        done = policy("--json", "test", "--against", "-", rules, given="".join(json.dumps(r) + "\n" for r in rows))
        told = objects(done)[-1]
        check(f"{what} stands in the record", (told["judged"], told["changed"], told["other_rule"],
              told["unknown_groups"]) == (len(rows), want, 0, 0), done)


def session(command, verdict, rule):
    return {"t": "session", "time": "2026-11-21T08:15:00Z", "meta": {
        "identity": {"name": "ci-1", "kind": "agent"}, "groups": ["agents"], "command": command,
        "target": {"account": "111122223333", "profile": "dev", "region": "eu-west-1",
                   "role": "arn:aws:iam::111122223333:role/dev"}, "verdict": verdict, "rule": rule}}


def recordings():
    """What hoop-replay --commands --json prints."""
    call = {"t": "call", "time": "2026-11-21T08:15:01.5Z", "service": "s3", "region": "eu-west-1",
            "verdict": "allow", "rule": "demo/buckets"}
    rows = [session("'aws' s3 ls", "allow", "demo/look"), {**call, "operation": "ListBuckets", "params": {}},
            {"t": "end", "recorded": True}, session("sdk dev@aws:443", "allow", ""),
            {**call, "operation": "ListBuckets", "params": {}},
            {**call, "operation": "GetObject", "params": {"Bucket": ["logs"], "Key": ["a"]}},
            {**call, "operation": "GetObject", "params": {"Bucket": ["logs"], "Key": ["a" * 512]}},
            {**call, "operation": "GetObject", "params": {"Bucket": ["logs"], "Key": ["[MASKED:key]"]}},
            {**call, "operation": "GetObject", "params": {}, "params_cut": True},
            {"t": "refused", "code": "SignatureDoesNotMatch", "reason": "x"}]
    done = policy("--json", "test", "--against", "-", DEMO, given="".join(json.dumps(r) + "\n" for r in rows))
    told = objects(done)
    check("sessions and calls of recordings", told[-1] == {
        "judged": 3, "changed": 1, "other_rule": 0, "unknown_groups": 0,
        "not_judged": {"connections": 1, "calls": 4, "unread": 0}}, told)
    check("a call that would be denied now", told[0]["path"] == "api" and told[0]["verdict"] == ["allow", "deny"]
          and told[0]["call"]["operation"] == "GetObject", told[0])


def usage():
    done = policy("--help")
    check("broker policy --help", done.returncode == OK and b"decide" in done.stdout and done.stderr == b"", done)
    check("broker policy", policy().returncode == USAGE)
    check("no such command", policy("nonsense").returncode == USAGE)
    for name in ("check", "lint", "test", "diff", "explain", "decide"):
        done = policy(name, "--help")
        check(f"broker policy {name} --help", done.returncode == OK
              and done.stdout.startswith(f"usage: broker policy [--json] {name} ".encode()), done)
        # It names the options that the command takes, and no other.
        for option in re.findall(rb"^  (--[a-z]+)", policy("explain", "--help").stdout, re.M) + [b"--corpus", b"--strict"]:
            taken = b"not an option of this command" not in policy(name, option.decode()).stderr
            check(f"broker policy {name} --help and {option.decode()}", taken == (b"  " + option + b" " in done.stdout), done)


def main():
    try:
        usage()
        checks()
        tests()
        corpus()
        decide()
        decide_bytes()
        decide_usage()
        facts()
        conversation()
        many()
        shell()
        explain()
        runbooks()
        diff()
        lint()
        against()
        remembered()
        on_targets()
        recordings()
    finally:
        shutil.rmtree(FOLDER)
    print(f"1..{count}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
