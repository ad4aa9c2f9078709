#!/bin/sh
# Commands that wait for people: who may let them run, what ends the wait, and what the
# store has of it.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
DEMO_HOLDS='  decide: 1h
  open_per_identity: 2'
walk_make
for who in bob carol erin ned; do demo_user "$W" "$who"; done
conf=$W/root/etc/broker/broker.yaml policy=$W/root/etc/broker/policies/demo.yaml
# Bob owns ci-deploy.  Alice asks, too; erin may approve, but no rule names her; ned may
# nothing.
sed -i -e "/name: bob/d" -e 's/groups: \[sre\]/groups: [sre, agents]\n    profile: demo/' \
	-e "s/approve: .*/approve: [\"group:sre\", erin]/" \
	-e "/^identities:/a\\
  - {name: bob, kind: human, groups: [sre], keys: [\"$(key bob)\"]}\\
  - {name: carol, kind: human, groups: [sre], keys: [\"$(key carol)\"]}\\
  - {name: erin, kind: human, keys: [\"$(key erin)\"]}\\
  - {name: ned, kind: human, keys: [\"$(key ned)\"]}" "$conf"
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
  - id: make
    effect: hold
    on: [exec]
    who: {group: agents}
    aws: {operations: ["s3:mb"]}
    approvers: {need: 2, from: [group:sre], auth: [key]}
EOP
cp "$policy" "$W/policy"
cp "$conf" "$W/conf"
walk_start

# ended DESCRIPTION STATUS FILE REGEX: the asker's end.
ended() {
	wait "$asker"
	is "$1" "$?" "$2"
	has "$1: and says why" "$3.err" "$4"
}

# ---- two people ----
ask agent "$W/two" -- --reason "'a new bucket'" aws s3 mb s3://two-people
asked "$W/two"
two=$id
has 'two are asked for' "$W/two.err" "^broker: held: $id needs 2 of group sre (rule walk/make); expires in 1h\$"
says 'nobody without the right sees what waits' 77 'denied: you have no right' ned pending
says 'nobody without the right approves' 77 'denied: you have no right to approve' ned approve "$id"
says 'nobody without the right denies' 77 'denied: you have no right to deny' ned deny "$id" --reason no
says 'the asker has no right to approve' 77 '^broker: denied: ' agent approve "$id"
says "the asker's owner does not count" 77 'denied: you and the asker answer to the same person' bob approve "$id"
says 'whom the rule does not name does not count' 77 'denied: its rule does not count you' erin approve "$id"
says 'an id that is none' 64 'no hold of that id is pending' alice approve 0000-0000
says 'an id that is no id' 64 'no hold of that id is pending' alice approve "'../x'"
says 'words that are no reason' 64 'usage: approve ID ' alice approve "$id" because
says 'the first of two is counted' 0 "counted, more approvals are needed for $id" alice approve "$id"
says 'but not twice' 77 'denied: you approved it already' alice approve "$id"
says 'an approver sees how far it is' 0 'needs *1 of 2 from group sre' carol pending
kill -0 "$asker" && is 'nothing runs after one' "$(reached CreateBucket)" 0
says 'the second of two lets it run' 0 "^approved $id\$" carol approve "$(echo "$id" | tr 'A-Z' 'a-z')"
ended 'it ran' 0 "$W/two" "^broker: approved $id by alice and carol after [0-9]"
is 'once' "$(reached CreateBucket)" 1
says 'and an approval is spent' 64 'no hold of that id is pending' carol approve "$id"

# ---- one's own ----
ask alice "$W/own" aws s3 rm s3://logs/a.txt
asked "$W/own"
own=$id
says 'nobody approves what they asked for' 77 'denied: you asked for it yourself' alice approve "$id"
says 'an approver denies' 0 "^denied $id\$" erin deny "$id" --reason "'not on a Friday'"
ended 'a denied command' 77 "$W/own" "^broker: denied: $id by erin: not on a Friday\$"

# ---- time, and askers that go ----
ask agent "$W/wait" -- --wait 1 aws s3 rm s3://logs/p.txt
asked "$W/wait"
patience=$id
ended 'patience that ends' 75 "$W/wait" "^broker: held: $id needs .*; not approved in the time you were ready to wait; nothing ran\$"
says 'the hold stays' 0 "^$id" alice pending
says 'and can be decided on' 0 "^denied $id\$" carol deny "$id" --reason later
sed -i 's/decide: 1h/decide: 1s/' "$conf"
yes_ 'a shorter time is taken over' reload
ask agent "$W/late" aws s3 rm s3://logs/a.txt
asked "$W/late"
late=$id
ended 'a hold that nobody decides on' 75 "$W/late" '^broker: expired: nobody decided in time; nothing ran'
says 'it is too late then' 64 'no hold of that id is pending' alice approve "$id"
cp "$W/conf" "$conf"
reload
$ssh_agent broker aws s3 rm s3://logs/g.txt >"$W/gone.out" 2>"$W/gone.err" </dev/null &
asker=$!
asked "$W/gone"
gone=$id
kill "$asker"
wait "$asker" 2>/dev/null
nobody_waits() {
	demo_ssh "$W" carol broker pending </dev/null 2>/dev/null | grep -q . && return 1
	return 0
}
says 'an asker that goes leaves the hold behind' 0 "^$gone" carol pending
says 'and it can be decided on' 0 "^denied $gone\$" carol deny "$gone" --reason gone
"$PYTHON3" "$W/support/on_tty.py" 'wait:approver runs: broker approve ' 'send:\x03' -- \
	$ssh_agent -tt broker aws s3 rm s3://logs/a.txt >"$W/key.err" 2>"$W/err"
is 'the interrupt key withdraws' $? 130
key=$(sed -n 's/.*broker approve \([0-9A-Z-]*\).*$/\1/p' "$W/key.err")
yes_ 'and nothing is pending then' demo_wait 10 nobody_waits

# ---- so many at once ----
ask agent "$W/a" aws s3 rm s3://logs/a.txt
asked "$W/a"
first=$id first_asker=$asker
ask agent "$W/b" aws s3 rm s3://logs/a.txt
asked "$W/b"
second_asker=$asker
says 'a third is one too many' 75 'held: you have too many open holds' agent aws s3 rm s3://logs/a.txt
ask alice "$W/c" aws s3 rm s3://logs/c.txt
other_asker=$asker
yes_ 'but not for somebody else' asked "$W/c"
run carol deny "$id" --reason no
wait "$other_asker"

# ---- rules that change ----
# $first is pending, and so is that of $W/b.
sed -i 's/need: 1/need: 2/' "$policy"
reload
says 'who approves under the old terms is counted' 0 "^approved $first\$" carol approve "$first"
asker=$first_asker
ended 'but a rule that asks for more by now is heeded' 77 "$W/a" \
	'^broker: denied: the rule asks for other approvals now; ask again'
id=$(sed -n 's/.*broker approve \([0-9A-Z-]*\).*$/\1/p' "$W/b.err")
stricter=$id
printf 'version: 1\nname: walk\nrules: []\n' >"$policy"
reload
run carol approve "$id"
asker=$second_asker
ended 'a rule that is no more allows nothing' 77 "$W/b" '^broker: denied: s3 rm s3://logs/a.txt'
cp "$W/policy" "$policy"
reload
is 'nothing was deleted in all this' "$(reached DeleteObject)" 0
# A reload voids no hold: what the rules forbade for a while they let through again.
says 'what was approved can be used then' 0 "^broker: approved $first by carol after" agent request "$first"
says 'and the other' 0 "^broker: approved $stricter by carol after" agent request "$stricter"
ask agent "$W/last" aws s3 rm s3://logs/a.txt
asked "$W/last"
last=$id
run carol approve "$id" --reason "'change 7'"
ended 'it can be done in the end' 0 "$W/last" "^broker: approved $id by carol after"
is 'and is done' "$(reached DeleteObject)" 3

# ---- what the store has ----
log_is_clean
demo_stop
store() { "$PYTHON3" "$W/support/store.py" "$W/root/var/lib/broker/broker.db" "$@"; }
store holds >"$W/holds"
state() { sed -n "s/^$1 //p" "$W/holds"; }
is 'stored: two approved, spent' "$(state "$two")" spent
is 'stored: denied' "$(state "$own")" denied
is 'stored: no more patience, denied later' "$(state "$patience")" denied
is 'stored: expired' "$(state "$late")" expired
is 'stored: the asker gone, denied later' "$(state "$gone")" denied
is 'stored: withdrawn, cancelled' "$(state "$key")" cancelled
is 'stored: refused after the approval, used later' "$(state "$first")" spent
is 'stored: refused by new rules, used later' "$(state "$stricter")" spent
is 'stored: spent' "$(state "$last")" spent
lacks 'stored: nothing is open' "$W/holds" 'pending\|approved'
is 'events come in their order' "$(store story "$two")" \
	'hold.pending:ci-deploy hold.vote:alice hold.approved:carol hold.spent:'
is 'each event proves the one before' "$(store chain | cut -d' ' -f1)" whole
store attack >"$W/attack"
is 'the store refuses to forget or to change' "$(grep -c -v '^refused$' "$W/attack")" 1
has 'and stays whole' "$W/attack" '^whole '
walk_end
