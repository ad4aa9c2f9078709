# Sourced after lib.sh by the walks of sessions on targets: instances, rules, a broker.
#
#   ssm_up            AWS with Session Manager, a broker, agent, alice (on call, a terminal
#                     and lines), carol (approves)
#   ssm_faults JSON   what goes wrong from now on (tests/support/standin/ssmfaults.py)
#   ssm_typist WHO [-- ssh options] words…   types $W/script at the real ssh
#
# DEMO_AWS_WORDS, DEMO_MORE, SSM_MORE (a line below ssm:), SSM_NODES (JSON: members of the
# seed's ssm), SSM_RULES (more rules) before ssm_up.  $W/ssm.log tells what instances took.

ssm_seed() {
	cat >"$W/ssmseed.py" <<'EOP'
import json, os, sys
path = sys.argv[1]
seed = json.load(open(path))
tags = {"Environment": "dev", "tier": "web"}
seed["instances"] = [
    {"id": "i-0abc0000000000001", "name": "web-1", "tags": tags},
    {"id": "i-0abc0000000000002", "name": "fast", "tags": tags, "ssm": {"fast": True}},
    {"id": "i-0abc0000000000003", "name": "sealed", "tags": tags, "ssm": {
        "fast": True, "challenge": "require", "kms_key": "arn:aws:kms:eu-west-1:111122223333:key/0001"}},
    {"id": "i-0abc0000000000004", "name": "twin", "tags": tags},
    {"id": "i-0abc0000000000005", "name": "twin", "tags": tags},
    {"id": "i-0abc0000000000006", "name": "asleep", "tags": tags, "ssm": {"ping": "ConnectionLost"}},
    {"id": "i-0abc0000000000007", "name": "prod-1", "tags": {"Environment": "prod"}},
    {"id": "i-0abc0000000000008", "name": "basic", "tags": tags,
     "ssm": {"fast": True, "agent_version": "3.0.196.0"}},
    {"id": "i-0abc0000000000009", "name": "runner", "tags": tags, "ssm": {"sessions": False}}]
seed["ssm"] = {"scratch": sys.argv[2], **json.loads(os.environ.get("SSM_NODES") or "{}")}
json.dump(seed, open(path, "w"))
EOP
	mkdir -p "$W/scratch"
	SSM_NODES=${SSM_NODES:-} "$PYTHON3" "$W/ssmseed.py" "$W/support/standin-seed.json" "$W/scratch"
}

ssm_rules() {
	cat <<EOP
version: 1
name: ssm
defaults: {unmatched: deny, undecidable: deny}
rules:
  - id: look
    effect: allow
    on: [shell]
    where: {env: [dev]}
    command:
      any:
        - {name: [ls, cat, echo, uptime, id, pwd, head, wc, seq, sleep, stty, false, "true", yes, tail, grep], options: any, operands: any, stdin: pipe}
    redirect: [null, merge]
  - id: restart
    effect: hold
    on: [shell]
    where: {env: [dev]}
    command: {name: touch, operands: any}
    approvers: {need: 1, from: [group:sre], auth: [key]}
  - id: full-screen
    effect: allow
    on: [shell]
    who: {kind: human}
    where: {env: [dev]}
    command: {name: [top, less]}
    interactive: {opaque: accepted, reason: seen by all}
  - id: open
    effect: allow
    on: [shell]
    who: {kind: human}
    where: {env: [dev]}
    ssm: {mode: [single, fed, program], shell: true}
  - id: port
    effect: allow
    on: [forward]
    where: {env: [dev]}
    forward: {port: ["1-65535"]}
${SSM_RULES:-}
EOP
}

ssm_up() {
	ssm_seed || exit 1
	echo '{}' >"$W/faults.json"
	DEMO_AWS_WORDS="${DEMO_AWS_WORDS:-} --ssm-log $W/ssm.log --ssm-faults $W/faults.json"
	: >"$W/ssm.log"
	DEMO_MORE="${DEMO_MORE:-}
targets:
  box: {id: i-0abc0000000000002, env: dev}
  job: {id: i-0abc0000000000009, env: dev, run: true}
  deployer: {id: i-0abc0000000000001, env: dev, os_user: deploy}
${SSM_MORE:+ssm:
$SSM_MORE}"
	demo_aws_start "$W" && demo_make "$W" || exit 1
	demo_user "$W" carol
	sed -i -e 's/groups: \[sre\]/groups: [oncall]\n    profile: demo/' \
		-e "/^identities:/a\\
  - {name: carol, kind: human, groups: [sre], keys: [\"$(cut -d' ' -f1,2 "$W/who/carol.pub")\"]}" \
		"$W/root/etc/broker/broker.yaml"
	ssm_rules >"$W/root/etc/broker/policies/demo.yaml"
	! command -v ssm_before_start >/dev/null || ssm_before_start
	demo_start "$W" || {
		echo "not ok 1 - the broker starts"
		echo "1..1"
		exit 1
	}
}

ssm_faults() {
	printf '%s\n' "$1" >"$W/faults.new"
	mv "$W/faults.new" "$W/faults.json"
}

# ssm_typist WHO words…: $W/script is typed, $W/typed is what came; status in $status.
ssm_typist() {
	_who=$1
	shift
	"$PYTHON3" "$W/support/typist.py" -q -t "${TYPIST_SECONDS:-60}" -o "$W/typed" "$W/script" -- \
		ssh -tt -F "$W/ssh_config" -i "$W/who/$_who" broker "$@" >"$W/out" 2>"$W/err"
	status=$?
}
