#!/bin/sh
# What bench.sh measures, all with one uid: the AWS stand-in, a broker, an sshd.  Writes
# DIR/ready (NAME=VALUE lines) when all are up; ends them when DIR/stop is there.
set -u
D=$1
. "$D/support/demo.sh"
DEMO_LIMITS="  connections_per_source: 256
  sessions_per_identity: 512
  sessions: 600
  channels_per_connection: 256
  output: 4GiB"
DEMO_HOLDS="  decide: 1h
  use: 1h
  open_per_identity: 10000"
sshd=
stop() {
	demo_stop
	demo_aws_stop
	[ -z "$sshd" ] || { kill "$sshd"; wait "$sshd"; } 2>/dev/null
}
trap stop EXIT

sshd_start() {
	mkdir -p "$D/sshd"
	ssh-keygen -q -t ed25519 -N '' -f "$D/sshd/host" || return 1
	sshd_port=$(demo_port)
	cat >"$D/sshd/config" <<EOT
Port $sshd_port
ListenAddress 127.0.0.1
HostKey $D/sshd/host
AuthorizedKeysFile $D/who/agent.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
MaxStartups 200:100:300
LogLevel ERROR
EOT
	/usr/sbin/sshd -D -e -f "$D/sshd/config" 2>"$D/sshd/log" </dev/null &
	sshd=$!
	cat >>"$D/ssh_config" <<EOT
Host sshd
	HostName 127.0.0.1
	Port $sshd_port
	User $(id -un)
	UserKnownHostsFile $D/sshd/known_hosts
	GlobalKnownHostsFile /dev/null
	StrictHostKeyChecking yes
	IdentitiesOnly yes
	IdentityAgent none
	BatchMode yes
	ConnectTimeout 20
	LogLevel ERROR
EOT
	echo "[127.0.0.1]:$sshd_port $(cut -d' ' -f1,2 "$D/sshd/host.pub")" >"$D/sshd/known_hosts"
	demo_wait 20 demo_ssh "$D" agent sshd true || { cat "$D/sshd/log"; return 1; }
}

bench_policy() {
	cat >"$D/root/etc/broker/policies/bench.yaml" <<'EOP'
version: 1
name: bench
defaults: {unmatched: deny, undecidable: deny}
rules:
  - id: all
    effect: allow
    on: [exec, api]
    who: {group: agents}
    aws: {operations: ["s3:*"]}
  - id: line
    effect: allow
    on: [shell]
    where: {env: [dev]}
    command: {name: ["true", echo, sleep], operands: any}
  - id: open
    effect: allow
    on: [shell]
    who: {group: agents}
    ssm: {mode: [fed], shell: true}
EOP
}

# Instances of the walks, without their pauses.
. "$D/support/ssmbed.sh"
W=$D
ssm_seed || exit 1
demo_aws_start "$D" && demo_make "$D" && bench_policy && demo_start "$D" && sshd_start || exit 1
cat >"$D/ready.new" <<EOT
broker=$DEMO_PID
sshd=$sshd
aws_port=$DEMO_AWS_PORT
EOT
mv "$D/ready.new" "$D/ready"
# Whoever started this is to end it; should that fail, half an hour is enough.
demo_wait 1800 test -e "$D/stop"
