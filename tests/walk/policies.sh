#!/bin/sh
# What `broker policy` says beforehand is what the broker then does, and what it did is
# judged again from its own records.
. "${top_srcdir:-.}/tests/walk/lib.sh"
walk_up

policies=$W/root/etc/broker/policies
cat >"$W/facts.json" <<'EOT'
{"identities": {"ci-deploy": {"kind": "agent", "owner": "bob", "groups": ["agents"]}},
 "profiles": {"demo": {"role": "arn:aws:iam::111122223333:role/broker", "region": "eu-west-1"}}}
EOT

# judged LINE: the verdict as the exit status of a dry run has it.
judged() {
	"$PYTHON3" -c 'import json, sys; print(json.dumps({"line": sys.argv[1], "path": "exec"}))' "$1" |
		"$W/bin/broker" --root "$W/root" policy decide --as ci-deploy --facts "$W/facts.json" >"$W/judged"
	case $(sed 's/.*"verdict":"\([a-z]*\)".*/\1/' "$W/judged") in
	allow) echo 0 ;;
	hold) echo 75 ;;
	deny) echo 77 ;;
	*) echo "? $(cat "$W/judged")" ;;
	esac
}

n=0
while IFS= read -r line; do
	n=$((n + 1))
	run agent -- --dry-run "$line"
	# Refused before any rule is asked, or by a rule: not allowed.
	[ "$status" -eq 64 ] && status=77
	is "beforehand and then: $line" "$(judged "$line")" "$status"
done <<'EOT'
aws s3 ls
aws s3 ls s3://logs/2026/ --recursive
aws s3 cp s3://logs/a.txt -
aws s3 cp s3://secret/a.txt -
aws s3 rm s3://logs/a.txt
aws s3 rb s3://logs
aws --region us-east-1 sts get-caller-identity
aws ec2 run-instances --image-id ami-1 --instance-type t3.micro
aws ec2 run-instances --image-id ami-1 --user-data id
aws s3 ls --endpoint-url http://198.51.100.7
aws s3 ls --profile demo
aws s3 ls --profile other
aws s3 ls; id
aws s3 ls "$HOME"
aws iam list-users
uptime
EOT
is 'that were all lines' "$n" 16

run agent aws s3 ls
is 'a command runs' "$status" 0
run agent aws s3 rb s3://logs
is 'another is denied' "$status" 77
demo_wait 5 test -n "$(demo_recording "$W")"

db=$W/root/var/lib/broker/broker.db
[ -e "$db" ] || db=$(find "$W/root/var/lib/broker" -name broker.db)
against() {
	"$W/bin/broker" policy test --against "$1" --facts "$W/facts.json" "$2" >"$W/out" 2>"$W/err"
	echo $?
}
is 'the same policies say the same of what was decided' "$(against "$db" "$policies")" 0
has 'all of it' "$W/out" '^[1-9][0-9]* judged, 0 would change, 0 by another rule$'
lacks 'nothing is left out' "$W/out" 'cannot be read\|not recorded'
"$W/bin/broker" policy test --against "$db" "$policies" >"$W/out" 2>"$W/err"
is 'with no word on who is who and where, either' $? 0
has 'all of that was recorded' "$W/out" '^[1-9][0-9]* judged, 0 would change, 0 by another rule$'
lacks 'so nobody is unknown' "$W/out" 'groups were not recorded'
cat >"$W/other.yaml" <<'EOT'
version: 1
name: other
rules:
  - {id: look, effect: deny, on: [exec], aws: {operations: ["s3:ls"]}}
EOT
is 'others would change it' "$(against "$db" "$W/other.yaml")" 1
has 'and it is said how' "$W/out" "^allow -> deny  .* ci-deploy 'aws' s3 ls$"
has 'and by which rule' "$W/out" 'was demo/look, now other/look$'

keys=$W/root/var/lib/broker/keys
"$W/bin/hoop-replay" --key "$keys/auditor.key" --trust "$keys/trust" --commands --json \
	"$(demo_recording "$W")" >"$W/commands.jsonl" 2>"$W/err"
is 'a recording can be listed' $? 0
is 'and judged again' "$(against "$W/commands.jsonl" "$policies")" 0
has 'its command' "$W/out" '^1 judged, 0 would change, 0 by another rule$'
is 'by others' "$(against "$W/commands.jsonl" "$W/other.yaml")" 1
walk_end
