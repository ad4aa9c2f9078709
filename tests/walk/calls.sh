#!/bin/sh
# What commands did in AWS: each call in the recording, shown by hoop-replay --commands;
# secrets that they set or read are in no event of a call.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
walk_make
cat >"$W/root/etc/broker/policies/demo.yaml" <<'EOP'
version: 1
name: calls
defaults: {unmatched: deny, undecidable: deny}
rules:
  - id: look
    effect: allow
    on: [exec]
    who: {group: agents}
    aws: {operations: ["s3:ls", "s3:cp"]}
  - id: settings
    effect: allow
    on: [exec]
    who: {group: agents}
    aws: {operations: ["ssm:PutParameter", "ssm:GetParameter"]}
    files: {in: stdin}
  - id: secret
    effect: allow
    on: [exec]
    who: {group: agents}
    aws: {operations: ["secretsmanager:GetSecretValue"]}
  - id: objects
    effect: allow
    on: [api]
    who: {group: agents}
    aws: {operations: ["s3:GetObject"], resources: ["arn:aws:s3:::logs/*"]}
  - id: keep
    effect: deny
    on: [api]
    aws: {operations: ["s3:DeleteObject"]}
    reason: Nothing is deleted here.
EOP
walk_start

# newest: the recording of what ran last, once it is closed.
newest() {
	demo_wait 20 sh -c '[ -z "$(find "$1" -name "*.cast")" ]' sh "$SPOOL"
	cast=$(demo_recording "$W")
}
# listed NAME: what --commands says of the newest one, in $W/out and $W/json.
listed() {
	newest
	replay --commands "$cast" >"$W/out" 2>"$W/err"
	is "the calls of $1 are listed" "$?" 0
	replay --commands --json "$cast" >"$W/json" 2>>"$W/err"
	replay --export cast "$cast" >"$W/plain" 2>>"$W/err"
	cat "$W/plain" >>"$W/all"
}
# shown MEMBER… of each call in the JSON, a line a call.
shown() {
	"$PYTHON3" -c '
import json, sys
for line in open(sys.argv[1]):
    o = json.loads(line)
    if o["t"] in ("call", "refused"):
        print(*(json.dumps(o.get(m)) for m in sys.argv[2:]))' "$W/json" "$@"
}

# ---- objects
run agent aws s3 cp s3://logs/a.txt -
is 'an object is read' "$(cat "$W/out")" alpha
listed 's3 cp'
has 'with who and what' "$W/out" "^identity: ci-deploy (agent)"
has 'and the command' "$W/out" "^command: 'aws' s3 cp s3://logs/a.txt -$"
has 'a line a call' "$W/out" 'Z  s3:HeadObject  *logs/a.txt  200  .*  allow by rule calls/look$'
has 'and another' "$W/out" 'Z  s3:GetObject  *logs/a.txt  200  *0  *6  .*  allow by rule calls/look$'
has 'and the end' "$W/out" '^ended: exited, status 0, after '
is 'as JSON with digests' "$(shown operation status received received_sha256 | tail -n 1)" \
	"\"GetObject\" 200 6 \"$(printf 'alpha\n' | sum_of)\""
lacks 'the object itself is in no event' "$W/plain" 'aws.body.*alpha'
begun=$(grep -n 'aws.call.*operation[^,]*GetObject' "$W/plain" | cut -d: -f1)
ended=$(grep -n 'aws.done.*\\"call\\":2,' "$W/plain" | cut -d: -f1)
is 'a call stands there before its end' "$([ "$begun" -lt "$ended" ] && echo yes)" yes
asked=$(sed -n 's/.*"request_id": *"\([^"]*\)".*/\1/p' "$W/aws/requests.log" | tail -n 1)
[ -z "$asked" ] || has 'with the id that AWS gave it' "$W/out" "$asked"

run agent aws s3 ls s3://no-such-bucket
is 'an error of AWS' "$status" 254
listed 's3 ls'
has 'is shown with its code' "$W/out" '  404 NoSuchBucket  '
has 'and the status that came of it' "$W/out" '^ended: exited, status 254, '

# ---- secrets
printf 'hunter2-of-the-walk' | demo_ssh "$W" agent broker \
	aws ssm put-parameter --name /app/db --type SecureString --value file://- >"$W/out" 2>"$W/err"
is 'a secret is set' "$?" 0
listed 'put-parameter'
has 'with its resource' "$W/out" '  ssm:PutParameter  parameter/app/db  200 '
is 'and parameters, but the secret' "$(shown params)" \
	'{"Name": ["/app/db"], "Value": ["[MASKED:field]"], "Type": ["SecureString"]}'
has 'nor is it in the body' "$W/plain" 'aws.body.*request.*MASKED:field'
has 'AWS got it' "$W/aws/requests.log" 'PutParameter'
run agent aws ssm get-parameter --name /app/db --with-decryption --query Parameter.Value --output text
is 'it is what was set' "$(cat "$W/out")" hunter2-of-the-walk
newest
replay --export cast "$cast" | grep '"B"' >"$W/plain"
lacks 'what reads it stores no body' "$W/plain" 'aws.body'
lacks 'and its events say nothing of it' "$W/plain" 'hunter2'

run agent aws secretsmanager get-secret-value --secret-id app/db --query Name --output text
is 'a secret is read by a rule that names it' "$(cat "$W/out")" app/db
listed 'get-secret-value'
has 'with its resource' "$W/out" '  secretsmanager:GetSecretValue  secret:app/db'
lacks 'and no body' "$W/plain" 'aws.body'

# ---- refusals
port=$(demo_port)
run agent -- sdk-env --port "$port"
cp "$W/out" "$W/env.sh"
# shellcheck disable=SC2086
$ssh_agent -N -L "$port:aws:443" broker 2>"$W/tunnel.err" </dev/null &
tunnel=$!
listening() {
	"$PYTHON3" -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])), 2).close()' "$port"
}
demo_wait 20 listening
env -i HOME="$W" PATH=/usr/bin:/bin AWS_EC2_METADATA_DISABLED=true AWS_MAX_ATTEMPTS=1 sh -c '
	. "$1"
	/usr/bin/aws s3api get-object --bucket logs --key a.txt "$2/got"
	/usr/bin/aws s3 rm s3://logs/a.txt' sh "$W/env.sh" "$W" >"$W/sdk.out" 2>"$W/sdk.err"
is 'an SDK reads an object' "$(cat "$W/got")" alpha
has 'and deletes none' "$W/sdk.err" 'AccessDenied'
kill "$tunnel"
wait "$tunnel" 2>/dev/null
newest
for c in "$W"/root/var/lib/broker/recordings/done/*.cast; do
	replay --commands "$c"
done >"$W/out" 2>"$W/err"
has 'its recordings list the call' "$W/out" 's3:GetObject  *logs/a.txt  200 .*  allow by rule calls/objects$'
has 'and the refusal with its reason' "$W/out" \
	's3:DeleteObject  *logs/a.txt  refused .*AccessDenied: by rule calls/keep: Nothing is deleted here.$'

# ---- all of it
lacks 'the secret that was set is in no recording of its command' "$W/all" 'hunter2'
lacks 'nor the one that was read' "$W/all" 'the-database-password'
lacks 'nor a credential' "$W/all" 'SecretAccessKey\|SessionToken'
head -c "$(($(wc -c <"$cast") - 200))" "$cast" >"$W/cut.cast"
replay --commands "$W/cut.cast" >"$W/out" 2>"$W/err"
is 'a recording without its end is one' "$?" 4
has 'and says so' "$W/out" '^ended: '
"$W/bin/hoop-replay" --trust "$KEYS/trust" --key "$KEYS/no-such" --commands "$cast" >"$W/out" 2>"$W/err"
is 'without a key nothing is listed' "$?$(cat "$W/out")" 5
log_is_clean
walk_end
