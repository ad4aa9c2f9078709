#!/bin/sh
# A command's session when the network, the service or the agent misbehave: what comes is
# whole and in order, or the session ends with a reason, in time.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/ssmtrouble.sh"
# The agent has as long as it takes to send again what was lost when its command has
# ended; a real one has two seconds.
SSM_NODES='{"window_seconds": 8, "drain_seconds": 60}'
SSM_MORE='  resume: 4s
  connect: 4s'
TROUBLE_MB='1 2 5'
trouble_up

# ---- on the way ----
lossy='{"drop": 5, "duplicate": 5, "reorder": 5}' fast='"tick_ms": 5'
# More comes behind what was lost than is kept for a slow reader.
whole 'five in a hundred lost, doubled, out of order, both ways' 5 \
	"{$fast, \"to_client\": $lossy, \"to_agent\": $lossy}"
TARGET=web-1
whole 'a socket that closes each second' 2 '{"tick_ms": 5, "bye_every": 1}'
TARGET=fast
has 'is taken up again' "$W/aws/requests.log" '"operation": "ResumeSession"'
whole 'sockets that close with a reset in mid-output' 2 '{"tick_ms": 5, "reset_after": 700}'
whole 'a session that is not to be resumed at first' 2 \
	'{"tick_ms": 5, "bye_after": 700, "resume": {"code": "InternalServerError", "status": 500, "times": 1}}'
whole 'words of the service in other forms' 1 '{"closed": 116, "publications": "none"}'
whole 'publications without a word' 1 '{"tick_ms": 5, "publications": "empty", "pause": {"after": 300, "seconds": 1}}'
whole 'digests that do not fit, now and then' 1 '{"tick_ms": 5, "bad_digest": 2}'
whole 'lengths that do not fit' 1 '{"tick_ms": 5, "bad_length": 2}'
whole 'frames of nothing' 1 '{"garbage": 2}'
whole 'an exit status that comes too early' 0 '{"exit_first": true}' 'after the exit code
'
whole 'an agent that is slow to begin' 1 '{"start_delay": 2}'

# ---- ends with a reason ----
ends 'a frame as large as none may be' '69' '.' '{"giant": {"after": 20, "bytes": 20000000}}'
ends 'a resume that is refused' 69 'lost' \
	'{"bye_after": 300, "resume": {"code": "DoesNotExistException", "status": 400}}'
ends 'one that nobody may have' 69 'lost' \
	'{"bye_after": 300, "resume": {"code": "AccessDeniedException", "status": 400}}'
ends 'a resume without a token' 69 'lost' '{"bye_after": 300, "resume": "empty"}'
ends 'a handshake that the agent gives up' 69 'could not be opened' '{"handshake": "refuse"}'
ends 'actions that nobody knows' 69 'could not be opened' '{"handshake": "unknown_action"}'
ends 'a type of sessions that nobody knows' 69 'could not be opened' '{"handshake": "unknown_type"}'
ends 'an agent that takes nothing' 69 'could not be opened' '{"withhold": true}'
ends 'one that says nothing' 69 'could not be opened' '{"handshake": "silent"}'
ends 'an upgrade that is refused' 69 'could not be opened' '{"upgrade": 403}'
ends 'an agent that is not there' 69 'not connected' '{"offline": true}'
ends 'a service that is too busy' 69 'could not be opened' \
	'{"api": {"StartSession": {"status": 400, "code": "ThrottlingException"}}}'
ends 'what AWS does not let the lease do' 69 'could not be opened' \
	'{"api": {"StartSession": {"status": 400, "code": "AccessDeniedException", "message": "planned"}}}'
TARGET=sealed
ends 'a key that may not be used' 69 'could not be opened' '{"kms": "denied"}'
ends 'an agent that does not have the key' 69 'could not be opened\|not sealed by the agent' '{"handshake": "wrong_challenge"}'
whole 'and losses under encryption' 1 "{$fast, \"to_client\": $lossy, \"to_agent\": $lossy, \"bye_after\": 500}"
TARGET=fast

# ---- much of it ----
much 10
nothing_left
log_is_clean
walk_end
