#!/bin/sh
# What ends a command from without: its caller's keys, time, a broker that stops; before
# its input is there, while it waits, with a call of its to AWS under way.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
walk_make
cat >"$W/root/etc/broker/policies/demo.yaml" <<'EOP'
version: 1
name: walk
rules:
  - id: all
    effect: allow
    on: [exec]
    who: {group: agents}
    aws: {operations: ["s3:*", "ec2:DescribeInstances"]}
    files: {in: stdin}
EOP
walk_start
waiter='aws ec2 wait instance-terminated --instance-ids i-0abc0000000000001'
stage='aws s3api put-object --bucket logs --key staged --body fileb://-'
calls() { grep -c "\"operation\": \"$1\"" "$W/aws/requests.log"; }
asked_again() { [ "$(calls DescribeInstances)" -gt "$before" ]; }
spooled() { [ -n "$(find "$SPOOL" -name '*.cast' -size +4)" ]; }
unspooled() { [ -z "$(find "$SPOOL" -name '*.cast')" ]; }

# ended DESCRIPTION REASON: the newest recording is whole, and says why it ended.
ended() {
	demo_wait 20 unspooled
	replay --verify "$(demo_recording "$W")" >"$W/out" 2>"$W/err"
	is "$1: its recording is whole" $? 0
	replay --info "$(demo_recording "$W")" >"$W/out" 2>"$W/err"
	has "$1: and says why it ended" "$W/out" "^summary.reason: $2\$"
}

# ---- keys
# A program that is still at its beginning has its own status, too; so wait for its call.
before=$(calls DescribeInstances)
"$PYTHON3" "$W/support/on_tty.py" \
	"until:[ \$(grep -c DescribeInstances '$W/aws/requests.log') -gt $before ]" \
	"until:sleep 0.5" 'send:\x03' -- $ssh_agent -tt broker $waiter >"$W/out" 2>"$W/err"
is 'the interrupt key ends a command that waits, as aws ends' $? 130
ended 'interrupted' exited
"$PYTHON3" "$W/support/on_tty.py" "until:find '$SPOOL' -name '*.cast' -size +4 | grep -q ." \
	"until:sleep 0.5" 'send:\x03' -- $ssh_agent -tt broker $stage >"$W/out" 2>"$W/err"
is 'one whose input is not all there ends of the signal' $? 255
has 'and that is said' "$W/out" "^broker: the command was ended by signal 2"
ended 'interrupted while input came' signalled
is 'of which nothing was sent' "$(calls PutObject)" 0

# ---- a caller that goes
mkfifo "$W/fifo"
$ssh_agent broker $stage <"$W/fifo" >"$W/out" 2>"$W/err" &
client=$!
exec 9>"$W/fifo"
demo_wait 20 spooled
kill "$client"
wait "$client" 2>/dev/null
ended 'gone while input came' 'client gone'
exec 9>&-

# ---- a broker that stops
before=$(calls DescribeInstances)
demo_ssh "$W" agent broker $waiter >"$W/c.out" 2>"$W/c.err" </dev/null &
client=$!
demo_wait 20 asked_again
demo_stop
is 'a broker that is told to stop ends with 0' $? 0
wait "$client"
is 'and its commands with 70' $? 70
has 'and say so' "$W/c.err" '^broker: stopped: '
ended 'stopped' shutdown

# ---- time
echo 'limits: {time: 4s}' >>"$W/root/etc/broker/broker.yaml"
walk_start
run agent $waiter
is 'a command that waits has an end' "$status" 70
has 'and it is said' "$W/err" '^broker: stopped: the time limit of 4 s is over$'
ended 'too long' time
demo_ssh "$W" agent broker aws s3 cp s3://big/1GiB - 2>"$W/err" </dev/null >/dev/null
is 'one that has much to say' $? 70
ended 'too much' time
exec 9<>"$W/fifo"
demo_ssh "$W" agent broker $stage <"$W/fifo" >"$W/out" 2>"$W/err"
is 'and one whose input does not come' $? 70
exec 9>&-
ended 'no input' time
yes_ 'nothing of them runs on' demo_wait 5 nothing_runs ''
run agent aws s3 ls
is 'what is shorter runs' "$status" 0
log_is_clean
walk_end
