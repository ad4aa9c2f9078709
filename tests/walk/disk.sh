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
sed -i 's/min_free: .*/min_free: 512KiB/' "$W/root/etc/broker/broker.yaml"
demo_start "$W" || exit 1

# ---- recordings
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
cast=$(find "$state/recordings" -name '*.cast' | head -n 1)
replay --verify "$cast"
is 'recordings: what is there is a proven prefix' $? 4
replay --export cast -o "$W/export" "$cast"
yes_ 'recordings: all that was shown is in it' \
	"$PYTHON3" "$W/support/shown.py" "$W/shown" "$W/export"

before=$(calls ListBuckets)
run agent aws s3 ls
is 'recordings: the next session is refused with 70' "$status" 70
has 'recordings: and says that nothing ran' "$W/err" \
	'^broker: failed: nothing can be recorded now, so nothing ran$'
is 'recordings: and nothing ran' "$(calls ListBuckets)" "$before"
run agent whoami
is 'recordings: what needs none is served' "$status" 0

rm "$cast"
run agent aws s3 ls
is 'recordings: with room again it runs' "$status" 0
is 'recordings: nothing is left in the spool' "$(ls "$state/recordings/spool")" ''

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
