#!/bin/sh
# SDKs through ssh -L: boto3 and npm's client, by proxy and by endpoint; each call is
# judged; what is denied looks as AWS's own; the keys work nowhere else.
walk_before() {
	. "$top_srcdir/tests/support/emulators.sh"
	# Without npm the rest is still walked.
	emulators_install "$top_srcdir" "$top_builddir/emulators" &&
		cp -R "$top_builddir/emulators/node_modules" "$1/" && chmod -R go+rX "$1/node_modules"
	return 0
}
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
walk_make
cat >"$W/root/etc/broker/policies/demo.yaml" <<'EOP'
version: 1
name: sdk
defaults: {unmatched: deny, undecidable: deny}
rules:
  - id: objects
    effect: allow
    on: [api]
    who: {group: agents}
    aws:
      operations: ["s3:ListObjectsV2", "s3:GetObject", "s3:HeadObject", "s3:PutObject", "s3:CreateMultipartUpload",
        "s3:UploadPart", "s3:SelectObjectContent", "s3:CompleteMultipartUpload", "s3:AbortMultipartUpload"]
      resources: ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"]
  - id: look
    effect: allow
    on: [api]
    who: {group: agents}
    aws: {operations: ["ssm:GetParameter", "sts:GetCallerIdentity"]}
  - id: keep
    effect: deny
    on: [api]
    aws: {operations: ["s3:DeleteObject"]}
    reason: Nothing is deleted here.
  - id: ask
    effect: hold
    on: [api]
    who: {group: agents}
    aws: {operations: ["s3:CreateBucket"]}
    approvers: {need: 1, from: [group:sre], auth: [key]}
  - id: ask-late
    effect: hold
    on: [api]
    who: {group: agents}
    aws: {operations: ["ssm:PutParameter"], resources: ["arn:aws:ssm:*:*:parameter/decided-late"]}
    approvers: {need: 1, from: [group:sre], auth: [key]}
EOP
walk_start
port=$(demo_port)

# tap NAME command…: its tests become ours.
tap() {
	_name=$1
	shift
	"$@" >"$W/tap" 2>"$W/tap.err" </dev/null
	_status=$?
	while read -r line; do
		case $line in
		ok*) ok "$_name: ${line#* - }" ;;
		not*)
			: >"$W/out"
			: >"$W/err"
			not_ok "$_name: ${line#* - }"
			;;
		'#'*) echo "$line" ;;
		esac
	done <"$W/tap"
	cp "$W/tap.err" "$W/err"
	: >"$W/out"
	is "$_name ends well" "$_status" 0
}

run agent -- sdk-env --port "$port"
is 'sdk-env prints' "$status" 0
cp "$W/out" "$W/env.sh"
has 'keys that are none of AWS'\''s' "$W/env.sh" "AWS_ACCESS_KEY_ID='ASBROKER"
run agent -- sdk-env --port "$port" --endpoint
cp "$W/out" "$W/env-endpoint.sh"
# shellcheck disable=SC2086
$ssh_agent -N -L "$port:aws:443" broker 2>"$W/tunnel.err" </dev/null &
tunnel=$!
listening() {
	"$PYTHON3" -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])), 2)' "$port"
}
demo_wait 20 listening

# in_env FILE command…: with what it exports, and nothing else of ours.
in_env() {
	_file=$1
	shift
	env -i HOME="$W" PATH=/usr/bin:/bin AWS_EC2_METADATA_DISABLED=true \
		sh -c '. "$1"; shift; exec "$@"' sh "$_file" "$@"
}
# ---- a call that nobody decides on in time (50 s; the rest goes on meanwhile)
cat >"$W/make.py" <<'EOP'
import boto3, sys
from botocore.config import Config
config = Config(retries={"max_attempts": 1}, read_timeout=70)
if sys.argv[1] == "bucket":
    boto3.client("s3", config=config).create_bucket(
        Bucket=sys.argv[2], CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
else:
    boto3.client("ssm", config=config).put_parameter(Name=sys.argv[2], Value="v", Type="String")
print("made")
EOP
in_env "$W/env.sh" "$PYTHON3" "$W/make.py" parameter /decided-late >"$W/late" 2>"$W/late.err" &
late=$!

mkdir -p "$W/boto"
tap 'boto3 by proxy' in_env "$W/env.sh" "$PYTHON3" "$W/support/sdk_boto3.py" "$W/boto"
tap 'boto3 by endpoint' in_env "$W/env-endpoint.sh" "$PYTHON3" "$W/support/sdk_boto3.py" "$W/boto"
tap 'aws itself by proxy' in_env "$W/env.sh" sh -c '
	aws=/usr/bin/aws
	[ "$($aws s3 cp s3://logs/a.txt -)" = alpha ] && echo "ok 1 - reads"
	$aws s3 rm s3://logs/a.txt 2>&1 | grep -q "AccessDenied.*sdk/keep" && echo "ok 2 - is denied"'
if [ -d "$W/node_modules" ]; then
	tap 'the client of npm' in_env "$W/env-endpoint.sh" "$(command -v node)" "$W/support/sdk_js.mjs" \
		"$W/node_modules" "https://localhost:$port"
else
	ok 'the client of npm # SKIP npm cannot fetch it here'
fi

# ---- a hold waits, and a retry joins it
in_env "$W/env.sh" "$PYTHON3" "$W/make.py" bucket made-by-sdk >"$W/made" 2>"$W/made.err" &
maker=$!
# pending WHAT: the hold about it is in $id.
pending() {
	run alice pending
	id=$(awk -v what="$1" '/^[0-9A-Z]+-[0-9A-Z]+$/ { id = $1 } /^ *command/ && index($0, what) { print id }' "$W/out")
	[ -n "$id" ]
}
demo_wait 20 pending made-by-sdk
has 'a held call is shown to approvers' "$W/out" 'made-by-sdk'
run alice approve "$id"
is 'one approves' "$status" 0
wait "$maker"
is 'and the call goes on' "$?$(cat "$W/made")" 0made

wait "$late"
is 'a call that nobody decides on fails' "$?" 1
first=$(sed -n 's/.*AccessDenied.*\([0-9A-Z]\{4\}-[0-9A-Z]\{4\}\).*/\1/p' "$W/late.err" | tail -n 1)
pending decided-late
is 'with the id of its hold, which waits on' "$id" "$first"
in_env "$W/env.sh" "$PYTHON3" "$W/make.py" parameter /decided-late >"$W/late" 2>"$W/late.err" &
late=$!
sleep 2
run alice pending
is 'a retry joins it' "$(grep -c decided-late "$W/out")" 1
run alice approve "$first"
wait "$late"
is 'and goes on when somebody says yes' "$?$(cat "$W/late")" 0made

# ---- the keys belong to their identity's connection
port2=$(demo_port)
# shellcheck disable=SC2086
$ssh_alice -N -L "$port2:aws:443" broker 2>"$W/tunnel2.err" </dev/null &
tunnel2=$!
sleep 1
sed "s/:$port/:$port2/g" "$W/env.sh" >"$W/env2.sh"
in_env "$W/env2.sh" /usr/bin/aws s3 cp s3://logs/a.txt - >"$W/out" 2>"$W/err"
is 'another identity'\''s connection does not take them' "$([ "$?" -ne 0 ] && echo refused)" refused
kill "$tunnel2" 2>/dev/null
wait "$tunnel2" 2>/dev/null
run agent -- -W db:5432
is 'no other forward is opened' "$([ "$status" -ne 0 ] && echo refused)" refused
kill "$tunnel"
wait "$tunnel" 2>/dev/null
demo_wait 20 nothing_runs no-such
demo_wait 20 sh -c '[ -z "$(find "$1" -name "*.cast")" ]' sh "$SPOOL"
cast=$(grep -l . "$W"/root/var/lib/broker/recordings/done/*.cast | head -n 1)
replay --verify "$cast" >"$W/out" 2>"$W/err"
is 'an SDK'\''s recording verifies' "$?" 0
for c in "$W"/root/var/lib/broker/recordings/done/*.cast; do
	replay --export cast "$c"
done >"$W/plain" 2>"$W/err"
has 'and holds the calls' "$W/plain" 'aws.call.*GetObject'
has 'also what was refused' "$W/plain" 'aws.refused.*DeleteObject'
lacks 'but not the objects' "$W/plain" 'alpha'
walk_end
