#!/bin/sh
# Held commands that are left and come back for: what runs then is what people said yes
# to, once, for the one who asked.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
DEMO_HOLDS='  decide: 1h
  open_per_identity: 20'
walk_make
for who in carol other; do demo_user "$W" "$who"; done
conf=$W/root/etc/broker/broker.yaml policy=$W/root/etc/broker/policies/demo.yaml
# The agent has a second key; alice asks, too.
sed -i -e 's/groups: \[sre\]/groups: [sre, agents]\n    profile: demo/' \
	-e "s|keys: \[\"$(key agent)\"\]|keys: [\"$(key agent)\", \"$(key other)\"]|" \
	-e "/^identities:/a\\
  - {name: carol, kind: human, groups: [sre], keys: [\"$(key carol)\"]}" "$conf"
grep -q "$(key other)" "$conf" || sed -i "/name: ci-deploy/,/keys:/s|keys:.*|keys: [\"$(key agent)\", \"$(key other)\"]|" "$conf"
cat >"$policy" <<'EOP'
version: 1
name: walk
rules:
  - id: delete
    effect: hold
    on: [exec]
    who: {group: agents}
    aws: {operations: ["s3:rm"]}
    approvers: {need: 1, from: [group:sre], auth: [key]}
  - id: put
    effect: hold
    on: [exec]
    who: {group: agents}
    aws: {operations: ["s3:cp"]}
    stdin: hashed
    approvers: {need: 1, from: [group:sre], auth: [key]}
  - id: make
    effect: hold
    on: [exec]
    who: {group: agents}
    aws: {operations: ["s3:mb"]}
    on_disconnect: cancel
    approvers: {need: 1, from: [group:sre], auth: [key]}
EOP
cp "$policy" "$W/policy"
cp "$conf" "$W/conf"
walk_start

# left KEY [words…]: held and not waited for; sets $id.
left() {
	_key=$1
	shift
	run agent -- --no-wait "$@" aws s3 rm "s3://logs/$_key"
	id=$(sed -n 's/^broker: run it later with: ssh broker request \([0-9A-Z-]*\)$/\1/p' "$W/err")
}

approved() {
	run carol approve "$id"
	[ "$status" = 0 ] || not_ok "carol approves $id"
}

# ---- left, approved, used ----
left a.txt --reason "'ticket 42'"
is 'who does not wait is told so' "$status" 75
has 'with the id' "$W/err" "^broker: held: $id needs 1 of group sre (rule walk/delete); not waited for\$"
says 'people are asked' 0 "^$id" carol pending
says 'it is not decided on yet' 75 "^broker: held: $id needs .*; not waited for" agent request "$id" --no-wait
says 'nobody else hears of it' 77 '^broker: denied: you have no request of that id$' alice request "$id"
says 'no more than of one that is none' 77 '^broker: denied: you have no request of that id$' alice request 0000-0000
says 'words cannot be brought along' 64 '^broker: refused: usage: request ID' agent request "$id" aws s3 rm s3://logs/b.txt
is 'nothing was deleted' "$(reached DeleteObject)" 0
approved
is 'nor by the approval alone' "$(reached DeleteObject)" 0
says 'what is approved runs' 0 "^broker: approved $id by carol after " agent request "$(echo "$id" | tr 'A-Z' 'a-z')"
is 'once' "$(reached DeleteObject)" 1
says 'and not twice' 77 "^broker: spent: $id was used; ask again at 20" agent request "$id"
is 'really not' "$(reached DeleteObject)" 1
says 'its recording knows who approved it' 0 '' agent whoami
replay --commands "$(demo_recording "$W")" >"$W/out" 2>"$W/err"
has 'by name' "$W/out" carol

# ---- for programs ----
run agent -- --no-wait --json aws s3 rm s3://logs/json.txt
is 'objects for programs' "$(objects "$W/err")" 'held exit 75 False'
has 'with a time to come back' "$W/err" '"retry_after": \{0,1\}60'
id=$(sed -n 's/.*"id": \{0,1\}"\([0-9A-Z-]*\)".*/\1/p' "$W/err")
run agent request "$id" --no-wait --json
is 'and how it stands' "$(objects "$W/err")" 'held exit 75 False'
approved
run agent request "$id" --json
is 'and a run' "$(objects "$W/err")" 'approved exit 0 True'
run agent request "$id" --json
is 'and its end' "$(objects "$W/err")" 'spent exit 77 False'

# ---- waited for again ----
left b.txt
ask agent "$W/again" request "$id"
asked "$W/again"
approved
wait "$asker"
is 'what is pending is waited for' $? 0
left c.txt
ask agent "$W/first" request "$id"
asked "$W/first"
first=$asker
ask agent "$W/second" request "$id"
asked "$W/second"
wait "$first"
is 'another connection takes it over' $? 75
has 'which the first is told' "$W/first.err" '; it is waited for on another connection now$'
approved
wait "$asker"
is 'and runs it' $? 0

# ---- askers that go ----
$ssh_agent broker aws s3 rm s3://logs/d.txt >"$W/gone.out" 2>"$W/gone.err" </dev/null &
asker=$!
asked "$W/gone"
kill "$asker"
wait "$asker" 2>/dev/null
says 'who goes leaves the hold behind' 0 "^$id" carol pending
approved
_before=$(reached DeleteObject)
says 'another key of the same identity may use it' 0 "^broker: approved $id by carol" other request "$id"
is 'once' "$(reached DeleteObject)" $((_before + 1))
$ssh_agent broker aws s3 mb s3://cancelled >"$W/gone.out" 2>"$W/gone.err" </dev/null &
asker=$!
asked "$W/gone"
kill "$asker"
wait "$asker" 2>/dev/null
gone() { demo_ssh "$W" carol broker pending </dev/null 2>/dev/null | grep -q "^$id" && return 1; return 0; }
yes_ 'where the rule says so, it ends with the asker' demo_wait 10 gone
says 'and cannot be come back for' 77 "^broker: cancelled: $id was withdrawn, or ended with its caller; ask again at 20" agent request "$id"
"$PYTHON3" "$W/support/on_tty.py" 'wait:approver runs: broker approve ' 'wait:expires in 59m' 'send:\x03' -- \
	$ssh_agent -tt broker aws s3 rm s3://logs/e.txt >"$W/key.err" 2>"$W/err"
is 'a terminal is shown the time, and its interrupt withdraws' $? 130
id=$(sed -n 's/.*broker approve \([0-9A-Z-]*\).*$/\1/p' "$W/key.err")
yes_ 'it is gone then' demo_wait 10 gone
says 'and cannot be come back for either' 77 "^broker: cancelled: $id was withdrawn" agent request "$id"
withdrawn=$id

# ---- not the same any more ----
left f.txt
approved
_before=$(reached DeleteObject)
sed -i 's|:role/[a-z-]*|&2|' "$conf"
yes_ 'a profile is given another role' reload
says 'which nobody approved' 77 '^broker: denied: the profile has changed since people were asked' agent request "$id"
cp "$W/conf" "$conf"
printf 'version: 1\nname: walk\nrules: []\n' >"$policy"
yes_ 'rules are taken away' reload
says 'and a deny is heeded' 77 '^broker: denied: s3 rm s3://logs/f.txt' agent request "$id"
is 'nothing ran in all this' "$(reached DeleteObject)" "$_before"
cp "$W/policy" "$policy"
yes_ 'all is as it was' reload
says 'and the approval is, too' 0 "^broker: approved $id by carol" agent request "$id"

# ---- input ----
printf 'five!' | demo_ssh "$W" agent broker -- --no-wait aws s3 cp - s3://logs/up.txt >"$W/out" 2>"$W/err"
is 'input is read before people are asked' $? 75
id=$(sed -n 's/.*ssh broker request \([0-9A-Z-]*\)$/\1/p' "$W/err")
run carol why "$id"
has 'and they see of what it is' "$W/out" "$(printf 'five!' | sum_of)"
approved
printf 'fives' | demo_ssh "$W" agent broker request "$id" >"$W/out" 2>"$W/err"
is 'other input runs nothing' $? 77
has 'and says why' "$W/err" '^broker: denied: its input is not what people were asked about'
is 'nothing was put' "$(reached PutObject)" 0
printf 'five!' | demo_ssh "$W" agent broker request "$id" >"$W/out" 2>"$W/err"
is 'the same input runs' $? 0
is 'and is put' "$(reached PutObject)" 1
head -c 2000000 /dev/zero | demo_ssh "$W" agent broker aws s3 cp - s3://logs/big >"$W/out" 2>"$W/err"
is 'too much of it is refused' $? 64
has 'with the bound' "$W/err" 'has more than 1048576 bytes'

# ---- once, whoever comes ----
left g.txt
approved
_before=$(reached DeleteObject)
pids=
for n in 1 2 3 4 5 6; do
	demo_ssh "$W" agent broker request "$id" >"$W/race.out.$n" 2>"$W/race.err.$n" </dev/null &
	pids="$pids $!"
done
ends=
for n in $pids; do
	wait "$n"
	ends="$ends $?"
done
is 'six at once run it once' "$(echo "$ends" | tr ' ' '\n' | grep . | sort | tr '\n' ' ')" '0 77 77 77 77 77 '
is 'really once' "$(reached DeleteObject)" $((_before + 1))

# ---- no ----
left h.txt
run carol deny "$id" --reason "'not on a Friday'"
says 'a no is told' 77 "^broker: denied: $id was denied at 20.* by carol: not on a Friday\$" agent request "$id"
says 'and stands' 77 '^broker: denied: s3 rm s3://logs/h.txt was denied just now by carol; nobody was asked again$' \
	agent aws s3 rm s3://logs/h.txt
denied=$id

# ---- a restart ----
left i.txt
pending=$id
left j.txt
approved
before_restart=$id
log_is_clean
demo_stop
walk_start
_before=$(reached DeleteObject)
says 'what was approved before a restart runs' 0 "^broker: approved $before_restart by carol" agent request "$before_restart"
id=$pending
approved
says 'what was pending can be approved and runs' 0 "^broker: approved $pending by carol" agent request "$pending"
is 'both did' "$(reached DeleteObject)" $((_before + 2))
says 'how one ended is known' 77 "^broker: denied: $denied was denied at 20.* by carol: not on a Friday\$" agent request "$denied"
says 'and a no stands' 77 'was denied .* by carol; nobody was asked again$' agent aws s3 rm s3://logs/h.txt

# ---- too late ----
sed -i 's/decide: 1h/decide: 1h\n  use: 1s/' "$conf"
yes_ 'approvals have a second' reload
left k.txt
approved
over() { demo_ssh "$W" carol broker why "$id" </dev/null 2>/dev/null | grep -q expired; }
yes_ 'one second is soon over' demo_wait 20 over
says 'one that ran out runs nothing' 75 "^broker: expired: $id was not approved, or not used, in time" agent request "$id"
log_is_clean
demo_stop
store() { "$PYTHON3" "$W/support/store.py" "$W/root/var/lib/broker/broker.db" "$@"; }
is 'stored: it was withdrawn by who asked' "$(store story "$withdrawn")" \
	'hold.pending:ci-deploy withdrawn:ci-deploy hold.cancelled:ci-deploy'
is 'stored: each event proves the one before' "$(store chain | cut -d' ' -f1)" whole
walk_end
