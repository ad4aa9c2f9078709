#!/bin/sh
# Checkpoints of the log leave the host: to a webhook, a bucket, a folder and syslog, the
# same note everywhere; what happens when they do not.
#
# syslog is tried by root alone, who can give brokerd a /dev/log of its own in a mount
# namespace; the machine's is not touched.
if [ "$(id -u)" -eq 0 ]; then
	WALK_ROOT=1
	export WALK_ROOT
fi
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
. "$W/procs.sh"
chmod 755 "$W"
DB=$W/root/var/lib/broker/broker.db
LOG=$W/root/var/lib/broker/log
conf=$W/root/etc/broker/broker.yaml
root=; [ "$(id -u)" -ne 0 ] || root=yes

"$PYTHON3" - "$W/support/standin-seed.json" <<'EOP' || exit 1
import json, sys
with open(sys.argv[1]) as f:
    seed = json.load(f)
seed["buckets"]["copies"] = {"region": "eu-west-1", "objects": {"herd": "zebra\n" * 100000}}
with open(sys.argv[1], "w") as f:
    json.dump(seed, f)
EOP
mkdir "$W/hook" "$W/drop"
"$PYTHON3" "$W/support/notes_standin.py" "$W/hook" "$W/hook.port" >"$W/hook.out" 2>&1 </dev/null &
hook=$!
walk_after_hook() { kill "$hook" 2>/dev/null; [ -z "${listener:-}" ] || kill "$listener" 2>/dev/null; walk_stop; }
trap walk_after_hook EXIT
demo_wait 30 test -s "$W/hook.port" || exit 1
url="https://localhost:$(cat "$W/hook.port")/in"

if [ -n "$root" ]; then
	mkdir -p "$W/dev/pts" "$W/dev/shm"
	"$PYTHON3" - "$W/dev/log" "$W/syslog" <<'EOP' &
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
with open(sys.argv[2], "wb", buffering=0) as f:
    while True:
        f.write(s.recv(65536) + b"\n")
EOP
	listener=$!
	demo_wait 10 test -S "$W/dev/log"
fi

walk_make
sed -i 's#- "arn:aws:s3:::big/\*"#&#; s#"arn:aws:s3:::big/\*"#"arn:aws:s3:::big/*", "arn:aws:s3:::copies/*"#' \
	"$W/root/etc/broker/policies/demo.yaml"
sed -i "/^recording:/a\\
  checkpoint_ca: $W/hook/ca.pem\\
  checkpoint_to: [\"$url\", \"s3://copies/log/?region=eu-west-1\", \"file://$W/drop\"${root:+, \"syslog:\"}]" "$conf"
if [ -n "$root" ]; then
	chown -R nobody "$W/root" "$W/aws" "$W/drop" "$W/hook"
fi
reader() { if [ -n "$root" ]; then setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"; else "$@"; fi; }
start() {
	if [ -z "$root" ]; then
		walk_start
		return
	fi
	: >"$W/brokerd.log"
	unshare -m sh -c '
		mount --make-rprivate / || exit 1
		for d in null zero full random urandom tty; do
			: >>"$1/dev/$d" && mount --bind "/dev/$d" "$1/dev/$d" || exit 1
		done
		mount --rbind /dev/pts "$1/dev/pts" && mount --rbind "$1/dev" /dev || exit 1
		exec setpriv --reuid=nobody --regid=nogroup --clear-groups \
			"$1/bin/brokerd" --root "$1/root" --libexec "$1/bin"' sh "$W" 2>>"$W/brokerd.log" </dev/null &
	DEMO_PID=$!
	demo_wait 20 demo_ready "$W" || { cat "$W/brokerd.log"; exit 1; }
	echo "[127.0.0.1]:$DEMO_PORT $(cut -d' ' -f1,2 "$KEYS/host_ed25519.pub")" >"$W/known_hosts"
}
size_of() { sed -n 2p "$1"; }
last_note() { ls "$W"/hook/note.* 2>/dev/null | sort -t. -k2 -n | tail -n 1; }
# The webhook has the keeper's newest note.
is_out() { [ -n "$(last_note)" ] && cmp -s "$(last_note)" "$LOG/checkpoint"; }

start
yes_ 'the first checkpoint goes out by itself' demo_wait 20 is_out
run agent aws s3 ls
is 'a command runs' "$status" 0
closed() { [ -n "$(demo_recording "$W")" ]; }
demo_wait 20 closed
yes_ 'and the log of its recording goes out' demo_wait 20 is_out
cp "$LOG/checkpoint" "$W/note"
size=$(size_of "$W/note")
has 'it is a signed note of this broker' "$W/note" '^demo$'
is 'a note has five lines' "$(wc -l <"$W/note")" 5
head=$(last_note | sed 's/note\.\([0-9]*\)$/head.\1/')
has 'posted as text' "$head" '^[Cc]ontent-[Tt]ype: text/plain; charset=utf-8$'
has 'that says whose it is' "$head" '^[Xx]-[Bb]roker-[Oo]rigin: demo$'
has 'to the path that was named' "$head" '^POST /in$'
dropped() { cmp -s "$W/drop/demo.checkpoint" "$W/note"; }
yes_ 'the folder has the same' demo_wait 10 dropped
key=log/demo/$(printf %012d "$size").checkpoint
stored() { grep '"operation": "PutObject"' "$W/aws/requests.log" | grep -q "$key"; }
yes_ 'the bucket has an object of its own for it' demo_wait 10 stored
run agent aws s3 cp "s3://copies/$key" -
is 'which is the same' "$(sum_of <"$W/out")" "$(sum_of <"$W/note")"
if [ -n "$root" ]; then
	sed -n "s/.*checkpoint of demo: $size leaves, note \([A-Za-z0-9+\/=]*\)\$/\1/p" "$W/syslog" | head -n 1 | base64 -d >"$W/out"
	is 'syslog has it in one line' "$(sum_of <"$W/out")" "$(sum_of <"$W/note")"
	is 'each line is plain' "$(LC_ALL=C grep -c '[^ -~]' "$W/syslog")" 0
else
	ok 'syslog has it in one line # SKIP only root can give brokerd a /dev/log'
	ok 'each line is plain # SKIP only root can give brokerd a /dev/log'
fi

# ---- nobody takes it
demo_stop
sed -i -e "s#^  checkpoint_to: .*#  checkpoint_to: [\"$url\"]\\n  checkpoint_age: 10s\\n  durability: strict#" "$conf"
touch "$W/hook/down"
start
noted() {
	reader "$PYTHON3" "$W/support/store.py" "$DB" details "$1" >"$W/out" 2>/dev/null
	grep -q "\"to\": *\"$url\"" "$W/out"
}
run agent aws s3 ls
is 'a session runs while the age is not reached' "$status" 0
yes_ 'an event says that checkpoints do not get out' demo_wait 30 noted checkpoint.unpublished
has 'and why' "$W/out" 'HTTP 503'
refused() {
	run agent aws s3 ls
	[ "$status" = 70 ]
}
yes_ 'with durability strict nothing starts after a while' demo_wait 60 refused
has 'and says so' "$W/err" '^broker: failed: the log.s checkpoints do not leave this host, so nothing ran$'
rm "$W/hook/down"
yes_ 'an event says when they do again' demo_wait 90 noted checkpoint.published
yes_ 'it is the newest that has come' demo_wait 20 is_out
run agent aws s3 ls
is 'and sessions start again' "$status" 0

# ---- strict: what is shown is on the disk by then
# unsynced FILE: how many frames a session sent to its client while a line of its
# recording was written and not synced; and how many lines and syncs there were.
unsynced() {
	awk '/write\([0-9]+<[^>]*\.cast>, "\[[0-9]+, \\"E/ { lines++; dirty = 1 }
		/fdatasync\([0-9]+<[^>]*\.cast>/ { syncs++; dirty = 0 }
		/sendmsg\(/ && /zebra/ { shown++; early += dirty }
		END { print early + 0, (lines > 9 && syncs > 3 && shown > 3) ? "traced" : "blind" }' "$1"
}
if [ -n "$root" ] && command -v strace >/dev/null; then
	strace -f -y -s 65536 -e trace=write,fdatasync,sendmsg -o "$W/trace" \
		-p "$(procs_of nursery)" 2>"$W/strace.err" &
	tracer=$!
	attached() { grep -q attached "$W/strace.err"; }
	demo_wait 20 attached
	run agent aws s3 cp s3://copies/herd -
	is 'a command shows much with durability strict' "$status $(grep -c zebra "$W/out")" '0 100000'
	kill "$tracer" && wait "$tracer" 2>/dev/null
	is 'each line was synced before it was shown' "$(unsynced "$W/trace")" '0 traced'
else
	ok 'a command shows much with durability strict # SKIP root and strace'
	ok 'each line was synced before it was shown # SKIP root and strace'
fi

# ---- what only a new start changes
sed -i "s#^  checkpoint_to: .*#  checkpoint_to: [\"https://localhost:1/other\"]#" "$conf"
kill -HUP "$DEMO_PID"
said() { grep -q 'recording.checkpoint_to: a change of this key needs a new start' "$W/brokerd.log"; }
yes_ 'a reload does not turn checkpoints elsewhere' demo_wait 10 said
walk_end
