#!/bin/sh
# Quotas of recordings: one that is too long ends its session, an identity that has used
# up its day begins none, several together are cut, and others do not notice.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
. "$W/troubles.sh"
trouble_build || exit 1
DEMO_RECORDING='  quota: {session: 1MiB, identity: 3MiB}'
walk_make
cat >"$W/root/etc/broker/policies/demo.yaml" <<'EOP'
version: 1
name: walk
rules:
  - id: all
    effect: allow
    on: [exec]
    aws: {operations: ["s3:ls", "s3:cp"]}
EOP
sed -i 's/^    groups: \[sre\]/    groups: [sre]\n    profile: demo/' "$W/root/etc/broker/broker.yaml"
walk_start
done=$W/root/var/lib/broker/recordings/done
unspooled() {
	[ -z "$(find "$SPOOL" -name '*.cast')" ]
}
events() {
	"$PYTHON3" "$W/support/store.py" "$W/root/var/lib/broker/broker.db" kinds | grep -c "^$1\$"
}
# whole DESCRIPTION CAST MOST: proven, and no longer than that.
whole() {
	replay --verify "$2" >"$W/out" 2>"$W/err"
	is "$1: the recording is whole" $? 0
	if [ "$(wc -c <"$2")" -le "$3" ]; then ok "$1: and no longer than it may be"; else
		not_ok "$1: and no longer than it may be ($(wc -c <"$2") bytes)"
	fi
	replay --info "$2" >"$W/out" 2>"$W/err"
	has "$1: and says why it ended" "$W/out" '^summary.reason: quota$'
}

# ---- one session
demo_ssh "$W" agent broker aws s3 cp s3://big/40MB - >"$W/shown" 2>"$W/c.err" </dev/null
is 'a session: ends with 70' $? 70
has 'a session: says which quota' "$W/c.err" \
	"^broker: stopped: the recording's quota of 1048576 bytes is used up\$"
demo_wait 10 unspooled
cast=$(demo_recording "$W")
whole 'a session' "$cast" 1048576
replay --export cast -o "$W/export" "$cast" >"$W/out" 2>"$W/err"
yes_ 'a session: what was shown is recorded' "$PYTHON3" "$W/support/shown.py" "$W/shown" "$W/export"
is 'a session: most of its quota was for what it showed' \
	"$([ "$(wc -c <"$W/shown")" -gt 400000 ] && echo yes)" yes

# ---- a day of one identity
n=0
while [ "$n" -lt 6 ]; do
	demo_ssh "$W" agent broker aws s3 cp s3://big/40MB - >"$W/shown" 2>"$W/err" </dev/null
	grep -q '^broker: failed: ' "$W/err" && break
	n=$((n + 1))
done
is 'a day: some more run' "$([ "$n" -ge 1 ] && [ "$n" -le 3 ] && echo yes)" yes
has 'a day: then none begins' "$W/err" \
	'^broker: failed: nothing can be recorded now, so nothing ran: the quota of recordings in 24 hours is used up$'
run agent aws s3 ls
is 'a day: nor a small one' "$status" 70
total=$(cat "$done"/*.cast | wc -c)
is 'a day: together they are within it' "$([ "$total" -le 3145728 ] && echo yes)" yes
run alice aws s3 ls
is 'a day: others do not notice' "$status" 0
demo_stop
walk_start
run agent aws s3 ls
is 'a day: a new start forgets nothing' "$status" 70
demo_stop

# ---- several together, each within its own
rm -f "$W"/root/var/lib/broker/broker.db* "$done"/*
rm -rf "$W/root/var/lib/broker/log"
sed -i 's/quota: .*/quota: {session: 1GiB, identity: 3MiB}/' "$W/root/etc/broker/broker.yaml"
trouble session TROUBLE_FROM=100000 TROUBLE_WRITE='slow 100'
walk_start
for i in 1 2 3; do
	{
		demo_ssh "$W" agent broker aws s3 cp s3://big/40MB - >"$W/shown.$i" 2>"$W/err.$i" </dev/null
		echo $? >"$W/status.$i"
	} &
	eval "client$i=\$!"
done
wait "$client1" "$client2" "$client3"
is 'together: each ends with 70' "$(cat "$W"/status.[123] | tr '\n' ' ')" '70 70 70 '
cat "$W"/err.[123] >"$W/err"
is 'together: and says why' "$(cat "$W"/err.[123] |
	grep -c '^broker: stopped: the .*quota.* is used up$')" 3
is 'together: they were cut' "$([ "$(events recording.cut)" -ge 2 ] && echo yes)" yes
demo_wait 10 unspooled
for cast in "$done"/*.cast; do
	whole together "$cast" 3145728
done
run alice aws s3 ls
is 'together: others do not notice' "$status" 0
walk_end
