#!/bin/sh
# One command, end to end: allowed, denied, held, approved, recorded, replayed, verified.
. "${top_srcdir:-.}/tests/walk/lib.sh"
walk_up

run agent whoami
is 'whoami ends with 0' "$status" 0
has 'whoami names the identity' "$W/out" '^ci-deploy (agent)$'
run stranger whoami
is 'an unknown key is refused' "$status" 255

run agent aws s3 ls
is 's3 ls ends with 0' "$status" 0
has 's3 ls shows the buckets' "$W/out" ' logs$'
is 's3 ls says nothing on stderr' "$(cat "$W/err")" ''
cp "$W/out" "$W/shown"
demo_wait 5 test -n "$(demo_recording "$W")"
cast=$(demo_recording "$W")
keys=$W/root/var/lib/broker/keys
"$W/bin/hoop-replay" --key "$keys/auditor.key" --trust "$keys/trust" --verify "$cast" >"$W/out" 2>"$W/err"
is 'the recording verifies' $? 0
"$W/bin/hoop-replay" --key "$keys/auditor.key" --trust "$keys/trust" --speed 1000 "$cast" >"$W/out" 2>"$W/err"
is 'the recording plays' $? 0
has 'and shows what was shown' "$W/out" ' logs'

run agent aws ec2 terminate-instances --instance-ids i-0abc0000000000001
is 'a denied command ends with 77' "$status" 77
has 'and says why' "$W/err" '^broker: denied: ec2 terminate-instances .* by rule demo/never: Machines'
is 'and shows nothing on stdout' "$(cat "$W/out")" ''
run agent 'aws s3 ls; id'
is 'a shell operator is refused with 64' "$status" 64
run agent uptime
is 'an unknown command is refused with 64' "$status" 64
has 'and says what there is' "$W/err" 'ssh broker help'

rm -f "$W/held.err"
demo_ssh "$W" agent broker aws s3 rm s3://logs/a.txt >"$W/held.out" 2>"$W/held.err" </dev/null &
held=$!
demo_wait 10 grep -q 'approver runs' "$W/held.err"
id=$(sed -n 's/.*broker approve \([0-9A-Z-]*\)$/\1/p' "$W/held.err")
has 'a held command says what it needs' "$W/held.err" '^broker: held: .* needs 1 of group sre (rule demo/delete); expires in 15m$'
run agent approve "$id"
is 'the asker cannot approve' "$status" 77
run alice pending
has 'the approver sees the command' "$W/out" "'aws' s3 rm s3://logs/a.txt"
run alice approve "$id"
is 'the approver approves' "$status" 0
wait "$held"
is 'the held command ran' $? 0
has 'and says who approved' "$W/held.err" "^broker: approved $id by alice after "
has 'and shows its output' "$W/held.out" 'delete: s3://logs/a.txt'
run alice approve "$id"
is 'an approval is spent once' "$status" 64

rm -f "$W/held.err"
demo_ssh "$W" agent broker aws s3 rm s3://logs/2026/01/x.log >"$W/held.out" 2>"$W/held.err" </dev/null &
held=$!
demo_wait 10 grep -q 'approver runs' "$W/held.err"
id=$(sed -n 's/.*broker approve \([0-9A-Z-]*\)$/\1/p' "$W/held.err")
run alice deny "$id" --reason "'not today'"
is 'the approver denies' "$status" 0
wait "$held"
is 'the denied command ends with 77' $? 77
has 'and says who denied' "$W/held.err" "^broker: denied: $id by alice: not today$"
lacks 'and reached AWS not' "$W/aws/requests.log" 'DeleteObject.*x.log'
walk_end
