#!/bin/sh
# What a command over SSH is to its caller: bytes, statuses, terminals, options, and what
# is refused.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
walk_make
walk_policy
walk_start

# subsystem FILE: the subsystem broker-argv with FILE as its input.
subsystem() {
	demo_ssh "$W" agent -s broker broker-argv >"$W/out" 2>"$W/err" <"$1"
	status=$?
}

# refused STATUS REGEX words…: what is refused shows nothing on stdout, and says why.
refused() {
	_want=$1 _says=$2
	shift 2
	run agent "$@"
	_what=$(printf '%.60s' "$*" | tr -c '[:print:]' '?')
	if [ "$status" = "$_want" ] && [ ! -s "$W/out" ] && grep -q -e "^broker: $_says" "$W/err" &&
		[ "$(wc -l <"$W/err")" -eq 1 ]; then
		ok "refused: $_what"
	else
		not_ok "refused: $_what"
		printf '# status %s; want %s and: broker: %s\n' "$status" "$_want" "$_says"
	fi
}

# ---- bytes ----
head -c 20971520 /dev/urandom >"$W/up"
demo_ssh "$W" agent broker aws s3 cp - s3://logs/up <"$W/up" >"$W/out" 2>"$W/err"
is 'twenty megabytes go up' $? 0
is 'and say nothing' "$(cat "$W/out" "$W/err")" ''
is 'and come back as they went' \
	"$(demo_ssh "$W" agent broker aws s3 cp s3://logs/up - 2>"$W/err" </dev/null | sum_of)" \
	"$(sum_of <"$W/up")"
want=$("$PYTHON3" -c '
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from standin.blobs import Synthetic
for piece in Synthetic(41943040).pieces(0, 41943040):
    sys.stdout.buffer.write(piece)' "$W/support" | sum_of)
is 'forty megabytes come down as they are' \
	"$(demo_ssh "$W" agent broker aws s3 cp s3://big/40MB - 2>"$W/err" </dev/null | sum_of)" "$want"

# ---- statuses and streams ----
run agent aws s3 ls s3://nobucket
is 'an error of AWS is the status of aws' "$status" 254
is 'stderr is apart' "$(cat "$W/out")" ''
has 'and comes whole' "$W/err" '^An error occurred (NoSuchBucket) .* The specified bucket does not exist$'
run agent aws ec2 describe-instances --query "'Reservations['"
is 'a usage error that only aws can find is its 252' "$status" 252
has 'and its text' "$W/err" '^Bad value for --query Reservations\['
run agent aws s3 ls s3://logs --page-size x
is 'a general error of aws is its 255' "$status" 255
refused 64 'refused: usage: ec2 describe-instances: --no-such-option: ' \
	aws ec2 describe-instances --no-such-option x

# ---- terminals ----
on_tty() {
	"$PYTHON3" "$W/support/on_tty.py" "$@" >"$W/out" 2>"$W/err"
	status=$?
}
tty_ssh="$ssh_agent -tt broker"
on_tty -- $tty_ssh aws s3 ls
is 'a command on a terminal ends with 0' "$status" 0
has 'a terminal gets CR LF' "$W/out" " logs$(printf '\r')\$"
on_tty 'wait:approver runs' 'send:\x03' -- $tty_ssh aws s3 rm s3://logs/a.txt
is 'the interrupt key withdraws a held command' "$status" 130
has 'and says so' "$W/out" 'broker: withdrawn'
on_tty size:90,30 "until:find '$SPOOL' -name '*.cast' -size +600k | grep -q ." size:101,41 \
	"until:sleep 0.2" 'send:\x03' -- $tty_ssh aws s3 cp s3://big/1GiB -
is 'the interrupt key ends a running command, as aws ends' "$status" 1
has 'with what aws says of it' "$W/out" "cancelled: ctrl-c received$(printf '\r')\$"
cast=$(demo_recording "$W")
replay --export cast -o "$W/tty.cast" "$cast" 2>"$W/err"
has 'the first size is in the header' "$W/tty.cast" '"width":90,"height":30'
has 'a change of size is an event' "$W/tty.cast" '^\[[0-9.]*, "r", "101x41"\]'
has 'the status is an event' "$W/tty.cast" '^\[[0-9.]*, "x", "1"\]'
rm -f "$W/tty.cast" "$W/out"

# A client that dies takes its command with it.
mkfifo "$W/fifo"
env --default-signal=INT $ssh_agent broker aws s3 cp - s3://logs/never \
	<"$W/fifo" >"$W/out" 2>"$W/err" &
client=$!
exec 9>"$W/fifo"
demo_wait 20 pgrep -f '^[^ ]*python3 /usr/bin/aws s3 cp - s3://logs/never' >/dev/null
demo_wait 20 sh -c "find '$SPOOL' -name '*.cast' -size +0 | grep -q ."
kill -INT "$client"
wait "$client" 2>/dev/null
yes_ 'a client that is interrupted leaves nothing running' demo_wait 15 nothing_runs 's3 cp - s3://logs/never'
exec 9>&-
replay --info "$(demo_recording "$W")" >"$W/out" 2>"$W/err"
has 'and its recording says why it ended' "$W/out" '^summary.reason: client gone$'
run agent aws s3 ls s3://logs/never
is 'and nothing came of it' "$(cat "$W/out")" ''

# ---- variables ----
with() {
	_set=$1
	shift
	demo_ssh "$W" agent -o "SetEnv=$_set" broker "$@" >"$W/out" 2>"$W/err" </dev/null
	status=$?
}
with BROKER_OUTPUT=json aws s3 ls
is 'BROKER_OUTPUT is taken' "$(objects "$W/err")" 'exit 0 True'
with BROKER_WAIT=0 aws s3 rm s3://logs/a.txt
is 'BROKER_WAIT is taken' "$status" 75
with "BROKER_REASON=$(head -c 300 /dev/zero | tr '\0' r)" aws s3 ls
is 'a reason has an end' "$status" 64
with BROKER_WAIT=soon aws s3 ls
is 'a wait is a number' "$status" 64
with BROKER_OUTPUT=xml aws s3 ls
is 'an output is text or json' "$status" 64
with AWS_DEFAULT_OUTPUT=text aws sts get-caller-identity
has 'no other variable is taken' "$W/out" '^    "Account": "111122223333",$'

# ---- objects ----
json() {
	run agent -- --json "$@"
	_got=$(objects "$W/err")
}
json aws s3 ls
is 'JSON: allowed' "$_got" 'exit 0 True'
json aws ec2 terminate-instances --instance-ids i-0abc0000000000001
is 'JSON: denied' "$_got" 'denied exit 77 False'
has 'JSON: the rule and its reason' "$W/err" \
	'"rule":"walk/never","code":"rule","reason":"Machines are taken away by their owners."'
json --no-wait aws s3 rm s3://logs/a.txt
is 'JSON: held and not waited for' "$_got" 'held exit 75 False'
json --wait 1 aws s3 rm s3://logs/a.txt
is 'JSON: held and waited for' "$_got" 'held held exit 75 False'
has 'JSON: when to come again' "$W/err" '"retry_after":[0-9]'
json uptime
is 'JSON: refused' "$_got" 'refused exit 64 False'
json aws s3 ls --endpoint-url http://198.51.100.7
has 'JSON: the code of what is not taken' "$W/err" '"code":"option"'
json "'aws s3 ls'" ';'
is 'JSON: a line that is none' "$_got" 'refused exit 64 False'
json whoami
is 'JSON: a verb' "$_got" 'exit 0 False'
has 'JSON: its answer' "$W/out" '^{"identity":"ci-deploy",'
json pending
is 'JSON: a verb without the right' "$_got" 'denied exit 77 False'
json --dry-run aws s3 rm s3://logs/a.txt
is 'JSON: a rehearsal' "$_got" 'dry-run exit 75 False'
run agent -- --json aws s3 ls s3://nobucket
is 'JSON: the last line is the broker'"'"'s' "$(tail -n 1 "$W/err")" \
	'{"broker":{"event":"exit","status":254,"ran":true}}'

# ---- rehearsals and reasons ----
asked_before=$(grep -c '"operation": "ListBuckets"' "$W/aws/requests.log")
run agent -- --dry-run aws s3 ls
is 'a rehearsal of what is allowed ends with 0' "$status" 0
has 'and says so' "$W/err" '^broker: dry-run: nothing ran; would be allowed: s3 ls by rule walk/look$'
is 'and reaches nobody' "$(grep -c '"operation": "ListBuckets"' "$W/aws/requests.log")" "$asked_before"
refused 77 'dry-run: nothing ran; would be denied: ec2 terminate-instances' \
	-- --dry-run aws ec2 terminate-instances --instance-ids i-0abc0000000000001
refused 75 'dry-run: nothing ran; would be held: s3 rm s3://logs/a.txt needs 1 of group sre' \
	-- --dry-run aws s3 rm s3://logs/a.txt
ask agent "$W/reason" -- --reason "'ticket \\42'" aws s3 rm s3://logs/a.txt
asked "$W/reason"
run alice pending
has 'a reason is shown to approvers, escaped' "$W/out" '^  reason *ticket \\\\42$'
has 'as the word of the asker' "$W/out" "the asker's own words, unverified"
run alice -- --json pending
has 'and to programs' "$W/out" '"asker_says":"ticket \\\\42"'
run alice deny "$id" --reason no
wait "$asker"

# ---- lines that are no commands ----
for bad in ';id' '|id' '>x' '<x' '&' '&&id' '$(id)' '$HOME' '`id`' '#x' '(id)' '"x' "'x" '\'; do
	refused 64 'refused: [a-z]*: ' "aws s3 ls $bad"
done
refused 64 'refused: character: \\x01 at byte 12: ' "$(printf 'aws s3 ls x\001')"
refused 64 'refused: character: \\x1B at byte 11: ' "$(printf 'aws s3 ls \033[31m')"
refused 64 'refused: character: \\x0A at byte 10: ' "$(printf 'aws s3 ls\nid')"
refused 64 'refused: character: \\xFF at byte 11: not valid UTF-8' "$(printf 'aws s3 ls \377')"
refused 64 'refused: character: \\xE2\\x80\\xAE at byte ' "$(printf 'aws s3 ls \342\200\256x')"
refused 64 'refused: not a command of Broker' uptime
refused 64 'refused: not a command of Broker' /usr/bin/aws s3 ls
long=$(head -c 100000 /dev/zero | tr '\0' a)
refused 64 'refused: a command of 100010 bytes; 65536 are allowed' aws s3 ls "$long"
run agent aws "$long" "$long" "$long" "$long" "$long" "$long" "$long" "$long" "$long" "$long"
is 'a megabyte of command ends the connection' "$status" 255
run agent whoami
is 'and no other' "$status" 0

# ---- words without quoting ----
printf '%s\nalpha\nbeta' '{"argv":["aws","s3","cp","-","s3://logs/a b'"'"'\"c"],"profile":"demo","reason":"r","wait":3}' >"$W/in"
subsystem "$W/in"
is 'words with blanks and quotes arrive as they are' "$status" 0
echo '{"argv":["aws","s3","cp","s3://logs/a b'"'"'\"c","-"]}' >"$W/in"
subsystem "$W/in"
is 'and what follows the line was the input' "$(cat "$W/out")" "$(printf 'alpha\nbeta')"
{ echo '{"argv":["aws","s3","cp","-","s3://logs/up2"]}'; cat "$W/up"; } >"$W/in"
subsystem "$W/in"
is 'twenty megabytes behind the line arrive' \
	"$(demo_ssh "$W" agent broker aws s3 cp s3://logs/up2 - 2>"$W/err" </dev/null | sum_of)" \
	"$(sum_of <"$W/up")"
argv_refused() {
	subsystem "$W/in"
	is "broker-argv: $1" "$status $(sed -n "s/^broker: refused: \(the line of broker-argv\).*/\1/p" "$W/err")" \
		'64 the line of broker-argv'
}
for row in 'no newline|{"argv":["whoami"]}|' 'no JSON|{"argv":["whoami",]}|\n' 'an empty line||\n' \
	'a member twice|{"argv":["whoami"],"argv":["help"]}|\n' 'an unknown member|{"argv":["whoami"],"shell":1}|\n' \
	'no list|{"argv":"whoami"}|\n' 'no words|{"argv":[]}|\n' 'a number|{"argv":["whoami",1]}|\n' \
	'no argv|{"reason":"r"}|\n' 'NUL|{"argv":["whoami","\\u0000"]}|\n' 'not an object|["whoami"]|\n' \
	'a wait that is text|{"argv":["whoami"],"wait":"1"}|\n' 'more than one value|{"argv":["whoami"]} {}|\n'; do
	text=${row#*|}
	{ printf '%s' "${text%|*}" | sed 's/\\\\u/\\u/'; printf "${row##*|}"; } >"$W/in"
	argv_refused "${row%%|*}"
done
{ printf '{"argv":["whoami","'; cat "$W/up" | head -c 200000 | base64 -w 0; printf '"]}\n'; } >"$W/in"
argv_refused 'a line that is too long'
echo '{"argv":["aws","s3","ls"],"profile":"root"}' >"$W/in"
subsystem "$W/in"
is "broker-argv: a profile of somebody else's" "$status" 77

# ---- what does not exist ----
allowed='allowed are: a command (ssh HOST COMMAND) and the subsystem broker-argv'
echo ls >"$W/in"
sftp -F "$W/ssh_config" -i "$W/who/agent" -b "$W/in" broker >"$W/out" 2>"$W/err" </dev/null
has 'sftp is refused in a line that says what there is' "$W/err" "^broker: refused: subsystem sftp; $allowed\$"
scp -F "$W/ssh_config" -i "$W/who/agent" "$W/in" broker:x >"$W/out" 2>"$W/err" </dev/null
has 'and scp' "$W/err" "^broker: refused: subsystem sftp; $allowed\$"
scp -O -F "$W/ssh_config" -i "$W/who/agent" "$W/in" broker:x >"$W/out" 2>"$W/err" </dev/null
has 'and scp of old' "$W/err" '^broker: refused: not a command of Broker'
refused 64 'refused: there is no shell here; '
on_tty -- $tty_ssh
is 'there is no shell on a terminal either' "$status" 64
has 'and it is said' "$W/out" '^broker: refused: there is no shell here; '
forward() {
	demo_ssh "$W" agent -o LogLevel=INFO "$@" >"$W/out" 2>"$W/err" </dev/null
	status=$?
}
forward -W 127.0.0.1:22 broker
is 'no forwarding to a port' "$status" 255
has 'and ssh says that it is prohibited' "$W/err" 'open failed: administratively prohibited'
forward -R 0:127.0.0.1:22 -o ExitOnForwardFailure=yes broker whoami
is 'no forwarding from a port' "$status" 255
has 'and ssh says so' "$W/err" 'remote port forwarding failed'
for kind in L D; do
	port=$(demo_port)
	if [ $kind = L ]; then spec=$port:127.0.0.1:22; else spec=$port; fi
	$ssh_agent -N -o LogLevel=INFO -$kind "127.0.0.1:$spec" broker >"$W/out" 2>"$W/err" </dev/null &
	client=$!
	is "nothing comes through -$kind" "$("$PYTHON3" - "$port" $kind <<'EOP'
import socket
import sys
import time
for _ in range(200):
    try:
        s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
        break
    except ConnectionRefusedError:
        time.sleep(0.05)
s.settimeout(20)
got = b""
try:
    if sys.argv[2] == "D":
        s.sendall(b"\x05\x01\x00")
        assert s.recv(2) == b"\x05\x00"
        s.sendall(b"\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x16")
    while True:
        more = s.recv(100)
        if not more:
            break
        got += more
except ConnectionResetError:
    pass
print("closed" if got[:2] != b"\x05\x00" and b"SSH" not in got else got)
EOP
)" closed
	kill "$client"
	wait "$client" 2>/dev/null
	has "ssh says that -$kind is prohibited" "$W/err" 'open failed: administratively prohibited'
done
DISPLAY=127.0.0.1:99 demo_ssh "$W" agent -X broker whoami >"$W/out" 2>"$W/err" </dev/null
has 'no windows: ssh says so' "$W/err" '^X11 forwarding request failed'
has 'and the command runs' "$W/out" '^ci-deploy (agent)$'
ssh-agent -D -a "$W/agent.sock" >/dev/null 2>&1 &
agent=$!
demo_wait 5 test -S "$W/agent.sock"
SSH_AUTH_SOCK=$W/agent.sock ssh-add -q "$W/who/agent" 2>/dev/null
demo_ssh "$W" agent -vv -A -o IdentityAgent="$W/agent.sock" broker aws s3 ls >"$W/out" 2>"$W/err" </dev/null
has 'ssh asks to forward its agent' "$W/err" 'Requesting authentication agent forwarding'
lacks 'and nobody uses it' "$W/err" 'ctype auth-agent'
has 'and the command runs all the same' "$W/out" ' logs$'
kill "$agent"
wait "$agent" 2>/dev/null

# ---- many channels ----
$ssh_agent -M -S "$W/cm" -N broker </dev/null >/dev/null 2>&1 &
master=$!
demo_wait 20 test -S "$W/cm"
n=0
while [ $n -lt 10 ]; do
	set -- aws s3 ls s3://logs/2026/
	[ $n -ne 4 ] || set -- aws ec2 terminate-instances --instance-ids i-0abc0000000000001
	{ demo_ssh "$W" agent -S "$W/cm" broker "$@"; echo "status $?"; } >"$W/many.$n" 2>&1 </dev/null &
	many="${many:-} $!"
	n=$((n + 1))
done
for pid in $many; do wait "$pid"; done
is 'nine of ten commands at once run on one connection' "$(cat "$W"/many.? | grep -c '^status 0$')" 9
is 'each with its own output' "$(cat "$W"/many.? | grep -c ' PRE 01/$')" 9
has 'and the denied one is denied' "$W/many.4" '^broker: denied: ec2 terminate-instances'
has 'with its status' "$W/many.4" '^status 77$'
kill "$master"
wait "$master" 2>/dev/null
$ssh_alice -M -S "$W/cm" -N broker </dev/null >/dev/null 2>&1 &
master=$!
demo_wait 20 test -S "$W/cm"
demo_ssh "$W" alice -S "$W/cm" broker whoami >/dev/null 2>&1 </dev/null
ask agent "$W/shared" aws s3 rm s3://logs/a.txt
asked "$W/shared"
demo_ssh "$W" alice -S "$W/cm" broker approve "$id" >"$W/out" 2>"$W/err" </dev/null
is 'no approval over a connection that did something before' $? 77
has 'and it is said why' "$W/err" '^broker: denied: an approval must be the first request of a connection'
kill "$master"
wait "$master" 2>/dev/null
run alice deny "$id" --reason "'no'"
wait "$asker"

# ---- options of aws ----
run agent aws --profile demo ec2 describe-instances --region eu-central-1 --output text \
	--query "'Reservations[].Instances[].InstanceId'"
is 'the own profile, a region, an output, a query' "$status" 0
has 'and their answer' "$W/out" '^i-0abc0000000000001	i-0abc0000000000002$'
is 'the region is the one asked for' "$(grep -c '"region": "eu-central-1".*DescribeInstances' "$W/aws/requests.log")" 1
refused 77 'denied: you have no such profile' aws s3 ls --profile spare
refused 77 'denied: you have no such profile' aws s3 ls --profile nowhere
refused 64 'refused: usage: ' aws s3 ls --profile ../x
run alice aws s3 ls
has 'who has no profile runs nothing, and is told so' "$W/err" '^broker: denied: you have no profile to run commands with$'
refused 77 'denied: option: --endpoint-url ' aws s3 ls --endpoint-url http://127.0.0.1:1
refused 77 'denied: option: --debug ' aws s3 ls --debug
refused 77 'denied: option: word 4 abbreviates --debug: spell options in full' aws s3 ls --deb
refused 77 'denied: option: word 4 abbreviates --endpoint-url' aws s3 ls --end http://127.0.0.1:1
refused 64 'refused: option: word 4 abbreviates --region' aws s3 ls --reg eu-west-1
refused 64 'refused: usage: word 6 (--region): this option may stand only once' \
	aws s3 ls --region eu-west-1 --region us-east-1
refused 77 'denied: option: --no-verify-ssl ' aws s3 ls --no-verify-ssl
refused 77 'denied: option: --no-sign-request ' aws s3 ls --no-sign-request
refused 77 'denied: option: --ca-bundle ' aws s3 ls --ca-bundle /dev/null
refused 77 'denied: option: --cli-input-json ' aws ec2 describe-instances --cli-input-json '{}'
refused 77 'denied: option: --generate-cli-skeleton ' aws ec2 describe-instances --generate-cli-skeleton
refused 77 'denied: file: word 5 names a local file' aws ec2 describe-instances --filters file:///etc/passwd
refused 77 'denied: file: word 5 names a local file' aws ec2 describe-instances --filters FileB:///etc/passwd
refused 77 'denied: file: s3 cp: /etc/passwd is a local path' aws s3 cp /etc/passwd s3://logs/x
refused 77 'denied: file: s3 cp: x is a local path' aws s3 cp s3://logs/a.txt x
refused 64 'refused: ' aws help
refused 64 'refused: ' aws s3 help
refused 64 'refused: ' aws configure list
log_is_clean
walk_end
