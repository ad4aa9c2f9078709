# Sourced by walks that load a broker: limits, a client beside the load, memory.  Needs
# procs.sh.

# up LIMITS: a broker with these.
up() {
	demo_stop
	DEMO_LIMITS=$1
	demo_config "$W" >"$W/root/etc/broker/broker.yaml"
	demo_start "$W" || exit 1
	run agent whoami
	demo_wait 5 procs_none front
}

anon() {
	awk '/^RssAnon:/ { print $2 }' "/proc/$1/status"
}

# grown PID KB: is it over what it was by more than that?
small_growth() {
	_now=$(anon "$2")
	if [ $((_now - $3)) -le "$4" ]; then
		ok "$1 does not grow ($3 to $_now kB)"
	else
		not_ok "$1 does not grow ($3 to $_now kB)"
	fi
}

served() {
	_from=$(date +%s%N)
	run agent whoami
	_ms=$((($(date +%s%N) - _from) / 1000000))
	is "$1: a client that works is served" "$status" 0
	if [ "$_ms" -lt 5000 ]; then ok "$1: soon ($_ms ms)"; else not_ok "$1: soon ($_ms ms)"; fi
}
