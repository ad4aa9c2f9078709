#!/bin/sh
# Many, slow, silent and hostile clients beside one that works: limits hold, the one is
# served, nothing grows, nothing is left.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/procs.sh"
. "$W/load.sh"

flood() {
	: >"$W/flood.out"
	"$PYTHON3" "$W/support/flood.py" "$DEMO_PORT" "$@" >"$W/flood.out" 2>"$W/flood.err" </dev/null &
	flood=$!
	demo_wait 20 grep -q '^open' "$W/flood.out" || cat "$W/flood.err"
}

flood_end() {
	wait "$flood"
	is "$1: the server has closed them all" $? 0
	demo_wait 5 procs_none front
	is "$1: and no process of them is left" "$(procs_of front)" ''
}

demo_aws_start "$W" && demo_make "$W" || exit 1

# ---- room for all
up '  {connections: 600, unauthenticated: 600, connections_per_source: 600, login: 5s}'
listener=$(procs_of listener)
for mode in silent slow half; do
	flood 500 "$mode"
	is "500 $mode: all are let in" "$(cat "$W/flood.out")" 'open 500 refused 0'
	served "500 $mode"
	flood_end "500 $mode"
	# From here on: what the most connections ever took has been taken once.
	[ "$mode" != silent ] || before_l=$(anon "$listener") before_m=$(anon "$DEMO_PID")
done
flood 100 garbage
served '100 garbage'
flood_end '100 garbage'
small_growth 'the listener' "$listener" "$before_l" 512
small_growth 'brokerd' "$DEMO_PID" "$before_m" 1024
lacks 'no connection process died of a signal' "$W/brokerd.log" 'ended by signal'
walk_log_clean 'connection from 127.0.0.1: '

# ---- limits
up '  {connections: 40, unauthenticated: 30, connections_per_source: 20, login: 5s}'
flood 500 silent 127.0.0.2
is 'one source: 20 are let in, the rest is told' "$(cat "$W/flood.out")" 'open 20 refused 480'
served 'one source'
flood_end 'one source'
up '  {connections: 40, unauthenticated: 10, connections_per_source: 20, login: 3s}'
flood 500 silent 127.0.0.2
is 'not logged in: 10 are let in' "$(cat "$W/flood.out")" 'open 10 refused 490'
flood_end 'not logged in'
served 'not logged in: after the deadline'
up '  {connections: 5, unauthenticated: 5, connections_per_source: 5, login: 3s}'
flood 500 silent
is 'all connections: 5 are let in' "$(cat "$W/flood.out")" 'open 5 refused 495'
flood_end 'all connections'

walk_end
