#!/bin/sh
# Approvals by the uid of a local user, over the control socket.  Only root can be more
# than one of them.
if [ "$(id -u)" -ne 0 ] || ! id daemon >/dev/null 2>&1 || ! id bin >/dev/null 2>&1; then
	echo '1..0 # SKIP local users can be tried by root alone'
	exit 0
fi
WALK_ROOT=1
export WALK_ROOT
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
chmod 755 "$W"
walk_make
conf=$W/root/etc/broker/broker.yaml
sed -i "/^identities:/a\\
  - {name: dora, kind: human, groups: [sre], uid: $(id -u daemon)}" "$conf"
cat >"$W/root/etc/broker/policies/demo.yaml" <<'EOP'
version: 1
name: walk
rules:
  - id: by-uid
    effect: hold
    on: [exec]
    who: {group: agents}
    aws: {operations: ["s3:rm"]}
    approvers: {need: 1, from: [group:sre], auth: [uid]}
  - id: by-key
    effect: hold
    on: [exec]
    who: {group: agents}
    aws: {operations: ["s3:mb"]}
    approvers: {need: 1, from: [group:sre], auth: [key]}
  - id: cleaning
    effect: hold
    on: [shell]
    script: clean
    approvers: {need: 1, from: [group:sre], auth: [key, uid]}
EOP

# The service is nobody's.
chown -R nobody "$W/root" "$W/aws"
as() {
	_uid=$1
	shift
	setpriv --reuid="$_uid" --regid=nogroup --clear-groups "$@"
}
: >"$W/brokerd.log"
setpriv --reuid=nobody --regid=nogroup --clear-groups \
	"$W/bin/brokerd" --root "$W/root" --libexec "$W/bin" 2>>"$W/brokerd.log" </dev/null &
DEMO_PID=$!
yes_ 'the broker starts' demo_wait 20 demo_ready "$W"
echo "[127.0.0.1]:$DEMO_PORT $(cut -d' ' -f1,2 "$KEYS/host_ed25519.pub")" >"$W/known_hosts"

# says DESCRIPTION STATUS REGEX USER words…
says() {
	_d=$1 _s=$2 _r=$3 _u=$4
	shift 4
	as "$_u" "$W/bin/broker" --root "$W/root" "$@" >"$W/out" 2>"$W/err" </dev/null
	status=$?
	if [ "$status" = "$_s" ] && cat "$W/out" "$W/err" | grep -q -e "$_r"; then ok "$_d"; else
		not_ok "$_d"
		printf '# status %s, want %s and %s\n' "$status" "$_s" "$_r"
	fi
}

nobody='^broker: denied: this uid is no identity of broker.yaml'
ask agent "$W/a" aws s3 rm s3://logs/a.txt
asked "$W/a"
first=$id first_asker=$asker
ask agent "$W/b" aws s3 mb s3://by-key
asked "$W/b"
says 'a local user of the configuration is known' 0 '^dora (human)$' daemon whoami
says 'and proven by uid' 0 '^proof *uid$' daemon whoami
says 'and sees what waits' 0 "^$first\$" daemon pending
says 'programs see it, too' 0 "^{\"id\":\"$first\"" daemon --json pending
for uid in bin nobody root; do
	says "$uid is nobody: pending" 77 "$nobody" $uid pending
	says "$uid is nobody: approve" 77 "$nobody" $uid approve "$first"
done
says 'a rule that wants a key does not count a uid' 77 \
	'denied: its rule does not count you, or not by this kind of proof' daemon approve "$id"
run alice approve "$first"
is 'a rule that wants a uid does not count a key' "$status" 77
says 'a rule that wants a uid counts it' 0 "^approved $first\$" daemon approve "$first" --reason 'change 7'
wait "$first_asker"
is 'and the command runs' $? 0
has 'approved by whom' "$W/a.err" "^broker: approved $first by dora after "
says 'an approval is spent' 64 'no hold of that id is pending' daemon approve "$first"
says 'a local user may deny' 0 "^denied $id\$" daemon deny "$id" --reason no
wait "$asker"
is 'and the command ends' $? 77
says 'a verb that is none' 64 'broker: ' daemon rumble
says 'a verb of later' 64 'is not a command of this version' daemon freeze

# A script comes by the socket: its file is read by whoever sends it.
printf '#!/bin/sh\nfor i in 1 2 3; do\n\techo $i\ndone\n' >"$W/clean.sh"
chmod 644 "$W/clean.sh"
sum=$(sha256sum "$W/clean.sh" | cut -d' ' -f1)
says 'a file that is not there' 64 'No such file' daemon script add clean "$W/none"
says 'a script waits for people' 75 '^pending ' daemon script add clean "$W/clean.sh"
waiting=$(sed -n 's/^pending \(.*\)$/\1/p' "$W/out")
says 'who brings it does not approve it' 77 'you asked for it yourself' daemon approve "$waiting"
run alice script add clean
is 'over SSH there is no file to send' "$status" 64
run alice script show clean
is 'an approver reads it' "$status" 0
is 'to the byte' "$(cmp "$W/clean.sh" "$W/out" 2>&1)" ''
run alice pending
has 'and sees what is asked for' "$W/out" "script clean, sha256 $sum, "
run alice approve "$waiting"
is 'and approves it' "$status" 0
approved() { as daemon "$W/bin/broker" --root "$W/root" script list 2>/dev/null | grep -q "^approved $1 $sum, "; }
yes_ 'it is approved' demo_wait 10 approved clean
says 'once: the same text is approved already' 0 '^approved ' daemon script add clean "$W/clean.sh"
echo '# more' >>"$W/clean.sh"
says 'another is not' 75 '^pending ' daemon script add clean "$W/clean.sh"
yes_ 'and the first stays as it is' approved clean

# A configuration that makes the service's own uid somebody is none.
sed -i "s/uid: $(id -u daemon)/uid: $(id -u nobody)/" "$conf"
as nobody "$W/bin/brokerd" --root "$W/root" --libexec "$W/bin" -t >"$W/out" 2>"$W/err"
is "the service's own uid is no identity's" $? 64
has 'and the place is named' "$W/err" 'broker.yaml:[0-9]*:[0-9]*: .*a uid that is none of the service'
log_is_clean
demo_stop
is 'the proof is in the store' "$("$PYTHON3" "$W/support/store.py" \
	"$W/root/var/lib/broker/broker.db" story "$first")" \
	'hold.pending:ci-deploy hold.approved:dora hold.spent:'
walk_end
