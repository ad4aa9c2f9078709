#!/bin/sh
# Measure a broker against sshd and the plain CLI on this machine, side by side in one
# run, loopback only.  Prints a table; takes a few minutes.
#
# usage: bench.sh SOURCE BUILD
#   BENCH_LOGINS=60 BENCH_COMMANDS=15 BENCH_MIB=1024 BENCH_IDLE=50 BENCH_CALLS=300
#   BENCH_AT_ONCE=40 BENCH_ONLY="policies recorder target mask logins commands forty calls bulk upload idle held ssm shell"
#   BENCH_DECISIONS=200000 BENCH_HELD=2000 BENCH_APPROVED=100 BENCH_SSM=40 BENCH_SSM_IDLE=100 BENCH_KEYS=300 BENCH_MASK=256
#
# What is measured runs unprivileged (up.sh); started as root, it runs as nobody, and the
# memory of processes that hide from their own uid can be read.
set -u
source=$1 build=$2
only=${BENCH_ONLY-policies recorder target mask}
# Deciding, recording, the data channel and masking need no broker.
case " $only " in
*" policies "*)
	"${MAKE:-make}" -s -C "$build" tests/bench/bench_policies &&
		"$build/tests/bench/bench_policies" "$source"/tests/fuzz/corpus/shell/* || exit 1
	;;
esac
case " $only " in
*" recorder "*)
	"${MAKE:-make}" -s -C "$build" tests/bench/bench_recorder &&
		"${PYTHON3:-/usr/bin/python3}" "$source/tests/bench/bench_recorder.py" "$build" || exit 1
	;;
esac
case " $only " in
*" target "*)
	"${MAKE:-make}" -s -C "$build" tests/bench/bench_target &&
		"$build/tests/bench/bench_target" || exit 1
	;;
esac
case " $only " in
*" mask "*)
	"${MAKE:-make}" -s -C "$build" tests/bench/bench_mask &&
		"$build/tests/bench/bench_mask" "${BENCH_MASK:-256}" || exit 1
	;;
esac
rest=
for part in ${BENCH_ONLY-all}; do
	case $part in
	policies | recorder | target | mask) ;;
	*) rest="$rest $part" ;;
	esac
done
[ -n "$rest" ] || exit 0
dir=$(mktemp -d "${TMPDIR:-/tmp}/broker-bench.XXXXXX") || exit 1
up=
stop() {
	: >"$dir/stop"
	[ -z "$up" ] || wait "$up"
	rm -rf "$dir"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

. "$source/tests/support/demo.sh"
demo_collect "$build" "$source" "$dir" || exit 1
cp "$source/tests/bench/up.sh" "$source/tests/bench/measure.py" \
	"$source/tests/bench/calls.py" "$source/tests/bench/held.py" \
	"$source/tests/bench/keystrokes.py" "$source/tests/bench/ssm.py" "$source/tests/walk/ssmbed.sh" \
	"$dir/support/" || exit 1
if [ "$(id -u)" -eq 0 ]; then
	# sshd starts commands with the shell of the account and takes no locked one: in a
	# mount namespace of our own nobody has a shell and no lock.
	awk -F: -v OFS=: '$1 == "nobody" { $2 = "x"; $7 = "/bin/sh" } { print }' \
		/etc/passwd >"$dir/passwd"
	printf '%s: files\n' passwd group shadow >"$dir/nsswitch.conf"
	chown -R nobody "$dir"
	unshare -m sh -c 'for f in passwd nsswitch.conf; do mount --bind "$1/$f" "/etc/$f" || exit; done
		exec setpriv --reuid=nobody --regid=nogroup --clear-groups sh "$1/support/up.sh" "$1"' \
		sh "$dir" >"$dir/up.out" 2>&1 &
else
	sh "$dir/support/up.sh" "$dir" >"$dir/up.out" 2>&1 &
fi
up=$!
demo_wait 60 test -e "$dir/ready" || { cat "$dir/up.out"; exit 1; }
"$PYTHON3" "$dir/support/measure.py" "$dir"
