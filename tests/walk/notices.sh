#!/bin/sh
# Notices of holds go to webhooks: signed, each once, whatever the receivers do; and
# whatever these do, commands are held, approved and run as if they were not there.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
conf=$W/root/etc/broker/broker.yaml
prog=$W/prog chat=$W/chat

# receiver DIR [plain]: its port in DIR.port, its process in $receiver.
receiver() {
	mkdir "$1"
	echo "the secret of $(basename "$1"), forty bytes or so" >"$1.secret"
	chmod 600 "$1.secret"
	"$PYTHON3" "$W/support/hook_standin.py" "$1" "$1.port" "$1.secret" ${2:-} >"$1.out" 2>&1 </dev/null &
	receiver=$!
	demo_wait 60 test -s "$1.port" || { cat "$1.out"; exit 1; }
}
receiver "$prog"
receivers=$receiver
receiver "$chat" plain
receivers="$receivers $receiver"
trap 'kill $receivers 2>/dev/null; walk_stop' EXIT

# The same command comes again and again, also after a no.
DEMO_HOLDS='  denied: 0s'
walk_make
walk_policy
cat >>"$conf" <<EOT
notify:
  - name: prog
    url: https://localhost:$(cat "$prog.port")/in
    secret_file: $prog.secret
    ca_file: $prog/ca.pem
    events: [pending, vote, approved, denied, expired, cancelled, spent]
  - name: chat
    url: http://127.0.0.1:$(cat "$chat.port")/hook
    secret_file: $chat.secret
    format: slack
EOT
cp "$conf" "$W/conf"
walk_start

mode() { echo "$1" >"$prog/mode.new" && mv "$prog/mode.new" "$prog/mode"; }
well() { rm -f "$prog/mode"; }
logged() { grep -q -e "$2" "$1/log"; }
# held FILE words…: an agent's command that waits, its id in $id.
held() {
	_file=$1
	shift
	ask agent "$_file" "$@"
	asked "$_file"
}
# through DESCRIPTION: a command is held, approved, and runs.
through() {
	throughs=$((${throughs:-0} + 1))
	held "$W/through$throughs" aws s3 rm s3://logs/a.txt
	run alice approve "$id"
	wait "$asker"
	is "$1" "$status $?" '0 0'
}

# ---- a test ----
run alice notify test
is 'both webhooks take a test' "$status" 0
has 'one' "$W/out" '^delivered to prog: HTTP 204$'
has 'and the other' "$W/out" '^delivered to chat: HTTP 204$'
has 'which was signed' "$prog/log" '^1 new [0-9a-f]\{22\} test - 204$'
has 'each with its own secret' "$chat/log" '^1 new [0-9a-f]\{22\} - - 204$'
run alice notify test nobody
is 'one that is not configured' "$status" 64
run agent notify test
is 'who may not approve may not test' "$status" 77

# ---- a hold's life ----
evil='<!channel> *now* <https://evil.example|ok> `x` @here'
held "$W/first" -- --reason "'$evil'" aws s3 rm s3://logs/a.txt
first=$id
yes_ 'a program hears that one waits' demo_wait 300 logged "$prog" " new .* pending $first 204"
yes_ 'a chat, too' demo_wait 300 logged "$chat" '^2 new'
"$PYTHON3" - "$chat/body.2" "$prog/body.2" "$first" >"$W/out" 2>"$W/err" <<'EOP'
import json, sys
chat, prog = (json.load(open(p)) for p in sys.argv[1:3])
texts = [b["text"] for b in chat["blocks"]]
assert all(t["type"] == "plain_text" and t["emoji"] is False for t in texts), texts
page = "".join(t["text"] for t in texts)
assert "<" not in page and ">" not in page and "@here" not in page, page
assert "the asker says (unverified): &lt;!channel&gt; *now* &lt;https\\x3A//evil" in page, page
assert "\nto approve: ssh broker approve %s\n" % sys.argv[3] in page, page
assert "\ncommand: 'aws' s3 rm s3://logs/a.txt\n" in page, page
assert chat["parse"] == "none" and chat["mrkdwn"] is False, chat
hold = prog["hold"]
assert hold["command"] == "'aws' s3 rm s3://logs/a.txt" and hold["state"] == "pending", hold
assert hold["asker_says"].startswith("<!channel> *now*"), hold
assert prog["approve"] == "ssh broker approve " + sys.argv[3], prog
print("inert")
EOP
has 'in which nothing of the asker acts' "$W/out" '^inert$'
run alice approve "$first" --reason "'change 7'"
wait "$asker"
is 'it is approved and runs' "$status $?" '0 0'
yes_ 'the approval is told' demo_wait 300 logged "$prog" " new .* approved $first 204"
yes_ 'and that it is used' demo_wait 300 logged "$prog" " new .* spent $first 204"
yes_ 'with who did it' grep -q '"by":"alice","reason":"change 7"' "$prog"/body.*
held "$W/no" aws s3 rm s3://logs/a.txt
run alice deny "$id" --reason "'not today'"
wait "$asker"
is 'a command is denied' "$status $?" '0 77'
yes_ 'and that is told' demo_wait 300 logged "$prog" " new .* denied $id 204"

# ---- what receivers do has no effect ----
# One that never answers: it has asked for the notice, and the command ends meanwhile.
mode slow
held "$W/slow" aws s3 rm s3://logs/a.txt
slow=$id
yes_ 'a receiver takes its time' demo_wait 300 logged "$prog" " new .* pending $slow slow"
run alice approve "$slow"
wait "$asker"
is 'a command is approved and runs before it has answered' "$status $? $(cat "$prog/mode")" '0 0 slow'
lacks 'which it has not' "$prog/log" "$slow 204"
well
yes_ 'it comes once more' demo_wait 120 logged "$prog" " new .* pending $slow 204"
yes_ 'and what followed, behind it' demo_wait 120 logged "$prog" " new .* spent $slow 204"
is 'in order' "$(sed -n "s/^.* new [0-9a-f]* \([a-z]*\) $slow 204\$/\1/p" "$prog/log" | tr '\n' ' ')" \
	'pending approved spent '
for what in 'down:closed\|broke\|no TLS\|SSL' 'close:closed without an answer\|broke' 'half:cut short' \
	'500:HTTP 500' '429:HTTP 429' 'redirect:HTTP 307: redirects are not followed' \
	'long:the answer is too long' 'tls:TLS\|SSL'; do
	mode "${what%%:*}"
	through "a command runs beside a receiver that is: ${what%%:*}"
	run alice notify test prog
	is "and a test says so" "$status" 69
	has "with the reason: ${what%%:*}" "$W/out" "^not delivered to prog: .*\\(${what#*:}\\)"
done
last=$id
yes_ 'the other webhook hears of all of it' demo_wait 120 sh -c \
	"cat '$chat'/body.* | grep -q '$last is approved'"
lacks 'redirects were not followed' "$prog/log" elsewhere

mode 500
tried() { run alice notify list; grep -q ', \([3-9]\|1[0-9]\) tries: ' "$W/out"; }
yes_ 'one that stays away is tried again and again' demo_wait 120 tried
well
run alice notify retry all
is 'people need not wait for the pause' "$status" 0
empty() { run alice notify list; [ "$status" = 0 ] && [ ! -s "$W/out" ]; }
yes_ 'in the end all of it has come' demo_wait 600 empty

# ---- the broker dies with notices that wait ----
mode 500
held "$W/kill" aws s3 rm s3://logs/k.txt
killed=$id
run alice notify list
has 'what waits is listed' "$W/out" " waiting prog pending $killed "
kill -9 "$DEMO_PID"
wait "$DEMO_PID" 2>/dev/null
kill "$asker" 2>/dev/null
wait "$asker" 2>/dev/null
nobody_left() { ! pgrep -f "$W/bin/broker-keeper" >/dev/null; }
demo_wait 60 nobody_left
well
walk_start
yes_ 'it is sent after the restart' demo_wait 600 logged "$prog" " new .* pending $killed 204"
yes_ 'and nothing waits any more' demo_wait 600 empty
sed -n 's/^[0-9]* new \([0-9a-f]*\) .* 204$/\1/p' "$prog/log" | sort | uniq -d >"$W/out"
is 'nothing came twice as new' "$(cat "$W/out")" ''
lacks 'nothing was forged, or old' "$prog/log" ' \(forged\|old\|header\|request\) '
for event in pending approved spent; do
	yes_ "of the last command came: $event" logged "$prog" " new .* $event $last 204"
done

# ---- what is refused for good ----
mode 410
held "$W/gone" aws s3 rm s3://logs/a.txt
gone=$id
poisoned() {
	run alice notify list
	grep -q " aside prog pending $gone .* tries: HTTP 410\$" "$W/out"
}
yes_ 'what is refused for good is set aside' demo_wait 300 poisoned
notice=$(sed -n "s/^\([0-9a-f]*\) aside prog pending $gone .*/\1/p" "$W/out")
well
run alice deny "$gone" --reason no
wait "$asker"
yes_ 'the next one goes' demo_wait 300 logged "$prog" " new .* denied $gone 204"
lacks 'that one does not' "$prog/log" " pending $gone 204"
run agent notify retry "$notice"
is 'not everybody sends it again' "$status" 77
run alice notify retry "$notice"
is 'it can be sent again' "$status $(cat "$W/out")" "0 retried $notice"
yes_ 'and arrives' demo_wait 300 logged "$prog" " new $notice pending $gone 204"
mode 410
through 'one more'
aside() { run alice notify list --json; grep -c '"state":"aside"' "$W/out" | grep -q '^3$'; }
yes_ 'three are set aside' demo_wait 300 aside
notice=$(sed -n 's/.*"notice":"\([0-9a-f]*\)".*"state":"aside".*/\1/p' "$W/out" | head -n 1)
run alice notify drop "$notice"
is 'one is dropped' "$status $(cat "$W/out")" "0 dropped $notice"
run alice notify drop "$notice"
is 'once' "$status" 64
well
run alice notify retry all
is 'the others are sent again' "$status $(grep -c '^retried ' "$W/out")" '0 2'
yes_ 'the list is empty' demo_wait 300 empty

# ---- reloads ----
reload() {
	_seen=$(grep -c ": $1" "$W/brokerd.log")
	kill -HUP "$DEMO_PID"
	demo_wait 300 sh -c "[ \$(grep -c ': $1' '$W/brokerd.log') -gt $_seen ]"
}
chmod 644 "$prog.secret"
yes_ 'a secret that others may read is not taken' reload 'not reloaded'
has 'and the place is named' "$W/brokerd.log" 'notify prog: secret_file: .*mode 644'
chmod 600 "$prog.secret"
mode 500
held "$W/left" aws s3 rm s3://logs/a.txt
left=$id
yes_ 'one waits' demo_wait 300 logged "$prog" " new .* pending $left 500"
"$PYTHON3" - "$conf" <<'EOP'
import re, sys
text = open(sys.argv[1]).read()
with open(sys.argv[1], "w") as f:
    f.write(re.sub(r"  - name: prog\n(    .*\n)+", "", text))
EOP
yes_ 'a webhook is taken away' reload reloaded
removed() { run alice notify list; grep -q " aside prog pending $left .*not configured" "$W/out"; }
yes_ 'what waited for it is set aside' demo_wait 300 removed
run alice approve "$left"
wait "$asker"
is 'and its command runs' "$status $?" '0 0'

# ---- traces ----
lacks 'no secret is in the log' "$W/brokerd.log" 'the secret of'
lacks 'nor an address' "$W/brokerd.log" "localhost:$(cat "$prog.port")"
demo_stop
"$PYTHON3" "$W/support/store.py" "$W/root/var/lib/broker/broker.db" kinds >"$W/kinds"
for kind in notice.failing notice.recovered notice.set-aside notice.retried notice.dropped; do
	has "an event tells of it: $kind" "$W/kinds" "^$kind\$"
done
walk_end
