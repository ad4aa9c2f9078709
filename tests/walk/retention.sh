#!/bin/sh
# The end of recordings: they expire, and shred keys are destroyed, by who has the right to;
# the log says why a file is missing.  The control socket tells people by their uid, so
# only root can try it.
if [ "$(id -u)" -ne 0 ] || ! id daemon >/dev/null 2>&1 || ! id bin >/dev/null 2>&1; then
	echo '1..0 # SKIP local users can be tried by root alone'
	exit 0
fi
WALK_ROOT=1
export WALK_ROOT
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
chmod 755 "$W"
DEMO_AWS_PROGRAM=s3_standin.py
DEMO_AWS_WORDS="--archive vault-a --objects $W/bucket --trouble $W/trouble"
DEMO_MORE='archive: {bucket: vault-a, region: eu-west-1, every: 1s}'
classes() {
	DEMO_RECORDING="  class: $1
  classes:
    short: {keep: 3s}
    secret: {keep: 30d, shred: true}
    both: {keep: 3s, shred: true, lock: none}
    ever: {}"
}
conf=$W/root/etc/broker/broker.yaml
# configure CLASS: and who is who by uid.
configure() {
	classes "$1"
	demo_config "$W" >"$conf"
	sed -i "/^identities:/a\\
  - {name: dora, kind: human, groups: [keepers], uid: $(id -u daemon)}\\
  - {name: otto, kind: human, groups: [sre], uid: $(id -u bin)}" "$conf"
	sed -i 's/^rights:/&\n  archive: ["group:keepers"]/' "$conf"
}
classes ever
walk_make
walk_policy
configure ever
# The service is nobody's.
chown -R nobody "$W/root" "$W/aws"
as() {
	_uid=$1
	shift
	setpriv --reuid="$_uid" --regid=nogroup --clear-groups "$@"
}
start() {
	: >"$W/brokerd.log"
	setpriv --reuid=nobody --regid=nogroup --clear-groups \
		"$W/bin/brokerd" --root "$W/root" --libexec "$W/bin" 2>>"$W/brokerd.log" </dev/null &
	DEMO_PID=$!
	demo_wait 20 demo_ready "$W"
	echo "[127.0.0.1]:$DEMO_PORT $(cut -d' ' -f1,2 "$KEYS/host_ed25519.pub")" >"$W/known_hosts"
}
again() {
	demo_stop
	configure "$1"
	start || cat "$W/brokerd.log"
}
yes_ 'the broker starts' start
RECORDINGS=$W/root/var/lib/broker/recordings
newest() { basename "$(demo_recording "$W")" .cast; }
arrived() { [ -f "$W/bucket/$1" ]; }
# broker USER words…
broker() {
	_u=$1
	shift
	as "$_u" "$W/bin/broker" --root "$W/root" "$@" >"$W/out" 2>"$W/err" </dev/null
	status=$?
}
store() { "$PYTHON3" -c '
import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]):
    print("|".join(str(x) for x in row))
' "$W/root/var/lib/broker/broker.db" "$1"; }
# An investigator has copies.
mkdir "$W/mine" && cp "$KEYS/auditor.key" "$KEYS/trust" "$W/mine/" && chmod 600 "$W/mine/auditor.key"
prove() {
	"$W/bin/hoop-replay" --key "$W/mine/auditor.key" --trust "$W/mine/trust" --verify "$@" \
		>"$W/out" 2>"$W/err" </dev/null
	status=$?
}

# leaves SID: the types of its leaves in the log, in order.
leaves() { "$PYTHON3" -c '
import sys, uuid
data, types = open(sys.argv[1], "rb").read(), []
while data:
    n = int.from_bytes(data[:2], "little")
    leaf, data = data[2:2 + n], data[2 + n:]
    if leaf[16:32] == uuid.UUID(sys.argv[2]).bytes:
        types.append(str(leaf[0]))
print(" ".join(types))
' "$W/root/var/lib/broker/log/entries" "$1"; }

# ---- who may ----
run alice archive status
is 'nobody does it over SSH' "$status" 77
broker bin archive run
is 'nor without the right' "$status" 77
has 'and hears why' "$W/err" 'you have no right to archive'
for words in '' 'away' 'run now' 'run --dry-run now' 'status now' 'shred' 'shred x --reason y' \
	'shred 0199f0c2-0000-7000-8000-000000000000' ; do
	broker daemon archive $words
	is "refused: archive $words" "$status" 64
done
broker daemon archive shred 0199f0c2-0000-7000-8000-000000000000 --reason why
has 'of none that is not there' "$W/err" 'there is no such recording'

# ---- kept for ever ----
run agent aws s3 ls s3://logs/
ever=$(newest)
demo_wait 20 arrived "$ever.proof"
broker daemon --json archive status
has 'the status names the bucket' "$W/out" '"bucket":"vault-a"'
has 'and what waits' "$W/out" '"waiting_recordings":0'
broker daemon archive shred "$ever" --reason 'no key'
is 'what has no shred key cannot be shredded' "$status" 64
has 'and says so' "$W/err" 'it has no shred key'

# ---- shredded ----
again secret
run agent aws s3 ls s3://logs/
sid=$(newest)
demo_wait 20 arrived "$sid.proof"
key=$RECORDINGS/keys/$sid.shred
is 'the shred key is for its owner alone' "$(stat -c '%a %U' "$key")" '600 nobody'
has 'the recording says that it wants one' "$RECORDINGS/done/$sid.cast" '"t":2'
prove "$RECORDINGS/done/$sid.cast"
is 'with both keys it is proven and read' "$status" 0
is 'whoever has it beside the file, too' "$(cp "$RECORDINGS/done/$sid.cast" "$key" "$W/" &&
	prove "$W/$sid.cast" && echo "$status")" 0
rm "$W/$sid.shred"
prove "$W/$sid.cast"
is 'without it the file opens for nobody' "$status" 5
has 'and says why' "$W/out" 'shredded, or its shred key is not here'
prove --shred-key "$key" "$W/$sid.cast"
is 'it can be named' "$status" 0
sed 's/ [^ ]*$/ AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=/' "$key" >"$W/false.shred"
prove --shred-key "$W/false.shred" "$W/$sid.cast"
is 'a false one opens nothing' "$status" 5
broker daemon archive shred "$sid" --reason 'asked by its subject'
is 'it is shredded by who may' "$status $(cat "$W/out")" "0 shredded $sid"
is 'its key is gone' "$(ls "$RECORDINGS/keys")" ''
prove "$RECORDINGS/done/$sid.cast"
is 'the recording is proven no less, and opens for nobody' "$status" 5
is 'the log says so' "$(leaves "$sid")" '1 2 8'
has 'and the audit, with the reason' "$(store "SELECT identity, detail FROM events
	WHERE kind = 'recording.shredded'" >"$W/row"; echo "$W/row")" 'dora|.*asked by its subject'
broker daemon archive shred "$sid" --reason again
has 'once' "$W/err" 'it is shredded already'

# ---- expired ----
again both
run agent aws s3 ls s3://logs/
both=$(newest)
again short
run agent aws s3 ls s3://logs/
short=$(newest)
demo_wait 20 arrived "$short.proof"
sleep 0.3
echo down >"$W/trouble"
run agent aws s3 ls s3://logs/
unsent=$(newest)
demo_wait 20 arrived "$short.proof"
demo_wait 20 arrived "$both.proof"
sleep 4
broker daemon archive run --dry-run
has 'what would go' "$W/out" "would-expire $short"
has 'with its key' "$W/out" "would-shred $both"
lacks 'not what is not in the archive' "$W/out" "$unsent"
yes_ 'nothing went' test -f "$RECORDINGS/done/$short.cast" -a -f "$RECORDINGS/keys/$both.shred"
broker daemon archive run
has 'it goes' "$W/out" "^expired $short"
has 'and the other' "$W/out" "^expired $both"
has 'with its key' "$W/out" "^shredded $both"
is 'with the bucket away it says so' "$status" 69
is 'file, proof and key are gone' \
	"$(find "$RECORDINGS" -name "$short*" -o -name "$both*")" ''
yes_ 'what was not sent is there' test -f "$RECORDINGS/done/$unsent.cast"
yes_ 'what is kept for ever is there' test -f "$RECORDINGS/done/$ever.cast"
: >"$W/trouble"
broker daemon --json archive run
is 'with the bucket back it is sent' "$status" 0
has 'and says so' "$W/out" "{\"did\":\"sent\",\"object\":\"$unsent.cast\"}"
demo_wait 20 arrived "$unsent.proof"
broker daemon archive run
has 'and may then go' "$W/out" "^expired $unsent"
is 'the store has them all, three of them gone' \
	"$(store 'SELECT count(*), sum(gone_ms > 0) FROM recordings')" '5|3'
is 'the log has the whole life of each' "$(leaves "$short"), $(leaves "$both"), $(leaves "$unsent"), $(leaves "$ever")" \
	'1 2 7, 1 2 8 7, 1 2 7, 1 2'
# A checkpoint comes within a second.  The log counts in days, so that what was kept for
# three seconds went too early for a verifier, but not without a word.
sleep 2
"$W/bin/hoop-replay" --trust "$W/mine/trust" --verify --all "$RECORDINGS/done" \
	--log "$W/root/var/lib/broker/log" >"$W/out" 2>"$W/err" </dev/null
is 'no file is missing without a leaf that says why' \
	"$(grep -c 'let it expire before its time (1 days)' "$W/out"),$(grep -c 'none says' "$W/out")" 3,0
"$W/bin/hoop-replay" --key "$W/mine/auditor.key" --trust "$W/mine/trust" --proof "$W/bucket/$short.proof" \
	--verify "$W/bucket/$short.cast" >"$W/out" 2>"$W/err" </dev/null
is 'what expired here is whole in the archive' "$?" 0
walk_end
