#!/bin/sh
# The typist: what it must see, and what it must not let pass.
: "${top_srcdir:=.}" "${PYTHON3:=/usr/bin/python3}"
d=$(mktemp -d) || exit 1
trap 'rm -rf "$d"' EXIT
trap 'exit 1' INT TERM
n=0

# plays TITLE STATUS WORDS COMMAND…: the script is stdin; WORDS must be on stderr.
plays() {
	title=$1 want=$2 words=$3
	shift 3
	cat >"$d/script"
	n=$((n + 1))
	PS1='$ ' ENV='' "$PYTHON3" "$top_srcdir/tests/support/typist.py" -q -s 100x40 \
		-t "${seconds:-60}" -o "$d/out" "$d/script" -- "$@" >"$d/said" 2>"$d/err"
	got=$?
	if [ "$got" -eq "$want" ] && grep -q -e "$words" "$d/err" "$d/said" /dev/null ||
		{ [ -z "$words" ] && [ "$got" -eq "$want" ]; }; then
		echo "ok $n - $title"
	else
		echo "not ok $n - $title"
		sed 's/^/# /' "$d/err"
	fi
}

plays 'a shell is led to its end' 0 '' dash <<'E2'
# prompts are awaited, so that nothing is typed ahead
expect \$ $
line stty size
expect ^40 100\n\$ $
resize 90 20
line stty size
expect ^20 90\n\$ $
line cat
send hello^^ \x41\r
expect hello\^ A\nhello\^ A$
send ^C
expect \$ $
slow 5 echo s\u00e9
keys enter
expect ^sé$
line printf '\\e[31mred\\e[0m\\n'
expect ^red$
never blue
not false
run true
until true
line stty -icanon -echo; head -c 6 | od -An -c
pause 0.5
keys up down
expect 033   \[   A 033   \[   B
line exit 3
exit 3
E2
seconds=1
plays 'what does not come is an error' 1 'expected nothing, not within 1 s' \
	sh -c 'echo a; sleep 30' <<'E2'
expect nothing
exit 0
E2
seconds=
plays 'an early end, too' 1 'it has ended with 4' sh -c 'echo a; exit 4' <<'E2'
expect b
exit 4
E2
plays 'and another status' 1 'it ended with 4, not 0' sh -c 'exit 4' <<'E2'
exit 0
E2
plays 'what must never come is seen behind what was found' 1 'secret has come' \
	sh -c 'echo a secret here' <<'E2'
expect here
never secret
exit 0
E2
plays 'a shell command that must fail' 1 'it succeeds' sh -c 'sleep 1' <<'E2'
not true
exit 0
E2
plays 'a signal counts 128 up' 0 '' sh -c 'kill -TERM $$' <<'E2'
exit 143
E2
plays 'a terminal that goes away ends it' 0 '' sh -c 'echo up; sleep 300' <<'E2'
expect up
hangup
E2
plays 'a script without an end' 1 'neither exit nor hangup' sh -c 'echo a' <<'E2'
expect a
E2
plays 'a step that is not there' 2 'no step is called jump' true <<'E2'
jump
exit 0
E2
plays 'an escape that is not there' 2 'stands for nothing' cat <<'E2'
send \q
exit 0
E2
echo "1..$n"
