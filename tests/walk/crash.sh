#!/bin/sh
# A session is killed at each write to its recording, one session after the other: before
# the write, in its middle, after it.  What is left is a proven prefix that holds all that
# was shown, it is noted at once, and the next session runs.  CRASH_HOW=3: each in all
# three ways.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
. "$W/troubles.sh"
trouble_build || exit 1
walk_make
trouble session TROUBLE_KILL="${CRASH_HOW:-1}"
walk_start
done=$W/root/var/lib/broker/recordings/done

# Killed behind its last byte a recording is whole, and counts as closed.
ends() {
	"$PYTHON3" "$W/support/store.py" "$W/root/var/lib/broker/broker.db" kinds |
		grep -c '^recording.recovered$\|^recording.closed$'
}
noted() {
	[ -z "$(find "$SPOOL" -name '*.cast')" ] && [ "$(ends)" -eq "$1" ]
}
# looked CAST: the verdict on what is left.
looked() {
	replay --verify "$1" >"$W/v.out" 2>"$W/v.err"
	case $? in
	0) # whole, and only the answer was missing: written to its last byte
		echo whole ;;
	4) echo prefix ;;
	*) # before the third line is whole there is nothing to prove anything with
		[ "$(wc -l <"$1")" -lt 3 ] && [ ! -s "$W/shown" ] && echo nothing ;;
	esac
}

kills=0 saw=''
while [ "$kills" -lt 200 ]; do
	touch "$W/mark"
	demo_ssh "$W" agent broker aws s3 ls >"$W/shown" 2>"$W/err" </dev/null
	status=$?
	[ "$status" -ne 0 ] || break
	kills=$((kills + 1))
	if ! demo_wait 20 noted "$kills"; then
		not_ok "kill $kills: noted at once"
		break
	fi
	cast=$(find "$done" -name '*.cast' | sort | tail -n 1)
	verdict=$(looked "$cast")
	case $verdict in
	prefix | whole)
		rm -f "$W/export"
		replay --export cast -o "$W/export" "$cast" 2>"$W/err"
		if [ -s "$W/shown" ] &&
			! "$PYTHON3" "$W/support/shown.py" "$W/shown" "$W/export" >"$W/out" 2>&1; then
			not_ok "kill $kills: what was shown is recorded"
		fi
		;;
	nothing) ;;
	*) not_ok "kill $kills: what is left is a valid prefix ($(cat "$W/v.out" "$W/v.err"))" ;;
	esac
	saw="$saw $verdict"
done
is 'there were enough writes to die at' "$([ "$kills" -ge 8 ] && echo yes)" yes
echo "$saw" >"$W/saw"
has 'some left nothing' "$W/saw" nothing
has 'others a prefix' "$W/saw" prefix
is "each of $kills kills was noted at once, and left all that was shown" "$walk_bad" 0
trouble session
demo_stop
# What was certified is in the log, and so is its end: each has its evidence.
for cast in "$done"/*.cast; do
	[ "$(wc -l <"$cast")" -lt 3 ] || echo "${cast%.cast}.proof"
done | sort >"$W/want"
find "$done" -name '*.proof' | sort >"$W/got"
is 'those that were certified have evidence of their end' "$(comm -23 "$W/want" "$W/got")" ''
walk_start
lacks 'the next start finds nothing to recover' "$W/brokerd.log" 'unclean end'
run agent aws s3 ls
is 'and runs commands' "$status" 0
replay --verify "$(demo_recording "$W")" >"$W/out" 2>"$W/err"
is 'and records them whole' $? 0
walk_end
