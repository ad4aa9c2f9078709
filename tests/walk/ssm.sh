#!/bin/sh
# One command on an instance, with the real ssh: outputs, status, input, refusals, holds,
# names, and what is recorded of it.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/ssmbed.sh"
ssm_up

run agent ssm i-0abc0000000000002 -- echo hello
is 'a command runs' "$status" 0
is 'its output comes' "$(cat "$W/out")" hello
is 'and nothing else' "$(cat "$W/err")" ''
cat "$W/brokerd.log" | tail -20 >&2
log_is_clean 2>/dev/null || true
walk_end
