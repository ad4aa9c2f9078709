#!/bin/sh
# Ports of targets through ssh -L and -W: a PostgreSQL behind an instance, many connections
# at once, those that do not read, that are refused, held, broken off; and what is recorded.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
. "$W/ssmbed.sh"
. "$W/procs.sh"
. "$W/portbed.sh"
port_serve || exit 1
pg_start
held_port=$(demo_port) deaf_port=$(demo_port)
SSM_NODES="{\"ports\": {\"db.internal:5432\": \"$pg_port\", \"6000\": \"$echo_port\"}}"
SSM_RULES="  - {id: no-telnet, effect: deny, on: [forward], forward: {port: 23}, reason: nobody speaks it}
  - id: ask
    effect: hold
    on: [forward]
    forward: {port: 6000}
    approvers: {need: 1, from: [group:sre], auth: [key]}
  - id: behind
    effect: allow
    on: [forward]
    where: {env: [dev]}
    forward: {port: 5432, host: db.internal}"
DEMO_LIMITS='  channels_per_connection: 256
  sessions_per_identity: 400
  sessions: 400'
ssm_up
fast=i-0abc0000000000002
P1=$(demo_port) P2=$(demo_port) P3=$(demo_port) P4=$(demo_port) P5=$(demo_port)
P6=$(demo_port) P7=$(demo_port) P8=$(demo_port)
# web-1 is an agent with its pauses; fast and box (an alias) are the same without; basic
# has an old one.
tunnel_up alice -L "$P1:$fast:$pg_port" -L "$P2:db.internal@web-1:5432" \
	-L "$P3:box:$echo_port" -L "$P4:fast:$mute_port" -L "$P5:basic:$echo_port" \
	-L "$P6:box:$late_port" -L "$P7:box:$deaf_port" -L "$P8:box:$source_port"
main=$tunnel
ports() {
	"$PYTHON3" "$W/support/ports.py" "$@"
}
# over TO: a line through ssh -W.
over() {
	ports line ssh -F "$W/ssh_config" -i "$W/who/alice" -v -W "$1" broker
}

# ---- how one gets there: an id, a name, an alias; -L and -W
for to in "$fast" fast box; do
	over "$to:$late_port" >"$W/out" 2>"$W/err"
	is "ssh -W $to:PORT" "$(cat "$W/out")" "late hello"
done
yes_ 'ssh -L through an alias' ports echo "$P3" 300000
yes_ 'an agent without smux' ports echo "$P5" 100000
yes_ 'and again on the same tunnel' ports echo "$P5" 1000
yes_ 'a connection that AWS ends has given all it had' ports take "$P8" 3000000 walk
is 'a half-closed connection still hears: the target does not know' \
	"$(ports half "$P6" | tr '\n' ' ')" 'late question open '

# ---- a database
if [ -n "$pg_port" ]; then
	psql_at "$P1" -c 'select 6 * 7' >"$W/out" 2>"$W/err"
	is 'psql asks' "$(cat "$W/out")" 42
	psql_at "$P2" -c 'select 6 * 7' >"$W/out" 2>"$W/err"
	is 'psql asks a host behind the target' "$(cat "$W/out")" 42
	psql_at "$P1" -c 'create table t (n int, x text)'
	"$PYTHON3" -c 'import random
for n in range(50000): print(n, random.Random(n).getrandbits(200), sep="\t")' >"$W/rows"
	yes_ 'psql copies 3 MB there' psql_at "$P1" -c "\\copy t from '$W/rows'"
	yes_ 'and back' psql_at "$P1" -c "\\copy (select * from t order by n) to '$W/back'"
	yes_ 'byte for byte' cmp "$W/rows" "$W/back"
	yes_ 'pgbench -i' bench_at "$P1" -i -q -s 1
	bench_at "$P1" -T 10 -c 4 >"$W/bench1" 2>&1 &
	bench1=$!
	bench_at "$P1" -T 4 -c 2 -C -S >"$W/bench2" 2>&1 &
	bench2=$!
else
	ok 'postgresql # SKIP not installed'
fi

# ---- what is not opened
# refused DESCRIPTION WHO TO REGEX
refused() {
	demo_ssh "$W" "$2" -v -W "$3" broker >"$W/out" 2>"$W/err" </dev/null
	if grep -q 'open failed' "$W/err" && grep -q -e "Remote: broker: $4" "$W/err"; then
		ok "$1"
	else
		not_ok "$1"
	fi
}
refused 'a port that a rule denies' alice box:23 'denied: .*no-telnet.*nobody speaks it'
refused 'an environment that no rule names' alice prod-1:80 'denied: '
refused 'a host that no rule names' alice other.internal@box:80 'denied: '
refused 'metadata' alice 169.254.169.254@box:80 'denied: .*metadata'
refused 'metadata written otherwise' alice '0xA9FEA9FE@box:80' 'denied: .*metadata'
refused 'an ambiguous name' alice twin:80 'refused: .*i-0abc000000000000[45]'
refused 'a target that is asleep' alice asleep:80 'unreachable: '
refused 'no target at all' alice nowhere:80 'refused: '
is 'of these AWS has heard nothing' "$(grep -c '"port": 23\|prod-1\|other.internal' "$W/ssm.log")" 0

# ---- a port that people decide on
over box:6000 >"$W/wait.out" 2>"$W/wait.err" &
waiting=$!
if demo_wait 60 grep -q 'Remote: .*held: ' "$W/wait.err"; then
	id=$(sed -n 's/.*held: \([0-9A-Z]\{4\}-[0-9A-Z]\{4\}\) .*/\1/p' "$W/wait.err" | head -n 1)
	says 'a held port is approved' 0 "^approved $id\$" carol approve "$id"
	wait "$waiting"
	is 'and then is there' "$(cat "$W/wait.out")" hello
else
	cp "$W/wait.err" "$W/err"
	not_ok 'a port is held'
	kill "$waiting"
fi

# ---- others are not disturbed
yes_ 'a port that nobody listens on ends that connection' ports dead "$P7"
yes_ 'and no other' ports echo "$P3" 1000
yes_ 'one that is never read stalls no other' ports stall "$P4" "$P3" 10
if [ -n "$pg_port" ]; then
	wait "$bench1"
	is 'pgbench with 4 clients' "$?" 0
	wait "$bench2"
	is 'pgbench that connects anew for each' "$?" 0
	cat "$W/bench1" "$W/bench2" >"$W/out"
	grep -h 'tps =' "$W/out" | sed 's/^/# /'
	is 'without a failure' "$(grep -c 'number of failed transactions: 0 ' "$W/out")" 2
fi
ports echo "$P3" 10000 200 >"$W/out" 2>"$W/err"
is '200 streams on one connection' "$(cat "$W/out")" '200 of 200'
sed 's/^/# /' "$W/err"

# ---- broken off
ssm_faults '{"bye_after": 900}'
yes_ 'a socket that is closed every 900 messages loses nothing down' ports take "$P8" 4000000 resumed
ssm_faults '{"reset_every": 1}'
yes_ 'and one that is reset each second nothing up' ports echo "$P3" 2000000
ssm_faults '{}'
is 'they were taken up again' "$([ "$(grep -c '"event": "open".*"resumed": true' "$W/ssm.log")" -ge 4 ] && echo yes)" yes
tunnel_down "$main"
sessions_over() {
	ssm_open >"$W/open" && [ ! -s "$W/open" ]
}
demo_wait 60 sessions_over
is 'when the client goes, all is ended at AWS' "$(cat "$W/open")" ''

# ---- what was recorded
tunnel_up alice -L "$P1:box:$hash_port"
ports send "$P1" 100000 once >"$W/sent"
demo_wait 60 grep -q '^100000 ' "$W/ports.hash"
tunnel_down "$tunnel"
is 'what was sent came' "$(tail -n 1 "$W/ports.hash")" "$(cat "$W/sent")"
demo_wait 60 port_cast "box:$hash_port"
replay --info "$cast" >"$W/out" 2>"$W/err"
cp "$W/out" "$W/info"
has '--info says where it led' "$W/info" "port: $hash_port"
replay --commands --json "$cast" >"$W/out" 2>"$W/err"
cp "$W/out" "$W/json"
is 'the recording counts and hashes it' "$(port_close up)" "$(cat "$W/sent")"
is 'and what came back' "$(port_close down)" \
	'0 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
has 'the peer' "$W/json" "\"instance\":\"$fast\".*\"port\":$hash_port"
is 'how long' "$(port_close ms)" yes
replay --export cast "$cast" >"$W/cast" 2>"$W/err"
has 'all of it' "$W/cast" 'port.close'
lacks 'and none of its bytes' "$W/cast" 'port.data'
replay --commands "$cast" >"$W/out" 2>"$W/err"
has '--commands shows it to people' "$W/out" "port.close: .*$fast.*port $hash_port.*up 100000 bytes"

# ---- another document, and content
echo 'ssm: {documents: {port: AWS-StartSSHSession}, record_ports: true}' \
	>>"$W/root/etc/broker/broker.yaml"
yes_ 'a configuration that records content' reload
tunnel_up alice -L "$P1:box:$echo_port"
yes_ 'a document without smux' ports echo "$P1" 70000
tunnel_down "$tunnel"
has 'was used' "$W/ssm.log" '"DocumentName": "AWS-StartSSHSession"'
demo_wait 60 port_cast "box:$echo_port"
replay --commands --json "$cast" >"$W/json" 2>"$W/err"
replay --export cast "$cast" >"$W/cast" 2>"$W/err"
is 'with record_ports the bytes are recorded, both ways' "$(port_data)" "$(port_close up) $(port_close down)"
yes_ 'no session is left' demo_wait 60 procs_none session
log_is_clean
pg_stop
port_unserve
walk_end
