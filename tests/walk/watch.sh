#!/bin/sh
# Live sessions: who sees what runs, and who may look on; what reaches a watcher and what
# does not; what is left of it in the audit and in the recording.
if [ "$(id -u)" -eq 0 ]; then
	WALK_ROOT=1
	export WALK_ROOT
fi
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
chmod 755 "$W"
DB=$W/root/var/lib/broker/broker.db

# An object with what a terminal must not get, and lines to know it by.
"$PYTHON3" - "$W/support/standin-seed.json" "$W/hostile" <<'EOP' || exit 1
import json, sys
hostile = "".join((
    "first line\n",
    "\x1b]52;c;c3RvbGVu\x07clip\n",       # the clipboard
    "\x1b]0;evil title\x07title\n",
    "\x1b]2;evil title\x1b\\title\n",
    "\x1b[6nreport\n",                     # questions, whose answers would be typed
    "\x1b[c\x1b[>c\x1b[=c\x1b[5nidentity\n",
    "\x1bP$q\"p\x1b\\request\n",
    "\x1bP+q544e\x1b\\termcap\n",
    "\x1b_private\x1b\\apc\n",
    "\x1b^privacy\x1b\\pm\n",
    "\x1bXstart\x1b\\sos\n",
    "\x05enquiry\n",
    "\u009d52;c;c3RvbGVu\u009ceight\n",    # the same in 8 bits
    "\x1b[?1000h\x1b[?1003h\x1b[?2004hmouse\n",
    "\x1b[3Jscrollback\n",
    "\x1b[31mred\x1b[0m\n",
    "last line\n"))
with open(sys.argv[1]) as f:
    seed = json.load(f)
seed["buckets"]["logs"]["objects"]["hostile"] = hostile
seed["buckets"]["logs"]["objects"]["plain"] = "".join("line %d of the object\n" % i for i in range(5000))
seed["faults"] = [{"operation": "HeadObject", "delay": 2}]
with open(sys.argv[1], "w") as f:
    json.dump(seed, f)
with open(sys.argv[2], "w", newline="") as f:
    f.write(hostile)
EOP
walk_make
conf=$W/root/etc/broker/broker.yaml
demo_user "$W" dave
sed -i -e "/^rights:/a\\
  watch: [\"group:sre\"]" -e "/^identities:/a\\
  - {name: dave, kind: human, groups: [developers], keys: [\"$(cut -d' ' -f1,2 "$W/who/dave.pub")\"]}" "$conf"
if [ "$(id -u)" -eq 0 ]; then
	sed -i "/^identities:/a\\
  - {name: dora, kind: human, groups: [sre], uid: $(id -u daemon)}\\
  - {name: bert, kind: human, groups: [developers], uid: $(id -u bin)}" "$conf"
	chown -R nobody "$W/root" "$W/aws"
fi
as() {
	_uid=$1
	shift
	setpriv --reuid="$_uid" --regid=nogroup --clear-groups "$@"
}
start() {
	if [ "$(id -u)" -ne 0 ]; then
		walk_start
		return
	fi
	: >"$W/brokerd.log"
	setpriv --reuid=nobody --regid=nogroup --clear-groups \
		"$W/bin/brokerd" --root "$W/root" --libexec "$W/bin" 2>>"$W/brokerd.log" </dev/null &
	DEMO_PID=$!
	demo_wait 20 demo_ready "$W" || { cat "$W/brokerd.log"; exit 1; }
	echo "[127.0.0.1]:$DEMO_PORT $(cut -d' ' -f1,2 "$KEYS/host_ed25519.pub")" >"$W/known_hosts"
}
# What is the service's is read as the service.
replay() {
	as_nobody "$W/bin/hoop-replay" --key "$KEYS/auditor.key" --trust "$KEYS/trust" "$@"
}
as_nobody() { if [ "$(id -u)" -eq 0 ]; then as nobody "$@"; else "$@"; fi; }
start

aws_of() { pgrep -f "^[^ ]*python3 /usr/bin/aws s3 cp s3://logs/$1 -"; }
# begin NAME OBJECT [ssh options]: a command that prints OBJECT, stopped before it does;
# $client is its ssh, $id its session.
begin() {
	_to=$W/$1 _object=$2
	shift 2
	rm -f "$_to.out" "$_to.err"
	# shellcheck disable=SC2086
	$ssh_agent "$@" broker aws s3 cp "s3://logs/$_object" - >"$_to.out" 2>"$_to.err" </dev/null &
	client=$!
	demo_wait 30 aws_of "$_object" >/dev/null
	# shellcheck disable=SC2046
	kill -STOP $(aws_of "$_object")
	demo_wait 20 runs "$_object"
}
runs() {
	$ssh_alice broker sessions --json >"$W/rows" 2>/dev/null </dev/null
	id=$(sed -n "s/^{\"id\":\"\([0-9a-f-]*\)\".*\"state\":\"running\".*s3:\/\/logs\/$1 .*/\1/p" "$W/rows" | head -n 1)
	[ -n "$id" ]
}
go_on() {
	# shellcheck disable=SC2046
	kill -CONT $(aws_of "$1")
}
# look NAME [ssh options --] words…: alice watches in the background; $watcher.
look() {
	_to=$W/$1
	shift
	rm -f "$_to.out" "$_to.err"
	$ssh_alice "$@" >"$_to.out" 2>"$_to.err" </dev/null &
	watcher=$!
	demo_wait 20 grep -q 'broker: watching' "$_to.err"
}
details() {
	"$PYTHON3" "$W/support/store.py" "$DB" details "$1" >"$W/out"
}

# ---- who sees what runs
run alice sessions
is 'nothing runs' "$status $(cat "$W/out")" '0 '
begin c1 plain
run alice sessions --json
has 'one with the right sees it, as an object' "$W/out" "^{\"id\":\"$id\",\"identity\":\"ci-deploy\",\"since\":\"20[0-9T:-]*Z\",\"state\":\"running\",\"kind\":\"command\",\"command\":\"'aws' s3 cp s3://logs/plain -\",\"source\":\"127.0.0.1\",\"watchers\":0}$"
run alice sessions
has 'and as a line' "$W/out" "^$id  20[0-9T:-]*Z  running   ci-deploy  'aws' s3 cp s3://logs/plain -$"
run agent sessions
has 'its own are seen without a right' "$W/out" "^$id "
run dave sessions
is 'those of others are not' "$status $(cat "$W/out")" '0 '
run alice sessions x
is 'it takes no words' "$status" 64

# ---- who may look on
run dave watch "$id"
is 'without the right nobody looks on' "$status" 77
has 'and is told which' "$W/err" '^broker: denied: watching needs the right watch'
cp "$W/err" "$W/no"
run dave watch 0123456789
is 'nor learns whether an id is one' "$status $(cmp "$W/err" "$W/no" && echo same)" '77 same'
run agent watch "$id"
is 'one'"'"'s own is no exception' "$status" 77
run alice watch 01234567
is 'an id that is nobody'"'"'s is refused' "$status" 64
run alice watch "$(echo "$id" | cut -c1-7)"
has 'and one too short to mean anything' "$W/err" 'at least 8 hex digits'
run alice watch
has 'and none' "$W/err" 'usage: watch'
run alice watch --cast --cast "$id"
is 'and an option twice' "$status" 64

# ---- what a watcher is shown
look w1 broker watch "$id"
w1=$watcher
look w2 broker watch --cast "$(echo "$id" | cut -c1-18)"
w2=$watcher
look w3 -tt broker watch "$id" 2>/dev/null
w3=$watcher
has 'it begins with who, since when, and what' "$W/w1.err" "^broker: watching $id of ci-deploy since 20[0-9T:-]*Z: 'aws' s3 cp s3://logs/plain -$"
details watch.begin
is 'that they watch is durable by then' "$(grep -c '"of": *"ci-deploy"' "$W/out")" 3
go_on plain
wait "$client"
is 'the command ends as it would' $? 0
wait "$w1"
is 'and so does watching' $? 0
has 'with its exit status' "$W/w1.err" '^broker: the session ended with exit status 0$'
is 'what was shown is what the client was shown' "$(sum_of <"$W/w1.out")" "$(sum_of <"$W/c1.out")"
wait "$w2"
is 'asciicast ends with 0, too' $? 0
"$PYTHON3" - "$W/w2.out" "$W/c1.out" >"$W/out" 2>"$W/err" <<'EOP'
import json, sys
lines = [json.loads(x) for x in open(sys.argv[1], encoding="utf-8", newline="\n")]
head, events = lines[0], lines[1:]
assert head["version"] == 2 and head["width"] > 0 and "title" in head, head
assert all(len(e) == 3 and isinstance(e[2], str) for e in events)
assert [e[0] for e in events] == sorted(e[0] for e in events)
assert "".join(e[2] for e in events if e[1] == "o") == open(sys.argv[2], newline="").read()
assert events[-1][1:] == ["x", "0"], events[-1]
print("whole")
EOP
is 'it is asciicast of the same, from a header to the exit status' "$(cat "$W/out")" whole
wait "$w3"
is 'on a terminal its lines end with CR LF' "$(grep -c "^line .* of the object$(printf '\r')\$" "$W/w3.out")" 5000
details watch.end
is 'each end is in the audit' "$(grep -c '"why": *"the session is over"' "$W/out")" 3
has 'with how long and how much' "$W/out" "\"ms\": *[0-9]*.*\"bytes\": *$(wc -c <"$W/w1.out")"
replay --export cast "$(demo_recording "$W")" >"$W/export" 2>"$W/err"
is 'the recording names each watcher' "$(grep -c '\\"why\\":\\"watch\\",\\"text\\":\\"alice watches\\"' "$W/export")" 3
replay --verify "$(demo_recording "$W")" >"$W/out" 2>"$W/err"
is 'and is whole' $? 0

# ---- what a terminal must not be sent
begin c2 hostile
look w1 broker watch "$id"
w1=$watcher
"$PYTHON3" "$W/support/on_tty.py" "until:grep -q CONT '$W/go'" -- $ssh_alice -tt broker watch "$id" >"$W/tty" 2>&1 &
w2=$!
seen_on_tty() { grep -q 'broker: watching' "$W/tty"; }
demo_wait 20 seen_on_tty
go_on hostile
echo CONT >"$W/go"
wait "$client"
is 'the client gets its bytes as they are' "$(sum_of <"$W/c2.out")" "$(sum_of <"$W/hostile")"
wait "$w1"
wait "$w2"
for f in w1.out tty; do
	for what in 'the clipboard:\]52' 'a title:evil title' 'a report:\[6n' 'the identity:\[[>=]*c' 'a request:\$q' \
		'termcap:+q' 'APC:private' 'PM:privacy' 'SOS:start' 'mouse and paste:\[?1000\|\[?1003\|\[?2004' 'the scrollback:\[3J' "ENQ:$(printf '\005')" "8 bits:$(printf '\302\235')"; do
		lacks "$f gets nothing of ${what%%:*}" "$W/$f" "${what#*:}"
	done
	has "$f gets colours" "$W/$f" "$(printf '\033')\\[31mred"
	has "$f gets the text" "$W/$f" '^last line'
done

# ---- what a watcher sends
begin c3 plain
"$PYTHON3" "$W/support/on_tty.py" 'wait:what was shown before' 'send:rm -rf /\n\x04\x1c' \
	'until:sleep 0.5' 'send:q' -- $ssh_alice -tt broker watch "$id" >"$W/tty" 2>&1
is 'q ends it' $? 0
has 'and says so' "$W/tty" 'watching ended'
"$PYTHON3" "$W/support/on_tty.py" 'wait:what was shown before' 'send:\x03' -- $ssh_alice -tt broker watch "$id" >"$W/tty" 2>&1
is '^C ends it' $? 0
head -c 3000000 /dev/zero | timeout 20 $ssh_alice broker watch "$id" >"$W/w9.out" 2>"$W/w9.err" &
w9=$!
demo_wait 20 grep -q 'broker: watching' "$W/w9.err"
run alice sessions
has 'the session runs on' "$W/out" "^$id .* running "

# ---- too many, and too slow
for n in 1 2 3 4 5 6 7; do
	look "m$n" broker watch "$id"
	eval "m$n=$watcher"
done
run alice watch "$id"
is 'the ninth is refused' "$status" 75
has 'and told why' "$W/err" '8 people watch this session already'
kill "$m1" "$m2"
gone_two() {
	$ssh_alice broker sessions --json </dev/null 2>/dev/null | grep -q '"watchers":6}'
}
yes_ 'who leaves makes room' demo_wait 20 gone_two

# A reload takes the right away.
cp "$conf" "$W/conf"
sed -i '/^  watch:/d' "$conf"
kill -HUP "$DEMO_PID"
reloaded() { [ "$(grep -c ': reloaded' "$W/brokerd.log")" -ge "$1" ]; }
yes_ 'a reload is taken' demo_wait 20 reloaded 1
over() { ! kill -0 "$1" 2>/dev/null; }
demo_wait 20 over "$m3" || kill "$m3"
wait "$m3"
is 'who loses the right at a reload watches no more' $? 77
has 'and is told' "$W/m3.err" '^broker: watching ended: you no longer have the right$'
wait "$w9" "$m4" "$m5" "$m6" "$m7"
run alice watch "$id"
is 'and cannot begin again' "$status" 77
go_on plain
wait "$client"
is 'nothing of it has reached the session' "$? $(sum_of <"$W/c3.out")" "0 $(sum_of <"$W/c1.out")"
cp "$W/conf" "$conf"
kill -HUP "$DEMO_PID"
yes_ 'a reload gives it back' demo_wait 20 reloaded 2

# ---- one that is stopped, one that was never there, one that has gone
begin c4 plain
look w1 broker watch "$id"
w1=$watcher
kill "$client"
wait "$client" 2>/dev/null
go_on plain
demo_wait 20 over "$w1"
wait "$w1"
is 'a session whose client goes ends for its watchers, too' $? 0
has 'and they are told why' "$W/w1.err" '^broker: the session ended: stopped: '
no_session() { $ssh_alice broker watch "$id" 2>&1 </dev/null | grep -q 'no live session has this id'; }
yes_ 'one that is over is nobody'"'"'s' demo_wait 20 no_session

# ---- a watcher that does not read
go_slow() {
	# shellcheck disable=SC2086
	$ssh_agent broker aws s3 cp s3://big/40MB - >"$W/big" 2>"$W/c5.err" </dev/null &
	client=$!
}
big_runs() {
	$ssh_alice broker sessions --json >"$W/rows" 2>/dev/null </dev/null
	id=$(sed -n "s/^{\"id\":\"\([0-9a-f-]*\)\".*\"state\":\"running\".*s3:\/\/big\/40MB .*/\1/p" "$W/rows" | head -n 1)
	[ -n "$id" ]
}
mkfifo "$W/stuck"
go_slow
demo_wait 30 big_runs
# Both ends are held open, and nobody reads.
exec 8<>"$W/stuck"
$ssh_alice broker watch --cast "$id" >"$W/stuck" 2>"$W/w1.err" </dev/null &
w1=$!
demo_wait 20 grep -q 'broker: watching' "$W/w1.err"
wait "$client"
is 'the session goes on to its end' $? 0
is 'and its client has all of it' "$(wc -c <"$W/big")" 41943040
slow() {
	if [ "$(id -u)" -eq 0 ]; then
		as nobody "$PYTHON3" "$W/support/store.py" "$DB" details watch.end >"$W/out"
	else
		details watch.end
	fi
	grep -q '"why": *"too slow"' "$W/out"
}
yes_ 'the one that did not read was dropped, and that is in the audit' demo_wait 20 slow
kill "$w1"
wait "$w1" 2>/dev/null
exec 8>&-

# ---- on the gateway itself
if [ "$(id -u)" -ne 0 ]; then
	echo "# local users can be tried by root alone"
	log_is_clean
	walk_end
fi
begin c6 plain
local_as() {
	_uid=$1
	shift
	as "$_uid" "$W/bin/broker" --root "$W/root" "$@" >"$W/out" 2>"$W/err" </dev/null
	status=$?
}
local_as bin sessions
is 'a local user without the right sees nothing' "$status $(cat "$W/out")" '0 '
local_as bin watch "$id"
is 'and looks on nowhere' "$status" 77
local_as games watch "$id"
is 'nor does one who is nobody' "$status" 77
local_as daemon --json sessions
has 'one with it sees' "$W/out" "^{\"id\":\"$id\","
as daemon "$W/bin/broker" --root "$W/root" watch "$id" >"$W/w1.out" 2>"$W/w1.err" </dev/null &
w1=$!
as daemon "$PYTHON3" "$W/support/on_tty.py" 'wait:what was shown before' 'send:rm -rf /\n' 'send:q' \
	-- "$W/bin/broker" --root "$W/root" watch "$id" >"$W/tty" 2>&1
is 'q ends it there, too' $? 0
demo_wait 20 grep -q 'broker: watching' "$W/w1.err"
go_on plain
wait "$client"
wait "$w1"
is 'and looks on to the end' $? 0
is 'with the same text' "$(sum_of <"$W/w1.out")" "$(sum_of <"$W/c6.out")"
has 'and the last line' "$W/w1.err" '^broker: the session ended with exit status 0$'
log_is_clean
walk_end
