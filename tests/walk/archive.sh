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
archive_to "  segment: 1MiB"
walk_make
walk_policy
walk_start
DONE=$W/root/var/lib/broker/recordings/done
BUCKET=$W/bucket/rec

# again MORE [RECORDING]: the broker anew, with these lines below archive and recording.
again() {
	demo_stop
	archive_to "$1"
	DEMO_RECORDING=${2:-}
	demo_config "$W" >"$W/root/etc/broker/broker.yaml"
	demo_start "$W" >"$W/out" 2>&1 || not_ok 'the broker starts again'
}
# event KIND: how many of them there are.
event() { store "SELECT count(*) FROM events WHERE kind = '$1'"; }
waits_for_event() { [ "$(event "$1")" -ge "$2" ]; }
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
is 'and says so' "$(event recording.archived)" 1

# ---- a session that is under way goes in pieces ----
: >"$W/go"
$ssh_agent broker aws s3 cp s3://big/40MB - 2>"$W/err" | {
	while [ -f "$W/go" ]; do sleep 0.1; done
	cat >"$W/out"
} &
client=$!
live() { ls "$W"/bucket/rec/*/000002.seg >/dev/null 2>&1; }
yes_ 'a session that runs is sent in pieces' demo_wait 30 live
is 'while it is not closed' "$(find "$SPOOL" -name '*.cast' | wc -l)" 1
rm -f "$W/go"
wait "$client"
is 'it goes on to its end' "$(wc -c <"$W/out")" 41943040
sid=$(newest)
yes_ 'all of it arrives' demo_wait 60 arrived "$sid.proof"
yes_ 'and put together it is the file, byte for byte' whole "$sid"
lines() {
	for _f in "$BUCKET/$1"/*.seg; do
		[ "$(tail -c 1 "$_f" | od -An -tx1 | tr -d ' ')" = 0a ] || return 1
	done
}
yes_ 'each piece ends with a line' lines "$sid"
is 'no piece is longer than it may be' "$(find "$BUCKET/$sid" -size +1048576c)" ''
cat "$BUCKET/$sid"/*.seg >"$W/joined.cast"
yes_ 'hoop-replay proves what came back from the bucket' \
	replay --verify --proof "$BUCKET/$sid.proof" "$W/joined.cast"
rm -f "$W/joined.cast"

# ---- killed in the middle ----
echo hang >"$W/trouble"
for _i in 1 2 3; do run agent aws s3 ls s3://logs/; done
sleep 1.5
kill -9 "$DEMO_PID"
wait "$DEMO_PID" 2>/dev/null
: >"$W/trouble"
before=$(wc -l <"$W/bucket.log")
again '  segment: 1MiB'
all_there() {
	for _c in "$DONE"/*.cast; do
		whole "$(basename "$_c" .cast)" && arrived "$(basename "$_c" .cast).proof" || return 1
	done
}
yes_ 'killed while it sent, it goes on after a start' demo_wait 30 all_there
is 'three recordings and their proofs, no more' "$(($(wc -l <"$W/bucket.log") - before))" 6
is 'nothing that stood there was changed' "$(grep -c '"changed": true' "$W/bucket.log")" 0
is 'nothing was asked of the bucket but puts' \
	"$(grep -c '"resource": "vault-a.*"operation": "?"' "$W/aws/requests.log")" 0

# ---- answers that are no good ----
for word in 'checksum 1' 'silent 1' '503 2' '403 1'; do
	echo "$word" >"$W/trouble"
	run agent aws s3 ls s3://logs/
	sid=$(newest)
	demo_wait 30 arrived "$sid.proof"
	_n=$(sent "rec/$sid.cast" count)
	case $word in 503* | 403*) _want=1 ;; *) _want=2 ;; esac
	is "after \"$word\" it was stored so often" "$_n" "$_want"
	is 'with the same bytes' "$(whole "$sid" && grep -c '"changed": true' "$W/bucket.log")" 0
done
is 'each trouble was told of' "$(event archive.failed)" 4
is 'and its end' "$(event archive.recovered)" 4
# Stored, and the answer is lost; libcurl tries by itself where it had used a connection.
echo 'cut 2' >"$W/trouble"
run agent aws s3 ls s3://logs/
sid=$(newest)
yes_ 'an answer that is lost ends well' demo_wait 30 arrived "$sid.proof"
is 'with the same bytes once more' "$(grep -c '"changed": true' "$W/bucket.log")" 0

# ---- the bucket is away ----
again '  max_bytes: 30KiB'
echo down >"$W/trouble"
run agent aws s3 ls s3://logs/
is 'with the bucket away commands run' "$status" 0
sid=$(newest)
yes_ 'that it is away is told of' demo_wait 10 waits_for_event archive.failed $(($(event archive.recovered) + 1))
refused=
for _i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	run agent aws s3 ls s3://logs/
	[ "$status" = 0 ] || { refused=$status && break; }
done
is 'until too much waits' "$refused" 70
has 'which the client hears' "$W/err" 'the archive is behind: [0-9]* KiB of recordings wait for it, 30 KiB may'
: >"$W/trouble"
yes_ 'once it is back all is sent' demo_wait 60 all_there
run agent aws s3 ls s3://logs/
is 'and commands run again' "$status" 0
again '  max_age: 2s'
echo down >"$W/trouble"
run agent aws s3 ls s3://logs/
sleep 3.2
run agent aws s3 ls s3://logs/
is 'nor for too long' "$status" 70
has 'which the client hears, too' "$W/err" 'a recording has been waiting for it for [0-9]* s, 2 s may'
: >"$W/trouble"
demo_wait 60 all_there

# ---- locks, and a role that may do little ----
again '  role: "arn:aws:iam::111122223333:role/broker"' '  class: std
  classes:
    std: {keep: 400d, lock: compliance}'
run agent aws s3 ls s3://logs/
sid=$(newest)
yes_ 'with a lock it arrives' demo_wait 30 arrived "$sid.cast" "$sid.proof"
is 'its mode' "$(sent "rec/$sid.cast" x-amz-object-lock-mode)" COMPLIANCE
is "the proof's, too" "$(sent "rec/$sid.proof" x-amz-object-lock-mode)" COMPLIANCE
is 'until its time is up' "$(sent "rec/$sid.cast" x-amz-object-lock-retain-until-date | cut -c1-10)" \
	"$(date -u -d '+400 days' +%Y-%m-%d)"
is 'sent by the role' "$(sent "rec/$sid.cast" role)" arn:aws:iam::111122223333:role/broker
has 'whose session policy allows two things there' "$W/aws/requests.log" \
	'\[\\"s3:PutObject\\",\\"s3:PutObjectRetention\\"\],\\"Resource\\":\\"arn:aws:s3:::vault-a/rec/\*'
is 'the class stands in the store' \
	"$(store "SELECT class, keep_s FROM recordings ORDER BY opened_ms DESC LIMIT 1")" 'std|34560000'

# ---- what it was opened under stays ----
echo hang >"$W/trouble"
run agent aws s3 ls s3://logs/
sid=$(newest)
again ''
: >"$W/trouble"
yes_ 'one whose class has gone meanwhile arrives' demo_wait 60 arrived "$sid.cast" "$sid.proof"
is 'with the lock that it was opened under' "$(sent "rec/$sid.cast" x-amz-object-lock-mode)" COMPLIANCE
is 'its proof, too' "$(sent "rec/$sid.proof" x-amz-object-lock-mode)" COMPLIANCE
walk_end
