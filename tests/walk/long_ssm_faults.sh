#!/bin/sh
# Much output of commands on instances, on bad ways: byte for byte, and with no more memory.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/ssmtrouble.sh"
# Its drain and its looks: see ssm_faults.sh.
SSM_NODES='{"window_seconds": 60, "drain_seconds": 900, "tick_ms": 5}'
TROUBLE_MB='50' TROUBLE_SECONDS=900
trouble_up
lossy='{"drop": 5, "duplicate": 5, "reorder": 5}'
whole 'fifty megabytes with five in a hundred lost, doubled, out of order, both ways' 50 \
	"{\"to_client\": $lossy, \"to_agent\": $lossy}"
TARGET=web-1
whole 'fifty megabytes over a socket that closes each three seconds' 50 '{"bye_every": 3}'
whole 'and over one that is reset' 50 '{"reset_every": 3}'
TARGET=fast
TROUBLE_SECONDS=300
whole 'a socket that falls silent' 50 '{"silence_after": 3000}'
much 100
nothing_left
log_is_clean
walk_end
