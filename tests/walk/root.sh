#!/bin/sh
# brokerd started as root: each process under a uid of its own, none stays root, files and
# folders belong to whom they must, and a command reaches none of them.
. "${top_srcdir:-.}/tests/walk/asroot.sh"
state=$W/root/var/lib/broker

demo_aws_start "$W" && demo_make "$W" || exit 1

"$W/bin/brokerd" -t --root "$W/root" >"$W/out" 2>"$W/err"
is 'without its users brokerd refuses with 64' $? 64
has 'and names one' "$W/err" 'needs the system user broker '
asroot_users
yes_ '-t passes' "$W/bin/brokerd" -t --root "$W/root"
yes_ 'started as root it serves' demo_start "$W"
[ "$walk_bad" -eq 0 ] || walk_end

# ---- a command, and under whom all of it runs
demo_ssh "$W" agent broker aws s3 rm s3://logs/a.txt >"$W/held.out" 2>"$W/held.err" </dev/null &
held=$!
demo_wait 10 grep -q 'approver runs' "$W/held.err"
launch=$(procs_of launch)
mkfifo "$W/pipe"
{
	head -c 1000000
	demo_wait 30 test -e "$W/go"
	cat
} <"$W/pipe" | wc -c >"$W/count" &
reader=$!
demo_ssh "$W" agent broker aws s3 cp s3://big/40MB - >"$W/pipe" 2>"$W/err" </dev/null &
client=$!
demo_wait 20 procs_has aws
# Real, effective, saved and file-system uid of all processes of a kind.
who() {
	for _p in $(procs_of "$1"); do
		awk '/^Uid:/ { print $2, $3, $4, $5 }' "/proc/$_p/status"
	done | tr ' ' '\n' | sort -u
}
for row in brokerd:broker keeper:broker-keep listener:broker-front front:broker-front \
	nursery:broker-run session:broker-run launch:broker-launch aws:broker-aws; do
	is "${row%:*} runs as ${row#*:} alone" "$(who "${row%:*}")" "$(id -u "${row#*:}")"
done
for p in brokerd keeper listener front nursery session aws; do
	is "$p has no rights of root's" \
		"$(awk '/^Cap(Inh|Prm|Eff|Amb):/ { print $2 }' "/proc/$(procs_of $p | head -n 1)/status" | sort -u)" \
		0000000000000000
done
# CAP_KILL, CAP_SETGID, CAP_SETUID
is 'launch has three' "$(awk '/^CapPrm:/ { print $2 }' "/proc/$launch/status")" 00000000000000e0
touch "$W/go"
wait "$client"
is 'the command ends well' $? 0
wait "$reader"
is 'and every byte is there' "$(tr -d ' ' <"$W/count")" 41943040

# ---- approval, recording
id=$(sed -n 's/.*broker approve \([0-9A-Z-]*\)$/\1/p' "$W/held.err")
run alice approve "$id"
is 'an approver approves' "$status" 0
wait "$held"
is 'and the held command runs' $? 0
demo_wait 5 test -n "$(demo_recording "$W")"
"$W/bin/hoop-replay" --key "$state/keys/auditor.key" --trust "$state/keys/trust" --verify \
	"$(demo_recording "$W")" >"$W/out" 2>"$W/err"
is 'its recording verifies' $? 0

# ---- owners and modes
while read -r path want; do
	is "$path is $want" "$(stat -c '%U:%G %a' "$W/root/$path")" "$want"
done <<EOT
var/lib/broker root:broker-keep 1775
var/lib/broker/keys root:root 755
var/lib/broker/keys/device.key broker-keep:broker-keep 600
var/lib/broker/keys/host_ed25519 root:root 600
var/lib/broker/broker.db broker-keep:broker-keep 600
var/lib/broker/recordings broker-keep:broker-keep 700
var/lib/broker/recordings/done broker-keep:broker-keep 700
run/broker root:root 755
run/broker/empty root:root 555
EOT
is 'recordings are the keeper'"'"'s, and closed' \
	"$(stat -c '%U %a' "$(demo_recording "$W")")" 'broker-keep 600'

# ---- what the command's uid can reach
reach() {
	! setpriv --reuid=broker-aws --regid=broker-aws --clear-groups "$@" >"$W/out" 2>"$W/err"
}
for f in keys/device.key keys/host_ed25519 keys/auditor.key broker.db recordings/done; do
	yes_ "a command cannot read $f" reach cat "$state/$f"
done
yes_ 'nor the gateway'"'"'s credentials' reach cat "$W/aws/credentials"
yes_ 'nor list recordings' reach ls "$state/recordings"
yes_ 'nor put a file beside the keys' reach touch "$state/keys/x"
yes_ 'nor beside the database' reach touch "$state/x"
yes_ 'nor into its home' reach touch "$W/root/run/broker/empty/x"
yes_ 'nor signal the broker' reach kill -0 "$DEMO_PID"
setpriv --reuid=broker-aws --regid=broker-aws --clear-groups \
	"$W/bin/broker" --root "$W/root" pending >"$W/out" 2>"$W/err"
is 'nor ask for anything on the control socket' $? 77
has 'where it is told so' "$W/err" '^broker: denied: '

# ---- ends and starts
kill -HUP "$DEMO_PID"
demo_wait 5 grep -q 'brokerd.*: reloaded' "$W/brokerd.log"
has 'a reload works' "$W/brokerd.log" ': reloaded$'
demo_ssh "$W" agent broker aws s3 cp s3://big/1GiB - 2>"$W/err" </dev/null >/dev/null &
client=$!
demo_wait 20 procs_has aws
procs_note "$W/before"
kill -9 "$(procs_of aws)"
wait "$client"
is 'a command that is killed ends its session' $? 255
walk_log_clean '^$'
for victim in brokerd keeper launch nursery listener; do
	demo_ssh "$W" agent broker aws s3 cp s3://big/1GiB - 2>"$W/err" </dev/null >/dev/null &
	client=$!
	demo_wait 20 procs_has aws
	procs_note "$W/before"
	kill -9 "$(procs_of $victim)"
	wait "$client"
	is "$victim killed: the client gets 70" $? 70
	demo_wait 15 procs_gone "$W/before"
	is "$victim killed: nothing runs on" "$(procs_left "$W/before")" ''
	wait "$DEMO_PID"
	yes_ "$victim killed: it starts again" demo_start "$W"
done
run agent aws s3 ls
is 'and serves' "$status" 0
procs_note "$W/before"
demo_stop
is 'told to end it ends with 0' $? 0
demo_wait 5 procs_gone "$W/before"
is 'with all its processes' "$(procs_left "$W/before")" ''
walk_log_clean '^$'
walk_end
