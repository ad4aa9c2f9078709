#!/bin/sh
# What rules say beside yes and no: how often, when, where, how long, for which reason; what
# refusals tell people and programs; and rules that change while somebody waits.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
walk_make
conf=$W/root/etc/broker/broker.yaml policy=$W/root/etc/broker/policies/demo.yaml
# An hour of this day that is not now, nor soon.
closed=$("$PYTHON3" -c 'import datetime
h = datetime.datetime.now(datetime.timezone.utc).hour
print("%02d:00-%02d:00" % ((h + 3) % 24, (h + 4) % 24))')
cat >"$policy" <<EOP
version: 1
name: walk
rules:
  - id: look
    effect: allow
    on: [exec]
    who: {group: agents}
    where: {account: "111122223333", profile: demo}
    when: {from: "2020-01-01T00:00Z"}
    aws: {operations: ["s3:ls"]}
    rate: {n: 3, per: 1m, by: [identity]}
  - id: lunch
    effect: allow
    on: [exec]
    aws: {operations: ["sts:GetCallerIdentity"]}
    when: {hours: "$closed", tz: UTC}
  - id: elsewhere
    effect: allow
    on: [exec]
    aws: {operations: ["ssm:GetParameter"]}
    where: {account: "444455556666"}
  - id: fetch
    effect: allow
    on: [exec]
    aws: {operations: ["s3:cp"]}
    limits: {output: 64KiB}
  - id: watch
    effect: allow
    on: [exec]
    aws: {operations: ["ec2:DescribeInstances"]}
    limits: {time: 3s}
  - id: masked
    effect: allow
    on: [exec]
    aws: {operations: ["dynamodb:ListTables"]}
    mask: [secrets]
  - id: delete
    effect: hold
    on: [exec]
    who: {group: agents}
    aws: {operations: ["s3:rm"]}
    approvers: {need: 1, from: [group:sre], auth: [key], reason: required}
    ttl: {decide: 2s, use: 1m}
  - id: make
    effect: hold
    on: [exec]
    who: {group: agents}
    aws: {operations: ["s3:mb"]}
    approvers: {need: 1, from: [group:sre], auth: [key]}
  - id: freeze
    effect: deny
    on: [exec]
    aws: {operations: ["s3:*"]}
    unless: {aws: {operations: ["s3:ls", "s3:cp", "s3:rm", "s3:mb"]}}
    reason: No other changes this week.
  - id: tools
    effect: deny
    on: [exec]
    command: {name: [rm, dd]}
    reason: Nothing but aws runs here.
EOP
cp "$policy" "$W/policy"
walk_start
waiter='aws ec2 wait instance-terminated --instance-ids i-0abc0000000000001'

# field NAME: of the first object on stderr.
field() {
	"$PYTHON3" -c 'import json, sys
print(json.loads(open(sys.argv[1]).readline())["broker"].get(sys.argv[2]))' "$W/err" "$1" 2>&1
}

# reload: until it has been said that it was, or was not.
reload() {
	_seen=$(grep -c ': reloaded$\|not reloaded' "$W/brokerd.log")
	kill -HUP "$DEMO_PID"
	demo_wait 10 sh -c "[ \$(grep -c ': reloaded\$\|not reloaded' '$W/brokerd.log') -gt $_seen ]"
}

# ---- how often
says 'a rehearsal does not count' 0 'would be allowed: s3 ls by rule walk/look' agent -- --dry-run aws s3 ls
for i in 1 2 3; do
	says "so often it is allowed: $i" 0 '' agent aws s3 ls
done
says 'and then not' 77 '^broker: denied: s3 ls by rule walk/look: over its rate of 3 in 1m; try again in [0-9]*s$' \
	agent aws s3 ls
run agent -- --json aws s3 ls
is 'programs are told' "$(objects "$W/err") $(field rule) $(field code)" 'denied exit 77 False walk/look rate'
is 'and how long to wait' "$("$PYTHON3" -c "print(0 < int('$(field retry_after)') <= 60)" 2>&1)" True
yes_ 'a reload' reload
says 'forgets nothing' 77 'over its rate of 3 in 1m' agent aws s3 ls

# ---- when, where, but not
says 'out of hours' 77 '^broker: denied: sts get-caller-identity: ' agent aws sts get-caller-identity
says 'in another account' 77 '^broker: denied: ssm get-parameter --name /app/color: ' \
	agent aws ssm get-parameter --name /app/color
says 'a deny with exceptions' 77 'by rule walk/freeze: No other changes this week.$' agent aws s3 rb s3://logs
run agent -- --json aws sts get-caller-identity
is 'what no rule allows has a code, too' "$(field event) $(field code)" 'denied unmatched'
run agent -- --json aws s3 rb s3://logs
is 'and what a rule denies' "$(field rule) $(field code) $(field reason)" \
	'walk/freeze rule No other changes this week.'
run agent -- --json aws s3 ls '$(id)'
is 'a line that cannot be read' "$(field event) $(field code)" 'refused expansion'

# ---- words that are none of ours
says 'a rule may say why a program does not run' 77 'by rule walk/tools: Nothing but aws runs here.$' agent rm -rf x
says 'any other is no command' 64 'not a command of Broker' agent ls -l

is 'nothing of all that was asked of AWS' \
	"$(reached GetCallerIdentity) $(reached GetParameter) $(reached DeleteBucket) $(reached ListTables)" '0 0 0 0'

# ---- how long, how much
run agent $waiter
is 'a rule ends what takes too long' "$status" 70
has 'and says so' "$W/err" '^broker: stopped: the time limit of 3 s is over$'
demo_ssh "$W" agent broker aws s3 cp s3://big/40MB - >"$W/bytes" 2>"$W/err" </dev/null
is 'and what prints too much' $? 70
has 'and says that' "$W/err" '^broker: stopped: output limit of 65536 bytes reached$'
is 'what was printed is no more' "$(wc -c <"$W/bytes")" 65536
run agent aws s3 cp s3://logs/a.txt -
is 'less passes' "$status $(cat "$W/out")" '0 alpha'

# ---- reasons, and time for people
says 'approvers may want a reason' 77 "by rule walk/delete: its approvers want a reason: ssh broker -- --reason " \
	agent aws s3 rm s3://logs/a.txt
ask agent "$W/late" -- --reason "'ticket 42'" aws s3 rm s3://logs/a.txt
asked "$W/late"
wait "$asker"
is 'a rule gives people less time' $? 75
has 'as the asker is told' "$W/late.err" '^broker: held: .* expires in 2s$'
has 'and then' "$W/late.err" '^broker: expired: nobody decided in time'
sed -i 's/decide: 2s/decide: 1h/' "$policy"
reload
ask agent "$W/why" -- --reason "'ticket 42'" aws s3 rm s3://logs/a.txt
asked "$W/why"
run alice pending
has 'the reason is shown' "$W/out" 'reason *ticket 42$'
run alice approve "$id"
wait "$asker"
is 'with a reason it can be done' $? 0
is 'and is done' "$(reached DeleteObject)" 1

# ---- rules that change
digest=$(replay --info "$(demo_recording "$W")" | sed -n 's/^hoop.policy: //p')
sed 's/effect: hold/effect: perhaps/' "$W/policy" >"$policy"
reload
has 'a policy that is broken is no reload' "$W/brokerd.log" 'not reloaded, .*demo\.yaml:[0-9]*:[0-9]*: '
says 'the old rules are in force' 77 'by rule walk/freeze' agent aws s3 rb s3://logs
cp "$W/policy" "$policy"
ask agent "$W/more" aws s3 mb s3://new
asked "$W/more"
first=$asker first_id=$id
ask agent "$W/less" aws s3 mb s3://new2
asked "$W/less"
sed -i '/s3:mb"\]}$/{n;s/auth: \[key\]}/auth: [key], reason: required}/}' "$policy"
reload
run alice approve "$first_id"
wait "$first"
is 'approved under rules that ask for more by now' $? 77
has 'and is told what' "$W/more.err" '^broker: denied: s3 mb s3://new by rule walk/make: its approvers want a reason'
sed -i "s/^  - id: make/&\\n    when: {hours: \"$closed\", tz: UTC}/" "$policy"
reload
run alice approve "$id"
wait "$asker"
is 'approved out of hours by now' $? 77
has 'and is told that no rule allows it' "$W/less.err" '^broker: denied: s3 mb s3://new2: '
is 'nothing was made' "$(reached CreateBucket)" 0

# ---- records
lacks 'no error but the one that was made' "$W/brokerd.log" ': error: [^n]'
demo_stop
"$PYTHON3" "$W/support/store.py" "$W/root/var/lib/broker/broker.db" details verdict >"$W/out" 2>"$W/err"
has 'a rate stands in the verdicts' "$W/out" '"effect": *"deny", *"code": *"rate"'
lacks 'each verdict has its policies' "$W/out" '"policy": *"0\{64\}"'
has 'and so has a recording' "$W/out" "$digest"
walk_end
