# Sourced after lib.sh and users.sh by walks of ports: services, tunnels, a PostgreSQL.
#
#   port_serve          ports.py serve: echo_port, mute_port, late_port, hash_port, source_port
#   pg_start | pg_stop  a PostgreSQL of its own; pg_port is empty where it is not installed
#   psql_at PORT words… | bench_at PORT words…
#   tunnel_up WHO words… | tunnel_down PID    ssh -N; $tunnel is its process
#   ssm_open            sessions at AWS that nobody has ended
#   port_cast TO        the newest recording that is closed is of a connection to there: $cast
#   port_close up|down|ms    of $W/json, a recording's commands
#   port_data           of $W/cast, its events

PG_BIN=/usr/lib/postgresql/15/bin

port_serve() {
	"$PYTHON3" "$W/support/ports.py" serve "$W/ports" >"$W/ports.out" 2>&1 </dev/null &
	ports_pid=$!
	demo_wait 60 test -s "$W/ports" || return 1
	while read -r _name _port; do
		eval "${_name}_port=$_port"
	done <"$W/ports"
}

port_unserve() {
	kill "$ports_pid"
	wait "$ports_pid" 2>/dev/null
}

pg_start() {
	pg_port='' pg_pid=''
	[ -x "$PG_BIN/initdb" ] || return 0
	mkdir -p "$W/pg"
	"$PG_BIN/initdb" -D "$W/pg/data" -U walk -A trust -N -E UTF8 --locale C >"$W/pg/log" 2>&1 &&
		mkdir -p "$W/pg/run" || { cat "$W/pg/log"; exit 1; }
	pg_port=$(demo_port)
	"$PG_BIN/postgres" -D "$W/pg/data" -p "$pg_port" -c listen_addresses=127.0.0.1 \
		-c unix_socket_directories="$W/pg/run" -c fsync=off -c shared_buffers=16MB \
		>>"$W/pg/log" 2>&1 </dev/null &
	pg_pid=$!
	demo_wait 60 "$PG_BIN/pg_isready" -q -h 127.0.0.1 -p "$pg_port" || { cat "$W/pg/log"; exit 1; }
}

# Its own children end with it.
pg_stop() {
	[ -z "$pg_pid" ] || { kill -INT "$pg_pid"; wait "$pg_pid"; } 2>/dev/null
}

psql_at() {
	_at=$1
	shift
	psql -X -A -t -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$_at" -U walk "$@" postgres
}

bench_at() {
	_at=$1
	shift
	pgbench -h 127.0.0.1 -p "$_at" -U walk "$@" postgres
}

tunnel_up() {
	_who=$1
	shift
	SHELL=/bin/sh ssh -F "$W/ssh_config" -i "$W/who/$_who" -N -o ExitOnForwardFailure=yes \
		-o PermitLocalCommand=yes -o "LocalCommand=touch $W/tunnel.up" \
		"$@" broker >"$W/tunnel.log" 2>&1 </dev/null &
	tunnel=$!
	demo_wait 60 test -e "$W/tunnel.up" || cat "$W/tunnel.log"
	rm -f "$W/tunnel.up"
}

tunnel_down() {
	kill "$1"
	wait "$1" 2>/dev/null
}

ssm_open() {
	"$PYTHON3" - "$W/ssm.log" <<'EOP'
import json, sys
begun = {}
for row in map(json.loads, open(sys.argv[1])):
    if row["event"] == "open":
        begun[row["session"]] = row["target"]
    elif row["event"] in ("end", "terminate"):
        begun.pop(row["session"], None)
for name, target in begun.items():
    print(name, target)
EOP
}

port_cast() {
	cast=$(demo_recording "$W")
	replay --info "$cast" | grep -q -F "forward $1"
}

port_close() {
	"$PYTHON3" - "$W/json" "$1" <<'EOP'
import json, sys
for row in map(json.loads, open(sys.argv[1])):
    if row["t"] == "port.close":
        v = row[sys.argv[2]]
        print("yes" if v in range(1, 10**6) else v if isinstance(v, int)
              else "%(bytes)d %(sha256)s" % v)
EOP
}

port_data() {
	"$PYTHON3" - "$W/cast" <<'EOP'
import base64, hashlib, json, sys
way = {"up": b"", "down": b""}
for event in [json.loads(line) for line in open(sys.argv[1])][1:]:
    row = json.loads(event[2]) if event[1] == "B" else {"t": ""}
    if row["t"] == "port.data":
        way[row["direction"]] += base64.b64decode(row["data"], validate=True)
print(*("%d %s" % (len(v), hashlib.sha256(v).hexdigest()) for v in way.values()))
EOP
}
