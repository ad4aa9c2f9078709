#!/bin/sh
# Disks that are slow, and disks that fail: a slow one slows its own session and drops
# nothing; a failed write or sync ends the one session that it belongs to, and what was
# shown is recorded.  And a clock that is set.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
. "$W/troubles.sh"
trouble_build || exit 1
"$PYTHON3" - "$W/support/standin-seed.json" <<'EOP' || exit 1
import json, sys
with open(sys.argv[1]) as f:
    seed = json.load(f)
seed["buckets"]["big"]["synthetic"]["2MB"] = 2 << 20
with open(sys.argv[1], "w") as f:
    json.dump(seed, f)
EOP
"$PYTHON3" - "$W/support" >"$W/2MB" <<'EOP' || exit 1
import sys
sys.path.insert(0, sys.argv[1])
from standin.blobs import Synthetic
for piece in Synthetic(2 << 20).pieces(0, 2 << 20):
    sys.stdout.buffer.write(piece)
EOP
walk_make
big='aws s3 cp s3://big/2MB -'

events() {
	"$PYTHON3" "$W/support/store.py" "$W/root/var/lib/broker/broker.db" kinds | grep -c "^$1\$"
}
calls() {
	grep -c "\"operation\": *\"$1\"" "$W/aws/requests.log"
}
unspooled() {
	[ -z "$(find "$SPOOL" -name '*.cast')" ]
}
newest() {
	demo_wait 20 unspooled
	cast=$(find "$W/root/var/lib/broker/recordings/done" -name '*.cast' "$@" | sort | tail -n 1)
}
# ms COMMAND…: how long it takes, in $took.
ms() {
	_at=$(date +%s%3N)
	"$@"
	took=$(($(date +%s%3N) - _at))
}

# shown DESCRIPTION: what the client saw is in the newest recording.
shown() {
	newest -size +500
	rm -f "$W/export"
	replay --export cast -o "$W/export" "$cast" >"$W/out" 2>"$W/err"
	yes_ "$1: what was shown is recorded" "$PYTHON3" "$W/support/shown.py" "$W/shown" "$W/export"
}

# fails DESCRIPTION: a big one ends with 70 and the reason, a small one runs.
fails() {
	demo_ssh "$W" agent broker $big >"$W/shown" 2>"$W/err" </dev/null
	is "$1: the session ends with 70" $? 70
	has "$1: and says why" "$W/err" '^broker: recording failed: '
	lacks "$1: without a path of the gateway" "$W/err" "$W"
	is "$1: not all was shown" "$(cmp -s "$W/shown" "$W/2MB" && echo all)" ''
	shown "$1"
	run agent aws s3 ls
	is "$1: others go on" "$status" 0
}

# ---- slow
trouble session TROUBLE_FROM=300000 TROUBLE_WRITE='slow 150'
trouble keeper TROUBLE_FROM=300000 TROUBLE_SYNC='slow 1500'
walk_start
ms run agent aws s3 ls
usual=$took
demo_ssh "$W" agent broker $big >"$W/shown" 2>"$W/big.err" </dev/null &
client=$!
large() {
	[ -n "$(find "$SPOOL" -name '*.cast' -size +700)" ]
}
demo_wait 20 large
slowest=0 beside=0
while kill -0 "$client" 2>/dev/null; do
	ms run agent aws s3 ls
	[ "$status" -eq 0 ] || break
	[ "$took" -le "$slowest" ] || slowest=$took
	beside=$((beside + 1))
done
wait "$client"
is 'slow: the session ends well' $? 0
is 'slow: others ran meanwhile' "$([ "$beside" -ge 2 ] && echo yes)" yes
if [ "$slowest" -le $((usual + 1200)) ]; then ok 'slow: and were not slower'; else
	not_ok "slow: and were not slower ($slowest ms, and $usual ms alone)"
fi
yes_ 'slow: nothing was dropped' cmp "$W/shown" "$W/2MB"
shown slow
demo_stop

# ---- writes that fail
trouble session TROUBLE_FROM=300000 TROUBLE_WRITE='fail 5'
trouble keeper
walk_start
fails 'EIO'
replay --verify "$cast" >"$W/out" 2>"$W/err"
is 'EIO: what is there is a proven prefix' $? 4
demo_stop
trouble session TROUBLE_FROM=300000 TROUBLE_WRITE='fail 122'
walk_start
before=$(events recording.reserve)
fails 'EDQUOT'
is 'EDQUOT: the reserve was given up' "$(events recording.reserve)" $((before + 1))
is 'EDQUOT: and is taken again' "$(stat -c %s "$SPOOL/../reserve")" 16777216
demo_stop
trouble session TROUBLE_FROM=300000 TROUBLE_WRITE='short 28'
walk_start
fails 'short write'
replay --verify "$cast" >"$W/out" 2>"$W/err"
is 'short write: a torn end stands outside of what is proven' $? 4
demo_stop

# ---- syncs that fail
trouble session TROUBLE_SYNC='fail 5'
walk_start
before=$(calls ListBuckets)
run agent aws s3 ls
is 'a first sync that fails: 70' "$status" 70
has 'a first sync that fails: said' "$W/err" '^broker: recording failed: sync the recording: '
is 'a first sync that fails: nothing ran' "$(calls ListBuckets)" "$before"
demo_stop
trouble session TROUBLE_FROM=300000 TROUBLE_WRITE='slow 150'
trouble keeper TROUBLE_FROM=300000 TROUBLE_SYNC='fail 5'
walk_start
before=$(events recording.recovered)
fails 'a sync for all that fails'
is 'a sync for all that fails: the recording does not count as whole' \
	"$(events recording.recovered)" $((before + 1))
replay --verify "$cast" >"$W/out" 2>"$W/err"
is 'a sync for all that fails: its end is there' $? 0
is 'a sync for all that fails: it was cut' "$(events recording.cut)" 1
demo_stop

# ---- a clock that is set
trouble keeper
trouble session TROUBLE_CLOCK=60000
walk_start
run agent aws s3 ls
is 'a clock that is set: the session goes on' "$status" 0
newest
replay --export cast "$cast" >"$W/out" 2>"$W/err"
is 'a clock that is set: one notice' \
	"$(grep -c 'notice.*clock.*was set ahead by [56][0-9][0-9][0-9][0-9] ms' "$W/out")" 1
demo_stop
walk_end
