#!/usr/bin/python3
"""What the programs say of themselves, the manual and the completions must agree."""

import os
import re
import shutil
import subprocess
import sys

SOURCE = os.environ.get("top_srcdir", ".")
BUILD = os.environ.get("top_builddir", ".")
BASH = os.path.join(SOURCE, "man/completion/broker.bash")
ZSH = os.path.join(SOURCE, "man/completion/_broker")
PROGRAMS = {
    "broker": ("broker/cli/broker", "man/broker.1"),
    "brokerd": ("broker/monitor/brokerd", "man/brokerd.8"),
    "hoop-replay": ("replay/hoop-replay", "man/hoop-replay.1"),
}
count = failed = 0


def check(what, bad):
    """One test: passes when bad is empty."""
    global count, failed
    count += 1
    failed += bool(bad)
    print(f"{'not ok' if bad else 'ok'} {count} - {what}")
    if bad:
        print(f"# {sorted(bad)}")


def skip(what, why):
    global count
    count += 1
    print(f"ok {count} - {what} # SKIP {why}")


def read(path):
    with open(os.path.join(SOURCE, path), encoding="utf-8") as f:
        return f.read()


def usage(name):
    program = os.path.join(BUILD, PROGRAMS[name][0])
    done = subprocess.run([program, "--help"], capture_output=True, text=True, check=True)
    return done.stdout


def long_options(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))


def own_options(name):
    """Options of the program itself: `broker --help` names those of commands, too."""
    text = usage(name)
    if name == "broker":
        text = text.split("\n")[0]
    return long_options(text) | {"--help", "--version"}


def page_options(page):
    """The long options of a page: `Fl -name`, in lists and in running text."""
    return {f"-{o}" for o in re.findall(r"\b(?:Fl|Oo Fl|Op Fl) (-[a-z][a-z-]+)", page)}


def page_items(page, macro):
    """First words of the page's list items of that macro."""
    return set(re.findall(rf"^\.It {macro} ([a-z][a-z-]*)", page, re.M))


def commands():
    return set(re.findall(r"^  ([a-z-]+) ", usage("broker"), re.M))


def table_rows(path, table, with_handler):
    """Names in a C table of rows `{ "name", …, handler }`."""
    text = read(path)
    body = text[text.index(f"{table} = {{") :]
    body = body[: body.index("\n};")]
    rows = re.findall(r'\{ "([a-z-]+)",(.*?)\}', body, re.S)
    return {name for name, rest in rows if not with_handler or "NULL" not in rest}


def commands_of_policy():
    program = os.path.join(BUILD, PROGRAMS["broker"][0])
    done = subprocess.run([program, "policy", "--help"], capture_output=True, text=True, check=True)
    return set(re.findall(r"^  ([a-z]+) ", done.stdout, re.M))


def options_of_policy(name):
    """Those that it takes: others are refused before anything is looked at."""
    program = os.path.join(BUILD, PROGRAMS["broker"][0])
    taken = {"--help"}
    for option in table_rows("broker/cli/policyopts.c", "rows[]", False):
        done = subprocess.run([program, "policy", name, f"--{option}"], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL)
        if "not an option of this command" not in done.stderr:
            taken.add(f"--{option}")
    return taken


def options_of_mask(name):
    """What `broker mask NAME --help` lists."""
    program = os.path.join(BUILD, PROGRAMS["broker"][0])
    done = subprocess.run([program, "mask", name, "--help"], capture_output=True, text=True, check=True)
    return set(re.findall(r"^  (--[a-z]+)", done.stdout, re.M))


def mask():
    page = page_options(read("man/broker-mask.1"))
    told = {name: options_of_mask(name) for name in ("filter", "test")}
    check("man/broker-mask.1 has each option", set().union(*told.values()) - page - {"--help"})
    check("and no other", page - set().union(*told.values()))
    check("bash completes broker mask", completed(["broker", "mask", ""]) ^ {"filter", "test", "--help"})
    for name, options_told in told.items():
        check(f"bash completes the options of broker mask {name}",
              completed(["broker", "mask", name, "-"]) ^ options_told)
    text = read("man/completion/_broker")
    body = text[text.index("\tmask)"):]
    check("zsh completes them", set().union(*told.values()) ^ long_options(body[:body.index(";;")]))


def options():
    of_commands = {"--help", "--key", "--name", "--not-after", "--reason", "--replace", "--port", "--rule", "--like", "--for", "--uses",
                   "--admin", "--epoch", "--label", "--passphrase",
                   "--hours", "--endpoint", "--ca", "--policy", "--as", "--group", "--kind", "--at",
                   "--facts", "--target", "--path", "--line", "--corpus", "--against", "--masking", "--strict"}
    over_ssh = table_rows("broker/monitor/command.c", "options[]", False)
    # Options of aws, and of ssm, that the page speaks of.
    of_others = {"--profile", "--region", "--mode"}
    also = {"broker": of_commands | over_ssh | of_others, "brokerd": {"--help"}}

    for name, (_, path) in PROGRAMS.items():
        page = page_options(read(path)) | page_items_of_args(read(path))
        told = long_options(usage(name))
        check(f"{path} has each option of {name} --help", told - page)
        allowed = told | also.get(name, set()) | {"--help", "--version"}
        check(f"{path} has no other option", page - allowed)
    page = page_options(read("man/broker.1"))
    check("man/broker.1 has each option of commands over SSH", over_ssh - page)


def page_items_of_args(page):
    """Options that stand as `Fl o Ar OUTPUT , Fl -output Ar OUTPUT`."""
    return {f"-{o}" for o in re.findall(r", Fl (-[a-z][a-z-]+)", page)}


def commands_and_verbs():
    page = read("man/broker.1")
    check("man/broker.1 has each command of broker policy",
          commands_of_policy() ^ set(re.findall(r"^\.It Cm policy ([a-z]+)", page, re.M)))
    section = page[page.index(".Ss Policies"):page.index(".Ss Holds")]
    check("and describes each", commands_of_policy() - page_items(section, "Cm"))
    check("man/broker.1 has each command of broker help", commands() - page_items(page, "Cm"))
    check("man/broker.1 has no other command",
          page_items(page, "Cm") - commands() - commands_of_policy())
    verbs = table_rows("broker/monitor/verb.c", "verbs[]", True)
    line = re.search(r"^\.Cm (whoami .*?)\.$", page, re.M).group(1)
    check("man/broker.1 names the verbs over SSH", verbs ^ set(re.findall(r"[a-z-]+", line)))
    check("verbs over SSH are commands of broker too", verbs - commands())


def statuses():
    text = read("lib/model/status.h")
    codes = set(re.findall(r"STATUS_\w+ = (\d+)", text)) - {"0"}
    page = read("man/broker.1")
    told = set(re.findall(r"^\.It (\d+)$", page, re.M))
    check("man/broker.1 has each exit status", codes - told)


def strings(pattern, *paths):
    """What the pattern finds in these files."""
    return {m for path in paths for m in re.findall(pattern, read(path))}


def sources(folder, start=""):
    return [f"{folder}/{name}" for name in sorted(os.listdir(os.path.join(SOURCE, folder)))
            if name.startswith(start) and name.endswith(".c")]


def language():
    """broker-policy(5) has each key, code, finding and pack."""
    page = read("man/broker-policy.5")
    words = set(re.findall(r"[\w.-]+", " ".join(re.findall(r"^\.(?:It )?(?:Ic|Cm|Ql|Pa|Pq Ic|Po Ql) (.*)$", page, re.M))))
    keys = strings(r'\{ "([a-z_]+)", VOCAB_(?:MUST|MAY)', *sources("policies"))
    check("there are keys to look for", keys ^ (keys | {"on", "who", "rate", "distinct_groups", "no_match"}))
    check("man/broker-policy.5 has each key of policies", keys - words)
    section = page[page.index(".Ss Lint"):page.index(".Ss Regular")]
    told = {w for line in re.findall(r"^\.It Cm (.*)$", section, re.M) for w in line.split(" , ")}
    found = strings(r'LINT_(?:ERROR|WARNING),\s*"([a-z-]+)"', *sources("policies", "lint"))
    found |= strings(r'\.code = "([a-z-]+)"', "policies/lint.c")
    check("and each finding of lint, and no other", told ^ found)
    section = page[page.index(".Ss Codes"):page.index(".Ss What rules can promise")]
    told = {w for line in re.findall(r"^\.It Cm (.*)$", section, re.M) for w in line.split(" , ")}
    shell = read("policies/shell.c")
    codes = set(re.findall(r'= "([a-z-]+)",', shell[:shell.index("shell_reason_name")]))
    refusal = read("policies/refusal.c")
    codes |= set(re.findall(r'"([a-z]+)"', refusal[refusal.index("codes[] = {"):refusal.index("};")]))
    codes |= strings(r'(?:ruling_refuse|admit_deny)\([^,;]*,\s*"([a-z-]+)"', *sources("policies"), *sources("broker/monitor"))
    check("and each code, and no other", told ^ (codes | {"usage", "input", "rule"}))
    packs = strings(r"policies/packs/([a-z0-9-]+\.yaml)", "policies/Makefile.inc")
    check("and each pack, and no other", packs ^ set(re.findall(r"^\.It Pa ([a-z0-9-]+\.yaml)$", page, re.M)))


def completed(shell_words):
    """What bash offers for the last of these words."""
    script = f"""
source "{BASH}"
COMP_WORDS=("$@")
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
$(complete -p "$1" | sed 's/.*-F \\([^ ]*\\).*/\\1/') 2>/dev/null
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(
        ["bash", "--norc", "-c", script, "bash", *shell_words],
        capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def bash():
    done = subprocess.run(["bash", "-n", BASH], capture_output=True, text=True)
    check("the bash completion parses", done.stderr.split("\n") if done.returncode else None)
    words = completed(["broker", ""])
    words = {w for w in words if w[0] != "-"}
    check("bash completes each command of broker help", commands() ^ words)
    for name in PROGRAMS:
        told = own_options(name)
        offered = long_options(" ".join(completed([name, "-"])))
        check(f"bash completes each option of {name}", told ^ offered)
    check("bash completes what begins as typed", completed(["broker", "--root", "/", "pe"]) ^ {"pending"})
    check("bash completes options behind a command",
          completed(["broker", "approve", "-"]) ^ {"--reason", "--json", "--help"})
    check("bash completes broker keys", completed(["broker", "keys", "i"]) ^ {"init"})
    check("bash completes broker credential",
          completed(["broker", "credential", ""]) ^ {"key", "add", "list", "remove", "--help"})
    told = commands_of_policy()
    check("bash completes broker policy", completed(["broker", "policy", ""]) ^ (told | {"--json", "--help"}))
    for name in sorted(told):
        check(f"bash completes the options of broker policy {name}",
              completed(["broker", "policy", name, "-"]) ^ options_of_policy(name))
    check("bash completes kinds", completed(["broker", "policy", "decide", "--kind", ""]) ^ {"agent", "human"})
    check("bash completes folders", {"/usr"} - completed(["broker", "--root", "/us"]))
    check("bash offers no command for a reason", completed(["broker", "deny", "7F3K-Q2MX", "--reason", ""]))
    formats = set(re.search(r"formats\[\] = \{ (.*?) \};", read("replay/options.c"), re.S).group(1)
                  .replace('"', "").split(", "))
    check("bash completes the export's format", completed(["hoop-replay", "--export", ""]) ^ formats)


def zsh():
    text = read("man/completion/_broker")
    words = set(re.findall(r"^\t\t'([a-z-]+):", text, re.M))
    check("the zsh completion has each command", commands() ^ words)
    for name in PROGRAMS:
        function = "_broker_itself" if name == "broker" else "_" + name.replace("-", "_")
        body = text[text.index(f"{function}() {{") :]
        body = body[: body.index("\n}")]
        told = own_options(name)
        check(f"the zsh completion has each option of {name}", told ^ long_options(body))
    body = text[text.index("\tpolicy)"):text.index("\tkeys)")]
    told = commands_of_policy()
    check("the zsh completion has each command of broker policy",
          told ^ set(re.search(r"1:what:\(([a-z ]+)\)", body).group(1).split()))
    check("and their options", set().union(*map(options_of_policy, told)) ^ long_options(body))
    if shutil.which("zsh") is None:
        skip("the zsh completion parses", "no zsh")
        return
    done = subprocess.run(["zsh", "-n", ZSH], capture_output=True, text=True)
    check("the zsh completion parses", done.stderr.split("\n") if done.returncode else None)


def main():
    options()
    commands_and_verbs()
    statuses()
    language()
    mask()
    bash()
    zsh()
    print(f"1..{count}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
