#!/bin/sh
# Recordings of real sessions: what they say, who can prove and read them, and that
# nothing of what was shown, and no secret, is anywhere else.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
# A marker that only objects hold, and a key that attacks its reader's terminal: a title,
# the clipboard, a question that would be answered as if typed, a cleared screen.
marker=PLAINTEXT-$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')
"$PYTHON3" - "$W/support/standin-seed.json" "$marker" <<'EOP'
import json
import sys
with open(sys.argv[1]) as f:
    seed = json.load(f)
logs = seed["buckets"]["logs"]["objects"]
logs["marker"] = sys.argv[2] + "\n"
seed["buckets"]["hostile"] = {"region": "eu-west-1", "objects": {
    "a\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x07\x1b[6n\x1b[2J\x9b6nz": "x"}}
with open(sys.argv[1], "w") as f:
    json.dump(seed, f)
EOP
DEMO_AWS_ISSUED=yes
walk_make
walk_policy
walk_start

# recorded WHO words…: run; the export of its recording in $W/cast.
recorded() {
	run "$@"
	cast=$(demo_recording "$W")
	rm -f "$W/cast"
	replay --export cast -o "$W/cast" "$cast" 2>"$W/replay.err"
}
cast() { "$PYTHON3" "$W/support/cast.py" "$W/cast" "$@"; }

# same DESCRIPTION A B: two files, byte for byte.
same() {
	if cmp "$2" "$3" >"$W/cmp" 2>&1; then ok "$1"; else
		not_ok "$1"
		sed 's/^/# /' "$W/cmp"
	fi
}

# ---- what a recording says ----
recorded agent -- --reason "'ticket 42'" aws s3 ls s3://logs/2026/ --recursive
is 'a command ran' "$status" 0
cp "$W/out" "$W/shown"
sid=$(basename "$cast" .cast)
is 'its events' "$(cast events)" 'B:session.open B:command m B:aws.call B:aws.body B:aws.done o x=0 B:session.close'
for row in 'title|'"'aws' s3 ls s3://logs/2026/ --recursive" "hoop.sid|$sid" 'hoop.broker|demo' \
	'hoop.identity.name|ci-deploy' 'hoop.identity.kind|agent' 'hoop.identity.owner|bob' \
	'hoop.identity.method|publickey' 'hoop.groups.0|agents' 'hoop.source|127.0.0.1' \
	"hoop.identity.key|$(ssh-keygen -lf "$W/who/agent.pub" | cut -d' ' -f2)" \
	'hoop.asker_says|ticket 42' 'hoop.argv|["aws", "s3", "ls", "s3://logs/2026/", "--recursive"]' \
	'hoop.target.kind|aws' 'hoop.target.account|111122223333' 'hoop.target.region|eu-west-1' \
	'hoop.target.profile|demo' 'hoop.target.role|arn:aws:iam::111122223333:role/broker' \
	'hoop.verdict|allow' 'hoop.rule|walk/look' 'hoop.hold|null'; do
	is "its header: ${row%%|*}" "$(cast header "${row%%|*}")" "${row#*|}"
done
policy=$(cast header hoop.policy)
is 'its header: the policy' "$(expr "$policy" : '[0-9a-f]*$')" 64
for row in 'command rule|walk/look' 'command verdict|allow' "command policy|$policy" \
	'session.close reason|exited' 'session.close status|0' 'session.close bytes.stderr|0' \
	"session.close bytes.stdout|$(($(wc -c <"$W/shown")))" 'session.close dropped|0'; do
	is "its events: ${row%%|*}" "$(cast event ${row%%|*})" "${row#*|}"
done
cast shown >"$W/out"
same 'the export holds what ssh showed, byte for byte' "$W/out" "$W/shown"
if command -v asciinema >/dev/null; then
	# It opens its terminal, but does not write there.
	HOME=$W LANG=C.UTF-8 "$PYTHON3" "$W/support/on_tty.py" -- \
		sh -c "asciinema cat '$W/cast' >'$W/out' 2>'$W/err'" >/dev/null
	same 'and asciinema shows the same' "$W/out" "$W/shown"
else
	ok 'and asciinema shows the same # SKIP there is none'
fi
replay --speed 1000 "$cast" >"$W/out" 2>"$W/err"
same 'and so does the player' "$W/out" "$W/shown"

recorded agent aws s3 ls s3://nobucket
is 'a command that failed' "$(cast events)" 'B:session.open B:command m B:aws.call B:aws.body B:aws.done o x=254 B:session.close'
cast shown >"$W/out"
same 'has its stderr in the recording, as ssh showed it' "$W/out" "$W/err"
is 'and its status' "$(cast event session.close status)" 254
recorded agent aws s3 cp s3://big/40MB -
cast shown >"$W/back"
same 'forty megabytes that are no text are exported as they were' "$W/back" "$W/out"
rm -f "$W/back" "$W/out"
ask agent "$W/held" aws s3 rm s3://logs/a.txt
asked "$W/held"
run alice approve "$id"
wait "$asker"
cast=$(demo_recording "$W")
rm -f "$W/cast"
replay --export cast -o "$W/cast" "$cast"
for row in "hoop.hold|$id" 'hoop.approvers|["alice"]' 'hoop.verdict|hold' 'hoop.rule|walk/delete'; do
	is "approved, in its header: ${row%%|*}" "$(cast header "${row%%|*}")" "${row#*|}"
done
is 'approved, in its events: the hold' "$(cast event command hold)" "$id"
is 'approved, in its events: by whom' "$(cast event command approvers.0)" alice
before=$(find "$W/root" -name '*.cast' | wc -l)
run agent aws ec2 terminate-instances --instance-ids i-0abc0000000000001
run agent -- --no-wait aws s3 rm s3://logs/a.txt
run agent -- --dry-run aws s3 ls
run agent whoami
is 'what did not run has no recording' "$(find "$W/root" -name '*.cast' | wc -l)" "$before"

# ---- who proves and reads it ----
verify() {
	"$W/bin/hoop-replay" "$@" --verify "$cast" >"$W/out" 2>"$W/err" </dev/null
	echo $?
}
key=$KEYS/auditor.key
umask 077
"$W/bin/broker" keys init --name other "$W/other" >/dev/null 2>&1
is 'proven and read by those who may' "$(verify --key "$key" --trust "$KEYS/trust")" 0
is 'without a key it cannot all be looked at' "$(verify --key "$W/none" --trust "$KEYS/trust")" 5
is 'not proven to those who trust nobody' "$(HOME=$W/none; export HOME; verify --key "$key")" 6
is "nor by another broker's trust" "$(verify --key "$key" --trust "$W/other/trust")" 6
"$W/bin/hoop-replay" --key "$key" --trust "$W/other/trust" --speed 1000 "$cast" >"$W/out" 2>"$W/err" </dev/null
has 'and the player says so' "$W/err" 'not verified: the device key that signed it is not trusted'
"$W/bin/hoop-replay" --key "$W/other/auditor.key" --trust "$KEYS/trust" --export cast "$cast" >"$W/out" 2>"$W/err" </dev/null
is "not read with another broker's key" $? 5
is 'and nothing of it shown' "$(cat "$W/out")" ''
# One bit, somewhere in the middle.
cp "$cast" "$W/forged.cast"
"$PYTHON3" - "$W/forged.cast" <<'EOP'
import os
import sys
with open(sys.argv[1], "r+b") as f:
    at = os.path.getsize(sys.argv[1]) // 2
    f.seek(at)
    old = f.read(1)[0]
    f.seek(at)
    f.write(b"B" if old == ord("A") else b"A")
EOP
cast=$W/forged.cast
is 'a forged one is found out' "$(verify --key "$key" --trust "$KEYS/trust")" 3

# ---- bytes that attack the reader ----
recorded agent aws s3 ls s3://hostile
esc=$(printf '\033')
has 'ssh shows a hostile name as it is' "$W/out" "a${esc}]0;owned"
cp "$W/out" "$W/shown"
cast shown >"$W/out"
same 'the export has it as it was' "$W/out" "$W/shown"
lacks 'but no bare escape' "$W/cast" "$esc"
replay --speed 1000 "$cast" >"$W/out" 2>"$W/err" </dev/null
has 'the player shows the line' "$W/out" ' a.*z$'
lacks 'but sets no title' "$W/out" 'owned'
lacks 'and no clipboard' "$W/out" 'b3duZWQ='
lacks 'and asks nothing of the terminal' "$W/out" "${esc}\\[6n"
LC_ALL=C lacks 'nor in eight bits' "$W/out" "$(printf '\302\233')"
replay --raw --speed 1000 "$cast" >"$W/out" 2>"$W/err" </dev/null
head -c "$(($(wc -c <"$W/shown")))" "$W/out" >"$W/raw"
same 'but who wants it raw has it raw' "$W/raw" "$W/shown"

# ---- nothing is anywhere else ----
recorded agent aws s3 cp s3://logs/marker -
is 'a marker is shown' "$(cat "$W/out")" "$marker"
has 'and is in the export' "$W/cast" "$marker"
demo_ssh "$W" agent broker aws s3 cp - s3://logs/up <"$W/out" >/dev/null 2>"$W/err"
rm -f "$W/out" "$W/cast"
log_is_clean
demo_stop
grep -rl -a "$marker" "$W/root" "$W/brokerd.log" >"$W/out" 2>/dev/null
is 'nothing below the root has it in the clear' "$(cat "$W/out")" ''
# Every secret and token that was issued, and the gateway's own.
is 'secrets were issued' "$(($(wc -l <"$W/aws/issued") >= 12))" 1
sed -n 's/^aws_secret_access_key = //p' "$W/aws/credentials" >"$W/secrets"
cat "$W/aws/issued" >>"$W/secrets"
for cast in $(find "$W/root" -name '*.cast'); do
	replay --export cast "$cast" 2>/dev/null
done >"$W/all"
has 'all that is recorded can be read' "$W/all" "$marker"
rm -f "$W/found"
grep -r -l -a -F -f "$W/secrets" "$W/root" "$W/brokerd.log" "$W/all" "$W/held.err" "$W/held.out" \
	>"$W/out" 2>/dev/null
is 'no secret is in a file, log, recording or message' "$(cat "$W/out")" ''
is 'and the search would find one' "$(grep -c -F -f "$W/secrets" "$W/aws/issued")" \
	"$(($(wc -l <"$W/aws/issued")))"
walk_end
