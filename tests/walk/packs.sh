#!/bin/sh
# The shipped packs side by side in one broker, as their manual says they can be: what each
# lets through still goes through, and what one of them denies is denied.
walk_before() {
	mkdir -p "$1/packs" && cp "${top_srcdir:-.}"/policies/packs/*.yaml "$1/packs/"
}
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
DEMO_MORE='targets: {stage-1: {id: i-0abc0000000000001, env: staging}}'
walk_make
conf=$W/root/etc/broker/broker.yaml policies=$W/root/etc/broker/policies
cp "$W"/packs/*.yaml "$policies/"
# One of their own beside them: hours that are over, and something that is done twice.
cat >"$policies/ours.yaml" <<'EOP'
version: 1
name: ours
rules:
  - id: twice
    effect: allow
    on: [exec]
    who: {group: agents}
    aws: {operations: ["dynamodb:Scan"]}
    rate: {n: 1, per: 1h}
  - id: closed
    effect: deny
    on: [exec]
    who: {group: agents}
    when: {until: "2020-01-01"}
    aws: {operations: ["s3:*", "ec2:*"]}
    reason: Not before the move.
  - id: gone
    effect: allow
    on: [exec]
    who: {group: agents}
    when: {until: "2020-01-01"}
    aws: {operations: ["sns:ListTopics"]}
EOP
# Who approves does it by a security key: the packs count nothing less.
walk_softkey
demo_user "$W" carl
for who in lena mia sara; do demo_user "$W" "$who" ed25519-sk; done
# The agent reads and handles data; carl is on call, lena leads
# and owns data, with mia.
sed -i -e 's/groups: \[agents\]/groups: [agents, data, triage]/' -e "/^identities:/a\\
  - {name: carl, kind: human, groups: [oncall, readers, developers], profile: demo, keys: [\"$(key carl)\"]}\\
  - {name: lena, kind: human, groups: [leads, data-owners], keys: [\"$(key lena)\"]}\\
  - {name: mia, kind: human, groups: [data-owners], keys: [\"$(key mia)\"]}\\
  - {name: sara, kind: human, groups: [sre], keys: [\"$(key sara)\"]}" \
	-e 's/approve: .*/approve: ["group:sre", "group:leads", "group:data-owners"]/' "$conf"
"$PYTHON3" - "$W/support/standin-seed.json" "$W/scratch" <<'EOP'
import json, sys
seed = json.load(open(sys.argv[1]))
seed["buckets"]["lake-eu"] = {"region": "eu-west-1", "objects": {"2026/a": "lake\n"}}
seed["buckets"]["lake-scratch"] = {"region": "eu-west-1", "objects": {"mine/a": "a\n"}}
seed["ssm"] = {"scratch": sys.argv[2], "fast": True}
json.dump(seed, open(sys.argv[1], "w"))
EOP
mkdir "$W/scratch"
demo_aws_stop
demo_aws_start "$W"
sed -i "s/\"127.0.0.1:[0-9]*\"}/\"127.0.0.1:$DEMO_AWS_PORT\"}/" "$conf"
yes_ 'brokerd takes the packs together' "$W/bin/brokerd" --root "$W/root" --libexec "$W/bin" -t
yes_ 'so does broker policy check' "$W/bin/broker" policy check "$policies"
yes_ 'their tests pass' "$W/bin/broker" policy test "$policies"
yes_ 'no lint finds an error' "$W/bin/broker" policy lint "$policies"
walk_start

# judged DESCRIPTION STATUS REGEX WHO words…: one line over ssh, and what is said of it.
judged() {
	_d=$1 _s=$2 _r=$3
	shift 3
	run "$@"
	if [ "$status" = "$_s" ] && cat "$W/out" "$W/err" | grep -q -e "$_r"; then ok "$_d"; else
		not_ok "$_d"
		printf '# status %s, want %s and %s\n' "$status" "$_s" "$_r"
	fi
}

judged 'demo: an agent looks' 0 'a.txt' agent aws s3 ls s3://logs/
judged 's3-data: an agent reads the lake' 0 '^lake$' agent aws s3 cp s3://lake-eu/2026/a -
judged 'aws-readonly: a reader sees machines' 0 'i-0abc0000000000001' carl \
	aws ec2 describe-instances
judged 'who is in no group of a pack gets nothing of it' 77 'denied: .* unmatched' agent \
	aws iam list-users
judged 'never: no credentials' 77 'by rule never/credentials: Credentials come from' carl \
	aws iam create-access-key --user-name carl
judged 'a deny of one pack beats a hold of another' 77 'by rule [a-z]*/[a-z]*: ' carl \
	aws s3 rb s3://logs
judged 'aws-developer: a change is held' 75 'rule aws-developer/change' carl \
	-- --no-wait aws s3 rm s3://lake-scratch/mine/a
judged 'never, to a program' 77 '"rule":"never/account","code":"rule"' carl \
	-- --json aws dynamodb delete-table --table-name people
judged 'ssm-triage: an agent looks at a machine' 0 'load average' agent ssm stage-1 -- uptime
judged 'and does nothing there' 77 'by rule never/machines' agent ssm stage-1 -- rm /tmp/x
judged 'once' 0 'Ann' agent aws dynamodb scan --table-name people
judged 'but not twice: a rate' 77 'over its rate of 1 in 1h; try again in' agent aws dynamodb scan --table-name people
judged 'hours that are over' 77 'not here, or not now' agent aws sns list-topics

ask agent "$W/held" -- --reason "'old data'" aws s3 rm s3://lake-scratch/mine/a
asked "$W/held"
judged 'the held line is shown' 0 'lake-scratch/mine/a' lena pending
has 'and what both packs need' "$W/out" 'group data-owners (rule s3-data/delete)'
has 'of both' "$W/out" 'group sre (rule demo/delete)'
judged 'one of two owners approves' 0 'more approvals are needed' lena approve "$id"
judged 'so does the other one' 0 'more approvals are needed' mia approve "$id"
judged 'demo holds it, too, for group sre, but not by a plain key' 77 'not by this kind of proof' \
	alice approve "$id"
judged 'a security key counts' 0 "^approved $id\$" sara approve "$id"
wait "$asker"
is 'and it runs' "$?" 0
log_is_clean
walk_end
