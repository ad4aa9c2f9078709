#!/bin/sh
# An SDK that says one thing to the gate and another to AWS: each way of it that is known,
# through ssh -L; refused, kept from AWS, and recorded.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
walk_make
cat >"$W/root/etc/broker/policies/demo.yaml" <<'EOP'
version: 1
name: deputy
defaults: {unmatched: deny, undecidable: deny}
rules:
  - id: read
    effect: allow
    on: [api]
    aws:
      operations: ["s3:GetObject", "s3:PutObject", "s3:DeleteObjects", "s3:DeleteObject", "s3:CopyObject"]
      resources: ["arn:aws:s3:::logs/a.txt", "arn:aws:s3:::logs/up/*"]
  - id: listed
    effect: allow
    on: [api]
    aws: {operations: ["s3:PutObject"], resources: ["arn:aws:s3:::logs/listed/*"], parameters: {Bucket: any, Key: any, Body: any}}
  - id: keep
    effect: deny
    on: [api]
    aws: {operations: ["s3:DeleteObject"], resources: ["arn:aws:s3:::logs/up/keep"]}
    reason: It is kept.
  - id: table
    effect: allow
    on: [api]
    aws:
      operations: ["dynamodb:Scan", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem",
        "dynamodb:TransactGetItems", "dynamodb:TransactWriteItems", "dynamodb:ExecuteStatement",
        "dynamodb:BatchExecuteStatement", "dynamodb:PartiQLSelect"]
      resources: ["arn:aws:dynamodb:eu-west-1:111122223333:table/people"]
  - id: parameter
    effect: allow
    on: [api]
    aws: {operations: ["ssm:GetParameter", "ssm:GetParameters"], resources: ["arn:aws:ssm:eu-west-1:111122223333:parameter/app/*"]}
  - id: rest
    effect: allow
    on: [api]
    aws:
      operations: ["sts:GetCallerIdentity", "ec2:DescribeInstances", "ec2:RunInstances", "lambda:CreateFunction",
        "lambda:GetFunctionConfiguration", "s3control:DeleteAccessPoint"]
EOP
walk_start
port=$(demo_port)
sed -i 's/^    groups: \[sre\]$/&\n    profile: demo/' "$W/root/etc/broker/broker.yaml"
kill -HUP "$DEMO_PID"
for who in agent alice; do
	demo_wait 10 demo_ssh "$W" "$who" broker -- --json sdk-env --port "$port" </dev/null >"$W/$who.keys"
	is "keys for $who" "$([ -s "$W/$who.keys" ] && echo yes)" yes
done
# shellcheck disable=SC2086
$ssh_agent -N -L "$port:aws:443" broker 2>"$W/tunnel.err" </dev/null &
tunnel=$!
# Without a connection, lest it has a recording.
listening() {
	grep -qi ":$(printf '%04x' "$port") 00000000:0000 0A" /proc/net/tcp
}
demo_wait 20 listening

"$PYTHON3" "$W/support/deputy.py" "$port" "$W/agent.keys" "$W/alice.keys" "$W/aws/requests.log" "$W/rows" \
	>"$W/tap" 2>"$W/tap.err" </dev/null
status=$?

# tap: tests of a script become ours.
tap() {
	: >"$W/out"
	cp "$W/tap.err" "$W/err"
	while read -r line; do
		case $line in
		ok*) ok "${line#* - }" ;;
		not*) not_ok "${line#* - }" ;;
		'#'*) echo "$line" ;;
		esac
	done <"$W/tap"
}
tap
is 'all attacks were made' "$status" 0
kill "$tunnel"
wait "$tunnel" 2>/dev/null
demo_wait 20 nothing_runs no-such
mkdir "$W/casts"
for c in "$W"/root/var/lib/broker/recordings/done/*.cast; do
	replay --export cast "$c" >"$W/casts/$(basename "$c")"
done
"$PYTHON3" "$W/support/deputy.py" --recorded "$W/rows" "$W/casts" >"$W/tap" 2>"$W/tap.err" </dev/null
status=$?
tap
is 'all attacks are recorded' "$status" 0
lacks 'nothing of a key is logged' "$W/brokerd.log" 'SecretAccess\|gateway/secret'
log_is_clean
walk_end
