#!/bin/sh
# One command on an instance, with the real ssh: outputs, status, input, refusals, holds,
# names, and what is recorded of it.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
. "$W/ssmbed.sh"
DEMO_AWS_ISSUED=yes
SSM_RULES='  - id: gone
    effect: allow
    on: [shell]
    where: {env: [dev]}
    command: {name: [no-such-program, cd], operands: any}
  - id: plain
    effect: allow
    on: [shell]
    where: {env: [dev]}
    command: {name: ["true", "false"]}
  - id: twice
    effect: hold
    on: [shell]
    where: {env: [dev]}
    command: {name: rm, options: any, operands: any}
    approvers: {need: 1, from: [group:sre], auth: [key]}
    reason: Files are not to be had back.'
ssm_up
fast=i-0abc0000000000002
mkdir -p "$W/scratch/$fast"

# ran: the beginning of what the instances ran last.
ran() {
	"$PYTHON3" -c '
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
runs = [r for r in rows if r["event"] == "run" and "argv" in r]
print(*runs[-1]["argv"][:2] if runs else [])' "$W/ssm.log"
}

# taken: how often instances were asked for anything, and what they took.
taken() {
	grep -c '"event": "\(open\|run\|input\|connect\)"' "$W/ssm.log"
	grep -c '"operation": "\(StartSession\|SendCommand\)"' "$W/aws/requests.log"
}

# untouched DESCRIPTION STATUS REGEX WHO words…: refused, and nothing reached an instance.
untouched() {
	_log=$(taken)
	says "$@"
	[ "$(taken)" = "$_log" ] ||
		not_ok "$1: and nothing reaches an instance"
}

# prints DESCRIPTION TEXT words…: the agent's command ends with 0 and prints exactly this.
prints() {
	_d=$1
	printf '%s' "$2" >"$W/want"
	shift 2
	run agent "$@"
	if [ "$status" = 0 ] && [ ! -s "$W/err" ] && cmp -s "$W/want" "$W/out"; then ok "$_d"; else
		not_ok "$_d"
		echo "# status $status"
	fi
}

# ---- outputs and status ----
prints 'a command runs' 'hello
' ssm $fast -- echo hello
printf 'to stdout\n\303\251 and no end of line' >"$W/scratch/$fast/1.txt"
printf 'to stderr\n\001\033[1m' >"$W/scratch/$fast/2.txt"
run agent ssm fast -- 'cat 1.txt; cat 2.txt >&2; ls /nonexistent 2>/dev/null'
is 'the status is the command'\''s' "$status" 2
is 'stdout is what it wrote there' "$(sum_of <"$W/out")" "$(sum_of <"$W/scratch/$fast/1.txt")"
is 'and so is stderr' "$(sum_of <"$W/err")" "$(sum_of <"$W/scratch/$fast/2.txt")"
run agent ssm fast -- false
is 'a status of 1' "$status" 1
run agent ssm fast -- ls /nonexistent
is 'the status of ls' "$status" 2
run agent ssm fast -- 'echo a; no-such-program a'
is 'a program that is not there' "$status" 127
has 'is so in its shell'\''s words' "$W/err" 'no-such-program'
run agent ssm fast -- no-such-program a
is 'and alone in the agent'\''s' "$status $(grep -c '"no-such-program": executable file not found' "$W/err")" '1 1'
$ssh_agent broker ssm fast -- sleep 43 >"$W/out" 2>"$W/err" </dev/null &
client=$!
# running WORD: instances run something with this word.
running() { grep '"event": "run"' "$W/ssm.log" | grep -q "\"$1\""; }
demo_wait 60 running 43
kill -9 "$(sed -n 's/.*"43".*"pid": \([0-9]*\).*/\1/p' "$W/ssm.log" | tail -n 1)"
wait "$client"
is 'a command that was killed' "$?" 255
is 'and that it was' "$(cat "$W/err")" 'broker: the command was ended by a signal'
run agent ssm fast -- cat /nonexistent
has 'the words of cat are on stderr' "$W/err" 'No such file'
is 'and nowhere else' "$(cat "$W/out")" ''

# ---- refusals ----
untouched 'what no rule lets run is denied' 77 '^broker: denied: ' agent ssm fast -- shutdown now
untouched 'so is what it hides behind' 77 '^broker: denied: ' agent ssm fast -- 'echo a; shutdown now'
untouched 'and what nobody understands' 77 '^broker: denied: ' agent ssm fast -- 'echo $(id)'
untouched 'a target whose environment no rule has' 77 '^broker: denied: ' agent ssm prod-1 -- echo a
untouched 'an unknown target' 64 'no target' agent ssm nobody -- echo a
untouched 'an unknown instance' 64 'no target' agent ssm i-0abc00000000000ff -- echo a
untouched 'a name that two have' 64 'i-0abc0000000000004' agent ssm twin -- echo a
has 'and both are named' "$W/err" 'i-0abc0000000000005'
untouched 'no target at all' 64 '^broker: ' agent ssm
untouched 'no command' 64 '^broker: ' agent ssm fast --
untouched 'an option that there is not' 64 '^broker: ' agent ssm --colour fast -- echo a
untouched 'a shell without a terminal' 64 'needs a terminal' agent ssm fast
says 'one that is not connected' 69 'not connected' agent ssm asleep -- echo a
demo_ssh "$W" agent broker ssm fast -- sleep 20 <"$W/ssh_config" >"$W/out" 2>"$W/err"
is 'input is refused' "$?" 64
has 'and it is said why' "$W/err" '^broker: .*takes no input'

# ---- names ----
prints 'a name' 'a
' ssm fast -- echo a
prints 'an alias of the configuration' 'a
' ssm box -- echo a
prints 'an id' 'a
' ssm $fast -- echo a
prints 'the words of the AWS CLI' 'a
' aws ssm start-session --target $fast --document-name AWS-StartNonInteractiveCommand \
	--parameters "'command=[\"echo a\"]'"
prints 'in JSON, too' 'a b
' aws ssm start-session --target=$fast --document-name AWS-StartNonInteractiveCommand \
	--parameters "'{\"command\": [\"echo a b\"]}'"
prints 'and in its shortest form' 'a
' aws ssm start-session --target $fast --document-name AWS-StartNonInteractiveCommand \
	--parameters "'command=echo a'"
untouched 'its document for ports is refused' 64 'ssh -[NL]' agent aws ssm start-session --target $fast \
	--document-name AWS-StartPortForwardingSession --parameters portNumber=5432
untouched 'and one that nobody has named' 77 'document' agent aws ssm start-session --target $fast \
	--document-name Mine-AsRoot --parameters command=id

# ---- lines ----
prints 'a pipeline' '2
' ssm fast -- 'seq 5 | head -n 2 | wc -l'
is 'runs in a shell' "$(ran)" 'sh -c'
echo one >"$W/scratch/$fast/a.txt"
echo two >"$W/scratch/$fast/b.txt"
prints 'globs are the instance'\''s' 'a.txt
b.txt
' ssm fast -- 'ls [ab].txt'
prints 'streams may be turned' '' ssm fast -- 'ls /nonexistent 2>/dev/null || true'
run agent ssm fast -- 'cat /nonexistent 2>&1'
is 'and merged' "$(grep -c 'No such' "$W/out") $(wc -c <"$W/err")" '1 0'
odd="a'b \"c\" \\d \$e \`f\` ; | & > * ~ é 漢"
prints 'words that look like more are words' "$odd
" ssm fast -- "echo 'a'\\''b \"c\" \\d \$e \`f\` ; | & > * ~ é 漢'"
prints 'in double quotes, too' "$odd
" ssm fast -- 'echo "a'\''b \"c\" \\d \$e \`f\` ; | & > * ~ é 漢"'
prints 'spaces stay' 'a   b   c
' ssm fast -- "echo 'a   b'\\ ' ' c"
prints 'a folder of one line' 'dev
' ssm fast -- 'cd / && ls -d dev'

# ---- other ways to ask ----
printf '{"argv":["ssm","fast","--","echo","a  b","$HOME;id","it'"'"'s"]}\n' >"$W/in"
demo_ssh "$W" agent -s broker broker-argv <"$W/in" >"$W/out" 2>"$W/err"
is 'words as they are: status' "$?" 0
is 'words as they are' "$(cat "$W/out")" "a  b \$HOME;id it's"
says 'a rehearsal of what is allowed' 0 '^broker: dry-run: nothing ran; would be allowed: ' \
	agent -- --dry-run ssm fast -- echo a
untouched 'and of what is denied' 77 '^broker: dry-run: nothing ran; would be denied: ' \
	agent -- --dry-run ssm fast -- shutdown now
untouched 'and of what is held' 75 '^broker: dry-run: nothing ran; would be held: ' \
	agent -- --dry-run ssm fast -- touch x
run agent -- --json ssm fast -- 'echo a; ls /nonexistent 2>/dev/null'
is 'JSON: the last line is the broker'\''s' "$(cat "$W/err" | tail -n 1)" \
	'{"broker":{"event":"exit","status":2,"ran":true}}'
run agent -- --json ssm fast -- shutdown now
is 'JSON: denied' "$(objects "$W/err")" 'denied exit 77 False'
run agent -- --json ssm asleep -- echo a
is 'JSON: not connected' "$(objects "$W/err" | cut -d' ' -f2-)" 'exit 69 False'

# ---- held ----
touched=$W/scratch/$fast/c.txt
ask agent "$W/held" -- --reason "'ticket 42'" ssm fast -- touch c.txt
asked "$W/held"
is 'what is held waits' "$([ -n "$id" ] && [ ! -e "$touched" ] && echo yes)" yes
run carol pending
has 'approvers see the line' "$W/out" "'touch' c.txt"
has 'and the target' "$W/out" "$fast"
says 'it is approved' 0 "^approved $id\$" carol approve "$id"
wait "$asker"
is 'then it runs' "$? $([ -e "$touched" ] && echo there)" '0 there'
ask agent "$W/held" ssm fast -- rm --force c.txt
asked "$W/held"
says 'an approver denies' 0 "^denied $id\$" carol deny "$id" --reason "'not today'"
wait "$asker"
is 'then it does not run' "$? $([ -e "$touched" ] && echo there)" '77 there'
has 'and the asker hears why' "$W/held.err" 'carol: not today'
run agent -- --no-wait ssm fast -- rm c.txt
is 'who does not wait is told' "$status" 75
req=$(sed -n 's/.*broker request \([0-9A-Z-]*\).*/\1/p' "$W/err" | head -n 1)
hold=$(sed -n 's/^broker: held: \([0-9A-Z-]*\) .*/\1/p' "$W/err" | head -n 1)
is 'and has an id to come back with' "$([ -n "$req$hold" ] && echo yes)" yes
says 'it is approved later' 0 "^approved $hold\$" carol approve "$hold"
run agent request "$hold"
is 'and runs when the asker comes back' "$status $([ -e "$touched" ] || echo gone)" '0 gone'

prints 'another user' 'a
' ssm deployer -- echo a

# ---- sealed, and Run Command ----
run agent ssm sealed -- echo sealed
is 'an instance with encryption' "$status $(cat "$W/out")" '0 sealed'
has 'and what it says to that' "$W/err" '^broker: This session is encrypted'
is 'its key is AWS'\''s' "$(grep -c '"operation": "GenerateDataKey"' "$W/aws/requests.log")" 1
run agent ssm job -- 'echo out; ls /nonexistent'
is 'a command by Run Command has its status' "$status" 2
is 'its output' "$(cat "$W/out")" out
has 'and its stderr' "$W/err" "ls: cannot access"
run agent ssm job -- seq 20000
is 'the output that AWS keeps is shown' "$status $(head -n 1 "$W/out")" '0 1'
has 'and it is said that there was more' "$W/err" '^broker: .*no more of the output'
untouched 'a shell there is refused' 64 '^broker: ' alice -tt ssm job

# ---- the interrupt key ----
"$PYTHON3" "$W/support/on_tty.py" "until:grep '\"event\": \"run\"' '$W/ssm.log' | grep -q '\"41\"'" \
	'send:\x03' -- $ssh_agent -tt broker ssm fast -- sleep 41 >"$W/out" 2>"$W/err"
is 'ends a command' "$?" 255
has 'by a signal' "$W/ssm.log" '"event": "signal", "number": 2'
ssm_faults '{"start_delay": 20}'
"$PYTHON3" "$W/support/on_tty.py" "until:grep '\"event\": \"open\"' '$W/ssm.log' | tail -n +$(($(grep -c '"event": "open"' "$W/ssm.log") + 1)) | grep -q open" \
	'send:\x03' -- $ssh_agent -tt broker ssm fast -- sleep 42 >"$W/out" 2>"$W/err"
is 'and one that has not begun' "$?" 255
has 'which is told' "$W/out" 'ended by signal 2'
ssm_faults '{}'
is 'and does not' "$(running 42 && echo ran)" ''

# ---- what AWS and the instances saw ----
"$PYTHON3" - "$W/ssm.log" >"$W/seen" 2>"$W/err" <<'EOP'
import json, sys
log = [json.loads(line) for line in open(sys.argv[1])]
api = [r for r in log if r["event"] == "api"]
starts = [r for r in api if r["operation"] == "StartSession" and r["status"] == 200]
asked = {r["SessionId"] for r in api if r["operation"] == "TerminateSession"}
# One that was ended before its socket was open has no agent that could say so.
opened = {r["session"] for r in log if r["event"] == "open"}
ended = {r["session"] for r in log if r["event"] == "end"} | (asked - opened)
for r in starts:
    if r["session"] not in ended:
        print("left:", r["session"], r["Parameters"])
    sid = r["tags"]["session"]
    if not r["Reason"].startswith(("ci-deploy " + sid, "alice " + sid)):
        print("reason:", r["Reason"])
    if r["source_identity"] not in r["Reason"]:
        print("identity:", r)
print("sessions", len(starts) > 25, len(asked) > 0)
print("violations", [r for r in log if r["event"] == "violation"])
print("runs as", sorted({str(r["run_as"]) for r in starts if r["Target"].endswith("1")}))
EOP
is 'each session told who and why, and was ended' "$(cat "$W/seen")" 'sessions True True
violations []
runs as ['\''deploy'\'']'
"$PYTHON3" - "$W/aws/requests.log" >"$W/seen" 2>"$W/err" <<'EOP'
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
seen = set()
for r in rows:
    if r.get("operation") != "AssumeRole" or r["status"] != 200 or not r.get("policy"):
        continue
    for s in json.loads(r["policy"])["Statement"]:
        if s["Action"] in ("ssm:StartSession", "ssm:SendCommand"):
            seen.add("%s %s" % (s["Action"], " ".join(
                w.rpartition(":")[2] for w in s["Resource"])))
print(*sorted(seen), sep="\n")
EOP
is 'each lease is cut to its target and document' "$(cat "$W/seen")" \
	"ssm:SendCommand instance/i-0abc0000000000009 document/AWS-RunShellScript
ssm:StartSession instance/i-0abc0000000000001 document/AWS-StartNonInteractiveCommand
ssm:StartSession instance/i-0abc0000000000002 document/AWS-StartNonInteractiveCommand
ssm:StartSession instance/i-0abc0000000000003 document/AWS-StartNonInteractiveCommand"

# ---- what is recorded ----
# (With a line's end: a letter that could begin a secret waits for the next.)
printf 'to stdout\n\303\251 and an end of line\n' >"$W/scratch/$fast/3.txt"
run agent -- --reason "'ticket 7'" ssm fast -- cat 3.txt nothing.txt
cp "$W/out" "$W/shown.out"
cp "$W/err" "$W/shown.err"
sessions_over() { [ -z "$(find "$SPOOL" -name '*.cast')" ]; }
demo_wait 60 sessions_over
cast=$(demo_recording "$W")
sid=$(basename "$cast" .cast)
yes_ 'its recording is proven' replay --verify "$cast"
replay --commands "$cast" >"$W/out" 2>"$W/err"
has 'and shows the line' "$W/out" "^command: ssm fast -- 'cat' 3.txt nothing.txt\$"
has 'the verdict' "$W/out" '^verdict: allow by rule ssm/look$'
has 'and the end' "$W/out" '^ended: exited, status 1, '
replay --info "$cast" >"$W/out" 2>"$W/err"
for row in 'hoop.target.id: i-0abc0000000000002' 'hoop.target.name: fast' 'hoop.target.env: dev' \
	'hoop.target.document: AWS-StartNonInteractiveCommand' 'hoop.target.kind: ssm' \
	'hoop.verdict: allow' 'hoop.rule: ssm/look' 'hoop.asker_says: ticket 7' \
	"summary.bytes.stdout: $(wc -c <"$W/shown.out")" \
	"summary.bytes.stderr: $(wc -c <"$W/shown.err")" 'summary.status: 1'; do
	has "it says ${row%%: *}" "$W/out" "^$row\$"
done
replay --export cast "$cast" >"$W/cast" 2>"$W/err"
is 'what was shown is in it' "$("$PYTHON3" "$W/support/cast.py" "$W/cast" shown | sum_of)" \
	"$(cat "$W/shown.out" "$W/shown.err" | sum_of)"
is 'its events' "$("$PYTHON3" "$W/support/cast.py" "$W/cast" events | tr ' ' '\n' | grep target | tr '\n' ' ')" \
	'B:target.open B:target.close '
"$PYTHON3" -c '
import sqlite3, sys
rows = sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True).execute(
    "select kind from events where kind like ?  order by rowid", ("target.%",)).fetchall()
kinds = [r[0] for r in rows]
print(kinds.count("target.opened") > 25, kinds.count("target.opened") - kinds.count("target.closed"))' \
	"$W/root/var/lib/broker/broker.db" >"$W/seen" 2>&1
is 'and the log has each that was opened, and closed' "$(cat "$W/seen")" 'True 0'

# ---- what is secret ----
. "$W/procs.sh"
scan() { "$PYTHON3" "$W/support/scan.py" "$W/aws/issued" "$@" >"$W/out" 2>"$W/err"; }
$ssh_agent broker ssm fast -- sleep 44 >"$W/sleep.out" 2>"$W/sleep.err" </dev/null &
client=$!
demo_wait 60 running 44
has 'tokens of sessions are among what is looked for' "$W/aws/issued" '^AAEAA'
# Processes that hide from their own uid can be looked at by root alone; a sleeping
# instance's are not the broker's.
# shellcheck disable=SC2046
scan $(procs_of launch) $(procs_of front) $(procs_of listener) $(procs_of keeper) $(procs_of nursery)
secret=$?
[ $secret = 2 ] && ok 'no other process has lease or token # SKIP they cannot be looked at' ||
	is 'no other process has lease or token' $secret 0
kill "$client"
wait "$client" 2>/dev/null
demo_wait 60 sessions_over
"$PYTHON3" - "$W/aws/issued" "$W/needles" <<'EOP'
import base64, sys
out = set()
for line in open(sys.argv[1]):
    raw = line.strip().encode()
    out |= {raw.decode(), raw.hex()}
    out |= {base64.b64encode(b"\0" * n + raw).decode()[4 if n else 0:-4] for n in range(3)}
with open(sys.argv[2], "w") as f:
    f.write("\n".join(sorted(out)) + "\n")
EOP
is 'no file of the broker has one' "$(grep -rlaF -f "$W/needles" "$W/root" "$W/brokerd.log" 2>/dev/null)" ''
for cast in "$W"/root/var/lib/broker/recordings/done/*.cast; do replay --export cast "$cast"; done >"$W/plain" 2>"$W/err"
is 'and no recording' "$(grep -c 'ssm fast' "$W/plain" | grep -vc '^0$') $(grep -caF -f "$W/needles" "$W/plain")" '1 0'

log_is_clean
walk_end
