#!/bin/sh
# kill -9 at random moments of mixed work, KILL_ROUNDS times.  KILL_SEED repeats a run (as
# far as time allows).
: "${KILL_ROUNDS:=60}" "${KILL_SEED:=$(date +%s)}"
export KILL_ROUNDS KILL_SEED
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/procs.sh"
. "$W/killing.sh"

# random N: 0 to N - 1; each call advances the seed.
random() {
	KILL_SEED=$(((KILL_SEED * 1103515245 + 12345) % 2147483648))
	drawn=$((KILL_SEED / 65536 % $1))
}

draw_word() {
	random $#
	shift "$drawn"
	word=$1
}

# Commands of each kind at once; the big one's output is looked at.
work() {
	: >"$W/c.err"
	: >"$W/shown"
	touch "$W/go"
	clients=''
	for _words in "aws s3 ls" "aws s3 rm s3://logs/a.txt" "whoami"; do
		demo_ssh "$W" agent broker "$_words" >/dev/null 2>&1 </dev/null &
		clients="$clients $!"
	done
	demo_ssh "$W" agent broker aws s3 cp s3://big/40MB - >"$W/shown" 2>"$W/c.err" </dev/null &
	client=$!
}

victim_pid() {
	pid=''
	for _p in $(procs_of "$1"); do
		pid=$_p
	done
	[ -n "$pid" ]
}

round() {
	work
	random 140
	sleep "$((drawn / 100)).$(printf %02d $((drawn % 100)))"
	draw_word brokerd keeper launch nursery listener front session aws
	victim=$word
	procs_note "$W/before"
	victim_pid "$victim" || victim=brokerd pid=$DEMO_PID
	kill -9 "$pid" 2>/dev/null
	demo_wait 5 procs_dead "$pid"
	case $victim in
	front | session | aws)
		kill "$DEMO_PID"
		;;
	esac
	kill_settled brokerd "round $1 ($victim)"
	# A held command waits for nobody any more: all clients end.
	if demo_wait 15 kill_client_over; then
		ok "round $1: the client has ended"
	else
		not_ok "round $1: the client has ended"
	fi
	for _c in $client $clients; do
		kill "$_c" 2>/dev/null
		wait "$_c" 2>/dev/null
	done
	kill_recorded "$victim" "round $1"
	kill_again "$victim" "round $1"
}

echo "# seed $KILL_SEED"
walk_up
i=0
while [ "$i" -lt "$KILL_ROUNDS" ]; do
	i=$((i + 1))
	round "$i"
done
kill_store
walk_end
