#!/bin/sh
# Grants: an approval beforehand, for a while and so many times, with real clients; and
# everything by which somebody might get more out of one than was given.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
DEMO_HOLDS='  decide: 1h
  open_per_identity: 20'
walk_make
for who in bob carol ned; do demo_user "$W" "$who"; done
conf=$W/root/etc/broker/broker.yaml policy=$W/root/etc/broker/policies/demo.yaml
# Bob owns ci-deploy; ned may nothing.
sed -i -e "/name: bob/d" -e 's/groups: \[sre\]/groups: [sre, agents]\n    profile: demo/' \
	-e "/^identities:/a\\
  - {name: bob, kind: human, groups: [sre], keys: [\"$(key bob)\"]}\\
  - {name: carol, kind: human, groups: [sre], keys: [\"$(key carol)\"]}\\
  - {name: ned, kind: human, groups: [agents], profile: demo, keys: [\"$(key ned)\"]}" "$conf"
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
  - id: keep
    effect: deny
    on: [exec]
    aws: {operations: ["s3:rm", "s3:DeleteObject"], resources: ["arn:aws:s3:::logs/keep*"]}
    reason: These stay.
EOP
cp "$policy" "$W/policy"
cp "$conf" "$W/conf"
walk_start

granted() {
	id=$(sed -n 's/^granted \([0-9A-Z-]*\)$/\1/p' "$W/out")
}

# One command without patience: 0 when it ran, 75 when it is held.
rm_() {
	run agent -- --no-wait aws s3 rm "s3://logs/$1"
}

# ---- without one, and with one ----
rm_ a.txt
is 'without a grant it is held' "$status" 75
says 'who has no right gives none' 77 'denied: you have no right to grant' \
	ned grant add ci-deploy --rule walk/delete --for 30m --uses 3 --reason x
says 'nor does its holder' 77 'denied: you have no right to grant' \
	agent grant add ci-deploy --rule walk/delete --for 30m --uses 3 --reason x
says 'its owner asks, and does not count' 75 'your own word does not count for it: you and the asker' \
	bob grant add ci-deploy --rule walk/delete --for 30m --uses 3 --reason x
pending=$(sed -n 's/^pending \(.*\)$/\1/p' "$W/out")
says 'nor does the owner by a second try' 77 'answer to the same person' bob approve "$pending"
says 'an approver sees exactly what is asked for' 0 \
	'grant to ci-deploy: 3 uses within 30m, asked for by bob, of whatever rule walk/delete holds' carol pending
rm_ a.txt
is 'what is only asked for covers nothing' "$status" 75
says 'a person says no' 0 "^denied $pending" carol deny "$pending" --reason "'too much'"
says 'an approver gives one at once' 0 '^granted ' \
	alice grant add ci-deploy --rule walk/delete --for 30m --uses 3 --reason "'cleaning up'"
granted
one=$id
says 'its holder sees it' 0 "^grant    $one rule walk/delete, 3 of 3 uses, " agent whoami
says 'others do not' 0 '"grants":\[\]' ned whoami --json

# ---- so many times, however many come at once ----
before=$(reached DeleteObject)
pids=
for n in a b c d e f g h; do
	(
		$ssh_agent broker -- --no-wait aws s3 rm "s3://logs/m$n" >"$W/m$n.out" 2>"$W/m$n.err" </dev/null
		echo $? >"$W/m$n.status"
	) &
	pids="$pids $!"
done
for p in $pids; do wait "$p"; done
is 'three of eight ran' "$(cat "$W"/m?.status | grep -c '^0$')" 3
is 'the others are held' "$(cat "$W"/m?.status | grep -c '^75$')" 5
is 'and three reached AWS' $(($(reached DeleteObject) - before)) 3
cat "$W"/m?.err >"$W/said"
is 'who ran is told by which' "$(grep -c "^broker: granted: $one by alice, " "$W/said")" 3
run alice grant list
is 'a grant that is used up is gone' "$status" 0
lacks 'from the list, too' "$W/out" "$one"

# ---- what it does not cover ----
says 'another' 0 '^granted ' alice grant add ci-deploy --rule walk/delete --for 30m --uses 50 --reason x
granted
two=$id
rm_ a.txt
is 'it covers its rule' "$status" 0
rm_ keep.txt
is 'not what another rule denies' "$status" 77
run agent -- --no-wait aws s3 mb s3://new-bucket
is 'nor what another rule holds' "$status" 75
run ned -- --no-wait aws s3 rm s3://logs/a.txt
is 'nor anybody else' "$status" 75

# ---- one command ----
ask() {
	rm_ "$1"
	like=$(sed -n "s|.*ssh broker request \([0-9A-Z-]*\)\$|\1|p" "$W/err")
}
says 'it is taken back' 0 "^revoked $two" carol grant revoke "$two" --reason "'enough'"
rm_ a.txt
is 'and covers nothing from then on' "$status" 75
ask only.txt
says 'one for a single command' 0 '^granted ' alice grant add ci-deploy --like "$like" --for 30m --uses 5 --reason x
rm_ only.txt
is 'it covers that' "$status" 0
rm_ only.txt2
is 'not another object' "$status" 75
run agent -- --no-wait --reason changed aws s3 rm s3://logs/only.txt
is 'not another reason' "$status" 75
run agent -- --no-wait aws s3 rm --recursive s3://logs/only.txt
is 'not one word more' "$status" 75
granted_like=$like
says 'a grant cannot be like what is none of theirs' 64 'no command of this identity' \
	alice grant add ned --like "$granted_like" --for 30m --uses 5 --reason x

# ---- two people ----
says 'two are asked for as the rule says' 75 'your own word is counted' \
	alice grant add ci-deploy --rule walk/make --for 30m --uses 2 --reason x
pending=$(sed -n 's/^pending \(.*\)$/\1/p' "$W/out")
says 'the second makes it' 0 "^approved $pending" carol approve "$pending"
in_force() { demo_ssh "$W" alice broker grant list </dev/null 2>/dev/null | grep -q "^$1\$"; }
yes_ 'it is in force' demo_wait 10 in_force "$pending"
run agent -- --no-wait aws s3 mb s3://two-buckets
is 'and lets its command run' "$status" 0

# ---- a restart, and a hard one ----
kill -9 "$DEMO_PID"
wait "$DEMO_PID" 2>/dev/null
demo_start "$W" || not_ok 'it starts again'
yes_ 'it is in force after a crash' demo_wait 10 in_force "$pending"
says 'with what was used' 0 '1 of 2 uses' alice grant list
run agent -- --no-wait aws s3 mb s3://three-buckets
is 'and lets its second run' "$status" 0
run agent -- --no-wait aws s3 mb s3://four-buckets
is 'and no third' "$status" 75

# ---- people and time ----
says 'one of alice' 0 '^granted ' alice grant add ci-deploy --rule walk/delete --for 30m --uses 50 --reason x
granted
sed -i 's/approve: .*/approve: [carol, bob]/' "$conf"
yes_ 'alice loses the right' reload
rm_ a.txt
is 'what she gave counts no more' "$status" 75
cp "$W/conf" "$conf"
yes_ 'she has it again' reload
rm_ a.txt
is 'and it counts' "$status" 0
run alice grant revoke "$id"
says 'a short one' 0 '^granted ' alice grant add ci-deploy --rule walk/delete --for 1s --uses 50 --reason x
granted
gone() { ! in_force "$id"; }
yes_ 'it ends by itself' demo_wait 20 gone
rm_ a.txt
is 'and covers nothing then' "$status" 75

# ---- what the store has ----
log_is_clean
demo_stop
store() { "$PYTHON3" "$W/support/store.py" "$W/root/var/lib/broker/broker.db" "$@"; }
store details grant.used >"$W/used"
is 'each use is an event' "$(grep -c "\"grant\": *\"$one\"" "$W/used")" 3
store details grant.made >"$W/made"
has 'each grant, with who gave it' "$W/made" "\"grant\": *\"$one\".*alice"
store details grant.revoked >"$W/revoked"
has 'each end, with who and why' "$W/revoked" "\"grant\": *\"$two\".*enough"
store details grant.expired >"$W/expired"
is 'and the end by time' "$(grep -c "\"grant\": *\"$id\"" "$W/expired")" 1
is 'each event proves the one before' "$(store chain | cut -d' ' -f1)" whole
walk_end
