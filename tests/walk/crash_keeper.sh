#!/bin/sh
# The keeper is killed before each of its changes of the disk (write, sync, rename), one life
# after the other, from its first one until a command is over.  Whatever it leaves, the next
# start is clean, each recording is a proven prefix that holds all that was shown, and the log
# knows of each.  CRASH_STEP: only each so manieth; 1 is all of them.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
. "$W/procs.sh"
. "$W/troubles.sh"
trouble_build || exit 1
walk_make
state=$W/root/var/lib/broker
step=${CRASH_STEP:-7}

start() {
	: >"$W/brokerd.log"
	"$W/bin/brokerd" --root "$W/root" --libexec "$W/bin" 2>"$W/brokerd.log" </dev/null &
	DEMO_PID=$!
	demo_wait 20 over_or_ready
	echo "[127.0.0.1]:$DEMO_PORT $(cut -d' ' -f1,2 "$KEYS/host_ed25519.pub")" >"$W/known_hosts"
	demo_ready "$W"
}
over_or_ready() {
	demo_ready "$W" || ! kill -0 "$DEMO_PID"
}
over() { ! kill -0 "$DEMO_PID"; }
# Each recording by itself and all of them by the log.
sound() {
	replay --verify --all "$state/recordings" --log "$state/log" --trust "$KEYS/trust" \
		>"$W/v.out" 2>"$W/v.err"
	case $? in
	0 | 4) return 0 ;;
	*) # one that was not certified yet has no line to prove, and no leaf
		! grep -v -e ': whole: ' -e ': unterminated' -e '^[0-9]* recordings' -e '^log: ' \
			-e ': tampered: line [123] ' -e ': tampered: .* the file is empty' "$W/v.out" >"$W/odd" ;;
	esac
}

n=$step lives=0 early=0 late=0
while [ "$n" -le 400 ]; do
	trouble keeper TROUBLE_KILL="$n"
	: >"$W/shown"
	if start; then
		demo_ssh "$W" agent broker aws s3 ls >"$W/shown" 2>"$W/err" </dev/null
		status=$?
		[ "$status" -eq 0 ] && demo_stop
		demo_wait 10 over || not_ok "life $n: the broker outlives its keeper"
		late=$((late + 1))
	else
		early=$((early + 1)) status=70
	fi
	wait "$DEMO_PID" 2>/dev/null
	lives=$((lives + 1))
	trouble keeper
	if ! start; then
		cp "$W/brokerd.log" "$W/err"
		not_ok "life $n: the next start is clean"
		break
	fi
	demo_stop
	sound || { cp "$W/v.out" "$W/out" && not_ok "life $n: what is left is sound"; }
	if [ -s "$W/shown" ]; then
		rm -f "$W/export"
		replay --export cast -o "$W/export" "$(demo_recording "$W")" 2>"$W/err"
		"$PYTHON3" "$W/support/shown.py" "$W/shown" "$W/export" >"$W/out" 2>&1 ||
			not_ok "life $n: what was shown is recorded"
	fi
	[ "$status" -ne 0 ] || break
	n=$((n + step))
done
is 'some died before they were ready' "$([ "$early" -ge 1 ] && echo yes)" yes
is 'some while a command ran' "$([ "$late" -ge 2 ] && echo yes)" yes
is 'until one lived long enough' "$status" 0
is "each of $lives lives left what is sound" "$walk_bad" 0
walk_start
run agent aws s3 ls
is 'and all goes on' "$status" 0
demo_stop
"$PYTHON3" "$W/support/log.py" "$state/log" check "$KEYS/trust" >"$W/out" 2>"$W/err"
has 'a second reader checks all of the log' "$W/out" '^whole'
walk_end
