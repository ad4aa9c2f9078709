#!/bin/sh
# Which targets there are: asked of AWS with a lease that can only look, told to each by
# its rules; and what is told when AWS does not answer.
. "${top_srcdir:-.}/tests/walk/lib.sh"
cat >"$W/seed.py" <<'EOP'
import json, sys
path = sys.argv[1]
seed = json.load(open(path))
seed["instances"] = [
    {"id": "i-0abc0000000000001", "name": "web-1", "tags": {"Environment": "dev"}},
    {"id": "i-0abc0000000000002", "name": "web-2", "tags": {"Environment": "prod"}},
    {"id": "i-0abc0000000000003", "name": "db", "tags": {"Environment": "dev"}},
    {"id": "i-0abc0000000000004", "name": "gone", "state": "stopped",
     "tags": {"Environment": "dev"}},
    {"id": "i-0abc0000000000005", "name": "bare", "tags": {"Environment": "dev"},
     "ssm": False}]
seed["ssm"] = {"managed": [{"id": "mi-0abc0000000000001", "name": "rack-4"}]}
seed["roles"].append({"arn": "arn:aws:iam::111122223333:role/blind", "policy": {
    "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}})
json.dump(seed, open(path, "w"))
EOP
"$PYTHON3" "$W/seed.py" "$W/support/standin-seed.json" || exit 1
DEMO_MORE='targets:
  db: {id: i-0abc0000000000003, env: stage}
  rack: {id: mi-0abc0000000000001, env: dev, run: true}
  task: {id: "ecs:c_t_r", env: dev}'
demo_aws_start "$W" && demo_make "$W" || exit 1
conf=$W/root/etc/broker/broker.yaml
sed -i -e 's/^profiles:/&\
  blind: {account: "111122223333", role: "arn:aws:iam::111122223333:role\/blind", region: eu-west-1}/' \
	-e 's/    profile: demo/&\
    profiles: [blind]/' "$conf"
cat >"$W/root/etc/broker/policies/demo.yaml" <<'EOP'
version: 1
name: walk
rules:
  - {id: dev, effect: allow, on: [shell], who: {group: agents}, where: {env: [dev, stage]}, command: {name: uptime}}
  - {id: pg, effect: allow, on: [forward], who: {group: agents}, forward: {port: 5432, target: db}}
EOP
demo_start "$W" || exit 1

run agent targets
is "targets are listed" "$status" 0
cat >"$W/want" <<'EOP'
db i-0abc0000000000003 stage online commands, ports
rack mi-0abc0000000000001 dev online commands
task ecs:c_t_r dev unknown commands
web-1 i-0abc0000000000001 dev online commands
EOP
is "those that the rules reach, the configuration's by its names" \
	"$(tr -s ' ' <"$W/out")" "$(cat "$W/want")"
is "and nothing is said beside" "$(cat "$W/err")" ""
run agent targets --json
is "the same as JSON" "$("$PYTHON3" -c 'import json, sys
print(*[json.loads(l)["id"] for l in sys.stdin])' <"$W/out")" \
	"i-0abc0000000000003 mi-0abc0000000000001 ecs:c_t_r i-0abc0000000000001"

# One lease, for looking alone; known for a while.
is "AWS was asked once" "$(grep -c '"operation": "DescribeInstances"' "$W/aws/requests.log")" 1
is "and so was Systems Manager" \
	"$(grep -c '"operation": "DescribeInstanceInformation"' "$W/aws/requests.log")" 1
has "with a lease that can do nothing else" "$W/aws/requests.log" \
	'ec2:DescribeInstances.*ssm:DescribeInstanceInformation'
has "by who asked" "$W/aws/requests.log" '"source_identity": "ci-deploy"'

# A person without a profile.
run alice targets
is "whoever has no profile names one" "$status" 77
has "and is told so" "$W/err" 'you have no profile of your own'

# A role that may not look.
run agent targets --profile blind
is "where AWS cannot be asked the status is 69" "$status" 69
has "the configuration's own are there" "$W/out" '^db '
lacks "and no other" "$W/out" 'web-1'
has "and why" "$W/err" 'may ask neither EC2 nor Systems Manager'

# Another configuration: nothing is believed any more.
reloaded() {
	[ "$(grep -c 'brokerd\[[0-9]*\]: reloaded' "$W/brokerd.log")" -ge "$1" ]
}
kill -HUP "$DEMO_PID"
demo_wait 60 reloaded 1
run agent targets
is "after a reload AWS is asked again" \
	"$(grep -c '"operation": "DescribeInstances"' "$W/aws/requests.log")" 3

# Without AWS.
demo_aws_stop
kill -HUP "$DEMO_PID"
demo_wait 60 reloaded 2
run agent targets
is "without AWS it is 69, too" "$status" 69
has "with what the configuration has" "$W/out" '^rack '

"$W/bin/broker" help >"$W/out" 2>"$W/err"
has "the CLI knows it" "$W/out" '^  targets '
run agent targets --help
has "and says how it is used" "$W/out" '^usage: targets'
walk_end
