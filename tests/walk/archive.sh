#!/bin/sh
# Recordings go to a bucket, whatever happens on the way, and come to their end there and
# here: sent, interrupted, locked, bounded, expired, shredded.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"

DEMO_AWS_PROGRAM=s3_standin.py
DEMO_AWS_WORDS="--archive vault-a --objects $W/bucket --trouble $W/trouble"
archive_to() {
	DEMO_MORE="archive:
  bucket: vault-a
  region: eu-west-1
  prefix: rec/
  every: 1s
$1"
}
archive_to "  segment: 64KiB"
walk_make
walk_policy
walk_start
DONE=$W/root/var/lib/broker/recordings/done
BUCKET=$W/bucket/rec

# newest: the id of the last recording.
newest() { basename "$(demo_recording "$W")" .cast; }
# arrived KEY…: all of them are in the bucket.
arrived() {
	for _k; do [ -f "$BUCKET/$_k" ] || return 1; done
}
# whole SID: its pieces, put together, are the file.
whole() {
	if [ -f "$BUCKET/$1.cast" ]; then
		cmp -s "$BUCKET/$1.cast" "$DONE/$1.cast"
	else
		cat "$BUCKET/$1"/*.seg 2>/dev/null | cmp -s - "$DONE/$1.cast"
	fi
}
# sent KEY NAME: a header that it was sent with, the last time.
sent() {
	"$PYTHON3" -c '
import json, sys
rows = [json.loads(l) for l in open(sys.argv[1])]
rows = [r for r in rows if r["key"] == sys.argv[2]]
print(len(rows) if sys.argv[3] == "count" else
      (rows[-1].get(sys.argv[3]) or rows[-1]["headers"].get(sys.argv[3])) if rows else None)
' "$W/bucket.log" "$1" "$2"
}
broker() { "$W/bin/broker" --root "$W/root" "$@" >"$W/out" 2>"$W/err" </dev/null; status=$?; }
# store SQL
store() { "$PYTHON3" -c '
import sqlite3, sys
for row in sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True).execute(sys.argv[2]):
    print("|".join(str(x) for x in row))
' "$W/root/var/lib/broker/broker.db" "$1"; }

# ---- a recording is sent ----
run agent aws s3 ls s3://logs/
sid=$(newest)
yes_ 'a closed recording arrives' demo_wait 15 arrived "$sid.cast"
yes_ 'byte for byte' whole "$sid"
yes_ 'and its proof' demo_wait 15 arrived "$sid.proof"
is 'the proof, byte for byte' "$(cmp "$BUCKET/$sid.proof" "$DONE/$sid.proof" && echo same)" same
is 'once' "$(sent "rec/$sid.cast" count)" 1
is 'without a lock' "$(sent "rec/$sid.cast" x-amz-object-lock-mode)" None
is 'the store knows' "$(store "SELECT ship, shipped > 0, parts FROM recordings")" '2|1|0'
walk_end
