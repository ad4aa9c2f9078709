#!/bin/sh
# The lease is in brokerd for a moment and in the session's gate, and nowhere else: not in
# a process of the command, in what the launcher does, in a file, a log or a recording.
. "${top_srcdir:-.}/tests/walk/asroot.sh"

DEMO_AWS_ISSUED=yes
# Listing takes so long that the command can be looked at while it runs.
"$PYTHON3" - "$W/support/standin-seed.json" <<'EOP' || exit 1
import json, sys
with open(sys.argv[1]) as f:
    seed = json.load(f)
seed["faults"] = [{"operation": "ListBuckets", "delay": 12}]
with open(sys.argv[1], "w") as f:
    json.dump(seed, f)
EOP
demo_aws_start "$W" && demo_make "$W" || exit 1
asroot_users
yes_ 'brokerd starts as root' demo_start "$W"
[ "$walk_bad" -eq 0 ] || walk_end

scan() {
	"$PYTHON3" "$W/support/scan.py" "$W/aws/issued" "$@" >"$W/out" 2>"$W/err"
}
traced() {
	grep -q "attached" "$W/strace.err"
}
asking() {
	grep -q 'CONNECT\|ListBuckets' "$W/aws/requests.log" || test -s "$W/aws/issued"
}

# ---- while it runs
launch=$(procs_of launch)
if command -v strace >/dev/null; then
	strace -f -qq -s 65536 -x -o "$W/strace.out" -p "$launch" 2>"$W/strace.err" &
	tracer=$!
	sleep 0.5
fi
demo_ssh "$W" agent broker aws s3 ls >"$W/ls.out" 2>"$W/ls.err" </dev/null &
client=$!
command_runs() {
	[ -n "$(procs_below "$launch")" ] && test -s "$W/aws/issued" && pgrep -f '/usr/bin/aws s3 ls' >/dev/null
}
demo_wait 20 command_runs
sleep 3
below=$(procs_below "$launch")
is 'the command has processes to look at' "$([ "$(echo "$below" | wc -w)" -ge 1 ] && echo yes)" yes
# shellcheck disable=SC2086
if scan $below; then ok 'none of them has the lease in memory, arguments or environment'; else
	not_ok 'none of them has the lease in memory, arguments or environment'
fi
# shellcheck disable=SC2046
if scan "$launch" $(procs_of front) $(procs_of listener) $(procs_of keeper) $(procs_of nursery); then
	ok 'nor has launcher, listener, front, keeper or nursery'
else
	not_ok 'nor has launcher, listener, front, keeper or nursery'
fi
scan "$(procs_of session)"
is 'the gate has it (so the look is not blind)' $? 1
has 'in its memory' "$W/out" ' memory$'
wait "$client"
is 'the command ends well' $? 0
has 'and showed what it must' "$W/ls.out" ' logs$'

# ---- afterwards
# The process is gone before brokerd has heard of it.
demo_wait 60 procs_none session
wiped() { scan "$DEMO_PID"; }
if demo_wait 5 wiped; then
	ok 'brokerd has wiped it'
else
	# What TLS and HTTP libraries read it into is theirs: SECURITY.md says so.
	ok 'brokerd has wiped it # SKIP a library still has what it read'
fi
if [ -n "${tracer:-}" ]; then
	kill "$tracer" 2>/dev/null
	wait "$tracer" 2>/dev/null
	has 'the trace has the start of the command' "$W/strace.out" 'execve("/usr/bin/aws"'
fi
mkdir "$W/needles"
"$PYTHON3" - "$W/aws/issued" "$W/needles/all" <<'EOP'
import base64, sys
out = set()
for line in open(sys.argv[1]):
    raw = line.strip().encode()
    out |= {raw.decode(), raw.hex(), "".join("\\x%02x" % b for b in raw[:24])}
    out |= {base64.b64encode(b"\0" * n + raw).decode()[4 if n else 0:-4] for n in range(3)}
with open(sys.argv[2], "w") as f:
    f.write("\n".join(sorted(out)) + "\n")
EOP
is 'no file of the broker has it, no log, no recording, no trace' \
	"$(grep -rlaF -f "$W/needles/all" "$W/root" "$W/brokerd.log" "$W/ls.out" "$W/ls.err" \
		$([ ! -e "$W/strace.out" ] || echo "$W/strace.out") 2>/dev/null)" ''
for cast in "$W"/root/var/lib/broker/recordings/done/*.cast; do
	"$W/bin/hoop-replay" --key "$W/root/var/lib/broker/keys/auditor.key" \
		--trust "$W/root/var/lib/broker/keys/trust" --export cast "$cast"
done >"$W/plain" 2>"$W/err"
has 'a recording opens' "$W/plain" 's3 ls'
is 'and inside it there is none either' "$(grep -caF -f "$W/needles/all" "$W/plain")" 0
is 'no core was left' "$(find "$W" -name 'core*' -size +0 | head -n 1)" ''
walk_end
