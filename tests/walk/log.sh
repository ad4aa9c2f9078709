#!/bin/sh
# The log of real sessions, read by a second reader: what stands in it, evidence beside
# each recording, and a broker that does not start with a log that was changed.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/procs.sh"
state=$W/root/var/lib/broker
log=$state/log
done=$state/recordings/done
trust=$state/keys/trust

log() { "$PYTHON3" "$W/support/log.py" "$log" "$@" 2>"$W/err"; }
events() { "$PYTHON3" "$W/support/store.py" "$state/broker.db" chain; }

# evidence DESCRIPTION: of every recording there is.
evidence() {
	_n=0 _bad=
	for _cast in "$done"/*.cast; do
		_n=$((_n + 1))
		_says=$(log proof "${_cast%.cast}.proof" "$trust")
		[ "$_says" = whole ] || _bad="$_bad $_says"
	done
	is "$1" "$_n:$_bad" "$2:"
}

# refused DESCRIPTION REGEX: a start ends with 70, and says so.
refused() {
	timeout 20 "$W/bin/brokerd" --root "$W/root" --libexec "$W/bin" >"$W/out" 2>"$W/err" </dev/null
	is "$1: no start" $? 70
	has "$1: and it says why" "$W/err" "$2"
}

restore() { rm -rf "$log" && cp -pR "$W/log.good" "$log"; }

walk_up
run agent aws s3 ls
is 'a command' "$status" 0
run agent aws s3 ls s3://logs/
is 'another one' "$status" 0
demo_stop
is 'what the log says' "$(log types)" 'DEVKEY KEYSET POLICY OPEN CLOSE OPEN CLOSE'
is 'a second reader checks all of it' "$(log check "$trust")" 'whole 7'
is 'and the recordings by it' "$(log recordings "$done")" 'whole 2'
evidence 'each has its evidence' 2
is 'nobody else reads the log' "$(stat -c '%a %U' "$log" | cut -d' ' -f1)" 700

# ---- what is in force, and only when it is news
demo_start "$W" || not_ok 'it starts again'
kill -HUP "$DEMO_PID"
demo_wait 10 grep -q ': reloaded' "$W/brokerd.log"
sed -i 's/^  - id: /  # changed\n  - id: /' "$W/root/etc/broker/policies/demo.yaml"
kill -HUP "$DEMO_PID"
sleep 1
is 'a start, a reload, a comment: no leaf' "$(log count POLICY)" 1
sed -i 's/reason: /reason: really, /' "$W/root/etc/broker/policies/demo.yaml"
kill -HUP "$DEMO_PID"
demo_wait 10 sh -c "[ \"\$('$PYTHON3' '$W/support/log.py' '$log' count POLICY)\" = 2 ]"
is 'another policy: a leaf' "$(log count POLICY)" 2

# ---- a session that is killed, and then the broker while a command runs
begin_slow() {
	rm -f "$W/pipe" && mkfifo "$W/pipe"
	demo_ssh "$W" agent broker aws s3 cp s3://big/1GiB - >"$W/pipe" 2>"$W/err" </dev/null &
	ssh=$!
	exec 7<"$W/pipe"
	head -c 65536 <&7 >"$W/shown"
}

end_slow() {
	cat <&7 >/dev/null
	exec 7<&-
	wait "$ssh"
}

begin_slow
is 'a command that runs has no end' "$(log count OPEN) $(log count CLOSE)" '3 2'
kill -9 "$(procs_of session)"
demo_wait 10 sh -c "[ \"\$('$PYTHON3' '$W/support/log.py' '$log' count RECOVER)\" = 1 ]"
is 'its session was killed: recovered at once' "$(log count RECOVER)" 1
end_slow
begin_slow
kill -9 "$DEMO_PID"
wait "$DEMO_PID" 2>/dev/null
end_slow
demo_start "$W" || not_ok 'it starts again'
demo_stop
is 'each OPEN has one end' "$(log recordings "$done")" 'whole 4'
is 'and all of it is signed' "$(log check "$trust" | cut -d' ' -f1)" whole
evidence 'evidence for those, too' 4

# ---- a log that was changed
cp -pR "$log" "$W/log.good"
size=$(stat -c %s "$log/entries")
truncate -s $((size - 1)) "$log/entries"
refused 'a byte less' 'log: entries: entry [0-9]* at offset [0-9]*: it is cut short'
restore
printf X | dd of="$log/entries" bs=1 seek=150 conv=notrunc 2>"$W/dd"
refused 'a byte changed' 'log: entries: '
restore
sed -i '2s/.*/3/' "$log/checkpoint"
refused 'an edited checkpoint' 'log: '
restore
rm "$log/checkpoint"
refused 'no checkpoint' 'log: checkpoint is missing'
restore
rm -r "$log"
refused 'no log' 'the store knows recording .* and the log has no OPEN of it'
restore
printf '\377' >>"$log/entries"
demo_start "$W" || not_ok 'a torn end does not matter'
has 'what was torn is noted' "$W/brokerd.log" 'was torn by a crash'
demo_stop
is 'and cut off' "$(log check "$trust" | cut -d' ' -f1)" whole
# A second start would refuse, if the first had spoiled anything.
demo_start "$W" && run agent aws s3 ls
is 'all goes on' "$status" 0
demo_stop
is 'with one recording more' "$(log recordings "$done")" 'whole 5'
has 'nothing is wrong with the audit' /dev/stdin whole <<EOT
$(events)
EOT
walk_end
