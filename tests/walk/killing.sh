# Sourced by walks that kill the processes of a broker at the steps of a command, and look
# at what is left: kill_case VICTIM STEP.  Needs procs.sh and a broker that is up.

keys=$W/root/var/lib/broker/keys
spool=$W/root/var/lib/broker/recordings/spool
: >"$W/casts.seen"

# No client of a case outlives it.
kill_await() {
	demo_wait "$1" kill_client_over
}

kill_client_over() {
	! kill -0 "$client" 2>/dev/null
}

# kill_start_step STEP: bring a command there; its client is $client, its words in $W/c.err,
# its output in $W/shown.
kill_start_step() {
	: >"$W/c.err"
	: >"$W/shown"
	rm -f "$W/go" "$W/pipe" "$W/enough"
	case $1 in
	idle)
		demo_ssh "$W" agent -N broker >"$W/shown" 2>"$W/c.err" </dev/null &
		client=$!
		demo_wait 10 procs_has front && demo_wait 10 kill_logged_in
		;;
	held)
		# Another each time: what was denied lately is not asked for again.
		demo_ssh "$W" agent broker aws s3 rm "s3://logs/$_victim.txt" >"$W/shown" \
			2>"$W/c.err" </dev/null &
		client=$!
		demo_wait 10 grep -q 'approver runs' "$W/c.err"
		;;
	starting)
		launch=$(procs_of launch)
		kill -STOP "$launch"
		demo_ssh "$W" agent broker aws s3 ls >"$W/shown" 2>"$W/c.err" </dev/null &
		client=$!
		demo_wait 10 procs_has session
		;;
	output)
		mkfifo "$W/pipe"
		kill_slow_reader <"$W/pipe" >"$W/shown" &
		reader=$!
		demo_ssh "$W" agent broker aws s3 cp s3://big/1GiB - >"$W/pipe" \
			2>"$W/c.err" </dev/null &
		client=$!
		demo_wait 20 test -s "$W/enough"
		;;
	closing)
		keeper=$(procs_of keeper)
		demo_ssh "$W" agent broker aws s3 ls >"$W/shown" 2>"$W/c.err" </dev/null &
		client=$!
		demo_wait 10 procs_has aws && kill -STOP "$keeper" &&
			demo_wait 10 procs_none aws && demo_wait 10 test -s "$W/shown"
		;;
	esac
}

kill_logged_in() {
	[ "$(grep -c ': ci-deploy logged in' "$W/brokerd.log")" -gt "$logins" ]
}

# Two million bytes, then nothing until the kill: everything on the way is full then.
kill_slow_reader() {
	head -c 2000000
	echo >"$W/enough"
	demo_wait 30 test -e "$W/go"
	cat
}

kill_resume() {
	touch "$W/go"
	[ -z "${launch:-}" ] || kill -CONT "$launch" 2>/dev/null
	[ -z "${keeper:-}" ] || kill -CONT "$keeper" 2>/dev/null
	launch='' keeper=''
}

# One case: status of the client in $status.
kill_at() {
	_victim=$1 _step=$2
	logins=$(grep -c ': ci-deploy logged in' "$W/brokerd.log")
	reader=''
	if ! kill_start_step "$_step"; then
		kill_resume
		not_ok "$_victim, $_step: the step is reached"
		kill "$client" 2>/dev/null
		return 1
	fi
	procs_note "$W/before"
	pid=$(procs_of "$_victim")
	kill -9 "$pid"
	demo_wait 5 procs_dead "$pid"
	kill_resume
	kill_await 15
	kill "$client" 2>/dev/null && not_ok "$_victim, $_step: the client hangs"
	wait "$client"
	status=$?
	[ -z "$reader" ] || wait "$reader"
}

procs_dead() {
	case $(procs_stamp "$1") in
	"" | Z*) ;;
	*) return 1 ;;
	esac
}

# killed_settled VICTIM STEP: what must have ended has.
kill_settled() {
	case $1 in
	front | session | aws)
		# The broker lives on after the death of one connection or command.
		grep -v -e ' brokerd$' -e "^$(procs_of listener) " -e "^$(procs_of nursery) " \
			-e "^$(procs_of keeper) " -e "^$(procs_of launch) " "$W/before" >"$W/mortal"
		;;
	*) cp "$W/before" "$W/mortal" ;;
	esac
	if demo_wait 10 procs_gone "$W/mortal"; then
		ok "$1, $2: nothing runs on"
	else
		not_ok "$1, $2: nothing runs on"
		procs_left "$W/mortal" | sed 's/^/# lives: /'
	fi
}

# What the client must be told.
kill_told() {
	case $1,$2 in
	front,* | *,idle) is "$1, $2: ssh ends with 255" "$status" 255 ;;
	keeper,held)
		is "$1, $2: the client gets 75" "$status" 75
		has "$1, $2: and how to go on" "$W/c.err" \
			"^broker: run it later with: ssh broker request $held\$"
		;;
	aws,*)
		# What ssh makes of a signal.
		is "$1, $2: the client gets the signal" "$status" 255
		has "$1, $2: and a line" "$W/c.err" '^broker: the command was ended by signal 9$'
		;;
	*)
		is "$1, $2: the client gets 70" "$status" 70
		has "$1, $2: and a line" "$W/c.err" \
			'^broker: \(the broker has gone\|the session was lost\|stopped: \|failed: \)'
		;;
	esac
}

# Each recording that was not looked at yet holds a proven prefix; one of them, all that
# was shown.
kill_recorded() {
	find "$W/root/var/lib/broker/recordings" -name '*.cast' | sort >"$W/casts"
	_bad='' _n=0
	rm -f "$W"/export.*
	comm -13 "$W/casts.seen" "$W/casts" >"$W/casts.new"
	while read -r _f; do
		"$W/bin/hoop-replay" --key "$keys/auditor.key" --trust "$keys/trust" \
			--verify "$_f" >"$W/out" 2>"$W/err"
		_s=$?
		case $_s in
		0 | 4) ;;
		*) _bad="$_bad $_s:$_f" ;;
		esac
		"$W/bin/hoop-replay" --key "$keys/auditor.key" --trust "$keys/trust" \
			--export cast -o "$W/export.$((_n += 1))" "$_f" >"$W/out" 2>"$W/err"
	done <"$W/casts.new"
	is "$1, $2: recordings keep a proven prefix" "$_bad" ''
	[ -s "$W/shown" ] || return 0
	if "$PYTHON3" "$W/support/shown.py" "$W/shown" "$W"/export.* >"$W/out" 2>"$W/err"; then
		ok "$1, $2: what was shown is recorded ($(cat "$W/out"))"
	else
		not_ok "$1, $2: what was shown is recorded"
	fi
}

kill_spool_empty() {
	[ -z "$(ls "$spool")" ]
}

# Up again: clean, with what it says about what it found.
kill_again() {
	if procs_dead "$DEMO_PID"; then
		wait "$DEMO_PID" 2>/dev/null
		cat "$W/brokerd.log" >>"$W/all.log"
		if demo_start "$W" >"$W/out" 2>&1; then
			ok "$1, $2: it starts again"
		else
			not_ok "$1, $2: it starts again"
		fi
		case $2 in
		held)
			demo_wait 5 grep -q 'holds that are open' "$W/brokerd.log"
			has "$1, $2: and says that the hold is open still" "$W/brokerd.log" \
				'holds that are open still: 1$'
			;;
		esac
	fi
	demo_wait 10 kill_spool_empty
	is "$1, $2: nothing is left in the spool" "$(ls "$spool")" ''
	find "$W/root/var/lib/broker/recordings" -name '*.cast' | sort >"$W/casts.seen"
	run agent whoami
	is "$1, $2: it serves" "$status" 0
	[ "$2" != held ] || {
		run alice deny "$held" --reason "'gone'"
		is "$1, $2: people decide as before" "$status" 0
	}
}

kill_case() {
	kill_at "$1" "$2" || return 1
	held=$(sed -n 's/^broker: held: \([^ ]*\) needs .*expires in.*/\1/p' "$W/c.err")
	kill_settled "$1" "$2"
	kill_told "$1" "$2"
	kill_recorded "$1" "$2"
	kill_again "$1" "$2"
}

# kill_store [HELD]: after all of it the store is whole, no recording is left open, nobody's
# hold was approved or spent, and so many wait for people still.
kill_store() {
	demo_stop
	"$PYTHON3" - "$W/root/var/lib/broker/broker.db" >"$W/out" 2>"$W/err" <<EOT
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
print(db.execute("PRAGMA integrity_check").fetchone()[0])
print(db.execute("SELECT count(*) FROM recordings WHERE state = 1").fetchone()[0])
print(db.execute("SELECT count(*) FROM holds WHERE state IN (2, 6)").fetchone()[0])
print(db.execute("SELECT count(*) FROM holds WHERE state = 1").fetchone()[0])
EOT
	is 'the store is intact, no recording open, nothing approved' \
		"$(head -n 3 "$W/out" | tr '\n' ' ')" 'ok 0 0 '
	is 'holds wait still' "$(tail -n 1 "$W/out")" "${1:-$(tail -n 1 "$W/out")}"
}
