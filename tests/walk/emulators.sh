#!/bin/sh
# Other people's S3 and DynamoDB behind the gate: what the aws command does with them
# through ssh is what it does without us.
walk_before() {
	. "$top_srcdir/tests/support/emulators.sh"
	emulators_install "$top_srcdir" "$top_builddir/emulators" || {
		echo 'ok 1 - emulators # SKIP npm cannot fetch them here'
		echo 1..1
		exit 0
	}
	mkdir -p "$1/tests" && cp -R "$top_srcdir/tests/emulators" "$1/tests/" &&
		cp -R "$top_builddir/emulators/node_modules" "$1/" && chmod -R go+rX "$1/node_modules" "$1/tests"
}
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
. "$W/support/emulators.sh"
emulators_start "$W" "$W/node_modules" "$W/emulated" || {
	sed 's/^/# /' "$W/emulated/err"
	echo 'not ok 1 - the emulators start'
	echo 1..1
	exit 1
}
DEMO_AWS_EMULATED=yes
walk_make
cat >"$W/root/etc/broker/policies/demo.yaml" <<'EOP'
version: 1
name: emulated
defaults: {unmatched: deny, undecidable: deny}
rules:
  - id: look
    effect: allow
    on: [exec]
    who: {group: agents}
    aws: {operations: ["s3:ListBuckets", "dynamodb:ListTables"]}
  - id: objects
    effect: allow
    on: [exec]
    who: {group: agents}
    aws:
      operations: ["s3:ls", "s3:cp", "s3:mv", "s3:rm", "s3:mb", "s3:rb", "s3:HeadObject", "s3:GetObjectTagging"]
      resources: ["arn:aws:s3:::emulated", "arn:aws:s3:::emulated/*", "arn:aws:s3:::made-here"]
  - id: tables
    effect: allow
    on: [exec]
    who: {group: agents}
    aws:
      operations: ["dynamodb:CreateTable", "dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:Scan"]
      resources: ["arn:aws:dynamodb:eu-west-1:111122223333:table/people"]
EOP
walk_start

put() {
	demo_ssh "$W" agent broker aws s3 cp - "$1" >"$W/out" 2>"$W/err"
	status=$?
}
run agent aws s3 ls
is 'the buckets are listed' "$status" 0
has 'and shown' "$W/out" ' emulated$'
echo hello | put s3://emulated/dir/hello.txt
is 'an object goes in from stdin' "$status" 0
run agent aws s3 cp s3://emulated/dir/hello.txt -
is 'and comes back' "$(cat "$W/out")" hello
run agent "aws s3 cp 's3://emulated/dir/hello.txt' 's3://emulated/dir/a b+c&d=é.txt'"
is 'a copy to a key with every trouble' "$status" 0
run agent "aws s3 ls s3://emulated/dir/"
has 'which is listed' "$W/out" ' a b+c&d=é.txt$'
run agent "aws s3 cp 's3://emulated/dir/a b+c&d=é.txt' -"
is 'and read' "$(cat "$W/out")" hello
head -c 30000000 /dev/urandom >"$W/30M"
put s3://emulated/30M <"$W/30M"
is '30 MB go in by parts' "$status" 0
demo_ssh "$W" agent broker aws s3 cp s3://emulated/30M - 2>"$W/err" </dev/null | cmp - "$W/30M" >"$W/out"
is 'and come back the same' "$?" 0
run agent aws s3 mv s3://emulated/dir/hello.txt s3://emulated/moved.txt
is 'a move' "$status" 0
run agent aws s3 rm s3://emulated/ --recursive
is 'a recursive removal' "$status" 0
run agent aws s3 ls s3://emulated/ --recursive
is 'leaves nothing' "$(cat "$W/out")" ''
run agent aws s3 mb s3://made-here
is 'a bucket is made' "$status" 0
run agent aws s3 rb s3://made-here
is 'and removed' "$status" 0
run agent aws s3 mb s3://not-ours
is 'another one is not in the rule' "$status" 77

run agent "aws dynamodb create-table --table-name people --attribute-definitions AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH --billing-mode PAY_PER_REQUEST"
is 'a table is made' "$status" 0
run agent "aws dynamodb put-item --table-name people --item '{\"id\":{\"S\":\"1\"},\"name\":{\"S\":\"Ann\"}}'"
is 'an item goes in' "$status" 0
run agent "aws dynamodb get-item --table-name people --key '{\"id\":{\"S\":\"1\"}}' --query Item.name.S --output text"
is 'and comes back' "$(cat "$W/out")" Ann
run agent aws dynamodb scan --table-name people --query Count --output text
is 'and is counted' "$(cat "$W/out")" 1
run agent aws dynamodb scan --table-name others
is 'a table that no rule names is denied' "$status" 77
log_is_clean
emulators_stop
walk_end
