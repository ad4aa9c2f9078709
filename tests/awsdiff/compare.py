"""Whether what the CLI did is what the reader said.  The parameters are those that the
CLI's serializer was given; beside that, what the gate reads in the bytes must be covered
by the words.
"""
import datetime
import re

# As the reader calls services that botocore calls otherwise.
CALLED = {"codedeploy": "deploy", "config": "configservice",
          "opsworkscm": "opsworks-cm"}
DEFAULT = "eu-west-1"
PLACE = re.compile(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/aws4_request")


def called(service):
    return CALLED.get(service, service)


def top(name):
    return re.split(r"[.{]", name)[0]


def text_of(value):
    """A value as the reader would spell it; None where it does not."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (bytes, bytearray, float, datetime.datetime)) or \
            value is None or hasattr(value, "read"):
        return None
    raise ValueError(type(value))


def values_at(value, rest):
    """All values below a path: dots part members, lists are walked through, {} means
    keys."""
    if isinstance(value, (list, tuple)):
        return [v for item in value for v in values_at(item, rest)]
    if rest == "":
        return [] if isinstance(value, dict) else [text_of(value)]
    if not isinstance(value, dict):
        return []
    if rest == "{}":
        return list(value)
    head, rest = re.match(r"\.?([^.{]+)(.*)", rest).groups()
    return values_at(value[head], rest) if head in value else []


class Finding(Exception):
    pass


def same_values(said, sent, prefix):
    if prefix:
        return all(any(w.startswith(v) for w in sent if w is not None) for v in said)
    return said == [w for w in sent if w is not None]


def compare_members(call, sent):
    """call: the reader's; sent: the CLI's."""
    said = {}
    for name, *value in call["members"]:
        said.setdefault(name, []).extend(value)
    goes_on = {"Key", "CopySource"} if call["prefix"] else set()
    tops = {top(n) for n in said}
    filled = set(call["own"].split()) | set(call["harmless"]) | goes_on
    for name in sent.params:
        if name not in tops and name not in filled:
            raise Finding("unnamed %s" % name)
    for name, values in said.items():
        if top(name) not in sent.params:
            if values and any(values):
                raise Finding("not sent: %s=%s" % (name, values))
            if not values and name == top(name):
                raise Finding("not sent: %s" % name)
            continue
        found = values_at(sent.params[top(name)], name[len(top(name)):])
        if values and not same_values(values, found, name in goes_on):
            raise Finding("%s: said %s, sent %s" % (name, values, found))


def compare_open(call, sent):
    """Plain members that stand on the wire as they were given: their value is said."""
    known = {m[0] for m in call["members"] if len(m) > 1}
    named = {m[0] for m in call["members"]} - known
    for name, value in sent.params.items():
        shape = sent.model.input_shape.members[name]
        if name in named and isinstance(value, (str, int)) and \
                shape.type_name in ("string", "integer", "long", "boolean"):
            raise Finding("left open: %s" % name)


def source_region(reading, sent):
    """Where the first bucket of a copy is, when the words say so."""
    given = [value for name, value in reading["options"] if name == "source-region"]
    first = reading["resources"][0][0] if reading["resources"] else None
    return given[0] if given and sent.params.get("Bucket") == first else None


def compare_place(reading, call, sent):
    m = PLACE.search(sent.head.decode("latin-1"))
    if m is None:
        return
    region = DEFAULT if call["region"] == "-" else call["region"]
    if m.group(1) not in (region, call["global"], source_region(reading, sent)):
        raise Finding("signed for %s, not %s" % (m.group(1), region))


def find_call(reading, sent):
    """The reader's call that the request is."""
    why = None
    for call in reading["calls"]:
        if (call["service"], call["operation"]) != (called(sent.service),
                                                    sent.operation):
            continue
        try:
            compare_members(call, sent)
            compare_place(reading, call, sent)
            return call
        except Finding as e:
            why = why or e
    raise why or Finding("no such call: %s" % sent.operation)


def compare_gate(reading, call, seen):
    """seen: what the gate reads in the bytes."""
    every = {need for c in reading["calls"] for need in c["needs"] or []}
    if call["needs"] is None:
        return  # no rule lets it run
    if "refused" in seen:
        raise Finding("gate refuses: %s" % seen["refused"])
    if not seen["covered"]:
        raise Finding("gate: %s" % seen["why"])
    if not call["prefix"] and not \
            set(call["needs"]) <= set(seen["needs"]) <= every:
        raise Finding("needs: said %s, sent %s" %
                      (sorted(call["needs"]), sorted(seen["needs"])))


HIGH = set("ls cp mv rm sync mb rb".split())


def compare(reading, run, seen):
    """Findings as (what is concerned, text)."""
    made, first = set(), reading["calls"][0]
    for sent, by_gate in zip(run.calls, seen):
        what = "%s:%s" % (called(sent.service), sent.operation)
        try:
            call = find_call(reading, sent)
            made.add(id(call))
            compare_open(call, sent)
            compare_gate(reading, call, by_gate)
        except Finding as e:
            yield what, str(e)
    if run.status == 0 and not (run.calls if reading["operation"] in HIGH
                                else id(first) in made) and not dry(reading):
        yield "%s:%s" % (first["service"], first["operation"]), "was not made"


def dry(reading):
    """Perhaps there is nothing to do."""
    return any(name in ("dryrun", "exclude") for name, _ in reading["options"])
