#!/bin/sh
# The list that stays open, on real terminals: over SSH, and on the gateway as a local
# user; what it shows, what can be done from it, and how it gives the terminal back.
if [ "$(id -u)" -eq 0 ]; then
	WALK_ROOT=1
	export WALK_ROOT
fi
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
chmod 755 "$W"
walk_make
conf=$W/root/etc/broker/broker.yaml
root_too() { [ "$(id -u)" -eq 0 ] && id daemon >/dev/null 2>&1; }
if root_too; then
	sed -i "/^identities:/a\\
  - {name: dora, kind: human, groups: [sre], uid: $(id -u daemon)}" "$conf"
	chown -R nobody "$W/root" "$W/aws"
fi
cat >"$W/root/etc/broker/policies/demo.yaml" <<'EOP'
version: 1
name: walk
rules:
  - id: delete
    effect: hold
    on: [exec]
    who: {group: agents}
    aws: {operations: ["s3:rm"]}
    approvers: {need: 1, from: [group:sre], auth: [key, uid]}
  - id: make
    effect: hold
    on: [exec]
    who: {group: agents}
    aws: {operations: ["s3:mb"]}
    approvers: {need: 1, from: [group:sre], auth: [key]}
EOP
if root_too; then
	: >"$W/brokerd.log"
	setpriv --reuid=nobody --regid=nogroup --clear-groups \
		"$W/bin/brokerd" --root "$W/root" --libexec "$W/bin" 2>>"$W/brokerd.log" </dev/null &
	DEMO_PID=$!
	demo_wait 20 demo_ready "$W" || { cat "$W/brokerd.log"; exit 1; }
	echo "[127.0.0.1]:$DEMO_PORT $(cut -d' ' -f1,2 "$KEYS/host_ed25519.pub")" >"$W/known_hosts"
else
	walk_start
fi

# As long as the whole walk takes.
ask() {
	_who=$1 _to=$2
	shift 2
	demo_ssh "$W" "$_who" -o SetEnv=BROKER_WAIT=600 broker "$@" >"$_to.out" 2>"$_to.err" </dev/null &
	asker=$!
}
on_tty() { "$PYTHON3" "$W/support/on_tty.py" "$@"; }
# over DESCRIPTION STATUS step…: alice's list on a terminal; what it showed is in $W/out.
over() {
	_d=$1 _s=$2
	shift 2
	# shellcheck disable=SC2086
	on_tty "$@" -- $ssh_alice -tt broker pending --watch >"$W/out" 2>"$W/err"
	is "$_d" $? "$_s"
}
# What frames make of a terminal gives it back at the end, once, and with nothing behind.
back() {
	"$PYTHON3" - "$W/out" <<'EOP' && ok "$1" || not_ok "$1"
import sys
seen = open(sys.argv[1], "rb").read()
on, off = b"\x1b[?1049h\x1b[?25l", b"\x1b[?25h\x1b[?1049l"
sys.exit(not (seen.count(on) == 1 and seen.count(off) == 1 and seen.index(on) < seen.index(off)
              and b"\x1b[" not in seen[seen.index(off) + len(off):]))
EOP
}
ended() {
	wait "$asker"
	is "$1" $? "$2"
	has "$1: and says why" "$3.err" "$4"
}

# ---- over SSH
over 'an empty list is left with q' 0 'wait:nothing waits for approval' 'send:q'
back 'and gives the terminal back'
over 'one is left with ^C' 0 'wait:nothing waits for approval' 'send:\x03'
back 'and gives it back, too'
over 'hostile sizes are survived' 0 'wait:nothing waits' 'size:1,1' 'size:500,200' 'size:20,5' \
	'wait:nothing waits' 'send:q'
ask agent "$W/one" -- --reason "'ticket 42'" aws s3 rm s3://logs/a.txt
asked "$W/one"
first=$id first_asker=$asker
over 'what waits is there; a list of SSH approves nothing' 0 \
	'wait: 1 waits for approval' "wait:> $first" 'wait:s3 rm s3://logs/a.txt' \
	'send:a' "wait:approve $first?" 'send:y' "wait:to approve it, type: ssh broker approve $first" 'send:q'
back 'the terminal is given back'
kill -0 "$asker" && ok 'it still waits'
over 'details are what why says' 0 "wait:> $first" 'size:100,60' 'send:\r' 'wait:ticket 42' 'send:\x1b[D' \
	"wait:> $first" 'send:q'
run alice why "$first"
has 'as here' "$W/out" 'ticket 42'
ask agent "$W/two" aws s3 mb s3://made
asked "$W/two"
second=$id
over 'it denies, with a reason' 0 'wait: 2 wait for approval' "send:j" "wait:> $second" 'send:d' \
	"wait:deny $second, reason: _" 'send:not today\r' 'wait: 1 waits for approval' "wait:denied $second" 'send:q'
ended 'the asker hears of it' 77 "$W/two" "^broker: denied: $second by alice: not today\$"
# It follows what others do.
over 'what others decide is seen' 0 "wait:> $first" \
	"until:. '$W/support/demo.sh'; demo_ssh '$W' alice broker approve $first </dev/null >/dev/null 2>&1" \
	'wait:nothing waits for approval' 'send:q'
asker=$first_asker
ended 'it ran' 0 "$W/one" "^broker: approved $first by alice after "

# ---- a hostile command
ask agent "$W/evil" aws s3 rm "'s3://logs/$(printf '\342\200\256')txt'" || :
if demo_wait 5 grep -q 'broker: held' "$W/evil.err"; then
	asked "$W/evil"
	over 'a hostile name is inert' 0 "wait:> $id" 'wait:\\\\xE2\\\\x80\\\\xAE' 'send:d' 'wait:reason:' 'send:no\r' \
		'wait:nothing waits' 'send:q'
	wait "$asker"
else
	has 'a hostile name is refused before anybody is asked' "$W/evil.err" '^broker: refused: '
	wait "$asker"
fi

# ---- without a terminal
# shellcheck disable=SC2086
$ssh_alice broker pending --watch >"$W/lines" 2>"$W/lines.err" </dev/null &
text=$!
# shellcheck disable=SC2086
$ssh_alice broker pending --watch --json >"$W/objects" 2>"$W/objects.err" </dev/null &
objects=$!
ask agent "$W/three" aws s3 rm s3://logs/b.txt
asked "$W/three"
third=$id
yes_ 'a line tells of it' demo_wait 20 grep -q "Z pending $third [a-z-]*: .*s3 rm s3://logs/b.txt\$" "$W/lines"
yes_ 'or an object' demo_wait 20 grep -q "^{\"event\":\"pending\",.*\"id\":\"$third\"" "$W/objects"
run alice deny "$third" --reason "'no'"
yes_ 'and of its end' demo_wait 20 grep -q "Z denied $third .*(by alice: no)\$" "$W/lines"
yes_ 'in both forms' demo_wait 20 grep -q "^{\"event\":\"denied\",.*\"by\":\"alice\",\"why\":\"no\"" "$W/objects"
wait "$asker"
kill -0 "$text" && kill -0 "$objects" && ok 'they go on until they are interrupted'
kill "$text" "$objects"
wait "$text" "$objects" 2>/dev/null
run agent pending --watch
is 'without the right there is no list' "$status" 77
run alice pending --watch --often
is 'nor with other words' "$status" 64

# ---- as a local user
if root_too; then
	ask agent "$W/four" aws s3 rm s3://logs/4.txt
	asked "$W/four"
	fourth=$id
	four_asker=$asker
	ask agent "$W/five" aws s3 mb s3://five
	asked "$W/five"
	fifth=$id
	list() {
		_d=$1 _s=$2
		shift 2
		on_tty "$@" -- setpriv --reuid=daemon --regid=nogroup --clear-groups \
			"$W/bin/broker" --root "$W/root" pending --watch >"$W/out" 2>"$W/err"
		is "$_d" $? "$_s"
	}
	list 'on the gateway a list approves, where the rule says uid' 0 'size:40,10' "wait:> $fourth" 'send:a' \
		"wait:approve $fourth?" 'send:y' "wait:approved $fourth" "wait:> $fifth" 'send:a' "wait:approve $fifth?" 'send:y' \
		'wait:not by this kind of' 'size:80,24' 'send:q'
	back 'and gives the terminal back'
	five_asker=$asker asker=$four_asker
	ended 'what it approved ran' 0 "$W/four" "^broker: approved $fourth by dora after "
	# One that is killed gives the terminal back, and so does one whose broker is.
	list 'a signal ends it' 0 "wait:> $fifth" "until:pkill -TERM -n -u daemon -f 'broker --root $W/root pending'" \
		"wait:\x1b[?1049l"
	back 'and the terminal is given back'
	list 'a broker that is killed ends it' 70 "wait:> $fifth" "until:kill -KILL $DEMO_PID" "wait:\x1b[?1049l" \
		'wait:broke off'
	back 'and the terminal is given back'
	wait "$five_asker"
else
	over 'a broker that is killed ends it' 70 'wait:nothing waits' "until:kill -KILL $DEMO_PID" "wait:\x1b[?1049l"
	back 'and the terminal is given back'
fi
walk_end
