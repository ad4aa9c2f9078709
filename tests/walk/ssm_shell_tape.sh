#!/bin/sh
# What is recorded of a shell on an instance, and who looks on while it runs.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
. "$W/ssmbed.sh"
. "$W/ssmtyped.sh"
shell_up
sed -i '/^rights:/a\  watch: ["group:sre"]' "$W/root/etc/broker/broker.yaml"
reload

# Carol looks on, until there is nothing more to see.
cat >"$W/look" <<EOT
carol() { ssh -F "$W/ssh_config" -i "$W/who/carol" broker "\$@" </dev/null; }
id=\$(carol sessions | cut -d' ' -f1)
carol watch "\$id" >"$W/watched" 2>"$W/watched.err" &
for i in \$(seq 600); do
	grep -q 'broker: watching' "$W/watched.err" && exit 0
	sleep 0.1
done
exit 1
EOT

typed 'a shell' box <<'EOS'
expect \[gated\]\$\x20
line echo first
expect ^first$
expect \[gated\]\$\x20
line rm x
expect ^broker: denied: rm x by rule
expect \(77\)\$\x20
run sh look
line false
expect \(1\)\$\x20
line touch made
expect \^C withdraws it
run sh say approve
expect ^broker: approved .* by carol$
expect \[gated\]\$\x20
line cat hostile
expect ^last line$
expect \[gated\]\$\x20
line top
expect PID USER
send q
expect \[gated\]\$\x20
line echo 'last of all'
expect ^last of all$
expect \[gated\]\$\x20
line exit 4
exit 4
EOS
cast=$(demo_recording "$W")
replay --export cast -o "$W/cast" "$cast"
"$PYTHON3" "$W/support/cast.py" "$W/cast" shown >"$W/shown"
yes_ 'every byte that was shown is recorded, and nothing else' cmp "$W/shown" "$W/typed"
yes_ 'the recording is whole and proven' replay --verify "$cast"

replay --commands "$cast" >"$W/out"
for line in 'line: echo first: allow: ssm/look' \
	'line: rm x: deny: ssm/never: denied: rm x by rule ssm/never: Nothing is deleted here.' \
	'line: false: allow: ssm/status' 'line.end: ended: status 1: ' \
	'line: touch made: hold: ssm/restart: [0-9A-Z-]*: held: ' \
	'line: touch made: allow: ssm/restart: [0-9A-Z-]*: approved [0-9A-Z-]* by carol' \
	"program: begin: 'top'" 'program: end: typed 1: ' "line: echo 'last of all': allow"; do
	has "it tells of $line" "$W/out" "$line"
done
replay --info "$cast" >"$W/out"
has 'a line is a mark' "$W/out" '^mark [0-9.]*: cmd: echo first$'
has 'a refused one is another' "$W/out" '^mark [0-9.]*: denied: rm x$'
has 'what nobody judged line by line is marked so' "$W/out" "^mark [0-9.]*: opaque: 'top'\$"
replay --at 999 "$cast" >"$W/out"
is 'the screen at its end' "$(tail -n 3 "$W/out" | sed 's/^.*\[/[/')" "[gated]\$ echo 'last of all'
last of all
[gated]\$ exit 4"

# ---- and who looked on ----
has 'whoever looked on is told at what' "$W/watched.err" 'broker: watching .* of alice'
lacks 'what was before is not shown' "$W/watched" 'echo first'
has 'what came behind it is' "$W/watched" 'last of all'
lacks 'and nothing that the terminal must not get' "$W/watched" "$(printf '\033')]52"
replay --commands "$cast" >"$W/out"
has 'the recording names them' "$W/out" 'notice: watch: carol watches$'

log_is_clean
walk_end
