# Sourced by walks of what users do: a policy, configuration, and looks at what came out.

# For clients that are ended by their pid, which demo_ssh would hide.
ssh_agent="ssh -F $W/ssh_config -i $W/who/agent"
ssh_alice="ssh -F $W/ssh_config -i $W/who/alice"
KEYS=$W/root/var/lib/broker/keys
SPOOL=$W/root/var/lib/broker/recordings/spool

# walk_make: all but the start, so that the configuration can be changed before.
walk_make() {
	demo_aws_start "$W" && demo_make "$W" || {
		echo 'not ok 1 - the demonstration is made'
		echo '1..1'
		exit 1
	}
}

# Security keys in software: after this, demo_user DIR NAME ed25519-sk|ecdsa-sk makes one,
# and ssh takes them.  SOFTKEY_FLAGS says whether they are touched (softkey.c).
walk_softkey() {
	${CC:-cc} -shared -fPIC -O1 -o "$W/softkey.so" "$W/support/softkey.c" -lcrypto || return 1
	head -c 32 /dev/urandom >"$W/softkey"
	SOFTKEY=$W/softkey SOFTKEY_FLAGS=1 SSH_SK_PROVIDER=$W/softkey.so
	export SOFTKEY SOFTKEY_FLAGS SSH_SK_PROVIDER
	echo "	SecurityKeyProvider $W/softkey.so" >>"$W/ssh_config"
}

walk_start() {
	demo_start "$W" || {
		echo 'not ok 1 - the broker starts'
		echo '1..1'
		exit 1
	}
}

# Agents look around and carry objects, ask before they delete.
walk_policy() {
	cat >"$W/root/etc/broker/policies/demo.yaml" <<'EOP'
version: 1
name: walk
defaults: {unmatched: deny, undecidable: deny}
rules:
  - id: look
    effect: allow
    on: [exec]
    who: {group: agents}
    aws: {operations: ["s3:ls", "s3:cp", "sts:GetCallerIdentity", "ec2:DescribeInstances"]}
  - id: delete
    effect: hold
    on: [exec]
    who: {group: agents}
    aws: {operations: ["s3:rm"]}
    approvers: {need: 1, from: [group:sre], auth: [key]}
  - id: never
    effect: deny
    on: [exec]
    aws: {operations: ["ec2:TerminateInstances"]}
    reason: Machines are taken away by their owners.
EOP
}

# The public key of a demo_user, as the configuration has it.
key() { cut -d' ' -f1,2 "$W/who/$1.pub"; }

# What has been changed is in force.
reload() {
	_seen=$(grep -c ': reloaded$' "$W/brokerd.log")
	kill -HUP "$DEMO_PID"
	demo_wait 10 sh -c "[ \$(grep -c ': reloaded\$' '$W/brokerd.log') -gt $_seen ]"
}

# says DESCRIPTION STATUS REGEX WHO words…
says() {
	_d=$1 _s=$2 _r=$3
	shift 3
	run "$@"
	if [ "$status" = "$_s" ] && cat "$W/out" "$W/err" | grep -q -e "$_r"; then ok "$_d"; else
		not_ok "$_d"
		printf '# status %s, want %s and %s\n' "$status" "$_s" "$_r"
	fi
}

# How often AWS was asked for this operation.
reached() {
	grep -c "\"operation\": \"$1\"" "$W/aws/requests.log"
}

# replay words…: hoop-replay with the auditor's key and our trust.
replay() {
	"$W/bin/hoop-replay" --key "$KEYS/auditor.key" --trust "$KEYS/trust" "$@"
}

# objects FILE: each line must be one object of the broker's; prints the events and, of
# the last, status and ran: "held expired exit 75 False".
objects() {
	"$PYTHON3" -c '
import json, sys
said = [json.loads(line) for line in open(sys.argv[1])]
assert all(list(o) == ["broker"] for o in said), said
last = said[-1]["broker"]
print(*(o["broker"]["event"] for o in said), last["status"], last["ran"])' "$1" 2>&1
}

# The wait is bounded, so that a walk whose approval fails goes on.
# ask WHO FILE words…: like run, but in the background with its output in FILE.out and
# FILE.err; $asker is its process.  asked FILE waits until it is held and sets $id.
ask() {
	_who=$1 _to=$2
	shift 2
	# Before asked looks: what an earlier one said is not this one's.
	: >"$_to.err"
	demo_ssh "$W" "$_who" -o SetEnv=BROKER_WAIT=60 broker "$@" >"$_to.out" 2>"$_to.err" </dev/null &
	asker=$!
}

asked() {
	demo_wait 60 grep -q 'approver runs' "$1.err"
	id=$(sed -n 's/.*broker approve \([0-9A-Z-]*\).*$/\1/p' "$1.err")
}

# What a command leaves behind: no process of it, no recording that is open.
nothing_runs() {
	! pgrep -f "^[^ ]*python3 /usr/bin/aws $1" >/dev/null && [ -z "$(find "$SPOOL" -name '*.cast')" ]
}

sum_of() {
	sha256sum | cut -d' ' -f1
}

# log_is_clean [PATTERN]: the broker has met nothing that it calls an error, but for what
# matches.
log_is_clean() {
	if grep ': error: ' "$W/brokerd.log" | grep -v -e "${1:-^$}" >"$W/out"; then
		: >"$W/err"
		not_ok 'the broker logged no error'
	else
		ok 'the broker logged no error'
	fi
}
