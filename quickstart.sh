#!/bin/sh
# From a clone to the main job in one command: install what is needed, build, start a
# broker of one's own in a folder, run an allowed, a denied and a held command with the real
# ssh and aws, replay and verify what ran, then send API calls through a port as SDKs do.
#
# usage: ./quickstart.sh [--keep] [--root DIR]
#   --keep      leave the broker running, and say how to go on
#   --root DIR  the folder to work in (made; default: a new one in /tmp)
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 1
keep= root=
usage() {
	sed -n '2,9s/^# \{0,1\}//p' "$here/quickstart.sh"
}
while [ $# -gt 0 ]; do
	case $1 in
	--keep) keep=1 ;;
	--root)
		[ $# -gt 1 ] || { usage >&2; exit 64; }
		root=$2
		shift
		;;
	-h | --help) usage; exit 0 ;;
	*) usage >&2; exit 64 ;;
	esac
	shift
done

say() { printf '\n\033[1m== %s\033[0m\n' "$*" | { [ -t 1 ] && cat || sed 's/\x1b\[[0-9;]*m//g'; }; }
die() {
	printf 'quickstart: %s\n' "$*" >&2
	exit 1
}

# ---- install and build: once, as whoever called ---------------------------------------
if [ -z "${QUICKSTART_DIR:-}" ]; then
	. "$here/build-aux/packages.sh"
	say "Packages"
	install_packages quick || die "the packages could not be installed"
	say "Build"
	build_tree "$here/build" || die "the build failed"
	if [ -n "$root" ]; then
		made=
		[ -e "$root" ] || made=1
		mkdir -p "$root" || die "cannot make $root"
		if [ -z "$made" ] && [ -n "$(ls -A "$root")" ] && [ ! -e "$root/.broker-quickstart" ]; then
			die "$root is not empty and not from an earlier quickstart"
		fi
		if [ -s "$root/brokerd.pid" ] && kill -0 "$(cat "$root/brokerd.pid")" 2>/dev/null; then
			die "a broker is still running in $root: end it with: kill $(cat "$root/brokerd.pid")"
		fi
		root=$(cd "$root" && pwd)
		rm -rf "$root/root" "$root/who" "$root/aws" "$root/bin" "$root/support"
	else
		made=1
		root=$(mktemp -d "${TMPDIR:-/tmp}/broker-quickstart.XXXXXX") || exit 1
	fi
	: >"$root/.broker-quickstart"
	chmod 755 "$root"
	. "$here/tests/support/demo.sh"
	demo_collect "$here/build" "$here" "$root" || die "the programs could not be copied"
	cp "$here/quickstart.sh" "$root/support/quickstart.sh"
	QUICKSTART_DIR=$root QUICKSTART_KEEP=$keep
	export QUICKSTART_DIR QUICKSTART_KEEP
	if [ "$(id -u)" -eq 0 ]; then
		# Nothing of this needs root: go on as nobody.
		chown -R nobody "$root"
		setpriv --reuid=nobody --regid=nogroup --clear-groups \
			sh "$root/support/quickstart.sh"
	else
		sh "$root/support/quickstart.sh"
	fi
	status=$?
	if [ -z "$keep" ]; then
		if [ -n "$made" ]; then rm -rf "$root"; else
			find "$root" -mindepth 1 -maxdepth 1 -exec rm -rf {} +
		fi
	fi
	exit $status
fi

# ---- the tour, unprivileged -----------------------------------------------------------
D=$QUICKSTART_DIR
. "$D/support/demo.sh"
stop() {
	[ -z "${held:-}" ] || kill "$held" 2>/dev/null
	[ -z "${tunnel:-}" ] || kill "$tunnel" 2>/dev/null
	demo_stop
	demo_aws_stop
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

bad=0
miss() {
	printf 'quickstart: NOT AS IT MUST BE: %s\n' "$*" >&2
	bad=1
}
# show WANTED-STATUS WHO words…: run over ssh, show both streams
show() {
	want=$1 who=$2
	shift 2
	printf '\n(%s) $ ssh broker %s\n' "$who" "$*"
	demo_ssh "$D" "$who" broker "$*" >"$D/out" 2>"$D/err" </dev/null
	got=$?
	cat "$D/out" "$D/err"
	printf '(exit %s)\n' "$got"
	[ "$got" -eq "$want" ] || miss "exit $got, not $want"
}
want_out() { grep -q -e "$1" "$D/out" || miss "no line like: $1"; }
want_err() { grep -q -e "$1" "$D/err" || miss "no line like: $1"; }
replay() {
	"$D/bin/hoop-replay" --key "$D/root/var/lib/broker/keys/auditor.key" \
		--trust "$D/root/var/lib/broker/keys/trust" "$@"
}

say "A stand-in for AWS, keys, a configuration, and brokerd in $D"
demo_aws_start "$D" || die "the stand-in for AWS did not start"
demo_make "$D" || die "the demo configuration could not be made"
demo_start "$D" || die "brokerd did not start"
cat "$D/brokerd.log"

say "Who am I?"
show 0 agent whoami
want_out '^ci-deploy (agent)$'

say "An allowed command"
show 0 agent aws s3 ls
want_out ' logs$'

say "A denied one"
show 77 agent aws ec2 terminate-instances --instance-ids i-0abc0000000000001
want_err '^broker: denied: '

say "A held one: it waits until an approver, with a key of her own, says yes"
echo '(Policies for use want a security key, touched; this one takes a plain key, as there is none at hand.)'
printf '\n(agent) $ ssh broker aws s3 rm s3://logs/a.txt\n'
rm -f "$D/held.err" # of an earlier quickstart in this folder
demo_ssh "$D" agent broker aws s3 rm s3://logs/a.txt >"$D/held.out" 2>"$D/held.err" </dev/null &
held=$!
demo_wait 15 grep -q 'approver runs' "$D/held.err" || miss "the command was not held"
cat "$D/held.err"
id=$(sed -n 's/.*broker approve \([0-9A-Z-]*\)$/\1/p' "$D/held.err")
show 0 alice pending
show 0 alice approve "$id"
wait "$held"
got=$?
held=
printf '\n(agent) the held command goes on:\n'
cat "$D/held.err" "$D/held.out"
printf '(exit %s)\n' "$got"
[ "$got" -eq 0 ] || miss "the approved command ended with $got"
grep -q 'delete: s3://logs/a.txt' "$D/held.out" || miss "the approved command did not run"

say "What was recorded: play and verify each"
done_dir=$D/root/var/lib/broker/recordings/done
demo_wait 5 sh -c "[ \$(ls '$done_dir' | wc -l) -ge 2 ]" || miss "two recordings are not there"
n=0
for cast in "$done_dir"/*.cast; do
	n=$((n + 1))
	printf '\n$ hoop-replay %s\n' "$(basename "$cast")"
	replay --idle-limit 0.2 "$cast" || miss "it does not play"
	printf '$ hoop-replay --verify %s\n' "$(basename "$cast")"
	replay --verify "$cast" || miss "it does not verify"
done
[ "$n" -eq 2 ] || miss "$n recordings, not 2: one for each command that ran"

say "A program with an SDK: its API calls go through a port of ssh, and each is decided"
port=$(demo_port)
printf '\n(agent) $ ssh -f -N -L %s:aws:443 broker\n' "$port"
# Not by demo_ssh: its subshell would be what is killed.
ssh -F "$D/ssh_config" -i "$D/who/agent" -N -L "$port:aws:443" broker </dev/null &
tunnel=$!
printf '(agent) $ eval "$(ssh broker sdk-env --port %s)"\n' "$port"
demo_ssh "$D" agent broker sdk-env --port "$port" >"$D/sdk.env" || miss "no keys for the SDK"
demo_wait 15 "$PYTHON3" -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])))' "$port" ||
	miss "the port does not open"
# sdk WANTED-STATUS words…: the real aws, as any program with an SDK, on this side of the port
sdk() {
	want=$1
	shift
	printf '\n(agent) $ %s\n' "$*"
	env -i HOME="$D" PATH="$PATH" sh -c '. "$1"; shift; exec "$@"' sh "$D/sdk.env" "$@" \
		>"$D/out" 2>"$D/err" </dev/null
	got=$?
	cat "$D/out" "$D/err"
	printf '(exit %s)\n' "$got"
	[ "$got" -eq "$want" ] || miss "exit $got, not $want"
}
sdk 0 aws s3api list-buckets --query 'Buckets[].Name' --output text
want_out logs
sdk 254 aws s3api list-objects-v2 --bucket logs
want_err 'AccessDenied'
kill "$tunnel"
wait "$tunnel" 2>/dev/null
tunnel=
demo_wait 5 sh -c "[ \$(ls '$done_dir' | wc -l) -ge 4 ]" || miss "the port's recordings are not there"
cast=$(demo_recording "$D")
printf '\n$ hoop-replay --commands %s\n' "$(basename "$cast")"
replay --commands "$cast" >"$D/out" || miss "its calls cannot be listed"
cat "$D/out"
want_out ListObjectsV2

[ "$bad" -eq 0 ] || die "a step did not show what it must"
if [ -n "$QUICKSTART_KEEP" ]; then
	say "Left running (brokerd $DEMO_PID, AWS stand-in $DEMO_AWS_PID)"
	cat <<EOT
ssh -F $D/ssh_config -i $D/who/agent broker aws s3 ls s3://logs/
ssh -F $D/ssh_config -i $D/who/alice broker pending
ssh -F $D/ssh_config -i $D/who/agent -f -N -L 8443:aws:443 broker    # and for SDKs:
eval "\$(ssh -F $D/ssh_config -i $D/who/agent broker sdk-env --port 8443)"
kill $DEMO_PID $DEMO_AWS_PID    # to end it; then: rm -rf $D

To use a real account: in $D/root/etc/broker/broker.yaml remove connect_to and ca_file
below aws, point aws.file at a credentials file of the gateway (mode 0600), set account,
role and region of the profile to a role that trusts it (sts:AssumeRole, sts:TagSession,
sts:SetSourceIdentity), then: kill -HUP $DEMO_PID
EOT
	trap - EXIT
fi
say "All as it must be"
