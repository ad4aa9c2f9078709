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

# ran: what the instances ran last, a word a line.
ran() {
	"$PYTHON3" -c '
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
runs = [r for r in rows if r["event"] == "run" and "argv" in r]
print("\n".join(runs[-1]["argv"] if runs else []))' "$W/ssm.log"
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
sleeps() { grep '"event": "run"' "$W/ssm.log" | grep -q '\b43\b'; }
demo_wait 60 sleeps
kill -9 "$(sed -n 's/.*\b43\b.*"pid": \([0-9]*\).*/\1/p' "$W/ssm.log" | head -n 1)"
wait "$client"
echo "# killed: $?"
sed 's/^/# /' "$W/err"
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
is 'runs in a shell' "$(ran | head -n 2 | tr '\n' ' ')" 'sh -c '
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
prints 'a folder of one line' '/
' ssm fast -- 'cd / && pwd'

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
sed 's/^/# /' "$W/err"
says 'it is approved later' 0 "^approved $hold\$" carol approve "$hold"
run agent request "$hold"
is 'and runs when the asker comes back' "$status $([ -e "$touched" ] || echo gone)" '0 gone'

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
"$PYTHON3" "$W/support/on_tty.py" "until:grep -q '\\b41\\b' '$W/ssm.log'" 'send:\x03' -- \
	$ssh_agent -tt broker ssm fast -- sleep 41 >"$W/out" 2>"$W/err"
echo "# interrupted: $?"

echo "# $(cut -d' ' -f1 /proc/uptime)"
log_is_clean
walk_end
