#!/bin/sh
# Shells on instances, typed at the real ssh by a terminal that is driven: the editor,
# verdicts of lines, holds, pastes, programs, modes, and what a target may not do.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
. "$W/ssmbed.sh"
. "$W/ssmtyped.sh"
shell_up

# ---- keys ----
typed 'keys edit the line' box <<'EOS'
expect box:.*i-0abc0000000000002 \[gated\]\$\x20
send echo helo
keys left
send l
keys enter
expect ^hello$
expect \[gated\]\$\x20
send at the end
send ^A
send echo\x20
keys enter
expect ^at the end$
expect \[gated\]\$\x20
send echo one two
send ^W
line three
expect ^one three$
expect \[gated\]\$\x20
send rm -rf /
send ^U
line echo clean
expect ^clean$
expect \[gated\]\$\x20
keys up
line \x20again
expect ^clean again$
expect \[gated\]\$\x20
line echo 'grüße, 日本語'
expect ^grüße, 日本語$
expect \[gated\]\$\x20
send echo '日本'
keys left left left
line x
expect ^x日本$
expect \[gated\]\$\x20
line echo 0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789z
expect ^(0123456789){10}z$
expect \[gated\]\$\x20
send upt
keys tab
keys enter
expect load average
expect \[gated\]\$\x20
send ^D
exit 0
EOS

# ---- lines ----
typed 'lines are decided one by one' box <<'EOS'
expect \[gated\]\$\x20
line false
expect \[gated\] \(1\)\$\x20
line seq 3 | wc -l
expect ^3$
expect \[gated\]\$\x20
line rm x
expect ^broker: denied: rm x by rule ssm/never: Nothing is deleted here\.$
expect \[gated\] \(77\)\$\x20
line nothing-like-it
expect ^broker: denied: nothing-like-it
expect \(77\)\$\x20
line echo $HOME
expect ^broker: denied: echo \$HOME
expect \(77\)\$\x20
line X=1
expect ^broker: denied: X=1
expect \(77\)\$\x20
line cd sub
expect i-0abc0000000000002/sub \[gated\]\$\x20
line pwd -P
expect ^/.*/i-0abc0000000000002/sub$
expect \[gated\]\$\x20
line cd nowhere
expect nowhere
expect i-0abc0000000000002/sub \[gated\] \(\d+\)\$\x20
line cd ..
expect i-0abc0000000000002 \[gated\]\$\x20
line cd sub && pwd
expect ^broker: denied: cd sub && pwd
expect i-0abc0000000000002 \[gated\] \(77\)\$\x20
line cat forged
expect forged
expect \[gated\]\$\x20
line exit 3
exit 3
EOS
lacks 'marks that a program forges are not shown' "$W/typed" '7707'

# ---- held ----
typed 'a held line waits for its people' box <<'EOS'
expect \[gated\]\$\x20
line touch approved
expect ^broker: held: .* needs 1 of group sre
expect \^C withdraws it
run sh say approve
expect ^broker: approved .* by carol$
expect \[gated\]\$\x20
run test -e box/approved
line touch withdrawn
expect \^C withdraws it
send ^C
expect ^broker: withdrawn$
expect \[gated\] \(130\)\$\x20
line touch denied
expect \^C withdraws it
run sh say deny
expect ^broker: denied.* by carol.*: not today
expect \[gated\] \(77\)\$\x20
not sh say approve
line ls
expect approved
not test -e box/denied
not test -e box/withdrawn
line exit
exit 0
EOS

# ---- a paste, an interrupt, keys ahead ----
typed 'a paste stops where a line is refused' box <<'EOS'
expect \[gated\]\$\x20
paste echo one\recho two\rrm three\recho four\recho five\r
expect ^one$
expect ^two$
expect ^broker: denied: rm three
expect 2 pasted lines are dropped
expect \(77\)\$\x20
line echo six
expect ^six$
never ^(four|five)$
expect \[gated\]\$\x20
line sleep 987
until pgrep -x -f 'sleep 987'
send ^C
expect \[gated\] \(130\)\$\x20
not pgrep -x -f 'sleep 987'
line cat /dev/tty
until pgrep -x -f 'cat /dev/tty'
send who types this\r
pause 0.3
send ^C
expect \[gated\] \(130\)\$\x20
never ^who types this
line sleep 1.5
until pgrep -x -f 'sleep 1.5'
send echo ahead
expect \$ echo ahead
keys enter
expect ^ahead$
expect \[gated\]\$\x20
send echo gone
send ^C
expect \^C
expect \[gated\]\$\x20
line exit
exit 0
EOS

# ---- what has the terminal ----
typed 'a program has the terminal until it ends' box <<'EOS'
expect \[gated\]\$\x20
resize 120 33
line top
expect PID USER
until grep -q '"cols": 120, "rows": 33' ssm.log
resize 100 30
until grep -q '"cols": 100, "rows": 30' ssm.log
expect PID USER
send qecho lost\r
expect \[gated\]\$\x20
line echo back
expect ^back$
never ^lost$
expect \[gated\]\$\x20
line cat hostile
expect ^last line$
expect \[gated\]\$\x20
line cat binary
expect \[gated\]\$\x20
line echo sane
expect ^sane$
line exit
exit 0
EOS
lacks 'the clipboard is not touched' "$W/typed" "$(printf '\033')]52"
lacks 'nor the title' "$W/typed" 'evil title'

# ---- who gets a shell, where, and which ----
says 'a shell wants a terminal' 64 'a shell needs a terminal' alice ssm box
tty() {
	demo_ssh "$W" "$1" -tt broker "$2" </dev/null >"$W/out" 2>"$W/err"
	status=$?
}
tty agent 'ssm box'
is 'an agent gets no shell' "$status" 77
has 'and is told so' "$W/err" '^broker: denied: '
tty alice 'ssm prod-1'
is 'nobody gets one where no rule says so' "$status" 77
tty alice 'ssm --mode raw box'
is 'nor one without judgement where none names it' "$status" 77
typed 'where a rule does, there is one' --mode raw basic <<'EOS'
expect \$\x20
line echo $((6 * 7))
expect ^42
line exit
exit 0
EOS
typed 'single: each line is a session of its own' --mode single box <<'EOS'
expect box \[gated, single\]\$\x20
line seq 2
expect ^1\n2$
expect \[gated, single\]\$\x20
line cd sub
expect ^broker: denied: cd sub: where this shell is is not known
line cd /usr/lib/..
expect box:/usr \[gated, single\]\$\x20
line pwd
expect ^/usr$
line false
expect \(1\)\$\x20
line rm x
expect ^broker: denied: rm x by rule
line exit 0
exit 0
EOS
typed 'a shell on an instance that encrypts' sealed <<'EOS'
expect sealed:.*\[gated\]\$\x20
line echo sealed
expect ^sealed$
line exit
exit 0
EOS

# ---- lost, and found again ----
ssm_faults '{"bye_after": 40}'
typed 'nothing is lost or doubled where the socket closes' box <<'EOS'
expect \[gated\]\$\x20
line seq 100001 120000
expect ^120000$
expect \[gated\]\$\x20
line exit
exit 0
EOS
ssm_faults '{}'
# What the broker says of it stands between, wherever the output was.
seq 100001 120000 | tr -d '\n' >"$W/want"
tr -d '\r' <"$W/typed" | sed "s/^$(printf '\033')\[?2004l//" | grep -v '^broker: connect' |
	grep -ax '[0-9]*' | tr -d '\n' >"$W/got"
if grep -q '"api".*ResumeSession' "$W/ssm.log"; then ok 'it was resumed'; else not_ok 'it was resumed'; fi
yes_ 'all bytes came, once' cmp "$W/want" "$W/got"

ssm_faults '{"bye_after": 40, "resume": {"code": "DoesNotExistException", "status": 400}}'
typed 'what cannot be resumed ends, and is said' box <<'EOS'
expect \[gated\]\$\x20
line seq 100001 120000
expect ^broker: connection lost, trying again$
expect ^broker: the session is over
exit 69
EOS
ssm_faults '{}'
replay --commands "$(demo_recording "$W")" >"$W/out"
has 'and its recording says so' "$W/out" '^ended: target lost, cut off, status 69, '

log_is_clean
walk_end
