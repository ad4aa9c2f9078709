#!/bin/sh
# Lines that want to look like others, typed at a shell on an instance: of what is refused
# the instance sees not one byte, of what is let through the canonical text.
walk_before() {
	cp "$top_srcdir"/tests/vectors/evasion-sample* "$1/"
}
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
. "$W/ssmbed.sh"
. "$W/ssmtyped.sh"

ssm_rules() {
	cat "$W/evasion-sample-policy.yaml"
	cat <<'EOP'
  - id: open
    effect: allow
    on: [shell]
    who: {kind: human}
    where: {env: [dev]}
    ssm: {mode: [fed, single], shell: true}
EOP
}
shell_up

# What instances were given since the last look, as text: without the broker's own frame of
# a line.
taken() {
	"$PYTHON3" - "$W/ssm.log" "${1:-0}" <<'EOP'
import json, re, sys
rows = [json.loads(l) for l in open(sys.argv[1])][int(sys.argv[2]):]
# One typed line may come in several messages: what belongs to a session is one text.
for text in {r["session"]: b"".join(bytes.fromhex(q["hex"]) for q in rows if q["event"] == "input"
             and q["session"] == r["session"]) for r in rows if r["event"] == "input"}.values():
    for line in text.decode("utf-8", "replace").split("\n"):
        m = re.fullmatch(r"\{ (.*) ; \} </dev/null; printf '\\033\]7707;[0-9a-f]{32};%s\\007' \"\$\?\"", line)
        if m or line and not line.startswith("if [ -n "):
            print(m.group(1) if m else "OTHER " + line)
EOP
}

# ---- one by one ----
# Of PS-09 one half is allowed by itself.  An invisible character (PS-23) is no key of the
# editor's: what it shows, and gives, is the line without it.
"$PYTHON3" - "$W/evasion-sample.jsonl" "$W" <<'EOP'
import json, sys
begin = r"expect \[gated\]\$ "
refused, good, pasted = [begin], [begin], [begin]
prompt = r"expect \[gated\]( \(\d+\))?\$ "
for row in map(json.loads, open(sys.argv[1])):
    fine = row["expect"] == "allow" and row["path"] == "shell"
    text = row["line"].replace("\\", "\\\\").replace("^", "^^")
    if row["id"] == "PS-23":
        pasted += ["paste " + text + "\\r", "expect broker: a paste with control characters"]
        continue
    for line in text.split("\n"):
        if fine:
            good += ["line " + line, prompt]
        elif line != "uptime":
            refused += ["line " + line, "expect ^broker: (denied|held): "]
            refused += ["send ^C", "expect ^broker: withdrawn"] * (row.get("exact") == "hold")
            refused += [prompt]
    if not fine and "\n" not in text:
        pasted += ["paste " + text + "\\r", "expect ^broker: (denied|held): "]
        pasted += ["send ^C", "expect ^broker: withdrawn"] * (row.get("exact") == "hold")
        pasted += [prompt]
for name, steps in ("refused", refused), ("good", good), ("pasted", pasted):
    with open("%s/%s.steps" % (sys.argv[2], name), "w", encoding="utf-8") as f:
        f.write("\n".join(steps + ["line exit 5", "exit 5", ""]))
EOP
for steps in refused pasted; do
	mark=$(wc -l <"$W/ssm.log")
	typed "$steps: each line that must not run is refused" box <"$W/$steps.steps"
	taken "$mark" >"$W/out"
	is 'and the instance was given none of it' "$(cat "$W/out")" ''
	is 'nor anything but how it begins' "$(tail -n "+$((mark + 1))" "$W/ssm.log" | grep -c '"event": "run"')" 1
done

mark=$(wc -l <"$W/ssm.log")
typed 'what may run, runs' box <"$W/good.steps"
taken "$mark" >"$W/out"
is 'and the instance was given the canonical lines' "$(cat "$W/out")" "$(cat <<'EOT'
'ls' -l /opt
'grep' -i 'rm -rf; $(reboot)' /var/log/syslog | 'wc' -l
'tail' -n 20 /var/log/nginx/access.log | 'grep' -v ' 200 '
'cat' /var/log/kern.log 2>'/dev/null' | 'wc' -l
'df' -h /srv && 'uptime'
'ps' -eo pid,comm '--sort=-rss' | 'head' -n 4
'grep' -c error /var/log/nginx/*.log
'systemctl' status cron --no-pager
EOT
)"

# ---- keys that are no text ----
mark=$(wc -l <"$W/ssm.log")
typed 'keys that are no text make no line that was not shown' box <<'EOS'
expect \[gated\]\$\x20
paste ls\x0d\x1b[201~rm -f x\r
expect ^broker: denied: rm -f x
expect \(77\)\$\x20
paste ls /opt\x1b[31m\rrm\r
expect broker: a paste with control characters is refused
send ^U
send r\xffm -f one\r
expect ^broker: denied: rm -f one
expect \(77\)\$\x20
send r\u009b31m -f two\r
expect ^broker: denied:\x20
expect \(77\)\$\x20
send r\u202em three\r
expect ^broker: denied: rm three
expect \(77\)\$\x20
send ^Vrm -f four\r
expect ^broker: denied:\x20
expect \(77\)\$\x20
send \e]52;c;cm0K\x07rm -f five\r
expect ^broker: denied:\x20
expect \(77\)\$\x20
send rm \\\r
expect ^broker: denied: rm
expect \(77\)\$\x20
line exit 5
exit 5
EOS
taken "$mark" >"$W/out"
is 'and but for the line that was shown the instance was given nothing' "$(cat "$W/out")" "'ls'"

log_is_clean
walk_end
