#!/bin/sh
# The gateway's own credentials: sealed, and from instance metadata; what is said when
# they cannot be had; and that they stand nowhere in the clear.
. "${top_srcdir:-.}/tests/walk/lib.sh"
etc=$W/root/etc/broker
secret='gateway/secret+for=the/stand-in'

# aws_keys LINE…: these in place of the source of credentials, and leases of two hours.
aws_keys() {
	awk -v lines="$*" '/^  credentials: / { print "  " lines; next } /^  file: / { next }
		{ print } /^    region: / { print "    duration: 2h" }' \
		"$W/good.yaml" >"$W/new.yaml" && cp "$W/new.yaml" "$etc/broker.yaml"
}

demo_aws_start "$W" && demo_make "$W" || exit 1
cp "$etc/broker.yaml" "$W/good.yaml"

# ---- sealed ----

yes_ 'a sealing key is made' "$W/bin/broker" --root "$W/root" credential key
yes_ 'a credential is sealed' "$W/bin/broker" --root "$W/root" credential add gw "$W/aws/credentials"
has 'and its key is named' "$W/out" 'sealed gw, with the access key AKIASTANDINGATEWAY00'
rm "$W/aws/credentials"
"$W/bin/broker" --root "$W/root" credential list >"$W/out" 2>"$W/err"
is 'it is listed' "$(cat "$W/out")" gw
aws_keys 'credentials: sealed
  sealed: gw'
demo_start "$W" || exit 1
run agent aws s3 ls
is 'a command runs with it' "$status" 0
has 'and shows the buckets' "$W/out" ' logs$'
has 'the lease is for as long as the profile says' "$W/aws/requests.log" '"duration": "7200"'
grep -rlF "$secret" "$W/root" "$W/brokerd.log" >"$W/out" 2>/dev/null
is 'its secret stands in no file' "$(cat "$W/out")" ''
mv "$etc/sealing.key" "$W/sealing.key"
"$W/bin/broker" --root "$W/root" credential key >"$W/out" 2>"$W/err"
kill -HUP "$DEMO_PID"
demo_wait 10 grep -q 'not sealed with this key' "$W/brokerd.log"
has 'another key does not open it' "$W/brokerd.log" 'the sealed credential gw: it was not sealed with this key'
run agent aws s3 ls
is 'and what was opened before stays' "$status" 0
demo_stop
timeout 20 "$W/bin/brokerd" --root "$W/root" --libexec "$W/bin" >"$W/out" 2>"$W/err" </dev/null
is 'nothing starts with the other key' $? 70
has 'and it says why' "$W/err" 'aws.credentials: sealed: the sealed credential gw: it was not sealed'

# ---- instance metadata ----

mkdir "$W/imds"
cat >"$W/imds/world" <<EOT
{"key": {"Code": "Success", "AccessKeyId": "ASIASTANDINGATEWAY00", "SecretAccessKey": "of/the+instance", "Token": "instance-token==", "Expiration": "2099-01-02T03:04:05Z"}}
EOT
mkfifo "$W/imds/open"
"$PYTHON3" "$W/support/metadata_standin.py" "$W/imds" <"$W/imds/open" >"$W/imds/port" 2>"$W/imds/err" &
imds=$!
exec 9>"$W/imds/open" # it ends when this does
demo_wait 30 grep -q port "$W/imds/port" || { cat "$W/imds/err"; exit 1; }
aws_keys "credentials: instance
  metadata_endpoint: \"http://127.0.0.1:$(cut -d' ' -f2 "$W/imds/port")\""
demo_start "$W" || exit 1
demo_wait 10 grep -q 'credentials from instance metadata are good until 2099' "$W/brokerd.log"
run agent aws s3 ls
is "a command runs with the instance's" "$status" 0
run agent aws s3 ls
is 'and another' "$status" 0
is 'they were fetched once' "$(grep -c 'latest/api/token' "$W/imds/log")" 1
has 'the lease is for an hour at most' "$W/aws/requests.log" '"duration": "3600"'
kill -HUP "$DEMO_PID"
run agent aws s3 ls
is 'a reload keeps them' "$(grep -c 'latest/api/token' "$W/imds/log")" 1
grep -rlF -e 'of/the+instance' -e 'instance-token==' "$W/root" "$W/brokerd.log" >"$W/out" 2>/dev/null
is 'they stand in no file' "$(cat "$W/out")" ''
demo_stop

echo '{"path": "/latest/api/token", "status": 403, "times": 9}' >"$W/imds/plan"
demo_start "$W" || exit 1
demo_wait 10 grep -q 'cannot be had: instance metadata, its token: instance metadata is switched off' "$W/brokerd.log"
run agent aws s3 ls
is 'without them nothing runs' "$status" 70
has 'and the caller hears no more than that' "$W/err" "the gateway's own credentials cannot be had now"
kill "$imds"
wait "$imds" 2>/dev/null
walk_end
