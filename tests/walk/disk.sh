#!/bin/sh
# Full disks: under the recordings, then under the database.  Nothing that was shown is
# missing in the file, nothing runs unrecorded, and with room again all goes on.
if [ -z "${WALK_DIR:-}${DISK_NS:-}" ]; then
	export DISK_NS=1
	if [ "$(id -u)" -eq 0 ] && unshare -m true 2>/dev/null; then
		exec unshare -m sh "$0"
	elif unshare -Um -c --keep-caps true 2>/dev/null; then
		exec unshare -Um -c --keep-caps sh "$0"
	fi
	echo 'ok 1 - full disks # SKIP no file system can be mounted here'
	echo 1..1
	exit 0
fi

walk_before() {
	_uid=$(id -u)
	[ "$_uid" -ne 0 ] || _uid=$(id -u nobody)
	_state=$1/root/var/lib/broker
	mkdir -p "$_state" && small 3m "$_state" && mkdir "$_state/recordings" &&
		small 4m "$_state/recordings"
}

small() {
	mount -t tmpfs -o "size=$1,mode=0700,uid=$_uid" none "$2"
}

walk_after() {
	umount "$1/root/var/lib/broker/recordings" "$1/root/var/lib/broker"
}

. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/procs.sh"
state=$W/root/var/lib/broker

calls() {
	grep -c "\"operation\": *\"$1\"" "$W/aws/requests.log"
}

replay() {
	"$W/bin/hoop-replay" --key "$state/keys/auditor.key" --trust "$state/keys/trust" "$@" \
		>"$W/out" 2>"$W/err"
}

# What a full disk leaves to the database may last for some commands.
until_refused() {
	good=0
	while [ "$good" -lt 40 ]; do
		demo_ssh "$W" agent -S "$W/mux/s" broker aws s3 ls >"$W/out" 2>"$W/err" </dev/null
		status=$?
		[ "$status" -eq 0 ] || break
		good=$((good + 1))
	done
}

demo_aws_start "$W" && demo_make "$W" || exit 1
sed -i 's/min_free: .*/min_free: 512KiB\n  reserve: 1MiB/' "$W/root/etc/broker/broker.yaml"
demo_start "$W" || exit 1
events() {
	"$PYTHON3" "$W/support/store.py" "$state/broker.db" kinds | grep -c "^$1\$"
}
unspooled() {
	[ -z "$(ls "$state/recordings/spool")" ]
}

# ---- recordings
is 'recordings: the reserve is taken' "$(stat -c '%s %a' "$state/recordings/reserve")" '1048576 600'
demo_ssh "$W" agent broker aws s3 cp s3://big/40MB - >"$W/shown" 2>"$W/c.err" </dev/null
is 'recordings: a session that fills the disk ends with 70' $? 70
has 'recordings: and says why' "$W/c.err" '^broker: recording failed: '
lacks 'recordings: without a path of the gateway' "$W/c.err" /
if [ "$(wc -c <"$W/shown")" -gt 100000 ]; then
	ok 'recordings: it had shown something'
else
	not_ok 'recordings: it had shown something'
fi
demo_wait 10 procs_none aws
is 'recordings: the command is ended' "$(procs_of aws)" ''
demo_wait 10 procs_none session
is 'recordings: the session is ended' "$(procs_of session)" ''
demo_wait 10 unspooled
cast=$(find "$state/recordings/done" -name '*.cast' | head -n 1)
replay --verify "$cast"
is 'recordings: the reserve had room for its end' $? 0
replay --export cast -o "$W/export" "$cast"
yes_ 'recordings: all that was shown is in it' \
	"$PYTHON3" "$W/support/shown.py" "$W/shown" "$W/export"
is 'recordings: most of the reserve is given up' "$(stat -c %s "$state/recordings/reserve")" 262144
is 'recordings: and that is an event' "$(events recording.reserve)" 1

before=$(calls ListBuckets)
run agent aws s3 ls
is 'recordings: the next session is refused with 70' "$status" 70
has 'recordings: and says that nothing ran' "$W/err" \
	'^broker: failed: nothing can be recorded now, so nothing ran: t\(oo little room\|here is no reserve\)'
is 'recordings: and nothing ran' "$(calls ListBuckets)" "$before"
run agent whoami
is 'recordings: what needs none is served' "$status" 0
run agent aws s3 ls
is 'recordings: nor does another' "$status" 70
# Too little room first, perhaps, and then no reserve: what was written meanwhile decides.
"$PYTHON3" "$W/support/store.py" "$state/broker.db" details recording.blocked | sort >"$W/alarms"
has 'recordings: there was an alarm' "$W/alarms" why
is 'recordings: once for each reason' "$(uniq -d "$W/alarms")" ''

rm "$cast"
run agent aws s3 ls
is 'recordings: with room again it runs' "$status" 0
is 'recordings: nothing is left in the spool' "$(ls "$state/recordings/spool")" ''
is 'recordings: the reserve is taken again' "$(stat -c %s "$state/recordings/reserve")" 1048576
is 'recordings: and all is well' "$(events recording.unblocked)" 1

# ---- three at once: there is one reserve for all of them
reserves=$(events recording.reserve)
touch "$W/mark"
for i in 1 2 3; do
	{
		demo_ssh "$W" agent broker aws s3 cp s3://big/40MB - >"$W/shown.$i" 2>"$W/err.$i" </dev/null
		echo $? >"$W/status.$i"
	} &
	eval "client$i=\$!"
done
wait "$client1" "$client2" "$client3"
is 'three at once: each ends with 70' "$(cat "$W"/status.[123] | tr '\n' ' ')" '70 70 70 '
is 'three at once: each says why' "$(cat "$W"/err.[123] | grep -c '^broker: recording failed: ')" 3
demo_wait 10 unspooled
is 'three at once: the reserve was given up once' "$(events recording.reserve)" "$((reserves + 1))"
n=0
for cast in $(find "$state/recordings/done" -name '*.cast' -newer "$W/mark"); do
	n=$((n + 1))
	replay --verify "$cast"
	is "three at once: recording $n has its end" $? 0
	replay --export cast -o "$W/export.$n" "$cast"
done
is 'three at once: there were three' "$n" 3
for i in 1 2 3; do
	yes_ "three at once: what client $i was shown is recorded" \
		"$PYTHON3" "$W/support/shown.py" "$W/shown.$i" "$W"/export.[123]
done
find "$state/recordings/done" -name '*.cast' -newer "$W/mark" -delete
run agent aws s3 ls
is 'three at once: with room again all goes on' "$status" 0

# ---- the database: the keeper promises nothing any more, and the broker ends
before=$(calls ListBuckets)
mkdir -m 0700 "$W/mux"
demo_ssh "$W" agent -M -S "$W/mux/s" -N broker 2>"$W/mux.err" </dev/null &
mux=$!
demo_wait 10 test -S "$W/mux/s"
cat /dev/zero >"$state/filler" 2>/dev/null
until_refused
is 'database: a verdict that cannot be recorded is refused with 70' "$status" 70
has 'database: and says that nothing ran' "$W/err" '^broker: .*nothing ran$'
is 'database: and nothing ran' "$(calls ListBuckets)" "$((before + good))"
wait "$mux"
wait "$DEMO_PID"
is 'database: the broker ends with 70' $? 70
has 'database: and says why' "$W/brokerd.log" 'error: store: .*full'
rm "$state/filler"
yes_ 'database: with room again it starts' demo_start "$W"
run agent aws s3 ls
is 'database: and runs commands' "$status" 0
walk_end
