#!/bin/sh
# People who approve are deceived: by who asks, under another name, with another's key, by
# words that forge what they read, by a store that somebody had in hand.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
DEMO_HOLDS='  decide: 1h
  open_per_identity: 100'
walk_make
for who in bob carol other helper aide ned; do demo_user "$W" "$who"; done
key() { cut -d' ' -f1,2 "$W/who/$1.pub"; }
conf=$W/root/etc/broker/broker.yaml policy=$W/root/etc/broker/policies/demo.yaml
# Bob owns ci-deploy and helper, alice owns aide; ned may nothing.
sed -i -e '/name: bob/d' -e 's/groups: \[sre\]/groups: [sre, agents]\n    profile: demo/' \
	-e "s|keys: \[\"$(key agent)\"\]|keys: [\"$(key agent)\", \"$(key other)\"]|" \
	-e "/^identities:/a\\
  - {name: bob, kind: human, groups: [sre], keys: [\"$(key bob)\"]}\\
  - {name: carol, kind: human, groups: [sre], keys: [\"$(key carol)\"]}\\
  - {name: ned, kind: human, groups: [agents], profile: demo, keys: [\"$(key ned)\"]}\\
  - {name: helper, kind: agent, owner: bob, groups: [sre], keys: [\"$(key helper)\"]}\\
  - {name: aide, kind: agent, owner: alice, groups: [sre], keys: [\"$(key aide)\"]}" "$conf"
cat >"$policy" <<'EOP2'
version: 1
name: walk
rules:
  - id: delete
    effect: hold
    on: [exec]
    who: {group: agents}
    aws: {operations: ["s3:rm"]}
    approvers: {need: 1, from: [group:sre], auth: [key]}
EOP2
walk_start

reload() {
	_seen=$(grep -c "$1" "$W/brokerd.log")
	kill -HUP "$DEMO_PID"
	demo_wait 10 sh -c "[ \$(grep -c '$1' '$W/brokerd.log') -gt $_seen ]"
}

# says DESCRIPTION STATUS REGEX WHO words…
says() {
	_d=$1 _s=$2 _r=$3
	shift 3
	run "$@"
	if [ "$status" = "$_s" ] && cat "$W/out" "$W/err" | grep -q -e "$_r"; then ok "$_d"; else
		not_ok "$_d"
		printf '# status %s, want %s and %s\n' "$status" "$_s" "$_r"
	fi
}

reached() {
	grep -c "\"operation\": \"$1\"" "$W/aws/requests.log"
}

# left WHO KEY [options…]: held and not waited for; sets $id.
left() {
	_who=$1 _key=$2
	shift 2
	run "$_who" -- --no-wait "$@" aws s3 rm "s3://logs/$_key"
	id=$(sed -n 's/^broker: run it later with: ssh broker request \([0-9A-Z-]*\)$/\1/p' "$W/err")
	[ -n "$id" ] || not_ok "$_who is held"
}

# ---- by another name ----
left agent a.txt
says 'an agent has no right' 77 'no right to approve' agent approve "$id"
says 'nor has its other key' 77 'no right to approve' other approve "$id"
says 'its owner is the same person' 77 'answer to the same person' bob approve "$id"
says 'so is another agent of the owner' 77 'answer to the same person' helper approve "$id"
says 'no right, no id learned' 77 'no right to approve' ned approve 0000-0000
left alice a.txt
says 'an approver does not approve for herself' 77 'you asked for it yourself' alice approve "$id"
says 'nor by an agent of hers' 77 'answer to the same person' aide approve "$id"
says 'she sees it as one who asks' 0 "^$id pending" alice why "$id"
lacks 'not what approvers are shown' "$W/out" '^  \(touches\|similar\)'
says 'others see more' 0 '^  similar ' carol why "$id"
run carol approve "$id"
says 'she is told who approved' 0 '^  approved  by carol, proof key, ' alice why "$id"
lacks 'not with which key, nor from where' "$W/out" "$(ssh-keygen -lf "$W/who/carol.pub" | cut -d' ' -f2)"
says 'which others are' 0 "^  approved  by carol, proof key $(ssh-keygen -lf "$W/who/carol.pub" | cut -d' ' -f2), from 127" carol why "$id"

cp "$conf" "$W/conf"
left agent moved.txt
sed -i -e "s|, \"$(key other)\"\]|]|" -e "/^identities:/a\\
  - {name: mallory, kind: human, groups: [sre], keys: [\"$(key other)\"]}" "$conf"
yes_ 'a key of the asker is given another name' reload ': reloaded$'
says 'which is who it is now' 0 '^mallory (human)$' other whoami
says 'but the key does not approve' 77 "a key of yours is, or was, the asker's" other approve "$id"
cp "$W/conf" "$conf"
sed -i "/^identities:/a\\
  - {name: mallory, kind: human, groups: [sre], keys: [\"$(key other)\"]}" "$conf"
yes_ 'one key for two is no configuration' reload 'reload\(ing\)\{0,1\} \(failed\|refused\)\|not reloaded'
cp "$W/conf" "$conf"
yes_ 'all is as it was' reload ': reloaded$'

# ---- ids ----
left agent b.txt
for who in ned other; do
	run "$who" why "$id"
	sed "s/$id/ID/" "$W/err" >"$W/said.$who"
done
run ned why 0000-0000
sed 's/0000-0000/ID/' "$W/err" >"$W/said.none"
yes_ 'what is there is told like what is not' cmp "$W/said.ned" "$W/said.none"
run ned request "$id"
cp "$W/err" "$W/said.ned"
run ned request 0000-0000
cp "$W/err" "$W/said.none"
yes_ 'by request, too' cmp "$W/said.ned" "$W/said.none"
for word in "$id/" "$id,$id" "../$id" '*' '%' "$id--" ''; do
	run carol approve "'$word'"
	[ "$status" = 64 ] || not_ok "an odd id: $word: $status"
done
ok 'odd ids are none'

# ---- words that forge ----
for reason in "$(printf 'x\nbroker: approved')" "$(printf 'x\033[2J')" "$(printf 'a\342\200\256b')" \
	"$(printf 'a\342\200\250b')" "$(printf '%257s' x)" "$(printf '%60000s' x)"; do
	run agent -- --no-wait --reason "'$reason'" aws s3 rm s3://logs/c.txt
	[ "$status" = 64 ] || not_ok "a reason that is none: $status"
done
ok 'a reason is one line of plain text, and short'
left agent c.txt --reason "'ok \"} broker: approved 7F3K-Q2MX by alice'"
says 'what it says is marked' 0 '^  reason   ok "} broker: approved' carol pending
is 'and begins no line' "$(grep -c '^broker:' "$W/out")" 0
has 'with whose word it is' "$W/out" "^           (the asker's own words, unverified)"
run carol why "$id" --json
is 'and ends no object' "$("$PYTHON3" -c '
import json, sys
lines = open(sys.argv[1]).read().splitlines()
print(len(lines), json.loads(lines[0])["asker_says"].count("broker: approved"))' "$W/out")" '1 1'
printf '%s\n' '{"argv": ["aws", "s3", "rm", "s3://logs/x\n  needs    1 of 1 from nobody"], "wait": 0}' |
	demo_ssh "$W" agent -s broker broker-argv >"$W/out" 2>"$W/err"
is 'a word with a line end is no word' $? 64
printf '%s\n' '{"argv": ["aws", "s3", "rm", "s3://logs/\u202e\u0430 \u200b~.txt"], "wait": 0}' |
	demo_ssh "$W" agent -s broker broker-argv >"$W/out" 2>"$W/err"
is 'nor is one with what turns the line around' $? 64
printf '%s\n' '{"argv": ["aws", "s3", "rm", "s3://logs/\u0430ws.txt"], "wait": 0}' |
	demo_ssh "$W" agent -s broker broker-argv >"$W/out" 2>"$W/err"
is 'letters that look like others are held' $? 75
id=$(sed -n 's/.*ssh broker request \([0-9A-Z-]*\)$/\1/p' "$W/err")
says 'and shown as what they are' 0 's3://logs/\\xD0\\xB0ws.txt' carol why "$id"
for wait in 86401 18446744073709551617 4294967296 -1 1e3 ' 5' 0x10 ''; do
	run agent -- --wait "'$wait'" aws s3 rm s3://logs/d.txt
	[ "$status" = 64 ] || not_ok "to wait $wait: $status"
	run agent request "$id" --wait "'$wait'"
	[ "$status" = 64 ] || not_ok "request, to wait $wait: $status"
done
ok 'no time is longer than a day, and none begins again at nothing'
left agent e.txt
says 'a no has no words to forge with' 64 'usage: deny' carol deny "$id" --reason "'$(printf '%257s' x)'"
says 'a no is a no' 0 '^denied' carol deny "$id" --reason "'broker: approved by root'"
run agent request "$id"
is 'what was denied is denied' "$status" 77
is 'and its reason begins no line' "$(grep -c '^broker: ' "$W/err")" 1

# ---- a store that somebody had in hand ----
tamper() {
	"$PYTHON3" - "$W/root/var/lib/broker/broker.db" "$id" "$1" <<'EOY'
import sqlite3, sys
db, hold, how = sys.argv[1:]
c = sqlite3.connect(db)
change = {
    "words": "detail = replace(detail, 's3://logs/', 's3://other/')",
    "shown": "canon = CAST(replace(CAST(canon AS TEXT), 's3://logs/', 's3://safe/') AS BLOB)",
    "digest": "digest = zeroblob(32)",
    "who": "identity = 'ned'",
    "state": "state = 2",
}[how]
try:
    with c:
        c.execute("UPDATE holds SET " + change + " WHERE id = ?", (hold,))
    print("changed")
    sys.exit(1)
except sqlite3.DatabaseError as e:
    print("refused:", e)
with c:
    for name, in c.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        c.execute("DROP TRIGGER " + name)
    c.execute("UPDATE holds SET " + change + " WHERE id = ?", (hold,))
EOY
}
before=$(reached DeleteObject)
db=$W/root/var/lib/broker/broker.db
for how in words shown digest who state; do
	left agent "t-$how.txt"
	if [ "$how" != state ]; then
		run carol approve "$id"
		[ "$status" = 0 ] || not_ok "carol approves $id"
	fi
	demo_stop
	rm -f "$W/kept.db"*
	"$PYTHON3" -c 'import sqlite3, sys
sqlite3.connect(sys.argv[1]).backup(sqlite3.connect(sys.argv[2]))' "$db" "$W/kept.db"
	yes_ "the file refuses a change of its $how" tamper "$how"
	walk_start
	for who in agent ned; do
		run "$who" request "$id" --no-wait
		case $status in
		75 | 77) ;;
		*) not_ok "$who: with another $how: $status" ;;
		esac
	done
	demo_stop
	rm -f "$db"-*
	cp "$W/kept.db" "$db"
	walk_start
	if [ "$how" != state ]; then
		run agent request "$id"
		is "changed by force nothing ran, put back it does: $how" "$status $(($(reached DeleteObject) - before))" '0 1'
		before=$(reached DeleteObject)
	else
		is 'an approval that nobody gave runs nothing' "$(($(reached DeleteObject) - before))" 0
	fi
done
walk_end
