# Sourced by walks that look at the processes of a broker, and end some of them.

# procs_of WHAT: the pid (or pids) of brokerd, keeper, launch, nursery, listener, front,
# session, aws.  Fronts and sessions are children of what forked them.
procs_of() {
	case $1 in
	brokerd) echo "$DEMO_PID" ;;
	keeper) pgrep -P "$DEMO_PID" -x broker-keeper ;;
	launch) pgrep -P "$DEMO_PID" -x broker-launch ;;
	nursery) pgrep -P "$DEMO_PID" -x broker-session ;;
	listener) pgrep -P "$DEMO_PID" -x broker-front ;;
	front) pgrep -P "$(procs_of listener)" ;;
	session) pgrep -P "$(procs_of nursery)" ;;
	aws) pgrep -P "$(procs_of launch)" ;;
	esac
}

procs_has() {
	[ -n "$(procs_of "$1")" ]
}

procs_none() {
	[ -z "$(procs_of "$1")" ]
}

# A process is its number and its start: numbers come again.
procs_stamp() {
	sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f1,20
}

procs_below() {
	for _p in $(pgrep -P "$1"); do
		echo "$_p"
		procs_below "$_p"
	done
}

# procs_note FILE: all processes of the broker that live now.
procs_note() {
	for _p in $DEMO_PID $(procs_below "$DEMO_PID"); do
		_s=$(procs_stamp "$_p")
		[ -z "$_s" ] || echo "$_p ${_s#* } $(cat "/proc/$_p/comm" 2>/dev/null)"
	done >"$1"
}

# procs_left FILE: those of FILE that still live (zombies do not).
procs_left() {
	while read -r _p _start _comm; do
		_s=$(procs_stamp "$_p")
		case $_s in
		"" | Z* | X*) ;;
		*" $_start") echo "$_p $_comm" ;;
		esac
	done <"$1"
}

procs_gone() {
	[ -z "$(procs_left "$1")" ]
}

# procs_pss PID…: kB together; nothing for those that are gone or not ours to read.
procs_pss() {
	for _p in "$@"; do
		cat "/proc/$_p/smaps_rollup" 2>/dev/null
	done | awk '/^Pss:/ { n += $2 } END { print n + 0 }'
}

# walk_log_clean PATTERN: brokerd's log holds no error but those that match it.
walk_log_clean() {
	if grep ': error: ' "$W/brokerd.log" | grep -v -e "$1" >"$W/out"; then
		not_ok 'brokerd logged no error that was not expected'
	else
		ok 'brokerd logged no error that was not expected'
	fi
}
