# Sourced by the quickstart and the walks: a broker of one's own in a folder.
#
#   demo_collect BUILD SOURCE DIR    copy programs and support files, so that any uid can run them
#   demo_make DIR                    keys, configuration, policies, ssh_config
#   demo_aws_start DIR | demo_aws_stop
#   demo_start DIR | demo_stop DIR
#   demo_ssh DIR WHO [ssh options] [--] words…
#
# DIR gets bin/ (programs), support/ (the AWS stand-in), root/ (what brokerd --root sees),
# who/ (the users' keys), aws/ (the stand-in's files), ssh_config.

: "${PYTHON3:=/usr/bin/python3}"

demo_collect() {
	mkdir -p "$3/bin" "$3/support" || return 1
	for _p in monitor/brokerd keeper/broker-keeper launch/broker-launch session/broker-session \
		front/broker-front cli/broker; do
		cp "$1/broker/$_p" "$3/bin/" || return 1
	done
	cp "$1/replay/hoop-replay" "$3/bin/" || return 1
	cp -R "$2/tests/support/." "$3/support/" || return 1
	# Its approvers have no security keys: plain ones count here.
	sed 's/auth: \[sk, device\]/auth: [key]/' "$2/policies/packs/demo.yaml" >"$3/demo.yaml" || return 1
	chmod -R go+rX,go-w "$3/bin" "$3/support" "$3/demo.yaml"
}

# A port that nothing listens on now.
demo_port() {
	"$PYTHON3" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

demo_user() {
	ssh-keygen -q -t "${3:-ed25519}" -N '' -C "$2" -f "$1/who/$2"
}

demo_make() {
	_etc=$1/root/etc/broker _keys=$1/root/var/lib/broker/keys
	umask 022
	mkdir -p "$_etc/policies" "$1/who" "$1/aws" "$1/root/run" || return 1
	mkdir -p -m 0700 "$1/root/var/lib/broker" || return 1
	demo_user "$1" agent && demo_user "$1" alice && demo_user "$1" stranger || return 1
	"$1/bin/broker" keys init --name demo "$_keys" >"$1/keys.out" || return 1
	cp "$1/demo.yaml" "$_etc/policies/demo.yaml" || return 1
	DEMO_PORT=$(demo_port)
	demo_config "$1" >"$_etc/broker.yaml" || return 1
	cat >"$1/ssh_config" <<EOT
Host broker
	HostName 127.0.0.1
	Port $DEMO_PORT
	User broker
	UserKnownHostsFile $1/known_hosts
	GlobalKnownHostsFile /dev/null
	StrictHostKeyChecking yes
	IdentitiesOnly yes
	IdentityAgent none
	BatchMode yes
	ConnectTimeout 20
	LogLevel ERROR
EOT
}

# DEMO_LIMITS, DEMO_HOLDS, DEMO_RECORDING: more lines below those keys; DEMO_MORE: others.
demo_config() {
	cat <<EOT
name: demo
listen: ["127.0.0.1:$DEMO_PORT"]
identities:
  - name: ci-deploy
    kind: agent
    owner: bob
    groups: [agents]
    profile: demo
    keys: ["$(cut -d' ' -f1,2 "$1/who/agent.pub")"]
  - name: alice
    kind: human
    groups: [sre]
    keys: ["$(cut -d' ' -f1,2 "$1/who/alice.pub")"]
  - {name: bob, kind: human, groups: [developers]}
profiles:
  demo:
    account: "111122223333"
    role: "arn:aws:iam::111122223333:role/broker"
    region: eu-west-1
rights:
  approve: ["group:sre"]
aws:
  credentials: file
  file: $1/aws/credentials
  ca_file: $1/aws/ca.pem
  connect_to: {"*": "127.0.0.1:${DEMO_AWS_PORT:-1}"}
recording:
  admin_key: "$(cat "$1/root/var/lib/broker/keys/admin.pub")"
  min_free: 16MiB
${DEMO_RECORDING:-}
${DEMO_HOLDS:+holds:
$DEMO_HOLDS}
${DEMO_LIMITS:+limits:
$DEMO_LIMITS}
${DEMO_MORE:-}
EOT
}

# DEMO_AWS_ISSUED=yes: the stand-in writes the secrets that it issues to aws/issued.
# DEMO_AWS_PROGRAM, DEMO_AWS_WORDS: another stand-in, and what it is told in front.
# DEMO_AWS_EMULATED=yes: the emulators of emulators.sh answer for S3 and DynamoDB.
# The stand-in for AWS and the gateway's own key for it.  Before demo_make.
# DEMO_AWS_SEED: what exists there; DEMO_AWS_WORDS: more of its options.
demo_aws_start() {
	mkdir -p "$1/aws"
	top_srcdir=$1/none
	cat >"$1/aws/credentials" <<EOT
[default]
aws_access_key_id = AKIASTANDINGATEWAY00
aws_secret_access_key = gateway/secret+for=the/stand-in
EOT
	chmod 600 "$1/aws/credentials"
	rm -f "$1/aws/ready"
	"$PYTHON3" "$1/support/${DEMO_AWS_PROGRAM:-aws_standin.py}" ${DEMO_AWS_WORDS:-} --dir "$1/aws" --seed "${DEMO_AWS_SEED:-$1/support/standin-seed.json}" \
		--log "$1/aws/requests.log" --ready-file "$1/aws/ready" \
		${DEMO_AWS_ISSUED:+--issued "$1/aws/issued"} \
		${DEMO_AWS_EMULATED:+--s3 "$EMULATED_S3" --dynamodb "$EMULATED_DYNAMODB"} \
		>"$1/aws/out" 2>&1 </dev/null &
	DEMO_AWS_PID=$!
	demo_wait 30 test -s "$1/aws/ready" || { cat "$1/aws/out"; return 1; }
	DEMO_AWS_PORT=$(cut -d' ' -f2 "$1/aws/ready")
}

demo_aws_stop() {
	[ -z "${DEMO_AWS_PID:-}" ] || { kill "$DEMO_AWS_PID"; wait "$DEMO_AWS_PID"; } 2>/dev/null
	DEMO_AWS_PID=
}

# demo_wait SECONDS command…: until it succeeds.
demo_wait() {
	_left=$(($1 * 20))
	shift
	until "$@" 2>/dev/null; do
		_left=$((_left - 1))
		[ "$_left" -gt 0 ] || return 1
		sleep 0.05
	done
}

demo_ready() {
	grep -q 'brokerd\[[0-9]*\]: ready' "$1/brokerd.log"
}

demo_start() {
	: >"$1/brokerd.log"
	"$1/bin/brokerd" --root "$1/root" --libexec "$1/bin" 2>>"$1/brokerd.log" </dev/null &
	DEMO_PID=$!
	echo "$DEMO_PID" >"$1/brokerd.pid"
	demo_wait 20 demo_ready "$1" || { cat "$1/brokerd.log"; return 1; }
	echo "[127.0.0.1]:$DEMO_PORT $(cut -d' ' -f1,2 "$1/root/var/lib/broker/keys/host_ed25519.pub")" \
		>"$1/known_hosts"
}

demo_stop() {
	[ -z "${DEMO_PID:-}" ] || { kill "$DEMO_PID"; wait "$DEMO_PID"; } 2>/dev/null
	_status=$?
	DEMO_PID=
	return $_status
}

demo_ssh() {
	_dir=$1 _who=$2
	shift 2
	ssh -F "$_dir/ssh_config" -i "$_dir/who/$_who" "$@"
}

# The newest recording that is closed.
demo_recording() {
	find "$1/root/var/lib/broker/recordings/done" -name '*.cast' | sort | tail -n 1
}
