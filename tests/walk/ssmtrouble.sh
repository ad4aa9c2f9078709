# Sourced after lib.sh by the walks of sessions on targets in trouble.
#
#   trouble_up                  a broker, and texts of 0, 1 and 2 MB on each instance
#   whole WHAT MB FAULTS [MORE] a command's output comes byte for byte, MORE at its end
#   ends WHAT STATUS REGEX FAULTS   it ends with these, within a minute
#   much MB                     so much output, and how large the session's process got
#   nothing_left                no process, no session that is open
#
# TARGET is the instance's name.
. "$W/users.sh"
. "$W/procs.sh"
. "$W/ssmbed.sh"
TARGET=fast

trouble_up() {
	SSM_NODES=${SSM_NODES:-'{"window_seconds": 60}'}
	ssm_up
	for _i in 1 2 3; do
		mkdir -p "$W/scratch/i-0abc000000000000$_i"
		for _mb in 0 ${TROUBLE_MB:-1 2}; do
			head -c $((_mb * 786432)) /dev/urandom | base64 -w 99 \
				>"$W/scratch/i-0abc000000000000$_i/$_mb"
		done
	done
}

trouble_text() {
	case $TARGET in
	web-1) echo "$W/scratch/i-0abc0000000000001/$1" ;;
	sealed) echo "$W/scratch/i-0abc0000000000003/$1" ;;
	*) echo "$W/scratch/i-0abc0000000000002/$1" ;;
	esac
}

whole() {
	ssm_faults "$3"
	timeout "${TROUBLE_SECONDS:-60}" ssh -F "$W/ssh_config" -i "$W/who/agent" broker \
		ssm "$TARGET" -- cat "$2" >"$W/back" 2>"$W/err" </dev/null
	_status=$?
	{
		cat "$(trouble_text "$2")"
		printf '%s' "${4:-}"
	} >"$W/want"
	ssm_faults '{}'
	if [ $_status = 0 ] && cmp "$W/want" "$W/back" >"$W/out" 2>&1; then ok "$1"; else
		not_ok "$1"
		echo "# status $_status, $(wc -c <"$W/back") bytes of $(wc -c <"$W/want")"
	fi
	rm -f "$W/back"
}

ends() {
	ssm_faults "$4"
	timeout 60 ssh -F "$W/ssh_config" -i "$W/who/agent" broker \
		ssm "$TARGET" -- cat 2 >/dev/null 2>"$W/err" </dev/null
	_status=$?
	ssm_faults '{}'
	: >"$W/out"
	if [ $_status = "$2" ] && grep -q -e "$3" "$W/err"; then ok "$1"; else
		not_ok "$1"
		echo "# status $_status, want $2 and $3"
	fi
}

# How large the one session's process is at most, in KiB: in $W/peak.
trouble_watch() {
	echo 0 >"$W/peak"
	while [ ! -e "$W/watched" ]; do
		for _p in $(procs_of session); do
			_k=$(sed -n 's/^VmHWM:[ \t]*\([0-9]*\) kB/\1/p' "/proc/$_p/status" 2>/dev/null)
			[ "${_k:-0}" -le "$(cat "$W/peak")" ] || echo "$_k" >"$W/peak"
		done
		sleep 0.1
	done
}

much() {
	rm -f "$W/watched"
	trouble_watch 2>/dev/null &
	_watch=$!
	_lines=$(($1 * 10000))
	timeout $((60 + $1 * 3)) ssh -F "$W/ssh_config" -i "$W/who/agent" broker \
		ssm fast -- "yes '$(printf '%099d' 0)' | head -n $_lines" 2>"$W/err" </dev/null |
		sum_of >"$W/out"
	: >"$W/watched"
	wait "$_watch"
	is "$1 MB come whole" "$(cat "$W/out")" \
		"$(yes "$(printf '%099d' 0)" | head -n $_lines | sum_of)"
	echo "# the session's process: $(cat "$W/peak") KiB at most"
	is 'in a session that does not grow' \
		"$([ "$(cat "$W/peak")" -gt 0 ] && [ "$(cat "$W/peak")" -lt 40000 ] && echo yes)" yes
}

trouble_quiet() {
	procs_none session && [ -z "$(find "$SPOOL" -name '*.cast')" ]
}

nothing_left() {
	yes_ 'no session is left, and no recording open' demo_wait 60 trouble_quiet
	is 'and the instances run nothing any more' "$(trouble_runs)" ''
}

# What the instances still run: their children's folder is ours.
trouble_runs() {
	for _d in /proc/[0-9]*; do
		case $(readlink "$_d/cwd" 2>/dev/null) in
		"$W/scratch"*) tr '\0' ' ' <"$_d/cmdline" ;;
		esac
	done
}
