# Sourced by walks that kill what takes part in a session on a target, after lib.sh,
# procs.sh and ssmbed.sh:
#
#   ssm_kill_case VICTIM WHAT    WHAT: command, shell, program, port
#   ssm_die_case STEP WHAT       AWS's own end dies there (faults: die)

keys=$W/root/var/lib/broker/keys
: >"$W/casts.seen"
echo hello >"$W/line"

# A listener behind the instance: says a line, then waits.
ssm_peer() {
	[ -z "${peer:-}" ] || return 0
	"$PYTHON3" - "$W/peer.port" <<'EOP' >/dev/null 2>&1 &
import os, socket, sys, threading
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(16)
with open(sys.argv[1] + ".new", "w") as f:
    print(s.getsockname()[1], file=f)
os.rename(sys.argv[1] + ".new", sys.argv[1])
def serve(c):
    c.sendall(b"hello\n")
    try:
        while c.recv(4096):
            pass
    except OSError:
        pass
    c.close()
while True:
    threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
EOP
	peer=$!
	demo_wait 60 test -s "$W/peer.port"
}

# Its process is in $W/ssh.pid, its end in $W/status.
cat >"$W/asked.sh" <<'EOP'
w=$1
shift
sh -c 'echo $$ >"$0/ssh.pid"; exec ssh "$@"' "$w" -F "$w/ssh_config" -i "$w/who/alice" "$@" 2>>"$w/c.err"
echo $? >"$w/status.new"
mv "$w/status.new" "$w/status"
EOP
mkfifo "$W/hold"
exec 9<>"$W/hold"

# ssm_begin WHAT: a session that has shown something, and does not end.
ssm_begin() {
	: >"$W/shown"
	: >"$W/c.err"
	rm -f "$W/status" "$W/ssh.pid" "$W/up"
	case $1 in
	command)
		sh "$W/asked.sh" "$W" broker ssm box -- tail -n 3 -f "$W/line" \
			>"$W/shown" </dev/null &
		;;
	shell)
		printf '%s\n' 'expect [$#] ' "line tail -f $W/line" 'expect hello' \
			"run touch $W/up" eof 'exit 0' >"$W/script"
		ssm_type -tt broker ssm box &
		;;
	program)
		printf '%s\n' 'expect load average' "run touch $W/up" eof 'exit 0' >"$W/script"
		ssm_type -tt broker ssm box -- top &
		;;
	port)
		ssm_peer
		sh "$W/asked.sh" "$W" -W "box:$(cat "$W/peer.port")" broker >"$W/shown" <&9 &
		;;
	esac
	client=$!
}

ssm_is_up() {
	[ -e "$W/up" ] || grep -q '^hello' "$W/shown"
}

ssm_type() {
	"$PYTHON3" "$W/support/typist.py" -q -t 60 -o "$W/typed" "$W/script" -- \
		sh "$W/asked.sh" "$W" "$@" >"$W/typist.out" 2>&1
}

# Sessions that were opened at AWS, of which neither AWS nor the audit says that they have
# ended, or that nobody could end them.
ssm_open() {
	"$PYTHON3" - "$W/root/var/lib/broker/broker.db" "$W/ssm.log" <<'EOP'
import json, sqlite3, sys
db = sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True)
opened, over = set(), set()
for kind, detail in db.execute(
        "SELECT kind, detail FROM events WHERE kind LIKE 'target.%' ORDER BY seq"):
    d = json.loads(detail)
    name = d.get("session") or d.get("id")
    if kind == "target.opened":
        opened.add(name)
    elif kind in ("target.closed", "target.ended", "target.left"):
        over.add(name)
with open(sys.argv[2]) as f:
    for line in f:
        row = json.loads(line)
        if row.get("event") == "open":
            opened.add(row["session"])
        elif row.get("event") == "terminate":
            over.add(row["session"])
print(" ".join(sorted(opened - over)))
EOP
}

ssm_all_ended() {
	[ -z "$(ssm_open)" ]
}

# What ran on the instance, and its clients.
ssm_nothing_runs() {
	! pgrep -f "$W/line" >/dev/null && ! pgrep -f "$W/asked.sh" >/dev/null
}

ssm_victim() {
	case $1 in
	ssh) kill -9 "$(cat "$W/ssh.pid")" ;;
	stop) kill "$DEMO_PID" ;;
	all)
		# In no order that would tell anybody anything.
		_all=$(cut -d' ' -f1 "$W/before")
		kill -STOP $_all
		kill -9 $_all
		;;
	service) kill -9 "$DEMO_AWS_PID" ;;
	*) kill -9 $(procs_of "$1") ;;
	esac
}

ssm_told() {
	case $1,$2 in
	ssh,*) ;;
	*,port) ok "$1, $2: the connection ends" ;;
	front,* | all,*) is "$1, $2: ssh ends with 255" "$status" 255 ;;
	service,*) is "$1, $2: the client gets 69" "$status" 69 ;;
	*) is "$1, $2: the client gets 70" "$status" 70 ;;
	esac
	case $1,$2 in
	ssh,* | front,* | all,* | *,port) ;;
	*)
		cp "$W/c.err" "$W/err"
		has "$1, $2: and a reason" "$W/c.err" \
			'^broker: \(the broker has gone\|the session was lost\|stopped: \|failed: \|unreachable: \|lost: \|the target \|the connection \)'
		;;
	esac
}

# Each recording that was not looked at yet holds a proven prefix.
ssm_recorded() {
	find "$W/root/var/lib/broker/recordings" -name '*.cast' | sort >"$W/casts"
	_bad=''
	comm -13 "$W/casts.seen" "$W/casts" >"$W/casts.new"
	while read -r _f; do
		"$W/bin/hoop-replay" --key "$keys/auditor.key" --trust "$keys/trust" \
			--verify "$_f" >"$W/out" 2>"$W/err"
		_s=$?
		case $_s in
		0 | 4) ;;
		*) _bad="$_bad $_s:$_f" ;;
		esac
	done <"$W/casts.new"
	is "$1, $2: recordings keep a proven prefix" "$_bad $(wc -l <"$W/casts.new")" ' 1'
}

ssm_spool_empty() {
	[ -z "$(ls "$W/root/var/lib/broker/recordings/spool")" ]
}

ssm_dead() {
	case $(procs_stamp "$1") in
	"" | Z*) ;;
	*) return 1 ;;
	esac
}

# The broker, and AWS, again.
ssm_again() {
	if ssm_dead "$DEMO_AWS_PID"; then
		wait "$DEMO_AWS_PID" 2>/dev/null
		# Where it was: the broker knows the place.
		case $DEMO_AWS_WORDS in
		*--port*) ;;
		*) DEMO_AWS_WORDS="$DEMO_AWS_WORDS --port $DEMO_AWS_PORT" ;;
		esac
		demo_aws_start "$W" || not_ok "$1, $2: AWS is back"
	fi
	case $1 in brokerd | stop | all | keeper | nursery) ;; *) return ;; esac
	if demo_wait 60 ssm_dead "$DEMO_PID"; then
		wait "$DEMO_PID" 2>/dev/null
		cat "$W/brokerd.log" >>"$W/all.log"
		yes_ "$1, $2: it starts again" demo_start "$W"
	else
		not_ok "$1, $2: it ends"
	fi
}

ssm_case_over() {
	demo_wait 60 test -e "$W/status" || not_ok "$1, $2: the client hangs"
	wait "$client" 2>/dev/null
	status=$(cat "$W/status")
}

ssm_after() {
	ssm_again "$1" "$2"
	if demo_wait 60 ssm_all_ended; then
		ok "$1, $2: it has ended at AWS, or the audit says why not"
	else
		not_ok "$1, $2: it has ended at AWS, or the audit says why not"
		ssm_open | sed 's/^/# open: /'
		tail -n 15 "$W/brokerd.log" | sed 's/^/# /'
	fi
	if demo_wait 60 ssm_nothing_runs; then
		ok "$1, $2: nothing runs on"
	else
		not_ok "$1, $2: nothing runs on"
		pgrep -af "$W/line" | sed 's/^/# lives: /'
	fi
	demo_wait 60 ssm_spool_empty
	is "$1, $2: nothing is left in the spool" "$(ls "$W/root/var/lib/broker/recordings/spool")" ''
	ssm_recorded "$1" "$2"
	run alice ssm box -- echo served
	is "$1, $2: it serves" "$status $(cat "$W/out")" '0 served'
	demo_wait 60 ssm_spool_empty
	find "$W/root/var/lib/broker/recordings" -name '*.cast' | sort >"$W/casts.seen"
}

ssm_kill_case() {
	ssm_begin "$2"
	if ! demo_wait 60 ssm_is_up; then
		not_ok "$1, $2: the session is up"
		cat -v "$W/c.err" "$W/shown" | sed 's/^/# /'
	fi
	procs_note "$W/before"
	ssm_victim "$1"
	ssm_case_over "$1" "$2"
	ssm_told "$1" "$2"
	ssm_after "$1" "$2"
}

# The stand-in ends by itself at that step of the session.
ssm_die_case() {
	ssm_faults "{\"die\": \"$1\"}"
	ssm_begin "$2"
	case $1 in
	terminate | closing) demo_wait 60 ssm_is_up && ssm_victim session ;;
	esac
	demo_wait 60 ssm_dead "$DEMO_AWS_PID" || not_ok "AWS dies at $1, $2"
	ssm_faults '{}'
	ssm_case_over "$1" "$2"
	case $status in
	69 | 70) ok "AWS dies at $1, $2: the client gets $status" ;;
	*) is "AWS dies at $1, $2: the client gets 69 or 70" "$status" 69 ;;
	esac
	ssm_after "AWS dies at $1" "$2"
}
