#!/bin/sh
# Who has the storage is the enemy: recordings are swapped, replaced, planted and deleted, the
# log and the database taken back to an earlier day.  The broker refuses or goes on, but never
# hangs; and whoever has a key to trust and a checkpoint from outside finds out.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/procs.sh"
. "$W/users.sh"
mkdir -m 755 "$W/outside"
DEMO_RECORDING="  checkpoint_to: [\"file://$W/outside\"]"
state=$W/root/var/lib/broker
recordings=$state/recordings

# all [--checkpoint FILE]: the verdict on everything.
all() {
	timeout 60 "$W/bin/hoop-replay" --trust "$W/trust" --verify --all "$recordings" \
		--log "$state/log" "$@" >"$W/out" 2>"$W/err" </dev/null
	status=$?
}
keep() { cp -pR "$state" "$W/$1"; }
# restore DAY [PART]: all of it, or only that.
restore() {
	if [ $# -eq 1 ]; then
		rm -rf "$state" && cp -pR "$W/$1" "$state"
	else
		rm -rf "${state:?}/$2" && cp -pR "$W/$1/$2" "$state/$2"
	fi
}
# One way or the other, but soon: $started.
start() {
	: >"$W/brokerd.log"
	timeout 20 "$W/bin/brokerd" --root "$W/root" --libexec "$W/bin" 2>"$W/brokerd.log" </dev/null &
	DEMO_PID=$!
	started=no
	demo_wait 15 over_or_ready
	demo_ready "$W" && started=yes
}
over_or_ready() {
	demo_ready "$W" || ! kill -0 "$DEMO_PID"
}
# refused DESCRIPTION REGEX
refused() {
	start
	is "$1: it does not start" "$started" no
	wait "$DEMO_PID"
	is "$1: and ends with 70" $? 70
	has "$1: and says why" "$W/brokerd.log" "$2"
	DEMO_PID=
}

walk_make
walk_policy
cp "$KEYS/trust" "$W/trust"
walk_start
run agent aws s3 ls
run agent aws s3 ls s3://logs/
demo_stop
keep day1

walk_start
run agent aws s3 ls
run agent aws s3 ls s3://logs/2026/
demo_stop
keep day2
newest=$W/day2/log/checkpoint
all
is 'all is well' "$status" 0
has 'with four recordings' "$W/out" '4 recordings, 4 whole'

# ---- files
set -- "$recordings"/done/*.cast
a=$1 b=$2 c=$3
mv "$a" "$W/a" && mv "$b" "$a" && mv "$W/a" "$b"
all
is 'two swapped names are found' "$status" 7
restore day2 recordings
rm "$c" "${c%.cast}.proof"
all
is 'one that is deleted is found' "$status" 7
has 'and named' "$W/out" "$(basename "$c"): missing"
restore day2 recordings
cp "$a" "$c"
all
is 'another in its place is found' "$status" 7
restore day2 recordings
"$PYTHON3" - "$state/broker.db" "$(basename "$c" .cast)" <<'EOP'
import sqlite3, sys, uuid
db = sqlite3.connect(sys.argv[1])
for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
    db.execute('DROP TRIGGER "%s"' % name)
db.execute("DELETE FROM recordings WHERE sid = ?", (uuid.UUID(sys.argv[2]).bytes,))
db.commit()
EOP
rm "$c" "${c%.cast}.proof"
all
is 'one deleted with its row is found' "$status" 7
restore day2

# ---- an earlier day
restore day1 log
refused 'an older log' 'the store knows recording .* and the log has no OPEN of it'
restore day2
restore day1
all
is 'a host that is as it was yesterday looks well in itself' "$status" 0
all --checkpoint "$newest"
is 'but not beside a checkpoint from outside' "$status" 7
start
is 'it starts so' "$started" yes
run agent aws s3 ls
run agent aws s3 ls s3://logs/
run agent aws s3 ls s3://logs/2026/
demo_stop
cp "$W/day2/log/checkpoint" "$W/checkpoint"
all --checkpoint "$W/checkpoint"
is 'nor when it has gone on since' "$status" 7
restore day2

# ---- planted files, at a start
sid=01990000-0000-7000-8000-00000000000
spool=$recordings/spool
echo 'no recording' >"$spool/${sid}1.cast"
cp "$a" "$spool/${sid}2.cast"
truncate -s 1T "$spool/${sid}3.cast"
cp "$a" "$spool/$(basename "$a")"
: >"$spool/${sid}4.cast"
echo x >"$spool/x.cast"
start
is 'garbage in spool: it starts' "$started" yes
run agent aws s3 ls
is 'garbage in spool: and serves' "$status" 0
demo_stop
all
is 'garbage in spool: it is no recording of ours' "$status" 3
restore day2
for what in fifo link folder; do
	case $what in
	fifo) mkfifo "$spool/${sid}5.cast" ;;
	link) ln -s /dev/zero "$spool/${sid}5.cast" ;;
	folder) mkdir "$spool/${sid}5.cast" ;;
	esac
	start
	is "a $what in spool: it starts" "$started" yes
	has "a $what in spool: and says so" "$W/brokerd.log" 'spool: .* is no plain file'
	demo_stop
	rm -rf "$spool/${sid}5.cast"
done
restore day2
for f in "$recordings"/done/*.proof; do
	rm "$f" && mkfifo "$f"
done
rm "$a" && mkfifo "$a"
rm "$b" && ln -s /dev/zero "$b"
start
is 'odd files in done: it starts' "$started" yes
run agent aws s3 ls
is 'odd files in done: and serves' "$status" 0
demo_stop
all
is 'odd files in done: are found' "$([ "$status" -ne 0 ] && [ "$status" -lt 124 ] && echo yes)" yes
restore day2

# ---- the log's own files: never a hang
for f in entries frontier checkpoint; do
	for what in fifo link; do
		rm "$state/log/$f"
		if [ "$what" = fifo ]; then mkfifo "$state/log/$f"; else ln -s /dev/zero "$state/log/$f"; fi
		if [ "$f" != frontier ]; then
			all
			is "log/$f is a $what: no proof" "$([ "$status" -ge 2 ] && [ "$status" -le 7 ] && echo yes)" yes
		fi
		start
		case $f,$started in
		frontier,yes) ok "log/$f is a $what: it is made anew" && demo_stop ;;
		*,no) wait "$DEMO_PID"; is "log/$f is a $what: no start" $? 70 ;;
		*) not_ok "log/$f is a $what: no start, and no hang" && demo_stop ;;
		esac
		restore day2
	done
done

# ---- planted files, while a session runs
walk_start
lost() {
	"$PYTHON3" "$W/support/store.py" "$state/broker.db" kinds | grep -c '^recording.lost$'
}
begin() {
	rm -f "$W/pipe" && mkfifo "$W/pipe"
	demo_ssh "$W" agent broker aws s3 cp s3://big/40MB - >"$W/pipe" 2>"$W/c.err" </dev/null &
	ssh=$!
	exec 7<"$W/pipe"
	head -c 65536 <&7 >"$W/shown"
	live=$(find "$spool" -name "*.cast" | sort | tail -n 1)
}
finish() {
	cat <&7 >>"$W/shown"
	exec 7<&-
	wait "$ssh"
	status=$?
}
begin
cp "$a" "$W/planted" && mv "$W/planted" "$live"
finish
is 'replaced while it is written: 70' "$status" 70
run agent aws s3 ls
is 'replaced while it is written: others go on' "$status" 0
is 'replaced while it is written: it counts as lost' "$(lost)" 1
begin
: >"$recordings/done/$(basename "$live")"
finish
is 'its name in done is taken: that is put aside' "$status" 0
has 'its name in done is taken: and said' "$W/brokerd.log" 'was there before its recording ended'
replay --verify "$recordings/done/$(basename "$live")" >"$W/out" 2>"$W/err"
is 'its name in done is taken: the recording is whole' $? 0
begin
rm "$live"
finish
is 'removed while it is written: 70' "$status" 70
run agent aws s3 ls
is 'removed while it is written: others go on' "$status" 0
is 'removed while it is written: it counts as lost' "$(lost)" 2
begin
truncate -s 3000 "$live"
finish
is 'cut while it is written: 70' "$status" 70
run agent aws s3 ls
is 'cut while it is written: others go on' "$status" 0
demo_stop
all
is 'none of them counts as whole' "$status" 3
start
is 'and the next start is clean' "$started" yes
demo_stop
walk_end
