#!/bin/sh
# Something else in place of what people approved, and the asker in place of an approver:
# each way to try it that the walks request, hold, touch and staged leave.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
DEMO_HOLDS='  decide: 1h
  open_per_identity: 100'
walk_make
for who in carol bob bot moved; do demo_user "$W" "$who"; done
conf=$W/root/etc/broker/broker.yaml
# Bob owns ci-deploy and a second agent, which may approve; alice asks, too.
sed -i -e "/name: bob/d" -e 's/groups: \[sre\]/groups: [sre, agents]\n    profile: demo/' \
	-e 's/^    profile: demo$/&\n    profiles: [other]/' \
	-e "/^profiles:/a\\
  other: {account: \"111122223333\", role: \"arn:aws:iam::111122223333:role/broker\", region: eu-west-2}" \
	-e "/^identities:/a\\
  - {name: bob, kind: human, groups: [sre], keys: [\"$(key bob)\"]}\\
  - {name: bot, kind: agent, owner: bob, groups: [sre], keys: [\"$(key bot)\"]}\\
  - {name: carol, kind: human, groups: [sre], keys: [\"$(key carol)\"]}" "$conf"
cat >"$W/root/etc/broker/policies/demo.yaml" <<'EOP'
version: 1
name: walk
rules:
  - id: delete
    effect: hold
    on: [exec]
    who: {group: agents}
    aws: {operations: ["s3:rm"]}
    approvers: {need: 1, from: [group:sre], auth: [key]}
EOP
cp "$conf" "$W/conf"
walk_start

# left WHO words…: held and not waited for; sets $id.
left() {
	_left=$1
	shift
	run "$_left" -- --no-wait "$@"
	id=$(sed -n 's/^broker: run it later with: ssh broker request \([0-9A-Z-]*\)$/\1/p' "$W/err")
}

# ---- other words for an approval that is there ----
left agent --reason "'ticket 42'" aws s3 rm s3://logs/a.txt
approved=$id
run carol approve "$id"
is 'somebody approves' "$status" 0
# other DESCRIPTION words…: is held anew, under another id.
other() {
	_other=$1
	shift
	left agent "$@"
	if [ "$status" = 75 ] && [ -n "$id" ] && [ "$id" != "$approved" ]; then
		ok "$_other is asked for by itself"
	else
		not_ok "$_other is asked for by itself"
	fi
}
other 'another object' --reason "'ticket 42'" aws s3 rm s3://logs/b.txt
other 'all of them' --reason "'ticket 42'" aws s3 rm --recursive s3://logs/a.txt
other 'another spelling of it' --reason "'ticket 42'" aws s3 rm s3://logs//a.txt
other 'the same with an option more' --reason "'ticket 42'" aws s3 rm --quiet s3://logs/a.txt
other 'the same in another region' --reason "'ticket 42'" aws --region eu-west-3 s3 rm s3://logs/a.txt
other 'the same with another profile' --reason "'ticket 42'" aws --profile other s3 rm s3://logs/a.txt
other 'the same for another reason' --reason "'ticket 43'" aws s3 rm s3://logs/a.txt
other 'the same for none' aws s3 rm s3://logs/a.txt
left alice --reason "'ticket 42'" aws s3 rm s3://logs/a.txt
is 'the same of somebody else has another id' "$status:$([ "$id" = "$approved" ] || echo other)" 75:other
says 'another profile cannot be brought along' 64 '^broker: refused: usage: request ID' \
	agent request "$approved" --profile other
says 'nor a reason' 64 '^broker: refused: usage: request ID' agent request "$approved" --reason new
is 'nothing ran in all this' "$(reached DeleteObject)" 0
says 'the same words run' 0 "^broker: approved $approved by carol after " \
	agent -- --reason "'ticket 42'" aws s3 rm s3://logs/a.txt
is 'once' "$(reached DeleteObject)" 1
left agent --reason "'ticket 42'" aws s3 rm s3://logs/a.txt
is 'and are asked for anew then' "$status:$([ "$id" = "$approved" ] || echo other)" 75:other
is 'without a second run' "$(reached DeleteObject)" 1

# ---- the asker, in disguise ----
left agent aws s3 rm s3://logs/agent.txt
says "another agent of the asker's owner is the asker's owner" 77 \
	'denied: you and the asker answer to the same person' bot approve "$id"
says 'and so is the owner' 77 'denied: you and the asker answer to the same person' bob approve "$id"
agents=$id
left alice aws s3 rm s3://logs/alice.txt
says 'nor does anybody approve what they asked for' 77 'denied: you asked for it yourself' alice approve "$id"
alices=$id
# The asker's key becomes somebody's who may approve, and the asker has a new one.
sed -i -e "s|keys: \[\"$(key agent)\"\]|keys: [\"$(key moved)\"]|" \
	-e "/^identities:/a\\
  - {name: mallory, kind: human, groups: [sre], keys: [\"$(key agent)\"]}" "$conf"
yes_ 'a key is given to somebody else' reload
says 'who is not who asked with it' 77 '^broker: denied: you have no request of that id' \
	agent request "$agents"
says 'but cannot approve what it was asked with' 77 "denied: a key of yours is, or was, the asker's" \
	agent approve "$agents"
# An owner who disowns the agent stays who they were.
cp "$W/conf" "$conf"
sed -i 's/owner: bob$/owner: carol/' "$conf"
yes_ 'an agent is given to somebody else' reload
says 'the owner who was does not count' 77 'answer to the same person' bob approve "$agents"
says 'nor does the one who is' 77 'answer to the same person' carol approve "$agents"
cp "$W/conf" "$conf"
sed -i "s|keys: \[\"$(key carol)\"\]|keys: [\"$(key alice)\"]|" "$conf"
"$W/bin/brokerd" -t --root "$W/root" --libexec "$W/bin" >"$W/out" 2>"$W/err" </dev/null
is 'a key of two is no configuration' "$?" 64
cp "$W/conf" "$conf"
yes_ 'all is as it was' reload
says 'who is none of these approves' 0 "^approved $agents\$" carol approve "$agents"
says 'and the other' 0 "^approved $alices\$" carol approve "$alices"
says 'which runs for whom it was approved' 0 "^broker: approved $agents by carol" agent request "$agents"
says 'and for nobody else' 77 'no request of that id' agent request "$alices"
is 'these were all' "$(reached DeleteObject)" 2
log_is_clean
walk_end
