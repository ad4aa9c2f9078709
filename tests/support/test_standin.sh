#!/bin/sh
# The stand-in against the real aws command, and against what no SDK would send.
: "${top_srcdir:=.}"
. "$top_srcdir/tests/support/standin.sh"
n=0
d=$(mktemp -d) || exit 1
trap 'standin_stop; rm -rf "$d"' EXIT
trap 'exit 1' INT TERM

# is TITLE WANTED: compare with what the last command wrote to $d/out.
is() {
	n=$((n + 1))
	if [ "$(cat "$d/out")" = "$2" ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		sed 's/^/# out: /' "$d/out"
		sed 's/^/# err: /' "$d/err"
	fi
}

# ok TITLE COMMAND…
ok() {
	title=$1
	shift
	n=$((n + 1))
	if "$@"; then echo "ok $n - $title"; else echo "not ok $n - $title"; sed 's/^/# /' "$d/err"; fi
}

run() {
	standin_aws AKIASTANDINGATEWAY00 'gateway/secret+for=the/stand-in' -- "$@" \
		>"$d/out" 2>"$d/err"
}

refused() { # CODE COMMAND…: fails, and names the code
	code=$1
	shift
	! "$@" && grep -q "$code" "$d/err"
}

logged() { # PATTERN…: one line of the log holds them all
	lines=$(cat "$STANDIN_LOG")
	for p in "$@"; do lines=$(echo "$lines" | grep -F "$p"); done
	[ -n "$lines" ]
}

standin_start "$d" "$top_srcdir/tests/support/standin-seed.json" || {
	echo "not ok 1 - the stand-in starts"
	exit 1
}

run s3 ls s3://logs/2026/ --recursive
ok 's3 ls lists keys' grep -q '2026/02/y z+&.log' "$d/out"
run s3api list-objects-v2 --bucket logs --page-size 1 --query 'Contents[].Key' --output text
is 'pages are followed' "$(printf '2026/01/x.log\n2026/02/y z+&.log\na.txt\nsecret/s.txt')"
run s3 cp 's3://logs/2026/02/y z+&.log' -
is 's3 cp to stdout' y
run s3 cp s3://dotted.name/d.txt -
is 'a dotted bucket goes by path' d
run s3 cp s3://east/e.txt -
is 'a bucket of another region is found by redirect' e
echo body >"$d/up"
run s3 cp "$d/up" s3://logs/up.txt --content-type text/x-test
run s3 cp s3://logs/up.txt -
is 's3 cp from a file' body
run s3api head-object --bucket logs --key up.txt --query ContentType --output text
is 'its content type is kept' text/x-test
echo streamed | run s3 cp - s3://logs/stream.txt
run s3 cp s3://logs/stream.txt -
is 's3 cp from stdin' streamed
run s3 cp "$d/up" s3://logs/summed.txt --checksum-algorithm SHA256 2>/dev/null ||
	run s3api put-object --bucket logs --key summed.txt --body "$d/up" --checksum-algorithm SHA256
run s3 cp s3://logs/summed.txt -
is 'a body with a trailing checksum' body
head -c 20971520 /dev/urandom >"$d/20m"
run s3 cp "$d/20m" s3://logs/20m
run s3 cp s3://logs/20m "$d/20m.back"
ok '20 MB go up in parts and come back whole' cmp "$d/20m" "$d/20m.back"
ok 'the log has the parts' logged '"operation": "UploadPart"' '"resource": "logs/20m"'
run s3api select-object-content --bucket logs --key a.txt --expression 'select * from s3object' \
	--expression-type SQL --input-serialization '{"CSV":{}}' --output-serialization '{"CSV":{}}' "$d/selected"
ok 'an event stream comes through' grep -qx alpha "$d/selected"
run ssm put-parameter --name /app/size --value large --type String
run ssm get-parameter --name /app/size --query Parameter.Value --output text
is 'a JSON service keeps what it was given' large
ok 'a parameter that is not there is an error' refused ParameterNotFound run ssm get-parameter --name /no
run secretsmanager get-secret-value --secret-id app/db --query SecretString --output text
is 'a secret' the-database-password
run dynamodb put-item --table-name people --item '{"id":{"S":"2"}}'
run dynamodb scan --table-name people --query Count --output text
is 'items of a table' 2
run s3 cp s3://logs/a.txt s3://logs/copy.txt
run s3 cp s3://logs/copy.txt -
is 'a copy on the server' alpha
run s3api get-object --bucket logs --key a.txt --range bytes=1-2 "$d/r" --query ContentRange --output text
is 'a range says which it is' 'bytes 1-2/6'
ok 'and has its bytes' [ "$(cat "$d/r")" = lp ]
run s3 rm s3://logs/copy.txt
ok 'a removed object is gone' refused 404 run s3 cp s3://logs/copy.txt -
ok 'mb' run s3 mb s3://fresh-bucket
echo x >"$d/x"
run s3 cp "$d/x" s3://fresh-bucket/k
ok 'rb of a full bucket is refused' refused BucketNotEmpty run s3 rb s3://fresh-bucket
ok 'rb --force empties it' run s3 rb --force s3://fresh-bucket
ok 'and it is gone' refused NoSuchBucket run s3 ls s3://fresh-bucket
run s3 cp s3://big/40MB "$d/40"
ok 'a made-up object has its size' [ "$(wc -c <"$d/40")" -eq 41943040 ]

run sts get-caller-identity --query Arn --output text
is 'sts get-caller-identity' arn:aws:iam::111122223333:user/gateway
run sts assume-role --role-arn arn:aws:iam::111122223333:role/readers --role-session-name alice-1 \
	--source-identity alice --external-id ours:1 --duration-seconds 900 --tags Key=session,Value=s1 \
	--query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text
read -r key secret token <"$d/out"
as_role() { standin_aws "$key" "$secret" "$token" -- "$@" >"$d/out" 2>"$d/err"; }
as_role s3 cp s3://logs/a.txt -
is 'temporary credentials work' alpha
ok 'the log names who it was' logged '"source_identity": "alice"' '"session_name": "alice-1"' \
	'"operation": "GetObject"' '"status": 200' 'aws-cli'
ok 'the role denies what it must' refused AccessDenied as_role s3 rm s3://logs/a.txt
ok 'and a resource' refused 'Forbidden\|AccessDenied' as_role s3 cp s3://logs/secret/s.txt -
ok 'without the token they do not' refused InvalidToken \
	sh -c '. "$0/tests/support/standin.sh"; STANDIN_PORT=$3; STANDIN_CA=$4
	standin_aws "$1" "$2" -- s3 ls 2>"$5/err" >"$5/out"' \
	"$top_srcdir" "$key" "$secret" "$STANDIN_PORT" "$STANDIN_CA" "$d"
ok 'chaining is for an hour' refused 'role chaining' as_role sts assume-role \
	--role-arn arn:aws:iam::111122223333:role/broker --role-session-name alice-1 \
	--source-identity alice --duration-seconds 3601

run ec2 describe-instances --query 'Reservations[].Instances[].[InstanceId,State.Name]' --output text
is 'ec2 describe-instances' "$(printf 'i-0abc0000000000001\trunning\ni-0abc0000000000002\tstopped')"
run ec2 start-instances --instance-ids i-0abc0000000000002 --output text \
	--query 'StartingInstances[].[PreviousState.Name,CurrentState.Name]'
is 'ec2 start-instances' "$(printf 'stopped\tpending')"
run ec2 stop-instances --instance-ids i-0abc0000000000001 --output text \
	--query 'StoppingInstances[].CurrentState.Name'
is 'ec2 stop-instances' stopping
run ec2 terminate-instances --instance-ids i-0abc0000000000001 --output text \
	--query 'TerminatingInstances[].CurrentState.Name'
is 'ec2 terminate-instances' shutting-down
ok 'a terminated instance does not start' refused IncorrectInstanceState \
	run ec2 start-instances --instance-ids i-0abc0000000000001
ok 'an unknown instance' refused InvalidInstanceID.NotFound \
	run ec2 stop-instances --instance-ids i-0abc0000000000009
ok 'a role that may only read changes nothing' refused UnauthorizedOperation \
	as_role ec2 start-instances --instance-ids i-0abc0000000000002

wrong() { standin_aws AKIASTANDINGATEWAY00 wrong -- "$@" >"$d/out" 2>"$d/err"; }
ok 'a wrong secret is refused by s3' refused SignatureDoesNotMatch wrong s3 ls
ok 'by sts' refused SignatureDoesNotMatch wrong sts get-caller-identity
ok 'and by ec2' refused AuthFailure wrong ec2 describe-instances
ok 'another service is out of reach' refused 'proxy' run sqs list-queues

"$PYTHON3" "$top_srcdir/tests/support/standin_client.py" "$STANDIN_PORT" "$STANDIN_CA" $((n + 1)) >"$d/raw"
cat "$d/raw"
n=$((n + $(grep -c '^\(not \)\?ok ' "$d/raw")))

pid=$STANDIN_PID
standin_stop
ok 'it ends when told to' sh -c "! kill -0 $pid 2>/dev/null"
echo "1..$n"
