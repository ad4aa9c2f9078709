#!/bin/sh
# A lease for an instance, and its session's token, are in brokerd and in the session's
# process, and in no other process of the broker.
. "${top_srcdir:-.}/tests/walk/asroot.sh"
. "$W/users.sh"
. "$W/ssmbed.sh"
DEMO_AWS_ISSUED=yes
ssm_before_start() { asroot_users; }
ssm_up

scan() { "$PYTHON3" "$W/support/scan.py" "$W/aws/issued" "$@" >"$W/out" 2>"$W/err"; }
running() { grep '"event": "run"' "$W/ssm.log" | grep -q "\"$1\""; }

demo_ssh "$W" agent broker ssm fast -- sleep 44 >"$W/sleep.out" 2>"$W/sleep.err" </dev/null &
client=$!
demo_wait 60 running 44
has 'tokens of sessions are among what is looked for' "$W/aws/issued" '^AAEAA'
# shellcheck disable=SC2046
scan $(procs_of launch) $(procs_of front) $(procs_of listener) $(procs_of keeper) $(procs_of nursery)
is 'launcher, listener, front, keeper and nursery have none' $? 0
scan "$(procs_of session)"
is 'the session has it (so the look is not blind)' $? 1
has 'in its memory' "$W/out" ' memory$'
kill "$client" 2>/dev/null
wait "$client" 2>/dev/null
walk_end
