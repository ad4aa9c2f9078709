#!/bin/sh
# One connection: many commands, many channels, a client that does not read.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/procs.sh"
. "$W/load.sh"

demo_aws_start "$W" && demo_make "$W" || exit 1

# ---- many commands; channels
up '  {channels_per_connection: 4, connections_per_source: 20}'
mkdir -m 0700 "$W/mux"
# ssh itself, and no shell around it, so that $! is the one to end.
ssh -F "$W/ssh_config" -i "$W/who/agent" -M -S "$W/mux/s" -N broker 2>"$W/mux.err" </dev/null &
mux=$!
demo_wait 10 test -S "$W/mux/s"
front=$(procs_of front)
before_f=$(anon "$front") before_m=$(anon "$DEMO_PID")
# A port where nobody listens: a client that is refused must not connect by itself.
on_mux() {
	demo_ssh "$W" agent -S "$W/mux/s" -p 1 broker "$@" </dev/null
}
on_mux whoami >"$W/one"
seq 1000 | xargs -P 4 -I '{}' ssh -F "$W/ssh_config" -S "$W/mux/s" -p 1 broker whoami >"$W/many" 2>"$W/err"
is '1000 commands on one connection are answered' \
	"$(grep -c "^$(head -n 1 "$W/one")\$" "$W/many")" 1000
small_growth 'its process' "$front" "$before_f" 2048
small_growth 'brokerd' "$DEMO_PID" "$before_m" 1024

held=''
for n in 1 2 3 4; do
	ssh -F "$W/ssh_config" -S "$W/mux/s" -p 1 broker aws s3 rm "s3://logs/$n" \
		>"$W/held.$n" 2>&1 </dev/null &
	held="$held $!"
	demo_wait 10 grep -q 'approver runs' "$W/held.$n"
done
on_mux whoami >"$W/out" 2>"$W/err"
is 'a fifth channel is refused' $? 255
set -- $held
kill "$1"
wait "$1"
on_mux whoami >"$W/out" 2>"$W/err"
is 'and one that is given back can be had' $? 0
# A signal that comes just before ssh sleeps is forgotten until something else happens.
ssh -F "$W/ssh_config" -S "$W/mux/s" -O exit broker 2>"$W/err"
all_over() {
	for _p in "$mux" $held; do
		! kill -0 "$_p" 2>/dev/null || return 1
	done
}
if demo_wait 20 all_over; then
	ok 'when the connection ends, all that is held on it does'
else
	not_ok 'when the connection ends, all that is held on it does'
	ps -o pid,stat,wchan:20,args -p "$(echo "$mux" $held | tr ' ' ',')" | sed 's/^/# /'
	kill -9 "$mux" $held
fi
wait "$mux" $held
demo_wait 5 procs_none front
run alice pending
is 'what was held for it stays, for who comes back' "$(grep -c '^[0-9A-Z]\{4\}-[0-9A-Z]\{4\}' "$W/out")" 4

# ---- a client that reads slowly
up '  {time: 10m}'
gone_on() {
	head -c 2000000
	demo_wait 60 test -e "$W/go"
	cat
}
mkfifo "$W/pipe"
gone_on <"$W/pipe" | sha256sum >"$W/sum" &
reader=$!
demo_ssh "$W" agent broker aws s3 cp s3://big/40MB - >"$W/pipe" 2>"$W/c.err" </dev/null &
client=$!
demo_wait 20 procs_has session
# It stands still when the recording does not grow any more.
still() {
	_a=$(find "$W/root/var/lib/broker/recordings/spool" -name '*.cast' -size +1000k -printf %s)
	sleep 0.5
	[ -n "$_a" ] && [ "$_a" = "$(find "$W/root/var/lib/broker/recordings/spool" -name '*.cast' -printf %s)" ]
}
demo_wait 20 still
is 'a client that does not read makes the session wait' $? 0
# Beside what waits, a session's gate has pieces of ten connections of aws in its hands.
for row in front:8192 session:16384; do
	p=${row%:*}
	kb=$(anon "$(procs_of "$p")")
	if [ "$kb" -lt "${row#*:}" ]; then ok "the $p stays small ($kb kB)"; else not_ok "the $p stays small ($kb kB)"; fi
done
served 'beside it'
touch "$W/go"
wait "$client"
is 'when it reads again it ends well' $? 0
wait "$reader"
demo_ssh "$W" agent broker aws s3 cp s3://big/40MB - 2>"$W/err" </dev/null | sha256sum >"$W/sum2"
is 'and has got every byte' "$(cat "$W/sum")" "$(cat "$W/sum2")"
walk_log_clean '^$'
walk_end
