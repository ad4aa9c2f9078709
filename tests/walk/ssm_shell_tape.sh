#!/bin/sh
# What is recorded of a shell on an instance, and who looks on while it runs.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
. "$W/ssmbed.sh"
. "$W/ssmtyped.sh"
shell_up

typed 'a shell' box <<'EOS'
expect \[gated\]\$ 
line echo first
expect ^first$
expect \[gated\]\$ 
line rm x
expect ^broker: denied: rm x by rule
expect \(77\)\$ 
line false
expect \(1\)\$ 
line touch made
expect \^C withdraws it
run sh say approve
expect ^broker: approved .* by carol$
expect \[gated\]\$ 
line cat hostile
expect ^last line$
expect \[gated\]\$ 
line top
expect PID USER
send q
expect \[gated\]\$ 
line echo 'last of all'
expect ^last of all$
expect \[gated\]\$ 
line exit 4
exit 4
EOS
cast=$(demo_recording "$W")
replay --export cast -o "$W/cast" "$cast"
"$PYTHON3" "$W/support/cast.py" "$W/cast" shown >"$W/shown"
cmp "$W/shown" "$W/typed" && echo same
"$PYTHON3" "$W/support/cast.py" "$W/cast" events
"$PYTHON3" "$W/support/cast.py" "$W/cast" header broker
for w in --commands --info "--commands --json" "--text" --verify; do echo "=== $w"; replay $w "$cast" | cat -v | cut -c1-400; done
grep '"B"' "$W/cast" | cut -c1-600
grep '"m"' "$W/cast" | cut -c1-600
replay --at 999 "$cast"
cp "$W/typed" /tmp/w_shell.typed
log_is_clean
walk_end
