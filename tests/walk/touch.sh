#!/bin/sh
# Security keys with the real ssh: who touches one logs in and approves, and what rides on a
# person's keys and connections does not.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
walk_make
walk_softkey || not_ok 'the security key in software is built'
demo_user "$W" alice_sk ed25519-sk
demo_user "$W" carol ecdsa-sk
conf=$W/root/etc/broker/broker.yaml
# Alice has two keys; carol's is of the other kind.
sed -i -e "s|keys: \[\"$(key alice)\"\]|keys: [\"$(key alice)\", \"$(key alice_sk)\"]|" \
	-e "/^identities:/a\\
  - {name: carol, kind: human, groups: [sre], profile: demo, keys: [\"$(key carol)\"]}" "$conf"
sed -i 's/groups: \[sre\]$/groups: [sre]\n    profile: demo/' "$conf"
cat >"$W/root/etc/broker/policies/demo.yaml" <<'EOP'
version: 1
name: walk
rules:
  - id: delete
    effect: hold
    on: [exec]
    who: {group: agents}
    aws: {operations: ["s3:rm"]}
    approvers: {need: 1, from: [group:sre]}
  - id: make
    effect: hold
    on: [exec]
    who: {group: agents}
    aws: {operations: ["s3:mb"]}
    approvers: {need: 1, from: [group:sre], auth: [sk], verified: required}
  - id: look
    effect: allow
    on: [exec]
    who: {group: sre, auth: {method: sk}}
    aws: {operations: ["s3:ls"]}
EOP
walk_start

# flagged FLAGS …: the same with what the key says of itself.
flagged() {
	SOFTKEY_FLAGS=$1
	shift
	says "$@"
	export SOFTKEY_FLAGS=1
}

# over SOCKET words…: through a connection that somebody has left open.
over() {
	_m=$1
	shift
	ssh -F "$W/ssh_config" -S "$_m" -o ControlMaster=no broker "$@" >"$W/out" 2>"$W/err" </dev/null
	status=$?
}

# master SOCKET: alice touches her key, once, and the connection stays.
master() {
	ssh -F "$W/ssh_config" -i "$W/who/alice_sk" -M -S "$1" -fN broker 2>"$W/err" </dev/null &&
		demo_wait 10 test -S "$1"
}

# ---- who one is ----
says 'a touched key logs in' 0 '^proof    sk SHA256:' alice_sk whoami
has 'as the person whose it is' "$W/out" '^alice (human)$'
says 'the other kind, too' 0 '^proof    sk SHA256:' carol whoami
says 'for programs' 0 '"proof":"sk"' alice_sk -- --json whoami
lacks 'and no PIN is claimed' "$W/out" verified
flagged 5 'a PIN is seen' 0 '^proof    sk verified SHA256:' alice_sk whoami
flagged 5 'by programs, too' 0 '"verified":true' carol -- --json whoami
says 'a plain key is a plain key' 0 '^proof    key SHA256:' alice whoami
flagged 0 'without a touch nobody is in' 255 'Permission denied' alice_sk whoami
flagged 4 'a PIN is no touch' 255 'Permission denied' carol whoami
head -c 32 /dev/zero >"$W/other"
SOFTKEY=$W/other
says 'nor with another device' 255 'Permission denied' alice_sk whoami
export SOFTKEY="$W/softkey"
has 'the broker says why' "$W/brokerd.log" 'the security key was not touched'
says 'rules see it' 0 ' logs$' alice_sk aws s3 ls

# ---- an approval, by a touch ----
ask agent "$W/one" aws s3 rm s3://logs/a.txt
asked "$W/one"
says "a plain key of hers does not count" 77 'not by this kind of proof' alice approve "$id"
flagged 0 'a key that nobody touches does not either' 255 'Permission denied' alice_sk approve "$id"
yes_ 'a connection is left open' master "$W/old"
over "$W/old" approve "$id"
is 'the first request of a connection that was left open: fresh for a minute' "$status" 0
wait "$asker"
is 'and it ran' "$?" 0
is 'once' "$(reached DeleteObject)" 1

ask agent "$W/two" aws s3 rm s3://logs/2026/01/x.log
asked "$W/two"
yes_ 'another connection is left open' master "$W/mux"
over "$W/mux" whoami
is 'a program beside her rides on it' "$status" 0
has 'as her, and her touch' "$W/out" '^proof    sk '
over "$W/mux" approve "$id"
is 'but what is not the first request approves nothing' "$status" 77
has 'and hears why' "$W/err" 'must be the first request of a connection'
over "$W/old" approve "$id"
is 'nor does the one before' "$status" 77
says 'a connection of its own, touched for' 0 "^approved $id\$" alice_sk approve "$id"
wait "$asker"
is 'and that runs, too' "$?" 0

# ---- with the PIN ----
ask agent "$W/pin" aws s3 mb s3://with-a-pin
asked "$W/pin"
says 'what is wanted is shown' 0 'group sre, by a security key with its PIN' carol pending
says 'a touch alone is not enough' 77 'not by this kind of proof' carol approve "$id"
flagged 5 'with the PIN it is' 0 "^approved $id\$" carol approve "$id"
wait "$asker"
is 'and the bucket is made' "$?" 0

# ---- over a restart ----
run agent -- --no-wait aws s3 mb s3://after-a-restart
is 'nobody waits for the next one' "$status" 75
id=$(sed -n 's/^broker: held: \([0-9A-Z-]*\) .*/\1/p' "$W/err")
log_is_clean
demo_stop
yes_ 'the broker starts again' demo_start "$W"
says 'what is wanted is what it was' 0 'by sk with its PIN (rule walk/make)' carol why "$id"
says 'a touch alone is still not enough' 77 'not by this kind of proof' carol approve "$id"
flagged 5 'with the PIN it still is' 0 "^approved $id\$" carol approve "$id"
says 'whose it is runs it' 0 "after-a-restart" agent request "$id"

# ---- a minute later ----
yes_ 'a third connection is left open' master "$W/late"
late=$(date +%s)
ask agent "$W/three" -- --wait 300 aws s3 rm "'s3://logs/2026/02/y z+&.log'"
asked "$W/three"
# Only the time makes it so; the first minute has been tried above.
while [ $(($(date +%s) - late)) -lt 62 ]; do sleep 1; done
over "$W/late" approve "$id"
is 'a first request after a minute is too late' "$status" 77
has 'which is said' "$W/err" 'within the last minute'
says 'a fresh one is not' 0 "^approved $id\$" carol approve "$id"
wait "$asker"
for _s in old mux late; do ssh -F "$W/ssh_config" -S "$W/$_s" -O exit broker 2>/dev/null; done
log_is_clean
walk_end
